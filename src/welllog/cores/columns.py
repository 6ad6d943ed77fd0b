"""Columns of core in a photograph: where each one lies, found by its colour and its shape.

A photograph shows one column of slabbed core or several side by side in a box. Found columns are
plain numbers, four corners in pixels, so that an analyst can move them; what is drawn by hand is
the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.features import runs_of

__all__ = ["Column", "ColumnSettings", "ColumnsError", "box_column", "find_columns", "find_rock"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Point = tuple[float, float]


class ColumnsError(ValueError):
    """A column of core that is none, or a photograph in which none is found."""


@dataclass(frozen=True)
class Column:
    """One column of core in a photograph; its own rows count from its top, in pixels."""

    corners: tuple[Point, Point, Point, Point]
    """(row, column) in pixels of the photograph at the column's top left, top right, base right
    and base left, as the rock lay in the hole: a column that lies on its side has its top where
    its rock was highest. A pixel's middle is at half numbers, (0.5, 0.5) is that of the first."""
    pieces: tuple[tuple[float, float], ...] = ()
    """From and to, in rows of the column, where there is rock; without any all of it is rock."""

    def __post_init__(self) -> None:
        corners = np.asarray(self.corners, dtype=np.float64)
        if corners.shape != (4, 2) or not np.isfinite(corners).all():
            raise ColumnsError(
                f"a column has four corners, each a row and a column in pixels; got {self.corners}"
            )
        sides = np.roll(corners, -1, axis=0) - corners
        after = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
        if not (turns < 0).all() or min(self.length, self.width) < 2:
            raise ColumnsError(
                f"corners {_spell(corners)} do not go round a column from its top left to the top "
                "right, the base right and the base left; draw it again"
            )
        ends = np.asarray(self.pieces, dtype=np.float64).ravel()
        if (np.diff(ends) < 0).any() or (ends < 0).any() or (ends > self.length + 1).any():
            raise ColumnsError(
                f"pieces {self.pieces} are not one below the other within the column, whose rows "
                f"run from 0 to {self.length:.0f}"
            )

    @property
    def length(self) -> float:
        """Mean of its two long sides, in pixels."""
        top_left, top_right, base_right, base_left = np.asarray(self.corners, dtype=np.float64)
        return float(np.hypot(*(base_left - top_left)) + np.hypot(*(base_right - top_right))) / 2

    @property
    def width(self) -> float:
        """Mean of its top and its base, in pixels."""
        top_left, top_right, base_right, base_left = np.asarray(self.corners, dtype=np.float64)
        return float(np.hypot(*(top_right - top_left)) + np.hypot(*(base_right - base_left))) / 2

    def points(self, along: ArrayLike, across: ArrayLike) -> FloatArray:
        """Return where points of the column lie in the photograph.

        Parameters
        ----------
        along : array, shape (n,)
            Rows of the column, from 0 at its top to ``length``.
        across : array, shape (m,)
            From 0 at its left side to 1 at its right.

        Returns
        -------
        array, shape (n, m, 2)
            Row and column in pixels of the photograph.
        """
        top_left, top_right, base_right, base_left = np.asarray(self.corners, dtype=np.float64)
        v = (np.asarray(along, dtype=np.float64) / self.length)[:, None, None]
        u = np.asarray(across, dtype=np.float64)[None, :, None]
        left, right = (
            top_left + v * (base_left - top_left),
            top_right + v * (base_right - top_right),
        )
        return np.asarray(left + u * (right - left), dtype=np.float64)

    def along(self, row: float, column: float) -> float:
        """Return the row of the column nearest to a pixel of the photograph, 0 to ``length``."""
        here, low, high = np.array([row, column]), 0.0, self.length
        for _ in range(4):  # a coarse look along the column, and closer ones
            rows = np.linspace(low, high, 101)
            middle = self.points(rows, [0.0, 1.0])
            way = middle[:, 1] - middle[:, 0]
            away = here - middle[:, 0]
            apart = np.abs(way[:, 0] * away[:, 1] - way[:, 1] * away[:, 0]) / np.hypot(*way.T)
            at, step = float(rows[np.argmin(apart)]), (high - low) / 100
            low, high = max(at - step, 0.0), min(at + step, self.length)
        return at

    def rock(self, along: ArrayLike) -> BoolArray:
        """Say which rows of the column, shape (n,), lie in a piece of rock."""
        rows = np.asarray(along, dtype=np.float64)
        inside: BoolArray = (rows >= 0) & (rows <= self.length)
        if not self.pieces:
            return inside
        held = np.zeros(rows.shape, dtype=np.bool_)
        for first, last in self.pieces:
            held |= (rows >= first) & (rows <= last)
        return inside & held


@dataclass(frozen=True)
class ColumnSettings:
    """How columns are found."""

    count: int | None = None
    """How many there are; by default as many as are found."""
    sideways: bool = False
    """The columns lie on their sides, their tops at the left of the photograph."""
    tolerance: float = 4.5
    """How far the colour of rock may be from the usual one, in robust standard deviations."""
    narrowest: float = 0.5
    """A column is at least so wide, as a share of the widest."""
    shortest: float = 0.2
    """A column is at least so long, as a share of the photograph."""
    gap: float = 0.05
    """Rows without rock are a gap between pieces from this length on, in widths of the column."""

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ColumnsError(f"count is {self.count}; a photograph shows one column or more")
        for name in ("tolerance", "narrowest", "shortest", "gap"):
            if not getattr(self, name) > 0:
                raise ColumnsError(f"{name} is {getattr(self, name):g}; it must be more than 0")


_ACROSS = 320
"""Columns are looked for in a picture so wide, in pixels."""
_WINDOWS = 24
"""Sides are straight lines through the edges seen in so many parts of a column."""


def box_column(left: float, top: float, right: float, base: float) -> Column:
    """Return the upright column between these pixels of the photograph."""
    return Column(((top, left), (top, right), (base, right), (base, left)))


def find_columns(
    picture: NDArray[Any], settings: ColumnSettings | None = None
) -> tuple[Column, ...]:
    """Find the columns of core in a photograph, from left to right, with their pieces.

    Rock is what has about the colour of most of the picture's middle; columns are the bands of it,
    their sides straight lines, their ends where rock begins and ends.

    Parameters
    ----------
    picture : array, shape (rows, columns) or (rows, columns, channels)
        Numbers of any kind; the first three channels count as red, green and blue.
    settings : ColumnSettings, optional

    Raises
    ------
    ColumnsError
        No column is found, or fewer than there are said to be.
    """
    settings = settings or ColumnSettings()
    if settings.sideways:
        turned = find_columns(
            np.swapaxes(picture, 0, 1),
            ColumnSettings(**{**vars(settings), "sideways": False}),
        )
        return tuple(_turn(column) for column in turned)
    rock, factor = find_rock(picture, settings.tolerance)
    share = _smooth(rock.mean(axis=0))
    bands = runs_of(share > 0.5 * share.max()) if share.max() > settings.shortest else []
    bands = [band for band in bands if _rows_of(rock, band, settings.shortest) is not None]
    widest = max((base - top for top, base in bands), default=0)
    bands = [(a, b) for a, b in bands if b - a >= settings.narrowest * widest]
    wanted = settings.count or len(bands)
    if not bands or len(bands) < wanted:
        found = f"{len(bands)} found, {wanted} wanted" if bands else "none found"
        raise ColumnsError(
            f"columns of core in the picture: {found}; draw them by hand, or cut the picture down "
            "to them"
        )
    bands = sorted(sorted(bands, key=lambda band: band[0] - band[1])[:wanted])
    limits = picture.shape[0], picture.shape[1]
    return tuple(_trace(rock, band, factor, settings, limits) for band in bands)


def find_rock(picture: NDArray[Any], tolerance: float = 4.5) -> tuple[BoolArray, int]:
    """Say where a photograph shows rock, in a smaller picture of it.

    Returns
    -------
    rock : array, shape (rows // factor, columns // factor)
    factor : int
        So many pixels of the photograph are one of ``rock``, in both directions.

    Raises
    ------
    ColumnsError
        The picture is too small, or not one.
    """
    if picture.ndim not in (2, 3) or min(picture.shape[:2]) < 16:
        raise ColumnsError(
            f"a picture of shape {picture.shape} is too small to find columns in; at least 16 "
            "pixels each way are wanted"
        )
    from scipy import ndimage

    factor = max(1, picture.shape[1] // _ACROSS)
    small = _shrink(picture, factor)
    light = small.mean(axis=2)
    top = np.percentile(light, 99) or 1.0
    light = light / top
    parts, widths = [light], [0.15]
    if small.shape[2] >= 3:
        red, green, blue = (small[..., channel] / top for channel in range(3))
        # Colour without lightness: rock in the shadow of a box is still rock.
        parts += [(red - green) / (light + 0.1), ((red + green) / 2 - blue) / (light + 0.1)]
        widths += [0.02, 0.02]
    colour = np.stack(parts, axis=2)
    # The middle of the picture: boxes and tables lie along its sides.
    rows, columns = (slice(size // 5, -(size // 5)) for size in light.shape)
    middle = colour[rows, columns].reshape(-1, len(parts))
    usual = np.median(middle, axis=0)
    spread = 1.4826 * np.median(np.abs(middle - usual), axis=0)
    away = np.sqrt((((colour - usual) / np.maximum(spread, widths)) ** 2).sum(axis=2))
    rock = (ndimage.gaussian_filter(away, 1.0) < tolerance) & (light > 0.2 * usual[0])
    rock = ndimage.binary_opening(ndimage.binary_closing(rock), iterations=2)
    return np.asarray(rock, dtype=np.bool_), factor


def _shrink(picture: NDArray[Any], factor: int) -> FloatArray:
    """Return means over squares of ``factor`` pixels, shape (rows, columns, channels).

    A part of the rows at a time: a photograph of 20,000 rows as floats would fill the memory.
    """
    rows, columns = picture.shape[0] // factor, picture.shape[1] // factor
    channels = 1 if picture.ndim == 2 else min(picture.shape[2], 3)
    small = np.empty((rows, columns, channels))
    for first in range(0, rows, 256):
        last = min(first + 256, rows)
        part = picture[first * factor : last * factor, : columns * factor]
        part = part.reshape(last - first, factor, columns, factor, -1)[..., :channels]
        small[first:last] = part.mean(axis=(1, 3), dtype=np.float64)
    return np.nan_to_num(small)


def _smooth(values: FloatArray) -> FloatArray:
    return np.convolve(np.pad(values, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")


def _rows_of(rock: BoolArray, band: tuple[int, int], shortest: float) -> tuple[int, int] | None:
    """Return where rock begins and ends in a band; None where it is too short for a column."""
    share = rock[:, slice(*band)].mean(axis=1)
    rows = np.flatnonzero(share > 0.4)
    if len(rows) < shortest * len(share):
        return None
    return int(rows[0]), int(rows[-1]) + 1


def _trace(
    rock: BoolArray,
    band: tuple[int, int],
    factor: int,
    settings: ColumnSettings,
    limits: tuple[int, int],
) -> Column:
    """Return the column of a band: straight sides, ends, and pieces between gaps."""
    ends = _rows_of(rock, band, settings.shortest)
    assert ends is not None  # such bands were left out before
    first, last = ends
    # What a band may take of its surroundings: half of the way to a neighbour is at least free.
    room = max(2, round(0.25 * (band[1] - band[0])))
    low, high = max(0, band[0] - room), min(rock.shape[1], band[1] + room)
    middles, lefts, rights = [], [], []
    bounds = np.linspace(first, last, _WINDOWS + 1).round().astype(int)
    for top, base in zip(bounds[:-1], bounds[1:], strict=True):
        share = rock[top:base, low:high].mean(axis=0) if base > top else np.zeros(1)
        run = max(runs_of(share > 0.5), key=lambda run: run[1] - run[0], default=(0, 0))
        if run[1] - run[0] >= 0.4 * (band[1] - band[0]):
            middles.append((top + base) / 2)
            lefts.append(low + run[0])
            rights.append(low + run[1])
    sides = [_line(middles, edges, (first, last)) for edges in (lefts, rights)]
    height, width = limits
    corners = [
        (
            float(np.clip(row * factor, 0, height)),
            float(np.clip(round(side[at] * factor, 1), 0, width)),
        )
        for row, side, at in (
            (first, sides[0], 0), (first, sides[1], 0), (last, sides[1], 1), (last, sides[0], 1)
        )
    ]  # fmt: skip
    column = Column((corners[0], corners[1], corners[2], corners[3]))
    share = rock[first:last, slice(*band)].mean(axis=1)
    scale = column.length / (last - first)
    least = settings.gap * (band[1] - band[0])
    gaps = [(a, b) for a, b in runs_of(share < 0.4) if b - a >= least]
    edges = [0, *(edge for gap in gaps for edge in gap), last - first]
    pieces = tuple(
        (round(a * scale, 1), round(b * scale, 1))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b > a
    )
    return Column(column.corners, pieces if gaps else ())


def _line(rows: Sequence[float], edges: Sequence[float], ends: tuple[int, int]) -> FloatArray:
    """Return where a straight side lies at two rows; edges that stand apart do not turn it."""
    if len(rows) < 3:
        return np.full(2, float(np.median(edges)))
    from scipy.stats import theilslopes

    slope, offset, _, _ = theilslopes(edges, rows)
    return np.asarray(offset + slope * np.asarray(ends, dtype=np.float64))


def _turn(column: Column) -> Column:
    """Return a column of a picture with rows and columns exchanged, in the picture itself.

    Its top is at the left; going round, what was left is then below.
    """
    top_left, top_right, base_right, base_left = (
        (corner[1], corner[0]) for corner in column.corners
    )
    return Column((top_right, top_left, base_left, base_right), column.pieces)


def _spell(corners: FloatArray) -> str:
    return ", ".join(f"({row:g}, {column:g})" for row, column in corners)
