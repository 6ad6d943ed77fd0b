"""What the Segment dock asks of the engine, mostly in another thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_welllog._segment_pictures import IMAGE, PLACEMENT, Window, coarsen, labels_of
from welllog.cores.classes import Classes
from welllog.cores.segmenters import METHODS, make_segmenter
from welllog.progress import part_of

if TYPE_CHECKING:
    from welllog.cores.placement import Placement
    from welllog.cores.previews import Preview
    from welllog.cores.segmenters import Segmenter
    from welllog.work import Work

Report = Callable[[float, str], None]
Pair = tuple[NDArray[Any], NDArray[np.int16]]

COUNTED = 500_000
"""Pixels that the histogram of brightness is made of."""
VISIBLE = 1_000_000
"""Pixels of the visible part that are told apart while settings change."""


@dataclass(frozen=True)
class Plan:
    """How to come by a segmenter."""

    method: str
    settings: Mapping[str, Any]
    classes: Classes
    model: str = ""
    """File of a fitted one, instead of method and settings."""

    @property
    def needs_paint(self) -> bool:
        """Whether painted pictures are needed."""
        return not self.model and METHODS[self.method].needs_masks


def fit_plan(
    plan: Plan, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.int16]] | None,
    report: Report,
) -> Segmenter:  # fmt: skip
    """Return a fitted segmenter."""
    if plan.model:
        from welllog.cores.segmenter_files import load_segmenter

        report(0.0, f"Loading {Path(plan.model).name}")
        return load_segmenter(plan.model)
    report(0.0, "Fitting")
    made = make_segmenter(plan.method, **plan.settings)
    return made.fit(pictures, masks, plan.classes, progress=report)


def make_fit(
    plan: Plan, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.int16]] | None
) -> Callable[[Report], Segmenter]:
    """Return what the worker thread does for a fit."""
    return lambda report: fit_plan(plan, pictures, masks, report)


def make_apply(
    plan: Plan,
    fitted: Segmenter | None,
    learnt: Sequence[NDArray[Any]],
    masks: Sequence[NDArray[np.int16]] | None,
    pictures: Sequence[NDArray[Any]],
) -> Callable[[Report], tuple[Segmenter, list[NDArray[np.uint8]]]]:
    """Return what the worker thread does for whole pictures: labels of each."""

    def work(report: Report) -> tuple[Segmenter, list[NDArray[np.uint8]]]:
        from welllog.cores.tiles import segment

        start = 0.0
        segmenter = fitted
        if segmenter is None:
            start = 0.05 if plan.model else 0.4
            begin = part_of(report, 0.0, start)
            assert begin is not None
            segmenter = fit_plan(plan, learnt, masks, begin)
        labels = []
        for number, picture in enumerate(pictures):
            share = (1.0 - start) / len(pictures)
            first = start + number * share
            progress = part_of(report, first, first + share)
            labels.append(labels_of(segment(segmenter, picture, progress=progress)))
        return segmenter, labels

    return work


class Looker:
    """Keeps the engine's preview of the part that is seen, and what was found in the picture."""

    def __init__(self) -> None:
        self._found: tuple[Any, Segmenter] | None = None
        self._preview: tuple[Any, Preview] | None = None

    def levels(self, plan: Plan) -> tuple[float, ...]:
        """Return the levels that were found last for a plan, none where it has none."""
        fresh = self._found is not None and self._found[0][1] == _told(plan)
        return getattr(self._found[1], "levels", ()) if fresh and self._found else ()

    def look(
        self, plan: Plan, key: Any, picture: NDArray[Any], window: Window, painted: Any = None,
        report: Report | None = None,
    ) -> NDArray[np.uint8] | None:  # fmt: skip
        """Return the labels of a part of a picture; None where too little is painted in it.

        Parameters
        ----------
        plan : Plan
            Of levels or clusters, found in the whole picture, or of a forest on paint.
        key
            Tells one picture from another.
        picture : array, shape (row, column, channel)
        window : Window
        painted : int array, shape (row, column), optional
            The scribbles of that part.
        """
        learns = METHODS[plan.method].needs_masks
        if learns and len(np.unique(painted[painted >= 0])) < 2:
            return None
        wanted = key, window, _told(plan)
        if self._preview is None or self._preview[0] != wanted:
            self._preview = None  # let go of the old features first
            self._preview = wanted, self._make(plan, key, picture, window)
        if report:
            report(0.5, "")
        return labels_of(self._preview[1].tell(painted, plan.classes))

    def _make(self, plan: Plan, key: Any, picture: NDArray[Any], window: Window) -> Preview:
        from welllog.cores.previews import Preview, find_quickly

        segmenter = make_segmenter(plan.method, **plan.settings)
        if not METHODS[plan.method].needs_masks:
            if self._found is None or self._found[0] != (key, _told(plan)):
                found = find_quickly(segmenter, picture, plan.classes)
                self._found = (key, _told(plan)), found
            segmenter = self._found[1]
        part = window.of(picture)
        return Preview(segmenter, part, stride=window.stride, place=window.place(picture.shape[:2]))


def _told(plan: Plan) -> Any:
    return plan.method, tuple(sorted(plan.settings.items())), len(plan.classes)


def count_needed(plan: Plan) -> int:
    """Return how many classes a method finds by itself, 0 where it learns them."""
    settings = plan.settings
    found = {"otsu": 2, "minimum": 2, "multi-otsu": settings.get("bands", 0),
             "kmeans": settings.get("clusters", 0),
             "threshold": len(settings.get("levels", ())) + 1}  # fmt: skip
    return int(found.get(plan.method, 0)) if not plan.model else 0


def make_score(found: Any, truth: Any, classes: Classes) -> Callable[[Report], Any]:
    """Return what the worker thread does for a score."""

    def work(report: Report) -> Any:
        from welllog.cores.judging import judge
        from welllog.cores.segmenters import UNLABELLED

        report(0.0, "Comparing")
        known = np.where(found == UNLABELLED, UNLABELLED, truth)
        missed = int(((found == UNLABELLED) & (truth != UNLABELLED)).sum())
        return judge(found, known, classes), missed

    return work


def count_levels(picture: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many pixels have each brightness, (bin,), of so many pixels as are enough."""
    from welllog.cores.thresholds import BINS, brightness

    part = coarsen(Window(0, picture.shape[0], 0, picture.shape[1]), COUNTED).of(picture)
    counts: NDArray[np.int64] = np.histogram(brightness(part), BINS, (0.0, 1.0))[0]
    return counts


def find_placed(works: Sequence[Work], layer: Any) -> tuple[Work, str, Placement] | None:
    """Return the well that a picture is placed beside, by which name, and how; None where none is.

    Its layer says how it is placed, or a well has a placement of its file.
    """
    from welllog.cores.placement_files import read_placement, with_cores

    told = layer.metadata.get(PLACEMENT)
    said = read_placement(told) if isinstance(told, Mapping) else None
    file = said.picture if said is not None else layer.source.path
    if file is None:
        return None
    for work in works:
        if said is not None and IMAGE in told and work.well.path is not None:
            if work.well.path.resolve() == said.picture:
                return work, str(told[IMAGE]), said
            continue
        for placement in with_cores(work.current).cores:
            if Path(placement.picture).resolve() == Path(file).resolve():
                return work, placement.picture.name, placement
    return None
