"""Whole experiments: broken off and resumed, in several processes, stopped early, pre-trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.conftest import gap, small
from welllog.features import LogSet
from welllog.learning.experiment import TrainingError, hold_out, train_network
from welllog.learning.run_folder import BEST, LAST, RunFolder, RunFolderError
from welllog.network_files import WeightsError
from welllog.neural import Neural


def pull_the_plug(after: int) -> Callable[[float, str], None]:
    """Return a progress that raises once some iterations are done, with no time to save."""

    def progress(share: float, message: str) -> None:
        if f"iteration {after} " in message:
            raise OSError("the plug was pulled")

    return progress


def same_state(one: Path, other: Path) -> bool:
    left, right = (RunFolder(folder).load(LAST) for folder in (one, other))
    return left[1] == right[1] and all(
        torch.equal(left[0][name], right[0][name]) for name in left[0].keys() | right[0].keys()
    )


def test_an_experiment_that_was_broken_off_goes_on_to_the_bit(
    wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(iterations=9, spread=True)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_network(wells, settings, folder=whole)
    short = RunFolder(broken)
    with pytest.raises(OSError, match="plug"):
        train_network(wells, settings, folder=broken, progress=pull_the_plug(1))
    assert short.load(LAST)[1]["iteration"] == 1
    (broken / "history.jsonl").write_text('{"iteration": 1}\n{"iteration": 2, "recon')
    train_network(wells, settings, folder=broken, resume=True)
    assert same_state(whole, broken)
    ends = [folder / "history.jsonl" for folder in (whole, broken)]
    assert ends[0].read_text() == ends[1].read_text().replace('{"iteration": 1}\n', "")


def test_an_experiment_is_resumed_with_the_same_settings_or_not_at_all(
    wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(iterations=2, learning_rate=5e-4)
    train_network(wells, settings, folder=tmp_path)
    with pytest.raises(RunFolderError, match="resume it, or name another"):
        train_network(wells, settings, folder=tmp_path)
    with pytest.raises(RunFolderError, match=r"another learning_rate \(0.0005, now 0.1\)"):
        train_network(wells, replace(settings, learning_rate=0.1), folder=tmp_path, resume=True)
    with pytest.raises(RunFolderError, match="another training_wells"):
        train_network(wells[:2], settings, folder=tmp_path, resume=True)


@pytest.mark.parametrize("fault", ["pickle", "truncated", "shape", "nan", "no state"])
def test_a_poisoned_checkpoint_is_refused(fault: str, wells: list[LogSet], tmp_path: Path) -> None:
    settings = small(iterations=4)
    with pytest.raises(OSError, match="plug"):
        train_network(wells, settings, folder=tmp_path, progress=pull_the_plug(1))
    folder = RunFolder(tmp_path)
    path, (tensors, state) = folder.checkpoint(LAST), folder.load(LAST)
    name = next(name for name in tensors if "decoder" in name and tensors[name].ndim == 3)
    if fault == "pickle":
        torch.save(tensors, path)
    elif fault == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif fault == "shape":
        folder.save(LAST, {**tensors, name: tensors[name][:5]}, state)
    elif fault == "nan":
        folder.save(LAST, {**tensors, name: torch.full_like(tensors[name], torch.nan)}, state)
    else:
        folder.save(LAST, tensors, {"hello": 1})
    with pytest.raises(WeightsError, match="last.safetensors") as refused:
        train_network(wells, settings, folder=tmp_path, resume=True)
    assert "\n" not in str(refused.value)


def test_two_processes_train_one_network(wells: list[LogSet], tmp_path: Path) -> None:
    settings = small(devices=2, iterations=16, batch=4, log_every=1, learning_rate=1e-2, warmup=1)
    neural = train_network(wells, settings, folder=tmp_path)
    losses = [entry["reconstruction"] for entry in RunFolder(tmp_path).history()]
    assert len(losses) == 16 and np.isfinite(losses).all()
    assert np.mean(losses[-4:]) < 0.85 * np.mean(losses[:4])
    rows = gap(wells[0])
    assert np.isfinite(neural.predict(wells[0], "DTC", rows).mean).all()


def test_training_stops_when_validation_no_longer_improves(
    wells: list[LogSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = iter([0.9, 0.5, 0.7, 0.6, 0.8, 0.1])
    monkeypatch.setattr("welllog.learning.loop.residuals", lambda *_: {"DTC": next(errors)})
    settings = small(iterations=40, validate_every=1, patience=3, holdout=0.34, log_every=100)
    neural = train_network(wells, settings, folder=tmp_path)
    folder = RunFolder(tmp_path)
    assert folder.load(LAST)[1]["iteration"] == 5
    best, state = folder.load(BEST)
    assert state["iteration"] == 2 and state["validation"] == 0.5
    weights = neural.generator.state_dict()
    assert all(torch.equal(best[name], weights[name]) for name in best)
    train_network(wells, settings, folder=tmp_path, resume=True)
    assert folder.load(LAST)[1]["iteration"] == 5  # what has stopped stays stopped


def test_wells_held_out_are_not_trained_on(wells: list[LogSet], tmp_path: Path) -> None:
    kept, held_out = hold_out(wells, 0.34, seed=0)
    assert len(held_out) == 1 and not {well.well for well in kept} & {held_out[0].well}
    neural = train_network(wells, small(holdout=0.34, iterations=1), folder=tmp_path)
    assert set(neural.seen) == {well.well for well in kept}
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["held_out_wells"] == [held_out[0].well]
    assert hold_out(wells, 0.1, seed=0) == (wells, [])


def test_transfer_changes_the_specific_part_alone(trained: Neural, wells: list[LogSet]) -> None:
    settings = small(iterations=3, freeze=True, adversarial_weight=0.0, learning_rate=0.01)
    fitted = train_network(wells[:2], settings, start=trained)
    before, after = trained.generator.state_dict(), fitted.generator.state_dict()
    universal = [name for name in before if name.startswith("encoder.")]
    assert universal and all(torch.equal(before[name], after[name]) for name in universal)
    specific = [name for name in before if name.startswith("decoder.")]
    assert not all(torch.equal(before[name], after[name]) for name in specific)
    assert fitted.outlook.scaling == trained.outlook.scaling
    other = small(network=replace(settings.network, name="gru"))
    with pytest.raises(TrainingError, match="is a unet, not a gru"):
        train_network(wells, other, start=trained)


@pytest.mark.parametrize("task", ["masked", "order", "synthetic"])
def test_every_pretraining_hands_its_encoder_on(
    task: str, wells: list[LogSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("welllog.learning.experiment.SYNTHETIC_WELLS", 2)
    settings = small(
        pretraining=task, pretraining_iterations=2, iterations=1, freeze=True, holdout=0.0
    )
    neural = train_network(wells, settings, folder=tmp_path)
    plain = train_network(wells, replace(settings, pretraining="none"))
    name = "encoder.levels.0.0.0.weight"
    one, other = (n.generator.state_dict()[name] for n in (neural, plain))
    assert not torch.equal(one, other)
    left = {path.name for path in (tmp_path / "pretraining").iterdir()}
    assert "order.json" in left if task == "order" else "history.jsonl" in left


def test_the_order_of_fragments_can_be_learnt(wells: list[LogSet]) -> None:
    from welllog.corpus import WindowSource
    from welllog.learning.pretraining import learn_order

    trend = [
        replace(
            well,
            curves={"GR": np.linspace(20.0, 120.0, len(well.depth))},
        )
        for well in wells
    ]
    settings = small(iterations=30, batch=8, learning_rate=3e-3, warmup=1)
    settings = replace(settings, windows=replace(settings.windows, distortions=None, p_zero=0.0))
    _, right = learn_order(WindowSource(trend, settings.windows), settings, torch.device("cpu"))
    assert right > 0.9


def test_gradients_that_are_never_finite_end_training(
    wells: list[LogSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> torch.Tensor:
        return arguments[0].sum() * torch.nan

    monkeypatch.setattr("welllog.learning.players.reconstruction_loss", broken)
    with pytest.raises(TrainingError, match="lower learning rate"):
        train_network(wells, small(iterations=50, adversarial_weight=0.0))
