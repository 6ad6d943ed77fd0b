"""A forest from a file is held against what a forest must be before anything walks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from welllog.cores.segmenters import SegmenterError, make_segmenter

LEAVES = ("left", "right")


@pytest.fixture(scope="module")
def forest() -> Any:
    draw = np.random.default_rng(0)
    picture = draw.integers(0, 255, (40, 40, 3), np.uint8)
    mask = (picture[..., 0] > 128).astype(np.int16)
    return make_segmenter("pixels", trees=2, depth=4).fit([picture], [mask])


def test_a_forest_that_was_grown_passes(forest: Any) -> None:
    forest.check()


# Unchecked, a leaf of -5 hung the process and one of -2**30 ended it (scikit-learn 1.9.1).
@pytest.mark.parametrize("child", [-5, -(2**30), -2])
def test_a_leaf_that_points_before_its_tree_is_refused(forest: Any, child: int) -> None:
    arrays = dict(forest.forest)
    for name in LEAVES:
        arrays[name] = np.where(arrays[name] < 0, child, arrays[name]).astype(np.int32)
    with pytest.raises(SegmenterError, match="damaged"):
        replace(forest, forest=arrays).check()


@pytest.mark.parametrize("name", ["starts", "left", "right", "feature", "level", "share"])
def test_an_array_of_another_kind_or_none_is_refused(forest: Any, name: str) -> None:
    other = {**forest.forest, name: forest.forest[name].astype(np.float16)}
    lacking = {key: array for key, array in forest.forest.items() if key != name}
    for arrays in (other, lacking):
        with pytest.raises(SegmenterError, match="missing or of another kind"):
            replace(forest, forest=arrays).check()
