"""Windows of wells for training networks: the tensors AUG and RES, masks and weights.

A window is 2048 samples of eleven curves at one step, 312 m of a well. ``WindowSource`` cuts
windows at random, distorts them, hides part of them and keeps the answer; ``encode_window`` makes
the same input of a well that is to be predicted. Nulls are 0, and mask channels say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.corpus.distortions import DistortionSettings, distort
from welllog.corpus.masking import (
    GapStatistics,
    Shares,
    hide_as_corpus,
    hide_one_log,
    hide_spans,
    measure_gaps,
)
from welllog.corpus.representations import (
    CHANNELS,
    REPRESENTATIONS,
    Representation,
    Scaling,
)
from welllog.features import LogSet, rolling_mean

__all__ = [
    "PURPOSES",
    "STEP_M",
    "WINDOW",
    "Batch",
    "WindowSettings",
    "WindowSource",
    "encode_window",
    "on_common_step",
]

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

WINDOW = 2048
"""Samples of a window."""
STEP_M = 0.1524
"""Common step: half a foot, that of 154 in 163 wells."""
STEP_TOLERANCE = 0.02
"""A well whose step is within this share of the common one keeps its own samples."""
SCHEMES = ("seed", "corpus")
PURPOSES = ("training", "pretraining", "validation")
"""What windows are for: training hides what the scheme draws, masked pre-training spans of every
curve besides, validation what restorations are judged by: targets with their siblings."""


@dataclass(frozen=True)
class WindowSettings:
    """What windows look like and what is hidden in them."""

    window: int = WINDOW
    """Samples of a window."""
    scheme: str = "seed"
    """``"seed"``: one whole log zeroed with probability p_zero, the founding algorithm (but with a
    target go its siblings); ``"corpus"``: gaps as they are in the wells, siblings and blackouts
    included."""
    p_zero: float = 0.4
    """p_Z of scheme ``seed``."""
    shares: Shares = field(default_factory=Shares)
    """Tasks of scheme ``corpus``."""
    tasks: int = 1
    """Scheme ``corpus`` sets one to so many tasks in a window: what is hidden is what is learnt
    from, and one task hides a seventh of the measured samples."""
    mask_channels: bool = True
    """Add a channel for each curve that is 1 where it is visible."""
    distortions: DistortionSettings | None = field(default_factory=DistortionSettings)
    """Faults that the input is given; None for none."""
    representation: str = "log10"
    """``"raw"``, ``"log10"`` or ``"spectral"``."""

    def __post_init__(self) -> None:
        if self.window < 1 or not 0.0 <= self.p_zero <= 1.0:
            raise ValueError(
                f"windows of {self.window} samples with p_zero {self.p_zero}; "
                "want at least one sample and a probability from 0 to 1"
            )
        if self.tasks < 1:
            raise ValueError(f"windows with {self.tasks} tasks; want at least one")
        if self.scheme not in SCHEMES:
            raise ValueError(f"unknown scheme {self.scheme}; use one of {', '.join(SCHEMES)}")
        if self.representation not in REPRESENTATIONS:
            raise ValueError(
                f"unknown representation {self.representation}; "
                f"use one of {', '.join(REPRESENTATIONS)}"
            )

    @property
    def inputs(self) -> int:
        """Channels of a network's input."""
        spectra = 3 if self.representation == "spectral" else 0
        return len(CHANNELS) * (1 + spectra + int(self.mask_channels))

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> WindowSettings:
        """Rebuild from ``to_dict``.

        Raises
        ------
        ValueError
            Where a setting is unknown or impossible.
        """
        parts = dict(table)
        try:
            if "shares" in parts:
                parts["shares"] = Shares(**parts["shares"])
            if parts.get("distortions") is not None:
                parts["distortions"] = DistortionSettings.from_dict(parts["distortions"])
            return cls(**parts)
        except TypeError as error:
            raise ValueError(f"window settings cannot be read: {error}") from None


@dataclass(frozen=True)
class Batch:
    """Windows and their answer; samples run from top to base."""

    aug: Float32Array
    """Input, shape (b, inputs, n): curves distorted and hidden, 0 where not visible; spectra where
    the representation has them; 1 where visible, where there are mask channels."""
    res: Float32Array
    """The teacher's answer, shape (b, 11, n): undistorted, 0 where null."""
    valid: BoolArray
    """M_ij, shape (b, 11, n): True where there is an answer."""
    hidden: BoolArray
    """Shape (b, 11, n): True where a measured value was hidden on purpose."""


class WindowSource:
    """Draws batches of windows from wells.

    Parameters
    ----------
    wells : sequence of LogSet
        Brought to the common step here. Each is as likely to be drawn as another of its weight,
        whatever its length: wells differ more than depths of one well do.
    settings : WindowSettings
    scaling : Scaling, optional
        Default: fitted to the wells.
    weights : mapping of well name to float, optional
        How often windows of a well are drawn, against 1 where it is not named.
    gaps : GapStatistics, optional
        What scheme ``corpus`` draws patterns from. Default: measured on the wells; for synthetic
        wells, which lack nothing, give those of real ones.

    Raises
    ------
    ValueError
        Where no well has a curve that networks use, or weights cannot be.
    """

    def __init__(
        self,
        wells: Sequence[LogSet],
        settings: WindowSettings | None = None,
        scaling: Scaling | None = None,
        weights: Mapping[str, float] | None = None,
        gaps: GapStatistics | None = None,
    ) -> None:
        self.settings = settings or WindowSettings()
        wells = [on_common_step(well) for well in wells]
        self.scaling = scaling or Scaling.fit(wells)
        self.representation = Representation(self.settings.representation, self.scaling)
        if gaps is None:
            gaps = measure_gaps(wells if self.settings.scheme == "corpus" else [])
        self.gaps = gaps
        self._values: list[Float32Array] = []
        chosen = []
        for well in wells:
            scaled = self.representation.scaled(well)
            rows = np.flatnonzero(np.isfinite(scaled).any(axis=0))
            if len(rows):
                self._values.append(np.ascontiguousarray(scaled[:, rows[0] : rows[-1] + 1]))
                chosen.append(well.well)
        if not chosen:
            raise ValueError(
                f"none of {len(wells)} wells has a curve to learn from; "
                f"networks use {', '.join(CHANNELS)}"
            )
        self.names = tuple(chosen)
        drawn = np.array([(weights or {}).get(name, 1.0) for name in chosen])
        if not (np.isfinite(drawn).all() and drawn.min() >= 0.0 < drawn.sum()):
            raise ValueError(
                "weights of wells must be 0 or more, and one of them more; "
                f"those given lie between {drawn.min()} and {drawn.max()}"
            )
        self._chances = drawn / drawn.sum()

    def batch(self, size: int, random: np.random.Generator, purpose: str = PURPOSES[0]) -> Batch:
        """Draw windows, hide and distort: the founding deck's augmentation algorithm.

        Everything is drawn from ``random``: the same state gives the same batch. ``purpose`` is one
        of ``PURPOSES``.
        """
        values, _ = self.cut(size, random)
        valid = np.isfinite(values)
        hidden = self._hide(valid, random, purpose)
        seen = values.copy()
        if self.settings.distortions is not None:
            for window in seen:
                distort(window, STEP_M, self.settings.distortions, random)
        visible = valid & ~hidden
        aug = _with_masks(self.representation, seen, visible, self.settings.mask_channels)
        res = self.representation.represent(values)
        np.copyto(res, np.float32(0.0), where=~valid)
        return Batch(aug, res, valid, hidden & valid)

    def cut(self, size: int, random: np.random.Generator) -> tuple[Float32Array, NDArray[np.intp]]:
        """Cut random windows: scaled values, shape (b, 11, n), NaN where null, and their wells.

        The wells are positions in ``names``. A well shorter than a window lies somewhere in it,
        with nulls above and below.
        """
        n = self.settings.window
        values = np.empty((size, len(CHANNELS), n), np.float32)
        wells = random.choice(len(self._values), size=size, p=self._chances)
        for window, well in zip(values, wells, strict=True):
            source = self._values[well]
            spare = source.shape[1] - n
            if spare >= 0:
                top = int(random.integers(spare + 1))
                window[:] = source[:, top : top + n]
            else:
                top = int(random.integers(-spare + 1))
                window[:] = np.nan
                window[:, top : top + source.shape[1]] = source
        return values, wells

    def _hide(self, valid: BoolArray, random: np.random.Generator, purpose: str) -> BoolArray:
        """Hide in windows, shape (b, 11, n), all that their input is not to tell."""
        settings, judged = self.settings, purpose == "validation"
        if settings.scheme == "seed":
            p_zero = 1.0 if judged else settings.p_zero
            hidden = hide_one_log(valid, p_zero, random, targets_alone=judged)
        else:
            hidden = np.zeros(valid.shape, bool)
            for window, one in zip(hidden, valid, strict=True):
                for _ in range(1 if judged else int(random.integers(1, settings.tasks + 1))):
                    hide_as_corpus(window, one, STEP_M, settings.shares, self.gaps, random, judged)
        if purpose == "pretraining":
            hide_spans(hidden, valid, random)
        return hidden


def encode_window(
    logs: LogSet, settings: WindowSettings, scaling: Scaling, top: int, n: int
) -> Float32Array:
    """Make a network's input of rows [top, top + n) of a well: shape (inputs, n).

    Parameters
    ----------
    logs : LogSet
        On the common step (``on_common_step``), what is to be predicted already null
        (``LogSet.hide``).
    top : int
        First row; rows beyond the well, above or below, are null.
    n : int
        Samples; a network may want a multiple of something.
    """
    first, last = max(top, 0), min(top + n, len(logs.depth))
    values = np.full((1, len(CHANNELS), n), np.nan, np.float32)
    representation = Representation(settings.representation, scaling)
    if last > first:
        part = replace(
            logs,
            depth=logs.depth[first:last],
            curves={name: curve[first:last] for name, curve in logs.curves.items()},
        )
        values[0, :, first - top : last - top] = representation.scaled(part)
    visible = np.isfinite(values)
    inputs: Float32Array = _with_masks(representation, values, visible, settings.mask_channels)[0]
    return inputs


def _with_masks(
    representation: Representation, scaled: Float32Array, visible: BoolArray, masks: bool
) -> Float32Array:
    """Zero what is not visible, represent, append masks: (b, 11, n) -> (b, inputs, n)."""
    b, c, n = scaled.shape
    inputs = np.zeros((b, representation.channels + c * int(masks), n), np.float32)
    shown = inputs[:, :c]
    np.copyto(shown, representation.represent(scaled), where=visible)
    if representation.channels > c:
        inputs[:, c : representation.channels] = representation.spectra(shown)
    if masks:
        inputs[:, -c:] = visible
    return inputs


def on_common_step(logs: LogSet) -> LogSet:
    """Bring a well to the common step of 0.1524 m, if it is not there within 2 %.

    Finer curves are averaged over the common step, then read by linear interpolation between two
    measured samples; ``own_depth`` is kept. A difference of 2 % would be 6 m in a window, of
    which a network that looks at shapes cannot tell; interpolating 154 of 163 wells would blunt
    them for nothing.
    """
    if len(logs.depth) < 2 or abs(logs.step / STEP_M - 1.0) <= STEP_TOLERANCE:
        return logs
    depth = np.arange(logs.depth[0], logs.depth[-1] + 1e-6, STEP_M)
    width = round(STEP_M / logs.step)
    curves = {}
    for name, values in logs.curves.items():
        if width > 1:
            values = np.where(np.isfinite(values), rolling_mean(values, width), np.nan)
        curves[name] = np.interp(depth, logs.depth, values)
    return replace(logs, depth=depth, curves=curves)
