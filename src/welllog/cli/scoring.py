"""``welllog evaluate``: hide what is known, restore it, and score the result."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from welllog.cli.learning import find_log_files
from welllog.cli.output import check_output
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

__all__ = ["add_commands"]

_DESCRIPTION = """\
Score models on fixed scenarios: intervals of 5 to 300 m hidden in wells that a model should
not have seen, with the other curves visible (gap), with all curves hidden (blackout), and
whole curves (blind). Wells of the scenarios that are not given are left out, and told.

columns of the table:
  nRMSE         error (root mean square), in standard deviations of the curve in the training
                wells: 1 is guessing the mean
  90 % by well  where nRMSE may lie with other wells like these; an en dash for one well
  cover         share of the hidden samples that lie in the 90 % band: 0.90 is right
  width         width of that band, in standard deviations: narrow is good where cover is right
  jump          step where the fill meets the log, in standard deviations
  GR, RHOB ...  nRMSE of each curve
"""

_EXAMPLES = """\
exit status is 1 where nothing could be scored, or a well was in the training of a model that
answers by what it learnt from it: those scores flatter.

Without --wells and --scenarios those of the data folder are used: the folder that
WELLLOG_DATA names (else ../shared/data), its force2020/dev, and bench/scenarios_dev.json
beside it.

examples:
  welllog evaluate --model interpolation --model default
  welllog evaluate --scenarios scenarios.json --wells blind/ --model field.model -o scores.json
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
    parser.add_argument("--wells", type=Path, metavar="DIR", help="folder of the wells")
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
    scenarios_path = args.scenarios or _default("scenarios")
    folder = args.wells or _default("wells")
    if args.output:
        check_output(args.output, args.overwrite)
    scenarios = _read_scenarios(scenarios_path)

    files = find_log_files([folder])

    from welllog.checkpoint import load_model
    from welllog.evaluation import evaluate
    from welllog.formats import read

    # A bad model is told before the wells are read, which takes longer.
    models = {}
    for model in args.model or ["default"]:
        terminal.meter()(0.0, f"loading {model}")
        models[model] = load_model(model)
    progress = terminal.meter("reading")
    wells = []
    for count, path in enumerate(files):
        progress(count / len(files), path.name)
        wells.append(read(path, keep_document=False))
    scores, warnings = {}, []
    for model, restorer in models.items():
        progress = terminal.meter(model, time_left=True)
        evaluation = evaluate(restorer, scenarios, wells, progress=progress)
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
        "scenarios": str(scenarios_path),
        "wells": str(folder),
        "scores": scores,
        "warnings": warnings,
    }
    if args.output:
        terminal.write_json(result, args.output)
    terminal.emit(result)
    return int(bool(warnings) or not all(score["groups"] for score in scores.values()))


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
