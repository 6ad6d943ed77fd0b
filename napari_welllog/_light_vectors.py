"""What napari does for every vectors layer and the layers of wells can do without.

A layer of a well is known by its metadata; of all other vectors nothing changes. Napari copies the
vectors to look at them, numbers them, gives each a colour of its own, measures them again whenever
any layer moves, draws a thousand of them as a thumbnail, and looks in each frame which part of them
is in view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Vectors

from napari_welllog._napari_private import VectorsSlicingState
from napari_welllog._places import describe

_thumbnail = Vectors._update_thumbnail
_draw = Vectors._update_draw
_extent = Vectors._extent_data.fget
_status = Vectors.get_status
_numbers = np.arange(0)
_slice = VectorsSlicingState._update_slice_response


def _colour_thumbnail(layer: Any) -> None:
    """Show a curve's colour in the layer list: a picture of 1000 vectors costs 50 ms a layer."""
    if describe(layer) is None:
        _thumbnail(layer)
        return
    thumbnail = np.zeros(layer._thumbnail_shape, np.uint8)
    colours = layer.edge_color
    rgb = np.asarray(colours[0][:3] if len(colours) else (0, 0, 0))
    thumbnail[..., :3], thumbnail[..., 3] = np.round(rgb * 255), 255
    layer.thumbnail = thumbnail


def _note_scale(layer: Any, scale_factor: float, *args: Any, **settings: Any) -> None:
    """Leave out which vectors are in view: all are sent, and thinned by what draws them."""
    if describe(layer) is None:
        _draw(layer, scale_factor, *args, **settings)
    else:
        layer._scale_factor = scale_factor


def _measure_once(layer: Any) -> Any:
    """Return the extent, measured once for all vectors that the layer was ever given."""
    if describe(layer) is None:
        return _extent(layer)
    data, length, extent = layer.__dict__.get("_welllog_extent", (None, 0.0, None))
    if data is not layer.data or length != layer.length:
        extent = _measure(layer.data, layer.length)
        layer.__dict__["_welllog_extent"] = (layer.data, layer.length, extent)
    return extent.copy()


def _measure(vectors: Any, length: float) -> Any:
    """Return the least and the greatest of each coordinate of vectors, shape (2, d)."""
    if not len(vectors):
        return np.full((2, vectors.shape[2]), np.nan)
    start, along = vectors[:, 0], vectors[:, 1]
    ends = np.concatenate([start, start + length * along]).T.copy()  # ten times as fast so
    return np.stack([ends.min(axis=1), ends.max(axis=1)])


def _say_depth(layer: Any, position: Any = None, *, world: bool = False, **settings: Any) -> Any:
    """Say the depth in the status bar: across a track a coordinate means nothing."""
    status = _status(layer, position, world=world, **settings)
    record = describe(layer)
    if record is not None and position is not None:
        depth = (layer.world_to_data(position) if world else position)[-2]
        status["coords"] = f" {depth:.2f} {record['well'].index_unit}"
        status["coordinates"], status["value"] = status["coords"], ""
    return status


def _look_at(state: Any, response: Any) -> None:
    """Let all vectors be in view without a copy of them."""
    data = state.layer.data
    whole = len(response.indices) == len(data) and list(response.slice_input.displayed) == [0, 1]
    if describe(state.layer) is None or data.shape[2] != 2 or not whole:
        _slice(state, response)
        return
    state._slice_input = response.slice_input
    state._view_indices, state._view_alphas = _number(len(data)), 1.0
    state._view_data = data


def _number(length: int) -> Any:
    """Return the numbers from 0, shape (length,): one array for the vectors of all layers."""
    global _numbers
    if len(_numbers) < length:
        _numbers = np.arange(length)
        _numbers.flags.writeable = False
    return _numbers[:length]


def share_colour(layer: Any) -> Any:
    """Keep one colour of a layer's vectors where all have the same, and return it; else None.

    Napari keeps four numbers for each vector, as much again as the vectors themselves.
    """
    colours = layer.edge_color
    if not len(colours) or not (colours == colours[0]).all():
        return None
    if colours.strides[0]:
        kept = vars(layer._edge)
        kept["colors"] = np.broadcast_to(colours[0].copy(), colours.shape)
        kept["current_color"] = np.array(layer._edge.current_color)  # a view of all the others
    return colours[0].copy()  # a view would keep the others too


def lighten_vectors() -> None:
    """Let napari do no more for the layers of wells than they need."""
    Vectors._update_thumbnail = _colour_thumbnail
    Vectors._update_draw = _note_scale
    Vectors._extent_data = property(_measure_once)
    Vectors.get_status = _say_depth
    VectorsSlicingState._update_slice_response = _look_at
