"""The Review tab as it looks: intervals, candidates, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._interval_tables import SpanTable

_SWATCH = 12


class DecisionTable(SpanTable):
    """Intervals that candidates fill or that something was decided about."""

    columns = ("Curve", "Top", "Base", "Length", "Stands")
    empty = "Run a model: what it makes of each interval is listed here, to be accepted or not."

    def __init__(self, go_to: Callable[[float, float], None]) -> None:
        super().__init__(go_to)
        self.setToolTip("What stands in each interval; double click to go there")
        modes = QHeaderView.ResizeMode
        self.horizontalHeader().setSectionResizeMode(modes.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(4, modes.Stretch)
        self.cellDoubleClicked.connect(lambda row, column: self.visit(row))

    def show_rows(self, rows: list[tuple[str, float, float, float, str]]) -> None:
        """List (curve, top, base, length, what stands there)."""
        self._fill(
            [(top, base) for _, top, base, _, _ in rows],
            [
                (curve, f"{top:.2f}", f"{base:.2f}", f"{length:.2f}", stands)
                for curve, top, base, length, stands in rows
            ],
        )


@dataclass(frozen=True)
class CandidateRow:
    """One line of the table of candidates, in words."""

    name: str
    model: str
    colour: str
    error: str
    coverage: str
    jump: str
    outside: str
    tested: str
    """On what error and band rest, or why there is none."""


class CandidateTable(SpanTable):
    """The candidates for the interval selected; several can be selected, to be blended."""

    columns = ("Model", "Error", "Band", "Step", "Out")
    tips = (
        "Its colour is that of its line in the tracks",
        "Root mean square error where intervals about as long were hidden in this well, in the "
        "unit of the curve (decades for resistivity); a dash where none were",
        "Share of the hidden samples inside the 90 % band: 90 % is right",
        "Mean step where the fill meets what was measured",
        "Share of the fill that is outside the model's experience, drawn red",
    )

    def __init__(self) -> None:
        super().__init__(lambda top, base: None)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for column, tip in enumerate(self.tips):
            self.horizontalHeaderItem(column).setToolTip(tip)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        modes = QHeaderView.ResizeMode
        self.horizontalHeader().setSectionResizeMode(modes.Stretch)
        self.horizontalHeader().setSectionResizeMode(0, modes.ResizeToContents)
        self.names: list[str] = []

    def show_rows(self, rows: list[CandidateRow]) -> None:
        """List candidates, keeping what was selected."""
        kept = set(self.selected_names())
        self.names = [row.name for row in rows]
        self._fill(
            [], [(row.model, row.error, row.coverage, row.jump, row.outside) for row in rows]
        )
        for number, row in enumerate(rows):
            swatch = QPixmap(_SWATCH, _SWATCH)
            swatch.fill(QColor(row.colour))
            item: QTableWidgetItem = self.item(number, 0)
            item.setIcon(QIcon(swatch))
            item.setToolTip(row.name)
            for column in (1, 2):
                self.item(number, column).setToolTip(row.tested)
        self.blockSignals(True)
        self.clearSelection()
        chosen = [i for i, name in enumerate(self.names) if name in kept] or [0][: len(rows)]
        flags = self.selectionModel().SelectionFlag
        for number in chosen:
            index = self.model().index(number, 0)
            self.selectionModel().select(index, flags.Select | flags.Rows)
        self.blockSignals(False)

    def selected_names(self) -> list[str]:
        """Return the names of the candidates selected."""
        return [self.names[row] for row in self.selected_rows() if row < len(self.names)]


class LinkLabel(QLabel):
    """Text with links in the colour of the text, whatever the theme is: Qt's own is too dark."""

    def say(self, text: str) -> None:
        """Show a text, in which ``<a {link}`` begins a link."""
        self._text = text
        self._colour = self.palette().windowText().color().name()
        self.setText(text.replace("{link}", f'style="color: {self._colour}"'))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow the theme, which comes when the dock is put into its window."""
        super().changeEvent(event)
        kinds = QEvent.Type.StyleChange, QEvent.Type.PaletteChange
        if event.type() in kinds and getattr(self, "_text", ""):
            if self.palette().windowText().color().name() != self._colour:
                self.say(self._text)


class ReviewForm(QWidget):
    """Lays out the controls of the tab."""

    def __init__(self, go_to: Callable[[float, float], None]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        self.orphan = LinkLabel()
        self.orphan.setWordWrap(True)
        self.orphan.setVisible(False)
        layout.addWidget(self.orphan)
        self.decision_table = DecisionTable(go_to)
        layout.addWidget(self.decision_table, 3)
        self.blank = QLabel(DecisionTable.empty)
        self.blank.setWordWrap(True)
        layout.addWidget(self.blank)
        self.candidate_table = CandidateTable()
        layout.addWidget(self.candidate_table, 2)
        self.accept_button = _button(
            "Accept", "Let the candidate selected stand in the intervals selected (A)"
        )
        self.blend_button = _button(
            "Blend", "Let the mean of the candidates selected stand in the intervals (B)"
        )
        self.draw_button = _button(
            "Draw", "Draw the curve with the mouse in its track; Esc or D again to stop (D)"
        )
        self.draw_button.setCheckable(True)
        self.reject_button = _button("Reject", "Keep only what was measured in the intervals (R)")
        self.reopen_button = _button("Reopen", "Take back what was decided in the intervals")
        layout.addLayout(_row(self.accept_button, self.blend_button, self.draw_button))
        layout.addLayout(_row(self.reject_button, self.reopen_button))
        self.blind_button = _button(
            "Blind test",
            "Hide intervals as long as the one selected where the curve was measured, restore them "
            "with each model, a straight line and boosting, and compare (T)",
        )
        self.blind_box = QCheckBox("Show it")
        self.blind_box.setToolTip("Show what the model selected made of the hidden intervals")
        layout.addLayout(_row(self.blind_button, self.blind_box))
        self.verdict = QLabel("")
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.verdict)
        self.undo_button = _button("Undo", "Ctrl+Z")
        self.redo_button = _button("Redo", "Ctrl+Shift+Z")
        self.copy_button = _button(
            "Copy as Python", "Copy all that was done as Python, a line an action"
        )
        layout.addLayout(_row(self.undo_button, self.redo_button))
        self.store_button = _button(
            "Keep\N{HORIZONTAL ELLIPSIS}",
            "Keep wells, candidates and decisions in a file, to go on another day",
        )
        self.load_button = _button("Open\N{HORIZONTAL ELLIPSIS}", "Go on with work that was kept")
        layout.addLayout(_row(QLabel("Session"), self.store_button, self.load_button))
        self.report_button = _button(
            "Report\N{HORIZONTAL ELLIPSIS}",
            "Write what was done and how good it is (HTML), or print the tracks to scale (PDF)",
        )
        layout.addLayout(_row(self.copy_button, self.report_button))


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
