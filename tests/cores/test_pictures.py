"""Pictures and masks in files, good ones and others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from welllog.cores import pictures
from welllog.cores.classes import Classes, name_classes
from welllog.cores.pictures import (
    PictureError,
    colour_mask,
    open_picture,
    pair_files,
    read_mask,
    read_picture,
    write_mask,
)
from welllog.cores.segmenters import UNLABELLED


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (13, 17, 3), np.uint8)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_a_picture_is_read_as_it_is(pixels: np.ndarray, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(pixels).save(path)
    picture, remarks = open_picture(path)
    np.testing.assert_array_equal(picture, pixels)
    assert remarks == []


def test_sixteen_bits_stay_sixteen_and_grey_has_one_channel(tmp_path: Path) -> None:
    grey = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    Image.fromarray(grey).save(tmp_path / "g.png")
    tifffile.imwrite(tmp_path / "g.tif", grey)
    for name in ("g.png", "g.tif"):
        picture = read_picture(tmp_path / name)
        assert picture.dtype == np.uint16
        np.testing.assert_array_equal(picture[..., 0], grey)


def test_a_large_plain_tiff_is_mapped_and_a_packed_one_is_read(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "plain.tif", pixels, photometric="rgb")
    tifffile.imwrite(tmp_path / "packed.tif", pixels, photometric="rgb", compression="zlib")
    mapped, packed = (read_picture(tmp_path / name) for name in ("plain.tif", "packed.tif"))
    assert isinstance(mapped, np.memmap) and not isinstance(packed, np.memmap)
    np.testing.assert_array_equal(mapped, pixels)
    np.testing.assert_array_equal(packed, pixels)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0, 0] = 1


def test_a_large_packed_tiff_is_decoded_into_a_file_unless_there_is_no_room(
    pixels: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LARGE", 10)
    path = tmp_path / "packed.tif"
    for how in ({"rowsperstrip": 4}, {"tile": (16, 16)}, {"predictor": True}):
        tifffile.imwrite(path, pixels, photometric="rgb", compression="zlib", **how)
        mapped = read_picture(path)
        assert isinstance(mapped, np.memmap)
        np.testing.assert_array_equal(mapped, pixels)
    monkeypatch.setattr(pictures.shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    read = read_picture(path)
    assert not isinstance(read, np.memmap)
    np.testing.assert_array_equal(read, pixels)
    path.write_bytes(path.read_bytes()[:-300])
    monkeypatch.undo()
    monkeypatch.setattr(pictures, "LARGE", 10)
    with pytest.raises(PictureError, match="packed.tif"):
        read_picture(path)


@pytest.mark.parametrize(
    ("mode", "said"),
    [("CMYK", "inks"), ("RGBA", "transparency"), ("LA", "transparency")],
)
def test_what_is_changed_on_the_way_is_told(
    pixels: np.ndarray, tmp_path: Path, mode: str, said: str
) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(pixels).convert(mode).save(path)
    picture, remarks = open_picture(path)
    assert picture.shape == (13, 17, 1 if mode == "LA" else 3)
    assert said in remarks[0]
    if mode != "LA":
        np.testing.assert_allclose(picture.astype(int), pixels, atol=2)


def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    frames = [Image.fromarray(pixels), Image.fromarray(255 - pixels)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    frames[0].save(
        tmp_path / "a.tif", save_all=True, append_images=frames[1:], compression="tiff_lzw"
    )
    for name in ("a.png", "a.tif"):
        picture, remarks = open_picture(tmp_path / name)
        np.testing.assert_array_equal(picture, pixels)
        assert "2 pages or frames; the first" in remarks[0]


def test_a_picture_is_turned_as_the_camera_said(pixels: np.ndarray, tmp_path: Path) -> None:
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), np.rot90(pixels, -1))


def test_what_cannot_be_read_is_refused_in_a_line(pixels: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(pixels).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:200])
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.tif").write_bytes(b"")
    tifffile.imwrite(tmp_path / "float.tif", np.full((4, 4), 3.5, np.float32), compression="zlib")
    for name, said in {
        "cut.png": "cannot be read|is it damaged",
        "text.jpg": "is no picture",
        "empty.tif": "is no picture",
        "missing.png": "no such file",
        "float.tif": "outside 0 to 1",
    }.items():
        with pytest.raises(PictureError, match=said) as caught:
            read_picture(tmp_path / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)


def test_a_picture_too_large_to_decode_is_refused_before_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(PictureError, match="60000 x 60000 pixels are too many"):
        read_picture(path)


def test_a_mask_comes_back_as_it_was_and_shows_its_colours(tmp_path: Path) -> None:
    mask = np.array([[0, 1, 2], [2, UNLABELLED, 0]], np.int16)
    classes = name_classes(["a", "b", "c"], [(1, 2, 3), (200, 0, 0), (0, 200, 0)])
    write_mask(tmp_path / "m.png", mask, classes)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), mask)
    with Image.open(tmp_path / "m.png") as image:
        assert image.convert("RGB").getpixel((1, 0)) == (200, 0, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["m.png"], "no part of a file is left"


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_grey_mask_is_one_of_numbers(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(np.array([[0, 4, 255]], np.uint8)).save(tmp_path / f"m.{suffix}")
    np.testing.assert_array_equal(read_mask(tmp_path / f"m.{suffix}"), [[0, 4, UNLABELLED]])


def test_a_mask_in_colour_needs_classes_of_those_colours(tmp_path: Path) -> None:
    red, blue = (200, 0, 0), (0, 0, 200)
    Image.fromarray(np.array([[red, blue, (0, 0, 0)]], np.uint8)).save(tmp_path / "m.png")
    with pytest.raises(PictureError, match="is in colour"):
        read_mask(tmp_path / "m.png")
    classes = Classes(("r", "b"), (red, blue))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", classes), [[0, 1, UNLABELLED]])
    with pytest.raises(PictureError, match=r"\(0, 0, 200\) at row 0, column 1"):
        read_mask(tmp_path / "m.png", Classes(("r",), (red,)))
    Image.fromarray(np.array([[0, 7]], np.uint8)).save(tmp_path / "n.png")
    with pytest.raises(PictureError, match="holds class 7, but there are 2"):
        read_mask(tmp_path / "n.png", classes)


def test_pictures_and_masks_are_paired_by_stem(pixels: np.ndarray, tmp_path: Path) -> None:
    for folder in ("p", "m"):
        (tmp_path / folder).mkdir()
    for name in ("p/2a.png", "p/2b.png", "m/2a.tif", "m/2b.png", "m/9.png"):
        Image.fromarray(pixels).save(tmp_path / name)
    pairs = pair_files(tmp_path / "p", tmp_path / "m")
    assert [(one.picture.name, one.mask.name) for one in pairs] == [
        ("2a.png", "2a.tif"),
        ("2b.png", "2b.png"),
    ]
    with pytest.raises(PictureError, match=r"no mask for 1 pictures, 9\.png"):
        pair_files(tmp_path / "m", tmp_path / "p")
    (tmp_path / "none").mkdir()
    with pytest.raises(PictureError, match="holds no pictures"):
        pair_files(tmp_path / "none", tmp_path / "m")


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_classes_are_laid_over_a_picture_of_any_channels(channels: int) -> None:
    picture = np.full((2, 2, channels), 100, np.uint8)
    mask = np.array([[0, UNLABELLED], [0, 0]], np.int16)
    shown: Any = colour_mask(picture, mask, name_classes(["a"], [(200, 0, 0)]))
    assert shown[0, 0].tolist() == [150, 50, 50] and shown[0, 1].tolist() == [100, 100, 100]
