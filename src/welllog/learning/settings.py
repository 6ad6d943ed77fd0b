"""The settings of an experiment: what is trained, on what, with which losses, for how long."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from welllog.corpus import CHANNELS, WindowSettings
from welllog.networks import NetworkSettings

__all__ = ["PRETRAININGS", "ExperimentSettings"]

PRETRAININGS = ("none", "masked", "order", "synthetic")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "32", "bf16")


@dataclass(frozen=True)
class ExperimentSettings:
    """One training of a generator, with or without its discriminator.

    Raises
    ------
    ValueError
        A setting that cannot be; the message names it and what is allowed.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    """The generator; its channels in and out follow from the windows."""
    windows: WindowSettings = field(default_factory=WindowSettings)
    """What a window shows, what is hidden in it and how it is distorted."""
    fill: str = "zero"
    """What stands where a curve is unknown: ``zero``, or ``linear`` between its known samples. The
    network answers with the curve, not with a correction to the line: an absolute loss has its kink
    at no correction, and held a U-Net at that for 600 iterations."""
    spread: bool = False
    """Give the network a second output per curve, the scale of its error (for the band)."""
    loss: str = "l1"
    """Of the reconstruction: ``l1``, ``l2``, or ``crps``, which asks of the answers to two noises
    that they scatter as far as they err (``losses.scatter_loss``) and takes 1.6 times as long."""
    masked_loss: bool = True
    """Leave nulls out of the reconstruction loss; else they count as zeros."""
    curve_weights: tuple[float, ...] = ()
    """k_j of the loss, one for each of ``corpus.CHANNELS``; empty for 1 each (curves are scaled to
    one spread already)."""
    reconstruction_weight: float = 1.0
    """Weight of the reconstruction loss."""
    adversarial_weight: float = 0.01
    """Weight of the adversarial loss; 0 trains without a discriminator."""
    amplification: float = 10.0
    """K: what the gradient of the hidden signal is multiplied by; 1 leaves it."""
    learning_rate: float = 3e-3
    """Of the generator, after warm-up; it falls to a hundredth along a cosine. After 200 iterations
    of a U-Net of width 16 the error of a hidden sonic was .58 spreads, with 1e-2 .53."""
    discriminator_rate: float = 2e-4
    """Learning rate of the discriminator."""
    weight_decay: float = 1e-4
    """Of AdamW."""
    warmup: int | None = None
    """Iterations over which the learning rates rise; None takes 100, or a tenth of all if that is
    less."""
    clip: float = 1.0
    """Largest norm of a gradient."""
    iterations: int = 10_000
    """Steps of the generator's optimiser."""
    batch: int = 16
    """Windows in an iteration, over all devices."""
    holdout: float = 0.1
    """Share of the wells that are only validated on, whole places of them; 0 keeps all."""
    validate_every: int | None = None
    """Iterations between validations; None takes 500, or an eighth of all where that is less."""
    validation_windows: int = 128
    """Windows of the held-out wells in a validation, always the same ones."""
    patience: int = 10
    """Validations without a better one after which training stops."""
    watch: bool = True
    """Keep at every validation what the generator makes of the same windows and noises, and
    measure with a discriminator how well that is told from measured curves; training is the same,
    to the bit, without."""
    checkpoint_every: int = 500
    """Iterations between checkpoints."""
    log_every: int = 20
    """Iterations whose mean losses are one line of the history."""
    pretraining: str = "none"
    """What comes first: ``masked`` samples, ``order`` of two fragments, ``synthetic`` wells."""
    pretraining_iterations: int = 2000
    """Iterations of it."""
    freeze: bool = False
    """Keep the universal part (the encoder) as it comes from pre-training or from a model."""
    device: str = "auto"
    """``cuda``, ``mps``, ``cpu``; ``auto`` takes the first there is."""
    devices: int = 1
    """Devices, one process each."""
    precision: str = "auto"
    """``32``, ``bf16``; ``auto`` is bf16 on cuda and 32 elsewhere."""
    compile: bool | None = None
    """Compile the networks; None does for convolutional ones on cuda."""
    workers: int | None = None
    """Processes that cut windows; None takes 0 on a CPU and up to 8 beside a GPU."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("fill", ("zero", "linear")),
            ("loss", ("l1", "l2", "crps")),
            ("pretraining", PRETRAININGS),
            ("device", DEVICES),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"unknown {name} {getattr(self, name)!r}; use one of {', '.join(allowed)}"
                )
        for name in ("iterations", "batch", "devices", "log_every", "patience"):
            _at_least(1, name, getattr(self, name))
        for name in ("checkpoint_every", "validation_windows", "pretraining_iterations"):
            _at_least(1, name, getattr(self, name))
        _at_least(1, "validate_every", self.validation_interval)
        _at_least(0, "warmup", self.rise)
        # Rates of 0 let one player stand still.
        for name in (
            *("learning_rate", "discriminator_rate", "weight_decay", "amplification"),
            *("reconstruction_weight", "adversarial_weight"),
        ):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; use 0 or more")
        if not 0.0 < self.clip < math.inf:
            raise ValueError(f"clip is {self.clip}; use a number above 0")
        _at_least(0, "workers", self.workers or 0)
        self._check_curve_weights()
        self._check_window()
        if not 0.0 <= self.holdout <= 0.5:
            raise ValueError(f"holdout is {self.holdout}; use a share from 0 to 0.5")
        if self.batch % self.devices:
            raise ValueError(
                f"a batch of {self.batch} cannot be shared by {self.devices} devices; "
                f"use a multiple of {self.devices}"
            )

    def _check_curve_weights(self) -> None:
        numbers = all(isinstance(weight, int | float) for weight in self.curve_weights)
        if len(self.curve_weights) not in (0, len(CHANNELS)) or not (
            numbers and all(0.0 <= weight < math.inf for weight in self.curve_weights)
        ):
            raise ValueError(
                f"curve_weights is {list(self.curve_weights)}; use {len(CHANNELS)} numbers of 0 or "
                f"more, in the order {', '.join(CHANNELS)}"
            )

    def _check_window(self) -> None:
        # The discriminator, a ResNet of its own, halves a window three times.
        multiple = max(self.network.multiple, 8 if self.adversarial_weight else 1)
        if self.windows.window % multiple:
            raise ValueError(
                f"windows.window is {self.windows.window}; use a multiple of {multiple} "
                f"for {self.network.name}"
            )

    @property
    def rise(self) -> int:
        """Iterations over which the learning rates rise (``warmup``)."""
        return min(100, self.iterations // 10) if self.warmup is None else self.warmup

    @property
    def validation_interval(self) -> int:
        """Iterations between validations (``validate_every``)."""
        if self.validate_every is None:
            return min(500, max(1, self.iterations // 8))
        return self.validate_every

    @property
    def generator(self) -> NetworkSettings:
        """The generator, with the channels that the windows give it."""
        curves = len(CHANNELS) * (2 if self.spread else 1)
        return replace(self.network, inputs=self.windows.inputs, curves=curves)

    @property
    def discriminator(self) -> NetworkSettings:
        """The discriminator: it judges curves, not the scale of their errors."""
        return replace(self.generator, curves=len(CHANNELS))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for a JSON file: what is built and done.

        Channels are those of the network as it is built, and what was left open is settled.
        """
        settled = replace(
            self,
            network=self.generator,
            warmup=self.rise,
            validate_every=self.validation_interval,
        )
        return asdict(settled)


def _at_least(least: int, name: str, value: int) -> None:
    if value < least:
        raise ValueError(f"{name} is {value}; use at least {least}")
