"""What a network makes of a point of its noise: the sample along depth, and what its layers do."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._latent_maps import END_COLOURS, Marks, NoiseMap, number_decades
from napari_welllog._latent_work import STEPS, Answer, Explored, is_log, unit_of
from welllog.palette import CLASS_COLOURS, Theme, dress

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENCODER, _DECODER = "#0077bb", "#ee7733"
_LABEL_INCHES = 0.082
"""Height that the name of a layer needs."""


class SamplePicture:
    """The sample at a point, over what was measured and the answer without noise."""

    def __init__(self, figure: Any, explored: Explored, theme: Theme) -> None:
        self._explored, self._theme = explored, theme
        self._walk_shown: Any = None
        self._lines: list[Any] = []
        condition = explored.condition
        axes = self._axes = figure.add_subplot()
        dress(axes, theme)
        axes.tick_params(labelsize=7, length=2, pad=1.5)
        depth, measured = explored.around
        top, base = sorted((condition.top, condition.base))
        axes.axhspan(top, base, color=theme.grid, alpha=0.45, linewidth=0)
        (line,) = axes.plot(measured, depth, color=theme.measured, linewidth=1.1)
        (origin,) = axes.plot(
            explored.origin.fill, explored.depth, color=theme.ink, linewidth=0.8, linestyle="--"
        )
        (self._sample,) = axes.plot(
            explored.origin.fill, explored.depth, color=theme.filled, linewidth=1.8
        )
        if is_log(condition.curve):
            axes.set_xscale("log")
        spare = (base - top) / 3
        axes.set_ylim(base + spare, top - spare)
        axes.set_xlabel(f"{condition.curve}, {unit_of(condition.curve)}", fontsize=8, labelpad=1)
        axes.set_ylabel(f"depth, {condition.well.index_unit}", fontsize=8, labelpad=1)
        axes.legend(
            [line, self._sample, origin], ["measured", "at the point", "without noise"],
            fontsize=6.5, frameon=False, labelcolor=theme.ink, handlelength=1.5,
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), borderaxespad=0.1, labelspacing=0.2,
        )  # fmt: skip
        self._low, self._high = np.inf, -np.inf
        self._make_room(measured, explored.origin.fill)

    @property
    def moving(self) -> list[Any]:
        """What ``show`` changes."""
        return [self._sample]

    def _make_room(self, *parts: NDArray[Any]) -> bool:
        """Widen the scale for what it does not hold; it never shrinks, so that nothing jumps."""
        known = np.concatenate([part[np.isfinite(part)] for part in parts])
        log = is_log(self._explored.condition.curve)
        known = known[known > 0] if log else known
        if not len(known):
            return False
        low, high = float(known.min()), float(known.max())
        if low >= self._low and high <= self._high:
            return False
        if log:
            spare = max((high / low) ** 0.05, 1.05)
            low, high = low / spare, high * spare
        else:
            spare = 0.05 * (high - low) + 1e-6 * max(abs(high), 1e-3)
            low, high = low - spare, high + spare
        self._low, self._high = min(low, self._low), max(high, self._high)
        self._axes.set_xlim(self._low, self._high)
        if log:
            number_decades(self._axes.xaxis, self._low, self._high)
        return True

    def show(self, answer: Answer, walk: NDArray[Any] | None) -> bool:
        """Show the sample at another point, and those along the walk from A to B.

        Returns whether more than the sample has changed.
        """
        self._sample.set_data(answer.fill, self._explored.depth)
        wider = self._make_room(answer.fill, *(walk if walk is not None else ()))
        if walk is self._walk_shown:
            return wider
        for line in self._lines:
            line.remove()
        self._lines, self._walk_shown = [], walk
        if walk is None:
            return True
        from matplotlib.colors import to_rgb

        first, last = (np.array(to_rgb(colour)) for colour in END_COLOURS)
        for step, fill in enumerate(walk):
            share = step / (STEPS - 1)
            colour = (1 - share) * first + share * last
            self._lines += self._axes.plot(
                fill, self._explored.depth, color=colour, linewidth=0.5, alpha=0.7, zorder=1.5
            )
        return True


class LayersPicture:
    """The mean activation of every layer, encoder and decoder side by side."""

    def __init__(self, figure: Any, explored: Explored, theme: Theme) -> None:
        names = [name for name, _ in explored.origin.layers]
        kinds = ("encoder", "decoder")
        parts = [[i for i, name in enumerate(names) if name.startswith(kind)] for kind in kinds]
        panels = figure.subplots(1, 2)
        self._panels: list[tuple[Any, Any, Any, list[int]]] = []
        high = figure.get_window_extent().height / figure.dpi
        said = ("encoder: no noise", "decoder: noise comes in")
        for axes, kind, words, rows, colour in zip(
            panels, kinds, said, parts, (_ENCODER, _DECODER), strict=True
        ):
            dress(axes, theme)
            axes.grid(False)
            axes.tick_params(labelsize=6.5, length=2, pad=1.5)
            every = max(int(np.ceil(len(rows) * _LABEL_INCHES / max(high - 0.5, 0.3))), 1)
            places = np.arange(len(rows))
            bars = axes.barh(places, np.zeros(len(rows)), color=colour, height=0.75)
            (ticks,) = axes.plot(
                np.zeros(len(rows)), places, "|", color=theme.ink, markersize=6, markeredgewidth=1.2
            )
            short = [names[row].removeprefix(f"{kind}.") for row in rows]
            axes.set_yticks(places[::every], short[::every])
            axes.tick_params(axis="y", labelsize=5.5)
            axes.set_ylim(len(rows) - 0.4, -0.6)
            axes.set_title(words, fontsize=7, color=theme.ink, pad=3)
            self._panels.append((axes, bars, ticks, rows))
        panels[0].set_xlabel("mean activation", fontsize=7, labelpad=1)
        panels[1].set_xlabel("tick: without noise", fontsize=7, labelpad=1)
        self._origin = np.array([value for _, value in explored.origin.layers])
        self._limit = 0.0
        self.show(explored.origin)

    @property
    def moving(self) -> list[Any]:
        """What ``show`` changes, from the back to the front."""
        return [artist for _, bars, ticks, _ in self._panels for artist in (*bars, ticks)]

    def show(self, answer: Answer) -> bool:
        """Show what the layers do at another point; returns whether the scale has changed."""
        values = np.array([value for _, value in answer.layers])
        limit = self._limit
        self._limit = max(limit, 1.06 * max(values.max(), self._origin.max()))
        for axes, bars, ticks, rows in self._panels:
            for bar, row in zip(bars, rows, strict=True):
                bar.set_width(values[row])
            ticks.set_xdata(self._origin[rows])
            axes.set_xlim(0.0, self._limit)
        return self._limit > limit


def legend_of(explored: Explored) -> str:
    """Return a table of the classes, as rich text: colour, and the mean of each curve."""
    facies = explored.space.facies
    if facies is None:
        return f"{explored.condition.curve} is measured in too little of the well to tell classes."
    head = "".join(
        f"<td align='right'>&nbsp;{name}<br>&nbsp;{escape(unit)}</td>"
        for name, unit in zip(facies.curves, facies.units, strict=True)
    )
    lines = [f"<tr><td>Class</td>{head}</tr>"]
    for number, means in enumerate(facies.readings):
        colour = CLASS_COLOURS[number]
        cells = "".join(f"<td align='right'>&nbsp;{mean:.3g}</td>" for mean in means)
        lines.append(
            f"<tr><td><span style='color:{colour}'>\N{BLACK SQUARE}</span> {number + 1}</td>"
            f"{cells}</tr>"
        )
    return f"<table cellspacing='0' cellpadding='1'>{''.join(lines)}</table>"


def draw_all(
    figure: Any, explored: Explored, answer: Answer, marks: Marks, shade: str, cube: bool,
    theme: Theme,
) -> None:  # fmt: skip
    """Draw everything the dock shows on one page, to be saved."""
    figure.set_layout_engine("constrained")
    figure.set_facecolor(theme.paper)
    condition = explored.condition
    point = ", ".join(f"{value:.2f}" for value in answer.point)
    figure.suptitle(
        f"{condition.well.name}   {condition.title}   point ({point})   "
        f"variety {explored.variety:.2f}",
        fontsize=9, color=theme.ink,
    )  # fmt: skip
    above, below = figure.subfigures(2, 1, height_ratios=(5, 3))
    left, right = above.subfigures(1, 2, width_ratios=(3, 2))
    for part in (above, below, left, right):
        part.set_facecolor(theme.paper)
    NoiseMap(left, explored, shade, cube, theme).show(marks)
    SamplePicture(right, explored, theme).show(answer, explored.walk)
    LayersPicture(below, explored, theme).show(answer)
    facies = explored.space.facies
    if facies is not None and shade == "class":
        from matplotlib.patches import Patch

        left.legend(
            handles=[
                Patch(color=colour, label=name)
                for colour, name in zip(CLASS_COLOURS, facies.names, strict=True)
            ],
            loc="outside lower center", fontsize=6, frameon=False, labelcolor=theme.ink,
        )  # fmt: skip
