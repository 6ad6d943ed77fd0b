"""The small edits an analyst makes before or after restoring, each with a record of what it did.

An edit takes a well and returns a copy. The measured curve stays as it is; the edited one stands
beside it as ``<curve>_ED``, and a further edit of the curve goes on from there. What was done is
the last entry of the copy's history; ``apply_record`` does it again from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from welllog.alterations import despiked, faded, joined_by_line, moved, stretched
from welllog.gaps import BAD_HOLE, GapSettings, find_bad_hole
from welllog.ledger import (
    EditError,
    Taken,
    check_number,
    check_pairs,
    check_rows,
    give_curve,
    next_version,
    root_of,
    take_curve,
)
from welllog.mnemonics import catalogue, newest
from welllog.well import Well

__all__ = [
    "EDITS",
    "EditError",
    "apply_record",
    "clip",
    "despike",
    "flag_bad_hole",
    "null_flagged",
    "patch",
    "rescale",
    "set_null",
    "shift",
    "splice_runs",
    "stretch",
]

Pairs = Sequence[tuple[float, float]]

DESPIKE_WINDOW_M = 5.0


def flag_bad_hole(
    well: Well,
    washout: float = GapSettings.washout,
    correction: float = GapSettings.correction,
    length: float = GapSettings.bad_hole_length,
    bit_size: float | None = None,
    *,
    user: str | None = None,
) -> Well:
    """Add the curve ``BAD_HOLE``: 1 where the hole is bad, 0 where good, null where unknown.

    Bad is where the caliper exceeds the bit size by more than ``washout`` inches, or the density
    correction is larger than ``correction`` g/cm3, up or down, over more than ``length`` metres:
    the rule of ``find_gaps``. Edited calipers and corrections are looked at where there are any.

    Parameters
    ----------
    well : Well
    washout, correction, length : float
    bit_size : float, optional
        Inches, where no curve of the well says it.
    user : str, optional
        Who the record names; by default ``provenance.login_name()``.

    Raises
    ------
    EditError
        The well has neither a caliper and a bit size nor a density correction.
    """
    parameters = {"washout": washout, "correction": correction, "length": length}
    parameters = {name: check_number(name, value) for name, value in parameters.items()}
    if bit_size is not None:
        parameters["bit_size"] = check_number("bit_size", bit_size)
    settings = GapSettings(
        washout=parameters["washout"],
        correction=parameters["correction"],
        bad_hole_length=parameters["length"],
        bit_size=parameters.get("bit_size"),
    )
    view = well.with_edits()
    bad, known = find_bad_hole(view, settings)
    if not known.any():
        raise EditError(
            f"well {well.name} has neither a caliper with a bit size nor a density correction, "
            "which tell bad hole; give bit_size if only that is missing"
        )
    used = [view.canonical[name] for name in ("CALI", "BS", "DRHO") if name in view.canonical]
    flag = np.where(known, bad.astype(np.float64), np.nan)
    edited = well.edited
    inputs = [edited.get(own, own) for own in used]
    nowhere = np.where(known, 0.0, np.nan)
    taken = Taken("", "", next_version(well, BAD_HOLE), nowhere, "", None)
    return give_curve(well, taken, flag, "flag_bad_hole", parameters, user, inputs)


def null_flagged(
    well: Well, curve: str, flag: str | None = None, *, user: str | None = None
) -> Well:
    """Set a curve to null wherever a flag curve is not 0 (a null of the flag counts as 0).

    Parameters
    ----------
    well : Well
    curve : str
        Own or canonical mnemonic.
    flag : str, optional
        By default the newest ``BAD_HOLE``.
    user : str, optional

    Raises
    ------
    CurveNotFoundError, EditError
        There is no such curve or flag, or the curve is all null.
    """
    taken = take_curve(well, curve)
    name = newest(well.curves, BAD_HOLE) if flag is None else well.find(flag)
    if name is None:
        raise EditError(f"well {well.name} has no curve {BAD_HOLE}; flag bad hole first")
    flagged = np.nan_to_num(well.values(name)) != 0
    values = np.where(flagged, np.nan, taken.values)
    return give_curve(well, taken, values, "null_flagged", {"flag": name}, user, [name])


def despike(
    well: Well,
    curve: str,
    window: float | None = None,
    z: float = 2.0,
    *,
    user: str | None = None,
) -> Well:
    """Hold a curve within ``z`` of its standard deviations of the local median.

    Parameters
    ----------
    well : Well
    curve : str
        Own or canonical mnemonic; resistivities are despiked in decades.
    window : float, optional
        Length over which the median is taken, in index units; by default 5 m.
    z : float
    user : str, optional

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    if window is None:
        window = DESPIKE_WINDOW_M / well.metres_per_unit
        if not np.isfinite(window):
            raise EditError(f"the index of well {well.name} is in {well.index_unit}: give a window")
    parameters = {"window": check_number("window", window), "z": check_number("z", z)}
    for name, value in parameters.items():
        if value <= 0:
            raise EditError(f"{name} is {value:g}; it must be more than 0")
    samples = max(3, round(window / well.step)) if well.step > 0 else 3
    values = despiked(taken.values, samples, z, decades=taken.decades)
    return give_curve(well, taken, values, "despike", parameters, user)


def shift(well: Well, curve: str, distance: float, *, user: str | None = None) -> Well:
    """Move a curve down by a distance in index units (up, where it is negative).

    What leaves the index at one end is lost, and the other end is null: nothing is extrapolated.

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    distance = check_number("distance", distance)
    values = moved(taken.values, well.index, well.index - distance, decades=taken.decades)
    if not np.isfinite(values).any():
        raise EditError(f"distance is {distance:g}, which moves all of {taken.own} out of the well")
    return give_curve(well, taken, values, "shift", {"distance": distance}, user)


def stretch(well: Well, curve: str, ties: Pairs, *, user: str | None = None) -> Well:
    """Move depths of a curve to other depths, and what lies between them in proportion.

    Parameters
    ----------
    well : Well
    curve : str
    ties : sequence of (depth, new depth)
        Two or more, in index units, both increasing. Above the first tie the curve moves as the
        first does, below the last as the last; ends without a value are null.
    user : str, optional

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    pairs = check_pairs("tie", ties)
    if not (np.diff(np.array(pairs), axis=0) > 0).all():
        raise EditError("ties must increase, in old and in new depth: no two may cross or meet")
    source = stretched(well.index, pairs)
    values = moved(taken.values, well.index, source, decades=taken.decades)
    return give_curve(
        well, taken, values, "stretch", {"ties": [list(pair) for pair in pairs]}, user
    )


def patch(well: Well, curve: str, points: Pairs, *, user: str | None = None) -> Well:
    """Draw a curve by hand: a line through points, from the first to the last.

    Parameters
    ----------
    well : Well
    curve : str
    points : sequence of (depth, value)
        Two or more, depths increasing, values in the curve's unit; a resistivity is joined in
        decades.
    user : str, optional

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    pairs = check_pairs("point", points)
    depth, level = np.array(pairs).T
    if not (np.diff(depth) > 0).all():
        raise EditError("points must increase in depth: no two may be at one depth")
    if taken.decades and (level <= 0).any():
        raise EditError(f"point {level.min():g}: {taken.own} is logarithmic, and more than 0")
    check_rows(well, float(depth[0]), float(depth[-1]))
    values = joined_by_line(taken.values, well.index, pairs, decades=taken.decades)
    return give_curve(
        well, taken, values, "patch", {"points": [list(pair) for pair in pairs]}, user
    )


def splice_runs(
    well: Well,
    curve: str,
    other: str,
    depth: float,
    fade: float = 0.0,
    *,
    user: str | None = None,
) -> Well:
    """Make one curve of two runs: ``curve`` above a depth, ``other`` below it.

    Parameters
    ----------
    well : Well
    curve, other : str
        Edited versions are taken where there are any. ``other`` is brought to the unit of
        ``curve``, after which the result is named.
    depth : float
        In index units; the sample on it is the lower run's.
    fade : float
        Length about ``depth`` over which one goes over into the other (resistivities in decades).
        Where one is null there, the other stands alone.
    user : str, optional

    Raises
    ------
    CurveNotFoundError, EditError
        Among others where the units of the two cannot be compared.
    """
    taken, lower = take_curve(well, curve), take_curve(well, other)
    depth, fade = check_number("depth", depth), check_number("fade", fade)
    if fade < 0:
        raise EditError(f"fade is {fade:g}; it must not be negative")
    if lower.own == taken.own:
        raise EditError(f"{curve} and {other} are both {taken.own}; name two runs")
    check_rows(well, depth, depth, sampled=False)
    factor = _unit_ratio(well, lower, taken)
    parameters = {"other": lower.own, "depth": depth, "fade": fade}
    values = faded(
        taken.values, factor * lower.values, well.index, depth, fade, decades=taken.decades
    )
    return give_curve(well, taken, values, "splice_runs", parameters, user, [lower.version])


def set_null(well: Well, curve: str, top: float, base: float, *, user: str | None = None) -> Well:
    """Set a curve to null from ``top`` to ``base`` (index units, both included).

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    top, base = check_number("top", top), check_number("base", base)
    values = np.where(check_rows(well, top, base), np.nan, taken.values)
    return give_curve(well, taken, values, "set_null", {"top": top, "base": base}, user)


def clip(
    well: Well,
    curve: str,
    low: float | None = None,
    high: float | None = None,
    to_null: bool = False,
    *,
    user: str | None = None,
) -> Well:
    """Keep a curve within limits: what is beyond them is set to the limit, or to null.

    Parameters
    ----------
    well : Well
    curve : str
    low, high : float, optional
        In the curve's unit; with neither, the physical limits of ``curves.toml``.
    to_null : bool
    user : str, optional

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    if low is None and high is None:
        if taken.kind is None:
            raise EditError(f"the limits of {taken.own} are not known; give low, high or both")
        factor = well.with_edits().unit_factor(root_of(well, taken.own))
        low, high = (limit / factor for limit in taken.kind.limits)
    low = None if low is None else check_number("low", low)
    high = None if high is None else check_number("high", high)
    if low is not None and high is not None and low >= high:
        raise EditError(f"low is {low:g} and high {high:g}; low must be less than high")
    values = np.clip(taken.values, low, high)
    if to_null:
        values = np.where(values == taken.values, taken.values, np.nan)
    parameters = {"low": low, "high": high, "to_null": bool(to_null)}
    return give_curve(well, taken, values, "clip", parameters, user)


def rescale(
    well: Well, curve: str, gain: float = 1.0, offset: float = 0.0, *, user: str | None = None
) -> Well:
    """Multiply a curve by ``gain`` and add ``offset`` (in its unit): a linear normalisation.

    Raises
    ------
    CurveNotFoundError, EditError
    """
    taken = take_curve(well, curve)
    gain, offset = check_number("gain", gain), check_number("offset", offset)
    if gain == 0:
        raise EditError("gain is 0, which leaves nothing of the curve")
    values = taken.values * gain + offset
    return give_curve(well, taken, values, "rescale", {"gain": gain, "offset": offset}, user)


EDITS: dict[str, Callable[..., Well]] = {
    edit.__name__: edit
    for edit in (
        flag_bad_hole, null_flagged, despike, shift, stretch, patch, splice_runs, set_null, clip,
        rescale,
    )
}  # fmt: skip
"""By the name that a record gives an edit."""


def apply_record(well: Well, record: Mapping[str, Any], *, user: str | None = None) -> Well:
    """Do again what a record of an edit says, to this well.

    The curves may be others than those of the record: ``replay`` is strict about that.

    Raises
    ------
    CurveNotFoundError
        The well has no such curve.
    EditError
        The record is of no edit known here, or it cannot be done to this well.
    """
    edit = EDITS.get(str(record.get("edit")))
    parameters = record.get("parameters")
    if edit is None or not isinstance(parameters, Mapping):
        raise EditError(
            f"the record is of no edit known here ({record.get('edit', record.get('action'))!r}); "
            f"known are {', '.join(EDITS)}"
        )
    curve = record.get("curve")
    named = () if curve is None else (str(curve),)
    try:
        return edit(
            well, *named, **{str(key): value for key, value in parameters.items()}, user=user
        )
    except TypeError as error:
        raise EditError(
            f"the record of {record['edit']} does not say what it needs: {error}"
        ) from None


def _unit_ratio(well: Well, given: Taken, wanted: Taken) -> float:
    """Return what values of one curve are multiplied by to be in the unit of another."""
    spelt = ["".join(taken.unit.lower().split()) for taken in (given, wanted)]
    if given.kind is not None and given.kind == wanted.kind:
        view = well.with_edits()
        first, second = (view.unit_factor(root_of(well, taken.own)) for taken in (given, wanted))
        return first / second
    if spelt[0] == spelt[1]:
        return 1.0
    for spellings in catalogue().units.values():
        if spelt[0] in spellings and spelt[1] in spellings:
            return spellings[spelt[0]] / spellings[spelt[1]]
    raise EditError(
        f"{given.own} is in {given.unit or 'no unit'}, {wanted.own} in {wanted.unit or 'no unit'}, "
        "and nothing is known of how they compare; rescale one of them first"
    )
