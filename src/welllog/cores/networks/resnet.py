"""ResNet-50 for pictures, and the U-Net that has it for an encoder.

The encoder is built and named as torchvision's ``resnet50`` (``conv1``, ``layer1.0.conv1``, ...),
so that weights learnt on ImageNet load as they are; ``read_backbone`` reads them from a file, and
``fetch_backbone`` fetches one file of a pinned revision and hash. What it is shown then has to be
scaled as it was there (``IMAGENET_MEAN``, ``IMAGENET_SPREAD``).
"""

from __future__ import annotations

import hashlib
import pickle
import re
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from welllog.cores.networks.blocks import (
    Bottleneck,
    PictureNetwork,
    convolve,
    initialise,
    resize_like,
)
from welllog.network_files import WeightsError, check_tensors, unpack_tensors, write_whole

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_SPREAD",
    "ResNet50",
    "ResNetUNet",
    "adapt_stem",
    "fetch_backbone",
    "load_backbone",
    "read_backbone",
]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_SPREAD = (0.229, 0.224, 0.225)
"""Of red, green and blue, 0 to 1, of the pictures that torchvision's weights were learnt on."""

BLOCKS = (3, 4, 6, 3)
DECODER = (240, 128, 64, 32, 32)
"""Channels of the decoder from coarse to fine at full width: 8.5 M parameters."""
_LARGEST_DOWNLOAD = 400_000_000


class ResNet50(nn.Module):
    """The residual network of 50 layers without its classifier.

    He et al. 2016, Deep residual learning for image recognition, table 1.
    """

    def __init__(self, channels: int = 3, width: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.out_channels = [width]
        before = width
        for stage, count in enumerate(BLOCKS):
            narrow, stride = width * 2**stage, 1 if stage == 0 else 2
            blocks = []
            for number in range(count):
                blocks.append(Bottleneck(before, narrow, stride if number == 0 else 1))
                before = 4 * narrow
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
            self.out_channels.append(before)

    def forward(self, x: Tensor) -> list[Tensor]:
        """See a picture at 1/2, 1/4, 1/8, 1/16 and 1/32 of its size.

        (b, c, h, w) -> (b, 64, h / 2, w / 2), (b, 256, h / 4, ...), ..., (b, 2048, h / 32, ...)
        """
        x = functional.relu(self.bn1(self.conv1(x)))
        levels = [x]
        x = functional.max_pool2d(x, 3, 2, 1)
        for stage in range(len(BLOCKS)):
            x = self.get_submodule(f"layer{stage + 1}")(x)
            levels.append(x)
        return levels


class ResNetUNet(PictureNetwork):
    """A U-Net whose way down is a ResNet-50: skips after the stem and the first three stages."""

    multiple = 32

    def __init__(self, channels: int, classes: int, width: int = 64) -> None:
        super().__init__()
        self.encoder = ResNet50(channels, width)
        skips = [*reversed(self.encoder.out_channels[:-1]), 0]
        outs = [max(1, out * width // 64) for out in DECODER]
        inputs = [self.encoder.out_channels[-1], *outs[:-1]]
        self.decoder = nn.ModuleList(
            nn.Sequential(convolve(before + skip, out), convolve(out, out))
            for before, skip, out in zip(inputs, skips, outs, strict=True)
        )
        self.head = nn.Conv2d(outs[-1], classes, 1)
        initialise(self)

    def encode(self, x: Tensor) -> list[Tensor]:
        """Go down; what comes first is the picture itself, for its size."""
        return [x, *self.encoder(x)]

    def decode(self, levels: Sequence[Tensor]) -> Tensor:
        """Go up: stretch to the next finer level, put it beside, convolve; (b, classes, h, w)."""
        picture, *skipped, x = levels
        for number, level in enumerate(self.decoder):
            if number < len(skipped):
                finer = skipped[-1 - number]
                x = torch.cat([resize_like(x, finer), finer], 1)
            else:
                x = resize_like(
                    x, picture
                )  # nothing to put beside: the picture came in at stride 2
            x = level(x)
        scores: Tensor = self.head(x)
        return scores

    def encoder_parts(self) -> list[nn.Module]:
        """Return the backbone."""
        return [self.encoder]


def read_backbone(path: str | Path) -> dict[str, Tensor]:
    """Read weights of a backbone from a file.

    Parameters
    ----------
    path : str or path
        ``.safetensors``; or ``.pth``/``.pt`` of torch, of which nothing but tensors is unpickled.

    Raises
    ------
    WeightsError
        The file is missing, of another format, holds anything but tensors, or values that are not
        finite.
    """
    path = Path(path)
    try:
        if path.suffix in (".pth", ".pt"):
            found = torch.load(path, map_location="cpu", weights_only=True)
        else:
            return unpack_tensors(path.read_bytes(), str(path))
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read ({error.strerror}); name another file"
        ) from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(
            f"{path} holds more than tensors, or is damaged; it is not opened: use a .safetensors "
            f"file"
        ) from error
    if not isinstance(found, Mapping) or not all(isinstance(t, Tensor) for t in found.values()):
        raise WeightsError(f"{path} holds no plain table of tensors; use a state dict")
    for name, tensor in found.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise WeightsError(f"{path}: {name} holds values that are not finite; use another file")
    return dict(found)


def load_backbone(network: ResNetUNet, tensors: Mapping[str, Tensor], where: str) -> None:
    """Put weights of a torchvision ResNet-50 into the encoder of a network.

    The classifier (``fc``) is left out. Where the network has another number of channels than the
    weights, the stem is adapted (``adapt_stem``).

    Raises
    ------
    WeightsError
        A name or a shape differs; the first is named.
    """
    expected = network.encoder.state_dict()
    weights = {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
        if not name.startswith("fc.")
    }
    # Older files count no batches.
    for name, tensor in expected.items():
        if name.endswith("num_batches_tracked"):
            weights.setdefault(name, torch.zeros_like(tensor))
    stem = weights.get("conv1.weight")
    if stem is not None and stem.ndim == 4:
        weights["conv1.weight"] = adapt_stem(stem, expected["conv1.weight"].shape[1])
    check_tensors(weights, expected, where)
    network.encoder.load_state_dict(weights)


def adapt_stem(weight: Tensor, channels: int) -> Tensor:
    """Fit the filters of a first convolution to another number of channels.

    Channel i gets the filters of channel i modulo those there are (two pictures of one view: red,
    green, blue, red, green, blue), scaled so that equal pictures give what one picture gave. One
    channel gets the sum of all: a grey picture then gives what it gave as red, green and blue.

    Parameters
    ----------
    weight : tensor, shape (out, c, k, k)
    channels : int

    Returns
    -------
    tensor, shape (out, channels, k, k)
    """
    have = weight.shape[1]
    if channels == have:
        return weight
    if channels == 1:
        return weight.sum(1, keepdim=True)
    chosen = torch.arange(channels) % have
    adapted = weight[:, chosen]  # (out, c, k, k) -> (out, channels, k, k)
    shares = torch.bincount(chosen, minlength=have).float()[chosen]
    return adapted / shares[None, :, None, None]


def fetch_backbone(repository: str, revision: str, name: str, sha256: str, folder: Path) -> Path:
    """Fetch one file of weights from the Hugging Face hub, once.

    Nothing is fetched unless this is called, and nothing is kept whose hash differs.

    Parameters
    ----------
    repository : str
        As ``timm/resnet50.tv_in1k``.
    revision : str
        A whole commit hash (40 hex digits): a branch could change.
    name : str
        File in the repository.
    sha256 : str
        Of the file.
    folder : path
        Where it is kept; a file that is there and has the hash is not fetched again.

    Raises
    ------
    WeightsError
        The revision is no commit, the hub cannot be reached, or the hash differs.
    """
    if not re.fullmatch(r"[0-9a-f]{40}", revision) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise WeightsError("pin the revision by its whole commit hash, and the file by its sha256")
    target = folder / f"{sha256[:16]}-{Path(name).name}"
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return target
    address = f"https://huggingface.co/{repository}/resolve/{revision}/{name}"
    try:
        with urllib.request.urlopen(address, timeout=60) as reply:  # noqa: S310
            content = reply.read(_LARGEST_DOWNLOAD + 1)
    except OSError as error:
        raise WeightsError(f"{address} cannot be fetched ({error}); give a local file") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"{address} is not the file of sha256 {sha256}; it is not kept")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(target, content)
    return target
