"""A trained network as a restorer: windows over the well, averaged with tapered weights.

The well is brought to the network's step, cut into overlapping windows, predicted in batches of a
fixed size and put together again; memory and time grow with the well's length, not faster. The
fill is tied to the measured samples at its edges, as a network's answer does not meet them by
itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from welllog.baselines import Prediction
from welllog.corpus import (
    CHANNELS,
    Representation,
    Scaling,
    WindowSettings,
    encode_window,
    on_common_step,
)
from welllog.features import TARGETS, LogSet, hidden_with, runs_of
from welllog.networks import NetworkSettings
from welllog.splicing import tie_edges
from welllog.uncertainty import NORMAL_90, Calibration

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = [
    "TIE_M",
    "Neural",
    "Outlook",
    "choose_device",
    "draw_line",
    "input_ranges",
    "is_out_of_memory",
]

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

WINDOWS_AT_ONCE = 8
"""Windows that go through the network together: what bounds memory."""
TIE_M = 30.0
"""Distance over which the correction at an edge falls to 1/e."""


@dataclass(frozen=True)
class Outlook:
    """What a network is shown and how its answer is read; goes into the model file."""

    network: NetworkSettings
    windows: WindowSettings
    scaling: Scaling
    fill: str = "zero"
    """``zero``, or ``linear``: unknown stretches are shown as straight lines."""
    spread: bool = False
    """The network's second half of channels is the log scale of its error, as represented."""
    residual: tuple[float, ...] = (1.0,) * len(CHANNELS)
    """Root mean square error per curve on hidden samples of wells not trained on, in spreads of
    model space."""


def choose_device(device: str) -> str:
    """Return the device that ``auto`` stands for: cuda, mps or cpu, the first there is.

    Raises
    ------
    ValueError
        A device was asked for that this machine has not.
    """
    have = [
        name
        for name, there in (
            ("cuda", torch.cuda.is_available()),
            ("mps", torch.backends.mps.is_available()),
            ("cpu", True),
        )
        if there
    ]
    if device == "auto":
        return have[0]
    if device not in have:
        raise ValueError(
            f"no device {device} on this machine that torch can use; "
            f"use auto or one of {', '.join(have)}"
        )
    return device


def is_out_of_memory(error: RuntimeError) -> bool:
    """Say whether torch found no memory: on a GPU by its own error, elsewhere by what it says."""
    said = str(error)
    return isinstance(error, torch.cuda.OutOfMemoryError) or (
        "out of memory" in said or "can't allocate memory" in said
    )


def draw_line(values: Float32Array, known: BoolArray) -> Float32Array:
    """Draw straight lines over what is unknown, from known sample to known sample.

    Beyond the first and the last the line is level; a curve without any is 0.

    Parameters
    ----------
    values : array, shape (b, c, n)
    known : array of bool, shape (b, c, n)
    """
    drawn = np.zeros_like(values)
    at = np.arange(values.shape[-1])
    for window, channel in np.ndindex(values.shape[:2]):
        there = np.flatnonzero(known[window, channel])
        if len(there):
            drawn[window, channel] = np.interp(at, there, values[window, channel, there])
    return drawn


def input_ranges(wells: Sequence[LogSet]) -> dict[str, tuple[float, float]]:
    """Return the 0.1st and 99.9th percentile of every curve, in model space."""
    ranges = {}
    for name in CHANNELS:
        seen = [well.curves[name][::5] for well in wells if name in well.curves]
        values = np.concatenate([*seen, np.empty(0)])
        values = values[np.isfinite(values)]
        if len(values):
            low, high = np.percentile(values, [0.1, 99.9])
            ranges[name] = (float(low), float(high))
    return ranges


@dataclass
class Neural:
    """A network that restores every curve it was trained on."""

    name: str
    generator: nn.Module = field(repr=False)
    outlook: Outlook = field(repr=False)
    targets: tuple[str, ...] = TARGETS
    """Curves it may be asked for."""
    seen: tuple[str, ...] = ()
    """Names of the wells in training."""
    held_out: tuple[str, ...] = ()
    """Names of the wells held out of it, which chose its iteration and set its band."""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    """Per curve, what was seen in training (``input_ranges``)."""
    calibration: Calibration = field(default_factory=Calibration, repr=False)
    device: str = "cpu"
    digest: str = ""
    """Hash of the weights, worked out when a record first needs it."""
    origin: dict[str, str] = field(default_factory=dict)
    """``file`` and ``file_sha256`` of the model file it was read from; empty for one just made."""

    def __post_init__(self) -> None:
        self.generator.eval()
        self.generator.requires_grad_(False)

    def on(self, device: str) -> Neural:
        """Bring the network to a device ("auto", "cpu", "cuda", "mps")."""
        self.device = choose_device(device)
        self.generator.to(self.device)
        return self

    def sha256(self) -> str:
        """Return the hash of all weights."""
        if not self.digest:
            digest = hashlib.sha256()
            for name, tensor in sorted(self.generator.state_dict().items()):
                digest.update(name.encode())
                digest.update(tensor.cpu().contiguous().numpy().tobytes())
            self.digest = digest.hexdigest()
        return self.digest

    def predict(self, logs: LogSet, target: str, rows: BoolArray) -> Prediction:
        """Predict hidden rows from everything that is visible, with no noise at the input.

        Raises
        ------
        ValueError
            A curve it was not trained on, or a device with too little memory.
        """
        mean, deviation = self._answer(logs, target, rows, None)
        informed = logs.hide(rows, [target]).informed(target)
        visible = self._visible(logs, target, rows)
        factors = [
            self.calibration.factors(target, rows, logs.step, kind)
            for kind in ("gap" if visible.any() else "blind", "blackout")
        ]
        half = NORMAL_90 * deviation * np.where(informed[rows], *factors)
        return Prediction(mean, mean - half, mean + half)

    def realisations(
        self, logs: LogSet, target: str, rows: BoolArray, count: int, seed: int = 0
    ) -> FloatArray:
        """Return several fills, each from a noise z of its own: shape (count, k), model space.

        One noise runs through the whole well, so that overlapping windows agree. A network that
        was trained without a discriminator has learnt to ignore it.
        """
        fills = [
            self._answer(logs, target, rows, np.random.default_rng([seed, number]))[0]
            for number in range(count)
        ]
        return np.array(fills).reshape(count, int(rows.sum()))

    def outside_experience(self, logs: LogSet, target: str) -> BoolArray:
        """Return the rows where no other log is measured, or one is unlike any seen in training."""
        outside = ~logs.informed(target)
        for name, (low, high) in self.ranges.items():
            if name in logs.curves and name not in hidden_with(target):
                with np.errstate(invalid="ignore"):
                    outside |= (logs.curves[name] < low) | (logs.curves[name] > high)
        return outside

    @staticmethod
    def _visible(logs: LogSet, target: str, rows: BoolArray) -> BoolArray:
        if target not in logs.curves:
            return np.zeros(len(rows), bool)
        visible: BoolArray = np.isfinite(logs.curves[target]) & ~rows
        return visible

    def _answer(
        self, logs: LogSet, target: str, rows: BoolArray, noise: np.random.Generator | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and deviation of hidden rows, shape (k,) each, in model space.

        Siblings of the target are hidden with it, as they were when the network was trained.
        """
        if target not in self.targets:
            have = ", ".join(self.targets) or "none"
            raise ValueError(f"model {self.name} cannot predict {target}; it predicts {have}")
        hidden = logs.hide(rows, hidden_with(target))
        common = on_common_step(hidden)
        wanted = rows if common is hidden else _rows_around(common, logs, rows)
        answer, scale = self._run(common, CHANNELS.index(target), wanted, noise)
        mean = np.interp(logs.depth[rows], common.depth[wanted], answer[wanted])
        deviation = np.interp(logs.depth[rows], common.depth[wanted], scale[wanted])
        if target in hidden.curves:
            filled = hidden.curves[target].copy()
            filled[rows] = mean
            visible = self._visible(logs, target, rows)
            mean = tie_edges(filled, rows, visible, TIE_M / logs.step)[rows]
        return mean, deviation

    def _run(
        self, logs: LogSet, channel: int, rows: BoolArray, noise: np.random.Generator | None
    ) -> tuple[FloatArray, FloatArray]:
        """Predict one channel over the windows that touch ``rows``: two arrays, shape (n,).

        Windows overlap by half; each counts most in its middle (triangle), so that the average has
        no step where a window ends.
        """
        outlook = self.outlook
        n, size = len(logs.depth), outlook.windows.window
        z = None
        if noise is not None:
            shape = (outlook.network.noise_channels, n + 2 * size)
            z = noise.standard_normal(shape, dtype=np.float32)
        taper = np.minimum(np.arange(size) + 1.0, size - np.arange(size))
        total, scales, weight = np.zeros(n), np.zeros(n), np.zeros(n)
        curves = len(CHANNELS)
        for tops in _grouped(_window_tops(rows, size), WINDOWS_AT_ONCE):
            x = [self.shown(logs, top) for top in tops]
            answer = self._through(
                np.stack(x),
                None if z is None else np.stack([z[:, size + t :][:, :size] for t in tops]),
            )
            representation = Representation(outlook.windows.representation, outlook.scaling)
            values = representation.decode(answer[:, :curves])
            if outlook.spread:
                scale = np.exp(np.clip(answer[:, curves:].astype(np.float64), -6.0, 3.0))
                # Half the way from one scale below to one above: raw ohm.m are not linear here.
                upper, lower = (answer[:, :curves] + sign * scale for sign in (1.0, -1.0))
                scale = 0.5 * (representation.decode(upper) - representation.decode(lower))
            for number, top in enumerate(tops):
                first, last = max(top, 0), min(top + size, n)
                here, part = slice(first, last), slice(first - top, last - top)
                total[here] += taper[part] * values[number, channel, part]
                weight[here] += taper[part]
                if outlook.spread:
                    scales[here] += taper[part] * scale[number, channel, part]
        weight = np.maximum(weight, 1e-12)
        # The deviation of a Laplace distribution is its scale times the root of 2.
        deviation = (
            np.sqrt(2.0) * scales / weight
            if outlook.spread
            else np.full(n, outlook.scaling.spread[channel] * outlook.residual[channel])
        )
        return total / weight, deviation

    def shown(self, logs: LogSet, top: int) -> Float32Array:
        """Return what the network is shown of a window, shape (inputs, n).

        Parameters
        ----------
        logs : LogSet
            On the common step, what is to be predicted already null.
        top : int
            First row of the window; rows beyond the well are null.
        """
        outlook = self.outlook
        size, curves = outlook.windows.window, len(CHANNELS)
        x = encode_window(logs, outlook.windows, outlook.scaling, top, size)
        if outlook.fill == "linear":
            known = np.zeros((curves, size), bool)
            first, last = max(top, 0), min(top + size, len(logs.depth))
            for number, name in enumerate(CHANNELS):
                if name in logs.curves:
                    known[number, first - top : last - top] = np.isfinite(
                        logs.curves[name][first:last]
                    )
            line = draw_line(x[None, :curves], known[None])[0]
            x = np.concatenate([line, x[curves:]])
        return x

    def answer_window(self, shown: Float32Array, noises: Float32Array) -> FloatArray:
        """Answer one window to m noises, (inputs, n), (m, c, n) -> (m, 11, n) in model space."""
        x = np.repeat(shown[None], len(noises), axis=0)
        answer = self._through(x, noises)[:, : len(CHANNELS)]
        return Representation(self.outlook.windows.representation, self.outlook.scaling).decode(
            answer
        )

    def _through(self, x: Float32Array, z: Float32Array | None) -> Float32Array:
        """Send windows through the network: (b, inputs, n) -> (b, outputs, n)."""

        def there(array: Float32Array) -> Tensor:
            return torch.from_numpy(array).to(self.device)

        try:
            with torch.inference_mode():
                answer = self.generator(there(x), None if z is None else there(z))
            result: Float32Array = answer.float().cpu().numpy()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            raise ValueError(
                f"{self.device} has no memory for {len(x)} windows of {self.name}; end what else "
                f"uses it" + (", or use device cpu" if self.device != "cpu" else "")
            ) from error
        return result


def _window_tops(rows: BoolArray, size: int) -> list[int]:
    """Return where windows start that cover ``rows``: every half window, inside the well.

    A well shorter than a window lies in the middle of one.
    """
    half, last = size // 2, len(rows) - size
    if last <= 0:
        return [last // 2]
    tops: set[int] = set()
    for top, base in runs_of(rows):
        grid = range(top // half - 1, (base - 1) // half + 1)
        tops.update(min(max(number * half, 0), last) for number in grid)
    return sorted(tops)


def _grouped(tops: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(tops), size):
        yield tops[start : start + size]


def _rows_around(common: LogSet, logs: LogSet, rows: BoolArray) -> BoolArray:
    """Return the rows of ``common`` that interpolation back to ``rows`` of ``logs`` will read."""
    at = (logs.depth[rows] - common.depth[0]) / common.step
    around = np.zeros(len(common.depth), bool)
    for shift in (0, 1):
        around[np.clip(np.floor(at).astype(int) + shift, 0, len(around) - 1)] = True
    return around
