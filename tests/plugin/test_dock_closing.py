"""Wells deleted in the layer list: they go whole, and undo brings them back with their work."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from napari_welllog._undo_trail import trail_of
from napari_welllog._viewer_session import session_of
from welllog.formats import write
from welllog.samples import synthetic_well
from welllog.well import Well

FEET = "Kansas 1"


@pytest.fixture(scope="module")
def shown(shared_viewer, tmp_path_factory):
    """The gappy well with candidates and an interval picked, and a well in feet beside it."""
    viewer, dock = shared_viewer
    source = synthetic_well(seed=3, top=1500, base=1600)
    feet = Well(FEET, source.index, "ft", "DEPTH")
    feet.add_curve("GR", source.values("GR"), unit="gAPI")
    path = tmp_path_factory.mktemp("feet") / "feet.las"
    write(feet, path)
    session = session_of(viewer).session
    key = session.state.works[0].key
    dock._picker.intervals = [(1540.0, 1545.0)]
    session.restore(key, ["DTC"], ["interpolation"])
    session.accept(key, "DTC by interpolation")
    viewer.open(str(path), plugin="napari-welllog")
    QApplication.processEvents()
    return viewer, session, key


def undo(viewer, dock, qtbot, key: str) -> None:
    """Take back the last step, and work on a well again."""
    trail_of(viewer).undo()
    qtbot.wait(50)
    dock.well_box.setCurrentIndex(dock.well_box.findText(key))


def delete(viewer, qtbot, layers) -> None:
    """Select layers and press Delete in the layer list, as a person does."""
    tree = viewer.window._qt_window._qt_viewer.layers
    viewer.window._qt_window.activateWindow()
    viewer.layers.selection = set(layers)
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Delete)
    qtbot.wait(50)


def of_well(viewer, well, *kinds):
    return [layer for layer, r in view_of(viewer).records(*kinds) if r["well"] is well]


def summarise(work):
    return work.key, work.intervals, [c.name for c in work.candidates], work.decisions


def test_a_well_goes_whole_with_its_last_track_and_one_undo_brings_back_the_work(
    shown, shared_viewer, qtbot
):
    viewer, session, key = shown
    work = session.work(key)
    before, kinds = summarise(work), {r["kind"] for _, r in view_of(viewer).records()}
    assert {"candidate", "restored", "intervals", "curve"} <= kinds
    delete(viewer, qtbot, of_well(viewer, work.well, "curve", "strip", "fill"))
    assert of_well(viewer, work.well) == []
    assert [each.key for each in session.state.works] == [FEET]
    assert session.undo_label == f"Close {key}"

    undo(viewer, shared_viewer[1], qtbot, key)
    assert summarise(session.work(key)) == before
    assert {r["kind"] for _, r in view_of(viewer).records()} == kinds
    session.redo()
    assert of_well(viewer, work.well) == []
    undo(viewer, shared_viewer[1], qtbot, key)
    assert {r["kind"] for _, r in view_of(viewer).records()} == kinds


def test_all_wells_deleted_at_once_are_one_step(shown, qtbot):
    viewer, session, _ = shown
    before = sorted(map(summarise, session.state.works), key=str)
    steps = session.done
    delete(viewer, qtbot, viewer.layers)
    assert len(viewer.layers) == 0 and session.state.works == ()
    assert session.done == steps + 1 and session.undo_label == "Close 2 wells"
    session.undo()
    qtbot.wait(50)
    assert sorted(map(summarise, session.state.works), key=str) == before


def test_intervals_deleted_alone_are_picked_no_more_and_undo_picks_them_again(
    shown, shared_viewer, qtbot
):
    viewer, session, key = shown
    well, picked = session.work(key).well, session.work(key).intervals
    shared_viewer[1].well_box.setCurrentIndex(shared_viewer[1].well_box.findText(key))
    delete(viewer, qtbot, of_well(viewer, well, "intervals"))
    assert session.work(key).intervals == () and picked
    undo(viewer, shared_viewer[1], qtbot, key)
    assert session.work(key).intervals == picked
    assert len(of_well(viewer, well, "intervals")) == 1


def test_the_axis_is_that_of_the_wells_that_are_left(shown, qtbot):
    viewer, session, key = shown
    header = viewer.canvas.overlays["welllog_header"]
    view, well = view_of(viewer), session.work(key).well
    feet = next(each for each in view.wells() if each.name == FEET)
    if view.sides(feet)[0] < view.sides(well)[0]:  # the well in metres first
        delete(viewer, qtbot, of_well(viewer, feet))
        session.undo()
    assert header.depth_label.split() == [well.index_mnemonic, "m"] and view._units_said
    # All but what was made of the well, as when rows of the list are selected with the mouse.
    made = of_well(viewer, well, "candidate", "restored", "band")
    delete(viewer, qtbot, [e for e in of_well(viewer, well) if e not in made])
    assert header.depth_label.split()[-1] == "ft" and view._units_said == ""
