"""The well as the models see it, and what they are told of each depth.

Models work on a regular grid in metres, in canonical units, with resistivities in log10, impossible
values removed and extremes clipped: the *model space*. ``LogSet`` holds a well in that space and
leads back to the well's own index and units.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.mnemonics import CurveKind, catalogue
from welllog.well import Header, Well

__all__ = [
    "INPUTS",
    "TARGETS",
    "AlsoError",
    "LogSet",
    "casing_arrivals",
    "cell_of",
    "curve_features",
    "feature_names",
    "hidden_with",
    "log_features",
    "rolling_mean",
    "runs_of",
    "surroundings",
    "well_as_seen",
    "well_names",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TARGETS = ("GR", "RHOB", "NPHI", "DTC", "DTS", "RDEP", "PEF")
"""Curves a model can be asked for."""

INPUTS = ("GR", "RHOB", "NPHI", "DTC", "DTS", "RDEP", "RMED", "RSHA", "PEF", "CALI", "DRHO")
"""Curves a model may look at."""

MEAN_WINDOWS_M = (1.7, 7.8, 46.0)
SHIFT_M = 0.76
LIKENESS_SHIFT_M = 0.6
"""Distance above and below at which depths are compared."""
STEP_TOLERANCE = 0.02
"""An index whose steps stay within this share of their median counts as regular."""
STEEL_US_FT = 57.0
"""Slowness of casing."""
CASING_M = 8.0
"""Length over which a sonic must hold it to be reading casing."""
POSSIBLE_SHARE = 0.5
"""A curve with a smaller share of possible values is in another unit than it says: not used."""
CELL_M = 20_000.0
"""Wells in one cell of this size share a place."""
_DEGREES = (("LATI", "LONG"), ("LAT", "LONG"), ("LAT", "LON"), ("LATITUDE", "LONGITUDE"))
_METRES = (("X", "Y"), ("XCOORD", "YCOORD"), ("EAST", "NORTH"))
_NUMBER = re.compile(r"\d+(?:\.\d*)?")
_SOUTH_OR_WEST = re.compile(r"^-|(?<![A-Z])[SW](?![A-Z])", re.IGNORECASE)


@dataclass(frozen=True)
class LogSet:
    """The curves of one well on a regular grid in model space.

    Parameters
    ----------
    well : str
        Name of the well.
    depth : array, shape (n,), m
        Increasing, regular.
    curves : mapping of canonical mnemonic to array, shape (n,)
        Model space, NaN where null.
    own_depth : array, shape (m,), m
        The well's own index, in metres, in the file's order.
    place : str, optional
        Where the well lies, as far as its header says (``cell_of``).
    also : tuple of str
        Those of ``curves`` that no model knows, as the file names them: see ``well_as_seen``.
    """

    well: str
    depth: FloatArray
    curves: Mapping[str, FloatArray]
    own_depth: FloatArray
    place: str | None = None
    also: tuple[str, ...] = ()

    @property
    def step(self) -> float:
        """Sampling step in metres."""
        return float(self.depth[1] - self.depth[0]) if len(self.depth) > 1 else 1.0

    def hide(self, rows: BoolArray, curves: Iterable[str]) -> LogSet:
        """Return the log set with some curves null in some rows, shape (n,)."""
        hidden = dict(self.curves)
        for name in curves:
            if name in hidden:
                hidden[name] = np.where(rows, np.nan, hidden[name])
        return replace(self, curves=hidden)

    def informed(self, target: str) -> BoolArray:
        """Return the rows, shape (n,), where a model of ``target`` sees at least one log."""
        informed = np.zeros(len(self.depth), bool)
        for name in INPUTS:
            if name in self.curves and name not in hidden_with(target):
                informed |= np.isfinite(self.curves[name])
        return informed

    def rows_between(self, top: float, base: float) -> BoolArray:
        """Return the rows, shape (n,), from ``top`` to ``base`` (m), both included."""
        half = 0.01 * self.step
        return (self.depth >= top - half) & (self.depth <= base + half)

    def rows_of(self, own_rows: BoolArray) -> BoolArray:
        """Return the grid rows, shape (n,), that the well's own rows, shape (m,), fall on."""
        if self.same_grid:
            return own_rows[::-1] if self.reversed else own_rows
        nearest = np.rint((self.own_depth[own_rows] - self.depth[0]) / self.step).astype(int)
        rows = np.zeros(len(self.depth), bool)
        for shift in (-1, 0, 1):  # the neighbours that interpolation back will read
            rows[np.clip(nearest + shift, 0, len(rows) - 1)] = True
        return rows

    @property
    def reversed(self) -> bool:
        """True where the well's own index runs upwards."""
        return bool(self.own_depth[0] > self.own_depth[-1])

    @property
    def same_grid(self) -> bool:
        """True where the grid is the well's own index (in either direction)."""
        return len(self.depth) == len(self.own_depth) and bool(
            np.array_equal(np.sort(self.own_depth), self.depth)
        )

    def to_own_index(self, values: FloatArray) -> FloatArray:
        """Bring values on the grid, shape (n,), to the well's own index, shape (m,).

        Linear interpolation; NaN where either neighbour is NaN. Nothing is done to values whose
        grid is the well's own.
        """
        if self.same_grid:
            return values[::-1].copy() if self.reversed else values.copy()
        return np.interp(self.own_depth, self.depth, values, left=np.nan, right=np.nan)


def to_model_space(values: FloatArray, kind: CurveKind) -> FloatArray:
    """Remove impossible values, take log10 where the curve asks for it, clip extremes.

    ``values`` are in the canonical unit of ``kind``; the shape is kept.
    """
    low, high = kind.limits
    with np.errstate(invalid="ignore"):
        kept = np.where((values >= low) & (values <= high), values, np.nan)
    if kind.log10:
        kept = np.log10(kept)
    return np.clip(kept, *kind.clip) if kind.clip else kept


def from_model_space(values: FloatArray, kind: CurveKind) -> FloatArray:
    """Undo ``to_model_space`` (clipping excepted): model space to canonical unit."""
    return np.power(10.0, values) if kind.log10 else values


class AlsoError(ValueError):
    """A curve that cannot be looked at besides those that models know."""


def well_as_seen(well: Well, also: Sequence[str] = ()) -> LogSet:
    """Bring a well into model space.

    A curve most of whose values are impossible is left out: its unit or its name is wrong. A sonic
    that reads the casing is null there.

    Parameters
    ----------
    well : Well
    also : sequence of str
        Curves that no model knows, by the file's names, to tell depths of this well apart by.

    Raises
    ------
    AlsoError
        One of ``also`` is a curve that models know, or has no values.
    ValueError
        Where the well has fewer than two samples or an index that is not a depth.
    """
    own_depth = np.asarray(well.depth_m, dtype=np.float64)
    if np.isfinite(own_depth).sum() < 2:
        raise ValueError(f"well {well.name} has fewer than two depths; nothing can be modelled")
    kinds = catalogue().kinds
    own_step = well.step * (well.metres_per_unit if np.isfinite(well.metres_per_unit) else 1.0)
    curves = {}
    for name, own in well.canonical.items():
        values = well.canonical_values(own)
        modelled = to_model_space(values, kinds[name])
        if name == "DTC":
            modelled[casing_arrivals(modelled, own_step)] = np.nan
        if np.isfinite(modelled).sum() >= POSSIBLE_SHARE * np.isfinite(values).sum():
            curves[name] = modelled
    for own in also:
        known = catalogue().canonical(own)
        if known in INPUTS:
            raise AlsoError(f"{own} is looked at anyway, as {known}; leave it out of what is also")
        curves[own] = np.asarray(well.values(own), dtype=np.float64)
        if np.isfinite(curves[own]).sum() < 2:
            raise AlsoError(f"{own} has no values in well {well.name} to tell depths apart by")
    order = np.argsort(own_depth, kind="stable")
    depth = own_depth[order]
    keep = np.r_[True, np.diff(depth) > 0] & np.isfinite(depth)
    depth, order = depth[keep], order[keep]
    place = cell_of(well.header)
    steps = np.diff(depth)
    step = float(np.median(steps))
    if np.abs(steps - step).max() <= STEP_TOLERANCE * step:
        kept = {name: values[order] for name, values in curves.items()}
        return LogSet(well.name, depth, kept, own_depth, place, tuple(also))
    grid = depth[0] + step * np.arange(int(np.floor((depth[-1] - depth[0]) / step)) + 1)
    return LogSet(
        well.name,
        grid,
        {name: _resample(grid, depth, values[order], step) for name, values in curves.items()},
        own_depth,
        place,
        tuple(also),
    )


def cell_of(header: Header) -> str | None:
    """Return the cell, 20 km by 20 km, that a header's coordinates lie in; None without any.

    Latitude and longitude in decimal degrees or in degrees, minutes and seconds; x and y in metres,
    or feet where their unit says so. Cells of the two kinds never meet: headers seldom say what
    their metres count from.
    """
    for pair in _DEGREES:
        latitude, longitude = (_angle(header.value(mnemonic)) for mnemonic in pair)
        if latitude is not None and longitude is not None and (latitude or longitude):
            size = CELL_M / 111_200.0  # metres in a degree along a meridian
            row = math.floor(latitude / size)
            shrunk = longitude * math.cos(math.radians((row + 0.5) * size))
            return f"degrees {row} {math.floor(shrunk / size)}"
    for pair in _METRES:
        x, y = (_metres(header, mnemonic) for mnemonic in pair)
        if x is not None and y is not None and (x or y):
            return f"metres {math.floor(x / CELL_M)} {math.floor(y / CELL_M)}"
    return None


def _angle(text: str) -> float | None:
    """Read "-97.22", "97.22 W" or "97 13' 12.0'' W" as degrees."""
    degrees = 0.0
    numbers = _NUMBER.findall(text)[:3]
    for place, number in enumerate(numbers):
        degrees += float(number) / 60.0**place
        if "." in number:  # what follows is no part of it
            break
    if not numbers or degrees > 180.0:
        return None
    return -degrees if _SOUTH_OR_WEST.search(text.strip()) else degrees


def _metres(header: Header, mnemonic: str) -> float | None:
    text = header.value(mnemonic).strip()
    number = _NUMBER.match(text.lstrip("+-"))
    if number is None:
        return None
    metres = float(number[0]) * (0.3048 if "F" in header[mnemonic].unit.upper() else 1.0)
    return -metres if text.startswith("-") else metres


def _resample(grid: FloatArray, depth: FloatArray, values: FloatArray, step: float) -> FloatArray:
    """Interpolate linearly between samples no more than two steps apart; NaN elsewhere."""
    resampled = np.interp(grid, depth, values)
    above = np.clip(np.searchsorted(depth, grid, side="right") - 1, 0, len(depth) - 2)
    resampled[depth[above + 1] - depth[above] > 2.5 * step] = np.nan
    return resampled


def casing_arrivals(slowness: FloatArray, step: float) -> BoolArray:
    """Find where a sonic reads steel: 57 us/ft, flat, over at least 8 m.

    Parameters
    ----------
    slowness : array, shape (n,), us/ft
    step : float, m

    Returns
    -------
    array of bool, shape (n,)
        Whole stretches, with the spikes inside them.
    """
    window = max(3, round(CASING_M / step))
    measured = np.isfinite(slowness)
    near = measured & (np.abs(np.where(measured, slowness, 0.0) - STEEL_US_FT) < 2.5)
    share = rolling_mean(np.where(measured, near.astype(np.float64), np.nan), window)
    centred = np.where(near, slowness - STEEL_US_FT, np.nan)
    variance = rolling_mean(centred**2, window) - rolling_mean(centred, window) ** 2
    with np.errstate(invalid="ignore"):
        flat = measured & (share >= 0.8) & (variance < 0.36)
    arrivals = np.zeros(len(slowness), bool)
    previous = 0
    for top, base in runs_of(flat):
        if base - top < window:
            continue
        top = previous if previous and top - previous <= 2 * window else top
        while top > 0 and near[top - 1]:
            top -= 1
        while base < len(near) and near[base]:
            base += 1
        arrivals[top:base] = True
        previous = base
    return arrivals


def runs_of(rows: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield the half-open runs [top, base) of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, rows, False].astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def hidden_with(target: str) -> tuple[str, ...]:
    """Return the curves a model of ``target`` must not look at: itself and its siblings."""
    return (target, *catalogue().kinds[target].siblings)


def well_names(well: str) -> tuple[str, str]:
    """Return the names that a well may go by: its own, and the first word of it.

    Files of one well call it "16/2-11" and "16/2-11 A Johan Sverdrup Appr".
    """
    return well, well.split(" ")[0]


def rolling_mean(values: FloatArray, window: int) -> FloatArray:
    """Return the centred mean over ``window`` samples of what is not null, shape (n,).

    NaN where the window holds nothing. An even window is made odd.
    """
    valid = np.isfinite(values)
    return _mean_around(_sums(values, valid), _sums(valid, valid), np.arange(len(values)), window)


def _sums(values: NDArray[Any], valid: BoolArray) -> FloatArray:
    """Return sums of what is not null from the first row on: shape (n,) -> (n + 1,), from 0."""
    sums: FloatArray = np.r_[0.0, np.cumsum(np.where(valid, values, 0.0))]
    return sums


def _mean_around(
    total: FloatArray, count: FloatArray, rows: NDArray[np.intp], window: int
) -> FloatArray:
    """Return means at some rows, shape (k,), from sums of values and of their number, (n + 1,)."""
    half = max(window // 2, 0)
    first, last = np.maximum(rows - half, 0), np.minimum(rows + half + 1, len(total) - 1)
    here = count.take(last) - count.take(first)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(here > 0, (total.take(last) - total.take(first)) / here, np.nan)


def curve_features(
    values: FloatArray, step: float, rows: NDArray[np.intp] | None = None
) -> FloatArray:
    """Describe one curve at every row, or at some, shape (k,): shape (n,) -> (k, 8).

    Value; means over 1.7, 7.8 and 46 m; standard deviation over 7.8 m; the values 0.76 m above and
    below; the value relative to the well's median and spread.
    """
    at = np.arange(len(values)) if rows is None else rows
    windows = [max(1, round(length / step)) for length in MEAN_WINDOWS_M]
    shift = max(1, round(SHIFT_M / step))
    valid = np.isfinite(values)
    # Three means of one curve share its sums, and all five share their number.
    count, total = _sums(valid, valid), _sums(values, valid)
    centre = values - (np.nanmedian(values) if valid.any() else 0.0)
    own = _mean_around(_sums(centre, valid), count, at, windows[1])
    spread = _mean_around(_sums(centre**2, valid), count, at, windows[1]) - own**2
    described = np.empty((len(at), FEATURES_PER_CURVE))
    described[:, 0] = values[at]
    for column, window in enumerate(windows, 1):
        described[:, column] = _mean_around(total, count, at, window)
    described[:, 4] = np.sqrt(np.maximum(spread, 0.0))
    null = np.full(shift, np.nan)
    described[:, 5] = np.r_[null, values].take(at)
    described[:, 6] = np.r_[values, null].take(at + shift)
    described[:, 7] = centre[at] / robust_spread(values)
    return described


def surroundings(values: FloatArray, step: float) -> FloatArray:
    """Describe a curve at and around every depth, for comparing depths with each other.

    Parameters
    ----------
    values : array, shape (n,)
        Model space, NaN where null.
    step : float, m

    Returns
    -------
    array, shape (n, 5)
        Value; means over 1.7 and 7.8 m; the values 0.6 m above and below. NaN where unknown.
    """
    null = np.full(max(1, round(LIKENESS_SHIFT_M / step)), np.nan)
    return np.column_stack(
        [
            values,
            *(rolling_mean(values, round(length / step)) for length in MEAN_WINDOWS_M[:2]),
            np.r_[null, values][: len(values)],
            np.r_[values, null][-len(values) :],
        ]
    )


def robust_spread(values: FloatArray) -> float:
    """Return a robust standard deviation (from the 10th to the 90th percentile), never 0."""
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return 1.0
    low, high = np.percentile(finite, [10, 90])
    return float(high - low) / 2.563 or 1.0


FEATURES_PER_CURVE = 8
_PARTS = ("value", "mean2", "mean8", "mean46", "std8", "above", "below", "relative")


def feature_names(target: str) -> list[str]:
    """Return the names of the columns of ``log_features``."""
    inputs = [name for name in INPUTS if name not in hidden_with(target)]
    return [f"{name}.{part}" for name in inputs for part in _PARTS] + ["depth"]


def log_features(logs: LogSet, target: str, rows: BoolArray | None = None) -> NDArray[np.float32]:
    """Describe every row of a well, or k of them, to a model of ``target``.

    Parameters
    ----------
    logs : LogSet
    target : str
    rows : array of bool, shape (n,), optional
        The rows to describe: for few rows much faster than describing all.

    Returns
    -------
    array, shape (k, f)
        NaN where unknown.
    """
    at = np.arange(len(logs.depth)) if rows is None else np.flatnonzero(rows)
    shown = [name for name in INPUTS if name not in hidden_with(target)]
    features = np.full((len(at), len(shown) * FEATURES_PER_CURVE + 1), np.nan, np.float32)
    for number, name in enumerate(shown):
        if name in logs.curves:
            first = number * FEATURES_PER_CURVE
            features[:, first : first + FEATURES_PER_CURVE] = curve_features(
                logs.curves[name], logs.step, at
            )
    features[:, -1] = logs.depth[at]
    return features
