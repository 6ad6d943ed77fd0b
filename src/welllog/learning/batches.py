"""Batches by iteration: what is drawn depends on seed, process, iteration and purpose alone.

So an experiment that was broken off goes on with the very batches it would have had, with no state
of a random generator to keep, and processes beside the training one can cut windows ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from welllog.corpus import CHANNELS, PURPOSES, WindowSource
from welllog.neural import draw_line

__all__ = ["Batches", "Tensors", "iterate", "seed_of"]


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
    purpose: str = PURPOSES[0]
    """One of ``corpus.PURPOSES``; each has a stream of windows of its own."""

    def __getitem__(self, iteration: int) -> Tensors:
        """Draw the batch of an iteration."""
        batch = self.source.batch(self.size, self._random(iteration), self.purpose)
        x = batch.aug
        if self.fill == "linear":
            line = draw_line(x[:, : len(CHANNELS)], batch.valid & ~batch.hidden)
            x = np.concatenate([line, x[:, len(CHANNELS) :]], axis=1)
        arrays = (x, batch.res, batch.valid, batch.hidden)
        return Tensors(*(torch.from_numpy(array) for array in arrays))

    def wells(self, iteration: int) -> NDArray[np.intp]:
        """Return which well each window of a batch is of, as positions in the source's names."""
        return self.source.cut(self.size, self._random(iteration))[1]  # as ``batch`` begins

    def _random(self, iteration: int) -> np.random.Generator:
        stream = PURPOSES.index(self.purpose)
        return np.random.default_rng([self.seed, self.process, iteration, stream])


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
