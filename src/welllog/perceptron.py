"""A small residual network that predicts one curve from the others, beside the trees.

Trees cut and cannot extrapolate; a network is smooth and can. Their errors differ, and their mean
is better than either. It takes the columns of ``features.log_features`` and answers with numpy
alone; it is trained in ``perceptron_learning``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import FEATURES_PER_CURVE, INPUTS, TARGETS, hidden_with, well_names
from welllog.kriging import one_blas_thread

__all__ = [
    "CLIP",
    "GRID",
    "Blend",
    "Perceptron",
    "Scale",
    "check_shapes",
    "read_tensors",
    "silu",
    "to_grid",
]

FloatArray = NDArray[np.float64]
SmallArray = NDArray[np.float32]
Scale = Mapping[str, tuple[float, float]]
"""Per curve, centre and spread over the training wells (model space)."""

GRID = len(INPUTS) * (FEATURES_PER_CURVE + 1) + 1
"""Columns of the grid: eight features of every input, which inputs are known, depth."""
CLIP = 6.0
_LEVELS = (0, 1, 2, 3, 5, 6)
"""Features that are levels of the curve; 4 is a deviation, 7 is relative already."""
_BLOCK = 8192
_FLAT = 1e-5


def to_grid(features: SmallArray, target: str | None, scale: Scale) -> SmallArray:
    """Bring rows of ``log_features`` of a target to one layout for all targets.

    Parameters
    ----------
    features : array, shape (k, f)
    target : str or None
        None: the features are of all inputs, none hidden.
    scale : mapping

    Returns
    -------
    array, shape (k, GRID)
        In spreads of the training wells; inputs hidden with the target, and null ones, are 0 and
        marked unknown.
    """
    count = len(features)
    values = np.zeros((count, len(INPUTS), FEATURES_PER_CURVE), np.float32)
    known = np.zeros((count, len(INPUTS)), np.float32)
    shown = [name for name in INPUTS if target is None or name not in hidden_with(target)]
    for column, name in enumerate(shown):
        place = INPUTS.index(name)
        first = column * FEATURES_PER_CURVE
        block = features[:, first : first + FEATURES_PER_CURVE].copy()
        centre, spread = scale[name]
        block[:, _LEVELS] = (block[:, _LEVELS] - np.float32(centre)) / np.float32(spread)
        block[:, 4] /= np.float32(spread)
        here = np.isfinite(block[:, 0])
        block = np.where(np.isfinite(block), block, block[:, :1])  # beyond an edge: the value
        known[:, place] = here
        values[:, place] = np.where(here[:, None], np.clip(block, -CLIP, CLIP), 0.0)
    depth = features[:, -1:] / 1000.0 - 2.0
    return np.column_stack([values.reshape(count, -1), known, depth]).astype(np.float32)


@dataclass(frozen=True)
class Perceptron:
    """The fitted network.

    Parameters
    ----------
    weights : mapping of name to array
        ``in`` (h, GRID + t), ``out`` (t, h) and per block ``norm``, ``up`` (h, h), ``down`` (h, h),
        each with its ``.bias``; t = len(TARGETS).
    scale : mapping
    left_out : tuple of str
        Wells it was not trained on.
    """

    weights: Mapping[str, SmallArray]
    scale: Scale
    left_out: tuple[str, ...] = ()

    def predict(self, features: SmallArray, target: str) -> FloatArray:
        """Predict from rows of ``log_features``, shape (k, f) -> (k,), model space."""
        place = TARGETS.index(target)
        centre, spread = self.scale[target]
        answer = np.empty(len(features))
        with one_blas_thread():
            for first in range(0, len(features), _BLOCK):
                grid = to_grid(features[first : first + _BLOCK], target, self.scale)
                answer[first : first + _BLOCK] = self._answer(grid, place)
        return answer * spread + centre

    def _answer(self, grid: SmallArray, place: int) -> SmallArray:
        weights = self.weights
        # The one-hot curve is a column of the first layer: added, not multiplied.
        hidden = grid @ weights["in"][:, :GRID].T + (
            weights["in"][:, GRID + place] + weights["in.bias"]
        )
        for block in range(sum(name.startswith("up") and "." not in name for name in weights)):
            spread = np.sqrt(hidden.var(axis=1, keepdims=True) + _FLAT)
            normed = (hidden - hidden.mean(axis=1, keepdims=True)) / spread
            normed = normed * weights[f"norm{block}"] + weights[f"norm{block}.bias"]
            raised = silu(normed @ weights[f"up{block}"].T + weights[f"up{block}.bias"])
            hidden = hidden + raised @ weights[f"down{block}"].T + weights[f"down{block}.bias"]
        told: SmallArray = silu(hidden) @ weights["out"][place] + weights["out.bias"][place]
        return told


@dataclass(frozen=True)
class Blend:
    """Networks to be averaged with the trees."""

    networks: tuple[Perceptron, ...]
    shares: Mapping[str, float]
    """Per target, the networks' share of the blend; the trees have the rest."""

    def mix(self, by_trees: FloatArray, features: SmallArray, well: str, target: str) -> FloatArray:
        """Blend what the trees say of rows of ``log_features`` with what the networks say.

        A well that was in training is only told by the networks that did not see it.
        """
        if self.shares.get(target, 0.0) == 0.0 or not len(features):
            return by_trees
        return self.weigh(by_trees, self.predict(features, well, target), target)

    def weigh(self, by_trees: FloatArray, by_networks: FloatArray, target: str) -> FloatArray:
        """Return the mean of the two by their shares, shape (k,)."""
        share = self.shares.get(target, 0.0)
        return (1.0 - share) * by_trees + share * by_networks

    def predict(self, features: SmallArray, well: str, target: str) -> FloatArray:
        """Return what the networks say, shape (k,), model space."""
        told_by: Sequence[Perceptron] = self.networks
        for name in well_names(well):
            blind = [network for network in self.networks if name in network.left_out]
            if blind:
                told_by = blind
                break
        told = [network.predict(features, target) for network in told_by]
        mean: FloatArray = np.mean(told, axis=0)
        return mean

    def to_bytes(self) -> bytes:
        """Return the weights of all networks, in half precision, as a safetensors file's content.

        Rounding changes an answer by less than 0.002 spreads.
        """
        from safetensors.numpy import save

        return save(
            {
                f"{number}.{name}": np.ascontiguousarray(array.astype(np.float16))
                for number, network in enumerate(self.networks)
                for name, array in network.weights.items()
            }
        )

    def entries(self) -> dict[str, Any]:
        """Return the rest of it as plain values, for a model's card."""
        return {
            "shares": dict(self.shares),
            "scale": {name: list(pair) for name, pair in self.networks[0].scale.items()},
            "left_out": [list(network.left_out) for network in self.networks],
        }

    @classmethod
    def from_bytes(cls, content: bytes, entries: Mapping[str, Any]) -> Blend:
        """Read what ``to_bytes`` and ``entries`` gave.

        Raises
        ------
        ValueError
            The content is damaged, of another shape, or holds values that are not finite.
        """
        tensors = read_tensors(content, "networks")
        scale = {name: (float(a), float(b)) for name, (a, b) in entries["scale"].items()}
        shares = {name: float(share) for name, share in entries["shares"].items()}
        networks = []
        for number, left_out in enumerate(entries["left_out"]):
            start = f"{number}."
            weights = {
                name.removeprefix(start): array.astype(np.float32)
                for name, array in tensors.items()
                if name.startswith(start)
            }
            check_shapes(weights, _shapes_of(weights), "networks")
            networks.append(Perceptron(weights, scale, tuple(left_out)))
        if not networks or set(scale) != set(INPUTS) or not np.isfinite([*shares.values()]).all():
            raise ValueError("its networks are of other curves than this version's")
        return cls(tuple(networks), shares)


def read_tensors(content: bytes, what: str) -> dict[str, NDArray[Any]]:
    """Read the content of a safetensors file.

    Parameters
    ----------
    content : bytes
    what : str
        What an error calls it.

    Raises
    ------
    ValueError
        The content is damaged, or holds values that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors: dict[str, NDArray[Any]] = load(content)
    except SafetensorError as error:
        raise ValueError(f"its {what} cannot be read ({error})") from error
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} of its {what} holds values that are not finite")
    return tensors


def check_shapes(
    weights: Mapping[str, SmallArray], expected: Mapping[str, tuple[int, ...]], what: str
) -> None:
    """Check that arrays have the shapes expected of them.

    Raises
    ------
    ValueError
        They have not; the first that differs is named, as one of ``what``.
    """
    for name, shape in expected.items():
        if weights[name].shape != shape:
            raise ValueError(f"{name} of its {what} is {weights[name].shape}, not {shape}")


def _shapes_of(weights: Mapping[str, SmallArray]) -> dict[str, tuple[int, ...]]:
    """Return the shapes that layers of one network have, by how wide it is."""
    width = len(weights["in.bias"])
    shapes: dict[str, tuple[int, ...]] = {}
    for name in weights:
        stem = name.partition(".")[0].rstrip("0123456789")
        shape = {
            "in": (width, GRID + len(TARGETS)),
            "out": (len(TARGETS), width),
            "up": (width, width),
            "down": (width, width),
        }.get(stem, (width,))
        shapes[name] = shape[:1] if name.endswith(".bias") else shape
    return shapes


def silu(values: SmallArray) -> SmallArray:
    """Return x / (1 + exp(-x)), the activation of all small networks, of any shape."""
    active = values / (1.0 + np.exp(-np.clip(values, -60.0, 60.0)))
    return active.astype(np.float32, copy=False)
