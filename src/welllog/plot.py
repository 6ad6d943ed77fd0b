"""A well drawn as a log print: tracks, headers, restored intervals with their band.

Uses matplotlib's figure objects and the Agg canvas only, never pyplot: drawing leaves no global
state behind and needs no screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from welllog.drawing import (
    DASHES,
    INK,
    LINE,
    OUTSIDE,
    SHADE,
    count_rows,
    draw_tracks,
)
from welllog.makers import HAND, name_makers, said_makers
from welllog.pages import Layout, make_page
from welllog.templates import Template
from welllog.tracks import Track, format_number, lay_out, log_interval, with_room_for
from welllog.well import Well

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from welllog.restoration import Restoration

__all__ = ["draw_key", "lay_out_restored", "plot_well", "take_literally"]

_LAYOUT = Layout()


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
    well, tracks = lay_out_restored(well, restoration, curves, template)
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
    page = make_page([track.width for track in tracks], max(count_rows(track) for track in tracks))
    draw_tracks(
        page.depth, page.columns, well, tracks, (top, base), restoration=restoration, truth=truth
    )
    _draw_captions(page.figure, well, restoration, truth, title, (top, base))
    take_literally(page.figure)
    if path is not None:
        page.figure.savefig(path)
    return page.figure


def lay_out_restored(
    well: Well,
    restoration: Restoration | None,
    curves: Iterable[str] | None = None,
    template: Template | str | Path | None = None,
) -> tuple[Well, list[Track]]:
    """Arrange a well for a restoration to be drawn over it.

    Returns the well with the curves that it needs for that, and its tracks: as ``tracks.lay_out``
    makes them, and where no ``curves`` are asked for each restored one is among them.
    """
    if restoration is None:
        return well, lay_out(well, curves, template=template)
    well = with_room_for(_with_curves_of(restoration, well), restoration.curves)
    return well, lay_out(well, curves, template=template, also=restoration.curves)


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
        under += f"    {said_makers(restoration)}"
    figure.text(left, 1 - 0.08 / height, title or well.name, fontsize=12, fontweight="bold",
                va="top", color=INK)  # fmt: skip
    figure.text(left, 1 - 0.32 / height, under, fontsize=8, va="top", color="#455a64")
    if restoration is not None:
        draw_key(figure, restoration, (left, 0.04 / height), truth)


def _say_line(restoration: Restoration) -> str:
    """Say what the heavy line is: of models, drawn by hand, or both."""
    made = name_makers(restoration).values()
    if all(each == HAND for each in made):
        return "drawn by hand"
    drawn = any(each == HAND or each.endswith(f" and by {HAND}") for each in made)
    return "restored (median), or drawn by hand" if drawn else "restored (median)"


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
        Line2D([], [], color=LINE, linewidth=0.9, label="measured"),
        Line2D([], [], color=INK, linewidth=1.4, label=_say_line(restoration)),
        Patch(color=SHADE, label="restored depths"),
    ]
    if any(np.isfinite(restored.lower).any() for restored in restoration.curves.values()):
        handles.insert(2, Patch(color=LINE, alpha=0.6, label="90 % interval"))
    if truth:
        handles.append(Line2D([], [], color=LINE, linestyle=DASHES, label="measured, was hidden"))
    if any(restored.realisations for restored in restoration.curves.values()):
        handles.append(Line2D([], [], color=LINE, linewidth=0.5, label="realisations"))
    if any((restored.flag == 3).any() for restored in restoration.curves.values()):
        outside = "outside the model's experience"
        handles.append(Line2D([], [], color=OUTSIDE, linewidth=2.5, label=outside))
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=corner, fontsize=size,
        ncols=len(handles), frameon=False, handlelength=1.8, columnspacing=1.6, borderaxespad=0,
    )  # fmt: skip
