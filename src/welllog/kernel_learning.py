"""Learn the kernels of ``deep_kernel`` from gaps simulated in wells.

The kernels are trained for what they are used for, the error and the likelihood of
the conditional mean and variance inside the interval, by going back through the solution of the
kriging equations (Wilson et al. 2016; Patacchiola et al. 2020, section 3). Errors are weighed by
how hard their curve and length are, so that no length buys its gain from another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import one_hot, silu
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from welllog.deep_kernel import (
    ALIKE,
    COLUMNS,
    CURVE_LENGTHS_M,
    FADE_M,
    JITTER,
    LINEAR_M,
    NOISE_FLOOR,
    OWN_COLUMNS,
    RESIDUAL_LENGTHS_M,
    SUMMARY,
    CurveKernel,
    DeepKernels,
    ResidualKernel,
)
from welllog.features import INPUTS, TARGETS
from welllog.kernel_lessons import (
    Draw,
    Episode,
    KernelSettings,
    Lesson,
    curve_episodes,
    residual_episodes,
    scale_of,
)
from welllog.progress import Progress

__all__ = ["learn_kernels"]

AVERAGE_DECAY = 0.998
"""Of the running average of the weights; less where iterations are few."""
LENGTH_EDGES_M = (10.0, 45.0, 170.0)
"""Bins of lengths whose difficulty is tracked apart."""


@dataclass(frozen=True)
class _Batch:
    """Episodes padded to one size; b episodes, s support samples, k scored ones."""

    place: Tensor
    told: Tensor
    """(b, s, c), or the summaries (b, c)."""
    told_at: Tensor
    depth: Tensor
    depth_at: Tensor
    values: Tensor
    answers: Tensor
    real: Tensor
    """1 at real support samples, 0 at padding, (b, s)."""
    scored: Tensor
    inputs: Tensor
    hardness: Tensor
    """Bin of the length, (b,)."""


def learn_kernels(
    lessons: Sequence[Lesson],
    settings: KernelSettings | None = None,
    *,
    progress: Progress | None = None,
) -> DeepKernels:
    """Learn both kernels.

    Parameters
    ----------
    lessons : sequence of Lesson
        Wells with forecasts of trees that have not seen them.
    settings : KernelSettings
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Raises
    ------
    ValueError
        Where no curve has enough samples to hide an interval of.
    """
    settings = settings or KernelSettings()
    scale = scale_of([lesson.logs for lesson in lessons])
    residual, curve = [], []
    for member in range(settings.members):
        own = replace(settings, seed=settings.seed + 1000 * member)

        def tell(share: float, message: str, member: int = member) -> None:
            if progress:
                progress((member + share) / settings.members, f"{message}, {member + 1}")

        torch.manual_seed(own.seed)
        pupil: _Pupil = _ResidualPupil(own)
        for share in _learn(pupil, residual_episodes(lessons, scale, own), own):
            tell(0.5 * share, "kernel of residuals")
        residual.append(ResidualKernel(pupil.weights()))
        pupil = _CurvePupil(own)
        for share in _learn(pupil, curve_episodes(lessons, scale, own), own):
            tell(0.5 + 0.5 * share, "kernel of curves")
        curve.append(CurveKernel(pupil.weights()))
    return DeepKernels(tuple(residual), tuple(curve), scale)


def _collate(episodes: Sequence[Episode]) -> _Batch:
    support = max(episode.support for episode in episodes)
    scored = max(len(episode.depth) - episode.support for episode in episodes)
    size = len(episodes)
    by_depth = episodes[0].told.ndim == 2
    width = episodes[0].told.shape[-1]
    told = np.zeros((size, support, width) if by_depth else (size, width), np.float32)
    told_at = np.zeros((size, scored, width) if by_depth else (0,), np.float32)
    depth, values, real = (np.zeros((size, support), np.float32) for _ in range(3))
    depth_at, answers, counted = (np.zeros((size, scored), np.float32) for _ in range(3))
    for row, episode in enumerate(episodes):
        near, count = episode.support, len(episode.depth) - episode.support
        if by_depth:
            told[row, :near], told_at[row, :count] = episode.told[:near], episode.told[near:]
        else:
            told[row] = episode.told
        depth[row, :near], depth_at[row, :count] = episode.depth[:near], episode.depth[near:]
        values[row, :near], answers[row, :count] = episode.values[:near], episode.values[near:]
        real[row, :near], counted[row, :count] = 1.0, 1.0
    lengths = torch.tensor([episode.length_m for episode in episodes])
    return _Batch(
        place=torch.tensor([episode.place for episode in episodes]),
        told=torch.from_numpy(told),
        told_at=torch.from_numpy(told_at),
        depth=torch.from_numpy(depth),
        depth_at=torch.from_numpy(depth_at),
        values=torch.from_numpy(values),
        answers=torch.from_numpy(answers),
        real=torch.from_numpy(real),
        scored=torch.from_numpy(counted),
        inputs=torch.tensor([float(episode.inputs) for episode in episodes]),
        hardness=torch.bucketize(lengths, torch.tensor(LENGTH_EDGES_M)),
    )


class _Pupil(nn.Module):
    """Shares of the kernel per curve, and a network of three layers."""

    def __init__(self, settings: KernelSettings, inputs: int, outputs: int, shares: list[float]):
        super().__init__()
        width = settings.width
        self.shares = nn.Parameter(torch.tensor(shares).log().repeat(len(TARGETS), 1))
        self.first = nn.Linear(inputs + len(TARGETS), width)
        self.middle = nn.Linear(width, width)
        self.last = nn.Linear(width, outputs)

    def network(self, told: Tensor, place: Tensor) -> Tensor:
        curve = one_hot(place, len(TARGETS)).to(told.dtype)
        if told.ndim == 3:
            curve = curve[:, None].expand(-1, told.shape[1], -1)
        hidden = silu(self.first(torch.cat([told, curve], -1)))
        answer: Tensor = self.last(silu(self.middle(hidden)))
        return answer

    def weights(self) -> dict[str, NDArray[np.float32]]:
        names = {"first": "in", "middle": "middle", "last": "out"}
        result = {}
        for name, tensor in self.state_dict().items():
            stem, _, part = name.partition(".")
            renamed = names.get(stem, stem) + (".bias" if part == "bias" else "")
            result[renamed] = tensor.detach().numpy().astype(np.float32)
        return result


class _ResidualPupil(_Pupil):
    """``ResidualKernel`` in the making."""

    def __init__(self, settings: KernelSettings) -> None:
        shares = [0.05, 0.10, 0.03, 0.12, 0.03, 0.2, 0.6, 0.05]
        super().__init__(settings, COLUMNS, 2 * settings.latent + 2, shares)
        self.noise = nn.Parameter(torch.full((len(TARGETS),), 0.04).log())
        metric = torch.zeros(len(TARGETS), len(INPUTS) * OWN_COLUMNS + 1)
        metric[:, -1] = np.log(1.5)  # boosting's own prediction says more than a log
        self.metric = nn.Parameter(metric - np.log(1.7))
        self.latent = settings.latent
        with torch.no_grad():
            self.last.weight[: self.latent] *= 0.2
            self.last.weight[-2:] = 0.0
            self.last.bias[-2:] = 0.0

    def forward(self, batch: _Batch) -> tuple[Tensor, Tensor]:
        here, there = self._told(batch.told, batch), self._told(batch.told_at, batch)
        noise, noise_at = self._noise(here[2], batch), self._noise(there[2], batch)
        inside = self._covariance(batch, batch.depth, batch.depth, here, here)
        across = self._covariance(batch, batch.depth_at, batch.depth, there, here)
        own = self.shares[batch.place].exp().sum(1, keepdim=True)
        mean, variance = _condition(
            inside, across, noise, noise_at, own, batch.values - here[3], batch.real
        )
        return mean + there[3], variance

    def _told(self, told: Tensor, batch: _Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        out = self.network(told, batch.place)
        compared = told[..., : len(INPUTS) * OWN_COLUMNS + 1]
        compared = compared * self.metric[batch.place].exp()[:, None]
        compared = compared / torch.sqrt(OWN_COLUMNS * batch.inputs + 1.0)[:, None, None]
        likeness = torch.cat([compared, out[..., : self.latent]], -1)
        return likeness, out[..., self.latent : -2], out[..., -2], out[..., -1]

    def _noise(self, told: Tensor, batch: _Batch) -> Tensor:
        noise = (self.noise[batch.place][:, None] + 2.0 * torch.tanh(told)).exp()
        return noise.clamp_min(NOISE_FLOOR)

    def _covariance(
        self,
        batch: _Batch,
        one: Tensor,
        other: Tensor,
        told: tuple[Tensor, ...],
        told_other: tuple[Tensor, ...],
    ) -> Tensor:
        shares = self.shares[batch.place].exp()
        terms, apart = _depth_terms(one, other, RESIDUAL_LENGTHS_M)
        total = torch.einsum("bkij,bk->bij", terms, shares[:, :5]) + shares[:, 5, None, None]
        squared = _squared_distances(told[0], told_other[0])
        likeness = torch.exp(ALIKE - (squared + ALIKE**2).sqrt() - apart / FADE_M)
        character = torch.exp(-0.5 * _squared_distances(told[1], told_other[1]))
        return total + likeness * shares[:, 6, None, None] + character * shares[:, 7, None, None]


class _CurvePupil(_Pupil):
    """``CurveKernel`` in the making."""

    def __init__(self, settings: KernelSettings) -> None:
        shares = [0.15, 0.15, 0.1, 0.2, 0.1, 0.2, 0.05, 0.2, 0.02, 0.03]
        super().__init__(settings, SUMMARY, len(shares), shares)
        with torch.no_grad():
            self.last.weight *= 0.05
            self.last.bias.zero_()

    def forward(self, batch: _Batch) -> tuple[Tensor, Tensor]:
        change = torch.tanh(self.network(batch.told, batch.place))
        shares = (self.shares[batch.place] + 2.0 * change).exp()
        scored = batch.scored.sum(1, keepdim=True)
        middle = (batch.depth_at * batch.scored).sum(1, keepdim=True) / scored
        along, along_at = (batch.depth - middle) / LINEAR_M, (batch.depth_at - middle) / LINEAR_M

        def covariance(one: Tensor, other: Tensor, line: Tensor, line_other: Tensor) -> Tensor:
            terms, _ = _depth_terms(one, other, CURVE_LENGTHS_M)
            trend = shares[:, -2, None, None] * line[:, :, None] * line_other[:, None, :]
            total = torch.einsum("bkij,bk->bij", terms, shares[:, :7])
            return total + shares[:, -3, None, None] + trend

        noise = shares[:, -1:].clamp_min(NOISE_FLOOR)
        own = shares[:, :-2].sum(1, keepdim=True) + shares[:, -2:-1] * along_at**2
        return _condition(
            covariance(batch.depth, batch.depth, along, along),
            covariance(batch.depth_at, batch.depth, along_at, along),
            noise.expand_as(batch.depth),
            noise.expand_as(batch.depth_at),
            own,
            batch.values,
            batch.real,
        )


def _depth_terms(one: Tensor, other: Tensor, lengths: Sequence[float]) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        apart = (one[:, :, None] - other[:, None, :]).abs()
        return torch.stack([torch.exp(-apart / length) for length in lengths], 1), apart


def _squared_distances(one: Tensor, other: Tensor) -> Tensor:
    own, their = one.pow(2).sum(-1), other.pow(2).sum(-1)
    squared = own[:, :, None] + their[:, None, :] - 2.0 * one @ other.transpose(1, 2)
    return squared.clamp_min(0.0)


def _condition(
    inside: Tensor,
    across: Tensor,
    noise: Tensor,
    noise_at: Tensor,
    own: Tensor,
    values: Tensor,
    real: Tensor,
) -> tuple[Tensor, Tensor]:
    """Do what ``deep_kernel._condition`` does, for a batch whose support is padded."""
    count = real.sum(1, keepdim=True)
    centre = (values * real).sum(1, keepdim=True) / count
    matrix = inside * real[:, :, None] * real[:, None, :]
    matrix = matrix + torch.diag_embed((noise + JITTER) * real + (1.0 - real))
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if failed.any():  # single precision: more noise on what could not be factorised
        more = 0.05 * (failed > 0).to(matrix.dtype)[:, None, None] * torch.eye(matrix.shape[1])
        factor = torch.linalg.cholesky(matrix + more)
    right = torch.cat(
        [(across * real[:, None]).transpose(1, 2), ((values - centre) * real)[..., None]], -1
    )
    whitened = torch.linalg.solve_triangular(factor, right, upper=False)
    weights, known = whitened[..., :-1], whitened[..., -1:]
    mean = (weights * known).sum(1) + centre
    scale = (known.pow(2).sum(1) / count).clamp_min(1e-5)
    variance = (own - weights.pow(2).sum(1)).clamp_min(1e-4) + noise_at
    return mean, scale * variance


def _learn(
    pupil: _Pupil,
    draw: Draw,
    settings: KernelSettings,
) -> Iterator[float]:
    """Train a pupil; yield the share done after every iteration.

    At the end it holds the running average of its weights (Izmailov et al. 2018): gaps are few and
    their errors heavy-tailed, so that the last iterations would count too much.
    """
    random, iterations = np.random.default_rng(settings.seed), settings.iterations
    network = [p for module in (pupil.first, pupil.middle, pupil.last) for p in module.parameters()]
    chosen = {id(parameter) for parameter in network}
    others = [p for p in pupil.parameters() if id(p) not in chosen]
    rates = (10.0 * settings.rate, settings.rate)
    optimiser = torch.optim.AdamW(
        [{"params": others, "weight_decay": 0.0}, {"params": network, "weight_decay": 1e-2}]
    )
    decay = min(AVERAGE_DECAY, 1.0 - 10.0 / iterations) if iterations > 10 else 0.0
    average = AveragedModel(pupil, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]
    hardness = torch.full((len(TARGETS), len(LENGTH_EDGES_M) + 1), 0.3)
    for iteration in range(iterations):
        episodes: list[Episode] = []
        while len(episodes) < settings.batch:
            episode = draw(random)
            if episode is not None:
                episodes.append(episode)
        batch = _collate(episodes)
        fading = min(1.0, 2.5 * (1.0 - iteration / iterations), (iteration + 1) / 50)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * fading
        mean, variance = pupil(batch)
        error = (mean - batch.answers) * batch.scored
        count = batch.scored.sum(1)
        squared = error.pow(2).sum(1) / count
        typical = hardness[batch.place, batch.hardness]
        for row in range(len(episodes)):
            place, bin_ = int(batch.place[row]), int(batch.hardness[row])
            seen = min(float(squared[row].detach().sqrt()), 1.5)
            hardness[place, bin_] += 0.01 * (seen - hardness[place, bin_])
        unlikely = 0.5 * (variance.log() + error.pow(2) / variance) * batch.scored
        loss = (squared / typical**2).mean()
        loss = loss + settings.likelihood_weight * (unlikely.sum(1) / count).mean()
        optimiser.zero_grad()
        if torch.isfinite(loss):
            loss.backward()
            torch.nn.utils.clip_grad_norm_(pupil.parameters(), 1.0)
            optimiser.step()
            average.update_parameters(pupil)
        if iteration + 1 == iterations:
            pupil.load_state_dict(average.module.state_dict())
        yield (iteration + 1) / iterations
