"""A photograph of core beside the tracks while it is placed: its columns as polygons to drag."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from welllog.cores.columns import Column
from welllog.cores.drawn_columns import column_at, column_of, move_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_welllog._log_view import LogView

KEY = "welllog_photograph"
"""Of the metadata of the layers that are here while a photograph is placed."""
COLOUR, TIE_COLOUR = "#00e5ff", "#ffea00"
ORDERS = ("left to right", "right to left", "lying, top to bottom")
"""Which column is the shallowest, and which the next."""
_HIGH, _WIDE, _EDGE = 0.9, 0.55, 14
"""Shares of the canvas that a photograph takes at most, and pixels that stay free around it."""


class PhotoDesk(QObject):
    """Shows one photograph in a viewer, and says where its columns are and what is clicked."""

    moved = Signal()
    """A corner was moved, a column drawn or taken away."""
    photo_clicked = Signal(int, float, float, float)
    """Column, its row, and the row and column of the photograph."""
    depth_clicked = Signal(float)
    """A height of the viewer's world, clicked on the tracks."""
    closed = Signal()
    """Its photograph was taken away."""

    def __init__(self, viewer: Any, view: LogView) -> None:
        super().__init__()
        self._viewer, self._view = viewer, view
        self._image: Any = None
        self._shapes: Any = None
        self._points: Any = None
        self._found: list[Column] = []
        self._zoom = 1.0
        """Pixels of the screen for one of the photograph, when it was laid here."""
        self.path: Path | None = None
        self.size = (0, 0)
        self.order = ORDERS[0]
        self.listening = ""
        """What the next click is for: ``photo``, ``depth``, or nothing."""
        viewer.mouse_drag_callbacks.append(self._on_press)
        viewer.layers.events.removed.connect(self._on_removed)

    def leave(self) -> None:
        """Stop listening to the viewer."""
        if self._on_press in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._viewer.layers.events.removed.disconnect(self._on_removed)

    @property
    def is_open(self) -> bool:
        """Whether a photograph is on the desk."""
        return self._image is not None

    @property
    def pixels(self) -> NDArray[Any]:
        """The photograph, shape (rows, columns, channels)."""
        pixels: NDArray[Any] = np.asarray(self._image.data)
        return pixels if pixels.ndim == 3 else pixels[..., None]

    def show(self, path: Path, picture: NDArray[Any], columns: Sequence[Column]) -> None:
        """Lay a photograph beside the tracks, with its columns."""
        self.close()
        self.path, self.size = path, (picture.shape[0], picture.shape[1])
        scale, translate, rect = self._find_room(*self.size)
        flat = picture[..., 0] if picture.shape[2] < 3 else picture[..., :3]
        settings = {"scale": scale, "translate": translate}
        self._image = self._viewer.add_image(
            flat, rgb=flat.ndim == 3, name=path.name, metadata={KEY: str(path)},
            interpolation2d="linear", blending="translucent_no_depth", **settings,
        )  # fmt: skip
        self._points = self._viewer.add_points(
            np.zeros((0, 2)), name=f"ties of {path.name}", metadata={KEY: str(path)},
            face_color=TIE_COLOUR, border_color="black", symbol="hbar",
            size=14 / self._zoom, **settings,
        )  # fmt: skip
        self._shapes = self._viewer.add_shapes(
            None, ndim=2, name=f"columns of {path.name}", metadata={KEY: str(path)},
            text={"string": "{number}", "color": COLOUR, "size": 14},
            opacity=1.0,
            features={"number": np.zeros(0, int), "found": np.zeros(0, int)}, **settings,
        )  # fmt: skip
        self.set_columns(columns)
        self._shapes.events.data.connect(self._on_shapes)
        self._viewer.layers.selection.active = self._shapes
        self._shapes.mode = "direct"
        self._shapes.selected_data = set(range(len(columns)))  # corners can be dragged at once
        if rect is not None:
            self._view.show_rect(rect)

    def close(self) -> None:
        """Take the photograph away."""
        layers = [self._shapes, self._points, self._image]
        self._shapes = self._points = self._image = None
        self.listening = ""
        for layer in layers:
            if layer is not None and layer in self._viewer.layers:
                self._viewer.layers.remove(layer)

    @property
    def columns(self) -> list[Column]:
        """The columns as they are drawn, from the shallowest.

        Raises
        ------
        ColumnsError
            One of them has not four corners, or goes round nothing.
        """
        made = []
        sideways = self.order == ORDERS[2]
        limits = np.array(self.size, np.float64)
        found = self._shapes.features["found"] if len(self._shapes.data) else []
        for corners, origin in zip(self._shapes.data, found, strict=True):
            # Corners count from the edge of the first pixel, napari from its middle.
            held = np.clip(np.asarray(corners)[:, -2:] + 0.5, 0, limits)
            known = 0 <= int(origin) < len(self._found)
            column = column_of(held, sideways=sideways, in_order=known)
            if known:
                column = move_pieces(self._found[int(origin)], column)
            made.append(column)
        middles = [np.mean(column.corners, axis=0) for column in made]
        keys = {ORDERS[0]: lambda m: m[1], ORDERS[1]: lambda m: -m[1], ORDERS[2]: lambda m: m[0]}
        key: Callable[[Any], float] = keys[self.order]
        return [made[i] for i in sorted(range(len(made)), key=lambda i: key(middles[i]))]

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Draw these columns instead of those there are."""
        self._found = list(columns)
        shapes = self._shapes
        with shapes.events.data.blocker():
            shapes.data = []
            for number, column in enumerate(columns):
                shapes.feature_defaults = {"number": number + 1, "found": number}
                shapes.add_polygons(
                    np.asarray(column.corners) - 0.5, edge_color=COLOUR, face_color="transparent",
                    edge_width=2.5 / self._zoom,
                )  # fmt: skip
            shapes.feature_defaults = {"number": 0, "found": -1}
        shapes.current_edge_color = COLOUR
        shapes.current_face_color = "transparent"
        self.number()

    def number(self) -> None:
        """Write on each column which it is."""
        if not len(self._shapes.data):
            return
        try:
            columns = self.columns
        except ValueError:
            return  # told when it is placed
        features = self._shapes.features.copy()
        features["number"] = [
            1 + int(np.argmin([np.hypot(*(np.mean(c.corners, axis=0) - middle)) for c in columns]))
            for middle in (np.asarray(each).mean(axis=0) + 0.5 for each in self._shapes.data)
        ]
        self._shapes.features = features

    def mark_ties(self, points: Sequence[tuple[float, float]]) -> None:
        """Show where ties are, (row, column) of the photograph."""
        if self._points is not None:
            self._points.data = np.array(points, np.float64).reshape(-1, 2) - 0.5

    def _find_room(self, rows: int, columns: int) -> Any:
        """Return scale and place of a photograph right of the tracks, and the view it is seen in.

        Its pixels are square on the screen as long as nobody zooms.
        """
        left, right = self._view.sides()
        rect = self._view.rect
        if rect is None:
            top, base = self._view.depths_in_view
            scale = _HIGH * (base - top) / rows
            self._zoom = _HIGH * self._viewer.canvas.size[0] / rows
            return (scale, scale), (top + scale / 2, 1.05 * right - 0.05 * left), None
        height, width = self._viewer.canvas.size
        across, down = (rect[1] - rect[0]) / width, (rect[3] - rect[2]) / height
        top, base = self._view.depths_in_view
        zoom = min(_HIGH * (base - top) / down / rows, _WIDE * width / columns)
        self._zoom = zoom
        scale = zoom * down, zoom * across
        corner = top + _EDGE * down, right + 3 * _EDGE * across
        move = max(corner[1] + columns * scale[1] + _EDGE * across - rect[1], 0.0)
        seen = rect[0] + move, rect[1] + move, rect[2], rect[3]
        return scale, (corner[0] + scale[0] / 2, corner[1] + scale[1] / 2), seen

    def _on_shapes(self, event: Any = None) -> None:
        if str(getattr(event, "action", "")) in ("adding", "removing", "changing"):
            return
        self.number()
        self.moved.emit()

    def _on_removed(self, event: Any) -> None:
        if event.value in (self._image, self._shapes) and self._image is not None:
            # Not in the middle of a removal: napari may be taking away layer after layer.
            self._image = self._shapes if event.value is self._image else self._image
            self._forget()
            self.closed.emit()

    def _forget(self) -> None:
        from qtpy.QtCore import QTimer

        left = [e for e in (self._shapes, self._points, self._image) if e is not None]
        self._image = self._shapes = self._points = None
        self.listening = ""
        QTimer.singleShot(0, partial(_remove, self._viewer, left))

    def _on_press(self, viewer: Any, event: Any) -> Generator[None, None, None]:
        """Take a click, and no drag, for what is listened for."""
        if not self.listening or not self.is_open:
            return
        yield
        while event.type == "mouse_move":
            return
        world = np.asarray(event.position, dtype=np.float64)[-2:]
        row, column = (float(each) + 0.5 for each in self._image.world_to_data(world)[-2:])
        on_photo = 0 <= row <= self.size[0] and 0 <= column <= self.size[1]
        if self.listening == "photo" and on_photo:
            try:
                found = column_at(self.columns, row, column)
            except ValueError:
                found = None
            if found is not None:
                self.photo_clicked.emit(*found, row, column)
        elif self.listening == "depth" and not on_photo:
            self.depth_clicked.emit(float(world[0]))


def _remove(viewer: Any, layers: Sequence[Any]) -> None:
    for layer in layers:
        if layer in viewer.layers:
            viewer.layers.remove(layer)
