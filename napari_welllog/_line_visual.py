"""How the vectors of a well look: curves as pixel-wide GL lines, bands, fills and strips filled."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Vectors

from napari_welllog._light_vectors import lighten_vectors
from napari_welllog._napari_private import VispyBaseLayer, VispyVectorsLayer, layer_to_visual
from napari_welllog._places import describe
from napari_welllog._plain_node import PlainNode
from welllog.tracks import decimate

_KINDS = {
    "curve", "restored", "band", "candidate", "blind", "edited", "pen", "fill", "strip", "marked",
    "realisations",
}  # fmt: skip
_FILLED = {"band", "fill", "strip"}
_MANY_LINES = {"marked", "realisations"}
_POINTS_IN_VIEW = 1600
"""A canvas is some eight hundred pixels high: lowest and highest of each row are enough."""
_POINTS_SMOOTHED = 700
"""Where fewer are in view a line has room for smooth edges; a dense one shows none."""


class VispyLogLayer(VispyBaseLayer):
    """Draws the vectors of a well's layer as lines of constant width, or as a filled band.

    Stock vectors are as wide in data units as the depth axis is stretched; these are not, and
    take a tenth of the time. Long lines are thinned to what the view can show of them.
    """

    def __init__(self, layer: Any, font_info: Any) -> None:
        self._kind = _kind(layer)
        super().__init__(layer, PlainNode(), font_info=font_info)
        self._whole: tuple[Any, Any] | None = None
        self._seen = (-np.inf, np.inf)
        self._loaded = (np.inf, -np.inf, 0.0)
        layer.events.edge_color.connect(self._on_data_change)
        layer.events.edge_width.connect(self._on_data_change)
        self.reset()
        self._on_data_change()

    def _on_data_change(self) -> None:
        vectors = self.layer._view_data
        self.node.count = 0
        if len(vectors):
            if self._kind == "strip":
                self._draw_strip(vectors)
            elif self._kind in _FILLED:
                self._draw_band(vectors)
            else:
                self._draw_line(vectors)
        self.node.update()
        self._on_matrix_change()

    def _draw_line(self, vectors: Any) -> None:
        # Stock _view_face_color has a row per triangle; a line wants one per vector.
        colours = self.layer.edge_color[np.asarray(self.layer._view_indices).ravel()]
        self._whole = None
        record = describe(self.layer)
        one_line = record is None or record["kind"] not in _MANY_LINES
        if one_line and len(vectors) > _POINTS_IN_VIEW and (colours == colours[0]).all():
            self._whole = _join(vectors)
            self._load()
            return
        ends = np.empty((2 * len(vectors), 2))
        ends[0::2], ends[1::2] = vectors[:, 0, ::-1], vectors.sum(axis=1)[:, ::-1]
        if (colours == colours[0]).all():
            self._set_line(ends, colours[0], len(ends) / 2)
        else:
            self._set_line(ends, np.repeat(colours, 2, axis=0), len(ends) / 2)

    def show_depths(self, low: float, high: float) -> None:
        """Draw a long line as finely as a view of these depths needs, if it is not already."""
        self._seen = (low, high)
        if self._whole is None:
            return
        first, last, detail = self._loaded
        if not (first <= low and high <= last and high - low >= detail):
            self._load()

    def _load(self) -> None:
        """Draw what is in view and as much again above and below."""
        assert self._whole is not None
        depth, across = self._whole
        low, high = np.clip(self._seen, depth[0], depth[-1])
        span = self._seen[1] - self._seen[0]
        first, last = np.searchsorted(depth, [low - span, high + span])
        window = slice(max(first - 1, 0), last + 1)
        share = (min(high + span, depth[-1]) - max(low - span, depth[0])) / max(high - low, 1e-9)
        most = int(_POINTS_IN_VIEW * min(max(share, 1.0), 3.0))
        y, x = decimate(depth[window], across[window], most)
        whole = len(y) == len(depth[window])
        self._loaded = (low - span, high + span, 0.0 if whole else span / 2)
        if first == 0 and last >= len(depth):
            self._loaded = (-np.inf, np.inf, self._loaded[2])
        points = np.c_[x, y]
        solid = np.isfinite(x[:-1]) & np.isfinite(x[1:])
        ends = np.stack([points[:-1][solid], points[1:][solid]], axis=1).reshape(-1, 2)
        self._set_line(ends, self.layer.edge_color[0], len(y) / max(share, 1.0))

    def _set_line(self, ends: Any, colours: Any, in_view: float) -> None:
        self.node.set_points(
            ends, colours, width=self.layer.edge_width, smooth=in_view <= _POINTS_SMOOTHED
        )

    def _draw_band(self, vectors: Any) -> None:
        left, right = vectors[:, 0, ::-1], vectors.sum(axis=1)[:, ::-1]
        corners = np.stack([left, right], axis=1).reshape(-1, 2)
        run = self._runs(len(vectors))
        first = 2 * np.flatnonzero(run[:-1] == run[1:])[:, None]
        faces = np.concatenate([first + [0, 1, 2], first + [1, 3, 2]])
        if len(faces):  # single samples: a band needs two
            self.node.set_points(corners, self.layer.edge_color[0], "triangles", faces)

    def _draw_strip(self, vectors: Any) -> None:
        """Draw each vector, straight down, as a block of the layer's width about it."""
        half = float(self.layer.edge_width) / 2
        start, end = vectors[:, 0, ::-1], vectors.sum(axis=1)[:, ::-1]
        corners = np.zeros((len(vectors), 4, 2))
        for i, (point, side) in enumerate(
            ((start, -half), (start, half), (end, half), (end, -half))
        ):
            corners[:, i] = point + [side, 0]
        first = 4 * np.arange(len(vectors))[:, None]
        faces = np.concatenate([first + [0, 1, 2], first + [0, 2, 3]])
        colours = self.layer.edge_color[np.asarray(self.layer._view_indices).ravel()]
        self.node.set_points(
            corners.reshape(-1, 2), np.repeat(colours, 4, axis=0), "triangles", faces
        )

    def _runs(self, count: int) -> Any:
        """Return the run that each of the ``count`` vectors in view belongs to."""
        if "run" not in self.layer.features:
            return np.zeros(count)
        return np.asarray(self.layer.features["run"])[np.asarray(self.layer._view_indices).ravel()]


def _join(vectors: Any) -> tuple[Any, Any]:
    """Return depth and position, shape (m,), of a polyline through segments, shape (n, 2, 2).

    Depth ascends; NaN in position lifts the pen where one segment does not begin at the end of
    the one before.
    """
    start, end = vectors[:, 0], vectors.sum(axis=1)
    if start[-1, 0] < start[0, 0]:  # a file that runs upwards
        start, end = end, start
    order = np.argsort(start[:, 0], kind="stable")
    start, end = start[order], end[order]
    broken = np.append(~np.isclose(end[:-1], start[1:]).all(axis=1), True)
    at = np.repeat(np.flatnonzero(broken) + 1, 2)
    lifted = end[broken].copy()
    lifted[:, 1] = np.nan
    extra = np.stack([end[broken], lifted], axis=1).reshape(-1, 2)
    points = np.insert(start, at, extra, axis=0)
    return points[:, 0], points[:, 1]


def _choose_visual(layer: Any, font_info: Any) -> Any:
    drawn_here = _kind(layer) in _KINDS
    return VispyLogLayer(layer, font_info) if drawn_here else VispyVectorsLayer(layer, font_info)


def _kind(layer: Any) -> str:
    record = describe(layer)
    return "" if record is None else str(record["kind"])


def register_visual() -> None:
    """Let napari draw the vectors layers of wells in their own way, and all others in its own.

    The choice is made by what is in a layer's metadata and not by a class of layer: a layer that
    was duplicated, or came from a reader as a tuple, is always a plain ``Vectors``.
    """
    layer_to_visual[Vectors] = _choose_visual
    lighten_vectors()
