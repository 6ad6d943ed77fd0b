"""Bands that hold what they promise: factors fitted on hidden intervals of wells left out.

A restorer gives a standard deviation; on simulated gaps in wells it has not seen, the factor is
found by which 90 % of the errors fall inside. Factors are kept per curve, kind of gap and length
(split conformal prediction: Lei et al. 2018, Journal of the American Statistical Association 113).
Along with them goes the texture of the errors, from which realisations are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of
from welllog.texture import LENGTHS_M

__all__ = ["KINDS", "NORMAL_90", "Calibration", "fit_factor"]

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
    textures: Mapping[str, Mapping[str, list[tuple[float, ...]]]] = field(default_factory=dict)
    """The same form: (length in m, shares of ``texture``'s terms)."""

    def factor(self, curve: str, kind: str, length_m: float) -> float:
        """Return the factor for a gap of this length."""
        at = _at_length(self.table, curve, kind, length_m)
        return 1.0 if at is None else float(at[0])

    def texture(self, curve: str, kind: str, length_m: float) -> FloatArray | None:
        """Return the shares of the terms for a gap of this length; None where none were fitted."""
        return _at_length(self.textures, curve, kind, length_m)

    def factors(self, curve: str, rows: NDArray[np.bool_], step: float, kind: str) -> FloatArray:
        """Return the factor of each row, shape (n,) with k True -> (k,), by its run's length."""
        lengths = [base - top for top, base in runs_of(rows)]
        return np.repeat(
            [self.factor(curve, kind, length * step) for length in lengths], lengths
        ).astype(np.float64)

    def only(self, curves: Sequence[str]) -> Calibration:
        """Return the part of these curves."""
        return Calibration(
            {curve: self.table[curve] for curve in curves if curve in self.table},
            {curve: self.textures[curve] for curve in curves if curve in self.textures},
        )

    def __or__(self, other: Calibration) -> Calibration:
        """Return both; the other's where both have a curve."""
        return Calibration({**self.table, **other.table}, {**self.textures, **other.textures})

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, for a model file."""
        return {
            name: {
                curve: {kind: [list(point) for point in points] for kind, points in kinds.items()}
                for curve, kinds in part.items()
            }
            for name, part in (("factors", self.table), ("textures", self.textures))
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Calibration:
        """Read what ``to_dict`` wrote, or the factors alone, as earlier versions wrote them.

        Raises
        ------
        ValueError
            Something else than increasing lengths, positive factors and shares.
        """
        table = content["factors"] if "factors" in content else content
        textures = content.get("textures", {}) if "factors" in content else {}
        for part, columns in ((table, 2), (textures, len(LENGTHS_M) + 2)):
            for kinds in part.values():
                for points in kinds.values():
                    rows = np.array(points, dtype=float)
                    positive = columns if part is table else 1
                    if rows.ndim != 2 or rows.shape[1] != columns:
                        raise ValueError("its calibration is no list of lengths and factors")
                    if not np.isfinite(rows).all():
                        raise ValueError("its calibration holds values that are not finite")
                    if (rows < 0).any() or (rows[:, :positive] == 0).any():
                        raise ValueError("its calibration holds values that are not positive")
        return cls(table, textures)


def _at_length(
    part: Mapping[str, Mapping[str, Sequence[tuple[float, ...]]]],
    curve: str,
    kind: str,
    length_m: float,
) -> FloatArray | None:
    kinds = part.get(curve, {})
    points = next((kinds[k] for k in (kind, *KINDS) if kinds.get(k)), None)
    if points is None:
        return None
    rows = np.array(points, dtype=np.float64)
    at = np.log(max(length_m, 1e-3))
    return np.array([np.interp(at, np.log(rows[:, 0]), column) for column in rows[:, 1:].T])


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
