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
from welllog.well import CurveNotFoundError, Well


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
