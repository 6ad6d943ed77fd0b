"""Writing: old bytes kept, new values exact, nothing over the source, all or nothing."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from welllog.formats import LogFileError, las_write, read, write
from welllog.well import HeaderItem, Well

NAN = np.nan
AWKWARD = np.array([1 / 3, NAN, 1.25e-7, -123456.789012345])


def with_curve(path, values=AWKWARD, **keywords) -> Well:
    well = read(path, **keywords)
    resized = np.resize(values, len(well.index))
    well.add_curve("DTC_RES", resized, unit="us/ft", description="DTC, restored: 90 %")
    return well


def tokens(raw: bytes) -> list[list[bytes]]:
    lines = raw.splitlines()
    at = next(n for n, line in enumerate(lines) if line.lstrip()[:2].upper() == b"~A")
    return [line.replace(b",", b" ").split() for line in lines[at + 1 :] if line.strip()]


def assert_kept(source, written) -> None:
    """Every header line stands in the new file in its order, every row begins as it did."""
    old, new = read(source).document, read(written).document
    remaining = iter(new.header_lines)
    assert all(line in remaining for line in old.header_lines)
    rows = iter(new.data_lines)
    for row in old.data_lines:
        assert any(line.startswith(row.rstrip(b"\r\n")) for line in rows)


def test_old_lines_and_tokens_are_kept_and_new_values_come_back_exactly(write_las, tmp_path):
    rows = ("1000.000000  5.0E+01 2.30", "1000.5 051.0 2.310 ", "1001.0  -0 2.32", "1001.5 1 2.33")
    path = write_las("odd-formats", rows=rows, parameters=("# a comment", "BS.IN 8.5 : bit"))
    well = with_curve(path)
    written = write(well, tmp_path / "out.las")
    assert_kept(path, written)
    assert [row[:3] for row in tokens(written.read_bytes())] == tokens(path.read_bytes())
    again = read(written)
    assert np.array_equal(again.values("DTC_RES"), AWKWARD, equal_nan=True)
    assert again.curves["DTC_RES"].units == "us/ft"
    assert again.curves["DTC_RES"].description == "DTC, restored: 90 %"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("joint", [",", "\t", " "])
def test_delimiter_and_line_ending_stay_those_of_the_file(write_las, tmp_path, joint, ending):
    rows = [joint.join(row.split()) for row in ("1 2 3", "2 -999.25 4")]
    path = write_las("delimiters", rows=rows, ending=ending)
    written = write(with_curve(path), tmp_path / "out.las")
    assert_kept(path, written)
    data = read(written).document.data_lines
    assert all(line.endswith(ending.encode()) for line in data)
    assert all(line.count(joint.encode()) >= 3 for line in data)


def test_a_wrapped_file_stays_wrapped(write_las, tmp_path):
    curves = ("DEPT.M :", "A. :", "B. :", "C. :", "D. :", "E. :")
    rows = ("1000.0", "1 2 3", "4 5", "1000.5", "6 7 8", "-999.25 10")
    version = ("VERS. 2.0 :", "WRAP. YES :")
    path = write_las("wrapped", version=version, curves=curves, rows=rows)
    well = with_curve(path)
    for number in range(8):
        well.add_curve(f"NEW{number}", AWKWARD[:2] * number)
    written = write(well, tmp_path / "out.las")
    assert_kept(path, written)
    assert max(map(len, written.read_bytes().splitlines())) <= 80
    assert np.array_equal(read(written).values("NEW7"), AWKWARD[:2] * 7, equal_nan=True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252", "utf-8"])
def test_the_encoding_stays_that_of_the_file(write_las, tmp_path, encoding):
    path = write_las(
        "encoding", curves=("DEPT.M :", "DT.µs/ft : größer", "GR. :"), encoding=encoding
    )
    written = write(with_curve(path), tmp_path / "out.las")
    assert "größer".encode(encoding) in written.read_bytes()
    assert_kept(path, written)


def test_nan_is_the_null_of_the_file_in_its_own_spelling(write_las, tmp_path):
    path = write_las("null-spelling", well=("NULL. -9999.2500 :", "STRT.M 1000 :"))
    written = write(with_curve(path), tmp_path / "out.las")
    assert tokens(written.read_bytes())[1][-1] == b"-9999.2500"


def test_a_file_without_null_line_gets_one(write_las, tmp_path):
    path = write_las("no-null-line", well=("STRT.M 1000 :", "WELL. A : well"))
    written = write(with_curve(path), tmp_path / "out.las")
    assert read(written).document.null == -999.25
    assert np.array_equal(read(written).values("DTC_RES"), AWKWARD, equal_nan=True)


def test_a_null_line_added_makes_no_measured_value_null(write_las, tmp_path):
    rows = ("1 -999.25 2.3", "2 5 2.4")
    curves = ("DEPT.M :", "XYZ. :", "RHOB.G/CM3 :")
    path = write_las("no-null-line", well=("STRT.M 1 :",), curves=curves, rows=rows)
    well = with_curve(path)
    assert well.values("XYZ")[0] == -999.25
    assert read(write(well, tmp_path / "out.las")).values("XYZ")[0] == -999.25


def test_a_value_equal_to_the_null_is_refused(write_las, tmp_path):
    path = write_las("null-is-zero", well=("NULL. 0 :", "STRT.M 1000 :"))
    with pytest.raises(LogFileError, match="DTC_RES holds 0, which is the file's NULL"):
        write(with_curve(path, np.zeros(4)), tmp_path / "out.las")
    assert os.listdir(tmp_path) == [path.name]


def test_a_section_after_the_data_stays_behind_it(write_las, tmp_path):
    tail = ("~Other", "text", "~Parameter", "BS.IN 8.5 : bit")
    titles = ("~V", "~W", "~C", "", "~A")
    path = write_las("section-after-data", tail=tail, titles=titles)
    well = with_curve(path)
    well.history.append({"model": "none"})
    written = write(well, tmp_path / "out.las")
    assert_kept(path, written)
    assert read(written).header["WLG1_MODEL"].value == "none"


def test_rows_with_blank_values_are_still_found_by_their_columns(write_las, tmp_path):
    rows = ("1000.0  50.0  2.30", "1000.5        2.31", "1001.0  52.0  2.32", "1001.5  53.0      ")
    path = write_las("blank-value", rows=rows)
    again = read(write(with_curve(path), tmp_path / "out.las"))
    assert np.array_equal(again.values("GR"), [50.0, NAN, 52.0, 53.0], equal_nan=True)
    assert np.array_equal(again.values("DTC_RES"), AWKWARD, equal_nan=True)


def test_a_broken_row_is_left_as_it_is_and_reported(write_las, tmp_path):
    rows = ("1000.0 50.0 2.30", "1000.5 2.31", "1001.0 52.0 2.32", "1001.5 53.0 2.33")
    path = write_las("short-row", rows=rows)
    well = with_curve(path, np.arange(4.0) + 0.5)
    again = read(write(well, tmp_path / "out.las"))
    assert np.array_equal(again.values("DTC_RES"), [0.5, NAN, 2.5, 3.5], equal_nan=True)
    assert any("rows of the file are broken" in remark.problem for remark in well.report)
    quiet = with_curve(path, np.array([0.5, NAN, 2.5, 3.5]))
    write(quiet, tmp_path / "quiet.las")
    assert not any("rows of the file" in remark.problem for remark in quiet.report)


def test_columns_without_curves_keep_their_place(write_las, tmp_path):
    path = write_las("unnamed-columns", rows=("1 2 3 4 5", "2 3 4 5 6"))
    again = read(write(with_curve(path), tmp_path / "out.las"))
    assert list(again.curves) == ["GR", "RHOB", "UNKNOWN", "UNKNOWN:2", "DTC_RES"]
    assert again.values("UNKNOWN:2").tolist() == [5, 6]


def test_curves_without_columns_keep_their_place(write_las, tmp_path):
    path = write_las("missing-columns", rows=("1 2", "2 3"))
    again = read(write(with_curve(path), tmp_path / "out.las"))
    assert np.isnan(again.values("RHOB")).all()
    assert np.array_equal(again.values("DTC_RES"), AWKWARD[:2], equal_nan=True)


def test_a_measured_curve_cannot_be_altered(write_las, tmp_path):
    well = with_curve(write_las("altered"))
    changed = well.values("GR") + 1
    del well.curves["GR"]
    well.add_curve("GR", changed)
    with pytest.raises(LogFileError, match="curve GR differs .* never rewritten"):
        write(well, tmp_path / "out.las")
    assert os.listdir(tmp_path) == ["altered.las"]


def test_the_source_is_never_written_over(write_las, tmp_path):
    path = write_las("source")
    before = path.read_bytes()
    well = with_curve(path)
    link = tmp_path / "link.las"
    os.link(path, link)
    for target in (path, tmp_path / "." / "source.las", link):
        with pytest.raises(LogFileError, match="never written over"):
            write(well, target, overwrite=True)
    assert path.read_bytes() == before


def test_another_file_is_written_over_only_when_allowed(write_las, tmp_path):
    well = with_curve(write_las("source"))
    target = tmp_path / "out.las"
    target.write_text("precious")
    with pytest.raises(LogFileError, match="exists; choose another name or allow overwriting"):
        write(well, target)
    assert target.read_text() == "precious"
    assert len(read(write(well, target, overwrite=True)).curves) == 3


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(write_las, tmp_path, monkeypatch):
    well = with_curve(write_las("source"))
    with pytest.raises(LogFileError, match="cannot be written: .*choose another folder") as caught:
        write(well, tmp_path / "missing" / "out.las")
    assert "\n" not in str(caught.value)

    def refuse(path, data):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(las_write, "_write_new", refuse)
    with pytest.raises(LogFileError, match="Permission denied; choose another folder"):
        write(well, tmp_path / "out.las")
    assert os.listdir(tmp_path) == ["source.las"]


def test_nothing_is_left_where_the_last_step_fails(write_las, tmp_path, monkeypatch):
    well = with_curve(write_las("source"))
    well.history.append({"model": "none"})

    def refuse(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(LogFileError, match="No space left"):
        write(well, tmp_path / "out.las")
    assert os.listdir(tmp_path) == ["source.las"]


def test_what_does_not_read_back_is_not_written(write_las, tmp_path, monkeypatch):
    well = with_curve(write_las("source"))
    real = las_write.append_curves

    def corrupt(well, source):
        text, remarks = real(well, source)
        return text.replace(b"53.0", b"53.1"), remarks

    monkeypatch.setattr(las_write, "append_curves", corrupt)
    with pytest.raises(LogFileError, match="differs"):
        write(well, tmp_path / "out.las")
    assert os.listdir(tmp_path) == ["source.las"]


@pytest.mark.parametrize("mnemonic", ["A.B", "A B:C", "#GR", "~GR", ""])
def test_an_unfit_mnemonic_is_refused(write_las, tmp_path, mnemonic):
    well = read(write_las("source"))
    well.add_curve(mnemonic, np.arange(4.0))
    with pytest.raises(LogFileError, match="cannot be a mnemonic"):
        write(well, tmp_path / "out.las")


def test_another_suffix_than_las_is_refused(write_las, tmp_path):
    with pytest.raises(LogFileError, match="name it so"):
        write(read(write_las("source")), tmp_path / "out.csv")


def test_history_goes_into_the_header_and_whole_into_a_sidecar(write_las, tmp_path):
    well = with_curve(write_las("source"))
    intervals = [[1000.0 + n, 1000.5 + n] for n in range(60)]
    well.history.append(
        {"model": "lightgbm-gp", "date": "2026-11-21T10:00:00+00:00", "note": "a : b\nc", "seed": 0,
         "curves": {"DTC": intervals}}
    )  # fmt: skip
    written = write(well, tmp_path / "out.las")
    header = read(written).header
    assert header["WLG1_MODEL"].value == "lightgbm-gp"
    assert header["WLG1_DATE"].value == "2026-11-21T10:00:00+00:00"
    assert header["WLG1_NOTE"].value == "a - b c"
    assert max(map(len, written.read_text().splitlines())) < 256
    record = json.loads((tmp_path / "out.welllog.json").read_text())
    assert record["history"] == well.history
    assert len(record["source"]["sha256"]) == 64


def test_lasio_reads_the_whole_history(write_las, tmp_path):
    import lasio

    well = with_curve(write_las("source"))
    well.history.append(
        {"date": "2026-11-21T10:00:00+00:00", "curves": {"DTC": {"intervals": [[1, 2]], "n": 7}}}
    )
    las = lasio.read(str(write(well, tmp_path / "out.las")))
    assert las.params["WLG1_DATE"].value == "2026-11-21T10:00:00+00:00"
    assert las.params["WLG1_CURVES_DTC"].value == "n=7, intervals=[[1, 2]]"
    assert np.array_equal(las["DTC_RES"], AWKWARD, equal_nan=True)


def test_a_second_run_on_a_written_file_counts_on(write_las, tmp_path):
    well = with_curve(write_las("source"))
    well.history.append({"model": "first"})
    again = read(write(well, tmp_path / "one.las"))
    again.add_curve("GR_RES", np.arange(4.0))
    again.history.append({"model": "second"})
    header = read(write(again, tmp_path / "two.las")).header
    assert (header["WLG1_MODEL"].value, header["WLG2_MODEL"].value) == ("first", "second")


@pytest.mark.parametrize("suffix", [".las.gz", ".las.xz"])
def test_packed_targets_are_packed(write_las, tmp_path, suffix):
    written = write(with_curve(write_las("source")), tmp_path / f"out{suffix}")
    assert not written.read_bytes().startswith(b"~")
    assert np.array_equal(read(written).values("DTC_RES"), AWKWARD, equal_nan=True)


def fresh_well() -> Well:
    rng = np.random.default_rng(3)
    well = Well("FRESH 1", np.cumsum(rng.uniform(0.1, 0.2, 300)), "ft", "MD")
    values = np.exp(rng.uniform(-200, 200, 300))
    values[::7] = NAN
    well.add_curve("GR", values, unit="gAPI", description="gamma: ray")
    well.add_curve("XYZ", np.where(values > 1, values, -999.25))
    well.add_curve("FLAG", rng.integers(0, 4, 300).astype(np.int8))
    words = np.array(["Shale", "fine sand", "", "Draupne, Fm. 2"] * 75, object)
    well.add_curve("LITH", words)
    return well


def test_a_well_without_a_file_becomes_las_2_0_without_loss(tmp_path):
    well = fresh_well()
    again = read(write(well, tmp_path / "fresh.las"))
    assert (again.name, again.index_unit, again.index_mnemonic) == ("FRESH 1", "ft", "MD")
    assert np.array_equal(again.index, well.index)
    assert np.array_equal(again.values("GR"), well.values("GR"), equal_nan=True)
    assert np.array_equal(again.values("FLAG"), well.values("FLAG"))
    assert list(again.curves["LITH"].df.iloc[:, 0]) == list(well.curves["LITH"].df.iloc[:, 0])
    assert again.document.null == -999.0  # XYZ holds -999.25
    assert np.array_equal(again.values("XYZ"), well.values("XYZ"))
    assert again.curves["GR"].description == "gamma: ray"


def test_a_resampled_well_becomes_a_fresh_file_with_its_header(write_las, tmp_path):
    well = read(write_las("source", parameters=("BS.IN 8.5 : bit size",)))
    half = Well(well.name, well.index[::2], "M", "DEPT", header=well.header, path=well.path,
                document=well.document)  # fmt: skip
    half.add_curve("GR", well.values("GR")[::2], unit="gAPI")
    again = read(write(half, tmp_path / "out.las"))
    assert again.index.tolist() == [1000.0, 1001.0]
    assert again.header["STEP"].value == "1.0"
    assert again.header["BS"] == HeaderItem("BS", "IN", "8.5", "bit size", "Parameter")


def test_an_empty_well_is_refused(tmp_path):
    with pytest.raises(LogFileError, match="no samples"):
        write(Well("EMPTY", np.zeros(0)), tmp_path / "out.las")
    assert os.listdir(tmp_path) == []


def test_a_file_read_without_its_document_is_written_fresh(write_las, tmp_path):
    well = read(write_las("source"), keep_document=False)
    assert well.document is None
    again = read(write(well, tmp_path / "out.las"))
    assert np.array_equal(again.values("RHOB"), well.values("RHOB"))
