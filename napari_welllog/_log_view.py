"""One viewer showing wells: its camera, header and pointer, kept in step with its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.utils.notifications import show_warning

from napari_welllog import _napari_private
from napari_welllog._depth_references import DepthReferences
from napari_welllog._header_contents import TRACKED, collect_readable, collect_tracks, write_scales
from napari_welllog._insertion import Insertion
from napari_welllog._layers import LayerTuple, recolour, to_layers
from napari_welllog._napari_private import find_canvas, unwrap
from napari_welllog._places import GAP, describe, edges, fit_to_place, place_before
from napari_welllog._pointer_readings import PointerReadings
from napari_welllog._shared_scales import SharedScales
from napari_welllog._track_layers import make_strip_layer
from welllog.datums import Hanging, hang, say_units
from welllog.tracks import log_interval, zone_track

if TYPE_CHECKING:
    from welllog.templates import Template
    from welllog.track_scales import Room
    from welllog.well import Well

_views: WeakKeyDictionary[Any, ref[LogView]] = WeakKeyDictionary()
"""A view knows its viewer: kept here it would keep it for good. The viewer's callbacks keep it."""
_OVERLAY = "welllog_header"
_LEAST_SAMPLES = 4
"""The wheel zooms in no further than to so many samples from top to base of the view."""
_BETWEEN = 0.9
"""Widths of a usual track between two wells: the depths of one that was moved have room there."""
_MOST_WELLS = 4
"""It zooms out no further than to so many times the whole interval."""
_LINES = ("curve", "restored", "candidate", "realisations", "blind", "edited")


def view_of(viewer: Any) -> LogView:
    """Return what shows wells in a viewer, made when first asked for."""
    viewer = unwrap(viewer)
    known = _views[viewer]() if viewer in _views else None
    view = LogView(viewer) if known is None else known
    _views[viewer] = ref(view)
    return view


class LogView:
    """Watches a viewer's layers; where one of them shows a well, makes a log print of the canvas.

    Without the private parts of napari the curves are still there: the camera is napari's own,
    Shift and wheel makes the tracks wider or narrower, and the scales are written in the corner.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._camera: Any = None
        self._fitted: tuple[float, ...] | None = None
        self._whole: tuple[float, ...] | None = None
        """Top and base of the view when all of the wells was last shown."""
        self._stretch = 1.0
        self._hanging = Hanging(None, (), None, ())
        self._shifts: dict[int, float] = {}
        self._scales = SharedScales()
        self.references = DepthReferences()
        self._shown: list[int] = []
        self._units_said = ""
        self._pointer = PointerReadings(viewer, self)
        self.companions: dict[str, Any] = {}
        """What else belongs to the viewer and lives as long as it."""
        self.watchers: list[Callable[[], None]] = []
        """Called in the frame in which other depths come into view; they must be quick."""
        if _napari_private.AVAILABLE:
            from napari_welllog._header import register_header
            from napari_welllog._light_lists import lighten_lists
            from napari_welllog._line_visual import register_visual

            lighten_lists()
            register_visual()
            register_header()
        self.insertion = Insertion(viewer, self.update)
        viewer.layers.events.removed.connect(self.update)
        viewer.events.reset_view.connect(self.fit)
        viewer.canvas.events.size.connect(self._on_resize)
        viewer.canvas.events.background_color.connect(self._on_background)
        viewer.scene.camera.events.center.connect(self._tell_watchers)
        viewer.scene.camera.events.zoom.connect(self._tell_watchers)
        viewer.mouse_wheel_callbacks.append(self._on_wheel)
        viewer.mouse_move_callbacks.append(self._on_move)
        viewer.mouse_double_click_callbacks.append(self._on_double_click)
        self.update()

    @property
    def canvas_colour(self) -> str:
        """Background of the canvas as ``#rrggbb``."""
        channels = self._viewer.canvas.background_color[:3]
        return "#" + "".join(f"{round(float(channel) * 255):02x}" for channel in channels)

    @property
    def depths_in_view(self) -> tuple[float, float]:
        """Top and base of what can be seen below the header, in world units."""
        height = max(self._viewer.canvas.size[0], 1)
        if self._camera is None:
            camera = self._viewer.scene.camera
            half = height / max(camera.zoom, 1e-9) / 2
            return camera.center[-2] - half, camera.center[-2] + half
        from napari_welllog._header import header_height

        left, right, top, base = self._camera.rect
        header = self._viewer.canvas.overlays[_OVERLAY]
        scale = self._viewer.canvas.size[1] / max(right - left, 1e-9)
        head = header_height(header.tracks, header.letters, scale)
        return top + (base - top) * min(head / height, 1.0), base

    def depths_seen(self, well: Well) -> tuple[float, float]:
        """Return top and base of what can be seen of a well, in its own depth."""
        top, base = self.depths_in_view
        return self.depth_of(well, top), self.depth_of(well, base)

    @property
    def hanging(self) -> Hanging:
        """How the wells hang beside each other, from left to right."""
        return self._hanging

    def hang_on(self, top: str | None) -> Hanging:
        """Flatten the wells on a top, or hang them on depth; wells opened later follow."""
        self._hanging = replace(self._hanging, top=top)
        self._hang()
        self.show_header()
        if self.wells():
            self.fit()
        return self._hanging

    def refer_to(self, reference: str | None) -> None:
        """Write ``TVD`` or ``TVDSS`` below the depths along the hole, or nothing."""
        self.references.shown = reference
        self.show_header()

    def _datum(self) -> tuple[str, float] | None:
        top, world = self._hanging.top, self._hanging.datum
        return None if top is None or world is None else (top, world)

    def depth_of(self, well: Well, world: float) -> float:
        """Return the depth of a well, in its own index, at a height of the viewer's world."""
        return float(world) - self._shifts.get(id(well), 0.0)

    def world_of(self, well: Well, depth: float) -> float:
        """Return where a depth of a well lies in the viewer's world."""
        return float(depth) + self._shifts.get(id(well), 0.0)

    def _hang(self) -> None:
        """Move the layers of each well to where it hangs."""
        wells = sorted(self.wells(), key=lambda well: self.sides(well)[0])
        self._hanging = hang(wells, self._hanging.top)
        moved = zip(wells, self._hanging.shifts, strict=True)
        self._shifts = {id(well): shift for well, shift in moved}
        self._stretch_tracks(self._stretch)
        if self._camera is not None:
            self._pointer.read_again(self._viewer.canvas.overlays[_OVERLAY])
            self._on_view()

    def wells(self) -> list[Well]:
        """Return the wells in the viewer, in the order of its layers.

        Those that have a track of what their file holds: what was made of a well is none.
        """
        tracked = (r["well"] for _, r in self.records(*TRACKED) if "session" not in r)
        return list({id(well): well for well in tracked}.values())

    @property
    def room(self) -> Room | None:
        """What the wells need for one scale a curve in all; None where there is one well."""
        return self._scales.share(self.wells())

    def records(self, *kinds: str) -> list[tuple[Any, dict[str, Any]]]:
        """Return (layer, what it shows) for the layers of wells, or for those of some kinds."""
        pairs = [(layer, describe(layer)) for layer in self._viewer.layers]
        return [(layer, r) for layer, r in pairs if r and (not kinds or r["kind"] in kinds)]

    def places(self, well: Well) -> dict[str, dict[str, Any]]:
        """Return where each measured curve of a well is shown, by own mnemonic."""
        curves = self.records("curve")
        return {r["curve"]: r["place"] for _, r in curves if r["well"] is well}

    def sides(self, well: Well | None = None) -> tuple[float, float]:
        """Return the world coordinates of the left and right edge of the tracks of a well."""
        spans = [
            edge
            for _, r in self.records(*TRACKED)
            if well is None or r["well"] is well
            for edge in edges(r["place"])
        ]
        return (min(spans), max(spans)) if spans else (0.0, 1.0)

    def make_layers(
        self,
        well: Well,
        pending: Iterable[LayerTuple] = (),
        template: Template | str | None = None,
    ) -> list[LayerTuple]:
        """Return layer tuples of a further well, to the right of all that is or will be shown.

        Parameters
        ----------
        well : Well
            To be added.
        pending : iterable of layer tuples
            Layers that were made before and are not yet in the viewer.
        template : Template or str, optional
            As in ``tracks.lay_out``.
        """
        places = [record["place"] for _, record in self.records(*TRACKED)]
        waiting = [r for _, meta, _ in pending if (r := describe(meta["metadata"]))]
        places += [record["place"] for record in waiting if "place" in record]
        wells = [*self.wells(), *(record["well"] for record in waiting), well]
        beside: dict[str, Any] = {"pictures": False}
        if places:
            width = places[0]["width"]
            left = max(edges(place)[1] for place in places) + width * _BETWEEN
            beside |= {"left": left, "width": width, "suffix": f" \N{MIDDLE DOT} {well.name}"}
        room = self._scales.share(list({id(each): each for each in wells}.values()))
        made = to_layers(well, canvas=self.canvas_colour, template=template, room=room, **beside)
        self.insertion.expect(made)
        return self.suit(made)

    def show_zones(self, well: Well) -> None:
        """Show the zones and tops of a well anew, left of its tracks where they have no track."""
        own = [(layer, r) for layer, r in self.records(*TRACKED) if r["well"] is well]
        old = [layer for layer, r in own if "track" in r and r["track"].kind == "zones"]
        before = min((r["place"] for _, r in own), key=lambda place: place["offset"])
        place = describe(old[0])["place"] if old else None  # type: ignore[index]
        for layer in old:
            self._viewer.layers.remove(layer)
        track = zone_track(well)
        if track is None:
            if place is not None:
                self._make_room(well, -place["share"] - GAP)
            return
        if place is None:
            share = track.width if len(self.wells()) == 1 else 0.4
            place = place_before(before, share)
            place["left"] += self._make_room(well, share + GAP)
        data, meta, _ = make_strip_layer(well, track, place)
        self._viewer.add_vectors(data, **meta)

    def _make_room(self, well: Well, share: float) -> float:
        """Move a well and those at its right, so many usual widths; the first one stays.

        Returns by how much of the world it was moved.
        """
        from napari_welllog._track_redraw import move_across

        start = self.sides(well)[0]
        if start <= self.sides()[0]:
            return 0.0
        own = next(r["place"] for _, r in self.records(*TRACKED) if r["well"] is well)
        by = float(share * own["width"])
        for other in [each for each in self.wells() if self.sides(each)[0] >= start]:
            move_across(self, other, by)
        self._stretch_tracks(self._stretch)
        return by

    def suit(self, layers: list[LayerTuple]) -> list[LayerTuple]:
        """Return layer tuples with line widths that fit the way vectors are drawn here."""
        if not _napari_private.AVAILABLE:  # stock vectors are as wide as a part of a track
            for _, meta, _ in layers:
                record = describe(meta["metadata"])
                if record is not None and record["kind"] == "marked":
                    meta["edge_width"] = record["well"].step
                elif record is not None and record["kind"] in _LINES:
                    meta["edge_width"] *= 0.009
        return layers

    def update(self, event: Any = None) -> None:
        """Bring camera and header in step with the layers."""
        tracked = self.records(*TRACKED)
        if tracked and self._camera is None:
            self._install()
        if not tracked and self._camera is not None:
            self._remove()
        shown = [id(layer) for layer, _ in tracked]
        if self._stretch != 1.0 or self._hanging.top is not None or any(self._shifts.values()):
            self._hang()
        if shown == self._shown:
            return
        kept = self.depths_in_view if self._shown and self._is_moved else None
        self._shown = shown
        self.references.forget_all_but(self.wells())
        said, self._units_said = self._units_said, say_units(self.wells())
        if self._units_said not in ("", said):
            show_warning(self._units_said)
        header = self._viewer.canvas.overlays.get(_OVERLAY)
        if header is not None and tracked:
            wells = self.wells()
            for layer, _ in self.records("strip"):
                layer.events.visible.connect(self.show_header)
            with header.events.all.blocked():  # drawn once, by what comes last
                self._pointer.forget(header)
                first = min(wells, key=lambda well: self.sides(well)[0])
                header.depth_label = f"{first.index_mnemonic}  {first.index_unit}"
                header.datum = self._datum()
            header.tracks = collect_tracks(self)
            self._pointer.readable = collect_readable(self, header.tracks)
        elif not _napari_private.AVAILABLE:
            write_scales(self._viewer, self.records("curve"))
        self.fit()
        if kept is not None and self._camera is not None:
            *_, top, base = self._fitted  # type: ignore[misc]
            if kept[0] < base and top < kept[1]:  # something is there
                self._show(*kept, margin=0.0)

    @property
    def _is_moved(self) -> bool:
        """Other depths are seen than all of the wells."""
        if self._camera is None or self._whole is None:
            return False
        return not np.allclose(self._whole, self._camera.rect[2:])

    def refresh(self) -> None:
        """Bring all in step with layers that were changed where they are, and show all of it."""
        self._shown = []
        self._hang()
        self.update()

    def fit(self, event: Any = None) -> None:
        """Show all of the wells, between header and lower edge."""
        if self._camera is None:
            if self._stretch != 1.0:
                self._stretch_tracks(1.0)
                self._viewer.fit_to_view()
            return
        ends = [
            [self.world_of(well, depth) for depth in log_interval(well)] for well in self.wells()
        ]
        tops, bases = zip(*ends, strict=True)
        top, base = min(tops), max(bases)
        steps = [well.step for well in self.wells() if np.isfinite(well.step) and well.step > 0]
        self._camera.limit(_LEAST_SAMPLES * min(steps, default=0.0), _MOST_WELLS * (base - top))
        self._show(top, base)
        self._whole = self._camera.rect[2:]

    def zoom_to(self, top: float, base: float, well: Well | None = None) -> None:
        """Show the depths from top to base with half as much again above and below.

        They are depths of ``well``, or of the viewer's world without one.
        """
        if well is not None:
            top, base = self.world_of(well, top), self.world_of(well, base)
        margin = max(abs(base - top) * 0.5, 1e-6)
        top, base = min(top, base) - margin, max(top, base) + margin
        if self._camera is not None:
            self._show(top, base)
            return
        height, width = self._viewer.canvas.size
        left, right = self.sides()
        self._stretch_tracks(0.95 * (base - top) * width / height / (right - left))
        camera = self._viewer.scene.camera
        camera.center = (0.0, (top + base) / 2, self._stretch * (left + right) / 2)
        camera.zoom = height / (base - top)

    def centre_on(self, world: float) -> None:
        """Show as much of the world as before, about another height."""
        if self._camera is None:
            *rest, _, across = self._viewer.scene.camera.center
            self._viewer.scene.camera.center = (*rest, world, across)
            return
        left, right, top, base = self._camera.rect
        down = world - sum(self.depths_in_view) / 2
        self._camera.show(left, right, top + down, base + down)

    @property
    def rect(self) -> tuple[float, float, float, float] | None:
        """Left, right, top and base of all that is seen; None where the camera is napari's own."""
        return None if self._camera is None else self._camera.rect

    def show_rect(self, rect: tuple[float, float, float, float]) -> None:
        """Show this part of the world, as ``rect`` said it."""
        self._camera.show(*rect)

    def _on_double_click(self, viewer: Any, event: Any) -> None:
        """Show all of the well under the pointer; napari's own zoom came before and is undone."""
        across = float(event.position[-1]) / self._stretch
        for well in self.wells():
            left, right = self.sides(well)
            if self._camera is not None and left <= across <= right:
                self._show(*(self.world_of(well, depth) for depth in log_interval(well)))

    def _stretch_tracks(self, stretch: float) -> None:
        """Make the tracks so many times as wide as ``place`` says, where the camera cannot."""
        self._stretch = stretch
        for layer, record in self.records():
            down = self._shifts.get(id(record["well"]), 0.0)
            scale, translate = fit_to_place(record, stretch, down)
            if not np.array_equal(layer.scale[-2:], scale):  # each tells all who listen
                layer.scale = scale
            if not np.array_equal(layer.translate[-2:], translate):
                layer.translate = translate

    def _on_background(self, event: Any = None) -> None:
        """Keep the curves legible when the theme changes."""
        for layer, _ in self.records():
            recolour(layer, self.canvas_colour)

    def _show(self, top: float, base: float, margin: float = 8.0) -> None:
        """Show these depths, with so many pixels above and below."""
        from napari_welllog._header import AXIS_WIDTH, header_height

        height, width = self._viewer.canvas.size
        header = self._viewer.canvas.overlays[_OVERLAY]
        left, right = self.sides()
        across = (right - left) / max(width - AXIS_WIDTH - 24, 50)
        head = header_height(header.tracks, header.letters, 1 / across)
        down = (base - top) / max(height - head - 2 * margin, 50)
        x, y = left - (AXIS_WIDTH + 12) * across, top - (head + margin) * down
        self._camera.show(x, x + width * across, y, y + height * down)
        self._fitted = (*self._camera.rect, left, right, top, base)

    def _on_resize(self, event: Any = None) -> None:
        if self._camera is not None and self._fitted is not None:
            *rect, _, _, top, base = self._fitted
            if np.allclose(rect, self._camera.rect):  # not moved since: fit the new size
                moved = self._is_moved
                self._show(top, base)
                self._whole = self._whole if moved else self._camera.rect[2:]

    def _install(self) -> None:
        canvas = find_canvas(self._viewer)
        if not _napari_private.AVAILABLE or canvas is None:
            return
        from napari_welllog._depth_camera import install_camera
        from napari_welllog._header import TrackHeader

        self._camera = install_camera(canvas)
        self._viewer.canvas.overlays[_OVERLAY] = TrackHeader(visible=True)
        visual = canvas._viewer_overlay_to_visual[self._viewer.canvas.overlays[_OVERLAY]][0]
        canvas.camera._2D_camera.watchers += [
            self._follow_pointer,
            visual.draw,
            self._on_view,
        ]

    def _on_view(self) -> None:
        """Tell the lines which depths are in view, and whoever else wants to know."""
        self._tell_watchers()
        _, _, low, high = self._camera.rect
        for visual in find_canvas(self._viewer).layer_to_visual.values():
            if hasattr(visual, "show_depths"):
                visual.show_depths(low, high)

    def _tell_watchers(self, event: Any = None) -> None:
        for callback in self.watchers:
            callback()

    def _remove(self) -> None:
        from napari_welllog._depth_camera import remove_camera

        del self._viewer.canvas.overlays[_OVERLAY]
        remove_camera(find_canvas(self._viewer))
        self._camera = self._fitted = None

    def show_header(self, event: Any = None) -> None:
        """Bring the header in step with what hangs where, and what is hidden."""
        header = self._viewer.canvas.overlays.get(_OVERLAY)
        if header is not None:
            with header.events.all.blocked():
                header.datum = self._datum()
                header.reference = self.references.shown or ""
            header.tracks = collect_tracks(self)

    def _on_wheel(self, viewer: Any, event: Any) -> None:
        """Make the tracks wider or narrower: Shift and wheel."""
        if "Shift" not in event.modifiers or not self._shown:
            return
        clicks = event.delta[1] or event.delta[0]  # some systems turn Shift and wheel sideways
        factor = 1.1**clicks
        if self._camera is not None:
            self._camera.widen(factor, event.position[-1])
        else:
            self._stretch_tracks(self._stretch * factor)
        event.handled = True

    def _on_move(self, viewer: Any, event: Any) -> None:
        """Read the curves at the depth under the pointer."""
        header = self._viewer.canvas.overlays.get(_OVERLAY)
        if header is None:
            return
        self._pointer.move(header, float(event.position[-2]), float(event.position[-1]))

    def _follow_pointer(self) -> None:
        """Read the curves where the pointer is over other depths, before these are drawn."""
        header = self._viewer.canvas.overlays.get(_OVERLAY)
        if header is not None:
            self._pointer.follow(header)
