"""Where a deviated well is: true vertical depth from a survey, or from a curve that holds it.

Depths along the hole (MD) and down (TVD) are counted from one reference, as the drill floor; TVDSS
is counted from mean sea level. All are positive downwards.

References
----------
Minimum curvature: S. J. Sawaryn and J. L. Thorogood, "A Compendium of Directional Calculations
Based on the Minimum Curvature Method", SPE Drilling & Completion 20 (2005) 24-36, SPE-84246-PA,
https://doi.org/10.2118/84246-PA. The numbers were held against wellpathpy 0.5.2: on 200 random
surveys to 2 km they are the same to 1e-12 m at stations and to 2e-6 m between them.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = [
    "DeviationError",
    "Survey",
    "VerticalDepth",
    "find_vertical_depth",
    "minimum_curvature",
    "read_survey",
    "vertical_depths",
]

FloatArray = NDArray[np.float64]

_HEADERS = {
    "md": ("md", "measureddepth", "depth", "depthmd", "mdrkb", "mdkb"),
    "inclination": ("inc", "incl", "inclination", "deviation", "dev", "angle", "hazi", "drift"),
    "azimuth": ("azi", "azim", "azimuth", "az", "bearing", "direction"),
}
_BELOW_REFERENCE = ("TVD", "TVDRKB", "TVDKB", "TVDRT")
_BELOW_SEA = ("TVDSS", "TVDMSL", "Z_LOC", "ZLOC")
"""Mnemonics of curves; that of the FORCE 2020 wells counts upwards and has no unit."""
_ELEVATIONS = ("EREF", "EKB", "EDF", "KB", "RKB")
"""Items of a header that say how high above sea level depths begin."""
_STEEPEST = 3.0
"""A survey that begins deeper than 0 with more degrees than this lacks its first stations."""


class DeviationError(ValueError):
    """A survey cannot be read or makes no sense."""


@dataclass(frozen=True)
class Survey:
    """Stations of a directional survey, from the shallowest to the deepest."""

    depth: FloatArray
    """Along the hole, shape (k,), ascending."""
    inclination: FloatArray
    """From the vertical, shape (k,), in degrees."""
    azimuth: FloatArray
    """Clockwise from north, shape (k,), in degrees."""


@dataclass(frozen=True)
class VerticalDepth:
    """Vertical depth along a well, in the unit of its index."""

    depth: FloatArray
    """Along the hole, shape (k,), ascending."""
    below_reference: FloatArray | None
    """TVD at each of them, shape (k,); None where nothing says it."""
    below_sea: FloatArray | None
    """TVDSS at each of them, shape (k,), positive downwards; None where nothing says it."""
    source: str
    """What says so, in words."""

    def at(self, depth: ArrayLike, reference: str) -> FloatArray:
        """Return ``TVD`` or ``TVDSS`` at depths along the hole, NaN beyond what is known.

        Raises
        ------
        KeyError
            Where this well has no such reference.
        """
        known = {"TVD": self.below_reference, "TVDSS": self.below_sea}[reference]
        if known is None:
            raise KeyError(reference)
        wanted = np.asarray(depth, dtype=np.float64)
        return np.interp(wanted, self.depth, known, left=np.nan, right=np.nan)

    @property
    def references(self) -> tuple[str, ...]:
        """Those of ``TVD`` and ``TVDSS`` that are known."""
        pairs = (("TVD", self.below_reference), ("TVDSS", self.below_sea))
        return tuple(name for name, values in pairs if values is not None)


def minimum_curvature(survey: Survey) -> FloatArray:
    """Return north, east and down of each station from the first, shape (k, 3).

    In the unit of the depths. Between two stations the hole is an arc of a circle that is tangent
    to both directions (Sawaryn and Thorogood 2005).
    """
    direction, bend = _directions(survey), _doglegs(survey)
    straight = bend < _STRAIGHT
    half = np.where(straight, 1.0, bend / 2)
    factor = np.where(straight, 1 + bend**2 / 12, np.tan(half) / half)
    steps = (np.diff(survey.depth) / 2 * factor)[:, None] * (direction[:-1] + direction[1:])
    return np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


def vertical_depths(survey: Survey, index: ArrayLike) -> FloatArray:
    """Return TVD at depths along the hole, shape (n,): on the arcs between the stations.

    Above the first station the hole is vertical; below the last one it is NaN.

    Raises
    ------
    DeviationError
        Where the survey begins below depth 0 in a hole that is not vertical there.
    """
    wanted = np.asarray(index, dtype=np.float64)
    along, inclination = survey.depth, np.radians(survey.inclination)
    if along[0] > 0 and survey.inclination[0] > _STEEPEST:
        raise DeviationError(
            f"the survey begins at {along[0]:g} with {survey.inclination[0]:g} degrees; "
            "add the stations above, from depth 0"
        )
    down = along[0] + minimum_curvature(survey)[:, 2]
    at = np.clip(np.searchsorted(along, wanted, side="right") - 1, 0, len(along) - 2)
    span = along[at + 1] - along[at]
    share = (wanted - along[at]) / span
    bend = _doglegs(survey)[at]
    first, last = np.cos(inclination[at]), np.cos(inclination[at + 1])
    straight = bend < _STRAIGHT
    turn = np.where(straight, 1.0, bend)
    arc = (
        (np.cos((1 - share) * turn) - np.cos(turn)) * first + (1 - np.cos(share * turn)) * last
    ) / (turn * np.sin(turn))
    line = share * first + share**2 / 2 * (last - first)
    found = down[at] + span * np.where(straight, line, arc)
    found = np.where(wanted < along[0], wanted, found)
    return np.where(wanted > along[-1], np.nan, found)


def read_survey(path: str | Path, *, unit: str = "m") -> Survey:
    """Read a deviation survey from a table with columns for MD, inclination and azimuth.

    Parameters
    ----------
    path : str or Path
        Comma, semicolon, tab or blank separated; the first line names the columns. A unit of depth
        may stand in a column's name, as ``MD (ft)``. Angles are in degrees.
    unit : str
        Unit of the well's index, in which the depths are returned.

    Raises
    ------
    DeviationError
        Where a column is missing, a row cannot be read, or depths do not increase.
    OSError
        Where the file cannot be opened.
    """
    path = Path(path)
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise DeviationError(f"{path}: the file is empty; MD, inclination and azimuth are expected")
    delimiter = max(",;\t", key=lines[0][1].count)
    split = str.split if delimiter not in lines[0][1] else lambda line: next(
        csv.reader([line], delimiter=delimiter)
    )  # fmt: skip
    columns, factor = _find_columns(path, split(lines[0][1]), unit)
    rows: list[list[float]] = []
    for number, line in lines[1:]:
        cells = split(line)
        try:
            row = [float(cells[at].replace(",", ".")) for at in columns]
        except (ValueError, IndexError):
            if not rows and number == lines[1][0]:  # a line of units
                continue
            raise DeviationError(
                f"{path}: line {number}: MD, inclination and azimuth are to be numbers"
            ) from None
        if not np.isfinite(row).all() or not 0 <= row[1] <= 180:
            raise DeviationError(f"{path}: line {number}: inclination {row[1]:g} is not 0 to 180")
        rows.append(row)
    if len(rows) < 2:
        raise DeviationError(f"{path}: a survey takes two stations; it has {len(rows)}")
    depth, inclination, azimuth = np.array(rows).T
    if (np.diff(depth) <= 0).any():
        deepest = depth[:-1][np.diff(depth) <= 0][0]
        raise DeviationError(f"{path}: MD does not increase after {deepest:g}; sort the stations")
    return Survey(depth * factor, inclination, azimuth)


def find_vertical_depth(well: Well, survey: Survey | None = None) -> VerticalDepth | None:
    """Return the vertical depth along a well, None where neither survey nor curve tells it.

    A survey comes before a curve (``TVD``, ``TVDSS``, ``z_loc``). TVD and TVDSS are both known
    where the header says how high the depth reference is above sea level.
    """
    order = np.argsort(well.index)
    depth, height = well.index[order], _find_elevation(well)
    if survey is not None:
        depth = np.union1d(depth[depth <= survey.depth[-1]], survey.depth)
        tvd = vertical_depths(survey, depth)
        return VerticalDepth(depth, tvd, None if height is None else tvd - height, "survey")
    for names, subsea in ((_BELOW_SEA, True), (_BELOW_REFERENCE, False)):
        for own in [own for own in well.curves if own.upper() in names]:
            values = well.values(own)[order]
            solid = np.isfinite(values)
            if solid.sum() < 2:
                continue
            unit = (well.curves[own].units or "").strip()
            given, wanted = (catalogue().factor(each, "m") for each in (unit, well.index_unit))
            factor = given / wanted if given and wanted else 1.0
            vertical = values[solid] * factor
            vertical *= np.sign(vertical[-1] - vertical[0]) or 1.0  # some count upwards
            offset = None if height is None else vertical + (height if subsea else -height)
            if subsea:
                return VerticalDepth(depth[solid], offset, vertical, own)
            return VerticalDepth(depth[solid], vertical, offset, own)
    return None


_STRAIGHT = 1e-5
"""In radians; a smaller bend is taken for a straight line."""


def _doglegs(survey: Survey) -> FloatArray:
    """Return the angle between the directions at neighbouring stations, shape (k - 1,)."""
    chord = np.linalg.norm(np.diff(_directions(survey), axis=0), axis=1)
    # Of half the angle: the cosine of a small angle would lose all its digits.
    return np.asarray(2 * np.arcsin(np.clip(chord / 2, 0, 1)))


def _directions(survey: Survey) -> FloatArray:
    """Return unit vectors (north, east, down) along the hole, shape (k, 3)."""
    inclination, azimuth = np.radians(survey.inclination), np.radians(survey.azimuth)
    across = np.sin(inclination)
    parts = across * np.cos(azimuth), across * np.sin(azimuth), np.cos(inclination)
    return np.stack(parts, axis=1)


def _find_columns(path: Path, header: list[str], unit: str) -> tuple[list[int], float]:
    """Return the columns of MD, inclination and azimuth, and what depths are multiplied by."""
    plain = [re.sub(r"[^a-z]", "", re.sub(r"[\[(].*?[\])]", "", cell).lower()) for cell in header]
    columns = []
    for key, spellings in _HEADERS.items():
        at = next((i for i, name in enumerate(plain) if name in spellings), None)
        if at is None:
            there = ", ".join(cell.strip() for cell in header)
            raise DeviationError(f"{path}: no column for {key} in its first line ({there})")
        columns.append(at)
    named = re.search(r"[\[(](.*?)[\])]", header[columns[0]])
    if named is None or not named[1].strip():
        return columns, 1.0
    given, wanted = (catalogue().factor(each, "m") for each in (named[1].strip(), unit))
    if given is None or wanted is None:
        raise DeviationError(f"{path}: MD in {named[1]!r} cannot be placed on an index in {unit!r}")
    return columns, given / wanted


def _find_elevation(well: Well) -> float | None:
    """Return how high above sea level depths begin, in index units."""
    for name in _ELEVATIONS:
        item = well.header.get(name)
        try:
            value = float(item.value) if item is not None else np.nan
        except ValueError:
            continue
        if item is None or not np.isfinite(value):
            continue
        given = catalogue().factor(item.unit, "m") if item.unit.strip() else None
        wanted = catalogue().factor(well.index_unit, "m")
        return value * given / wanted if given and wanted else value
    return None
