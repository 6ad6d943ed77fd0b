"""The whole spine in one breath: LAS in, a tiny model, a gap restored, LAS out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import welllog
from tests.conftest import las_text, punch
from welllog.boosting import BoostingSettings
from welllog.calibration import CalibrationSettings
from welllog.samples import synthetic_well


def test_a_gap_goes_from_file_to_restored_file(tmp_path: Path) -> None:
    for seed in range(3):
        well = synthetic_well(seed, base=1700)
        well.name = f"train {seed}"
        (tmp_path / f"train{seed}.las").write_text(las_text(well))
    truth = synthetic_well(9, base=1700)
    source = tmp_path / "gappy.las"
    source.write_text(las_text(punch(truth, "DTC", 1600, 1610)))
    before = source.read_bytes()

    model = welllog.fit(
        [welllog.read(tmp_path / f"train{seed}.las") for seed in range(3)],
        targets=["DTC"],
        boosting=BoostingSettings(rounds=20, threads=1),
        calibration=CalibrationSettings(lengths_m=(5.0,), repeats=(2,)),
    )
    well = welllog.read(source)
    gaps = welllog.find_gaps(well, ["DTC"])
    assert [gap.size for gap in gaps] == [np.sum((truth.index >= 1600) & (truth.index <= 1610))]
    result = welllog.restore(well, ["DTC"], model=model)
    written = welllog.write(result.well, tmp_path / "restored.las")

    assert source.read_bytes() == before
    again = welllog.read(written)
    np.testing.assert_array_equal(again.values("DTC"), well.values("DTC"))
    np.testing.assert_array_equal(again.values("DTC_RES"), result["DTC"].values)
    np.testing.assert_array_equal(again.values("DTC_P95"), result["DTC"].upper)
    hidden = (truth.index >= 1600) & (truth.index <= 1610)
    assert np.std(again.values("DTC_RES")[hidden] - truth.values("DTC")[hidden]) < 15
    assert np.isfinite(again.values("DTC_RES")).all()
    assert (again.values("DTC_FLAG")[hidden] > 0).all()
