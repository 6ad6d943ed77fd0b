"""The Restore dock as it looks: its controls, and nothing of what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._interval_tables import GapTable, IntervalTable
from napari_welllog._restore_work import GAPS, PICKED, WHOLE, list_model_names
from welllog.mnemonics import catalogue

DEVICES = ("auto", "cpu", "cuda", "mps")
HINT = "Shift + drag over the tracks picks an interval."
_ROW, _BOX, _MOST_ROWS = 26, 34, 6
"""Of the curves to tick: pixels of a row, pixels beside a name, rows before it scrolls."""


class TickList(QListWidget):
    """Names with a box to tick, side by side; as high as they need, up to a limit."""

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.setToolTip(tip)
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)

    @property
    def ticked(self) -> list[str]:
        """Names that are ticked."""
        items = (self.item(row) for row in range(self.count()))
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    def show_names(
        self, tips: dict[str, str], ticked: set[str], slanted: Sequence[str] = ()
    ) -> None:
        """List names, with a tip each; some in italics."""
        self.blockSignals(True)
        self.clear()
        for name, tip in tips.items():
            item = QListWidgetItem(name)
            if name in slanted:
                font = item.font()
                font.setItalic(True)
                item.setFont(font)
            item.setToolTip(tip)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            on = name in ticked
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.blockSignals(False)
        self._fit_height()

    def tick(self, *names: str) -> None:
        """Tick these names and no others."""
        for row in range(self.count()):
            on = self.item(row).text() in names
            state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            self.item(row).setCheckState(state)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Another width holds other rows."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        names = (self.item(row).text() for row in range(self.count()))
        widest = max((self.fontMetrics().horizontalAdvance(name) for name in names), default=0)
        cell = QSize(max(widest + _BOX, 66), _ROW)
        if cell != self.gridSize():
            self.setGridSize(cell)
        self.blockSignals(True)  # a size is no tick
        for row in range(self.count()):
            self.item(row).setSizeHint(cell)  # in the middle of its cell, all of it to click
        self.blockSignals(False)
        columns = max(self.viewport().width() // cell.width(), 1)
        rows = max(-(-self.count() // columns), 1)
        policy = Qt.ScrollBarPolicy  # as needed, Qt keeps room for a bar also where there is none
        off = rows <= _MOST_ROWS
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOff if off else policy.ScrollBarAlwaysOn
        )
        rows = min(rows, _MOST_ROWS)
        self.setFixedHeight(rows * _ROW + 2 * self.frameWidth() + 4)


class Message(QLabel):
    """A line that stands until something is done after it was said.

    ``moment`` tells one state of what is worked on from another.
    """

    moment: Callable[[], Any] = staticmethod(lambda: None)

    def setText(self, text: str | None) -> None:  # noqa: N802 (Qt's name)
        """Say something, now."""
        super().setText(text)
        self._said_at = self.moment()

    def grow_old(self) -> None:
        """Take back what was said before the last thing was done."""
        if self.text() and self._said_at is not self.moment():
            self.setText("")


class RestoreForm(QWidget):
    """Lays out the controls of the dock.

    Parameters
    ----------
    go_to : callable
        Called with top and base of the row of a table to be shown.
    """

    def __init__(self, go_to: Callable[[float, float], None]) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        form = _make_form()
        outer.addLayout(form)
        self.well_box = QComboBox()
        self.well_box.setToolTip("The well to work on, where several are open")
        form.addRow("Well", self.well_box)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        outer.addWidget(self.tabs, 1)
        page = QWidget()
        self.tabs.addTab(scrolling(page), "Restore")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 6, 0, 0)
        top = _make_form()
        layout.addLayout(top)
        self.curve_list = TickList("Tick the curves to restore")
        top.addRow("Curves", self.curve_list)
        self.all_button = QPushButton("All with gaps")
        self.all_button.setToolTip("Tick every curve of this well that has a gap, and no other")
        self.none_button = QPushButton("None")
        self.none_button.setToolTip("Tick no curve")
        ticks = QHBoxLayout()
        ticks.addWidget(self.all_button, 1)
        ticks.addWidget(self.none_button)
        top.addRow("", ticks)
        self._build_where(layout, go_to)
        settings = _make_form()
        layout.addLayout(settings)
        self.model_list = TickList("Tick the models; each makes a candidate, to be compared")
        self.models, self.default_model = list_model_names()
        self.model_list.show_names(self.models, {self.default_model})
        settings.addRow("Models", self.model_list)
        self.device_box = QComboBox()
        self.device_box.addItems(DEVICES)
        self.device_box.setToolTip("Where a neural model runs; others always use the processor")
        self.realisations_box = QSpinBox()
        self.realisations_box.setRange(0, 10)
        self.realisations_box.setToolTip(
            "So many other plausible fills beside the likeliest one, thin lines in its band: "
            "rough as a log is, where the likeliest is smooth"
        )
        self.also_list = TickList(
            "Tell depths apart by these curves of core too, which no model knows: "
            "by deep-kriging and lightgbm-gp, where the gap has them"
        )
        self.also_label = QLabel("Also look at")
        settings.addRow(self.also_label, self.also_list)
        settings.addRow("Device", self.device_box)
        settings.addRow("Realisations", self.realisations_box)
        self._build_run(outer)

    def list_also(self, names: Sequence[str]) -> None:
        """Offer further curves to look at; those ticked stay so."""
        tips = dict.fromkeys(names, "No model knows it; it tells depths of this well apart")
        self.also_list.show_names(tips, set(self.also_list.ticked))
        for part in (self.also_label, self.also_list):
            part.setVisible(bool(names))

    def _build_where(self, layout: QVBoxLayout, go_to: Callable[[float, float], None]) -> None:
        self.where_buttons = {
            GAPS: QRadioButton("Fill the gaps found"),
            PICKED: QRadioButton("Replace the intervals picked"),
            WHOLE: QRadioButton("Predict whole curves (synthesis)"),
        }
        tips = {
            GAPS: "Every null run inside the logged range of the curves ticked",
            PICKED: "Each interval, in every curve ticked; what was measured there is kept in "
            "the measured curve and replaced in the restored one",
            WHOLE: "Predict each curve ticked from the others, also where it was measured",
        }
        group = QButtonGroup(self)
        self.gap_table = GapTable(go_to)
        self.interval_table = IntervalTable(go_to)
        self.pick_button = QPushButton("Pick by dragging")
        self.pick_button.setCheckable(True)
        self.pick_button.setToolTip(
            "While pressed, a drag over the tracks picks an interval (Alt+I). "
            "Shift and drag does so at any time."
        )
        self.add_button = QPushButton("Add")
        self.add_button.setToolTip("Add an interval; type its depths into the table")
        self.remove_button = QPushButton("Remove")
        self.remove_button.setToolTip("Remove the intervals selected in the table (Delete)")
        self.use_button = QPushButton("Pick the selected gaps")
        self.use_button.setToolTip("Add the depths of the gaps selected to the intervals")
        buttons = QHBoxLayout()
        for button in (self.pick_button, self.add_button, self.remove_button):
            buttons.addWidget(button)
        self.interval_table.setMaximumHeight(140)
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        for name, button in self.where_buttons.items():
            button.setToolTip(tips[name])
            group.addButton(button)
            layout.addWidget(button)
            if name == GAPS:
                layout.addWidget(self.gap_table, 1)
                layout.addWidget(self.use_button)
            if name == PICKED:
                layout.addWidget(self.hint)
                layout.addWidget(self.interval_table)
                layout.addLayout(buttons)
        self.where_buttons[GAPS].setChecked(True)

    def _build_run(self, layout: QVBoxLayout) -> None:
        self.reason = QLabel("")
        self.reason.setWordWrap(True)
        layout.addWidget(self.reason)
        row = QHBoxLayout()
        self.run_button = QPushButton("Run")
        self.run_button.setToolTip(
            "Let each model ticked restore the curves (Ctrl+Return); while one run goes on the "
            "next one waits for it"
        )
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip(
            "Stop the run and those that wait; keep nothing of them (Esc)"
        )
        self.cancel_button.setEnabled(False)
        self.save_button = QPushButton("Save LAS\N{HORIZONTAL ELLIPSIS}")
        self.save_button.setToolTip(
            "Write the well, with what was accepted, to a new LAS file (Ctrl+Shift+L)"
        )
        for button in (self.run_button, self.cancel_button, self.save_button):
            row.addWidget(button)
        layout.addLayout(row)
        self.progress_bar = QProgressBar()
        self.progress_bar.setRange(0, 1000)
        self.progress_bar.setTextVisible(False)
        policy = self.progress_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when a run begins
        self.progress_bar.setSizePolicy(policy)
        self.progress_bar.setVisible(False)
        layout.addWidget(self.progress_bar)
        self.message = Message("")
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.message)


def scrolling(page: QWidget) -> QScrollArea:
    """Put a page where it scrolls on a low screen."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    area.setMinimumWidth(max(page.minimumSizeHint().width(), 250))
    return area


def curve_tip(name: str, missing: bool, gappy: Mapping[str, tuple[int, float]]) -> str:
    """Return what a curve is and how much of it is missing, in words.

    ``gappy``: number and length of the gaps of each curve that has some.
    """
    kind = catalogue().kind(name)
    words = kind.name if kind is not None else ""
    if name in gappy:
        many, length = gappy[name]
        words += f"; {many} gap{'s' * (many != 1)}, {length:.4g} in all"
    return words + ("; not in this well: tick it to have it predicted whole" if missing else "")


def _make_form() -> QFormLayout:
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
