"""Which curves are to be restored: ticked by hand, by last time, by what is selected or dragged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, ref

from qtpy.QtCore import QObject, QSettings, Qt, QTimer, Signal
from qtpy.QtWidgets import QListWidgetItem

from napari_welllog._log_view import LogView
from napari_welllog._places import describe, edges
from napari_welllog._restore_form import RestoreForm, curve_tip
from napari_welllog._restore_work import measure_gaps, suggest
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from welllog.well import Well

_NEVER = ("BS",)
"""Bit size is written by hand: there is nothing to restore."""


class CurveChoice(QObject):
    """Keeps the list of curves of a dock.

    What the user has ticked stays. Until then those are ticked that were restored last time, else
    the one that misses most; selecting a curve's layer, or dragging over a track, ticks that
    instead.
    """

    changed = Signal()
    """Other curves are ticked."""

    def __init__(self, form: RestoreForm, viewer: Any, view: LogView, settings: QSettings) -> None:
        super().__init__(form)
        self._form, self._list = form, form.curve_list
        self._viewer, self._view, self._settings = viewer, view, settings
        self._well: Well | None = None
        self._shown: list[str] = []
        self._by_hand: dict[str, bool] = {}
        self._gappy: dict[str, tuple[int, float]] = {}
        """Own mnemonic of each curve with gaps, how many and how much of it they are."""
        self._layers_seen: WeakSet[Any] = WeakSet()
        self._active_seen: Callable[[], Any] = lambda: None
        self._later = QTimer(self)  # layers are added, and the one before is selected again
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._on_active)
        self._list.itemChanged.connect(self._on_item)
        form.all_button.clicked.connect(lambda: self.tick_by_hand(self._gappy))
        form.none_button.clicked.connect(lambda: self.tick_by_hand(()))
        active = viewer.layers.selection.events.active
        active.connect(self._on_selection)
        form.destroyed.connect(partial(_let_go, active, self._on_selection))

    @property
    def ticked(self) -> list[str]:
        """Own mnemonics of the curves that are ticked."""
        return self._list.ticked

    @property
    def measured(self) -> list[str]:
        """Those of them that the well has."""
        return [name for name in self.ticked if self._well and name in self._well.curves]

    def look_at(self, well: Well | None) -> None:
        """List the curves of another well, of which nothing was ticked by hand yet."""
        self._well, self._by_hand = well, {}
        self.fill()

    def follow(self) -> None:
        """List the curves anew where others are shown: a reader adds layers one by one."""
        if self._well is not None and list(self._view.places(self._well)) != self._shown:
            self.fill()

    def fill(self) -> None:
        """List the curves that are shown and known, and those that can be predicted."""
        well, known = self._well, catalogue()
        self._shown = list(self._view.places(well)) if well is not None else []
        own = [
            name
            for name in self._shown
            if well and name in well.curves and known.canonical(name) not in (None, *_NEVER)
        ]
        saved = str(self._settings.value("curves", "") or "").split()
        self._gappy = measure_gaps(well, own)
        first = {name for name in own if known.canonical(name) in saved} or suggest(self._gappy)
        missing = _list_missing(well)
        ticked = {name for name in [*own, *missing] if self._by_hand.get(name, name in first)}
        tips = {name: curve_tip(name, name in missing, self._gappy) for name in [*own, *missing]}
        self._list.show_names(tips, ticked, missing)
        self._form.all_button.setText(f"All with gaps ({len(self._gappy)})")
        self._form.all_button.setEnabled(bool(self._gappy))
        self.changed.emit()

    def tick_by_hand(self, names: Iterable[str]) -> None:
        """Tick these curves and no others, as if each had been clicked."""
        self._by_hand = dict.fromkeys(self._listed(), False) | dict.fromkeys(names, True)
        self._tick(names)

    def tick_track(self, at: float) -> None:
        """Tick the curves of the track at a world coordinate, unless some were ticked by hand."""
        if self._by_hand or self._well is None:
            return
        places = self._view.places(self._well)
        over = [own for own, place in places.items() if edges(place)[0] <= at <= edges(place)[1]]
        if set(self._listed()) & set(over):
            self._tick(over)

    def _listed(self) -> list[str]:
        return [self._list.item(row).text() for row in range(self._list.count())]

    def _tick(self, names: Iterable[str]) -> None:
        self._list.blockSignals(True)
        self._list.tick(*names)
        self._list.blockSignals(False)
        self.changed.emit()

    def _on_item(self, item: QListWidgetItem) -> None:
        self._by_hand[item.text()] = item.checkState() == Qt.CheckState.Checked
        self.changed.emit()

    def _on_selection(self, event: Any = None) -> None:
        self._later.start()

    def _on_active(self) -> None:
        """Tick the curve whose layer was selected, unless some were ticked by hand."""
        layer = self._viewer.layers.selection.active
        fresh, again = layer not in self._layers_seen, layer is self._active_seen()
        self._layers_seen = WeakSet(self._viewer.layers)
        self._active_seen = (lambda: None) if layer is None else ref(layer)
        record = None if layer is None else describe(layer)
        if fresh or again or self._by_hand or record is None:  # napari selects what it adds
            return
        if record["kind"] == "curve" and record["well"] is self._well:
            if record["curve"] in self._listed():
                self._tick([record["curve"]])


def _list_missing(well: Well | None) -> list[str]:
    """Return the curves that a model can predict and the well lacks."""
    from welllog.features import TARGETS

    return [] if well is None else [name for name in TARGETS if name not in well.canonical]


def _let_go(emitter: Any, callback: Any, _: Any = None) -> None:
    """Stop listening for a dock that is gone."""
    emitter.disconnect(callback)
