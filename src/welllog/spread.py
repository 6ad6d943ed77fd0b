"""How far a forecast may be off where a curve is blind: by the inputs and by the well.

Small trees predict the logarithm of the error from what the forecast was made of, from how far the
trees and the networks in it are apart, and from the forecast itself. They are fitted to forecasts
for wells that the model had not seen, in bags grouped by well as in ``boosting``: a well that was
in training is told by the bags that did not see its errors. Its band can therefore be calibrated on
the same wells (a locally weighted score: Lei et al. 2018, section 5.2, Journal of the American
Statistical Association 113; bags in place of a split: Barber et al. 2021, Annals of Statistics 49).

The trees know wells like those of training. What they cannot know is how strange a well is to the
model; the well's other curves tell, which are forecast as if they were blind, and are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from welllog.boosting import Bag, Boosters, BoostingSettings, grow_trees
from welllog.features import TARGETS, feature_names

__all__ = ["SPREAD", "Outcome", "Spread", "column_names", "fit_spread"]

FloatArray = NDArray[np.float64]

SPREAD = BoostingSettings(
    rounds=100,
    learning_rate=0.1,
    leaves=8,
    min_leaf_samples=400,
    l2=20.0,
    samples_per_well=150,
)
"""Few and small: errors of one well go together, and there are fewer wells than samples."""
FLOOR = 0.05
"""Of the curve's own deviation, added to an error before its logarithm is taken."""
TRUST = 0.6
"""Share of the trees in the logarithm of the deviation; the rest is the usual error of the curve.

Both shares were chosen on forecasts by models that had not seen a well's place
(``benchmarks/blind_bands.py``): far from the wells of training the band holds more than by the
trees alone, near them it is as narrow."""
STRANGE = 0.5
"""Share of what the well's other curves say in it."""
STRANGEST = (-1.0, 2.0)
"""That is held to this range: 0.4 to 7 times the usual error."""


@dataclass(frozen=True)
class Outcome:
    """Some rows of a forecast for a well that was not seen, and how it turned out."""

    well: str
    features: NDArray[np.float32]
    """Rows of ``log_features``, shape (k, f)."""
    by_trees: FloatArray
    """Shape (k,), as are the next three."""
    by_networks: FloatArray
    forecast: FloatArray
    """The two blended."""
    truth: FloatArray
    weight: float = 1.0
    """Of the well."""


@dataclass(frozen=True)
class Spread:
    """The fitted trees.

    Parameters
    ----------
    trees : Boosters
        They predict the logarithm of the error (model space) from ``column_names``.
    usual : mapping of curve to float
        Root mean square error of the forecast in the median well (model space).
    """

    trees: Boosters
    usual: Mapping[str, float]

    def deviation(
        self,
        features: NDArray[np.float32],
        by_trees: FloatArray,
        by_networks: FloatArray,
        forecast: FloatArray,
        well: str,
        target: str,
        strangeness: float,
    ) -> FloatArray:
        """Return a deviation in proportion to the errors to be expected, shape (k,).

        ``features`` are rows of ``log_features``, shape (k, f); the forecasts have the shape (k,).
        Where nothing was learnt of a target the deviation is 1 everywhere. The factor that makes
        it a standard deviation is left to the calibration.
        """
        if target not in self.trees.bags or not len(features):
            return np.ones(len(features))
        columns = _columns(features, by_trees, by_networks, forecast)
        by_inputs = self.trees.predict_features(columns, well, target)
        whole = (1.0 - TRUST) * np.log(self.usual[target]) + STRANGE * strangeness
        deviation: FloatArray = np.exp(TRUST * by_inputs + whole)
        return deviation

    def strangeness(self, errors: Mapping[str, FloatArray]) -> float:
        """Return how much larger a well's errors are than usual: the mean over curves, as a log.

        Parameters
        ----------
        errors : mapping of curve to array, shape (k,)
            Of forecasts for curves that are known there (model space). 0 where there are none.
        """
        told = [
            np.log(root_mean_square(error) / self.usual[curve])
            for curve, error in errors.items()
            if curve in self.usual
        ]
        return float(np.clip(np.mean(told), *STRANGEST)) if told else 0.0


def root_mean_square(errors: FloatArray) -> float:
    """Return the root mean square of errors of any shape, never 0."""
    return float(np.sqrt(np.mean(errors**2)) + 1e-9)


def column_names(target: str) -> list[str]:
    """Return the names of the columns that the trees look at."""
    return [*feature_names(target), "apart", "forecast"]


def _columns(
    features: NDArray[np.float32],
    by_trees: FloatArray,
    by_networks: FloatArray,
    forecast: FloatArray,
) -> NDArray[np.float32]:
    apart = np.abs(by_networks - by_trees)
    return np.column_stack([features, apart, forecast]).astype(np.float32)


def fit_spread(
    outcomes: Mapping[str, Sequence[Outcome]], settings: BoostingSettings = SPREAD
) -> Spread:
    """Fit the trees of every target that at least two wells can teach.

    Parameters
    ----------
    outcomes : mapping of target to sequence of Outcome
    settings : BoostingSettings
        ``samples_per_well`` is for those who make the outcomes.
    """
    seen = dict.fromkeys(outcome.well for parts in outcomes.values() for outcome in parts)
    trees, usual = Boosters(seen=tuple(seen)), {}
    for target, parts in outcomes.items():
        wells = sorted({outcome.well for outcome in parts})
        if len(wells) < 2:
            continue
        usual[target] = float(np.median([root_mean_square(of.forecast - of.truth) for of in parts]))
        random = np.random.default_rng([settings.seed, TARGETS.index(target)])
        order = [wells[place] for place in random.permutation(len(wells))]
        sigma = float(np.std(np.concatenate([outcome.truth for outcome in parts]))) or 1.0
        count = min(settings.bags, len(wells))
        trees.bags[target] = []
        for bag in range(count):
            left_out = tuple(order[bag::count])
            kept = [outcome for outcome in parts if outcome.well not in left_out]
            errors = np.concatenate([outcome.forecast - outcome.truth for outcome in kept])
            booster = grow_trees(
                np.concatenate(
                    [_columns(o.features, o.by_trees, o.by_networks, o.forecast) for o in kept]
                ),
                np.log(np.abs(errors) + FLOOR * sigma),
                np.concatenate([np.full(len(o.truth), o.weight) for o in kept]),
                settings,
                bag,
            )
            trees.bags[target].append(Bag(booster, left_out))
    return Spread(trees, usual)
