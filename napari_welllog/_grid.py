"""The grid of the tracks: their edges, lines at round values, and lines at round depths."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_welllog._header_colours import rgba
from napari_welllog._sheet import LayerNode
from welllog.tracks import depth_ticks, grid_positions


class Grid(LayerNode):
    """Lies below the layers; it is sent anew when a view leaves it, or another scale has come."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent=parent)
        self.order = -1
        self._sent: tuple[Any, ...] = (None, 0.0, 0.0, 0.0)
        self._upright: tuple[Any, ...] = (None,)

    def show(
        self, tracks: tuple[Any, ...], colours: dict[str, str], view: Any, scale: float
    ) -> None:
        """Draw the grid of tracks for a view of these depths, and as much above and below.

        ``scale``: pixels to a unit across; lines that would lie too close are left out.
        """
        top, base = sorted(view)
        span = base - top
        key = (id(tracks), colours["paper"], float(f"{scale:.6g}"))
        sent, low, high, tall = self._sent
        if key == sent and low <= top and base <= high and abs(span - tall) < 1e-6 * span:
            return
        low, high = top - span, base + span
        self._sent = (key, low, high, span)
        if self._upright[0] != key:
            self._upright = (key, *_make_upright(tracks, colours, scale))
        _, places, shades, spans = self._upright
        upright = np.empty((len(places), 2, 2))
        upright[:, :, 0], upright[:, 0, 1], upright[:, 1, 1] = places[:, None], low, high
        level = [
            [(edge, depth + shift) for edge in (left, right)]
            for left, right, shift in spans
            for depth in depth_ticks(low - shift, high - shift, most=36)[0]
        ]
        weak = np.tile(rgba(colours["weak"]), (len(level), 1))
        ends = np.concatenate([upright.reshape(-1, 2), np.reshape(level, (-1, 2))])
        self.set_points(ends, np.repeat(np.concatenate([shades, weak]), 2, axis=0))


def _make_upright(
    tracks: tuple[Any, ...], colours: dict[str, str], scale: float
) -> tuple[Any, Any, Any]:
    """Return places and colours of upright lines, and (left, right, shift) of level ones."""
    lines: list[Any] = []
    spans = []
    for shown in tracks:
        if shown.track.curves and shown.track.grid:
            spans.append((shown.left, shown.right, shown.shift))
            across = shown.right - shown.left
            strong, weak = grid_positions(shown.track, across * scale)
            for places, colour in ((weak, "weak"), (strong, "strong")):
                lines += [(shown.left + place * across, colour) for place in places]
        # The frame lies over its grid.
        lines += [(x, "edge") for x in (shown.left, shown.right)]
    return (
        np.array([x for x, _ in lines], np.float64),
        np.array([rgba(colours[colour]) for _, colour in lines], np.float32).reshape(-1, 4),
        np.array(spans, np.float64).reshape(-1, 3),
    )
