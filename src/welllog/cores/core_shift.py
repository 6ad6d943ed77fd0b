"""How far core lies from the logs: suggested from what a picture and a log have in common.

The depth of core is the driller's, the depth of logs the cable's; they differ by metres. A curve
of the picture is slid along a log and the correlation noted at each shift. What comes out is a
suggestion, with how much better it is than the next best: nothing is moved here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from welllog.cores.placement import PlacementError

__all__ = ["ShiftSettings", "ShiftSuggestion", "suggest_shift"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ShiftSettings:
    """How a shift is looked for."""

    reach: float = 5.0
    """At most so far up and down, in the unit of the index."""
    sign: Literal["either", "same", "opposite"] = "either"
    """Whether the two rise together: brightness of sand and shale runs opposite to gamma ray."""
    overlap: float = 0.7
    """Share of the core's samples that must have a log beside them for a shift to count."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.reach) and self.reach > 0):
            raise PlacementError(f"reach is {self.reach:g}; it must be more than 0")
        if self.sign not in ("either", "same", "opposite"):
            raise PlacementError(f"sign is {self.sign!r}; it is either, same or opposite")
        if not 0 < self.overlap <= 1:
            raise PlacementError(f"overlap is {self.overlap:g}; it is above 0 and up to 1")


@dataclass(frozen=True)
class ShiftSuggestion:
    """A shift that fits best, and how well others do."""

    shift: float
    """To add to the depth of the core, in the unit of the index."""
    correlation: float
    """Pearson's, at that shift; negative where the two run opposite."""
    second: float | None
    """The best shift outside the peak of the first; None where there is no other peak."""
    second_correlation: float | None
    unmoved: float | None
    """Correlation without a shift; None where too little overlaps there."""
    error: float
    """Standard error of the correlation if there were none, from so many samples that stand alone
    (Bartlett 1946 for two series that hang together each in itself)."""
    shifts: FloatArray
    """Shape (m,): what was tried."""
    profile: FloatArray
    """Shape (m,): correlation at each; NaN where too little overlaps."""

    @property
    def margin(self) -> float:
        """How much more the first explains than the second: the difference of their squares."""
        other = self.second_correlation or 0.0
        return self.correlation**2 - other**2

    @property
    def sure(self) -> bool:
        """Whether it stands out: over three errors from nothing, and clear of the second."""
        other = abs(self.second_correlation or 0.0)
        return abs(self.correlation) > 3 * self.error and (
            abs(self.correlation) - other > self.error
        )


def suggest_shift(
    index: FloatArray, core: FloatArray, log: FloatArray, settings: ShiftSettings | None = None
) -> ShiftSuggestion:
    """Suggest the shift of core at which a curve of its picture correlates best with a log.

    Parameters
    ----------
    index : array, shape (n,)
        The well's index.
    core, log : array, shape (n,)
        The curve of the picture (``core_curves.average_rows``) where it lies now, and the log;
        NaN where there is none.
    settings : ShiftSettings, optional

    Raises
    ------
    PlacementError
        Too little of the core has a log beside it, or one of the two is the same throughout.
    """
    settings = settings or ShiftSettings()
    order = np.argsort(index, kind="stable")
    index, core, log = index[order], core[order], log[order]
    held = np.flatnonzero(np.isfinite(core))
    if len(held) < 8:
        raise PlacementError(
            f"the core has a value at {len(held)} samples of the well; 8 or more are wanted to "
            "correlate"
        )
    step = float(np.median(np.diff(index)))
    depth, values = index[held], core[held]
    most = int(settings.reach / step + 1e-9)
    tried = np.arange(-most, most + 1) * np.float64(step)
    measured = np.isfinite(log)
    if not measured.any():
        raise PlacementError("the log is all null; name another")
    profile = np.full(len(tried), np.nan)
    for i, shift in enumerate(tried):
        # Between samples a log is joined by a line, across its gaps it is not.
        near = np.clip(np.searchsorted(index, depth + shift - step / 2), 0, len(index) - 1)
        beside = measured[near] & (np.abs(index[near] - depth - shift) <= step)
        if beside.sum() < max(8, settings.overlap * len(held)):
            continue
        there = np.interp(depth[beside] + shift, index[measured], log[measured])
        profile[i] = _correlation(values[beside], there)
    if not np.isfinite(profile).any():
        raise PlacementError(
            f"within {settings.reach:g} no shift puts {settings.overlap:.0%} of the core beside a "
            "log that varies; give a larger reach or another log"
        )
    score = _score(profile, settings.sign)
    best = int(np.nanargmax(score))
    away = _outside_peak(score, best)
    second = int(np.nanargmax(np.where(away, score, np.nan))) if away.any() else None
    zero = float(profile[len(tried) // 2])
    return ShiftSuggestion(
        shift=float(tried[best]),
        correlation=float(profile[best]),
        second=None if second is None else float(tried[second]),
        second_correlation=None if second is None else float(profile[second]),
        unmoved=zero if np.isfinite(zero) else None,
        error=_error(values, depth + tried[best], index[measured], log[measured]),
        shifts=tried,
        profile=profile,
    )


def _score(profile: FloatArray, sign: str) -> FloatArray:
    if sign == "either":
        return np.abs(profile)
    return profile if sign == "same" else -profile


def _outside_peak(score: FloatArray, best: int) -> NDArray[np.bool_]:
    """Say which shifts belong to another peak: beyond the lowest points beside the best."""
    filled = np.nan_to_num(score, nan=-1.0)
    low = high = best
    while low > 0 and filled[low - 1] <= filled[low]:
        low -= 1
    while high < len(score) - 1 and filled[high + 1] <= filled[high]:
        high += 1
    outside = np.isfinite(score)
    outside[low : high + 1] = False
    return outside


def _correlation(first: FloatArray, second: FloatArray) -> float:
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale > 1e-12 else np.nan


def _error(core: FloatArray, depth: FloatArray, index: FloatArray, log: FloatArray) -> float:
    """Return 1 / sqrt(number of pairs that stand alone)."""
    there = np.interp(depth, index, log)
    total = 1.0
    for lag in range(1, len(core) // 3):
        each = [_correlation(series[:-lag], series[lag:]) for series in (core, there)]
        if not min(each) > 0.05:
            break
        total += 2 * each[0] * each[1]
    return float(np.sqrt(total / len(core)))
