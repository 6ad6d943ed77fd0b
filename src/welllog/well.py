"""A well: one index, its curves, what its header says, and what has been done to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from welllog.mnemonics import catalogue, edited_stem, newest

if TYPE_CHECKING:
    import welly

    from welllog.cores.placement import Placement
    from welllog.zones import Top, Zone

__all__ = ["CurveNotFoundError", "Header", "HeaderItem", "Remark", "Well"]

FloatArray = NDArray[np.float64]


class CurveNotFoundError(KeyError):
    """A curve was asked for that the well does not have."""

    def __init__(self, mnemonic: str, well: Well) -> None:
        self.mnemonic = mnemonic
        have = ", ".join(well.curves) or "none"
        super().__init__(f"well {well.name} has no curve {mnemonic}; it has {have}")

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Remark:
    """Something guessed or repaired while a file was read."""

    problem: str
    """What is wrong, in one sentence."""
    where: str = ""
    """Line number, section or curve."""
    severity: Literal["info", "minor", "major"] = "minor"
    """info: worth knowing; minor: repaired with certainty; major: guessed, look at it."""
    action: str = ""
    """What was done about it."""
    standard: str = ""
    """Section of the standard that is broken, where there is one."""

    def __str__(self) -> str:
        parts = [f"{self.severity}: {self.problem}"]
        if self.where:
            parts.append(f"({self.where})")
        if self.action:
            parts.append(f"- {self.action}")
        if self.standard:
            parts.append(f"[{self.standard}]")
        return " ".join(parts)


@dataclass(frozen=True)
class HeaderItem:
    """One line of a header: ``MNEM.UNIT value : description``."""

    mnemonic: str
    unit: str
    value: str
    description: str
    section: str
    """Canonical section: Version, Well, Curve, Parameter, Other, or the file's own title."""


@dataclass(frozen=True)
class Header(Mapping[str, HeaderItem]):
    """The header's items, by mnemonic: ``header["WELL"].value``.

    A mnemonic is looked up without regard to case in the sections in the file's order, the curve
    section last. ``section("Parameter")`` lists one section whole.
    """

    items_in_order: tuple[HeaderItem, ...] = ()

    def __getitem__(self, mnemonic: str) -> HeaderItem:
        wanted = mnemonic.upper()
        for item in sorted(self.items_in_order, key=lambda item: item.section == "Curve"):
            if item.mnemonic.upper() == wanted:
                return item
        raise KeyError(mnemonic)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(item.mnemonic for item in self.items_in_order))

    def __len__(self) -> int:
        return len({item.mnemonic for item in self.items_in_order})

    def section(self, name: str) -> list[HeaderItem]:
        """Return the items of one section in the file's order."""
        return [item for item in self.items_in_order if item.section == name]

    def value(self, mnemonic: str, default: str = "") -> str:
        """Return the value of an item, or ``default`` where it is absent or blank."""
        try:
            return self[mnemonic].value or default
        except KeyError:
            return default


def free_key(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: itself, or with a number."""
    key, number = name, 2
    while key in taken:
        key, number = f"{name} ({number})", number + 1
    return key


def tell_apart(wells: Iterable[Well]) -> list[str]:
    """Return the names of wells, with a number where an earlier one has the same."""
    names: list[str] = []
    for well in wells:
        names.append(free_key(well.name or "(no name)", names))
    return names


@dataclass
class Well:
    """One well on one index.

    The index runs as in the file (it may run upwards). Curve values are in the file's units with
    NaN as null; ``canonical_values`` gives them in the units of the catalogue.
    """

    name: str
    index: FloatArray
    """Shape (n,), in ``index_unit``."""
    index_unit: str = "m"
    index_mnemonic: str = "DEPT"
    curves: dict[str, welly.Curve] = field(default_factory=dict)
    """Every curve but the index: the file's own mnemonic, in the file's order."""
    header: Header = field(default_factory=Header)
    report: list[Remark] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    """Named depth intervals, in ``index_unit``; shown beside the curves, not written to LAS."""
    tops: list[Top] = field(default_factory=list)
    """Named depths, in ``index_unit``."""
    cores: list[Placement] = field(default_factory=list)
    """Pictures of core beside the curves, placed in ``index_unit``; kept in a side-car of their
    own (``cores.placement_files``)."""
    path: Path | None = None
    document: Any = None
    """Lossless model of the file the well was read from (``formats.las.LasDocument``), or None."""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """By what other files may call the well: its name, its UWI, its API number."""
        said = {item.mnemonic.upper(): item.value for item in self.header.section("Well")}
        given = (self.name, said.get("UWI", ""), said.get("API", ""))
        return tuple(dict.fromkeys(name.strip() for name in given if name.strip()))

    @property
    def step(self) -> float:
        """Median sampling step in ``index_unit``, positive; NaN for fewer than two samples."""
        return float(np.median(np.abs(np.diff(self.index)))) if len(self.index) > 1 else np.nan

    def length_of(self, top: float, base: float) -> float:
        """Return what the samples from top to base stand for, in index units, both included.

        That is a step more than lies between them: a single sample has the length of a step.
        """
        return abs(base - top) + float(np.nan_to_num(self.step))

    @property
    def metres_per_unit(self) -> float:
        """Return what an index value is multiplied by to be in metres (NaN for a time index)."""
        factor = catalogue().factor(self.index_unit, "m")
        return np.nan if factor is None else factor

    @property
    def depth_m(self) -> FloatArray:
        """The index in metres, shape (n,); an index in an unknown unit is returned unchanged."""
        factor = self.metres_per_unit
        return self.index if np.isnan(factor) else self.index * factor

    @property
    def canonical(self) -> dict[str, str]:
        """Canonical mnemonic -> this well's own mnemonic, for the curves the catalogue knows."""
        return catalogue().resolve(self.curves)

    def find(self, mnemonic: str) -> str:
        """Return the well's own mnemonic for a curve named by it, or by its canonical mnemonic.

        Raises
        ------
        CurveNotFoundError
            Where the well has no such curve.
        """
        if mnemonic in self.curves:
            return mnemonic
        for own in self.curves:
            if own.upper() == mnemonic.upper():
                return own
        canonical = self.canonical
        name = catalogue().canonical(mnemonic)
        if name in canonical:
            return canonical[name]
        raise CurveNotFoundError(mnemonic, self)

    def values(self, mnemonic: str) -> FloatArray:
        """Return a curve's values, shape (n,), in the file's unit, NaN where null."""
        from welllog.welly_bridge import curve_values

        return curve_values(self.curves[self.find(mnemonic)])

    def unit_factor(self, mnemonic: str) -> float:
        """Return what a value of this curve is multiplied by to be in its canonical unit.

        1 for a curve the catalogue does not know, or whose unit it does not know. A porosity is
        per cent or a fraction by its values where they contradict its unit: files say "pu" of
        fractions and "v/v" of per cent.
        """
        own = self.find(mnemonic)
        kind = catalogue().kind(own)
        if kind is None:
            return 1.0
        factor = catalogue().factor(self.curves[own].units, kind.unit)
        if kind.unit == "m3/m3":
            values = self.values(own)
            values = values[np.isfinite(values)]
            if len(values):
                return 0.01 if np.percentile(values, 90) > 1.5 else 1.0
        return 1.0 if factor is None else factor

    def canonical_values(self, mnemonic: str) -> FloatArray:
        """Return a curve's values, shape (n,), in the canonical unit, NaN where null."""
        return self.values(mnemonic) * self.unit_factor(mnemonic)

    def add_curve(
        self, mnemonic: str, values: ArrayLike, *, unit: str = "", description: str = ""
    ) -> None:
        """Append a curve, shape (n,), on the well's own index.

        Raises
        ------
        ValueError
            Where the mnemonic is taken or the length is not that of the index.
        """
        from welllog.welly_bridge import make_curve

        values = np.asarray(values)
        if mnemonic in self.curves or mnemonic == self.index_mnemonic:
            raise ValueError(f"well {self.name} already has a curve {mnemonic}")
        if values.shape != self.index.shape:
            raise ValueError(
                f"curve {mnemonic} has shape {values.shape}, the index {self.index.shape}"
            )
        self.curves[mnemonic] = make_curve(
            mnemonic,
            values,
            self.index,
            unit=unit,
            description=description,
            index_name=self.index_mnemonic,
            index_unit=self.index_unit,
        )

    @property
    def edited(self) -> dict[str, str]:
        """Own mnemonic -> its edited version (DT -> DT_ED), for the curves that have one."""
        versions = {own: newest(self.curves, edited_stem(own)) for own in self.curves}
        return {own: version for own, version in versions.items() if version is not None}

    def with_edits(self) -> Well:
        """Return a copy in which each curve that has an edited version is that version.

        For looking at, as ``restore(edited=True)`` does, and not for writing: a file never gets
        other numbers under a measured curve's name.
        """
        view = self.copy()
        view.curves |= {own: self.curves[version] for own, version in self.edited.items()}
        return view

    def copy(self) -> Well:
        """Return a well that can be changed without changing this one (curves are shared)."""
        return Well(
            name=self.name,
            index=self.index,
            index_unit=self.index_unit,
            index_mnemonic=self.index_mnemonic,
            curves=dict(self.curves),
            header=self.header,
            report=list(self.report),
            history=list(self.history),
            zones=list(self.zones),
            tops=list(self.tops),
            cores=list(self.cores),
            path=self.path,
            document=self.document,
        )
