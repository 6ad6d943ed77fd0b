"""Pictures of any size, piece by piece, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.segmenters import (
    Mask,
    Picture,
    Place,
    Probabilities,
    Segmenter,
    most_probable,
)
from welllog.progress import Progress

__all__ = ["TILE", "cut_pieces", "segment", "tell_probabilities"]

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
    for place, probabilities in _tell_pieces(segmenter, picture, tile, progress):
        answer[place.there] = most_probable(probabilities)
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
    for place, probabilities in _tell_pieces(segmenter, picture, tile, progress):
        answer[place.there] = probabilities
    return answer


def cut_pieces(
    picture: Picture, *, tile: int = TILE, reach: int = 0, grid: int = 1
) -> Iterator[tuple[Place, NDArray[Any]]]:
    """Cut a picture into pieces with what is around them.

    Parameters
    ----------
    picture : array, shape (row, column, channel)
    tile : int
        Rows and columns that a piece is asked for.
    reach : int
        Pixels around them that are handed over as well, where the picture has them.
    grid : int
        Pieces begin at its multiples alone.
    """
    rows, columns = picture.shape[:2]
    tile = -(-tile // grid) * grid
    for row in range(0, rows, tile):
        for column in range(0, columns, tile):
            top = max(0, row - reach) // grid * grid
            left = max(0, column - reach) // grid * grid
            base, right = min(rows, row + tile), min(columns, column + tile)
            inside = slice(row - top, base - top), slice(column - left, right - left)
            around = picture[top : min(rows, base + reach), left : min(columns, right + reach)]
            yield Place((rows, columns), top, left, inside), np.asarray(around)


def _tell_pieces(
    segmenter: Segmenter, picture: Picture, tile: int, progress: Progress | None
) -> Iterator[tuple[Place, Probabilities]]:
    reach, grid = segmenter.reach, int(getattr(segmenter, "grid", 1))
    # A piece much smaller than what is around it would be work for nothing.
    tile = -(-max(tile, 2 * reach) // grid) * grid
    count = -(-picture.shape[0] // tile) * -(-picture.shape[1] // tile)
    tell_piece = getattr(segmenter, "predict_piece", None)
    pieces = cut_pieces(picture, tile=tile, reach=reach, grid=grid)
    for number, (place, piece) in enumerate(pieces):
        if progress:
            progress(number / count, f"piece {number + 1} of {count}")
        if tell_piece is not None:
            yield place, tell_piece(piece, place)
        else:
            yield place, segmenter.predict_probabilities(piece)[place.inside]
