"""Episodes to learn kernels from: intervals hidden in wells whose trees have not seen them.

An episode is one hidden interval of one curve: the samples it may be predicted from, and those it
is scored on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from welllog.deep_kernel import Scale, View, summary_of, view_well
from welllog.features import INPUTS, TARGETS, LogSet
from welllog.kriging import choose_support

__all__ = [
    "Draw",
    "Episode",
    "Forecast",
    "KernelSettings",
    "Lesson",
    "curve_episodes",
    "residual_episodes",
    "scale_of",
]

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class KernelSettings:
    """How the kernels are learnt."""

    iterations: int = 7000
    """Of either kernel."""
    members: int = 2
    """Kernels of each kind, learnt from seeds of their own and averaged."""
    batch: int = 8
    """Episodes an iteration."""
    support: int = 256
    """Visible samples an episode rests on (inference takes more)."""
    points: int = 32
    """Samples an episode is scored on."""
    width: int = 64
    """Units of a layer."""
    latent: int = 16
    """Numbers that describe a depth."""
    rate: float = 1e-3
    """Learning rate of the network; shares of the kernel take ten times that."""
    likelihood_weight: float = 0.1
    """Weight of the likelihood beside the squared error."""
    shortest_m: float = 3.0
    longest_m: float = 400.0
    seed: int = 0


@dataclass(frozen=True)
class Forecast:
    """What boosting says of a well that it was not grown on."""

    dropped: tuple[str, ...]
    """Curves that it was not shown."""
    predicted: Mapping[str, FloatArray]
    """Per target, shape (n,), model space; NaN where it was not asked."""


@dataclass(frozen=True)
class Lesson:
    """A well to learn from."""

    logs: LogSet
    forecasts: tuple[Forecast, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Episode:
    """One hidden interval: s samples to predict it from and k to be scored on."""

    place: int
    """Of the target."""
    told: NDArray[np.float32]
    """(s + k, COLUMNS), or the summary (SUMMARY,)."""
    depth: NDArray[np.float32]
    """(s + k,), m from the top of the gap."""
    values: NDArray[np.float32]
    """(s + k,), spreads."""
    support: int
    inputs: int
    length_m: float


Draw = Callable[[np.random.Generator], Episode | None]
"""Draws an episode; None where what it drew does not fit."""


def scale_of(wells: Sequence[LogSet]) -> dict[str, tuple[float, float]]:
    """Return centre and spread of every input over wells (model space), wells counting alike."""
    scale = {}
    for name in INPUTS:
        seen = [well.curves[name] for well in wells if name in well.curves]
        seen = [values[np.isfinite(values)] for values in seen if np.isfinite(values).sum() > 100]
        if seen:
            centre = float(np.mean([values.mean() for values in seen]))
            spread = float(np.sqrt(np.mean([((values - centre) ** 2).mean() for values in seen])))
            scale[name] = (centre, spread or 1.0)
        else:
            scale[name] = (0.0, 1.0)
    return scale


class _Well:
    """A lesson made ready: views of the well, and where each target is known."""

    def __init__(self, lesson: Lesson, scale: Scale) -> None:
        self.step = lesson.logs.step
        self.depth = lesson.logs.depth
        self.weight = lesson.weight
        self.scale = scale
        self.views: list[View] = []
        self.residuals: list[dict[str, tuple[Rows, FloatArray, FloatArray]]] = []
        self.curves: dict[str, tuple[Rows, FloatArray]] = {}
        everywhere = np.ones(len(self.depth), bool)
        for target in TARGETS:
            if target in lesson.logs.curves:
                centre, spread = scale[target]
                values = (lesson.logs.curves[target] - centre) / spread
                self.curves[target] = (np.flatnonzero(np.isfinite(values)), values)
        for forecast in lesson.forecasts:
            self.views.append(view_well(lesson.logs.hide(everywhere, forecast.dropped), scale))
            known = {}
            for target, predicted in forecast.predicted.items():
                if target not in self.curves:
                    continue
                centre, spread = scale[target]
                standard = (predicted - centre) / spread
                rows, values = self.curves[target]
                known[target] = (rows[np.isfinite(standard[rows])], values, standard)
            self.residuals.append(known)


def _draw_gap(
    rows: Rows, count: int, step: float, settings: KernelSettings, random: np.random.Generator
) -> tuple[int, int] | None:
    """Draw [top, base) among the rows where a curve is known, or None where nothing fits."""
    longest = min(settings.longest_m, 0.35 * len(rows) * step)
    if longest <= settings.shortest_m:
        return None
    length = np.exp(random.uniform(np.log(settings.shortest_m), np.log(longest)))
    samples = max(3, round(length / step))
    top = int(rows[random.integers(len(rows))])
    base = top + samples
    if base > count:
        return None
    inside = np.searchsorted(rows, base) - np.searchsorted(rows, top)
    return (top, base) if inside >= 0.8 * samples else None


def _split(rows: Rows, top: int, base: int, points: int) -> tuple[Rows, Rows] | None:
    """Split known rows into visible ones and at most ``points`` hidden ones."""
    first, last = np.searchsorted(rows, (top, base))
    hidden, visible = rows[first:last], np.r_[rows[:first], rows[last:]]
    if len(visible) < 50 or len(hidden) < 3:
        return None
    if len(hidden) > points:
        hidden = hidden[np.linspace(0, len(hidden) - 1, points).astype(int)]
    return visible, hidden


def _choices(
    pairs: list[tuple[_Well, str, int]], lengths: list[int]
) -> tuple[list[tuple[_Well, str, int]], FloatArray]:
    """Return what episodes are drawn from, with chances: every curve alike, wells by weight.

    A well counts by the root of its samples: long ones have more to show, but not in proportion.
    """
    kept = [(pair, length) for pair, length in zip(pairs, lengths, strict=True) if length >= 200]
    if not kept:
        raise ValueError("no curve has 200 known samples in any well; no kernel can be learnt")
    weight = np.array([pair[0].weight * np.sqrt(length) for pair, length in kept])
    curves = np.array([TARGETS.index(pair[1]) for pair, _ in kept])
    totals = np.bincount(curves, weight, len(TARGETS))
    wells = np.bincount(curves, minlength=len(TARGETS))
    # A curve of few wells (the shear sonic) counts less: its episodes are less various.
    chance = weight / totals[curves] * np.sqrt(wells[curves])
    return [pair for pair, _ in kept], chance / chance.sum()


def residual_episodes(lessons: Sequence[Lesson], scale: Scale, settings: KernelSettings) -> Draw:
    """Return what draws episodes of boosting's residual, for the ``ResidualKernel``.

    Raises
    ------
    ValueError
        Where no well knows enough of any curve.
    """
    wells = [_Well(lesson, scale) for lesson in lessons]
    pairs = [
        (one, target, number)
        for one in wells
        for number, known in enumerate(one.residuals)
        for target in known
    ]
    pairs, chance = _choices(pairs, [len(one.residuals[i][name][0]) for one, name, i in pairs])

    def draw(random: np.random.Generator) -> Episode | None:
        one, target, number = pairs[random.choice(len(pairs), p=chance)]
        view = one.views[number]
        rows, values, predicted = one.residuals[number][target]
        gap = _draw_gap(rows, len(one.depth), one.step, settings, random)
        parts = gap and _split(rows, *gap, settings.points)
        if not gap or not parts:
            return None
        visible, hidden = parts
        inputs = view.inputs(target, visible, *gap)
        near = view.support(inputs, visible, *gap, settings.support)
        used = np.r_[near, hidden]
        return Episode(
            TARGETS.index(target),
            view.describe(used, inputs, predicted[used], predicted[near]),
            (one.depth[used] - one.depth[gap[0]]).astype(np.float32),
            (values[used] - predicted[used]).astype(np.float32),
            len(near),
            len(inputs),
            (gap[1] - gap[0]) * one.step,
        )

    return draw


def curve_episodes(lessons: Sequence[Lesson], scale: Scale, settings: KernelSettings) -> Draw:
    """Return what draws episodes of a curve itself, for the ``CurveKernel``.

    Raises
    ------
    ValueError
        Where no well knows enough of any curve.
    """
    wells = [_Well(replace(lesson, forecasts=()), scale) for lesson in lessons]
    pairs = [(one, target, 0) for one in wells for target in one.curves]
    pairs, chance = _choices(pairs, [len(one.curves[name][0]) for one, name, _ in pairs])

    def draw(random: np.random.Generator) -> Episode | None:
        one, target, _ = pairs[random.choice(len(pairs), p=chance)]
        rows, values = one.curves[target]
        gap = _draw_gap(rows, len(one.depth), one.step, settings, random)
        parts = gap and _split(rows, *gap, settings.points)
        if not gap or not parts:
            return None
        visible, hidden = parts
        top, base = float(one.depth[gap[0]]), float(one.depth[gap[1] - 1])
        near = visible[choose_support(one.depth[visible], top, base, settings.support)]
        used = np.r_[near, hidden]
        return Episode(
            TARGETS.index(target),
            summary_of(values[visible], one.depth[visible], top, base),
            (one.depth[used] - top).astype(np.float32),
            values[used].astype(np.float32),
            len(near),
            0,
            base - top,
        )

    return draw
