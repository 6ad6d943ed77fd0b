"""Make the pictures of the README and of docs/restoring.md, in docs/images.

Run it under a display of at least 1600 by 1000 pixels, or a virtual one:

    xvfb-run -a -s "-screen 0 1600x1200x24" python docs/screenshots.py

The first two show the Permian Basin well of the demo where its wheel is installed, else the
synthetic well. Two intervals are hidden from the model, restored, and shown with the truth. The
others show well 16/2-6 of FORCE 2020 (NLOD 2.0) where WELLLOG_DATA has it. Those of the latent
space show well 35/11-7 and the network that --network names, and are not made without one.
"""

from __future__ import annotations

import argparse
import os
import shutil
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

IMAGES = Path(__file__).resolve().parent / "images"
WINDOW = (1600, 1000)
DATA = Path(os.environ.get("WELLLOG_DATA", Path(__file__).parents[2] / "shared/data"))
NORTH_SEA = DATA / "force2020/train/16_2-6.las.xz"
IMAGE_LOG = DATA / "borehole_image/P11-A-02_Composite_MEM_Image_NF.las"
NOISY = DATA / "force2020/dev/35_11-7.las"
CORED = 2018.2
"""Made up: where photographs of another well's core are shown, in metres."""
FIVE = ("16_1-6 A", "16_2-6", "16_2-11 A", "16_5-3", "16_8-1")
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


class Window:
    """A napari window with the Restore dock, driven as a person drives it; nobody's settings."""

    def __init__(self, folder: str, theme: str = "dark") -> None:
        import napari
        from qtpy.QtCore import QSettings

        for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(scope, QSettings.Scope.UserScope, folder)
        os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(dir=folder)  # nobody's unsaved work
        self.viewer = napari.Viewer(show=False)
        self.viewer.theme = theme
        self.viewer.window._qt_window.resize(*WINDOW)
        self.viewer.window._qt_window.show()
        self.dock = self.viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]

    def wait(self, seconds: float) -> None:
        """Let the window live."""
        from qtpy.QtWidgets import QApplication

        until = time.monotonic() + seconds
        while time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.01)

    def open(self, path: Path) -> None:
        """Open a file as the File menu does."""
        from qtpy.QtWidgets import QWidget

        from napari_welllog._core_pictures import await_pictures

        self.viewer.open(str(path), plugin="napari-welllog")
        self.wait(0.5)
        while await_pictures(self.viewer).busy:
            self.wait(0.1)
        for widget in self.viewer.window._qt_window.findChildren(QWidget):
            if type(widget).__name__ == "NapariQtNotification":
                widget.close()  # what the reader has to say of the file

    def finish_runs(self) -> None:
        """Wait until no run goes on."""
        while self.dock._job is not None:
            self.wait(0.1)

    def zoom(self, top: float, base: float) -> None:
        """Show these depths."""
        self.dock._view.zoom_to(top + (base - top) / 4, base - (base - top) / 4)

    def save(self, path: Path) -> None:
        """Save the window."""
        self.wait(0.7)
        self.viewer.screenshot(str(path), canvas_only=False, flash=False)
        print(path)

    def close(self) -> None:
        """Close the window."""
        self.viewer.close()
        self.wait(0.2)


def picture_napari(
    well: Well, intervals: dict[str, tuple[float, float]], model: str, path: Path, folder: str
) -> None:
    """Picture a well restored and accepted: the first picture of the README."""
    source = write(well, Path(folder) / f"{well.name.replace('/', '-')}.las")
    window = Window(folder)
    window.open(source)
    dock = window.dock
    dock.curve_list.tick(*intervals)
    dock.model_list.tick(dock.default_model if model == "default" else model)
    dock.run()
    window.finish_runs()
    dock.review.decision_table.selectAll()
    dock.review.accept()
    dock.tabs.setCurrentIndex(0)
    depths = [depth for span in intervals.values() for depth in span]
    middle, span = (max(depths) + min(depths)) / 2, max(depths) - min(depths)
    window.zoom(middle - 0.6 * span, middle + 0.6 * span)
    window.save(path)
    window.close()


def picture_review(path: Path, folder: str) -> None:
    """Picture candidates of a real well, compared by a blind test that is drawn in place."""
    window = Window(folder)
    window.open(NORTH_SEA)
    dock, review = window.dock, window.dock.review
    dock.curve_list.tick("DTC")
    dock.model_list.tick("deep-kriging", "interpolation")
    dock._picker.intervals = [(1540.0, 1560.0)]
    dock.run()
    window.finish_runs()
    review.blind_button.click()
    window.finish_runs()
    review.blind_box.setChecked(True)
    test = dock._home.session.state.works[0].blind_tests[0]
    near = min(test.intervals, key=lambda span: abs(span[0] - 1550))
    ends = sorted((*near, 1540.0, 1560.0))
    window.zoom(ends[0] - 15, min(ends[-1] + 15, ends[0] + 120))
    window.save(path)
    window.close()


def picture_whole_and_near(whole: Path, near: Path, light: Path, folder: str) -> None:
    """Picture a triple combo whole, thirty metres of it, and the same on white."""
    window = Window(folder)
    window.open(NORTH_SEA)
    window.viewer.window._qt_window._qt_viewer.dockLayerControls.setVisible(False)
    window.save(whole)
    window.zoom(1530.0, 1560.0)
    window.save(near)
    window.viewer.theme = "light"
    window.save(light)
    window.close()


def picture_qc(path: Path, folder: str) -> None:
    """Picture the QC dock beside a well with a restored curve."""
    window = Window(folder)
    window.open(NORTH_SEA)
    dock = window.dock
    dock.curve_list.tick("DTC")
    dock.model_list.tick("deep-kriging")
    dock._picker.intervals = [(1500.0, 1600.0)]
    dock.run()
    window.finish_runs()
    dock.review.accept()
    from qtpy.QtCore import Qt

    qc = window.viewer.window.add_plugin_dock_widget("napari-welllog", "QC")[1]
    dock.parent().hide()
    window.wait(0.5)
    frame = window.viewer.window._qt_window
    frame.resizeDocks([qc.parent()], [520], Qt.Orientation.Horizontal)
    window.zoom(1450.0, 1650.0)
    window.save(path)
    window.close()


def picture_segments(path: Path, folder: str) -> None:
    """Picture a photograph of core of a synthetic picture, scribbled and told apart."""
    from PIL import Image

    draw = np.random.default_rng(0)
    rows, columns = np.mgrid[0:700, 0:900].astype(float)
    bed = rows + 40 * np.sin(columns / 130) + 12 * np.sin(columns / 31)
    beds = np.digitize(bed, (150.0, 260.0, 420.0, 470.0, 600.0))
    rocks = np.array([(196, 178, 140), (92, 94, 98), (150, 116, 88)], float)
    pixels = rocks[np.array([0, 1, 2, 1, 0, 1])[beds]] + draw.normal(0, 9, (700, 900, 1))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(Path(folder) / "slab.png")
    window = Window(folder)
    window.viewer.window.remove_dock_widget(window.dock)
    window.viewer.open(str(Path(folder) / "slab.png"))
    dock = window.viewer.window.add_plugin_dock_widget("napari-welllog", "Segment")[1]
    dock.method_box.setCurrentText("pixels")
    from welllog.cores.classes import name_classes

    dock.class_table.show_classes(
        name_classes(
            ("sandstone", "shale", "siltstone"), ((230, 159, 0), (0, 114, 178), (0, 158, 115))
        )
    )
    dock.scribble_button.click()
    layer = window.viewer.layers.selection.active
    for label, row in ((1, 60), (2, 180), (3, 300), (2, 435), (1, 500)):
        layer.data_setitem(tuple(np.mgrid[row : row + 10, 420:500].reshape(2, -1)), label)
    window.wait(0.5)
    while dock.preview.busy:
        window.wait(0.1)
    dock.apply()
    while dock._job is not None:
        window.wait(0.1)
    window.save(path)
    window.close()


def picture_core(path: Path, folder: str) -> None:
    """Picture photographs of core at made-up depths beside a borehole image and logs."""
    from welllog.cores.columns import find_columns
    from welllog.cores.pictures import read_picture
    from welllog.cores.placement import place_picture
    from welllog.cores.placement_files import cores_path, write_placements

    well = Path(shutil.copy(IMAGE_LOG, folder))
    placements = []
    for number, photo in enumerate(sorted((DATA / "cores").glob("*.jpeg"))):
        picture = read_picture(photo)
        top = CORED + 1.2 * number
        columns = find_columns(picture)
        placements.append(place_picture(photo, picture.shape[:2], columns, top, top + 1.2))
    write_placements(cores_path(well), placements)
    window = Window(folder)
    window.open(well)
    dock = window.viewer.window.add_plugin_dock_widget("napari-welllog", "Core")[1]
    window.wait(0.5)
    window.zoom(CORED - 0.4, CORED + 4.0)
    for name in ("redness", "texture"):
        dock.measure_boxes[name].setChecked(True)
    dock.measure_button.click()
    while dock.busy:
        window.wait(0.1)
    window.wait(0.5)
    dock.tabs.setCurrentIndex(3)
    dock.look_box.setValue(CORED + 0.83)
    window.save(path)
    window.close()


def picture_borehole(path: Path, folder: str) -> None:
    """Picture a borehole image told apart by k-means, and its classes as curves beside it."""
    from qtpy.QtCore import Qt

    from welllog.cores.classes import name_classes

    well = Path(shutil.copy(IMAGE_LOG, folder))
    window = Window(folder)
    window.open(well)
    window.viewer.window._qt_window._qt_viewer.dockLayerControls.setVisible(False)
    dock = window.viewer.window.add_plugin_dock_widget("napari-welllog", "Segment")[1]
    window.wait(0.5)
    row = dock.picture_box.findText("Open image", Qt.MatchFlag.MatchStartsWith)
    dock.picture_box.setCurrentIndex(row)
    dock.picture_box.activated.emit(row)
    dock.method_box.setCurrentText("kmeans")
    dock.settings_form.inputs["clusters"].setValue(3)
    dock.class_table.show_classes(
        name_classes(("light", "middling", "dense"), ((196, 143, 0), (96, 125, 139), (56, 142, 60)))
    )
    window.wait(0.5)
    dock.apply()
    while dock._job is not None:
        window.wait(0.1)
    dock.make_curves_from(str(Path(folder) / "segments.png"))
    window.wait(0.5)
    dock.picture.visible = False
    window.viewer.layers[f"{dock.picture.name} segments"].opacity = 1.0
    window.zoom(2240.0, 2560.0)
    window.save(path)
    window.close()


def picture_editor(path: Path, folder: str) -> None:
    """Picture the Tracks dock: a curve moved to another track, its scale being set."""
    window = Window(folder)
    window.open(NORTH_SEA)
    dock = window.viewer.window.add_plugin_dock_widget("napari-welllog", "Tracks")[1]
    window.dock.parent().hide()
    window.viewer.window._qt_window._qt_viewer.dockLayerControls.setVisible(False)
    window.wait(0.5)
    window.zoom(1500.0, 1600.0)
    titles = [track.title for track in dock.template.tracks]
    near, sonic = titles.index("Correlation"), titles.index("Sonic")
    dock.move_curve("DTC", sonic, near, None)
    dock.edit("change_curve", "DTC", near, scale=(240.0, 40.0))
    dock.edit("change_track", near, width=1.6)
    dock.tree.choose(("curve", near, "DTC"))
    window.save(path)
    window.close()


def picture_flattened(path: Path, folder: str) -> None:
    """Picture five wells flattened on the hottest shale: 4 m of the highest mean GR."""
    from napari_welllog._preferences import preferences
    from welllog.zones import Top

    window = Window(folder)
    window.viewer.window._qt_window._qt_viewer.dockLayerControls.setVisible(False)
    preferences().wells.template = "correlation"
    for name in FIVE:
        window.open(NORTH_SEA.with_name(f"{name}.las.xz"))
    preferences().wells.template = ""
    for well in window.dock._view.wells():
        gamma = np.where(well.index > 1000.0, well.values("GR"), 0.0)
        mean = np.convolve(np.nan_to_num(gamma), np.ones(round(4.0 / well.step)), "same")
        well.tops.append(Top("Hottest shale", float(well.index[mean.argmax()])))
    window.dock.parent().hide()
    wells = window.viewer.window.add_plugin_dock_widget("napari-welllog", "Wells")[1]
    wells.refresh()
    wells.top_box.setCurrentIndex(1)
    wells.top_box.activated.emit(1)
    datum = window.dock._view.hanging.datum
    window.zoom(datum - 200.0, datum + 200.0)
    window.save(path)
    window.close()


def picture_latent(path: Path, folder: str, model: str, cube: bool = False) -> None:
    """Picture the noise of a network: a map, a walk through it, and what it generates."""
    from qtpy.QtCore import Qt

    window = Window(folder)
    window.open(NOISY)
    window.dock.parent().hide()
    dock = window.viewer.window.add_plugin_dock_widget("napari-welllog", "Latent space")[1]
    frame = window.viewer.window._qt_window
    frame._qt_viewer.dockLayerControls.setVisible(False)
    frame.resizeDocks([dock.parent()], [500], Qt.Orientation.Horizontal)
    before = Path.cwd()
    os.chdir(Path(model).resolve().parent)  # the folder is nobody's business
    dock.open_model(Path(model).name)
    while dock.busy:
        window.wait(0.1)
    dock.curve_box.setCurrentIndex(dock.curve_box.findData("DTC"))
    dock._picker.intervals = [(2500.0, 2520.0)]
    dock.make_map()
    while dock.busy:
        window.wait(0.1)
    dock.move_to((-1.2, 1.0, 0.0))
    dock.start_button.click()
    dock.move_to((1.4, -0.6, 0.0))
    dock.stop_button.click()
    dock.walk_slider.setValue(35)
    if cube:
        dock.cube_button.click()
    while dock.busy or dock.desk.asking:
        window.wait(0.1)
    window.zoom(2470.0, 2550.0)
    window.wait(1.0)
    os.chdir(before)
    window.save(path)
    window.close()


def main() -> None:
    """Make all pictures, or those named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", default="default", help="model that restores (default: %(default)s)"
    )
    parser.add_argument(
        "--network", help="file of a network whose noise is pictured; none, no such picture"
    )
    parser.add_argument(
        "pictures",
        nargs="*",
        help="tracks, napari, review, whole, qc, wells, core, segment, borehole, editor, latent, "
        "cube; all",
    )
    args = parser.parse_args()
    everything = (
        "tracks napari review whole qc wells core segment borehole editor latent cube".split()
    )
    wanted = args.pictures or everything
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        if {"tracks", "napari"} & set(wanted):
            well = open_well()
            gappy, intervals = hide(well)
            restoration = restore(gappy, list(intervals), None, args.model)
            picture_tracks(well, restoration, IMAGES / "tracks.png")
            picture_napari(gappy, intervals, args.model, IMAGES / "napari.png", folder)
        if "segment" in wanted:
            picture_segments(IMAGES / "segment.png", folder)
        if not NORTH_SEA.exists():
            print(f"{NORTH_SEA} is not there: set WELLLOG_DATA for the other pictures")
            return
        if "review" in wanted:
            picture_review(IMAGES / "review.png", folder)
        if "whole" in wanted:
            names = ("whole", "near", "light")
            picture_whole_and_near(*(IMAGES / f"{name}.png" for name in names), folder)
        if "qc" in wanted:
            picture_qc(IMAGES / "qc.png", folder)
        if "core" in wanted and IMAGE_LOG.exists():
            picture_core(IMAGES / "core.png", folder)
        if "borehole" in wanted and IMAGE_LOG.exists():
            picture_borehole(IMAGES / "borehole.png", folder)
        for name in ("latent", "cube"):
            if name in wanted and args.network and NOISY.exists():
                path = IMAGES / ("latent_dock.png" if name == "latent" else "latent_cube.png")
                picture_latent(path, folder, args.network, cube=name == "cube")
        if "wells" in wanted:
            picture_flattened(IMAGES / "wells.png", folder)
        if "editor" in wanted:
            picture_editor(IMAGES / "editor.png", folder)


if __name__ == "__main__":
    main()
