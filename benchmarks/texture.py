"""Is a fill as rough as a log: the likeliest one and a realisation, on the development scenarios.

    python benchmarks/texture.py [--file MODEL] [--model NAME] [--seed N]

Six minutes on one core. Data as for leader_board.py.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from board_tables import mean_cell, table_of, texture_cell
from numpy.typing import NDArray
from training_wells import load_dev

from welllog.baselines import Boosted, Prediction
from welllog.checkpoint import BUNDLED, load_model, named_restorer
from welllog.evaluation import evaluate
from welllog.features import LogSet
from welllog.realisations import draw_realisations


@dataclass(frozen=True)
class Drawn:
    """A restorer whose answer is one realisation of another's."""

    restorer: Boosted
    seed: int

    @property
    def name(self) -> str:
        """Return the name of the other."""
        return f"{self.restorer.name}, one realisation"

    def predict(self, logs: LogSet, target: str, rows: NDArray[np.bool_]) -> Prediction:
        """Draw one fill; its band is the other's."""
        said = self.restorer.predict(logs, target, rows)
        (fill,) = draw_realisations(self.restorer, logs, target, rows, said, 1, self.seed)
        return replace(said, mean=fill)

    def outside_experience(self, logs: LogSet, target: str) -> NDArray[np.bool_]:
        """Return what the other says."""
        return self.restorer.outside_experience(logs, target)


def main() -> None:
    """Score both, print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--file", type=Path, default=BUNDLED)
    parser.add_argument("--model", default="deep-kriging")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    scenarios, wells = load_dev()
    trees = load_model(args.file)
    assert isinstance(trees, Boosted)
    restorer = named_restorer(trees, args.model)
    models = {
        one.name: {args.seed: evaluate(one, scenarios, wells)}
        for one in (restorer, Drawn(restorer, args.seed))
    }
    print("\n".join([*table_of(models, mean_cell), *table_of(models, texture_cell)]))


if __name__ == "__main__":
    main()
