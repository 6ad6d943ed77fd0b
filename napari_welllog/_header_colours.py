"""Colours of the header and the grid, on a light and on a dark canvas."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from vispy.color import Color

from welllog.tracks import legible


@lru_cache(maxsize=4096)
def rgba(colour: str) -> tuple[float, ...]:
    """Return red, green, blue and alpha, 0 to 1, of ``#rrggbb`` or a name."""
    return tuple(float(channel) for channel in Color(colour).rgba)


def choose_colours(background: Any) -> dict[str, str]:
    """Return the colours of the header on a canvas of this colour (rgba, 0 to 1)."""
    paper = "#" + "".join(f"{round(float(channel) * 255):02x}" for channel in background[:3])
    dark = legible("#808080", paper, contrast=21.0) == "#ffffff"
    if dark:
        return {
            "paper": paper, "header": "#14171a", "ink": "#f0f1f2", "frame": "#8a9299",
            "strong": "#3c4247", "weak": "#23272a", "edge": "#6b7278", "pointer": "#ffffff80",
        }  # fmt: skip
    return {
        "paper": paper, "header": "#f3f4f5", "ink": "#1a1a1a", "frame": "#5a6268",
        "strong": "#b8c0c6", "weak": "#e0e4e7", "edge": "#5a6268", "pointer": "#00000080",
    }  # fmt: skip
