"""Scores that say what they mean."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.small_network import small_network
from welllog.baselines import Boosted, Interpolation, Prediction
from welllog.boosting import BoostingSettings, fit_boosters
from welllog.evaluation import Evaluation, evaluate
from welllog.features import LogSet, well_as_seen
from welllog.samples import synthetic_well
from welllog.training import training_logs
from welllog.well import Well


@dataclass
class Oracle:
    """Knows the truth and adds a known error."""

    truth: dict[str, np.ndarray]
    error: float
    name: str = "oracle"

    def predict(self, logs: LogSet, target: str, rows: np.ndarray) -> Prediction:
        mean = self.truth[target][rows] + self.error
        return Prediction(mean, mean - 2 * abs(self.error), mean + 2 * abs(self.error))

    def outside_experience(self, logs: LogSet, target: str) -> np.ndarray:
        return np.zeros(len(logs.depth), bool)


@pytest.fixture(scope="module")
def well() -> Well:
    made = synthetic_well(seed=4, top=1500, base=1700)
    made.name = "Synthetic"
    return made


def scenarios(*cases: tuple[str, str, list[list[float]]]) -> dict[str, object]:
    return {
        "sigma": {"GR": 40.0, "DTC": 20.0},
        "scenarios": [
            {
                "task": task,
                "well": "Synthetic",
                "curve": curve,
                "length_m": 0 if task == "blind" else 20,
                "intervals_m": intervals,
            }
            for task, curve, intervals in cases
        ],
    }


def test_a_known_error_gives_the_known_score(well: Well) -> None:
    truth = {"DTC": well.values("DTC")}
    result = evaluate(Oracle(truth, 5.0), scenarios(("gap", "DTC", [[1550.0, 1570.0]])), [well])
    scores = result.curve_scores("gap", 20.0, "DTC")
    assert scores["nrmse"] == pytest.approx(5 / 20)
    assert scores["mae"] == pytest.approx(5)
    assert scores["bias"] == pytest.approx(5)
    assert scores["coverage"] == 1.0
    assert scores["width"] == pytest.approx(20 / 20)


def test_hidden_samples_do_not_reach_the_restorer(well: Well) -> None:
    seen: list[LogSet] = []

    class Spy(Interpolation):
        def predict(self, logs: LogSet, target: str, rows: np.ndarray) -> Prediction:
            seen.append(logs)
            assert np.isnan(logs.curves[target][rows]).all()
            return super().predict(logs, target, rows)

    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]), ("blackout", "DTC", [[1600.0, 1620.0]]))
    evaluate(Spy(), cases, [well])
    dark = (well.index > 1601) & (well.index < 1619)
    assert all(np.isnan(values[dark]).all() for values in seen[1].curves.values())
    assert np.isfinite(seen[0].curves["DTC"]).all()


def test_blind_hides_the_whole_curve(well: Well) -> None:
    result = evaluate(Interpolation(), scenarios(("blind", "DTC", [[1500.0, 1700.0]])), [well])
    assert result.scores == []
    assert "none left" in result.skipped[0]


def test_a_log_set_is_scored_as_the_well_it_came_from(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    of_well, of_logs = (
        evaluate(Interpolation(), cases, [given]) for given in (well, well_as_seen(well))
    )
    assert of_well.scores == of_logs.scores


def test_a_straight_line_lacks_the_variance_and_the_short_waves_of_the_log(well: Well) -> None:
    result = evaluate(Interpolation(), scenarios(("gap", "GR", [[1550.0, 1570.0]])), [well])
    scores = result.curve_scores("gap", 20.0, "GR")
    assert scores["variance_ratio"] < 0.5
    assert scores["spectrum_1_3_m"] < -1.0
    truth = {"GR": well.values("GR")}
    exact = evaluate(Oracle(truth, 0.0), scenarios(("gap", "GR", [[1550.0, 1570.0]])), [well])
    scores = exact.curve_scores("gap", 20.0, "GR")
    assert scores["variance_ratio"] == pytest.approx(1.0)
    assert scores["spectrum_1_3_m"] == pytest.approx(0.0)
    assert scores["crps"] == pytest.approx(0.0)


def test_scores_are_json_and_a_table(well: Well) -> None:
    result = evaluate(Interpolation(), scenarios(("gap", "GR", [[1550.0, 1570.0]])), [well])
    groups = json.loads(json.dumps(result.to_dict(), allow_nan=False))["groups"]
    assert groups[0]["curves"]["GR"]["samples"] > 100
    assert "gap 20 m" in result.table()


def test_a_well_that_is_not_given_is_named_and_the_others_are_scored(well: Well) -> None:
    interval = [[1550.0, 1570.0]]
    cases = scenarios(("gap", "GR", interval), ("gap", "DTC", interval), ("gap", "GR", interval))
    for case in cases["scenarios"][1:]:  # type: ignore[index]
        case["well"] = "99/9-9"
    result = evaluate(Interpolation(), cases, [well])
    assert (len(result.scores), result.not_given) == (1, ["99/9-9"])
    assert "not given: 99/9-9" in result.table()
    assert Evaluation.from_dict(result.to_dict()).not_given == ["99/9-9"]


def test_scenarios_none_of_whose_wells_is_given_are_refused(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    cases["scenarios"][0]["well"] = "99/9-9"  # type: ignore[index]
    with pytest.raises(ValueError, match="99/9-9"):
        evaluate(Interpolation(), cases, [well])


def test_a_curve_that_the_well_lacks_is_a_scenario_not_scored(well: Well) -> None:
    result = evaluate(Interpolation(), scenarios(("gap", "SGR", [[1550.0, 1570.0]])), [well])
    assert "SGR" in result.skipped[0]


def test_a_curve_without_sigma_is_refused_before_anything_is_scored(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    with pytest.raises(ValueError, match="ask for GR, for which their sigma has no value"):
        evaluate(Interpolation(), {**cases, "sigma": {"DTC": 20.0}}, [well])


def test_one_well_says_nothing_of_other_wells(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    result = evaluate(Interpolation(), cases, [well])
    assert np.isnan(result.interval("gap", 20.0)).all()
    assert f"{result.mean_nrmse('gap', 20.0):.3f}       –  " in result.table()
    assert result.to_dict()["groups"][0]["nrmse_interval"] == [None, None]


@pytest.fixture(scope="module")
def grown() -> Boosted:
    """Trees of three wells: A, B Long Name, and one known by its file."""
    wells = training_logs(synthetic_well(seed, top=1500, base=1600) for seed in range(3))
    names = ["A", "B Long Name", "set/c.las.xz"]
    wells = [replace(logs, well=name) for logs, name in zip(wells, names, strict=True)]
    settings = BoostingSettings(targets=("GR", "DTC"), rounds=5, min_leaf_samples=20)
    return Boosted("lightgbm", fit_boosters(wells, settings), settings=settings)


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [
        ("A", "a.las", "left_out"),
        ("A Sidetrack", "a.las", "left_out"),
        ("B", "b.las", "flattered"),  # the trees do not know that B is B Long Name
        ("Well C", "c.las.xz", "flattered"),
        ("D", "d.las", None),
    ],
)
def test_trees_flatter_only_wells_that_they_do_not_know_again(
    grown: Boosted, name: str, file: str, told: str | None
) -> None:
    well = synthetic_well(seed=0, top=1500, base=1600)
    well.name, well.path = name, Path(file)
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    cases["scenarios"][0]["well"] = name  # type: ignore[index]
    result = evaluate(grown, cases, [well])
    assert result.flattered == ([name] if told == "flattered" else [])
    assert result.left_out == ([name] if told == "left_out" else [])
    assert ("in training" in result.table()) == (told is not None)


def test_a_network_flatters_every_well_of_its_training(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    for seen, flattered in ((("Synthetic",), ["Synthetic"]), (("Other",), [])):
        result = evaluate(small_network(seen), cases, [well])
        assert (result.flattered, result.left_out) == (flattered, [])
    again = Evaluation.from_dict(evaluate(small_network(("Synthetic",)), cases, [well]).to_dict())
    assert again.flattered == ["Synthetic"]


def test_a_well_that_set_the_band_of_a_network_is_told_apart(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    network = replace(small_network(("Other",)), held_out=("Synthetic",))
    result = Evaluation.from_dict(evaluate(network, cases, [well]).to_dict())
    assert (result.flattered, result.held_out) == ([], ["Synthetic"])
    assert "held out in training: Synthetic" in result.table()
    assert evaluate(replace(network, seen=("Synthetic",)), cases, [well]).held_out == []


def test_a_well_is_found_by_its_whole_name_before_the_first_word_of_another(well: Well) -> None:
    sidetrack, mother = synthetic_well(seed=5, top=1500, base=1700), well.copy()
    sidetrack.name, mother.name = "16/2-11 A", "16/2-11"
    case = {"task": "blind", "well": "16/2-11", "curve": "DTC", "length_m": 0, "intervals_m": []}
    truth = {"DTC": well_as_seen(mother).curves["DTC"]}
    scenarios = {"sigma": {"DTC": 1.0}, "scenarios": [{**case, "intervals_m": [[1500, 1700]]}]}
    result = evaluate(Oracle(truth, 0.5), scenarios, [sidetrack, mother])
    assert result.mean_nrmse("blind", 0.0) == pytest.approx(0.5)
