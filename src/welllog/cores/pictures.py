"""Pictures read from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PictureError", "read_picture"]

_MOST_PIXELS = 400_000_000


class PictureError(ValueError):
    """A picture that cannot be read."""


def read_picture(path: str | Path) -> NDArray[Any]:
    """Read a picture, shape (rows, columns, channels).

    Raises
    ------
    PictureError
        The file is missing, is no picture, or is too large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise PictureError(f"{path}: {image.width} x {image.height} pixels are too many")
            # Cameras write upright pictures lying and say so beside them.
            pixels = np.asarray(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise PictureError(f"{path}: is no picture; give a JPEG, PNG or TIFF file") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror or error})") from None
    return pixels if pixels.ndim == 3 else pixels[..., None]
