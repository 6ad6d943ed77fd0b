"""HRNet: four resolutions side by side, which exchange what they find all along.

Wang et al. 2020, Deep high-resolution representation learning for visual recognition, sections 3.1
to 3.4 (HRNetV2), with the stages of the authors' own implementation, whose names of layers these
are (``stage2.0.branches.0.0.conv1``, ``stage2.0.fuse_layers.0.1.0``). The answer is made at a
quarter of the picture's size and stretched.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from welllog.cores.networks.blocks import (
    BasicBlock,
    Bottleneck,
    PictureNetwork,
    convolve,
    initialise,
    resize_like,
)

__all__ = ["Exchange", "HRNet"]

STEM = 64
BLOCKS = 4
"""Residual blocks of a branch between two exchanges."""
EXCHANGES = (1, 4, 3)
"""Exchanges in the stages of two, three and four resolutions."""


class Exchange(nn.Module):
    """Residual blocks at each resolution, then every resolution gets the sum of all.

    [(b, w, h, w), (b, 2 w, h / 2, w / 2), ...] -> the same shapes.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(BasicBlock(width, width) for _ in range(BLOCKS))) for width in widths
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_path(widths, source, target) for source in range(len(widths)))
            for target in range(len(widths))
        )

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """Find, then exchange."""
        found = [branch(x) for branch, x in zip(self.branches, levels, strict=True)]
        fused = []
        for target, paths in enumerate(self.fuse_layers):
            total = found[target]
            for source, path in enumerate(paths.children()):
                if source != target:
                    x = path(found[source])
                    total = total + (resize_like(x, total) if source > target else x)
            fused.append(functional.relu(total))
        return fused


def _path(widths: Sequence[int], source: int, target: int) -> nn.Module:
    """Return the way from one resolution to another: 1 x 1 up, 3 x 3 of stride 2 for each down."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            nn.Conv2d(widths[source], widths[target], 1, bias=False),
            nn.BatchNorm2d(widths[target]),
        )
    steps = []
    for step in range(source, target):
        last = step + 1 == target
        out = widths[target] if last else widths[source]
        whole = convolve(widths[source], out, stride=2)
        steps.append(whole[:2] if last else whole)
    return nn.Sequential(*steps)


class HRNet(PictureNetwork):
    """Branches of 1, 2, 4 and 8 times ``width`` channels at 1/4 to 1/32 of the picture's size."""

    multiple = 32

    def __init__(self, channels: int, classes: int, width: int = 18) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(4)]
        self.conv1 = nn.Conv2d(channels, STEM, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(STEM)
        self.conv2 = nn.Conv2d(STEM, STEM, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(STEM)
        wide = STEM * Bottleneck.expansion
        self.layer1 = nn.Sequential(
            Bottleneck(STEM, STEM), *(Bottleneck(wide, STEM) for _ in range(BLOCKS - 1))
        )
        self.transition1 = _transition([wide], widths[:2])
        self.stage2 = _stage(widths[:2], EXCHANGES[0])
        self.transition2 = _transition(widths[:2], widths[:3])
        self.stage3 = _stage(widths[:3], EXCHANGES[1])
        self.transition3 = _transition(widths[:3], widths)
        self.stage4 = _stage(widths, EXCHANGES[2])
        self.join = convolve(sum(widths), sum(widths), 1)
        self.head = nn.Conv2d(sum(widths), classes, 1)
        initialise(self)

    def encode(self, x: Tensor) -> list[Tensor]:
        """See the picture at 1/4, 1/8, 1/16 and 1/32; what comes first is the picture itself."""
        picture = x
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        levels = [self.layer1(x)]  # (b, 256, h / 4, w / 4)
        for number in (1, 2, 3):
            levels = self._widen(levels, self.get_submodule(f"transition{number}"))
            levels = self.get_submodule(f"stage{number + 1}")(levels)
        return [picture, *levels]

    @staticmethod
    def _widen(levels: list[Tensor], transition: nn.Module) -> list[Tensor]:
        """Bring each resolution to its width, and begin a coarser one from the coarsest."""
        return [
            step(levels[min(number, len(levels) - 1)])
            for number, step in enumerate(transition.children())
        ]

    def decode(self, levels: Sequence[Tensor]) -> Tensor:
        """Put all resolutions beside the finest, mix them, stretch: (b, classes, h, w)."""
        picture, finest, *coarser = levels
        x = torch.cat([finest, *(resize_like(level, finest) for level in coarser)], 1)
        scores: Tensor = self.head(self.join(x))  # (b, 15 width, h / 4, ...) -> (b, classes, ...)
        return resize_like(scores, picture)

    def encoder_parts(self) -> list[nn.Module]:
        """Return all but what joins the resolutions."""
        return [module for name, module in self.named_children() if name not in ("join", "head")]


def _transition(before: Sequence[int], after: Sequence[int]) -> nn.ModuleList:
    steps: list[nn.Module] = []
    for number, width in enumerate(after):
        if number >= len(before):
            steps.append(nn.Sequential(convolve(before[-1], width, stride=2)))
        elif before[number] != width:
            steps.append(convolve(before[number], width))
        else:
            steps.append(nn.Identity())
    return nn.ModuleList(steps)


def _stage(widths: Sequence[int], exchanges: int) -> nn.Sequential:
    return nn.Sequential(*(Exchange(widths) for _ in range(exchanges)))
