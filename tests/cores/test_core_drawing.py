"""Core stands in a track at its depth, shares of classes beside it, and what is missing is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.cores.core_pictures import core_box, save_picture
from welllog.cores.columns import box_column
from welllog.cores.placement import place_picture
from welllog.plot import plot_well
from welllog.templates import choose_template
from welllog.tracks import lay_out
from welllog.well import Well


@pytest.fixture
def well(tmp_path: Path) -> Well:
    """A well with one column of core, sand over shale, from 1002 to 1004 m."""
    made = Well("A", np.round(np.arange(1000.0, 1010.0, 0.1), 3))
    made.add_curve("GR", np.linspace(20, 90, len(made.index)), unit="gAPI")
    made.add_curve("CORE_F_SAND", np.full(len(made.index), 0.4), unit="v/v")
    made.add_curve("CORE_F_SAND_SE", np.full(len(made.index), 0.1), unit="v/v")
    photo = save_picture(tmp_path / "box.png", core_box(1))
    columns = [box_column(20, 20, 140, 920)]
    made.cores = [place_picture(photo, (940, 160), columns, 1002.0, 1004.0, shift=1.0)]
    return made


def words_of(figure: Figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_a_well_with_core_is_shown_with_it_and_the_shares_without_their_errors(well: Well) -> None:
    template = choose_template(well)
    assert template.name == "Core"
    tracks = lay_out(well, template=template)
    core = next(track for track in tracks if track.kind == "core")
    assert core.cores == tuple(well.cores)
    shares = next(track for track in tracks if track.title == "Classes in the core")
    assert [(c.mnemonic, c.left, c.right) for c in shares.curves] == [("CORE_F_SAND", 0, 1)]
    well.cores = []
    assert choose_template(well).name != "Core"


def test_rock_is_drawn_at_its_shifted_depth(well: Well) -> None:
    figure = plot_well(well, template="core", interval=(1001, 1007))
    image = next(image for axes in figure.axes for image in axes.images)
    left, right, base, top = image.get_extent()
    assert (left, right) == (0, 1) and (top, base) == pytest.approx((1003, 1005))
    colours = np.asarray(image.get_array())[..., :3].astype(float)
    colours = colours / (255 if colours.max() > 1 else 1)
    half = len(colours) // 2
    assert colours[: half - 2].mean() == pytest.approx(0.63, abs=0.02)
    assert colours[half + 2 :].mean() == pytest.approx(0.353, abs=0.02)
    assert "box.png" in words_of(figure) and "shift +1.00 m" in words_of(figure)


def test_a_picture_that_changed_or_is_gone_is_said_in_its_track(well: Well) -> None:
    save_picture(well.cores[0].picture, core_box(1, seed=3))
    assert "has changed since" in words_of(plot_well(well, template="core"))
    well.cores[0].picture.unlink()
    assert "not there any more" in words_of(plot_well(well, template="core"))


def test_core_outside_the_interval_is_not_read(well: Well) -> None:
    well.cores[0].picture.unlink()
    figure = plot_well(well, template="core", interval=(1000, 1002))
    assert "not there" not in words_of(figure)
