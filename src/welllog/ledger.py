"""What every edit does with a well: take a curve, check what it is told, give a new version back.

The edits themselves are in ``edits``. Each goes through ``take_curve`` and ``give_curve``, so that
versions are named and records are written in one place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of
from welllog.mnemonics import CurveKind, catalogue, edited_stem, made_from, newest
from welllog.provenance import hash_curves, stamp
from welllog.well import Well

__all__ = [
    "EditError",
    "Taken",
    "check_number",
    "check_pairs",
    "check_rows",
    "give_curve",
    "next_version",
    "root_of",
    "take_curve",
]

FloatArray = NDArray[np.float64]


class EditError(ValueError):
    """An edit that cannot be done as asked."""


@dataclass(frozen=True)
class Taken:
    """A curve as an edit finds it."""

    own: str
    """The curve that is edited."""
    version: str
    """What the edit goes on from: the curve itself, or its edited version."""
    made: str
    """What the result is called."""
    values: FloatArray
    unit: str
    kind: CurveKind | None

    @property
    def decades(self) -> bool:
        """Whether it is worked on in decades: a resistivity."""
        return self.kind is not None and self.kind.log10


def take_curve(well: Well, curve: str) -> Taken:
    """Return a curve for editing, named by own, canonical or edited mnemonic; the newest version.

    Raises
    ------
    CurveNotFoundError
        The well has no such curve.
    EditError
        It has no value.
    """
    named = well.find(curve)
    own = next((base for base in well.curves if newest([named], edited_stem(base))), named)
    version = well.edited.get(own, own)
    values = well.values(version)
    if not np.isfinite(values).any():
        raise EditError(
            f"curve {version} of well {well.name} is all null; there is nothing to edit"
        )
    kind = catalogue().kind(root_of(well, own))
    made = next_version(well, edited_stem(own))
    return Taken(own, version, made, values, well.curves[version].units or "", kind)


def root_of(well: Well, own: str) -> str:
    """Return the measured curve behind one: DTC of DTC_RES; the curve itself where unknown."""
    parent = made_from(own)
    return own if parent is None or parent not in well.curves else root_of(well, parent)


def next_version(well: Well, stem: str) -> str:
    """Return where an edit puts its result: never in the place of what a file holds."""
    latest = newest(well.curves, stem)
    if latest is None:
        return stem
    if latest not in {item.mnemonic for item in well.header.section("Curve")}:
        return latest
    number = latest.removeprefix(stem).removeprefix("_")
    return f"{stem}_{int(number or 1) + 1}"


def give_curve(
    well: Well,
    taken: Taken,
    values: FloatArray,
    edit: str,
    parameters: Mapping[str, Any],
    user: str | None,
    others: Sequence[str] = (),
) -> Well:
    """Return the well with the edited curve and the record; ``others`` are curves looked at."""
    result = well.copy()
    result.curves.pop(taken.made, None)
    what = f"{taken.own} edited" if taken.own else "1 bad hole 0 good"
    result.add_curve(taken.made, values, unit=taken.unit, description=what)
    changed = (values != taken.values) & (np.isfinite(values) | np.isfinite(taken.values))
    inputs = [name for name in (taken.version, *others) if name]
    runs = [(well.index[top], well.index[base - 1]) for top, base in runs_of(changed)]
    result.history.append(
        {
            **stamp(well, "edit", user),
            "edit": edit,
            "curve": taken.own or None,
            "from": taken.version or None,
            "made": taken.made,
            "parameters": dict(parameters),
            "index_unit": well.index_unit,
            "samples_changed": int(changed.sum()),
            "samples_nulled": int((np.isfinite(taken.values) & ~np.isfinite(values)).sum()),
            "intervals": [[float(top), float(base)] for top, base in runs],
            "sha256": hash_curves(well, inputs, result, [taken.made]),
        }
    )
    return result


def check_number(name: str, value: Any) -> float:
    """Return a parameter as a float.

    Raises
    ------
    EditError
        It is no finite number.
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not np.isfinite(value):
        raise EditError(f"{name} is {value!r}; a number is wanted")
    return float(value)


def check_pairs(what: str, pairs: Any) -> list[tuple[float, float]]:
    """Return two or more pairs of numbers as floats.

    Raises
    ------
    EditError
        They are fewer, or something else.
    """
    try:
        checked = [
            (check_number(what, first), check_number(what, second)) for first, second in pairs
        ]
    except (TypeError, ValueError) as error:
        if isinstance(error, EditError):
            raise
        raise EditError(f"a {what} is a pair of numbers; got {pairs!r}") from None
    if len(checked) < 2:
        raise EditError(f"two or more {what}s are wanted; got {len(checked)}")
    return checked


def check_rows(well: Well, top: float, base: float, *, sampled: bool = True) -> NDArray[np.bool_]:
    """Return the samples of an interval, shape (n,); refuse one outside the well.

    Raises
    ------
    EditError
        Also where the interval lies between two samples, unless ``sampled`` is False.
    """
    first, last = float(np.min(well.index)), float(np.max(well.index))
    if top > base:
        raise EditError(f"interval {top:g}-{base:g}: the top must be less than the base")
    rows = (well.index >= top) & (well.index <= base)
    if base < first or top > last or (sampled and not rows.any()):
        where = f"interval {top:g}-{base:g}" if sampled else f"depth {top:g}"
        raise EditError(
            f"{where} {well.index_unit} holds no sample of well {well.name}, which runs from "
            f"{first:g} to {last:g} {well.index_unit}"
        )
    return rows
