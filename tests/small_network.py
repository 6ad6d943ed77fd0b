"""A network without the hours of training, for tests that only need one to be there."""

from __future__ import annotations

from welllog.corpus import CHANNELS, Scaling, WindowSettings
from welllog.features import well_as_seen
from welllog.networks import NetworkSettings, build_generator
from welllog.neural import Neural, Outlook
from welllog.samples import synthetic_well

__all__ = ["small_network"]


def small_network(seen: tuple[str, ...]) -> Neural:
    """Return a network as it is before training, which says that it has seen some wells."""
    windows = WindowSettings(window=64)
    settings = NetworkSettings(name="unet", width=8, inputs=windows.inputs, curves=len(CHANNELS))
    scaling = Scaling.fit([well_as_seen(synthetic_well(seed=1, top=1500, base=1600))])
    outlook = Outlook(settings, windows, scaling)
    return Neural("unet", build_generator(settings), outlook, seen=seen)
