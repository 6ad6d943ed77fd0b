"""Pre-training on pictures that nobody painted: a network learns to paint what was hidden of them.

He et al. 2022, Masked autoencoders are scalable vision learners, section 3, with convolutions: a
share of patches is hidden (their pixels are the channels' means, and noise lies over the rest), and
the network answers with the picture. What it learns (all but the head) is where a fitting begins.
Any picture of the same kind will do, painted or not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from welllog.cores.fitting import choose_precision, rate_at
from welllog.cores.network_settings import FittingSettings
from welllog.cores.networks import build_network
from welllog.cores.networks.blocks import PictureNetwork
from welllog.cores.picture_augmentation import Example, crop_size, draw_crops
from welllog.neural import choose_device
from welllog.progress import Progress

__all__ = ["adopt_weights", "hide_patches", "learn_to_paint"]

PATCH = 16
"""Height and width of a hidden patch, in pixels."""
HIDDEN = 0.5
"""Share of patches that are hidden."""
NOISE = 0.25
"""Standard deviation of the noise over the rest, in spreads of a channel."""
_PURPOSE = 1
"""Sets its random numbers apart from those of the fitting."""


def hide_patches(x: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Hide patches and lay noise over the rest.

    Parameters
    ----------
    x : tensor, shape (b, c, h, w)
        Normalised: the mean of a channel is 0.
    random : numpy generator

    Returns
    -------
    tensor, shape (b, c, h, w)
        What is left of the picture.
    tensor of bool, shape (b, 1, h, w)
        Where it was hidden.
    """
    b, _, h, w = x.shape
    coarse = random.random((b, 1, -(-h // PATCH), -(-w // PATCH))) < HIDDEN
    hidden = torch.from_numpy(coarse.repeat(PATCH, 2).repeat(PATCH, 3)[:, :, :h, :w])
    noise = torch.from_numpy(random.standard_normal(x.shape, np.float32))
    return torch.where(hidden, 0.0, x + NOISE * noise), hidden


def learn_to_paint(
    pictures: Sequence[Tensor], settings: FittingSettings, progress: Progress | None = None
) -> tuple[dict[str, Tensor], list[float]]:
    """Train a network to paint hidden patches of pictures.

    It is short and starts over where it is broken off.

    Parameters
    ----------
    pictures : sequence of tensors, shape (c, h, w)
        Normalised and shrunk, as ``Preparation.picture`` gives them.
    settings : FittingSettings
        ``pretraining_iterations`` says for how long.
    progress : callable, optional

    Returns
    -------
    dict
        Weights of the network but for its head, for ``adopt_weights``.
    list of float
        The loss of each iteration: the mean square error of what was hidden, in spreads.
    """
    if not pictures:
        raise ValueError("there is no picture to learn from")
    channels = len(pictures[0])
    torch.manual_seed(settings.seed)
    network = build_network(
        settings.network, channels, channels, width=settings.width, upsampling=settings.upsampling
    )
    device = torch.device(choose_device(settings.device))
    bf16 = choose_precision(settings.precision, device.type) == "bf16"
    network.to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=settings.weight_decay)
    anything = [Example(p, torch.zeros(p.shape[1:], dtype=torch.int64)) for p in pictures]
    places = [example.labelled for example in anything]
    size = crop_size(anything, settings.crop)
    # What it is to paint keeps its colours: they are what tells minerals apart.
    changes = replace(settings.augmentation, colour=0.0)
    losses: list[float] = []
    told, iterations = 0.0, settings.pretraining_iterations
    for iteration in range(iterations):
        random = np.random.default_rng([settings.seed, iteration, _PURPOSE])
        x, _ = draw_crops(anything, places, size, settings.batch, changes, random)
        shown, hidden = (part.to(device) for part in hide_patches(x, random))
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            painted = network(shown)
        error = (painted.float() - x.to(device)).square().mean(1, keepdim=True)
        # Half the weight on what was shown: noise has to be told from grain there.
        loss = error[hidden].mean() + 0.5 * error[~hidden].mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimiser.param_groups:
            rate = rate_at(iteration, iterations, settings.schedule)
            group["lr"] = settings.learning_rate * rate
        optimiser.step()
        losses.append(float(error[hidden].mean().detach()))
        if progress is not None and time.perf_counter() - told > 0.3:
            told = time.perf_counter()
            progress(
                (iteration + 1) / iterations,
                f"{settings.network} paints hidden patches, iteration {iteration + 1} of "
                f"{iterations}, error {np.mean(losses[-20:]):.3f}",
            )
    weights = {
        name: tensor.detach().cpu()
        for name, tensor in network.state_dict().items()
        if not name.startswith("head.")
    }
    return weights, losses


def adopt_weights(network: PictureNetwork, weights: Mapping[str, Tensor]) -> None:
    """Put the weights of ``learn_to_paint`` into a network, whose head stays as it is."""
    head = {f"head.{name}": tensor for name, tensor in network.head.state_dict().items()}
    network.load_state_dict({**head, **weights})
