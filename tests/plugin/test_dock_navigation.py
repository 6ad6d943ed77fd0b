"""Finding one's way in a well: go to a depth, the strip of the whole, gaps, edges that hold."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QTableWidget

from napari_welllog._dock_place import dock_of
from napari_welllog._log_view import view_of
from welllog.zones import Top


@pytest.fixture(scope="module")
def shown(shared_viewer):
    """The gappy well, with the Restore and the Wells dock."""
    viewer, restore = shared_viewer
    wells = viewer.window.add_plugin_dock_widget("napari-welllog", "Wells")[1]
    QApplication.processEvents()
    return viewer, restore, wells


@pytest.fixture
def viewer(shown):
    shown[0].screenshot(flash=False)  # until it is drawn the canvas is where the last test left it
    yield shown[0]
    shown[1]._picker.intervals = []
    view_of(shown[0]).fit()


def middle(viewer) -> float:
    return sum(view_of(viewer).depths_in_view) / 2


def test_alt_g_asks_for_a_depth_and_goes_there(viewer, shown, qtbot):
    line = shown[2].depth_line
    viewer.window._qt_window.activateWindow()
    qtbot.keyClick(viewer.window._qt_window, Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)
    assert line.placeholderText() == "depth in m"
    qtbot.keyClicks(line, "1580,5")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert middle(viewer) == pytest.approx(1580.5, abs=0.1)
    top, base = view_of(viewer).depths_in_view
    assert base - top < 20
    line.setText("1585")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert base - top == pytest.approx(
        view_of(viewer).depths_in_view[1] - view_of(viewer).depths_in_view[0]
    )


@pytest.mark.parametrize("typed", ["9999", "deep", ""])
def test_what_is_no_depth_of_the_well_is_told_and_goes_nowhere(viewer, shown, qtbot, typed):
    before = view_of(viewer).depths_in_view
    shown[2].depth_line.setText(typed)
    qtbot.keyClick(shown[2].depth_line, Qt.Key.Key_Return)
    assert "is no depth of" in shown[2].message.text()
    assert view_of(viewer).depths_in_view == before


def test_the_frame_of_the_overview_moves_what_is_in_view(viewer, shown, qtbot):
    view, strip = view_of(viewer), shown[2].overview
    view.zoom_to(1560, 1570)
    start = QPoint(20, round(strip.row_of(1565)))
    end = QPoint(20, round(strip.row_of(1600)))
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=start)
    assert middle(viewer) == pytest.approx(1565, abs=1)  # taken hold of, not moved
    qtbot.mouseMove(strip, end)
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=end)
    assert middle(viewer) == pytest.approx(1600, abs=1.5)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(20, round(strip.row_of(1530))))
    assert middle(viewer) == pytest.approx(1530, abs=1.5)


def test_a_double_click_shows_the_whole_well(viewer, qtbot):
    view = view_of(viewer)
    whole = view.depths_in_view
    view.zoom_to(1560, 1570)
    canvas = viewer.window._qt_window._qt_viewer.canvas
    at = QPoint(canvas.size[1] // 2, canvas.size[0] // 2)
    qtbot.mouseDClick(canvas.native, Qt.MouseButton.LeftButton, pos=at)
    assert view.depths_in_view == pytest.approx(whole, abs=0.5)


def test_keys_go_from_gap_to_gap_and_say_where_there_is_no_more(viewer, shown, qtbot):
    dock = shown[1]
    dock.curve_list.tick("DTC")
    view_of(viewer).zoom_to(1510, 1520)
    dock.message.setText("")
    window = viewer.window._qt_window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    qtbot.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert middle(viewer) == pytest.approx(1565, abs=0.5)
    qtbot.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert "no further gap below" in dock.message.text()
    view_of(viewer).zoom_to(1600, 1610)
    qtbot.keyClick(window, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert middle(viewer) == pytest.approx(1565, abs=0.5)


def test_ends_that_are_dragged_near_an_edge_of_a_gap_or_a_top_lie_on_it(viewer, shown, drag, qtbot):
    view_of(viewer).fit()
    qtbot.wait(200)  # the canvas is drawn when the event loop comes to it
    picker = shown[1]._picker
    well = picker.well
    gap = shown[1]._gaps[0].depths(well.index)
    drag(viewer, 1559.2, 1570.7)
    assert picker.intervals == [gap]
    picker.intervals = []
    drag(viewer, 1580, 1590)  # nothing near
    ((top, base),) = picker.intervals
    assert top == pytest.approx(1580, abs=0.3) and base == pytest.approx(1590, abs=0.3)
    picker.intervals = []
    well.tops[:] = [Top("Hugin", 1600.0)]
    drag(viewer, 1580, 1600.8)
    well.tops.clear()
    assert picker.intervals[0][1] == picker.snap(1600.0)


def test_alt_held_while_dragging_leaves_the_ends_where_they_are(shown):
    picker = shown[1]._picker
    event = type("Event", (), {"modifiers": ["Alt", "Shift"], "position": (1570.7, 0.0)})()
    span = picker._span(1559.2, np.array([1560.0, 1570.0]), event)
    assert span == (picker.snap(1559.2), picker.snap(1570.7))


def test_readings_are_those_of_the_depth_under_the_pointer_when_the_view_moves_without_it(
    viewer, shown, qtbot
):
    view, header = view_of(viewer), viewer.canvas.overlays["welllog_header"]
    (well,) = view.wells()
    line = shown[2].depth_line
    event = type("Event", (), {"position": (1540.0, 0.0)})()
    viewer.mouse_over_canvas = True
    try:
        view._on_move(viewer, event)
        before, (_, _, top, base) = header.readings, view.rect
        share = (1540.0 - top) / (base - top)
        view.zoom_to(1600, 1610)
        top, base = view.rect[2:]
        assert header.pointer == pytest.approx(top + share * (base - top))
        assert header.pointer > 1580 and header.readings != before
        sample = np.argmin(np.abs(well.index - header.pointer))
        assert f"{well.values('GR')[sample]:.4g}" in header.readings
    finally:
        viewer.mouse_over_canvas = False
    line.setText("1620")  # with the pointer in the dock
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert header.pointer is None and header.readings == ()


def test_tab_leaves_every_table_of_the_dock(viewer, shown, qtbot):
    restore = shown[1]
    dock_of(restore).raise_()
    viewer.window._qt_window.activateWindow()
    restore.curve_list.tick("DTC")
    restore._picker.intervals = [(1540.0, 1541.0), (1550.0, 1551.0)]
    QApplication.processEvents()
    for table in (restore.gap_table, restore.interval_table):
        table.setFocus()
        table.setCurrentCell(0, 0)
        qtbot.keyClick(table, Qt.Key.Key_Right)
        assert table.currentColumn() == 1 and QApplication.focusWidget() is table
        qtbot.keyClick(table, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() not in (None, table)
    assert restore.findChildren(QTableWidget)
    assert not any(table.tabKeyNavigation() for table in restore.findChildren(QTableWidget))


def test_what_was_said_of_a_depth_goes_with_the_next_one_that_is_taken(viewer, shown, drag):
    restore = shown[1]
    restore._picker.intervals = [(1540.0, 1545.0)]
    for act in (
        lambda: restore.interval_table.item(0, 1).setText("1550"),
        lambda: drag(viewer, 1570, 1575),
        lambda: restore._home.session.undo(),
    ):
        restore.interval_table.item(0, 0).setText("9")
        assert restore.message.text().startswith("No depth in the well")
        act()
        assert restore.message.text() == ""
    restore.interval_table.item(0, 0).setText("9")
    restore.interval_table.selectRow(0)
    restore.remove_button.click()
    assert restore.message.text() == "" and restore._picker.intervals == []
