"""Zones and tops: the tables they come in, and the blocks they are shown as."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from welllog.strips import find_lithology, flag_lanes, lithology_lane, rock_patterns, zone_lanes
from welllog.well import Header, HeaderItem, Well
from welllog.zones import Top, Zone, ZoneFileError, list_wells, match_well, read_zones


def make_well(**curves: object) -> Well:
    well = Well("A-1", 1000 + 0.5 * np.arange(40))
    for mnemonic, values in curves.items():
        well.add_curve(mnemonic, np.broadcast_to(values, (40,)))
    return well


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "zones.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "name,top,base\nUtsira,1000,1200\n",
        "Formation;Top MD (m);Bottom MD (m)\nUtsira;1000,0;1200,0\n",
        "Zone\tFrom\tTo\nUtsira\t1000\t1200\n",
        "ZONE_NAME,TOP_M,BASE_M,COLOR\nUtsira,1000,1200,#b3cde3\n",
        "surface,top_ft,base_ft\nUtsira,3280.8398950131,3937.007874\n",
        "Name,Top,Base\n,m,m\nUtsira,1000,1200\n",
        "\n# picked in 2019\nname,top,base\nUtsira,1000,1200\n\n",
        "\ufeffname,top,base\r\nUtsira,1000,1200\r\n",
    ],
)
def test_a_zone_is_read_however_its_table_is_written(tmp_path, text):
    (zone,), tops = read_zones(write(tmp_path, text))
    assert zone.name == "Utsira" and tops == [] and zone.colour == "#b3cde3"
    assert (zone.top, zone.base) == (pytest.approx(1000), pytest.approx(1200))


def test_depths_come_in_the_unit_of_the_index(tmp_path):
    path = write(tmp_path, "name,top (m),base (m)\nUtsira,304.8,609.6\n")
    (zone,), _ = read_zones(path, unit="ft")
    assert (zone.top, zone.base) == (pytest.approx(1000), pytest.approx(2000))


def test_a_row_without_a_base_is_a_top_and_all_are_sorted(tmp_path):
    path = write(tmp_path, "name,top,base\nB,1500,1600\nContact,1550,\nA,1000,1500\n")
    zones, tops = read_zones(path)
    assert [zone.name for zone in zones] == ["A", "B"]
    assert tops == [Top("Contact", 1550.0)]


def test_one_name_has_one_colour(tmp_path):
    path = write(tmp_path, "name,top,base\nA,0,1\nB,1,2\nA,2,3\n")
    first, second, third = read_zones(path)[0]
    assert first.colour == third.colour != second.colour


def test_a_table_of_several_wells_gives_the_rows_of_one(tmp_path):
    path = write(tmp_path, "Well,Surface,MD\n16/2-6,Top A,1000\n16/2-7,Top A,1100\n")
    assert read_zones(path, well="16/2-7")[1] == [Top("Top A", 1100.0)]
    with pytest.raises(ZoneFileError, match=r"2 wells \(16/2-6, 16/2-7\); name one"):
        read_zones(path)
    with pytest.raises(ZoneFileError, match=r"no row is of well 16/2-8; there are"):
        read_zones(path, well="16/2-8")


def test_rows_are_found_by_any_name_that_the_well_goes_by_and_the_first_of_them_wins(tmp_path):
    well = make_well()
    well.name = "16/2-6 Johan Sverdrup"
    well.header = Header((HeaderItem("UWI", "", " 16/2-6", "", "Well"),))
    assert well.identifiers == ("16/2-6 Johan Sverdrup", "16/2-6")
    path = write(tmp_path, "UWI,Surface,MD\n16/2-7,Top A,1100\nNO 16/2-6,Top A,9\n16 2_6,Top A,7\n")
    assert read_zones(path, well=well.identifiers)[1] == [Top("Top A", 7.0)]
    path = write(tmp_path, "well,name,MD\n16/2-6,Top A,1\n16/2-6 JOHAN SVERDRUP,Top A,2\n")
    assert read_zones(path, well=well.identifiers)[1] == [Top("Top A", 2.0)]
    assert list_wells(path) == ["16/2-6", "16/2-6 JOHAN SVERDRUP"]
    assert match_well(("", "a-1"), ["", "A 1"]) == "A 1" and match_well(("",), [""]) is None


def test_a_well_that_the_table_does_not_name_is_told_which_there_are(tmp_path):
    rows = "".join(f"W-{i},Top A,1000\n" for i in range(10))
    path = write(tmp_path, f"well,name,top\n{rows}")
    with pytest.raises(ZoneFileError, match=r"of well X or Y; there are W-0, .*, W-7 and 2 more$"):
        read_zones(path, well=("X", "Y"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("top,base\n1,2\n", r"no column for the name in its first line \(top, base\)"),
        ("name,base\nA,2\n", "no column for the top"),
        ("name,top,base\nA,12OO,1300\n", r"line 2: top of A is '12OO'; a number is expected"),
        ("name,top,base\nA,1,2\nB,nan,3\n", "line 3: top of B is 'nan'"),
        ("name,top,base\nA,1300,1200\n", r"line 2: zone A: its top 1300 is not above its base"),
        ("name,top,base\n,1,2\n", "line 2: no name"),
        ("name,top (fathom)\nA,1\n", "unit 'fathom' of depth is not known; write m or ft"),
        ("name,top,colour\nA,1,red\n", "colour 'red' of A is not like #ffcc00"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path, text, said):
    with pytest.raises(ZoneFileError, match=said) as raised:
        read_zones(write(tmp_path, text))
    assert "zones.csv" in str(raised.value) and "\n" not in str(raised.value)


def test_depths_on_an_index_of_time_are_refused_and_not_scaled(tmp_path):
    with pytest.raises(ZoneFileError, match="cannot be placed on an index in 's'"):
        read_zones(write(tmp_path, "name,top (m)\nA,1\n"), unit="s")


def test_a_copy_of_a_well_has_its_zones_and_does_not_share_the_list():
    well = make_well(GR=60.0)
    well.zones.append(Zone("A", 1000, 1010))
    well.tops.append(Top("A", 1000))
    copy = well.copy()
    copy.zones.clear()
    assert copy.tops == well.tops and len(well.zones) == 1


def test_groups_over_formations_take_two_lanes_the_longer_zones_left():
    well = make_well(GR=60.0)
    well.zones = [Zone("f1", 0, 5), Zone("f2", 5, 10), Zone("G1", 0, 10), Zone("G2", 10, 30)]
    assert [[zone.name for zone in lane.zones] for lane in zone_lanes(well)] == [
        ["G1", "G2"],
        ["f1", "f2"],
    ]
    assert all(zone.colour for lane in zone_lanes(well) for zone in lane.zones)


def test_codes_of_a_public_table_get_their_rocks():
    codes = np.repeat([65000.0, 30000.0, np.nan, 70032.0], 10)
    well = make_well(FORCE_2020_LITHOFACIES_LITHOLOGY=codes)
    lane = lithology_lane(well)
    assert [zone.name for zone in lane.zones] == ["shale", "sandstone", "chalk"]
    assert (lane.zones[0].top, lane.zones[0].base) == (999.75, 1004.75)
    assert {zone.name for zone in lane.zones} <= set(rock_patterns())


def test_codes_of_no_table_are_named_by_their_number():
    well = make_well(FACIES=np.repeat([1.0, 3.0], 20), MYCODES=np.repeat([7.0, 8.0], 20))
    assert find_lithology(well) == "FACIES"
    assert [zone.name for zone in lithology_lane(well).zones] == ["code 1", "code 3"]
    assert [zone.name for zone in lithology_lane(well, "MYCODES").zones] == ["code 7", "code 8"]


def test_a_curve_that_is_measured_is_no_lithology():
    well = make_well(GR=np.linspace(10, 90, 40))
    assert lithology_lane(well) is None
    with pytest.raises(ValueError, match="curve GR of well A-1 is not discrete: it has 40 values"):
        lithology_lane(well, "GR")


def test_blocks_of_an_index_that_runs_upwards_have_their_top_above_their_base():
    well = Well("A-1", np.array([3.0, 2.0, 1.0]))
    well.add_curve("FACIES", np.array([1.0, 1.0, 2.0]))
    spans = [(zone.top, zone.base) for zone in lithology_lane(well).zones]
    assert spans == [(1.5, 3.5), (0.5, 1.5)]


def test_flags_come_in_a_lane_for_each_reason_that_occurs():
    well = make_well(RHOB=2.3, CALI=8.5, BS=8.5)
    assert flag_lanes(well) == ()
    washed = np.full(40, 8.5)
    washed[10:20] = 14.0
    flag = np.zeros(40)
    flag[30:35], flag[33:35] = 1, 3
    well = make_well(RHOB=2.3, CALI=washed, BS=8.5, DTC=90.0, DTC_FLAG=flag)
    lanes = {lane.title: lane.zones for lane in flag_lanes(well)}
    assert list(lanes) == ["bad hole", "filled", "outside"]
    assert (lanes["bad hole"][0].top, lanes["bad hole"][0].base) == (1004.75, 1009.75)
    assert (lanes["filled"][0].top, lanes["outside"][0].top) == (1014.75, 1016.25)


def test_wells_whose_names_differ_in_where_the_marks_stand_are_two_wells(tmp_path):
    path = write(tmp_path, "well,name,top\n16/2-11,Top A,1100\n16/21-1,Top A,2200\n")
    assert list_wells(path) == ["16/2-11", "16/21-1"]
    assert [top.depth for top in read_zones(path, well="16/21-1")[1]] == [2200]
    alone = ["16/21-1"]
    assert match_well(("16/2-11",), alone) is None and match_well(("16_21_1",), alone) == alone[0]
    assert match_well(("16/2-11 A",), ["16/2-11", "16 2-11a"]) == "16 2-11a"
    assert match_well(("42-383-10150",), ["4238310150"]) == "4238310150"
