"""What header lines say, and the sections they stand in."""

from __future__ import annotations

import pytest

from welllog.formats import LogFileError, read
from welllog.formats.las_document import parse_document, parse_item


def item(line: str, section: str = "Parameter") -> tuple[str, str, str, str]:
    parsed = parse_item(line, section)
    assert parsed is not None
    return parsed.mnemonic, parsed.unit, parsed.value, parsed.description


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("STRT .m      142.39039612 :", ("STRT", "m", "142.39039612", "")),
        ("BS  .MM  200.0000:   BIT SIZE", ("BS", "MM", "200.0000", "BIT SIZE")),
        ("KB.FT  : kelly bushing", ("KB", "FT", "", "kelly bushing")),
        ("PDAT.FT.    GROUND LEVEL: DATUM", ("PDAT", "FT", "GROUND LEVEL", "DATUM")),
        ("STRT ..1IN  986904.0 : START", ("STRT", ".1IN", "986904.0", "START")),
        ("RMF.OHMM_DEGF 0.98 @ 72F: RMF", ("RMF", "OHMM_DEGF", "0.98 @ 72F", "RMF")),
        ("HOLE NUMBER :hole", ("HOLE NUMBER", "", "", "hole")),
        ("DEPT.[M] : depth", ("DEPT", "M", "", "depth")),
    ],
)
def test_a_header_line_has_a_mnemonic_a_unit_a_value_and_a_description(
    line: str, expected: tuple[str, str, str, str]
) -> None:
    assert item(line) == expected


def test_the_date_of_a_petrel_file_keeps_its_time_and_its_format() -> None:
    line = "DATE.  2020-08-09 20:01:16   : Log Export Date {yyyy-MM-dd HH:mm:ss}"
    assert item(line, "Well") == (
        "DATE",
        "",
        "2020-08-09 20:01:16",
        "Log Export Date {yyyy-MM-dd HH:mm:ss}",
    )


def test_a_unit_of_time_keeps_its_colon() -> None:
    assert item("TIML.hh:mm 23:15 23-JAN-2001:   Time Logger: At Bottom") == (
        "TIML",
        "hh:mm",
        "23:15 23-JAN-2001",
        "Time Logger: At Bottom",
    )


def test_a_colon_at_the_end_of_the_description_is_not_the_delimiter() -> None:
    assert item("TIML.hh:mm 23:15 23-JAN-2001:   Time Logger At Bottom:")[2] == "23:15 23-JAN-2001"


def test_a_value_with_a_colon_is_not_cut() -> None:
    assert item("COMP.  ACME: DRILLING   : COMPANY")[2] == "ACME: DRILLING"


def test_a_curve_mnemonic_may_end_in_a_dot() -> None:
    assert item("Cond..MS/M   : Cond.", "Curve")[:2] == ("Cond.", "MS/M")
    assert item("I. Res..OHM-M  : I. Res.", "Curve")[:2] == ("I. Res.", "OHM-M")


def test_a_stray_dot_before_a_mnemonic_is_not_a_missing_mnemonic() -> None:
    assert item(".ILM .OHMM : medium", "Curve")[:2] == ("ILM", "OHMM")
    assert item(".OHMM : medium", "Curve")[:2] == ("", "OHMM")


def test_a_custom_section_does_not_replace_the_curves(write_las) -> None:
    path = write_las("custom-section", tail=("~CUSTOM", "XYZ.M 1 : not a curve"))
    well = read(path)
    assert list(well.curves) == ["GR", "RHOB"]
    assert [i.mnemonic for i in well.header.section("CUSTOM")] == ["XYZ"]


def test_lower_case_section_names_hold_their_curves(write_las) -> None:
    titles = ("~version", "~well", "~curve", "~parameter", "~a")
    assert list(read(write_las("lower-case-sections", titles=titles)).curves) == ["GR", "RHOB"]


def test_a_section_title_may_be_indented(write_las) -> None:
    titles = ("~V", "~W", " ~Curve Information", "~P", "~A  DEPT GR RHOB")
    assert list(read(write_las("indented-title", titles=titles)).curves) == ["GR", "RHOB"]


def test_las_1_2_has_its_well_lines_the_other_way_round(write_las) -> None:
    path = write_las(
        "las-1-2",
        version=("VERS. 1.2 : CWLS", "WRAP. NO :"),
        well=("STRT.M 1000.0:", "NULL. -999.25:", "WELL. WELL: ANY ET AL 1", "FLD . FIELD: EDAM"),
    )
    well = read(path)
    assert well.name == "ANY ET AL 1"
    assert well.header["FLD"].value == "EDAM"
    assert well.header["STRT"].value == "1000.0"


def test_a_las_1_2_file_written_as_2_0_is_not_swapped(write_las) -> None:
    path = write_las(
        "las-1-2-not-swapped",
        version=("VERS. 1.2 : CWLS", "WRAP. NO :"),
        well=("WELL. 15/9-12 : WELL", "NULL. -999.25 :"),
    )
    assert read(path).name == "15/9-12"


def test_free_text_of_the_other_section_is_kept(write_las) -> None:
    path = write_las("other-section", tail=("~Other", "  tools stuck at 625 m. Depth: unsure"))
    other = read(path).header.section("Other")
    assert other[0].value == "  tools stuck at 625 m. Depth: unsure"


def test_repeated_mnemonics_are_numbered_and_reported(write_las) -> None:
    curves = ("DEPT.M :", "GR.GAPI : first", "GR.GAPI : second", "GR.GAPI : third")
    well = read(write_las("repeated-mnemonic", curves=curves, rows=("1 2 3 4", "2 3 4 5")))
    assert list(well.curves) == ["GR", "GR:2", "GR:3"]
    assert well.values("GR:3").tolist() == [4.0, 5.0]
    assert sum("used again" in remark.problem for remark in well.report) == 2


def test_a_blank_mnemonic_is_unknown_and_reported(write_las) -> None:
    curves = ("DEPT.M :", ".OHMM : no name", "RHOB.G/CM3 :")
    well = read(write_las("blank-mnemonic", curves=curves))
    assert list(well.curves) == ["UNKNOWN", "RHOB"]
    assert any("no mnemonic" in remark.problem for remark in well.report)


def test_a_line_that_is_no_header_line_is_reported_with_its_number(write_las) -> None:
    path = write_las("junk-in-header", parameters=("DEPTH   GR   RHOB",))
    remark = next(r for r in read(path).report if "not a header line" in r.problem)
    assert path.read_text().splitlines()[int(remark.where.split()[1]) - 1] == "DEPTH   GR   RHOB"


def test_a_missing_null_line_is_reported(write_las) -> None:
    well = read(write_las("no-null-line", well=("STRT.M 1000 :", "WELL. A : well")))
    assert any("no NULL" in remark.problem for remark in well.report)


def test_the_index_unit_comes_from_strt_where_the_curve_has_none(write_las) -> None:
    path = write_las(
        "index-without-unit",
        well=("STRT.FT 1000 :", "NULL. -999.25 :"),
        curves=("DEPT. :", "GR. :"),
    )
    assert read(path).index_unit == "FT"
    assert read(path, index_unit="m").index_unit == "m"


def test_a_wrong_strt_is_reported_and_the_data_are_right(write_las) -> None:
    path = write_las("wrong-strt", well=("STRT.M 5.0 :", "STEP.M 0.25 :", "NULL. -999.25 :"))
    well = read(path)
    assert well.index[0] == 1000.0
    problems = " ".join(remark.problem for remark in well.report)
    assert "STRT is 5" in problems and "STEP is 0.25" in problems


def test_an_unknown_unit_is_reported_with_what_was_guessed(write_las) -> None:
    well = read(write_las("unit-missing", curves=("DEPT.M :", "GR. :", "RHOB.XYZ :")))
    guessed = [str(r) for r in well.report if r.action.startswith("taken as")]
    assert len(guessed) == 2
    assert all(remark.startswith("major") for remark in guessed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("with_bom", [True, False])
def test_every_encoding_reads_the_same_and_goes_back_to_the_same_bytes(
    write_las,
    encoding: str,
    with_bom: bool,
) -> None:
    boms = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}
    bom = b"\xef\xbb\xbf" if encoding == "utf-8" else "\ufeff".encode(boms.get(encoding, "ascii")) \
        if encoding in boms else b""  # fmt: skip
    path = write_las(
        f"encoding-{encoding}",
        curves=("DEPT.M :", "DT.µs/ft : Geschwindigkeit, größer", "GR.GAPI :"),
        encoding=encoding,
        bom=bom if with_bom else b"",
    )
    well = read(path)
    assert well.curves["DT"].units == "µs/ft"
    assert well.curves["DT"].description == "Geschwindigkeit, größer"
    assert well.values("GR").tolist() == [2.3, 2.31, 2.32, 2.33]
    assert well.document.to_bytes() == path.read_bytes()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_reads_the_same(write_las, ending: str) -> None:
    well = read(write_las("line-endings", ending=ending))
    assert well.values("RHOB").tolist() == [2.3, 2.31, 2.32, 2.33]
    assert "".join(map(bytes.decode, well.document.header_lines)).count(ending) == 15


def test_las_3_with_one_log_is_read_and_with_two_is_an_error(write_las) -> None:
    version = ("VERS. 3.0 : CWLS", "WRAP. NO :", "DLM. COMMA :")
    titles = ("~Version", "~Well", "~Log_Definition", "~Parameter", "~Log_Data | Log_Definition")
    rows = ("1000.0,50.0,shale with sand", "1000.5,,sand")
    well = read(write_las("las-3", version=version, titles=titles, rows=rows))
    assert well.values("GR")[0] == 50.0
    assert list(well.curves["RHOB"].df.iloc[:, 0]) == ["shale with sand", "sand"]
    assert any(remark.severity == "major" and "LAS 3" in remark.problem for remark in well.report)
    again = ("~Log_Data | Log_Definition", "1,2,3")
    path = write_las("las-3-two-logs", version=version, titles=titles, rows=rows, tail=again)
    with pytest.raises(LogFileError, match="LAS 3.0 with several .* not supported"):
        read(path)


def test_a_document_names_the_line_it_does_not_understand_only_once() -> None:
    raw = b"~V\nVERS. 2.0:\n~C\nDEPT.M:\n-----\n~A\n1\n"
    document = parse_document(raw, "x.las")
    assert [remark.where for remark in document.remarks] == ["line 5"]
