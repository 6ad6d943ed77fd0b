"""A preview says what a fit would, and follows the brush."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.cores.judging import judge
from welllog.cores.previews import Preview
from welllog.cores.segmenters import UNLABELLED, SegmenterError, make_segmenter

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
