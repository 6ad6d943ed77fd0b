"""Pictures of core with known answers, made of numbers alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOX = (120, 84, 50)
SAND = (168, 164, 150)
SHALE = (90, 92, 88)


def core_box(
    columns: int = 1, rows: int = 900, width: int = 120, wall: int = 20, seed: int = 0
) -> NDArray[np.uint8]:
    """Return a photograph of core columns side by side in a box, each sand over shale."""
    draw = np.random.default_rng(seed)
    picture = np.empty((rows + 2 * wall, columns * (width + wall) + wall, 3))
    picture[:] = BOX
    for column in range(columns):
        left = wall + column * (width + wall)
        picture[wall : wall + rows // 2, left : left + width] = SAND
        picture[wall + rows // 2 : wall + rows, left : left + width] = SHALE
    return (picture + draw.normal(0, 6, picture.shape)).clip(0, 255).astype(np.uint8)


def save_picture(path: Path, picture: NDArray[Any]) -> Path:
    """Write a picture as PNG."""
    from PIL import Image

    Image.fromarray(picture).save(path)
    return path
