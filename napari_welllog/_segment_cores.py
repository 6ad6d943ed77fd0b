"""Pictures of core and borehole images, opened over their track to be segmented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_welllog._core_layers import is_core_ground
from napari_welllog._log_view import view_of
from napari_welllog._places import edges
from napari_welllog._segment_pictures import IMAGE, PLACEMENT, SHOWN
from welllog.images import find_images


class Unopened(NamedTuple):
    """A picture beside a well that is no layer to be segmented yet."""

    text: str
    open: Callable[[], Any]
    """Adds it to the viewer and returns the layer."""


def find_unopened(viewer: Any, pictures: Sequence[Any]) -> list[Unopened]:
    """Return the pictures of core and the borehole images of wells that are none of these layers.

    To open one raises ``PlacementFileError`` or ``BoreholeError`` where it is not there, has
    changed, or cannot be read.
    """
    opened = {Path(layer.source.path).name for layer in pictures if layer.source.path}
    placed = [layer.metadata[PLACEMENT] for layer in pictures if PLACEMENT in layer.metadata]
    opened |= {Path(said["path"]).name for said in placed if IMAGE not in said}
    images = {(said["path"], said[IMAGE]) for said in placed if IMAGE in said}
    found = []
    for well in view_of(viewer).wells():
        found += [
            Unopened(
                f"Open core {placement.picture.name} of {well.name}",
                partial(open_core, viewer, well, placement),
            )
            for placement in well.cores
            if placement.picture.name not in opened
        ]
        found += [
            Unopened(
                f"Open image {image.name} of {well.name}",
                partial(open_borehole, viewer, well, image.name),
            )
            for image in find_images(well)
            if well.path is not None and (str(well.path.resolve()), image.name) not in images
        ]
    return found


def open_core(viewer: Any, well: Any, placement: Any) -> Any:
    """Add a picture of core to a viewer, over its track, and return its layer."""
    from welllog.cores.placement_files import describe_placement, read_placed

    tracks = [r for _, r in view_of(viewer).records("strip") if is_core_ground(r)]
    name = f"{placement.picture.stem} photograph"
    said = {PLACEMENT: describe_placement(placement)}
    return _add_picture(viewer, well, placement, tracks, read_placed(placement), name, said)


def open_borehole(viewer: Any, well: Any, name: str) -> Any:
    """Add a borehole image to a viewer as a picture, over its track, and return its layer.

    Its contrast is static, dead sectors are filled, and depths without any have no segments.
    """
    from welllog.cores.borehole import (
        WIDEN,
        ContrastSettings,
        image_picture,
        place_borehole,
        read_borehole,
    )
    from welllog.cores.placement_files import describe_placement

    image = read_borehole(well, name)
    pixels, shown = image_picture(image, ContrastSettings(widen=WIDEN))
    tracks = [r for _, r in view_of(viewer).records("image") if r["track"].image.name == name]
    placement = place_borehole(image, well, WIDEN)
    said = {PLACEMENT: {**describe_placement(placement), IMAGE: name}, SHOWN: shown}
    return _add_picture(viewer, well, placement, tracks, pixels, f"{name} picture", said)


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


def _add_picture(
    viewer: Any,
    well: Any,
    placement: Any,
    tracks: Sequence[dict[str, Any]],
    pixels: NDArray[Any],
    name: str,
    metadata: dict[str, Any],
) -> Any:
    """Add a picture over the first of these tracks that is its well's, from its top to its base.

    The camera of the tracks looks nowhere else.
    """
    from welllog.cores.placement import in_unit_of

    view, here = view_of(viewer), in_unit_of(placement, well)
    places = [record["place"] for record in tracks if record["well"] is well]
    left, right = edges(places[0]) if places else view.sides(well)
    rows, columns = pixels.shape[:2]
    top, base = (view.world_of(well, depth) for depth in (here.top, here.base))
    down, across = (base - top) / rows, (right - left) / columns
    grey = pixels.ndim == 3 and pixels.shape[2] == 1
    layer = viewer.add_image(
        pixels[..., 0] if grey else pixels,
        name=name,
        # No scale: napari's brush is round in that of its layer, and metres of depth against widths
        # of tracks made a comb of each stroke. A pixel is drawn about its middle.
        affine=np.array([[down, 0, top + down / 2], [0, across, left + across / 2], [0, 0, 1]]),
        metadata=metadata,
    )
    view.zoom_to(here.top, here.base, well)
    return layer
