"""LAS 1.2 and 2.0 files to wells: bytes -> lossless document -> Well."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from welllog.formats import LogFileError
from welllog.formats.las_data import DataBlock, parse_data
from welllog.formats.las_document import LasDocument, parse_document
from welllog.formats.las_zones import find_zones
from welllog.formats.nulls import replace_nulls
from welllog.mnemonics import catalogue
from welllog.well import Header, HeaderItem, Remark, Well

if TYPE_CHECKING:
    import lasio

__all__ = ["LasDocument", "from_lasio", "interpret", "read_las", "to_lasio", "unit_remarks"]

_INDEX_NAMES = {"DEPT", "DEPTH", "MD", "TVD", "DMEA", "DEPTH_MD"}


def read_las(
    raw: bytes,
    path: Path,
    *,
    nulls: str = "likely",
    index_unit: str | None = None,
    keep_document: bool = True,
) -> Well:
    """Build a well from the bytes of a LAS file; see :func:`welllog.formats.read`.

    Raises
    ------
    LogFileError
        Where the bytes are no LAS file, or hold no curves or no data.
    """
    source = str(path)
    document = replace(parse_document(raw, source), nulls=nulls)
    report = list(document.remarks)
    items, names, block = interpret(document, report, source)
    well = _build(items, names, block, document, report, source, index_unit)
    well.path = path
    well.name = document_name(document.items) or _stem(path)
    well.document = document if keep_document else None
    well.zones, well.tops = find_zones(well.header.section("Parameter"))
    return well


def interpret(
    document: LasDocument, report: list[Remark], source: str
) -> tuple[list[HeaderItem], list[str], DataBlock]:
    """Return the curves of a document, their unique mnemonics and its data, the index first.

    Raises
    ------
    LogFileError
        Where there are no curves or no data.
    """
    items = _curve_items(document, report, source)
    data = document.data
    try:
        block = parse_data(
            document.body[data.body : data.stop],
            [item.mnemonic for item in items],
            wrapped=(document.value("WRAP", "Version") or "").strip().upper().startswith("Y"),
            null=document.null,
            step=document.number("STEP"),
            delimiter=(document.value("DLM", "Version") or "").strip(),
            first_line=len(document.body[: data.body].splitlines()) + 1,
            encoding=document.encoding,
        )
    except LogFileError as error:
        raise LogFileError(f"{source}: {error}") from None
    report += block.remarks
    if not block.columns or not len(block.last_lines):
        raise LogFileError(f"{source}: no data: the ~A section is empty; export the log again")
    items += _unnamed(items, block, report)
    return items, unique_names(items, report), block


def _curve_items(document: LasDocument, report: list[Remark], source: str) -> list[HeaderItem]:
    """Return the curves the header names, or the names on the ~A line where it names none."""
    if document.curves:
        return list(document.curves)
    words = document.data.title.split()[1:]
    if len(words) < 2 or not all(re.match(r"[A-Za-z]", word) for word in words):
        raise LogFileError(f"{source}: no curves: the ~Curve section is missing or empty")
    report.append(
        Remark(
            "no curve section",
            "~Curve",
            "major",
            "mnemonics are taken from the ~A line; units are unknown",
            "LAS 2.0 section 5.3",
        )
    )
    return [HeaderItem(word, "", "", "", "Curve") for word in words]


def _unnamed(items: list[HeaderItem], block: DataBlock, report: list[Remark]) -> list[HeaderItem]:
    extra = len(block.columns) - len(items)
    if extra <= 0:
        return []
    report.append(
        Remark(
            f"rows hold {len(block.columns)} values for {len(items)} curves",
            "~A",
            "major",
            f"the last {extra} are called UNKNOWN",
            "LAS 2.0 section 5.3",
        )
    )
    return [HeaderItem("UNKNOWN", "", "", "", "Curve")] * extra


def unique_names(items: list[HeaderItem], report: list[Remark]) -> list[str]:
    """Return a mnemonic for each curve: repeated ones become ``GR``, ``GR:2``, ``GR:3``."""
    names: list[str] = []
    for item in items:
        name = item.mnemonic
        if not name:
            name = "UNKNOWN"
            report.append(
                Remark(
                    f"curve {len(names) + 1} has no mnemonic",
                    "~Curve",
                    "major",
                    "called UNKNOWN",
                    "LAS 2.0 section 5.3",
                )
            )
        if name in names:
            number = 2
            while f"{name}:{number}" in names:
                number += 1
            if item.mnemonic:
                report.append(
                    Remark(
                        f"the mnemonic {name} is used again",
                        f"curve {len(names) + 1}",
                        "minor",
                        f"called {name}:{number}",
                        "LAS 2.0 section 5.3",
                    )
                )
            name = f"{name}:{number}"
        names.append(name)
    return names


def _build(
    items: list[HeaderItem],
    names: list[str],
    block: DataBlock,
    document: LasDocument,
    report: list[Remark],
    source: str,
    index_unit: str | None,
) -> Well:
    from welllog.welly_bridge import make_curve

    at = _find_index(names, block, report, source)
    index = block.columns[at]
    unit = index_unit or _index_unit(items[at], document, report)
    null = document.null
    if null is None:
        report.append(
            Remark(
                "no NULL in the header",
                "~Well",
                "minor",
                "only the usual sentinels can be nulls",
                "LAS 2.0 section 5.2 (NULL)",
            )
        )
    curves: dict[str, Any] = {}
    for number, (item, name, column) in enumerate(zip(items, names, block.columns, strict=True)):
        if number == at:
            continue
        if column.dtype != object:
            numbers = cast("NDArray[np.float64]", column)
            report += replace_nulls(numbers, name, item.unit, null, document.nulls)
        curves[name] = make_curve(
            name,
            column,
            index,
            unit=item.unit,
            description=item.description,
            index_name=names[at],
            index_unit=unit,
        )
    well = Well(
        name="",
        index=np.asarray(index, np.float64),
        index_unit=unit,
        index_mnemonic=names[at],
        curves=curves,
        header=Header(document.items),
        report=report,
    )
    report += _index_remarks(well.index, unit, document, null)
    report += unit_remarks(well)
    return well


def _find_index(names: list[str], block: DataBlock, report: list[Remark], source: str) -> int:
    """Return which column is the index: the first, unless it is text and another is a depth."""
    if block.columns[0].dtype != object and np.isfinite(block.columns[0]).all():
        return 0
    for at, (name, column) in enumerate(zip(names, block.columns, strict=True)):
        if name.upper() in _INDEX_NAMES and column.dtype != object and np.isfinite(column).all():
            report.append(
                Remark(
                    f"the first column, {names[0]}, is no number",
                    "~A",
                    "major",
                    f"{name} is taken as the index",
                    "LAS 2.0 section 5.3",
                )
            )
            return at
    raise LogFileError(
        f"{source}: the index {names[0]} is not a number on every row; "
        "repair those rows, or export the log by depth"
    )


def _index_unit(item: HeaderItem, document: LasDocument, report: list[Remark]) -> str:
    """Return the index curve's unit, else that of STRT, STOP or STEP, else a guess."""
    limits = [i for i in document.items if i.section == "Well"]
    others = {i.unit for i in limits if i.mnemonic.upper() in {"STRT", "STOP", "STEP"} and i.unit}
    if item.unit:
        factor = catalogue().factor(item.unit, "m")
        if any(catalogue().factor(other, "m") != factor for other in others):
            report.append(
                Remark(
                    f"the index is in {item.unit}, STRT, STOP or STEP in {', '.join(others)}",
                    "~Well",
                    "major",
                    f"{item.unit} is used",
                    "LAS 2.0 section 5.2",
                )
            )
        return item.unit
    if len(others) == 1:
        unit = others.pop()
        report.append(
            Remark(
                f"the index {item.mnemonic} has no unit",
                "~Curve",
                "minor",
                f"{unit}, the unit of STRT, STOP and STEP, is used",
                "LAS 2.0 section 5.3",
            )
        )
        return unit
    report.append(
        Remark(
            f"the index {item.mnemonic} has no unit",
            "~Curve",
            "major",
            'taken as metres; read(path, index_unit="ft") says otherwise',
            "LAS 2.0 section 5.3",
        )
    )
    return "m"


def _index_remarks(
    index: NDArray[np.float64], unit: str, document: LasDocument, null: float | None
) -> list[Remark]:
    """Compare STRT, STOP and STEP with the index, and say where the index does not run on."""
    remarks = []

    def header(mnemonic: str) -> float | None:
        value = document.number(mnemonic)
        return None if value == null else value

    steps = np.diff(index)
    step = float(np.median(steps)) if len(steps) else 0.0
    slack = max(0.5 * abs(step), 1e-6)
    for mnemonic, found in (("STRT", float(index[0])), ("STOP", float(index[-1]))):
        value = header(mnemonic)
        if value is not None and abs(value - found) > slack:
            remarks.append(
                Remark(
                    f"{mnemonic} is {value:g} but the data {_verb(mnemonic)} at {found:g} {unit}",
                    "~Well",
                    "minor",
                    "the data are right",
                    "LAS 2.0 section 5.2",
                )
            )
    declared = header("STEP")
    if declared and len(steps) and abs(declared - step) > max(0.01 * abs(step), 1e-6):
        remarks.append(
            Remark(
                f"STEP is {declared:g} but the rows are {step:g} {unit} apart",
                "~Well",
                "minor",
                "the data are right",
                "LAS 2.0 section 5.2",
            )
        )
    if declared and len(steps) and (np.abs(steps - step) > 0.05 * abs(step) + 1e-9).any():
        at = int(np.argmax(np.abs(steps - step) > 0.05 * abs(step) + 1e-9))
        remarks.append(
            Remark(
                "the rows are not evenly spaced though STEP is not 0",
                f"first after {index[at]:g} {unit}",
                "minor",
                "the index is used as it is",
                "LAS 2.0 section 5.2",
            )
        )
    if len(steps) and not ((steps > 0).all() or (steps < 0).all()):
        at = int(np.argmax(np.sign(steps) != np.sign(step or 1.0)))
        remarks.append(
            Remark(
                "the index repeats or turns back",
                f"after {index[at]:g} {unit}",
                "major",
                "left as it is",
                "LAS 2.0 section 5.6",
            )
        )
    return remarks


def _verb(mnemonic: str) -> str:
    return "start" if mnemonic == "STRT" else "stop"


def unit_remarks(well: Well) -> list[Remark]:
    """Say of each curve the catalogue knows what was guessed about its unit."""
    remarks = []
    for own in well.curves:
        kind = catalogue().kind(own)
        unit = well.curves[own].units or ""
        if kind is None or catalogue().factor(unit, kind.unit) is not None:
            continue
        guess = "per cent, by its median" if well.unit_factor(own) == 0.01 else kind.unit
        remarks.append(
            Remark(
                f"{own} ({kind.name}) has " + (f"the unknown unit {unit}" if unit else "no unit"),
                f"curve {own}",
                "major",
                f"taken as {guess}",
                "LAS 2.0 section 5.3",
            )
        )
    return remarks


def document_name(items: tuple[HeaderItem, ...]) -> str:
    """Return the well's name from its header, or an empty string."""
    return Header(items).value("WELL").strip()


def _stem(path: Path) -> str:
    name = path.name
    for suffix in (".gz", ".xz", ".las", ".csv"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name


def from_lasio(las: lasio.LASFile) -> Well:
    """Build a well from a ``lasio.LASFile``; see ``formats.exchange``."""
    from welllog.formats.exchange import from_lasio

    return from_lasio(las)


def to_lasio(well: Well) -> lasio.LASFile:
    """Build a ``lasio.LASFile`` from a well; see ``formats.exchange``."""
    from welllog.formats.exchange import to_lasio

    return to_lasio(well)
