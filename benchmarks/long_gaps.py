"""What the fade of the well's own correction is worth in intervals longer than the board's.

    python benchmarks/long_gaps.py [--wells N] [--model NAME]

Hides 300 to 2000 m of every curve of the development wells and of N training wells, whose trees
have not seen them, anywhere or but for 30 m at one end; prints the error (standard deviations of
the curve over what was hidden), the share of samples in the band and its width, with the fade and
without. Some 2 s an interval on one core.

Data: WELLLOG_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from training_wells import load_dev, load_training

from welllog import baselines
from welllog.checkpoint import load_model
from welllog.features import TARGETS, LogSet, hidden_with
from welllog.training import training_logs

LENGTHS_M = (300.0, 600.0, 1200.0, 2000.0)
LEFT_M = 30.0
"""Left visible at one end in two of three intervals."""
EVERY = 15
"""Of the hidden samples, one in this many is scored."""


def main() -> None:
    """Hide, restore, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wells", type=int, default=16, metavar="N")
    parser.add_argument("--model", default="default")
    args = parser.parse_args()
    restorer, random = load_model(args.model), np.random.default_rng(0)
    training, _ = load_training()
    chosen = random.permutation(len(training))[: args.wells]
    wells = [*training_logs(load_dev()[1]), *(training[place] for place in chosen)]
    said = defaultdict(list)
    for well in wells:
        for target, length, rows in draw(well, random):
            truth = well.curves[target]
            siblings = hidden_with(target)[1:]
            seen = well.hide(np.ones(len(truth), bool), siblings).hide(rows, [target])
            scored = (np.isfinite(truth) & seen.informed(target))[rows]
            for fade in (baselines.FADE_M, np.inf):
                with mock.patch.object(baselines, "FADE_M", fade):
                    told = restorer.predict(seen, target, rows)
                parts = (truth[rows], told.mean, told.lower, told.upper)
                sampled = np.array([part[scored][::EVERY] for part in parts])
                if sampled.shape[1]:
                    said[np.isfinite(fade), length].append((target, sampled))
    spreads = {
        target: np.std(
            np.hstack([part[0] for parts in said.values() for t, part in parts if t == target])
        )
        for target in {target for parts in said.values() for target, _ in parts}
    }
    print("length      intervals  error  in band  width")
    for (fades, length), parts in sorted(said.items(), key=lambda item: (item[0][1], item[0][0])):
        squares, inside, widths = [], [], []
        for target, (truth, mean, lower, upper) in parts:
            squares.append(np.mean((mean - truth) ** 2) / spreads[target] ** 2)
            inside.append(np.mean((truth >= lower) & (truth <= upper)))
            widths.append(np.mean(upper - lower) / spreads[target])
        print(
            f"{length:6.0f} m {'fade' if fades else 'bare'} {len(parts):6d}     "
            f"{np.sqrt(np.mean(squares)):.3f}  {np.mean(inside):.3f}    {np.mean(widths):.2f}"
        )


def draw(
    well: LogSet, random: np.random.Generator
) -> Iterator[tuple[str, float, NDArray[np.bool_]]]:
    """Yield curve, length and rows of intervals to hide, shape (n,)."""
    left = round(LEFT_M / well.step)
    for target in TARGETS:
        known = np.flatnonzero(np.isfinite(well.curves.get(target, np.empty(0))))
        for length in LENGTHS_M:
            count = round(length / well.step)
            spare = len(known) - count
            if count > 0.95 * len(known) or len(known) * well.step < 2 * LENGTHS_M[0]:
                continue
            first = int(random.integers(spare))
            first = (first, min(first, left), max(first, spare - left))[random.integers(3)]
            rows = np.zeros(len(well.depth), bool)
            rows[known[first] : known[first + count - 1] + 1] = True
            yield target, length, rows


if __name__ == "__main__":
    main()
