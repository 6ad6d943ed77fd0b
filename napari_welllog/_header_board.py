"""What one frame of the header is placed on: words, lines and patches, all in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from napari_welllog._header_colours import rgba
from napari_welllog._lettering import Hand, Lettering

AXIS_WIDTH = 74
NAME_HEIGHT = 22
HANDS = {
    "name": Hand(9),
    "name_left": Hand(9, 0.0),
    "unit": Hand(7),
    "left": Hand(7, 0.0),
    "right": Hand(7, 1.0),
    "block": Hand(7),
    "turned": Hand(7, turned=True),
    "depth": Hand(8, 1.0),
    "well": Hand(10, 0.0),
    "read": Hand(8, 0.0),
}
SMALL = 7
"""Size of most words, in points."""
Rectangle = tuple[float, float, float, float]
"""Left, top, right and base, in pixels."""


class Straight:
    """A transform of the plane that turns nothing, for the hundreds of places of a frame."""

    def __init__(self, transform: Any) -> None:
        ends = transform.map([[0, 0], [1, 1]])
        self._start = tuple(float(end) for end in ends[0, :2])
        self.scale = tuple(float(side) for side in (ends[1] - ends[0])[:2])
        """Pixels to one unit of the world, across and down."""

    def map(self, point: Any) -> tuple[float, float]:
        """Return where (across, depth) lies, in pixels."""
        (x, y), (across, down) = self._start, self.scale
        return x + across * float(point[0]), y + down * float(point[1])


@dataclass
class Board:
    """One frame of the header, or the part of it that stays while depth moves."""

    transform: Any
    """From the viewer's world (across, depth) to pixels."""
    width: float
    height: float
    """Of the canvas."""
    head: int
    """Height of the header."""
    colours: dict[str, str]
    letters: Lettering
    words: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in HANDS})
    """What is written, by hand: (text, position, colour)."""
    rules: list[Any] = field(default_factory=list)
    """Lines of one pixel: start, end, colour."""
    thick: list[Any] = field(default_factory=list)
    """The same of two pixels."""
    patches: list[tuple[Rectangle, str]] = field(default_factory=list)
    """Patches over the lines, for words to be read on, and their colours."""

    def edges(self, shown: Any) -> tuple[float, float]:
        """Return where the left and the right edge of a track lie."""
        a, b = (self.transform.map([x, 0])[0] for x in (shown.left, shown.right))
        return a, b

    def down(self, depth: float) -> float:
        """Return where a depth of the world lies."""
        return float(self.transform.map([0, depth])[1])

    def write(self, hand: str, text: str, place: tuple[float, float], colour: str) -> None:
        """Write a text, if there is any."""
        if text:
            self.words[hand].append((text, place, colour))

    def measure(self, text: str, points: int = SMALL) -> float:
        """Return how wide a text is."""
        return self.letters.measure(text, points)

    def erase(self, patch: Rectangle, *hands: str) -> None:
        """Take away the words, of all hands or of those named, that reach into a patch."""
        for name in hands or tuple(self.words):
            self.words[name] = [
                word for word in self.words[name] if not meet(self._extent(name, word), patch)
            ]

    def _extent(self, name: str, word: Any) -> Rectangle:
        hand, (text, (x, y), _) = HANDS[name], word
        long, high = self.measure(text, hand.points) / 2, hand.points * 0.8
        if hand.turned:
            return x - high, y - long, x + high, y + long
        left = x - 2 * long * hand.anchor
        return left, y - high, left + 2 * long, y + high

    def to_boxes(self) -> tuple[Any, Any]:
        """Return all lines and patches as boxes, shape (n, 4), and their colours, shape (n, 4)."""
        colours = self.colours
        boxes = [np.array([patch for patch, _ in self.patches], np.float64).reshape(-1, 4)]
        inks = [rgba(colours.get(colour, colour)) for _, colour in self.patches]
        first = []
        for lines, wide in ((self.rules, 1.0), (self.thick, 2.0)):
            ends = np.array([[*line[0], *line[1]] for line in lines], np.float64).reshape(-1, 4)
            start = np.minimum(ends[:, :2], ends[:, 2:])
            end = np.maximum(ends[:, :2], ends[:, 2:])
            thin = end == start
            start = np.where(thin, np.round(start - wide / 2), start)
            first.append(np.c_[start, np.where(thin, start + wide, end)])
        drawn = [rgba(colours.get(line[2], line[2])) for line in (*self.rules, *self.thick)]
        return (
            np.concatenate([*first, *boxes]),
            np.array([*drawn, *inks], np.float32).reshape(-1, 4),
        )


def meet(one: Rectangle, other: Rectangle) -> bool:
    """Say whether two rectangles have pixels in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
