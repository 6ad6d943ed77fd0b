"""From a depth of the tracks back to the rock: the Look tab of the Core dock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from napari_welllog._core_form import LOOK
from napari_welllog._core_layers import is_core_ground
from napari_welllog._core_work import crops_at
from napari_welllog._jobs import describe_error
from napari_welllog._places import edges

if TYPE_CHECKING:
    from napari_welllog._core_widget import CoreWidget
    from napari_welllog._log_view import LogView


class CoreLook(QObject):
    """Shows what pictures show at a depth: typed, or double-clicked on a track of core."""

    def __init__(self, dock: CoreWidget, viewer: Any, view: LogView) -> None:
        super().__init__(dock)
        self._dock, self._view = dock, view
        self._clicks = viewer.mouse_double_click_callbacks
        self._rect: Any = None
        # One before napari zooms, one after the tracks were shown whole.
        self._clicks.insert(0, self._before)
        self._clicks.append(self._on_double_click)
        dock.look_box.valueChanged.connect(self.show)
        dock.height_box.valueChanged.connect(lambda _: self.show(dock.look_box.value()))

    def leave(self) -> None:
        """Stop listening to the viewer."""
        for callback in (self._before, self._on_double_click):
            if callback in self._clicks:
                self._clicks.remove(callback)

    def _before(self, viewer: Any, event: Any) -> None:
        self._rect = self._view.rect

    def _on_double_click(self, viewer: Any, event: Any) -> None:
        """Show the rock under the pointer, and leave the view as it was."""
        down, across = (float(each) for each in event.position[-2:])
        for _, record in self._view.records("strip"):
            left, right = edges(record["place"])
            if not is_core_ground(record) or not left <= across <= right:
                continue
            if self._rect is not None:
                self._view.show_rect(self._rect)
            dock = self._dock
            rows = [i for i, well in enumerate(dock.wells) if well is record["well"]]
            dock.well_box.setCurrentIndex(rows[0])
            dock.tabs.setCurrentIndex(LOOK)
            dock.look_box.blockSignals(True)
            dock.look_box.setValue(self._view.depth_of(record["well"], down))
            dock.look_box.blockSignals(False)
            self.show(dock.look_box.value())
            return

    def show(self, depth: float) -> None:
        """Show the rock at a depth."""
        dock, height = self._dock, self._dock.height_box.value()
        try:
            crops = crops_at(dock.placed, depth, height)
        except (ValueError, OSError) as error:
            dock.crop_label.setText(describe_error(error))
            dock.crop_view.show_pixels(None)
            return
        dock.crop_view.show_pixels(crops[0].pixels if crops else None)
        if not crops:
            dock.crop_label.setText(f"There is no core at {depth:.2f}.")
            return
        more = f" (and {len(crops) - 1} more)" if len(crops) > 1 else ""
        dock.crop_label.setText(f"{depth:.3f}: {crops[0].said}{more}")
