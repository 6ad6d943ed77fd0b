"""All layers of one well, taken out of a viewer and brought in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_welllog._core_pictures import await_pictures

if TYPE_CHECKING:
    from napari_welllog._log_view import LogView
    from welllog.templates import Template
    from welllog.well import Well


def add_well(viewer: Any, view: LogView, well: Well, template: Template | str | None) -> None:
    """Show a well, to the right of those that are shown."""
    await_pictures(viewer)
    add = {"vectors": viewer.add_vectors, "image": viewer.add_image}
    for data, meta, kind in view.make_layers(well, template=template):
        add[kind](data, **meta)
    view.insertion.finish()


def remove_well(viewer: Any, view: LogView, well: Well) -> None:
    """Take away whatever is shown of a well: its tracks, what was made of it, what is picked."""
    for layer, record in view.records():
        if record["well"] is well:
            viewer.layers.remove(layer)
