"""Charts of one restored curve: what they show of truth that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from welllog.charts import draw_calibration, draw_histogram, draw_residuals, save_figure
from welllog.quality import Evidence, observe_coverage
from welllog.samples import synthetic_well
from welllog.well import Well


def make_figure(width: float = 6, height: float = 4) -> Figure:
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


@pytest.fixture
def figure() -> Figure:
    return make_figure()


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """100 m of DTC, predicted everywhere 2 us/ft too fast, from 1540 m on filled."""
    well = synthetic_well(seed=3, top=1500, base=1600)
    measured = well.values("DTC").copy()
    measured[5], measured[6] = 500.0, np.nan
    well = Well(well.name, well.index, "m", "DEPT")
    well.add_curve("DTC", measured, unit="us/ft")
    median = measured - 2.0
    flag = np.where(well.index >= 1540, 2, 0).astype(np.int8)
    values = np.where(flag > 0, median, measured)
    return Evidence(
        well, "DTC", "DTC restored", "us/ft", measured, values, median, median - 5, median + 5, flag
    )


def words(figure) -> list[str]:
    texts = [text.get_text() for key in figure.legends for text in key.get_texts()]
    return texts + [text.get_text() for text in figure.texts]


def test_every_sample_is_in_the_histogram_also_those_off_scale(evidence, figure):
    draw_histogram(figure, evidence)
    steps = [part for part in figure.axes[0].patches if isinstance(part, StepPatch)]
    assert len(steps) == 3
    for step in steps:
        assert step.get_data().values.sum() == pytest.approx(100.0)
    filled = int(evidence.filled.sum())
    known = int(np.isfinite(evidence.measured).sum())
    assert f"filled  {filled}" in words(figure) and f"measured there  {filled}" in words(figure)
    assert f"measured  {known - filled}" in words(figure)


def test_bins_are_equal_decades_where_the_catalogue_has_a_curve_in_decades(figure):
    well = Well("A-1", np.arange(100.0))
    values = np.geomspace(0.5, 500, 100)
    well.add_curve("RDEP", values, unit="ohm.m")
    nothing = np.full(100, np.nan)
    flag = np.zeros(100, np.int8)
    evidence = Evidence(
        well, "RDEP", "RDEP restored", "ohm.m", values, values, nothing, nothing, nothing, flag
    )
    draw_histogram(figure, evidence)
    (step,) = [part for part in figure.axes[0].patches if isinstance(part, StepPatch)]
    edges = step.get_data().edges
    assert figure.axes[0].get_xscale() == "log"
    np.testing.assert_allclose(np.diff(np.log10(edges)), np.log10(edges[1] / edges[0]))


def test_a_histogram_of_no_samples_says_so(evidence, figure):
    draw_histogram(figure, evidence, rows=np.zeros(len(evidence.flag), bool))
    assert any("has DTC" in text for text in words(figure)) and not figure.axes


def test_the_residual_is_restored_minus_measured_and_its_band_lies_about_it(evidence, figure):
    narrow = replace(evidence, lower=evidence.median - 1, upper=evidence.median + 5)
    scatter = draw_residuals(figure, narrow)
    np.testing.assert_allclose(scatter.y, -2.0)
    assert "restored \N{MINUS SIGN} measured" in scatter.axes.get_ylabel()
    band = scatter.axes.collections[0].get_datalim(scatter.axes.transData)
    assert (band.y0, band.y1) == pytest.approx((-5.0, 1.0))
    np.testing.assert_array_equal(scatter.x, evidence.well.index[scatter.rows])


def test_depth_runs_down_in_a_high_figure_and_to_the_right_in_a_wide_one(evidence):
    high, wide = make_figure(3, 6), make_figure(9, 3)
    scatter = draw_residuals(high, evidence)
    np.testing.assert_allclose(scatter.x, -2.0)
    bottom, top = scatter.axes.get_ylim()
    assert bottom > top
    left, right = draw_residuals(wide, evidence).axes.get_xlim()
    assert left < right


def test_residuals_need_something_known(evidence, figure):
    rows = ~np.isfinite(evidence.measured)
    assert draw_residuals(figure, evidence, rows=rows) is None
    assert any("both measured and predicted" in text for text in words(figure))


def test_the_calibration_chart_shows_the_coverage_that_was_observed(figure):
    truth = np.random.default_rng(0).normal(size=4000)
    middle = np.zeros(4000)
    seen = observe_coverage(truth, middle, middle - 3.0, middle + 3.0)
    draw_calibration(figure, seen, title="too wide")
    line = next(part for part in figure.axes[0].lines if part.get_label() == "central intervals")
    np.testing.assert_allclose(line.get_ydata()[1:], seen.observed * 100)
    assert (line.get_ydata()[1:] > line.get_xdata()[1:]).all()
    assert "90 % band holds 100%" in words(figure) and "4000 samples" in words(figure)


def test_a_band_that_nothing_is_known_of_is_not_judged(figure):
    nothing = np.full(3, np.nan)
    draw_calibration(figure, observe_coverage(nothing, nothing, nothing, nothing))
    assert any("nothing to check it by" in text for text in words(figure))


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "PNG"])
def test_a_figure_is_saved_in_the_format_of_the_ending(evidence, figure, tmp_path, ending):
    draw_histogram(figure, evidence)
    path = save_figure(figure, tmp_path / f"picture.{ending}")
    start = path.read_bytes()[:5]
    assert start == {"svg": b"<?xml", "pdf": b"%PDF-"}.get(ending, b"\x89PNG\r")
    assert [entry.name for entry in tmp_path.iterdir()] == [f"picture.{ending}"]


def test_an_ending_that_is_no_figure_says_which_ones_are(evidence, figure, tmp_path):
    with pytest.raises(ValueError, match="use png, svg or pdf"):
        save_figure(figure, tmp_path / "picture.docx")
    assert not list(tmp_path.iterdir())
