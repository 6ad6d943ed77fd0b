"""Score every restorer on the development scenarios and print one table.

    python benchmarks/leader_board.py [--file MODEL] [-o results.json]

Data: WELLLOG_DATA (default ../shared/data) for the wells, bench/scenarios_dev.json beside it for
the scenarios. Takes about a quarter of an hour on one core; MODEL is the shipped one by default.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from welllog.baselines import CORRECTIONS, Boosted
from welllog.checkpoint import BUNDLED, load_model, model_card, named_restorer, save_model
from welllog.evaluation import evaluate
from welllog.formats import read
from welllog.uncertainty import Calibration

ROWS = ("interpolation", "kriging", *CORRECTIONS)
COLUMNS = [
    *(("gap", length) for length in (5.0, 20.0, 100.0, 300.0)),
    *(("blackout", length) for length in (5.0, 20.0, 100.0, 300.0)),
    ("blind", 0.0),
]


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--file", type=Path, default=BUNDLED)
    parser.add_argument("--model", action="append", choices=ROWS)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--into-card", action="store_true", help="put the scores into MODEL")
    args = parser.parse_args()
    data = Path(os.environ.get("WELLLOG_DATA", "../shared/data"))
    scenarios = json.loads((data.parent / "bench" / "scenarios_dev.json").read_text())
    wells = [
        read(path, keep_document=False) for path in sorted((data / "force2020/dev").glob("*.las"))
    ]
    trees = load_model(args.file)
    assert isinstance(trees, Boosted)
    results = {}
    print("| model | gap 5 m | 20 | 100 | 300 | blackout 5 | 20 | 100 | 300 | blind |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in args.model or ROWS:
        started = time.time()
        if name in CORRECTIONS:
            restorer = named_restorer(trees, name)
        else:
            restorer = replace(
                load_model(name), calibration=trees.calibrations.get(name, Calibration())
            )
        result = evaluate(restorer, scenarios, wells)
        groups = result.groups()
        cells = [
            f"{result.mean_nrmse(*column):.3f}".lstrip("0") if column in groups else "–"
            for column in COLUMNS
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
        seconds = time.time() - started
        print(f"{result.table()}\n{name}: {seconds:.0f} s", file=sys.stderr, flush=True)
        results[name] = result.to_dict()
    if args.output:
        args.output.write_text(json.dumps(results, indent=1))
    if args.into_card:
        card = model_card(args.file)
        card["scores"] = {name: _short(result) for name, result in results.items()}
        save_model(trees, args.file, **card)


def _short(result: dict[str, Any]) -> dict[str, float]:
    return {
        f"{group['task']} {group['length_m']:g} m".removesuffix(" 0 m"): round(group["nrmse"], 3)
        for group in result["groups"]
    }


if __name__ == "__main__":
    main()
