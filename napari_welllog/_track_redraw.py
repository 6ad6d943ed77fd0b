"""A well drawn anew by another template: what stays the same stays the same layer.

napari takes a tenth of a second and more to add or to remove a layer, and a few milliseconds to
give one other data; so a layer is changed where it is whenever what it shows is still shown.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_welllog._core_layers import is_core_ground
from napari_welllog._layers import (
    LayerTuple,
    arrange,
    interval_rectangle,
    read_intervals,
    redraw,
    to_track_layers,
)
from napari_welllog._marks import to_marked_layer
from napari_welllog._places import KEY, bare_place, describe, make_places
from napari_welllog._track_layers import make_strip_layer

if TYPE_CHECKING:
    from napari_welllog._log_view import LogView
    from welllog.templates import Template
    from welllog.tracks import Track, TrackCurve
    from welllog.well import Well

_OF_FILE = ("curve", "strip", "image", "core", "fill", "band", "restored")


def redraw_tracks(
    viewer: Any,
    view: LogView,
    well: Well,
    template: Template | str | None,
    others: Container[Any] = (),
) -> None:
    """Draw the tracks of a well by a template; the selection stays, the view is fitted anew.

    Wells to the right move where the tracks become wider or narrower.

    Parameters
    ----------
    viewer : napari.Viewer
    view : LogView
    well : Well
        One that the viewer shows.
    template : Template or str, optional
        As in ``tracks.lay_out``.
    others : container of layers
        Layers of the well that are somebody else's, and stay as they are.

    Raises
    ------
    LayerError
        By the template nothing of the well could be seen; what is shown stays.
    """
    own = _layers_of_file(view, well, others)
    tracks = arrange(well, template=template, room=view.room)
    first = min((r["place"] for _, r in own), key=lambda place: place["offset"])
    places = make_places(
        [track.width for track in tracks], first["left"], first["width"], first["suffix"]
    )
    left, right = view.sides(well)
    beyond = [each for each in view.wells() if view.sides(each)[0] > left and each is not well]
    selected = set(viewer.layers.selection)
    made = _make(view, well, zip(tracks, places, strict=True), own)
    shown = _bring_in(viewer, view, own, made)
    moved = view.sides(well)[1] - right
    for other in beyond if moved else ():
        move_across(view, other, moved)
    span_tracks(view, well)
    _put_in_order(viewer, shown)
    view.refresh()
    viewer.layers.selection = {layer for layer in selected if layer in viewer.layers}


def rescale_tracks(
    view: LogView, well: Well, template: Template | str | None, others: Container[Any] = ()
) -> bool:
    """Draw the curves of a well that are shown on the scales of now; return if any has changed.

    Nothing is added, removed or moved. Parameters as in ``redraw_tracks``.
    """
    own = _layers_of_file(view, well, others)
    tracks = arrange(well, template=template, room=view.room)
    scales = {curve.mnemonic: curve for track in tracks for curve in track.curves}
    grouped: dict[int, list[tuple[Any, dict[str, Any]]]] = {}
    for layer, record in own:
        grouped.setdefault(record["place"]["track"], []).append((layer, record))
    changed = False
    for members in grouped.values():
        curves = [r["scale"] for _, r in members if r["kind"] == "curve"]
        names = {curve.mnemonic for curve in curves}
        if all(_alike(curve, scales.get(curve.mnemonic, curve)) for curve in curves):
            continue
        shared = [len(names & {curve.mnemonic for curve in track.curves}) for track in tracks]
        track, place = tracks[int(np.argmax(shared))], bare_place(members[0][1]["place"])
        made = view.suit(to_track_layers(well, track, place, view.canvas_colour))
        by_key = {_key(_record_of(each), each[1]["name"]): each for each in made}
        for layer, record in members:
            each = by_key.get(_key(record, layer.name))
            if each is not None:
                _become(layer, *each[:2])
        changed = True
    if changed:
        span_tracks(view, well)
    return changed


def _alike(one: TrackCurve, other: TrackCurve) -> bool:
    return (one.left, one.right, one.log) == (other.left, other.right, other.log)


def _layers_of_file(
    view: LogView, well: Well, others: Container[Any]
) -> list[tuple[Any, dict[str, Any]]]:
    """Return layers, with their records, of what the file of a well holds."""
    return [
        (layer, r)
        for layer, r in view.records(*_OF_FILE)
        if r["well"] is well and layer not in others and r.get("restoration") is None
    ]


def _record_of(made: LayerTuple) -> dict[str, Any]:
    record = describe(made[1]["metadata"])
    assert record is not None
    return record


class KeptView:
    """What a view showed, to be shown again: the depths, and all tracks where all were seen."""

    def __init__(self, view: LogView) -> None:
        self._view, self._rect = view, view.rect
        self._fitted = False
        if self._rect is not None:
            view.fit()
            assert view.rect is not None
            self._fitted = bool(np.allclose(view.rect[:2], self._rect[:2]))
            self._whole = bool(np.allclose(view.rect, self._rect))
            view.show_rect(self._rect)

    def restore(self) -> None:
        """Show it."""
        if self._rect is None or self._whole:
            self._view.fit()  # the header may have become higher
            return
        self._view.fit()
        fitted = self._view.rect
        assert fitted is not None
        across = fitted[:2] if self._fitted else self._rect[:2]
        self._view.show_rect((across[0], across[1], self._rect[2], self._rect[3]))


def _make(
    view: LogView,
    well: Well,
    placed: Iterable[tuple[Track, dict[str, Any]]],
    own: list[tuple[Any, dict[str, Any]]],
) -> list[LayerTuple]:
    """Return layer tuples of all tracks; pictures that are shown already come without data."""
    made: list[LayerTuple] = []
    for track, place in placed:
        kept, ground = _pictures_of(track, own)
        if ground is not None:
            made.append(make_strip_layer(well, ground, place))
        for layer, record in kept:
            moved = {"name": layer.name, "metadata": {KEY: {**record, "place": place}}}
            made.append((None, moved, "image"))
        if not kept and ground is None:
            made += to_track_layers(well, track, place, view.canvas_colour)
    return view.suit(made)


def _pictures_of(
    track: Track, own: list[tuple[Any, dict[str, Any]]]
) -> tuple[list[tuple[Any, dict[str, Any]]], Track | None]:
    """Return what shows the pictures of a track already, and the ground of those of core."""
    if track.image is not None:
        images = [(e, r) for e, r in own if r["kind"] == "image"]
        return [(e, r) for e, r in images if r["track"].image == track.image][:1], None
    grounds = [r["track"] for _, r in own if is_core_ground(r)]
    if not track.cores or not grounds or grounds[0].cores != track.cores:
        return [], None
    ground = replace(grounds[0], title=track.title, width=track.width)
    return [(e, r) for e, r in own if r["kind"] == "core"], ground


def _key(record: dict[str, Any], name: str) -> tuple[Any, ...]:
    """Return what makes two layers show the same, wherever it stands."""
    kind = record["kind"]
    if kind == "strip":
        return kind, record["track"].kind, record["track"].title
    if kind in ("curve", "fill"):
        return kind, record["curve"], record.get("caption")
    return kind, name.removesuffix(record["place"]["suffix"])


def _bring_in(
    viewer: Any, view: LogView, own: list[tuple[Any, dict[str, Any]]], made: list[LayerTuple]
) -> list[Any]:
    """Change, add and remove layers until they are those that were made; return these in order."""
    there: dict[tuple[Any, ...], list[Any]] = {}
    for layer, record in own:
        there.setdefault(_key(record, layer.name), []).append(layer)
    shown: list[Any] = []
    fresh: list[tuple[int, LayerTuple]] = []
    last: dict[tuple[Any, ...], LayerTuple] = {}
    for each in made:
        key = _key(_record_of(each), each[1]["name"])
        last[key] = each
        if there.get(key):
            shown.append(there[key].pop(0))
            _become(shown[-1], *each[:2])
        else:
            fresh.append((len(shown), each))
            shown.append(None)
    for key, layers in there.items():
        for layer in layers:
            if key in last and key[0] != "fill":  # a duplicate, made with napari's own tools
                _become(layer, *last[key][:2])
            else:
                viewer.layers.remove(layer)
    add = {"vectors": viewer.add_vectors, "image": viewer.add_image}
    view.insertion.expect(each for _, each in fresh)
    for number, (data, meta, of) in fresh:
        shown[number] = add[of](data, **meta)
    view.insertion.finish()
    for number, _ in fresh:
        if number:  # among the layers of its well, whatever else there is
            layers = viewer.layers
            layers.move(layers.index(shown[number]), layers.index(shown[number - 1]) + 1)
    return shown


def _become(layer: Any, data: Any, meta: dict[str, Any]) -> None:
    """Let a layer show what a tuple says; nothing is done twice."""
    old, new = describe(layer), describe(meta["metadata"])
    assert old is not None and new is not None
    if data is None:
        layer.metadata = meta["metadata"]
        return
    alike = ("place", "scale", "colour", "track")
    if all(old.get(name) == new.get(name) for name in alike) and np.array_equal(layer.data, data):
        layer.metadata = meta["metadata"]
    elif new["kind"] == "image":
        layer.data, layer.metadata = data, meta["metadata"]
    else:
        redraw(layer, data, meta)
    if "edge_width" in meta and layer.edge_width != meta["edge_width"]:
        layer.edge_width = meta["edge_width"]
    if new["kind"] == "fill" and layer.opacity != meta["opacity"]:
        layer.opacity = meta["opacity"]


def move_across(view: LogView, well: Well, by: float) -> None:
    """Move a well to the right, in world units; its layers follow in ``LogView.refresh``."""
    for layer, record in view.records():
        if record["well"] is well and "place" in record:
            place = {**record["place"], "left": record["place"]["left"] + by}
            layer.metadata = {**layer.metadata, KEY: {**record, "place": place}}
    span_tracks(view, well)


def span_tracks(view: LogView, well: Well) -> None:
    """Let what lies across all tracks of a well, picked or marked, reach from side to side."""
    sides = view.sides(well)
    for layer, record in view.records("intervals", "marked"):
        if record["well"] is not well:
            continue
        if record["kind"] == "marked":
            places = view.places(well)
            made = to_marked_layer(well, record["rows"], places, view.canvas_colour)
            ((data, meta, _),) = view.suit([made])
            if _record_of(made)["place"] != record["place"]:
                redraw(layer, data, meta)
        elif tuple(record["sides"]) != sides:
            layer.metadata = {**layer.metadata, KEY: {**record, "sides": sides}}
            if len(layer.data):
                layer.data = [interval_rectangle(*s, *sides) for s in read_intervals(layer.data)]
                layer.face_color, layer.edge_width = "#ffb300", 0


def _put_in_order(viewer: Any, shown: list[Any]) -> None:
    """Let the layers of each track lie over each other in the order in which they were made."""
    tracks: dict[int, list[Any]] = {}
    for layer in shown:
        record = describe(layer)
        assert record is not None
        tracks.setdefault(record["place"]["track"], []).append(layer)
    for members in tracks.values():
        for below, above in pairwise(members):
            under, over = viewer.layers.index(below), viewer.layers.index(above)
            if over < under:
                viewer.layers.move(over, under + 1)
