"""Restoring and synthesising through the public call."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import punch
from tests.small_network import small_network
from welllog.restoration import RestorationError, restore, synthesize
from welllog.samples import synthetic_well
from welllog.well import CurveNotFoundError, Well


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1700)


def test_measured_samples_outside_the_interval_are_untouched(well: Well) -> None:
    restored = restore(well, ["DTC"], [(1550, 1560)], model="interpolation")["DTC"]
    outside = (well.index < 1550) | (well.index > 1560)
    np.testing.assert_array_equal(restored.values[outside], well.values("DTC")[outside])
    assert (restored.flag[outside] == 0).all()
    assert np.isnan(restored.median[outside]).all()


def test_replaced_samples_are_flagged_two_and_filled_ones_one() -> None:
    well = punch(synthetic_well(seed=3, top=1500, base=1600), "DTC", 1550, 1555)
    flag = restore(well, ["DTC"], [(1548, 1555)], model="interpolation")["DTC"].flag
    missing = (well.index >= 1550) & (well.index <= 1555)
    replaced = (well.index >= 1548) & (well.index < 1550)
    assert (flag[missing] == 1).all()
    assert (flag[replaced] == 2).all()


def test_replaced_samples_outside_experience_are_flagged_three() -> None:
    well = synthetic_well(seed=3, top=1500, base=1600)
    strange = (well.index >= 1550) & (well.index <= 1555)
    neutron = np.where(strange, 0.99, well.values("NPHI"))
    del well.curves["NPHI"]
    well.add_curve("NPHI", neutron, unit="v/v")
    curve = restore(well, ["DTC"], [(1540, 1570)], model="lightgbm")["DTC"]
    assert (curve.flag[strange] == 3).all()
    assert (curve.flag[(well.index >= 1540) & (well.index < 1549)] == 2).all()
    assert curve.replaced == (curve.flag > 0).sum()


def test_the_well_given_is_not_changed(well: Well) -> None:
    before = list(well.curves)
    result = restore(well, ["DTC"], [(1550, 1560)], model="interpolation")
    assert list(well.curves) == before
    assert well.history == []
    assert {"DTC_RES", "DTC_P05", "DTC_P50", "DTC_P95", "DTC_FLAG"} <= set(result.well.curves)
    assert result.well.history[-1]["model"]["name"] == "interpolation"


def test_every_gap_is_found_when_none_is_named(gappy_well: Well) -> None:
    result = restore(gappy_well, model="interpolation")
    assert list(result) == ["DTC"]
    assert np.isfinite(result["DTC"].values).all()


def test_nothing_to_restore_is_no_error(well: Well) -> None:
    assert len(restore(well, model="interpolation")) == 0


def test_values_come_back_in_the_unit_of_the_file() -> None:
    source = synthetic_well(seed=3, top=1500, base=1600)
    metric = Well("metric", source.index)
    for name in source.curves:
        values, unit = source.values(name), source.curves[name].units
        if name == "RHOB":
            values, unit = values * 1000, "kg/m3"
        metric.add_curve(name, values, unit=unit)
    one = restore(source, ["RHOB"], [(1540, 1550)], model="default")["RHOB"]
    two = restore(metric, ["RHOB"], [(1540, 1550)], model="default")["RHOB"]
    np.testing.assert_allclose(two.values, 1000 * one.values, rtol=1e-6)
    np.testing.assert_allclose(two.upper, 1000 * one.upper, rtol=1e-6)


def test_an_upward_index_gives_the_same_answer(well: Well) -> None:
    upward = Well("upward", well.index[::-1].copy())
    for name in well.curves:
        upward.add_curve(name, well.values(name)[::-1], unit=well.curves[name].units)
    one = restore(well, ["DTC"], [(1550, 1560)])["DTC"]
    two = restore(upward, ["DTC"], [(1550, 1560)])["DTC"]
    np.testing.assert_allclose(two.values[::-1], one.values)


def test_default_model_beats_interpolation_and_its_band_holds(well: Well) -> None:
    hidden = (well.index >= 1580) & (well.index <= 1610)
    truth = well.values("DTC")[hidden]
    errors = {}
    for model in ("default", "interpolation"):
        curve = restore(well, ["DTC"], [(1580, 1610)], model=model)["DTC"]
        errors[model] = np.sqrt(np.mean((curve.median[hidden] - truth) ** 2))
        inside = (truth >= curve.lower[hidden]) & (truth <= curve.upper[hidden])
        if model == "default":
            assert inside.mean() > 0.6
    assert errors["default"] < errors["interpolation"]


def test_a_whole_curve_is_synthesised_for_a_well_without_it(well: Well) -> None:
    without = Well("without", well.index)
    for name in well.curves:
        if name != "DTC":
            without.add_curve(name, well.values(name), unit=well.curves[name].units)
    made = synthesize(without, "DTC")
    assert made["DTC"].unit == "us/ft"
    assert np.isfinite(made["DTC"].values).mean() > 0.99
    assert np.corrcoef(made["DTC"].values, well.values("DTC"))[0, 1] > 0.5
    assert "DTC_SYN" in made.well.curves


def test_synthesis_does_not_look_at_the_curve(well: Well) -> None:
    other = Well("other", well.index)
    for name in well.curves:
        values = well.values(name) + (30 if name == "DTC" else 0)
        other.add_curve(name, values, unit=well.curves[name].units)
    np.testing.assert_array_equal(
        synthesize(well, "DTC")["DTC"].values, synthesize(other, "DTC")["DTC"].values
    )


def test_the_same_call_twice_gives_the_same_bits(well: Well) -> None:
    one, two = (restore(well, ["RHOB"], [(1550, 1580)])["RHOB"] for _ in range(2))
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.lower, two.lower)


def test_what_progress_raises_stops_the_work(well: Well) -> None:
    class Stopped(Exception):
        pass

    def stop(share: float, message: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        restore(well, ["DTC"], [(1550, 1560)], model="interpolation", progress=stop)


def test_an_unknown_curve_is_named_with_those_there_are(well: Well) -> None:
    with pytest.raises(CurveNotFoundError, match=r"no curve XYZ; it has GR"):
        restore(well, ["XYZ"], [(1550, 1560)])


def test_an_interval_outside_the_well_says_where_the_well_is(well: Well) -> None:
    with pytest.raises(RestorationError, match=r"1500 to 1699.95 m"):
        restore(well, ["DTC"], [(3000, 3010)])


def test_an_unknown_device_is_refused(well: Well) -> None:
    with pytest.raises(RestorationError, match="unknown device"):
        restore(well, ["DTC"], [(1550, 1560)], device="abacus")


def test_a_curve_no_model_knows_is_refused() -> None:
    well = synthetic_well(seed=3, top=1500, base=1550)
    well.add_curve("MYSTERY", well.index * 0)
    with pytest.raises(RestorationError, match="MYSTERY"):
        restore(well, ["MYSTERY"], [(1510, 1520)])


def test_a_second_restoration_stands_beside_the_first(well: Well) -> None:
    once = restore(well, ["DTC"], [(1550, 1560)], model="interpolation").well
    twice = restore(once, ["DTC"], [(1600, 1610)], model="interpolation").well
    assert {"DTC_RES", "DTC_RES_2", "DTC_P05_2", "DTC_FLAG_2"} <= set(twice.curves)
    np.testing.assert_array_equal(twice.values("DTC_RES"), once.values("DTC_RES"))
    assert restore(twice, model="interpolation").curves == {}


def test_the_record_names_what_the_model_looked_at_and_nothing_else(well: Well) -> None:
    asked = (["RHOB"], [(1550, 1560)])
    line = restore(well, *asked, model="interpolation")
    assert line.record["inputs"] == {"RHOB": "RHOB"}
    assert line.record["curves"]["RHOB"]["inputs"] == ["RHOB"]
    known = {"GR", "CALI", "RHOB", "NPHI", "DTC", "RDEP", "PEF"}
    assert known | {"SP", "ROP"} <= set(with_others(well).canonical)
    trees, corrected = (
        set(restore(with_others(well), *asked, model=model).record["inputs"])
        for model in ("lightgbm", "lightgbm-gp")
    )
    assert corrected == trees | {"RHOB"}  # the well's own residuals
    assert known - {"RHOB"} <= trees
    assert not trees & {"RHOB", "DRHO", "SP", "ROP"}  # DRHO is a sibling
    whole = synthesize(with_others(well), "RHOB", model="lightgbm-gp")
    assert set(whole.record["inputs"]) == trees
    network = restore(with_others(well), *asked, model=small_network(()))
    assert set(network.record["inputs"]) == trees | {"RHOB", "DRHO"}


def with_others(well: Well) -> Well:
    """Add curves that no model looks at, and a sibling of density."""
    more = well.copy()
    for name in ("SP", "ROP", "DRHO"):
        if name not in more.curves:
            more.add_curve(name, np.full(len(well.index), 0.01))
    return more


def test_a_restoration_prints_in_three_lines(well: Well) -> None:
    several = ["DTC", "RDEP", "GR", "NPHI"]
    for curves in (several[:1], several):
        result = restore(well, curves, [(1550, 1560), (1600, 1610)], model="kriging")
        text = repr(result)
        assert len(text.splitlines()) <= 3 and len(text) < 300
        assert "from 1550.14 to 1609.88 m" in text and "kriging" in text and "90 % band" in text
        assert all(curve in text for curve in curves)
        assert len(repr(result["DTC"])) < 100
    assert "nothing filled" in repr(restore(well, model="kriging"))
