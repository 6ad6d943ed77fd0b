"""CSV files with a depth column."""

from __future__ import annotations

import lzma

import numpy as np
import pytest

from welllog.formats import LogFileError, read


def save(tmp_path, name: str, text: str):
    path = tmp_path / name
    path.write_bytes(lzma.compress(text.encode()) if name.endswith(".xz") else text.encode())
    return path


FORCE = """WELL,DEPTH_MD,GROUP,GR,RHOB
15/9-15,485.256,NORDLAND GP.,78.2,
15/9-15,485.408,NORDLAND GP.,79.2,2.1
"""


@pytest.mark.parametrize("name", ["force.csv", "force.csv.xz"])
def test_a_table_reads_as_a_well_named_by_its_column(tmp_path, name):
    well = read(save(tmp_path, name, FORCE))
    assert (well.name, well.index_mnemonic) == ("15/9-15", "DEPTH_MD")
    assert well.index.tolist() == [485.256, 485.408]
    assert np.array_equal(well.values("RHOB"), [np.nan, 2.1], equal_nan=True)
    assert list(well.curves["GROUP"].df.iloc[:, 0]) == ["NORDLAND GP."] * 2


def test_the_unit_of_the_depth_is_a_major_guess_unless_it_is_given(tmp_path):
    path = save(tmp_path, "depth.csv", "DEPT,GR\n1,50\n2,51\n")
    guess = [r for r in read(path).report if "in what unit DEPT is" in r.problem]
    assert guess[0].severity == "major" and read(path).index_unit == "m"
    given = read(path, index_unit="ft")
    assert given.index_unit == "ft"
    assert not any("in what unit" in remark.problem for remark in given.report)


def test_the_best_depth_column_is_the_index_and_its_copy_is_dropped(tmp_path):
    well = read(save(tmp_path, "two.csv", "DEPTH,GR,DEPT,TVD\n1,50,1,0.9\n2,51,2,1.9\n"))
    assert well.index_mnemonic == "DEPT"
    assert list(well.curves) == ["GR", "TVD"]


@pytest.mark.parametrize(
    "text", ["DEPT,GR\nft,gAPI\n1,50\n2,51\n", "DEPT [ft],GR (gAPI)\n1,50\n2,51\n"]
)
def test_units_stand_in_a_row_of_their_own_or_in_brackets(tmp_path, text):
    well = read(save(tmp_path, "units.csv", text))
    assert (well.index_unit, well.curves["GR"].units) == ("ft", "gAPI")
    assert well.values("GR").tolist() == [50, 51]


def test_semicolons_and_decimal_commas(tmp_path):
    well = read(save(tmp_path, "decimal-comma.csv", "DEPT;GR\n1,5;50,25\n2,5;51,25\n"))
    assert well.index.tolist() == [1.5, 2.5]
    assert well.values("GR").tolist() == [50.25, 51.25]


def test_a_row_of_another_length_moves_no_value(tmp_path):
    well = read(save(tmp_path, "short-row.csv", "DEPT,GR,RHOB\n1,50,2.3\n2,51\n3,52,2.5\n"))
    assert np.array_equal(well.values("GR"), [50, np.nan, 52], equal_nan=True)
    assert any("do not hold 3 values" in remark.problem for remark in well.report)


def test_rows_without_depth_are_dropped_and_reported(tmp_path):
    well = read(save(tmp_path, "no-depth.csv", "DEPT,GR\n1,50\n,51\n3,52\n"))
    assert well.values("GR").tolist() == [50, 52]
    assert any("1 rows have no depth" in remark.problem for remark in well.report)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CAL,GR,DTC\n1,2,3\n", "no depth column"),
        ("DEPT,GR\n", "no data"),
        ("DEPT\n1\n2\n", "no curves"),
        ("DEPT,GR\n,1\n,2\n", "holds no number"),
        ("WELL,DEPT,GR\nA,1,2\nB,1,2\n", "2 wells in column WELL"),
    ],
)
def test_what_is_no_well_is_an_error_of_one_line(tmp_path, text, message):
    path = save(tmp_path, "wrong.csv", text)
    with pytest.raises(LogFileError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_las_file_named_csv_is_read_as_las(tmp_path):
    path = save(tmp_path, "las.csv", "~V\nVERS. 2.0:\n~C\nDEPT.M:\nGR.GAPI:\n~A\n1 2\n2 3\n")
    assert read(path).values("GR").tolist() == [2, 3]
