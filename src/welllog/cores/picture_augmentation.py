"""Crops of pictures and their masks, turned, mirrored, zoomed, with other light.

What is drawn depends on the seed and the iteration alone, so that a fitting that was broken off
goes on with the very crops it would have had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from welllog.cores.network_settings import AugmentationSettings
from welllog.cores.segmenters import UNLABELLED

__all__ = ["Example", "crop_size", "draw_crops", "jitter_colour", "place_crop", "turn"]


@dataclass(frozen=True)
class Example:
    """One picture at working size, ready for crops."""

    picture: Tensor
    """Normalised, float32, shape (channel, row, column)."""
    mask: Tensor
    """Classes, int64, shape (row, column); -1 where nobody painted."""

    @property
    def labelled(self) -> Tensor:
        """Flat positions of painted pixels."""
        return torch.nonzero(self.mask.flatten() != UNLABELLED)[:, 0]


def crop_size(examples: Sequence[Example], asked: int) -> int:
    """Return the height and width of a crop: what was asked, or all of the largest picture."""
    return min(asked, max(max(example.mask.shape) for example in examples))


def draw_crops(
    examples: Sequence[Example],
    labelled: Sequence[Tensor],
    size: int,
    count: int,
    settings: AugmentationSettings,
    random: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Cut crops, each around a painted pixel, and change them.

    Parameters
    ----------
    examples : sequence of Example
    labelled : sequence of tensor
        Of each example, where a crop may be: flat positions.
    size, count : int
        Height and width of a crop, and how many.
    settings : AugmentationSettings
    random : numpy generator
        All that is left to chance comes from it.

    Returns
    -------
    tensor, shape (count, channel, size, size)
    tensor of int64, shape (count, size, size)
    """
    there = [number for number, places in enumerate(labelled) if len(places)]
    if not there:
        raise ValueError("no pixel of any mask is painted; paint some of each class")
    pictures, masks = [], []
    for _ in range(count):
        number = there[int(random.integers(len(there)))]
        example, places = examples[number], labelled[number]
        row, column = divmod(int(places[int(random.integers(len(places)))]), example.mask.shape[1])
        zoom = settings.zoom ** random.uniform(-1, 1)
        angle = np.deg2rad(settings.angle) * random.uniform(-1, 1)
        # The painted pixel lies anywhere in the inner half of the crop.
        shift = random.uniform(-0.25, 0.25, 2) * size / zoom
        centre = (row + 0.5 + shift[0], column + 0.5 + shift[1])
        picture, mask = place_crop(example, centre, size, zoom, angle)
        mirrored = (
            settings.vertical_flip and random.random() < 0.5,
            settings.horizontal_flip and random.random() < 0.5,
        )
        quarters = int(random.integers(4)) if settings.quarter_turns else 0
        pictures.append(turn(picture, mirrored, quarters))
        masks.append(turn(mask, mirrored, quarters))
    crops = torch.stack(pictures)
    return jitter_colour(crops, settings.colour, random), torch.stack(masks)


def place_crop(
    example: Example, centre: tuple[float, float], size: int, zoom: float, angle: float
) -> tuple[Tensor, Tensor]:
    """Cut a square out of a picture: (c, h, w) -> (c, size, size), (size, size).

    Where it fits it is moved inside the picture; beyond the picture's edge lies its mirror image,
    and nothing is painted.

    Parameters
    ----------
    example : Example
    centre : (row, column)
        In pixels, whose middles lie at halves.
    size : int
    zoom : float
        Pixels of the crop to one of the picture.
    angle : float
        Radians that the square is turned by.
    """
    height, width = example.mask.shape
    reach = size / zoom / 2
    row, column = (
        float(np.clip(at, reach, length - reach)) if length > 2 * reach else length / 2
        for at, length in zip(centre, (height, width), strict=True)
    )
    # In the coordinates of grid_sample a picture reaches from -1 to 1.
    cos, sin = np.cos(angle) * reach, np.sin(angle) * reach
    affine = torch.tensor(
        [
            [2 * cos / width, -2 * sin / width, 2 * column / width - 1],
            [2 * sin / height, 2 * cos / height, 2 * row / height - 1],
        ],
        dtype=torch.float32,
    )
    grid = functional.affine_grid(affine[None], [1, 1, size, size], align_corners=False)
    picture = functional.grid_sample(
        example.picture[None], grid, padding_mode="reflection", align_corners=False
    )
    # One more than the class, so that the zeros beyond the edge become "not painted".
    classes = (example.mask + 1).float()[None, None]
    mask = functional.grid_sample(classes, grid, mode="nearest", align_corners=False)
    return picture[0], mask[0, 0].round().long() - 1


def turn(x: Tensor, mirrored: tuple[bool, bool], quarters: int) -> Tensor:
    """Mirror (top and bottom, left and right), then turn by quarters, the last two axes."""
    axes = [axis for axis, asked in zip((-2, -1), mirrored, strict=True) if asked]
    if axes:
        x = x.flip(axes)
    return torch.rot90(x, quarters, (-2, -1)) if quarters else x


def jitter_colour(crops: Tensor, share: float, random: np.random.Generator) -> Tensor:
    """Change brightness and contrast, of all channels together and a little of each.

    Parameters
    ----------
    crops : tensor, shape (b, c, h, w)
        Normalised: a channel's spread is about 1.
    share : float
        As ``AugmentationSettings.colour``.
    random : numpy generator
    """
    if share == 0.0:
        return crops
    size = (2, len(crops), crops.shape[1], 1, 1)
    together = random.uniform(-share, share, (2, len(crops), 1, 1, 1))
    each = random.uniform(-share / 3, share / 3, size)
    change = torch.from_numpy((together + each).astype(np.float32))
    return crops * (1 + change[0]) + change[1]
