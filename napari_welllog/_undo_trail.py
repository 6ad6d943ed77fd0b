"""One undo for all docks of a viewer: Alt+Z takes back what was done last, whichever dock did it.

Each dock keeps what it has done; the trail keeps in which order.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol
from weakref import ref

from qtpy.QtCore import QObject, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget

from napari_welllog._log_view import view_of
from napari_welllog._napari_private import find_window
from napari_welllog._viewer_session import session_of
from welllog.session import Session

UNDO, REDO = "Alt+Z", "Alt+Shift+Z"


class Source(Protocol):
    """What has steps that can be taken back."""

    @property
    def done(self) -> int:
        """How many steps can be taken back."""

    @property
    def undone(self) -> int:
        """How many steps that were taken back can be done again."""

    def undo(self) -> str:
        """Take the last step back; return what it was, nothing where that cannot be now."""

    def redo(self) -> str:
        """Do a step again; return what it was, nothing where that cannot be now."""


class _SessionSource:
    """The steps of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def done(self) -> int:
        return self._session.done

    @property
    def undone(self) -> int:
        return self._session.undone

    def undo(self) -> str:
        label = self._session.undo_label
        self._session.undo()
        return label

    def redo(self) -> str:
        label = self._session.redo_label
        self._session.redo()
        return label


class _DockSource:
    """The steps of a dock, which the trail does not keep alive."""

    def __init__(self, dock: Any) -> None:
        self._dock = ref(dock)

    @property
    def done(self) -> int:
        return getattr(self._dock(), "done", 0)

    @property
    def undone(self) -> int:
        return getattr(self._dock(), "undone", 0)

    def undo(self) -> str:
        dock = self._dock()
        return "" if dock is None else str(dock.undo())

    def redo(self) -> str:
        dock = self._dock()
        return "" if dock is None else str(dock.redo())


def trail_of(viewer: Any) -> UndoTrail:
    """Return the trail of a viewer, made when first asked for."""
    companions = view_of(viewer).companions
    if "undo" not in companions:
        companions["undo"] = UndoTrail(viewer)
    trail: UndoTrail = companions["undo"]
    return trail


class UndoTrail(QObject):
    """Knows in which order the docks of a viewer have done their steps.

    A dock may undo by itself too: the trail looks how many steps each one has, and lets go of the
    latest of those that are no more.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        session = session_of(viewer).session
        self._sources: list[Source] = []
        self._done: list[Source] = []
        self._undone: list[Source] = []
        session.listeners.append(self.look)
        self.add(_SessionSource(session))
        window = find_window(viewer)
        for keys, act in ((UNDO, self.undo), (REDO, self.redo)):
            if window is not None:
                shortcut = QShortcut(QKeySequence(keys), window)  # wherever the keyboard is
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(act)

    def add(self, source: Source) -> None:
        """Follow the steps of one more source."""
        self._sources.append(source)
        self.look()

    def leave(self, source: Source) -> None:
        """Forget a source and its steps: its dock is gone."""
        for each in (self._sources, self._done, self._undone):
            each[:] = [kept for kept in each if kept is not source]

    def look(self) -> None:
        """Take in what was done, and let go of what was taken back."""
        for source in self._sources:
            _follow(self._done, source, source.done)
            _follow(self._undone, source, source.undone)

    def undo(self) -> str:
        """Take back what was done last in any dock; return what it was."""
        return self._step(self._done, "undo", "Took back")

    def redo(self) -> str:
        """Do again what was taken back last."""
        return self._step(self._undone, "redo", "Did again")

    def _step(self, trail: list[Source], act: str, did: str) -> str:
        self.look()
        while trail:
            source, before = trail[-1], len(trail)
            label = str(getattr(source, act)()).removeprefix("Undo ")
            self.look()
            if label or len(trail) >= before:  # it cannot be just now, and its dock says why
                self._viewer.status = f"{did}: {label}" if label else f"Nothing was {act}ne"
                return label
        self._viewer.status = f"Nothing to {act}"
        return ""


def _follow(trail: list[Source], source: Source, count: int) -> None:
    """Let a trail have a source as often as it has steps: what is too much goes from the end."""
    have = sum(each is source for each in trail)
    trail += [source] * (count - have)
    for _ in range(have - count):
        last = max(place for place, each in enumerate(trail) if each is source)
        del trail[last]


def follow_dock(dock: QWidget, viewer: Any) -> UndoTrail:
    """Return the trail of a viewer, which follows a dock that has steps of its own."""
    trail = trail_of(viewer)
    if hasattr(dock, "done"):
        source = _DockSource(dock)
        trail.add(source)
        dock.destroyed.connect(partial(_leave, trail, source))
    return trail


def _leave(trail: UndoTrail, source: Source, _: Any = None) -> None:
    trail.leave(source)
