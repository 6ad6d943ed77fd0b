"""The discriminator and the gradient-amplification layer."""

from __future__ import annotations

import pytest
import torch

from welllog.networks import NetworkSettings, amplify_gradient, build_discriminator
from welllog.networks.discriminators import Discriminator

SMALL = NetworkSettings(width=8, curves=3, inputs=7)


def built() -> Discriminator:
    torch.manual_seed(0)
    return build_discriminator(SMALL)


@pytest.mark.parametrize("n", [8, 64, 2048])
def test_there_is_one_logit_per_patch_of_eight_samples(n: int) -> None:
    assert built()(torch.randn(2, 7, n), torch.randn(2, 3, n)).shape == (2, 1, n // 8)


def test_a_window_of_broken_patches_is_refused() -> None:
    with pytest.raises(ValueError, match="a window of 100 samples .* multiple of 8"):
        built()(torch.zeros(1, 7, 100), torch.zeros(1, 3, 100))


def test_the_judgement_depends_on_the_curves_and_on_what_they_were_made_from() -> None:
    discriminator = built()
    x, y = torch.randn(1, 7, 64), torch.randn(1, 3, 64)
    judged = discriminator(x, y)
    assert not torch.equal(judged, discriminator(x, y + 1))
    assert not torch.equal(judged, discriminator(x + 1, y))


def test_gradients_reach_every_parameter_and_the_generated_curves() -> None:
    discriminator = built()
    y = torch.randn(1, 3, 64, requires_grad=True)
    discriminator(torch.randn(1, 7, 64), y).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in discriminator.parameters())
    assert y.grad is not None and (y.grad != 0).all()


def test_measured_and_generated_curves_can_be_told_apart() -> None:
    discriminator = built()
    x, real = torch.randn(4, 7, 64), torch.randn(4, 3, 64)
    fake = torch.randn(4, 3, 64).cumsum(-1) / 8
    optimiser = torch.optim.Adam(discriminator.parameters(), 2e-3)
    softplus = torch.nn.functional.softplus
    for _ in range(40):
        loss = softplus(-discriminator(x, real)).mean() + softplus(discriminator(x, fake)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (discriminator(x, real) > 0).float().mean() > 0.9
    assert (discriminator(x, fake) < 0).float().mean() > 0.9


@pytest.mark.parametrize("whole", [True, False])
def test_the_gradient_of_what_is_chosen_grows_by_the_factor_and_no_other(whole: bool) -> None:
    y = torch.randn(2, 3, 4, requires_grad=True)
    chosen = torch.zeros(2, 3, 1 if whole else 4, dtype=torch.bool)
    chosen[0, 1] = True
    if not whole:
        chosen[0, 1, 0] = False
    slopes = torch.arange(24.0).reshape(2, 3, 4)
    (amplify_gradient(y, chosen, 5.0) * slopes).sum().backward()
    assert y.grad is not None
    expected = slopes.clone()
    expected[0, 1, 0 if whole else 1 :] *= 5.0
    assert torch.equal(y.grad, expected)


def test_amplification_does_not_touch_the_values() -> None:
    y = torch.randn(1, 3, 4)
    assert torch.equal(amplify_gradient(y, torch.ones(1, 3, 1, dtype=torch.bool), 7.0), y)


@pytest.mark.parametrize(
    "chosen", [torch.ones(1, 3, 1), torch.ones(3, 4, dtype=torch.bool), torch.ones(1, 1, 4) > 0]
)
def test_a_choice_of_another_kind_or_shape_is_refused(chosen: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="chosen is .* give bool of shape"):
        amplify_gradient(torch.zeros(1, 3, 4), chosen, 2.0)
