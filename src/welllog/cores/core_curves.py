"""From pictures of core to curves of the well, with how sure they are.

A measure of rows of pixels is averaged about each sample of the well over the length that a logging
tool sees. The result is an ordinary curve beside the logs, with a second one for its standard
error, and a record in the well's history from which it can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.placement import Placement, PlacementError, in_unit_of
from welllog.cores.placement_files import describe_placement
from welllog.cores.row_measures import RowMeasure, join_measures, measure_rows, share_rows
from welllog.provenance import hash_curves, stamp
from welllog.well import Well

__all__ = [
    "CoreCurve",
    "CurveSettings",
    "add_core_curves",
    "average_rows",
    "curves_of_measure",
    "curves_of_shares",
    "shares_in",
]

FloatArray = NDArray[np.float64]
Fetch = Callable[[Placement], NDArray[Any]]
"""Reads what belongs to a placement: one picture at a time is held in memory."""

_WORDS_OF_ERROR = (
    "one standard error of the mean over the pixels in the window, those that hang together "
    "counted as one; not in it: wrong labels, depth, and that a face is not the whole rock"
)


@dataclass(frozen=True)
class CurveSettings:
    """How a picture becomes a curve."""

    smooth: float = 0.3
    """Length in metres over which it is averaged: the vertical resolution of the tool it is to be
    compared with. At least the step of the well's index is taken."""
    least_core: float = 0.5
    """Share of that length that must be core that counts; else there is no value."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.smooth) and self.smooth >= 0):
            raise PlacementError(f"smooth is {self.smooth:g} m; it must be 0 or more")
        if not 0 < self.least_core <= 1:
            raise PlacementError(f"least_core is {self.least_core:g}; it is above 0 and up to 1")


@dataclass(frozen=True)
class CoreCurve:
    """A measure of a core on the index of a well."""

    mnemonic: str
    unit: str
    what: str
    values: FloatArray
    """Shape (n,); NaN outside the core."""
    error: FloatArray
    """Shape (n,): one standard error of each value."""
    window: float
    """Length over which it was averaged, in metres."""


def curves_of_measure(
    well: Well,
    placements: Sequence[Placement],
    fetch: Fetch,
    measure: str,
    settings: CurveSettings | None = None,
) -> list[CoreCurve]:
    """Return a measure of pictures (``row_measures.MEASURES``) on the index of a well.

    Raises
    ------
    PlacementError
        A picture lies outside the well, is of another size, or overlaps another one.
    """
    parts = []
    for placement in placements:
        here = in_unit_of(placement, well)
        (part,) = measure_rows(fetch(placement), here, measure)
        parts.append(part)
    return [average_rows(join_measures(parts), well, settings)]


def curves_of_shares(
    well: Well,
    placements: Sequence[Placement],
    fetch: Fetch,
    names: Sequence[str],
    left_out: Sequence[str] = (),
    settings: CurveSettings | None = None,
) -> list[CoreCurve]:
    """Return the share of each class in labelled pictures on the index of a well.

    ``fetch`` gives the labels, or probabilities, of each placement's picture; see ``share_rows``.

    Raises
    ------
    PlacementError
        Also where labels do not fit their picture or the names.
    """
    joined = shares_in(well, placements, fetch, names, left_out)
    return [average_rows(measure, well, settings) for measure in joined]


def shares_in(
    well: Well,
    placements: Sequence[Placement],
    fetch: Fetch,
    names: Sequence[str],
    left_out: Sequence[str] = (),
) -> list[RowMeasure]:
    """Return the share of each class row by row, in the unit of the well's index."""
    parts = [
        share_rows(fetch(placement), in_unit_of(placement, well), names, left_out)
        for placement in placements
    ]
    return [join_measures(same) for same in zip(*parts, strict=True)]


def average_rows(
    measure: RowMeasure, well: Well, settings: CurveSettings | None = None
) -> CoreCurve:
    """Average a measure of rows about each sample of a well.

    Each sample gets the mean of the pixels within half the window above and below it. Its error is
    sqrt(variance / n), the variance that of the pixels in the window and n their number over the
    number that hang together (``RowMeasure.patch``, the integral lengths of correlation multiplied:
    Bayley and Hammersley 1946, doi:10.2307/2983560, for each direction). Events are counted, with
    sqrt(count) as the error of the count (at least that of one).

    Raises
    ------
    PlacementError
        The well's index is no depth, or no sample of it has core about it.
    """
    settings = settings or CurveSettings()
    metres = well.metres_per_unit
    if not np.isfinite(metres):
        raise PlacementError(f"the index of well {well.name} is no depth: {well.index_unit!r}")
    step = np.nan_to_num(well.step)
    window = max(settings.smooth / metres, step)
    if not window > 0:
        raise PlacementError(f"well {well.name} has one sample: give a length to smooth over")
    ends = np.array([well.index - window / 2, well.index + window / 2])
    edges = np.maximum.accumulate(np.column_stack([measure.top, measure.base]).ravel())
    length = measure.base - measure.top

    def within(amount: FloatArray) -> FloatArray:
        """Sum what each row holds over each window, rows at its ends in part."""
        steps = np.column_stack([np.zeros_like(amount), amount]).ravel()
        low, high = np.interp(ends, edges, np.cumsum(steps))
        return np.asarray(high - low)

    weight = within(measure.weight)
    core = within(length * measure.weight / measure.full)
    known = (core >= settings.least_core * window * (1 - 1e-9)) & (weight > 0)
    if not known.any():
        raise PlacementError(
            f"well {well.name} has no sample with core that counts about it: core lies from "
            f"{measure.top[0]:g} to {measure.base[-1]:g}, the window is {window:.3g} "
            f"{well.index_unit}"
        )
    divisor = np.where(known, weight, 1.0)
    if measure.events:
        seen = np.where(known, core, 1.0) * metres
        count = within(measure.values)
        values, error = count / seen, np.sqrt(np.maximum(count, 1.0)) / seen
    else:
        values = within(measure.values * measure.weight) / divisor
        squares = within(measure.squares * measure.weight) / divisor
        alone = np.maximum(weight / measure.patch, 1.0)
        error = np.sqrt(np.maximum(squares - values**2, 0.0) / alone)
    return CoreCurve(
        measure.mnemonic,
        measure.unit,
        measure.what,
        np.where(known, values, np.nan),
        np.where(known, error, np.nan),
        float(window * metres),
    )


def add_core_curves(
    well: Well,
    curves: Sequence[CoreCurve],
    placements: Sequence[Placement],
    *,
    source: Mapping[str, Any],
    settings: CurveSettings | None = None,
    user: str | None = None,
) -> Well:
    """Return the well with curves of its core, their errors (``_SE``) and a record of them.

    Parameters
    ----------
    well : Well
    curves : sequence of CoreCurve
    placements : sequence of Placement
        Of the pictures that they were made of.
    source : mapping
        What they were made by, for the record: ``{"measure": "brightness"}``, or the labels' file
        or the model with its hash. ``"said"`` in it goes into the curves' descriptions.
    settings : CurveSettings, optional
        Those of ``average_rows``.
    user : str, optional

    Raises
    ------
    PlacementError
        There is no curve.
    """
    if not curves:
        raise PlacementError(f"no curve of the core of well {well.name} was made")
    result = well.copy()
    said = str(source.get("said", "")).strip()
    pictures = ", ".join(each.picture.name for each in placements)
    made = []
    for curve in curves:
        name = _free_name(result, curve.mnemonic)
        by = f" by {said}" if said else ""
        words = f"{curve.what} in {pictures}{by}, mean over {curve.window:.3g} m"
        result.add_curve(name, curve.values, unit=curve.unit, description=words)
        error = f"{name}_SE"
        result.add_curve(
            error, curve.error, unit=curve.unit, description=f"standard error of {name}"
        )
        made += [name, error]
    result.history.append(
        {
            **stamp(well, "core curve", user),
            "made": made,
            "source": dict(source),
            "settings": asdict(settings or CurveSettings()),
            "window_m": curves[0].window,
            "error": _WORDS_OF_ERROR,
            "index_unit": well.index_unit,
            "pictures": [describe_placement(each) for each in placements],
            "sha256": hash_curves(well, [], result, made),
        }
    )
    return result


def _free_name(well: Well, mnemonic: str) -> str:
    """Return a mnemonic that no curve of the well has; what is there is never replaced."""
    number, name = 1, mnemonic
    while {name, f"{name}_SE"} & set(well.curves):
        number += 1
        name = f"{mnemonic}_{number}"
    return name
