"""Recurrent networks: the cell against torch's, segments, and both directions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from welllog.networks import NetworkSettings, build_generator
from welllog.networks.recurrent import PeepholeLSTM

RECURRENT = ("lstm", "peephole-lstm", "gru")
SMALL = NetworkSettings("lstm", width=8, curves=2, inputs=3, segment=16)


def cells_and_torch() -> tuple[PeepholeLSTM, torch.nn.LSTM]:
    torch.manual_seed(0)
    cells, theirs = PeepholeLSTM(3, 5), torch.nn.LSTM(3, 5, batch_first=True)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(cells.weight_ih)
        theirs.weight_hh_l0.copy_(cells.weight_hh)
        theirs.bias_ih_l0.copy_(cells.bias)
        theirs.bias_hh_l0.zero_()
    return cells, theirs


def test_without_peepholes_the_cell_is_the_lstm_of_torch() -> None:
    cells, theirs = cells_and_torch()
    with torch.no_grad():
        cells.peephole_if.zero_()
        cells.peephole_o.zero_()
    x = torch.randn(4, 20, 3)
    state = (torch.randn(4, 5), torch.randn(4, 5))
    answer, (hidden, cell) = cells(x, state)
    expected, (hidden_then, cell_then) = theirs(x, tuple(s[None] for s in state))
    torch.testing.assert_close(answer, expected)
    torch.testing.assert_close(hidden, hidden_then[0])
    torch.testing.assert_close(cell, cell_then[0])


def test_one_step_of_the_peephole_cell_is_that_of_gers_2002() -> None:
    cells, _ = cells_and_torch()
    x, hidden, cell = torch.randn(1, 1, 3), torch.randn(1, 5), torch.randn(1, 5)
    i, f, g, o = (cells.weight_ih @ x[0, 0] + cells.weight_hh @ hidden[0] + cells.bias).chunk(4)
    peep_i, peep_f = cells.peephole_if.chunk(2)
    i, f = torch.sigmoid(i + peep_i * cell[0]), torch.sigmoid(f + peep_f * cell[0])
    now = f * cell[0] + i * torch.tanh(g)  # the input and forget gates see the old cell
    o = torch.sigmoid(o + cells.peephole_o * now)  # the output gate sees the new one
    answer, _ = cells(x, (hidden, cell))
    torch.testing.assert_close(answer[0, 0], o * torch.tanh(now))


@pytest.mark.parametrize("name", RECURRENT)
def test_the_answer_does_not_depend_on_the_segments(name: str) -> None:
    answers = []
    for segment in (7, 1000):
        torch.manual_seed(0)
        generator = build_generator(replace(SMALL, name=name, segment=segment))
        answers.append(generator(torch.linspace(-1, 1, 150).reshape(1, 3, 50)))
    torch.testing.assert_close(*answers)


@pytest.mark.parametrize("name", RECURRENT)
def test_an_answer_learns_from_its_own_segment_and_not_from_the_next(name: str) -> None:
    generator = build_generator(replace(SMALL, name=name))
    x = torch.randn(1, 3, 64, requires_grad=True)
    generator(x)[..., 20].sum().backward()
    assert x.grad is not None
    reached = x.grad.abs().sum((0, 1)) > 0
    assert reached[16:32].all()
    assert not reached[48:].any()
    assert not reached[:16].any()


@pytest.mark.parametrize("name", RECURRENT)
def test_an_answer_depends_on_what_lies_above_and_on_what_lies_below(name: str) -> None:
    generator = build_generator(replace(SMALL, name=name, segment=1000))
    x = torch.randn(1, 3, 40, requires_grad=True)
    generator(x)[..., 20].sum().backward()
    assert x.grad is not None
    assert (x.grad.abs().sum((0, 1)) > 0).all()
