"""Draw a report as Chromium does, to be looked at: on a screen, in the dark, on a phone, on paper.

    pip install PyQt6-WebEngine
    .ci/with-display python docs/look_at_report.py report.html FOLDER

It needs neither napari nor welllog, and best has an environment of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

VIEWS = (("light", False, 1280), ("dark", True, 1280), ("phone", False, 390))
"""Name, whether the system prefers the dark, width in pixels."""


def draw(page: Path, folder: Path, name: str, dark: bool, width: int) -> None:
    """Write a page as PNG, whole; the light one as PDF too, which is how it prints."""
    if dark:
        os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] += " --blink-settings=preferredColorScheme=0"
    from PyQt6.QtCore import QEventLoop, QMarginsF, QTimer, QUrl
    from PyQt6.QtGui import QPageLayout, QPageSize
    from PyQt6.QtWebEngineCore import QWebEnginePage
    from PyQt6.QtWebEngineWidgets import QWebEngineView
    from PyQt6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    view = QWebEngineView()
    loop = QEventLoop()
    view.loadFinished.connect(loop.quit)
    view.resize(width, 900)
    view.show()
    view.load(QUrl.fromLocalFile(str(page.resolve())))
    loop.exec()
    for _ in range(3):  # a page runs no script: how long it is, Qt says, once it is laid out
        QTimer.singleShot(800, loop.quit)
        loop.exec()
        height = round(view.page().contentsSize().height())
        view.resize(width, min(height, 16_000))
    QTimer.singleShot(800, loop.quit)
    loop.exec()
    assert view.grab().save(str(folder / f"{name}.png"))
    print(folder / f"{name}.png", f"{view.page().contentsSize().width():.0f} x {height}")
    if name == "light":
        sheet = view.page()
        assert isinstance(sheet, QWebEnginePage)
        sheet.pdfPrintingFinished.connect(loop.quit)
        margins = QMarginsF(15, 15, 15, 15)  # those of the page's own @page, which Qt passes over
        a4 = QPageSize(QPageSize.PageSizeId.A4)
        upright = QPageLayout(a4, QPageLayout.Orientation.Portrait, margins)
        sheet.printToPdf(str(folder / "paper.pdf"), upright)
        loop.exec()
        print(folder / "paper.pdf")
    view.close()
    app.processEvents()


def main() -> None:
    """Draw each view in a process of its own: Chromium takes its colours when it starts."""
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--no-sandbox --disable-gpu")
    if len(sys.argv) > 3:
        draw(page, folder, *VIEWS[int(sys.argv[3])])
        return
    import subprocess

    for number in range(len(VIEWS)):
        subprocess.run([sys.executable, __file__, page, folder, str(number)], check=True)


if __name__ == "__main__":
    main()
