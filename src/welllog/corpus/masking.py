"""What is hidden in a window: one log as in the founding algorithm, or gaps as wells have them.

A mask is a boolean array over curves and samples, True where hidden on purpose. Scheme ``seed``
zeroes one whole log, and with a target its siblings. Scheme ``corpus`` draws what really goes
missing: gaps of the wells at hand with the curves that are null together in them, whole curves with
their siblings, gaps of any length from 2 to 600 m, and blackouts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from welllog.corpus.representations import CHANNELS
from welllog.features import TARGETS, LogSet, hidden_with, runs_of

__all__ = [
    "GapStatistics",
    "Shares",
    "hide_as_corpus",
    "hide_one_log",
    "hide_spans",
    "measure_gaps",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SHORTEST_M = 1.0
"""Shorter null runs are not counted as gaps. Of the 2,053 null runs inside the curves of 163 wells
half are under 0.6 m: a few bad samples."""
LENGTHS_M = (2.0, 600.0)
"""Range of the lengths drawn log-uniformly."""
MOST_GAPS = 4
"""At most this many gaps of one kind in a window, so that short ones teach something too."""
MOST_GAP, MOST_BLACKOUT = 0.8, 0.6
"""Part of a window's rows that gaps, and that blackouts, may take together."""
TRIES = 8
"""A draw that hides nothing measured, or everything, is repeated this many times."""
SPAN_SHARE = 0.5
"""Share of the samples that masked pre-training hides."""
SPAN_LENGTHS = (8, 256)
"""Range of the lengths of its spans, samples, drawn log-uniformly."""

_TARGETS = np.array([CHANNELS.index(name) for name in TARGETS])
_IS_TARGET = np.array([name in TARGETS for name in CHANNELS])
_HIDDEN_WITH = np.array([[name in hidden_with(one) for name in CHANNELS] for one in CHANNELS])
"""Row: a curve; True: hidden with it."""


@dataclass(frozen=True)
class Shares:
    """How often each task of scheme ``corpus`` is set; what is left of 1 hides nothing."""

    whole: float = 0.2
    """One target with its siblings, over the whole window."""
    gap: float = 0.35
    """One target with its siblings, in gaps of 2-600 m."""
    pattern: float = 0.25
    """Curves that are null together somewhere in the corpus, for as long as they are there."""
    blackout: float = 0.15
    """Every curve, in gaps of 2-600 m."""

    def __post_init__(self) -> None:
        parts = (self.whole, self.gap, self.pattern, self.blackout)
        if min(parts) < 0 or sum(parts) > 1.0 + 1e-9:
            raise ValueError(f"shares of tasks are {parts}; they must be >= 0 and sum to at most 1")


@dataclass(frozen=True)
class GapStatistics:
    """The gaps of a corpus: which curves are null together, and over what length.

    Parameters
    ----------
    sets : array of bool, shape (k, 11)
        Curves that are null together.
    lengths_m : array, shape (k,), m
        Infinite for curves that a well lacks altogether.
    weights : array, shape (k,)
        Chance of each; they sum to 1, every well has the same.
    """

    sets: BoolArray
    lengths_m: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "_cumulative", np.cumsum(self.weights))

    def draw(self, random: np.random.Generator) -> tuple[BoolArray, float]:
        """Draw one gap: the curves null in it, shape (11,), and its length in metres."""
        cumulative: FloatArray = self._cumulative  # type: ignore[attr-defined]
        at = min(int(np.searchsorted(cumulative, random.random())), len(cumulative) - 1)
        return self.sets[at], float(self.lengths_m[at])


def measure_gaps(wells: Sequence[LogSet]) -> GapStatistics:
    """Collect every gap of wells and the curves that are null together in it.

    A gap is a null run of at least 1 m of a curve that the well has, between the first and the
    last depth at which the well has any curve. With it go the other curves that are null over half
    of it or more. Curves that a well does not have at all form one gap without end. A corpus
    without gaps gives an empty result.

    Notes
    -----
    Measured on 163 wells (303 km): 1,837 distinct gaps and 160 wells that lack curves. In 81 %
    of the gaps several curves are missing together; half are under 10 m, a quarter over 32 m, a
    tenth over 560 m; 1 % are blackouts. Density goes with its correction (82 % of the gaps of the
    latter), deep with medium resistivity (77 %), the caliper with density (76 %).
    """
    sets, lengths, weights = [], [], []
    for well in wells:
        valid = np.array(
            [
                np.isfinite(well.curves.get(name, np.full(len(well.depth), np.nan)))
                for name in CHANNELS
            ]
        )
        rows = np.flatnonzero(valid.any(axis=0))
        if len(rows) == 0:
            continue
        null = ~valid[:, rows[0] : rows[-1] + 1]
        lacking = np.asarray(null.all(axis=1))
        found: dict[tuple[int, int, bytes], BoolArray] = {}
        for curve in np.flatnonzero(~lacking):
            for top, base in runs_of(null[curve]):
                if (base - top) * well.step < SHORTEST_M:
                    continue
                together = null[:, top:base].mean(axis=1) >= 0.5
                if not (together | lacking).all():
                    together &= ~lacking
                found[top, base, together.tobytes()] = together
        gaps = [((base - top) * well.step, together) for (top, base, _), together in found.items()]
        if lacking.any():
            gaps.append((np.inf, lacking))
        for length, together in gaps:
            sets.append(together)
            lengths.append(length)
            weights.append(1.0 / len(gaps))
    chances = np.array(weights) / max(sum(weights), 1e-12)
    return GapStatistics(
        np.array(sets, dtype=bool).reshape(-1, len(CHANNELS)), np.array(lengths), chances
    )


def hide_one_log(
    valid: BoolArray,
    probability: float,
    random: np.random.Generator,
    targets_alone: bool = False,
) -> BoolArray:
    """Hide one whole log in each window with a probability: the founding deck's algorithm, step 3.

    With a target go its siblings, which the deck leaves in sight: a network that sees the medium
    resistivity learns to copy it into the deep one, and has learnt nothing for wells that lack
    both. Of 107 windows with a hidden deep resistivity 88 showed one of the others.

    Parameters
    ----------
    valid : array of bool, shape (b, 11, n)
        The log is one of those that have values in the window.
    probability : float
        p_Z.
    targets_alone : bool
        Choose among curves that a model can be asked for.

    Returns
    -------
    array of bool, shape (b, 11, n)
    """
    present = np.asarray(valid.any(axis=2))
    if targets_alone:
        present &= _IS_TARGET
    chosen = np.argmax(random.random(present.shape) * present, axis=1)
    zeroed = (random.random(len(valid)) < probability) & present.any(axis=1)
    hidden = np.zeros(valid.shape, bool)
    hidden[zeroed] = _HIDDEN_WITH[chosen[zeroed], :, None]
    return hidden


def hide_spans(hidden: BoolArray, valid: BoolArray, random: np.random.Generator) -> None:
    """Hide spans of 8-256 samples of every curve besides, until about half of it is gone.

    Masked samples as a task without labels: He et al. 2022 (Masked autoencoders, section 3).

    Parameters
    ----------
    hidden : array of bool, shape (b, 11, n)
        Made True where hidden; what is True already stays.
    valid : array of bool, shape (b, 11, n)
        True where measured.
    """
    b, curves, n = hidden.shape
    low, high = np.log(SPAN_LENGTHS)
    drawn = np.exp(np.linspace(low, high, 100))
    covers = float(np.mean(drawn / (n + drawn)))  # chance that a span hides a given sample
    count = max(1, round(np.log(1.0 - SPAN_SHARE) / np.log(1.0 - covers)))
    lengths = np.exp(random.uniform(low, high, (b, curves, count))).astype(int)
    tops = (random.random((b, curves, count)) * (n + lengths)).astype(int) - lengths
    for window, curve, span in np.ndindex(b, curves, count):
        top = tops[window, curve, span]
        hidden[window, curve, max(top, 0) : top + lengths[window, curve, span]] = True
    hidden &= valid


def hide_as_corpus(
    hidden: BoolArray,
    valid: BoolArray,
    step: float,
    shares: Shares,
    gaps: GapStatistics,
    random: np.random.Generator,
    judged: bool = False,
) -> None:
    """Hide in one window what goes missing in real wells, at least one measured sample more.

    Parameters
    ----------
    hidden : array of bool, shape (11, n)
        Made True where hidden; what is True already stays. Something of the window always stays
        visible, and nothing more is hidden where that cannot be.
    valid : array of bool, shape (11, n)
        True where measured.
    step : float, m
    shares : Shares
        One task is drawn.
    gaps : GapStatistics
        Of the corpus.
    judged : bool
        As restorations are judged: a target and its siblings, nowhere in sight, whole or in gaps,
        or every curve in gaps; always one of them.
    """
    present = np.asarray(valid.any(axis=1))
    targets = _TARGETS[present[_TARGETS]]
    chances = np.array([shares.whole, shares.gap, shares.pattern, shares.blackout])
    if judged:
        chances[2] = 0.0
        chances = chances / chances.sum() if chances.any() else np.array([1.0, 0.0, 0.0, 0.0])
    task = np.searchsorted(np.cumsum(chances), random.random(), "right")
    if len(targets) == 0 or task > 3:
        return
    everything = np.ones(len(valid), bool)
    before = hidden.copy()
    for _ in range(TRIES):
        hidden[:] = before
        if task == 0:
            hidden[_HIDDEN_WITH[targets[random.integers(len(targets))]]] = True
        elif task == 1:
            target = int(targets[random.integers(len(targets))])
            siblings = _HIDDEN_WITH[target].copy()
            _hide_gaps(hidden, valid[target], siblings, MOST_GAP, step, random)
            if judged or random.random() < 0.5:  # half the time the siblings are nowhere to be seen
                siblings[target] = False
                hidden[siblings] = True
        elif task == 2 and len(gaps.lengths_m):
            for _ in range(int(random.integers(1, MOST_GAPS + 1))):
                together, length = gaps.draw(random)
                together = with_siblings(together)
                _hide_gap(
                    hidden, np.asarray(valid[together].any(axis=0)), together, length / step, random
                )
        elif task == 3:
            _hide_gaps(
                hidden, np.asarray(valid.any(axis=0)), everything, MOST_BLACKOUT, step, random
            )
        if (hidden & valid & ~before).any() and (valid & ~hidden).any():
            return
    hidden[:] = before


def with_siblings(curves: BoolArray) -> BoolArray:
    """Add to a set of curves, shape (11,), the siblings of every target in it."""
    chosen = np.zeros(len(CHANNELS), bool)
    chosen[_TARGETS] = curves[_TARGETS]
    together: BoolArray = curves | _HIDDEN_WITH[chosen].any(axis=0)
    return together


def _hide_gaps(
    hidden: BoolArray,
    measured: BoolArray,
    curves: BoolArray,
    most: float,
    step: float,
    random: np.random.Generator,
) -> None:
    """Hide up to four gaps of log-uniform length, together at most a part of the rows."""
    room = most * hidden.shape[1]
    low, high = np.log(LENGTHS_M)
    for _ in range(int(random.integers(1, MOST_GAPS + 1))):
        length = min(np.exp(random.uniform(low, high)) / step, room)
        _hide_gap(hidden, measured, curves, length, random)
        room -= length
        if room < LENGTHS_M[0] / step:
            return


def _hide_gap(
    hidden: BoolArray,
    measured: BoolArray,
    curves: BoolArray,
    length: float,
    random: np.random.Generator,
) -> None:
    """Hide ``length`` samples of some curves, about one of the rows, shape (n,), measured."""
    rows = np.flatnonzero(measured)
    if len(rows) == 0:
        return
    if length >= 2 * hidden.shape[1]:
        hidden[curves] = True
        return
    samples = max(2, round(length))
    top = int(rows[random.integers(len(rows))]) - int(random.integers(samples))
    hidden[curves, max(0, top) : max(0, top + samples)] = True
