"""``welllog report``: what was filled in a well, by what, and how good it is; prints to scale."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.output import check_output
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError, one_line, whole_number

if TYPE_CHECKING:
    from welllog.baselines import Restorer
    from welllog.judgement import Judgement
    from welllog.restoration import Restoration
    from welllog.well import Well

__all__ = ["add_commands"]

Meter = Callable[[float, str], None]

_DESCRIPTION = """\
Write the report of a restored well: one HTML file that needs nothing from elsewhere, to read
on a screen, on a phone and on paper. It says
  what was filled   every interval: depths, samples, measured ones that were replaced, those
                    outside what the model has seen, the 90 % band, what was measured there
  by what           model and hash of its weights, version, inputs, date
  how good          a blind test on this very well: intervals hidden where the curves are
                    measured, restored, compared, beside a straight line and boosting
  remarks           what had to be guessed or repaired in the file, what was left unfilled
and shows the whole well and a zoom of what was filled.

The file is one that `welllog restore` or `synthesize` wrote; the JSON file beside it is read
too. With --restore it is one with gaps, which are restored for the report.

--pdf prints the tracks too, true to scale: 1:200 makes 5 mm of a metre (print it at 100 %;
a bar on each page is there to check).
"""

_EXAMPLES = """\
exit status is 1 where there was no gap to restore (nothing is written), where the blind test
could not be run or flatters, or where the record beside the file contradicts it, or nothing is
on record of a restored curve.

examples:
  what was done to a well:
    welllog report well_restored.las -o report.html
  and a print, 1:200 on A3; or all on one long page:
    welllog report well_restored.las -o report.html --pdf print.pdf --scale 200 --paper A3
    welllog report well_restored.las -o report.html --pdf print.pdf --paper roll
  restore and report in one go, and keep the curves:
    welllog report well.las -o report.html --restore --las well_restored.las
  an interval of one curve, without the test:
    welllog report well.las -o r.html --restore --curve RHOB --interval 2310 2340 --no-blind
"""
_SCALE = 500.0
_PAPER = "A4"
_MOST_ZOOMS = 200


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``report`` to the parser."""
    parser = commands.add_parser(
        "report",
        help="report what was restored in a well, and print it true to scale",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("input", type=Path, metavar="WELL", help="LAS or CSV file, also .gz or .xz")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="HTML", help="the report to write"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--pictures",
        type=whole_number,
        metavar="N",
        help="zooms on what was filled, at most; the longest intervals come first (default: 12)",
    )
    add_index_unit(parser)
    _add_restoring(parser)
    _add_testing(parser)
    _add_printing(parser)
    parser.set_defaults(run=_run)


def _add_restoring(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("restoring first")
    group.add_argument(
        "--restore",
        action="store_true",
        help="restore the gaps of a file that holds no restored curves yet",
    )
    group.add_argument(
        "--curve", action="append", metavar="NAME", help="this curve (may be repeated)"
    )
    group.add_argument(
        "--interval",
        action="append",
        nargs=2,
        type=float,
        metavar=("TOP", "BASE"),
        help="this interval, whatever was measured in it (may be repeated)",
    )
    group.add_argument(
        "--las", type=Path, metavar="LAS", help="write the well with its new curves here too"
    )


def _add_testing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model and test")
    group.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="what restores and is tested: a model of `welllog models`, or a model file (default: "
        "the one that the file names as having restored most of it; with --restore: default)",
    )
    group.add_argument(
        "--blind",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="test the model on this very well (default: yes; seconds for trees, a minute or so "
        "for the default model in a long well)",
    )
    group.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="of what is hidden (default: 0)"
    )


def _add_printing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("print")
    group.add_argument(
        "--pdf", type=Path, metavar="PDF", help="print the tracks to this file, true to scale"
    )
    group.add_argument(
        "--scale",
        type=_scale,
        metavar="S",
        help=f"1:S, as 200 or 1:200; 200, 500, 1000 are usual (default: {_SCALE:g})",
    )
    group.add_argument(
        "--template",
        metavar="NAME|PATH",
        help="tracks of the print: triple_combo, sonic, restoration, image, or a TOML file of "
        "your own (default: those that the well's curves call for)",
    )
    group.add_argument(
        "--paper",
        metavar="NAME",
        help="A4, A3, letter, each also as A4-landscape and so on, or roll: one page as long as "
        "the log, or several of 5 m, which is the most a PDF page can be (default: A4)",
    )


def _scale(text: str) -> float:
    try:
        return float(text.removeprefix("1:"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text}: a scale such as 200 or 1:200 is wanted"
        ) from None


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    _check(args)
    args.input.stat()  # a file that is not there is told before anything is loaded

    from welllog.checkpoint import load_model
    from welllog.formats import read
    from welllog.records import join_restorations, read_restorations, saved_curves
    from welllog.report import MOST_PICTURES, list_fills, write_report

    progress = terminal.meter(args.input.name)
    named = None
    if args.model:  # a bad one is told before anything is done
        progress(0.0, f"loading {args.model}")
        named = load_model(args.model)
    progress(0.0, "reading")
    well = read(args.input, index_unit=args.index_unit)
    major = tell_remarks(well, args.input, terminal)
    held = saved_curves(well)
    if args.restore and held:
        names = ", ".join(dict.fromkeys(own for own, _, _ in held))
        raise UsageError(
            f"{args.input}: holds restored curves already ({names}); leave --restore out to report "
            "them"
        )
    if not args.restore and not held:
        raise UsageError(
            f"{args.input}: holds no restored curves; give --restore to restore its gaps for the "
            "report, or name a file that 'welllog restore' wrote"
        )
    if args.restore:
        restorations = _restore(well, named, args, terminal, progress)
        remarks: list[Any] = []
    else:
        restorations, remarks = read_restorations(well)
    if not restorations:
        terminal.say(f"{args.input}: no gap to restore; nothing written")
        terminal.emit(_result(args, well, [], None, "", [], major))
        return 1
    for remark in remarks:
        terminal.warn(f"{args.input}: {remark.problem}" + f" ({remark.where})" * bool(remark.where))
    written = []
    if args.pdf:
        from welllog.prints import write_print

        scale, paper = _sheet(args)
        written.append(
            write_print(
                well, join_restorations(restorations), args.pdf, scale=scale, paper=paper,
                template=args.template, overwrite=args.overwrite,
                progress=terminal.meter(args.pdf.name),
            )
        )  # fmt: skip
    blind, why = _test(well, restorations, named, args, terminal)
    if why and args.blind:
        terminal.warn(f"{args.input}: no blind test: {why}")
    if blind and blind.flattered:
        terminal.warn(
            f"{blind.model}: {well.name} was in this model's training: its scores flatter"
        )
    if args.las:
        written.append(_write_las(restorations, args))
    of = restorations if args.restore else well
    most = MOST_PICTURES if args.pictures is None else min(args.pictures, _MOST_ZOOMS)
    progress(0.0, "report")
    written.append(
        write_report(
            of, args.output, blind=blind or why, pictures=most, overwrite=args.overwrite,
            progress=terminal.meter(args.output.name),
        )
    )  # fmt: skip
    fills = list_fills(restorations)
    result = _result(args, well, fills, blind, why, written, [*major, *map(str, remarks)])
    _tell(result, restorations, terminal)
    terminal.emit(result)
    serious = any(remark.severity == "major" for remark in remarks)
    return int(serious or (args.blind and blind is None) or bool(blind and blind.flattered))


def _check(args: argparse.Namespace) -> None:
    """Refuse before any work what cannot be done."""
    for name in ("curve", "interval", "las"):
        if getattr(args, name) and not args.restore:
            raise UsageError(f"--{name}: nothing is restored unless --restore is given")
    for name in ("scale", "paper", "template"):
        if getattr(args, name) is not None and not args.pdf:
            raise UsageError(f"--{name}: nothing is printed unless --pdf names a file")
    for top, base in args.interval or []:
        if not top < base:
            raise UsageError(f"--interval {top:g} {base:g}: TOP must be less than BASE")
    if args.pdf:
        from welllog.prints import check_scale, paper_size

        scale, paper = _sheet(args)
        paper_size(paper)
        check_scale(scale)
    outputs = [path for path in (args.output, args.pdf, args.las) if path]
    for place, path in enumerate(outputs):
        if path.resolve() == args.input.resolve():
            raise UsageError(f"{path}: is the input itself; choose another output")
        if path.resolve() in [other.resolve() for other in outputs[:place]]:
            raise UsageError(f"{path}: named for two outputs; name two files")
        check_output(path, args.overwrite)
    if args.las:
        from welllog.formats.las_write import sidecar_path

        if not args.las.name.lower().endswith((".las", ".las.gz", ".las.xz")):
            raise UsageError(
                f"{args.las}: wells are written as .las, .las.gz or .las.xz: name it so"
            )
        check_output(sidecar_path(args.las), args.overwrite)


def _sheet(args: argparse.Namespace) -> tuple[float, str]:
    """Return scale and paper of the print."""
    return (
        _SCALE if args.scale is None else args.scale,
        _PAPER if args.paper is None else args.paper,
    )


def _restore(
    well: Well,
    model: Restorer | None,
    args: argparse.Namespace,
    terminal: Terminal,
    progress: Meter,
) -> list[Restoration]:
    from welllog.gaps import describe_clipped
    from welllog.restoration import restore

    intervals = args.interval and [(top, base) for top, base in args.interval]
    done = restore(well, args.curve, intervals, model or "default", progress=progress)
    for line in describe_clipped(well, intervals):
        terminal.warn(f"{args.input}: {line}")
    for name, reason in done.skipped.items():
        terminal.warn(f"{args.input}: {name} left as it is: {reason}")
    return [done] if done.curves else []


def _test(
    well: Well,
    restorations: list[Restoration],
    named: Restorer | None,
    args: argparse.Namespace,
    terminal: Terminal,
) -> tuple[Judgement | None, str]:
    """Run the blind test, or say why it is not run."""
    if not args.blind:
        return None, "it was not asked for (--no-blind)"
    from welllog.checkpoint import list_models
    from welllog.judgement import RIVALS, judge_well, without_replaced
    from welllog.makers import rank_models

    ranked = rank_models(restorations)
    on_record = ranked[0] if ranked else {}
    model = named or ("default" if args.restore else on_record.get("name"))
    if named is None and "file" in on_record:
        return None, f"the model is the file {on_record['file']}; name it with --model"
    if not model:
        return None, "the file does not say which model restored it; name one with --model"
    curves = list(dict.fromkeys(own for one in restorations for own in one.curves))
    known = [card["name"] for card in list_models()]
    others = [m["name"] for m in ranked[1:] if "file" not in m and m.get("name") in known]
    rivals = RIVALS if named else (*RIVALS, *others)
    try:
        return (
            judge_well(
                without_replaced(well, restorations), model, curves, seed=args.seed,
                rivals=rivals, progress=terminal.meter("blind test", time_left=True),
            ),
            "",
        )  # fmt: skip
    except ValueError as error:
        return None, one_line(error)


def _write_las(restorations: list[Restoration], args: argparse.Namespace) -> Path:
    from welllog.cores.placement_files import copy_placements
    from welllog.formats import write

    written = write(restorations[-1].well, args.las, overwrite=args.overwrite)
    copy_placements(restorations[-1].well, written)
    return written


def _result(
    args: argparse.Namespace,
    well: Well,
    fills: list[Any],
    blind: Judgement | None,
    why: str,
    written: list[Path],
    remarks: list[str],
) -> dict[str, Any]:
    return {
        "command": "report",
        "input": str(args.input),
        "well": well.name,
        "index_unit": well.index_unit,
        "files": [str(path) for path in written],
        "fills": [fill.to_dict() for fill in fills],
        "blind_test": blind.to_dict() if blind else None,
        "blind_test_not_run": why or None,
        "remarks": remarks,
    }


def _tell(result: dict[str, Any], restorations: list[Restoration], terminal: Terminal) -> None:
    from welllog.report import said_samples

    terminal.say(f"{result['input']}: {', '.join(dict.fromkeys(r.model for r in restorations))}")
    for own in dict.fromkeys(fill["curve"] for fill in result["fills"]):
        mine = [fill for fill in result["fills"] if fill["curve"] == own]
        samples, replaced = (sum(fill[key] for fill in mine) for key in ("samples", "replaced"))
        count = f"{len(mine)} interval{'s' * (len(mine) != 1)}"
        terminal.say(f"  {own:<8} {said_samples(samples, replaced)} in {count}")
    for file in result["files"]:
        terminal.say(f"  {file}")
