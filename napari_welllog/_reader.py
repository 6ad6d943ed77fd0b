"""Opens LAS files as log tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_ENDINGS = (".las", ".las.gz", ".las.xz")


def get_reader(path: str | Sequence[str]) -> Callable[[Any], list[Any]] | None:
    """Return what reads a path, or None where it is not a LAS file."""
    paths = [path] if isinstance(path, str) else list(path)
    if not all(str(each).lower().endswith(_ENDINGS) for each in paths):
        return None
    return read_wells


def read_wells(path: str | Sequence[str]) -> list[Any]:
    """Read LAS files into layer tuples; one that cannot be read becomes a notification."""
    from napari.utils.notifications import show_error, show_warning

    from napari_welllog._jobs import describe_error
    from welllog.formats import read

    layers: list[Any] = []
    for each in [path] if isinstance(path, str) else path:
        try:
            well = read(each)
            layers += show_well(well, layers)
        except Exception as error:  # a file must never take the viewer down
            said = describe_error(error).removeprefix(f"{each}: ")  # the folder says nothing here
            show_error(f"{Path(each).name}: {said}")
            continue
        major = [remark for remark in well.report if remark.severity == "major"]
        if major:
            more = f" (and {len(major) - 1} more)" if len(major) > 1 else ""
            show_warning(f"{Path(each).name}: {major[0]}{more}")
    return layers or [(None,)]


def show_well(well: Any, pending: Sequence[Any] = ()) -> list[Any]:
    """Return layer tuples of a well, beside those of the current viewer and those pending."""
    from napari import current_viewer

    from napari_welllog._layers import to_layers
    from napari_welllog._log_view import view_of

    viewer, template = current_viewer(), _find_template(well)
    if viewer is None:
        return to_layers(well, template=template)
    return view_of(viewer).make_layers(well, pending, template)


def _find_template(well: Any) -> Any:
    """Return the template that suits a well; where one of the user is no good, say so and none."""
    from napari.utils.notifications import show_warning

    from welllog.templates import TemplateError, choose_template

    try:
        return choose_template(well)
    except TemplateError as error:
        show_warning(f"{error}; the tracks are the usual ones")
        return None
