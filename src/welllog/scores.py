"""What a fill is worth: sums over the scored samples, and the measures made of them.

Sums add up over scenarios, so that any set of them can be pooled, and a well drawn twice in a
bootstrap counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of
from welllog.uncertainty import NORMAL_90

__all__ = [
    "BANDS_M",
    "MEASURES",
    "Score",
    "band_energy",
    "bootstrap",
    "central_interval",
    "crps",
    "mean_measure",
    "paired_p",
    "per_well",
]

FloatArray = NDArray[np.float64]

LEVELS = np.arange(1, 20) / 20.0
"""Quantile levels that the continuous ranked probability score is summed over."""
BANDS_M = ((1.0, 3.0), (3.0, 10.0), (10.0, np.inf))
"""Bands of wavelength whose power is compared, m."""
SHORTEST_RUN = 8
"""Samples that a run of truth needs for its variance and spectrum to be looked at."""
FLOOR = 1e-6
"""Least ratio of power that is told from none, so that a flat line has a logarithm."""


@dataclass(frozen=True)
class Score:
    """Sums over the scored samples of one scenario; errors are in model space."""

    task: str
    length_m: float
    well: str
    curve: str
    samples: int
    squared: float
    absolute: float
    error: float
    total: float
    """Sum of the true values."""
    total_squared: float
    inside: int
    """Samples inside the band."""
    width: float
    """Sum of the band's widths."""
    crps: float
    """Sum of the continuous ranked probability scores."""
    variation: float
    """Squares of the fill about its mean in each run of scored samples, summed."""
    true_variation: float
    """The same of the truth."""
    power: tuple[float, float, float]
    """Energy of the fill at wavelengths of 1-3, 3-10 and over 10 m."""
    true_power: tuple[float, float, float]
    jump: float
    """Mean step across the edges of the fill; NaN where it has none."""


def crps(known: FloatArray, mean: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Return the continuous ranked probability score of every sample, shape (k,).

    The forecast is the two-piece normal through the 5 %, 50 % and 95 % quantiles ``lower``,
    ``mean`` and ``upper``, shape (k,), in the unit of ``known``. The score is twice the mean
    pinball loss over the levels 0.05, 0.10, ... 0.95 (Gneiting and Raftery 2007, Journal of the
    American Statistical Association 102, section 4): 20/19 of what the trapezoidal rule gives for
    the integral, and the same for every model.
    """
    deviates = _standard_deviates()[:, None]
    half = np.where(deviates < 0, mean - lower, upper - mean)
    quantiles = mean + deviates / NORMAL_90 * half
    over = known - quantiles
    loss = np.maximum(LEVELS[:, None] * over, (LEVELS[:, None] - 1.0) * over)
    return np.asarray(2.0 * loss.mean(axis=0), np.float64)


@lru_cache(maxsize=1)
def _standard_deviates() -> FloatArray:
    from scipy.special import ndtri

    return np.asarray(ndtri(LEVELS), np.float64)


def variation(values: FloatArray, rows: NDArray[np.bool_]) -> float:
    """Return the squares of ``values``, shape (n,), about their mean in each run of ``rows``."""
    return float(
        sum(
            ((values[top:base] - values[top:base].mean()) ** 2).sum()
            for top, base in runs_of(rows)
            if base - top >= SHORTEST_RUN
        )
    )


def band_energy(
    values: FloatArray, rows: NDArray[np.bool_], step: float
) -> tuple[float, float, float]:
    """Return the energy of a curve in the bands of ``BANDS_M``.

    Parameters
    ----------
    values : array, shape (n,)
    rows : array of bool, shape (n,)
        Each run of True is looked at by itself, its mean removed, under a Hann window.
    step : float, m

    Returns
    -------
    tuple of float
        Sums of squares, values' unit squared; 0 in a band longer than every run.
    """
    energy = np.zeros(len(BANDS_M))
    for top, base in runs_of(rows):
        count = base - top
        if count < SHORTEST_RUN:
            continue
        part = (values[top:base] - values[top:base].mean()) * np.hanning(count)
        spectrum = np.abs(np.fft.rfft(part)[1:]) ** 2 / count
        wavelength = count * step / np.arange(1, len(spectrum) + 1)
        for band, (short, long) in enumerate(BANDS_M):
            energy[band] += spectrum[(wavelength > short) & (wavelength <= long)].sum()
    return float(energy[0]), float(energy[1]), float(energy[2])


Measure = Callable[[Mapping[str, FloatArray], float], FloatArray]
"""Sums by name, each of shape (...), and sigma of the curve -> the measure, shape (...)."""


def _per_sample(name: str, unit: int = 0) -> Measure:
    return lambda sums, sigma: sums[name] / sums["samples"] / sigma**unit


def _log_ratio(band: int) -> Measure:
    def measure(sums: Mapping[str, FloatArray], sigma: float) -> FloatArray:
        ratio = sums[f"power{band}"] / sums[f"true_power{band}"]
        return np.asarray(np.log10(np.maximum(ratio, FLOOR)))

    return measure


MEASURES: dict[str, Measure] = {
    "nrmse": lambda sums, sigma: np.sqrt(sums["squared"] / sums["samples"]) / sigma,
    "crps": _per_sample("crps", 1),
    "coverage": _per_sample("inside"),
    "width": _per_sample("width", 1),
    "variance_ratio": lambda sums, sigma: sums["variation"] / sums["true_variation"],
    "spectrum_1_3_m": _log_ratio(0),
    "spectrum_3_10_m": _log_ratio(1),
    "spectrum_over_10_m": _log_ratio(2),
}
"""Measures of one curve; errors and widths in units of sigma, spectra as log10 of a ratio."""

_SUMMED = ("samples", "squared", "crps", "inside", "width", "variation", "true_variation")


def _sums(parts: Iterable[Score]) -> FloatArray:
    """Add the scores up, shape (13,): those of ``_SUMMED``, then the six powers."""
    total = np.zeros(len(_SUMMED) + 6)
    for part in parts:
        total += [*(getattr(part, name) for name in _SUMMED), *part.power, *part.true_power]
    return total


def _named(sums: FloatArray) -> dict[str, FloatArray]:
    """Name the sums, shape (..., 13)."""
    names = [*_SUMMED, *(f"{kind}{band}" for kind in ("power", "true_power") for band in range(3))]
    return {name: sums[..., place] for place, name in enumerate(names)}


def mean_measure(
    parts: Sequence[Score], sigma: Mapping[str, float], curves: Sequence[str], measure: str
) -> float:
    """Return a measure averaged over those of ``curves`` that were scored; NaN where none was."""
    draws = np.ones((1, len({part.well for part in parts})))
    return float(_drawn(parts, sigma, curves, measure, draws)[0])


def _drawn(
    parts: Sequence[Score],
    sigma: Mapping[str, float],
    curves: Sequence[str],
    measure: str,
    draws: FloatArray,
) -> FloatArray:
    """Return the mean measure of every draw of wells.

    ``draws``, shape (d, w), holds how often each well, in order of name, was drawn -> (d,).
    """
    wells = sorted({part.well for part in parts})
    values = []
    for curve in curves:
        of_curve = [part for part in parts if part.curve == curve]
        if of_curve:
            by_well = np.stack([_sums(p for p in of_curve if p.well == well) for well in wells])
            with np.errstate(invalid="ignore", divide="ignore"):
                values.append(MEASURES[measure](_named(draws @ by_well), sigma[curve]))
    if not values:
        return np.full(len(draws), np.nan)
    stacked = np.stack(values)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, stacked, 0.0).sum(axis=0) / known.sum(axis=0))


def bootstrap(
    parts: Sequence[Score],
    sigma: Mapping[str, float],
    curves: Sequence[str],
    measure: str,
    *,
    seed: int = 0,
    count: int = 1000,
) -> FloatArray:
    """Return the mean measure of ``count`` draws of the wells with replacement, shape (count,).

    The same wells and the same seed give the same draws, so that those of two models are pairs.
    """
    wells = len({part.well for part in parts})
    random = np.random.default_rng(seed)
    drawn = random.integers(wells, size=(count, wells))
    draws = np.stack([np.bincount(row, minlength=wells) for row in drawn]).astype(np.float64)
    return _drawn(parts, sigma, curves, measure, draws)


def central_interval(draws: FloatArray) -> tuple[float, float]:
    """Return the 5th and 95th percentile of draws, shape (d,), those that are NaN left out."""
    known = draws[np.isfinite(draws)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.percentile(known, [5, 95])
    return float(low), float(high)


def per_well(
    parts: Sequence[Score], sigma: Mapping[str, float], curves: Sequence[str], measure: str
) -> dict[str, float]:
    """Return the mean measure of every well by itself."""
    wells = sorted({part.well for part in parts})
    return {
        well: mean_measure([p for p in parts if p.well == well], sigma, curves, measure)
        for well in wells
    }


def paired_p(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test on wells scored by both.

    The logarithm of the ratio is what is ranked, so that an easy well counts as much as a hard
    one. 1 where nothing differs, NaN where no well is shared.
    """
    from scipy.stats import wilcoxon

    shared = [well for well in one if other.get(well, 0.0) > 0 and one[well] > 0]
    if not shared:
        return float("nan")
    differences = np.log([one[well] / other[well] for well in shared])
    if not differences.any():
        return 1.0
    return float(wilcoxon(differences).pvalue)
