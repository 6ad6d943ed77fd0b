"""Joining a fill to the measured log.

A restorer that heeds its edges already meets the log; what is left is shared out over the gap, so
that the joined curve has no step that the rock did not make.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of

__all__ = ["FILLED", "MEASURED", "OUTSIDE", "REPLACED", "edge_jump", "splice", "tie_edges"]

FloatArray = NDArray[np.float64]

MEASURED, FILLED, REPLACED, OUTSIDE = 0, 1, 2, 3
"""Origin codes: measured; filled; measured but replaced; either of them outside the model's
experience."""


def splice(
    measured: FloatArray, fill: FloatArray, rows: NDArray[np.bool_], limits: tuple[float, float]
) -> FloatArray:
    """Put ``fill`` into ``rows`` of ``measured``; keep it within physical limits.

    Parameters
    ----------
    measured, fill : arrays, shape (n,)
        Same unit; NaN where null. ``fill`` counts only in ``rows``.
    rows : array of bool, shape (n,)
    limits : pair of float
        Physical limits in the same unit.

    Returns
    -------
    array, shape (n,)
        Equal to ``measured`` outside ``rows``, bit for bit.
    """
    joined = measured.copy()
    joined[rows] = np.clip(fill[rows], *limits)
    return joined


def edge_jump(values: FloatArray, rows: NDArray[np.bool_]) -> float:
    """Return the mean absolute step across the edges of ``rows``; NaN where there is no edge.

    ``values``, shape (n,), is the joined curve.
    """
    edges = np.flatnonzero(np.diff(rows.astype(np.int8)))
    steps = np.abs(values[edges + 1] - values[edges])
    steps = steps[np.isfinite(steps)]
    return float(steps.mean()) if len(steps) else np.nan


def tie_edges(
    joined: FloatArray, rows: NDArray[np.bool_], known: NDArray[np.bool_], reach: float
) -> FloatArray:
    """Shift a fill so that it meets the measured samples on either side of it.

    The step at an edge is taken off there and let go of with distance: as exp(-d / reach) where
    the run is long, along a straight line where it is short, which is how a residual that is known
    at the edges alone is kriged with an exponential covariance.

    Parameters
    ----------
    joined : array, shape (n,)
        The curve with the fill in ``rows``.
    rows : array of bool, shape (n,)
    known : array of bool, shape (n,)
        True where measured; an edge whose neighbour is not known pulls at nothing.
    reach : float
        In samples.

    Returns
    -------
    array, shape (n,)
        Equal to ``joined`` outside ``rows``.
    """
    tied = joined.copy()
    for top, base in runs_of(rows):
        above, below = top > 0 and known[top - 1], base < len(rows) and known[base]
        length = (base - top + 1) / reach
        for there, edge, first in ((above, top - 1, top), (below, base, base - 1)):
            if there:
                distance = np.abs(np.arange(top, base) - edge) / reach
                weight = np.exp(-distance)
                if above and below:
                    weight *= np.expm1(-2.0 * (length - distance)) / np.expm1(-2.0 * length)
                tied[top:base] += (joined[edge] - joined[first]) * weight
    return tied
