"""A forest that tells the class of a pixel from what it and its surroundings look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes
from welllog.cores.naming import check_pairs, classes_of
from welllog.cores.pixel_features import (
    FEATURE_REACH,
    describe_pixels,
    enlarge,
    feature_count,
    grid_of,
    shrink,
)
from welllog.cores.segmenters import (
    UNLABELLED,
    Mask,
    Picture,
    Place,
    Probabilities,
    SegmenterError,
    to_unit,
)
from welllog.progress import Progress, part_of

__all__ = ["SCALES", "PixelClassifier"]

SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)
GROWN_AT_ONCE = 200_000
"""Pixels times trees: less than a second."""
PIECE = 512
"""Rows and columns of a piece whose painted pixels are described at once."""
_TRUNCATE = 3.0
"""Standard deviations at which smoothing ends."""
AT_ONCE = 100_000
"""Pixels that are told apart at once: between two of them work can be stopped."""


@dataclass(frozen=True)
class PixelClassifier:
    """A forest on features of pixels: scikit-learn's extremely randomised trees.

    Geurts, Ernst and Wehenkel 2006, Machine Learning 63; they grow in a third of a random forest's
    time and were as good on thin sections (docs/segmentation.md).
    """

    method: str = "pixels"
    scales: tuple[float, ...] = SCALES
    """Standard deviations of the Gaussians (pixels)."""
    squares: int = 0
    """Rows and columns that are told together, 1 to 16, probabilities being read off between them;
    0 is a quarter of the largest scale."""
    evening: float = 1.5
    """Standard deviation of a Gaussian over the probabilities, in largest scales."""
    trees: int = 60
    """In the forest, 1 to 1000."""
    depth: int = 16
    """Of a tree at most."""
    leaf: int = 5
    """Pixels in a leaf at least."""
    samples: int = 2_000
    """Pixels of a class in a picture that are learnt from at most."""
    balanced: bool = False
    """Whether rare classes count as much as common ones."""
    seed: int = 0
    classes: Classes = Classes()
    channels: int = 0
    """Of the pictures it was fitted to."""
    forest: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Trees one behind the other: ``starts`` (tree,), and per node ``left``, ``right`` (from the
    tree's start; -1 in a leaf), ``feature``, ``level`` and ``share`` (node, class)."""

    def __post_init__(self) -> None:
        if not self.scales or not all(0.3 <= scale <= 64.0 for scale in self.scales):
            raise SegmenterError(f"scales {self.scales}: give some, from 0.3 to 64 pixels")
        if not 0.0 <= self.evening <= 4.0:
            raise SegmenterError(f"evening over {self.evening:g} largest scales; use 0 to 4")
        for name, low, high in (("squares", 0, 16), ("trees", 1, 1000), ("depth", 1, 40),
                                ("leaf", 1, 10_000)):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise SegmenterError(f"{name} {getattr(self, name)}: use {low} to {high}")

    @property
    def step(self) -> int:
        """Return how many rows and columns are told together."""
        return self.squares or min(max(int(max(self.scales)) // 4, 1), 16)

    @property
    def smooth(self) -> float:
        """Return the standard deviation of what goes over the probabilities (pixels)."""
        return self.evening * max(self.scales)

    @property
    def reach(self) -> int:
        """Return how many pixels around one its answer depends on."""
        near = FEATURE_REACH * max(self.scales) + _TRUNCATE * self.smooth
        return int(near) + 3 * self.step

    @property
    def grid(self) -> int:
        """Return at whose multiples pieces of a picture begin."""
        return self.step * grid_of(self._scales)

    @property
    def _scales(self) -> tuple[float, ...]:
        """Return the scales in squares of ``step`` pixels."""
        return tuple(max(scale / self.step, 0.3) for scale in self.scales)

    def describe(self, picture: Picture) -> NDArray[np.float32]:
        """Return the features of every pixel: (row, column, channel) -> (row, column, feature)."""
        return describe_pixels(picture, self.scales)

    def describe_squares(self, picture: Picture) -> NDArray[np.float32]:
        """Return the features of squares of ``step`` pixels: (row, column, feature)."""
        return describe_pixels(shrink(to_unit(picture), self.step), self._scales)

    def fit(
        self,
        pictures: Sequence[Picture],
        masks: Sequence[Mask] | None = None,
        classes: Classes | None = None,
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Return a forest grown on the painted pixels."""
        if masks is None:
            raise SegmenterError("method pixels learns from painted pictures; give masks")
        check_pairs(pictures, masks)
        told, names = [], []
        for number, (picture, mask) in enumerate(zip(pictures, masks, strict=True)):
            steps = part_of(
                progress, 0.6 * number / len(pictures), 0.6 * (number + 1) / len(pictures)
            )
            if steps:
                steps(0.0, f"picture {number + 1} of {len(pictures)}")
            rows = self._choose(mask, number)
            told.append(self._describe_some(picture, rows, steps))
            names.append(mask.ravel()[rows])
        fitted = self.grow(
            np.concatenate(told),
            np.concatenate(names),
            classes_of(masks, classes),
            progress=part_of(progress, 0.6, 1.0),
        )
        return replace(fitted, channels=pictures[0].shape[2])

    def draw(
        self, features: NDArray[np.float32], mask: Mask, number: int = 0
    ) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Draw painted pixels of a picture: their features (k, feature) and classes (k,)."""
        rows = self._choose(mask, number)
        return features.reshape(-1, features.shape[2])[rows], mask.ravel()[rows]

    def draw_squares(
        self, features: NDArray[np.float32], mask: Mask, number: int = 0
    ) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Draw painted pixels: the features (k, feature) of their squares and classes (k,)."""
        chosen = self._choose(mask, number)
        rows, columns = np.divmod(chosen, mask.shape[1])
        return features[rows // self.step, columns // self.step], mask.ravel()[chosen]

    def _choose(self, mask: Mask, number: int) -> NDArray[np.intp]:
        """Choose painted pixels of a picture, (k,), by their places in the flat mask."""
        random = np.random.default_rng([self.seed, number])
        flat, chosen = mask.ravel(), []
        for name in np.unique(flat[flat != UNLABELLED]):
            rows = np.flatnonzero(flat == name)
            chosen.append(random.permutation(rows)[: self.samples])
        return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.intp)

    def _describe_some(
        self, picture: Picture, chosen: NDArray[np.intp], progress: Progress | None
    ) -> NDArray[np.float32]:
        """Return the features of some pixels, (k, feature), looking at what is around them alone.

        Features of all pixels of a core photograph would fill a gigabyte.
        """
        height, width, channels = picture.shape
        told = np.empty((len(chosen), feature_count(channels, len(self.scales))), np.float32)
        rows, columns = np.divmod(chosen, width)
        grid = self.grid
        side = -(-max(PIECE, 2 * self.reach) // grid) * grid
        pieces = rows // side * (width // side + 1) + columns // side
        numbers = np.unique(pieces)
        for count, piece in enumerate(numbers):
            if progress:
                progress(count / len(numbers), f"describing piece {count + 1} of {len(numbers)}")
            here = pieces == piece
            top = max(0, int(rows[here].min()) - self.reach) // grid * grid
            left = max(0, int(columns[here].min()) - self.reach) // grid * grid
            around = np.asarray(
                picture[
                    top : int(rows[here].max()) + self.reach + 1,
                    left : int(columns[here].max()) + self.reach + 1,
                ]
            )
            found = self.describe_squares(around)
            told[here] = found[(rows[here] - top) // self.step, (columns[here] - left) // self.step]
        return told

    def grow(
        self,
        features: NDArray[np.float32],
        painted: NDArray[np.int16],
        classes: Classes,
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Return a forest grown on pixels of known class: (k, feature) and (k,)."""
        from sklearn.ensemble import ExtraTreesClassifier
        from sklearn.utils.class_weight import compute_sample_weight

        if len(np.unique(painted)) < 2:
            raise SegmenterError("only one class is painted; paint some of another as well")
        # Few trees at a time when someone may want to stop: the forest is the same.
        weights = compute_sample_weight("balanced", painted) if self.balanced else None
        at_once = max(1, GROWN_AT_ONCE // len(painted)) if progress else self.trees
        grown = ExtraTreesClassifier(
            min(at_once, self.trees),
            max_depth=self.depth,
            min_samples_leaf=min(self.leaf, max(1, len(painted) // 200)),
            max_features="sqrt",
            random_state=self.seed,
            # Threads for few trees of few pixels wait longer for each other than they grow.
            n_jobs=1 if self.trees * len(painted) <= GROWN_AT_ONCE else -1,
            warm_start=True,
        )
        for count in range(at_once, self.trees + at_once, at_once):
            if progress:
                progress((count - at_once) / self.trees, "growing the forest")
            grown.set_params(n_estimators=min(count, self.trees)).fit(features, painted, weights)
        return replace(self, classes=classes, forest=_pack(grown, len(classes)))

    @cached_property
    def _trees(self) -> list[Any]:
        return _unpack(self.forest, len(self.classes))

    def tell(self, features: NDArray[np.float32]) -> Probabilities:
        """Return how probable each class is: (k, feature) -> (k, class)."""
        if not self.forest:
            raise SegmenterError("method pixels has not been fitted to painted pictures")
        summed = np.zeros((len(features), len(self.classes)), np.float32)
        share = self.forest["share"]
        starts = self.forest["starts"]
        for tree, start in zip(self._trees, starts, strict=True):
            # Rows taken one behind the other: in half the time that an index of them needs.
            summed += share[start:].take(tree.apply(features), axis=0)
        return summed / np.float32(len(starts))

    def predict_probabilities(self, picture: Picture) -> Probabilities:
        """Return the mean of the trees' shares of each class."""
        return self.predict_piece(picture, Place.of(picture))

    def predict_piece(self, piece: Picture, place: Place) -> Probabilities:
        """Return the probabilities of the part of a piece that is asked for."""
        if self.forest and piece.shape[2] != self.channels:
            raise SegmenterError(
                f"a picture with {piece.shape[2]} channels cannot be told by a forest that was "
                f"fitted to {self.channels}; fit to pictures of its kind"
            )
        features = self.describe_squares(piece)
        # Interpolation needs a square around what is asked for, smoothing as far as it goes.
        around = 1 + int(_TRUNCATE * self.smooth / self.step + 0.5)
        squares, inside = [], []
        for asked, count in zip(place.inside, features.shape[:2], strict=True):
            first = max(0, asked.start // self.step - around)
            squares.append(slice(first, min(count, -(-asked.stop // self.step) + around)))
            inside.append(slice(asked.start - first * self.step, asked.stop - first * self.step))
        part = features[squares[0], squares[1]]
        flat = part.reshape(-1, part.shape[2])
        told = [self.tell(flat[k : k + AT_ONCE]) for k in range(0, len(flat), AT_ONCE)]
        small = self.even_out(np.concatenate(told).reshape(*part.shape[:2], -1))
        shape = small.shape[0] * self.step, small.shape[1] * self.step
        return enlarge(small, self.step, shape)[inside[0], inside[1]]

    def even_out(self, told: Probabilities) -> Probabilities:
        """Return probabilities of squares, (row, column, class), smoothed as set."""
        if not self.smooth:
            return told
        from scipy.ndimage import gaussian_filter

        width = self.smooth / self.step
        smooth: Probabilities = gaussian_filter(told, (width, width, 0.0), truncate=_TRUNCATE)
        return smooth

    def check(self) -> None:
        """Check that the forest is one: a file may hold anything.

        Raises
        ------
        SegmenterError
            A tree has no end, or looks at features or gives classes that there are not.
        """
        forest = self.forest
        kinds = {name: (array.dtype, array.ndim) for name, array in forest.items()}
        if kinds != {name: (np.dtype(kind), 1 + (name == "share")) for name, kind in _KINDS}:
            raise SegmenterError("its trees are damaged: arrays are missing or of another kind")
        starts, left, right = forest["starts"], forest["left"], forest["right"]
        nodes, features = len(left), feature_count(self.channels, len(self.scales))
        ends = np.r_[starts[1:], nodes]
        sound = len(starts) > 0 and starts[0] == 0 and bool((starts < ends).all())
        sound = sound and forest["share"].shape == (nodes, len(self.classes))
        sound = sound and all(len(forest[name]) == nodes for name in ("right", "feature", "level"))
        if sound:
            count = np.repeat(ends - starts, ends - starts)
            inner, own = left >= 0, np.arange(nodes) - np.repeat(starts, ends - starts)
            # A child behind its parent, in the same tree: no walk can turn in a circle.
            sound = bool(
                # A leaf is -1 and nothing else: what walks the trees would follow any other number.
                (left[~inner] == -1).all()
                and (right[~inner] == -1).all()
                and (left[inner] > own[inner]).all()
                and (right[inner] > own[inner]).all()
                and (left < count).all()
                and (right < count).all()
                and (forest["feature"][inner] >= 0).all()
                and (forest["feature"][inner] < features).all()
                and np.isfinite(forest["level"]).all()
                and np.isfinite(forest["share"]).all()
            )
        if not sound:
            raise SegmenterError("its trees are damaged or do not fit its classes and scales")


_KINDS = (
    ("starts", np.int64),
    ("left", np.int32),
    ("right", np.int32),
    ("feature", np.int32),
    ("level", np.float64),
    ("share", np.float32),
)
"""Arrays of a forest, and what they hold."""


def _pack(grown: Any, classes: int) -> dict[str, NDArray[Any]]:
    """Return the trees of scikit-learn's forest as arrays."""
    trees = [one.tree_ for one in grown.estimators_]
    share = np.zeros((sum(tree.node_count for tree in trees), classes), np.float32)
    values = np.concatenate([tree.value[:, 0, :] for tree in trees])
    share[:, grown.classes_] = values / values.sum(axis=1, keepdims=True)
    return {
        "starts": np.cumsum([0, *(tree.node_count for tree in trees[:-1])]).astype(np.int64),
        "left": np.concatenate([tree.children_left for tree in trees]).astype(np.int32),
        "right": np.concatenate([tree.children_right for tree in trees]).astype(np.int32),
        "feature": np.concatenate([tree.feature for tree in trees]).astype(np.int32),
        "level": np.concatenate([tree.threshold for tree in trees]).astype(np.float64),
        "share": share,
    }


def _unpack(forest: Mapping[str, NDArray[Any]], classes: int) -> list[Any]:
    """Return scikit-learn's trees, made of the arrays again: they walk faster than numpy does."""
    from sklearn.tree._tree import Tree

    ends = [*forest["starts"][1:], len(forest["left"])]
    features = int(forest["feature"].max(initial=0)) + 1
    trees = []
    for start, end in zip(forest["starts"], ends, strict=True):
        part = slice(int(start), int(end))
        tree = Tree(features, np.array([classes], np.intp), 1)
        kind = tree.__getstate__()["nodes"].dtype
        nodes = np.zeros(int(end - start), kind)
        nodes["left_child"] = forest["left"][part]
        nodes["right_child"] = forest["right"][part]
        nodes["feature"] = forest["feature"][part]
        nodes["threshold"] = forest["level"][part]
        nodes["n_node_samples"] = 1
        nodes["weighted_n_node_samples"] = 1.0
        values = np.ascontiguousarray(forest["share"][part][:, None, :], np.float64)
        tree.__setstate__(
            {"max_depth": 64, "node_count": len(nodes), "nodes": nodes, "values": values}
        )
        trees.append(tree)
    return trees
