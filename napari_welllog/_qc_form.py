"""The QC dock as it looks: its controls, its canvas and its table."""

from __future__ import annotations

from typing import Any

from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._qc_pictures import (
    COVERAGE,
    FILLED,
    FIT,
    HISTOGRAM,
    IN_VIEW,
    NEUTRON,
    PICKED,
    RESIDUALS,
    SONIC,
    STATISTICS,
    WHOLE,
)

PLOT_NAMES = {
    FIT: ("Measured against predicted", "Where the curve is known and was predicted all the same"),
    NEUTRON: ("Neutron - density", "Filled points among the measured ones, and clean rock"),
    SONIC: ("Sonic - density", "Filled points among the measured ones, and clean rock"),
    HISTOGRAM: ("Histogram", "How measured and filled values are distributed"),
    RESIDUALS: ("Residuals along depth", "Restored minus measured, over the 90 % band"),
    COVERAGE: ("Coverage of the band", "How much of what is known lies inside the band"),
    STATISTICS: ("Statistics", "Counts, means and percentiles of each zone"),
}
DEPTH_NAMES = {
    WHOLE: ("Whole well", "Every sample; those in view stand out"),
    IN_VIEW: ("In view", "What the canvas shows just now"),
    PICKED: ("Intervals picked", "Shift + drag over the tracks picks an interval"),
    FILLED: ("Filled only", "Where a value was filled or replaced"),
}
_CONTROLS_WIDTH = 310
_SQUARE = 1.12
"""Height over width of a picture whose axes are square, with its legend below."""
_ANY = 16_777_215


class QcCanvas(FigureCanvasQTAgg):
    """A matplotlib canvas that says when its size has changed."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__(Figure(dpi=100))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 160)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Ask for little: the dock decides."""
        return QSize(360, 300)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Draw anew, in the shape that suits the new size."""
        super().resizeEvent(event)
        self.resized.emit()


class StatisticsTable(QTableWidget):
    """A line for the values of each kind in each zone."""

    headings = (
        ("Zone", ""),
        ("Values", "'measured there': what was measured at the depths that were filled"),
        ("n", "Samples"),
        ("Mean", "Of the values as they stand"),
        ("Std", "Standard deviation"),
        ("P10", "A tenth of the values is smaller"),
        ("P50", "The median"),
        ("P90", "A tenth of the values is larger"),
        ("Filled", "Share of the zone's samples"),
        ("Outside", "Share of the filled samples outside the model's experience"),
        ("Top", "In index units"),
        ("Base", "In index units"),
    )
    _first_to_go = ("Top", "Base", "Std", "Outside", "Filled", "P10", "P90", "Mean")

    def __init__(self) -> None:
        super().__init__(0, len(self.headings))
        for column, (name, tip) in enumerate(self.headings):
            item = QTableWidgetItem(name)
            item.setToolTip(tip)
            self.setHorizontalHeaderItem(column, item)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.setTabKeyNavigation(False)  # Tab leaves it, arrows move inside
        self.verticalHeader().setDefaultSectionSize(22)
        self.horizontalHeader().setStretchLastSection(False)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Hide what a narrow dock has no room for; it is in a wide one, and in what is copied."""
        columns = range(len(self.headings))
        for column in columns:
            self.setColumnHidden(column, False)
        self.resizeColumnsToContents()
        widths = [self.columnWidth(column) for column in columns]
        names = [name for name, _ in self.headings]
        for name in self._first_to_go:
            if sum(widths) > self.viewport().width():
                column = names.index(name)
                self.setColumnHidden(column, True)
                widths[column] = 0

    def show_lines(self, lines: list[tuple[str, ...]]) -> None:
        """List lines of words, as long as there are headings."""
        self.setRowCount(len(lines))
        for row, words in enumerate(lines):
            for column, word in enumerate(words):
                item = QTableWidgetItem(word)
                if column > 1:
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    item.setTextAlignment(right)
                self.setItem(row, column, item)
        self._fit_columns()


class QcForm(QWidget):
    """Lays out the dock: controls beside the picture where it is wide, above where it is high."""

    def __init__(self) -> None:
        super().__init__()
        self.plot_box = _make_box("Which picture (Page Up, Page Down)", PLOT_NAMES)
        self.source_box = QComboBox()
        self.source_box.setToolTip("Which restoration is judged, by the name of its layer")
        self.colour_box = QComboBox()
        self.colour_box.setToolTip("The curve that colours the points")
        self.depth_box = _make_box("Which depths are looked at", DEPTH_NAMES)
        for box in (self.plot_box, self.source_box, self.colour_box, self.depth_box):
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(6)
        self.window_button = _make_button(
            "Window", "Put this dock into a window of its own, and back (W)"
        )
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.addWidget(QLabel("Picture"), 0, 0)
        picture = QHBoxLayout()
        picture.addWidget(self.plot_box, 1)
        picture.addWidget(self.window_button)
        grid.addLayout(picture, 0, 1, 1, 3)
        grid.addWidget(QLabel("Judged"), 1, 0)
        grid.addWidget(self.source_box, 1, 1, 1, 3)
        grid.addWidget(QLabel("Colour"), 2, 0)
        grid.addWidget(self.colour_box, 2, 1)
        grid.addWidget(QLabel("Depths"), 2, 2)
        grid.addWidget(self.depth_box, 2, 3)
        self.save_button = _make_button(
            "Save\N{HORIZONTAL ELLIPSIS}",
            "Save the picture on white paper as PNG, SVG or PDF, the statistics as CSV "
            "(Ctrl+Shift+F)",
        )
        self.copy_button = _make_button(
            "Copy", "Put the statistics on the clipboard, as a table (Ctrl+C)"
        )
        self.brush_button = _make_button(
            "Brush",
            "While pressed, a drag over the tracks marks depths and their points here; Shift adds, "
            "Ctrl takes away (B, anywhere Alt+B). By keyboard: M marks the depths in view, I the "
            "intervals picked; on the picture arrows show and move a box, Shift + arrows size it, "
            "Enter marks what is in it",
        )
        self.brush_button.setCheckable(True)
        self.pick_button = _make_button(
            "Pick",
            "Add the marked depths to the intervals picked, for instance to have them restored "
            "(P); marks less than 2 m apart become one interval",
        )
        self.clear_button = _make_button("Clear", "Mark no depths (Esc)")
        buttons = QHBoxLayout()
        for button in (
            self.brush_button, self.pick_button, self.clear_button, self.copy_button,
            self.save_button,
        ):  # fmt: skip
            buttons.addWidget(button)
        self.message = QLabel("")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._controls = QWidget()
        column = QVBoxLayout(self._controls)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(grid)
        column.addLayout(buttons)
        column.addWidget(self.message)
        column.addStretch(1)
        policy = QSizePolicy.Policy
        self._controls.setSizePolicy(policy.Preferred, policy.Maximum)
        self.canvas = QcCanvas()
        self.table = StatisticsTable()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.canvas)
        self.pages.addWidget(self.table)
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.addWidget(self._controls)
        self._layout.addWidget(self.pages, 1000)
        self._layout.addStretch(1)  # what a square picture leaves of a high dock is below it
        self.plot_box.currentIndexChanged.connect(self._fit_pages)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Put the controls where there is room for them."""
        super().resizeEvent(event)
        beside = self.width() > 1.25 * self.height() and self.width() > 2 * _CONTROLS_WIDTH
        direction = QBoxLayout.Direction
        wanted = direction.LeftToRight if beside else direction.TopToBottom
        if self._layout.direction() != wanted:
            self._layout.setDirection(wanted)
        self._controls.setMinimumWidth(_CONTROLS_WIDTH if beside else 0)
        self._controls.setMaximumWidth(_CONTROLS_WIDTH if beside else _ANY)
        self._fit_pages()

    def _fit_pages(self, _: int = 0) -> None:
        """Give a picture whose axes are square no more height than it can use."""
        square = self.plot_box.currentData() in (FIT, COVERAGE)
        below = self._layout.direction() == QBoxLayout.Direction.TopToBottom
        high = int(_SQUARE * self.width()) if square and below else _ANY
        self.pages.setMaximumHeight(max(high, 160))


def _make_button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setMinimumWidth(0)
    button.setStyleSheet("padding-left: 4px; padding-right: 4px")  # five of them in a side dock
    return button


def _make_box(tip: str, names: dict[str, tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setToolTip(tip)
    for key, (name, words) in names.items():
        box.addItem(name.replace(" - ", " \N{EN DASH} "), key)
        box.setItemData(box.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
    return box
