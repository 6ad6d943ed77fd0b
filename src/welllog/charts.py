"""Charts of one restored curve: histograms, coverage of its band, residuals along depth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from welllog.crossplots import with_restored
from welllog.palette import LIGHT, Theme, begin, is_wide, place_legend, say_nothing_to_draw
from welllog.quality import Coverage, Evidence, find_residuals
from welllog.scatter import Scatter
from welllog.splicing import OUTSIDE
from welllog.tracks import choose_track_curve, decimate, values_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_calibration", "draw_histogram", "draw_residuals", "save_figure"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BINS = 50
_MOST_POINTS = 4000


def draw_histogram(
    figure: Figure,
    evidence: Evidence,
    *,
    rows: BoolArray | None = None,
    theme: Theme = LIGHT,
) -> None:
    """Draw how measured and filled values are distributed, each as shares of its own samples.

    Fifty bins over the scale of the curve's track (equal decades on a logarithmic one); values
    off scale are counted in the outermost bins. Where what was filled had been measured, the
    values that were hidden there are a dashed outline, and the median of each is a line.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What it shows is cleared.
    evidence : Evidence
    rows : array of bool, shape (n,), optional
        Leave all others out.
    theme : Theme
    """
    well = with_restored(evidence.well, [evidence])
    curve = choose_track_curve(well, evidence.curve)
    asked = np.ones(len(well.index), bool) if rows is None else rows
    filled = evidence.filled
    there = evidence.measured[asked & filled]
    kinds = (
        ("measured", evidence.measured[asked & ~filled], theme.measured, "solid"),
        ("filled", evidence.values[asked & filled], theme.filled, "solid"),
        ("measured there", there, theme.ink, (0, (3, 1.4))),
    )
    if not any(np.isfinite(values).any() for _, values, _, _ in kinds):
        say_nothing_to_draw(figure, theme, f"No sample at these depths has {evidence.curve}.")
        return
    axes = begin(figure, theme)
    low, high = sorted((curve.left, curve.right))
    edges = np.sort(values_at(np.linspace(0, 1, BINS + 1), curve))
    if curve.log:
        axes.set_xscale("log")
    handles, highest = [], 0.0
    for name, values, colour, dashes in kinds:
        finite = values[np.isfinite(values)]
        if not len(finite):
            continue
        counts = np.histogram(np.clip(finite, low, high), edges)[0] / len(finite) * 100
        highest = max(highest, float(counts.max()))
        style: dict[str, Any] = {"linewidth": 1.4, "linestyle": dashes}
        if name == "measured":
            style = {"fill": True, "alpha": 0.45, "linewidth": 0}
        label = f"{name}  {len(finite)}"
        handles.append(axes.stairs(counts, edges, color=colour, label=label, **style))
        middle = float(np.median(finite))
        axes.axvline(middle, color=colour, linewidth=1.0, linestyle=dashes, zorder=1.5)
    axes.set(xlim=(low, high), ylim=(0, 1.05 * highest), ylabel="share of samples [%]")
    axes.set_xlabel(f"{curve.mnemonic} [{curve.unit}]")
    place_legend(figure, handles, theme)


def draw_calibration(
    figure: Figure, coverage: Coverage, *, title: str = "", theme: Theme = LIGHT
) -> None:
    """Draw the share of the truth that a band was seen to hold against the share it promised.

    Below the diagonal the band is too narrow, above it too wide. ``coverage`` comes from
    ``quality.observe_coverage``: of a blind test, or of an interval that was measured.
    """
    if not coverage.count:
        say_nothing_to_draw(
            figure, theme, "No sample is known that has a band: there is nothing to check it by."
        )
        return
    axes = begin(figure, theme)
    axes.set(xlim=(0, 100), ylim=(0, 100), title=title)
    axes.set_aspect("equal", adjustable="box", anchor="E" if is_wide(figure) else "S")
    axes.set(xlabel="promised [%]", ylabel="seen inside [%]")
    ticks = np.arange(0, 101, 20)
    axes.set(xticks=ticks, yticks=ticks)
    (ideal,) = axes.plot([0, 100], [0, 100], color=theme.ink, linewidth=0.9, label="as promised")
    nominal, observed = (
        np.concatenate([[0.0], part, [1.0]]) * 100 for part in (coverage.nominal, coverage.observed)
    )
    (seen,) = axes.plot(
        nominal[:-1], observed[:-1], color=theme.filled, linewidth=1.8, marker="o", markersize=3,
        label="central intervals",
    )  # fmt: skip
    (band,) = axes.plot(
        [90], [coverage.band * 100], linestyle="none", marker="D", markersize=7,
        markerfacecolor="none", markeredgecolor=theme.marked, markeredgewidth=1.6,
        label=f"90 % band holds {coverage.band:.0%}",
    )  # fmt: skip
    (count,) = axes.plot([], [], linestyle="none", label=f"{coverage.count} samples")
    place_legend(figure, [ideal, seen, band, count], theme)


def draw_residuals(
    figure: Figure,
    evidence: Evidence,
    *,
    rows: BoolArray | None = None,
    theme: Theme = LIGHT,
) -> Scatter | None:
    """Draw restored minus measured along depth, over the 90 % band that it should lie in.

    Depth runs down; in a wide figure it runs to the right. Of a curve on a logarithmic scale the
    difference is in decades.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What it shows is cleared.
    evidence : Evidence
    rows : array of bool, shape (n,), optional
        Leave all others out.
    theme : Theme

    Returns
    -------
    Scatter or None
        None where no sample is both known and predicted: the figure then says so.
    """
    residual = find_residuals(evidence)
    known = np.isfinite(residual) & (True if rows is None else rows)
    at = np.flatnonzero(known)
    if not len(at):
        words = f"No sample at these depths is both measured and predicted: {evidence.curve}."
        say_nothing_to_draw(figure, theme, words)
        return None
    axes = begin(figure, theme)
    wide = is_wide(figure)
    well, depth = evidence.well, evidence.well.index
    low, high = (_difference(part, evidence) for part in (evidence.upper, evidence.lower))
    ends = float(depth[at].min()), float(depth[at].max())
    view = (depth >= ends[0]) & (depth <= ends[1])
    handles = [_draw_band(axes, depth[view], low[view], high[view], wide, theme)]
    line = _line_of(depth[view], np.where(known, residual, np.nan)[view])
    (drawn,) = axes.plot(
        *(line if wide else line[::-1]), color=theme.filled, linewidth=0.9, zorder=3,
        label="restored \N{MINUS SIGN} measured",
    )  # fmt: skip
    handles.insert(0, drawn)
    zero = axes.axhline if wide else axes.axvline
    zero(0.0, color=theme.ink, linewidth=0.9, zorder=2.5)
    outside = at[evidence.flag[at] == OUTSIDE]
    if len(outside):
        spots = depth[outside], residual[outside]
        (red,) = axes.plot(
            *(spots if wide else spots[::-1]), linestyle="none", marker=".", markersize=2.5,
            color=theme.outside, zorder=3.5, label=f"outside experience  {len(outside)}",
        )  # fmt: skip
        handles.append(red)
    unit = "decades" if evidence.log10 else evidence.unit
    _set_axes(axes, f"{well.index_mnemonic} [{well.index_unit}]", ends, wide)
    name = f"{evidence.curve}: restored \N{MINUS SIGN} measured [{unit}]"
    axes.set(**{"ylabel" if wide else "xlabel": name})
    place_legend(figure, handles, theme)
    pair = (depth[at], residual[at]) if wide else (residual[at], depth[at])
    return Scatter(axes, at, *pair)


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure in the format of the ending (PNG, SVG, PDF) to a file that is then renamed.

    Raises
    ------
    ValueError
        Where matplotlib does not know the ending.
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in figure.canvas.get_supported_filetypes():
        raise ValueError(f"{path.name}: no figure can be written as {kind!r}; use png, svg or pdf")
    part = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(part, format=kind, dpi=200, facecolor=figure.get_facecolor())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _difference(bound: FloatArray, evidence: Evidence) -> FloatArray:
    if not evidence.log10:
        return np.asarray(evidence.median - bound)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.log10(evidence.median) - np.log10(bound))


def _line_of(depth: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(depth, kind="stable")
    return decimate(depth[order], values[order], _MOST_POINTS)


def _draw_band(
    axes: Axes, depth: FloatArray, low: FloatArray, high: FloatArray, wide: bool, theme: Theme
) -> Any:
    every = max(len(depth) // _MOST_POINTS, 1)
    fill = axes.fill_between if wide else axes.fill_betweenx
    return fill(
        depth[::every], low[::every], high[::every], color=theme.measured, alpha=0.35, linewidth=0,
        label="90 % band", zorder=2,
    )  # fmt: skip


def _set_axes(axes: Axes, name: str, ends: tuple[float, float], wide: bool) -> None:
    room = 0.01 * (ends[1] - ends[0]) or 0.5
    if wide:
        axes.set(xlabel=name, xlim=(ends[0] - room, ends[1] + room))
    else:
        axes.set(ylabel=name, ylim=(ends[1] + room, ends[0] - room))
