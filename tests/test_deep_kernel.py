"""Learnt kernels: what is learnt with torch is what is used with numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from welllog.deep_kernel import (
    COLUMNS,
    CurveKernel,
    DeepKernels,
    ResidualKernel,
    average,
    summary_of,
    view_well,
)
from welllog.features import TARGETS, LogSet, well_as_seen
from welllog.kernel_learning import _collate, _CurvePupil, _ResidualPupil, learn_kernels
from welllog.kernel_lessons import (
    Draw,
    Episode,
    Forecast,
    KernelSettings,
    Lesson,
    curve_episodes,
    residual_episodes,
    scale_of,
)
from welllog.samples import synthetic_well

SETTINGS = KernelSettings(
    iterations=40, members=2, batch=4, support=80, points=16, width=16, latent=4
)


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    result = []
    for seed in (1, 2, 3):
        logs = well_as_seen(synthetic_well(seed, base=1900))
        random = np.random.default_rng(seed)
        smooth = {
            name: np.convolve(logs.curves[name], np.ones(25) / 25, "same")
            + random.normal(0, 0.1 * np.nanstd(logs.curves[name]))
            for name in ("DTC", "RHOB")
        }
        result.append(Lesson(logs, (Forecast((), smooth), Forecast(("GR", "NPHI"), smooth))))
    return result


@pytest.fixture(scope="module")
def kernels(lessons: list[Lesson]) -> DeepKernels:
    return learn_kernels(lessons, SETTINGS)


def some(draw: Draw, count: int = 6) -> list[Episode]:
    random = np.random.default_rng(5)
    episodes = [draw(random) for _ in range(20 * count)]
    return [episode for episode in episodes if episode is not None][:count]


def assert_numpy_says_what_torch_says(
    pupil: _ResidualPupil | _CurvePupil, episodes: list[Episode]
) -> None:
    with torch.no_grad():
        means, variances = pupil(_collate(episodes))
    residual = isinstance(pupil, _ResidualPupil)
    kernel = (ResidualKernel if residual else CurveKernel)(pupil.weights())
    for row, episode in enumerate(episodes):
        mean, deviation = kernel.krige(
            TARGETS[episode.place],
            episode.told,
            episode.depth.astype(float),
            episode.values[: episode.support].astype(float),
            *([episode.inputs] if residual else []),
        )
        np.testing.assert_allclose(means[row, : len(mean)], mean, atol=2e-3)
        np.testing.assert_allclose(variances[row, : len(mean)], deviation**2, rtol=0.02)


def test_the_kernel_of_residuals_says_with_numpy_what_it_learnt_with_torch(
    lessons: list[Lesson],
) -> None:
    torch.manual_seed(1)
    pupil = _ResidualPupil(SETTINGS)
    with torch.no_grad():  # no part may be idle
        pupil.last.weight.normal_(0, 0.3)
        pupil.noise.normal_(-3, 0.3)
    scale = scale_of([lesson.logs for lesson in lessons])
    episodes = some(residual_episodes(lessons, scale, SETTINGS))
    assert_numpy_says_what_torch_says(pupil, episodes)


def test_the_kernel_of_curves_says_with_numpy_what_it_learnt_with_torch(
    lessons: list[Lesson],
) -> None:
    torch.manual_seed(1)
    pupil = _CurvePupil(SETTINGS)
    with torch.no_grad():
        pupil.last.weight.normal_(0, 0.3)
    scale = scale_of([lesson.logs for lesson in lessons])
    episodes = some(curve_episodes(lessons, scale, SETTINGS))
    assert_numpy_says_what_torch_says(pupil, episodes)


def test_the_same_seed_learns_the_same_kernels(lessons: list[Lesson], kernels: DeepKernels) -> None:
    again = learn_kernels(lessons, SETTINGS)
    # Not to the bit: the linear algebra rounds by how its arrays lie in memory.
    for one, other in zip(again.residual, kernels.residual, strict=True):
        for name, array in one.weights.items():
            np.testing.assert_allclose(array, other.weights[name], atol=2e-3)
    other_seed = learn_kernels(lessons, replace(SETTINGS, seed=1))
    assert not np.allclose(
        other_seed.residual[0].weights["in"], kernels.residual[0].weights["in"], atol=2e-3
    )


def test_learning_lowers_the_error_of_what_it_learns(lessons: list[Lesson]) -> None:
    scale = scale_of([lesson.logs for lesson in lessons])
    episodes = some(residual_episodes(lessons, scale, SETTINGS), 40)

    def error(pupil: _ResidualPupil) -> float:
        batch = _collate(episodes)
        with torch.no_grad():
            mean, _ = pupil(batch)
        return float(((mean - batch.answers) * batch.scored).pow(2).sum() / batch.scored.sum())

    from welllog.kernel_learning import _learn

    torch.manual_seed(0)
    pupil = _ResidualPupil(SETTINGS)
    before = error(pupil)
    settings = replace(SETTINGS, iterations=150)
    for _ in _learn(pupil, residual_episodes(lessons, scale, settings), settings):
        pass
    assert error(pupil) < 0.97 * before


def test_an_episode_hides_what_it_scores(lessons: list[Lesson]) -> None:
    scale = scale_of([lesson.logs for lesson in lessons])
    for episode in some(residual_episodes(lessons, scale, SETTINGS), 20):
        gap = episode.depth[episode.support :]
        support = episode.depth[: episode.support]
        assert not ((support >= gap.min()) & (support <= gap.max())).any()


def test_a_dropped_curve_is_not_looked_at(lessons: list[Lesson]) -> None:
    lesson = lessons[0]
    scale = scale_of([lesson.logs])
    everywhere = np.ones(len(lesson.logs.depth), bool)
    view = view_well(lesson.logs.hide(everywhere, ("GR", "NPHI")), scale)
    inputs = view.inputs("DTC", np.arange(200), 300, 340)
    assert {0, 2}.isdisjoint(inputs) and 1 in inputs


def test_a_summary_tells_a_rough_curve_from_a_smooth_one() -> None:
    depth = np.r_[np.arange(0, 100, 0.15), np.arange(120, 220, 0.15)]
    random = np.random.default_rng(0)
    smooth = np.sin(depth / 10)
    rough = smooth + random.normal(0, 0.3, len(depth))
    one, other = (summary_of(values, depth, 100.0, 120.0) for values in (smooth, rough))
    assert other[6] > one[6] + 1
    np.testing.assert_array_equal(one[:4], other[:4])


def test_depths_that_are_nearly_alike_leave_the_system_solvable(kernels: DeepKernels) -> None:
    """A floor under the distance is no covariance: with many depths below it a real well failed."""
    weights = {name: np.zeros_like(array) for name, array in kernels.residual[0].weights.items()}
    weights["shares"] = np.full_like(weights["shares"], -9.0)
    weights["shares"][:, 6] = np.log(1.5)
    weights["noise"] = np.full_like(weights["noise"], -9.0)
    count = 400
    told = np.zeros((count + 20, COLUMNS), np.float32)
    told[:, 0] = np.linspace(0.0, 0.6, len(told))
    depth = np.linspace(1000.0, 1060.0, len(told))
    values = np.sin(np.arange(count))
    mean, deviation = ResidualKernel(weights).krige("DTC", told, depth, values, 1)
    assert np.isfinite(mean).all() and (deviation > 0).all()


def test_members_of_an_ensemble_differ(kernels: DeepKernels) -> None:
    one, other = kernels.residual
    assert not np.allclose(one.weights["in"], other.weights["in"])


def test_an_average_of_answers_is_as_wide_as_they_are_apart() -> None:
    one, other = np.zeros(3), np.full(3, 4.0)
    mean, deviation = average([(one, np.ones(3)), (other, np.ones(3))], (0.5, 0.5))
    np.testing.assert_allclose(mean, 2.0)
    np.testing.assert_allclose(deviation, np.sqrt(1.0 + 4.0))


def test_kernels_survive_their_file(kernels: DeepKernels) -> None:
    again = DeepKernels.from_bytes(kernels.to_bytes(), kernels.scale)
    assert again.to_bytes() == kernels.to_bytes()


def test_kernels_that_are_not_finite_or_of_another_shape_are_refused(
    kernels: DeepKernels,
) -> None:
    for spoil, message in (
        (lambda array: array * np.nan, "not finite"),
        (lambda array: array[:, :-1], "of its kernels is"),
    ):
        weights = dict(kernels.residual[0].weights)
        weights["in"] = spoil(weights["in"])
        poisoned = DeepKernels((ResidualKernel(weights),), kernels.curve, kernels.scale)
        with pytest.raises(ValueError, match=message):
            DeepKernels.from_bytes(poisoned.to_bytes(), kernels.scale)
    with pytest.raises(ValueError, match="cannot be read"):
        DeepKernels.from_bytes(kernels.to_bytes()[:100], kernels.scale)


def test_kernels_whose_noise_is_of_another_shape_are_refused(kernels: DeepKernels) -> None:
    weights = dict(kernels.residual[0].weights)
    weights["noise"] = weights["noise"][:-1]
    cut = replace(kernels, residual=(ResidualKernel(weights),))
    with pytest.raises(ValueError, match="noise of its kernels is"):
        DeepKernels.from_bytes(cut.to_bytes(), kernels.scale)


def test_a_well_too_short_to_hide_anything_in_is_refused() -> None:
    depth = np.arange(30.0)
    logs = LogSet("short", depth, {"GR": depth}, depth)
    with pytest.raises(ValueError, match="200 known samples"):
        learn_kernels([Lesson(logs, (Forecast((), {"GR": depth}),))], SETTINGS)
