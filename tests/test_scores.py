"""Measures against what they must be in closed form, and wells as the unit of evidence."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from welllog.comparison import compare, pool
from welllog.evaluation import Evaluation
from welllog.scores import (
    FLOOR,
    MEASURES,
    Score,
    band_energy,
    bootstrap,
    crps,
    mean_measure,
    paired_p,
    variation,
)
from welllog.uncertainty import NORMAL_90

SIGMA = {"GR": 40.0, "DTC": 20.0}


def score(well: str, rmse: float, *, curve: str = "GR", samples: int = 100) -> Score:
    """Return a score of a gap of 20 m with this error in units of sigma."""
    return Score(
        task="gap",
        length_m=20.0,
        well=well,
        curve=curve,
        samples=samples,
        squared=(rmse * SIGMA[curve]) ** 2 * samples,
        absolute=0.0,
        error=0.0,
        total=0.0,
        total_squared=1.0,
        inside=90,
        width=2.0 * SIGMA[curve] * samples,
        crps=0.5 * rmse * SIGMA[curve] * samples,
        variation=50.0,
        true_variation=100.0,
        power=(1.0, 10.0, 100.0),
        true_power=(10.0, 10.0, 100.0),
        jump=np.nan,
    )


def evaluation(*scores: Score, name: str = "model") -> Evaluation:
    return Evaluation(name, SIGMA, list(scores), [])


def test_crps_of_a_normal_forecast_is_its_closed_form() -> None:
    known, sigma = np.linspace(-2.5, 2.5, 21), 1.7
    z = known / sigma
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    share = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])
    exact = sigma * (z * (2 * share - 1) + 2 * density - 1 / math.sqrt(math.pi))
    mean, half = np.zeros_like(known), np.full_like(known, NORMAL_90 * sigma)
    # The mean of 19 levels is 20/19 of the trapezoidal rule, which is within 2 % of the integral.
    np.testing.assert_allclose(
        crps(known, mean, mean - half, mean + half) * 19 / 20, exact, rtol=0.02
    )


def test_crps_of_a_band_without_width_is_the_absolute_error() -> None:
    known, mean = np.array([0.0, 3.0, -2.0]), np.ones(3)
    np.testing.assert_allclose(crps(known, mean, mean, mean), np.abs(known - mean))


def test_a_band_twice_too_wide_costs_crps() -> None:
    random = np.random.default_rng(0)
    known, mean, half = random.normal(size=5000), np.zeros(5000), np.full(5000, NORMAL_90)
    right = crps(known, mean, mean - half, mean + half).mean()
    assert crps(known, mean, mean - 2 * half, mean + 2 * half).mean() > 1.1 * right
    assert crps(known, mean, mean - half / 2, mean + half / 2).mean() > 1.02 * right


def test_crps_prefers_the_band_that_leans_the_way_the_errors_do() -> None:
    random = np.random.default_rng(1)
    known = np.abs(random.normal(size=5000))
    mean, narrow, wide = np.zeros(5000), np.full(5000, 0.05), np.full(5000, NORMAL_90)
    leaning = crps(known, mean, mean - narrow, mean + wide).mean()
    assert leaning < crps(known, mean, mean - wide, mean + wide).mean()


def test_a_flat_line_has_no_variance_and_no_power() -> None:
    rows = np.zeros(300, bool)
    rows[40:240] = True
    flat = np.full(300, 7.0)
    assert variation(flat, rows) == 0.0
    assert band_energy(flat, rows, 0.15) == (0.0, 0.0, 0.0)
    rough = np.random.default_rng(0).normal(size=300)
    part = replace(
        score("a", 1.0),
        variation=0.0,
        true_variation=variation(rough, rows),
        power=(0.0, 0.0, 0.0),
        true_power=band_energy(rough, rows, 0.15),
    )
    assert mean_measure([part], SIGMA, ["GR"], "variance_ratio") == 0.0
    assert mean_measure([part], SIGMA, ["GR"], "spectrum_1_3_m") == pytest.approx(np.log10(FLOOR))


def test_a_level_that_differs_between_runs_is_no_variance_within_them() -> None:
    rows = np.zeros(100, bool)
    rows[10:40] = rows[60:90] = True
    steps = np.where(np.arange(100) < 50, 1.0, 9.0)
    assert variation(steps, rows) == 0.0


@pytest.mark.parametrize(("wavelength", "band"), [(2.0, 0), (6.0, 1), (25.0, 2)])
def test_a_sine_has_its_power_in_the_band_of_its_wavelength(wavelength: float, band: int) -> None:
    depth = 0.1524 * np.arange(2000)
    energy = np.array(
        band_energy(np.sin(2 * np.pi * depth / wavelength), np.ones(2000, bool), 0.1524)
    )
    assert energy[band] > 0.99 * energy.sum()


def test_a_fill_of_half_the_amplitude_has_a_quarter_of_the_power() -> None:
    values = np.random.default_rng(0).normal(size=4000)
    rows = np.ones(4000, bool)
    whole, half = (np.array(band_energy(v, rows, 0.15)) for v in (values, values / 2))
    np.testing.assert_allclose(np.log10(half / whole), -np.log10(4.0))


def test_a_band_of_wavelengths_longer_than_the_gap_says_nothing() -> None:
    rows = np.zeros(200, bool)
    rows[50:83] = True  # 5 m
    assert band_energy(np.random.default_rng(0).normal(size=200), rows, 0.15)[2] == 0.0
    part = replace(score("a", 1.0), power=(1.0, 1.0, 0.0), true_power=(1.0, 1.0, 0.0))
    assert np.isnan(measured(part, "spectrum_over_10_m"))


def measured(part: Score, name: str) -> float:
    assert name in MEASURES
    return mean_measure([part], SIGMA, ["GR"], name)


def test_the_mean_over_curves_counts_each_curve_once() -> None:
    parts = [
        score("a", 0.2, samples=10_000),
        score("a", 0.6, curve="DTC", samples=10),
    ]
    assert mean_measure(parts, SIGMA, ["GR", "DTC", "PEF"], "nrmse") == pytest.approx(0.4)


def test_one_well_has_no_spread_and_many_equal_wells_have_none_either() -> None:
    for wells in ("a", "abcdef"):
        draws = bootstrap([score(well, 0.3) for well in wells], SIGMA, ["GR"], "nrmse")
        np.testing.assert_allclose(draws, 0.3)
    unequal = [score("a", 0.1), score("b", 0.5)]
    assert np.ptp(bootstrap(unequal, SIGMA, ["GR"], "nrmse")) == pytest.approx(0.4)


def test_the_paired_test_pairs_by_well_and_not_by_place_in_the_list() -> None:
    wells = [f"w{number}" for number in range(12)]
    hard = dict(zip(wells, np.linspace(0.1, 2.0, 12), strict=True))
    better = {well: 0.95 * value for well, value in hard.items()}
    shuffled = {well: better[well] for well in reversed(wells)}
    assert paired_p(shuffled, hard) == paired_p(better, hard) < 0.001
    assert paired_p(hard, hard) == 1.0
    assert math.isnan(paired_p({"x": 1.0}, hard))


def test_a_model_five_per_cent_better_in_every_well_has_a_ratio_without_spread() -> None:
    wells = [(f"w{number}", 0.1 + 0.1 * number) for number in range(10)]
    one = evaluation(*(score(well, 0.95 * error) for well, error in wells))
    other = evaluation(*(score(well, error) for well, error in wells))
    result = compare(one, other, "gap", 20.0)
    assert result.ratio == pytest.approx(0.95)
    assert (result.low, result.high) == (pytest.approx(0.95), pytest.approx(0.95))
    assert result.p < 0.01
    assert result.wells == 10
    assert compare(one, other, "gap", 20.0, "crps").ratio == pytest.approx(0.95)


def test_only_what_both_were_scored_on_is_compared() -> None:
    one = evaluation(score("a", 0.2), score("b", 9.0))
    other = evaluation(score("a", 0.4), score("a", 5.0, curve="DTC"))
    assert compare(one, other, "gap", 20.0).ratio == pytest.approx(0.5)
    with pytest.raises(ValueError, match="share no scenario of blind"):
        compare(one, other, "blind", 0.0)


def test_a_scenario_that_one_model_could_not_answer_counts_for_neither() -> None:
    easy, hard = score("a", 0.2), replace(score("a", 5.0), total=7.0)
    assert compare(evaluation(easy, hard), evaluation(easy), "gap", 20.0).ratio == 1.0


def test_seeds_of_one_well_stay_one_well() -> None:
    seeds = [evaluation(score("a", 0.2), score("b", 0.4)), evaluation(score("a", 0.4))]
    together = pool(seeds)
    assert together.well_scores("gap", 20.0)["a"] == pytest.approx(math.sqrt((0.04 + 0.16) / 2))
    assert compare(together, together, "gap", 20.0).wells == 2


def test_an_evaluation_comes_back_from_its_numbers() -> None:
    import json

    before = evaluation(score("a", 0.2), score("b", 0.4, curve="DTC"))
    text = json.dumps(before.to_dict(), allow_nan=False)
    after = Evaluation.from_dict(json.loads(text))
    assert json.dumps(after.to_dict()) == text
    assert after.mean("gap", 20.0, "coverage") == pytest.approx(0.9)
