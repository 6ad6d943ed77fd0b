"""A user's own templates: saved, renamed, deleted, copied from and to other places.

They are TOML files in ``templates.user_folder()``. Those of the package are never changed: one
saved under the name of such takes its place, and deleting it brings that back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from welllog.templates import (
    SHIPPED,
    Template,
    TemplateError,
    find_templates,
    read_template,
    user_folder,
    write_template,
)

__all__ = ["delete_own", "import_own", "is_own", "rename_own", "save_own"]


def is_own(name: str) -> bool:
    """Return whether a template is the user's."""
    path = find_templates().get(name)
    return path is not None and path.parent == user_folder()


def save_own(template: Template, title: str, *, overwrite: bool = False) -> str:
    """Save a template as the user's own under a title; return the name by which it is known.

    Of one of the package under another name the needs are left out: a copy made for one well is
    not to be chosen unasked for every well that the original suits.

    Raises
    ------
    TemplateError
        The title is none, or the user has a template of the name already.
    OSError
        The file cannot be written.
    """
    name = _name_of(title)
    path = user_folder() / f"{name}.toml"
    if path.exists() and not overwrite:
        raise TemplateError(f"you have a template {name} already; choose another name")
    source = template.path
    if source is not None and source.parent == SHIPPED and source.stem != name:
        template = replace(template, needs=(), rank=0)
    write_template(replace(template, name=title.strip()), path)
    return name


def rename_own(name: str, title: str) -> str:
    """Give a template of the user's another title and name; return the name.

    Raises
    ------
    TemplateError
        It is not the user's, the title is none, or there is one of that name.
    OSError
        The file cannot be written or removed.
    """
    path = _path_of_own(name, "renamed")
    template = read_template(path)
    made = save_own(template, title, overwrite=_name_of(title) == name)
    if made != name:
        path.unlink()
    return made


def delete_own(name: str) -> None:
    """Delete a template of the user's.

    Raises
    ------
    TemplateError
        It is not the user's.
    OSError
        The file cannot be removed.
    """
    _path_of_own(name, "deleted").unlink()


def import_own(path: str | Path, *, overwrite: bool = False) -> str:
    """Take a file into the user's templates, after it was read; return the name of the template.

    Raises
    ------
    TemplateError
        It is no template, or the user has one of this title.
    OSError
        The file cannot be written.
    """
    if Path(path).suffix.lower() != ".toml":
        raise TemplateError(f"{path} is not a TOML file; a template ends in .toml")
    template = read_template(path)
    return save_own(template, template.name, overwrite=overwrite)


def _name_of(title: str) -> str:
    """Return the name of a template with a title: ``My logs, 2`` is ``my_logs_2``."""
    name = re.sub(r"[^\w-]+", "_", title.strip().lower()).strip("_")
    if not name:
        raise TemplateError(f"{title!r} is no name for a template; use letters or digits")
    return name[:60]


def _path_of_own(name: str, done: str) -> Path:
    if not is_own(name):
        raise TemplateError(f"{name} is no template of yours and cannot be {done}; save a copy")
    return user_folder() / f"{name}.toml"
