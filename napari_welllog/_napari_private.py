"""Every private napari import of the plugin, and what to do without them.

napari has no public way to give a layer its own picture, to zoom one axis alone, or to draw a
header on the canvas. Where one of these imports fails (another napari), ``AVAILABLE`` is False:
curves are then drawn as stock vectors, and the camera and the canvas stay as they are.
"""

from __future__ import annotations

from typing import Any

try:
    from napari._qt.layer_controls.qt_layer_controls_container import QtLayerControlsContainer
    from napari._vispy.camera import MouseToggledPanZoomCamera, VispyCamera
    from napari._vispy.layers.base import VispyBaseLayer
    from napari._vispy.layers.vectors import VispyVectorsLayer
    from napari._vispy.overlays.base import ViewerOverlayMixin, VispyCanvasOverlay
    from napari._vispy.utils.visual import layer_to_visual, overlay_to_visual
    from napari.layers.vectors.vectors import _VectorsSlicingState as VectorsSlicingState

    AVAILABLE = True
except (ImportError, RuntimeError):  # qtpy raises RuntimeError where no Qt binding is installed
    AVAILABLE = False

__all__ = [
    "AVAILABLE",
    "MouseToggledPanZoomCamera",
    "QtLayerControlsContainer",
    "VectorsSlicingState",
    "ViewerOverlayMixin",
    "VispyBaseLayer",
    "VispyCamera",
    "VispyCanvasOverlay",
    "VispyVectorsLayer",
    "find_canvas",
    "find_window",
    "layer_to_visual",
    "overlay_to_visual",
    "pause_canvas",
    "resume_canvas",
    "unwrap",
]


def unwrap(viewer: Any) -> Any:
    """Return the viewer itself where napari hands plugins a proxy of it."""
    return getattr(viewer, "__wrapped__", viewer)


def find_canvas(viewer: Any) -> Any:
    """Return the vispy canvas of a viewer, or None where it has none or cannot be reached."""
    qt_viewer = getattr(find_window(viewer), "_qt_viewer", None)
    return getattr(qt_viewer, "canvas", None)


def find_window(viewer: Any) -> Any:
    """Return the Qt window of a viewer, or None where it has none."""
    return getattr(getattr(unwrap(viewer), "window", None), "_qt_window", None)


def pause_canvas(viewer: Any) -> None:
    """Let layers be added without sending all there are to the canvas each time."""
    canvas = find_canvas(viewer)
    if hasattr(canvas, "_pause_scene_graph"):
        canvas._pause_scene_graph = True
        canvas._on_view_direction_change = _do_nothing  # it tells all layers, whenever one is added


def resume_canvas(viewer: Any) -> None:
    """Send all layers to the canvas, and each one that is added from now on."""
    canvas = find_canvas(viewer)
    if hasattr(canvas, "_pause_scene_graph"):
        canvas._pause_scene_graph = False
        del canvas._on_view_direction_change
        canvas._update_scenegraph()


def _do_nothing() -> None:
    """Stand in for what is done once, afterwards."""
