"""Fills: the parts of a track that are coloured between a curve and something else.

Geometry alone, in depth and position (see ``welllog.scales``). Two curves are compared where they
are drawn, each on its own scale: that neutron lies left of density says how the two lines run on
this print and no more. It is a fluid to nobody here, and no caption names one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.scales import format_number, positions
from welllog.tracks import TrackFill
from welllog.well import Well

__all__ = ["Ribbon", "caption", "fill_between", "fill_beyond", "fill_to", "polygons", "ribbon"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Ribbon:
    """What is filled: at each depth from one position to another.

    Arrays have shape (m,). A run is a stretch of neighbouring points; between two runs stands one
    point that is NaN in ``left`` and ``right``.
    """

    depth: FloatArray
    left: FloatArray
    """Position, 0 to 1; nowhere larger than ``right``."""
    right: FloatArray

    @property
    def run(self) -> NDArray[np.intp]:
        """Number of the run that each point belongs to, shape (m,); NaN points close theirs."""
        broken = np.isnan(self.left)
        return np.cumsum(broken) - broken


def fill_to(depth: ArrayLike, position: ArrayLike, to: float) -> Ribbon:
    """Fill between a curve and a line that runs straight down: a side of the track, a baseline.

    Parameters
    ----------
    depth, position : array, shape (n,)
        The curve; NaN breaks the fill. Off scale it is held at the edge, as its line is.
    to : float
        0 for the left side of the track, 1 for the right one, between them a baseline.
    """
    place = _held(position)
    return _cut(depth, place, np.full(place.shape, _held(to)), np.ones(place.shape))


def fill_beyond(
    depth: ArrayLike,
    position: ArrayLike,
    cutoff: float,
    side: Literal["left", "right"],
    to: float | None = None,
) -> Ribbon:
    """Fill where a curve lies on one side of a cutoff.

    Parameters
    ----------
    depth, position : array, shape (n,)
        The curve; NaN breaks the fill.
    cutoff : float
        Position of the cutoff.
    side : {"left", "right"}
        Where the curve has to be. That a value is below a cutoff is the one or the other,
        depending on which way the scale runs.
    to : float, optional
        Fill from the curve to this position; to the cutoff itself when left out.
    """
    place = _held(position)
    limit = np.full(place.shape, _held(cutoff))
    other = limit if to is None else np.full(place.shape, _held(to))
    return _cut(depth, place, other, limit - place if side == "left" else place - limit)


def fill_between(
    depth: ArrayLike,
    position: ArrayLike,
    other: ArrayLike,
    side: Literal["left", "right", "either"] = "either",
) -> Ribbon:
    """Fill between two curves, where the first lies on one side of the second.

    Parameters
    ----------
    depth, position, other : array, shape (n,)
        Both curves where they are drawn, each placed on its own scale; NaN in one breaks the fill.
        The depth at which they cross is interpolated along the two lines.
    side : {"left", "right", "either"}
        Where the first curve has to be.
    """
    place, second = _held(position), _held(other)
    if side == "either":
        return _cut(depth, place, second, np.where(np.isnan(second), np.nan, 1.0))
    return _cut(depth, place, second, second - place if side == "left" else place - second)


def polygons(ribbon: Ribbon) -> list[FloatArray]:
    """Return the outline of each run, shape (k, 2): depth and position, down one side and up."""
    outlines = []
    for run in np.unique(ribbon.run):
        rows = (ribbon.run == run) & np.isfinite(ribbon.left)
        if rows.sum() > 1:
            down = np.c_[ribbon.depth[rows], ribbon.left[rows]]
            up = np.c_[ribbon.depth[rows], ribbon.right[rows]]
            outlines.append(np.concatenate([down, up[::-1]]))
    return outlines


def ribbon(well: Well, fill: TrackFill) -> Ribbon:
    """Return what a fill of a track covers in a well.

    Raises
    ------
    CurveNotFoundError
        Where the well has no such curve.
    """
    curve = fill.curve
    place = positions(well.values(curve.mnemonic), curve)
    if fill.other is not None:
        second = positions(well.values(fill.other.mnemonic), fill.other)
        side = fill.where if fill.where in ("left", "right") else "either"
        return fill_between(well.index, place, second, side)
    level = None if fill.level is None else float(positions([fill.level], curve)[0])
    to = {"left": 0.0, "right": 1.0, "level": level}[fill.to]
    if fill.where in ("below", "above"):
        assert level is not None
        ascending = curve.left < curve.right
        side = "left" if (fill.where == "below") == ascending else "right"
        return fill_beyond(well.index, place, level, side, to)
    assert to is not None
    return fill_to(well.index, place, to)


def caption(fill: TrackFill) -> str:
    """Say in a header what a fill marks; empty where the picture says it all."""
    name = fill.curve.mnemonic
    if fill.label:
        return fill.label
    if fill.other is not None:
        return f"{name} {fill.where} of {fill.other.mnemonic}" if fill.where != "all" else ""
    if fill.where in ("below", "above") and fill.level is not None:
        return f"{name} {fill.where} {format_number(fill.level)} {fill.curve.unit}".rstrip()
    return ""


def _held(position: ArrayLike) -> FloatArray:
    return np.clip(np.asarray(position, dtype=np.float64), 0.0, 1.0)


def _cut(depth: ArrayLike, place: FloatArray, other: FloatArray, wanted: FloatArray) -> Ribbon:
    """Return the ribbon between two lines where ``wanted`` is positive; all have shape (n,).

    ``wanted`` is linear between samples: its zeros are added as points, so that a fill ends where
    the lines meet and not at the sample before.
    """
    down = np.asarray(depth, dtype=np.float64)
    wanted = np.where(np.isnan(place) | np.isnan(other), np.nan, wanted)
    crossed = np.flatnonzero(wanted[:-1] * wanted[1:] < 0)
    share = wanted[crossed] / (wanted[crossed] - wanted[crossed + 1])

    def insert(values: FloatArray) -> FloatArray:
        new = values[crossed] + share * (values[crossed + 1] - values[crossed])
        return np.insert(values, crossed + 1, new)

    down, place, other = insert(down), insert(place), insert(other)
    wanted = np.insert(wanted, crossed + 1, 0.0)
    inside = wanted > 0
    # A point where the lines meet belongs to the run beside it.
    touching = (wanted == 0) & (np.append(inside[1:], False) | np.append(False, inside[:-1]))
    kept = np.flatnonzero(inside | touching)
    # Two runs may meet in a point with the other side's run between them, or where wanted is 0.
    apart = (np.diff(kept) > 1) | ~(inside[kept[:-1]] | inside[kept[1:]])
    at = np.flatnonzero(apart) + 1
    left, right = np.fmin(place, other)[kept], np.fmax(place, other)[kept]
    return Ribbon(
        np.insert(down[kept], at, down[kept][at - 1]),
        np.insert(left, at, np.nan),
        np.insert(right, at, np.nan),
    )
