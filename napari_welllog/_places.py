"""Where a layer of a well stands in the viewer's world, and the record that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

KEY = "welllog"
SCHEMA = 2
GAP = 0.08
"""Between two neighbouring tracks, in widths of a usual track."""
PITCH = 1 + GAP
"""Distance between the left edges of two neighbouring usual tracks."""


def describe(layer: Any) -> dict[str, Any] | None:
    """Return what a layer (or the metadata of a layer tuple) shows, None if not of a well."""
    metadata = layer if isinstance(layer, dict) else layer.metadata
    record = metadata.get(KEY)
    return record if isinstance(record, dict) and record.get("schema") == SCHEMA else None


def make_places(
    widths: Sequence[float], left: float, width: float, suffix: str
) -> list[dict[str, Any]]:
    """Return the place of each track of a well, side by side.

    Parameters
    ----------
    widths : sequence of float
        Of the tracks, in usual widths.
    left, width : float
        World coordinate of the first track's left edge, and the width of a usual track.
    suffix : str
        Follows the names of layers.
    """
    places = []
    offset = 0.0
    for number, share in enumerate(widths):
        places.append(
            {"track": number, "offset": offset, "share": share, "left": left, "width": width,
             "suffix": suffix}
        )  # fmt: skip
        offset += share + GAP
    return places


def place_beside(places: Iterable[dict[str, Any]], share: float = 1.0) -> dict[str, Any]:
    """Return the place of a further track, to the right of those there are."""
    last = max(places, key=lambda place: place["offset"])
    offset = last["offset"] + last["share"] + GAP
    return {**bare_place(last), "track": last["track"] + 1, "offset": offset, "share": share}


def place_before(first: dict[str, Any], share: float) -> dict[str, Any]:
    """Return the place of a further track, to the left of the first there is."""
    offset = first["offset"] - share - GAP
    return {**bare_place(first), "track": first["track"] - 1, "offset": offset, "share": share}


def bare_place(place: dict[str, Any]) -> dict[str, Any]:
    """Return a place without the scale of the curve that is shown there, and with a grid."""
    return {key: value for key, value in place.items() if key not in ("scale", "plain")}


def across(position: Any, place: dict[str, Any]) -> Any:
    """Return where positions in a track lie in the data of its layers."""
    return place["offset"] + place["share"] * position


def edges(place: dict[str, Any]) -> tuple[float, float]:
    """Return the world coordinates of a track's left and right edge."""
    left = place["left"] + place["width"] * place["offset"]
    return left, left + place["width"] * place["share"]


def fit_to_place(
    record: dict[str, Any], stretch: float = 1.0, down: float = 0.0
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return scale and translate of a layer, its tracks so many times as wide as ``place`` says.

    ``down``: how far the well is moved down to hang beside others.
    """
    place = record.get("place", {"width": 1.0, "left": 0.0})
    if "grid" not in record:
        return (1.0, place["width"] * stretch), (down, place["left"] * stretch)
    top, step, sectors = record["grid"]
    left, right = (stretch * edge for edge in edges(place))
    sector = (right - left) / sectors
    # A pixel is drawn about its middle.
    return (step, sector), (top + down, left + sector / 2)
