"""Scores that say what they mean."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from welllog.baselines import Interpolation, Prediction
from welllog.evaluation import evaluate
from welllog.features import LogSet, well_as_seen
from welllog.samples import synthetic_well
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
    return synthetic_well(seed=4, top=1500, base=1700)


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
    well.name = "Synthetic"
    truth = {"DTC": well.values("DTC")}
    result = evaluate(Oracle(truth, 5.0), scenarios(("gap", "DTC", [[1550.0, 1570.0]])), [well])
    scores = result.curve_scores("gap", 20.0, "DTC")
    assert scores["nrmse"] == pytest.approx(5 / 20)
    assert scores["mae"] == pytest.approx(5)
    assert scores["bias"] == pytest.approx(5)
    assert scores["coverage"] == 1.0
    assert scores["width"] == pytest.approx(20 / 20)


def test_hidden_samples_do_not_reach_the_restorer(well: Well) -> None:
    well.name = "Synthetic"
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
    well.name = "Synthetic"
    result = evaluate(Interpolation(), scenarios(("blind", "DTC", [[1500.0, 1700.0]])), [well])
    assert result.scores == []
    assert "none left" in result.skipped[0]


def test_a_log_set_is_scored_as_the_well_it_came_from(well: Well) -> None:
    well.name = "Synthetic"
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    of_well, of_logs = (
        evaluate(Interpolation(), cases, [given]) for given in (well, well_as_seen(well))
    )
    assert of_well.scores == of_logs.scores


def test_a_straight_line_lacks_the_variance_and_the_short_waves_of_the_log(well: Well) -> None:
    well.name = "Synthetic"
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
    well.name = "Synthetic"
    result = evaluate(Interpolation(), scenarios(("gap", "GR", [[1550.0, 1570.0]])), [well])
    groups = json.loads(json.dumps(result.to_dict(), allow_nan=False))["groups"]
    assert groups[0]["curves"]["GR"]["samples"] > 100
    assert "gap 20 m" in result.table()


def test_a_well_that_is_not_there_is_named(well: Well) -> None:
    cases = scenarios(("gap", "GR", [[1550.0, 1570.0]]))
    cases["scenarios"][0]["well"] = "99/9-9"  # type: ignore[index]
    with pytest.raises(ValueError, match="99/9-9"):
        evaluate(Interpolation(), cases, [well])
