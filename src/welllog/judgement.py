"""The blind test of one well: what a model would have made of what was measured in that very well.

Intervals are hidden where the curves that were restored are measured, predicted from the rest, and
compared, beside what a straight line and plain boosting make of the same intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from welllog.evaluation import Evaluation, evaluate
from welllog.features import TARGETS, well_as_seen
from welllog.mnemonics import catalogue
from welllog.progress import Progress, part_of
from welllog.scenarios import ENOUGH_M, draw_scenarios, measured_enough
from welllog.well import Well

if TYPE_CHECKING:
    from welllog.baselines import Restorer
    from welllog.restoration import Restoration

__all__ = ["RIVALS", "Judgement", "Scored", "judge_well", "without_replaced"]

RIVALS = ("interpolation", "lightgbm")
"""Models that every other is held against: a straight line, and boosting across wells."""
_SHARES = {"interpolation": 0.02, "lightgbm": 0.18}
"""Of the work, roughly; the model itself takes the rest."""
_ALIKE = 2.5
"""A length says something of another that is so many times as long: half way, and a little more,
between those that are hidden (``scenarios.INTERVALS``)."""


@dataclass(frozen=True)
class Scored:
    """What one model made of one curve where so much was hidden, in the curve's own unit."""

    task: str
    """gap, blackout or blind."""
    length_m: float
    """Length of what was hidden; 0 for a whole curve."""
    samples: int
    rmse: float
    """Root mean square error, in the unit of the file; of a curve with decades, in decades."""
    nrmse: float
    """The same over the deviation of the curve in this well."""
    coverage: float
    """Share of the samples inside the 90 % band."""
    half_width: float
    """Half the mean width of the band, in the unit of ``rmse``."""


@dataclass(frozen=True)
class Judgement:
    """A model and its rivals on intervals hidden in one well."""

    well: str
    model: str
    evaluations: Mapping[str, Evaluation]
    """By name; that of the model is the first."""
    factors: Mapping[str, float]
    """Canonical curve -> what its own unit is multiplied by to be the catalogue's."""
    seed: int
    described: Mapping[str, Any] = field(default_factory=dict)
    """What a record says of the model: name and hashes."""
    rivals: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The same of each of the others, by name."""
    untested: Mapping[str, str] = field(default_factory=dict)
    """Curves that were asked for and not tested, and why."""

    @property
    def curves(self) -> list[str]:
        """Canonical curves that the model was scored on."""
        scored = {score.curve for score in self.evaluations[self.model].scores}
        return [curve for curve in self.factors if curve in scored]

    @property
    def flattered(self) -> bool:
        """Whether the model learnt from this well, and answers by what it learnt from it."""
        return bool(self.evaluations[self.model].flattered)

    def rows(self, curve: str, model: str | None = None) -> list[Scored]:
        """Return the scores of a canonical curve, whole curves last."""
        evaluation = self.evaluations[model or self.model]
        kind = catalogue().kinds[curve]
        factor = 1.0 if kind.log10 else self.factors[curve]
        rows = []
        for task, length in evaluation.groups():
            if not any(part.curve == curve for part in evaluation.of(task, length)):
                continue
            scores = evaluation.curve_scores(task, length, curve)
            unit = evaluation.sigma[curve] / factor
            rows.append(
                Scored(
                    task,
                    length,
                    int(scores["samples"]),
                    scores["nrmse"] * unit,
                    scores["nrmse"],
                    scores["coverage"],
                    scores["width"] * unit / 2,
                )
            )
        return rows

    def nearest(
        self, curve: str, length_m: float, task: str, model: str | None = None
    ) -> Scored | None:
        """Return the score of a model where most nearly as much was hidden of a curve.

        A whole curve is compared with whole curves alone; of intervals the task comes before the
        length. None where there is nothing to compare with, or of quite another length alone.
        """
        rows = self.rows(curve, model)
        if task == "blind":
            return next((row for row in rows if row.task == "blind"), None)
        rows = [row for row in rows if row.task != "blind"]

        def distance(row: Scored) -> tuple[bool, float]:
            return row.task != task, abs(math.log(row.length_m / max(length_m, 1e-3)))

        best = min(rows, key=distance, default=None)
        return best if best is not None and distance(best)[1] <= math.log(_ALIKE) else None

    def to_dict(self) -> dict[str, Any]:
        """Return what was found as JSON-able numbers."""
        return {
            "well": self.well,
            "model": self.model,
            "seed": self.seed,
            "curves": {
                curve: {
                    name: [
                        {
                            "task": row.task,
                            "length_m": row.length_m,
                            "samples": row.samples,
                            "rmse": row.rmse,
                            "nrmse": row.nrmse,
                            "coverage": row.coverage,
                        }
                        for row in self.rows(curve, name)
                    ]
                    for name in self.evaluations
                }
                for curve in self.curves
            },
            "untested": dict(self.untested),
        }


def judge_well(
    well: Well,
    model: str | Path | Restorer = "default",
    curves: Sequence[str] = TARGETS,
    *,
    seed: int = 0,
    rivals: Sequence[str] = RIVALS,
    progress: Progress | None = None,
) -> Judgement:
    """Hide intervals of a well's curves where they were measured, restore them, and score that.

    Parameters
    ----------
    well : Well
        As it was measured; restored curves that it may hold are not looked at.
    model : str, path or Restorer
    curves : sequence of str
        Canonical or own mnemonics of those that are tested.
    seed : int
        Of what is hidden: gaps and blackouts of 5, 20, 100 and 300 m, and whole curves
        (``scenarios.draw_scenarios``).
    rivals : sequence of str
        Models by name that are asked the same.
    progress : callable, optional

    Raises
    ------
    ValueError
        No curve of the well is measured enough to hide some of it, or the model answers nothing.
    """
    from welllog.checkpoint import describe_model, load_model

    restorer = load_model(model)
    asked = {catalogue().canonical(curve) or curve: curve for curve in curves}
    logs = well_as_seen(well)
    can = getattr(restorer, "targets", tuple(catalogue().kinds))
    known = [curve for curve in asked if curve in catalogue().kinds and curve in can]
    enough = measured_enough(logs, known, ENOUGH_M)
    untested = {}
    for curve, own in asked.items():
        if curve not in known:
            untested[own] = f"{restorer.name} does not restore it"
        elif curve not in enough:
            untested[own] = f"less than {ENOUGH_M:g} m of it that can be believed was measured here"
    if not enough:
        reasons = "; ".join(f"{own}: {reason}" for own, reason in untested.items())
        raise ValueError(f"no curve of well {well.name} can be tested ({reasons})")
    scenarios = draw_scenarios([logs], enough, seed=seed)
    evaluations: dict[str, Evaluation] = {}
    others = [name for name in dict.fromkeys(rivals) if name != restorer.name]
    done = sum(_SHARES.get(name, 0.1) for name in others)
    evaluations[restorer.name] = evaluate(
        restorer, scenarios, [well], seed=seed, progress=part_of(progress, 0.0, 1.0 - done)
    )
    for name in others:
        share = _SHARES.get(name, 0.1)
        part = part_of(progress, 1.0 - done, 1.0 - done + share)
        evaluations[name] = evaluate(name, scenarios, [well], seed=seed, progress=part)
        done -= share
    mine = evaluations[restorer.name]
    if not mine.scores:
        raise ValueError(f"{restorer.name} answers none of what was asked ({mine.skipped[0]})")
    scored = {score.curve for score in mine.scores}
    for curve in enough:
        if curve not in scored:
            why = next((text for text in mine.skipped if f" {curve} " in text), "nothing was asked")
            untested[asked[curve]] = why
    factors = {curve: well.unit_factor(well.canonical[curve]) for curve in enough}
    described = describe_model(restorer)
    compared = {name: describe_model(load_model(name)) for name in others}
    return Judgement(
        well.name, restorer.name, evaluations, factors, seed, described, compared, untested
    )


def without_replaced(well: Well, restorations: Iterable[Restoration]) -> Well:
    """Return the well without the measured samples that were replaced: they are no truth."""
    from welllog.welly_bridge import make_curve

    trusted = well.copy()
    for restoration in restorations:
        for own, curve in restoration.curves.items():
            if not curve.replaced or own not in trusted.curves:
                continue
            before = trusted.curves[own]
            trusted.curves[own] = make_curve(
                own,
                np.where(curve.flag > 0, np.nan, trusted.values(own)),
                well.index,
                unit=before.units or "",
                description=before.description or "",
                index_name=well.index_mnemonic,
                index_unit=well.index_unit,
            )
    return trusted
