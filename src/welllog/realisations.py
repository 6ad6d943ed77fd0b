"""Several plausible fills of the same gaps, for whoever asks what else the rock may be."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from welllog.features import TARGETS, LogSet, runs_of
from welllog.texture import draw_errors
from welllog.uncertainty import NORMAL_90, Calibration

if TYPE_CHECKING:
    from welllog.baselines import Prediction, Restorer

__all__ = ["draw_realisations", "no_textures"]

FloatArray = NDArray[np.float64]


def no_textures(restorer: Restorer, what: str = "realisations") -> str:
    """Say why there are no realisations where a model keeps no textures."""
    return (
        f"model {restorer.name} was made without what {what} are drawn from; "
        "train it again, or ask for none"
    )


def draw_realisations(
    restorer: Restorer,
    logs: LogSet,
    target: str,
    rows: NDArray[np.bool_],
    prediction: Prediction,
    count: int,
    seed: int = 0,
) -> FloatArray:
    """Draw fills that scatter about the prediction as its band and its errors' texture say.

    Parameters
    ----------
    restorer : Restorer
        With a calibrated band.
    logs : LogSet
        The well as the restorer saw it.
    target : str
    rows : array of bool, shape (n,)
        The k rows that were predicted.
    prediction : Prediction
        What the restorer said of them.
    count : int
    seed : int
        The same seed gives the same fills of a well and curve, however many are drawn; those of
        another well or curve are independent of them.

    Returns
    -------
    array, shape (count, k)
        Model space.

    Raises
    ------
    ValueError
        The band was calibrated before textures were kept with it, or not at all.
    """
    band: Calibration = getattr(restorer, "calibration", Calibration())
    hidden = logs.hide(rows, [target])
    blind = not np.isfinite(hidden.curves.get(target, np.nan)).any()
    informed = hidden.informed(target)
    runs = []
    for top, base in runs_of(rows):
        length = (base - top) * logs.step
        kinds = ("blind", "blind") if blind else ("gap", "blackout")
        known, bare = (band.texture(target, kind, length) for kind in kinds)
        if known is None or bare is None:
            raise ValueError(no_textures(restorer, f"realisations of {target}"))
        runs.append((logs.depth[top:base], np.where(informed[top:base, None], known, bare)))
    half = (prediction.upper - prediction.lower) / 2.0
    fills = np.empty((count, int(rows.sum())))
    well = zlib.crc32(logs.well.encode())
    for number in range(count):
        random = np.random.default_rng([seed, number, well, TARGETS.index(target)])
        # What a gap errs by as a whole says nothing of the next one: each is drawn by itself.
        errors = [draw_errors(depth, shares, random) for depth, shares in runs]
        fills[number] = prediction.mean + np.concatenate(errors) * half / NORMAL_90
    return fills
