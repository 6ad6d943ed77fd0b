"""No place is on both sides of a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import las_text
from welllog.corpus import place_of, places_of, split_by_place
from welllog.features import LogSet, cell_of
from welllog.formats import read
from welllog.samples import synthetic_well
from welllog.training import training_logs
from welllog.well import Header, HeaderItem


def logs(name: str, n: int = 1000, place: str | None = None) -> LogSet:
    depth = np.arange(float(n))
    return LogSet(name, depth, {"GR": depth}, depth, place)


def header(**items: str) -> Header:
    return Header(tuple(HeaderItem(key, "", value, "", "Well") for key, value in items.items()))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("15/9-15", "15/9"),
        ("15/9-F-11 A", "15/9"),
        ("15_9-14", "15/9"),
        ("NO 16/10-1", "16/10"),
        ("30/3-2R", "30/3"),
        ("npra/AW1.LAS.xz", "npra"),
        ("kansas/1043563094.las.xz", "kansas"),
        ("Well 7", "Well 7"),
    ],
)
def test_a_name_tells_the_place(name: str, place: str) -> None:
    assert place_of(name) == place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"LATI": "38.51 DEG", "LONG": "-97.22"}, {"LATI": "38.60", "LONG": "97.30 W"}),
        ({"LATI": "38.5", "LONG": "-97.25"}, {"LAT": "38 30' 0.0'' N", "LONG": "97 15 0 W"}),
        ({"LATI": "-38.5", "LONG": "97.25"}, {"LATITUDE": "38 30 S", "LONGITUDE": "97.25 E"}),
        ({"X": "431000.5", "Y": "6780500"}, {"X": "421000", "Y": "6799999 M"}),
    ],
)
def test_wells_of_one_cell_share_a_place(one: dict[str, str], other: dict[str, str]) -> None:
    assert cell_of(header(**one)) == cell_of(header(**other)) is not None


@pytest.mark.parametrize("latitude", [-60, 0, 38, 60, 80])
def test_a_cell_is_20_km_wide_and_high_at_every_latitude(latitude: int) -> None:
    def cells(along: str, degrees: np.ndarray) -> int:
        at = {"LATI": latitude + 0.01, "LONG": 5.0}
        return len(
            {cell_of(header(**{k: str(v) for k, v in {**at, along: d}.items()})) for d in degrees}
        )

    degree = 111.2
    wide = degree * np.cos(np.radians(latitude))
    assert cells("LATI", latitude + np.arange(0, 200 / degree, 0.01)) in (10, 11)
    assert cells("LONG", 5 + np.arange(0, 200 / wide, 0.01)) in (10, 11, 12)


def test_feet_are_not_metres() -> None:
    feet = Header(tuple(HeaderItem(k, "FT", "65000", "", "Well") for k in "XY"))
    assert cell_of(feet) == "metres 0 0"
    assert cell_of(header(X="65000", Y="65000")) == "metres 3 3"


@pytest.mark.parametrize(
    "items",
    [
        {},
        {"LATI": "0", "LONG": "0"},
        {"LATI": "none", "LONG": "-97"},
        {"LATI": "38.5"},
        {"X": "", "Y": "6780500"},
        {"LATI": "5812345", "LONG": "0212345"},
    ],
)
def test_a_header_without_coordinates_tells_no_place(items: dict[str, str]) -> None:
    assert cell_of(header(**items)) is None


def test_a_block_comes_before_coordinates_and_they_before_a_folder() -> None:
    assert place_of("15/9-1", "degrees 1 1") == "15/9"
    assert place_of("npra/AW1.LAS", "degrees 1 1") == "degrees 1 1"
    assert places_of([logs("A", place="metres 1 1"), logs("16/2-7")]) == {
        "A": "metres 1 1",
        "16/2-7": "16/2",
    }


@pytest.mark.parametrize("coordinates", ["degrees", "metres"])
def test_wells_from_files_are_dealt_by_the_coordinates_in_their_headers(
    coordinates: str, tmp_path: Path
) -> None:
    """Four wells within some kilometres of each of three places, under names that tell nothing."""
    wells = []
    for number in range(12):
        well = synthetic_well(number, top=1500, base=1520, step=1.0 + number % 2)
        well.name = f"Alpha-{number}"
        away, near = number // 4, number % 4
        lines = f"LATI.  {38.50 + away + 0.02 * near:.4f} : latitude\nLONG.  -97.22 : longitude"
        if coordinates == "metres":
            lines = f"X.M  {431000 + 60000 * away + 2000 * near} : x\nY.M  6780500 : y"
        path = tmp_path / f"{number}.las"
        path.write_text(las_text(well).replace("~Curve", f"{lines}\n~Curve"))
        wells.append(read(path))
    folds = split_by_place(training_logs(wells), 3)
    names = [{f"Alpha-{4 * away + near}" for near in range(4)} for away in range(3)]
    assert sorted(map(sorted, names)) == sorted(folds)


@pytest.mark.parametrize("seed", range(20))
def test_a_place_never_straddles_folds_and_every_well_is_in_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    wells = [
        logs(f"{random.integers(1, 4)}/{random.integers(1, 9)}-{i}", int(random.integers(10, 3000)))
        for i in range(60)
    ]
    wells.append(wells[0])  # a second edition of one well
    folds = split_by_place(wells, 5, seed)
    assert len(folds) == 5
    assert sorted(sum(folds, [])) == sorted({well.well for well in wells})
    places = [{place_of(name) for name in fold} for fold in folds]
    for fold, place in enumerate(places):
        assert place and all(not place & other for other in places[fold + 1 :])


def test_folds_are_of_like_size_in_samples() -> None:
    wells = [logs(f"{i}/1-1", 100 + 37 * i) for i in range(40)]
    length = {well.well: len(well.depth) for well in wells}
    sizes = [sum(length[name] for name in fold) for fold in split_by_place(wells, 4)]
    assert max(sizes) < 1.1 * min(sizes)


def test_the_seed_decides_the_folds() -> None:
    wells = [logs(f"{i}/1-1") for i in range(20)]
    assert split_by_place(wells, 4, 1) == split_by_place(wells[::-1], 4, 1)
    assert split_by_place(wells, 4, 1) != split_by_place(wells, 4, 2)


def test_fewer_places_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="1 places cannot make 2 folds"):
        split_by_place([logs("15/9-1"), logs("15/9-2")], 2)
    with pytest.raises(ValueError, match="at least two folds"):
        split_by_place([logs("15/9-1"), logs("16/9-2")], 1)
