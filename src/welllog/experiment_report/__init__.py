"""The page of a training: losses, the film, what is told apart, signs of trouble, as one HTML file.

It can be made while training goes on, needs nothing from elsewhere and runs no script.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import welllog
from welllog.corpus import CHANNELS
from welllog.experiment_report.kept import ExperimentReportError, Kept, read_kept
from welllog.experiment_report.pictures import show_film, show_history
from welllog.experiment_report.signs import Sign, find_signs
from welllog.hypertext import Markup, document, element, table
from welllog.learning.film import Pieces
from welllog.learning.pieces import Verdict, ask_trees, roughness
from welllog.network_files import write_whole
from welllog.progress import Progress

__all__ = ["ExperimentReport", "ExperimentReportError", "write_experiment_report"]

PAGE = "watch.html"
"""Name of the page where none is given, in the run folder."""
FEWEST_PIECES = 10
"""Of a curve, for a line of its own."""


@dataclass(frozen=True)
class ExperimentReport:
    """What a page says, for scripts."""

    path: Path
    kept: Kept
    signs: tuple[Sign, ...]
    verdict: Verdict | None
    """Of the strong classifier."""

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        film, verdict = self.kept.film, self.verdict
        return {
            "run_folder": str(self.kept.folder),
            "files": [str(self.path)],
            "iteration": self.kept.iteration,
            "iterations": self.kept.of,
            "standing": self.kept.standing,
            "latest": self.kept.latest,
            "frames": len(film.iterations) if film else 0,
            "strong_classifier": vars(verdict) | {"iteration": film.pieces_at if film else None}
            if verdict
            else None,
            "signs": [vars(sign) for sign in self.signs],
            "remarks": list(self.kept.remarks),
        }


def write_experiment_report(
    folder: str | Path,
    path: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> ExperimentReport:
    """Write the page of an experiment, from its run folder.

    Parameters
    ----------
    folder : str or Path
        Run folder; training may still be going on in it.
    path : str or Path, optional
        The page; by default ``watch.html`` in the folder, which is then always written again.
    overwrite : bool
        Replace a file that exists at ``path``.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Returns
    -------
    ExperimentReport

    Raises
    ------
    ExperimentReportError
        It is no run folder, or the page exists or cannot be written.
    """
    folder = Path(folder)
    kept = read_kept(folder)
    page = folder / PAGE if path is None else Path(path)
    if path is not None and page.exists() and not overwrite:
        raise ExperimentReportError(f"{page}: exists; choose another name or allow overwriting")
    if progress:
        progress(0.1, "classifier")
    pieces = kept.film.pieces if kept.film else None
    verdict = (
        ask_trees(pieces.measured, pieces.generated, pieces.groups, pieces.curve)
        if pieces is not None
        else None
    )
    if progress:
        progress(0.5, "pictures")
    signs = find_signs(kept)
    written = document(
        f"Training in {folder.name}",
        *_opening(kept, signs),
        element("h2", "Losses and validation"),
        show_history(kept) or element("p", "Nothing was written yet."),
        *_meanings(kept),
        element("h2", "The film"),
        *_filmed(kept),
        *(_telling(kept, pieces, verdict) if kept.has_discriminator else []),
        *_remarks(kept),
    )
    try:
        write_whole(page, written.encode("utf-8", "replace"))
    except OSError as error:
        raise ExperimentReportError(
            f"{page}: cannot be written: {error.strerror or error}; choose another folder"
        ) from None
    if progress:
        progress(1.0, "done")
    return ExperimentReport(page, kept, tuple(signs), verdict)


def _opening(kept: Kept, signs: Sequence[Sign]) -> list[Markup]:
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    config = kept.config
    network = config.get("network")
    network = network if isinstance(network, dict) else {}
    wells, held_out = (
        len(names) if isinstance(names, list) else "?"
        for names in (config.get("training_wells"), config.get("held_out_wells"))
    )
    what = f"{network.get('name', 'a network')} of width {network.get('width', '?')}"
    game = "with a discriminator" if kept.has_discriminator else "without a discriminator"
    parts = [
        element("h1", f"Training in {kept.folder.resolve().name}"),
        element("p", f"Written {date} by welllog {welllog.__version__}.", class_="soft"),
        element(
            "p",
            f"{what}, {game}; {wells} wells in training, {held_out} held out. "
            f"{kept.standing.capitalize()}.",
        ),
    ]
    for sign in signs:
        parts.append(
            element(
                "div",
                element("p", sign.said),
                element("p", sign.advice, class_="soft"),
                class_="card look",
            )
        )
    if not signs:
        said = "No sign of trouble among those that are looked for"
        early = "" if kept.lines else " (nothing was written yet)"
        parts.append(element("div", element("p", f"{said}{early}."), class_="card"))
    return parts


def _meanings(kept: Kept) -> list[Markup]:
    rows = [
        ("reconstruction", "error on all measured samples, hidden or not, in spreads of a curve"),
        ("validation", "root mean square error where hidden, in wells held out, in spreads"),
    ]
    if kept.has_discriminator:
        rows += [
            ("discriminator", "1.39 nats where it cannot tell, towards 0 where it always can"),
            ("generator", "0.69 nats where it cannot be told, more where it is found out"),
            ("told apart", "share of pieces that a weak classifier tells rightly; 0.5 is chance"),
            ("variety", "0: noise is ignored; 1: answers differ as much as they are off"),
        ]
    latest = kept.latest
    keys = {"generator": "adversarial"}
    cells = []
    for name, meaning in rows:
        value = latest.get(keys.get(name, name))
        shown = f"{value:.3f}" if isinstance(value, float) else "\N{EN DASH}"
        cells.append([name, shown, meaning])
    return [table(["what", "last", "means"], cells, numbers=[1])]


def _filmed(kept: Kept) -> list[Markup]:
    film = kept.film
    if film is None:
        asked = kept.config.get("watch", False)
        why = "no validation has come yet" if asked else "this training is not watched"
        said = "it cannot be read (see the remarks)" if kept.remarks else why
        return [element("p", f"There is none: {said}.")]
    said = "What is watched is of wells held out."
    if not kept.config.get("held_out_wells"):
        said = "No well is held out: what is watched is of wells in training, which flatters."
    return [show_film(film), element("p", said, class_="soft")]


def _telling(kept: Kept, pieces: Pieces | None, verdict: Verdict | None) -> list[Markup]:
    parts = [element("h2", "Told from measured curves")]
    if pieces is None or verdict is None or kept.film is None:
        few = "too few pieces of hidden curve, or of too few windows, to ask a classifier"
        return [*parts, element("p", f"Nothing can be said yet: {few}.")]
    what = "wells" if len(np.unique(pieces.well)) > 1 else "windows of one well"
    low, high = min(verdict.folds), max(verdict.folds)
    parts += [
        element(
            "p",
            element("strong", f"Strong classifier: {verdict.accuracy:.0%} told rightly"),
            f" (50 % is chance; {low:.0%} to {high:.0%} in {len(verdict.folds)} folds), of "
            f"{verdict.pieces} measured pieces and as many generated, 64 samples each, from "
            f"{verdict.groups} {what}; none was in teaching and asking at once. Boosted trees on "
            f"37 numbers, on the generator of iteration {kept.film.pieces_at}.",
        ),
        element(
            "p",
            "It judges texture alone: the level of a piece is taken away, and whether the curve "
            "fits the others at its depth is not asked. Pieces of one window are alike, so that "
            "the folds say more of the uncertainty than the number of pieces does.",
            class_="soft",
        ),
        _texture(pieces),
    ]
    return parts


def _texture(pieces: Pieces) -> Markup:
    """Return how generated pieces differ from measured ones, curve by curve."""
    rows = []
    for curve in np.unique(pieces.curve):
        mine = pieces.curve == curve
        if mine.sum() < FEWEST_PIECES:
            continue
        measured, generated = pieces.measured[mine], pieces.generated[mine]
        size = np.median(generated.std(axis=1)) / max(float(np.median(measured.std(axis=1))), 1e-9)
        rough = roughness(measured, generated)
        rows.append([CHANNELS[curve], int(mine.sum()), f"{size:.2f}", f"{rough:.2f}"])
    heads = ["curve", "pieces", "size of variations", "differences from sample to sample"]
    caption = "Generated against measured, medians: 1 is alike, less is smoother, more is rougher"
    return table(heads, rows, numbers=[1, 2, 3], caption=caption)


def _remarks(kept: Kept) -> list[Markup]:
    if not kept.remarks:
        return []
    items = [element("li", remark) for remark in kept.remarks]
    return [element("h2", "Remarks"), element("ul", *items)]
