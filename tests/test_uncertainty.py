"""Bands that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.uncertainty import Calibration, fit_factor


def test_factor_makes_the_band_hold_ninety_per_cent() -> None:
    random = np.random.default_rng(0)
    deviations = random.uniform(0.5, 2.0, 20000)
    errors = 3.0 * deviations * random.standard_normal(20000)
    factor = fit_factor(errors, deviations, np.zeros(20000, int))
    assert factor == pytest.approx(3.0, rel=0.05)


def test_every_well_counts_the_same() -> None:
    errors = np.r_[np.full(1000, 0.1), np.full(10, 5.0)]
    wells = np.r_[np.zeros(1000, int), np.ones(10, int)]
    assert fit_factor(errors, np.ones(1010), wells) > 1.0


def test_factor_covers_the_next_well_where_wells_differ() -> None:
    random = np.random.default_rng(0)

    def errors(wells: int) -> np.ndarray:
        return np.exp(random.standard_normal((wells, 1))) * random.standard_normal((wells, 50))

    def coverage(wells: int) -> float:
        factor = fit_factor(
            errors(wells).ravel(), np.ones(wells * 50), np.repeat(np.arange(wells), 50)
        )
        return float((np.abs(errors(100)) <= 1.6449 * factor).mean())

    assert np.mean([coverage(5) for _ in range(200)]) == pytest.approx(0.9, abs=0.02)
    assert np.mean([coverage(40) for _ in range(50)]) == pytest.approx(0.9, abs=0.01)


def test_factor_is_interpolated_between_lengths_and_held_beyond() -> None:
    calibration = Calibration({"DTC": {"gap": [(5.0, 1.0), (20.0, 2.0)]}})
    assert calibration.factor("DTC", "gap", 10.0) == pytest.approx(1.5)
    assert calibration.factor("DTC", "gap", 500.0) == 2.0
    assert calibration.factor("RHOB", "gap", 10.0) == 1.0


def test_a_kind_that_was_not_fitted_takes_the_factors_of_another() -> None:
    calibration = Calibration({"DTC": {"blind": [(1000.0, 9.0)], "blackout": [(5.0, 2.0)]}})
    assert calibration.factor("DTC", "gap", 5.0) == 9.0


def test_each_row_has_the_factor_of_its_own_gap() -> None:
    calibration = Calibration({"DTC": {"gap": [(1.0, 1.0), (4.0, 3.0)]}})
    rows = np.array([1, 0, 1, 1, 1, 1, 0], bool)
    assert calibration.factors("DTC", rows, 1.0, "gap").tolist() == [1, 3, 3, 3, 3]
