"""Curves of core that a session has made, as layers in tracks beside those of the well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_welllog._layers import make_curve_layer
from napari_welllog._places import place_beside
from napari_welllog._track_layers import LayerTuple
from welllog.cores.core_records import ACTION
from welllog.tracks import lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from welllog.session import Work


def core_curves_of(work: Work) -> list[str]:
    """Return the curves of core that were made in a session, without their errors."""
    records = work.current.history[len(work.well.history) :]
    made = [name for r in records if r.get("action") == ACTION for name in r["made"]]
    return [name for name in made if not name.endswith("_SE")]


def to_core_curve_layers(
    work: Work, names: Sequence[str], records: Sequence[dict[str, Any]], canvas: str
) -> list[LayerTuple]:
    """Turn curves of core into layers, in the tracks of the template of core.

    ``records`` are those of the layers of the well: a curve that is shown stays where it is, others
    come to it or stand to the right of all there are.
    """
    made = work.current
    shown = {r["curve"]: r["place"] for r in records if "made" in r}
    places = [r["place"] for r in records if "place" in r]
    layers: list[LayerTuple] = []
    for track in lay_out(made, names, template="core"):
        curves = [curve for curve in track.curves if curve.mnemonic in names]
        if not curves:
            continue
        known = [shown[curve.mnemonic] for curve in curves if curve.mnemonic in shown]
        place = known[0] if known else place_beside(places)
        places.append(place)
        layers += [make_curve_layer(work.well, curve, place, canvas, made) for curve in curves]
    return layers
