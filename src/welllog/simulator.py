"""Synthetic wells in bulk, each in a basin of its own, for teaching a network what logs are.

Where ``samples`` makes one tidy well to try things on, this makes thousands that differ as wells
do: formations of nine settings from swamp to evaporite, eight minerals, bound and free water, oil
and gas, invasion, compaction with depth, hole sections, wash-outs, mud and calibration. Every curve
follows from the rock by the response of its tool, its vertical resolution and its noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from welllog.features import INPUTS, LogSet, to_model_space
from welllog.mnemonics import catalogue

__all__ = ["Basin", "Column", "lay_down", "log_column", "synthetic_logs"]

FloatArray = NDArray[np.float64]

STEP_M = 0.1524
SLOWNESS = 304.8
"""Slowness in us/ft of 1 km/s."""

MINERALS = ("quartz", "feldspar", "clay", "calcite", "dolomite", "anhydrite", "coal", "kerogen")
# Rows: minerals. Dry clay: its bound water is counted with the pores. Schlumberger, Log
# Interpretation Charts (2009), appendix B; the neutron reading is in limestone units.
DENSITY = np.array([2.65, 2.56, 2.76, 2.71, 2.86, 2.97, 1.35, 1.30])
NEUTRON = np.array([-0.02, -0.02, 0.16, 0.00, 0.03, -0.01, 0.52, 0.60])
ABSORPTION = np.array([4.78, 7.21, 9.50, 13.77, 8.98, 14.93, 0.25, 0.30])
MATRIX_SLOWNESS = np.array([54.0, 64.0, 78.0, 47.6, 43.5, 50.0, 110.0, 120.0])
GAMMA = np.array([8.0, 180.0, np.nan, 10.0, 10.0, 4.0, 25.0, 550.0])
"""Clay is the basin's."""
# Greenberg and Castagna (1992): Vs of Vp (km/s) for sand, shale, limestone and dolomite; anhydrite
# and coal by their usual Vp/Vs.
SHEAR = np.array(
    [
        [0.0, 0.8042, -0.8559],
        [0.0, 0.8042, -0.8559],
        [0.0, 0.7697, -0.8674],
        [-0.0551, 1.0168, -1.0305],
        [0.0, 0.5832, -0.0778],
        [0.0, 0.5400, 0.0],
        [0.0, 0.5000, 0.0],
        [0.0, 0.5500, -0.2],
    ]
)


@dataclass(frozen=True)
class _Facies:
    """One kind of layer."""

    solid: tuple[float, ...]
    """Parts of the solid, in the order of ``MINERALS``."""
    porosity: float
    """Median effective porosity at the surface."""
    thickness: float
    """Median thickness of a layer, metres."""
    scatter: float = 0.3
    """Of the logarithm of porosity from layer to layer."""
    pay: float = 0.0
    """Chance that a layer holds oil or gas where the basin has any."""


_FACIES = {
    "shale": _Facies((0.22, 0.05, 0.66, 0.04, 0.01, 0.0, 0.0, 0.02), 0.03, 6.0),
    "silt": _Facies((0.42, 0.10, 0.42, 0.04, 0.01, 0.0, 0.0, 0.01), 0.12, 2.0),
    "sand": _Facies((0.80, 0.08, 0.09, 0.02, 0.01, 0.0, 0.0, 0.0), 0.38, 4.0, 0.2, 0.6),
    "arkose": _Facies((0.58, 0.27, 0.11, 0.03, 0.01, 0.0, 0.0, 0.0), 0.33, 4.0, 0.25, 0.5),
    "marl": _Facies((0.14, 0.03, 0.42, 0.38, 0.03, 0.0, 0.0, 0.0), 0.08, 3.0),
    "limestone": _Facies((0.05, 0.01, 0.05, 0.84, 0.05, 0.0, 0.0, 0.0), 0.11, 3.0, 0.6, 0.2),
    "chalk": _Facies((0.04, 0.0, 0.04, 0.91, 0.01, 0.0, 0.0, 0.0), 0.42, 9.0, 0.25, 0.15),
    "dolomite": _Facies((0.05, 0.01, 0.04, 0.15, 0.73, 0.02, 0.0, 0.0), 0.11, 2.5, 0.6, 0.2),
    "anhydrite": _Facies((0.01, 0.0, 0.02, 0.02, 0.07, 0.88, 0.0, 0.0), 0.01, 2.0, 0.4),
    "coal": _Facies((0.04, 0.0, 0.10, 0.0, 0.01, 0.0, 0.85, 0.0), 0.03, 0.7),
    "stringer": _Facies((0.38, 0.06, 0.05, 0.45, 0.06, 0.0, 0.0, 0.0), 0.04, 0.6, 0.5),
    "hot shale": _Facies((0.25, 0.05, 0.55, 0.03, 0.02, 0.0, 0.0, 0.10), 0.02, 8.0),
}
_SETTINGS: tuple[tuple[float, dict[str, float]], ...] = (
    # weight, and how often each facies in it
    (3.0, {"shale": 8, "silt": 2, "stringer": 1}),
    (2.0, {"shale": 4, "silt": 4, "sand": 4, "coal": 0.7, "stringer": 0.5}),
    (1.5, {"sand": 5, "shale": 2, "silt": 2, "coal": 0.3}),
    (1.0, {"arkose": 5, "silt": 2, "shale": 2, "stringer": 0.5}),
    (1.5, {"limestone": 5, "marl": 3, "shale": 2, "dolomite": 0.7}),
    (0.7, {"chalk": 6, "marl": 1}),
    (0.6, {"dolomite": 4, "limestone": 3, "anhydrite": 1.5, "shale": 1}),
    (0.4, {"anhydrite": 5, "dolomite": 3, "shale": 2}),
    (0.5, {"hot shale": 6, "shale": 2, "stringer": 0.5}),
)


@dataclass(frozen=True)
class Basin:
    """What wells of one basin share and another's do not."""

    clay_gamma: float
    """Gamma ray of dry clay, gAPI."""
    clay_water: float
    """Bound water of clay at the surface, part of its bulk."""
    clay_compaction: float
    """Depth over which that falls by e, metres."""
    compaction: float
    """Depth over which free porosity falls by e, metres."""
    clay_resistivity: float
    """Resistivity of shale at 2 km, ohm.m."""
    water_resistivity: float
    """Resistivity of formation water at 25 C, ohm.m."""
    filtrate_resistivity: float
    """Resistivity of mud filtrate at 25 C, ohm.m."""
    gradient: float
    """Rise of temperature, C per km."""
    charge: float
    """Factor on the chance of oil or gas."""
    gas: float
    """Part of the pay that is gas."""
    uplift: float
    """Rock was this much deeper once, metres."""
    mud_density: float
    """g/cm3; above 1.35 it holds barite."""

    @classmethod
    def draw(cls, random: np.random.Generator) -> Basin:
        """Draw a basin."""
        return cls(
            clay_gamma=random.uniform(110, 210),
            clay_water=random.uniform(0.50, 0.72),
            clay_compaction=random.uniform(1800, 3600),
            compaction=random.uniform(3500, 8000),
            clay_resistivity=np.exp(random.normal(np.log(1.2), 0.45)),
            water_resistivity=np.exp(random.normal(np.log(0.12), 0.7)),
            filtrate_resistivity=np.exp(random.normal(np.log(0.4), 0.8)),
            gradient=random.uniform(22, 42),
            charge=random.choice((0.0, 0.3, 1.0)),
            gas=random.choice((0.0, 0.2, 0.7)),
            uplift=max(0.0, random.normal(-100, 500)),
            mud_density=random.uniform(1.05, 1.65),
        )


@dataclass(frozen=True)
class Column:
    """The rock of a well; arrays of one value a sample, parts of the whole volume."""

    basin: Basin
    depth: FloatArray
    """Shape (n,), metres."""
    minerals: FloatArray
    """Shape (8, n), in the order of ``MINERALS``; with the two below they sum to 1."""
    porosity: FloatArray
    """Free (effective) porosity, shape (n,)."""
    bound: FloatArray
    """Water bound to clay, shape (n,)."""
    saturation: FloatArray
    """Water, part of the free porosity, shape (n,)."""
    gas: FloatArray
    """1 where what is not water is gas, 0 where oil, shape (n,)."""

    @property
    def total_porosity(self) -> FloatArray:
        """Free and bound, shape (n,)."""
        return self.porosity + self.bound


def synthetic_logs(seed: int, length: float | None = None, step: float = STEP_M) -> LogSet:
    """Make a well: all eleven curves in model space, nothing null.

    Parameters
    ----------
    seed : int
        The same seed gives the same well.
    length : float, optional
        Metres; default drawn from 400 to 3000.
    step : float, m

    Raises
    ------
    ValueError
        Where length or step is not positive.

    Examples
    --------
    >>> from welllog.simulator import synthetic_logs
    >>> logs = synthetic_logs(3, length=400)
    >>> logs.well, len(logs.depth), len(logs.curves)
    ('synthetic/3', 2625, 11)
    """
    column = lay_down(seed, length, step)
    return log_column(column, seed)


def lay_down(seed: int, length: float | None = None, step: float = STEP_M) -> Column:
    """Draw a basin and deposit formations, layers and what fills their pores.

    Parameters and errors are those of ``synthetic_logs``.
    """
    random = np.random.default_rng([seed, 11])
    if length is None:
        length = float(np.exp(random.uniform(np.log(400.0), np.log(3000.0))))
    if not length > 0 or not step > 0:
        raise ValueError(f"no samples over {length} m every {step} m: want both above 0")
    basin = Basin.draw(random)
    top = float(random.triangular(50.0, 400.0, 3500.0))
    n = int(length / step + 1e-9) + 1
    depth: FloatArray = top + step * np.arange(n, dtype=np.float64)
    layers = _layers(random, length + step)
    bases = np.cumsum([thickness for _, thickness, _, _ in layers])
    layer = np.minimum(np.searchsorted(bases, step * np.arange(n), side="right"), len(layers) - 1)
    buried = depth + basin.uplift

    solid = np.array([composition for _, _, composition, _ in layers]).T[:, layer]
    # Beds coarsen or fine upwards, and are laminated.
    tops = np.r_[0.0, bases[:-1]]
    place = (step * np.arange(n) - tops[layer]) / (bases - tops)[layer] - 0.5
    grading = random.normal(0.0, 0.5, len(layers))[layer] * place
    grading += 0.35 * _texture(random, n, step, (0.3, 1.0, 3.0))
    solid[2] *= np.exp(np.clip(grading, -1.5, 1.5))
    solid[1] *= np.exp(0.2 * _texture(random, n, step, (1.0, 10.0)))
    solid /= solid.sum(axis=0)

    facies = np.array([_FACIES[name].porosity for name, _, _, _ in layers])[layer]
    scatter = np.array([_FACIES[name].scatter for name, _, _, _ in layers])
    shift = np.clip(random.normal(0, 1, len(layers)), -2.5, 2.5) * scatter
    free = facies * np.exp(-buried / basin.compaction + shift[layer] - 0.5 * grading)
    free *= np.exp(0.12 * _texture(random, n, step, (0.4, 2.0, 12.0)))
    free = np.clip(free, 0.003, 0.42)
    wet = basin.clay_water * np.exp(-buried / basin.clay_compaction)
    wet = np.clip(wet * np.exp(0.06 * _texture(random, n, step, (8.0, 60.0))), 0.03, 0.7)
    # Dry parts of the solid become parts of the whole: clay brings wet / (1 - wet) of water along.
    water_of_clay = solid[2] * wet / (1.0 - wet)
    room = (1.0 - free) / (1.0 + water_of_clay)

    pay = np.array([_FACIES[name].pay for name, _, _, _ in layers]) * basin.charge
    formation = np.array([number for _, _, _, number in layers])
    charged = random.random(formation.max() + 1)[formation] < pay
    irreducible = np.clip(0.06 / np.maximum(free, 0.02) + 0.9 * solid[2], 0.08, 1.0)
    saturation = np.where(charged[layer], irreducible, 1.0)
    gas = (random.random(formation.max() + 1) < basin.gas)[formation[layer]].astype(float)
    return Column(basin, depth, solid * room, free, water_of_clay * room, saturation, gas)


def _layers(random: np.random.Generator, length: float) -> list[tuple[str, float, FloatArray, int]]:
    """Draw layers down to a length: facies, thickness in metres, solid, number of formation."""
    layers: list[tuple[str, float, FloatArray, int]] = []
    weights = np.array([weight for weight, _ in _SETTINGS])
    # A basin prefers some settings: Kansas has no deltas where the North Sea has no evaporites.
    weights = weights * random.gamma(0.7, size=len(weights))
    laid, formation = 0.0, 0
    while laid < length:
        mix = _SETTINGS[int(random.choice(len(weights), p=weights / weights.sum()))][1]
        names, chances = list(mix), np.array(list(mix.values()))
        base = laid + float(np.exp(random.normal(np.log(90.0), 0.8)))
        lean = {name: random.normal(0.0, 0.25, len(MINERALS)) for name in names}
        while laid < min(base, length):
            name = names[int(random.choice(len(names), p=chances / chances.sum()))]
            facies = _FACIES[name]
            thickness = max(0.2, facies.thickness * float(np.exp(random.normal(0.0, 0.8))))
            parts = np.array(facies.solid)
            parts = parts * np.exp(lean[name] + random.normal(0.0, 0.15, len(MINERALS)))
            layers.append((name, thickness, parts / parts.sum(), formation))
            laid += thickness
        formation += 1
    return layers


def log_column(column: Column, seed: int = 0) -> LogSet:
    """Run every tool over the rock: eleven curves in model space.

    Density, photoelectric absorption and neutron porosity mix by volume; slowness is Raymer, Hunt
    and Gardner (1980), shear Greenberg and Castagna (1992); resistivity Poupon and Leveaux (1971)
    with Arps's temperature correction and step-profile invasion mixed in the logarithm.
    """
    random = np.random.default_rng([seed, 12])
    basin, depth = column.basin, column.depth
    n, step = len(depth), float(depth[1] - depth[0]) if len(depth) > 1 else STEP_M
    minerals, free = column.minerals, column.porosity
    clay = minerals[2] + column.bound
    oil = free * (1.0 - column.saturation)
    # Density, neutron and sonic see the flushed zone, where filtrate has taken most of the oil.
    left = oil * random.uniform(0.3, 0.8)
    water = free + column.bound - left
    light = left * column.gas

    gamma_of = np.where(np.isnan(GAMMA), basin.clay_gamma, GAMMA)
    density = (DENSITY[:, None] * minerals).sum(axis=0) + 1.04 * water
    density += 0.80 * (left - light) + 0.25 * light
    neutron = (NEUTRON[:, None] * minerals).sum(axis=0) + water + 0.95 * (left - light)
    neutron += 0.30 * light
    absorption = (ABSORPTION[:, None] * minerals).sum(axis=0) + 0.6 * water + 0.12 * left
    velocity, shear_velocity = _velocities(column, light / np.maximum(free, 1e-6))
    gamma = (gamma_of[:, None] * minerals).sum(axis=0)
    gamma += 0.12 * gamma_of[2] * minerals[2] * _texture(random, n, step, (2.0, 15.0, 120.0))
    gamma *= 2.3 / density  # radioactivity is of weight, not of volume
    deep, flushed = _resistivities(column, clay)
    invaded = np.clip((0.5 - clay) * 3.0, 0.0, 1.0) * np.clip(free / 0.12, 0.0, 1.0)
    to_medium, to_shallow = np.sort(random.uniform([0.0, 0.3], [0.5, 1.0]))
    medium = deep + to_medium * invaded * (flushed - deep)
    shallow = deep + to_shallow * invaded * (flushed - deep)

    bit, enlargement = _hole(random, depth, clay, minerals[6], step)
    # A pad off the wall reads mud: more of it the more rugged the hole.
    off = np.clip(0.10 * enlargement - 0.05, 0.0, 0.6) * np.abs(
        0.6 + 0.6 * _texture(random, n, step, (0.5, 1.5))
    )
    off = np.clip(off, 0.0, 0.6)
    barite = 1.0 if basin.mud_density > 1.35 else 0.0
    mudcake = 0.3 * random.random() * invaded
    barite_pef = barite * (random.uniform(0.0, 1.0) + 10.0 * off + 3.0 * mudcake)
    electrons = (density + 0.1883) / 1.0704
    photoelectric = absorption / electrons

    def logged(truth: FloatArray, resolution: float, noise: float) -> FloatArray:
        poor = float(np.exp(random.normal(0.0, 0.6)))
        slow = _texture(random, n, step, (0.6, 4.0))  # what no rock model explains
        error = noise * poor * (random.standard_normal(n) + 1.5 * slow)
        return _blur(truth, resolution / step) + error

    correction = off * random.uniform(0.1, 0.35) * (1 - 1.3 * barite) + 0.02 * mudcake
    correction += random.uniform(0.003, 0.03) * _texture(random, n, step, (0.5, 3.0, 20.0))
    resolve = random.uniform(0.8, 1.4)
    salty = random.uniform(0, 25) if random.random() < 0.15 else 0.0  # potassium mud
    gain = float(np.exp(random.normal(0, 0.08)))
    counted = _blur(gain * gamma + salty, 0.5 * resolve / step)
    curves = {
        "GR": counted + np.sqrt(np.maximum(counted, 4.0)) * 0.3 * random.standard_normal(n),
        "RHOB": logged(density * (1 - off) + basin.mud_density * off, 0.4, 0.010)
        + random.normal(0, 0.01),
        "NPHI": logged(neutron + 0.35 * off + 0.004 * enlargement, 0.6, 0.009)
        + random.normal(0, 0.012),
        "DTC": logged(SLOWNESS / velocity, 0.6 * resolve, 0.8),
        "DTS": logged(SLOWNESS / shear_velocity * np.exp(random.normal(0, 0.03)), 0.9, 2.0),
        "RDEP": logged(deep, random.choice((0.7, 1.6)), 0.008),
        "RMED": logged(medium, random.choice((0.6, 1.0)), 0.009),
        "RSHA": logged(shallow, 0.4, 0.012),
        "PEF": logged(photoelectric * (1 - off) + 0.5 * off + barite_pef, 0.35, 0.08),
        "CALI": logged(bit + enlargement - mudcake, 0.2, 0.015),
        "DRHO": logged(correction, 0.3, 0.004) + random.normal(0, 0.01),
    }
    modelled = {}
    for name in INPUTS:
        kind = catalogue().kinds[name]
        values = 10.0 ** curves[name] if kind.log10 else curves[name]
        modelled[name] = to_model_space(np.clip(values, *kind.limits), kind)
    return LogSet(f"synthetic/{seed}", depth, modelled, depth)


def _velocities(column: Column, light: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return compressional and shear velocity, km/s, shape (n,) each; ``light``: gas in pores."""
    minerals, total = column.minerals, column.total_porosity
    parts = minerals / minerals.sum(axis=0)
    matrix = SLOWNESS / (MATRIX_SLOWNESS[:, None] * parts).sum(axis=0)
    pores = 1.0 - 0.55 * np.clip(light * column.porosity / np.maximum(total, 1e-6), 0.0, 1.0)
    # Loose rock near the surface is slower than its porosity says.
    buried = column.depth + column.basin.uplift
    loose = 1.0 - 0.25 * np.exp(-buried / 1000.0) * np.clip(total / 0.4, 0.0, 1.0)
    brine = loose * ((1.0 - total) ** 2 * matrix + 1.6 * total)
    velocity = loose * ((1.0 - total) ** 2 * matrix + 1.6 * pores * total)
    # Above some 40 % the grains hardly touch: never slower than mud.
    brine, velocity = np.maximum(brine, 1.55), np.maximum(velocity, 1.30)
    shear = np.stack([a * brine**2 + b * brine + c for a, b, c in SHEAR])
    shear = np.maximum(shear, 0.46)
    arithmetic = (parts * shear).sum(axis=0)
    harmonic = 1.0 / (parts / shear).sum(axis=0)
    return velocity, np.minimum(0.5 * (arithmetic + harmonic), velocity / 1.42)


def _resistivities(column: Column, clay: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log10 of true and flushed-zone resistivity, ohm.m, shape (n,) each."""
    basin = column.basin
    celsius = 8.0 + basin.gradient * column.depth / 1000.0
    arps = (25.0 + 21.5) / (celsius + 21.5)
    shale = basin.clay_resistivity * np.exp(0.25 * ((column.depth + basin.uplift) / 1000.0 - 2.0))
    kerogen = 1.0 + 60.0 * column.minerals[7] * (column.depth > 1500.0)  # mature: oil in the pores
    insulators = 1.0 + 30.0 * column.minerals[6]
    clay_term = np.clip(clay, 0.0, 1.0) ** (1.0 - np.clip(clay, 0.0, 1.0) / 2.0) / np.sqrt(shale)

    def resistivity(water: float, saturation: FloatArray) -> FloatArray:
        water_term = column.porosity / np.sqrt(water * arps)
        conductivity = (clay_term + water_term) ** 2 * saturation**2
        log: FloatArray = np.log10(np.clip(kerogen * insulators / conductivity, 0.1, 5000.0))
        return log

    return (
        resistivity(basin.water_resistivity, column.saturation),
        resistivity(basin.filtrate_resistivity, column.saturation**0.2),
    )


def _hole(
    random: np.random.Generator,
    depth: FloatArray,
    clay: FloatArray,
    coal: FloatArray,
    step: float,
) -> tuple[FloatArray, FloatArray]:
    """Return bit size and how much wider the hole is, inches, shape (n,) each."""
    if random.random() < 0.7:
        shoes = random.uniform((900, 2200), (1600, 3300))
        bit = np.array([17.5, 12.25, 8.5])[np.searchsorted(shoes, depth)]
    else:
        bit = np.full(len(depth), random.choice((7.875, 8.5, 12.25)))
    quality = random.exponential(1.0)
    weak = 0.08 + 0.5 * np.clip(clay - 0.4, 0.0, None) + 0.6 * coal + 0.12 * (depth < 900.0)
    rugged = np.clip(0.2 + _texture(random, len(depth), step, (1.5, 8.0, 60.0)), 0.0, None)
    rugged = rugged * weak + 0.03 * np.abs(_texture(random, len(depth), step, (10.0, 80.0)))
    enlargement = np.clip(quality * 7.0 * rugged, 0.0, 0.7 * bit)
    return bit, _blur(enlargement, 0.6 / step)


def _texture(
    random: np.random.Generator, n: int, step: float, scales_m: tuple[float, ...]
) -> FloatArray:
    """Draw noise of unit variance with as much on each scale, shape (n,)."""
    total = np.zeros(n)
    for scale in scales_m:
        spacing = max(scale / step, 1.0)
        at = np.arange(n) / spacing + random.random()
        knots = np.arange(int(at[-1]) + 2)
        # Linear interpolation between knots keeps two thirds of their variance.
        total += np.interp(at, knots, random.normal(size=len(knots))) / np.sqrt(2.0 / 3.0)
    unit: FloatArray = total / np.sqrt(len(scales_m))
    return unit


def _blur(values: FloatArray, width: float) -> FloatArray:
    """Smooth with a triangle of ``width`` samples at half its height, shape (n,)."""
    reach = int(np.ceil(width))
    if reach < 2:
        return values
    weights = np.clip(1.0 - np.abs(np.arange(-reach, reach + 1)) / width, 0.0, None)
    padded = np.pad(values, reach, mode="edge")
    blurred: FloatArray = np.convolve(padded, weights / weights.sum(), mode="valid")
    return blurred
