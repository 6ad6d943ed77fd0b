"""Restorers that need no network: interpolation, kriging, and boosting corrected by the well.

Every restorer has ``fit(wells)`` and ``predict(logs, target, rows)``. It sees the well with the
rows to predict hidden in the target, and answers in model space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from welllog.boosting import Boosters, BoostingSettings, fit_boosters
from welllog.features import (
    INPUTS,
    TARGETS,
    LogSet,
    hidden_with,
    log_features,
    rolling_mean,
    runs_of,
)
from welllog.kriging import Kernel, choose_support, krige
from welllog.uncertainty import NORMAL_90, Calibration

__all__ = [
    "CORRECTIONS",
    "Boosted",
    "Interpolation",
    "Kriging",
    "Prediction",
    "Restorer",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Progress = Callable[[float, str], None]

DEPTH_KERNELS = (Kernel(0.2, 2.0, 0.6, 200.0, 0.2), Kernel(0.3, 5.0, 0.5, 100.0, 0.2))
"""For the curve itself: what kriging falls back on where no other log is visible."""

RESIDUAL_KERNELS = (Kernel(0.3, 1.5, 0.4, 30.0, 0.3, nugget=0.05),)
"""For the residual of boosting, in depth alone."""

LIKENESS_KERNELS = (
    Kernel(0.15, 1.0, 0.15, 30.0, 0.2, feature_share=0.5, feature_length=1.0, nugget=0.05),
    Kernel(0.1, 1.0, 0.1, 30.0, 0.2, feature_share=0.7, feature_length=2.5, nugget=0.05),
)
"""For the residual of boosting, in depth and in the other logs."""

PREDICTION_WEIGHT = 1.5
"""How much boosting's own prediction counts in likeness, against another log."""

SUPPORT = 600
"""Visible samples that a prediction rests on."""

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


class Restorer(Protocol):
    """Anything that predicts hidden rows of a curve."""

    name: str

    def fit(self, wells: Sequence[LogSet], *, progress: Progress | None = None) -> Self:
        """Learn from wells."""

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


@dataclass
class Interpolation:
    """A straight line between the edges of a gap; the last value beyond the logged range."""

    name: str = "interpolation"
    calibration: Calibration = field(default_factory=Calibration)

    def fit(self, wells: Sequence[LogSet], *, progress: Progress | None = None) -> Self:
        """Learn nothing: a line needs only the well."""
        return self

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict by a straight line; the band is that of a random walk tied at both edges."""
        visible = _visible(logs, target, rows)
        _needs_samples(visible, logs, target, self.name)
        values = logs.curves[target][visible]
        at = np.flatnonzero(rows)
        mean = np.interp(at, visible, values)
        after = np.searchsorted(visible, at)
        to_top = np.where(after > 0, at - visible[np.maximum(after - 1, 0)], np.inf)
        to_base = np.where(
            after < len(visible), visible[np.minimum(after, len(visible) - 1)] - at, np.inf
        )
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

    def fit(self, wells: Sequence[LogSet], *, progress: Progress | None = None) -> Self:
        """Learn nothing: the kernel is fixed and its variance is the well's own."""
        return self

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict from the visible samples of the same curve."""
        visible = _visible(logs, target, rows)
        _needs_samples(visible, logs, target, self.name)
        mean = np.full(len(rows), np.nan)
        deviation = np.full(len(rows), np.nan)
        for top, base in runs_of(rows):
            near = visible[
                choose_support(
                    logs.depth[visible], logs.depth[top], logs.depth[base - 1], SUPPORT // 2
                )
            ]
            mean[top:base], deviation[top:base] = krige(
                logs.depth[near],
                logs.curves[target][near],
                logs.depth[top:base],
                self.kernels,
            )
        half = NORMAL_90 * self.calibration.factors(target, rows, logs.step, "blackout")
        return Prediction(
            mean[rows],
            mean[rows] - half * deviation[rows],
            mean[rows] + half * deviation[rows],
        )

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Nowhere: a well is its own experience."""
        return np.zeros(len(logs.depth), bool)


@dataclass(frozen=True)
class Residual:
    """Boosting's prediction and its error where the target is visible."""

    logs: LogSet
    target: str
    features: NDArray[np.float32]
    """``log_features`` of the whole well, shape (n, f)."""
    predicted: FloatArray
    """Shape (n,); NaN where it was not asked for."""
    visible: NDArray[np.intp]
    """Rows, increasing, where the residual is known: enough around every gap, not all."""
    values: FloatArray
    """Residual at ``visible``."""

    def near(self, top: int, base: int, among: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
        """Choose positions in ``visible`` to predict rows [top, base) from."""
        among = np.arange(len(self.visible)) if among is None else among
        depth = self.logs.depth
        return among[
            choose_support(
                depth[self.visible[among]], float(depth[top]), float(depth[base - 1]), SUPPORT
            )
        ]


Correction = Callable[[int, int], tuple[FloatArray, FloatArray]]
"""Rows [top, base) of a gap -> mean and deviation of the residual there, shape (base - top,)."""


def no_correction(residual: Residual) -> Correction:
    """Leave boosting as it is; the deviation is left to the calibration."""
    return lambda top, base: (np.zeros(base - top), np.ones(base - top))


def edge_correction(residual: Residual) -> Correction:
    """Interpolate the residual between the edges of the gap."""
    spread = float(residual.values.std()) + 1e-6

    def correct(top: int, base: int) -> tuple[FloatArray, FloatArray]:
        shift = np.interp(np.arange(top, base), residual.visible, residual.values)
        return shift, np.full(base - top, spread)

    return correct


def kriged_correction(residual: Residual) -> Correction:
    """Krige the residual in depth."""
    depth = residual.logs.depth

    def correct(top: int, base: int) -> tuple[FloatArray, FloatArray]:
        near = residual.near(top, base)
        return krige(
            depth[residual.visible[near]], residual.values[near], depth[top:base], RESIDUAL_KERNELS
        )

    return correct


def likeness_correction(residual: Residual) -> Correction:
    """Krige the residual in depth and in likeness of the other logs."""
    logs, visible, predicted = residual.logs, residual.visible, residual.predicted
    columns = {
        name: _likeness_columns(logs.curves[name], visible, logs.step)
        for name in INPUTS
        if name in logs.curves
        and name not in hidden_with(residual.target)
        and np.isfinite(logs.curves[name][visible]).mean() >= 0.3
    }
    centre, spread = np.nanmean(predicted[visible]), np.nanstd(predicted[visible]) + 1e-9
    expected = PREDICTION_WEIGHT * (predicted - centre)[:, None] / spread

    def correct(top: int, base: int) -> tuple[FloatArray, FloatArray]:
        seen = [
            block for block in columns.values() if np.isfinite(block[top:base, 0]).mean() >= 0.9
        ]
        likeness = np.column_stack([*seen, expected])
        whole = np.flatnonzero(np.isfinite(likeness[visible]).all(axis=1))
        if len(whole) < min(100, len(visible)):
            whole = np.arange(len(visible))
        near = residual.near(top, base, whole)
        return krige(
            logs.depth[visible[near]],
            residual.values[near],
            logs.depth[top:base],
            LIKENESS_KERNELS,
            features=np.nan_to_num(likeness[visible[near]]),
            features_at=np.nan_to_num(likeness[top:base]),
        )

    return correct


def _likeness_columns(values: FloatArray, visible: NDArray[np.intp], step: float) -> FloatArray:
    """Describe a curve for comparing depths: value, two means, 0.6 m above and below, (n, 5)."""
    shift = max(1, round(0.6 / step))
    null = np.full(shift, np.nan)
    columns = [
        values,
        rolling_mean(values, round(1.7 / step)),
        rolling_mean(values, round(7.8 / step)),
        np.r_[null, values][: len(values)],
        np.r_[values, null][-len(values) :],
    ]
    centre, spread = np.nanmean(values[visible]), np.nanstd(values[visible]) + 1e-9
    described: FloatArray = (np.column_stack(columns) - centre) / spread
    return described


def local_correction(residual: Residual) -> Correction:
    """Fit small trees to the well's own residuals, then krige what they leave.

    The trees are cross-fitted by blocks of depth, so that what is kriged is an honest residual.
    """
    import lightgbm

    features = residual.features[residual.visible]
    depth = residual.logs.depth[residual.visible]
    block = np.floor((depth - depth[0]) / 50.0).astype(int) % 4
    settings = {
        "objective": "l2",
        "learning_rate": 0.06,
        "num_leaves": 8,
        "min_data_in_leaf": max(20, len(depth) // 100),
        "feature_fraction": 0.3,
        "bagging_fraction": 0.6,
        "bagging_freq": 1,
        "lambda_l2": 20.0,
        "max_bin": 63,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    left = residual.values.copy()
    forests = []
    for fold in range(4):
        kept = block != fold
        if kept.all() or not kept.any():
            continue
        trees = lightgbm.train(
            settings, lightgbm.Dataset(features[kept], residual.values[kept]), 60
        )
        left[~kept] -= trees.predict(features[~kept])
        forests.append(trees)
    krige_rest = kriged_correction(replace(residual, values=left))

    def correct(top: int, base: int) -> tuple[FloatArray, FloatArray]:
        mean, deviation = krige_rest(top, base)
        fitted = [trees.predict(residual.features[top:base]) for trees in forests]
        return mean + (np.mean(fitted, axis=0) if fitted else 0.0), deviation

    return correct


CORRECTIONS: dict[str, Callable[[Residual], Correction]] = {
    "lightgbm": no_correction,
    "lightgbm-edge": edge_correction,
    "lightgbm-kriged": kriged_correction,
    "lightgbm-local": local_correction,
    "lightgbm-gp": likeness_correction,
}
"""Boosted restorers by name, weakest first."""

FALLS_BACK = {"lightgbm-kriged", "lightgbm-local", "lightgbm-gp"}
"""Those that krige the curve itself where every other log is missing."""


@dataclass
class Boosted:
    """Boosting across wells, corrected by what the well itself shows."""

    name: str = "lightgbm-gp"
    boosters: Boosters = field(default_factory=Boosters)
    calibration: Calibration = field(default_factory=Calibration)
    settings: BoostingSettings = field(default_factory=BoostingSettings)
    calibrations: dict[str, Calibration] = field(default_factory=dict)
    """Calibrations of all restorers fitted with these trees, by name."""

    def fit(self, wells: Sequence[LogSet], *, progress: Progress | None = None) -> Self:
        """Grow the trees; ``training.fit`` calibrates the band too."""
        self.boosters = fit_boosters(wells, self.settings, progress=progress)
        return self

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
        if by_depth.any():
            alone = Kriging(calibration=self.calibration).predict(hidden, target, by_depth)
            mean[by_depth], lower[by_depth], upper[by_depth] = alone.mean, alone.lower, alone.upper
        if by_trees.any():
            centre, deviation = self._corrected(hidden, target, by_trees, visible)
            factors = [
                self.calibration.factors(target, rows, logs.step, kind)[by_trees[rows]]
                for kind in ("gap" if len(visible) > 1 else "blind", "blackout")
            ]
            half = NORMAL_90 * deviation * np.where(informed[by_trees], *factors)
            mean[by_trees], lower[by_trees], upper[by_trees] = (
                centre,
                centre - half,
                centre + half,
            )
        return Prediction(mean[rows], lower[rows], upper[rows])

    def _corrected(
        self, logs: LogSet, target: str, rows: BoolArray, visible: NDArray[np.intp]
    ) -> tuple[FloatArray, FloatArray]:
        features = log_features(logs, target)
        predicted = np.full(len(rows), np.nan)
        predicted[rows] = self.boosters.predict_features(features[rows], logs.well, target)
        if len(visible) < 2 or CORRECTIONS[self.name] is no_correction:
            return predicted[rows], np.ones(int(rows.sum()))
        depth = logs.depth
        around = [
            choose_support(depth[visible], depth[top], depth[base - 1], POOL)
            for top, base in runs_of(rows)
        ]
        visible = visible[np.unique(np.concatenate(around))]
        predicted[visible] = self.boosters.predict_features(features[visible], logs.well, target)
        values = logs.curves[target][visible] - predicted[visible]
        correct = CORRECTIONS[self.name](
            Residual(logs, target, features, predicted, visible, values)
        )
        mean, deviation = predicted.copy(), np.full(len(rows), np.nan)
        for top, base in runs_of(rows):
            shift, deviation[top:base] = correct(top, base)
            mean[top:base] += shift
        return mean[rows], deviation[rows]

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Return the rows where no other log is measured, or one is unlike any seen in training."""
        return self.boosters.unlike_training(logs, target) | ~logs.informed(target)
