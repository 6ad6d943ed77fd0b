"""Borehole images that a file holds as one curve for each sector around the hole."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from welllog.well import Well

__all__ = ["SectorImage", "find_images", "image_grid", "image_values"]

_FEWEST = 8
"""Fewer numbered curves than this are readings, not sectors."""
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")


@dataclass(frozen=True)
class SectorImage:
    """Curves that go once round the hole."""

    name: str
    """What the curves share of their mnemonics, ``ABDC#M``."""
    curves: tuple[str, ...]
    """Own mnemonics in the order of their numbers."""
    unit: str
    low: float
    """Values at the two ends of the colours: 2nd and 98th percentile of the image."""
    high: float


def find_images(well: Well) -> list[SectorImage]:
    """Return the images of a well, those with most sectors first.

    An image is eight or more curves whose mnemonics differ in a number alone, which counts up from
    0 or 1 without a break to a multiple of four curves, in one unit and not all null.
    """
    families: dict[tuple[str, str], dict[int, str]] = {}
    for own in well.curves:
        named = _NUMBERED.fullmatch(own)
        if named:
            families.setdefault((named[1], named[3]), {})[int(named[2])] = own
    images = []
    for (before, after), members in families.items():
        numbers = sorted(members)
        counted = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        if len(numbers) < _FEWEST or len(numbers) % 4 or numbers[0] > 1 or not counted:
            continue
        curves = tuple(members[number] for number in numbers)
        units = {(well.curves[own].units or "").strip() for own in curves}
        values = np.column_stack([well.values(own) for own in curves])
        values = values[np.isfinite(values)]
        if len(units) > 1 or not values.size:
            continue
        low, high = np.percentile(values, [2, 98])
        if not high > low:
            low, high = low - 0.5, high + 0.5
        name = f"{before}#{after}"
        images.append(SectorImage(name, curves, units.pop(), float(low), float(high)))
    return sorted(images, key=lambda image: -len(image.curves))


def image_values(well: Well, image: SectorImage) -> NDArray[np.float64]:
    """Return an image, shape (n, sectors), in the unit of its curves; NaN is null."""
    return np.column_stack([well.values(own) for own in image.curves])


def image_grid(well: Well, image: SectorImage) -> tuple[float, float, NDArray[np.float64]]:
    """Return an image on even depths, for whoever can draw no other: top, step, (n, sectors).

    An index that is even already is kept, turned where it runs upwards; on another each row is
    that of the nearest sample, null where that is more than a step away.
    """
    order = np.argsort(well.index, kind="stable")
    depth, values = well.index[order], image_values(well, image)[order]
    if len(depth) < 2:
        return float(depth[0]) if len(depth) else 0.0, 1.0, values
    step = well.step
    rows = round((depth[-1] - depth[0]) / step) + 1
    if rows == len(depth) and np.allclose(depth, depth[0] + step * np.arange(rows), atol=step / 2):
        return float(depth[0]), float((depth[-1] - depth[0]) / (rows - 1)), values
    even = depth[0] + step * np.arange(rows)
    after = np.clip(np.searchsorted(depth, even), 1, len(depth) - 1)
    nearest = np.where(even - depth[after - 1] < depth[after] - even, after - 1, after)
    grid = values[nearest]
    grid[np.abs(depth[nearest] - even) > step] = np.nan
    return float(depth[0]), float(step), grid
