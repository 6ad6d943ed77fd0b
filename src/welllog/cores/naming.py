"""Which segment is which class: what methods that need no masks learn from masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes, name_classes
from welllog.cores.segmenters import UNLABELLED, Mask, Picture, SegmenterError

__all__ = ["check_pairs", "classes_of", "name_segments"]

ROWS = 256
"""Rows of a mask that are counted at once."""


def name_segments(
    segments: Sequence[NDArray[np.int16]], masks: Sequence[Mask], count: int
) -> list[int]:
    """Return the class of each of ``count`` segments that agrees best with the masks.

    As many segments as possible get a class of their own (Kuhn 1955, the Hungarian method, on
    pixels in common); those left over get the class that most of their pixels are painted with.

    Parameters
    ----------
    segments : sequence of int arrays, shape (row, column)
    masks : sequence of int arrays of the same shapes
    count : int
    """
    from scipy.optimize import linear_sum_assignment

    classes = max(int(mask.max(initial=0)) for mask in masks) + 1
    shared = np.zeros((count, classes), np.int64)
    for segment, mask in zip(segments, masks, strict=True):
        for row in range(0, len(mask), ROWS):
            told, known = segment[row : row + ROWS], mask[row : row + ROWS]
            painted = known != UNLABELLED
            both = told[painted].astype(np.intp) * classes + known[painted]
            shared += np.bincount(both, minlength=shared.size).reshape(shared.shape)
    named = shared.argmax(axis=1)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    named[rows] = columns
    return [int(name) for name in named]


def check_pairs(pictures: Sequence[Picture], masks: Sequence[Mask] | None) -> None:
    """Check that pictures have the same channels, and masks the sizes of their pictures.

    Raises
    ------
    SegmenterError
        They do not go together; nothing is painted; there is no picture.
    """
    if not pictures:
        raise SegmenterError("no picture to fit to; give one at least")
    for number, picture in enumerate(pictures):
        if picture.ndim != 3:
            raise SegmenterError(f"picture {number + 1} has no rows, columns and channels")
        if picture.shape[2] != pictures[0].shape[2]:
            raise SegmenterError(
                f"picture {number + 1} has {picture.shape[2]} channels where the first has "
                f"{pictures[0].shape[2]}; fit to pictures of one kind"
            )
    if masks is None:
        return
    if len(masks) != len(pictures):
        raise SegmenterError(f"{len(masks)} masks cannot go with {len(pictures)} pictures")
    for number, (picture, mask) in enumerate(zip(pictures, masks, strict=True)):
        if mask.shape != picture.shape[:2]:
            raise SegmenterError(
                f"mask {number + 1} has {mask.shape[0]} rows and {mask.shape[1]} columns, its "
                f"picture {picture.shape[0]} and {picture.shape[1]}: they must be of one size"
            )
    if not any((mask != UNLABELLED).any() for mask in masks):
        raise SegmenterError("nothing is painted in any mask; paint some of each class")


def classes_of(masks: Sequence[Mask], classes: Classes | None) -> Classes:
    """Return the classes given, or numbered ones for what the masks hold.

    Raises
    ------
    SegmenterError
        A mask holds a number that is no class.
    """
    largest = max(int(mask.max(initial=0)) for mask in masks)
    if classes is None:
        return name_classes(max(largest + 1, 2))
    if largest >= len(classes):
        raise SegmenterError(
            f"a mask holds class {largest}, but there are {len(classes)}: 0 to {len(classes) - 1}"
        )
    return classes
