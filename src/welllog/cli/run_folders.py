"""The run folder of a network's training: whether it may be used, how its experiment goes on."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from welllog.cli.output import check_writable
from welllog.cli.terminal import Terminal, UsageError

if TYPE_CHECKING:
    from welllog.learning import ExperimentSettings

__all__ = ["check_run_folder", "resumable"]


def check_run_folder(folder: Path, args: argparse.Namespace, settings: ExperimentSettings) -> None:
    """Check that an experiment can be begun or gone on with in a run folder.

    Raises
    ------
    ValueError
        It cannot, or it is finished and its model is there.
    """
    from welllog.learning.loop import has_ended
    from welllog.learning.run_folder import RunFolder

    check_writable(folder)
    there = RunFolder(folder)
    if args.resume and not (folder / "config.json").exists():
        raise UsageError(
            f"{folder}: no experiment to resume; leave --resume out, or say where it is with "
            f"--run-folder"
        )
    there.check(settings.to_dict(), resume=args.resume, overwrite=args.overwrite)
    written = args.output.exists() and not args.overwrite
    if args.resume and written and has_ended(there, settings):
        raise UsageError(
            f"{folder}: this experiment is finished, and {args.output} exists; "
            f"--resume --overwrite would make it again from the checkpoint"
        )


@contextmanager
def resumable(folder: Path | None, terminal: Terminal) -> Iterator[list[str]]:
    """Say how to go on where a network's training is broken off; the list then holds why."""
    config = folder and folder / "config.json"
    before = config.stat().st_mtime_ns if config and config.exists() else 0
    stopped: list[str] = []
    try:
        yield stopped
    except KeyboardInterrupt as error:
        # A run folder that was not written to yet has nothing of this training.
        if not config or not config.exists() or config.stat().st_mtime_ns == before:
            raise
        stopped.append(str(error) or "stopped")
        terminal.warn(f"{stopped[0]}; go on with: {_command_to_resume()}")


def _command_to_resume() -> str:
    arguments = sys.argv[1:]
    if arguments[:1] != ["train"]:  # called from Python
        return "the same command and --resume"
    words = ["welllog", *arguments, *["--resume"] * ("--resume" not in arguments)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
