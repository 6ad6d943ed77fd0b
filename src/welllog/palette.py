"""Colours of charts on a light or a dark page, and axes dressed in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from welllog.tracks import legible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = ["CLASS_COLOURS", "DARK", "LIGHT", "Theme", "choose_theme", "dress", "place_legend"]

CLASS_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7")
"""Of classes of rock: Okabe and Ito's, which eyes that see fewer colours tell apart too."""


@dataclass(frozen=True)
class Theme:
    """What a chart is drawn in; every colour as ``#rrggbb``."""

    paper: str
    """Background."""
    ink: str
    """Text, axes, the line that is read."""
    grid: str
    """Lines in the background."""
    measured: str
    """Points and bars of what was measured."""
    filled: str
    """Those of what was filled."""
    outside: str
    """Edge of what was filled outside the model's experience."""
    picked: str
    """Rings around points of picked intervals; the colour of the intervals over the tracks."""
    marked: str
    """Rings around points that were marked, and the marks over the tracks."""
    shades: tuple[float, float]
    """Part of the colour map that can be told from the paper."""


LIGHT = Theme(
    "#ffffff", "#1a1a1a", "#d9dde0", "#78828a", "#c2410c", "#d50000", "#c77700", "#0077a8",
    (0.0, 0.88),
)  # fmt: skip
DARK = Theme(
    "#1b1d23", "#f0f1f2", "#3c4247", "#9aa4ac", "#ff9d5c", "#ff5252", "#ffb300", "#29d3ff",
    (0.18, 1.0),
)  # fmt: skip


def choose_theme(paper: str) -> Theme:
    """Return the theme for a page of this colour, ``#rrggbb``."""
    dark = legible("#808080", paper, contrast=21.0) == "#ffffff"
    theme = DARK if dark else LIGHT
    return replace(
        theme,
        paper=paper,
        measured=legible(theme.measured, paper, contrast=3.0),
        filled=legible(theme.filled, paper, contrast=3.0),
        outside=legible(theme.outside, paper, contrast=3.0),
        picked=legible(theme.picked, paper, contrast=3.0),
        marked=legible(theme.marked, paper, contrast=3.0),
    )


def colour_map(theme: Theme) -> Colormap:
    """Return viridis without the end that would vanish in the paper."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    colours = ListedColormap(colormaps["viridis"](np.linspace(*theme.shades, 256)))
    return colours.with_extremes(bad=theme.measured)


_LEGEND_INCHES = 1.3
"""A legend beside the axes takes so much more of a figure than one below them."""


def begin(figure: Figure, theme: Theme) -> Axes:
    """Clear a figure and return its one axes, dressed."""
    figure.clear()
    figure.set_layout_engine("constrained", w_pad=0.06, h_pad=0.06)
    figure.set_facecolor(theme.paper)
    axes = figure.add_subplot()
    dress(axes, theme)
    return axes


def dress(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of a theme."""
    axes.set_facecolor(theme.paper)
    axes.grid(True, color=theme.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", colors=theme.ink, labelsize=8)
    for spine in axes.spines.values():
        spine.set(color=theme.ink, linewidth=0.8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set(color=theme.ink, fontsize=9)
        axis.get_offset_text().set(color=theme.ink, fontsize=8)
    axes.title.set(color=theme.ink, fontsize=9)


def place_legend(figure: Figure, handles: list[Any], theme: Theme) -> None:
    """Put a legend beside the axes of a wide figure, and below those of a high one."""
    wide = is_wide(figure)
    figure.legend(
        handles=handles,
        loc="outside right upper" if wide else "outside lower center",
        ncols=1 if wide else 2,
        fontsize=8,
        frameon=False,
        labelcolor=theme.ink,
        handlelength=1.6,
        borderaxespad=0.2,
    )


def is_wide(figure: Figure) -> bool:
    """Return whether a figure has more room beside its axes than below."""
    return bool(figure.get_figwidth() > figure.get_figheight() + _LEGEND_INCHES)


def say_nothing_to_draw(figure: Figure, theme: Theme, words: str) -> None:
    """Write on an empty page why it is empty, and what to do."""
    figure.clear()
    figure.set_layout_engine("none")
    figure.set_facecolor(theme.paper)
    figure.text(
        0.5, 0.5, words, ha="center", va="center", color=theme.ink, fontsize=9, wrap=True
    )  # fmt: skip
