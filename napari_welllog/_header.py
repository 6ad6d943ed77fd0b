"""The header of the tracks and the depth axis, drawn on the canvas beside the curves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.components.overlays import CanvasOverlay
from vispy.scene import Node

from napari_welllog._grid import Grid
from napari_welllog._header_colours import choose_colours, rgba
from napari_welllog._labels import Hand, Labels
from napari_welllog._napari_private import (
    ViewerOverlayMixin,
    VispyCanvasOverlay,
    overlay_to_visual,
)
from napari_welllog._plain_node import PlainNode
from napari_welllog._well_axes import has_own_axis, mark_datum, place_own_axes
from welllog.tracks import Track, depth_ticks, format_number, legible

if TYPE_CHECKING:
    from welllog.well import Well

AXIS_WIDTH = 74
ROW_HEIGHT = 34
NAME_HEIGHT = 22
CAPTION_HEIGHT = 14
_NARROW = 64
"""Below so many pixels a track's header shows names alone."""
_LETTER = 7.2
_BOLD_LETTER = 8.4
"""Width of a letter of small text, in pixels."""
_HANDS = {
    "name": Hand(9),
    "unit": Hand(7),
    "left": Hand(7, 0.0),
    "right": Hand(7, 1.0),
    "block": Hand(7),
    "turned": Hand(7, turned=True),
    "depth": Hand(8, 1.0),
    "well": Hand(10, 0.0),
}
_MOST_NAMES = 120
"""Names of blocks written at once; texts are placed anew with every move of the camera."""


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
    readings: tuple[str, ...] = ()
    """What is there at that depth, for each track with lanes and for each curve of the others."""
    position: Any = "free"
    box: bool = False


def header_height(tracks: tuple[HeaderTrack, ...]) -> int:
    """Return the height of the header in pixels."""
    rows = [
        len(shown.track.curves) * ROW_HEIGHT + len(shown.captions) * CAPTION_HEIGHT
        for shown in tracks
    ]
    # Titles of narrow strips stand upright.
    lowest = 2 * ROW_HEIGHT if any(shown.track.lanes for shown in tracks) else ROW_HEIGHT
    return NAME_HEIGHT + max([lowest, *rows]) + 4


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
        head = header_height(self.overlay.tracks)
        top, base = (view.scene.transform.imap([0, y])[1] for y in (head, height))
        transform = _Straight(view.scene.transform)
        fixed = self._place_fixed(transform, width, height, head)
        words = {name: list(fixed[0].get(name, ())) for name in _HANDS}
        rules: list[Any] = []
        self._place_axis(transform, top, base, head, height, words, rules)
        thick: list[Any] = []
        place_own_axes(
            self.overlay.tracks, transform, (top, base), (head, width, height), words, rules,
            thick, self._colours["ink"],
        )  # fmt: skip
        self._place_blocks(transform, (width, height), head, words)
        self._place_tops(transform, (width, height), head, words, rules)
        mark_datum(self.overlay.tracks, transform, self.overlay.datum, head, thick)
        self._place_pointer(transform, head, width, words, rules)
        self.words = words
        boxes, colours = (
            np.concatenate(parts)
            for parts in zip(
                fixed[1], self._to_boxes(rules, 1.0), self._to_boxes(thick, 2.0), strict=True
            )
        )
        _draw_boxes(self._lines, boxes, colours)
        self._grid.show(self.overlay.tracks, self._colours, (top, base))
        self._labels.write(
            [(_HANDS[name], *word) for name, written in words.items() for word in written]
        )
        self.node.update()

    def _place_fixed(self, transform: Any, width: float, height: float, head: int) -> Any:
        """Return words and boxes that stay while depth moves."""
        across = tuple(transform.map([x, 0])[0] for x in (0.0, 1.0))
        colours = self._colours
        tracks, readings = self.overlay.tracks, self.overlay.readings
        known = self._fixed
        # Names of moved wells and captions of strips say what is under the pointer.
        key = (across, width, height, head, readings, self._paper, self.overlay.pointer)
        if not known or known[0] is not tracks or known[1] != key:
            words: dict[str, list[Any]] = {name: [] for name in _HANDS}
            rules: list[Any] = []
            thick: list[Any] = []
            self._place_tracks(transform, width, head, words, rules, thick)
            rules += [
                ((0, head), (width, head), "frame"),
                ((AXIS_WIDTH, 0), (AXIS_WIDTH, height), "frame"),
            ]
            ground = np.array([(0, 0, width, head), (0, head, AXIS_WIDTH, height)], np.float64)
            parts = [
                (ground, np.tile(rgba(colours["header"]), (2, 1))),
                self._to_boxes(rules, 1.0),
                self._to_boxes(thick, 2.0),
            ]
            boxes = tuple(np.concatenate(each) for each in zip(*parts, strict=True))
            self._fixed = (tracks, key, (words, boxes))
        return self._fixed[2]

    def _to_boxes(self, lines: list[Any], wide: float) -> tuple[Any, Any]:
        """Return lines, level or upright, as boxes (left, top, right, base), and their colours."""
        ends = np.array([[*line[0], *line[1]] for line in lines], np.float64).reshape(-1, 4)
        colours = [rgba(self._colours.get(line[2], line[2])) for line in lines]
        start = np.minimum(ends[:, :2], ends[:, 2:])
        end = np.maximum(ends[:, :2], ends[:, 2:])
        thin = end == start
        start = np.where(thin, np.round(start - wide / 2), start)
        end = np.where(thin, start + wide, end)
        return np.c_[start, end], np.array(colours, np.float32).reshape(-1, 4)

    def _place_axis(
        self, transform: Any, top: float, base: float, head: int, height: float,
        words: dict[str, list[Any]], rules: list[Any],
    ) -> None:  # fmt: skip
        strong, weak = depth_ticks(top, base, most=max(int((height - head) / 60), 2))
        ink = self._colours["ink"]
        second = self.overlay.tracks[0].second if self.overlay.tracks else None
        for depth in strong:
            y = transform.map([0, depth])[1]
            rules.append(((AXIS_WIDTH - 8, y), (AXIS_WIDTH, y), "frame"))
            if y > head + 8:
                words["depth"].append((format_number(depth), (AXIS_WIDTH - 12, y), ink))
                if second is not None:
                    words["right"].append(
                        (second(depth), (AXIS_WIDTH - 12, y + 13), self._colours["frame"])
                    )
        for depth in weak:
            y = transform.map([0, depth])[1]
            rules.append(((AXIS_WIDTH - 4, y), (AXIS_WIDTH, y), "frame"))
        words["depth"].append((self.overlay.depth_label, (AXIS_WIDTH - 8, head - 22), ink))
        if second is not None:
            words["right"].append(
                (self.overlay.reference, (AXIS_WIDTH - 8, head - 8), self._colours["frame"])
            )

    def _place_tracks(
        self, transform: Any, width: float, head: int,
        words: dict[str, list[Any]], rules: list[Any], thick: list[Any],
    ) -> None:  # fmt: skip
        ink, paper = self._colours["ink"], self._colours["paper"]
        readings = iter(self.overlay.readings or ())
        named: list[Any] = []
        for shown in self.overlay.tracks:
            a, b = (transform.map([x, 0])[0] for x in (shown.left, shown.right))
            place = next(readings, "") if shown.track.lanes else ""
            values = [next(readings, "") for _ in shown.track.curves]
            if b < AXIS_WIDTH or a > width:
                continue
            if not any(shown.well is well for well in named):
                named.append(shown.well)
                start = max(a, AXIS_WIDTH + 6)
                right = max(t.right for t in self.overlay.tracks if t.well is shown.well)
                most = max(int((transform.map([right, 0])[0] - start) / _BOLD_LETTER), 3)
                words["well"].append((self._name_well(shown, most), (start, 11), ink))
            rules += [((x, NAME_HEIGHT), (x, head), "frame") for x in (a, b)]
            if not shown.track.curves:
                self._place_strip_title(shown, (a, b), head, place, words)
                continue
            low = head - 4
            for caption, colour in reversed(shown.captions):
                if b - a > _NARROW:
                    # A patch, of lines two pixels wide.
                    thick += [((a + 4, low - y), (a + 14, low - y), colour) for y in (1, 3, 5, 7)]
                    most = max(int((b - a - 20) / _LETTER), 4)
                    words["left"].append((_shorten(caption, most), (a + 18, low - 4), ink))
                low -= CAPTION_HEIGHT
            rows = len(shown.track.curves)
            for i, (curve, value) in enumerate(zip(shown.track.curves, values, strict=True)):
                y = low - (rows - 1 - i) * ROW_HEIGHT
                colour = legible(curve.colour, paper)
                thick.append(((a + 3, y), (b - 3, y), colour))
                most = int((b - a) / _LETTER)
                if most > 1:
                    name = _shorten(curve.mnemonic, most)
                    words["name"].append((name, ((a + b) / 2, y - 24), colour))
                unit = f"{curve.unit}, wraps".lstrip(", ") if curve.wrap else curve.unit
                ends = format_number(curve.left), format_number(curve.right)
                middle = value or unit
                # Centred: the longer end decides what is left for it.
                needed = (2 * max(map(len, ends)) + len(middle) + 1) * _LETTER
                fits = needed < b - a
                if (fits or not value) and (len(ends[0]) + len(ends[1])) * _LETTER < b - a - 12:
                    words["left"].append((ends[0], (a + 5, y - 9), colour))
                    words["right"].append((ends[1], (b - 5, y - 9), colour))
                if fits or (value and len(middle) * _LETTER < b - a):
                    words["unit"].append((middle, ((a + b) / 2, y - 9), ink if value else colour))

    def _name_well(self, shown: HeaderTrack, most: int) -> str:
        """Return a well's name, and where its depths are its own the one under the pointer.

        Of more than ``most`` letters the name loses its end, not the depth.
        """
        read, pointer = "", self.overlay.pointer
        if pointer is not None:
            depth = pointer - shown.shift
            if has_own_axis(shown, self.overlay.tracks):
                read += f"   {depth:.2f} {shown.well.index_unit}"
            if shown.second is not None:
                read += f"   {self.overlay.reference} {shown.second(depth)}"
        return _shorten(shown.well.name, max(most - len(read), 3)) + read

    def _place_strip_title(
        self, shown: HeaderTrack, sides: tuple[float, float], head: int, place: str,
        words: dict[str, list[Any]],
    ) -> None:  # fmt: skip
        """Write what a strip or an image is, and what it shows under the pointer."""
        ink, (a, b) = self._colours["ink"], sides
        if shown.track.image is not None:
            image = shown.track.image
            ends = (format_number(float(f"{end:.3g}")) for end in (image.low, image.high))
            words["name"].append((image.name, ((a + b) / 2, head - 28), ink))
            scale = f"{next(ends)} to {next(ends)} {image.unit}"
            if (b - a) > len(scale) * _LETTER:
                words["unit"].append((scale, ((a + b) / 2, head - 13), ink))
            if (b - a) > (len(scale) + 10) * _LETTER:
                words["left"].append(("0\N{DEGREE SIGN}", (a + 5, head - 13), ink))
                words["right"].append(("360\N{DEGREE SIGN}", (b - 5, head - 13), ink))
            return
        if shown.track.kind == "flags":
            share = (b - a) / max(len(shown.track.lanes), 1)
            for i, lane in enumerate(shown.track.lanes):
                colour = legible(lane.zones[0].colour, self._colours["header"])
                words["turned"].append((lane.title, (a + (i + 0.5) * share, head - 36), colour))
            return
        if len(shown.track.title) * _LETTER > b - a:
            words["turned"].append((shown.track.title, ((a + b) / 2, head - 40), ink))
            return
        words["unit"].append((shown.track.title, ((a + b) / 2, head - 28), ink))
        if place:
            most = max(int((b - a) / _LETTER), 3)
            words["unit"].append((_shorten(place, most), ((a + b) / 2, head - 12), ink))

    def _place_blocks(
        self, transform: Any, size: tuple[float, float], head: int, words: dict[str, list[Any]]
    ) -> None:
        """Write the names of blocks, level or upright, where there is room for them."""
        written = 0
        tops = {
            id(shown.well): [
                transform.map([0, top.depth + shown.shift])[1] - 7 for top in shown.well.tops
            ]
            for shown in self.overlay.tracks
            if shown.track.kind == "zones"
        }
        for shown in self.overlay.tracks:
            a, b = (transform.map([x, 0])[0] for x in (shown.left, shown.right))
            lanes = [lane for lane in shown.track.lanes if lane.named]
            if not lanes or b < AXIS_WIDTH or a > size[0]:
                continue
            wide = (b - a) / len(lanes)
            for i, lane in enumerate(lanes):
                for zone in lane.zones:
                    y, end = sorted(
                        transform.map([0, z + shown.shift])[1] for z in (zone.top, zone.base)
                    )
                    y, end = max(y, head), min(end, size[1])
                    needed = len(zone.name) * _LETTER
                    kind = "block" if needed < wide and end - y > 12 else ""
                    if not kind and needed < end - y and wide > 12:
                        kind = "turned"
                    if not kind or written >= _MOST_NAMES:
                        continue
                    written += 1
                    half = 7.0 if kind == "block" else needed / 2
                    at = _make_way(
                        (y, end),
                        half,
                        tops.get(id(shown.well), ()) if shown.track.kind == "zones" else (),
                    )
                    colour = legible("#1a1a1a", zone.colour)
                    if colour == "#000000":  # neither way: the block is dark
                        colour = "#ffffff"
                    words[kind].append((zone.name, (a + (i + 0.5) * wide, at), colour))

    def _place_tops(
        self, transform: Any, size: tuple[float, float], head: int,
        words: dict[str, list[Any]], rules: list[Any],
    ) -> None:  # fmt: skip
        """Draw tops across all tracks of a well, and the tops of zones across its curves."""
        firsts: dict[int, HeaderTrack] = {}
        for shown in self.overlay.tracks:  # the one with the zones, where there is one
            key = id(shown.well)
            if key not in firsts or (
                shown.track.kind == "zones" and firsts[key].track.kind != "zones"
            ):
                firsts[key] = shown
        for shown in self.overlay.tracks:
            a, b = (transform.map([x, 0])[0] for x in (shown.left, shown.right))
            a, b = max(a, AXIS_WIDTH), min(b, size[0])
            if a >= b or not (shown.well.tops or shown.well.zones):
                continue
            first = firsts[id(shown.well)]
            for depth in {zone.top for zone in shown.well.zones} if shown.track.curves else ():
                y = transform.map([0, depth + shown.shift])[1]
                if head < y < size[1]:
                    rules.append(((a, y), (b, y), "edge"))
            for top in shown.well.tops:
                y = transform.map([0, top.depth + shown.shift])[1]
                if head < y < size[1]:
                    colour = legible(top.colour, self._colours["paper"])
                    rules.append(((a, y), (b, y), colour))
                    if shown is first and y > head + 14:
                        behind = [
                            zone.colour for lane in shown.track.lanes for zone in lane.zones
                            if transform.map([0, zone.top + shown.shift])[1] <= y - 7
                            <= transform.map([0, zone.base + shown.shift])[1]
                        ]  # fmt: skip
                        ink = legible(top.colour, (*behind, self._colours["paper"])[0])
                        name = _shorten(top.name, max(int((b - a) / _LETTER), 3))
                        words["left"].append((name, (a + 4, y - 7), ink))

    def _place_pointer(
        self, transform: Any, head: int, width: float,
        words: dict[str, list[Any]], rules: list[Any],
    ) -> None:  # fmt: skip
        if self.overlay.pointer is None:
            return
        y = transform.map([0, self.overlay.pointer])[1]
        if y > head:
            rules.append(((AXIS_WIDTH, y), (width, y), "pointer"))
            depth = f"{self.overlay.pointer:.2f}"
            words["depth"].append((depth, (AXIS_WIDTH - 8, head - 38), self._colours["ink"]))


class _Straight:
    """A transform of the plane that turns nothing, for the hundreds of places of a frame."""

    def __init__(self, transform: Any) -> None:
        ends = transform.map([[0, 0], [1, 1]])
        self._start = tuple(float(end) for end in ends[0, :2])
        self._scale = tuple(float(side) for side in (ends[1] - ends[0])[:2])

    def map(self, point: Any) -> tuple[float, float]:
        """Return where (across, depth) lies, in pixels."""
        (x, y), (across, down) = self._start, self._scale
        return x + across * float(point[0]), y + down * float(point[1])


def _draw_boxes(node: Any, boxes: Any, colours: Any) -> None:
    corners = boxes[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 2)
    first = 4 * np.arange(len(boxes))[:, None, None]
    faces = (first + [[0, 1, 2], [1, 3, 2]]).reshape(-1, 3)
    node.set_points(corners, np.repeat(colours, 4, axis=0), "triangles", faces)


def _make_way(block: tuple[float, float], half: float, taken: Iterable[float]) -> float:
    """Return the middle of a name in a block, in pixels, where it does not cover another's."""
    taken = list(taken)
    middle = sum(block) / 2
    for place in (middle, *np.linspace(block[0] + half, block[1] - half, 9)):
        if all(abs(place - other) > half + 7 for other in taken):
            return float(place)
    return middle


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def register_header() -> None:
    """Let napari draw ``TrackHeader``."""
    overlay_to_visual[TrackHeader] = VispyTrackHeader
