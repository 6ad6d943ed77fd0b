"""What the QC dock asks of the engine: a choice becomes a picture, a table, a set of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from welllog.charts import draw_calibration, draw_histogram, draw_residuals
from welllog.crossplots import draw_crossplot, draw_fit
from welllog.mnemonics import catalogue
from welllog.palette import Theme, say_nothing_to_draw
from welllog.quality import ZoneStatistics, observe_coverage, rows_within, summarise_zones
from welllog.scatter import Scatter

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from napari_welllog._qc_sources import Source

FIT, NEUTRON, SONIC, HISTOGRAM, RESIDUALS, COVERAGE, STATISTICS = PLOTS = (
    "fit",
    "neutron",
    "sonic",
    "histogram",
    "residuals",
    "coverage",
    "statistics",
)
WHOLE, IN_VIEW, PICKED, FILLED = DEPTHS = ("whole", "view", "picked", "filled")
PAIRS = {NEUTRON: ("NPHI", "RHOB"), SONIC: ("DTC", "RHOB")}
"""Canonical curves of the cross-plots: across and down."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Choice:
    """What the dock shows."""

    plot: str
    """One of ``PLOTS``."""
    depths: str
    """One of ``DEPTHS``."""
    source: Source
    colour: str | None
    """Own mnemonic of the curve that colours the points."""
    view: Span
    """Top and base of what the canvas shows."""
    intervals: tuple[Span, ...]
    """Those picked."""

    @property
    def rows(self) -> NDArray[np.bool_] | None:
        """The rows that are looked at, shape (n,); None for all."""
        index = self.source.well.index
        if self.depths == IN_VIEW:
            return rows_within(index, [self.view])
        if self.depths == PICKED:
            return rows_within(index, self.intervals)
        if self.depths == FILLED:
            judged = self.source.all_evidence if self.plot in PAIRS else (self.source.evidence,)
            masks = [part.filled for part in judged if part is not None]
            return np.any(masks, axis=0) if masks else np.zeros(len(index), bool)
        return None


def draw(choice: Choice, figure: Figure, theme: Theme) -> Scatter | None:
    """Draw the picture chosen on a figure, and return its points if it has any."""
    evidence, rows = choice.source.evidence, choice.rows
    asked: dict[str, Any] = {"rows": rows, "theme": theme}
    if choice.plot in PAIRS:
        return _draw_pair(choice, figure, asked)
    if evidence is None:
        words = "Nothing is restored in this well yet:\nrestore a curve in the Restore dock."
        say_nothing_to_draw(figure, theme, words)
    elif choice.plot == FIT:
        return draw_fit(figure, evidence, colour=choice.colour, **asked)
    elif choice.plot == RESIDUALS:
        return draw_residuals(figure, evidence, **asked)
    elif choice.plot == HISTOGRAM:
        draw_histogram(figure, evidence, **asked)
    elif choice.plot == COVERAGE:
        looked_at = slice(None) if rows is None else rows
        parts = (evidence.measured, evidence.median, evidence.lower, evidence.upper)
        seen = observe_coverage(*(part[looked_at] for part in parts), log10=evidence.log10)
        draw_calibration(figure, seen, title=evidence.name, theme=theme)
    return None


def _draw_pair(choice: Choice, figure: Figure, asked: dict[str, Any]) -> Scatter | None:
    source = choice.source
    own = dict(source.well.canonical)
    for part in reversed(source.all_evidence):  # the curve that is judged comes first
        own[catalogue().canonical(part.curve) or part.curve] = part.curve
    across, down = PAIRS[choice.plot]
    lacking = [name for name in (across, down) if name not in own]
    if lacking:
        words = f"{' and '.join(lacking)}: not in this well, and not predicted."
        say_nothing_to_draw(figure, asked["theme"], words)
        return None
    return draw_crossplot(
        figure, source.well, own[across], own[down], evidence=source.all_evidence,
        colour=choice.colour, **asked,
    )  # fmt: skip


def summarise(choice: Choice) -> list[ZoneStatistics]:
    """Return the table: the whole well, what is in view, and each interval, as chosen."""
    evidence = choice.source.evidence
    if evidence is None:
        return []
    index = choice.source.well.index
    zones: dict[str, Span] = {}
    if choice.depths in (WHOLE, FILLED):
        zones["whole well"] = (float(np.nanmin(index)), float(np.nanmax(index)))
    partly = not rows_within(index, [choice.view]).all()
    if choice.depths == IN_VIEW or (choice.depths != PICKED and partly):
        zones["in view"] = choice.view
    if choice.depths != IN_VIEW:
        spans = sorted(choice.intervals)
        zones |= {f"interval {number}": span for number, span in enumerate(spans, 1)}
    rows = evidence.filled if choice.depths == FILLED else None
    return summarise_zones(evidence, zones, rows)
