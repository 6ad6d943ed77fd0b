"""The docks of the plugin stand as tabs in one place, and leave the place that the user chose."""

from __future__ import annotations

import pytest
from napari.settings import get_settings
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_welllog._dock_place import dock_of


def show(viewer, name: str):
    made = viewer.window.add_plugin_dock_widget("napari-welllog", name)[1]
    QTest.qWait(200)
    return dock_of(getattr(made, "native", made))


@pytest.fixture(scope="module")
def docks(bare_viewer):
    """Four docks, opened one after the other as from the Plugins menu, for the first time."""
    get_settings().application.plugin_widget_positions = {}
    return {name: show(bare_viewer, name) for name in ("Restore", "Wells", "Tracks", "Zones")}


def test_a_further_dock_is_a_tab_in_front_and_takes_no_height_from_the_first(bare_viewer, docks):
    window = bare_viewer.window._qt_window
    together = {*window.tabifiedDockWidgets(docks["Restore"]), docks["Restore"]}
    assert together == set(docks.values())
    seen = [name for name, dock in docks.items() if not dock.visibleRegion().isEmpty()]
    assert seen == ["Zones"]
    docks["Restore"].raise_()
    QApplication.processEvents()
    assert docks["Restore"].height() > 300


def test_a_dock_that_was_moved_away_stays_there_when_it_is_shown_again(bare_viewer, docks):
    window, wells = bare_viewer.window._qt_window, docks["Wells"]
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, wells)
    wells.hide()
    QApplication.processEvents()
    wells.show()
    QTest.qWait(200)
    assert window.tabifiedDockWidgets(wells) == []
    assert window.dockWidgetArea(wells) == Qt.DockWidgetArea.BottomDockWidgetArea
    wells.setFloating(True)
    wells.hide()
    wells.show()
    QApplication.processEvents()
    assert wells.isFloating()
