"""Pictures of a training: what was written at every validation, and the film as small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from welllog.corpus import CHANNELS, STEP_M
from welllog.experiment_report.kept import Kept
from welllog.experiment_report.signs import NO_TELLING
from welllog.features import runs_of
from welllog.hypertext import Markup, picture_of
from welllog.learning.film import Film
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["choose_frames", "show_film", "show_history"]

FloatArray = NDArray[np.float64]

COLUMNS = 6
"""Frames that are shown, at most."""
_DPI = 110
_MEASURED, _PLAIN, _NOISES = "#111111", "#c2410c", ("#0077a8", "#7a5195")
_SHADE, _GRID, _SOFT = "#fff0c2", "#d9dde0", "#55626b"
_COLOURS = ("#0b5cad", "#c2410c", "#1b7f4b", "#6b4fa0", "#8a6d00", "#00797d", "#a3386c")
_STYLE: dict[str, Any] = {"fontsize": 8, "color": _SOFT}


def choose_frames(film: Film, most: int = COLUMNS) -> list[int]:
    """Choose frames: the first, the last, and those between at about equal ratios of iterations.

    Most of what is learnt is learnt early.
    """
    count = len(film.iterations)
    if count <= most:
        return list(range(count))
    wanted = np.geomspace(film.iterations[0], film.iterations[-1], most)
    near = [int(np.argmin(np.abs(np.array(film.iterations) - one))) for one in wanted]
    for place in range(1, most):  # early frames may be further apart than the ratios
        near[place] = min(max(near[place], near[place - 1] + 1), count - most + place)
    return near


def show_film(film: Film) -> Markup:
    """Return the film as a picture: windows down, frames across, depth downwards in each."""
    from matplotlib.figure import Figure

    chosen = choose_frames(film)
    rows, columns = len(film.curve), len(chosen)
    figure = Figure((1.6 + 1.5 * columns, 0.6 + 2.1 * rows), dpi=_DPI, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for row in range(rows):
        limits = _limits(film, row)
        for column, frame in enumerate(chosen):
            axes = grid[row, column]
            _draw_cell(axes, film, row, film.frames[frame], limits)
            if row == 0:
                axes.set_title(f"iteration {film.iterations[frame]}", fontsize=9)
            if column:
                axes.set_yticklabels([])
        kind = catalogue().kinds[CHANNELS[film.curve[row]]]
        head = f"{kind.mnemonic}, {kind.unit}\n{film.wells[row][:16]}\n"
        grid[row, 0].set_ylabel(f"{head}m below the top", fontsize=7.5, parse_math=False)
    names = ", ".join(dict.fromkeys(CHANNELS[curve] for curve in film.curve))
    noises = film.frames[0].shape[1] - 1
    thin = f", and thin to {noises} noises, the same in every frame" if noises else ""
    said = (
        f"The film: {names} in {rows} windows, {columns} of {len(film.iterations)} frames that are "
        "kept. Black: measured. Shaded: hidden from the generator. In colour, there alone: what "
        f"it answers, orange without noise (what a restoration takes){thin}. Cut off beyond the "
        "measured range and half as much again on either side. Answers are not tied to the "
        "measured samples at their edges, as those of a restoration are."
    )
    return picture_of(figure, "Small multiples of generated over measured curves", said)


def _values(film: Film, row: int, values: FloatArray) -> FloatArray:
    """Return values in the curve's unit, as a track has them."""
    if not catalogue().kinds[CHANNELS[film.curve[row]]].log10:
        return values
    powers: FloatArray = 10.0 ** np.clip(values, -3.0, 6.0)
    return powers


def _limits(film: Film, row: int) -> tuple[float, float]:
    there = film.measured[row][film.valid[row]]
    low, high = float(there.min()), float(there.max())
    spare = 0.5 * max(high - low, 1e-3 * max(abs(high), 1.0))
    return low - spare, high + spare


def _draw_cell(
    axes: Axes, film: Film, row: int, frame: FloatArray, limits: tuple[float, float]
) -> None:
    """Draw one window of one frame: frame (w, a, n)."""
    depth = np.arange(film.measured.shape[1]) * STEP_M
    hidden = film.hidden[row]
    for top, base in runs_of(hidden):
        axes.axhspan(depth[top], depth[base - 1], color=_SHADE, linewidth=0)
    shown = np.where(hidden, np.clip(frame[row], *limits), np.nan)  # (a, n)
    measured = np.where(film.valid[row], film.measured[row], np.nan)
    for colour, noisy in zip(_NOISES, shown[1:], strict=False):
        axes.plot(_values(film, row, noisy), depth, color=colour, linewidth=0.6, alpha=0.9)
    axes.plot(_values(film, row, shown[0]), depth, color=_PLAIN, linewidth=1.1)
    axes.plot(_values(film, row, measured), depth, color=_MEASURED, linewidth=0.8)
    if catalogue().kinds[CHANNELS[film.curve[row]]].log10:
        axes.set_xscale("log")
    low, high = _values(film, row, np.array(limits))
    axes.set_xlim(low, high)
    axes.set_ylim(depth[-1], 0.0)
    inner = _values(film, row, np.array(limits) @ np.array([[0.75, 0.25], [0.25, 0.75]]))
    axes.set_xticks(inner, [f"{one:.3g}" for one in inner])
    axes.set_xticks([], minor=True)
    axes.tick_params(labelsize=6.5, color=_GRID, labelcolor=_SOFT, pad=1.5)
    for side in axes.spines.values():
        side.set_color(_GRID)


def show_history(kept: Kept) -> Markup | None:
    """Return the curves of losses and validations as one picture; None where there is none yet."""
    from matplotlib.figure import Figure

    drawers = [
        drawer
        for drawer, keys in (
            (_draw_reconstruction, ("reconstruction",)),
            (_draw_game, ("discriminator", "adversarial")),
            (_draw_validation, ("validation",)),
            (_draw_telling, ("told apart", "variety")),
        )
        if any(len(kept.series(key)[0]) for key in keys)
    ]
    if not drawers:
        return None
    rows = -(-len(drawers) // 2)
    figure = Figure((10.0, 3.2 * rows), dpi=_DPI, layout="constrained")
    grid = figure.subplots(rows, 2, squeeze=False).ravel()
    for axes, drawer in zip(grid, drawers, strict=False):
        drawer(axes, kept)
        axes.set_xlim(0, max(kept.iteration, 1))
        axes.set_xlabel("iteration", **_STYLE)
        axes.tick_params(labelsize=8, color=_GRID, labelcolor=_SOFT)
        axes.grid(color=_GRID, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in grid[len(drawers) :]:
        axes.set_visible(False)
    said = "Losses are means over the iterations between two lines of the history."
    if kept.has_discriminator:
        said += (
            " Those of the game cannot be compared from one time to another, as each player is "
            "measured by the other; what is told apart, variety and validation can."
        )
    return picture_of(figure, "Losses and validations by iteration", said)


def _line(axes: Axes, kept: Kept, key: str, colour: str, label: str, **style: Any) -> None:
    at, values = kept.series(key)
    marker = "o" if len(at) < 30 else None
    axes.plot(at, values, color=colour, label=label, marker=marker, markersize=2.5, **style)


def _goal(
    axes: Axes, height: float, said: str, in_legend: bool = False, side: str = "bottom"
) -> None:
    label = said if in_legend else None
    dashes = (0, (4, 3))
    axes.axhline(height, color=_SOFT, linewidth=0.9, linestyle=dashes, zorder=1.1, label=label)
    if in_legend:
        return
    axes.text(
        0.995, height, said, transform=axes.get_yaxis_transform(), ha="right", va=side,
        fontsize=7, color=_SOFT, zorder=1.2, bbox={"color": "white", "alpha": 0.75, "pad": 0.8},
    )  # fmt: skip


def _top(axes: Axes, kept: Kept, keys: Sequence[str], least: float, columns: int) -> None:
    """Leave room for a legend above all lines."""
    highest = max((float(kept.series(key)[1].max(initial=0.0)) for key in keys), default=0.0)
    axes.set_ylim(0.0, 1.35 * max(least, highest))
    axes.legend(fontsize=7.5, frameon=False, loc="upper center", ncols=columns)


def _draw_reconstruction(axes: Axes, kept: Kept) -> None:
    _line(axes, kept, "reconstruction", _COLOURS[0], "reconstruction", linewidth=1.2)
    axes.set_ylim(bottom=0.0)
    axes.set_title("Reconstruction: error on all measured samples, spreads", fontsize=9)


def _draw_game(axes: Axes, kept: Kept) -> None:
    _line(axes, kept, "discriminator", _COLOURS[3], "discriminator", linewidth=1.2)
    _line(axes, kept, "adversarial", _COLOURS[2], "generator (adversarial)", linewidth=1.2)
    _goal(axes, NO_TELLING, "1.39: it cannot tell")
    _goal(axes, NO_TELLING / 2, "0.69: the generator is not found out", side="top")
    _top(axes, kept, ["discriminator", "adversarial"], NO_TELLING, 2)
    axes.set_title("The game, nats", fontsize=9)


def _draw_validation(axes: Axes, kept: Kept) -> None:
    keys = [key for name in CHANNELS if len(kept.series(key := f"validation {name}")[0])]
    for number, key in enumerate(keys):
        colour = _COLOURS[number % len(_COLOURS)]
        _line(axes, kept, key, colour, key.removeprefix("validation "), linewidth=0.8)
    _line(axes, kept, "validation", _MEASURED, "mean", linewidth=1.8)
    at, values = kept.series("validation")
    if len(at):
        best = int(np.argmin(values))
        axes.plot(at[best], values[best], "o", color=_MEASURED, fillstyle="none", markersize=9)
    _goal(axes, 1.0, "who says the mean, about", in_legend=True)
    _top(axes, kept, ["validation", *keys], 1.0, 3)
    axes.set_title("Validation: error where hidden, spreads (ring: the best)", fontsize=9)


def _draw_telling(axes: Axes, kept: Kept) -> None:
    _line(axes, kept, "told apart", _COLOURS[0], "told apart by the weak classifier", linewidth=1.4)
    _line(
        axes, kept, "variety", _COLOURS[1], "variety of answers to different noises", linewidth=1.4
    )
    _goal(axes, 0.5, "0.5: generated is not told from measured")
    _top(axes, kept, ["told apart", "variety"], 1.0, 1)
    axes.set_title("Told apart (0.5 is best) and variety (1 is best)", fontsize=9)
