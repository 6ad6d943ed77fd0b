"""What marks depths: a lasso or a box on a picture, a brush over the tracks, view, intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._interval_picker import IntervalPicker
from napari_welllog._log_view import LogView
from napari_welllog._marks import Marks
from napari_welllog._track_brush import TrackBrush
from welllog.quality import rows_within, spans_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from welllog.well import Well

_JOIN_M, _LEAST_M = 2.0, 0.5
"""Marks closer than the one become one interval, none is shorter than the other: a tool sees no
less, and intervals of a sample each are nothing that anybody would restore."""
_MANY = 20
"""So many intervals at once are more than a user will have meant."""


class MarkTools:
    """Marks rows of the well that is looked at.

    Parameters
    ----------
    viewer : napari.Viewer
    marks : Marks
    picker : IntervalPicker
    on_change : callable
        Called without arguments when other rows are marked.
    """

    def __init__(
        self,
        viewer: Any,
        view: LogView,
        marks: Marks,
        picker: IntervalPicker,
        on_change: Callable[[], None],
    ) -> None:
        self._view, self._marks, self._picker = view, marks, picker
        self._on_change = on_change
        self._well: Well | None = None
        self._before: NDArray[np.bool_] = np.zeros(0, bool)
        self.brush = TrackBrush(viewer, self._on_stroke, self._remember, self._on_change)

    @property
    def well(self) -> Well | None:
        """The well whose rows are marked."""
        return self._well

    @well.setter
    def well(self, well: Well | None) -> None:
        self._well = self.brush.well = well

    @property
    def marked(self) -> NDArray[np.bool_]:
        """Rows that are marked, shape (n,)."""
        return self._marks.rows(self.well) if self.well is not None else np.zeros(0, bool)

    def mark(self, inside: NDArray[np.bool_], keys: Collection[str] = ()) -> None:
        """Mark rows, shape (n,); with Shift beside those marked, with Ctrl take them away."""
        self._remember()
        self._apply(inside, keys)

    def mark_rows(self, rows: NDArray[np.intp], keys: Collection[str] = ()) -> None:
        """Mark rows by number, shape (k,)."""
        if self.well is not None and len(rows):
            inside = np.zeros(len(self.well.index), bool)
            inside[rows] = True
            self.mark(inside, keys)

    def mark_view(self, keys: Collection[str] = ()) -> None:
        """Mark the depths in view."""
        if self.well is not None:
            self.mark(rows_within(self.well.index, [self._view.depths_seen(self.well)]), keys)

    def mark_intervals(self, keys: Collection[str] = ()) -> None:
        """Mark the intervals picked."""
        if self.well is not None:
            self.mark(rows_within(self.well.index, self._picker.intervals), keys)

    def clear(self) -> None:
        """Mark no depths."""
        if self.well is not None:
            self.mark(np.zeros(len(self.well.index), bool))

    def pick(self) -> str:
        """Add the marked depths to the intervals picked; return what was done, in words."""
        well = self.well
        if well is None or not self.marked.any():
            return ""
        metres = well.metres_per_unit if well.metres_per_unit > 0 else 1.0
        spans = spans_of(well.index, self.marked, _JOIN_M / metres, _LEAST_M / metres)
        kept = self._picker.intervals
        fresh = [span for span in spans if not any(a <= span[0] and span[1] <= b for a, b in kept)]
        self._picker.intervals = [*kept, *fresh]
        length = sum(well.length_of(*span) for span in fresh)
        said = f"{len(fresh)} interval{'s' * (len(fresh) != 1)} picked"
        said += f", {length:.2f} {well.index_unit} in all" if fresh else ""
        if len(fresh) > _MANY:
            said += ": so many that most may be single points; draw around fewer, or remove some"
        return said + "."

    def _on_stroke(self, top: float, base: float, keys: frozenset[str]) -> None:
        if self.well is not None:
            self._apply(rows_within(self.well.index, [(top, base)]), keys)

    def _remember(self) -> None:
        self._before = self.marked

    def _apply(self, inside: NDArray[np.bool_], keys: Collection[str]) -> None:
        assert self.well is not None
        held = {key.lower() for key in keys}
        if "shift" in held:
            inside = inside | self._before
        elif held & {"ctrl", "control"}:
            inside = self._before & ~inside
        self._marks.mark(self.well, inside)
        self._on_change()
