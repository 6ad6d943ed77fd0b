"""The discriminator: tells, patch by patch, measured curves from generated ones."""

from __future__ import annotations

from torch import Tensor, cat, nn

from welllog.networks.blocks import Convolution, initialise
from welllog.networks.settings import CHANNELS_PER_GROUP, NetworkSettings

__all__ = ["Discriminator", "build_discriminator"]


class Discriminator(nn.Module):
    """A conditional PatchGAN in 1-D (Isola et al. 2017, Image-to-image translation, section 3.2.2).

    Three halvings, then one logit per patch of 54 samples, every 8 samples. It sees what the
    generator was given beside the curves that it judges.
    """

    multiple = 8

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = settings.inputs + settings.curves
        for level, stride in enumerate((2, 2, 2, 1)):
            width = settings.width * 2**level
            kernel = 4 if stride == 2 else 3
            # No normalisation at the input: it would hide the level of a curve from the critic.
            layers.append(Convolution(channels, width, kernel, stride=stride, bias=level == 0))
            # Not over the batch: real and generated windows come in batches of their own.
            layers.extend([nn.GroupNorm(width // CHANNELS_PER_GROUP, width)] if level else [])
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            channels = width
        layers.append(Convolution(channels, 1, 3, bias=True))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Judge curves y (b, curves, n) given x (b, inputs, n): logits (b, 1, n / 8), > 0 for real.

        Raises
        ------
        ValueError
            Where n is no multiple of 8.
        """
        if x.shape[-1] % self.multiple:
            raise ValueError(
                f"a window of {x.shape[-1]} samples cannot be judged in patches; "
                f"pad it to a multiple of {self.multiple}"
            )
        logits: Tensor = self.layers(cat([x, y], 1))
        return logits


def build_discriminator(settings: NetworkSettings) -> Discriminator:
    """Build a discriminator with weights drawn from torch's generator."""
    discriminator = Discriminator(settings)
    initialise(discriminator)
    return discriminator
