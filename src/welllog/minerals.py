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
"""The slowness is that of 5300 ft/s."""
MATRICES = (
    Matrix("sandstone", 2.65, -0.02, 55.5),
    Matrix("limestone", 2.71, 0.0, 47.5),
    Matrix("dolomite", 2.87, 0.01, 43.5),
)
"""Densities and slownesses (18,000, 21,000 and 23,000 ft/s): Schlumberger, Log Interpretation
Charts, porosity charts for fresh water and for the time average. Neutron: Edmundson and Raymer
1979, SPWLA 20th Annual Logging Symposium, thermal tool: quartz -2 and dolomite +1 porosity units;
limestone reads 0 by definition of the unit."""
SOURCE = "fresh water, a dot each 10 pu\n(Schlumberger charts;\nEdmundson, Raymer 1979)"
TICKS = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
"""Porosities at which a line is ticked, m3/m3."""


def matrix_line(matrix: Matrix, log: str, porosity: FloatArray) -> FloatArray:
    """Return what a log reads in clean rock of these porosities, shape (n,) -> (n,).

    ``log`` is ``RHOB``, ``NPHI`` or ``DTC``; porosity is in m3/m3, the reading in the catalogue's
    unit.
    """
    solid, water = getattr(matrix, log), getattr(WATER, log)
    return np.asarray(solid + porosity * (water - solid), np.float64)
