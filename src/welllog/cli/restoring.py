"""``welllog restore`` and ``welllog synthesize``: new curves beside the measured ones."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.output import check_writable, plain_suffix
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.remainder import describe_remainder, find_remainder
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError, one_line, whole_number

if TYPE_CHECKING:
    from welllog.baselines import Restorer
    from welllog.restoration import Restoration
    from welllog.well import Well

__all__ = ["add_commands"]

Work = Callable[["Well", "Restorer", Callable[[float, str], None]], "Restoration"]

MOST_REALISATIONS = 99
"""More than anyone looks at, and files of that many curves are slow to open."""
_PACKED = (".gz", ".xz")
_LOG_FILES = (".las", ".csv")

_RESTORE = """\
Restore gaps in the curves of wells.

For a curve DTC the output has these new curves; the measured one is left as it is:
  DTC_RES           measured where measured, restored in the gaps
  DTC_P05 .._P95    the 90 % band and the median, in the gaps
  DTC_R1, DTC_R2 .. as DTC_RES with other plausible fills, where --realisations asks for them
  DTC_FLAG          0 measured, 1 filled, 2 measured but replaced, 3 either of them
                    outside what the model has seen
How it was made is in the header, and in a JSON file beside the output. What was found and
not filled is told at the end: doubtful values that were measured (bad hole, spikes, flat
lines, values out of limits) are replaced only with --interval.
"""

_RESTORE_EXAMPLES = """\
examples:
  every gap of every curve the model knows:
    welllog restore well.las -o well_restored.las
  one interval of one curve, whatever was measured there (bad hole, say):
    welllog restore well.las -o out.las --curve RHOB --interval 2310 2340
  many wells into a folder:
    welllog restore wells/*.las -o restored/
  for a script:
    welllog restore well.las -o out.las --json | jq .results[0].curves
"""

_SYNTHESIZE = """\
Predict a whole curve from the others, also where it was measured (which the prediction
is not told). A curve the well lacks altogether can be named too.

The output has the new curves DTS_SYN, DTS_P05, DTS_P50, DTS_P95 and DTS_FLAG, and DTS_R1,
DTS_R2 ... where --realisations asks for them.

The default model tests itself on the well's other curves as if they were not there. Where it
errs on them much more than usual, the band is wider and that is said: the well may be unlike
those of training.
"""

_SYNTHESIZE_EXAMPLES = """\
examples:
  welllog synthesize well.las -o well_with_shear.las --curve DTS
  welllog synthesize wells/*.las -o out/ --curve DTC --curve RHOB
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``restore`` and ``synthesize`` to the parser."""
    restore = commands.add_parser(
        "restore",
        help="restore gaps or chosen intervals of curves",
        description=_RESTORE,
        epilog=_RESTORE_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    _add_paths(restore)
    restore.add_argument(
        "--curve",
        action="append",
        metavar="NAME",
        help="restore this curve (own or canonical mnemonic; may be repeated; default: all)",
    )
    restore.add_argument(
        "--interval",
        action="append",
        nargs=2,
        type=float,
        metavar=("TOP", "BASE"),
        help="restore this interval, in the unit of the well's index, whatever was measured in it "
        "(may be repeated; default: every gap found)",
    )
    _add_model(restore)
    restore.set_defaults(run=_run_restore)

    synthesize = commands.add_parser(
        "synthesize",
        help="predict whole curves from the others",
        description=_SYNTHESIZE,
        epilog=_SYNTHESIZE_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    _add_paths(synthesize)
    synthesize.add_argument(
        "--curve",
        action="append",
        required=True,
        metavar="NAME",
        help="predict this curve (may be repeated)",
    )
    _add_model(synthesize)
    synthesize.set_defaults(run=_run_synthesize)


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="IN", help="LAS or CSV file, also .gz or .xz"
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="OUT",
        help="file for one input, folder for several (made if missing)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--edited",
        action="store_true",
        help="take the edited version of a curve (DTC_ED, by `welllog edit`) for the measured one, "
        "wherever there is one: to be restored, and for the model to look at",
    )
    parser.add_argument(
        "--also",
        action="append",
        metavar="CURVE",
        help="tell depths of a well apart by this curve too, which no model knows (of core, say: "
        "CORE_F_SAND; may be repeated); by deep-kriging and lightgbm-gp, where the gap has it",
    )
    add_index_unit(parser)


def _add_model(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        default="default",
        metavar="NAME|PATH",
        help="a model of `welllog models`, or a file made by `welllog train` (default: default)",
    )
    group.add_argument(
        "--device",
        default="auto",
        choices=["auto", "cpu", "cuda", "mps"],
        help="where a neural model runs; tree models run on the CPU (default: auto)",
    )
    group.add_argument(
        "--realisations",
        type=_count,
        default=0,
        metavar="N",
        help="N plausible fills too, as curves DTC_R1, DTC_R2 ...: rough as a log is, where the "
        "likeliest fill is smooth; nine samples of ten lie in the band (default: 0)",
    )
    group.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="of the realisations (default: 0)"
    )


def _count(text: str) -> int:
    count = whole_number(text)
    if count > MOST_REALISATIONS:
        raise argparse.ArgumentTypeError(f"{text}: at most {MOST_REALISATIONS}")
    return count


def _run_restore(args: argparse.Namespace, terminal: Terminal) -> int:
    for top, base in args.interval or []:
        if not top < base:
            raise UsageError(f"--interval {top:g} {base:g}: TOP must be less than BASE")

    def work(well: Well, restorer: Restorer, progress: Callable[[float, str], None]) -> Restoration:
        from welllog.restoration import restore

        return restore(
            well,
            args.curve,
            args.interval and [(top, base) for top, base in args.interval],
            restorer,
            args.device,
            also=args.also or (),
            edited=args.edited,
            realisations=args.realisations,
            seed=args.seed,
            progress=progress,
        )

    return _run(args, terminal, work)


def _run_synthesize(args: argparse.Namespace, terminal: Terminal) -> int:
    def work(well: Well, restorer: Restorer, progress: Callable[[float, str], None]) -> Restoration:
        from welllog.restoration import synthesize

        return synthesize(
            well,
            args.curve,
            restorer,
            args.device,
            also=args.also or (),
            edited=args.edited,
            realisations=args.realisations,
            seed=args.seed,
            progress=progress,
        )

    return _run(args, terminal, work)


def _run(args: argparse.Namespace, terminal: Terminal, work: Work) -> int:
    """Work on each input in turn: one that fails is told and does not stop the others."""
    targets = _targets(args.inputs, args.output, args.overwrite)
    if len(targets) == 1:
        targets[0][0].stat()  # a file that is not there is told before a model is loaded

    from welllog.checkpoint import load_model

    # A bad model is told once, and before a well is read.
    terminal.meter()(0.0, f"loading {args.model}")
    restorer = load_model(args.model, args.device)
    results: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    for source, target in targets:
        try:
            results.append(_one(source, target, args, terminal, restorer, work))
        except (ValueError, LookupError, OSError) as error:
            if len(targets) == 1:
                raise
            message = one_line(error, source)
            terminal.fail(message)
            errors.append({"input": str(source), "error": message})
    terminal.emit({"command": args.command, "results": results, "errors": errors})
    if errors:
        return 2
    telling = ("skipped", "major_remarks")
    return int(any(not r["output"] or any(r[key] for key in telling) for r in results))


def _one(
    source: Path,
    target: Path,
    args: argparse.Namespace,
    terminal: Terminal,
    restorer: Restorer,
    work: Work,
) -> dict[str, Any]:
    from welllog.cores.placement_files import copy_placements
    from welllog.formats import read, write
    from welllog.formats.las_write import sidecar_path
    from welllog.gaps import describe_clipped

    progress = terminal.meter(source.name)
    progress(0.0, "reading")
    well = read(source, index_unit=args.index_unit)
    major = tell_remarks(well, source, terminal)
    if args.edited and not well.edited:
        terminal.warn(f"{source}: has no edited curve; the measured ones are taken")
    restoration = work(well, restorer, progress)
    result = {**_summary(source, restoration), "major_remarks": major}
    if args.command == "restore" and not args.interval:
        seen = well.with_edits() if args.edited else well
        result["left"] = find_remainder(seen, restoration, args.curve, _restorable(restorer))
    terminal.clear()
    for line in describe_clipped(restoration.well, restoration.record["asked"]["intervals"]):
        terminal.warn(f"{source}: {line}")
    for name, reason in restoration.skipped.items():
        terminal.warn(f"{source}: {name} left as it is: {reason}")
    if not restoration.curves:
        terminal.say(f"{source}: no gap to restore; nothing written")
        _tell_left(result, terminal)
        return result
    target.parent.mkdir(parents=True, exist_ok=True)
    written = write(restoration.well, target, overwrite=args.overwrite)
    copy_placements(restoration.well, written)
    result["output"] = str(written)
    side_car = sidecar_path(written)
    result["record"] = str(side_car) if side_car.is_file() else None
    _tell(result, terminal)
    _tell_left(result, terminal)
    return result


def _restorable(restorer: Restorer) -> Container[str]:
    """Return the canonical curves that a restorer can be asked for."""
    from welllog.mnemonics import catalogue

    return getattr(restorer, "targets", catalogue().kinds)


def _tell_left(result: dict[str, Any], terminal: Terminal) -> None:
    for line in describe_remainder(result["left"], result["index_unit"], result["model"]):
        terminal.say(f"  {line}")


def _summary(source: Path, restoration: Restoration) -> dict[str, Any]:
    well = restoration.well
    edited = set(well.edited.values())
    curves = []
    for own, curve in restoration.curves.items():
        gaps = []
        for gap in curve.gaps:
            top, base = gap.depths(well.index)
            gaps.append({"top": top, "base": base, "samples": gap.size, "reason": gap.reason})
        curves.append(
            {
                "curve": own,
                "canonical": curve.canonical,
                "unit": curve.unit,
                "gaps": gaps,
                "filled": int((curve.flag > 0).sum()) - curve.replaced,
                "replaced": curve.replaced,
                "outside_experience": int((curve.flag == 3).sum()),
                "error_on_others": curve.error_on_others,
            }
        )
    return {
        "input": str(source),
        "output": None,
        "record": None,
        "well": well.name,
        "index_unit": well.index_unit,
        "model": restoration.model,
        "edited": sorted(used for used in restoration.record["inputs"].values() if used in edited),
        "realisations": restoration.record["realisations"],
        "seconds": round(restoration.seconds, 3),
        "curves": curves,
        "left": [],
        "skipped": dict(restoration.skipped),
    }


def _tell(result: dict[str, Any], terminal: Terminal) -> None:
    from welllog.extrapolation import is_unusual, say_unusual

    terminal.say(f"{result['input']} -> {result['output']}")
    unit = result["index_unit"]
    for curve in result["curves"]:
        gaps = curve["gaps"]
        where = ", ".join(f"{gap['top']:g}-{gap['base']:g}" for gap in gaps[:3])
        if len(gaps) > 3:
            where += f" and {len(gaps) - 3} more"
        parts = [
            f"{curve[count]} {what}"
            for count, what in (
                ("filled", "samples filled"),
                ("replaced", "measured samples replaced"),
                ("outside_experience", "outside the model's experience"),
            )
            if curve[count]
        ]
        terminal.say(f"  {curve['curve']:<8} {', '.join(parts)} ({where} {unit})")
        if is_unusual(curve["error_on_others"]):
            terminal.say(f"  {'':<8} {say_unusual(curve['error_on_others'])}")
    if any(is_unusual(curve["error_on_others"]) for curve in result["curves"]):
        terminal.say("  the band is wider, its middle doubtful: compare offset wells, and try")
        terminal.say(f"    welllog evaluate --wells {result['input']}")
    count = result["realisations"]
    drawn = f", {count} realisation{'s' * (count != 1)}" if count else ""
    if result["edited"]:
        terminal.say(f"  with the edited curves {', '.join(result['edited'])}")
    terminal.say(f"  {result['model']}{drawn}, {result['seconds']:.1f} s")


def _targets(inputs: list[Path], output: Path, overwrite: bool) -> list[tuple[Path, Path]]:
    """Pair each input with its output, refusing before any work what cannot be written."""
    folder = len(inputs) > 1 or output.is_dir()
    if folder and not output.is_dir() and plain_suffix(output) in _LOG_FILES:
        raise UsageError(
            f"{output}: is the name of a file, and {len(inputs)} inputs are given; name a folder"
        )
    if not folder and plain_suffix(output) != ".las":
        raise UsageError(f"{output}: wells are written as .las, .las.gz or .las.xz: name it so")
    if folder and output.exists() and not output.is_dir():
        raise UsageError(f"{output}: is a file; name a folder to restore several wells into")
    pairs = [(source, output / _las_name(source) if folder else output) for source in inputs]
    taken: dict[Path, Path] = {}
    for source, target in pairs:
        if target in taken:
            raise UsageError(
                f"{source} and {taken[target]} would both become {target}; restore them apart"
            )
        taken[target] = source
        if target.exists() and source.exists() and target.samefile(source):
            raise UsageError(f"{target}: is the input itself; choose another output")
        if target.exists() and not overwrite:
            raise UsageError(f"{target}: exists; choose another output or give --overwrite")
        if not folder and not target.parent.exists():
            raise UsageError(f"{target}: no folder {target.parent}; make it first")
        check_writable(target.parent)
    return pairs


def _las_name(source: Path) -> str:
    name = source.name
    if source.suffix.lower() in _PACKED:
        name = Path(name).stem
    return Path(name).stem + ".las"
