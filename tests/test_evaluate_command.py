"""``welllog evaluate``: what it scores, what it warns of, and with which exit status it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.small_network import small_network
from tests.test_cli import run
from welllog.checkpoint import save_model


def scenarios_of(whole_las: Path) -> tuple[Path, Path]:
    """Return a file of four scenarios for a well, and a folder with that well."""
    wells = whole_las.parent / "wells"
    wells.mkdir()
    whole_las.rename(wells / "whole.las")
    scenarios = {
        "sigma": {"DTC": 30.0, "RHOB": 0.2},
        "siblings_hidden_with_target": {},
        "valid": {"DTC": [38, 260], "RHOB": [1.0, 3.2]},
        "clip": {},
        "log10": ["RDEP"],
        "scenarios": [
            {
                "task": task,
                "well": "SYNTHETIC 8",
                "curve": curve,
                "length_m": 20,
                "intervals_m": [[1560.0, 1580.0]],
                "n_scored": 132,
            }
            for task in ("gap", "blackout")
            for curve in ("DTC", "RHOB")
        ],
    }
    path = wells.parent / "scenarios.json"
    path.write_text(json.dumps(scenarios))
    return path, wells


def test_evaluate_scores_a_model_on_scenarios_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    path, wells = scenarios_of(whole_las)
    out = tmp_path / "scores.json"
    status, said, _ = run(
        capsys,
        *("evaluate", "--scenarios", path, "--wells", wells, "--model", "interpolation"),
        *("-o", out, "--json"),
    )
    assert status == 0
    assert json.loads(out.read_text())["scores"].keys() == {"interpolation"}
    assert json.loads(said)["scores"] == json.loads(out.read_text())["scores"]


def test_evaluate_scores_the_wells_that_are_given_and_names_the_others(
    capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    path, wells = scenarios_of(whole_las)
    scenarios = json.loads(path.read_text())
    scenarios["scenarios"] += [{**scenarios["scenarios"][0], "well": "99/9-9"}]
    path.write_text(json.dumps(scenarios))
    evaluate = ("evaluate", "--scenarios", path, "--wells", wells, "--model", "interpolation")
    status, said, errors = run(capsys, *evaluate)
    assert (status, errors) == (0, "")
    assert "not given: 99/9-9" in said and "–" in said
    status, said, _ = run(capsys, *evaluate, "--json")
    assert json.loads(said)["scores"]["interpolation"]["not_given"] == ["99/9-9"]
    scenarios["scenarios"] = scenarios["scenarios"][-1:]
    path.write_text(json.dumps(scenarios))
    status, said, errors = run(capsys, *evaluate)
    assert (status, said) == (2, "") and "99/9-9" in errors


def test_evaluate_warns_of_a_network_that_was_trained_on_the_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    path, wells = scenarios_of(whole_las)
    for seen, status in (("SYNTHETIC 8", 1), ("ANOTHER", 0)):
        model = save_model(small_network((seen,)), tmp_path / f"{seen}.model")
        done, said, errors = run(
            capsys, "evaluate", "--scenarios", path, "--wells", wells, "--model", model, "--json"
        )
        assert done == status
        warnings = json.loads(said)["warnings"]
        assert len(warnings) == len(errors.splitlines()) == status
        if status:
            assert "SYNTHETIC 8 was in this model's training: its scores flatter" in errors
            assert warnings[0] in errors


@pytest.mark.parametrize("command", ["restore", "evaluate"])
def test_a_bad_model_is_told_before_a_well_is_read(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    path, wells = scenarios_of(whole_las)
    well, model = wells / "whole.las", tmp_path / "bad.model"
    well.write_text("no log at all")
    model.write_text("no model at all")
    arguments = {
        "restore": (well, "-o", tmp_path / "o.las"),
        "evaluate": ("--scenarios", path, "--wells", wells),
    }[command]
    status, _, errors = run(capsys, command, *arguments, "--model", model)
    assert status == 2 and "bad.model" in errors and "whole.las" not in errors


def test_evaluate_draws_a_blind_test_from_the_well_that_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    kept = tmp_path / "hidden.json"
    evaluate = ("evaluate", "--wells", whole_las, "--model", "interpolation")
    status, said, errors = run(capsys, *evaluate, "--keep", kept)
    assert (status, errors) == (0, "")
    assert said.startswith("hidden of 1 well: ")
    assert "gap" in said and "blackout" in said
    status, drawn, _ = run(capsys, *evaluate, "--json")
    status, again, _ = run(capsys, *evaluate, "--scenarios", kept, "--json")
    assert json.loads(drawn)["scores"] == json.loads(again)["scores"]


def test_evaluate_keeps_nothing_where_nothing_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    path, wells = scenarios_of(whole_las)
    kept = tmp_path / "hidden.json"
    status, _, errors = run(
        capsys, "evaluate", "--scenarios", path, "--wells", wells, "--keep", kept
    )
    assert status == 2 and "--keep" in errors
    assert not kept.exists()


def test_evaluate_leaves_out_what_it_cannot_read_and_says_what_it_did_not_ask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    (tmp_path / "twin.las").write_bytes(whole_las.read_bytes())
    (tmp_path / "garbage.las").write_text("no log")
    wells = [whole_las, tmp_path / "twin.las", tmp_path / "garbage.las"]
    status, said, errors = run(capsys, "evaluate", "--model", "interpolation", "--wells", *wells)
    assert status == 2
    assert "hidden of 1 well" in said
    assert "left out: " in errors and "garbage.las" in errors
    assert "not asked: " in errors and "twin.las" in errors


def test_evaluate_writes_two_things_into_two_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole_las: Path
) -> None:
    same = tmp_path / "same.json"
    status, _, errors = run(capsys, "evaluate", "--wells", whole_las, "--keep", same, "-o", same)
    assert status == 2 and "name two files" in errors
    assert not same.exists()
