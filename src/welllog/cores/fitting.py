"""The fitting of a network to painted pictures: crops, loss, optimiser, held-out pictures, resume.

What an iteration does depends on the settings, the pictures and its number alone: a fitting that
was broken off goes on from its last checkpoint as if it never had been (to the bit on a CPU with
the same number of threads).
"""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from welllog.cores.classes import name_classes
from welllog.cores.judging import SegmentScore
from welllog.cores.network_settings import FittingSettings
from welllog.cores.networks.blocks import PictureNetwork
from welllog.cores.picture_augmentation import Example, crop_size, draw_crops
from welllog.cores.segmenters import UNLABELLED
from welllog.learning.run_folder import BEST, LAST, RunFolder
from welllog.network_files import WeightsError, check_tensors
from welllog.neural import choose_device
from welllog.progress import Progress

__all__ = [
    "Fitted",
    "Fitting",
    "choose_precision",
    "class_weights",
    "count_confusion",
    "fit_network",
    "masked_cross_entropy",
    "mean_iou",
    "rate_at",
    "score_classes",
]


class Fitted(NamedTuple):
    """How a fitting ended."""

    network: PictureNetwork
    """With the best weights on held-out pictures, or the last where none were held out."""
    iterations: int
    """Done; fewer than asked where it stopped early."""
    held_out_miou: float | None
    """The best, where pictures were held out."""
    history: list[dict[str, Any]]


@dataclass
class Standing:
    """Where a fitting stands."""

    iteration: int = 0
    best: float | None = None
    worse: int = 0
    """Looks at held-out pictures since the best."""
    total: float = 0.0
    """Losses since the last line of the history."""
    summed: int = 0
    """Iterations since then."""


def choose_precision(precision: str, device: str) -> str:
    """Return the precision that ``auto`` stands for on a device.

    Processors with matrix units of bf16 (AMX) took a third of the time of 32 bits; without them
    bf16 is slower.
    """
    if precision != "auto":
        return precision
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "32"
    if device == "cpu" and platform.system() == "Linux":
        try:
            return "bf16" if "amx_bf16" in Path("/proc/cpuinfo").read_text() else "32"
        except OSError:
            return "32"
    return "32"


def rate_at(iteration: int, iterations: int, schedule: str) -> float:
    """Return the share of the learning rate in an iteration; see ``FittingSettings.schedule``."""
    if schedule == "constant":
        return 1.0
    rise = min(1.0, (iteration + 1) / max(1, iterations // 10))
    return float(rise * (0.01 + 0.99 * (0.5 + 0.5 * np.cos(np.pi * iteration / iterations))))


def class_weights(examples: Sequence[Example], classes: int, weighting: str) -> Tensor:
    """Return what a pixel of each class counts, (classes,), 1 in the mean over painted pixels."""
    counts = torch.zeros(classes, dtype=torch.float64)
    for example in examples:
        painted = example.mask[example.mask != UNLABELLED]
        counts += torch.bincount(painted, minlength=classes)
    power = {"none": 0.0, "root": -0.5, "balanced": -1.0}[weighting]
    weights = torch.where(counts > 0, counts.clamp(min=1.0) ** power, 0.0)
    return (weights * counts.sum() / (weights * counts).sum().clamp(min=1e-12)).float()


def masked_cross_entropy(scores: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean of -log p of the painted class; what is not painted says nothing.

    Parameters
    ----------
    scores : tensor, shape (b, classes, h, w)
    mask : tensor of int64, shape (b, h, w)
    weights : tensor, shape (classes,)
    """
    losses = functional.cross_entropy(
        scores, mask, weights, ignore_index=UNLABELLED, reduction="sum"
    )
    painted = mask != UNLABELLED
    total = torch.where(painted, weights[mask.clamp(min=0)], 0.0).sum()
    return losses / total.clamp(min=1e-6)


def count_confusion(found: Tensor, mask: Tensor, classes: int) -> Tensor:
    """Count painted pixels: (h, w), (h, w) -> (painted class, found class)."""
    painted = mask != UNLABELLED
    pairs = mask[painted] * classes + found[painted]
    return torch.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def mean_iou(confusion: Tensor) -> float:
    """Return the mean intersection over union of classes that were painted or found."""
    return SegmentScore(confusion.numpy(), name_classes(len(confusion))).miou


class Fitting:
    """A network, its optimiser, and an iteration of them.

    Parameters
    ----------
    network : PictureNetwork
    settings : FittingSettings
    weights : tensor, shape (classes,)
        What a pixel of each class counts.
    """

    def __init__(self, network: PictureNetwork, settings: FittingSettings, weights: Tensor) -> None:
        self.settings = settings
        self.device = torch.device(choose_device(settings.device))
        self.autocast = choose_precision(settings.precision, self.device.type) == "bf16"
        self.network = network.to(self.device)
        self.weights = weights.to(self.device)
        for part in network.encoder_parts() if settings.freeze else ():
            part.requires_grad_(False)
        self.trained = [p for p in network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            self.trained, settings.learning_rate, weight_decay=settings.weight_decay
        )

    def train(self, x: Tensor, mask: Tensor, rate: float) -> float:
        """Take one step; return the loss. A gradient that is not finite is not followed."""
        self.network.train()
        for part in self.network.encoder_parts() if self.settings.freeze else ():
            part.eval()  # what is frozen keeps its means too
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            scores = self.network(x.to(self.device))
        loss = masked_cross_entropy(scores.float(), mask.to(self.device), self.weights)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.trained, 1.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        return float(loss.detach())

    def find(self, picture: Tensor) -> Tensor:
        """Return scores of one picture, (c, h, w) -> (classes, h, w) on the CPU."""
        return score_classes(self.network, picture, self.autocast)

    def judge(self, examples: Sequence[Example]) -> float:
        """Return the mIoU over whole pictures."""
        classes = len(self.weights)
        confusion = torch.zeros(classes, classes, dtype=torch.int64)
        for example in examples:
            found = self.find(example.picture).argmax(0)
            confusion += count_confusion(found, example.mask, classes)
        return mean_iou(confusion)

    def state(self) -> dict[str, Tensor]:
        """Return every tensor that is needed to go on."""
        tensors = {f"network/{name}": t for name, t in self.network.state_dict().items()}
        for number, entries in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{number}/{name}": t for name, t in entries.items()}
        return tensors

    def restore(self, tensors: Mapping[str, Tensor], where: str) -> None:
        """Go on from ``state``.

        Raises
        ------
        WeightsError
            The tensors are not those of this network.
        """
        weights = _part(tensors, "network/")
        check_tensors(weights, self.network.state_dict(), where)
        found: dict[int, dict[str, Tensor]] = {}
        for key, tensor in _part(tensors, "optimiser/").items():
            place, _, name = key.partition("/")
            found.setdefault(int(place), {})[name] = tensor
        for number, parameter in enumerate(self.trained):
            entries = found.get(number, {})
            shapes = {name: t.shape for name, t in entries.items()}
            expected = {"step": torch.Size([])}
            expected |= dict.fromkeys(("exp_avg", "exp_avg_sq"), parameter.shape)
            if entries and shapes != expected:
                raise WeightsError(f"{where} holds the optimiser of another network")
        self.network.load_state_dict(weights)
        plain = self.optimiser.state_dict()
        self.optimiser.load_state_dict({"state": found, "param_groups": plain["param_groups"]})


def score_classes(network: PictureNetwork, picture: Tensor, bf16: bool = False) -> Tensor:
    """Return scores of one picture, (c, h, w) -> (classes, h, w), float32 on the CPU."""
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        scores: Tensor = network(picture[None].to(device))[0].float().cpu()
    return scores


def fit_network(
    network: PictureNetwork,
    examples: Sequence[Example],
    classes: int,
    settings: FittingSettings,
    *,
    held_out: Sequence[Example] = (),
    run_folder: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    colours: Sequence[tuple[int, int, int]] = (),
    progress: Progress | None = None,
) -> Fitted:
    """Fit a network to painted pictures.

    Parameters
    ----------
    network : PictureNetwork
        Changed in place.
    examples : sequence of Example
        Prepared pictures and masks.
    classes : int
    settings : FittingSettings
    held_out : sequence of Example
        Looked at now and then; the weights that did best on them are kept, and fitting stops when
        ``patience`` looks brought nothing better.
    run_folder : path, optional
        Settings, history, checkpoints, curves, and what the network found in a picture before it
        was fitted, after one epoch and at the end.
    resume : bool
        Go on from the last checkpoint of the run folder, where there is one.
    overwrite : bool
        Replace what the run folder holds.
    colours : sequence of (red, green, blue)
        Of the classes, in the pictures of the run folder.
    progress : callable, optional
        What it raises stops the work; the run folder then holds a checkpoint.

    Raises
    ------
    ValueError
        Nothing is painted.
    RunFolderError
        The run folder holds another experiment.
    WeightsError
        A checkpoint cannot be believed.
    """
    labelled = [example.labelled for example in examples]
    if not any(map(len, labelled)):
        raise ValueError("no pixel of any mask is painted; paint some of each class")
    fitting = Fitting(network, settings, class_weights(examples, classes, settings.class_weights))
    folder = None if run_folder is None else RunFolder(Path(run_folder))
    standing = Standing()
    if folder is not None:
        config = settings.to_dict() | {
            "device": fitting.device.type,
            "precision": "bf16" if fitting.autocast else "32",
            "classes": classes,
            "pictures": _digest(examples),
            "pictures held out": _digest(held_out),
        }
        folder.begin(config, resume=resume, overwrite=overwrite)
        if resume and folder.checkpoint(LAST).exists():
            tensors, state = folder.load(LAST)
            fitting.restore(tensors, str(folder.checkpoint(LAST)))
            standing = Standing(**state)
        folder.continue_history(standing.iteration)
    lines: list[dict[str, Any]] = [] if folder is None else folder.history()
    best: dict[str, Tensor] = {}
    if standing.best is not None and folder is not None:
        best = folder.load(BEST)[0]
    painter = _Painter(folder, fitting, [*held_out, *examples][0], classes, colours)
    size = crop_size(examples, settings.crop)
    epoch = max(1, round(sum(e.mask.numel() for e in examples) / size**2 / settings.batch))
    if standing.iteration == 0:
        painter.paint("before")
    told = 0.0

    def note(entry: dict[str, Any]) -> None:
        lines.append(entry)
        if folder is not None:
            folder.record(entry)

    def keep() -> None:
        if folder is not None:
            folder.save(LAST, fitting.state(), vars(standing))

    while standing.iteration < settings.iterations and standing.worse < settings.patience:
        number = standing.iteration
        random = np.random.default_rng([settings.seed, number, 0])
        x, mask = draw_crops(
            examples, labelled, size, settings.batch, settings.augmentation, random
        )
        rate = rate_at(number, settings.iterations, settings.schedule)
        standing.total += fitting.train(x, mask, rate)
        standing.summed += 1
        standing.iteration = number = number + 1
        over = number == settings.iterations
        if number % settings.log_every == 0 or over:
            note(
                {
                    "iteration": number,
                    "epoch": round(number / epoch, 3),
                    "loss": standing.total / standing.summed,
                    "learning_rate": settings.learning_rate * rate,
                }
            )
            standing.total, standing.summed = 0.0, 0
        if held_out and (number % settings.validate_every == 0 or over):
            miou = fitting.judge(held_out)
            note({"iteration": number, "epoch": round(number / epoch, 3), "miou": miou})
            if standing.best is None or miou > standing.best:
                standing.best, standing.worse = miou, 0
                best = {name: t.detach().cpu().clone() for name, t in network.state_dict().items()}
                if folder is not None:
                    folder.save(BEST, best, {"iteration": number, "miou": miou})
            else:
                standing.worse += 1
        if number == epoch:
            painter.paint("after one epoch")
        if number % settings.checkpoint_every == 0 or over:
            keep()
        if progress is not None and (time.perf_counter() - told > 0.3 or over):
            told = time.perf_counter()
            try:
                progress(number / settings.iterations, _describe(number, settings, lines))
            except BaseException:
                keep()
                raise
    if best:
        network.load_state_dict(best)
    painter.paint("at the end")
    if folder is not None:
        from welllog.cores.fitting_pictures import draw_history

        draw_history(lines, folder.path / "pictures" / "history.png")
        folder.close()
    return Fitted(network.eval(), standing.iteration, standing.best, lines)


class _Painter:
    """Paints what the network finds in one picture into the run folder, where there is one."""

    def __init__(
        self,
        folder: RunFolder | None,
        fitting: Fitting,
        example: Example,
        classes: int,
        colours: Sequence[tuple[int, int, int]],
    ) -> None:
        self.folder, self.fitting, self.example = folder, fitting, example
        self.classes, self.colours = classes, colours

    def paint(self, moment: str) -> None:
        if self.folder is None:
            return
        from welllog.cores.fitting_pictures import draw_prediction

        found = self.fitting.find(self.example.picture).argmax(0)
        place = self.folder.path / "pictures" / f"{moment}.png"
        draw_prediction(self.example, found, place, self.classes, self.colours)


def _describe(number: int, settings: FittingSettings, lines: Sequence[Mapping[str, Any]]) -> str:
    said = f"{settings.network}, iteration {number} of {settings.iterations}"
    for key, name in (("loss", "loss"), ("miou", "mIoU of held-out pictures")):
        latest = [line[key] for line in lines if key in line]
        if latest:
            said += f", {name} {latest[-1]:.3f}"
    return said


def _digest(examples: Sequence[Example]) -> str:
    """Return a hash of pictures and masks, to tell whether a resumed fitting has the same."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(example.picture.numpy().tobytes())
        digest.update(example.mask.numpy().tobytes())
    return digest.hexdigest()


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
