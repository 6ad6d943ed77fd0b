"""What is read under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from welllog.well import Well


def read_at(well: Well, values: Any, depth: float) -> str:
    """Return the value of the sample nearest to a depth, or what a strip shows there, in words."""
    if isinstance(values, tuple):
        names = [z.name for lane in values for z in lane.zones if z.top <= depth < z.base]
        return ", ".join(names) or "\N{EN DASH}"
    sample = int(np.argmin(np.abs(well.index - depth)))
    if not abs(well.index[sample] - depth) <= well.step:
        return "\N{EN DASH}"
    if not np.isfinite(values[sample]):
        return "null"
    return f"{values[sample]:.4g}".replace("-", "\N{MINUS SIGN}")  # as the ends of its scale
