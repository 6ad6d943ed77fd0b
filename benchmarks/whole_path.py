"""From an empty napari to a restored, checked and exported curve: clicks and seconds.

    xvfb-run -a -s "-screen 0 1600x1200x24" python benchmarks/whole_path.py [WELL.las]

Each step is done with real mouse events and counted as a person would: a menu is a click for each
level, a dropped file one, a drag one, a file dialog one (its proposal is taken). Seconds are those
of the computer; a person adds their own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from welllog.formats import read, write
from welllog.samples import synthetic_well


class Steps:
    """Counts what is done."""

    def __init__(self) -> None:
        self.clicks = 0
        self.began = time.perf_counter()
        self.lines: list[str] = []

    def count(self, what: str, clicks: int = 1) -> None:
        """Note a step that was done."""
        self.clicks += clicks
        seconds = time.perf_counter() - self.began
        self.lines.append(f"{self.clicks:3d} clicks  {seconds:6.1f} s  {what}")


def main() -> None:
    """Walk the path, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("well", nargs="?", type=Path, help="default: a synthetic well")
    parser.add_argument("--curve", default="DTC", help="default: %(default)s")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = args.well or write(
            synthetic_well(seed=3, top=1500, base=2500), Path(folder) / "well.las"
        )
        print("\n".join(walk(source, args.curve, Path(folder))))


def walk(source: Path, curve: str, folder: Path) -> list[str]:
    """Restore twenty metres in the middle of a curve; return the steps in words."""
    import napari
    from qtpy.QtCore import QPoint, QSettings, Qt
    from qtpy.QtTest import QTest
    from qtpy.QtWidgets import QFileDialog

    from napari_welllog._places import edges

    for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(scope, QSettings.Scope.UserScope, str(folder))
    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.resize(1500, 900)
    QTest.qWait(200)
    path = Steps()
    left = Qt.MouseButton.LeftButton

    def click(widget: Any, place: QPoint | None = None) -> None:
        QTest.mouseClick(widget, left, pos=place or widget.rect().center())

    def wait_for_run() -> None:
        while dock._job is not None:
            QTest.qWait(20)

    dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    path.count("Plugins > Well logs > Restore", 3)
    viewer.open(str(source), plugin="napari-welllog")
    QTest.qWait(100)
    path.count("the file dropped on the window")
    middle = float(dock.well.index.mean())
    place = dock._view.places(dock.well)[dock.well.find(curve)]
    drag(viewer, sum(edges(place)) / 2, middle - 10, middle + 10)
    path.count(f"Shift + drag over {dock._picker.intervals[0]}")
    rows = {dock.curve_list.item(i).text(): i for i in range(dock.curve_list.count())}
    for name in [*(n for n in dock.chosen_curves if n != curve), curve]:
        if name != curve or curve not in dock.chosen_curves:
            box = dock.curve_list.visualItemRect(dock.curve_list.item(rows[name]))
            click(dock.curve_list.viewport(), QPoint(box.left() + 10, box.center().y()))
            path.count(f"{name} ticked, or not")
    click(dock.run_button)
    wait_for_run()
    path.count("Run")
    click(dock.review.blind_button)
    wait_for_run()
    path.count("Blind test")
    click(dock.review.accept_button)
    path.count("Accept")
    out = folder / "restored.las"
    QFileDialog.getSaveFileName = staticmethod(  # type: ignore[method-assign]
        lambda *args: (str(out), "")
    )
    click(dock.save_button)
    path.count("Save LAS, and the name proposed", 2)
    saved = read(out)
    filled = int((saved.values(f"{saved.find(curve)}_FLAG") > 0).sum())
    viewer.close()
    return [*path.lines, f"{filled} samples of {curve} are restored in {out.name}"]


def drag(viewer: Any, across: float, first: float, last: float) -> None:
    """Drag with Shift from one depth to another, at a world coordinate across the tracks."""
    from qtpy.QtCore import QEvent, QPointF, Qt
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtTest import QTest
    from qtpy.QtWidgets import QApplication

    canvas = viewer.window._qt_window._qt_viewer.canvas
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

    def send(kind: Any, depth: float, button: Any, buttons: Any) -> None:
        at = QPointF(*canvas.view.scene.transform.map([across, depth])[:2])
        beyond = QPointF(canvas.native.mapToGlobal(at.toPoint()))
        held = Qt.KeyboardModifier.ShiftModifier
        QApplication.sendEvent(canvas.native, QMouseEvent(kind, at, beyond, button, buttons, held))
        QTest.qWait(40)

    send(QEvent.Type.MouseButtonPress, first, left, left)
    for share in (0.5, 1.0):
        send(QEvent.Type.MouseMove, first + share * (last - first), none, left)
    send(QEvent.Type.MouseButtonRelease, last, left, none)


if __name__ == "__main__":
    main()
