"""Answers to a point that moves: in another thread, one at a time, always the newest next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_welllog._jobs import Job, describe_error
from napari_welllog._latent_work import ask, map_height

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

    from napari_welllog._latent_maps import Marks
    from napari_welllog._latent_work import Answer, Explored, Point

REST_MS = 350
"""The plane follows z when that has come to rest for so long."""


class LatentDesk(QObject):
    """Asks the network for the sample at a point, and for the plane at its z.

    Points that came and went while the network was busy are not asked for.
    """

    answered = Signal()
    mapped = Signal()
    failed = Signal(str)

    def __init__(self, dock: QWidget) -> None:
        super().__init__(dock)
        self._explored: Explored | None = None
        self.answer: Answer | None = None
        """The last one."""
        self._wanted: Marks | None = None
        self._walk: tuple[Point, Point] | None = None
        """Ends of the walk that was answered."""
        self._jobs: list[Job] = []
        self._job: Job | None = None
        self._plane_job: Job | None = None
        self._height = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._map_height)
        dock.destroyed.connect(partial(_cancel_all, self._jobs))

    @property
    def explored(self) -> Explored | None:
        """What is asked."""
        return self._explored

    @explored.setter
    def explored(self, explored: Explored) -> None:
        self._explored = explored
        self.answer, self._wanted, self._walk = explored.origin, None, None
        self._height = explored.height
        self._rest.stop()

    @property
    def asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._job is not None

    def ask(self, marks: Marks) -> None:
        """Have the sample at a point generated, and a walk where its ends are new."""
        self._wanted = marks
        self._ask_next()

    def _ask_next(self) -> None:
        if self._job is not None or self._wanted is None or self._explored is None:
            return
        marks, self._wanted = self._wanted, None
        ends = None
        if marks.start is not None and marks.stop is not None:
            ends = (marks.start, marks.stop)
        fresh = ends if ends != self._walk else None
        explored = self._explored
        self._job = self._start(
            partial(ask, explored, marks.point, fresh), partial(self._take, explored, fresh)
        )

    def _take(self, explored: Explored, ends: Any, answer: Answer) -> None:
        if explored is not self._explored:
            return
        self.answer = answer
        if answer.walk is not None:
            explored.walk, self._walk = answer.walk, ends
        self.answered.emit()

    def follow_height(self, point: Point) -> None:
        """Let the plane follow z, when that has come to rest."""
        explored = self._explored
        if explored is not None and point[2] != self._height:
            self._height = point[2]
            if self._plane_job is not None:
                self._plane_job.cancel()
            self._rest.start(REST_MS)

    def _map_height(self) -> None:
        explored, height = self._explored, self._height
        if explored is None:
            return
        if self._plane_job is not None:  # being cancelled
            self._rest.start(REST_MS)
            return
        if height != explored.height:
            self._plane_job = self._start(
                partial(map_height, explored, height), partial(self._take_plane, explored, height)
            )

    def _take_plane(self, explored: Explored, height: float, plane: Any) -> None:
        explored.plane, explored.height = plane, height
        if explored is self._explored:
            self.mapped.emit()

    def _start(self, work: Any, done: Any) -> Job:
        job = Job(work, self)
        job.succeeded.connect(partial(self._end, job, done))
        job.failed.connect(partial(self._fail, job))
        job.cancelled.connect(partial(self._end, job, None))
        self._jobs.append(job)
        job.start()
        return job

    def _end(self, job: Job, done: Any, result: Any = None) -> None:
        self._jobs.remove(job)
        job.deleteLater()
        if job is self._job:
            self._job = None
        if job is self._plane_job:
            self._plane_job = None
        if done is not None:
            try:
                done(result)
            except Exception as error:  # a picture that fails must not take the viewer down
                self.failed.emit(describe_error(error))
        self._ask_next()

    def _fail(self, job: Job, error: Exception) -> None:
        self.failed.emit(describe_error(error))
        self._end(job, None)


def _cancel_all(jobs: list[Job], _: Any = None) -> None:
    """Stop what still runs for a dock that is gone."""
    for job in jobs:
        job.cancel()
