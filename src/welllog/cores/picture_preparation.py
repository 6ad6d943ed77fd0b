"""Pictures as a network sees them: channels scaled, shrunk to the size that its grains have.

The factor of shrinking is measured on the pictures fitted and kept. Levels are a picture's own, or
those of the pictures fitted (``FittingSettings.levels``).
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

from welllog.cores.network_settings import LEVELS
from welllog.cores.picture_augmentation import Example
from welllog.cores.segmenters import UNLABELLED, SegmenterError, to_unit

__all__ = ["Preparation", "measure_preparation", "shrink_mask"]

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
    levels: str = "own"
    """``own``: mean and spread of a picture are made 0 and 1, whatever they were; ``fitted``: it is
    scaled by ``mean`` and ``spread``."""

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.spread) or not self.mean:
            raise ValueError("as many means as spreads are needed, one a channel")
        if not all(np.isfinite(self.mean)) or not all(0 < s < np.inf for s in self.spread):
            raise ValueError("a mean is no number, or a spread is not above 0")
        if not 0.0 < self.scale <= 1.0:
            raise ValueError(f"scale {self.scale}: use above 0 up to 1")
        if self.levels not in LEVELS:
            raise ValueError(f"unknown levels {self.levels}; use {' or '.join(LEVELS)}")

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
            Another number of channels.
        """
        if picture.ndim == 3 and picture.shape[2] != self.channels:
            have = picture.shape[2]
            raise SegmenterError(
                f"the picture has {have} channel{'s' * (have > 1)}, the network was "
                f"fitted to {self.channels}; give it the same kind of picture"
            )
        x = _to_tensor(picture)
        size = self.working_size(x.shape[1], x.shape[2])
        if size != tuple(x.shape[1:]):
            x = functional.interpolate(x[None], size, mode="area")[0]
        if self.levels == "own":
            spread, mean = torch.std_mean(x, (1, 2), correction=0, keepdim=True)
            return (x - mean) / spread.clamp(min=1e-3)
        mean, spread = (torch.tensor(v)[:, None, None] for v in (self.mean, self.spread))
        return (x - mean) / spread

    def example(self, picture: NDArray[Any], mask: NDArray[Any], classes: int) -> Example:
        """Make a picture and its mask ready for crops."""
        x = self.picture(picture)
        return Example(x, shrink_mask(mask, classes, (x.shape[1], x.shape[2])))


def _to_tensor(picture: NDArray[Any]) -> Tensor:
    """Return a picture with white at 1: (row, column, channel) -> (channel, row, column)."""
    return torch.from_numpy(np.ascontiguousarray(to_unit(picture).transpose(2, 0, 1)))


def measure_preparation(
    pictures: Sequence[NDArray[Any]], working_width: int, levels: str = "own"
) -> Preparation:
    """Measure channels over all pictures, and how far to shrink them.

    Parameters
    ----------
    pictures : sequence of arrays, shape (row, column, channel)
    working_width, levels
        As in ``FittingSettings``.

    Raises
    ------
    ValueError
        There is no picture.
    """
    if not pictures:
        raise ValueError("there is no picture to fit a network to")
    total = squares = torch.zeros(1, dtype=torch.float64)
    count = 0
    for picture in pictures:
        x = _to_tensor(picture).flatten(1).double()
        total, squares, count = total + x.sum(1), squares + x.square().sum(1), count + x.shape[1]
    mean = total / count
    spread = (squares / count - mean.square()).clamp(min=0).sqrt()
    spread = torch.where(spread > 1e-6, spread, 1.0)  # a channel that says nothing
    widest = max(picture.shape[1] for picture in pictures)
    scale = min(1.0, working_width / widest) if working_width else 1.0
    return Preparation(tuple(mean.tolist()), tuple(spread.tolist()), scale, levels)


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
