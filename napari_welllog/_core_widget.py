"""The Core dock: photographs of core placed beside a well, shifted, measured and looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QSettings, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QFileDialog, QMessageBox, QShortcut

from napari_welllog._core_form import PLACE, CoreForm
from napari_welllog._core_layers import show_cores
from napari_welllog._core_look import CoreLook
from napari_welllog._core_measures import CoreMeasures
from napari_welllog._core_shelf import CoreShelf, show_on
from napari_welllog._core_ties import CoreTies
from napari_welllog._core_work import Photo, read_photo, save_picture, suggest
from napari_welllog._dock_place import join_others
from napari_welllog._jobs import Job, describe_error
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._photo_desk import KEY, ORDERS, PhotoDesk
from napari_welllog._places import describe
from napari_welllog._undo_trail import follow_dock
from napari_welllog._viewer_session import session_of
from napari_welllog._well_names import name_well
from napari_welllog._zones import choose_well
from welllog.cores.drawn_columns import tie_columns
from welllog.cores.pictures import SUFFIXES
from welllog.cores.placement import Placement, place_picture

if TYPE_CHECKING:
    from welllog.cores.core_shift import ShiftSuggestion
    from welllog.well import Well


class CoreWidget(CoreForm):
    """Places pictures of core beside the wells of a viewer."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._view, self._home = view_of(self._viewer), session_of(self._viewer)
        self._settings = QSettings("napari-welllog", "core")
        self._shelf, self._desk = CoreShelf(), PhotoDesk(self._viewer, self._view)
        self._wells: list[Well] = []
        self._placed: list[Placement] = []
        self._job: Job | None = None
        self._measures = CoreMeasures(self, self._viewer, self._home)
        self._ties = CoreTies(self, self._desk, self._view)
        self._look = CoreLook(self, self._viewer, self._view)
        self.reach_box.setValue(float(self._settings.value("reach", 5.0)))
        self.height_box.setValue(float(self._settings.value("height", 0.3)))
        self._connect()
        self._trail = follow_dock(self, self._viewer)
        self.refresh()

    # ------------------------------------------------------------------ wiring

    def _connect(self) -> None:
        self.well_box.currentIndexChanged.connect(self._on_well)
        self.placed_list.itemDoubleClicked.connect(lambda _: self.change_selected())
        self.placed_list.itemSelectionChanged.connect(self._update)
        for button, act in (
            (self.photo_button, self.ask_photo), (self.layer_button, self.take_layer),
            (self.remove_button, self.remove), (self.undo_button, self.undo),
            (self.find_button, self.find_again), (self.place_button, self.place),
            (self.close_button, self.put_away),
            (self.suggest_button, self.suggest), (self.shift_button, self.shift),
            (self.cancel_button, self.cancel),
        ):  # fmt: skip
            button.clicked.connect(lambda _=False, act=act: act())
        self.order_box.currentTextChanged.connect(self._on_order)
        self._desk.closed.connect(self._on_desk_closed)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, act in (
            ("Ctrl+O", self.ask_photo), ("Del", self.remove), ("Ctrl+Z", self.undo),
            ("Ctrl+Shift+Z", self.redo),
            ("Alt+T", self.tie_button.toggle), ("Esc", self.cancel),
        ):  # fmt: skip
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(inside)
            shortcut.activated.connect(act)
        layers = self._viewer.layers.events
        bound = [layers.inserted, layers.removed]
        for emitter in bound:
            emitter.connect(self.refresh)
        # Not a method of the dock: by the time it is called, the dock is no more.
        self.destroyed.connect(partial(_let_go, bound, self.refresh, (self._desk, self._look)))

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Stand beside the other docks."""
        super().showEvent(event)
        join_others(self)

    @property
    def well(self) -> Well | None:
        """The well whose core it is."""
        row = self.well_box.currentIndex()
        return self._wells[row] if 0 <= row < len(self._wells) else None

    @property
    def busy(self) -> bool:
        """Whether something is being computed."""
        return self._job is not None

    @property
    def wells(self) -> list[Well]:
        """The wells that are open, as they are listed."""
        return list(self._wells)

    @property
    def placed(self) -> list[Placement]:
        """The pictures that are placed beside the well."""
        return list(self._placed)

    @property
    def selected(self) -> list[Placement]:
        """The pictures that are selected, all where none is."""
        rows = sorted(index.row() for index in self.placed_list.selectedIndexes())
        return [self._placed[row] for row in rows] if rows else list(self._placed)

    def refresh(self, event: Any = None) -> None:
        """List the wells that are open."""
        wells = self._view.wells()
        if len(wells) != len(self._wells) or any(
            a is not b for a, b in zip(wells, self._wells, strict=True)
        ):
            before = self.well
            self._wells = wells
            self.well_box.blockSignals(True)
            self.well_box.clear()
            self.well_box.addItems([name_well(well, wells) for well in wells])
            chosen = next((i for i, well in enumerate(wells) if well is before), None)
            if chosen is None:
                active = choose_well(self._viewer, wells)
                chosen = next((i for i, well in enumerate(wells) if well is active), -1)
            self.well_box.setCurrentIndex(chosen)
            self.well_box.blockSignals(False)
            self._on_well()
        self._measures.list_labels()
        self._update()

    def _on_well(self, row: int = -1) -> None:
        well = self.well
        unit = f" {well.index_unit}" if well is not None else ""
        for box in (self.top_box, self.base_box, self.reach_box, self.shift_box, self.look_box,
                    self.height_box):  # fmt: skip
            box.setSuffix(unit)
        self.curve_box.clear()
        self.profile.show_found(None)
        self.shift_label.setText("")
        if well is not None:
            self.curve_box.addItems(list(well.canonical.values()))
            self.curve_box.setCurrentText(well.canonical.get("GR", ""))
        self._list_placed()

    def _list_placed(self) -> None:
        self._placed = list(self.well.cores) if self.well is not None else []
        self.placed_list.clear()
        for each in self._placed:
            shift = f", shifted {each.shift:+.2f}" if each.shift else ""
            self.placed_list.addItem(
                f"{each.picture.name}   {each.top:.2f} to {each.base:.2f} {each.unit}{shift}"
            )
        self._update()

    def _update(self) -> None:
        there, busy = self.well is not None, self._job is not None
        placed = bool(self._placed)
        self.photo_button.setEnabled(there and not busy)
        self.layer_button.setEnabled(there and not busy)
        self.remove_button.setEnabled(bool(self.placed_list.selectedIndexes()) and not busy)
        self.undo_button.setEnabled(bool(self._shelf.undo_label) and not busy)
        self.undo_button.setToolTip(f"{self._shelf.undo_label or 'Nothing'} is taken back (Ctrl+Z)")
        for button in (self.find_button, self.tie_button, self.place_button, self.close_button):
            button.setEnabled(self._desk.is_open and not busy)
        for button in (self.suggest_button, self.shift_button, self.measure_button):
            button.setEnabled(placed and not busy)
        self.share_button.setEnabled(placed and not busy and self.labels_box.count() > 0)
        if not there:
            self.message.setText("Open a well first: its LAS file.")
        elif self.message.text().startswith("Open a well"):
            self.message.setText("")

    # ------------------------------------------------------------------ a photograph

    def ask_photo(self) -> None:
        """Ask for a file and open it."""
        if self.well is None:
            return
        folder = str(
            self._settings.value("folder", self.well.path.parent if self.well.path else "")
        )
        kinds = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(
            self, "Photograph of core", folder, f"Pictures ({kinds})"
        )
        if path:
            self._settings.setValue("folder", str(Path(path).parent))
            self.open_photo(Path(path))

    def take_layer(self) -> None:
        """Open the picture of the selected image layer; one of no file is first written to one."""
        layer = self._viewer.layers.selection.active
        if (
            getattr(layer, "_type_string", "") != "image"
            or describe(layer)
            or KEY in layer.metadata
        ):
            self.message.setText("Select an image layer that shows a photograph of core.")
            return
        source = getattr(layer.source, "path", None)
        if source and Path(source).is_file():
            self.open_photo(Path(source))
            return

        def write() -> None:
            assert self.well is not None
            folder = self._shelf.path_of(self.well).parent
            pixels = np.asarray(layer.data[0] if layer.multiscale else layer.data)
            if pixels.dtype != np.uint8 or pixels.ndim > 3 or (pixels.ndim == 3 and not layer.rgb):
                raise ValueError(
                    f"{layer.name} is no picture of 8 bits; save it as PNG and open that"
                )
            pixels = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
            self.open_photo(save_picture(folder, layer.name, pixels[..., :3]))

        self._attempt(write)

    def change_selected(self) -> None:
        """Open the first selected picture to be placed anew."""
        if self.selected:
            self.open_photo(self.selected[0].picture)

    def open_photo(self, path: Path) -> None:
        """Read a photograph and lay it beside the tracks with its columns."""
        placed = next((p for p in self._placed if p.picture.resolve() == path.resolve()), None)
        sideways = self.order_box.currentText() == ORDERS[2]
        work = partial(read_photo, path, placed, self.count_box.value(), sideways)
        self.start(work, partial(self._on_photo, placed))

    def _on_photo(self, placed: Placement | None, photo: Photo) -> None:
        self._ties.clear()
        self._desk.order = self.order_box.currentText()
        self._desk.show(photo.path, photo.pixels, photo.columns)
        self.photo_label.setText(
            f"{photo.path.name}: drag corners of the columns; in napari's tools draw and delete."
        )
        self.message.setText(photo.said)
        if placed is not None:
            self.top_box.setValue(placed.top)
            self.base_box.setValue(placed.base)
            self._ties.take_over(placed)
        elif self.base_box.value() <= self.top_box.value() and self.well is not None:
            top, base = self._view.depths_seen(self.well)
            self.top_box.setValue(round((top + base) / 2, 2))
            self.base_box.setValue(round((top + base) / 2 + len(photo.columns or (1,)), 2))
        self.tabs.setCurrentIndex(PLACE)
        self._update()

    def find_again(self) -> None:
        """Find the columns anew."""
        if self._desk.is_open and self._desk.path is not None:
            sideways = self.order_box.currentText() == ORDERS[2]
            work = partial(read_photo, self._desk.path, None, self.count_box.value(), sideways)
            self.start(work, self._on_found)

    def _on_found(self, photo: Photo) -> None:
        if self._desk.is_open:
            self._desk.set_columns(photo.columns)
            self._ties.clear()
            self.message.setText(photo.said or f"{len(photo.columns)} columns found.")

    def _on_order(self, order: str) -> None:
        before, self._desk.order = self._desk.order, order
        if not self._desk.is_open:
            return
        if ORDERS[2] in (before, order):  # columns that stand are none of those that lie
            self.find_again()
        else:
            self._desk.number()

    def put_away(self) -> None:
        """Take the photograph off the canvas."""
        self._desk.close()
        self._on_desk_closed()

    def _on_desk_closed(self) -> None:
        self._ties.clear()
        self.photo_label.setText("No photograph is open.")
        self._update()

    # ------------------------------------------------------------------ placing

    def placement(self) -> Placement:
        """Return the photograph on the canvas as it is placed now.

        Raises
        ------
        ValueError
            Its columns, ties and depths contradict each other.
        """
        assert self._desk.path is not None and self.well is not None
        columns = self._desk.columns
        kept = next((p for p in self._placed if p.picture == self._desk.path.resolve()), None)
        shift = kept.shift if kept is not None else 0.0
        top, base = self.top_box.value() - shift, self.base_box.value() - shift
        ties = tie_columns(columns, self._ties.of(columns, shift), top, base)
        return place_picture(
            self._desk.path, self._desk.size, columns, ties=ties, unit=self.well.index_unit,
            shift=shift,
        )  # fmt: skip

    def place(self) -> bool:
        """Write the photograph on the canvas beside the well and draw it; return whether."""
        if not self._desk.is_open or self.well is None:
            return False
        well, name = self.well, self._desk.path.name if self._desk.path else ""
        try:
            placement = self.placement()
            known = [each.picture.resolve() for each in self._shelf.read(well)]
            if placement.picture.resolve() in known and not self._ask(
                f"{name} is placed beside {well.name} already. Replace where it lies?"
            ):
                return False
            self._shelf.put(well, placement)
        except (ValueError, OSError) as error:
            self.message.setText(describe_error(error))
            return False
        self._desk.close()
        self._on_desk_closed()
        self._show_cores(well)
        self.message.setText(
            f"{name} lies from {placement.top:.2f} to {placement.base:.2f} {placement.unit}; "
            f"{self._shelf.path_of(well).name} says so."
        )
        self._view.zoom_to(placement.top, placement.base, well)
        return True

    def _ask(self, question: str) -> bool:
        buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
        answer = QMessageBox.question(self, "Core", question, buttons)
        return bool(answer == QMessageBox.StandardButton.Yes)

    def remove(self) -> None:
        """Take the selected pictures away from the well."""
        well = self.well
        if well is None or not self.placed_list.selectedIndexes():
            return
        names = [each.picture.name for each in self.selected]
        if self._attempt(lambda: self._shelf.remove(well, names)):
            self._show_cores(well)
            self.message.setText(f"{', '.join(names)} taken away; Undo brings it back.")

    @property
    def done(self) -> int:
        """How many changes to what is placed can be taken back."""
        return self._shelf.done

    @property
    def undone(self) -> int:
        """How many changes can be done again."""
        return self._shelf.undone

    def undo(self) -> str:
        """Bring back what was placed before the last change; return what the change was."""
        return self._go(self._shelf.undo_label, self._shelf.undo, "Taken back")

    def redo(self) -> str:
        """Do again the change that was taken back last; return what it was."""
        return self._go(self._shelf.redo_label, self._shelf.redo, "Done again")

    def _go(self, label: str, act: Callable[[], Path | None], did: str) -> str:
        paths: list[Path | None] = []
        if not label or self.busy or not self._attempt(lambda: paths.append(act())):
            return ""
        for well in self._wells:
            if well.path is not None and self._shelf.path_of(well) in paths:
                self._show_cores(well)
        self.message.setText(f"{did}: {label}.")
        self._trail.look()
        return label

    def _show_cores(self, well: Well) -> None:
        self._attempt(lambda: show_on(well, self._shelf.read(well)))
        with self.same_depths():
            show_cores(self._viewer, self._view, well)
        self._list_placed()
        self._trail.look()

    @contextmanager
    def same_depths(self) -> Iterator[None]:
        """Keep the depths in view where tracks come or go, which shows the well whole."""
        top, base = self._view.depths_in_view
        yield
        quarter = (base - top) / 4  # half as much again is shown above and below
        if self._view.wells():
            self._view.zoom_to(top + quarter, base - quarter)

    # ------------------------------------------------------------------ shift

    def suggest(self) -> None:
        """Suggest how far the selected pictures lie from a curve."""
        if self.well is None or not self._placed:
            return
        self._settings.setValue("reach", self.reach_box.value())
        curve = self.curve_box.currentText()
        work = partial(suggest, self.well, self.selected, curve, self.reach_box.value())
        self.start(work, self._on_suggestion)

    def _on_suggestion(self, found: ShiftSuggestion) -> None:
        self.profile.show_found(found)
        self.shift_box.setValue(found.shift)
        unit = self.well.index_unit if self.well is not None else ""
        second = ""
        if found.second is not None:
            second = f", next best {found.second:+.2f} with {found.second_correlation:+.2f}"
        sure = (
            "It stands out." if found.sure
            else "It does not stand out: a few metres of core seldom do."
        )  # fmt: skip
        self.shift_label.setText(
            f"{found.shift:+.2f} {unit} fits best, correlation {found.correlation:+.2f} "
            f"(chance: {found.error:.2f}){second}. {sure} Nothing is moved yet."
        )

    def shift(self) -> None:
        """Move the selected pictures by what the box says."""
        well, further = self.well, self.shift_box.value()
        if well is None or not further:
            return
        names = [each.picture.name for each in self.selected]
        if self._attempt(lambda: self._shelf.shift(well, names, further)):
            self._show_cores(well)
            self.profile.show_found(None)
            self.shift_label.setText(f"Moved by {further:+.3f} {well.index_unit}.")
            self.shift_box.setValue(0.0)

    # ------------------------------------------------------------------ work

    def _attempt(self, act: Callable[[], Any]) -> bool:
        """Do something that may fail; say in a line why it did."""
        try:
            act()
        except (ValueError, OSError, KeyError) as error:
            self.message.setText(describe_error(error))
            return False
        return True

    def start(self, work: Any, then: Callable[[Any], None]) -> None:
        """Do work in another thread, then hand on what came of it."""
        if self._job is not None:
            return
        self._job = Job(work, self)
        self._job.progressed.connect(self._on_progress)
        self._job.succeeded.connect(partial(self._on_done, then))
        self._job.failed.connect(self._on_failed)
        self._job.cancelled.connect(partial(self._on_failed, None))
        self.progress.setRange(0, 0)
        self.progress.setVisible(True)
        self.cancel_button.setVisible(True)
        self._update()
        self._job.start()

    def cancel(self) -> None:
        """Stop what is going on; what comes of it is dropped."""
        if self._job is not None:
            self._job.cancel()
        self.tie_button.setChecked(False)

    def _on_progress(self, share: float, words: str) -> None:
        self.message.setText(words)

    def _end(self) -> None:
        self._job = None
        self.progress.setVisible(False)
        self.cancel_button.setVisible(False)
        self._update()

    def _on_done(self, then: Callable[[Any], None], result: Any) -> None:
        self.message.setText("")
        self._end()
        then(result)

    def _on_failed(self, error: Exception | None) -> None:
        self._end()
        self.message.setText("Stopped." if error is None else describe_error(error))


def _let_go(emitters: Sequence[Any], callback: Any, listeners: Sequence[Any], *_: Any) -> None:
    for emitter in emitters:
        emitter.disconnect(callback)
    for each in listeners:
        each.leave()
