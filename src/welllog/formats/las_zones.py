"""Zones and tops in a LAS file: ~Parameter items, which other readers and writers leave alone.

``WLZ1_1 .m  1500.0 1550.0 #b3cde3 : Utsira Fm.`` is a zone, with one depth it is a top. Lines of a
file are never changed, so that zones loaded later are a set of their own, ``WLZ2_...``: the last
set is the one that counts, and ``WLZ2_0`` stands for one that is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from welllog.well import HeaderItem, Well
from welllog.zones import Top, Zone

__all__ = ["find_zones", "zone_items"]

_MNEMONIC = re.compile(r"WLZ(\d+)_(\d+)")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def find_zones(items: Iterable[HeaderItem]) -> tuple[list[Zone], list[Top]]:
    """Return the zones and tops of a header, each from the shallowest to the deepest.

    An item that is not as ``zone_items`` makes it, as after an edit by hand, is left out.
    """
    numbered = [
        (int(match[1]), int(match[2]), item)
        for item in items
        if (match := _MNEMONIC.fullmatch(item.mnemonic)) is not None
    ]
    last = max((number for number, _, _ in numbered), default=0)
    zones: list[Zone] = []
    tops: list[Top] = []
    for number, place, item in numbered:
        words = item.value.split()
        colour = words.pop() if words and _COLOUR.fullmatch(words[-1]) else ""
        try:
            depths = [float(word) for word in words]
            if number != last or not place:
                continue
            if len(depths) == 2:
                zones.append(Zone(item.description, depths[0], depths[1], colour))
            elif len(depths) == 1:
                tops.append(Top(item.description, depths[0], colour or Top.colour))
        except ValueError:
            continue
    return sorted(zones, key=lambda zone: zone.top), sorted(tops, key=lambda top: top.depth)


def zone_items(well: Well) -> list[HeaderItem]:
    """Return the items that say which zones and tops a well has, none where its header does.

    Depths come back exactly, and names with single blanks for white space and colons.
    """
    there = well.header.section("Parameter")
    said = [
        (f"{z.top!r} {z.base!r} {z.colour}".rstrip(), _spell(z.name))
        for z in sorted(well.zones, key=lambda zone: zone.top)
    ]
    said += [
        (f"{top.depth!r} {top.colour}".rstrip(), _spell(top.name))
        for top in sorted(well.tops, key=lambda top: top.depth)
    ]
    matches = [_MNEMONIC.fullmatch(item.mnemonic) for item in there]
    last = max((int(match[1]) for match in matches if match), default=0)
    items = [
        HeaderItem(f"WLZ{last + 1}_{place}", well.index_unit, value, name, "Parameter")
        for place, (value, name) in enumerate(said, 1)
    ]
    if find_zones(items) == find_zones(there):
        return []
    return items or [HeaderItem(f"WLZ{last + 1}_0", "", "none", "no zones, no tops", "Parameter")]


def _spell(name: str) -> str:
    return re.sub(r"[\s:]+", " ", name).strip()
