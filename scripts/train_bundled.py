"""Train the model that is shipped with welllog, from wells whose terms allow it.

    python scripts/train_bundled.py [-o MODEL] [--sets force2020/train]

Data: the folder named by WELLLOG_DATA (default ../shared/data). The whole set of some 160 wells
takes 84 minutes on one core for trees, networks to blend with them and kernels, 18 for the bands.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from pathlib import Path

from welllog.baselines import Boosted
from welllog.boosting import BoostingSettings, fit_boosters
from welllog.calibration import CalibrationSettings, share_trees
from welllog.checkpoint import BUNDLED, load_model, model_card, save_model
from welllog.deep_training import DeepSettings, learn_deep
from welllog.features import LogSet
from welllog.formats import read
from welllog.kernel_lessons import KernelSettings
from welllog.levels import without_level_faults
from welllog.perceptron_learning import PerceptronSettings
from welllog.progress import Progress
from welllog.training import training_logs

SETS = ("force2020/train", "geolink", "npra", "kansas")
WEIGHTS = {"kansas": 0.3}
"""Shallow carbonates and red beds, unlike most wells: their samples count less."""
BAND_WELLS = 60
"""Wells per curve that the bands of gaps are fitted on: a shipped model can take its time."""
CREDITS = (
    "Trained on: FORCE 2020 wells (FORCE / Norwegian Offshore Directorate, NLOD 2.0, Zenodo "
    "4351156); GEOLINK wells (GEOLINK, NLOD 2.0, through bolgebrygg/MalenoV); NPRA wells (USGS "
    "OF00-200, US public domain); Kansas wells (Kansas Geological Survey, public records)."
)
LICENCE = "BSD-3-Clause; data under NLOD 2.0 and in the public domain, see credits"


def load_wells(data: Path, sets: list[str]) -> tuple[list[LogSet], dict[str, float]]:
    """Read the training wells without the curves that the list of wells or their level warn of."""
    warnings: dict[str, str] = {}
    with open(data / "wells.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            warnings[f"{row['folder']}/{row['file']}"] = row["qc"]
    logs: list[LogSet] = []
    weights: dict[str, float] = {}
    for folder in sets:
        for path in sorted((data / folder).iterdir()):
            key = f"{folder}/{path.name}"
            unit = "ft" if folder == "npra" and ".csv" in path.name else None
            try:
                well = read(path, keep_document=False, index_unit=unit)
            except ValueError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            # One place, one name: the same well in two editions must stay in one bag.
            well.name = well.name.split(" ")[0] if folder in ("force2020/train", "geolink") else key
            for curve in ("NPHI", "RHOB"):
                doubtful = warnings.get(key, "")
                if curve in doubtful and curve in well.canonical:
                    del well.curves[well.canonical[curve]]
            logs += training_logs([well])
            weights[well.name] = WEIGHTS.get(folder, 1.0)
    logs, faults = without_level_faults(logs)
    for fault in faults:
        print(f"left out: {fault}", file=sys.stderr)
    return logs, weights


def learn(
    logs: list[LogSet], weights: dict[str, float], args: argparse.Namespace, progress: Progress
) -> Boosted:
    """Grow the trees and learn what deep kriging puts on top of them."""
    settings = BoostingSettings(
        rounds=args.rounds,
        leaves=args.leaves,
        samples_per_well=args.samples_per_well,
        seed=args.seed,
    )
    boosters = fit_boosters(logs, settings, weights=weights, progress=progress)
    trees = Boosted(boosters=boosters, settings=settings)
    if args.no_deep:
        return trees
    deep = DeepSettings(PerceptronSettings(seed=args.seed), KernelSettings(seed=args.seed))
    return learn_deep(trees, logs, deep, weights=weights, progress=progress)


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=BUNDLED)
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--leaves", type=int, default=31)
    parser.add_argument("--samples-per-well", type=int, default=2500)
    parser.add_argument(
        "--calibrate", type=Path, metavar="MODEL", help="learn nothing, only fit this file's bands"
    )
    parser.add_argument(
        "--no-deep", action="store_true", help="trees alone, no networks or kernels"
    )
    parser.add_argument("--no-bands", action="store_true", help="to score the trees alone: faster")
    args = parser.parse_args()
    data = Path(os.environ.get("WELLLOG_DATA", "../shared/data"))
    started = time.time()

    def progress(share: float, message: str) -> None:
        print(f"{time.time() - started:7.0f} s {100 * share:5.1f} %  {message}", flush=True)

    logs, weights = load_wells(data, args.sets)
    progress(0.0, f"{len(logs)} wells")
    restorer = (
        load_model(args.calibrate) if args.calibrate else learn(logs, weights, args, progress)
    )
    assert isinstance(restorer, Boosted)
    if not args.no_bands:
        calibration = CalibrationSettings(wells=BAND_WELLS, seed=args.seed)
        restorer = share_trees(restorer, logs, calibration, progress)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    training = {
        "wells": len({well.well for well in logs}),
        "files": len(logs),
        "sets": {name: sum(1 for _ in (data / name).iterdir()) for name in args.sets},
        "credits": CREDITS,
        "seed": args.seed,
        "samples_per_well": args.samples_per_well,
    }
    learnt = {"training": training, "licence": LICENCE}
    card = model_card(args.calibrate) if args.calibrate else learnt
    save_model(restorer, args.output, **card)
    progress(1.0, f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
