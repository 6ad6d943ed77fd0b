"""Curves of core made of files, and made again from the record of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.core_curves import (
    CoreCurve,
    CurveSettings,
    Fetch,
    add_core_curves,
    average_rows,
    curves_of_measure,
    shares_in,
)
from welllog.cores.core_zones import find_core_zones
from welllog.cores.placement import Placement, PlacementError, file_sha256
from welllog.cores.placement_files import read_placed, read_placement
from welllog.progress import Progress, part_of
from welllog.well import Well

__all__ = [
    "ACTION",
    "CoreSource",
    "apply_core_record",
    "make_core_curves",
    "recall_core_curves",
    "say_what_is_gone",
]

ACTION = "core curve"


@dataclass(frozen=True)
class CoreSource:
    """What curves of core are made of: measures of the pictures, or classes of their pixels."""

    measures: tuple[str, ...] = ()
    """Of ``row_measures.MEASURES``."""
    labels: tuple[Path, ...] = ()
    """One file for each picture, in the order of their depths; a pixel's number is its class."""
    classes: tuple[str, ...] = ()
    """Names of the classes, that of number 0 first."""
    left_out: tuple[str, ...] = ()
    """Classes that are no rock."""
    said: str = ""
    """By what the labels were made, for the curves' descriptions."""
    model: Path | None = None
    """File of a fitted segmenter that tells the classes, instead of labels."""

    def __post_init__(self) -> None:
        if bool(self.measures) + bool(self.labels) + bool(self.model) != 1:
            raise PlacementError(
                "name measures of the pictures, labels of them or a model, one of the three"
            )
        if self.model and self.classes:
            raise PlacementError("a model has its own classes; leave the names out")
        if self.labels and not self.classes:
            raise PlacementError("labels are given and no classes; name them, that of 0 first")


def make_core_curves(
    well: Well,
    placements: Sequence[Placement],
    source: CoreSource,
    settings: CurveSettings | None = None,
    *,
    thickness: float | None = None,
    user: str | None = None,
    progress: Progress | None = None,
) -> Well:
    """Return the well with curves of its core, made of files.

    Parameters
    ----------
    well : Well
    placements : sequence of Placement
        Of the pictures, which are read and must be those that were placed.
    source : CoreSource
    settings : CurveSettings, optional
    thickness : float, optional
        Of classes, also add zones of the class that most is of, at least so thick (index units).
    user : str, optional
    progress : callable, optional
        Called while a model looks at the pictures; what it raises stops the work.

    Raises
    ------
    PlacementError, PlacementFileError
        A picture or its labels do not fit, or lie outside the well.
    SegmenterFileError, SegmenterError
        The model cannot be read, or tells pictures of another kind.
    """
    placements = sorted(placements, key=lambda placement: placement.top)
    said: dict[str, Any] = {"said": source.said} if source.said else {}
    zones = []
    if source.measures:
        curves: list[CoreCurve] = []
        for measure in source.measures:
            curves += curves_of_measure(well, placements, read_placed, measure, settings)
        said |= {"measures": list(source.measures)}
    else:
        fetch, classes, told = (
            _by_model(source.model, placements, source.left_out, progress)
            if source.model
            else _by_labels(source, placements)
        )
        shares = shares_in(well, placements, fetch, classes, source.left_out)
        curves = [average_rows(share, well, settings) for share in shares]
        if thickness is not None:
            kept = [name for name in classes if name not in source.left_out]
            zones = find_core_zones(shares, kept, thickness)
        said |= {**told, "classes": list(classes), "left_out": list(source.left_out)}
    result = add_core_curves(well, curves, placements, source=said, settings=settings, user=user)
    result.zones += zones
    return result


Classified = tuple[Fetch, tuple[str, ...], dict[str, Any]]
"""What tells the classes of a picture's pixels; their names; what is said of it in the record."""


def _by_labels(source: CoreSource, placements: Sequence[Placement]) -> Classified:
    from welllog.cores.pictures import read_mask

    if len(source.labels) != len(placements):
        raise PlacementError(
            f"{len(source.labels)} files of labels for {len(placements)} pictures; give one "
            "for each, from the shallowest picture to the deepest"
        )
    files = dict(zip((each.picture for each in placements), source.labels, strict=True))
    said = [{"path": str(path.resolve()), "sha256": file_sha256(path)} for path in source.labels]
    return lambda each: read_mask(files[each.picture]), source.classes, {"labels": said}


def _by_model(
    model: Path,
    placements: Sequence[Placement],
    left_out: Sequence[str],
    progress: Progress | None,
) -> Classified:
    from welllog.cores.segmenter_files import load_segmenter
    from welllog.cores.segmenters import SegmenterError
    from welllog.cores.tiles import segment

    segmenter = load_segmenter(model)
    names = segmenter.classes.names
    for name in left_out:  # told before minutes of work, not after
        if name not in names:
            raise PlacementError(f"{name} is no class of {model}; classes are {', '.join(names)}")
    count, begun = len(placements), iter(range(len(placements)))

    def fetch(placement: Placement) -> NDArray[np.int16]:
        number = next(begun)
        part = part_of(progress, number / count, (number + 1) / count)
        try:
            return segment(segmenter, read_placed(placement), progress=part)
        except SegmenterError as error:
            raise SegmenterError(f"{placement.picture}: {error}") from None

    said = {"path": str(model.resolve()), "sha256": file_sha256(model)}
    return fetch, names, {"model": said}


def apply_core_record(
    well: Well, record: Mapping[str, Any], *, folder: Path | None = None, user: str | None = None
) -> Well:
    """Make again the curves that a record of core tells of.

    Parameters
    ----------
    well : Well
    record : mapping
    folder : Path, optional
        Files that are not where they were are looked for here.
    user : str, optional

    Raises
    ------
    PlacementError, PlacementFileError
        The record is none, or a file of it is not what it was.
    """
    try:
        placements = [read_placement(said, folder) for said in record["pictures"]]
        said = record["source"]
        labels = [(_find(each["path"], folder), each["sha256"]) for each in said.get("labels", [])]
        told = said.get("model")
        model = (_find(told["path"], folder), told["sha256"]) if told else None
        settings = CurveSettings(**{str(k): float(v) for k, v in record["settings"].items()})
        source = CoreSource(
            tuple(str(each) for each in said.get("measures", [])),
            tuple(path for path, _ in labels),
            () if model else tuple(str(each) for each in said.get("classes", [])),
            tuple(str(each) for each in said.get("left_out", [])),
            str(said.get("said", "")),
            model[0] if model else None,
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise PlacementError(f"the record of core does not say what it needs: {error}") from None
    for path, recorded in labels:
        if not path.is_file() or file_sha256(path) != recorded:
            raise PlacementError(f"{path} is not the file of labels that was used; bring it back")
    if model and (not model[0].is_file() or file_sha256(model[0]) != model[1]):
        raise PlacementError(f"{model[0]} is not the model that was used; bring it back")
    return make_core_curves(well, placements, source, settings, user=user)


def recall_core_curves(
    well: Well, record: Mapping[str, Any], kept: Mapping[str, Mapping[str, Any]]
) -> Well:
    """Return the well with the curves that a record tells of, as they were kept.

    Parameters
    ----------
    well : Well
    record : mapping
    kept : mapping
        Of the curves that were made, their ``values`` (array, shape (n,)), ``unit`` and
        ``description``; one that is not there is null.
    """
    result = well.copy()
    for name in record["made"]:
        said = kept.get(str(name), {})
        values = said.get("values", np.full(len(well.index), np.nan))
        result.add_curve(
            str(name), values, unit=str(said.get("unit", "")),
            description=str(said.get("description", "")),
        )  # fmt: skip
    result.history.append(dict(record))
    return result


def say_what_is_gone(record: Mapping[str, Any], folder: Path | None = None) -> str:
    """Say which files of a record are not there, and where they were looked for."""
    files = [*record["pictures"], *record["source"].get("labels", [])]
    gone = [Path(str(each["path"])) for each in files if not _find(each["path"], folder).is_file()]
    beside = f" or in {folder}" if folder is not None else ""
    return "; ".join(f"{path.name} is not in {path.parent}{beside}" for path in gone)


def _find(path: str, folder: Path | None) -> Path:
    places = [Path(path), *([folder / Path(path).name] if folder is not None else [])]
    return next((place for place in places if place.is_file()), places[0])
