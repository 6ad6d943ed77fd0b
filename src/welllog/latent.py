"""The space of a generator's noise: maps of what it answers there, walks, what its layers do.

The noise is a field, one number a sample. A plane of it, or a cube, is spanned by fields drawn
once: a point of the plane is how much of each goes in. The origin is no noise, a restoration's
answer (of one window around the interval); at distance 1 the noise is as strong as in training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.corpus import CHANNELS, STEP_M, on_common_step
from welllog.features import LogSet, from_model_space, hidden_with, well_as_seen
from welllog.latent_limits import REACH
from welllog.mnemonics import catalogue
from welllog.neural import TIE_M, Neural
from welllog.progress import Progress
from welllog.splicing import tie_edges

if TYPE_CHECKING:
    from torch import nn

    from welllog.well import Well

__all__ = [
    "DIRECTIONS",
    "Facies",
    "Landscape",
    "LatentError",
    "LatentSpace",
    "in_unit",
    "metres_of",
    "middle_interval",
    "middle_length",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DIRECTIONS = 3
"""Fields that span the space: two for a map, three for a cube."""
FACIES = 4
FEWEST_ROWS = 200
"""Rows where all curves of a classification are measured."""
CLASSIFIED_BY = ("GR", "RHOB", "NPHI", "DTC", "RDEP")
AT_ONCE = 16
"""Points that go through the network together."""


class LatentError(ValueError):
    """The noise of this model cannot be explored here; says why, and what to do."""


def _is_layer(part: nn.Module) -> bool:
    from torch.nn import RNNBase

    from welllog.networks.recurrent import BothWays, PeepholeLSTM

    if isinstance(part, (RNNBase, PeepholeLSTM)):
        return False  # they are asked for a segment at a time, or for two at once, by BothWays
    own = part.parameters(recurse=False)
    return isinstance(part, BothWays) or any(weights.ndim > 1 for weights in own)


def middle_interval(neural: Neural, logs: LogSet, target: str) -> tuple[float, float]:
    """Return top and base (m) of an interval in the middle of where a curve is measured.

    It is ``middle_length`` long.

    Raises
    ------
    LatentError
        The network does not know the curve, or it is not measured in the well.
    """
    _check_target(neural, target)
    known = np.flatnonzero(np.isfinite(logs.curves.get(target, np.nan)))
    if not len(known):
        raise LatentError(f"{logs.well} has no {target} that is measured; name an interval")
    length = middle_length(neural)
    top = float(logs.depth[known[len(known) // 2]]) - length / 2.0
    return top, top + length


def middle_length(neural: Neural) -> float:
    """Return 20 m, or half of the network's window where that is less."""
    return min(20.0, 0.5 * neural.outlook.windows.window * STEP_M)


def metres_of(well: Well) -> float:
    """Return how many metres an index value is; in an unknown unit it is taken as it is."""
    factor = well.metres_per_unit
    return 1.0 if np.isnan(factor) else factor


def _check_target(neural: Neural, target: str) -> None:
    if target not in neural.targets:
        have = ", ".join(neural.targets)
        raise LatentError(f"{neural.name} does not predict {target}; it predicts {have}")


def _edges_of(logs: LogSet, target: str, top: float, base: float) -> tuple[float, float]:
    """Return the samples of a curve that lie next to an interval; NaN where none was measured."""
    values = np.r_[np.nan, logs.curves.get(target, np.full(len(logs.depth), np.nan)), np.nan]
    half = 0.01 * logs.step  # as rows_between has it
    above = np.searchsorted(logs.depth, top - half)
    below = np.searchsorted(logs.depth, base + half, side="right")
    return float(values[above]), float(values[below + 1])


def in_unit(curve: str, values: ArrayLike) -> FloatArray:
    """Return values of a curve out of model space, in the catalogue's unit."""
    return from_model_space(np.asarray(values, dtype=np.float64), catalogue().kinds[curve])


@dataclass(frozen=True)
class Facies:
    """Classes of rock as the logs of one well have them: k-means of its measured samples."""

    curves: tuple[str, ...]
    centre: FloatArray
    """Shape (c,), model space."""
    spread: FloatArray
    """Shape (c,)."""
    means: FloatArray
    """Shape (k, c), in spreads from the centre, ordered by the first curve."""

    @classmethod
    def of(cls, logs: LogSet, target: str, seed: int = 0) -> Facies | None:
        """Find the classes of a well; None where the target is known too little, or does not vary.

        With it, curves that are measured in enough of the same rows tell classes apart.
        """
        from sklearn.cluster import KMeans

        chosen: list[str] = []
        known = np.ones(len(logs.depth), bool)
        for name in (target, *(n for n in CLASSIFIED_BY if n not in hidden_with(target))):
            both = known & np.isfinite(logs.curves.get(name, np.nan))
            if both.sum() >= FEWEST_ROWS:
                chosen.append(name)
                known = both
            elif name == target:
                return None
        values = np.column_stack([logs.curves[name][known] for name in chosen])
        if len(np.unique(values, axis=0)) < FACIES:
            return None
        centre, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
        means = KMeans(FACIES, n_init=4, random_state=seed % 2**32).fit((values - centre) / spread)
        found: FloatArray = means.cluster_centers_
        return cls(tuple(chosen), centre, spread, found[np.argsort(found[:, 0])])

    @property
    def units(self) -> list[str]:
        """The unit of each curve, as the catalogue has it."""
        return [catalogue().kinds[name].unit for name in self.curves]

    @property
    def readings(self) -> FloatArray:
        """What each class reads on the mean, shape (k, c), in the curves' units."""
        means = self.means * self.spread + self.centre
        for column, name in enumerate(self.curves):
            means[:, column] = in_unit(name, means[:, column])
        return means

    @property
    def names(self) -> list[str]:
        """What each class is: its number from 1, and the mean of every curve it is told by."""
        return [
            f"{number}: "
            + ", ".join(
                f"{name} {value:.3g} {unit}"
                for name, value, unit in zip(self.curves, means, self.units, strict=True)
            )
            for number, means in enumerate(self.readings, start=1)
        ]

    def classify(self, values: FloatArray) -> IntArray:
        """Return the nearest class of samples, (..., c) in model space -> (...)."""
        scaled = (values - self.centre) / self.spread
        apart = ((scaled[..., None, :] - self.means) ** 2).sum(axis=-1)
        nearest: IntArray = np.argmin(apart, axis=-1)
        return nearest


@dataclass(frozen=True)
class Landscape:
    """What is generated at the points of a plane or a cube; arrays over the grid, first axis x."""

    coordinates: FloatArray
    """Shape (g,), the same along every axis."""
    mean: FloatArray
    """Mean of the fill, model space; (g, g) or (g, g, g)."""
    roughness: FloatArray
    """Root mean square of its steps from sample to sample, model space."""
    facies: IntArray | None
    """The class that most samples of the fill fall in."""
    shares: FloatArray | None
    """Share of the samples in every class, (..., k)."""


class LatentSpace:
    """The noise of a network, for one interval of one curve: its condition.

    Parameters
    ----------
    neural : Neural
    logs : LogSet
        The well.
    target : str
        The curve, canonical.
    top, base : float, m
        The interval that is hidden and answered.
    seed : int
        Of the fields that span the space.

    Raises
    ------
    LatentError
        The network does not know the curve, or the interval is empty or longer than its window.
    """

    def __init__(
        self, neural: Neural, logs: LogSet, target: str, top: float, base: float, seed: int = 0
    ) -> None:
        _check_target(neural, target)
        self.neural, self.target = neural, target
        size = neural.outlook.windows.window
        common = on_common_step(logs)
        rows = common.rows_between(top, base)
        if not rows.any():
            raise LatentError(
                f"no sample of the well lies in {top:g}-{base:g} m; it reaches from "
                f"{logs.depth[0]:g} to {logs.depth[-1]:g} m"
            )
        first, last = np.flatnonzero(rows)[[0, -1]]
        if last - first >= size:
            raise LatentError(
                f"{base - top:g} m is longer than the network's window of "
                f"{size * common.step:.0f} m; take a shorter interval"
            )
        # In the middle of a window inside the well; a shorter well lies in the middle of one.
        spare = len(rows) - size
        start = min(max((first + last + 1 - size) // 2, 0), spare) if spare > 0 else spare // 2
        self._rows = np.arange(first, last + 1)
        """Rows of the well on the common step, shape (k,)."""
        self._inside = self._rows - start
        """The same in the window."""
        # Hidden before it is brought to the common step, which would mix it with what is visible.
        bare = logs.hide(logs.rows_between(top, base), hidden_with(target))
        self._hidden = on_common_step(bare).hide(rows, hidden_with(target))
        self._edges = _edges_of(logs, target, top, base)
        self.depth: FloatArray = common.depth[rows]
        """m, shape (k,)."""
        self.measured: FloatArray = common.curves.get(target, np.full(len(rows), np.nan))[rows]
        """What the curve reads there, NaN where it was not measured; model space, shape (k,)."""
        self.facies = Facies.of(self._hidden, target, seed)
        outlook, place = neural.outlook, CHANNELS.index(target)
        self.error = float(outlook.scaling.spread[place] * outlook.residual[place])
        """How far the network errs on wells held out, model space."""
        random = np.random.default_rng(seed)
        channels = neural.outlook.network.noise_channels
        self._fields = random.standard_normal((DIRECTIONS, channels, size), dtype=np.float32)
        self._shown = neural.shown(self._hidden, int(start))

    @classmethod
    def of(
        cls,
        neural: Neural,
        well: Well,
        target: str,
        interval: Sequence[float] | None = None,
        seed: int = 0,
    ) -> LatentSpace:
        """Return the space for an interval of a well, top and base in the unit of its index.

        None is ``middle_interval``. Raises as the class does.
        """
        logs, metres = well_as_seen(well), metres_of(well)
        try:
            if interval is None:
                return cls(neural, logs, target, *middle_interval(neural, logs, target), seed)
            top, base = (depth * metres for depth in interval)
            return cls(neural, logs, target, top, base, seed)
        except LatentError as error:
            if metres == 1.0:
                raise
            raise LatentError(f"{error} (1 m is {1.0 / metres:.4g} {well.index_unit})") from error

    def answers(self, points: ArrayLike, progress: Progress | None = None) -> FloatArray:
        """Generate the fill at points of the space.

        Parameters
        ----------
        points : array, shape (m, d)
            d up to 3; what is not given is 0.
        progress : callable, optional
            Called with the share done and a message; whatever it raises stops the work.

        Returns
        -------
        array, shape (m, k)
            Model space, tied to the measured samples at its edges as a restoration's is.
        """
        fills = [self._tied(values) for values in self._at(points, progress)]
        return np.concatenate(fills) if fills else np.empty((0, len(self.depth)))

    def walk(self, start: ArrayLike, stop: ArrayLike, steps: int = 9) -> FloatArray:
        """Generate the fills along a straight line between two points, shape (steps, k)."""
        share = np.linspace(0.0, 1.0, steps)[:, None]
        return self.answers((1.0 - share) * np.asarray(start) + share * np.asarray(stop))

    def plane(
        self,
        count: int = 17,
        *,
        axes: tuple[int, int] = (0, 1),
        through: Sequence[float] = (0.0, 0.0, 0.0),
        progress: Progress | None = None,
    ) -> Landscape:
        """Map the plane of two axes through a point: ``count`` points a side."""
        along = np.linspace(-REACH, REACH, count)
        points = np.tile(np.asarray(through, float), (count, count, 1))
        points[..., axes[0]], points[..., axes[1]] = along[:, None], along[None, :]
        return self._landscape(along, points, progress)

    def cube(self, count: int = 9, progress: Progress | None = None) -> Landscape:
        """Map all three axes: ``count`` points a side; its sections are slices of the arrays."""
        along = np.linspace(-REACH, REACH, count)
        points = np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1)
        return self._landscape(along, points, progress)

    def activations(self, point: ArrayLike) -> list[tuple[str, float]]:
        """Return the mean absolute activation of every layer at a point, as they come to work.

        A layer is a module with a matrix of weights of its own, or a recurrent one both ways. Noise
        enters the decoder alone: the encoder's are the same everywhere.
        """
        import torch

        found: dict[str, float] = {}
        here = get_ident()  # the model may be at work elsewhere too

        def keep(name: str) -> Callable[[nn.Module, object, object], None]:
            def hook(_: nn.Module, __: object, given: object) -> None:
                answer = given[0] if isinstance(given, tuple) else given
                if isinstance(answer, torch.Tensor) and get_ident() == here:
                    found[name] = float(answer.abs().mean())

            return hook

        handles = [
            part.register_forward_hook(keep(name))
            for name, part in self.neural.generator.named_modules()
            if _is_layer(part)
        ]
        try:
            self.answers(np.atleast_2d(np.asarray(point, float)))
        finally:
            for handle in handles:
                handle.remove()
        return list(found.items())

    def variety(self, count: int = 16, seed: int = 0) -> float:
        """Return how far answers to noises as in training scatter, over how far the network errs.

        1 where noise says as much as is not known, 0 where it is ignored: root mean square
        deviation of ``count`` fills over the error that was measured on wells held out. Neither is
        tied to measured samples, which would hold the fills of a short interval together.
        """
        channels, size = self._fields.shape[1:]
        random = np.random.default_rng([seed, 1])
        noises = random.standard_normal((count, channels, size), dtype=np.float32)
        answers = np.concatenate(list(self._answered(noises, None)))
        fills = answers[:, CHANNELS.index(self.target)]
        return float(np.sqrt(fills.var(axis=0, ddof=1).mean()) / self.error)

    def _landscape(
        self, along: FloatArray, points: FloatArray, progress: Progress | None
    ) -> Landscape:
        shape = points.shape[:-1]
        means, rough, shares = [], [], []
        for values in self._at(points.reshape(-1, points.shape[-1]), progress):
            fills = self._tied(values)
            means.append(fills.mean(axis=1))
            steps = np.diff(fills, axis=1)
            rough.append(np.sqrt((steps**2).mean(axis=1)) if steps.size else 0.0 * means[-1])
            if self.facies is not None:
                found = self.facies.classify(self._classified(self.facies, values, fills))
                shares.append((found[..., None] == np.arange(FACIES)).mean(axis=1))
        of_class = np.concatenate(shares).reshape(*shape, FACIES) if shares else None
        return Landscape(
            along,
            np.concatenate(means).reshape(shape),
            np.concatenate(rough).reshape(shape),
            None if of_class is None else of_class.argmax(axis=-1),
            of_class,
        )

    def _at(self, points: ArrayLike, progress: Progress | None) -> Iterator[FloatArray]:
        """Answer to the noise at points, as ``_answered``."""
        places = np.atleast_2d(np.asarray(points, np.float32))
        if places.shape[1] > DIRECTIONS:
            raise ValueError(f"a point has up to {DIRECTIONS} coordinates, not {places.shape[1]}")
        noises = np.tensordot(places, self._fields[: places.shape[1]], axes=1)
        yield from self._answered(noises, progress)

    def _answered(
        self, noises: NDArray[np.float32], progress: Progress | None
    ) -> Iterator[FloatArray]:
        """Yield all curves in the interval as the network gives them, (b, 11, k), in parts."""
        for start in range(0, len(noises), AT_ONCE):
            if progress:
                progress(start / len(noises), "generating")
            z = noises[start : start + AT_ONCE]
            yield self.neural.answer_window(self._shown, z)[..., self._inside]

    def _tied(self, values: FloatArray) -> FloatArray:
        """Return fills, (b, 11, k) -> (b, k), shifted to meet the measured samples on either side.

        As a restoration's are.
        """
        above, below = self._edges
        rows = np.ones(values.shape[-1] + 2, bool)
        rows[[0, -1]] = False
        joined = [np.r_[above, fill, below] for fill in values[:, CHANNELS.index(self.target)]]
        reach = TIE_M / self._hidden.step
        return np.stack([tie_edges(one, rows, np.isfinite(one), reach)[1:-1] for one in joined])

    def _classified(self, facies: Facies, values: FloatArray, fills: FloatArray) -> FloatArray:
        """Return what classes are told by, (b, k, c): measured where visible, else generated."""
        columns = []
        for name in facies.curves:
            if name == self.target:
                columns.append(fills)
                continue
            seen = self._hidden.curves[name][self._rows]
            columns.append(np.where(np.isfinite(seen), seen, values[:, CHANNELS.index(name)]))
        return np.stack(columns, axis=-1)
