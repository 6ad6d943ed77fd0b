"""Words that have too little room, and marks as bands: what the canvas draws, without one."""

from __future__ import annotations

import numpy as np
import pytest

from napari_welllog._lettering import Lettering
from napari_welllog._mark_bands import gather_marks

NAME = "Top Hordaland Group unconformity"


@pytest.fixture
def letters(qapp):
    return Lettering()


def test_a_name_that_fits_stays_whole_and_any_other_ends_in_an_ellipsis_inside_its_room(letters):
    whole = letters.measure(NAME, 7)
    assert letters.shorten(NAME, 7, whole + 1) == NAME
    for room in np.linspace(40, whole - 1, 7):
        short = letters.shorten(NAME, 7, room)
        assert short.endswith("\N{HORIZONTAL ELLIPSIS}") and letters.measure(short, 7) <= room
    assert letters.shorten(NAME, 7, 8) == ""


def test_a_caption_goes_on_in_further_lines_and_loses_no_word_where_these_have_room(letters):
    room = letters.measure("Hordaland Group", 7) + 1
    lines = letters.wrap(NAME, 7, room, 3)
    assert len(lines) == 3 and " ".join(lines) == NAME
    assert all(letters.measure(line, 7) <= room for line in lines)
    assert letters.wrap(NAME, 7, room, 2)[1].endswith("\N{HORIZONTAL ELLIPSIS}")


def test_bands_of_marks_never_overlap_and_cover_every_mark():
    depth = np.sort(np.random.default_rng(0).choice(3000, 900, replace=False)) * 0.15 + 1000
    for pixel in (0.01, 0.15, 0.6, 3.0):
        top, base, strength = gather_marks(depth, 0.15, pixel)
        assert (top[1:] >= base[:-1] - 1e-9).all()
        inside = np.searchsorted(top, depth, "right") - 1
        assert (depth <= base[inside]).all()
        assert (base - top >= pixel * 0.999).all()
        assert (0 < strength).all() and (strength <= 1).all()


def test_marks_are_the_fainter_the_more_is_marked_about_them():
    alone = gather_marks(np.array([1000.0]), 0.15, 1.0)[2]
    every_third = gather_marks(np.arange(1000.0, 1300.0, 3.0), 0.15, 1.0)[2]
    everything = gather_marks(np.arange(1000.0, 1300.0, 0.15), 0.15, 1.0)[2]
    assert len(everything) == 1 and alone[0] > 0.8
    assert alone[0] > every_third[50] > everything[0]
