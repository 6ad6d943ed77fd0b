"""Generator and discriminator with their optimisers: one iteration of the game, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from welllog.corpus import CHANNELS
from welllog.learning.batches import Tensors
from welllog.learning.losses import (
    adversarial_loss,
    discriminator_loss,
    reconstruction_loss,
    scatter_loss,
    spread_loss,
)
from welllog.learning.settings import ExperimentSettings
from welllog.network_files import check_tensors
from welllog.networks import amplify_gradient, build_discriminator, build_generator
from welllog.networks.recurrent import RecurrentEncoder

if TYPE_CHECKING:
    from lightning_fabric import Fabric


__all__ = ["Players", "rate_at", "to_be_compiled"]

CURVES = len(CHANNELS)
SPREAD_WEIGHT = 0.1
"""Weight of the loss of the error's scale, which shares the trunk with the answer."""


class Players:
    """The networks of one process.

    The modules are kept bare (for files and for the generator's own turn against the
    discriminator) and as Fabric wraps them (for gradients that all processes share).

    Parameters
    ----------
    fabric : Fabric
    settings : ExperimentSettings
    weights : mapping of name to tensor, optional
        To start the generator from, in place of random ones.
    """

    def __init__(
        self,
        fabric: Fabric,
        settings: ExperimentSettings,
        weights: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.fabric, self.settings = fabric, settings
        torch.manual_seed(settings.seed)
        self.generator = build_generator(settings.generator)
        if weights is not None:
            check_tensors(weights, self.generator.state_dict(), "the model to start from")
            self.generator.load_state_dict(weights)
        if settings.freeze:
            for parameter in self.generator.universal_parameters():
                parameter.requires_grad_(False)
        self.generator_optimiser = self._optimiser(self.generator, (0.9, 0.99))
        self._wrapped, self._generator_step = self._set_up(self.generator, self.generator_optimiser)
        self.discriminator: nn.Module | None = None
        if settings.adversarial_weight > 0:
            self.discriminator = build_discriminator(settings.discriminator)
            # A fast second moment and little momentum, as the game has no fixed target.
            self.discriminator_optimiser = self._optimiser(self.discriminator, (0.5, 0.99))
            self._judge, self._discriminator_step = self._set_up(
                self.discriminator, self.discriminator_optimiser
            )
        self.curve_weights = torch.tensor(
            settings.curve_weights or (1.0,) * CURVES, device=fabric.device
        )
        # Running means of normalisation: one pass that is not finite would spoil them for good.
        self._means = [part for part in self.generator.buffers() if part.is_floating_point()]
        self._sound_means = [part.clone() for part in self._means]
        self.generator.train()

    def _optimiser(self, module: nn.Module, betas: tuple[float, float]) -> Optimizer:
        trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
        fused = self.fabric.device.type == "cuda"
        return AdamW(trained, betas=betas, weight_decay=self.settings.weight_decay, fused=fused)

    def _set_up(self, module: nn.Module, optimiser: Optimizer) -> tuple[Any, Any]:
        compile_it = to_be_compiled(module, self.settings.compile, self.fabric.device.type)
        player = cast(nn.Module, torch.compile(module)) if compile_it else module
        wrapped, step = self.fabric.setup(player, optimiser)
        return wrapped, step

    def play(self, batch: Tensors, iteration: int) -> dict[str, Tensor]:
        """Take one iteration: the discriminator's turn, then the generator's.

        Returns the losses. A turn whose gradient is not finite is left out; its ``skipped`` is 1.
        """
        settings = self.settings
        share = rate_at(iteration, settings)
        given, answer = self._generate(batch)
        mask = batch.valid if settings.masked_loss else torch.ones_like(batch.valid)
        if settings.loss == "crps":
            _, other = self._generate(batch)
            rebuilt = scatter_loss(answer, other, batch.y, mask, self.curve_weights)
        else:
            rebuilt = reconstruction_loss(answer, batch.y, mask, self.curve_weights, settings.loss)
        losses = {"reconstruction": rebuilt.detach()}
        total = settings.reconstruction_weight * rebuilt
        if settings.spread:
            scale = spread_loss(given[:, CURVES:], answer, batch.y, batch.valid & batch.hidden)
            losses["spread"] = scale.detach()
            total = total + SPREAD_WEIGHT * scale
        if self.discriminator is not None:
            # Where there is no value nothing can be judged; both are 0 there.
            real, fake = (torch.where(mask, curves, 0.0) for curves in (batch.y, answer))
            losses["discriminator"] = self._teach(batch.x, real, fake.detach(), share)
            self.discriminator.requires_grad_(False)
            with self.fabric.autocast():
                logits = self.discriminator(batch.x, fake)
            fooled = adversarial_loss(logits.float())
            self.discriminator.requires_grad_(True)
            losses["adversarial"] = fooled.detach()
            total = total + settings.adversarial_weight * fooled
        norm, taken = self._step(
            self._generator_step,
            self.generator,
            total,
            self._wrapped,
            share * settings.learning_rate,
        )
        if self._means:
            source, copy = self._means, self._sound_means
            torch._foreach_copy_(*((copy, source) if taken else (source, copy)))
        losses["gradient"] = norm
        losses["skipped"] = torch.tensor(0.0 if taken else 1.0)
        return losses

    def _generate(self, batch: Tensors) -> tuple[Tensor, Tensor]:
        """Answer to a new noise: all that is given, and the curves, their gradient amplified."""
        settings = self.settings
        z = torch.randn(
            len(batch.x), settings.network.noise_channels, batch.x.shape[-1], device=batch.x.device
        )
        given: Tensor = self._wrapped(batch.x, z)  # (b, inputs, n) -> (b, curves or 2 curves, n)
        return given, amplify_gradient(given[:, :CURVES], batch.hidden, settings.amplification)

    def _teach(self, x: Tensor, real: Tensor, fake: Tensor, share: float) -> Tensor:
        """Let the discriminator learn from what was measured and what was generated."""
        # One pass over both equals two: its normalisation is within a window.
        logits = self._judge(torch.cat([x, x]), torch.cat([real, fake]))
        loss = discriminator_loss(*logits.chunk(2))
        assert self.discriminator is not None
        self._step(
            self._discriminator_step,
            self.discriminator,
            loss,
            self._judge,
            share * self.settings.discriminator_rate,
        )
        return loss.detach()

    def _step(
        self, optimiser: Any, module: nn.Module, loss: Tensor, wrapped: Any, rate: float
    ) -> tuple[Tensor, bool]:
        """Follow a loss down; return the norm of its gradient and whether the step was taken."""
        self.fabric.backward(loss, model=wrapped)
        norm = nn.utils.clip_grad_norm_(module.parameters(), self.settings.clip)
        taken = bool(torch.isfinite(norm))  # the same in every process: gradients are shared
        if taken:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
        optimiser.zero_grad()
        return norm.detach(), taken

    def answer(self, batch: Tensors, z: Tensor | None = None) -> Tensor:
        """Return the generator's answer, (b, curves, n), without noise where none is given."""
        self.generator.eval()
        with torch.no_grad(), self.fabric.autocast():
            given = self.generator(batch.x, z)
        self.generator.train()
        answer: Tensor = given[:, :CURVES].float()
        return answer

    def state(self) -> dict[str, Tensor]:
        """Return every tensor that is needed to go on."""
        tensors = _with_prefix("generator", self.generator.state_dict())
        tensors |= _optimiser_state("generator_optimiser", self.generator_optimiser)
        if self.discriminator is not None:
            tensors |= _with_prefix("discriminator", self.discriminator.state_dict())
            tensors |= _optimiser_state("discriminator_optimiser", self.discriminator_optimiser)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor], where: str) -> None:
        """Go on from ``state``.

        Raises
        ------
        WeightsError
            The tensors are not those of these networks.
        """
        players: list[tuple[str, nn.Module, Optimizer]] = [
            ("generator", self.generator, self.generator_optimiser)
        ]
        if self.discriminator is not None:
            players.append(("discriminator", self.discriminator, self.discriminator_optimiser))
        for name, module, optimiser in players:
            weights = _without_prefix(name, tensors)
            check_tensors(weights, module.state_dict(), f"{where}, {name}")
            module.load_state_dict(weights)
            self._sound_means = [part.clone() for part in self._means]
            _restore_optimiser(
                optimiser, _without_prefix(f"{name}_optimiser", tensors), f"{where}, {name}"
            )


def to_be_compiled(module: nn.Module, asked: bool | None, device: str) -> bool:
    """Say whether a network is compiled: as asked, else on cuda if it is convolutional.

    Loops over samples, as in recurrent cells, take hours to compile.
    """
    if asked is not None:
        return asked
    loops = any(isinstance(part, RecurrentEncoder) for part in module.modules())
    return device == "cuda" and not loops


def rate_at(iteration: int, settings: ExperimentSettings) -> float:
    """Return the share of the learning rate: a rise over the warm-up, then a cosine to 0.01.

    Loshchilov and Hutter 2017 (SGDR, section 3), without restarts.
    """
    rise = min(1.0, (iteration + 1) / max(settings.rise, 1))
    fall = 0.5 + 0.5 * float(np.cos(np.pi * iteration / settings.iterations))
    return rise * (0.01 + 0.99 * fall)


def _with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _without_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}/"
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}


def _optimiser_state(prefix: str, optimiser: Optimizer) -> dict[str, Tensor]:
    return {
        f"{prefix}/{number}.{key}": value
        for number, entries in optimiser.state_dict()["state"].items()
        for key, value in entries.items()
    }


def _restore_optimiser(optimiser: Optimizer, tensors: Mapping[str, Tensor], where: str) -> None:
    expected: dict[str, Tensor] = {}
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    if tensors:  # none: the optimiser has not taken a step yet
        for number, parameter in enumerate(parameters):
            expected |= {
                f"{number}.step": torch.tensor(0.0),
                f"{number}.exp_avg": parameter,
                f"{number}.exp_avg_sq": parameter,
            }
    check_tensors(tensors, expected, f"{where}'s optimiser")
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        place, key = name.split(".")
        state.setdefault(int(place), {})[key] = tensor
    optimiser.load_state_dict(
        {"state": state, "param_groups": optimiser.state_dict()["param_groups"]}
    )
