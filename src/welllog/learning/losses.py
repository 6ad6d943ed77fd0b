"""What a network is trained by: masked reconstruction, the game, the scale of its errors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = [
    "adversarial_loss",
    "discriminator_loss",
    "reconstruction_loss",
    "scatter_loss",
    "spread_loss",
]

SMALLEST, LARGEST = -6.0, 3.0
"""Range of the logarithm of an error's scale, in spreads of the curve."""


def reconstruction_loss(
    answer: Tensor,
    teacher: Tensor,
    mask: Tensor,
    curve_weights: Tensor,
    norm: str = "l1",
) -> Tensor:
    """Return the masked loss, k_j || M_ij o (g_ij - g^_ij) ||, as a mean over what is not masked.

    Parameters
    ----------
    answer, teacher : tensors, shape (b, curves, n)
        What the generator gives, and what was measured.
    mask : tensor of bool, shape (b, curves, n)
        M: False where the curve has no value.
    curve_weights : tensor, shape (curves,)
        k: the normalising coefficient of each curve.
    norm : {"l1", "l2"}

    Notes
    -----
    Masked by ``where``, not by a product: a teacher that is not finite where it does not count
    leaves no trace.
    """
    error = torch.where(mask, answer - teacher, 0.0)
    size = error.abs() if norm == "l1" else error.square()
    return (size * mask * curve_weights[:, None]).sum() / mask.sum().clamp(min=1)


def scatter_loss(
    answer: Tensor, other: Tensor, teacher: Tensor, mask: Tensor, curve_weights: Tensor
) -> Tensor:
    """Return the masked continuous ranked probability score of two answers to two noises.

    ``answer`` and ``other`` as ``answer`` of ``reconstruction_loss``. E|X - y| - E|X - X'| / 2, in
    its form without bias, is least where answers are distributed as what was measured (Gneiting and
    Raftery 2007, section 4.2): a network that ignores its noise pays for it.
    """
    first, second, apart = (
        reconstruction_loss(one, another, mask, curve_weights)
        for one, another in ((answer, teacher), (other, teacher), (answer, other))
    )
    return 0.5 * (first + second - apart)


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return -log D(x, y) - log(1 - D(x, G(x, z))) from logits (Goodfellow et al. 2014, eq. 1)."""
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def adversarial_loss(fake: Tensor) -> Tensor:
    """Return -log D(x, G(x, z)), the generator's side that does not saturate (same, section 3)."""
    return functional.softplus(-fake).mean()


def spread_loss(log_scale: Tensor, answer: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Return the negative log-likelihood of the errors, Laplace with the scale given.

    The error is not followed back: this loss teaches the scale and leaves the answer alone.
    All tensors (b, curves, n); 0 where the mask holds nothing.
    """
    log_scale = log_scale.clamp(SMALLEST, LARGEST)
    error = torch.where(mask, (answer - teacher).detach(), 0.0).abs()
    size = error * torch.exp(-log_scale) + log_scale
    return (size * mask).sum() / mask.sum().clamp(min=1)
