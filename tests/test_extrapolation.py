"""How strange a well is to the model: the number, from the prediction to whoever reads of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import las_text
from tests.test_cli import run
from tests.test_report import report
from welllog.baselines import Boosted
from welllog.checkpoint import load_model
from welllog.extrapolation import UNUSUAL, is_unusual, say_error_on_others, say_unusual
from welllog.features import well_as_seen
from welllog.formats import read, write
from welllog.records import read_restorations
from welllog.report import list_fills
from welllog.restoration import Restoration, restore, synthesize
from welllog.samples import synthetic_well
from welllog.session import Session
from welllog.session_files import open_session, save_session
from welllog.well import Well

Capture = pytest.CaptureFixture[str]


def make_well(*, spoilt: bool) -> Well:
    """Return 200 m of a well; spoilt, some of its curves are upside down and fit no others."""
    source = synthetic_well(seed=7, top=1500, base=1700)
    well = Well("spoilt" if spoilt else "usual", source.index)
    for name in source.curves:
        values = source.values(name)
        turned = spoilt and name in ("GR", "RHOB", "NPHI")
        well.add_curve(name, values[::-1] if turned else values, unit=source.curves[name].units)
    return well


@pytest.fixture(scope="module")
def usual() -> Restoration:
    return synthesize(make_well(spoilt=False), "DTC")


@pytest.fixture(scope="module")
def strange() -> Restoration:
    return synthesize(make_well(spoilt=True), "DTC")


def test_the_number_is_near_one_in_a_usual_well_and_larger_in_a_spoilt_one(
    usual: Restoration, strange: Restoration
) -> None:
    assert 0.7 < usual.record["curves"]["DTC"]["error_on_others"] < UNUSUAL
    assert strange.record["curves"]["DTC"]["error_on_others"] > UNUSUAL
    assert strange["DTC"].error_on_others == strange.record["curves"]["DTC"]["error_on_others"]
    assert "1.5 times the usual" in repr(strange) and "times the usual" not in repr(usual)


def test_it_is_what_the_band_was_widened_by_and_is_worked_out_once(
    strange: Restoration, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model("default")
    assert isinstance(model, Boosted) and model.spread is not None
    logs = well_as_seen(make_well(spoilt=True))
    wanted = float(np.exp(model.spread.strangeness(model._errors_beside(logs, "DTC"))))
    asked, test = [], Boosted._errors_beside
    monkeypatch.setattr(
        Boosted,
        "_errors_beside",
        lambda *of: asked.append(of[2]) or test(*of),  # type: ignore[func-returns-value]
    )
    rows = np.ones(len(logs.depth), bool)
    told = model.predict(logs, "DTC", rows)
    assert asked == ["DTC"]
    assert told.error_on_others == pytest.approx(wanted)
    assert strange["DTC"].error_on_others == pytest.approx(wanted, abs=1e-3)
    alone = replace(logs, curves={k: v for k, v in logs.curves.items() if k in ("DTC", "CALI")})
    assert model.predict(alone, "DTC", rows).error_on_others is None  # there is no other to test


@pytest.mark.parametrize("interval", [(1580.0, 1590.0), (1510.0, 1690.0)])
def test_a_gap_has_none_however_long(interval: tuple[float, float]) -> None:
    filled = restore(make_well(spoilt=True), "DTC", [interval])
    assert filled["DTC"].error_on_others is None
    assert "error_on_others" not in filled.record["curves"]["DTC"]


def test_a_model_that_does_not_test_itself_has_none() -> None:
    made = synthesize(make_well(spoilt=True), "DTC", "lightgbm")
    assert made["DTC"].error_on_others is None
    assert "error_on_others" not in made.record["curves"]["DTC"]


def test_it_comes_back_from_the_file_and_from_the_header_alone(
    strange: Restoration, tmp_path: Path
) -> None:
    was = strange["DTC"].error_on_others
    path = write(strange.well, tmp_path / "made.las")
    ((one,), _) = read_restorations(read(path))
    assert one["DTC"].error_on_others == was
    beside = tmp_path / "made.welllog.json"
    told = json.loads(beside.read_text())
    assert told["history"][0]["curves"]["DTC"]["error_on_others"] == was
    for odd in ("much", True, -1, None):
        told["history"][0]["curves"]["DTC"]["error_on_others"] = odd
        beside.write_text(json.dumps(told))
        ((one,), _) = read_restorations(read(path))
        assert one["DTC"].error_on_others is None
    del told["history"][0]["curves"]["DTC"]["error_on_others"]  # as earlier versions wrote it
    beside.write_text(json.dumps(told))
    ((one,), _) = read_restorations(read(path))
    assert one["DTC"].error_on_others is None and len(one["DTC"].values)
    beside.unlink()
    ((one,), _) = read_restorations(read(path))
    assert one["DTC"].error_on_others == was


def test_it_stays_with_a_candidate_that_is_kept_and_accepted(tmp_path: Path) -> None:
    session = Session()
    key = session.add_well(make_well(spoilt=True))
    session.restore(key, ["DTC"], ["default", "lightgbm"], whole=True)
    by_default, by_trees = session.state.works[0].candidates
    assert by_trees.curve.error_on_others is None and is_unusual(by_default.curve.error_on_others)
    session.blend(key, {by_default.name: 1, by_trees.name: 1}, (1500.0, 1700.0))
    again, _ = open_session(save_session(session, tmp_path / "a.wellsession"))
    ((saved,), _) = read_restorations(read(session.export(key, tmp_path / "decided.las")))
    for one in (session.finished(key), again.finished(key), saved):
        assert one["DTC"].error_on_others == by_default.curve.error_on_others


@pytest.mark.parametrize("spoilt", [False, True])
def test_the_command_says_it_of_a_strange_well_alone_and_always_in_json(
    spoilt: bool, tmp_path: Path, capsys: Capture
) -> None:
    source, out = tmp_path / "well.las", tmp_path / "out.las"
    source.write_text(las_text(make_well(spoilt=spoilt)))
    status, said, errors = run(capsys, "synthesize", source, "-o", out, "--curve", "DTC")
    assert (status, errors) == (0, "")
    assert ("is this well like those of training?" in said) == spoilt
    assert ("compare offset wells" in said) == spoilt
    arguments = ["--curve", "DTC", "--overwrite", "--json"]
    _, said, _ = run(capsys, "synthesize", source, "-o", out, *arguments)
    ((curve,),) = (result["curves"] for result in json.loads(said)["results"])
    assert (curve["error_on_others"] > UNUSUAL) == spoilt
    arguments = ["--interval", 1580, 1590, *arguments]
    _, said, _ = run(capsys, "restore", source, "-o", out, *arguments)
    ((curve,),) = (result["curves"] for result in json.loads(said)["results"])
    assert curve["error_on_others"] is None


def test_the_report_says_it_beside_the_band_and_asks_of_a_strange_well(
    usual: Restoration, strange: Restoration, tmp_path: Path
) -> None:
    for name, of in (("usual", usual), ("strange", strange)):
        page = report(of, tmp_path / f"{name}.html", pictures=0).text
        ratio = of["DTC"].error_on_others
        assert f"; errors on the well's other curves {ratio:.1f} times the usual." in page
        assert ("is this well like those of training?" in page) == (name == "strange")
        assert ("compare offset wells" in page) == (name == "strange")
        assert {fill.to_dict()["error_on_others"] for fill in list_fills([of])} == {ratio}
    gap = restore(make_well(spoilt=True), "DTC", [(1580, 1590)])
    assert "other curves" not in report(gap, tmp_path / "gap.html", pictures=0).text


def test_words_are_for_what_is_more_than_unusual() -> None:
    assert [is_unusual(ratio) for ratio in (None, 0.4, UNUSUAL, UNUSUAL + 0.01)] == [
        False, False, False, True
    ]  # fmt: skip
    assert say_error_on_others(0.94) == "errors on the well's other curves 0.9 times the usual"
    assert "over 7 times worse" in say_unusual(7.389)
