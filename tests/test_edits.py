"""Edits of wells: the version they make, their record, what a restoration makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import las_text
from welllog import edits
from welllog.formats import LogFileError, read, write
from welllog.gaps import find_gaps
from welllog.provenance import curve_sha256
from welllog.restoration import RestorationError, restore, synthesize
from welllog.samples import synthetic_well
from welllog.well import CurveNotFoundError, Well


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1600)


def two_runs() -> Well:
    """A well with slowness in us/ft above 1550 m and, under another name, in us/m below 1540 m."""
    source = synthetic_well(seed=3, top=1500, base=1600)
    well = Well("two runs", source.index)
    sonic = source.values("DTC")
    well.add_curve("DT", np.where(well.index < 1550, sonic, np.nan), unit="us/ft")
    lower = np.where(well.index > 1540, sonic / 0.3048, np.nan)
    well.add_curve("DT:2", lower, unit="US/M")
    well.add_curve("DTLOW", lower, unit="us/m")
    well.add_curve("RHOB", source.values("RHOB"), unit="g/cm3")
    return well


ALL: dict[str, Callable[[Well], Well]] = {
    "flag_bad_hole": lambda well: edits.flag_bad_hole(well, washout=0.1),
    "null_flagged": lambda well: edits.null_flagged(well, "RHOB", "GR"),
    "despike": lambda well: edits.despike(well, "DTC", window=3.0, z=1.0),
    "shift": lambda well: edits.shift(well, "RHOB", -0.4),
    "stretch": lambda well: edits.stretch(well, "GR", [(1520, 1521), (1580, 1580.5)]),
    "patch": lambda well: edits.patch(well, "RDEP", [(1520, 2), (1530, 20)]),
    "splice_runs": lambda well: edits.splice_runs(well, "RDEP", "RMED", 1550, fade=3),
    "set_null": lambda well: edits.set_null(well, "DTC", 1520, 1530),
    "clip": lambda well: edits.clip(well, "GR", low=40, high=90),
    "rescale": lambda well: edits.rescale(well, "GR", gain=1.1, offset=-3),
}


def test_there_is_a_case_below_for_every_edit() -> None:
    assert list(ALL) == list(edits.EDITS)


@pytest.mark.parametrize("name", ALL)
def test_an_edit_adds_a_curve_and_a_record_and_changes_nothing_it_was_given(
    name: str, well: Well
) -> None:
    before = {curve: well.values(curve).copy() for curve in well.curves}
    after = ALL[name](well)
    assert list(well.curves) == list(before) and well.history == []
    for curve, values in before.items():
        np.testing.assert_array_equal(after.values(curve), values)
        np.testing.assert_array_equal(well.values(curve), values)
    (record,) = after.history
    (made,) = [curve for curve in after.curves if curve not in before]
    assert (record["action"], record["edit"], record["made"]) == ("edit", name, made)
    assert record["sha256"]["made"] == {made: curve_sha256(after, made)}
    assert record["sha256"]["inputs"] == {
        curve: curve_sha256(well, curve) for curve in record["sha256"]["inputs"]
    }
    if record["curve"]:
        assert record["from"] in record["sha256"]["inputs"]
        old, new = before[record["from"]], after.values(made)
        changed = (old != new) & (np.isfinite(old) | np.isfinite(new))
        assert record["samples_changed"] == changed.sum() > 0
        told = np.zeros(len(well.index), bool)
        for top, base in record["intervals"]:
            told |= (well.index >= top) & (well.index <= base)
        np.testing.assert_array_equal(told, changed)


@pytest.mark.parametrize("name", ALL)
def test_a_record_that_went_through_json_gives_the_same_curve_again(name: str, well: Well) -> None:
    first = ALL[name](well)
    record = json.loads(json.dumps(first.history[0]))
    again = edits.apply_record(well, record, user="B. Nother")
    assert again.history[0]["user"] == "B. Nother"
    assert again.history[0]["sha256"] == record["sha256"]
    assert again.history[0]["parameters"] == record["parameters"]


def test_a_further_edit_goes_on_from_the_edited_version(well: Well) -> None:
    twice = edits.rescale(edits.rescale(well, "GR", offset=5), "GR_ED", gain=2)
    np.testing.assert_allclose(twice.values("GR_ED"), 2 * (well.values("GR") + 5))
    assert [record["from"] for record in twice.history] == ["GR", "GR_ED"]
    assert twice.edited == {"GR": "GR_ED"} and "GR_ED_ED" not in twice.curves


def test_an_edited_version_that_a_file_holds_is_not_replaced(tmp_path: Path, well: Well) -> None:
    source = tmp_path / "source.las"
    source.write_text(las_text(well))
    once = read(write(edits.shift(read(source), "GR", 0.5), tmp_path / "once.las"))
    twice = edits.clip(edits.rescale(once, "GR", offset=1), "GR", high=100)
    assert {"GR_ED", "GR_ED_2"} <= set(twice.curves) and "GR_ED_3" not in twice.curves
    assert twice.edited["GR"] == "GR_ED_2"
    again = read(write(twice, tmp_path / "twice.las"))
    np.testing.assert_array_equal(again.values("GR_ED_2"), twice.values("GR_ED_2"))
    np.testing.assert_array_equal(again.values("GR_ED"), once.values("GR_ED"))


def test_the_user_is_the_login_unless_said_otherwise(
    well: Well, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    assert edits.shift(well, "GR", 1).history[0]["user"] == "login"
    assert edits.shift(well, "GR", 1, user="A. Nalyst").history[0]["user"] == "A. Nalyst"
    monkeypatch.setenv("WELLLOG_USER", "Team")
    assert edits.shift(well, "GR", 1).history[0]["user"] == "Team"
    assert restore(well, "GR", [(1550, 1551)], "interpolation").record["user"] == "Team"


def test_bad_hole_is_flagged_by_caliper_over_bit_size_and_by_density_correction() -> None:
    index = 1000.0 + 0.1 * np.arange(300)
    well = Well("hole", index)
    caliper = np.full(300, 8.6)
    caliper[100:120] = 12.0
    caliper[200:202] = 12.0  # 0.2 m: too short to count
    correction = np.full(300, 0.01)
    correction[150:160] = -0.2
    caliper[:10] = correction[:10] = np.nan
    well.add_curve("CALI", caliper, unit="in")
    well.add_curve("DRHO", correction, unit="g/cm3")
    well.add_curve("RHOB", np.full(300, 2.4), unit="g/cm3")
    without = edits.flag_bad_hole(well).values("BAD_HOLE")
    assert np.flatnonzero(without == 1).tolist() == list(range(150, 160))
    flagged = edits.flag_bad_hole(well, bit_size=8.5)
    flag = flagged.values("BAD_HOLE")
    assert np.flatnonzero(flag == 1).tolist() == [*range(100, 120), *range(150, 160)]
    assert np.isnan(flag[:10]).all() and (flag[10:100] == 0).all()
    assert flagged.history[0]["samples_changed"] == 30
    density = edits.null_flagged(flagged, "RHOB").values("RHOB_ED")
    np.testing.assert_array_equal(np.isnan(density), flag == 1)
    # The rule of find_gaps, and its nulls are no gap.
    assert not [gap for gap in find_gaps(flagged) if gap.curve == "BAD_HOLE"]
    assert (edits.flag_bad_hole(flagged, washout=99).values("BAD_HOLE")[10:] == without[10:]).all()


def test_two_runs_in_two_units_become_the_log_they_were_cut_from() -> None:
    truth = synthetic_well(seed=3, top=1500, base=1600).values("DTC")
    for other in ("DT:2", "DTLOW"):  # one the catalogue knows, one of which only the unit is known
        spliced = edits.splice_runs(two_runs(), "DT", other, 1545.0, fade=4.0)
        np.testing.assert_allclose(spliced.values("DT_ED"), truth, rtol=1e-12)
        assert spliced.curves["DT_ED"].units == "us/ft"


def test_a_splice_takes_the_edited_version_of_the_other_run(tmp_path: Path) -> None:
    shifted = edits.rescale(two_runs(), "DT:2", offset=10 / 0.3048)
    assert "DT_2_ED" in shifted.curves  # a colon could not be written
    spliced = edits.splice_runs(shifted, "DT", "DT:2", 1545.0)
    below = spliced.index > 1550
    truth = synthetic_well(seed=3, top=1500, base=1600).values("DTC")
    np.testing.assert_allclose(spliced.values("DT_ED")[below], truth[below] + 10)
    assert set(spliced.history[-1]["sha256"]["inputs"]) == {"DT", "DT_2_ED"}


def test_clipping_uses_physical_limits_in_the_unit_of_the_file_where_none_are_given() -> None:
    well = Well("metric", 1000.0 + np.arange(5.0))
    well.add_curve("RHOB", np.array([500.0, 2300.0, np.nan, 4000.0, 2500.0]), unit="kg/m3")
    held = edits.clip(well, "RHOB").values("RHOB_ED")
    np.testing.assert_allclose(held, [1000, 2300, np.nan, 3200, 2500])
    nulled = edits.clip(well, "RHOB", high=3000, to_null=True).values("RHOB_ED")
    np.testing.assert_array_equal(nulled, [500, 2300, np.nan, np.nan, 2500])


def test_a_restored_curve_can_be_edited_and_is_then_an_edit_of_that(well: Well) -> None:
    restored = restore(well, "RDEP", [(1540, 1550)], "interpolation").well
    drawn = edits.patch(restored, "RDEP_RES", [(1540, 1), (1550, 100)])
    assert "RDEP_RES_ED" in drawn.curves
    middle = np.argmin(np.abs(well.index - 1545))
    assert drawn.values("RDEP_RES_ED")[middle] == pytest.approx(
        10 ** ((well.index[middle] - 1540) / 5)  # in decades, as RDEP is
    )


def test_restore_takes_edited_curves_when_asked_and_says_which(well: Well) -> None:
    edited = edits.rescale(well, "GR", offset=30)
    edited = edits.set_null(edits.rescale(edited, "DTC", offset=20), "DTC", 1540, 1550)
    measured = restore(edited, "DTC", [(1540, 1550)], "lightgbm-gp")
    asked = restore(edited, "DTC", model="lightgbm-gp", edited=True)
    assert measured.record["inputs"]["DTC"] == "DTC" and measured.record["inputs"]["GR"] == "GR"
    assert asked.record["inputs"]["DTC"] == "DTC_ED" and asked.record["inputs"]["GR"] == "GR_ED"
    assert asked.record["asked"]["edited"] is True
    np.testing.assert_array_equal(asked.well.values("DTC"), well.values("DTC"))
    kept = (well.index < 1540) | (well.index > 1550)
    result = asked.well.values("DTC_RES")
    np.testing.assert_array_equal(result[kept], edited.values("DTC_ED")[kept])
    assert (asked["DTC"].flag[~kept] == 1).all()
    # What is filled has the level of the edited curve, and comes of the edited gamma ray.
    assert (result[~kept] - measured.well.values("DTC_RES")[~kept]).mean() == pytest.approx(
        20, abs=8
    )
    assert "GR_ED" in synthesize(edited, "DTC", "lightgbm", edited=True).record["inputs"].values()


def test_asking_for_an_edited_version_by_name_says_how_to_ask(well: Well) -> None:
    edited = edits.set_null(well, "DTC", 1540, 1550)
    with pytest.raises(RestorationError, match="ask for DTC, with edited=True"):
        restore(edited, "DTC_ED", model="interpolation")


def test_a_view_with_edits_is_not_written_under_the_name_of_the_measured_curve(
    tmp_path: Path, well: Well
) -> None:
    source = tmp_path / "source.las"
    source.write_text(las_text(well))
    view = edits.shift(read(source), "GR", 0.5).with_edits()
    with pytest.raises(LogFileError, match="never rewritten"):
        write(view, tmp_path / "out.las")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda w: edits.shift(w, "XYZ", 1), "no curve XYZ"),
        (lambda w: edits.shift(w, "GR", float("nan")), "distance is nan"),
        (lambda w: edits.despike(w, "GR", window=0), "window is 0"),
        (lambda w: edits.despike(w, "GR", z=-1), "z is -1"),
        (lambda w: edits.stretch(w, "GR", [(1520, 1530)]), "two or more ties"),
        (lambda w: edits.stretch(w, "GR", [(1520, 1540), (1530, 1535)]), "ties must increase"),
        (lambda w: edits.patch(w, "GR", [(1530, 50), (1520, 50)]), "points must increase"),
        (lambda w: edits.patch(w, "RDEP", [(1520, 0), (1530, 1)]), "more than 0"),
        (lambda w: edits.patch(w, "GR", [1520, 1530]), "pair of numbers"),
        (lambda w: edits.patch(w, "GR", [(3000, 1), (3010, 1)]), "1500 to 1599.97 m"),
        (lambda w: edits.set_null(w, "GR", 1530, 1520), "top must be less"),
        (lambda w: edits.splice_runs(w, "GR", "GR", 1550), "both GR"),
        (lambda w: edits.splice_runs(w, "GR", "RHOB", 1550), "rescale one of them"),
        (lambda w: edits.splice_runs(w, "RDEP", "RMED", 9), "1500 to 1599.97 m"),
        (lambda w: edits.splice_runs(w, "RDEP", "RMED", 1550, fade=-1), "fade is -1"),
        (lambda w: edits.clip(w, "GR", low=5, high=5), "low must be less"),
        (lambda w: edits.rescale(w, "GR", gain=0), "gain is 0"),
        (lambda w: edits.null_flagged(w, "GR"), "flag bad hole first"),
        (lambda w: edits.flag_bad_hole(two_runs()), "neither a caliper"),
        (lambda w: edits.apply_record(w, {"edit": "bake"}), "no edit known here ('bake')"),
        (
            lambda w: edits.apply_record(w, {"edit": "shift", "curve": "GR", "parameters": {}}),
            "does not say what it needs",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_line(
    edit: Callable[[Well], Well], says: str, well: Well
) -> None:
    with pytest.raises((edits.EditError, CurveNotFoundError)) as caught:
        edit(well)
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parent.parent / "docs" / "edits.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(page.split("```python\n")[1].split("```")[0], {})
    assert {"RHOB_ED", "RHOB_RES", "RHOB_RES_ED"} <= set(read(tmp_path / "result.las").curves)


def test_the_page_names_every_edit() -> None:
    page = (Path(__file__).parent.parent / "docs" / "edits.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in edits.EDITS)
