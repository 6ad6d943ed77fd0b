"""One viewer showing wells: its camera, header and pointer, kept in step with its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from napari_welllog import _napari_private
from napari_welllog._layers import PITCH, LayerTuple, describe, recolour, to_layers
from napari_welllog._napari_private import find_canvas, unwrap
from welllog.tracks import Track, format_number, log_interval

if TYPE_CHECKING:
    from welllog.well import Well

_views: WeakKeyDictionary[Any, LogView] = WeakKeyDictionary()
_OVERLAY = "welllog_header"


def view_of(viewer: Any) -> LogView:
    """Return what shows wells in a viewer, made when first asked for."""
    viewer = unwrap(viewer)
    if viewer not in _views:
        _views[viewer] = LogView(viewer)
    return _views[viewer]


class LogView:
    """Watches a viewer's layers; where one of them shows a well, makes a log print of the canvas.

    Without the private parts of napari the curves are still there: the camera is napari's own,
    Shift and wheel makes the tracks wider or narrower, and the scales are written in the corner.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._camera: Any = None
        self._fitted: tuple[float, ...] | None = None
        self._stretch = 1.0
        self._shown: list[int] = []
        self._readable: list[tuple[Any, Any]] = []
        self.watchers: list[Callable[[], None]] = []
        """Called in the frame in which other depths come into view; they must be quick."""
        if _napari_private.AVAILABLE:
            from napari_welllog._header import register_header
            from napari_welllog._line_visual import register_visual

            register_visual()
            register_header()
        viewer.layers.events.inserted.connect(self.update)
        viewer.layers.events.removed.connect(self.update)
        viewer.events.reset_view.connect(self.fit)
        viewer.canvas.events.size.connect(self._on_resize)
        viewer.canvas.events.background_color.connect(self._on_background)
        viewer.scene.camera.events.center.connect(self._tell_watchers)
        viewer.scene.camera.events.zoom.connect(self._tell_watchers)
        viewer.mouse_wheel_callbacks.append(self._on_wheel)
        viewer.mouse_move_callbacks.append(self._on_move)
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

        _, _, top, base = self._camera.rect
        head = header_height(self._viewer.canvas.overlays[_OVERLAY].tracks)
        return top + (base - top) * min(head / height, 1.0), base

    def wells(self) -> list[Well]:
        """Return the wells in the viewer, in the order of its layers."""
        found = {id(r["well"]): r["well"] for _, r in self.records()}
        return list(found.values())

    def records(self, kind: str | None = None) -> list[tuple[Any, dict[str, Any]]]:
        """Return (layer, what it shows) for the layers of wells, or for those of one kind."""
        pairs = [(layer, describe(layer)) for layer in self._viewer.layers]
        return [(layer, r) for layer, r in pairs if r and kind in (None, r["kind"])]

    def places(self, well: Well) -> dict[str, dict[str, Any]]:
        """Return where each measured curve of a well is shown, by own mnemonic."""
        curves = self.records("curve")
        return {r["curve"]: r["place"] for _, r in curves if r["well"] is well}

    def sides(self, well: Well | None = None) -> tuple[float, float]:
        """Return the world coordinates of the left and right edge of the tracks of a well."""
        spans = [
            (place["left"] + place["width"] * (place["track"] * PITCH + part))
            for _, r in self.records("curve")
            if well is None or r["well"] is well
            for place in (r["place"],)
            for part in (0.0, 1.0)
        ]
        return (min(spans), max(spans)) if spans else (0.0, 1.0)

    def make_layers(self, well: Well, pending: Iterable[LayerTuple] = ()) -> list[LayerTuple]:
        """Return layer tuples of a further well, to the right of all that is or will be shown.

        Parameters
        ----------
        well : Well
            To be added.
        pending : iterable of layer tuples
            Layers that were made before and are not yet in the viewer.
        """
        places = [record["place"] for _, record in self.records("curve")]
        waiting = (describe(meta["metadata"]) for _, meta, _ in pending)
        places += [record["place"] for record in waiting if record and "place" in record]
        if not places:
            return self.suit(to_layers(well, canvas=self.canvas_colour))
        width = places[0]["width"]
        left = max(p["left"] + p["width"] * (p["track"] * PITCH + 1) for p in places) + width / 2
        suffix = f" \N{MIDDLE DOT} {well.name}"
        return self.suit(
            to_layers(well, left=left, width=width, suffix=suffix, canvas=self.canvas_colour)
        )

    def suit(self, layers: list[LayerTuple]) -> list[LayerTuple]:
        """Return layer tuples with line widths that fit the way vectors are drawn here."""
        if not _napari_private.AVAILABLE:  # stock vectors are as wide as a part of a track
            for _, meta, _ in layers:
                record = describe(meta["metadata"])
                if record is not None and record["kind"] in ("curve", "restored"):
                    meta["edge_width"] *= 0.009
                elif record is not None and record["kind"] == "marked":
                    meta["edge_width"] = record["well"].step
        return layers

    def update(self, event: Any = None) -> None:
        """Bring camera and header in step with the layers."""
        curves = self.records("curve")
        if curves and self._camera is None:
            self._install()
        if not curves and self._camera is not None:
            self._remove()
        shown = [id(layer) for layer, _ in curves]
        if self._stretch != 1.0:
            self._stretch_tracks(self._stretch)
        if shown == self._shown:
            return
        self._shown = shown
        header = self._viewer.canvas.overlays.get(_OVERLAY)
        if header is not None and curves:
            wells = self.wells()
            header.tracks = self._header_tracks()
            self._readable = self._collect_readable(header.tracks)
            header.readings, header.pointer = (), None
            header.depth_label = f"{wells[0].index_mnemonic}  {wells[0].index_unit}"
        elif not _napari_private.AVAILABLE:
            self._write_scales(curves)
        self.fit()

    def fit(self, event: Any = None) -> None:
        """Show all of the wells, between header and lower edge."""
        if self._camera is None:
            if self._stretch != 1.0:
                self._stretch_tracks(1.0)
                self._viewer.fit_to_view()
            return
        tops, bases = zip(*(log_interval(well) for well in self.wells()), strict=True)
        self._show(min(tops), max(bases))

    def zoom_to(self, top: float, base: float) -> None:
        """Show the depths from top to base with half as much again above and below."""
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

    def _stretch_tracks(self, stretch: float) -> None:
        """Make the tracks so many times as wide as ``place`` says, where the camera cannot."""
        self._stretch = stretch
        for layer, record in self.records():
            place = record.get("place", {"width": 1.0, "left": 0.0})
            layer.scale = (1.0, place["width"] * stretch)
            layer.translate = (0.0, place["left"] * stretch)

    def _on_background(self, event: Any = None) -> None:
        """Keep the curves legible when the theme changes."""
        for layer, _ in self.records():
            recolour(layer, self.canvas_colour)

    def _show(self, top: float, base: float) -> None:
        from napari_welllog._header import AXIS_WIDTH, header_height

        height, width = self._viewer.canvas.size
        head = header_height(self._viewer.canvas.overlays[_OVERLAY].tracks)
        left, right = self.sides()
        across = (right - left) / max(width - AXIS_WIDTH - 24, 50)
        down = (base - top) / max(height - head - 16, 50)
        x, y = left - (AXIS_WIDTH + 12) * across, top - (head + 8) * down
        self._camera.show(x, x + width * across, y, y + height * down)
        self._fitted = (*self._camera.rect, left, right, top, base)

    def _on_resize(self, event: Any = None) -> None:
        if self._camera is not None and self._fitted is not None:
            *rect, _, _, top, base = self._fitted
            if np.allclose(rect, self._camera.rect):  # not moved since: fit the new size
                self._show(top, base)

    def _install(self) -> None:
        canvas = find_canvas(self._viewer)
        if not _napari_private.AVAILABLE or canvas is None:
            return
        from napari_welllog._depth_camera import install_camera
        from napari_welllog._header import TrackHeader

        self._camera = install_camera(canvas)
        self._viewer.canvas.overlays[_OVERLAY] = TrackHeader(visible=True)
        visual = canvas._viewer_overlay_to_visual[self._viewer.canvas.overlays[_OVERLAY]][0]
        canvas.camera._2D_camera.watchers += [visual.draw, self._on_view]

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

    def _header_tracks(self) -> tuple[Any, ...]:
        from napari_welllog._header import HeaderTrack

        grouped: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for _, record in self.records("curve"):
            key = (id(record["well"]), record["place"]["track"])
            members = grouped.setdefault(key, [])
            if record["curve"] not in [member["curve"] for member in members]:  # a duplicate
                members.append(record)
        tracks = []
        for members in grouped.values():
            place = members[0]["place"]
            left = place["left"] + place["width"] * place["track"] * PITCH
            track = Track("", tuple(member["scale"] for member in members))
            name = members[0]["well"].name
            tracks.append(HeaderTrack(name, left, left + place["width"], track))
        return tuple(sorted(tracks, key=lambda shown: shown.left))

    def _collect_readable(self, tracks: tuple[Any, ...]) -> list[tuple[Any, Any]]:
        wells = {(r["well"].name, r["place"]["left"]): r["well"] for _, r in self.records("curve")}
        by_left = sorted(wells.items(), key=lambda item: item[0][1])
        return [
            (well, well.values(curve.mnemonic))
            if curve.mnemonic in well.curves
            else (well, np.full(len(well.index), np.nan))  # was synthesised
            for shown in tracks
            for well in [[w for (_, left), w in by_left if left <= shown.left + 1e-9][-1]]
            for curve in shown.track.curves
        ]

    def _write_scales(self, curves: list[tuple[Any, dict[str, Any]]]) -> None:
        """Write the scales in the corner of the canvas, where there can be no header."""
        lines = [
            f"{scale.mnemonic}  {format_number(scale.left)} to {format_number(scale.right)} "
            f"{scale.unit}"
            for scale in (record["scale"] for _, record in curves)
        ]
        text = self._viewer.canvas.overlays.text
        text.position = "top_left"
        text.text = "\n".join(lines)
        text.visible = bool(lines)

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
        depth = float(event.position[-2])
        header.readings = tuple(_read(*readable, depth) for readable in self._readable)
        header.pointer = depth


def _read(well: Well, values: Any, depth: float) -> str:
    """Return the value of the sample nearest to a depth, in words."""
    sample = int(np.argmin(np.abs(well.index - depth)))
    if not abs(well.index[sample] - depth) <= well.step:
        return "\N{EN DASH}"
    return f"{values[sample]:.4g}" if np.isfinite(values[sample]) else "null"
