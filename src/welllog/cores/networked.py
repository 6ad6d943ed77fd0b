"""A network that segments pictures: fitted, asked, kept.

``make_network_segmenter`` makes one by name with the settings that were measured to do well on a
processor in minutes; ``NetworkSegmenter`` fits it and answers with probabilities at the picture's
own size. Pictures are (row, column, channel), masks (row, column) with 0 to K - 1 and -1 where
nobody painted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from welllog.cores.fitting import Fitted, choose_precision, fit_network, score_classes
from welllog.cores.network_settings import DEFAULTS, FittingSettings
from welllog.cores.networks import build_network
from welllog.cores.networks.blocks import PictureNetwork
from welllog.cores.networks.resnet import (
    IMAGENET_MEAN,
    IMAGENET_SPREAD,
    ResNetUNet,
    load_backbone,
    read_backbone,
)
from welllog.cores.picture_preparation import Preparation, measure_preparation
from welllog.cores.pretraining import adopt_weights, learn_to_paint
from welllog.network_files import check_tensors, pack_tensors, unpack_tensors
from welllog.neural import choose_device
from welllog.progress import Progress, part_of

__all__ = [
    "MARGIN",
    "NetworkSegmenter",
    "make_network_segmenter",
    "read_network_segmenter",
    "stretch_rows",
]

TILE = 1024
"""Height and width of what a network sees at once, in pixels after shrinking."""
MARGIN = 128
"""Pixels seen around a tile beyond what is kept of it. A U-Net without a backbone looks no further;
the others do, and at the seams of pictures larger than a tile they may differ by a little."""


@dataclass(eq=False)
class NetworkSegmenter:
    """A network with what it needs to segment a picture."""

    settings: FittingSettings
    classes: tuple[str, ...]
    """Names, in the order of their numbers."""
    network: PictureNetwork | None = None
    """None before it was fitted."""
    preparation: Preparation | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    """Of the fitting: losses, and mIoU of held-out pictures."""

    @property
    def name(self) -> str:
        """The network's name, which is that of the method."""
        return self.settings.network

    @property
    def seed(self) -> int:
        """All that was left to chance followed from it."""
        return self.settings.seed

    @property
    def reach(self) -> int:
        """Pixels of the picture around a pixel that its class may depend on."""
        scale = 1.0 if self.preparation is None else self.preparation.scale
        return int(np.ceil(MARGIN / scale))

    def fit(
        self,
        pictures: Sequence[NDArray[Any]],
        masks: Sequence[NDArray[Any]],
        *,
        held_out: Sequence[tuple[NDArray[Any], NDArray[Any]]] = (),
        unpainted: Sequence[NDArray[Any]] = (),
        run_folder: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        colours: Sequence[tuple[int, int, int]] = (),
        progress: Progress | None = None,
    ) -> NetworkSegmenter:
        """Fit to painted pictures; return itself.

        Parameters
        ----------
        pictures : sequence of arrays, shape (row, column, channel)
        masks : sequence of arrays of int, shape (row, column)
        held_out : sequence of (picture, mask)
            To stop early by, and to choose the best weights by; see ``fitting.fit_network``.
        unpainted : sequence of arrays, shape (row, column, channel)
            More pictures for pre-training, where settings ask for it.
        run_folder, resume, overwrite, colours, progress
            As for ``fitting.fit_network``.

        Raises
        ------
        ValueError
            Pictures and masks do not go together, or nothing is painted.
        """
        if len(pictures) != len(masks):
            raise ValueError(f"{len(pictures)} pictures have {len(masks)} masks; give one for each")
        settings, classes = self.settings, len(self.classes)
        pretrained = settings.pretraining != "none"
        preparation = measure_preparation(pictures, settings.working_width)
        if settings.backbone and preparation.channels % 3 == 0:
            pictures_in_view = preparation.channels // 3
            preparation = replace(
                preparation,
                mean=IMAGENET_MEAN * pictures_in_view,
                spread=IMAGENET_SPREAD * pictures_in_view,
            )
        examples = [
            preparation.example(picture, mask, classes)
            for picture, mask in zip(pictures, masks, strict=True)
        ]
        looked_at = [preparation.example(picture, mask, classes) for picture, mask in held_out]
        torch.manual_seed(settings.seed)
        network = self._build(preparation.channels)
        if settings.backbone:
            assert isinstance(network, ResNetUNet)
            load_backbone(network, read_backbone(settings.backbone), settings.backbone)
        share = 0.0
        if pretrained:
            share = settings.pretraining_iterations / (
                settings.pretraining_iterations + settings.iterations
            )
            seen = [example.picture for example in examples]
            seen += [preparation.picture(picture) for picture in unpainted]
            weights, _ = learn_to_paint(seen, settings, part_of(progress, 0.0, share))
            adopt_weights(network, weights)
        fitted: Fitted = fit_network(
            network,
            examples,
            classes,
            settings,
            held_out=looked_at,
            run_folder=run_folder,
            resume=resume,
            overwrite=overwrite,
            colours=colours,
            progress=part_of(progress, share, 1.0),
        )
        self.network, self.preparation = fitted.network, preparation
        self.history = fitted.history
        return self

    def _build(self, channels: int) -> PictureNetwork:
        settings = self.settings
        return build_network(
            settings.network,
            channels,
            len(self.classes),
            width=settings.width,
            upsampling=settings.upsampling,
        )

    def predict_probabilities(
        self, picture: NDArray[Any], progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Return the probability of each class, shape (row, column, class), adding up to 1.

        Raises
        ------
        ValueError
            It was not fitted, or to pictures of another number of channels.
        """
        height, width = picture.shape[:2]
        shares = self._shares(picture, progress)
        found = np.empty((height, width, len(self.classes)), np.float32)
        for rows in _strips(height):
            found[rows] = stretch_rows(shares, rows, (height, width)).permute(1, 2, 0).numpy()
        return found

    def predict(self, picture: NDArray[Any], progress: Progress | None = None) -> NDArray[np.int16]:
        """Return the likeliest class of each pixel, shape (row, column).

        Raises
        ------
        ValueError
            As ``predict_probabilities``.
        """
        height, width = picture.shape[:2]
        shares = self._shares(picture, progress)
        found = np.empty((height, width), np.int16)
        for rows in _strips(height):
            found[rows] = stretch_rows(shares, rows, (height, width)).argmax(0).numpy()
        return found

    def _shares(self, picture: NDArray[Any], progress: Progress | None) -> Tensor:
        """Return probabilities at working size, (class, h, w), tile by tile."""
        if self.network is None or self.preparation is None:
            raise ValueError(f"{self.name} was not fitted yet; fit it, or open a model file")
        x = self.preparation.picture(picture)
        device = choose_device(self.settings.device)
        self.network.to(device)
        bf16 = choose_precision(self.settings.precision, device) == "bf16"
        height, width = x.shape[1:]
        shares = torch.zeros(len(self.classes), height, width)
        tiles = [(r, c) for r in range(0, height, TILE) for c in range(0, width, TILE)]
        mirrors: list[list[int]] = [[]]
        if self.settings.mirror:
            changes = self.settings.augmentation
            for axis, there in ((-1, changes.horizontal_flip), (-2, changes.vertical_flip)):
                mirrors += [[*mirror, axis] for mirror in mirrors] if there else []
        for number, (row, column) in enumerate(tiles):
            top, left = max(0, row - MARGIN), max(0, column - MARGIN)
            seen = x[:, top : row + TILE + MARGIN, left : column + TILE + MARGIN]
            total = torch.zeros(len(self.classes), *seen.shape[1:])
            for mirror in mirrors:
                scores = score_classes(self.network, seen.flip(mirror), bf16)
                total += scores.softmax(0).flip(mirror)
            kept = total[:, row - top :, column - left :][:, :TILE, :TILE] / len(mirrors)
            shares[:, row : row + TILE, column : column + TILE] = kept
            if progress is not None:
                said = f"{self.name}, tile {number + 1} of {len(tiles)}"
                progress((number + 1) / len(tiles), said)
        return shares

    def entries(self) -> dict[str, Any]:
        """Return what a model file says of it, its weights apart.

        Raises
        ------
        ValueError
            It was not fitted.
        """
        if self.preparation is None:
            raise ValueError(f"{self.name} was not fitted yet; there is nothing to keep")
        return {
            "classes": list(self.classes),
            # Where the backbone's file lay is nobody's business, and it is not needed again.
            "settings": replace(self.settings, backbone="", freeze=False).to_dict(),
            "preparation": {
                entry.name: getattr(self.preparation, entry.name) for entry in fields(Preparation)
            },
        }

    def weights(self) -> bytes:
        """Return the weights as the content of a safetensors file."""
        if self.network is None:
            raise ValueError(f"{self.name} was not fitted yet; there is nothing to keep")
        return pack_tensors(self.network.state_dict())


def make_network_segmenter(
    name: str, classes: Sequence[str], *, seed: int = 0, **settings: Any
) -> NetworkSegmenter:
    """Make a segmenter over a network, not fitted yet.

    Parameters
    ----------
    name : str
        One of ``networks.NETWORKS``.
    classes : sequence of str
        Their names, in the order of their numbers.
    seed : int
    **settings
        Of ``FittingSettings``, where they are not to be those that were measured for this network
        (``network_settings.DEFAULTS``).

    Raises
    ------
    ValueError
        An unknown name or setting.
    """
    if len(classes) < 2:
        raise ValueError("a picture is segmented into 2 classes or more")
    chosen = {**DEFAULTS.get(name, {}), **settings, "network": name, "seed": seed}
    return NetworkSegmenter(FittingSettings.from_dict(chosen), tuple(classes))


def read_network_segmenter(
    entries: Mapping[str, Any], content: bytes, where: str
) -> NetworkSegmenter:
    """Make a segmenter of what a model file holds.

    Parameters
    ----------
    entries : mapping
        What ``NetworkSegmenter.entries`` gave.
    content : bytes
        Weights, as safetensors.
    where : str
        What an error calls the file.

    Raises
    ------
    ValueError, KeyError, TypeError
        The entries lack something or hold what cannot be, or the weights cannot be believed
        (``WeightsError``): another format, wrong shapes, values that are not finite.
    """
    table = entries["preparation"]
    preparation = Preparation(
        tuple(float(value) for value in table["mean"]),
        tuple(float(value) for value in table["spread"]),
        float(table["scale"]),
    )
    settings = FittingSettings.from_dict(dict(entries["settings"]))
    classes = tuple(str(name) for name in entries["classes"])
    segmenter = NetworkSegmenter(settings, classes, preparation=preparation)
    with torch.device("meta"):  # no memory is taken before the sizes have been compared
        network = segmenter._build(preparation.channels)
    weights = unpack_tensors(content, where)
    check_tensors(weights, network.state_dict(), where)
    network.load_state_dict(weights, assign=True)
    segmenter.network = network.eval()
    return segmenter


def _strips(height: int) -> Iterator[slice]:
    """Return rows in portions, so that a large picture is never held once a class in full."""
    return (slice(row, min(row + 256, height)) for row in range(0, height, 256))


def stretch_rows(shares: Tensor, rows: slice, size: tuple[int, int]) -> Tensor:
    """Stretch bilinearly to a size, of which only some rows are made.

    Parameters
    ----------
    shares : tensor, shape (class, h, w)
    rows : slice
        Of the stretched picture.
    size : (int, int)
        Its height and width.

    Returns
    -------
    tensor, shape (class, rows, width)
    """
    height, width = shares.shape[1:]
    at = (torch.arange(rows.start, rows.stop) + 0.5) * (height / size[0]) - 0.5
    at = at.clamp(0, height - 1)
    above = at.floor().long()
    below = (above + 1).clamp(max=height - 1)
    mixed = torch.lerp(shares[:, above], shares[:, below], (at - above)[:, None])
    if width == size[1]:
        return mixed
    stretched: Tensor = functional.interpolate(
        mixed[None], (len(at), size[1]), mode="bilinear", align_corners=False
    )[0]
    return stretched
