"""Zones of core: the class that most of the rock is of, in beds of at least a given thickness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from welllog.cores.placement import PlacementError
from welllog.cores.row_measures import RowMeasure
from welllog.zones import Zone

__all__ = ["find_core_zones"]


def find_core_zones(
    shares: Sequence[RowMeasure], names: Sequence[str], thickness: float
) -> list[Zone]:
    """Return the zones in which one class has the largest share.

    Shares are averaged over the thickness first; what is then still thinner joins the thicker of
    its neighbours. Where there is no core over more than the thickness, no zone is.

    Parameters
    ----------
    shares : sequence of RowMeasure
        One for each class, as ``core_curves.shares_in`` gives them.
    names : sequence of str
        What the zones are called, in the same order.
    thickness : float
        In the unit of depth.

    Raises
    ------
    PlacementError
        The thickness is not above 0, or names and shares are not as many.
    """
    if not (np.isfinite(thickness) and thickness > 0):
        raise PlacementError(f"thickness of zones is {thickness:g}; it must be more than 0")
    if len(names) != len(shares) or not shares:
        raise PlacementError(f"{len(shares)} classes and {len(names)} names of zones")
    top, base = shares[0].top, shares[0].base
    middle = (top + base) / 2
    weight = shares[0].weight
    first = np.searchsorted(middle, middle - thickness / 2)
    last = np.searchsorted(middle, middle + thickness / 2, side="right")

    def within(amount: np.ndarray) -> np.ndarray:
        sums = np.concatenate([[0.0], np.cumsum(amount)])
        return np.asarray(sums[last] - sums[first])

    mean = np.stack([within(each.values * weight) for each in shares])
    winner = np.where(within(weight) > 0, mean.argmax(axis=0), -1)
    bounds = np.flatnonzero(np.diff(winner)) + 1
    starts, ends = np.r_[0, bounds], np.r_[bounds, len(winner)]
    beds = [
        [int(winner[a]), float(top[a]), float(base[b - 1])]
        for a, b in zip(starts, ends, strict=True)
        if winner[a] >= 0
    ]
    beds = _join(beds, thickness)
    return [Zone(names[int(kind)], bed_top, bed_base) for kind, bed_top, bed_base in beds]


def _join(beds: list[list[float]], thickness: float) -> list[list[float]]:
    """Let beds take what is thinner beside them, the thinnest first, and their like."""

    def touch(upper: list[float], lower: list[float]) -> bool:
        return lower[1] - upper[2] < thickness

    beds = [list(bed) for bed in beds]
    while True:
        i = 0
        while i + 1 < len(beds):
            if beds[i][0] == beds[i + 1][0] and touch(beds[i], beds[i + 1]):
                beds[i][2] = beds.pop(i + 1)[2]
            else:
                i += 1
        thin = sorted((bed[2] - bed[1], i) for i, bed in enumerate(beds))
        for size, i in thin:
            if size >= thickness:
                return beds
            near = [j for j in (i - 1, i + 1) if 0 <= j < len(beds)
                    and touch(beds[min(i, j)], beds[max(i, j)])]  # fmt: skip
            if near:
                into = max(near, key=lambda j: beds[j][2] - beds[j][1])
                beds[into][1] = min(beds[into][1], beds[i][1])
                beds[into][2] = max(beds[into][2], beds[i][2])
                beds.pop(i)
                break
        else:
            return beds
