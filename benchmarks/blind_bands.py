"""What the band of a whole curve should listen to: the inputs, and how strange the well is.

    python benchmarks/make_fold_scenarios.py                    # once; see there
    python benchmarks/blind_bands.py forecast [--folds N ...] [--iterations N]
    python benchmarks/blind_bands.py table
    python benchmarks/blind_bands.py strange

``forecast`` grows the trees of the leader board and trains networks without the wells of a fold,
and forecasts every curve of those; eight minutes of one core a fold. ``table`` fits the band on the
wells of all folds but one and looks at it on the wells of that one, which lie elsewhere, and on the
development wells. The shares that ``welllog.spread`` takes were chosen so. ``strange`` tells how
large the error on a blind curve is by how large those on the well's other curves are, both over
what is usual to the shipped model.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from contestants import Budget
from leader_board import Board, budget_there, write_whole
from training_wells import CACHE

from welllog.baselines import Boosted
from welllog.boosting import Boosters
from welllog.checkpoint import load_model
from welllog.corrections import DEEP
from welllog.evaluation import POOLED
from welllog.extrapolation import UNUSUAL
from welllog.features import LogSet, log_features, well_as_seen
from welllog.kernel_lessons import scale_of
from welllog.perceptron import Blend
from welllog.perceptron_learning import PerceptronSettings, fit_perceptrons
from welllog.scores import crps
from welllog.spread import TRUST, Outcome, Spread, fit_spread, root_mean_square
from welllog.uncertainty import NORMAL_90, fit_factor

FOLDER = CACHE.with_name("blind_bands")
ROWS = 200
"""Of a curve and well."""
FEWEST = 200
"""Samples a curve needs to be looked at."""
NETWORKS = 0.4
"""Share of the networks in the blend."""
SHARES = ((0.0, 0.0), (1.0, 0.0), (0.8, 0.0), (0.6, 0.0), (0.8, 0.5), (0.6, 0.3), (0.6, 0.5))
"""Of the trees' word and of the well's other curves; none of both is a band of one width."""
INLAND = ("kansas", "npra")
"""What the names of wells outside the North Sea begin with."""
STEPS = (0.0, 1.0, UNUSUAL, 1.6, 8.0)
"""Of the errors on the other curves, over the usual ones."""
QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Case:
    """A curve of a well, forecast by a model that has not seen its place."""

    outcome: Outcome
    beside: Mapping[str, np.ndarray]
    """Errors of the forecasts for the well's other curves."""


Cases = dict[str, list[Case]]
"""By curve."""
Scores = tuple[float, float, float]
"""Share inside the band, its width and its continuous ranked probability score, in sigma."""


def main() -> None:
    """Forecast, or tabulate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=("forecast", "table", "strange"))
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2, 3, 4], metavar="N")
    parser.add_argument("--iterations", type=int, default=4000, help="of the networks")
    args = parser.parse_args()
    board = Board(CACHE, Budget(**budget_there(CACHE)))
    if args.stage == "table":
        print(write_table(args.folds, board.dev[0]["sigma"]))
        return
    if args.stage == "strange":
        print(write_strange(args.folds, _usual_errors()))
        return
    for fold in args.folds:
        path = FOLDER / f"{fold}.pickle"
        if not path.exists():
            write_whole(path, pickle.dumps(forecast(board, fold, args.iterations)))


def forecast(board: Board, fold: int, iterations: int) -> tuple[Cases, Cases]:
    """Return what is said of the wells of a fold, and of the development wells."""
    experiment = board.experiment(fold)
    networks = fit_perceptrons(
        experiment.logs,
        scale_of(experiment.logs),
        PerceptronSettings(iterations=iterations, seed=fold),
        weights=experiment.weights,
    )
    trees = board.learnt("lightgbm-trees", fold)
    model = Boosted(
        DEEP,
        Boosters(trees.bags, trees.seen, trees.ranges),
        blend=Blend(tuple(networks), dict.fromkeys(trees.bags, NETWORKS)),
    )
    learnt = {id(well) for well in experiment.logs}
    logs, weights = board.wells
    return (
        _cases(model, [well for well in logs if id(well) not in learnt], weights),
        _cases(model, [well_as_seen(well) for well in board.dev[1]], {}),
    )


def _cases(model: Boosted, wells: Sequence[LogSet], weights: Mapping[str, float]) -> Cases:
    cases: Cases = {}
    assert model.blend is not None
    for logs in wells:
        for target in model.targets:
            known = np.isfinite(logs.curves.get(target, np.nan)) & logs.informed(target)
            if known.sum() < FEWEST:
                continue
            some = np.zeros(len(known), bool)
            some[np.flatnonzero(known)[:: -(-int(known.sum()) // ROWS)]] = True
            features = log_features(logs, target, some)
            by_trees = model.boosters.predict_features(features, logs.well, target)
            by_networks = model.blend.predict(features, logs.well, target)
            mean = model.blend.weigh(by_trees, by_networks, target)
            truth, weight = logs.curves[target][some], weights.get(logs.well, 1.0)
            outcome = Outcome(logs.well, features, by_trees, by_networks, mean, truth, weight)
            cases.setdefault(target, []).append(Case(outcome, model._errors_beside(logs, target)))
    return cases


def write_table(folds: Sequence[int], sigma: Mapping[str, float]) -> str:
    """Fit the band without one fold after the other; return how it does there."""
    told = {fold: pickle.loads((FOLDER / f"{fold}.pickle").read_bytes()) for fold in folds}
    scores: dict[tuple[str, tuple[float, float]], list[tuple[str, str, Scores]]] = {}
    for left_out in folds:
        taught = {
            curve: [case for f in folds if f != left_out for case in told[f][0].get(curve, [])]
            for curve in POOLED
        }
        spread = fit_spread({c: [case.outcome for case in taught[c]] for c in POOLED})
        for curve in POOLED:
            for shares in SHARES:
                factor = _factor(spread, taught[curve], curve, shares)
                for place, cases in enumerate(told[left_out]):
                    for case in cases.get(curve, []):
                        half = factor * _deviation(spread, case, curve, shares)
                        well = case.outcome.well
                        sea = "fold, inland" if well.startswith(INLAND) else "fold, North Sea"
                        kind = "dev" if place else sea
                        found = _score(case.outcome, half, sigma[curve])
                        scores.setdefault((kind, shares), []).append((curve, well, found))
    lines = [
        "| wells | trees | other curves | inside | width | CRPS | worst well | wells under 70 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (kind, shares), rows in sorted(scores.items(), key=lambda item: item[0][0]):
        means = np.mean(
            [np.mean([s for c, _, s in rows if c == curve], axis=0) for curve in POOLED], axis=0
        )
        wells = sorted({well for _, well, _ in rows})
        inside = {w: float(np.mean([s[0] for _, of, s in rows if of == w])) for w in wells}
        worst = min(inside, key=lambda well: inside[well])
        under = sum(share < 0.7 for share in inside.values())
        lines.append(
            f"| {kind} | {shares[0]:g} | {shares[1]:g} | {means[0]:.3f} | {means[1]:.2f} | "
            f"{means[2]:.3f} | {inside[worst]:.2f} ({worst}) | {under} of {len(wells)} |"
        )
    return "\n".join(lines)


def write_strange(folds: Sequence[int], usual: Mapping[str, float]) -> str:
    """Return the error on a blind curve by those on the other curves, of wells not seen."""
    spread = Spread(Boosters(), usual)
    found: dict[str, list[tuple[float, float]]] = {}
    for fold in folds:
        for curve, cases in pickle.loads((FOLDER / f"{fold}.pickle").read_bytes())[0].items():
            for case in cases if curve in usual else ():
                error = root_mean_square(case.outcome.forecast - case.outcome.truth)
                on_others = float(np.exp(spread.strangeness(case.beside)))
                kind = "inland" if case.outcome.well.startswith(INLAND) else "North Sea"
                found.setdefault(kind, []).append((on_others, error / usual[curve]))
    lines = [
        "| wells | errors on others | curves | its own: lower quarter | median | upper quarter |",
        "|---|---|---|---|---|---|",
    ]
    for kind, pairs in sorted(found.items()):
        on_others, error = np.array(pairs).T
        for low, high in pairwise(STEPS):
            here = (on_others >= low) & (on_others < high)
            if here.any():
                quarters = " | ".join(f"{q:.2f}" for q in np.quantile(error[here], QUARTERS))
                share = f"{here.sum()} ({np.mean(here):.0%})"
                lines.append(f"| {kind} | {low:g} to {high:g} | {share} | {quarters} |")
    return "\n".join(lines)


def _usual_errors() -> Mapping[str, float]:
    """Return the errors of the shipped model in its median well."""
    model = load_model("default")
    assert isinstance(model, Boosted) and model.spread is not None
    return model.spread.usual


def _deviation(spread: Spread, case: Case, curve: str, shares: tuple[float, float]) -> np.ndarray:
    """Return the deviation, shape (k,), with other shares than the package's."""
    of, usual = case.outcome, np.log(spread.usual[curve])
    as_is = spread.deviation(
        of.features, of.by_trees, of.by_networks, of.forecast, of.well, curve, 0.0
    )
    by_inputs = (np.log(as_is) - (1.0 - TRUST) * usual) / TRUST
    strangeness = spread.strangeness(case.beside)
    deviation: np.ndarray = np.exp(
        shares[0] * by_inputs + (1.0 - shares[0]) * usual + shares[1] * strangeness
    )
    return deviation


def _factor(
    spread: Spread, cases: Sequence[Case], curve: str, shares: tuple[float, float]
) -> float:
    """Return half the band in deviations: a well is told by trees that have not seen its errors."""
    errors = [case.outcome.forecast - case.outcome.truth for case in cases]
    return NORMAL_90 * fit_factor(
        np.concatenate(errors),
        np.concatenate([_deviation(spread, case, curve, shares) for case in cases]),
        np.repeat(np.arange(len(cases)), [len(error) for error in errors]),
    )


def _score(outcome: Outcome, half: np.ndarray, sigma: float) -> Scores:
    lower, upper = outcome.forecast - half, outcome.forecast + half
    inside = (outcome.truth >= lower) & (outcome.truth <= upper)
    score = crps(outcome.truth, outcome.forecast, lower, upper)
    return float(inside.mean()), float(2 * half.mean() / sigma), float(score.mean() / sigma)


if __name__ == "__main__":
    main()
