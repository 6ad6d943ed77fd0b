"""Wells hung beside each other: on depth, or flattened on a top that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from welllog.well import tell_apart

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = ["Hanging", "find_top", "hang", "list_tops", "say_units"]


@dataclass(frozen=True)
class Hanging:
    """How far each well is moved down to hang beside the first."""

    top: str | None
    """What they are flattened on; None where they hang on depth."""
    shifts: tuple[float, ...]
    """One for each well, to be added to its depths; 0 for a well that lacks the top."""
    datum: float | None
    """Where the top lies after that: its depth in the first well that has it."""
    lacking: tuple[str, ...]
    """Names of the wells that lack the top."""


def find_top(well: Well, name: str) -> float | None:
    """Return the depth of a top, or of the top of a zone, by name; None where there is none.

    Of several of one name it is the shallowest. Case and blanks at the ends are of no meaning.
    """
    wanted = _plain(name)
    depths = [top.depth for top in well.tops if _plain(top.name) == wanted]
    depths += [zone.top for zone in well.zones if _plain(zone.name) == wanted]
    return min(depths, default=None)


def list_tops(wells: Sequence[Well]) -> list[str]:
    """Return the names that wells can be flattened on: those of most wells first, then by depth."""
    names: dict[str, str] = {}
    for well in wells:
        for name in [top.name for top in well.tops] + [zone.name for zone in well.zones]:
            names.setdefault(_plain(name), name.strip())

    def order(name: str) -> tuple[int, float]:
        found = [depth for well in wells if (depth := find_top(well, name)) is not None]
        return -len(found), found[0]

    return sorted(names.values(), key=order)


def hang(wells: Sequence[Well], top: str | None = None) -> Hanging:
    """Return by how much each well is moved so that a top lies at the same height in all.

    The first well that has the top stays where it is, and so does one that lacks it.

    Parameters
    ----------
    wells : sequence of Well
        From left to right; their depths are taken to be in one unit.
    top : str, optional
        Name of a top or a zone; without it they hang on depth.
    """
    if top is None:
        return Hanging(None, (0.0,) * len(wells), None, ())
    names = tell_apart(wells)
    depths = [find_top(well, top) for well in wells]
    datum = next((depth for depth in depths if depth is not None), None)
    if datum is None:
        return Hanging(top, (0.0,) * len(wells), None, tuple(names))
    lacking = tuple(name for name, depth in zip(names, depths, strict=True) if depth is None)
    return Hanging(
        top, tuple(0.0 if depth is None else datum - depth for depth in depths), datum, lacking
    )


def say_units(wells: Sequence[Well]) -> str:
    """Say which wells have their depths in another unit than the first; nothing where none has."""
    others = [
        (name, well)
        for name, well in zip(tell_apart(wells), wells, strict=True)
        if well.index_unit != wells[0].index_unit
        and well.metres_per_unit != wells[0].metres_per_unit
    ]
    if not others:
        return ""
    named = ", ".join(f"{name} in {well.index_unit}" for name, well in others)
    return (
        f"Depths are in different units: {wells[0].name} in {wells[0].index_unit}, {named}. Side "
        f"by side the same number stands at the same height, not the same depth."
    )


def _plain(name: str) -> str:
    return name.strip().casefold()
