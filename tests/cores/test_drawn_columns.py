"""Columns drawn by hand and ties made here and there; strips at several resolutions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.cores.core_pictures import core_box
from welllog.cores.columns import Column, ColumnsError, box_column
from welllog.cores.drawn_columns import column_at, column_of, move_pieces, tie_columns
from welllog.cores.placement import PlacementError, place_picture
from welllog.cores.strip_levels import cut_levels

BOX = [(10.0, 20.0), (12.0, 60.0), (210.0, 58.0), (208.0, 18.0)]


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("step", [1, -1])
def test_a_column_drawn_from_any_corner_either_way_round_is_the_same(turn, step):
    drawn = np.roll(BOX, turn, axis=0)[::step]
    assert column_of(drawn).corners == tuple(BOX)


def test_corners_that_go_round_in_order_keep_a_column_that_stands_on_its_head():
    turned = [BOX[2], BOX[3], BOX[0], BOX[1]]
    assert column_of(turned, in_order=True).corners == tuple(turned)
    assert column_of(BOX[::-1], in_order=True).corners == tuple(BOX)


def test_a_column_that_lies_has_its_top_at_the_left():
    lying = column_of([(10, 20), (10, 220), (50, 220), (50, 20)], sideways=True)
    assert lying.length == 200 and lying.width == 40
    row, across = lying.points([0.0], [0.5])[0, 0]
    assert (row, across) == (30, 20)


def test_what_has_not_four_corners_is_told():
    with pytest.raises(ColumnsError, match="this one has 3"):
        column_of(BOX[:3])


def test_pieces_stay_in_the_photograph_where_a_corner_moves():
    found = Column(((0, 0), (0, 50), (300, 50), (300, 0)), ((0.0, 100.0), (120.0, 300.0)))
    moved = move_pieces(found, box_column(0, 40, 50, 300))
    np.testing.assert_allclose(moved.pieces, [(0, 60), (80, 260)], atol=0.1)


def test_a_pixel_is_in_the_column_around_it_and_in_none_outside():
    columns = [box_column(0, 0, 50, 300), box_column(60, 0, 110, 300)]
    number, along = column_at(columns, 100.0, 80.0)
    assert number == 1 and along == pytest.approx(100, abs=0.1)
    assert column_at(columns, 100.0, 55.0) is None


def test_columns_without_two_ties_share_the_length_and_one_tie_bends():
    columns = [box_column(0, 0, 50, 100), box_column(60, 0, 110, 300), box_column(120, 0, 170, 100)]
    ties = tie_columns(columns, [[], [(150.0, 11.5)], [(0.0, 14.0), (100.0, 16.0)]], 10.0, 15.0)
    assert ties[0] == [(0.0, 10.0), (100.0, 11.0)]
    assert ties[1] == [(0.0, 11.0), (150.0, 11.5), (300.0, 14.0)]
    assert ties[2] == [(0.0, 14.0), (100.0, 16.0)]
    with pytest.raises(PlacementError, match="column 1 has 0 ties"):
        tie_columns(columns, [[], [], []])
    with pytest.raises(PlacementError, match="less deep"):
        tie_columns(columns, [[], [], []], 5.0, 4.0)


def test_levels_of_a_strip_lie_at_the_same_depths_and_gaps_are_transparent():
    picture = core_box(1, rows=6000, width=40)
    columns = [box_column(20, 20, 60, 3020), box_column(20, 3020, 60, 6020)]
    ties = [[(0.0, 100.0), (3000.0, 101.0)], [(0.0, 102.0), (3000.0, 103.0)]]
    placed = place_picture("a.png", picture.shape[:2], columns, ties=ties)
    strip = cut_levels(picture, placed)
    sizes = [level.shape for level in strip.pixels]
    assert len(sizes) > 1 and all(a[0] == 2 * b[0] for a, b in zip(sizes, sizes[1:], strict=False))
    assert strip.top == 100 and strip.step * sizes[0][0] == pytest.approx(3)
    for level in strip.pixels:
        depth = 100 + (np.arange(len(level)) + 0.5) * 3 / len(level)
        assert (level[(depth > 101.01) & (depth < 101.99), :, 3] == 0).all()
        assert (level[(depth < 100.99) | (depth > 102.01), :, 3] == 255).all()
        sand, shale = (
            level[(depth > a) & (depth < b), :, 0].mean() for a, b in ((100, 101), (102, 103))
        )
        assert sand > 1.5 * shale


def test_pictures_of_16_bits_and_of_fractions_are_as_bright_as_those_of_8():
    picture = core_box(1, rows=100, width=40)
    placed = place_picture("a.png", picture.shape[:2], [box_column(20, 20, 60, 120)], 1.0, 2.0)
    plain = cut_levels(picture, placed).pixels[0].astype(int)
    deep = cut_levels(picture.astype(np.uint16) * 257, placed).pixels[0].astype(int)
    share = cut_levels((picture / np.float32(255)).astype(np.float32), placed).pixels[0].astype(int)
    assert abs(plain - deep).max() <= 1 and abs(plain - share).max() <= 1
