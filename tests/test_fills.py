"""Fills: what lies between a curve and a side, a cutoff or another curve."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.fills import caption, fill_between, fill_beyond, fill_to, polygons, ribbon
from welllog.scales import TrackCurve, positions, trace
from welllog.tracks import TrackFill
from welllog.well import Well

GR = TrackCurve("GR", 0.0, 150.0, False, "#2e8b57", "gAPI", "gamma ray")
RHOB = TrackCurve("RHOB", 1.95, 2.95, False, "#e53935", "g/cm3", "density")
NPHI = TrackCurve("NPHI", 0.45, -0.15, False, "#1e88e5", "m3/m3", "neutron")
RDEP = TrackCurve("RDEP", 0.2, 2000.0, True, "#c62828", "ohm.m", "deep resistivity")
DEPTH = np.arange(5.0)


def make_well(**curves: list[float]) -> Well:
    well = Well("A-1", np.arange(float(len(next(iter(curves.values()))))))
    for name, values in curves.items():
        well.add_curve(name, np.array(values))
    return well


def area(drawn) -> float:
    total = 0.0
    for outline in polygons(drawn):
        y, x = outline.T
        total += abs(np.dot(y, np.roll(x, 1)) - np.dot(x, np.roll(y, 1))) / 2
    return total


def test_a_fill_to_a_side_covers_all_between_the_curve_and_that_side():
    place = np.array([0.2, 0.4, 0.6, 0.4, 0.2])
    left, right = fill_to(DEPTH, place, 0.0), fill_to(DEPTH, place, 1.0)
    assert area(left) + area(right) == pytest.approx(4.0)
    np.testing.assert_allclose(left.right, place)
    np.testing.assert_allclose(right.left, place)


def test_a_fill_to_a_baseline_lies_on_both_sides_of_it():
    drawn = fill_to(DEPTH, [0.2, 0.2, 0.5, 0.8, 0.8], 0.5)
    assert drawn.left.min() == 0.2 and drawn.right.max() == 0.8
    assert (drawn.left <= drawn.right).all()


def test_a_null_breaks_a_fill_and_is_not_bridged():
    drawn = fill_to(DEPTH, [0.2, 0.2, np.nan, 0.2, 0.2], 0.0)
    spans = [(outline[:, 0].min(), outline[:, 0].max()) for outline in polygons(drawn)]
    assert spans == [(0.0, 1.0), (3.0, 4.0)]


def test_off_scale_a_fill_ends_at_the_edge_of_the_track():
    drawn = fill_to(DEPTH, [-3.0, 0.5, 7.0, 0.5, 0.5], 1.0)
    assert drawn.left.min() == 0.0 and drawn.right.max() == 1.0


def test_a_cutoff_fill_ends_where_the_line_meets_the_cutoff():
    drawn = fill_beyond(DEPTH, [0.2, 0.2, 0.6, 0.6, 0.2], 0.5, "left")
    first, second = polygons(drawn)
    assert first[:, 0].max() == pytest.approx(1.75)
    assert second[:, 0].min() == pytest.approx(3.25)
    assert np.nanmax(drawn.right) == 0.5


def test_a_cutoff_fill_can_reach_to_a_side():
    drawn = fill_beyond(DEPTH, [0.2, 0.2, 0.6, 0.6, 0.2], 0.5, "left", to=0.0)
    assert np.nanmin(drawn.left) == 0.0 and np.nanmax(drawn.right) == 0.5


@pytest.mark.parametrize(("curve", "low"), [(GR, 30.0), (NPHI, 0.05), (RDEP, 1.0)])
def test_below_and_above_a_cutoff_are_told_by_value_whichever_way_the_scale_runs(curve, low):
    well = make_well(**{curve.mnemonic: [low, low, 1000.0, 1000.0]})
    for where, spans in (("below", (0, 2)), ("above", (1, 3))):
        fill = TrackFill(curve, "#ffff00", where=where, level=low * 2)
        (outline,) = polygons(ribbon(well, fill))
        assert spans[0] <= outline[:, 0].min() < outline[:, 0].max() <= spans[1]


def test_curves_cross_where_their_lines_do_and_not_where_their_values_do():
    well = make_well(RHOB=[2.2, 2.2, 2.2], NPHI=[0.45, 0.3, 0.15])
    fill = TrackFill(NPHI, "#ffff00", where="right", other=RHOB)
    (outline,) = polygons(ribbon(well, fill))
    # Density lies at 0.25 of the track; neutron meets it at 0.30 and is to the right below.
    assert outline[:, 0].min() == pytest.approx(1.0) and outline[:, 0].max() == 2.0
    assert positions([0.3], NPHI)[0] == pytest.approx(positions([2.2], RHOB)[0])


def test_the_two_sides_of_a_crossover_share_the_crossing_point_and_nothing_else():
    rng = np.random.default_rng(0)
    one, two = rng.random(200), rng.random(200)
    one[50:60], two[120] = np.nan, np.nan
    depth = np.arange(200.0)
    left, right = (fill_between(depth, one, two, side) for side in ("left", "right"))
    either = fill_between(depth, one, two)
    both = sum(len(polygons(drawn)) for drawn in (left, right))
    assert both > 50
    # The pointwise minimum and maximum ignore the crossings, so the whole is a little larger.
    assert area(left) + area(right) == pytest.approx(
        np.sum(_triangles(one - two)), rel=1e-9
    ) and area(either) >= area(left) + area(right)


def _triangles(gap):
    """Return the area between two lines over each step, where both ends are there."""
    a, b = gap[:-1], gap[1:]
    same = a * b >= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        crossed = (a**2 + b**2) / (2 * (np.abs(a) + np.abs(b)))
        found = np.where(same, (np.abs(a) + np.abs(b)) / 2, crossed)
    return found[np.isfinite(found)]


def test_lines_that_only_touch_stay_one_run():
    drawn = fill_between(DEPTH, [0.2, 0.3, 0.5, 0.3, 0.2], [0.5] * 5, "left")
    assert len(polygons(drawn)) == 1


def test_lines_that_lie_on_each_other_are_filled_nowhere_between():
    drawn = fill_between(DEPTH, [0.2, 0.5, 0.5, 0.5, 0.2], [0.5] * 5, "left")
    spans = [(outline[:, 0].min(), outline[:, 0].max()) for outline in polygons(drawn)]
    assert spans == [(0.0, 1.0), (3.0, 4.0)]


def test_captions_say_what_is_drawn_and_name_no_fluid():
    assert caption(TrackFill(GR, "#ffff00", where="below", level=75.0)) == "GR below 75 gAPI"
    crossover = TrackFill(NPHI, "#ffff00", where="left", other=RHOB)
    assert caption(crossover) == "NPHI left of RHOB"
    assert caption(TrackFill(GR, "#ffff00", to="left")) == ""


def test_a_curve_wraps_only_where_it_is_asked_to():
    from dataclasses import replace

    values = [75.0, 225.0]
    held, wrapped = trace([0, 1], values, GR)[1], trace([0, 1], values, replace(GR, wrap=True))[1]
    np.testing.assert_allclose(held, [0.5, 1.0])
    np.testing.assert_allclose(wrapped, [0.5, 1.0, np.nan, 0.0, 0.5])
