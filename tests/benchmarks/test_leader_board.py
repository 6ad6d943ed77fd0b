"""Folds that are asked fairly, stages that skip what is there, tables that say what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import contestants
import leader_board
import numpy as np
import pytest
from board_tables import keep_results, kept_files, read_results, write_tables
from contestants import Budget, Contestant, names_of
from make_fold_scenarios import choose_wells

from welllog.baselines import Interpolation
from welllog.features import LogSet, well_as_seen
from welllog.samples import synthetic_well
from welllog.scenarios import INTERVALS, draw_well

SIGMA = {"GR": 40.0, "RHOB": 0.2, "NPHI": 0.13, "DTC": 20.0, "RDEP": 0.4, "PEF": 1.5}


@pytest.fixture(scope="module")
def wells() -> list[LogSet]:
    logs = []
    for seed in range(3):
        well = synthetic_well(seed=seed, top=1500, base=2100)
        well.name = f"1/{seed}-1"
        logs.append(well_as_seen(well))
    return logs


def test_places_take_turns_when_wells_are_chosen(wells: list[LogSet]) -> None:
    many = [
        LogSet(f"kansas/{number}.las", wells[0].depth, wells[0].curves, wells[0].own_depth)
        for number in range(20)
    ]
    names = [well.well for well in (*many, *wells)]
    chosen = choose_wells([*many, *wells], names, 6, np.random.default_rng(1))
    assert sum(well.well.startswith("kansas") for well in chosen) == 3


@pytest.fixture
def board(
    tmp_path: Path, wells: list[LogSet], monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, list[str]]:
    """Return a board with one fold and one learner, and the list of what was learnt."""
    learnt: list[str] = []

    def learn(experiment: contestants.Experiment) -> float:
        learnt.append(",".join(well.well for well in experiment.logs))
        return 0.0

    monkeypatch.setitem(contestants.LEARNERS, "counted", learn)
    for name in ("counted-one", "counted-two"):
        monkeypatch.setitem(
            contestants.CONTESTANTS, name, Contestant(lambda _: Interpolation(), "counted")
        )
    monkeypatch.setattr(leader_board, "load_training", lambda: (wells, {}))
    cases = draw_well(wells[1], ["GR", "DTC"], INTERVALS, np.random.default_rng(0))
    scenarios = {"sigma": SIGMA, "scenarios": cases}
    monkeypatch.setattr(leader_board, "load_dev", lambda: (scenarios, wells))
    (tmp_path / "folds.json").write_text(json.dumps({"folds": [["1/1-1"]]}))
    (tmp_path / "scenarios_fold0.json").write_text(json.dumps(scenarios))
    made = leader_board.Board(tmp_path, Budget(rounds=3), 1)
    made.claim()
    return made, learnt


def test_models_that_share_trees_grow_them_once_without_the_wells_of_the_fold(
    board: tuple[Any, list[str]],
) -> None:
    made, learnt = board
    for name in ("counted-one", "counted-two"):
        for which in ("dev", "fold"):
            made.score(name, 0, which)
    assert learnt == ["1/0-1,1/2-1"]


def test_what_is_there_is_not_done_again(board: tuple[Any, list[str]]) -> None:
    made, learnt = board
    made.score("counted-one", 0, "fold")
    written = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*.json")}
    again = leader_board.Board(made.folder, Budget(rounds=3), 1)
    again.claim()
    again.score("counted-one", 0, "fold")
    again.fitted("counted-two", 0)
    del written[made.folder / "budget.json"]
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in written.items())
    assert len(learnt) == 1
    with pytest.raises(SystemExit, match="another --folder"):
        leader_board.Board(made.folder, Budget(rounds=4), 1).claim()


def test_the_tables_hold_what_was_scored(board: tuple[Any, list[str]]) -> None:
    made, _ = board
    for name in ("interpolation", "last-value"):
        made.score(name, 0, "fold")
    scored = read_results(made.folder)["fold"]["last-value"][0].mean_nrmse("gap", 20.0)
    text = write_tables(made.folder)
    assert f"{scored:.3f}".removeprefix("0") in text
    assert '"rounds": 3' in text
    row = next(line for line in text.splitlines() if line.startswith("| interpolation"))
    assert row.split("|")[-2].strip() == "–", "interpolation cannot restore a whole curve"
    ratios = write_tables(made.folder, "last-value")
    assert "Ratio of width to last-value" in ratios
    assert "p 1.000" in ratios, "one well alone can prove nothing"


def test_what_is_kept_gives_the_same_tables(board: tuple[Any, list[str]]) -> None:
    made, _ = board
    for name in ("interpolation", "last-value"):
        made.score(name, 0, "fold")
    kept = made.folder / "kept.json.xz"
    kept.write_bytes(keep_results(made.folder))
    assert write_tables(kept) == write_tables(made.folder)
    folder = sum(path.stat().st_size for path in made.results.iterdir())
    assert kept.stat().st_size < folder / 5
    unpacked = {f"{kind}/{name}" for kind, name, _ in kept_files(kept)}
    assert {f"results/{path.name}" for path in made.results.iterdir()} <= unpacked


def test_an_unknown_contestant_is_named() -> None:
    with pytest.raises(SystemExit, match="nonsense"):
        names_of(["nonsense"])
    assert names_of(["lightgbm", "mean"]) == ["mean", "lightgbm"]
