"""What a pixel looks like: colour, gradient and texture at several scales."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from welllog.cores.segmenters import Picture, SegmenterError, to_unit

__all__ = ["FEATURE_REACH", "colour_of", "describe_pixels", "feature_count"]

TRUNCATE = 3.0
"""Standard deviations at which a Gaussian ends."""
FEATURE_REACH = TRUNCATE + 2.0
"""Pixels around one that its features depend on, in units of the largest scale."""


def colour_of(picture: Picture) -> NDArray[np.float32]:
    """Return the channels so that distances mean something: (row, column, c) -> (row, column, c).

    Red, green and blue, and every further three channels (another view), become CIE L*a*b* in units
    of its 100; other numbers of channels stay as they are.
    """
    unit = to_unit(picture)
    if unit.shape[2] % 3:
        return unit
    from skimage.color import rgb2lab

    views = [rgb2lab(unit[..., k : k + 3]) / 100.0 for k in range(0, unit.shape[2], 3)]
    return np.concatenate(views, axis=2).astype(np.float32)


def feature_count(channels: int, scales: int) -> int:
    """Return how many features describe a pixel."""
    return channels + scales * (2 * channels + 4)


def describe_pixels(picture: Picture, scales: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the features of every pixel: (row, column, channel) -> (row, column, feature).

    The colour, and at every scale: the smoothed colour and its local deviation (texture), the size
    of the gradient of the brightness, both eigenvalues of its structure tensor and the larger
    curvature (as trainable segmentations do: Arganda-Carreras et al. 2017, Bioinformatics 33;
    ilastik, Berg et al. 2019, Nature Methods 16).

    Parameters
    ----------
    picture : array, shape (row, column, channel)
    scales : tuple of float
        Standard deviations of the Gaussians, in pixels.
    """
    from scipy.ndimage import gaussian_filter

    if not scales or min(scales) <= 0.0:
        raise SegmenterError(f"scales {scales}: give one at least, in pixels, above 0")
    colour = colour_of(picture)
    rows, columns, channels = colour.shape
    told = np.empty((rows, columns, feature_count(channels, len(scales))), np.float32)
    told[..., :channels] = colour
    place = channels

    def add(values: NDArray[np.float32]) -> None:
        nonlocal place
        told[..., place] = values
        place += 1

    for scale in scales:
        smooth = np.empty_like(colour)
        for channel in range(channels):
            one = gaussian_filter(colour[..., channel], scale, truncate=TRUNCATE)
            square = gaussian_filter(colour[..., channel] ** 2, scale, truncate=TRUNCATE)
            smooth[..., channel] = one
            add(one)
            add(np.sqrt(np.maximum(square - one**2, 0.0)))
        bright = smooth[..., ::3].mean(axis=2) if channels % 3 == 0 else smooth.mean(axis=2)
        down, across = _slope(bright, 0) * scale, _slope(bright, 1) * scale
        add(np.hypot(down, across))
        parts = [
            gaussian_filter(part, scale, truncate=1.0)
            for part in (down * down, across * across, down * across)
        ]
        middle = 0.5 * (parts[0] + parts[1])
        apart = np.sqrt((0.5 * (parts[0] - parts[1])) ** 2 + parts[2] ** 2)
        add(np.sqrt(np.maximum(middle + apart, 0.0)))
        add(np.sqrt(np.maximum(middle - apart, 0.0)))
        add((_slope(down, 0) + _slope(across, 1)) * scale)
    return told


def _slope(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return half the difference of the neighbours; 0 across a picture one pixel wide."""
    if values.shape[axis] < 2:
        return np.zeros_like(values)
    slope: NDArray[np.float32] = np.gradient(values, axis=axis)
    return slope
