"""A well as napari layers, and layers as a well. The schema is described in docs/layers.md.

Every layer is one that napari itself can carry, duplicate and save: ``vectors`` for curves, fills
and strips, ``image`` for borehole images, ``shapes`` for picked intervals. What a layer means is in
``layer.metadata["welllog"]``. A layer shows a curve and is never the curve: values are saved from
the well, not from the picture. Where a layer stands is in ``_places``; what is no curve becomes a
layer in ``_track_layers``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_welllog._core_layers import core_track, make_core_ground, make_core_layers
from napari_welllog._places import (
    GAP,
    KEY,
    PITCH,
    SCHEMA,
    across,
    describe,
    make_places,
    place_beside,
)
from napari_welllog._saved_restorations import count_saved, saved_names, with_synthesised
from napari_welllog._track_layers import (
    LayerTuple,
    make_fill_layer,
    make_image_layer,
    make_strip_layer,
    make_vectors,
)
from welllog.mnemonics import made_from
from welllog.palette import choose_theme
from welllog.tracks import (
    Track,
    TrackCurve,
    choose_track_curve,
    lay_out,
    legible,
    log_interval,
    polyline,
    positions,
    with_room_for,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from welllog.restoration import Restoration
    from welllog.templates import Template
    from welllog.track_scales import Room
    from welllog.well import Well

SHAPE = 1.4
"""Width over height of a whole well when napari fits it to the canvas."""
OUTSIDE_COLOUR = "#ff5252"
_INSET = 0.012
_MOST_UNKNOWN = 10
"""Of a file that holds no known curve the first so many are shown, each on a scale of its own."""


class LayerError(ValueError):
    """Layers cannot be turned into a well."""


def choose_width(well: Well, widths: Sequence[float]) -> float:
    """Return the width of a usual track in world units with which napari's fit shows the well.

    ``widths`` are those of its tracks, in usual ones.
    """
    top, base = log_interval(well)
    return max(base - top, 1.0) * SHAPE / max(sum(widths) + GAP * len(widths), 3 * PITCH)


def to_layers(
    well: Well,
    *,
    left: float = 0.0,
    width: float | None = None,
    suffix: str = "",
    canvas: str = "#000000",
    curves: Iterable[str] | None = None,
    template: Template | str | None = None,
    pictures: bool = True,
    room: Room | None = None,
) -> list[LayerTuple]:
    """Turn a well into layer tuples, one a curve, with what was restored in it earlier.

    Under the curves of a track are its fills; a strip of blocks or an image is one layer.

    Parameters
    ----------
    well : Well
        Kept in the metadata of each layer.
    left : float
        World coordinate of the left edge of the first track.
    width : float, optional
        Width of a track in world units (index units); chosen to fit when left out.
    suffix : str
        Follows each layer's name, to tell the wells of a viewer apart.
    canvas : str
        Background, ``#rrggbb``: colours are made legible on it.
    curves : iterable of str, optional
        As in ``tracks.lay_out``.
    template : Template or str, optional
        As in ``tracks.lay_out``.
    pictures : bool
        Cut the pictures of core; without, their track awaits them (``_core_pictures``).
    room : Room, optional
        As in ``tracks.lay_out``.

    Raises
    ------
    LayerError
        Where the well has no curve to show.
    """
    tracks = arrange(well, curves, template, room)
    widths = [track.width for track in tracks]
    width = choose_width(well, widths) if width is None else width
    places = make_places(widths, left, width, suffix)
    layers: list[LayerTuple] = []
    for track, place in zip(tracks, places, strict=True):
        if track.cores and not pictures:
            layers.append(make_core_ground(well, track, place))
        else:
            layers += to_track_layers(well, track, place, canvas)
    return layers


def arrange(
    well: Well,
    curves: Iterable[str] | None = None,
    template: Template | str | None = None,
    room: Room | None = None,
) -> list[Track]:
    """Return the tracks that a viewer shows of a well, from left to right; see ``to_layers``."""
    laid_out = lay_out(well, curves, template=template, room=room)
    tracks = [_without_restored(track) for track in laid_out]
    tracks = [track for track in tracks if track.kind != "restored" or track.curves]
    if not any(track.curves or track.image for track in tracks):
        named = [own for own in well.curves if np.isfinite(well.values(own)).any()]
        if curves is not None or not named:
            raise LayerError(f"well {well.name} has no curve that can be shown: none has a value")
        tracks = lay_out(well, named[:_MOST_UNKNOWN], room=room)  # better than nothing to look at
    core = core_track(well) if curves is None else None
    if core is not None and not any(track.cores for track in tracks):
        tracks.append(core)
    roomy = with_synthesised(well)
    missing = [own for own in roomy.curves if own not in well.curves]
    further = (choose_track_curve(roomy, own, room=room) for own in missing)
    return [*tracks, *(Track(curve.mnemonic, (curve,)) for curve in further)]


def to_track_layers(
    well: Well, track: Track, place: dict[str, Any], canvas: str
) -> list[LayerTuple]:
    """Turn one track into layer tuples, in the order in which they lie over each other."""
    layers: list[LayerTuple] = []
    if not track.grid:
        place = {**place, "plain": True}
    if track.image is not None:
        layers.append(make_image_layer(well, track, place))
    elif track.cores:
        layers += make_core_layers(well, track, place)
    elif not track.curves:
        layers.append(make_strip_layer(well, track, place))
    layers += [make_fill_layer(well, fill, place) for fill in track.fills]
    for curve in track.curves:
        layers.append(make_curve_layer(well, curve, place, canvas))
        layers += _layers_of_saved(well, curve, place, canvas)
    return layers


def _without_restored(track: Track) -> Track:
    """Return a track of a restored curve with the measured one alone: layers show the others."""
    if track.kind != "restored":
        return track
    measured = tuple(curve for curve in track.curves if made_from(curve.mnemonic) is None)
    return replace(track, curves=measured, fills=())


def to_restored_layers(
    well: Well, restoration: Restoration, places: dict[str, dict[str, Any]], canvas: str
) -> list[LayerTuple]:
    """Turn a restoration into layer tuples: a band and a median line for each curve.

    Parameters
    ----------
    well : Well
        The measured well that the restoration was made from.
    restoration : Restoration
        Kept in the metadata of each layer.
    places : dict
        Own mnemonic to the ``place`` of the layer that shows the measured curve; a curve without
        one is shown in a track of its own, at the right.
    canvas : str
        Background, ``#rrggbb``.
    """
    layers = []
    roomy = with_room_for(well, restoration.curves)
    for own, restored in restoration.curves.items():
        # On the scale of the measured curve: a template may have given it one of its own.
        curve = places.get(own, {}).get("scale") or choose_track_curve(roomy, own)
        if own not in places:
            first = make_places([1.0], 0.0, choose_width(well, [1.0]), "")[0]
            places = {**places, own: place_beside(places.values()) if places else first}
            layers.append(make_curve_layer(well, curve, places[own], canvas))
        layers += _restored_layers(
            well, curve, places[own], canvas, restored.values, restored.lower, restored.upper,
            restored.flag, restoration, count_saved(well, own) + 1,
        )  # fmt: skip
    return layers


def to_interval_layer(
    well: Well,
    intervals: Sequence[tuple[float, float]],
    left: float,
    right: float,
    suffix: str = "",
) -> LayerTuple:
    """Turn picked intervals into a shapes layer: one rectangle each, across all tracks."""
    data = [interval_rectangle(top, base, left, right) for top, base in intervals]
    return (
        data,
        {
            "name": f"intervals{suffix}",
            "metadata": {
                KEY: {"schema": SCHEMA, "kind": "intervals", "well": well, "sides": (left, right)}
            },
            "shape_type": "rectangle",
            "ndim": 2,
            "face_color": "#ffb300",
            "edge_color": "#ffb300",
            "edge_width": 0,
            "opacity": 0.2,
            "blending": "translucent_no_depth",
        },
        "shapes",
    )


def interval_rectangle(top: float, base: float, left: float, right: float) -> NDArray[Any]:
    """Return the corners, shape (4, 2), of an interval in (depth, world x)."""
    return np.array([[top, left], [top, right], [base, right], [base, left]], dtype=np.float64)


def read_intervals(shapes: Iterable[ArrayLike]) -> list[tuple[float, float]]:
    """Return (top, base) of each shape of an interval layer, in the layer's order."""
    spans = (np.asarray(corners)[:, 0] for corners in shapes)
    return [(float(span.min()), float(span.max())) for span in spans]


def to_well(layers: Iterable[LayerTuple]) -> Well:
    """Return the well that layer tuples show, with the curves of every restoration among them.

    Measured curves come whole, whether or not a layer shows them; of a restoration those curves
    whose layers are there: deleting the layers of one drops it. Candidates and blind tests are
    nothing that was decided for, and stay out.

    Raises
    ------
    LayerError
        Where the layers show no well, or several.
    """
    records = [record for _, meta, _ in layers if (record := describe(meta.get("metadata", {})))]
    wells = {id(record["well"]): record["well"] for record in records}
    if not wells:
        raise LayerError("none of the layers shows a well: select layers that a LAS file opened")
    if len(wells) > 1:
        names = ", ".join(well.name for well in wells.values())
        raise LayerError(f"the layers show {len(wells)} wells ({names}): save one at a time")
    (well,) = wells.values()
    merged: Well = well.copy()
    noted: list[int] = []
    for record in records:
        restoration = record.get("restoration")
        if restoration is None or record.get("candidate") or record.get("blind"):
            continue
        if record["kind"] == "edited":
            for name, curve in restoration.well.curves.items():
                if well.curves.get(name) is not curve:
                    merged.curves.setdefault(name, curve)
        for name, curve in restoration.well.curves.items():
            fresh = well.curves.get(name) is not curve  # not those of an earlier run in the file
            if fresh and made_from(name) == record["curve"]:
                merged.curves.pop(name, None)
                merged.curves[name] = curve
        if id(restoration) not in noted:
            noted.append(id(restoration))
            made = restoration.well.history[len(well.history) :]
            merged.history += [each for each in made if not any(each is h for h in merged.history)]
    return merged


def redraw(layer: Any, data: NDArray[Any], meta: dict[str, Any]) -> None:
    """Let a layer show another restoration: napari takes a quarter of a second to remove one."""
    visible = layer.visible
    layer.visible = True  # of a hidden layer napari keeps showing the slice of the old data
    layer.metadata = meta["metadata"]
    layer.data = data
    if "features" in meta:
        layer.features = meta["features"]
    layer.edge_color = meta["edge_color"]
    layer.visible = visible


def recolour(layer: Any, canvas: str) -> None:
    """Make a layer of a well legible on another background."""
    record = describe(layer)
    if record is None or record["kind"] in ("intervals", "fill", "strip", "image", "core", "pen"):
        return
    if record["kind"] == "marked":
        layer.edge_color = choose_theme(canvas).marked
    elif record["kind"] in ("restored", "candidate", "blind", "edited"):
        warned = (np.round(layer.edge_color[:, :3] * 255) == _rgb(OUTSIDE_COLOUR)).all(axis=1)
        ink = legible(record["ink"], canvas) if "ink" in record else _choose_ink(canvas)
        layer.edge_color = np.where(warned, OUTSIDE_COLOUR, ink)
    elif "ink" in record:
        layer.edge_color = legible(record["ink"], canvas)
    else:
        layer.edge_color = legible(record["scale"].colour, canvas)


def _choose_ink(canvas: str) -> str:
    """Return white on a dark canvas, black on a light one."""
    return legible("#808080", canvas, contrast=21.0)


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def make_curve_layer(
    well: Well,
    curve: TrackCurve,
    place: dict[str, Any],
    canvas: str,
    made: Well | None = None,
) -> LayerTuple:
    """Turn a curve into a layer; one that a session has made is shown as ``made`` has it."""
    place = {**place, "scale": curve}
    own = curve.mnemonic
    source = made or well
    values = source.values(own) if own in source.curves else np.full(len(well.index), np.nan)
    data = trace_line(well, positions(values, curve), np.isfinite(values), place, curve.wrap)
    layer = _vectors(
        data, well, curve, place, "curve", curve.mnemonic,
        edge_color=legible(curve.colour, canvas), edge_width=curve.width,
    )  # fmt: skip
    if made is not None:
        layer[1]["metadata"][KEY]["made"] = made
    return layer


def _restored_layers(
    well: Well,
    curve: TrackCurve,
    place: dict[str, Any],
    canvas: str,
    values: NDArray[Any],
    lower: NDArray[Any],
    upper: NDArray[Any],
    flag: NDArray[Any],
    restoration: Restoration | None,
    number: int,
) -> list[LayerTuple]:
    """Return the band and the line of one restored curve; arrays have shape (n,).

    ``number``: 1 for what is called ``DTC_RES`` in a file, 2 for ``DTC_RES_2`` and so on.
    """
    label = f" {number}" if number > 1 else ""
    filled = (flag > 0) & np.isfinite(values)
    layers = []
    banded = filled & np.isfinite(lower) & np.isfinite(upper)
    if banded.any():
        low, high = (
            across(np.clip(positions(bound, curve), 0, 1)[banded], place)
            for bound in (lower, upper)
        )
        depth = well.index[banded]
        hairs = np.stack([np.c_[depth, low], np.c_[np.zeros_like(depth), high - low]], axis=1)
        run = np.cumsum(np.diff(np.flatnonzero(banded), prepend=-1) > 1)
        layers.append(
            _vectors(
                hairs,
                well,
                curve,
                place,
                "band",
                f"{curve.mnemonic} 90 % band{label}",
                restoration,
                edge_color=legible(curve.colour, canvas),
                edge_width=well.step,
                opacity=0.4,
                features={"run": run},
            )  # fmt: skip
        )
    ink = _choose_ink(canvas)
    # The line meets the measured samples above and below, so that no false break is seen.
    drawn = filled | np.roll(filled, 1) | np.roll(filled, -1)
    drawn[0], drawn[-1] = filled[:2].any(), filled[-2:].any()
    data, start = trace_line(well, positions(values, curve), drawn, place, with_start=True)
    colours = np.where(flag[start] == 3, OUTSIDE_COLOUR, ink)
    layers.append(
        _vectors(
            data,
            well,
            curve,
            place,
            "restored",
            f"{curve.mnemonic} restored{label}",
            restoration,
            edge_color=colours if len(colours) else ink,
            edge_width=1.5,
        )  # fmt: skip
    )
    return layers


def _layers_of_saved(
    well: Well, curve: TrackCurve, place: dict[str, Any], canvas: str
) -> list[LayerTuple]:
    """Return layers for the restorations that the file itself holds."""
    own = curve.mnemonic
    layers = []
    for number in range(1, count_saved(well, own) + 1):
        median, lower, upper, flag = (well.values(name) for name in saved_names(own, number))
        flag = np.nan_to_num(flag).astype(np.int8)
        around = well.values(own) if own in well.curves else np.full(len(well.index), np.nan)
        values = np.where(flag > 0, median, around)
        layers += _restored_layers(
            well, curve, place, canvas, values, lower, upper, flag, None, number
        )
    return layers


def trace_line(
    well: Well,
    position: NDArray[Any],
    drawn: NDArray[Any],
    place: dict[str, Any],
    wrap: bool = False,
    with_start: bool = False,
) -> Any:
    """Return the segments, shape (m, 2, 2), between neighbouring samples that are drawn.

    A sample alone between two nulls becomes a segment one step long: it was measured.
    """
    edge: Literal["clip", "wrap"] = "wrap" if wrap else "clip"
    depth, held = polyline(well.index, np.where(drawn, position, np.nan), edge)
    # Off scale is held a little inside: on the edge itself it would hide in the track's frame.
    points = np.c_[depth, across(np.clip(held, _INSET, 1 - _INSET), place)]
    solid = np.isfinite(held)
    joined = solid[:-1] & solid[1:]
    start = np.flatnonzero(joined)
    segments = np.stack([points[:-1], np.diff(points, axis=0)], axis=1)[joined]
    alone = np.flatnonzero(
        solid & ~np.concatenate([[False], joined]) & ~np.concatenate([joined, [False]])
    )
    if alone.size and np.isfinite(well.step):
        ticks = np.zeros((alone.size, 2, 2))
        ticks[:, 0] = points[alone] - [well.step / 2, 0]
        ticks[:, 1, 0] = well.step
        segments = np.concatenate([segments, ticks])
        start = np.concatenate([start, alone])
    return (segments, start) if with_start else segments


def _vectors(
    data: NDArray[Any],
    well: Well,
    curve: TrackCurve,
    place: dict[str, Any],
    kind: str,
    name: str,
    restoration: Restoration | None = None,
    **settings: Any,
) -> LayerTuple:
    record = {
        "kind": kind,
        "well": well,
        "curve": curve.mnemonic,
        "scale": curve,
        "place": place,
        "restoration": restoration,
    }
    return make_vectors(data, record, name, **settings)
