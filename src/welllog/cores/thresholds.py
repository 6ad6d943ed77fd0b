"""Levels of brightness: set by hand, or found in the histogram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes, name_classes
from welllog.cores.naming import check_pairs, classes_of, name_segments
from welllog.cores.segmenters import Mask, Picture, Probabilities, SegmenterError, to_unit
from welllog.cores.tiles import cut_pieces, segment
from welllog.progress import Progress

__all__ = ["Levels", "brightness"]

BINS = 256
TRUNCATE = 4.0
"""Standard deviations at which the smoothing ends."""


@dataclass(frozen=True)
class Levels:
    """Levels that cut brightness into bands, dark to light.

    Otsu 1979, IEEE Trans. Systems, Man and Cybernetics 9; Prewitt and Mendelsohn 1966, Annals of
    the New York Academy of Sciences 128 (the minimum of a smoothed histogram); Liao, Chen and Chung
    2001, Journal of Information Science and Engineering 17 (several levels): scikit-image's.
    """

    method: str = "otsu"
    """``threshold``, ``otsu``, ``minimum`` or ``multi-otsu``."""
    levels: tuple[float, ...] = ()
    """0 to 1 of full brightness, increasing; needed by ``threshold``, found by the others."""
    bands: int = 3
    """How many ``multi-otsu`` looks for, 2 to 5."""
    smooth: float = 0.0
    """Standard deviation of a Gaussian that goes over the picture first (pixels)."""
    classes: Classes = Classes()
    naming: tuple[int, ...] = ()
    """The class of each band."""

    def __post_init__(self) -> None:
        if list(self.levels) != sorted(set(self.levels)) or not all(
            0.0 <= level <= 1.0 for level in self.levels
        ):
            raise SegmenterError(
                f"levels {', '.join(f'{level:g}' for level in self.levels)}: give them increasing, "
                f"from 0 (black) to 1 (white)"
            )
        if not 2 <= self.bands <= 5:
            raise SegmenterError(f"{self.bands} bands cannot be looked for; use 2 to 5")
        if not 0.0 <= self.smooth <= 100.0:
            raise SegmenterError(f"smoothing over {self.smooth:g} pixels; use 0 to 100")

    @property
    def reach(self) -> int:
        """Return how many pixels around one its answer depends on."""
        return int(TRUNCATE * self.smooth + 0.5)

    def fit(
        self,
        pictures: Sequence[Picture],
        masks: Sequence[Mask] | None = None,
        classes: Classes | None = None,
        *,
        progress: Progress | None = None,
    ) -> Self:
        """Return levels found in these pictures, their bands named by the masks."""
        check_pairs(pictures, masks)
        levels = self._find(pictures, progress)
        count = len(levels) + 1
        if masks is None:
            told = classes or name_classes(count)
            if len(told) < count:
                raise SegmenterError(f"{count} bands of brightness need {count} names of classes")
            return replace(self, levels=levels, classes=told, naming=tuple(range(count)))
        numbered = replace(
            self, levels=levels, classes=name_classes(count), naming=tuple(range(count))
        )
        bands = [segment(numbered, picture) for picture in pictures]
        naming = tuple(name_segments(bands, masks, count))
        return replace(self, levels=levels, classes=classes_of(masks, classes), naming=naming)

    def check(self) -> None:
        """Check that there is a class for every band: a file may hold anything.

        Raises
        ------
        SegmenterError
            There is not.
        """
        known = all(0 <= name < len(self.classes) for name in self.naming)
        if len(self.naming) != len(self.levels) + 1 or not known:
            raise SegmenterError("its levels do not fit its classes")

    def _find(self, pictures: Sequence[Picture], progress: Progress | None) -> tuple[float, ...]:
        from skimage import filters

        if self.method == "threshold":
            if not self.levels:
                raise SegmenterError("method threshold needs a level from 0 (black) to 1 (white)")
            return self.levels
        counts = np.zeros(BINS, np.int64)
        for number, picture in enumerate(pictures):
            for place, piece in cut_pieces(picture, reach=self.reach):
                if progress:
                    share = (number + place.there[0].start / place.shape[0]) / len(pictures)
                    progress(share, f"picture {number + 1} of {len(pictures)}")
                grey = brightness(piece, self.smooth)[place.inside]
                counts += np.histogram(grey, BINS, (0.0, 1.0))[0]
        centres = (np.arange(BINS) + 0.5) / BINS
        if (counts > 0).sum() < (self.bands if self.method == "multi-otsu" else 2):
            raise SegmenterError(
                "the pictures are of one brightness all over, so that no level can be found; use "
                "another picture, or method threshold with a level set by hand"
            )
        try:
            if self.method == "otsu":
                found = [filters.threshold_otsu(hist=(counts, centres))]
            elif self.method == "minimum":
                found = [filters.threshold_minimum(hist=(counts.astype(float), centres))]
            else:
                found = list(
                    filters.threshold_multiotsu(hist=(counts, centres), classes=self.bands)
                )
        except (RuntimeError, ValueError) as error:
            raise SegmenterError(
                f"method {self.method} finds no level in this histogram ({error}); use otsu, or "
                f"set one by hand"
            ) from error
        # A level is the centre of the last bin below it.
        return tuple(float(level) + 0.5 / BINS for level in found)

    def predict_probabilities(self, picture: Picture) -> Probabilities:
        """Return 1 for the class of each pixel's band and 0 for the others."""
        if not self.naming:
            raise SegmenterError(f"method {self.method} has not been fitted to a picture")
        named = np.array(self.naming)[np.digitize(brightness(picture, self.smooth), self.levels)]
        sure: Probabilities = np.eye(len(self.classes), dtype=np.float32)[named]
        return sure


def brightness(picture: Picture, smooth: float = 0.0) -> NDArray[np.float32]:
    """Return the mean of the channels, 0 to 1, smoothed: (row, column)."""
    from scipy.ndimage import gaussian_filter

    grey: NDArray[np.float32] = to_unit(picture).mean(axis=2, dtype=np.float32)
    if smooth > 0.0:
        gaussian_filter(grey, smooth, output=grey, truncate=TRUNCATE)
    return np.asarray(grey, np.float32)
