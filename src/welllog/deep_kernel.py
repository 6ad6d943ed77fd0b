"""Kriging with kernels that were learnt: which depths of a well resemble each other.

Two kernels, both trained over thousands of simulated gaps (``kernel_learning``) and used here with
numpy alone:

- ``ResidualKernel`` for what boosting leaves, where other logs are visible. Two depths are alike
  where their logs, as a small network describes them, are alike (deep kernel learning: Wilson et
  al. 2016, AISTATS; shared between tasks: Patacchiola et al. 2020, NeurIPS).
- ``CurveKernel`` for the curve itself, where every other log is missing. Its shares of depth terms
  follow from how the curve looks around the gap.

In both the variance is the well's own, estimated from the visible samples as in ``kriging``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from welllog.features import INPUTS, TARGETS, LogSet, hidden_with, surroundings
from welllog.kriging import choose_support, one_blas_thread
from welllog.perceptron import Scale, check_shapes, read_tensors, silu

__all__ = [
    "CURVE_LENGTHS_M",
    "RESIDUAL_LENGTHS_M",
    "CurveKernel",
    "DeepKernels",
    "ResidualKernel",
    "Scale",
    "View",
    "average",
    "summary_of",
    "view_well",
]

FloatArray = NDArray[np.float64]
SmallArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
Rows = NDArray[np.intp]

SUPPORT = 512
"""Visible samples that a prediction rests on."""
RESIDUAL_LENGTHS_M = (0.6, 2.0, 8.0, 30.0, 150.0)
CURVE_LENGTHS_M = (0.7, 2.0, 6.0, 18.0, 55.0, 170.0, 500.0)
FADE_M = 1500.0
"""Depth distance over which likeness of logs loses its meaning."""
LINEAR_M = 300.0
"""Depth over which a trend of the curve grows by one share."""
OWN_COLUMNS = 5
"""Columns of ``surroundings``, which describe a curve relative to its well."""
COLUMNS = len(INPUTS) * (OWN_COLUMNS + 2) + 3
ALIKE = 0.01
"""Distance in likeness at which a kernel that would have a kink at 0 is round. It is added to the
square, which keeps the kernel positive definite (Schoenberg 1938: completely monotone in the
squared distance); a floor does not."""
NOISE_FLOOR = 5e-3
JITTER = 1e-3
ENOUGH = 0.9
"""Share of a gap that a log must be visible in to count there."""


@dataclass(frozen=True)
class View:
    """A well as the residual kernel sees it; c = len(INPUTS), in their order."""

    depth: FloatArray
    """m, shape (n,)."""
    own: SmallArray
    """Curves relative to their well's mean and deviation, shape (n, c, 5); 0 where unknown."""
    level: SmallArray
    """Curves relative to the training wells, shape (n, c); 0 where unknown."""
    known: BoolArray
    """Shape (n, c)."""

    def inputs(self, target: str, visible: Rows, top: int, base: int) -> list[int]:
        """Choose the logs to compare depths by: visible in the gap, and often outside it."""
        hidden = hidden_with(target)
        return [
            place
            for place, name in enumerate(INPUTS)
            if name not in hidden
            and self.known[top:base, place].mean() >= ENOUGH
            and self.known[visible[::7], place].mean() >= 0.3
        ]

    def support(self, inputs: list[int], visible: Rows, top: int, base: int, count: int) -> Rows:
        """Choose visible rows to predict rows [top, base) from, where ``inputs`` are known."""
        whole = visible[self.known[visible][:, inputs].all(axis=1)] if inputs else visible
        if len(whole) < min(100, len(visible)):
            whole = visible
        near = choose_support(
            self.depth[whole], float(self.depth[top]), float(self.depth[base - 1]), count
        )
        return whole[near]

    def describe(
        self, rows: Rows, inputs: list[int], predicted: FloatArray, support: FloatArray
    ) -> SmallArray:
        """Return what the network is told of some rows, shape (k, COLUMNS).

        Parameters
        ----------
        rows : array of int, shape (k,)
        inputs : list of int
            Places of the logs that may be looked at.
        predicted : array, shape (k,)
            Boosting's prediction, in spreads of the training wells.
        support : array, shape (s,)
            The same at the support.
        """
        use = np.zeros(len(INPUTS), np.float32)
        use[inputs] = 1.0
        relative = (predicted - support.mean()) / (support.std() + 1e-6)
        return np.column_stack(
            [
                (self.own[rows] * use[:, None]).reshape(len(rows), -1),
                relative,
                predicted,
                self.depth[rows] / 1000.0 - 2.0,
                self.known[rows] * use,
                self.level[rows] * use,
            ]
        ).astype(np.float32)


def view_well(logs: LogSet, scale: Scale) -> View:
    """Work out what the residual kernel needs of a well."""
    count = len(logs.depth)
    own = np.zeros((count, len(INPUTS), OWN_COLUMNS), np.float32)
    level = np.zeros((count, len(INPUTS)), np.float32)
    known = np.zeros((count, len(INPUTS)), bool)
    for place, name in enumerate(INPUTS):
        values = logs.curves.get(name)
        if values is None or np.isfinite(values).sum() < 2:
            continue
        columns = surroundings(values, logs.step) - np.nanmean(values)
        columns /= np.nanstd(values) + 1e-9
        known[:, place] = np.isfinite(columns).all(axis=1)
        own[:, place] = np.where(known[:, place, None], columns, 0.0)
        centre, spread = scale[name]
        level[:, place] = np.clip(
            np.where(known[:, place], (values - centre) / spread, 0.0), -5.0, 5.0
        )
    return View(logs.depth, own, level, known)


@dataclass(frozen=True)
class ResidualKernel:
    """The learnt kernel of boosting's residual.

    Parameters
    ----------
    weights : mapping of name to array
        ``shares`` (t, 8): logarithms of the shares of five depth terms, the constant, likeness and
        character; ``noise`` (t,): logarithm of the nugget; ``metric`` (t, 56): logarithms of the
        weights of the columns compared as they are; ``in``, ``middle``, ``out`` with their
        ``.bias``: the layers of the network. t = len(TARGETS).
    """

    weights: Mapping[str, SmallArray]

    def krige(
        self, target: str, told: SmallArray, depth: FloatArray, values: FloatArray, inputs: int
    ) -> tuple[FloatArray, FloatArray]:
        """Predict the residual from its values at the support.

        Parameters
        ----------
        target : str
        told : array, shape (s + k, COLUMNS)
            ``View.describe`` of the support and of the rows to predict.
        depth : array, shape (s + k,), m
        values : array, shape (s,)
            The residual at the support.
        inputs : int
            Number of logs compared.

        Returns
        -------
        mean, deviation : arrays, shape (k,)
        """
        place = TARGETS.index(target)
        shares = np.exp(self.weights["shares"][place].astype(np.float64))
        likeness, character, noise, drift = self._told(told, place, inputs)
        count = len(values)
        noise = np.maximum(np.exp(self.weights["noise"][place] + 2.0 * np.tanh(noise)), NOISE_FLOOR)
        apart = np.abs(depth[:, None] - depth[None, :count])
        matrix = np.full_like(apart, shares[5])
        for share, length in zip(shares, RESIDUAL_LENGTHS_M, strict=False):
            matrix += share * np.exp(-apart / length)
        squared = _squared_distances(likeness, likeness[:count])
        matrix += shares[6] * np.exp(ALIKE - np.sqrt(squared + ALIKE**2) - apart / FADE_M)
        matrix += shares[7] * np.exp(-0.5 * _squared_distances(character, character[:count]))
        mean, deviation = _condition(
            matrix, noise, values - drift[:count], np.full(len(depth) - count, shares.sum())
        )
        return mean + drift[count:], deviation

    def _told(
        self, told: SmallArray, place: int, inputs: int
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return likeness (n, l + 56), character (n, l), log noise (n,) and drift (n,)."""
        weights = self.weights
        curve = np.zeros((len(told), len(TARGETS)), np.float32)
        curve[:, place] = 1.0
        hidden = silu(np.hstack([told, curve]) @ weights["in"].T + weights["in.bias"])
        hidden = silu(hidden @ weights["middle"].T + weights["middle.bias"])
        out = (hidden @ weights["out"].T + weights["out.bias"]).astype(np.float64)
        width = (out.shape[1] - 2) // 2
        compared = told[:, : len(INPUTS) * OWN_COLUMNS + 1] * np.exp(weights["metric"][place])
        likeness = np.hstack([compared / np.sqrt(OWN_COLUMNS * inputs + 1.0), out[:, :width]])
        return likeness, out[:, width:-2], out[:, -2], out[:, -1]


SUMMARY = 16


def summary_of(values: FloatArray, depth: FloatArray, top: float, base: float) -> SmallArray:
    """Say how a curve looks around a gap: shape (SUMMARY,).

    Parameters
    ----------
    values : array, shape (n,)
        The visible samples, in spreads of the training wells.
    depth : array, shape (n,), m
        Their depths, increasing.
    top, base : float, m
        First and last depth of the gap.

    Returns
    -------
    array
        Length and depth of the gap, mean and roughness of the curve over all the well and within 5,
        30 and 120 m, whether a side is missing.
    """
    middle = int(np.searchsorted(depth, top))
    steps = np.abs(np.diff(values)) / np.sqrt(np.maximum(np.diff(depth), 0.05))
    said = [
        np.log(base - top + 0.15),
        0.5 * (top + base) / 1000.0 - 2.0,
        float(middle == 0),
        float(middle == len(depth)),
        values.mean(),
        np.log(values.std() + 0.02),
        np.log(np.median(steps) + 0.003),
    ]
    for reach in (5.0, 30.0, 120.0):
        first, last = np.searchsorted(depth, (top - reach, base + reach))
        near = values[first:last]
        rough = steps[first : last - 1]
        said += [
            (near.mean() - values.mean()) if len(near) else 0.0,
            np.log(near.std() + 0.02) if len(near) else said[5],
            np.log(np.mean(rough) + 0.003) if len(rough) else said[6],
        ]
    return np.array(said, np.float32)


@dataclass(frozen=True)
class CurveKernel:
    """The learnt kernel of a curve itself.

    Parameters
    ----------
    weights : mapping of name to array
        ``shares`` (t, 10): logarithms of the shares of seven depth terms, the constant, the trend
        and the nugget; ``in``, ``middle``, ``out`` with ``.bias``: the layers of the network that
        changes them by a summary of the curve.
    """

    weights: Mapping[str, SmallArray]

    def krige(
        self, target: str, summary: SmallArray, depth: FloatArray, values: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Predict the curve, in spreads of the training wells.

        Parameters
        ----------
        target : str
        summary : array, shape (SUMMARY,)
        depth : array, shape (s + k,), m
            Of the support and of the rows to predict.
        values : array, shape (s,)

        Returns
        -------
        mean, deviation : arrays, shape (k,)
        """
        weights, place = self.weights, TARGETS.index(target)
        curve = np.zeros(len(TARGETS), np.float32)
        curve[place] = 1.0
        hidden = silu(weights["in"] @ np.r_[summary, curve] + weights["in.bias"])
        hidden = silu(weights["middle"] @ hidden + weights["middle.bias"])
        change = np.tanh(weights["out"] @ hidden + weights["out.bias"])
        shares = np.exp((weights["shares"][place] + 2.0 * change).astype(np.float64))
        count = len(values)
        along = (depth - depth[count:].mean()) / LINEAR_M
        apart = np.abs(depth[:, None] - depth[None, :count])
        matrix = shares[-3] + shares[-2] * along[:, None] * along[None, :count]
        for share, length in zip(shares, CURVE_LENGTHS_M, strict=False):
            matrix += share * np.exp(-apart / length)
        noise = np.full(len(depth), max(shares[-1], NOISE_FLOOR))
        own = shares[:-2].sum() + shares[-2] * along[count:] ** 2
        return _condition(matrix, noise, values, own)


@dataclass(frozen=True)
class DeepKernels:
    """Kernels of both kinds, several of each, and the scale they were learnt in.

    Kernels that were learnt from other seeds err in other places; their answers are averaged.
    """

    residual: tuple[ResidualKernel, ...]
    curve: tuple[CurveKernel, ...]
    scale: Scale

    def to_bytes(self) -> bytes:
        """Return the weights of both as the content of a safetensors file."""
        from safetensors.numpy import save

        kernels: dict[str, tuple[ResidualKernel | CurveKernel, ...]] = {
            "residual": self.residual,
            "curve": self.curve,
        }
        return save(
            {
                f"{part}.{number}.{name}": np.ascontiguousarray(array)
                for part, members in kernels.items()
                for number, kernel in enumerate(members)
                for name, array in kernel.weights.items()
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes, scale: Scale) -> DeepKernels:
        """Read what ``to_bytes`` wrote.

        Raises
        ------
        ValueError
            The content is damaged, of another shape, or holds values that are not finite.
        """
        parts: dict[str, dict[str, dict[str, SmallArray]]] = {"residual": {}, "curve": {}}
        for name, array in read_tensors(content, "kernels").items():
            part, number, rest = name.split(".", 2)
            parts[part].setdefault(number, {})[rest] = array
        shares = len(CURVE_LENGTHS_M) + 3
        for weights in parts["residual"].values():
            _check_layers(weights, COLUMNS, len(RESIDUAL_LENGTHS_M) + 3)
            check_shapes(weights, {"noise": (len(TARGETS),)}, "kernels")
            if weights["metric"].shape != (len(TARGETS), len(INPUTS) * OWN_COLUMNS + 1):
                raise ValueError("its kernels are of other curves than this version's")
        for weights in parts["curve"].values():
            _check_layers(weights, SUMMARY, shares, shares)
        if not parts["residual"] or not parts["curve"] or set(scale) != set(INPUTS):
            raise ValueError("its kernels are not all there")
        return cls(
            tuple(ResidualKernel(weights) for _, weights in sorted(parts["residual"].items())),
            tuple(CurveKernel(weights) for _, weights in sorted(parts["curve"].items())),
            scale,
        )


def average(
    answers: Sequence[tuple[FloatArray, FloatArray]],
    shares: Sequence[float] | Sequence[FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return mean and deviation of a mixture of answers, each a mean and a deviation, (k,).

    ``shares`` are a number or an array (k,) for each answer.
    """
    means = np.array([mean for mean, _ in answers])
    squares = np.array([mean**2 + deviation**2 for mean, deviation in answers])
    mean = np.average(means, axis=0, weights=shares)
    square = np.average(squares, axis=0, weights=shares)
    return mean, np.sqrt(np.maximum(square - mean**2, 1e-12))


def _check_layers(
    weights: Mapping[str, SmallArray], columns: int, shares: int, outputs: int | None = None
) -> None:
    """Check that the layers fit each other and the curves of this version."""
    width = len(weights["in.bias"])
    outputs = outputs or len(weights["out.bias"])
    expected = {
        "shares": (len(TARGETS), shares),
        "in": (width, columns + len(TARGETS)),
        "in.bias": (width,),
        "middle": (width, width),
        "middle.bias": (width,),
        "out": (outputs, width),
        "out.bias": (outputs,),
    }
    check_shapes(weights, expected, "kernels")


def _condition(
    matrix: FloatArray, noise: FloatArray, values: FloatArray, own: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Condition on the support: covariance (s + k, s), noise (s + k,), values (s,), own (k,).

    Returns mean and deviation of a new sample, each of shape (k,); Rasmussen & Williams 2006,
    algorithm 2.1, with the scale of the covariance estimated from the support.
    """
    count = len(values)
    with one_blas_thread():
        inside = matrix[:count].copy()
        inside[np.diag_indices(count)] += noise[:count] + JITTER
        factor = cholesky(inside, lower=True, overwrite_a=True, check_finite=False)
        centre = values.mean()
        whitened = solve_triangular(
            factor,
            np.column_stack([matrix[count:].T, values - centre]),
            lower=True,
            check_finite=False,
        )
    across, own_values = whitened[:, :-1], whitened[:, -1]
    mean = own_values @ across + centre
    scale = max(float(own_values @ own_values) / count, 1e-5)
    variance = np.maximum(own - (across**2).sum(axis=0), 1e-4) + noise[count:]
    return mean, np.sqrt(scale * variance)


def _squared_distances(one: FloatArray, other: FloatArray) -> FloatArray:
    across: FloatArray = one @ other.T
    squared = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * across
    positive: FloatArray = np.maximum(squared, 0.0)
    return positive
