"""What the header of a viewer says, gathered from its layers: tracks, scales, what can be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._places import edges
from welllog.tracks import Track, format_number

if TYPE_CHECKING:
    from napari_welllog._log_view import LogView

TRACKED = ("curve", "strip", "image")
"""Kinds of layers that make a track: what else there is stands in the track of one of these."""


def collect_tracks(view: LogView) -> tuple[Any, ...]:
    """Return a ``HeaderTrack`` for each track that is shown, from left to right."""
    from napari_welllog._header import HeaderTrack

    grouped: dict[tuple[int, int], list[tuple[Any, dict[str, Any]]]] = {}
    for layer, record in view.records(*TRACKED, "fill"):
        key = (id(record["well"]), record["place"]["track"])
        members = grouped.setdefault(key, [])
        what = [(r["kind"], r["curve"], r.get("caption")) for _, r in members]
        if (record["kind"], record["curve"], record.get("caption")) not in what:  # a duplicate
            members.append((layer, record))
    tracks = []
    for members in grouped.values():
        layer, first = members[0]
        scales = tuple(r["scale"] for _, r in members if r["kind"] == "curve")
        fills = tuple((r["caption"], r["colour"]) for _, r in members if r["kind"] == "fill")
        plain = Track("", scales, grid="plain" not in first["place"])
        track = first.get("track", plain)
        if not layer.visible:
            track = replace(track, lanes=())
        if scales or "track" in first:  # not of fills that are left alone
            named = tuple(fill for fill in fills if fill[0])
            well = first["well"]
            shift, second = view.world_of(well, 0.0), view.references.writer(well)
            tracks.append(HeaderTrack(well, *edges(first["place"]), track, named, shift, second))
    return tuple(sorted(tracks, key=lambda shown: shown.left))


def collect_readable(view: LogView, tracks: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """Return (well, values) of each curve, and (well, lanes) of each strip, in their order."""
    found: list[tuple[Any, Any]] = []
    curves = [r for _, r in view.records("curve") if "made" in r]
    made = {(id(r["well"]), r["curve"]): r["made"] for r in curves}
    for shown in tracks:
        if shown.track.lanes:
            found.append((shown.well, shown.track.lanes))
        for curve in shown.track.curves:
            own, well = curve.mnemonic, shown.well
            source = made.get((id(well), own), well)
            values = (
                source.values(own) if own in source.curves else np.full(len(well.index), np.nan)
            )
            found.append((well, values))  # nulls: it was synthesised
    return found


def write_scales(viewer: Any, curves: list[tuple[Any, dict[str, Any]]]) -> None:
    """Write the scales in the corner of the canvas, where there can be no header."""
    lines = [
        f"{scale.mnemonic}  {format_number(scale.left)} to {format_number(scale.right)} "
        f"{scale.unit}"
        for scale in (record["scale"] for _, record in curves)
    ]
    text = viewer.canvas.overlays.text
    text.position = "top_left"
    text.text = "\n".join(lines)
    text.visible = bool(lines)
