"""How fast wells are drawn, in CPU time and memory, beside other ways to draw them.

    xvfb-run -a -s "-screen 0 1600x1200x24" python benchmarks/viewer_speed.py [--json FILE]

Each measurement has a process of its own: an empty napari viewer; the plugin's layers; napari's own
Shapes and Vectors; pyqtgraph; matplotlib on Qt. CPU time counts all threads, those of a software
OpenGL too, and hangs little on what else the machine does. A frame is counted when the canvas has
drawn it. Memory is resident set after the first frame less that before the curves were added. All
of it is done three times over, and the median taken: a busy neighbour of the processor changes a
frame by a quarter.

    python benchmarks/viewer_speed.py --thread

measures a restoration in the plugin's worker thread against the same call without one.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CURVES = ("GR", "CALI", "BS", "RDEP", "RMED", "RSHA", "RHOB", "NPHI", "DRHO", "DTC", "DTS", "PEF")
UNITS = {"GR": "gAPI", "CALI": "in", "BS": "in", "RHOB": "g/cm3", "NPHI": "m3/m3", "DRHO": "g/cm3",
         "DTC": "us/ft", "DTS": "us/ft", "PEF": "b/e"}  # fmt: skip
CENTRES = {"GR": 70, "CALI": 9, "BS": 8.5, "RHOB": 2.4, "NPHI": 0.2, "DRHO": 0.0, "DTC": 90,
           "DTS": 170, "PEF": 3}  # fmt: skip
FRAMES = 30
WINDOW = (1400, 900)
Case = tuple[str, int, int, int]
CASES: tuple[Case, ...] = (  # (way, wells, curves, samples)
    ("empty", 0, 0, 0),
    ("plugin", 1, 12, 15_000),
    ("shapes", 1, 12, 15_000),
    ("vectors", 1, 12, 15_000),
    ("pyqtgraph", 1, 12, 15_000),
    ("matplotlib", 1, 12, 15_000),
    ("plugin", 1, 12, 5_000),
    ("plugin", 1, 12, 60_000),
    ("plugin", 5, 10, 15_000),
    ("plugin", 20, 10, 15_000),
    ("pyqtgraph", 20, 10, 15_000),
    ("matplotlib", 20, 10, 15_000),
)


def main() -> None:
    """Measure one case here, or all of them in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--case", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--thread", action="store_true", help="the worker thread's cost")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers too")
    args = parser.parse_args()
    if args.case:
        way, *sizes = args.case
        print(json.dumps(WAYS[way](*(int(size) for size in sizes))))
        return
    if args.thread:
        print(json.dumps(measure_thread()))
        return
    found: dict[Case, list[dict[str, float]]] = {case: [] for case in CASES}
    for case in CASES * args.repeats:
        command = [sys.executable, __file__, "--case", *(str(part) for part in case)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
        if done.returncode:
            print(f"{case}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        else:
            found[case].append(json.loads(done.stdout.strip().splitlines()[-1]))
    rows = [
        {
            **dict(zip(("way", "wells", "curves", "samples"), case, strict=True)),
            **{name: float(np.median([each[name] for each in runs])) for name in runs[0]},
        }
        for case, runs in found.items()
        if runs
    ]
    print(table(rows))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


def table(rows: list[dict[str, Any]]) -> str:
    """Return the numbers as a Markdown table; frames also as multiples of an empty viewer's."""
    empty = next((row["frame_ms"] for row in rows if row["way"] == "empty"), np.nan)
    lines = [
        "| drawn by | wells x curves x samples | first draw, CPU s | frame, CPU ms | x empty | "
        "zoom step, CPU ms | MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        size = f"{row['wells']} x {row['curves']} x {row['samples']:,}" if row["wells"] else "–"
        lines.append(
            f"| {row['way']} | {size} | {row['first_s']:.2f} | {row['frame_ms']:.0f} | "
            f"{row['frame_ms'] / empty:.2f} | {row['zoom_ms']:.0f} | {row['mb']:.0f} |"
        )
    return "\n".join(lines)


def make_wells(wells: int, curves: int, samples: int) -> list[Any]:
    """Return wells of random walks with nulls, at 0.1524 m."""
    from welllog.well import Well

    random = np.random.default_rng(0)
    made = []
    for number in range(wells):
        well = Well(f"W-{number + 1}", 1000 + 0.1524 * np.arange(samples))
        for name in CURVES[:curves]:
            walk = np.cumsum(random.normal(size=samples)) / np.sqrt(samples)
            noise = random.normal(size=samples) * 0.1
            if name in CENTRES:
                values = CENTRES[name] * (1 + 0.2 * walk + 0.1 * noise) + 0.02 * noise
            else:
                values = 10.0 ** (0.7 + 0.5 * walk + 0.3 * noise)
            values[samples // 3 : samples // 3 + 40] = np.nan
            well.add_curve(name, values, unit=UNITS.get(name, "ohm.m"))
        made.append(well)
    return made


class Clock:
    """CPU time and resident memory since it was made."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._memory = self._process.memory_info().rss
        self._began = time.process_time()

    @property
    def seconds(self) -> float:
        """CPU seconds."""
        return time.process_time() - self._began

    @property
    def megabytes(self) -> float:
        """Resident set gained."""
        return float(self._process.memory_info().rss - self._memory) / 1e6


def measure(
    add: Callable[[], None], draw: Callable[[], None], pan: Callable[[int], None],
    zoom: Callable[[int], None],
) -> dict[str, float]:  # fmt: skip
    """Return what the first draw, a frame while panning and a step of zoom take."""
    draw()
    gc.collect()
    clock = Clock()
    add()
    draw()
    first, megabytes = clock.seconds, clock.megabytes
    steps = []
    for act in (pan, zoom):
        act(0)
        draw()
        gc.collect()  # one in thirty frames takes as long as seven of them
        clock = Clock()
        for frame in range(1, FRAMES + 1):
            act(frame)
            draw()
        steps.append(1000 * clock.seconds / FRAMES)
    return {"first_s": first, "frame_ms": steps[0], "zoom_ms": steps[1], "mb": megabytes}


def in_napari(add_to: Callable[[Any, list[Any]], None]) -> Callable[[int, int, int], Any]:
    """Return a measurement of something that is added to a napari viewer."""

    def run(wells: int, curves: int, samples: int) -> dict[str, float]:
        import napari
        from qtpy.QtCore import QSettings
        from qtpy.QtWidgets import QApplication

        import napari_welllog._log_view  # noqa: F401 (imports are no drawing)

        with tempfile.TemporaryDirectory() as folder:
            for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
                QSettings.setPath(scope, QSettings.Scope.UserScope, folder)
            viewer = napari.Viewer(show=False)
            viewer.window._qt_window.resize(*WINDOW)
            viewer.window._qt_window.show()
            canvas = viewer.window._qt_window._qt_viewer.canvas
            drawn: list[int] = []
            canvas._scene_canvas.events.draw.connect(lambda event: drawn.append(1))

            def draw() -> None:
                before = len(drawn)
                canvas.native.update()
                until = time.monotonic() + 60
                while len(drawn) == before and time.monotonic() < until:
                    QApplication.processEvents()

            made = make_wells(wells, curves, samples)
            flat = canvas.camera._2D_camera

            def pan(frame: int) -> None:
                flat.center = (flat.center[0], 1500 + 3 * (frame % 10))

            def zoom(frame: int) -> None:
                flat.zoom((1.0, 0.9 if frame % 2 else 1 / 0.9), flat.center[:2])

            for _ in range(3):
                draw()
            result = measure(lambda: add_to(viewer, made), draw, pan, zoom)
            viewer.close()
            return result

    return run


def add_nothing(viewer: Any, wells: list[Any]) -> None:
    """Leave the viewer empty."""


def add_plugin(viewer: Any, wells: list[Any]) -> None:
    """Add wells as the plugin's reader does."""
    from napari.layers import Layer

    from napari_welllog._log_view import view_of
    from welllog.templates import choose_template

    view = view_of(viewer)
    pending: list[Any] = []
    for well in wells:
        pending += view.make_layers(well, pending, choose_template(well))
    for made in pending:
        viewer.add_layer(Layer.create(*made))


def add_shapes(viewer: Any, wells: list[Any]) -> None:
    """Add each curve as one path of a Shapes layer."""
    for place, (depth, across) in enumerate(_lines(wells)):
        solid = np.isfinite(across)
        path = np.c_[depth[solid], 200 * (place + across[solid])]
        viewer.add_shapes([path], shape_type="path", edge_width=1.0)


def add_vectors(viewer: Any, wells: list[Any]) -> None:
    """Add each curve as napari's own Vectors."""
    for place, (depth, across) in enumerate(_lines(wells)):
        points = np.c_[depth, 200 * (place + across)]
        segments = np.stack([points[:-1], np.diff(points, axis=0)], axis=1)
        segments = segments[np.isfinite(segments).all(axis=(1, 2))]
        viewer.add_vectors(segments, vector_style="line", edge_width=1.0)


def _lines(wells: list[Any]) -> list[tuple[Any, Any]]:
    """Return depth and position in its track of every curve."""
    from welllog.tracks import choose_track_curve, positions

    return [
        (well.index, np.clip(positions(well.values(own), choose_track_curve(well, own)), 0, 1))
        for well in wells
        for own in well.curves
    ]


def in_pyqtgraph(wells: int, curves: int, samples: int) -> dict[str, float]:
    """Measure pyqtgraph: a plot for each curve, depths linked, thinned to what is seen."""
    import pyqtgraph
    from qtpy.QtWidgets import QApplication

    QApplication.instance() or QApplication([])
    window = pyqtgraph.GraphicsLayoutWidget(size=WINDOW)
    window.show()
    made = make_wells(wells, curves, samples)
    plots: list[Any] = []

    def add() -> None:
        for depth, across in _lines(made):
            plot = window.addPlot()
            plot.hideAxis("left")
            plot.hideAxis("bottom")
            plot.invertY(True)
            line = plot.plot(across, depth, connect="finite")
            line.setClipToView(False)  # it clips along x alone
            if plots:
                plot.setYLink(plots[0])
            plots.append(plot)

    def draw() -> None:
        window.viewport().repaint()
        QApplication.processEvents()

    def pan(frame: int) -> None:
        plots[0].setYRange(1300 + 3 * (frame % 10), 1700 + 3 * (frame % 10), padding=0)

    def zoom(frame: int) -> None:
        plots[0].setYRange(1300, 1700 * (1 - 0.05 * (frame % 2)), padding=0)

    return measure(add, draw, pan, zoom)


def in_matplotlib(wells: int, curves: int, samples: int) -> dict[str, float]:
    """Measure matplotlib on Qt: an axes for each curve, depths shared."""
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure
    from qtpy.QtWidgets import QApplication

    QApplication.instance() or QApplication([])
    figure = Figure(figsize=(WINDOW[0] / 100, WINDOW[1] / 100), dpi=100)
    canvas = FigureCanvasQTAgg(figure)
    canvas.resize(*WINDOW)
    canvas.show()
    made = make_wells(wells, curves, samples)
    axes: list[Any] = []

    def add() -> None:
        lines = _lines(made)
        for place, (depth, across) in enumerate(lines):
            shared = {"sharey": axes[0]} if axes else {}
            axes.append(figure.add_subplot(1, len(lines), place + 1, **shared))
            axes[-1].plot(across, depth, linewidth=0.7)
            axes[-1].set_axis_off()
        axes[0].invert_yaxis()

    def draw() -> None:
        canvas.draw()
        QApplication.processEvents()

    def pan(frame: int) -> None:
        axes[0].set_ylim(1700 + 3 * (frame % 10), 1300 + 3 * (frame % 10))

    def zoom(frame: int) -> None:
        axes[0].set_ylim(1700 * (1 - 0.05 * (frame % 2)), 1300)

    return measure(add, draw, pan, zoom)


def measure_thread(repeats: int = 5) -> dict[str, float]:
    """Return seconds of a restoration with and without the worker thread, and their ratio."""
    import napari
    from qtpy.QtWidgets import QApplication

    from napari_welllog._jobs import Job
    from napari_welllog._restore_work import make_work
    from welllog.samples import synthetic_well

    well = synthetic_well(seed=1, top=1000, base=2500)
    spans = [(1200.0, 1220.0), (1500.0, 1550.0), (1800.0, 1810.0), (2100.0, 2200.0)]
    work = make_work(well, ["DTC", "RHOB"], "picked", spans, ["deep-kriging"], "cpu")
    work(lambda share, message: None)  # the model is read once
    viewer = napari.Viewer(show=True)
    QApplication.processEvents()

    def in_thread() -> None:
        job, ended = Job(work), []
        job.succeeded.connect(ended.append)
        job.failed.connect(ended.append)
        job.start()
        while not ended:
            QApplication.processEvents()
            time.sleep(0.01)
        assert not isinstance(ended[0], Exception), ended[0]

    times: dict[str, list[float]] = {"plain": [], "thread": []}
    for _ in range(repeats):
        for name, act in (("plain", lambda: work(lambda s, m: None)), ("thread", in_thread)):
            began = time.perf_counter()
            act()
            times[name].append(time.perf_counter() - began)
    viewer.close()
    plain, thread = (float(np.median(times[name])) for name in ("plain", "thread"))
    return {"plain_s": plain, "thread_s": thread, "ratio": thread / plain}


WAYS: dict[str, Callable[[int, int, int], dict[str, float]]] = {
    "empty": in_napari(add_nothing),
    "plugin": in_napari(add_plugin),
    "shapes": in_napari(add_shapes),
    "vectors": in_napari(add_vectors),
    "pyqtgraph": in_pyqtgraph,
    "matplotlib": in_matplotlib,
}


if __name__ == "__main__":
    main()
