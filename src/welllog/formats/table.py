"""CSV files with a depth column."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np

from welllog.formats import LogFileError
from welllog.formats.las import unit_remarks
from welllog.formats.nulls import replace_nulls
from welllog.well import Header, HeaderItem, Remark, Well

__all__ = ["read_table"]

# Best first: a file may hold both the measured depth and others.
DEPTH_COLUMNS = ("DEPT", "DEPTH_MD", "MD", "DEPTH", "M__DEPTH", "MEASURED_DEPTH", "DMEA", "TVD")
WELL_COLUMNS = ("WELL", "WELL_NAME", "WELLNAME", "WELL NAME")
_UNIT_IN_NAME = re.compile(r"(.+?)\s*[\[(]([^\])]*)[\])]$")


def read_table(
    raw: bytes, path: Path, *, nulls: str = "likely", index_unit: str | None = None
) -> Well:
    """Build a well from the bytes of a CSV file.

    The first line names the columns, with the unit in brackets if at all (``GR [gAPI]``); a second
    line of units is recognised by its depth, which is no number.

    Raises
    ------
    LogFileError
        Where there is no depth column, no data, or more than one well.
    """
    from welllog.welly_bridge import make_curve

    report: list[Remark] = []
    text = _decode(raw)
    names, units, columns = _columns(text, str(path), report)
    at = _depth_column(names, str(path))
    well_name = _well_name(names, columns, str(path)) or _stem(path)
    depth = _numbers(columns[at])
    kept = np.isfinite(depth)
    if not kept.any():
        raise LogFileError(f"{path}: no data: the depth column {names[at]} holds no number")
    if not kept.all():
        report.append(
            Remark(
                f"{int((~kept).sum())} rows have no depth",
                f"from row {int(np.argmin(kept)) + 1}",
                "major",
                "dropped",
            )
        )
    index = depth[kept]
    unit = index_unit or units[at]
    if not unit:
        unit = "m"
        report.append(
            Remark(
                f"the file does not say in what unit {names[at]} is",
                "header",
                "major",
                'taken as metres; --index-unit ft, or read(path, index_unit="ft"), says otherwise',
            )
        )
    well = Well(well_name, index, unit, names[at], report=report, path=path)
    items = [HeaderItem("WELL", "", well_name, "WELL", "Well")]
    items.append(HeaderItem(names[at], unit, "", "", "Curve"))
    for number, (name, own_unit, column) in enumerate(zip(names, units, columns, strict=True)):
        if number == at:
            continue
        values = _numbers(column)[kept]
        if name.upper() in DEPTH_COLUMNS and np.array_equal(values, index):
            continue
        words = [word for word, keep in zip(column, kept, strict=True) if keep]
        if not np.isfinite(values).any() and any(words):
            content: np.ndarray[tuple[int], np.dtype[np.object_]] = np.array(words, dtype=object)
            curve = make_curve(
                name, content, index, unit=own_unit, index_name=names[at], index_unit=unit
            )
        else:
            report += replace_nulls(values, name, own_unit, None, nulls)
            curve = make_curve(
                name, values, index, unit=own_unit, index_name=names[at], index_unit=unit
            )
        well.curves[name] = curve
        items.append(HeaderItem(name, own_unit, "", "", "Curve"))
    if not well.curves:
        raise LogFileError(f"{path}: no curves: {names[at]} is its only column")
    well.header = Header(tuple(items))
    report += unit_remarks(well)
    return well


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _columns(
    text: str, source: str, report: list[Remark]
) -> tuple[list[str], list[str], list[tuple[str, ...]]]:
    """Return the names, units and columns of words of a table."""
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t|", key=head.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    if len(rows) < 2:
        raise LogFileError(f"{source}: no data: only {len(rows)} line(s) in the table")
    names, units = [], []
    for column, word in enumerate(rows[0]):
        match = _UNIT_IN_NAME.match(word.strip())
        name, unit = match.groups() if match else (word.strip(), "")
        name = name or f"UNKNOWN{column}"
        number = 2
        while name in names:
            name = f"{name.split(':')[0]}:{number}"
            number += 1
        names.append(name)
        units.append(unit.strip())
    body = rows[1:]
    at = _depth_column(names, source)
    if delimiter == ";" and any(re.search(r"\d,\d", row[at]) for row in body[:2] if len(row) > at):
        body = [[re.sub(r"(?<=\d),(?=\d)", ".", word) for word in row] for row in body]
        report.append(Remark("numbers have a decimal comma", "", "minor", "read as a point"))
    if len(body[0]) > at and not np.isfinite(_numbers((body[0][at],)))[0] and body[0][at].strip():
        units = [word.strip() for word in body[0]] + [""] * (len(names) - len(body[0]))
        body = body[1:]
    odd = [number for number, row in enumerate(body) if len(row) != len(names)]
    if odd:
        report.append(
            Remark(
                f"{len(odd)} rows do not hold {len(names)} values",
                f"from row {odd[0] + 1}",
                "major",
                "their values are null, their depth is kept",
            )
        )
        for number in odd:
            depth = body[number][at] if len(body[number]) > at else ""
            body[number] = [depth if column == at else "" for column in range(len(names))]
    return names, units[: len(names)], list(zip(*body, strict=True))


def _depth_column(names: list[str], source: str) -> int:
    upper = [name.upper() for name in names]
    for wanted in DEPTH_COLUMNS:
        if wanted in upper:
            return upper.index(wanted)
    raise LogFileError(
        f"{source}: no depth column: one of {', '.join(DEPTH_COLUMNS)} is needed, the file has "
        + ", ".join(names[:8])
    )


def _well_name(names: list[str], columns: list[tuple[str, ...]], source: str) -> str:
    for name, column in zip(names, columns, strict=True):
        if name.upper() in WELL_COLUMNS:
            wells = sorted(set(filter(None, column)))
            if len(wells) > 1:
                raise LogFileError(
                    f"{source}: {len(wells)} wells in column {name} ({', '.join(wells[:3])}, ...): "
                    "write one file for each"
                )
            return wells[0] if wells else ""
    return ""


def _numbers(words: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return words as numbers, NaN where a word is none."""
    try:
        return np.array([float(word) if word else np.nan for word in words])
    except ValueError:
        return np.array([_number(word) for word in words])


def _number(word: str) -> float:
    try:
        return float(word) if "_" not in word else np.nan
    except ValueError:
        return np.nan


def _stem(path: Path) -> str:
    return re.sub(r"(\.csv|\.txt|\.tsv)?(\.gz|\.xz)?$", "", path.name, flags=re.IGNORECASE)
