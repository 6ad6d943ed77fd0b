"""Hide what is known, predict it, score it.

Scenarios say what is hidden in which well; they come from a file (see ``docs/evaluation.md``), so
that numbers compare between models and between versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from welllog.features import LogSet, hidden_with, well_as_seen, well_names
from welllog.progress import Progress
from welllog.scores import (
    MEASURES,
    Score,
    band_energy,
    bootstrap,
    central_interval,
    crps,
    mean_measure,
    per_well,
    variation,
)
from welllog.splicing import edge_jump

if TYPE_CHECKING:
    from welllog.baselines import Restorer
    from welllog.well import Well

__all__ = ["POOLED", "Evaluation", "evaluate", "in_training"]

FloatArray = NDArray[np.float64]

POOLED = ("GR", "RHOB", "NPHI", "DTC", "RDEP", "PEF")
"""Curves whose scores are averaged; others are reported apart."""
_TAUGHT = ("flattered", "left_out", "held_out")


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model on all scenarios."""

    model: str
    sigma: Mapping[str, float]
    """Per curve, what errors are divided by."""
    scores: list[Score]
    skipped: list[str]
    """Scenarios that the model could not answer, and why."""
    seed: int = 0
    not_given: list[str] = field(default_factory=list)
    """Wells of the scenarios that were not among those given: nothing of them is scored."""
    flattered: list[str] = field(default_factory=list)
    """Wells scored that the model learnt from, and answers by what it learnt from them."""
    left_out: list[str] = field(default_factory=list)
    """Wells scored that were in training, but are answered by trees grown without them."""
    held_out: list[str] = field(default_factory=list)
    """Wells scored that a network was not taught, but that chose its iteration and set its band."""

    def __repr__(self) -> str:
        wells = len({score.well for score in self.scores})
        return (
            f"Evaluation of {self.model}: {len(self.scores)} scores of {wells} wells, "
            f"{len(self.skipped)} scenarios not scored"
        )

    def groups(self) -> list[tuple[str, float]]:
        """Return the (task, length) pairs, in the order gap, blackout, blind."""
        order = {"gap": 0, "blackout": 1, "blind": 2}
        pairs = {(score.task, score.length_m) for score in self.scores}
        return sorted(pairs, key=lambda pair: (order.get(pair[0], 9), pair))

    def curve_scores(self, task: str, length_m: float, curve: str) -> dict[str, float]:
        """Return the scores of one curve, pooled over the samples of all wells.

        nrmse, crps, edge_jump and width are in units of sigma; mae and bias in model-space units;
        the spectra are log10 of the power of the fill over that of the truth.
        """
        parts = [s for s in self.of(task, length_m) if s.curve == curve]
        count = sum(part.samples for part in parts)
        squared = sum(part.squared for part in parts)
        total = sum(part.total for part in parts)
        variance = sum(part.total_squared for part in parts) - total**2 / count
        jumps = [part.jump for part in parts if np.isfinite(part.jump)]
        return {
            **{name: mean_measure(parts, self.sigma, [curve], name) for name in MEASURES},
            "mae": sum(part.absolute for part in parts) / count,
            "bias": sum(part.error for part in parts) / count,
            "r2": 1.0 - squared / variance if variance > 0 else np.nan,
            "edge_jump": float(np.mean(jumps)) / self.sigma[curve] if jumps else np.nan,
            "samples": count,
            "wells": len({part.well for part in parts}),
        }

    def mean(self, task: str, length_m: float, measure: str = "nrmse") -> float:
        """Return a measure of ``scores.MEASURES`` averaged over the pooled curves."""
        return mean_measure(self.of(task, length_m), self.sigma, POOLED, measure)

    def mean_nrmse(self, task: str, length_m: float) -> float:
        """Return the mean nRMSE over the pooled curves."""
        return self.mean(task, length_m)

    def interval(self, task: str, length_m: float, measure: str = "nrmse") -> tuple[float, float]:
        """Return the 90 % bootstrap interval of ``mean``, resampling wells; NaN for one well."""
        parts = self.of(task, length_m)
        if len({part.well for part in parts if part.curve in POOLED}) < 2:
            return np.nan, np.nan
        draws = bootstrap(parts, self.sigma, POOLED, measure, seed=self.seed)
        return central_interval(draws)

    def well_scores(self, task: str, length_m: float, measure: str = "nrmse") -> dict[str, float]:
        """Return a measure, averaged over the pooled curves, of every well by itself."""
        return per_well(self.of(task, length_m), self.sigma, POOLED, measure)

    def of(self, task: str, length_m: float) -> list[Score]:
        """Return the scores of one task and length."""
        return [s for s in self.scores if s.task == task and s.length_m == length_m]

    def table(self) -> str:
        """Return the scores as text."""
        curves = [c for c in (*POOLED, "DTS") if any(s.curve == c for s in self.scores)]
        lines = [
            f"{'task':<14}{'nRMSE':>7} {'90 % by well':>13}{'cover':>7}{'width':>7}{'jump':>7}  "
            + "".join(f"{curve:>7}" for curve in curves)
        ]
        for task, length in self.groups():
            low, high = self.interval(task, length)
            between = f"{low:>6.3f}-{high:<6.3f}" if np.isfinite(low) else f"{'–':^13}"
            of_curve = {
                curve: self.curve_scores(task, length, curve)
                for curve in curves
                if any(s.curve == curve for s in self.of(task, length))
            }
            pooled = [scores for curve, scores in of_curve.items() if curve in POOLED]
            name = f"{task} {length:g} m" if length else task
            lines.append(
                f"{name:<14}{_cell(self.mean_nrmse(task, length) if pooled else np.nan, 3)} "
                + between
                + "".join(
                    _cell(np.mean([scores[key] for scores in pooled]) if pooled else np.nan)
                    for key in ("coverage", "width", "edge_jump")
                )
                + "  "
                + "".join(
                    f"{of_curve[curve]['nrmse']:>7.3f}" if curve in of_curve else f"{'–':>7}"
                    for curve in curves
                )
            )
        means = [curve for curve in curves if curve in POOLED]
        if 0 < len(means) < len(POOLED):
            lines.append(f"means are over {', '.join(means)}: compare only with means over these")
        if self.skipped:
            lines.append(f"not scored: {len(self.skipped)} scenarios, such as {self.skipped[0]}")
        if self.not_given:
            lines.append(f"not given: {_few(self.not_given)}, which the scenarios name too")
        if self.left_out:
            lines.append(
                f"in training: {_few(self.left_out)}; predicted by what was learnt without, "
                "bands and kernels apart"
            )
        if self.held_out:
            lines.append(
                f"held out in training: {_few(self.held_out)}; they chose the network's iteration "
                "and set its band, which flatters a little"
            )
        if self.flattered:
            lines.append(f"in training: {_few(self.flattered)}; the scores flatter")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return every score as JSON-able numbers (NaN as None), and the sums they are made of."""
        groups = []
        for task, length in self.groups():
            curves = sorted({s.curve for s in self.of(task, length)})
            wells = {name: self.well_scores(task, length, name) for name in ("nrmse", "coverage")}
            groups.append(
                {
                    "task": task,
                    "length_m": length,
                    **{name: _finite(self.mean(task, length, name)) for name in MEASURES},
                    "nrmse_interval": [_finite(end) for end in self.interval(task, length)],
                    "curves": {
                        curve: {
                            key: _finite(value)
                            for key, value in self.curve_scores(task, length, curve).items()
                        }
                        for curve in curves
                    },
                    "wells": {
                        well: {name: _finite(of_well[well]) for name, of_well in wells.items()}
                        for well in wells["nrmse"]
                    },
                }
            )
        return {
            "model": self.model,
            "pooled_curves": list(POOLED),
            "sigma": dict(self.sigma),
            "seed": self.seed,
            "groups": groups,
            "skipped": self.skipped,
            "not_given": self.not_given,
            "flattered": self.flattered,
            "left_out": self.left_out,
            "held_out": self.held_out,
            "sums": [{**asdict(score), "jump": _finite(score.jump)} for score in self.scores],
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation that ``to_dict`` was made from."""
        scores = [
            Score(
                **{
                    **row,
                    "power": tuple(row["power"]),
                    "true_power": tuple(row["true_power"]),
                    "jump": np.nan if row["jump"] is None else row["jump"],
                }
            )
            for row in saved["sums"]
        ]
        told = {name: list(saved.get(name, ())) for name in ("not_given", *_TAUGHT)}
        return cls(
            saved["model"], saved["sigma"], scores, list(saved["skipped"]), saved["seed"], **told
        )


def _cell(value: float | np.floating[Any], digits: int = 2) -> str:
    return f"{value:>7.{digits}f}" if np.isfinite(value) else f"{'–':>7}"


def _few(names: Sequence[str]) -> str:
    most = 8
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def evaluate(
    model: str | Path | Restorer,
    scenarios: Mapping[str, Any],
    wells: Sequence[Well | LogSet],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a model on scenarios.

    Parameters
    ----------
    model : str, path or Restorer
    scenarios : mapping
        The content of a scenario file: ``sigma``, ``clip``, ``siblings_hidden_with_target`` and
        the list ``scenarios``.
    wells : sequence of Well or LogSet
        Wells named in the scenarios; others are not looked at. Scenarios of wells that are not
        among them are left out, and the wells listed in ``not_given``.
    seed : int
        Of the bootstrap.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Raises
    ------
    ValueError
        None of the wells of the scenarios is there, or a curve they ask for has no ``sigma``.
    """
    from welllog.checkpoint import load_model

    restorer = load_model(model)
    logs: dict[str, LogSet] = {}
    not_given: list[str] = []
    taught: dict[str, list[str]] = {how: [] for how in _TAUGHT}
    for name in dict.fromkeys(case["well"] for case in scenarios["scenarios"]):
        well = _named(wells, name)
        if well is None:
            not_given.append(name)
            continue
        logs[name] = well if isinstance(well, LogSet) else well_as_seen(well)
        learnt = in_training(restorer, logs[name].well, well)
        if learnt:
            taught[learnt].append(name)
    if not logs:
        raise ValueError(
            f"none of the wells that the scenarios name ({_few(not_given)}) is among those given"
        )
    cases = [case for case in scenarios["scenarios"] if case["well"] in logs]
    asked = {case["curve"] for case in cases if case["curve"] in logs[case["well"]].curves}
    without = ", ".join(sorted(asked - set(scenarios["sigma"])))
    if without:
        raise ValueError(
            f"the scenarios ask for {without}, for which their sigma has no value; "
            "add what errors are to be divided by"
        )
    scores, skipped = [], []
    for number, case in enumerate(cases):
        name = case["well"]
        if progress:
            progress(number / len(cases), f"{case['task']} {case['curve']} {name}")
        try:
            scores.append(_score(restorer, logs[name], case, scenarios))
        except ValueError as error:
            skipped.append(f"{case['task']} {case['curve']} {name}: {error}")
    return Evaluation(restorer.name, scenarios["sigma"], scores, skipped, seed, not_given, **taught)


def _named(wells: Sequence[Well | LogSet], name: str) -> Well | LogSet | None:
    """Find a well by name, else by UWI or the first word of its name."""
    for well in wells:
        if name == (well.well if isinstance(well, LogSet) else well.name):
            return well  # before "A 1", which may be called "A" too
    for well in wells:
        if isinstance(well, LogSet):
            names: tuple[object, ...] = well_names(well.well)
        else:
            names = (*well_names(well.name), well.header.value("UWI"))
        if name in names:
            return well
    return None


def in_training(
    restorer: Restorer, name: str, well: Well | LogSet
) -> Literal["flattered", "left_out", "held_out"] | None:
    """Say whether a well was in training, and whether the restorer leaves that out when it answers.

    Trees do so for wells that they know by the name asked for; a network never does. Wells held out
    taught it nothing, but chose its iteration and set its band.
    """
    trees = getattr(restorer, "boosters", None)
    seen = getattr(restorer if trees is None else trees, "seen", ())
    if trees is not None and set(well_names(name)) & set(seen):
        return "left_out"
    file = None if isinstance(well, LogSet) or well.path is None else well.path.name
    taught: dict[Literal["flattered", "held_out"], Sequence[str]] = {
        "flattered": seen,
        "held_out": getattr(restorer, "held_out", ()),
    }
    for how, others in taught.items():
        for other in others:
            # Wells without a name worth the word were trained under that of their file.
            known = name in well_names(other) or other in well_names(name)
            if known or PurePath(other).name == file:
                return how
    return None


def _score(
    restorer: Restorer, logs: LogSet, case: Mapping[str, Any], scenarios: Mapping[str, Any]
) -> Score:
    curve = case["curve"]
    if curve not in logs.curves:
        raise ValueError(f"well {logs.well} has no {curve} that can be believed")
    truth = logs.curves[curve]
    siblings = scenarios.get("siblings_hidden_with_target", {}).get(curve, hidden_with(curve)[1:])
    if case["task"] == "blind":
        rows = np.ones(len(truth), bool)
    else:
        rows = _rows(logs, case["intervals_m"])
    everything = case["task"] == "blackout"
    seen = logs.hide(rows, logs.curves if everything else (curve, *siblings))
    scored = _rows(logs, case.get("scored_m", case["intervals_m"])) & np.isfinite(truth) & rows
    if not scored.any():
        raise ValueError("nothing known is hidden")
    prediction = restorer.predict(seen, curve, rows)
    clip = scenarios.get("clip", {}).get(curve, (-np.inf, np.inf))
    mean, lower, upper = (
        np.clip(values[scored[rows]], *clip)
        for values in (prediction.mean, prediction.lower, prediction.upper)
    )
    known = np.clip(truth[scored], *clip)
    error = mean - known
    joined = truth.copy()
    joined[rows] = prediction.mean
    filled, true = np.full((2, len(truth)), np.nan)
    filled[scored], true[scored] = mean, known
    return Score(
        task=case["task"],
        length_m=float(case["length_m"]),
        well=case["well"],
        curve=curve,
        samples=len(known),
        squared=float((error**2).sum()),
        absolute=float(np.abs(error).sum()),
        error=float(error.sum()),
        total=float(known.sum()),
        total_squared=float((known**2).sum()),
        inside=int(((known >= lower) & (known <= upper)).sum()),
        width=float((upper - lower).sum()),
        crps=float(crps(known, mean, lower, upper).sum()),
        variation=variation(filled, scored),
        true_variation=variation(true, scored),
        power=band_energy(filled, scored, logs.step),
        true_power=band_energy(true, scored, logs.step),
        jump=edge_jump(joined, rows) if case["task"] != "blind" else np.nan,
    )


def _rows(logs: LogSet, intervals: Sequence[Sequence[float]]) -> NDArray[np.bool_]:
    rows = np.zeros(len(logs.depth), bool)
    for top, base in intervals:
        rows |= logs.rows_between(top, base)
    return rows
