"""Cross-plots: what lies where on them, and which rows an outline takes."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from matplotlib.figure import Figure

from welllog.crossplots import draw_crossplot, draw_fit
from welllog.minerals import MATRICES, matrix_line
from welllog.palette import DARK, LIGHT, choose_theme
from welllog.quality import evidence_of
from welllog.restoration import restore
from welllog.samples import synthetic_well
from welllog.scales import _channels, _luminance
from welllog.scatter import fade, ring, row_near, rows_inside, thin_points
from welllog.well import CurveNotFoundError, Well


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1600)


@pytest.fixture(scope="module")
def evidence(well):
    return evidence_of(well, restore(well, "DTC", [(1540, 1550)], "interpolation"), "DTC")


@pytest.fixture
def figure() -> Figure:
    return Figure(figsize=(6, 4))


def words(figure) -> list[str]:
    texts = [text.get_text() for key in figure.legends for text in key.get_texts()]
    texts += [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [axes.get_xlabel(), axes.get_ylabel(), axes.get_title()]
        texts += [text.get_text() for text in axes.texts]
    return texts


def line(figure, name):
    return next(part for part in figure.axes[0].lines if part.get_label() == name)


def test_neutron_runs_to_the_right_and_density_down(well, figure):
    axes = draw_crossplot(figure, well, "NPHI", "RHOB").axes
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    assert left < right and bottom > top
    assert axes.get_xlabel().startswith("NPHI") and axes.get_ylabel().startswith("RHOB")


def test_axes_are_logarithmic_where_the_catalogue_says_so(well, figure):
    axes = draw_crossplot(figure, well, "RDEP", "RHOB").axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    axes = draw_crossplot(figure, well, "GR", "RDEP").axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")


def test_limestone_of_twenty_porosity_units_reads_what_the_textbook_says():
    limestone = next(matrix for matrix in MATRICES if matrix.name == "limestone")
    porosity = np.array([0.0, 0.2])
    np.testing.assert_allclose(matrix_line(limestone, "NPHI", porosity), [0.0, 0.2])
    np.testing.assert_allclose(matrix_line(limestone, "RHOB", porosity), [2.71, 2.368])
    np.testing.assert_allclose(matrix_line(limestone, "DTC", porosity), [47.5, 75.8])


def test_all_rock_becomes_water_at_a_porosity_of_one():
    for log, water in (("RHOB", 1.0), ("NPHI", 1.0), ("DTC", 189.0)):
        for matrix in MATRICES:
            assert matrix_line(matrix, log, np.ones(1)) == pytest.approx(water)


def test_on_neutron_and_density_sandstone_lies_above_limestone_and_dolomite_below():
    neutron = 0.2
    density = []
    for matrix in MATRICES:
        porosity = np.linspace(0, 0.45, 500)
        readings = [matrix_line(matrix, log, porosity) for log in ("NPHI", "RHOB")]
        density.append(float(np.interp(neutron, *readings)))
    assert density == sorted(density)


def test_the_lines_of_clean_rock_are_in_the_units_of_the_file(well, figure):
    metric = Well(well.name, well.index)
    metric.add_curve("RHOB", well.values("RHOB") * 1000, unit="kg/m3")
    metric.add_curve("NPHI", well.values("NPHI") * 100, unit="%")
    draw_crossplot(figure, metric, "NPHI", "RHOB")
    limestone = line(figure, "limestone")
    assert limestone.get_ydata()[0] == pytest.approx(2710)
    assert limestone.get_xdata()[1] == pytest.approx(45)


def test_only_porosity_logs_get_lines_of_clean_rock(well, figure):
    draw_crossplot(figure, well, "GR", "RHOB")
    assert "limestone" not in words(figure)
    draw_crossplot(figure, well, "DTC", "RHOB")
    assert "limestone" in words(figure) and any("Edmundson" in text for text in words(figure))


def test_no_picture_names_a_hydrocarbon(well, evidence, figure):
    said = []
    for pair in (("NPHI", "RHOB"), ("DTC", "RHOB")):
        draw_crossplot(figure, well, *pair, evidence=[evidence])
        said += words(figure)
    draw_fit(figure, evidence)
    text = " ".join(said + words(figure)).lower()
    assert not {"gas", "oil", "hydrocarbon", "brine", "pay"} & set(text.split())


def test_filled_points_are_told_from_measured_ones(well, evidence, figure):
    scatter = draw_crossplot(figure, well, "DTC", "RHOB", evidence=[evidence])
    both = np.isfinite(evidence.values) & np.isfinite(well.values("RHOB"))
    assert f"measured  {(both & ~evidence.filled).sum()}" in words(figure)
    assert f"filled  {(both & evidence.filled).sum()}" in words(figure)
    np.testing.assert_array_equal(scatter.rows, np.flatnonzero(both))
    np.testing.assert_array_equal(scatter.x, evidence.values[both])


def test_a_synthesised_curve_that_the_well_lacks_can_be_plotted(well, evidence, figure):
    without = well.copy()
    del without.curves["DTC"]
    scatter = draw_crossplot(figure, without, "DTC", "RHOB", evidence=[evidence])
    assert len(scatter.rows) and "DTC" not in without.curves
    with pytest.raises(CurveNotFoundError):
        draw_crossplot(figure, without, "DTC", "RHOB")


def test_rows_that_are_not_asked_for_are_not_drawn(well, evidence, figure):
    rows = well.index > 1590
    scatter = draw_crossplot(figure, well, "NPHI", "RHOB", rows=rows)
    assert rows[scatter.rows].all()
    assert draw_fit(figure, evidence, rows=rows) is None
    assert any("no measured DTC was predicted" in text for text in words(figure))


def test_a_gap_that_was_never_measured_says_what_to_do_instead_of_a_fit(well, figure):
    gappy = Well(well.name, well.index)
    for name in ("GR", "DTC"):
        values = well.values(name).copy()
        values[100:150] = np.nan if name == "DTC" else values[100:150]
        gappy.add_curve(name, values, unit=well.curves[name].units)
    evidence = evidence_of(gappy, restore(gappy, "DTC", model="interpolation"), "DTC")
    assert draw_fit(figure, evidence) is None
    assert any("restore an interval in which DTC was measured" in text for text in words(figure))


def test_the_fit_is_drawn_of_measured_on_predicted_with_its_numbers(evidence, figure):
    scatter = draw_fit(figure, evidence, colour="GR")
    np.testing.assert_array_equal(scatter.x, evidence.median[evidence.judged])
    np.testing.assert_array_equal(scatter.y, evidence.measured[evidence.judged])
    said = words(figure)
    assert any(text.startswith("RMSE") and text.endswith("us/ft") for text in said)
    assert any(text.startswith("R\N{SUPERSCRIPT TWO}") for text in said)
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()


def test_a_resistivity_is_fitted_in_decades(well, figure):
    made = restore(well, "RDEP", [(1540, 1550)], "interpolation")
    draw_fit(figure, evidence_of(well, made, "RDEP"))
    assert figure.axes[0].get_xscale() == "log"
    assert any(text.startswith("RMSE") and text.endswith("decades") for text in words(figure))


def test_an_outline_takes_the_rows_of_the_points_inside_it(well, figure):
    scatter = draw_crossplot(figure, well, "NPHI", "RHOB")
    figure.draw_without_rendering()
    box = [(0.1, 2.2), (0.3, 2.2), (0.3, 2.6), (0.1, 2.6)]
    rows = rows_inside(scatter, box)
    x, y = well.values("NPHI"), well.values("RHOB")
    inside = (x > 0.1) & (x < 0.3) & (y > 2.2) & (y < 2.6)
    assert 0 < len(rows) < len(well.index)
    np.testing.assert_array_equal(rows, np.flatnonzero(inside))


def test_on_a_logarithmic_axis_an_edge_is_straight_as_it_is_seen(figure):
    well = Well("A-1", np.array([1.0, 2.0]))
    # Half way on the page between 1 and 100 ohm.m is 10: one point on each side of the edge.
    well.add_curve("RDEP", [14.0, 7.0], unit="ohm.m")
    well.add_curve("GR", [75.0, 75.0], unit="gAPI")
    scatter = draw_crossplot(figure, well, "RDEP", "GR")
    figure.draw_without_rendering()
    rows = rows_inside(scatter, [(1.0, 0.0), (100.0, 150.0), (1.0, 150.0)])
    assert rows.tolist() == [1]


def test_the_point_under_the_pointer_is_found_and_none_where_there_is_none(figure):
    well = Well("A-1", np.array([1.0, 2.0]))
    well.add_curve("GR", [30.0, 120.0], unit="gAPI")
    well.add_curve("DTC", [60.0, 120.0], unit="us/ft")
    scatter = draw_crossplot(figure, well, "GR", "DTC")
    figure.draw_without_rendering()
    x, y = scatter.axes.transData.transform((120.0, 120.0))
    assert row_near(scatter, x + 3, y - 3) == 1
    assert row_near(scatter, x - 30, y) is None


def test_thinning_leaves_few_enough_and_no_lonely_point_out():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 50_000)) * 0.01
    x[123], y[123] = 1.0, 1.0
    x[7] = np.nan
    kept = thin_points(x, y, 4000)
    assert len(kept) <= 4000 and 123 in kept and 7 not in kept
    assert len(thin_points(x[:50], y[:50], 4000)) == 49


def test_thinned_points_are_still_taken_by_an_outline(figure, monkeypatch):
    monkeypatch.setattr("welllog.crossplots.MOST_POINTS", 200)
    well = synthetic_well(seed=3, top=1500, base=1700)
    scatter = draw_crossplot(figure, well, "NPHI", "RHOB")
    figure.draw_without_rendering()
    drawn = sum(len(rows) for _, rows, _ in scatter.clouds)
    assert drawn <= 200 < len(scatter.rows)
    everything = [(-10, -10), (10, -10), (10, 10), (-10, 10)]
    assert len(rows_inside(scatter, everything)) == len(scatter.rows)


def test_what_is_not_lit_steps_back_and_comes_forward_again(well, evidence, figure):
    scatter = draw_crossplot(figure, well, "DTC", "RHOB", evidence=[evidence])
    artist, rows, alpha = scatter.clouds[0]
    fade(scatter, well.index > 1580)
    opacity = np.asarray(artist.get_alpha())
    np.testing.assert_allclose(opacity[well.index[rows] > 1580], alpha)
    assert (opacity[well.index[rows] <= 1580] < alpha / 2).all()
    fade(scatter, None)
    np.testing.assert_allclose(artist.get_alpha(), alpha)


def test_rings_are_drawn_anew_and_do_not_move_the_axes(well, figure):
    scatter = draw_crossplot(figure, well, "NPHI", "RHOB")
    limits, before = scatter.axes.get_xlim(), len(scatter.axes.collections)
    nothing, some = np.zeros(len(well.index), bool), well.index < 1510
    for picked, marked, rings in ((some, some, 2), (nothing, some, 1), (nothing, nothing, 0)):
        ring(scatter, picked, marked)
        assert len(scatter.axes.collections) == before + rings
    assert scatter.axes.get_xlim() == limits


@pytest.mark.parametrize("theme", [LIGHT, DARK, choose_theme("#23242b"), choose_theme("#ebe7e6")])
def test_every_colour_of_a_theme_can_be_told_from_its_paper(theme):
    paper = _luminance(_channels(theme.paper))
    for field in fields(theme):
        if field.name in ("paper", "grid", "shades"):
            continue
        colour = _luminance(_channels(getattr(theme, field.name)))
        bright, dark = max(colour, paper), min(colour, paper)
        assert (bright + 0.05) / (dark + 0.05) >= 3.0, field.name


def test_the_paper_chooses_the_theme():
    assert choose_theme("#000000").ink == DARK.ink
    assert choose_theme("#f0f0f0").ink == LIGHT.ink and choose_theme("#f0f0f0").paper == "#f0f0f0"
