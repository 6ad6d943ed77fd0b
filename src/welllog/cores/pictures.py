"""Pictures and masks in files: JPEG, PNG, TIFF and what else Pillow reads. Never altered."""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes
from welllog.cores.segmenters import UNLABELLED, UNLABELLED_IN_FILES, Mask, Picture

__all__ = [
    "OVERLAY",
    "Pair",
    "PictureError",
    "colour_mask",
    "list_pictures",
    "open_picture",
    "pair_files",
    "read_mask",
    "read_picture",
    "share_of",
    "working_mask",
    "write_mask",
    "write_picture",
]

MOST_PIXELS = 400_000_000
"""A picture that has to be decoded whole may have so many; larger ones are read from TIFF."""
LARGE = 16_000_000
"""Pixels of a mask that is not kept in memory while it is made."""
ROWS = 256
"""Rows that are converted at once, so that no copy of a large picture is made."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")


OVERLAY = "_overlay"
"""Ends the names of pictures that `welllog segment` draws beside its masks."""


class PictureError(ValueError):
    """A picture or mask that cannot be read, or cannot be used."""


class Pair(NamedTuple):
    """A picture and its mask."""

    picture: Path
    mask: Path


def read_picture(path: str | Path) -> Picture:
    """Read a picture, shape (row, column, channel): see ``open_picture``."""
    return open_picture(path)[0]


def open_picture(path: str | Path) -> tuple[Picture, list[str]]:
    """Read a picture and say what was changed on the way.

    It is turned as the camera said; an alpha channel is dropped, a palette and CMYK become red,
    green and blue, and of several pages the first is taken. TIFF that is not compressed is not
    read but mapped: it may be larger than the memory. A large one that is compressed by Deflate is
    decoded strip by strip, or tile by tile, into a file that is mapped and gone afterwards. Of 16
    bits in red, green and blue, PNG gives 8, which is said.

    Returns
    -------
    picture : array, shape (row, column, channel), uint8, uint16 or float32
    remarks : list of str
        What was done that may matter.

    Raises
    ------
    PictureError
        The file is missing, is no picture, is damaged, or is too large to be decoded.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    mapped = _map_tiff(path)
    if mapped is not None:
        return mapped, []
    remarks = []
    bombs, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PictureError(
                    f"{path}: {image.width} x {image.height} pixels are too many to be decoded at "
                    f"once; save it as TIFF without compression, or smaller"
                )
            frames = getattr(image, "n_frames", 1)
            if frames > 1:
                remarks.append(f"{path}: has {frames} pages or frames; the first is taken")
            if image.mode != "I;16" and image.tile and ";16" in str(image.tile[0]):
                remarks.append(
                    f"{path}: of 16 bits a channel 8 were read; save it as TIFF without "
                    f"compression to keep all"
                )
            upright = ImageOps.exif_transpose(image)
            pixels = _channels(upright, path, remarks)
    except UnidentifiedImageError:
        raise PictureError(f"{path}: is no picture; give a JPEG, PNG or TIFF file") from None
    except FileNotFoundError:
        raise PictureError(f"{path}: there is no such file") from None
    except PictureError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise PictureError(f"{path}: cannot be read ({error}); is it damaged?") from error
    finally:
        Image.MAX_IMAGE_PIXELS = bombs
    return pixels, remarks


def _channels(image: Any, path: Path, remarks: list[str]) -> Picture:
    """Return the pixels of an opened image as (row, column, channel)."""
    if image.mode == "CMYK":
        remarks.append(f"{path}: inks (CMYK) were turned into red, green and blue")
        image = image.convert("RGB")
    elif image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        remarks.append(f"{path}: transparency was left out")
        image = image.convert("L" if image.mode == "LA" else "RGB")
    elif image.mode in ("P", "YCbCr", "LAB", "HSV"):
        image = image.convert("RGB")
    elif image.mode == "1":
        image = image.convert("L")
    pixels = np.asarray(image)
    if pixels.dtype == np.int32:
        if pixels.min() < 0 or pixels.max() > 65535:
            raise PictureError(f"{path}: has values beyond 16 bits; save it with 8 or 16 bits")
        pixels = pixels.astype(np.uint16)
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32)
        if not np.isfinite(pixels).all() or pixels.min() < 0.0 or pixels.max() > 1.0:
            raise PictureError(f"{path}: has values outside 0 to 1; save it with 8 or 16 bits")
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _map_tiff(path: Path) -> Picture | None:
    """Return a TIFF's pixels, mapped where they can be; None where Pillow has to read them."""
    if path.suffix.lower() not in (".tif", ".tiff") or not path.is_file():
        return None
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            upright = page.tags.get("Orientation") is None or page.tags["Orientation"].value == 1
            plain = page.photometric in (tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.RGB)
            if not upright or not plain or page.samplesperpixel not in (1, 3, 6):
                return None
            if len(file.pages) > 1:
                return None
            if page.is_memmappable:
                mapped: Picture = tifffile.memmap(path, page=0, mode="r")
            elif page.imagewidth * page.imagelength > LARGE and _has_room(page.nbytes):
                mapped = page.asarray(out="memmap", maxworkers=1)
            elif page.dtype in (np.uint8, np.uint16) and page.nbytes <= 6 * MOST_PIXELS:
                mapped = page.asarray(maxworkers=1)  # Pillow would read 8 bits of 16
            else:
                return None
    except zlib.error as error:
        raise PictureError(f"{path}: cannot be read ({error}); is it damaged?") from error
    except (ValueError, OSError, KeyError, IndexError, tifffile.TiffFileError):
        return None  # compressed otherwise, or damaged: Pillow says which
    if mapped.ndim == 2:
        mapped = mapped[..., None]
    if mapped.ndim != 3 or mapped.shape[2] > 6 or mapped.dtype not in (np.uint8, np.uint16):
        return None
    return mapped


def _has_room(size: int) -> bool:
    """Return whether half of what is free holds so many bytes: a small file may claim any."""
    return 2 * size < shutil.disk_usage(tempfile.gettempdir()).free


def read_mask(path: str | Path, classes: Classes | None = None) -> Mask:
    """Read a mask: classes by number, 255 unpainted; or by colour, where ``classes`` has it.

    Returns
    -------
    int16 array, shape (row, column)
        ``UNLABELLED`` where nothing was painted.

    Raises
    ------
    PictureError
        The file cannot be read, or holds something else than classes.
    """
    from PIL import Image

    path = Path(path)
    try:
        with Image.open(path) as image:
            indexed = np.asarray(image) if image.mode == "P" else None
    except (OSError, ValueError, SyntaxError):
        indexed = None
    pixels = read_picture(path) if indexed is None else indexed[..., None]
    if pixels.shape[2] > 1 and (pixels[..., 1:] == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    if pixels.shape[2] > 1:
        return _by_colour(path, pixels, classes)
    if pixels.dtype.kind == "f":
        raise PictureError(f"{path}: holds fractions; a mask holds the number of a class")
    mask = pixels[..., 0].astype(np.int32)
    mask[mask == UNLABELLED_IN_FILES] = UNLABELLED
    if mask.max(initial=0) > UNLABELLED_IN_FILES:
        raise PictureError(f"{path}: holds numbers over 255; a mask holds classes from 0 on")
    if classes is not None and mask.max(initial=0) >= len(classes):
        raise PictureError(
            f"{path}: holds class {mask.max()}, but there are {len(classes)}: 0 to "
            f"{len(classes) - 1}, and 255 for unpainted"
        )
    return mask.astype(np.int16)


def _by_colour(path: Path, pixels: NDArray[Any], classes: Classes | None) -> Mask:
    if classes is None or pixels.shape[2] != 3:
        raise PictureError(
            f"{path}: is in colour; a mask holds the number of a class in each pixel (8-bit grey "
            f"or palette)"
        )
    mask = np.full(pixels.shape[:2], UNLABELLED, np.int16)
    for number, colour in enumerate(classes.colours):
        mask[(pixels == np.array(colour, pixels.dtype)).all(axis=2)] = number
    strange = (mask == UNLABELLED) & (pixels.max(axis=2) > 0)
    if strange.any():
        row, column = np.argwhere(strange)[0]
        raise PictureError(
            f"{path}: the colour {tuple(int(v) for v in pixels[row, column])} at row {row}, column "
            f"{column} is that of no class"
        )
    return mask


def write_mask(path: str | Path, mask: Mask, classes: Classes) -> None:
    """Write a mask as an indexed PNG, which shows the colours of its classes; whole or not at all.

    Parameters
    ----------
    path : str or Path
    mask : int array, shape (row, column)
    classes : Classes
        255 at most.
    """
    from PIL import Image

    numbers = np.empty(mask.shape, np.uint8)
    for row in range(0, len(mask), ROWS):
        part = mask[row : row + ROWS]
        numbers[row : row + ROWS] = np.where(part == UNLABELLED, UNLABELLED_IN_FILES, part)
    image = Image.fromarray(numbers, "P")
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(classes)] = np.array(classes.colours, np.uint8).reshape(-1, 3)
    image.putpalette(palette.tobytes())
    _write(Path(path), image)


@contextmanager
def working_mask(shape: tuple[int, int], folder: Path) -> Iterator[Mask]:
    """Give a mask to be filled, (row, column): in a file that is gone afterwards if it is large.

    Parameters
    ----------
    shape : tuple of int
    folder : Path
        Where the file is.
    """
    if shape[0] * shape[1] <= LARGE:
        yield np.empty(shape, np.int16)
        return
    with tempfile.TemporaryFile(dir=folder, prefix=".mask.") as file:
        yield np.memmap(file, np.int16, "w+", shape=shape)


def share_of(mask: Mask, classes: Classes) -> list[float]:
    """Return the share of the pixels that each class has, (class,)."""
    counts = np.zeros(len(classes), np.int64)
    for row in range(0, len(mask), ROWS):
        part = mask[row : row + ROWS]
        counts += np.bincount(part[part != UNLABELLED], minlength=len(classes))
    return [float(count / mask.size) for count in counts]


def write_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture, (row, column, 3), as a PNG file; whole or not at all."""
    from PIL import Image

    _write(Path(path), Image.fromarray(picture))


def _write(path: Path, image: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            image.save(file, "PNG")
        os.chmod(name, 0o644)  # a temporary file is for its owner alone
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def colour_mask(picture: Picture, mask: Mask, classes: Classes) -> NDArray[np.uint8]:
    """Return a picture with its classes laid over it, (row, column, 3)."""
    from welllog.cores.segmenters import to_unit

    colours = np.array([*classes.colours, (0, 0, 0)], np.float32) / 255.0
    drawn = np.empty((*mask.shape, 3), np.uint8)
    for row in range(0, len(mask), ROWS):
        unit = to_unit(np.asarray(picture[row : row + ROWS]))
        part = mask[row : row + ROWS]
        base = unit[..., :3] if unit.shape[2] >= 3 else np.repeat(unit[..., :1], 3, axis=2)
        shown = np.where((part == UNLABELLED)[..., None], base, 0.5 * base + 0.5 * colours[part])
        drawn[row : row + ROWS] = 255.0 * shown + 0.5
    return drawn


def list_pictures(folder: Path) -> list[Path]:
    """Return the picture files in a folder by name; a file is a list of itself.

    Raises
    ------
    PictureError
        There is no such folder, or no picture in it.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise PictureError(f"{folder}: there is no such file or folder")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise PictureError(f"{folder}: holds no pictures ({', '.join(SUFFIXES)})")
    return found


def pair_files(pictures: Path, masks: Path, *, some: bool = False) -> list[Pair]:
    """Pair the pictures of one folder with the masks of another by stem.

    Parameters
    ----------
    pictures, masks : Path
        Folders, or a file each.
    some : bool
        Whether pictures without a mask are left out, as long as one has its mask.

    Raises
    ------
    PictureError
        A picture has no mask, a stem comes twice, or a folder is empty.
    """
    by_stem: dict[str, Path] = {}
    for path in list_pictures(masks):
        if path.stem.endswith(OVERLAY):
            continue
        if path.stem in by_stem:
            raise PictureError(f"{masks}: {path.name} and {by_stem[path.stem].name} are both named")
        by_stem[path.stem] = path
    found: Sequence[Path] = list_pictures(pictures)
    if pictures.is_file() and masks.is_file():
        return [Pair(pictures, masks)]
    lacking = [path.name for path in found if path.stem not in by_stem]
    if some and len(lacking) == len(found):
        raise PictureError(
            f"{masks}: holds nothing for any picture in {pictures}; files are paired by stem: "
            f"12a.png goes with 12a.tif"
        )
    if lacking and not some:
        raise PictureError(
            f"{masks}: has no mask for {len(lacking)} pictures, {lacking[0]} among them; a mask "
            f"has the name of its picture, with any suffix"
        )
    return [Pair(path, by_stem[path.stem]) for path in found if path.stem in by_stem]
