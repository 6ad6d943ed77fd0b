"""From wells to a restorer: split, pre-train, train in one process or several, read the weights."""

from __future__ import annotations

import json
import math
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from welllog.corpus import (
    CHANNELS,
    Scaling,
    WindowSource,
    on_common_step,
    places_of,
    split_by_place,
)
from welllog.features import TARGETS, LogSet
from welllog.learning.batches import Tensors
from welllog.learning.film import WATCHED_WELLS
from welllog.learning.launching import Interrupted, check_devices, launch
from welllog.learning.loop import Experiment, TrainingError, residuals
from welllog.learning.pretraining import learn_order
from welllog.learning.run_folder import BEST, LAST, RunFolder
from welllog.learning.settings import ExperimentSettings
from welllog.network_files import check_tensors
from welllog.networks import build_generator
from welllog.neural import Neural, Outlook, input_ranges
from welllog.progress import Progress, part_of

__all__ = ["Interrupted", "hold_out", "shaped_like", "train_network"]

SYNTHETIC_WELLS = 200
"""Wells of the simulator in pre-training."""


def train_network(
    wells: Sequence[LogSet],
    settings: ExperimentSettings,
    *,
    targets: Sequence[str] = TARGETS,
    folder: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
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
    targets : sequence of str
        Curves that the restorer may be asked for: of these, those that two wells of the training
        have, or one well where the network to start from restores them already.
    folder : Path, optional
        Run folder; without one nothing is left behind, and nothing can be resumed.
    resume : bool
        Go on from the folder's last checkpoint, if there is one.
    overwrite : bool
        Replace the experiment that the folder holds, if it is not resumed.
    start : Neural, optional
        A model to start from; its network, windows and scaling are kept. With ``settings.freeze``
        only its specific part is fitted.
    weights : mapping of well name to float, optional
        How often a well's windows are drawn, 1 where absent.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work, after a
        checkpoint.

    Returns
    -------
    Neural
        With the generator of the best validation, or the last one where nothing was held out. How
        far it is off was measured on wells held out that no training has seen; where there are
        none, it is taken over from ``start``, or else measured on the wells of the training.

    Warns
    -----
    UserWarning
        Where no well is held out.

    Raises
    ------
    ValueError
        No curve to learn, or devices that are not there.
    Interrupted
        By Ctrl-C or a polite kill.
    TrainingError, RunFolderError, WeightsError
    """
    with nullcontext(folder) if folder else tempfile.TemporaryDirectory() as place:
        settings = replace(settings, device=check_devices(settings.device, settings.devices))
        if start is not None:
            settings = shaped_like(settings, start)
        wells = [on_common_step(well) for well in wells]
        kept, held_out = hold_out(wells, settings.holdout, settings.seed)
        chosen = _learnable(kept, start, targets)
        if not held_out:
            warnings.warn(_none_held_out(wells, settings, start), stacklevel=3)
        scaling = start.outlook.scaling if start else Scaling.fit(kept)
        source = WindowSource(kept, settings.windows, scaling, weights=weights)
        # Judged on what was measured, with something hidden in every window.
        shown = replace(settings.windows, p_zero=1.0, distortions=None)
        validation = WindowSource(held_out, shown, scaling, gaps=source.gaps) if held_out else None
        watched = None
        if settings.watch:
            some = [well for well in kept if well.well in source.names[:WATCHED_WELLS]]
            watched = validation or WindowSource(some, shown, scaling, gaps=source.gaps)
        experiment = Experiment(
            *(settings, source, validation, Path(place), resume), targets=chosen, watched=watched
        )
        if progress:
            progress(0.0, f"a {settings.network.name} of width {settings.network.width}")
        experiment = _train(experiment, overwrite, start, progress)
        if progress:
            progress(1.0, "error on hidden samples")
        return _restorer(experiment, kept, start, chosen)


def shaped_like(settings: ExperimentSettings, start: Neural) -> ExperimentSettings:
    """Return settings with what is kept of a network to start from: its shape, what it is shown.

    Raises
    ------
    TrainingError
        The settings ask for another network.
    """
    if start.outlook.network.name != settings.network.name:
        raise TrainingError(
            f"the model to start from is a {start.outlook.network.name}, not a "
            f"{settings.network.name}; ask for the same network"
        )
    return replace(
        settings,
        network=start.outlook.network,
        windows=start.outlook.windows,
        fill=start.outlook.fill,
        spread=start.outlook.spread,
    )


def _train(
    experiment: Experiment, overwrite: bool, start: Neural | None, progress: Progress | None
) -> Experiment:
    """Begin the run folder, pre-train where that is asked for, and train."""
    settings, source, folder = experiment.settings, experiment.source, experiment.folder
    begun = experiment.resume and (folder / "config.json").exists()
    if begun and not RunFolder(folder).checkpoint(LAST).exists():
        warnings.warn(f"{folder} has no checkpoint yet: training begins again", stacklevel=4)
    held_out = experiment.validation.names if experiment.validation else ()
    RunFolder(folder).begin(
        {
            **settings.to_dict(),
            "training_wells": sorted(source.names),
            "held_out_wells": sorted(held_out),
            "start": start.sha256() if start else None,
        },
        resume=experiment.resume,
        overwrite=overwrite,
    )
    first: Mapping[str, Tensor] | None = start.generator.state_dict() if start else None
    last_part = progress
    if settings.pretraining != "none":
        part = settings.pretraining_iterations / (
            settings.pretraining_iterations + settings.iterations
        )
        first = _pretrain(
            settings, source, folder, experiment.resume, first, part_of(progress, 0.0, part)
        )
        last_part = part_of(progress, part, 1.0)
    experiment = replace(experiment, weights=first)
    launch(experiment, last_part)
    return experiment


def _learnable(
    wells: Sequence[LogSet], start: Neural | None, targets: Sequence[str]
) -> tuple[str, ...]:
    """Return the curves that can be learnt from wells.

    Two wells must have a curve, as one says nothing of another; what a network to start from
    restores already, it is only fitted to.
    """
    known = start.targets if start else ()
    found = []
    for name in TARGETS:
        have = {well.well for well in wells if np.isfinite(well.curves.get(name, np.nan)).any()}
        if name in targets and len(have) >= (1 if name in known else 2):
            found.append(name)
    if not found:
        also = f", or in one of {', '.join(known)}" if start else ""
        raise ValueError(f"no curve is measured in two wells or more{also}; nothing can be learnt")
    return tuple(found)


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


def _none_held_out(
    wells: Sequence[LogSet], settings: ExperimentSettings, start: Neural | None
) -> str:
    """Say why no well is held out, what would help, and what follows."""
    share, count = settings.holdout, len({well.well for well in wells})
    places = len(set(places_of(wells).values()))
    if not share:
        why = "--holdout 0"
    elif min(count, places) == 1:
        why = "there is one" if count == 1 else f"all {count} lie in one place"
    else:
        why = f"{count} in {places} places are too few for --holdout {share:g}"
        larger = math.ceil(100 / min(count, places)) / 100
        kept, held_out = hold_out(wells, larger, settings.seed)
        if held_out and (start or len({well.well for well in kept}) > 1):
            why += f"; try --holdout {larger:g}"
    band = "is that of the network it started from" if start else "is too narrow"
    return f"no wells held out ({why}): the last iteration is kept and the band {band}"


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
            learnt, right = learn_order(
                source, shorter, torch.device(settings.device), first, progress
            )
        place.mkdir(exist_ok=True)
        (place / "order.json").write_text(json.dumps({"pairs in order": right}) + "\n")
        return learnt
    if settings.pretraining == "synthetic":
        from welllog.simulator import synthetic_logs

        made = [synthetic_logs(settings.seed * 100_003 + n) for n in range(SYNTHETIC_WELLS)]
        source = WindowSource(made, settings.windows, source.scaling, gaps=source.gaps)
    again = resume and RunFolder(place).checkpoint(LAST).exists()
    RunFolder(place).begin(shorter.to_dict(), resume=again)
    spans = settings.pretraining == "masked"
    launch(Experiment(shorter, source, None, place, again, first, spans), progress)
    return _generator_weights(place)


def _generator_weights(folder: Path) -> dict[str, Tensor]:
    """Return the generator of a run folder: the best where one was validated, or the last."""
    run_folder = RunFolder(folder)
    if run_folder.checkpoint(BEST).exists():
        return run_folder.load(BEST)[0]
    tensors, _ = run_folder.load(LAST)
    start = "generator/"
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}


def _restorer(
    experiment: Experiment, wells: Sequence[LogSet], start: Neural | None, targets: tuple[str, ...]
) -> Neural:
    """Make a restorer of what an experiment has left, with the error it makes on hidden samples."""
    settings, source, validation = experiment.settings, experiment.source, experiment.validation
    generator: nn.Module = build_generator(settings.generator)
    weights = _generator_weights(experiment.folder)
    check_tensors(weights, generator.state_dict(), str(experiment.folder))
    generator.load_state_dict(weights)
    outlook = Outlook(
        settings.generator, settings.windows, source.scaling, settings.fill, settings.spread
    )
    before = start.seen if start else ()
    seen = tuple(dict.fromkeys((*before, *source.names)))
    judges = (*(start.held_out if start else ()), *(validation.names if validation else ()))
    held_out = tuple(name for name in dict.fromkeys(judges) if name not in seen)
    neural = Neural(
        settings.network.name, generator, outlook, targets, seen, held_out, input_ranges(wells)
    ).on(settings.device)

    def answer(batch: Tensors) -> Tensor:
        with torch.inference_mode():
            given: Tensor = neural.generator(batch.x)
        return given[:, : len(CHANNELS)]

    judged = validation
    if judged is None or set(judged.names) <= set(seen):
        shown = replace(settings.windows, p_zero=1.0, distortions=None)
        judged = WindowSource(wells, shown, source.scaling, gaps=source.gaps)
    errors = residuals(answer, judged, settings, torch.device(settings.device))
    if start is not None:
        before_it = zip(CHANNELS, start.outlook.residual, strict=True)
        kept = {name: error for name, error in before_it if name in start.targets}
        errors = {**kept, **errors} if judged is validation else {**errors, **kept}
    residual = tuple(errors.get(name, 1.0) for name in CHANNELS)
    neural.outlook = replace(outlook, residual=residual)
    return neural
