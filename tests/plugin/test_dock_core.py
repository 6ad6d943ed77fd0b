"""The Core dock, driven as a person does: photographs placed, corrected, shifted, measured."""

from __future__ import annotations

import json

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
from welllog.cores.placement_files import cores_path, read_placements
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
    while session.undo_label:
        session.undo()
    assert not cores_path(folder / "cored.las").exists()
    dock.message.setText("")
    return dock


def click(qtbot, button) -> None:
    """Press a button with the mouse, wherever it is scrolled to."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def finish(qtbot, dock) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=10000)
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


def send(viewer, kind, world, button, buttons, double=False) -> None:
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
