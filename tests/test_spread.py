"""A deviation that depends on the inputs, where a curve is blind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from welllog.features import feature_names
from welllog.spread import SPREAD, STRANGE, STRANGEST, TRUST, Outcome, Spread, fit_spread
from welllog.uncertainty import NORMAL_90, fit_factor

SMALL = replace(
    SPREAD, rounds=20, learning_rate=0.3, min_leaf_samples=50, feature_share=1.0, l2=1.0, threads=1
)
ROWS = 150


def outcome(seed: int) -> Outcome:
    """Return a well whose errors are as large as trees and networks are apart."""
    random = np.random.default_rng(seed)
    features = random.standard_normal((ROWS, len(feature_names("DTC")))).astype(np.float32)
    forecast = 90.0 + random.standard_normal(ROWS)
    apart = random.uniform(0.5, 1.5, ROWS) * random.choice([0.5, 4.0])
    truth = forecast + apart * random.standard_normal(ROWS)
    return Outcome(
        f"well {seed}", features, forecast - apart / 2, forecast + apart / 2, forecast, truth
    )


def told(spread: Spread, of: Outcome, well: str, strangeness: float = 0.0) -> np.ndarray:
    return spread.deviation(
        of.features, of.by_trees, of.by_networks, of.forecast, well, "DTC", strangeness
    )


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome(seed) for seed in range(24)]


@pytest.fixture(scope="module")
def spread(outcomes: list[Outcome]) -> Spread:
    return fit_spread({"DTC": outcomes}, SMALL)


def half_widths(
    deviate: Callable[[Outcome], np.ndarray], outcomes: list[Outcome], others: list[Outcome]
) -> np.ndarray:
    """Return half the band of every row of other wells, (w, k), calibrated on ``outcomes``."""
    factor = fit_factor(
        np.concatenate([of.forecast - of.truth for of in outcomes]),
        np.concatenate([deviate(of) for of in outcomes]),
        np.repeat(np.arange(len(outcomes)), ROWS),
    )
    return NORMAL_90 * factor * np.stack([deviate(of) for of in others])


def test_a_band_calibrated_on_the_same_wells_holds_on_others_and_is_narrower(
    spread: Spread, outcomes: list[Outcome]
) -> None:
    others = [outcome(seed) for seed in range(100, 124)]
    half = half_widths(lambda of: told(spread, of, of.well), outcomes, others)
    constant = half_widths(lambda of: np.ones(ROWS), outcomes, others)
    covered = np.mean(np.abs([of.forecast - of.truth for of in others]) <= half, axis=1)
    assert 0.84 < covered.mean() < 0.96
    assert covered.min() > 0.7
    assert half.mean() < 0.9 * constant.mean()


def test_a_well_in_training_is_told_by_the_bag_that_did_not_see_it(
    spread: Spread, outcomes: list[Outcome]
) -> None:
    of = outcomes[0]
    (blind,) = [bag for bag in spread.trees.bags["DTC"] if of.well in bag.left_out]
    columns = np.column_stack([of.features, np.abs(of.by_networks - of.by_trees), of.forecast])
    by_trees = blind.booster.predict(columns.astype(np.float32))
    np.testing.assert_allclose(
        told(spread, of, of.well), np.exp(by_trees) ** TRUST * spread.usual["DTC"] ** (1 - TRUST)
    )
    assert not np.array_equal(told(spread, of, of.well), told(spread, of, "elsewhere"))


def test_every_well_is_left_out_of_one_bag(spread: Spread, outcomes: list[Outcome]) -> None:
    left_out = [well for bag in spread.trees.bags["DTC"] for well in bag.left_out]
    assert sorted(left_out) == sorted(of.well for of in outcomes)


def test_where_nothing_was_learnt_the_deviation_is_one(outcomes: list[Outcome]) -> None:
    spread = fit_spread({"DTC": outcomes[:1]}, SMALL)
    assert told(spread, outcomes[0], "elsewhere").tolist() == [1.0] * ROWS


def test_the_usual_error_is_that_of_the_median_well(
    spread: Spread, outcomes: list[Outcome]
) -> None:
    each = [np.sqrt(np.mean((of.forecast - of.truth) ** 2)) for of in outcomes]
    assert spread.usual["DTC"] == pytest.approx(np.median(each))


def test_a_well_is_strange_by_the_mean_of_what_its_other_curves_say(spread: Spread) -> None:
    spread = replace(spread, usual={"DTC": 2.0, "GR": 5.0})
    twice, alike = np.array([4.0, -4.0]), np.array([5.0, -5.0, 5.0])
    assert spread.strangeness({"DTC": twice}) == pytest.approx(np.log(2.0))
    assert spread.strangeness({"DTC": twice, "GR": alike}) == pytest.approx(np.log(2.0) / 2)
    assert spread.strangeness({}) == spread.strangeness({"PEF": twice}) == 0.0
    assert spread.strangeness({"DTC": np.array([1e6])}) == STRANGEST[1]
    assert spread.strangeness({"DTC": np.zeros(3)}) == STRANGEST[0]


def test_the_band_is_wider_in_a_strange_well(spread: Spread, outcomes: list[Outcome]) -> None:
    usual, strange = (told(spread, outcomes[0], "elsewhere", z) for z in (0.0, 1.0))
    np.testing.assert_allclose(strange, usual * np.exp(STRANGE))
