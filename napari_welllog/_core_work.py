"""What the Core dock computes in another thread: columns, shifts, curves, crops."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from welllog.cores.columns import Column, ColumnsError, ColumnSettings, find_columns
from welllog.cores.core_curves import curves_of_measure
from welllog.cores.core_shift import ShiftSettings, ShiftSuggestion, suggest_shift
from welllog.cores.depth_strips import crop_at
from welllog.cores.pictures import open_picture, write_mask, write_picture
from welllog.cores.placement import Placement, spots_at
from welllog.cores.placement_files import read_placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from welllog.cores.classes import Classes
    from welllog.well import Well

Progress = Callable[[float, str], None]


class Photo(NamedTuple):
    """A photograph that was read, and the columns seen in it."""

    path: Path
    pixels: NDArray[Any]
    columns: tuple[Column, ...]
    said: str
    """What was changed in reading it, or why no column was found."""


class Crop(NamedTuple):
    """What a picture shows about a depth."""

    placement: Placement
    depth: float
    pixels: NDArray[Any]
    """Shape (rows, columns, channels)."""
    said: str


def read_photo(
    path: Path, placed: Placement | None, count: int, sideways: bool, progress: Progress
) -> Photo:
    """Read a photograph and find its columns; those of a placement are kept."""
    progress(0.0, f"reading {path.name}")
    pixels, remarks = open_picture(path)
    said = " ".join(remarks[:1])
    if placed is not None and placed.size == pixels.shape[:2]:
        return Photo(path, pixels, tuple(each.column for each in placed.columns), said)
    progress(0.5, "finding columns")
    columns, told = look_for_columns(pixels, count, sideways)
    return Photo(path, pixels, columns, told or said)


def look_for_columns(
    pixels: NDArray[Any], count: int, sideways: bool
) -> tuple[tuple[Column, ...], str]:
    """Return the columns in a photograph, and what is to be said where there are none."""
    try:
        return find_columns(pixels, ColumnSettings(count=count or None, sideways=sideways)), ""
    except ColumnsError as error:
        return (), str(error)


def suggest(
    well: Well, placements: Sequence[Placement], curve: str, reach: float, progress: Progress
) -> ShiftSuggestion:
    """Suggest how far pictures lie from a curve, by their brightness."""

    def read_and_tell(placement: Placement) -> NDArray[Any]:
        progress(placements.index(placement) / len(placements), placement.picture.name)
        return read_placed(placement)

    (light,) = curves_of_measure(well, placements, read_and_tell, "brightness")
    return suggest_shift(well.index, light.values, well.values(curve), ShiftSettings(reach=reach))


def crops_at(placements: Sequence[Placement], depth: float, height: float) -> list[Crop]:
    """Return what each picture shows about a depth, ``height`` from top to base."""
    crops = []
    for placement, spot in spots_at(placements, depth):
        pixels = crop_at(read_placed(placement), placement, depth, height)
        if pixels is not None:
            said = f"{placement.picture.name}, column {spot.column + 1}, row {spot.along:.0f}"
            crops.append(Crop(placement, depth, pixels, said))
    return crops


def save_labels(folder: Path, name: str, labels: NDArray[Any], classes: Classes) -> Path:
    """Write labels as a mask beside the pictures: 0 is unpainted, 1 the first class.

    One that was written before and is another now stays: the new one gets a number.
    """
    mask = np.asarray(labels).astype(np.int16) - 1
    first = folder / f"{name}.labels.png"
    part = first.with_name(f".{first.name}.part.png")
    try:
        write_mask(part, mask, classes)
        return _keep(part, first)
    finally:
        part.unlink(missing_ok=True)


def save_picture(folder: Path, name: str, pixels: NDArray[Any]) -> Path:
    """Write a picture that is in no file yet beside a well."""
    first = folder / f"{name}.png"
    part = first.with_name(f".{first.name}.part.png")
    try:
        write_picture(part, pixels)
        return _keep(part, first)
    finally:
        part.unlink(missing_ok=True)


def _keep(part: Path, first: Path) -> Path:
    """Give a file its name, or one with a number where another has that name."""
    path, number = first, 2
    while path.exists() and _hash(path) != _hash(part):
        path, number = first.with_name(f"{first.stem}_{number}{first.suffix}"), number + 1
    part.replace(path)
    return path


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
