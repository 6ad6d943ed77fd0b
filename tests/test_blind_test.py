"""The blind test on one's own well: what is hidden, and what the scores say."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.blind_test import (
    RIVALS,
    BlindTest,
    BlindTestError,
    hide_known,
    said_in_lines,
    score_blind,
)
from welllog.samples import synthetic_well
from welllog.well import Well


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1700)


@pytest.fixture(scope="module")
def tested(well: Well) -> BlindTest:
    return score_blind(well, "DTC", 10.0, ["kriging"], seed=2)


def test_a_model_is_tested_beside_its_rivals_on_the_same_intervals(well, tested):
    assert set(tested.fills) == {"kriging", *RIVALS}
    hidden = np.isfinite(tested.truth)
    np.testing.assert_array_equal(tested.truth[hidden], well.values("DTC")[hidden])
    for fill in tested.fills.values():
        np.testing.assert_array_equal(np.isfinite(fill.median), hidden)
    for top, base in tested.intervals:
        assert base - top == pytest.approx(10.0, abs=2 * well.step)


def test_the_score_is_that_of_the_hidden_samples(well, tested):
    hidden = np.isfinite(tested.truth)
    error = tested.fills["kriging"].values[hidden] - well.values("DTC")[hidden]
    score = tested.score("kriging")
    assert score.rmse == pytest.approx(np.sqrt(np.mean(error**2)))
    assert score.bias == pytest.approx(error.mean())
    assert score.samples == hidden.sum() and 0.5 < score.coverage <= 1.0
    best, *_ = tested.scores()
    assert tested.score(best).rmse == min(each.rmse for each in tested.scores().values())


def test_what_is_hidden_has_no_say_in_the_answer(well, tested):
    spoiled = well.copy()
    values = well.values("DTC").copy()
    values[np.isfinite(tested.truth)] += 40.0
    del spoiled.curves["DTC"]
    spoiled.add_curve("DTC", values, unit="us/ft")
    again = score_blind(spoiled, "DTC", 10.0, ["kriging"], seed=2)
    assert again.intervals == tested.intervals
    np.testing.assert_allclose(again.fills["kriging"].median, tested.fills["kriging"].median)


def test_the_same_seed_hides_the_same_and_another_something_else(well):
    assert hide_known(well, "DTC", 10.0, seed=2) == hide_known(well, "DTC", 10.0, seed=2)
    assert hide_known(well, "DTC", 10.0, seed=2) != hide_known(well, "DTC", 10.0, seed=3)


def test_no_more_than_a_third_of_what_is_known_is_hidden(well):
    spans = hide_known(well, "DTC", 30.0, count=50)
    assert 1 <= len(spans) and sum(base - top for top, base in spans) <= 200 / 3
    with pytest.raises(BlindTestError, match="at most 67"):
        hide_known(well, "DTC", 100.0)
    with pytest.raises(BlindTestError, match="cannot be hidden"):
        hide_known(well, "DTC", 0.0)


def test_resistivity_is_scored_in_decades(well):
    tested = score_blind(well, "RDEP", 10.0, ["kriging"])
    assert tested.unit == "decades" and 0 < tested.score("kriging").rmse < 1.5


def test_casing_arrivals_are_neither_hidden_nor_scored():
    well = synthetic_well(seed=3, top=1500, base=1700)
    values = well.values("DTC").copy()
    cased = well.index < 1560
    values[cased] = 57.0
    del well.curves["DTC"]
    well.add_curve("DTC", values, unit="us/ft")
    tested = score_blind(well, "DTC", 10.0, ["kriging"])
    assert not np.isfinite(tested.truth[cased]).any()


def test_the_scores_are_told_with_the_best_first(tested):
    head, *lines = said_in_lines(tested, "m")
    assert head.startswith("DTC: ") and "of 10 m hidden" in head
    assert lines[0].startswith(next(iter(tested.scores())))
