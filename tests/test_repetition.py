"""Repeating a history: the same to the bit, or a plain word on what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import las_text
from welllog import edits
from welllog.formats import read, write
from welllog.repetition import ReplayError, compare_curves, read_sidecar, replay
from welllog.restoration import restore, synthesize
from welllog.samples import synthetic_well
from welllog.session import Session
from welllog.well import Well


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a well, what came of work on it, and the record of that."""
    folder = tmp_path_factory.mktemp("worked")
    source = folder / "well.las"
    source.write_text(las_text(synthetic_well(seed=7, top=1500, base=1600)))
    well = edits.flag_bad_hole(read(source), washout=0.2, user="A. Nalyst")
    well = edits.null_flagged(well, "RHOB", user="A. Nalyst")
    well = edits.despike(well, "DTC", z=1.5)
    well = edits.set_null(edits.shift(well, "DTC", 0.4), "DTC", 1570, 1575)
    well = restore(well, ["DTC", "RHOB"], model="lightgbm-gp", edited=True, realisations=2).well
    well = edits.patch(well, "RHOB_RES", [(1550, 2.3), (1552, 2.4)])
    well = restore(well, "DTC", [(1530, 1535), (1560, 1562)], model="interpolation").well
    well = synthesize(well, "DTS", model="lightgbm").well
    write(well, folder / "result.las")
    return folder


@pytest.fixture
def car(worked: Path) -> dict[str, Any]:
    """What is in the side-car of the result."""
    return read_sidecar(worked / "result.welllog.json")


def test_a_history_repeated_from_the_original_gives_every_curve_to_the_bit(worked: Path) -> None:
    again = replay(read(worked / "well.las"), worked / "result.welllog.json")
    assert again.differences == []
    result = read(worked / "result.las")
    assert {
        "DTC_ED",
        "DTC_RES",
        "DTC_RES_2",
        "DTC_R2",
        "RHOB_RES_ED",
        "DTS_SYN",
        "BAD_HOLE",
    } <= set(result.curves)
    assert list(again.well.curves) == list(result.curves)
    for name in result.curves:
        np.testing.assert_array_equal(again.well.values(name), result.values(name))
    assert compare_curves(again.well, result) == []


def test_a_new_record_names_who_repeats_it_and_who_is_repeated(
    worked: Path, car: dict[str, Any]
) -> None:
    again = replay(read(worked / "well.las"), car, user="A. Uditor").well.history
    assert [record["user"] for record in again] == ["A. Uditor"] * 9
    assert again[0]["repeats"]["user"] == "A. Nalyst"
    assert [record["repeats"]["date"] for record in again] == [
        record["date"] for record in car["history"]
    ]


def test_what_was_repeated_can_be_written_and_repeated_again(worked: Path, tmp_path: Path) -> None:
    again = replay(read(worked / "well.las"), worked / "result.welllog.json")
    write(again.well, tmp_path / "again.las")
    third = replay(read(worked / "well.las"), tmp_path / "again.welllog.json")
    assert compare_curves(third.well, read(worked / "result.las")) == []


def another_value(well: Well) -> Well:
    values = well.values("NPHI").copy()
    values[10] += 1e-9
    other = well.copy()
    del other.curves["NPHI"]
    other.add_curve("NPHI", values, unit=well.curves["NPHI"].units)
    return other


def another_unit(well: Well) -> Well:
    other = well.copy()
    del other.curves["GR"]
    other.add_curve("GR", well.values("GR"), unit="counts")
    return other


def another_index(well: Well) -> Well:
    other = Well(well.name, well.index + 0.1)
    for name in well.curves:
        other.add_curve(name, well.values(name), unit=well.curves[name].units)
    return other


def another_name(well: Well) -> Well:
    other = well.copy()
    other.name = "OTHER"
    return other


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (another_value, "step 6 (restore): curve NPHI holds other values, or has another unit"),
        (another_unit, "step 6 (restore): curve GR holds other values, or has another unit"),
        (another_index, "the index is another, or in another unit"),
        (another_name, "the well is OTHER, recorded is SYNTHETIC 7"),
    ],
)
def test_another_well_is_refused_or_told(
    change: Callable[[Well], Well], says: str, worked: Path, car: dict[str, Any]
) -> None:
    well = change(read(worked / "well.las"))
    with pytest.raises(ReplayError) as caught:
        replay(well, car)
    assert says in str(caught.value) and len(str(caught.value).splitlines()) == 1
    again = replay(well, car, anyway=True)
    assert says in again.differences
    assert "DTS_SYN" in again.well.curves


def test_another_file_of_the_same_curves_is_told(worked: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.las"
    other.write_text((worked / "well.las").read_text().replace("start", "START"))
    with pytest.raises(ReplayError, match="the file is not well.las as it was read then"):
        replay(read(other), worked / "result.welllog.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda h: h[0].update(welllog="0.0.1"), "recorded is 0.0.1"),
        (lambda h: h[5]["model"].update(trees_sha256="f" * 64), "trees sha256 is "),
        (
            lambda h: h[3]["parameters"].update(distance=0.5),
            "step 4 (shift): DTC_ED was made again, with other values",
        ),
        (
            lambda h: h[5].update(seed=1),
            "step 6 (restore): DTC_R1, DTC_R2, RHOB_R1, RHOB_R2 were made again, with other",
        ),
        (
            lambda h: h[8]["sha256"]["made"].update(X="0"),
            "step 9 (synthesize): X was not made again",
        ),
        (
            lambda h: h[8]["sha256"]["made"].pop("DTS_P05"),
            "DTS_P05 was made, which is not recorded",
        ),
        (lambda h: h[6].pop("sha256"), "step 7 (patch): the record holds no hashes"),
        (
            lambda h: h[6]["sha256"]["inputs"].update(ROP="0"),
            "step 7 (patch): there is no curve ROP",
        ),
    ],
)
def test_a_record_that_is_not_of_this_model_version_or_result_is_told(
    change: Callable[[Any], None], says: str, worked: Path, car: dict[str, Any]
) -> None:
    change(car["history"])
    with pytest.raises(ReplayError, match="not as recorded: ") as caught:
        replay(read(worked / "well.las"), car)
    assert says in str(caught.value)
    again = replay(read(worked / "well.las"), car, anyway=True)
    assert any(says in difference for difference in again.differences)


def test_a_model_file_is_found_beside_the_record_or_named(worked: Path, tmp_path: Path) -> None:
    from welllog.baselines import Boosted
    from welllog.boosting import BoostingSettings, fit_boosters
    from welllog.checkpoint import save_model
    from welllog.training import training_logs

    def train(path: Path, rounds: int) -> Path:
        wells = training_logs(synthetic_well(seed, top=1500, base=1600) for seed in range(2))
        settings = BoostingSettings(targets=("DTC",), rounds=rounds, min_leaf_samples=20)
        boosters = fit_boosters(wells, settings)
        return save_model(Boosted("lightgbm", boosters, settings=settings), path)

    (tmp_path / "out").mkdir()
    model = train(tmp_path / "field.model", 3)
    well = read(worked / "well.las")
    made = restore(well, "DTC", [(1530, 1540)], model)
    side_car = write(made.well, tmp_path / "out" / "r.las").with_name("r.welllog.json")
    with pytest.raises(ReplayError, match="model file field.model, which is not here"):
        replay(well, side_car)
    assert compare_curves(replay(well, side_car, model=model).well, made.well) == []
    other = train(tmp_path / "other.model", 4)
    with pytest.raises(ReplayError, match="the model's file sha256 is"):
        replay(well, side_car, model=other)
    beside = side_car.with_name("field.model")
    beside.write_bytes(model.read_bytes())
    assert replay(well, side_car).differences == []
    assert replay(well, side_car, model=other).differences == []  # the right one stands beside it


@pytest.fixture
def decided(worked: Path, tmp_path: Path) -> Path:
    """The side-car of a session: a blend, a curve taken whole, a line drawn by hand."""
    session = Session(who="A. Nalyst")
    key = session.open(worked / "well.las")
    names = session.restore(key, ["RDEP"], ["interpolation", "kriging"], [(1530, 1540)])
    session.blend(key, dict(zip(names, (0.3, 0.7), strict=True)), (1530, 1540))
    (whole,) = session.restore(key, ["DTS"], ["lightgbm"], whole=True)
    session.accept(key, whole)
    session.draw(key, "GR", [(1550, 40), (1552, 60)])
    session.export(key, tmp_path / "decided.las")
    return tmp_path / "decided.welllog.json"


def test_what_was_decided_in_a_session_is_repeated_to_the_bit(worked: Path, decided: Path) -> None:
    again = replay(read(worked / "well.las"), decided, user="A. Uditor")
    assert again.differences == []
    assert {"RDEP_RES", "DTS_SYN", "GR_RES"} <= set(again.well.curves)
    assert compare_curves(again.well, read(decided.with_name("decided.las"))) == []
    (record,) = again.well.history
    assert (record["user"], record["repeats"]["user"]) == ("A. Uditor", "A. Nalyst")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda r: r["decisions"][0]["candidates"].update({"RDEP by kriging": 9}),
            "step 1 (decide): RDEP_RES, RDEP_P05, RDEP_P50, RDEP_P95 were made again, with other",
        ),
        (
            lambda r: r["runs"][0]["sha256"]["inputs"].update(RDEP="0"),
            "step 1 (decide), RDEP by interpolation: curve RDEP holds other values",
        ),
        (
            lambda r: r["runs"][2]["model"].update(trees_sha256="0"),
            "step 1 (decide), DTS by lightgbm: the model's trees sha256",
        ),
        (lambda r: r.pop("runs"), "does not say what was decided"),
        (lambda r: r["candidates"].update({"DTS by lightgbm": 0}), "made no DTS"),
    ],
)
def test_decisions_that_were_others_are_told(
    change: Callable[[Any], None], says: str, worked: Path, decided: Path
) -> None:
    car = read_sidecar(decided)
    change(car["history"][0])
    with pytest.raises(ReplayError) as caught:
        replay(read(worked / "well.las"), car)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"~Version", "is no side-car"),
        (b"\xff\xfe", "is no side-car"),
        (b"[]", "is no side-car"),
        (b'{"history": {}}', "is no side-car"),
        (b'{"history": []}', "the history is empty"),
        (b'{"history": [3]}', "no list of records"),
        (b'{"history": [{"action": "dance"}]}', "nothing that can be repeated"),
        (b'{"history": [{"action": "edit"}]}', "no edit known here"),
        (b'{"history": [{"action": "restore", "model": {"name": "kriging"}}]}', "what was asked"),
        (
            b'{"history": [{"action": "restore", "model": {}, '
            b'"asked": {"curves": "DTC", "intervals": [3]}}]}',
            "what was asked",
        ),
    ],
)
def test_what_is_no_record_is_told_in_one_line(
    content: bytes, says: str, worked: Path, tmp_path: Path
) -> None:
    path = tmp_path / "x.welllog.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=".") as caught:
        replay(read(worked / "well.las"), path)
    assert says in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_curves_are_compared_sample_for_sample() -> None:
    one = Well("one", np.arange(4.0))
    one.add_curve("A", np.array([1.0, np.nan, 3.0, 4.0]))
    one.add_curve("B", np.arange(4.0))
    two = Well("two", np.arange(4.0))
    two.add_curve("A", np.array([1.0, 2.0, 3.5, 4.0]))
    two.add_curve("C", np.arange(4.0))
    assert compare_curves(one, two) == [
        "A differs in 2 samples, by at most 0.5",
        "B is not there",
        "C is not repeated",
    ]
    assert compare_curves(one, Well("three", np.arange(5.0))) == ["the index is another"]


def test_the_record_of_a_restoration_says_what_was_asked_and_hashes_what_was_used() -> None:
    well = synthetic_well(seed=3, top=1500, base=1600)
    record = restore(well, "RHOB", np.array([(1550, 1560)]), "interpolation").record
    assert record["asked"] == {"curves": ["RHOB"], "intervals": [[1550.0, 1560.0]], "edited": False}
    assert set(record["sha256"]["inputs"]) == {"RHOB"}
    assert "RHOB_RES" in record["sha256"]["made"]
    json.dumps(record)
    assert restore(well, model="interpolation").record["asked"]["curves"] is None
