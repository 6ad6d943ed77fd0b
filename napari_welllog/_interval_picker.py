"""Intervals picked by dragging over the tracks; they live in a shapes layer of the well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._layers import interval_rectangle, read_intervals, to_interval_layer
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from welllog.gaps import find_gaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from welllog.well import Well


picking: set[int] = set()
"""Viewers over which something follows a drag: of several that could, the first takes it."""


_REACH = 6
"""Pixels within which an end of an interval that is dragged jumps to an edge."""


def list_edges(well: Well) -> NDArray[Any]:
    """Return the depths at which gaps begin and end, and those of tops and zones, shape (k,)."""
    known = list(well.canonical.values())
    edges = [depth for gap in find_gaps(well, known) for depth in gap.depths(well.index)]
    edges += [top.depth for top in well.tops]
    edges += [depth for zone in well.zones for depth in (zone.top, zone.base)]
    return np.array(edges, dtype=np.float64)


class IntervalPicker:
    """Turns drags over the tracks of one well into intervals.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to watch the mouse.
    on_change : callable
        Called without arguments whenever the intervals have changed, by whatever hand.
    """

    def __init__(self, viewer: Any, on_change: Callable[[], None]) -> None:
        self._viewer = unwrap(viewer)
        self._view = view_of(viewer)
        self._on_change = on_change
        self._watched: Any = None
        self._set_by_us = False
        self._well: Well | None = None
        self.always = False
        """A drag picks without Shift held."""
        self.dragging = False
        """An interval is being dragged: what is picked is not settled yet."""
        self.pressed_at = np.nan
        """World coordinate across the tracks at which the last drag began."""
        self._viewer.mouse_drag_callbacks.append(self._pick)
        self._viewer.layers.events.removed.connect(self._on_layers)
        self._viewer.layers.events.inserted.connect(self._on_layers)

    def close(self) -> None:
        """Stop watching."""
        if self._pick in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._pick)
        self._viewer.layers.events.removed.disconnect(self._on_layers)
        self._viewer.layers.events.inserted.disconnect(self._on_layers)
        self._watch(None)

    @property
    def well(self) -> Well | None:
        """The well whose intervals they are."""
        return self._well

    @well.setter
    def well(self, well: Well | None) -> None:
        self._well = well
        self._watch(self._layer())

    @property
    def intervals(self) -> list[tuple[float, float]]:
        """Top and base of each interval of the well, in index units."""
        layer = self._layer()
        if layer is None:
            return []
        # Shapes are kept in single precision, which would move a depth off its sample.
        spans = read_intervals(layer.data)
        return [(self.snap(top), self.snap(base)) for top, base in spans]

    @intervals.setter
    def intervals(self, intervals: list[tuple[float, float]]) -> None:
        if self.well is None:
            return
        layer = self._layer()
        if layer is None and intervals:
            layer = self._add_layer(intervals)
        elif layer is not None:
            left, right = self._view.sides(self.well)
            self._set_by_us = True
            try:
                layer.data = [interval_rectangle(*span, left, right) for span in intervals]
                self._paint(layer)
            finally:
                self._set_by_us = False
        self._watch(layer)
        self._on_change()

    def snap(self, depth: float) -> float:
        """Return the depth of the sample nearest to a depth."""
        assert self.well is not None
        index = self.well.index
        return float(index[np.argmin(np.abs(index - depth))])

    def _depth_at(self, event: Any) -> float:
        """Return the depth of the well under the pointer."""
        assert self.well is not None
        return self._view.depth_of(self.well, event.position[-2])

    def _end_near(self, depth: float, edges: NDArray[Any], event: Any) -> float:
        """Return where an end of an interval comes to lie: on an edge close by, else a sample.

        Alt held: on the nearest sample, whatever is close.
        """
        top, base = self._view.depths_in_view
        reach = _REACH * (base - top) / max(self._viewer.canvas.size[0], 1)
        if len(edges) and "Alt" not in event.modifiers:
            nearest = float(edges[np.argmin(np.abs(edges - depth))])
            depth = nearest if abs(nearest - depth) <= reach else depth
        return self.snap(depth)

    def _layer(self) -> Any:
        for layer, record in self._view.records("intervals"):
            if record["well"] is self.well:
                return layer
        return None

    def _add_layer(self, intervals: list[tuple[float, float]]) -> Any:
        assert self.well is not None
        active = self._viewer.layers.selection.active
        suffix = next(iter(self._view.places(self.well).values()), {}).get("suffix", "")
        data, meta, _ = to_interval_layer(
            self.well, intervals, *self._view.sides(self.well), suffix=suffix
        )
        meta["translate"] = (self._view.world_of(self.well, 0.0), 0.0)
        layer = self._viewer.add_shapes(data, **meta)
        self._paint(layer)
        self._viewer.layers.move(self._viewer.layers.index(layer), 0)  # below the curves
        self._viewer.layers.selection.active = active
        return layer

    def _paint(self, layer: Any) -> None:
        """Give every rectangle the layer's colour: napari paints new ones in its current one."""
        if len(layer.data):
            layer.face_color = "#ffb300"
            layer.edge_width = 0

    def _watch(self, layer: Any) -> None:
        if layer is self._watched:
            return
        if self._watched is not None:
            self._watched.events.data.disconnect(self._on_data)
        self._watched = layer
        if layer is not None:
            layer.events.data.connect(self._on_data)

    def _on_data(self, event: Any = None) -> None:
        """Follow a change made with napari's own tools."""
        if not self._set_by_us:
            self._on_change()

    def _on_layers(self, event: Any = None) -> None:
        layer = self._layer()
        if layer is not self._watched:
            self._watch(layer)
            self._on_change()

    def _span(self, first: float, edges: NDArray[Any], event: Any) -> tuple[float, float]:
        """Return top and base of an interval dragged from ``first`` to the pointer."""
        ends = [self._end_near(depth, edges, event) for depth in (first, self._depth_at(event))]
        return min(ends), max(ends)

    def _pick(self, viewer: Any, event: Any) -> Iterator[None]:
        """Pick an interval: press at one end, drag to the other."""
        if self.well is None or not (self.always or "Shift" in event.modifiers):
            return
        if id(self._viewer) in picking:  # the other dock's: this one follows the layer
            return
        picking.add(id(self._viewer))
        before = self.intervals
        edges = list_edges(self.well)
        first = self._depth_at(event)
        self.pressed_at = float(event.position[-1])
        camera = self._viewer.scene.camera
        pans = camera.mouse_pan
        camera.mouse_pan = False  # without Shift the same drag would pan as well
        self.dragging = True
        try:
            yield
            moved = False
            while event.type == "mouse_move":
                moved = True
                span = self._span(first, edges, event)
                self.intervals = [*before, (span[0], span[1])]
                event.handled = True
                yield
            if moved:
                event.handled = True
                picked = self._span(first, edges, event)
                self.dragging = False
                self.intervals = [*before, picked] if picked[1] > picked[0] else before
        finally:
            self.dragging = False
            camera.mouse_pan = pans
            picking.discard(id(self._viewer))
