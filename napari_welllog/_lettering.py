"""How wide words are, and what becomes of those that have too little room."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LEAST = 3
"""Letters of a name that have to stay before its ellipsis: fewer tell nothing."""


@dataclass(frozen=True)
class Hand:
    """How words are written."""

    points: int
    """Size of the letters."""
    anchor: float = 0.5
    """Where the position lies in the word: 0 at its beginning, 1 at its end."""
    turned: bool = False
    """Upright, read from below."""


@dataclass(frozen=True)
class Lettering:
    """Measures words of one typeface; sizes in points, widths in pixels of an ordinary screen."""

    face: str = ""

    def measure(self, text: str, points: int) -> float:
        """Return how wide a word is."""
        return _measure(self.face, points, text)

    def shorten(self, text: str, points: int, room: float) -> str:
        """Return as much of a text as fits with an ellipsis; nothing where that is hardly any."""
        return _shorten(self.face, points, text, int(room))

    def wrap(self, text: str, points: int, room: float, most: int) -> tuple[str, ...]:
        """Break a text between words into ``most`` lines at most; what does not fit is elided."""
        return _wrap(self.face, points, text, int(room), most)


@lru_cache(maxsize=64)
def _metrics(face: str, points: int) -> Any:
    from qtpy.QtGui import QFont, QFontMetrics

    font = QFont(face) if face else QFont()
    font.setPixelSize(round(points * 4 / 3))
    return QFontMetrics(font)


@lru_cache(maxsize=8192)
def _measure(face: str, points: int, text: str) -> float:
    return float(_metrics(face, points).horizontalAdvance(text))


@lru_cache(maxsize=8192)
def _shorten(face: str, points: int, text: str, room: int) -> str:
    if _measure(face, points, text) <= room:
        return text
    for length in range(len(text) - 1, _LEAST - 1, -1):
        short = text[:length].rstrip(" ,.-") + _ELLIPSIS
        if _measure(face, points, short) <= room:
            return short
    return ""


@lru_cache(maxsize=4096)
def _wrap(face: str, points: int, text: str, room: int, most: int) -> tuple[str, ...]:
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and _measure(face, points, joined) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1 :] = [" ".join(lines[most - 1 :])]
    return tuple(_shorten(face, points, line, room) for line in lines)
