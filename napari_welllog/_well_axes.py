"""Depths of each well beside its own tracks, where wells do not hang on depth."""

from __future__ import annotations

from typing import Any

from napari_welllog._header_board import Board, Rectangle, meet
from welllog.datums import find_top
from welllog.tracks import depth_ticks, format_number

_TICK = 6.0
_SHORT_TICK = 2.0


def has_own_axis(shown: Any, tracks: tuple[Any, ...]) -> bool:
    """Say whether the depth axis at the left is not that of a track's well."""
    return shown.well is not tracks[0].well and any(each.shift for each in tracks)


def mark_datum(board: Board, tracks: tuple[Any, ...], datum: tuple[str, float] | None) -> None:
    """Draw the top that the wells are flattened on across those that have it."""
    if datum is None:
        return
    top, world = datum
    y = board.down(world)
    for shown in tracks if y > board.head else ():
        if find_top(shown.well, top) is not None:
            a, b = board.edges(shown)
            board.thick.append(((a, y), (b, y), "ink"))


def place_own_axes(
    board: Board,
    tracks: tuple[Any, ...],
    seen: tuple[float, float],
    taken: list[Rectangle],
    pointer: float | None = None,
) -> None:
    """Write the depths of each well but the first left of its tracks, where they differ.

    Between two wells that stand close they reach over the last track of the one before, on
    patches, and give way to names: a narrow strip would be hidden by them.

    Parameters
    ----------
    board : Board
    tracks : tuple of HeaderTrack
        From left to right.
    seen : tuple of float
        Top and base of what is in view, in world units.
    taken : list of Rectangle
        Where names of tops are.
    pointer : float, optional
        World depth under the pointer, which is written in each well's own.
    """
    named: list[Any] = []
    end, ink = 0.0, board.colours["ink"]
    for shown in tracks:
        a, b = board.edges(shown)
        before, end = end, b
        if any(shown.well is well for well in named):
            continue
        named.append(shown.well)
        if not has_own_axis(shown, tracks) or not 0 < a < board.width:
            continue
        strong, weak = depth_ticks(
            *(depth - shown.shift for depth in seen),
            most=max(int((board.height - board.head) / 60), 2),
        )
        longest = max((board.measure(format_number(depth)) for depth in strong), default=0.0)
        fits = a - before >= longest + _SHORT_TICK + 2
        tick = _TICK if a - before > longest + _TICK + 8 else _SHORT_TICK
        for depth in (*strong, *weak):
            y = board.down(depth + shown.shift)
            long = tick if depth in strong else tick / 2
            board.rules.append(((a - long, y), (a, y), "frame"))
            if depth not in strong or y <= board.head + 8:
                continue
            text = format_number(depth)
            if fits:
                board.write("right", text, (a - tick - 2, y), ink)
                if shown.second is not None:
                    board.write("right", shown.second(depth), (a - tick - 2, y + 12), ink)
                continue
            patch = (a - tick - 4 - board.measure(text), y - 7, a - tick, y + 7)
            if not any(meet(patch, place) for place in taken):
                board.write("right", text, (a - tick - 2, y), ink)
                board.patches.append((patch, "header"))
                board.erase(patch, "block", "turned")
        if pointer is not None and board.down(pointer) > board.head + 8:
            _place_depth(board, f"{pointer - shown.shift:.2f}", a, board.down(pointer))


def _place_depth(board: Board, text: str, a: float, y: float) -> None:
    """Write the depth under the pointer left of a track, over the others that are there."""
    wide = board.measure(text)
    patch = (a - wide - 6, y - 8, a - 1, y + 8)
    board.erase(patch, "right", "left")
    board.patches.append((patch, "header"))
    board.write("right", text, (a - 3, y), board.colours["ink"])
