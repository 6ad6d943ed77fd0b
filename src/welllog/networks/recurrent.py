"""Recurrent networks: every layer reads the window from the top down and from the base up.

Gradients are carried over ``segment`` samples only (truncated back-propagation through time:
Williams and Peng 1990, Neural Computation 2); states are carried over all of them, so that an
answer does not depend on the segments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from welllog.networks.blocks import NoiseInput
from welllog.networks.settings import NetworkSettings

__all__ = ["BothWays", "PeepholeLSTM", "RecurrentDecoder", "RecurrentEncoder"]

State = tuple[Tensor, Tensor]


class PeepholeLSTM(nn.Module):
    """A long short-term memory whose gates see the cell (Gers et al. 2002, JMLR 3, section 3).

    Parameters have the names and the gate order (input, forget, cell, output) of ``torch.nn.LSTM``,
    whose answer it gives where the peepholes are zero.
    """

    def __init__(self, channels: int, states: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * states, channels))
        self.weight_hh = nn.Parameter(torch.empty(4 * states, states))
        self.bias = nn.Parameter(torch.empty(4 * states))
        self.peephole_if = nn.Parameter(torch.empty(2 * states))
        self.peephole_o = nn.Parameter(torch.empty(states))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(states**-0.5), states**-0.5)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read a sequence, (b, n, c) -> (b, n, states), from a state (hidden, cell) of (b, states).

        Returns the sequence of hidden states and the state after the last sample.
        """
        before = None if state is None else (state[0][None], state[1][None])
        answers, (hidden, cell) = _read_together((self,), x[None], before)
        return answers[0], (hidden[0], cell[0])


def _read_together(
    readers: Sequence[PeepholeLSTM], x: Tensor, state: State | None = None
) -> tuple[Tensor, State]:
    """Let each of r readers read its own sequence, (r, b, n, c) -> (r, b, n, states).

    In one loop: a sample costs by the number of its operations more than by their size. The state
    (hidden, cell) is of (r, b, states). Under autocast the recurrence keeps the precision of the
    weights.
    """
    names = ("weight_ih", "bias", "weight_hh", "peephole_if", "peephole_o")
    weight, bias, recurrent, peephole_if, peephole_o = (
        torch.stack([getattr(reader, name) for reader in readers]) for name in names
    )
    r, b, n, _ = x.shape
    if state is None:
        state = (recurrent.new_zeros(r, b, recurrent.shape[2]),) * 2
    # All that does not depend on the past is one product: (r, n b, c) -> (r, n b, 4 states).
    driven = torch.baddbmm(bias[:, None], x.transpose(1, 2).flatten(1, 2), weight.mT)
    hidden, cell = (part.to(recurrent) for part in state)
    hiddens, cell = _recur(
        driven.view(r, n, b, weight.shape[1]).to(recurrent),
        recurrent,
        peephole_if.view(r, 1, 2, -1),
        peephole_o[:, None],
        hidden,
        cell,
    )
    return hiddens.transpose(1, 2), (hiddens[:, -1], cell)


class _Recurrence(torch.autograd.Function):
    """The loop of ``_read_together`` and its gradient, without a graph of every sample.

    Its gradient has no gradient of its own.
    """

    @staticmethod
    def forward(
        ctx: Any,
        driven: Tensor,
        recurrent: Tensor,
        peephole_if: Tensor,
        peephole_o: Tensor,
        hidden: Tensor,
        cell: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Go down the samples.

        Parameters
        ----------
        driven : tensor, shape (r, n, b, 4 states)
            What the input adds to the gates.
        recurrent : tensor, shape (r, 4 states, states)
        peephole_if : tensor, shape (r, 1, 2, states)
        peephole_o : tensor, shape (r, 1, states)
        hidden, cell : tensor, shape (r, b, states)

        Returns the hidden states, (r, n, b, states), and the last cell, (r, b, states).
        """
        # (r, n, b, 4 states) -> (n, r, b, 4 states): a sample lies in one piece.
        sums = driven.transpose(0, 1).clone(memory_format=torch.contiguous_format)
        gates = sums.view(*sums.shape[:3], 4, cell.shape[2])  # in place of the sums
        hiddens, cells = sums.new_empty(2, len(sums) + 1, *cell.shape)
        hiddens[0], cells[0] = hidden, cell
        squashed = torch.empty_like(cell)
        turned = recurrent.mT.contiguous()
        for now, in_forget, admit, keep, candidate, out, seen, new, answer in zip(
            sums.unbind(),
            gates[..., :2, :].unbind(),
            *(gate.unbind() for gate in gates.unbind(3)),
            cells[:-1].unsqueeze(3).unbind(),
            cells[1:].unbind(),
            hiddens[1:].unbind(),
            strict=True,
        ):
            now.baddbmm_(hidden, turned)
            in_forget.addcmul_(seen, peephole_if).sigmoid_()
            torch.mul(keep, cell, out=new).addcmul_(admit, candidate.tanh_())
            out.addcmul_(new, peephole_o).sigmoid_()
            torch.mul(out, torch.tanh(new, out=squashed), out=answer)
            hidden, cell = answer, new
        ctx.save_for_backward(gates, hiddens, cells, recurrent, peephole_if, peephole_o)
        return hiddens[1:].transpose(0, 1), cell.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_hiddens: Tensor, by_cell: Tensor) -> tuple[Tensor, ...]:
        """Go up the samples, from the gradients of what ``forward`` gave to those of its arguments.

        The gradient of a gate is that of the cell (of the output gate: of the hidden state) times a
        factor that does not depend on what lies below; the factors are taken for all samples at
        once, and become the gradients in place.
        """
        gates, hiddens, cells, recurrent, peephole_if, peephole_o = ctx.saved_tensors
        admit, keep, candidate, out = gates.unbind(3)
        old, squashed = cells[:-1], cells[1:].tanh()
        by_gates = torch.addcmul(gates, gates, gates, value=-1)  # the slope of a sigmoid
        by_admit, by_keep, by_candidate, by_out = by_gates.unbind(3)
        by_admit.mul_(candidate)
        by_keep.mul_(old)
        torch.addcmul(admit, admit, candidate.square(), value=-1, out=by_candidate)
        by_out.mul_(squashed)
        cell_by_hidden = torch.addcmul(out, out, squashed.square(), value=-1)
        cell_by_hidden.addcmul_(by_out, peephole_o)
        see_in, see_forget = peephole_if.unbind(2)
        cell_by_next = torch.addcmul(keep, by_admit, see_in).addcmul_(by_keep, see_forget)
        by_sums = by_gates.flatten(3)
        by_hiddens = torch.cat((torch.zeros_like(hiddens[:1]), by_hiddens.transpose(0, 1)))
        by_cell = by_cell.clone(memory_format=torch.contiguous_format)
        column = by_cell.unsqueeze(2)
        for here, above, now, from_cell, from_hidden, to_cell, to_next in zip(
            by_hiddens[1:].unbind()[::-1],
            by_hiddens[:-1].unbind()[::-1],
            by_sums.unbind()[::-1],
            by_gates[..., :3, :].unbind()[::-1],
            by_out.unbind()[::-1],
            cell_by_hidden.unbind()[::-1],
            cell_by_next.unbind()[::-1],
            strict=True,
        ):
            from_hidden.mul_(here)
            by_cell.addcmul_(here, to_cell)
            from_cell.mul_(column)
            by_cell.mul_(to_next)
            above.baddbmm_(now, recurrent)
        by_driven = by_sums.transpose(0, 1).contiguous()
        # With a place for the answer, since autocast leaves those alone.
        by_recurrent = torch.bmm(
            by_driven.flatten(1, 2).mT,
            hiddens[:-1].transpose(0, 1).flatten(1, 2),
            out=torch.empty_like(recurrent),
        )
        by_if = torch.stack([(by_admit * old).sum((0, 2)), (by_keep * old).sum((0, 2))], 1)
        by_o = (by_out * cells[1:]).sum((0, 2))
        return by_driven, by_recurrent, by_if[:, None], by_o[:, None], by_hiddens[0], by_cell


_recur: Callable[..., tuple[Tensor, Tensor]] = _Recurrence.apply


class BothWays(nn.Module):
    """One recurrent layer that reads down and up: (b, n, c) -> (b, n, 8 width)."""

    def __init__(self, settings: NetworkSettings, channels: int) -> None:
        super().__init__()
        self.segment = settings.segment
        states = 4 * settings.width
        self.channels = 2 * states
        self.down = _cells(settings.name, channels, states)
        self.up = _cells(settings.name, channels, states)

    def forward(self, x: Tensor) -> Tensor:
        """Read (b, n, c) both ways."""
        if isinstance(self.down, PeepholeLSTM) and isinstance(self.up, PeepholeLSTM):
            cells = partial(_read_together, (self.down, self.up))
            down, up = self._read(cells, torch.stack([x, x.flip(1)]))
        else:
            down, up = self._read(self.down, x), self._read(self.up, x.flip(1))
        return torch.cat([down, up.flip(1)], 2)

    def _read(self, cells: Callable[..., Any], x: Tensor) -> Tensor:
        """Read segments of (..., n, c), each from the state that the last one left."""
        state = None
        answers = []
        for part in torch.split(x, self.segment, -2):
            answer, state = cells(part, state)
            state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
            answers.append(answer)
        return torch.cat(answers, -2)


def _cells(name: str, channels: int, states: int) -> nn.Module:
    """Return cells that read one way."""
    if name == "peephole-lstm":
        return PeepholeLSTM(channels, states)
    kind = nn.LSTM if name == "lstm" else nn.GRU
    return kind(channels, states, batch_first=True)


class RecurrentEncoder(nn.Module):
    """All recurrent layers but the last."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.layers = nn.ModuleList([BothWays(settings, settings.inputs)])
        for _ in range(settings.layers - 2):
            self.layers.append(BothWays(settings, 8 * settings.width))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Encode, (b, inputs, n) -> (b, 8 width, n)."""
        x = x.transpose(1, 2)
        for layer in self.layers:
            x = self.dropout(layer(x))
        return x.transpose(1, 2)


class RecurrentDecoder(nn.Module):
    """The last recurrent layer, driven by noise as well, and a linear read-out."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.noise = NoiseInput(8 * settings.width, settings.noise_channels)
        self.layer = BothWays(settings, 8 * settings.width)
        self.head = nn.Linear(8 * settings.width, settings.curves)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Decode, (b, 8 width, n) -> (b, curves, n)."""
        answer: Tensor = self.head(self.layer(self.noise(x, z).transpose(1, 2)))
        return answer.transpose(1, 2)
