"""The tracks of a template as a tree, and the curves that no track shows, to be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QPoint, QSize, Qt, Signal
from qtpy.QtGui import QColor, QKeySequence
from qtpy.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from napari_welllog._tracks_words import say_curve, say_fill, say_track

if TYPE_CHECKING:
    from welllog.templates import Template
    from welllog.track_scales import Room
    from welllog.well import Well

Row = tuple[Any, ...]
"""``("track", number)``, ``("curve", track, mnemonic)`` or ``("fill", track, number)``."""

_ABSENT = "#8a8a8a"
"""Ink of what the well lacks, to be read on a dark and on a light ground."""
_HEIGHT = 21
"""Of a row, in pixels: high enough to be dropped above, on or below."""
_ROLE = Qt.ItemDataRole.UserRole
_KEYS = {
    (Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Up): "up",
    (Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Down): "down",
    (Qt.KeyboardModifier.NoModifier, Qt.Key.Key_Delete): "remove",
    (Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_X): "cut",
    (Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_V): "paste",
}


class TrackTree(QTreeWidget):
    """Lists tracks with their curves and fills; says what is dragged where, and changes nothing."""

    curve_dropped = Signal(object, object, object, object)
    """Mnemonic, track it came from (None: it was not shown), track (None: a new one), number."""
    track_dropped = Signal(int, int)
    """Number of a track, and the number it is to have."""
    asked = Signal(str)
    """``up``, ``down``, ``remove``, ``cut`` or ``paste``, by a key."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setAccessibleName("Tracks")
        self.setToolTip(
            "Drag a curve to another track, or between two for a track of its own; drag a track "
            "to move it. Alt+Up and Alt+Down move, Delete removes, Ctrl+X and Ctrl+V cut and paste"
        )

    @property
    def row(self) -> Row | None:
        """What is selected."""
        item = self.currentItem()
        return None if item is None else item.data(0, _ROLE)

    def show_template(
        self,
        template: Template | None,
        well: Well | None,
        chosen: Row | None,
        room: Room | None = None,
    ) -> None:
        """List the tracks, with one row selected; tracks that were folded stay so.

        ``room``: what wells side by side need for one scale a curve.
        """
        folded = {
            self.topLevelItem(i).text(0)
            for i in range(self.topLevelItemCount())
            if not self.topLevelItem(i).isExpanded()
        }
        bar = self.verticalScrollBar()
        at = bar.value()
        self.blockSignals(True)
        self.clear()
        for number, track in enumerate(template.tracks if template is not None else ()):
            assert well is not None
            top = self._add(None, ("track", number), *say_track(well, track))
            for curve in track.curves:
                words = say_curve(well, curve, room)
                self._add(top, ("curve", number, curve.mnemonic), *words[:3], colour=words[3])
            for i, fill in enumerate(track.fills):
                self._add(top, ("fill", number, i), *say_fill(fill), colour=fill.colour)
            top.setExpanded(top.text(0) not in folded)
        bar.setValue(at)
        self.blockSignals(False)
        self.choose(chosen)

    def choose(self, row: Row | None) -> None:
        """Select a row; a row that is not there selects its track, or nothing."""
        items = {item.data(0, _ROLE): item for item in self._items()}
        item = items.get(row)
        if item is None and row is not None:
            item = items.get(("track", row[1]))
        self.setCurrentItem(item)
        if item is not None:
            self.scrollToItem(item)

    def item_of(self, row: Row) -> QTreeWidgetItem | None:
        """Return the item that shows a row."""
        return next((item for item in self._items() if item.data(0, _ROLE) == row), None)

    def _items(self) -> list[QTreeWidgetItem]:
        tops = [self.topLevelItem(i) for i in range(self.topLevelItemCount())]
        return [*tops, *(top.child(i) for top in tops for i in range(top.childCount()))]

    def _add(
        self, parent: Any, row: Row, words: str, tip: str, there: bool, colour: str | None = None
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent if parent is not None else self, [words])
        item.setData(0, _ROLE, row)
        item.setToolTip(0, tip)
        if colour is not None:
            item.setData(0, Qt.ItemDataRole.DecorationRole, QColor(colour))
        if not there:
            item.setForeground(0, QColor(_ABSENT))
        font = item.font(0)
        font.setItalic(not there)
        font.setBold(row[0] == "track")
        item.setFont(0, font)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if row[0] != "fill":
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        item.setSizeHint(0, QSize(0, _HEIGHT))
        item.setFlags(flags | Qt.ItemFlag.ItemIsDropEnabled)
        return item

    # ------------------------------------------------------------------ keys

    def event(self, event: QEvent) -> bool:
        """Take keys that other docks have as shortcuts too."""
        if event.type() == QEvent.Type.ShortcutOverride and self._asked_by(event):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Say which key was pressed, where it is one of ours."""
        what = self._asked_by(event)
        if what is None:
            super().keyPressEvent(event)
        else:
            self.asked.emit(what)

    def _asked_by(self, event: Any) -> str | None:
        keypad = Qt.KeyboardModifier.KeypadModifier
        return _KEYS.get((event.modifiers() & ~keypad, Qt.Key(event.key())))

    # ------------------------------------------------------------------ drag and drop

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802
        """Take what comes from the tree or from the list of other curves."""
        if isinstance(event.source(), TrackTree | CurveList):
            super().dragEnterEvent(event)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Show where it would go."""
        super().dragMoveEvent(event)
        event.accept()

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Say what was dropped where; the tree is filled anew when the template has changed."""
        source, at = event.source(), event.position().toPoint()
        event.setDropAction(Qt.DropAction.CopyAction)  # Qt is to remove nothing
        event.accept()
        if isinstance(source, CurveList):
            for own in source.chosen:
                self.curve_dropped.emit(own, None, *self._target(at))
        elif isinstance(source, TrackTree) and (row := source.row) is not None:
            if row[0] == "track":
                self.track_dropped.emit(row[1], self._track_at(at, row[1]))
            elif row[0] == "curve":
                self.curve_dropped.emit(row[2], row[1], *self._target(at))
        self.setState(QAbstractItemView.State.NoState)
        self.viewport().update()

    def _target(self, at: QPoint) -> tuple[int | None, int | None]:
        """Return the track at a point of the viewport, and the number among its curves."""
        item = self.itemAt(at)
        if item is None:
            return None, None
        row = item.data(0, _ROLE)
        above, below = self._edges(item, at)
        if row[0] == "track":
            if above:
                return None, row[1]
            return row[1], 0 if below and item.isExpanded() and item.childCount() else None
        if row[0] == "fill":
            return row[1], None
        return row[1], item.parent().indexOfChild(item) + (not above)

    def _track_at(self, at: QPoint, moved: int) -> int:
        """Return which number a track that is dropped at a point is to have."""
        item = self.itemAt(at)
        if item is None:
            return self.topLevelItemCount() - 1
        row = item.data(0, _ROLE)
        above, _ = self._edges(item, at)
        to = row[1] + (row[0] != "track" or not above)
        return int(to - (to > moved))

    def _edges(self, item: QTreeWidgetItem, at: QPoint) -> tuple[bool, bool]:
        """Return whether a point lies near the upper or the lower edge of an item."""
        box = self.visualItemRect(item)
        share = (at.y() - box.top()) / max(box.height(), 1)
        least = 0.3 if item.parent() is None else 0.5
        return share < least, share > 1 - least


class CurveList(QListWidget):
    """Lists the curves of a well that no track shows."""

    wanted = Signal(str)
    """A curve that was asked for by a key or a double click."""

    def __init__(self) -> None:
        super().__init__()
        self.setDragEnabled(True)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Curves not shown")
        self.setToolTip(
            "Drag a curve to a track; Return or a double click adds it to the track selected"
        )
        self.itemDoubleClicked.connect(lambda item: self.wanted.emit(item.data(_ROLE)))

    @property
    def chosen(self) -> list[str]:
        """Own mnemonics that are selected."""
        return [item.data(_ROLE) for item in self.selectedItems()]

    def show_curves(self, names: dict[str, tuple[str, str]], needle: str) -> None:
        """List curves by own mnemonic, with words and a tip each; those that have the needle."""
        kept, at = self.chosen, self.verticalScrollBar().value()
        self.clear()
        for own, (words, tip) in names.items():
            if needle.lower() in f"{words} {tip}".lower():
                item = QListWidgetItem(words)
                item.setData(_ROLE, own)
                item.setToolTip(tip)
                self.addItem(item)
                item.setSelected(own in kept)
        self.verticalScrollBar().setValue(at)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Ask for the curve selected."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier and self.chosen:
            self.wanted.emit(self.chosen[0])
        elif not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
