"""Variants differ in what they say, are trained once, and are compared with the founding study."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ablations
import contestants
import leader_board
import numpy as np
import pytest
from ablations import COLUMNS, FOUNDING_ERRORS, VARIANTS, Ablations, Budget, founding_system
from rivals.simple import Mean

from welllog.baselines import Kriging
from welllog.features import LogSet, well_as_seen
from welllog.samples import synthetic_well
from welllog.scenarios import INTERVALS, draw_well

SIGMA = {"GR": 40.0, "RHOB": 0.2, "NPHI": 0.13, "DTC": 20.0, "RDEP": 0.4, "PEF": 1.5}


def _flat(table: dict[str, Any], start: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{start}{name}.")
        else:
            flat[start + name] = value
    return flat


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != ablations.BASE])
def test_a_variant_differs_from_the_founding_system_in_one_thing(name: str) -> None:
    base = founding_system(Budget(), 3)
    changed = VARIANTS[name].change(base)
    settings = [_flat(asdict(one)) for one in (base, changed)]
    differ = {key for key in settings[0] if settings[0][key] != settings[1].get(key)}
    parts = {".".join(key.split(".")[:2]) for key in differ}
    assert len(parts) == 1, parts


def test_the_base_is_the_founding_system_at_the_budget() -> None:
    base = founding_system(Budget(iterations=70, width=8), 3)
    assert VARIANTS[ablations.BASE].change(base) == base
    assert (base.iterations, base.network.width, base.seed) == (70, 8, 3)
    assert base.adversarial_weight > 0
    assert base.windows.distortions is not None


def test_the_four_generators_are_trained_as_on_the_leader_board() -> None:
    for name in FOUNDING_ERRORS:
        settings = VARIANTS[name].change(founding_system(Budget(), 2))
        assert settings == contestants.network_settings(name, contestants.Budget(), 2)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Ablations, list[str]]:
    """Return ablations whose variants are the mean and kriging, and what was trained."""
    wells: list[LogSet] = []
    for seed in range(2):
        well = synthetic_well(seed=seed, top=1500, base=2100)
        well.name = f"1/{seed}-1"
        wells.append(well_as_seen(well))
    trained: list[str] = []

    def train(name: str, experiment: Any) -> Any:
        trained.append(f"{name}:{','.join(well.well for well in experiment.logs)}")
        return Mean().fit(experiment.logs, {}) if name == "unet" else Kriging()

    monkeypatch.setattr(ablations, "train_variant", train)
    monkeypatch.setattr(leader_board, "load_training", lambda: (wells, {}))
    folds = tmp_path / "folds"
    folds.mkdir()
    (folds / "folds.json").write_text(json.dumps({"folds": [["1/1-1"]]}))
    cases = draw_well(wells[1], ["GR", "DTC"], INTERVALS, np.random.default_rng(0))
    content = {"sigma": SIGMA, "scenarios": cases}
    (folds / "scenarios_fold0.json").write_text(json.dumps(content))
    made = Ablations(tmp_path / "made", Budget(iterations=5, width=8))
    made.claim()
    ablations.take_scenarios(folds, made.folder)
    return made, trained


def test_only_what_variants_are_scored_on_is_taken(board: tuple[Ablations, list[str]]) -> None:
    content = json.loads((board[0].folder / "scenarios_fold0.json").read_text())
    kinds = {(case["task"], float(case["length_m"])) for case in content["scenarios"]}
    assert kinds == set(COLUMNS.values())


def test_variants_are_trained_without_the_fold_and_once(
    board: tuple[Ablations, list[str]],
) -> None:
    made, trained = board
    for name in FOUNDING_ERRORS:
        made.score(name, 0, "fold")
    again = Ablations(made.folder, made.budget)
    again.score("unet", 0, "fold")
    assert trained == [f"{name}:1/0-1" for name in FOUNDING_ERRORS]
    text = ablations.write_table(made.folder)
    scored = ablations.read_results(made.folder)["fold"]["unet"][0].mean_nrmse("gap", 20.0)
    assert f"{scored:.3f}".removeprefix("0") in text
    assert "5 iterations of 8 windows, width 8" in text
    assert "| founding study | 1.00 (1.00) | 2.05 (4.22) | 3.44 (11.82) | 4.66 (21.69) |" in text


def test_the_picture_shows_what_is_there(board: tuple[Ablations, list[str]]) -> None:
    made, _ = board
    made.__dict__["dev"] = ({}, [synthetic_well(seed=0, top=1500, base=2100)])
    picture = made.folder / "picture.png"
    with pytest.raises(SystemExit, match="holds no architecture"):
        ablations.draw_figure(made, 0, "SYNTHETIC", "DTC", 50.0, picture)
    made.score("unet", 0, "fold")
    ablations.draw_figure(made, 0, "SYNTHETIC", "DTC", 50.0, picture)
    assert picture.stat().st_size > 10_000


def test_a_gap_is_chosen_where_the_curve_varies_and_is_measured() -> None:
    truth = np.zeros(1000)
    truth[600:700] = np.arange(100) % 7
    truth[:300] = np.nan
    chosen = ablations.choose_gap(truth, 100)
    assert chosen.start <= 650 <= chosen.stop
    with pytest.raises(SystemExit, match="smaller"):
        ablations.choose_gap(truth, 900)


def test_ranks_that_are_reversed_are_told() -> None:
    errors = np.array(list(FOUNDING_ERRORS.values()), float)
    assert ablations.rank_correlation(errors, errors**2) == pytest.approx(1.0)
    assert ablations.rank_correlation(errors, -errors) == pytest.approx(-1.0)
