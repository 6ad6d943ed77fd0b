"""Batches by iteration, lines over gaps, hidden spans."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tests.learning.conftest import small
from welllog.corpus import CHANNELS, WindowSource
from welllog.features import LogSet
from welllog.learning.batches import Batches, hide_spans, iterate
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


def test_hidden_spans_take_about_half_and_leave_no_trace_at_the_input(wells: list[LogSet]) -> None:
    source = WindowSource(wells, small().windows)
    random = np.random.default_rng(0)
    batch = source.batch(16, random)
    spans = hide_spans(batch, random)
    visible_before = batch.valid & ~batch.hidden
    taken = (spans.hidden & visible_before).sum() / visible_before.sum()
    assert 0.35 < taken < 0.65
    assert (spans.aug[:, :CURVES][spans.hidden] == 0).all()
    assert (spans.aug[:, -CURVES:][spans.hidden] == 0).all()
    assert not (spans.hidden & ~batch.valid).any()
