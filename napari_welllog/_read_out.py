"""What stands beside the pointer: all that a narrow strip or a narrow header could not say."""

from __future__ import annotations

from typing import Any

from napari_welllog._header_board import Board
from napari_welllog._readings import read_at
from napari_welllog._strip_names import find_first_tracks
from welllog.tracks import format_number

_NEAR = 6.0
"""Pixels from a top within which the pointer reads it."""
_LINE = 15.0
_SIZE = 8
"""Of the letters, in points."""


def place_read_out(
    board: Board, tracks: tuple[Any, ...], pointer: float | None, over: float | None
) -> None:
    """Say beside the pointer what is there: blocks and tops of a strip, or a track's scales.

    Parameters
    ----------
    board : Board
        What is placed on it already gives way.
    tracks : tuple of HeaderTrack
        From left to right.
    pointer, over : float or None
        Where the pointer is in the world, down and across.
    """
    under = [t for t in tracks if over is not None and t.left <= over <= t.right]
    if pointer is None or not under:
        return
    shown, y = under[0], board.down(pointer)
    first = find_first_tracks(tracks)[id(shown.well)]
    lines = _say_head(shown) if y < board.head else _say_place(board, shown, first, pointer, y)
    if not lines:
        return
    _, edge = board.edges(shown)
    wide = max(board.measure(line, _SIZE) for line in lines) + 12
    high = len(lines) * _LINE + 4
    left = max(min(edge + 6, board.width - wide - 4), 4.0)
    top = min(max(y - high / 2, board.head + 4), board.height - high - 4)
    patch = (left, top, left + wide, top + high)
    board.erase(patch)
    frame = (left - 1, top - 1, left + wide + 1, top + high + 1)
    board.patches += [(frame, "frame"), (patch, "header")]
    for number, line in enumerate(lines):
        at = (left + 6, top + 2 + (number + 0.5) * _LINE)
        board.write("read", line, at, board.colours["ink"])


def _say_head(shown: Any) -> list[str]:
    """Return what a track shows, in words: its curves with their scales, and its fills."""
    lines = [
        f"{curve.mnemonic}  {curve.label}, {format_number(curve.left)} to "
        f"{format_number(curve.right)} {curve.unit}{', wraps' if curve.wrap else ''}"
        for curve in shown.track.curves
    ]
    return [*lines, *(words for words, _ in shown.captions)]


def _say_place(board: Board, shown: Any, first: Any, pointer: float, y: float) -> list[str]:
    """Return the names of tops and of blocks at a depth of a strip."""
    lines = []
    if shown is first:
        lines = [
            f"{top.name}  {top.depth:.2f} {shown.well.index_unit}"
            for top in shown.well.tops
            if abs(board.down(top.depth + shown.shift) - y) <= _NEAR
        ]
    if shown.track.lanes:
        read = read_at(shown.well, shown.track.lanes, pointer - shown.shift)
        lines += [read] if read != "\N{EN DASH}" else []
    return lines
