"""Photographs of core placed on depth: which row of which column lies how deep, and back.

A placement is a record of numbers beside a picture that is never altered: columns, and in each two
or more ties between a row of the column and a depth. Between ties depth runs evenly, beyond the
first and the last it goes on as it does next to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.cores.columns import Column
from welllog.mnemonics import catalogue

__all__ = [
    "PlacedColumn",
    "Placement",
    "PlacementError",
    "Spot",
    "file_sha256",
    "in_unit_of",
    "place_picture",
    "spots_at",
    "unit_ratio",
]

FloatArray = NDArray[np.float64]
Pairs = Sequence[tuple[float, float]]


class PlacementError(ValueError):
    """A placement that contradicts itself, its picture or its well."""


@dataclass(frozen=True)
class PlacedColumn:
    """A column of core and the depths of its rows."""

    column: Column
    ties: tuple[tuple[float, float], ...]
    """(row of the column in pixels from its top, depth): two or more, both increasing."""

    def __post_init__(self) -> None:
        ties = np.asarray(self.ties, dtype=np.float64)
        if ties.ndim != 2 or ties.shape[1] != 2 or len(ties) < 2 or not np.isfinite(ties).all():
            raise PlacementError(
                f"ties {list(self.ties)}: two or more pairs of a row and a depth are wanted"
            )
        if not (np.diff(ties, axis=0) > 0).all():
            raise PlacementError(
                f"ties {_spell(self.ties)}: rows and depths must both increase, from the top of "
                "the core to its base; a column whose top lies below is drawn turned round"
            )
        beyond = (ties[:, 0] < -0.5) | (ties[:, 0] > self.column.length + 0.5)
        if beyond.any():
            raise PlacementError(
                f"tie at row {ties[beyond][0, 0]:g}: the column's rows run from 0 to "
                f"{self.column.length:.0f}"
            )

    def depth(self, along: ArrayLike) -> FloatArray:
        """Return the depths, shape (n,), of rows of the column."""
        rows, depths = np.array(self.ties, dtype=np.float64).T
        return _follow(np.asarray(along, dtype=np.float64), rows, depths)

    def along(self, depth: ArrayLike) -> FloatArray:
        """Return the rows of the column, shape (n,), at depths; beyond its ends where they are."""
        rows, depths = np.array(self.ties, dtype=np.float64).T
        return _follow(np.asarray(depth, dtype=np.float64), depths, rows)

    @property
    def top(self) -> float:
        """Depth of its top edge."""
        return float(self.depth(0.0))

    @property
    def base(self) -> float:
        """Depth of its base edge."""
        return float(self.depth(self.column.length))


@dataclass(frozen=True)
class Spot:
    """A depth in a picture."""

    column: int
    """Number of the column in its placement, from 0."""
    along: float
    """Row of the column, in pixels from its top."""
    row: float
    """Where the column's middle is at that depth, in pixels of the photograph."""
    across: float


@dataclass(frozen=True)
class Placement:
    """A picture of core, its columns and their depths."""

    picture: Path
    size: tuple[int, int]
    """Rows and columns of the picture, in pixels."""
    columns: tuple[PlacedColumn, ...]
    """From the shallowest to the deepest."""
    unit: str = "m"
    """Of its depths."""
    shift: float = 0.0
    """Added to every depth of the ties: from the driller's depth of the core to that of logs."""
    sha256: str = ""
    """Of the picture's file as it was when it was placed; blank where it came from no file."""
    note: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.columns:
            raise PlacementError(f"{self.picture.name}: no column is placed; name one or more")
        if not np.isfinite(self.shift):
            raise PlacementError(f"{self.picture.name}: the shift is {self.shift}, not a number")
        rows, columns = self.size
        for number, placed in enumerate(self.columns, 1):
            corners = np.asarray(placed.column.corners)
            if (corners < -1).any() or (corners > np.array([rows + 1, columns + 1])).any():
                raise PlacementError(
                    f"{self.picture.name}: column {number} reaches beyond the picture, which has "
                    f"{rows} rows and {columns} columns of pixels"
                )
        for number, (above, below) in enumerate(
            zip(self.columns[:-1], self.columns[1:], strict=True), 1
        ):
            pixel = (above.base - above.top) / above.column.length
            if below.top < above.base - pixel:
                raise PlacementError(
                    f"{self.picture.name}: column {number + 1} begins at {below.top:.3f} "
                    f"{self.unit}, above the base of column {number} at {above.base:.3f}: columns "
                    "follow each other downwards and do not overlap"
                )

    @property
    def top(self) -> float:
        """The shallowest depth, shift included."""
        return self.columns[0].top + self.shift

    @property
    def base(self) -> float:
        """The deepest depth, shift included."""
        return self.columns[-1].base + self.shift

    @property
    def pixel(self) -> float:
        """Depth of one pixel, the mean of the columns."""
        length = sum(placed.column.length for placed in self.columns)
        return sum(placed.base - placed.top for placed in self.columns) / length

    def depth(self, column: int, along: ArrayLike) -> FloatArray:
        """Return the depths, shape (n,), of rows of a column, shift included."""
        return self.columns[column].depth(along) + self.shift

    def locate(self, depth: ArrayLike) -> tuple[NDArray[np.intp], FloatArray]:
        """Return in which column depths lie, and in which of its rows.

        Returns
        -------
        column : array of int, shape (n,)
            -1 where no column is.
        along : array, shape (n,)
            In pixels from the column's top; NaN where no column is.
        """
        wanted = np.atleast_1d(np.asarray(depth, dtype=np.float64)) - self.shift
        column = np.full(wanted.shape, -1, dtype=np.intp)
        along = np.full(wanted.shape, np.nan)
        for number, placed in enumerate(self.columns):
            # The base belongs to the column below, if one begins there.
            inside = (wanted >= placed.top) & (wanted <= placed.base) & np.isfinite(wanted)
            column[inside] = number
            along[inside] = np.clip(placed.along(wanted[inside]), 0, placed.column.length)
        return column, along

    def spot(self, depth: float) -> Spot | None:
        """Return where a depth lies in the picture; None outside its columns."""
        columns, alongs = self.locate([depth])
        number, along = int(columns[0]), float(alongs[0])
        if number < 0:
            return None
        row, across = self.columns[number].column.points([along], [0.5])[0, 0]
        return Spot(number, along, float(row), float(across))

    def depth_at(self, row: float, column: float) -> float | None:
        """Return the depth of a pixel of the picture; None where it lies in no column."""
        for number, placed in enumerate(self.columns):
            along = placed.column.along(row, column)
            left, right = placed.column.points([along], [0.0, 1.0])[0]
            way, here = right - left, np.array([row, column]) - left
            across = float(here @ way / (way @ way))
            off = here - across * way
            if 0 <= across <= 1 and float(np.hypot(*off)) <= 1.0:
                return float(self.depth(number, along))
        return None

    def shifted(self, shift: float) -> Placement:
        """Return the placement with this shift, in place of the one it had."""
        return replace(self, shift=float(shift))


def place_picture(
    picture: str | Path,
    size: tuple[int, int],
    columns: Sequence[Column],
    top: float | None = None,
    base: float | None = None,
    *,
    ties: Sequence[Pairs] | None = None,
    unit: str = "m",
    shift: float = 0.0,
    sha256: str | None = None,
) -> Placement:
    """Place a picture on depth: by its top and base, or by ties.

    Parameters
    ----------
    picture : str or Path
        Its file. It need not be read again: ``size`` is that of the picture as it was read.
    size : tuple of int
    columns : sequence of Column
        From the shallowest to the deepest.
    top, base : float, optional
        Depths of the top of the first column and the base of the last. Columns share the length
        as their pixels do, each beginning where the one above ends.
    ties : sequence of pairs (row of the column, depth) for each column, optional
        Instead of ``top`` and ``base``.
    unit, shift
        As in `Placement`.
    sha256 : str, optional
        By default that of the file; blank where there is no such file.

    Raises
    ------
    PlacementError
        What is given contradicts itself: base above top, ties that turn, columns that overlap.
    """
    picture = Path(picture)
    if catalogue().factor(unit, "m") is None:
        raise PlacementError(f"{picture.name}: unit {unit!r} of depth is not known; use m or ft")
    if ties is None:
        if top is None or base is None:
            raise PlacementError(f"{picture.name}: give top and base, or ties of each column")
        if not (np.isfinite(top) and np.isfinite(base) and top < base):
            raise PlacementError(
                f"{picture.name}: top {top:g} and base {base:g} {unit}: the top must be less deep "
                "than the base"
            )
        bounds = np.concatenate([[0.0], np.cumsum([column.length for column in columns])])
        depths = top + (base - top) * bounds / bounds[-1] if len(columns) else bounds
        ties = [
            ((0.0, float(depths[i])), (column.length, float(depths[i + 1])))
            for i, column in enumerate(columns)
        ]
    elif top is not None or base is not None:
        raise PlacementError(f"{picture.name}: give top and base, or ties, not both")
    if len(ties) != len(columns):
        raise PlacementError(
            f"{picture.name}: ties for {len(ties)} columns are given, and {len(columns)} columns"
        )
    placed = []
    for number, (column, pairs) in enumerate(zip(columns, ties, strict=True), 1):
        try:
            pair_list = tuple((float(row), float(depth)) for row, depth in pairs)
            placed.append(PlacedColumn(column, pair_list))
        except (TypeError, ValueError) as error:
            raise PlacementError(f"{picture.name}: column {number}: {error}") from None
    if sha256 is None:
        sha256 = file_sha256(picture) if picture.is_file() else ""
    return Placement(picture, (int(size[0]), int(size[1])), tuple(placed), unit, shift, sha256)


def in_unit_of(placement: Placement, well: Any) -> Placement:
    """Return a placement with its depths in the unit of a well's index, checked to lie in it.

    Raises
    ------
    PlacementError
        The well's index is no depth, or none of the core lies in the well.
    """
    factor = unit_ratio(placement.unit, well.index_unit)
    if factor is None:
        raise PlacementError(
            f"{placement.picture.name}: depths in {placement.unit} cannot be placed in well "
            f"{well.name}, whose index is in {well.index_unit or 'no unit'}"
        )
    if placement.unit != well.index_unit:
        columns = tuple(
            PlacedColumn(each.column, tuple((row, depth * factor) for row, depth in each.ties))
            for each in placement.columns
        )
        placement = replace(
            placement, columns=columns, unit=well.index_unit, shift=placement.shift * factor
        )
    if not len(well.index):
        raise PlacementError(f"well {well.name} has no sample to place {placement.picture.name} at")
    first, last = float(np.nanmin(well.index)), float(np.nanmax(well.index))
    if placement.base < first or placement.top > last:
        raise PlacementError(
            f"{placement.picture.name} lies from {placement.top:g} to {placement.base:g} "
            f"{placement.unit}, outside well {well.name}, which runs from {first:g} to {last:g}; "
            "check the depths, their unit and the shift"
        )
    return placement


def spots_at(placements: Sequence[Placement], depth: float) -> list[tuple[Placement, Spot]]:
    """Return where pictures show a depth: from a point of a cross-plot back to the rock."""
    found = ((placement, placement.spot(depth)) for placement in placements)
    return [(placement, spot) for placement, spot in found if spot is not None]


def unit_ratio(given: str, wanted: str) -> float | None:
    """Return what a depth in one unit is multiplied by to be in another; None where unknown."""
    each = [catalogue().factor(unit, "m") for unit in (given, wanted)]
    return None if each[0] is None or each[1] is None else each[0] / each[1]


def file_sha256(path: Path) -> str:
    """Return the hash of a file, read a part at a time."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _follow(wanted: FloatArray, given: FloatArray, answers: FloatArray) -> FloatArray:
    """Return a line through points at ``wanted``; beyond its ends it goes on straight."""
    found = np.interp(wanted, given, answers)
    slopes = np.diff(answers)[[0, -1]] / np.diff(given)[[0, -1]]
    found = np.where(wanted < given[0], answers[0] + (wanted - given[0]) * slopes[0], found)
    return np.where(wanted > given[-1], answers[-1] + (wanted - given[-1]) * slopes[1], found)


def _spell(ties: Pairs) -> str:
    return ", ".join(f"{row:g}:{depth:g}" for row, depth in ties)
