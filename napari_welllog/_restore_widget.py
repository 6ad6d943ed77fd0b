"""The Restore dock: what is missing, what to do about it, and the run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QSettings, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QFileDialog, QShortcut

from napari_welllog._curve_choice import CurveChoice
from napari_welllog._dock_place import join_when_shown
from napari_welllog._edit_panel import EditPanel
from napari_welllog._interval_picker import IntervalPicker
from napari_welllog._jobs import Job, describe_error
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._preferences import preferences, tie
from napari_welllog._restore_form import HINT, RestoreForm, scrolling
from napari_welllog._restore_work import (
    GAPS,
    PICKED,
    WHOLE,
    Made,
    core_curves,
    make_report_work,
    make_test,
    make_work,
    say_what_is_missing,
    summarise,
)
from napari_welllog._review_panel import ReviewPanel
from napari_welllog._run_queue import RunQueue
from napari_welllog._template_memory import find_template
from napari_welllog._undo_trail import follow_dock
from napari_welllog._viewer_session import session_of
from napari_welllog._well_names import name_well
from welllog.gaps import Gap, find_gaps
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from welllog.blind_test import BlindTest
    from welllog.well import Well


class RestoreWidget(RestoreForm):
    """Fill gaps of a well's curves, or replace intervals that are picked over the tracks."""

    def __init__(self, napari_viewer: Any) -> None:
        viewer = unwrap(napari_viewer)
        super().__init__(self._go_to)
        self._viewer = viewer
        self._view = view_of(viewer)
        self._home = session_of(viewer)
        self._settings = QSettings("napari-welllog", "restore")
        session = self._home.session
        self.message.moment = lambda: session.state
        self._queue = RunQueue(self, self.progress_bar, self.message, self.cancel_button)
        self._known_wells: list[int] = []
        self._gaps: list[Gap] = []
        self._refused = ""
        """What was last said of depths that could not be taken; it goes with the next that are."""
        self._curves = CurveChoice(self, viewer, self._view, self._settings)
        self._picker = IntervalPicker(self._viewer, self._on_intervals)
        self.review = ReviewPanel(viewer, self._go_to)
        self._review_tab = self.tabs.addTab(scrolling(self.review), "Review")
        self.edits = EditPanel(viewer)
        self.tabs.addTab(scrolling(self.edits), "Edit")
        tie(self.device_box, preferences().restoring, "device")
        self.realisations_box.setValue(int(self._settings.value("realisations", 0) or 0))
        models = str(self._settings.value("models", "") or "").split("\n")
        if set(models) & set(self.models):
            self.model_list.tick(*models)
        self._connect()
        self._bind_keys()
        follow_dock(self, viewer)
        join_when_shown(self)
        layers = self._viewer.layers
        bound = [
            (layers.events.inserted, self._on_layers),
            (layers.events.removed, self._on_layers),
        ]
        for emitter, callback in bound:
            emitter.connect(callback)
        self.destroyed.connect(partial(_let_go, bound))
        self.destroyed.connect(self._picker.close)
        self.destroyed.connect(self.review.close_pen)
        self._on_layers()
        if self.review.orphan.text():
            offered = "Work was not kept in a file: the Review tab offers it."
            self.message.setText(f"{self.message.text()}\n{offered}".strip())

    @property
    def _job(self) -> Job | None:
        """What runs now."""
        return self._queue.job

    @property
    def well(self) -> Well | None:
        """The well that is worked on."""
        return self._picker.well

    @property
    def chosen_curves(self) -> list[str]:
        """Own mnemonics of the curves that are ticked."""
        return self._curves.ticked

    @property
    def where(self) -> str:
        """``gaps``, ``picked`` or ``whole``."""
        return next(name for name, button in self.where_buttons.items() if button.isChecked())

    # ------------------------------------------------------------------ wiring

    def _connect(self) -> None:
        self.well_box.currentIndexChanged.connect(self._on_well_chosen)
        self._curves.changed.connect(self._on_curves)
        self.model_list.itemChanged.connect(self._update_run)
        for panel in (self.review, self.edits):
            panel.said.connect(self.message.setText)
        self.review.test_wanted.connect(self.run_test)
        self.review.report_wanted.connect(self.run_report)
        self._home.changed.connect(self._on_session)
        self._queue.changed.connect(self._update_run)
        self.pick_button.toggled.connect(self._on_pick_toggled)
        self.add_button.clicked.connect(self._add_interval)
        self.remove_button.clicked.connect(self._remove_intervals)
        self.use_button.clicked.connect(self._use_gaps)
        self.interval_table.edited.connect(self._on_edited)
        self.run_button.clicked.connect(self.run)
        self.cancel_button.clicked.connect(self.cancel)
        self.save_button.clicked.connect(self.save)
        for button in self.where_buttons.values():
            button.toggled.connect(self._update_run)

    def _bind_keys(self) -> None:
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, act, context in (
            ("Ctrl+Return", self.run, inside),
            ("Esc", self.cancel, inside),
            ("Ctrl+Z", self.review.undo, inside),
            ("Ctrl+Shift+Z", self.review.redo, inside),
            ("Alt+Down", partial(self.step_gap, 1), Qt.ShortcutContext.WindowShortcut),
            ("Alt+Up", partial(self.step_gap, -1), Qt.ShortcutContext.WindowShortcut),
            ("Alt+I", self.pick_button.toggle, Qt.ShortcutContext.WindowShortcut),
            ("Ctrl+Shift+L", self.save, Qt.ShortcutContext.WindowShortcut),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(context)
            shortcut.activated.connect(act)
            shortcut.activatedAmbiguously.connect(act)  # the Review tab has some too
        delete = QShortcut(QKeySequence("Delete"), self.interval_table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove_intervals)

    # ------------------------------------------------------------------ in step with the viewer

    def _on_layers(self, event: Any = None) -> None:
        wells = self._view.wells()
        if [id(well) for well in wells] != self._known_wells:
            self._known_wells = [id(well) for well in wells]
            before = self.well
            self.well_box.blockSignals(True)
            self.well_box.clear()
            self.well_box.addItems([name_well(well, wells) for well in wells])
            kept = [i for i, well in enumerate(wells) if well is before]
            self.well_box.setCurrentIndex(kept[0] if kept else len(wells) - 1)
            self.well_box.blockSignals(False)
            self._on_well_chosen()
        else:
            self._curves.follow()
        self._update_run()

    def _on_well_chosen(self, row: int = -1) -> None:
        wells = self._view.wells()
        row = self.well_box.currentIndex()
        well = wells[row] if 0 <= row < len(wells) else None
        if well is None:
            self.message.setText("Open a LAS file to begin: drop it on the window.")
        if well is not self.well or well is None:
            self._picker.well = well
            self.review.look_at(well)
            self.edits.look_at(well)
            self._curves.look_at(well)
            self._on_session()
            self._on_intervals()
            if well is not None:
                self.message.setText("")

    def _on_curves(self) -> None:
        curves = self._curves.measured
        self._gaps = find_gaps(self.well, curves) if self.well is not None and curves else []
        self.gap_table.show_gaps(self.well, self._gaps)
        self.where_buttons[GAPS].setText(f"Fill the gaps found ({len(self._gaps)})")
        self._update_run()

    def _on_intervals(self) -> None:
        intervals = self._picker.intervals
        if intervals != self.interval_table.spans and self.message.text() == self._refused:
            self.message.setText("")
        more = len(intervals) > self.interval_table.rowCount()
        self.interval_table.show_intervals(self.well, intervals)
        self.where_buttons[PICKED].setText(f"Replace the intervals picked ({len(intervals)})")
        if more:
            self.where_buttons[PICKED].setChecked(True)
            if self._picker.dragging:
                self._curves.tick_track(self._picker.pressed_at)
        key = self._home.key_of(self.well)
        losing = self._home.is_losing(self.well)
        if key is not None and not self._picker.dragging and not losing:
            self._home.session.pick(key, intervals)
        self._update_run()

    def _on_session(self) -> None:
        """Show the intervals that undo, or a script, has brought."""
        work = self._home.session.work_of(self.well) if self.well is not None else None
        if work is not None and list(work.intervals) != self._picker.intervals:
            self._picker.intervals = list(work.intervals)
        self.list_also(core_curves(None if work is None else work.current))
        if self._job is None:  # else it says how far that is
            self.message.grow_old()

    def _on_pick_toggled(self, pressed: bool) -> None:
        self._picker.always = pressed
        self.hint.setText("Drag over the tracks to pick an interval." if pressed else HINT)

    def _on_edited(self, row: int, top: float, base: float) -> None:
        intervals = self._picker.intervals
        if self.well is None or row >= len(intervals):
            return
        low, high = float(np.nanmin(self.well.index)), float(np.nanmax(self.well.index))
        if low <= top <= high and low <= base <= high:
            first, last = sorted((self._picker.snap(top), self._picker.snap(base)))
            if last > first:
                intervals[row] = (first, last)
            else:
                self._refuse(
                    f"Top and base are both {first:.2f} {self.well.index_unit}: an interval has "
                    "some length, so it stays as it was. Remove takes it away."
                )
        else:
            unit = self.well.index_unit
            self._refuse(
                f"No depth in the well, which runs from {low:.2f} to {high:.2f} {unit}: "
                "the interval stays as it was."
            )
        self._picker.intervals = intervals

    def _refuse(self, said: str) -> None:
        self._refused = said
        self.message.setText(said)

    def _go_to(self, top: float, base: float) -> None:
        self._view.zoom_to(top, base, self.well)

    def step_gap(self, step: int) -> None:
        """Show the next gap below the middle of what is seen, or the last one above it."""
        if self.well is None:
            return
        spans = [gap.depths(self.well.index) for gap in self._gaps]
        middles = np.array([sum(span) / 2 for span in spans])
        off = step * (middles - sum(self._view.depths_seen(self.well)) / 2)
        beyond = np.where(off > 1e-3 * self.well.step, off, np.inf)
        if not np.isfinite(beyond).any():
            where = "below" if step > 0 else "above"
            self.message.setText(f"There is no further gap {where} in the curves ticked.")
            return
        row = int(np.argmin(beyond))
        self.gap_table.selectRow(row)
        self._go_to(*spans[row])

    def _add_interval(self) -> None:
        if self.well is None:
            return
        low, high = sorted((float(self.well.index[0]), float(self.well.index[-1])))
        middle, length = (low + high) / 2, (high - low) / 50
        span = self._picker.snap(middle), self._picker.snap(middle + length)
        self._picker.intervals = [*self._picker.intervals, (min(span), max(span))]
        self.interval_table.begin_editing(self.interval_table.rowCount() - 1)

    def _remove_intervals(self) -> None:
        rows = self.interval_table.selected_rows()
        self._picker.intervals = [
            span for row, span in enumerate(self._picker.intervals) if row not in rows
        ]

    def _use_gaps(self) -> None:
        if self.well is None:
            return
        spans = [self._gaps[row].depths(self.well.index) for row in self.gap_table.selected_rows()]
        fresh = [(min(span), max(span)) for span in spans]
        kept = self._picker.intervals
        self._picker.intervals = [*kept, *(span for span in fresh if span not in kept)]

    def _update_run(self, _: object = None) -> None:
        busy = self._job is not None
        reason = self._say_what_is_missing()
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self.run_button.setEnabled(not reason and self.well is not None)
        self.save_button.setEnabled(self.well is not None and not busy)

    def _say_what_is_missing(self) -> str:
        """Return what the user has to do before there is something to run, nothing if ready."""
        if self.well is None:
            return ""
        found = bool(self._gaps), bool(self._picker.intervals)
        measured, models = self._curves.measured, self.model_list.ticked
        return say_what_is_missing(self.chosen_curves, measured, models, self.where, *found)

    # ------------------------------------------------------------------ the run

    def run(self) -> None:
        """Start a restoration of what is chosen in another thread, after those that wait."""
        well = self.well
        key = self._home.key_of(well)
        if not self.run_button.isEnabled() or well is None or key is None:
            return
        self._remember()
        curves = self.chosen_curves if self.where == WHOLE else self._curves.measured
        models, device = self.model_list.ticked, self.device_box.currentText()
        spans, number = self._picker.intervals, self.realisations_box.value()
        also = self.also_list.ticked
        current = self._home.session.work(key).current
        work = make_work(current, curves, self.where, spans, models, device, number, also)
        given = f", intervals={spans!r}" if self.where == PICKED else ""
        given += ", whole=True" if self.where == WHOLE else ""
        given += f", realisations={number}" if number else ""
        given += f", also={also!r}" if also else ""
        call = f"session.restore({key!r}, {curves!r}, {models!r}{given}, device={device!r})"
        self._queue.add(work, partial(self._take_in, well, call))

    def run_test(self, curve: str, length: float, models: list[str]) -> None:
        """Start a blind test of models on a curve of the well, in another thread."""
        well = self.well
        key = self._home.key_of(well)
        if well is None or key is None:
            return
        device = self.device_box.currentText()
        work = make_test(self._home.session.work(key), curve, length, models, device)
        call = f"session.score_blind({key!r}, {curve!r}, {length!r}, {models!r}, device={device!r})"
        self._queue.add(work, partial(self._keep_test, well, call))

    def run_report(self, path: str, scale: float = 0.0) -> None:
        """Start writing a report of the well, or a print where a scale is given."""
        key = self._home.key_of(self.well)
        if key is None:
            return
        session = self._home.session
        work = session.work(key)
        by_itself = find_template(work.well) if work.template is None else None
        call = "report" if not scale else "print_tracks"
        given = f"{key!r}, {path!r}" + (f", scale={scale!r}, paper=None" if scale else "")
        given += f", template={str(by_itself.path)!r}" if by_itself and by_itself.path else ""
        write = make_report_work(work, path, session.who, scale, by_itself or work.template)
        self._queue.add(
            write, partial(self._note_report, f"session.{call}({given}, overwrite=True)")
        )

    def _note_report(self, call: str, written: Path) -> str:
        self._home.session.log.append(call)
        return f"Written: {written}"

    def cancel(self) -> None:
        """Stop the run and those that wait; nothing of them is kept."""
        if not self._queue.cancel() and self.review.draw_button.isChecked():
            self.review.draw_button.setChecked(False)

    def _remember(self) -> None:
        kinds = (catalogue().canonical(name) for name in self.chosen_curves)
        for name, value in (
            ("models", "\n".join(self.model_list.ticked)),
            ("realisations", self.realisations_box.value()),
            ("curves", " ".join(kind for kind in kinds if kind)),
        ):
            self._settings.setValue(name, value)

    def _take_in(self, well: Well, call: str, made: Made) -> str:
        key = self._home.key_of(well)
        candidates, failed = made
        if key is None:
            return "The well was closed while the run went on."
        self._home.session.take_in(key, candidates, call)
        self.tabs.setCurrentIndex(self._review_tab)
        self.review.setFocus()
        return summarise(candidates, failed)

    def _keep_test(self, well: Well, call: str, test: BlindTest) -> str:
        key = self._home.key_of(well)
        if key is not None:
            self._home.session.keep_test(key, test, call)
        return ""

    # ------------------------------------------------------------------ saving

    def save(self) -> None:
        """Ask for a file and write the well with its restored curves to it."""
        if self.well is None or not self.save_button.isEnabled():
            return
        folder = Path(str(self._settings.value("folder", "") or self.well.path or "."))
        folder = folder if folder.is_dir() else folder.parent
        stem = self.well.path.name.split(".")[0] if self.well.path is not None else "well"
        path, _ = QFileDialog.getSaveFileName(
            self, "Save well", str(folder / f"{stem}_restored.las"), "LAS files (*.las)"
        )
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Write the well with what was accepted; what goes wrong becomes a notification."""
        key = self._home.key_of(self.well)
        if key is None:
            return
        try:
            # The file dialog has asked whether a file may be replaced.
            written = self._home.session.export(key, path, overwrite=True)
        except Exception as error:  # whatever goes wrong in writing must not end the viewer
            show_error(describe_error(error))
            return
        self._settings.setValue("folder", str(Path(path).parent))
        open_ = len(self._home.session.work(key).undecided())
        left = f"; {open_} interval{'s are' if open_ > 1 else ' is'} not decided" if open_ else ""
        self.message.setText(f"Saved {written}{left}")
        show_info(f"Saved {written}")


def _let_go(bound: list[tuple[Any, Any]], _: Any = None) -> None:
    """Stop listening for a dock that is gone."""
    for emitter, callback in bound:
        emitter.disconnect(callback)
