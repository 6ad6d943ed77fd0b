"""Whole experiments: broken off and resumed, stopped early, pre-trained."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.conftest import gap, small
from welllog.corpus import CHANNELS
from welllog.features import LogSet
from welllog.learning import ExperimentSettings
from welllog.learning.experiment import TrainingError, hold_out, train_network
from welllog.learning.players import Players
from welllog.learning.run_folder import BEST, LAST, RunFolder, RunFolderError
from welllog.network_files import WeightsError
from welllog.neural import Neural

pytestmark = pytest.mark.filterwarnings("ignore:no wells held out")


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
    with (broken / "history.jsonl").open("a") as history:
        history.write('{"iteration": 2, "recon')
    train_network(wells, settings, folder=broken, resume=True)
    assert same_state(whole, broken)
    ends = [folder / "history.jsonl" for folder in (whole, broken)]
    assert ends[0].read_text() == ends[1].read_text()


def test_an_experiment_is_resumed_with_the_same_settings_or_not_at_all(
    wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(iterations=2, learning_rate=5e-4)
    train_network(wells, settings, folder=tmp_path)
    with pytest.raises(RunFolderError, match="resume it .*, replace it .*, or name another"):
        train_network(wells, settings, folder=tmp_path)
    with pytest.raises(RunFolderError, match=r"another learning_rate \(0.0005, now 0.1\)"):
        train_network(wells, replace(settings, learning_rate=0.1), folder=tmp_path, resume=True)
    with pytest.raises(RunFolderError, match="another training_wells"):
        train_network(wells[:2], settings, folder=tmp_path, resume=True)


def test_an_experiment_cannot_be_made_longer_and_says_what_can_be_done(
    wells: list[LogSet], tmp_path: Path
) -> None:
    train_network(wells, small(iterations=2), folder=tmp_path)
    with pytest.raises(RunFolderError, match=r"begun for 2 iterations.*--from MODEL"):
        train_network(wells, small(iterations=4), folder=tmp_path, resume=True)


def test_an_experiment_that_is_overwritten_leaves_nothing_of_the_old_one(
    wells: list[LogSet], tmp_path: Path
) -> None:
    folder, settings = tmp_path / "run", small(iterations=3)
    train_network(wells, settings, folder=folder)
    (folder / "pretraining").mkdir()
    train_network(wells, replace(settings, iterations=2), folder=folder, overwrite=True)
    assert RunFolder(folder).load(LAST)[1]["iteration"] == 2
    assert not (folder / "pretraining").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_with_more_than_an_experiment_is_never_overwritten(
    wells: list[LogSet], tmp_path: Path
) -> None:
    train_network(wells, small(iterations=1), folder=tmp_path)
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunFolderError, match=r"thesis\.txt"):
        train_network(wells, small(iterations=1), folder=tmp_path, overwrite=True)
    assert RunFolder(tmp_path).load(LAST)[1]["iteration"] == 1


def test_a_folder_of_something_else_is_no_run_folder(wells: list[LogSet], tmp_path: Path) -> None:
    (tmp_path / "well.las").write_text("measured once")
    with pytest.raises(RunFolderError, match=r"no run folder, as it has well\.las"):
        train_network(wells, small(iterations=1), folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["well.las"]


def test_an_experiment_that_cannot_be_begun_leaves_the_one_it_was_to_replace(
    wells: list[LogSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    train_network(wells, small(iterations=1), folder=folder)
    before = {path.name for path in folder.iterdir()}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(RunFolderError, match="No space left"):
        patch.setattr("welllog.learning.run_folder.write_whole", full)
        RunFolder(folder).begin({}, overwrite=True)
    assert {path.name for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(
    ("iterations", "every", "rise"), [(3, 1, 0), (80, 10, 8), (10_000, 500, 100)]
)
def test_a_short_experiment_validates_and_warms_up_in_its_time(
    iterations: int, every: int, rise: int
) -> None:
    settings = ExperimentSettings(iterations=iterations)
    assert (settings.validation_interval, settings.rise) == (every, rise)
    written = settings.to_dict()
    assert (written["validate_every"], written["warmup"]) == (every, rise)
    own = ExperimentSettings(iterations=iterations, validate_every=7, warmup=5).to_dict()
    assert (own["validate_every"], own["warmup"]) == (7, 5)


def test_the_run_folder_says_what_network_was_built(wells: list[LogSet], tmp_path: Path) -> None:
    neural = train_network(wells, small(iterations=1, spread=True), folder=tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["network"] == asdict(neural.outlook.network)
    assert config["network"]["inputs"] == 22


def test_more_processes_than_processors_are_refused(
    wells: list[LogSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with pytest.raises(ValueError, match="3 devices are more than this machine has .2 processors"):
        train_network(wells, small(devices=3, batch=3))


def test_the_time_that_is_left_is_that_of_training_alone(wells: list[LogSet]) -> None:
    told: list[str] = []
    train_network(wells, small(iterations=2), progress=lambda share, text: told.append(text))
    assert "s of training left" in next(text for text in told if "iteration 1 of 2" in text)
    assert "left" not in next(text for text in told if "iteration 2 of 2" in text)
    assert told[-1] == "error on hidden samples"


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


@pytest.mark.skipif(os.cpu_count() == 1, reason="a machine with one processor")
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
    assert neural.held_out == (held_out[0].well,)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["held_out_wells"] == [held_out[0].well]
    assert hold_out(wells, 0.1, seed=0) == (wells, [])


@pytest.mark.parametrize(
    ("count", "holdout", "why"),
    [
        (3, 0.1, "3 in 3 places are too few for --holdout 0.1; try --holdout 0.34"),
        (2, 0.1, "2 in 2 places are too few for --holdout 0.1"),
        (3, 0.0, "--holdout 0"),
    ],
)
def test_that_no_well_is_held_out_is_said_with_what_helps(
    count: int, holdout: float, why: str, wells: list[LogSet]
) -> None:
    with pytest.warns(UserWarning) as told:
        train_network(wells[:count], small(holdout=holdout, iterations=1))
    assert f"no wells held out ({why}): " in str(told[0].message)
    assert "the band is too narrow" in str(told[0].message)
    if "try" in why:
        assert hold_out(wells[:count], float(why.split()[-1]), seed=0)[1]


def test_a_network_is_not_trained_on_curves_of_one_well(
    wells: list[LogSet], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(ValueError, match="no curve is measured in two wells or more"):
        train_network(wells[:1], small(), folder=folder)
    with pytest.raises(ValueError, match="no curve is measured in two wells or more"):
        train_network(wells[:2], small(holdout=0.5), folder=folder)  # one is left
    assert not folder.exists()


def test_a_network_is_fitted_to_the_curves_that_one_well_has(
    trained: Neural, wells: list[LogSet]
) -> None:
    curves = {name: wells[0].curves[name] for name in ("GR", "DTC")}
    start = replace(trained, targets=("DTC", "RHOB"))
    fitted = train_network([replace(wells[0], curves=curves)], small(iterations=1), start=start)
    assert fitted.targets == ("DTC",)
    place = CHANNELS.index("DTC")
    assert fitted.outlook.residual[place] == start.outlook.residual[place]
    with pytest.raises(ValueError, match="or in one of RHOB; nothing can be learnt"):
        train_network(
            [replace(wells[0], curves=curves)], small(), start=replace(start, targets=("RHOB",))
        )


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


def test_curves_that_are_not_learnt_do_not_decide_which_generator_is_best(
    wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(holdout=0.34, validate_every=4, validation_windows=24)
    train_network(wells, settings, targets=("GR", "DTC"), folder=tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").open()]
    judged = [line for line in lines if "validation" in line]
    assert judged
    for line in judged:
        errors = {name: line[name] for name in line if name.startswith("validation ")}
        assert set(errors) == {"validation GR", "validation DTC"}
        assert line["validation"] == pytest.approx(np.mean([*errors.values()]))


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
    source = WindowSource(trend, settings.windows)
    _, right = learn_order(source, settings, torch.device("cpu"))
    assert right > 0.9


def test_the_order_of_fragments_is_learnt_on_top_of_the_network_it_starts_from(
    trained: Neural, wells: list[LogSet]
) -> None:
    still = small(pretraining="order", pretraining_iterations=1, iterations=1, learning_rate=1e-12)
    again = train_network(wells, still, start=trained)
    for name, weights in trained.generator.named_parameters():
        moved = (dict(again.generator.named_parameters())[name] - weights).abs().max()
        assert moved < 1e-6, name


def test_gradients_that_are_never_finite_end_training(
    wells: list[LogSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> torch.Tensor:
        return arguments[0].sum() * torch.nan

    monkeypatch.setattr("welllog.learning.players.reconstruction_loss", broken)
    with pytest.raises(TrainingError, match="lower learning rate"):
        train_network(wells, small(iterations=50, adversarial_weight=0.0))


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_a_device_that_is_too_small_is_said_with_what_helps(
    error: RuntimeError, wells: list[LogSet], trained: Neural, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> torch.Tensor:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("welllog.learning.players.reconstruction_loss", full)
        with pytest.raises(TrainingError, match=r"no memory for batches of 2 .*--batch.*--width"):
            train_network(wells, small())
    rows = gap(wells[0])
    patched = replace(trained, generator=Full(error), device="cuda")
    with pytest.raises(ValueError, match=r"cuda has no memory .*use device cpu"):
        monkeypatch.setattr(torch.Tensor, "to", lambda tensor, *_: tensor)
        patched.predict(wells[0], "DTC", rows)


class Full(torch.nn.Module):
    """A network that no memory is left for."""

    def __init__(self, error: RuntimeError) -> None:
        super().__init__()
        self.error = error

    def forward(self, *_: torch.Tensor) -> torch.Tensor:
        raise self.error


def test_what_is_no_lack_of_memory_is_not_said_to_be(
    wells: list[LogSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr("welllog.learning.players.reconstruction_loss", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train_network(wells, small())


def test_an_iteration_that_is_left_out_is_counted_in_the_history(
    wells: list[LogSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Players.play

    def stumble(players: Players, batch: Any, iteration: int) -> dict[str, torch.Tensor]:
        losses = play(players, batch, iteration)
        return losses | {"skipped": torch.tensor(float(iteration in (2, 3, 6)))}

    monkeypatch.setattr(Players, "play", stumble)
    train_network(wells, small(iterations=8, watch=False), folder=tmp_path)
    skipped = [entry.get("skipped", 0) for entry in RunFolder(tmp_path).history()]
    assert skipped == [0, 2, 0, 1]


def test_a_line_of_the_history_that_is_being_written_is_not_read_yet(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.record({"iteration": 1, "reconstruction": 0.5})
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write('{"iteration": 2, "recon')
    assert folder.history() == [{"iteration": 1, "reconstruction": 0.5}]
