"""Log tracks without a drawing library: which curve goes where, and on what scale.

Scales come from ``curves.toml`` and are converted to the unit of the file, so that a label beside
a track and the numbers in the file are the same numbers. Where a value falls on a scale is in
``welllog.scales``, whose names can be had from here too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from welllog.images import SectorImage, find_images
from welllog.mnemonics import catalogue
from welllog.scales import (
    TrackCurve,
    decimate,
    depth_ticks,
    format_number,
    legible,
    polyline,
    positions,
    scale_ticks,
    trace,
    values_at,
)
from welllog.strips import Lane, flag_lanes, lithology_lane, restored_curves, zone_lanes
from welllog.templates import CurvePlan, FillPlan, Template, TrackPlan, read_template
from welllog.track_scales import Room, choose_track_curve, own_value
from welllog.well import Well

if TYPE_CHECKING:
    from welllog.cores.placement import Placement
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
    "zone_track",
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

_CLOSE_TENTHS, _CLOSE_NINTHS, _CLOSE_FIFTHS = 60.0, 44.0, 20.0
"""Pixels: of a track that has room for tenths; of a decade that has for 2 to 9, for 2 and 5."""
_SHARES = ("#c79100", "#455a64", "#2e7d32", "#ad1457", "#1565c0", "#6a1b9a", "#8d6e63", "#ef6c00")
"""Colours of shares of classes, in the order of the classes."""


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
    """One strip of a log print: curves over each other, each on its own scale, or blocks."""

    title: str
    curves: tuple[TrackCurve, ...]
    fills: tuple[TrackFill, ...] = ()
    kind: str = "curves"
    """As in a template: ``curves``, ``zones``, ``lithology``, ``flags``, ``image``, ``core``,
    ``restored``. A ``restored`` track shows the measured curve, what restored it, and the band
    between."""
    width: float = 1.0
    """In usual widths."""
    lanes: tuple[Lane, ...] = ()
    """Blocks beside each other (zones, lithology, flags); none where a well has tops alone."""
    image: SectorImage | None = None
    cores: tuple[Placement, ...] = ()
    """Pictures of core, whose rock is shown at its depth."""
    grid: bool = True
    """Lines are drawn at round values and depths behind the curves."""

    @property
    def log(self) -> bool:
        """Whether the grid is that of a logarithmic scale (the first curve decides)."""
        return bool(self.curves) and self.curves[0].log


def lay_out(
    well: Well,
    curves: Iterable[str] | None = None,
    *,
    template: Template | str | Path | None = None,
    also: Iterable[str] = (),
    room: Room | None = None,
) -> list[Track]:
    """Arrange a well's curves in tracks, in the order a log analyst expects.

    Gamma ray, SP and caliper first, then resistivities, density with neutron, sonic, PEF. Of
    several curves of one kind the best alias is taken; curves that are null throughout and curves
    the catalogue does not know are left out. A template has its own order.

    Parameters
    ----------
    well : Well
        Its curves are looked at, never changed.
    curves : iterable of str, optional
        Show these and no others, by own or canonical mnemonics. What the catalogue does not know
        then gets a track of its own, on a scale taken from its values.
    template : Template, str or Path, optional
        One made by hand, or as in ``templates.read_template``; its tracks show what the well has
        of them. With ``curves`` those it names in its tracks, and of the rest those.
    also : iterable of str
        Own mnemonics of curves that are shown whatever the template says, and though they may be
        null throughout, as what is drawn over them is to be seen. With ``curves`` not looked at.
    room : Room, optional
        As in ``choose_track_curve``, for wells side by side; the scales of a template stay.

    Raises
    ------
    CurveNotFoundError
        Where a curve asked for is not in the well.
    TemplateError
        Where there is no such template, or it cannot be read.
    """
    known = catalogue()
    if curves is None:
        kept = set(also)
        known_here = dict.fromkeys([*well.canonical.values(), *also])
        wanted = [own for own in known_here if own in kept or np.isfinite(well.values(own)).any()]
    else:
        kept = set()
        wanted = list(dict.fromkeys(well.find(mnemonic) for mnemonic in curves))
    tracks = []
    if template is not None:
        plan = template if isinstance(template, Template) else read_template(template)
        tracks = _follow(well, plan, None if curves is None else set(wanted), kept, room)
        if not plan.rest and curves is None:
            wanted = [own for own in wanted if own in kept]
        shown = {curve.mnemonic for track in tracks for curve in track.curves}
        shown |= {own for track in tracks if track.image for own in track.image.curves}
        wanted = [own for own in wanted if own not in shown]
    elif curves is None and (zones := zone_track(well)) is not None:
        tracks.append(zones)
    placed: set[str] = set()
    for title, kinds in _ORDER:
        members = [own for kind in kinds for own in wanted if known.canonical(own) == kind]
        if members:
            placed.update(members)
            drawn = [choose_track_curve(well, own, room=room) for own in members]
            tracks.append(Track(title, tuple(drawn)))
    for own in wanted:
        if own not in placed:
            tracks.append(Track(own, (choose_track_curve(well, own, room=room),)))
    return tracks


def zone_track(well: Well) -> Track | None:
    """Return the track of a well's zones and tops, None where it has neither."""
    if not well.zones and not well.tops:
        return None
    return _follow(well, Template("Zones", (TrackPlan("Zones", "zones", 0.4),)), None)[0]


def _follow(
    well: Well,
    template: Template,
    wanted: set[str] | None,
    kept: Collection[str] = (),
    room: Room | None = None,
) -> list[Track]:
    """Return a template's tracks with what the well has for them, empty ones left out."""
    restored = []
    if any(plan.kind == "restored" for plan in template.tracks):
        restored = [own for own in restored_curves(well) if wanted is None or own in wanted]
    tracks = []
    for plan in template.tracks:
        if plan.kind == "curves":
            track = _fill_plan(well, plan, restored, wanted, kept, room)
            tracks += [track] if track.curves else []
        elif plan.kind == "restored":
            tracks += [_restored_track(well, plan, own, room) for own in restored]
        elif plan.kind == "core":
            cores = [each for each in well.cores if plan.source in (None, each.picture.name)]
            if cores:
                track = Track(plan.title, (), kind="core", width=plan.width, cores=tuple(cores))
                tracks.append(track)
        elif plan.kind == "shares":
            track = _share_track(well, plan)
            tracks += [track] if track.curves else []
        elif plan.kind == "image":
            images = [each for each in find_images(well) if plan.source in (None, each.name)]
            tracks += [
                Track(plan.title, (), kind="image", width=plan.width, image=image)
                for image in images[:1]
            ]
        else:
            lanes: tuple[Lane, ...]
            if plan.kind == "lithology":
                lane = None
                if plan.source is None or plan.source in well.curves:
                    lane = lithology_lane(well, plan.source)
                lanes = () if lane is None else (lane,)
            else:
                lanes = zone_lanes(well) if plan.kind == "zones" else flag_lanes(well)
            if lanes or (plan.kind == "zones" and well.tops):
                # Names need room: groups beside formations take twice the width.
                width = plan.width * (max(len(lanes), 1) if plan.kind == "zones" else 1)
                tracks.append(Track(plan.title, (), kind=plan.kind, width=width, lanes=lanes))
    return tracks


def _fill_plan(
    well: Well,
    plan: TrackPlan,
    elsewhere: list[str],
    wanted: set[str] | None,
    kept: Collection[str],
    room: Room | None,
) -> Track:
    """Return a track of curves; ``elsewhere``: those that have a track where they are restored."""
    drawn: dict[str, TrackCurve] = {}
    for curve in plan.curves:
        own = well.canonical.get(curve.mnemonic, curve.mnemonic)
        if own not in well.curves or own in elsewhere or (wanted is not None and own not in wanted):
            continue
        if wanted is not None or own in kept or np.isfinite(well.values(own)).any():
            drawn[curve.mnemonic] = _planned_curve(well, own, curve, room)
    fills = (_planned_fill(well, fill, drawn) for fill in plan.fills)
    return Track(
        plan.title,
        tuple(drawn.values()),
        tuple(fill for fill in fills if fill is not None),
        width=plan.width,
        grid=plan.grid,
    )


def _planned_curve(well: Well, own: str, plan: CurvePlan, room: Room | None = None) -> TrackCurve:
    curve = choose_track_curve(
        well, own, scale=plan.scale, log=plan.log, widen=not plan.wrap, room=room
    )
    return replace(
        curve,
        colour=plan.colour or curve.colour,
        wrap=plan.wrap,
        width=plan.width,
        style=plan.style,
    )


def _planned_fill(well: Well, plan: FillPlan, drawn: Mapping[str, TrackCurve]) -> TrackFill | None:
    """Return a fill between curves of one track, None where one of them is not there."""
    second = plan.left_of or plan.right_of
    if plan.curve not in drawn or (second is not None and second not in drawn):
        return None
    curve = drawn[plan.curve]
    label = plan.caption or ""
    fill = TrackFill(curve, plan.colour, plan.to or "level", opacity=plan.opacity, label=label)
    if second is not None:
        where: Literal["left", "right"] = "left" if plan.left_of else "right"
        return replace(fill, where=where, other=drawn[second])
    for name, value in (("below", plan.below), ("above", plan.above)):
        if value is not None:
            level = own_value(well, curve.mnemonic, value)
            return replace(fill, where="below" if name == "below" else "above", level=level)
    if plan.baseline is not None:
        return replace(fill, level=own_value(well, curve.mnemonic, plan.baseline))
    return fill


def _share_track(well: Well, plan: TrackPlan) -> Track:
    """Return the track of the shares of classes in pictures of core, on one scale."""
    named = [own for own in well.curves if re.fullmatch(r"CORE_F_\w+(?<!_SE)(?<!_SE_ED)", own)]
    known = [own for own in named if np.isfinite(well.values(own)).any()]
    curves = (
        CurvePlan(own, (0.0, 1.0), False, _SHARES[i % len(_SHARES)]) for i, own in enumerate(known)
    )
    return Track(
        plan.title,
        tuple(_planned_curve(well, curve.mnemonic, curve) for curve in curves),
        width=plan.width,
        grid=plan.grid,
    )


def _restored_track(well: Well, plan: TrackPlan, own: str, room: Room | None = None) -> Track:
    """Return the track of a curve that was restored: measured, restored, the band between."""
    made = next((n for n in (f"{own}_RES", f"{own}_SYN") if n in well.curves), f"{own}_P50")
    roomy = well
    if own not in well.curves:
        roomy = well.copy()
        roomy.add_curve(own, np.full(well.index.shape, np.nan), unit=well.curves[made].units or "")
    scale = choose_track_curve(roomy, own, room=room)
    line = replace(scale, mnemonic=made, colour="#1a1a1a", width=1.5, label="restored")
    low, high = (replace(scale, mnemonic=f"{own}_{part}") for part in ("P05", "P95"))
    band = TrackFill(low, scale.colour, other=high, opacity=0.28, label="90 % band")
    curves = (scale, line) if own in well.curves else (line,)
    title = f"{plan.title} {own}".strip()
    return Track(title, curves, (band,), "restored", plan.width, grid=plan.grid)


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


def grid_positions(track: Track, room: float = np.inf) -> tuple[FloatArray, FloatArray]:
    """Return where the vertical grid lines of a track lie: strong ones, shape (a,), and weak ones.

    Tenths with a strong middle on a linear scale; decades and their 2 to 9 on a logarithmic one.

    Parameters
    ----------
    track : Track
    room : float
        Width of the track in pixels. Weak lines that would lie closer than some pixels are left
        out: the tenths, and of decades all but 2 and 5, or all.
    """
    if not track.log:
        weak = np.arange(1, 10) / 10 if room >= _CLOSE_TENTHS else np.empty(0)
        return np.array([0.0, 0.5, 1.0]), weak[weak != 0.5]
    curve = track.curves[0]
    low, high = sorted((curve.left, curve.right))
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    decade = room / np.log10(high / low)
    every = np.arange(2, 10) if decade >= _CLOSE_NINTHS else np.array([2, 5])
    between = (decades[:, None] * (every if decade >= _CLOSE_FIFTHS else every[:0])).ravel()
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
