"""Pictures as a network sees them: channels scaled, shrunk to the size that its grains have.

What was measured of the pictures fitted (mean and spread of each channel, the factor of shrinking)
is kept and used for every picture after, never that picture's own: two tiles of one picture have to
be seen alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from welllog.cores.picture_augmentation import UNLABELLED, Example

__all__ = ["Preparation", "measure_preparation", "shrink_mask", "to_unit"]

PATCH = 16
"""Least height and width of a shrunk picture, in pixels."""


@dataclass(frozen=True)
class Preparation:
    """What is done to a picture before a network sees it.

    Raises
    ------
    ValueError
        Numbers that cannot be.
    """

    mean: tuple[float, ...]
    """Of each channel, where white is 1."""
    spread: tuple[float, ...]
    """Standard deviation of each channel."""
    scale: float = 1.0
    """Pixels the network sees to one of the picture, 1 or less."""

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.spread) or not self.mean:
            raise ValueError("as many means as spreads are needed, one a channel")
        if not all(np.isfinite(self.mean)) or not all(0 < s < np.inf for s in self.spread):
            raise ValueError("a mean is no number, or a spread is not above 0")
        if not 0.0 < self.scale <= 1.0:
            raise ValueError(f"scale {self.scale}: use above 0 up to 1")

    @property
    def channels(self) -> int:
        """How many channels a picture has to have."""
        return len(self.mean)

    def working_size(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of a picture once shrunk."""
        least = [min(length, PATCH) for length in (height, width)]
        shrunk = [round(length * self.scale) for length in (height, width)]
        return max(least[0], shrunk[0]), max(least[1], shrunk[1])

    def picture(self, picture: NDArray[Any]) -> Tensor:
        """Shrink and scale, (row, column, channel) -> (channel, h, w) float32.

        Shrinking takes the mean of what falls together.

        Raises
        ------
        ValueError
            Another number of channels, or values that are not finite.
        """
        x = to_unit(picture)
        if x.shape[0] != self.channels:
            raise ValueError(
                f"the picture has {x.shape[0]} channel{'s' * (x.shape[0] > 1)}, the network was "
                f"fitted to {self.channels}; give it the same kind of picture"
            )
        size = self.working_size(*x.shape[1:])
        if size != tuple(x.shape[1:]):
            x = functional.interpolate(x[None], size, mode="area")[0]
        mean, spread = (torch.tensor(v)[:, None, None] for v in (self.mean, self.spread))
        return (x - mean) / spread

    def example(self, picture: NDArray[Any], mask: NDArray[Any], classes: int) -> Example:
        """Make a picture and its mask ready for crops."""
        if picture.shape[:2] != mask.shape:
            raise ValueError(
                f"a picture of {picture.shape[0]} x {picture.shape[1]} pixels has a mask of "
                f"{' x '.join(map(str, mask.shape))}; make them equal"
            )
        x = self.picture(picture)
        return Example(x, shrink_mask(mask, classes, (x.shape[1], x.shape[2])))


def to_unit(picture: NDArray[Any]) -> Tensor:
    """Return a picture with white at 1: (row, column, channel) or (row, column) -> (c, h, w).

    Raises
    ------
    ValueError
        No picture, or values that are not finite.
    """
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3 or 0 in picture.shape:
        raise ValueError(f"a picture is (row, column, channel), not of shape {picture.shape}")
    white = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1.0
    x = torch.from_numpy(np.ascontiguousarray(picture, np.float32).transpose(2, 0, 1) / white)
    if not torch.isfinite(x).all():
        raise ValueError("the picture holds values that are not finite; fill them first")
    return x


def measure_preparation(pictures: Sequence[NDArray[Any]], working_width: int) -> Preparation:
    """Measure channels over all pictures, and how far to shrink them.

    Parameters
    ----------
    pictures : sequence of arrays, shape (row, column, channel)
    working_width : int
        As ``FittingSettings.working_width``.

    Raises
    ------
    ValueError
        There is no picture, or they differ in channels.
    """
    if not pictures:
        raise ValueError("there is no picture to fit a network to")
    channels = {1 if picture.ndim == 2 else picture.shape[-1] for picture in pictures}
    if len(channels) > 1:
        raise ValueError(f"pictures have {sorted(channels)} channels; use one kind of picture")
    total = squares = torch.zeros(1, dtype=torch.float64)
    count = 0
    for picture in pictures:
        x = to_unit(picture).flatten(1).double()
        total, squares, count = total + x.sum(1), squares + x.square().sum(1), count + x.shape[1]
    mean = total / count
    spread = (squares / count - mean.square()).clamp(min=0).sqrt()
    spread = torch.where(spread > 1e-6, spread, 1.0)  # a channel that says nothing
    widest = max(picture.shape[1] for picture in pictures)
    scale = min(1.0, working_width / widest) if working_width else 1.0
    return Preparation(tuple(mean.tolist()), tuple(spread.tolist()), scale)


def shrink_mask(mask: NDArray[Any], classes: int, size: tuple[int, int]) -> Tensor:
    """Shrink a mask: each pixel gets the class most painted in it, whatever was not painted.

    A thin stroke survives this; taking the nearest pixel would lose three in four at a quarter.

    Parameters
    ----------
    mask : array of int, shape (row, column)
        0 to classes - 1, and -1 where nobody painted.
    classes : int
    size : (int, int)
        Height and width to shrink to.

    Returns
    -------
    tensor of int64, shape (h, w)
    """
    if mask.max(initial=-1) >= classes or mask.min(initial=0) < UNLABELLED:
        raise ValueError(
            f"a mask holds {mask.min()} to {mask.max()}; classes are 0 to {classes - 1}"
        )
    whole = torch.from_numpy(np.ascontiguousarray(mask, np.int64))
    if tuple(whole.shape) == size:
        return whole
    best = torch.zeros(size)
    shrunk = torch.full(size, UNLABELLED)
    for number in range(classes):
        painted = (whole == number).float()[None, None]
        share = functional.interpolate(painted, size, mode="area")[0, 0]
        shrunk = torch.where(share > best, number, shrunk)
        best = torch.maximum(best, share)
    return shrunk
