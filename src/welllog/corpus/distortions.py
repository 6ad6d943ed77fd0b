"""What goes wrong with logs, done on purpose: a network that has seen it will not believe it.

Each *typed* distortion imitates one known fault of a tool, a hole or a cable; the *untyped* ones
bend depth and amplitude smoothly and at random. All take the values of a curve in robust spreads
(``representations.Scaling``), shape (n,), NaN where null, and return new values that are null in
the same places. Strength 1 is what is common in old wells; 0 changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.corpus.representations import CHANNELS, LIMIT

__all__ = [
    "DISTORTIONS",
    "Chance",
    "DistortionSettings",
    "add_noise",
    "change_gain",
    "drift",
    "hold_value",
    "modulate",
    "shift_depth",
    "skip_cycles",
    "spike",
    "warp_depth",
    "wash_out",
]

Values = NDArray[Any]
Distortion = Callable[[Values, float, np.random.Generator, float], Values]

SONICS = ("DTC", "DTS")
_SONIC = np.array([name in SONICS for name in CHANNELS])
WASH_OUT = {"RHOB": -0.9, "NPHI": 0.5, "PEF": 0.6, "CALI": 0.8, "DRHO": 1.5, "DTC": 0.2}
"""What a wash-out does to each pad or hole-size tool, in spreads; the photoelectric factor goes
up in barite mud and down in other."""


@dataclass(frozen=True)
class Chance:
    """How often and how strongly."""

    probability: float
    """Chance that a curve of a window is distorted (of the window, for wash-outs)."""
    strength: float = 1.0
    """1 is common in old wells; 0 does nothing."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0 or not 0.0 <= self.strength < np.inf:
            raise ValueError(
                f"a distortion has probability {self.probability} and strength {self.strength}; "
                "want a probability from 0 to 1 and a strength of 0 or more"
            )


@dataclass(frozen=True)
class DistortionSettings:
    """Chance of each distortion; by default three curves in four are left as they are."""

    spikes: Chance = Chance(0.03)
    """Single samples far off: telemetry, a knock."""
    drift: Chance = Chance(0.03)
    """A straight line added: a tool that warms up."""
    cycle_skips: Chance = Chance(0.03)
    """Sonics alone: the detector triggers a cycle late, or early on noise."""
    wash_outs: Chance = Chance(0.10)
    """Density, neutron, photoelectric factor, caliper and density correction together."""
    depth_shift: Chance = Chance(0.03)
    """A curve of another run, up to a metre off."""
    gain: Chance = Chance(0.05)
    """Another calibration: gain and offset."""
    noise: Chance = Chance(0.03)
    """White noise."""
    stuck: Chance = Chance(0.02)
    """One value held for metres: tool stuck, telemetry lost."""
    warp: Chance = Chance(0.03)
    """Untyped: depth stretched and squeezed smoothly (a yo-yoing cable)."""
    modulation: Chance = Chance(0.03)
    """Untyped: gain and offset that wander with depth."""

    @classmethod
    def from_dict(cls, table: Mapping[str, Mapping[str, float]]) -> DistortionSettings:
        """Rebuild from ``dataclasses.asdict``."""
        return cls(**{name: Chance(**chance) for name, chance in table.items()})


def spike(values: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Throw single samples off by some 4 spreads, about one in 40 m and at least one."""
    count = 1 + int(random.poisson(len(values) * step / 40.0))
    at = random.integers(len(values), size=count)
    distorted = values.copy()
    distorted[at] += 4.0 * strength * random.choice((-1, 1), count) * random.exponential(size=count)
    return distorted


def drift(values: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Add a straight line with depth that is zero at a random end."""
    ramp = np.linspace(0.0, 0.7 * strength * random.normal(), len(values))
    return _add(values, ramp if random.random() < 0.5 else ramp[::-1])


def skip_cycles(
    values: Values, step: float, random: np.random.Generator, strength: float
) -> Values:
    """Make a sonic jump by a cycle and back within zones of 0.5-6 m.

    A detector that misses the first arrival triggers a period later: at 12-20 kHz and 2 ft between
    receivers 25-40 us/ft, 1.2-2 spreads; on road noise it triggers early, by less. Whole cycles
    make the jumps of one zone equal.
    """
    late = np.zeros(len(values))
    for top, base in _zones(len(values), (0.5, 6.0), step, random):
        jump = random.uniform(1.2, 2.0) if random.random() < 0.8 else -random.uniform(0.5, 1.0)
        flips = random.random(base - top) < 0.25  # a skip lasts some four samples
        late[top:base] = strength * jump * (np.cumsum(flips) % 2)
    return _add(values, late)


def wash_out(window: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Enlarge the hole over zones of 2-25 m: pads lose contact with the wall and read mud.

    Parameters
    ----------
    window : array, shape (11, n)
        All curves in channel order. The caliper grows; density falls, its correction and the
        neutron porosity rise; the photoelectric factor goes either way (barite); the sonic rises
        slightly. Others stay.
    """
    n = window.shape[1]
    loss = np.zeros(n)
    for top, base in _zones(n, (2.0, 25.0), step, random):
        ends = np.minimum(np.arange(1, base - top + 1), np.arange(base - top, 0, -1)) * step
        rugged = np.abs(_wander(base - top, 1.0 / step, random))
        loss[top:base] = strength * random.uniform(0.3, 1.0) * np.clip(ends, 0, 1) * (0.4 + rugged)
    distorted = window.copy()
    barite = 1.0 if random.random() < 0.5 else -1.0
    for name, response in WASH_OUT.items():
        row = CHANNELS.index(name)
        sign = barite if name == "PEF" else 1.0
        distorted[row] = _add(window[row], sign * response * loss)
    return distorted


def shift_depth(
    values: Values, step: float, random: np.random.Generator, strength: float
) -> Values:
    """Move a curve up or down by at most 1 m."""
    shift = strength * random.uniform(-1.0, 1.0) / step
    return _read_at(values, np.arange(len(values)) + shift)


def change_gain(
    values: Values, step: float, random: np.random.Generator, strength: float
) -> Values:
    """Change gain by some 10 % and add an offset of some 0.3 spreads."""
    gain, offset = random.normal(size=2) * (0.1 * strength, 0.3 * strength)
    return np.asarray(values * np.exp(gain) + offset, dtype=values.dtype)


def add_noise(values: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Add white noise of 0.03-0.3 spreads."""
    scale = strength * np.exp(random.uniform(np.log(0.03), np.log(0.3)))
    return _add(values, scale * random.standard_normal(len(values), dtype=np.float32))


def hold_value(values: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Hold the value at the base of each of some zones of 1-15 m: tools are logged upwards."""
    distorted = values.copy()
    for top, base in _zones(len(values), (1.0, 15.0), step, random):
        base = top + max(1, round((base - top) * min(strength, 1.0))) if strength else top
        measured = np.flatnonzero(np.isfinite(values[top:base]))
        if len(measured):
            distorted[top + measured] = values[top + measured[-1]]
    return distorted


def warp_depth(values: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Stretch and squeeze depth by some 0.4 m, smoothly over some 20 m."""
    field = 0.4 * strength * _wander(len(values), 20.0 / step, random) / step
    return _read_at(values, np.arange(len(values)) + field)


def modulate(values: Values, step: float, random: np.random.Generator, strength: float) -> Values:
    """Let gain (some 15 %) and offset (some 0.25 spreads) wander over some 40 m."""
    gain = np.exp(0.15 * strength * _wander(len(values), 40.0 / step, random))
    offset = 0.25 * strength * _wander(len(values), 40.0 / step, random)
    return np.asarray(values * gain + offset, dtype=values.dtype)


DISTORTIONS: dict[str, Distortion] = {
    "drift": drift,
    "gain": change_gain,
    "modulation": modulate,
    "warp": warp_depth,
    "depth_shift": shift_depth,
    "cycle_skips": skip_cycles,
    "noise": add_noise,
    "spikes": spike,
    "stuck": hold_value,
}
"""Distortions of single curves by their name in the settings, in the order they are done."""

assert {*DISTORTIONS, "wash_outs"} == {field.name for field in fields(DistortionSettings)}


def distort(
    window: Values, step: float, settings: DistortionSettings, random: np.random.Generator
) -> None:
    """Distort a window, shape (11, n), in place, each curve by what chance gives it.

    Distorted values are clipped as all scaled values are.
    """
    names = list(DISTORTIONS)
    chances: list[Chance] = [getattr(settings, name) for name in names]
    probability = np.array([chance.probability for chance in chances])
    hit = random.random((len(chances), len(CHANNELS))) < probability[:, None]
    hit[names.index("cycle_skips")] &= _SONIC
    if random.random() < settings.wash_outs.probability:
        washed = wash_out(window, step, random, settings.wash_outs.strength)
        window[:] = np.clip(washed, -LIMIT, LIMIT)
    for which, row in np.argwhere(hit).tolist():
        apply, strength = DISTORTIONS[names[which]], chances[which].strength
        window[row] = np.clip(apply(window[row], step, random, strength), -LIMIT, LIMIT)


def _add(values: Values, change: Values) -> Values:
    return np.asarray(values + change, dtype=values.dtype)


def _zones(
    n: int, lengths_m: tuple[float, float], step: float, random: np.random.Generator
) -> list[tuple[int, int]]:
    """Draw one to four zones [top, base) of log-uniform length, at least one sample each."""
    zones = []
    for _ in range(int(random.integers(1, 5))):
        length = np.exp(random.uniform(*np.log(lengths_m))) / step
        top = int(random.integers(n))
        zones.append((top, min(n, top + max(1, round(length)))))
    return zones


def _wander(n: int, spacing: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Draw a smooth curve, shape (n,), through normal numbers ``spacing`` samples apart."""
    at = np.arange(n) / max(spacing, 1.0) + random.random()
    knot = at.astype(np.intp)
    heights = random.normal(size=int(knot[-1]) + 2)
    share = at - knot
    share *= share * (3.0 - 2.0 * share)
    smooth: NDArray[np.float64] = heights[knot] * (1.0 - share) + heights[knot + 1] * share
    return smooth


def _read_at(values: Values, at: Values) -> Values:
    """Read a curve at fractional samples, linearly between measured ones; null stays null."""
    measured = np.flatnonzero(np.isfinite(values))
    moved = values.copy()
    if len(measured):
        moved[measured] = np.interp(at[measured], measured, values[measured])
    return moved
