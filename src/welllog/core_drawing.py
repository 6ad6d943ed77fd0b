"""Pictures of core drawn into a track, each row of rock at its depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from welllog.cores.depth_strips import cut_strip
from welllog.cores.placement import Placement
from welllog.cores.placement_files import read_placed
from welllog.pages import MARGIN
from welllog.tracks import Track

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_core", "draw_core_header"]

_DOTS = 250
"""Pixels for each inch of paper, both ways."""
_MOST_NAMES = 3
_GAP = "#eceff1"
"""Behind gaps between pieces of core."""


def draw_core(axes: Axes, track: Track, top: float, base: float) -> None:
    """Draw the rock of a track's pictures between two depths; say of one what keeps it away."""
    limits = axes.get_ylim()
    for core in track.cores:
        if core.base > top and core.top < base:
            _draw_picture(axes, core, top, base)
    axes.set(xlim=(-MARGIN, 1 + MARGIN), ylim=limits)


def draw_core_header(axes: Axes, track: Track) -> None:
    """Say what the track shows, which files, and by how much they were shifted."""
    y = axes.get_ylim()[0] - 0.06
    axes.text(0.5, y - 0.03, track.title, ha="center", va="bottom", fontsize=8)
    names = [core.picture.name for core in track.cores]
    if len(names) > _MOST_NAMES:
        names = [*names[: _MOST_NAMES - 1], f"and {len(names) - _MOST_NAMES + 1} more"]
    shifts = sorted({core.shift for core in track.cores if core.shift})
    if shifts:
        spelt = " to ".join(f"{shift:+.2f}" for shift in dict.fromkeys((shifts[0], shifts[-1])))
        names.append(f"shift {spelt} {track.cores[0].unit}")
    for i, name in enumerate(reversed(names)):
        axes.text(0.5, y - 0.2 - 0.1 * i, name, ha="center", va="bottom", fontsize=5.5, wrap=True)


def _draw_picture(axes: Axes, core: Placement, top: float, base: float) -> None:
    high, low = max(top, core.top), min(base, core.base)
    inches = axes.bbox.width / axes.figure.dpi, axes.bbox.height / axes.figure.dpi
    rows = max(2, round(inches[1] * (low - high) / (base - top) * _DOTS))
    try:
        picture = read_placed(core)
    except (ValueError, OSError) as error:
        axes.axhspan(high, low, color=_GAP, linewidth=0, zorder=1.5)
        axes.text(
            0.5, (high + low) / 2, str(error), fontsize=5, ha="center", va="center", wrap=True,
            clip_on=True, zorder=3,
        )  # fmt: skip
        return
    step = max((low - high) / rows, core.pixel)
    width = max(2, round(inches[0] / (1 + 2 * MARGIN) * _DOTS))
    strip = cut_strip(picture, core, high, low, step=step, width=width)
    pixels = strip.pixels if strip.pixels.ndim == 3 else strip.pixels[..., None]
    shown = np.zeros((*pixels.shape[:2], 4), np.float32)
    scale = np.iinfo(pixels.dtype).max if np.issubdtype(pixels.dtype, np.integer) else 1.0
    shown[..., :3] = (pixels[..., :3] / scale).clip(0, 1)  # one channel fills all three
    shown[..., 3] = (strip.column >= 0)[:, None]
    axes.axhspan(high, low, color=_GAP, linewidth=0, zorder=1.5)
    axes.imshow(
        shown, extent=(0, 1, low, high), aspect="auto", interpolation="nearest", zorder=2,
        rasterized=True,
    )  # fmt: skip
