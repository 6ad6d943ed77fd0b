"""How good a restoration is, in numbers: fit, coverage of the band, statistics of zones.

Every number is taken over all the samples asked for; thinning is for pictures alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.mnemonics import catalogue
from welllog.splicing import MEASURED, OUTSIDE
from welllog.uncertainty import NORMAL_90
from welllog.well import Well

if TYPE_CHECKING:
    from welllog.restoration import Restoration

__all__ = [
    "Coverage",
    "Evidence",
    "LineFit",
    "ZoneStatistics",
    "evidence_of",
    "find_residuals",
    "fit_line",
    "observe_coverage",
    "rows_within",
    "save_statistics",
    "saved_evidence",
    "spans_of",
    "statistics_text",
    "summarise_zones",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEVELS = np.round(np.arange(0.05, 0.96, 0.05), 2)
"""Central shares of a forecast at which coverage is observed."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a restored curve can be judged by, on the well's own index and in the curve's unit."""

    well: Well
    """The measured well."""
    curve: str
    """Its own mnemonic."""
    name: str
    """What the user calls this restoration."""
    unit: str
    measured: FloatArray
    """Shape (n,): as in the file; NaN where null, or where the well has no such curve."""
    values: FloatArray
    """Shape (n,): measured where measured, filled elsewhere."""
    median: FloatArray
    """Shape (n,): the prediction, NaN where none was made."""
    lower: FloatArray
    """Shape (n,): 5 % quantile."""
    upper: FloatArray
    """Shape (n,): 95 % quantile."""
    flag: NDArray[np.int8]
    """Shape (n,): as in ``restoration.RestoredCurve``."""

    @property
    def log10(self) -> bool:
        """Whether errors of this curve are told in decades."""
        kind = catalogue().kind(self.curve)
        return kind is not None and kind.log10

    @property
    def filled(self) -> BoolArray:
        """Shape (n,): True where a value was filled or replaced."""
        return np.asarray((self.flag != MEASURED) & np.isfinite(self.median))

    @property
    def judged(self) -> BoolArray:
        """Shape (n,): True where the curve is known and was predicted without being looked at."""
        return np.asarray(np.isfinite(self.measured) & np.isfinite(self.median))


def evidence_of(well: Well, restoration: Restoration, curve: str, name: str = "") -> Evidence:
    """Return the evidence on one curve of a restoration.

    ``well`` is the measured one, whose curve is compared.

    Raises
    ------
    KeyError
        Where the restoration has no such curve.
    """
    restored = restoration[curve]
    own = restored.mnemonic
    exists = own in well.curves
    measured = well.values(own) if exists else np.full(len(well.index), np.nan)
    return Evidence(
        well, own, name or f"{own} restored", restored.unit, measured, restored.values,
        restored.median, restored.lower, restored.upper, restored.flag,
    )  # fmt: skip


def saved_evidence(well: Well) -> list[Evidence]:
    """Return the evidence on every restoration that the file itself holds, in its order."""
    found = []
    for flag_name in [name for name in well.curves if "_FLAG" in name]:
        own, _, ending = flag_name.rpartition("_FLAG")
        names = [f"{own}_{part}{ending}" for part in ("P50", "P05", "P95", "FLAG")]
        if not all(name in well.curves for name in names):
            continue
        median, lower, upper, flag = (well.values(name) for name in names)
        codes = np.nan_to_num(flag).astype(np.int8)
        exists = own in well.curves
        measured = well.values(own) if exists else np.full(len(well.index), np.nan)
        joined = [f"{own}_{part}{ending}" for part in ("RES", "SYN")]
        kept = next((name for name in joined if name in well.curves), None)
        values = well.values(kept) if kept else np.where(codes != MEASURED, median, measured)
        label = f"{own} restored{ending.replace('_', ' ')}"
        unit = (well.curves[names[0]].units or "").strip()
        found.append(
            Evidence(well, own, label, unit, measured, values, median, lower, upper, codes)
        )
    return found


def rows_within(index: FloatArray, intervals: Iterable[tuple[float, float]]) -> BoolArray:
    """Return the rows, shape (n,), of an index inside any interval, both ends included."""
    rows = np.zeros(len(index), bool)
    for ends in intervals:
        top, base = min(ends), max(ends)
        rows |= (index >= top) & (index <= base)
    return rows


def spans_of(
    index: FloatArray, rows: BoolArray, join: float = 0.0, least: float = 0.0
) -> list[tuple[float, float]]:
    """Return (top, base) of each run of rows, shape (n,), in index units, shallowest first.

    Runs less than ``join`` index units apart become one; one shorter than ``least`` is made longer
    about its middle. Both ends are samples.
    """
    depths = np.sort(index[rows])
    if not len(depths):
        return []
    step = float(np.median(np.abs(np.diff(index)))) if len(index) > 1 else 0.0
    breaks = np.flatnonzero(np.diff(depths) > max(join, 1.5 * step)) + 1
    spans = []
    for run in np.split(depths, breaks):
        top, base = float(run[0]), float(run[-1])
        if base - top < least:
            middle = (top + base) / 2
            ends = (middle - least / 2, middle + least / 2)
            top, base = (float(index[np.nanargmin(np.abs(index - end))]) for end in ends)
        spans.append((top, base))
    return spans


def find_residuals(evidence: Evidence) -> FloatArray:
    """Return restored minus measured, shape (n,), NaN where either is missing.

    The sign is that of a bias: positive where the restoration reads too high. In the curve's
    unit; in decades where the catalogue has the curve on a logarithmic scale.
    """
    measured, median = (
        _in_decades(part) if evidence.log10 else part
        for part in (evidence.measured, evidence.median)
    )
    return np.asarray(median - measured)


@dataclass(frozen=True)
class LineFit:
    """How measured values follow predicted ones."""

    count: int
    """Samples that are both."""
    slope: float
    """Of the least-squares line of measured on predicted."""
    intercept: float
    r2: float
    """1 - squared errors / squares of the measured values about their mean: about the 1:1 line,
    so that a constant shift counts; negative where the mean would have been the better guess."""
    correlation: float
    rmse: float
    """In the unit, or in decades."""
    bias: float
    """Mean of predicted minus measured: the mean of ``find_residuals``."""


def fit_line(predicted: ArrayLike, measured: ArrayLike, *, log10: bool = False) -> LineFit:
    """Fit a line of measured on predicted values, shape (n,) each; NaN in either is left out.

    Measured is regressed on predicted and not the other way round: else slope and intercept tell
    of a bias that is not there (Pineiro et al. 2008, Ecological Modelling 216, 316-322).

    Parameters
    ----------
    predicted, measured : arrays, shape (n,)
        Same unit.
    log10 : bool
        Fit the decimal logarithms.
    """
    x, y = (np.asarray(part, np.float64) for part in (predicted, measured))
    if log10:
        x, y = _in_decades(x), _in_decades(y)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    nan = float("nan")
    if len(x) < 2:
        return LineFit(len(x), nan, nan, nan, nan, nan, nan)
    spread, total = ((x - x.mean()) ** 2).sum(), ((y - y.mean()) ** 2).sum()
    shared = ((x - x.mean()) * (y - y.mean())).sum()
    slope = shared / spread if spread > 0 else nan
    squared = ((x - y) ** 2).sum()
    return LineFit(
        count=len(x),
        slope=float(slope),
        intercept=float(y.mean() - slope * x.mean()),
        r2=float(1 - squared / total) if total > 0 else nan,
        correlation=float(shared / np.sqrt(spread * total)) if spread * total > 0 else nan,
        rmse=float(np.sqrt(squared / len(x))),
        bias=float((x - y).mean()),
    )


@dataclass(frozen=True, eq=False)
class Coverage:
    """Shares of the truth that central intervals of a forecast were seen to hold."""

    nominal: FloatArray
    """Shape (k,): shares that were promised."""
    observed: FloatArray
    """Shape (k,): NaN where nothing is known."""
    count: int
    """Samples looked at."""
    band: float
    """Share inside the 90 % band itself."""


def observe_coverage(
    truth: ArrayLike,
    median: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    log10: bool = False,
    levels: FloatArray = LEVELS,
) -> Coverage:
    """Return how much of the truth lies inside central intervals of a forecast.

    The forecast is the two-piece normal through the 5 %, 50 % and 95 % quantiles, as in
    ``scores.crps``.

    Parameters
    ----------
    truth, median, lower, upper : arrays, shape (n,)
        Same unit; a sample that is NaN in any of them is left out.
    log10 : bool
        The forecast is two-piece normal in decades.
    levels : array, shape (k,)
        Nominal shares, 0 to 1.
    """
    from scipy.special import ndtri

    parts = [np.asarray(part, np.float64) for part in (truth, median, lower, upper)]
    if log10:
        parts = [_in_decades(part) for part in parts]
    known = np.all(np.isfinite(parts), axis=0)
    y, middle, low, high = (part[known] for part in parts)
    deviates = ndtri((1 + np.asarray(levels)) / 2)[:, None] / NORMAL_90
    inside = (y >= middle - deviates * (middle - low)) & (y <= middle + deviates * (high - middle))
    nothing = np.full(len(levels), np.nan)
    return Coverage(
        nominal=np.asarray(levels, np.float64),
        observed=np.asarray(inside.mean(axis=1)) if len(y) else nothing,
        count=len(y),
        band=float(((y >= low) & (y <= high)).mean()) if len(y) else float("nan"),
    )


@dataclass(frozen=True)
class ZoneStatistics:
    """One line of the table: values of one kind in one zone."""

    zone: str
    top: float
    """In index units."""
    base: float
    values: str
    """``measured``, ``filled``, or ``measured there``: at the depths that were filled."""
    count: int
    mean: float
    std: float
    """With n - 1; NaN for one sample."""
    p10: float
    """A tenth of the values is smaller: P10 is the low case."""
    p50: float
    p90: float
    filled_share: float
    """Of the samples with a value in the zone."""
    outside_share: float
    """Of the filled samples: outside the model's experience."""


def summarise_zones(
    evidence: Evidence,
    zones: Mapping[str, tuple[float, float]] | None = None,
    rows: BoolArray | None = None,
) -> list[ZoneStatistics]:
    """Return the statistics of measured and filled values in each zone.

    Parameters
    ----------
    evidence : Evidence
        Means and deviations are those of the values as they stand, also of a resistivity.
    zones : mapping of str to (top, base), optional
        In index units, both ends included; the whole well when left out.
    rows : array of bool, shape (n,), optional
        Leave all others out.
    """
    index = evidence.well.index
    if zones is None:
        zones = {"whole well": (float(np.nanmin(index)), float(np.nanmax(index)))}
    lines: list[ZoneStatistics] = []
    for zone, (top, base) in zones.items():
        inside = rows_within(index, [(top, base)]) & (True if rows is None else rows)
        filled, known = evidence.filled & inside, np.isfinite(evidence.values) & inside
        outside = filled & (evidence.flag == OUTSIDE)
        shares = _share(filled, known | filled), _share(outside, filled)
        before = len(lines)
        ends = min(top, base), max(top, base)
        for what, values in (
            ("measured", evidence.measured[inside & ~filled]),
            ("filled", evidence.values[filled]),
            ("measured there", evidence.measured[filled]),
        ):
            finite = values[np.isfinite(values)]
            if len(finite):
                lines.append(_describe(finite, zone, ends, what, shares))
        if len(lines) == before:  # said, not left out
            lines.append(_describe(np.empty(0), zone, ends, "measured", shares))
    return lines


def statistics_text(lines: Sequence[ZoneStatistics], delimiter: str = ",") -> str:
    """Return a table with a heading; numbers to six digits, blank where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    names = [item.name for item in fields(ZoneStatistics)]
    writer.writerow(names)
    for line in lines:
        cells = (getattr(line, name) for name in names)
        writer.writerow([_cell(cell) if isinstance(cell, float) else cell for cell in cells])
    return out.getvalue()


def save_statistics(lines: Sequence[ZoneStatistics], path: str | Path) -> Path:
    """Write the table as CSV, to a temporary file that is then renamed; return the path."""
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(statistics_text(lines), encoding="utf-8", newline="")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _describe(
    values: FloatArray,
    zone: str,
    ends: tuple[float, float],
    what: str,
    shares: tuple[float, float],
) -> ZoneStatistics:
    nan = float("nan")
    p10, p50, p90 = np.percentile(values, [10, 50, 90]) if len(values) else (nan, nan, nan)
    return ZoneStatistics(
        zone, *ends, what, len(values),
        mean=float(values.mean()) if len(values) else nan,
        std=float(values.std(ddof=1)) if len(values) > 1 else nan,
        p10=float(p10), p50=float(p50), p90=float(p90),
        filled_share=shares[0], outside_share=shares[1],
    )  # fmt: skip


def _share(part: BoolArray, whole: BoolArray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _cell(value: float) -> str:
    return f"{value:.6g}" if np.isfinite(value) else ""


def _in_decades(values: ArrayLike) -> FloatArray:
    values = np.asarray(values, np.float64)
    return np.asarray(np.log10(np.where(values > 0, values, np.nan)))
