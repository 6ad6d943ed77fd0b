"""No place is on both sides of a split."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.corpus import place_of, places_of, split_by_place
from welllog.features import LogSet
from welllog.well import Header, HeaderItem, Well


def logs(name: str, n: int = 1000) -> LogSet:
    depth = np.arange(float(n))
    return LogSet(name, depth, {"GR": depth}, depth)


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


def test_coordinates_are_used_where_the_name_tells_nothing() -> None:
    near = header(LATI="38.51 DEG", LONG="-97.22")
    assert place_of("A", near) == place_of("B", header(LATI="38.55", LONG="-97.28"))
    assert place_of("A", near) != place_of("B", header(LATI="38.75", LONG="-97.28"))
    assert place_of("A", header(X="431000", Y="6780500")) == "metres 43 678"
    assert place_of("15/9-1", near) == "15/9"
    assert place_of("A", header(LATI="0", LONG="0")) == "A"
    assert place_of("A", header(LATI="none", LONG="-97")) == "A"


def test_places_of_wells_and_log_sets() -> None:
    well = Well("A", np.arange(3.0), header=header(LATI="38.51", LONG="-97.22"))
    assert places_of([well, logs("16/2-7")]) == {"A": "degrees 385 -973", "16/2-7": "16/2"}


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
