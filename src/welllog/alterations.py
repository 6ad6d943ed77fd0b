"""The arithmetic of edits: a curve's values in, other values out, on the same index.

Nothing here knows wells or records; ``edits`` does. Resistivities are worked on in decades where
that is what a log analyst means: ``decades=True``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["despiked", "faded", "joined_by_line", "moved", "stretched"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

HOLE_STEPS = 2.5
"""Neighbouring samples further apart than so many sampling steps are not joined by a line."""
_ON_SAMPLE = 1e-6
"""A depth this close to a sample, in sampling steps, is the sample."""


def despiked(values: FloatArray, window: int, z: float, *, decades: bool = False) -> FloatArray:
    """Hold values within ``z`` standard deviations of the local median.

    welly's ``Curve.despike``, given the curve without its nulls: those it takes for zeros, and
    pulls measured samples beside them down.

    Parameters
    ----------
    values : array, shape (n,)
        NaN where null.
    window : int
        Samples over which the median is taken; an even number is made odd.
    z : float
        In standard deviations of the whole curve.
    decades : bool
        Work on the logarithms; values that are not positive are left as they are.

    Returns
    -------
    array, shape (n,)
        Values that are no spikes are the same, bit for bit.

    References
    ----------
    welly 0.5.2, ``welly/curve.py``, ``Curve.despike``.
    """
    from welllog.welly_bridge import curve_values, make_curve

    rows = np.isfinite(values) & ((values > 0) | (not decades))
    if not rows.any():
        return values.copy()
    plain = np.log10(values[rows]) if decades else values[rows]
    curve = make_curve("CURVE", plain, np.arange(len(plain)))
    held = curve_values(curve.despike(window_length=window, z=z))
    result = values.copy()
    spikes = held != plain
    result[np.flatnonzero(rows)[spikes]] = (10.0**held if decades else held)[spikes]
    return result


def moved(
    values: FloatArray, index: FloatArray, source: FloatArray, *, decades: bool = False
) -> FloatArray:
    """Read a curve at other depths than its own: the way every depth shift is done.

    Parameters
    ----------
    values, index : arrays, shape (n,)
        The curve; the index may run either way.
    source : array, shape (n,)
        For each sample of the result the depth at which the curve is read, in index units.
    decades : bool
        Interpolate the logarithms.

    Returns
    -------
    array, shape (n,)
        The sample itself where ``source`` falls on one, else a line between the two neighbours;
        null beyond the ends, beside a null, and across a hole in the index.
    """
    order = np.argsort(index, kind="stable")
    depth, plain = index[order], values[order]
    step = float(np.median(np.diff(depth))) if len(depth) > 1 else 1.0
    if decades:
        with np.errstate(divide="ignore", invalid="ignore"):
            plain = np.where(plain > 0, np.log10(plain), np.nan)
    above = np.clip(np.searchsorted(depth, source, side="right") - 1, 0, max(len(depth) - 2, 0))
    below = np.minimum(above + 1, len(depth) - 1)
    apart = depth[below] - depth[above]
    share = (source - depth[above]) / np.where(apart > 0, apart, 1.0)
    between = plain[above] + share * (plain[below] - plain[above])
    between = np.where((share > 0) & (share < 1) & (apart <= HOLE_STEPS * step), between, np.nan)
    result = 10.0**between if decades else between
    for neighbour in (above, below):
        hit = np.abs(source - depth[neighbour]) <= _ON_SAMPLE * step
        result[hit] = values[order][neighbour[hit]]
    return result


def stretched(index: FloatArray, ties: list[tuple[float, float]]) -> FloatArray:
    """Return where each depth of a stretched curve came from.

    Parameters
    ----------
    index : array, shape (n,)
    ties : list of (depth, new depth)
        At least one, both of them increasing. Between two ties the shift changes along a line;
        above the first and below the last it stays what it is there.

    Returns
    -------
    array, shape (n,)
        For ``moved``, in index units.
    """
    here, there = np.array(ties, dtype=np.float64).T
    source: FloatArray = index - np.interp(index, there, there - here)
    return source


def joined_by_line(
    values: FloatArray,
    index: FloatArray,
    points: list[tuple[float, float]],
    *,
    decades: bool = False,
) -> FloatArray:
    """Put a line through points in the place of what a curve holds from the first to the last.

    Parameters
    ----------
    values, index : arrays, shape (n,)
    points : list of (depth, value)
        Depths increasing, values in the curve's unit.
    decades : bool
        The line is straight on a logarithmic scale.
    """
    depth, level = np.array(points, dtype=np.float64).T
    rows = (index >= depth[0]) & (index <= depth[-1])
    line = np.interp(index[rows], depth, np.log10(level) if decades else level)
    result = values.copy()
    result[rows] = 10.0**line if decades else line
    return result


def faded(
    upper: FloatArray,
    lower: FloatArray,
    index: FloatArray,
    depth: float,
    length: float,
    *,
    decades: bool = False,
) -> FloatArray:
    """Take one curve above a depth and another below it.

    Parameters
    ----------
    upper, lower, index : arrays, shape (n,)
        Both curves in one unit.
    depth : float
        The sample on it is the lower curve's.
    length : float
        Over this much of the index about ``depth`` one goes over into the other along a line;
        where one of them is null there, the other stands alone. 0 for a clean cut.
    decades : bool
        Mix the logarithms.
    """
    result = np.where(index < depth, upper, lower)
    about = np.abs(index - depth) < length / 2.0
    if not about.any():
        return result
    weight = (index[about] - depth) / length + 0.5
    a, b = upper[about], lower[about]
    if decades:
        with np.errstate(divide="ignore", invalid="ignore"):
            mixed = 10.0 ** ((1.0 - weight) * np.log10(a) + weight * np.log10(b))
    else:
        mixed = (1.0 - weight) * a + weight * b
    alone = np.where(np.isfinite(a), a, b)
    result[about] = np.where(np.isfinite(a) & np.isfinite(b), mixed, alone)
    return result
