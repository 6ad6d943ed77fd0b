"""Segmenters on small pictures whose classes are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from welllog.cores.classes import name_classes
from welllog.cores.judging import judge, leave_samples_out, sample_of
from welllog.cores.segmenter_files import (
    SegmenterFileError,
    describe_segmenter,
    load_segmenter,
    save_segmenter,
)
from welllog.cores.segmenters import UNLABELLED, SegmenterError, make_segmenter, most_probable
from welllog.cores.tiles import segment, tell_probabilities

COLOURS = np.array([[40, 40, 60], [150, 90, 60], [220, 220, 210]], np.uint8)
SIMPLE = [
    ("otsu", {}),
    ("otsu", {"smooth": 1.5}),
    ("threshold", {"levels": (0.3, 0.6)}),
    ("multi-otsu", {}),
    ("minimum", {"smooth": 1.0}),
    ("kmeans", {}),
    ("kmeans", {"texture": 1.0}),
    ("kmeans", {"position": 0.1}),
]


def painted(seed: int = 0, size: tuple[int, int] = (90, 70)) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture of three kinds of grains, (row, column, 3), and its mask."""
    random = np.random.default_rng(seed)
    rows, columns = np.indices(size)
    mask = ((rows // 15 + columns // 14) % 3).astype(np.int16)
    noise = random.normal(0, 8, (*size, 3))
    return np.clip(COLOURS[mask] + noise, 0, 255).astype(np.uint8), mask


@pytest.fixture(scope="module")
def forest() -> Any:
    picture, mask = painted()
    return make_segmenter("pixels", scales=(1.0, 2.0), trees=12).fit([picture], [mask])


@pytest.mark.parametrize(("method", "settings"), SIMPLE)
def test_levels_and_clusters_find_what_differs_in_brightness(
    method: str, settings: dict[str, Any]
) -> None:
    picture, mask = painted()
    fitted = make_segmenter(method, **settings).fit([picture], [mask])
    other, truth = painted(1)
    score = judge(segment(fitted, other), truth, name_classes(3))
    assert score.miou > (0.3 if method in ("otsu", "minimum") else 0.8)
    told = fitted.predict_probabilities(other)
    assert told.dtype == np.float32 and told.shape == (90, 70, 3)
    np.testing.assert_allclose(told.sum(axis=2), 1.0, atol=1e-5)


@pytest.mark.parametrize(("method", "settings"), SIMPLE)
def test_without_masks_classes_are_numbered_from_dark_to_light(
    method: str, settings: dict[str, Any]
) -> None:
    picture, _ = painted()
    mask = segment(make_segmenter(method, **settings).fit([picture]), picture)
    means = [picture[mask == name].mean() for name in np.unique(mask)]
    assert means == sorted(means) and len(means) >= 2


@pytest.mark.parametrize(("method", "settings"), SIMPLE)
@pytest.mark.parametrize("channels", [1, 6])
def test_pictures_of_one_and_of_six_channels_are_taken(
    method: str, settings: dict[str, Any], channels: int
) -> None:
    picture, _ = painted()
    other = np.concatenate([picture, picture[..., ::-1]], axis=2)[..., :channels]
    wide = (other.astype(np.uint16) << 8) + other
    small, large = (
        segment(make_segmenter(method, **settings).fit([one]), one) for one in (other, wide)
    )
    assert (small == large).mean() > 0.99, "16 bits say the same"


@pytest.mark.parametrize(("method", "settings"), SIMPLE)
def test_a_picture_in_pieces_is_segmented_as_the_whole(
    method: str, settings: dict[str, Any]
) -> None:
    picture, _ = painted(2, (80, 100))
    fitted = make_segmenter(method, **settings).fit([picture])
    whole = most_probable(fitted.predict_probabilities(picture))
    np.testing.assert_array_equal(segment(fitted, picture, tile=17), whole)


def test_a_forest_is_the_same_in_pieces_and_tells_grains_apart(forest: Any) -> None:
    picture, mask = painted(3, (100, 110))
    whole = forest.predict_probabilities(picture)
    pieces = tell_probabilities(forest, picture, tile=20)
    np.testing.assert_allclose(pieces, whole, atol=1e-6)
    assert judge(most_probable(whole), mask).miou > 0.9


def test_scribbles_are_enough_for_a_forest() -> None:
    picture, mask = painted(4)
    scribbles = np.full_like(mask, UNLABELLED)
    for name in range(3):
        rows, columns = np.nonzero(mask == name)
        scribbles[rows[::200], columns[::200]] = name
    assert 0 < (scribbles != UNLABELLED).mean() < 0.01
    fitted = make_segmenter("pixels", scales=(1.0, 2.0), trees=20).fit([picture], [scribbles])
    assert judge(segment(fitted, picture), mask).miou > 0.85


@pytest.mark.filterwarnings("error::UserWarning:sklearn.*")
def test_a_rare_class_is_found_more_often_where_classes_are_balanced() -> None:
    random = np.random.default_rng(3)
    mask = np.repeat(np.arange(90)[:, None] < 6, 70, axis=1).astype(np.int16)
    noise = random.normal(0, 30, (90, 70, 3))
    picture = (np.where(mask[..., None] == 1, 150, 110) + noise).clip(0, 255).astype(np.uint8)
    settings: dict[str, Any] = {"scales": (1.0,), "evening": 0.0, "leaf": 40, "trees": 20}
    found = {}
    for balanced in (False, True):
        fitted = make_segmenter("pixels", balanced=balanced, **settings).fit([picture], [mask])
        found[balanced] = (segment(fitted, picture) == 1).mean()
    assert found[True] > 1.15 * found[False]


def test_what_is_not_painted_teaches_nothing() -> None:
    picture, mask = painted(5)
    sparse = np.where(np.indices(mask.shape)[0] < 45, mask, UNLABELLED).astype(np.int16)
    spoiled = picture.copy()
    spoiled[60:] = 255  # far from what is painted
    settings: dict[str, Any] = {"scales": (1.0,), "trees": 8}
    one, other = (
        make_segmenter("pixels", **settings).fit([seen], [sparse]) for seen in (picture, spoiled)
    )
    np.testing.assert_array_equal(
        one.predict_probabilities(picture), other.predict_probabilities(picture)
    )


@pytest.mark.parametrize(
    ("method", "settings"), [*SIMPLE, ("pixels", {"scales": (1.0,), "trees": 5})]
)
def test_a_model_file_gives_the_same_answer_and_says_what_it_is(
    method: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    picture, mask = painted()
    classes = name_classes(["pore", "clay", "quartz"], [(0, 0, 0), (9, 99, 9), (255, 255, 0)])
    fitted = make_segmenter(method, **settings).fit([picture], [mask], classes)
    path = tmp_path / "rock.model"
    save_segmenter(fitted, path, licence="CC0", training={"pictures": ["a.png"]})
    again = load_segmenter(path)
    np.testing.assert_array_equal(
        again.predict_probabilities(picture), fitted.predict_probabilities(picture)
    )
    assert again.classes == classes and again.reach == fitted.reach
    card = describe_segmenter(path)
    assert (card["licence"], card["training"]) == ("CC0", {"pictures": ["a.png"]})


def test_one_seed_grows_one_forest() -> None:
    picture, mask = painted()
    settings: dict[str, Any] = {"scales": (1.0,), "trees": 5}
    answers = [
        make_segmenter("pixels", seed=seed, **settings)
        .fit([picture], [mask])
        .predict_probabilities(picture)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(answers[0], answers[1])
    assert (answers[0] != answers[2]).any()


def _spoil(path: Path, change: str) -> None:
    content = path.read_bytes()
    if change == "pickle":
        path.write_bytes(b"\x80\x04\x95" + content)
    elif change == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        from safetensors.numpy import load, save

        size = int.from_bytes(content[:8], "little")
        import json

        told = json.loads(content[8 : 8 + size])["__metadata__"]
        tensors = load(content)
        if change == "circle":
            tensors["forest.left"] = np.where(tensors["forest.left"] >= 0, 0, -1).astype(np.int32)
        elif change == "feature":
            tensors["forest.feature"] = tensors["forest.feature"] + 10_000
        elif change == "nan":
            tensors["forest.share"] = tensors["forest.share"] * np.float32(np.nan)
        elif change == "short":
            tensors["forest.right"] = tensors["forest.right"][:-1]
        elif change == "class":
            told["welllog"] = told["welllog"].replace('"class 0", ', "")
        path.write_bytes(save(tensors, told))


@pytest.mark.parametrize("change", ["pickle", "cut", "circle", "feature", "nan", "short", "class"])
def test_a_poisoned_model_file_is_refused(forest: Any, tmp_path: Path, change: str) -> None:
    path = tmp_path / "rock.model"
    save_segmenter(forest, path)
    _spoil(path, change)
    with pytest.raises(SegmenterFileError, match=r"rock\.model: .*fit"):
        load_segmenter(path)


@pytest.mark.parametrize(
    ("pictures", "masks", "said"),
    [
        ([], [], "no picture"),
        ([(5, 4, 3)], [(4, 5)], "mask 1 has 4 rows and 5 columns"),
        ([(5, 4, 3), (5, 4, 1)], [(5, 4), (5, 4)], "picture 2 has 1 channels"),
        ([(5, 4, 3)], [(5, 4), (5, 4)], "2 masks cannot go with 1"),
        ([(5, 4)], [(5, 4)], "no rows, columns and channels"),
    ],
)
def test_pictures_and_masks_that_do_not_go_together_are_named(
    pictures: list[tuple[int, ...]], masks: list[tuple[int, ...]], said: str
) -> None:
    with pytest.raises(SegmenterError, match=said):
        make_segmenter("pixels").fit(
            [np.zeros(shape, np.uint8) for shape in pictures],
            [np.zeros(shape, np.int16) for shape in masks],
        )


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.full((8, 8), UNLABELLED, np.int16), "nothing is painted"),
        (np.zeros((8, 8), np.int16), "only one class"),
    ],
)
def test_masks_that_teach_nothing_are_refused(mask: np.ndarray, said: str) -> None:
    with pytest.raises(SegmenterError, match=said):
        make_segmenter("pixels", scales=(1.0,)).fit([np.zeros((8, 8, 3), np.uint8)], [mask])


@pytest.mark.parametrize("method", ["otsu", "minimum", "multi-otsu", "kmeans"])
def test_a_picture_of_one_colour_cannot_be_cut(method: str) -> None:
    with pytest.raises(SegmenterError, match="one brightness|fewer than 3 colours"):
        make_segmenter(method).fit([np.full((9, 9, 3), 7, np.uint8)])


@pytest.mark.parametrize(
    ("method", "settings", "said"),
    [
        ("watershed", {}, "no method 'watershed'"),
        ("otsu", {"clusters": 3}, "no setting clusters"),
        ("kmeans", {"clusters": 1}, "1 clusters"),
        ("threshold", {"levels": (0.6, 0.3)}, "increasing"),
        ("multi-otsu", {"bands": 9}, "9 bands"),
        ("pixels", {"scales": (0.0,)}, "scales"),
        ("pixels", {"trees": 0}, "trees 0"),
    ],
)
def test_settings_that_cannot_be_are_named(
    method: str, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(SegmenterError, match=said):
        make_segmenter(method, **settings)


def test_one_pixel_is_a_picture(forest: Any) -> None:
    pixel = np.full((1, 1, 3), 200, np.uint8)
    for method in ("otsu", "kmeans"):
        fitted = make_segmenter(method).fit([painted()[0]])
        assert segment(fitted, pixel).shape == (1, 1)
    assert segment(forest, pixel).shape == (1, 1)


def test_work_in_pieces_stops_when_told(forest: Any) -> None:
    class Stop(Exception):
        pass

    def stop(share: float, message: str) -> None:
        if share > 0.3:
            raise Stop

    with pytest.raises(Stop):
        segment(forest, painted(0, (200, 200))[0], tile=50, progress=stop)


def test_unions_and_boundaries_are_counted_by_hand() -> None:
    truth = np.zeros((6, 6), np.int16)
    truth[:, 3:] = 1
    truth[0, 0] = UNLABELLED
    found = truth.copy()
    found[0, 0] = 1
    found[5, 2] = 1
    score = judge(found, truth, name_classes(3))
    np.testing.assert_allclose(score.iou[:2], [16 / 17, 18 / 19])
    assert np.isnan(score.iou[2]) and score.miou == pytest.approx((16 / 17 + 18 / 19) / 2)
    assert score.accuracy == pytest.approx(34 / 35)
    assert score.boundary_f1 == 1.0, "two pixels off is near enough"
    assert (score + score).miou == pytest.approx(score.miou)
    across = judge(truth.clip(0).T, truth.clip(0))
    assert across.boundary_f1 < 0.95, "a boundary that runs across is met near the crossing alone"


@pytest.mark.parametrize(
    ("stem", "sample"),
    [("2a", "2"), ("2b", "2"), ("12-a", "12"), ("core", "core"), ("s3_b", "s3"), ("7", "7")],
)
def test_two_views_of_a_section_are_one_sample(stem: str, sample: str) -> None:
    assert sample_of(stem) == sample


def test_no_view_of_a_sample_is_learnt_from_when_another_is_scored() -> None:
    folds = list(leave_samples_out(["2a", "2b", "3a", "3b", "4"]))
    assert folds == [([2, 3, 4], [0, 1]), ([0, 1, 4], [2, 3]), ([0, 1, 2, 3], [4])]
    with pytest.raises(SegmenterError, match="one sample"):
        list(leave_samples_out(["2a", "2b"]))


def test_a_forest_is_the_same_whether_painted_pieces_or_the_whole_picture_are_described():
    draw = np.random.default_rng(1)
    picture = draw.integers(0, 255, (600, 560, 3), dtype=np.uint8)
    mask = np.full((600, 560), UNLABELLED, np.int16)
    mask[20:30, 20:60], mask[500:520, 505:520], mask[590:, 540:] = 0, 1, 1
    forest: Any = make_segmenter("pixels", scales=(1.0, 3.0), trees=3)
    whole = forest.grow(*forest.draw(forest.describe(picture), mask), name_classes(2))
    fitted = forest.fit([picture], [mask])
    for name, part in whole.forest.items():
        np.testing.assert_array_equal(fitted.forest[name], part)


@pytest.mark.parametrize("evening", [0.0, 0.8])
@pytest.mark.parametrize("squares", [1, 2, 4])
def test_coarse_scales_in_pieces_are_those_of_the_whole(squares: int, evening: float) -> None:
    picture, mask = painted(6, (131, 219))
    fitted = make_segmenter("pixels", scales=(2.0, 8.0), squares=squares, evening=evening, trees=8)
    forest: Any = fitted.fit([picture], [mask])
    assert forest.grid > 1
    whole = forest.predict_probabilities(picture)
    assert whole.shape == (131, 219, 3)
    np.testing.assert_allclose(tell_probabilities(forest, picture, tile=20), whole, atol=1e-5)


def test_squares_are_read_off_between_their_middles() -> None:
    from welllog.cores.pixel_features import enlarge, shrink

    ramp = np.arange(24, dtype=np.float32)[:, None, None] + np.zeros((1, 10, 1), np.float32)
    small = shrink(ramp, 4)
    np.testing.assert_array_equal(small[:, 0, 0], [1.5, 5.5, 9.5, 13.5, 17.5, 21.5])
    assert small.shape == (6, 3, 1)
    np.testing.assert_allclose(enlarge(small, 4, (24, 10))[2:-2], ramp[2:-2], atol=1e-5)


def test_a_large_picture_is_sampled_for_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    from welllog.cores import clusters

    picture, mask = painted(7, (300, 310))
    monkeypatch.setattr(clusters, "LARGE", 1000)
    for settings in ({}, {"texture": 0.5, "scale": 1.0}, {"position": 0.01}):
        fitted = make_segmenter("kmeans", **settings).fit([picture], [mask])
        assert judge(segment(fitted, picture), mask).miou > 0.8


def test_the_fit_of_clusters_to_a_large_picture_stops_between_patches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from welllog.cores import clusters

    monkeypatch.setattr(clusters, "LARGE", 100)
    told: list[float] = []
    picture, _ = painted(7)
    make_segmenter("kmeans", texture=1.0).fit(
        [picture], progress=lambda share, _: told.append(share)
    )
    assert len(told) >= 20 and told == sorted(told)
