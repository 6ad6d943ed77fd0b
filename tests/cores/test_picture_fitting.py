"""Crops, the fitting of a network to painted pictures, and pre-training without masks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import image
from torch import Tensor

from welllog.cores.fitting import (
    Fitted,
    Fitting,
    choose_precision,
    class_weights,
    count_confusion,
    fit_network,
    masked_cross_entropy,
    mean_iou,
    rate_at,
)
from welllog.cores.network_settings import AugmentationSettings, FittingSettings
from welllog.cores.networks import build_network
from welllog.cores.picture_augmentation import (
    Example,
    draw_crops,
    jitter_colour,
    place_crop,
    turn,
)
from welllog.cores.picture_preparation import measure_preparation, shrink_mask
from welllog.cores.pretraining import adopt_weights, hide_patches, learn_to_paint
from welllog.learning.run_folder import RunFolderError
from welllog.network_files import WeightsError

STILL = AugmentationSettings(False, False, False, 1.0, 0.0, 0.0)
QUICK = FittingSettings(
    network="unet-small", width=4, working_width=0, crop=32, batch=2, iterations=8,
    learning_rate=5e-3, log_every=2, validate_every=2, checkpoint_every=3, device="cpu",
    precision="32", patience=99,
)  # fmt: skip


def example(seed: int = 0, size: int = 48) -> Example:
    """Return a picture whose classes can be told by their brightness."""
    random = np.random.default_rng(seed)
    mask = torch.zeros(size, size, dtype=torch.int64)
    at = random.integers(8, size - 24, 2)
    mask[at[0] : at[0] + 16, at[1] : at[1] + 16] = 1
    noise = torch.from_numpy(random.standard_normal((3, size, size), np.float32))
    return Example(2.0 * mask - 0.5 + 0.3 * noise, mask)


def fit(settings: FittingSettings = QUICK, **asked: object) -> Fitted:
    torch.manual_seed(settings.seed)
    network = build_network(settings.network, 3, 2, width=settings.width)
    return fit_network(network, [example(0), example(1)], 2, settings, **asked)  # type: ignore[arg-type]


def equal(one: Fitted, other: Fitted) -> bool:
    pairs = zip(one.network.state_dict().values(), other.network.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


# Crops.


def numbered(height: int = 12, width: int = 20) -> Example:
    """Return a picture whose only channel is the number of its class."""
    mask = torch.arange(height * width).reshape(height, width) % 7
    return Example(mask[None].float(), mask)


def test_a_crop_that_is_not_changed_is_a_part_of_the_picture() -> None:
    whole = numbered()
    picture, mask = place_crop(whole, (5.0, 9.0), 6, 1.0, 0.0)
    torch.testing.assert_close(picture, whole.picture[:, 2:8, 6:12], atol=1e-4, rtol=0)
    assert torch.equal(mask, whole.mask[2:8, 6:12])


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [(False, False), (True, False), (False, True)])
def test_a_mask_goes_where_its_picture_goes(mirrored: tuple[bool, bool], quarters: int) -> None:
    whole = numbered(8, 9)
    picture, mask = turn(whole.picture, mirrored, quarters), turn(whole.mask, mirrored, quarters)
    assert torch.equal(picture[0].long(), mask)
    same = torch.equal(mask, whole.mask)  # whose shape changes with a quarter turn
    assert same is (quarters == 0 and not any(mirrored))


def test_zoom_and_angle_move_mask_and_picture_alike() -> None:
    rows = torch.arange(60.0)[:, None].expand(60, 60)
    smooth = Example(rows[None].contiguous(), rows.long())
    for zoom, angle in ((1.5, 0.0), (0.8, 0.3), (1.0, -0.5)):
        picture, mask = place_crop(smooth, (30.0, 30.0), 24, zoom, angle)
        assert (mask >= 0).all()
        assert (picture[0] - mask).abs().amax() < 0.75  # half a pixel, and the corner of one
    enlarged, _ = place_crop(smooth, (30.0, 30.0), 24, 2.0, 0.0)
    torch.testing.assert_close(enlarged[0, 2, 0] - enlarged[0, 0, 0], torch.tensor(1.0))


def test_beyond_the_edge_nothing_is_painted() -> None:
    picture, mask = place_crop(numbered(8, 8), (4.0, 4.0), 16, 1.0, 0.0)
    assert (mask[4:12, 4:12] >= 0).all()
    assert int((mask >= 0).sum()) == 64
    assert torch.isfinite(picture).all() and picture[0, 0].any()


def test_crops_follow_from_the_seed_alone() -> None:
    examples = [example(0), example(1)]
    places = [e.labelled for e in examples]
    crops = [
        draw_crops(examples, places, 16, 3, AugmentationSettings(), np.random.default_rng(seed))
        for seed in (1, 1, 2)
    ]
    assert torch.equal(crops[0][0], crops[1][0]) and torch.equal(crops[0][1], crops[1][1])
    assert not torch.equal(crops[0][0], crops[2][0])


def test_crops_lie_where_somebody_painted() -> None:
    few = example(0, 200)
    mask = torch.full_like(few.mask, -1)
    mask[150, 20] = 1
    sparse = Example(few.picture, mask)
    for seed in range(20):
        random = np.random.default_rng(seed)
        _, drawn = draw_crops([sparse], [sparse.labelled], 32, 1, replace(STILL, angle=15), random)
        assert (drawn == 1).any()


def test_no_jitter_leaves_colours_and_some_changes_all_crops_differently() -> None:
    x = torch.rand(2, 3, 4, 4)
    assert torch.equal(jitter_colour(x, 0.0, np.random.default_rng(0)), x)
    ones = torch.ones(2, 3, 4, 4)
    changed = jitter_colour(ones, 0.2, np.random.default_rng(0))
    assert len(changed.unique()) == 6 and (changed - ones).abs().amax() < 0.6


# Preparation.


def test_the_depth_of_a_picture_makes_no_difference() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (20, 20, 2)).astype(np.uint8)
    deep = grey.astype(np.uint16) * 257
    preparation = measure_preparation([grey], 0)
    torch.testing.assert_close(preparation.picture(grey), preparation.picture(deep))
    torch.testing.assert_close(
        preparation.picture(grey), preparation.picture(grey.astype(np.float32) / 255)
    )


def test_channels_are_scaled_by_all_pictures_and_shrunk_by_the_widest() -> None:
    random = np.random.default_rng(0)
    pictures = [
        random.integers(0, 255, (40, 60, 6), np.uint8), random.integers(0, 9, (20, 80, 6), np.uint8)
    ]  # fmt: skip
    preparation = measure_preparation(pictures, 40, "fitted")
    assert preparation.scale == 0.5 and preparation.channels == 6
    whole = replace(preparation, scale=1.0)
    seen = torch.cat([whole.picture(picture).flatten(1) for picture in pictures], 1)
    torch.testing.assert_close(seen.mean(1), torch.zeros(6), atol=1e-3, rtol=0)
    torch.testing.assert_close(seen.std(1), torch.ones(6), atol=1e-3, rtol=0)
    assert preparation.picture(pictures[0]).shape == (6, 20, 30)
    with pytest.raises(ValueError, match="has 3 channels, the network was fitted to 6"):
        preparation.picture(pictures[0][..., :3])


@pytest.mark.parametrize("levels", ["own", "fitted"])
def test_a_channel_that_says_nothing_does_no_harm(levels: str) -> None:
    preparation = measure_preparation([np.full((20, 20, 3), 7, np.uint8)], 0, levels)
    assert not preparation.picture(np.full((20, 20, 3), 7, np.uint8)).abs().amax() > 1e-4


def test_a_thin_stroke_survives_shrinking_and_a_majority_wins() -> None:
    mask = np.full((16, 16), -1)
    mask[5, :] = 2
    assert (shrink_mask(mask, 3, (4, 4))[1] == 2).all()
    mask = np.zeros((4, 4), int)
    mask[0, 0] = 1
    assert int(shrink_mask(mask, 2, (1, 1))) == 0
    with pytest.raises(ValueError, match="classes are 0 to 1"):
        shrink_mask(np.full((4, 4), 2), 2, (4, 4))


# The loss and the measure.


def test_what_is_not_painted_says_nothing() -> None:
    scores, mask = torch.randn(1, 3, 4, 4), torch.randint(3, (1, 4, 4))
    mask[0, :2] = -1
    other = scores.clone()
    other[:, :, :2] += torch.randn(1, 3, 2, 4)
    ones = torch.ones(3)
    loss = masked_cross_entropy(scores, mask, ones)
    torch.testing.assert_close(loss, masked_cross_entropy(other, mask, ones))
    whole = torch.nn.functional.cross_entropy(scores[:, :, 2:], mask[:, 2:])
    torch.testing.assert_close(loss, whole)
    assert float(masked_cross_entropy(scores, torch.full_like(mask, -1), ones)) == 0.0


def test_balanced_weights_let_every_class_count_the_same() -> None:
    mask = torch.tensor([[0, 0, 0, 0, 0, 0, 1, 1, -1, -1]])
    one = Example(torch.zeros(1, 1, 10), mask)
    weights = class_weights([one], 3, "balanced")
    assert float(weights[0]) * 6 == pytest.approx(float(weights[1]) * 2)
    assert float(weights[0]) * 6 + float(weights[1]) * 2 == pytest.approx(8)
    assert float(weights[2]) == 0.0
    assert class_weights([one], 3, "none")[:2].tolist() == [1.0, 1.0]


def test_miou_is_that_of_a_hand_count() -> None:
    mask = torch.tensor([[0, 0, 1, 1, -1]])
    found = torch.tensor([[0, 1, 1, 1, 2]])
    confusion = count_confusion(found, mask, 3)
    assert confusion.sum() == 4
    assert mean_iou(confusion) == pytest.approx((1 / 2 + 2 / 3) / 2)  # class 2 is nowhere


def test_the_rate_rises_and_falls_or_stays() -> None:
    rates = [rate_at(number, 100, "cosine") for number in range(100)]
    assert rates[0] < rates[5] < max(rates) and rates[-1] < 0.02
    assert {rate_at(number, 100, "constant") for number in range(100)} == {1.0}


# Fitting.


@pytest.mark.parametrize(
    ("name", "width", "iterations"),
    [("unet-small", 8, 60), ("unet-resnet50", 8, 60), ("hrnet-w18", 4, 20)],
)
def test_a_network_learns_what_can_be_learnt(name: str, width: int, iterations: int) -> None:
    settings = replace(
        QUICK, network=name, width=width, iterations=iterations, augmentation=STILL,
        validate_every=60,
    )  # fmt: skip
    torch.manual_seed(0)
    network = build_network(name, 3, 2, width=width)
    unseen = [example(7)]
    before = Fitting(network, settings, torch.ones(2)).judge(unseen)
    fitted = fit_network(network, [example(0), example(1)], 2, settings, held_out=unseen)
    assert fitted.held_out_miou is not None and fitted.held_out_miou > before + 0.2


def test_equal_seeds_give_equal_networks_and_other_seeds_others() -> None:
    assert equal(fit(), fit())
    assert not equal(fit(), fit(replace(QUICK, seed=1)))


def test_a_fitting_that_was_broken_off_goes_on_to_the_bit(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(share: float, message: str) -> None:
        raise Stop

    whole = fit(run_folder=tmp_path / "whole", held_out=[example(5)])
    asked = {"run_folder": tmp_path / "parts", "held_out": [example(5)]}
    with pytest.raises(Stop):
        fit(progress=stop, **asked)
    assert json.loads((tmp_path / "parts/config.json").read_text())["classes"] == 2
    parts = fit(resume=True, **asked)
    assert equal(whole, parts)
    histories = [(tmp_path / name / "history.jsonl").read_text() for name in ("whole", "parts")]
    assert histories[0] == histories[1] and '"miou"' in histories[0]


def test_a_run_folder_of_other_pictures_is_not_gone_on_with(tmp_path: Path) -> None:
    fit(run_folder=tmp_path / "run")
    with pytest.raises(RunFolderError, match="holds an experiment already"):
        fit(run_folder=tmp_path / "run")
    with pytest.raises(RunFolderError, match="another learning_rate"):
        fit(replace(QUICK, learning_rate=1e-4), run_folder=tmp_path / "run", resume=True)
    with pytest.raises(RunFolderError, match="another pictures held out"):
        fit(run_folder=tmp_path / "run", resume=True, held_out=[example(3)])
    fit(run_folder=tmp_path / "run", overwrite=True)


def test_a_checkpoint_of_another_network_is_refused() -> None:
    state = Fitting(build_network("unet", 3, 2, width=4), QUICK, torch.ones(2)).state()
    other = Fitting(build_network("unet", 3, 2, width=8), QUICK, torch.ones(2))
    with pytest.raises(WeightsError, match="network of another size"):
        other.restore(state, "last")


def test_the_run_folder_shows_what_was_found_before_after_an_epoch_and_at_the_end(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    fit(run_folder=folder, colours=[(0, 0, 0), (255, 200, 0)])
    pictures = {path.stem: image.imread(path) for path in (folder / "pictures").glob("*.png")}
    assert pictures.keys() == {"before", "after one epoch", "at the end", "history"}
    assert pictures["before"].shape[:2] == (48, 3 * 48 + 2 * 4)
    assert not np.array_equal(pictures["before"], pictures["at the end"])
    mask = pictures["before"][:, 52:100, :3]
    assert {tuple(c) for c in (mask * 255).round().astype(int).reshape(-1, 3)} == {
        (0, 0, 0), (255, 200, 0),
    }  # fmt: skip


def test_fitting_stops_early_and_keeps_the_best() -> None:
    # At this rate a network forgets: the last weights are not the best.
    settings = replace(QUICK, iterations=200, patience=2, validate_every=2, schedule="constant")
    fitted = fit(settings, held_out=[example(5)])
    assert fitted.iterations < 200
    scores = [line["miou"] for line in fitted.history if "miou" in line]
    assert fitted.held_out_miou == max(scores) and scores[-1] <= max(scores)
    again = Fitting(fitted.network, settings, torch.ones(2)).judge([example(5)])
    assert again == pytest.approx(max(scores))


def test_a_frozen_encoder_keeps_weights_and_means() -> None:
    settings = replace(
        QUICK, network="unet-resnet50", width=8, pretraining="masked", freeze=True, iterations=2
    )
    torch.manual_seed(0)
    network = build_network("unet-resnet50", 3, 2, width=8)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fit_network(network, [example()], 2, settings)
    changed = {n for n, t in network.state_dict().items() if not torch.equal(t, before[n])}
    assert changed and not any(name.startswith("encoder.") for name in changed)


def test_masks_that_nobody_painted_are_refused() -> None:
    blank = Example(torch.zeros(3, 32, 32), torch.full((32, 32), -1))
    with pytest.raises(ValueError, match="no pixel of any mask is painted"):
        fit_network(build_network("unet", 3, 2, width=4), [blank], 2, QUICK)


def test_bf16_learns_too() -> None:
    fitted = fit(replace(QUICK, precision="bf16", iterations=4))
    assert all(torch.isfinite(t).all() for t in fitted.network.state_dict().values())
    assert choose_precision("32", "cpu") == "32" and choose_precision("auto", "mps") == "32"


# Pre-training.


def test_half_of_the_patches_are_hidden_whole() -> None:
    x = torch.ones(4, 3, 64, 80)
    shown, hidden = hide_patches(x, np.random.default_rng(0))
    assert 0.3 < float(hidden.float().mean()) < 0.7
    patches = hidden[:, 0].unfold(1, 16, 16).unfold(2, 16, 16).flatten(3).float().mean(-1)
    assert set(patches.unique().tolist()) == {0.0, 1.0}
    assert not shown[hidden.expand_as(x)].any()
    assert (shown[~hidden.expand_as(x)] - 1).abs().amax() > 0.5


def test_a_network_learns_to_paint_and_the_fitting_begins_there() -> None:
    settings = replace(
        QUICK, crop=32, batch=4, pretraining="masked", pretraining_iterations=60, augmentation=STILL
    )
    # Stripes go on behind what hides them.
    stripes = torch.sin(torch.arange(64) / 9.0).expand(3, 64, 64).contiguous() * 1.4
    weights, losses = learn_to_paint([stripes], settings)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])
    again, _ = learn_to_paint([stripes], settings)
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    network = build_network("unet-small", 3, 5, width=4)
    head = network.head.weight.clone()
    assert isinstance(head, Tensor)
    adopt_weights(network, weights)
    state = network.state_dict()
    assert torch.equal(state["head.weight"], head)
    assert all(torch.equal(state[name], tensor) for name, tensor in weights.items())


# Settings.


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"network": "vgg"}, "unknown network 'vgg'"),
        ({"crop": 8}, "crop is 8; use at least 16"),
        ({"learning_rate": 2.0}, "learning_rate"),
        ({"backbone": "a.pth"}, "has no backbone to load"),
        ({"freeze": True}, "a frozen encoder has to come from"),
        ({"augmentation": {"zoom": 0.5}}, "zoom 0.5"),
        ({"augmentation": {"spin": 1}}, "unknown setting spin"),
        ({"momentum": 0.9}, "unknown setting momentum"),
    ],
)
def test_settings_that_cannot_be_are_named(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FittingSettings.from_dict(wrong)


def test_settings_survive_a_file() -> None:
    settings = replace(QUICK, augmentation=AugmentationSettings(zoom=2.0))
    assert FittingSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
