"""What a segmenter would say of one view, again after every stroke of the brush."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes
from welllog.cores.clusters import Clusters
from welllog.cores.naming import check_pairs, classes_of, name_segments
from welllog.cores.pixel_features import enlarge
from welllog.cores.pixels import PixelClassifier
from welllog.cores.segmenters import (
    Mask,
    Picture,
    Place,
    Segmenter,
    SegmenterError,
    choose_stride,
    most_probable,
)
from welllog.cores.thresholds import Levels

__all__ = ["Preview", "find_quickly"]

STEP = 4
"""Rows and columns of a view that a forest tells together at least."""
TREES = 32
DEPTH = 12
SAMPLES = 500
"""Of a forest that is grown again after every stroke: half a second for a million pixels."""
COARSE = 500_000
"""Pixels of a picture that levels and clusters are found in while settings change."""


class Preview:
    """A view of a picture, with what no stroke of the brush changes.

    A forest keeps the features of its squares, levels and clusters keep their segments: they are
    found in the view alone (unless they were found before, as ``find_quickly`` does), and a stroke
    changes but which is which class. A preview shows how it will look; the answer is that of a fit
    to the pictures.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        picture: Picture,
        *,
        stride: int = 1,
        place: Place | None = None,
    ) -> None:
        """Look at a view.

        Parameters
        ----------
        segmenter : Segmenter
            Levels, clusters or a forest, with its settings. A fitted one is used as it is; a
            forest grows on what is painted in any case.
        picture : array, shape (row, column, channel)
            A million pixels or so.
        stride : int
            The view holds every so many rows and columns of a picture: lengths in the settings
            are divided by it.
        place : Place, optional
            Of the view in its picture, in pixels of the view, for clusters that know their place.

        Raises
        ------
        SegmenterError
            Nothing can be found in the view, or the method is a network.
        """
        self._picture = picture
        self._forest: PixelClassifier | None = None
        segmenter = _at_stride(segmenter, stride)
        self._kept: NDArray[Any]
        if isinstance(segmenter, PixelClassifier):
            self._forest = replace(
                segmenter,
                squares=max(segmenter.step, STEP),
                trees=min(segmenter.trees, TREES),
                depth=min(segmenter.depth, DEPTH),
                samples=min(segmenter.samples, SAMPLES),
            )
            self._kept = self._forest.describe_squares(picture)
            return
        if not hasattr(segmenter, "naming"):
            raise SegmenterError(f"method {segmenter.method} has no preview; fit it")
        self._segmenter = segmenter if len(segmenter.classes) else segmenter.fit([picture])
        tell_piece = getattr(self._segmenter, "predict_piece", None)
        if place is not None and tell_piece is not None:
            self._kept = most_probable(tell_piece(picture, place))
        else:
            self._kept = most_probable(self._segmenter.predict_probabilities(picture))

    def tell(self, painted: Mask | None = None, classes: Classes | None = None) -> Mask:
        """Return the class of every pixel of the view, (row, column).

        Parameters
        ----------
        painted : int array, shape (row, column), optional
            What was painted so far; without it segments are numbered from dark to light.
        classes : Classes, optional
            Numbered ones by default, as many as are painted.

        Raises
        ------
        SegmenterError
            Too little is painted, or it does not fit the view.
        """
        if painted is None:
            if self._forest is not None:
                raise SegmenterError("method pixels learns from painted pictures; paint some")
            return self._kept
        check_pairs([self._picture], [painted])
        known = classes_of([painted], classes)
        if self._forest is None:
            names = name_segments([self._kept], [painted], len(self._segmenter.classes))
            named: Mask = np.array(names, np.int16)[self._kept]
            return named
        forest = self._forest.grow(*self._forest.draw_squares(self._kept, painted), known)
        rows, columns, features = self._kept.shape
        told = forest.tell(self._kept.reshape(-1, features)).reshape(rows, columns, -1)
        return most_probable(enlarge(forest.even_out(told), forest.step, painted.shape))


def find_quickly(segmenter: Segmenter, picture: Picture, classes: Classes | None = None) -> Any:
    """Return levels or clusters found in every so many pixels of a whole picture.

    For previews of parts of it, which then do not change with the part.

    Parameters
    ----------
    segmenter : Segmenter
    picture : array, shape (row, column, channel)
    classes : Classes, optional

    Raises
    ------
    SegmenterError
        Nothing can be found in the picture.
    """
    rows, columns = picture.shape[:2]
    stride = choose_stride(rows, columns, COARSE)
    coarse = _at_stride(segmenter, stride)
    return _lengths_of(
        coarse.fit([np.asarray(picture[::stride, ::stride])], None, classes), segmenter
    )


def _at_stride(segmenter: Any, stride: int) -> Any:
    """Return a segmenter for every so many rows and columns of a picture."""
    if stride == 1:
        return segmenter
    if isinstance(segmenter, Levels):
        return replace(segmenter, smooth=segmenter.smooth / stride)
    if isinstance(segmenter, Clusters):
        return replace(segmenter, scale=max(segmenter.scale / stride, 0.1))
    if isinstance(segmenter, PixelClassifier):
        scales = {max(0.5, scale / stride) for scale in segmenter.scales}
        return replace(segmenter, scales=tuple(sorted(scales)))
    return segmenter


def _lengths_of(found: Any, segmenter: Any) -> Any:
    """Return what was found, with the lengths in pixels of another."""
    length = "smooth" if isinstance(segmenter, Levels) else "scale"
    return replace(found, **{length: getattr(segmenter, length)})
