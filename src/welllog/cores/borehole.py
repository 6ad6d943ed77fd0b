"""Borehole images as pictures: even on depth, nulls and dead sectors filled, contrast set.

The sectors are found and read by ``welllog.images``. What comes out can be segmented like a
photograph, and is placed on depth like one, so that labels become curves in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from welllog.cores.columns import box_column
from welllog.cores.placement import Placement, place_picture
from welllog.features import runs_of
from welllog.images import find_images, image_grid
from welllog.well import Well

__all__ = [
    "BoreholeError",
    "BoreholeImage",
    "ContrastSettings",
    "fill_image",
    "find_dead",
    "image_picture",
    "normalise_dynamic",
    "normalise_static",
    "place_borehole",
    "place_boreholes",
    "read_borehole",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

WIDEN = 8
"""Pixels across for each sector of a picture that somebody paints: sixteen would be too few."""


class BoreholeError(ValueError):
    """A borehole image that is not there, or cannot be made a picture as asked."""


@dataclass(frozen=True)
class BoreholeImage:
    """An image of the wall of the hole, even on depth."""

    name: str
    """As ``images.find_images`` names it: ``ABDC#M``."""
    curves: tuple[str, ...]
    """Own mnemonics of its sectors, from the first on."""
    unit: str
    depth: FloatArray
    """Shape (n,), increasing, even, in the unit of the well's index."""
    values: FloatArray
    """Shape (n, sectors); NaN is null."""
    azimuth: FloatArray
    """Shape (sectors,): degrees of each sector's middle, from ``reference``."""
    metres_per_unit: float
    reference: str = "top of hole"
    """What 0 degrees is; files seldom say, and an image in a steep hole may go from north."""

    @property
    def step(self) -> float:
        """Depth from row to row."""
        return float(self.depth[1] - self.depth[0])


@dataclass(frozen=True)
class ContrastSettings:
    """How an image becomes a picture."""

    mode: str = "static"
    """``static``: one scale for the whole image; ``dynamic``: the contrast of its surroundings."""
    window: float = 2.0
    """Length in metres of the surroundings, of ``dynamic``."""
    low: float = 2.0
    """Percentiles that become 0 and 1, of ``static``."""
    high: float = 98.0
    widen: int = 1
    """Pixels across for each sector: networks want more than sixteen."""

    def __post_init__(self) -> None:
        if self.mode not in ("static", "dynamic"):
            raise BoreholeError(f"mode {self.mode!r} is neither static nor dynamic")
        if not self.window > 0:
            raise BoreholeError(f"window is {self.window:g} m; it must be more than 0")
        if not 0 <= self.low < self.high <= 100:
            raise BoreholeError(f"percentiles {self.low:g} and {self.high:g} are none, low first")
        if self.widen < 1:
            raise BoreholeError(f"widen is {self.widen}; it is 1 or more")


def read_borehole(
    well: Well, name: str | None = None, *, first: float | None = None, clockwise: bool = True,
    reference: str = "top of hole",
) -> BoreholeImage:  # fmt: skip
    """Return a borehole image of a well.

    Parameters
    ----------
    well : Well
    name : str, optional
        ``ABDC#M``; by default the image with most sectors.
    first : float, optional
        Degrees of the middle of the first sector; by default half a sector, so that the image
        begins at 0.
    clockwise : bool
        Sectors are numbered clockwise, looking down the hole.
    reference : str
        What 0 degrees is.

    Raises
    ------
    BoreholeError
        There is no such image, or it has fewer than two rows.
    """
    images = find_images(well)
    found = next((each for each in images if name in (None, each.name)), None)
    if found is None:
        there = ", ".join(each.name for each in images) or "none"
        raise BoreholeError(f"well {well.name} has no borehole image {name or ''}; it has {there}")
    top, step, values = image_grid(well, found)
    if len(values) < 2:
        raise BoreholeError(f"image {found.name} of well {well.name} has {len(values)} rows")
    sectors = values.shape[1]
    begin = 180.0 / sectors if first is None else first
    turn = 360.0 / sectors * (1 if clockwise else -1)
    return BoreholeImage(
        found.name,
        found.curves,
        found.unit,
        np.asarray(top + step * np.arange(len(values)), dtype=np.float64),
        values,
        (begin + turn * np.arange(sectors)) % 360.0,
        well.metres_per_unit,
        reference,
    )


def find_dead(image: BoreholeImage, length: float = 1.0) -> BoolArray:
    """Say where sectors are dead, shape (n, sectors): null, or stuck at one value.

    A sector is stuck where it does not change over ``length`` (index units) while others do.
    """
    values = image.values
    dead = ~np.isfinite(values)
    rows = max(4, round(length / image.step))
    still = np.zeros(values.shape, dtype=np.bool_)
    still[1:] = np.diff(values, axis=0) == 0
    for sector in np.flatnonzero(still.any(axis=0)):
        for top, base in runs_of(still[:, sector]):
            others = np.delete(still[top:base], sector, axis=1)
            if base - top + 1 >= rows and others.mean() < 0.5:
                dead[top - 1 : base, sector] = True
    return dead


def fill_image(image: BoreholeImage, dead: BoolArray | None = None) -> tuple[FloatArray, BoolArray]:
    """Fill nulls and dead sectors from those beside them, around the hole.

    Parameters
    ----------
    image : BoreholeImage
    dead : array of bool, shape (n, sectors), optional
        By default ``find_dead``.

    Returns
    -------
    values : array, shape (n, sectors)
        A line across the missing sectors of a row; rows in which over half are missing are null.
    valid : array of bool, shape (n, sectors)
        True where measured.
    """
    dead = find_dead(image) if dead is None else dead
    valid = np.isfinite(image.values) & ~dead
    values = np.where(valid, image.values, np.nan)
    sectors = values.shape[1]
    count = valid.sum(axis=1)
    values[2 * count < sectors] = np.nan
    place = np.arange(sectors)
    for row in np.flatnonzero((2 * count >= sectors) & (count < sectors)):
        known = np.flatnonzero(valid[row])
        values[row] = np.interp(place, known, values[row, known], period=sectors)
    return values, valid


def normalise_static(values: FloatArray, low: float = 2.0, high: float = 98.0) -> FloatArray:
    """Return an image on a scale from 0 to 1 that is the same at all depths; NaN stays NaN."""
    known = values[np.isfinite(values)]
    if not known.size:
        raise BoreholeError("the image is all null; there is nothing to scale")
    ends = np.percentile(known, [low, high])
    span = max(float(ends[1] - ends[0]), 1e-12)
    return np.asarray(((values - ends[0]) / span).clip(0, 1))


def normalise_dynamic(values: FloatArray, rows: int) -> FloatArray:
    """Return an image whose contrast is that of its surroundings; NaN stays NaN.

    Each value less the mean of the ``rows`` about it, over their standard deviation; two
    deviations below are 0, two above 1. Thin beds in a monotonous interval come out, and levels
    cannot be compared over more than the window.
    """
    from scipy.ndimage import uniform_filter1d

    known = np.isfinite(values)
    if not known.any():
        raise BoreholeError("the image is all null; there is nothing to scale")
    centre = float(values[known].mean())  # keeps the sums of squares small
    plain = np.where(known, values - centre, 0.0)
    sums = np.stack([known.sum(axis=1) * 1.0, plain.sum(axis=1), (plain**2).sum(axis=1)])
    near = uniform_filter1d(sums, max(1, rows), axis=1, mode="constant")
    count = np.where(near[0] > 0, near[0], 1.0)
    mean = near[1] / count
    spread = np.sqrt(np.maximum(near[2] / count - mean**2, 0.0))
    floor = 1e-6 * max(float(values[known].std()), 1e-12)
    scaled = (values - centre - mean[:, None]) / np.maximum(spread, floor)[:, None]
    return np.asarray((0.5 + scaled / 4).clip(0, 1))


def image_picture(
    image: BoreholeImage, settings: ContrastSettings | None = None
) -> tuple[NDArray[np.float32], BoolArray]:
    """Return a borehole image as a picture that can be segmented.

    Returns
    -------
    picture : array, shape (n, sectors * widen, 1)
        0 to 1, each row at ``image.depth``; 0 where there is nothing.
    shown : array of bool, shape (n, sectors * widen)
        False where there is nothing: labels there do not count.
    """
    settings = settings or ContrastSettings()
    values, _ = fill_image(image)
    if settings.mode == "static":
        scaled = normalise_static(values, settings.low, settings.high)
    else:
        if not np.isfinite(image.metres_per_unit):
            raise BoreholeError(f"image {image.name}: its index is no depth, so no window fits")
        rows = round(settings.window / image.metres_per_unit / image.step)
        scaled = normalise_dynamic(values, rows)
    scaled = np.repeat(scaled, settings.widen, axis=1)
    shown = np.isfinite(scaled)
    return np.nan_to_num(scaled)[..., None].astype(np.float32), shown


def place_borehole(image: BoreholeImage, well: Well, widen: int = 1) -> Placement:
    """Return where the picture of a borehole image lies: a row for each depth.

    With it, labels of the picture become curves (``core_curves``) like those of core.
    """
    rows, across = len(image.depth), image.values.shape[1] * widen
    ties = (
        (0.0, float(image.depth[0] - image.step / 2)),
        (
            float(rows),
            float(image.depth[-1] + image.step / 2),
        ),
    )
    source = well.path or Path(f"{well.name}.las")
    return place_picture(
        source, (rows, across), [box_column(0, 0, across, rows)], ties=[ties],
        unit=well.index_unit,
    )  # fmt: skip


def place_boreholes(well: Well) -> dict[str, Placement]:
    """Return the name of each borehole image of a well, and where its picture lies.

    The pictures are those of ``image_picture`` with ``widen=WIDEN``.
    """
    names = [image.name for image in find_images(well)]
    return {name: place_borehole(read_borehole(well, name), well, WIDEN) for name in names}
