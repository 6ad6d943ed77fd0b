"""What each setting of the game does, against numbers worked out beside it."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch.nn import functional

from tests.learning.conftest import small
from welllog.corpus import CHANNELS, Scaling, WindowSource
from welllog.features import TARGETS, LogSet
from welllog.learning.batches import Batches, Tensors
from welllog.learning.experiment import hold_out, train_network
from welllog.learning.loop import Standing, _add_up, _mean_losses, residuals
from welllog.learning.losses import scatter_loss
from welllog.learning.players import Players
from welllog.learning.run_folder import LAST, RunFolder

CURVES = len(CHANNELS)
pytestmark = pytest.mark.filterwarnings("ignore:no wells held out")


def players_of(**changes: Any) -> Players:
    """Return both players, whose generator's gradient is not amplified unless asked."""
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    return Players(fabric, small(**{"amplification": 1.0, **changes}))


@pytest.fixture(scope="module")
def batch(wells: list[LogSet]) -> Tensors:
    """Three windows with something hidden and some nulls in each."""
    holes = [
        well.hide(np.arange(len(well.depth)) % 100 < 30, CHANNELS[number::3])
        for number, well in enumerate(wells)
    ]
    windows = replace(small().windows, p_zero=1.0)
    drawn = Batches(WindowSource(holes, windows), 3, 0)[0]
    assert drawn.hidden.any() and not drawn.valid.all()
    return drawn


def watched(players: Players, batch: Tensors) -> dict[str, Any]:
    """Play one iteration; return losses, noise, answer, and what the answer was pulled by."""
    found: dict[str, Any] = {}

    def note(module: Any, given: tuple[torch.Tensor, ...], answer: torch.Tensor) -> None:
        found.update(z=given[1], answer=answer.detach().clone())
        answer.register_hook(lambda gradient: found.update(gradient=gradient))

    handle = players.generator.register_forward_hook(note)
    found["losses"] = players.play(batch, 5)
    handle.remove()
    return found


def masked(curves: torch.Tensor, batch: Tensors) -> torch.Tensor:
    return torch.where(batch.valid, curves, 0.0)


def test_the_discriminator_is_taught_that_what_was_measured_is_real_given_the_input(
    batch: Tensors,
) -> None:
    players = players_of()
    judge = copy.deepcopy(players.discriminator)
    assert judge is not None
    found = watched(players, batch)
    with torch.no_grad():
        real = judge(batch.x, masked(batch.y, batch))
        fake = judge(batch.x, masked(found["answer"], batch))
        blind = judge(0 * batch.x, masked(batch.y, batch))
    expected = -functional.logsigmoid(real).mean() - functional.logsigmoid(-fake).mean()
    torch.testing.assert_close(found["losses"]["discriminator"], expected)
    assert not torch.allclose(real, blind)


def test_the_generator_is_pulled_by_both_losses_with_their_weights(batch: Tensors) -> None:
    players = players_of(
        reconstruction_weight=2.0, adversarial_weight=50.0, discriminator_rate=0.0, loss="l2"
    )
    judge = copy.deepcopy(players.discriminator)
    assert judge is not None
    found = watched(players, batch)
    answer = found["answer"].requires_grad_()
    fooled = -functional.logsigmoid(judge(batch.x, masked(answer, batch))).mean()
    rebuilt = (answer - batch.y)[batch.valid].square().mean()
    torch.testing.assert_close(found["losses"]["adversarial"], fooled.detach())
    (pull,) = torch.autograd.grad(50.0 * fooled, answer, retain_graph=True)
    (both,) = torch.autograd.grad(2.0 * rebuilt + 50.0 * fooled, answer)
    torch.testing.assert_close(found["gradient"], both)
    assert 0.1 < pull.norm() / both.norm() < 10.0  # both can be told from one alone


def test_either_player_gets_better_against_one_that_stands_still(batch: Tensors) -> None:
    teaching = players_of(learning_rate=0.0, discriminator_rate=1e-3, iterations=100, warmup=1)
    losses = [float(teaching.play(batch, number)["discriminator"]) for number in range(15)]
    assert losses[-1] < 0.7 * losses[0] < np.log(4.0)
    fooling = players_of(
        reconstruction_weight=0.0, adversarial_weight=1.0, discriminator_rate=0.0, warmup=1
    )
    losses = [float(fooling.play(batch, number)["adversarial"]) for number in range(8)]
    assert losses[-1] < 0.9 * losses[0]


def test_the_generator_is_given_another_standard_normal_noise_each_time(batch: Tensors) -> None:
    players = players_of()
    first, second = (watched(players, batch)["z"] for _ in range(2))
    assert first.shape == (3, 1, 256)
    for z in (first, second):
        assert abs(float(z.mean())) < 0.15 and 0.9 < float(z.std()) < 1.1
    assert not torch.equal(first, second)


@pytest.mark.parametrize("weights", [(), tuple(range(1, CURVES + 1))])
@pytest.mark.parametrize("leave_out_nulls", [True, False])
def test_the_loss_counts_curves_by_their_coefficients_and_nulls_only_when_asked(
    leave_out_nulls: bool, weights: tuple[float, ...], batch: Tensors
) -> None:
    settings = {"masked_loss": leave_out_nulls, "curve_weights": tuple(map(float, weights))}
    found = watched(players_of(**settings, adversarial_weight=0.0), batch)
    error = (found["answer"] - batch.y).abs() * torch.tensor(weights or (1.0,) * CURVES)[:, None]
    expected = error[batch.valid].mean() if leave_out_nulls else error.mean()
    torch.testing.assert_close(found["losses"]["reconstruction"], expected)


@pytest.mark.parametrize("clip", [1e-3, 1e9])
def test_the_gradient_that_either_player_follows_is_no_longer_than_the_clip(
    clip: float, batch: Tensors
) -> None:
    players = players_of(clip=clip)
    norms = []

    def note(optimiser: torch.optim.Optimizer, *_: Any) -> None:
        parts = [p.grad.norm() for group in optimiser.param_groups for p in group["params"]]
        norms.append(float(torch.stack(parts).norm()))

    players.generator_optimiser.register_step_pre_hook(note)
    players.discriminator_optimiser.register_step_pre_hook(note)
    whole = float(players.play(batch, 5)["gradient"])
    assert len(norms) == 2 and whole > 0.01
    if clip < 1.0:
        assert norms == pytest.approx([clip, clip], rel=1e-2)
    else:
        assert norms[1] == pytest.approx(whole, rel=1e-4) and norms[0] > 0.01


def test_compilation_is_done_when_asked_and_left_when_not(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Any] = []
    monkeypatch.setattr(torch, "compile", lambda module: compiled.append(module) or module)
    players = players_of(compile=True)
    assert compiled == [players.generator, players.discriminator]
    players_of(compile=False)
    assert len(compiled) == 2


def test_validation_neither_drops_activations_nor_moves_running_means(batch: Tensors) -> None:
    network = replace(small().network, dropout=0.5)
    for freeze in (False, True):
        players = players_of(network=network, freeze=freeze)
        before = {name: part.clone() for name, part in players.generator.state_dict().items()}
        once, again = players.answer(batch), players.answer(batch)
        assert torch.equal(once, again)
        after = players.generator.state_dict()
        assert all(torch.equal(part, after[name]) for name, part in before.items())
        assert players.generator.training
        assert players.generator.encoder.training is not freeze


def weights_after(wells: list[LogSet], **changes: Any) -> Mapping[str, torch.Tensor]:
    return train_network(wells, small(iterations=1, **changes)).generator.state_dict()


def test_precision_is_taken_at_its_word_and_auto_is_32_bits_on_a_cpu(wells: list[LogSet]) -> None:
    full, auto, half = (weights_after(wells, precision=name) for name in ("32", "auto", "bf16"))
    assert all(torch.equal(full[name], auto[name]) for name in full)
    assert not all(torch.equal(full[name], half[name]) for name in full)
    assert all(part.dtype == full[name].dtype for name, part in half.items())


def test_wells_held_out_have_no_part_in_the_scaling(wells: list[LogSet]) -> None:
    kept, held_out = hold_out(wells, 0.34, 0)
    assert held_out
    neural = train_network(wells, small(iterations=1, holdout=0.34))
    assert neural.outlook.scaling == Scaling.fit(kept) != Scaling.fit(wells)


def test_weights_of_wells_decide_what_is_trained_on(wells: list[LogSet], tmp_path: Path) -> None:
    """Training on two wells of three, by weight, is training on those two."""
    settings = small(iterations=2, holdout=0.0)
    scaling = train_network(wells, settings)
    left_out = {wells[0].well: 0.0}
    one = train_network(wells, settings, start=scaling, weights=left_out, folder=tmp_path / "a")
    all_three = train_network(wells, settings, start=scaling, folder=tmp_path / "b")
    two = train_network(wells[1:], settings, start=scaling, folder=tmp_path / "c")
    one, all_three, two = (n.generator.state_dict() for n in (one, all_three, two))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], all_three[name]) for name in one)


def test_a_checkpoint_whose_writing_fails_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    folder.checkpoint(LAST).parent.mkdir()
    folder.save(LAST, {"w": torch.ones(1000)}, {"iteration": 1})

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        folder.save(LAST, {"w": torch.zeros(1000)}, {"iteration": 2})
    tensors, state = folder.load(LAST)
    assert (tensors["w"] == 1).all() and state["iteration"] == 1
    assert [path.name for path in folder.checkpoint(LAST).parent.iterdir()] == ["last.safetensors"]


def test_tensorboard_gets_what_the_history_gets_and_the_speed(
    wells: list[LogSet], tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train_network(wells, small(iterations=4, holdout=0.34, validate_every=4), folder=tmp_path)
    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    history = RunFolder(tmp_path).history()
    for name in ("reconstruction", "adversarial", "discriminator", "validation", "learning_rate"):
        expected = [(entry["iteration"], entry[name]) for entry in history if name in entry]
        told = [(scalar.step, scalar.value) for scalar in events.Scalars(name)]
        assert expected and np.allclose(told, expected), name
    assert all(scalar.value > 0 for scalar in events.Scalars("windows per second"))


def test_losses_are_not_read_from_their_device_until_a_line_is_written() -> None:
    """A tensor of the meta device has no value to be read."""
    standing = Standing()
    nowhere = {"reconstruction": torch.ones((), device="meta"), "skipped": torch.tensor(0.0)}
    _add_up(standing, nowhere)
    standing = Standing(iteration=4)
    for value, skipped in ((1.0, 0.0), (2.0, 0.0), (100.0, 1.0), (6.0, 0.0)):
        losses = {"reconstruction": torch.tensor(value), "skipped": torch.tensor(skipped)}
        _add_up(standing, losses)
    kept = json.loads(json.dumps(standing.plain()))
    assert kept["sums"] == {"reconstruction": 9.0} and Standing(**kept).summed == 3
    assert _mean_losses(standing, small())["reconstruction"] == 3.0
    assert standing.sums == {}


@pytest.mark.parametrize("representation", ["raw", "log10", "spectral"])
def test_an_answer_that_is_off_by_one_spread_is_scored_one_in_every_representation(
    representation: str, wells: list[LogSet]
) -> None:
    settings = small(batch=8, validation_windows=32)
    windows = replace(settings.windows, representation=representation, distortions=None)
    source = WindowSource(wells, windows)
    scales = source.representation

    def answer(batch: Tensors) -> torch.Tensor:
        return torch.from_numpy(
            scales.represent((scales.undo(batch.y.numpy()) - 1.0).astype(np.float32))
        )

    errors = residuals(answer, source, settings, torch.device("cpu"))
    assert set(errors) == set(TARGETS)
    assert list(errors.values()) == pytest.approx([1.0] * len(TARGETS), rel=1e-3)


def test_the_score_is_of_two_answers_to_two_noises_and_pulls_at_both(batch: Tensors) -> None:
    players = players_of(loss="crps", adversarial_weight=0.0)
    noises: list[torch.Tensor] = []
    answers: list[torch.Tensor] = []
    pulls: list[torch.Tensor] = []

    def note(module: Any, given: tuple[torch.Tensor, ...], answer: torch.Tensor) -> None:
        noises.append(given[1])
        answers.append(answer.detach().clone())
        answer.register_hook(pulls.append)

    handle = players.generator.register_forward_hook(note)
    losses = players.play(batch, 5)
    handle.remove()
    one, other = answers
    assert not torch.equal(*noises)
    wanted = scatter_loss(one, other, batch.y, batch.valid, torch.ones(CURVES))
    torch.testing.assert_close(losses["reconstruction"], wanted)
    assert len(pulls) == 2 and all(float(pull.abs().sum()) > 0 for pull in pulls)
