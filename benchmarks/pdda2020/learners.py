"""The learners that were tried: each fits rows (x, y, weight) and answers the rows asked."""

from __future__ import annotations

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

FloatArray = NDArray[np.float64]
Learner = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
"""(x (m, f), y (m,), weight (m,), asked (n, f)) -> answer (n,)."""


def average(x: FloatArray, y: FloatArray, weight: FloatArray, asked: FloatArray) -> FloatArray:
    """Answer the weighted mean."""
    return np.full(len(asked), np.average(y, weights=weight))


def boosted(x: FloatArray, y: FloatArray, weight: FloatArray, asked: FloatArray) -> FloatArray:
    """Boost small trees (LightGBM)."""
    model = lgb.LGBMRegressor(
        n_estimators=300,
        learning_rate=0.03,
        num_leaves=15,
        min_child_samples=50,
        subsample=0.5,
        subsample_freq=1,
        colsample_bytree=0.4,
        random_state=0,
        deterministic=True,
        num_threads=1,
        verbose=-1,
    )
    return np.asarray(model.fit(x, y, sample_weight=weight).predict(asked))


def extra_trees(x: FloatArray, y: FloatArray, weight: FloatArray, asked: FloatArray) -> FloatArray:
    """Average randomised trees with leaves of 30 rows."""
    model = ExtraTreesRegressor(100, min_samples_leaf=30, max_features=0.3, random_state=0)
    return np.asarray(model.fit(x, y, sample_weight=weight).predict(asked))


def ridge(penalty: float = 0.1, degree: int = 1) -> Learner:
    """Return a ridge regression of log slowness; ``penalty`` is per row, ``degree`` up to 2.

    The answer stays within what was seen.
    """

    def fit_and_answer(
        x: FloatArray, y: FloatArray, weight: FloatArray, asked: FloatArray
    ) -> FloatArray:
        scale = StandardScaler().fit(x)
        expand = PolynomialFeatures(degree, include_bias=False)
        rows, wanted = expand.fit_transform(scale.transform(x)), scale.transform(asked)
        again = StandardScaler().fit(rows)
        model = Ridge(penalty * len(y)).fit(again.transform(rows), np.log(y), sample_weight=weight)
        answer = np.exp(model.predict(again.transform(expand.transform(wanted))))
        return np.asarray(np.clip(answer, y.min(), y.max()))

    return fit_and_answer


def gaussian_process(
    x: FloatArray, y: FloatArray, weight: FloatArray, asked: FloatArray
) -> FloatArray:
    """Krige log slowness on the features: linear plus RBF kernel, 1000 rows drawn twice."""
    scale, log = StandardScaler().fit(x), np.log(y)
    rows, wanted = scale.transform(x), scale.transform(asked)
    centre, spread = np.average(log, weights=weight), log.std()
    answers = []
    for seed in (0, 1):
        random = np.random.default_rng(seed)
        drawn = random.choice(len(y), min(1000, len(y)), replace=False, p=weight / weight.sum())
        kernel = _kernel(rows[drawn], rows[drawn]) + np.eye(len(drawn))
        alpha = np.linalg.solve(kernel, (log[drawn] - centre) / spread)
        answers.append(centre + spread * _kernel(wanted, rows[drawn]) @ alpha)
    return np.asarray(np.clip(np.exp(np.mean(answers, axis=0)), y.min(), y.max()))


def _kernel(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return constant + linear + RBF of 2 spreads per feature, shape (len(a), len(b))."""
    inner, features = a @ b.T, a.shape[1]
    distance = ((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * inner) / features
    return np.asarray(1.0 + inner / features + np.exp(-distance / 8.0))


def perceptron(x: FloatArray, y: FloatArray, weight: FloatArray, asked: FloatArray) -> FloatArray:
    """Train two small networks (32, 32) on jittered rows, by weight, and average them."""
    torch.set_num_threads(1)
    log, scale = np.log(y), StandardScaler().fit(x)
    centre, spread = np.average(log, weights=weight), log.std()
    rows = torch.tensor(scale.transform(x), dtype=torch.float32)
    wanted = torch.tensor(scale.transform(asked), dtype=torch.float32).clamp(-5, 5)
    aim = torch.tensor((log - centre) / spread, dtype=torch.float32)
    answers, iterations = [], 10 * len(y) // 256
    for seed in (0, 1):
        torch.manual_seed(seed)
        network = torch.nn.Sequential(
            torch.nn.Linear(rows.shape[1], 32),
            torch.nn.GELU(),
            torch.nn.Dropout(0.1),
            torch.nn.Linear(32, 32),
            torch.nn.GELU(),
            torch.nn.Linear(32, 1),
        )
        optimiser = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.01)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=iterations)
        share = torch.tensor(weight / weight.sum(), dtype=torch.float32)
        batches = torch.multinomial(share, iterations * 256, replacement=True)
        for batch in batches.view(iterations, 256):
            jittered = rows[batch] + 0.3 * torch.randn(256, rows.shape[1])
            loss = torch.nn.functional.smooth_l1_loss(network(jittered)[:, 0], aim[batch], beta=0.5)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
        network.eval()
        with torch.no_grad():
            answers.append(network(wanted)[:, 0].double().numpy())
    answer = np.exp(np.mean(answers, axis=0) * spread + centre)
    return np.asarray(np.clip(answer, y.min(), y.max()))
