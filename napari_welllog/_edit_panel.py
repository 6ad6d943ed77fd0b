"""The Edit tab: small edits of a curve, each a new version of it, each undone with the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._jobs import describe_error
from napari_welllog._viewer_session import session_of
from welllog.gaps import GapSettings
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from welllog.session import Work
    from welllog.well import Well


@dataclass(frozen=True)
class Field:
    """One number or choice that an edit asks for."""

    name: str
    """Of the edit's parameter."""
    label: str
    value: float | bool | str
    """What it says at first; a text chooses among the curves."""
    unit: str = ""
    """``index`` and ``curve`` stand for those units."""


@dataclass(frozen=True)
class Edit:
    """One edit as the tab offers it."""

    name: str
    """In ``welllog.edits.EDITS``."""
    label: str
    tip: str
    fields: tuple[Field, ...] = ()
    on_curve: bool = True
    """It is of one curve; bad hole is of the well."""
    on_intervals: bool = False
    """It is done in each interval picked."""


EDITS = (
    Edit("despike", "Despike", "Hold the curve near its local median",
         (Field("window", "Window", 5.0, "index"), Field("z", "Deviations", 2.0))),
    Edit("shift", "Shift depth", "Move the curve down; up where negative",
         (Field("distance", "Down by", 0.5, "index"),)),
    Edit("set_null", "Remove in the intervals", "Set the curve to null in the intervals picked",
         on_intervals=True),
    Edit("flag_bad_hole", "Flag bad hole",
         "Make the curve BAD_HOLE from caliper, bit size and density correction",
         (Field("washout", "Wash-out over", GapSettings.washout, "in"),
          Field("correction", "Correction over", GapSettings.correction, "g/cm3"),
          Field("length", "Longer than", GapSettings.bad_hole_length, "m")), on_curve=False),
    Edit("null_flagged", "Remove in bad hole", "Set the curve to null where BAD_HOLE says so"),
    Edit("clip", "Clip to limits", "Keep the curve within what is physically possible",
         (Field("to_null", "Beyond the limits", False),)),
    Edit("rescale", "Rescale", "Multiply and add: a linear normalisation",
         (Field("gain", "Times", 1.0), Field("offset", "Plus", 0.0, "curve"))),
    Edit("splice_runs", "Splice two runs", "This curve above a depth, another one below it",
         (Field("other", "Below it", "curve"), Field("depth", "At", 0.0, "index"),
          Field("fade", "Cross-fade over", 0.0, "index"))),
)  # fmt: skip


class EditPanel(QWidget):
    """Chooses a curve and an edit, and does it."""

    said = Signal(str)
    """A line for the user."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._home = session_of(viewer)
        self._well: Well | None = None
        self._inputs: dict[str, QWidget] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        form = QFormLayout()
        layout.addLayout(form)
        self.curve_box = QComboBox()
        self.curve_box.setToolTip("The curve to edit; its newest version is gone on from")
        form.addRow("Curve", self.curve_box)
        self.edit_box = QComboBox()
        for place, edit in enumerate(EDITS):
            self.edit_box.addItem(edit.label)
            self.edit_box.setItemData(place, edit.tip, 3)  # Qt.ToolTipRole
        form.addRow("Edit", self.edit_box)
        self.tip = QLabel("")
        self.tip.setWordWrap(True)
        layout.addWidget(self.tip)
        self._form = QFormLayout()
        layout.addLayout(self._form)
        self.apply_button = QPushButton("Apply")
        self.apply_button.setToolTip(
            "Make a new version of the curve; the measured one stays as it is (Ctrl+Z undoes it)"
        )
        layout.addWidget(self.apply_button)
        layout.addWidget(QLabel("Done so far"))
        self.done_list = QListWidget()
        self.done_list.setToolTip("Edits of this well, in their order; models look at the last")
        self.done_list.setWordWrap(True)
        layout.addWidget(self.done_list, 1)
        self.edit_box.currentIndexChanged.connect(self._show_fields)
        self.curve_box.currentIndexChanged.connect(self._show_fields)
        self.apply_button.clicked.connect(self.apply)
        self._home.changed.connect(self.refresh)
        self._show_fields()

    @property
    def work(self) -> Work | None:
        """The work on the well that is edited."""
        return self._home.session.work_of(self._well) if self._well is not None else None

    @property
    def edit(self) -> Edit:
        """The edit that is chosen."""
        return EDITS[self.edit_box.currentIndex()]

    def look_at(self, well: Well | None) -> None:
        """Show another well's curves."""
        if well is self._well:
            return
        self._well = well
        kept = self.curve_box.currentText()
        self.curve_box.clear()
        if well is not None:
            self.curve_box.addItems(list(well.canonical.values()))
            self.curve_box.setCurrentText(kept)
        self._show_fields()
        self.refresh()

    def refresh(self) -> None:
        """List what was done."""
        work = self.work
        self.done_list.clear()
        if work is not None:
            made = work.current.history[len(work.well.history) :]
            self.done_list.addItems([_say(record) for record in made])
        self.apply_button.setEnabled(work is not None and self.curve_box.count() > 0)

    def _show_fields(self, _: int = 0) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._inputs = {}
        self.tip.setText(self.edit.tip + ".")
        self.curve_box.setEnabled(self.edit.on_curve)
        if self._well is None:
            return
        for field in self.edit.fields:
            widget = self._make_input(field)
            self._inputs[field.name] = widget
            self._form.addRow(field.label, widget)

    def _make_input(self, field: Field) -> QWidget:
        assert self._well is not None
        own = self.curve_box.currentText()
        if isinstance(field.value, bool):
            box = QCheckBox("set to null")
            box.setToolTip("Else to the limit itself")
            box.setChecked(field.value)
            return box
        if isinstance(field.value, str):
            others = QComboBox()
            others.addItems(_list_others(self._well, own))
            if not others.count():
                others.setPlaceholderText("no other curve in its unit")
            return others
        number = QDoubleSpinBox()
        number.setDecimals(3)
        number.setRange(*((0.0, 100.0) if field.name == "window" else (-1e6, 1e6)))
        unit = {"index": self._well.index_unit, "curve": ""}.get(field.unit, field.unit)
        if field.unit == "curve" and own in self._well.curves:
            unit = self._well.curves[own].units or ""
        number.setSuffix(f" {unit}" if unit else "")
        middle = float(np.nanmean(self._well.index))
        number.setValue(middle if field.name == "depth" else field.value)
        return number

    def apply(self) -> None:
        """Do the edit that is chosen."""
        work, edit = self.work, self.edit
        if work is None:
            return
        settings = {name: _read(widget) for name, widget in self._inputs.items()}
        arguments: list[tuple[Any, ...]] = [
            (self.curve_box.currentText(),) if edit.on_curve else ()
        ]
        if edit.on_intervals:
            arguments = [(*arguments[0], *span) for span in work.intervals]
            if not arguments:
                self.said.emit("No interval is picked yet: Shift + drag over the tracks.")
        session = self._home.session
        try:
            with session.together(f"{edit.label}: {len(arguments)} intervals"):
                for given in arguments:
                    session.edit(work.key, edit.name, *given, **settings)
        except (ValueError, KeyError) as error:
            self.said.emit(describe_error(error))
            return
        if arguments:
            self.said.emit(f"{self.done_list.item(self.done_list.count() - 1).text()}.")


def _list_others(well: Well, own: str) -> list[str]:
    """Return the logs that a curve can be spliced with: those of its kind, then of its unit."""
    known = catalogue()
    mine = known.kind(own)
    kinds = {name: known.kind(name) for name in well.curves if name != own}
    alike = [name for name, kind in kinds.items() if kind is not None and kind == mine]
    return alike + [
        name
        for name, kind in kinds.items()
        if kind and mine and kind.unit == mine.unit and name not in alike
    ]


def _read(widget: QWidget) -> Any:
    """Return what an input says."""
    readers: dict[type, Callable[[Any], Any]] = {
        QCheckBox: lambda box: box.isChecked(),
        QComboBox: lambda box: box.currentText(),
        QDoubleSpinBox: lambda box: box.value(),
    }
    return readers[type(widget)](widget)


def _say(record: dict[str, Any]) -> str:
    """Return an edit in a line."""
    done = str(record.get("edit") or record.get("action"))
    if isinstance(record.get("made"), list):  # curves of core
        return f"{done.capitalize()}: {', '.join(record['made'])}"
    name = next((e.label for e in EDITS if e.name == done), done)
    made = str(record.get("made") or record.get("curve") or "")
    changed, removed = record.get("samples_changed", 0), record.get("samples_nulled", 0)
    count = f"{changed} samples changed" if changed else "nothing changed"
    return f"{name}: {made}, {count}" + (f", {removed} of them removed" if removed else "")
