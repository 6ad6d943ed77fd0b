"""Where a dock stands in the window: behind another of this plugin as a tab, or on its own."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

_OWN_WINDOW = (960, 640)
_PLACED = "welllog placed"


def dock_of(widget: QWidget) -> QDockWidget | None:
    """Return the dock that a widget is in, None where it is in none."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent


def join_others(widget: QWidget) -> None:
    """Make the dock of a widget a tab with others of this plugin, when it is first shown.

    Below one another, as napari puts them, two docks have no room on a screen of 720 lines.
    """
    dock = dock_of(widget)
    if dock is not None and not dock.property(_PLACED):
        dock.setProperty(_PLACED, True)
        later = QTimer(dock)  # napari has not placed it yet; with the dock the timer goes
        later.setSingleShot(True)
        later.timeout.connect(partial(_join, dock))
        later.start(0)


class _Joiner(QObject):
    """Joins the dock of a widget with others when the widget is shown; it is the widget's child."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Wait for the widget to be shown."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            join_others(watched)
        return False


def join_when_shown(widget: QWidget) -> None:
    """Let ``join_others`` be done for a widget, as soon as it is in a dock that is shown."""
    widget.installEventFilter(_Joiner(widget))


def _join(dock: QDockWidget) -> None:
    window = dock.parentWidget()
    if not isinstance(window, QMainWindow) or dock.isFloating():
        return
    area = window.dockWidgetArea(dock)
    for other in window.findChildren(QDockWidget):
        if other is dock or other.isFloating() or not other.property(_PLACED):
            continue
        if window.dockWidgetArea(other) == area and other.isVisibleTo(window):
            window.tabifyDockWidget(other, dock)
            dock.raise_()
            return


def float_or_land(widget: QWidget) -> None:
    """Put the dock of a widget into a window of its own, and from there back where it was."""
    dock = dock_of(widget)
    if dock is None:
        return
    dock.setFloating(not dock.isFloating())
    if dock.isFloating():
        dock.resize(*_OWN_WINDOW)
    dock.raise_()
