"""Short pieces of curves, and classifiers that tell generated ones from measured ones.

A generator that has learnt what curves look like makes pieces that a classifier cannot tell from
measured ones: it is right half the time. The classifier is no player of the game, so its accuracy
can be compared from one moment of training to another, which the losses cannot (Lopez-Paz and
Oquab 2017, Revisiting classifier two-sample tests, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LENGTH",
    "Verdict",
    "ask_trees",
    "describe",
    "groups_of",
    "roughness",
    "told_apart",
    "variety",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LENGTH = 64
"""Samples of a piece, 9.75 m: some beds, and short enough to lie in a gap."""
LAGS = (1, 2, 4, 8, 16)
"""Samples between two values whose difference is taken."""
BANDS = ((1, 2), (3, 5), (6, 11), (12, 20), (21, 32))
"""First and last cycle a piece of the spectrum's bands; 32 is the finest there is."""
FLOOR = 1e-6
"""Square spreads added under a logarithm: a thousandth of a spread is no texture."""
LEAST = 16
"""Pieces that each half must have for a classifier to be asked."""
FOLDS = 5
ROUNDS = 100


def describe(pieces: FloatArray) -> FloatArray:
    """Return twelve numbers of each piece's texture: shape (p, 12).

    Logarithms of the variance, of the mean square difference at five lags and of second
    differences, and of the power in five bands. The level is left out: where it is wrong, that is
    an error of the restoration, which a validation measures; here it would drown what a piece
    looks like.

    Parameters
    ----------
    pieces : array, shape (p, 64), spreads
    """
    flat = pieces - pieces.mean(axis=1, keepdims=True)
    power = _power(flat)
    squares = [flat**2, *((flat[:, lag:] - flat[:, :-lag]) ** 2 for lag in LAGS)]
    squares += [np.diff(flat, 2) ** 2, *(power[:, low : high + 1] for low, high in BANDS)]
    return np.log(np.stack([one.mean(axis=1) for one in squares], axis=1) + FLOOR)


def _describe_more(pieces: FloatArray) -> FloatArray:
    """Return what trees are shown besides: the finer spectrum, and shapes of distributions."""
    flat = pieces - pieces.mean(axis=1, keepdims=True)
    power = _power(flat)[:, 1:].reshape(len(flat), -1, 2).mean(axis=2)  # (p, 32) -> (p, 16)
    steps = np.diff(flat)
    sizes = np.abs(steps) / np.sqrt((steps**2).mean(axis=1, keepdims=True) + FLOOR)
    deviation = np.sqrt((flat**2).mean(axis=1) + FLOOR)
    turns = (steps[:, 1:] * steps[:, :-1] < 0).mean(axis=1)
    shapes = [
        *np.percentile(sizes, [50, 90, 100], axis=1),
        (sizes**4).mean(axis=1),
        (flat**3).mean(axis=1) / deviation**3,
        (flat**4).mean(axis=1) / deviation**4,
        np.ptp(flat, axis=1) / deviation,
        turns,
    ]
    return np.hstack([describe(pieces), np.log(power + FLOOR), np.stack(shapes, axis=1)])


def _power(flat: FloatArray) -> FloatArray:
    spectrum = np.fft.rfft(flat * np.hanning(flat.shape[1]), axis=1)
    power: FloatArray = np.abs(spectrum) ** 2 / flat.shape[1]
    return power


def groups_of(wells: IntArray, windows: IntArray) -> IntArray:
    """Return what halves and folds keep together, shape (p,): wells, or windows of one well."""
    return wells if len(np.unique(wells)) > 1 else windows


def told_apart(
    measured: FloatArray, generated: FloatArray, groups: IntArray, curves: IntArray
) -> float | None:
    """Return how often a weak classifier knows a generated piece from a measured one, 0 to 1.

    Logistic regression on ``describe``, each number against its curve's mean; taught on one half
    of the groups and asked on the other, both ways. There are as many generated pieces as measured
    ones, so 0.5 is chance.

    Parameters
    ----------
    measured, generated : arrays, shape (p, 64), spreads
        Of the same curves at the same places.
    groups, curves : arrays of int, shape (p,)
        Well (or window), and curve, of each piece.

    Returns
    -------
    float or None
        None where a half has fewer than 16 pieces.
    """
    half = np.unique(groups, return_inverse=True)[1] % 2
    if min(np.sum(half == 0), np.sum(half == 1)) < LEAST:
        return None
    from sklearn.linear_model import LogisticRegression

    x = np.concatenate([describe(measured), describe(generated)])
    y = np.repeat([0.0, 1.0], len(measured))
    half, curves = np.tile(half, 2), np.tile(curves, 2)
    right = 0
    for asked in (0, 1):
        taught, told = half != asked, half == asked
        scaled = _against_curve(x, taught, curves)
        classifier = LogisticRegression().fit(scaled[taught], y[taught])
        right += int((classifier.predict(scaled[told]) == y[told]).sum())
    return right / len(y)


def _against_curve(x: FloatArray, taught: NDArray[np.bool_], curves: IntArray) -> FloatArray:
    """Take each curve's mean away and divide by the deviation: (m, k) -> (m, k)."""
    centred = x - x[taught].mean(axis=0)
    for curve in np.unique(curves[taught]):
        rows = curves == curve
        centred[rows] = x[rows] - x[rows & taught].mean(axis=0)
    scaled: FloatArray = centred / (centred[taught].std(axis=0) + 1e-9)
    return scaled


def variety(answers: FloatArray, truth: FloatArray) -> float:
    """Return how far answers to different noises differ, over how far they are from the truth.

    0 where the noise is ignored; 1 where the measured curve differs from the answers as they do
    from each other. The root of (1 + 1 / z) times the variance among z answers over the square
    error of their mean (Fortin et al. 2014, Why should ensemble spread match the RMSE of the
    ensemble mean, eq. 15).

    Parameters
    ----------
    answers : array, shape (z, k), spreads
    truth : array, shape (k,), spreads
    """
    count = len(answers)
    apart = float(answers.var(axis=0, ddof=1).mean()) * (1.0 + 1.0 / count)
    error = float(((answers.mean(axis=0) - truth) ** 2).mean())
    return float(np.sqrt(apart / max(error, 1e-12)))


def roughness(measured: FloatArray, generated: FloatArray) -> float:
    """Return the size of generated differences from sample to sample over that of measured ones.

    The median over pieces, shape (p, 64); below 1 the generated ones are smoother.
    """
    log_squares = [
        np.log((np.diff(one) ** 2).mean(axis=1) + FLOOR) for one in (generated, measured)
    ]
    return float(np.exp(0.5 * np.median(log_squares[0] - log_squares[1])))


@dataclass(frozen=True)
class Verdict:
    """What a strong classifier found."""

    accuracy: float
    """Share of pieces told rightly, 0.5 by chance."""
    folds: tuple[float, ...]
    """The same in each fold."""
    pieces: int
    """Measured ones, and as many generated."""
    groups: int
    """Wells (or windows) they are from; none was in teaching and asking at once."""


def ask_trees(
    measured: FloatArray, generated: FloatArray, groups: IntArray, curves: IntArray
) -> Verdict | None:
    """Ask boosted trees to tell generated pieces from measured ones, cross-validated by group.

    LightGBM on 36 numbers of a piece's texture, each against its curve's mean, and the curve; with
    random thresholds (Geurts et al. 2006, Extremely randomized trees, section 2). Parameters as for
    ``told_apart``; None where there are fewer than two groups or 32 pieces.
    """
    names, place = np.unique(groups, return_inverse=True)
    if len(names) < 2 or len(measured) < 2 * LEAST:
        return None
    import lightgbm

    x = np.concatenate([_describe_more(measured), _describe_more(generated)])
    both = np.tile(curves, 2)
    y = np.repeat([0.0, 1.0], len(measured))
    fold = np.tile(place % min(FOLDS, len(names)), 2)
    parameters = {
        "objective": "binary",
        "num_leaves": 7,
        "min_data_in_leaf": 10,
        "learning_rate": 0.1,
        "feature_fraction": 0.5,
        "extra_trees": True,  # else they lean on what is so in one well alone
        "num_threads": 1,
        "deterministic": True,
        "seed": 0,
        "verbosity": -1,
    }
    right = np.zeros(len(y), bool)
    for asked in np.unique(fold):
        taught = fold != asked
        shown = np.hstack([_against_curve(x, taught, both), both[:, None]])
        booster = lightgbm.train(parameters, lightgbm.Dataset(shown[taught], y[taught]), ROUNDS)
        right[~taught] = (np.asarray(booster.predict(shown[~taught])) > 0.5) == (y[~taught] > 0.5)
    by_fold = tuple(float(right[fold == asked].mean()) for asked in np.unique(fold))
    return Verdict(float(right.mean()), by_fold, len(measured), len(names))
