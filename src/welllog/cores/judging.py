"""How good a segmentation is, against what was painted by hand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes, name_classes
from welllog.cores.segmenters import UNLABELLED, Mask, SegmenterError

__all__ = ["SegmentScore", "draw_errors", "judge", "leave_samples_out", "sample_of"]

TOLERANCE = 2
"""Pixels that a boundary may be off and still count as found."""


@dataclass
class SegmentScore:
    """Counts over painted pixels, to be added up over pictures.

    A class that is neither painted nor found counts in no mean.
    """

    confusion: NDArray[np.int64]
    """Pixels, (painted class, found class)."""
    classes: Classes
    boundaries: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, np.int64))
    """Boundary pixels: found ones, those of them near a painted boundary, painted ones, those of
    them near a found boundary."""

    def __add__(self, other: SegmentScore) -> SegmentScore:
        """Return the score of both sets of pictures together."""
        return SegmentScore(
            self.confusion + other.confusion, self.classes, self.boundaries + other.boundaries
        )

    @property
    def iou(self) -> NDArray[np.float64]:
        """Return intersection over union of each class, (class,); NaN where there is no union."""
        hits = self.confusion.diagonal().astype(np.float64)
        union = self.confusion.sum(axis=0) + self.confusion.sum(axis=1) - hits
        iou = np.full(len(hits), np.nan)
        np.divide(hits, union, out=iou, where=union > 0)
        return iou

    @property
    def miou(self) -> float:
        """Return the mean of ``iou`` over classes that are painted or found."""
        iou = self.iou
        return float(np.nanmean(iou)) if np.isfinite(iou).any() else float("nan")

    @property
    def accuracy(self) -> float:
        """Return the share of painted pixels whose class was found."""
        total = int(self.confusion.sum())
        return float(self.confusion.diagonal().sum() / total) if total else float("nan")

    @property
    def boundary_f1(self) -> float:
        """Return the harmonic mean of the shares of boundaries that were right and were found.

        Csurka, Larlus and Perronnin 2013, British Machine Vision Conference, with a tolerance of
        ``TOLERANCE`` pixels.
        """
        found, right, painted, met = (float(count) for count in self.boundaries)
        if not found or not painted:
            return float("nan") if not found and not painted else 0.0
        precision, recall = right / found, met / painted
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints; null where there is nothing to judge."""

        def plain(value: float) -> float | None:
            return float(value) if np.isfinite(value) else None

        return {
            "miou": plain(self.miou),
            "accuracy": plain(self.accuracy),
            "boundary_f1": plain(self.boundary_f1),
            "per_class": {
                name: plain(iou) for name, iou in zip(self.classes.names, self.iou, strict=True)
            },
            "pixels": int(self.confusion.sum()),
            "confusion": self.confusion.tolist(),
        }


def judge(found: Mask, painted: Mask, classes: Classes | None = None) -> SegmentScore:
    """Score one mask against what was painted; unpainted pixels do not count.

    Parameters
    ----------
    found, painted : int arrays, shape (row, column)
    classes : Classes, optional
        Numbered ones by default, as many as either mask holds.

    Raises
    ------
    SegmenterError
        The masks differ in size, one holds a class there is not, or a painted pixel has none.
    """
    if found.shape != painted.shape:
        raise SegmenterError(
            f"a mask of {found.shape[0]} rows and {found.shape[1]} columns cannot be judged by one "
            f"of {painted.shape[0]} and {painted.shape[1]}: they must be of one size"
        )
    largest = int(max(found.max(initial=0), painted.max(initial=0)))
    classes = classes or name_classes(largest + 1)
    if largest >= len(classes):
        raise SegmenterError(f"class {largest} is none of the {len(classes)} classes")
    known = painted != UNLABELLED
    if (found[known] == UNLABELLED).any():
        raise SegmenterError("what was found has pixels without a class where one was painted")
    pairs = painted[known].astype(np.int64) * len(classes) + found[known]
    confusion = np.bincount(pairs, minlength=len(classes) ** 2)
    return SegmentScore(
        confusion.reshape(len(classes), len(classes)), classes, _boundaries(found, painted, known)
    )


def _boundaries(found: Mask, painted: Mask, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    from scipy.ndimage import binary_dilation

    near = np.hypot(*np.mgrid[-TOLERANCE : TOLERANCE + 1, -TOLERANCE : TOLERANCE + 1]) <= TOLERANCE
    edges = [_edges(mask, known) for mask in (found, painted)]
    around = [binary_dilation(edge, near) for edge in edges]
    return np.array(
        [
            edges[0].sum(),
            (edges[0] & around[1]).sum(),
            edges[1].sum(),
            (edges[1] & around[0]).sum(),
        ],
        np.int64,
    )


def _edges(mask: Mask, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels whose right or lower neighbour is of another class, both being known."""
    edge = np.zeros(mask.shape, bool)
    edge[:-1] |= (mask[:-1] != mask[1:]) & known[:-1] & known[1:]
    edge[:, :-1] |= (mask[:, :-1] != mask[:, 1:]) & known[:, :-1] & known[:, 1:]
    return edge


def draw_errors(picture: NDArray[Any], found: Mask, painted: Mask) -> NDArray[np.uint8]:
    """Return the picture in grey, wrong pixels red, unpainted ones dark: (row, column, 3).

    Parameters
    ----------
    picture : array, shape (row, column, channel), values 0 to 1 or uint8
    found, painted : int arrays, shape (row, column)
    """
    grey = np.asarray(picture, np.float64).mean(axis=2)
    grey *= 255.0 if grey.max(initial=0.0) <= 1.0 else 1.0
    drawn = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    known = painted != UNLABELLED
    drawn[~known] //= 3
    wrong = known & (found != painted)
    drawn[wrong] = (drawn[wrong] * 0.35 + np.array([165.0, 20.0, 20.0])).astype(np.uint8)
    return drawn


def sample_of(stem: str) -> str:
    """Return the sample that a picture is of: ``2a`` and ``2b`` are of sample 2.

    A last letter behind a digit, with or without a mark between, names one view of the sample.
    """
    body = stem.rstrip("abcdefghABCDEFGH")
    if len(stem) - len(body) != 1 or not body.rstrip("-_ ")[-1:].isdigit():
        return stem
    return body.rstrip("-_ ")


def leave_samples_out(
    stems: Sequence[str], sample: Callable[[str], Hashable] = sample_of
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield what to fit to and what to score, sample by sample: places in ``stems``.

    Raises
    ------
    SegmenterError
        There is one sample only.
    """
    samples = [sample(stem) for stem in stems]
    order = list(dict.fromkeys(samples))
    if len(order) < 2:
        raise SegmenterError("one sample alone cannot be left out; give pictures of two at least")
    for left in order:
        yield (
            [place for place, one in enumerate(samples) if one != left],
            [place for place, one in enumerate(samples) if one == left],
        )
