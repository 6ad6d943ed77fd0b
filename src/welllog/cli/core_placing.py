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

Without PHOTO what is placed already is shifted, or a shift is suggested for all of it: a
single box is too short to correlate with a log.
"""

_EPILOG = """\
exit status is 1 where a shift is asked for and none stands out; what is placed stays so.

examples:
  one column, found by itself, and a box of three:
    welllog core-place well.las box7.jpg --top 1520 --base 1521
    welllog core-place well.las box8.jpg --top 1521 --base 1524 --count 3
  how far all that is placed may be from the gamma ray, and the shift that was decided on:
    welllog core-place well.las --suggest-shift GR
    welllog core-place well.las --shift 0.4
  a column given by its left, top, right and base pixels, tied at three rows:
    welllog core-place well.las b.jpg --column 40,110,720,5900 --ties 110:1524 2980:1524.5 5900:1525
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
    parser.add_argument(
        "photo", nargs="?", type=Path, metavar="PHOTO", help="JPEG, PNG or TIFF file"
    )
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
        "--shift", type=float, metavar="DEPTH",
        help="added to them to get the depth of the logs (default: 0); without PHOTO of every "
        "photograph, in place of the shift it had",
    )  # fmt: skip
    depth.add_argument(
        "--suggest-shift", metavar="CURVE",
        help="say what further shift would make the brightness of all that is placed correlate "
        "best with this log; nothing is moved",
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
    from welllog.cores.placement import in_unit_of
    from welllog.cores.placement_files import (
        add_placement,
        cores_path,
        describe_placement,
        read_placements,
        write_placements,
    )
    from welllog.formats import read

    args.well.stat()
    _check_words(args)
    car = args.output or cores_path(args.well)
    check_writable(car.parent)
    placements = read_placements(car) if car.exists() or args.photo is None else []
    if args.photo is not None:
        known = [each.picture.resolve() for each in placements]
        if args.photo.resolve() in known and not args.overwrite:
            raise UsageError(f"{car}: {args.photo.name} is placed already; give --overwrite")
    progress = terminal.meter((args.photo or args.well).name)
    progress(0.0, "reading")
    well = read(args.well, index_unit=args.index_unit)
    tell_remarks(well, args.well, terminal)
    if args.photo is None:
        changed = [_shift(each, args, well) for each in placements]
        placements = changed
    else:
        progress(0.3, "columns")
        changed = [_place(args, well, terminal)]
        placements = add_placement(placements, changed[0])
    here = [in_unit_of(placement, well) for placement in placements]
    found = None
    if args.suggest_shift is not None:
        progress(0.6, "shift")
        found = _suggest(args, well, here, terminal)
    if args.photo is not None or args.shift is not None:
        write_placements(car, placements, well.name)
        terminal.say(f"{args.photo or args.well} -> {car}")
    terminal.clear()
    for placement in changed:
        _tell(in_unit_of(placement, well), terminal)
    if found is not None:
        _tell_shift(found, well, terminal)
    terminal.emit(
        {
            "command": "core-place",
            "well": well.name,
            "side_car": str(car),
            "index_unit": well.index_unit,
            "placements": [describe_placement(placement) for placement in changed],
            "depths": [[each.top, each.base] for each in (in_unit_of(p, well) for p in changed)],
            "suggested_shift": None if found is None else _spell(args.suggest_shift, found),
        }
    )
    return int(args.suggest_shift is not None and not (found is not None and found.sure))


def _shift(placement: Placement, args: argparse.Namespace, well: Well) -> Placement:
    """Return a placement with the shift that was given, which is in the unit that was."""
    from welllog.cores.placement import unit_ratio

    if args.shift is None:
        return placement
    ratio = unit_ratio(args.unit or well.index_unit, placement.unit)
    if ratio is None:
        raise UsageError(f"--shift: the index of {well.name} is no depth; give --unit")
    return placement.shifted(args.shift * ratio)


def _check_words(args: argparse.Namespace) -> None:
    depths = args.top is not None or args.base is not None
    if args.photo is None:
        if depths or args.ties or args.column or args.count is not None:
            raise UsageError("name the PHOTO that is to be placed")
        if args.shift is None and args.suggest_shift is None:
            raise UsageError("without PHOTO give --shift or --suggest-shift")
        return
    args.photo.stat()
    if args.ties and depths:
        raise UsageError("give --top and --base, or --ties, not both")
    if not args.ties and (args.top is None or args.base is None):
        raise UsageError("give --top and --base, or --ties")


def _place(args: argparse.Namespace, well: Well, terminal: Terminal) -> Placement:
    from welllog.cores.columns import ColumnsError
    from welllog.cores.pictures import open_picture
    from welllog.cores.placement import place_picture

    picture, remarks = open_picture(args.photo)
    for remark in remarks:
        terminal.warn(remark)
    try:
        columns = _choose_columns(args, picture)
    except ColumnsError as error:
        raise ColumnsError(f"{args.photo}: {error}") from None
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
    return place_picture(
        args.photo, (picture.shape[0], picture.shape[1]), columns, args.top, args.base,
        ties=ties, unit=args.unit or well.index_unit, shift=args.shift or 0.0,
    )  # fmt: skip


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
    args: argparse.Namespace, well: Well, placements: list[Placement], terminal: Terminal
) -> ShiftSuggestion | None:
    from welllog.cores.core_curves import curves_of_measure
    from welllog.cores.core_shift import ShiftSettings, suggest_shift
    from welllog.cores.placement import PlacementError
    from welllog.cores.placement_files import read_placed

    log = well.values(args.suggest_shift)
    settings = ShiftSettings(reach=args.reach)
    try:
        (curve,) = curves_of_measure(well, placements, read_placed, "brightness")
        return suggest_shift(well.index, curve.values, log, settings)
    except PlacementError as error:
        terminal.warn(f"no shift is suggested: {error}")
        return None


def _spell(curve: str, found: ShiftSuggestion) -> dict[str, Any]:
    return {
        "curve": curve,
        "further": found.shift,
        "correlation": found.correlation,
        "second": found.second,
        "second_correlation": found.second_correlation,
        "unmoved": found.unmoved,
        "error": found.error,
        "sure": found.sure,
        "profile": [found.shifts.tolist(), found.profile.tolist()],
    }


def _tell(here: Placement, terminal: Terminal) -> None:
    terminal.say(f"  {here.picture.name}: {here.top:.3f} to {here.base:.3f} {here.unit}")
    for number, placed in enumerate(here.columns, 1):
        corners = " ".join(f"{column:.0f},{row:.0f}" for row, column in placed.column.corners)
        pieces = len(placed.column.pieces)
        terminal.say(
            f"    column {number} from {placed.top + here.shift:.3f}, corners {corners}"
            + (f", {pieces} pieces" if pieces > 1 else "")
        )


def _tell_shift(found: ShiftSuggestion, well: Well, terminal: Terminal) -> None:
    second = ""
    if found.second is not None and found.second_correlation is not None:
        second = f"; next best {found.second:+.2f} with {found.second_correlation:+.2f}"
    terminal.say(
        f"  suggested: {found.shift:+.2f} {well.index_unit} further, correlation "
        f"{found.correlation:+.2f}{second}" + ("" if found.sure else "; it does not stand out")
    )
