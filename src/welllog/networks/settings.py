"""What a network is built from. Loads no torch, so that names can be listed cheaply."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GENERATORS", "NetworkSettings"]

ACTIVATIONS = ("relu", "leaky-relu", "prelu", "elu")
GENERATORS = {
    "resnet50-resnet18": "ResNet-50 encoder, ResNet-18 decoder with transposed convolutions",
    "resnet18-resnet18": "ResNet-18 encoder, ResNet-18 decoder with transposed convolutions",
    "resnet50-deconv3": "ResNet-50 encoder, three transposed convolutions, linear upsampling",
    "unet": "U-Net of four levels down and four up, with skip concatenations",
    "lstm": "bidirectional LSTM",
    "peephole-lstm": "bidirectional LSTM whose gates see the cell state",
    "gru": "bidirectional GRU",
}
"""Generators by name, and what each is."""
RECURRENT = ("lstm", "peephole-lstm", "gru")

CHANNELS_PER_GROUP = 8
"""Channels that the discriminator normalises together; widths are multiples of it."""


@dataclass(frozen=True)
class NetworkSettings:
    """A generator, and the discriminator that goes with it.

    Raises
    ------
    ValueError
        An unknown name, or a size that no network can have.
    """

    name: str = "resnet50-resnet18"
    """One of ``GENERATORS``."""
    curves: int = 11
    """Channels that come out: one a curve."""
    inputs: int = 23
    """Channels that go in: curves, masks and other representations."""
    width: int = 64
    """Channels of the first stage, a multiple of 8: 64 is full size; a recurrent layer has
    4 x width states each way."""
    noise_channels: int = 1
    """Channels of the noise z."""
    dropout: float = 0.0
    """Share of activations dropped in the coarse half of a decoder, or between recurrent layers."""
    activation: str = "relu"
    """Of a convolutional generator: one of ``ACTIVATIONS``; the discriminator's stays."""
    layers: int = 2
    """Layers of a recurrent network, two or more: the last one decodes."""
    segment: int = 256
    """Samples over which a recurrent network carries gradients (truncated back-propagation)."""

    def __post_init__(self) -> None:
        if self.name not in GENERATORS:
            raise ValueError(f"unknown network {self.name}; use one of {', '.join(GENERATORS)}")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"unknown activation {self.activation}; use one of {', '.join(ACTIVATIONS)}"
            )
        if self.activation != "relu" and self.name in RECURRENT:
            raise ValueError(f"{self.name} is recurrent: its activation cannot be chosen")
        if self.width < CHANNELS_PER_GROUP or self.width % CHANNELS_PER_GROUP:
            raise ValueError(
                f"width {self.width} of {self.name}: use a multiple of {CHANNELS_PER_GROUP}"
            )
        for setting in ("curves", "inputs", "noise_channels", "layers", "segment"):
            value, least = getattr(self, setting), 2 if setting == "layers" else 1
            if value < least:
                raise ValueError(f"{setting} {value} of {self.name}: use {least} or more")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout {self.dropout} of {self.name}: use 0 up to, but not, 1")

    @property
    def multiple(self) -> int:
        """What the length of a window must be a multiple of."""
        return 32 if "resnet" in self.name else 16 if self.name == "unet" else 1
