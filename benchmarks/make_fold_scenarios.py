"""Draw scenarios from the training wells: folds by place, in the form of the development file.

    python benchmarks/make_fold_scenarios.py [--folder DIR] [--wells N] [--curves N]

Writes folds.json (the wells of each fold) and scenarios_fold0.json ... into a folder outside the
repository. What errors are divided by, and the ranges, are those of the development file. Each
well is asked for a few of its curves, dealt so that every curve comes up about as often; places
take turns, so that a fold of many wells from one place is not decided by that place alone.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from training_wells import CACHE, load_dev, load_training

from welllog.corpus.splits import place_of, split_by_place
from welllog.evaluation import POOLED
from welllog.features import LogSet
from welllog.scenarios import INTERVALS, draw_well, measured_enough

ENOUGH_M = 450.0
"""Measured metres a curve needs to be asked for."""
FEWEST_CURVES = 4
"""Pooled curves a well needs, so that something is visible when one is hidden."""


def main() -> None:
    """Split, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=CACHE, help=f"default: {CACHE}")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--wells", type=int, default=10, help="wells scored in a fold")
    parser.add_argument("--curves", type=int, default=3, help="curves asked of a well")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    template, _ = load_dev()
    logs, _ = load_training()
    folds = split_by_place(logs, args.folds, args.seed)
    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "folds.json").write_text(json.dumps({"seed": args.seed, "folds": folds}))
    for number, names in enumerate(folds):
        random = np.random.default_rng([args.seed, number])
        cases = draw_fold(logs, names, args.wells, args.curves, random)
        path = args.folder / f"scenarios_fold{number}.json"
        path.write_text(json.dumps({**template, "scenarios": cases}, indent=1))
        chosen = {case["well"] for case in cases}
        curves = Counter(case["curve"] for case in cases if case["task"] == "blind")
        intervals = sum(len(case["intervals_m"]) for case in cases)
        print(
            f"{path}: {len(names)} wells, {len(chosen)} of them asked, {len(cases)} scenarios, "
            f"{intervals} intervals; {dict(curves)}"
        )


def draw_fold(
    logs: Sequence[LogSet],
    names: Sequence[str],
    wells: int,
    curves: int,
    random: np.random.Generator,
) -> list[dict[str, Any]]:
    """Return the scenarios of one fold."""
    cases: list[dict[str, Any]] = []
    asked: Counter[str] = Counter()
    for well in choose_wells(logs, names, wells, random):
        known = measured_enough(well, POOLED, ENOUGH_M)
        order = sorted(random.permutation(known).tolist(), key=lambda curve: asked[curve])
        targets = order[:curves]
        asked.update(targets)
        cases += draw_well(well, targets, INTERVALS, random)
    return cases


def choose_wells(
    logs: Sequence[LogSet], names: Sequence[str], count: int, random: np.random.Generator
) -> list[LogSet]:
    """Choose wells with enough data, places taking turns; one edition of each well."""
    first = {well.well: well for well in reversed(logs)}
    usable = [
        name
        for name in names
        if len(measured_enough(first[name], POOLED, ENOUGH_M)) >= FEWEST_CURVES
    ]
    turns: Counter[str] = Counter()
    ranked = []
    for name in random.permutation(usable).tolist():
        place = place_of(name)
        ranked.append((turns[place], len(ranked), name))
        turns[place] += 1
    return [first[name] for _, _, name in sorted(ranked)[:count]]


if __name__ == "__main__":
    main()
