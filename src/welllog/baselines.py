"""Restorers that need no network: interpolation, kriging, and boosting corrected by the well.

Every restorer has ``predict(logs, target, rows)``. It sees the well with the rows to predict hidden
in the target, and answers in model space.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from welllog.boosting import Boosters, BoostingSettings
from welllog.corrections import CORRECTIONS, DEEP, FALLS_BACK, Residual, no_correction
from welllog.deep_kernel import SUPPORT as DEEP_SUPPORT
from welllog.deep_kernel import DeepKernels, average, summary_of
from welllog.features import TARGETS, LogSet, hidden_with, log_features, runs_of
from welllog.kriging import Kernel, choose_support, krige
from welllog.perceptron import Blend
from welllog.spread import Spread
from welllog.uncertainty import KINDS, NORMAL_90, Calibration

__all__ = [
    "Boosted",
    "Interpolation",
    "Kriging",
    "Prediction",
    "Restorer",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DEPTH_KERNELS = (Kernel(0.2, 2.0, 0.6, 200.0, 0.2), Kernel(0.3, 5.0, 0.5, 100.0, 0.2))
"""For the curve itself: what kriging falls back on where no other log is visible."""

SUPPORT = 300
"""Visible samples that kriging rests on."""

HOLE_M = 4.0
"""Across a hole in all other logs that is no longer, inside a longer gap, the fill is a line."""

FADE_M = 1200.0
"""Distance from what is visible of a curve at which that counts as much as what other wells say;
less where little is visible: half as far where it is half of this.

It was chosen on 315 intervals of 21 wells, where the error without it was 0.5, 2, 7 and 7 % larger
in intervals of 300, 600, 1200 and 2000 m and the band held 85 to 80 % in place of 89 to 93 %. Other
intervals gain less (``benchmarks/long_gaps.py``, docs/evaluation.md)."""

NEAR = 0.9
"""Where what is visible of a curve counts for this much all through its gaps, how strange the well
is is not asked: in gaps of 20 to 200 m of the development wells it changed the width of the band by
0.4 % in the median and 1.6 % at most, and took most of the time that a fill does."""

FEWEST_TESTED, MOST_TESTED = 100, 300
"""Samples of another curve that the model is tested on, to tell how strange a well is to it."""

POOL = 1500
"""Visible samples per gap whose residual is worked out, to choose the support from."""


@dataclass(frozen=True)
class Prediction:
    """What a restorer says of some rows, shape (k,), in model space."""

    mean: FloatArray
    lower: FloatArray
    """5 % quantile."""
    upper: FloatArray
    """95 % quantile."""
    error_on_others: float | None = None
    """How large the errors are on the well's other curves, foretold as if they were blind too: 1 is
    usual. None for gaps, and where no other curve was tested."""


class Restorer(Protocol):
    """Anything that predicts hidden rows of a curve."""

    name: str

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict ``target`` in ``rows``, shape (n,) with k True, where it is hidden.

        Raises
        ------
        ValueError
            Where the restorer has nothing to go by: an unknown target, no visible sample.
        """

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Return the rows, shape (n,), that are unlike anything the restorer was fitted to."""


def _visible(logs: LogSet, target: str, rows: BoolArray) -> NDArray[np.intp]:
    if target not in logs.curves:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.isfinite(logs.curves[target]) & ~rows)


def _needs_samples(visible: NDArray[np.intp], logs: LogSet, target: str, name: str) -> None:
    if len(visible) < 2:
        raise ValueError(
            f"{name} needs measured samples of {target} in well {logs.well}; there are none left"
        )


def _to_edges(visible: NDArray[np.intp], at: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
    """Return how many samples above and below the next visible one is, (k,); inf for none."""
    after = np.searchsorted(visible, at)
    edged = np.r_[-np.inf, visible, np.inf]
    return at - edged[after], edged[after + 1] - at


@dataclass
class Interpolation:
    """A straight line between the edges of a gap; the last value beyond the logged range."""

    name: str = "interpolation"
    calibration: Calibration = field(default_factory=Calibration)

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict by a straight line; the band is that of a random walk tied at both edges."""
        visible = _visible(logs, target, rows)
        _needs_samples(visible, logs, target, self.name)
        values = logs.curves[target][visible]
        at = np.flatnonzero(rows)
        mean = np.interp(at, visible, values)
        to_top, to_base = _to_edges(visible, at)
        walk = np.median(np.diff(values) ** 2) / 0.455 + 1e-12  # variance of a step, robust
        with np.errstate(divide="ignore"):
            tied = walk / (1.0 / to_top + 1.0 / to_base)
        deviation = np.sqrt(1.0 / (1.0 / tied + 1.0 / np.var(values).clip(1e-12)))
        factor = self.calibration.factors(target, rows, logs.step, "blackout")
        return Prediction(
            mean, mean - NORMAL_90 * factor * deviation, mean + NORMAL_90 * factor * deviation
        )

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Nowhere: a line has no experience to be outside of."""
        return np.zeros(len(logs.depth), bool)


@dataclass
class Kriging:
    """Kriging of the curve itself: the best that can be done where every log is missing."""

    name: str = "kriging"
    kernels: tuple[Kernel, ...] = DEPTH_KERNELS
    calibration: Calibration = field(default_factory=Calibration)
    learnt: DeepKernels | None = None
    """In place of ``kernels``, where there are any."""

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict from the visible samples of the same curve."""
        visible = _visible(logs, target, rows)
        _needs_samples(visible, logs, target, self.name)
        mean = np.full(len(rows), np.nan)
        deviation = np.full(len(rows), np.nan)
        krige_gap = self._as_given if self.learnt is None else self._as_learnt
        for top, base in runs_of(rows):
            mean[top:base], deviation[top:base] = krige_gap(logs, target, visible, top, base)
        half = NORMAL_90 * self.calibration.factors(target, rows, logs.step, "blackout")
        return Prediction(
            mean[rows],
            mean[rows] - half * deviation[rows],
            mean[rows] + half * deviation[rows],
        )

    def _as_given(
        self, logs: LogSet, target: str, visible: NDArray[np.intp], top: int, base: int
    ) -> tuple[FloatArray, FloatArray]:
        depth = logs.depth
        near = visible[choose_support(depth[visible], depth[top], depth[base - 1], SUPPORT)]
        return krige(depth[near], logs.curves[target][near], depth[top:base], self.kernels)

    def _as_learnt(
        self, logs: LogSet, target: str, visible: NDArray[np.intp], top: int, base: int
    ) -> tuple[FloatArray, FloatArray]:
        assert self.learnt is not None
        centre, spread = self.learnt.scale[target]
        depth, first, last = logs.depth, logs.depth[top], logs.depth[base - 1]
        values = (logs.curves[target][visible] - centre) / spread
        near = choose_support(depth[visible], first, last, DEEP_SUPPORT)
        summary = summary_of(values, depth[visible], first, last)
        along = np.r_[depth[visible[near]], depth[top:base]]
        mean, deviation = average(
            [kernel.krige(target, summary, along, values[near]) for kernel in self.learnt.curve]
        )
        return mean * spread + centre, deviation * spread

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Nowhere: a well is its own experience."""
        return np.zeros(len(logs.depth), bool)


@dataclass
class Boosted:
    """Boosting across wells, corrected by what the well itself shows."""

    name: str = "lightgbm-gp"
    boosters: Boosters = field(default_factory=Boosters)
    calibration: Calibration = field(default_factory=Calibration)
    settings: BoostingSettings = field(default_factory=BoostingSettings)
    calibrations: dict[str, Calibration] = field(default_factory=dict)
    """Calibrations of all restorers fitted with these trees, by name."""
    kernels: DeepKernels | None = None
    """What deep kriging learnt on top of the trees."""
    blend: Blend | None = None
    """Networks that deep kriging averages with the trees."""
    spread: Spread | None = None
    """How far the blend may be off where a curve is blind."""
    origin: dict[str, str] = field(default_factory=dict)
    """``file`` and ``file_sha256`` of the file it was read from; empty for a model by name."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Curves this restorer can predict."""
        return tuple(target for target in TARGETS if target in self.boosters.bags)

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict hidden rows from the other logs and from the well's own residuals."""
        if target not in self.boosters.bags:
            have = ", ".join(self.targets) or "none"
            raise ValueError(f"model {self.name} cannot predict {target}; it predicts {have}")
        hidden = logs.hide(rows, [target])
        informed = hidden.informed(target)
        visible = _visible(hidden, target, rows)
        if self.name in FALLS_BACK and len(visible) > 1:
            by_depth = rows & ~informed
        else:
            by_depth = np.zeros(len(rows), bool)
        by_trees = rows & ~by_depth
        mean = np.full(len(rows), np.nan)
        lower, upper = mean.copy(), mean.copy()
        error_on_others = None
        if by_depth.any():
            learnt = self.kernels if self.name == DEEP else None
            alone = Kriging(learnt=learnt).predict(hidden, target, by_depth)
            factor = self.calibration.factors(target, rows, logs.step, "blackout")[by_depth[rows]]
            mean[by_depth] = alone.mean
            lower[by_depth] = alone.mean - factor * (alone.mean - alone.lower)
            upper[by_depth] = alone.mean + factor * (alone.upper - alone.mean)
        if by_trees.any():
            centre, deviation, error_on_others = self._by_trees(
                hidden, target, by_trees, rows, visible
            )
            half = NORMAL_90 * deviation
            mean[by_trees], lower[by_trees], upper[by_trees] = (
                centre,
                centre - half,
                centre + half,
            )
        for top, base in runs_of(by_depth):
            # The gap goes on above and below: the fill there is nearer than the curve itself.
            inside = top > 0 and base < len(rows) and by_trees[top - 1] and by_trees[base]
            if inside and (base - top) * logs.step <= HOLE_M:
                line = np.interp(np.arange(top, base), [top - 1, base], mean[[top - 1, base]])
                moved = line - mean[top:base]
                for array in (mean, lower, upper):
                    array[top:base] += moved
        return Prediction(mean[rows], lower[rows], upper[rows], error_on_others)

    def forecast(self, features: NDArray[np.float32], well: str, target: str) -> FloatArray:
        """Predict from rows of ``log_features``, uncorrected by the well: (k, f) -> (k,)."""
        by_trees = self.boosters.predict_features(features, well, target)
        if self.name != DEEP or self.blend is None:
            return by_trees
        return self.blend.mix(by_trees, features, well, target)

    def _blind(
        self, logs: LogSet, features: NDArray[np.float32], target: str, *, near: bool = False
    ) -> tuple[FloatArray, FloatArray, float | None]:
        """Predict from rows of ``log_features``, (k, f), with a deviation, each (k,).

        The last is ``Prediction.error_on_others``. ``near`` takes the well for a usual one, which
        saves testing the model on its other curves.
        """
        well = logs.well
        if self.name != DEEP or self.blend is None or self.spread is None:
            return self.forecast(features, well, target), np.ones(len(features)), None
        by_trees = self.boosters.predict_features(features, well, target)
        by_networks = self.blend.predict(features, well, target)
        mean = self.blend.weigh(by_trees, by_networks, target)
        beside = {} if near else self._errors_beside(logs, target)
        strangeness = self.spread.strangeness(beside)
        deviation = self.spread.deviation(
            features, by_trees, by_networks, mean, well, target, strangeness
        )
        tested = any(other in self.spread.usual for other in beside)
        return mean, deviation, float(np.exp(strangeness)) if tested else None

    def _errors_beside(self, logs: LogSet, target: str) -> dict[str, FloatArray]:
        """Forecast the well's other curves where they are known: errors of some rows, (k,) each."""
        siblings = hidden_with(target)
        seen = logs.hide(np.ones(len(logs.depth), bool), siblings)
        errors = {}
        for other in self.targets:
            known = np.isfinite(seen.curves.get(other, np.nan)) & seen.informed(other)
            rows = np.flatnonzero(known)
            if other in siblings or len(rows) < FEWEST_TESTED:
                continue
            some = np.zeros(len(known), bool)
            some[rows[:: -(-len(rows) // MOST_TESTED)]] = True
            features = log_features(seen, other, some)
            errors[other] = self.forecast(features, logs.well, other) - seen.curves[other][some]
        return errors

    def _by_trees(
        self,
        logs: LogSet,
        target: str,
        rows: BoolArray,
        hidden: BoolArray,
        visible: NDArray[np.intp],
    ) -> tuple[FloatArray, FloatArray, float | None]:
        """Predict those of the ``hidden`` rows that other logs tell of: mean, deviation, (k,).

        The last is ``Prediction.error_on_others``.
        """
        factor = {
            kind: self.calibration.factors(target, hidden, logs.step, kind)[rows[hidden]]
            for kind in KINDS
        }
        if len(visible) < 2:
            described = log_features(logs, target, rows)
            mean, deviation, error_on_others = self._blind(logs, described, target)
            return mean, deviation * factor["blind"], error_on_others
        known = np.where(logs.informed(target)[rows], factor["gap"], factor["blackout"])
        if CORRECTIONS[self.name] is no_correction:
            # Few rows are described in a third of the time that all take.
            return self.forecast(log_features(logs, target, rows), logs.well, target), known, None
        features = log_features(logs, target)
        away = np.minimum(*_to_edges(visible, np.flatnonzero(rows))) * logs.step
        share = 1.0 / (1.0 + away * (1.0 / FADE_M + 0.5 / (len(visible) * logs.step)))
        forecast, unsure, _ = self._blind(logs, features[rows], target, near=share.min() > NEAR)
        mean, deviation = self._corrected(logs, target, rows, visible, features, forecast)
        if "blind" not in self.calibration.table.get(target, {}):
            return mean, deviation * known, None
        both = [(mean, deviation * known), (forecast, unsure * factor["blind"])]
        return *average(both, [share, 1.0 - share]), None

    def _corrected(
        self,
        logs: LogSet,
        target: str,
        rows: BoolArray,
        visible: NDArray[np.intp],
        features: NDArray[np.float32],
        forecast: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Correct the ``forecast`` for ``rows`` by its error where the curve is visible."""
        predicted = np.full(len(rows), np.nan)
        predicted[rows] = forecast
        depth = logs.depth
        around = [
            choose_support(depth[visible], depth[top], depth[base - 1], POOL)
            for top, base in runs_of(rows)
        ]
        visible = visible[np.unique(np.concatenate(around))]
        predicted[visible] = self.forecast(features[visible], logs.well, target)
        values = logs.curves[target][visible] - predicted[visible]
        correct = CORRECTIONS[self.name](
            Residual(logs, target, features, predicted, visible, values, self.kernels)
        )
        mean, deviation = predicted.copy(), np.full(len(rows), np.nan)
        for top, base in runs_of(rows):
            shift, deviation[top:base] = correct(top, base)
            mean[top:base] += shift
        return mean[rows], deviation[rows]

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Return the rows where no other log is measured, or one is unlike any seen in training."""
        return self.boosters.unlike_training(logs, target) | ~logs.informed(target)
