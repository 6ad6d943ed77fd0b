"""A viewer to drive with real Qt events, and settings that stay in a temporary folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from welllog.formats import write
from welllog.samples import synthetic_well
from welllog.well import Well

_NO_DISPLAY = bool(os.environ.get("WELLLOG_NO_DISPLAY")) or (
    sys.platform.startswith("linux")
    and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests out where Qt would abort the process for want of a screen."""
    return True if _NO_DISPLAY and collection_path.name.startswith("test_") else None


@pytest.fixture(scope="session", autouse=True)
def quick_collections():
    """Keep what is imported out of garbage collections: napari runs one for each layer removed."""
    import gc

    import welllog.formats.las  # noqa: F401

    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def no_user_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the docks of a whole module remember, and work they keep, out of the user's."""
    from napari.settings import get_plugin_settings

    from napari_welllog import _autosave

    _keep_settings_in(tmp_path_factory.mktemp("settings"))
    get_plugin_settings(path_dir=tmp_path_factory.mktemp("preferences"))
    kept = tmp_path_factory.mktemp("autosave")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_autosave, "autosave_folder", lambda: kept)
        yield


@pytest.fixture(autouse=True)
def own_settings(no_user_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test begin with docks that remember nothing, and no work that was kept."""
    from qtpy.QtCore import QSettings

    from napari_welllog import _autosave
    from napari_welllog._preferences import preferences

    preferences().reset()
    _keep_settings_in(tmp_path / "settings")
    QSettings("napari-welllog", "restore").clear()
    monkeypatch.setattr(_autosave, "autosave_folder", lambda: tmp_path / "autosave")


def _keep_settings_in(folder: Path) -> None:
    from qtpy.QtCore import QSettings

    for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(scope, QSettings.Scope.UserScope, str(folder))


def make_well(seed: int, gap: tuple[float, float] | None = None) -> Well:
    """Return 150 m of a well with four curves (napari takes its time to add a layer).

    ``gap``: top and base of a null run in DTC.
    """
    source = synthetic_well(seed=seed, top=1500, base=1650)
    well = Well(source.name, source.index, source.index_unit, source.index_mnemonic)
    for name in ("GR", "RHOB", "NPHI", "DTC"):
        values = source.values(name).copy()
        if gap is not None and name == "DTC":
            values[(well.index >= gap[0]) & (well.index <= gap[1])] = np.nan
        well.add_curve(name, values, unit=source.curves[name].units)
    return well


@pytest.fixture(scope="session")
def gappy_well() -> Well:
    """A well with 10 m of DTC missing at 1560 m."""
    return make_well(7, (1560, 1570))


@pytest.fixture(scope="session")
def las_folder(tmp_path_factory: pytest.TempPathFactory, gappy_well: Well) -> Path:
    """Hold a LAS file of each well the tests open."""
    folder = tmp_path_factory.mktemp("las")
    write(gappy_well, folder / "gappy.las")
    write(make_well(8), folder / "whole.las")
    return folder


@pytest.fixture
def gappy_las(las_folder: Path) -> Path:
    """A LAS file with 10 m of DTC missing at 1560 m."""
    return las_folder / "gappy.las"


@pytest.fixture
def whole_las(las_folder: Path) -> Path:
    """A LAS file with nothing missing."""
    return las_folder / "whole.las"


def _show(viewer: Any) -> None:
    from qtpy.QtWidgets import QApplication

    viewer.window._qt_window.resize(900, 600)
    QApplication.processEvents()


@pytest.fixture
def viewer(make_napari_viewer):
    """A napari viewer that is shown, 900 by 600 pixels."""
    viewer = make_napari_viewer(show=True)
    _show(viewer)
    return viewer


@pytest.fixture(scope="module")
def bare_viewer(qapp):
    """One viewer for a whole module, with nothing in it (a second viewer costs seconds)."""
    import gc

    import napari
    from napari._qt.qt_viewer import QtViewer
    from qtpy.QtWidgets import QApplication

    viewer = napari.Viewer(show=True)
    _show(viewer)
    yield viewer
    viewer.close()
    QApplication.processEvents()
    gc.collect()
    QtViewer._instances.clear()


@pytest.fixture(scope="module")
def shared_viewer(bare_viewer, las_folder):
    """The same with the gappy well, and the Restore dock."""
    from qtpy.QtWidgets import QApplication

    bare_viewer.open(str(las_folder / "gappy.las"), plugin="napari-welllog")
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    QApplication.processEvents()
    return bare_viewer, dock


@pytest.fixture
def open_las(viewer) -> Callable[[Path], None]:
    """Open a file as File > Open does."""
    from qtpy.QtWidgets import QApplication

    def open_path(path: Path) -> None:
        viewer.open(str(path), plugin="napari-welllog")
        QApplication.processEvents()

    return open_path


@pytest.fixture
def dock(viewer):
    """The Restore dock, opened as the Plugins menu does."""
    return viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]


@pytest.fixture
def drag(qtbot):
    """Drag over a viewer's canvas with Qt mouse events, from one depth to another."""
    from qtpy.QtCore import QEvent, QPointF, Qt
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtWidgets import QApplication

    def drag(viewer: Any, first: float, last: float, *, shift: bool = True) -> None:
        canvas = viewer.window._qt_window._qt_viewer.canvas

        def send(kind, y, button, buttons) -> None:
            at = QPointF(canvas.size[1] * 0.6, y)
            beyond = QPointF(canvas.native.mapToGlobal(at.toPoint()))
            event = QMouseEvent(kind, at, beyond, button, buttons, held)
            QApplication.sendEvent(canvas.native, event)
            qtbot.wait(40)  # napari looks at moves every few milliseconds

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        held = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        top, base = (canvas.view.scene.transform.map([0, depth])[1] for depth in (first, last))
        send(QEvent.Type.MouseButtonPress, top, left, left)
        for share in (0.3, 0.7, 1.0):
            send(QEvent.Type.MouseMove, top + share * (base - top), none, left)
        send(QEvent.Type.MouseButtonRelease, base, left, none)

    return drag


@pytest.fixture(scope="module")
def qc_shared(bare_viewer, las_folder):
    """A viewer for a module with the whole well, and the QC dock at its right."""
    from qtpy.QtWidgets import QApplication

    bare_viewer.open(str(las_folder / "whole.las"), plugin="napari-welllog")
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "QC")[1]
    QApplication.processEvents()
    return bare_viewer, dock


@pytest.fixture(scope="module")
def restoration(qc_shared):
    """Of 20 m of DTC that were measured, along a straight line."""
    from napari_welllog._log_view import view_of
    from welllog.restoration import restore

    (well,) = view_of(qc_shared[0]).wells()
    return restore(well, "DTC", [(1540, 1560)], "interpolation")


@pytest.fixture
def restored(qc_shared, restoration):
    """The well, with layers of the restoration."""
    from napari_welllog._layers import describe, to_restored_layers
    from napari_welllog._log_view import view_of

    viewer, _ = qc_shared
    view = view_of(viewer)
    view.fit()
    (well,) = view.wells()
    shown = {
        record["kind"]: layer
        for layer, record in view.records()
        if record.get("restoration") is restoration
    }
    made = to_restored_layers(well, restoration, view.places(well), view.canvas_colour)
    for data, meta, _ in view.suit(made):  # napari takes its time to add and to remove a layer
        layer = shown.get(describe(meta["metadata"])["kind"]) or viewer.add_vectors(data, **meta)
        layer.name = meta["name"]
    return well


@pytest.fixture
def qc_dock(qc_shared, restored, restoration):
    """The module's QC dock, on the fit; what a test leaves behind is taken away."""
    from napari_welllog._log_view import view_of

    viewer, dock = qc_shared
    for box, key in ((dock.depth_box, "whole"), (dock.plot_box, "fit")):
        box.setCurrentIndex(box.findData(key))
    dock.refresh()
    yield dock
    dock._picker.intervals = []
    dock.clear_marks()
    for layer, record in view_of(viewer).records():
        if record["kind"] == "candidate" or record.get("restoration") not in (None, restoration):
            viewer.layers.remove(layer)
