"""A lasso takes rows, the pointer reads one, a double click goes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.widgets import LassoSelector
from qtpy.QtCore import Qt

from welllog.scatter import Scatter, row_near, rows_inside


class PointPicker:
    """Turns what the mouse does on a canvas into rows of a well.

    Parameters
    ----------
    canvas : matplotlib canvas
    on_lasso : callable
        Called with the rows drawn around and the keys held when that began; not for a click.
    on_visit : callable
        Called with the row of a point that is double clicked.
    describe : callable
        Says what the tool tip says of a row.
    """

    def __init__(
        self,
        canvas: Any,
        on_lasso: Callable[[Any, Qt.KeyboardModifier], None],
        on_visit: Callable[[int], None],
        describe: Callable[[int], str],
    ) -> None:
        self._canvas = canvas
        self._on_lasso = on_lasso
        self._on_visit = on_visit
        self._describe = describe
        self._scatter: Scatter | None = None
        self._lasso: LassoSelector | None = None
        self._modifiers = Qt.KeyboardModifier.NoModifier
        canvas.mpl_connect("button_press_event", self._on_press)
        canvas.mpl_connect("motion_notify_event", self._on_move)

    def watch(self, scatter: Scatter | None, colour: str) -> None:
        """Work on these points from now on; the lasso is drawn in ``colour``."""
        if self._lasso is not None:
            self._lasso.disconnect_events()
        self._scatter, self._lasso = scatter, None
        self._canvas.setToolTip("")
        if scatter is not None:
            style = {"color": colour, "linewidth": 1.4}
            self._lasso = LassoSelector(scatter.axes, self._on_outline, props=style, button=[1])

    def _on_press(self, event: Any) -> None:
        self._modifiers = event.guiEvent.modifiers()
        row = self._row_at(event)
        if event.dblclick and row is not None:
            self._on_visit(row)

    def _on_move(self, event: Any) -> None:
        row = None if event.button else self._row_at(event)
        self._canvas.setToolTip("" if row is None else self._describe(row))

    def _on_outline(self, outline: list[tuple[float, float]]) -> None:
        rows = () if self._scatter is None else rows_inside(self._scatter, outline)
        if len(rows):  # else a click, or around nothing
            self._on_lasso(rows, self._modifiers)

    def _row_at(self, event: Any) -> int | None:
        return None if self._scatter is None else row_near(self._scatter, event.x, event.y)
