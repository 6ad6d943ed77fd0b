"""What stands over a track: names and scales of its curves, what its fills are, or its title."""

from __future__ import annotations

from typing import Any

from napari_welllog._header_board import NAME_HEIGHT, SMALL, Board
from napari_welllog._lettering import Lettering
from welllog.tracks import TrackCurve, format_number, legible

ROW_HEIGHT = 34
_CAPTION_HEIGHT = 14
_MORE_HEIGHT = 11
"""Of each further line of a caption."""
_MOST_LINES = 3
_PATCH = 20
"""Pixels that the patch beside a caption and the margins take."""
_NARROW = 44
"""Below so many pixels the fills of a track have no captions; what the pointer reads says them."""


def header_height(tracks: tuple[Any, ...], letters: Lettering, scale: float) -> int:
    """Return the height of the header in pixels, at so many pixels to a unit across."""
    rows = [
        len(shown.track.curves) * ROW_HEIGHT
        + sum(_height(lines) for lines in _break(shown, letters, scale))
        for shown in tracks
    ]
    # Titles of narrow strips stand upright.
    lowest = 2 * ROW_HEIGHT if any(shown.track.lanes for shown in tracks) else ROW_HEIGHT
    return NAME_HEIGHT + max([lowest, *rows]) + 4


def _height(lines: tuple[str, ...]) -> int:
    return _CAPTION_HEIGHT + (len(lines) - 1) * _MORE_HEIGHT


def _break(shown: Any, letters: Lettering, scale: float) -> list[tuple[str, ...]]:
    """Return the lines of each caption of a track; none where it is too narrow for any."""
    wide = (shown.right - shown.left) * scale
    if wide < _NARROW:
        return []
    return [letters.wrap(words, SMALL, wide - _PATCH, _MOST_LINES) for words, _ in shown.captions]


def place_curves(board: Board, shown: Any, values: list[str]) -> None:
    """Write names, scales and units of a track's curves, or the values under the pointer."""
    a, b = board.edges(shown)
    low = float(board.head - 4)
    broken = _break(shown, board.letters, board.transform.scale[0])
    captions = zip(reversed(shown.captions[: len(broken)]), reversed(broken), strict=True)
    for (_, colour), lines in captions:
        top = low - _height(lines)
        # A patch, of lines two pixels wide.
        board.thick += [((a + 4, top + y), (a + 14, top + y), colour) for y in (7, 9, 11, 13)]
        for number, line in enumerate(lines):
            at = (a + 18, top + 10 + number * _MORE_HEIGHT)
            board.write("left", line, at, board.colours["ink"])
        low = top
    rows = len(shown.track.curves)
    for i, (curve, value) in enumerate(zip(shown.track.curves, values, strict=True)):
        _place_row(board, curve, value, (a, b), low - (rows - 1 - i) * ROW_HEIGHT)


def _place_row(
    board: Board, curve: TrackCurve, value: str, sides: tuple[float, float], y: float
) -> None:
    """Write name and scale of a curve over the line at ``y``; the unit where there is room."""
    (a, b), letters = sides, board.letters
    colour = legible(curve.colour, board.colours["header"])
    board.thick.append(((a + 3, y), (b - 3, y), colour))
    wide, middle = b - a, (a + b) / 2
    ends = format_number(curve.left), format_number(curve.right)
    if sum(board.measure(end) for end in ends) + 12 > wide:  # as on paper: .25 for 0.25
        ends = _drop_zero(ends[0]), _drop_zero(ends[1])
    first, last = (board.measure(end) for end in ends)
    room = wide - first - last - 20
    units = [f"{curve.unit}, wraps".lstrip(", "), curve.unit] if curve.wrap else [curve.unit]
    said = next((w for w in ([value] if value else units) if board.measure(w) <= room), None)
    alone = said is None and bool(value) and board.measure(value) <= wide
    if not alone and room < -14 and max(first, last) <= wide - 4:
        _place_narrow(board, curve, ends, sides, y)
        return
    if not alone and room >= -14:
        margin = 4 if room >= -8 else 2
        board.write("left", ends[0], (a + margin, y - 9), colour)
        board.write("right", ends[1], (b - margin, y - 9), colour)
    if said is not None or alone:
        # In the middle of the track, or where the longer end is in the way of what is left.
        half = board.measure(said or value) / 2
        at = middle if alone else min(max(middle, a + first + 9 + half), b - last - 9 - half)
        board.write("unit", said or value, (at, y - 9), board.colours["ink"] if value else colour)
    if letters.measure(curve.mnemonic, 9) > wide - 4:  # rather small than a part of it
        _write_small(board, curve, (middle, y - 24), wide)
        return
    name = curve.mnemonic
    long = letters.measure(name, 9)
    whole = long + 5 + board.measure(curve.unit)
    if said is None and curve.unit and whole <= wide - 6:
        left = middle - whole / 2
        board.write("name_left", name, (left, y - 24), colour)
        board.write("left", curve.unit, (left + long + 5, y - 23), colour)
    else:
        board.write("name", name, (middle, y - 24), colour)


def _place_narrow(
    board: Board, curve: TrackCurve, ends: tuple[str, str], sides: tuple[float, float], y: float
) -> None:
    """Write the ends of a scale one below the other, at their sides, and a small name above."""
    a, b = sides
    colour = legible(curve.colour, board.colours["header"])
    _write_small(board, curve, ((a + b) / 2, y - 28), b - a)
    board.write("left", ends[0], (a + 2, y - 17), colour)
    board.write("right", ends[1], (b - 2, y - 7), colour)


def _write_small(board: Board, curve: TrackCurve, place: tuple[float, float], wide: float) -> None:
    name = board.letters.shorten(curve.mnemonic, SMALL, wide - 2) or curve.mnemonic[:2]
    if board.measure(name) <= wide:
        board.write("unit", name, place, legible(curve.colour, board.colours["header"]))


def _drop_zero(number: str) -> str:
    return number.replace("0.", ".", 1) if number.lstrip("\N{MINUS SIGN}")[:2] == "0." else number


def place_strip_title(board: Board, shown: Any, place: str) -> None:
    """Write what a strip or an image is, and what it shows under the pointer."""
    ink, head, (a, b) = board.colours["ink"], board.head, board.edges(shown)
    middle, wide = (a + b) / 2, b - a
    if shown.track.image is not None:
        image = shown.track.image
        low, high = (format_number(float(f"{end:.3g}")) for end in (image.low, image.high))
        board.write(
            "name", board.letters.shorten(image.name, 9, wide - 4), (middle, head - 28), ink
        )
        scale = f"{low} to {high} {image.unit}"
        if wide > board.measure(scale) + 4:
            board.write("unit", scale, (middle, head - 13), ink)
        if wide > board.measure(scale) + 70:
            board.write("left", "0\N{DEGREE SIGN}", (a + 5, head - 13), ink)
            board.write("right", "360\N{DEGREE SIGN}", (b - 5, head - 13), ink)
        return
    if shown.track.kind == "flags":
        share = wide / max(len(shown.track.lanes), 1)
        for i, lane in enumerate(shown.track.lanes if share >= 11 else ()):
            colour = legible(lane.zones[0].colour, board.colours["header"])
            _turn(board, lane.title, a + (i + 0.5) * share, colour)
        return
    if board.measure(shown.track.title) > wide - 4:
        _turn(board, shown.track.title, middle, ink)
        return
    board.write("unit", shown.track.title, (middle, head - 28), ink)
    board.write("unit", board.letters.shorten(place, SMALL, wide - 4), (middle, head - 12), ink)


def _turn(board: Board, title: str, across: float, colour: str) -> None:
    """Write a title upright, from just over the tracks as far up as the header goes."""
    short = board.letters.shorten(title, SMALL, board.head - NAME_HEIGHT - 10)
    board.write("turned", short, (across, board.head - 6 - board.measure(short) / 2), colour)
