"""One scale a curve in all wells of a viewer: what each of them needs, found once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from welllog.track_scales import Room, share_room

if TYPE_CHECKING:
    from welllog.well import Well


class SharedScales:
    """Knows how much room wells need that stand side by side; measured curves never change."""

    def __init__(self) -> None:
        self._rooms: dict[int, tuple[Well, Room]] = {}
        self._shared: tuple[list[int], Room | None] = ([], None)

    def share(self, wells: Sequence[Well]) -> Room | None:
        """Return what these wells need, the same object for the same ones; None for one alone."""
        marks = [id(well) for well in wells]
        if marks != self._shared[0]:
            known = {id(well): self._rooms.get(id(well)) for well in wells}
            self._rooms = {id(well): known[id(well)] or (well, Room.of(well)) for well in wells}
            rooms = [room for _, room in self._rooms.values()]
            self._shared = marks, share_room(rooms) if len(rooms) > 1 else None
        return self._shared[1]
