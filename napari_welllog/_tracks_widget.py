"""The Tracks dock: by which template a well is drawn, and what is changed in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QPoint, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QLineEdit

from napari_welllog._jobs import describe_error
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._template_files import TemplateFiles
from napari_welllog._template_memory import find_best, find_template, recall, remember
from napari_welllog._tracks_form import TracksForm
from napari_welllog._tracks_menus import fill_add_menu, make_menu
from napari_welllog._tracks_tree import Row
from napari_welllog._tracks_words import say_others
from napari_welllog._viewer_session import session_of, stop_following
from napari_welllog._zones import choose_well
from welllog.own_templates import is_own
from welllog.template_edits import list_others, plan_name
from welllog.templates import (
    Template,
    TemplateError,
    choose_template,
    find_templates,
    read_template,
)

if TYPE_CHECKING:
    from welllog.track_scales import Room
    from welllog.well import Well

_PAUSE = 150
"""Milliseconds without a further change after which a value that is being changed is taken."""


class TracksWidget(TracksForm):
    """Shows and changes the template of the active layer's well."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._view = view_of(self._viewer)
        self._home = session_of(self._viewer)
        self.well: Well | None = None
        self._seen: Any = None
        self._drawn: Template | None = None
        self._room: Room | None = None
        self._before: dict[int, tuple[str, str]] = {}
        """Well -> what was remembered for it before a template was chosen here."""
        self._cut: Row | None = None
        self._busy = False
        self._waiting: tuple[Row, str, tuple[Any, ...], dict[str, Any]] | None = None
        self._take_later = QTimer(self)
        self._take_later.setSingleShot(True)
        self._take_later.setInterval(_PAUSE)
        self._take_later.timeout.connect(self.take)
        self._files = TemplateFiles(self)
        self._connect()
        self._bind_keys()
        self.look()

    @property
    def template(self) -> Template | None:
        """By which the well is drawn."""
        work = self._home.session.work_of(self.well) if self.well is not None else None
        if work is None:
            return None
        if work.template is None and self._drawn is None:
            self._drawn = find_template(work.well) or choose_template(work.well)
        return self._drawn if work.template is None else work.template

    @property
    def name(self) -> str:
        """Of the file that the template came from; blank where there is none."""
        template = self.template
        path = template.path if template is not None else None
        return path.stem if path is not None and path.stem in find_templates() else ""

    @property
    def is_changed(self) -> bool:
        """Whether the template is no longer what its file says."""
        try:
            return bool(self.template) and (
                not self.name or read_template(self.name) != self.template
            )
        except TemplateError:
            return True

    # ------------------------------------------------------------------ wiring

    def _connect(self) -> None:
        self.template_box.activated.connect(self._on_template)
        self.tree.currentItemChanged.connect(self._on_row)
        self.tree.curve_dropped.connect(self.move_curve)
        self.tree.track_dropped.connect(
            lambda track, to: self.edit("move_track", track, to, then=("track", to))
        )
        self.tree.asked.connect(self._on_key)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._on_menu)
        self.add_menu.aboutToShow.connect(partial(fill_add_menu, self, self.add_menu))
        self.remove_button.clicked.connect(self.remove)
        self.undo_button.clicked.connect(self.undo)
        self.redo_button.clicked.connect(self.redo)
        self.filter_line.textChanged.connect(self._show_others)
        self.curve_list.wanted.connect(self.add_curve)
        self.rest_box.clicked.connect(lambda on: self.edit("change_template", rest=on))
        for page in (self.track_page, self.curve_page, self.fill_page):
            page.edited.connect(self._on_edited)
            page.refused.connect(self.message.setText)
        for name, action in self.file_actions.items():
            action.triggered.connect(partial(self._run, getattr(self._files, name)))
        self.file_menu.aboutToShow.connect(self._update_files)
        self._viewer.layers.selection.events.active.connect(self.look)
        self._viewer.layers.events.removed.connect(self.look)
        self._home.changed.connect(self._on_session)
        self.destroyed.connect(
            partial(_unwatch, self._viewer.layers, self.look, self._home, self._on_session)
        )

    def _bind_keys(self) -> None:
        self._keys: dict[str, Callable[[], Any]] = {
            "Ctrl+Z": self.undo,
            "Ctrl+Shift+Z": self.redo,
            "Ctrl+Y": self.redo,
            "Ctrl+S": partial(self._run, self._files.save),
            "Ctrl+Shift+S": partial(self._run, self._files.save_as),
            "Ctrl+F": self.filter_line.setFocus,
            "F2": self.rename_track,
        }
        for line in self.findChildren(QLineEdit):
            line.installEventFilter(self)

    def event(self, event: QEvent) -> bool:
        """Take keys that napari has for other things, while the dock has the keyboard."""
        if event.type() == QEvent.Type.ShortcutOverride and _name_keys(event) in self._keys:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Do what a key stands for."""
        act = self._keys.get(_name_keys(event))
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802
        """Let Ctrl+Z in an input undo what was typed, or where that is nothing the last edit."""
        kinds = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        if event.type() in kinds and _name_keys(event) in ("Ctrl+Z", "Ctrl+Shift+Z"):
            typed = watched.isUndoAvailable() or watched.isRedoAvailable()
            if not typed and event.type() == QEvent.Type.KeyPress:
                self._keys[_name_keys(event)]()
            if not typed:
                event.accept()
                return True
        return bool(super().eventFilter(watched, event))

    # ------------------------------------------------------------------ in step with the viewer

    def look(self, event: Any = None) -> None:
        """Show the template of the well that is active now."""
        well = choose_well(self._viewer, self._view.wells())
        if self._busy or self._home.showing or (well is self.well and well is not None):
            return
        self.take()
        self.well, self._drawn, self._cut = well, None, None
        self.message.setText("")  # of another well
        if well is not None:
            self._before.setdefault(id(well), recall(well))
        self.setEnabled(True)
        self._seen = self._state
        self._show(("track", 0))

    @property
    def _state(self) -> Template | None:
        """The template that was chosen or made for the well, None where it came by itself."""
        work = self._home.session.work_of(self.well) if self.well is not None else None
        return None if work is None else work.template

    def _on_session(self) -> None:
        """Follow an action, undo, or a script; remember which template the well has now."""
        if self._busy:
            return
        if self._home.key_of(self.well) is not None and self._state is not self._seen:
            self._seen = self._state
            self._remember()
            self._drawn = None
            self._show(self.tree.row)
        elif self._room is not self._view.room:
            self._show(self.tree.row)
        self._update_undo()

    def _remember(self) -> None:
        """Keep for the next time what is used now; undo brings back what was kept before."""
        assert self.well is not None
        template, (of_well, of_curves) = self._state, self._before.get(id(self.well), ("", ""))
        if template is None:
            remember(self.well, of_well or of_curves or None)
        elif template.path is not None and template.path.stem in find_templates():
            by_itself = not of_well and not of_curves and template.path == find_best(self.well)
            remember(self.well, None if by_itself else template.path.stem)

    # ------------------------------------------------------------------ what is shown

    def _show(self, chosen: Row | None) -> None:
        """List everything anew, with a row selected."""
        template, well = self.template, self.well
        self._room = self._view.room
        for page in (self.track_page, self.curve_page, self.fill_page):
            page.room = self._room
        self._busy = True
        try:
            self._list_templates()
            self.tree.show_template(template, well, chosen, self._room)
            self._show_others()
            self.rest_box.setChecked(template is not None and template.rest)
        finally:
            self._busy = False
        for widget in (self.template_box, self.file_button, self.tree, self.add_button,
                       self.curve_list, self.filter_line, self.rest_box):  # fmt: skip
            widget.setEnabled(well is not None)
        self._on_row()
        self._update_undo()

    def _list_templates(self) -> None:
        box, name = self.template_box, self.name
        box.clear()
        if self.well is None:
            self.well_label.setText("Open a LAS file to begin: drop it on the window.")
            return
        best = find_best(self.well)
        for stem, path in find_templates().items():
            try:
                words, tip = read_template(path).name, f"{stem}, of {path.parent}"
            except TemplateError as error:
                words, tip = f"{stem} (cannot be read)", str(error)
            words += "   (yours)" if is_own(stem) else ""
            if path == best:
                words, tip = f"{words}   \N{BLACK STAR}", f"Best for this well; {tip}"
            box.addItem(words, stem)
            box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        if not name and self.template is not None:
            box.insertItem(0, self.template.name, None)
        box.setCurrentIndex(box.findData(name) if name else 0)
        said = self._home.key_of(self.well) or self.well.name or "(no name)"
        self.well_label.setText(said + ("; changed, not saved" if self.is_changed else ""))

    def _show_others(self, _: str = "") -> None:
        template, well = self.template, self.well
        if template is None or well is None:
            self.curve_list.clear()
            return
        names = say_others(well, list_others(well, template), template)
        self.curve_list.show_curves(names, self.filter_line.text().strip())

    def _on_row(self, *_: Any) -> None:
        """Show the settings of what is selected."""
        if self._busy:
            return
        self.take()
        row, template, well = self.tree.row, self.template, self.well
        self.remove_button.setEnabled(row is not None)
        page: Any = self.hint
        if row is not None and template is not None and well is not None:
            track = template.tracks[row[1]]
            if row[0] == "track":
                page = self.track_page
                page.show_plan(well, track)
            elif row[0] == "curve":
                page = self.curve_page
                page.show_plan(well, next(c for c in track.curves if c.mnemonic == row[2]))
            else:
                page = self.fill_page
                page.show_plan(well, track, track.fills[row[2]])
        self.pages.setCurrentWidget(page)

    def _update_undo(self) -> None:
        session = self._home.session
        for button, label, key, what in (
            (self.undo_button, session.undo_label, "Ctrl+Z", "Undo"),
            (self.redo_button, session.redo_label, "Ctrl+Shift+Z", "Do again"),
        ):
            button.setEnabled(bool(label))
            button.setToolTip(f"{what}: {label} ({key})" if label else f"{what} ({key})")

    def _update_files(self) -> None:
        own, name = is_own(self.name), self.name
        for action in self.file_actions.values():
            action.setEnabled(True)
        self.file_actions["save"].setEnabled(own and self.is_changed)
        for each in ("rename", "delete"):
            self.file_actions[each].setEnabled(own)
        self.file_actions["duplicate"].setEnabled(bool(name))

    # ------------------------------------------------------------------ what is done

    def _run(self, act: Any, *_: Any) -> bool:
        """Do something; what cannot be done is said in a line, and nothing was done."""
        self.take()
        try:
            act()
        except (ValueError, OSError) as error:
            self.message.setText(describe_error(error))
            return False
        return True

    def edit(self, edit: str, *arguments: Any, then: Row | None = None, **settings: Any) -> bool:
        """Do one edit of the template (``template_edits.EDITS``) and select a row."""
        key = self._home.key_of(self.well)
        if key is None:
            return False
        session = self._home.session

        def act() -> None:
            with session.together(edit.replace("_", " ").capitalize()):
                if self._state is None:  # the one that it is drawn by, to begin with
                    session.set_template(key, self.name or self.template)
                session.edit_template(key, edit, *arguments, **settings)

        kept = self.tree.row
        if not self._run(act):
            self._show(kept)  # an input says what is so
            return False
        self.message.setText("")
        if then is not None:
            self.tree.choose(then)
        return True

    def choose(self, name: str) -> None:
        """Draw the well by a template of this name."""
        key = self._home.key_of(self.well)
        if key is not None and self._run(partial(self._home.session.set_template, key, name)):
            self.message.setText("")
        self._list_templates()

    def _on_template(self, row: int) -> None:
        name = self.template_box.itemData(row)
        if name and (name != self.name or self.is_changed):
            self.choose(name)

    def _on_edited(self, settings: dict[str, Any]) -> None:
        """Take what was set on a page, a little later: it may go on changing."""
        row = self.tree.row
        if row is None:
            return
        edit = {"track": "change_track", "curve": "change_curve", "fill": "change_fill"}[row[0]]
        arguments = (row[2], row[1]) if row[0] == "curve" else row[1:]
        slow = set(settings) <= {"width", "opacity"}
        if self._waiting is not None and (self._waiting[0] != row or not slow):
            self.take()
        before = self._waiting[3] if self._waiting is not None else {}
        self._waiting = row, edit, arguments, before | settings
        if slow:
            self._take_later.start()
        else:
            self.take()

    def take(self) -> None:
        """Do the edit that waits."""
        self._take_later.stop()
        if self._waiting is not None:
            (_, edit, arguments, settings), self._waiting = self._waiting, None
            self.edit(edit, *arguments, **settings)

    def move_curve(self, mnemonic: str, source: int | None, to: int | None, at: int | None) -> None:
        """Move a curve to a track, or a new one; without a source it is not shown so far."""
        if source is None:
            self.add_curve(mnemonic, to, at)
            return
        if to == source and at is not None:
            curves = [curve.mnemonic for curve in self.template.tracks[source].curves]
            at -= curves.index(mnemonic) < at  # counted without it
        if self.edit("move_curve", mnemonic, source, to, at):
            self._find(mnemonic, to if to is not None else at)

    def add_curve(self, own: str, to: int | None = -1, at: int | None = None) -> None:
        """Show a curve of the well; in the track selected, or a new one, where none is said."""
        assert self.well is not None
        name, row, template = plan_name(self.well, own), self.tree.row, self.template
        if to == -1:
            to = row[1] if row is not None else None
            if to is not None and template.tracks[to].kind != "curves":
                to, at = None, to + 1
        if to is None:
            done = self.edit("add_track", name, curves=[name], at=at)
        else:
            done = self.edit("add_curve", name, to, at)
        if done:
            self._find(name, to if to is not None else at)

    def _find(self, mnemonic: str, near: int | None) -> None:
        """Select a curve where it is now: tracks may have come or gone."""
        found = [
            number
            for number, track in enumerate(self.template.tracks)
            if any(curve.mnemonic == mnemonic for curve in track.curves)
        ]
        wanted = len(self.template.tracks) if near is None else near
        if found:
            track = min(found, key=lambda number: abs(number - wanted))
            self.tree.choose(("curve", track, mnemonic))

    def remove(self) -> None:
        """Remove what is selected."""
        row = self.tree.row
        if row is None:
            return
        if row[0] == "track":
            self.edit("remove_track", row[1], then=("track", max(row[1] - 1, 0)))
        elif row[0] == "curve":
            self.edit("remove_curve", row[2], row[1])
        else:
            self.edit("remove_fill", row[1], row[2])

    def step(self, by: int) -> None:
        """Move what is selected up or down; a curve at an end of its track goes to the next."""
        row, template = self.tree.row, self.template
        if row is None or row[0] == "fill":
            return
        if row[0] == "track":
            to = row[1] + by
            if 0 <= to < len(template.tracks):
                self.edit("move_track", row[1], to, then=("track", to))
            return
        curves = [curve.mnemonic for curve in template.tracks[row[1]].curves]
        place = curves.index(row[2]) + by
        if 0 <= place < len(curves):
            if self.edit("move_curve", row[2], row[1], row[1], place):
                self._find(row[2], row[1])
            return
        others = [n for n, track in enumerate(template.tracks) if track.kind == "curves"]
        to = others.index(row[1]) + by
        if 0 <= to < len(others) and self.edit(
            "move_curve", row[2], row[1], others[to], None if by < 0 else 0
        ):
            self._find(row[2], others[to])

    def _on_key(self, what: str) -> None:
        if what in ("up", "down"):
            self.step(-1 if what == "up" else 1)
        elif what == "remove":
            self.remove()
        elif what == "cut":
            row = self.tree.row
            self._cut = row if row is not None and row[0] != "fill" else None
            if self._cut is not None:
                self.message.setText(
                    f"{self.tree.currentItem().text(0).split('   ')[0]} is to move: select where, "
                    "and press Ctrl+V."
                )
        elif self._cut is not None and (row := self.tree.row) is not None:
            (cut, self._cut) = self._cut, None
            if cut[0] == "track":
                self.edit("move_track", cut[1], row[1], then=("track", row[1]))
            else:
                self.move_curve(cut[2], cut[1], row[1], None)

    def undo(self) -> None:
        """Go back to before the last action."""
        self.take()
        self._home.session.undo()

    def redo(self) -> None:
        """Do again what undo took back."""
        self._home.session.redo()

    def rename_track(self) -> None:
        """Ask for the title of the track selected."""
        row = self.tree.row
        if row is not None:
            self.tree.choose(("track", row[1]))
            self.track_page.title_line.setFocus()
            self.track_page.title_line.selectAll()

    def _on_menu(self, at: QPoint) -> None:
        """Offer where a curve can go, and what else can be done with what is selected."""
        menu = make_menu(self)
        menu.exec(self.tree.viewport().mapToGlobal(at))
        menu.deleteLater()


def _name_keys(event: Any) -> str:
    """Return the keys of an event, as ``Ctrl+Z``."""
    return QKeySequence(event.keyCombination()).toString()


def _unwatch(layers: Any, look: Any, home: Any, on_session: Any, _: Any = None) -> None:
    """Let go of the viewer, for a dock that is gone."""
    layers.selection.events.active.disconnect(look)
    layers.events.removed.disconnect(look)
    stop_following(home, on_session)
