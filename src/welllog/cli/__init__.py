"""The ``welllog`` command: read, judge, restore, train and evaluate from a terminal.

``main`` builds the parser, runs one command and turns every error into one line. What a command
does lives in the module named for it; nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from welllog import __version__
from welllog.cli import (
    checking,
    core_curves,
    core_placing,
    demonstration,
    editing,
    exploring,
    learning,
    replaying,
    reporting,
    restoring,
    scoring,
    segmenting,
    watching,
)
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

__all__ = ["build_parser", "main"]

_DESCRIPTION = """\
Read well logs, restore what is missing in them, and judge the result.

A run never changes its input: restored curves are added beside the measured ones
(DTC_RES, with the 90 % band DTC_P05 to DTC_P95, and DTC_FLAG), in a new file.
"""

_EPILOG = """\
exit status:
  0  done
  1  done, and there is something to see (major remarks, nothing to restore, ...)
  2  an error, told in one line on stderr; nothing was written (where several files are given:
     nothing for the file named; the others are done)
  130  stopped by Ctrl-C; files that were done by then are there

examples:
  welllog check well.las
  welllog restore well.las -o well_restored.las
  welllog restore well.las -o out.las --curve DTC --interval 2310 2340
  welllog synthesize well.las -o out.las --curve DTS
  welllog edit well.las -o edited.las --despike DTC --shift RHOB 0.5
  welllog report out.las -o report.html
  welllog COMMAND --help
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like every other error of the command."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of ``welllog`` with all its commands."""
    parser = _Parser(
        prog="welllog",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"welllog {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    output = common.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    output.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="show progress on stderr (default: only on a terminal)",
    )
    output.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    modules = (
        *(checking, editing, restoring, replaying, reporting),
        *(core_placing, core_curves, segmenting),
        *(learning, watching, exploring, scoring, demonstration),
    )
    for module in modules:
        module.add_commands(commands, common)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the command's name; by default those of the process.

    Returns
    -------
    int
        0 done, 1 done with something to see, 2 an error (told in one line on stderr), 130
        interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal(json="--json" in arguments)
    try:
        parser = build_parser()
        args = parser.parse_args(arguments)
        if args.command is None:
            parser.print_help()
            return 0
        terminal = Terminal(json=args.json, progress=args.progress)
        status: int = args.run(args, terminal)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        terminal.fail("stopped")
        if argv is None:
            terminal.leave(130)
        return 130
    except BrokenPipeError:
        # The reader of a pipe (head, less) has gone: no error of ours, and nothing left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        terminal.fail(error)
        return 2
