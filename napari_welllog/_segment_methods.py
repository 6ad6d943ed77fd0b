"""Settings of the methods that segment, as controls."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
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
    rare: bool = False
    """Behind *More settings*."""
    nothing: str = ""
    """What the lowest number is called: the method's own choice, and the setting is left out."""


_SMOOTH = Setting("smooth", "Smooth", "Blur the picture first (pixels)", 0.0, 0, 100, 0.5)
_SEED = Setting("seed", "Seed", "Of all that is left to chance: the same seed finds the same again",
                0, 0, 2**31 - 1, rare=True)  # fmt: skip
_NETWORK = (
    Setting("iterations", "Iterations", "Steps of the fit; more take longer", 200, 1, 100_000, 50),
    Setting("working_width", "Working width", "Pictures are shrunk to so many pixels across while "
            "they are looked at; 0 leaves them", 200, 0, 10_000, 50),
    Setting("device", "Device", "Where the network runs; auto takes the first there is",
            ("auto", "cpu", "cuda", "mps")),
    Setting("pretraining", "Pre-training", "masked: first learn to paint patches of the pictures "
            "that are hidden, without masks; of use where little is painted",
            ("none", "masked"), rare=True),
    Setting("learning_rate", "Learning rate", "Of the fit, at its highest; smaller where the loss "
            "jumps", 3e-3, 1e-6, 0.5, 1e-3, rare=True),
    Setting("class_weights", "Rare classes", "root: a pixel of a rare class counts more, by the "
            "root of one over its share; balanced: by all of it; none: all alike",
            ("root", "balanced", "none"), rare=True),
    Setting("width", "Channels", "Of the network's first level; more see more and take longer",
            0, 0, 256, 4, rare=True, nothing="of the network"),
    _SEED,
)  # fmt: skip
_BACKBONE = (
    *_NETWORK[:3],
    Setting("backbone", "Backbone", "File of weights of a pretrained ResNet-50 (safetensors, or a "
            ".pth of plain tensors); none begins from chance", Path()),
    Setting("freeze", "Freeze it", "Keep the encoder as it comes from the backbone or from "
            "pre-training: faster, and less is learnt", False),
    *_NETWORK[3:],
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
        _SEED,
    ),
    "pixels": (
        Setting("scales", "Scales", "Sizes at which surroundings are looked at (pixels), separated "
                "by blanks", "1 2 4 8 16"),
        Setting("trees", "Trees", "More are smoother and slower", 60, 1, 1000, 10),
        Setting("evening", "Evening out", "Probabilities are evened out over so many of the "
                "largest scale; 0 keeps small grains and thin laminae", 1.5, 0, 10, 0.25),
        Setting("balanced", "Balanced", "Rare classes count as much as common ones", False),
        Setting("samples", "Samples", "Pixels of a class in a picture that are learnt from at most",
                2000, 1, 1_000_000, 500, rare=True),
        Setting("depth", "Depth", "Of a tree at most", 16, 1, 64, 1, rare=True),
        Setting("squares", "Squares", "Rows and columns told together: larger is faster and "
                "coarser", 0, 0, 16, 1, rare=True, nothing="a quarter of the largest scale"),
        _SEED,
    ),
    "unet-resnet50": _BACKBONE,
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
        self.more: QToolButton | None = None
        """Shows the settings that are seldom changed, where the method has some."""
        self._shown: tuple[Setting, ...] = ()
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
        told = {
            setting.name: _read(self.inputs[setting.name])
            for setting in self._shown
            if not (setting.nothing and _read(self.inputs[setting.name]) == setting.low)
        }
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
        opened = self.more is not None and self.more.isChecked()
        while self._form.rowCount():
            self._form.removeRow(0)
        self._method, self.inputs = method, {}
        self._shown = SETTINGS.get(method, _NETWORK if method in METHODS else ())
        page = QWidget()
        rare = QFormLayout(page)
        rare.setContentsMargins(0, 0, 0, 0)
        rare.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for setting in self._shown:
            widget = self._make(setting, self.kept.get(method, {}).get(setting.name))
            widget.setToolTip(setting.tip)
            self.inputs[setting.name] = widget
            (rare if setting.rare else self._form).addRow(setting.label, widget)
        self.more = QToolButton() if rare.rowCount() else None
        if self.more is not None:
            self._form.addRow(self.more)
            self._form.addRow(page)
            _show_page(self.more, page, opened)

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
        if isinstance(setting.value, Path):
            file = FileLine(str(kept or ""))
            file.changed.connect(self.changed)
            return file
        if isinstance(setting.value, str):
            line = QLineEdit(str(value))
            line.textChanged.connect(self.changed)
            return line
        number = QSpinBox() if isinstance(setting.value, int) else QDoubleSpinBox()
        whole = isinstance(number, QSpinBox)
        number.setRange(*((int(setting.low), int(setting.high)) if whole
                          else (setting.low, setting.high)))  # fmt: skip
        if isinstance(number, QDoubleSpinBox) and setting.low < 0.01 and setting.low:
            number.setDecimals(6)
        number.setSpecialValueText(setting.nothing)
        number.setSingleStep(int(setting.step) if whole else setting.step)
        number.setValue(type(setting.value)(value))
        number.valueChanged.connect(self.changed)
        return number


def _show_page(button: QToolButton, page: QWidget, opened: bool) -> None:
    """Let a button show and hide a page."""
    button.setText("More settings")
    button.setToolTip("Settings that are seldom changed")
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def show(on: bool) -> None:
        button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        page.setVisible(on)

    button.toggled.connect(show)
    button.setChecked(opened)
    show(opened)


class FileLine(QWidget):
    """The name of a file: typed, or chosen."""

    changed = Signal()

    def __init__(self, path: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.line = QLineEdit(path)
        self.line.setPlaceholderText("none")
        self.button = QPushButton("\N{HORIZONTAL ELLIPSIS}")
        self.button.setMaximumWidth(30)
        self.button.setToolTip("Choose the file")
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.line.textChanged.connect(self.changed)
        self.button.clicked.connect(self._ask)

    def _ask(self, _: bool = False) -> None:
        path, _kind = QFileDialog.getOpenFileName(
            self, "Weights", self.line.text(), "Weights (*.safetensors *.pth *.pt);;All files (*)"
        )
        if path:
            self.line.setText(path)


def _read(widget: QWidget) -> Any:
    if isinstance(widget, FileLine):
        return widget.line.text().strip()
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    return widget.text() if isinstance(widget, QLineEdit) else widget.value()
