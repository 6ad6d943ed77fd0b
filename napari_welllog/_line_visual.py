"""How the vectors of a well look: curves as pixel-wide GL lines, bands, fills and strips filled."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Vectors

from napari_welllog._light_vectors import lighten_vectors, share_colour
from napari_welllog._mark_bands import gather_marks
from napari_welllog._napari_private import VispyBaseLayer, VispyVectorsLayer, layer_to_visual
from napari_welllog._places import describe
from napari_welllog._sheet import LayerNode
from welllog.tracks import decimate

_KINDS = {
    "curve", "restored", "band", "candidate", "blind", "edited", "pen", "fill", "strip", "marked",
    "realisations",
}  # fmt: skip
_FILLED = {"band", "fill", "strip"}
_MANY_LINES = {"realisations"}
_POINTS_IN_VIEW = 1600
"""A canvas is some eight hundred pixels high: lowest and highest of each row are enough."""
_POINTS_SMOOTHED = 700
"""Where fewer are in view a line has room for smooth edges; a dense one shows none."""
_MORE_SMOOTHED = 0.6
"""Pixels that a line with smooth edges is wider, as these take half of its strength."""


class VispyLogLayer(VispyBaseLayer):
    """Draws the vectors of a well's layer as lines of constant width, or as a filled band.

    Stock vectors are as wide in data units as the depth axis is stretched; these are not, and
    take a tenth of the time. Long lines are thinned to what the view can show of them.
    """

    def __init__(self, layer: Any, font_info: Any) -> None:
        self._kind = _kind(layer)
        super().__init__(layer, LayerNode(), font_info=font_info)
        self._long: Any = None  # vectors of which the view shows a part, or thinned, by depth
        self._down = 0.0
        self._seen = (-np.inf, np.inf)
        self._loaded = (np.inf, -np.inf, 0.0)
        layer.events.edge_color.connect(self._on_data_change)
        layer.events.edge_width.connect(self._on_data_change)
        self.reset()
        self._draw()

    def _on_matrix_change(self) -> None:
        super()._on_matrix_change()
        self._down = float(self.node.transform.matrix[3, 1])

    def _on_data_change(self) -> None:
        self._draw()
        self.node.update()
        self._on_matrix_change()

    def _draw(self) -> None:
        vectors = self.layer._view_data
        self.node.count, self.node.pending = 0, None
        self._long = None
        self._colour = share_colour(self.layer)
        if len(vectors):
            if self._kind == "strip":
                self._draw_strip(vectors)
            elif self._kind == "marked" and self._colour is not None:
                self._long = vectors, None
                self.node.pending = self._load_marks
            elif self._kind in _FILLED or self._is_one_line():
                self._draw_long(vectors)
            else:
                self._draw_segments(vectors)

    def _is_one_line(self) -> bool:
        """Say whether the vectors follow each other in one colour; realisations do not."""
        record = describe(self.layer)
        many = record is not None and record["kind"] in _MANY_LINES
        return self._colour is not None and not many

    def _draw_segments(self, vectors: Any) -> None:
        ends = np.empty((2 * len(vectors), 2))
        ends[0::2], ends[1::2] = vectors[:, 0, ::-1], vectors.sum(axis=1)[:, ::-1]
        if self._colour is not None:
            self._set_line(ends, self._colour, len(ends) / 2)
            return
        # Stock _view_face_color has a row per triangle; a line wants one per vector.
        colours = self.layer.edge_color[np.asarray(self.layer._view_indices).ravel()]
        self._set_line(ends, np.repeat(colours, 2, axis=0), len(ends) / 2)

    def _draw_long(self, vectors: Any) -> None:
        """Draw a line or a band, of which a part in view is thinned to what can be seen."""
        run = self._runs(len(vectors)) if self._kind in _FILLED else None
        if run is None and vectors[:, 1, 0].sum() < 0:  # a file that runs upwards
            # So that each segment still begins where the one before ends.
            vectors = np.stack([vectors.sum(axis=1), -vectors[:, 1]], axis=1)[::-1]
        if (np.diff(vectors[:, 0, 0]) < 0).any():
            order = np.argsort(vectors[:, 0, 0], kind="stable")
            vectors, run = vectors[order], None if run is None else run[order]
        self._long = vectors, run
        if len(vectors) > _POINTS_IN_VIEW:
            self.node.pending = self._load
        elif run is None:
            self._long = None
            self._draw_segments(vectors)
        else:
            self._long = None
            self._load_band(vectors, run, len(vectors))

    def show_depths(self, low: float, high: float) -> None:
        """Draw what is long as finely as a view of these depths of the world needs."""
        self._seen = (low - self._down, high - self._down)
        if self._long is None:
            return
        if self._kind == "marked":
            first, last, span = self._loaded
            if not (first <= self._seen[0] and self._seen[1] <= last and _alike(span, high - low)):
                self.node.pending = self._load_marks
            return
        first, last, detail = self._loaded
        low, high = self._seen
        if not (first <= low and high <= last and high - low >= detail):
            self.node.pending = self._load

    def _load(self) -> None:
        """Draw what is in view and as much again above and below."""
        vectors, run = self._long
        depth = vectors[:, 0, 0]
        low, high = self._seen
        span = high - low
        first, last = np.searchsorted(depth, [low - span, high + span])
        window = slice(max(first - 1, 0), last + 1)
        loaded = min(high + span, depth[-1]) - max(low - span, depth[0])
        share = max(loaded / max(np.ptp(np.clip(self._seen, depth[0], depth[-1])), 1e-9), 1.0)
        most = int(_POINTS_IN_VIEW * min(share, 3.0))
        if run is None:
            whole = self._load_line(vectors[window], most, share)
        else:
            whole = self._load_band(vectors[window], run[window], most)
        self._loaded = (low - span, high + span, 0.0 if whole else span / 2)
        if first == 0 and last >= len(depth):
            self._loaded = (-np.inf, np.inf, self._loaded[2])

    def _load_marks(self) -> None:
        """Draw marks in view, and as much again above and below, as bands across the tracks."""
        vectors, _ = self._long
        record = describe(self.layer)
        depth = vectors[:, 0, 0].astype(np.float64)
        low, high = self._seen
        if not np.isfinite(high - low):  # before the first view
            low, high = depth.min(), depth.max() + record["well"].step
        span = high - low
        self._loaded = (low - span, high + span, span)
        near = np.sort(depth[(depth > low - span) & (depth < high + span)])
        top, base, strength = gather_marks(
            near, record["well"].step, span / max(self.node.canvas.size[1], 1)
        )
        self.node.count = 0
        if len(top):
            sides = vectors[0, 0, 1], vectors[0, 0, 1] + vectors[0, 1, 1]
            corners = np.stack(
                [np.c_[np.full(len(top), x), y] for y in (top, base) for x in sides], axis=1
            )
            first = 4 * np.arange(len(top))[:, None]
            faces = np.concatenate([first + [0, 1, 2], first + [1, 3, 2]])
            colours = np.tile(self._colour, (len(top), 1))
            colours[:, 3] *= strength
            self.node.set_points(
                corners.reshape(-1, 2), np.repeat(colours, 4, axis=0), "triangles", faces
            )

    def _load_line(self, vectors: Any, most: int, share: float) -> bool:
        """Draw a line of at most so many points; say whether all of them are drawn."""
        if not len(vectors):
            self.node.count = 0
            return True
        depth, across = _join(vectors)
        y, x = decimate(depth, across, most)
        points = np.c_[x, y]
        solid = np.isfinite(x[:-1]) & np.isfinite(x[1:])
        ends = np.stack([points[:-1][solid], points[1:][solid]], axis=1).reshape(-1, 2)
        self._set_line(ends, self._colour, len(y) / share)
        return len(y) == len(depth)

    def _set_line(self, ends: Any, colours: Any, in_view: float) -> None:
        smooth = in_view <= _POINTS_SMOOTHED
        width = self.layer.edge_width + (_MORE_SMOOTHED if smooth else 0.0)
        self.node.set_points(ends, colours, width=width, smooth=smooth)

    def _load_band(self, hairs: Any, run: Any, most: int) -> bool:
        """Draw a band of at most so many hairs; say whether all of them are drawn.

        Of many hairs in one row of pixels one is seen: the first of each row stands for all.
        """
        depth = hairs[:, 0, 0]
        whole = len(depth) <= most
        if not whole:
            row = np.floor((depth - depth[0]) * (most / max(depth[-1] - depth[0], 1e-9)))
            seen = np.diff(row, prepend=-1) > 0
            hairs, run = hairs[seen], run[seen]
        self.node.count = 0
        first = 2 * np.flatnonzero(run[:-1] == run[1:])[:, None]
        faces = np.concatenate([first + [0, 1, 2], first + [1, 3, 2]])
        if len(faces):  # single samples: a band needs two
            left, right = hairs[:, 0, ::-1], hairs.sum(axis=1)[:, ::-1]
            corners = np.stack([left, right], axis=1).reshape(-1, 2)
            self.node.set_points(corners, self.layer.edge_color[0], "triangles", faces)
        return whole

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


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * abs(other)


def _join(vectors: Any) -> tuple[Any, Any]:
    """Return depth and position, shape (m,), of a polyline through segments, shape (n, 2, 2).

    Depth ascends; NaN in position lifts the pen where one segment does not begin at the end of
    the one before.
    """
    start, end = vectors[:, 0], vectors.sum(axis=1)
    apart = np.abs(end[:-1] - start[1:]) > 1e-8 + 1e-5 * np.abs(start[1:])
    broken = np.append(apart[:, 0] | apart[:, 1], True)
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
