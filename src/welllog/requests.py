"""What a restoration is asked for: curves, intervals, what may be looked at, how many fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from welllog.features import TARGETS
from welllog.gaps import Gap, find_gaps
from welllog.mnemonics import CurveKind, catalogue
from welllog.well import CurveNotFoundError, Well

__all__ = ["Asked", "RestorationError", "list_jobs"]


class RestorationError(ValueError):
    """A restoration that cannot be done as asked."""


@dataclass(frozen=True)
class Asked:
    """The parameters of ``restoration.restore``, which explains them."""

    curves: str | Sequence[str] | None
    intervals: Sequence[tuple[float, float]] | None
    device: str
    also: tuple[str, ...]
    edited: bool
    realisations: int
    seed: int

    @property
    def named(self) -> Sequence[str] | None:
        """Return the curves that were named, None where none was."""
        return [self.curves] if isinstance(self.curves, str) else self.curves

    @property
    def drawn(self) -> tuple[int, int]:
        """Return the number of realisations and their seed."""
        return self.realisations, self.seed

    def check(self) -> None:
        """Check what does not depend on the well.

        Raises
        ------
        RestorationError
            A device that there is not, or numbers that are none.
        """
        if self.device not in ("auto", "cpu", "cuda", "mps"):
            raise RestorationError(f"unknown device {self.device!r}; use auto, cpu, cuda or mps")
        counts: dict[str, object] = {"realisations": self.realisations, "seed": self.seed}
        for name, number in counts.items():
            if not isinstance(number, int | np.integer) or number < 0:
                raise RestorationError(f"{name} is {number!r}; a whole number from 0 on is wanted")

    def to_record(self) -> dict[str, Any]:
        """Return what goes into the record, to be asked again."""
        spans = self.intervals
        told = {
            "curves": None if self.named is None else list(self.named),
            "intervals": None if spans is None else [[float(end) for end in s] for s in spans],
            "edited": self.edited,
        }
        return {**told, "also": list(self.also)} if self.also else told


def list_jobs(
    well: Well,
    suffix: str,
    named: Sequence[str] | None,
    intervals: Sequence[tuple[float, float]] | None,
) -> list[tuple[str, CurveKind, list[Gap]]]:
    """Say what is to be predicted: own mnemonic, kind, gaps."""
    if named is None:
        own_names = [own for name, own in well.canonical.items() if name in TARGETS]
    else:
        own_names = []
        for name in named:
            try:
                own_names.append(well.find(name))
            except CurveNotFoundError:
                if suffix == "RES" or catalogue().canonical(name) is None:
                    raise
                own_names.append(name)
    jobs = []
    for own in dict.fromkeys(own_names):
        kind = catalogue().kind(own)
        measured = next((base for base, version in well.edited.items() if version == own), None)
        if kind is None and measured is not None:
            raise RestorationError(
                f"{own} is the edited {measured}: ask for {measured}, with edited=True (--edited)"
            )
        if kind is None:
            raise RestorationError(
                f"curve {own} of well {well.name} is not a curve that a model knows; "
                f"known are {', '.join(catalogue().kinds)}"
            )
        if suffix == "SYN":
            gaps = [Gap(own, 0, len(well.index), "synthesis")]
        elif not np.isfinite(well.values(own)).any():
            if named is None:
                continue
            raise RestorationError(
                f"curve {own} of well {well.name} is all null, so it has no gap to restore; "
                f"synthesise it instead"
            )
        elif intervals is not None:
            gaps = [_interval_gap(well, own, top, base) for top, base in intervals]
        else:
            gaps = find_gaps(well, [own])
        if gaps:
            jobs.append((own, kind, gaps))
    return jobs


def _interval_gap(well: Well, own: str, top: float, base: float) -> Gap:
    top, base = min(top, base), max(top, base)
    rows = np.flatnonzero((well.index >= top) & (well.index <= base))
    if len(rows) == 0 or top > np.nanmax(well.index) or base < np.nanmin(well.index):
        raise RestorationError(
            f"interval {top:g}-{base:g} {well.index_unit} holds no sample of well {well.name}, "
            f"which runs from {np.nanmin(well.index):g} to {np.nanmax(well.index):g} "
            f"{well.index_unit}; choose an interval inside"
        )
    return Gap(own, int(rows[0]), int(rows[-1]) + 1, "interval")
