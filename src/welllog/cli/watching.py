"""``welllog watch``: how the training of a network goes, as a page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from welllog.cli.output import check_output, check_writable
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

__all__ = ["add_commands"]

_DESCRIPTION = """\
Make a page of a network's training, while it goes on or afterwards: one HTML file that needs
nothing from elsewhere. It shows
  losses        of the generator and the discriminator, and what they mean; validation by curve
  the film      what the generator made of the same windows and the same noises, over time
  told apart    how often a classifier tells generated pieces of curve from measured ones: a weak
                one at every validation, a strong one for the page (50 % is chance, and best)
  variety       whether answers to different noises differ (0: the noise is ignored)
  signs         of trouble, in words, with what can be done
"""

_EXAMPLES = """\
exit status is 1 where there is a sign of trouble, or something could not be read.

examples:
  welllog watch net.model.run
  welllog watch net.model.run -o training.html --overwrite
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``watch`` to the parser."""
    parser = commands.add_parser(
        "watch",
        help="make a page of how the training of a network goes",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("folder", type=Path, metavar="RUN_FOLDER", help="of welllog train")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="HTML",
        help="the page to write (default: watch.html in the run folder, each time anew)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a page that exists")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    if not args.folder.is_dir():
        raise UsageError(f"{args.folder}: no such folder; name a run folder of welllog train")
    if args.output is not None:
        check_output(args.output, args.overwrite)
    else:
        check_writable(args.folder)
    from welllog.experiment_report import write_experiment_report

    report = write_experiment_report(
        args.folder,
        args.output,
        overwrite=args.overwrite,
        progress=terminal.meter(args.folder.name),
    )
    terminal.say(f"{report.path}: {report.kept.standing}")
    verdict = report.verdict
    if verdict is not None:
        low, high = min(verdict.folds), max(verdict.folds)
        terminal.say(
            f"  strong classifier: {verdict.accuracy:.0%} told rightly ({low:.0%} to {high:.0%} in "
            f"{len(verdict.folds)} folds; 50 % is chance), {verdict.pieces} pieces of each kind"
        )
    for sign in report.signs:
        terminal.say(f"  {sign.said}")
        terminal.say(f"    {sign.advice}")
    for remark in report.kept.remarks:
        terminal.warn(remark)
    terminal.emit({"command": "watch", **report.to_dict()})
    return int(bool(report.signs or report.kept.remarks))
