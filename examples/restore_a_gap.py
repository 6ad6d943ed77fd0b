"""Restore a gap and compare it with what was there.

    python examples/restore_a_gap.py [WELL.las] [--model NAME]

Without a file a synthetic well is used, whose rock is known. The picture and the LAS file are
written to the folder the script is started in.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import welllog

parser = argparse.ArgumentParser()
parser.add_argument("well", nargs="?", type=Path)
parser.add_argument("--curve", default="DTC")
parser.add_argument("--model", default="default")
args = parser.parse_args()

well = welllog.read(args.well) if args.well else welllog.synthetic_well(seed=4)
curve = well.find(args.curve)
print(f"{well.name}: {len(well.index)} samples, {', '.join(well.curves)}")
print(f"gaps: {len(welllog.find_gaps(well))}")

# Say where, and the measured samples there are replaced: flag 2. The model does not see them.
measured = well.values(curve)
logged = well.index[np.isfinite(measured)]
middle = float(np.median(logged))
top, base = middle - 50 * well.step, middle + 50 * well.step
restoration = welllog.restore(well, curve, [(top, base)], model=args.model)

restored = restoration[args.curve]
inside = (restored.flag > 0) & np.isfinite(measured)
error = restored.values[inside] - measured[inside]
truth, low, high = (a[inside] for a in (measured, restored.lower, restored.upper))
covered = (low <= truth) & (truth <= high)
print(f"{restored.mnemonic} {top:.1f}-{base:.1f} {well.index_unit} by {restoration.model}")
print(f"  RMSE {np.sqrt(np.mean(error**2)):.3g} {restored.unit}, {covered.mean():.0%} in the band")

picture = Path("restored.png")
welllog.plot_well(
    well, restoration=restoration, truth={curve: np.where(inside, measured, np.nan)}, path=picture
)
file = welllog.write(restoration.well, "restored.las", overwrite=True)
print(f"  {picture}, {file}")
