"""Data blocks: what is read, what is reported, and that nothing moves between rows."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.formats import LogFileError, read

NAN = np.nan


def same(values, expected) -> bool:
    return np.array_equal(values, np.array(expected, float), equal_nan=True)


def text(well, name: str) -> list[str]:
    return list(well.curves[name].df.iloc[:, 0])


def problems(well) -> str:
    return "\n".join(map(str, well.report))


def test_a_sound_file_has_nothing_to_report(write_las):
    well = read(write_las("sound"))
    assert well.report == []
    assert (well.name, well.index_unit, well.index_mnemonic) == ("TEST-1", "M", "DEPT")
    assert well.curves["RHOB"].units == "G/CM3"
    assert well.curves["GR"].description == "gamma ray"


@pytest.mark.parametrize("joint", [",", ", ", "\t", "   ", " \t "])
def test_every_delimiter_gives_the_same_values(write_las, joint):
    rows = [joint.join(row.split()) for row in ("1000.0 50.0 2.30", "1000.5 -999.25 2.31")]
    well = read(write_las("delimiter", rows=rows))
    assert same(well.index, [1000.0, 1000.5])
    assert same(well.values("GR"), [50.0, NAN])
    assert same(well.values("RHOB"), [2.30, 2.31])


def test_an_empty_field_between_commas_or_tabs_is_null(write_las):
    for joint in (",", "\t"):
        rows = (joint.join(("1000.0", "", "2.30")), joint.join(("1000.5", "51.0", "")))
        well = read(write_las("empty-field", rows=rows))
        assert same(well.values("GR"), [NAN, 51.0])
        assert same(well.values("RHOB"), [2.30, NAN])


def test_a_declared_delimiter_parts_words_with_blanks(write_las):
    version = ("VERS. 2.0 :", "WRAP. NO :", "DLM. COMMA :")
    rows = ("1000.0,fine sand,2.30", "1000.5,clay,2.31")
    well = read(write_las("dlm-comma", version=version, rows=rows))
    assert text(well, "GR") == ["fine sand", "clay"]


def test_a_decimal_comma_is_read_as_a_point_and_reported(write_las):
    well = read(write_las("decimal-comma", rows=("1000.0 50,5 2.30", "1000.5 51.0 2.31")))
    assert same(well.values("GR"), [50.5, 51.0])
    assert "decimal comma" in problems(well)


def test_the_last_row_survives_a_section_after_the_data(write_las):
    well = read(write_las("section-after-data", tail=("~Other", "free text", "1 2 3")))
    assert same(well.values("GR"), [50.0, 51.0, 52.0, 53.0])


def test_a_short_row_keeps_its_index_and_moves_no_value(write_las):
    rows = ("1000.0 50.0 2.30", "1000.5 2.31", "1001.0 52.0 2.32", "1001.5 53.0 2.33 9 9 9 9")
    path = write_las("short-row-and-long-row", rows=rows)
    well = read(path)
    assert same(well.index, [1000.0, 1000.5, 1001.0, 1001.5])
    assert same(well.values("GR"), [50.0, NAN, 52.0, NAN])
    assert same(well.values("RHOB"), [2.30, NAN, 2.32, NAN])
    lines = [r.where for r in well.report if "does not hold 3 values" in r.problem]
    texts = path.read_text().splitlines()
    assert [texts[int(line.split()[1]) - 1] for line in lines] == [rows[1], rows[3]]


def test_short_and_long_rows_that_add_up_are_not_reshaped(write_las):
    # 3 + 2 + 4 tokens divide by 3: a flat list would shift a value from row to row.
    well = read(write_las("rows-that-add-up", rows=("1 2 3", "2 9", "3 8 7 6", "4 5 6")))
    assert same(well.index, [1, 2, 3, 4])
    assert same(well.values("GR"), [2, NAN, NAN, 5])


def test_a_row_cut_off_at_the_end_of_the_file_gives_no_half_number(write_las):
    well = read(write_las("cut-off", rows=("1000.0 50.0 2.30", "1000.5 51.0 2.31", "1001.0 5")))
    assert same(well.values("GR"), [50.0, 51.0, NAN])


def test_a_blank_value_is_found_by_the_columns_of_the_other_rows(write_las):
    rows = ("1000.0  50.0  2.30", "1000.5        2.31", "1001.0  52.0  2.32")
    well = read(write_las("blank-value", rows=rows))
    assert same(well.values("GR"), [50.0, NAN, 52.0])
    assert same(well.values("RHOB"), [2.30, 2.31, 2.32])
    assert "cut at the columns" in problems(well)


def test_numbers_that_ran_together_are_parted(write_las):
    rows = (
        "7686.000     9.207  4648.011",
        "7685.500     7.020101130.188",
        "7685.000     7.330-19508.961",
        "7684.500 ******************* ",
    )
    well = read(write_las("run-on", rows=rows))
    assert same(well.values("GR"), [9.207, 7.020, 7.330, NAN])
    assert same(well.values("RHOB"), [4648.011, 101130.188, -19508.961, NAN])


def test_rows_that_end_anywhere_are_parted_at_minus_signs(write_las):
    well = read(write_las("run-on-ragged", rows=("1 7.3-19.5", "2 107.25 3.5", "3 1e-05 2")))
    assert same(well.values("GR"), [7.3, 107.25, 1e-05])
    assert same(well.values("RHOB"), [-19.5, 3.5, 2])


@pytest.mark.parametrize(
    "word",
    ["-1.#IND", "1.#QNAN0", "-1.#IND0000", "NaN", "(null)", "ERR", "-", "--", "*****", "inf"],
)
def test_a_word_for_no_value_is_null_and_not_minus_one(write_las, word):
    well = read(write_las("null-word", rows=(f"1000.0 {word} 2.30", "1000.5 51.0 2.31")))
    assert same(well.values("GR"), [NAN, 51.0])
    assert same(well.values("RHOB"), [2.30, 2.31])
    assert "read as null" in problems(well)


def test_a_column_of_words_is_text_and_the_others_stay_numbers(write_las):
    rows = ("1 -999.25 2.3", "2 Shale 2.4", '3 "fine sand" 2.5', "4 Coal 2.6")
    well = read(write_las("text-column", rows=rows))
    assert text(well, "GR") == ["", "Shale", "fine sand", "Coal"]
    assert same(well.values("RHOB"), [2.3, 2.4, 2.5, 2.6])


def test_text_that_starts_late_is_not_lost(write_las):
    rows = [f"{n} -999.25 2.3" for n in range(60)] + [f"{60 + n} Shale 2.4" for n in range(5)]
    well = read(write_las("late-text", rows=rows))
    assert text(well, "GR")[-5:] == ["Shale"] * 5


def test_one_bad_number_does_not_make_a_curve_text(write_las):
    rows = [f"{n} {n}.5 2.3" for n in range(30)] + ["30 3o.5 2.4"]
    well = read(write_las("bad-number", rows=rows))
    assert np.isnan(well.values("GR")[-1])
    assert "are no numbers (3o.5)" in problems(well)


def test_underscores_do_not_make_a_number(write_las):
    rows = [f"{n} {n}.5 2.3" for n in range(30)] + ["30 1_000 2.4"]
    assert np.isnan(read(write_las("underscore", rows=rows)).values("GR")[-1])


def test_a_fortran_exponent_is_a_number(write_las):
    well = read(write_las("fortran-exponent", rows=("1 1.5D+02 2.3", "2 1.25E-7 2.4")))
    assert same(well.values("GR"), [150.0, 1.25e-7])


def test_comments_and_blank_lines_in_the_data_are_no_rows(write_las):
    rows = ("#  DEPT GR", "1 2 3", "", "  # 1 2 3", "2 3 4", "\x1a")
    well = read(write_las("comments-in-data", rows=rows))
    assert same(well.index, [1, 2])
    assert well.report[-1:] == [] or "turns back" not in problems(well)


def test_more_columns_than_curves_are_unknown_and_reported(write_las):
    well = read(write_las("unnamed-columns", rows=("1 2 3 4 5", "2 3 4 5 6")))
    assert list(well.curves) == ["GR", "RHOB", "UNKNOWN", "UNKNOWN:2"]
    assert same(well.values("UNKNOWN:2"), [5, 6])
    assert "5 values for 3 curves" in problems(well)


def test_more_curves_than_columns_are_null_and_reported(write_las):
    well = read(write_las("missing-columns", rows=("1 2", "2 3")))
    assert same(well.values("GR"), [2, 3])
    assert same(well.values("RHOB"), [NAN, NAN])
    assert "2 values for 3 curves" in problems(well)


WRAPPED = ("VERS. 2.0 :", "WRAP. YES :")
SIX = ("DEPT.M :", "A. :", "B. :", "C. :", "D. :", "E. :")


def test_wrapped_rows_are_joined(write_las):
    rows = ("1000.0", "1 2 3", "4 5", "1000.5", "6 7 8", "-999.25 10")
    well = read(write_las("wrapped", version=WRAPPED, curves=SIX, rows=rows))
    assert same(well.index, [1000.0, 1000.5])
    assert same(well.values("C"), [3, 8])
    assert same(well.values("D"), [4, NAN])


def test_a_wrapped_row_that_lost_a_value_shifts_no_other(write_las):
    # One value lost in the first row and one too many in the third: 18 tokens, three rows of 6.
    rows = ("1", "1 2 3", "4", "2", "6 7 8", "9 10", "3", "1 2 3", "4 5 6")
    well = read(write_las("wrapped-row-lost-a-value", version=WRAPPED, curves=SIX, rows=rows))
    assert same(well.index, [1, 2, 3])
    assert same(well.values("A"), [NAN, 6, NAN])
    assert same(well.values("E"), [NAN, 10, NAN])
    assert sum("wrapped row does not hold 6" in r.problem for r in well.report) == 2


def test_a_broken_first_row_does_not_make_values_the_index(write_las):
    # Each row ends in a lone value, so that rows read from there would hold six values as well.
    rows = ["0", "7 7 7", "9"]  # lost one
    for depth in range(1, 30):
        rows += [str(depth), "6 6 6 6", "9"]
    well = read(write_las("wrapped-first-row-broken", version=WRAPPED, curves=SIX, rows=rows))
    assert same(well.index, range(30))
    assert same(well.values("E"), [NAN] + [9] * 29)


def test_rows_may_wrap_each_in_its_own_way(write_las):
    rows = ("1", "1 2 3", "4 5", "2", "1 2", "3 4 5", "3", "1 2 3 4 5")
    well = read(write_las("wrapped-unevenly", version=WRAPPED, curves=SIX, rows=rows))
    assert same(well.index, [1, 2, 3])
    assert same(well.values("E"), [5, 5, 5])


def test_wrapped_data_of_another_header_is_an_error(write_las):
    with pytest.raises(LogFileError, match="no row of the wrapped data holds 6 values"):
        read(write_las("wrapped-wrong-header", version=WRAPPED, curves=SIX, rows=("1", "1 2 3 4")))


def test_wrap_yes_over_rows_that_are_not_wrapped(write_las):
    well = read(write_las("wrap-yes-not-wrapped", version=WRAPPED))
    assert same(well.values("GR"), [50, 51, 52, 53])
    assert "WRAP is YES" in problems(well)


def test_wrap_no_over_rows_that_are(write_las):
    rows = ("1000.0", "1 2 3", "4 5", "1000.5", "6 7 8", "9 10")
    well = read(write_las("wrap-no-wrapped", curves=SIX, rows=rows))
    assert same(well.values("E"), [5, 10])
    assert "WRAP is NO" in problems(well)


def test_an_index_of_text_gives_way_to_a_depth(write_las):
    curves = ("TIME.HHMMSS :", "DEPT.M :", "GR.GAPI :")
    well = read(write_las("index-of-times", curves=curves, rows=("00:00:00 10 5", "00:00:01 11 6")))
    assert well.index_mnemonic == "DEPT"
    assert list(well.curves) == ["TIME", "GR"]
    assert text(well, "TIME") == ["00:00:00", "00:00:01"]


def test_an_index_without_numbers_is_an_error(write_las):
    rows = ("ten 50 2.3", "11 51 2.4")
    with pytest.raises(LogFileError, match="the index DEPT is not a number on every row"):
        read(write_las("index-of-words", rows=rows))


def test_an_index_that_turns_back_is_reported(write_las):
    well = read(write_las("index-turns-back", rows=("1 2 3", "2 3 4", "1.5 3 4", "3 4 5")))
    assert "turns back" in problems(well)


def test_the_index_is_never_null(write_las):
    rows = ("-999.5 1 2.1", "-999.25 -999.25 2.2", "-999.0 3 2.3")
    well = read(write_las("null-in-index", rows=rows))
    assert same(well.index, [-999.5, -999.25, -999.0])
    assert same(well.values("GR"), [1, NAN, 3])


SENTINELS = ("1 -999.25 -9999", "2 -999 2.3", "3 60 2.4")


def test_an_impossible_sentinel_is_null_and_reported(write_las):
    curves = ("DEPT.M :", "RHOB.G/CM3 :", "XYZ. :")
    well = read(write_las("undeclared-null", curves=curves, rows=SENTINELS))
    assert same(well.values("RHOB"), [NAN, NAN, 60])  # -999.25 declared, -999 impossible
    assert same(well.values("XYZ"), [-9999, 2.3, 2.4])  # nothing is known of XYZ
    majors = [remark for remark in well.report if remark.severity == "major"]
    assert any(
        "RHOB holds -999 1 times" in r.problem and r.action == "read as null" for r in majors
    )
    assert any("XYZ holds -9999" in r.problem and "left as it is" in r.action for r in majors)


def test_the_user_decides_about_undeclared_nulls(write_las):
    curves = ("DEPT.M :", "RHOB.G/CM3 :", "XYZ. :")
    path = write_las("undeclared-null", curves=curves, rows=SENTINELS)
    assert same(read(path, nulls="declared").values("RHOB"), [NAN, -999, 60])
    assert same(read(path, nulls="usual").values("XYZ"), [NAN, 2.3, 2.4])


def test_a_possible_value_that_looks_like_a_null_is_left(write_las):
    # SP is known to -500 mV only, a resistivity of 9999 is common.
    curves = ("DEPT.M :", "DCAL.MM :", "RDEP.OHMM :")
    well = read(write_las("possible-value", curves=curves, rows=("1 -99 9999", "2 5 10")))
    assert same(well.values("RDEP"), [9999, 10])


def test_every_number_is_read_to_its_last_digit(write_las):
    rng = np.random.default_rng(1)
    values = np.exp(rng.uniform(-300, 300, 400)) * rng.choice([-1, 1], 400)
    rows = [f"{n} {value!r} {value:.17e}" for n, value in enumerate(values.tolist())]
    well = read(write_las("last-digits", rows=rows))
    assert np.array_equal(well.values("GR"), values)
    assert np.array_equal(well.values("RHOB"), values)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.las", b"", "the file is empty"),
        ("blank.las", b"\n \n", "the file is empty"),
        ("picture.las", bytes(range(256)) * 20, "not a LAS file"),
        ("prose.las", b"Dear colleague,\nplease find attached\n", "not a LAS file"),
        ("header-only.las", b"~V\nVERS. 2.0:\n~C\nDEPT.M:\n", "there is no ~A section"),
        ("no-rows.las", b"~V\nVERS. 2.0:\n~C\nDEPT.M:\n~A\n# none\n", "the ~A section is empty"),
        ("no-curves.las", b"~V\nVERS. 2.0:\n~A\n1 2 3\n", "no curves"),
        ("cut-off.las.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "damaged or cut off"),
        ("cut-off.las.xz", b"\xfd7zXZ\x00\x00\x04\xe6\xd6", "damaged or cut off"),
    ],
)
def test_what_is_no_log_file_is_an_error_of_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(LogFileError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_errors_of_one_line(tmp_path):
    with pytest.raises(LogFileError, match="no such file"):
        read(tmp_path / "missing.las")
    with pytest.raises(LogFileError, match="is a folder"):
        read(tmp_path)


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_a_packed_file_reads_like_the_plain_one(write_las, tmp_path, suffix):
    from welllog.formats.packing import pack

    plain = write_las("packed")
    packed = tmp_path / f"packed.las{suffix}"
    packed.write_bytes(pack(plain.read_bytes(), packed))
    assert np.array_equal(read(packed).values("GR"), read(plain).values("GR"))
    cut = tmp_path / f"cut.las{suffix}"
    cut.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(LogFileError, match="damaged or cut off"):
        read(cut)


def test_curve_names_on_the_data_line_serve_where_the_curve_section_is_missing(tmp_path):
    path = tmp_path / "no-curve-section.las"
    path.write_text("~A DEPTH GR RHOB\n1 2 3\n2 3 4\n")
    well = read(path)
    assert well.index_mnemonic == "DEPTH"
    assert same(well.values("RHOB"), [3, 4])
    assert "mnemonics are taken from the ~A line" in problems(well)
