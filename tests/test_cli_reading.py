"""What commands say of the files they read, and of model files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.test_cli import run, save_small_trees
from welllog.formats import read
from welllog.restoration import restore
from welllog.samples import synthetic_well


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A CSV file, which names no unit of its depth."""
    well = synthetic_well(0, top=1500, base=1560)
    sonic = well.values("DTC").copy()
    sonic[200:230] = np.nan
    rows = zip(well.index, well.values("GR"), sonic, strict=True)
    lines = [",".join("" if np.isnan(v) else f"{v:.4f}" for v in row) for row in rows]
    path = tmp_path / "one.csv"
    path.write_text("\n".join(["DEPT,GR,DT", *lines]) + "\n")
    return path


def test_a_guessed_unit_of_depth_is_told_and_can_be_set(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["restore", table, "--model", "interpolation", "-o"]
    status, _, told = run(capsys, *asked, tmp_path / "guessed.las")
    assert status == 1  # done, and there is something to see
    assert "major" in told and "unit" in told and str(table) in told
    status, _, told = run(capsys, *asked, tmp_path / "set.las", "--index-unit", "ft")
    assert status == 1 and "GR (gamma ray) has no unit" in told
    assert "index" not in told
    assert read(tmp_path / "set.las").index_unit.upper().startswith("F")


def test_major_remarks_are_in_the_json(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.las"
    asked = ["restore", table, "--model", "interpolation", "-o", out, "--json"]
    _, said, _ = run(capsys, *asked)
    assert json.loads(said)["results"][0]["major_remarks"]


def test_models_shows_what_a_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_small_trees(tmp_path / "small.model")
    status, said, _ = run(capsys, "models", model, "--json")
    card = json.loads(said)["models"][0]
    assert status == 0
    assert (card["name"], card["targets"]) == (str(model), ["DTC"])
    assert card["bytes"] == model.stat().st_size
    assert run(capsys, "models", tmp_path / "none.model")[0] == 2


def test_a_dlis_file_is_called_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "well.DLIS"
    path.write_bytes(b"0001V1.00RECORD 8192")
    status, _, told = run(capsys, "check", path)
    assert status == 2
    assert "DLIS file, which is not read yet" in told


def test_an_interval_that_reaches_beyond_the_well_is_told_and_the_rest_is_filled(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well, out = read(gappy_las), tmp_path / "out.las"
    last = well.index[-1]
    asked = ["--curve", "DTC", "--interval", last - 10, 9999, "--interval", 1520, 1530]
    status, _, told = run(
        capsys, "restore", gappy_las, "-o", out, *asked, "--model", "interpolation"
    )
    assert status == 0
    (line,) = told.splitlines()
    assert "-9999 reaches beyond the well: " in line and f"-{last:g} {well.index_unit} is" in line
    assert read(out).values("DTC_FLAG")[-1] == 2
    made = restore(well, "DTC", [(last - 10, 9999)], "interpolation")
    assert "reaches beyond the well" in repr(made)
    assert "beyond" not in repr(restore(well, "DTC", [(last - 10, last + 0.1)], "interpolation"))
