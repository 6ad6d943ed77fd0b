"""Pictures of core cut out along their columns: straight, and even on depth.

Nothing here reads a picture or holds a second one in memory: what is asked for is taken out of the
array a part at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.columns import Column
from welllog.cores.placement import Placement, PlacementError

__all__ = ["DepthStrip", "check_size", "crop_at", "cut_strip", "straighten", "straight_parts"]

FloatArray = NDArray[np.float64]

_PART = 1024
"""Rows that are straightened at a time."""
_MOST_SAMPLES = 6
"""So many pixels each way are averaged for one of a strip that is coarser than its picture."""


@dataclass(frozen=True)
class DepthStrip:
    """The core of a picture on even depths."""

    depth: FloatArray
    """Shape (n,), in the unit of the placement: middles of the rows."""
    pixels: NDArray[Any]
    """Shape (n, width) or (n, width, channels), of the picture's own kind; 0 where no core is."""
    column: NDArray[np.intp]
    """Shape (n,): number of the column; -1 where there is none."""
    along: FloatArray
    """Shape (n,): row of the column, in pixels."""
    rock: NDArray[np.bool_]
    """Shape (n,): False in gaps between pieces and outside the columns."""


def straighten(
    array: NDArray[Any], column: Column, first: int = 0, last: int | None = None
) -> NDArray[Any]:
    """Return a column of a picture or a mask upright, each row and pixel one of its own.

    Parameters
    ----------
    array : array, shape (rows, columns) or (rows, columns, channels)
    column : Column
    first, last : int
        Rows of the column ``[first, last)``, by default all.

    Returns
    -------
    array, shape (last - first, round(column.width)) or with channels
        The pixel nearest to each; nothing is averaged, so labels stay labels.
    """
    size = round(column.length)
    last = size if last is None else min(last, size)
    width = max(1, round(column.width))
    rows = (np.arange(first, last) + 0.5) * column.length / size
    return _pick(array, column, rows, (np.arange(width) + 0.5) / width)


def straight_parts(array: NDArray[Any], column: Column) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield a column upright in parts: the first row of each part, and the part."""
    for first in range(0, round(column.length), _PART):
        yield first, straighten(array, column, first, first + _PART)


def cut_strip(
    array: NDArray[Any],
    placement: Placement,
    top: float | None = None,
    base: float | None = None,
    *,
    step: float | None = None,
    width: int | None = None,
    average: bool = True,
) -> DepthStrip:
    """Cut the core out of a picture, even on depth, to be drawn beside logs.

    Parameters
    ----------
    array : array, shape (rows, columns) or (rows, columns, channels)
        The picture of the placement, or a mask of the same size.
    placement : Placement
    top, base : float, optional
        Depths between which it is cut, shift included; by default those of the core.
    step : float, optional
        Depth from row to row; by default that of a pixel.
    width : int, optional
        In pixels, by default that of the widest column.
    average : bool
        Average the pixels that fall on one of the strip; False for labels.

    Raises
    ------
    PlacementError
        The picture has another size than the placement's, or the interval holds nothing.
    """
    check_size(array, placement)
    top = placement.top if top is None else float(top)
    base = placement.base if base is None else float(base)
    step = placement.pixel if step is None else float(step)
    if not (step > 0 and base - top > 0):
        raise PlacementError(
            f"strip of {placement.picture.name} from {top:g} to {base:g} by {step:g}: the base "
            "must lie below the top and the step be more than 0"
        )
    widest = round(max(placed.column.width for placed in placement.columns))
    width = max(1, widest if width is None else int(width))
    count = max(1, round((base - top) / step))
    depth = top + (np.arange(count) + 0.5) * (base - top) / count
    column, along = placement.locate(depth)
    pixels = np.zeros((count, width, *array.shape[2:]), dtype=array.dtype)
    rock = np.zeros(count, dtype=np.bool_)
    for number, placed in enumerate(placement.columns):
        rows = np.flatnonzero(column == number)
        rock[rows] = placed.column.rock(along[rows])
        for start in range(0, len(rows), _PART):
            part = rows[start : start + _PART]
            size = step * placed.column.length / (placed.base - placed.top)
            fine = (1, 1)
            if average:
                fine = _samples(size), _samples(placed.column.width / width)
            pixels[part] = _average(array, placed.column, along[part], width, size, fine)
    return DepthStrip(depth, pixels, column, along, rock)


def check_size(array: NDArray[Any], placement: Placement) -> None:
    """Check that an array has the size of the picture that was placed.

    Raises
    ------
    PlacementError
    """
    if array.ndim not in (2, 3) or tuple(array.shape[:2]) != placement.size:
        have = " x ".join(str(number) for number in array.shape)
        raise PlacementError(
            f"{placement.picture.name} was placed with {placement.size[0]} rows and "
            f"{placement.size[1]} columns of pixels; what is given is {have}: place it again, or "
            "give what belongs to it"
        )


def crop_at(
    array: NDArray[Any], placement: Placement, depth: float, height: float
) -> NDArray[Any] | None:
    """Return what the picture shows about a depth, upright; None where there is no core.

    Parameters
    ----------
    array : array
    placement : Placement
    depth : float
        Of the middle, in the unit of the placement.
    height : float
        In the same unit; the crop ends where the column does.

    Raises
    ------
    PlacementError
        The array is of another size.
    """
    check_size(array, placement)
    spot = placement.spot(depth)
    if spot is None:
        return None
    placed = placement.columns[spot.column]
    half = height / 2
    ends = placed.along(np.array([depth - half, depth + half]) - placement.shift)
    first, last = np.clip(ends, 0, round(placed.column.length)).round().astype(int)
    return straighten(array, placed.column, int(first), max(int(last), int(first) + 1))


def _pick(
    array: NDArray[Any], column: Column, rows: FloatArray, across: FloatArray
) -> NDArray[Any]:
    """Return the pixels nearest to points of a column, shape (rows, across[, channels])."""
    points = np.floor(column.points(rows, across)).astype(np.intp)
    row = np.clip(points[..., 0], 0, array.shape[0] - 1)
    col = np.clip(points[..., 1], 0, array.shape[1] - 1)
    return np.asarray(array[row, col])


def _samples(size: float) -> int:
    return int(np.clip(round(size), 1, _MOST_SAMPLES))


def _average(
    array: NDArray[Any],
    column: Column,
    along: FloatArray,
    width: int,
    size: float,
    fine: tuple[int, int],
) -> NDArray[Any]:
    """Return means over what falls on each pixel of a strip, ``fine`` samples each way."""
    down = (np.arange(fine[0]) + 0.5) / fine[0] - 0.5
    rows = (along[:, None] + size * down).ravel().clip(0, column.length)
    across = (np.arange(width * fine[1]) + 0.5) / (width * fine[1])
    picked = _pick(array, column, rows, across)
    if fine == (1, 1):
        return picked
    shape = (len(along), fine[0], width, fine[1], *array.shape[2:])
    mean = picked.reshape(shape).mean(axis=(1, 3), dtype=np.float64)
    if np.issubdtype(array.dtype, np.integer):
        mean = mean.round()
    return np.asarray(mean, dtype=array.dtype)
