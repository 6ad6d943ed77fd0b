"""What commands that read wells share: the unit of the index, and what was odd about a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from welllog.cli.terminal import Terminal

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = ["add_index_unit", "tell_remarks"]


def add_index_unit(parser: argparse.ArgumentParser) -> None:
    """Add ``--index-unit`` to a command's parser."""
    parser.add_argument(
        "--index-unit",
        choices=["m", "ft"],
        help="unit of depth in every file given, where they name none (CSV) or a wrong one",
    )


def tell_remarks(well: Well, source: Path, terminal: Terminal) -> list[str]:
    """Say in one line that much had to be guessed or repaired in a file; return what."""
    major = [str(remark) for remark in well.report if remark.severity == "major"]
    if major:
        more = f" (and {len(major) - 1} more: welllog check {source})" if len(major) > 1 else ""
        terminal.warn(f"{source}: {major[0]}{more}")
    return major
