"""The layers of wells, taken into a viewer in one go.

napari looks at every layer again, sends all of them to the canvas and shows the controls of the
newest whenever one is added. For twenty wells that takes a minute, and once would be enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qtpy.QtCore import QTimer

from napari_welllog import _napari_private
from napari_welllog._napari_private import find_canvas, pause_canvas, resume_canvas, unwrap
from napari_welllog._places import describe


class Insertion:
    """Waits until all of the layers that were announced are in a viewer's list.

    Parameters
    ----------
    viewer : napari.Viewer
    on_inserted : callable
        Called when a layer was inserted, once for all those announced together.
    """

    def __init__(self, viewer: Any, on_inserted: Callable[[], None]) -> None:
        self._layers = viewer.layers
        self._viewer = unwrap(viewer)
        self._on_inserted = on_inserted
        self._awaited: dict[int, Any] = {}
        self._paused = False
        viewer.layers.events.inserting.connect(self._begin)
        # Last: napari's own listeners come first, and the canvas knows the layer already.
        viewer.layers.events.inserted.connect(self._note, position="last")

    def expect(self, layers: Iterable[Any]) -> None:
        """Announce layer tuples that will be added before the event loop runs again."""
        if find_canvas(self._viewer) is None:
            return
        records = [describe(meta["metadata"]) for _, meta, _ in layers]
        self._awaited.update((id(record), record) for record in records if record is not None)
        QTimer.singleShot(0, self.finish)

    def finish(self) -> None:
        """Let the viewer show what is there by now, whether or not all has come."""
        self._awaited.clear()
        if not self._paused:
            return
        self._paused = False
        self._layers._activate_on_insert = True
        if _napari_private.AVAILABLE:
            from napari_welllog._light_lists import resume_list

            resume_list(self._viewer)
        if len(self._layers):  # its controls may resize the canvas, which is then drawn at once
            self._layers.selection.active = self._layers[-1]
        resume_canvas(self._viewer)
        self._on_inserted()

    def _begin(self, event: Any = None) -> None:
        if self._awaited and not self._paused:
            self._paused = True
            self._layers._activate_on_insert = False
            pause_canvas(self._viewer)
            if _napari_private.AVAILABLE:
                from napari_welllog._light_lists import pause_list

                pause_list(self._viewer)

    def _note(self, event: Any) -> None:
        if not self._paused:
            self._on_inserted()
            return
        record = describe(event.value)
        if self._awaited.pop(id(record), None) is None or not self._awaited:
            self.finish()
