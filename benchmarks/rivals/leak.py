"""The number that should not be believed: rows split at random, neighbours on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from welllog.boosting import grow_trees
from welllog.evaluation import POOLED
from welllog.features import log_features


def score_random_rows(experiment: Any, sigma: dict[str, float]) -> dict[str, dict[str, float]]:
    """Grow the usual trees on four fifths of the rows of all wells and score the last fifth.

    Features, settings and samples are those of ``lightgbm``; only the split differs, and inputs
    are not dropped.

    Returns
    -------
    dict
        nRMSE and R2 per curve.
    """
    settings = experiment.boosting
    scores = {}
    for target in POOLED:
        random = np.random.default_rng([settings.seed, POOLED.index(target)])
        blocks, answers = [], []
        for well in experiment.logs:
            rows = np.flatnonzero(np.isfinite(well.curves.get(target, np.nan)))
            if not len(rows):
                continue
            stride = max(1, -(-len(rows) // settings.samples_per_well))
            rows = rows[::stride]
            blocks.append(log_features(well, target)[rows])
            answers.append(well.curves[target][rows])
        features, known = np.concatenate(blocks), np.concatenate(answers)
        tested = random.random(len(known)) < 0.2
        weight = np.ones(int((~tested).sum()))
        trees = grow_trees(features[~tested], known[~tested], weight, settings, 0)
        error = trees.predict(features[tested]) - known[tested]
        scores[target] = {
            "nrmse": float(np.sqrt((error**2).mean()) / sigma[target]),
            "r2": float(1.0 - (error**2).mean() / known[tested].var()),
        }
    return scores
