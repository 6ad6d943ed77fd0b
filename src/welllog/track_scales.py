"""The scale a curve is shown on: the catalogue's, in the unit of the file, widened where need be.

Curves that are read against each other are widened together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from welllog.mnemonics import CurveKind, catalogue
from welllog.scales import TrackCurve, positions, round_step
from welllog.well import Well

__all__ = ["Room", "choose_track_curve", "own_value", "share_room"]

FloatArray = NDArray[np.float64]

_UNKNOWN_COLOUR = "#546e7a"
_ALIKE: tuple[tuple[str, ...], ...] = (
    ("GR", "SGR"),
    ("RDEP", "RMED", "RSHA", "RXO", "RMIC"),
    ("RHOB", "NPHI"),
    ("CALI", "BS"),
)
"""Curves that are read against each other: their scales are widened together or not at all."""
_OFF_SCALE = 0.05
"""A larger share of a curve beyond one end of its scale widens the scale at that end."""
_MOST_STEPS = 2


@dataclass(frozen=True)
class Room:
    """How much room the curves of wells need that are drawn on one scale side by side."""

    steps: Mapping[str, tuple[int, int]]
    """Canonical mnemonic to the steps by which the left and the right end move out."""
    ends: Mapping[tuple[str, str], tuple[float, float]]
    """Mnemonic and unit of a curve that the catalogue does not know to its smallest and largest
    scale value."""

    @classmethod
    def of(cls, well: Well) -> Room:
        """Return what one well needs."""
        steps: dict[str, tuple[int, int]] = {}
        ends: dict[tuple[str, str], tuple[float, float]] = {}
        for own in well.curves:
            kind = catalogue().kind(own)
            if kind is None:
                ends[_unknown(well, own)] = _fitting_scale(well.values(own), False)
            else:
                steps[kind.mnemonic] = _most(steps.get(kind.mnemonic), _count_steps(well, own))
        return cls(steps, ends)


def share_room(rooms: Iterable[Room]) -> Room:
    """Return the widest room that any of several wells needs for each curve."""
    steps: dict[str, tuple[int, int]] = {}
    ends: dict[tuple[str, str], tuple[float, float]] = {}
    for room in rooms:
        for name, needed in room.steps.items():
            steps[name] = _most(steps.get(name), needed)
        for key, (low, high) in room.ends.items():
            before = ends.get(key, (low, high))
            ends[key] = min(low, before[0]), max(high, before[1])
    return Room(steps, ends)


def _most(one: tuple[int, int] | None, other: tuple[int, int]) -> tuple[int, int]:
    return other if one is None else (max(one[0], other[0]), max(one[1], other[1]))


def _unknown(well: Well, own: str) -> tuple[str, str]:
    """Return by what a curve that the catalogue does not know is found in other wells."""
    return own, (well.curves[own].units or "").strip().upper()


def choose_track_curve(
    well: Well,
    mnemonic: str,
    *,
    scale: tuple[float, float] | None = None,
    log: bool | None = None,
    widen: bool = True,
    room: Room | None = None,
) -> TrackCurve:
    """Return how a curve is shown: the catalogue's scale in the file's unit, or one that fits.

    Where more than 5 % of a curve is beyond one end of the catalogue's scale, that end moves out by
    half a track's width (a decade on a logarithmic scale), twice at most: slow shallow rock stays
    in its track, and a few spikes do not narrow it. Density and neutron, the resistivities, the
    gamma rays, and caliper and bit size move together, so that they can still be read against each
    other.

    Parameters
    ----------
    well : Well
    mnemonic : str
        Own or canonical.
    scale : tuple of float, optional
        Left and right value in the canonical unit, in place of the catalogue's; never widened.
    log : bool, optional
        In place of the catalogue's.
    widen : bool
        False keeps the catalogue's scale whatever the values are.
    room : Room, optional
        What this well and those beside it need (``share_room``), for one scale in all of them.

    Raises
    ------
    CurveNotFoundError
        Where the well has no such curve.
    """
    own = well.find(mnemonic)
    unit = (well.curves[own].units or "").strip()
    kind = catalogue().kind(own)
    if kind is None:
        shared = room.ends.get(_unknown(well, own)) if room is not None and not log else None
        left, right = scale or shared or _fitting_scale(well.values(own), bool(log))
        label = (getattr(well.curves[own], "description", "") or "").strip()
        return TrackCurve(own, left, right, bool(log), _UNKNOWN_COLOUR, unit, label or own)
    factor = well.unit_factor(own)
    ends = scale or (_widen(well, own, kind, room) if widen else kind.scale)
    left, right = (_round_scale(limit / factor, factor) for limit in ends)
    if not unit:
        unit = f"{kind.unit}?" if factor == 1.0 else "?"
    log = kind.log10 if log is None else log
    return TrackCurve(own, left, right, log, kind.colour, unit, kind.name)


def _widen(well: Well, own: str, kind: CurveKind, room: Room | None = None) -> tuple[float, float]:
    """Return left and right value of a curve's scale, in the catalogue's unit."""
    alike = next((group for group in _ALIKE if kind.mnemonic in group), (kind.mnemonic,))
    if room is not None and kind.mnemonic in room.steps:
        steps = np.max([room.steps[name] for name in alike if name in room.steps], axis=0)
    else:
        members = {well.canonical[name] for name in alike if name in well.canonical} | {own}
        steps = np.max([_count_steps(well, member) for member in sorted(members)], axis=0)
    left, right = np.log10(kind.scale) if kind.log10 else kind.scale
    step = np.sign(right - left) if kind.log10 else (right - left) / 2
    ends = left - steps[0] * step, right + steps[1] * step
    first, last = (10.0**end if kind.log10 else end for end in ends)
    return float(f"{first:.10g}"), float(f"{last:.10g}")


def _count_steps(well: Well, own: str) -> tuple[int, int]:
    """Return by how many steps the left and the right end of a curve's scale move out."""
    kind = catalogue().kind(own)
    if kind is None:
        return 0, 0
    scale = TrackCurve(own, *kind.scale, kind.log10, kind.colour, kind.unit, kind.name)
    place = positions(well.values(own) * well.unit_factor(own), scale)
    place = place[np.isfinite(place)]
    if not place.size:
        return 0, 0
    step = 1 / abs(np.log10(kind.scale[1] / kind.scale[0])) if kind.log10 else 0.5
    left, right = (
        next((n for n in range(_MOST_STEPS) if (off > n * step).mean() <= _OFF_SCALE), _MOST_STEPS)
        for off in (-place, place - 1)
    )
    return left, right


def own_value(well: Well, mnemonic: str, value: float) -> float:
    """Return a value in a canonical unit, such as a cutoff, in the unit of the well's curve."""
    return float(f"{value / well.unit_factor(mnemonic):.6g}")


def _round_scale(value: float, factor: float) -> float:
    """Round a converted scale value: a scale of 459.3 to 131.2 us/m is drawn as 460 to 130."""
    power = np.log10(factor)
    exact = np.isclose(power, np.round(power))
    return float(f"{value:.6g}" if exact else f"{value:.2g}")


def _fitting_scale(values: FloatArray, log: bool) -> tuple[float, float]:
    """Return round numbers that enclose 98 % of the values; whole decades where ``log``."""
    finite = values[np.isfinite(values)]
    if log:
        finite = np.log10(finite[finite > 0])
    if finite.size == 0:
        return (1.0, 10.0) if log else (0.0, 1.0)
    if log:
        first, last = np.floor(np.percentile(finite, 1)), np.ceil(np.percentile(finite, 99))
        return float(10.0**first), float(10.0 ** max(last, first + 1))
    low, high = np.percentile(finite, [1, 99])
    if not high > low:
        low, high = low - 0.5, high + 0.5
    step = round_step((high - low) / 5)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)
