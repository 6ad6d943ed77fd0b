"""The plugin driven as a person drives it: real files, real mouse events, a real viewer."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt

from napari_welllog._layers import describe, to_layers
from napari_welllog._places import edges
from napari_welllog._viewer_session import session_of
from welllog.formats import read, write
from welllog.restoration import restore


def tick(dock, *curves: str) -> None:
    dock.curve_list.tick(*curves)


def wait_until_idle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)


def names(viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


def errors() -> list[str]:
    return [n.message for n in notification_manager.records if str(n.severity) == "error"]


@pytest.fixture(autouse=True)
def no_old_notifications():
    notification_manager.records.clear()


def test_open_pick_restore_save_and_read_back(
    viewer, dock, open_las, drag, qtbot, whole_las, tmp_path
):
    open_las(whole_las)
    assert {"GR", "DTC", "RHOB"} <= set(names(viewer))
    assert dock.well.name and dock.gap_table.rowCount() == 0 and not dock.run_button.isEnabled()

    drag(viewer, 1540, 1560)
    ((top, base),) = dock._picker.intervals
    under = {
        own
        for own, place in dock._view.places(dock.well).items()
        if edges(place)[0] <= dock._picker.pressed_at <= edges(place)[1]
    }
    assert set(dock.chosen_curves) == under and under  # those of the track dragged over
    assert top == pytest.approx(1540, abs=1) and base == pytest.approx(1560, abs=1)
    assert top in dock.well.index and base in dock.well.index
    assert dock.where == "picked" and dock.interval_table.rowCount() == 1

    tick(dock, "DTC")
    dock.model_list.tick("interpolation")
    qtbot.mouseClick(dock.run_button, Qt.MouseButton.LeftButton)
    wait_until_idle(dock, qtbot)
    assert errors() == []
    assert {"DTC by interpolation", "DTC by interpolation 90 % band"} <= set(names(viewer))
    assert "DTC" in dock.message.text() and "accept what you believe" in dock.message.text()
    qtbot.mouseClick(dock.review.accept_button, Qt.MouseButton.LeftButton)
    assert {"DTC restored", "DTC 90 % band"} <= set(names(viewer))

    out = tmp_path / "out.las"
    dock.save_to(str(out))
    assert dock.message.text() == f"Saved {out}"
    saved, source = read(out), read(whole_las)
    inside = (saved.index >= top) & (saved.index <= base)
    np.testing.assert_array_equal(saved.values("DTC"), source.values("DTC"))
    np.testing.assert_array_equal(saved.values("DTC_FLAG") > 0, inside)
    assert np.isfinite(saved.values("DTC_RES")[inside]).all()
    assert (saved.values("DTC_P05")[inside] <= saved.values("DTC_P95")[inside]).all()


def test_a_file_that_is_not_a_log_is_a_notification(viewer, open_las, tmp_path):
    bad = tmp_path / "bad.las"
    bad.write_bytes(b"\x00\x01 this is no log \xff" * 50)
    open_las(bad)
    assert len(viewer.layers) == 0
    assert len(errors()) == 1 and errors()[0].startswith("bad.las: ")
    assert errors()[0].count("bad.las") == 1 and str(tmp_path) not in errors()[0]


def test_the_dock_remembers_model_device_and_curves(
    viewer, dock, open_las, qtbot, gappy_las, monkeypatch
):
    open_las(gappy_las)
    tick(dock, "DTC", "RHOB")
    dock.model_list.tick("interpolation")
    dock.device_box.setCurrentText("cpu")
    dock.run()
    wait_until_idle(dock, qtbot)
    again = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    viewer.window.remove_dock_widget(again)
    from napari_welllog._restore_widget import RestoreWidget

    fresh = RestoreWidget(viewer)
    qtbot.addWidget(fresh)
    assert fresh.model_list.ticked == ["interpolation"]
    assert fresh.device_box.currentText() == "cpu"
    assert set(fresh.chosen_curves) == {"DTC", "RHOB"}


def test_the_dock_opens_before_any_well_and_closes_with_the_last(viewer, dock, open_las, whole_las):
    assert dock.well is None and not dock.run_button.isEnabled()
    open_las(whole_las)
    assert dock.well is not None
    viewer.layers.clear()
    assert dock.well is None and not dock.save_button.isEnabled()
    assert describe({}) is None


def test_a_second_restoration_stands_beside_the_one_in_the_file(
    viewer, dock, open_las, qtbot, whole_las, tmp_path
):
    first = tmp_path / "first.las"
    write(restore(read(whole_las), "DTC", [(1540, 1560)], "interpolation").well, first)
    open_las(first)
    tick(dock, "DTC")
    dock.model_list.tick("interpolation")
    for _ in range(2):  # what is not saved yet is replaced, what the file holds is not
        dock._picker.intervals = [(1600.0, 1610.0)]
        dock.run()
        wait_until_idle(dock, qtbot)
        dock.review.accept()
    assert errors() == []
    restored = [name for name in names(viewer) if "restored" in name]
    assert sorted(restored) == ["DTC restored", "DTC restored 2"]
    second = tmp_path / "second.las"
    dock.save_to(str(second))
    before, after = read(first), read(second)
    for name in before.curves:
        np.testing.assert_array_equal(after.values(name), before.values(name))
    filled = after.index[after.values("DTC_FLAG_2") > 0]
    assert filled[0] >= 1599 and filled[-1] <= 1611
    again = [meta["name"] for _, meta, _ in to_layers(after)]
    assert sorted(name for name in again if "restored" in name) == sorted(restored)


def test_a_whole_session_is_kept_closed_and_opened_again(
    viewer, dock, open_las, qtbot, drag, whole_las, tmp_path
):
    open_las(whole_las)
    drag(viewer, 1540, 1560)
    dock.curve_list.tick("DTC")
    dock.model_list.tick("interpolation")
    qtbot.mouseClick(dock.run_button, Qt.MouseButton.LeftButton)
    wait_until_idle(dock, qtbot)
    qtbot.mouseClick(dock.review.accept_button, Qt.MouseButton.LeftButton)
    dock.save_to(str(tmp_path / "first.las"))
    dock.review.store(tmp_path / "work.wellsession")
    assert dock.message.text().startswith("Session kept")
    shown, picked = names(viewer), dock._picker.intervals
    viewer.layers.clear()
    qtbot.waitUntil(lambda: not session_of(viewer).session.state.works, timeout=5000)
    viewer.open(str(tmp_path / "work.wellsession"), plugin="napari-welllog")
    qtbot.waitUntil(lambda: sorted(names(viewer)) == sorted(shown), timeout=5000)
    assert dock._picker.intervals == picked
    assert dock.review.decision_table.item(0, 4).text() == "interpolation"
    dock.save_to(str(tmp_path / "second.las"))
    first, second = read(tmp_path / "first.las"), read(tmp_path / "second.las")
    assert list(first.curves) == list(second.curves)
    for name in first.curves:
        np.testing.assert_array_equal(first.values(name), second.values(name))
    assert errors() == []
