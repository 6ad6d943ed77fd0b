"""Placements kept beside their well, in ``WELL.cores.json``: numbers alone, no picture.

A picture is named by where it is seen from the side-car and by its hash, so that one that has
moved with its well is found and one that has changed is told.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from welllog import __version__
from welllog.cores.columns import Column
from welllog.cores.depth_strips import check_size
from welllog.cores.placement import (
    PlacedColumn,
    Placement,
    PlacementError,
    file_sha256,
    in_unit_of,
)
from welllog.mnemonics import catalogue
from welllog.well import Well

__all__ = [
    "PlacementFileError",
    "add_placement",
    "check_picture",
    "copy_placements",
    "cores_path",
    "describe_placement",
    "read_placed",
    "read_placement",
    "read_placements",
    "with_cores",
    "write_placements",
]

FORMAT = 1
_LARGEST = 20_000_000
_ENDINGS = (".gz", ".xz", ".las", ".csv", ".txt")


class PlacementFileError(ValueError):
    """A side-car of placements that cannot be read, or a picture that is not what it was."""


def cores_path(well: str | Path) -> Path:
    """Return where the placements of a well's file are kept: ``A.las.gz`` -> ``A.cores.json``."""
    path = Path(well)
    name = path.name
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return path.with_name(f"{name}.cores.json")


def read_placements(path: str | Path) -> list[Placement]:
    """Read the placements of a well, from the shallowest to the deepest.

    Parameters
    ----------
    path : str or Path
        The side-car. Pictures are looked for where they were seen from it, where they were, and
        beside it; one that is not there keeps the path it had (`check_picture` tells).

    Raises
    ------
    PlacementFileError
        The file is missing, none, or says what cannot be.
    """
    path = Path(path)
    advice = "name a .cores.json that welllog wrote (welllog core-place)"
    try:
        if path.stat().st_size > _LARGEST:
            raise PlacementFileError(f"{path}: is too large for a side-car of cores; {advice}")
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlacementFileError(f"{path}: cannot be read ({error.strerror}); {advice}") from None
    except (ValueError, RecursionError):  # no JSON, or no text
        raise PlacementFileError(f"{path}: is no JSON; {advice}") from None
    if not isinstance(said, dict) or not isinstance(said.get("pictures"), list):
        raise PlacementFileError(f"{path}: is no side-car of cores; {advice}")
    if said.get("format") != FORMAT:
        raise PlacementFileError(
            f"{path}: is of format {said.get('format')!r}, this welllog reads {FORMAT}; use the "
            f"version that wrote it ({said.get('welllog', 'unknown')}) or a newer one"
        )
    placements = []
    for number, entry in enumerate(said["pictures"], 1):
        try:
            placements.append(read_placement(entry, path.parent))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise PlacementFileError(f"{path}: picture {number}: {what}") from None
    return sorted(placements, key=lambda placement: placement.top)


def write_placements(path: str | Path, placements: Sequence[Placement], well: str = "") -> Path:
    """Write the placements of a well, in place of those that were there only when all is written.

    Parameters
    ----------
    path : str or Path
        The side-car, as ``cores_path`` names it.
    placements : sequence of Placement
    well : str
        Name of the well, for whoever reads the file.

    Raises
    ------
    PlacementFileError
        The file cannot be written; one that was there is left as it was.
    """
    path = Path(path)
    said = {
        "welllog": __version__,
        "format": FORMAT,
        "well": well,
        "pictures": [describe_placement(each, path.parent) for each in placements],
    }
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(json.dumps(said, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise PlacementFileError(
            f"{path}: cannot be written: {error.strerror or error}; choose another folder"
        ) from None
    finally:
        try:
            part.unlink(missing_ok=True)
        except OSError:
            pass  # the folder that refused the file refuses this too
    return path


def add_placement(placements: Sequence[Placement], placement: Placement) -> list[Placement]:
    """Return placements with one more, which takes the place of an earlier one of its picture.

    Two pictures may show the same depths: plain and ultraviolet light, or two cuts of a core.
    """
    same = placement.picture.resolve()
    kept = [each for each in placements if each.picture.resolve() != same]
    return sorted([*kept, placement], key=lambda each: each.top)


def copy_placements(well: Well, path: str | Path) -> Path | None:
    """Place the pictures of a well's file beside another file that it was written to.

    What is placed beside that one already stays, but for the same pictures. Pictures themselves
    are not copied.

    Parameters
    ----------
    well : Well
    path : str or Path
        The file that was written.

    Returns
    -------
    Path or None
        The side-car that was written; None where nothing is placed beside the well.

    Raises
    ------
    PlacementFileError
        A side-car cannot be read or written; what was written before stays.
    """
    source = cores_path(well.path) if well.path is not None else None
    target = cores_path(path)
    if source is None or not source.is_file() or source.resolve() == target.resolve():
        return None
    placements = read_placements(target) if target.is_file() else []
    for placement in read_placements(source):
        placements = add_placement(placements, placement)
    return write_placements(target, placements, well.name)


def with_cores(well: Well, path: str | Path | None = None) -> Well:
    """Return a well with the pictures of core that are placed beside its file.

    Parameters
    ----------
    well : Well
        It is not changed.
    path : str or Path, optional
        The side-car; by default the one that ``cores_path`` names, and none is no error.

    Raises
    ------
    PlacementFileError, PlacementError
        The side-car cannot be read, or a picture does not lie in the well.
    """
    if path is None:
        if well.path is None or not cores_path(well.path).is_file():
            return well
        path = cores_path(well.path)
    result = well.copy()
    result.cores = [in_unit_of(placement, well) for placement in read_placements(path)]
    return result


def read_placed(placement: Placement) -> NDArray[Any]:
    """Return the picture of a placement, shape (rows, columns, channels), if it is the one placed.

    Raises
    ------
    PlacementFileError
        It is not there, has changed, or cannot be read.
    """
    from welllog.cores.pictures import read_picture

    wrong = check_picture(placement)
    if wrong:
        raise PlacementFileError(wrong)
    picture = read_picture(placement.picture)
    check_size(picture, placement)
    return picture


def check_picture(placement: Placement) -> str | None:
    """Say in one line what is wrong with the picture of a placement; None where it is the same."""
    picture = placement.picture
    if not picture.is_file():
        return (
            f"{picture} is not there any more: put it back, or beside the side-car of its placement"
        )
    if placement.sha256 and file_sha256(picture) != placement.sha256:
        return (
            f"{picture} is not the picture that was placed: it has changed since; place it again, "
            "or bring the old one back"
        )
    return None


def describe_placement(placement: Placement, folder: Path | None = None) -> dict[str, Any]:
    """Return a placement as JSON holds it; ``folder`` is that of the side-car."""
    picture = placement.picture.resolve()
    said: dict[str, Any] = {"path": str(picture)}
    if folder is not None:
        said["near"] = _relative(picture, folder.resolve())
    return {
        **said,
        "sha256": placement.sha256,
        "size": list(placement.size),
        "unit": placement.unit,
        "shift": placement.shift,
        "note": placement.note,
        "columns": [
            {
                "corners": [list(corner) for corner in placed.column.corners],
                "pieces": [list(piece) for piece in placed.column.pieces],
                "ties": [list(tie) for tie in placed.ties],
            }
            for placed in placement.columns
        ],
    }


def read_placement(said: Mapping[str, Any], folder: Path | None = None) -> Placement:
    """Return the placement that ``describe_placement`` described.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        It says something else.
    """
    path = Path(str(said["path"]))
    places = [path]
    if folder is not None:
        near = [folder / str(said["near"])] if said.get("near") else []
        places = [*near, path, folder / path.name]
    picture = next((place.resolve() for place in places if place.is_file()), path)
    rows, columns = (int(number) for number in said["size"])
    unit = str(said["unit"])
    if catalogue().factor(unit, "m") is None:
        raise PlacementError(f"unit {unit!r} of depth is not known")
    placed = tuple(
        PlacedColumn(
            Column(_points(each["corners"]), _points(each.get("pieces", []))),  # type: ignore[arg-type]
            _points(each["ties"]),
        )
        for each in said["columns"]
    )
    return Placement(
        picture, (rows, columns), placed, unit, float(said.get("shift", 0.0)),
        str(said.get("sha256", "")), str(said.get("note", "")),
    )  # fmt: skip


def _points(pairs: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(first), float(second)) for first, second in pairs)


def _relative(file: Path, folder: Path) -> str:
    """Return where a file is, seen from a folder; its name where that is on another drive."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:
        return file.name
