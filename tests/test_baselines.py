"""Restorers, fitted to synthetic wells and asked about one they have not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from welllog.baselines import Boosted, Interpolation, Kriging
from welllog.boosting import Boosters, BoostingSettings, fit_boosters, remember_answers
from welllog.corrections import CORRECTIONS
from welllog.deep_kernel import DeepKernels
from welllog.features import LogSet, log_features, runs_of, well_as_seen
from welllog.kernel_learning import learn_kernels
from welllog.kernel_lessons import Forecast, KernelSettings, Lesson
from welllog.samples import synthetic_well
from welllog.uncertainty import Calibration

SETTINGS = BoostingSettings(targets=("DTC",), rounds=40, samples_per_well=1500, threads=1)


def seen(seed: int) -> LogSet:
    logs = well_as_seen(synthetic_well(seed, base=2100))
    return LogSet(f"well {seed}", logs.depth, logs.curves, logs.own_depth)


@pytest.fixture(scope="module")
def boosters() -> Boosters:
    return fit_boosters([seen(seed) for seed in range(1, 5)], SETTINGS)


@pytest.fixture(scope="module")
def kernels(boosters: Boosters) -> DeepKernels:
    lessons = []
    for logs in (seen(seed) for seed in range(1, 5)):
        everywhere = np.ones(len(logs.depth), bool)
        told = {"DTC": boosters.predict(logs, "DTC", everywhere)}
        lessons.append(Lesson(logs, (Forecast((), told),)))
    return learn_kernels(lessons, KernelSettings(iterations=60, members=1, batch=4, support=96))


@pytest.fixture(scope="module")
def well() -> LogSet:
    return seen(9)


@pytest.fixture(scope="module")
def rows(well: LogSet) -> np.ndarray:
    return well.rows_between(1700, 1740) | well.rows_between(1900, 1920)


def error(restorer: object, well: LogSet, rows: np.ndarray, hidden: tuple[str, ...]) -> float:
    prediction = restorer.predict(well.hide(rows, hidden), "DTC", rows)  # type: ignore[attr-defined]
    return float(np.sqrt(np.mean((prediction.mean - well.curves["DTC"][rows]) ** 2)))


def test_runs_are_half_open() -> None:
    assert list(runs_of(np.array([1, 1, 0, 1], bool))) == [(0, 2), (3, 4)]


def test_interpolation_is_a_straight_line() -> None:
    depth = np.arange(10.0)
    logs = LogSet("line", depth, {"GR": 2 * depth + 1}, depth)
    rows = (depth > 2) & (depth < 7)
    prediction = Interpolation().predict(logs.hide(rows, ["GR"]), "GR", rows)
    np.testing.assert_allclose(prediction.mean, 2 * depth[rows] + 1)


@pytest.mark.parametrize("name", CORRECTIONS)
def test_boosting_beats_a_straight_line_on_an_unseen_well(
    name: str, boosters: Boosters, kernels: DeepKernels, well: LogSet, rows: np.ndarray
) -> None:
    boosted = Boosted(name, boosters, settings=SETTINGS, kernels=kernels)
    assert error(boosted, well, rows, ("DTC",)) < 0.8 * error(Interpolation(), well, rows, ("DTC",))


@pytest.mark.parametrize("name", [*CORRECTIONS, "interpolation", "kriging"])
def test_no_restorer_looks_at_what_is_hidden(
    name: str, boosters: Boosters, kernels: DeepKernels, well: LogSet, rows: np.ndarray
) -> None:
    if name in CORRECTIONS:
        restorer: object = Boosted(name, boosters, settings=SETTINGS, kernels=kernels)
    else:
        restorer = Interpolation() if name == "interpolation" else Kriging()
    spoiled = dict(well.curves)
    spoiled["DTC"] = np.where(rows, 999.0, spoiled["DTC"])
    answers = [
        restorer.predict(logs, "DTC", rows)  # type: ignore[attr-defined]
        for logs in (well, LogSet(well.well, well.depth, spoiled, well.own_depth))
    ]
    np.testing.assert_array_equal(answers[0].mean, answers[1].mean)
    np.testing.assert_array_equal(answers[0].upper, answers[1].upper)


def test_a_blackout_is_kriged_from_the_curve_itself(
    boosters: Boosters, well: LogSet, rows: np.ndarray
) -> None:
    dark = well.hide(rows, well.curves)
    by_trees = Boosted("lightgbm-gp", boosters).predict(dark, "DTC", rows)
    alone = Kriging().predict(dark, "DTC", rows)
    np.testing.assert_array_equal(by_trees.mean, alone.mean)


def test_across_a_short_hole_in_the_other_logs_inside_a_gap_the_fill_goes_on(
    boosters: Boosters, well: LogSet
) -> None:
    rows = well.rows_between(1700, 1900)
    hole, longer = well.rows_between(1799, 1801), well.rows_between(1790, 1810)
    gp = Boosted("lightgbm-gp", boosters)
    truth = well.curves["DTC"]

    def errors(dark: np.ndarray) -> tuple[float, float]:
        seen = well.hide(rows, ["DTC"]).hide(dark, well.curves)
        inside = dark[rows]
        off = np.abs(gp.predict(seen, "DTC", rows).mean - truth[rows])
        alone = np.abs(Kriging().predict(seen, "DTC", rows).mean - truth[rows])
        return float(off[inside].mean()), float(alone[inside].mean())

    of_hole, kriged = errors(hole)
    assert of_hole < 0.7 * kriged
    of_longer, _ = errors(longer)
    assert of_longer > of_hole


def test_the_band_of_a_hole_in_the_other_logs_is_that_of_its_gap(
    boosters: Boosters, well: LogSet
) -> None:
    rows, dark = well.rows_between(1700, 1900), well.rows_between(1790, 1810)
    seen = well.hide(rows, ["DTC"]).hide(dark, well.curves)
    fitted = Calibration({"DTC": {"blackout": [(20.0, 1.0), (200.0, 3.0)]}})
    band, bare = (
        Boosted("lightgbm-gp", boosters, of).predict(seen, "DTC", rows)
        for of in (fitted, Calibration())
    )
    widths = [(of.upper - of.lower)[dark[rows]] for of in (band, bare)]
    np.testing.assert_allclose(widths[0], 3.0 * widths[1], rtol=1e-2)


@pytest.mark.parametrize("name", ["lightgbm-edge", "lightgbm-gp", "deep-kriging"])
def test_far_from_the_little_that_is_visible_a_fill_is_what_other_wells_say(
    name: str, boosters: Boosters, kernels: DeepKernels, well: LogSet
) -> None:
    shown = well.rows_between(well.depth[0], well.depth[0] + 30.0)
    shifted = np.where(shown, well.curves["DTC"] + 25.0, np.nan)
    seen = replace(well, curves={**well.curves, "DTC": shifted})
    truth = well.curves["DTC"][~shown]
    fitted = Calibration({"DTC": {"gap": [(300.0, 1.0)], "blind": [(1000.0, 4.0)]}})
    bare, faded, alone = (
        Boosted(of, boosters, calibration, kernels=kernels).predict(seen, "DTC", ~shown)
        for of, calibration in ((name, Calibration()), (name, fitted), ("lightgbm", fitted))
    )
    far = well.depth[~shown] > well.depth[0] + 300.0
    assert np.abs((bare.mean - truth)[far]).mean() > 2 * np.abs((alone.mean - truth)[far]).mean()
    np.testing.assert_allclose(faded.mean[far], alone.mean[far], atol=0.2 * 25.0)
    assert abs(faded.mean[0] - bare.mean[0]) < 0.05 * 25.0, "at the edge it is the well's own"
    inside = (truth >= faded.lower) & (truth <= faded.upper)
    assert inside[far].mean() > 0.8


def test_deep_kriging_uses_its_own_kernel_in_a_blackout(
    boosters: Boosters, kernels: DeepKernels, well: LogSet, rows: np.ndarray
) -> None:
    dark = well.hide(rows, well.curves)
    deep = Boosted("deep-kriging", boosters, kernels=kernels).predict(dark, "DTC", rows)
    learnt = Kriging(learnt=kernels).predict(dark, "DTC", rows)
    np.testing.assert_array_equal(deep.mean, learnt.mean)
    assert not np.allclose(learnt.mean, Kriging().predict(dark, "DTC", rows).mean)


def test_deep_kriging_without_kernels_says_so(
    boosters: Boosters, well: LogSet, rows: np.ndarray
) -> None:
    with pytest.raises(ValueError, match="without learnt kernels"):
        Boosted("deep-kriging", boosters).predict(well, "DTC", rows)


@pytest.mark.parametrize("name", ["lightgbm-gp", "deep-kriging"])
def test_a_gap_half_in_the_dark_is_filled_throughout(
    name: str, boosters: Boosters, kernels: DeepKernels, well: LogSet, rows: np.ndarray
) -> None:
    dark = well.hide(well.rows_between(1710, 1720), well.curves)
    prediction = Boosted(name, boosters, kernels=kernels).predict(dark, "DTC", rows)
    assert np.isfinite(prediction.mean).all()
    assert (prediction.lower < prediction.upper).all()


@pytest.mark.parametrize("lost", ["GR", "RHOB", "NPHI", "RDEP"])
def test_a_missing_curve_is_survived(
    lost: str, boosters: Boosters, well: LogSet, rows: np.ndarray
) -> None:
    curves = {name: values for name, values in well.curves.items() if name != lost}
    without = LogSet(well.well, well.depth, curves, well.own_depth)
    assert error(Boosted("lightgbm-gp", boosters), without, rows, ("DTC",)) < 20


def test_a_well_in_training_is_predicted_by_trees_that_did_not_see_it(boosters: Boosters) -> None:
    inside = seen(1)
    outside = LogSet("another name", inside.depth, inside.curves, inside.own_depth)
    rows = np.isfinite(inside.curves["DTC"])
    honest, leaky = (
        np.std(boosters.predict(logs, "DTC", rows) - inside.curves["DTC"][rows])
        for logs in (inside, outside)
    )
    assert honest > leaky
    longer = LogSet("seen-1 of some field", inside.depth, inside.curves, inside.own_depth)
    boosters = replace(boosters, seen=("seen-1",), bags={"DTC": boosters.bags["DTC"]})
    left_out = [replace(bag, left_out=("seen-1",)) for bag in boosters.bags["DTC"][:1]]
    boosters.bags["DTC"] = [*left_out, *boosters.bags["DTC"][1:]]
    alone = replace(boosters, seen=(), bags={"DTC": boosters.bags["DTC"][:1]})
    np.testing.assert_array_equal(
        boosters.predict(longer, "DTC", rows), alone.predict(longer, "DTC", rows)
    )


def test_an_unknown_target_is_refused(boosters: Boosters, well: LogSet, rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cannot predict PEF"):
        Boosted("lightgbm-gp", boosters).predict(well, "PEF", rows)


def test_a_curve_with_no_sample_cannot_be_interpolated(well: LogSet) -> None:
    rows = np.ones(len(well.depth), bool)
    with pytest.raises(ValueError, match="none left"):
        Interpolation().predict(well, "DTC", rows)


def test_trees_that_remember_are_asked_once_and_say_the_same(
    boosters: Boosters, well: LogSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering = remember_answers(boosters)
    described = log_features(well, "DTC")[:50]
    first = remembering.predict_features(described, well.well, "DTC")
    np.testing.assert_array_equal(first, boosters.predict_features(described, well.well, "DTC"))
    monkeypatch.setattr(Boosters, "predict_features", lambda *_: pytest.fail("asked again"))
    np.testing.assert_array_equal(remembering.predict_features(described, well.well, "DTC"), first)
    with pytest.raises(pytest.fail.Exception):
        remembering.predict_features(described + 1, well.well, "DTC")
