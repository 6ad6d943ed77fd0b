"""Wells of every sort, drawn at random: short, patchy, of other steps, with one curve or eleven."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from welllog.corpus import CHANNELS
from welllog.features import LogSet
from welllog.mnemonics import catalogue
from welllog.simulator import synthetic_logs

Draw = Callable[[int], LogSet]


def draw_well(seed: int) -> LogSet:
    """Draw a well that is unlike what a log analyst would hope for."""
    random = np.random.default_rng(seed)
    n = int(random.choice((2, 3, 40, 700, 2047, 2048, 2049, 5000)))
    step = float(random.choice((0.1, 0.125, 0.1524, 0.1524, 0.3048)))
    curves = {}
    for name in CHANNELS:
        if random.random() < 0.3 and curves:
            continue
        kind = catalogue().kinds[name]
        low, high = kind.clip or kind.limits
        shape = random.integers(3)
        if shape == 0:
            values = np.full(n, random.uniform(low, high))
        elif shape == 1:
            values = random.uniform(low, high, n)
        else:
            walk = np.cumsum(random.normal(size=n))
            values = low + (high - low) * (walk - walk.min()) / (np.ptp(walk) or 1.0)
        for _ in range(random.integers(4)):
            top, length = random.integers(n), random.integers(1, n + 1)
            values[top : top + length] = np.nan
        if random.random() < 0.2:
            values[random.random(n) < 0.5] = np.nan
        curves[name] = values
    depth = 500.0 + step * np.arange(n)
    return LogSet(f"{seed % 40}/{seed % 9 + 1}-{seed}", depth, curves, depth)


@pytest.fixture
def wells() -> list[LogSet]:
    """Six synthetic wells with gaps in them."""
    result = []
    for seed in range(6):
        logs = synthetic_logs(seed, length=500 + 100 * seed)
        rows = np.zeros(len(logs.depth), bool)
        rows[300 : 600 + 200 * seed] = True
        result.append(logs.hide(rows, ("RHOB", "DRHO", "NPHI")[: 1 + seed % 3]))
    return result


@pytest.fixture
def odd_wells() -> list[LogSet]:
    """Forty wells of every sort, at least one with a curve."""
    return [draw_well(seed) for seed in range(40)]
