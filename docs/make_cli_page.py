"""Write docs/cli.md from the help of each command, so that the page cannot say something else."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

PAGE = Path(__file__).with_name("cli.md")


def make_page() -> str:
    """Return the page as text."""
    os.environ["COLUMNS"] = "92"
    from welllog.cli import build_parser

    parser = build_parser()
    parts = [
        "# The `welllog` command",
        "Written by `make docs` from the help of the commands. `python -m welllog` is the same.",
        f"```text\n{parser.format_help().rstrip()}\n```",
    ]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                parts += [f"## welllog {name}", f"```text\n{command.format_help().rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
    print(PAGE)
