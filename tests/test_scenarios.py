"""What is drawn to be hidden, for a blind test."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from welllog.baselines import Interpolation
from welllog.evaluation import evaluate
from welllog.features import LogSet, well_as_seen
from welllog.samples import synthetic_well
from welllog.scenarios import INTERVALS, draw_intervals, draw_scenarios, draw_well


@pytest.fixture(scope="module")
def wells() -> list[LogSet]:
    return [well_as_seen(synthetic_well(seed=s, top=1500, base=2400)) for s in range(2)]


def test_intervals_lie_where_the_curve_is_measured_and_do_not_touch() -> None:
    measured = np.ones(5000, bool)
    measured[1000:3000] = False
    intervals = draw_intervals(measured, 130.0, 6, np.random.default_rng(0))
    assert len(intervals) == 6
    for (_, base), (top, _) in zip(intervals, intervals[1:], strict=False):
        assert top - base >= 65
    assert all(measured[top:base].mean() >= 0.9 for top, base in intervals)
    assert draw_intervals(measured, 6000.0, 1, np.random.default_rng(0)) == []


def test_what_is_drawn_is_what_is_scored(wells: list[LogSet]) -> None:
    cases = draw_well(wells[0], ["GR", "DTC"], INTERVALS, np.random.default_rng(0))
    assert {case["task"] for case in cases} == {"gap", "blackout", "blind"}
    shared = [case["intervals_m"] for case in cases if case["task"] == "blackout"]
    assert shared[0] == shared[1]
    sigma = {"GR": 40.0, "DTC": 20.0}
    result = evaluate(Interpolation(), {"sigma": sigma, "scenarios": cases}, wells)
    scored = {(s.task, s.length_m, s.curve): s.samples for s in result.scores}
    for case in cases:
        if case["task"] != "blind":
            key = (case["task"], float(case["length_m"]), case["curve"])
            assert scored[key] == case["n_scored"]


def test_every_well_and_curve_is_asked_for_at_every_length(wells: list[LogSet]) -> None:
    scenarios = draw_scenarios(wells, ["GR", "DTC", "RHOB"])
    asked = Counter((case["well"], case["task"]) for case in scenarios["scenarios"])
    assert asked == {
        (well.well, task): 3 * count
        for well in wells
        for task, count in (("gap", 4), ("blackout", 4), ("blind", 1))
    }
    assert scenarios["sigma"]["DTC"] == pytest.approx(
        np.nanstd(np.concatenate([well.curves["DTC"] for well in wells]))
    )
    assert scenarios == draw_scenarios(wells, ["GR", "DTC", "RHOB"])
    assert scenarios != draw_scenarios(wells, ["GR", "DTC", "RHOB"], seed=1)


def test_a_well_too_short_for_long_intervals_is_asked_for_short_ones() -> None:
    short = well_as_seen(synthetic_well(seed=0, top=1500, base=1570))
    lengths = {case["length_m"] for case in draw_scenarios([short])["scenarios"]}
    assert lengths == {0, 5, 20}


def test_wells_with_too_little_to_hide_are_refused() -> None:
    stub = well_as_seen(synthetic_well(seed=0, top=1500, base=1530))
    with pytest.raises(ValueError, match="measured over 50 m"):
        draw_scenarios([stub])


def test_a_curve_measured_over_a_part_of_the_well_is_not_hidden_nearly_whole() -> None:
    well = well_as_seen(synthetic_well(seed=0, top=1500, base=2400))
    part = well.hide((well.depth < 1800) | (well.depth > 2100), ["DTC"])
    lengths = {
        case["length_m"]
        for case in draw_scenarios([part], ["DTC"])["scenarios"]
        if case["task"] == "gap"
    }
    assert lengths == {5, 20, 100}


def test_a_curve_without_others_is_hidden_in_blackouts_alone() -> None:
    well = well_as_seen(synthetic_well(seed=0, top=1500, base=2400))
    alone = well.hide(np.ones(len(well.depth), bool), [c for c in well.curves if c != "GR"])
    assert {case["task"] for case in draw_scenarios([alone])["scenarios"]} == {"blackout"}
