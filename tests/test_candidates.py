"""Decisions about candidates: what stands where in the end."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from welllog.candidates import (
    Candidate,
    Decision,
    DecisionError,
    decide,
    finish,
    make_candidates,
    read_decision,
    thin_stroke,
)
from welllog.restoration import RestorationError
from welllog.samples import synthetic_well
from welllog.well import Well

SPANS = [(1520.0, 1530.0), (1560.0, 1580.0)]


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1620)


@pytest.fixture(scope="module")
def candidates(well: Well) -> list[Candidate]:
    made, failed = make_candidates(
        well, ["DTC", "RDEP"], ["interpolation", "kriging"], SPANS, device="cpu"
    )
    assert not failed
    return made


def within(well: Well, top: float, base: float) -> np.ndarray:
    return (well.index >= top) & (well.index <= base)


def test_each_model_makes_a_candidate_of_each_curve(candidates):
    assert [candidate.name for candidate in candidates] == [
        "DTC by interpolation",
        "RDEP by interpolation",
        "DTC by kriging",
        "RDEP by kriging",
    ]


def test_what_a_model_cannot_do_is_named_and_the_rest_is_done(well):
    made, failed = make_candidates(well, ["CALI"], ["kriging", "lightgbm"], SPANS)
    assert [candidate.name for candidate in made] == ["CALI by kriging"]
    assert "CALI" in failed["CALI by lightgbm"]


def test_nothing_to_fill_is_an_error(well):
    with pytest.raises(RestorationError, match="no gap"):
        make_candidates(well, ["DTC"], ["kriging"])


def test_what_is_accepted_stands_and_the_rest_is_as_measured(well, candidates):
    done = finish(well, candidates, [Decision("DTC", *SPANS[0], (("DTC by kriging", 1.0),))])
    curve, chosen = done["DTC"], candidates[2].curve
    inside = within(well, *SPANS[0])
    np.testing.assert_array_equal(curve.values[inside], chosen.values[inside])
    np.testing.assert_array_equal(curve.lower[inside], chosen.lower[inside])
    np.testing.assert_array_equal(curve.values[~inside], well.values("DTC")[~inside])
    assert not curve.flag[~inside].any() and curve.replaced == inside.sum()
    assert "RDEP" not in done and "DTC_RES" in done.well.curves and "DTC_RES" not in well.curves


def test_a_blend_is_the_mean_and_of_a_logarithmic_curve_the_mean_of_decades(well, candidates):
    weights = (("interpolation", 1.0), ("kriging", 3.0))
    for own, space in (("DTC", np.asarray), ("RDEP", np.log10)):
        named = tuple((f"{own} by {model}", weight) for model, weight in weights)
        done = finish(well, candidates, [Decision(own, *SPANS[1], named)])
        parts = [c.curve.values for c in candidates if c.curve.mnemonic == own]
        inside = within(well, *SPANS[1])
        wanted = (space(parts[0]) + 3 * space(parts[1])) / 4
        np.testing.assert_allclose(space(done[own].values)[inside], wanted[inside])
        assert done.model == "interpolation, kriging"


def test_a_line_drawn_by_hand_lies_over_what_was_accepted_and_has_no_band(well, candidates):
    decisions = decide((), Decision("DTC", *SPANS[1], (("DTC by kriging", 1.0),)))
    drawn = Decision("DTC", 1565, 1570, (), ((1565.0, 90.0), (1570.0, 100.0)))
    done = finish(well, candidates, decide(decisions, drawn))
    inside = within(well, 1565, 1570)
    wanted = 90 + 2 * (well.index[inside] - 1565)
    np.testing.assert_allclose(done["DTC"].values[inside], wanted)
    assert np.isnan(done["DTC"].lower[inside]).all()
    beside = within(well, *SPANS[1]) & ~inside
    np.testing.assert_array_equal(done["DTC"].values[beside], candidates[2].curve.values[beside])


def test_a_rejection_takes_away_what_was_accepted_there(well, candidates):
    decisions = decide((), Decision("DTC", *SPANS[0], (("DTC by kriging", 1.0),)))
    rejected = decide(decisions, Decision("DTC", *SPANS[0]))
    assert len(rejected) == 1 and rejected[0].kind == "rejected"
    assert len(finish(well, candidates, rejected)) == 0
    part = finish(well, candidates, decide(decisions, Decision("DTC", 1524, 1526)))
    assert not part["DTC"].flag[within(well, 1524, 1526)].any() and len(part["DTC"].gaps) == 2


def test_the_later_of_two_decisions_counts(well, candidates):
    decisions = decide((), Decision("DTC", *SPANS[0], (("DTC by kriging", 1.0),)))
    decisions = decide(decisions, Decision("DTC", *SPANS[0], (("DTC by interpolation", 1.0),)))
    assert len(decisions) == 1
    assert finish(well, candidates, decisions).model == "interpolation"


def test_a_decision_about_nothing_is_an_error(well, candidates):
    with pytest.raises(DecisionError, match="fills nothing between 1600 and 1610"):
        finish(well, candidates, [Decision("DTC", 1600, 1610, (("DTC by kriging", 1.0),))])
    with pytest.raises(DecisionError, match="no candidate DTC by magic"):
        finish(well, candidates, [Decision("DTC", 1600, 1610, (("DTC by magic", 1.0),))])


def test_the_record_says_who_decided_what_with_which_run(well, candidates):
    decision = Decision("DTC", *SPANS[0], (("DTC by kriging", 1.0),))
    line = Decision("DTC", 1565, 1570, (), ((1565.0, 90.0), (1570.0, 100.0)))
    done = finish(well, candidates, [decision, line], "ada")
    record = json.loads(json.dumps(done.record))
    assert record["user"] == "ada" and record["action"] == "decide"
    assert [read_decision(said) for said in record["decisions"]] == [decision, line]
    run = record["runs"][record["candidates"]["DTC by kriging"]]
    assert run["model"]["name"] == "kriging" and done.well.history[-1] is done.record


def test_a_curve_accepted_whole_is_a_synthesis(well):
    made, _ = make_candidates(well, ["DTC"], ["lightgbm"], whole=True)
    ends = float(well.index[0]), float(well.index[-1])
    done = finish(well, made, [Decision("DTC", *ends, (("DTC by lightgbm", 1.0),))])
    assert "DTC_SYN" in done.well.curves and done["DTC"].replaced == 0
    part = finish(well, made, [Decision("DTC", *SPANS[0], (("DTC by lightgbm", 1.0),))])
    assert "DTC_RES" in part.well.curves


def test_realisations_stand_where_their_candidate_does(well):
    made, _ = make_candidates(well, ["DTC"], ["kriging"], SPANS, realisations=3, seed=1)
    (candidate,) = made
    assert len(candidate.curve.realisations) == 3
    decisions = (
        Decision("DTC", *SPANS[0], ((candidate.name, 1.0),)),
        Decision("DTC", 1565.0, 1567.0, (), ((1565.0, 80.0), (1567.0, 82.0))),
    )
    done = finish(well, made, decisions)
    inside, drawn = within(well, *SPANS[0]), within(well, 1565, 1567)
    for number, fill in enumerate(done["DTC"].realisations):
        np.testing.assert_array_equal(fill[inside], candidate.curve.realisations[number][inside])
        np.testing.assert_array_equal(fill[drawn], done["DTC"].values[drawn])
        np.testing.assert_array_equal(fill[~inside & ~drawn], well.values("DTC")[~inside & ~drawn])
        assert f"DTC_R{number + 1}" in done.well.curves


def test_without_realisations_of_every_part_there_are_none(well, candidates):
    made, _ = make_candidates(well, ["DTC"], ["kriging"], SPANS, realisations=2)
    both = [replace(made[0], name="drawn"), *candidates]
    decisions = tuple(
        Decision("DTC", *span, ((name, 1.0),))
        for span, name in zip(SPANS, ("drawn", "DTC by interpolation"), strict=True)
    )
    assert finish(well, both, decisions)["DTC"].realisations == []


def test_a_stroke_is_thinned_and_lies_where_it_lay():
    depth = np.linspace(1500, 1540, 290)
    place = np.interp(depth, [1500, 1507, 1512, 1530, 1540], [0.2, 0.6, 0.3, 0.31, 0.9])
    place += 0.004 * np.sin(depth)
    kept = thin_stroke(list(zip(depth, place, strict=True)), 0.001)
    assert kept[0][0] == 1500 and kept[-1][0] == 1540 and len(kept) < 60
    line = np.interp(depth, *np.array(kept).T)
    assert np.abs(line - place).max() <= 0.001
    assert thin_stroke([(1.0, 0.0), (2.0, 1.0)], 0.1) == [(1.0, 0.0), (2.0, 1.0)]
