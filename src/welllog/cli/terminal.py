"""What a command says and where: a report or one JSON object on stdout, the rest on stderr."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json as json_format
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["HelpFormatter", "Terminal", "UsageError", "one_line", "whole_number"]


class UsageError(ValueError):
    """The command was called in a way that cannot be carried out; the message says what to do."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keep the line breaks of descriptions and examples, and names and their help on one line."""

    def __init__(self, prog: str) -> None:
        width = min(shutil.get_terminal_size().columns, 100) - 2
        super().__init__(prog, max_help_position=26, width=width)


@dataclass
class Terminal:
    """One command's way to speak."""

    json: bool = False
    """Print one JSON object on stdout and no text."""
    progress: bool | None = None
    """Show progress on stderr; None shows it where stderr is a terminal."""
    _bar: bool = field(default=False, init=False)

    def say(self, text: str = "") -> None:
        """Print a line of the report, unless JSON was asked for."""
        if not self.json:
            self.clear()
            print(text)

    def emit(self, result: dict[str, Any]) -> None:
        """Print the result, where JSON was asked for; values JSON lacks (NaN) become null."""
        if self.json:
            self.clear()
            print(json_format.dumps(_plain(result), ensure_ascii=False, allow_nan=False))

    def write_json(self, result: dict[str, Any], path: Path) -> None:
        """Write a result to a JSON file, whole or not at all."""
        text = json_format.dumps(_plain(result), ensure_ascii=False, indent=1, allow_nan=False)
        part = path.with_name(path.name + ".tmp")
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(path)

    def warn(self, message: str) -> None:
        """Print one line on stderr that is no error."""
        self.clear()
        print(f"welllog: {message}", file=sys.stderr)

    def fail(self, error: BaseException | str) -> None:
        """Print one line on stderr that says what went wrong."""
        self.clear()
        print(f"welllog: error: {one_line(error)}", file=sys.stderr)

    def leave(self, status: int) -> NoReturn:
        """End the process now: taking apart the libraries it has loaded lasts seconds."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)

    def meter(self, label: str = "", *, time_left: bool = False) -> Callable[[float, str], None]:
        """Return a ``progress(fraction, message)`` for the engine, which draws on stderr.

        ``time_left`` tells that too, for work of which equal shares take equal times.
        """
        shown = sys.stderr.isatty() if self.progress is None else self.progress
        if not shown:
            return lambda fraction, message: None
        bar = sys.stderr.isatty()
        last = -1
        started = time.monotonic()

        def draw(fraction: float, message: str) -> None:
            nonlocal last
            percent = int(100 * min(max(fraction, 0.0), 1.0))
            text = f"{label}: {message}" if label else message
            if time_left and 0.0 < fraction < 1.0:
                text = f"{_span(time.monotonic() - started, fraction)}{text}"
            if not bar:
                # A log file wants few lines, not a bar redrawn a thousand times.
                if percent // 10 != last // 10 or last < 0:
                    print(f"{percent:3d} % {text}", file=sys.stderr, flush=True)
                last = percent
                return
            width = shutil.get_terminal_size().columns
            filled = 24 * percent // 100
            line = f"[{'#' * filled}{'.' * (24 - filled)}] {percent:3d} % {text}"
            print("\r\x1b[K" + line[: width - 1], end="", file=sys.stderr, flush=True)
            self._bar = True

        return draw

    def clear(self) -> None:
        """Take the progress bar off the screen."""
        if self._bar:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._bar = False


def _span(spent: float, fraction: float) -> str:
    """Say what is left of work of which a share took so many seconds; nothing at the start."""
    if spent < 3.0:
        return ""
    left = spent * (1.0 - fraction) / fraction
    return f"{left / 60:.0f} min left, " if left > 90 else f"{left:.0f} s left, "


def whole_number(text: str) -> int:
    """Read an argument that counts something.

    Raises
    ------
    argparse.ArgumentTypeError
        Where it is none, or negative.
    """
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text}: a whole number from 0 on is wanted")
    return int(text)


def one_line(error: BaseException | str, path: Path | None = None) -> str:
    """Say an error in one line: problem, where (the file, where one is given), what to do."""
    if isinstance(error, str):
        text = error
    elif isinstance(error, OSError) and error.strerror and error.filename is not None:
        full = "; make room there, or choose another folder" if error.errno == errno.ENOSPC else ""
        text = f"{error.filename}: {error.strerror}{full or _REMEDIES.get(type(error), '')}"
    elif isinstance(error, ModuleNotFoundError):
        text = f"{error}: install it, or reinstall napari-welllog with its dependencies"
    elif isinstance(error, (ValueError, LookupError, OSError)) and str(error):
        # A bare KeyError or IndexError says nothing to a user: it is a fault of ours.
        bare = type(error) in (KeyError, IndexError)
        text = f"{type(error).__name__}: {error}{_REPORT}" if bare else str(error)
    else:
        text = f"{type(error).__name__}: {error}{_REPORT}"
    text = " ".join(text.split())
    return text if path is None or str(path) in text else f"{path}: {text}"


_REPORT = " (a fault of welllog: --debug shows where)"
_REMEDIES: dict[type[OSError], str] = {
    FileNotFoundError: "; check the path",
    FileExistsError: "; choose another path or give --overwrite",
    IsADirectoryError: "; name a file, not a folder",
    NotADirectoryError: "; part of the path is a file: choose another folder",
    PermissionError: "; choose a folder you may write to",
}


def _plain(value: Any) -> Any:
    """Make a value fit for strict JSON: arrays to lists, NaN and infinity to null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return str(value)
