"""Gradient boosting across wells: LightGBM trees that predict one curve from the others.

Trained with inputs dropped at random, so that a prediction survives missing curves, in three bags
grouped by well: each bag leaves a third of the wells out, and a well that was in training is only
ever predicted by the bags that did not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import (
    FEATURES_PER_CURVE,
    INPUTS,
    TARGETS,
    LogSet,
    hidden_with,
    log_features,
    well_names,
)
from welllog.progress import Progress

if TYPE_CHECKING:
    import lightgbm

__all__ = ["BoostingSettings", "Boosters", "fit_boosters", "grow_trees", "remember_answers"]

FloatArray = NDArray[np.float64]
Grow = Callable[..., "lightgbm.Booster"]


@dataclass(frozen=True)
class BoostingSettings:
    """How the trees are grown."""

    targets: tuple[str, ...] = TARGETS
    """Curves to fit a model for."""
    bags: int = 3
    """Groups of wells; each bag of trees leaves one out."""
    rounds: int = 500
    """Trees in a bag."""
    learning_rate: float = 0.05
    leaves: int = 31
    """Leaves of a tree."""
    min_leaf_samples: int = 100
    """Samples a leaf needs."""
    l2: float = 5.0
    """Penalty on leaf values."""
    feature_share: float = 0.3
    """Share of the features a tree may use."""
    sample_share: float = 0.6
    """Share of the samples a tree is grown on."""
    drop_rate: float = 0.25
    """Mean share of input curves hidden in a training sample."""
    samples_per_well: int = 5000
    """At most this many samples of one well, evenly spread."""
    threads: int = 0
    """Threads; 0 takes all."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.bags < 2:
            raise ValueError(f"bags is {self.bags}; each leaves wells out, use at least 2")


@dataclass
class Bag:
    """Trees grown without some wells."""

    booster: lightgbm.Booster
    left_out: tuple[str, ...]
    """Wells these trees have not seen."""


@dataclass
class Boosters:
    """Fitted trees of every target, and the wells they have seen."""

    bags: dict[str, list[Bag]] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    """Names of the wells in training."""
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Per input, the 0.1st and 99.9th percentile in training (model space)."""
    digest: str = ""
    """Hash of the trees, worked out when a record first needs it."""

    def predict(
        self, logs: LogSet, target: str, rows: NDArray[np.bool_] | NDArray[np.intp]
    ) -> FloatArray:
        """Predict a target in some rows of a well, shape (k,), model space.

        A well that was in training is predicted by the bags that left it out.
        """
        return self.predict_features(log_features(logs, target)[rows], logs.well, target)

    def predict_features(self, features: NDArray[np.float32], well: str, target: str) -> FloatArray:
        """Predict from rows of ``log_features``, shape (k, f) -> (k,)."""
        bags = self.bags[target]
        for name in well_names(well):
            if name in self.seen:
                bags = [bag for bag in bags if name in bag.left_out] or bags
                break
        return np.asarray(
            np.mean([bag.booster.predict(features) for bag in bags], axis=0), dtype=np.float64
        )

    def unlike_training(self, logs: LogSet, target: str) -> NDArray[np.bool_]:
        """Return the rows, shape (n,), where an input lies outside what was seen in training."""
        outside = np.zeros(len(logs.depth), bool)
        for name, (low, high) in self.ranges.items():
            if name in logs.curves and name not in hidden_with(target):
                with np.errstate(invalid="ignore"):
                    outside |= (logs.curves[name] < low) | (logs.curves[name] > high)
        return outside


@dataclass
class _Remembering(Boosters):
    answers: dict[tuple[bytes, str, str], FloatArray] = field(default_factory=dict)

    def predict_features(self, features: NDArray[np.float32], well: str, target: str) -> FloatArray:
        asked = blake2b(features.tobytes(), digest_size=16).digest(), well, target
        if asked not in self.answers:
            self.answers[asked] = super().predict_features(features, well, target)
        return self.answers[asked]


def remember_answers(trees: Boosters) -> Boosters:
    """Return trees that are asked once: all corrections of the same trees ask the same."""
    return _Remembering(**vars(trees))


def fit_boosters(
    wells: Sequence[LogSet],
    settings: BoostingSettings | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    grow: Grow | None = None,
    progress: Progress | None = None,
) -> Boosters:
    """Fit trees for every target that at least two wells carry.

    Parameters
    ----------
    wells : sequence of LogSet
        Training wells. Wells of the same name are kept in one bag.
    settings : BoostingSettings
    weights : mapping of well name to float, optional
        Weight of a well's samples, 1 where absent.
    grow : callable, optional
        Grows one bag: (features, answers, weight, settings, number of the bag) -> anything with
        ``predict``. LightGBM by default; a rival takes the same samples by giving its own.
    progress : callable, optional
        Called with the share done and a message.

    Raises
    ------
    ValueError
        Where no target has two wells.
    """
    settings = settings or BoostingSettings()
    result = Boosters(seen=tuple(dict.fromkeys(well.well for well in wells)), ranges=_ranges(wells))
    targets = [
        target
        for target in settings.targets
        if len({well.well for well in wells if _samples(well, target)}) >= 2
    ]
    if not targets:
        raise ValueError("no curve is measured in two wells or more; nothing can be learnt")
    for number, target in enumerate(targets):
        random = np.random.default_rng([settings.seed, TARGETS.index(target)])
        names = sorted({well.well for well in wells if _samples(well, target)})
        order = [names[i] for i in random.permutation(len(names))]
        count = min(settings.bags, len(names))
        data = [_training_rows(well, target, settings, random) for well in wells]
        result.bags[target] = []
        for bag in range(count):
            if progress:
                progress((number + bag / count) / len(targets), f"{target}: bag {bag + 1}")
            left_out = order[bag::count]
            kept = [i for i, well in enumerate(wells) if well.well not in left_out]
            features = np.concatenate([data[i][0] for i in kept])
            answers = np.concatenate([data[i][1] for i in kept])
            weight = np.concatenate(
                [np.full(len(data[i][1]), (weights or {}).get(wells[i].well, 1.0)) for i in kept]
            )
            booster = (grow or grow_trees)(features, answers, weight, settings, bag)
            result.bags[target].append(Bag(booster, tuple(left_out)))
    return result


def grow_trees(
    features: NDArray[np.float32],
    answers: FloatArray,
    weight: FloatArray,
    settings: BoostingSettings,
    bag: int,
) -> lightgbm.Booster:
    """Grow the trees of one bag: features (k, f), answers and weights (k,)."""
    import lightgbm

    data = lightgbm.Dataset(features, answers, weight=weight)
    return lightgbm.train(_parameters(settings, bag), data, settings.rounds)


def _parameters(settings: BoostingSettings, bag: int) -> dict[str, Any]:
    return {
        "objective": "l2",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_leaf_samples,
        "lambda_l2": settings.l2,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.sample_share,
        "bagging_freq": 1,
        "max_bin": 127,
        "num_threads": settings.threads,
        "seed": settings.seed * 101 + bag,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }


def _samples(well: LogSet, target: str) -> int:
    return int(np.isfinite(well.curves[target]).sum()) if target in well.curves else 0


def _training_rows(
    well: LogSet, target: str, settings: BoostingSettings, random: np.random.Generator
) -> tuple[NDArray[np.float32], FloatArray]:
    """Return features (k, f) and answers (k,): half of the rows whole, half with inputs dropped."""
    if not _samples(well, target):
        width = FEATURES_PER_CURVE * sum(name not in hidden_with(target) for name in INPUTS) + 1
        return np.empty((0, width), np.float32), np.empty(0)
    rows = np.flatnonzero(np.isfinite(well.curves[target]))
    stride = max(1, -(-len(rows) // settings.samples_per_well))
    rows = rows[random.integers(stride) :: stride]
    some = np.zeros(len(well.depth), bool)
    some[rows] = True
    features = log_features(well, target, some)
    inputs = features.shape[1] // FEATURES_PER_CURVE
    rate = random.uniform(0, 4 * settings.drop_rate, size=(len(rows), 1))
    rate[random.random(len(rows)) < 0.5] = 0.0
    dropped = random.random((len(rows), inputs)) < np.minimum(rate, 0.95)
    features[:, : inputs * FEATURES_PER_CURVE][np.repeat(dropped, FEATURES_PER_CURVE, 1)] = np.nan
    return features, well.curves[target][rows]


def _ranges(wells: Sequence[LogSet]) -> dict[str, tuple[float, float]]:
    ranges = {}
    for name in INPUTS:
        seen = [well.curves[name][::5] for well in wells if name in well.curves]
        values = np.concatenate(seen) if seen else np.empty(0)
        values = values[np.isfinite(values)]
        if len(values):
            low, high = np.percentile(values, [0.1, 99.9])
            ranges[name] = (float(low), float(high))
    return ranges
