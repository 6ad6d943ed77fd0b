"""What napari does whenever a layer is added, and is done once for all layers of wells.

After each layer it measures all of them, for sliders that a well has none of; and it makes the
controls of every layer, ten to twenty milliseconds of widgets, though it shows those of one.
"""

from __future__ import annotations

from functools import wraps
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from napari.components import ViewerModel
from napari.utils.events import EventEmitter

from napari_welllog._napari_private import QtLayerControlsContainer
from napari_welllog._places import describe

_on_layers_change = ViewerModel._on_layers_change
_update_layers = ViewerModel._update_layers
_add, _remove = QtLayerControlsContainer._add, QtLayerControlsContainer._remove
_populate = QtLayerControlsContainer._populate
_check_signature = EventEmitter._check_signature
_takes_event: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
_paused: WeakSet[Any] = WeakSet()


def pause_list(viewer: Any) -> None:
    """Let layers be added without measuring all there are each time."""
    _paused.add(viewer)


def resume_list(viewer: Any) -> None:
    """Measure all layers now, and whenever one is added from now on."""
    _paused.discard(viewer)
    _on_layers_change(viewer)


@wraps(_on_layers_change)  # napari connects methods by their names
def _measure_later(viewer: Any) -> None:
    """Leave the sliders as they are while more layers of as many dimensions follow."""
    many = len(viewer.layers) > 1 and viewer.layers.ndim == viewer.dims.ndim
    if viewer not in _paused or not many:
        _on_layers_change(viewer)


@wraps(_update_layers)
def _slice_alone(viewer: Any, *, layers: Any = None) -> None:
    """Slice a layer that is added without looking at the others."""
    if viewer in _paused and layers and len(viewer.layers) > 1:
        viewer._layer_slicer.submit(layers=layers, dims=viewer.dims)
    else:
        _update_layers(viewer, layers=layers)


@wraps(_add)
def _make_controls_later(container: Any, event: Any) -> None:
    """Leave out the controls of a well's layer, until it is selected."""
    if describe(event.value) is None:
        _add(container, event)


@wraps(_populate)
def _make_controls_now(container: Any) -> None:
    """Show the controls of what is selected."""
    active = container.viewer.layers.selection.active
    if active is not None and active not in container.widgets:
        _add(container, SimpleNamespace(value=active))
    _populate(container)


@wraps(_remove)
def _remove_controls(container: Any, event: Any) -> None:
    """Remove the controls of a layer that had any."""
    if event.value in container.widgets:
        _remove(container, event)


def _remember_signature(callback: Any) -> bool:
    """Say whether a callback takes an event, having looked at each method once.

    Napari connects some ninety methods to the events of every layer, and each of its fifty events
    to the group of all.
    """
    if isinstance(callback, EventEmitter):  # called with the event, as its class says
        return True
    function = getattr(callback, "__func__", None)
    if function is None:
        return _check_signature(callback)
    if function not in _takes_event:
        _takes_event[function] = _check_signature(callback)
    return _takes_event[function]


def lighten_lists() -> None:
    """Let napari do once for all layers of wells what it would do for each."""
    ViewerModel._on_layers_change = _measure_later
    ViewerModel._update_layers = _slice_alone
    QtLayerControlsContainer._add = _make_controls_later
    QtLayerControlsContainer._populate = _make_controls_now
    QtLayerControlsContainer._remove = _remove_controls
    EventEmitter._check_signature = staticmethod(_remember_signature)
