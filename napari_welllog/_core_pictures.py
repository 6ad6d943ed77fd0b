"""Pictures of core of wells that were opened: cut in another thread, shown when all are ready."""

from __future__ import annotations

from functools import partial
from typing import Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, QTimer

from napari_welllog._core_layers import AWAITED, Cut, cut_pictures, is_core_ground, show_cores
from napari_welllog._jobs import Job, describe_error
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import find_window, unwrap
from napari_welllog._track_redraw import KeptView


def await_pictures(viewer: Any) -> CorePictures:
    """Return what cuts the pictures of a viewer's wells, made when first asked for."""
    companions = view_of(viewer).companions
    if "pictures" not in companions:
        companions["pictures"] = CorePictures(unwrap(viewer))
    pictures: CorePictures = companions["pictures"]
    return pictures


class CorePictures(QObject):
    """Begins when the ground of a track of core comes that awaits its pictures."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer, self._view = viewer, view_of(viewer)
        self._jobs: list[Job] = []
        self._later = QTimer(self)  # a reader adds layer after layer
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._begin)
        viewer.layers.events.inserted.connect(self._on_inserted)
        window = find_window(viewer)
        if window is not None:
            window.destroyed.connect(partial(_cancel_all, self._jobs))

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come."""
        return bool(self._jobs) or self._later.isActive()

    def _on_inserted(self, event: Any = None) -> None:
        self._later.start()

    def _begin(self) -> None:
        for _, record in self._view.records("strip"):
            if is_core_ground(record) and record.pop(AWAITED, False):
                track = record["track"]
                job = Job(partial(_cut, track), self)
                job.succeeded.connect(partial(self._show, job, record["well"], track.cores))
                job.failed.connect(partial(self._fail, job))
                job.cancelled.connect(partial(self._end, job))
                self._jobs.append(job)
                job.start()

    def _show(self, job: Job, well: Any, cores: Any, cut: Cut) -> None:
        """Show what was cut, unless the well is gone or its core is another one by now."""
        self._end(job)
        own = [r for _, r in self._view.records() if r["well"] is well]
        grounds = [r["track"].cores for r in own if is_core_ground(r)]
        if grounds == [cores] and not any(r["kind"] == "core" for r in own):
            kept = KeptView(self._view)
            show_cores(self._viewer, self._view, well, cut)
            kept.restore()

    def _fail(self, job: Job, error: Exception) -> None:
        self._end(job)
        show_error(describe_error(error))

    def _end(self, job: Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)


def _cut(track: Any, report: Any) -> Cut:
    return cut_pictures(track, report)


def _cancel_all(jobs: list[Job], _: Any = None) -> None:
    for job in list(jobs):
        job.cancel()
