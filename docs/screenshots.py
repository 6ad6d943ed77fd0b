"""Make the pictures of the README: docs/images/tracks.png and docs/images/napari.png.

Run it under a display of at least 1600 by 1000 pixels, or a virtual one:

    xvfb-run -a -s "-screen 0 1600x1200x24" python docs/screenshots.py

The pictures show the Permian Basin well of the demo where its wheel is installed, else the
synthetic well. Two intervals are hidden from the model, restored, and shown with the truth.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from welllog.formats import read, write
from welllog.gaps import Gap
from welllog.plot import plot_well
from welllog.restoration import Restoration, restore
from welllog.samples import find_demo_well, synthetic_well
from welllog.well import Well

IMAGES = Path(__file__).parent / "images"
WINDOW = (1600, 1000)
HIDDEN = {"DTC": (0.62, 30.0), "RHOB": (0.627, 30.0)}
"""Canonical curve: where its hidden interval begins, as part of the well, and its metres."""


def open_well() -> Well:
    """Return the demo well, or the synthetic one."""
    path = find_demo_well()
    return synthetic_well() if path is None else read(path)


def hide(well: Well) -> tuple[Well, dict[str, tuple[float, float]]]:
    """Return the well with an interval of each curve of HIDDEN null, and these intervals."""
    gappy = Well(well.name, well.index, well.index_unit, well.index_mnemonic)
    intervals = {}
    for own in well.canonical.values():
        gappy.add_curve(own, well.values(own), unit=well.curves[own].units)
    for name, (share, metres) in HIDDEN.items():
        own = well.find(name)
        values = well.values(own).copy()
        first = int(share * len(values))
        rows = slice(first, first + round(metres / (well.step * well.metres_per_unit)))
        values[rows] = np.nan
        del gappy.curves[own]
        gappy.add_curve(own, values, unit=well.curves[own].units)
        intervals[own] = Gap(own, rows.start, rows.stop).depths(well.index)
    return gappy, intervals


def picture_tracks(well: Well, restoration: Restoration, path: Path) -> None:
    """Save a log print of what was restored, with what had been hidden."""
    truth = {own: well.values(own) for own in restoration.curves}
    plot_well(restoration.well, restoration=restoration, truth=truth, path=path)


def picture_napari(
    well: Well, intervals: dict[str, tuple[float, float]], model: str, path: Path
) -> None:
    """Drive the plugin as a person does, and save the window."""
    import napari
    from qtpy.QtCore import QSettings, Qt
    from qtpy.QtWidgets import QApplication

    def wait(seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.01)

    with tempfile.TemporaryDirectory() as folder:
        for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(scope, QSettings.Scope.UserScope, folder)  # nobody's settings
        source = write(well, Path(folder) / f"{well.name.replace('/', '-')}.las")
        viewer = napari.Viewer(show=False)
        window = viewer.window._qt_window
        window.resize(*WINDOW)
        window.show()
        dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
        viewer.open(str(source), plugin="napari-welllog")
        wait(0.5)
        for row in range(dock.curve_list.count()):
            item = dock.curve_list.item(row)
            on = item.text() in intervals
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        dock.model_box.setCurrentText(model)
        dock.run()
        while dock._job is not None:
            wait(0.1)
        depths = [depth for span in intervals.values() for depth in span]
        middle, span = (max(depths) + min(depths)) / 2, max(depths) - min(depths)
        dock._view.zoom_to(middle - 0.3 * span, middle + 0.3 * span)
        wait(1.0)
        viewer.screenshot(str(path), canvas_only=False, flash=False)
        print(dock.message.text())
        viewer.close()


def main() -> None:
    """Make both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", default="default", help="model that restores (default: %(default)s)"
    )
    model = parser.parse_args().model
    IMAGES.mkdir(exist_ok=True)
    well = open_well()
    gappy, intervals = hide(well)
    restoration = restore(gappy, list(intervals), None, model)
    picture_tracks(well, restoration, IMAGES / "tracks.png")
    picture_napari(gappy, intervals, model, IMAGES / "napari.png")


if __name__ == "__main__":
    main()
