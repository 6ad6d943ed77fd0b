"""Layers of what is not decided yet: candidates, each in a colour of its own, and blind tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._layers import (
    OUTSIDE_COLOUR,
    LayerTuple,
    to_restored_layers,
    trace_line,
)
from napari_welllog._places import KEY, describe
from welllog.restoration import Restoration, RestoredCurve
from welllog.tracks import choose_track_curve, legible, positions

if TYPE_CHECKING:
    from welllog.blind_test import BlindTest
    from welllog.candidates import Candidate
    from welllog.well import Well

COLOURS = ("#00acc1", "#d81b60", "#7cb342", "#ffb300", "#7e57c2", "#f4511e")
"""Of the candidates of a curve, in the order in which they were made; round again after six."""

Places = dict[str, dict[str, Any]]


def to_candidate_layers(
    well: Well, candidate: Candidate, places: Places, canvas: str, colour: str
) -> list[LayerTuple]:
    """Turn a candidate into layer tuples: band and line in its colour; red outside experience.

    Its realisations are one layer of thin lines.

    Parameters
    ----------
    well : Well
        The measured well.
    candidate : Candidate
        Its name is the name of the line.
    places : dict
        Own mnemonic to the ``place`` of the layer that shows the measured curve.
    canvas, colour : str
        Background and colour, ``#rrggbb``; the colour is made legible.
    """
    shown = Restoration(
        well, {candidate.curve.mnemonic: candidate.curve}, candidate.model, candidate.record, 0.0
    )
    made = _own(
        to_restored_layers(well, shown, places, canvas),
        {"kind": "candidate", "candidate": candidate.name},
        candidate.name,
        legible(colour, canvas),
    )
    if not candidate.curve.realisations:
        return made
    _, meta, of = made[-1]
    record = describe(meta["metadata"])
    assert record is not None
    filled, scale, place = candidate.curve.flag > 0, record["scale"], record["place"]
    fills = [
        trace_line(well, positions(fill, scale), filled & np.isfinite(fill), place)
        for fill in candidate.curve.realisations
    ]
    thin = {
        **meta,
        "name": f"{candidate.name} realisations" + place["suffix"],
        "metadata": {KEY: {**record, "kind": "realisations"}},
        "edge_color": legible(colour, canvas),
        "edge_width": 0.6,
        "opacity": 0.6,
    }
    return [*made[:-2], (np.concatenate(fills), thin, of), *made[-2:]]


def to_blind_layers(
    well: Well, test: BlindTest, model: str, places: Places, canvas: str, colour: str
) -> list[LayerTuple]:
    """Turn what a model made of the intervals of a blind test into layer tuples."""
    fill = test.fills[model]
    shown = Restoration(well, {fill.mnemonic: fill}, model, {}, 0.0)
    return _own(
        to_restored_layers(well, shown, places, canvas),
        {"kind": "blind", "blind": model},
        f"{fill.mnemonic} blind test of {model}",
        legible(colour, canvas),
    )


def to_edited_layers(
    well: Well, edited: Well, own: str, places: Places, canvas: str
) -> list[LayerTuple]:
    """Turn the edited version of a curve into layer tuples: a line in the curve's colour."""
    values = edited.values(edited.edited[own])
    nothing = np.full(values.shape, np.nan)
    flag = np.isfinite(values).astype(np.int8)
    unit = edited.curves[own].units or ""
    line = RestoredCurve(own, own, unit, values, values, nothing, nothing, flag, [])
    made = _own(
        to_restored_layers(
            well, Restoration(edited, {own: line}, "edits", {}, 0.0), places, canvas
        ),
        {"kind": "edited", "edited": own},
        f"{own} edited",
        legible(choose_track_curve(edited, own).colour, canvas),
    )
    for _, meta, _ in made:
        meta["edge_width"] = 1.0
    return made


def _own(
    layers: list[LayerTuple], said: dict[str, Any], name: str, colour: str
) -> list[LayerTuple]:
    """Give the layers of a restoration another name, colour and meaning."""
    made: list[LayerTuple] = []
    for data, meta, of in layers:
        record = describe(meta["metadata"])
        if record is None or record["kind"] == "curve":
            made.append((data, meta, of))
            continue
        band = record["kind"] == "band"
        warned = np.asarray(meta["edge_color"]) == OUTSIDE_COLOUR
        record = {**record, **said, "ink": colour}
        if band:
            record["kind"] = "band"
        meta = {
            **meta,
            "name": name + (" 90 % band" if band else "") + record["place"]["suffix"],
            "metadata": {KEY: record},
            "edge_color": colour,
        }
        if band:
            meta["opacity"] = 0.3
        else:
            meta["edge_color"] = np.where(warned, OUTSIDE_COLOUR, colour) if warned.ndim else colour
        made.append((data, meta, of))
    return made
