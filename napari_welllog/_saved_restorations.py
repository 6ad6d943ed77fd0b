"""What a file calls the parts of the restorations that it holds itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from welllog.well import Well


def saved_names(own: str, number: int) -> list[str]:
    """Return what a file calls the parts of one restoration of a curve."""
    ending = f"_{number}" if number > 1 else ""
    return [f"{own}_{part}{ending}" for part in ("P50", "P05", "P95", "FLAG")]


def count_saved(well: Well, own: str) -> int:
    """Return how many restorations of a curve a well holds already."""
    number = 0
    while all(name in well.curves for name in saved_names(own, number + 1)):
        number += 1
    return number


def with_synthesised(well: Well) -> Well:
    """Return the well, with an empty curve for each one that was only ever synthesised."""
    roomy = well
    for name in list(well.curves):
        own = name.removesuffix("_SYN")
        if own != name and own not in well.curves and count_saved(well, own):
            roomy = well.copy() if roomy is well else roomy
            unit = well.curves[name].units or ""
            roomy.add_curve(own, np.full(len(well.index), np.nan), unit=unit)
    return roomy
