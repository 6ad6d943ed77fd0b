"""What the losses count and what they leave out."""

from __future__ import annotations

import numpy as np
import torch

from welllog.learning.losses import (
    adversarial_loss,
    discriminator_loss,
    reconstruction_loss,
    scatter_loss,
    spread_loss,
)

CURVES = torch.ones(3)


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    answer, teacher = torch.randn(2, 3, 8), torch.randn(2, 3, 8)
    return answer, teacher, torch.rand(2, 3, 8) > 0.4


def test_the_masked_loss_is_the_mean_error_over_measured_samples() -> None:
    answer, teacher, mask = batch()
    expected = (answer - teacher)[mask].abs().mean()
    loss = reconstruction_loss(answer, teacher, mask, CURVES)
    torch.testing.assert_close(loss, expected)
    squared = reconstruction_loss(answer, teacher, mask, CURVES, "l2")
    torch.testing.assert_close(squared, (answer - teacher)[mask].square().mean())


def test_what_is_masked_leaves_no_trace_even_if_it_is_not_finite() -> None:
    answer, teacher, mask = batch()
    answer.requires_grad_()
    poisoned = torch.where(mask, teacher, torch.nan)
    loss = reconstruction_loss(answer, poisoned, mask, CURVES)
    (gradient,) = torch.autograd.grad(loss, answer)
    assert torch.isfinite(loss)
    assert (gradient[~mask] == 0).all() and (gradient[mask] != 0).all()


def test_a_normalising_coefficient_scales_one_curve() -> None:
    answer, teacher, mask = batch()
    alone = mask & torch.tensor([True, False, False])[:, None]
    once = reconstruction_loss(answer, teacher, alone, CURVES)
    thrice = reconstruction_loss(answer, teacher, alone, torch.tensor([3.0, 1.0, 1.0]))
    torch.testing.assert_close(thrice, 3 * once)


def test_answers_that_scatter_as_the_measurement_does_lose_least() -> None:
    torch.manual_seed(0)
    teacher, one, other = torch.randn(3, 400, 3, 128)
    mask = torch.ones_like(teacher, dtype=torch.bool)
    losses = {
        width: float(scatter_loss(width * one, width * other, teacher, mask, CURVES))
        for width in (0.0, 0.8, 1.0, 1.25, 2.0)
    }
    assert min(losses, key=lambda width: losses[width]) == 1.0


def test_what_is_masked_does_not_count_in_the_score_either() -> None:
    answer, teacher, mask = batch()
    poisoned = torch.where(mask, teacher, torch.nan)
    loss = scatter_loss(answer, answer + 1.0, poisoned, mask, CURVES)
    changed = scatter_loss(
        torch.where(mask, answer, 7.0), torch.where(mask, answer + 1.0, -3.0), teacher, mask, CURVES
    )
    torch.testing.assert_close(loss, changed)


def test_a_discriminator_that_cannot_tell_stands_at_log_4() -> None:
    nothing = torch.zeros(2, 1, 4)
    assert np.isclose(float(discriminator_loss(nothing, nothing)), np.log(4.0))
    assert np.isclose(float(adversarial_loss(nothing)), np.log(2.0))


def test_the_generator_is_pulled_even_when_the_discriminator_is_sure() -> None:
    logits = torch.full((1, 1, 1), -20.0, requires_grad=True)
    (gradient,) = torch.autograd.grad(adversarial_loss(logits), logits)
    assert float(gradient.sum()) < -0.99


def test_the_best_scale_is_the_mean_absolute_error_and_teaches_the_answer_nothing() -> None:
    answer, teacher, _ = batch()
    answer.requires_grad_()
    mask = torch.ones_like(answer, dtype=torch.bool)
    shared = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([shared], 0.05)
    for _ in range(300):
        loss = spread_loss(shared.expand_as(answer), answer, teacher, mask)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert answer.grad is None
    assert np.isclose(
        float(shared.detach().exp()), float((answer - teacher).detach().abs().mean()), rtol=0.02
    )
