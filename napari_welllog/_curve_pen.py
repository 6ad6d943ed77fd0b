"""A pen: a curve drawn by hand over its track, while the mouse button is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._interval_picker import picking
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._places import KEY, SCHEMA, describe, edges
from welllog.candidates import thin_stroke
from welllog.tracks import values_at

if TYPE_CHECKING:
    from welllog.well import Well

_COLOUR = "#ffeb3b"
_MARGIN = 0.05
"""Of a track's width, beside it, where a stroke may begin."""
_TOLERANCE = 0.001
"""Of a track's width, by which the line may leave the pointer: a tenth of a pixel or so."""


class CurvePen:
    """Turns a drag over the track of a curve into points of a line.

    Parameters
    ----------
    viewer : napari.Viewer
    on_drawn : callable
        Called with (depth, value) points when the button is let go: as few as tell the stroke.
    """

    def __init__(self, viewer: Any, on_drawn: Callable[[list[tuple[float, float]]], None]) -> None:
        self._viewer = unwrap(viewer)
        self._view = view_of(viewer)
        self._on_drawn = on_drawn
        self.well: Well | None = None
        self.curve: str | None = None
        """Own mnemonic of what is drawn; None puts the pen away."""
        self._viewer.mouse_drag_callbacks.append(self._draw)

    def close(self) -> None:
        """Stop watching."""
        if self._draw in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._draw)

    def _draw(self, viewer: Any, event: Any) -> Iterator[None]:
        layer = self._curve_layer()
        if layer is None or "Shift" in event.modifiers or id(self._viewer) in picking:
            return
        record = describe(layer)
        assert record is not None and self.well is not None
        left, right = edges(record["place"])
        margin = (right - left) * _MARGIN
        if not left - margin <= event.position[-1] <= right + margin:
            return  # in another track: the camera's
        index = self.well.index
        line: dict[int, float] = {}
        before: tuple[float, float] | None = None
        camera = self._viewer.scene.camera
        pans, camera.mouse_pan = camera.mouse_pan, False
        preview: Any = None
        try:
            while True:
                depth = self._view.depth_of(self.well, event.position[-2])
                here = depth, float(layer.world_to_data(event.position)[-1])
                _add_stroke(line, index, before or here, here)
                before = here
                if len(line) > 1:
                    segments = _to_segments(line, index)
                    if preview is None:
                        preview = self._add_preview(layer, record, segments)
                    preview.data = segments
                event.handled = True
                yield
                if event.type != "mouse_move":
                    break
        finally:
            camera.mouse_pan = pans
            if preview is not None:
                self._viewer.layers.remove(preview)
        if len(line) > 1:
            place, rows = record["place"], sorted(line, key=lambda row: index[row])
            inside = (np.array([line[row] for row in rows]) - place["offset"]) / place["share"]
            across = np.clip(inside, 0, 1).tolist()
            points = list(zip(index[rows].tolist(), across, strict=True))
            stroke = thin_stroke(points, _TOLERANCE)
            values = values_at([where for _, where in stroke], record["scale"])
            shortly = [float(f"{value:.5g}") for value in values]
            self._on_drawn([(at, v) for (at, _), v in zip(stroke, shortly, strict=True)])

    def _curve_layer(self) -> Any:
        for layer, record in self._view.records("curve"):
            if record["well"] is self.well and record["curve"] == self.curve:
                return layer
        return None

    def _add_preview(self, layer: Any, record: dict[str, Any], segments: Any) -> Any:
        shown = {"schema": SCHEMA, "kind": "pen", "well": self.well, "place": record["place"]}
        active = self._viewer.layers.selection.active
        preview = self._viewer.add_vectors(
            segments,
            name="pen",
            metadata={KEY: shown},
            scale=layer.scale,
            translate=layer.translate,
            vector_style="line",
            edge_color=_COLOUR,
            edge_width=2.0,
            blending="translucent_no_depth",
        )
        self._viewer.layers.selection.active = active
        return preview


def _add_stroke(
    line: dict[int, float], index: Any, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """Put the samples between two pointer positions (depth, across) on a line."""
    low, high = sorted((start[0], end[0]))
    rows = np.flatnonzero((index >= low) & (index <= high))
    nearest = int(np.argmin(np.abs(index - end[0])))
    span = end[0] - start[0]
    for row in rows:
        share = (index[row] - start[0]) / span if span else 1.0
        line[int(row)] = start[1] + share * (end[1] - start[1])
    line[nearest] = end[1]


def _to_segments(line: dict[int, float], index: Any) -> Any:
    """Return the line as vectors, shape (n - 1, 2, 2)."""
    rows = np.array(sorted(line))
    points = np.c_[index[rows], [line[row] for row in rows]]
    return np.stack([points[:-1], np.diff(points, axis=0)], axis=1)
