"""Curves that no model knows, looked at to tell depths of one well apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from welllog.cli import main
from welllog.features import well_as_seen
from welllog.formats import read, write
from welllog.repetition import replay
from welllog.restoration import RestorationError, restore
from welllog.samples import synthetic_well
from welllog.session import Session
from welllog.well import Well

GAP = (1700.0, 1712.0)


@pytest.fixture(scope="module")
def well() -> Well:
    """Return a well with beds that its core shows and no other log does: +30 us/ft each."""
    made = synthetic_well(4, base=2100)
    depth = made.index
    beds = (np.floor(depth / 1.5) % 3 == 0).astype(float)
    cored = (depth > 1640) & (depth < 1760)
    faster = made.values("DTC") + 30.0 * beds
    for name, values in (("DTC", faster), ("CORE_F_SAND", np.where(cored, beds, np.nan))):
        made.curves.pop(name, None)
        made.add_curve(name, values, unit="us/ft" if name == "DTC" else "v/v")
    return made


def error(well: Well, model: str, **settings: object) -> float:
    rows = (well.index >= GAP[0]) & (well.index <= GAP[1])
    made = restore(well, "DTC", [GAP], model, **settings)  # type: ignore[arg-type]
    return float(np.sqrt(np.mean((made["DTC"].median - well.values("DTC"))[rows] ** 2)))


@pytest.mark.parametrize("model", ["lightgbm-gp", "deep-kriging"])
def test_what_core_alone_shows_is_restored_where_core_is_looked_at(well: Well, model: str) -> None:
    assert error(well, model, also=["CORE_F_SAND"]) < 0.8 * error(well, model)


def test_a_curve_that_is_not_known_in_the_gap_changes_nothing(well: Well) -> None:
    elsewhere = well.copy()
    del elsewhere.curves["CORE_F_SAND"]
    values = np.where(well.index < 1650, well.values("CORE_F_SAND"), np.nan)
    elsewhere.add_curve("CORE_F_SAND", values, unit="v/v")
    with_it, without = (
        restore(elsewhere, "DTC", [GAP], "lightgbm-gp", also=also)["DTC"].median
        for also in (["CORE_F_SAND"], [])
    )
    np.testing.assert_array_equal(with_it, without)


def test_an_irregular_index_keeps_what_is_also_looked_at() -> None:
    made = synthetic_well(4, base=1700)
    made.add_curve("CORE_BRIGHT", np.linspace(0, 1, len(made.index)), unit="v/v")
    seen = well_as_seen(made, ["CORE_BRIGHT"])
    assert seen.also == ("CORE_BRIGHT",)
    hidden = seen.hide(np.ones(len(seen.depth), bool), ["GR"])
    assert hidden.also == seen.also and np.isfinite(hidden.curves["CORE_BRIGHT"]).all()
    assert replace(seen, also=()).informed("DTC").sum() == seen.informed("DTC").sum()


@pytest.mark.parametrize(
    ("name", "said"),
    [("GR", "looked at anyway"), ("EMPTY", "has no values"), ("NOTHING", "NOTHING")],
)
def test_what_cannot_be_looked_at_is_named(well: Well, name: str, said: str) -> None:
    other = well.copy()
    other.add_curve("EMPTY", np.full(len(well.index), np.nan), unit="v/v")
    with pytest.raises(RestorationError, match=said):
        restore(other, "DTC", [GAP], "lightgbm-gp", also=[name])


def test_the_record_names_it_and_replay_looks_at_it_again(well: Well, tmp_path: Path) -> None:
    source, out = write(well, tmp_path / "well.las"), tmp_path / "out.las"
    gap = ("--curve", "DTC", "--interval", *map(str, GAP), "--model", "lightgbm-gp")
    assert main(["restore", str(source), "-o", str(out), *gap, "--also", "CORE_F_SAND"]) in (0, 1)
    made = read(out)
    record = json.loads((tmp_path / "out.welllog.json").read_text())["history"][-1]
    assert record["asked"]["also"] == ["CORE_F_SAND"]
    assert record["inputs"]["CORE_F_SAND"] == "CORE_F_SAND"
    again = replay(read(source), [record])
    np.testing.assert_allclose(again.well.values("DTC_RES"), made.values("DTC_RES"), atol=1e-3)


def test_a_session_looks_at_it_and_its_log_says_so(well: Well) -> None:
    session = Session(who="ada")
    key = session.add_well(well)
    session.restore(key, ["DTC"], ["lightgbm-gp"], [GAP], also=["CORE_F_SAND"])
    assert "also=['CORE_F_SAND']" in session.log[-1]
    inputs = session.work(key).candidates[0].curve.inputs
    assert inputs["CORE_F_SAND"] == "CORE_F_SAND"
