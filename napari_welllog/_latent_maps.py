"""Maps of a network's noise: a plane, or a cube as three sections, with a point that moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._latent_work import ORIGIN, Explored, Point, is_log, unit_of
from welllog.latent_limits import REACH
from welllog.palette import CLASS_COLOURS, Theme, colour_map, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


CLASS, MEAN, ROUGHNESS = SHADES = ("class", "mean", "roughness")
_AXES = "xyz"
_SECTIONS = ((0, 1), (2, 1), (0, 2))
"""Axis across and axis up of each section of a cube, in the order of its panels."""
END_COLOURS = ("#1fb5a3", "#e0559b")
"""Of the ends of a walk, A and B."""
_HALO = {"color": "#000000", "markerfacecolor": "#ffffff"}


@dataclass(frozen=True)
class Marks:
    """What stands on a map."""

    point: Point = ORIGIN
    start: Point | None = None
    stop: Point | None = None


def number_decades(axis: Any, low: float, high: float) -> None:
    """Put plain numbers on a logarithmic axis: 1, 2 and 5 of a decade where there are few."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    few = high / low < 25.0
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


class NoiseMap:
    """Draws a landscape into a figure, and moves what is marked on it without drawing it anew.

    Parameters
    ----------
    figure : matplotlib figure
        Empty.
    explored : Explored
    shade : str
        One of ``SHADES``.
    cube : bool
        Three sections through the point, in place of the plane.
    """

    def __init__(
        self, figure: Any, explored: Explored, shade: str, cube: bool, theme: Theme
    ) -> None:
        self.landscape = explored.cube if cube and explored.cube is not None else explored.plane
        self.flat = self.landscape.mean.ndim == 2
        self._explored, self._theme = explored, theme
        self._shade = MEAN if shade == CLASS and self.landscape.facies is None else shade
        self._values = self._choose_values()
        self._norm, self._colours = self._choose_colours()
        self.panels: list[tuple[Axes, int, int]] = []
        """Axes, and which coordinates they have across and up."""
        self._images: list[Any] = []
        self._marks: list[dict[str, Any]] = []
        self._solid: Any = None
        self._at: tuple[int, ...] = ()
        grid = figure.add_gridspec(1, 1) if self.flat else figure.add_gridspec(2, 2)
        for number, (across, up) in enumerate(_SECTIONS[: 1 if self.flat else 3]):
            axes = figure.add_subplot(grid[number // 2, number % 2])
            self._prepare(axes, across, up)
        if self._shade != CLASS:
            self._add_scale(figure)
        if not self.flat:
            self._solid_axes = figure.add_subplot(grid[1, 1], projection="3d")
            self._prepare_solid()

    def _choose_values(self) -> NDArray[Any]:
        land = self.landscape
        if self._shade == CLASS:
            assert land.facies is not None
            return land.facies
        if self._shade == ROUGHNESS:
            return land.roughness
        from welllog.latent import in_unit

        return in_unit(self._explored.condition.curve, land.mean)

    def _choose_colours(self) -> tuple[Any, Any]:
        from matplotlib.colors import ListedColormap, LogNorm, Normalize

        if self._shade == CLASS:
            return Normalize(-0.5, len(CLASS_COLOURS) - 0.5), ListedColormap(CLASS_COLOURS)
        colours, land = colour_map(self._theme), self.landscape
        error = self._explored.space.error
        if self._shade == ROUGHNESS:
            return Normalize(0.0, max(float(land.roughness.max()), 1e-9)), colours
        # A map that hardly changes is to look so: the colours span what the network errs, or more.
        low, high = float(land.mean.min()), float(land.mean.max())
        spare = max(error - (high - low), 0.0) / 2
        from welllog.latent import in_unit

        curve = self._explored.condition.curve
        ends = in_unit(curve, [low - spare, high + spare])
        return (LogNorm if is_log(curve) else Normalize)(*ends), colours

    def _add_scale(self, figure: Any) -> None:
        curve = self._explored.condition.curve
        unit = unit_of(curve)
        mean = "geometric mean" if is_log(curve) else "mean"
        words = f"{mean}, {unit}"
        if self._shade == ROUGHNESS:
            words = f"step from sample to sample, {'decades' if is_log(curve) else unit}"
        bar = figure.colorbar(
            self._images[0], ax=[axes for axes, _, _ in self.panels], location="top",
            fraction=0.06, pad=0.02, aspect=30,
        )  # fmt: skip
        if is_log(curve) and self._shade == MEAN:
            number_decades(bar.ax.xaxis, self._norm.vmin, self._norm.vmax)
        bar.set_label(words, color=self._theme.ink, fontsize=7)
        bar.ax.tick_params(which="both", colors=self._theme.ink, labelsize=6.5, pad=1)
        bar.outline.set_edgecolor(self._theme.grid)

    def _prepare(self, axes: Axes, across: int, up: int) -> None:
        theme, along = self._theme, self.landscape.coordinates
        half = (along[1] - along[0]) / 2
        edge = REACH + half
        dress(axes, theme)
        axes.grid(False)
        axes.tick_params(labelsize=7, length=2, pad=1.5)
        self._images.append(
            axes.imshow(
                np.zeros((len(along), len(along))), origin="lower", norm=self._norm,
                cmap=self._colours, extent=(-edge, edge, -edge, edge), interpolation="nearest",
            )
        )  # fmt: skip
        axes.set_xticks([-2, -1, 0, 1, 2])
        axes.set_yticks([-2, -1, 0, 1, 2])
        number = len(self.panels)
        if self.flat or number:  # the first section of a cube shares x with that below it
            axes.set_xlabel(_AXES[across], labelpad=0, fontsize=8)
        if number != 1:  # and y with the one beside it
            axes.set_ylabel(_AXES[up], labelpad=-2, fontsize=8)
        axes.tick_params(labelbottom=self.flat or number > 0, labelleft=number != 1)
        (ring,) = axes.plot([], [], color="#000000", linewidth=2.2)
        (core,) = axes.plot([], [], color="#ffffff", linewidth=0.9, linestyle="--")
        (plus,) = axes.plot([0], [0], "+", color="#000000", markersize=9, markeredgewidth=1.2)
        (under,) = axes.plot([], [], color="#000000", linewidth=2.6)
        (line,) = axes.plot([], [], color="#ffffff", linewidth=1.2)
        ends = [
            axes.text(
                0, 0, name, fontsize=7, fontweight="bold", ha="center", va="center", visible=False,
                color="#000000", bbox={"boxstyle": "circle,pad=0.22", "fc": colour, "lw": 0.8},
            )
            for name, colour in zip("AB", END_COLOURS, strict=True)
        ]  # fmt: skip
        (dot,) = axes.plot([0], [0], "o", markersize=9, markeredgewidth=1.6, zorder=5, **_HALO)
        (pupil,) = axes.plot([0], [0], "o", markersize=3, color="#d50000", zorder=6)
        self.panels.append((axes, across, up))
        self._marks.append(
            {
                "rings": (ring, core), "plus": (plus,), "lines": (under, line), "ends": ends,
                "dots": (dot, pupil),
            }
        )  # fmt: skip

    def _prepare_solid(self) -> None:
        axes = self._solid_axes
        axes.set_facecolor(self._theme.paper)
        axes.set_box_aspect((1, 1, 1), zoom=0.95)
        axes.view_init(elev=24, azim=-56)
        axes.disable_mouse_rotation()
        for axis, name in zip((axes.xaxis, axes.yaxis, axes.zaxis), _AXES, strict=True):
            axis.pane.set_visible(False)
            axis.line.set_color(self._theme.grid)
            axis.set_ticks([])
            axis.set_label_text(name, color=self._theme.ink, fontsize=8)
            axis.labelpad = -14
        axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), zlim=(-REACH, REACH))
        for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            for place in ((x, y, None), (x, None, y), (None, x, y)):
                ends = [(-REACH, REACH) if side is None else (side * REACH,) * 2 for side in place]
                axes.plot(*ends, color=self._theme.ink, linewidth=0.5, alpha=0.6)

    @property
    def moving(self) -> list[Any]:
        """What ``show`` moves, from the back to the front."""
        return [artist for parts in self._marks for kind in parts.values() for artist in kind]

    def show(self, marks: Marks) -> bool:
        """Put the point, and A and B, where they are; of a cube, cut it there.

        Returns whether more has changed than where they are.
        """
        cut = self._cut(marks.point)
        height = self._explored.height if self.flat else None
        for (axes, across, up), parts in zip(self.panels, self._marks, strict=True):
            x, y = marks.point[across], marks.point[up]
            for dot in parts["dots"]:
                dot.set_data([x], [y])
            off = 3 - across - up
            away = self.landscape.coordinates[self._at[off]] if height is None else height
            parts["plus"][0].set_visible(away == 0.0)
            radius = np.sqrt(max(1.0 - away**2, 0.0))
            angle = np.linspace(0.0, 2.0 * np.pi, 121) if radius else np.empty(0)
            for ring in parts["rings"]:
                ring.set_data(radius * np.cos(angle), radius * np.sin(angle))
            places = (marks.start, marks.stop)
            for text, place in zip(parts["ends"], places, strict=True):
                text.set_visible(place is not None)
                if place is not None:
                    text.set_position((place[across], place[up]))
            both = [place for place in places if place is not None]
            shown = both if len(both) == 2 else []
            for line in parts["lines"]:
                line.set_data([p[across] for p in shown], [p[up] for p in shown])
            axes.set_title(f"{_AXES[off]} = {away:g}", fontsize=7, pad=2, color=self._theme.ink)
        return cut

    def _cut(self, point: Point) -> bool:
        along = self.landscape.coordinates
        at = tuple(int(np.argmin(np.abs(along - value))) for value in point)
        if at == self._at or (self.flat and self._at):
            return False
        self._at = at
        for image, (_, across, up) in zip(self._images, self.panels, strict=True):
            image.set_data(self._section(across, up))
        if not self.flat:
            self._draw_solid()
        return True

    def _section(self, across: int, up: int) -> NDArray[Any]:
        """Return the values of a section through the point, (up, across)."""
        if self.flat:
            return self._values.T
        off = 3 - across - up
        cut = np.take(self._values, self._at[off], axis=off)  # the lower axis first
        return cut.T if across < up else cut

    def _draw_solid(self) -> None:
        from mpl_toolkits.mplot3d.art3d import Poly3DCollection

        along = self.landscape.coordinates
        half = (along[1] - along[0]) / 2
        # Quarters of a cell: sections meet along their edges, so that what is behind is behind.
        edges = np.clip(np.append(along[0] - half, np.repeat(along, 2)[:-1]), -REACH, REACH)
        edges = np.unique(np.concatenate([along, along[:-1] + half, edges]))
        middles = (edges[1:] + edges[:-1]) / 2
        near = np.argmin(np.abs(middles[:, None] - along[None, :]), axis=1)
        polygons, colours = [], []
        for across, up in _SECTIONS:
            off = 3 - across - up
            section = self._section(across, up)[np.ix_(near, near)]
            for row in range(len(middles)):
                for column in range(len(middles)):
                    quad = np.full((4, 3), along[self._at[off]])
                    quad[:, across] = edges[[column, column + 1, column + 1, column]]
                    quad[:, up] = edges[[row, row, row + 1, row + 1]]
                    polygons.append(quad)
            colours.append(self._colours(self._norm(section)).reshape(-1, 4))
        if self._solid is not None:
            self._solid.remove()
        shown = np.concatenate(colours)
        self._solid = Poly3DCollection(polygons, facecolors=shown, edgecolors=shown, linewidths=0.3)
        self._solid_axes.add_collection3d(self._solid)

    def point_at(self, event: Any, point: Point) -> Point | None:
        """Return where the pointer is, with the coordinate that its map has not from ``point``."""
        for axes, across, up in self.panels:
            if event.inaxes is axes and event.xdata is not None:
                moved = list(point)
                moved[across], moved[up] = (
                    round(float(np.clip(value, -REACH, REACH)), 2)
                    for value in (event.xdata, event.ydata)
                )
                return moved[0], moved[1], moved[2]
        return None
