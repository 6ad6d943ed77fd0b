"""Which of two fragments lies above the other: a task that needs no labels, for the encoder alone.

Doersch et al. 2015 (Unsupervised visual representation learning by context prediction, section 3),
in one dimension: two fragments of one window are shown in random order. Rock compacts, and tools
see it, so that what tells the order is what tells depth from lithology.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from welllog.corpus import WindowSource
from welllog.learning.batches import Batches, seed_of
from welllog.learning.players import rate_at
from welllog.learning.settings import ExperimentSettings
from welllog.networks import build_generator
from welllog.progress import Progress

__all__ = ["OrderNetwork", "learn_order"]

FRAGMENT = 512
"""Samples of a fragment; the two lie at least as much apart as chance has it, and never overlap."""


class OrderNetwork(nn.Module):
    """An encoder and one number for each fragment: the higher number lies deeper."""

    def __init__(self, encoder: nn.Module, inputs: int) -> None:
        super().__init__()
        self.encoder = encoder
        with torch.no_grad():
            pooled = self._pool(torch.zeros(1, inputs, 64))
        self.depth = nn.Linear(pooled.shape[1], 1)

    def forward(self, x: Tensor) -> Tensor:
        """Rank fragments: (b, inputs, n) -> (b,)."""
        ranks: Tensor = self.depth(self._pool(x))[:, 0]
        return ranks

    def _pool(self, x: Tensor) -> Tensor:
        found = self.encoder(x)
        if isinstance(found, list):  # a U-Net gives all its levels
            found = found[-1]
        return torch.cat([found.mean(-1), found.amax(-1)], 1)  # (b, c, n) -> (b, 2 c)


def learn_order(
    source: WindowSource,
    settings: ExperimentSettings,
    device: torch.device,
    first: Mapping[str, Tensor] | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, Tensor], float]:
    """Train an encoder to tell which of two fragments lies deeper.

    It begins with the generator's weights ``first``, where there are any. It is short and starts
    over where it is broken off.

    Returns
    -------
    dict, float
        Weights of a whole generator whose encoder has learnt, for ``Experiment.weights``; and the
        share of pairs put in order over the last tenth of the iterations.
    """
    torch.manual_seed(settings.seed)
    generator = build_generator(settings.generator)
    if first is not None:
        generator.load_state_dict(first)
    network = OrderNetwork(generator.encoder, settings.generator.inputs).to(device)
    batches = Batches(source, settings.batch, settings.seed + 1, fill=settings.fill)
    optimiser = AdamW(network.parameters(), weight_decay=settings.weight_decay)
    right: list[float] = []
    told = 0.0
    for iteration in range(settings.iterations):
        torch.manual_seed(seed_of(settings.seed + 1, 0, iteration))
        upper, lower = cut_fragments(batches[iteration].x.to(device))
        # In one pass, as normalisation over two batches would take the levels out; and the
        # difference of two ranks, so that no order of showing them can be a hint.
        below, above = network(torch.cat([lower, upper])).chunk(2)
        deeper = below - above
        loss = functional.softplus(-deeper).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * rate_at(iteration, settings)
        optimiser.step()
        optimiser.zero_grad()
        right.append(float((deeper > 0).float().mean()))
        if progress and time.perf_counter() - told > 0.3:
            told = time.perf_counter()
            recent = right[-50:]
            progress(
                (iteration + 1) / settings.iterations,
                f"order of fragments, iteration {iteration + 1} of {settings.iterations}, "
                f"{sum(recent) / len(recent):.0%} right",
            )
    last = right[-max(1, len(right) // 10) :]
    weights = {name: tensor.detach().cpu() for name, tensor in generator.state_dict().items()}
    return weights, sum(last) / len(last)


def cut_fragments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Cut two fragments of each window, the upper and the lower: (b, c, n) -> 2 x (b, c, 512).

    Their places are drawn from torch's generator, one pair for the batch. What masks there are
    stays: a window's own gaps lie in both.
    """
    n = x.shape[-1]
    size = min(FRAGMENT, n // 2)
    spare = n - 2 * size
    first, second = sorted(torch.randint(spare + 1, (2,)).tolist())
    return x[..., first : first + size], x[..., second + size : second + 2 * size]
