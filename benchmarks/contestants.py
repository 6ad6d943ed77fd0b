"""The models of the leader board by name: how each learns, and what it shares with others.

A contestant is made in two steps. ``learn`` takes the training wells and is run once a seed, even
where several contestants stand on the same thing (the trees of ``lightgbm``, ``lightgbm-gp`` ...);
``make`` turns what was learnt into a restorer, whose band is then calibrated on wells it has not
seen. To add a model, add a line to ``CONTESTANTS`` (and to ``LEARNERS``, if it learns).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rivals.sequences import Sequence256
from rivals.simple import ChainedEquations, LastValue, Mean
from rivals.xgboosted import XGBoosted, fit_xgboosters

from welllog.baselines import Boosted, Interpolation, Kriging, Restorer
from welllog.boosting import Boosters, BoostingSettings, fit_boosters
from welllog.calibration import CalibrationSettings, calibrate
from welllog.corrections import CORRECTIONS
from welllog.features import LogSet
from welllog.uncertainty import Calibration

if TYPE_CHECKING:
    from welllog.learning import ExperimentSettings

__all__ = [
    "CONTESTANTS",
    "LEARNERS",
    "Budget",
    "Contestant",
    "Experiment",
    "band_of",
    "names_of",
    "network_settings",
]


@dataclass(frozen=True)
class Budget:
    """What a contestant may spend; the same for all, and printed above the table."""

    samples_per_well: int = 2000
    """At most so many samples of a well and curve, for trees."""
    rounds: int = 500
    """Trees in a bag."""
    epochs: int = 10
    """Of SAITS and BRITS."""
    windows: int = 3000
    """Windows of 256 samples that they see in an epoch; a well of 2000 m has 51."""
    iterations: int = 4000
    """Of the networks and kernels of deep kriging."""
    network_iterations: int = 600
    """Of a network that sees windows; with ``batch`` and ``width``, three minutes of one core."""
    batch: int = 8
    """Windows in one of them, of 2048 samples; the 303 km of all wells hold some 1,000."""
    width: int = 16
    """Channels of its first stage; 64 is full size."""
    every: int = 1
    """Take every so many-th training well only, to try things."""


@dataclass(frozen=True)
class Experiment:
    """What is learnt from, once a seed."""

    seed: int
    logs: Sequence[LogSet]
    """Training wells without those of the fold that is scored."""
    weights: dict[str, float]
    """Weight of a well's samples by name."""
    budget: Budget
    threads: int = 1
    learnt: Callable[[str], Any] = LookupError
    """Returns what another of ``LEARNERS`` learnt from the same wells."""
    folder: Path | None = None
    """Where a training that takes long may keep its checkpoints."""

    @property
    def boosting(self) -> BoostingSettings:
        """How trees are grown."""
        return BoostingSettings(
            rounds=self.budget.rounds,
            samples_per_well=self.budget.samples_per_well,
            threads=self.threads,
            seed=self.seed,
        )

    @property
    def held_out(self) -> list[LogSet]:
        """A tenth of the wells: those without bags stop early and are calibrated on them."""
        random = np.random.default_rng([self.seed, 17])
        names = sorted({well.well for well in self.logs})
        left = set(random.permutation(names)[: max(2, len(names) // 10)].tolist())
        return [well for well in self.logs if well.well in left]

    @property
    def kept(self) -> list[LogSet]:
        """The others."""
        left = {well.well for well in self.held_out}
        return [well for well in self.logs if well.well not in left]


@dataclass(frozen=True)
class Contestant:
    """One line of the leader board."""

    make: Callable[[Any], Any]
    """What was learnt -> a restorer, its band not calibrated."""
    learner: str = ""
    """Name in ``LEARNERS``; empty where nothing is learnt."""
    rival: bool = True
    """One of those to beat; the networks are not."""
    calibrates: str = "all"
    """Wells the band is fitted on: ``all`` (of their bags, those that left the well out),
    ``held_out``, or ``unseen`` (by ``restorer.seen``)."""


def network_settings(name: str, budget: Budget, seed: int) -> ExperimentSettings:
    """Return how a network is trained as the founding study has it, within the budget."""
    from welllog.learning import ExperimentSettings
    from welllog.networks import NetworkSettings

    return ExperimentSettings(
        network=NetworkSettings(name=name, width=budget.width),
        iterations=budget.network_iterations,
        batch=budget.batch,
        seed=seed,
    )


def _learn_network(name: str, experiment: Experiment) -> Restorer:
    """Train a network as the founding study has it: zero fill, p_Z of 0.4, masked loss, GAN."""
    return _train(name, network_settings(name, experiment.budget, experiment.seed), experiment)


def _learn_corrector(experiment: Experiment) -> Restorer:
    """Train a U-Net on gaps as wells have them, shown as straight lines, without a GAN."""
    from welllog.corpus import WindowSettings

    settings = replace(
        network_settings("unet", experiment.budget, experiment.seed),
        windows=WindowSettings(scheme="corpus"),
        fill="linear",
        adversarial_weight=0.0,
    )
    return _train("unet-corrector", settings, experiment)


def _train(name: str, settings: Any, experiment: Experiment) -> Restorer:
    from welllog.learning.experiment import train_network

    folder = experiment.folder and experiment.folder / f"{name}-{experiment.seed}"
    return train_network(
        experiment.logs, settings, folder=folder, resume=True, weights=experiment.weights
    )


def _learn_deep_kriging(experiment: Experiment) -> Boosted:
    from welllog.deep_training import DeepSettings, learn_deep
    from welllog.kernel_lessons import KernelSettings
    from welllog.perceptron_learning import PerceptronSettings

    iterations = experiment.budget.iterations
    trees = experiment.learnt("lightgbm-trees")
    return learn_deep(
        Boosted(
            boosters=Boosters(trees.bags, trees.seen, trees.ranges), settings=experiment.boosting
        ),
        experiment.logs,
        DeepSettings(
            PerceptronSettings(iterations=iterations, seed=experiment.seed),
            KernelSettings(iterations=iterations, seed=experiment.seed),
        ),
        weights=experiment.weights,
    )


def _learn_sequence(name: str, experiment: Experiment) -> Sequence256:
    return Sequence256(name).fit(
        experiment.kept,
        experiment.held_out,
        experiment.weights,
        seed=experiment.seed,
        epochs=experiment.budget.epochs,
        most=experiment.budget.windows,
    )


NETWORKS = (
    "resnet50-resnet18",
    "resnet18-resnet18",
    "resnet50-deconv3",
    "unet",
    "lstm",
    "peephole-lstm",
    "gru",
)

LEARNERS: dict[str, Callable[[Experiment], Any]] = {
    "mean": lambda e: Mean().fit(e.logs, e.weights),
    "mice": lambda e: ChainedEquations().fit(e.logs, e.weights, e.seed),
    "lightgbm-trees": lambda e: fit_boosters(e.logs, e.boosting, weights=e.weights),
    "deep-kriging": _learn_deep_kriging,
    "xgboost-trees": lambda e: fit_xgboosters(e.logs, e.boosting, e.weights),
    "saits": partial(_learn_sequence, "saits"),
    "brits": partial(_learn_sequence, "brits"),
    **{name: partial(_learn_network, name) for name in NETWORKS},
    "unet-corrector": _learn_corrector,
}


def _boosted(kind: type[Boosted], name: str, boosters: Boosters) -> Boosted:
    return kind(name, boosters)


def _as_learnt(learnt: Restorer) -> Restorer:
    return learnt


CONTESTANTS: dict[str, Contestant] = {
    "mean": Contestant(_as_learnt, "mean"),
    "last-value": Contestant(lambda _: LastValue()),
    "interpolation": Contestant(lambda _: Interpolation()),
    "kriging": Contestant(lambda _: Kriging()),
    "mice": Contestant(_as_learnt, "mice"),
    "saits": Contestant(_as_learnt, "saits", calibrates="held_out"),
    "brits": Contestant(_as_learnt, "brits", calibrates="held_out"),
    **{
        name: Contestant(partial(_boosted, Boosted, name), "lightgbm-trees")
        for name in CORRECTIONS
        if name.startswith("lightgbm")
    },
    **{
        name: Contestant(partial(_boosted, XGBoosted, name), "xgboost-trees")
        for name in ("xgboost", "xgboost-edge", "xgboost-kriged", "xgboost-gp")
    },
    **{
        name: Contestant(_as_learnt, name, rival=False, calibrates="unseen")
        for name in (*NETWORKS, "unet-corrector")
    },
    "deep-kriging": Contestant(_as_learnt, "deep-kriging", rival=False),
}
"""Weakest first, as the table is printed."""


def names_of(wanted: Sequence[str] | None) -> list[str]:
    """Return the contestants named, in the order of the board; all where none is named.

    Raises
    ------
    SystemExit
        An unknown name.
    """
    unknown = set(wanted or ()) - set(CONTESTANTS)
    if unknown:
        raise SystemExit(
            f"no contestant {', '.join(sorted(unknown))}; they are {', '.join(CONTESTANTS)}"
        )
    return [name for name in CONTESTANTS if not wanted or name in wanted]


def band_of(restorer: Any, contestant: Contestant, experiment: Experiment) -> Calibration:
    """Calibrate a restorer's band on wells it has not seen."""
    wells = experiment.held_out if contestant.calibrates == "held_out" else experiment.logs
    if contestant.calibrates == "unseen":
        wells = [well for well in wells if well.well not in restorer.seen] or wells
    return calibrate(restorer, wells, CalibrationSettings(seed=experiment.seed))


def with_band(restorer: Any, calibration: Calibration) -> Any:
    """Return the restorer with a calibrated band."""
    return replace(restorer, calibration=calibration)
