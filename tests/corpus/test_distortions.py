"""Each distortion does what it says, and touches nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.corpus import CHANNELS, Chance, DistortionSettings
from welllog.corpus.distortions import (
    DISTORTIONS,
    SONICS,
    WASH_OUT,
    add_noise,
    change_gain,
    distort,
    drift,
    hold_value,
    modulate,
    shift_depth,
    skip_cycles,
    spike,
    warp_depth,
    wash_out,
)

STEP = 0.1524
NOTHING = {name: Chance(0.0) for name in (*DISTORTIONS, "wash_outs")}


def curve(seed: int = 0, n: int = 2048) -> np.ndarray:
    values = np.cumsum(np.random.default_rng(seed).normal(size=n)) / 20
    return values.astype(np.float32)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_nulls_stay_where_they_were_and_the_curve_given_is_not_altered(name: str) -> None:
    for seed in range(20):
        for n in (1, 2, 5, 2048):
            values = curve(seed, n)
            values[rng(seed).random(n) < 0.3] = np.nan
            before = values.copy()
            after = DISTORTIONS[name](values, STEP, rng(seed), 3.0)
            assert np.array_equal(np.isnan(after), np.isnan(values))
            assert np.array_equal(values, before, equal_nan=True)
            assert after.dtype == np.float32 and not np.isinf(after).any()


@pytest.mark.parametrize("name", DISTORTIONS)
def test_strength_0_does_nothing_and_strength_1_something(name: str) -> None:
    values = curve()
    assert np.allclose(DISTORTIONS[name](values, STEP, rng(1), 0.0), values, atol=1e-5)
    assert not np.allclose(DISTORTIONS[name](values, STEP, rng(1), 1.0), values, atol=1e-3)


def test_spikes_are_few_and_far_off() -> None:
    change = spike(curve(), STEP, rng(1), 1.0) - curve()
    assert 1 <= np.count_nonzero(change) <= 30
    assert np.abs(change).max() > 1.0


def test_drift_is_a_straight_line_from_one_end() -> None:
    change = (drift(curve(), STEP, rng(1), 1.0) - curve()).astype(float)
    assert np.abs(np.diff(change, 2)).max() < 1e-5
    assert min(abs(change[0]), abs(change[-1])) < 1e-5 < max(abs(change[0]), abs(change[-1]))


def test_a_cycle_skip_jumps_by_one_amount_in_a_zone_and_leaves_most_of_the_curve() -> None:
    late = 0
    for seed in range(40):
        change = skip_cycles(np.zeros(2048), STEP, rng(seed), 1.0)
        jumps = np.unique(change[change != 0])
        assert len(jumps) <= 4 and (change != 0).mean() < 0.1
        assert np.abs(jumps).max(initial=0) <= 2.0
        late += (jumps > 0).sum() - (jumps < 0).sum()
    assert late > 0


def test_depth_is_shifted_by_at_most_a_metre_and_the_same_everywhere() -> None:
    ramp = np.arange(2048.0)
    for seed in range(20):
        shift = (shift_depth(ramp, STEP, rng(seed), 1.0) - ramp)[10:-10] * STEP
        assert np.ptp(shift) < 1e-6 and abs(shift[0]) <= 1.0


def test_a_warp_shifts_depth_smoothly_and_differently() -> None:
    ramp = np.arange(2048.0)
    shift = (warp_depth(ramp, STEP, rng(3), 1.0) - ramp)[20:-20] * STEP
    assert np.ptp(shift) > 0.2 and np.abs(shift).max() < 3.0
    assert np.abs(np.diff(shift)).max() < 0.05


def test_gain_and_offset_keep_the_shape() -> None:
    after = change_gain(curve(), STEP, rng(1), 1.0)
    assert np.corrcoef(after, curve())[0, 1] > 0.99999


def test_a_modulation_is_smooth() -> None:
    change = modulate(np.ones(2048), STEP, rng(1), 1.0) - 1.0
    assert np.abs(np.diff(change)).max() < 0.02 < np.ptp(change)


def test_noise_is_white_and_small() -> None:
    change = add_noise(np.zeros(20000), STEP, rng(1), 1.0)
    assert 0.02 < change.std() < 0.35
    assert abs(np.corrcoef(change[1:], change[:-1])[0, 1]) < 0.05


def test_a_stuck_tool_holds_a_value_it_has_measured() -> None:
    for seed in range(20):
        values = curve(seed)
        after = hold_value(values, STEP, rng(seed), 1.0)
        changed = after != values
        assert changed.any() and np.isin(after[changed], values).all()
        assert len(np.unique(after[changed])) <= 4


def test_a_wash_out_moves_the_tools_it_moves_together_and_no_others() -> None:
    window = np.tile(curve(), (11, 1))
    after = wash_out(window, STEP, rng(2), 1.0)
    change = after - window
    touched = {CHANNELS[row] for row in np.flatnonzero(np.abs(change).max(axis=1) > 0)}
    assert touched == set(WASH_OUT)
    zone = np.abs(change[CHANNELS.index("CALI")]) > 1e-6
    assert 0 < zone.mean() < 0.6
    for name, sign in (("RHOB", -1), ("NPHI", 1), ("CALI", 1), ("DRHO", 1)):
        row = change[CHANNELS.index(name)]
        assert (sign * row[zone] >= 0).all() and not row[~zone].any()


def test_a_wash_out_leaves_nulls_null() -> None:
    window = np.tile(curve(), (11, 1))
    window[1] = np.nan
    assert np.array_equal(np.isnan(wash_out(window, STEP, rng(2), 1.0)), np.isnan(window))


@pytest.mark.parametrize("name", [*DISTORTIONS, "wash_outs"])
def test_only_what_the_settings_name_happens(name: str) -> None:
    settings = DistortionSettings(**{**NOTHING, name: Chance(1.0)})
    before = np.stack([curve(row) for row in range(11)])
    after = before.copy()
    distort(after, STEP, settings, rng(4))
    touched = {CHANNELS[row] for row in np.flatnonzero((after != before).any(axis=1))}
    allowed = {"cycle_skips": set(SONICS), "wash_outs": set(WASH_OUT)}.get(name, set(CHANNELS))
    assert touched and touched <= allowed
    if name not in ("cycle_skips", "wash_outs"):
        assert touched == allowed


def test_without_chances_a_window_is_left_alone() -> None:
    before = np.stack([curve(row) for row in range(11)])
    after = before.copy()
    distort(after, STEP, DistortionSettings(**NOTHING), rng(4))
    assert np.array_equal(after, before)


def test_a_distortion_comes_as_often_as_it_is_told() -> None:
    settings = DistortionSettings(**{**NOTHING, "gain": Chance(0.25)})
    random, hits = rng(0), 0
    for _ in range(200):
        window = np.ones((11, 4))
        distort(window, STEP, settings, random)
        hits += int((window != 1).any(axis=1).sum())
    assert hits / 2200 == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize("chance", [(1.2, 1.0), (-0.1, 1.0), (0.5, -1.0), (0.5, np.inf)])
def test_an_impossible_chance_is_refused(chance: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="want a probability from 0 to 1"):
        Chance(*chance)
