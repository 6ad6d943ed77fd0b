"""What a restoration found and did not fill, and why: ``restore`` says it at the end."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from welllog.gaps import Gap
    from welllog.restoration import Restoration
    from welllog.well import Well

__all__ = ["describe_remainder", "find_remainder"]

_MOST = 3
"""Stretches that are told by their depths, the longest first."""
_MOST_CURVES = 10


def find_remainder(
    well: Well, restoration: Restoration, named: Sequence[str] | None, can: Container[str]
) -> list[dict[str, Any]]:
    """Find the gaps and doubtful stretches of a well that a restoration of all gaps left.

    Parameters
    ----------
    well : Well
        As it was before.
    restoration : Restoration
    named : sequence of str or None
        Curves that were asked for; None for all.
    can : container of str
        Canonical curves that the model restores.

    Returns
    -------
    list of dict
        One for each curve and reason (of ``gaps.REASONS``, or "no value" of a curve without any):
        ``curve``, ``reason``, ``why`` it was left, ``restorable``, ``gaps`` with top and base in
        the unit of the index. Curves that were left with a warning are not repeated.
    """
    import numpy as np

    from welllog.gaps import GapSettings, find_gaps
    from welllog.mnemonics import catalogue

    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in find_gaps(well, named, settings=GapSettings.with_quality()):
        found.setdefault((gap.curve, gap.reason), []).append(gap)
    if named is None:
        for canonical, own in well.canonical.items():
            if canonical in can and not np.isfinite(well.values(own)).any():
                found[own, "no value"] = []
    remainder = []
    for (own, reason), gaps in found.items():
        if own in restoration.skipped or (reason == "null" and own in restoration.curves):
            continue
        restorable = catalogue().canonical(own) in can
        if not restorable:
            why = f"{restoration.model} does not restore it"
        elif reason == "no value":
            why = "synthesize predicts whole curves"
        elif reason == "null":
            why = f"restored only where --curve {own} asks for it"
        else:
            why = "measured: replaced only with --interval"
        places = [gap.depths(well.index) for gap in gaps]
        remainder.append(
            {
                "curve": own,
                "reason": reason,
                "why": why,
                "restorable": restorable,
                "gaps": [
                    {"top": top, "base": base, "samples": gap.size}
                    for gap, (top, base) in zip(gaps, places, strict=True)
                ],
            }
        )
    return remainder


def describe_remainder(remainder: Sequence[dict[str, Any]], unit: str, model: str) -> list[str]:
    """Return a line for each curve and reason, and one for all that the model does not restore."""
    lines = []
    others: dict[str, int] = {}
    for entry in remainder:
        if not entry["restorable"]:
            others[entry["curve"]] = others.get(entry["curve"], 0) + len(entry["gaps"])
            continue
        gaps = sorted(entry["gaps"], key=lambda gap: -gap["samples"])
        where = ", ".join(f"{gap['top']:g}-{gap['base']:g}" for gap in gaps[:_MOST])
        where = f" {where} {unit}" if gaps else ""
        more = f" and {len(gaps) - _MOST} shorter" if len(gaps) > _MOST else ""
        lines.append(f"left {entry['curve']:<8} {entry['reason']}{where}{more} ({entry['why']})")
    if others:
        names = [f"{curve} ({count})" for curve, count in others.items()]
        rest = f" and {len(names) - _MOST_CURVES} more" if len(names) > _MOST_CURVES else ""
        lines.append(f"left {', '.join(names[:_MOST_CURVES])}{rest}: {model} does not restore them")
    return lines
