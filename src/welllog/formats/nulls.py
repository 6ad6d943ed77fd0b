"""Which numbers stand for no value when the header does not say so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from welllog.mnemonics import catalogue
from welllog.well import Remark

__all__ = ["SENTINELS", "replace_nulls"]

SENTINELS = (-999.25, -999.0, -9999.25, -9999.0, -99999.0, -99999.25, -999999.0, -32768.0)
"""The numbers that software writes for no value when nobody tells it which to write."""


def replace_nulls(
    values: NDArray[np.float64],
    mnemonic: str,
    unit: str,
    declared: float | None,
    policy: str,
) -> list[Remark]:
    """Put NaN in the place of nulls, in place.

    Parameters
    ----------
    values : array, shape (n,)
        One curve in ``unit``; never the index.
    mnemonic, unit : str
        Tell the physical limits of the curve.
    declared : float or None
        The header's NULL.
    policy : {"likely", "declared", "usual"}
        See :func:`welllog.formats.read`.

    Returns
    -------
    list of Remark
        One for each sentinel found that the header does not declare.
    """
    if declared is not None:
        values[values == declared] = np.nan
    with np.errstate(invalid="ignore"):
        if not (values <= SENTINELS[1]).any():
            return []
    remarks = []
    for sentinel in SENTINELS:
        found = values == sentinel
        count = int(found.sum())
        if not count:
            continue
        replaced = policy == "usual" or (
            policy == "likely" and _impossible(sentinel, mnemonic, unit)
        )
        if replaced:
            values[found] = np.nan
        remarks.append(
            Remark(
                f"{mnemonic} holds {sentinel:g} {count} times, which the header does not declare "
                "as null",
                f"curve {mnemonic}",
                "major",
                "read as null" if replaced else 'left as it is; nulls="usual" reads it as null',
                "LAS 2.0 section 5.2 (NULL)",
            )
        )
    return remarks


def _impossible(value: float, mnemonic: str, unit: str) -> bool:
    """Tell whether the physical limits of the curve exclude the value."""
    kind = catalogue().kind(mnemonic)
    if kind is None:
        return False
    factor = catalogue().factor(unit, kind.unit)
    return value * (1.0 if factor is None else factor) < kind.limits[0]
