"""Bands that hold what they promise: factors fitted on hidden intervals of wells left out.

A restorer gives a standard deviation; on simulated gaps in wells it has not seen, the factor is
found by which 90 % of the errors fall inside. Factors are kept per curve, kind of gap and length
(split conformal prediction: Lei et al. 2018, Journal of the American Statistical Association 113).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of

__all__ = ["NORMAL_90", "Calibration", "fit_factor"]

FloatArray = NDArray[np.float64]
NORMAL_90 = 1.6449
"""Half-width of a central 90 % interval in standard deviations."""
CANDIDATES = 2001
"""Factors that are tried: quantiles of the errors in deviations."""
KINDS = ("blind", "gap", "blackout")
"""Of gaps; the first knows least of the well, so that its band is on the safe side for others."""


@dataclass(frozen=True)
class Calibration:
    """Factors on the deviation: per curve, per kind ("gap", "blackout", "blind"), per length.

    ``table[curve][kind]`` is a list of (length in m, factor), increasing in length. A factor
    between two lengths is interpolated in the logarithm of the length. A kind that was not fitted
    takes the factors of another; 1 where nothing was.
    """

    table: Mapping[str, Mapping[str, list[tuple[float, float]]]] = field(default_factory=dict)

    def factor(self, curve: str, kind: str, length_m: float) -> float:
        """Return the factor for a gap of this length."""
        kinds = self.table.get(curve, {})
        points = next((kinds[k] for k in (kind, *KINDS) if kinds.get(k)), None)
        if points is None:
            return 1.0
        lengths, factors = np.array(points, dtype=float).T
        return float(np.interp(np.log(max(length_m, 1e-3)), np.log(lengths), factors))

    def factors(self, curve: str, rows: NDArray[np.bool_], step: float, kind: str) -> FloatArray:
        """Return the factor of each row, shape (n,) with k True -> (k,), by its run's length."""
        lengths = [base - top for top, base in runs_of(rows)]
        return np.repeat(
            [self.factor(curve, kind, length * step) for length in lengths], lengths
        ).astype(np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain lists, for a model file."""
        return {
            curve: {kind: [list(point) for point in points] for kind, points in kinds.items()}
            for curve, kinds in self.table.items()
        }


def fit_factor(
    errors: FloatArray, deviations: FloatArray, wells: NDArray[np.intp], coverage: float = 0.9
) -> float:
    """Return the factor by which deviations must grow for ``coverage`` of the errors to fit.

    It is the quantile of the errors at that level at which a well keeps its share of them inside a
    factor found on the others. Samples of one well err alike, so that the level asked for would
    hold in these wells and not in the next (Lee, Barber and Willett 2023, arXiv:2306.06342, on
    groups; here by leaving one out, which asks no more than the wells' own variety does).

    Parameters
    ----------
    errors, deviations : arrays, shape (k,)
        Errors of predictions and the standard deviations given with them, same unit.
    wells : array of int, shape (k,)
        Well each error comes from; every well counts the same.
    """
    score = np.abs(errors) / np.maximum(deviations, 1e-9) / NORMAL_90
    parts = [np.sort(score[wells == well]) for well in np.unique(wells)]
    factors = np.quantile(score, np.linspace(0.0, 1.0, CANDIDATES), method="higher")
    inside = np.array([np.searchsorted(part, factors, side="right") / len(part) for part in parts])
    level = attained = inside.mean(axis=0)
    if len(parts) > 1:
        others = (inside.sum(axis=0) - inside) / (len(parts) - 1)
        chosen = [np.searchsorted(row, level - 1e-12).clip(max=CANDIDATES - 1) for row in others]
        attained = np.take_along_axis(inside, np.array(chosen), axis=1).mean(axis=0)
    return float(factors[min(int(np.searchsorted(attained, coverage)), CANDIDATES - 1)])
