"""The side-car of placed pictures of a well: written at once, each change undone by one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from welllog.cores.placement import Placement, PlacementError, in_unit_of, unit_ratio
from welllog.cores.placement_files import (
    add_placement,
    cores_path,
    read_placements,
    write_placements,
)

if TYPE_CHECKING:
    from welllog.well import Well


@dataclass(frozen=True)
class _Step:
    path: Path
    label: str
    before: bytes | None
    """What was in the side-car; None where there was none."""
    after: bytes | None


class CoreShelf:
    """Reads and changes the side-cars of wells.

    Each change reads the side-car anew, so that what another program has put there stays.
    """

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._undone: list[_Step] = []

    @property
    def undo_label(self) -> str:
        """What undo would take back, nothing where there is nothing."""
        return self._steps[-1].label if self._steps else ""

    @property
    def redo_label(self) -> str:
        """What redo would do again, nothing where there is nothing."""
        return self._undone[-1].label if self._undone else ""

    @property
    def done(self) -> int:
        """How many changes can be taken back."""
        return len(self._steps)

    @property
    def undone(self) -> int:
        """How many changes can be done again."""
        return len(self._undone)

    def path_of(self, well: Well) -> Path:
        """Return the side-car of a well.

        Raises
        ------
        PlacementError
            The well was not read from a file.
        """
        if well.path is None:
            raise PlacementError(
                f"well {well.name} is in no file, and its core is kept beside one; save it as LAS "
                "and open that"
            )
        return cores_path(well.path)

    def read(self, well: Well) -> list[Placement]:
        """Return the placements beside a well, in their own unit."""
        path = self.path_of(well)
        return read_placements(path) if path.is_file() else []

    def put(self, well: Well, placement: Placement) -> None:
        """Place a picture, instead of as it was placed before."""
        in_unit_of(placement, well)
        self._change(
            well, f"Place {placement.picture.name}", lambda placed: add_placement(placed, placement)
        )

    def remove(self, well: Well, names: Sequence[str]) -> None:
        """Take pictures away; their files stay."""
        self._change(
            well,
            f"Remove {', '.join(names)}",
            lambda placed: [each for each in placed if each.picture.name not in names],
        )

    def shift(self, well: Well, names: Sequence[str], further: float) -> None:
        """Move pictures down by a distance in the unit of the well's index."""

        def change(placed: list[Placement]) -> list[Placement]:
            moved = []
            for each in placed:
                ratio = unit_ratio(well.index_unit, each.unit)
                if each.picture.name not in names or ratio is None:
                    moved.append(each)
                    continue
                moved.append(each.shifted(round(each.shift + further * ratio, 6)))
                in_unit_of(moved[-1], well)
            return moved

        self._change(well, f"Shift {', '.join(names)}", change)

    def undo(self) -> Path | None:
        """Take the last change back; return the side-car that it was of.

        Raises
        ------
        PlacementError
            The side-car was changed by something else since.
        """
        return _swap(self._steps, self._undone, lambda step: (step.after, step.before), "undo")

    def redo(self) -> Path | None:
        """Do again what was taken back last; return the side-car that it is of.

        Raises
        ------
        PlacementError
            The side-car was changed by something else since.
        """
        return _swap(self._undone, self._steps, lambda step: (step.before, step.after), "redo")

    def _change(
        self, well: Well, label: str, change: Callable[[list[Placement]], Sequence[Placement]]
    ) -> None:
        path = self.path_of(well)
        before = _content(path)
        placements = change(self.read(well))
        write_placements(path, placements, well.name)
        self._steps.append(_Step(path, label, before, _content(path)))
        self._undone.clear()


def show_on(well: Well, placements: Sequence[Placement]) -> None:
    """Give a well the pictures that are placed beside it, in the unit of its index."""
    well.cores[:] = [in_unit_of(each, well) for each in placements]


def _swap(
    source: list[_Step],
    target: list[_Step],
    contents: Callable[[_Step], tuple[bytes | None, bytes | None]],
    act: str,
) -> Path | None:
    """Put a side-car from what it is said to be to what it was, and move the step."""
    if not source:
        return None
    step = source[-1]
    here, there = contents(step)
    if _content(step.path) != here:
        raise PlacementError(
            f"{step.path.name} was changed by another program since; {act} would lose that"
        )
    _put_back(step.path, there)
    target.append(source.pop())
    return step.path


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
