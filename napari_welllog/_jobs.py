"""Work in another thread: progress, cancelling, errors as notifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, Signal
from superqt.utils import WorkerBase

Work = Callable[[Callable[[float, str], None]], Any]


class _Cancelled(Exception):
    """Raised out of the progress callback, through the work, to stop it."""


class _Signals(QObject):
    """What superqt's workers emit, and progress.

    They belong to the worker and to no widget: a signal of an object that Qt has deleted, emitted
    from another thread, ends the process.
    """

    started = Signal()
    finished = Signal()
    _finished = Signal(object)
    returned = Signal(object)
    errored = Signal(object)
    warned = Signal(tuple)
    progressed = Signal(float, str)


class _Worker(WorkerBase):
    """Runs ``work(progress)``; napari waits for it, as for its own workers, when it closes."""

    def __init__(self, work: Work) -> None:
        super().__init__(SignalsClass=_Signals)
        self._work = work

    def work(self) -> Any:
        def report(fraction: float, message: str) -> None:
            if self.abort_requested:
                raise _Cancelled
            self.signals.progressed.emit(float(fraction), str(message))

        try:
            return self._work(report)
        except _Cancelled:
            return None


class Job(QObject):
    """One piece of work that can be started, watched and cancelled.

    Signals arrive in the thread that made the job. Exactly one of ``succeeded``, ``failed`` and
    ``cancelled`` follows a ``start``. A job that was cancelled yields nothing, even if its work
    came to an end before it noticed.
    """

    progressed = Signal(float, str)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = _Worker(work)
        self._settled = False
        self._worker.signals.progressed.connect(self._on_progress)
        self._worker.signals.returned.connect(self._on_returned)
        self._worker.signals.errored.connect(self._on_errored)
        self._worker.signals.finished.connect(self._on_finished)

    def start(self) -> None:
        """Begin the work."""
        self._worker.start()

    def cancel(self) -> None:
        """Ask the work to stop at its next report of progress.

        Also safe when Qt has deleted this object, as it does with the dock it belongs to.
        """
        self._worker.quit()

    @property
    def cancelling(self) -> bool:
        """Whether it has been asked to stop."""
        return bool(self._worker.abort_requested)

    def _on_progress(self, fraction: float, message: str) -> None:
        if not self.cancelling:
            self.progressed.emit(fraction, message)

    def _on_returned(self, result: Any) -> None:
        if not self.cancelling:
            self._settled = True
            self.succeeded.emit(result)

    def _on_errored(self, error: Exception) -> None:
        self._settled = True
        if self.cancelling:
            self.cancelled.emit()
        else:
            self.failed.emit(error)

    def _on_finished(self) -> None:
        if not self._settled:
            self._settled = True
            self.cancelled.emit()


def describe_error(error: BaseException) -> str:
    """Return one line for the user: what an error says, or its type where it says nothing."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return (
        text
        if isinstance(error, ValueError | OSError | KeyError)
        else (f"{type(error).__name__}: {text}")
    )
