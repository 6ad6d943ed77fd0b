"""Kriging along a well."""

from __future__ import annotations

import numpy as np

from welllog.kriging import Kernel, choose_support, krige

KERNEL = Kernel(short_share=0.3, short_m=2.0, long_share=0.5, long_m=50.0, nugget=1e-6)


def test_kriging_honours_the_samples_it_is_given() -> None:
    depth = np.arange(0.0, 50.0, 0.5)
    values = np.sin(depth / 5)
    mean, deviation = krige(depth, values, depth, [KERNEL])
    np.testing.assert_allclose(mean, values, atol=1e-3)
    assert deviation.max() < 0.05


def test_deviation_grows_away_from_the_samples() -> None:
    depth = np.r_[np.arange(0.0, 20.0, 0.5), np.arange(60.0, 80.0, 0.5)]
    at = np.arange(20.0, 41.0, 1.0)
    _, deviation = krige(depth, np.cos(depth / 7), at, [KERNEL])
    assert np.all(np.diff(deviation) > 0)


def test_kriging_agrees_with_the_textbook_formula() -> None:
    random = np.random.default_rng(0)
    depth, at = np.sort(random.uniform(0, 50, 30)), random.uniform(0, 50, 5)
    values = random.normal(size=30)

    def covariance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        gap = np.abs(one[:, None] - other[None, :])
        return 0.3 * np.exp(-gap / 2) + 0.5 * np.exp(-gap / 50) + KERNEL.constant_share

    matrix = covariance(depth, depth) + 1e-6 * np.eye(30)
    residual = values - values.mean()
    expected = values.mean() + covariance(at, depth) @ np.linalg.solve(matrix, residual)
    mean, _ = krige(depth, values, at, [KERNEL])
    np.testing.assert_allclose(mean, expected, atol=1e-8)


def test_likeness_finds_the_answer_that_depth_cannot() -> None:
    random = np.random.default_rng(1)
    depth = np.arange(0.0, 400.0, 1.0)
    facies = random.normal(size=400)
    values = 3.0 * facies
    hidden = slice(150, 250)
    kept = np.r_[0:150, 250:400]
    kernel = Kernel(0.1, 2.0, 0.1, 50.0, 0.1, feature_share=0.7, feature_length=1.0)
    with_logs, _ = krige(
        depth[kept],
        values[kept],
        depth[hidden],
        [kernel],
        features=facies[kept, None],
        features_at=facies[hidden, None],
    )
    without, _ = krige(depth[kept], values[kept], depth[hidden], [KERNEL])
    truth = values[hidden]
    assert np.std(with_logs - truth) < 0.4 * np.std(without - truth)


def test_support_is_dense_at_the_edges_and_thin_far_off() -> None:
    depth = np.arange(0.0, 3000.0, 0.15)
    depth = depth[(depth < 1000) | (depth > 1100)]
    chosen = choose_support(depth, 1000.0, 1100.0, 600)
    assert abs(len(chosen) - 600) <= 1
    assert len(np.unique(chosen)) == len(chosen)
    away = np.maximum(1000 - depth[chosen], depth[chosen] - 1100)
    assert (away < 3).sum() > 30
    assert (away > 500).sum() > 100
    assert away.min() < 0.2


def test_support_takes_everything_where_there_is_little() -> None:
    assert choose_support(np.arange(10.0), 3.0, 4.0, 600).tolist() == list(range(10))
