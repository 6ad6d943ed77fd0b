"""All that touches welly: what makes welly 0.5.2 work today, and building its curves.

welly 0.5.2 (2022) imports ``pkg_resources``, which recent setuptools no longer has, and calls
``pandas.Index.is_numeric``, which pandas 2 removed. Both are restored here, nothing else: welly's
own reader and writer are never used (its writer empties the target file before it fails).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import welly

__all__ = ["curve_values", "import_welly", "make_curve"]


def import_welly() -> types.ModuleType:
    """Import welly, mending what it needs on today's setuptools and pandas."""
    import pandas as pd

    if "welly" not in sys.modules:
        stand_in = "pkg_resources" not in sys.modules and not importlib.util.find_spec(
            "pkg_resources"
        )
        if stand_in:
            sys.modules["pkg_resources"] = _pkg_resources()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import welly
        finally:
            if stand_in:
                del sys.modules["pkg_resources"]
    if not hasattr(pd.Index, "is_numeric"):
        pd.Index.is_numeric = lambda self: pd.api.types.is_numeric_dtype(self.dtype)
    import welly

    module: types.ModuleType = welly
    return module


def _pkg_resources() -> types.ModuleType:
    module: Any = types.ModuleType("pkg_resources")
    module.DistributionNotFound = importlib.metadata.PackageNotFoundError
    module.get_distribution = lambda name: types.SimpleNamespace(
        version=importlib.metadata.version(name)
    )
    return module  # type: ignore[no-any-return]


def make_curve(
    mnemonic: str,
    values: ArrayLike,
    index: ArrayLike,
    *,
    unit: str = "",
    description: str = "",
    index_name: str = "DEPT",
    index_unit: str = "m",
) -> welly.Curve:
    """Build a ``welly.Curve``.

    Parameters
    ----------
    mnemonic : str
        Name of the curve.
    values : array, shape (n,)
        Values in ``unit``; NaN is null. Text is kept as objects.
    index : array, shape (n,)
        Depth (or time) of each value in ``index_unit``.
    unit, description : str
        As in the file's curve section.
    index_name, index_unit : str
        Mnemonic and unit of the index.
    """
    welly = import_welly()
    return welly.Curve(
        np.asarray(values),
        index=np.asarray(index, dtype=np.float64),
        mnemonic=mnemonic,
        index_name=index_name,
        index_units=index_unit,
        units=unit,
        description=description,
        null=np.nan,
    )


def curve_values(curve: welly.Curve) -> NDArray[np.float64]:
    """Return the values of a curve, shape (n,), as float64; text that is no number is NaN."""
    column = curve.df.iloc[:, 0]
    if column.dtype.kind not in "fiu":
        import pandas as pd

        column = pd.to_numeric(column, errors="coerce")
    return np.asarray(column, dtype=np.float64)
