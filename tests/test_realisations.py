"""Several plausible fills: their texture and their scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from welllog.baselines import Kriging
from welllog.calibration import CalibrationSettings, calibrate
from welllog.features import well_as_seen
from welllog.restoration import RestorationError, restore, synthesize
from welllog.samples import synthetic_well
from welllog.texture import LENGTHS_M, draw_errors, fit_texture
from welllog.uncertainty import Calibration
from welllog.well import Well

TERMS = len(LENGTHS_M) + 1
STEP = 0.15


def drawn(shares: np.ndarray, samples: int, count: int, step: float = STEP) -> np.ndarray:
    random = np.random.default_rng(0)
    depth, tiled = step * np.arange(samples), np.tile(shares, (samples, 1))
    return np.array([draw_errors(depth, tiled, random) for _ in range(count)])


@pytest.fixture(scope="module")
def kriging() -> Kriging:
    wells = [well_as_seen(synthetic_well(seed=s, top=1500, base=1800)) for s in range(4)]
    return replace(Kriging(), calibration=calibrate(Kriging(), wells, CalibrationSettings()))


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=9, top=1500, base=1800)


@pytest.mark.parametrize("term", range(TERMS))
def test_texture_of_one_term_is_found_again(term: int) -> None:
    shares = np.eye(TERMS)[term]
    errors = drawn(shares, 4000, 60)
    assert errors.std() == pytest.approx(1.0, abs=0.2)
    found = fit_texture([(STEP * np.arange(4000), row) for row in errors])
    near = found[max(term - 1, 0) : term + 2]
    assert sum(near) > 0.8
    assert sum(found) == pytest.approx(1.0)


@pytest.mark.parametrize("step", [1e-5, 1e-3, 0.15, 10.0])
def test_errors_have_unit_variance_at_any_step(step: float) -> None:
    even = np.full(TERMS, 1.0 / TERMS)
    assert drawn(even, 20, 2000, step).std() == pytest.approx(1.0, abs=0.1)


def test_texture_passes_over_nulls_and_short_intervals() -> None:
    depth = STEP * np.arange(2000)
    errors = drawn(np.eye(TERMS)[2], 2000, 20)
    some = np.random.default_rng(1).random(2000) < 0.5
    whole = fit_texture([(depth, row) for row in errors])
    assert fit_texture([(depth[some], row[some]) for row in errors]) == pytest.approx(
        whole, abs=0.1
    )
    assert fit_texture([(depth[:2], errors[0, :2])]) == []


def test_realisations_scatter_as_the_band_says(kriging: Kriging, well: Well) -> None:
    curve = restore(well, "DTC", [(1600, 1640)], kriging, realisations=400)["DTC"]
    inside = curve.flag > 0
    fills = np.array(curve.realisations)[:, inside]
    share = (fills >= curve.lower[inside]) & (fills <= curve.upper[inside])
    assert share.mean() == pytest.approx(0.9, abs=0.02)
    assert np.abs(fills.mean(axis=0) - curve.median[inside]).max() < 0.2 * fills.std()


def test_realisations_are_as_rough_as_the_log(kriging: Kriging, well: Well) -> None:
    curve = restore(well, "DTC", [(1600, 1640)], kriging, realisations=20)["DTC"]
    inside = curve.flag > 0
    truth, fill = well.values("DTC")[inside], curve.values[inside]
    fills = np.array(curve.realisations)[:, inside]

    def roughness(values: np.ndarray) -> float:
        return float(np.mean(np.diff(values) ** 2))

    ratio = np.mean([roughness(one) for one in fills]) / roughness(truth)
    assert roughness(fill) / roughness(truth) < 0.2
    assert 0.3 < ratio < 3.0


def test_realisations_leave_measured_samples_and_repeat_with_the_seed(
    kriging: Kriging, well: Well
) -> None:
    one = restore(well, "DTC", [(1600, 1640)], kriging, realisations=2, seed=1)
    again = restore(well, "DTC", [(1600, 1640)], kriging, realisations=2, seed=1)
    other = restore(well, "DTC", [(1600, 1640)], kriging, realisations=2, seed=2)
    outside = (well.index < 1600) | (well.index > 1640)
    for name in ("DTC_R1", "DTC_R2"):
        values = one.well.values(name)
        np.testing.assert_array_equal(values[outside], well.values("DTC")[outside])
        np.testing.assert_array_equal(values, again.well.values(name))
        assert not np.array_equal(values, other.well.values(name))
    assert one.record["realisations"] == 2
    assert "DTC_R3" not in one.well.curves


def test_gaps_wells_and_numbers_of_realisations_are_independent(
    kriging: Kriging, well: Well
) -> None:
    def level(of: Well, intervals: list[tuple[int, int]], count: int) -> np.ndarray:
        curve = restore(of, "DTC", intervals, kriging, realisations=count)["DTC"]
        half = curve.upper - curve.lower
        fills = (np.array(curve.realisations) - curve.median) / half
        inside = [(of.index >= top) & (of.index <= base) for top, base in intervals]
        return np.array([fills[:, rows].mean(axis=1) for rows in inside])

    two = level(well, [(1550, 1555), (1600, 1605)], 300)
    assert abs(np.corrcoef(two)[0, 1]) < 0.2
    named = well.copy()
    named.name = "another"
    (other,) = level(named, [(1550, 1555)], 300)
    assert abs(np.corrcoef(two[0], other)[0, 1]) < 0.2
    (few,) = level(well, [(1550, 1555)], 3)
    (more,) = level(well, [(1550, 1555)], 5)
    np.testing.assert_array_equal(few, more[:3])


def test_realisations_are_mirrored_at_the_limits_and_not_cut(kriging: Kriging, well: Well) -> None:
    low = well.copy()
    values = np.maximum(well.values("GR") - np.nanmedian(well.values("GR")), 0.0) + 1.0
    del low.curves["GR"]
    low.add_curve("GR", values, unit="gAPI")
    curve = restore(low, "GR", [(1600, 1640)], kriging, realisations=10)["GR"]
    fills = np.array(curve.realisations)[:, curve.flag > 0]
    assert (fills >= 0).all()
    assert (curve.lower[curve.flag > 0] == 0).any()
    assert (fills == 0).mean() < 0.001


@pytest.mark.parametrize(("name", "number"), [("realisations", -1), ("seed", -1), ("seed", 1.5)])
def test_a_count_that_is_none_is_refused(well: Well, name: str, number: float) -> None:
    with pytest.raises(RestorationError, match=f"{name} is {number}"):
        restore(well, None, [(1600, 1640)], "kriging", **{name: number})


def test_a_model_without_textures_says_so(well: Well) -> None:
    with pytest.raises(RestorationError, match="train it again"):
        restore(well, "DTC", [(1600, 1640)], Kriging(), realisations=1)
    assert not restore(well, "DTC", [(1600, 1640)], Kriging())["DTC"].realisations


def test_shipped_model_draws_whole_curves(well: Well) -> None:
    alone = well.copy()
    del alone.curves["DTC"]
    curve = synthesize(alone, "DTC", realisations=3)["DTC"]
    fills = np.array(curve.realisations)
    assert fills.shape == (3, len(well.index))
    assert np.isfinite(fills).all()
    assert fills.std(axis=0).mean() > 0


def test_textures_are_read_as_they_were_written(kriging: Kriging) -> None:
    band = kriging.calibration
    assert Calibration.from_dict(band.to_dict()).to_dict() == band.to_dict()
    assert Calibration.from_dict(band.to_dict()["factors"]).textures == {}


@pytest.mark.parametrize("share", [-0.1, np.nan, np.inf])
def test_shares_that_cannot_be_are_refused(kriging: Kriging, share: float) -> None:
    content = kriging.calibration.to_dict()
    content["textures"]["DTC"]["blackout"][0][1] = share
    with pytest.raises(ValueError, match="its calibration holds"):
        Calibration.from_dict(content)
