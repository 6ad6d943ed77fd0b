"""The pictures of a report: the whole well, and a zoom on what was filled."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from welllog.hypertext import Markup, element, picture
from welllog.plot import plot_well
from welllog.progress import Progress
from welllog.records import join_restorations
from welllog.report.fills import Fill, depth
from welllog.restoration import Restoration
from welllog.templates import Template
from welllog.tracks import log_interval, with_room_for
from welllog.well import Well

__all__ = ["View", "choose_views", "show_pictures"]

_LARGEST_SHARE = 0.5
"""Of what was logged; more of it is seen in the picture of the whole well."""
_LEAST_STEPS = 40
"""Samples that are shown above and below an interval, at least."""
_DPI = 110


@dataclass(frozen=True)
class View:
    """A stretch of the well that gets a picture of its own."""

    top: float
    base: float
    fills: tuple[Fill, ...]
    """What was filled in it."""

    @property
    def longest(self) -> float:
        """Length of its longest fill, in index units."""
        return max(fill.base - fill.top for fill in self.fills)

    def shows(self, fill: Fill) -> bool:
        """Say whether a fill can share the picture: not where its curve was filled before."""
        return all(other.curve != fill.curve or other.step == fill.step for other in self.fills)


def choose_views(fills: Sequence[Fill], well: Well) -> list[View]:
    """Return the stretches to zoom on, by depth: fills with their surroundings.

    Those that lie in each other's surroundings share a picture, unless a curve was filled twice
    there; one that covers most of the well has none.
    """
    low, high = log_interval(well)
    least = _LEAST_STEPS * float(np.nan_to_num(well.step))
    views: list[View] = []
    for fill in sorted(fills, key=lambda fill: fill.top):
        length = fill.base - fill.top
        if high > low and length > _LARGEST_SHARE * (high - low):
            continue
        margin = max(length / 2, least)
        top, base = max(fill.top - margin, low), min(fill.base + margin, high)
        last = views[-1] if views else None
        if last is not None and fill.top <= last.base and last.shows(fill):
            views[-1] = View(min(last.top, top), max(last.base, base), (*last.fills, fill))
        else:
            views.append(View(min(top, fill.top), max(base, fill.base), (fill,)))
    return views


def show_pictures(
    well: Well,
    restorations: Sequence[Restoration],
    views: Sequence[View],
    most: int,
    template: Template | str | Path | None = None,
    progress: Progress | None = None,
) -> list[Markup]:
    """Return the pictures; of more views than ``most`` those with the longest fills are drawn."""
    joined = join_restorations(restorations)
    assert joined is not None
    well = with_room_for(well, joined.curves)
    chosen = sorted(sorted(views, key=lambda view: -view.longest)[:most], key=lambda v: v.top)
    if progress:
        progress(0.0, "picture of the whole well")
    low, high = log_interval(well)
    where = f"{depth(low)} to {depth(high)} {well.index_unit}"
    parts = [
        element("h3", "The whole well"),
        _picture(
            well,
            joined,
            template,
            (low, high),
            f"The whole well, {where}.{_said_twice(restorations)}",
        ),
    ]
    if chosen:
        parts.append(element("h3", "What was filled, from near"))
    if len(views) > len(chosen):
        said = (
            f"{len(views)} stretches were filled; pictures are of the {len(chosen)} with the "
            "longest intervals. The table above lists all."
        )
        parts.append(element("p", said))
    for number, view in enumerate(chosen, 1):
        if progress:
            progress(number / (len(chosen) + 1), f"picture {number} of {len(chosen)}")
        where = f"{depth(view.top)} to {depth(view.base)} {well.index_unit}"
        names = ", ".join(dict.fromkeys(fill.curve for fill in view.fills))
        said = f"{names}, {where}."
        steps = {fill.step for fill in view.fills}
        shown = join_restorations(
            [one for step, one in enumerate(restorations) if step not in steps]
            + [one for step, one in enumerate(restorations) if step in steps]
        )
        assert shown is not None
        parts.append(_picture(well, shown, template, (view.top, view.base), said))
    return parts


def _said_twice(restorations: Sequence[Restoration]) -> str:
    """Say which restoration of a curve that was restored more than once is shown."""
    names = [own for one in restorations for own in one.curves]
    twice = sorted({own for own in names if names.count(own) > 1})
    return f" Of {', '.join(twice)}, restored more than once, the last is shown." if twice else ""


def _picture(
    well: Well,
    restoration: Restoration,
    template: Template | str | Path | None,
    interval: tuple[float, float],
    said: str,
) -> Markup:
    figure = plot_well(well, restoration=restoration, interval=interval, template=template)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_DPI, pil_kwargs={"optimize": True})
    wide, high = (round(side * _DPI) for side in figure.get_size_inches())
    alt = f"Log tracks, measured and restored with the 90 % band: {said}"
    return picture(png.getvalue(), wide, high, alt, said)
