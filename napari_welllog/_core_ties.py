"""Ties of a photograph of core in the Core dock: clicked, typed, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QTableWidgetItem

from welllog.cores.drawn_columns import tie_columns

if TYPE_CHECKING:
    from napari_welllog._core_widget import CoreWidget
    from napari_welllog._log_view import LogView
    from napari_welllog._photo_desk import PhotoDesk
    from welllog.cores.columns import Column
    from welllog.cores.placement import Placement


class Tie(NamedTuple):
    """A place in the photograph whose depth is known."""

    column: int
    along: float
    """Row of the column when it was tied."""
    row: float
    """Place in pixels of the photograph: it stays where it is when corners move."""
    across: float
    depth: float
    """As the well has it, shift included."""


class CoreTies(QObject):
    """Keeps the table of ties of a Core dock, and what is clicked for it."""

    def __init__(self, dock: CoreWidget, desk: PhotoDesk, view: LogView) -> None:
        super().__init__(dock)
        self._dock, self._desk, self._view = dock, desk, view
        self._table = dock.tie_table
        self._ties: list[Tie] = []
        dock.tie_button.toggled.connect(self._on_tying)
        dock.untie_button.clicked.connect(self.untie)
        self._table.itemChanged.connect(self._on_typed)
        desk.photo_clicked.connect(self._on_photo)
        desk.depth_clicked.connect(self._on_depth)

    def clear(self) -> None:
        """Take all away."""
        self._ties = []
        self._dock.tie_button.setChecked(False)
        self._show()

    def take_over(self, placed: Placement) -> None:
        """List the ties of a placement, where they are more than its top and its base."""
        columns = [each.column for each in placed.columns]
        plain = tie_columns(
            columns, [()] * len(columns), placed.top - placed.shift, placed.base - placed.shift
        )
        same = all(
            len(mine.ties) == len(theirs) and np.allclose(mine.ties, theirs, atol=1e-4)
            for mine, theirs in zip(placed.columns, plain, strict=True)
        )
        self._ties = []
        for number, each in enumerate([] if same else placed.columns):
            for along, depth in each.ties:
                row, across = (float(v) for v in each.column.points([along], [0.5])[0, 0])
                self._ties.append(Tie(number, along, row, across, depth + placed.shift))
        self._show()

    def of(self, columns: Sequence[Column], shift: float) -> list[list[tuple[float, float]]]:
        """Return (row of the column, depth before the shift) of the ties of each column."""
        made: list[list[tuple[float, float]]] = [[] for _ in columns]
        for tie in self._ties:
            if tie.column < len(columns):
                along = columns[tie.column].along(tie.row, tie.across)
                made[tie.column].append((along, tie.depth - shift))
        return made

    def untie(self) -> None:
        """Take the selected ties away."""
        gone = {index.row() for index in self._table.selectedIndexes()}
        self._ties = [tie for row, tie in enumerate(self._ties) if row not in gone]
        self._show()

    def _on_tying(self, on: bool) -> None:
        self._desk.listening = "photo" if on else ""
        if on:
            self._dock.message.setText("Click on the photograph where its depth is known.")

    def _on_photo(self, column: int, along: float, row: float, across: float) -> None:
        try:
            guess = float(self._dock.placement().depth(column, along))
        except ValueError:
            guess = self._dock.top_box.value()
        self._ties.append(Tie(column, along, row, across, round(guess, 4)))
        self._show()
        self._desk.listening = "depth"
        self._dock.message.setText("Click on that depth in the tracks, or type it in the table.")
        self._table.setCurrentCell(len(self._ties) - 1, 2)

    def _on_depth(self, world: float) -> None:
        if self._dock.well is not None and self._ties:
            self._set_depth(len(self._ties) - 1, self._view.depth_of(self._dock.well, world))
            self._end()

    def _on_typed(self, item: QTableWidgetItem) -> None:
        try:
            self._set_depth(item.row(), float(item.text().replace(",", ".")))
        except ValueError:
            self._show()
            self._dock.message.setText(f"{item.text()} is no depth.")
        else:
            if self._desk.listening == "depth":
                self._end()

    def _end(self) -> None:
        self._dock.tie_button.setChecked(False)
        self._dock.message.setText("")

    def _set_depth(self, row: int, depth: float) -> None:
        self._ties[row] = self._ties[row]._replace(depth=round(depth, 4))
        self._show()

    def _show(self) -> None:
        table = self._table
        table.blockSignals(True)
        table.setRowCount(len(self._ties))
        fixed = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        for row, tie in enumerate(self._ties):
            words = str(tie.column + 1), f"{tie.along:.0f}", f"{tie.depth:.3f}"
            for place, word in enumerate(words):
                item = QTableWidgetItem(word)
                if place < 2:
                    item.setFlags(fixed)
                table.setItem(row, place, item)
        table.blockSignals(False)
        self._desk.mark_ties([(tie.row, tie.across) for tie in self._ties])
