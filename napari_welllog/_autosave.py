"""Work that outlives a crash and a closed window: a session is kept, and offered the next time."""

from __future__ import annotations

import os
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QEvent, QLockFile, QObject, QStandardPaths, QTimer

from napari_welllog._jobs import describe_error
from napari_welllog._napari_private import find_window
from napari_welllog._preferences import preferences, tell_changes
from welllog.session import Session, State
from welllog.session_files import ENDING, save_session


def autosave_folder() -> Path:
    """Return where sessions are kept while they are worked on."""
    place = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(place)) / "napari-welllog" / "autosave"


def find_orphans() -> list[Path]:
    """Return sessions with work that is in no file of the user's, the latest first."""
    files = [path for path in autosave_folder().glob(f"*{ENDING}") if not _is_held(path)]
    return sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)


def is_safety_copy(path: str | Path) -> bool:
    """Return whether a session was kept here, and not by the user."""
    return Path(path).resolve().parent == autosave_folder().resolve()


def discard(path: Path) -> None:
    """Remove a kept session."""
    path.unlink(missing_ok=True)
    _lock_of(path).unlink(missing_ok=True)


class Autosave(QObject):
    """Keeps a session in a file of its own, beyond the closing of the window if work is unsaved.

    Parameters
    ----------
    viewer : napari.Viewer
        Its window: when it is closed, what is in files of the user's is not needed any more.
    session : Session
    on_error : callable
        Told once in a line where the file cannot be written.
    """

    def __init__(self, viewer: Any, session: Session, on_error: Callable[[str], None]) -> None:
        super().__init__()
        self._session, self._on_error = session, on_error
        self._kept: State | None = session.state
        self._warned = self._left = False
        self.path = autosave_folder() / f"{uuid.uuid4().hex[:12]}{ENDING}"
        self._lock: QLockFile | None = None
        self._viewer = None if viewer is None else weakref.ref(viewer)
        window = find_window(viewer)
        if window is not None:
            window.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.keep)
        wanted = preferences().session
        self._set_interval(wanted.autosave)
        tell_changes(wanted, "autosave", self._on_interval)

    def keep(self) -> None:
        """Write the session, if something has been done that is in no file yet."""
        if self._is_closed():
            return
        if not self._session.unkept:
            self.forget()
        elif self._session.state is not self._kept:
            self._write()

    def _write(self) -> None:
        self._kept = self._session.state
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = QLockFile(os.fspath(_lock_of(self.path)))
                self._lock.setStaleLockTime(0)  # only a process that is gone leaves a stale one
                self._lock.tryLock(0)
            save_session(self._session, self.path, aside=True)
        except Exception as error:  # nobody is to lose the viewer over a safety copy
            if not self._warned:
                self._on_error(f"The session cannot be kept safe: {describe_error(error)}")
            self._warned = True

    def _on_interval(self, event: Any) -> None:
        self._set_interval(event.value)

    def _set_interval(self, seconds: int) -> None:
        self._timer.setInterval(seconds * 1000)
        (self._timer.start if seconds else self._timer.stop)()

    def forget(self) -> None:
        """Remove what was kept: nobody needs it."""
        self._let_go()
        self._kept = None
        discard(self.path)

    def leave(self) -> None:
        """Bring the copy up to date and leave it to be offered, or remove it where all is saved."""
        if self._session.unkept and preferences().session.autosave:
            self._write()
            self._let_go()
        else:
            self.forget()
        self._left = True
        self._kept = None  # where the window stays open after all, the next turn keeps it again

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _is_closed(self) -> bool:
        """Return whether the window has gone, after which nothing is to be kept."""
        if self._viewer is None:
            return False
        try:
            window = find_window(self._viewer())
            return window is None or not window.isVisible()
        except RuntimeError:  # Qt has deleted it
            return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Leave when the window is closed; what closes it again finds its layers gone."""
        if event.type() == QEvent.Type.Close and not (self._left and self._is_closed()):
            self.leave()
        return False


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _is_held(path: Path) -> bool:
    """Return whether a process that is alive keeps this session."""
    lock = QLockFile(os.fspath(_lock_of(path)))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        return True
    lock.unlock()
    return False
