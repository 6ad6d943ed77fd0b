"""The settings of what is selected in the Tracks dock: of a track, a curve, a fill."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from napari_welllog._tracks_words import KINDS, unit_of
from welllog.template_edits import settle

if TYPE_CHECKING:
    from welllog.templates import CurvePlan, FillPlan, TrackPlan
    from welllog.track_scales import Room
    from welllog.well import Well

_WAYS = {
    "left": "to the left side",
    "right": "to the right side",
    "baseline": "about a value",
    "below": "below a value",
    "above": "above a value",
    "left_of": "left of a curve",
    "right_of": "right of a curve",
}


class NumberLine(QLineEdit):
    """A number to type; what is none is taken back."""

    given = Signal(float)
    refused = Signal(str)

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.setToolTip(tip)
        self.setMinimumWidth(46)
        self._value = 0.0
        self.editingFinished.connect(self._on_finished)

    @property
    def value(self) -> float:
        """The number that is shown."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show a number."""
        self._value = value
        self.setText(f"{value:.6g}")

    def _on_finished(self) -> None:
        text = self.text().strip()
        if text == f"{self._value:.6g}":
            return
        try:
            value = float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
            wrong = "" if math.isfinite(value) else "no finite number"  # as 1e400
        except ValueError:
            wrong = "no number"
        if wrong:
            self.show_value(self._value)
            self.refused.emit(f"{text!r} is {wrong}: it stays {self._value:g}.")
            return
        self.show_value(value)
        self.given.emit(value)


class ColourButton(QPushButton):
    """A colour, and a dialog that asks for another."""

    chosen = Signal(str)

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.setToolTip(tip)
        self.colour = "#000000"
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("#dddddd") + 22)
        self.clicked.connect(self._ask)

    def show_colour(self, colour: str) -> None:
        """Show a colour, ``#rrggbb``."""
        self.colour = colour
        ink = "#000000" if QColor(colour).lightness() > 120 else "#ffffff"
        self.setText(colour)
        self.setStyleSheet(f"background-color: {colour}; color: {ink};")

    def _ask(self) -> None:
        found = QColorDialog.getColor(QColor(self.colour), self, "Colour")
        if found.isValid() and found.name() != self.colour:
            self.show_colour(found.name())
            self.chosen.emit(found.name())


class _Page(QWidget):
    """Says what was set; shows without saying."""

    edited = Signal(dict)
    refused = Signal(str)
    room: Room | None = None
    """What wells side by side need for one scale a curve."""

    def __init__(self) -> None:
        super().__init__()
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def _say(self, **settings: Any) -> None:
        if not self.signalsBlocked():
            self.edited.emit(settings)


class TrackPage(_Page):
    """Title, width and grid of a track."""

    def __init__(self) -> None:
        super().__init__()
        self.title_line = QLineEdit()
        self.title_line.setToolTip("What the track is called (F2)")
        self.width_box = _spin("In usual widths", 0.1, 10.0, 0.1)
        self.grid_box = QCheckBox("")
        self.grid_box.setToolTip(
            "Lines at round values and depths; the first curve of a track decides which"
        )
        policy = QSizePolicy.Policy
        self.grid_box.setSizePolicy(policy.Ignored, policy.Fixed)  # its words differ
        self.form.addRow("Title", self.title_line)
        self.form.addRow("Width", self.width_box)
        self.form.addRow("Grid", self.grid_box)
        self.title_line.editingFinished.connect(self._on_title)
        self.width_box.valueChanged.connect(lambda value: self._say(width=round(value, 3)))
        self.grid_box.toggled.connect(lambda on: self._say(grid=on))
        self._title = ""

    def show_plan(self, well: Well, track: TrackPlan) -> None:
        """Show a track."""
        self.blockSignals(True)
        self._title = track.title
        self.title_line.setText(track.title)
        _show(self.width_box, track.width)
        ruled = bool(track.curves) or track.kind in ("restored", "shares")
        self.grid_box.setEnabled(ruled)
        self.grid_box.setChecked(ruled and track.grid)
        if track.curves:
            first = settle(well, track.curves[0], self.room)
            kind = "Logarithmic" if first.log else "Linear"
            self.grid_box.setText(f"{kind}, as of {first.mnemonic}")
        else:
            self.grid_box.setText(KINDS.get(track.kind, track.kind))
        self.blockSignals(False)

    def _on_title(self) -> None:
        title = self.title_line.text().strip()
        if title and title != self._title:
            self._title = title
            self._say(title=title)


class CurvePage(_Page):
    """Scale and line of a curve."""

    def __init__(self) -> None:
        super().__init__()
        self.left_line = NumberLine("The value at the left side of the track")
        self.right_line = NumberLine("The value at the right side; it may be the smaller one")
        self.swap_button = QPushButton("\N{LEFTWARDS ARROW OVER RIGHTWARDS ARROW}")
        self.swap_button.setToolTip("Swap left and right")
        self.swap_button.setMaximumWidth(34)
        self.unit_label = QLabel("")
        self.auto_button = QPushButton("Auto")
        self.auto_button.setToolTip("The scale of the catalogue, widened where the values need it")
        self.log_box = QCheckBox("Logarithmic")
        self.log_box.setToolTip("A logarithmic scale: both ends have to be above 0")
        self.wrap_box = QCheckBox("Wrap")
        self.wrap_box.setToolTip(
            "Off scale the line comes in again at the other side (back-up); else it is held there"
        )
        self.colour_button = ColourButton("Colour on white paper; made legible on a dark canvas")
        self.width_box = _spin("Width of the line, in usual widths", 0.2, 8.0, 0.25)
        self.style_box = QComboBox()
        self.style_box.addItems(["solid", "dashed", "dotted"])
        self.style_box.setToolTip("In prints; on the screen every line is solid")
        for box in (self.style_box,):
            box.setMinimumContentsLength(5)
        _keep_width(self.unit_label)
        scale = _in_a_row(self.left_line, self.swap_button, self.right_line, self.unit_label)
        scale.setStretch(0, 1)
        scale.setStretch(2, 1)
        self.form.addRow("Scale", scale)
        self.form.addRow("", _in_a_row(self.log_box, self.wrap_box, self.auto_button))
        self.form.addRow("Line", _in_a_row(self.colour_button, self.width_box, self.style_box))
        for line in (self.left_line, self.right_line):
            line.given.connect(self._on_scale)
            line.refused.connect(self.refused)
        self.swap_button.clicked.connect(self._swap)
        self.auto_button.clicked.connect(lambda: self._say(scale=None))
        self.log_box.clicked.connect(lambda on: self._say(log=on))
        self.wrap_box.clicked.connect(lambda on: self._say(wrap=on))
        self.colour_button.chosen.connect(lambda colour: self._say(colour=colour))
        self.width_box.valueChanged.connect(lambda value: self._say(width=round(value, 3)))
        self.style_box.activated.connect(lambda _: self._say(style=self.style_box.currentText()))

    def show_plan(self, well: Well, curve: CurvePlan) -> None:
        """Show how a curve is drawn."""
        self.blockSignals(True)
        whole = settle(well, curve, self.room)
        assert whole.scale is not None and whole.colour is not None
        self.left_line.show_value(whole.scale[0])
        self.right_line.show_value(whole.scale[1])
        self.unit_label.setText(unit_of(well, curve.mnemonic))
        own = well.curves.get(well.canonical.get(curve.mnemonic, curve.mnemonic))
        written = str(own.units or "no unit") if own is not None else "not there"
        self.unit_label.setToolTip(f"The unit of templates; in the file it is {written}")
        self.auto_button.setEnabled(curve.scale is not None)
        self.log_box.setChecked(bool(whole.log))
        self.wrap_box.setChecked(curve.wrap)
        self.colour_button.show_colour(whole.colour)
        _show(self.width_box, curve.width)
        self.style_box.setCurrentText(curve.style)
        self.blockSignals(False)

    def _on_scale(self, _: float) -> None:
        self._say(scale=(self.left_line.value, self.right_line.value))

    def _swap(self) -> None:
        self._say(scale=(self.right_line.value, self.left_line.value))


class FillPage(_Page):
    """Which side of a curve is coloured, and how."""

    def __init__(self) -> None:
        super().__init__()
        self.curve_box = QComboBox()
        self.curve_box.setToolTip("The curve beside which it is coloured")
        self.way_box = QComboBox()
        for key, words in _WAYS.items():
            self.way_box.addItem(words, key)
        self.way_box.setToolTip("Where it is coloured")
        self.value_line = NumberLine("The cutoff or baseline, in the unit of templates")
        self.unit_label = QLabel("")
        self.side_box = QComboBox()
        for words, side in (
            ("to the value", None),
            ("to the left", "left"),
            ("to the right", "right"),
        ):
            self.side_box.addItem(words, side)
        self.side_box.setToolTip("How far it reaches from the curve")
        self.other_box = QComboBox()
        self.other_box.setToolTip("The curve up to which it is coloured, each on its own scale")
        self.colour_button = ColourButton("Colour of the fill")
        self.opacity_box = _spin("1 hides what lies below", 0.05, 1.0, 0.05)
        self.caption_line = QLineEdit()
        self.caption_line.setToolTip("What the header says; left blank, what the lines do")
        self.caption_line.setPlaceholderText("what the lines do")
        _keep_width(self.unit_label)
        for box in (self.curve_box, self.other_box):
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(5)
        self.form.addRow("Fill", _in_a_row(self.curve_box, self.way_box))
        for widget in (self.value_line, self.unit_label, self.side_box):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # another way to fill moves no dock
            widget.setSizePolicy(policy)
        self._inputs = QStackedWidget()
        for row in (
            _in_a_row(self.value_line, self.unit_label, self.side_box),
            _in_a_row(self.other_box),
        ):
            row.setContentsMargins(0, 0, 0, 0)
            page = QWidget()
            page.setLayout(row)
            self._inputs.addWidget(page)
        self.form.addRow("", self._inputs)
        self.form.addRow("Colour", _in_a_row(self.colour_button, self.opacity_box))
        self.form.addRow("Caption", self.caption_line)
        self.curve_box.activated.connect(self._on_way)
        for box in (self.way_box, self.side_box, self.other_box):
            box.activated.connect(self._on_way)
        self.value_line.given.connect(self._on_way)
        self.value_line.refused.connect(self.refused)
        self.colour_button.chosen.connect(lambda colour: self._say(colour=colour))
        self.opacity_box.valueChanged.connect(lambda value: self._say(opacity=round(value, 3)))
        self.caption_line.editingFinished.connect(self._on_caption)
        self._caption = ""

    @property
    def way(self) -> str:
        """Which way to fill is chosen."""
        return str(self.way_box.currentData())

    def show_plan(self, well: Well, track: TrackPlan, fill: FillPlan) -> None:
        """Show a fill."""
        self.blockSignals(True)
        names = [curve.mnemonic for curve in track.curves]
        for box, name in (
            (self.curve_box, fill.curve),
            (self.other_box, fill.left_of or fill.right_of),
        ):
            box.clear()
            box.addItems([each for each in names if box is self.curve_box or each != fill.curve])
            if name is not None:
                box.setCurrentText(name)
        values = {name: getattr(fill, name) for name in ("baseline", "below", "above")}
        way = next((name for name, value in values.items() if value is not None), None)
        crossed = "left_of" if fill.left_of else "right_of" if fill.right_of else fill.to
        self.way_box.setCurrentIndex(self.way_box.findData(way or crossed))
        plan = next(curve for curve in track.curves if curve.mnemonic == fill.curve)
        scale = settle(well, plan, self.room).scale
        assert scale is not None
        value = sum(scale) / 2 if way is None else values[way]
        assert value is not None
        self.value_line.show_value(float(value))
        self.unit_label.setText(unit_of(well, fill.curve))
        self.side_box.setCurrentIndex(self.side_box.findData(fill.to if way is not None else None))
        self.colour_button.show_colour(fill.colour)
        _show(self.opacity_box, fill.opacity)
        self._caption = fill.caption or ""
        self.caption_line.setText(self._caption)
        self._lay_out()
        self.blockSignals(False)

    def _lay_out(self) -> None:
        """Show the inputs that the way to fill needs."""
        valued = self.way in ("baseline", "below", "above")
        for widget in (self.value_line, self.unit_label):
            widget.setVisible(valued)
        self.side_box.setVisible(self.way in ("below", "above"))
        self._inputs.setCurrentIndex(int(self.way in ("left_of", "right_of")))

    def _on_way(self, _: Any = None) -> None:
        self._lay_out()
        curve, settings = self.curve_box.currentText(), {}
        if self.way in ("left", "right"):
            settings["to"] = self.way
        elif self.way in ("left_of", "right_of"):
            other = self.other_box.currentText()
            if not other:
                self.refused.emit("The track has one curve: drag another one to it first.")
                return
            if other == curve:
                other = self.curve_box.itemText(0 if self.curve_box.currentIndex() else 1)
            settings[self.way] = other
        else:
            settings[self.way] = self.value_line.value
            if self.way != "baseline" and self.side_box.currentData():
                settings["to"] = self.side_box.currentData()
        self._say(curve=curve, **settings)

    def _on_caption(self) -> None:
        caption = self.caption_line.text().strip()
        if caption != self._caption:
            self._caption = caption
            self._say(caption=caption or None)


def _spin(tip: str, low: float, high: float, step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setDecimals(2)
    box.setKeyboardTracking(False)
    box.setToolTip(tip)
    return box


def _keep_width(label: QLabel) -> None:
    """Let a label for units be equally wide for each: another row selected moves no dock."""
    label.setFixedWidth(label.fontMetrics().horizontalAdvance("ohm.m "))


def _show(box: QDoubleSpinBox, value: float) -> None:
    box.blockSignals(True)
    box.setValue(value)
    box.blockSignals(False)


def _in_a_row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
