"""Rows of core pictures have depths, depths have rows, and contradictions are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cores.core_pictures import core_box, save_picture
from welllog.cores.columns import Column, box_column
from welllog.cores.depth_strips import crop_at, cut_strip, straighten
from welllog.cores.placement import (
    Placement,
    PlacementError,
    in_unit_of,
    place_picture,
    spots_at,
)
from welllog.cores.placement_files import (
    PlacementFileError,
    add_placement,
    check_picture,
    cores_path,
    read_placements,
    write_placements,
)
from welllog.well import Well

COLUMNS = (box_column(20, 20, 140, 920), box_column(160, 20, 280, 470))


def placed(**given: object) -> Placement:
    settings: dict = {"top": 1000.0, "base": 1001.35} | given
    return place_picture("box.png", (940, 300), COLUMNS, **settings)


def test_columns_share_the_depth_as_their_pixels_do_and_rows_come_back_from_depths() -> None:
    placement = placed()
    assert placement.columns[0].base == pytest.approx(1000.9)
    depth = np.array([1000.0, 1000.45, 1001.2])
    column, along = placement.locate(depth)
    assert column.tolist() == [0, 0, 1]
    assert along == pytest.approx([0, 450, 300])
    for number, row, wanted in zip(column, along, depth, strict=True):
        assert placement.depth(int(number), row) == pytest.approx(wanted)
    spot = placement.spot(1001.2)
    assert spot is not None and (spot.row, spot.across) == pytest.approx((320, 220))
    assert placement.depth_at(320, 220) == pytest.approx(1001.2, abs=1e-3)
    assert spots_at([placement, placed(top=5, base=6)], 1001.2) == [(placement, spot)]
    assert placement.depth_at(600, 220) is None and placement.spot(990) is None


def test_ties_bend_depth_and_go_on_straight_beyond_the_last() -> None:
    late = place_picture("b.png", (940, 300), COLUMNS[:1], ties=[[(300, 100.2), (600, 101.1)]])
    assert late.depth(0, [0, 900]) == pytest.approx([99.3, 102.0])
    ties = [[(0, 100.0), (300, 100.2), (600, 101.0)], [(0, 102.0), (450, 102.5)]]
    placement = place_picture("box.png", (940, 300), COLUMNS, ties=ties)
    assert placement.depth(0, [150, 450, 900]) == pytest.approx([100.1, 100.6, 101.8])
    assert placement.locate([101.9])[0][0] == -1, "between two columns no core is"


def test_the_shift_is_added_to_every_depth_and_taken_off_again() -> None:
    moved = placed().shifted(2.5)
    assert moved.top == pytest.approx(1002.5)
    assert moved.locate([1002.95])[1][0] == pytest.approx(450)
    assert moved.depth(0, 450) == pytest.approx(1002.95)
    assert moved.columns == placed().columns


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"top": 1002.0}, "the top must be less deep"),
        ({"top": float("nan")}, "the top must be less deep"),
        ({"base": None}, "give top and base, or ties"),
        ({"unit": "furlong"}, "unit 'furlong'"),
        ({"shift": float("inf")}, "the shift"),
    ],
)
def test_depths_that_contradict_each_other_are_refused(given: dict, words: str) -> None:
    with pytest.raises(PlacementError, match=words):
        placed(**given)


@pytest.mark.parametrize(
    ("ties", "words"),
    [
        ([(0, 101.0), (900, 100.0)], "must both increase"),
        ([(500, 100.0), (400, 101.0)], "must both increase"),
        ([(0, 100.0)], "two or more"),
        ([(0, 100.0), (5000, 101.0)], "rows run from 0 to 900"),
        ([(0, 100.0), ("x", 101.0)], "column 1"),
    ],
)
def test_ties_that_turn_or_leave_the_column_are_refused(ties: list, words: str) -> None:
    with pytest.raises(PlacementError, match=words):
        place_picture("box.png", (940, 300), COLUMNS[:1], ties=[ties])


def test_columns_that_overlap_or_leave_the_picture_are_refused() -> None:
    ties = [[(0, 100.0), (900, 101.0)], [(0, 100.5), (450, 102.0)]]
    with pytest.raises(PlacementError, match="do not overlap"):
        place_picture("box.png", (940, 300), COLUMNS, ties=ties)
    with pytest.raises(PlacementError, match="beyond the picture"):
        place_picture("box.png", (400, 300), COLUMNS, 1.0, 2.0)


def test_feet_become_metres_in_a_well_in_metres_and_core_outside_the_well_is_refused() -> None:
    well = Well("A", np.arange(300.0, 320.0, 0.1), "m")
    feet = placed(top=1000.0, base=1004.0, unit="ft", shift=1.0)
    metres = in_unit_of(feet, well)
    assert (metres.top, metres.base) == pytest.approx((1001 * 0.3048, 1005 * 0.3048))
    with pytest.raises(PlacementError, match="outside well A, which runs from 300 to 319.9"):
        in_unit_of(placed(), well)
    with pytest.raises(PlacementError, match="whose index is in ms"):
        in_unit_of(placed(), replace(well, index_unit="ms"))


def test_a_strip_is_even_on_depth_black_outside_the_core_and_labels_stay_labels() -> None:
    picture, placement = core_box(2), placed()
    strip = cut_strip(picture, placement, 999.9, 1001.5, step=0.01, width=30)
    assert strip.pixels.shape == (160, 30, 3) and strip.pixels.dtype == np.uint8
    assert not strip.pixels[:9].any() and strip.column[5] == -1
    at = int(np.argmin(np.abs(strip.depth - 1000.2)))
    assert np.abs(strip.pixels[at].mean(axis=0) - (168, 164, 150)).max() < 3
    labels = (np.arange(940)[:, None] * np.ones((1, 300)) > 469).astype(np.int16)
    cut = cut_strip(labels, placement, step=0.02, average=False)
    assert set(np.unique(cut.pixels)) == {0, 1} and cut.pixels.dtype == np.int16
    with pytest.raises(PlacementError, match="placed with 940 rows"):
        cut_strip(labels[:-1], placement)
    with pytest.raises(PlacementError, match="the base must lie below"):
        cut_strip(labels, placement, 1001, 1000)


def test_a_strip_says_where_rock_is_missing_and_rounds_what_it_averages() -> None:
    column = Column(COLUMNS[0].corners, ((0, 400), (500, 900)))
    placement = place_picture("box.png", (940, 300), [column], 1000.0, 1000.9)
    stripes = np.tile(np.array([10, 13], np.uint8), (940, 150))
    strip = cut_strip(stripes, placement, step=0.004, width=30)
    assert (strip.pixels == 12).all(), "11.5, not cut down to 11"
    assert strip.rock[strip.depth < 1000.39].all() and strip.rock[strip.depth > 1000.51].all()
    assert not strip.rock[(strip.depth > 1000.41) & (strip.depth < 1000.49)].any()


def test_a_depth_leads_to_the_pixels_that_lie_there() -> None:
    marked = np.zeros((940, 300), np.uint8)
    marked[470, 20:140] = 9
    crop = crop_at(marked, placed(), 1000.4505, 0.02)
    assert crop is not None and crop.shape == (20, 120) and 8 <= np.flatnonzero(crop[:, 0])[0] <= 11
    assert crop_at(marked, placed(), 900.0, 0.1) is None
    assert (straighten(marked, COLUMNS[0]) == marked[20:920, 20:140]).all()


def test_a_side_car_gives_back_what_was_placed_and_finds_a_picture_that_moved_with_it(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "here", tmp_path / "there"
    (first / "photos").mkdir(parents=True)
    picture = save_picture(first / "photos" / "box.png", core_box(2))
    placement = place_picture(picture, (940, 300), COLUMNS, 1000, 1001.35, shift=0.3)
    car = write_placements(cores_path(first / "A.las.gz"), [placement], "A")
    assert car.name == "A.cores.json" and read_placements(car) == [placement]
    first.rename(second)
    (moved,) = read_placements(second / "A.cores.json")
    assert moved.picture == second / "photos" / "box.png" and check_picture(moved) is None
    save_picture(moved.picture, core_box(2, seed=1))
    assert "has changed since" in str(check_picture(moved))
    moved.picture.unlink()
    assert "not there any more" in str(check_picture(read_placements(second / "A.cores.json")[0]))


def test_placing_a_picture_again_takes_the_place_of_the_first_placement() -> None:
    again = add_placement([placed()], placed(top=900, base=901))
    assert [each.top for each in again] == [900]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: said.pop("pictures"), "no side-car of cores"),
        (lambda said: said.update(format=99), "is of format 99"),
        (lambda said: said["pictures"][0].pop("size"), "picture 1: no 'size'"),
        (lambda said: said["pictures"][0]["columns"][0].update(ties=[[0, 5], [9, 1]]), "increase"),
        (lambda said: said["pictures"][0]["columns"][0].update(corners=[[0, 0]]), "four corners"),
        (lambda said: said["pictures"][0].update(columns="no"), "picture 1"),
        (lambda said: said["pictures"][0].update(unit=None), "unit 'None'"),
    ],
)
def test_a_side_car_that_says_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, change: object, words: str
) -> None:
    car = write_placements(tmp_path / "A.cores.json", [placed()], "A")
    said = json.loads(car.read_text())
    change(said)  # type: ignore[operator]
    car.write_text(json.dumps(said))
    with pytest.raises(PlacementFileError, match=words) as caught:
        read_placements(car)
    assert "\n" not in str(caught.value)


def test_a_side_car_that_is_missing_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlacementFileError, match="cannot be read"):
        read_placements(tmp_path / "none.cores.json")
    (tmp_path / "x.cores.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlacementFileError, match="no JSON"):
        read_placements(tmp_path / "x.cores.json")


def test_a_side_car_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    car = write_placements(tmp_path / "A.cores.json", [placed()], "A")
    before = car.read_bytes()
    with pytest.raises(PlacementFileError, match="cannot be written"):
        write_placements(tmp_path / "none" / "A.cores.json", [placed()])
    with pytest.raises(TypeError):
        write_placements(car, [replace(placed(), note=object())])  # type: ignore[arg-type]
    assert car.read_bytes() == before and list(tmp_path.iterdir()) == [car]
