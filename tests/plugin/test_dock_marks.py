"""Depths marked: how the pictures of the QC dock and the tracks point at each other."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt

from napari_welllog._layers import KEY, to_well
from napari_welllog._log_view import view_of
from tests.plugin.qc_pictures import box_of, choose, draw_around, focus, marked_layers, rings


@pytest.fixture
def viewer(qc_shared):
    return qc_shared[0]


@pytest.fixture
def dock(qc_dock):
    return qc_dock


@pytest.fixture(autouse=True)
def no_old_notifications():
    notification_manager.records.clear()


def test_a_lasso_on_the_picture_marks_depths_over_the_tracks(viewer, dock, restored, qtbot):
    draw_around(dock, box_of(dock, 0.0, 0.5))
    (layer,) = marked_layers(viewer)
    record = layer.metadata[KEY]
    scatter = dock._scatter
    expected = scatter.rows[scatter.y < np.mean(scatter.axes.get_ylim())]
    assert record["kind"] == "marked" and record["well"] is restored
    assert 0 < len(expected) < len(scatter.rows)
    np.testing.assert_array_equal(record["rows"], expected)
    np.testing.assert_allclose(np.sort(layer.data[:, 0, 0]), np.sort(restored.index[expected]))
    assert rings(dock) == len(expected)
    assert f"{len(expected)} samples marked" in dock.message.text()
    viewer.screenshot()
    focus(viewer, dock.canvas, qtbot)
    qtbot.keyClick(dock.canvas, Qt.Key.Key_Escape)
    assert rings(dock) == 0 and not len(layer.data)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("depths", [(1500, 1650), (1560, 1562)])
def test_curves_can_be_read_where_everything_is_marked(viewer, dock, restored, theme, depths):
    before = viewer.theme
    viewer.theme = theme
    try:
        dock._marks.mark(restored, np.ones(len(restored.index), bool))
        view_of(viewer).zoom_to(*depths)
        (layer,) = marked_layers(viewer)
        tinted = viewer.screenshot(flash=False).astype(int)[..., :3]
        layer.visible = False
        bare = viewer.screenshot(flash=False).astype(int)[..., :3]
        layer.visible = True
    finally:
        viewer.theme = before
    changed = np.abs(tinted - bare).max(axis=-1)
    assert (changed > 20).sum() > 10_000  # it is seen
    assert changed.max() < 0.4 * 255  # and hides nothing


def test_marks_change_nothing_in_the_file(viewer, dock, restored):
    draw_around(dock, box_of(dock))
    layers = [layer.as_layer_data_tuple() for layer in viewer.layers]
    assert "marked" in [meta["name"] for _, meta, _ in layers]
    saved = to_well(layers)
    made = [name for name in saved.curves if name not in restored.curves]
    assert made == ["DTC_RES", "DTC_P05", "DTC_P50", "DTC_P95", "DTC_FLAG"]


def test_shift_adds_to_the_marks_and_control_takes_away(viewer, dock):
    draw_around(dock, box_of(dock, 0.0, 0.5))
    first = dock.marked.sum()
    draw_around(dock, box_of(dock, 0.5, 1.0), Qt.KeyboardModifier.ShiftModifier)
    assert dock.marked.sum() == len(dock._scatter.rows) > first
    draw_around(dock, box_of(dock, 0.0, 0.5), Qt.KeyboardModifier.ControlModifier)
    assert dock.marked.sum() == len(dock._scatter.rows) - first
    draw_around(dock, box_of(dock, 0.0, 0.5))
    assert dock.marked.sum() == first
    assert len(marked_layers(viewer)) == 1


def test_a_click_on_the_picture_keeps_the_marks(dock):
    draw_around(dock, box_of(dock))
    before = dock.marked.sum()
    draw_around(dock, box_of(dock)[:1])
    assert dock.marked.sum() == before > 0


def test_marks_are_seen_on_the_other_pictures_too(dock):
    draw_around(dock, box_of(dock))
    count = int(dock.marked.sum())
    for plot in ("neutron", "sonic", "residuals"):
        choose(dock.plot_box, plot)
        dock.refresh()
        assert rings(dock) == count, plot


def test_marks_of_a_layer_that_is_deleted_are_gone(viewer, dock):
    draw_around(dock, box_of(dock))
    viewer.layers.remove(marked_layers(viewer)[0])
    dock.refresh()
    assert not dock.marked.any() and rings(dock) == 0


def test_a_brush_over_the_tracks_marks_depths_and_their_points(viewer, dock, drag, restored, qtbot):
    viewer.window._qt_window.activateWindow()
    focus(viewer, dock.canvas, qtbot)
    qtbot.keyClick(dock.canvas, Qt.Key.Key_B)
    assert dock.brush_button.isChecked()
    rect = view_of(viewer)._camera.rect
    try:
        drag(viewer, 1545, 1550, shift=False)
        inside = (restored.index >= 1545) & (restored.index <= 1550)
        assert dock.marked.sum() == pytest.approx(inside.sum(), abs=6)
        assert rings(dock) == dock.marked.sum() and dock._picker.intervals == []
        first = dock.marked.sum()
        drag(viewer, 1552, 1555, shift=True)  # adds, and is no interval
        assert dock.marked.sum() > first and dock._picker.intervals == []
        drag(viewer, 1530, 1570, shift=False)  # another stroke: instead of the first
        assert dock.marked.sum() > 200
        assert rings(dock) == len(dock._scatter.rows)  # those that have points
        np.testing.assert_allclose(view_of(viewer)._camera.rect, rect)  # nothing was panned
    finally:
        dock.brush_button.setChecked(False)
    drag(viewer, 1545, 1550)
    assert len(dock._picker.intervals) == 1  # with Shift, as ever


def test_without_the_brush_a_drag_pans_and_marks_nothing(viewer, dock, drag):
    rect = view_of(viewer)._camera.rect
    drag(viewer, 1540, 1550, shift=False)
    assert not dock.marked.any()
    assert not np.allclose(view_of(viewer)._camera.rect, rect)


def test_a_box_is_moved_over_the_points_with_the_keyboard(viewer, dock, qtbot):
    canvas, shift = dock.canvas, Qt.KeyboardModifier.ShiftModifier
    control, none = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier

    def press(key, times=1, held=none) -> None:
        for _ in range(times):
            qtbot.keyClick(canvas, key, held)

    focus(viewer, canvas, qtbot)
    press(Qt.Key.Key_Return)
    assert not dock.marked.any() and not dock._box.shown
    press(Qt.Key.Key_Right)
    assert dock._box.shown
    press(Qt.Key.Key_Right, 30, shift)
    press(Qt.Key.Key_Up, 30, shift)  # all of the axes
    press(Qt.Key.Key_Return)
    everything = len(dock._scatter.rows)
    assert dock.marked.sum() == everything == rings(dock)
    press(Qt.Key.Key_Down, 13)  # the lower half
    press(Qt.Key.Key_Return, 1, control)
    upper = dock._scatter.y > np.mean(dock._scatter.axes.get_ylim())
    assert dock.marked.sum() == pytest.approx(upper.sum(), abs=0.1 * everything)
    assert 0 < dock.marked.sum() < everything
    press(Qt.Key.Key_Return, 1, shift)
    assert dock.marked.sum() == everything
    press(Qt.Key.Key_Escape)
    assert not dock.marked.any() and not dock._box.shown


def test_depths_in_view_and_intervals_are_marked_with_a_key(viewer, dock, restored, qtbot):
    focus(viewer, dock.canvas, qtbot)
    view_of(viewer).zoom_to(1550, 1560)
    top, base = view_of(viewer).depths_seen(restored)
    qtbot.keyClick(dock.canvas, Qt.Key.Key_M)
    seen = (restored.index >= top) & (restored.index <= base)
    np.testing.assert_array_equal(dock.marked, seen)
    dock._picker.intervals = [(1600.0, 1605.0)]
    qtbot.keyClick(dock.canvas, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    both = seen | ((restored.index >= 1599.9) & (restored.index <= 1605.1))
    assert abs(int(dock.marked.sum()) - int(both.sum())) <= 3
    qtbot.keyClick(dock.canvas, Qt.Key.Key_I)
    assert dock.marked.sum() < seen.sum()


def test_scattered_marks_become_few_intervals_and_their_number_is_told(dock, restored):
    rows = np.zeros(len(restored.index), bool)
    for depth in (1510.0, 1511.0, 1512.5, 1530.0, 1540.0):  # single samples, three near each other
        rows[np.argmin(np.abs(restored.index - depth))] = True
    dock._marks.mark(restored, rows)
    dock._light()
    dock.pick_button.click()
    spans = dock._picker.intervals
    assert len(spans) == 3 and all(base - top > 0.3 for top, base in spans)
    length = sum(restored.length_of(*span) for span in spans)  # as the Restore dock's table has it
    assert dock.message.text().startswith(f"3 intervals picked, {length:.2f} m in all")
    dock.pick_button.click()
    assert len(dock._picker.intervals) == 3 and "0 intervals picked." in dock.message.text()


def test_marked_depths_become_intervals_to_be_restored(dock, restored):
    dock._marks.mark(restored, (restored.index > 1545) & (restored.index < 1550))
    dock._light()
    dock.pick_button.click()
    ((top, base),) = dock._picker.intervals
    assert top == pytest.approx(1545, abs=0.2) and base == pytest.approx(1550, abs=0.2)
    dock.pick_button.click()
    assert len(dock._picker.intervals) == 1


def test_a_pick_over_the_tracks_puts_rings_around_its_points(viewer, dock, drag, qtbot):
    assert rings(dock) == 0
    drag(viewer, 1545, 1550)
    qtbot.waitUntil(lambda: rings(dock) > 0, timeout=30_000)
    inside = (dock.source.well.index >= 1545) & (dock.source.well.index <= 1550)
    assert rings(dock) == pytest.approx(inside.sum(), abs=4)
    assert "1 interval picked" in dock.message.text()


def test_one_drag_is_one_interval_also_with_the_restore_dock_open(viewer, dock, drag):
    other = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    try:
        drag(viewer, 1545, 1550)
        assert len(dock._picker.intervals) == 1
        assert other._picker.intervals == dock._picker.intervals
        assert other.interval_table.rowCount() == 1
        assert viewer.scene.camera.mouse_pan
    finally:
        viewer.window.remove_dock_widget(other)
