"""The header of the tracks and the depth axis, drawn on the canvas beside the curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.components.overlays import CanvasOverlay
from vispy.scene import Node

from napari_welllog._grid import Grid
from napari_welllog._header_board import AXIS_WIDTH, HANDS, NAME_HEIGHT, Board, Straight
from napari_welllog._header_colours import choose_colours, rgba
from napari_welllog._labels import Labels
from napari_welllog._lettering import Lettering
from napari_welllog._napari_private import (
    ViewerOverlayMixin,
    VispyCanvasOverlay,
    overlay_to_visual,
)
from napari_welllog._plain_node import PlainNode
from napari_welllog._read_out import place_read_out
from napari_welllog._strip_names import place_blocks, place_tops
from napari_welllog._track_heads import header_height, place_curves, place_strip_title
from napari_welllog._well_axes import has_own_axis, mark_datum, place_own_axes
from napari_welllog._well_names import name_well
from welllog.tracks import Track, depth_ticks, format_number

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = ["AXIS_WIDTH", "HeaderTrack", "TrackHeader", "header_height", "register_header"]


@dataclass(frozen=True)
class HeaderTrack:
    """What the header shows above one track."""

    well: Well
    left: float
    """World coordinate of the track's edges."""
    right: float
    track: Track
    captions: tuple[tuple[str, str], ...] = ()
    """What its fills are, and their colours."""
    shift: float = 0.0
    """How far the well is moved down to hang beside others."""
    second: Any = None
    """Called with a depth of the well: what another reference says of it, in words."""


class TrackHeader(CanvasOverlay):
    """Canvas overlay: a header over the tracks, a depth axis at the left, a grid below."""

    tracks: tuple[Any, ...] = ()
    depth_label: str = ""
    reference: str = ""
    """``TVD`` or ``TVDSS`` where it is written below the depths."""
    datum: Any = None
    """Name of the top that the wells are flattened on, and where it lies; None on depth."""
    pointer: float | None = None
    """Depth under the mouse pointer."""
    over: float | None = None
    """Where it is across, in world units."""
    readings: tuple[str, ...] = ()
    """What is there at that depth, for each track with lanes and for each curve of the others."""
    letters: Any = Lettering()
    """What the header is written with; known as soon as it is drawn."""
    position: Any = "free"
    box: bool = False


class VispyTrackHeader(ViewerOverlayMixin, VispyCanvasOverlay):
    """Draws the overlay; all of it is placed anew whenever the view changes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(node=Node(), **settings)
        self._lines = PlainNode(parent=self.node)
        self._labels = Labels(self._font_info.face, parent=self.node)
        self._labels.order = 1
        self._grid = Grid()
        self._fixed: tuple[Any, ...] = ()
        self._paper: tuple[float, ...] = ()
        self._colours: dict[str, str] = {}
        self.words: dict[str, list[Any]] = {}
        """What is written, by hand: (text, position, colour)."""
        self.overlay.letters = Lettering(self._font_info.face)
        for name in ("tracks", "depth_label", "pointer", "readings"):
            getattr(self.overlay.events, name).connect(self.draw)
        self.viewer.canvas.events.size.connect(self.draw)
        self.viewer.canvas.events.background_color.connect(self.draw)
        self.reset()

    def _on_blending_change(self) -> None:
        """Keep the state set for each part: the root node draws nothing itself."""

    def reset(self) -> None:
        """Draw everything anew."""
        self._on_visible_change()
        self.draw()

    def close(self) -> None:
        """Take the grid away too, which hangs in the scene and not below the overlay."""
        self._grid.parent = None
        super().close()

    def _find_view(self) -> Any:
        node = self.node.parent
        while node is not None and not hasattr(node, "scene"):
            node = node.parent
        return node

    def draw(self, event: Any = None) -> None:
        """Place header, axis and grid for the present view."""
        view = self._find_view()
        if view is None or not self.overlay.visible:
            self._grid.parent = None
            return
        self._grid.parent = view.scene
        paper = tuple(float(channel) for channel in self.viewer.canvas.background_color)
        if paper != self._paper:
            self._paper, self._colours = paper, choose_colours(paper)
        width, height = view.size
        overlay, tracks = self.overlay, self.overlay.tracks
        transform = Straight(view.scene.transform)
        head = header_height(tracks, overlay.letters, transform.scale[0])
        top, base = (view.scene.transform.imap([0, y])[1] for y in (head, height))
        board = Board(transform, width, height, head, self._colours, overlay.letters)
        words, boxes, colours = self._place_fixed(board)
        board.words = {name: list(written) for name, written in words.items()}
        self._place_axis(board, top, base)
        names = place_tops(board, tracks)
        place_blocks(board, tracks, names)
        place_own_axes(board, tracks, (top, base), names, overlay.pointer)
        mark_datum(board, tracks, overlay.datum)
        self._place_pointer(board)
        place_read_out(board, tracks, overlay.pointer, overlay.over)
        self.words = board.words
        more = board.to_boxes()
        _draw_boxes(
            self._lines, np.concatenate([boxes, more[0]]), np.concatenate([colours, more[1]])
        )
        self._grid.show(tracks, self._colours, (top, base), transform.scale[0])
        self._labels.write(
            [(HANDS[name], *word) for name, written in board.words.items() for word in written]
        )
        self.node.update()

    def _place_fixed(self, board: Board) -> Any:
        """Return words, boxes and their colours, that stay while depth moves."""
        across = tuple(board.transform.map([x, 0])[0] for x in (0.0, 1.0))
        width, height, head = board.width, board.height, board.head
        tracks, readings = self.overlay.tracks, self.overlay.readings
        known = self._fixed
        # Names of moved wells and captions of strips say what is under the pointer.
        key = (across, width, height, head, readings, self._paper, self.overlay.pointer)
        if not known or known[0] is not tracks or known[1] != key:
            fixed = Board(board.transform, width, height, head, board.colours, board.letters)
            self._place_tracks(fixed)
            fixed.rules += [
                ((0, head), (width, head), "frame"),
                ((AXIS_WIDTH, 0), (AXIS_WIDTH, height), "frame"),
            ]
            ground = np.array([(0, 0, width, head), (0, head, AXIS_WIDTH, height)], np.float64)
            boxes, colours = fixed.to_boxes()
            paint = np.tile(rgba(board.colours["header"]), (2, 1))
            drawn = np.concatenate([ground, boxes]), np.concatenate([paint, colours])
            self._fixed = (tracks, key, (fixed.words, *drawn))
        return self._fixed[2]

    def _place_axis(self, board: Board, top: float, base: float) -> None:
        head, ink, faint = board.head, board.colours["ink"], board.colours["frame"]
        strong, weak = depth_ticks(top, base, most=max(int((board.height - head) / 60), 2))
        second = self.overlay.tracks[0].second if self.overlay.tracks else None
        for depth in strong:
            y = board.down(depth)
            board.rules.append(((AXIS_WIDTH - 8, y), (AXIS_WIDTH, y), "frame"))
            if y > head + 8:
                board.write("depth", format_number(depth), (AXIS_WIDTH - 12, y), ink)
                if second is not None:
                    board.write("right", second(depth), (AXIS_WIDTH - 12, y + 13), faint)
        for depth in weak:
            y = board.down(depth)
            board.rules.append(((AXIS_WIDTH - 4, y), (AXIS_WIDTH, y), "frame"))
        board.write("depth", self.overlay.depth_label, (AXIS_WIDTH - 8, head - 22), ink)
        if second is not None:
            board.write("right", self.overlay.reference, (AXIS_WIDTH - 8, head - 8), faint)

    def _place_tracks(self, board: Board) -> None:
        readings = iter(self.overlay.readings or ())
        named: list[Any] = []
        for shown in self.overlay.tracks:
            a, b = board.edges(shown)
            place = next(readings, "") if shown.track.lanes else ""
            values = [next(readings, "") for _ in shown.track.curves]
            if b < AXIS_WIDTH or a > board.width:
                continue
            if not any(shown.well is well for well in named):
                named.append(shown.well)
                start = max(a, AXIS_WIDTH + 6)
                last = max(t.right for t in self.overlay.tracks if t.well is shown.well)
                room = board.transform.map([last, 0])[0] - start
                name = self._name_well(board, shown, room)
                board.write("well", name, (start, 11), board.colours["ink"])
            board.rules += [((x, NAME_HEIGHT), (x, board.head), "frame") for x in (a, b)]
            if shown.track.curves:
                place_curves(board, shown, values)
            else:
                place_strip_title(board, shown, place)

    def _name_well(self, board: Board, shown: HeaderTrack, room: float) -> str:
        """Return a well's name, and where there is room its own depth under the pointer.

        That is written beside the pointer too. Of the vertical depth, and of the number that tells
        a well from another of its name, the name makes room.
        """
        points, pointer = HANDS["well"].points, self.overlay.pointer
        depth = vertical = ""
        if pointer is not None and has_own_axis(shown, self.overlay.tracks):
            depth = f"   {pointer - shown.shift:.2f} {shown.well.index_unit}"
        if pointer is not None and shown.second is not None:
            vertical = f"   {self.overlay.reference} {shown.second(pointer - shown.shift)}"
        wells = {id(track.well): track.well for track in self.overlay.tracks}
        name = shown.well.name or "(no name)"
        number = name_well(shown.well, list(wells.values())).removeprefix(name)
        if board.measure(name + number + depth + vertical, points) <= room:
            return name + number + depth + vertical
        left = room - board.measure(number + vertical, points)
        return (board.letters.shorten(name, points, left) or name[:3]) + number + vertical

    def _place_pointer(self, board: Board) -> None:
        if self.overlay.pointer is None:
            return
        y = board.down(self.overlay.pointer)
        if y > board.head:
            board.rules.append(((AXIS_WIDTH, y), (board.width, y), "pointer"))
            depth = f"{self.overlay.pointer:.2f}"
            board.write("depth", depth, (AXIS_WIDTH - 8, board.head - 38), board.colours["ink"])


def _draw_boxes(node: Any, boxes: Any, colours: Any) -> None:
    corners = boxes[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 2)
    first = 4 * np.arange(len(boxes))[:, None, None]
    faces = (first + [[0, 1, 2], [1, 3, 2]]).reshape(-1, 3)
    node.set_points(corners, np.repeat(colours, 4, axis=0), "triangles", faces)


def register_header() -> None:
    """Let napari draw ``TrackHeader``."""
    overlay_to_visual[TrackHeader] = VispyTrackHeader
