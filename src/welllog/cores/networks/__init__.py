"""Networks that give every pixel of a picture a class, built by name.

Tensors are (batch, channel, row, column). Each network is a ``PictureNetwork``: an encoder that
sees the picture at several resolutions, a decoder that brings them together, and a head of one
convolution, whose channels are the classes. Importing this package loads no torch; building does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from welllog.cores.networks.blocks import PictureNetwork

__all__ = ["NETWORKS", "UPSAMPLINGS", "build_network"]

NETWORKS = {
    "unet-small": "U-Net of four levels down and four up, 16 channels wide: 1.9 M parameters",
    "unet": "U-Net of four levels down and four up, 64 channels wide: 31 M parameters",
    "unet-resnet50": "U-Net whose encoder is a ResNet-50: 23.5 M parameters and 8.5 M to decode",
    "hrnet-w18": "HRNet of width 18, four resolutions side by side: 9.6 M parameters",
    "hrnet-w32": "HRNet of width 32, four resolutions side by side: 29.5 M parameters",
}
"""Networks by name, and what each is."""

UPSAMPLINGS = ("transposed", "plain")
"""How a U-Net without a backbone goes up: transposed convolutions, or pixels repeated."""

WIDTHS = {"unet-small": 16, "unet": 64, "unet-resnet50": 64, "hrnet-w18": 18, "hrnet-w32": 32}
"""Channels of the finest level, which the others follow from."""


def build_network(
    name: str,
    channels: int = 3,
    classes: int = 2,
    *,
    width: int | None = None,
    upsampling: str = "transposed",
) -> PictureNetwork:
    """Build the network of this name: (b, channels, h, w) -> (b, classes, h, w).

    Weights are drawn from torch's generator (``torch.manual_seed``).

    Parameters
    ----------
    name : str
        One of ``NETWORKS``.
    channels, classes : int
        Channels in and out.
    width : int, optional
        Channels of the finest level, where it is not to be what the name says.
    upsampling : str
        One of ``UPSAMPLINGS``; for ``unet`` and ``unet-small``.

    Raises
    ------
    ValueError
        An unknown name, or a size that no network can have.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name}; use one of {', '.join(NETWORKS)}")
    if upsampling not in UPSAMPLINGS:
        raise ValueError(f"unknown upsampling {upsampling}; use one of {', '.join(UPSAMPLINGS)}")
    width = WIDTHS[name] if width is None else width
    for what, size in (("channels", channels), ("classes", classes), ("width", width)):
        if size < 1:
            raise ValueError(f"{what} {size} of {name}: use 1 or more")
    if name == "unet-resnet50":
        from welllog.cores.networks.resnet import ResNetUNet

        return ResNetUNet(channels, classes, width)
    if name.startswith("hrnet"):
        from welllog.cores.networks.hrnet import HRNet

        return HRNet(channels, classes, width)
    from welllog.cores.networks.unet import UNet

    return UNet(channels, classes, width, upsampling)
