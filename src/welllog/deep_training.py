"""Teach deep kriging on top of trees.

It learns networks to blend with them, kernels for what is left, and how far the blend may be off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from welllog.baselines import Boosted
from welllog.boosting import Boosters, BoostingSettings
from welllog.corrections import DEEP
from welllog.features import INPUTS, TARGETS, LogSet, log_features
from welllog.kernel_learning import learn_kernels
from welllog.kernel_lessons import Forecast, KernelSettings, Lesson, scale_of
from welllog.perceptron import Blend
from welllog.perceptron_learning import PerceptronSettings, fit_perceptrons
from welllog.progress import Progress, part_of
from welllog.spread import SPREAD, Outcome, fit_spread

__all__ = ["DeepSettings", "learn_deep"]

FloatArray = NDArray[np.float64]

LARGEST_SHARE = 0.6
"""Of the networks in the blend."""
FEWEST = 200
"""Known samples that a curve needs in a well to be learnt from."""


@dataclass(frozen=True)
class DeepSettings:
    """How deep kriging is taught."""

    networks: PerceptronSettings = field(default_factory=PerceptronSettings)
    kernels: KernelSettings = field(default_factory=KernelSettings)
    spread: BoostingSettings = SPREAD
    """Trees that tell the deviation where a curve is blind."""


@dataclass(frozen=True)
class _Said:
    """What was said of a target in one well."""

    by_trees: FloatArray
    """Shape (n,), NaN where nothing was asked."""
    by_networks: FloatArray
    rows: NDArray[np.intp]
    """Some of those asked for, shape (k,)."""
    features: NDArray[np.float32]
    """``log_features`` of them, shape (k, f)."""


Told = list[tuple[tuple[str, ...], dict[str, _Said]]]
"""Of one well: curves dropped, and what was said of each target."""


def learn_deep(
    trees: Boosted,
    wells: Sequence[LogSet],
    settings: DeepSettings | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Boosted:
    """Learn networks, their share in the blend, kernels, and the deviation where a curve is blind.

    Everything that is learnt after the trees is learnt from forecasts for wells that the trees and
    networks in question have not seen: each well is forecast twice, shown all its logs and shown a
    few of them, as in the gaps of several curves that are the usual ones.

    Parameters
    ----------
    trees : Boosted
        With trees grown on these wells.
    wells : sequence of LogSet
    settings : DeepSettings
    weights : mapping of well name to float, optional
        Weight of a well, 1 where absent.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Returns
    -------
    Boosted
        Deep kriging, its band not calibrated yet.
    """
    settings, weights = settings or DeepSettings(), weights or {}
    networks = fit_perceptrons(
        wells,
        scale_of(wells),
        settings.networks,
        weights=weights,
        progress=part_of(progress, 0.0, 0.3),
    )
    blend = Blend(tuple(networks), {})
    random = np.random.default_rng(settings.kernels.seed)
    told = []
    for place, logs in enumerate(wells):
        if progress:
            progress(0.3 + 0.3 * place / len(wells), f"forecast of {logs.well}")
        told.append(
            _forecast(trees.boosters, blend, logs, random, settings.spread.samples_per_well)
        )
    blend = replace(blend, shares=_shares(wells, told, weights))
    lessons = [
        Lesson(
            logs,
            tuple(
                Forecast(dropped, {name: _mixed(blend, of, name) for name, of in said.items()})
                for dropped, said in forecasts
            ),
            weights.get(logs.well, 1.0),
        )
        for logs, forecasts in zip(wells, told, strict=True)
    ]
    kernels = learn_kernels(lessons, settings.kernels, progress=part_of(progress, 0.6, 1.0))
    spread_settings = replace(settings.spread, threads=trees.settings.threads)
    spread = fit_spread(_outcomes(wells, told, blend, weights), spread_settings)
    return replace(trees, name=DEEP, kernels=kernels, blend=blend, spread=spread)


def _forecast(
    boosters: Boosters, blend: Blend, logs: LogSet, random: np.random.Generator, samples: int
) -> Told:
    told: Told = []
    for dropped in ((), _some_curves(logs, random)):
        if told and not dropped:
            continue
        seen = logs.hide(np.ones(len(logs.depth), bool), dropped)
        said = {}
        for target in boosters.bags:
            rows = np.isfinite(logs.curves.get(target, np.nan)) & seen.informed(target)
            if rows.sum() < FEWEST:
                continue
            features = log_features(seen, target)[rows]
            by_trees, by_networks = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
            by_trees[rows] = boosters.predict_features(features, logs.well, target)
            by_networks[rows] = blend.predict(features, logs.well, target)
            stride = -(-len(features) // samples)
            some = slice(stride // 2, None, stride)
            said[target] = _Said(
                by_trees, by_networks, np.flatnonzero(rows)[some], features[some].copy()
            )
        if said:
            told.append((dropped, said))
    return told


def _mixed(blend: Blend, said: _Said, target: str) -> FloatArray:
    return blend.weigh(said.by_trees, said.by_networks, target)


def _some_curves(logs: LogSet, random: np.random.Generator) -> tuple[str, ...]:
    """Choose curves to drop, and leave at least one of the main ones; none where there is one."""
    main = [name for name in ("GR", "RHOB", "NPHI", "DTC", "RDEP") if name in logs.curves]
    if len(main) < 2:
        return ()
    kept = random.choice(main, random.integers(1, len(main)), replace=False)
    return tuple(
        name
        for name in INPUTS
        if name in logs.curves and name not in kept and random.random() < 0.7
    )


def _shares(
    wells: Sequence[LogSet], told: Sequence[Told], weights: Mapping[str, float]
) -> dict[str, float]:
    """Find the networks' share per target by least squares over wells shown whole.

    A well counts by the root of its samples. (Stacking: Wolpert 1992, Neural Networks 5.)
    """
    shares = {}
    for target in TARGETS:
        above, below = 0.0, 0.0
        for logs, forecasts in zip(wells, told, strict=True):
            if not forecasts or target not in forecasts[0][1]:
                continue
            said = forecasts[0][1][target]
            by_trees, by_networks = said.by_trees, said.by_networks
            rows = np.isfinite(by_trees)
            weight = weights.get(logs.well, 1.0) / np.sqrt(rows.sum())
            apart = (by_networks - by_trees)[rows]
            above += weight * float(apart @ (logs.curves[target] - by_trees)[rows])
            below += weight * float(apart @ apart)
        shares[target] = float(np.clip(above / below, 0.0, LARGEST_SHARE)) if below > 0 else 0.0
    return shares


def _outcomes(
    wells: Sequence[LogSet],
    told: Sequence[Told],
    blend: Blend,
    weights: Mapping[str, float],
) -> dict[str, list[Outcome]]:
    outcomes: dict[str, list[Outcome]] = {}
    for logs, forecasts in zip(wells, told, strict=True):
        for _, said in forecasts:
            for target, of in said.items():
                outcomes.setdefault(target, []).append(
                    Outcome(
                        logs.well,
                        of.features,
                        of.by_trees[of.rows],
                        of.by_networks[of.rows],
                        _mixed(blend, of, target)[of.rows],
                        logs.curves[target][of.rows],
                        weights.get(logs.well, 1.0),
                    )
                )
    return outcomes
