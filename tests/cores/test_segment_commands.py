"""``welllog segment-train``, ``segment`` and ``segment-score``, as a user runs them."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from zlib import compress, crc32

import numpy as np
import pytest
import tifffile
from PIL import Image
from safetensors.numpy import load, save

from welllog.cli import main
from welllog.cores.pictures import read_mask, read_picture
from welllog.cores.segmenter_files import describe_segmenter


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Return a folder with ``photos`` and ``masks`` of two sections."""
    colours = np.array([[40, 40, 60], [150, 90, 60], [220, 220, 210]], np.uint8)
    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
    for number, stem in enumerate(("1a", "2a")):
        random = np.random.default_rng(number)
        rows, columns = np.indices((48, 40))
        mask = ((rows // (9 + number) + columns // 8) % 3).astype(np.uint8)
        picture = np.clip(colours[mask] + random.normal(0, 6, (48, 40, 3)), 0, 255)
        Image.fromarray(picture.astype(np.uint8)).save(tmp_path / "photos" / f"{stem}.png")
        Image.fromarray(mask).save(tmp_path / "masks" / f"{stem}.tif")
    return tmp_path


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_train_segment_and_score_go_together(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, masks, model = folders / "photos", folders / "masks", folders / "rock.model"
    forest = ("--method", "pixels", "--scales", "1", "2", "--trees", "8", "--evening", "0")
    assert (
        run("segment-train", photos, masks, "-o", model, *forest, "--classes", "pore,clay,sand")
        == 0
    )
    assert "2 pictures, 3 classes" in capsys.readouterr().out
    assert run("segment", photos, "-o", folders / "out", "--model", model, "--overlay") == 0
    written = sorted(path.name for path in (folders / "out").iterdir())
    assert written == ["1a.png", "1a_overlay.png", "2a.png", "2a_overlay.png", "segments.json"]
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in (model, folders / "out" / "1a.png"))
    record = json.loads((folders / "out" / "segments.json").read_text())
    assert record["method"] == "pixels" and len(record["sha256"]) == 64
    assert sum(record["pictures"][0]["classes"].values()) == pytest.approx(1.0)
    capsys.readouterr()
    assert run("segment-score", folders / "out", masks, "--json") == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored["miou"] > 0.95 and set(scored["pictures"]) == {"1a", "2a"}
    assert scored["per_class"].keys() == {"class 0", "class 1", "class 2"}


def test_a_method_without_a_model_numbers_from_dark_to_light(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folders / "out"
    words = ("segment", folders / "photos" / "1a.png", "-o", out, "--method")
    assert run(*words, "multi-otsu", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["pictures"][0]["levels"]) == 2
    found, truth = read_mask(out / "1a.png"), read_mask(folders / "masks" / "1a.tif")
    assert (found == truth).mean() > 0.98
    assert run(*words, "kmeans") == 2, "what is there is not replaced unasked"
    assert "give --overwrite" in capsys.readouterr().err
    assert run(*words, "kmeans", "--clusters", "2", "--overwrite") == 0
    assert read_mask(out / "1a.png").max() == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("segment", "photos", "-o", "out"), "give --model or --method, one of the two"),
        (("segment", "photos", "-o", "out", "--method", "pixels"), "run `welllog segment-train`"),
        (("segment", "photos", "-o", "photos", "--method", "otsu"), "is the input itself"),
        (("segment", "photos", "-o", "o", "--method", "otsu", "--trees", "3"), "has no --trees"),
        (("segment", "nothing", "-o", "out", "--method", "otsu"), "nothing: there is no such"),
        (("segment", "photos", "-o", "out", "--model", "photos/1a.png"), "is no model of this"),
        (("segment-train", "photos", "photos/1a.png", "-o", "m"), "no mask for 1 pictures"),
        (("segment-train", "photos", "masks", "-o", "no/m"), "make it first"),
        (("segment-train", "photos", "masks", "-o", "m", "--classes", "a,b"), "holds class 2"),
        (("segment-score", "masks", "masks", "--errors", "e"), "give them by --images"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    folders: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(folders)
    before = sorted(folders.rglob("*.*"))
    assert run(*words) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert sorted(folders.rglob("*.*")) == before


def test_a_mask_of_another_size_is_named_with_both_sizes(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.zeros((5, 6), np.uint8)).save(folders / "masks" / "2a.tif")
    assert run("segment-train", folders / "photos", folders / "masks", "-o", folders / "m") == 2
    told = capsys.readouterr().err
    assert "6 x 5 pixels" in told and "40 x 48" in told


def test_a_class_that_is_never_painted_is_told(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("segment-train", folders / "photos", folders / "masks", "-o", folders / "m")
    forest = ("--scales", "1", "--trees", "3")
    assert run(*words, *forest, "--classes", "a,b,c,d") == 1
    assert "class d is painted in no mask" in capsys.readouterr().err


def test_errors_are_drawn_on_the_pictures(folders: Path) -> None:
    out, errors = folders / "out", folders / "errors"
    assert run("segment", folders / "photos", "-o", out, "--method", "otsu") == 0
    pictures = ("--errors", errors, "--images", folders / "photos")
    assert run("segment-score", out, folders / "masks", *pictures) == 0
    drawn = np.asarray(Image.open(errors / "1a.png")).astype(int)
    wrong = read_mask(out / "1a.png") != read_mask(folders / "masks" / "1a.tif")
    red = drawn[..., 0] - drawn[..., 1] > 100
    np.testing.assert_array_equal(red, wrong)


def test_one_fold_is_scored_against_the_folder_of_all_masks(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folders / "out"
    assert run("segment", folders / "photos" / "2a.png", "-o", out, "--method", "otsu") == 0
    capsys.readouterr()
    assert run("segment-score", out, folders / "masks", "--json") == 0
    told = capsys.readouterr()
    scored = json.loads(told.out)
    assert set(scored["pictures"]) == {"2a"} and scored["unpredicted"] == 1
    assert "holds nothing for 1 of the masks" in told.err
    (out / "2a.png").rename(out / "other.png")
    assert run("segment-score", out, folders / "masks") == 2
    assert "holds nothing for any picture" in capsys.readouterr().err


def test_a_large_mask_is_made_in_a_file_that_is_gone_afterwards(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from welllog.cores import pictures

    words = ("segment", folders / "photos", "--method", "multi-otsu", "--overlay", "-o")
    assert run(*words, folders / "small") == 0
    monkeypatch.setattr(pictures, "LARGE", 100)
    monkeypatch.setattr(pictures, "ROWS", 7)
    assert run(*words, folders / "large") == 0
    names = sorted(path.name for path in (folders / "large").iterdir())
    assert names == sorted(path.name for path in (folders / "small").iterdir())
    for name in names:
        told = [(folders / folder / name).read_bytes() for folder in ("small", "large")]
        assert told[0] == told[1], name


def _deep_png(path: Path, pixels: np.ndarray) -> None:
    """Write a PNG of 16 bits a channel, which Pillow cannot."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))

    rows, columns, _ = pixels.shape
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", columns, rows, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", compress(lines)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def _two_tones() -> np.ndarray:
    tones = np.where(np.arange(40)[None, :, None] < 20, 20, 160)
    return (tones + np.random.default_rng(0).integers(0, 60, (48, 40, 3))).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("inks.jpg", "inks (CMYK) were turned"),
        ("deep.png", "of 16 bits a channel 8 were read"),
        ("grey.png", ""),
        ("deep.tif", ""),
        ("packed.tif", ""),
        ("moving.gif", "has 2 pages or frames; the first"),
    ],
)
def test_unusual_pictures_are_segmented_and_what_was_changed_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    pixels, path = _two_tones(), tmp_path / name
    deep = pixels.astype(np.uint16) * 257
    if name.endswith(".tif"):
        how = {"compression": "zlib"} if name == "packed.tif" else {}
        tifffile.imwrite(path, deep, photometric="rgb", **how)
        np.testing.assert_array_equal(read_picture(path), deep)
    elif name == "deep.png":
        _deep_png(path, deep)
    elif name == "grey.png":
        Image.fromarray(deep[..., 0]).save(path)
    elif name == "inks.jpg":
        Image.fromarray(pixels).convert("CMYK").save(path)
    else:
        Image.fromarray(pixels).save(
            path, save_all=True, append_images=[Image.fromarray(255 - pixels)]
        )
    assert run("segment", path, "-o", tmp_path / "out", "--method", "otsu") == 0
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == bool(said)
    found = read_mask(tmp_path / "out" / f"{path.stem}.png")
    assert (found == (np.arange(40) >= 20)).all()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text.png", "is no picture"),
        ("empty.jpg", "is no picture"),
        ("cut.png", "is it damaged?"),
        ("cut.jpg", "is it damaged?"),
        ("cut.tif", "is it damaged?"),
        ("cut_packed.tif", "is it damaged?"),
        ("one.png", "of one brightness all over"),
    ],
)
def test_one_bad_picture_is_named_and_what_was_made_before_it_keeps_its_record(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    good, bad, out = tmp_path / "good.png", tmp_path / name, tmp_path / "out"
    pixels = _two_tones()
    Image.fromarray(pixels).save(good)
    if name.endswith(".tif"):
        compression = "zlib" if "packed" in name else None
        tifffile.imwrite(bad, pixels, photometric="rgb", compression=compression)
    else:
        Image.fromarray(pixels[:1, :1] if name == "one.png" else pixels).save(bad)
    if name.startswith("cut"):
        bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    elif name != "one.png":
        bad.write_text("hello" if name == "text.png" else "")
    before = bad.read_bytes()
    assert run("segment", bad, "-o", out, "--method", "otsu") == 2
    told = capfd.readouterr().err
    assert str(bad) in told and said in told and told.count("\n") == 1
    assert not out.exists(), "no empty folder is left"
    assert run("segment", good, bad, "-o", out, "--method", "otsu") == 2
    assert sorted(path.name for path in out.iterdir()) == ["good.png", "segments.json"]
    (entry,) = json.loads((out / "segments.json").read_text())["pictures"]
    assert entry["picture"] == "good.png" and bad.read_bytes() == before


def test_a_model_of_other_shapes_or_cut_short_is_refused(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = folders / "m.model", folders / "out"
    words = "--trees", "3", "--scales", "1"
    assert run("segment-train", folders / "photos", folders / "masks", "-o", model, *words) == 0
    content = model.read_bytes()
    size = int.from_bytes(content[:8], "little")
    tensors = load(content)
    meta = json.loads(content[8 : 8 + size])["__metadata__"]
    shorter = {**tensors, "forest.level": tensors["forest.level"][:-1].copy()}
    picture = folders / "photos" / "1a.png"
    for damaged in (save(shorter, meta), content[: len(content) // 2], content[:-5]):
        model.write_bytes(damaged)
        capsys.readouterr()
        assert run("segment", picture, "-o", out, "--model", model) == 2
        told = capsys.readouterr().err
        assert str(model) in told and "fit" in told and told.count("\n") == 1
    assert not out.exists()


def test_a_mask_without_paint_and_a_class_that_was_left_out_are_told(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = folders / "m.model"
    words = ("segment-train", folders / "photos", folders / "masks", "-o", model, "--trees", "3")
    for stem in ("1a", "2a"):
        mask = read_mask(folders / "masks" / f"{stem}.tif").astype(np.uint8)
        Image.fromarray(np.where(mask == 1, 255, mask)).save(folders / "masks" / f"{stem}.tif")
    assert run(*words) == 1
    assert capsys.readouterr().err == (
        "welllog: class 1 is painted in no mask; it will never be found\n"
    )
    assert describe_segmenter(model)["classes"] == ["class 0", "class 1", "class 2"]
    for stem in ("1a", "2a"):
        Image.fromarray(np.full((48, 40), 255, np.uint8)).save(folders / "masks" / f"{stem}.tif")
    before = model.read_bytes()
    assert run(*words, "--overwrite") == 2
    told = capsys.readouterr().err
    assert "nothing is painted" in told and told.count("\n") == 1
    assert model.read_bytes() == before
