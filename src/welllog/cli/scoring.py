"""``welllog evaluate``: hide what is known, restore it, and score the result."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.learning import find_log_files
from welllog.cli.output import check_output
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError, one_line, whole_number

if TYPE_CHECKING:
    from welllog.features import LogSet
    from welllog.well import Well

__all__ = ["add_commands"]

_DESCRIPTION = """\
Score models where the truth is known: intervals of 5 to 300 m hidden in wells that a model
should not have seen, with the other curves visible (gap), with all curves hidden (blackout),
and whole curves (blind).

With --wells alone this is a blind test on your own wells: what to hide is drawn from what was
measured in them, the same for every model. With --scenarios it is what that file says; wells
it names that are not given are left out, and told.

columns of the table:
  nRMSE         error (root mean square), in standard deviations of the curve in these wells
                (as --scenarios has it, where given): 1 is guessing the mean
  90 % by well  where nRMSE may lie with other wells like these; an en dash for one well
  cover         share of the hidden samples that lie in the 90 % band: 0.90 is right
  width         width of that band, in standard deviations: narrow is good where cover is right
  jump          step where the fill meets the log, in standard deviations
  GR, RHOB ...  nRMSE of each curve
"""

_EXAMPLES = """\
exit status is 2 where a file could not be read (the others are scored), else 1 where nothing
could be scored, or a well was in the training of a model that answers by what it learnt from
it: those scores flatter.

Without --wells those of the data folder are used (the folder that WELLLOG_DATA names, else
../shared/data: its force2020/dev), and without --scenarios too bench/scenarios_dev.json beside
it.

examples:
  how well does the default restore this very well?
    welllog evaluate --wells well.las
  models side by side on your wells; keep what was hidden, to score others on it later:
    welllog evaluate --wells blind/ --model default --model field.model --keep hidden.json
    welllog evaluate --wells blind/ --scenarios hidden.json --model other.model -o scores.json
"""

_DATA_FOLDER = Path("..") / "shared" / "data"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``evaluate`` to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="score models on hidden intervals of known wells",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument(
        "--scenarios", type=Path, metavar="FILE", help="what is hidden, and in which wells (JSON)"
    )
    parser.add_argument(
        "--wells",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="LAS or CSV files, or folders of them",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write what was drawn to this scenario file"
    )
    parser.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="of what is drawn (default: 0)"
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME|PATH",
        help="model to score (may be repeated; default: default)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write every score to this JSON file"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    drawn = args.wells and not args.scenarios
    if args.keep and not drawn:
        raise UsageError("--keep: nothing is drawn unless --wells is given without --scenarios")
    if args.keep and args.output and args.keep.resolve() == args.output.resolve():
        raise UsageError(f"{args.keep}: named for --keep and for --output; name two files")
    for path in filter(None, (args.output, args.keep)):
        check_output(path, args.overwrite)
    scenarios_path = None if drawn else args.scenarios or _default("scenarios")
    scenarios = None if scenarios_path is None else _read_scenarios(scenarios_path)
    sources = args.wells or [_default("wells")]
    files = find_log_files(sources)

    from welllog.checkpoint import load_model
    from welllog.evaluation import evaluate
    from welllog.features import well_as_seen
    from welllog.formats import read
    from welllog.scenarios import draw_scenarios

    # A bad model is told before the wells are read, which takes longer.
    models = {}
    for model in args.model or ["default"]:
        terminal.meter()(0.0, f"loading {model}")
        models[model] = load_model(model)
    progress = terminal.meter("reading")
    wells: list[Well] = []
    logs: list[LogSet] = []
    left_out: dict[str, str] = {}
    for count, path in enumerate(files):
        progress(count / len(files), path.name)
        try:
            wells.append(read(path, keep_document=False))
            logs.append(well_as_seen(wells[-1]))
        except (ValueError, LookupError, OSError) as error:
            del wells[len(logs) :]
            left_out[str(path)] = one_line(error, path)
            terminal.warn(f"left out: {left_out[str(path)]}")
    if not wells:
        raise UsageError("none of the files given can be read")
    if scenarios is None:
        scenarios = draw_scenarios(logs, seed=args.seed)
        for reason in _unused(wells, scenarios):
            terminal.warn(f"not asked: {reason}")
        terminal.say(_told(scenarios))
        if args.keep:
            terminal.write_json(scenarios, args.keep)
    scores, warnings = {}, []
    for model, restorer in models.items():
        progress = terminal.meter(model, time_left=True)
        evaluation = evaluate(restorer, scenarios, wells, seed=args.seed, progress=progress)
        terminal.say(f"{model}")
        terminal.say(evaluation.table())
        terminal.say()
        scores[model] = evaluation.to_dict()
        warnings += [
            f"{model}: {well} was in this model's training: its scores flatter"
            for well in evaluation.flattered
        ]
    for warning in warnings:
        terminal.warn(warning)
    result = {
        "command": "evaluate",
        "scenarios": str(args.keep or scenarios_path) if args.keep or scenarios_path else None,
        "wells": [str(source) for source in sources],
        "seed": args.seed,
        "scores": scores,
        "warnings": warnings,
        "left_out": left_out,
    }
    if args.output:
        terminal.write_json(result, args.output)
    terminal.emit(result)
    if left_out:
        return 2
    return int(bool(warnings) or not all(score["groups"] for score in scores.values()))


def _unused(wells: list[Well], scenarios: dict[str, Any]) -> Iterator[str]:
    """Say of which wells nothing was hidden, and why."""
    asked = {case["well"] for case in scenarios["scenarios"]}
    seen: dict[str, Path | None] = {}
    for well in wells:
        if well.name in seen:
            yield f"{well.path}: its well is called {well.name}, as that of {seen[well.name]}"
        elif well.name not in asked:
            yield f"{well.path}: no curve of well {well.name} is long enough to hide some of it"
        seen.setdefault(well.name, well.path)


def _told(scenarios: dict[str, Any]) -> str:
    """Say in one line what was drawn."""
    cases = scenarios["scenarios"]
    wells = len({case["well"] for case in cases})
    curves = ", ".join(scenarios["sigma"])
    hidden = sum(len(case["intervals_m"]) for case in cases if case["task"] != "blind")
    return (
        f"hidden of {wells} well{'s' * (wells != 1)}: {hidden} intervals, and whole curves, of "
        f"{curves}\n"
    )


def _default(what: str) -> Path:
    """Find the scenarios or the wells of the data folder."""
    named = os.environ.get("WELLLOG_DATA")
    data = Path(named) if named else _DATA_FOLDER
    path = (
        data / "force2020" / "dev"
        if what == "wells"
        else data.parent / "bench" / "scenarios_dev.json"
    )
    if not path.exists():
        raise UsageError(
            f"{path}: not found; give --{what}, or set WELLLOG_DATA to the folder of test data"
        )
    return path


def _read_scenarios(path: Path) -> dict[str, Any]:
    try:
        scenarios = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no scenario file ({error}); see docs/evaluation.md") from None
    if not isinstance(scenarios, dict) or "scenarios" not in scenarios:
        raise UsageError(f"{path}: has no list named 'scenarios'; see docs/evaluation.md")
    return scenarios
