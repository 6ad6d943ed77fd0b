"""Strips of core at several resolutions, for a viewer that zooms: each half as many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.depth_strips import cut_strip
from welllog.cores.placement import Placement

__all__ = ["StripLevels", "cut_levels"]

_FEW_ROWS = 1500
"""A strip with no more rows is drawn whole: that of a screen."""
_MOST_WIDE = 512
_MOST_ROWS = 1 << 16
"""Of the finest strip: 128 MiB at the largest width. Beyond it rows are averaged."""


@dataclass(frozen=True)
class StripLevels:
    """The core of one picture on even depths, fine to coarse."""

    top: float
    """Depth of the upper edge, in the unit of the placement, shift included."""
    step: float
    """Depth from row to row of the finest."""
    pixels: tuple[NDArray[np.uint8], ...]
    """Each of shape (rows, width, 4): red, green, blue, and opaque where core is. The rows of one
    are half of those of the one before; the width is that of all."""


def cut_levels(picture: NDArray[Any], placement: Placement) -> StripLevels:
    """Cut the core out of a picture at several resolutions.

    Parameters
    ----------
    picture : array, shape (rows, columns, channels)
        Of unsigned integers, or of fractions from 0 to 1; one channel is grey.
    placement : Placement

    Raises
    ------
    PlacementError
        The picture has another size than that of the placement.
    """
    widest = max(placed.column.width for placed in placement.columns)
    width = int(min(max(round(widest), 1), _MOST_WIDE))
    length = placement.base - placement.top
    fine = placement.pixel * max(1.0, widest / width)  # about as fine down as across
    rows = min(max(round(length / fine), 1), _MOST_ROWS)
    halvings = max(int(np.ceil(np.log2(rows / _FEW_ROWS))), 0)
    rows = -(-rows // 2**halvings) * 2**halvings
    strip = cut_strip(picture, placement, step=length / rows, width=width)
    levels = [_colour(strip.pixels, strip.column >= 0)]
    for _ in range(halvings):
        levels.append(_halve(levels[-1]))
    return StripLevels(placement.top, length / rows, tuple(levels))


def _colour(pixels: NDArray[Any], solid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return pixels as red, green, blue and opacity, shape (rows, width, 4)."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    shown = np.zeros((*pixels.shape[:2], 4), np.uint8)
    colours = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., :1]
    if colours.dtype.kind == "f":
        colours = (colours * 255).clip(0, 255).round()
    elif colours.dtype != np.uint8:
        colours = colours // (np.iinfo(colours.dtype).max // 255)
    shown[..., :3] = colours
    shown[..., 3] = np.where(solid, 255, 0)[:, None]
    return shown


def _halve(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return means of pairs of rows; what is not opaque counts for nothing."""
    pairs = pixels.reshape(-1, 2, *pixels.shape[1:]).astype(np.uint16)
    solid = (pairs[..., 3:] > 0).astype(np.uint16)
    count = solid.sum(axis=1)
    mean = (pairs * solid).sum(axis=1) // np.maximum(count, 1)
    return np.asarray(mean, dtype=np.uint8)
