"""On a GPU, where there is one: training, going on, restoring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.conftest import gap, small
from welllog.checkpoint import load_model, save_model
from welllog.features import LogSet
from welllog.learning.experiment import train_network
from welllog.learning.run_folder import RunFolder
from welllog.networks import GENERATORS, NetworkSettings

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")


@pytest.mark.parametrize("name", GENERATORS)
def test_a_network_trains_on_a_gpu_and_answers_there_as_on_a_cpu(
    name: str, wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(network=NetworkSettings(name=name, width=8), device="cuda")
    trained = train_network(wells, settings, folder=tmp_path)
    losses = [entry["reconstruction"] for entry in history(tmp_path)]
    assert len(losses) == 4 and np.isfinite(losses).all()
    file = save_model(trained, tmp_path / "net.welllog")
    rows = gap(wells[0])
    there, here = (
        load_model(file, device).predict(wells[0], "DTC", rows) for device in ("cuda", "cpu")
    )
    assert np.isfinite(there.mean).all()
    np.testing.assert_allclose(there.mean, here.mean, rtol=2e-3)


def test_a_training_on_a_gpu_goes_on_from_its_checkpoint(
    wells: list[LogSet], tmp_path: Path
) -> None:
    """Sums on a GPU differ in their last digits from run to run, and Adam makes much of them."""
    settings = small(device="cuda", precision="32", compile=False, iterations=16)

    def pull_the_plug(share: float, message: str) -> None:
        if share >= 0.5:
            raise KeyboardInterrupt

    train_network(wells, settings, folder=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train_network(wells, settings, folder=tmp_path / "off", progress=pull_the_plug)
    train_network(wells, settings, folder=tmp_path / "off", resume=True)
    whole, resumed = (history(tmp_path / name) for name in ("whole", "off"))
    assert [e["iteration"] for e in whole] == [e["iteration"] for e in resumed]
    for one, other in zip(whole, resumed, strict=True):
        assert other["reconstruction"] == pytest.approx(one["reconstruction"], rel=0.05)


def history(folder: Path) -> list[dict[str, Any]]:
    return [entry for entry in RunFolder(folder).history() if "reconstruction" in entry]


@pytest.mark.parametrize("task", ["masked", "order", "synthetic"])
def test_pretraining_runs_on_a_gpu(task: str, wells: list[LogSet]) -> None:
    settings = small(device="cuda", pretraining=task, pretraining_iterations=2, iterations=2)
    assert train_network(wells, settings).device == "cuda"


def test_a_network_is_fitted_to_a_well_on_a_gpu(wells: list[LogSet]) -> None:
    settings = small(device="cuda", compile=False)
    start = train_network(wells, settings)
    fitted = train_network(wells, replace(settings, freeze=True), start=start)
    assert fitted.sha256() != start.sha256()
