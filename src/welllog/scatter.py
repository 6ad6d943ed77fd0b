"""Points that were drawn, and the rows of a well they are: found, lit, and ringed.

What is asked of a picture is answered as it is seen, in dots on the page: on a logarithmic axis
too an edge is straight and near is near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.palette import LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

__all__ = [
    "MOST_POINTS",
    "Scatter",
    "fade",
    "on_page",
    "ring",
    "row_near",
    "rows_inside",
    "thin_points",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_POINTS = 6000
"""Points drawn of one kind; more of them cover each other."""
_FADED = 0.22
_RINGS = "welllog rings"


@dataclass(frozen=True, eq=False)
class Scatter:
    """Points that were drawn, and the rows of the well they are."""

    axes: Axes
    rows: NDArray[np.intp]
    """Shape (k,): every row that has a point, also where its point was thinned out."""
    x: FloatArray
    """Shape (k,)."""
    y: FloatArray
    clouds: tuple[tuple[PathCollection, NDArray[np.intp], float], ...] = ()
    """What was drawn: points, the row of each, and their opacity."""


def fade(scatter: Scatter, lit: BoolArray | None) -> None:
    """Let the points outside ``lit``, shape (n,) of the well, step back; None lights them all."""
    for artist, rows, alpha in scatter.clouds:
        strength = np.ones(len(rows)) if lit is None else np.where(lit[rows], 1.0, _FADED)
        artist.set_alpha((alpha * strength).tolist())


def ring(scatter: Scatter, picked: BoolArray, marked: BoolArray, theme: Theme = LIGHT) -> None:
    """Draw rings around the points of picked and of marked rows, shape (n,) each."""
    for old in [part for part in scatter.axes.collections if part.get_gid() == _RINGS]:
        old.remove()
    limits = scatter.axes.get_xlim(), scatter.axes.get_ylim()
    for rows, colour, size in ((picked, theme.picked, 26.0), (marked, theme.marked, 42.0)):
        at = np.flatnonzero(rows[scatter.rows])
        if not len(at):
            continue
        place = on_page(scatter.axes, scatter.x[at], scatter.y[at])
        kept = at[thin_points(*place, MOST_POINTS // 2)]
        scatter.axes.scatter(
            scatter.x[kept],
            scatter.y[kept],
            s=size if len(at) < 300 else size / 2,
            facecolors="none",
            edgecolors=colour,
            linewidths=1.0 if len(at) < 300 else 0.5,
            zorder=5,
            gid=_RINGS,
        )
    scatter.axes.set(xlim=limits[0], ylim=limits[1])


def rows_inside(scatter: Scatter, outline: ArrayLike) -> NDArray[np.intp]:
    """Return the rows of the points inside an outline, shape (m, 2), in the axes' own values.

    What counts is what is seen: on a logarithmic axis an edge is straight on the page.
    """
    from matplotlib.path import Path

    page = scatter.axes.transData.transform
    path = Path(page(np.asarray(outline, np.float64)), closed=False)
    inside = path.contains_points(page(np.c_[scatter.x, scatter.y]))
    return np.asarray(scatter.rows[inside])


def row_near(scatter: Scatter, x: float, y: float, within: float = 8.0) -> int | None:
    """Return the row of the point nearest to a place on the page, None where none is near.

    ``x``, ``y`` and ``within`` are in dots from the lower left corner of the figure.
    """
    place = scatter.axes.transData.transform(np.c_[scatter.x, scatter.y])
    distance = np.hypot(place[:, 0] - x, place[:, 1] - y)
    nearest = int(np.argmin(np.where(np.isfinite(distance), distance, np.inf)))
    return int(scatter.rows[nearest]) if distance[nearest] <= within else None


def thin_points(x: FloatArray, y: FloatArray, most: int) -> NDArray[np.intp]:
    """Return which of the points, shape (n,), to draw so that at most ``most`` are left.

    One point stays in each cell of a grid, whose cells grow until few enough are left: a point
    with none beside it is never lost.
    """
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    cells = 512
    everything = keep
    while len(keep) > most:
        columns, rows = (_cells(part[everything], cells) for part in (x, y))
        keep = everything[np.sort(np.unique(columns * (cells + 1) + rows, return_index=True)[1])]
        cells = cells * 2 // 3
    return keep


def _cells(values: FloatArray, cells: int) -> NDArray[np.intp]:
    low, high = values.min(), values.max()
    return np.asarray((values - low) / max(high - low, 1e-300) * cells, np.intp)


def on_page(axes: Axes, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return places on the page, shape (n,) each, in widths and heights of the axes."""
    place = (axes.transScale + axes.transLimits).transform(np.c_[x, y]).clip(-0.1, 1.1)
    return place[:, 0], place[:, 1]
