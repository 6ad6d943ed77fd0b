"""The well as models see it."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.features import (
    casing_arrivals,
    curve_features,
    feature_names,
    from_model_space,
    hidden_with,
    log_features,
    rolling_mean,
    to_model_space,
    well_as_seen,
)
from welllog.mnemonics import catalogue
from welllog.samples import synthetic_well
from welllog.well import Well


def small_well(index: np.ndarray, unit: str = "m", **curves: np.ndarray) -> Well:
    well = Well("small", np.asarray(index, dtype=float), unit)
    for name, values in curves.items():
        well.add_curve(name, values)
    return well


def test_resistivity_goes_to_log10_and_comes_back() -> None:
    kind = catalogue().kinds["RDEP"]
    values = np.array([0.5, 20.0, 300.0])
    np.testing.assert_allclose(from_model_space(to_model_space(values, kind), kind), values)


def test_impossible_values_are_null_in_model_space() -> None:
    seen = to_model_space(np.array([-5.0, 0.5, 2.4, 9.0]), catalogue().kinds["RHOB"])
    assert np.isnan(seen).tolist() == [True, True, False, True]


def test_a_curve_mostly_of_impossible_values_is_not_used() -> None:
    well = small_well(np.arange(10.0), RHOB=np.full(10, 2400.0), GR=np.full(10, 60.0))
    assert set(well_as_seen(well).curves) == {"GR"}


def test_an_upward_index_is_turned_over_and_back() -> None:
    well = small_well(np.arange(10.0)[::-1], GR=np.arange(10.0))
    logs = well_as_seen(well)
    assert np.all(np.diff(logs.depth) > 0)
    np.testing.assert_array_equal(logs.to_own_index(logs.curves["GR"]), np.arange(10.0))


def test_an_irregular_index_is_regularised_and_brought_back() -> None:
    index = np.r_[np.arange(0, 50, 0.5), np.arange(50.2, 100, 0.5)]
    logs = well_as_seen(small_well(index, GR=index))
    assert np.ptp(np.diff(logs.depth)) < 1e-9
    back = logs.to_own_index(logs.curves["GR"])
    good = np.isfinite(back)
    assert good.mean() > 0.98
    np.testing.assert_allclose(back[good], index[good], atol=0.1)


def test_a_hole_in_the_index_is_not_bridged() -> None:
    index = np.r_[np.arange(0.0, 20.0), np.arange(60.0, 80.0)]
    logs = well_as_seen(small_well(index, GR=index))
    assert np.isnan(logs.curves["GR"][(logs.depth > 21) & (logs.depth < 59)]).all()


def test_feet_become_metres() -> None:
    logs = well_as_seen(small_well(np.arange(100.0), "ft", GR=np.full(100, 50.0)))
    assert logs.step == pytest.approx(0.3048)


def test_rows_of_an_irregular_well_cover_what_is_read_back() -> None:
    index = np.sort(np.random.default_rng(0).uniform(0, 100, 300))
    logs = well_as_seen(small_well(index, GR=index))
    wanted = (index > 40) & (index < 60)
    grid = np.where(logs.rows_of(wanted), 1.0, np.nan)
    assert np.isfinite(logs.to_own_index(grid)[wanted]).all()


def test_rolling_mean_leaves_nulls_out() -> None:
    values = np.array([1.0, np.nan, 3.0, 5.0, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(rolling_mean(values, 3), [1, 2, 4, 4, 5, np.nan, np.nan])


def test_features_never_hold_the_target_or_its_siblings() -> None:
    names = {name.split(".")[0] for name in feature_names("RDEP")}
    assert not names & {"RDEP", "RMED", "RSHA"}
    assert hidden_with("RDEP")[0] == "RDEP"


def test_features_do_not_change_with_the_target() -> None:
    index = np.arange(0, 200, 0.5)
    noise = np.random.default_rng(0).normal(size=len(index))
    one = well_as_seen(small_well(index, GR=60 + noise, DTC=90 + noise))
    two = well_as_seen(small_well(index, GR=60 + noise, DTC=120 - 5 * noise))
    np.testing.assert_array_equal(log_features(one, "DTC"), log_features(two, "DTC"))


def test_features_have_a_name_each() -> None:
    logs = well_as_seen(small_well(np.arange(0, 100, 0.5), GR=np.full(200, 50.0)))
    for target in ("GR", "RDEP", "DTC"):
        assert log_features(logs, target).shape == (200, len(feature_names(target)))


def test_a_curve_of_nulls_has_features_of_nulls() -> None:
    features = curve_features(np.full(50, np.nan), 0.5)
    assert np.isnan(features).all()


def test_a_sonic_that_reads_the_casing_is_found_whole() -> None:
    random = np.random.default_rng(0)
    slowness = 140 + 10 * random.normal(size=2000)
    slowness[300:900] = 56.4 + 0.3 * random.normal(size=600)
    slowness[350:360] = 130.0
    found = casing_arrivals(slowness, 0.152)
    assert found[305:895].all()
    assert not found[:295].any()
    assert not found[905:].any()


def test_tight_rock_as_fast_as_steel_is_not_casing() -> None:
    slowness = 57 + 1.5 * np.random.default_rng(0).normal(size=2000)
    assert not casing_arrivals(slowness, 0.152).any()


def test_describing_some_rows_gives_the_rows_of_describing_all() -> None:
    logs = well_as_seen(synthetic_well(seed=2, top=1500, base=1600))
    rows = np.zeros(len(logs.depth), bool)
    rows[[0, 1, 3, 200, -2, -1]] = True
    punched = logs.hide(rows, ["GR", "NPHI"])
    for target in ("DTC", "RDEP"):
        some = log_features(punched, target, rows)
        np.testing.assert_array_equal(some, log_features(punched, target)[rows])
        assert some.dtype == np.float32
