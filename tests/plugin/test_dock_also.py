"""Curves of a well's own that no model knows, ticked in the Restore dock."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPoint, Qt

from napari_welllog._restore_work import core_curves
from napari_welllog._viewer_session import session_of
from welllog.samples import synthetic_well


def test_a_curve_of_core_is_offered_ticked_and_looked_at(shared_viewer, qtbot) -> None:
    viewer, dock = shared_viewer
    well = dock.well
    assert not dock.also_list.isVisibleTo(dock), "there is none yet"
    well.add_curve("CORE_F_SAND", np.sin(well.index), unit="v/v")
    try:
        dock._on_session()
        assert dock.also_list.isVisibleTo(dock)
        dock.curve_list.tick("DTC")
        dock.model_list.tick("lightgbm-gp")
        dock._picker.intervals = [(float(well.index[400]), float(well.index[440]))]
        dock.where_buttons["picked"].setChecked(True)
        item = dock.also_list.item(0)
        assert item.text() == "CORE_F_SAND"
        box = dock.also_list.visualItemRect(item).topLeft() + QPoint(12, 12)
        qtbot.mouseClick(dock.also_list.viewport(), Qt.MouseButton.LeftButton, pos=box)
        assert dock.also_list.ticked == ["CORE_F_SAND"]
        dock.run()
        qtbot.waitUntil(lambda: dock._job is None, timeout=60_000)
        session = session_of(viewer).session
        assert "also=['CORE_F_SAND']" in session.log[-1]
        assert "CORE_F_SAND" in session.work_of(well).candidates[-1].curve.inputs
    finally:
        dock.also_list.tick()
        del well.curves["CORE_F_SAND"]
        session_of(viewer).session.undo()
        dock._on_session()


def test_only_curves_of_core_are_offered() -> None:
    well = synthetic_well(3, base=1600)
    for name in ("FACIES", "CORE_BRIGHT", "CORE_BRIGHT_SE", "DTC_RES"):
        well.add_curve(name, np.sin(well.index), unit="")
    assert core_curves(well) == ["CORE_BRIGHT"]
    assert core_curves(None) == []
