"""Vertical depth of deviated wells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from welllog.deviation import (
    DeviationError,
    Survey,
    find_vertical_depth,
    minimum_curvature,
    read_survey,
    vertical_depths,
)
from welllog.well import Header, HeaderItem, Well

R = 1000 * 180 / np.pi / 30
"""Radius of a hole that builds 30 degrees in 1000 m."""


def make_survey(*stations: tuple[float, float, float]) -> Survey:
    return Survey(*np.array(stations, float).T)


def test_an_arc_in_a_vertical_plane_is_a_circle():
    survey = make_survey((0, 0, 45), (1000, 30, 45), (2000, 60, 45))
    north, east, down = minimum_curvature(survey)[1:].T
    angles = np.radians([30, 60])
    np.testing.assert_allclose(down, R * np.sin(angles))
    np.testing.assert_allclose(np.hypot(north, east), R * (1 - np.cos(angles)))
    np.testing.assert_allclose(north, east)


def test_two_stations_of_a_worked_example_come_out_as_it_says():
    # http://www.drillingformulas.com/minimum-curvature-method/: from 3500 ft, 15 degrees, N20E to
    # 3600 ft, 25 degrees, N45E.
    survey = make_survey((3500, 15, 20), (3600, 25, 45))
    north, east, down = minimum_curvature(survey)[1]
    assert (round(north, 2), round(east, 2), round(down, 2)) == (27.22, 19.45, 94.01)


def test_a_survey_comes_out_as_wellpathpy_has_it():
    survey = make_survey(
        (0, 0, 0), (300, 0, 0), (450, 4.5, 120), (600, 12, 128), (720, 21.5, 131), (900, 38, 140),
        (1100, 38, 152), (1300, 35.5, 149),
    )  # fmt: skip
    north, east, down = minimum_curvature(survey).T
    # wellpathpy 0.5.2: deviation(...).minimum_curvature(), and its resample() between stations.
    np.testing.assert_allclose(
        north, [0, 0, -2.943729, -15.504461, -37.662615, -102.226188, -203.888852, -308.049528],
        atol=1e-6,
    )  # fmt: skip
    np.testing.assert_allclose(
        east, [0, 0, 5.098689, 22.507833, 48.995325, 109.956667, 178.529, 237.355108], atol=1e-6
    )
    np.testing.assert_allclose(
        down, [0, 300, 449.845835, 598.191526, 712.970522, 868.780759, 1026.601141, 1186.852286],
        atol=1e-6,
    )  # fmt: skip
    np.testing.assert_allclose(
        vertical_depths(survey, [375.0, 660, 810, 1000, 1250]),
        [374.980725, 656.297388, 794.085719, 947.69095, 1146.303624],
        atol=1e-5,
    )


def test_a_turn_counts_although_the_inclination_stays():
    straight = minimum_curvature(make_survey((0, 40, 0), (300, 40, 0)))[1, 2]
    turned = minimum_curvature(make_survey((0, 40, 0), (300, 40, 60)))[1, 2]
    assert turned > straight == pytest.approx(300 * np.cos(np.radians(40)))


def test_between_two_stations_the_depth_is_that_of_the_arc():
    coarse = make_survey((0, 0, 10), (1000, 30, 10), (1500, 30, 10))
    at = np.array([-0.0, 250, 500, 1000, 1250, 1500])
    expected = [*(R * np.sin(np.radians([0, 7.5, 15, 30]))), 0, 0]
    expected[4:] = expected[3] + np.array([250, 500]) * np.cos(np.radians(30))
    np.testing.assert_allclose(vertical_depths(coarse, at), expected, atol=1e-9)


def test_above_the_first_station_the_hole_is_vertical_and_below_the_last_nothing_is_known():
    survey = make_survey((100, 1, 0), (200, 1, 0))
    found = vertical_depths(survey, [50, 100, 201])
    np.testing.assert_array_equal(found[:2], [50, 100])
    assert np.isnan(found[2])


def test_a_survey_that_begins_deviated_is_refused():
    with pytest.raises(DeviationError, match="begins at 800 with 12 degrees"):
        vertical_depths(make_survey((800, 12, 0), (900, 12, 0)), [850])


def test_a_table_is_read_in_the_unit_of_the_well(tmp_path: Path):
    table = tmp_path / "survey.csv"
    table.write_text("MD (ft);Inc (deg);Azi (deg)\n0;0;0\n1000;10,5;90\n")
    survey = read_survey(table, unit="m")
    np.testing.assert_allclose(survey.depth, [0, 304.8])
    assert survey.inclination[1] == 10.5 and survey.azimuth[1] == 90


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("MD,Inc\n0,0\n", "no column for azimuth"),
        ("MD,Inc,Azi\n0,0,0\n10,x,0\n", "line 3"),
        ("MD,Inc,Azi\n0,0,0\n10,200,0\n", "inclination 200"),
        ("MD,Inc,Azi\n0,0,0\n10,1,0\n10,2,0\n", "does not increase after 10"),
        ("MD,Inc,Azi\n0,0,0\n", "two stations"),
        ("MD (furlong),Inc,Azi\n0,0,0\n1,0,0\n", "furlong"),
    ],
)
def test_a_table_that_is_no_survey_says_why(tmp_path: Path, text: str, said: str):
    table = tmp_path / "survey.csv"
    table.write_text(text)
    with pytest.raises(DeviationError, match=said):
        read_survey(table)


def make_well(elevation: str = "") -> Well:
    item = HeaderItem("EKB", "ft", elevation, "", "Well")
    return Well("A", 1000 + np.arange(5.0), header=Header((item,) if elevation else ()))


def test_a_curve_that_counts_upwards_is_depth_below_sea_level():
    well = make_well()
    well.add_curve("z_loc", -(900 + 0.5 * np.arange(5.0)))
    found = find_vertical_depth(well)
    assert found is not None and found.references == ("TVDSS",) and found.source == "z_loc"
    assert found.at(1002, "TVDSS") == 901 and np.isnan(found.at(2000, "TVDSS"))
    with pytest.raises(KeyError):
        found.at(1002, "TVD")


def test_the_elevation_of_the_header_gives_the_other_depth():
    well = make_well("100")
    well.add_curve("TVDSS", 900 + 0.5 * np.arange(5.0), unit="m")
    found = find_vertical_depth(well)
    assert found is not None and found.at(1002, "TVD") == pytest.approx(901 + 30.48)


def test_a_survey_comes_before_a_curve_also_in_a_file_that_runs_upwards():
    well = make_well("100")
    well.add_curve("TVD", well.index - 500, unit="m")
    well.index = well.index[::-1]
    found = find_vertical_depth(well, make_survey((0, 0, 0), (2000, 0, 0)))
    assert found is not None and found.at(1002, "TVD") == 1002
    assert found.at(1002, "TVDSS") == pytest.approx(1002 - 30.48)


def test_a_well_with_nothing_of_the_kind_has_no_vertical_depth():
    assert find_vertical_depth(make_well("100")) is None
