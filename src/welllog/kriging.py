"""Kriging (Gaussian-process regression) along a well, with a kernel that may see the other logs.

The covariance of two samples is a sum of shares of one variance: two exponential terms in depth, a
constant (the well's own shift), and a term in the other logs that fades with depth distance. The
shares and lengths are fixed, a few settings are averaged (Rasmussen & Williams 2006, chapters 2
and 5; Chilès & Delfiner 2012, chapter 3); the variance is estimated from the visible samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.spatial.distance import cdist
from threadpoolctl import ThreadpoolController

__all__ = ["Kernel", "choose_support", "krige", "one_blas_thread"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Kernel:
    """Shares of the variance and their lengths."""

    short_share: float = 0.3
    """Share of the short depth term."""
    short_m: float = 2.0
    """Its length (m)."""
    long_share: float = 0.3
    """Share of the long depth term."""
    long_m: float = 30.0
    """Its length (m)."""
    constant_share: float = 0.2
    """Share of the well's own shift."""
    feature_share: float = 0.0
    """Share of the term in the other logs."""
    feature_length: float = 1.0
    """Length of that term, in well-normalised units per square root of a feature."""
    fade_m: float = 1500.0
    """Depth distance over which likeness of logs loses its meaning (m)."""
    nugget: float = 0.02
    """Variance of what cannot be predicted from neighbours, in shares."""

    def covariance(self, gap_m: FloatArray, feature_distance: FloatArray | None) -> FloatArray:
        """Return the covariance, (a, b), for depth distances and feature distances, (a, b)."""
        total = self.short_share * np.exp(-gap_m / self.short_m)
        total += self.long_share * np.exp(-gap_m / self.long_m)
        total += self.constant_share
        if feature_distance is not None and self.feature_share > 0:
            total += self.feature_share * np.exp(
                -feature_distance / self.feature_length - gap_m / self.fade_m
            )
        return total

    @property
    def variance(self) -> float:
        """Covariance of a sample with itself, without the nugget."""
        return self.short_share + self.long_share + self.constant_share + self.feature_share


def krige(
    depth: FloatArray,
    values: FloatArray,
    at: FloatArray,
    kernels: Sequence[Kernel],
    *,
    features: FloatArray | None = None,
    features_at: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Predict a field with mean zero (up to a constant the kernel carries) from visible samples.

    Parameters
    ----------
    depth : array, shape (n,), m
        Depths of the visible samples.
    values : array, shape (n,)
        The field there, no NaN.
    at : array, shape (m,), m
        Depths to predict.
    kernels : sequence of Kernel
        Their predictions are averaged.
    features, features_at : arrays, shapes (n, f) and (m, f), optional
        Well-normalised logs at the visible samples and at the depths to predict, no NaN.

    Returns
    -------
    mean, deviation : arrays, shape (m,)
        The averaged mean and standard deviation of a new sample.
    """
    with one_blas_thread():
        return _krige(depth, values, at, kernels, features, features_at)


def one_blas_thread() -> AbstractContextManager[object]:
    """Keep linear algebra to one thread inside a ``with``.

    Two threads on a busy machine wait for each other: 0.4 s for a matrix that takes 0.01 s.
    """
    limiter: AbstractContextManager[object] = _threads().limit(limits=1, user_api="blas")
    return limiter


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _krige(
    depth: FloatArray,
    values: FloatArray,
    at: FloatArray,
    kernels: Sequence[Kernel],
    features: FloatArray | None,
    features_at: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    between = np.abs(depth[:, None] - depth[None, :])
    across = np.abs(at[:, None] - depth[None, :])
    likeness = likeness_at = None
    if features is not None and features_at is not None and features.shape[1]:
        root = np.sqrt(features.shape[1])
        likeness = cdist(features, features) / root
        likeness_at = cdist(features_at, features) / root
    centre = float(values.mean())
    residual = values - centre
    means = np.zeros(len(at))
    variances = np.zeros(len(at))
    for kernel in kernels:
        matrix = kernel.covariance(between, likeness)
        matrix[np.diag_indices_from(matrix)] += kernel.nugget
        factor = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
        weights = cho_solve((factor, True), residual, check_finite=False)
        scale = max(float(residual @ weights) / len(residual), 1e-12)
        cross = kernel.covariance(across, likeness_at)
        mean = cross @ weights
        known = np.einsum("ij,ji->i", cross, cho_solve((factor, True), cross.T, check_finite=False))
        means += mean
        variances += scale * np.maximum(kernel.variance + kernel.nugget - known, kernel.nugget)
        variances += mean**2
    means /= len(kernels)
    variances = np.maximum(variances / len(kernels) - means**2, 1e-12)
    return means + centre, np.sqrt(variances)


def choose_support(
    depth: FloatArray, top: float, base: float, count: int, reach_m: float = 250.0
) -> NDArray[np.intp]:
    """Choose visible samples to predict an interval from: dense at its edges, thinner farther off.

    Parameters
    ----------
    depth : array, shape (n,), m
        Increasing depths of the visible samples.
    top, base : float, m
        The interval.
    count : int
        How many samples to keep at most.
    reach_m : float
        The density of the samples falls as ``1 / (1 + d / 3 m)`` out to this distance and stays
        constant beyond.

    Returns
    -------
    array of int, shape (min(n, count),)
        Increasing positions in ``depth``.
    """
    if len(depth) <= count:
        return np.arange(len(depth))
    away = np.maximum(np.maximum(top - depth, depth - base), 0.0)
    density = 1.0 / (1.0 + np.minimum(away, reach_m) / 3.0)
    # Take a share of each sample so that the shares sum to count: the near whole, the far thinned.
    low, high = 0.0, float(count) / density.min()
    for _ in range(60):
        middle = 0.5 * (low + high)
        if np.minimum(1.0, middle * density).sum() > count:
            high = middle
        else:
            low = middle
    cumulative = np.cumsum(np.minimum(1.0, low * density))
    return np.flatnonzero(np.diff(np.floor(cumulative + 0.5), prepend=0.0) > 0)
