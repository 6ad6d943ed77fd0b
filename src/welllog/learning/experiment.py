"""From wells to a restorer: split, pre-train, train in one process or several, read the weights."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from welllog.corpus import (
    CHANNELS,
    Scaling,
    WindowSettings,
    WindowSource,
    on_common_step,
    split_by_place,
)
from welllog.features import TARGETS, LogSet
from welllog.learning.batches import Tensors
from welllog.learning.loop import Experiment, Outcome, TrainingError, residuals, run
from welllog.learning.pretraining import learn_order
from welllog.learning.run_folder import BEST, LAST, RunFolder
from welllog.learning.settings import ExperimentSettings
from welllog.network_files import check_tensors
from welllog.networks import build_generator
from welllog.neural import Neural, Outlook, choose_device, input_ranges
from welllog.progress import Progress, part_of

__all__ = ["Interrupted", "hold_out", "train_network"]


SYNTHETIC_WELLS = 200
"""Wells of the simulator in pre-training."""


class Interrupted(KeyboardInterrupt):
    """Training was stopped by a signal; a checkpoint is there to go on from."""


def train_network(
    wells: Sequence[LogSet],
    settings: ExperimentSettings,
    *,
    folder: Path | None = None,
    resume: bool = False,
    start: Neural | None = None,
    weights: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Neural:
    """Train a network on wells.

    Parameters
    ----------
    wells : sequence of LogSet
        In model space, cleaned (``training.training_logs``).
    settings : ExperimentSettings
    folder : Path, optional
        Run folder; without one nothing is left behind, and nothing can be resumed.
    resume : bool
        Go on from the folder's last checkpoint, if there is one.
    start : Neural, optional
        A model to start from; its network, windows and scaling are kept. With ``settings.freeze``
        only its specific part is fitted.
    weights : mapping of well name to float, optional
        Weight of a well's windows in the loss.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work, after a
        checkpoint.

    Returns
    -------
    Neural
        With the generator of the best validation, or the last one where nothing was held out.

    Raises
    ------
    Interrupted
        By Ctrl-C or a polite kill.
    TrainingError, RunFolderError, WeightsError
    """
    with nullcontext(folder) if folder else tempfile.TemporaryDirectory() as place:
        return _train(wells, settings, Path(place), resume, start, weights or {}, progress)


def _train(
    wells: Sequence[LogSet],
    settings: ExperimentSettings,
    folder: Path,
    resume: bool,
    start: Neural | None,
    weights: Mapping[str, float],
    progress: Progress | None,
) -> Neural:
    settings = replace(settings, device=choose_device(settings.device))
    if start is not None:
        if start.outlook.network.name != settings.network.name:
            raise TrainingError(
                f"the model to start from is a {start.outlook.network.name}, not a "
                f"{settings.network.name}; ask for the same network"
            )
        settings = replace(
            settings,
            network=start.outlook.network,
            windows=start.outlook.windows,
            fill=start.outlook.fill,
            spread=start.outlook.spread,
        )
    wells = [on_common_step(well) for well in wells]
    kept, held_out = hold_out(wells, settings.holdout, settings.seed)
    scaling = start.outlook.scaling if start else Scaling.fit(kept)
    source = WindowSource(kept, settings.windows, scaling, settings.seed, weights)
    # Judged on what was measured, with something hidden in every window.
    shown = replace(settings.windows, p_zero=1.0, distortions=None)
    validation = WindowSource(held_out, shown, scaling) if held_out else None
    RunFolder(folder).begin(
        {
            **settings.to_dict(),
            "training_wells": sorted(source.names),
            "held_out_wells": sorted(validation.names if validation else ()),
            "start": start.sha256() if start else None,
        },
        resume=resume,
    )
    first: Mapping[str, Tensor] | None = start.generator.state_dict() if start else None
    last_part = progress
    if settings.pretraining != "none":
        part = settings.pretraining_iterations / (
            settings.pretraining_iterations + settings.iterations
        )
        first = _pretrain(settings, source, folder, resume, first, part_of(progress, 0.0, part))
        last_part = part_of(progress, part, 1.0)
    experiment = Experiment(settings, source, validation, folder, resume, first)
    _launch(experiment, last_part)
    seen = tuple(dict.fromkeys((*(start.seen if start else ()), *source.names)))
    return _restorer(experiment, kept, shown, seen)


def hold_out(wells: Sequence[LogSet], share: float, seed: int) -> tuple[list[LogSet], list[LogSet]]:
    """Split wells into those to train on and those to validate on, by place.

    About ``share`` of the wells are held out; none where that is less than one, or where the wells
    lie in too few places.
    """
    folds = round(1.0 / share) if share else 0
    names: set[str] = set()
    if folds and len(wells) >= folds:
        try:
            dealt = split_by_place(wells, folds, seed)
        except ValueError:  # fewer places than folds
            return list(wells), []
        # Folds are alike in samples; one of many short wells would take a third of them away.
        wanted = share * len({well.well for well in wells})
        chosen: list[str] = min(dealt, key=lambda fold: abs(len(fold) - wanted))
        names = set(chosen)
    held_out = [well for well in wells if well.well in names]
    return [well for well in wells if well.well not in names], held_out


def _pretrain(
    settings: ExperimentSettings,
    source: WindowSource,
    folder: Path,
    resume: bool,
    first: Mapping[str, Tensor] | None,
    progress: Progress | None,
) -> Mapping[str, Tensor]:
    """Train on the task that comes first; return the generator's weights."""
    shorter = replace(
        settings,
        iterations=settings.pretraining_iterations,
        adversarial_weight=0.0,
        freeze=False,
        pretraining="none",
    )
    place = folder / "pretraining"
    if settings.pretraining == "order":
        with torch.random.fork_rng():
            learnt, right = learn_order(source, shorter, torch.device(settings.device), progress)
        place.mkdir(exist_ok=True)
        (place / "order.json").write_text(json.dumps({"pairs in order": right}) + "\n")
        return learnt
    if settings.pretraining == "synthetic":
        from welllog.simulator import synthetic_logs

        made = [synthetic_logs(settings.seed * 100_003 + n) for n in range(SYNTHETIC_WELLS)]
        source = WindowSource(made, settings.windows, source.scaling, settings.seed)
    again = resume and RunFolder(place).checkpoint(LAST).exists()
    RunFolder(place).begin(shorter.to_dict(), resume=again)
    spans = settings.pretraining == "masked"
    _launch(Experiment(shorter, source, None, place, again, first, spans), progress)
    return _generator_weights(place)


def _generator_weights(folder: Path) -> dict[str, Tensor]:
    """Return the generator of a run folder: the best where one was validated, or the last."""
    run_folder = RunFolder(folder)
    if run_folder.checkpoint(BEST).exists():
        return run_folder.load(BEST)[0]
    tensors, _ = run_folder.load(LAST)
    start = "generator/"
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}


def _launch(experiment: Experiment, progress: Progress | None) -> Outcome:
    """Run an experiment here, or in several processes of its own.

    Raises
    ------
    Interrupted
        A signal stopped it.
    """
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.ddp import DDPStrategy
    from torch.multiprocessing.spawn import ProcessRaisedException

    settings = experiment.settings
    precision = settings.precision
    if precision == "auto":
        precision = "bf16" if settings.device == "cuda" else "32"
    several = settings.devices > 1
    fabric = Fabric(
        accelerator=settings.device,
        devices=settings.devices,
        precision="bf16-mixed" if precision == "bf16" else "32-true",
        strategy=DDPStrategy(start_method="spawn") if several else "auto",
    )
    with warnings.catch_warnings(), torch.random.fork_rng():
        if settings.device == "cuda":
            torch.set_float32_matmul_precision("high")
        if several:
            with _watched(experiment, progress):
                try:
                    # Bound to it, as Fabric takes arguments apart that it is handed.
                    outcome: Outcome = fabric.launch(partial(run, experiment=experiment))
                except ProcessRaisedException as error:
                    last = str(error).strip().splitlines()[-1]
                    raise TrainingError(f"a training process failed: {last}") from error
        else:
            fabric.launch()
            outcome = run(fabric, experiment, progress)
    if outcome.why == "stopped":
        raise Interrupted(
            f"stopped at iteration {outcome.iteration} of {settings.iterations}; "
            f"its checkpoint is in {experiment.folder}"
        )
    return outcome


@contextmanager
def _watched(experiment: Experiment, progress: Progress | None) -> Iterator[None]:
    """Report on processes of their own from the history they write; hand Ctrl-C on to them.

    They agree among themselves to stop, so this process must not die of the signal first.
    """
    folder, total = RunFolder(experiment.folder), experiment.settings.iterations
    over = threading.Event()
    raised: list[BaseException] = []

    def stop_them(*_: Any) -> None:
        for child in multiprocessing.active_children():
            if child.pid is not None:
                os.kill(child.pid, signal.SIGTERM)

    def watch() -> None:
        while not over.wait(1.0):
            entries = folder.history()[-2:]
            if not entries or progress is None or raised:
                continue
            latest = {key: value for entry in entries for key, value in entry.items()}
            shown = ", ".join(
                f"{name} {latest[name]:.3f}"
                for name in ("reconstruction", "validation")
                if name in latest
            )
            done = latest["iteration"]
            try:
                progress(done / total, f"iteration {done} of {total}, {shown}")
            except BaseException as error:
                raised.append(error)
                stop_them()

    listening = threading.current_thread() is threading.main_thread()
    # Ctrl-C in a terminal reaches the children too; a signal sent to this process alone does not.
    before = signal.signal(signal.SIGINT, stop_them) if listening else None
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except BaseException:
        if not raised:
            raise
    finally:
        over.set()
        watcher.join()
        if listening:
            signal.signal(signal.SIGINT, before)
    if raised:
        raise raised[0]


def _restorer(
    experiment: Experiment, wells: Sequence[LogSet], shown: WindowSettings, seen: tuple[str, ...]
) -> Neural:
    """Make a restorer of what an experiment has left, with the error it makes on hidden samples."""
    settings, source = experiment.settings, experiment.source
    generator: nn.Module = build_generator(settings.generator)
    weights = _generator_weights(experiment.folder)
    check_tensors(weights, generator.state_dict(), str(experiment.folder))
    generator.load_state_dict(weights)
    outlook = Outlook(
        settings.generator, settings.windows, source.scaling, settings.fill, settings.spread
    )
    targets = tuple(
        name
        for name in TARGETS
        if len({w.well for w in wells if np.isfinite(w.curves.get(name, np.nan)).any()}) >= 2
    )
    neural = Neural(
        settings.network.name, generator, outlook, targets, seen, input_ranges(wells)
    ).on(settings.device)

    def answer(batch: Tensors) -> Tensor:
        with torch.inference_mode():
            given: Tensor = neural.generator(batch.x)
        return given[:, : len(CHANNELS)]

    judged = experiment.validation or WindowSource(wells, shown, source.scaling)
    errors = residuals(answer, judged, settings, torch.device(settings.device))
    residual = tuple(errors.get(name, 1.0) for name in CHANNELS)
    neural.outlook = replace(outlook, residual=residual)
    return neural
