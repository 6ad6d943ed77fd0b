"""Wells of one name told apart, and undo that says which well it changes."""

from __future__ import annotations

import gc

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from napari_welllog._undo_trail import trail_of
from napari_welllog._viewer_session import session_of
from napari_welllog._well_names import _keys, learn_keys, name_well
from tests.plugin.conftest import make_well
from welllog.session import Session
from welllog.well import tell_apart

NAME, OTHER = "SYNTHETIC 7", "SYNTHETIC 7 (2)"


@pytest.fixture(scope="module")
def twins(shared_viewer, las_folder):
    viewer, dock = shared_viewer
    viewer.open(str(las_folder / "gappy.las"), plugin="napari-welllog")
    QApplication.processEvents()
    return viewer, dock


def titles(viewer) -> list[str]:
    """Return what stands over the tracks in the letters of wells' names."""
    canvas = viewer.window._qt_window._qt_viewer.canvas
    visual = canvas._viewer_overlay_to_visual[viewer.canvas.overlays["welllog_header"]][0]
    return [written[0] for written in visual.words["well"]]


def test_wells_of_one_name_have_a_number_in_every_dock(twins):
    viewer, dock = twins
    assert [dock.well_box.itemText(row) for row in range(2)] == [NAME, OTHER]
    assert ["(2)" in title for title in titles(viewer)] == [False, True]  # there is little room
    tracks = viewer.window.add_plugin_dock_widget("napari-welllog", "Tracks")[1]
    wells = view_of(viewer).wells()
    seen = set()
    for well in wells:
        layer = next(layer for layer, r in view_of(viewer).records("curve") if r["well"] is well)
        viewer.layers.selection.active = layer
        seen.add(tracks.well_label.text())
    assert seen == {NAME, OTHER}
    wells_dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Wells")[1]
    wells_dock.reference_box.setCurrentIndex(1)
    wells_dock._on_reference(1)
    assert f"{NAME}, {OTHER}: no TVD" in wells_dock.message.text()
    wells_dock._on_reference(0)


def test_a_number_is_that_of_the_session_and_goes_with_its_well():
    wells = [make_well(7), make_well(7), make_well(8)]
    assert [name_well(well, wells) for well in wells] == [NAME, OTHER, "SYNTHETIC 8"]
    assert tell_apart(wells) == [NAME, OTHER, "SYNTHETIC 8"]
    session = Session()
    for well in wells[::-1]:
        session.add_well(well)
    learn_keys(session)
    assert [name_well(well, wells) for well in wells] == [OTHER, NAME, "SYNTHETIC 8"]
    known = len(_keys)
    del wells, well, session
    gc.collect()
    learn_keys(Session())
    assert len(_keys) <= known - 3


def test_undo_says_in_which_well_and_more_where_it_is_not_the_one_shown(twins, qtbot):
    viewer, dock = twins
    session = session_of(viewer).session
    session.edit_template(OTHER, "change_track", 0, width=2.0)
    dock.well_box.setCurrentIndex(0)
    assert dock.review.undo_button.toolTip() == f"Undo: Change track · {OTHER}"
    qtbot.mouseClick(dock.review.undo_button, Qt.MouseButton.LeftButton)
    assert dock.message.text() == f"Took back, in another well than this: Change track · {OTHER}"
    assert dock.review.redo_button.toolTip() == f"Redo: Change track · {OTHER}"
    dock.well_box.setCurrentIndex(1)
    qtbot.mouseClick(dock.review.redo_button, Qt.MouseButton.LeftButton)
    assert dock.message.text() == ""
    trail_of(viewer).undo()
    assert viewer.status == f"Took back: Change track · {OTHER}"
