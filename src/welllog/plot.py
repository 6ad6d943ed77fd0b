"""A well drawn as a log print: tracks, headers, restored intervals with their band.

Uses matplotlib's figure objects and the Agg canvas only, never pyplot: drawing leaves no global
state behind and needs no screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from welllog.drawing import (
    DASHES,
    INK,
    LINE,
    MARGIN,
    OUTSIDE,
    ROW,
    SHADE,
    count_rows,
    draw_tracks,
)
from welllog.templates import Template
from welllog.tracks import format_number, lay_out, log_interval, with_room_for
from welllog.well import Well

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from welllog.restoration import Restoration

__all__ = ["plot_well"]

_INCHES = {"track": 2.05, "gutter": 0.12, "depth": 0.78, "row": ROW, "body": 8.6, "edge": 0.15}


def plot_well(
    well: Well,
    *,
    restoration: Restoration | None = None,
    interval: tuple[float, float] | None = None,
    truth: Mapping[str, ArrayLike] | None = None,
    curves: Iterable[str] | None = None,
    template: Template | str | Path | None = None,
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
    template : Template, str or Path, optional
        As in ``tracks.lay_out``; ``templates.choose_template`` finds the one that suits a well.
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
    TemplateError
        Where there is no such template, or it cannot be read.
    """
    if restoration is not None:
        well = with_room_for(_with_curves_of(restoration, well), restoration.curves)
        if curves is None:
            shown = [curve.mnemonic for track in lay_out(well) for curve in track.curves]
            curves = [*shown, *restoration.curves]
    tracks = lay_out(well, curves, template=template)
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
    figure, depth_axes, columns = _make_page(
        [track.width for track in tracks], max(count_rows(track) for track in tracks)
    )
    draw_tracks(
        depth_axes, columns, well, tracks, (top, base), restoration=restoration, truth=truth
    )
    _draw_captions(figure, well, restoration, truth, title, (top, base))
    if path is not None:
        figure.savefig(path)
    return figure


def _with_curves_of(restoration: Restoration, well: Well) -> Well:
    """Return the well with the curves that a restoration added, for its flags and bands."""
    whole = well.copy()
    for name, curve in restoration.well.curves.items():
        whole.curves.setdefault(name, curve)
    return whole


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


def _make_page(
    widths: Sequence[float], rows: float
) -> tuple[Figure, Axes, list[tuple[Axes, Axes]]]:
    """Return a figure, its depth axes and (header, body) axes of each track.

    ``widths`` are those of the tracks in usual ones, ``rows`` the height of the fullest header.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = _INCHES
    head, title, foot = rows * size["row"] + 0.08, 0.55, 0.42
    width = 2 * size["edge"] + size["depth"]
    width += sum(size["track"] * each + size["gutter"] for each in widths)
    height = title + head + size["body"] + foot
    figure = Figure(figsize=(width, height), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)

    def add(left: float, bottom: float, wide: float, high: float) -> Axes:
        box = (left / width, bottom / height, wide / width, high / height)
        axes: Axes = figure.add_axes(box)
        axes.set_xlim(-MARGIN, 1 + MARGIN)
        axes.set_xticks([])
        axes.set_yticks([])
        return axes

    depth = add(size["edge"], foot, size["depth"], size["body"])
    columns = []
    left = size["edge"] + size["depth"]
    for each in widths:
        header = add(left, foot + size["body"], size["track"] * each, head)
        header.set_ylim(head, 0)  # inches
        columns.append((header, add(left, foot, size["track"] * each, size["body"])))
        left += size["track"] * each + size["gutter"]
    return figure, depth, columns


def _draw_captions(
    figure: Figure,
    well: Well,
    restoration: Restoration | None,
    truth: Mapping[str, ArrayLike] | None,
    title: str | None,
    interval: tuple[float, float],
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    height = figure.get_figheight()
    left = _INCHES["edge"] / figure.get_figwidth()
    top, base = (format_number(round(depth, 1)) for depth in interval)
    under = f"{top} to {base} {well.index_unit}"
    handles: list[Any] = [Line2D([], [], color=LINE, linewidth=0.9, label="measured")]
    if restoration is not None:
        named = ", ".join(restoration.curves)
        under += f"    {named} restored by {restoration.model}"
        handles += [
            Line2D([], [], color=INK, linewidth=1.4, label="restored (median)"),
            Patch(color=LINE, alpha=0.6, label="90 % interval"),
            Patch(color=SHADE, label="restored depths"),
        ]
        if truth:
            handles.append(
                Line2D([], [], color=LINE, linestyle=DASHES, label="measured, was hidden")
            )
        if any(restored.realisations for restored in restoration.curves.values()):
            handles.append(Line2D([], [], color=LINE, linewidth=0.5, label="realisations"))
        if any((restored.flag == 3).any() for restored in restoration.curves.values()):
            outside = "outside the model's experience"
            handles.append(Line2D([], [], color=OUTSIDE, linewidth=2.5, label=outside))
    figure.text(left, 1 - 0.08 / height, title or well.name, fontsize=12, fontweight="bold",
                va="top", color=INK)  # fmt: skip
    figure.text(left, 1 - 0.32 / height, under, fontsize=8, va="top", color="#455a64")
    if restoration is not None:
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(left, 0.04 / height), fontsize=8,
            ncols=len(handles), frameon=False, handlelength=1.8, columnspacing=1.6,
            borderaxespad=0,
        )  # fmt: skip
