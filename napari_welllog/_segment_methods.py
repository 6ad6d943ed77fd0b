"""Settings of the methods that segment, as controls."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from welllog.cores.segmenters import METHODS

LEVELS = ("threshold", "otsu", "minimum", "multi-otsu")
QUICK = (*LEVELS, "kmeans")
"""Shown at once while their settings change; none of them needs paint."""


@dataclass(frozen=True)
class Setting:
    """One setting of a method."""

    name: str
    label: str
    tip: str
    value: Any
    """What it is at first; its type tells the control."""
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0


_SMOOTH = Setting("smooth", "Smooth", "Blur the picture first (pixels)", 0.0, 0, 100, 0.5)
_NETWORK = (
    Setting("iterations", "Iterations", "Steps of the fit; more take longer", 200, 1, 100_000, 50),
    Setting("working_width", "Width", "Pictures are shrunk to so many pixels across; 0 leaves them",
            200, 0, 10_000, 50),
    Setting("device", "Device", "Where the network runs", ("auto", "cpu", "cuda", "mps")),
)  # fmt: skip
SETTINGS: dict[str, tuple[Setting, ...]] = {
    "threshold": (
        Setting("levels", "Levels", "Brightness 0 (black) to 1 (white), separated by blanks; drag "
                "them in the histogram, double-click adds or removes one", "0.5"),
        _SMOOTH,
    ),
    "otsu": (_SMOOTH,),
    "minimum": (_SMOOTH,),
    "multi-otsu": (Setting("bands", "Bands", "How many bands of brightness", 3, 2, 5), _SMOOTH),
    "kmeans": (
        Setting("clusters", "Clusters", "How many clusters of colour", 3, 2, 64),
        Setting("position", "Position", "Weight of a pixel's place against its colour", 0.0, 0, 10,
                0.1),
        Setting("texture", "Texture", "Weight of roughness against colour", 0.0, 0, 10, 0.1),
        Setting("scale", "Scale", "Size at which roughness is looked at (pixels)", 4.0, 0.5, 100,
                0.5),
    ),
    "pixels": (
        Setting("scales", "Scales", "Sizes at which surroundings are looked at (pixels), separated "
                "by blanks", "1 2 4 8 16"),
        Setting("trees", "Trees", "More are smoother and slower", 60, 1, 1000, 10),
        Setting("evening", "Evening out", "Probabilities are evened out over so many of the "
                "largest scale; 0 keeps small grains and thin laminae", 1.5, 0, 10, 0.25),
        Setting("balanced", "Balanced", "Rare classes count as much as common ones", False),
    ),
}  # fmt: skip


def list_methods() -> list[str]:
    """Return the methods that are installed."""
    return [name for name, method in METHODS.items() if find_spec(method.made_by.split(":")[0])]


class SettingsForm(QWidget):
    """Shows the settings of one method at a time; others keep what they were set to."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._method = ""
        self.inputs: dict[str, QWidget] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        """Method -> what it was set to last."""

    @property
    def values(self) -> dict[str, Any]:
        """Settings as ``make_segmenter`` takes them.

        Raises
        ------
        ValueError
            A list of numbers holds something else.
        """
        told = {name: _read(widget) for name, widget in self.inputs.items()}
        for name in ("levels", "scales"):
            if name in told:
                words = told[name].replace(",", " ").split()
                try:
                    told[name] = tuple(sorted(float(word) for word in words))
                except ValueError:
                    raise ValueError(
                        f"{name} {told[name]!r}: give numbers separated by blanks"
                    ) from None
        return told

    def show_method(self, method: str) -> None:
        """Show the settings of another method."""
        self.keep()
        while self._form.rowCount():
            self._form.removeRow(0)
        self._method, self.inputs = method, {}
        chosen = SETTINGS.get(method, _NETWORK if method in METHODS else ())
        for setting in chosen:
            widget = self._make(setting, self.kept.get(method, {}).get(setting.name))
            widget.setToolTip(setting.tip)
            self.inputs[setting.name] = widget
            self._form.addRow(setting.label, widget)

    def keep(self) -> None:
        """Remember what the method shown is set to."""
        if self._method:
            self.kept[self._method] = {name: _read(w) for name, w in self.inputs.items()}

    def set_levels(self, levels: list[float]) -> None:
        """Write the levels of method threshold."""
        line = self.inputs.get("levels")
        if isinstance(line, QLineEdit):
            line.setText(" ".join(f"{level:.3f}" for level in levels))

    def _make(self, setting: Setting, kept: Any) -> QWidget:
        value = setting.value if kept is None else kept
        if isinstance(setting.value, bool):
            box = QCheckBox()
            box.setChecked(bool(value))
            box.toggled.connect(self.changed)
            return box
        if isinstance(setting.value, tuple):
            choice = QComboBox()
            choice.addItems(setting.value)
            choice.setCurrentText(str(kept or setting.value[0]))
            choice.currentIndexChanged.connect(self.changed)
            return choice
        if isinstance(setting.value, str):
            line = QLineEdit(str(value))
            line.textChanged.connect(self.changed)
            return line
        number = QSpinBox() if isinstance(setting.value, int) else QDoubleSpinBox()
        whole = isinstance(number, QSpinBox)
        number.setRange(*((int(setting.low), int(setting.high)) if whole
                          else (setting.low, setting.high)))  # fmt: skip
        number.setSingleStep(int(setting.step) if whole else setting.step)
        number.setValue(type(setting.value)(value))
        number.valueChanged.connect(self.changed)
        return number


def _read(widget: QWidget) -> Any:
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    return widget.text() if isinstance(widget, QLineEdit) else widget.value()
