"""Strokes of napari's brush over labels, as steps to be taken back in their turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from napari_welllog._segment_pictures import SCRIBBLES, SEGMENTS, labels_beside
from napari_welllog._segment_steps import Step

Find = Callable[[], Any]


class Strokes:
    """Makes a step of each stroke, fill or polygon.

    napari has a history of each layer too (Ctrl+Z over the picture), which ends with the layer and
    knows of nothing else: a stroke that was taken back there is passed over here.

    Parameters
    ----------
    add : callable
        Takes a step in.
    """

    def __init__(self, add: Callable[[Step], None]) -> None:
        self._add = add
        self._known: WeakKeyDictionary[Any, NDArray[Any]] = WeakKeyDictionary()
        """Labels as they were before the stroke that comes."""

    def follow(self, viewer: Any, pictures: Sequence[Any]) -> None:
        """Follow the scribbles and the segments of pictures."""
        for picture in pictures:
            for kind in (SCRIBBLES, SEGMENTS):
                layer = labels_beside(viewer, picture, kind)
                if layer is not None and layer not in self._known:
                    self._keep(layer)
                    find = partial(labels_beside, viewer, picture, kind)
                    layer.events.data.connect(partial(self._keep, layer))
                    layer.events.paint.connect(partial(self._take, layer, find))

    def _keep(self, layer: Any, _: Any = None) -> None:
        self._known[layer] = np.array(layer.data)

    def _take(self, layer: Any, find: Find, _: Any = None) -> None:
        known, now = self._known[layer], np.asarray(layer.data)
        place = np.flatnonzero(known.ravel() != now.ravel())
        if not len(place):
            return
        before, after = known.ravel()[place], now.ravel()[place]
        known.ravel()[place] = after
        self._add(
            Step(
                f"stroke on {layer.name}",
                lambda: self._put(find(), place, after, before),
                lambda: self._put(find(), place, before, after),
                light=True,
            )
        )

    def _put(self, layer: Any, place: Any, here: Any, there: Any) -> bool:
        """Put labels that are ``here`` to what they are ``there``; return whether they were."""
        if layer is None:
            return False
        labels = np.asarray(layer.data)
        pixels = np.unravel_index(place, labels.shape)
        if not np.array_equal(labels[pixels], here):
            return False
        labels[pixels] = there
        self._keep(layer)
        layer.refresh()
        return True
