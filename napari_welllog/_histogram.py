"""A histogram of brightness in which levels are dragged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QWidget

_GRAB = 6
"""Pixels from a level at which the mouse takes hold of it."""


class Histogram(QWidget):
    """Counts of brightness, 0 at the left and 1 at the right, with levels on top."""

    moved = Signal(list)
    """The levels after one was dragged, added or removed."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(64)
        self.levels: list[float] = []
        self.movable = False
        self._counts: NDArray[Any] = np.zeros(1)
        self._held: int | None = None
        self.setToolTip("Brightness of the picture, dark to bright, and the levels that cut it")

    def show_counts(self, counts: NDArray[Any]) -> None:
        """Show another picture's counts, (bin,)."""
        self._counts = counts
        self.update()

    def show_levels(self, levels: list[float], movable: bool) -> None:
        """Show levels, 0 to 1; ``movable`` ones can be dragged."""
        if self._held is None:
            self.levels = list(levels)
        self.movable = movable
        self.update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Draw bars, and a line for each level."""
        painter = QPainter(self)
        width, height = self.width(), self.height()
        ink = self.palette().color(self.foregroundRole())
        faint = QColor(ink)
        faint.setAlpha(25)
        painter.fillRect(self.rect(), faint)
        faint.setAlpha(140)
        # The root keeps a peak from hiding all else.
        bars = np.sqrt(self._counts / max(float(self._counts.max()), 1.0))
        each = width / len(bars)
        for place, bar in enumerate(bars):
            top = (height - 2) * (1.0 - float(bar))
            painter.fillRect(QRectF(place * each, top, each + 0.5, height - top), faint)
        painter.setPen(QPen(QColor("#e69f00"), 2))
        for level in self.levels:
            at = level * width
            painter.drawLine(QPointF(at, 0), QPointF(at, height))
        painter.end()

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        """Take hold of the nearest level."""
        if self.movable and event.button() == Qt.MouseButton.LeftButton:
            self._held = self._near(event.position().x(), 4 * _GRAB)

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Move the level that is held, between its neighbours."""
        if self._held is None:
            return
        low = self.levels[self._held - 1] + 0.002 if self._held else 0.0
        last = self._held == len(self.levels) - 1
        high = 1.0 if last else self.levels[self._held + 1] - 0.002
        self.levels[self._held] = float(np.clip(event.position().x() / self.width(), low, high))
        self.update()
        self.moved.emit(list(self.levels))

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Let go."""
        self._held = None

    def mouseDoubleClickEvent(self, event: Any) -> None:  # noqa: N802
        """Remove the level there, or add one."""
        if not self.movable:
            return
        self._held = None
        near = self._near(event.position().x(), _GRAB)
        if near is None:
            share = float(np.clip(event.position().x() / self.width(), 0.0, 1.0))
            self.levels = sorted([*self.levels, share])
        elif len(self.levels) > 1:
            del self.levels[near]
        self.update()
        self.moved.emit(list(self.levels))

    def _near(self, x: float, reach: float) -> int | None:
        off = [abs(level * self.width() - x) for level in self.levels]
        best = int(np.argmin(off)) if off else None
        return best if best is not None and off[best] <= reach else None
