"""The Segment dock in step with the viewer: what is chosen, and what is shown of it."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from weakref import WeakSet

import numpy as np
from napari.layers import Labels
from napari.utils.notifications import show_error
from qtpy.QtCore import QSettings, QTimer

from napari_welllog._jobs import Job, describe_error
from napari_welllog._napari_private import unwrap
from napari_welllog._segment_cores import Unopened, find_unopened, put_back, take_away
from napari_welllog._segment_form import BEGIN, LEARN, MODEL, SegmentForm
from napari_welllog._segment_methods import LEVELS, QUICK
from napari_welllog._segment_pictures import (
    KEY,
    PREVIEW,
    SCRIBBLES,
    SEGMENTS,
    labels_beside,
    make_labels,
    mask_of,
    picture_of,
    pictures_in,
    size_of,
    tell_classes,
)
from napari_welllog._segment_preview import Asked, Preview
from napari_welllog._segment_steps import Step, Steps, swap_data
from napari_welllog._segment_strokes import Strokes
from napari_welllog._segment_work import Plan, count_levels, count_needed, make_apply
from napari_welllog._undo_trail import follow_dock
from napari_welllog._viewer_session import session_of
from welllog.cores.classes import Classes
from welllog.cores.segmenters import METHODS

_FRAME = 200
"""Milliseconds in which a picture of the viewer is surely drawn."""


class SegmentDesk(SegmentForm):
    """Follows the pictures, labels and classes of a viewer; its actions are in SegmentWidget."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._home = session_of(self._viewer)
        self._settings = QSettings("napari-welllog", "segment")
        self._job: Job | None = None
        self._started: list[Job] = []
        self._listed: list[Any] = []
        self._heard: WeakSet[Any] = WeakSet()
        self._previewed: Any = None
        self._leaving: list[Any] = []
        self._leave_timer = QTimer(self)
        self._leave_timer.setSingleShot(True)
        self._leave_timer.setInterval(_FRAME)
        self._leave_timer.timeout.connect(self._leave_next)
        self.fitted: Any = None
        """The segmenter that was fitted last."""
        self.steps = Steps()
        self._strokes = Strokes(self._add_step)
        self._trail = follow_dock(self, self._viewer)
        self.preview = Preview(self._viewer, self._ask_preview, self._leave, self)
        self._recall()
        self._connect()
        self._list_views()
        self._on_method()
        self._on_layers()

    def _recall(self) -> None:
        """Set controls to what they were last."""
        method = str(self._settings.value("method", "") or "")
        self.method_box.setCurrentText(
            method if self.method_box.findText(method) >= 0 else "pixels"
        )
        self.model_line.setText(str(self._settings.value("model", "") or ""))
        try:
            self.settings_form.kept = dict(json.loads(str(self._settings.value("settings", "{}"))))
            names, colours, left_out = json.loads(str(self._settings.value("classes", "")))
            told = Classes(tuple(names), tuple((int(r), int(g), int(b)) for r, g, b in colours))
            if len(told):
                self.class_table.show_classes(told, left_out)
        except (ValueError, TypeError, AttributeError):
            pass  # nothing was kept yet, or another version kept it

    def remember(self) -> None:
        """Keep what controls are set to for the next time."""
        self.settings_form.keep()
        for name, value in (
            ("method", self.method),
            ("model", self.model_line.text()),
            ("settings", json.dumps(self.settings_form.kept)),
        ):
            self._settings.setValue(name, value)

    # ------------------------------------------------------------------ what is chosen

    @property
    def picture(self) -> Any | None:
        """The layer of the picture, None where there is none."""
        row = self.picture_box.currentIndex()
        return self._listed[row] if 0 <= row < len(self._listed) else None

    @property
    def views(self) -> list[Any]:
        """The picture and the views that are looked at together with it."""
        if self.picture is None:
            return []
        ticked = self.views_list.ticked
        others = [layer for layer in self._others() if layer.name in ticked]
        return [self.picture, *others]

    @property
    def method(self) -> str:
        """The method, or ``MODEL``."""
        return str(self.method_box.currentText())

    @property
    def learn(self) -> str:
        """A key of ``LEARN``."""
        return str(self.learn_box.currentData())

    def make_plan(self) -> Plan:
        """Return how to come by a segmenter; classes that it needs are added to the table.

        Raises
        ------
        ValueError
            A setting is no good, or no model file is chosen.
        """
        if self.method == MODEL:
            model = self.model_line.text().strip()
            if not model:
                raise ValueError("no model file is chosen; load one, or take another method")
            return Plan(MODEL, {}, self.class_table.classes, model)
        plan = Plan(self.method, self.settings_form.values, self.class_table.classes)
        if count_needed(plan) > len(plan.classes):
            self.class_table.have(count_needed(plan))
            plan = Plan(plan.method, plan.settings, self.class_table.classes)
        return plan

    def _others(self) -> list[Any]:
        return [
            layer
            for layer in self._listed
            if layer is not self.picture and size_of(layer) == size_of(self.picture)
        ]

    def _painted(self, plan: Plan) -> tuple[list[Any], list[Any] | None]:
        """Return pictures and masks to learn from; no masks where none are needed or painted."""
        if plan.model:
            return [], None
        kind = SCRIBBLES if "scribbles" in self.learn else SEGMENTS
        pictures = self._listed if self.learn.startswith("all") else [self.picture]
        pairs = [(layer, labels_beside(self._viewer, layer, kind)) for layer in pictures]
        pairs = [(layer, labels) for layer, labels in pairs if labels is not None]
        pairs = [(layer, labels) for layer, labels in pairs if np.any(labels.data)]
        counts = {int(each) for _, labels in pairs for each in np.unique(labels.data)} - {0}
        if plan.needs_paint and len(counts) < 2:
            raise ValueError(
                f"nothing to learn from in the {LEARN[self.learn]}: paint some of two classes at "
                f"least (Scribble)"
            )
        if len(counts) < 2 or (not plan.needs_paint and kind == SEGMENTS):
            return [picture_of(self.views)], None
        read = [picture_of(self.views if layer is self.picture else [layer]) for layer, _ in pairs]
        return read, [mask_of(labels) for _, labels in pairs]

    def _ask_preview(self) -> Asked | None:
        quick = self.method in QUICK or self.method == "pixels"
        if not self.live_box.isChecked() or self.picture is None or not quick or self._job:
            return None
        try:
            plan = self.make_plan()
        except ValueError as error:
            self.message.setText(str(error))
            return None
        scribbles = labels_beside(self._viewer, self.picture, SCRIBBLES)
        if plan.method == "pixels" and scribbles is None:
            return None
        return plan, self.views, scribbles if plan.method == "pixels" else None, self._make_whole

    def _make_whole(self) -> Any:
        """Return the work on the whole picture."""
        plan = self.make_plan()
        return make_apply(plan, None, *self._painted(plan), [picture_of(self.views)])

    # ------------------------------------------------------------------ wiring

    def _connect(self) -> None:
        layers = self._viewer.layers
        layers.events.inserted.connect(self._on_layers)
        layers.events.removed.connect(self._on_layers)
        layers.events.connect(self._on_layer_event)
        self._viewer.scene.camera.events.connect(self._on_view)
        self._home.changed.connect(self._update)
        self.picture_box.currentIndexChanged.connect(self._on_picture)
        self.picture_box.activated.connect(self._on_activated)
        self.views_list.itemChanged.connect(self._on_settings)
        self.method_box.currentIndexChanged.connect(self._on_method)
        self.settings_form.changed.connect(self._on_settings)
        self.histogram.moved.connect(self.settings_form.set_levels)
        self.live_box.toggled.connect(self._on_live)
        self.class_table.changed.connect(self._on_classes)
        self.class_table.chosen.connect(self._on_class)
        self.class_table.removed.connect(self._drop_class)
        self.preview.said.connect(self.message.setText)
        self.preview.shown.connect(self._show_levels)
        handlers = [self._on_layers, self._on_layers, self._on_layer_event, self._on_view]
        self.destroyed.connect(
            partial(_forget, self._viewer, self._started, self.preview, handlers)
        )

    # ------------------------------------------------------------------ in step with the viewer

    def _on_layers(self, event: Any = None) -> None:
        pictures = pictures_in(self._viewer)
        if [id(layer) for layer in pictures] != [id(layer) for layer in self._listed]:
            before = self.picture
            self._listed = pictures
            self.picture_box.blockSignals(True)
            self.picture_box.clear()
            self.picture_box.addItems([layer.name for layer in pictures])
            self._list_unopened()
            row = pictures.index(before) if before in pictures else len(pictures) - 1
            self.picture_box.setCurrentIndex(row)
            self.picture_box.blockSignals(False)
            if self.picture is not before:
                self._on_picture()
            else:
                self._list_views()
        elif self.picture_box.count() != len(pictures) + len(self._unopened()):
            self._list_unopened()
        self._list_truths()
        for layer in self._viewer.layers:
            if isinstance(layer, Labels) and layer not in self._heard:
                self._heard.add(layer)
                layer.events.labels_update.connect(self._on_stroke)
        self._strokes.follow(self._viewer, self._listed)
        self._update()

    def _unopened(self) -> list[Unopened]:
        """Return the pictures beside wells that are not open yet."""
        return find_unopened(self._viewer, self._listed)

    def _list_unopened(self) -> None:
        """Offer the pictures beside wells at the end of the box."""
        row = self.picture_box.currentIndex()
        self.picture_box.blockSignals(True)
        while self.picture_box.count() > len(self._listed):
            self.picture_box.removeItem(self.picture_box.count() - 1)
        self.picture_box.addItems([each.text for each in self._unopened()])
        self.picture_box.setCurrentIndex(row if row < len(self._listed) else -1)
        self.picture_box.blockSignals(False)

    def _on_activated(self, row: int) -> None:
        """Open a picture that was chosen, over its track and as deep as it is placed."""
        place = row - len(self._listed)
        offered = self._unopened()
        if not 0 <= place < len(offered):
            return
        try:
            layer = offered[place].open()
        except (ValueError, OSError, MemoryError) as error:
            self.message.setText(describe_error(error))
            show_error(describe_error(error))
            return
        layers = self._viewer.layers
        self._add_step(
            Step(f"open {layer.name}", partial(take_away, layers, layer),
                 partial(put_back, layers, layer), light=True)
        )  # fmt: skip

    def _on_layer_event(self, event: Any) -> None:
        """Follow the names of layers."""
        if event.type == "name":
            for row, layer in enumerate(self._listed):
                self.picture_box.setItemText(row, layer.name)
            self._list_truths()

    def _list_truths(self) -> None:
        size = size_of(self.picture) if self.picture is not None else None
        names = [
            layer.name
            for layer in self._viewer.layers
            if isinstance(layer, Labels) and layer.data.ndim == 2 and size_of(layer) == size
            and layer is not labels_beside(self._viewer, self.picture, SEGMENTS)
            and layer is not labels_beside(self._viewer, self.picture, PREVIEW)
        ]  # fmt: skip
        kept = self.truth_box.currentText()
        self.truth_box.clear()
        self.truth_box.addItems(names)
        if kept in names:
            self.truth_box.setCurrentText(kept)

    def _list_views(self) -> None:
        others = self._others() if self.picture is not None else []
        tips = {layer.name: f"Look at {layer.name} together with the picture" for layer in others}
        self.views_list.show_names(tips, set(self.views_list.ticked) & set(tips))
        label = self.top_form.labelForField(self.views_list)
        self.views_list.setVisible(bool(others))
        label.setVisible(bool(others))

    def _on_picture(self, _: int = 0) -> None:
        if self._previewed is not None and self._previewed is not self.picture:
            self.preview.remove(self._previewed)
        self._previewed = self.picture
        self._list_views()
        self._list_truths()
        self.show_score([])
        if self.picture is not None:
            self.histogram.show_counts(count_levels(picture_of([self.picture])))
        self._on_settings()

    def _on_method(self, _: int = 0) -> None:
        method = self.method
        model = method == MODEL
        self.settings_form.show_method(method)
        self.what.setText(
            "A model that was fitted before." if model else _sentence(METHODS[method].what)
        )
        self.histogram.setVisible(method in LEVELS)
        self.model_row.setVisible(model)
        self.learn_row.setVisible(not model)
        self.fit_button.setEnabled(not model)
        self._on_settings()

    def _on_settings(self, _: Any = None) -> None:
        self._show_levels()
        if self._ask_preview() is None:
            self.preview.remove(self.picture)
        self.preview.wake()
        self._update()

    def _on_live(self, on: bool) -> None:
        if on:
            self.preview.wake()
        else:
            self.preview.stop()
            self.preview.remove(self.picture)

    def _on_view(self, _: Any = None) -> None:
        if self.live_box.isChecked():
            self.preview.move()

    def _on_stroke(self, event: Any) -> None:
        said = event.source.metadata.get(KEY, {})
        if said.get("kind") == SCRIBBLES and self.method == "pixels":
            self.preview.wake()

    def _show_levels(self) -> None:
        if self.method not in LEVELS:
            return
        try:
            plan = self.make_plan()
        except ValueError:
            return
        levels = plan.settings.get("levels") or self.preview.looker.levels(plan)
        self.histogram.show_levels(list(levels), self.method == "threshold")

    def _on_classes(self) -> None:
        classes = self.class_table.classes
        for layer in self._own_labels():
            tell_classes(layer, classes)
        self._settings.setValue(
            "classes",
            json.dumps([list(classes.names), classes.colours, self.class_table.left_out]),
        )

    def _own_labels(self) -> list[Any]:
        kinds = SCRIBBLES, SEGMENTS, PREVIEW
        found = (labels_beside(self._viewer, layer, k) for layer in self._listed for k in kinds)
        return [layer for layer in found if layer is not None]

    def _on_class(self, row: int) -> None:
        active = self._viewer.layers.selection.active
        if any(active is layer for layer in self._own_labels()):
            active.selected_label = row + 1

    def _drop_class(self, row: int) -> None:
        """Take a class out of all labels; those above it move down."""
        had, left_out = self.class_table.classes, self.class_table.left_out
        backs, forths = [], []
        self.preview.remove(self.picture)
        for layer in self._own_labels():
            before = np.asarray(layer.data)
            after = np.where(before == row + 1, 0, before - (before > row + 1)).astype(before.dtype)
            layer.data = after
            said = layer.metadata[KEY]
            back, forth = self._swap(said["picture"], said["kind"], after, before)
            backs.append(back)
            forths.append(forth)

        def undo() -> None:
            for back in backs:
                back()
            self.class_table.show_classes(had, left_out)

        def redo() -> None:
            for forth in forths:
                forth()
            names = had.names[:row] + had.names[row + 1 :]
            colours = had.colours[:row] + had.colours[row + 1 :]
            self.class_table.show_classes(Classes(names, colours), left_out)

        self._add_step(Step(f"Remove class {had.names[row]}", undo, redo))

    @property
    def done(self) -> int:
        """How many actions can be taken back."""
        return len(self.steps.past)

    @property
    def undone(self) -> int:
        """How many actions can be done again."""
        return len(self.steps.future)

    def _add_step(self, step: Step) -> None:
        """Take in an action that has just been done."""
        self.steps.add(step)
        self._trail.look()
        self._update()

    def _swap(self, picture: Any, kind: str, after: Any, before: Any) -> Any:
        """Return what takes a change of labels back, and what does it again."""
        return swap_data(
            lambda: labels_beside(self._viewer, picture, kind),
            lambda data: make_labels(self._viewer, picture, kind, self.class_table.classes, data),
            self._leave,
            after,
            before,
        )

    def _leave(self, layer: Any) -> None:
        """Take a layer of labels away, a while after the last one.

        napari 0.9.2 with vispy 0.17 crashes in glDrawArrays where two go between two frames and a
        third is drawn then (like napari issue 8471).
        """
        layer.metadata[KEY] = {"kind": "leaving"}
        layer.visible = False
        self._leaving.append(layer)
        if not self._leave_timer.isActive():
            self._leave_next()

    def _leave_next(self) -> None:
        if self._leaving:
            layer = self._leaving.pop(0)
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
            self._leave_timer.start()

    def _update(self, _: Any = None) -> None:
        busy, there = self._job is not None, self.picture is not None
        segmented = there and labels_beside(self._viewer, self.picture, SEGMENTS) is not None
        self.apply_button.setEnabled(there and not busy)
        self.all_button.setEnabled(len(self._listed) > 1 and not busy and len(self.views) == 1)
        self.fit_button.setEnabled(there and not busy and self.method != MODEL)
        self.save_button.setEnabled(self.fitted is not None and not busy)
        self.scribble_button.setEnabled(there)
        self.correct_button.setEnabled(segmented)
        self.score_button.setEnabled(segmented and self.truth_box.count() > 0 and not busy)
        self.curve_button.setEnabled(segmented and not busy)
        self.undo_button.setEnabled(bool(self.steps.past) and not busy)
        label = self.steps.past[-1].label if self.steps.past else "nothing to undo"
        self.undo_button.setToolTip(
            f"{label} (Ctrl+Z here, Ctrl+Shift+Z does it again; Alt+Z: what any dock did last)"
        )
        if not there:
            self.message.setText(BEGIN[bool(self._unopened())])
        elif self.message.text() in BEGIN.values():
            self.message.clear()


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _forget(
    viewer: Any, started: list[Job], preview: Preview, handlers: list[Any], _: Any = None
) -> None:
    """Stop what still runs for a dock that is gone, and hear no more of its viewer."""
    for job in (*started, preview.job, preview.whole_job):
        if job is not None:
            job.cancel()
    layers = viewer.layers.events
    for emitter, handler in zip(
        (layers.inserted, layers.removed, layers, viewer.scene.camera.events), handlers, strict=True
    ):
        emitter.disconnect(handler)
