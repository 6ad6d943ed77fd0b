"""Recurrent networks: the cell against torch's, segments, and both directions."""

from __future__ import annotations

import pickle
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from welllog.networks import NetworkSettings, build_generator
from welllog.networks.recurrent import BothWays, PeepholeLSTM

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


def plain_loop(
    cells: PeepholeLSTM, x: torch.Tensor, hidden: torch.Tensor, cell: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Read (b, n, c) with a graph of every sample: the hidden states, and the last cell."""
    answers = []
    peep_i, peep_f = cells.peephole_if.chunk(2)
    for sample in x.unbind(1):
        i, f, g, o = (sample @ cells.weight_ih.T + hidden @ cells.weight_hh.T + cells.bias).chunk(
            4, 1
        )
        keep = torch.sigmoid(f + peep_f * cell)
        cell = keep * cell + torch.sigmoid(i + peep_i * cell) * torch.tanh(g)
        hidden = torch.sigmoid(o + cells.peephole_o * cell) * torch.tanh(cell)
        answers.append(hidden)
    return torch.stack(answers, 1), cell


def double_cells() -> PeepholeLSTM:
    """Return cells whose every part counts, in double precision."""
    torch.manual_seed(0)
    cells = PeepholeLSTM(3, 5).double()
    with torch.no_grad():
        for parameter in cells.parameters():
            parameter.mul_(2.0)
    return cells


@pytest.mark.parametrize("given", [False, True])
def test_gradients_of_the_peephole_cell_are_those_of_finite_differences(given: bool) -> None:
    cells = double_cells()
    names, parameters = zip(*cells.named_parameters(), strict=True)
    x = torch.randn(2, 4, 3, dtype=torch.double, requires_grad=True)
    states = [torch.randn(2, 5, dtype=torch.double, requires_grad=True) for _ in range(2 * given)]

    def read(x: torch.Tensor, *rest: torch.Tensor) -> tuple[torch.Tensor, ...]:
        weights, state = rest[: len(names)], rest[len(names) :]
        arguments = (x, tuple(state)) if state else (x,)
        answer, after = torch.func.functional_call(
            cells, dict(zip(names, weights, strict=True)), arguments
        )
        return answer, *after

    assert torch.autograd.gradcheck(read, (x, *parameters, *states))


@pytest.mark.parametrize("samples", [1, 30])
def test_the_peephole_cell_answers_and_learns_as_a_plain_loop_does(samples: int) -> None:
    cells = double_cells()
    x = torch.randn(4, samples, 3, dtype=torch.double, requires_grad=True)
    state = [torch.randn(4, 5, dtype=torch.double, requires_grad=True) for _ in range(2)]
    asked = [x, *state, *cells.parameters()]
    answer, (hidden, cell) = cells(x, tuple(state))
    expected, cell_then = plain_loop(cells, x, *state)
    torch.testing.assert_close(answer, expected)
    torch.testing.assert_close(hidden, expected[:, -1])
    torch.testing.assert_close(cell, cell_then)
    weights = torch.randn_like(answer)

    def learn(answer: torch.Tensor, cell: torch.Tensor) -> list[tuple[torch.Tensor, ...]]:
        by_answer, by_cell = (answer * weights).sum(), cell.square().sum()
        return [
            torch.autograd.grad(loss, asked, retain_graph=True, materialize_grads=True)
            for loss in (by_answer + by_cell, by_answer, by_cell)
        ]

    torch.testing.assert_close(learn(answer, cell), learn(expected, cell_then))


def test_peephole_cells_read_together_as_each_reads_alone() -> None:
    settings = replace(SMALL, name="peephole-lstm", segment=7)
    torch.manual_seed(0)
    layer = BothWays(settings, 3)
    x = torch.randn(2, 20, 3, requires_grad=True)
    asked = [x, *layer.parameters()]

    def alone(cells: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        answers, state = [], None
        for part in x.split(7, 1):
            answer, state = cells(part, state)
            state = tuple(s.detach() for s in state)
            answers.append(answer)
        return torch.cat(answers, 1)

    answer = layer(x)
    expected = torch.cat([alone(layer.down, x), alone(layer.up, x.flip(1)).flip(1)], 2)
    torch.testing.assert_close(answer, expected)
    weights = torch.randn_like(answer)
    found, right = (torch.autograd.grad((y * weights).sum(), asked) for y in (answer, expected))
    torch.testing.assert_close(found, right)


def test_under_autocast_peephole_states_keep_single_precision() -> None:
    torch.manual_seed(0)
    layer = BothWays(replace(SMALL, name="peephole-lstm"), 3)
    x = torch.randn(2, 40, 3, requires_grad=True)
    asked = [layer.down.weight_hh, x, *layer.parameters()]
    expected = layer(x)
    right = torch.autograd.grad(expected.sum(), asked)
    with torch.autocast("cpu", torch.bfloat16):
        answer = layer(x)
        within = torch.autograd.grad(answer.sum(), layer.down.weight_hh, retain_graph=True)
    found = torch.autograd.grad(answer.sum(), asked)
    assert torch.equal(within[0], found[0])
    assert answer.dtype == torch.float32
    torch.testing.assert_close(answer, expected, atol=0.02, rtol=0.02)
    for one, other in zip(found, right, strict=True):
        assert one.dtype == torch.float32
        assert (one - other).norm() < 0.02 * other.norm()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_copy_answers_without_gradients_what_the_original_does_with_them(mode: type) -> None:
    generator = build_generator(replace(SMALL, name="peephole-lstm"))
    x = torch.randn(1, 3, 40)
    expected = generator(x)
    for copy in (deepcopy(generator), pickle.loads(pickle.dumps(generator))):
        with mode():
            assert torch.equal(copy(x), expected)


def test_a_model_file_of_peephole_cells_names_their_parameters() -> None:
    names = set(BothWays(replace(SMALL, name="peephole-lstm"), 3).state_dict())
    parts = ("weight_ih", "weight_hh", "bias", "peephole_if", "peephole_o")
    assert names == {f"{way}.{part}" for way in ("down", "up") for part in parts}
