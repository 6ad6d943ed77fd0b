"""The two tables of the Restore dock: gaps found, and intervals picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from welllog.gaps import Gap

if TYPE_CHECKING:
    from welllog.well import Well

_MOST_ROWS = 500
LENGTH = (
    "What the samples from top to base stand for, both included: a step more than lies between them"
)


class SpanTable(QTableWidget):
    """Rows that lie between two depths; a double click on a row goes there."""

    columns: tuple[str, ...] = ()
    top_column = 0

    def __init__(self, go_to: Callable[[float, float], None]) -> None:
        super().__init__(0, len(self.columns))
        self._go_to = go_to
        self._spans: list[tuple[float, float]] = []
        self.setHorizontalHeaderLabels(self.columns)
        if "Length" in self.columns:
            self.horizontalHeaderItem(self.columns.index("Length")).setToolTip(LENGTH)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.setTabKeyNavigation(False)  # Tab leaves it, arrows move inside
        self.verticalHeader().setDefaultSectionSize(22)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(96)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Ask for little: what is left over is given by stretch."""
        return QSize(220, 96)

    @property
    def spans(self) -> list[tuple[float, float]]:
        """Top and base of each row."""
        return self._spans

    def selected_rows(self) -> list[int]:
        """Return the rows selected, from the top."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def visit(self, row: int) -> None:
        """Show the depths of a row in the viewer."""
        if 0 <= row < len(self._spans):
            self._go_to(*self._spans[row])

    def _fill(self, spans: Sequence[tuple[float, float]], rows: list[tuple[str, ...]]) -> None:
        self.blockSignals(True)
        self._spans = list(spans)
        self.setRowCount(len(rows))
        for row, words in enumerate(rows):
            for column, word in enumerate(words):
                item = QTableWidgetItem(word)
                if not self._is_editable(column):
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                self.setItem(row, column, item)
        self.blockSignals(False)

    def _is_editable(self, column: int) -> bool:
        return False


class GapTable(SpanTable):
    """Every gap of the curves ticked."""

    columns = ("Curve", "Top", "Base", "Length", "Why")
    top_column = 1

    def __init__(self, go_to: Callable[[float, float], None]) -> None:
        super().__init__(go_to)
        self.setToolTip("Double click a gap to go there")
        modes = QHeaderView.ResizeMode
        self.horizontalHeader().setSectionResizeMode(modes.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(4, modes.Stretch)
        self.cellDoubleClicked.connect(lambda row, column: self.visit(row))

    def show_gaps(self, well: Well | None, gaps: Sequence[Gap]) -> None:
        """List gaps of a well, the first 500 of them."""
        listed = list(gaps[:_MOST_ROWS]) if well is not None else []
        ends = [gap.depths(well.index) for gap in listed] if well is not None else []
        spans = [(min(span), max(span)) for span in ends]  # also where the index runs upwards
        rows = [
            (gap.curve, *_words(well, top, base), gap.reason)
            for gap, (top, base) in zip(listed, spans, strict=True)
        ]
        self._fill(spans, rows)


class IntervalTable(SpanTable):
    """The intervals picked; their depths can be typed."""

    columns = ("Top", "Base", "Length")
    edited = Signal(int, float, float)
    """Row, top and base, after a depth was typed."""

    def __init__(self, go_to: Callable[[float, float], None]) -> None:
        super().__init__(go_to)
        self.setToolTip(
            "Double click a depth to type another; double click a length to go to the interval"
        )
        self.cellChanged.connect(self._on_changed)
        self.cellDoubleClicked.connect(self._on_double_click)

    def show_intervals(self, well: Well | None, intervals: Sequence[tuple[float, float]]) -> None:
        """List intervals of a well."""
        self._fill(intervals, [_words(well, top, base) for top, base in intervals])

    def begin_editing(self, row: int) -> None:
        """Put the cursor into the top of an interval."""
        item = self.item(row, 0)
        if item is not None:
            self.setCurrentItem(item)
            self.editItem(item)

    def _is_editable(self, column: int) -> bool:
        return column < 2

    def _on_double_click(self, row: int, column: int) -> None:
        if column == 2:
            self.visit(row)

    def _on_changed(self, row: int, column: int) -> None:
        try:
            top, base = (_number(self.item(row, i).text()) for i in (0, 1))
        except ValueError:
            top, base = np.nan, np.nan
        self.edited.emit(row, top, base)


def _number(text: str) -> float:
    """Return a number as people write it: 1234.5, 1 234,5."""
    return float("".join(text.split()).replace(",", "."))


def _words(well: Well | None, top: float, base: float) -> tuple[str, str, str]:
    """Return top, base and length as the tables show them."""
    length = well.length_of(top, base) if well is not None else abs(base - top)
    return f"{top:.2f}", f"{base:.2f}", f"{length:.2f}"
