"""How strange a well is to a model, in words: by its errors on the well's other curves.

Where a whole curve is predicted, the model is tested on the others as if they were blind too
(``baselines``). Here is what is said of how much larger its errors on them are than usual.
"""

from __future__ import annotations

from typing import TypeGuard

__all__ = ["ADVICE", "UNUSUAL", "is_unusual", "say_error_on_others", "say_unusual"]

UNUSUAL = 1.3
"""Errors on the other curves, over the usual ones, above which a well is said to be strange.

Of curves in basins that training had not seen 96 of 100 are above it, and the errors on them are
half as large again as usual; of curves at home it is one in five, and they are a tenth larger
(``benchmarks/blind_bands.py strange``)."""
ADVICE = (
    "The model was tested on the well's other curves as if they were blind too, and errs on them "
    "more than in the usual well. The band is widened for that; take its middle with doubt: "
    "compare offset wells, and see how a blind test does on what was measured here."
)
_MOST = 7.0
"""Larger ones are not told apart (``spread.STRANGEST``)."""


def is_unusual(ratio: float | None) -> TypeGuard[float]:
    """Say whether a well is strange to a model; not where its other curves were not asked."""
    return ratio is not None and ratio > UNUSUAL


def say_error_on_others(ratio: float) -> str:
    """Say the number, in half a sentence."""
    return f"errors on the well's other curves {_times(ratio)} the usual"


def say_unusual(ratio: float) -> str:
    """Say it of a well that is strange, as a question to whoever knows the well."""
    return (
        f"the well's other curves are foretold {_times(ratio)} worse than usual: "
        "is this well like those of training?"
    )


def _times(ratio: float) -> str:
    return f"over {_MOST:.0f} times" if ratio > _MOST else f"{ratio:.1f} times"
