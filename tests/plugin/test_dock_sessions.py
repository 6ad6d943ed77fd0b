"""A session opened while the Restore dock is there."""

from __future__ import annotations

import numpy as np
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from welllog.session import Session
from welllog.session_files import save_session


def test_intervals_of_a_session_reach_across_all_tracks_where_the_dock_was_open_first(
    bare_viewer, las_folder, tmp_path, qtbot
):
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    session = Session()
    key = session.open(las_folder / "gappy.las")
    session.pick(key, [(1540.0, 1545.0), (1600.0, 1610.0)])
    picked = list(session.work(key).intervals)
    path = save_session(session, tmp_path / "one.wellsession")
    bare_viewer.open(str(path), plugin="napari-welllog")
    QApplication.processEvents()
    qtbot.wait(20)
    view = view_of(bare_viewer)
    ((layer, record),) = view.records("intervals")
    sides = view.sides(record["well"])
    assert sides[1] - sides[0] > 2 * next(iter(view.places(record["well"]).values()))["width"]
    for corners in layer.data:
        np.testing.assert_allclose((corners[:, 1].min(), corners[:, 1].max()), sides)
    assert record["sides"] == sides
    assert np.allclose(dock._picker.intervals, picked, atol=record["well"].step)
