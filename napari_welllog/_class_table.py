"""Classes of pixels as a table: colour, name, and whether they count as rock."""

from __future__ import annotations

from typing import Any

from napari.utils import DirectLabelColormap
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from welllog.cores.classes import Classes, name_classes

COLOUR, NAME, ROCK = range(3)
_ROW, _ROWS = 26, 5
"""Pixels of a row, and how many are seen before the table scrolls."""


class ClassTable(QWidget):
    """Names and colours of classes; row k is class k, label k + 1 of napari."""

    changed = Signal()
    """Names, colours or what counts as rock."""
    chosen = Signal(int)
    """The row to paint with."""
    removed = Signal(int)
    """A class that is gone: labels above it move down by one."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.table = QTableWidget(0, 3)
        self.table.setTabKeyNavigation(False)  # Tab leaves it, arrows move inside
        self.table.setHorizontalHeaderLabels(["", "Class", "Rock"])
        self.table.setToolTip(
            "Double-click a colour or a name to change it; the row selected is what is painted "
            "with. Classes that are not ticked as rock (background, labels, rubble) are left out "
            "of curves."
        )
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.table.horizontalHeader()
        header.setFixedHeight(_ROW)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        layout.addWidget(self.table)
        row = QHBoxLayout()
        layout.addLayout(row)
        self.add_button = QPushButton("Add class")
        self.add_button.setToolTip("Add a class; type its name into the table")
        self.remove_button = QPushButton("Remove")
        self.remove_button.setToolTip(
            "Remove the class selected, and what is painted with it (Undo brings both back)"
        )
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        self.add_button.clicked.connect(self.add)
        self.remove_button.clicked.connect(self._remove)
        self.table.cellDoubleClicked.connect(self._on_double_click)
        self.table.itemChanged.connect(self._on_item)
        self.table.itemSelectionChanged.connect(lambda: self.chosen.emit(self.row))
        self._classes = Classes()
        self._rock: tuple[bool, ...] = ()
        self.show_classes(name_classes(2))

    @property
    def classes(self) -> Classes:
        """The classes as the table has them."""
        return self._classes

    @property
    def left_out(self) -> list[str]:
        """Names of the classes that are no rock."""
        names = self._classes.names
        return [name for name, rock in zip(names, self._rock, strict=True) if not rock]

    @property
    def row(self) -> int:
        """The class to paint with."""
        return max(self.table.currentRow(), 0)

    def show_classes(self, classes: Classes, left_out: Any = ()) -> None:
        """Show other classes."""
        row = min(self.row, max(len(classes) - 1, 0))
        self._classes = classes
        self._rock = tuple(name not in left_out for name in classes.names)
        self.table.blockSignals(True)
        self.table.setRowCount(len(classes))
        fixed = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        for place, (name, colour) in enumerate(zip(classes.names, classes.colours, strict=True)):
            swatch = QPixmap(16, 16)
            swatch.fill(QColor(*colour))
            first = QTableWidgetItem(QIcon(swatch), "")
            first.setFlags(fixed)
            first.setToolTip("Double-click for another colour")
            self.table.setItem(place, COLOUR, first)
            self.table.setItem(place, NAME, QTableWidgetItem(name))
            last = QTableWidgetItem()
            last.setFlags(fixed | Qt.ItemFlag.ItemIsUserCheckable)
            last.setCheckState(
                Qt.CheckState.Checked if self._rock[place] else Qt.CheckState.Unchecked
            )
            self.table.setItem(place, ROCK, last)
        self.table.setCurrentCell(row, NAME)
        self.table.blockSignals(False)
        shown = min(max(len(classes), 2), _ROWS)
        self.table.setFixedHeight((shown + 1) * _ROW + 2 * self.table.frameWidth() + 2)
        self.remove_button.setEnabled(len(classes) > 1)
        self.changed.emit()

    def have(self, count: int) -> None:
        """Add numbered classes until there are so many."""
        while len(self._classes) < count:
            self.add()

    def add(self, _: bool = False) -> None:
        """Add a class with a name and a colour of its own."""
        count = len(self._classes)
        name, number = f"class {count}", count
        while name in self._classes.names:
            number += 1
            name = f"class {number}"
        colours = name_classes(count + 1).colours
        free = [colour for colour in colours if colour not in self._classes.colours]
        grown = Classes(
            (*self._classes.names, name), (*self._classes.colours, (free or colours)[-1])
        )
        self.show_classes(grown, self.left_out)
        self.table.setCurrentCell(count, NAME)

    def recolour(self, row: int, colour: tuple[int, int, int]) -> None:
        """Give a class another colour."""
        colours = list(self._classes.colours)
        colours[row] = colour
        self.show_classes(Classes(self._classes.names, tuple(colours)), self.left_out)

    def _remove(self) -> None:
        row, had = self.row, self._classes
        if len(had) < 2:
            return
        kept = Classes(
            had.names[:row] + had.names[row + 1 :], had.colours[:row] + had.colours[row + 1 :]
        )
        self.removed.emit(row)
        self.show_classes(kept, self.left_out)

    def _on_double_click(self, row: int, column: int) -> None:
        if column == COLOUR:
            picked = QColorDialog.getColor(QColor(*self._classes.colours[row]), self, "Colour")
            if picked.isValid():
                self.recolour(row, (picked.red(), picked.green(), picked.blue()))

    def _on_item(self, item: QTableWidgetItem) -> None:
        row = item.row()
        if item.column() == ROCK:
            rock = list(self._rock)
            rock[row] = item.checkState() == Qt.CheckState.Checked
            self._rock = tuple(rock)
            self.changed.emit()
        elif item.column() == NAME:
            name = item.text().strip()
            names = list(self._classes.names)
            if not name or name in names[:row] + names[row + 1 :]:
                self.table.blockSignals(True)
                item.setText(names[row])  # a name that is no good, or another's, is not taken
                self.table.blockSignals(False)
                return
            left_out = [name if old == names[row] else old for old in self.left_out]
            names[row] = name
            self.show_classes(Classes(tuple(names), self._classes.colours), left_out)


def colormap_of(classes: Classes) -> DirectLabelColormap:
    """Return the colours of labels: 0 is clear, class k is label k + 1."""
    colours: dict[int | None, Any] = {None: (0.5, 0.5, 0.5, 1.0), 0: (0.0, 0.0, 0.0, 0.0)}
    for number, (red, green, blue) in enumerate(classes.colours, 1):
        colours[number] = (red / 255, green / 255, blue / 255, 1.0)
    return DirectLabelColormap(color_dict=colours)
