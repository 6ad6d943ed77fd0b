"""Two processes train one network: each sees windows of its own, both follow one gradient."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from safetensors.torch import load_file, save_file

from tests.learning.conftest import gap, small
from welllog.corpus import WindowSource
from welllog.features import LogSet
from welllog.learning.batches import Batches
from welllog.learning.experiment import train_network
from welllog.learning.launching import one_of_several
from welllog.learning.players import Players
from welllog.learning.run_folder import RunFolder

pytestmark = pytest.mark.filterwarnings("ignore:no wells held out")


def learn(fabric: Fabric, wells: list[LogSet], folder: Path, rank: int | None = None) -> None:
    """Play four iterations on the windows of a rank; leave the weights of both players."""
    torch.set_num_threads(1)
    settings = small(devices=2, batch=4, learning_rate=1e-2, warmup=1)
    players = Players(fabric, settings)
    process = fabric.global_rank if rank is None else rank
    batches = Batches(WindowSource(wells, settings.windows), 2, 0, process)
    for number in range(4):
        torch.manual_seed(number)
        players.play(batches[number], number)
    assert players.discriminator is not None
    learnt: dict[str, Any] = {
        f"{player}.{name}": weight.detach().clone()
        for player, network in (("g", players.generator), ("d", players.discriminator))
        for name, weight in network.named_parameters()
    }
    where = f"rank{fabric.global_rank}" if rank is None else f"alone{rank}"
    save_file(learnt, folder / where)


@pytest.mark.timeout(300)
def test_both_processes_hold_weights_that_neither_would_have_learnt_alone(
    wells: list[LogSet], tmp_path: Path
) -> None:
    two = Fabric(accelerator="cpu", devices=2, strategy=DDPStrategy(start_method="spawn"))
    two.launch(partial(one_of_several, partial(learn, wells=wells, folder=tmp_path)))
    for rank in (0, 1):
        one = Fabric(accelerator="cpu", devices=1)
        one.launch()
        learn(one, wells, tmp_path, rank)
    names = ("rank0", "rank1", "alone0", "alone1")
    first, second, *alone = (load_file(tmp_path / name) for name in names)
    assert all(torch.equal(first[name], second[name]) for name in first)
    for lonely in alone:
        for player in ("g", "d"):
            apart = [
                float((lonely[name] - first[name]).abs().max())
                for name in first
                if name.startswith(player)
            ]
            assert max(apart) > 1e-5


@pytest.mark.timeout(300)
def test_two_processes_train_one_network_and_one_of_them_writes_it_down(
    wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(devices=2, iterations=6, batch=4, log_every=1)
    neural = train_network(wells, settings, folder=tmp_path)
    written = RunFolder(tmp_path).history()
    history = [entry for entry in written if "reconstruction" in entry]
    assert [entry["iteration"] for entry in history] == list(range(1, 7))
    watched = [entry["iteration"] for entry in written if "variety" in entry]
    assert watched == list(range(1, 7))
    assert np.isfinite([entry["reconstruction"] for entry in history]).all()
    rows = gap(wells[0])
    assert np.isfinite(neural.predict(wells[0], "DTC", rows).mean).all()
