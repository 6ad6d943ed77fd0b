"""Log tracks without a drawing library: which curve goes where, and on what scale.

Scales come from ``curves.toml`` and are converted to the unit of the file, so that a label beside
a track and the numbers in the file are the same numbers. Where a value falls on a scale is in
``welllog.scales``, whose names can be had from here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from welllog.mnemonics import CurveKind, catalogue
from welllog.scales import (
    TrackCurve,
    decimate,
    depth_ticks,
    format_number,
    legible,
    polyline,
    positions,
    round_step,
    scale_ticks,
    trace,
    values_at,
)
from welllog.well import Well

if TYPE_CHECKING:
    from welllog.restoration import RestoredCurve

__all__ = [
    "Track",
    "TrackCurve",
    "TrackFill",
    "choose_track_curve",
    "decimate",
    "depth_ticks",
    "format_number",
    "grid_positions",
    "lay_out",
    "legible",
    "log_interval",
    "polyline",
    "positions",
    "scale_ticks",
    "trace",
    "values_at",
    "with_room_for",
]

FloatArray = NDArray[np.float64]

_ORDER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Correlation", ("GR", "SGR", "SP", "CALI", "BS")),
    ("Resistivity", ("RDEP", "RMED", "RSHA", "RXO", "RMIC")),
    ("Density - neutron", ("RHOB", "NPHI", "DRHO")),
    ("Sonic", ("DTC", "DTS")),
    ("Photoelectric", ("PEF",)),
    ("Drilling", ("ROP", "DCAL")),
)
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
class TrackFill:
    """A part of a track that is coloured (``welllog.fills`` says where it lies)."""

    curve: TrackCurve
    colour: str
    """As ``#rrggbb``, chosen for white paper."""
    to: Literal["left", "right", "level"] = "level"
    """From the curve to a side of the track or to ``level``; of no meaning with ``other``."""
    where: Literal["all", "below", "above", "left", "right"] = "all"
    """Where it is filled: ``below`` or ``above`` the level, or where the curve is drawn to the
    ``left`` or ``right`` of ``other``."""
    level: float | None = None
    """A cutoff or baseline, in the unit of the curve."""
    other: TrackCurve | None = None
    """Fill between the two curves, each on its own scale."""
    opacity: float = 0.5
    label: str = ""
    """What the header says instead of what the fill itself does."""


@dataclass(frozen=True)
class Track:
    """One strip of a log print: curves over each other, each on its own scale."""

    title: str
    curves: tuple[TrackCurve, ...]
    fills: tuple[TrackFill, ...] = ()

    @property
    def log(self) -> bool:
        """Whether the grid is that of a logarithmic scale (the first curve decides)."""
        return self.curves[0].log


def lay_out(well: Well, curves: Iterable[str] | None = None) -> list[Track]:
    """Arrange a well's curves in tracks, in the order a log analyst expects.

    Gamma ray, SP and caliper first, then resistivities, density with neutron, sonic, PEF. Of
    several curves of one kind the best alias is taken; curves that are null throughout and curves
    the catalogue does not know are left out.

    Parameters
    ----------
    well : Well
        Its curves are looked at, never changed.
    curves : iterable of str, optional
        Show these and no others, by own or canonical mnemonics. What the catalogue does not know
        then gets a track of its own, on a scale taken from its values.

    Raises
    ------
    CurveNotFoundError
        Where a curve asked for is not in the well.
    """
    known = catalogue()
    if curves is None:
        wanted = [own for own in well.canonical.values() if np.isfinite(well.values(own)).any()]
    else:
        wanted = list(dict.fromkeys(well.find(mnemonic) for mnemonic in curves))
    tracks = []
    placed: set[str] = set()
    for title, kinds in _ORDER:
        members = [own for kind in kinds for own in wanted if known.canonical(own) == kind]
        if members:
            placed.update(members)
            tracks.append(Track(title, tuple(choose_track_curve(well, own) for own in members)))
    for own in wanted:
        if own not in placed:
            tracks.append(Track(own, (choose_track_curve(well, own),)))
    return tracks


def choose_track_curve(well: Well, mnemonic: str) -> TrackCurve:
    """Return how a curve is shown: the catalogue's scale in the file's unit, or one that fits.

    Where more than 5 % of a curve is beyond one end of the catalogue's scale, that end moves out by
    half a track's width (a decade on a logarithmic scale), twice at most: slow shallow rock stays
    in its track, and a few spikes do not narrow it. Density and neutron, the resistivities, the
    gamma rays, and caliper and bit size move together, so that they can still be read against each
    other.

    Raises
    ------
    CurveNotFoundError
        Where the well has no such curve.
    """
    own = well.find(mnemonic)
    unit = (well.curves[own].units or "").strip()
    kind = catalogue().kind(own)
    if kind is None:
        left, right = _fitting_scale(well.values(own))
        label = (getattr(well.curves[own], "description", "") or "").strip()
        return TrackCurve(own, left, right, False, _UNKNOWN_COLOUR, unit, label or own)
    factor = well.unit_factor(own)
    left, right = (_round_scale(limit / factor, factor) for limit in _widen(well, own, kind))
    if not unit:
        unit = f"{kind.unit}?" if factor == 1.0 else "?"
    return TrackCurve(own, left, right, kind.log10, kind.colour, unit, kind.name)


def _widen(well: Well, own: str, kind: CurveKind) -> tuple[float, float]:
    """Return left and right value of a curve's scale, in the catalogue's unit."""
    alike = next((group for group in _ALIKE if kind.mnemonic in group), ())
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


def with_room_for(well: Well, restored: Mapping[str, RestoredCurve]) -> Well:
    """Return the well, with an empty curve for each restored one that it lacks.

    A curve that was synthesised for a well without it is then laid out like any other.
    """
    missing = {own: curve for own, curve in restored.items() if own not in well.curves}
    if not missing:
        return well
    roomy = well.copy()
    for own, curve in missing.items():
        roomy.add_curve(own, np.full(well.index.shape, np.nan), unit=curve.unit)
    return roomy


def _round_scale(value: float, factor: float) -> float:
    """Round a converted scale value: a scale of 459.3 to 131.2 us/m is drawn as 460 to 130."""
    power = np.log10(factor)
    exact = np.isclose(power, np.round(power))
    return float(f"{value:.6g}" if exact else f"{value:.2g}")


def _fitting_scale(values: FloatArray) -> tuple[float, float]:
    """Return round numbers that enclose 98 % of the values (0 to 1 where there are none)."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(finite, [1, 99])
    if not high > low:
        low, high = low - 0.5, high + 0.5
    step = round_step((high - low) / 5)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def grid_positions(track: Track) -> tuple[FloatArray, FloatArray]:
    """Return where the vertical grid lines of a track lie: strong ones, shape (a,), and weak ones.

    Tenths with a strong middle on a linear scale; decades and their 2 to 9 on a logarithmic one.
    """
    if not track.log:
        weak = np.arange(1, 10) / 10
        return np.array([0.0, 0.5, 1.0]), weak[weak != 0.5]
    curve = track.curves[0]
    low, high = sorted((curve.left, curve.right))
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    between = (decades[:, None] * np.arange(2, 10)).ravel()
    strong, weak = (
        positions(lines[(lines > low * 0.999999) & (lines < high * 1.000001)], curve)
        for lines in (decades, between)
    )
    return strong, weak


def log_interval(well: Well, curves: Iterable[str] | None = None) -> tuple[float, float]:
    """Return the shallowest and deepest index value at which any of the curves is measured.

    Parameters
    ----------
    well : Well
        A well with at least one sample.
    curves : iterable of str, optional
        Own or canonical mnemonics; all curves of the default tracks when left out.

    Returns
    -------
    tuple of float
        Smaller and larger index value; those of the whole index where nothing is measured.
    """
    if curves is None:
        curves = well.canonical.values()
    measured = np.zeros(len(well.index), dtype=bool)
    for mnemonic in curves:
        measured |= np.isfinite(well.values(mnemonic))
    index = well.index[measured] if measured.any() else well.index
    return float(np.nanmin(index)), float(np.nanmax(index))
