"""Log tracks without a drawing library: which curve goes where, and where a value falls in it.

A track is a strip of width 1. A curve's left scale value lies at position 0 and its right one at
1, whichever of the two is larger; everything that draws (``welllog.plot``, the viewer) only
stretches these positions. Scales come from ``curves.toml`` and are converted to the unit of the
file, so that a label beside a track and the numbers in the file are the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.mnemonics import CurveKind, catalogue
from welllog.well import Well

if TYPE_CHECKING:
    from welllog.restoration import RestoredCurve

__all__ = [
    "Track",
    "TrackCurve",
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
class TrackCurve:
    """A curve as a track shows it."""

    mnemonic: str
    """The well's own mnemonic."""
    left: float
    """Value at the left edge of the track, in ``unit``; larger than ``right`` where reversed."""
    right: float
    log: bool
    """The scale is logarithmic."""
    colour: str
    """As ``#rrggbb``, chosen for white paper: see ``legible`` for a dark canvas."""
    unit: str
    """The file's own unit; the catalogue's followed by ``?`` where the file names none."""
    label: str
    """What the curve is, in words."""


@dataclass(frozen=True)
class Track:
    """One strip of a log print: curves over each other, each on its own scale."""

    title: str
    curves: tuple[TrackCurve, ...]

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
    step = _round_step((high - low) / 5)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def positions(values: ArrayLike, curve: TrackCurve) -> FloatArray:
    """Place values in a track.

    Parameters
    ----------
    values : array, shape (n,)
        In the curve's own unit; NaN is null.
    curve : TrackCurve
        The scale.

    Returns
    -------
    array, shape (n,)
        0 at the left edge, 1 at the right one, beyond them off scale; NaN where null, and on a
        logarithmic scale where the value is not positive.
    """
    values = np.asarray(values, dtype=np.float64)
    left, right = curve.left, curve.right
    if curve.log:
        values = np.log10(np.where(values > 0, values, np.nan))
        left, right = np.log10(left), np.log10(right)
    return (values - left) / (right - left)


def values_at(position: ArrayLike, curve: TrackCurve) -> FloatArray:
    """Return the values, shape (n,), at positions in a track: the inverse of ``positions``."""
    position = np.asarray(position, dtype=np.float64)
    if curve.log:
        left, right = np.log10(curve.left), np.log10(curve.right)
        return np.asarray(10.0 ** (left + position * (right - left)))
    return curve.left + position * (curve.right - curve.left)


def polyline(
    index: ArrayLike,
    position: ArrayLike,
    edge: Literal["clip", "wrap"] = "clip",
    turns: int = 3,
) -> tuple[FloatArray, FloatArray]:
    """Return a curve's line inside its track, with NaN where the pen is lifted.

    Parameters
    ----------
    index : array, shape (n,)
        Depth of each sample.
    position : array, shape (n,)
        From ``positions``.
    edge : {"clip", "wrap"}
        ``clip`` holds a value that is off scale at the edge, where it cannot be taken for a gap;
        ``wrap`` lets it come in again at the other side, as on paper prints.
    turns : int
        How many times a curve may wrap before it is held.

    Returns
    -------
    tuple of arrays, shape (m,)
        Depth and position, ``m >= n``: wrapping adds the points where the line meets an edge.
    """
    depth = np.asarray(index, dtype=np.float64)
    place = np.asarray(position, dtype=np.float64)
    if edge == "clip":
        return depth, np.clip(place, 0.0, 1.0)
    place = np.clip(place, -float(turns), 1.0 + turns)
    # Both edges belong to the track itself: a value of exactly 0 API stays at the left.
    cell = np.where(place > 1, np.ceil(place) - 1, np.where(place < 0, np.floor(place), 0.0))
    crossed = np.flatnonzero(np.abs(np.diff(cell)) > 0)
    new_depth: list[float] = []
    new_place: list[float] = []
    at: list[int] = []
    for i in crossed:
        up = cell[i + 1] > cell[i]
        borders = np.arange(min(cell[i], cell[i + 1]) + 1, max(cell[i], cell[i + 1]) + 1)
        for border in borders if up else borders[::-1]:
            share = (border - place[i]) / (place[i + 1] - place[i])
            where = depth[i] + share * (depth[i + 1] - depth[i])
            new_depth += [where, where, where]
            new_place += [1.0, np.nan, 0.0] if up else [0.0, np.nan, 1.0]
            at += [int(i) + 1] * 3
    return np.insert(depth, at, new_depth), np.insert(place - cell, at, new_place)


def decimate(index: ArrayLike, position: ArrayLike, most: int) -> tuple[FloatArray, FloatArray]:
    """Thin a line to at most ``most`` points without losing a peak or bridging a gap.

    Each bucket of consecutive samples keeps its first, lowest, highest and last one; wherever a
    null lay between two points that are kept, one null stays.

    Parameters
    ----------
    index, position : array, shape (n,)
        The line; NaN in ``position`` lifts the pen.
    most : int
        At least 16.

    Returns
    -------
    tuple of arrays, shape (m,)
        Depth and position, ``m <= most`` or ``m == n``.
    """
    depth = np.asarray(index, dtype=np.float64)
    place = np.asarray(position, dtype=np.float64)
    if len(place) <= most:
        return depth, place
    keep = _thin(place, most // 4)
    if len(keep) > most:  # many short gaps: each needs its null
        keep = _thin(place, most // 8)
    return depth[keep], place[keep]


def _thin(place: FloatArray, buckets: int) -> NDArray[np.intp]:
    edges = np.linspace(0, len(place), buckets + 1).astype(np.intp)
    starts, ends = edges[:-1], edges[1:]
    null = np.isnan(place)
    order = np.repeat(np.arange(buckets), ends - starts)
    rank = np.lexsort((np.where(null, -np.inf, place), order))  # nulls first in each bucket
    nulls = np.add.reduceat(null.astype(np.intp), starts)
    lowest = rank[np.minimum(starts + nulls, ends - 1)]
    keep = np.unique(np.concatenate([starts, ends - 1, lowest, rank[ends - 1]]))
    before = np.concatenate([[0], np.cumsum(null)])
    hidden = before[keep[1:]] - before[keep[:-1] + 1] > 0
    split = hidden & ~null[keep[1:]] & ~null[keep[:-1]]
    where_null = np.flatnonzero(null)
    lost = where_null[np.searchsorted(where_null, keep[:-1][split])]
    return np.union1d(keep, lost)


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


def scale_ticks(curve: TrackCurve, about: int = 5) -> FloatArray:
    """Return round values to write along a curve's scale, shape (k,), from left to right."""
    low, high = sorted((curve.left, curve.right))
    if curve.log:
        ticks = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    else:
        step = _round_step((high - low) / about)
        ticks = np.arange(np.ceil(low / step), np.floor(high / step + 1e-9) + 1) * step
    return ticks if curve.left <= curve.right else ticks[::-1]


def depth_ticks(top: float, base: float, most: float = 12) -> tuple[FloatArray, FloatArray]:
    """Return round depths to write beside a view of [top, base], and the weak ones between them.

    Parameters
    ----------
    top, base : float
        Ends of what is in view, in index units, in either order.
    most : float
        At most so many are written; the same share of the interval always gives the same step.

    Returns
    -------
    tuple of arrays, shape (k,) and (l,)
        Multiples of 1, 2 or 5 times a power of ten, and their fifths (halves for a 2).
    """
    low, high = sorted((float(top), float(base)))
    if not high > low:
        return np.array([low]), np.empty(0)
    step = _round_step((high - low) / max(most, 1))
    strong = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    parts = 4 if f"{step:e}".startswith("2") else 5
    weak_step = step / parts
    count = np.arange(np.ceil(low / weak_step), np.floor(high / weak_step) + 1)
    return strong, count[count % parts != 0] * weak_step


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9)))


def format_number(value: float) -> str:
    """Write a number as a header does: no needless digits, a true minus sign."""
    text = f"{round(float(value), 10) + 0.0:.6g}"
    return text.replace("-", "\N{MINUS SIGN}")


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


def legible(colour: str, background: str, contrast: float = 4.5) -> str:
    """Return ``colour``, lightened or darkened until it can be read on ``background``.

    Parameters
    ----------
    colour, background : str
        As ``#rrggbb``.
    contrast : float
        Ratio of relative luminances to reach.

    References
    ----------
    WCAG 2.2, contrast (minimum), success criterion 1.4.3: 4.5 for text.
    """
    ink, paper = _channels(colour), _channels(background)
    goal = np.ones(3) if _luminance(paper) < 0.18 else np.zeros(3)
    for share in np.linspace(0, 1, 21):
        mixed = ink + share * (goal - ink)
        bright, dark = sorted((_luminance(mixed), _luminance(paper)), reverse=True)
        if (bright + 0.05) / (dark + 0.05) >= contrast:
            break
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in mixed)


def _channels(colour: str) -> FloatArray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _luminance(channels: FloatArray) -> float:
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))
