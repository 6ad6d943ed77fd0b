"""Find curves whose level contradicts the other logs of their well: a wrong unit, most often.

A sonic in metres named as if in feet, a porosity off by a factor: no header tells, and each value
may be possible. But thousands of samples in a row that lie far from what the other logs foretell
teach a model nonsense, and a band that has to hold them is too wide for every other well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from welllog.boosting import Boosters, BoostingSettings, fit_boosters
from welllog.features import TARGETS, LogSet, from_model_space, log_features
from welllog.mnemonics import catalogue
from welllog.progress import Progress

__all__ = ["LevelFault", "without_level_faults"]

QUICK = BoostingSettings(rounds=120, learning_rate=0.12, leaves=15, samples_per_well=400)
"""Trees that only have to tell the level of a curve."""
FEWEST_WELLS = 10
"""Wells a curve needs before its usual departures are known."""
FEWEST_SAMPLES = 50
FARTHEST = 7.0
"""A level that is off by so many robust standard deviations of all wells' is a fault."""
SAMPLES = 300
"""Of a well and curve are forecast."""


@dataclass(frozen=True)
class LevelFault:
    """A curve whose level is not what the other logs foretell."""

    well: str
    curve: str
    median: float
    """Of the curve, in its canonical unit."""
    expected: float
    """Median of what models that have not seen the well say of it."""

    def __str__(self) -> str:
        unit = catalogue().kinds[self.curve].unit
        return (
            f"{self.curve} of {self.well} reads {self.median:.3g} {unit} where the other logs say "
            f"{self.expected:.3g}: in another unit than it says?"
        )


def without_level_faults(
    wells: Sequence[LogSet], *, seed: int = 0, threads: int = 0, progress: Progress | None = None
) -> tuple[list[LogSet], list[LevelFault]]:
    """Drop the curves whose level is a fault, and name them.

    Every curve is forecast from the other logs of its well by small trees grown on other wells. The
    median departure of a well is held against those of all wells: beyond seven times their robust
    standard deviation (1.48 times the median absolute deviation) it is a fault. A curve that fewer
    than ten wells have is not judged.

    Parameters
    ----------
    wells : sequence of LogSet
    seed : int
    threads : int
        0 takes all.
    progress : callable, optional
        Called with the share done and a message.
    """
    judged = tuple(
        target
        for target in TARGETS
        if len({logs.well for logs in wells if _enough(logs, target)}) >= FEWEST_WELLS
    )
    if not judged:
        return list(wells), []
    settings = replace(QUICK, targets=judged, seed=seed, threads=threads)
    trees = fit_boosters(wells, settings, progress=progress)
    levels = [
        {target: _level(trees, logs, target) for target in judged if _enough(logs, target)}
        for logs in wells
    ]
    usual = {}
    for target in judged:
        shifts = np.array([of[target].shift for of in levels if target in of])
        centre = float(np.median(shifts))
        usual[target] = centre, 1.4826 * float(np.median(np.abs(shifts - centre)))

    def far(target: str, level: _Level) -> float:
        centre, spread = usual[target]
        return abs(level.shift - centre) / spread

    kept, faults = [], []
    for logs, of in zip(wells, levels, strict=True):
        while of:
            target, level = max(of.items(), key=lambda item: far(*item))
            if far(target, level) <= FARTHEST:
                break
            medians = from_model_space(np.array(level[:2]), catalogue().kinds[target])
            faults.append(LevelFault(logs.well, target, *medians.tolist()))
            # What one fault says of the other curves is wrong too: they are asked again without.
            curves = {name: values for name, values in logs.curves.items() if name != target}
            logs = replace(logs, curves=curves)
            of = {name: _level(trees, logs, name) for name in of if name != target}
        kept.append(logs)
    return kept, faults


class _Level(NamedTuple):
    """Medians in model space."""

    measured: float
    expected: float
    shift: float
    """Of the departures."""


def _level(trees: Boosters, logs: LogSet, target: str) -> _Level:
    known = np.flatnonzero(np.isfinite(logs.curves[target]))
    rows = np.zeros(len(logs.depth), bool)
    rows[known[:: -(-len(known) // SAMPLES)]] = True
    measured = logs.curves[target][rows]
    expected = trees.predict_features(log_features(logs, target, rows), logs.well, target)
    return _Level(*(float(np.median(of)) for of in (measured, expected, measured - expected)))


def _enough(logs: LogSet, target: str) -> bool:
    known = np.isfinite(logs.curves.get(target, np.nan)).sum()
    return bool(known >= FEWEST_SAMPLES)
