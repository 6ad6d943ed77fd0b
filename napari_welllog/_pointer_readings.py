"""What is read under the pointer: it follows the mouse, and the view where that moves below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._readings import read_at

if TYPE_CHECKING:
    from napari_welllog._log_view import LogView


class PointerReadings:
    """Keeps the readings in the header those of the depth under the pointer."""

    def __init__(self, viewer: Any, view: LogView) -> None:
        self._viewer, self._view = viewer, view
        self.readable: list[tuple[Any, Any]] = []
        """(well, values) of each curve and (well, lanes) of each strip, in the header's order."""
        self._share: tuple[float, float] | None = None
        """Where in the canvas the pointer is, across and down, from 0 to 1."""

    def move(self, header: Any, world: float, across: float) -> None:
        """Read at a point of the world, to which the pointer was moved."""
        rect = self._view.rect
        if rect is not None:
            left, right, top, base = rect
            self._share = (across - left) / (right - left), (world - top) / (base - top)
        self._read(header, world, across)
        header.events.pointer.emit(world)

    def follow(self, header: Any) -> None:
        """Read where the pointer is over a view that has moved; nothing where it is elsewhere.

        The header is drawn next.
        """
        rect = self._view.rect
        if header.pointer is None or rect is None:
            return
        if self._share is None or not self._viewer.mouse_over_canvas:
            with header.events.all.blocked():
                self.forget(header)
            return
        left, right, top, base = rect
        at = top + self._share[1] * (base - top), left + self._share[0] * (right - left)
        if not np.allclose(at, (header.pointer, header.over), rtol=0, atol=1e-4 * (base - top)):
            self._read(header, *at)

    def read_again(self, header: Any) -> None:
        """Read at the same point: wells were moved."""
        if header.pointer is not None:
            self._read(header, header.pointer, header.over)

    def forget(self, header: Any) -> None:
        """Read nothing until the pointer moves; the header's events are blocked."""
        header.readings, header.pointer, header.over = (), None, None

    def _read(self, header: Any, world: float, across: float) -> None:
        with header.events.all.blocked():  # drawn once
            header.readings = tuple(
                read_at(well, values, self._view.depth_of(well, world))
                for well, values in self.readable
            )
            header.over, header.pointer = across, world
