"""Recurrent networks: every layer reads the window from the top down and from the base up.

Gradients are carried over ``segment`` samples only (truncated back-propagation through time:
Williams and Peng 1990, Neural Computation 2); states are carried over all of them, so that an
answer does not depend on the segments.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from welllog.networks.blocks import NoiseInput
from welllog.networks.settings import NetworkSettings

__all__ = ["PeepholeLSTM", "RecurrentDecoder", "RecurrentEncoder"]

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
        states = self.peephole_o.numel()
        hidden, cell = state or (x.new_zeros(len(x), states),) * 2
        recurrent = self.weight_hh.T
        answers = []
        # All that does not depend on the past is one product: (b, n, c) -> n of (b, 4 states).
        for driven in functional.linear(x, self.weight_ih, self.bias).unbind(1):
            gates = torch.addmm(driven, hidden, recurrent)
            in_forget, candidate, out = torch.split(gates, [2 * states, states, states], 1)
            seen = torch.cat((cell, cell), 1) * self.peephole_if
            admit, keep = (in_forget + seen).sigmoid().chunk(2, 1)
            cell = keep * cell + admit * candidate.tanh()
            hidden = (out + cell * self.peephole_o).sigmoid() * cell.tanh()
            answers.append(hidden)
        return torch.stack(answers, 1), (hidden, cell)


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
        return torch.cat([self._read(self.down, x), self._read(self.up, x.flip(1)).flip(1)], 2)

    def _read(self, cells: nn.Module, x: Tensor) -> Tensor:
        state = None
        answers = []
        for part in torch.split(x, self.segment, 1):
            answer, state = cells(part, state)
            state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
            answers.append(answer)
        return torch.cat(answers, 1)


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
