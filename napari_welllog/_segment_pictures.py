"""Layers of napari as the pictures and masks of the engine, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_welllog._class_table import colormap_of
from napari_welllog._places import describe
from welllog.cores.classes import Classes
from welllog.cores.segmenters import Place, choose_stride

SCRIBBLES, SEGMENTS, PREVIEW = "scribbles", "segments", "preview"
KEY = "welllog_segments"
"""Of the metadata of label layers made here."""
PLACEMENT = "welllog_placement"
"""Of the metadata of a picture that is placed on depth."""
IMAGE = "image"
"""In that: the name of the borehole image that it is."""
SHOWN = "welllog_shown"
"""Of the metadata of a picture: where it shows anything, (row, column)."""


class Window(NamedTuple):
    """A part of a picture, every so many pixels of it."""

    top: int
    base: int
    left: int
    right: int
    stride: int = 1

    def of(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return that part of an array, (row, column, ...)."""
        return array[self.top : self.base : self.stride, self.left : self.right : self.stride]

    def place(self, shape: tuple[int, int]) -> Place:
        """Return where it lies in a picture of so many rows and columns, in pixels of the part."""
        rows, columns = (-(-size // self.stride) for size in shape)
        inside = (
            slice(0, -(-(self.base - self.top) // self.stride)),
            slice(0, -(-(self.right - self.left) // self.stride)),
        )
        return Place((rows, columns), self.top // self.stride, self.left // self.stride, inside)


def pictures_in(viewer: Any) -> list[Any]:
    """Return the image layers that are pictures: red, green and blue, or grey; no log track."""
    return [layer for layer in viewer.layers if is_picture(layer)]


def is_picture(layer: Any) -> bool:
    """Return whether a layer is a picture that can be segmented."""
    if not isinstance(layer, Image) or describe(layer) is not None:
        return False
    return bool(layer.rgb) if len(_pixels(layer).shape) == 3 else len(_pixels(layer).shape) == 2


def size_of(layer: Any) -> tuple[int, int]:
    """Return rows and columns of a picture or of labels."""
    rows, columns = _pixels(layer).shape[:2]
    return int(rows), int(columns)


def picture_of(layers: Sequence[Any]) -> NDArray[Any]:
    """Return a picture, (row, column, channel), of views one behind the other."""
    views = [_channels(layer) for layer in layers]
    if len(views) == 1:
        return views[0]
    kinds = {view.dtype for view in views}
    if len(kinds) > 1:
        from welllog.cores.segmenters import to_unit

        views = [to_unit(view) for view in views]
    return np.concatenate(views, axis=2)


def _pixels(layer: Any) -> Any:
    return layer.data[0] if layer.multiscale else layer.data


def _channels(layer: Any) -> NDArray[Any]:
    pixels = np.asarray(_pixels(layer))
    pixels = pixels[..., :3] if pixels.ndim == 3 else pixels[..., None]
    if pixels.dtype in (np.uint8, np.uint16):
        return pixels
    if (
        pixels.dtype.kind == "f"
        and pixels.size
        and 0 <= np.nanmin(pixels) <= np.nanmax(pixels) <= 1
    ):
        return pixels.astype(np.float32, copy=False)
    # Any other numbers are bright as they are shown.
    low, high = layer.contrast_limits
    return ((pixels - low) / max(high - low, 1e-12)).astype(np.float32)


def labels_beside(viewer: Any, picture: Any, kind: str) -> Any | None:
    """Return the labels of a kind that belong to a picture, None where there are none."""
    wanted = f"{picture.name} {kind}"
    for layer in viewer.layers:
        if isinstance(layer, Labels) and size_of(layer) == size_of(picture):
            said = layer.metadata.get(KEY)
            mine = isinstance(said, dict) and said.get("kind") == kind
            if (mine and said.get("picture") is picture) or (said is None and layer.name == wanted):
                if said is None:  # opened from a file, or named so by hand
                    layer.metadata[KEY] = {"kind": kind, "picture": picture}
                return layer
    return None


def make_labels(
    viewer: Any, picture: Any, kind: str, classes: Classes, data: NDArray[Any] | None = None
) -> Any:
    """Add a layer of labels over a picture, above it, where the picture lies."""
    if data is None:
        data = np.zeros(size_of(picture), np.uint8)
    layer = Labels(
        data,
        name=f"{picture.name} {kind}",
        affine=picture.affine,
        scale=picture.scale,
        translate=picture.translate,
        rotate=picture.rotate,
        shear=picture.shear,
        opacity=0.7 if kind == SCRIBBLES else 0.5,
        colormap=colormap_of(classes),
        metadata={KEY: {"kind": kind, "picture": picture}},
    )
    tell_classes(layer, classes)
    narrow = min(layer.data.shape)
    layer.brush_size = max(4, narrow // 100) if kind == SCRIBBLES else max(10, narrow // 50)
    here = picture in viewer.layers
    viewer.layers.insert(_above(viewer, picture, kind) if here else len(viewer.layers), layer)
    return layer


def _above(viewer: Any, picture: Any, kind: str) -> int:
    """Return the place for labels: preview, segments, scribbles one over the other."""
    below = [picture]
    for lower in (SEGMENTS, PREVIEW, SCRIBBLES):
        if lower == kind:
            break
        below.append(labels_beside(viewer, picture, lower))
    return 1 + max(viewer.layers.index(layer) for layer in below if layer is not None)


def tell_classes(layer: Any, classes: Classes) -> None:
    """Give a layer of labels the names and colours of the classes."""
    layer.colormap = colormap_of(classes)
    layer.metadata["classes"] = list(classes.names)
    layer.metadata["colours"] = [list(colour) for colour in classes.colours]


def mask_of(layer: Any, window: Window | None = None) -> NDArray[np.int16]:
    """Return labels, or a part of them, as a mask: 0 is unpainted, label k + 1 is class k."""
    labels = _pixels(layer) if window is None else window.of(_pixels(layer))
    return np.asarray(labels).astype(np.int16) - np.int16(1)


def labels_of(mask: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return a mask as labels of napari."""
    return (mask + 1).astype(np.uint8)


def only_shown(labels: NDArray[np.uint8], picture: Any) -> NDArray[np.uint8]:
    """Return labels with none where a picture shows nothing."""
    shown = picture.metadata.get(SHOWN)
    return labels if shown is None else np.where(shown, labels, np.uint8(0))


def visible_part(layer: Any, most: int) -> Window:
    """Return what is seen of a picture, so coarse that it has ``most`` pixels at the most."""
    rows, columns = size_of(layer)
    corners = np.asarray(layer.corner_pixels)[:, :2]
    top, left = np.clip(np.floor(corners[0]).astype(int), 0, (rows - 1, columns - 1))
    base, right = np.clip(np.ceil(corners[1]).astype(int) + 1, (top + 1, left + 1), (rows, columns))
    return coarsen(Window(int(top), int(base), int(left), int(right)), most)


def coarsen(window: Window, most: int) -> Window:
    """Return a part with so large a stride that it has ``most`` pixels at the most."""
    rows, columns = window.base - window.top, window.right - window.left
    return window._replace(stride=choose_stride(rows, columns, most))


def fill(labels: NDArray[Any], window: Window, coarse: NDArray[Any]) -> None:
    """Write labels of every so many pixels into those of all, (row, column), in place."""
    fine = coarse.repeat(window.stride, axis=0).repeat(window.stride, axis=1)
    part = labels[window.top : window.base, window.left : window.right]
    part[:] = fine[: part.shape[0], : part.shape[1]]
