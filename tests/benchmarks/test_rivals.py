"""Rivals that are what their names say, and get a fair chance."""

from __future__ import annotations

import numpy as np
import pytest
from rivals.sequences import STEP_M, WINDOW, _windows, hide_run
from rivals.simple import ChainedEquations, LastValue, Mean
from rivals.xgboosted import XGBoosted, fit_xgboosters

from welllog.boosting import BoostingSettings
from welllog.calibration import CalibrationSettings, calibrate
from welllog.features import INPUTS, LogSet, hidden_with, well_as_seen
from welllog.samples import synthetic_well


@pytest.fixture(scope="module")
def wells() -> list[LogSet]:
    logs = []
    for seed in range(4):
        well = synthetic_well(seed=seed, top=1500, base=1700)
        well.name = f"w{seed}"
        logs.append(well_as_seen(well))
    return logs


def gap(logs: LogSet, top: float = 1580.0, base: float = 1600.0) -> np.ndarray:
    return logs.rows_between(top, base)


def test_the_mean_counts_a_well_as_much_as_its_weight(wells: list[LogSet]) -> None:
    one = Mean().fit(wells[:2], {"w1": 0.0})
    rows = gap(wells[2])
    mean = np.nanmean(wells[0].curves["GR"])
    np.testing.assert_allclose(one.predict(wells[2], "GR", rows).mean, mean)


def test_the_last_value_is_the_one_above_the_gap(wells: list[LogSet]) -> None:
    rows = gap(wells[0])
    above = wells[0].curves["GR"][np.flatnonzero(rows)[0] - 1]
    prediction = LastValue().predict(wells[0].hide(rows, ["GR"]), "GR", rows)
    assert (prediction.mean == above).all()
    assert (prediction.upper > prediction.mean).all()


def test_chained_equations_see_the_other_logs_and_not_the_hidden_one(wells: list[LogSet]) -> None:
    pytest.importorskip("sklearn")
    mice = ChainedEquations().fit(wells[:3], {}, seed=0)
    rows, truth = gap(wells[3]), wells[3].curves["DTC"]
    mean = mice.predict(wells[3], "DTC", rows).mean
    assert np.std(mean - truth[rows]) < np.std(truth[rows])
    spoilt = LogSet(
        "w3",
        wells[3].depth,
        {**wells[3].curves, "DTC": np.where(rows, 1e3, truth)},
        wells[3].own_depth,
    )
    np.testing.assert_array_equal(mice.predict(spoilt, "DTC", rows).mean, mean)


def test_the_band_of_a_rival_holds_nine_tenths_of_what_it_was_fitted_on(
    wells: list[LogSet],
) -> None:
    mean = Mean().fit(wells, {})
    settings = CalibrationSettings(lengths_m=(5.0, 20.0), repeats=(3, 2))
    mean.calibration = calibrate(mean, wells, settings)  # type: ignore[arg-type]
    logs = wells[0]
    everywhere = np.ones(len(logs.depth), bool)
    prediction = mean.predict(logs.hide(everywhere, hidden_with("GR")), "GR", everywhere)
    inside = np.abs(logs.curves["GR"] - prediction.mean) <= prediction.upper - prediction.mean
    assert 0.7 < inside.mean() < 1.0


def test_xgboost_gets_the_bags_of_lightgbm_and_its_corrections(wells: list[LogSet]) -> None:
    pytest.importorskip("xgboost")
    settings = BoostingSettings(targets=("GR",), rounds=20, min_leaf_samples=5, threads=1)
    boosters = fit_xgboosters(wells[:3], settings, {})
    assert sorted(name for bag in boosters.bags["GR"] for name in bag.left_out) == [
        "w0",
        "w1",
        "w2",
    ]
    rows = gap(wells[3])
    seen, truth = wells[3].hide(rows, hidden_with("GR")), wells[3].curves["GR"][rows]
    plain, edge = (
        XGBoosted(name, boosters).predict(seen, "GR", rows).mean
        for name in ("xgboost", "xgboost-edge")
    )
    assert np.std(plain - truth) < np.std(truth)
    assert abs(edge[0] - wells[3].curves["GR"][np.flatnonzero(rows)[0] - 1]) < abs(
        plain[0] - wells[3].curves["GR"][np.flatnonzero(rows)[0] - 1]
    )


def test_a_hidden_run_takes_its_siblings_with_it() -> None:
    random = np.random.default_rng(0)
    window = random.normal(size=(WINDOW, len(INPUTS))).astype(np.float32)
    resistivity = [INPUTS.index(name) for name in ("RDEP", "RMED", "RSHA")]
    lengths = set()
    for _ in range(200):
        hidden = np.isnan(hide_run(window, random))
        assert hidden.any()
        lengths.add(int(hidden.any(axis=1).sum()))
        np.testing.assert_array_equal(hidden[:, resistivity[0]], hidden[:, resistivity[1]])
    assert min(lengths) < 10
    assert max(lengths) == WINDOW


def test_windows_cover_a_well_of_any_length() -> None:
    for count in (100, WINDOW, WINDOW + 1, 1000):
        table = np.arange(count * 2, dtype=np.float32).reshape(count, 2)
        tops, windows = _windows(table, 128)
        covered = np.zeros(tops[-1] + WINDOW, bool)
        for top, window in zip(tops, windows, strict=True):
            covered[top : top + WINDOW] = True
            known = min(WINDOW, count - top)
            np.testing.assert_array_equal(window[:known], table[top : top + known])
            assert np.isnan(window[known:]).all()
        assert covered[:count].all()
    assert 38 < WINDOW * STEP_M < 40
