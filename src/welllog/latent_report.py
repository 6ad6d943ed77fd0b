"""The page of a latent space: maps, cube, walk and layers of a network's noise, as one HTML file.

One part an interval, which is the condition that the network is given besides the noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import welllog
from welllog.corpus import STEP_M
from welllog.hypertext import Markup, document, element, picture_of, table
from welllog.latent import Landscape, LatentError, LatentSpace, in_unit
from welllog.latent_limits import IGNORED, REACH
from welllog.mnemonics import catalogue
from welllog.network_files import write_whole
from welllog.palette import CLASS_COLOURS
from welllog.progress import Progress, part_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Explored", "write_latent_report"]

FloatArray = NDArray[np.float64]

COUNT, CUBE, STEPS = 25, 9, 9
"""Points a side of a map and of a cube, and fills of a walk."""
_DPI = 110
_LINES = {"measured": "#111111", "origin": "#c2410c", "A": "#0077a8", "B": "#7a5195"}
_GRID, _SOFT = "#d9dde0", "#55626b"


@dataclass(frozen=True)
class Explored:
    """What was found for one interval."""

    curve: str
    top: float
    """m."""
    base: float
    variety: float
    """Scatter of the answers over the error; 0 where the noise is ignored."""
    error: float | None
    """Root mean square error of the answer without noise, model space; None if not measured."""
    classes: dict[str, float]
    """Share of the samples in every class, over the points no farther than training went."""
    maps: Landscape

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; the maps are lists over x, of lists over y."""
        maps = self.maps
        return {
            **{name: value for name, value in vars(self).items() if name != "maps"},
            "map": {
                "coordinates": maps.coordinates.tolist(),
                "mean": maps.mean.tolist(),
                "roughness": maps.roughness.tolist(),
                "class": None if maps.facies is None else maps.facies.tolist(),
            },
        }


def write_latent_report(
    spaces: Sequence[LatentSpace],
    path: str | Path,
    *,
    ends: tuple[Sequence[float], Sequence[float]] = ((-1.0, 0.0), (1.0, 0.0)),
    title: str = "",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Explored]:
    """Write the page of one network's noise, a part for every interval.

    Parameters
    ----------
    spaces : sequence of LatentSpace
    path : str or Path
        The page.
    ends : pair of points
        A and B, where the walk begins and ends.
    title : str
        Of what: model, well.
    overwrite : bool
        Replace a file that exists.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Raises
    ------
    LatentError
        The page exists, or cannot be written.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise LatentError(f"{path}: exists; choose another name or allow overwriting")
    found, parts = [], []
    for number, space in enumerate(spaces):
        share = (number / len(spaces), (number + 1) / len(spaces))
        one, shown = _explore(space, ends, part_of(progress, *share))
        found.append(one)
        parts += shown
    page = document(f"Latent space: {title}", *_opening(title), *parts)
    try:
        write_whole(path, page.encode("utf-8", "replace"))
    except OSError as error:
        why = error.strerror or error
        raise LatentError(f"{path}: cannot be written: {why}; choose another place") from None
    if progress:
        progress(1.0, "done")
    return found


def _opening(title: str) -> list[Markup]:
    return [
        element("h1", f"Latent space: {title}"),
        element("p", f"Written by welllog {welllog.__version__}.", class_="soft"),
        element(
            "p",
            "A generator answers to what is visible of a well and to noise, one number a sample. "
            "Two fields of noise, drawn once, span the map: a point says how much of each goes in. "
            "In the middle is no noise, as in a restoration; on the circle it is as strong as in "
            "training, outside it stronger.",
        ),
    ]


def _explore(
    space: LatentSpace,
    ends: tuple[Sequence[float], Sequence[float]],
    progress: Progress | None,
) -> tuple[Explored, list[Markup]]:
    maps = space.plane(COUNT, progress=part_of(progress, 0.0, 0.4))
    cube = space.cube(CUBE, progress=part_of(progress, 0.4, 0.9))
    origin = space.answers([(0.0, 0.0)])[0]
    error = origin - space.measured
    known = np.isfinite(error)
    found = Explored(
        space.target,
        float(space.depth[0]),
        float(space.depth[-1]),
        space.variety(),
        float(np.sqrt(np.mean(error[known] ** 2))) if known.any() else None,
        _shares(space, maps),
        maps,
    )
    return found, [
        element("h2", f"{space.target}, {found.top:.1f}-{found.base:.1f} m"),
        _verdict(found),
        _show_maps(space, maps, ends),
        _list_classes(space, found),
        _show_walk(space, origin, ends),
        element("h3", "In three dimensions"),
        _show_cube(space, cube),
        element("h3", "What the layers do"),
        _show_layers(space, ends),
    ]


def _list_classes(space: LatentSpace, found: Explored) -> Markup:
    if space.facies is None:
        said = f"{space.target} is measured in too little of the well, or never varies: no classes."
        return element("p", said)
    curves = ", ".join(space.facies.curves)
    return table(
        ["class, by its means", "share within the circle"],
        [[name, f"{share:.0%}"] for name, share in found.classes.items()],
        numbers=[1],
        caption=f"Classes are k-means of what the well reads elsewhere ({curves}).",
    )


def _verdict(found: Explored) -> Markup:
    ignored = found.variety < IGNORED
    said = (
        f"Variety {found.variety:.2f}: answers to different noises scatter "
        f"{found.variety:.2f} times as far as the network errs on wells held out."
    )
    if ignored:
        said += (
            " The noise is as good as ignored; what the maps show is small. A network trained "
            "with --set loss=crps is asked to use it."
        )
    return element("div", element("p", said), class_="card look" if ignored else "card")


def _shares(space: LatentSpace, maps: Landscape) -> dict[str, float]:
    if space.facies is None or maps.shares is None:
        return {}
    x, y = np.meshgrid(maps.coordinates, maps.coordinates, indexing="ij")
    share = maps.shares[np.hypot(x, y) <= 1.0].mean(axis=0)
    return dict(zip(space.facies.names, map(float, share), strict=True))


def _unit_of(space: LatentSpace) -> str:
    kind = catalogue().kinds[space.target]
    return f"log10 {kind.unit}" if kind.log10 else kind.unit


def _show_maps(
    space: LatentSpace, maps: Landscape, ends: tuple[Sequence[float], Sequence[float]]
) -> Markup:
    from matplotlib.figure import Figure

    figure = Figure((10.2, 3.6), dpi=_DPI, layout="constrained")
    axes = figure.subplots(1, 3)
    unit = _unit_of(space)
    drawn = (
        ("mean of the fill", maps.mean, _span(maps.mean, space.error)),
        ("roughness of the fill", maps.roughness, _span(maps.roughness, 0.1 * space.error)),
    )
    _draw_classes(axes[0], maps.facies, "class of most samples")
    for one, (name, values, (low, high)) in zip(axes[1:], drawn, strict=True):
        shown = one.imshow(
            values.T, origin="lower", extent=_extent(values), cmap="cividis", vmin=low, vmax=high
        )
        figure.colorbar(shown, ax=one, shrink=0.85).ax.tick_params(labelsize=7)
        one.set_title(f"{name}, {unit}", fontsize=9)
    for one in axes:
        _furnish(one, "x", "y")
        one.add_patch(_circle())
        start, stop = (np.asarray(end, float)[:2] for end in ends)
        one.plot(*np.stack([start, stop]).T, color="white", linewidth=2.2)
        one.plot(*np.stack([start, stop]).T, color="black", linewidth=1.0)
        for name, end in (("A", start), ("B", stop)):
            one.annotate(
                name, end, ha="center", va="center", fontsize=8,
                bbox={"boxstyle": "circle,pad=0.2", "color": "white", "ec": "black"},
            )  # fmt: skip
    said = (
        "Each point of the plane generated: the class that most of its samples fall in, their "
        "mean, and the root mean square of the steps from sample to sample. The scale of the mean "
        "spans at least the error of the network on wells held out, that of the roughness a tenth."
    )
    return picture_of(figure, "Maps of the latent space", said)


def _draw_classes(
    axes: Axes, facies: NDArray[np.int64] | None, title: str, legend: bool = True
) -> None:
    from matplotlib.colors import ListedColormap

    axes.set_title(title, fontsize=9)
    if facies is None:
        axes.text(0, 0, "no classes", ha="center", fontsize=9, color=_SOFT)
        axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal")
        return
    colours = ListedColormap(CLASS_COLOURS)
    axes.imshow(facies.T, origin="lower", extent=_extent(facies), cmap=colours, vmin=-0.5, vmax=3.5)
    if not legend:
        return
    for number, colour in enumerate(CLASS_COLOURS, start=1):
        axes.plot([], [], "s", color=colour, label=f"{number}")
    axes.legend(
        fontsize=7, ncols=4, loc="upper center", handletextpad=0.1, columnspacing=0.8,
        framealpha=0.85,
    )  # fmt: skip


def _show_walk(
    space: LatentSpace, origin: FloatArray, ends: tuple[Sequence[float], Sequence[float]]
) -> Markup:
    from matplotlib.figure import Figure

    fills = space.walk(*ends, steps=STEPS)
    figure = Figure((10.2, 4.4), dpi=_DPI, layout="constrained")
    axes = figure.subplots(1, 2, sharey=True, width_ratios=(1.0, 1.3))
    colours = _between(len(fills))
    for fill, colour in zip(fills, colours, strict=True):
        axes[0].plot(in_unit(space.target, fill), space.depth, color=colour, linewidth=0.9)
    axes[0].plot(
        in_unit(space.target, origin),
        space.depth,
        color=_LINES["origin"],
        linewidth=1.1,
        label="no noise",
    )
    if np.isfinite(space.measured).any():
        axes[0].plot(
            in_unit(space.target, space.measured), space.depth, color=_LINES["measured"],
            linewidth=0.9, label="measured (hidden from it)",
        )  # fmt: skip
    axes[0].plot([], [], color=colours[0], label="at A")
    axes[0].plot([], [], color=colours[-1], label="at B")
    figure.legend(fontsize=7.5, loc="outside lower left", ncols=4, frameon=False)
    kind = catalogue().kinds[space.target]
    if kind.log10:
        axes[0].set_xscale("log")
        axes[0].xaxis.set_major_formatter("{x:g}")
        axes[0].xaxis.set_minor_formatter("{x:g}")
    axes[0].set_xlabel(f"{space.target}, {kind.unit}", fontsize=8, color=_SOFT)
    axes[0].set_ylabel("depth, m", fontsize=8, color=_SOFT)
    apart = fills - fills.mean(axis=0)
    most = max(float(np.abs(apart).max()), 0.25 * space.error)
    half = 0.5 * STEP_M
    ends_of_depth = float(space.depth[-1]) + half, float(space.depth[0]) - half
    extent = (0.0, 100.0, *ends_of_depth)
    shown = axes[1].imshow(
        apart.T, aspect="auto", extent=extent, cmap="RdBu_r", vmin=-most, vmax=most,
        interpolation="bilinear",
    )  # fmt: skip
    figure.colorbar(shown, ax=axes[1]).ax.tick_params(labelsize=7)
    axes[1].set_title(f"less the mean of the walk, {_unit_of(space)}", fontsize=9)
    axes[1].set_xlabel("way from A to B, %", fontsize=8, color=_SOFT)
    axes[0].set_title("fills on the way", fontsize=9)
    for one in axes:
        one.tick_params(which="both", labelsize=7, color=_GRID, labelcolor=_SOFT)
    axes[0].set_ylim(*ends_of_depth)
    said = (
        f"A walk from A to B in {STEPS} steps, tied to the measured samples at the edges as a "
        "restoration is. Where the noise matters, texture changes smoothly along the way."
    )
    return picture_of(figure, "A walk through the latent space", said)


def _show_cube(space: LatentSpace, cube: Landscape) -> Markup:
    from matplotlib.figure import Figure

    middle = len(cube.coordinates) // 2
    figure = Figure((10.2, 6.6), dpi=_DPI, layout="constrained")
    axes = figure.subplots(2, 3)
    low, high = _span(cube.mean, space.error)
    for column, (fixed, names) in enumerate(((2, "xy"), (1, "xz"), (0, "yz"))):
        cut = "z = 0", "y = 0", "x = 0"
        facies = None if cube.facies is None else np.take(cube.facies, middle, fixed)
        _draw_classes(axes[0, column], facies, f"class, {cut[column]}", not column)
        shown = axes[1, column].imshow(
            cube.mean.take(middle, axis=fixed).T, origin="lower", extent=_extent(cube.mean),
            cmap="cividis", vmin=low, vmax=high,
        )  # fmt: skip
        axes[1, column].set_title(f"mean, {cut[column]}", fontsize=9)
        for row in (0, 1):
            _furnish(axes[row, column], *names)
            axes[row, column].add_patch(_circle())
    figure.colorbar(shown, ax=axes[1], shrink=0.85).ax.tick_params(labelsize=7)
    said = f"Sections of a cube of {len(cube.coordinates)} points a side through the middle."
    return picture_of(figure, "Three sections of the latent cube", said)


def _show_layers(space: LatentSpace, ends: tuple[Sequence[float], Sequence[float]]) -> Markup:
    from matplotlib.figure import Figure

    origin = space.activations((0.0, 0.0))
    names = [name for name, _ in origin]
    there = {"A": dict(space.activations(ends[0])), "B": dict(space.activations(ends[1]))}
    place = np.arange(len(names))
    figure = Figure((10.2, 1.0 + 0.17 * len(names)), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    of_encoder = [name.startswith("encoder") for name in names]
    colours = np.where(of_encoder, "#b9c3ca", "#f0c39a")
    axes.barh(place, [value for _, value in origin], color=colours, height=0.8)
    for end in ("A", "B"):
        values = [there[end][name] for name in names]
        axes.plot(
            values, place, linestyle="", marker="|", markersize=9, markeredgewidth=2.2,
            color=_LINES[end], label=f"at {end}",
        )  # fmt: skip
    for colour, label in (("#b9c3ca", "encoder, no noise"), ("#f0c39a", "decoder, no noise")):
        axes.barh([-9], [0], color=colour, label=label)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(place, names, fontsize=6.5)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("mean absolute activation", fontsize=8, color=_SOFT)
    axes.tick_params(labelsize=7, color=_GRID, labelcolor=_SOFT)
    axes.grid(axis="x", color=_GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7.5, loc="upper right", framealpha=0.9)
    said = (
        "Mean absolute activation of every layer with weights, from what comes in (above) to what "
        "goes out. Noise enters the decoder; a layer whose marks stand at the bar's end does not "
        "hear it."
    )
    return picture_of(figure, "Mean activations of the layers", said)


def _span(values: FloatArray, least: float) -> tuple[float, float]:
    """Return the ends of a scale that is at least so wide."""
    low, high = float(values.min()), float(values.max())
    spare = max(0.0, least - (high - low)) / 2.0
    return low - spare, high + spare


def _between(count: int) -> list[tuple[float, ...]]:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("walk", [_LINES["A"], "#b9b3c9", _LINES["B"]])
    return [colours(share) for share in np.linspace(0.0, 1.0, count)]


def _extent(values: NDArray[Any]) -> tuple[float, float, float, float]:
    """Return the edges of a map whose outermost cells have their middles at the reach."""
    edge = REACH * len(values) / (len(values) - 1)
    return -edge, edge, -edge, edge


def _circle() -> Any:
    from matplotlib.patches import Circle

    return Circle((0.0, 0.0), 1.0, fill=False, edgecolor="white", linewidth=1.4, linestyle="--")


def _furnish(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, fontsize=8, color=_SOFT)
    axes.set_ylabel(up, fontsize=8, color=_SOFT, rotation=0)
    axes.set_xticks(np.arange(-REACH, REACH + 1))
    axes.set_yticks(np.arange(-REACH, REACH + 1))
    axes.plot(0.0, 0.0, "+", color="black", markersize=9, markeredgewidth=2.6)
    axes.plot(0.0, 0.0, "+", color="white", markersize=8, markeredgewidth=1.2)
    axes.tick_params(labelsize=7, color=_GRID, labelcolor=_SOFT)
