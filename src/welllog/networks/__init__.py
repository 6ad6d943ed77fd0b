"""Networks of the founding study in true 1-D, built by name.

``NetworkSettings`` says what is wanted; ``build_generator`` and ``build_discriminator`` build it
with weights drawn from torch's generator (``torch.manual_seed``); ``amplify_gradient`` is the layer
that makes the restored signal count more. Tensors are (batch, channel, sample), top to base.
Importing this package loads no torch; building does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from welllog.networks.settings import GENERATORS, NetworkSettings

if TYPE_CHECKING:
    from torch import Tensor

    from welllog.networks.discriminators import Discriminator
    from welllog.networks.generators import Generator

__all__ = [
    "GENERATORS",
    "NetworkSettings",
    "amplify_gradient",
    "build_discriminator",
    "build_generator",
]


def build_generator(settings: NetworkSettings) -> Generator:
    """Build the generator of this name: (b, inputs, n), noise -> (b, curves, n).

    ``generator.multiple`` is what n must be a multiple of; ``universal_parameters()`` are the
    encoder's, ``specific_parameters()`` the decoder's.
    """
    from welllog.networks import generators

    return generators.build_generator(settings)


def build_discriminator(settings: NetworkSettings) -> Discriminator:
    """Build the discriminator of a generator: (b, inputs, n), (b, curves, n) -> (b, 1, n / 8)."""
    from welllog.networks import discriminators

    return discriminators.build_discriminator(settings)


def amplify_gradient(y: Tensor, chosen: Tensor, factor: float) -> Tensor:
    """Return ``y`` as it is; its gradient grows by ``factor`` where chosen.

    ``chosen`` is bool, (b, curves, n) or (b, curves, 1). See ``networks.amplification``.
    """
    from welllog.networks import amplification

    return amplification.amplify_gradient(y, chosen, factor)
