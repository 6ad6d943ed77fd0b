"""Train the ``Perceptron`` on rows of many wells, with inputs dropped at random.

In bags grouped by well, as the trees are: a well that was in training is only ever predicted by
the networks that did not see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import one_hot, silu
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from welllog.features import (
    FEATURES_PER_CURVE,
    INPUTS,
    TARGETS,
    LogSet,
    curve_features,
    hidden_with,
)
from welllog.perceptron import GRID, Perceptron, Scale, to_grid
from welllog.progress import Progress

__all__ = ["PerceptronSettings", "fit_perceptrons"]

SmallArray = NDArray[np.float32]


@dataclass(frozen=True)
class PerceptronSettings:
    """How the networks are trained."""

    bags: int = 3
    """Groups of wells; each network leaves one out."""
    iterations: int = 6000
    batch: int = 1024
    """Rows an iteration."""
    width: int = 192
    """Units of a layer."""
    blocks: int = 3
    """Residual blocks of two layers."""
    dropout: float = 0.1
    noise: float = 0.03
    """Of the inputs, in spreads."""
    rate: float = 1.5e-3
    decay: float = 0.02
    """Weight decay."""
    samples_per_well: int = 4000
    """At most this many rows of one well, evenly spread."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.bags < 2:
            raise ValueError(f"bags is {self.bags}; each leaves wells out, use at least 2")


def fit_perceptrons(
    wells: Sequence[LogSet],
    scale: Scale,
    settings: PerceptronSettings | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> list[Perceptron]:
    """Train one network a bag.

    Parameters
    ----------
    wells : sequence of LogSet
        Wells of the same name are kept in one bag.
    scale : mapping
        Centre and spread of every input.
    settings : PerceptronSettings
    weights : mapping of well name to float, optional
        Weight of a well's rows, 1 where absent.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.
    """
    settings = settings or PerceptronSettings()
    names = sorted({well.well for well in wells})
    order = [names[i] for i in np.random.default_rng(settings.seed).permutation(len(names))]
    count = min(settings.bags, len(names))
    tables = [_table(well, scale, settings) for well in wells]
    networks = []
    for bag in range(count):
        left_out = set(order[bag::count])
        kept = [i for i, well in enumerate(wells) if well.well not in left_out]
        part = [
            np.full(len(tables[i][0]), (weights or {}).get(wells[i].well, 1.0), np.float32)
            for i in kept
        ]

        def tell(share: float, bag: int = bag) -> None:
            if progress:
                progress((bag + share) / count, f"network {bag + 1} of {count}")

        network = _train(
            np.concatenate([tables[i][0] for i in kept]),
            np.concatenate([tables[i][1] for i in kept]),
            np.concatenate(part),
            settings,
            settings.seed * 101 + bag,
            tell,
        )
        networks.append(Perceptron(network, scale, tuple(sorted(left_out))))
    return networks


def _table(
    logs: LogSet, scale: Scale, settings: PerceptronSettings
) -> tuple[SmallArray, SmallArray]:
    """Return the grid with nothing hidden (k, GRID) and the answers (k, t), NaN where null."""
    stride = max(1, -(-len(logs.depth) // settings.samples_per_well))
    rows = np.arange(stride // 2, len(logs.depth), stride)
    blocks = [
        curve_features(logs.curves[name], logs.step)[rows]
        if name in logs.curves
        else np.full((len(rows), FEATURES_PER_CURVE), np.nan)
        for name in INPUTS
    ]
    features = np.column_stack([*blocks, logs.depth[rows]]).astype(np.float32)
    answers = np.full((len(rows), len(TARGETS)), np.nan, np.float32)
    for place, target in enumerate(TARGETS):
        if target in logs.curves:
            centre, spread = scale[target]
            answers[:, place] = (logs.curves[target][rows] - centre) / spread
    told = np.isfinite(answers).any(axis=1)
    return to_grid(features[told], None, scale), answers[told]


class _Network(nn.Module):
    """``Perceptron`` in the making."""

    def __init__(self, settings: PerceptronSettings) -> None:
        super().__init__()
        width = settings.width
        self.first = nn.Linear(GRID + len(TARGETS), width)
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(settings.blocks)])
        self.ups = nn.ModuleList([nn.Linear(width, width) for _ in range(settings.blocks)])
        self.downs = nn.ModuleList([nn.Linear(width, width) for _ in range(settings.blocks)])
        self.last = nn.Linear(width, len(TARGETS))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, grid: Tensor, place: Tensor) -> Tensor:
        hidden = self.first(torch.cat([grid, one_hot(place, len(TARGETS)).to(grid.dtype)], 1))
        for norm, up, down in zip(self.norms, self.ups, self.downs, strict=True):
            hidden = hidden + down(self.dropout(silu(up(norm(hidden)))))
        answers: Tensor = self.last(silu(hidden))
        return answers.gather(1, place[:, None])[:, 0]


def _train(
    grid: SmallArray,
    answers: SmallArray,
    weight: SmallArray,
    settings: PerceptronSettings,
    seed: int,
    tell: Callable[[float], None],
) -> dict[str, SmallArray]:
    """Train one network and return its averaged weights under the names of ``Perceptron``."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = _Network(settings)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.998))  # type: ignore[no-untyped-call]
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=settings.decay)
    known = [np.flatnonzero(np.isfinite(answers[:, place])) for place in range(len(TARGETS))]
    chance = np.sqrt([len(rows) for rows in known])  # a curve of few wells counts less
    chance /= chance.sum()
    hidden = np.zeros((len(TARGETS), len(INPUTS)), bool)
    for place, target in enumerate(TARGETS):
        hidden[place, [INPUTS.index(name) for name in hidden_with(target) if name in INPUTS]] = True
    for iteration in range(settings.iterations):
        drawn = random.choice(len(TARGETS), settings.batch, p=chance)
        rows = np.array([known[p][int(random.random() * len(known[p]))] for p in drawn])
        shown = _drop(grid[rows], hidden[drawn], settings, random)
        fading = min(1.0, (iteration + 1) / 100, 1.3 * (1.0 - iteration / settings.iterations))
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * fading
        told = network(torch.from_numpy(shown), torch.from_numpy(drawn))
        error = told - torch.from_numpy(answers[rows, drawn])
        loss = (torch.from_numpy(weight[rows]) * error.pow(2)).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        average.update_parameters(network)
        tell((iteration + 1) / settings.iterations)
    return _named(average.module.state_dict())


def _drop(
    grid: SmallArray,
    hidden: NDArray[np.bool_],
    settings: PerceptronSettings,
    random: np.random.Generator,
) -> SmallArray:
    """Hide what goes with the target; drop inputs at random in half of the rows; add noise."""
    rate = random.uniform(0, 1, size=(len(grid), 1))
    rate[random.random(len(grid)) < 0.5] = 0.0
    dropped = hidden | (random.random(hidden.shape) < np.minimum(rate, 0.95))
    kept = ~dropped
    end = len(INPUTS) * FEATURES_PER_CURVE
    known = grid[:, end:-1] * kept
    noisy = grid[:, :end] + random.normal(0, settings.noise, (len(grid), end)).astype(np.float32)
    shown = noisy * np.repeat(known, FEATURES_PER_CURVE, axis=1)
    return np.column_stack([shown, known, grid[:, -1]]).astype(np.float32)


def _named(state: Mapping[str, Tensor]) -> dict[str, SmallArray]:
    stems = {"first": "in", "last": "out", "norms": "norm", "ups": "up", "downs": "down"}
    named = {}
    for name, tensor in state.items():
        parts = name.split(".")
        number = parts[1] if len(parts) == 3 else ""
        bias = ".bias" if parts[-1] == "bias" else ""
        named[f"{stems[parts[0]]}{number}{bias}"] = tensor.detach().numpy().astype(np.float32)
    return named
