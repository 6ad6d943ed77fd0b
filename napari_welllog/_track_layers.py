"""What stands beside and below the curves, as layers: fills, strips of blocks, borehole images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._places import KEY, SCHEMA, across, fit_to_place
from welllog.fills import caption, ribbon
from welllog.images import image_grid
from welllog.tracks import Track, TrackFill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from welllog.well import Well

LayerTuple = tuple[Any, dict[str, Any], str]


def make_vectors(
    data: NDArray[Any], record: dict[str, Any], name: str, **settings: Any
) -> LayerTuple:
    """Return a layer tuple of vectors that shows what its record says."""
    record = {"schema": SCHEMA, "restoration": None, **record}
    scale, translate = fit_to_place(record)
    return (
        _halve(data, record["well"].step),
        {
            "name": name + record["place"]["suffix"],
            "metadata": {KEY: record},
            "ndim": 2,
            "scale": scale,
            "translate": translate,
            "vector_style": "line",
            "blending": "translucent_no_depth",
            "opacity": 1.0,
            **settings,
        },
        "vectors",
    )


def _halve(data: NDArray[Any], step: float) -> NDArray[Any]:
    """Return vectors as 32-bit floats, where these tell depths a hundredth of a step apart."""
    deepest = np.abs(data[:, 0, 0]).max(initial=0.0)
    fine = np.isfinite(step) and deepest * np.finfo(np.float32).eps < 0.01 * step
    return data.astype(np.float32) if fine else data


def make_fill_layer(well: Well, fill: TrackFill, place: dict[str, Any]) -> LayerTuple:
    """Turn a fill into hairs from its left to its right side, one for each point of its edge."""
    drawn = ribbon(well, fill)
    solid = np.isfinite(drawn.left)
    depth = drawn.depth[solid]
    left, right = (across(side[solid], place) for side in (drawn.left, drawn.right))
    hairs = np.stack([np.c_[depth, left], np.c_[np.zeros_like(depth), right - left]], axis=1)
    words = caption(fill)
    record = {
        "kind": "fill", "well": well, "curve": fill.curve.mnemonic, "scale": fill.curve,
        "place": place, "caption": words, "colour": fill.colour,
    }  # fmt: skip
    return make_vectors(
        hairs, record, words or f"{fill.curve.mnemonic} fill",
        edge_color=fill.colour, edge_width=well.step, opacity=fill.opacity,
        features={"run": drawn.run[solid]},
    )  # fmt: skip


def make_strip_layer(well: Well, track: Track, place: dict[str, Any]) -> LayerTuple:
    """Turn a strip into one vector down each of its blocks, in the block's colour."""
    count = max(len(track.lanes), 1)
    blocks = [(lane, zone) for lane in enumerate(track.lanes) for zone in lane[1].zones]
    left = across(np.array([i / count for (i, _), _ in blocks]), place)
    wide = place["share"] / count
    top = np.array([zone.top for _, zone in blocks])
    down = np.array([zone.base for _, zone in blocks]) - top
    data = np.zeros((len(blocks), 2, 2))
    if blocks:
        data[:, 0], data[:, 1, 0] = np.c_[top, left + wide / 2], down
    record = {
        "kind": "strip", "well": well, "curve": "", "place": place, "track": track,
    }  # fmt: skip
    colours = [zone.colour for _, zone in blocks]
    return make_vectors(
        data, record, track.title, edge_color=colours or "#808080", edge_width=wide,
        features={"name": [zone.name for _, zone in blocks]},
    )  # fmt: skip


def make_image_layer(well: Well, track: Track, place: dict[str, Any]) -> LayerTuple:
    """Turn the sectors of a borehole image into an image layer."""
    assert track.image is not None
    top, step, pixels = image_grid(well, track.image)
    record = {
        "schema": SCHEMA, "kind": "image", "well": well, "curve": "", "place": place,
        "track": track, "grid": (top, step, pixels.shape[1]), "restoration": None,
    }  # fmt: skip
    scale, translate = fit_to_place(record)
    settings = {
        "name": track.image.name + place["suffix"],
        "metadata": {KEY: record},
        "scale": scale,
        "translate": translate,
        "colormap": "YlOrBr",
        "contrast_limits": (track.image.low, track.image.high),
        "interpolation2d": "nearest",
        "blending": "translucent_no_depth",
    }
    return pixels, settings, "image"
