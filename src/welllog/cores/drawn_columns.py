"""Columns of core as an analyst draws and ties them: corners in any order, ties here and there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from welllog.cores.columns import Column, ColumnsError
from welllog.cores.placement import Pairs, PlacementError

__all__ = ["column_at", "column_of", "move_pieces", "tie_columns"]


def column_of(corners: ArrayLike, *, sideways: bool = False, in_order: bool = False) -> Column:
    """Return the column that four corners make, whichever of them comes first.

    Parameters
    ----------
    corners : array, shape (4, 2)
        Rows and columns in pixels of the photograph, in any order.
    sideways : bool
        The column lies on its side, its top at the left.
    in_order : bool
        They begin at the top left as the rock lay and go round, if they can: a column whose top
        is below stays one.

    Raises
    ------
    ColumnsError
        They are not four, or do not go round anything.
    """
    points = np.asarray(corners, dtype=np.float64)
    if points.shape != (4, 2):
        raise ColumnsError(f"a column has four corners, this one has {len(points)}; draw it again")
    if in_order:
        try:
            return _column(points)
        except ColumnsError:
            pass
    middle = points.mean(axis=0)
    angle = np.arctan2(*(points - middle).T)  # rows run down: increasing turns to the right
    points = points[np.argsort(angle, kind="stable")]
    first = int(np.argmin(points.sum(axis=1)))
    points = np.roll(points, -first, axis=0)
    if sideways:  # its top left, as the rock lay, is below: the base left of the picture
        points = np.roll(points, 1, axis=0)
    return _column(points)


def move_pieces(found: Column, moved: Column) -> Column:
    """Return a column that was moved, with the pieces that were found where it was before."""
    if found.corners == moved.corners or not found.pieces:
        return Column(moved.corners, found.pieces)
    ends = found.points([end for piece in found.pieces for end in piece], [0.5])[:, 0]
    along = [moved.along(float(row), float(column)) for row, column in ends]
    pieces = tuple((a, b) for a, b in zip(along[::2], along[1::2], strict=True) if b > a)
    return Column(moved.corners, pieces)


def column_at(columns: Sequence[Column], row: float, column: float) -> tuple[int, float] | None:
    """Return which column a pixel lies in, and in which of its rows; None where it is in none."""
    here = np.array([row, column])
    for number, each in enumerate(columns):
        along = each.along(row, column)
        left, right = each.points([along], [0.0, 1.0])[0]
        way = right - left
        across = float((here - left) @ way / (way @ way))
        if 0 <= across <= 1 and float(np.hypot(*(here - left - across * way))) <= 1.0:
            return number, along
    return None


def tie_columns(
    columns: Sequence[Column],
    ties: Sequence[Pairs],
    top: float | None = None,
    base: float | None = None,
) -> list[list[tuple[float, float]]]:
    """Return ties for every column, from those that were made and the depths of top and base.

    A column with two ties or more follows these. The ends of another lie where they would without
    ties, at its share of the length from top to base; its one tie bends it in between.

    Parameters
    ----------
    columns : sequence of Column
        From the shallowest to the deepest.
    ties : sequence of pairs (row of the column, depth) for each column
    top, base : float, optional
        May be left out where every column has two ties.

    Raises
    ------
    PlacementError
        A column has fewer than two ties, and there is no top or no base.
    """
    bounds = np.concatenate([[0.0], np.cumsum([column.length for column in columns])])
    made = []
    for number, (column, own) in enumerate(zip(columns, ties, strict=True)):
        pairs = sorted((float(row), float(depth)) for row, depth in own)
        if len(pairs) < 2:
            if top is None or base is None:
                raise PlacementError(
                    f"column {number + 1} has {len(pairs)} ties; give it two, or a top and a base"
                )
            if not top < base:
                raise PlacementError(f"top {top:g} must be less deep than base {base:g}")
            first, last = top + (base - top) * bounds[number : number + 2] / bounds[-1]
            pairs = [(0.0, float(first)), *pairs, (column.length, float(last))]
        made.append(pairs)
    return made


def _column(points: ArrayLike) -> Column:
    corners = [(float(row), float(column)) for row, column in np.asarray(points)]
    return Column((corners[0], corners[1], corners[2], corners[3]))
