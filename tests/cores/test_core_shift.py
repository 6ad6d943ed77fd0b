"""A shift of core is suggested where picture and log agree, with how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.cores.core_shift import ShiftSettings, suggest_shift
from welllog.cores.placement import PlacementError

INDEX = np.arange(1000.0, 1100.0, 0.1)


def a_log(seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return np.convolve(draw.normal(size=len(INDEX) + 20), np.ones(9) / 3, "same")[: len(INDEX)]


def a_core(log: np.ndarray, moved: float, top: float = 1040.0, base: float = 1055.0) -> np.ndarray:
    """Return the log as core would show it whose depth is too small by ``moved``."""
    core = np.interp(INDEX + moved, INDEX, log)
    return np.where((INDEX >= top) & (INDEX <= base), core, np.nan)


@pytest.mark.parametrize("moved", [-3.2, 0.0, 2.4])
def test_the_shift_that_was_made_is_found_again(moved: float) -> None:
    log = a_log()
    noise = np.random.default_rng(1).normal(0, 0.4, len(INDEX))
    found = suggest_shift(INDEX, -a_core(log, moved) + noise, log)
    assert found.shift == pytest.approx(moved, abs=0.051)
    assert found.correlation < -0.8 and found.sure
    assert found.second is not None and abs(found.second - moved) > 0.3 and found.margin > 0.3
    assert np.nanmax(np.abs(found.profile)) == pytest.approx(abs(found.correlation))


def test_an_index_that_runs_upwards_gives_the_same_shift() -> None:
    log = a_log()
    core = a_core(log, 1.5)
    assert suggest_shift(INDEX[::-1], core[::-1], log[::-1]).shift == pytest.approx(1.5, abs=0.051)


def test_what_has_nothing_in_common_is_not_called_sure() -> None:
    sure = [
        suggest_shift(INDEX, a_core(a_log(seed), 0.0), a_log(seed + 100)).sure for seed in range(20)
    ]
    assert sum(sure) <= 2


def test_only_the_sign_asked_for_counts() -> None:
    log = a_log()
    core = -a_core(log, 1.0)
    assert suggest_shift(INDEX, core, log, ShiftSettings(sign="opposite")).shift == pytest.approx(
        1.0, abs=0.051
    )
    assert suggest_shift(INDEX, core, log, ShiftSettings(sign="same")).correlation > 0


def test_a_log_that_ends_above_the_core_or_says_nothing_is_refused() -> None:
    log = a_log()
    for other, words in (
        (np.where(INDEX < 1035, log, np.nan), "no shift puts 70%"),
        (np.full(len(INDEX), np.nan), "all null"),
        (np.ones(len(INDEX)), "varies"),
    ):
        with pytest.raises(PlacementError, match=words):
            suggest_shift(INDEX, a_core(log, 0), other)
    with pytest.raises(PlacementError, match="8 or more"):
        suggest_shift(INDEX, a_core(log, 0, 1040, 1040.3), log)
    with pytest.raises(PlacementError, match="reach"):
        ShiftSettings(reach=0)
