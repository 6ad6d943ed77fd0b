"""The Core dock as it looks: its controls, and nothing of what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QTableWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._photo_desk import ORDERS
from welllog.cores.core_curves import CurveSettings
from welllog.cores.row_measures import MEASURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from welllog.cores.core_shift import ShiftSuggestion

_DEEPEST = 1e5
_LINE, _BEST = "#2196f3", "#ff5252"
"""Of the profile: legible on light and on dark."""
PLACE, SHIFT, CURVES, LOOK = range(4)
"""The tabs."""


class Profile(QWidget):
    """The correlation at each shift, drawn small: what was tried, and what is suggested."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(110)
        self.setToolTip(
            "Correlation at each shift, between the dashed lines no better than chance (three "
            "standard errors); the upright line is the suggestion"
        )
        self.found: ShiftSuggestion | None = None

    def show_found(self, found: ShiftSuggestion | None) -> None:
        """Draw another suggestion."""
        self.found = found
        self.update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Draw the profile."""
        if self.found is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(self.foregroundRole())
        shifts, profile = self.found.shifts, self.found.profile
        left, right, top, base = 8.0, self.width() - 8.0, 8.0, self.height() - 18.0

        def place(shift: float, correlation: float) -> QPointF:
            share = (shift - shifts[0]) / max(shifts[-1] - shifts[0], 1e-9)
            return QPointF(
                left + share * (right - left), base - (correlation + 1) / 2 * (base - top)
            )

        faint = QPen(ink)
        faint.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(faint)
        for level in (-3 * self.found.error, 3 * self.found.error):
            if abs(level) < 1:
                painter.drawLine(place(shifts[0], level), place(shifts[-1], level))
        painter.setPen(QPen(ink))
        painter.drawLine(place(shifts[0], 0.0), place(shifts[-1], 0.0))
        for shift in (shifts[0], 0.0, shifts[-1]):
            x = place(shift, 0.0).x()
            width = painter.fontMetrics().horizontalAdvance(f"{shift:+.1f}")
            painter.drawText(
                QPointF(min(max(x - width / 2, 2), right - width), self.height() - 4.0),
                f"{shift:+.1f}" if shift else "0",
            )
        painter.setPen(QPen(QColor(_BEST), 2.0))
        best = place(self.found.shift, 0.0).x()
        painter.drawLine(QPointF(best, top), QPointF(best, base))
        painter.setPen(QPen(QColor(_LINE), 2.0))
        solid = np.isfinite(profile)
        for run in np.split(np.arange(len(profile)), np.flatnonzero(np.diff(solid)) + 1):
            if solid[run[0]]:
                painter.drawPolyline(
                    QPolygonF([place(float(shifts[i]), float(profile[i])) for i in run])
                )


class CropView(QLabel):
    """A part of a picture, as large as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(80, 120)
        # Not as large as the picture that is on it, or it would grow with it.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._whole = QPixmap()

    def show_pixels(self, pixels: NDArray[Any] | None) -> None:
        """Show pixels, shape (rows, columns, channels), or nothing."""
        self._whole = QPixmap() if pixels is None else _to_pixmap(pixels)
        self._fit()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Show it in another size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            self.clear()
            return
        self.setPixmap(
            self._whole.scaled(
                self.size(), Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )  # fmt: skip


class CoreForm(QWidget):
    """Wells and pictures above; to place, to shift, to measure and to look below, as tabs."""

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(6, 6, 6, 6)
        self.well_box = QComboBox()
        self.well_box.setToolTip("The well whose core it is")
        form = _form()
        form.addRow("Well", self.well_box)
        outer.addLayout(form)
        self.placed_list = QListWidget()
        self.placed_list.setToolTip(
            "Pictures placed beside this well; double-click one to change where it lies"
        )
        self.placed_list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.placed_list.setFixedHeight(74)
        outer.addWidget(self.placed_list)
        self.photo_button = _button(
            "Photograph\N{HORIZONTAL ELLIPSIS}", "Add a photograph of core from a file (Ctrl+O)"
        )
        self.layer_button = _button("Layer", "Add the image layer that is selected")
        self.remove_button = _button(
            "Remove", "Take the selected pictures away from the well; their files stay (Del)"
        )
        self.undo_button = _button("Undo", "Take back the last change to what is placed (Ctrl+Z)")
        outer.addLayout(
            _row(self.photo_button, self.layer_button, self.remove_button, self.undo_button)
        )
        self.tabs = QTabWidget()
        for title, page in (
            ("Place", self._make_place()), ("Shift", self._make_shift()),
            ("Curves", self._make_curves()), ("Look", self._make_look()),
        ):  # fmt: skip
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QScrollArea.Shape.NoFrame)
            scroll.setWidget(page)
            self.tabs.addTab(scroll, title)
        outer.addWidget(self.tabs, 1)
        self.progress = QProgressBar()
        self.progress.setVisible(False)
        self.cancel_button = _button("Cancel", "Stop what is going on (Esc)")
        self.cancel_button.setVisible(False)
        outer.addLayout(_row(self.progress, self.cancel_button))
        self.message = QLabel("")
        self.message.setWordWrap(True)
        outer.addWidget(self.message)

    def _make_place(self) -> QWidget:
        page, layout = _page()
        self.photo_label = QLabel("No photograph is open.")
        self.photo_label.setWordWrap(True)
        layout.addWidget(self.photo_label)
        form = _form()
        self.order_box = QComboBox()
        self.order_box.addItems(ORDERS)
        self.order_box.setToolTip("In which order the columns follow each other downwards")
        form.addRow("Columns", self.order_box)
        self.count_box = QSpinBox()
        self.count_box.setRange(0, 50)
        self.count_box.setSpecialValueText("as seen")
        self.count_box.setToolTip("How many columns the photograph shows")
        self.find_button = _button("Find again", "Find the columns anew, and drop what was drawn")
        form.addRow("How many", _row(self.count_box, self.find_button))
        self.top_box, self.base_box = (
            _depth("Depth of the top of the first column"),
            _depth("Depth of the base of the last column"),
        )
        form.addRow("Top", self.top_box)
        form.addRow("Base", self.base_box)
        layout.addLayout(form)
        self.tie_button = _button(
            "Tie\N{HORIZONTAL ELLIPSIS}",
            "Click on the photograph, then on a depth of the tracks or type it (Alt+T)",
        )
        self.tie_button.setCheckable(True)
        self.untie_button = _button("Untie", "Take the selected ties away")
        layout.addLayout(_row(self.tie_button, self.untie_button))
        self.tie_table = QTableWidget(0, 3)
        self.tie_table.setTabKeyNavigation(False)  # Tab leaves it, arrows move inside
        self.tie_table.setHorizontalHeaderLabels(["Column", "Row", "Depth"])
        self.tie_table.setToolTip(
            "Rows of the columns at known depths; two in a column place it without top and base"
        )
        self.tie_table.verticalHeader().setVisible(False)
        self.tie_table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.tie_table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.tie_table.setMinimumHeight(72)
        layout.addWidget(self.tie_table, 1)
        self.place_button = _button("Place", "Write it beside the well and draw it in its track")
        self.close_button = _button(
            "Close", "Take the photograph off the canvas, and place nothing"
        )
        layout.addLayout(_row(self.place_button, self.close_button))
        return page

    def _make_shift(self) -> QWidget:
        page, layout = _page()
        words = QLabel(
            "The brightness of the pictures selected above, or of all, is slid along a curve."
        )
        words.setWordWrap(True)
        layout.addWidget(words)
        form = _form()
        self.curve_box = QComboBox()
        self.curve_box.setToolTip("The log that core is compared with")
        form.addRow("Along", self.curve_box)
        self.reach_box = _depth("At most so far up and down")
        self.reach_box.setRange(0.1, 100.0)
        self.reach_box.setValue(5.0)
        self.suggest_button = _button("Suggest", "Find the shift that fits best; nothing is moved")
        form.addRow("Up to", _row(self.reach_box, self.suggest_button))
        layout.addLayout(form)
        self.profile = Profile()
        layout.addWidget(self.profile)
        self.shift_label = QLabel("")
        self.shift_label.setWordWrap(True)
        layout.addWidget(self.shift_label)
        self.shift_box = _depth("How far down they are moved; up where negative")
        self.shift_box.setRange(-100.0, 100.0)
        self.shift_button = _button("Shift", "Move the pictures; Undo brings them back")
        form = _form()
        form.addRow("Down by", _row(self.shift_box, self.shift_button))
        layout.addLayout(form)
        layout.addStretch(1)
        return page

    def _make_curves(self) -> QWidget:
        page, layout = _page()
        self.measure_boxes = {}
        for name, (_, _, what) in MEASURES.items():
            box = QCheckBox(name)
            box.setToolTip(what)
            self.measure_boxes[name] = box
        self.measure_boxes["brightness"].setChecked(True)
        boxes = list(self.measure_boxes.values())
        layout.addLayout(_row(*boxes[:2]))
        layout.addLayout(_row(*boxes[2:]))
        form = _form()
        self.smooth_box = QDoubleSpinBox()
        self.smooth_box.setRange(0.0, 20.0)
        self.smooth_box.setSingleStep(0.1)
        self.smooth_box.setSuffix(" m")
        self.smooth_box.setValue(CurveSettings.smooth)
        self.smooth_box.setToolTip(
            "Length over which pixels are averaged: what the tool sees that it is compared with"
        )
        form.addRow("Mean over", self.smooth_box)
        layout.addLayout(form)
        self.measure_button = _button(
            "Make curves",
            "Of the pictures selected above, or of all; Undo in the Restore dock undoes",
        )
        layout.addWidget(self.measure_button)
        form = _form()
        self.labels_box = QComboBox()
        self.labels_box.setToolTip(
            "A labels layer of the size of one placed picture; 0 is unpainted"
        )
        form.addRow("Labels", self.labels_box)
        self.classes_line = QLineEdit()
        self.classes_line.setPlaceholderText("sand, shale, tray")
        self.classes_line.setToolTip("Names of the labels 1, 2, 3 and so on")
        form.addRow("Classes", self.classes_line)
        self.left_out_line = QLineEdit()
        self.left_out_line.setPlaceholderText("tray")
        self.left_out_line.setToolTip("Classes that are no rock")
        form.addRow("No rock", self.left_out_line)
        layout.addLayout(form)
        self.share_button = _button("Make shares", "The share of each class becomes a curve")
        layout.addWidget(self.share_button)
        layout.addStretch(1)
        return page

    def _make_look(self) -> QWidget:
        page, layout = _page()
        form = _form()
        self.look_box = _depth("Shows the rock there; or double-click on the track of core")
        self.height_box = QDoubleSpinBox()
        self.height_box.setRange(0.01, 10.0)
        self.height_box.setSingleStep(0.05)
        self.height_box.setValue(0.3)
        self.height_box.setToolTip("From the top to the base of what is shown")
        form.addRow("Depth", self.look_box)
        form.addRow("Height", self.height_box)
        layout.addLayout(form)
        self.crop_view = CropView()
        layout.addWidget(self.crop_view, 1)
        self.crop_label = QLabel("Double-click on the track of core to see the rock there.")
        self.crop_label.setWordWrap(True)
        layout.addWidget(self.crop_label)
        return page


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 6, 0, 0)
    return page, layout


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row


def _button(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setToolTip(tip)
    return button


def _depth(tip: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(3)
    box.setRange(-_DEEPEST, _DEEPEST)
    box.setKeyboardTracking(False)
    box.setToolTip(tip)
    return box


def _to_pixmap(pixels: NDArray[Any]) -> QPixmap:
    shown = pixels if pixels.ndim == 3 else pixels[..., None]
    shown = shown[..., :3] if shown.shape[2] >= 3 else np.repeat(shown[..., :1], 3, axis=2)
    if shown.dtype.kind == "f":
        shown = (shown * 255).clip(0, 255)
    elif shown.dtype != np.uint8:
        shown = shown // (np.iinfo(shown.dtype).max // 255)
    shown = np.ascontiguousarray(shown, dtype=np.uint8)
    rows, columns = shown.shape[:2]
    content = shown.tobytes()  # Qt keeps no copy of its own, and must not outlive it
    image = QImage(content, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)
