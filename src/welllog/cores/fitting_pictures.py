"""Pictures of a fitting: what the network found in a picture, and how loss and mIoU went."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from welllog.cores.picture_augmentation import Example
from welllog.network_files import write_whole

__all__ = ["draw_history", "draw_prediction"]

UNPAINTED = (128, 128, 128)


def draw_prediction(
    example: Example,
    found: Tensor,
    path: Path,
    classes: int,
    colours: Sequence[tuple[int, int, int]] = (),
) -> None:
    """Write the picture, its mask and what was found side by side, as PNG.

    Parameters
    ----------
    example : Example
    found : tensor of int, shape (row, column)
    path : path
    classes : int
    colours : sequence of (red, green, blue)
        Of the classes; drawn from matplotlib's ``tab10`` where there are none.
    """
    from matplotlib import colormaps, image

    table = np.array(
        [
            colours[number]
            if number < len(colours)
            else [round(255 * part) for part in colormaps["tab10"](number % 10)[:3]]
            for number in range(classes)
        ]
        + [UNPAINTED],
        np.uint8,
    )
    picture = _visible(example.picture.numpy())
    gap = np.full((picture.shape[0], 4, 3), 255, np.uint8)
    # -1, not painted, is the last colour of the table.
    row = [picture, gap, table[example.mask.numpy()], gap, table[found.numpy()]]
    content = io.BytesIO()
    image.imsave(content, np.concatenate(row, 1), format="png")
    path.parent.mkdir(exist_ok=True)
    write_whole(path, content.getvalue())


def _visible(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Stretch the first three channels, or the one, to what can be seen: (c, h, w) -> (h, w, 3)."""
    chosen = picture[:3] if len(picture) >= 3 else picture[:1].repeat(3, 0)
    low, high = np.percentile(chosen, (0.5, 99.5))
    seen = np.clip((chosen - low) / max(high - low, 1e-6), 0, 1) * 255
    visible: NDArray[np.uint8] = seen.transpose(1, 2, 0).astype(np.uint8)
    return visible


def draw_history(lines: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the loss, and the mIoU of held-out pictures where there is one, over iterations."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    losses = [(line["iteration"], line["loss"]) for line in lines if "loss" in line]
    scores = [(line["iteration"], line["miou"]) for line in lines if "miou" in line]
    axes.plot(*zip(*losses, strict=True), color="tab:blue") if losses else None
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss (mean cross-entropy)", color="tab:blue")
    axes.set_ylim(bottom=0)
    if scores:
        other = axes.twinx()
        other.plot(*zip(*scores, strict=True), "o-", color="tab:orange")
        other.set_ylabel("mIoU of held-out pictures", color="tab:orange")
        other.set_ylim(0, 1)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, content.getvalue())
