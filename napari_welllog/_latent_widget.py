"""The Latent space dock: what a network answers to its noise, point by point."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.theme import get_theme
from qtpy.QtCore import QSettings, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QFileDialog, QShortcut

from napari_welllog._dock_place import join_when_shown
from napari_welllog._interval_picker import IntervalPicker
from napari_welllog._jobs import describe_error
from napari_welllog._latent_board import LatentBoard, save_board
from napari_welllog._latent_desk import LatentDesk
from napari_welllog._latent_form import LatentForm
from napari_welllog._latent_maps import Marks
from napari_welllog._latent_pictures import legend_of
from napari_welllog._latent_work import (
    ADVICE,
    ORIGIN,
    Condition,
    Explored,
    Point,
    Refusal,
    explore,
    list_curves,
    list_intervals,
    map_cube,
    opening,
    refusing,
    say_variety,
)
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._run_queue import RunQueue
from napari_welllog._well_names import name_well
from welllog.latent_limits import REACH
from welllog.palette import choose_theme

if TYPE_CHECKING:
    from welllog.neural import Neural
    from welllog.well import Well

WAIT_MS, FRAME_MS = 60, 70
"""A picture is drawn anew so long after the last reason to; a walk takes a step so often."""
_STEP, _STRIDE = 0.05, 0.25
"""Of an arrow key, and with Shift."""
_KEYS = {
    "left": (0, -1), "right": (0, 1), "down": (1, -1), "up": (1, 1),
    "pagedown": (2, -1), "pageup": (2, 1),
}  # fmt: skip
_MODELS = "Models (*.model);;All files (*)"


class LatentWidget(LatentForm):
    """Explores the noise of a network for one interval of one curve of a well."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._view = view_of(self._viewer)
        self._settings = QSettings("napari-welllog", "latent")
        self._neural: Neural | None = None
        self._model = ""
        """Path of the network that was read."""
        self._wells: list[Well] = []
        self.explored: Explored | None = None
        self.marks = Marks()
        self.board = LatentBoard(self.map_canvas, self.sample_canvas, self.layers_canvas)
        self._asked_at_start = False
        self._queue = RunQueue(self, self.progress_bar, self.message, self.cancel_button)
        self.desk = LatentDesk(self)
        self._timer, self._walker = QTimer(self), QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.redraw)
        self._walker.setInterval(FRAME_MS)
        self._walker.timeout.connect(self._take_step)
        self._picker = IntervalPicker(self._viewer, self._on_intervals)
        self._connect()
        self._bind_keys()
        join_when_shown(self)
        events = self._viewer.layers.events
        bound = [
            (events.inserted, self._on_layers),
            (events.removed, self._on_layers),
            (self._viewer.events.theme, self._redraw_soon),
        ]
        for emitter, callback in bound:
            emitter.connect(callback)
        self.destroyed.connect(partial(_let_go, bound))
        self.destroyed.connect(self._picker.close)
        self.model_line.setText(str(self._settings.value("model", "") or ""))
        self.enable_walk(False)
        self._on_layers()

    @property
    def busy(self) -> bool:
        """Whether a model is read, or a map or a cube made."""
        return self._queue.job is not None

    @property
    def well(self) -> Well | None:
        """The well that is chosen."""
        row = self.well_box.currentIndex()
        return self._wells[row] if 0 <= row < len(self._wells) else None

    @property
    def curve(self) -> str:
        """Canonical name of the curve that is chosen."""
        return str(self.curve_box.currentData() or "")

    @property
    def condition(self) -> Condition | None:
        """What is chosen, all of it; None where something is wanting."""
        if self._neural is None or self.well is None or not self.curve:
            return None
        ends = sorted((self.top_box.value(), self.base_box.value()))
        return Condition(self._neural, self._model, self.well, self.curve, *ends)

    # ------------------------------------------------------------------ wiring

    def _connect(self) -> None:
        self.model_line.returnPressed.connect(lambda: self.open_model(self.model_line.text()))
        self.open_button.clicked.connect(self._choose_model)
        self.well_box.currentIndexChanged.connect(self._on_well)
        self.curve_box.currentIndexChanged.connect(self._on_curve)
        self.interval_box.activated.connect(self._take_interval)
        for box in (self.top_box, self.base_box):
            box.valueChanged.connect(self._on_depth)
        self.map_button.clicked.connect(self.make_map)
        self.cube_button.toggled.connect(self._on_cube)
        self.cancel_button.clicked.connect(self._queue.cancel)
        self.save_button.clicked.connect(self.save)
        self.shade_box.currentIndexChanged.connect(self._redraw_soon)
        self.sliders.moved.connect(self.move_to)
        self.origin_button.clicked.connect(lambda: self.move_to(ORIGIN))
        self.start_button.clicked.connect(lambda: self._set_end(start=self.marks.point))
        self.stop_button.clicked.connect(lambda: self._set_end(stop=self.marks.point))
        self.walk_slider.valueChanged.connect(self._on_walk)
        self.play_button.toggled.connect(self._on_play)
        self._queue.changed.connect(self._update)
        self.desk.answered.connect(self._on_answer)
        self.desk.mapped.connect(self._redraw_soon)
        self.desk.failed.connect(self.message.setText)
        for canvas in (self.map_canvas, self.sample_canvas, self.layers_canvas):
            canvas.resized.connect(self._redraw_soon)
        self.map_canvas.mpl_connect("button_press_event", self._on_pointer)
        self.map_canvas.mpl_connect("motion_notify_event", self._on_pointer)
        self.map_canvas.mpl_connect("key_press_event", self._on_key)

    def _bind_keys(self) -> None:
        for keys, act in (
            ("Ctrl+Return", self.make_map),
            ("Esc", self._queue.cancel),
            ("Ctrl+Shift+F", self.save),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Read the model of last time, when the dock is first shown."""
        super().showEvent(event)
        path = self.model_line.text()
        if path and not self._asked_at_start and self._neural is None and Path(path).is_file():
            self.open_model(path)
        self._asked_at_start = True
        self._redraw_soon()

    def _on_layers(self, event: Any = None) -> None:
        wells, before = self._view.wells(), self.well
        if [id(well) for well in wells] == [id(well) for well in self._wells] and wells:
            return
        self._wells = wells
        self.well_box.blockSignals(True)
        self.well_box.clear()
        self.well_box.addItems([name_well(well, wells) for well in wells])
        kept = [row for row, well in enumerate(wells) if well is before]
        self.well_box.setCurrentIndex(kept[0] if kept else len(wells) - 1)
        self.well_box.blockSignals(False)
        self._on_well()

    def _on_well(self, _: int = -1) -> None:
        well = self.well
        if well is not self._picker.well:
            self._picker.well = well
        unit = f" {well.index_unit}" if well is not None else ""
        for box in (self.top_box, self.base_box):
            box.setSuffix(unit)
        wanted = self.curve or str(self._settings.value("curve", "") or "")
        named = [] if well is None or self._neural is None else list_curves(
            well, self._neural.targets
        )  # fmt: skip
        self.curve_box.blockSignals(True)
        self.curve_box.clear()
        for name, label in named:
            self.curve_box.addItem(label, name)
        self.curve_box.setCurrentIndex(max(self.curve_box.findData(wanted), 0) if named else -1)
        self.curve_box.blockSignals(False)
        self._on_curve()

    def _on_curve(self, _: int = -1) -> None:
        self._list_intervals()
        row = 0 if self._picker.intervals else self.interval_box.count() - 1
        if row >= 0:
            self.interval_box.setCurrentIndex(row)
        self._take_interval(row)

    def _on_intervals(self) -> None:
        if self._picker.dragging or self.well is None:
            return
        count = self.interval_box.count()
        self._list_intervals()
        if self.interval_box.count() > count:  # the one that was just picked
            row = len(self._picker.intervals) - 1
            self.interval_box.setCurrentIndex(row)
            self._take_interval(row)

    def _list_intervals(self) -> None:
        self.interval_box.clear()
        if self._neural is not None and self.well is not None and self.curve:
            picked = self._picker.intervals
            for label, span in list_intervals(self._neural, self.well, self.curve, picked):
                self.interval_box.addItem(label, span)
        shown = (self.top_box.value(), self.base_box.value())
        spans = [self.interval_box.itemData(row) for row in range(self.interval_box.count())]
        rows = [row for row, span in enumerate(spans) if np.allclose(span, shown, rtol=0, atol=0.1)]
        self.interval_box.setCurrentIndex(rows[0] if rows else -1)

    def _take_interval(self, row: int) -> None:
        span = self.interval_box.itemData(row)
        if span is not None:
            for box, depth in zip((self.top_box, self.base_box), span, strict=True):
                box.blockSignals(True)
                box.setValue(depth)
                box.blockSignals(False)
        self._update()

    def _on_depth(self, _: float) -> None:
        self.interval_box.setCurrentIndex(-1)  # none of those that offer themselves
        self._update()

    def _update(self, _: object = None) -> None:
        """Enable what can be done, and say what cannot and why."""
        chosen, shown = self.condition, self.explored
        if not self.busy and shown is not None and shown.cube is None:
            self.cube_button.setChecked(False)  # it was cancelled, or failed
        self.map_button.setEnabled(chosen is not None and not self.busy)
        self.enable_point(shown is not None)
        self.cube_button.setEnabled(shown is not None and not self.busy)
        if shown is None:
            self.title.setText("")
        else:
            name = Path(shown.condition.model).name
            said = f"{shown.condition.title} of {shown.condition.well.name}, by {name}."
            if chosen is not None and not chosen.is_like(shown.condition):
                said += " Other choices stand above: Map explores them."
            self.title.setText(f"{said} {say_variety(shown.variety)}")
        if not self.message.text() and not self.busy:
            self.message.setText(self._say_what_is_missing())

    def _say_what_is_missing(self) -> str:
        if self._neural is None:
            return f"Open the file of a network. {ADVICE}"
        if self.well is None:
            return "Open a LAS file to begin: drop it on the window."
        return "" if self.explored is not None else "Map generates every point of a plane of noise."

    # ------------------------------------------------------------------ model, map, cube

    def _choose_model(self) -> None:
        folder = str(Path(self.model_line.text() or ".").parent)
        path, _ = QFileDialog.getOpenFileName(self, "Open network", folder, _MODELS)
        if path:
            self.open_model(path)

    def open_model(self, path: str) -> None:
        """Read a network in another thread; what is none is answered in the message."""
        path = path.strip()
        self.model_line.setText(path)
        if path:
            self._queue.add(opening(path), partial(self._take_model, path))

    def _take_model(self, path: str, read: Neural | Refusal) -> str:
        refused = isinstance(read, Refusal)
        self._neural, self._model = (None, "") if refused else (read, path)
        if not refused:
            self._settings.setValue("model", path)
        self.message.setText(read.words if isinstance(read, Refusal) else "")
        self._on_well()
        return self.message.text() or self._say_what_is_missing()

    def make_map(self) -> None:
        """Explore what is chosen, in another thread."""
        chosen = self.condition
        if chosen is not None and not self.busy:
            self._settings.setValue("curve", chosen.curve)
            self._queue.add(refusing(partial(explore, chosen)), self._take_map)

    def _take_map(self, made: Explored | Refusal) -> str:
        if isinstance(made, Refusal):
            return made.words
        self.play_button.setChecked(False)
        self.explored, self.marks = made, Marks()
        self.desk.explored = made
        self.show_origin()
        self.enable_walk(False)
        self.cube_button.setChecked(False)
        self.legend.setText(legend_of(made))
        self._redraw_soon()
        self.map_canvas.setFocus()
        return ""

    def _on_cube(self, pressed: bool) -> None:
        explored = self.explored
        if explored is None:
            return
        if pressed and explored.cube is None:
            self._queue.add(
                refusing(partial(map_cube, explored)), partial(self._take_cube, explored)
            )
        elif not pressed:
            self.desk.follow_height(self.marks.point)
        self._redraw_soon()

    def _take_cube(self, explored: Explored, made: Any) -> str:
        if isinstance(made, Refusal):
            self.cube_button.setChecked(False)
            return made.words
        explored.cube = made
        self._redraw_soon()
        return ""

    # ------------------------------------------------------------------ the point

    def move_to(self, point: Point) -> None:
        """Move the point; what is generated there follows."""
        if self.explored is None:
            return
        x, y, z = (round(float(np.clip(value, -REACH, REACH)), 2) for value in point)
        self.marks = Marks((x, y, z), self.marks.start, self.marks.stop)
        self.sliders.show_point(self.marks.point)
        self.board.show_marks(self.marks)
        self.desk.ask(self.marks)
        if not self.cube_button.isChecked():
            self.desk.follow_height(self.marks.point)

    def _on_pointer(self, event: Any) -> None:
        point = self.board.point_at(event, self.marks.point) if event.button == 1 else None
        if point is not None and point != self.marks.point:
            self.move_to(point)

    def _on_key(self, event: Any) -> None:
        *held, key = (event.key or "").split("+")
        if key in _KEYS:
            axis, way = _KEYS[key]
            moved = list(self.marks.point)
            moved[axis] += way * (_STRIDE if "shift" in held else _STEP)
            self.move_to((moved[0], moved[1], moved[2]))
        elif key == "home":
            self.move_to(ORIGIN)
        elif key in ("a", "A"):
            self.start_button.click()
        elif key in ("b", "B"):
            self.stop_button.click()
        elif key in ("c", "C"):
            self.cube_button.click()

    def _set_end(self, start: Point | None = None, stop: Point | None = None) -> None:
        marks = self.marks
        self.marks = Marks(marks.point, start or marks.start, stop or marks.stop)
        both = self.marks.start is not None and self.marks.stop is not None
        self.enable_walk(both)
        self.walk_slider.blockSignals(True)
        self.walk_slider.setValue(0 if stop is None else 100)
        self.walk_slider.blockSignals(False)
        self.walk_label.setText(f"{self.walk_slider.value()} %")
        self.board.show_marks(self.marks)
        self.desk.ask(self.marks)

    def _on_walk(self, percent: int) -> None:
        self.walk_label.setText(f"{percent} %")
        start, stop = self.marks.start, self.marks.stop
        if start is not None and stop is not None:
            x, y, z = (a + percent / 100 * (b - a) for a, b in zip(start, stop, strict=True))
            self.move_to((x, y, z))

    def _on_play(self, pressed: bool) -> None:
        if not pressed:
            self._walker.stop()
            return
        if self.walk_slider.value() == self.walk_slider.maximum():
            self.walk_slider.setValue(0)
        self._walker.start()

    def _take_step(self) -> None:
        if self.desk.asking:  # the sample is to be seen at every step
            return
        self.walk_slider.setValue(self.walk_slider.value() + 2)
        if self.walk_slider.value() == self.walk_slider.maximum():
            self.play_button.setChecked(False)

    # ------------------------------------------------------------------ pictures

    def _redraw_soon(self, _: object = None) -> None:
        self._timer.start(WAIT_MS)

    def redraw(self) -> None:
        """Draw all pictures anew."""
        if self.isVisible():
            theme = choose_theme(str(get_theme(self._viewer.theme).background.as_hex("long")))
            self.board.draw(
                self.explored, self.desk.answer, self.marks, self.shade,
                self.cube_button.isChecked(), theme,
            )  # fmt: skip

    @property
    def shade(self) -> str:
        """What the colours of the map tell."""
        return str(self.shade_box.currentData())

    def _on_answer(self) -> None:
        if self.desk.answer is not None and self.explored is not None:
            self.board.show_answer(self.explored, self.desk.answer)

    # ------------------------------------------------------------------ taking it away

    def save(self) -> None:
        """Ask for a file and write what is shown to it."""
        if self.explored is None:
            return
        folder = Path(str(self._settings.value("folder", "") or "."))
        kinds = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
        name = folder / f"noise_of_{self.explored.condition.curve}.png"
        path, chosen = QFileDialog.getSaveFileName(self, "Save picture", str(name), kinds)
        if path:
            ending = chosen.split("*")[-1].strip(")") if not Path(path).suffix else ""
            self.save_to(path + ending)

    def save_to(self, path: str) -> None:
        """Write what is shown on white paper; what goes wrong is said."""
        explored, answer = self.explored, self.desk.answer
        if explored is None or answer is None:
            return
        try:
            cube = self.cube_button.isChecked()
            written = save_board(path, explored, answer, self.marks, self.shade, cube)
        except Exception as error:  # whatever goes wrong in writing must not end the viewer
            self.message.setText(describe_error(error))
            return
        self._settings.setValue("folder", str(Path(path).parent))
        self.message.setText(f"Saved {written}")


def _let_go(bound: list[tuple[Any, Any]], _: Any = None) -> None:
    """Let go of the viewer, for a dock that is gone."""
    for emitter, callback in bound:
        emitter.disconnect(callback)
