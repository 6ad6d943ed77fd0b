"""Runs in another thread, one after the other, with one bar, one line and one button for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget

from napari_welllog._jobs import Job, Work, describe_error


class RunQueue(QObject):
    """Starts what is added when what was added before has ended.

    Parameters
    ----------
    dock : QWidget
        When it is gone, what still runs is stopped.
    bar, message, cancel_button : widgets
        Show how far the work is.
    """

    changed = Signal()
    """A run has begun, or the last one has ended."""

    def __init__(
        self, dock: QWidget, bar: QProgressBar, message: QLabel, cancel_button: QPushButton
    ) -> None:
        super().__init__(dock)
        self._bar, self._message, self._button = bar, message, cancel_button
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._began = 0.0
        dock.destroyed.connect(partial(_cancel_all, self._running))

    @property
    def job(self) -> Job | None:
        """What runs now."""
        return self._running[0] if self._running else None

    def add(self, work: Work, done: Callable[[Any], str]) -> None:
        """Run ``work``, then ``done`` on its result, in this thread: it returns a line to show."""
        job = Job(work, self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(partial(self._on_success, done))
        job.failed.connect(self._on_failure)
        job.cancelled.connect(self._on_cancelled)
        self._waiting.append(job)
        if self.job is None:
            self._start_next("Starting\N{HORIZONTAL ELLIPSIS}")
        else:
            many = len(self._waiting)
            self._message.setText(f"{many} more run{'s' * (many > 1)} will follow.")

    def cancel(self) -> bool:
        """Stop what runs and what waits; return whether there was anything."""
        self._waiting.clear()
        if self.job is None:
            return False
        self._button.setEnabled(False)
        self._message.setText("Cancelling\N{HORIZONTAL ELLIPSIS}")
        self.job.cancel()
        return True

    def _start_next(self, message: str) -> None:
        """Start the run that waits longest, or come to rest."""
        for ended in self._running:
            ended.deleteLater()  # with all that it was to work on
        self._running[:] = self._waiting[:1]
        del self._waiting[:1]
        busy = self.job is not None
        self._button.setEnabled(busy)
        self._bar.setVisible(busy)
        self._bar.setRange(0, 0)  # busy, until the first report
        self._message.setText(message)
        self.changed.emit()
        if self.job is not None:
            self._began = time.monotonic()
            self.job.start()

    def _on_progress(self, fraction: float, message: str) -> None:
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * fraction))
        passed = time.monotonic() - self._began
        if fraction > 0.05 and passed > 2:
            left = passed * (1 - fraction) / fraction
            message += f", {left:.0f} s left"
        self._message.setText(message)

    def _on_success(self, done: Callable[[Any], str], result: Any) -> None:
        try:
            message = done(result)
        except Exception as error:  # a picture that fails must not take the viewer down
            self._on_failure(error)
            return
        self._start_next(message)

    def _on_failure(self, error: Exception) -> None:
        text = describe_error(error)
        self._start_next(text)
        show_error(text)

    def _on_cancelled(self) -> None:
        self._start_next("Cancelled; nothing was changed.")


def _cancel_all(jobs: list[Job], _: Any = None) -> None:
    """Stop what still runs for a dock that is gone."""
    for job in jobs:
        job.cancel()
