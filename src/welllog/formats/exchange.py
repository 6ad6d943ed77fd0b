"""Wells to and from lasio, for people who hold a ``LASFile``, and lasio's opinion of a file."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from welllog.formats import LogFileError, read
from welllog.formats.las import unique_names, unit_remarks
from welllog.well import Header, HeaderItem, Remark, Well

if TYPE_CHECKING:
    import lasio

__all__ = ["from_lasio", "second_opinion", "to_lasio"]


def from_lasio(las: lasio.LASFile) -> Well:
    """Build a well from a ``lasio.LASFile``.

    The first curve is the index; nulls are what lasio made of them.

    Raises
    ------
    LogFileError
        Where it has fewer than one curve or its index is not numeric.
    """
    from welllog.welly_bridge import make_curve

    if not las.curves:
        raise LogFileError("the LASFile has no curves: nothing to make a well of")
    report: list[Remark] = []
    items = [
        HeaderItem(c.original_mnemonic, c.unit or "", str(c.value), str(c.descr), "Curve")
        for c in las.curves
    ]
    names = unique_names(items, report)
    try:
        index = np.array(las.curves[0].data, dtype=np.float64)
    except ValueError:
        raise LogFileError(f"the index {names[0]} of the LASFile is not numeric") from None
    unit = items[0].unit or las.index_unit or "m"
    header = [*_items(las.version, "Version"), *_items(las.well, "Well"), *items]
    header += _items(las.params, "Parameter")
    if las.other.strip():
        header.append(HeaderItem("OTHER", "", las.other, "", "Other"))
    well = Well("", index, unit, names[0], header=Header(tuple(header)), report=report)
    well.name = well.header.value("WELL").strip() or "unnamed"
    for item, name, curve in zip(items[1:], names[1:], las.curves[1:], strict=True):
        data = np.asarray(curve.data)
        if data.dtype.kind not in "fiub":
            data = np.array(data, dtype=object)
        well.curves[name] = make_curve(
            name,
            data,
            index,
            unit=item.unit,
            description=item.description,
            index_name=names[0],
            index_unit=unit,
        )
    report += unit_remarks(well)
    return well


def _items(section: lasio.SectionItems, kind: str) -> list[HeaderItem]:
    return [
        HeaderItem(item.original_mnemonic, item.unit or "", str(item.value), str(item.descr), kind)
        for item in section
    ]


def to_lasio(well: Well) -> lasio.LASFile:
    """Build a ``lasio.LASFile`` from a well.

    Its own writer rounds to five decimals unless told otherwise; ``welllog.write`` does not.
    """
    import lasio

    las = lasio.LASFile()
    for kind, section in (("Well", las.well), ("Parameter", las.params)):
        for item in well.header.section(kind):
            if kind == "Well" and item.mnemonic.upper() in section:
                section[item.mnemonic.upper()].value = item.value
            elif item.mnemonic:
                section.append(
                    lasio.HeaderItem(item.mnemonic, item.unit, item.value, item.description)
                )
    las.other = "\n".join(item.value for item in well.header.section("Other"))
    las.append_curve(well.index_mnemonic, well.index, unit=well.index_unit)
    for name, curve in well.curves.items():
        column = curve.df.iloc[:, 0]
        data = well.values(name) if column.dtype.kind in "fiub" else np.asarray(column, dtype=str)
        las.append_curve(name, data, unit=curve.units or "", descr=curve.description or "")
    las.well["WELL"].value = well.name
    for mnemonic, value in (("STRT", well.index[0]), ("STOP", well.index[-1])):
        las.well[mnemonic].value = float(value)
        las.well[mnemonic].unit = well.index_unit
    steps = np.diff(well.index)
    even = len(steps) > 0 and np.allclose(steps, steps[0], rtol=1e-6, atol=0)
    las.well["STEP"].value = float(np.median(steps)) if even else 0.0
    las.well["STEP"].unit = well.index_unit
    return las


def second_opinion(path: Path) -> list[Remark]:
    """Compare this package's reading of a LAS file with lasio's.

    See :func:`welllog.formats.second_opinion`.
    """
    import lasio

    well = read(path, nulls="declared")
    if well.document is None:
        return [Remark("not a LAS file: lasio has no opinion of it", path.name, "info")]
    text = well.document.body.decode(well.document.encoding, "replace")
    logger = logging.getLogger("lasio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        las = lasio.read(io.StringIO(text), engine="normal", null_policy="strict")
    except Exception as error:  # lasio raises whatever its parser meets
        return [Remark(f"lasio cannot read the file: {error}", path.name, "info", "none")]
    finally:
        logger.setLevel(level)
    return _differences(well, las)


def _differences(well: Well, las: lasio.LASFile) -> list[Remark]:
    remarks: list[Remark] = []

    def differ(what: str, where: str = "") -> None:
        remarks.append(Remark(what, where, "minor", "welllog's reading is used; look at the file"))

    names = [well.index_mnemonic, *well.curves]
    if len(las.curves) != len(names):
        differ(f"lasio sees {len(las.curves)} curves, welllog {len(names)}")
        return remarks
    rows = {len(curve.data) for curve in las.curves}
    if rows != {len(well.index)}:
        differ(f"lasio sees {max(rows)} rows, welllog {len(well.index)}")
        return remarks
    order = names if las.curves[0].original_mnemonic.upper() == names[0].upper() else None
    for number, curve in enumerate(las.curves):
        name = order[number] if order else curve.original_mnemonic
        mine = well.index if name == well.index_mnemonic else None
        if mine is None:
            if name not in well.curves:
                differ(f"lasio sees a curve {curve.mnemonic} that welllog does not")
                continue
            mine = well.values(name)
        try:
            theirs = np.asarray(curve.data, dtype=np.float64)
        except ValueError:
            if np.isfinite(mine).any():
                differ(f"lasio reads {name} as text, welllog as numbers", f"curve {name}")
            continue
        same = (theirs == mine) | (np.isnan(theirs) & np.isnan(mine))
        if not same.all():
            at = int(np.argmin(same))
            differ(
                f"lasio reads {int((~same).sum())} values of {name} otherwise "
                f"({theirs[at]:g}, not {mine[at]:g})",
                f"curve {name}, first at {well.index[at]:g} {well.index_unit}",
            )
    return remarks
