"""Zones and tops survive the LAS file, whose own lines stay as they are."""

from __future__ import annotations

import lasio
import pytest

from welllog.formats import read, write
from welllog.samples import synthetic_well
from welllog.well import Well
from welllog.zones import Top, Zone

ZONES = [Zone("Utsira Fm.", 1500.1524, 1580.25, "#b3cde3"), Zone("Skade: lower", 1580.25, 1650.0)]
TOPS = [Top("Casing  shoe", 1510.3), Top("OWC", 1640.0, "#ff0000")]


@pytest.fixture
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1650)


def test_zones_and_tops_of_a_fresh_file_come_back(well, tmp_path):
    well.zones, well.tops = list(reversed(ZONES)), list(TOPS)
    again = read(write(well, tmp_path / "a.las"))
    assert again.zones == [ZONES[0], Zone("Skade lower", 1580.25, 1650.0)]
    assert again.tops == [Top("Casing shoe", 1510.3), TOPS[1]]


def test_zones_are_added_to_a_file_whose_every_line_stays(well, tmp_path):
    source = write(well, tmp_path / "source.las")
    mine = read(source)
    mine.zones, mine.tops = ZONES[:1], TOPS
    out = write(mine, tmp_path / "out.las")
    lines = iter(out.read_text().splitlines())
    assert all(line in lines for line in source.read_text().splitlines())
    assert read(out).zones == ZONES[:1]


def test_a_file_that_says_its_zones_is_not_told_them_again(well, tmp_path):
    well.zones, well.tops = ZONES, TOPS
    first = write(well, tmp_path / "first.las")
    second = write(read(first), tmp_path / "second.las")
    assert second.read_bytes() == first.read_bytes()


def test_zones_loaded_later_count_and_none_can_be_left(well, tmp_path):
    well.zones, well.tops = ZONES, TOPS
    mine = read(write(well, tmp_path / "1.las"))
    mine.zones, mine.tops = [Zone("Hugin", 1520, 1530)], []
    later = read(write(mine, tmp_path / "2.las"))
    assert (later.zones, later.tops) == ([Zone("Hugin", 1520, 1530)], [])
    later.zones = []
    none = read(write(later, tmp_path / "3.las"))
    assert (none.zones, none.tops) == ([], [])


def test_lasio_reads_the_file_and_keeps_the_zones(well, tmp_path):
    well.zones = ZONES[:1]
    path = write(well, tmp_path / "a.las")
    item = lasio.read(str(path)).params["WLZ1_1"]
    assert (item.unit, item.descr) == ("m", "Utsira Fm.")
    assert item.value == "1500.1524 1580.25 #b3cde3"


def test_an_item_mended_by_hand_into_nonsense_is_left_out(well, tmp_path):
    well.zones = ZONES
    path = write(well, tmp_path / "a.las")
    path.write_text(path.read_text().replace("1580.25 1650.0", "1650.0 1580.25"))
    assert read(path).zones == ZONES[:1]
