"""lasio: to it, from it, and what it thinks of a file."""

from __future__ import annotations

import numpy as np

from welllog.formats import read, second_opinion, write
from welllog.formats.las import from_lasio, to_lasio


def test_a_well_survives_the_way_through_lasio(write_las):
    well = read(write_las("sound", parameters=("BS.IN 8.5 : bit size",)))
    back = from_lasio(to_lasio(well))
    assert (back.name, back.index_unit, back.index_mnemonic) == ("TEST-1", "M", "DEPT")
    assert np.array_equal(back.index, well.index)
    assert list(back.curves) == list(well.curves)
    assert np.array_equal(back.values("RHOB"), well.values("RHOB"))
    assert back.curves["RHOB"].units == "G/CM3"
    assert back.header["BS"].value == "8.5"


def test_the_object_lasio_gets_is_complete(write_las):
    las = to_lasio(read(write_las("sound")))
    assert las.well["STRT"].value == 1000.0 and las.well["STEP"].value == 0.5
    assert las.well["WELL"].value == "TEST-1"
    assert las.curves["RHOB"].unit == "G/CM3"


def test_a_well_from_lasio_is_written_as_a_fresh_file(write_las, tmp_path):
    import lasio

    curves = ("DEPT.M :", "GR.GAPI : one", "GR.GAPI : two")
    path = write_las("repeated-mnemonic", curves=curves)
    well = from_lasio(lasio.read(str(path)))
    assert list(well.curves) == ["GR", "GR:2"]
    again = read(write(well, tmp_path / "out.las"))
    assert list(again.curves) == ["GR", "GR:2"]
    assert np.array_equal(again.values("GR:2"), well.values("GR:2"))


def test_lasio_agrees_about_a_sound_file(write_las):
    assert second_opinion(write_las("sound")) == []


def test_lasio_disagrees_about_rows_that_add_up(write_las):
    path = write_las("rows-that-add-up", rows=("1 2 3", "2 9", "3 8 7 6", "4 5 6"))
    assert second_opinion(path) != []


def test_lasio_failing_is_an_opinion_and_not_an_error(write_las):
    path = write_las("short-row", rows=("1 2 3", "2 9", "3 8 7"))
    assert any("lasio" in str(remark) for remark in second_opinion(path))
