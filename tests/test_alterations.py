"""The arithmetic of edits, on curves of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.alterations import despiked, faded, joined_by_line, moved, stretched

INDEX = 1000.0 + 0.5 * np.arange(200)
WAVE = 80.0 + 5.0 * np.sin(INDEX / 7.0)


def test_a_spike_is_held_and_everything_else_is_the_same_to_the_bit() -> None:
    values = WAVE.copy()
    values[[50, 120]] += [60.0, -40.0]
    calm = despiked(values, 11, 2.0)
    spread = np.std(values)
    # welly's rule: the median of the window, two standard deviations of the whole curve off it.
    assert calm[50] == pytest.approx(np.median(values[45:56]) + 2 * spread)
    assert calm[120] == pytest.approx(np.median(values[115:126]) - 2 * spread)
    others = np.delete(np.arange(200), [50, 120])
    np.testing.assert_array_equal(calm[others], values[others])


def test_nulls_beside_a_short_run_do_not_make_a_spike_of_it() -> None:
    values = WAVE.copy()
    values[40:60] = np.nan
    values[62:90] = np.nan  # two samples stand alone; welly takes the nulls about them for zeros
    np.testing.assert_array_equal(despiked(values, 11, 2.0), values)


def test_a_resistivity_is_despiked_in_decades() -> None:
    values = 10.0 ** np.sin(INDEX / 7.0)
    values[89] = 1e-3  # nothing on a linear scale, a spike on a logarithmic one
    np.testing.assert_array_equal(despiked(values, 11, 2.0), values)
    logs = np.log10(values)
    held = np.median(logs[84:95]) - 2 * np.std(logs)
    assert np.log10(despiked(values, 11, 2.0, decades=True)[89]) == pytest.approx(held)


def test_a_shift_by_whole_steps_moves_samples_and_leaves_the_end_null() -> None:
    down = moved(WAVE, INDEX, INDEX - 1.5)
    np.testing.assert_array_equal(down[3:], WAVE[:-3])
    assert np.isnan(down[:3]).all()
    up = moved(WAVE, INDEX, INDEX + 1.5)
    np.testing.assert_array_equal(up[:-3], WAVE[3:])
    assert np.isnan(up[-3:]).all()


def test_a_shift_by_part_of_a_step_lies_on_the_line_between_neighbours() -> None:
    ramp = 2.0 * INDEX
    down = moved(ramp, INDEX, INDEX - 0.2)
    np.testing.assert_allclose(down[1:], 2.0 * (INDEX[1:] - 0.2))
    assert np.isnan(down[0])


def test_a_shift_does_not_draw_a_line_across_nulls_or_a_hole_in_the_index() -> None:
    values = WAVE.copy()
    values[100:110] = np.nan
    down = moved(values, INDEX, INDEX - 0.2)
    assert np.isnan(down[100:111]).all() and np.isfinite(down[[99, 111]]).all()
    kept = np.r_[0:100, 110:200]
    down = moved(WAVE[kept], INDEX[kept], INDEX[kept] - 0.2)
    assert np.isnan(down[100]) and np.isfinite(down[[99, 101]]).all()


def test_an_upward_index_is_shifted_like_a_downward_one() -> None:
    down = moved(WAVE, INDEX, INDEX - 0.7)
    np.testing.assert_array_equal(moved(WAVE[::-1], INDEX[::-1], INDEX[::-1] - 0.7), down[::-1])


def test_a_resistivity_is_interpolated_in_decades() -> None:
    values = 10.0 ** (INDEX / 10.0 - 100.0)
    down = moved(values, INDEX, INDEX - 0.25, decades=True)
    np.testing.assert_allclose(down[1:], values[1:] / 10.0**0.025)


def test_ties_come_to_their_new_depths_and_what_lies_between_in_proportion() -> None:
    ties = [(1020.0, 1021.0), (1040.0, 1043.0)]
    source = stretched(np.array([1000.0, 1021.0, 1032.0, 1043.0, 1050.0]), ties)
    np.testing.assert_allclose(source, [999.0, 1020.0, 1030.0, 1040.0, 1047.0])
    # A marker at 1030 is found at 1032.
    peak = np.exp(-((INDEX - 1030.0) ** 2))
    assert INDEX[np.nanargmax(moved(peak, INDEX, stretched(INDEX, ties)))] == 1032.0


def test_a_patch_is_a_line_through_its_points_and_nothing_else_changes() -> None:
    values = WAVE.copy()
    values[62:70] = np.nan
    points = [(1030.0, 100.0), (1033.0, 106.0), (1036.0, 100.0)]
    drawn = joined_by_line(values, INDEX, points)
    np.testing.assert_allclose(drawn[60:73], 106.0 - 2.0 * np.abs(INDEX[60:73] - 1033.0))
    np.testing.assert_array_equal(np.delete(drawn, slice(60, 73)), np.delete(values, slice(60, 73)))
    half = joined_by_line(values, INDEX, [(1030.0, 1.0), (1031.0, 100.0)], decades=True)[61]
    assert half == pytest.approx(10.0)


def test_a_splice_takes_one_above_and_the_other_below() -> None:
    one, two = np.full(200, 1.0), np.full(200, 3.0)
    cut = faded(one, two, INDEX, 1050.0, 0.0)
    assert (cut[INDEX < 1050.0] == 1.0).all() and (cut[INDEX >= 1050.0] == 3.0).all()
    soft = faded(one, two, INDEX, 1050.0, 4.0)
    about = np.abs(INDEX - 1050.0) < 2.0
    np.testing.assert_allclose(soft[about], 2.0 + (INDEX[about] - 1050.0) / 2.0)
    np.testing.assert_array_equal(soft[~about], cut[~about])


def test_where_one_run_is_null_in_the_cross_fade_the_other_stands_alone() -> None:
    one, two = np.full(200, 1.0), np.full(200, 3.0)
    one[INDEX > 1049.4] = np.nan
    two[INDEX < 1048.9] = np.nan
    soft = faded(one, two, INDEX, 1050.0, 4.0)
    assert (soft[(INDEX > 1048.0) & (INDEX < 1048.9)] == 1.0).all()
    assert (soft[INDEX > 1049.4] == 3.0).all()
    assert soft[INDEX == 1049.0] == pytest.approx(1.5)
