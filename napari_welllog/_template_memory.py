"""Which template a well is opened with: the one used before, the Preferences', or what suits it.

Remembered are names, by the name of the well and by the curves that it has; what was changed and
not saved is kept by sessions.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from qtpy.QtCore import QSettings

from napari_welllog._preferences import preferences
from welllog.templates import TemplateError, choose_template, find_templates, read_template

if TYPE_CHECKING:
    from pathlib import Path

    from welllog.templates import Template
    from welllog.well import Well


def find_template(well: Well) -> Template | None:
    """Return the template that a well is opened with.

    It is the one last chosen for it; else that of the Preferences; else the one last chosen for a
    well with the same curves; else the one that suits it. Where that is no good: say so and return
    none.
    """
    from napari.utils.notifications import show_warning

    wanted = preferences().wells.template.strip()
    set_ = "" if wanted == "automatic" else wanted
    of_well, of_curves = recall(well)
    try:
        name = of_well or set_ or of_curves
        return read_template(name) if name else choose_template(well)
    except TemplateError as error:
        show_warning(f"{error}; the tracks are the usual ones")
        return None


def remember(well: Well, name: str | None) -> None:
    """Open this well, and others with the same curves, with a template; None forgets it."""
    settings = _settings()
    for key in _keys(well):
        settings.setValue(key, name) if name else settings.remove(key)


def recall(well: Well) -> tuple[str, str]:
    """Return the names remembered for a well and for its curves; blank where there is none.

    One whose file has gone since is not there any more.
    """
    known = find_templates()
    found = [str(_settings().value(key, "") or "") for key in _keys(well)]
    found = [name if name in known else "" for name in found]
    return (found[0], found[1]) if len(found) > 1 else ("", found[0])


def _keys(well: Well) -> list[str]:
    """Return under which keys a template is remembered; a well without a name has one alone."""
    words = "|".join(sorted(well.canonical)), (well.name or "").strip()
    curves, name = (hashlib.sha256(word.encode()).hexdigest()[:16] for word in words)
    return [f"well/{name}", f"curves/{curves}"] if words[1] else [f"curves/{curves}"]


def _settings() -> QSettings:
    return QSettings("napari-welllog", "tracks")


def find_best(well: Well) -> Path | None:
    """Return the file of the template that suits a well; None where one of the user's is broken."""
    try:
        return choose_template(well).path
    except TemplateError:
        return None
