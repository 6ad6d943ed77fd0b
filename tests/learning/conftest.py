"""Small wells, and a small network trained on them once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import las_text
from welllog.corpus import WindowSettings
from welllog.features import LogSet
from welllog.learning import ExperimentSettings
from welllog.networks import NetworkSettings
from welllog.neural import Neural
from welllog.samples import synthetic_well
from welllog.training import training_logs
from welllog.well import Well

SMALL: dict[str, Any] = {
    "network": NetworkSettings(name="unet", width=8),
    "windows": WindowSettings(window=256),
    "iterations": 8,
    "batch": 2,
    "log_every": 2,
    "checkpoint_every": 4,
    "validation_windows": 4,
    "holdout": 0.0,
    "device": "cpu",
}


def small(**changes: Any) -> ExperimentSettings:
    """Return settings that train in a second."""
    return ExperimentSettings(**{**SMALL, **changes})


def small_well(seed: int) -> Well:
    """Return 120 m of synthetic well."""
    well = synthetic_well(seed, top=1500, base=1620)
    well.name = f"W{seed}"
    return well


@pytest.fixture(scope="session")
def wells() -> list[LogSet]:
    return training_logs(small_well(seed) for seed in range(3))


@pytest.fixture(scope="session")
def well_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wells")
    for seed in range(3):
        (folder / f"w{seed}.las").write_text(las_text(small_well(seed)))
    return folder


@pytest.fixture(scope="session")
def trained(wells: list[LogSet]) -> Neural:
    from welllog.learning.experiment import train_network

    return train_network(wells, small())


def gap(logs: LogSet, top: int = 300, base: int = 400) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return rows of a gap."""
    rows = np.zeros(len(logs.depth), bool)
    rows[top:base] = True
    return rows
