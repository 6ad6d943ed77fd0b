"""Depths of each well beside its own tracks, where wells do not hang on depth."""

from __future__ import annotations

from typing import Any

from welllog.datums import find_top
from welllog.tracks import depth_ticks, format_number

_ROOM = 34
"""Pixels that a depth of five digits takes up."""
_LETTER = 6.0


def has_own_axis(shown: Any, tracks: tuple[Any, ...]) -> bool:
    """Say whether the depth axis at the left is not that of a track's well."""
    return shown.well is not tracks[0].well and any(each.shift for each in tracks)


def mark_datum(
    tracks: tuple[Any, ...], transform: Any, datum: tuple[str, float] | None, head: int,
    thick: list[Any],
) -> None:  # fmt: skip
    """Draw the top that the wells are flattened on across those that have it."""
    if datum is None:
        return
    top, world = datum
    y = transform.map([0, world])[1]
    for shown in tracks if y > head else ():
        if find_top(shown.well, top) is not None:
            a, b = (transform.map([x, 0])[0] for x in (shown.left, shown.right))
            thick.append(((a, y), (b, y), "ink"))


def place_own_axes(
    tracks: tuple[Any, ...],
    transform: Any,
    seen: tuple[float, float],
    size: tuple[float, float, float],
    words: dict[str, list[Any]],
    rules: list[Any],
    thick: list[Any],
    ink: str,
) -> None:
    """Write the depths of each well but the first left of its tracks, where they differ.

    Parameters
    ----------
    tracks : tuple of HeaderTrack
        From left to right.
    transform
        From the viewer's world (across, depth) to pixels.
    seen : tuple of float
        Top and base of what is in view, in world units.
    size : tuple of float
        Height of the header, width and height of the canvas, in pixels.
    words, rules, thick : dict and lists
        What the header writes and draws; added to.
    ink : str
        Colour of the depths.
    """
    head, width, height = size
    named: list[Any] = []
    end = 0.0
    for shown in tracks:
        a, b = (transform.map([x, 0])[0] for x in (shown.left, shown.right))
        before, end = end, b
        if any(shown.well is well for well in named):
            continue
        named.append(shown.well)
        if not has_own_axis(shown, tracks) or not 0 < a < width:
            continue
        strong, weak = depth_ticks(
            *(depth - shown.shift for depth in seen), most=max(int((height - head) / 60), 2)
        )
        fits = a - before > _ROOM + 8
        for depths, length in ((strong, 6), (weak, 3)):
            for depth in depths:
                y = transform.map([0, depth + shown.shift])[1]
                rules.append(((a - length, y), (a, y), "frame"))
                if length == 6 and y > head + 8:
                    text = format_number(depth)
                    if fits:
                        words["right"].append((text, (a - 8, y), ink))
                        if shown.second is not None:
                            words["right"].append((shown.second(depth), (a - 8, y + 12), ink))
                        continue
                    words["left"].append((text, (a + 3, y), ink))
                    # A patch to be read on, of lines two pixels wide.
                    stop = a + 6 + len(text) * _LETTER
                    thick += [((a + 1, y + d), (stop, y + d), "header") for d in range(-6, 7, 2)]
