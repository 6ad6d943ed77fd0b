"""Candidates for a restoration, and what was decided about them.

Each model's answer for a curve is a candidate. An analyst accepts one for an interval, blends
several, draws by hand or rejects them all; ``finish`` makes of these decisions the one restored
curve that goes into the file. Later decisions lie over earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of
from welllog.gaps import Gap
from welllog.mnemonics import catalogue
from welllog.progress import Progress
from welllog.provenance import hash_curves, stamp
from welllog.restoration import (
    Restoration,
    RestorationError,
    RestoredCurve,
    add_restored,
    restore,
    synthesize,
)
from welllog.splicing import FILLED, MEASURED, OUTSIDE, REPLACED

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = [
    "Candidate",
    "Decision",
    "DecisionError",
    "decide",
    "finish",
    "make_candidates",
    "read_decision",
    "thin_stroke",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class DecisionError(ValueError):
    """A decision that cannot be taken: no such candidate, or nothing at these depths."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """What one model makes of one curve."""

    name: str
    """One of a kind in its well: ``DTC by deep-kriging``."""
    curve: RestoredCurve
    model: str
    record: dict[str, Any]
    """Of the run, with the hash of the model and what it looked at."""
    whole: bool = False
    """The curve was predicted from top to base, as if it had never been run."""
    source: str = ""
    """What to ask for to get the model again: its name or its file."""

    def spans(self, index: FloatArray) -> list[tuple[float, float]]:
        """Return (top, base) of what it fills, smaller depth first, in index units."""
        ends = (gap.depths(index) for gap in self.curve.gaps)
        return [(min(span), max(span)) for span in ends]


@dataclass(frozen=True)
class Decision:
    """What is to stand in an interval of a curve."""

    curve: str
    """The well's own mnemonic."""
    top: float
    """In index units; both ends belong to the interval."""
    base: float
    weights: tuple[tuple[str, float], ...] = ()
    """Candidate and weight: one is an acceptance, several a blend."""
    points: tuple[tuple[float, float], ...] = ()
    """Depth and value of a line drawn by hand, in the curve's unit."""

    @property
    def kind(self) -> str:
        """``accepted``, ``blended``, ``by hand`` or ``rejected``."""
        if self.points:
            return "by hand"
        return ("rejected", "accepted")[len(self.weights)] if len(self.weights) < 2 else "blended"

    def rows(self, index: FloatArray) -> BoolArray:
        """Return which samples it is about, shape (n,)."""
        return (index >= self.top) & (index <= self.base)


def make_candidates(
    well: Well,
    curves: Sequence[str],
    models: Sequence[str],
    intervals: Sequence[tuple[float, float]] | None = None,
    *,
    whole: bool = False,
    device: str = "auto",
    also: Sequence[str] = (),
    realisations: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[list[Candidate], dict[str, str]]:
    """Let several models restore the same curves.

    Parameters
    ----------
    well : Well
        Where it has edited versions of curves, those are looked at.
    curves, models : sequences of str
    intervals : sequence of (top, base), optional
        In index units; every gap of each curve where left out.
    whole : bool
        Predict the curves from top to base; ``intervals`` is not looked at.
    device : {"auto", "cpu", "cuda", "mps"}
    also : sequence of str
    realisations, seed : int
        As in ``restoration.restore``: so many plausible fills beside each likeliest one.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Returns
    -------
    list of Candidate, and dict
        What could not be done: ``CURVE by MODEL`` -> why.

    Raises
    ------
    RestorationError
        No model could do anything.
    """
    made: list[Candidate] = []
    failed: dict[str, str] = {}
    how: dict[str, Any] = {"edited": bool(well.edited)}
    how |= {"also": also} if also else {}
    how |= {"realisations": realisations, "seed": seed} if realisations else {}
    jobs = [(model, curve) for model in models for curve in curves]
    for done, (model, own) in enumerate(jobs):

        def part(fraction: float, message: str, done: int = done, model: str = model) -> None:
            if progress:
                progress((done + fraction) / len(jobs), f"{model}: {message}")

        part(0.0, own)
        try:
            if whole:
                run = synthesize(well, own, model, device, progress=part, **how)
            else:
                run = restore(well, [own], intervals, model, device, progress=part, **how)
        except RestorationError as error:
            failed[f"{own} by {model}"] = str(error)
            continue
        made += [
            Candidate(
                f"{name} by {run.model}",
                curve,
                run.model,
                run.record,
                whole,
                run.model if model == "default" else model,
            )
            for name, curve in run.curves.items()
        ]
    if not made:
        raise RestorationError("; ".join(failed.values()) or "there is no gap in these curves")
    return made, failed


def decide(decisions: Sequence[Decision], new: Decision) -> tuple[Decision, ...]:
    """Put a decision over the others; those about depths that it covers whole are dropped."""
    kept = [
        old
        for old in decisions
        if old.curve != new.curve or old.top < new.top or old.base > new.base
    ]
    return (*kept, new)


def finish(
    well: Well, candidates: Sequence[Candidate], decisions: Sequence[Decision], who: str = ""
) -> Restoration:
    """Make the restored curves that the decisions describe.

    They join what was measured; of a curve that has an edited version, that.

    Returns
    -------
    Restoration
        One curve for each that something was accepted, blended or drawn of. Its well has the new
        curves and a record of runs and decisions; ``model`` names those that had a part.

    Raises
    ------
    DecisionError
        A decision names a candidate that is not there, or holds no sample that it fills.
    """
    by_name = {candidate.name: candidate for candidate in candidates}
    chosen = [decision for decision in decisions if decision.kind != "rejected"]
    unknown = [name for each in chosen for name, _ in each.weights if name not in by_name]
    if unknown:
        raise DecisionError(f"there is no candidate {unknown[0]}; there are {', '.join(by_name)}")
    curves: dict[str, RestoredCurve] = {}
    for own in dict.fromkeys(decision.curve for decision in decisions):
        mine = [decision for decision in decisions if decision.curve == own]
        curve = _join(well.with_edits(), own, by_name, mine)
        if curve.gaps:
            curves[own] = curve
    used = [by_name[name] for name in dict.fromkeys(n for d in chosen for n, _ in d.weights)]
    result = well.copy()
    for curve in curves.values():
        version = well.edited.get(curve.mnemonic, curve.mnemonic)
        add_restored(result, curve, "SYN" if _is_whole(curve) else "RES", version)
    runs: list[dict[str, Any]] = []
    for candidate in used:
        if candidate.record not in runs:
            runs.append(candidate.record)
    inputs = dict.fromkeys(
        well.edited.get(name, name)
        for curve in curves.values()
        for name in (curve.mnemonic, *curve.inputs.values())
        if name in well.curves
    )
    made = [name for name in result.curves if name not in well.curves]
    record = stamp(well, "decide", who) | {
        "decisions": [_describe(decision) for decision in decisions],
        "candidates": {c.name: runs.index(c.record) for c in used},
        "runs": runs,
        "sha256": hash_curves(well, inputs, result, made),
    }
    if decisions:
        result.history.append(record)
    models = ", ".join(dict.fromkeys(candidate.model for candidate in used))
    return Restoration(result, curves, models or "hand", record, 0.0)


def _is_whole(curve: RestoredCurve) -> bool:
    return bool((curve.flag[np.isfinite(curve.values)] != MEASURED).all())


def _describe(decision: Decision) -> dict[str, Any]:
    """Return a decision as the record has it."""
    said: dict[str, Any] = {
        "curve": decision.curve,
        "interval": [decision.top, decision.base],
        "decision": decision.kind,
    }
    if decision.weights:
        said["candidates"] = dict(decision.weights)
    if decision.points:
        said["points"] = [list(point) for point in decision.points]
    return said


def read_decision(said: Mapping[str, Any]) -> Decision:
    """Return the decision that a record describes: the inverse of what ``finish`` writes."""
    top, base = (float(end) for end in said["interval"])
    weights = tuple((str(k), float(v)) for k, v in said.get("candidates", {}).items())
    points = tuple((float(d), float(v)) for d, v in said.get("points", ()))
    return Decision(str(said["curve"]), top, base, weights, points)


def _join(
    well: Well, own: str, candidates: Mapping[str, Candidate], decisions: Sequence[Decision]
) -> RestoredCurve:
    """Lay the decisions about one curve over each other and over what was measured."""
    exists = own in well.curves
    measured = well.values(own) if exists else np.full(len(well.index), np.nan)
    kind = catalogue().kind(own)
    decades = kind is not None and kind.log10
    used = [candidates[name].curve for decision in decisions for name, _ in decision.weights]
    drawn_fills = min((len(curve.realisations) for curve in used), default=0)
    layers = np.full((4 + drawn_fills, len(well.index)), np.nan)
    values, median, lower, upper = layers[:4]
    flag = np.zeros(len(well.index), np.int8)
    inputs: dict[str, str] = {}
    on_others: list[float] = []
    unit = (well.curves[own].units or "") if exists else (kind.unit if kind else "")
    for decision in decisions:
        rows = decision.rows(well.index)
        if decision.kind == "rejected":
            layers[:, rows], flag[rows] = np.nan, MEASURED
            continue
        if decision.points:
            drawn = _along(decision.points, well.index, decades)
            rows &= np.isfinite(drawn)
            values[rows] = median[rows] = layers[4:, rows] = drawn[rows]
            lower[rows] = upper[rows] = np.nan
            flag[rows] = np.where(np.isfinite(measured[rows]), REPLACED, FILLED)
            continue
        parts = [candidates[name].curve for name, _ in decision.weights]
        unit = parts[0].unit or unit
        rows &= np.all([part.flag != MEASURED for part in parts], axis=0)
        if not rows.any():
            raise DecisionError(
                f"{', '.join(name for name, _ in decision.weights)} fills nothing between "
                f"{decision.top:g} and {decision.base:g} {well.index_unit}; choose an interval "
                "that it restored"
            )
        weights = np.array([weight for _, weight in decision.weights])
        answers = zip(*(_layers_of(part, drawn_fills) for part in parts), strict=True)
        for layer, answer in zip(layers, answers, strict=True):
            layer[rows] = _mean([part[rows] for part in answer], weights, decades)
        flag[rows] = np.max([part.flag[rows] for part in parts], axis=0)
        for part in parts:
            inputs |= part.inputs
            on_others += [] if part.error_on_others is None else [part.error_on_others]
    filled = flag != MEASURED
    whole = bool(filled[np.isfinite(np.where(filled, values, measured))].all())
    gaps = [Gap(own, top, base, "decision") for top, base in runs_of(filled)]
    replaced = 0 if whole else int((np.isfinite(measured) & filled).sum())
    return RestoredCurve(
        own,
        kind.mnemonic if kind else own,
        unit,
        np.where(filled, values, measured),
        median,
        lower,
        upper,
        flag,
        gaps,
        replaced,
        inputs,
        [np.where(filled, fill, measured) for fill in layers[4:]],
        max(on_others, default=None),
    )


def _layers_of(curve: RestoredCurve, realisations: int) -> list[FloatArray]:
    """Return values, median, band and the first realisations of a curve, shape (n,) each."""
    fills = curve.realisations[:realisations]
    return [curve.values, curve.median, curve.lower, curve.upper, *fills]


def _mean(parts: Sequence[FloatArray], weights: FloatArray, decades: bool) -> FloatArray:
    """Return the weighted mean of arrays, shape (k,); in decades where a curve has them."""
    if len(parts) == 1:
        return parts[0]
    stack = np.log10(parts) if decades else np.asarray(parts)
    mean = np.asarray(np.average(stack, axis=0, weights=weights), np.float64)
    return 10.0**mean if decades else mean


def _along(points: Sequence[tuple[float, float]], index: FloatArray, decades: bool) -> FloatArray:
    """Return the line through points at each depth, shape (n,); NaN beyond its ends."""
    depth, value = np.array(sorted(points)).T
    line = np.interp(index, depth, np.log10(value) if decades else value, np.nan, np.nan)
    return np.asarray(10.0**line if decades else line)


def thin_stroke(
    points: Sequence[tuple[float, float]], tolerance: float
) -> list[tuple[float, float]]:
    """Leave out points of a line that the others tell, as one drawn by hand has too many.

    At no depth does the line through those kept (Ramer 1972, Douglas and Peucker 1973) lie further
    than ``tolerance`` from the one given; ``points`` are (depth, across), by depth.
    """
    depth, place = np.array(points, np.float64).T
    kept = np.zeros(len(depth), bool)
    kept[[0, -1]] = True
    open_ = [(0, len(depth) - 1)]
    while open_:
        first, last = open_.pop()
        between = slice(first + 1, last)
        line = np.interp(depth[between], depth[[first, last]], place[[first, last]])
        off = np.abs(place[between] - line)
        if len(off) and off.max() > tolerance:
            worst = first + 1 + int(off.argmax())
            kept[worst] = True
            open_ += [(first, worst), (worst, last)]
    return [point for point, stays in zip(points, kept, strict=True) if stays]


assert OUTSIDE > REPLACED > FILLED > MEASURED  # of several flags the largest one counts
