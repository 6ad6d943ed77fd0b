"""The mean, the last value, and chained equations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from welllog.baselines import Interpolation, Prediction
from welllog.features import INPUTS, TARGETS, LogSet
from welllog.uncertainty import NORMAL_90, Calibration

ROWS_PER_WELL = 300
"""Rows of a well that chained equations are fitted to."""


@dataclass
class Rival(ABC):
    """A restorer that gives one value a row; its band is what calibration makes of it."""

    name: str
    calibration: Calibration = field(default_factory=Calibration)

    @abstractmethod
    def centre(self, logs: LogSet, target: str, rows: np.ndarray) -> np.ndarray:
        """Return the values in ``rows``, shape (n,) with k True -> (k,)."""

    def predict(self, logs: LogSet, target: str, rows: np.ndarray) -> Prediction:
        """Predict hidden rows; the band is as wide as errors on hidden intervals were."""
        hidden = logs.hide(rows, [target])
        mean = self.centre(hidden, target, rows)
        visible = target in hidden.curves and np.isfinite(hidden.curves[target]).any()
        factors = [
            self.calibration.factors(target, rows, logs.step, kind)
            for kind in ("gap" if visible else "blind", "blackout")
        ]
        half = NORMAL_90 * np.where(hidden.informed(target)[rows], *factors)
        return Prediction(mean, mean - half, mean + half)

    def outside_experience(self, logs: LogSet, target: str) -> np.ndarray:
        """Nowhere."""
        return np.zeros(len(logs.depth), bool)


@dataclass
class Mean(Rival):
    """The mean of the curve in the training wells."""

    name: str = "mean"
    means: dict[str, float] = field(default_factory=dict)

    def fit(self, wells: Sequence[LogSet], weights: dict[str, float]) -> Self:
        """Average every curve, a sample counting as its well does."""
        for target in TARGETS:
            have = [well for well in wells if target in well.curves]
            known = [np.isfinite(well.curves[target]) for well in have]
            weight = [weights.get(well.well, 1.0) for well in have]
            total = sum(w * np.nansum(x.curves[target]) for w, x in zip(weight, have, strict=True))
            self.means[target] = total / sum(
                w * k.sum() for w, k in zip(weight, known, strict=True)
            )
        return self

    def centre(self, logs: LogSet, target: str, rows: np.ndarray) -> np.ndarray:
        """Return the mean."""
        return np.full(int(rows.sum()), self.means[target])


@dataclass
class LastValue(Interpolation):
    """The value above the gap, carried down; the one below it where there is none above."""

    name: str = "last-value"

    def predict(self, logs: LogSet, target: str, rows: np.ndarray) -> Prediction:
        """Predict by carrying the last value; the band is that of a straight line, moved."""
        line = super().predict(logs, target, rows)
        visible = np.flatnonzero(np.isfinite(logs.curves[target]) & ~rows)
        above = np.searchsorted(visible, np.flatnonzero(rows)) - 1
        mean = logs.curves[target][visible[np.maximum(above, 0)]]
        return Prediction(mean, mean - (line.mean - line.lower), mean + (line.upper - line.mean))


@dataclass
class ChainedEquations(Rival):
    """MICE: every curve a Bayesian ridge regression on the others, round after round.

    van Buuren and Groothuis-Oudshoorn 2011, Journal of Statistical Software 45(3); here
    scikit-learn's IterativeImputer, on the curves and the depth of one row.
    """

    name: str = "mice"
    imputer: Any = None

    def fit(self, wells: Sequence[LogSet], weights: dict[str, float], seed: int) -> Self:
        """Fit to rows of the wells, fewer of those that count less."""
        from sklearn.experimental import enable_iterative_imputer  # noqa: F401
        from sklearn.impute import IterativeImputer
        from sklearn.linear_model import BayesianRidge

        random = np.random.default_rng(seed)
        drawn = []
        for well in wells:
            table = _table(well)
            rows = np.flatnonzero(np.isfinite(table[:, :-1]).sum(axis=1) >= 2)
            count = min(len(rows), round(ROWS_PER_WELL * weights.get(well.well, 1.0)))
            drawn.append(table[random.choice(rows, count, replace=False)])
        self.imputer = IterativeImputer(
            BayesianRidge(), max_iter=10, random_state=seed, keep_empty_features=True
        ).fit(np.concatenate(drawn))
        return self

    def centre(self, logs: LogSet, target: str, rows: np.ndarray) -> np.ndarray:
        """Return the target's column of the imputed rows."""
        return self.imputer.transform(_table(logs)[rows])[:, INPUTS.index(target)]


def _table(logs: LogSet) -> np.ndarray:
    """Return the curves and the depth, shape (n, 12)."""
    null = np.full(len(logs.depth), np.nan)
    return np.column_stack([*(logs.curves.get(name, null) for name in INPUTS), logs.depth])
