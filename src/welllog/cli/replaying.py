"""``welllog replay``: do again what the side-car of a written well says was done."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from welllog.cli.output import check_las_output
from welllog.cli.reading import tell_remarks
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

if TYPE_CHECKING:
    from welllog.formats import Nulls

__all__ = ["add_commands"]

_DESCRIPTION = """\
Repeat what was done to a well: every edit, restoration and synthesis, from the well as it was
before and the JSON file that stands beside the result (NAME.welllog.json).

The well (its file, and the curves each step used), the model and the version of welllog must
be those of the record, and each step must give what it gave then; the first difference stops
the command. With --anyway it goes on and lists all differences. --check compares the curves
with those in the file that was written then, sample for sample.
"""

_EPILOG = """\
exit status:
  0  all was repeated, and is the same
  1  done, and something differs (with --anyway or --check): it is listed
  2  an error, or a difference without --anyway, told in one line; nothing was written

examples:
  is this file what its record says?
    welllog replay well.las restored.welllog.json --check restored.las
  the same work on a later version of the model:
    welllog replay well.las restored.welllog.json -o again.las --anyway
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``replay`` to the parser."""
    parser = commands.add_parser(
        "replay",
        help="repeat what a record says was done, and compare",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("input", type=Path, metavar="WELL", help="the well as it was before")
    parser.add_argument("record", type=Path, metavar="RECORD", help="NAME.welllog.json")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="LAS file to write (or give --check)"
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="RESULT",
        help="compare with this file, which was written then",
    )
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="go on where something is not as recorded, and list it",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="PATH",
        help="the model file, where one was used (default: a file of its name beside RECORD)",
    )
    parser.add_argument("--user", metavar="NAME", help="who the new record names (default: login)")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.output is None and args.check is None:
        raise UsageError("nothing is to come of it; give -o OUT, or --check RESULT, or both")
    args.input.stat()
    if args.output is not None:
        check_las_output(args.input, args.output, args.overwrite)
    from welllog.cores.placement_files import copy_placements
    from welllog.formats import read, write
    from welllog.repetition import compare_curves, read_sidecar, replay

    source = read_sidecar(args.record).get("source")
    given = source if isinstance(source, dict) else {}
    nulls = cast(
        "Nulls", {"declared": "declared", "usual": "usual"}.get(str(given.get("nulls")), "likely")
    )
    unit = given.get("index_unit")
    well = read(args.input, nulls=nulls, index_unit=unit if isinstance(unit, str) else None)
    major = tell_remarks(well, args.input, terminal)
    result = None
    if args.check is not None:
        result = read(args.check, nulls=nulls, index_unit=well.index_unit)
    repeated = replay(
        well,
        args.record,
        model=args.model,
        anyway=args.anyway,
        user=args.user,
        progress=terminal.meter(args.input.name),
    )
    apart = None if result is None else compare_curves(repeated.well, result)
    written = None
    if args.output is not None:
        written = write(repeated.well, args.output, overwrite=args.overwrite)
        copy_placements(repeated.well, written)
    terminal.clear()
    steps = len(repeated.well.history)
    terminal.say(
        f"{args.input}: {steps} step{'s' * (steps != 1)} of {args.record} repeated"
        + (f" -> {written}" if written else "")
    )
    for difference in repeated.differences:
        terminal.say(f"  not as recorded: {difference}")
    for difference in apart or ():
        terminal.say(f"  not as in {args.check}: {difference}")
    if apart == []:
        terminal.say(f"  every curve is that of {args.check}, sample for sample")
    terminal.emit(
        {
            "command": "replay",
            "input": str(args.input),
            "record": str(args.record),
            "output": None if written is None else str(written),
            "well": well.name,
            "steps": repeated.well.history,
            "differences": repeated.differences,
            "check": None if apart is None else {"file": str(args.check), "differences": apart},
            "major_remarks": major,
        }
    )
    return int(bool(repeated.differences or apart))
