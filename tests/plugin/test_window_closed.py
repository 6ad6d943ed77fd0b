"""A window closed while a run goes on: no thread, no traceback, nothing kept that was not asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cores.core_pictures import core_box, save_picture
from tests.plugin.conftest import make_well
from welllog.cores.columns import find_columns
from welllog.cores.placement import place_picture
from welllog.cores.placement_files import cores_path, write_placements
from welllog.formats import write

_CLOSE = """
import sys, threading
from pathlib import Path
import napari
from qtpy.QtCore import QSettings, Qt, QThreadPool, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from superqt.utils import WorkerBase
from napari.settings import get_settings
from napari_welllog import _autosave
import welllog.candidates

las, folder, others = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
_autosave.autosave_folder = lambda: folder / "autosave"
for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
    QSettings.setPath(scope, QSettings.Scope.UserScope, str(folder))
get_settings().application.confirm_close_window = True
begun, ended = [], []

def restore_for_ever(*args, progress, **settings):
    begun.append(1)
    try:
        while True:
            progress(0.5, "half way")
            threading.Event().wait(0.01)
    finally:
        ended.append(1)

welllog.candidates.restore = restore_for_ever
windows = []
for _ in range(1 + others):
    viewer = napari.Viewer()
    viewer.open(las, plugin="napari-welllog")
    dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    dock.curve_list.tick("DTC")
    dock.model_list.tick("interpolation")
    windows.append((viewer.window._qt_window, dock))
del viewer, dock
window, dock = windows.pop(0)

def run():
    for _ in range(2):  # the second waits
        QTest.mouseClick(dock.run_button, Qt.MouseButton.LeftButton)
    wait(lambda: begun and dock.progress_bar.value() == 500, close)

def close():
    QTimer.singleShot(50, lambda: wait(QApplication.activeModalWidget, confirm))
    window.windowHandle().close()  # as the button of the title bar does
    wait(lambda: ended, lambda: QTimer.singleShot(300, look))

def confirm():
    QTest.mouseClick(QApplication.activeModalWidget().close_btn, Qt.MouseButton.LeftButton)

def look():
    print("workers", len(WorkerBase._worker_set), "begun", len(begun), "ended", len(ended))
    for other, _ in windows:
        other.close()

def wait(until, then):
    then() if until() else QTimer.singleShot(20, lambda: wait(until, then))

QTimer.singleShot(100, run)
QTimer.singleShot(40_000, lambda: sys.exit("nothing happened"))
napari.run()
active = QThreadPool.globalInstance().activeThreadCount()
print("begun", len(begun), "ended", len(ended), "active", active)
print("kept", len(list((folder / "autosave").glob("*"))))
"""


@pytest.mark.parametrize("others", [0, 1])
def test_a_window_closed_during_a_run_leaves_no_thread_and_no_traceback(
    gappy_las, tmp_path, others
):
    done = subprocess.run(
        [sys.executable, "-c", _CLOSE, str(gappy_las), str(tmp_path), str(others)],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert "rror" not in done.stderr + done.stdout, done.stdout
    *before, last, kept = done.stdout.splitlines()[-3 if others else -2 :]
    assert last == "begun 1 ended 1 active 0" and kept == "kept 0"
    if others:  # the application goes on, and the run has ended all the same
        assert before == ["workers 0 begun 1 ended 1"]


_CLOSE_DOCKS = """
import napari
from qtpy.QtTest import QTest
from napari_welllog._dock_place import dock_of

viewer = napari.Viewer()
window, docks = viewer.window._qt_window, []
for name in ("Restore", "Tracks", "Wells", "QC", "Core", "Segment", "Latent space"):
    made = viewer.window.add_plugin_dock_widget("napari-welllog", name)[1]
    docks.append(dock_of(made))
    QTest.qWait(100)
viewer.close()
print("closed")
"""


def test_a_script_that_closes_a_viewer_with_every_dock_ends_in_peace():
    done = subprocess.run(
        [sys.executable, "-c", _CLOSE_DOCKS],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert (done.returncode, done.stdout) == (0, "closed\n"), done.stderr
    assert "Traceback" not in done.stderr, done.stderr


_CLOSE_CUTTING = """
import sys, threading
from pathlib import Path
import napari
from qtpy.QtCore import QThreadPool, QTimer
from napari_welllog import _autosave, _core_layers

las, folder = sys.argv[1], Path(sys.argv[2])
_autosave.autosave_folder = lambda: folder / "autosave"
begun, read = [], []

def read_slowly(placement):
    begun.append(1)
    threading.Event().wait(0.3)
    read.append(1)
    raise ValueError("is no picture")

_core_layers.read_placed = read_slowly
viewer = napari.Viewer()
viewer.open(las, plugin="napari-welllog")
window = viewer.window._qt_window
del viewer

def close_when_begun():
    window.close() if begun else QTimer.singleShot(10, close_when_begun)

QTimer.singleShot(10, close_when_begun)
QTimer.singleShot(40_000, lambda: sys.exit("nothing happened"))
napari.run()
active = QThreadPool.globalInstance().activeThreadCount()
print("begun", len(begun), "read", len(read), "active", active)
"""


def test_a_window_closed_while_photographs_are_cut_leaves_no_thread(tmp_path):
    well = make_well(7)
    write(well, tmp_path / "cored.las")
    picture = core_box(1, rows=300, width=40)
    placed = [
        place_picture(
            save_picture(tmp_path / f"box{number}.png", picture), picture.shape[:2],
            find_columns(picture), 1550.0 + 3 * number, 1552.0 + 3 * number,
        )
        for number in range(9)
    ]  # fmt: skip
    write_placements(cores_path(tmp_path / "cored.las"), placed)
    done = subprocess.run(
        [sys.executable, "-c", _CLOSE_CUTTING, str(tmp_path / "cored.las"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert "rror" not in done.stderr + done.stdout, done.stderr
    words = done.stdout.split()
    assert words[0] == "begun" and int(words[1]) < 9, "all nine were cut for nobody"
    assert words[-2:] == ["active", "0"] and words[1] == words[3]


_CLOSE_UNSAVED = """
import sys
from pathlib import Path
import napari
from qtpy.QtCore import QSettings
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QApplication
from napari_welllog import _autosave
from napari_welllog._viewer_session import session_of

las, folder = sys.argv[1], Path(sys.argv[2])
_autosave.autosave_folder = lambda: folder / "autosave"
for scope in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
    QSettings.setPath(scope, QSettings.Scope.UserScope, str(folder))

def work():
    viewer = napari.Viewer()
    viewer.open(las, plugin="napari-welllog")
    session = session_of(viewer).session
    key = session.state.works[0].key
    session.restore(key, ["DTC"], ["interpolation"])
    session.accept(key, "DTC by interpolation")
    return viewer, session, session_of(viewer).autosave

def look(what, keeper):
    for _ in range(20):
        QApplication.processEvents()  # what comes after the window has gone
    keeper.eventFilter(keeper, QCloseEvent())  # as when the application ends
    print(what, len(_autosave.find_orphans()))

viewer, session, keeper = work()
session.export(session.state.works[0].key, folder / "out.las")
viewer.window._qt_window.close()
look("exported", keeper)
viewer, session, keeper = work()
viewer.close()
look("unsaved, by a script", keeper)
viewer = napari.Viewer()
dock = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
review = dock.review
print(dock.message.text().splitlines()[-1])
print(review.orphan.text().split(": ")[0].partition("was")[2])
review.orphan.linkActivated.emit("open")
state = session_of(viewer).session.state
print("gone on with", [work.decisions[0].kind for work in state.works])
print("held", len(_autosave.find_orphans()), len(list((folder / "autosave").glob("*.wellsession"))))
keeper = session_of(viewer).autosave
viewer.window._qt_window.close()
look("unsaved again", keeper)
"""


def test_work_in_no_file_outlives_the_closing_of_its_window(gappy_las, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _CLOSE_UNSAVED, str(gappy_las), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-7:] == [
        "exported 0",
        "unsaved, by a script 1",
        "Work was not kept in a file: the Review tab offers it.",
        " not kept in a file",
        "gone on with ['accepted']",
        "held 0 1",  # by the window that went on with it
        "unsaved again 1",
    ]
