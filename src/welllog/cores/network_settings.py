"""How a network is fitted to pictures. Loads no torch, so that settings can be listed cheaply."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from welllog.cores.networks import NETWORKS, UPSAMPLINGS

__all__ = ["AugmentationSettings", "FittingSettings"]

PRETRAININGS = ("none", "masked")
SCHEDULES = ("cosine", "constant")
WEIGHTINGS = ("none", "balanced", "root")
PRECISIONS = ("auto", "32", "bf16")
LEVELS = ("own", "fitted")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class AugmentationSettings:
    """What may be done to a picture and its mask together without changing what they show.

    Raises
    ------
    ValueError
        A setting that cannot be.
    """

    horizontal_flip: bool = True
    """Mirror left and right, every other time."""
    vertical_flip: bool = True
    """Mirror top and bottom. A core photograph has a top and a bottom, a thin section has not."""
    quarter_turns: bool = True
    """Turn by 0, 90, 180 or 270 degrees."""
    zoom: float = 1.25
    """Enlarge or shrink by up to this factor; 1 leaves the size."""
    angle: float = 15.0
    """Turn by up to so many degrees either way, besides quarter turns."""
    colour: float = 0.05
    """Change brightness and contrast by up to this share of a channel's spread, each channel by
    a third of that besides. Minerals differ by little: 0.5 took the mIoU from .284 to .224."""

    def __post_init__(self) -> None:
        if not 1.0 <= self.zoom <= 4.0:
            raise ValueError(f"zoom {self.zoom}: use a factor from 1 to 4")
        if not 0.0 <= self.angle <= 180.0:
            raise ValueError(f"angle {self.angle}: use 0 to 180 degrees")
        if not 0.0 <= self.colour < 1.0:
            raise ValueError(f"colour {self.colour}: use a share from 0 up to, but not, 1")


@dataclass(frozen=True)
class FittingSettings:
    """One fitting of one network.

    Raises
    ------
    ValueError
        A setting that cannot be; the message names it and what is allowed.
    """

    network: str = "unet-small"
    """One of ``networks.NETWORKS``."""
    width: int | None = None
    """Channels of the finest level; None takes that of the name."""
    upsampling: str = "transposed"
    """Of a U-Net without a backbone: ``transposed`` or ``plain``."""
    working_width: int = 200
    """Pictures are shrunk, all by one factor, until the widest of those fitted to is so many pixels
    wide; 0 leaves them. The factor is kept, so that grains keep the size the network knows. On thin
    sections 1600 wide, 200 found as much as 400 in the same iterations (mIoU over three folds .295
    and .284): more of a grain's surroundings is in a crop."""
    levels: str = "own"
    """``own``: each picture's channels are brought to mean 0 and spread 1, so that the light it was
    taken in says nothing (of a picture larger than a piece, the piece's); ``fitted``: all are
    scaled by the means and spreads of those fitted, and colours are absolute."""
    crop: int = 128
    """Height and width of what is cut out of pictures, in pixels after shrinking; no more than the
    largest has."""
    batch: int = 4
    """Crops in an iteration."""
    iterations: int = 200
    """Steps of the optimiser. ``unet-small`` and ``unet-resnet50`` found no more in other thin
    sections after 400 than after 100, fitted to eight."""
    learning_rate: float = 3e-3
    """Of Adam, at its highest. The founding study's was 1e-4, constant."""
    schedule: str = "cosine"
    """``cosine``: the rate rises over a tenth of the iterations and falls to a hundredth;
    ``constant``."""
    weight_decay: float = 1e-4
    """Of the weights at each step, apart from the gradient (AdamW); 0 is Adam."""
    class_weights: str = "root"
    """``balanced`` weighs a pixel by one over its class's share, ``root`` by the root of that,
    ``none`` all alike; the rarest of five classes was not found at all with ``none``."""
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    mirror: bool = True
    """Predict the picture and its mirror images, and take the mean: four times the work."""
    pretraining: str = "none"
    """What comes before masks are seen: ``masked``, patches of pictures are hidden and painted."""
    pretraining_iterations: int = 200
    """Iterations of it."""
    backbone: str = ""
    """File of ResNet-50 weights for the encoder of ``unet-resnet50``."""
    freeze: bool = False
    """Keep the encoder as it comes from pre-training or from ``backbone``."""
    validate_every: int = 50
    """Iterations between looks at held-out pictures, where there are any."""
    patience: int = 4
    """Looks without a better one after which fitting stops."""
    checkpoint_every: int = 50
    """Iterations between checkpoints, where there is a run folder."""
    log_every: int = 10
    """Iterations whose mean loss is one line of the history."""
    device: str = "auto"
    """``cuda``, ``mps``, ``cpu``; ``auto`` takes the first there is."""
    precision: str = "auto"
    """``32``, ``bf16``; ``auto`` is bf16 where the processor multiplies matrices of it."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("network", tuple(NETWORKS)),
            ("upsampling", UPSAMPLINGS),
            ("levels", LEVELS),
            ("schedule", SCHEDULES),
            ("class_weights", WEIGHTINGS),
            ("pretraining", PRETRAININGS),
            ("device", DEVICES),
            ("precision", PRECISIONS),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"unknown {name} {getattr(self, name)!r}; use one of {', '.join(allowed)}"
                )
        for name, least in (
            ("crop", 16), ("batch", 1), ("iterations", 1), ("pretraining_iterations", 1),
            ("validate_every", 1), ("patience", 1), ("checkpoint_every", 1), ("log_every", 1),
            ("seed", 0),
        ):  # fmt: skip
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; use at least {least}")
        if self.working_width and self.working_width < 16:
            raise ValueError(f"working_width is {self.working_width}; use 16 or more, or 0")
        if not 0.0 < self.learning_rate < 1.0 or not 0.0 <= self.weight_decay < 1.0:
            raise ValueError("learning_rate and weight_decay lie between 0 and 1")
        if self.backbone and self.network != "unet-resnet50":
            raise ValueError(f"{self.network} has no backbone to load; use unet-resnet50")
        if self.freeze and not self.backbone and self.pretraining == "none":
            raise ValueError("a frozen encoder has to come from a backbone file or pre-training")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: dict[str, Any]) -> FittingSettings:
        """Return the settings that ``to_dict`` gave.

        Raises
        ------
        ValueError
            A name that is no setting, or a value that cannot be.
        """
        given = dict(table)
        augmentation = given.get("augmentation", {})
        if isinstance(augmentation, AugmentationSettings):
            augmentation = asdict(augmentation)
        for owner, names in ((cls, given), (AugmentationSettings, augmentation)):
            unknown = set(names) - {entry.name for entry in fields(owner)}
            if unknown:
                raise ValueError(f"unknown setting {min(unknown)} of a network for pictures")
        given["augmentation"] = AugmentationSettings(**augmentation)
        return cls(**given)
