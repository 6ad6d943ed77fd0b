"""Calibrate bands: hide intervals of wells that a restorer has not seen, and look at its errors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from welllog.baselines import Boosted, Interpolation, Kriging
from welllog.boosting import remember_answers
from welllog.corrections import CORRECTIONS, DEEP
from welllog.features import TARGETS, LogSet, hidden_with
from welllog.progress import Progress, part_of
from welllog.texture import fit_texture
from welllog.uncertainty import NORMAL_90, Calibration, fit_factor

if TYPE_CHECKING:
    from welllog.neural import Neural

__all__ = ["CalibrationSettings", "calibrate", "share_trees"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BLIND_M = 1000.0
"""Length that stands for a whole curve."""
BLIND_STRIDE = 7
"""Of the rows of a whole curve, one in this many is looked at."""
ENOUGH = 500
"""Samples of a curve that a well needs for its band to be calibrated on it ..."""
FEWEST = 50
"""... or this many, where no well has those."""


@dataclass(frozen=True)
class CalibrationSettings:
    """How the bands are calibrated."""

    lengths_m: tuple[float, ...] = (5.0, 20.0, 100.0, 300.0)
    """Lengths of the simulated gaps."""
    repeats: tuple[int, ...] = (3, 2, 1, 1)
    """Gaps of each length hidden in a well."""
    wells: int = 16
    """At most this many wells per curve, for gaps and blackouts."""
    blind_wells: int = 100
    """The same for whole curves: a well gives one error of its level, so that it takes many."""
    coverage: float = 0.9
    seed: int = 0


def calibrate(
    restorer: Boosted | Interpolation | Kriging | Neural,
    wells: Sequence[LogSet],
    settings: CalibrationSettings | None = None,
    *,
    progress: Progress | None = None,
) -> Calibration:
    """Find the factors by which a restorer's band holds 90 % of the errors.

    Gaps and blackouts of several lengths are hidden in wells that the restorer's trees have not
    seen (a well of their training is predicted by the bags that left it out), and whole curves
    where the restorer can do without any of the curve.
    """
    settings = settings or CalibrationSettings()
    bare = replace(restorer, calibration=Calibration())
    targets = getattr(bare, "targets", TARGETS)
    table: dict[str, dict[str, list[tuple[float, float]]]] = {}
    textures: dict[str, dict[str, list[tuple[float, ...]]]] = {}
    for number, target in enumerate(targets):
        random = np.random.default_rng([settings.seed, TARGETS.index(target)])
        known = {id(w): np.isfinite(w.curves.get(target, np.nan)).sum() for w in wells}
        candidates = [well for well in wells if known[id(well)] > ENOUGH] or [
            well for well in wells if known[id(well)] > FEWEST
        ]
        if not candidates and not isinstance(bare, Interpolation | Kriging):
            warnings.warn(
                f"the 90 % band of {target} is not calibrated: no well to do it on has more than "
                f"{FEWEST} samples of it",
                stacklevel=2,
            )
        order = [candidates[i] for i in random.permutation(len(candidates))]
        chosen = order[: settings.wells]
        scores: dict[tuple[str, float], list[_Hidden]] = {}
        for place, well in enumerate(chosen):
            if progress:
                progress(
                    (number + place / len(chosen)) / len(targets), f"band of {target}: {well.well}"
                )
            for key, hidden in _simulated(bare, well, target, settings, random):
                scores.setdefault(key, []).append(replace(hidden, well=place))
        for place, well in enumerate(order[: settings.blind_wells]):
            if isinstance(bare, Interpolation | Kriging):
                break  # they need some of the curve
            if progress:
                progress((number + 1) / len(targets), f"blind band of {target}: {well.well}")
            hidden = _blind(bare, well, target)
            if len(hidden.errors):
                scores.setdefault(("blind", BLIND_M), []).append(replace(hidden, well=place))
        for (kind, length), parts in sorted(scores.items(), key=lambda item: item[0]):
            factor = fit_factor(
                np.concatenate([part.errors for part in parts]),
                np.concatenate([part.deviations for part in parts]),
                np.concatenate([np.full(len(part.errors), part.well) for part in parts]),
                settings.coverage,
            )
            table.setdefault(target, {}).setdefault(kind, []).append((length, factor))
            shares = fit_texture(
                [
                    (part.depth, part.errors / np.maximum(part.deviations, 1e-9) / factor)
                    for part in parts
                ]
            )
            if shares:
                textures.setdefault(target, {}).setdefault(kind, []).append((length, *shares))
    return Calibration(table, textures)


@dataclass(frozen=True)
class _Hidden:
    """What was said of a hidden interval, where it was measured; all of shape (k,)."""

    depth: FloatArray
    """m."""
    errors: FloatArray
    deviations: FloatArray
    well: int = 0
    """Number among the wells."""


def _simulated(
    restorer: Boosted | Interpolation | Kriging | Neural,
    well: LogSet,
    target: str,
    settings: CalibrationSettings,
    random: np.random.Generator,
) -> Iterator[tuple[tuple[str, float], _Hidden]]:
    """Yield kind and length, and what was said, of hidden intervals of one well."""
    truth = well.curves[target]
    sees_others = not isinstance(restorer, Interpolation | Kriging)
    siblings = hidden_with(target)
    everywhere = np.ones(len(truth), bool)
    for kind, hidden in (("gap", siblings), ("blackout", tuple(well.curves))):
        if kind == "gap" and not sees_others:
            continue
        rows, intervals = _draw(truth, well.step, settings, random)
        if not intervals:
            continue
        seen = well.hide(everywhere, siblings[1:]).hide(rows, hidden)
        prediction = restorer.predict(seen, target, rows)
        mean = np.full(len(truth), np.nan)
        deviation = mean.copy()
        mean[rows] = prediction.mean
        deviation[rows] = (prediction.upper - prediction.lower) / (2 * NORMAL_90)
        for length, top, base in intervals:
            measured = np.isfinite(truth[top:base])
            yield (
                (kind, length),
                _Hidden(
                    well.depth[top:base][measured],
                    (mean[top:base] - truth[top:base])[measured],
                    deviation[top:base][measured],
                ),
            )


def _blind(restorer: Boosted | Neural, well: LogSet, target: str) -> _Hidden:
    """Return what was said of some rows where a whole curve is hidden."""
    truth = well.curves[target]
    rows = np.isfinite(truth) & well.informed(target)
    rows[np.flatnonzero(rows)[np.arange(rows.sum()) % BLIND_STRIDE > 0]] = False
    if not rows.any():
        return _Hidden(*np.empty((3, 0)))
    seen = well.hide(np.ones(len(truth), bool), hidden_with(target))
    prediction = restorer.predict(seen, target, rows)
    deviation = (prediction.upper - prediction.lower) / (2 * NORMAL_90)
    return _Hidden(well.depth[rows], prediction.mean - truth[rows], deviation)


def _draw(
    truth: FloatArray, step: float, settings: CalibrationSettings, random: np.random.Generator
) -> tuple[BoolArray, list[tuple[float, int, int]]]:
    """Draw intervals of every length that do not touch, where the curve is measured."""
    rows = np.zeros(len(truth), bool)
    near = np.zeros(len(truth), bool)
    measured = np.flatnonzero(np.isfinite(truth))
    intervals = []
    for length, repeats in sorted(zip(settings.lengths_m, settings.repeats, strict=True))[::-1]:
        samples = max(2, round(length / step))
        if samples > 0.3 * len(measured):
            continue
        for _ in range(repeats):
            for _ in range(20):
                top = int(measured[random.integers(len(measured))])
                base = top + samples
                if base > len(truth) or near[top:base].any():
                    continue
                if np.isfinite(truth[top:base]).mean() < 0.8:
                    continue
                rows[top:base] = True
                margin = samples // 2 + 10
                near[max(0, top - margin) : base + margin] = True
                intervals.append((length, top, base))
                break
    return rows, intervals


def share_trees(
    restorer: Boosted,
    logs: Sequence[LogSet],
    calibration: CalibrationSettings | None = None,
    progress: Progress | None = None,
) -> Boosted:
    """Calibrate every restorer that can use one set of trees, and the two that need none.

    Returns the restorer, whose trees they are, with the ``calibrations`` of all, ready for
    ``save_model``.
    """
    names = [name for name in CORRECTIONS if name != DEEP or restorer.kernels]
    remembering = remember_answers(restorer.boosters)
    restorers: list[Boosted | Interpolation | Kriging] = [
        *(replace(restorer, name=name, boosters=remembering) for name in names),
        Interpolation(),
        Kriging(),
    ]
    calibrations = {}
    for number, other in enumerate(restorers):
        part = part_of(progress, number / len(restorers), (number + 1) / len(restorers))
        calibrations[other.name] = calibrate(other, logs, calibration, progress=part)
    return replace(restorer, calibration=calibrations[restorer.name], calibrations=calibrations)
