"""XGBoost in LightGBM's place: the same features, samples, bags and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from welllog.baselines import Boosted, Prediction
from welllog.boosting import Boosters, BoostingSettings, fit_boosters
from welllog.features import LogSet


@dataclass
class XGBoosted(Boosted):
    """Boosting across wells by XGBoost, corrected as ``lightgbm...`` of the same ending is."""

    def predict(self, logs: LogSet, target: str, rows: np.ndarray) -> Prediction:
        """Predict as the restorer named after LightGBM does, with these trees."""
        same = self.name.replace("xgboost", "lightgbm")
        restorer = Boosted(same, self.boosters, self.calibration, self.settings)
        return restorer.predict(logs, target, rows)


def grow(
    features: np.ndarray,
    answers: np.ndarray,
    weight: np.ndarray,
    settings: BoostingSettings,
    bag: int,
) -> Any:
    """Grow one bag with LightGBM's settings in XGBoost's words."""
    from xgboost import XGBRegressor

    return XGBRegressor(
        n_estimators=settings.rounds,
        learning_rate=settings.learning_rate,
        tree_method="hist",
        grow_policy="lossguide",
        max_leaves=settings.leaves,
        max_depth=0,
        max_bin=127,
        min_child_weight=settings.min_leaf_samples,
        reg_lambda=settings.l2,
        colsample_bytree=settings.feature_share,
        subsample=settings.sample_share,
        n_jobs=settings.threads or None,
        random_state=settings.seed * 101 + bag,
    ).fit(features, answers, sample_weight=weight)


def fit_xgboosters(
    wells: Sequence[LogSet], settings: BoostingSettings, weights: dict[str, float]
) -> Boosters:
    """Fit bags of XGBoost trees for every target."""
    return fit_boosters(wells, settings, weights=weights, grow=grow)
