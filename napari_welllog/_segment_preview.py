"""What the visible part of a picture becomes, shown while things change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_welllog._jobs import Job, describe_error
from napari_welllog._segment_pictures import (
    PREVIEW,
    SEGMENTS,
    Window,
    fill,
    labels_beside,
    make_labels,
    mask_of,
    picture_of,
    size_of,
    visible_part,
)
from napari_welllog._segment_work import VISIBLE, Looker, Plan

_PAUSE, _REST = 150, 1500
"""Milliseconds after the last change until the visible part, then the whole, is looked at."""

Asked = tuple[Plan, list[Any], Any, Callable[[], Any]]
"""How; the layers of the picture; that of the scribbles where they are needed; and what returns the
work on the whole picture."""


class Preview(QObject):
    """Keeps a layer of labels in step with settings, strokes and what is seen.

    Parameters
    ----------
    viewer
    ask : callable
        Returns what is to be shown, None for nothing.
    leave : callable
        Takes a layer away.
    """

    shown = Signal()
    said = Signal(str)

    def __init__(
        self,
        viewer: Any,
        ask: Callable[[], Asked | None],
        leave: Callable[[Any], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._ask, self._leave = viewer, ask, leave
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._look)
        self._rest_timer = QTimer(self)
        self._rest_timer.setSingleShot(True)
        self._rest_timer.setInterval(_REST)
        self._rest_timer.timeout.connect(self._look_at_all)
        self.looker = Looker()
        self.job: Job | None = None
        self._again = False
        self._key: tuple[Any, Any] | None = None
        self._picture: Any = None
        self._hidden: Any = None
        """Segments that the preview covers."""
        self._whole: Any = None
        """What the preview of the whole picture shows."""
        self.whole_job: Job | None = None
        self._up = False

    def wake(self, _: Any = None) -> None:
        """Look again soon; a look that goes on is followed by another."""
        self._whole = None
        self._drop_whole()
        self._timer.start()

    def move(self) -> None:
        """Look at another part, unless the whole is shown already."""
        if self._whole is None and self._up:
            self._timer.start()

    def _drop_whole(self) -> None:
        self._rest_timer.stop()
        if self.whole_job is not None:
            self.whole_job.cancel()
            self.whole_job = None

    @property
    def busy(self) -> bool:
        """Whether something will still be shown."""
        return self.job is not None or self._timer.isActive()

    def remove(self, picture: Any) -> None:
        """Take the preview of a picture away."""
        self.stop()
        self._up = False
        layer = labels_beside(self._viewer, picture, PREVIEW) if picture is not None else None
        if layer is not None:
            self._leave(layer)
        if self._hidden is not None:
            self._hidden.visible = True
            self._hidden = None

    def stop(self) -> None:
        """Let go of a look that goes on."""
        self._timer.stop()
        self._whole = None
        self._drop_whole()
        self._again = False
        if self.job is not None:
            self.job.cancel()

    def _look(self) -> None:
        asked = self._ask()
        if asked is None:
            return
        if self.job is not None:
            self._again = True
            return
        plan, layers, scribbles, _ = asked
        picture = self._read(layers)
        key = self._key
        window = visible_part(layers[0], VISIBLE)
        painted = mask_of(scribbles, window) if scribbles is not None else None
        looker = self.looker
        self.job = Job(
            lambda report: looker.look(plan, key, picture, window, painted, report), self
        )
        self.job.succeeded.connect(lambda labels: self._show(layers[0], window, labels, plan))
        self.job.failed.connect(self._fail)
        self.job.cancelled.connect(self._rest)
        self.job.start()

    def _read(self, layers: list[Any]) -> Any:
        """Return the picture of layers, read once."""
        key = tuple((id(layer), id(layer.data)) for layer in layers)
        if self._key != key:
            self._key, self._picture = key, picture_of(layers)
        return self._picture

    def _look_at_all(self) -> None:
        """Look at the whole picture, pixel by pixel, while nothing else happens."""
        asked = self._ask()
        if asked is None or self.job is not None:
            return
        self._drop_whole()
        plan, layers, _, make = asked
        try:
            work = make()
        except ValueError:
            return  # too little is painted: the visible part has said so
        job = self.whole_job = Job(work, self)
        job.succeeded.connect(lambda made: self._show_all(job, layers[0], made, plan))
        job.start()  # where it fails the visible part has said so

    def _show(self, picture: Any, window: Window, labels: Any, plan: Plan) -> None:
        if labels is None:
            self.said.emit("Paint some of two classes at least in the part that is seen.")
        elif picture in self._viewer.layers and self._ask() is not None and self._whole is None:
            layer = self._layer(picture, plan)
            fill(layer.data, window, labels)
            layer.refresh()
            self.said.emit("")
            if self._whole is None and self.whole_job is None:
                self._rest_timer.start()
        self._rest()
        self.shown.emit()

    def _show_all(self, job: Job, picture: Any, made: Any, plan: Plan) -> None:
        if job is self.whole_job and picture in self._viewer.layers and self._ask() is not None:
            layer = self._layer(picture, plan)
            layer.data = made[1][0]
            self._whole = made[0]
            self.whole_job = None

    def _layer(self, picture: Any, plan: Plan) -> Any:
        """Return the layer of the preview; segments that were there before are hidden below it."""
        self._up = True
        layer = labels_beside(self._viewer, picture, PREVIEW)
        if layer is None:
            selected = self._viewer.layers.selection.active
            layer = make_labels(
                self._viewer, picture, PREVIEW, plan.classes, np.zeros(size_of(picture), "u1")
            )
            self._viewer.layers.selection.active = selected  # the brush stays where it was
            below = labels_beside(self._viewer, picture, SEGMENTS)
            if below is not None and below.visible:
                below.visible = False
                self._hidden = below
        return layer

    def _fail(self, error: Exception) -> None:
        self._rest()
        self.said.emit(describe_error(error))

    def _rest(self) -> None:
        self.job = None
        if self._again:
            self._again = False
            self.wake()
