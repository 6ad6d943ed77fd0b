"""Batches by iteration, lines over gaps, purposes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from tests.learning.conftest import small
from welllog.corpus import CHANNELS, PURPOSES, WindowSource
from welllog.features import LogSet
from welllog.learning.batches import Batches, iterate
from welllog.neural import draw_line

CURVES = len(CHANNELS)


def source_of(wells: list[LogSet]) -> WindowSource:
    return WindowSource(wells, small().windows)


def same(one: Any, other: Any) -> bool:
    return all(
        torch.equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


def test_a_batch_depends_on_its_number_and_not_on_those_before(wells: list[LogSet]) -> None:
    batches = Batches(source_of(wells), 2, seed=3)
    straight = list(iterate(batches, 0, 4))
    later = list(iterate(batches, 2, 4))
    assert same(straight[2], later[0]) and same(straight[3], later[1])
    assert not same(straight[0], straight[1])


def test_processes_and_seeds_see_other_batches(wells: list[LogSet]) -> None:
    source = source_of(wells)
    first = Batches(source, 2, seed=3)[0]
    assert not same(first, Batches(source, 2, seed=3, process=1)[0])
    assert not same(first, Batches(source, 2, seed=4)[0])


def test_batches_cut_by_other_processes_are_the_same(wells: list[LogSet]) -> None:
    batches = Batches(source_of(wells), 2, seed=3)
    ahead = list(iterate(batches, 0, 3, workers=1))
    assert all(same(one, other) for one, other in zip(ahead, iterate(batches, 0, 3), strict=True))


def test_a_line_joins_known_samples_and_is_level_beyond_them() -> None:
    values = np.array([[[9.0, 1.0, 9.0, 9.0, 4.0, 9.0], [5.0] * 6]], np.float32)
    known = np.zeros((1, 2, 6), bool)
    known[0, 0, [1, 4]] = True
    expected = [[[1.0, 1.0, 2.0, 3.0, 4.0, 4.0], [0.0] * 6]]
    np.testing.assert_allclose(draw_line(values, known), expected)


def test_lines_are_drawn_from_what_is_visible_alone(wells: list[LogSet]) -> None:
    plain = Batches(source_of(wells), 8, seed=0)[0]
    filled = Batches(source_of(wells), 8, seed=0, fill="linear")[0]
    visible = plain.valid & ~plain.hidden
    lines = filled.x[:, :CURVES]
    assert torch.equal(lines[visible], plain.x[:, :CURVES][visible])
    whole = ~visible.any(-1) & plain.hidden.any(-1)  # a whole log was hidden: nothing to draw from
    assert whole.any() and (lines[whole] == 0).all()
    assert torch.equal(filled.x[:, CURVES:], plain.x[:, CURVES:])  # masks tell the truth


def test_pretraining_and_validation_have_streams_of_their_own(wells: list[LogSet]) -> None:
    first = {purpose: Batches(source_of(wells), 4, 3, purpose=purpose)[7] for purpose in PURPOSES}
    truths = [batch.y for batch in first.values()]
    assert not any(torch.equal(truths[i], truths[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_masked_pretraining_hides_about_half_whatever_the_input_shows(wells: list[LogSet]) -> None:
    for representation in ("log10", "spectral"):
        settings = replace(small().windows, p_zero=0.0, representation=representation)
        batch = Batches(WindowSource(wells, settings), 16, 0, purpose="pretraining")[0]
        taken = (batch.hidden.sum() / batch.valid.sum()).item()
        assert 0.35 < taken < 0.65
        assert (batch.x[:, :CURVES][batch.hidden] == 0).all()
        assert (batch.x[:, -CURVES:][batch.hidden] == 0).all()


def test_the_well_of_every_window_is_known(wells: list[LogSet]) -> None:
    level = [
        replace(well, curves={"GR": np.full(len(well.depth), 20.0 * number)})
        for number, well in enumerate(wells)
    ]
    windows = replace(small().windows, window=64, distortions=None)
    source = WindowSource(level, windows)
    batches = Batches(source, 16, 0, purpose="validation")
    found = batches[3].y[:, CHANNELS.index("GR")].mean(-1).numpy()
    of = batches.wells(3)
    assert len(set(of)) == 3
    levels = np.unique(found)  # wells lie in the order of their levels
    assert (of == np.searchsorted(levels, found)).all()
