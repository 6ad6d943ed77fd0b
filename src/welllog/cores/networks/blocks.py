"""What every network of pictures is built from.

Names of layers inside the residual blocks (``conv1``, ``bn1``, ``downsample``) are those of
torchvision and of the HRNet authors, so that weights from elsewhere load as they are.

**Edges.** Convolutions pad with zeros, as those weights were trained; a picture whose height or
width is no multiple of what a network needs is continued by its own mirror image, and the answer is
cut to size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "PictureNetwork",
    "convolve",
    "initialise",
    "make_downsample",
    "pad_to_multiple",
    "resize_like",
]


class PictureNetwork(nn.Module):
    """A network from pictures to one score a class and pixel; softmax makes them probabilities."""

    multiple: int = 1
    """What height and width have to be a multiple of inside; ``forward`` pads and cuts."""
    head: nn.Module
    """Gives the classes, and is the only part whose shape depends on them."""

    def encode(self, x: Tensor) -> list[Tensor]:
        """See the picture at several resolutions, finest first."""
        raise NotImplementedError

    def decode(self, levels: Sequence[Tensor]) -> Tensor:
        """Bring the resolutions together: (b, classes, h, w), before they are cut to size."""
        raise NotImplementedError

    def encoder_parts(self) -> list[nn.Module]:
        """Return the modules that ``encode`` uses: what is frozen, and what is pre-trained."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Score, (b, channels, h, w) -> (b, classes, h, w)."""
        height, width = x.shape[-2:]
        scores = self.decode(self.encode(pad_to_multiple(x, self.multiple)))
        return scores[..., :height, :width]


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """Continue a picture below and to the right by its mirror image, to a multiple of pixels."""
    for axis in (-2, -1):
        missing = -x.shape[axis] % multiple
        while missing:  # a mirror gives no more than there is
            part = min(missing, x.shape[axis])
            sides = (0, part, 0, 0) if axis == -1 else (0, 0, 0, part)
            if part < x.shape[axis]:
                x = functional.pad(x, sides, mode="reflect")
            else:
                x = functional.pad(x, sides, mode="replicate")
            missing -= part
    return x


def resize_like(x: Tensor, other: Tensor) -> Tensor:
    """Stretch bilinearly to the height and width of another tensor."""
    return functional.interpolate(x, other.shape[-2:], mode="bilinear", align_corners=False)


def convolve(channels: int, out: int, kernel: int = 3, *, stride: int = 1) -> nn.Sequential:
    """Return convolution, normalisation, ReLU: (b, c, h, w) -> (b, out, h / stride, w / stride)."""
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, (kernel - 1) // 2, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )


def make_downsample(channels: int, out: int, stride: int) -> nn.Sequential | None:
    """Return the projection of a shortcut whose shape changes, None where it stays."""
    if channels == out and stride == 1:
        return None
    return nn.Sequential(
        nn.Conv2d(channels, out, 1, stride, bias=False),
        nn.BatchNorm2d(out),
    )


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut: (b, c, h, w) -> (b, width, h, w).

    He et al. 2016, Deep residual learning for image recognition, section 3.3.
    """

    expansion = 1

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = make_downsample(channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Add what the convolutions found to the shortcut."""
        found = functional.relu(self.bn1(self.conv1(x)))
        found = self.bn2(self.conv2(found))
        return functional.relu(found + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """Convolutions 1 x 1, 3 x 3, 1 x 1 beside a shortcut: (b, c, h, w) -> (b, 4 width, h, w).

    The stride is in the 3 x 3 convolution, as in torchvision ("ResNet v1.5").
    """

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        out = self.expansion * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample = make_downsample(channels, out, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Add what the convolutions found to the shortcut."""
        found = functional.relu(self.bn1(self.conv1(x)))
        found = functional.relu(self.bn2(self.conv2(found)))
        found = self.bn3(self.conv3(found))
        return functional.relu(found + (x if self.downsample is None else self.downsample(x)))


def initialise(network: nn.Module) -> None:
    """Draw the weights of all convolutions from torch's generator, biases zero.

    He et al. 2015 (Delving deep into rectifiers, section 2.2). The last normalisation of each
    residual branch begins at zero (Goyal et al. 2017, section 5.1): a block is first its shortcut.
    A transposed convolution begins by repeating pixels: drawn pixel by pixel its four outputs
    differ, and after 80 iterations a checkerboard still lay over what was found.
    """
    for module in network.modules():
        if isinstance(module, nn.ConvTranspose2d):
            drawn = torch.empty(*module.weight.shape[:2], 1, 1)
            nn.init.normal_(drawn, std=(2.0 / len(module.weight)) ** 0.5)
            with torch.no_grad():
                module.weight.copy_(drawn.expand_as(module.weight))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
        elif isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
