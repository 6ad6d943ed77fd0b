"""The U-Net without a backbone: four levels down, four up, each joined to its opposite.

Ronneberger et al. 2015, U-Net: convolutional networks for biomedical image segmentation, with
padded convolutions, so that the answer is as large as the picture, and with normalisation.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from welllog.cores.networks.blocks import PictureNetwork, convolve, initialise

__all__ = ["DoubleConvolution", "UNet", "UpLevel"]

LEVELS = 4


class DoubleConvolution(nn.Sequential):
    """Two 3 x 3 convolutions: (b, c, h, w) -> (b, out, h, w)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__(convolve(channels, out), convolve(out, out))


class UpLevel(nn.Module):
    """One level up, joined to what came down: (b, 2 out, h, w), (b, out, 2 h, 2 w) -> the latter.

    ``transposed`` doubles by a transposed convolution of 2 x 2; ``plain`` repeats every pixel and
    convolves, which leaves no checkerboard (Odena et al. 2016).
    """

    def __init__(self, out: int, upsampling: str) -> None:
        super().__init__()
        self.plain = upsampling == "plain"
        self.up: nn.Module = (
            nn.Conv2d(2 * out, out, 1)
            if self.plain
            else nn.ConvTranspose2d(2 * out, out, 2, stride=2)
        )
        self.join = DoubleConvolution(2 * out, out)

    def forward(self, x: Tensor, skipped: Tensor) -> Tensor:
        """Double, put what was skipped beside it, convolve."""
        x = self.up(x)  # (b, 2 out, h, w) -> (b, out, 2 h, 2 w), or (b, out, h, w) where plain
        if self.plain:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
        joined: Tensor = self.join(torch.cat([skipped, x], 1))
        return joined


class UNet(PictureNetwork):
    """Widths 1, 2, 4, 8 and, at the bottom, 16 times ``width``; 64 is the size of the paper."""

    multiple = 2**LEVELS

    def __init__(
        self, channels: int, classes: int, width: int = 64, upsampling: str = "transposed"
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS + 1)]
        inputs = [channels, *widths[:-1]]
        self.down = nn.ModuleList(
            DoubleConvolution(before, after) for before, after in zip(inputs, widths, strict=True)
        )
        self.up = nn.ModuleList(UpLevel(out, upsampling) for out in reversed(widths[:-1]))
        self.head = nn.Conv2d(width, classes, 1)
        initialise(self)

    def encode(self, x: Tensor) -> list[Tensor]:
        """Go down, (b, c, h, w) -> (b, width, h, w) to (b, 16 width, h / 16, w / 16)."""
        levels = [self.down[0](x)]
        for level in self.down[1:]:
            levels.append(level(functional.max_pool2d(levels[-1], 2)))
        return levels

    def decode(self, levels: Sequence[Tensor]) -> Tensor:
        """Go up again: (b, classes, h, w)."""
        *skipped, x = levels
        for up, level in zip(self.up, reversed(skipped), strict=True):
            x = up(x, level)
        scores: Tensor = self.head(x)
        return scores

    def encoder_parts(self) -> list[nn.Module]:
        """Return the levels down."""
        return [self.down]
