"""The Tracks dock: tracks changed by mouse and keys, seen in the viewer, undone, kept."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtGui import QColor
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QColorDialog, QFileDialog, QInputDialog, QMessageBox

from napari_welllog._log_view import view_of
from napari_welllog._places import edges
from napari_welllog._template_memory import find_template, remember
from napari_welllog._tracks_widget import TracksWidget
from napari_welllog._viewer_session import session_of
from welllog.templates import find_templates, read_template, user_folder, write_template

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
GR, RHOB, DTC = ("curve", 3, "GR"), ("curve", 5, "RHOB"), ("curve", 7, "DTC")
"""Rows of the triple combo."""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WELLLOG_TEMPLATES", str(tmp_path / "templates"))


@pytest.fixture(scope="module")
def shown(bare_viewer, las_folder):
    """Two wells beside each other, and the dock."""
    paths = [str(las_folder / "gappy.las"), str(las_folder / "whole.las")]
    bare_viewer.open(paths, plugin="napari-welllog")
    bare_viewer.window._qt_window.resize(1200, 1150)
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Tracks")[1]
    QApplication.processEvents()
    return bare_viewer, dock


@pytest.fixture
def viewer(shown):
    return shown[0]


@pytest.fixture
def session(shown):
    """The session of the viewer; what a test leaves is undone."""
    session = session_of(shown[0]).session
    del session._past[:], session._future[:]
    yield session
    while session.undo_label:
        session.undo()


@pytest.fixture
def dock(shown, session, qtbot):
    """The dock, on the first well, in a window that has the keyboard."""
    viewer, dock = shown
    view = view_of(viewer)
    first = min(view.wells(), key=lambda well: view.sides(well)[0])
    viewer.layers.selection.active = record_of(viewer, first, "GR")[0]
    viewer.window._qt_window.activateWindow()
    dock.message.setText("")
    dock._show(("track", 0))
    dock.tree.setFocus()
    QApplication.processEvents()
    yield dock
    dock.take()


def well_of(dock):
    return dock.well


def record_of(viewer, well, curve: str):
    return next(
        (layer, r)
        for layer, r in view_of(viewer).records("curve")
        if r["well"] is well and r["curve"] == curve
    )


def tracks_of(viewer, well) -> list[list[str]]:
    """Return the curves in each track of the header, from left to right."""
    header = viewer.canvas.overlays["welllog_header"].tracks
    return [
        [c.mnemonic for c in t.track.curves] for t in header if t.well is well and t.track.curves
    ]


def point_of(view, item, share: float = 0.5) -> QPoint:
    """Return where an item is in its window, some share of its height from its upper edge."""
    box = view.visualItemRect(item)
    at = QPoint(box.left() + 30, int(box.top() + share * box.height()))
    return view.viewport().mapTo(view.window(), at)


def drag(qtbot, widget, start: QPoint, end: QPoint) -> None:
    """Press, move and release the mouse: Qt runs a loop of its own while something is dragged."""
    window, done = widget.window().windowHandle(), []

    def move_on() -> None:
        for share in (0.5, 0.9, 1.0, 1.0):
            QTest.mouseMove(window, start + (end - start) * share)
            QTest.qWait(20)
        QTest.mouseRelease(window, LEFT, NONE, end)
        done.append(True)

    QTimer.singleShot(150, move_on)
    QTest.mousePress(window, LEFT, NONE, start)
    for down in (4, 20, 24):
        QTest.mouseMove(window, start + QPoint(0, down))
    qtbot.waitUntil(lambda: bool(done), timeout=30_000)
    qtbot.wait(20)


def test_a_curve_that_is_dragged_to_another_track_is_drawn_there(dock, viewer, session, qtbot):
    view, tree = view_of(viewer), dock.tree
    view.zoom_to(1550, 1580, well_of(dock))
    depths, layers = view.rect[2:], set(viewer.layers)
    start = point_of(tree, tree.item_of(DTC))
    drag(qtbot, tree, start, point_of(tree, tree.item_of(RHOB), 0.2))
    assert tracks_of(viewer, well_of(dock)) == [["GR"], ["DTC", "RHOB", "NPHI"]]
    assert view.rect[2:] == depths
    assert set(viewer.layers) == layers
    assert tree.row == ("curve", 5, "DTC")
    assert session.log[-1].strip().startswith("session.edit_template(")
    qtbot.keyClick(tree, Qt.Key.Key_Z, CTRL)
    assert tracks_of(viewer, well_of(dock)) == [["GR"], ["RHOB", "NPHI"], ["DTC"]]
    assert session.undo_label == ""


def test_a_curve_dragged_between_two_tracks_gets_one_of_its_own(dock, viewer, qtbot):
    tree = dock.tree
    start = point_of(tree, tree.item_of(("curve", 5, "NPHI")))
    drag(qtbot, tree, start, point_of(tree, tree.item_of(("track", 3)), 0.1))
    assert tracks_of(viewer, well_of(dock)) == [["NPHI"], ["GR"], ["RHOB"], ["DTC"]]
    assert tree.row == ("curve", 3, "NPHI")


def test_a_track_that_is_dragged_changes_its_place(dock, viewer, qtbot):
    tree = dock.tree
    start = point_of(tree, tree.item_of(("track", 7)))
    drag(qtbot, tree, start, point_of(tree, tree.item_of(("track", 3)), 0.1))
    assert tracks_of(viewer, well_of(dock)) == [["DTC"], ["GR"], ["RHOB", "NPHI"]]
    assert tree.row == ("track", 3)


def test_a_curve_that_no_track_shows_is_listed_and_can_be_dragged_in(dock, viewer, qtbot):
    dock.tree.choose(DTC)
    qtbot.keyClick(dock.tree, Qt.Key.Key_Delete)
    names = [dock.curve_list.item(i).text() for i in range(dock.curve_list.count())]
    assert len(names) == 1 and names[0].startswith("DTC")
    dock.rest_box.click()
    assert tracks_of(viewer, well_of(dock)) == [["GR"], ["RHOB", "NPHI"]]
    qtbot.keyClicks(dock.filter_line, "porosity")
    assert dock.curve_list.count() == 0
    dock.filter_line.clear()
    start = point_of(dock.curve_list, dock.curve_list.item(0))
    drag(qtbot, dock.curve_list, start, point_of(dock.tree, dock.tree.item_of(GR), 0.9))
    assert tracks_of(viewer, well_of(dock)) == [["GR", "DTC"], ["RHOB", "NPHI"]]
    assert dock.curve_list.count() == 0


def test_keys_move_curves_and_tracks_and_put_them_elsewhere(dock, viewer, qtbot):
    tree, well = dock.tree, well_of(dock)
    tree.choose(RHOB)
    qtbot.keyClick(tree, Qt.Key.Key_Down, ALT)
    assert tracks_of(viewer, well)[1] == ["NPHI", "RHOB"] and tree.row == RHOB
    tree.choose(("track", 3))
    qtbot.keyClick(tree, Qt.Key.Key_Down, ALT)
    qtbot.keyClick(tree, Qt.Key.Key_Down, ALT)
    assert tracks_of(viewer, well) == [["NPHI", "RHOB"], ["GR"], ["DTC"]]
    tree.choose(DTC)
    qtbot.keyClick(tree, Qt.Key.Key_X, CTRL)
    assert "Ctrl+V" in dock.message.text()
    tree.choose(("track", 5))
    qtbot.keyClick(tree, Qt.Key.Key_V, CTRL)
    assert tracks_of(viewer, well) == [["NPHI", "RHOB"], ["GR", "DTC"]]


def test_a_scale_that_is_typed_or_swapped_is_that_of_the_layer(dock, viewer, session, qtbot):
    dock.tree.choose(GR)
    line = dock.curve_page.right_line
    layer, _ = record_of(viewer, well_of(dock), "GR")
    before = layer.data.copy()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "300")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    same, record = record_of(viewer, well_of(dock), "GR")
    assert same is layer and (record["scale"].left, record["scale"].right) == (0, 300)
    assert not np.array_equal(layer.data, before)
    dock.curve_page.swap_button.click()
    scale = record_of(viewer, well_of(dock), "GR")[1]["scale"]
    assert (scale.left, scale.right) == (300, 0)
    header = viewer.canvas.overlays["welllog_header"].tracks
    drawn = [c for t in header if t.well is well_of(dock) for c in t.track.curves]
    assert next(c for c in drawn if c.mnemonic == "GR").left == 300
    dock.curve_page.auto_button.click()
    assert record_of(viewer, well_of(dock), "GR")[1]["scale"].left == 0
    assert [call.count("scale") for call in session.log[-2:]] == [1, 1]


def test_what_cannot_be_is_said_and_nothing_is_changed(dock, viewer, session, qtbot):
    dock.tree.choose(GR)
    line = dock.curve_page.left_line
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "many")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "'many' is no number" in dock.message.text() and line.text() == "0"
    for endless in ("inf", "1e400", "nan"):
        line.selectAll()
        qtbot.keyClicks(line, endless)
        qtbot.keyClick(line, Qt.Key.Key_Return)
        assert f"'{endless}' is no finite number" in dock.message.text() and line.text() == "0"
    line.selectAll()
    qtbot.keyClicks(line, "150")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "both ends of the scale are 150" in dock.message.text() and line.text() == "0"
    dock.curve_page.log_box.click()
    assert "logarithmic scale cannot be 0 to 150" in dock.message.text()
    assert not dock.curve_page.log_box.isChecked() and session.undo_label == ""


def test_a_new_dock_needs_no_more_width_for_the_first_curve_that_is_selected(dock, viewer):
    fresh = TracksWidget(viewer)
    holder = viewer.window.add_dock_widget(fresh, name="Tracks again")
    try:
        QApplication.processEvents()
        needed = fresh.minimumSizeHint().width()
        fresh.tree.choose(GR)
        QApplication.processEvents()
        assert fresh.minimumSizeHint().width() <= needed
    finally:
        viewer.window.remove_dock_widget(holder)
        fresh.deleteLater()
        QApplication.processEvents()


def test_what_was_said_of_a_well_goes_with_it(dock, viewer, las_folder):
    dock.message.setText("Saved as mine, and used for this well from now on.")
    before = well_of(dock)
    viewer.open(str(las_folder / "whole.las"), plugin="napari-welllog")
    QApplication.processEvents()
    try:
        assert dock.well is not before and dock.message.text() == ""
    finally:
        for layer, record in view_of(viewer).records():
            if record["well"] is not before:
                viewer.layers.remove(layer)
        viewer.layers.selection.active = viewer.layers[0]
        QApplication.processEvents()


def test_colour_and_width_are_seen_and_a_burst_of_widths_is_one_step(
    dock, viewer, session, qtbot, monkeypatch
):
    dock.tree.choose(GR)
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor("#ff0000"))
    dock.curve_page.colour_button.click()
    layer, record = record_of(viewer, well_of(dock), "GR")
    assert record["scale"].colour == "#ff0000"
    assert layer.edge_color[0][0] > 0.9 and layer.edge_color[0][1] < 0.5
    box, steps = dock.curve_page.width_box, len(session._past)
    box.setFocus()
    for _ in range(4):
        qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: layer.edge_width == 2.0, timeout=30_000)
    assert len(session._past) == steps + 1


def test_the_grid_of_a_track_is_switched_off_and_undone(dock, viewer, session, qtbot):
    def grid() -> list[bool]:
        header = viewer.canvas.overlays["welllog_header"].tracks
        return [t.track.grid for t in header if t.well is well_of(dock) and t.track.curves]

    dock.tree.choose(("track", 3))
    box = dock.track_page.grid_box
    assert box.isChecked() and box.text() == "Linear, as of GR" and all(grid())
    before = viewer.screenshot(flash=False).astype(int)
    qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    assert grid() == [False] + [True] * (len(grid()) - 1)
    assert (viewer.screenshot(flash=False) != before).any(axis=-1).sum() > 500
    session.undo()
    assert all(grid())


def test_a_fill_is_added_changed_and_lies_below_the_curve(dock, viewer, session):
    dock.tree.choose(DTC)
    dock.add_menu.aboutToShow.emit()
    next(a for a in dock.add_menu.actions() if a.text() == "Fill").trigger()
    assert dock.tree.row == ("fill", 7, 0)
    page = dock.fill_page
    page.way_box.setCurrentIndex(page.way_box.findData("below"))
    page.way_box.activated.emit(page.way_box.currentIndex())
    page.caption_line.setText("fast")
    page.caption_line.editingFinished.emit()
    (layer,) = (
        layer
        for layer, r in view_of(viewer).records("fill")
        if r["curve"] == "DTC" and r["caption"] == "fast"
    )
    line, _ = record_of(viewer, well_of(dock), "DTC")
    assert viewer.layers.index(layer) < viewer.layers.index(line)
    dock.tree.choose(("fill", 7, 0))
    dock.remove_button.click()
    assert layer not in viewer.layers


def test_picks_candidates_and_the_selection_stay_when_tracks_are_changed(dock, viewer, session):
    view, well = view_of(viewer), well_of(dock)
    key = session_of(viewer).key_of(well)
    restore = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    restore.well_box.setCurrentIndex([id(w) for w in view.wells()].index(id(well)))
    restore._picker.intervals = [(1520.0, 1530.0)]
    picked = restore._picker.intervals
    session.restore(key, ["DTC"], ["interpolation"])
    candidates = {r["kind"]: layer for layer, r in view.records("candidate", "band")}
    active = record_of(viewer, well, "RHOB")[0]
    viewer.layers.selection.active = active
    work = session.work(key)
    dock.tree.choose(DTC)
    dock.move_curve("DTC", 7, 3, 0)
    dock.tree.choose(("track", 3))
    dock.edit("change_track", 3, width=2.0)
    after = session.work(key)
    assert (after.intervals, after.candidates) == (work.intervals, work.candidates)
    assert restore._picker.intervals == picked == list(after.intervals)
    assert viewer.layers.selection.active is active
    place = record_of(viewer, well, "DTC")[1]["place"]
    shown = {r["kind"]: (layer, r) for layer, r in view.records("candidate", "band")}
    for kind, layer in candidates.items():
        assert shown[kind][0] is layer
        assert shown[kind][1]["place"]["offset"] == place["offset"]
        across = layer.data[:, 0, 1]
        assert (across >= place["offset"]).all()
        assert (across <= place["offset"] + place["share"]).all()
    (spans,) = (layer for layer, r in view.records("intervals") if r["well"] is well)
    np.testing.assert_allclose(
        (spans.data[0][:, 1].min(), spans.data[0][:, 1].max()), view.sides(well), rtol=1e-5
    )
    restore._picker.intervals = []
    viewer.window.remove_dock_widget(restore)


def test_a_track_that_a_session_made_follows_and_the_depths_in_view_stay(dock, viewer, session):
    view, well = view_of(viewer), well_of(dock)
    key = session_of(viewer).key_of(well)
    _synthesise(session, key)
    view.zoom_to(1550, 1580, well)
    depths, (_, made) = view.rect[2:], _record_of_session(viewer, well)
    dock.edit("change_track", 3, width=2.0)
    _, after = _record_of_session(viewer, well)
    assert after["place"]["offset"] == pytest.approx(made["place"]["offset"] + 1.0)
    assert view.rect[2:] == depths


def test_a_well_moves_aside_when_its_neighbour_becomes_wider_and_back(dock, viewer, session):
    view, well = view_of(viewer), well_of(dock)
    second = next(each for each in view.wells() if each is not well)
    before = view.sides(second)
    gap = before[0] - view.sides(well)[1]
    dock.edit("change_track", 3, width=3.0)
    assert view.sides(second)[0] - view.sides(well)[1] == pytest.approx(gap)
    layer, record = record_of(viewer, second, "GR")
    assert layer.translate[-1] == pytest.approx(record["place"]["left"])
    assert edges(record["place"])[0] > before[0]
    session.undo()
    assert view.sides(second) == pytest.approx(before)


def test_a_template_that_is_saved_is_remembered_for_the_well_and_its_like(
    dock, viewer, session, monkeypatch, qtbot, las_folder
):
    from welllog.formats import read

    dock.move_curve("DTC", 7, 3, None)
    assert "changed, not saved" in dock.well_label.text()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("My logs", True))
    qtbot.keyClick(dock.tree, Qt.Key.Key_S, CTRL)
    assert [path.name for path in user_folder().iterdir()] == ["my_logs.toml"]
    assert dock.name == "my_logs" and not dock.is_changed
    again = read(las_folder / "gappy.las")
    assert find_template(again) == read_template("my_logs")
    assert session.work(session_of(viewer).key_of(dock.well)).template == read_template("my_logs")
    (layer,) = (r for _, m, _ in _read_again(las_folder) if (r := m["metadata"]["welllog"])
                and r["kind"] == "curve" and r["curve"] == "DTC")  # fmt: skip
    assert layer["place"]["track"] == 0
    other = read(las_folder / "whole.las")
    other.name = "Another"
    assert find_template(other).name == "My logs"
    while session.undo_label:
        session.undo()
    assert find_template(again).name == "Triple combo"


def _read_again(folder):
    from napari_welllog._layers import to_layers
    from welllog.formats import read

    well = read(folder / "gappy.las")
    return to_layers(well, template=find_template(well))


def test_a_well_is_opened_by_the_template_it_had_the_last_time(dock, viewer, las_folder):
    write_template(read_template("sonic"), user_folder() / "mine.toml")
    dock._list_templates()
    dock.template_box.setCurrentIndex(dock.template_box.findData("mine"))
    dock.template_box.activated.emit(dock.template_box.currentIndex())
    assert tracks_of(viewer, well_of(dock))[0] == ["GR"]
    from napari_welllog._reader import read_wells

    layers = read_wells(str(las_folder / "gappy.las"))
    records = [meta["metadata"]["welllog"] for _, meta, _ in layers]
    wanted = [r["curve"] for _, r in view_of(viewer).records("curve") if r["well"] is dock.well]
    assert sorted(r["curve"] for r in records if r["kind"] == "curve") == sorted(wanted)
    place = {r["curve"]: r["place"]["track"] for r in records if r["kind"] == "curve"}
    assert place == {c: p["track"] for c, p in view_of(viewer).places(dock.well).items()}
    remember(dock.well, None)


def test_templates_are_renamed_exported_taken_in_and_deleted(
    dock, viewer, session, monkeypatch, tmp_path
):
    write_template(read_template("sonic"), user_folder() / "mine.toml")
    dock.choose("mine")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Better", True))
    dock.file_actions["rename"].trigger()
    assert dock.name == "better" and "mine" not in find_templates()
    out = tmp_path / "out.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(out), ""))
    dock.file_actions["export"].trigger()
    assert read_template(out) == dock.template
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: QMessageBox.StandardButton.Yes)
    dock.file_actions["delete"].trigger()
    assert "better" not in find_templates() and dock.name == "triple_combo"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(out), ""))
    dock.file_actions["take_in"].trigger()
    assert dock.name == "better"
    out.write_text("name = \n", encoding="utf-8")
    dock.file_actions["take_in"].trigger()
    assert "not TOML" in dock.message.text() and "\n" not in dock.message.text()


def test_a_template_that_is_broken_is_told_in_a_line_and_the_tracks_stay(dock, viewer):
    user_folder().mkdir(parents=True)
    (user_folder() / "bad.toml").write_text('name = "Bad"\n', encoding="utf-8")
    before = tracks_of(viewer, well_of(dock))
    dock._show(("track", 0))
    row = dock.template_box.findData("bad")
    assert "cannot be read" in dock.template_box.itemText(row)
    dock.template_box.setCurrentIndex(row)
    dock.template_box.activated.emit(row)
    assert "it has no tracks" in dock.message.text()
    assert tracks_of(viewer, well_of(dock)) == before
    assert dock.template_box.currentData() == "triple_combo"


def _synthesise(session, key: str) -> None:
    """Let a candidate stand for a curve that the well lacks."""
    from dataclasses import replace

    session.restore(key, ["DTC"], ["interpolation"])
    (candidate,) = session.work(key).candidates
    curve = replace(candidate.curve, mnemonic="DTS", canonical="DTS")
    session.take_in(key, [replace(candidate, name="DTS made", curve=curve)])


def _record_of_session(viewer, well):
    """Return layer and record of the track that was made for a curve the file does not have."""
    return record_of(viewer, well, "DTS")


def test_a_script_that_changes_the_template_is_followed(dock, viewer, session):
    key = session_of(viewer).key_of(well_of(dock))
    session.set_template(key, "triple_combo")
    session.edit_template(key, "change_track", 3, title="Gamma")
    assert dock.tree.item_of(("track", 3)).text(0) == "Gamma"
    other = next(w for w in view_of(viewer).wells() if w is not well_of(dock))
    viewer.layers.selection.active = record_of(viewer, other, "GR")[0]
    assert dock.tree.item_of(("track", 3)).text(0) == "Correlation"
