"""Draw what to hide, where it is known: scenarios for a blind test on one's own wells.

The form is that of the scenario file (``docs/evaluation.md``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import TARGETS, LogSet, hidden_with

__all__ = ["INTERVALS", "draw_scenarios", "draw_well", "measured_enough"]

INTERVALS = {5: 6, 20: 4, 100: 2, 300: 1}
"""Intervals of each length (m) in a scenario, as many as fit."""
ENOUGH_M = 50.0
"""Measured metres that a curve of one's own well needs to be asked for."""
LARGEST_SHARE = 1.0 / 3.0
"""Of what was measured of a curve that an interval may be as long as."""
MEASURED_SHARE = 0.9
"""Of an interval that must have been measured."""


def draw_scenarios(
    wells: Sequence[LogSet],
    curves: Sequence[str] = TARGETS,
    lengths: Mapping[int, int] = INTERVALS,
    seed: int = 0,
) -> dict[str, Any]:
    """Draw gaps and blackouts of several lengths, and whole curves, of every well.

    Parameters
    ----------
    wells : sequence of LogSet
        The first of each name counts.
    curves : sequence of str
        Canonical mnemonics that may be asked for.
    lengths : mapping of length in m to number of intervals
    seed : int

    Returns
    -------
    dict
        The content of a scenario file. Errors are to be divided by the deviation of a curve over
        these wells.

    Raises
    ------
    ValueError
        No curve of any well is measured over ``ENOUGH_M``.
    """
    random = np.random.default_rng(seed)
    first = {well.well: well for well in reversed(wells)}
    cases: list[dict[str, Any]] = []
    for name in dict.fromkeys(well.well for well in wells):
        well = first[name]
        targets = measured_enough(well, curves, ENOUGH_M)
        cases += draw_well(well, targets, lengths, random, LARGEST_SHARE)
    if not cases:
        raise ValueError(
            f"no well has a curve that is measured over {ENOUGH_M:g} m, which is the least to "
            f"hide some of and score it; curves looked for: {', '.join(curves)}"
        )
    asked = dict.fromkeys(case["curve"] for case in cases)
    known = {
        curve: [w.curves[curve] for w in first.values() if curve in w.curves] for curve in asked
    }
    sigma = {curve: float(np.nanstd(np.concatenate(parts))) for curve, parts in known.items()}
    return {
        "sigma": {curve: value or 1.0 for curve, value in sigma.items()},
        "siblings_hidden_with_target": {curve: list(hidden_with(curve)[1:]) for curve in asked},
        "seed": seed,
        "scenarios": cases,
    }


def measured_enough(well: LogSet, curves: Sequence[str], metres: float) -> list[str]:
    """Return those of ``curves`` that are measured over so many metres of a well."""
    return [
        curve
        for curve in curves
        if np.isfinite(well.curves.get(curve, np.nan)).sum() * well.step >= metres
    ]


def draw_well(
    well: LogSet,
    targets: Sequence[str],
    lengths: Mapping[int, int],
    random: np.random.Generator,
    largest_share: float = np.inf,
) -> list[dict[str, Any]]:
    """Return the scenarios of one well: blind, gaps, and blackouts that its curves share.

    Intervals that are longer than ``largest_share`` of what was measured of a curve are not drawn:
    too little of it would be left.
    """
    measured = {curve: np.isfinite(well.curves[curve]) for curve in targets}
    cases = []
    for curve in targets:
        whole = [(0, len(well.depth))]
        informed = measured[curve] & well.informed(curve)
        if informed.any():
            cases.append(_scenario("blind", 0, well, curve, whole, whole))
        for length, count in lengths.items():
            if length > largest_share * measured[curve].sum() * well.step:
                continue
            intervals = draw_intervals(informed, length / well.step, count, random)
            cases.append(_scenario("gap", length, well, curve, intervals, intervals))
    for length, count in lengths.items() if targets else ():
        some = np.mean(list(measured.values()), axis=0) >= 0.5
        if length > largest_share * some.sum() * well.step:
            continue
        intervals = draw_intervals(some, length / well.step, count, random)
        for curve in targets:
            scored = [
                (top, base)
                for top, base in intervals
                if measured[curve][top:base].mean() >= MEASURED_SHARE
            ]
            cases.append(_scenario("blackout", length, well, curve, intervals, scored))
    return [case for case in cases if case["n_scored"]]


def draw_intervals(
    measured: NDArray[np.bool_], samples: float, count: int, random: np.random.Generator
) -> list[tuple[int, int]]:
    """Draw half-open intervals of this many samples, no two nearer than half their length."""
    size, margin = round(samples), round(samples / 2) + 10
    if size < 1 or size > len(measured):
        return []
    share = np.convolve(measured, np.ones(size), "valid") / size
    # A gap has edges: something of the curve is left above and below.
    free = share >= MEASURED_SHARE
    free[:margin] = free[max(0, len(free) - margin) :] = False
    intervals: list[tuple[int, int]] = []
    while free.any() and len(intervals) < count:
        top = int(random.choice(np.flatnonzero(free)))
        intervals.append((top, top + size))
        free[max(0, top - size - margin) : top + size + margin] = False
    return sorted(intervals)


def _scenario(
    task: str,
    length: int,
    well: LogSet,
    curve: str,
    intervals: Sequence[tuple[int, int]],
    scored: Sequence[tuple[int, int]],
) -> dict[str, Any]:
    """Put one scenario in the words of the file."""
    known = np.isfinite(well.curves[curve])
    case = {
        "task": task,
        "well": well.well,
        "curve": curve,
        "length_m": length,
        "intervals_m": _metres(well, intervals),
        "n_scored": int(sum(known[top:base].sum() for top, base in scored)),
    }
    if task == "blackout":
        case["scored_m"] = _metres(well, scored)
    return case


def _metres(well: LogSet, intervals: Sequence[tuple[int, int]]) -> list[list[float]]:
    return [
        [round(float(well.depth[top]), 4), round(float(well.depth[base - 1]), 4)]
        for top, base in intervals
    ]
