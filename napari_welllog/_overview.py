"""A strip with the whole of a well, and a frame around what is in view that can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

from welllog.tracks import decimate, legible, log_interval, polyline, positions

if TYPE_CHECKING:
    from napari_welllog._log_view import LogView
    from welllog.well import Well

_POINTS = 2000
_MARGIN = 4


class Overview(QWidget):
    """Draws the first curve of a well from its top to its base."""

    def __init__(self, view: LogView) -> None:
        super().__init__()
        self._view = view
        self._well: Well | None = None
        self._line: tuple[Any, Any] | None = None
        self._colour = "#808080"
        self._grip: float | None = None
        self.setMinimumHeight(120)
        self.setToolTip("The whole well; drag the frame, or press beside it, to go there")

    def look_at(self, well: Well | None) -> None:
        """Show another well."""
        curve = next(
            (r["scale"] for _, r in self._view.records("curve") if r["well"] is well), None
        )
        self._well, self._line = well, None
        if well is not None and curve is not None and curve.mnemonic in well.curves:
            place = positions(well.values(curve.mnemonic), curve)
            self._line = decimate(*polyline(well.index, place), _POINTS)
            self._colour = curve.colour
        self.update()

    def row_of(self, depth: float) -> float:
        """Return the height in pixels of a depth of the well."""
        top, base = self._ends()
        return _MARGIN + (depth - top) / (base - top) * (self.height() - 2 * _MARGIN)

    def depth_at(self, row: float) -> float:
        """Return the depth of the well at a height in pixels."""
        top, base = self._ends()
        return top + (row - _MARGIN) / max(self.height() - 2 * _MARGIN, 1) * (base - top)

    def _ends(self) -> tuple[float, float]:
        assert self._well is not None
        top, base = log_interval(self._well)
        return top, max(base, top + 1e-6)

    def paintEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Draw the curve, and the frame."""
        if self._well is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paper = self._view.canvas_colour
        painter.fillRect(self.rect(), QColor(paper))
        if self._line is not None:
            painter.setPen(QPen(QColor(legible(self._colour, paper)), 1.0))
            top, base = self._ends()
            rows = _MARGIN + (self._line[0] - top) / (base - top) * (self.height() - 2 * _MARGIN)
            across = _MARGIN + self._line[1] * (self.width() - 2 * _MARGIN)
            broken = np.flatnonzero(~np.isfinite(across))
            for part in np.split(np.arange(len(rows)), broken):
                solid = [i for i in part if np.isfinite(across[i])]
                painter.drawPolyline(QPolygonF([QPointF(across[i], rows[i]) for i in solid]))
        first, last = (self.row_of(depth) for depth in self._view.depths_seen(self._well))
        first, last = max(first, 1.0), min(last, self.height() - 1.0)
        frame = QRectF(1, first, self.width() - 2, max(last - first, 3.0))
        ink = QColor(legible("#808080", paper, contrast=21.0))
        painter.setPen(QPen(ink, 1.5))
        ink.setAlpha(40)
        painter.fillRect(frame, ink)
        painter.drawRect(frame)

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Take hold of the frame, or bring it under the pointer."""
        if self._well is None or event.button() != Qt.MouseButton.LeftButton:
            return
        row = event.position().y()
        seen = self._view.depths_seen(self._well)
        inside = self.row_of(seen[0]) <= row <= self.row_of(seen[1])
        self._grip = self.depth_at(row) - sum(seen) / 2 if inside else 0.0
        self._follow(row)

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Move what is in view with the frame."""
        if self._grip is not None:
            self._follow(event.position().y())

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Let go of the frame."""
        self._grip = None

    def _follow(self, row: float) -> None:
        assert self._well is not None and self._grip is not None
        top, base = self._ends()
        depth = min(max(self.depth_at(row) - self._grip, top), base)
        self._view.centre_on(self._view.world_of(self._well, depth))
        self.update()
