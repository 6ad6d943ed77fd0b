"""Alt+Z goes back along what the docks of a viewer did, in the order in which they did it."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_welllog._undo_trail import trail_of
from napari_welllog._viewer_session import session_of


class Pad:
    """Steps of a dock, which is written on."""

    def __init__(self, name: str, paper: list[str]) -> None:
        self.name, self.paper, self.past, self.future = name, paper, [], []
        self.busy = False

    @property
    def done(self) -> int:
        return len(self.past)

    @property
    def undone(self) -> int:
        return len(self.future)

    def write(self, word: str) -> None:
        self.past.append(word)
        self.future.clear()
        self.paper.append(word)

    def undo(self) -> str:
        if self.busy or not self.past:
            return ""
        self.future.append(self.past.pop())
        self.paper.remove(self.future[-1])
        return self.future[-1]

    def redo(self) -> str:
        self.past.append(self.future.pop())
        self.paper.append(self.past[-1])
        return self.past[-1]


@pytest.fixture
def pads(shared_viewer):
    """Two docks with steps of their own beside the session of the viewer."""
    viewer, _ = shared_viewer
    trail, paper = trail_of(viewer), list[str]()
    made = Pad("one", paper), Pad("two", paper)
    for pad in made:
        trail.add(pad)
    yield viewer, trail, paper, *made
    for pad in made:
        trail.leave(pad)


def press(qtbot, widget, viewer, *, again: bool = False) -> None:
    held = Qt.KeyboardModifier.AltModifier
    held |= Qt.KeyboardModifier.ShiftModifier if again else held
    viewer.window._qt_window.activateWindow()
    QApplication.processEvents()
    qtbot.keyClick(widget, Qt.Key.Key_Z, held)


def test_keys_take_back_and_do_again_in_order_wherever_the_keyboard_is(pads, shared_viewer, qtbot):
    viewer, trail, paper, one, two = pads
    dock, session = shared_viewer[1], session_of(viewer).session
    key = session.state.works[0].key
    index = session.work(key).well.index
    span = float(index[66]), float(index[131])
    one.write("a"), trail.look()
    session.pick(key, [span])
    two.write("b"), trail.look()
    one.write("c"), trail.look()
    canvas = viewer.window._qt_window._qt_viewer.canvas.native
    for widget, left in ((canvas, ["a", "b"]), (dock.well_box, ["a"])):
        press(qtbot, widget, viewer)
        assert paper == left
    assert session.work(key).intervals
    press(qtbot, canvas, viewer)
    assert not session.work(key).intervals and paper == ["a"]
    press(qtbot, canvas, viewer)
    assert paper == []
    for left in (["a"], ["a"], ["a", "b"], ["a", "b", "c"]):
        press(qtbot, canvas, viewer, again=True)
        assert paper == left
    assert session.work(key).intervals == (span,)
    for _ in range(4):
        press(qtbot, canvas, viewer)


def test_what_a_dock_took_back_by_itself_is_passed_over(pads):
    _, trail, paper, one, two = pads
    for pad, word in ((one, "a"), (two, "b"), (one, "c"), (two, "d")):
        pad.write(word)
        trail.look()
    one.undo()
    assert paper == ["a", "b", "d"]
    assert trail.undo() == "d" and trail.undo() == "b" and paper == ["a"]
    assert trail.redo() == "b" and trail.redo() == "d"
    one.write("e")
    assert trail.undo() == "e" and trail.undo() == "d"


def test_a_dock_that_cannot_undo_just_now_lets_nothing_else_be_undone(pads):
    viewer, trail, paper, one, two = pads
    one.write("a"), trail.look()
    two.write("b"), trail.look()
    two.busy = True
    assert trail.undo() == "" and paper == ["a", "b"]
    assert viewer.status == "Nothing was undone"
    two.busy = False
    assert trail.undo() == "b"
    trail.leave(one)
    assert trail.undo() == "" and paper == ["a"]
