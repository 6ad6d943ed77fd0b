"""``welllog segment-train``, ``segment`` and ``segment-score``, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from welllog.cli import main
from welllog.cores.pictures import read_mask


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
