"""Where a value falls in a track, and what is written along its scale.

A track is a strip of width 1. A curve's left scale value lies at position 0 and its right one at
1, whichever of the two is larger; everything that draws only stretches these positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "TrackCurve",
    "decimate",
    "depth_ticks",
    "format_number",
    "legible",
    "polyline",
    "positions",
    "round_step",
    "scale_ticks",
    "trace",
    "values_at",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TrackCurve:
    """A curve as a track shows it."""

    mnemonic: str
    """The well's own mnemonic."""
    left: float
    """Value at the left edge of the track, in ``unit``; larger than ``right`` where reversed."""
    right: float
    log: bool
    """The scale is logarithmic."""
    colour: str
    """As ``#rrggbb``, chosen for white paper: see ``legible`` for a dark canvas."""
    unit: str
    """The file's own unit; the catalogue's followed by ``?`` where the file names none."""
    label: str
    """What the curve is, in words."""
    wrap: bool = False
    """Off scale it comes in again at the other side (back-up); else it is held at the edge."""
    width: float = 1.0
    """Of the line, in usual widths."""
    style: Literal["solid", "dashed", "dotted"] = "solid"


def positions(values: ArrayLike, curve: TrackCurve) -> FloatArray:
    """Place values in a track.

    Parameters
    ----------
    values : array, shape (n,)
        In the curve's own unit; NaN is null.
    curve : TrackCurve
        The scale.

    Returns
    -------
    array, shape (n,)
        0 at the left edge, 1 at the right one, beyond them off scale; NaN where null, and on a
        logarithmic scale where the value is not positive.
    """
    values = np.asarray(values, dtype=np.float64)
    left, right = curve.left, curve.right
    if curve.log:
        values = np.log10(np.where(values > 0, values, np.nan))
        left, right = np.log10(left), np.log10(right)
    return (values - left) / (right - left)


def values_at(position: ArrayLike, curve: TrackCurve) -> FloatArray:
    """Return the values, shape (n,), at positions in a track: the inverse of ``positions``."""
    position = np.asarray(position, dtype=np.float64)
    if curve.log:
        left, right = np.log10(curve.left), np.log10(curve.right)
        return np.asarray(10.0 ** (left + position * (right - left)))
    return curve.left + position * (curve.right - curve.left)


def polyline(
    index: ArrayLike,
    position: ArrayLike,
    edge: Literal["clip", "wrap"] = "clip",
    turns: int = 3,
) -> tuple[FloatArray, FloatArray]:
    """Return a curve's line inside its track, with NaN where the pen is lifted.

    Parameters
    ----------
    index : array, shape (n,)
        Depth of each sample.
    position : array, shape (n,)
        From ``positions``.
    edge : {"clip", "wrap"}
        ``clip`` holds a value that is off scale at the edge, where it cannot be taken for a gap;
        ``wrap`` lets it come in again at the other side, as on paper prints.
    turns : int
        How many times a curve may wrap before it is held.

    Returns
    -------
    tuple of arrays, shape (m,)
        Depth and position, ``m >= n``: wrapping adds the points where the line meets an edge.
    """
    depth = np.asarray(index, dtype=np.float64)
    place = np.asarray(position, dtype=np.float64)
    if edge == "clip":
        return depth, np.clip(place, 0.0, 1.0)
    place = np.clip(place, -float(turns), 1.0 + turns)
    # Both edges belong to the track itself: a value of exactly 0 API stays at the left.
    cell = np.where(place > 1, np.ceil(place) - 1, np.where(place < 0, np.floor(place), 0.0))
    drawn = np.isfinite(place)  # beside a null there is no line that could cross an edge
    crossed = np.flatnonzero((np.diff(cell) != 0) & drawn[:-1] & drawn[1:])
    new_depth: list[float] = []
    new_place: list[float] = []
    at: list[int] = []
    for i in crossed:
        up = cell[i + 1] > cell[i]
        borders = np.arange(min(cell[i], cell[i + 1]) + 1, max(cell[i], cell[i + 1]) + 1)
        for border in borders if up else borders[::-1]:
            share = (border - place[i]) / (place[i + 1] - place[i])
            where = depth[i] + share * (depth[i + 1] - depth[i])
            new_depth += [where, where, where]
            new_place += [1.0, np.nan, 0.0] if up else [0.0, np.nan, 1.0]
            at += [int(i) + 1] * 3
    return np.insert(depth, at, new_depth), np.insert(place - cell, at, new_place)


def trace(index: ArrayLike, values: ArrayLike, curve: TrackCurve) -> tuple[FloatArray, FloatArray]:
    """Return the line of a curve as its track shows it, held at the edges or wrapped.

    Parameters
    ----------
    index, values : array, shape (n,)
        Depth, and value in the curve's own unit.
    curve : TrackCurve
        Scale, and whether the line wraps.

    Returns
    -------
    tuple of arrays, shape (m,)
        As ``polyline``.
    """
    return polyline(index, positions(values, curve), "wrap" if curve.wrap else "clip")


def decimate(index: ArrayLike, position: ArrayLike, most: int) -> tuple[FloatArray, FloatArray]:
    """Thin a line to at most ``most`` points without losing a peak or bridging a gap.

    Each bucket of consecutive samples keeps its first, lowest, highest and last one; wherever a
    null lay between two points that are kept, one null stays.

    Parameters
    ----------
    index, position : array, shape (n,)
        The line; NaN in ``position`` lifts the pen.
    most : int
        At least 16.

    Returns
    -------
    tuple of arrays, shape (m,)
        Depth and position, ``m <= most`` or ``m == n``.
    """
    depth = np.asarray(index, dtype=np.float64)
    place = np.asarray(position, dtype=np.float64)
    if len(place) <= most:
        return depth, place
    keep = _thin(place, most // 4)
    if len(keep) > most:  # many short gaps: each needs its null
        keep = _thin(place, most // 8)
    return depth[keep], place[keep]


def _thin(place: FloatArray, buckets: int) -> NDArray[np.intp]:
    null = np.isnan(place)
    size = -(-len(place) // buckets)
    starts = np.arange(0, len(place), size)
    room = np.full((2, len(starts) * size), np.inf)  # a null is never lowest or highest
    room[:, : len(place)] = np.where(null, np.inf, [place, -place])
    lowest, highest = starts + room.reshape(2, -1, size).argmin(axis=-1)
    ends = np.append(starts[1:], len(place)) - 1
    keep = np.unique(np.concatenate([starts, ends, lowest, highest]))
    before = np.concatenate([[0], np.cumsum(null)])
    hidden = before[keep[1:]] - before[keep[:-1] + 1] > 0
    split = hidden & ~null[keep[1:]] & ~null[keep[:-1]]
    where_null = np.flatnonzero(null)
    lost = where_null[np.searchsorted(where_null, keep[:-1][split])]
    return np.union1d(keep, lost)


def scale_ticks(curve: TrackCurve, about: int = 5) -> FloatArray:
    """Return round values to write along a curve's scale, shape (k,), from left to right."""
    low, high = sorted((curve.left, curve.right))
    if curve.log:
        ticks = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    else:
        step = round_step((high - low) / about)
        ticks = np.arange(np.ceil(low / step), np.floor(high / step + 1e-9) + 1) * step
    return ticks if curve.left <= curve.right else ticks[::-1]


def depth_ticks(top: float, base: float, most: float = 12) -> tuple[FloatArray, FloatArray]:
    """Return round depths to write beside a view of [top, base], and the weak ones between them.

    Parameters
    ----------
    top, base : float
        Ends of what is in view, in index units, in either order.
    most : float
        At most so many are written; the same share of the interval always gives the same step.

    Returns
    -------
    tuple of arrays, shape (k,) and (l,)
        Multiples of 1, 2 or 5 times a power of ten, and their fifths (halves for a 2).
    """
    low, high = sorted((float(top), float(base)))
    if not high > low:
        return np.array([low]), np.empty(0)
    step = round_step((high - low) / max(most, 1))
    strong = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    parts = 4 if f"{step:e}".startswith("2") else 5
    weak_step = step / parts
    count = np.arange(np.ceil(low / weak_step), np.floor(high / weak_step) + 1)
    return strong, count[count % parts != 0] * weak_step


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9)))


def format_number(value: float) -> str:
    """Write a number as a header does: no needless digits, a true minus sign."""
    text = f"{round(float(value), 10) + 0.0:.6g}"
    return text.replace("-", "\N{MINUS SIGN}")


def legible(colour: str, background: str, contrast: float = 4.5) -> str:
    """Return ``colour``, lightened or darkened until it can be read on ``background``.

    Parameters
    ----------
    colour, background : str
        As ``#rrggbb``.
    contrast : float
        Ratio of relative luminances to reach.

    References
    ----------
    WCAG 2.2, contrast (minimum), success criterion 1.4.3: 4.5 for text.
    """
    ink, paper = _channels(colour), _channels(background)
    goal = np.ones(3) if _luminance(paper) < 0.18 else np.zeros(3)
    for share in np.linspace(0, 1, 21):
        mixed = ink + share * (goal - ink)
        bright, dark = sorted((_luminance(mixed), _luminance(paper)), reverse=True)
        if (bright + 0.05) / (dark + 0.05) >= contrast:
            break
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in mixed)


def _channels(colour: str) -> FloatArray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _luminance(channels: FloatArray) -> float:
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))
