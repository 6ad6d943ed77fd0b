"""The Core dock, driven as a person does: photographs placed, corrected, shifted, measured."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QMessageBox

from napari_welllog._core_layers import placement_of
from napari_welllog._log_view import view_of
from napari_welllog._viewer_session import session_of
from tests.cores.core_pictures import core_box, save_picture
from tests.plugin.conftest import make_well
from welllog.cores.placement_files import cores_path, read_placed, read_placements
from welllog.formats import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A well in a file, and two photographs."""
    folder = tmp_path_factory.mktemp("core")
    write(make_well(7), folder / "cored.las")
    save_picture(folder / "box.png", core_box(2, rows=600, width=80))
    save_picture(folder / "other.png", core_box(1, rows=400, width=80, seed=3))
    return folder


@pytest.fixture(scope="module")
def shown(bare_viewer, folder):
    """The well, and the dock."""
    bare_viewer.open(str(folder / "cored.las"), plugin="napari-welllog")
    bare_viewer.window._qt_window.resize(1200, 800)
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Core")[1]
    QApplication.processEvents()
    return bare_viewer, dock


@pytest.fixture
def viewer(shown):
    return shown[0]


@pytest.fixture
def dock(shown, folder):
    """The dock, with nothing placed and no photograph open."""
    viewer, dock = shown
    dock.put_away()
    while dock._shelf.undo_label:
        dock.undo()
    session = session_of(viewer).session
    while session.undo_label and not session.undo_label.startswith("Close"):
        session.undo()
    for work in session.state.works[1:]:  # of another test: undo has brought them back
        session.close_well(work.key)
    session._past.clear()
    QApplication.processEvents()
    assert not cores_path(folder / "cored.las").exists()
    dock.message.setText("")
    return dock


def click(qtbot, button) -> None:
    """Press a button with the mouse, wherever it is scrolled to."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def finish(qtbot, dock) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)
    QApplication.processEvents()


def open_photo(qtbot, monkeypatch, dock, path) -> None:
    """Choose a file in the dialog, as a person does."""
    monkeypatch.setattr(
        "napari_welllog._core_widget.QFileDialog.getOpenFileName", lambda *a: (str(path), "")
    )
    click(qtbot, dock.photo_button)
    finish(qtbot, dock)


def type_into(qtbot, box, number: float) -> None:
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box.lineEdit(), f"{number:g}")
    qtbot.keyClick(box, Qt.Key.Key_Return)


def place(qtbot, monkeypatch, dock, path, top: float, base: float) -> None:
    open_photo(qtbot, monkeypatch, dock, path)
    type_into(qtbot, dock.top_box, top)
    type_into(qtbot, dock.base_box, base)
    click(qtbot, dock.place_button)
    QApplication.processEvents()


def send(viewer, kind, world, button, buttons) -> None:
    """Send a mouse event at (across, down) of the viewer's world."""
    canvas = viewer.window._qt_window._qt_viewer.canvas
    x, y = canvas.view.scene.transform.map([world[1], world[0]])[:2]
    at = QPointF(float(x), float(y))
    beyond = QPointF(canvas.native.mapToGlobal(at.toPoint()))
    held = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(canvas.native, QMouseEvent(kind, at, beyond, button, buttons, held))


def press_and_release(qtbot, viewer, world) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(viewer, QEvent.Type.MouseMove, world, none, none)
    qtbot.wait(40)
    send(viewer, QEvent.Type.MouseButtonPress, world, left, left)
    send(viewer, QEvent.Type.MouseButtonRelease, world, left, none)
    qtbot.wait(40)


def drag_point(qtbot, viewer, first, last) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    first, last = np.array(first), np.array(last)
    send(viewer, QEvent.Type.MouseMove, first, none, none)
    qtbot.wait(60)
    send(viewer, QEvent.Type.MouseButtonPress, first, left, left)
    for share in (0.2, 0.6, 1.0):
        send(viewer, QEvent.Type.MouseMove, first + share * (last - first), none, left)
        qtbot.wait(60)
    send(viewer, QEvent.Type.MouseButtonRelease, last, left, none)
    qtbot.wait(60)


def pictures(viewer):
    return [layer for layer in viewer.layers if placement_of(layer) is not None]


def test_a_photograph_is_placed_drawn_and_kept_beside_the_well(
    viewer, dock, folder, qtbot, monkeypatch
):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    (placed,) = read_placements(cores_path(folder / "cored.las"))
    assert (placed.top, placed.base, len(placed.columns)) == (1560, 1564, 2)
    (layer,) = pictures(viewer)
    assert placement_of(layer).picture == placed.picture
    ground = next(r for _, r in view_of(viewer).records("strip") if r["track"].kind == "core")
    world = layer.extent.world
    step = layer.scale[0]
    assert world[0, 0] - step / 2 == pytest.approx(1560, abs=step)
    assert world[1, 0] + step / 2 == pytest.approx(1564, abs=step)
    place_ = ground["place"]
    left = place_["left"] + place_["width"] * place_["offset"]
    assert world[0, 1] - layer.scale[1] / 2 == pytest.approx(left)
    assert not dock._desk.is_open
    assert [layer.name for layer in viewer.layers if "box.png" in layer.name] == ["box.png"]
    click(qtbot, dock.undo_button)
    assert not pictures(viewer) and not cores_path(folder / "cored.las").exists()
    assert not any(r["track"].kind == "core" for _, r in view_of(viewer).records("strip"))


def test_a_corner_that_is_dragged_is_where_the_column_is_placed(
    viewer, dock, folder, qtbot, monkeypatch
):
    open_photo(qtbot, monkeypatch, dock, folder / "box.png")
    shapes = dock._desk._shapes
    before = dock._desk.columns
    corner = np.asarray(shapes.data[0][0], float)
    viewer.window._qt_window.activateWindow()
    drag_point(qtbot, viewer, shapes.data_to_world(corner), shapes.data_to_world(corner + [60, 0]))
    after = dock._desk.columns
    assert after[0].corners[0][0] == pytest.approx(before[0].corners[0][0] + 60, abs=6)
    assert after[0].corners[2] == before[0].corners[2] and after[1] == before[1]
    click(qtbot, dock.place_button)
    (placed,) = read_placements(cores_path(folder / "cored.las"))
    assert placed.columns[0].column == after[0]


def test_columns_follow_each_other_in_the_order_that_is_chosen(
    viewer, dock, folder, qtbot, monkeypatch
):
    open_photo(qtbot, monkeypatch, dock, folder / "box.png")
    left, right = dock._desk.columns
    dock.order_box.setFocus()
    try:
        qtbot.keyClick(dock.order_box, Qt.Key.Key_Down)
        assert dock._desk.columns == [right, left]
        assert list(dock._desk._shapes.features["number"]) == [2, 1]
    finally:
        qtbot.keyClick(dock.order_box, Qt.Key.Key_Up)


def test_a_tie_is_a_click_on_the_photograph_and_one_on_a_depth(
    viewer, dock, folder, qtbot, monkeypatch
):
    open_photo(qtbot, monkeypatch, dock, folder / "other.png")
    type_into(qtbot, dock.top_box, 1560)
    type_into(qtbot, dock.base_box, 1570)
    viewer.window._qt_window.activateWindow()
    click(qtbot, dock.tie_button)
    column = dock._desk.columns[0]
    row, across = column.points([column.length / 2], [0.5])[0, 0]
    press_and_release(qtbot, viewer, dock._desk._image.data_to_world((row - 0.5, across - 0.5)))
    assert dock.tie_table.rowCount() == 1
    assert float(dock.tie_table.item(0, 2).text()) == pytest.approx(1565, abs=0.2)
    view = view_of(viewer)
    top, base = view.depths_in_view
    left, right = view.sides()
    depth = top + 0.4 * (base - top)
    press_and_release(qtbot, viewer, (depth, right - 0.1 * (right - left)))
    tied = float(dock.tie_table.item(0, 2).text())
    assert tied == pytest.approx(depth, abs=(base - top) / 300) and not dock.tie_button.isChecked()
    item = dock.tie_table.item(0, 2)
    item.setText("1563")  # as typed in the table
    click(qtbot, dock.place_button)
    (placed,) = read_placements(cores_path(folder / "cored.las"))
    assert placed.columns[0].ties[1][1] == 1563 and (placed.top, placed.base) == (1560, 1570)
    # Opened again the ties are there, and what is not changed stays.
    dock.placed_list.setCurrentRow(0)
    dock.change_selected()
    finish(qtbot, dock)
    assert dock.tie_table.rowCount() == 3
    assert dock.placement() == placed


def test_a_picture_that_is_placed_is_replaced_only_if_asked(
    viewer, dock, folder, qtbot, monkeypatch
):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    car = cores_path(folder / "cored.las")
    before = car.read_bytes()
    asked: list[str] = []

    def answer(parent, title, question, buttons):
        asked.append(question)
        return reply

    monkeypatch.setattr("napari_welllog._core_widget.QMessageBox.question", answer)
    reply = QMessageBox.StandardButton.No
    place(qtbot, monkeypatch, dock, folder / "box.png", 1580, 1584)
    assert car.read_bytes() == before and "placed beside" in asked[0]
    reply = QMessageBox.StandardButton.Yes
    click(qtbot, dock.place_button)
    assert read_placements(car)[0].top == 1580 and len(pictures(viewer)) == 1
    click(qtbot, dock.undo_button)
    assert car.read_bytes() == before
    assert placement_of(pictures(viewer)[0]).top == 1560


def test_depths_that_cannot_be_are_told_and_nothing_is_written(
    viewer, dock, folder, qtbot, monkeypatch
):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1564, 1560)
    assert "less deep" in dock.message.text() and dock._desk.is_open
    type_into(qtbot, dock.top_box, 3000)
    type_into(qtbot, dock.base_box, 3004)
    click(qtbot, dock.place_button)
    assert "outside well" in dock.message.text()
    assert not cores_path(folder / "cored.las").exists() and not pictures(viewer)
    open_photo(qtbot, monkeypatch, dock, folder / "cored.las")
    assert "is no picture" in dock.message.text()


def test_a_shift_is_suggested_and_moved_only_by_a_click(viewer, dock, folder, qtbot, monkeypatch):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1580)
    car = cores_path(folder / "cored.las")
    click(qtbot, dock.suggest_button)
    finish(qtbot, dock)
    assert "fits best" in dock.shift_label.text() and dock.profile.found is not None
    assert read_placements(car)[0].shift == 0
    type_into(qtbot, dock.shift_box, 1.5)
    click(qtbot, dock.shift_button)
    assert read_placements(car)[0].shift == 1.5
    assert placement_of(pictures(viewer)[0]).top == 1561.5
    click(qtbot, dock.undo_button)
    assert read_placements(car)[0].shift == 0


def test_a_double_click_on_the_track_of_core_shows_the_rock_and_leaves_the_view(
    viewer, dock, folder, qtbot, monkeypatch
):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    view = view_of(viewer)
    (layer,) = pictures(viewer)
    before = view.depths_in_view
    middle = layer.extent.world.mean(axis=0)
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    at = (1561.0, middle[1])
    send(viewer, QEvent.Type.MouseMove, at, none, none)
    qtbot.wait(40)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
        send(viewer, kind, at, left, left)
        send(viewer, QEvent.Type.MouseButtonRelease, at, left, none)
    qtbot.wait(40)
    assert dock.look_box.value() == pytest.approx(1561, abs=0.05)
    assert "box.png, column 1" in dock.crop_label.text()
    assert not dock.crop_view.pixmap().isNull()
    assert view.depths_in_view == pytest.approx(before)
    type_into(qtbot, dock.look_box, 1600)
    assert dock.crop_label.text() == "There is no core at 1600.00."


def test_measures_and_shares_become_curves_in_tracks_of_the_session(
    viewer, dock, folder, qtbot, monkeypatch, tmp_path
):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    home = session_of(viewer)
    key = home.key_of(dock.well)
    dock.tabs.setCurrentIndex(2)
    click(qtbot, dock.measure_button)
    finish(qtbot, dock)
    assert "CORE_BRIGHT" in dock.message.text()
    drawn = {r["curve"]: layer for layer, r in view_of(viewer).records("curve")}
    line = drawn["CORE_BRIGHT"]
    assert 1559 < line.data[:, 0, 0].min() < line.data[:, 0, 0].max() < 1565
    picture = core_box(2, rows=600, width=80)
    labels = viewer.add_labels(1 + (picture.mean(axis=2) < 130).astype(int), name="by hand")
    dock.classes_line.clear()
    qtbot.keyClicks(dock.classes_line, "sand, shale")
    click(qtbot, dock.share_button)
    finish(qtbot, dock)
    viewer.layers.remove(labels)
    shares = [r["place"]["track"] for _, r in view_of(viewer).records("curve")
              if r["curve"].startswith("CORE_F_")]  # fmt: skip
    assert len(shares) == 2 and len(set(shares)) == 1
    current = home.session.work(key).current
    share = current.values("CORE_F_SAND")
    assert np.nanmax(share) == pytest.approx(1, abs=0.01)
    assert "add_core_curves" in home.session.log[-1]
    home.session.undo()
    names = {r["curve"] for _, r in view_of(viewer).records("curve")}
    assert "CORE_BRIGHT" in names and "CORE_F_SAND" not in names
    home.session.undo()
    assert "CORE_BRIGHT" not in {r["curve"] for _, r in view_of(viewer).records("curve")}


def test_an_image_layer_without_a_file_is_written_beside_the_well(
    viewer, dock, folder, qtbot, monkeypatch
):
    layer = viewer.add_image(core_box(1, rows=300, width=60, seed=5), rgb=True, name="scan")
    viewer.layers.selection.active = layer
    try:
        click(qtbot, dock.layer_button)
        finish(qtbot, dock)
        assert dock._desk.path == folder / "scan.png" and len(dock._desk.columns) == 1
    finally:
        viewer.layers.remove(layer)


def test_a_well_opened_again_shows_its_core_and_says_what_is_missing(
    viewer, dock, folder, qtbot, monkeypatch, tmp_path
):
    from napari_welllog._core_layers import is_core_ground
    from napari_welllog._core_pictures import await_pictures
    from napari_welllog._places import describe
    from welllog.session_files import open_session, save_session

    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    place(qtbot, monkeypatch, dock, folder / "other.png", 1570, 1572)
    home = session_of(viewer)
    click(qtbot, dock.measure_button)
    finish(qtbot, dock)
    file = save_session(home.session, folder / "kept.wellsession")
    again, _ = open_session(file)
    work = again.state.works[0]
    values = home.session.work(home.key_of(dock.well)).current.values("CORE_BRIGHT")
    np.testing.assert_array_equal(work.current.values("CORE_BRIGHT"), values)
    told: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", told.append)
    (folder / "other.png").rename(folder / "elsewhere.png")
    begun = threading.Event()
    monkeypatch.setattr(
        "napari_welllog._core_layers.read_placed", partial(_read_elsewhere, begun, read_placed)
    )
    before = list(viewer.layers)
    try:
        viewer.open(str(folder / "cored.las"), plugin="napari-welllog")
        fresh = [layer for layer in viewer.layers if layer not in before]
        assert [placement_of(layer) for layer in fresh] == [None] * len(fresh), "none is half made"
        grounds = [layer for layer in fresh if is_core_ground(describe(layer))]
        assert len(grounds) == 1, "their track is there"
        awaited = await_pictures(viewer)
        qtbot.waitUntil(lambda: not awaited.busy, timeout=10_000)
        fresh = [layer for layer in viewer.layers if layer not in before]
        (shown,) = [layer for layer in fresh if placement_of(layer) is not None]
        assert placement_of(shown).picture.name == "box.png" and begun.is_set()
        (ground,) = [r for layer in fresh if is_core_ground(r := describe(layer))]
        zones = ground["track"].lanes[0].zones
        assert [zone.name for zone in zones] == ["", "other.png is missing"]
        assert any("other.png is not there" in words for words in told)
    finally:
        (folder / "elsewhere.png").rename(folder / "other.png")
        for layer in [layer for layer in viewer.layers if layer not in before]:
            viewer.layers.remove(layer)
        QApplication.processEvents()


def _read_elsewhere(begun, read, placement):
    """Read a picture, which no thread may do that shows something."""
    assert threading.current_thread() is not threading.main_thread()
    begun.set()
    return read(placement)


def test_a_well_saved_from_its_layers_takes_its_core_along(
    viewer, dock, folder, qtbot, monkeypatch, tmp_path
):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    viewer.layers.save(str(tmp_path / "new.las"), plugin="napari-welllog")
    (placed,) = read_placements(cores_path(tmp_path / "new.las"))
    assert placed.picture == folder / "box.png" and (placed.top, placed.base) == (1560, 1564)


def test_what_was_taken_back_is_done_again_by_keys(viewer, dock, folder, qtbot, monkeypatch):
    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    car = cores_path(folder / "cored.las")
    before = car.read_bytes()
    click(qtbot, dock.undo_button)
    assert not car.exists()
    dock.placed_list.setFocus()
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    viewer.window._qt_window.activateWindow()
    qtbot.keyClick(dock.placed_list, Qt.Key.Key_Z, held)
    assert car.read_bytes() == before and len(pictures(viewer)) == 1


def test_undo_of_a_side_car_that_another_program_has_changed_is_refused(folder, tmp_path):
    from napari_welllog._core_shelf import CoreShelf
    from welllog.cores.columns import find_columns
    from welllog.cores.placement import PlacementError, place_picture
    from welllog.cores.placement_files import write_placements

    well = make_well(7)
    shelf = CoreShelf()
    picture = core_box(1, rows=400, width=80, seed=3)
    placed = place_picture(
        folder / "other.png", picture.shape[:2], find_columns(picture), 1560, 1562
    )
    with pytest.raises(PlacementError, match="is in no file"):
        shelf.put(well, placed)
    well.path = tmp_path / "well.las"
    shelf.put(well, placed)
    shelf.shift(well, ["other.png"], 0.5)
    assert shelf.read(well)[0].top == 1560.5
    with pytest.raises(PlacementError, match="outside well"):
        shelf.shift(well, ["other.png"], 5000.0)
    assert shelf.read(well)[0].top == 1560.5 and shelf.undo_label == "Shift other.png"
    mine = cores_path(well.path).read_bytes()
    write_placements(cores_path(well.path), [placed, placed.shifted(9)], "well")
    theirs = cores_path(well.path).read_bytes()
    with pytest.raises(PlacementError, match="another program"):
        shelf.undo()
    assert cores_path(well.path).read_bytes() == theirs
    cores_path(well.path).write_bytes(mine)
    shelf.undo()
    shelf.undo()
    assert not cores_path(well.path).exists() and not shelf.undo_label


def test_a_session_opens_in_the_viewer_without_its_photograph(
    viewer, dock, folder, qtbot, monkeypatch
):
    from napari_welllog._core_layers import is_core_ground
    from napari_welllog._core_pictures import await_pictures
    from welllog.session_files import save_session

    place(qtbot, monkeypatch, dock, folder / "box.png", 1560, 1564)
    home = session_of(viewer)
    click(qtbot, dock.measure_button)
    finish(qtbot, dock)
    values = home.session.work(home.key_of(dock.well)).current.values("CORE_BRIGHT")
    file = save_session(home.session, folder / "gone.wellsession")
    told: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", told.append)
    (folder / "box.png").rename(folder / "elsewhere.png")
    try:
        viewer.layers.clear()
        QApplication.processEvents()
        viewer.open(str(file), plugin="napari-welllog")
        qtbot.waitUntil(lambda: not await_pictures(viewer).busy, timeout=10_000)
        qtbot.waitUntil(lambda: "CORE_BRIGHT" in viewer.layers, timeout=10_000)
    finally:
        (folder / "elsewhere.png").rename(folder / "box.png")
    (work,) = home.session.state.works
    np.testing.assert_array_equal(work.current.values("CORE_BRIGHT"), values)
    remark = next(words for words in told if "stand as they were kept" in words)
    assert "gone.wellsession" in remark and f"box.png is not in {folder}" in remark
    assert not pictures(viewer) and dock.placed[0].picture == folder / "box.png"
    (ground,) = [r for _, r in view_of(viewer).records("strip") if is_core_ground(r)]
    assert [zone.name for zone in ground["track"].lanes[0].zones] == ["box.png is missing"]
