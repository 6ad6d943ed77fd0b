"""A network as a segmenter of pictures: fitted, asked, kept.

``make_network_segmenter`` makes one by name with the settings that were measured to do well on a
processor in minutes. A network sees pictures shrunk (``Preparation``); its probabilities are
stretched to the picture's own size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch.nn import functional

from welllog.cores.classes import Classes
from welllog.cores.fitting import choose_precision, fit_network, score_classes
from welllog.cores.naming import check_pairs, classes_of
from welllog.cores.network_settings import FittingSettings
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
from welllog.cores.segmenters import Mask, Picture, Probabilities, SegmenterError
from welllog.network_files import check_tensors, pack_tensors, unpack_tensors
from welllog.neural import choose_device
from welllog.progress import Progress, part_of

__all__ = ["NetworkSegmenter", "make_network_segmenter", "read_network_segmenter"]

REACH = 256
"""Pixels of a shrunk picture around one that its class is made to depend on. A U-Net without a
backbone looks no further than half of it; a ResNet-50 and an HRNet do, faintly, so that pieces of a
picture larger than four times this may differ a little at their seams."""


@dataclass(frozen=True, eq=False)
class NetworkSegmenter:
    """A network with what it needs to segment a picture."""

    settings: FittingSettings = field(default_factory=FittingSettings)
    classes: Classes = Classes()
    network: PictureNetwork | None = None
    """None before it is fitted."""
    preparation: Preparation | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    """Of the fitting: losses, and mIoU of held-out pictures."""

    @property
    def method(self) -> str:
        """Return the network's name."""
        return self.settings.network

    @property
    def seed(self) -> int:
        """Return what everything left to chance followed from."""
        return self.settings.seed

    @property
    def reach(self) -> int:
        """Return how many pixels around one its answer depends on."""
        scale = 1.0 if self.preparation is None else self.preparation.scale
        return int(np.ceil(REACH / scale))

    def fit(
        self,
        pictures: Sequence[Picture],
        masks: Sequence[Mask] | None = None,
        classes: Classes | None = None,
        *,
        held_out: Sequence[tuple[Picture, Mask]] = (),
        unpainted: Sequence[Picture] = (),
        run_folder: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Self:
        """Return a segmenter whose network is fitted to painted pictures.

        Parameters
        ----------
        pictures : sequence of arrays, shape (row, column, channel)
        masks : sequence of int arrays, shape (row, column)
        classes : Classes, optional
        held_out : sequence of (picture, mask)
            To stop early by, and to choose the best weights by; see ``fitting.fit_network``.
        unpainted : sequence of arrays, shape (row, column, channel)
            More pictures for pre-training, where settings ask for it.
        run_folder, resume, overwrite, progress
            As for ``fitting.fit_network``.

        Raises
        ------
        SegmenterError
            Pictures and masks do not go together, or nothing is painted.
        """
        if masks is None:
            raise SegmenterError(f"method {self.method} learns from painted pictures; give masks")
        check_pairs(pictures, masks)
        check_pairs([pictures[0], *unpainted], None)
        settings, told = self.settings, classes_of(masks, classes)
        preparation = self._prepare(pictures)
        examples, looked_at = (
            [preparation.example(picture, mask, len(told)) for picture, mask in pairs]
            for pairs in (zip(pictures, masks, strict=True), held_out)
        )
        torch.manual_seed(settings.seed)
        network = _build(settings, preparation.channels, len(told))
        if settings.backbone:
            assert isinstance(network, ResNetUNet)
            load_backbone(network, read_backbone(settings.backbone), settings.backbone)
        share = 0.0
        if settings.pretraining != "none":
            iterations = settings.pretraining_iterations
            share = iterations / (iterations + settings.iterations)
            seen = [example.picture for example in examples]
            seen += [preparation.picture(picture) for picture in unpainted]
            weights, _ = learn_to_paint(seen, settings, part_of(progress, 0.0, share))
            adopt_weights(network, weights)
        fitted = fit_network(
            network,
            examples,
            len(told),
            settings,
            held_out=looked_at,
            run_folder=run_folder,
            resume=resume,
            overwrite=overwrite,
            colours=told.colours,
            progress=part_of(progress, share, 1.0),
        )
        return replace(
            self,
            classes=told,
            network=fitted.network,
            preparation=preparation,
            history=tuple(fitted.history),
        )

    def _prepare(self, pictures: Sequence[Picture]) -> Preparation:
        """Measure pictures; weights from ImageNet are shown what they were shown there."""
        preparation = measure_preparation(
            pictures, self.settings.working_width, self.settings.levels
        )
        views, rest = divmod(preparation.channels, len(IMAGENET_MEAN))
        if self.settings.backbone and not rest:
            return Preparation(
                IMAGENET_MEAN * views, IMAGENET_SPREAD * views, preparation.scale, "fitted"
            )
        return preparation

    def predict_probabilities(self, picture: Picture) -> Probabilities:
        """Return how probable each class is in each pixel.

        Raises
        ------
        SegmenterError
            It is not fitted, or was fitted to pictures with other channels.
        """
        if self.network is None or self.preparation is None:
            raise SegmenterError(f"method {self.method} has not been fitted to painted pictures")
        x = self.preparation.picture(picture)
        device = choose_device(self.settings.device)
        self.network.to(device)
        bf16 = choose_precision(self.settings.precision, device) == "bf16"
        shares = torch.zeros(len(self.classes), *x.shape[1:])
        mirrors = self._mirrors()
        for mirror in mirrors:
            scores = score_classes(self.network, x.flip(mirror), bf16)
            shares += scores.softmax(0).flip(mirror) / len(mirrors)
        size = picture.shape[:2]
        stretched = functional.interpolate(
            shares[None], size, mode="bilinear", align_corners=False
        )[0]
        told: Probabilities = np.ascontiguousarray(stretched.permute(1, 2, 0).numpy())
        return told

    def _mirrors(self) -> list[list[int]]:
        """Return the axes of each mirror image that is looked at: those that it was fitted to."""
        mirrors: list[list[int]] = [[]]
        changes = self.settings.augmentation
        for axis, fitted_to in ((-1, changes.horizontal_flip), (-2, changes.vertical_flip)):
            if self.settings.mirror and fitted_to:
                mirrors += [[*mirror, axis] for mirror in mirrors]
        return mirrors

    def entries(self) -> dict[str, Any]:
        """Return what a model file says of it, weights and classes apart.

        Raises
        ------
        SegmenterError
            It is not fitted.
        """
        if self.preparation is None:
            raise SegmenterError(f"method {self.method} is not fitted; there is nothing to keep")
        return {
            # Where the backbone's file lay is nobody's business, and it is not needed again.
            "settings": replace(self.settings, backbone="", freeze=False).to_dict(),
            "preparation": {
                entry.name: getattr(self.preparation, entry.name) for entry in fields(Preparation)
            },
        }

    def to_bytes(self, header: Callable[[dict[str, Any]], dict[str, str]]) -> bytes:
        """Return the content of a model file, safetensors.

        Parameters
        ----------
        header : callable
            Makes the file's metadata of ``entries``.

        Raises
        ------
        SegmenterError
            It is not fitted.
        """
        entries = self.entries()
        assert self.network is not None
        return pack_tensors(self.network.state_dict(), header(entries))


def make_network_segmenter(network: str, **settings: Any) -> NetworkSegmenter:
    """Make a segmenter over a network, not fitted yet.

    Parameters
    ----------
    network : str
        One of ``networks.NETWORKS``.
    **settings
        Of ``FittingSettings``.

    Raises
    ------
    SegmenterError
        An unknown name or setting.
    """
    try:
        return NetworkSegmenter(FittingSettings.from_dict({**settings, "network": network}))
    except (ValueError, TypeError) as error:
        raise SegmenterError(str(error)) from error


def read_network_segmenter(
    entries: Mapping[str, Any], content: bytes, where: str, *, device: str = "auto"
) -> NetworkSegmenter:
    """Make a segmenter of what a model file holds.

    Parameters
    ----------
    entries : mapping
        What ``NetworkSegmenter.entries`` gave, and ``classes``.
    content : bytes
        Weights, as safetensors.
    where : str
        What an error calls the file.
    device : str
        Where it runs, whatever it was fitted on.

    Raises
    ------
    ValueError, KeyError, TypeError
        The entries lack something or hold what cannot be, or the weights cannot be believed
        (``WeightsError``): another format, wrong shapes, values that are not finite.
    """
    classes = entries["classes"]
    table = entries["preparation"]
    preparation = Preparation(
        tuple(float(value) for value in table["mean"]),
        tuple(float(value) for value in table["spread"]),
        float(table["scale"]),
        str(table["levels"]),
    )
    settings = FittingSettings.from_dict({**entries["settings"], "device": device})
    with torch.device("meta"):  # no memory is taken before the sizes have been compared
        network = _build(settings, preparation.channels, len(classes))
    weights = unpack_tensors(content, where)
    check_tensors(weights, network.state_dict(), where)
    network.load_state_dict(weights, assign=True)
    return NetworkSegmenter(settings, classes, network.eval(), preparation)


def _build(settings: FittingSettings, channels: int, classes: int) -> PictureNetwork:
    return build_network(
        settings.network,
        channels,
        classes,
        width=settings.width,
        upsampling=settings.upsampling,
    )
