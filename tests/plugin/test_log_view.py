"""What a viewer that shows wells looks like, and that it is an ordinary viewer again afterwards."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from napari_welllog._log_view import view_of


@pytest.fixture
def viewer(bare_viewer):
    """The module's viewer, empty before and after."""
    yield bare_viewer
    bare_viewer.theme = "dark"
    bare_viewer.layers.clear()


def header_of(viewer):
    return viewer.canvas.overlays.get("welllog_header")


def canvas_of(viewer):
    return viewer.window._qt_window._qt_viewer.canvas


def test_wells_opened_one_by_one_or_together_stand_side_by_side(
    viewer, open_las, whole_las, gappy_las
):
    open_las(whole_las)
    before = view_of(viewer).sides()
    viewer.open([str(gappy_las), str(whole_las)], plugin="napari-welllog")
    spans = [view_of(viewer).sides(well) for well in view_of(viewer).wells()]
    assert len(spans) == 3 and spans[0] == before
    assert all(left[1] < right[0] for left, right in zip(spans, spans[1:], strict=False))


def test_the_viewer_is_an_ordinary_one_again_without_wells(viewer, open_las, whole_las):
    open_las(whole_las)
    viewer.layers.clear()
    assert header_of(viewer) is None
    assert type(canvas_of(viewer).camera).__name__ == "VispyCamera"
    viewer.add_image(np.random.default_rng(0).random((50, 50)))
    viewer.screenshot()
    assert canvas_of(viewer).camera._2D_camera.aspect == 1


_SESSION = """
import sys, time
import napari
from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QApplication
for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
    QSettings.setPath(scope, QSettings.Scope.UserScope, sys.argv[2])
HEAVY = ("torch", "lightgbm", "sklearn")
viewer = napari.Viewer(show=True)
dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
viewer.open(sys.argv[1], plugin="napari-welllog")
QApplication.processEvents()
print([m for m in HEAVY if m in sys.modules])
dock.model_list.tick("deep-kriging")
dock.run()
until = time.monotonic() + 120
while dock._job is not None and time.monotonic() < until:
    QApplication.processEvents()
    time.sleep(0.01)
print("torch" in sys.modules, "lightgbm" in sys.modules, "DTC by deep-kriging" in viewer.layers)
viewer.close()
"""


def test_neither_a_viewer_with_a_well_nor_the_default_model_loads_torch(gappy_las, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _SESSION, str(gappy_las), str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["[]", "False True True"]


def test_a_light_theme_darkens_the_curves(viewer, open_las, whole_las):
    open_las(whole_las)
    bright = viewer.layers["DTC"].edge_color[0].copy()
    viewer.theme = "light"
    assert (viewer.layers["DTC"].edge_color[0][:3] < bright[:3]).any()
    viewer.theme = "dark"
    np.testing.assert_allclose(viewer.layers["DTC"].edge_color[0], bright)


def test_the_synthetic_well_opens_from_the_menu(viewer):
    viewer.open_sample("napari-welllog", "synthetic")
    assert "GR" in viewer.layers
