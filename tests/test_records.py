"""Restorations read back from the file that they were written to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import punch
from welllog.formats import read, write
from welllog.makers import HAND, UNKNOWN, models_within, name_makers, rank_models, said_makers
from welllog.records import (
    join_restorations,
    other_steps,
    read_restorations,
    saved_curves,
)
from welllog.restoration import restore, synthesize
from welllog.samples import synthetic_well
from welllog.session import Session
from welllog.well import Well


@pytest.fixture
def saved(tmp_path: Path, gappy_well: Well) -> Path:
    """Return a file with DTC restored, and GR after it in a second step."""
    first = restore(gappy_well, ["DTC"], model="interpolation")
    second = restore(first.well, ["GR"], [(1600, 1605)], "kriging")
    return write(second.well, tmp_path / "saved.las")


def test_what_was_restored_comes_back_as_it_was(saved: Path, gappy_well: Well) -> None:
    was = restore(gappy_well, ["DTC"], model="interpolation")["DTC"]
    restorations, remarks = read_restorations(read(saved))
    assert remarks == []
    assert [list(one.curves) for one in restorations] == [["DTC"], ["GR"]]
    assert [one.model for one in restorations] == ["interpolation", "kriging"]
    again = restorations[0]["DTC"]
    for name in ("values", "median", "lower", "upper", "flag"):
        np.testing.assert_array_equal(getattr(again, name), getattr(was, name))
    assert (again.unit, again.inputs, again.replaced) == (was.unit, was.inputs, 0)
    assert [(gap.top, gap.base) for gap in again.gaps] == [(g.top, g.base) for g in was.gaps]
    assert restorations[1]["GR"].replaced == (restorations[1]["GR"].flag > 0).sum() > 0


def test_a_restored_well_that_was_never_written_gives_the_same(gappy_well: Well) -> None:
    well = restore(gappy_well, ["DTC"], model="interpolation").well
    restorations, remarks = read_restorations(well)
    assert (len(restorations), remarks) == (1, [])
    assert restorations[0].model == "interpolation"


def test_without_the_side_car_the_header_tells(saved: Path) -> None:
    saved.with_name("saved.welllog.json").unlink()
    restorations, remarks = read_restorations(read(saved))
    assert [one.model for one in restorations] == ["interpolation", "kriging"]
    assert restorations[1].record["date"].startswith("20")
    assert restorations[0]["DTC"].inputs == {"DTC": "DTC"}
    assert ["missing" in remark.problem for remark in remarks] == [True]


def test_steps_of_an_earlier_file_are_told_by_the_header(saved: Path, tmp_path: Path) -> None:
    third = restore(read(saved), ["RHOB"], [(1620, 1625)], "interpolation")
    path = write(third.well, tmp_path / "third.las")
    assert len(json.loads((tmp_path / "third.welllog.json").read_text())["history"]) == 1
    restorations, remarks = read_restorations(read(path))
    assert [list(one.curves) for one in restorations] == [["DTC"], ["GR"], ["RHOB"]]
    assert remarks == []
    assert restorations[2].record["curves"]["RHOB"]["replaced"] == restorations[2]["RHOB"].replaced


def test_a_curve_restored_twice_is_two_restorations(saved: Path, tmp_path: Path) -> None:
    again = restore(read(saved), ["DTC"], [(1580, 1590)], "interpolation")
    well = read(write(again.well, tmp_path / "again.las"))
    assert saved_curves(well) == [("DTC", 1, "RES"), ("GR", 1, "RES"), ("DTC", 2, "RES")]
    restorations, _ = read_restorations(well)
    flags = [one["DTC"].flag > 0 for one in restorations if "DTC" in one.curves]
    assert [well.index[flag].min() > 1575 for flag in flags] == [False, True]
    joined = join_restorations(restorations)
    assert joined is not None and (joined["DTC"].flag == restorations[2]["DTC"].flag).all()
    assert joined.model == "interpolation, kriging"


def test_a_synthesised_curve_has_no_replaced_samples(tmp_path: Path) -> None:
    well = punch(synthetic_well(seed=3, top=1500, base=1560), "DTC", 0, 1520)
    path = write(synthesize(well, "DTC", "lightgbm").well, tmp_path / "whole.las")
    ((restoration,), _) = read_restorations(read(path))
    assert restoration["DTC"].replaced == 0
    assert restoration["DTC"].gaps[0].reason == "synthesis"


def test_the_side_car_of_another_file_is_left_alone(saved: Path) -> None:
    beside = saved.with_name("saved.welllog.json")
    record = json.loads(beside.read_text())
    record["file"]["sha256"] = "0" * 64
    record["history"][-1]["date"] = "1999-01-01T00:00:00+00:00"
    record["history"][-1]["model"]["name"] = "forged"
    beside.write_text(json.dumps(record))
    restorations, (remark,) = read_restorations(read(saved))
    assert restorations[1].model == "kriging"
    assert remark.severity == "major" and "another file" in remark.problem


def test_a_file_changed_after_its_side_car_was_written_is_remarked(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes() + b"# a note\n")
    restorations, (remark,) = read_restorations(read(saved))
    assert len(restorations) == 2
    assert remark.severity == "major" and "changed since" in remark.problem


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"history": 1, "file": {}}',
        '{"history": [1], "file": {"sha256": ""}}',
        '{"history": [], "file": null}',
        "[" * 100_000,
        '{"history": [{"curves": [1, 2], "model": "x"}], "file": []}',
    ],
)
def test_a_side_car_that_is_none_is_remarked_and_left_alone(saved: Path, content: str) -> None:
    saved.with_name("saved.welllog.json").write_text(content)
    restorations, (remark,) = read_restorations(read(saved))
    assert [one.model for one in restorations] == ["interpolation", "kriging"]
    assert remark.severity == "major"


def test_odd_parts_of_a_step_do_no_harm(saved: Path) -> None:
    beside = saved.with_name("saved.welllog.json")
    record = json.loads(beside.read_text())
    record["history"][0]["model"] = ["no", "mapping"]
    record["history"][0]["curves"]["DTC"]["inputs"] = 7
    record["history"][1]["curves"]["XYZ"] = {"inputs": [None]}
    record["history"][1]["curves"]["GR"] = "nothing"
    beside.write_text(json.dumps(record))
    restorations, remarks = read_restorations(read(saved))
    assert restorations[-1].model == UNKNOWN
    assert {own for one in restorations for own in one.curves} == {"DTC", "GR"}
    assert "GR" in remarks[0].problem


def test_curves_of_which_nothing_is_on_record_are_taken_as_they_are(saved: Path) -> None:
    well = read(saved)
    bare = Well(well.name, well.index)
    for name in well.curves:
        bare.add_curve(name, well.values(name), unit=well.curves[name].units or "")
    restorations, remarks = read_restorations(bare)
    assert {own for one in restorations for own in one.curves} == {"DTC", "GR"}
    assert all(one.model == UNKNOWN and one.record == {} for one in restorations)
    assert all(remark.severity == "major" for remark in remarks)


def test_a_well_without_restored_curves_has_none(gappy_well: Well) -> None:
    assert read_restorations(gappy_well) == ([], [])
    assert join_restorations([]) is None


def test_steps_that_restored_nothing_are_told_apart_and_do_not_shift_the_count(
    saved: Path, tmp_path: Path
) -> None:
    well = read(saved)
    edit = {"action": "edit", "edit": "shift", "curve": "DTC", "made": "DTC_ED", "user": "ann"}
    well.history.append({**edit, "curves": {"DTC": {}}, "sha256": {"made": {"DTC_ED": "0"}}})
    again = restore(well, ["DTC"], [(1580, 1590)], "interpolation")
    path = write(again.well, tmp_path / "edited.las")
    for beside in (True, False):
        restorations, _ = read_restorations(read(path))
        assert [list(one.curves) for one in restorations] == [["DTC"], ["GR"], ["DTC"]]
        (step,) = other_steps(read(path))
        assert {key: step[key] for key in edit} == edit
        if beside:
            (tmp_path / "edited.welllog.json").unlink()


def test_a_step_that_chose_among_restorations_is_one(saved: Path) -> None:
    beside = saved.with_name("saved.welllog.json")
    record = json.loads(beside.read_text())
    first, second = record["history"]
    made = dict.fromkeys(("DTC_RES", "DTC_P05", "DTC_FLAG"), "0" * 64)
    record["history"][0] = {"action": "decide", "runs": [first], "sha256": {"made": made}}
    beside.write_text(json.dumps(record))
    restorations, remarks = read_restorations(read(saved))
    assert [one.model for one in restorations] == ["interpolation", "kriging"]
    assert remarks == []
    record["history"][0]["runs"].append(second)
    beside.write_text(json.dumps(record))
    assert read_restorations(read(saved))[0][0].model == "interpolation, kriging"


def test_of_a_file_with_decisions_each_interval_names_its_own_model(
    gappy_well: Well, tmp_path: Path
) -> None:
    session = Session()
    key = session.add_well(gappy_well)
    spans = [(1520.0, 1525.0), (1600.0, 1620.0)]
    session.restore(key, ["DTC"], ["interpolation", "lightgbm"], spans)
    session.accept(key, "DTC by interpolation", spans[0])
    session.accept(key, "DTC by lightgbm", spans[1])
    live = session.finished(key)
    (saved,), _ = read_restorations(read(session.export(key, tmp_path / "decided.las")))
    for one in (live, saved):
        assert [model["name"] for model in rank_models([one])] == ["lightgbm", "interpolation"]
        for span, name in zip(spans, ("interpolation", "lightgbm"), strict=True):
            (model,) = models_within(one.record, "DTC", *span)
            assert model["name"] == name
    assert "GR" in saved["DTC"].inputs.values()


def test_each_curve_names_what_it_was_filled_by_and_the_hand_is_no_model(
    gappy_well: Well, tmp_path: Path
) -> None:
    session = Session()
    key = session.add_well(gappy_well)
    session.restore(key, ["DTC", "GR"], ["interpolation", "kriging"], [(1520.0, 1525.0)])
    session.accept(key, "DTC by kriging")
    session.draw(key, "RHOB", [(1530.0, 2.2), (1540.0, 2.3)])
    session.blend(key, {"GR by kriging": 1, "GR by interpolation": 1}, (1520.0, 1525.0))
    session.draw(key, "GR", [(1522.0, 50.0), (1523.0, 60.0)])
    live = session.finished(key)
    (saved,), _ = read_restorations(read(session.export(key, tmp_path / "decided.las")))
    joined = join_restorations([saved])
    for one in (live, saved, joined):
        assert name_makers(one) == {
            "DTC": "kriging", "RHOB": HAND, "GR": "kriging, interpolation and by hand"
        }  # fmt: skip
        assert said_makers(one) == (
            "DTC restored by kriging; RHOB drawn by hand; "
            "GR restored by kriging, interpolation and by hand"
        )
    assert HAND not in [model["name"] for model in rank_models([live])]
    session.discard(key, "DTC by kriging")
    session.reopen(key, "GR", (1500.0, 1600.0))
    (drawn,), _ = read_restorations(read(session.export(key, tmp_path / "drawn.las")))
    assert said_makers(drawn) == "RHOB drawn by hand" and drawn.model == HAND
    assert rank_models([drawn]) == []
