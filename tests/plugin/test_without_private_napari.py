"""The plugin where napari's private modules have moved: plainer, and of full use."""

from __future__ import annotations

import importlib
import sys

import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from napari_welllog import _log_view, _napari_private
from napari_welllog._log_view import view_of
from welllog.formats import read


@pytest.fixture
def without_private_napari(monkeypatch):
    """A napari whose private modules have moved."""
    monkeypatch.setitem(sys.modules, "napari._vispy.camera", None)
    importlib.reload(_napari_private)
    from napari._vispy.layers.vectors import VispyVectorsLayer
    from napari._vispy.utils.visual import layer_to_visual
    from napari.layers import Vectors

    kept = layer_to_visual[Vectors]
    layer_to_visual[Vectors] = VispyVectorsLayer
    assert not _napari_private.AVAILABLE
    yield
    monkeypatch.undo()
    importlib.reload(_napari_private)
    importlib.reload(_log_view)
    layer_to_visual[Vectors] = kept


def test_the_plugin_works_without_the_private_parts_of_napari(
    without_private_napari, make_napari_viewer, whole_las, qtbot
):
    notification_manager.records.clear()
    viewer = make_napari_viewer(show=True)
    dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    viewer.open(str(whole_las), plugin="napari-welllog")
    QApplication.processEvents()
    curves = [layer.name for layer, _ in view_of(viewer).records("curve")]
    assert sorted(curves) == sorted(read(whole_las).canonical.values())
    assert "NPHI left of RHOB" in viewer.layers
    assert "GR" in viewer.canvas.overlays.text.text
    dock._picker.intervals = [(1540.0, 1550.0)]
    dock.model_box.setCurrentText("interpolation")
    for row in range(dock.curve_list.count()):
        item = dock.curve_list.item(row)
        item.setCheckState(type(item.checkState())(2 if item.text() == "DTC" else 0))
    dock.run()
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)
    assert "DTC restored" in viewer.layers
    width = viewer.layers["GR"].scale[1]
    event = type("Event", (), {"modifiers": ["Shift"], "delta": (0, 1), "handled": False})()
    view_of(viewer)._on_wheel(viewer, event)
    assert viewer.layers["GR"].scale[1] > width
    viewer.screenshot()
    assert [n for n in notification_manager.records if str(n.severity) == "error"] == []
