"""What people do in the middle of things: layers deleted, renamed, copied; two docks; odd files."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from napari.layers._layer_actions import _duplicate_layer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

import welllog.candidates
from napari_welllog._log_view import view_of
from napari_welllog._restore_widget import RestoreWidget
from napari_welllog._viewer_session import session_of
from welllog.formats import write
from welllog.session import State, Work
from welllog.well import Well


def errors() -> list[str]:
    return [n.message for n in notification_manager.records if str(n.severity) == "error"]


def names(viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


def wait_until_idle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)


@pytest.fixture
def viewer(shared_viewer, las_folder):
    """The module's viewer with one well and no work on it."""
    viewer, dock = shared_viewer
    notification_manager.records.clear()
    if not view_of(viewer).wells():
        viewer.open(str(las_folder / "gappy.las"), plugin="napari-welllog")
        QApplication.processEvents()
    view_of(viewer).fit()
    yield viewer
    dock._picker.intervals = []
    session = session_of(viewer).session
    session.state = State(tuple(Work(work.key, work.well) for work in session.state.works))
    session_of(viewer)._show()


@pytest.fixture
def session(viewer):
    return session_of(viewer).session


@pytest.fixture
def dock(shared_viewer, viewer):
    _, dock = shared_viewer
    prepare(dock)
    return dock


def prepare(dock) -> None:
    dock.curve_list.tick("DTC")
    dock.model_list.tick("interpolation")
    dock.where_buttons["gaps"].setChecked(True)


@pytest.fixture
def held(monkeypatch):
    """Hold every run until it is let go."""
    go_on, begun = threading.Event(), threading.Event()
    real = welllog.candidates.restore

    def slow(well, curves, spans, model, device, *, edited, progress, **settings):
        begun.set()
        while not go_on.wait(0.01):
            progress(0.5, "half way")
        return real(well, curves, spans, model, device, progress=progress)

    monkeypatch.setattr(welllog.candidates, "restore", slow)
    yield begun, go_on
    go_on.set()


def run(dock, qtbot) -> None:
    qtbot.mouseClick(dock.run_button, Qt.MouseButton.LeftButton)


def test_a_curve_whose_layer_is_deleted_during_its_run_is_restored_in_a_track_of_its_own(
    viewer, dock, qtbot, held
):
    begun, go_on = held
    run(dock, qtbot)
    qtbot.waitUntil(begun.is_set, timeout=30_000)
    measured = viewer.layers["DTC"].as_layer_data_tuple()
    viewer.layers.remove("DTC")
    QApplication.processEvents()
    go_on.set()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    assert "DTC by interpolation" in names(viewer)
    viewer.screenshot()
    session_of(viewer).session.undo()
    assert "DTC by interpolation" not in names(viewer)
    viewer.add_vectors(measured[0], **measured[1])
    viewer.screenshot()
    assert errors() == []


def test_a_well_that_is_closed_during_its_run_gets_nothing(viewer, dock, qtbot, held, las_folder):
    begun, go_on = held
    run(dock, qtbot)
    qtbot.waitUntil(begun.is_set, timeout=30_000)
    viewer.layers.select_all()
    viewer.layers.remove_selected()
    QApplication.processEvents()
    go_on.set()
    wait_until_idle(dock, qtbot)
    assert errors() == [] and names(viewer) == []
    assert "closed" in dock.message.text()
    assert session_of(viewer).session.state.works == ()


def test_a_candidate_whose_layer_is_renamed_is_accepted_and_undone_as_before(
    viewer, dock, qtbot, session
):
    steps = session.done
    run(dock, qtbot)
    wait_until_idle(dock, qtbot)
    viewer.layers["DTC by interpolation"].name = "mine"
    dock.review.accept_button.click()
    dock.run()
    wait_until_idle(dock, qtbot)
    assert errors() == []
    (work,) = session.state.works
    assert [d.kind for d in work.decisions] == ["accepted"]
    assert "mine" in names(viewer) and "DTC by interpolation" not in names(viewer)
    viewer.layers.remove("mine")
    qtbot.waitUntil(lambda: not session.state.works[0].decisions, timeout=30_000)
    while session.done > steps:  # before them is the closing of another well
        session.undo()
    assert not any(" by " in name or "restored" in name or name == "mine" for name in names(viewer))
    assert errors() == []


def test_a_copy_of_a_candidate_is_a_picture_and_decides_nothing(viewer, dock, qtbot, session):
    run(dock, qtbot)
    wait_until_idle(dock, qtbot)
    viewer.layers.selection = {viewer.layers["DTC by interpolation"]}
    _duplicate_layer(viewer.layers)
    (copy,) = [name for name in names(viewer) if "copy" in name]
    dock.review.accept_button.click()
    viewer.layers.remove(copy)
    QApplication.processEvents()
    assert [d.kind for d in session.state.works[0].decisions] == ["accepted"]
    viewer.layers["DTC by interpolation"].visible = True
    viewer.layers.selection = {viewer.layers["DTC by interpolation"]}
    _duplicate_layer(viewer.layers)
    viewer.layers.remove("DTC by interpolation")
    qtbot.waitUntil(lambda: not session.state.works[0].candidates, timeout=30_000)
    session.undo()
    assert "DTC by interpolation" in names(viewer) and copy in names(viewer)
    viewer.layers.remove(copy)
    assert errors() == []


def test_two_docks_of_one_viewer_run_at_once_and_show_the_same(viewer, dock, qtbot, held, session):
    begun, go_on = held
    other = RestoreWidget(viewer)
    viewer.window.add_dock_widget(other, name="Restore again")
    prepare(other)
    other.model_list.tick("kriging")
    run(dock, qtbot)
    run(other, qtbot)
    qtbot.waitUntil(begun.is_set, timeout=30_000)
    go_on.set()
    wait_until_idle(dock, qtbot)
    wait_until_idle(other, qtbot)
    assert errors() == []
    both = ["DTC by interpolation", "DTC by kriging"]
    for each in (dock, other):
        assert sorted(each.review.candidate_table.names) == both
    other.review.accept_button.click()
    for each in (dock, other):
        assert each.review.decision_table.item(0, 4).text() not in ("", "–")
    dock.edits.edit_box.setCurrentText("Despike")
    viewer.window.remove_dock_widget(other)
    other.deleteLater()
    QApplication.processEvents()
    session.undo()
    assert dock.review.decision_table.item(0, 4).text() == "–" and errors() == []


def test_a_file_with_no_known_curve_is_shown_and_nothing_is_offered_to_restore(
    viewer, dock, qtbot, tmp_path
):
    index = np.arange(1500.0, 1600.0, 0.5)
    well = Well("odd", index)
    for number in range(14):
        well.add_curve(f"ODD{number}", np.sin(index / (number + 1)), unit="")
    well.add_curve("VOID", np.full(len(index), np.nan), unit="m")
    viewer.open(str(write(well, tmp_path / "odd.las")), plugin="napari-welllog")
    QApplication.processEvents()
    dock.well_box.setCurrentText("odd")
    assert errors() == [] and dock.well.name == "odd"
    shown = [name for name in names(viewer) if name.startswith("ODD")]
    assert len(shown) == 10 and not any("VOID" in name for name in names(viewer))
    offered = [dock.curve_list.item(row).text() for row in range(dock.curve_list.count())]
    assert not {f"ODD{n}" for n in range(14)} & set(offered) and dock.chosen_curves == []
    assert not dock.run_button.isEnabled() and "Tick at least one curve" in dock.reason.text()
    assert dock.edits.curve_box.count() == 0 and not dock.edits.apply_button.isEnabled()
    viewer.screenshot()
    for layer, record in view_of(viewer).records():
        if record["well"].name == "odd":
            viewer.layers.remove(layer)
    qtbot.waitUntil(lambda: len(session_of(viewer).session.state.works) == 1, timeout=30_000)
    assert errors() == []
