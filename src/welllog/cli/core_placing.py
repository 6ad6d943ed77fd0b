"""``welllog core-place``: a photograph of core placed on the depth of a well."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.output import check_writable
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

if TYPE_CHECKING:
    from welllog.cores.columns import Column
    from welllog.cores.core_shift import ShiftSuggestion
    from welllog.cores.placement import Placement
    from welllog.well import Well

__all__ = ["add_commands"]

_DESCRIPTION = """\
Place a photograph of core on the depth of a well.

Columns of core are found in the photograph, or given in pixels; they follow each other from
left to right, each beginning where the one before ends. Depths are those of the top of the
first and the base of the last, or ties: rows of the photograph whose depth is known.

What is written is a file of numbers beside the well, WELL.cores.json, to which each photograph
adds its own entry. The photograph is not changed; its hash is kept, so that one that was
changed later is told. `welllog core-curve` makes curves of what is placed, and the template
`core` shows it beside the logs.
"""

_EPILOG = """\
exit status is 1 where a shift is asked for and none stands out: the photograph is placed.

examples:
  one column, found by itself, and how far the core may be from the gamma ray:
    welllog core-place well.las box7.jpg --top 1520 --base 1521 --suggest-shift GR
  a box of three columns, with the shift that was decided on:
    welllog core-place well.las box8.jpg --top 1521 --base 1524 --count 3 --shift 0.4
  a column given by its left, top, right and base pixels, tied at three rows:
    welllog core-place well.las box9.jpg --column 40,110,720,5900 \\
      --ties 110:1524.00 2980:1524.52 5900:1525.00
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``core-place`` to the parser."""
    parser = commands.add_parser(
        "core-place",
        help="place a photograph of core on the depth of a well",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("well", type=Path, metavar="WELL", help="LAS or CSV file of the well")
    parser.add_argument("photo", type=Path, metavar="PHOTO", help="JPEG, PNG or TIFF file")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="JSON",
        help="side-car to add the photograph to (default: WELL.cores.json beside the well)",
    )  # fmt: skip
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier placement of the photograph"
    )
    depth = parser.add_argument_group("depth, as the core's labels say it")
    depth.add_argument("--top", type=float, metavar="DEPTH", help="of the top of the first column")
    depth.add_argument("--base", type=float, metavar="DEPTH", help="of the base of the last column")
    depth.add_argument(
        "--ties", nargs="+", action="append", metavar="ROW:DEPTH",
        help="instead: two or more pixels of the photograph, counted from its top (from its left "
        "with --sideways), and their depths; once for each column",
    )  # fmt: skip
    depth.add_argument(
        "--unit", choices=["m", "ft"], help="of these depths (default: that of the well)"
    )
    depth.add_argument(
        "--shift", type=float, default=0.0, metavar="DEPTH",
        help="added to them to get the depth of the logs (default: 0)",
    )  # fmt: skip
    depth.add_argument(
        "--suggest-shift", metavar="CURVE",
        help="say what more shift would make the photograph's brightness correlate best with this "
        "log; nothing is moved",
    )  # fmt: skip
    depth.add_argument(
        "--reach", type=float, default=5.0, metavar="DEPTH",
        help="look for it so far up and down (default: 5)",
    )  # fmt: skip
    columns = parser.add_argument_group("columns of core")
    columns.add_argument(
        "--column", action="append", metavar="L,T,R,B",
        help="left, top, right and base pixel of a column, once for each (default: auto, found)",
    )  # fmt: skip
    columns.add_argument("--count", type=int, metavar="N", help="how many columns there are")
    columns.add_argument(
        "--sideways", action="store_true", help="columns lie with their tops at the left"
    )
    add_index_unit(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    args.well.stat()
    args.photo.stat()
    if args.ties and (args.top is not None or args.base is not None):
        raise UsageError("give --top and --base, or --ties, not both")
    if not args.ties and (args.top is None or args.base is None):
        raise UsageError("give --top and --base, or --ties")
    from welllog.cores.pictures import read_picture
    from welllog.cores.placement import in_unit_of, place_picture
    from welllog.cores.placement_files import (
        add_placement,
        cores_path,
        describe_placement,
        read_placements,
        write_placements,
    )
    from welllog.formats import read

    car = args.output or cores_path(args.well)
    check_writable(car.parent)
    there = read_placements(car) if car.exists() else []
    if any(each.picture.resolve() == args.photo.resolve() for each in there):
        if not args.overwrite:
            raise UsageError(f"{car}: {args.photo.name} is placed already; give --overwrite")
    progress = terminal.meter(args.photo.name)
    progress(0.0, "reading")
    well = read(args.well, index_unit=args.index_unit)
    tell_remarks(well, args.well, terminal)
    picture = read_picture(args.photo)
    progress(0.4, "columns")
    columns = _choose_columns(args, picture)
    ties = None
    if args.ties:
        if len(args.ties) != len(columns):
            raise UsageError(
                f"--ties is given for {len(args.ties)} of {len(columns)} columns; give it for each"
            )
        ties = [
            [_read_tie(word, column, args.sideways) for word in words]
            for words, column in zip(args.ties, columns, strict=True)
        ]
    placement = place_picture(
        args.photo, (picture.shape[0], picture.shape[1]), columns, args.top, args.base,
        ties=ties, unit=args.unit or well.index_unit, shift=args.shift,
    )  # fmt: skip
    here = in_unit_of(placement, well)
    progress(0.7, "shift")
    found = None if args.suggest_shift is None else _suggest(args, well, here, picture)
    written = write_placements(car, add_placement(there, placement), well.name)
    terminal.clear()
    _tell(args.photo, written, here, found, terminal)
    result = {
        "command": "core-place",
        "well": well.name,
        "side_car": str(written),
        "placement": describe_placement(placement),
        "top": here.top,
        "base": here.base,
        "index_unit": well.index_unit,
    }
    if found is not None:
        result["suggested_shift"] = {
            "curve": args.suggest_shift,
            "shift": here.shift + found.shift,
            "more": found.shift,
            "correlation": found.correlation,
            "second": found.second,
            "second_correlation": found.second_correlation,
            "unmoved": found.unmoved,
            "error": found.error,
            "sure": found.sure,
            "profile": [found.shifts.tolist(), found.profile.tolist()],
        }
    terminal.emit(result)
    return int(found is not None and not found.sure)


def _choose_columns(args: argparse.Namespace, picture: Any) -> tuple[Column, ...]:
    from welllog.cores.columns import Column, ColumnSettings, box_column, find_columns

    if not args.column or args.column == ["auto"]:
        return find_columns(picture, ColumnSettings(count=args.count, sideways=args.sideways))
    if args.count is not None:
        raise UsageError("--count is for columns that are found; leave it out with --column")
    columns = []
    for text in args.column:
        try:
            left, top, right, base = (float(word) for word in text.split(","))
        except ValueError:
            raise UsageError(
                f"--column {text}: four numbers with commas between are wanted, left, top, right "
                "and base in pixels"
            ) from None
        column = box_column(left, top, right, base)
        if args.sideways:
            top_left, top_right, base_right, base_left = column.corners
            column = Column((base_left, top_left, top_right, base_right))
        columns.append(column)
    return tuple(columns)


def _read_tie(text: str, column: Column, sideways: bool) -> tuple[float, float]:
    """Return a tie in rows of the column; on the command line it is in those of the photograph."""
    first, colon, second = text.partition(":")
    try:
        pixel, depth = float(first), float(second)
    except ValueError:
        colon = ""
    if not colon:
        raise UsageError(f"--ties {text}: a pixel and a depth with a colon between are wanted")
    edges = [corner[1 if sideways else 0] for corner in column.corners]
    if not min(edges) <= pixel <= max(edges):
        raise UsageError(
            f"--ties {text}: the column runs from pixel {min(edges):g} to {max(edges):g}"
        )
    middle = sum(corner[0 if sideways else 1] for corner in column.corners) / 4
    along = column.along(middle, pixel) if sideways else column.along(pixel, middle)
    return along, depth


def _suggest(
    args: argparse.Namespace, well: Well, placement: Placement, picture: Any
) -> ShiftSuggestion:
    from welllog.cores.core_curves import curves_of_measure
    from welllog.cores.core_shift import ShiftSettings, suggest_shift

    log = well.values(args.suggest_shift)
    (curve,) = curves_of_measure(well, [placement], lambda _: picture, "brightness")
    return suggest_shift(well.index, curve.values, log, ShiftSettings(reach=args.reach))


def _tell(
    photo: Path, car: Path, here: Placement, found: ShiftSuggestion | None, terminal: Terminal
) -> None:
    terminal.say(f"{photo} -> {car}")
    for number, placed in enumerate(here.columns, 1):
        corners = " ".join(f"{column:.0f},{row:.0f}" for row, column in placed.column.corners)
        pieces = len(placed.column.pieces)
        terminal.say(
            f"  column {number}: {placed.top + here.shift:.3f} to {placed.base + here.shift:.3f} "
            f"{here.unit}, corners {corners}" + (f", {pieces} pieces" if pieces > 1 else "")
        )
    if found is None:
        return
    second = ""
    if found.second is not None and found.second_correlation is not None:
        second = f"; next best {found.second:+.2f} with {found.second_correlation:+.2f}"
    terminal.say(
        f"  shift suggested: {found.shift:+.2f} {here.unit} more, correlation "
        f"{found.correlation:+.2f}{second}" + ("" if found.sure else "; it does not stand out")
    )
