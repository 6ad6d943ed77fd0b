"""A 2-D camera that zooms depth apart from the width of the tracks."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_welllog._napari_private import MouseToggledPanZoomCamera, VispyCamera


class DepthPanZoomCamera(MouseToggledPanZoomCamera):
    """Wheel: depth alone, about the depth under the pointer. Drag: pan."""

    def viewbox_mouse_event(self, event: Any) -> None:
        """Zoom depth on a wheel event, and leave the others to vispy."""
        wheel = event.type == "mouse_wheel"
        if wheel and self.mouse_zoom and self.interactive and not event.handled:
            self.zoom_depth(event.delta[1], self._scene_transform.imap(event.pos))
            event.handled = True
            return
        super().viewbox_mouse_event(event)

    def zoom_depth(self, clicks: float, centre: Any) -> None:
        """Zoom depth by wheel clicks about a point in the scene, between two heights of view."""
        least, most = getattr(self, "limits", (0.0, np.inf))
        tall = abs(self.rect.height)
        factor = (1 + self.zoom_factor) ** (-clicks * 30)
        # A view that is beyond a limit already may come back, and goes no further.
        factor = max(factor, min(least / tall, 1.0)) if clicks > 0 else factor
        factor = min(factor, max(most / tall, 1.0)) if clicks < 0 else factor
        self.zoom((1.0, factor), centre)

    def view_changed(self) -> None:
        """Tell whoever draws beside the tracks, in the frame in which the view changes."""
        super().view_changed()
        for callback in getattr(self, "watchers", ()):
            callback()


class DepthCamera(VispyCamera):
    """napari's camera over a vispy camera with no fixed aspect.

    ``zoom`` is pixels per world unit across the tracks; setting it scales depth alike, so that
    the exaggeration stays. A resized window keeps showing what it showed.
    """

    @property
    def zoom(self) -> float:
        """Canvas pixels per world unit, horizontally in 2-D."""
        if self._dims.ndisplay == 3:
            return float(VispyCamera.zoom.fget(self))
        return float(self._view.rect.width / max(self._view.camera.rect.width, 1e-8))

    @zoom.setter
    def zoom(self, zoom: float) -> None:
        if self._dims.ndisplay == 3:
            VispyCamera.zoom.fset(self, zoom)
        elif not np.isclose(zoom, self.zoom):
            camera = self._view.camera
            camera.zoom(self.zoom / zoom, camera.center)

    def on_draw(self, event: Any) -> None:
        """Tell the camera model where the camera is."""
        if self._dims.ndisplay == 2:
            self._last_viewbox_size = np.array(self._view.rect.size)
        super().on_draw(event)

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """Left, right, top and base of the view, in world units."""
        rect = self._2D_camera.rect
        low, high = sorted((rect.bottom, rect.top))
        return float(rect.left), float(rect.right), float(low), float(high)

    def widen(self, factor: float, across: float) -> None:
        """Make the tracks so many times as wide, about a world coordinate across them."""
        camera = self._2D_camera
        camera.zoom((1 / factor, 1.0), (across, camera.center[1]))

    def limit(self, least: float, most: float) -> None:
        """Let the wheel show no less and no more depth than this."""
        self._2D_camera.limits = (least, most)

    def show(self, left: float, right: float, top: float, base: float) -> None:
        """Show exactly this part of the world."""
        self._2D_camera.rect = (left, top, right - left, base - top)
        self.on_draw(None)  # a screenshot puts back the centre that the model has


def install_camera(canvas: Any) -> DepthCamera:
    """Turn the camera of a canvas into one that zooms depth alone, and return it."""
    camera = canvas.camera
    camera.__class__ = DepthCamera
    flat = camera._2D_camera
    flat.__class__ = DepthPanZoomCamera
    flat.watchers = []
    flat.aspect = None
    return camera  # type: ignore[no-any-return]


def remove_camera(canvas: Any) -> None:
    """Give a canvas its own camera back."""
    camera = canvas.camera
    flat = camera._2D_camera
    flat.watchers = []
    flat.__class__ = MouseToggledPanZoomCamera
    camera.__class__ = VispyCamera
    flat.aspect = 1
