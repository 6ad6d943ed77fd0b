"""What a mnemonic in a file means: canonical name, unit, limits, scale and colour.

The knowledge lives in ``curves.toml``; this module only reads it. Units are compared through that
table and never parsed: general unit libraries read ``F`` as farad and ``MD`` as megadebye.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = [
    "Catalogue",
    "CurveKind",
    "catalogue",
    "edited_stem",
    "load_catalogue",
    "made_from",
    "newest",
]


@dataclass(frozen=True)
class CurveKind:
    """One canonical curve: everything that is known before a value is seen."""

    mnemonic: str
    name: str
    unit: str
    aliases: tuple[str, ...]
    limits: tuple[float, float]
    scale: tuple[float, float]
    colour: str
    clip: tuple[float, float] | None = None
    log10: bool = False
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All canonical curves and the spellings of their units."""

    kinds: Mapping[str, CurveKind]
    units: Mapping[str, Mapping[str, float]]
    _by_alias: Mapping[str, str] = field(repr=False)

    def canonical(self, mnemonic: str) -> str | None:
        """Return the canonical mnemonic that ``mnemonic`` stands for, or None.

        Case, blanks and the ``:1`` that readers append to a repeated mnemonic do not matter.
        """
        plain = mnemonic.strip().upper().split(":")[0]
        return self._by_alias.get(plain)

    def kind(self, mnemonic: str) -> CurveKind | None:
        """Return what is known of the curve that ``mnemonic`` stands for, or None."""
        name = self.canonical(mnemonic)
        return None if name is None else self.kinds[name]

    def resolve(self, mnemonics: Iterable[str]) -> dict[str, str]:
        """Map canonical mnemonics to the file's own, choosing the best alias where several fit.

        The order of ``aliases`` in the catalogue decides; among equals the first in the file.
        """
        best: dict[str, tuple[int, str]] = {}
        for mnemonic in mnemonics:
            kind = self.kind(mnemonic)
            if kind is None:
                continue
            rank = kind.aliases.index(mnemonic.strip().upper().split(":")[0])
            if kind.mnemonic not in best or rank < best[kind.mnemonic][0]:
                best[kind.mnemonic] = (rank, mnemonic)
        return {name: mnemonic for name, (_, mnemonic) in best.items()}

    def factor(self, unit: str | None, canonical_unit: str) -> float | None:
        """Return what a value in ``unit`` is multiplied by to be in ``canonical_unit``.

        None where the spelling is not in the table (a blank unit included): the caller decides
        whether to guess, and says so.
        """
        spelling = "".join((unit or "").lower().split())
        return self.units.get(canonical_unit, {}).get(spelling)


def load_catalogue(path: str | Path) -> Catalogue:
    """Read a catalogue of curves from a TOML file laid out like ``curves.toml``.

    Raises
    ------
    ValueError
        Where an alias belongs to two curves or an entry lacks a key.
    """
    with open(path, "rb") as file:
        table = tomllib.load(file)
    kinds: dict[str, CurveKind] = {}
    by_alias: dict[str, str] = {}
    for mnemonic, entry in table["curve"].items():
        try:
            kind = CurveKind(
                mnemonic=mnemonic,
                name=entry["name"],
                unit=entry["unit"],
                aliases=tuple(alias.upper() for alias in entry["aliases"]),
                limits=_pair(entry["limits"]),
                scale=_pair(entry["scale"]),
                colour=entry["colour"],
                clip=_pair(entry["clip"]) if "clip" in entry else None,
                log10=entry.get("log10", False),
                siblings=tuple(entry.get("siblings", ())),
            )
        except KeyError as error:
            raise ValueError(f"{path}: [curve.{mnemonic}] lacks the key {error}") from None
        kinds[mnemonic] = kind
        for alias in kind.aliases:
            if by_alias.setdefault(alias, mnemonic) != mnemonic:
                raise ValueError(
                    f"{path}: alias {alias} is given to both {by_alias[alias]} and {mnemonic}"
                )
    units = {
        unit: {"".join(spelling.lower().split()): factor for spelling, factor in spellings.items()}
        for unit, spellings in table["unit"].items()
    }
    return Catalogue(kinds, units, by_alias)


def _pair(values: list[float]) -> tuple[float, float]:
    first, second = values
    return float(first), float(second)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue shipped with welllog."""
    return load_catalogue(Path(__file__).with_name("curves.toml"))


_MADE_HERE = re.compile(r"(.+)_(?:RES|SYN|P05|P50|P95|FLAG|R\d+|ED)(?:_\d+)?")


def made_from(name: str) -> str | None:
    """Return the curve that another was made from: DTC of DTC_RES, DTC_R1, DTC_RES_2, DTC_ED.

    None where the name is not one that a restoration or an edit gives.
    """
    made = _MADE_HERE.fullmatch(name)
    return None if made is None else made[1]


def edited_stem(own: str) -> str:
    """Return what the edited version of a curve is called: DT_ED of DT, DT_2_ED of DT:2."""
    return f"{own.replace(':', '_')}_ED"  # a colon cannot stand in a mnemonic in a LAS file


def newest(names: Iterable[str], stem: str) -> str | None:
    """Return the last of DTC_ED, DTC_ED_2, DTC_ED_3 ... that is among the names; None without any.

    ``stem`` is DTC_ED here.
    """
    numbered = re.compile(re.escape(stem) + r"(?:_(\d+))?")
    found = [match for name in names if (match := numbered.fullmatch(name))]
    return max(found, key=lambda match: int(match[1] or 1))[0] if found else None
