"""The QC dock: whether a restoration can be believed, in pictures and numbers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from napari.utils.notifications import show_error, show_info
from napari.utils.theme import get_theme
from qtpy.QtCore import QSettings, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QApplication, QFileDialog, QShortcut

from napari_welllog._dock_place import float_or_land, join_others
from napari_welllog._interval_picker import IntervalPicker
from napari_welllog._jobs import describe_error
from napari_welllog._log_view import view_of
from napari_welllog._mark_tools import MarkTools
from napari_welllog._marks import Marks
from napari_welllog._napari_private import unwrap
from napari_welllog._plot_box import PlotBox
from napari_welllog._point_picker import PointPicker
from napari_welllog._qc_form import QcForm
from napari_welllog._qc_pictures import (
    COVERAGE,
    DEPTHS,
    FIT,
    IN_VIEW,
    PAIRS,
    PICKED,
    PLOTS,
    STATISTICS,
    WHOLE,
    Choice,
    draw,
    summarise,
)
from napari_welllog._qc_sources import Source, list_sources, restoration_layers
from welllog.charts import save_figure
from welllog.mnemonics import catalogue, made_from
from welllog.palette import LIGHT, Theme, choose_theme, say_nothing_to_draw
from welllog.quality import (
    ZoneStatistics,
    rows_within,
    save_statistics,
    statistics_text,
)
from welllog.scatter import Scatter, fade, ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from welllog.well import Well

WAIT_MS, REST_MS = 60, 250
"""A picture follows so long after a choice, and after the tracks have come to rest: not while they
are panned, however slowly they are drawn."""
_PLAIN = "one colour"
_AROUND_M = 10.0
_HOW_TO_MARK = "Draw around points to mark their depths; Shift adds, Ctrl takes away."


class QcWidget(QcForm):
    """Judges restorations: cross-plots, histograms, residuals, coverage, statistics."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._view = view_of(self._viewer)
        self._settings = QSettings("napari-welllog", "qc")
        self._marks = Marks(self._viewer, self._view)
        self._sources: list[Source] = []
        self._scatter: Scatter | None = None
        self._lines: list[ZoneStatistics] = []
        self._watched: list[Any] = []
        self._stale = True
        """The picture is to be drawn anew, not only what is lit in it."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._picker = IntervalPicker(self._viewer, self._on_intervals)
        self._tools = MarkTools(
            self._viewer, self._view, self._marks, self._picker, self._on_marked
        )
        self._points = PointPicker(self.canvas, self._on_lasso, self._visit, self._describe)
        self._box = PlotBox(self.canvas, self._tools.mark_rows)
        self._told = ""
        """What the last action has to say, until the next one."""
        self._recall()
        self._connect()
        self._watch_viewer()
        self._on_layers()

    # ------------------------------------------------------------------ what is chosen

    @property
    def plot(self) -> str:
        """One of ``PLOTS``."""
        return str(self.plot_box.currentData())

    @property
    def depths(self) -> str:
        """One of ``DEPTHS``."""
        return str(self.depth_box.currentData())

    @property
    def source(self) -> Source | None:
        """What is judged."""
        row = self.source_box.currentIndex()
        return self._sources[row] if 0 <= row < len(self._sources) else None

    @property
    def colour(self) -> str | None:
        """Own mnemonic of the curve that colours the points."""
        name = self.colour_box.currentData()
        return str(name) if name else None

    @property
    def choice(self) -> Choice | None:
        """All of it together; None where no well is open."""
        if self.source is None:
            return None
        return Choice(
            self.plot,
            self.depths,
            self.source,
            self.colour,
            self._view.depths_seen(self.source.well),
            tuple(self._picker.intervals),
        )

    @property
    def marked(self) -> NDArray[np.bool_]:
        """Rows of the well that are marked, shape (n,)."""
        return self._tools.marked

    # ------------------------------------------------------------------ wiring

    def _connect(self) -> None:
        for box in (self.plot_box, self.colour_box, self.depth_box):
            box.currentIndexChanged.connect(self._on_choice)
        self.source_box.currentIndexChanged.connect(self._on_source)
        self.save_button.clicked.connect(self.save)
        self.copy_button.clicked.connect(self.copy)
        self.pick_button.clicked.connect(self.pick_marks)
        self.clear_button.clicked.connect(self.clear_marks)
        self.brush_button.toggled.connect(self._on_brush)
        self.window_button.clicked.connect(self.pop_out)
        self.canvas.resized.connect(self._redraw_soon)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, act in (
            ("PgDown", partial(self._step_plot, 1)),
            ("PgUp", partial(self._step_plot, -1)),
            ("Ctrl+C", self.copy),
            ("Ctrl+Shift+F", self.save),
            ("Esc", self.clear_marks),
            ("M", self._tools.mark_view),
            ("Shift+M", partial(self._tools.mark_view, ["shift"])),
            ("Ctrl+M", partial(self._tools.mark_view, ["ctrl"])),
            ("I", self._tools.mark_intervals),
            ("Shift+I", partial(self._tools.mark_intervals, ["shift"])),
            ("Ctrl+I", partial(self._tools.mark_intervals, ["ctrl"])),
            ("P", self.pick_marks),
            ("B", self.brush_button.toggle),
            ("W", self.pop_out),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(inside)
            shortcut.activated.connect(act)
        brush = QShortcut(QKeySequence("Alt+B"), self)  # also with the keyboard on the tracks
        brush.activated.connect(self.brush_button.toggle)
        brush.activatedAmbiguously.connect(self.brush_button.toggle)  # of several docks, by turns

    def _watch_viewer(self) -> None:
        viewer, view = self._viewer, self._view
        viewer.layers.events.inserted.connect(self._on_layers)
        viewer.layers.events.removed.connect(self._on_layers)
        viewer.events.theme.connect(self._redraw_soon)
        view.watchers.append(self._light_soon)
        self.destroyed.connect(self._picker.close)
        self.destroyed.connect(self._tools.brush.close)
        bound = [
            (viewer.layers.events.inserted, self._on_layers),
            (viewer.layers.events.removed, self._on_layers),
            (viewer.events.theme, self._redraw_soon),
        ]
        # Not a method of the dock: by the time it is called, the dock is no more.
        gone = partial(_unwatch, bound, self._watched, self._on_restored, view, self._light_soon)
        self.destroyed.connect(gone)

    def _on_layers(self, event: Any = None) -> None:
        shown = [layer for layer, _ in restoration_layers(self._view)]
        for layer in shown:
            if (
                layer not in self._watched
            ):  # a second run shows its result in the layer of the first
                layer.events.data.connect(self._on_restored)
                layer.events.name.connect(self._on_restored)
        self._watched[:] = shown
        self._list_sources()

    def _on_restored(self, event: Any = None) -> None:
        self._list_sources()

    def _list_sources(self) -> None:
        before = self.source
        newest = {source.key for source in self._sources}
        self._sources = list_sources(self._view)
        keys = [source.key for source in self._sources]
        fresh = [place for place, key in enumerate(keys) if key[0] == "layer" and key not in newest]
        place = fresh[0] if fresh else 0
        if before is not None and before.key in keys and not fresh:
            place = keys.index(before.key)
        self.source_box.blockSignals(True)
        self.source_box.clear()
        self.source_box.addItems([source.label for source in self._sources])
        self.source_box.setCurrentIndex(place if self._sources else -1)
        self.source_box.blockSignals(False)
        self._on_source()

    def _on_source(self, row: int = -1) -> None:
        well = self.source.well if self.source else None
        if well is not self._picker.well:
            self._picker.well = well
        self._tools.well = well
        self._list_colours(well)
        self._redraw_soon()

    def _list_colours(self, well: Well | None) -> None:
        wanted = str(self._settings.value("colour", "GR"))
        names = [] if well is None else [name for name in well.curves if made_from(name) is None]
        self.colour_box.blockSignals(True)
        self.colour_box.clear()
        self.colour_box.addItem(_PLAIN, "")
        for name in names:
            self.colour_box.addItem(name, name)
        known = [catalogue().canonical(name) or name for name in names]
        if well is not None and wanted in known:
            own = well.canonical.get(wanted, wanted)
            self.colour_box.setCurrentIndex(1 + names.index(own))
        self.colour_box.blockSignals(False)

    def _on_choice(self, row: int = -1) -> None:
        self._told = ""
        self._settings.setValue("plot", self.plot)
        self._settings.setValue("depths", self.depths)
        if self.source is not None:
            name = self.colour or ""
            self._settings.setValue("colour", catalogue().canonical(name) or name)
        self._redraw_soon()

    def _recall(self) -> None:
        for box, names, key in (
            (self.plot_box, PLOTS, "plot"),
            (self.depth_box, DEPTHS, "depths"),
        ):
            name = str(self._settings.value(key, names[0]))
            box.setCurrentIndex(names.index(name) if name in names else 0)

    def _step_plot(self, steps: int) -> None:
        self.plot_box.setCurrentIndex((self.plot_box.currentIndex() + steps) % len(PLOTS))

    def _on_intervals(self) -> None:
        self._stale = self._stale or self.depths == PICKED or self.plot == STATISTICS
        self._timer.start(WAIT_MS)

    def _redraw_soon(self, event: Any = None) -> None:
        self._stale = True
        self._timer.start(WAIT_MS)

    def _light_soon(self) -> None:
        self._stale = self._stale or self.depths == IN_VIEW or self.plot == STATISTICS
        self._timer.start(REST_MS)

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Draw what was not drawn while the dock was hidden."""
        super().showEvent(event)
        join_others(self)
        self._timer.start(WAIT_MS)

    # ------------------------------------------------------------------ the picture

    def refresh(self) -> None:
        """Bring picture or table in step with what is chosen, in view, picked and marked."""
        if not self.isVisible():
            return
        self._timer.stop()
        table = self.plot == STATISTICS
        self.pages.setCurrentWidget(self.table if table else self.canvas)
        self.colour_box.setEnabled(self.plot == FIT or self.plot in PAIRS)
        if self._stale:
            self._stale = False
            choice = self.choice
            self._lines = [] if choice is None else summarise(choice)
            if table:
                self.table.show_lines([_words_of(line) for line in self._lines])
                self._scatter = None
            else:
                self._draw_picture()
        self._light()

    def _draw_picture(self) -> None:
        figure, theme, choice = self.canvas.figure, self._theme(), self.choice
        if choice is None:
            say_nothing_to_draw(figure, theme, "Open a LAS file to begin: drop it on the window.")
        self._scatter = None if choice is None else draw(choice, figure, theme)
        self.canvas.draw()
        # The places are found: what follows, until the next picture, moves nothing.
        figure.set_layout_engine("none")
        self._points.watch(self._scatter, theme.marked)
        self._box.watch(self._scatter, theme.marked)

    def _light(self) -> None:
        """Show which points are in view, picked and marked."""
        source, scatter = self.source, self._scatter
        if source is not None and scatter is not None:
            index = source.well.index
            lit = rows_within(index, [self._view.depths_seen(source.well)])
            fade(scatter, None if self.depths != WHOLE or lit.all() else lit)
            picked = rows_within(index, self._picker.intervals)
            if self.depths == PICKED:
                picked[:] = False  # all that is there
            ring(scatter, picked, self.marked, self._theme())
            self.canvas.draw_idle()
        self._say()

    def _say(self) -> None:
        source = self.source
        if source is None:
            self.message.setText("")
            return
        marked, picked = int(self.marked.sum()), len(self._picker.intervals)
        parts = [_HOW_TO_MARK] if self._scatter is not None and not marked else []
        if self.brush_button.isChecked():
            parts = ["Drag over the tracks to mark depths; Shift adds, Ctrl takes away."]
        if marked:
            parts.append(f"{marked} samples marked (blue).")
        if picked and self.depths != PICKED and self._scatter is not None:
            parts.append(f"{picked} interval{'s' * (picked != 1)} picked (amber).")
        if self.depths == PICKED and not picked:
            parts = ["No interval is picked: Shift + drag over the tracks picks one."]
        if self.plot == STATISTICS and not self._lines:
            parts = ["Nothing to count: choose a restoration above, and depths that hold samples."]
        if self.plot == COVERAGE and source.evidence is not None:
            parts = ["Neighbouring samples err alike: one interval says little, many say much."]
        self.message.setText(" ".join(part for part in (self._told, *parts) if part))
        for button in (self.pick_button, self.clear_button):
            button.setEnabled(marked > 0)
        self.copy_button.setEnabled(bool(self._lines))

    def _theme(self) -> Theme:
        return choose_theme(str(get_theme(self._viewer.theme).background.as_hex("long")))

    # ------------------------------------------------------------------ marks

    def _on_lasso(self, rows: NDArray[np.intp], keys: Qt.KeyboardModifier) -> None:
        names = {"shift": "ShiftModifier", "ctrl": "ControlModifier"}
        held = [name for name, key in names.items() if keys & getattr(Qt.KeyboardModifier, key)]
        self._tools.mark_rows(rows, held)

    def _on_marked(self) -> None:
        self._told = ""
        self._light()

    def _on_brush(self, pressed: bool) -> None:
        self._tools.brush.on = pressed
        self._say()

    def _visit(self, row: int) -> None:
        """Show the depths around a row over the tracks."""
        if self.source is not None:
            well = self.source.well
            half = _AROUND_M / (well.metres_per_unit if well.metres_per_unit > 0 else 1.0)
            self._view.zoom_to(well.index[row] - half, well.index[row] + half, well)

    def _describe(self, row: int) -> str:
        well = self.source.well if self.source is not None else None
        return f"{well.index[row]:.2f} {well.index_unit}: double click to go there" if well else ""

    def clear_marks(self) -> None:
        """Mark no depths."""
        self._box.hide()
        self._tools.clear()

    def pick_marks(self) -> None:
        """Add the marked depths to the intervals picked."""
        self._told = self._tools.pick()
        self._say()

    def pop_out(self) -> None:
        """Let the dock float in a window of its own, or put it back."""
        float_or_land(self)

    # ------------------------------------------------------------------ taking it away

    def copy(self) -> None:
        """Put the statistics on the clipboard, to be pasted into a table."""
        choice = self.choice
        self._lines = [] if choice is None else summarise(choice)
        if self._lines:
            QApplication.clipboard().setText(statistics_text(self._lines, "\t"))
            self.message.setText("Statistics copied: paste them into a table.")

    def save(self) -> None:
        """Ask for a file and write the picture, or the statistics, to it."""
        if self.source is None:
            return
        folder = Path(str(self._settings.value("folder", "") or "."))
        table = self.plot == STATISTICS
        kinds = "CSV (*.csv)" if table else "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
        stem = self.source.well.name.replace("/", "_").replace(" ", "_") or "well"
        name = folder / f"{stem}_{self.plot}.{'csv' if table else 'png'}"
        path, chosen = QFileDialog.getSaveFileName(self, "Save", str(name), kinds)
        if path:
            ending = chosen.split("*")[-1].strip(")") if not Path(path).suffix else ""
            self.save_to(path + ending)

    def save_to(self, path: str) -> None:
        """Write the picture on white paper, or the statistics; what goes wrong is notified."""
        choice = self.choice
        if choice is None:
            return
        try:
            if self.plot == STATISTICS:
                written = save_statistics(self._lines, path)
            else:
                figure = Figure(figsize=(8, 5))
                FigureCanvasAgg(figure)
                scatter, marked = draw(choice, figure, LIGHT), self.marked
                title = f"{choice.source.well.name}   {choice.source.label}, "
                title += self.depth_box.currentText().lower()
                if scatter is not None and marked.any():
                    ring(scatter, np.zeros_like(marked), marked, LIGHT)
                    title += f"; {marked.sum()} samples marked (blue)"
                figure.suptitle(title, fontsize=9)
                written = save_figure(figure, path)
        except Exception as error:  # whatever goes wrong in writing must not end the viewer
            show_error(describe_error(error))
            return
        self._settings.setValue("folder", str(Path(path).parent))
        self.message.setText(f"Saved {written}")
        show_info(f"Saved {written}")


def _words_of(line: ZoneStatistics) -> tuple[str, ...]:
    """Return a line of the table in words."""
    numbers = (line.mean, line.std, line.p10, line.p50, line.p90)
    shares = (line.filled_share, line.outside_share)
    return (
        line.zone,
        line.values,
        str(line.count),
        *(f"{number:.5g}" if np.isfinite(number) else "" for number in numbers),
        *(f"{share:.0%}" if np.isfinite(share) else "" for share in shares),
        f"{line.top:.2f}",
        f"{line.base:.2f}",
    )


def _unwatch(
    bound: list[tuple[Any, Any]],
    layers: list[Any],
    on_layer: Any,
    view: Any,
    on_view: Any,
    _: Any = None,
) -> None:
    """Let go of the viewer, for a dock that is gone."""
    for emitter, callback in bound:
        emitter.disconnect(callback)
    for layer in layers:
        layer.events.data.disconnect(on_layer)
        layer.events.name.disconnect(on_layer)
    if on_view in view.watchers:
        view.watchers.remove(on_view)
