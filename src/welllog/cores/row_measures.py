"""What a picture of core says row by row: shares of classes, colour, texture, cracks.

A measure has a value for each row of pixels, at its depth, and says how many pixels stand behind
it. ``core_curves`` brings it to the index of a well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.columns import Column
from welllog.cores.depth_strips import check_size, straight_parts
from welllog.cores.placement import PlacedColumn, Placement, PlacementError

__all__ = [
    "MEASURES",
    "RowMeasure",
    "find_cracks",
    "join_measures",
    "measure_rows",
    "share_rows",
    "spell_class",
]

FloatArray = NDArray[np.float64]
Values = Callable[[NDArray[Any]], tuple[FloatArray, FloatArray]]
"""Pixels of some rows to values, shape (rows, width, k), and what each pixel counts."""

UNLABELLED = 255
"""In files; in memory -1."""
_THIN = 48
"""Lines of pixels that the lengths of correlation are taken from, at most, each way."""
_LETTERS = 24
"""Longest name of a class in a mnemonic."""
_CRACK_WIDTH = 200
"""Cracks are looked for in a column so wide, in pixels."""


@dataclass(frozen=True)
class RowMeasure:
    """One quantity at each row of pixels, from the shallowest to the deepest."""

    mnemonic: str
    """Of the curve it becomes."""
    unit: str
    what: str
    """In words, for the curve's description."""
    top: FloatArray
    """Shape (n,): where each row of pixels begins, in the unit of the placement."""
    base: FloatArray
    values: FloatArray
    """Shape (n,): mean over the row's pixels; 0 where none counts. Of events 1 where one lies."""
    squares: FloatArray
    """Shape (n,): mean of the pixels' squares."""
    weight: FloatArray
    """Shape (n,): how many pixels count; 0 in gaps."""
    full: FloatArray
    """Shape (n,): how many pixels the row has."""
    patch: float = 1.0
    """Pixels that say the same: the product of the lengths of correlation both ways."""
    events: bool = False
    """The values become a number of events for each metre instead of a mean."""


def share_rows(
    labels: NDArray[Any], placement: Placement, names: Sequence[str], left_out: Sequence[str] = ()
) -> list[RowMeasure]:
    """Return the share of each class in each row of the core.

    Parameters
    ----------
    labels : array, shape (rows, columns) or (rows, columns, classes)
        Numbers of classes, 0 to K - 1, in a picture of the placement's size (-1 and 255 are no
        class and do not count); or the probability of each class, which then counts instead of
        the likeliest one.
    placement : Placement
    names : sequence of str
        Of the K classes, in their order.
    left_out : sequence of str
        Classes that are no rock: their pixels do not count, and the shares of the others are of
        what is left.

    Raises
    ------
    PlacementError
        The array has another size, or the names are not those of its classes.
    """
    check_size(labels, placement)
    names = list(names)
    likely = labels.ndim == 3
    unknown = [name for name in left_out if name not in names]
    if unknown:
        raise PlacementError(f"{unknown[0]} is no class; classes are {', '.join(names)}")
    found = labels.shape[2] if likely else _highest(labels) + 1
    if found > len(names) or (likely and found != len(names)):
        raise PlacementError(
            f"{found} classes in the labels and {len(names)} names ({', '.join(names) or 'none'}); "
            "name each class, from that of number 0 on"
        )
    kept = [i for i, name in enumerate(names) if name not in left_out]
    mnemonics = [f"CORE_F_{spell_class(names[i])}" for i in kept]
    if not kept or len(set(mnemonics)) < len(kept):
        raise PlacementError(
            f"classes {', '.join(names)}: each one needs a name of its own in letters and digits, "
            "and one at least is not left out"
        )

    def values(pixels: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
        if likely:
            chance = np.nan_to_num(pixels[..., kept].astype(np.float64)).clip(0, 1)
        else:
            chance = (pixels[..., None] == np.array(kept)).astype(np.float64)
        # A pixel counts as far as it is one of the classes that are not left out.
        weight = chance.sum(axis=2)
        return chance / np.where(weight > 0, weight, 1.0)[..., None], weight

    made = _gather(labels, placement, values, len(kept))
    return [
        replace(each, mnemonic=mnemonic, unit="v/v", what=f"share of {names[i]}",
                squares=each.values)
        for each, mnemonic, i in zip(made, mnemonics, kept, strict=True)
    ]  # fmt: skip


def measure_rows(picture: NDArray[Any], placement: Placement, measure: str) -> list[RowMeasure]:
    """Return a measure of the picture itself in each row of the core: one of ``MEASURES``.

    Raises
    ------
    PlacementError
        The picture has another size, the measure is not known, or it wants colours.
    """
    check_size(picture, placement)
    if measure not in MEASURES:
        raise PlacementError(f"measure {measure!r} is none of {', '.join(MEASURES)}")
    mnemonic, unit, what = MEASURES[measure]
    if measure == "cracks":
        made = [_crack_rows(picture, placement)]
    elif measure == "redness":
        if picture.ndim != 3 or picture.shape[2] < 3:
            raise PlacementError(f"{placement.picture.name} has no colours: redness needs them")
        made = _gather(picture, placement, _redness, 1)
    else:
        made = _gather(picture, placement, _texture if measure == "texture" else _brightness, 1)
    return [replace(each, mnemonic=mnemonic, unit=unit, what=what) for each in made]


MEASURES = {
    "brightness": ("CORE_BRIGHT", "v/v", "brightness"),
    "redness": ("CORE_RED", "v/v", "red less blue, of all light"),
    "texture": ("CORE_TEXT", "v/v", "contrast of grains, a proxy of their size"),
    "cracks": ("CORE_CRACKS", "1/m", "cracks across the core, natural or not"),
}
"""Mnemonic, unit and meaning of each measure of a picture.

``brightness`` is the mean of red, green and blue, 0 black to 1 white. ``redness`` is (red - blue) /
(red + green + blue). ``texture`` is the contrast of neighbouring pixels, |difference| over mean
brightness: it rises where grains are large enough to be seen and is no size in millimetres.
"""


def join_measures(parts: Sequence[RowMeasure]) -> RowMeasure:
    """Return one measure of those of several pictures.

    Raises
    ------
    PlacementError
        Pictures overlap in depth.
    """
    parts = sorted(parts, key=lambda part: part.top[0])
    for above, below in zip(parts[:-1], parts[1:], strict=True):
        if below.top[0] < above.base[-1] - 2 * (above.base[-1] - above.top[-1]):
            raise PlacementError(
                f"two pictures show the core at {below.top[0]:.3f}; name one of them"
            )
    joined: dict[str, Any] = {
        each.name: np.concatenate([getattr(part, each.name) for part in parts])
        for each in fields(RowMeasure)
        if isinstance(getattr(parts[0], each.name), np.ndarray)
    }
    return replace(parts[0], **joined, patch=float(np.mean([part.patch for part in parts])))


def spell_class(name: str) -> str:
    """Return the name of a class as it stands in a mnemonic: capitals, digits, underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")[:_LETTERS] or "CLASS"


def find_cracks(picture: NDArray[Any], column: Column) -> FloatArray:
    """Return where cracks cross a column, in its rows: dark, thin, from side to side.

    They may be slanted by up to the core's width. A morphological black-hat along depth keeps what
    is thin and dark; of its connected parts those that span most of the width count. Whether
    nature or the coring made a crack it does not tell.
    """
    from scipy import ndimage

    factor = max(1, round(column.width) // _CRACK_WIDTH)
    light = np.concatenate(
        [_shrunk(_light(part), factor) for _, part in straight_parts(picture, column)]
    )
    if min(light.shape) < 8:
        return np.empty(0)
    thick = 2 * max(2, light.shape[1] // 24) + 1
    dark = ndimage.grey_closing(light, size=(thick, 1)) - light
    level = ndimage.uniform_filter1d(np.median(light, axis=1), 4 * thick)[:, None]
    marked = ndimage.binary_closing(dark > 0.3 * level, np.ones((3, 7)))
    parts, count = ndimage.label(marked, np.ones((3, 3)))
    rows = []
    for where in ndimage.find_objects(parts, count):
        down, across = where[0], where[1]
        spans = across.stop - across.start >= 0.7 * light.shape[1]
        if spans and down.stop - down.start <= light.shape[1]:
            rows.append((down.start + down.stop) / 2 * factor * column.length / _rows(column))
    kept = np.array(sorted(rows))
    return kept[column.rock(kept)]


def _crack_rows(picture: NDArray[Any], placement: Placement) -> RowMeasure:
    """Return 1 in each row of pixels where a crack crosses the core."""
    (measure,) = _gather(
        picture, placement, lambda part: (_light(part)[..., None] * 0, _ones(part)), 1
    )
    values = measure.values * 0
    for number, placed in enumerate(placement.columns):
        depths = placement.depth(number, find_cracks(picture, placed.column))
        rows = np.searchsorted(measure.base, depths)
        values[np.clip(rows, 0, len(values) - 1)] = 1.0
    return replace(measure, values=values, squares=values, events=True)


def _gather(
    array: NDArray[Any], placement: Placement, values: Values, count: int
) -> list[RowMeasure]:
    """Return ``count`` measures of all columns; the array is gone through once."""
    columns = [
        _gather_column(array, number, placement, values) for number in range(len(placement.columns))
    ]
    top, base, mean, square, weight, full = (
        np.concatenate(each) for each in zip(*(column[:6] for column in columns), strict=True)
    )
    patches = np.mean([column[6] for column in columns], axis=0)
    return [
        RowMeasure("", "", "", top, base, mean[:, i], square[:, i], weight, full, float(patches[i]))
        for i in range(count)
    ]


def _gather_column(
    array: NDArray[Any], number: int, placement: Placement, values: Values
) -> tuple[Any, ...]:
    placed: PlacedColumn = placement.columns[number]
    size = _rows(placed.column)
    edges = placement.depth(number, np.linspace(0, placed.column.length, size + 1))
    rock = placed.column.rock((np.arange(size) + 0.5) * placed.column.length / size)
    means, squares, weights, downs, acrosses = [], [], [], [], []
    every = max(1, size // _THIN)
    for first, part in straight_parts(array, placed.column):
        found, weight = values(part)
        weight = weight * rock[first : first + len(part), None]
        total = weight.sum(axis=1)
        share = weight[..., None] / np.where(total > 0, total, 1.0)[:, None, None]
        means.append((found * share).sum(axis=1))
        squares.append((found**2 * share).sum(axis=1))
        weights.append(total)
        off = np.where(weight[..., None] > 0, found - means[-1][:, None], 0.0)
        downs.append(off[:, :: max(1, off.shape[1] // _THIN)].astype(np.float32))
        acrosses.append(off[-first % every :: every].astype(np.float32))
    # What differs from the row's mean: layers are seen as such, and are no error of the curve.
    along = _correlation_length(np.concatenate(downs))
    across = _correlation_length(np.swapaxes(np.concatenate(acrosses), 0, 1))
    width = np.full(size, float(round(placed.column.width)))
    return (
        edges[:-1], edges[1:], np.concatenate(means), np.concatenate(squares),
        np.concatenate(weights), width, along * across,
    )  # fmt: skip


def _correlation_length(series: NDArray[np.float32]) -> FloatArray:
    """Return the integral length of correlation along axis 0, in samples; shape (k,).

    The sum of the autocorrelation on both sides, up to where it has fallen to 0.05: so many
    samples that hang together say as much as one that stands alone.
    """
    n = len(series)
    spectrum = np.abs(np.fft.rfft(series, 2 * n, axis=0)) ** 2
    moments = np.fft.irfft(spectrum.sum(axis=1), 2 * n, axis=0)[:n]
    lengths = np.ones(series.shape[2])
    for i in np.flatnonzero(moments[0] > 1e-12):
        ratio = moments[:, i] / moments[0, i] * n / np.arange(n, 0, -1)
        low = np.flatnonzero(ratio < 0.05)
        lengths[i] = 1 + 2 * ratio[1 : low[0] if len(low) else n].sum()
    return np.clip(lengths, 1.0, n)


def _brightness(pixels: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    return _light(pixels)[..., None], _ones(pixels)


def _redness(pixels: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    red, green, blue = (pixels[..., i].astype(np.float64) for i in range(3))
    light = red + green + blue
    return ((red - blue) / np.where(light > 0, light, 1.0))[..., None], (light > 0).astype(float)


def _texture(pixels: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    light = _light(pixels)
    step = np.abs(np.diff(light, axis=1, append=light[:, -1:]))
    level = np.median(light, axis=1, keepdims=True)
    return (step / np.where(level > 0, level, 1.0))[..., None], _ones(pixels)


def _light(pixels: NDArray[Any]) -> FloatArray:
    """Return brightness from 0 to 1, shape (rows, width)."""
    grey = pixels[..., :3].mean(axis=2, dtype=np.float64) if pixels.ndim == 3 else pixels * 1.0
    if np.issubdtype(pixels.dtype, np.integer):
        grey = grey / np.iinfo(pixels.dtype).max
    return np.asarray(np.nan_to_num(grey), dtype=np.float64)


def _ones(pixels: NDArray[Any]) -> FloatArray:
    return np.ones(pixels.shape[:2])


def _shrunk(light: FloatArray, factor: int) -> FloatArray:
    rows, columns = light.shape[0] // factor, light.shape[1] // factor
    cut = light[: rows * factor, : columns * factor]
    return np.asarray(cut.reshape(rows, factor, columns, factor).mean(axis=(1, 3)))


def _rows(column: Column) -> int:
    return round(column.length)


def _highest(labels: NDArray[Any]) -> int:
    highest = -1
    for first in range(0, len(labels), 1024):  # a part at a time: labels may be large
        part = labels[first : first + 1024]
        known = part[part != UNLABELLED]
        highest = max(highest, int(known.max()) if known.size else -1)
    return highest
