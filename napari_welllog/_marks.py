"""Depths marked on a cross-plot; they live in a vectors layer of the well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog import _napari_private
from napari_welllog._layers import LayerTuple, choose_width, redraw
from napari_welllog._places import KEY, SCHEMA, make_places
from welllog.palette import choose_theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_welllog._log_view import LogView
    from welllog.well import Well


def to_marked_layer(
    well: Well, rows: NDArray[Any], places: dict[str, dict[str, Any]], canvas: str
) -> LayerTuple:
    """Turn marked rows, shape (k,), into a vectors layer: a line each, across all tracks.

    ``places`` are those of the well's curves.
    """
    first = make_places([1.0], 0.0, choose_width(well, [1.0]), "")[0]
    basis = next(iter(places.values()), first)
    depth = well.index[rows]
    left = min((place["offset"] for place in places.values()), default=0.0)
    right = max((place["offset"] + place["share"] for place in places.values()), default=1.0)
    ones = np.ones_like(depth)
    data = np.stack([np.c_[depth, left * ones], np.c_[0 * ones, (right - left) * ones]], axis=1)
    place = {**basis, "track": 0, "offset": left, "share": right - left}
    record = {"schema": SCHEMA, "kind": "marked", "well": well, "place": place, "rows": rows}
    return (
        data,
        {
            "name": f"marked{place['suffix']}",
            "metadata": {KEY: record},
            "ndim": 2,
            "scale": (1.0, place["width"]),
            "translate": (0.0, place["left"]),
            "vector_style": "line",
            "edge_color": choose_theme(canvas).marked,
            "edge_width": 1.0,
            "blending": "translucent_no_depth",
            "opacity": 0.7 if _napari_private.AVAILABLE else 0.4,
        },
        "vectors",
    )


class Marks:
    """Which rows of each well are marked, kept by the layers that show them."""

    def __init__(self, viewer: Any, view: LogView) -> None:
        self._viewer = viewer
        self._view = view

    def rows(self, well: Well) -> NDArray[np.bool_]:
        """Return the rows of a well that are marked, shape (n,)."""
        marked = np.zeros(len(well.index), bool)
        for layer, record in self._view.records("marked"):
            if record["well"] is well and len(layer.data):
                marked[record["rows"]] = True
        return marked

    def mark(self, well: Well, marked: NDArray[np.bool_]) -> None:
        """Mark these rows of a well, shape (n,), and no others."""
        rows = np.flatnonzero(marked)
        shown = [layer for layer, r in self._view.records("marked") if r["well"] is well]
        if not shown and not len(rows):
            return
        places = self._view.places(well)
        made = to_marked_layer(well, rows, places, self._view.canvas_colour)
        ((data, meta, _),) = self._view.suit([made])
        if shown:
            redraw(shown[0], data, meta)
            for extra in shown[1:]:  # a duplicate
                self._viewer.layers.remove(extra)
            return
        active = self._viewer.layers.selection.active
        layer = self._viewer.add_vectors(data, **meta)
        below = [self._viewer.layers.index(r[0]) for r in self._view.records("intervals")]
        self._viewer.layers.move(self._viewer.layers.index(layer), max(below, default=-1) + 1)
        self._viewer.layers.selection.active = active
