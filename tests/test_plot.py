"""Log prints: what they show, not how they look (docs/screenshots.py makes those to look at)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from welllog.plot import plot_well
from welllog.restoration import restore
from welllog.samples import synthetic_well
from welllog.tracks import lay_out
from welllog.well import CurveNotFoundError, Well
from welllog.zones import Top, Zone


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1600)


@pytest.fixture(scope="module")
def restoration(well):
    return restore(well, ["DTC", "GR"], [(1540, 1550)], "interpolation")


def bodies(figure):
    """Return the track axes, left to right: those below the headers."""
    lowest = min(axes.get_position().y0 for axes in figure.axes)
    return [axes for axes in figure.axes[1:] if axes.get_position().y0 == lowest]


def words(figure) -> set[str]:
    return {text.get_text() for axes in figure.axes for text in axes.texts} | {
        text.get_text() for text in figure.texts
    }


def test_depth_runs_down_in_every_track(well):
    for axes in bodies(plot_well(well)):
        assert axes.get_ylim() == (pytest.approx(well.index.max()), pytest.approx(1500))


def test_headers_give_name_unit_and_both_ends_of_the_scale(well):
    assert {"GR", "gAPI", "0", "150", "NPHI", "0.45", "\N{MINUS SIGN}0.15"} <= words(
        plot_well(well)
    )


def test_a_restoration_is_shown_with_its_surroundings(well, restoration):
    base, top = bodies(plot_well(well, restoration=restoration))[0].get_ylim()
    assert 1500 <= top < 1540 and 1550 < base < 1600


def test_the_band_is_drawn_in_the_tracks_of_the_curves_restored_and_no_others(well, restoration):
    from matplotlib.collections import PolyCollection

    figure = plot_well(well, restoration=restoration)
    banded = [
        any(isinstance(artist, PolyCollection) for artist in axes.collections)
        for axes in bodies(figure)
    ]
    assert sum(banded) == 2 and banded[0]


def test_hidden_truth_is_dashed_and_inside_the_interval(well, restoration):
    figure = plot_well(well, restoration=restoration, truth={"DTC": well.values("DTC")})
    dashed = [
        line for axes in bodies(figure) for line in axes.lines if line.get_linestyle() == "--"
    ]
    assert len(dashed) == 1
    depth = dashed[0].get_ydata()
    assert depth.min() >= 1540 - 2 * well.step and depth.max() <= 1550 + 2 * well.step
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "measured, was hidden" in legend


def test_curves_and_interval_can_be_chosen(well):
    figure = plot_well(well, curves=["DTC", "GR"], interval=(1580, 1520), title="A title")
    assert len(bodies(figure)) == 2
    assert bodies(figure)[0].get_ylim() == (1580, 1520)
    assert "A title" in words(figure)


def test_a_gap_is_blank(well):
    gappy = Well(well.name, well.index)
    values = well.values("GR").copy()
    values[100:200] = np.nan
    gappy.add_curve("GR", values, unit="gAPI")
    (line,) = [line for line in bodies(plot_well(gappy))[0].lines if len(line.get_ydata()) > 50]
    inside = (line.get_ydata() > well.index[100]) & (line.get_ydata() < well.index[199])
    assert np.isnan(line.get_xdata()[inside]).all()


def test_nothing_to_draw_says_what_to_do(well):
    bare = Well("B-2", well.index)
    bare.add_curve("XYZ", well.index)
    with pytest.raises(ValueError, match=r"name some with curves"):
        plot_well(bare)
    with pytest.raises(ValueError, match=r"it was logged from 1500"):
        plot_well(well, interval=(10, 20))
    with pytest.raises(CurveNotFoundError):
        plot_well(well, curves=["NOSUCH"])


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_figure_is_saved_in_the_format_of_the_ending(well, tmp_path, ending):
    path = tmp_path / f"print.{ending}"
    plot_well(well, curves=["GR"], path=path)
    assert path.stat().st_size > 1000


def test_drawing_leaves_nothing_with_pyplot_and_loads_no_torch():
    code = (
        "import sys; from welllog.plot import plot_well; from welllog.samples import "
        "synthetic_well; plot_well(synthetic_well(top=1500, base=1510)); "
        "print('torch' in sys.modules); import matplotlib.pyplot; "
        "print(matplotlib.pyplot.get_fignums())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "[]"]


def test_a_curve_the_well_lacks_is_drawn_where_it_was_synthesised(well, restoration):
    without = well.copy()
    del without.curves["DTC"]
    assert "DTC" not in words(plot_well(without))
    figure = plot_well(without, restoration=restoration)
    assert {"DTC", "140", "40"} <= words(figure)
    assert "DTC" not in without.curves


def test_realisations_are_drawn_and_named(well, restoration):
    curve = restoration["DTC"]
    drawn = replace(curve, realisations=[curve.values + 1.0] * 5)
    figure = plot_well(well, restoration=replace(restoration, curves={"DTC": drawn}))
    lines = [line for axes in figure.axes for line in axes.lines if line.get_linewidth() == 0.5]
    assert len(lines) == 3
    assert "realisations" in legend(figure)
    assert "realisations" not in legend(plot_well(well, restoration=restoration))


def legend(figure) -> list[str]:
    return [text.get_text() for key in figure.legends for text in key.get_texts()]


@pytest.fixture(scope="module")
def rich(well):
    """The well with zones, a top, lithology and a washout."""
    rich = well.copy()
    rich.zones = [Zone("Utsira", 1500, 1560), Zone("Skade", 1560, 1600)]
    rich.tops = [Top("Contact", 1580)]
    codes = np.where(rich.index < 1550, 30000.0, 65000.0)
    rich.add_curve("FORCE_2020_LITHOFACIES_LITHOLOGY", codes)
    return rich


def test_a_template_draws_zones_lithology_and_fills_with_their_captions(rich):
    figure = plot_well(rich, template="triple_combo")
    said = words(figure)
    assert {"Utsira", "Skade", "Contact", "sandstone", "shale"} <= said
    assert {"GR below 75 gAPI", "NPHI left of RHOB", "gAPI, wraps"} <= said
    for fluid in ("gas", "oil", "water", "pay"):
        assert not any(fluid in text.lower().split() for text in said)


def test_tracks_are_as_wide_as_the_template_says(rich):
    tracks = lay_out(rich, template="triple_combo")
    drawn = [axes.get_position().width for axes in bodies(plot_well(rich, template="triple_combo"))]
    ratios = np.array(drawn) / [track.width for track in tracks]
    np.testing.assert_allclose(ratios, ratios[0])
    assert len({track.width for track in tracks}) > 2


def test_a_name_is_written_only_where_its_block_has_room(rich):
    figure = plot_well(rich, template="triple_combo", interval=(1500, 1559.9))
    assert "Utsira" in words(figure) and "Skade" not in words(figure)
    thin = rich.copy()
    thin.zones = [Zone("Utsira", 1500, 1500.5), Zone("Skade", 1500.5, 1600)]
    assert "Utsira" not in words(plot_well(thin, template="triple_combo"))


def test_a_fill_does_not_reach_out_of_the_interval_that_is_shown(rich):
    from matplotlib.collections import PolyCollection

    figure = plot_well(rich, template="triple_combo", interval=(1520, 1530))
    fills = [
        artist
        for axes in bodies(figure)
        for artist in axes.collections
        if isinstance(artist, PolyCollection) and artist.get_alpha() is not None
    ]
    depths = np.concatenate([p.vertices[:, 1] for fill in fills for p in fill.get_paths()])
    assert fills and depths.min() >= 1519.5 and depths.max() <= 1530.5


def test_a_restored_curve_of_a_file_is_black_only_where_it_was_restored(well, restoration):
    figure = plot_well(restoration.well, template="restoration")
    black = [
        line
        for axes in bodies(figure)
        for line in axes.lines
        if line.get_color() == "#1a1a1a" and line.get_linewidth() > 0.9
    ]
    assert len(black) == 2  # GR and DTC
    for line in black:
        depth = line.get_ydata()[np.isfinite(line.get_xdata())]
        assert 1539 < depth.min() and depth.max() < 1551


def test_a_restoration_is_drawn_once_in_a_template_of_restorations(well, restoration):
    figure = plot_well(well, restoration=restoration, template="restoration")
    heavy = [
        line
        for axes in bodies(figure)
        for line in axes.lines
        if line.get_color() == "#1a1a1a" and line.get_linewidth() == 1.1
    ]
    assert len(heavy) == 2
    assert "filled" in words(figure)


def test_an_image_is_drawn_between_its_ends_of_depth():
    image = Well("I-1", 1000 + 0.5 * np.arange(40))
    for sector in range(16):
        image.add_curve(f"ABDC{sector}M", 2 + 0.1 * np.sin(image.index + sector), unit="g/cc")
    figure = plot_well(image, template="image")
    (mesh,) = bodies(figure)[0].collections
    assert mesh.get_array().size == 40 * 16
    assert {"ABDC#M", "g/cc", "ABDC0M to ABDC15M"} <= words(figure)
