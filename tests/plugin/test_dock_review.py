"""The Review tab: candidates compared, decided about and undone with mouse and keys; sessions."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QGuiApplication, QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_welllog import _autosave
from napari_welllog._edit_panel import EditPanel
from napari_welllog._log_view import view_of
from napari_welllog._places import edges
from napari_welllog._review_panel import ReviewPanel
from napari_welllog._template_memory import remember
from napari_welllog._viewer_session import session_of
from welllog.session import State, Work


def errors() -> list[str]:
    return [n.message for n in notification_manager.records if str(n.severity) == "error"]


def names(viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


def wait_until_idle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)


@pytest.fixture
def viewer(shared_viewer):
    viewer, _ = shared_viewer
    view_of(viewer).fit()
    return viewer


@pytest.fixture
def session(viewer):
    return session_of(viewer).session


@pytest.fixture
def dock(shared_viewer, viewer, session, qtbot):
    """The dock with two candidates for two intervals of DTC; all work is taken away in the end."""
    notification_manager.records.clear()
    _, dock = shared_viewer
    dock.curve_list.tick("DTC")
    dock.model_list.tick("interpolation", "kriging")
    dock._picker.intervals = [(1520.0, 1530.0), (1600.0, 1620.0)]
    session._past.clear()
    del session.log[3:]  # all but the well
    dock.run()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    yield dock
    dock.review.draw_button.setChecked(False)
    dock._picker.intervals = []
    session.state = State(tuple(Work(work.key, work.well) for work in session.state.works))
    session_of(viewer)._show()


def click_row(table, row, qtbot, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = table.visualItemRect(table.item(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, pos=place)


def press(dock, key, qtbot, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    dock.window().activateWindow()
    dock.review.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is dock.review, timeout=30_000)
    qtbot.keyClick(dock.review, key, modifier)


def stands(dock) -> list[str]:
    table = dock.review.decision_table
    return [table.item(row, 4).text() for row in range(table.rowCount())]


def test_a_run_lists_intervals_and_candidates_in_the_colours_of_their_lines(viewer, dock):
    review = dock.review
    assert review.isVisible() and stands(dock) == ["–", "–"]
    assert review.candidate_table.names == ["DTC by interpolation", "DTC by kriging"]
    for row, name in enumerate(review.candidate_table.names):
        swatch = review.candidate_table.item(row, 0).icon().pixmap(8, 8).toImage().pixelColor(4, 4)
        line = np.round(viewer.layers[name].edge_color[0][:3] * 255)
        np.testing.assert_allclose(line, swatch.getRgb()[:3], atol=60)  # made legible on black


def test_only_the_band_of_the_candidate_selected_is_shown(viewer, dock, qtbot):
    def bands() -> list[bool]:
        return [
            viewer.layers[f"DTC by {m} 90 % band"].visible for m in ("interpolation", "kriging")
        ]

    assert bands() == [True, False]
    click_row(dock.review.candidate_table, 1, qtbot)
    assert bands() == [False, True]


def test_a_accepts_and_goes_on_to_the_next_open_interval(viewer, dock, qtbot):
    click_row(dock.review.candidate_table, 1, qtbot)
    press(dock, Qt.Key.Key_A, qtbot)
    assert stands(dock) == ["kriging", "–"] and "DTC restored" in names(viewer)
    assert viewer.layers["DTC by kriging"].visible
    _, _, top, base = view_of(viewer)._camera.rect
    assert top < 1600 and base > 1620 and base - top < 60
    press(dock, Qt.Key.Key_A, qtbot)
    assert stands(dock) == ["kriging", "kriging"]
    assert not viewer.layers["DTC by kriging"].visible  # all is decided: out of the way
    assert "Every interval is decided" in dock.message.text()


def test_undo_and_redo_bring_back_layers_and_tables(viewer, dock, qtbot):
    review = dock.review
    before = names(viewer)
    review.decision_table.selectAll()
    press(dock, Qt.Key.Key_A, qtbot)
    after, values = names(viewer), session_of(viewer).session.finished(
        session_of(viewer).key_of(dock.well))["DTC"].values  # fmt: skip
    assert "DTC restored" in after and "Accept" in review.undo_button.toolTip()
    press(dock, Qt.Key.Key_Z, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert names(viewer) == before and stands(dock) == ["–", "–"]
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    press(dock, Qt.Key.Key_Z, qtbot, both)
    assert sorted(names(viewer)) == sorted(after)
    again = session_of(viewer).session.finished(session_of(viewer).key_of(dock.well))
    np.testing.assert_array_equal(again["DTC"].values, values)


def test_one_click_is_one_step_back_however_many_intervals_it_was_about(
    viewer, dock, qtbot, session
):
    for key, said in ((Qt.Key.Key_A, "interpolation"), (Qt.Key.Key_R, "rejected")):
        dock.review.decision_table.selectAll()
        before = len(session._past)
        press(dock, key, qtbot)
        assert stands(dock) == [said, said] and len(session._past) == before + 1
        assert "2 intervals" in dock.review.undo_button.toolTip()
    press(dock, Qt.Key.Key_Z, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert stands(dock) == ["interpolation", "interpolation"]
    press(dock, Qt.Key.Key_Z, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert stands(dock) == ["–", "–"]
    panel = dock.edits
    panel.curve_box.setCurrentText("GR")
    panel.edit_box.setCurrentText("Remove in the intervals")
    before = len(session._past)
    panel.apply()
    assert len(session._past) == before + 1 and panel.done_list.count() == 2


def test_a_splice_offers_logs_of_the_same_unit_and_nothing_else(viewer, dock):
    well = dock.well.copy()
    for name, unit in (("x_loc", "_"), ("LITHOLOGY", "us/ft"), ("DTS", "us/ft"), ("DT:2", "us/ft")):
        well.add_curve(name, well.values("DTC"), unit=unit)
    panel = EditPanel(viewer)
    panel.look_at(well)
    panel.curve_box.setCurrentText("DTC")
    panel.edit_box.setCurrentText("Splice two runs")
    others = panel._inputs["other"]
    assert [others.itemText(row) for row in range(others.count())] == ["DT:2", "DTS"]
    panel.curve_box.setCurrentText("RHOB")
    assert panel._inputs["other"].count() == 0
    panel.deleteLater()


def test_picking_is_undone_too(viewer, dock, drag, session):
    picked = dock._picker.intervals
    drag(viewer, 1560, 1570)
    assert len(dock._picker.intervals) == 3 and session.undo_label == "Pick intervals"
    session.undo()
    assert dock._picker.intervals == picked and dock.interval_table.rowCount() == 2
    session.redo()
    assert len(dock._picker.intervals) == 3


def test_two_candidates_selected_are_blended(viewer, dock, qtbot, session):
    table = dock.review.candidate_table
    assert not dock.review.blend_button.isEnabled()
    click_row(table, 0, qtbot)
    click_row(table, 1, qtbot, Qt.KeyboardModifier.ControlModifier)
    press(dock, Qt.Key.Key_B, qtbot)
    assert stands(dock)[0] == "interpolation, kriging"
    work = session.state.works[0]
    inside = (work.well.index > 1521) & (work.well.index < 1529)
    wanted = np.mean([c.curve.values[inside] for c in work.candidates], axis=0)
    np.testing.assert_allclose(session.finished(work.key)["DTC"].values[inside], wanted)


def test_r_rejects_and_reopen_takes_it_back(viewer, dock, qtbot):
    press(dock, Qt.Key.Key_R, qtbot)
    assert stands(dock) == ["rejected", "–"] and "DTC restored" not in names(viewer)
    click_row(dock.review.decision_table, 0, qtbot)
    qtbot.mouseClick(dock.review.reopen_button, Qt.MouseButton.LeftButton)
    assert stands(dock) == ["–", "–"]


def test_n_and_p_walk_through_the_intervals(viewer, dock, qtbot):
    table = dock.review.decision_table
    assert table.selected_rows() == [0]
    for key, row in ((Qt.Key.Key_N, 1), (Qt.Key.Key_N, 1), (Qt.Key.Key_P, 0)):
        press(dock, key, qtbot)
        assert table.selected_rows() == [row]


def test_a_curve_is_drawn_with_the_mouse_and_the_view_stays(viewer, dock, qtbot, session):
    press(dock, Qt.Key.Key_D, qtbot)
    assert dock.review.draw_button.isChecked()
    canvas = viewer.window._qt_window._qt_viewer.canvas
    rect = view_of(viewer)._camera.rect
    place = view_of(viewer).places(dock.well)["DTC"]
    transform = canvas.view.scene.transform
    left_edge, right_edge = edges(place)
    x = transform.map([left_edge + 0.25 * (right_edge - left_edge), 0])[0]
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

    def send(kind, depth, button, buttons) -> None:
        at = QPointF(x, transform.map([0, depth])[1])
        beyond = QPointF(canvas.native.mapToGlobal(at.toPoint()))
        event = QMouseEvent(kind, at, beyond, button, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(canvas.native, event)
        qtbot.wait(40)

    send(QEvent.Type.MouseButtonPress, 1605, left, left)
    for depth in (1608, 1612, 1615):
        send(QEvent.Type.MouseMove, depth, none, left)
    assert "pen" in names(viewer)
    send(QEvent.Type.MouseButtonRelease, 1615, left, none)
    assert "pen" not in names(viewer)
    np.testing.assert_allclose(view_of(viewer)._camera.rect, rect)
    work = session.state.works[0]
    (decision,) = work.decisions
    assert decision.kind == "by hand" and decision.top == pytest.approx(1605, abs=1)
    assert decision.base == pytest.approx(1615, abs=1)
    scale = next(r["scale"] for _, r in view_of(viewer).records("curve") if r["curve"] == "DTC")
    wanted = scale.left + 0.25 * (scale.right - scale.left)
    inside = (work.well.index > 1606) & (work.well.index < 1614)
    drawn = session.finished(work.key)["DTC"].values[inside]
    np.testing.assert_allclose(drawn, wanted, atol=2)
    assert len(decision.points) < 10 < inside.sum() and len(session.log[-1]) < 400
    assert "by hand" in stands(dock)


def test_a_blind_test_fills_the_table_and_is_shown_in_the_tracks(viewer, dock, qtbot, session):
    assert "Not tested" in dock.review.verdict.text()
    press(dock, Qt.Key.Key_T, qtbot)
    wait_until_idle(dock, qtbot)
    assert errors() == []
    (test,) = session.state.works[0].blind_tests
    for top, base in test.intervals:  # never where the curve is to be replaced
        assert all(base < a or top > b for a, b in dock._picker.intervals)
    table = dock.review.candidate_table
    assert table.item(0, 1).text() == f"{test.score('interpolation').rmse:.3g}"
    assert "lightgbm-edge" in dock.review.verdict.text()
    qtbot.mouseClick(dock.review.blind_box, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert "DTC blind test of interpolation" in names(viewer)
    click_row(table, 1, qtbot)
    assert "DTC blind test of kriging" in names(viewer)
    assert "DTC blind test of interpolation" not in names(viewer)
    qtbot.mouseClick(dock.review.blind_box, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert not any("blind" in name for name in names(viewer))


def test_a_test_is_told_of_intervals_of_a_like_length_alone(viewer, dock, qtbot, session):
    review, key = dock.review, session.state.works[0].key
    session.score_blind(key, "DTC", 4.0, ["kriging"], count=2)

    def cells(row, model=1) -> tuple[list[str], str]:
        click_row(review.decision_table, row, qtbot)
        items = [review.candidate_table.item(model, column) for column in (1, 2)]
        return [item.text() for item in items], items[0].toolTip()

    shown, why = cells(0)
    assert shown == ["–", "–"] and "at 4 m, this interval is 10.21 m long" in why
    assert "Tested at 4 m, this interval is 10.21 m" in review.verdict.text()
    session.score_blind(key, "DTC", 12.0, ["kriging"], count=2)
    score = session.state.works[0].blind_tests[0].score("kriging")
    shown, why = cells(0)
    assert shown == [f"{score.rmse:.3g}", f"{score.coverage:.0%}"]
    assert why.endswith(f" of 12 m hidden, {score.samples} samples")
    assert cells(0, 0) == (["–", "–"], "interpolation was not in the test; test again (T)") or (
        "interpolation" in session.state.works[0].blind_tests[0].fills
    )
    click_row(review.decision_table, 1, qtbot)
    assert cells(1)[0] != ["–", "–"] and "Tested at" not in review.verdict.text()  # 20 m


def test_a_length_is_the_same_wherever_it_is_said(dock, qtbot, session):
    dock._picker.intervals = session.state.works[0].candidates[0].spans(dock.well.index)
    lengths = {
        table.item(row, columns).text()
        for table, columns in ((dock.review.decision_table, 3), (dock.interval_table, 2))
        for row in range(2)
    }
    assert lengths == {"10.21", "20.12"}
    for table in (dock.review.decision_table, dock.interval_table, dock.gap_table):
        column = table.columns.index("Length")
        assert "a step more" in table.horizontalHeaderItem(column).toolTip()


def test_what_was_said_goes_when_something_else_is_done(dock, qtbot, session):
    dock.review.decision_table.selectAll()
    press(dock, Qt.Key.Key_A, qtbot)
    assert "Every interval is decided" in dock.message.text()
    press(dock, Qt.Key.Key_Z, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert dock.message.text() == ""
    session.reject(session.state.works[0].key, "DTC", (1520.0, 1530.0))
    click_row(dock.review.decision_table, 1, qtbot)
    session.discard(session.state.works[0].key, "DTC by kriging")
    dock.review._attempt(session.accept, "no such well", "none")
    with dock.review._as_one_step("Accept"):
        session.reopen(session.state.works[0].key, "DTC", (1520.0, 1530.0))
        dock.review._attempt(session.accept, "no such well", "none")
    assert "there is no well no such well" in dock.message.text()  # of the step itself


def test_a_candidate_whose_layer_is_deleted_is_given_up_and_undo_brings_it_back(
    viewer, dock, qtbot, session
):
    viewer.layers.remove("DTC by kriging")
    qtbot.waitUntil(lambda: "DTC by kriging 90 % band" not in names(viewer), timeout=30_000)
    assert dock.review.candidate_table.names == ["DTC by interpolation"]
    session.undo()
    assert {"DTC by kriging", "DTC by kriging 90 % band"} <= set(names(viewer))


def test_an_edit_is_a_new_curve_over_the_measured_one_and_is_undone(viewer, dock, qtbot, session):
    dock.tabs.setCurrentIndex(2)
    panel = dock.edits
    panel.curve_box.setCurrentText("DTC")
    panel.edit_box.setCurrentText("Rescale")
    panel._inputs["gain"].setValue(1.05)
    qtbot.mouseClick(panel.apply_button, Qt.MouseButton.LeftButton)
    assert "DTC edited" in names(viewer) and "Rescale: DTC_ED" in dock.message.text()
    assert viewer.layers["DTC"].opacity < 0.5 and panel.done_list.count() == 1
    work = session.state.works[0]
    np.testing.assert_allclose(work.current.values("DTC_ED"), 1.05 * work.well.values("DTC"))
    dock.window().activateWindow()
    panel.setFocus()
    panel.apply_button.setFocus()
    qtbot.waitUntil(panel.apply_button.hasFocus, timeout=30_000)
    qtbot.keyClick(panel.apply_button, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "DTC edited" not in names(viewer) and viewer.layers["DTC"].opacity == 1.0
    assert panel.done_list.count() == 0


def test_an_edit_that_cannot_be_done_is_said(viewer, dock, qtbot):
    panel = dock.edits
    panel.edit_box.setCurrentText("Remove in bad hole")
    qtbot.mouseClick(panel.apply_button, Qt.MouseButton.LeftButton)
    assert "BAD_HOLE" in dock.message.text() and "DTC edited" not in names(viewer)


def test_a_report_and_a_print_are_written_from_the_dock(viewer, dock, qtbot, tmp_path):
    press(dock, Qt.Key.Key_A, qtbot)
    for name, scale in (("report.html", 0.0), ("print.pdf", 500.0)):
        dock.review.report_wanted.emit(str(tmp_path / name), scale)
        qtbot.waitUntil(lambda: dock._job is None, timeout=120_000)
        assert errors() == [] and name in dock.message.text()
    assert "template=" in session_of(viewer).session.log[-1]
    assert "interpolation" in (tmp_path / "report.html").read_text()
    assert (tmp_path / "print.pdf").read_bytes().startswith(b"%PDF")


def test_what_is_printed_is_drawn_as_in_the_viewer(viewer, dock, qtbot, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "welllog.prints.write_print", lambda *a, template, **k: drawn.append(template)
    )
    session = session_of(viewer).session
    remember(dock.well, "sonic")
    for _ in range(2):
        dock.review.report_wanted.emit(str(tmp_path / "print.pdf"), 500.0)
        wait_until_idle(dock, qtbot)
        session.edit_template(session.state.works[0].key, "move_track", 0, 1)
    remember(dock.well, None)
    assert [template.name for template in drawn] == ["Sonic", session.state.works[0].template.name]
    assert drawn[1] is session._past[-1][1].works[0].template


def test_what_was_done_is_python_on_the_clipboard(viewer, dock, qtbot, session):
    press(dock, Qt.Key.Key_A, qtbot)
    qtbot.mouseClick(dock.review.copy_button, Qt.MouseButton.LeftButton)
    names: dict = {}
    exec(QGuiApplication.clipboard().text(), names)
    ours, theirs = session.state.works[0], names["session"].state.works[-1]
    assert ours.decisions == theirs.decisions


def test_a_session_file_that_is_damaged_is_a_notification(viewer, tmp_path):
    notification_manager.records.clear()
    (tmp_path / "bad.wellsession").write_bytes(b"PK no session")
    viewer.open(str(tmp_path / "bad.wellsession"), plugin="napari-welllog")
    assert len(errors()) == 1 and "is no session file" in errors()[0]


@pytest.fixture
def autosave(viewer):
    """Keeps when it is told to alone: its clock may strike at any moment of a slow test."""
    found = session_of(viewer).autosave
    found._timer.stop()
    found.forget()
    yield found
    found.forget()


def test_work_is_kept_safe_until_it_is_closed(dock, autosave):
    autosave.keep()
    assert autosave.path.exists() and _autosave.find_orphans() == []  # its owner is alive
    stamp = autosave.path.stat().st_mtime_ns
    autosave.keep()
    assert autosave.path.stat().st_mtime_ns == stamp  # nothing was done since
    autosave.forget()
    assert not autosave.path.exists()


def test_edits_alone_are_kept_safe_too(dock, session, autosave):
    while session.undo_label:
        session.undo()
    autosave.keep()
    assert not autosave.path.exists()  # nothing was done yet
    session.edit(session.state.works[0].key, "despike", "GR")
    autosave.keep()
    assert autosave.path.exists()


def test_nothing_is_kept_once_the_window_is_closed(viewer, dock, autosave):
    window = viewer.window._qt_window
    window.hide()  # as after a close; a closed one would take the other tests along
    autosave.keep()
    assert not autosave.path.exists()
    window.show()
    autosave.keep()
    assert autosave.path.exists()


_CRASH = """
import os, sys
from pathlib import Path
from qtpy.QtWidgets import QApplication
from napari_welllog import _autosave
from welllog.session import Session
app = QApplication([])
_autosave.autosave_folder = lambda: Path(sys.argv[2])
session = Session()
key = session.open(sys.argv[1])
keeper = _autosave.Autosave(None, session, print)
session.restore(key, ["DTC"], ["kriging"], [(1520, 1530)])
session.accept(key, "DTC by kriging")
keeper.keep()
os._exit(1)
"""


def test_work_of_a_process_that_died_is_offered_and_goes_on(viewer, dock, qtbot, whole_las):
    folder = _autosave.autosave_folder()
    subprocess.run([sys.executable, "-c", _CRASH, str(whole_las), str(folder)], timeout=120)
    (path,) = _autosave.find_orphans()
    review = dock.review
    review.offer_orphans()
    assert review.orphan.isVisible() and "was not kept in a file" in review.orphan.text()
    fresh = ReviewPanel(viewer, print)  # before it is in a window, it has another palette
    dock.review.layout().addWidget(fresh)
    text = review.palette().windowText().color().name()
    qtbot.waitUntil(lambda: f'style="color: {text}"' in fresh.orphan.text())
    fresh.close_pen()
    fresh.deleteLater()
    session = session_of(viewer).session
    before = len(session.state.works)
    review.orphan.linkActivated.emit("open")
    qtbot.waitUntil(lambda: "DTC restored · " in " ".join(names(viewer)), timeout=30_000)
    assert len(session.state.works) == before + 1 and not path.exists()
    assert not review.orphan.isVisible()
    other = session.state.works[-1].well
    for layer, record in view_of(viewer).records():
        if record["well"] is other:
            viewer.layers.remove(layer)
    qtbot.waitUntil(lambda: len(session.state.works) == before, timeout=30_000)
