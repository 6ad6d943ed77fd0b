"""Vertical depths of the wells of a viewer, to be written beside those along the hole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from welllog.deviation import Survey, VerticalDepth, find_vertical_depth

if TYPE_CHECKING:
    from welllog.well import Well


class DepthReferences:
    """Knows the vertical depth of each well, from its survey or its curves."""

    def __init__(self) -> None:
        self.shown: str | None = None
        """``TVD`` or ``TVDSS``; None where depths along the hole stand alone."""
        self._known: dict[int, tuple[Well, VerticalDepth | None]] = {}

    def take_survey(self, well: Well, survey: Survey) -> VerticalDepth:
        """Use a survey for a well from now on, in place of its curves.

        Raises
        ------
        DeviationError
            Where the survey begins below depth 0 in a hole that is not vertical there.
        """
        found = find_vertical_depth(well, survey)
        assert found is not None
        self._known[id(well)] = well, found
        return found

    def of(self, well: Well) -> VerticalDepth | None:
        """Return the vertical depth of a well, None where it has none."""
        if id(well) not in self._known:  # the well is kept with it: its id stays its own
            self._known[id(well)] = well, find_vertical_depth(well)
        return self._known[id(well)][1]

    def writer(self, well: Well) -> Callable[[float], str] | None:
        """Return what writes the reference shown for a depth of a well, None where nothing does."""
        reference, known = self.shown, self.of(well) if self.shown else None
        if reference is None or known is None or reference not in known.references:
            return None

        def write(depth: float) -> str:
            value = float(known.at(depth, reference))
            return f"{value:.1f}" if np.isfinite(value) else "\N{EN DASH}"

        return write

    def forget_all_but(self, wells: list[Well]) -> None:
        """Let go of wells that were closed."""
        open_ = {id(well) for well in wells}
        self._known = {key: pair for key, pair in self._known.items() if key in open_}
