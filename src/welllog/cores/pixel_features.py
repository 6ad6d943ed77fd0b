"""What a pixel looks like: colour, gradient and texture at several scales."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from welllog.cores.segmenters import Picture, SegmenterError, to_unit

__all__ = [
    "FEATURE_REACH",
    "colour_of",
    "describe_pixels",
    "enlarge",
    "feature_count",
    "grid_of",
    "shrink",
]

TRUNCATE = 3.0
"""Standard deviations at which a Gaussian ends."""
FEATURE_REACH = TRUNCATE + 3.0
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


def shrink(picture: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Return the means of squares of ``step`` x ``step`` pixels: (row, column, channel).

    Squares that stick out over the last row or column are filled up with it.
    """
    if step == 1:
        return picture
    rows, columns, channels = picture.shape
    beyond = (0, -rows % step), (0, -columns % step), (0, 0)
    whole = np.pad(picture, beyond, "edge") if beyond[0][1] or beyond[1][1] else picture
    total = whole[::step].copy()
    for row in range(1, step):
        total += whole[row::step]
    mean = total[:, ::step].copy()
    for column in range(1, step):
        mean += total[:, column::step]
    mean *= np.float32(1.0 / step**2)
    return mean


def enlarge(small: NDArray[np.float32], step: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return values between the middles of squares, linearly: the way back from ``shrink``.

    Parameters
    ----------
    small : array, shape (row, column, ...)
    step : int
        Rows and columns of a square.
    shape : tuple of int
        Rows and columns that are wanted.
    """
    if step == 1:
        return small[: shape[0], : shape[1]]
    for axis in (0, 1):
        at = (np.arange(shape[axis]) + 0.5) / step - 0.5
        first = np.floor(at).astype(np.intp)
        share = (at - first).astype(np.float32).reshape((-1,) + (1,) * (small.ndim - 1 - axis))
        low, high = (
            np.take(small, np.clip(first + k, 0, small.shape[axis] - 1), axis) for k in (0, 1)
        )
        high -= low
        high *= share
        high += low
        small = high
    return small


def grid_of(scales: tuple[float, ...]) -> int:
    """Return how many pixels hang together: pieces of a picture begin at its multiples."""
    return max(_step_of(scale) for scale in scales)


def _step_of(scale: float) -> int:
    """Return the side of the squares that a scale is looked at in: a half of it at most."""
    step = 1
    while 4 * step <= scale:
        step *= 2
    return step


def feature_count(channels: int, scales: int) -> int:
    """Return how many features describe a pixel."""
    return channels + scales * (2 * channels + 4)


def describe_pixels(picture: Picture, scales: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the features of every pixel: (row, column, channel) -> (row, column, feature).

    The colour, and at every scale: the smoothed colour and its local deviation (texture), the size
    of the gradient of the brightness, both eigenvalues of its structure tensor and the larger
    curvature (as trainable segmentations do: Arganda-Carreras et al. 2017, Bioinformatics 33;
    ilastik, Berg et al. 2019, Nature Methods 16). Scales of 4 pixels and more are looked at in
    means over squares of a half of them at most, and read off between those.

    Parameters
    ----------
    picture : array, shape (row, column, channel)
    scales : tuple of float
        Standard deviations of the Gaussians, in pixels.
    """
    if not scales or min(scales) <= 0.0:
        raise SegmenterError(f"scales {scales}: give one at least, in pixels, above 0")
    colour = colour_of(picture)
    rows, columns, channels = colour.shape
    told = np.empty((rows, columns, feature_count(channels, len(scales))), np.float32)
    told[..., :channels] = colour
    place, each = channels, 2 * channels + 4
    both = np.concatenate([colour, colour**2], axis=2)
    for scale in scales:
        step = _step_of(scale)
        found = _describe_at(shrink(both, step), _within(scale, step), channels)
        told[..., place : place + each] = enlarge(found, step, (rows, columns))
        place += each
    return told


def _within(scale: float, step: int) -> float:
    """Return the Gaussian in squares that a mean over squares becomes ``scale`` pixels with."""
    return float(np.sqrt(scale**2 - (step**2 - 1) / 12.0) / step)


def _describe_at(both: NDArray[np.float32], scale: float, channels: int) -> NDArray[np.float32]:
    """Return the features at one scale: of colours and their squares, (row, column, 2 c)."""
    from scipy.ndimage import gaussian_filter

    told = np.empty((*both.shape[:2], 2 * channels + 4), np.float32)
    for channel in range(channels):
        one = gaussian_filter(both[..., channel], scale, truncate=TRUNCATE)
        square = gaussian_filter(both[..., channels + channel], scale, truncate=TRUNCATE)
        told[..., 2 * channel] = one
        told[..., 2 * channel + 1] = np.sqrt(np.maximum(square - one**2, 0.0))
    means = told[..., 0 : 2 * channels : 2]
    bright = means[..., ::3].mean(axis=2) if channels % 3 == 0 else means.mean(axis=2)
    reach = np.float32(scale)
    down, across = _slope(bright, 0) * reach, _slope(bright, 1) * reach
    parts = [
        gaussian_filter(part, scale, truncate=1.0)
        for part in (down * down, across * across, down * across)
    ]
    middle = 0.5 * (parts[0] + parts[1])
    apart = np.sqrt((0.5 * (parts[0] - parts[1])) ** 2 + parts[2] ** 2)
    told[..., -4] = np.hypot(down, across)
    told[..., -3] = np.sqrt(np.maximum(middle + apart, 0.0))
    told[..., -2] = np.sqrt(np.maximum(middle - apart, 0.0))
    told[..., -1] = (_slope(down, 0) + _slope(across, 1)) * reach
    return told


def _slope(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return half the difference of the neighbours; 0 across a picture one pixel wide."""
    if values.shape[axis] < 2:
        return np.zeros_like(values)
    slope: NDArray[np.float32] = np.gradient(values, axis=axis)
    return slope
