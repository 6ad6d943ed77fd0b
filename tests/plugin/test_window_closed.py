"""A window closed while a run goes on: no thread, no traceback, nothing kept that was not asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
