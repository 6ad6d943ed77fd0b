"""The training loop of one process: play, write down, validate, keep, stop.

What happens in an iteration depends on the settings, the wells and the iteration's number alone, so
that an experiment broken off at any moment goes on from its last checkpoint as if it never had been
(to the bit on a CPU with the same number of threads).
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from welllog.corpus import CHANNELS, WindowSource
from welllog.features import TARGETS
from welllog.learning.batches import Batches, Tensors, iterate, seed_of
from welllog.learning.film import Watch
from welllog.learning.players import Players, rate_at
from welllog.learning.run_folder import BEST, LAST, RunFolder
from welllog.learning.settings import ExperimentSettings
from welllog.network_files import WeightsError
from welllog.progress import Progress

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = [
    "Experiment",
    "Outcome",
    "TrainingError",
    "batches_of",
    "describe",
    "has_ended",
    "residuals",
    "run",
]

# Each process imports this module before it joins the others, which they would announce in banners.
for _name in ("distributed", "rank_zero"):
    logging.getLogger(f"lightning_fabric.utilities.{_name}").setLevel(logging.WARNING)

MOST_SKIPPED = 20
"""Iterations in a row without a finite gradient after which training gives up."""
ASK_EVERY = 10
"""Iterations between the moments when several processes ask each other whether to stop."""
VALIDATION_SEED = 9_999_991


class TrainingError(ValueError):
    """Training that cannot go on."""


@dataclass(frozen=True)
class Experiment:
    """What a process needs to know; travels to it whole."""

    settings: ExperimentSettings
    source: WindowSource
    validation: WindowSource | None
    """Windows of wells held out."""
    folder: Path
    resume: bool = False
    weights: Mapping[str, Tensor] | None = None
    """Of the generator, to start from."""
    spans: bool = False
    """Hide spans of every curve besides (masked pre-training)."""
    targets: tuple[str, ...] = TARGETS
    """Curves whose error on wells held out decides which generator is the best."""
    watched: WindowSource | None = None
    """Windows that are filmed; None to film none."""


@dataclass
class Standing:
    """Where an experiment stands."""

    iteration: int = 0
    """Iterations done."""
    best: float | None = None
    """Lowest validation error."""
    worse: int = 0
    """Validations since then."""
    skipped: int = 0
    """Iterations in a row whose gradient was not finite."""
    sums: dict[str, Tensor | float] = field(default_factory=dict)
    """Losses added up since the last line of the history, on their device: to read a number there
    is to wait for all that was asked of a GPU."""
    summed: int = 0

    def plain(self) -> dict[str, Any]:
        """Return what a checkpoint holds as JSON."""
        return vars(self) | {"sums": {name: float(total) for name, total in self.sums.items()}}


class Outcome(NamedTuple):
    """How a process ended."""

    iteration: int
    why: str
    """``"finished"``, ``"early"`` (no better validation), ``"stopped"`` (by a signal)."""
    best: float | None
    windows_per_second: float


def run(fabric: Fabric, experiment: Experiment, progress: Progress | None = None) -> Outcome:
    """Train in one process; the first writes the run folder.

    Raises
    ------
    TrainingError
        Gradients are no longer finite.
    WeightsError
        A checkpoint cannot be believed.
    """
    settings, folder = experiment.settings, RunFolder(experiment.folder)
    first = fabric.is_global_zero
    players = Players(fabric, settings, experiment.weights)
    standing = _go_on(players, folder) if experiment.resume else Standing()
    watch = None
    if first:
        folder.continue_history(standing.iteration)
        if experiment.watched is not None:
            watch = Watch(
                experiment.watched, settings, experiment.targets, folder.path, standing.iteration
            )
    batches = batches_of(fabric, experiment, standing.iteration)
    why, told = _why(standing, settings), 0.0
    started, begun = time.perf_counter(), standing.iteration

    def speed() -> float:
        seconds = max(time.perf_counter() - started, 1e-9)
        return (standing.iteration - begun) / seconds

    with _signals() as asked:
        while why == "going on":
            torch.manual_seed(seed_of(settings.seed, fabric.global_rank, standing.iteration))
            batch = next(batches).to(fabric.device)
            losses = players.play(batch, standing.iteration)
            standing.iteration += 1
            _add_up(standing, losses)
            why = _why(standing, settings)
            if standing.iteration % settings.log_every == 0 or why != "going on":
                entry = _mean_losses(standing, settings)
                if first:
                    folder.record(entry, {"windows per second": settings.batch * speed()})
            if standing.iteration % settings.validation_interval == 0 or why != "going on":
                better = _validate(fabric, players, experiment, standing, folder)
                seen = watch.look(players, standing.iteration, better) if watch else {}
                if seen:
                    folder.record({"iteration": standing.iteration, **seen})
                why = _why(standing, settings)
            if why == "going on" and _should_stop(fabric, asked, standing.iteration):
                why = "stopped"
            if first and (standing.iteration % settings.checkpoint_every == 0 or why != "going on"):
                folder.save(LAST, players.state(), standing.plain())
            if progress and (time.perf_counter() - told > 0.3 or why != "going on"):
                told = time.perf_counter()
                share = standing.iteration / settings.iterations
                try:
                    progress(share, describe(folder, settings, standing.iteration, speed()))
                except BaseException:
                    folder.save(LAST, players.state(), standing.plain())
                    raise
    folder.close()
    return Outcome(standing.iteration, why, standing.best, settings.batch * speed())


def has_ended(folder: RunFolder, settings: ExperimentSettings) -> bool:
    """Say whether the experiment in a run folder has come to its end, by its iterations or early.

    Raises
    ------
    WeightsError
        Its checkpoint cannot be believed.
    """
    if not folder.checkpoint(LAST).exists():
        return False
    return _why(_standing(folder)[1], settings) != "going on"


def _standing(folder: RunFolder) -> tuple[dict[str, Tensor], Standing]:
    tensors, state = folder.load(LAST)
    try:
        return tensors, Standing(**state)
    except TypeError as error:
        path = folder.checkpoint(LAST)
        raise WeightsError(f"{path} was written by another version ({error})") from error


def _go_on(players: Players, folder: RunFolder) -> Standing:
    """Bring the players to where the last checkpoint left them, if there is one."""
    if not folder.checkpoint(LAST).exists():
        return Standing()
    tensors, standing = _standing(folder)
    players.restore(tensors, str(folder.checkpoint(LAST)))
    return standing


def batches_of(fabric: Fabric, experiment: Experiment, start: int) -> Iterator[Tensors]:
    """Yield this process's batches from an iteration on, cut by other processes beside a GPU."""
    settings = experiment.settings
    batches = Batches(
        experiment.source,
        settings.batch // fabric.world_size,
        settings.seed,
        fabric.global_rank,
        settings.fill,
        "pretraining" if experiment.spans else "training",
    )
    cuda = fabric.device.type == "cuda"
    workers = settings.workers
    if workers is None:
        spare = (os.cpu_count() or 1) // fabric.world_size - 1
        workers = min(8, max(spare, 0)) if cuda else 0
    return iterate(batches, start, settings.iterations, workers=workers, pin=cuda)


def _why(standing: Standing, settings: ExperimentSettings) -> str:
    if standing.iteration >= settings.iterations:
        return "finished"
    return "early" if standing.worse >= settings.patience else "going on"


def _add_up(standing: Standing, losses: Mapping[str, Tensor]) -> None:
    """Add an iteration's losses to the sums, unless it was skipped."""
    if losses["skipped"]:
        standing.skipped += 1
        if standing.skipped >= MOST_SKIPPED:
            raise TrainingError(
                f"no finite gradient in {MOST_SKIPPED} iterations up to {standing.iteration}; "
                f"begin again with a lower learning rate, or with --precision 32"
            )
        return
    standing.skipped = 0
    standing.summed += 1
    for name, value in losses.items():
        if name != "skipped":
            standing.sums[name] = standing.sums.get(name, 0.0) + value


def _mean_losses(standing: Standing, settings: ExperimentSettings) -> dict[str, Any]:
    count = max(standing.summed, 1)
    entry: dict[str, Any] = {"iteration": standing.iteration}
    entry |= {name: float(total) / count for name, total in standing.sums.items()}
    entry["learning_rate"] = settings.learning_rate * rate_at(standing.iteration - 1, settings)
    left_out = (standing.iteration - 1) % settings.log_every + 1 - standing.summed
    if left_out > 0:
        entry["skipped"] = float(left_out)
    standing.sums, standing.summed = {}, 0
    return entry


def _validate(
    fabric: Fabric,
    players: Players,
    experiment: Experiment,
    standing: Standing,
    folder: RunFolder,
) -> bool:
    """Measure the error on wells held out; keep the generator if it is the best so far.

    Returns whether it is; the last one is, where nothing can be measured.
    """
    if experiment.validation is None:
        return True
    errors: dict[str, float] = {}
    if fabric.is_global_zero:
        found = residuals(players.answer, experiment.validation, experiment.settings, fabric.device)
        errors = {name: error for name, error in found.items() if name in experiment.targets}
    errors = fabric.broadcast(errors)
    if not errors:
        return True
    mean = float(np.mean([*errors.values()]))
    better = standing.best is None or mean < standing.best
    standing.best, standing.worse = (mean, 0) if better else (standing.best, standing.worse + 1)
    if fabric.is_global_zero:
        entry = {"iteration": standing.iteration, "validation": mean}
        folder.record(entry | {f"validation {name}": value for name, value in errors.items()})
        if better:
            folder.save(
                BEST,
                players.generator.state_dict(),
                {"iteration": standing.iteration, "validation": mean, "errors": errors},
            )
    return better


def residuals(
    answer: Callable[[Any], Tensor],
    source: WindowSource,
    settings: ExperimentSettings,
    device: torch.device,
) -> dict[str, float]:
    """Return the root mean square error of each target where it was hidden, in its spreads.

    In model space, whatever the representation: in ohm.m a few tight streaks would say all. The
    windows are always the same ones. A target that was never hidden is left out.
    """
    batches = Batches(
        source, settings.batch, VALIDATION_SEED, fill=settings.fill, purpose="validation"
    )
    undo = source.representation.undo
    squared, count = np.zeros(len(CHANNELS)), np.zeros(len(CHANNELS))
    for number in range(-(-settings.validation_windows // settings.batch)):
        batch = batches[number]
        given = answer(batch.to(device)).cpu().numpy()
        hidden = batch.hidden.numpy()
        error = np.where(hidden, undo(given) - undo(batch.y.numpy()), 0.0)
        squared += (error**2).sum((0, 2))
        count += hidden.sum((0, 2))
    return {
        name: float(np.sqrt(squared[channel] / count[channel]))
        for channel, name in enumerate(CHANNELS)
        if name in TARGETS and count[channel]
    }


def describe(
    folder: RunFolder, settings: ExperimentSettings, iteration: int, per_second: float
) -> str:
    """Say in one line how an experiment is doing."""
    parts = [f"iteration {iteration} of {settings.iterations}"]
    known = folder.latest
    for name in ("reconstruction", "adversarial", "discriminator", "validation"):
        if name in known:
            parts.append(f"{name} {known[name]:.3f}")
    if per_second > 0 and iteration < settings.iterations:
        left = (settings.iterations - iteration) / per_second
        parts.append(f"{per_second:.2g}/s, {_duration(left)} of training left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C and a polite kill into a wish to stop after the iteration.

    The same signal again is obeyed at once. Only the main thread can listen to signals.
    """
    asked = threading.Event()
    seen: set[int] = set()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number: int, frame: Any) -> None:
        if number in seen:
            raise KeyboardInterrupt
        seen.add(number)
        asked.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _should_stop(fabric: Fabric, asked: threading.Event, iteration: int) -> bool:
    """Say whether any process was asked to stop; they must agree, or one waits for ever."""
    if fabric.world_size == 1:
        return asked.is_set()
    if iteration % ASK_EVERY:
        return False
    votes = fabric.all_reduce(torch.tensor(float(asked.is_set())), reduce_op="sum")
    return bool(torch.as_tensor(votes).item() > 0)
