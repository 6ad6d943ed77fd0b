"""Use the installed plugin as a stranger would: a sample, a LAS file, every dock, a restoration.

Run from a folder that is not the repository (``.ci/check-wheel`` does), with a display.
"""

from __future__ import annotations

import importlib.metadata
import tempfile
import time
from pathlib import Path
from typing import Any

import napari
from napari.settings import get_plugin_settings
from npe2 import PluginManager
from qtpy.QtCore import QSettings, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

import napari_welllog
import welllog

NAME = "napari-welllog"
LONGEST_S = 120


def main() -> None:
    """Raise where anything is not as it should be; print what was done."""
    for module in (napari_welllog, welllog):
        assert "site-packages" in str(module.__file__), (
            f"{module.__file__} is not what was installed"
        )
    installed = importlib.metadata.distribution(NAME)
    print(f"{NAME} {installed.version}, napari {napari.__version__}")
    folder = Path(tempfile.mkdtemp())
    get_plugin_settings(path_dir=folder)  # not those of whoever runs this
    for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(scope, QSettings.Scope.UserScope, str(folder))

    viewer = napari.Viewer()
    manager = PluginManager.instance()
    assert NAME in manager, "napari does not find the plugin"
    contributions = manager.get_manifest(NAME).contributions

    viewer.open_sample(NAME, "synthetic")
    assert len(viewer.layers) > 3, "the sample shows nothing"
    print(f"sample: {len(viewer.layers)} layers")
    viewer.layers.clear()

    path = write_gappy_well(folder / "well.las")
    viewer.open(str(path), plugin=None)  # napari is to find the reader by itself
    assert any(layer.name == "DTC" for layer in viewer.layers), "the LAS file shows no DTC"
    print(f"{path.name}: {len(viewer.layers)} layers")

    docks = {}
    for widget in contributions.widgets:
        docks[widget.display_name] = viewer.window.add_plugin_dock_widget(NAME, widget.display_name)
        QApplication.processEvents()
    print("docks:", ", ".join(docks))

    restore_in(docks["Restore"][1])
    assert {"DTC restored", "DTC 90 % band"} <= {layer.name for layer in viewer.layers}
    viewer.layers.save(str(folder / "out.las"), plugin=NAME)
    saved = welllog.read(folder / "out.las")
    assert "DTC_RES" in saved.curves and (saved.values("DTC_FLAG") == 1).sum() > 10
    print("restored and saved:", ", ".join(name for name in saved.curves if "_" in name))
    viewer.close()


def write_gappy_well(path: Path) -> Path:
    """Write a synthetic well with 10 m of DTC missing."""
    well = welllog.synthetic_well(seed=7, top=1500, base=1650)
    values = well.values("DTC").copy()
    values[(well.index > 1560) & (well.index < 1570)] = float("nan")
    gappy = welllog.Well("CLEAN", well.index, well.index_unit, well.index_mnemonic)
    for name in well.curves:
        gappy.add_curve(name, values if name == "DTC" else well.values(name),
                        unit=well.curves[name].units)  # fmt: skip
    return Path(welllog.write(gappy, path))


def restore_in(dock: Any) -> None:
    """Restore DTC with the shipped model, by the buttons, and accept it."""
    dock.curve_list.tick("DTC")
    assert dock.run_button.isEnabled(), dock.message.text()
    QTest.mouseClick(dock.run_button, Qt.MouseButton.LeftButton)
    began = time.monotonic()
    while dock._job is not None:
        assert time.monotonic() - began < LONGEST_S, "the run does not end"
        QTest.qWait(50)
    QTest.mouseClick(dock.review.accept_button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    print(dock.message.text())


if __name__ == "__main__":
    main()
