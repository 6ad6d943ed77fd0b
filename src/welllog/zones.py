"""Zones and tops: named depth intervals and named depths, and the tables they are kept in.

A table is a CSV file with a name, a top and, for zones, a base in each row. Headers are read as
people write them (``Formation``, ``Top MD (m)``, ``Bottom``); a depth is converted where the
header or the caller names a unit, and nothing is guessed silently: what cannot be read is an
error that names the line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from welllog.mnemonics import catalogue

__all__ = [
    "PALETTE",
    "SeveralWellsError",
    "Top",
    "Zone",
    "ZoneFileError",
    "list_wells",
    "match_well",
    "read_zones",
]

PALETTE = (
    "#b3cde3", "#fed9a6", "#ccebc5", "#decbe4", "#fbb4ae", "#ffffcc", "#e5d8bd", "#d4e3e8",
)  # fmt: skip
"""Colours of zones that name none, light enough to be written on."""

_HEADERS = {
    "name": ("name", "zone", "formation", "unit", "surface", "marker", "pick", "layer", "member",
             "facies", "lithology", "zonename", "formationname", "surfacename"),
    "top": ("top", "topdepth", "topmd", "mdtop", "from", "depth", "md", "start", "upper"),
    "base": ("base", "bottom", "basedepth", "basemd", "mdbase", "bottomdepth", "bottommd",
             "mdbottom", "to", "end", "lower"),
    "well": ("well", "wellname", "borehole", "wellbore", "uwi", "api", "apinumber"),
    "colour": ("colour", "color"),
}  # fmt: skip
_MOST_NAMED = 8
"""Wells that an error names."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class ZoneFileError(ValueError):
    """A table of zones cannot be read."""


class SeveralWellsError(ZoneFileError):
    """A table is of several wells, and none was named."""


@dataclass(frozen=True)
class Zone:
    """A named depth interval."""

    name: str
    top: float
    """In the unit of the well's index; never larger than ``base``."""
    base: float
    colour: str = ""
    """As ``#rrggbb``; blank leaves it to whoever draws."""

    def __post_init__(self) -> None:
        if not self.top < self.base:
            raise ValueError(
                f"zone {self.name}: its top {self.top:g} is not above its base {self.base:g}"
            )


@dataclass(frozen=True)
class Top:
    """A named depth: a formation's top, a contact, a casing shoe."""

    name: str
    depth: float
    """In the unit of the well's index."""
    colour: str = "#1a1a1a"


def read_zones(
    path: str | Path, *, unit: str = "m", well: str | Sequence[str] | None = None
) -> tuple[list[Zone], list[Top]]:
    """Read a table of zones and tops: a row with a base is a zone, one without is a top.

    Parameters
    ----------
    path : str or Path
        Comma, semicolon or tab separated, the first line naming the columns. A unit may stand in
        a column's name, as ``Top (ft)``, or in a line of its own below; without one the depths
        are taken to be in ``unit``.
    unit : str
        Unit of the well's index, in which zones and tops are returned.
    well : str or sequence of str, optional
        Where the table has a column of wells, keep this one's rows. Of several names that it goes
        by (``Well.identifiers``) the first that is there, as ``match_well`` compares them.

    Returns
    -------
    tuple of lists
        Zones and tops, from the shallowest to the deepest. A zone without a colour is given one
        of ``PALETTE``, the same name always the same.

    Raises
    ------
    ZoneFileError
        Where a column is missing or a row cannot be read.
    SeveralWellsError
        Where the table is of several wells and ``well`` is not given.
    OSError
        Where the file cannot be opened.
    """
    path = Path(path)
    columns, units, rows = _read_rows(path)
    factors = {key: _factor(path, units.get(key, ""), unit) for key in ("top", "base")}
    zones: list[Zone] = []
    tops: list[Top] = []
    seen: dict[str, str] = {}
    wells = _list_wells(columns, rows)
    wanted = None
    if well is not None and wells:
        wanted = match_well([well] if isinstance(well, str) else well, wells)
        if wanted is None:
            called = well if isinstance(well, str) else " or ".join(well)
            raise ZoneFileError(f"{path}: no row is of well {called}; there are {_some(wells)}")
    for line, cells in rows:
        found = {key: cells[at].strip() if at < len(cells) else "" for key, at in columns.items()}
        if wanted is not None and not _is_same_well(found["well"], wanted):
            continue
        name, where = found["name"], f"{path}: line {line}"
        if not name:
            raise ZoneFileError(f"{where}: no name; every row needs one")
        colour = found.get("colour", "")
        if colour and not _COLOUR.fullmatch(colour):
            raise ZoneFileError(f"{where}: colour {colour!r} of {name} is not like #ffcc00")
        top = _number(found["top"], f"{where}: top of {name}") * factors["top"]
        if not found.get("base"):
            tops.append(Top(name, top, colour or "#1a1a1a"))
            continue
        base = _number(found["base"], f"{where}: base of {name}") * factors["base"]
        colour = colour or seen.setdefault(name, PALETTE[len(seen) % len(PALETTE)])
        try:
            zones.append(Zone(name, top, base, colour))
        except ValueError as error:
            raise ZoneFileError(f"{where}: {error}; swap them or mend the row") from None
    if well is None and len(wells) > 1:
        raise SeveralWellsError(
            f"{path}: it holds {len(wells)} wells ({_some(wells)}); name one of them"
        )
    return sorted(zones, key=lambda zone: zone.top), sorted(tops, key=lambda top: top.depth)


def list_wells(path: str | Path) -> list[str]:
    """Return the wells that a table of zones names; none where it has no column of wells.

    Raises
    ------
    ZoneFileError
        Where a column is missing.
    OSError
        Where the file cannot be opened.
    """
    columns, _, rows = _read_rows(Path(path))
    return _list_wells(columns, rows)


def match_well(names: Sequence[str], listed: Sequence[str]) -> str | None:
    """Return which of the wells listed goes by the first of these names that is there, or None.

    Which punctuation and blanks stand between numbers, and case, are of no meaning; that something
    stands there is (16/2-11 is not 16/21-1), but for names written without any (API numbers).
    """
    found = (each for name in names for each in listed if _is_same_well(name, each))
    return next(found, None)


def _is_same_well(name: str, other: str) -> bool:
    one, two = _name_parts(name), _name_parts(other)
    if min(len(one), len(two)) == 1:
        return "".join(one) == "".join(two)
    return bool(one) and one == two


def _name_parts(name: str) -> tuple[str, ...]:
    """Return the numbers and words of a well's name: 16/2-11 A and 16_2-11a have the same four."""
    return tuple(re.findall(r"\d+|[a-z]+", name.lower()))


def _some(wells: Sequence[str]) -> str:
    more = len(wells) - _MOST_NAMED
    named = ", ".join(sorted(wells)[:_MOST_NAMED])
    return named + (f" and {more} more" if more > 0 else "")


def _list_wells(columns: dict[str, int], rows: list[tuple[int, list[str]]]) -> list[str]:
    at = columns.get("well")
    if at is None:
        return []
    spelled = [cells[at].strip() if at < len(cells) else "" for _, cells in rows]
    return list({_name_parts(each): each for each in reversed(spelled)}.values())[::-1]


def _read_rows(
    path: Path,
) -> tuple[dict[str, int], dict[str, str], list[tuple[int, list[str]]]]:
    """Return columns, their units, and the rows below as (line number, cells)."""
    rows = _split(path)
    if not rows:
        raise ZoneFileError(f"{path}: the file is empty; name, top and base are expected")
    columns, units = _find_columns(path, rows[0][1])
    rows = rows[1:]
    if rows and _is_units(rows[0][1], columns):
        units |= {key: rows[0][1][at].strip(" []()") for key, at in columns.items() if key != "name"
                  and at < len(rows[0][1]) and rows[0][1][at].strip()}  # fmt: skip
        rows = rows[1:]
    return columns, units, rows


def _split(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line number, cells) of each line that is neither blank nor a comment."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    lines = text.splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    delimiter = max(",;\t", key=first.count)
    numbered = [(i, line) for i, line in enumerate(lines, 1) if line.strip()]
    return [
        (i, next(csv.reader([line], delimiter=delimiter)))
        for i, line in numbered
        if not line.startswith("#") or _COLOUR.match(line)
    ]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _find_columns(path: Path, header: Sequence[str]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the column of each thing wanted, and the units that stand in the header."""
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    for at, cell in enumerate(header):
        bare = re.sub(r"[\[(].*?[\])]", "", cell)
        named = re.search(r"[\[(](.*?)[\])]", cell)
        plain, unit = _plain(bare), named[1] if named else ""
        for ending in ("m", "ft", "metres", "meters", "feet"):
            if not unit and re.search(rf"[_ ]{ending}$", bare.strip(), re.IGNORECASE):
                plain, unit = plain.removesuffix(ending), ending
        for key, spellings in _HEADERS.items():
            if plain in spellings and key not in columns:
                columns[key] = at
                units[key] = unit
                break
    for key in ("name", "top"):
        if key not in columns:
            there = ", ".join(cell.strip() for cell in header)
            raise ZoneFileError(
                f"{path}: no column for the {key} in its first line ({there}); "
                f"call one {key}" + (", and one base for zones" if key == "top" else "")
            )
    return columns, units


def _is_units(cells: Sequence[str], columns: dict[str, int]) -> bool:
    """Say whether a row holds units: its top is one that the catalogue knows."""
    at = columns["top"]
    return at < len(cells) and catalogue().factor(cells[at].strip(" []()"), "m") is not None


def _factor(path: Path, given: str, wanted: str) -> float:
    if not given or given.lower() in ("md", "mdrt", "mdkb", "rkb"):
        return 1.0
    each = [catalogue().factor(name, "m") for name in (given, wanted)]
    if each[0] is None:
        raise ZoneFileError(f"{path}: unit {given!r} of depth is not known; write m or ft")
    if each[1] is None:
        raise ZoneFileError(
            f"{path}: depths in {given} cannot be placed on an index in {wanted!r}; "
            "leave the unit out where they are the same"
        )
    return each[0] / each[1]


def _number(text: str, what: str) -> float:
    tidy = text.replace(" ", "").replace("\u00a0", "")
    if "," in tidy and "." not in tidy:
        tidy = tidy.replace(",", ".")  # a decimal comma, beside semicolons
    try:
        value = float(tidy)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise ZoneFileError(f"{what} is {text!r}; a number is expected")
    return value
