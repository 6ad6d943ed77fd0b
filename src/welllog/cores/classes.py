"""Classes of a mask: names and colours, in the order of their numbers."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Classes", "name_classes"]

Colour = tuple[int, int, int]

_COLOURS: tuple[Colour, ...] = (
    (68, 68, 68),
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
"""Told apart by the colour-blind too (Okabe and Ito 2008, jfly.uni-koeln.de/color)."""


@dataclass(frozen=True)
class Classes:
    """Names and colours of classes 0 to K - 1.

    Raises
    ------
    ValueError
        Two classes of one name, or not as many colours as names.
    """

    names: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    """Red, green and blue, 0 to 255."""

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"two classes of one name in {', '.join(self.names)}")
        if len(self.colours) != len(self.names):
            raise ValueError(f"{len(self.names)} classes cannot have {len(self.colours)} colours")

    def __len__(self) -> int:
        return len(self.names)


def name_classes(names: int | Iterable[str], colours: Sequence[Colour] | None = None) -> Classes:
    """Return classes of these names, or so many numbered ones, and colours if need be."""
    told = tuple(f"class {k}" for k in range(names)) if isinstance(names, int) else tuple(names)
    chosen = colours or [_colour(k) for k in range(len(told))]
    return Classes(told, tuple((int(r), int(g), int(b)) for r, g, b in chosen))


def _colour(number: int) -> Colour:
    if number < len(_COLOURS):
        return _COLOURS[number]
    # Hues a golden section apart never come close to each other soon.
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1.0, 0.6, 0.85)
    return (round(255 * red), round(255 * green), round(255 * blue))
