"""Curves whose level contradicts the other logs are left out of training, and named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from welllog.features import LogSet
from welllog.levels import without_level_faults
from welllog.simulator import synthetic_logs


@pytest.fixture(scope="module")
def wells() -> list[LogSet]:
    """Twelve simulated wells."""
    return [synthetic_logs(seed) for seed in range(12)]


def test_a_sonic_that_was_converted_twice_is_named_and_dropped(wells: list[LogSet]) -> None:
    sonic = wells[3].curves["DTC"] / 3.2808
    spoiled = [*wells[:3], replace(wells[3], curves={**wells[3].curves, "DTC": sonic}), *wells[4:]]
    kept, faults = without_level_faults(spoiled, threads=1)
    assert [(fault.well, fault.curve) for fault in faults] == [(wells[3].well, "DTC")]
    assert faults[0].median == pytest.approx(np.nanmedian(sonic), rel=0.1)
    assert faults[0].expected == pytest.approx(np.nanmedian(wells[3].curves["DTC"]), rel=0.25)
    assert f"DTC of {wells[3].well} reads" in str(faults[0])
    assert set(kept[3].curves) == set(wells[3].curves) - {"DTC"}
    assert all(
        new.curves.keys() == old.curves.keys()
        for new, old in zip(kept, spoiled, strict=True)
        if new.well != wells[3].well
    )


def test_sound_wells_keep_every_curve(wells: list[LogSet]) -> None:
    kept, faults = without_level_faults(wells, threads=1)
    assert not faults
    assert [logs.curves.keys() for logs in kept] == [logs.curves.keys() for logs in wells]


def test_few_wells_are_not_judged(wells: list[LogSet]) -> None:
    few = [
        replace(logs, curves={**logs.curves, "GR": logs.curves["GR"] * k})
        for k, logs in enumerate(wells[:5], 1)
    ]
    kept, faults = without_level_faults(few)
    assert kept == few and not faults
