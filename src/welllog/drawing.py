"""Tracks drawn with matplotlib: headers, grids, curves, fills, strips, images, restored intervals.

Everything here draws into axes that it is given; ``welllog.plot`` makes the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.core_drawing import draw_core, draw_core_header
from welllog.features import runs_of
from welllog.fills import caption, ribbon
from welllog.images import image_values
from welllog.mnemonics import made_from
from welllog.pages import MARGIN, ROW
from welllog.scales import (
    TrackCurve,
    decimate,
    depth_ticks,
    format_number,
    legible,
    polyline,
    positions,
    trace,
)
from welllog.strips import restored_samples, rock_patterns
from welllog.tracks import Track, grid_positions
from welllog.well import Well

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from welllog.restoration import Restoration

__all__ = ["count_rows", "draw_tracks"]

FloatArray = NDArray[np.float64]

INK = "#1a1a1a"
FAINT = "#dfe3e6"
LINE = "#b8c0c6"
SHADE = "#fff3cf"
OUTSIDE = "#d50000"
DASHES = (0, (3, 1.4))
_SWATCH = 0.155
"""Height of a fill or of a rock in the header, in inches."""
_STYLES = {"solid": "solid", "dashed": (0, (4, 1.6)), "dotted": (0, (1.2, 1.2))}
_HATCHES = {
    "dots": "...", "dashes": "---", "dots and dashes": "..--", "bricks": "+++",
    "slanted bricks": "//--", "crosses": "xxx", "diagonals": "///", "none": "",
}  # fmt: skip
_MOST_REALISATIONS = 3  # more than a few and none can be followed
_MOST_POINTS = 6000
_LETTER = 0.066
"""Mean width of a letter of strip names, in inches."""


def count_rows(track: Track) -> float:
    """Return the height that a track's header needs, in rows of a curve."""
    small = sum(bool(caption(fill)) for fill in track.fills)
    if track.kind == "lithology":
        small = len(_rocks(track)) + 1
    if track.kind == "flags":
        small = 5
    return max(len(track.curves) + small * _SWATCH / ROW, 1.0)


def draw_tracks(
    depths: Axes,
    columns: Sequence[tuple[Axes, Axes]],
    well: Well,
    tracks: Sequence[Track],
    interval: tuple[float, float],
    *,
    restoration: Restoration | None = None,
    truth: Mapping[str, ArrayLike] | None = None,
    labels: float = 14,
    thin: bool = True,
) -> None:
    """Draw depths, headers and bodies of tracks.

    Parameters
    ----------
    depths : Axes
        Strip of depths at the left.
    columns : sequence of (Axes, Axes)
        Header and body of each track; a header's y is in inches from its top.
    well : Well
        With every curve of the tracks.
    tracks : sequence of Track
    interval : tuple of float
        Top and base of the bodies, in index units.
    restoration, truth
        As in ``plot_well``.
    labels : float
        At most so many depths are written.
    thin : bool
        Leave out samples that no screen could show.
    """
    top, base = interval
    # One sample more above and below: a line that goes on is drawn up to the frame.
    more = np.nan_to_num(well.step)
    inside = (well.index >= top - more) & (well.index <= base + more)
    _draw_depths(depths, well, top, base, labels)
    for track, (header, body) in zip(tracks, columns, strict=True):
        body.set_ylim(base, top)
        if track.cores:
            draw_core_header(header, track)
            draw_core(body, track, top, base)
        elif track.image is not None:
            _draw_image_header(header, track)
            _draw_image(body, well, track, inside)
        elif track.curves:
            _draw_header(header, track)
            _draw_frame(body, track, top, base, labels)
            _draw_curves(body, well, track, inside, restoration, truth or {}, thin)
        else:
            _draw_strip_header(header, track)
            _draw_strip(body, track, top, base)
        for spine in (*header.spines.values(), *body.spines.values()):
            spine.set(color=INK, linewidth=0.8)
    _draw_tops(columns, well, tracks, top, base)


def _draw_depths(axes: Axes, well: Well, top: float, base: float, labels: float) -> None:
    axes.set_ylim(base, top)
    axes.axis("off")
    strong, weak = depth_ticks(top, base, most=labels)
    axes.hlines(strong, 0.88, 1.0, color=INK, linewidth=0.8)
    axes.hlines(weak, 0.94, 1.0, color=INK, linewidth=0.4)
    for depth in strong:
        axes.text(0.84, depth, format_number(depth), ha="right", va="center", fontsize=8)
    name = f"{well.index_mnemonic} [{well.index_unit}]"
    axes.annotate(
        name, (0.96, 1.0), xytext=(0, 5), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="bottom", fontsize=8,
    )  # fmt: skip


def _draw_header(axes: Axes, track: Track) -> None:
    y = axes.get_ylim()[0] - 0.06
    for fill in reversed(track.fills):
        words = caption(fill)
        if words:
            axes.fill_between(
                [0, 0.1], y - 0.02, y - 0.11, color=fill.colour, alpha=fill.opacity, linewidth=0
            )
            axes.text(0.13, y - 0.065, words, fontsize=6, va="center", color="#37474f")
            y -= _SWATCH
    for curve in reversed(track.curves):
        style: dict[str, Any] = {"color": curve.colour, "va": "bottom"}
        axes.plot(
            [0, 1], [y, y], color=curve.colour, linewidth=1.4 * curve.width,
            linestyle=_STYLES[curve.style], solid_capstyle="butt", dash_capstyle="butt",
        )  # fmt: skip
        axes.text(0, y - 0.03, format_number(curve.left), ha="left", fontsize=7, **style)
        axes.text(1, y - 0.03, format_number(curve.right), ha="right", fontsize=7, **style)
        axes.text(
            0.5, y - 0.145, curve.mnemonic, ha="center", fontsize=9, fontweight="bold", **style
        )
        unit = f"{curve.unit}, wraps".lstrip(", ") if curve.wrap else curve.unit
        axes.text(0.5, y - 0.025, unit, ha="center", fontsize=6.5, **style)
        y -= ROW


def _draw_frame(axes: Axes, track: Track, top: float, base: float, labels: float) -> None:
    if not track.grid:
        return
    strong, weak = grid_positions(track)
    axes.vlines(weak, top, base, color=FAINT, linewidth=0.4, zorder=0.6)
    axes.vlines(strong, top, base, color=LINE, linewidth=0.7, zorder=0.7)
    strong, weak = depth_ticks(top, base, most=labels)
    edges = axes.get_xlim()
    axes.hlines(weak, *edges, color=FAINT, linewidth=0.4, zorder=0.6)
    axes.hlines(strong, *edges, color=LINE, linewidth=0.7, zorder=0.7)


def _draw_curves(
    axes: Axes,
    well: Well,
    track: Track,
    inside: NDArray[np.bool_],
    restoration: Restoration | None,
    truth: Mapping[str, ArrayLike],
    thin: bool,
) -> None:
    _shade_intervals(axes, well, track, restoration)
    curves, fills = track.curves, track.fills
    if track.kind == "restored" and restoration is not None:
        if curves[0].mnemonic in restoration.curves:  # its band is drawn from the restoration
            curves, fills = curves[:1], ()
    depths = well.index[inside]
    for fill in fills if len(depths) else ():
        part = ribbon(well, fill)
        rows = (part.depth >= depths.min()) & (part.depth <= depths.max())
        axes.fill_betweenx(
            part.depth[rows], part.left[rows], part.right[rows], color=fill.colour,
            alpha=fill.opacity, linewidth=0, zorder=2,
        )  # fmt: skip
    for curve in curves:
        values = well.values(curve.mnemonic)
        own = made_from(curve.mnemonic)
        if track.kind == "restored" and own is not None:  # elsewhere it is the measured curve
            values = np.where(restored_samples(well, own), values, np.nan)
        _draw_curve(axes, well.index[inside], values[inside], curve, thin)
    for curve in curves:
        _draw_restored(axes, well, curve, restoration, truth)


def _shade_intervals(axes: Axes, well: Well, track: Track, restoration: Restoration | None) -> None:
    """Tint the depths at which any curve of the track was restored, once each."""
    if restoration is None:
        return
    filled = np.zeros(len(well.index), dtype=bool)
    for curve in track.curves:
        if curve.mnemonic in restoration.curves:
            filled |= restoration.curves[curve.mnemonic].flag > 0
    for first, last in runs_of(filled):
        edges = well.index[first] - well.step / 2, well.index[last - 1] + well.step / 2
        axes.axhspan(*edges, color=SHADE, linewidth=0, zorder=0.5)


def _draw_curve(
    axes: Axes, index: FloatArray, values: FloatArray, curve: TrackCurve, thin: bool
) -> None:
    depth, place = trace(index, values, curve)
    inches = _inches(axes)[1]
    width = 0.7 if np.isfinite(place).sum() < 250 * inches else 0.4
    if thin:
        depth, place = decimate(depth, place, _MOST_POINTS)
    for start in range(0, max(len(depth) - 1, 1), _MOST_POINTS):
        part = slice(start, start + _MOST_POINTS + 1)  # parts share their ends
        axes.plot(
            place[part], depth[part], color=curve.colour, linewidth=width * curve.width,
            linestyle=_STYLES[curve.style], zorder=3,
        )  # fmt: skip


def _draw_restored(
    axes: Axes,
    well: Well,
    curve: TrackCurve,
    restoration: Restoration | None,
    truth: Mapping[str, ArrayLike],
) -> None:
    if restoration is None or curve.mnemonic not in restoration.curves:
        return
    restored = restoration.curves[curve.mnemonic]

    def place(values: ArrayLike) -> FloatArray:
        return polyline(well.index, positions(values, curve))[1]

    median, lower, upper = place(restored.values), place(restored.lower), place(restored.upper)
    fills = [place(fill) for fill in restored.realisations[:_MOST_REALISATIONS]]
    hidden = place(truth[curve.mnemonic]) if curve.mnemonic in truth else None
    for first, last in runs_of(restored.flag > 0):
        rows = slice(first, last)
        joined = slice(max(first - 1, 0), last + 1)  # the line meets the measured samples
        axes.fill_betweenx(
            well.index[rows], lower[rows], upper[rows], color=curve.colour, alpha=0.28,
            linewidth=0, zorder=2,
        )  # fmt: skip
        for fill in fills:
            axes.plot(
                fill[joined],
                well.index[joined],
                color=curve.colour,
                linewidth=0.5,
                alpha=0.7,
                zorder=3.5,
            )
        axes.plot(median[joined], well.index[joined], color="white", linewidth=2.0, zorder=4)
        axes.plot(median[joined], well.index[joined], color=INK, linewidth=1.1, zorder=4.1)
        if hidden is not None:
            axes.plot(
                hidden[joined], well.index[joined], color=curve.colour, linewidth=1.1,
                linestyle=DASHES, zorder=4.2,
            )  # fmt: skip
    for first, last in runs_of(restored.flag == 3):
        axes.plot([1, 1], well.index[[first, last - 1]], color=OUTSIDE, linewidth=2.5)


def _draw_strip_header(axes: Axes, track: Track) -> None:
    base = axes.get_ylim()[0]
    if track.kind == "lithology":
        rocks = _rocks(track)
        for i, (name, colour) in enumerate(reversed(rocks.items())):
            y = base - 0.06 - i * _SWATCH
            _draw_blocks(axes, name, [(y - 0.12, y)], colour, 0.04, 0.3)
            axes.text(0.36, y - 0.06, name, fontsize=5.5, va="center", color=INK)
        y = base - 0.06 - len(rocks) * _SWATCH
        axes.text(0.5, y - 0.03, track.title, ha="center", va="bottom", fontsize=8)
        return
    if track.kind == "flags":
        share = 1 / len(track.lanes)
        for i, lane in enumerate(track.lanes):
            axes.text(
                (i + 0.5) * share, base - 0.06, lane.title, rotation=90, ha="center", va="bottom",
                fontsize=7, color=legible(lane.zones[0].colour, "#ffffff", 3.0), fontweight="bold",
            )  # fmt: skip
        return
    axes.text(0.5, base - 0.06, track.title, ha="center", va="bottom", fontsize=8)


def _rocks(track: Track) -> dict[str, str]:
    """Return the colour of each name in a strip, in the order in which they first occur."""
    return {zone.name: zone.colour for lane in track.lanes for zone in lane.zones}


def _draw_strip(axes: Axes, track: Track, top: float, base: float) -> None:
    """Draw the lanes of a strip beside each other, names where a block has room for them."""
    width, height = _inches(axes)
    for i, lane in enumerate(track.lanes):
        left, right = i / len(track.lanes), (i + 1) / len(track.lanes)
        spans: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for zone in lane.zones:
            ends = max(zone.top, top), min(zone.base, base)
            if ends[0] < ends[1]:
                spans.setdefault((zone.name, zone.colour), []).append(ends)
        for (name, colour), ends_of in spans.items():
            _draw_blocks(axes, name, ends_of, colour, left, right)
            wide = len(name) * _LETTER
            for ends in ends_of if lane.named else ():
                high = (ends[1] - ends[0]) / (base - top) * height
                across, along = width * (right - left), high
                if wide < across and along > 0.13:
                    turned = 0
                elif wide < along and across > 0.13:
                    turned = 90
                else:
                    continue
                axes.text(
                    (left + right) / 2, sum(ends) / 2, name, rotation=turned, ha="center",
                    va="center", fontsize=6.5, color=INK, zorder=5,
                    bbox={"boxstyle": "square,pad=0.12", "color": colour, "linewidth": 0},
                )  # fmt: skip
            if track.kind == "zones":
                edges = {edge for zone in lane.zones for edge in (zone.top, zone.base)}
                edges = {edge for edge in edges if top < edge < base}
                axes.hlines(sorted(edges), left, right, color=INK, linewidth=0.5, zorder=4)
        if i:
            axes.axvline(left, color=INK, linewidth=0.4, zorder=4)


def _draw_blocks(
    axes: Axes, name: str, spans: Sequence[tuple[float, float]], colour: str,
    left: float, right: float,
) -> None:  # fmt: skip
    from matplotlib.collections import PolyCollection

    corners = [[(left, a), (right, a), (right, b), (left, b)] for a, b in spans]
    axes.add_collection(PolyCollection(corners, facecolors=colour, linewidths=0, zorder=2))
    hatch = _HATCHES[rock_patterns().get(name, "none")]
    if hatch:
        drawn = PolyCollection(
            corners, facecolors="none", edgecolors="#00000060", linewidths=0, hatch=hatch, zorder=3
        )
        if hasattr(drawn, "set_hatch_linewidth"):  # not in every matplotlib
            drawn.set_hatch_linewidth(0.35)
        axes.add_collection(drawn)


def _draw_image_header(axes: Axes, track: Track) -> None:
    assert track.image is not None
    image, y = track.image, axes.get_ylim()[0] - 0.06
    axes.imshow(
        np.linspace(0, 1, 128)[None], extent=(0, 1, y, y - 0.09), aspect="auto", cmap=_COLOURS
    )
    axes.set_ylim(y + 0.06, 0)
    axes.set_xlim(-MARGIN, 1 + MARGIN)
    for x, words, side in (
        (0, format_number(float(f"{image.low:.3g}")), "left"),
        (1, format_number(float(f"{image.high:.3g}")), "right"),
    ):
        axes.text(x, y - 0.11, words, ha=side, va="bottom", fontsize=7)
    axes.text(0.5, y - 0.11, image.unit, ha="center", va="bottom", fontsize=6.5)
    axes.text(0.5, y - 0.24, image.name, ha="center", va="bottom", fontsize=9, fontweight="bold")
    first, last = (name.strip() for name in (image.curves[0], image.curves[-1]))
    axes.text(0.5, y - 0.42, f"{first} to {last}", ha="center", va="bottom", fontsize=6.5)


_COLOURS = "YlOrBr"
"""Low bright, high dark: the way density images are printed."""


def _draw_image(axes: Axes, well: Well, track: Track, inside: NDArray[np.bool_]) -> None:
    assert track.image is not None
    image, depth = track.image, well.index[inside]
    values = image_values(well, image)[inside]
    if len(depth) < 2:
        return
    middles = (depth[1:] + depth[:-1]) / 2
    edges = np.concatenate([[2 * depth[0] - middles[0]], middles, [2 * depth[-1] - middles[-1]]])
    limits = axes.get_ylim()
    mesh = axes.pcolormesh(
        np.linspace(0, 1, values.shape[1] + 1), edges, values, cmap=_COLOURS,
        vmin=image.low, vmax=image.high, rasterized=True, zorder=2,
    )  # fmt: skip
    mesh.set_edgecolor("face")
    axes.set(xlim=(-MARGIN, 1 + MARGIN), ylim=limits)


def _draw_tops(
    columns: Sequence[tuple[Axes, Axes]], well: Well, tracks: Sequence[Track], top: float,
    base: float,
) -> None:  # fmt: skip
    """Draw tops across all tracks, tops of zones across curves; names in the track of zones."""
    tops = [each for each in well.tops if top <= each.depth <= base]
    edges = [zone.top for zone in well.zones if top < zone.top < base]
    named = next((i for i, track in enumerate(tracks) if track.kind == "zones"), 0)
    for i, (_, axes) in enumerate(columns):
        if tracks[i].curves:  # zones have their own lines, and others no room for them
            axes.hlines(edges, *axes.get_xlim(), color=INK, linewidth=0.4, zorder=4.5)
        for each in tops:
            axes.axhline(each.depth, color=each.colour, linewidth=0.8, zorder=4.6)
            if i == named:
                axes.annotate(
                    each.name, (0.02, each.depth), xytext=(0, 1.5), textcoords="offset points",
                    fontsize=6.5, color=each.colour, va="bottom", zorder=6,
                    bbox={"boxstyle": "square,pad=0.1", "color": "#ffffffb0", "linewidth": 0},
                )  # fmt: skip


def _inches(axes: Axes) -> tuple[float, float]:
    """Return width and height of axes on paper."""
    return axes.bbox.width / axes.figure.dpi, axes.bbox.height / axes.figure.dpi
