"""Columns of core are found where they lie, and nonsense is refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.cores.core_pictures import BOX, core_box
from welllog.cores.columns import Column, ColumnsError, ColumnSettings, box_column, find_columns

DATA = Path(os.environ.get("WELLLOG_DATA", "../shared/data")) / "cores"


def corners_of(column: Column) -> np.ndarray:
    return np.asarray(column.corners)


def test_three_columns_in_a_box_are_found_from_left_to_right_to_within_a_few_pixels() -> None:
    found = find_columns(core_box(3))
    assert len(found) == 3
    for number, column in enumerate(found):
        left = 20 + number * 140
        wanted = [(20, left), (20, left + 120), (920, left + 120), (920, left)]
        assert np.abs(corners_of(column) - wanted).max() < 6


def test_columns_on_their_sides_have_their_tops_at_the_left() -> None:
    upright = core_box(2)
    # Turned a quarter anticlockwise the top of the core lies at the left.
    found = find_columns(np.rot90(upright), ColumnSettings(sideways=True))
    assert len(found) == 2
    for column in found:
        top_left, top_right, base_right, base_left = corners_of(column)
        assert top_left[1] < base_left[1] and top_right[1] < base_right[1]
        assert top_left[0] > top_right[0]  # the core's left is below


def test_rock_missing_from_a_column_divides_it_into_pieces() -> None:
    picture = core_box(1)
    picture[400:460] = BOX
    (column,) = find_columns(picture)
    (a, b), (c, d) = column.pieces
    assert a == 0 and abs(b - 380) < 8 and abs(c - 440) < 8 and abs(d - column.length) < 1
    assert column.rock([100, 410, 600]).tolist() == [True, False, True]


def test_a_leaning_column_gets_leaning_sides() -> None:
    picture = np.tile(np.array(BOX, np.uint8), (800, 300, 1))
    for row in range(20, 780):
        left = 40 + row // 10
        picture[row, left : left + 150] = (170, 165, 150)
    (column,) = find_columns(picture)
    top_left, _, _, base_left = corners_of(column)
    assert abs(base_left[1] - top_left[1] - 76) < 8


def test_a_picture_without_rock_bands_says_to_draw_them_by_hand() -> None:
    with pytest.raises(ColumnsError, match="1 found, 3 wanted; draw them by hand"):
        find_columns(core_box(1), ColumnSettings(count=3))
    with pytest.raises(ColumnsError, match="too small"):
        find_columns(np.zeros((4, 300, 3), np.uint8))


def test_corners_that_do_not_go_round_a_column_are_refused() -> None:
    with pytest.raises(ColumnsError, match="do not go round"):
        Column(((0, 0), (100, 0), (100, 50), (0, 50)))  # mirrored
    with pytest.raises(ColumnsError, match="do not go round"):
        Column(((0, 0), (0, 50), (0, 50), (0, 0)))  # flat
    with pytest.raises(ColumnsError, match="within the column"):
        Column(box_column(0, 0, 10, 100).corners, ((0, 60), (50, 90)))
    with pytest.raises(ColumnsError, match="four corners"):
        Column(((0, 0), (0, 50), (float("nan"), 50), (90, 0)))


def test_a_row_of_a_column_is_found_again_from_its_pixel() -> None:
    column = Column(((10, 40), (12, 90), (512, 130), (508, 75)))
    for along in (0.0, 123.4, 300.0, column.length):
        row, across = column.points([along], [0.3])[0, 0]
        assert column.along(row, across) == pytest.approx(along, abs=0.2)


@pytest.mark.skipif(not DATA.is_dir(), reason="needs photographs of core (WELLLOG_DATA)")
def test_the_column_of_a_real_photograph_is_found_to_within_a_few_percent_of_its_width() -> None:
    """Corners read off by eye; the ends lie in the shadow of the box."""
    from welllog.cores.pictures import read_picture

    for name, wanted in (
        ("column2.jpeg", [(50, 25), (60, 740), (5900, 775), (5930, 5)]),
        ("column3.jpeg", [(45, 5), (45, 745), (4420, 765), (4420, 5)]),
    ):
        (column,) = find_columns(read_picture(DATA / name))
        apart = np.abs(corners_of(column) - wanted)
        assert apart[:, 1].max() < 60 and apart[:, 0].max() < 130
