"""Correct boosting by what the well itself shows: the ways there are, weakest first.

A correction is made for one well and one target from the residual of boosting where the target is
visible, and then asked gap by gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from welllog.deep_kernel import SUPPORT as DEEP_SUPPORT
from welllog.deep_kernel import DeepKernels, average, view_well
from welllog.features import INPUTS, LogSet, hidden_with, surroundings
from welllog.kriging import Kernel, choose_support, krige

__all__ = ["CORRECTIONS", "DEEP", "FALLS_BACK", "LIKENESS", "Correction", "Residual"]

FloatArray = NDArray[np.float64]

RESIDUAL_KERNELS = (Kernel(0.3, 1.5, 0.4, 30.0, 0.3, nugget=0.05),)
"""For the residual of boosting, in depth alone."""

LIKENESS_KERNELS = (
    Kernel(0.15, 1.0, 0.15, 30.0, 0.2, feature_share=0.5, feature_length=1.0, nugget=0.05),
    Kernel(0.1, 1.0, 0.1, 30.0, 0.2, feature_share=0.7, feature_length=2.5, nugget=0.05),
)
"""For the residual of boosting, in depth and in the other logs."""

PREDICTION_WEIGHT = 1.5
"""How much boosting's own prediction counts in likeness, against another log."""

ENOUGH_ALSO = 0.5
"""Share of a gap that a curve of the well's own must be known in to count there ..."""
FEWEST_ALSO = 30
"""... and samples beside the target to learn from."""
APART = 3.0
"""How far from each other depths are where such a curve is known and where it is not."""

SUPPORT = 600
"""Visible samples that a prediction rests on."""


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
    kernels: DeepKernels | None = None
    """Of the model, where it has learnt any."""

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
        name: _relative_surroundings(logs.curves[name], visible, logs.step)
        for name in INPUTS
        if name in logs.curves
        and name not in hidden_with(residual.target)
        and np.isfinite(logs.curves[name][visible]).mean() >= 0.3
    }
    further = [
        _and_whether_known(_relative_surroundings(logs.curves[name], visible, logs.step))
        for name in logs.also
        if np.isfinite(logs.curves[name][visible]).sum() >= FEWEST_ALSO
    ]
    centre, spread = np.nanmean(predicted[visible]), np.nanstd(predicted[visible]) + 1e-9
    expected = PREDICTION_WEIGHT * (predicted - centre)[:, None] / spread

    def correct(top: int, base: int) -> tuple[FloatArray, FloatArray]:
        seen = [
            block for block in columns.values() if np.isfinite(block[top:base, 0]).mean() >= 0.9
        ]
        likeness = np.column_stack([*seen, expected])
        # Core is short: where it is not known is a place of its own, not a reason to leave it out.
        besides = [
            block for block in further if np.isfinite(block[top:base, 0]).mean() >= ENOUGH_ALSO
        ]
        whole = np.flatnonzero(np.isfinite(likeness[visible]).all(axis=1))
        if len(whole) < min(100, len(visible)):
            whole = np.arange(len(visible))
        likeness = np.column_stack([likeness, *besides])
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


def _relative_surroundings(
    values: FloatArray, visible: NDArray[np.intp], step: float
) -> FloatArray:
    """Return ``surroundings`` relative to a curve's visible rows, shape (n, 5)."""
    centre, spread = np.nanmean(values[visible]), np.nanstd(values[visible]) + 1e-9
    relative: FloatArray = (surroundings(values, step) - centre) / spread
    return relative


def _and_whether_known(block: FloatArray) -> FloatArray:
    """Return columns with one more that is apart where they are not known, (n, c + 1)."""
    unknown = ~np.isfinite(block).all(axis=1)
    return np.column_stack([block, np.where(unknown, APART, 0.0)])


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


DEEP = "deep-kriging"


HAND_MADE_SHARE = 1 / 3
"""Of the hand-made likeness kernels in deep kriging: on wells held out, the mean of both was better
than either at 100 and 300 m."""


def deep_correction(residual: Residual) -> Correction:
    """Krige the residual with the kernels that were learnt, and with the hand-made ones."""
    kernels, logs, visible = residual.kernels, residual.logs, residual.visible
    if kernels is None:
        raise ValueError(f"a model without learnt kernels cannot answer as {DEEP}; retrain it")
    by_hand = likeness_correction(residual)
    view = view_well(logs, kernels.scale)
    centre, spread = kernels.scale[residual.target]
    predicted = (residual.predicted - centre) / spread
    values = np.full(len(logs.depth), np.nan)
    values[visible] = residual.values / spread

    def correct(top: int, base: int) -> tuple[FloatArray, FloatArray]:
        inputs = view.inputs(residual.target, visible, top, base)
        near = view.support(inputs, visible, top, base, DEEP_SUPPORT)
        rows = np.r_[near, np.arange(top, base)]
        told = view.describe(rows, inputs, predicted[rows], predicted[near])
        mean, deviation = average(
            [
                kernel.krige(residual.target, told, logs.depth[rows], values[near], len(inputs))
                for kernel in kernels.residual
            ]
        )
        return average(
            [(mean * spread, deviation * spread), by_hand(top, base)],
            (1 - HAND_MADE_SHARE, HAND_MADE_SHARE),
        )

    return correct


CORRECTIONS: dict[str, Callable[[Residual], Correction]] = {
    "lightgbm": no_correction,
    "lightgbm-edge": edge_correction,
    "lightgbm-kriged": kriged_correction,
    "lightgbm-local": local_correction,
    "lightgbm-gp": likeness_correction,
    DEEP: deep_correction,
}
"""Boosted restorers by name, weakest first."""

LIKENESS = {"lightgbm-gp", DEEP}
"""Those that compare depths, by further curves of the well too."""

FALLS_BACK = {"lightgbm-kriged", "lightgbm-local", "lightgbm-gp", DEEP}
"""Those that krige the curve itself where every other log is missing."""
