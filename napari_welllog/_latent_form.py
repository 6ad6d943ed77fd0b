"""The Latent space dock as it looks: its controls, and nothing of what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._latent_maps import CLASS, MEAN, ROUGHNESS
from napari_welllog._latent_work import ORIGIN, Point
from napari_welllog._qc_form import QcCanvas
from napari_welllog._restore_form import scrolling
from welllog.latent_limits import REACH

_MORE = "\N{HORIZONTAL ELLIPSIS}"
_WIDE = 780
"""Pixels from which the layers have room beside the sample."""
_HIGH, _LOW = 210, 190
"""Pixels that a picture has at least: of the map and the sample, and of the layers."""
_BOX = 96
_FINE = 100
"""Steps of a slider for one of the coordinate."""
_SHADES = {
    CLASS: ("Class of rock", "The class most samples of the fill fall in: k-means of this well's "
            "measured samples, so the same colour is another rock in another well"),
    MEAN: ("Mean", "Mean of the fill; the colours span at least what the network errs by, so that "
           "a map that hardly changes looks so"),
    ROUGHNESS: ("Roughness", "Root mean square step of the fill from sample to sample"),
}  # fmt: skip


class PointSliders(QWidget):
    """Three coordinates, each with a slider and a box that stay in step."""

    moved = Signal(tuple)
    """By hand, to a point."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self.sliders: list[QSlider] = []
        self.boxes: list[QDoubleSpinBox] = []
        for row, name in enumerate("xyz"):
            tip = (
                f"How much of the {('first', 'second', 'third')[row]} field of noise goes in; "
                "on the map arrows move x and y, Page Up and Page Down move z"
            )
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(-round(REACH * _FINE), round(REACH * _FINE))
            slider.setSingleStep(5)
            slider.setPageStep(25)
            slider.setToolTip(tip)
            slider.setAccessibleName(name)
            box = QDoubleSpinBox()
            box.setRange(-REACH, REACH)
            box.setDecimals(2)
            box.setSingleStep(0.05)
            box.setToolTip(tip)
            box.setAccessibleName(name)
            box.setKeyboardTracking(False)
            box.setMaximumWidth(_BOX)
            slider.valueChanged.connect(self._on_slider)
            box.valueChanged.connect(self._on_box)
            for column, part in enumerate((QLabel(name), slider, box)):
                grid.addWidget(part, row, column)
            self.sliders.append(slider)
            self.boxes.append(box)

    @property
    def point(self) -> Point:
        """Where they stand."""
        x, y, z = (round(box.value(), 2) for box in self.boxes)
        return x, y, z

    def show_point(self, point: Point) -> None:
        """Stand elsewhere, and tell nobody."""
        for slider, box, value in zip(self.sliders, self.boxes, point, strict=True):
            for part, given in ((slider, round(value * _FINE)), (box, value)):
                part.blockSignals(True)
                part.setValue(given)
                part.blockSignals(False)

    def _on_slider(self, _: int) -> None:
        x, y, z = (slider.value() / _FINE for slider in self.sliders)
        self.show_point((x, y, z))
        self.moved.emit(self.point)

    def _on_box(self, _: float) -> None:
        self.show_point(self.point)
        self.moved.emit(self.point)


class Line(QLabel):
    """Words that take no room while there are none."""

    def __init__(self, tip: str) -> None:
        super().__init__("")
        self.setToolTip(tip)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()

    def setText(self, text: str | None) -> None:  # noqa: N802 (Qt's name)
        """Say something, or nothing."""
        super().setText(text)
        self.setVisible(bool(text))


class LatentForm(QWidget):
    """Lays out the dock: what to explore, the map with its point, the sample, the layers."""

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(self._build_choices())
        column.addLayout(self._build_run())
        self.message = Line("What the last action had to say")
        column.addWidget(self.message)
        self.title = Line(
            "What the map is of. Variety: how far answers to noises as in training scatter, over "
            "the error that was measured on wells held out: 0 the noise is ignored, 1 it says as "
            "much as is not known"
        )
        column.addWidget(self.title)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addLayout(self._build_map(), 3)
        self.sample_canvas = NoiseCanvas(
            "The sample generated at the point, over what was measured; shaded: the interval that "
            "the network does not see",
            _HIGH,
        )
        row.addWidget(self.sample_canvas, 2)
        self._pictures = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pictures.addLayout(row, 5)
        self.layers_canvas = NoiseCanvas(
            "Mean absolute activation of every layer at the point; a tick: at the origin, without "
            "noise",
            _LOW,
        )
        self._pictures.addWidget(self.layers_canvas, 2)
        column.addLayout(self._pictures, 1)
        self._page, self._area = page, scrolling(page)
        outer.addWidget(self._area)
        self.enable_point(False)

    def _build_choices(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.setVerticalSpacing(3)
        self.model_line = QLineEdit()
        self.model_line.setPlaceholderText("a network made by welllog train --method unet")
        self.model_line.setToolTip(
            "Model file of a network, made by 'welllog train wells/ -o net.model --method unet'; "
            "Return reads it. Other models have no noise."
        )
        self.open_button = _make_button(f"Open{_MORE}", "Choose the model file of a network")
        model = QHBoxLayout()
        model.addWidget(self.model_line, 1)
        model.addWidget(self.open_button)
        self.well_box = _make_box("The well, of those that are open")
        self.curve_box = _make_box("The curve that is generated: those the network predicts")
        self.interval_box = _make_box(
            "Take an interval picked over the tracks (Shift + drag), a gap of the curve, or the "
            "middle of it (20 m, or half the network's window); the depths beside can be typed over"
        )
        self.top_box, self.base_box = (
            _make_depth(f"{name} of the interval that is hidden and generated")
            for name in ("Top", "Base")
        )
        self.interval_box.setPlaceholderText("typed")
        depths = QHBoxLayout()
        depths.setSpacing(8)
        depths.addWidget(self.interval_box, 4)
        depths.addWidget(self.top_box, 3)
        depths.addWidget(QLabel("\N{EN DASH}"))
        depths.addWidget(self.base_box, 3)
        grid.addWidget(QLabel("Model"), 0, 0)
        grid.addLayout(model, 0, 1, 1, 3)
        grid.addWidget(QLabel("Well"), 1, 0)
        grid.addWidget(self.well_box, 1, 1)
        grid.addWidget(QLabel("Curve"), 1, 2)
        grid.addWidget(self.curve_box, 1, 3)
        grid.addWidget(QLabel("Interval"), 2, 0)
        grid.addLayout(depths, 2, 1, 1, 3)
        return grid

    def _build_run(self) -> QVBoxLayout:
        self.map_button = _make_button(
            "Map", "Generate every point of the plane for what is chosen above (Ctrl+Return)"
        )
        self.cube_button = _make_button(
            "Cube", "Show x, y and z as three sections through the point, and the plane again (C)"
        )
        self.cube_button.setCheckable(True)
        self.cancel_button = _make_button("Cancel", "Stop what goes on (Esc)")
        self.cancel_button.setEnabled(False)
        self.save_button = _make_button(
            f"Save{_MORE}",
            "Save map, sample and layers on white paper as PNG, SVG or PDF (Ctrl+Shift+F)",
        )
        row = QHBoxLayout()
        for button in (self.map_button, self.cube_button, self.cancel_button, self.save_button):
            row.addWidget(button)
        self.progress_bar = QProgressBar()
        self.progress_bar.setRange(0, 1000)
        self.progress_bar.setTextVisible(False)
        self.progress_bar.setMaximumHeight(8)
        policy = self.progress_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when a run begins
        self.progress_bar.setSizePolicy(policy)
        self.progress_bar.setVisible(False)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.progress_bar)
        return column

    def _build_map(self) -> QVBoxLayout:
        self.shade_box = QComboBox()
        self.shade_box.setToolTip("What the colours of the map tell of each point's fill")
        for key, (name, tip) in _SHADES.items():
            self.shade_box.addItem(name, key)
            self.shade_box.setItemData(self.shade_box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.map_canvas = NoiseCanvas(
            "Click or drag to move the point; arrows move it too (Shift: in larger steps), "
            "Page Up and Page Down its z, Home to the origin, A and B set the ends of a walk. "
            "Inside the dashed circle the noise is no stronger than in training; +: no noise",
            _HIGH,
        )
        self.legend = QLabel("")
        self.legend.setToolTip("The classes of this well: the mean of each curve, in its unit")
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.legend.setStyleSheet("font-size: 8pt")
        self.sliders = PointSliders()
        self.origin_button = _make_button("Origin", "Move the point to no noise (Home)")
        self.start_button = _make_button("Set A", "Let a walk begin at the point (A on the map)")
        self.stop_button = _make_button("Set B", "Let a walk end at the point (B on the map)")
        self.play_button = _make_button("Play", "Walk from A to B by itself")
        self.play_button.setCheckable(True)
        self.walk_slider = QSlider(Qt.Orientation.Horizontal)
        self.walk_slider.setRange(0, 100)
        self.walk_slider.setToolTip("Move the point along the line from A (0 %) to B (100 %)")
        self.walk_slider.setAccessibleName("walk")
        self.walk_label = QLabel("0 %")
        self.walk_label.setMinimumWidth(38)
        head = QHBoxLayout()
        head.addWidget(self.shade_box, 1)
        head.addWidget(self.origin_button)
        walk = QHBoxLayout()
        walk.setSpacing(4)
        for button in (self.start_button, self.stop_button, self.play_button):
            walk.addWidget(button)
        walk.addWidget(self.walk_slider, 1)
        walk.addWidget(self.walk_label)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self.map_canvas, 1)
        column.addWidget(self.legend)
        column.addWidget(self.sliders)
        column.addLayout(walk)
        return column

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Ask for the width that is needed, which is known when the theme is."""
        super().showEvent(event)
        bar = self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(self._page.minimumSizeHint().width() + bar)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Put the layers beside the rest of a wide dock, below it in a high one."""
        super().resizeEvent(event)
        direction, wide = QBoxLayout.Direction, self.width() > _WIDE
        wanted = direction.LeftToRight if wide else direction.TopToBottom
        if self._pictures.direction() != wanted:
            self._pictures.setDirection(wanted)
            self._pictures.setStretch(1, 3 if wide else 2)

    def enable_point(self, on: bool) -> None:
        """Let the point be moved, where there is something to move it on."""
        self.sliders.setEnabled(on)
        for part in (
            self.shade_box, self.origin_button, self.start_button, self.stop_button,
            self.save_button, self.cube_button,
        ):  # fmt: skip
            part.setEnabled(on)

    def enable_walk(self, on: bool) -> None:
        """Let the point walk, where A and B are set."""
        self.walk_slider.setEnabled(on)
        self.play_button.setEnabled(on)

    def show_origin(self) -> None:
        """Stand at the origin."""
        self.sliders.show_point(ORIGIN)


class NoiseCanvas(QcCanvas):
    """A canvas that asks for no more than it needs: a page that scrolls gives what is asked."""

    def __init__(self, tip: str, height: int) -> None:
        self._height = height  # asked for while the canvas is made
        super().__init__()
        self.setMinimumSize(120, height)
        self.setToolTip(tip)
        self._moving: Sequence[Any] = ()
        self._behind: Any = None
        """Pixels of the picture without what moves."""
        self.mpl_connect("draw_event", self._on_draw)

    def draw_with(self, moving: Sequence[Any]) -> None:
        """Draw the picture; these artists of it will move over it."""
        self._moving, self._behind = moving, None
        for artist in moving:
            artist.set_animated(True)
        self.draw()

    def draw_moved(self, anew: bool = False) -> None:
        """Draw what has moved over what has not, or all of it where that has changed too."""
        if anew or self._behind is None:
            self.draw_idle()
            return
        self.restore_region(self._behind)
        self._draw_moving()
        self.blit(self.figure.bbox)

    def _on_draw(self, _: Any) -> None:
        self._behind = self.copy_from_bbox(self.figure.bbox)
        self._draw_moving()

    def _draw_moving(self) -> None:
        for artist in self._moving:
            artist.axes.draw_artist(artist)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Ask for the smallest height."""
        return QSize(120, self._height)


def _make_button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setMinimumWidth(0)
    button.setStyleSheet("padding-left: 4px; padding-right: 4px")
    return button


def _make_box(tip: str) -> QComboBox:
    box = QComboBox()
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    return box


def _make_depth(tip: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(-1e6, 1e6)
    box.setDecimals(1)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setMinimumWidth(60)
    return box
