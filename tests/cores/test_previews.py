"""A preview says what a fit would, and follows the brush."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.cores.judging import judge
from welllog.cores.previews import Preview, find_quickly
from welllog.cores.segmenters import UNLABELLED, Place, SegmenterError, make_segmenter

COLOURS = np.array([[40, 40, 60], [150, 90, 60], [220, 220, 210]], np.uint8)


def grains() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a picture of three kinds of grains, its mask, and strokes on it."""
    random = np.random.default_rng(0)
    rows, columns = np.indices((190, 210))
    mask = ((rows // 45 + columns // 54) % 3).astype(np.int16)
    picture = np.clip(COLOURS[mask] + random.normal(0, 8, (*mask.shape, 3)), 0, 255)
    strokes = np.full_like(mask, UNLABELLED)
    strokes[20:23], strokes[100:103] = mask[20:23], mask[100:103]
    return picture.astype(np.uint8), mask, strokes


@pytest.mark.parametrize("method", ["multi-otsu", "kmeans", "pixels"])
def test_a_preview_follows_the_brush(method: str) -> None:
    picture, mask, strokes = grains()
    settings = {"evening": 0.0} if method == "pixels" else {}
    preview = Preview(make_segmenter(method, **settings), picture)
    assert judge(preview.tell(strokes), mask).miou > 0.8
    turned = np.where(strokes == UNLABELLED, UNLABELLED, (strokes + 1) % 3).astype(np.int16)
    assert judge(preview.tell(turned), ((mask + 1) % 3).astype(np.int16)).miou > 0.8


def test_without_paint_segments_are_numbered_and_a_forest_asks_for_some() -> None:
    picture, mask, _ = grains()
    assert judge(Preview(make_segmenter("kmeans"), picture).tell(), mask).miou > 0.9
    with pytest.raises(SegmenterError, match="paint some"):
        Preview(make_segmenter("pixels"), picture).tell()


def test_strokes_of_another_view_are_refused() -> None:
    picture, _, strokes = grains()
    with pytest.raises(SegmenterError, match="of one size"):
        Preview(make_segmenter("pixels"), picture).tell(strokes[1:])


def test_a_forest_grown_in_steps_is_that_grown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from welllog.cores import pixels

    picture, mask, _ = grains()
    forest = make_segmenter("pixels", scales=(1.0,), trees=7)
    monkeypatch.setattr(pixels, "GROWN_AT_ONCE", 3)
    told: list[float] = []
    slow = forest.fit([picture], [mask], progress=lambda share, _: told.append(share))
    assert len(told) > 7 and told == sorted(told)
    np.testing.assert_array_equal(
        slow.predict_probabilities(picture),
        forest.fit([picture], [mask]).predict_probabilities(picture),
    )


def test_levels_found_in_the_whole_picture_do_not_change_with_the_part_that_is_seen() -> None:
    picture, mask, _ = grains()
    found = find_quickly(make_segmenter("otsu"), picture)
    dark = picture[:40, :50]
    assert (mask[:40, :50] == 0).all()
    assert (Preview(found, dark).tell() == 0).all()
    assert (Preview(make_segmenter("otsu"), dark).tell() == 1).any()


def test_clusters_that_know_their_place_are_seen_in_a_part_as_in_the_whole() -> None:
    picture, _, _ = grains()
    fitted = make_segmenter("kmeans", position=2.0).fit([picture])
    place = Place((190, 210), 90, 100, (slice(0, 100), slice(0, 110)))
    whole = Preview(fitted, picture).tell()
    np.testing.assert_array_equal(
        Preview(fitted, picture[90:, 100:], place=place).tell(), whole[90:, 100:]
    )
    assert (Preview(fitted, picture[90:, 100:]).tell() != whole[90:, 100:]).any()


@pytest.mark.parametrize("method", ["multi-otsu", "kmeans", "pixels"])
def test_lengths_are_those_of_the_picture_where_a_view_has_every_fourth_pixel(method: str) -> None:
    wide = grains()[0].repeat(4, axis=0).repeat(4, axis=1)
    strokes = grains()[2]
    wanted = {"multi-otsu": {"smooth": 2.0}, "kmeans": {"texture": 0.3, "scale": 2.0},
              "pixels": {"scales": (1.0, 2.0)}}[method]  # fmt: skip
    large = {name: np.multiply(value, 4.0 if name != "texture" else 1.0).tolist()
             for name, value in wanted.items()}  # fmt: skip
    large = {name: tuple(v) if isinstance(v, list) else v for name, v in large.items()}
    seen = Preview(make_segmenter(method, **large), wide[::4, ::4], stride=4).tell(strokes)
    alone = Preview(make_segmenter(method, **wanted), wide[::4, ::4]).tell(strokes)
    np.testing.assert_array_equal(seen, alone)
