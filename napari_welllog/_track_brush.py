"""A brush: depths marked by dragging over the tracks, while the mouse button is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from napari_welllog._interval_picker import picking
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap

if TYPE_CHECKING:
    from welllog.well import Well


class TrackBrush:
    """Turns drags over the tracks into spans of depth; it comes before whatever else is dragged.

    Parameters
    ----------
    viewer : napari.Viewer
    on_stroke : callable
        Called with top, base and the keys held (``{"Shift", "Control"}``) whenever a drag has
        moved on; the keys are those held when it began. First and last in ``begin`` and ``end``.
    begin, end : callable
        Called without arguments.
    """

    def __init__(
        self,
        viewer: Any,
        on_stroke: Callable[[float, float, frozenset[str]], None],
        begin: Callable[[], None],
        end: Callable[[], None],
    ) -> None:
        self._viewer = unwrap(viewer)
        self._view = view_of(viewer)
        self._on_stroke, self._begin, self._end = on_stroke, begin, end
        self.well: Well | None = None

    @property
    def on(self) -> bool:
        """Whether a drag over the tracks brushes."""
        return self._brush in self._viewer.mouse_drag_callbacks

    @on.setter
    def on(self, wanted: bool) -> None:
        if wanted and not self.on:
            self._viewer.mouse_drag_callbacks.insert(0, self._brush)
        elif not wanted:
            self.close()

    def close(self) -> None:
        """Stop watching."""
        if self.on:
            self._viewer.mouse_drag_callbacks.remove(self._brush)

    def _brush(self, viewer: Any, event: Any) -> Iterator[None]:
        if self.well is None or id(self._viewer) in picking:
            return
        picking.add(id(self._viewer))  # a drag with Shift is not an interval too
        keys = frozenset(name for name in ("Shift", "Control") if name in event.modifiers)
        first = self._view.depth_of(self.well, event.position[-2])
        camera = self._viewer.scene.camera
        pans, camera.mouse_pan = camera.mouse_pan, False
        self._begin()
        try:
            yield
            while event.type == "mouse_move":
                here = self._view.depth_of(self.well, event.position[-2])
                self._on_stroke(min(first, here), max(first, here), keys)
                event.handled = True
                yield
            event.handled = True
        finally:
            camera.mouse_pan = pans
            picking.discard(id(self._viewer))
            self._end()
