"""From a photograph of core to a log restored with what it shows, and all of it back again.

Real events alone: mouse, wheel and keys on the docks and on the canvas; only file dialogs, which
belong to the system, are answered for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from napari_welllog._segment_pictures import labels_beside
from napari_welllog._viewer_session import session_of
from tests.cores.core_pictures import BOX, SAND, SHALE, save_picture
from tests.plugin.conftest import make_well
from welllog.cores.placement_files import cores_path
from welllog.formats import read, write

TOP, BASE = 1556.0, 1574.0
"""Depths of the core, which has the gap from 1560 to 1570 m in it."""
ROWS, WIDTH, WALL, STRIPE = 900, 120, 20, 100
"""Pixels of the column, of the box around it, and of a stripe: 2 m of rock."""
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def striped_core() -> np.ndarray:
    """Return a column of core in its box, stripes of sand and shale by turns, sand on top."""
    draw = np.random.default_rng(3)
    picture = np.empty((ROWS + 2 * WALL, WIDTH + 2 * WALL, 3))
    picture[:] = BOX
    for number in range(ROWS // STRIPE):
        rows = slice(WALL + number * STRIPE, WALL + (number + 1) * STRIPE)
        picture[rows, WALL : WALL + WIDTH] = SHALE if number % 2 else SAND
    return (picture + draw.normal(0, 6, picture.shape)).clip(0, 255).astype(np.uint8)


def middle_of(stripe: int) -> int:
    """Return the row of the photograph in the middle of a stripe."""
    return WALL + stripe * STRIPE + STRIPE // 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A well with a gap in DTC, and a photograph."""
    folder = tmp_path_factory.mktemp("core_to_log")
    write(make_well(7, (1560, 1570)), folder / "cored.las")
    save_picture(folder / "core.png", striped_core())
    return folder


@pytest.fixture
def docks(bare_viewer, folder, qtbot, monkeypatch):
    """The well, and the docks Core, Segment and Restore."""
    bare_viewer.window._qt_window.resize(1300, 900)
    bare_viewer.open(str(folder / "cored.las"), plugin="napari-welllog")
    add = bare_viewer.window.add_plugin_dock_widget
    names = ("Restore", "Core", "Segment")
    docks = {name: add("napari-welllog", name)[1] for name in names}
    QApplication.processEvents()
    monkeypatch.setattr(
        "napari_welllog._core_widget.QFileDialog.getOpenFileName",
        lambda *_: (str(folder / "core.png"), ""),
    )
    monkeypatch.setattr(
        "napari_welllog._segment_widget.QFileDialog.getSaveFileName",
        lambda *_: (str(folder / "core_segments.png"), ""),
    )
    bare_viewer.window._qt_window.activateWindow()
    return docks


def press(qtbot, button) -> None:
    assert button.isEnabled(), f"{button.text()} cannot be pressed"
    qtbot.mouseClick(button, LEFT)


def raise_dock(dock) -> None:
    """Bring a dock before the others, as a click on its tab does."""
    parent = dock
    while parent is not None and not parent.inherits("QDockWidget"):
        parent = parent.parent()
    parent.raise_()
    QApplication.processEvents()


def finish(qtbot, dock) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=40_000)
    QApplication.processEvents()


def type_into(qtbot, box, number: float) -> None:
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box.lineEdit(), f"{number:g}")
    qtbot.keyClick(box, Qt.Key.Key_Return)


def canvas_of(viewer) -> Any:
    return viewer.window._qt_window._qt_viewer.canvas


def place_on(viewer, world) -> tuple[QPointF, QPointF]:
    canvas = canvas_of(viewer)
    x, y = canvas.view.scene.transform.map([world[1], world[0]])[:2]
    at = QPointF(float(x), float(y))
    assert 0 <= x <= canvas.size[1] and 0 <= y <= canvas.size[0], f"{world} is out of sight"
    return at, QPointF(canvas.native.mapToGlobal(at.toPoint()))


def stroke(qtbot, viewer, layer, row: int) -> None:
    """Drag the mouse along a row of a layer."""
    ends = [np.array(layer.data_to_world((row, column))) for column in (WALL + 20, WIDTH)]

    def send(kind, world, button, buttons) -> None:
        event = QMouseEvent(kind, *place_on(viewer, world), button, buttons, PLAIN)
        QApplication.sendEvent(canvas_of(viewer).native, event)
        qtbot.wait(30)

    send(QEvent.Type.MouseMove, ends[0], NONE, NONE)
    send(QEvent.Type.MouseButtonPress, ends[0], LEFT, LEFT)
    for share in (0.3, 0.6, 1.0):
        send(QEvent.Type.MouseMove, ends[0] + share * (ends[1] - ends[0]), NONE, LEFT)
    send(QEvent.Type.MouseButtonRelease, ends[1], LEFT, NONE)


def turn_wheel(qtbot, viewer, world, notches: int) -> None:
    at, beyond = place_on(viewer, world)
    event = QWheelEvent(
        at, beyond, QPoint(), QPoint(0, 120 * notches), NONE, PLAIN,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas_of(viewer).native, event)
    qtbot.wait(60)


def choose_class(qtbot, dock, row: int) -> None:
    table = dock.class_table.table
    qtbot.mouseClick(table.viewport(), LEFT, pos=table.visualItemRect(table.item(row, 1)).center())


def tick(qtbot, box, name: str) -> None:
    """Click on the box of a name in a list."""
    (item,) = box.findItems(name, Qt.MatchFlag.MatchExactly)
    at = box.visualItemRect(item).topLeft() + QPoint(12, 12)
    qtbot.mouseClick(box.viewport(), LEFT, pos=at)


def press_keys(qtbot, viewer, key, held) -> None:
    viewer.window._qt_window.activateWindow()
    qtbot.keyClick(canvas_of(viewer).native, key, held)
    qtbot.wait(250)  # napari crashes where two labels go between two frames


def look(viewer, folder: Path) -> dict[str, Any]:
    """Return all that undo has to bring back."""
    (work,) = session_of(viewer).session.state.works
    layers = [(layer.name, type(layer).__name__, layer.visible) for layer in viewer.layers]
    curves = {name: work.current.values(name).tobytes() for name in work.current.curves}
    kept = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "core_segments.png"  # written where the user said
    }
    return {
        "layers": layers,
        "curves": curves,
        "history": list(work.current.history),
        "candidates": [candidate.name for candidate in work.candidates],
        "decisions": work.decisions,
        "intervals": work.intervals,
        "core": list(work.well.cores),
        "files": kept,
    }


def test_a_photograph_becomes_a_curve_that_restores_a_log_and_undo_brings_the_start_back(
    bare_viewer, docks, folder, qtbot
):
    viewer, session = bare_viewer, session_of(bare_viewer).session
    core, segment, restore = docks["Core"], docks["Segment"], docks["Restore"]
    start = look(viewer, folder)
    steps = 0

    # The photograph is placed on depth.
    raise_dock(core)
    press(qtbot, core.photo_button)
    finish(qtbot, core)
    type_into(qtbot, core.top_box, TOP)
    type_into(qtbot, core.base_box, BASE)
    press(qtbot, core.place_button)
    steps += 1
    assert cores_path(folder / "cored.las").is_file()

    # It is opened over its track, and two classes are scribbled.
    raise_dock(segment)
    segment.picture_box.setFocus()
    qtbot.keyClick(segment.picture_box, Qt.Key.Key_Down)
    steps += 1
    picture = segment.picture
    assert picture is not None and picture.name == "core photograph"
    turn_wheel(qtbot, viewer, np.mean(picture.extent.world, axis=0), 1)
    turn_wheel(qtbot, viewer, np.mean(picture.extent.world, axis=0), -1)
    choose_class(qtbot, segment, 0)
    press(qtbot, segment.scribble_button)
    scribbles = viewer.layers.selection.active
    steps += 1
    stroke(qtbot, viewer, scribbles, middle_of(4))
    choose_class(qtbot, segment, 1)
    stroke(qtbot, viewer, scribbles, middle_of(5))
    steps += 2
    assert set(np.unique(scribbles.data)) == {0, 1, 2}

    # Classified, and one stripe corrected by hand.
    segment.apply_button.setFocus()
    qtbot.keyClick(segment.apply_button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    finish(qtbot, segment)
    steps += 1
    segments = labels_beside(viewer, picture, "segments")
    middle = WALL + WIDTH // 2
    assert [segments.data[middle_of(n), middle] for n in range(9)] == [1, 2] * 4 + [1]
    choose_class(qtbot, segment, 1)
    press(qtbot, segment.correct_button)
    stroke(qtbot, viewer, segments, middle_of(2))
    steps += 1
    assert segments.data[middle_of(2), middle] == 2

    # The share of the first class becomes a curve of the well.
    seen = view_of(viewer).rect[2:]
    press(qtbot, segment.curve_button)
    steps += 1
    qtbot.wait(300)
    assert view_of(viewer).rect[2:] == pytest.approx(seen), "other depths are seen"
    (work,) = session.state.works
    name = f"CORE_F_{segment.class_table.classes.names[0].upper().replace(' ', '_')}"
    share, index = work.current.values(name), work.current.index
    turns = [share[np.argmin(abs(index - (TOP + 2 * n + 1)))] for n in (0, 1, 3, 4, 7, 8)]
    assert turns == pytest.approx([1, 0, 0, 1, 0, 1], abs=0.03)
    brushed = share[np.argmin(abs(index - (TOP + 5)))]
    assert brushed < 0.97, "the stroke that corrects is in the curve"
    assert np.isnan(share[index < TOP - 1]).all()

    # The gap is filled by a model that looks at it, and the answer accepted.
    raise_dock(restore)
    restore.tabs.setCurrentIndex(0)
    tick(qtbot, restore.also_list, name)
    assert restore.also_list.ticked == [name] and restore.chosen_curves == ["DTC"]
    for model in restore.model_list.ticked:
        tick(qtbot, restore.model_list, model)
    tick(qtbot, restore.model_list, "lightgbm-gp")
    press(qtbot, restore.run_button)
    finish(qtbot, restore)
    steps += 1
    (work,) = session.state.works
    assert name in work.candidates[0].curve.inputs
    qtbot.keyClick(restore.review, Qt.Key.Key_A)
    steps += 1
    (work,) = session.state.works
    assert work.decisions and any(layer.name == "DTC restored" for layer in viewer.layers)

    # All of it is taken back, one action a key.
    undo = Qt.Key.Key_Z, Qt.KeyboardModifier.AltModifier
    for _ in range(steps - 1):
        press_keys(qtbot, viewer, *undo)
    assert cores_path(folder / "cored.las").is_file(), "one key took back more than one action"
    press_keys(qtbot, viewer, *undo)
    assert look(viewer, folder) == start
    measured = read(folder / "cored.las")
    assert all(
        np.array_equal(measured.values(each), work.well.values(each), equal_nan=True)
        for each in measured.curves
    )

    # And all of it is done again.
    redo = Qt.Key.Key_Z, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    for _ in range(steps):
        press_keys(qtbot, viewer, *redo)
    (work,) = session.state.works
    assert work.decisions and name in work.current.curves
    assert labels_beside(viewer, segment.picture, "segments").data[middle_of(2), middle] == 2
    assert view_of(viewer).wells()[0].cores
