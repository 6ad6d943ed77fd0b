"""A network as a segmenter: fitted through the interface, asked piece by piece, kept in a file."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load, save_file

from welllog.cli import main
from welllog.cores.classes import name_classes
from welllog.cores.judging import judge
from welllog.cores.networked import NetworkSegmenter, make_network_segmenter
from welllog.cores.networks.resnet import ResNet50
from welllog.cores.segmenter_files import SegmenterFileError, load_segmenter, save_segmenter
from welllog.cores.segmenters import Mask, Picture, SegmenterError, make_segmenter
from welllog.cores.tiles import segment

QUICK = {
    "width": 4, "working_width": 48, "crop": 32, "batch": 2, "iterations": 40,
    "learning_rate": 5e-3, "device": "cpu", "precision": "32",
}  # fmt: skip
CLASSES = name_classes(["pore", "grain"])


def sample(seed: int, channels: int = 3, size: int = 96) -> tuple[Picture, Mask]:
    """Return a picture of dark pores and bright grains, and its mask."""
    random = np.random.default_rng(seed)
    mask = np.zeros((size, size), np.int16)
    row, column = random.integers(8, size - 56, 2)
    mask[row : row + 44, column : column + 44] = 1
    noise = random.normal(0, 12, (size, size, channels))
    picture = np.clip(70 + 90 * mask[..., None] + noise, 0, 255).astype(np.uint8)
    return picture, mask


def fit(name: str = "unet-small", channels: int = 3, **settings: object) -> NetworkSegmenter:
    pictures, masks = zip(*(sample(seed, channels) for seed in range(3)), strict=True)
    made = make_network_segmenter(name, **{**QUICK, **settings})
    return made.fit(pictures, masks, CLASSES)


@pytest.fixture(scope="module")
def fitted() -> NetworkSegmenter:
    return fit()


def test_a_fitted_network_finds_grains_in_a_picture_it_has_not_seen(
    fitted: NetworkSegmenter,
) -> None:
    picture, mask = sample(9)
    assert judge(segment(fitted, picture), mask, CLASSES).miou > 0.8
    told = fitted.predict_probabilities(picture)
    assert told.shape == (96, 96, 2) and told.dtype == np.float32
    np.testing.assert_allclose(told.sum(2), 1.0, atol=1e-5)


def test_fitting_leaves_the_segmenter_that_was_made_as_it_was() -> None:
    made = make_segmenter("unet-small", **{**QUICK, "iterations": 1})
    assert made.method == "unet-small" and len(made.classes) == 0
    pictures, masks = zip(*(sample(seed) for seed in range(2)), strict=True)
    assert made.fit(pictures, masks).classes.names == ("class 0", "class 1")
    with pytest.raises(SegmenterError, match="has not been fitted"):
        made.predict_probabilities(pictures[0])


@pytest.mark.parametrize("channels", [1, 6])
def test_pictures_may_have_any_number_of_channels(channels: int) -> None:
    segmenter = fit(channels=channels, iterations=2)
    assert segmenter.predict_probabilities(sample(5, channels)[0]).shape == (96, 96, 2)
    with pytest.raises(SegmenterError, match=f"was fitted to {channels}"):
        segmenter.predict_probabilities(sample(5, 2)[0])


def test_equal_seeds_tell_the_same_and_other_seeds_something_else() -> None:
    picture, _ = sample(4)
    told = [fit(iterations=2, seed=seed).predict_probabilities(picture) for seed in (3, 3, 4)]
    assert np.array_equal(told[0], told[1]) and not np.array_equal(told[0], told[2])


def test_a_few_strokes_are_enough() -> None:
    pictures, masks = [], []
    for seed in range(3):
        picture, mask = sample(seed)
        strokes = np.full_like(mask, -1)
        strokes[40:43], strokes[:, 40:43] = mask[40:43], mask[:, 40:43]
        pictures.append(picture)
        masks.append(strokes)
    segmenter = make_network_segmenter("unet-small", **QUICK).fit(pictures, masks, CLASSES)
    picture, mask = sample(9)
    assert judge(segment(segmenter, picture), mask, CLASSES).miou > 0.7


def test_mirror_images_are_told_as_mirror_images(fitted: NetworkSegmenter) -> None:
    picture, _ = sample(6)
    told = fitted.predict_probabilities(picture)
    for axis in (0, 1):
        mirrored = fitted.predict_probabilities(np.flip(picture, axis).copy())
        np.testing.assert_allclose(np.flip(mirrored, axis), told, atol=1e-4)
    plain = replace(fitted, settings=replace(fitted.settings, mirror=False))
    other = plain.predict_probabilities(np.flip(picture, 1).copy())
    assert np.abs(np.flip(other, 1) - plain.predict_probabilities(picture)).max() > 1e-3


def test_pieces_fit_together(fitted: NetworkSegmenter) -> None:
    picture = np.concatenate(
        [np.concatenate([sample(n)[0] for n in (r, r + 9)]) for r in range(16)], 1
    )
    assert picture.shape == (192, 1536, 3)
    small = replace(fitted, preparation=replace(fitted.preparation, scale=1.0, levels="fitted"))  # type: ignore[type-var]
    whole = small.predict_probabilities(picture)
    found = segment(small, picture, tile=512)
    assert small.reach == 256
    assert np.array_equal(found, whole.argmax(2))


def test_a_brighter_picture_is_told_alike_by_its_own_levels(fitted: NetworkSegmenter) -> None:
    picture, _ = sample(7)
    brighter = (picture / 255 * 0.8 + 0.15).astype(np.float32)
    told, other = (fitted.predict_probabilities(one) for one in (picture, brighter))
    np.testing.assert_allclose(told, other, atol=1e-3)
    assert fitted.preparation is not None
    plain = replace(fitted, preparation=replace(fitted.preparation, levels="fitted"))
    told, other = (plain.predict_probabilities(one) for one in (picture, brighter))
    assert np.abs(told - other).max() > 0.1


def test_pre_training_sees_pictures_without_masks() -> None:
    pictures, masks = zip(*(sample(seed) for seed in range(2)), strict=True)
    told = []
    made = make_network_segmenter(
        "unet-small", **{**QUICK, "iterations": 2}, pretraining="masked", pretraining_iterations=3
    )
    for unpainted in ((), [sample(8)[0]]):
        segmenter = made.fit(pictures, masks, CLASSES, unpainted=unpainted)
        told.append(segmenter.predict_probabilities(pictures[0]))
    assert not np.array_equal(*told)


def test_progress_goes_from_pre_training_through_the_fitting() -> None:
    shares: list[float] = []
    made = make_network_segmenter(
        "unet-small", **{**QUICK, "iterations": 2}, pretraining="masked", pretraining_iterations=3
    )
    made.fit([sample(0)[0]], [sample(0)[1]], progress=lambda share, _: shares.append(share))
    assert shares == sorted(shares) and shares[0] < 0.5 and shares[-1] == 1.0


def test_what_stops_the_fitting_stops_it() -> None:
    def stop(share: float, message: str) -> None:
        raise KeyboardInterrupt(message)

    pictures, masks = zip(*(sample(seed) for seed in range(2)), strict=True)
    with pytest.raises(KeyboardInterrupt, match="unet-small, iteration 1 of 40"):
        make_network_segmenter("unet-small", **QUICK).fit(pictures, masks, progress=stop)


def test_a_backbone_from_a_file_is_frozen_and_shown_what_it_knows(tmp_path: Path) -> None:
    torch.manual_seed(5)
    weights = ResNet50(3, 8).state_dict()
    save_file(weights, tmp_path / "resnet50.safetensors")
    segmenter = fit(
        "unet-resnet50", channels=6, width=8, iterations=2, freeze=True,
        backbone=str(tmp_path / "resnet50.safetensors"),
    )  # fmt: skip
    assert segmenter.preparation is not None and segmenter.network is not None
    assert segmenter.preparation.mean == (0.485, 0.456, 0.406) * 2
    state = segmenter.network.state_dict()
    for name, tensor in weights.items():
        if name == "conv1.weight":
            tensor = tensor.repeat(1, 2, 1, 1) / 2
        assert torch.equal(state[f"encoder.{name}"], tensor), name
    assert str(tmp_path) not in str(segmenter.entries())


def test_settings_that_are_none_are_refused() -> None:
    for wrong in ({"momentum": 1}, {"crop": "wide"}, {"crop": 3}, {"network": "unet"}):
        with pytest.raises((SegmenterError, TypeError)):
            make_segmenter("unet-small", **wrong)
    with pytest.raises(SegmenterError, match="learns from painted pictures; give masks"):
        make_network_segmenter("unet").fit([sample(0)[0]])
    with pytest.raises(SegmenterError, match="nothing is painted"):
        make_network_segmenter("unet").fit([sample(0)[0]], [np.full((96, 96), -1, np.int16)])


# Model files.


@pytest.fixture
def kept(fitted: NetworkSegmenter, tmp_path: Path) -> Path:
    save_segmenter(fitted, tmp_path / "rock.model", licence="CC0")
    return tmp_path / "rock.model"


def rewrite(path: Path, tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> None:
    save_file(tensors, path, {"welllog": json.dumps(card)})


def contents(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return load(content), json.loads(header["__metadata__"]["welllog"])


def test_a_network_that_was_kept_tells_the_same(fitted: NetworkSegmenter, kept: Path) -> None:
    again = load_segmenter(kept, device="cpu")
    picture, _ = sample(3)
    assert np.array_equal(
        again.predict_probabilities(picture), fitted.predict_probabilities(picture)
    )
    assert again.reach == fitted.reach and again.classes == fitted.classes


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("precision", ["32", "auto"])
def test_a_network_fitted_on_a_gpu_tells_the_same_on_a_cpu(precision: str, tmp_path: Path) -> None:
    there = fit(device="cuda", precision=precision)
    save_segmenter(there, tmp_path / "rock.model", licence="CC0")
    here = load_segmenter(tmp_path / "rock.model", device="cpu")
    picture, mask = sample(9)
    assert judge(segment(there, picture), mask, CLASSES).miou > 0.8
    told = [one.predict_probabilities(picture) for one in (there, here)]
    assert np.abs(told[0] - told[1]).mean() < 0.02


def test_poisoned_weights_are_refused(kept: Path) -> None:
    tensors, card = contents(kept)
    nan = {name: t.clone() for name, t in tensors.items()}
    nan["head.bias"][0] = torch.nan
    short = {name: t for name, t in tensors.items() if name != "head.bias"}
    wide = {**tensors, "head.bias": torch.zeros(7)}
    for spoilt, said in (
        (nan, "head.bias holds values that are not finite"),
        (short, "lacks head.bias"),
        (wide, "head.bias is 7 float32, the network expects 2 float32"),
    ):
        rewrite(kept, spoilt, card)
        with pytest.raises(SegmenterFileError, match=said):
            load_segmenter(kept)
    rewrite(kept, tensors, card)
    kept.write_bytes(kept.read_bytes()[:-100])
    with pytest.raises(SegmenterFileError, match="holds no sound tensors"):
        load_segmenter(kept)
    kept.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(SegmenterFileError):
        load_segmenter(kept)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("preparation", "scale", 0.0),
        ("preparation", "spread", [1.0, 0.0, 1.0]),
        ("preparation", "mean", [0.5]),
        ("preparation", "levels", "none"),
        ("settings", "network", "unet-huge"),
        ("settings", "width", 10**6),
        ("settings", "surprise", 1),
    ],
)
def test_poisoned_entries_are_refused(kept: Path, part: str, key: str, value: object) -> None:
    tensors, card = contents(kept)
    card["settings"][part][key] = value
    rewrite(kept, tensors, card)
    with pytest.raises(SegmenterFileError):
        load_segmenter(kept)


# From a terminal.


def test_a_network_is_fitted_and_asked_from_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str | Path) -> int:
        return main([str(word) for word in words])

    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
    for seed in range(3):
        picture, mask = sample(seed)
        Image.fromarray(picture).save(tmp_path / "photos" / f"{seed}a.png")
        Image.fromarray(mask.astype(np.uint8)).save(tmp_path / "masks" / f"{seed}a.png")
    photos, masks, model = (tmp_path / name for name in ("photos", "masks", "rock.model"))
    train: tuple[str | Path, ...] = (
        "segment-train", photos, masks, "-o", model, "--method", "unet-small", "--seed", "0",
        "--iterations", "40", "--width", "4", "--working-width", "48", "--device", "cpu",
    )  # fmt: skip
    folder = ("--run-folder", tmp_path / "run")
    assert run(*train, *folder, "--pretraining", "masked") == 0
    assert (tmp_path / "run/pictures/before.png").exists()
    assert run("segment", photos, "-o", tmp_path / "out", "--model", model) == 0
    capsys.readouterr()
    assert run("segment-score", tmp_path / "out", masks, "--json") == 0
    assert json.loads(capsys.readouterr().out)["miou"] > 0.7
    assert run(*train, *folder, "--resume", "--overwrite") == 2
    assert "another pretraining" in capsys.readouterr().err
    assert run(*train, "--resume", "--overwrite") == 2
    assert "--resume needs the --run-folder" in capsys.readouterr().err
    assert run(*train, "--backbone", tmp_path / "none.pth", "--overwrite") == 2
    assert "has no backbone to load" in capsys.readouterr().err
