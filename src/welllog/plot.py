"""A well drawn as a log print: tracks, headers, restored intervals with their band.

Uses matplotlib's figure objects and the Agg canvas only, never pyplot: drawing leaves no global
state behind and needs no screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.pages import Layout, Page, make_page
from welllog.tracks import (
    Track,
    TrackCurve,
    decimate,
    depth_ticks,
    format_number,
    grid_positions,
    lay_out,
    log_interval,
    polyline,
    positions,
    with_room_for,
)
from welllog.well import Well

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from welllog.restoration import Restoration

__all__ = ["draw_key", "draw_tracks", "plot_well", "take_literally"]

FloatArray = NDArray[np.float64]

_INK = "#1a1a1a"
_FAINT = "#dfe3e6"
_STRONG = "#b8c0c6"
_SHADE = "#fff3cf"
_OUTSIDE = "#d50000"
_MOST_REALISATIONS = 3  # more than a few and none can be followed
_MOST_POINTS = 6000
_LAYOUT = Layout()
_LABELS = 14
_PIECE = 2000  # samples of a line on paper: as many as are drawn with a strong pen


def plot_well(
    well: Well,
    *,
    restoration: Restoration | None = None,
    interval: tuple[float, float] | None = None,
    truth: Mapping[str, ArrayLike] | None = None,
    curves: Iterable[str] | None = None,
    path: str | Path | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a well as tracks, with what was restored and how sure that is.

    The measured curve is thin and in its own colour. Inside an interval that was restored the
    median is a heavy dark line, the 90 % interval a band in the curve's colour, and what was
    hidden, where it is known, a dashed line in that colour. Values off scale are held at the edge
    of the track; a gap is left blank.

    Parameters
    ----------
    well : Well
        The measured well.
    restoration : Restoration, optional
        Drawn over it.
    interval : tuple of float, optional
        Top and base of what is shown, in index units. By default the restored intervals with half
        as much again above and below, or all that was logged.
    truth : mapping of str to array, shape (n,), optional
        Own mnemonic to the values that were hidden from the restoration, on the well's index.
    curves : iterable of str, optional
        As in ``tracks.lay_out``.
    path : str or Path, optional
        Also save the figure there; the ending decides the format.
    title : str, optional
        Instead of the well's name.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where the well has no curve to show or the interval holds no sample.
    CurveNotFoundError
        Where a curve asked for is not in the well.
    """
    if restoration is not None:
        well = with_room_for(well, restoration.curves)
        if curves is None:
            shown = [curve.mnemonic for track in lay_out(well) for curve in track.curves]
            curves = [*shown, *restoration.curves]
    tracks = lay_out(well, curves)
    if not tracks:
        raise ValueError(
            f"well {well.name} has no curve to draw: none is known and measured; "
            "name some with curves=[...]"
        )
    top, base = sorted(interval) if interval is not None else _choose_interval(well, restoration)
    inside = (well.index >= top) & (well.index <= base)
    if not inside.any():
        raise ValueError(
            f"well {well.name} has no sample between {top:g} and {base:g} {well.index_unit}; "
            f"it was logged from {well.index.min():g} to {well.index.max():g}"
        )
    page = make_page([1.0] * len(tracks), max(len(track.curves) for track in tracks))
    draw_tracks(page, well, tracks, (top, base), restoration=restoration, truth=truth)
    _draw_captions(page.figure, well, restoration, truth, title, (top, base))
    take_literally(page.figure)
    if path is not None:
        page.figure.savefig(path)
    return page.figure


def draw_tracks(
    page: Page,
    well: Well,
    tracks: Sequence[Track],
    interval: tuple[float, float],
    *,
    restoration: Restoration | None = None,
    truth: Mapping[str, ArrayLike] | None = None,
    labels: float = _LABELS,
    thin: bool = True,
) -> None:
    """Draw depths, headers and curves of a well on a page that is laid out for them.

    Parameters
    ----------
    page : Page
        With a column for each track.
    well : Well
        With every curve of the tracks.
    tracks : sequence of Track
    interval : tuple of float
        Top and base of the body, in index units.
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
    parts = [inside] if thin else _pieces(inside, _PIECE)
    _draw_depths(page.depth, well, top, base, labels)
    for track, (header, body) in zip(tracks, page.columns, strict=True):
        _draw_header(header, track)
        _draw_frame(body, track, top, base, labels)
        _shade_intervals(body, well, track, restoration)
        for curve in track.curves:
            for part in parts:
                _draw_curve(body, well, curve, part)
        for curve in track.curves:
            _draw_restored(body, well, curve, restoration, truth or {})


def _pieces(inside: NDArray[np.bool_], size: int) -> list[NDArray[np.bool_]]:
    """Cut rows, shape (n,), into runs of so many at most that share their ends."""
    rows = np.flatnonzero(inside)
    pieces = []
    for start in range(0, max(len(rows) - 1, 1), size):
        piece = np.zeros_like(inside)
        piece[rows[start : start + size + 1]] = True
        pieces.append(piece)
    return pieces


def take_literally(figure: Figure) -> None:
    """Show names that come out of files as they are: dollar signs are no mathematics.

    Control characters, which no font has, are left out.
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_text(
            "".join(letter for letter in text.get_text() if letter.isprintable() or letter == "\n")
        )


def _choose_interval(well: Well, restoration: Restoration | None) -> tuple[float, float]:
    low, high = log_interval(well)
    filled = np.zeros(len(well.index), dtype=bool)
    for restored in restoration.curves.values() if restoration is not None else ():
        filled |= restored.flag > 0
    if not filled.any():
        return low, high
    top, base = float(well.index[filled].min()), float(well.index[filled].max())
    margin = max((base - top) / 2, 40 * well.step)
    return max(top - margin, low), min(base + margin, high)


def _draw_depths(axes: Axes, well: Well, top: float, base: float, labels: float) -> None:
    axes.set_ylim(base, top)
    axes.axis("off")
    strong, weak = depth_ticks(top, base, most=labels)
    axes.hlines(strong, 0.88, 1.0, color=_INK, linewidth=0.8)
    axes.hlines(weak, 0.94, 1.0, color=_INK, linewidth=0.4)
    for depth in strong:
        axes.text(0.84, depth, format_number(depth), ha="right", va="center", fontsize=8)
    name = f"{well.index_mnemonic} [{well.index_unit}]"
    axes.annotate(
        name, (0.96, 1.0), xytext=(0, 5), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="bottom", fontsize=8,
    )  # fmt: skip


def _draw_header(axes: Axes, track: Track) -> None:
    rows = len(track.curves)
    height = axes.get_ylim()[0]
    for spine in axes.spines.values():
        spine.set(color=_INK, linewidth=0.8)
    for i, curve in enumerate(track.curves):
        y = height - 0.06 - (rows - 1 - i) * _LAYOUT.row
        style: dict[str, Any] = {"color": curve.colour, "va": "bottom"}
        axes.plot([0, 1], [y, y], color=curve.colour, linewidth=1.4, solid_capstyle="butt")
        axes.text(0, y - 0.03, format_number(curve.left), ha="left", fontsize=7, **style)
        axes.text(1, y - 0.03, format_number(curve.right), ha="right", fontsize=7, **style)
        axes.text(
            0.5, y - 0.145, curve.mnemonic, ha="center", fontsize=9, fontweight="bold", **style
        )
        axes.text(0.5, y - 0.025, curve.unit, ha="center", fontsize=6.5, **style)


def _draw_frame(axes: Axes, track: Track, top: float, base: float, labels: float) -> None:
    axes.set_ylim(base, top)
    strong, weak = grid_positions(track)
    axes.vlines(weak, top, base, color=_FAINT, linewidth=0.4, zorder=0.6)
    axes.vlines(strong, top, base, color=_STRONG, linewidth=0.7, zorder=0.7)
    strong, weak = depth_ticks(top, base, most=labels)
    edges = axes.get_xlim()
    axes.hlines(weak, *edges, color=_FAINT, linewidth=0.4, zorder=0.6)
    axes.hlines(strong, *edges, color=_STRONG, linewidth=0.7, zorder=0.7)
    for spine in axes.spines.values():
        spine.set(color=_INK, linewidth=0.8)


def _shade_intervals(axes: Axes, well: Well, track: Track, restoration: Restoration | None) -> None:
    """Tint the depths at which any curve of the track was restored, once each."""
    if restoration is None:
        return
    filled = np.zeros(len(well.index), dtype=bool)
    for curve in track.curves:
        if curve.mnemonic in restoration.curves:
            filled |= restoration.curves[curve.mnemonic].flag > 0
    for first, last in _runs(filled):
        edges = well.index[first] - well.step / 2, well.index[last - 1] + well.step / 2
        axes.axhspan(*edges, color=_SHADE, linewidth=0, zorder=0.5)


def _draw_curve(axes: Axes, well: Well, curve: TrackCurve, inside: NDArray[np.bool_]) -> None:
    depth, place = polyline(
        well.index[inside], positions(well.values(curve.mnemonic)[inside], curve)
    )
    width = 0.7 if np.isfinite(place).sum() < 250 * _LAYOUT.body else 0.4
    depth, place = decimate(depth, place, _MOST_POINTS)
    axes.plot(place, depth, color=curve.colour, linewidth=width, zorder=3)


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
    for first, last in _runs(restored.flag > 0):
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
        axes.plot(median[joined], well.index[joined], color=_INK, linewidth=1.1, zorder=4.1)
        if hidden is not None:
            axes.plot(
                hidden[joined], well.index[joined], color=curve.colour, linewidth=1.1,
                linestyle=(0, (3, 1.4)), zorder=4.2,
            )  # fmt: skip
    for first, last in _runs(restored.flag == 3):
        axes.plot([1, 1], well.index[[first, last - 1]], color=_OUTSIDE, linewidth=2.5)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open runs of True."""
    change = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(change[::2], change[1::2], strict=True)]


def _draw_captions(
    figure: Figure,
    well: Well,
    restoration: Restoration | None,
    truth: Mapping[str, ArrayLike] | None,
    title: str | None,
    interval: tuple[float, float],
) -> None:
    height = figure.get_figheight()
    left = _LAYOUT.edge / figure.get_figwidth()
    top, base = (format_number(round(depth, 1)) for depth in interval)
    under = f"{top} to {base} {well.index_unit}"
    if restoration is not None:
        under += f"    {', '.join(restoration.curves)} restored by {restoration.model}"
    figure.text(left, 1 - 0.08 / height, title or well.name, fontsize=12, fontweight="bold",
                va="top", color=_INK)  # fmt: skip
    figure.text(left, 1 - 0.32 / height, under, fontsize=8, va="top", color="#455a64")
    if restoration is not None:
        draw_key(figure, restoration, (left, 0.04 / height), truth)


def draw_key(
    figure: Figure,
    restoration: Restoration,
    corner: tuple[float, float],
    truth: Mapping[str, ArrayLike] | None = None,
    size: float = 8,
) -> None:
    """Explain the marks of a restoration in one line; ``corner`` is its lower left one."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], color=_STRONG, linewidth=0.9, label="measured"),
        Line2D([], [], color=_INK, linewidth=1.4, label="restored (median)"),
        Patch(color=_STRONG, alpha=0.6, label="90 % interval"),
        Patch(color=_SHADE, label="restored depths"),
    ]
    if truth:
        dashes = (0, (3, 1.4))
        handles.append(
            Line2D([], [], color=_STRONG, linestyle=dashes, label="measured, was hidden")
        )
    if any(restored.realisations for restored in restoration.curves.values()):
        handles.append(Line2D([], [], color=_STRONG, linewidth=0.5, label="realisations"))
    if any((restored.flag == 3).any() for restored in restoration.curves.values()):
        outside = "outside the model's experience"
        handles.append(Line2D([], [], color=_OUTSIDE, linewidth=2.5, label=outside))
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=corner, fontsize=size,
        ncols=len(handles), frameon=False, handlelength=1.8, columnspacing=1.6, borderaxespad=0,
    )  # fmt: skip
