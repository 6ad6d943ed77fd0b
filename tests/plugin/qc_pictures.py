"""What the tests of the QC dock do with its pictures: choose, draw around, count, read."""

from __future__ import annotations

import numpy as np
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of


def choose(box, key) -> None:
    box.setCurrentIndex(box.findData(key))


def errors() -> list[str]:
    return [n.message for n in notification_manager.records if str(n.severity) == "error"]


def marked_layers(viewer) -> list:
    return [layer for layer, _ in view_of(viewer).records("marked")]


def rings(dock) -> int:
    """Return how many points have a ring."""
    parts = dock._scatter.axes.collections
    return sum(len(part.get_offsets()) for part in parts if part.get_gid() == "welllog rings")


def words(dock) -> str:
    figure = dock.canvas.figure
    texts = [text.get_text() for key in figure.legends for text in key.get_texts()]
    return " ".join(texts + [text.get_text() for text in figure.texts])


def draw_around(dock, outline, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Draw around points with the mouse, as (x, y) of the axes."""
    canvas = dock.canvas
    ratio = canvas.devicePixelRatioF()
    pixels = dock._scatter.axes.transData.transform(np.asarray(outline, float)) / ratio
    places = [QPointF(x, canvas.height() - y) for x, y in pixels]
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

    def send(kind, at, button, buttons) -> None:
        beyond = QPointF(canvas.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(canvas, QMouseEvent(kind, at, beyond, button, buttons, modifier))

    send(QEvent.Type.MouseButtonPress, places[0], left, left)
    for at in [*places[1:], places[0]]:
        send(QEvent.Type.MouseMove, at, none, left)
    send(QEvent.Type.MouseButtonRelease, places[0], left, none)


def focus(viewer, widget, qtbot) -> None:
    """Give a widget the keyboard."""
    viewer.window._qt_window.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus, timeout=30_000)


def box_of(dock, low=0.0, high=1.0):
    """Return the outline of a part of the axes, from below."""
    (left, right), (bottom, top) = dock._scatter.axes.get_xlim(), dock._scatter.axes.get_ylim()
    first, last = (bottom + (share * 0.95 + 0.025) * (top - bottom) for share in (low, high))
    left, right = left + 0.025 * (right - left), right - 0.025 * (right - left)
    return [(left, first), (right, first), (right, last), (left, last)]
