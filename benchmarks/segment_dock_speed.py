"""A stroke of the brush in the Segment dock: time until the layer of the preview is there.

    xvfb-run -a -s "-screen 0 1600x1200x24" python benchmarks/segment_dock_speed.py

A picture of 1000 x 1000 is shown whole in napari. Strokes are painted into the layer of scribbles
as the brush paints them; printed are medians of ``RUNS``: CPU seconds of all threads (napari's own
drawing by software is among them), seconds on the clock, and how many of those the dock waits for a
further stroke. Levels and clusters follow settings, not strokes: for them a setting is changed.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

RUNS = 9
SIDE = 1000
SETTINGS = {
    "threshold": ("levels", ((0.4,), (0.6,))),
    "kmeans": ("clusters", (4, 3)),
    "pixels": ("", ()),
}


def grains() -> tuple[np.ndarray, np.ndarray]:
    """Return a picture of three kinds of grains, and its labels from 1 on."""
    random = np.random.default_rng(0)
    row, column = np.indices((SIDE, SIDE))
    truth = (row // 61 + column // 47) % 3
    colours = np.array([[40, 40, 60], [150, 90, 60], [220, 220, 210]], np.float32)
    noise = random.normal(0, 25, (SIDE, SIDE, 3))
    return (colours[truth] + noise).clip(0, 255).astype(np.uint8), truth + 1


def measure(dock: Any, change: Callable[[int], None], pump: Callable[[], Any]) -> tuple[float, ...]:
    """Return the medians of CPU and clock of what follows a change."""
    taken = []
    for number in range(RUNS + 2):
        quiet = time.perf_counter()
        while dock.preview.busy or time.perf_counter() - quiet < 0.4:
            pump()
            time.sleep(0.005)
        shown: list[bool] = []
        dock.preview.shown.connect(lambda told=shown: told.append(True))
        cpu, clock = time.process_time(), time.perf_counter()
        change(number)
        while not shown:
            pump()
            time.sleep(0.002)
        pump()
        taken.append((time.process_time() - cpu, time.perf_counter() - clock))
    after = taken[2:]  # the first looks at the view, and loads libraries
    return tuple(statistics.median(column) for column in zip(*after, strict=True))


def main() -> None:
    """Print the table."""
    import napari
    from qtpy.QtCore import QSettings
    from qtpy.QtWidgets import QApplication

    from napari_welllog._segment_preview import _PAUSE

    folder = tempfile.mkdtemp()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    viewer = napari.Viewer()
    viewer.window._qt_window.resize(1400, 1100)
    picture, truth = grains()
    viewer.add_image(picture, name="rock")
    dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Segment")[1]
    dock.class_table.have(3)
    QApplication.processEvents()
    viewer.reset_view()
    print("| method | what | CPU s | clock s | of that waiting s |")
    print("| --- | --- | --- | --- | --- |")
    for method, (name, values) in SETTINGS.items():
        dock.live_box.setChecked(False)
        dock.method_box.setCurrentText(method)
        if method == "pixels":
            dock.scribble_button.click()
            layer = viewer.layers["rock scribbles"]
            for row in range(20, SIDE, 200):
                layer.data[row : row + 3] = truth[row : row + 3]

        def change(number: int, name: str = name, values: Any = values) -> None:
            if name == "levels":
                dock.settings_form.set_levels(list(values[number % 2]))
            elif name:
                dock.settings_form.inputs[name].setValue(values[number % 2])
            else:
                row = 60 + 40 * number
                viewer.layers["rock scribbles"].paint((row, 100), int(truth[row, 100]))

        dock.live_box.setChecked(True)
        cpu, clock = measure(dock, change, QApplication.processEvents)
        what = f"a change of {name}" if name else "a stroke"
        print(f"| {method} | {what} | {cpu:.2f} | {clock:.2f} | {_PAUSE / 1000:.2f} |", flush=True)
    viewer.close()


if __name__ == "__main__":
    main()
