"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "part_of"]

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and a message; whatever it raises stops the work."""


def part_of(progress: Progress | None, start: float, stop: float) -> Progress | None:
    """Return the progress of a part of the work, which goes from ``start`` to ``stop`` of it."""
    if progress is None:
        return None
    return lambda share, message: progress(start + share * (stop - start), message)
