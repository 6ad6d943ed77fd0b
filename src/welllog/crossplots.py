"""Cross-plots of a well with what was filled in it.

Drawn on a matplotlib figure that is handed in: a canvas of the plugin, or one of a script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from welllog.minerals import MATRICES, SOURCE, TICKS, matrix_line
from welllog.mnemonics import catalogue
from welllog.palette import (
    LIGHT,
    Theme,
    begin,
    colour_map,
    is_wide,
    place_legend,
    say_nothing_to_draw,
)
from welllog.quality import Evidence, LineFit, fit_line
from welllog.scatter import MOST_POINTS, Scatter, on_page, thin_points
from welllog.splicing import OUTSIDE
from welllog.tracks import TrackCurve, choose_track_curve, format_number, positions
from welllog.well import Well

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

__all__ = ["draw_crossplot", "draw_fit", "with_restored"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_ROOM_FOR_SOURCE = 3.0
"""Inches of axes beside which the source of the lines can be named, with room left for points."""
_DASHES = ("solid", (0, (5, 2)), (0, (1.2, 1.4)))


def draw_fit(
    figure: Figure,
    evidence: Evidence,
    *,
    rows: BoolArray | None = None,
    colour: str | None = None,
    theme: Theme = LIGHT,
) -> Scatter | None:
    """Draw measured against predicted values where the curve is known and was predicted.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What it shows is cleared.
    evidence : Evidence
    rows : array of bool, shape (n,), optional
        Leave all others out.
    colour : str, optional
        Own mnemonic of the curve that colours the points.
    theme : Theme

    Returns
    -------
    Scatter or None
        None where no sample is both known and predicted: the figure then says so.
    """
    known = evidence.judged & (True if rows is None else rows)
    if evidence.log10:
        known &= (evidence.measured > 0) & (evidence.median > 0)
    at = np.flatnonzero(known)
    if not len(at):
        say_nothing_to_draw(figure, theme, _why_no_fit(evidence, rows))
        return None
    x, y = evidence.median[at], evidence.measured[at]
    axes = begin(figure, theme)
    low, high = _limits_of(np.concatenate([x, y]), log=evidence.log10)
    if evidence.log10:
        axes.set(xscale="log", yscale="log")
    axes.set(xlim=(low, high), ylim=(low, high))
    axes.set_aspect("equal", adjustable="box", anchor="E" if is_wide(figure) else "S")
    axes.set_xlabel(_label(f"{evidence.curve} restored", evidence.unit))
    axes.set_ylabel(_label(f"{evidence.curve} measured", evidence.unit))
    outside = evidence.flag[at] == OUTSIDE
    shade = _Shade.of(evidence.well, colour, theme)
    size = 13.0 if len(at) < 1500 else 6.0
    clouds = []
    for part, edge in ((~outside, "none"), (outside, theme.outside)):
        drawn = np.flatnonzero(part)
        drawn = drawn[thin_points(*on_page(axes, x[drawn], y[drawn]), MOST_POINTS)]
        if len(drawn):
            spots = at[drawn], x[drawn], y[drawn]
            clouds.append(_cloud(axes, *spots, shade, theme.filled, size, 0.75, edge))
    fit = fit_line(x, y, log10=evidence.log10)
    handles = [axes.plot([low, high], [low, high], color=theme.ink, lw=0.9, label="1 : 1")[0]]
    handles += _draw_line(axes, fit, (low, high), evidence.log10, theme)
    handles += _words_of_fit(fit, evidence)
    if outside.any():
        handles.append(_dot(theme, theme.outside, f"outside experience  {outside.sum()}"))
    _finish(figure, axes, shade, handles, theme)
    return Scatter(axes, at, x, y, tuple(clouds))


def draw_crossplot(
    figure: Figure,
    well: Well,
    x: str,
    y: str,
    *,
    evidence: Sequence[Evidence] = (),
    rows: BoolArray | None = None,
    colour: str | None = None,
    theme: Theme = LIGHT,
) -> Scatter | None:
    """Draw one curve against another: measured points faint, filled ones marked.

    Axes are on the scales of the tracks, logarithmic where the catalogue says so; density runs
    down. Neutron and density, and sonic and density, get the lines of clean rock.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What it shows is cleared.
    well : Well
        The measured well.
    x, y : str
        Own or canonical mnemonics.
    evidence : sequence of Evidence
        Restorations whose values stand in for those of the well.
    rows, colour, theme
        As in ``draw_fit``.

    Returns
    -------
    Scatter or None
        None where no sample has both values: the figure then says so.

    Raises
    ------
    CurveNotFoundError
        Neither the well nor the evidence has such a curve.
    """
    restored = {part.curve: part for part in evidence}
    roomy = with_restored(well, evidence)
    curves = [choose_track_curve(roomy, roomy.find(name)) for name in (x, y)]
    values, filled, outside = [], np.zeros(len(well.index), bool), np.zeros(len(well.index), bool)
    for curve in curves:
        part = restored.get(curve.mnemonic)
        values.append(well.values(curve.mnemonic) if part is None else part.values)
        if part is not None:
            filled |= part.filled
            outside |= part.filled & (part.flag == OUTSIDE)
    across, down = (
        np.where(part > 0, part, np.nan) if curve.log else part
        for part, curve in zip(values, curves, strict=True)
    )
    known = np.isfinite(across) & np.isfinite(down) & (True if rows is None else rows)
    if not known.any():
        names = " and ".join(curve.mnemonic for curve in curves)
        say_nothing_to_draw(figure, theme, f"No sample at these depths has both {names}.")
        return None
    axes = begin(figure, theme)
    _set_axis(axes, "x", curves[0])
    _set_axis(axes, "y", curves[1])
    shade = _Shade.of(well, colour, theme)
    handles: list[Any] = []
    clouds = []
    kinds: tuple[tuple[str, BoolArray, str, float, float, str], ...] = (
        ("measured", known & ~filled, theme.measured, 5, 0.4, "none"),
        ("filled", known & filled & ~outside, theme.filled, 17, 0.9, theme.ink),
        ("outside experience", known & outside, theme.filled, 17, 0.9, theme.outside),
    )
    for name, of_kind, plain, size, alpha, edge in kinds:
        at = np.flatnonzero(of_kind)
        if len(at):
            drawn = at[thin_points(*on_page(axes, across[at], down[at]), MOST_POINTS)]
            spots = drawn, across[drawn], down[drawn]
            clouds.append(_cloud(axes, *spots, shade, plain, size, alpha, edge))
            fill = plain if shade is None or edge == "none" else "none"
            handles.append(_dot(theme, edge, f"{name}  {len(at)}", fill, size))
    at = np.flatnonzero(known)
    beyond = _beyond(across[at], curves[0]) | _beyond(down[at], curves[1])
    if beyond.any():
        handles.append(_words(f"off scale  {beyond.sum()}"))
    handles += _draw_matrix_lines(axes, roomy, curves, theme)
    _finish(figure, axes, shade, handles, theme)
    return Scatter(axes, at, across[at], down[at], tuple(clouds))


def with_restored(well: Well, evidence: Sequence[Evidence]) -> Well:
    """Return the well, with the restored curve in place of each one that it lacks."""
    missing = [part for part in evidence if part.curve not in well.curves]
    roomy = well.copy() if missing else well
    for part in missing:
        if part.curve not in roomy.curves:
            roomy.add_curve(part.curve, part.values, unit=part.unit)
    return roomy


@dataclass(frozen=True, eq=False)
class _Shade:
    """The curve that colours the points."""

    curve: TrackCurve
    values: FloatArray
    colours: Any
    norm: Any

    @classmethod
    def of(cls, well: Well, name: str | None, theme: Theme) -> _Shade | None:
        if name is None:
            return None
        from matplotlib.colors import LogNorm, Normalize

        curve = choose_track_curve(well, name)
        ends = sorted((curve.left, curve.right))
        norm = (LogNorm if curve.log else Normalize)(vmin=ends[0], vmax=ends[1], clip=True)
        return cls(curve, well.values(name), colour_map(theme), norm)


def _cloud(
    axes: Axes,
    rows: NDArray[np.intp],
    x: FloatArray,
    y: FloatArray,
    shade: _Shade | None,
    plain: str,
    size: float,
    alpha: float,
    edge: str,
) -> tuple[PathCollection, NDArray[np.intp], float]:
    """Draw points; grey where the curve that colours them is null."""
    style: dict[str, Any] = {"s": size, "linewidths": 0.5, "edgecolors": edge, "zorder": 3}
    if edge != "none":
        style["zorder"] = 4
    if shade is None:
        artist = axes.scatter(x, y, color=None, facecolors=plain, alpha=alpha, **style)
    else:
        artist = axes.scatter(
            x, y, c=shade.values[rows], cmap=shade.colours, norm=shade.norm, alpha=alpha,
            plotnonfinite=True, **style,
        )  # fmt: skip
    return artist, rows, alpha


def _set_axis(axes: Axes, which: str, curve: TrackCurve) -> None:
    low, high = sorted((curve.left, curve.right))
    if curve.log:
        axes.set(**{f"{which}scale": "log"})
    downwards = which == "y" and catalogue().canonical(curve.mnemonic) == "RHOB"
    axes.set(**{f"{which}lim": (high, low) if downwards else (low, high)})
    axes.set(**{f"{which}label": _label(curve.mnemonic, curve.unit)})


def _draw_matrix_lines(
    axes: Axes, well: Well, curves: Sequence[TrackCurve], theme: Theme
) -> list[Any]:
    logs = [catalogue().canonical(curve.mnemonic) or "" for curve in curves]
    if logs[1] != "RHOB" or logs[0] not in ("NPHI", "DTC"):
        return []
    handles = []
    factors = [well.unit_factor(curve.mnemonic) for curve in curves]
    for matrix, dashes in zip(MATRICES, _DASHES, strict=True):
        for porosity, style in ((np.linspace(0, 0.45, 2), dashes), (TICKS, "none")):
            x, y = (
                matrix_line(matrix, log, porosity) / factor
                for log, factor in zip(logs, factors, strict=True)
            )
            (line,) = axes.plot(
                x, y, color=theme.ink, linewidth=1.1, linestyle=style, label=matrix.name,
                marker="o" if style == "none" else "", markersize=2.5, zorder=3.5,
            )  # fmt: skip
            if style != "none":
                handles.append(line)
    small = axes.get_window_extent().width / axes.figure.dpi < _ROOM_FOR_SOURCE
    return handles if small else [*handles, _words(SOURCE)]


def _draw_line(
    axes: Axes, fit: LineFit, ends: tuple[float, float], log: bool, theme: Theme
) -> list[Any]:
    if not np.isfinite(fit.slope):
        return []
    x = np.asarray(ends)
    y = fit.intercept + fit.slope * (np.log10(x) if log else x)
    sign = "\N{MINUS SIGN}" if fit.intercept < 0 else "+"
    form = "fit: log y = {} log x {} {}" if log else "fit: {} x {} {}"
    name = form.format(f"{fit.slope:.2f}", sign, f"{abs(fit.intercept):.3g}")
    return list(
        axes.plot(x, 10.0**y if log else y, color=theme.ink, lw=1.3, ls=(0, (4, 2)), label=name)
    )


def _words_of_fit(fit: LineFit, evidence: Evidence) -> list[Any]:
    unit = "decades" if evidence.log10 else evidence.unit
    sign = "+" if fit.bias > 0 else ""
    return [
        _words(f"R\N{SUPERSCRIPT TWO} {format_number(round(fit.r2, 2))} against 1 : 1"),
        _words(f"RMSE {fit.rmse:.3g} {unit}"),
        _words(f"bias {sign}{format_number(float(f'{fit.bias:.2g}'))} {unit}"),
        _words("(restored \N{MINUS SIGN} measured)"),
        _words(f"{fit.count} samples"),
    ]


def _finish(
    figure: Figure, axes: Axes, shade: _Shade | None, handles: list[Any], theme: Theme
) -> None:
    place_legend(figure, handles, theme)
    if shade is None:
        return
    from matplotlib.cm import ScalarMappable

    beside = axes.inset_axes((1.02, 0.0, 0.03, 1.0))  # as high as axes whose aspect is fixed
    bar = figure.colorbar(ScalarMappable(shade.norm, shade.colours), cax=beside)
    bar.set_label(_label(shade.curve.mnemonic, shade.curve.unit), color=theme.ink, fontsize=8)
    bar.ax.tick_params(which="both", colors=theme.ink, labelsize=7)
    bar.outline.set(edgecolor=theme.ink, linewidth=0.6)


def _limits_of(values: FloatArray, *, log: bool) -> tuple[float, float]:
    """Return limits that hold all values and a little more."""
    ends = np.array([values.min(), values.max()])
    ends = np.log10(ends) if log else ends
    room = max(0.04 * (ends[1] - ends[0]), 1e-6 * max(abs(ends[1]), 1.0))
    low, high = ends[0] - room, ends[1] + room
    return (float(10.0**low), float(10.0**high)) if log else (float(low), float(high))


def _beyond(values: FloatArray, curve: TrackCurve) -> BoolArray:
    place = positions(values, curve)
    return np.asarray((place < 0) | (place > 1))


def _why_no_fit(evidence: Evidence, rows: BoolArray | None) -> str:
    own = evidence.curve
    if rows is not None and evidence.judged.any():
        return f"At these depths no measured {own} was predicted."
    return (
        f"{own} was predicted only where it is not known.\n"
        f"To see how good that is, restore an interval in which {own} was measured,\n"
        "or predict the whole curve."
    )


def _label(name: str, unit: str) -> str:
    return f"{name} [{unit}]" if unit else name


def _words(text: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="none", label=text)


def _dot(theme: Theme, edge: str, text: str, fill: str = "none", size: float = 13.0) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], linestyle="none", marker="o", markersize=np.sqrt(size), markerfacecolor=fill,
        markeredgecolor=fill if edge == "none" else edge, markeredgewidth=0.7, label=text,
    )  # fmt: skip
