"""The Review tab: candidates compared, accepted, blended, drawn over, rejected; undo and redo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QItemSelectionModel, Qt, Signal
from qtpy.QtGui import QGuiApplication, QKeySequence
from qtpy.QtWidgets import QFileDialog, QShortcut

from napari_welllog._autosave import discard, find_orphans
from napari_welllog._curve_pen import CurvePen
from napari_welllog._jobs import describe_error
from napari_welllog._review_form import ReviewForm
from napari_welllog._review_rows import (
    NONE,
    REPORTS,
    Row,
    choose_kind,
    describe_candidate,
    list_rows,
    say_decision,
    say_strange,
    say_verdict,
    split,
)
from napari_welllog._viewer_session import session_of
from welllog.extrapolation import ADVICE
from welllog.session import Work
from welllog.session_files import ENDING, save_session

if TYPE_CHECKING:
    from welllog.blind_test import BlindTest
    from welllog.candidates import Candidate
    from welllog.well import Well


class ReviewPanel(ReviewForm):
    """What models made of each interval, and what is to stand there."""

    said = Signal(str)
    """A line for the user."""
    test_wanted = Signal(str, float, list)
    """Curve, length in index units, models: to be tested on this well."""
    report_wanted = Signal(str, float)
    """File, and the scale of a print; 0 for a report."""

    def __init__(self, viewer: Any, go_to: Callable[[float, float], None]) -> None:
        super().__init__(go_to)
        self._go_to = go_to
        self._viewer = viewer
        self._home = session_of(viewer)
        self._well: Well | None = None
        self._rows: list[Row] = []
        self._refused: list[str] = []
        self._pen = CurvePen(viewer, self._on_drawn)
        self._connect()
        self._home.changed.connect(self.refresh)
        self.refresh()
        self.offer_orphans()

    @property
    def work(self) -> Work | None:
        """The work on the well that is looked at."""
        return self._home.session.work_of(self._well) if self._well is not None else None

    def look_at(self, well: Well | None) -> None:
        """Show another well's intervals."""
        if well is not self._well:
            self._well = self._pen.well = well
            self.refresh()

    def close_pen(self) -> None:
        """Stop watching the mouse."""
        self._pen.close()

    def _connect(self) -> None:
        self.decision_table.itemSelectionChanged.connect(self._show_candidates)
        self.candidate_table.itemSelectionChanged.connect(self._on_candidate)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for button, keys, act in (
            (self.accept_button, "A", self.accept),
            (self.blend_button, "B", self.blend),
            (self.reject_button, "R", self.reject),
            (self.reopen_button, "", self.reopen),
            (self.blind_button, "T", self._ask_test),
            (self.undo_button, "", self.undo),
            (self.redo_button, "", self.redo),
            (self.copy_button, "", self.copy_log),
            (self.report_button, "", self._choose_report),
            (self.store_button, "", self._choose_store),
            (self.load_button, "", self._choose_load),
        ):
            button.clicked.connect(act)
            if keys:
                self._bind(keys, button.click, inside)
        self.draw_button.toggled.connect(self._on_draw_toggled)
        self._bind("D", self.draw_button.click, inside)
        window = Qt.ShortcutContext.WindowShortcut  # a click on the canvas takes the focus
        self._drawing_keys = [
            self._bind("Esc", lambda: self.draw_button.setChecked(False), window),
            self._bind("Ctrl+Z", self.undo, window),
        ]
        for shortcut in self._drawing_keys:
            shortcut.setEnabled(False)
        self._bind("N", lambda: self.step(1), inside)
        self._bind("P", lambda: self.step(-1), inside)
        self.blind_box.toggled.connect(self._show_blind)
        self.orphan.linkActivated.connect(self._on_orphan)

    def _bind(self, keys: str, act: Callable[[], Any], context: Any) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(context)
        shortcut.activated.connect(act)
        shortcut.activatedAmbiguously.connect(act)  # the dock has some of the same keys
        return shortcut

    # ------------------------------------------------------------------ what is shown

    def refresh(self) -> None:
        """Show what the session says."""
        work = self.work
        kept = self._selected()
        self._rows = list_rows(work) if work is not None else []
        self.decision_table.show_rows(
            [
                (own, top, base, work.well.length_of(top, base),
                 say_decision(work, (own, top, base)))
                for own, top, base in self._rows
                if work is not None
            ]
        )  # fmt: skip
        self.blank.setVisible(not self._rows)
        self._select([row for row in kept if row in self._rows] or self._rows[:1])
        session = self._home.session
        for button, label, what in (
            (self.undo_button, session.undo_label, "Undo"),
            (self.redo_button, session.redo_label, "Redo"),
        ):
            button.setEnabled(bool(label))
            button.setToolTip(f"{what}: {label}" if label else f"Nothing to {what.lower()}")
        self._show_candidates()

    def _selected(self) -> list[Row]:
        rows = self.decision_table.selected_rows()
        return [self._rows[row] for row in rows if row < len(self._rows)]

    def _select(self, rows: list[Row]) -> None:
        """Select rows; the signals of the steps are nobody's business."""
        blocked = self.decision_table.blockSignals(True)
        self.decision_table.clearSelection()
        flags = QItemSelectionModel.SelectionFlag
        for row in rows:
            index = self.decision_table.model().index(self._rows.index(row), 0)
            self.decision_table.selectionModel().select(index, flags.Select | flags.Rows)
        self.decision_table.blockSignals(blocked)
        self.decision_table.viewport().update()

    def _alike(self) -> list[Candidate]:
        """Return the candidates for the first interval selected."""
        work, rows = self.work, self._selected()
        if work is None or not rows:
            return []
        own, top, base = rows[0]
        return [
            candidate
            for candidate in work.candidates
            if candidate.curve.mnemonic == own
            and any(a <= base and b >= top for a, b in candidate.spans(work.well.index))
        ]

    def _show_candidates(self) -> None:
        work, rows, alike = self.work, self._selected(), self._alike()
        test = self._test()
        self.candidate_table.blockSignals(True)
        self.candidate_table.show_rows(
            [
                describe_candidate(work, candidate, rows[0], test, self._home.colour(work, name))
                for candidate in alike
                for name in (candidate.name,)
                if work is not None
            ]
        )
        self.candidate_table.blockSignals(False)
        for button in (self.accept_button, self.blind_button, self.reject_button):
            button.setEnabled(bool(alike))
        said = work is not None and any(say_decision(work, row) != NONE for row in rows)
        self.reopen_button.setEnabled(said)
        if self.draw_button.isChecked():
            self._pen.curve = rows[0][0] if rows else None  # the pen goes where one looks
        self.draw_button.setEnabled(bool(rows))
        verdict, strange = say_verdict(work, test, rows[0] if rows else None), say_strange(alike)
        self.verdict.setText("\n".join(filter(None, (strange, verdict))))
        self.verdict.setToolTip(f"<p>{ADVICE}</p>" if strange else "")  # as HTML it wraps
        self._on_candidate()

    def _on_candidate(self) -> None:
        work = self.work
        if work is not None:
            self._home.show_bands(work.key, self.candidate_table.selected_names())
        self.blend_button.setEnabled(len(self.candidate_table.selected_names()) > 1)
        self.blind_box.setEnabled(self._test() is not None)
        if self.blind_box.isChecked():
            self._show_blind(True)

    def _test(self) -> BlindTest | None:
        """Return the blind test of the curve that is looked at."""
        work, rows = self.work, self._selected()
        if work is None or not rows:
            return None
        return next((test for test in work.blind_tests if test.curve == rows[0][0]), None)

    def _show_blind(self, on: bool) -> None:
        work, test, names = self.work, self._test(), self.candidate_table.selected_names()
        if work is None or test is None:
            return
        model = work.candidate(names[0]).source if names else None
        shown = model if on and model in test.fills else None
        if self._home.blind_shown.get((work.key, test.curve)) != shown:
            self._home.show_blind(work.key, test.curve, shown)

    # ------------------------------------------------------------------ what is done

    def accept(self) -> None:
        """Let the candidate selected stand in the intervals selected; go to the next open one."""
        work, names = self.work, self.candidate_table.selected_names()
        if work is None or not names:
            return
        model = work.candidate(names[0]).model
        with self._as_one_step("Accept"):
            for own, top, base in self._selected():
                alike = [c for c in work.candidates if c.curve.mnemonic == own and c.model == model]
                if alike:  # of several curves, each one's candidate by the same model
                    name = names[0] if names[0] in [c.name for c in alike] else alike[-1].name
                    self._attempt(self._home.session.accept, work.key, name, (top, base))
        self._go_on()

    def blend(self) -> None:
        """Let the mean of the candidates selected stand in the intervals selected."""
        work, names = self.work, self.candidate_table.selected_names()
        if work is None or len(names) < 2:
            return
        models = [work.candidate(name).model for name in names]
        with self._as_one_step("Blend"):
            for own, top, base in self._selected():
                alike = [
                    c for c in work.candidates if c.curve.mnemonic == own and c.model in models
                ]
                weights = {c.name: 1.0 for c in alike}
                if len(weights) > 1:
                    self._attempt(self._home.session.blend, work.key, weights, (top, base))
        self._go_on()

    def reject(self) -> None:
        """Let nothing but what was measured stand in the intervals selected."""
        self._each("Reject", self._home.session.reject)
        self._go_on()

    def reopen(self) -> None:
        """Take back what was decided in the intervals selected."""
        self._each("Reopen", self._home.session.reopen)

    def _each(self, what: str, act: Callable[..., None]) -> None:
        work = self.work
        if work is not None:
            with self._as_one_step(what):
                for own, top, base in self._selected():
                    self._attempt(act, work.key, own, (top, base))

    @contextmanager
    def _as_one_step(self, what: str) -> Iterator[None]:
        """Let one undo take back all that one click does; then say what could not be done."""
        self._refused.clear()
        with self._home.session.together(f"{what} {len(self._selected())} intervals"):
            yield
        for refused in self._refused[-1:]:
            self.said.emit(refused)

    def _attempt(self, act: Callable[..., Any], *arguments: Any) -> None:
        try:
            act(*arguments)
        except ValueError as error:
            self._refused.append(describe_error(error))

    def step(self, by: int) -> None:
        """Go to the next interval (1) or the one before (-1)."""
        if not self._rows:
            return
        kept = self._selected()
        row = self._rows.index(kept[-1]) if kept else -by
        self._visit(min(max(row + by, 0), len(self._rows) - 1))

    def _go_on(self) -> None:
        """Go to the first interval that is still open."""
        work = self.work
        if work is None:
            return
        open_ = [row for row in self._rows if not work.is_decided(*split(row))]
        if open_:
            self._visit(self._rows.index(open_[0]))
        elif self._rows:
            self.said.emit(
                "Every interval is decided. Save LAS\N{HORIZONTAL ELLIPSIS} writes a new file."
            )

    def _visit(self, row: int) -> None:
        self._select([self._rows[row]])
        self._show_candidates()
        self.decision_table.scrollTo(self.decision_table.model().index(row, 0))
        self._go_to(*self._rows[row][1:])

    def _on_draw_toggled(self, pressed: bool) -> None:
        rows = self._selected()
        self._pen.curve = rows[0][0] if pressed and rows else None
        for shortcut in self._drawing_keys:
            shortcut.setEnabled(pressed)
        self._say_drawing()

    def _say_drawing(self) -> None:
        curve = self._pen.curve
        said = f"Drag over the track of {curve} to draw it; Esc to stop." if curve else ""
        self.said.emit(said)

    def _on_drawn(self, points: list[tuple[float, float]]) -> None:
        if self.work is not None and self._pen.curve is not None:
            with self._as_one_step("Draw"):
                self._attempt(self._home.session.draw, self.work.key, self._pen.curve, points)
            if not self._refused:
                self._say_drawing()

    def _ask_test(self) -> None:
        work, rows = self.work, self._selected()
        if work is None or not rows:
            return
        own, top, base = rows[0]
        if own not in work.well.curves:
            self.said.emit(f"{own} was never measured in this well: nothing of it can be hidden.")
            return
        from welllog.blind_test import longest_hidden

        models = list(dict.fromkeys(candidate.source for candidate in self._alike()))
        longest = longest_hidden(work.well, own, work.spoiled(own))
        self.test_wanted.emit(own, min(work.well.length_of(top, base), longest), models)

    def undo(self) -> None:
        """Take back what was done last, in whichever well."""
        session = self._home.session
        label, wells = session.undo_label, session.undo_wells
        session.undo()
        self._say_elsewhere("Took back", label, wells)

    def redo(self) -> None:
        """Do again what was taken back last."""
        session = self._home.session
        label, wells = session.redo_label, session.redo_wells
        session.redo()
        self._say_elsewhere("Did again", label, wells)

    def _say_elsewhere(self, did: str, label: str, wells: list[str]) -> None:
        """Say what was undone where nothing of it is seen: in another well than is looked at."""
        if wells and self._home.key_of(self._well) not in wells:
            self.said.emit(f"{did}, in another well than this: {label}")

    def copy_log(self) -> None:
        """Put what was done on the clipboard, as Python."""
        QGuiApplication.clipboard().setText("\n".join(self._home.session.log) + "\n")
        self.said.emit(f"Copied {len(self._home.session.log)} lines of Python.")

    # ------------------------------------------------------------------ sessions as files

    def _choose_report(self) -> None:
        work = self.work
        if work is None:
            return
        stem = work.key.replace("/", "-").replace(" ", "_")
        path, chosen = QFileDialog.getSaveFileName(
            self, "Report", f"{stem}.html", ";;".join(REPORTS)
        )
        if path:
            self.report_wanted.emit(*choose_kind(path, chosen))

    def _choose_store(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save session", f"work{ENDING}", f"Sessions (*{ENDING})"
        )
        if path:
            self.store(path if path.endswith(ENDING) else path + ENDING)

    def store(self, path: str | Path) -> None:
        """Keep the session in a file."""
        try:
            save_session(self._home.session, path)
        except Exception as error:  # whatever goes wrong in writing must not end the viewer
            self.said.emit(describe_error(error))
            return
        self.said.emit(f"Session kept in {path}")

    def _choose_load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open session", "", f"Sessions (*{ENDING})")
        if path:
            self._viewer.open(path, plugin="napari-welllog")

    def offer_orphans(self) -> None:
        """Say that there is work which is in no file, where there is some, and offer it."""
        orphans = find_orphans()
        self.orphan.setVisible(bool(orphans))
        if orphans:
            when = datetime.fromtimestamp(orphans[0].stat().st_mtime)
            self.orphan.say(
                f"Work of {when:%d %B, %H:%M} was not kept in a file: "
                '<a {link} href="open">go on with it</a>, or '
                '<a {link} href="discard">discard it</a>.'
            )

    def _on_orphan(self, answer: str) -> None:
        session = self._home.session
        for path in find_orphans()[:1]:
            before = len(session.state.works)
            if answer == "open":
                self._viewer.open(str(path), plugin="napari-welllog")
            opened = len(session.state.works) > before
            if opened:
                self._home.autosave.keep()  # before the copy it came from goes
            if opened or answer == "discard":
                discard(path)  # what could not be opened is kept
                self.said.emit("")
        self.offer_orphans()
