"""A borehole image in the Segment dock."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from napari_welllog._viewer_session import session_of
from tests.plugin.test_dock_segment import finish, press
from welllog.formats import write
from welllog.well import Well


def test_a_borehole_image_is_segmented_over_its_track_and_becomes_curves(
    bare_viewer, qtbot, tmp_path
):
    viewer = bare_viewer
    dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Segment")[1]
    well = Well("IMAGED", 1500 + 0.1 * np.arange(300))
    dense = np.where(well.index < 1515, 2.2, 2.6)[:, None] + np.random.default_rng(0).normal(
        0, 0.02, (300, 16)
    )
    dense[50:80] = np.nan  # no image there
    for sector in range(16):
        well.add_curve(f"IMG{sector + 1}M", dense[:, sector], unit="g/cm3")
    write(well, tmp_path / "imaged.las")
    viewer.open(str(tmp_path / "imaged.las"), plugin="napari-welllog")
    QApplication.processEvents()
    row = dock.picture_box.findText("Open image IMG#M of IMAGED")
    dock.picture_box.setCurrentIndex(row)
    dock.picture_box.activated.emit(row)
    layer = dock.picture
    assert layer.name == "IMG#M picture" and layer.data_to_world((-0.5, 0))[0] == pytest.approx(
        1499.95
    )
    assert dock.picture_box.findText("Open image IMG#M of IMAGED") < 0
    dock.method_box.setCurrentText("otsu")
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    segments = viewer.layers["IMG#M picture segments"].data
    assert set(np.unique(segments[50:80])) == {0} and (segments[90:140] == 1).all()
    dock.make_curves_from(str(tmp_path / "segments.png"))
    session = session_of(viewer).session
    (work,) = [work for work in session.state.works if work.well.name == "IMAGED"]
    name = dock.class_table.classes.names[1].upper().replace(" ", "_")
    share = work.current.values(f"CORE_F_{name}")
    index = work.current.index
    assert (
        share[(index > 1516)].min() > 0.95 and share[(index > 1509) & (index < 1514)].max() < 0.05
    )
    assert np.isnan(share[(index > 1505.5) & (index < 1507.5)]).all()
    dock.undo()
    (work,) = [work for work in session.state.works if work.well.name == "IMAGED"]
    assert not [own for own in work.current.curves if own.startswith("CORE_F")]
