"""Marked samples as bands that leave the curves over them readable at every zoom."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FAINT = 0.3
"""Strength of a band where all about it is marked, of that of a mark alone."""
_WINDOW = 24
"""Pixels about a mark that say whether it is alone."""

FloatArray = NDArray[np.float64]


def gather_marks(
    depth: FloatArray, step: float, pixel: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gather marks to bands without overlap, the fainter the more is marked about them.

    A line for each mark covers the curves as soon as two of them fall into one row of pixels.

    Parameters
    ----------
    depth : array, shape (k,)
        Of the marked samples, ascending, in index units.
    step : float
        Of the index; a mark is as high as its sample, and no less than a pixel.
    pixel : float
        Height of a pixel, in index units.

    Returns
    -------
    tuple of arrays, shape (m,)
        Top, base and strength (0 to 1) of each band.
    """
    if not len(depth):
        return depth, depth, depth
    high = max(abs(step) if np.isfinite(step) else 0.0, pixel)
    apart = np.diff(depth) > high * 1.01
    top = depth[np.append(True, apart)] - high / 2
    base = depth[np.append(apart, True)] + high / 2
    # Marked pixels in a window about the middle of each band.
    before = np.append(0.0, np.cumsum(base - top))
    bounds = np.append(top, base[-1])
    middle, half = (top + base) / 2, _WINDOW * pixel / 2

    def covered(to: FloatArray) -> Any:
        band = np.clip(np.searchsorted(bounds, to, "right") - 1, 0, len(top) - 1)
        return before[band] + np.clip(to - top[band], 0.0, base[band] - top[band])

    share = (covered(middle + half) - covered(middle - half)) / (2 * half)
    return top, base, _FAINT + (1 - _FAINT) * np.exp(-4 * share)
