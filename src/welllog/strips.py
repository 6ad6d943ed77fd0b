"""Strips: what a well is at each depth, as blocks of colour with a name.

Zones, lithology and flags are shown alike: a strip is one lane of blocks or several beside each
other, and a block is a `Zone`. Nothing here draws.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.gaps import GapSettings, find_gaps
from welllog.mnemonics import made_from
from welllog.well import Well
from welllog.zones import PALETTE, Zone

__all__ = [
    "FLAG_COLOURS",
    "Lane",
    "find_lithology",
    "flag_lanes",
    "lithology_lane",
    "restored_curves",
    "restored_samples",
    "rock_patterns",
    "zone_lanes",
]

FLAG_COLOURS = {"bad hole": "#8d6e63", "filled": "#fbc02d", "outside": "#d50000"}
"""Hole that spoils pad tools; values a model filled; those outside its experience."""
_MOST_CODES = 40


@dataclass(frozen=True)
class Lane:
    """Blocks one below the other, over the whole width of a strip or a part of it."""

    title: str
    zones: tuple[Zone, ...]
    named: bool = True
    """Names are written on the blocks; else the title says what every block is."""


def zone_lanes(well: Well) -> tuple[Lane, ...]:
    """Return the well's zones in as few lanes as hold them without overlap.

    Groups over formations come out as two lanes, the longer zones left.
    """
    lanes: list[list[Zone]] = []
    for zone in sorted(well.zones, key=lambda zone: (zone.top - zone.base, zone.top)):
        for lane in lanes:
            if all(zone.top >= other.base or zone.base <= other.top for other in lane):
                lane.append(zone)
                break
        else:
            lanes.append([zone])
    colours: dict[str, str] = {}
    for zone in sorted(well.zones, key=lambda zone: zone.top):
        colours.setdefault(zone.name, zone.colour or PALETTE[len(colours) % len(PALETTE)])
    return tuple(
        Lane("zones", tuple(
            Zone(zone.name, zone.top, zone.base, zone.colour or colours[zone.name])
            for zone in sorted(lane, key=lambda zone: zone.top)
        ))
        for lane in lanes
    )  # fmt: skip


def find_lithology(well: Well) -> str | None:
    """Return the own mnemonic of the well's discrete curve of lithology or facies, if any."""
    known = {name.upper() for table in _book()["codes"] for name in table["curves"]}
    return next(
        (
            own
            for own in well.curves
            if own.upper() in known and np.isfinite(well.values(own)).any()
        ),
        None,
    )


def lithology_lane(well: Well, curve: str | None = None) -> Lane | None:
    """Return the blocks of a discrete curve, None where there is nothing to show.

    Parameters
    ----------
    well : Well
    curve : str, optional
        Its mnemonic; by default the first that ``lithologies.toml`` names. A block reaches half a
        sample above its first sample and below its last.

    Raises
    ------
    CurveNotFoundError
        Where the well has no such curve.
    ValueError
        Where the curve is not discrete.
    """
    own = find_lithology(well) if curve is None else well.find(curve)
    if own is None:
        return None
    values = well.values(own)
    codes = np.unique(values[np.isfinite(values)])
    if not codes.size:
        return None
    if (codes != np.round(codes)).any() or codes.size > _MOST_CODES:
        raise ValueError(
            f"curve {own} of well {well.name} is not discrete: it has {codes.size} values, "
            f"{codes[0]:g} to {codes[-1]:g}; name one that holds codes"
        )
    rocks = _rocks_of(own)
    named: dict[float, tuple[str, str]] = {}
    for i, code in enumerate(codes):
        rock = rocks.get(str(int(code)))
        named[code] = rock or (f"code {int(code)}", PALETTE[i % len(PALETTE)])
    zones = []
    for first, last in _runs_of_one_value(values):
        name, colour = named[values[first]]
        zones.append(_block(well, name, first, last, colour))
    return Lane(own, tuple(zones))


def rock_patterns() -> dict[str, str]:
    """Return the pattern that a print draws over each rock, by the rock's name."""
    return {rock["name"]: rock["pattern"] for rock in _book()["rock"].values()}


def flag_lanes(well: Well) -> tuple[Lane, ...]:
    """Return where a well has to be read with care, a lane for each reason that occurs.

    Bad hole is what `find_gaps` finds from caliper and density correction. Filled are depths at
    which any ``*_FLAG`` curve of a restoration is above 0, outside those at which one is 3.
    """
    bad = np.zeros(len(well.index), dtype=bool)
    pads = [own for name in ("RHOB", "NPHI", "PEF") if (own := well.canonical.get(name))]
    for gap in find_gaps(well, pads, settings=GapSettings(reasons=("bad hole",))) if pads else ():
        bad[gap.top : gap.base] = True
    filled, outside = np.zeros_like(bad), np.zeros_like(bad)
    for name in well.curves:
        if made_from(name) is not None and "_FLAG" in name:
            flag = np.nan_to_num(well.values(name))
            filled |= flag > 0
            outside |= flag == 3
    lanes = []
    for title, mask in (("bad hole", bad), ("filled", filled), ("outside", outside)):
        runs = _runs_of_one_value(np.where(mask, 1.0, np.nan))
        if runs:
            colour = FLAG_COLOURS[title]
            zones = tuple(_block(well, title, first, last, colour) for first, last in runs)
            lanes.append(Lane(title, zones, named=False))
    return tuple(lanes)


def restored_curves(well: Well) -> list[str]:
    """Return what was restored or synthesised in a well, by own mnemonic, with a band and flags."""
    made = dict.fromkeys(own for name in well.curves if (own := made_from(name)) is not None)
    parts = ("P05", "P50", "P95", "FLAG")
    return [own for own in made if all(f"{own}_{part}" in well.curves for part in parts)]


def restored_samples(well: Well, own: str) -> NDArray[np.bool_]:
    """Return where a curve of `restored_curves` was filled or replaced, shape (n,).

    The samples next to these are among them, so that a line through them meets the measured one.
    """
    filled = np.nan_to_num(well.values(f"{own}_FLAG")) > 0
    wider = filled.copy()
    wider[1:] |= filled[:-1]
    wider[:-1] |= filled[1:]
    return wider


def _block(well: Well, name: str, first: int, last: int, colour: str) -> Zone:
    """Return the block of the samples first to last, both included."""
    top, base = sorted((float(well.index[first]), float(well.index[last])))
    half = well.step / 2 if np.isfinite(well.step) else 0.5
    return Zone(name, top - half, base + half, colour)


def _runs_of_one_value(values: ArrayLike) -> list[tuple[int, int]]:
    """Return (first, last) of each run of equal values that are not null."""
    values = np.asarray(values, dtype=np.float64)
    edges = np.flatnonzero(~(values[1:] == values[:-1])) + 1
    firsts = np.concatenate([[0], edges]).astype(np.intp)
    lasts: NDArray[np.intp] = np.append(edges, len(values)).astype(np.intp) - 1
    known = np.isfinite(values[firsts]) if len(values) else np.zeros(1, dtype=bool)
    return list(zip(firsts[known].tolist(), lasts[known].tolist(), strict=True))


def _rocks_of(own: str) -> Mapping[str, tuple[str, str]]:
    """Return name and colour of each code of a curve, by the code's digits."""
    book = _book()
    for table in book["codes"]:
        if own.upper() in (name.upper() for name in table["curves"]):
            rocks = {code: book["rock"][rock] for code, rock in table.items() if code.isdigit()}
            return {code: (rock["name"], rock["colour"]) for code, rock in rocks.items()}
    return {}


@cache
def _book() -> dict[str, Any]:
    with open(Path(__file__).with_name("lithologies.toml"), "rb") as file:
        return tomllib.load(file)
