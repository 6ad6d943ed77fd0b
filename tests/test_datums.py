"""Wells flattened on a top."""

from __future__ import annotations

import numpy as np

from welllog.datums import find_top, hang, list_tops, say_units
from welllog.well import Well
from welllog.zones import Top, Zone


def make_well(name: str, zones=(), tops=()) -> Well:
    well = Well(name, 1000 + np.arange(200.0))
    well.zones, well.tops = list(zones), list(tops)
    return well


A = make_well("A", [Zone("Heather", 1050, 1100), Zone("Hugin", 1100, 1150)], [Top("OWC", 1120)])
B = make_well("B", [Zone("HUGIN ", 1130, 1180)])
C = make_well("C", [Zone("Heather", 1020, 1030)])


def test_a_flattened_top_lies_at_the_same_height_in_every_well_that_has_it():
    hung = hang([A, B, C], "Hugin")
    assert hung.shifts == (0.0, -30.0, 0.0)
    assert 1130 + hung.shifts[1] == hung.datum == 1100
    assert hung.lacking == ("C",)


def test_the_first_well_that_has_the_top_stays_where_it_is():
    hung = hang([C, B, A], "Hugin")
    assert hung.shifts == (0.0, 0.0, 30.0) and hung.datum == 1130


def test_nothing_moves_on_depth_or_for_a_top_that_no_well_has():
    assert hang([A, B]).shifts == (0.0, 0.0)
    hung = hang([A, B], "Smith Bank")
    assert hung.shifts == (0.0, 0.0) and hung.lacking == ("A", "B") and hung.datum is None


def test_names_of_most_wells_come_first_and_then_the_shallower():
    assert list_tops([A, B, C]) == ["Heather", "Hugin", "OWC"]
    assert list_tops([B, A]) == ["HUGIN", "Heather", "OWC"]


def test_of_several_zones_of_one_name_the_shallowest_counts():
    well = make_well("D", [Zone("Sand", 1100, 1110), Zone("Sand", 1010, 1020)])
    assert find_top(well, "sand") == 1010 and find_top(well, "Shale") is None


def test_wells_in_different_units_are_told_apart():
    feet, metres = make_well("F"), make_well("M")
    feet.index_unit, metres.index_unit = "ft", "metres"
    assert say_units([A, B]) == say_units([]) == ""
    assert say_units([A, metres]) == "", "a metre by another name"
    assert "A in m, F in ft" in say_units([A, B, feet])


def test_wells_of_one_name_are_told_apart_where_they_lack_a_top() -> None:
    wells = [Well("A", np.arange(10.0)) for _ in range(3)]
    wells[1].tops.append(Top("Draupne", 5.0))
    assert hang(wells, "Draupne").lacking == ("A", "A (3)")
    wells[2].index_unit = "ft"
    assert "A in m, A (3) in ft" in say_units(wells)
