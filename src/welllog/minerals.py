"""Where clean rock lies on a cross-plot: straight lines from a mineral to water.

Each log is the sum of its readings in mineral and water, weighted by volume, so that two logs of
one clean rock lie on a straight line with porosity along it. For density this is exact, for sonic
it is the time-average equation (Wyllie, Gregory and Gardner 1956, Geophysics 21, 41-70). The
neutron log is scaled in limestone porosity, which makes the limestone line exact; a tool's own
chart bends the other two by some porosity units, so that they guide the eye and measure nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MATRICES", "SOURCE", "TICKS", "WATER", "Matrix", "matrix_line"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Matrix:
    """What the porosity logs read in a rock without pores, in the catalogue's units."""

    name: str
    RHOB: float
    """g/cm3."""
    NPHI: float
    """m3/m3, limestone porosity."""
    DTC: float
    """us/ft."""


WATER = Matrix("fresh water", 1.0, 1.0, 189.0)
"""The slowness is that of 5300 ft/s, 188.7 us/ft."""
MATRICES = (
    Matrix("sandstone", 2.65, -0.02, 55.5),
    Matrix("limestone", 2.71, 0.0, 47.5),
    Matrix("dolomite", 2.87, 0.01, 43.5),
)
"""Usual values of the pure rock. What they were held against, as far as it could be read:

Density: Rider, The Geological Interpretation of Well Logs, figure 9.1 (2.65, 2.71, 2.87, water 1).
A log reads some 2.85 in dolomite, which petropy 0.1.6 takes. Slowness: 18,000, 21,000 and 23,000
ft/s, rounded; 55.5, 47.6 and 43.5 by a course that cites Asquith and Krygowski 2004 (Basic Well Log
Analysis, AAPG). Neutron: the table of Edmundson and Raymer 1979 (Radioactive Logging Parameters
for Common Minerals, SPWLA 20th Annual Logging Symposium) as Crain's Petrophysical Handbook reprints
it, thermal tool: 2 (its sign was not legible), -1 and +1 porosity units for quartz, calcite and
dolomite; limestone is 0 here by definition of the unit. petropy takes -4 and +4 for the first and
the last, nearer to where a tool's chart has them at some porosity."""
SOURCE = "fresh water, a dot each 10 pu\n(usual matrix values; neutron\nby Edmundson, Raymer 1979)"
TICKS = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
"""Porosities at which a line is ticked, m3/m3."""


def matrix_line(matrix: Matrix, log: str, porosity: FloatArray) -> FloatArray:
    """Return what a log reads in clean rock of these porosities, shape (n,) -> (n,).

    ``log`` is ``RHOB``, ``NPHI`` or ``DTC``; porosity is in m3/m3, the reading in the catalogue's
    unit.
    """
    solid, water = getattr(matrix, log), getattr(WATER, log)
    return np.asarray(solid + porosity * (water - solid), np.float64)
