"""One iteration: who learns from what, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric

from tests.learning.conftest import small
from welllog.corpus import WindowSource
from welllog.features import LogSet
from welllog.learning import ExperimentSettings
from welllog.learning.batches import Batches, Tensors
from welllog.learning.players import Players, rate_at, to_be_compiled
from welllog.networks import GENERATORS, build_discriminator, build_generator


def play(wells: list[LogSet], settings: ExperimentSettings) -> tuple[Players, dict[str, Any]]:
    """Play one iteration on a batch in which something is hidden."""
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    players = Players(fabric, settings)
    return players, players.play(batch_of(wells, settings), 5)


def batch_of(wells: list[LogSet], settings: ExperimentSettings) -> Tensors:
    source = WindowSource(wells, replace(settings.windows, p_zero=1.0))
    return Batches(source, 4, 0, fill=settings.fill)[0]


def weights(players: Players) -> dict[str, torch.Tensor]:
    """Return all weights and running means."""
    return {name: part.clone() for name, part in players.state().items() if "optim" not in name}


def changed(settings: ExperimentSettings, wells: list[LogSet]) -> set[str]:
    """Return the parameters that an iteration changes, by the first part of their name."""
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    players = Players(fabric, settings)
    before = weights(players)
    players.play(batch_of(wells, settings), 5)
    after = weights(players)
    return {
        ".".join(name.split(".")[:1])
        for name in before
        if not torch.equal(before[name], after[name])
    }


def test_both_players_learn_and_without_a_game_there_is_no_discriminator(
    wells: list[LogSet],
) -> None:
    both = changed(small(), wells)
    assert {name.split("/")[0] for name in both} == {"generator", "discriminator"}
    players, losses = play(wells, small(adversarial_weight=0.0))
    assert players.discriminator is None
    assert set(losses) == {"reconstruction", "gradient", "skipped"}


def test_the_adversarial_loss_moves_the_generator_and_not_the_discriminator(
    wells: list[LogSet],
) -> None:
    settings = small(reconstruction_weight=0.0, adversarial_weight=1.0, discriminator_rate=0.0)
    assert {name.split("/")[0] for name in changed(settings, wells)} == {"generator"}


def test_a_frozen_universal_part_stays_to_the_bit(wells: list[LogSet]) -> None:
    assert changed(small(adversarial_weight=0.0, freeze=True), wells) == {"generator/decoder"}
    both = changed(small(adversarial_weight=0.0), wells)
    assert both == {"generator/encoder", "generator/decoder"}


def test_amplification_grows_the_gradient_of_the_hidden_signal_alone(wells: list[LogSet]) -> None:
    """Followed to the answer of the network through the whole loss."""
    settings = small(adversarial_weight=0.0, clip=1e9)
    batch = batch_of(wells, settings)
    gradients = []
    for factor in (1.0, 7.0):
        fabric = Fabric(accelerator="cpu", devices=1)
        fabric.launch()
        players = Players(fabric, replace(settings, amplification=factor))
        kept: list[torch.Tensor] = []
        players.generator.register_forward_hook(
            lambda module, given, answer, kept=kept: answer.register_hook(kept.append) and None
        )
        players.play(batch, 5)
        gradients.append(kept[0])
    plain, amplified = gradients
    assert batch.hidden.any() and (plain[batch.hidden] != 0).any()
    torch.testing.assert_close(amplified[batch.hidden], 7.0 * plain[batch.hidden])
    assert torch.equal(amplified[~batch.hidden], plain[~batch.hidden])


def test_an_iteration_whose_gradient_is_not_finite_is_left_out(wells: list[LogSet]) -> None:
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    players = Players(fabric, small(adversarial_weight=0.0))
    before = weights(players)
    batch = batch_of(wells, small())
    batch.x[0] = torch.nan
    losses = players.play(batch, 5)
    assert losses["skipped"] == 1.0
    after = {name: part for name, part in weights(players).items() if part.is_floating_point()}
    assert all(torch.equal(before[name], part) for name, part in after.items())


@pytest.mark.parametrize("name", ["gru", "resnet18-resnet18"])
def test_other_networks_play_too_with_a_scale_of_their_error(
    name: str, wells: list[LogSet]
) -> None:
    settings = small(spread=True)
    settings = replace(settings, network=replace(settings.network, name=name))
    _, losses = play(wells, settings)
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert losses["spread"] > 0


def test_the_learning_rate_rises_then_falls_to_a_hundredth() -> None:
    settings = small(iterations=1000, warmup=100)
    rates = [rate_at(iteration, settings) for iteration in range(1000)]
    assert rates[0] < 0.02 and max(rates) == max(rates[90:110]) and 0.009 < rates[-1] < 0.011


@pytest.mark.parametrize("name", GENERATORS)
def test_every_convolutional_network_is_compiled_on_cuda_and_no_loop_over_samples(
    name: str,
) -> None:
    network = replace(small().network, name=name)
    loops = name in ("lstm", "peephole-lstm", "gru")
    generator, judge = build_generator(network), build_discriminator(network)
    assert to_be_compiled(generator, None, "cuda") is not loops
    assert to_be_compiled(judge, None, "cuda")
    assert not to_be_compiled(generator, None, "cpu")
    for asked in (True, False):
        assert to_be_compiled(generator, asked, "cpu") is asked
        assert to_be_compiled(generator, asked, "cuda") is asked
