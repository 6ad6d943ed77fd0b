"""Opens LAS files as log tracks, and sessions with all that was done on their wells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_ENDINGS = (".las", ".las.gz", ".las.xz", ".wellsession")


def get_reader(path: str | Sequence[str]) -> Callable[[Any], list[Any]] | None:
    """Return what reads a path, or None where it is neither log nor session."""
    paths = [path] if isinstance(path, str) else list(path)
    if not all(str(each).lower().endswith(_ENDINGS) for each in paths):
        return None
    return read_wells


def read_wells(path: str | Sequence[str]) -> list[Any]:
    """Read files into layer tuples; one that cannot be read becomes a notification."""
    from napari.utils.notifications import show_error, show_warning

    from napari_welllog._jobs import describe_error
    from napari_welllog._preferences import preferences
    from welllog.formats import read

    layers: list[Any] = []
    for each in [path] if isinstance(path, str) else path:
        try:
            if str(each).lower().endswith(_ENDINGS[-1]):
                layers += show_session(each, layers)
                continue
            well = _with_cores(read(each, nulls=preferences().wells.nulls))
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


def show_well(well: Any, pending: Sequence[Any] = (), template: Any = None) -> list[Any]:
    """Return layer tuples of a well, beside those of the current viewer and those pending.

    Without a template it is the one that was used for it before, or the one that suits it.
    """
    from napari import current_viewer

    from napari_welllog._core_pictures import await_pictures
    from napari_welllog._layers import to_layers
    from napari_welllog._log_view import view_of
    from napari_welllog._template_memory import find_template
    from napari_welllog._viewer_session import session_of

    viewer, template = current_viewer(), template or find_template(well)
    if viewer is None:
        return to_layers(well, template=template)
    await_pictures(viewer)
    session_of(viewer)  # keeps wells on one scale, and what is deleted for undo
    return view_of(viewer).make_layers(well, pending, template)


def _with_cores(well: Any) -> Any:
    """Return a well with the pictures of core beside its file; say where these are no good."""
    from napari.utils.notifications import show_warning

    from welllog.cores.placement_files import with_cores

    try:
        return with_cores(well)
    except ValueError as error:
        show_warning(f"{error}; the well is shown without its core")
        return well


def show_session(path: str | Path, pending: Sequence[Any] = ()) -> list[Any]:
    """Return the layers of a session's wells; what was done on them follows by itself."""
    from napari import current_viewer
    from napari.utils.notifications import show_warning

    from napari_welllog._autosave import is_safety_copy
    from napari_welllog._viewer_session import session_of
    from welllog.session_files import open_session

    session, _ = open_session(path)
    if is_safety_copy(path):  # which goes when its work is gone on with
        session.kept.clear()
    for remark in session.remarks:
        show_warning(f"{Path(path).name}: {remark}")
    layers: list[Any] = []
    for work in session.state.works:
        work.well.cores[:] = _with_cores(work.well).cores
        layers += show_well(work.well, [*pending, *layers], work.template)
    viewer = current_viewer()
    if viewer is not None:
        session_of(viewer).adopt(session)
    return layers
