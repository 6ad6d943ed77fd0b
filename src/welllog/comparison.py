"""One model against another, and several evaluations of one model as one.

What decides is the well: samples of a well are not independent, wells nearly are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from welllog.evaluation import POOLED, Evaluation
from welllog.scores import Score, bootstrap, central_interval, mean_measure, paired_p, per_well

__all__ = ["Comparison", "compare", "pool"]


def pool(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Put evaluations of one model together: folds, or seeds of one set of scenarios.

    A well that was scored with several seeds stays one well to the bootstrap and to the paired
    test; its squared errors are averaged over the seeds.
    """
    first = evaluations[0]
    return Evaluation(
        first.model,
        first.sigma,
        [score for evaluation in evaluations for score in evaluation.scores],
        [reason for evaluation in evaluations for reason in evaluation.skipped],
        first.seed,
    )


@dataclass(frozen=True)
class Comparison:
    """One model against another on the scenarios that both answered."""

    ratio: float
    """Of the mean measure of the one to that of the other."""
    low: float
    """5th percentile of the ratio, resampling wells."""
    high: float
    """95th percentile."""
    p: float
    """Of Wilcoxon's signed-rank test on the wells."""
    wells: int


def compare(
    one: Evaluation,
    other: Evaluation,
    task: str,
    length_m: float,
    measure: str = "nrmse",
) -> Comparison:
    """Set one model against another: below 1, the one is better (of errors and widths).

    Only scenarios that both were scored on count. Wells are resampled in pairs. With six
    wells or fewer the test cannot reach 0.03, whatever the scores.

    Raises
    ------
    ValueError
        Where the two share no scenario of this task and length.
    """
    known = [
        {_scenario(score) for score in evaluation.of(task, length_m) if score.curve in POOLED}
        for evaluation in (one, other)
    ]
    shared = known[0] & known[1]
    if not shared:
        raise ValueError(
            f"{one.model} and {other.model} share no scenario of {task} {length_m:g} m; "
            "score both on the same file"
        )
    parts, draws, of_well = [], [], []
    for evaluation in (one, other):
        kept = [score for score in evaluation.of(task, length_m) if _scenario(score) in shared]
        parts.append(mean_measure(kept, one.sigma, POOLED, measure))
        draws.append(bootstrap(kept, one.sigma, POOLED, measure, seed=one.seed))
        of_well.append(per_well(kept, one.sigma, POOLED, measure))
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = central_interval(draws[0] / draws[1])
        ratio = float(np.divide(parts[0], parts[1]))
    return Comparison(ratio, low, high, paired_p(*of_well), len(of_well[0]))


def _scenario(score: Score) -> tuple[str, str, int, float]:
    """Return what tells a scenario: what was hidden has one number of samples and one sum."""
    return score.well, score.curve, score.samples, score.total
