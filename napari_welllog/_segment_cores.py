"""Pictures of core that are placed on depth, opened over their track to be segmented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_welllog._core_layers import is_core_ground
from napari_welllog._log_view import view_of
from napari_welllog._places import edges
from napari_welllog._segment_pictures import PLACEMENT


def unopened_cores(viewer: Any, pictures: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return wells with the pictures placed beside them that are none of these layers yet."""
    opened = {Path(layer.source.path).name for layer in pictures if layer.source.path}
    opened |= {
        Path(layer.metadata[PLACEMENT]["path"]).name
        for layer in pictures
        if PLACEMENT in layer.metadata
    }
    return [
        (well, placement)
        for well in view_of(viewer).wells()
        for placement in well.cores
        if placement.picture.name not in opened
    ]


def open_core(viewer: Any, well: Any, placement: Any) -> Any:
    """Add a picture of core to a viewer and return its layer.

    Raises
    ------
    PlacementFileError
        It is not there, has changed, or cannot be read.
    """
    from welllog.cores.placement_files import read_placed

    return add_photograph(viewer, well, placement, read_placed(placement))


def take_away(layers: Any, layer: Any) -> bool:
    """Take a layer away; return whether it was there."""
    there = layer in layers
    if there:
        layers.remove(layer)
    return there


def put_back(layers: Any, layer: Any) -> bool:
    """Bring a layer back; return whether it was gone."""
    gone = layer not in layers
    if gone:
        layers.append(layer)
    return gone


def add_photograph(viewer: Any, well: Any, placement: Any, pixels: NDArray[Any]) -> Any:
    """Add a picture of core over its track, stretched from its top to its base.

    The camera of the tracks looks nowhere else.
    """
    from welllog.cores.placement import in_unit_of
    from welllog.cores.placement_files import describe_placement

    view, here = view_of(viewer), in_unit_of(placement, well)
    places = [
        record["place"]
        for _, record in view.records("strip")
        if record["well"] is well and is_core_ground(record)
    ]
    left, right = edges(places[0]) if places else view.sides(well)
    rows, columns = pixels.shape[:2]
    top, base = (view.world_of(well, depth) for depth in (here.top, here.base))
    down, across = (base - top) / rows, (right - left) / columns
    grey = pixels.ndim == 3 and pixels.shape[2] == 1
    layer = viewer.add_image(
        pixels[..., 0] if grey else pixels,
        name=f"{placement.picture.stem} photograph",
        # No scale: napari's brush is round in that of its layer, and metres of depth against widths
        # of tracks made a comb of each stroke. A pixel is drawn about its middle.
        affine=np.array([[down, 0, top + down / 2], [0, across, left + across / 2], [0, 0, 1]]),
        metadata={PLACEMENT: describe_placement(placement)},
    )
    view.zoom_to(here.top, here.base, well)
    return layer
