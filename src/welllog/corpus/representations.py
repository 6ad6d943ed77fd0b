"""How values are put to a network: scaled, with resistivity as a logarithm or not, with spectra.

Every curve is centred and divided by its robust spread over the training wells, in model space
(``features``), where resistivities are log10. A *representation* is what is made of those scaled
values: left alone (``log10``), with resistivity taken back to a linear scale (``raw``), or joined
by channels that hold the strength of the curve's slow oscillations (``spectral``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import INPUTS, LogSet, robust_spread
from welllog.mnemonics import catalogue

__all__ = ["CHANNELS", "REPRESENTATIONS", "Representation", "Scaling"]

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

CHANNELS = INPUTS
"""Curves of a window, in the order of its channels."""

REPRESENTATIONS = ("raw", "log10", "spectral")

LIMIT = 10.0
"""Scaled values beyond this many spreads are clipped. On 163 wells that is 0.04 % of all samples,
all of them of the density correction (0.5 % of its own)."""
SAMPLES_PER_WELL = 2000
"""A well gives the scaling at most this many samples of a curve: no well outweighs others."""
FRAME = 64
"""Samples of a spectral frame: 9.8 m at the common step."""
HOP = 16
"""Samples between spectral frames."""
ORDERS = (1, 2, 3)
"""Oscillations in a frame that become channels: wave lengths of 9.8, 4.9 and 3.3 m."""

_LOG10 = np.array([catalogue().kinds[name].log10 for name in CHANNELS])
_RANGE = np.array(
    [
        [kind.clip or np.log10(kind.limits).tolist()]
        for kind in (catalogue().kinds[name] for name in CHANNELS)
        if kind.log10
    ]
)
"""Range of each resistivity in model space, shape (3, 1, 2)."""


@dataclass(frozen=True)
class Scaling:
    """Centre and spread of each curve in model space: shape (11,) each, in channel order."""

    centre: tuple[float, ...]
    spread: tuple[float, ...]

    def __post_init__(self) -> None:
        ok = len(self.centre) == len(self.spread) == len(CHANNELS)
        if not ok or not np.isfinite([*self.centre, *self.spread]).all() or min(self.spread) <= 0:
            raise ValueError(
                f"a scaling needs {len(CHANNELS)} finite centres and positive spreads, one for "
                f"each of {', '.join(CHANNELS)}; fit it again with Scaling.fit"
            )

    @classmethod
    def fit(cls, wells: Sequence[LogSet]) -> Scaling:
        """Find the median and the robust spread of every curve over wells.

        A curve that no well has gets centre 0 and spread 1.
        """
        centres, spreads = [], []
        for name in CHANNELS:
            parts = []
            for well in wells:
                values = well.curves.get(name, np.empty(0))
                values = values[np.isfinite(values)]
                parts.append(values[:: max(1, -(-len(values) // SAMPLES_PER_WELL))])
            pooled = np.concatenate([*parts, np.empty(0)])
            centres.append(float(np.median(pooled)) if len(pooled) else 0.0)
            spreads.append(robust_spread(pooled))
        return cls(tuple(centres), tuple(spreads))

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Return what JSON can hold: curve to centre and spread."""
        return {
            name: {"centre": centre, "spread": spread}
            for name, centre, spread in zip(CHANNELS, self.centre, self.spread, strict=True)
        }

    @classmethod
    def from_dict(cls, table: Mapping[str, Mapping[str, Any]]) -> Scaling:
        """Rebuild from ``to_dict``.

        Raises
        ------
        ValueError
            Where a curve or one of its numbers is missing or impossible.
        """
        try:
            rows = [table[name] for name in CHANNELS]
            return cls(
                tuple(float(row["centre"]) for row in rows),
                tuple(float(row["spread"]) for row in rows),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"the scaling lacks {error}; fit it again with Scaling.fit") from None

    def scale(self, values: FloatArray) -> Float32Array:
        """Scale and clip model-space values, shape (11, ...); NaN stays."""
        shape = (len(CHANNELS),) + (1,) * (values.ndim - 1)
        centre, spread = np.reshape(self.centre, shape), np.reshape(self.spread, shape)
        scaled: Float32Array = np.clip((values - centre) / spread, -LIMIT, LIMIT).astype(np.float32)
        return scaled

    def unscale(self, scaled: NDArray[Any]) -> FloatArray:
        """Undo ``scale``, shape (11, ...): model-space values."""
        shape = (len(CHANNELS),) + (1,) * (scaled.ndim - 1)
        values: FloatArray = scaled * np.reshape(self.spread, shape) + np.reshape(
            self.centre, shape
        )
        return values


@dataclass(frozen=True)
class Representation:
    """What a network sees of scaled values, and the way back.

    Parameters
    ----------
    name : str
        ``"raw"``: resistivity in ohm.m, scaled so that its centre is 0 and one spread above it 1.
        ``"log10"``: resistivity as log10. ``"spectral"``: as log10, with 33 channels more: the
        magnitude of the first three orders of a short-time Fourier transform of each curve.
    scaling : Scaling
    """

    name: str
    scaling: Scaling

    def __post_init__(self) -> None:
        if self.name not in REPRESENTATIONS:
            raise ValueError(
                f"unknown representation {self.name}; use one of {', '.join(REPRESENTATIONS)}"
            )

    @property
    def channels(self) -> int:
        """Number of channels: 11, with spectra 44."""
        return len(CHANNELS) * (1 + len(ORDERS) * (self.name == "spectral"))

    def scaled(self, logs: LogSet) -> Float32Array:
        """Bring a well's curves to scaled values, shape (11, n), NaN where null."""
        values = np.full((len(CHANNELS), len(logs.depth)), np.nan)
        for row, name in enumerate(CHANNELS):
            if name in logs.curves:
                values[row] = logs.curves[name]
        return self.scaling.scale(values)

    def represent(self, scaled: Float32Array) -> Float32Array:
        """Turn scaled values, shape (b, 11, n), into value channels of that shape; NaN stays."""
        if self.name != "raw":
            return scaled
        represented = scaled.copy()
        spread, low, high = self._resistivity()
        ratio = 10.0 ** (np.clip(scaled[:, _LOG10], low, high) * spread)
        represented[:, _LOG10] = (ratio - 1.0) / (10.0**spread - 1.0)
        return represented

    def _resistivity(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return spread and scaled range of model space, shape (3, 1) each.

        Without the range one distorted sample would be 10^20 on a linear scale.
        """
        centre = np.asarray(self.scaling.centre)[_LOG10, None]
        spread = np.asarray(self.scaling.spread)[_LOG10, None]
        low, high = (_RANGE - centre[:, :, None]).transpose(2, 0, 1) / spread
        return spread, low, high

    def decode(self, channels: NDArray[Any]) -> FloatArray:
        """Turn value channels, shape (b, 11, n), into model-space values of that shape."""
        return self.scaling.unscale(self.undo(channels).swapaxes(0, 1)).swapaxes(0, 1)

    def undo(self, channels: NDArray[Any]) -> FloatArray:
        """Turn value channels, shape (b, 11, n), into scaled values of that shape.

        The way back from ``represent``. Any number is taken: a raw resistivity out of the range of
        model space, below zero say, goes to the end of it.
        """
        scaled = np.asarray(channels, dtype=np.float64).copy()
        if self.name == "raw":
            spread, low, high = self._resistivity()
            ratio = scaled[:, _LOG10] * (10.0**spread - 1.0) + 1.0
            scaled[:, _LOG10] = np.clip(
                np.log10(np.maximum(ratio, 10.0 ** (low * spread))) / spread, low, high
            )
        return scaled

    def spectra(self, values: Float32Array) -> Float32Array:
        """Compute the spectral channels of value channels: (b, 11, n) -> (b, 33, n).

        Nulls are 0 in ``values`` already, so that a spectrum tells nothing of what is hidden.
        Allen and Rabiner (1977), short-time Fourier analysis, Hann frames; log(1 + magnitude),
        interpolated linearly between frames.
        """
        b, c, n = values.shape
        padded = np.pad(values, ((0, 0), (0, 0), (FRAME // 2, FRAME // 2 + HOP)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=2)[
            :, :, : n + 1 : HOP
        ]
        phase = 2.0 * np.pi * np.outer(np.arange(FRAME), ORDERS) / FRAME
        taper = np.hanning(FRAME + 1)[:-1, None] * (4.0 / FRAME)  # a sine of height 1 gives 1
        basis = np.concatenate([taper * np.cos(phase), taper * np.sin(phase)], axis=1)
        parts = frames @ basis.astype(np.float32)  # (b, c, frames, 2 orders)
        k = len(ORDERS)
        magnitude = np.log1p(np.hypot(parts[..., :k], parts[..., k:]))
        magnitude = magnitude.transpose(0, 1, 3, 2).reshape(b, c * k, -1)
        if magnitude.shape[2] == 1:
            return np.repeat(magnitude, n, axis=2)
        at = np.arange(n) / HOP
        left = np.minimum(at.astype(np.intp), magnitude.shape[2] - 2)
        share = (at - left).astype(np.float32)
        spectra: Float32Array = magnitude[..., left]
        spectra += (magnitude[..., left + 1] - spectra) * share
        return spectra
