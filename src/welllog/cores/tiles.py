"""Pictures of any size, piece by piece, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.segmenters import (
    Mask,
    Picture,
    Probabilities,
    Segmenter,
    most_probable,
)
from welllog.progress import Progress

__all__ = ["TILE", "segment", "tell_probabilities"]

TILE = 512
"""Rows and columns of a piece, without what is around it."""


def segment(
    segmenter: Segmenter,
    picture: Picture,
    *,
    tile: int = TILE,
    progress: Progress | None = None,
    into: Mask | None = None,
) -> Mask:
    """Return the most probable class of every pixel, worked out piece by piece.

    Each piece is looked at with ``segmenter.reach`` pixels around it, so that the answer is that of
    the whole picture at once.

    Parameters
    ----------
    segmenter : Segmenter
    picture : array, shape (row, column, channel)
        May be a memory map: only a piece of it is in memory at a time.
    tile : int
        Rows and columns of a piece.
    progress : callable, optional
        Called after each piece; what it raises stops the work.
    into : int array, shape (row, column), optional
        Where to put the answer: a memory map, for large pictures.

    Returns
    -------
    int array, shape (row, column)
    """
    answer = np.empty(picture.shape[:2], np.int16) if into is None else into
    for place, probabilities in _pieces(segmenter, picture, tile, progress):
        answer[place] = most_probable(probabilities)
    return answer


def tell_probabilities(
    segmenter: Segmenter,
    picture: Picture,
    *,
    tile: int = TILE,
    progress: Progress | None = None,
) -> Probabilities:
    """Return the probability of every class, (row, column, class); see ``segment``."""
    answer = np.empty((*picture.shape[:2], len(segmenter.classes)), np.float32)
    for place, probabilities in _pieces(segmenter, picture, tile, progress):
        answer[place] = probabilities
    return answer


def _pieces(
    segmenter: Segmenter, picture: Picture, tile: int, progress: Progress | None
) -> Iterator[tuple[tuple[slice, slice], NDArray[Any]]]:
    rows, columns = picture.shape[:2]
    reach = segmenter.reach
    # A piece much smaller than what is around it would be work for nothing.
    tile = max(tile, 2 * reach)
    places = [(row, column) for row in range(0, rows, tile) for column in range(0, columns, tile)]
    for number, (row, column) in enumerate(places):
        if progress:
            progress(number / len(places), f"piece {number + 1} of {len(places)}")
        top, left = max(0, row - reach), max(0, column - reach)
        base, right = min(rows, row + tile + reach), min(columns, column + tile + reach)
        told = segmenter.predict_probabilities(np.asarray(picture[top:base, left:right]))
        inside = (
            slice(row, min(rows, row + tile)),
            slice(column, min(columns, column + tile)),
        )
        yield (
            inside,
            told[inside[0].start - top : inside[0].stop - top][
                :, inside[1].start - left : inside[1].stop - left
            ],
        )
