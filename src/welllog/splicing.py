"""Joining a fill to the measured log.

A restorer that heeds its edges already meets the log; what is left is shared out over the gap, so
that the joined curve has no step that the rock did not make.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FILLED", "MEASURED", "OUTSIDE", "REPLACED", "edge_jump", "splice"]

FloatArray = NDArray[np.float64]

MEASURED, FILLED, REPLACED, OUTSIDE = 0, 1, 2, 3
"""Origin codes: measured; filled; measured but replaced; filled outside the model's experience."""


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
