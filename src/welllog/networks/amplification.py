"""The gradient-amplification layer: nothing going forward, a factor going back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["amplify_gradient"]


class _Amplification(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, chosen: Tensor, factor: float) -> Tensor:
        ctx.save_for_backward(chosen)
        ctx.factor = factor
        return y.view_as(y)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (chosen,) = ctx.saved_tensors
        (gradient,) = gradients
        return torch.where(chosen, ctx.factor * gradient, gradient), None, None


def amplify_gradient(y: Tensor, chosen: Tensor, factor: float) -> Tensor:
    """Return ``y`` as it is; its gradient grows by ``factor`` where chosen.

    The layer of the founding study: the signal that is being restored pulls ``factor`` times
    harder on the generator, whatever the loss, than the signals that it was shown.

    Parameters
    ----------
    y : tensor, shape (b, curves, n)
        What a generator answers.
    chosen : tensor of bool, shape (b, curves, n) or (b, curves, 1)
        True for what is being restored.
    factor : float

    Raises
    ------
    ValueError
        Where ``chosen`` is not boolean or has another shape.
    """
    if chosen.dtype != torch.bool or chosen.shape not in (y.shape, (*y.shape[:-1], 1)):
        raise ValueError(
            f"chosen is {chosen.dtype} of shape {tuple(chosen.shape)}; "
            f"give bool of shape {tuple(y.shape)} or 1 in place of its last size"
        )
    amplified: Tensor = _Amplification.apply(y, chosen, factor)  # type: ignore[no-untyped-call]
    return amplified
