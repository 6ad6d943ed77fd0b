"""The menus of the Tracks dock: what can be added, and what can be done with what is selected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QMenu

from napari_welllog._tracks_words import KINDS

if TYPE_CHECKING:
    from napari_welllog._tracks_widget import TracksWidget

_FILL = "#ffee58"


def fill_add_menu(dock: TracksWidget, menu: QMenu) -> None:
    """Offer what can be added: tracks behind the one selected, and a fill within it."""
    menu.clear()
    row, template = dock.tree.row, dock.template
    if template is None:
        return
    at = row[1] + 1 if row is not None else len(template.tracks)
    chosen = dock.curve_list.chosen[:1]
    words = f"Track of {chosen[0]}" if chosen else "Track of the curve selected below"
    action = menu.addAction(words, lambda: dock.add_curve(chosen[0], None, at))
    action.setEnabled(bool(chosen))
    for kind, title in KINDS.items():
        menu.addAction(f"Track: {title.lower()}", partial(_add_track, dock, kind, at))
    menu.addSeparator()
    action = menu.addAction("Fill", partial(_add_fill, dock))
    action.setEnabled(row is not None and bool(template.tracks[row[1]].curves))


def make_menu(dock: TracksWidget) -> QMenu:
    """Return the menu of what is selected."""
    menu, row, template = QMenu(dock), dock.tree.row, dock.template
    if row is None or template is None:
        return menu
    if row[0] == "curve":
        to = menu.addMenu("Move to track")
        for number, track in enumerate(template.tracks):
            if track.kind == "curves" and number != row[1]:
                to.addAction(track.title, partial(dock.move_curve, row[2], row[1], number, None))
        to.addAction("New track", partial(dock.move_curve, row[2], row[1], None, row[1] + 1))
    if row[0] != "fill":
        menu.addAction("Move up (Alt+Up)", partial(dock.step, -1))
        menu.addAction("Move down (Alt+Down)", partial(dock.step, 1))
    menu.addAction("Rename track (F2)", dock.rename_track)
    menu.addAction("Remove (Delete)", dock.remove)
    fill_add_menu(dock, menu.addMenu("Add"))
    return menu


def _add_track(dock: TracksWidget, kind: str, at: int) -> None:
    title = KINDS[kind].split(" and ")[0].split(",")[0].split(" of ")[0]
    dock.edit("add_track", title, kind, at=at, then=("track", at))


def _add_fill(dock: TracksWidget) -> None:
    row, template = dock.tree.row, dock.template
    assert row is not None and template is not None
    track = template.tracks[row[1]]
    curve = row[2] if row[0] == "curve" else track.curves[0].mnemonic
    then = ("fill", row[1], len(track.fills))
    dock.edit("add_fill", row[1], curve, _FILL, to="left", then=then)
