"""Names of zones, of blocks and of tops, where they can be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from napari_welllog._header_board import AXIS_WIDTH, SMALL, Board, Rectangle, meet
from welllog.tracks import legible

_MOST_NAMES = 120
"""Names of blocks written at once; texts are placed anew with every move of the camera."""
_LINE = 11.0
"""Height of a line of small text, in pixels."""
_MOST_LINES = 3
_HALF = 6.5
"""Half the height of the name of a top."""
_APART = 10.0


def find_first_tracks(tracks: Iterable[Any]) -> dict[int, Any]:
    """Return the track of each well at which its tops are named: the zones, else the first."""
    firsts: dict[int, Any] = {}
    for shown in tracks:
        key = id(shown.well)
        if key not in firsts or (shown.track.kind == "zones" and firsts[key].track.kind != "zones"):
            firsts[key] = shown
    return firsts


def place_tops(board: Board, tracks: tuple[Any, ...]) -> list[Rectangle]:
    """Draw tops across all tracks of a well, tops of zones across its curves; name the tops.

    A name that is longer than its strip is wide stands over the tracks beside it, on a patch.
    Where another name is in the way it stands below its line or beside that name; what the pointer
    reads in the strip says those that have no place at all.

    Returns
    -------
    list of Rectangle
        Where names of tops are.
    """
    _draw_lines(board, tracks)
    taken: list[Rectangle] = []
    for first in find_first_tracks(tracks).values():
        start, end = board.edges(first)
        last = max(t.right for t in tracks if t.well is first.well)
        limit = min(board.transform.map([last, 0])[0], board.width)
        start = max(start, AXIS_WIDTH)
        for top in sorted(first.well.tops, key=lambda top: float(top.depth)):
            y = board.down(top.depth + first.shift)
            if not board.head < y < board.height or limit - start < 30:
                continue
            place = _find_place(board, top.name, (start + 4, limit - 4), y, taken)
            if place is None:
                continue
            taken.append(place)
            left, _, right, _ = place
            middle = (place[1] + place[3]) / 2
            # Across the blocks of several lanes no one ink can be read.
            plain = not first.track.curves and len(first.track.lanes) < 2
            if plain and right <= min(end, limit) and left < start + 5:
                ink = _choose_ink(board, first, top.colour, middle)
            else:
                ink = legible(top.colour, board.colours["header"], contrast=7.0)
                board.patches.append(((left - 3, place[1], right + 3, place[3]), "header"))
            short = board.letters.shorten(top.name, SMALL, right - left + 1)
            board.write("left", short, (left, middle), ink)
    return taken


def _draw_lines(board: Board, tracks: tuple[Any, ...]) -> None:
    for shown in tracks:
        a, b = board.edges(shown)
        a, b = max(a, AXIS_WIDTH), min(b, board.width)
        if a >= b or not (shown.well.tops or shown.well.zones):
            continue
        zones = {zone.top for zone in shown.well.zones} if shown.track.curves else ()
        lines = [(depth, "edge") for depth in zones]
        lines += [
            (top.depth, legible(top.colour, board.colours["paper"])) for top in shown.well.tops
        ]
        for depth, colour in lines:
            y = board.down(depth + shown.shift)
            if board.head < y < board.height:
                board.rules.append(((a, y), (b, y), colour))


def _find_place(
    board: Board, name: str, sides: tuple[float, float], y: float, taken: list[Rectangle]
) -> Rectangle | None:
    """Return where the name of a top can stand: over its line, below it, or beside others."""
    left, limit = sides
    beside = sorted(place[2] + _APART for place in taken if abs(place[1] - y) < 30)
    for start in (left, *(each for each in beside if each > left)):
        room = limit - start
        short = board.letters.shorten(name, SMALL, room)
        long = board.measure(short)
        # Of a name that has to be cut at the right end of its well enough must be left.
        if not short or (short != name and room < 60 and start > left):
            continue
        for middle in (y - 7, y + 7):
            place = (start, middle - _HALF, start + long, middle + _HALF)
            inside = board.head <= place[1] and place[3] <= board.height
            if inside and not any(meet(place, other) for other in taken):
                return place
    return None


def _choose_ink(board: Board, shown: Any, colour: str, y: float) -> str:
    """Return the colour of a name in a strip, legible on the block behind it."""
    behind = [
        zone.colour for lane in shown.track.lanes for zone in lane.zones
        if board.down(zone.top + shown.shift) <= y <= board.down(zone.base + shown.shift)
    ]  # fmt: skip
    return legible(colour, (*behind, board.colours["paper"])[0])


def place_blocks(board: Board, tracks: tuple[Any, ...], taken: list[Rectangle]) -> None:
    """Write the names of blocks: level, in lines, upright or cut, as there is room."""
    written = 0
    for shown in tracks:
        a, b = board.edges(shown)
        lanes = [lane for lane in shown.track.lanes if lane.named]
        if not lanes or b < AXIS_WIDTH or a > board.width:
            continue
        wide = (b - a) / len(lanes)
        for i, lane in enumerate(lanes):
            left = a + i * wide
            near = [place for place in taken if place[0] < left + wide and left < place[2]]
            for zone in lane.zones:
                ends = sorted(board.down(z + shown.shift) for z in (zone.top, zone.base))
                y, end = max(ends[0], board.head), min(ends[1], board.height)
                if end - y < 12 or wide < 12 or written >= _MOST_NAMES:
                    continue
                y, end = _find_room((y, end), near)
                hand, lines = _fit(board, zone.name, wide - 4, end - y - 4)
                if not lines or end - y < 12:
                    continue
                written += 1
                colour = legible("#1a1a1a", zone.colour)
                if colour == "#000000":  # neither way: the block is dark
                    colour = "#ffffff"
                for number, line in enumerate(lines):
                    down = (number - (len(lines) - 1) / 2) * _LINE
                    board.write(hand, line, (left + wide / 2, (y + end) / 2 + down), colour)


def _fit(board: Board, name: str, wide: float, high: float) -> tuple[str, tuple[str, ...]]:
    """Return by which hand, and in which lines, a name is written in a block of this size."""
    letters = board.letters
    if board.measure(name) <= wide:
        return "block", (name,)
    lines = letters.wrap(name, SMALL, wide, _MOST_LINES)
    if len(lines) * _LINE <= high and " ".join(lines) == " ".join(name.split()):
        return "block", lines
    if board.measure(name) <= high:
        return "turned", (name,)
    room, hand = max((wide, "block"), (high, "turned"))
    short = letters.shorten(name, SMALL, room)
    return hand, (short,) if short else ()


def _find_room(block: tuple[float, float], taken: list[Rectangle]) -> tuple[float, float]:
    """Return top and base of the highest part of a block that no name of a top covers."""
    ends = [block[0]]
    for _, top, _, base in sorted(taken, key=lambda place: place[1]):
        if top < block[1] and block[0] < base:
            ends += [max(top, block[0]), min(base, block[1])]
    ends.append(block[1])
    return max(zip(ends[::2], ends[1::2], strict=True), key=lambda part: part[1] - part[0])
