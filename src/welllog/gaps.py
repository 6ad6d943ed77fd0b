"""Gaps: where a curve has no value, or one that should not be believed.

By default only null runs are found, because they alone are certain. The quality flags (flat
lines, spikes, values out of physical limits, bad hole) are asked for in `GapSettings`; their
defaults are set so that a well logged in good hole raises next to none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from welllog.mnemonics import CurveKind, catalogue, made_from, newest

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = [
    *("BAD_HOLE", "REASONS", "Gap", "GapSettings"),
    *("describe_clipped", "find_bad_hole", "find_gaps"),
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REASONS = ("null", "limits", "flat", "spike", "bad hole")
"""Why a sample belongs to a gap; where several hold, the first in this order is given."""

BAD_HOLE = "BAD_HOLE"
"""The curve that says where the hole is bad: 1 bad, 0 good, null where nothing is known of it."""

_SIGMA_PER_MAD = 1.4826


@dataclass(frozen=True)
class Gap:
    """A half-open run of samples ``[top, base)`` of one curve."""

    curve: str
    """The well's own mnemonic."""
    top: int
    """First sample of the gap."""
    base: int
    """The sample after the last."""
    reason: str = "null"
    """One of `REASONS`."""

    @property
    def size(self) -> int:
        """Number of samples in the gap."""
        return self.base - self.top

    def depths(self, index: FloatArray) -> tuple[float, float]:
        """Return the index values of the gap's first and last sample.

        Parameters
        ----------
        index : array, shape (n,)
            The well's index; the depths are in its unit.
        """
        return float(index[self.top]), float(index[self.base - 1])


@dataclass(frozen=True)
class GapSettings:
    """What counts as a gap. The default finds null runs and nothing else."""

    reasons: tuple[str, ...] = ("null",)
    """Which of `REASONS` to look for."""
    shortest: int = 1
    """Null runs of fewer samples are left alone."""
    flat_length: float = 5.0
    """A curve that repeats one value over more metres than this is flat."""
    flat_curves: tuple[str, ...] = (
        "GR", "SGR", "RHOB", "NPHI", "PEF", "DTC", "DTS", "RDEP", "RMED", "RSHA", "RXO", "RMIC",
    )  # fmt: skip
    """Canonical curves that should vary everywhere: bit size, caliper in casing, SP and rate of
    penetration may well be constant."""
    spike_curves: tuple[str, ...] = ("GR", "RHOB", "NPHI", "DTC", "DTS", "RDEP", "RMED", "RSHA")
    """Canonical curves whose tools cannot see a bed thinner than `spike_length`."""
    spike_length: float = 0.31
    """A spike is at most this many metres long: a longer excursion may be a bed."""
    spike_window: float = 3.0
    """Metres over which the local median and scatter are taken."""
    spike_sigmas: float = 6.0
    """A spike stands off the local median by more robust standard deviations than this."""
    spike_scale: float = 0.15
    """And by more than this part of the curve's track scale (in decades for resistivity)."""
    washout: float = 2.5
    """Hole is bad where the caliper exceeds the bit size by more inches than this."""
    correction: float = 0.15
    """Hole is bad where the density correction exceeds this, up or down (g/cm3)."""
    bit_size: float | None = None
    """Inches, where no curve of the well says it."""
    bad_hole_curves: tuple[str, ...] = ("RHOB", "PEF", "NPHI", "RXO", "RMIC")
    """Canonical curves of pad tools, which a bad hole spoils."""
    bad_hole_length: float = 0.5
    """Bad hole shorter than this (metres) is left alone."""

    def __post_init__(self) -> None:
        unknown = [reason for reason in self.reasons if reason not in REASONS]
        if unknown:
            raise ValueError(
                f"unknown reason for a gap: {unknown[0]!r}; choose from {', '.join(REASONS)}"
            )

    @classmethod
    def with_quality(cls) -> GapSettings:
        """Return settings that find null runs and every quality flag."""
        return cls(reasons=REASONS)


def find_gaps(
    well: Well,
    curves: str | Iterable[str] | None = None,
    *,
    settings: GapSettings | None = None,
) -> list[Gap]:
    """Find the gaps of a well's curves inside each curve's logged range.

    The logged range of a curve runs from its first to its last sample with a value: what lies
    outside was never logged and is no gap. A curve without any value has none.

    Parameters
    ----------
    well : Well
        The well; it is not changed.
    curves : str or iterable of str, optional
        Own or canonical mnemonics. By default every curve but those that a restoration or an edit
        added (``DTC_RES``, ``DTC_P05``, ``DTC_ED``, ...).
    settings : GapSettings, optional
        What counts as a gap; by default null runs alone.

    Returns
    -------
    list of Gap
        By curve in the well's order, then from the first sample to the last. The gaps of one
        curve do not overlap; where several reasons hold, the first of `REASONS` is given.

    Raises
    ------
    CurveNotFoundError
        Where the well has no such curve.

    Examples
    --------
    >>> from welllog import find_gaps, synthetic_well
    >>> well = synthetic_well()
    >>> find_gaps(well)
    []
    """
    settings = settings or GapSettings()
    if curves is None:
        names = [name for name in well.curves if not _is_made_here(name, well)]
    else:
        wanted = [curves] if isinstance(curves, str) else list(curves)
        names = list(dict.fromkeys(well.find(name) for name in wanted))
    gaps = []
    for name in names:
        values = well.canonical_values(name)
        valid = np.flatnonzero(np.isfinite(values))
        if len(valid) == 0:
            continue
        logged = slice(int(valid[0]), int(valid[-1]) + 1)
        reasons = _reason_codes(well, name, values, settings)[logged]
        gaps += [
            Gap(name, logged.start + top, logged.start + base, REASONS[code])
            for top, base, code in _runs(reasons)
            if code >= 0 and (code > 0 or base - top >= settings.shortest)
        ]
    return gaps


def _is_made_here(name: str, well: Well) -> bool:
    """Say whether a restoration or an edit added this curve: its nulls are meant."""
    return made_from(name) in well.curves or newest([name], BAD_HOLE) is not None


def _reason_codes(
    well: Well, name: str, values: FloatArray, settings: GapSettings
) -> NDArray[np.int8]:
    """Return each sample's position in `REASONS`, -1 where nothing is wrong, shape (n,)."""
    tests: dict[str, Callable[[], BoolArray]] = {"null": lambda: ~np.isfinite(values)}
    kind = catalogue().kind(name)
    if kind is not None:
        step = _step_m(well)
        tests["limits"] = lambda: _out_of_limits(values, kind)
        if kind.mnemonic in settings.flat_curves:
            tests["flat"] = lambda: _flat(values, step, settings)
        if kind.mnemonic in settings.spike_curves:
            tests["spike"] = lambda: _spikes(values, kind, step, settings)
        if kind.mnemonic in settings.bad_hole_curves:
            tests["bad hole"] = lambda: find_bad_hole(well, settings)[0]
    codes = np.full(len(values), -1, dtype=np.int8)
    for code, reason in enumerate(REASONS):
        if reason in settings.reasons and reason in tests:
            codes[(codes < 0) & tests[reason]()] = code
    return codes


def _runs(codes: NDArray[np.int8]) -> list[tuple[int, int, int]]:
    """Return (first, after last, code) of each run of equal codes; codes has shape (n,)."""
    if len(codes) == 0:
        return []
    edges = np.flatnonzero(np.diff(codes)) + 1
    bounds = [0, *edges.tolist(), len(codes)]
    return [(top, base, int(codes[top])) for top, base in zip(bounds[:-1], bounds[1:], strict=True)]


def _longer_than(mask: BoolArray, samples: int) -> BoolArray:
    """Keep the runs of True that have more than this many samples, shape (n,)."""
    kept = np.zeros_like(mask)
    for top, base, code in _runs(mask.astype(np.int8)):
        if code and base - top > samples:
            kept[top:base] = True
    return kept


def _out_of_limits(values: FloatArray, kind: CurveKind) -> BoolArray:
    low, high = kind.limits
    outside: BoolArray = (values < low) | (values > high)
    return outside


def _flat(values: FloatArray, step: float, settings: GapSettings) -> BoolArray:
    same = np.zeros(len(values), dtype=bool)
    repeats = np.diff(values) == 0
    for top, base, code in _runs(repeats.astype(np.int8)):
        if code and (base - top) * step > settings.flat_length:
            same[top : base + 1] = True
    return same


def _spikes(values: FloatArray, kind: CurveKind, step: float, settings: GapSettings) -> BoolArray:
    """Flag short excursions off the local median (Hampel's identifier), shape (n,)."""
    left, right = kind.scale
    if kind.log10:
        left, right = np.log10(left), np.log10(right)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(values > 0, np.log10(values), np.nan)
    reach = max(2, round(settings.spike_window / step / 2)) if step > 0 else 2
    longest = max(1, int(settings.spike_length / step)) if step > 0 else 1
    median = _running_median(values, reach)
    off = np.abs(values - median)
    scatter = _SIGMA_PER_MAD * _running_median(off, reach)
    limit = np.maximum(settings.spike_sigmas * scatter, settings.spike_scale * abs(right - left))
    far = off > limit
    spikes = np.zeros_like(far)
    for top, base, code in _runs(far.astype(np.int8)):
        if not code or base - top > longest or top == 0 or base == len(values):
            continue
        # The crest of a thin bed stands out too, but a tool comes back from a bed gradually.
        rise, fall = values[top] - values[top - 1], values[base - 1] - values[base]
        sharp = min(abs(rise), abs(fall)) > limit[top:base].min()
        spikes[top:base] = sharp and (rise > 0) == (fall > 0)
    return spikes


def _running_median(values: FloatArray, reach: int) -> FloatArray:
    """Median over ``2 reach + 1`` samples without the nulls, NaN where all are null, shape (n,)."""
    padded = np.pad(values, reach, constant_values=np.nan)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    counts = np.isfinite(windows).sum(axis=1)
    rows = np.arange(len(values))
    upper = windows[rows, counts // 2]
    lower = windows[rows, np.maximum(counts - 1, 0) // 2]
    medians: FloatArray = np.where(counts > 0, (lower + upper) / 2, np.nan)
    return medians


def find_bad_hole(well: Well, settings: GapSettings) -> tuple[BoolArray, BoolArray]:
    """Find where the hole is washed out or the density correction is large.

    Returns
    -------
    two arrays of bool, shape (n,)
        Where the hole is bad, and where anything is known of it.
    """
    over = correction = np.full(len(well.index), np.nan)
    have = well.canonical
    if "CALI" in have:
        given = np.nan if settings.bit_size is None else settings.bit_size
        bit = _believable(well, "BS") if "BS" in have else over
        over = _believable(well, "CALI") - np.where(np.isfinite(bit), bit, given)
    if "DRHO" in have:
        correction = np.abs(_believable(well, "DRHO"))
    bad = (over > settings.washout) | (correction > settings.correction)
    known = np.isfinite(over) | np.isfinite(correction)
    step = _step_m(well)
    return (_longer_than(bad, int(settings.bad_hole_length / step)) if step > 0 else bad), known


def _step_m(well: Well) -> float:
    return well.step * (well.metres_per_unit if np.isfinite(well.metres_per_unit) else 1.0)


def _believable(well: Well, canonical: str) -> FloatArray:
    """Values within physical limits, else NaN: files carry copies of RHOB that are named DRHO."""
    low, high = catalogue().kinds[canonical].limits
    values = well.canonical_values(canonical)
    return np.where((values >= low) & (values <= high), values, np.nan)


def describe_clipped(well: Well, intervals: Sequence[Sequence[float]] | None) -> list[str]:
    """Return a line for each interval that reaches beyond the well, by a step or more."""
    first, last = float(np.nanmin(well.index)), float(np.nanmax(well.index))
    lines = []
    for top, base in (sorted(span) for span in intervals or ()):
        if top <= first - well.step or base >= last + well.step:
            lines.append(
                f"interval {top:g}-{base:g} reaches beyond the well: {max(top, first):g}-"
                f"{min(base, last):g} {well.index_unit} is taken"
            )
    return lines
