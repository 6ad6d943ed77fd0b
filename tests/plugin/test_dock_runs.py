"""The Restore dock: its tables, its runs, and what it does when something goes wrong."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, Qt

import welllog.candidates
from napari_welllog._jobs import Job
from napari_welllog._log_view import view_of
from napari_welllog._restore_widget import RestoreWidget
from napari_welllog._viewer_session import session_of
from welllog.formats import read
from welllog.session import State, Work


def tick(dock, *curves: str) -> None:
    dock.curve_list.tick(*curves)


def wait_until_idle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)


def forget(viewer) -> None:
    """Take all work off the wells of a viewer."""
    home = session_of(viewer)
    works = [Work(work.key, work.well) for work in home.session.state.works]
    home.session.state = State(tuple(works))
    home._show()


def names(viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


def errors() -> list[str]:
    return [n.message for n in notification_manager.records if str(n.severity) == "error"]


@pytest.fixture
def viewer(shared_viewer):
    """The module's viewer, as each test expects it."""
    viewer, _ = shared_viewer
    view_of(viewer).fit()
    return viewer


@pytest.fixture
def dock(shared_viewer):
    """The module's dock; what a test leaves behind is taken away."""
    viewer, dock = shared_viewer
    tick(dock, "DTC")
    dock.where_buttons["gaps"].setChecked(True)
    dock.model_list.tick("interpolation")
    dock.tabs.setCurrentIndex(0)
    yield dock
    dock._picker.intervals = []
    forget(viewer)


@pytest.fixture(autouse=True)
def no_old_notifications():
    notification_manager.records.clear()


def test_the_gaps_of_a_file_are_listed_and_filled(viewer, dock, qtbot, gappy_las):
    assert dock.chosen_curves == ["DTC"]  # the only one with a gap
    assert dock.gap_table.rowCount() == 1
    assert float(dock.gap_table.item(0, 1).text()) == pytest.approx(1560, abs=0.2)
    dock.model_list.tick("interpolation")
    dock.run()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    band = viewer.layers["DTC by interpolation 90 % band"]
    assert band.data[:, 0, 0].min() == pytest.approx(1560, abs=0.2)


def test_a_second_run_of_a_model_replaces_its_candidate(viewer, dock, qtbot, gappy_las):
    dock.run()
    wait_until_idle(dock, qtbot)
    first = names(viewer)
    dock._picker.intervals = [(1600.0, 1630.0), (1510.0, 1520.0)]  # another length, two runs
    dock.run()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    assert sorted(set(names(viewer)) - {"intervals"}) == sorted(first)
    assert len(names(viewer)) == len(first) + 1
    depths = viewer.layers["DTC by interpolation 90 % band"].data[:, 0, 0]
    assert depths.min() == pytest.approx(1510, abs=0.2)
    assert not ((depths > 1521) & (depths < 1599)).any()
    viewer.screenshot()


def test_only_what_was_accepted_is_saved(viewer, dock, qtbot, tmp_path):
    dock._picker.intervals = [(1600.0, 1630.0), (1510.0, 1520.0)]
    dock.run()
    wait_until_idle(dock, qtbot)
    dock.save_to(str(tmp_path / "none.las"))
    assert "2 intervals are not decided" in dock.message.text()
    assert "DTC_RES" not in read(tmp_path / "none.las").curves
    dock.review.decision_table.selectRow(0)
    dock.review.accept_button.click()
    dock.save_to(str(tmp_path / "one.las"))
    assert "1 interval is not decided" in dock.message.text()
    saved = read(tmp_path / "one.las")
    filled = saved.index[saved.values("DTC_FLAG") > 0]
    assert filled.min() == pytest.approx(1510, abs=0.2) and filled.max() < 1521
    assert "DTC_RES_2" not in saved.curves


def test_two_runs_at_once_are_queued(viewer, dock, qtbot, monkeypatch):
    go_on, asked = threading.Event(), []
    real = welllog.candidates.restore

    def slow(well, curves, spans, model, device, *, edited, progress):
        asked.append(model)
        go_on.wait(10)
        return real(well, curves, spans, model, device, progress=progress)

    monkeypatch.setattr(welllog.candidates, "restore", slow)
    dock.run()
    qtbot.waitUntil(lambda: asked == ["interpolation"], timeout=30_000)
    dock.model_list.tick("kriging")
    dock.run()
    assert "1 more run will follow" in dock.message.text() and asked == ["interpolation"]
    go_on.set()
    wait_until_idle(dock, qtbot)
    assert asked == ["interpolation", "kriging"]
    assert {"DTC by interpolation", "DTC by kriging"} <= set(names(viewer))


def test_a_run_that_has_ended_is_let_go_of(viewer, dock, qtbot):
    for _ in range(3):
        dock.run()
        wait_until_idle(dock, qtbot)
    qtbot.waitUntil(lambda: dock._queue.findChildren(Job) == [], timeout=30_000)


def test_a_run_that_is_cancelled_leaves_nothing(viewer, dock, qtbot, gappy_las, monkeypatch):
    started, stopped = threading.Event(), threading.Event()

    def restore_for_ever(*args, progress, **settings):
        try:
            while True:
                progress(0.5, "half way")
                started.set()
                stopped.wait(0.01)
        finally:
            stopped.set()

    monkeypatch.setattr(welllog.candidates, "restore", restore_for_ever)
    before = names(viewer)
    dock.run()
    qtbot.waitUntil(started.is_set, timeout=30_000)
    qtbot.waitUntil(lambda: dock.progress_bar.value() == 500, timeout=30_000)
    dock.run()  # it waits, and is cancelled too
    qtbot.mouseClick(dock.cancel_button, Qt.MouseButton.LeftButton)
    wait_until_idle(dock, qtbot)
    assert stopped.is_set()
    assert names(viewer) == before and errors() == []
    assert dock.run_button.isEnabled() and not dock.cancel_button.isEnabled()


def test_a_result_that_comes_after_cancel_is_dropped(viewer, dock, qtbot, gappy_las, monkeypatch):
    go_on = threading.Event()
    real = welllog.candidates.restore

    def restore_deaf(well, curves, spans, model, device, *, edited, progress):
        go_on.wait(10)
        return real(well, curves, spans, "interpolation", device)

    monkeypatch.setattr(welllog.candidates, "restore", restore_deaf)
    before = names(viewer)
    dock.run()
    dock.cancel()
    go_on.set()
    wait_until_idle(dock, qtbot)
    assert names(viewer) == before


def test_an_error_in_the_worker_is_a_notification(viewer, dock, qtbot, gappy_las, monkeypatch):
    def fail(*args, **settings):
        raise ZeroDivisionError("a bug in the engine")

    monkeypatch.setattr(welllog.candidates, "restore", fail)
    dock.run()
    wait_until_idle(dock, qtbot)
    assert any("a bug in the engine" in message for message in errors())
    assert dock.run_button.isEnabled()


def test_saving_over_the_source_is_a_notification(viewer, dock, gappy_las):
    before = gappy_las.read_bytes()
    dock.save_to(str(gappy_las))
    assert len(errors()) == 1
    assert gappy_las.read_bytes() == before


def test_depths_can_be_typed_and_intervals_removed(viewer, dock, drag):
    dock._picker.intervals = [(1510.0, 1520.0), (1530.0, 1540.0)]
    first, second = dock._picker.intervals
    dock.interval_table.item(0, 1).setText("1525")
    assert dock._picker.intervals[0][1] == pytest.approx(1525, abs=0.1)
    dock.interval_table.item(0, 0).setText("deep")  # no number: as it was
    assert dock._picker.intervals[0][0] == first[0]
    kept = dock._picker.intervals
    dock.interval_table.item(0, 0).setText("99999")  # below the well: as it was, and said so
    assert dock._picker.intervals == kept
    assert "1500.00 to" in dock.message.text()
    dock.interval_table.selectRow(0)
    dock.remove_button.click()
    assert dock._picker.intervals == [second]
    dock.add_button.click()
    assert dock.interval_table.rowCount() == 2


def test_what_is_missing_for_a_run_is_said(viewer, dock):
    assert dock.run_button.isEnabled() and not dock.reason.isVisible()
    tick(dock)
    assert not dock.run_button.isEnabled() and "curve" in dock.reason.text()
    tick(dock, "RHOB")
    assert not dock.run_button.isEnabled() and "no gaps" in dock.reason.text()
    dock.where_buttons["picked"].setChecked(True)
    assert not dock.run_button.isEnabled() and "drag" in dock.reason.text()
    dock._picker.intervals = [(1510.0, 1520.0)]
    assert dock.run_button.isEnabled() and not dock.reason.isVisible()


def test_every_curve_can_be_seen_and_ticked_with_the_mouse(viewer, dock, qtbot):
    curves = dock.curve_list
    for row in range(curves.count()):
        item = curves.item(row)
        box = curves.visualItemRect(item)
        assert curves.viewport().rect().contains(box)
        before = item.checkState()
        place = QPoint(box.left() + 10, box.center().y())
        qtbot.mouseClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert item.checkState() != before, item.text()


def test_of_several_curves_with_gaps_the_one_that_misses_most_is_ticked(viewer, dock, qtbot):
    well = dock.well.copy()
    for name, (top, base) in {"RHOB": (1520, 1550), "NPHI": (1600, 1605)}.items():
        values = well.values(name).copy()
        values[(well.index >= top) & (well.index <= base)] = np.nan
        well.curves.pop(name)
        well.add_curve(name, values)
    well.name = "many gaps"
    dock._settings.remove("curves")
    made = view_of(viewer).make_layers(well)
    try:
        for data, meta, kind in made:
            getattr(viewer, f"add_{kind}")(data, **meta)
        dock.well_box.setCurrentIndex(dock.well_box.count() - 1)
        assert dock.well is well and dock.chosen_curves == ["RHOB"]
        assert (
            "1 gap, 30" in dock.curve_list.findItems("RHOB", Qt.MatchFlag.MatchExactly)[0].toolTip()
        )
        (nphi,) = (layer for layer in viewer.layers if layer.name.startswith("NPHI ·"))
        qtbot.wait(20)
        viewer.layers.selection.active = nphi  # as a click in the list of layers
        qtbot.waitUntil(lambda: dock.chosen_curves == ["NPHI"], timeout=30_000)
        dock.curve_list.show_names(dict.fromkeys(["RHOB", "NPHI"], ""), {"RHOB"})
        dock._picker.intervals = [(1520.0, 1530.0)]  # its layer is added, and NPHI selected again
        qtbot.wait(20)
        assert dock.chosen_curves == ["RHOB"]
        dock._picker.intervals = []
        dock._curves.fill()
        qtbot.mouseClick(dock.all_button, Qt.MouseButton.LeftButton)
        assert dock.chosen_curves == ["RHOB", "NPHI", "DTC"]
        viewer.layers.selection.active = viewer.layers["DTC"]
        qtbot.wait(20)
        viewer.layers.selection.active = nphi  # what was ticked by hand stays
        qtbot.wait(20)
        assert dock.chosen_curves == ["RHOB", "NPHI", "DTC"]
        qtbot.mouseClick(dock.none_button, Qt.MouseButton.LeftButton)
        assert dock.chosen_curves == []
    finally:
        for layer, record in view_of(viewer).records():
            if record["well"] is well:
                viewer.layers.remove(layer)
        qtbot.waitUntil(lambda: len(session_of(viewer).session.state.works) == 1, timeout=30_000)


def test_an_interval_without_length_is_refused_with_a_line(viewer, dock):
    dock._picker.intervals = [(1510.0, 1520.0)]
    before = dock._picker.intervals
    dock.interval_table.item(0, 1).setText(dock.interval_table.item(0, 0).text())
    assert dock._picker.intervals == before
    assert "has some length" in dock.message.text()


def test_realisations_are_thin_lines_under_their_candidate_and_are_kept(
    viewer, dock, qtbot, tmp_path
):
    dock.realisations_box.setValue(3)
    try:
        dock.run()
        wait_until_idle(dock, qtbot)
    finally:
        dock.realisations_box.setValue(0)
    assert errors() == []
    order = names(viewer)
    line, thin = (
        order.index("DTC by interpolation"),
        order.index("DTC by interpolation realisations"),
    )
    assert order.index("DTC by interpolation 90 % band") < thin < line
    layer = viewer.layers[thin]
    assert layer.visible and layer.edge_width < viewer.layers[line].edge_width
    work = session_of(viewer).session.state.works[0]
    filled = int((work.candidates[0].curve.flag > 0).sum())
    assert len(layer.data) == 3 * (filled - 1)
    viewer.screenshot()
    assert "realisations=3" in session_of(viewer).session.log[-1]
    dock.review.accept_button.click()
    assert not layer.visible  # decided: out of the way with its candidate
    dock.save_to(str(tmp_path / "out.las"))
    assert {"DTC_R1", "DTC_R2", "DTC_R3"} <= set(read(tmp_path / "out.las").curves)
    dock.run()  # without them: the layer goes
    wait_until_idle(dock, qtbot)
    session_of(viewer).session.undo()
    session_of(viewer).session.undo()
    session_of(viewer).session.undo()
    assert "DTC by interpolation realisations" not in names(viewer)


def test_on_a_small_screen_nothing_is_cut_off_and_run_and_accept_are_in_reach(viewer, dock, qtbot):
    window = viewer.window._qt_window
    before = window.size()
    dock.run()
    wait_until_idle(dock, qtbot)
    window.resize(1280, 720)
    try:
        for tab in range(dock.tabs.count()):
            dock.tabs.setCurrentIndex(tab)
            qtbot.wait(100)
            area = dock.tabs.widget(tab)
            assert area.widget().width() <= area.viewport().width()
            assert area.widget().minimumSizeHint().width() <= area.viewport().width()
            buttons = [dock.run_button, dock.save_button]
            if tab == dock._review_tab:
                buttons += [dock.review.accept_button, dock.review.reject_button]
            for button in buttons:
                assert button.visibleRegion().boundingRect().size() == button.size(), button.text()
        assert (window.width(), window.height()) == (1280, 720)
    finally:
        window.resize(before)


def test_the_pick_button_makes_a_plain_drag_pick_and_not_pan(viewer, dock, drag):
    dock.pick_button.setChecked(True)
    depths = view_of(viewer)._camera.rect[2:]
    drag(viewer, 1520, 1530, shift=False)
    assert len(dock._picker.intervals) == 1
    np.testing.assert_allclose(view_of(viewer)._camera.rect[2:], depths)
    dock.pick_button.setChecked(False)
    drag(viewer, 1540, 1550, shift=False)
    assert len(dock._picker.intervals) == 1
    assert not np.allclose(view_of(viewer)._camera.rect[2:], depths)


def test_an_interval_layer_deleted_by_hand_empties_the_table(viewer, dock):
    dock._picker.intervals = [(1510.0, 1520.0)]
    viewer.layers.remove("intervals")
    assert dock.interval_table.rowCount() == 0
    assert dock._picker.intervals == []


def test_whole_curves_are_predicted(viewer, dock, qtbot, monkeypatch):
    tick(dock, "DTC")
    dock.where_buttons["whole"].setChecked(True)
    dock.model_list.tick("lightgbm-gp")
    asked = []

    def cheap(well, curve, model, device, *, edited, progress):
        asked.append((curve, model))
        return welllog.candidates.restore(well, curve, [(1510, 1640)], "interpolation")

    monkeypatch.setattr(welllog.candidates, "synthesize", cheap)
    dock.run()
    wait_until_idle(dock, qtbot)
    assert asked == [("DTC", "lightgbm-gp")] and errors() == []
    assert "whole=True" in session_of(viewer).session.log[-1]


@pytest.mark.parametrize("ratio", [1.84, 1.1, None])
def test_a_well_that_is_strange_to_the_model_is_told_with_what_to_do(
    viewer, dock, qtbot, monkeypatch, ratio
):
    def synthesize(well, curve, model, device, *, edited, progress):
        made = welllog.candidates.restore(well, curve, [(1510, 1640)], "interpolation")
        return replace(made, curves={"DTC": replace(made["DTC"], error_on_others=ratio)})

    monkeypatch.setattr(welllog.candidates, "synthesize", synthesize)
    dock.where_buttons["whole"].setChecked(True)
    dock.run()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    said = "the well's other curves are foretold 1.8 times worse than usual: is this well like"
    review = dock.review
    assert (said in dock.message.text()) == (ratio == 1.84)
    assert (f"By interpolation {said}" in review.verdict.text()) == (ratio == 1.84)
    assert "Not tested on this well yet." in review.verdict.text()
    assert ("compare offset wells" in review.verdict.toolTip()) == (ratio == 1.84)


def test_shift_and_wheel_widen_the_tracks(viewer):
    left, right, top, base = view_of(viewer)._camera.rect
    event = type("Event", (), {"modifiers": ["Shift"], "delta": (0, 2), "position": (1500.0, 50.0)})
    view_of(viewer)._on_wheel(viewer, event)
    after = view_of(viewer)._camera.rect
    assert after[1] - after[0] < right - left
    np.testing.assert_allclose(after[2:], (top, base))


def test_a_dock_that_is_closed_stops_its_run(viewer, qtbot, monkeypatch):
    stopped = threading.Event()

    def restore_for_ever(*args, progress, **settings):
        try:
            while True:
                progress(0.5, "half way")
                stopped.wait(0.01)
        finally:
            stopped.set()

    monkeypatch.setattr(welllog.candidates, "restore", restore_for_ever)
    other = RestoreWidget(viewer)
    tick(other, "DTC")
    other.model_list.tick("interpolation")
    other.run()
    assert other._job is not None
    qtbot.wait(100)
    other.deleteLater()
    del other
    qtbot.waitUntil(stopped.is_set, timeout=30_000)


def test_a_curve_the_well_lacks_can_be_predicted_and_gets_a_track(
    viewer, dock, qtbot, gappy_las, monkeypatch
):
    def synthesize(well, curve, model, device, *, edited, progress):
        """Call what was made for DTC by another name: a true model of DTS takes a minute."""
        made = welllog.candidates.restore(well, "DTC", [(1510, 1640)], "interpolation")
        return replace(made, curves={curve: replace(made["DTC"], mnemonic=curve, canonical=curve)})

    monkeypatch.setattr(welllog.candidates, "synthesize", synthesize)
    tick(dock, "DTS")
    assert not dock.run_button.isEnabled()  # it has no gaps to fill
    dock.where_buttons["whole"].setChecked(True)
    tracks = len(view_of(viewer).places(dock.well))
    dock.run()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    assert {"DTS", "DTS by interpolation", "DTS by interpolation 90 % band"} <= set(names(viewer))
    header = viewer.canvas.overlays["welllog_header"]
    assert header.tracks[-1].track.curves[0].mnemonic == "DTS"
    assert len(view_of(viewer).places(dock.well)) == tracks + 1
    viewer.screenshot()
    session_of(viewer).session.undo()
    assert "DTS" not in names(viewer) and len(view_of(viewer).places(dock.well)) == tracks
