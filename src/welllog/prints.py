"""A log print whose depth scale is exact: 1:200 means that a metre of depth is 5 mm of paper.

A print is a PDF, on sheets that carry the header each and go on where the last one ended, or on
a roll. Vector graphics throughout: nothing is thinned, and a print can be cut and laid on another.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import welllog
from welllog.drawing import count_rows, draw_tracks
from welllog.makers import said_makers
from welllog.pages import Layout, Page, make_page
from welllog.plot import draw_key, lay_out_restored, take_literally
from welllog.progress import Progress
from welllog.scales import depth_ticks, format_number
from welllog.templates import Template
from welllog.tracks import Track, log_interval
from welllog.well import Well

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from welllog.restoration import Restoration

__all__ = ["PAPERS", "PrintError", "check_scale", "paper_size", "write_print"]

PAPERS = ("A4", "A3", "letter", "A4-landscape", "A3-landscape", "letter-landscape", "roll")
_SHEETS_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "LETTER": (215.9, 279.4)}
_MM = 1 / 25.4
_MOST_INCHES = 200.0
"""Longest page that a PDF can have (PDF 32000-1, annex C.2: 14400 units of 1/72 inch)."""
_LABEL_INCHES = 0.6
"""Depths are written no nearer to each other than this."""
_NARROWEST = 0.8
_WIDEST = 2.5
_EDGE, _TITLE, _FOOT = 0.4, 1.0, 0.75
_BAR_MM = 50.0
_FAINT_INK = "#455a64"
_LEAST_SCALE, _MOST_SCALE = 10.0, 100_000.0


class PrintError(ValueError):
    """A print that cannot be made as asked."""


@dataclass(frozen=True)
class _Sheets:
    """How a print is cut into pages."""

    layout: Layout
    widths: list[float]
    """Of the tracks, in usual ones."""
    rows: float
    """Height of the fullest header, in entries of a curve."""
    inches: float
    """Of paper for a unit of the index."""
    intervals: list[tuple[float, float]]
    """Top and base of each page; where one ends the next begins."""


def write_print(
    well: Well,
    restoration: Restoration | None,
    path: str | Path,
    *,
    scale: float = 500.0,
    paper: str | tuple[float, float] | None = "A4",
    interval: tuple[float, float] | None = None,
    curves: Iterable[str] | None = None,
    template: Template | str | Path | None = None,
    title: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Print a well true to scale, as a PDF.

    Parameters
    ----------
    well : Well
        On an index of depths, in metres or feet.
    restoration : Restoration or None
        Drawn over it.
    path : str or Path
    scale : float
        500 for 1:500: so many metres of depth to a metre of paper.
    paper : str, tuple of float or None
        One of ``PAPERS``, or width and height in millimetres. ``"roll"`` makes one page as long as
        the log; beyond 5.08 m, which no PDF page can exceed, it goes on with a further one. None
        takes A4 if the tracks have room on it, else a larger one.
    interval : tuple of float, optional
        Top and base, in index units; by default all that was logged. A page begins and ends at a
        round depth.
    curves, template
        As in ``tracks.lay_out``.
    title : str, optional
        Instead of the well's name.
    overwrite : bool
        Replace a file that exists.
    progress : callable, optional
        Called with the share done and a message.

    Returns
    -------
    Path

    Raises
    ------
    PrintError
        The index is no depth, nothing can be drawn, the tracks do not fit the paper, or the file
        exists or cannot be written.
    CurveNotFoundError
        Where a curve asked for is not in the well.
    """
    from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages

    path = Path(path)
    if path.exists() and not overwrite:
        raise PrintError(f"{path}: exists; choose another name or allow overwriting")
    well, tracks = lay_out_restored(well, restoration, curves, template)
    if not tracks:
        raise PrintError(f"well {well.name} has no curve to print: none is known and measured")
    sheets = _cut(well, tracks, scale, paper or _choose_paper(tracks), interval)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    about = {"Title": f"{title or well.name} 1:{scale:g}", "Creator": f"welllog {_version()}"}
    try:
        with PdfPages(part, metadata=about) as pages:
            for number, (top, base) in enumerate(sheets.intervals):
                if progress:
                    progress(number / len(sheets.intervals), f"page {number + 1}")
                layout = replace(sheets.layout, body=(base - top) * sheets.inches)
                page = make_page(sheets.widths, sheets.rows, layout)
                here = _only_between(restoration, well, top, base)
                draw_tracks(
                    page.depth, page.columns, well, tracks, (top, base), restoration=here,
                    labels=layout.body / _LABEL_INCHES, thin=False,
                )  # fmt: skip
                heading = _heading(title or well.name, well, restoration)
                counted = f"page {number + 1} of {len(sheets.intervals)}"
                _draw_margins(page, heading, well, restoration, scale, counted, (top, base))
                take_literally(page.figure)
                # Not savefig: a user's settings (savefig.bbox = tight) would change the scale.
                FigureCanvasPdf(page.figure).print_pdf(pages)  # type: ignore[no-untyped-call]
        part.replace(path)
    except OSError as error:
        raise PrintError(
            f"{path}: cannot be written: {error.strerror or error}; choose another folder"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    if progress:
        progress(1.0, "done")
    return path


def paper_size(paper: str | tuple[float, float]) -> tuple[float, float] | None:
    """Return width and height of a paper in inches; None for a roll.

    Raises
    ------
    PrintError
        An unknown name, or sizes that no page can have.
    """
    if isinstance(paper, str):
        name, _, turned = paper.upper().partition("-")
        if paper.upper() == "ROLL":
            return None
        if name not in _SHEETS_MM or turned not in ("", "LANDSCAPE"):
            raise PrintError(f"unknown paper {paper!r}; use {', '.join(PAPERS)}")
        wide, high = _SHEETS_MM[name][::-1] if turned else _SHEETS_MM[name]
    else:
        wide, high = paper
    size = float(wide) * _MM, float(high) * _MM
    if not all(1.0 <= side <= _MOST_INCHES for side in size):
        raise PrintError(
            f"a paper of {wide:g} by {high:g} mm cannot be a page of a PDF; use 25.4 to 5080 mm"
        )
    return size


def check_scale(scale: float) -> None:
    """Refuse a scale that no log is printed to.

    Raises
    ------
    PrintError
        It is less than 10, more than 100 000, or no number.
    """
    if not _LEAST_SCALE <= scale <= _MOST_SCALE:
        raise PrintError(
            f"a scale of 1:{scale:g} is none for logs; use {_LEAST_SCALE:g} to {_MOST_SCALE:g}, "
            "such as 200 or 500"
        )


def _cut(
    well: Well,
    tracks: list[Track],
    scale: float,
    paper: str | tuple[float, float],
    interval: tuple[float, float] | None,
) -> _Sheets:
    """Choose the layout and where pages end."""
    check_scale(scale)
    inches = well.metres_per_unit * 1000 * _MM / scale
    if not math.isfinite(inches):
        raise PrintError(
            f"the index of well {well.name} is in {well.index_unit!r}, which is no depth, so a "
            "print has no scale; read the file with index_unit='m' or 'ft' if it is one"
        )
    size = paper_size(paper)
    widths = [track.width for track in tracks]
    rows = max(count_rows(track) for track in tracks)
    layout = Layout(edge=_EDGE, title=_TITLE, foot=_FOOT, paper=size)
    if size is not None:
        room = _room(layout, widths, size[0])
        if room < _NARROWEST:
            raise PrintError(
                f"{len(tracks)} tracks are too many for a paper {size[0] / _MM:g} mm wide; "
                "choose a wider one, a roll, or fewer curves"
            )
        layout = replace(layout, track=min(room, _WIDEST))
    high = _MOST_INCHES if size is None else size[1]
    most = (high - layout.title - layout.head(rows) - layout.foot) / inches
    top, base = sorted(interval) if interval is not None else log_interval(well)
    if not ((well.index >= top) & (well.index <= base)).any():
        raise PrintError(
            f"well {well.name} has no sample between {top:g} and {base:g} {well.index_unit}"
        )
    if most * inches < 2 * _LABEL_INCHES:
        raise PrintError("the headers of the tracks leave no room for them on this paper")
    round_depths, _ = depth_ticks(0.0, most, most=most * inches / _LABEL_INCHES)
    step = float(round_depths[1])
    first, last = math.floor(top / step + 1e-9), math.ceil(base / step - 1e-9)
    by = math.floor(most / step + 1e-9)
    breaks = [*range(first, max(last, first + 1), by), max(last, first + 1)]
    ends = [number * step for number in breaks]
    intervals = list(zip(ends[:-1], ends[1:], strict=True))
    if size is None:
        longest = max(base - top for top, base in intervals) * inches
        width, height = replace(layout, body=longest).size(widths, rows)
        layout = replace(layout, paper=(width, height))
    return _Sheets(layout, widths, rows, inches, intervals)


def _room(layout: Layout, widths: list[float], across: float) -> float:
    """Return how wide a usual track can be on a paper so many inches across, in inches."""
    return (across - 2 * layout.edge - layout.depth - len(widths) * layout.gutter) / sum(widths)


def _choose_paper(tracks: list[Track]) -> str:
    """Return the smallest paper on which tracks have room."""
    layout, widths = Layout(edge=_EDGE), [track.width for track in tracks]
    for paper in ("A4", "A3", "A3-landscape"):
        size = paper_size(paper)
        if size is not None and _room(layout, widths, size[0]) >= _NARROWEST:
            return paper
    return "roll"


def _only_between(
    restoration: Restoration | None, well: Well, top: float, base: float
) -> Restoration | None:
    """Return a restoration without what is not on a page, which would only make it heavy."""
    if restoration is None:
        return None
    more = 3 * np.nan_to_num(well.step)
    near = (well.index >= top - more) & (well.index <= base + more)
    curves = {
        own: replace(curve, flag=np.where(near, curve.flag, 0).astype(np.int8))
        for own, curve in restoration.curves.items()
    }
    return replace(restoration, curves=curves)


def _heading(title: str, well: Well, restoration: Restoration | None) -> list[str]:
    """Return the lines at the top of each page: well, field and company, what was restored."""
    said = [well.header.value(name).strip() for name in ("FLD", "COMP", "LOC")]
    lines = [_cut_off(title, 60), _cut_off(", ".join(filter(None, said)), 90)]
    if restoration is not None and restoration.curves:
        lines.append(_cut_off(said_makers(restoration), 90))
    return lines


def _cut_off(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _draw_margins(
    page: Page,
    heading: list[str],
    well: Well,
    restoration: Restoration | None,
    scale: float,
    counted: str,
    interval: tuple[float, float],
) -> None:
    """Write what stands above and below the tracks, and a bar to check the paper's scale with."""
    figure = page.figure
    width, height = figure.get_size_inches()
    left, right = _EDGE / width, 1 - _EDGE / width

    def write(side: float, inches: float, text: str, size: float, weight: str = "normal") -> None:
        figure.text(
            side, inches / height, text, fontsize=size, fontweight=weight, va="baseline",
            ha="left" if side == left else "right", color=_FAINT_INK if size < 9 else "black",
        )  # fmt: skip

    top, base = (format_number(depth) for depth in interval)
    write(left, height - 0.58, heading[0], 13, "bold")
    for place, line in enumerate(filter(None, heading[1:])):
        write(left, height - 0.76 - 0.15 * place, line, 8)
    write(right, height - 0.58, f"1:{format_number(scale)}", 13, "bold")
    write(right, height - 0.76, f"{top} to {base} {well.index_unit}", 8)
    write(right, height - 0.91, counted, 8)
    if restoration is not None:
        draw_key(figure, restoration, (left, 0.5 / height), size=min(7.5, width))
    source = f"{_cut_off(well.path.name, 60)}   " if well.path is not None else ""
    write(left, 0.32, f"{source}welllog {_version()}", 7)
    _draw_bar(figure, well, scale, (width - _EDGE, 0.32), height)


def _draw_bar(
    figure: Figure, well: Well, scale: float, end: tuple[float, float], height: float
) -> None:
    """Draw a bar of 50 mm that ends at a point (inches), and say which depth that is."""
    from matplotlib.lines import Line2D

    width = figure.get_figwidth()
    depth = _BAR_MM * scale / 1000 / well.metres_per_unit
    right, low = end[0] / width, end[1] / height
    left = (end[0] - _BAR_MM * _MM) / width
    tick = 0.05 / height
    figure.add_artist(
        Line2D(
            [left, left, right, right], [low + tick, low, low, low + tick],
            color="black", linewidth=0.8, solid_joinstyle="miter",
        )
    )  # fmt: skip
    said = f"{_BAR_MM:g} mm = {depth:.4g} {well.index_unit} if printed at 100 %"
    figure.text((left + right) / 2, low - 0.13 / height, said, fontsize=6.5, ha="center",
                color=_FAINT_INK)  # fmt: skip


def _version() -> str:
    return welllog.__version__
