"""What the File menu of the Tracks dock does: templates saved, renamed, deleted, taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from welllog.own_templates import delete_own, import_own, is_own, rename_own, save_own
from welllog.templates import TemplateError, choose_template, read_template, write_template

if TYPE_CHECKING:
    from napari_welllog._tracks_widget import TracksWidget


class TemplateFiles:
    """Asks for names and files, and says in the dock what was done.

    Each raises ``TemplateError`` or ``OSError`` where it cannot be done; the dock tells it.
    """

    def __init__(self, dock: TracksWidget) -> None:
        self._dock = dock

    def save(self) -> None:
        """Write the template into the user's file, or ask for a name where there is none."""
        if not is_own(self._dock.name):
            self.save_as()
            return
        template = self._dock.template
        self._keep(template.name if template is not None else "", overwrite=True)

    def save_as(self) -> None:
        """Save the template under a name of the user's."""
        template = self._dock.template
        if template is None:
            return
        title = self._ask("Save as", "Name of your template", f"My {template.name.lower()}")
        if title:
            self._keep(title, overwrite=False)

    def _keep(self, title: str, *, overwrite: bool) -> None:
        home = self._dock._home
        key = home.key_of(self._dock.well)
        if key is None:
            return
        with home.session.together(f"Save {title}"):
            if self._dock._state is None:
                home.session.set_template(key, self._dock.name or self._dock.template)
            name = home.session.save_template(key, title, overwrite=overwrite)
        self._dock._show(self._dock.tree.row)
        self._dock.message.setText(f"Saved as {name}, and used for this well from now on.")

    def duplicate(self) -> None:
        """Copy the template as it is in its file."""
        template = read_template(self._dock.name)
        title = self._ask("Duplicate", "Name of the copy", f"{template.name} copy")
        if title:
            self._dock.choose(save_own(template, title))

    def rename(self) -> None:
        """Give the user's template another name."""
        before = self._dock.name
        if self._dock.is_changed:
            raise TemplateError(f"{before} was changed and not saved; save it before renaming it")
        title = self._ask("Rename", "New name", read_template(before).name)
        if title:
            self._dock.choose(rename_own(before, title))

    def delete(self) -> None:
        """Delete the user's template, after a question."""
        name, well = self._dock.name, self._dock.well
        yes = QMessageBox.StandardButton.Yes
        said = f"Delete the template {name}? Its file is removed; this cannot be undone."
        if well is not None and QMessageBox.question(self._dock, "Delete", said) == yes:
            delete_own(name)
            path = choose_template(well).path
            assert path is not None
            self._dock.choose(path.stem)
            self._dock.message.setText(f"{name} was deleted.")

    def take_in(self) -> None:
        """Take a file into the user's templates and use it."""
        path, _ = QFileDialog.getOpenFileName(self._dock, "Import", "", "Templates (*.toml)")
        if path:
            self._dock.choose(import_own(path))

    def export(self) -> None:
        """Write the template to a file."""
        template = self._dock.template
        if template is None:
            return
        begin = f"{self._dock.name or 'template'}.toml"
        path, _ = QFileDialog.getSaveFileName(self._dock, "Export", begin, "Templates (*.toml)")
        if path:
            file = Path(path) if path.lower().endswith(".toml") else Path(f"{path}.toml")
            write_template(template, file)
            self._dock.message.setText(f"Written to {file.name}.")

    def _ask(self, title: str, words: str, begin: str) -> str:
        text, given = QInputDialog.getText(self._dock, title, words, text=begin)
        return text.strip() if given else ""
