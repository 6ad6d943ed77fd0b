"""k-means: clusters of colour, with position and texture if asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes, name_classes
from welllog.cores.naming import check_pairs, classes_of, name_segments
from welllog.cores.pixel_features import colour_of
from welllog.cores.segmenters import Mask, Picture, Place, Probabilities, SegmenterError
from welllog.cores.tiles import segment
from welllog.progress import Progress, part_of

__all__ = ["Clusters"]

SAMPLE = 20_000
"""Pixels of all pictures together that centres are found from."""
PATCH = 128
"""Rows and columns looked at for texture, of pictures too large to look at all of them."""
LARGE = 4_000_000
"""Pixels of such a picture."""
TRUNCATE = 3.0


@dataclass(frozen=True)
class Clusters:
    """Clusters of pixels, numbered from dark to light (Lloyd 1982; scikit-learn's KMeans)."""

    method: str = "kmeans"
    clusters: int = 3
    """How many, 2 to 64."""
    position: float = 0.0
    """Weight of a pixel's place, as a share of the picture's longer side, against colour."""
    texture: float = 0.0
    """Weight of the local deviation of the colour against the colour itself."""
    scale: float = 4.0
    """Standard deviation of the Gaussian that the texture is looked at with (pixels)."""
    seed: int = 0
    classes: Classes = Classes()
    naming: tuple[int, ...] = ()
    """The class of each cluster."""
    centres: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    """(cluster, column)."""
    spread: float = 1.0
    """Root mean square distance of pixels from their centre."""

    def __post_init__(self) -> None:
        if not 2 <= self.clusters <= 64:
            raise SegmenterError(f"{self.clusters} clusters cannot be looked for; use 2 to 64")
        if min(self.position, self.texture) < 0.0 or not 0.0 < self.scale <= 100.0:
            raise SegmenterError(
                "weights of position and texture are 0 or more, the scale up to 100"
            )

    @property
    def reach(self) -> int:
        """Return how many pixels around one its answer depends on."""
        return int(TRUNCATE * self.scale + 0.5) if self.texture else 0

    def _columns(self, picture: Picture, place: Place) -> NDArray[np.float32]:
        """Return what is compared of the pixels asked for: (row, column, c) -> (pixel, column)."""
        from scipy.ndimage import gaussian_filter

        colour = colour_of(picture)
        channels = colour.shape[2]
        parts = [colour[place.inside].reshape(-1, channels)]
        if self.texture:
            for channel in range(channels):
                one = colour[..., channel]
                mean = gaussian_filter(one, self.scale, truncate=TRUNCATE)
                square = gaussian_filter(one**2, self.scale, truncate=TRUNCATE)
                rough = np.sqrt(np.maximum(square - mean**2, 0.0))
                parts.append(self.texture * rough[place.inside].reshape(-1, 1))
        if self.position:
            rows, columns = place.there
            where = np.mgrid[rows, columns].astype(np.float32) / np.float32(max(place.shape))
            parts.append(self.position * where.reshape(2, -1).T)
        return np.hstack(parts).astype(np.float32)

    def _sample(
        self,
        picture: Picture,
        count: int,
        random: np.random.Generator,
        progress: Progress | None,
    ) -> NDArray[np.float32]:
        """Return what is compared of some pixels of a picture: (pixel, column)."""
        rows, columns = picture.shape[:2]
        if rows * columns <= LARGE:
            told = self._columns(picture, Place.of(picture))
            return told[random.permutation(len(told))[:count]]
        parts, around = [], self.reach
        # Neighbours are alike, so that many small patches tell most; texture costs large ones.
        side, patches = (PATCH, 400) if self.texture else (8, 2000)
        each = -(-count // patches)
        for number in range(patches):
            if progress and number % 20 == 0:
                progress(number / patches, f"patch {number + 1} of {patches}")
            row = int(random.integers(max(1, rows - side + 1)))
            column = int(random.integers(max(1, columns - side + 1)))
            top, left = max(0, row - around), max(0, column - around)
            base, right = min(rows, row + side), min(columns, column + side)
            inside = slice(row - top, base - top), slice(column - left, right - left)
            piece = np.asarray(picture[top : base + around, left : right + around])
            told = self._columns(piece, Place((rows, columns), top, left, inside))
            parts.append(told[random.permutation(len(told))[:each]])
        return np.concatenate(parts)

    def fit(
        self,
        pictures: Sequence[Picture],
        masks: Sequence[Mask] | None = None,
        classes: Classes | None = None,
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Return clusters found in these pictures, named by the masks."""
        from sklearn.cluster import KMeans

        check_pairs(pictures, masks)
        random = np.random.default_rng(self.seed)
        share, told = max(1, SAMPLE // len(pictures)), []
        for number, picture in enumerate(pictures):
            if progress:
                progress(0.5 * number / len(pictures), f"picture {number + 1} of {len(pictures)}")
            part = part_of(
                progress, 0.5 * number / len(pictures), 0.5 * (number + 1) / len(pictures)
            )
            told.append(self._sample(picture, share, random, part))
        sample = np.concatenate(told)
        if len(np.unique(sample, axis=0)) < self.clusters:
            raise SegmenterError(
                f"the pictures have fewer than {self.clusters} colours; look for fewer clusters"
            )
        found = KMeans(self.clusters, n_init=4, random_state=self.seed).fit(sample)
        order = np.argsort(found.cluster_centers_[:, 0], kind="stable")
        fitted = replace(
            self,
            centres=found.cluster_centers_[order].astype(np.float32),
            spread=float(np.sqrt(found.inertia_ / len(sample))) or 1.0,
        )
        names = name_classes(self.clusters)
        fitted = replace(fitted, classes=names, naming=tuple(range(self.clusters)))
        if masks is None:
            names = classes or name_classes(self.clusters)
            if len(names) < self.clusters:
                raise SegmenterError(f"{self.clusters} clusters need {self.clusters} class names")
            return replace(fitted, classes=names)
        segments = [segment(fitted, picture) for picture in pictures]
        naming = tuple(name_segments(segments, masks, self.clusters))
        return replace(fitted, classes=classes_of(masks, classes), naming=naming)

    def check(self) -> None:
        """Check that there is a class for every centre: a file may hold anything.

        Raises
        ------
        SegmenterError
            There is not.
        """
        known = all(0 <= name < len(self.classes) for name in self.naming)
        shape = self.centres.shape
        if len(shape) != 2 or shape[0] != len(self.naming) or not known or not self.spread > 0:
            raise SegmenterError("its centres do not fit its classes")

    def _distances(self, picture: Picture, place: Place) -> NDArray[np.float32]:
        """Return squared distances to the centres: (pixel, cluster)."""
        if not len(self.centres):
            raise SegmenterError("kmeans has not been fitted to a picture")
        columns = self._columns(picture, place)
        if columns.shape[1] != self.centres.shape[1]:
            raise SegmenterError(
                f"a picture with {picture.shape[2]} channels cannot be compared with clusters of "
                f"others; fit to pictures of its kind"
            )
        across = columns @ self.centres.T
        squared: NDArray[np.float32] = (self.centres**2).sum(axis=1) - 2.0 * across
        squared += (columns**2).sum(axis=1, keepdims=True)
        return squared

    def predict_probabilities(self, picture: Picture) -> Probabilities:
        """Return how near each class's nearest centre is: a mixture of round clusters."""
        return self.predict_piece(picture, Place.of(picture))

    def predict_piece(self, piece: Picture, place: Place) -> Probabilities:
        """Return the probabilities of the part of a piece that is asked for."""
        squared = self._distances(piece, place)
        likelihood = np.exp(-0.5 * (squared - squared.min(axis=1, keepdims=True)) / self.spread**2)
        summed = np.zeros((len(squared), len(self.classes)), np.float32)
        for cluster, name in enumerate(self.naming):
            np.maximum(summed[:, name], likelihood[:, cluster], out=summed[:, name])
        summed /= summed.sum(axis=1, keepdims=True)
        rows, columns = place.inside
        return summed.reshape(rows.stop - rows.start, columns.stop - columns.start, -1)
