"""Who did something to a well, when, and to which numbers: what every record of its history says.

A record can be repeated only on the well it was made from. Hashes of the curves tell: they are
taken of the numbers in memory, and stay the same when a well is written and read again.
"""

from __future__ import annotations

import datetime
import getpass
import hashlib
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog import __version__
from welllog.well import Well

__all__ = ["curve_sha256", "hash_curves", "index_sha256", "login_name", "stamp"]


def stamp(well: Well, action: str, user: str | None = None) -> dict[str, Any]:
    """Return the first lines of a record: what was done, when (UTC), by whom, to which well.

    Parameters
    ----------
    well : Well
    action : str
    user : str, optional
        By default ``login_name()``.
    """
    return {
        "action": action,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "user": user or login_name(),
        "welllog": __version__,
        "well": well.name,
        "source": well.path.name if well.path else None,
    }


def login_name() -> str:
    """Return who is at work: the variable ``WELLLOG_USER``, else the name of the login."""
    try:
        return os.environ.get("WELLLOG_USER") or getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under a number without a name
        return "unknown"


def hash_curves(before: Well, inputs: Iterable[str], after: Well, made: Iterable[str]) -> Any:
    """Return the ``sha256`` entry of a record: of the index, the curves looked at and those made.

    Parameters
    ----------
    before, after : Well
        The well that was worked on, and the one with the new curves.
    inputs, made : iterable of str
        Own mnemonics.
    """
    return {
        "index": index_sha256(before),
        "inputs": {name: curve_sha256(before, name) for name in inputs},
        "made": {name: curve_sha256(after, name) for name in made},
    }


def curve_sha256(well: Well, mnemonic: str) -> str:
    """Return a hash of a curve's values and unit; all nulls are alike."""
    return _sha256(well.values(mnemonic), well.curves[well.find(mnemonic)].units or "")


def index_sha256(well: Well) -> str:
    """Return a hash of a well's index and its unit."""
    return _sha256(well.index, well.index_unit)


def _sha256(values: NDArray[np.float64], unit: str) -> str:
    # Adding 0 makes -0 a plain 0; the writer drops the blanks of a unit.
    plain = np.where(np.isfinite(values), values + 0.0, np.nan).astype("<f8")
    return hashlib.sha256("".join(unit.split()).encode() + b"\0" + plain.tobytes()).hexdigest()
