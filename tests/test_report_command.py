"""``welllog report``: what it writes, what it refuses, and with which exit status it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import las_text
from tests.test_cli import run, tree
from welllog.formats import read, write
from welllog.restoration import restore
from welllog.session import Session
from welllog.well import Well

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def restored_las(tmp_path: Path, gappy_well: Well) -> Path:
    """A file in which DTC was restored along a straight line."""
    return write(
        restore(gappy_well, ["DTC"], model="interpolation").well, tmp_path / "restored.las"
    )


def test_a_restored_file_is_reported_and_tested_by_the_model_it_names(
    restored_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    before = restored_las.read_bytes()
    out, pdf = tmp_path / "r.html", tmp_path / "r.pdf"
    status, said, errors = run(
        capsys, "report", restored_las, "-o", out, "--pdf", pdf, "--scale", "1:200", "--json"
    )
    assert (status, errors) == (0, "")
    result = json.loads(said)
    assert result["files"] == [str(pdf), str(out)]
    assert result["blind_test"]["model"] == "interpolation"
    assert result["blind_test"]["curves"]["DTC"]["interpolation"][0]["rmse"] > 0
    (fill,) = result["fills"]
    assert (fill["curve"], fill["samples"], fill["replaced"]) == ("DTC", 66, 0)
    assert pdf.read_bytes().startswith(b"%PDF") and "interpolation" in out.read_text()
    assert restored_las.read_bytes() == before


@pytest.fixture
def decided_las(tmp_path: Path, whole_las: Path) -> Path:
    """A file in which a line stands in 5 m of DTC, and what kriging made in 20 m."""
    session = Session(who="ada")
    key = session.open(whole_las)
    session.restore(key, ["DTC"], ["interpolation", "kriging"], [(1520, 1525), (1560, 1580)])
    session.accept(key, "DTC by interpolation", (1520, 1525))
    session.accept(key, "DTC by kriging", (1560, 1580))
    return session.export(key, tmp_path / "decided.las")


def test_a_file_accepted_from_two_models_is_tested_by_both(
    decided_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "r.html"
    status, said, errors = run(capsys, "report", decided_las, "-o", out, "--json")
    assert (status, errors) == (0, "")
    result = json.loads(said)
    assert result["blind_test"]["model"] == "kriging"  # by which most was filled
    assert "interpolation" in result["blind_test"]["curves"]["DTC"]
    page = out.read_text()
    assert "by interpolation: error" in page and "is not that by which" not in page
    assert "DTC by kriging" in page


def test_what_was_measured_is_said_to_be_replaced_and_not_filled(
    decided_las: Path, restored_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    for source, wanted in ((decided_las, "measured samples replaced"), (restored_las, "filled")):
        out = tmp_path / f"{source.stem}.html"
        status, said, _ = run(capsys, "report", source, "-o", out, "--no-blind")
        line = next(line for line in said.splitlines() if "samples" in line)
        assert status == 0 and wanted in line and ("filled" in line) == (source == restored_las)
        assert " ".join(line.split()[1:4]) in out.read_text()


def test_a_file_without_restored_curves_is_refused_with_a_way_out(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    status, said, errors = run(capsys, "report", gappy_las, "-o", tmp_path / "r.html")
    assert (status, said) == (2, "") and "give --restore" in errors
    assert not (tmp_path / "r.html").exists()


def test_restoring_first_can_keep_the_curves(
    gappy_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    out, las = tmp_path / "r.html", tmp_path / "kept.las"
    model = ("--model", "interpolation")
    status, said, _ = run(capsys, "report", gappy_las, "-o", out, "--restore", "--las", las, *model)
    assert status == 0 and str(las) in said and "66 samples filled in 1 interval" in said
    assert "DTC_RES" in read(las).curves and (tmp_path / "kept.welllog.json").is_file()
    status, _, errors = run(capsys, "report", las, "-o", out, "--restore", "--overwrite")
    assert status == 2 and "holds restored curves already (DTC)" in errors


def test_an_interval_can_be_asked_for(whole_las: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = (
        "report",
        whole_las,
        "-o",
        tmp_path / "r.html",
        "--restore",
        "--no-blind",
        "--json",
    )
    model = ("--model", "interpolation")
    status, said, _ = run(capsys, *arguments, *model, "--curve", "GR", "--interval", 1520, 1525)
    assert status == 0
    result = json.loads(said)
    assert result["fills"][0]["replaced"] > 0 and result["blind_test"] is None
    assert "--no-blind" in result["blind_test_not_run"]


def test_nothing_to_restore_is_told_and_nothing_written(
    whole_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    before = tree(tmp_path)
    model = ("--model", "interpolation")
    status, said, _ = run(
        capsys, "report", whole_las, "-o", tmp_path / "r.html", "--restore", *model
    )
    assert status == 1 and "no gap to restore" in said
    assert tree(tmp_path) == before


def test_a_blind_test_that_cannot_be_run_is_told_and_is_status_one(
    restored_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    beside = restored_las.with_name("restored.welllog.json")
    record = json.loads(beside.read_text())
    record["history"][0]["model"]["file"] = "mine.welllog"
    beside.write_text(json.dumps(record))
    out = tmp_path / "r.html"
    status, _, errors = run(capsys, "report", restored_las, "-o", out)
    assert status == 1 and "no blind test: the model is the file mine.welllog" in errors
    assert "No blind test was run" in out.read_text()


def test_a_missing_side_car_is_told(restored_las: Path, tmp_path: Path, capsys: Capture) -> None:
    restored_las.with_name("restored.welllog.json").unlink()
    status, _, errors = run(capsys, "report", restored_las, "-o", tmp_path / "r.html")
    assert status == 0 and "side-car" in errors and "missing" in errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--las", "out.las"], "--las: nothing is restored unless --restore"),
        (["--curve", "DTC"], "--curve: nothing is restored unless --restore"),
        (["--scale", "200"], "--scale: nothing is printed unless --pdf"),
        (["--pdf", "p.pdf", "--scale", "abc"], "a scale such as 200 or 1:200"),
        (["--pdf", "p.pdf", "--scale", "0"], "such as 200 or 500"),
        (["--pdf", "p.pdf", "--paper", "B5"], "use A4, A3"),
        (["--pdf", "r.html"], "named for two outputs"),
        (["--pdf", "restored.las"], "is the input itself"),
        (["--restore", "--las", "out.txt"], "written as .las"),
        (["--restore", "--interval", "20", "10"], "TOP must be less than BASE"),
        (["--model", "nosuch"], "no model nosuch"),
        (["--pictures", "-1"], "a whole number"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    restored_las: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(restored_las.parent)
    before = tree(restored_las.parent)
    status, _, errors = run(capsys, "report", "restored.las", "-o", "r.html", *arguments)
    assert status == 2 and said in errors and len(errors.splitlines()) == 1
    assert tree(restored_las.parent) == before


def test_a_report_that_exists_is_replaced_only_where_allowed(
    restored_las: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "r.html"
    out.write_text("kept")
    status, _, errors = run(capsys, "report", restored_las, "-o", out, "--no-blind")
    assert status == 2 and "--overwrite" in errors and out.read_text() == "kept"
    status, _, _ = run(capsys, "report", restored_las, "-o", out, "--no-blind", "--overwrite")
    assert status == 0 and out.read_text().startswith("<!DOCTYPE html>")


def test_a_print_that_cannot_be_made_leaves_no_report(
    tmp_path: Path, capsys: Capture, gappy_well: Well
) -> None:
    path = tmp_path / "time.las"
    text = las_text(gappy_well).replace("DEPT.M", "TIME.MS").replace(".M ", ".MS ")
    path.write_text(text)
    arguments = ("--restore", "--model", "interpolation", "--pdf", tmp_path / "p.pdf")
    status, _, errors = run(capsys, "report", path, "-o", tmp_path / "r.html", *arguments)
    assert status == 2 and errors
    assert tree(tmp_path) == {"time.las"}
