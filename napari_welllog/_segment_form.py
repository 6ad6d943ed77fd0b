"""The Segment dock as it looks: its controls, and nothing of what they do."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._class_table import ClassTable
from napari_welllog._histogram import Histogram
from napari_welllog._restore_form import TickList, scrolling
from napari_welllog._segment_methods import SettingsForm, list_methods
from welllog.cores.segmenters import METHODS

MODEL = "model file"
"""Beside the methods: one that was fitted before."""
LEARN = {
    "scribbles": "scribbles of this picture",
    "all scribbles": "scribbles of all pictures",
    "segments": "segments of this picture",
    "all segments": "segments of all pictures",
}
BEGIN = {
    True: "Choose a picture of core or a borehole image above to begin.",
    False: "Open a picture to begin: drop a JPEG, PNG or TIFF on the window.",
}
"""Said where no picture is open, with and without pictures beside wells that could be."""
_MORE = "\N{HORIZONTAL ELLIPSIS}"


class SegmentForm(QWidget):
    """Lays out the controls of the dock."""

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        self._build_picture(layout)
        self._build_method(layout)
        self._build_classes(layout)
        self._build_models(layout)
        self._build_uses(layout)
        layout.addStretch(1)
        outer.addWidget(scrolling(page), 1)
        self._build_run(outer)

    def _build_picture(self, layout: QVBoxLayout) -> None:
        self.top_form = _make_form()
        layout.addLayout(self.top_form)
        self.picture_box = QComboBox()
        self.picture_box.setToolTip("The picture to segment: an image in colour or grey")
        self.picture_box.setPlaceholderText(f"none is chosen{_MORE}")
        self.picture_box.setMinimumContentsLength(10)
        self.top_form.addRow("Picture", self.picture_box)
        self.views_list = TickList(
            "Other views of the same section, of the same size (crossed light): those ticked are "
            "looked at together with the picture"
        )
        self.top_form.addRow("Views", self.views_list)

    def _build_method(self, layout: QVBoxLayout) -> None:
        self.method_box = QComboBox()
        for name in list_methods():
            self.method_box.addItem(name)
            row = self.method_box.count() - 1
            self.method_box.setItemData(row, METHODS[name].what, Qt.ItemDataRole.ToolTipRole)
        self.method_box.addItem(MODEL)
        self.method_box.setToolTip("How the picture is segmented")
        self.top_form.addRow("Method", self.method_box)
        self.what = QLabel("")
        self.what.setWordWrap(True)
        self.what.setEnabled(False)
        layout.addWidget(self.what)
        self.histogram = Histogram()
        layout.addWidget(self.histogram)
        self.settings_form = SettingsForm()
        layout.addWidget(self.settings_form)
        self.model_row = QWidget()
        row = QHBoxLayout(self.model_row)
        row.setContentsMargins(0, 0, 0, 0)
        self.model_line = QLineEdit()
        self.model_line.setPlaceholderText("a model that was saved here or by segment-train")
        self.model_button = QPushButton(f"Load{_MORE}")
        self.model_button.setToolTip("Choose a file; its classes take the place of those below")
        row.addWidget(self.model_line, 1)
        row.addWidget(self.model_button)
        layout.addWidget(self.model_row)
        self.learn_row = QWidget()
        form = _make_form()
        form.setContentsMargins(0, 0, 0, 0)
        self.learn_row.setLayout(form)
        self.learn_box = QComboBox()
        for key, label in LEARN.items():
            self.learn_box.addItem(label, key)
        self.learn_box.setToolTip(
            "What is learnt from: what was scribbled, or segments that were corrected by hand; "
            "methods that find segments by themselves learn from it which class each one is"
        )
        form.addRow("Learn from", self.learn_box)
        layout.addWidget(self.learn_row)
        self.live_box = QCheckBox("Preview while I change things")
        self.live_box.setToolTip(
            "Show what the visible part becomes, in a layer of its own; Apply keeps it"
        )
        self.live_box.setChecked(True)
        layout.addWidget(self.live_box)

    def _build_classes(self, layout: QVBoxLayout) -> None:
        self.class_table = ClassTable()
        layout.addWidget(self.class_table)
        row = QHBoxLayout()
        self.scribble_button = QPushButton("Scribble")
        self.scribble_button.setToolTip(
            "Paint the class selected over the picture, some of each; a few strokes are enough "
            "(Alt+B). Keys of napari: 2 brush, 1 eraser, [ and ] its size, Ctrl+Z"
        )
        self.correct_button = QPushButton("Correct")
        self.correct_button.setToolTip("Paint over the segments to correct them (Alt+C)")
        row.addWidget(self.scribble_button)
        row.addWidget(self.correct_button)
        layout.addLayout(row)

    def _build_models(self, layout: QVBoxLayout) -> None:
        row = QHBoxLayout()
        self.fit_button = QPushButton("Fit")
        self.fit_button.setToolTip("Fit the method to what is painted, and keep it to be saved")
        self.save_button = QPushButton(f"Save model{_MORE}")
        self.save_button.setToolTip("Write what was fitted last to a file, to be used again")
        self.save_button.setEnabled(False)
        row.addWidget(self.fit_button)
        row.addWidget(self.save_button)
        layout.addLayout(row)

    def _build_uses(self, layout: QVBoxLayout) -> None:
        score = QGroupBox("Score against")
        inside = QVBoxLayout(score)
        row = QHBoxLayout()
        inside.addLayout(row)
        self.truth_box = QComboBox()
        self.truth_box.setToolTip("Labels that are right; what is 0 in them does not count")
        self.truth_box.setMinimumContentsLength(8)
        self.score_button = QPushButton("Score")
        self.score_button.setToolTip("Compare the segments with these labels")
        row.addWidget(self.truth_box, 1)
        row.addWidget(self.score_button)
        self.score_table = QTableWidget(0, 2)
        self.score_table.setTabKeyNavigation(False)  # Tab leaves it, arrows move inside
        self.score_table.setHorizontalHeaderLabels(["Class", "IoU"])
        self.score_table.setToolTip(
            "Pixels that are of a class in both, over those that are in either; the mean of the "
            "classes is mIoU"
        )
        self.score_table.verticalHeader().hide()
        self.score_table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        header = self.score_table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.score_table.hide()
        inside.addWidget(self.score_table)
        layout.addWidget(score)
        self.curve_button = QPushButton(f"Make curves{_MORE}")
        self.curve_button.setToolTip(
            "Turn the shares of the classes into curves of the well, for a picture that is placed "
            "on depth (Core dock). The segments are written to a file, which the curves' record "
            "names"
        )
        layout.addWidget(self.curve_button)

    def _build_run(self, layout: QVBoxLayout) -> None:
        row = QHBoxLayout()
        self.apply_button = QPushButton("Apply")
        self.apply_button.setToolTip("Segment the whole picture (Ctrl+Return)")
        self.all_button = QPushButton("Apply to all")
        self.all_button.setToolTip("Segment every picture that is open, each by the same model")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop; the segments stay as they were (Esc)")
        self.cancel_button.setEnabled(False)
        self.undo_button = QPushButton("Undo")
        for button in (self.apply_button, self.all_button, self.cancel_button, self.undo_button):
            row.addWidget(button)
        layout.addLayout(row)
        self.progress_bar = QProgressBar()
        self.progress_bar.setRange(0, 1000)
        self.progress_bar.setTextVisible(False)
        policy = self.progress_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress_bar.setSizePolicy(policy)
        self.progress_bar.setVisible(False)
        layout.addWidget(self.progress_bar)
        self.message = QLabel("")
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.message)

    def show_score(self, rows: list[tuple[str, str]]) -> None:
        """Show a score, class by class."""
        self.score_table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                self.score_table.setItem(place, column, QTableWidgetItem(text))
        height = sum(self.score_table.rowHeight(row) for row in range(min(len(rows), 8)))
        self.score_table.setFixedHeight(
            height + self.score_table.horizontalHeader().sizeHint().height() + 4
        )
        self.score_table.setVisible(bool(rows))


def _make_form() -> QFormLayout:
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
