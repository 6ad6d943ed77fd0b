"""A box on a picture that is moved with the keyboard: a lasso for those who use no mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from welllog.scatter import Scatter, rows_inside

_STEP, _SMALLEST, _LARGEST = 0.04, 0.04, 1.0
"""In widths and heights of the axes."""
_ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, 1), "down": (0, -1)}


class PlotBox:
    """Arrows move it, with Shift they make it wider, narrower, higher, lower; Enter takes rows.

    Parameters
    ----------
    canvas : matplotlib canvas
    on_rows : callable
        Called with the rows inside and the keys held with Enter (``shift``, ``ctrl``).
    """

    def __init__(self, canvas: Any, on_rows: Callable[[Any, frozenset[str]], None]) -> None:
        self._canvas = canvas
        self._on_rows = on_rows
        self._scatter: Scatter | None = None
        self._patch: Rectangle | None = None
        self._colour = "#000000"
        self._middle, self._size = np.array([0.5, 0.5]), np.array([0.2, 0.2])
        canvas.mpl_connect("key_press_event", self._on_key)

    @property
    def shown(self) -> bool:
        """Whether the box is on the picture."""
        return self._patch is not None

    def watch(self, scatter: Scatter | None, colour: str) -> None:
        """Work on these points from now on; the box is drawn in ``colour``."""
        shown = self.shown
        self._scatter, self._colour, self._patch = scatter, colour, None
        if shown and scatter is not None:
            self._draw()

    def hide(self) -> None:
        """Take the box off the picture."""
        if self._patch is not None:
            self._patch.remove()
            self._patch = None
            self._canvas.draw_idle()

    def _on_key(self, event: Any) -> None:
        if self._scatter is None or not event.key:
            return
        *held, key = event.key.split("+")
        if key in _ARROWS:
            if self.shown:  # the first one only shows it
                way = _STEP * np.array(_ARROWS[key], float)
                if "shift" in held:
                    self._size = (self._size + way).clip(_SMALLEST, _LARGEST)
                else:
                    self._middle = (self._middle + way).clip(0.0, 1.0)
            self._draw()
        elif key == "enter" and self.shown:
            self._on_rows(self._rows(), frozenset(held))

    def _draw(self) -> None:
        assert self._scatter is not None
        low = self._middle - self._size / 2
        if self._patch is None:
            axes = self._scatter.axes
            style = {"facecolor": "none", "edgecolor": self._colour, "linewidth": 1.6, "zorder": 6}
            self._patch = Rectangle((0, 0), 1, 1, transform=axes.transAxes, **style)
            axes.add_patch(self._patch)
        self._patch.set_bounds(*low, *self._size)
        self._canvas.draw_idle()

    def _rows(self) -> Any:
        assert self._scatter is not None
        axes = self._scatter.axes
        (x, y), (wide, high) = self._middle - self._size / 2, self._size
        corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]
        outline = axes.transData.inverted().transform(axes.transAxes.transform(corners))
        return rows_inside(self._scatter, outline)
