"""The judging of one restoration, against truth that is known."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from welllog.formats import read, write
from welllog.quality import (
    Evidence,
    evidence_of,
    find_residuals,
    fit_line,
    observe_coverage,
    rows_within,
    save_statistics,
    saved_evidence,
    spans_of,
    statistics_text,
    summarise_zones,
)
from welllog.restoration import restore
from welllog.samples import synthetic_well
from welllog.uncertainty import NORMAL_90
from welllog.well import Well


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1600)


@pytest.fixture(scope="module")
def evidence(well) -> Evidence:
    return evidence_of(well, restore(well, "DTC", [(1540, 1550)], "interpolation"), "DTC")


def made_up(measured, median, flag, curve="DTC", half=1.0) -> Evidence:
    """Return evidence of ten samples a metre apart."""
    measured, median = (np.asarray(part, float) for part in (measured, median))
    flag = np.asarray(flag, np.int8)
    index = 1000.0 + np.arange(len(measured))
    values = np.where(flag > 0, median, measured)
    return Evidence(
        Well("A-1", index), curve, "DTC restored", "us/ft", measured, values, median,
        median - half, median + half, flag,
    )  # fmt: skip


def test_a_line_is_found_again_and_nulls_are_left_out():
    x = np.array([1.0, 2.0, 3.0, 4.0, np.nan, 9.0])
    y = np.array([3.0, 5.0, 7.0, 9.0, 11.0, np.nan])
    fit = fit_line(x, y)
    assert fit.count == 4
    assert (fit.slope, fit.intercept) == pytest.approx((2.0, 1.0))
    assert fit.correlation == pytest.approx(1.0)
    assert fit.bias == pytest.approx(-3.5)
    assert fit.rmse == pytest.approx(np.sqrt(np.mean([4.0, 9.0, 16.0, 25.0])))


def test_r2_counts_a_shift_that_the_correlation_does_not_see():
    truth = np.arange(10.0)
    fit = fit_line(truth + 10, truth)
    assert fit.correlation == pytest.approx(1.0)
    assert fit.r2 == pytest.approx(1 - 100 / np.var(truth))
    assert fit_line(truth, truth).r2 == 1.0


def test_measured_is_regressed_on_predicted_and_not_the_other_way_round():
    random = np.random.default_rng(0)
    predicted = random.normal(size=5000)
    measured = predicted + random.normal(size=5000)  # unbiased: what is missing is noise
    assert fit_line(predicted, measured).slope == pytest.approx(1.0, abs=0.05)


def test_a_factor_of_ten_is_an_error_of_one_decade():
    fit = fit_line([1.0, 10.0, 100.0, -5.0], [10.0, 100.0, 1000.0, 1.0], log10=True)
    assert fit.count == 3
    assert (fit.rmse, fit.bias) == pytest.approx((1.0, -1.0))


def test_too_few_samples_give_no_numbers():
    assert fit_line([1.0], [1.0]).count == 1
    assert np.isnan(fit_line([1.0], [1.0]).rmse)
    assert np.isnan(fit_line([2.0, 2.0], [1.0, 3.0]).slope)


@pytest.mark.parametrize("log10", [False, True])
def test_a_band_that_tells_the_truth_covers_what_it_promises(log10):
    random = np.random.default_rng(1)
    below = random.random(40_000) < 0.5
    spread = np.where(below, 1.0, 3.0) / NORMAL_90  # two-piece normal: other widths on each side
    truth = 5 + np.where(below, -1, 1) * np.abs(random.normal(size=40_000)) * spread
    median, lower, upper = np.full(40_000, 5.0), np.full(40_000, 4.0), np.full(40_000, 8.0)
    parts = [10.0**part if log10 else part for part in (truth, median, lower, upper)]
    seen = observe_coverage(*parts, log10=log10)
    assert seen.count == 40_000
    np.testing.assert_allclose(seen.observed, seen.nominal, atol=0.01)
    assert seen.band == pytest.approx(0.9, abs=0.01)


def test_a_band_half_as_wide_as_it_should_be_is_seen_to_be_too_narrow():
    truth = np.random.default_rng(2).normal(size=20_000)
    middle = np.zeros(20_000)
    seen = observe_coverage(truth, middle, middle - NORMAL_90 / 2, middle + NORMAL_90 / 2)
    assert seen.band == pytest.approx(0.589, abs=0.01)
    assert (seen.observed < seen.nominal).all()


def test_coverage_of_nothing_is_not_a_number():
    nothing = np.full(3, np.nan)
    seen = observe_coverage(nothing, nothing, nothing, nothing)
    assert seen.count == 0 and np.isnan(seen.observed).all() and np.isnan(seen.band)


def test_only_what_was_measured_and_hidden_is_judged(well, evidence):
    inside = (well.index >= 1540) & (well.index <= 1550)
    np.testing.assert_array_equal(evidence.judged, inside)
    np.testing.assert_array_equal(evidence.filled, inside)
    np.testing.assert_array_equal(evidence.measured, well.values("DTC"))
    residual = find_residuals(evidence)
    assert np.isnan(residual[~inside]).all()
    np.testing.assert_array_equal(residual[inside], (evidence.median - evidence.measured)[inside])


def test_residuals_and_bias_have_one_sign(well, evidence):
    residual = find_residuals(evidence)
    fit = fit_line(evidence.median, evidence.measured)
    assert fit.bias == pytest.approx(np.nanmean(residual)) and abs(fit.bias) > 0
    high = replace(evidence, median=evidence.measured + 3.0)  # reads too high: positive
    assert np.nanmin(find_residuals(high)) == pytest.approx(3.0)
    assert fit_line(high.median, high.measured).bias == pytest.approx(3.0)


def test_residuals_of_a_resistivity_are_in_decades():
    evidence = made_up([10.0, 100.0, 0.0], [1.0, 100.0, 1.0], [2, 2, 2], curve="RDEP")
    np.testing.assert_allclose(find_residuals(evidence), [-1.0, 0.0, np.nan])


def test_evidence_is_the_same_before_and_after_a_file(well, evidence, tmp_path):
    bare = Well(well.name, well.index, well.index_unit, well.index_mnemonic)
    for name in ("GR", "DTC"):
        bare.add_curve(name, np.round(well.values(name), 3), unit=well.curves[name].units)
    first = restore(bare, "DTC", [(1540, 1550)], "interpolation")
    second = restore(first.well, "DTC", [(1560, 1570)], "interpolation")
    saved = saved_evidence(read(write(second.well, tmp_path / "saved.las")))
    assert [part.name for part in saved] == ["DTC restored", "DTC restored 2"]
    for part, made in zip(saved, (first, second), strict=True):
        before = evidence_of(bare, made, "DTC")
        assert (part.curve, part.unit) == ("DTC", before.unit)
        for name in ("measured", "values", "median", "lower", "upper", "flag"):
            np.testing.assert_allclose(getattr(part, name), getattr(before, name), rtol=1e-6)


def test_a_curve_the_well_lacks_has_nothing_measured(well):
    without = well.copy()
    del without.curves["DTC"]
    made = restore(well, "DTC", [(1510, 1520)], "interpolation")
    evidence = evidence_of(without, made, "DTC")
    assert not np.isfinite(evidence.measured).any() and not evidence.judged.any()


def test_statistics_are_those_of_the_samples_of_the_zone():
    measured = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, np.nan, np.nan]
    median = [np.nan] * 6 + [70.0, 80.0, 90.0, np.nan]
    evidence = made_up(measured, median, [0] * 6 + [2, 3, 1, 0])
    lines = {line.values: line for line in summarise_zones(evidence)}
    assert lines["measured"].count == 6 and lines["measured"].mean == pytest.approx(3.5)
    assert lines["measured"].std == pytest.approx(np.std(np.arange(1, 7), ddof=1))
    assert (lines["measured"].p10, lines["measured"].p50, lines["measured"].p90) == (
        pytest.approx((1.5, 3.5, 5.5))
    )
    assert lines["filled"].count == 3 and lines["filled"].mean == pytest.approx(80)
    assert lines["measured there"].count == 2 and lines["measured there"].mean == 7.5
    assert lines["filled"].filled_share == pytest.approx(3 / 9)
    assert lines["filled"].outside_share == pytest.approx(1 / 3)


def test_a_zone_holds_both_its_ends_and_may_be_upside_down():
    evidence = made_up(np.arange(10.0), [np.nan] * 10, [0] * 10)
    (line,) = summarise_zones(evidence, {"sand": (1004.0, 1002.0)})
    assert (line.zone, line.top, line.base, line.count) == ("sand", 1002.0, 1004.0, 3)
    (line,) = summarise_zones(evidence, {"sand": (0.0, 1.0)})
    assert line.count == 0 and np.isnan(line.mean) and np.isnan(line.filled_share)


def test_rows_that_are_not_asked_for_are_not_counted():
    evidence = made_up(np.arange(10.0), [np.nan] * 10, [0] * 10)
    (line,) = summarise_zones(evidence, rows=evidence.measured > 6)
    assert line.count == 3 and line.mean == 8


def test_the_table_is_saved_as_csv_and_can_be_read_back(tmp_path):
    evidence = made_up([1.0, 2.0, 3.0], [np.nan, np.nan, 4.0], [0, 0, 2])
    lines = summarise_zones(evidence, {"a, b": (1000.0, 1002.0), "none": (0.0, 1.0)})
    path = tmp_path / "table.csv"
    path.write_text("old")
    assert save_statistics(lines, path) == path
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["values"] for row in rows] == ["measured", "filled", "measured there", "measured"]
    assert rows[0]["zone"] == "a, b" and float(rows[1]["mean"]) == 4.0
    assert rows[-1]["mean"] == "" and rows[-1]["count"] == "0"
    assert [entry.name for entry in tmp_path.iterdir()] == ["table.csv"]
    assert statistics_text(lines, "\t").splitlines()[1].split("\t")[0] == "a, b"


def test_a_table_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_text("old")
    monkeypatch.setattr("welllog.quality.statistics_text", lambda lines: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_statistics([], path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_rows_become_spans_and_near_ones_are_joined():
    index = np.arange(1000.0, 1020.0)
    rows = np.isin(index, [1001, 1002, 1004, 1010])
    assert spans_of(index, rows) == [(1001, 1002), (1004, 1004), (1010, 1010)]
    assert spans_of(index, rows, 2.0) == [(1001, 1004), (1010, 1010)]
    assert spans_of(index[::-1], rows[::-1], 2.0) == [(1001, 1004), (1010, 1010)]
    assert spans_of(index, np.zeros(20, bool)) == []
    np.testing.assert_array_equal(rows_within(index, spans_of(index, rows)), rows)


def test_a_saved_set_that_lacks_a_part_is_left_alone(well):
    made = restore(well, "DTC", [(1540, 1550)], "interpolation").well
    assert len(saved_evidence(made)) == 1
    del made.curves["DTC_P05"]
    assert saved_evidence(made) == []


def test_a_lonely_sample_becomes_a_span_of_some_length_between_samples():
    index = np.arange(1000.0, 1100.0, 0.1)
    rows = np.zeros(len(index), bool)
    rows[[0, 500, 505, 900]] = True
    assert len(spans_of(index, rows)) == 4
    spans = spans_of(index, rows, join=2.0, least=0.5)
    assert len(spans) == 3
    for top, base in spans:
        assert top in index and base in index and base - top > 0.15
    assert spans[1] == pytest.approx((1050.0, 1050.5)) and spans[0][0] == 1000.0
