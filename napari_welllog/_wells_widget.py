"""The Wells dock: how wells hang beside each other, and which depths are written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._dock_place import join_when_shown
from napari_welllog._jobs import describe_error
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._overview import Overview
from napari_welllog._viewer_session import session_of, stop_following
from napari_welllog._well_names import name_well
from napari_welllog._zones import choose_well
from welllog.datums import find_top, list_tops, say_units
from welllog.deviation import DeviationError, read_survey

if TYPE_CHECKING:
    from welllog.well import Well

ON_DEPTH = "depth"


class WellsWidget(QWidget):
    """Flattens the wells of a viewer on a top."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._view = view_of(self._viewer)
        self._listed: tuple[dict[str, int], int] = ({}, 0)
        """How many wells have each top, of how many, in the order in which they are listed."""
        layout = QVBoxLayout(self)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addLayout(form)
        self.top_box = QComboBox()
        self.top_box.setToolTip(
            "Move the wells so that this top lies at one height, or hang them on depth"
        )
        form.addRow("Hang on", self.top_box)
        self.reference_box = QComboBox()
        for label, reference in (
            ("MD alone", None),
            ("MD and TVD", "TVD"),
            ("MD and TVDSS", "TVDSS"),
        ):
            self.reference_box.addItem(label, reference)
        self.reference_box.setToolTip(
            "Write the vertical depth below the depth along the hole, where a curve (TVD, TVDSS, "
            "z_loc) or a survey tells it; the tracks stay as they are"
        )
        self.survey_button = QPushButton("Survey\N{HORIZONTAL ELLIPSIS}")
        self.survey_button.setToolTip(
            "Read MD, inclination and azimuth of the active layer's well from a table"
        )
        row = QHBoxLayout()
        row.addWidget(self.reference_box, 1)
        row.addWidget(self.survey_button)
        form.addRow("Depths", row)
        self.depth_line = QLineEdit()
        self.depth_line.setToolTip(
            "Type a depth of the active layer's well and press Return (Alt+G)"
        )
        form.addRow("Go to", self.depth_line)
        self.overview = Overview(self._view)
        self.message = QLabel("")
        self.message.setWordWrap(True)
        layout.addWidget(self.message)
        layout.addWidget(self.overview, 1)
        self.top_box.activated.connect(self._on_top)
        self.depth_line.returnPressed.connect(self._go_to)
        shortcut = QShortcut(QKeySequence("Alt+G"), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._ask_depth)
        self._viewer.layers.selection.events.active.connect(self._on_active)
        self._view.watchers.append(self.overview.update)
        self.reference_box.activated.connect(self._on_reference)
        self.survey_button.clicked.connect(self._choose_survey)
        self._home = session_of(self._viewer)
        self._home.changed.connect(self.refresh)  # zones may come from a table at any time
        self.top_box.installEventFilter(self)
        join_when_shown(self)
        bound = [self._viewer.layers.events.inserted, self._viewer.layers.events.removed]
        for emitter in bound:
            emitter.connect(self.refresh)
        active = self._viewer.layers.selection.events.active
        self.destroyed.connect(
            partial(_unwatch, bound, self.refresh, active, self._on_active, self._view,
                    self.overview.update, self._home)
        )  # fmt: skip
        self.refresh()

    def refresh(self, event: Any = None) -> None:
        """List the tops of the wells that are open, and say how they hang."""
        wells = self._view.wells()
        have = {
            name: sum(find_top(well, name) is not None for well in wells)
            for name in list_tops(wells)
        }
        if (have, len(wells)) != self._listed or not self.top_box.count():
            self._listed = have, len(wells)
            self.top_box.blockSignals(True)
            self.top_box.clear()
            self.top_box.addItem(ON_DEPTH)
            for name, count in have.items():
                self.top_box.addItem(f"{name}   ({count} of {len(wells)})", name)
            self.top_box.blockSignals(False)
        row = self.top_box.findData(self._view.hanging.top) if self._view.hanging.top else 0
        self.top_box.setCurrentIndex(max(row, 0))
        self._on_active()
        self._say()

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 (Qt's name)
        """List the tops anew before the box is used."""
        if watched is self.top_box and event.type() == event.Type.Enter:
            self.refresh()
        return bool(super().eventFilter(watched, event))

    def _on_active(self, event: Any = None) -> None:
        """Ask for depths of the well of the active layer, and show it whole."""
        well = choose_well(self._viewer, self._view.wells())
        self.depth_line.setPlaceholderText("" if well is None else f"depth in {well.index_unit}")
        self.overview.look_at(well)

    def _ask_depth(self) -> None:
        if self.parentWidget() is not None:  # behind another dock
            self.parentWidget().show()
            self.parentWidget().raise_()
        self.depth_line.setFocus()
        self.depth_line.selectAll()

    def _go_to(self) -> None:
        well = choose_well(self._viewer, self._view.wells())
        if well is None:
            return
        try:
            depth = float(self.depth_line.text().replace(",", ".").removesuffix(well.index_unit))
        except ValueError:
            depth = np.nan
        low, high = float(np.nanmin(well.index)), float(np.nanmax(well.index))
        if not low <= depth <= high:
            name = name_well(well, self._view.wells())
            self.message.setText(
                f"{self.depth_line.text()!r} is no depth of {name}: it runs from {low:.2f} "
                f"to {high:.2f} {well.index_unit}."
            )
            return
        seen, least = np.subtract(*self._view.depths_seen(well)[::-1]), (high - low) / 10
        if seen > least:  # from afar: near enough to see it
            self._view.zoom_to(depth - least / 4, depth + least / 4, well)
        self._view.centre_on(self._view.world_of(well, depth))
        self._say()

    def _on_top(self, row: int) -> None:
        self._view.hang_on(self.top_box.itemData(row))
        self._say()

    def _on_reference(self, row: int) -> None:
        self._view.refer_to(self.reference_box.itemData(row))
        self._say()

    def _choose_survey(self) -> None:
        well = choose_well(self._viewer, self._view.wells())
        if well is None:
            return
        title = f"Survey of {name_well(well, self._view.wells())}"
        path, _ = QFileDialog.getOpenFileName(self, title, "", "Tables (*.csv *.txt)")
        if path:
            self.read_survey(path, well)

    def read_survey(self, path: str, well: Well) -> None:
        """Use the survey of a table for a well; what cannot be read is a notification."""
        try:
            survey = read_survey(path, unit=well.index_unit)
            found = self._view.references.take_survey(well, survey)
        except (DeviationError, OSError) as error:
            show_error(describe_error(error))
            return
        if self._view.references.shown not in found.references:
            self.reference_box.setCurrentIndex(1)
        self._on_reference(self.reference_box.currentIndex())

    def _say(self) -> None:
        hanging = self._view.hanging
        said = []
        if not self._view.wells():
            said.append("Open LAS files to begin: drop them on the window.")
        elif not self._listed[0]:
            said.append(
                "No well has tops or zones: Plugins > Well logs > Zones reads a table of them."
            )
        if hanging.lacking:
            lack, one = ", ".join(hanging.lacking), len(hanging.lacking) == 1
            verbs = ("lacks", "hangs") if one else ("lack", "hang")
            said.append(f"{lack} {verbs[0]} {hanging.top}, and {verbs[1]} on depth.")
        said.append(say_units(self._view.wells()))
        said.append(self._say_references())
        self.message.setText("\n".join(line for line in said if line))

    def _say_references(self) -> str:
        references = self._view.references
        if references.shown is None:
            return ""
        wells = self._view.wells()
        lack = [name_well(w, wells) for w in wells if references.writer(w) is None]
        if not lack:
            return ""
        why = "a curve or a survey, or the height of its reference above the sea"
        return f"{', '.join(lack)}: no {references.shown}. It takes {why}."


def _unwatch(
    bound: list[Any],
    callback: Any,
    active: Any,
    on_active: Any,
    view: Any,
    on_view: Any,
    home: Any,
    _: Any = None,
) -> None:
    """Let go of the viewer, for a dock that is gone."""
    for emitter in bound:
        emitter.disconnect(callback)
    active.disconnect(on_active)
    stop_following(home, callback)
    if on_view in view.watchers:
        view.watchers.remove(on_view)
