"""What every segmenter of pictures is, and which there are by name.

A **picture** is an array (row, column, channel) of uint8, uint16 or float32 with one, three or more
channels: several views of one section (plane and crossed light) lie one behind the other. A
**mask** is an array (row, column) of int16 that holds a class, 0 to K - 1, or ``UNLABELLED`` where
nothing was painted. In mask files a class is its number and ``UNLABELLED_IN_FILES`` is unpainted;
in napari's labels 0 is unpainted and class k is k + 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes
from welllog.progress import Progress

__all__ = [
    "METHODS",
    "UNLABELLED",
    "UNLABELLED_IN_FILES",
    "Mask",
    "Method",
    "Picture",
    "Place",
    "Probabilities",
    "Segmenter",
    "SegmenterError",
    "choose_stride",
    "make_segmenter",
    "most_probable",
    "to_unit",
]

Picture = NDArray[Any]
"""(row, column, channel)."""
Mask = NDArray[np.int16]
"""(row, column)."""
Probabilities = NDArray[np.float32]
"""(row, column, class), adding up to 1."""

UNLABELLED = -1
UNLABELLED_IN_FILES = 255


def choose_stride(rows: int, columns: int, most: int) -> int:
    """Return the least stride at which a picture has ``most`` pixels at the most."""
    stride = 1
    while -(-rows // stride) * -(-columns // stride) > most:
        stride += 1
    return stride


class Place(NamedTuple):
    """Where a piece of a picture lies, and which part of it is asked for."""

    shape: tuple[int, int]
    """Rows and columns of the whole picture."""
    top: int
    """Row of the picture that the piece begins at."""
    left: int
    """Column of the picture that the piece begins at."""
    inside: tuple[slice, slice]
    """Rows and columns of the piece that are asked for; what is around them is but looked at."""

    @property
    def there(self) -> tuple[slice, slice]:
        """Return the rows and columns of the whole picture that are asked for."""
        rows, columns = self.inside
        return (
            slice(rows.start + self.top, rows.stop + self.top),
            slice(columns.start + self.left, columns.stop + self.left),
        )

    @classmethod
    def of(cls, picture: Picture) -> Place:
        """Return the place of a picture that is no piece."""
        rows, columns = picture.shape[:2]
        return cls((rows, columns), 0, 0, (slice(0, rows), slice(0, columns)))


class SegmenterError(ValueError):
    """Pictures, masks or settings that a segmenter cannot work with."""


class Segmenter(Protocol):
    """Anything that tells the class of every pixel.

    One that wants to know where a piece lies, or tells a part of it with less work, has
    ``predict_piece(piece, place)`` as well, which returns the part that is asked for; one whose
    pixels hang together has ``grid``, at whose multiples pieces begin.
    """

    @property
    def method(self) -> str:
        """Return its name in ``METHODS``."""

    @property
    def classes(self) -> Classes:
        """Return what it tells apart; empty before it is fitted."""

    @property
    def reach(self) -> int:
        """Return how many pixels around one its answer depends on."""

    def fit(
        self,
        pictures: Sequence[Picture],
        masks: Sequence[Mask] | None = None,
        classes: Classes | None = None,
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Return a segmenter fitted to pictures.

        Those that need no masks learn from them, where there are any, which of their segments is
        which class.

        Raises
        ------
        SegmenterError
            The pictures and masks do not go together, or nothing can be learnt from them.
        """

    def predict_probabilities(self, picture: Picture) -> Probabilities:
        """Return how probable each class is in each pixel.

        Raises
        ------
        SegmenterError
            It is not fitted, or was fitted to pictures with other channels.
        """


@dataclass(frozen=True)
class Method:
    """A way to segment pictures."""

    what: str
    """One line for people."""
    made_by: str
    """``module:function`` or ``module:class``, called with the settings as keywords."""
    needs_masks: bool
    """Whether it learns from painted pictures alone."""
    fixed: Mapping[str, Any]
    """Settings that make the method what it is."""


FITTED = ("method", "classes", "naming", "centres", "spread", "channels", "forest")
"""Fields that a fit fills, or that make the method what it is."""


def _method(what: str, made_by: str, needs_masks: bool, **fixed: Any) -> Method:
    return Method(what, made_by, needs_masks, fixed)


_LEVELS = "welllog.cores.thresholds:Levels"
_NETWORK = "welllog.cores.networked:make_network_segmenter"
METHODS: Mapping[str, Method] = {
    "threshold": _method("one level of brightness, or several, set by hand", _LEVELS, False),
    "otsu": _method("one level, between the two brightnesses that differ most", _LEVELS, False),
    "minimum": _method("one level, in the histogram's valley", _LEVELS, False),
    "multi-otsu": _method("several levels, found as Otsu's", _LEVELS, False),
    "kmeans": _method(
        "clusters of colour, with position and texture if asked",
        "welllog.cores.clusters:Clusters",
        False,
    ),
    "pixels": _method(
        "a forest on colour, gradient and texture at several scales; scribbles are enough",
        "welllog.cores.pixels:PixelClassifier",
        True,
    ),
    **{
        name: _method(what, _NETWORK, True, network=name)
        for name, what in (
            ("unet-small", "a small U-Net: minutes on a processor"),
            ("unet", "U-Net without a backbone, 31 M parameters"),
            (
                "unet-resnet50",
                "U-Net with a ResNet-50 backbone, pretrained where weights are given",
            ),
            ("hrnet-w18", "HRNet: parallel resolutions with exchange"),
            ("hrnet-w32", "HRNet, wider"),
        )
    },
}
"""Ways to segment by name. The first of ``LEVELS`` need no look around a pixel."""


def make_segmenter(method: str, **settings: Any) -> Segmenter:
    """Make a segmenter that is not fitted yet.

    Parameters
    ----------
    method : str
        A key of ``METHODS``.
    **settings
        Fields of its class; what it does not have is refused.

    Raises
    ------
    SegmenterError
        There is no such method, or it has no such setting.
    """
    if method not in METHODS:
        raise SegmenterError(f"no method {method!r} to segment by; there are {', '.join(METHODS)}")
    chosen = METHODS[method]
    module, name = chosen.made_by.split(":")
    make = getattr(import_module(module), name)
    fixed = dict(chosen.fixed)
    if isinstance(make, type):
        fixed["method"] = method
        known = {field.name for field in fields(make) if field.name not in FITTED}
        for setting in settings:
            if setting not in known:
                raise SegmenterError(
                    f"method {method} has no setting {setting}; it has {', '.join(sorted(known))}"
                )
    made: Segmenter = make(**fixed, **settings)
    return made


def to_unit(picture: Picture) -> NDArray[np.float32]:
    """Return a picture, (row, column, channel), as float32 from 0 to 1.

    Raises
    ------
    SegmenterError
        It is no picture.
    """
    if picture.ndim != 3 or 0 in picture.shape:
        raise SegmenterError(
            f"an array of shape {picture.shape} is no picture: rows, columns and channels are "
            f"needed, one of each at least"
        )
    if np.issubdtype(picture.dtype, np.integer):
        largest = np.iinfo(picture.dtype).max
        return np.asarray(picture, np.float32) / np.float32(largest)
    unit = np.asarray(picture, np.float32)
    return np.nan_to_num(np.clip(unit, 0.0, 1.0))


def most_probable(probabilities: Probabilities) -> Mask:
    """Return the class of each pixel: (row, column, class) -> (row, column)."""
    mask: Mask = probabilities.argmax(axis=-1).astype(np.int16)
    return mask
