"""``welllog edit`` and ``welllog replay``: what they write, say and refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.test_bad_input import refused  # noqa: F401 (a fixture)
from tests.test_cli import run
from welllog.formats import read

Refuse = Callable[..., str]
Capture = pytest.CaptureFixture[str]


def edit(capsys: Capture, source: Path, out: Path, *words: object) -> tuple[int, str, str]:
    return run(capsys, "edit", source, "-o", out, *words)


def test_edits_are_done_in_the_order_given(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    before = gappy_las.read_bytes()
    one, two = tmp_path / "one.las", tmp_path / "two.las"
    scale, cut = ("--rescale", "GR", "gain=2"), ("--clip", "GR", "high=90")
    status, said, errors = edit(capsys, gappy_las, one, *scale, *cut)
    assert (status, errors) == (0, "") and gappy_las.read_bytes() == before
    assert said.index("rescale") < said.index("clip") and str(one) in said
    assert edit(capsys, gappy_las, two, *cut, *scale)[0] == 0
    values = read(gappy_las).values("GR")
    np.testing.assert_allclose(read(one).values("GR_ED"), np.minimum(2 * values, 90))
    np.testing.assert_allclose(read(two).values("GR_ED"), 2 * np.minimum(values, 90))


def test_every_edit_of_the_help_can_be_given(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    from welllog.edits import EDITS

    words = [
        *("--bad-hole", "washout=0.2", "length=0.3", "--null-flagged", "RHOB"),
        *("--despike", "DTC", "window=4", "z=1.2", "--shift", "NPHI", "-0.5"),
        *("--stretch", "GR", "1520:1521", "1600:1600.5", "--patch", "PEF", "1510:2", "1512:3"),
        *("--splice", "RDEP", "RMED", "1600", "fade=2", "--null", "DTS", "1540", "1541"),
        *("--clip", "CALI", "high=9", "to_null=yes", "--rescale", "RMED", "offset=0.1"),
    ]
    status, said, _ = edit(
        capsys, gappy_las, tmp_path / "o.las", *words, "--user", "A. Nalyst", "--json"
    )
    result = json.loads(said)
    assert [record["edit"] for record in result["edits"]] == list(EDITS)
    assert {record["user"] for record in result["edits"]} == {"A. Nalyst"}
    assert status == int(any(not record["samples_changed"] for record in result["edits"]))
    well = read(tmp_path / "o.las")
    assert {record["made"] for record in result["edits"]} <= set(well.curves)
    assert well.header["WLG4_EDIT"].value == "shift"
    kept = json.loads(Path(result["record"]).read_text())["history"]
    assert kept == result["edits"]


def test_an_edit_that_changes_nothing_is_done_and_status_1(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "o.las"
    status, said, _ = edit(capsys, gappy_las, out, "--clip", "GR", "high=9999")
    assert status == 1 and "no samples changed" in said and "GR_ED" in read(out).curves


def test_restore_of_edited_curves_says_which_and_leaves_the_others(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    edited, out = tmp_path / "edited.las", tmp_path / "out.las"
    edit(capsys, gappy_las, edited, "--null", "RHOB", 1520, 1530)
    asked = ("restore", edited, "-o", out, "--model", "interpolation")
    status, said, _ = run(capsys, *asked, "--edited", "--json")
    (result,) = json.loads(said)["results"]
    assert status == 0 and result["edited"] == ["RHOB_ED"]
    assert [curve["curve"] for curve in result["curves"]] == ["RHOB", "DTC"]
    assert not result["left"] or all(entry["reason"] != "null" for entry in result["left"])
    status, said, _ = run(capsys, *asked, "--overwrite", "--json")
    assert [curve["curve"] for curve in json.loads(said)["results"][0]["curves"]] == ["DTC"]
    plain = ("restore", gappy_las, "-o", tmp_path / "p.las", "--model", "interpolation")
    assert "no edited curve" in run(capsys, *plain, "--edited")[2]


def test_what_an_edit_mended_is_not_told_as_left(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    lines = gappy_las.read_text().splitlines()
    words = lines[-300].split()
    words[1 + list(read(gappy_las).curves).index("RHOB")] = "9.9"
    gappy_las.write_text("\n".join([*lines[:-300], " ".join(words), *lines[-299:]]) + "\n")
    edited = tmp_path / "edited.las"
    edit(capsys, gappy_las, edited, "--clip", "RHOB", "to_null=yes")
    left = {}
    for flag in ((), ("--edited",)):
        asked = ("restore", edited, "-o", tmp_path / f"o{len(flag)}.las", "--model", "kriging")
        (result,) = json.loads(run(capsys, *asked, *flag, "--json")[1])["results"]
        left[flag] = [(entry["curve"], entry["reason"]) for entry in result["left"]]
    assert ("RHOB", "limits") in left[()]
    assert not [curve for curve, _ in left["--edited",] if curve == "RHOB"]


def test_replay_finds_a_result_equal_or_lists_what_differs(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    out, again = tmp_path / "o.las", tmp_path / "again.las"
    edit(capsys, gappy_las, out, "--shift", "GR", 0.3, "--patch", "DTC", "1560:80", "1570:90")
    car = tmp_path / "o.welllog.json"
    status, said, errors = run(capsys, "replay", gappy_las, car, "-o", again, "--check", out)
    assert (status, errors) == (0, "")
    assert "2 steps" in said and "sample for sample" in said
    assert read(again).values("DTC_ED").tolist() == read(out).values("DTC_ED").tolist()
    lines = out.read_text().splitlines()
    lines[-3] = lines[-3][:-3] + "999"
    out.write_text("\n".join(lines) + "\n")
    status, said, _ = run(capsys, "replay", gappy_las, car, "--check", out, "--json")
    result = json.loads(said)
    assert status == 1 and result["output"] is None and result["differences"] == []
    assert result["check"]["differences"][0].startswith("DTC_ED differs in 1 sample")


def test_replay_of_another_well_is_refused_and_done_anyway_with_status_1(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    out, again = tmp_path / "o.las", tmp_path / "again.las"
    edit(capsys, gappy_las, out, "--shift", "GR", 0.3)
    car = tmp_path / "o.welllog.json"
    other = tmp_path / "other.las"
    other.write_text(gappy_las.read_text().replace("-999.25", "-999.00"))
    status, said, errors = run(capsys, "replay", other, car, "-o", again)
    assert (status, said) == (2, "") and not again.exists()
    assert "the file is not gappy.las" in errors and len(errors.splitlines()) == 1
    status, said, _ = run(capsys, "replay", other, car, "-o", again, "--anyway")
    assert status == 1 and "not as recorded: the file is not gappy.las" in said
    assert "GR_ED" in read(again).curves


def test_a_well_whose_unit_was_given_is_read_alike_when_it_is_repeated(
    tmp_path: Path, capsys: Capture
) -> None:
    table = tmp_path / "well.csv"
    rows = [f"{5000 + 0.5 * row},{50 + row % 7}" for row in range(60)]
    table.write_text("DEPTH,GR\n" + "\n".join(rows) + "\n")
    out = tmp_path / "o.las"
    edit(capsys, table, out, "--despike", "GR", "z=1", "--index-unit", "ft")
    car = tmp_path / "o.welllog.json"
    assert run(capsys, "replay", table, car, "--check", out)[0] == 0


def test_a_well_whose_nulls_were_left_is_read_alike_when_it_is_repeated(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    from welllog.edits import rescale
    from welllog.formats import write

    gappy_las.write_text(gappy_las.read_text().replace("-999.2500", "-9999"))
    well = read(gappy_las, nulls="declared")
    assert well.values("DTC").min() == -9999
    out = write(rescale(well, "DTC", gain=2), tmp_path / "o.las")
    car = tmp_path / "o.welllog.json"
    assert run(capsys, "replay", gappy_las, car, "--check", out)[0] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no edit is given"),
        (("--despike",), "--despike: CURVE [window=LENGTH] [z=N] is wanted, got nothing"),
        (("--despike", "GR", "x=3"), "x=3: unknown setting; settings are window, z"),
        (("--despike", "GR", "z=big"), "'big' is no number"),
        (("--despike", "GR", "z=-1"), "z is -1"),
        (("--shift", "GR"), "CURVE DISTANCE is wanted, got GR"),
        (("--shift", "GR", "down"), "distance: 'down' is no number"),
        (("--shift", "XYZ", "1"), "no curve XYZ"),
        (("--shift", "GR", "nan"), "distance is nan"),
        (("--patch", "GR", "1510", "1512"), "two numbers with a colon between"),
        (("--patch", "GR", "1510:50"), "two or more points"),
        (("--stretch", "GR", "1510:1512", "1520:1511"), "ties must increase"),
        (("--null", "GR", "1520", "1510"), "top must be less"),
        (("--null", "GR", "5000", "5010"), "from 1500 to 1649"),
        (("--clip", "GR", "to_null=maybe"), "yes or no"),
        (("--null-flagged", "RHOB"), "flag bad hole first"),
        (("--bad-hole", "well.las"), "the well comes first"),
        (("--splice", "GR", "RHOB", "1550"), "rescale one of them first"),
    ],
)
def test_an_edit_that_cannot_be_done_is_one_line_and_nothing_is_written(
    words: tuple[str, ...],
    says: str,
    refused: Refuse,  # noqa: F811
    gappy_las: Path,
    tmp_path: Path,
) -> None:
    assert says in refused("edit", gappy_las, "-o", tmp_path / "o.las", *words)


def test_outputs_are_refused_as_those_of_restore_are(
    refused: Refuse,  # noqa: F811
    gappy_las: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "o.las"
    out.write_text("precious")
    shift = ("--shift", "GR", "1")
    assert "--overwrite" in refused("edit", gappy_las, "-o", out, *shift)
    assert "input itself" in refused("edit", gappy_las, "-o", gappy_las, "--overwrite", *shift)
    assert ".las" in refused("edit", gappy_las, "-o", tmp_path / "o.txt", *shift)
    assert "folder" in refused("edit", gappy_las, "-o", tmp_path, *shift)
    assert "check the path" in refused(
        "edit", tmp_path / "no.las", "-o", tmp_path / "x.las", *shift
    )
    car = tmp_path / "none.welllog.json"
    assert "give -o OUT" in refused("replay", gappy_las, car)
    assert "cannot be read" in refused("replay", gappy_las, car, "-o", tmp_path / "x.las")
    assert "no side-car" in refused("replay", gappy_las, gappy_las, "-o", tmp_path / "x.las")
    assert "--overwrite" in refused("replay", gappy_las, gappy_las, "-o", out)
