"""All models and rivals on the same scenarios: by folds of the training wells, and on dev.

    python benchmarks/make_fold_scenarios.py                 # once; see there
    python benchmarks/leader_board.py fit   [--models NAME ...] [--seeds N ...]
    python benchmarks/leader_board.py score [--models NAME ...] [--seeds N ...] [--sets dev fold]
    python benchmarks/leader_board.py leaky [--seeds N ...]
    python benchmarks/leader_board.py keep
    python benchmarks/leader_board.py unpack
    python benchmarks/leader_board.py table [--against NAME] [--seeds N ...]

Seed s goes with fold s: a model of seed s learns from all wells but those of fold s, and is scored
on fold s and on the development wells. Every stage skips what is there already, so that a long
job can be done in pieces, and ``score`` fits what has not been fitted. Results are one JSON per
model and seed; ``keep`` puts them into benchmarks/results/leader_board.json.xz, which ``table``
reads where the folder holds none; ``unpack`` puts what was kept back into a new folder, so that
what is scored next is added to it. Fits are pickles of this program's own making: do not read other
people's.

    python benchmarks/leader_board.py [--file MODEL] [--model NAME] [-o FILE] [--into-card]

without a stage scores a model file (the shipped one by default) on dev and prints one table; a
quarter of an hour on one core.

Data: WELLLOG_DATA (default ../shared/data) for the wells, bench/scenarios_dev.json beside it for
the scenarios. The rivals need benchmarks/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from board_tables import COLUMNS, keep_results, kept_files, leaky_table, results_in, write_tables
from training_wells import CACHE, load_dev, load_training

from welllog.baselines import Boosted
from welllog.boosting import Boosters, remember_answers
from welllog.checkpoint import BUNDLED, load_model, model_card, named_restorer, save_model
from welllog.corrections import CORRECTIONS
from welllog.evaluation import evaluate
from welllog.uncertainty import Calibration

ROWS = ("interpolation", "kriging", *CORRECTIONS)
STAGES = ("fit", "score", "leaky", "keep", "unpack", "table")
KEPT = Path(__file__).parent / "results"
"""Scores that took hours, so that tables can be made again without."""


def main() -> None:
    """Do one stage, or score one model file."""
    if len(sys.argv) < 2 or sys.argv[1] not in STAGES:
        score_file()
        return
    from contestants import Budget, names_of

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--models", nargs="+", metavar="NAME", help="default: all")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], metavar="N")
    parser.add_argument("--folder", type=Path, default=CACHE, help=f"default: {CACHE}")
    parser.add_argument("--sets", nargs="+", choices=("dev", "fold"), default=["dev", "fold"])
    parser.add_argument("--against", metavar="NAME", help="table: ratios to this model")
    parser.add_argument("--threads", type=int, default=1)
    for name, value in asdict(Budget()).items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=int, metavar="N", help=f"default: {value}")
    args = parser.parse_args()
    given = {name: getattr(args, name) for name in asdict(Budget()) if getattr(args, name)}
    board = Board(args.folder, Budget(**{**budget_there(args.folder), **given}), args.threads)
    if args.stage == "keep":
        write_whole(KEPT / "leader_board.json.xz", keep_results(args.folder))
        return
    if args.stage == "unpack":
        for kind, path, content in kept_files(KEPT / "leader_board.json.xz"):
            if not (args.folder / kind / path).exists():
                write_whole(args.folder / kind / path, content)
        return
    if args.stage == "table":
        source = args.folder if board.results.is_dir() else KEPT / "leader_board.json.xz"
        if not results_in(source)["results"]:
            raise SystemExit(f"no results in {args.folder} or {KEPT} yet: run the stage score")
        print(write_tables(source, args.against, args.seeds))
        print(leaky_table(source, args.seeds))
        return
    board.claim()
    for seed in args.seeds:
        if args.stage == "leaky":
            board.leak(seed)
            continue
        for name in names_of(args.models):
            if args.stage == "fit":
                board.fitted(name, seed)
            else:
                for which in args.sets:
                    board.score(name, seed, which)


def budget_there(folder: Path) -> dict[str, int]:
    """Return the budget that a folder was filled with; nothing where it is empty."""
    path = folder / "budget.json"
    return json.loads(path.read_text()) if path.exists() else {}


class Board:
    """A folder of fits and results, filled as it is asked for."""

    def __init__(self, folder: Path, budget: Any, threads: int = 1) -> None:
        self.folder, self.budget, self.threads = folder, budget, threads
        self.results = folder / "results"
        self._learnt: dict[tuple[str, int], Any] = {}
        self._experiment: Any = None

    def claim(self) -> None:
        """Write the budget into the folder; refuse one that was filled with another budget."""
        there = budget_there(self.folder)
        if there and there != asdict(self.budget):
            raise SystemExit(
                f"{self.folder} was filled with {there}; use another --folder for {self.budget}"
            )
        self.results.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / "budget.json", json.dumps(asdict(self.budget)).encode())

    @cached_property
    def wells(self) -> Any:
        """The training wells and the weights of their samples."""
        return load_training()

    @cached_property
    def dev(self) -> Any:
        """The development scenarios and wells."""
        return load_dev()

    def experiment(self, seed: int) -> Any:
        """Return what models of a seed learn from: all wells but those of their fold."""
        from contestants import Experiment

        if self._experiment is None or self._experiment.seed != seed:
            path = self.folder / "folds.json"
            if not path.exists():
                raise SystemExit(f"{path} is missing: run benchmarks/make_fold_scenarios.py")
            left_out = set(json.loads(path.read_text())["folds"][seed])
            logs, weights = self.wells
            kept = [well for well in logs if well.well not in left_out][:: self.budget.every]
            self._experiment = Experiment(
                seed,
                kept,
                weights,
                self.budget,
                self.threads,
                learnt=lambda learner: self.learnt(learner, seed),
                folder=self.folder / "runs",
            )
        return self._experiment

    def fitted(self, name: str, seed: int) -> Any:
        """Return a restorer, learnt and calibrated, from the folder where it is there."""
        from contestants import CONTESTANTS, band_of, with_band

        contestant = CONTESTANTS[name]
        learnt = self.learnt(contestant.learner, seed) if contestant.learner else None
        restorer = contestant.make(learnt)
        path = self.folder / "fits" / f"{name}-{seed}.band.json"
        if not path.exists():
            experiment = self.experiment(seed)
            with _Clock(f"{name}, seed {seed}: band"):
                band = band_of(restorer, contestant, experiment)
            write_whole(path, json.dumps(band.to_dict()).encode())
        return with_band(restorer, Calibration.from_dict(json.loads(path.read_text())))

    def learner(self, name: str) -> Callable[[Any], Any]:
        """Return what learns: an experiment -> what was learnt."""
        from contestants import LEARNERS

        return LEARNERS[name]

    def learnt(self, learner: str, seed: int) -> Any:
        """Return what was learnt, from the folder where it is there."""
        if (learner, seed) not in self._learnt:
            path = self.folder / "fits" / f"{learner}-{seed}.pickle"
            if not path.exists():
                experiment = self.experiment(seed)
                with _Clock(f"{learner}, seed {seed}: fit"):
                    learnt = self.learner(learner)(experiment)
                write_whole(path, pickle.dumps(learnt))
            kept = {key: value for key, value in self._learnt.items() if key[1] == seed}
            learnt = pickle.loads(path.read_bytes())
            if isinstance(learnt, Boosters):
                learnt = remember_answers(learnt)
            self._learnt = {**kept, (learner, seed): learnt}
        return self._learnt[learner, seed]

    def score(self, name: str, seed: int, which: str) -> None:
        """Score a model on the development wells or on its fold, unless that was done."""
        path = self.results / f"{name}-{seed}.json"
        result = json.loads(path.read_text()) if path.exists() else {"model": name, "seed": seed}
        if which in result:
            return
        restorer = self.fitted(name, seed)
        if which == "dev":
            scenarios, wells = self.dev
        else:
            scenarios = json.loads((self.folder / f"scenarios_fold{seed}.json").read_text())
            wells = self.wells[0]
        with _Clock(f"{name}, seed {seed}: {which}"):
            evaluation = evaluate(restorer, scenarios, wells, seed=seed)
        result |= {"budget": asdict(self.budget), which: evaluation.to_dict()}
        write_whole(path, json.dumps(result).encode())

    def leak(self, seed: int) -> None:
        """Score trees on rows drawn at random from the wells they were grown on."""
        from rivals.leak import score_random_rows

        path = self.folder / "leaky" / f"{seed}.json"
        if path.exists():
            return
        experiment, (scenarios, _) = self.experiment(seed), self.dev
        with _Clock(f"rows split at random, seed {seed}"):
            scores = score_random_rows(experiment, scenarios["sigma"])
        write_whole(path, json.dumps(scores).encode())


class _Clock:
    """Says what took how long."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.began = time.time()
        print(f"{self.what} ...", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        print(f"{self.what}: {time.time() - self.began:.0f} s", file=sys.stderr, flush=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def score_file() -> None:
    """Score the restorers of one model file on the development scenarios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", type=Path, default=BUNDLED)
    parser.add_argument("--model", action="append", choices=ROWS)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--into-card", action="store_true", help="put the scores into MODEL")
    args = parser.parse_args()
    scenarios, wells = load_dev()
    trees = load_model(args.file)
    assert isinstance(trees, Boosted)
    results = {}
    print("| model | gap 5 m | 20 | 100 | 300 | blackout 5 | 20 | 100 | 300 | blind |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in args.model or ROWS:
        if name in CORRECTIONS:
            restorer: Any = named_restorer(trees, name)
        else:
            band = trees.calibrations.get(name, Calibration())
            restorer = replace(load_model(name), calibration=band)
        with _Clock(name):
            result = evaluate(restorer, scenarios, wells)
        groups = result.groups()
        cells = [
            f"{result.mean_nrmse(*column):.3f}".lstrip("0") if column in groups else "–"
            for column in COLUMNS
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
        print(result.table(), file=sys.stderr, flush=True)
        results[name] = result.to_dict()
    if args.output:
        args.output.write_text(json.dumps(results, indent=1))
    if args.into_card:
        card = model_card(args.file)
        short = {name: _short(result) for name, result in results.items()}
        card["scores"] = {**card.get("scores", {}), **short}
        save_model(trees, args.file, **card)


def _short(result: dict[str, Any]) -> dict[str, float]:
    return {
        f"{group['task']} {group['length_m']:g} m".removesuffix(" 0 m"): round(group["nrmse"], 3)
        for group in result["groups"]
    }


if __name__ == "__main__":
    main()
