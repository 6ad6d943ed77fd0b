"""Generators: networks that give back every curve of a window from what is visible of it.

Trained parameters at full size (width 64, 11 curves, 23 channels in), and of the discriminator
569,153; at width 16 they are some 16 times fewer:

================== ========== ========== ===========
name                universal   specific         all
================== ========== ========== ===========
resnet50-resnet18  15,964,096  5,093,963  21,058,059
resnet18-resnet18   3,853,760  4,307,531   8,161,291
resnet50-deconv3   15,964,096  2,626,571  18,590,667
unet                6,291,520  5,924,235  12,215,755
lstm                  575,488  1,583,115   2,158,603
peephole-lstm         574,976  1,582,603   2,157,579
gru                   431,616  1,188,875   1,620,491
================== ========== ========== ===========

The residual generators have no skips between encoder and decoder, as in the founding study: every
sample passes through 1/32 of the window's length (64 positions of 2048 samples).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Self

from torch import Tensor, cat, nn

from welllog.networks.blocks import (
    BasicBlock,
    BottleneckBlock,
    Convolution,
    NoiseInput,
    TransposedBlock,
    TransposedConvolution,
    convolve,
    exchange_activations,
    initialise,
    stretch,
)
from welllog.networks.recurrent import RecurrentDecoder, RecurrentEncoder
from welllog.networks.settings import NetworkSettings

__all__ = ["Generator", "build_generator"]

RESNET18 = (2, 2, 2, 2)
RESNET50 = (3, 4, 6, 3)
_OTHER_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "leaky-relu": partial(nn.LeakyReLU, 0.2),
    "prelu": nn.PReLU,
    "elu": nn.ELU,
}


class Generator(nn.Module):
    """An encoder, which is universal, and a decoder, which is specific to a task.

    ``multiple`` is what the length of a window must be a multiple of.
    """

    def __init__(
        self, settings: NetworkSettings, encoder: nn.Module, decoder: nn.Module, multiple: int
    ) -> None:
        super().__init__()
        self.settings = settings
        self.multiple = multiple
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        """Give back all curves, (b, inputs, n) -> (b, curves, n).

        Parameters
        ----------
        x : tensor, shape (b, inputs, n)
            The window, 0 where null or hidden.
        z : tensor, shape (b, noise_channels, n), optional
            Unit noise; none is zeros.

        Raises
        ------
        ValueError
            Where n is no multiple of ``multiple``.
        """
        if x.shape[-1] % self.multiple:
            raise ValueError(
                f"a window of {x.shape[-1]} samples cannot go through {self.settings.name}; "
                f"pad it to a multiple of {self.multiple}"
            )
        if z is None:
            z = x.new_zeros(len(x), self.settings.noise_channels, x.shape[-1])
        answer: Tensor = self.decoder(self.encoder(x), z)
        return answer

    def train(self, mode: bool = True) -> Self:
        """Switch to training or to use; a frozen encoder stays in use, with its statistics."""
        super().train(mode)
        if not any(parameter.requires_grad for parameter in self.universal_parameters()):
            self.encoder.eval()
        return self

    def universal_parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters that any task can share: the encoder's."""
        return self.encoder.parameters()

    def specific_parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters that are fitted to a task: the decoder's."""
        return self.decoder.parameters()


class ResNetEncoder(nn.Module):
    """A residual network down to 1/32 of the length (He et al. 2016, table 1)."""

    def __init__(
        self,
        settings: NetworkSettings,
        block: type[BasicBlock] | type[BottleneckBlock],
        counts: tuple[int, ...],
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            convolve(settings.inputs, settings.width, 7, stride=2),
            nn.MaxPool1d(3, stride=2, padding=1),
        )
        self.channels = settings.width
        blocks: list[nn.Module] = []
        for stage, count in enumerate(counts):
            width = settings.width * 2**stage
            for number in range(count):
                blocks.append(block(self.channels, width, 2 if stage and not number else 1))
                self.channels = width * block.expansion
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Encode, (b, inputs, n) -> (b, channels, n / 32)."""
        found: Tensor = self.blocks(self.stem(x))
        return found


class ResNetDecoder(nn.Module):
    """ResNet-18 in a mirror: stages of two blocks, strides become transposed convolutions."""

    def __init__(self, settings: NetworkSettings, channels: int) -> None:
        super().__init__()
        width, noise = settings.width, settings.noise_channels
        self.neck = convolve(channels, 8 * width, 1)
        self.stages = nn.ModuleList()
        self.noises = nn.ModuleList()
        for stage, (wide, narrow) in enumerate(((8, 4), (4, 2), (2, 1), (1, 1))):
            self.noises.append(NoiseInput(wide * width, noise))
            self.stages.append(
                nn.Sequential(
                    BasicBlock(wide * width, wide * width),
                    TransposedBlock(wide * width, narrow * width),
                    nn.Dropout(settings.dropout if stage < 2 else 0.0),
                )
            )
        self.last = nn.Sequential(TransposedConvolution(width, width), nn.BatchNorm1d(width))
        self.last_noise = NoiseInput(width, noise)
        self.head = nn.Sequential(nn.ReLU(), Convolution(width, settings.curves, 7, bias=True))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Decode, (b, channels, n / 32) -> (b, curves, n)."""
        x = self.neck(x)
        for noise, stage in zip(self.noises, self.stages, strict=True):
            x = stage(noise(x, z))  # (b, c, n / 2) -> (b, c / 2, n)
        answer: Tensor = self.head(self.last_noise(self.last(x), z))
        return answer


class DeconvolutionDecoder(nn.Module):
    """Three transposed convolutions, then linear upsampling from 1/4 of the length.

    The simple decoder of Xiao et al. 2018 (Simple baselines for human pose estimation, section 2).
    """

    def __init__(self, settings: NetworkSettings, channels: int) -> None:
        super().__init__()
        width = 4 * settings.width
        self.stages = nn.ModuleList()
        self.noises = nn.ModuleList()
        for stage in range(3):
            self.stages.append(
                nn.Sequential(
                    TransposedConvolution(width if stage else channels, width),
                    nn.BatchNorm1d(width),
                )
            )
            self.noises.append(NoiseInput(width, settings.noise_channels))
        self.after = nn.Sequential(nn.ReLU(), nn.Dropout(settings.dropout))
        self.head = Convolution(width, settings.curves, 1, bias=True)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Decode, (b, channels, n / 32) -> (b, curves, n)."""
        for noise, stage in zip(self.noises, self.stages, strict=True):
            x = self.after(noise(stage(x), z))  # (b, c, n / 2) -> (b, 4 width, n)
        return stretch(self.head(x), 4)


class UNetEncoder(nn.Module):
    """The way down of a U-Net: pairs of convolutions, halved by pooling four times.

    Ronneberger et al. 2015 (U-Net, section 2), with normalisation as everywhere here.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        widths = [settings.inputs, *(settings.width * 2**level for level in range(5))]
        self.levels = nn.ModuleList(
            _pair(channels, out) for channels, out in zip(widths, widths[1:], strict=False)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Encode into (b, width, n), (b, 2 width, n / 2), ... (b, 16 width, n / 16)."""
        found = [self.levels[0](x)]
        for level in self.levels[1:]:
            found.append(level(nn.functional.max_pool1d(found[-1], 2)))
        return found


class UNetDecoder(nn.Module):
    """The way up of a U-Net: transposed convolutions, joined with what the way down saw."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.noises, self.ups, self.levels = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for level in (3, 2, 1, 0):
            width = settings.width * 2**level
            self.ups.append(TransposedConvolution(2 * width, width))
            self.noises.append(NoiseInput(width, settings.noise_channels))
            self.levels.append(
                nn.Sequential(
                    _pair(2 * width, width), nn.Dropout(settings.dropout if level > 1 else 0.0)
                )
            )
        self.head = Convolution(settings.width, settings.curves, 1, bias=True)

    def forward(self, found: list[Tensor], z: Tensor) -> Tensor:
        """Decode what every level of the way down saw into (b, curves, n)."""
        x = found[-1]
        skips = found[-2::-1]
        for up, noise, level, skip in zip(self.ups, self.noises, self.levels, skips, strict=True):
            x = level(cat([skip, noise(up(x), z)], 1))  # (b, 2 c, n / 2) -> (b, c, n)
        answer: Tensor = self.head(x)
        return answer


def _pair(channels: int, out: int) -> nn.Sequential:
    return nn.Sequential(convolve(channels, out, 3), convolve(out, out, 3))


def build_generator(settings: NetworkSettings) -> Generator:
    """Build the generator of this name with weights drawn from torch's generator."""
    encoder: nn.Module
    decoder: nn.Module
    match settings.name:
        case "resnet50-resnet18" | "resnet50-deconv3":
            encoder = ResNetEncoder(settings, BottleneckBlock, RESNET50)
            make = DeconvolutionDecoder if "deconv" in settings.name else ResNetDecoder
            decoder = make(settings, encoder.channels)
        case "resnet18-resnet18":
            encoder = ResNetEncoder(settings, BasicBlock, RESNET18)
            decoder = ResNetDecoder(settings, encoder.channels)
        case "unet":
            encoder, decoder = UNetEncoder(settings), UNetDecoder(settings)
        case _:
            encoder, decoder = RecurrentEncoder(settings), RecurrentDecoder(settings)
    generator = Generator(settings, encoder, decoder, settings.multiple)
    if settings.activation in _OTHER_ACTIVATIONS:
        exchange_activations(generator, _OTHER_ACTIVATIONS[settings.activation])
    initialise(generator)
    return generator
