"""Wells as networks train on them: windows, what is hidden in them, how they are spoilt.

numpy only; a network never sees a well but through ``windows.WindowSource`` (training) or
``windows.encode_window`` (prediction).
"""

from welllog.corpus.distortions import Chance, DistortionSettings
from welllog.corpus.masking import GapStatistics, Shares, measure_gaps
from welllog.corpus.representations import CHANNELS, REPRESENTATIONS, Representation, Scaling
from welllog.corpus.splits import place_of, places_of, split_by_place
from welllog.corpus.windows import (
    PURPOSES,
    STEP_M,
    WINDOW,
    Batch,
    WindowSettings,
    WindowSource,
    encode_window,
    on_common_step,
)

__all__ = [
    "CHANNELS",
    "PURPOSES",
    "REPRESENTATIONS",
    "STEP_M",
    "WINDOW",
    "Batch",
    "Chance",
    "DistortionSettings",
    "GapStatistics",
    "Representation",
    "Scaling",
    "Shares",
    "WindowSettings",
    "WindowSource",
    "encode_window",
    "measure_gaps",
    "on_common_step",
    "places_of",
    "split_by_place",
    "place_of",
]
