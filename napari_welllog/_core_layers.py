"""Pictures of core as layers: each at its depth, in the track of core of its well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from napari_welllog._places import KEY, SCHEMA, describe, fit_to_place, place_before
from napari_welllog._track_layers import LayerTuple, make_strip_layer
from welllog.cores.placement_files import check_picture, read_placed
from welllog.cores.strip_levels import StripLevels, cut_levels
from welllog.strips import Lane
from welllog.tracks import Track
from welllog.zones import Zone

if TYPE_CHECKING:
    from welllog.cores.placement import Placement
    from welllog.well import Well

Progress = Callable[[float, str], None]
Cut = dict["Placement", StripLevels | Exception]
"""Of each picture the rock cut out of it, or why it cannot be shown."""
AWAITED = "awaited"
"""In the record of a ground whose pictures are to be cut."""
WIDTH, NARROW = 0.8, 0.4
"""Of a track of core, in usual widths: beside one well, and between several."""
_GAP = "#607d8b"
"""Behind what is not there: gaps between pieces, and pictures that cannot be shown."""


def core_track(well: Well) -> Track | None:
    """Return the track of all pictures of core of a well, None where it has none."""
    if not well.cores:
        return None
    return Track("Core", (), kind="core", width=WIDTH, cores=tuple(well.cores))


def cut_pictures(track: Track, progress: Progress | None = None) -> Cut:
    """Read the pictures of a track of core and cut the rock out of them: a quarter second each."""
    made: Cut = {}
    for number, core in enumerate(track.cores):
        if progress is not None:
            progress(number / len(track.cores), core.picture.name)
        try:
            made[core] = cut_levels(read_placed(core), core)
        except (ValueError, OSError, MemoryError) as error:
            made[core] = error
    return made


def make_core_ground(well: Well, track: Track, place: dict[str, Any]) -> LayerTuple:
    """Return the ground of a track of core whose pictures are not cut yet."""
    blocks = tuple(Zone("", core.top, core.base, _GAP) for core in track.cores)
    layer = make_strip_layer(
        well, replace(track, lanes=(Lane(track.title, blocks),)), place
    )  # fmt: skip
    layer[1]["metadata"][KEY][AWAITED] = True
    return layer


def make_core_layers(
    well: Well, track: Track, place: dict[str, Any], cut: Cut | None = None
) -> list[LayerTuple]:
    """Return the ground of a track of core, and an image layer for each of its pictures.

    A picture that is missing, has changed or cannot be read is named in its place in the track,
    and told in a notification. ``cut``: what was cut before.
    """
    pictures: list[LayerTuple] = []
    blocks: list[Zone] = []
    wrong: list[str] = []
    cut = cut_pictures(track) if cut is None else cut
    for core in track.cores:
        said, strip = "", cut[core]
        if isinstance(strip, Exception):
            wrong.append(str(strip))
            said = f"{core.picture.name} {_say_briefly(core)}"
        else:
            pictures.append(_make_picture(well, core, place, strip))
        blocks.append(Zone(said, core.top, core.base, _GAP))
    if wrong:
        from napari.utils.notifications import show_warning

        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        show_warning(f"{well.name}: {wrong[0]}{more}")
    ground = replace(track, lanes=(Lane(track.title, tuple(blocks)),))
    return [make_strip_layer(well, ground, place), *pictures]


def show_cores(viewer: Any, view: Any, well: Well, cut: Cut | None = None) -> None:
    """Show the pictures of a well anew, left of its tracks where they have no track yet.

    ``cut``: what was cut before.
    """
    own = [(layer, r) for layer, r in view.records() if r["well"] is well]
    grounds = [(layer, r) for layer, r in own if is_core_ground(r)]
    tracked = [r["place"] for _, r in own if "place" in r]
    place = grounds[0][1]["place"] if grounds else None
    for layer, _ in [*grounds, *((e, r) for e, r in own if r["kind"] == "core")]:
        viewer.layers.remove(layer)
    track = core_track(well)
    if track is None or not tracked:
        return
    if place is None:
        share = WIDTH if len(view.wells()) == 1 else NARROW
        place = place_before(min(tracked, key=lambda each: each["offset"]), share)
    made = make_core_layers(well, track, place, cut)
    add = {"vectors": viewer.add_vectors, "image": viewer.add_image}
    for row, (data, meta, of) in enumerate(made):
        layer = add[of](data, **meta)
        # Below the intervals that are picked, and whatever else lies across the tracks.
        viewer.layers.move(viewer.layers.index(layer), row)


def is_core_ground(record: dict[str, Any] | None) -> bool:
    """Say whether a layer is the ground of a track of core."""
    return record is not None and "track" in record and record["track"].kind == "core"


def placement_of(layer: Any) -> Placement | None:
    """Return the placement that an image layer shows, None where it shows none."""
    record = describe(layer)
    return record["placement"] if record is not None and record["kind"] == "core" else None


def _make_picture(
    well: Well, core: Placement, place: dict[str, Any], strip: StripLevels
) -> LayerTuple:
    finest = strip.pixels[0]
    # Rows are drawn about their middles, as those of a borehole image are.
    grid = (strip.top + strip.step / 2, strip.step, finest.shape[1])
    record = {
        "schema": SCHEMA, "kind": "core", "well": well, "curve": "", "place": place,
        "placement": core, "grid": grid, "restoration": None,
    }  # fmt: skip
    scale, translate = fit_to_place(record)
    several = len(strip.pixels) > 1
    settings = {
        "name": core.picture.name + place["suffix"],
        "metadata": {KEY: record},
        "rgb": True,
        "multiscale": several,
        "scale": scale,
        "translate": translate,
        "interpolation2d": "linear",
        "blending": "translucent_no_depth",
    }
    return (list(strip.pixels) if several else finest), settings, "image"


def _say_briefly(core: Placement) -> str:
    """Say in a few words why a picture is not shown."""
    if not core.picture.is_file():
        return "is missing"
    return "has changed" if check_picture(core) else "cannot be read"
