"""The geometry of a log print: where the axes of depths, headers and tracks lie on a page.

Everything is in inches of paper. Whoever wants a depth scale that is exact chooses the height of
the body, and the axes are that high whatever else is on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MARGIN", "ROW", "Layout", "Page", "make_page"]

MARGIN = 0.025
"""White beside a track's edges, in widths of it: a line held there is seen beside the frame."""
ROW = 0.36
"""Height of a curve's entry in the header, in inches."""


@dataclass(frozen=True)
class Layout:
    """Sizes of the parts of a page, in inches."""

    track: float = 2.05
    """Width of a usual track."""
    gutter: float = 0.12
    """White to the right of each track."""
    depth: float = 0.78
    """Width of the strip of depths."""
    body: float = 8.6
    """Height of the tracks: top to base of what is shown."""
    edge: float = 0.15
    """White to the left and right of all."""
    title: float = 0.55
    """Height of the title above the headers."""
    foot: float = 0.42
    """Height of the legend under the tracks."""
    paper: tuple[float, float] | None = None
    """Width and height of the sheet; None makes it as large as what stands on it."""

    def head(self, rows: float) -> float:
        """Return the height of headers that hold up to so many curves."""
        return rows * ROW + 0.08

    def size(self, widths: Sequence[float], rows: float) -> tuple[float, float]:
        """Return width and height of the sheet; arguments are those of ``make_page``."""
        if self.paper is not None:
            return self.paper
        width = 2 * self.edge + self.depth
        width += sum(self.track * each + self.gutter for each in widths)
        return width, self.title + self.head(rows) + self.body + self.foot


@dataclass(frozen=True)
class Page:
    """A figure with axes in place, all of them blank."""

    figure: Figure
    depth: Axes
    """The strip of depths, as high as the tracks."""
    columns: list[tuple[Axes, Axes]]
    """Header and body of each track; a header's y is in inches from its top."""


def make_page(widths: Sequence[float], rows: float, layout: Layout | None = None) -> Page:
    """Lay out a page.

    Parameters
    ----------
    widths : sequence of float
        Of the tracks, in usual ones.
    rows : float
        Height of the fullest header, in entries of a curve.
    layout : Layout, optional
        On a sheet of a given size the title is at its top; what is left over stays white at its
        foot.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    layout = layout or Layout()
    width, height = layout.size(widths, rows)
    head = layout.head(rows)
    bottom = height - layout.title - head - layout.body
    figure = Figure(figsize=(width, height), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)

    def add(left: float, bottom: float, wide: float, high: float) -> Axes:
        box = (left / width, bottom / height, wide / width, high / height)
        axes: Axes = figure.add_axes(box)
        axes.set_xlim(-MARGIN, 1 + MARGIN)
        axes.set_xticks([])
        axes.set_yticks([])
        return axes

    depth = add(layout.edge, bottom, layout.depth, layout.body)
    columns = []
    left = layout.edge + layout.depth
    for each in widths:
        header = add(left, bottom + layout.body, layout.track * each, head)
        header.set_ylim(head, 0)  # inches
        columns.append((header, add(left, bottom, layout.track * each, layout.body)))
        left += layout.track * each + layout.gutter
    return Page(figure, depth, columns)
