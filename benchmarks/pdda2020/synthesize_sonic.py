"""SPWLA PDDA 2020: synthesise DTC and DTS of a well from three others, by a method chosen blind.

    python benchmarks/pdda2020/synthesize_sonic.py            # the table of what was tried
    python benchmarks/pdda2020/synthesize_sonic.py --predict  # write predictions.csv and no more

Every method is judged by leaving a training well out, cell by cell (zones, the Palaeogene parted
into sand and shale), the cells weighted as the test well has them: the well left out is made to
look like the test well. Needs scikit-learn beside the project; data: WELLLOG_DATA.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from learners import (
    Learner,
    average,
    boosted,
    extra_trees,
    gaussian_process,
    perceptron,
    ridge,
)
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from stretches import (
    CELLS,
    LEAN,
    LOGS,
    SONIC,
    ZONE_FLAGS,
    ZONES,
    Stretch,
    read_stretches,
)

from welllog.features import rolling_mean

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Method = Callable[[list[Stretch], Stretch], FloatArray]
"""(stretches to learn from, stretch asked) -> (n, 2) DTC and DTS, us/ft."""

PREDICTIONS = Path(__file__).parent / "predictions.csv"
FROZEN = "four, shales by lean ridge, 2 %"
LEAST_ROWS = 100
"""A cell of a well with fewer measured rows neither judges nor gets a model of its own."""


@dataclass(frozen=True)
class Rows:
    """Rows to learn one sonic log from: x (m, f), y (m,), weight (m,) of mean 1, zone (m,)."""

    x: FloatArray
    y: FloatArray
    weight: FloatArray
    zone: IntArray


class Synthesis:
    """Makes methods out of learners, with the test well's shares of the cells as weights.

    Parameters
    ----------
    test : Stretch
        The test well: only its inputs' cells are looked at.
    overburden : Stretch
        Rows of well A above the zones.
    """

    def __init__(self, test: Stretch, overburden: Stretch) -> None:
        self.shares = np.bincount(test.cell, minlength=len(CELLS)) / len(test.cell)
        self.overburden = overburden
        features = tuple(test.features)
        self.rolling = tuple(n for n in features if n not in ("within", "zone", *ZONE_FLAGS))
        self.all = (*self.rolling, "within", "zone")

    def gather(
        self, training: list[Stretch], k: int, names: tuple[str, ...], overburden: float = 0.0
    ) -> Rows:
        """Collect the rows with sonic log ``k``; ``overburden`` is its share of the weight.

        Cells weigh as in the test well (at least 3 %), the wells alike within a cell.
        """
        parts, weights = [], []
        measured = [np.isfinite(t.despiked[:, k]) for t in training]
        counts = np.array(
            [
                np.bincount(t.cell[keep], minlength=len(CELLS))
                for t, keep in zip(training, measured, strict=True)
            ]
        )
        wells = np.maximum((counts > 0).sum(0), 1)
        for stretch, keep, count in zip(training, measured, counts, strict=True):
            cell_weight = np.maximum(self.shares, 0.03) / wells / np.maximum(count, 1)
            parts.append((stretch, keep))
            weights.append(cell_weight[stretch.cell[keep]])
        weight = np.concatenate(weights) / np.concatenate(weights).mean()
        if overburden and any(t.name == self.overburden.name for t in training):
            keep = np.isfinite(self.overburden.sonic[:, k])
            parts.append((self.overburden, keep))
            extra = np.full(keep.sum(), overburden * weight.sum() / keep.sum())
            weight = np.r_[weight, extra]
        return Rows(
            np.concatenate([t.columns(names)[keep] for t, keep in parts]),
            np.concatenate([t.sonic[keep, k] for t, keep in parts]),
            weight,
            np.concatenate([t.zone[keep] for t, keep in parts]),
        )

    def learn(self, learner: Learner, names: tuple[str, ...], *, overburden: float = 0.0) -> Method:
        """Return one model for all zones."""

        def method(training: list[Stretch], asked: Stretch) -> FloatArray:
            answers = []
            for k in range(len(SONIC)):
                rows = self.gather(training, k, names, overburden)
                answers.append(learner(rows.x, rows.y, rows.weight, asked.columns(names)))
            return np.column_stack(answers)

        return method

    def learn_by_zone(self, learner: Learner, names: tuple[str, ...]) -> Method:
        """Return one model per zone; of all rows where a zone has hardly any."""

        def method(training: list[Stretch], asked: Stretch) -> FloatArray:
            answer, wanted = np.zeros((len(asked.zone), len(SONIC))), asked.columns(names)
            for k in range(len(SONIC)):
                rows = self.gather(training, k, names)
                for zone in range(len(ZONES)):
                    mine, here = rows.zone == zone, asked.zone == zone
                    if mine.sum() < LEAST_ROWS:
                        mine = np.ones(len(mine), bool)
                    answer[here, k] = learner(
                        rows.x[mine], rows.y[mine], rows.weight[mine], wanted[here]
                    )
            return answer

        return method

    def learn_shifted(self, learner: Learner, names: tuple[str, ...]) -> Method:
        """Return one model whose rows weigh more the more they look like the rows asked.

        The square root of the odds of a logistic classifier of training against asked rows.
        """

        def method(training: list[Stretch], asked: Stretch) -> FloatArray:
            answers, wanted = [], asked.columns(names)
            for k in range(len(SONIC)):
                rows = self.gather(training, k, names)
                scale = StandardScaler().fit(rows.x)
                both = np.vstack([scale.transform(rows.x), scale.transform(wanted)])
                side = np.r_[np.zeros(len(rows.x)), np.ones(len(wanted))]
                judge = LogisticRegression(C=0.1, max_iter=500).fit(both, side)
                odds = judge.decision_function(both[: len(rows.x)])
                weight = rows.weight * np.exp(np.clip(odds, -4, 4) / 2)
                answers.append(learner(rows.x, rows.y, weight / weight.mean(), wanted))
            return np.column_stack(answers)

        return method

    def learn_chained(self, learner: Learner, names: tuple[str, ...]) -> Method:
        """Return a method whose DTS has DTC as an input: measured to learn, predicted to answer."""
        first = self.learn(learner, names)

        def method(training: list[Stretch], asked: Stretch) -> FloatArray:
            slowness = first(training, asked)[:, 0]
            paired = [
                Stretch(
                    t.name,
                    t.features.assign(DTC=np.log(t.sonic[:, 0])),
                    t.zone,
                    t.cell,
                    np.where(np.isfinite(t.sonic).all(1)[:, None], t.sonic, np.nan),
                )
                for t in training
            ]
            rows = self.gather(paired, 1, (*names, "DTC"))
            wanted = np.column_stack([asked.columns(names), np.log(slowness)])
            return np.column_stack([slowness, learner(rows.x, rows.y, rows.weight, wanted)])

        return method


def remembered(method: Method) -> Method:
    """Return a method that fits once for the same wells: the blends share their parts."""
    answers: dict[tuple[str, ...], FloatArray] = {}

    def recall(training: list[Stretch], asked: Stretch) -> FloatArray:
        key = (asked.name, *(t.name for t in training))
        if key not in answers:
            answers[key] = method(training, asked)
        return answers[key]

    return recall


def mean_of(*methods: Method) -> Method:
    """Return the mean of several methods."""
    return lambda training, asked: np.mean([m(training, asked) for m in methods], axis=0)


def with_shales_by(rest: Method, shales: Method) -> Method:
    """Return ``rest`` with another method in the Palaeogene shales, cross-faded over 15 rows."""

    def method(training: list[Stretch], asked: Stretch) -> FloatArray:
        share = rolling_mean((asked.cell == CELLS.index("shale")).astype(np.float64), 15)[:, None]
        return (1 - share) * rest(training, asked) + share * shales(training, asked)

    return method


def smoothed(method: Method, window: int) -> Method:
    """Return a method whose answer is averaged over ``window`` rows."""
    return lambda training, asked: np.column_stack(
        [rolling_mean(column, window) for column in method(training, asked).T]
    )


def methods_of(make: Synthesis) -> dict[str, Method]:
    """Return what was tried, by name."""
    lean = (*LEAN, *ZONE_FLAGS)
    boost = remembered(make.learn(boosted, make.all))
    trees = remembered(make.learn(extra_trees, make.all))
    zoned = remembered(make.learn(ridge(), lean))
    by_zone = remembered(make.learn_by_zone(ridge(), LOGS))
    net = remembered(make.learn(perceptron, lean))
    four = remembered(mean_of(boost, trees, zoned, by_zone))
    tried = {
        "mean of each zone": make.learn_by_zone(average, LOGS),
        "LightGBM, five logs": make.learn(boosted, LOGS),
        "LightGBM, rolling features": make.learn(boosted, make.rolling),
        "LightGBM, and the zone": boost,
        "extra trees, rolling features": make.learn(extra_trees, make.rolling),
        "extra trees, and the zone": trees,
        "extra trees, covariate shift": make.learn_shifted(extra_trees, make.all),
        "ridge of log slowness, rolling": make.learn(ridge(), make.rolling),
        "ridge, lean, and the zone": zoned,
        "ridge, lean, covariate shift": make.learn_shifted(ridge(), lean),
        "ridge per zone, five logs": by_zone,
        "quadratic, five logs": make.learn(ridge(degree=2), LOGS),
        "Gaussian process, rolling": make.learn(gaussian_process, make.rolling),
        "Gaussian process, lean, zone": make.learn(gaussian_process, lean),
        "small networks, lean, zone": net,
        "LightGBM, DTS from DTC": make.learn_chained(boosted, make.all),
        "ridge, DTS from DTC": make.learn_chained(ridge(), lean),
        "four (trees, boosted, ridges)": four,
        "four and the networks": mean_of(four, four, four, four, net),
        "four, shales by lean ridge, 0 %": with_shales_by(four, zoned),
    }
    for share in (0.005, 0.01, 0.02, 0.05):
        shales = make.learn(ridge(), lean, overburden=share)
        tried[f"four, shales by lean ridge, {100 * share:g} %"] = with_shales_by(four, shales)
    tried["the 2 %, smoothed over 15"] = smoothed(tried[FROZEN], 15)
    return tried


def errors_of(answer: FloatArray, stretch: Stretch) -> FloatArray:
    """Return the mean squared error by cell and log, shape (cells, 2); NaN where hardly any."""
    squared = (answer - stretch.sonic) ** 2
    errors = np.full((len(CELLS), len(SONIC)), np.nan)
    for cell in range(len(CELLS)):
        for k in range(len(SONIC)):
            here = squared[stretch.cell == cell, k]
            if np.isfinite(here).sum() >= LEAST_ROWS:
                errors[cell, k] = np.nanmean(here)
    return errors


def score_of(errors: FloatArray, shares: FloatArray) -> float:
    """Return the contest's score, us/ft, of errors by cell with the shares of the cells."""
    return float(np.sqrt(np.nansum(shares[:, None] * errors) / 2))


def cross_validate(
    methods: Mapping[str, Method], wells: Mapping[str, Stretch], shares: FloatArray
) -> pd.DataFrame:
    """Leave each well out; print and return one line per method.

    ``score`` averages the errors of each cell over the wells that have it. ``B`` and ``C`` are
    these wells alone (A has half a DTC and half a DTS, so no score of its own).
    """
    lines = {}
    for name, method in methods.items():
        errors = np.stack(
            [
                errors_of(method([w for w in wells.values() if w is not out], out), out)
                for out in wells.values()
            ]
        )
        mean = np.nanmean(errors, axis=0)
        line = {"score": score_of(mean, shares)}
        line |= {w: score_of(errors[n], shares) for n, w in enumerate(wells) if w != "A"}
        for k, log in enumerate(SONIC):
            line |= {f"{log} {c}": np.sqrt(mean[n, k]) for n, c in enumerate(CELLS) if n in SHOWN}
        lines[name] = line
        if len(lines) == 1:
            print(f"| {'method':36s} | {' | '.join(line)} |\n|---|{'---|' * len(line)}")
        print(f"| {name:36s} | {' | '.join(f'{v:5.2f}' for v in line.values())} |", flush=True)
    return pd.DataFrame(lines).T


SHOWN = (0, 1, 2, 3, 6)
"""Cells whose errors are in the table: those with more than 3 % of the test well."""


def main() -> None:
    """Print the table, or write the predictions of the frozen method."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--predict", action="store_true", help="write predictions.csv")
    stretches = read_stretches()
    wells = {name: stretches[name] for name in "ABC"}
    make = Synthesis(stretches["test"], stretches["overburden"])
    methods = methods_of(make)
    if parser.parse_args().predict:
        answer = methods[FROZEN](list(wells.values()), stretches["test"])
        pd.DataFrame(answer, columns=list(SONIC)).to_csv(
            PREDICTIONS, index=False, float_format="%.3f"
        )
        print(f"{len(answer)} rows by '{FROZEN}' in {PREDICTIONS}")
        return
    table = cross_validate(methods, wells, make.shares)
    for judged, other in (("B", "C"), ("C", "B")):
        best = str(table[other].idxmin())
        print(f"chosen on {other} alone: '{best}', on {judged} {table.loc[best, judged]:.2f}")


if __name__ == "__main__":
    main()
