"""Batches by iteration: what is drawn depends on seed, process and iteration, and nothing else.

So an experiment that was broken off goes on with the very batches it would have had, with no state
of a random generator to keep, and processes beside the training one can cut windows ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from welllog.corpus import CHANNELS, Batch, WindowSource
from welllog.neural import draw_line

__all__ = ["Batches", "Tensors", "hide_spans", "iterate", "seed_of"]

SPAN_SHARE = 0.5
"""Share of the visible samples that masked pre-training hides."""
SPAN_LENGTHS = (8, 256)
"""Range of the lengths of its spans, samples, drawn log-uniformly."""


@dataclass(frozen=True)
class Tensors:
    """One batch on its way to the networks."""

    x: Tensor
    """Input, shape (b, inputs, n)."""
    y: Tensor
    """The teacher's answer, shape (b, curves, n)."""
    valid: Tensor
    """Bool, shape (b, curves, n)."""
    hidden: Tensor
    """Bool, shape (b, curves, n)."""
    weights: Tensor
    """Shape (b,)."""

    def to(self, device: torch.device) -> Tensors:
        """Bring the batch to a device."""
        return Tensors(*(part.to(device, non_blocking=True) for part in vars(self).values()))

    def pin_memory(self) -> Tensors:
        """Put the batch where a GPU can fetch it; called by the loader."""
        return Tensors(*(part.pin_memory() for part in vars(self).values()))


@dataclass
class Batches(Dataset[Tensors]):
    """The batch of any iteration."""

    source: WindowSource
    size: int
    seed: int
    process: int = 0
    fill: str = "zero"
    spans: bool = False
    """Hide spans of every curve besides (masked pre-training)."""

    def __getitem__(self, iteration: int) -> Tensors:
        """Draw the batch of an iteration."""
        random = np.random.default_rng([self.seed, self.process, iteration])
        batch = self.source.batch(self.size, random)
        if self.spans:
            batch = hide_spans(batch, random)
        x = batch.aug
        if self.fill == "linear":
            line = draw_line(x[:, : len(CHANNELS)], batch.valid & ~batch.hidden)
            x = np.concatenate([line, x[:, len(CHANNELS) :]], axis=1)
        arrays = (x, batch.res, batch.valid, batch.hidden, batch.weights)
        return Tensors(*(torch.from_numpy(array) for array in arrays))


def hide_spans(batch: Batch, random: np.random.Generator) -> Batch:
    """Hide spans of 8-256 samples of every curve until about half of it is gone.

    Masked samples as a task without labels: He et al. 2022 (Masked autoencoders, section 3).
    """
    hidden = batch.hidden.copy()
    b, curves, n = hidden.shape
    low, high = np.log(SPAN_LENGTHS)
    drawn = np.exp(np.linspace(low, high, 100))
    covers = float(np.mean(drawn / (n + drawn)))  # chance that a span hides a given sample
    count = max(1, round(np.log(1.0 - SPAN_SHARE) / np.log(1.0 - covers)))
    lengths = np.exp(random.uniform(low, high, (b, curves, count))).astype(int)
    tops = (random.random((b, curves, count)) * (n + lengths)).astype(int) - lengths
    for window, curve, span in np.ndindex(b, curves, count):
        top = tops[window, curve, span]
        hidden[window, curve, max(top, 0) : top + lengths[window, curve, span]] = True
    hidden &= batch.valid
    aug = batch.aug.copy()
    aug[:, :curves][hidden] = 0.0
    if aug.shape[1] > curves:
        aug[:, -curves:][hidden] = 0.0
    return Batch(aug, batch.res, batch.valid, hidden, batch.weights)


def iterate(
    batches: Batches, start: int, stop: int, *, workers: int = 0, pin: bool = False
) -> Iterator[Tensors]:
    """Yield the batches of iterations [start, stop) in order."""
    loader = DataLoader(
        batches,
        batch_size=None,
        sampler=range(start, stop),
        num_workers=workers,
        pin_memory=pin,
    )
    return iter(loader)


def seed_of(seed: int, process: int, iteration: int) -> int:
    """Return a seed for torch's generator, of one iteration in one process."""
    words = np.random.SeedSequence([seed, process, iteration]).generate_state(1, np.uint64)
    return int(words[0]) >> 1
