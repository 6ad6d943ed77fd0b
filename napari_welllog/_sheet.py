"""The layers of wells of one scene, drawn once into a picture that is moved while the view pans.

On a software OpenGL a frame of twenty wells takes a third of a second. While the view only moves,
or the pointer alone does, nothing of it is other than in the frame before, but where it lies. So
the second frame at one scale is drawn into a picture somewhat larger than the canvas, and those
after it copy that picture, moved by whole pixels. What changes a layer, the scale or the size of
the canvas is drawn at once.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
from OpenGL import GL
from vispy import gloo
from vispy.color import Color
from vispy.scene import Node

from napari_welllog._plain_node import PlainNode, find_program, state_of, to_frame

_MARGIN = 0.25
"""What the picture has beyond each edge of the canvas, in canvases; a pan leaves it seldom."""
_FEW = 3000
"""Points that are drawn as fast as a picture is copied."""
_FLAT = ("src_alpha", "one_minus_src_alpha")
_INTO_PICTURE = (*_FLAT, "one", "one_minus_src_alpha")
_FROM_PICTURE = {"depth_test": False, "cull_face": False, "blend": True,
                 "blend_equation": "func_add",
                 "blend_func": ("one", "one_minus_src_alpha", "one", "one")}  # fmt: skip
_VERTEX = """
uniform vec2 u_size;
uniform vec2 u_shift;
attribute vec2 a_position;
varying vec2 v_place;
void main() {
    gl_Position = vec4(a_position, 0.0, 1.0);
    v_place = (a_position - u_shift) / u_size * 0.5 + 0.5;
}
"""
_FRAGMENT = """
uniform sampler2D u_picture;
varying vec2 v_place;
void main() { gl_FragColor = texture2D(u_picture, v_place); }
"""
_versions = count()


class LayerNode(PlainNode):
    """The points of one layer, drawn with those of its neighbours by the sheet they lie on."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent=parent)
        self.version = next(_versions)
        """Another one whenever the points are others."""
        self.sheet: Sheet | None = None
        self.pending: Callable[[], None] | None = None
        """Called once before the next frame: it sets the points that this one needs."""

    def set_points(self, *args: Any, **settings: Any) -> None:
        """Draw other points from now on, as any node of points."""
        super().set_points(*args, **settings)
        self.version = next(_versions)

    def prepare(self) -> None:
        """Set the points that are due."""
        if self.pending is not None:
            due, self.pending = self.pending, None
            due()

    @property
    def is_flat(self) -> bool:
        """Whether it covers what lies below, so that it can be drawn into a picture first."""
        state = self._state
        return (
            not state.get("depth_test", True)
            and state.get("blend_func", ())[:2] == _FLAT
            and state.get("blend_equation", "func_add") == "func_add"
        )

    def draw(self) -> None:
        """Draw, called by vispy in each frame."""
        self.prepare()
        if self.picking or not self.count:
            return
        if self.sheet is None or self.sheet.parent is not self.parent:
            found = (child for child in self.parent.children if isinstance(child, Sheet))
            self.sheet = next(found, None) or Sheet(parent=self.parent)
        self.sheet.draw_layer(self)


class Sheet(Node):
    """Comes before the layers of a scene, and decides in each frame how they are drawn."""

    shaders = (_VERTEX, _FRAGMENT)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent=parent)
        self.order = -2
        self._runs: dict[LayerNode, list[LayerNode]] = {}
        self._lowest: list[LayerNode] | None = None
        self._pictures: list[_Picture] = []
        self._numbers: dict[LayerNode, int] = {}

    def draw(self) -> None:
        """Gather layers between which nothing else is drawn, called by vispy in each frame."""
        if self.picking:
            return
        runs: list[list[LayerNode]] = [[]]
        for node in sorted(self.parent.children, key=lambda child: child.order):
            draws = hasattr(node, "draw") or node.children  # cameras are nodes too
            if not node.visible or node is self or not draws:
                continue
            if not isinstance(node, LayerNode) or not node.is_flat:
                runs.append([])
                continue
            node.prepare()
            if node.count:
                runs[-1].append(node)
            if node.children:  # what napari draws over one layer
                runs.append([])
        self._lowest = runs[0]
        runs = [run for run in runs if run]
        self._runs = {node: run for run in runs for node in run}
        self._numbers = {run[0]: number for number, run in enumerate(runs)}
        self._pictures = self._pictures[: len(runs)]
        self._pictures += [_Picture() for _ in runs[len(self._pictures) :]]

    def draw_layer(self, node: LayerNode) -> None:
        """Draw the whole run that a layer begins, or nothing where it does not."""
        run = self._runs.get(node)
        if run is None:
            node.paint()
        elif node is run[0]:
            frame = to_frame(self.parent, self.canvas)
            if self._is_plain(frame) and sum(each.count for each in run) > _FEW:
                self._copy(run, self._pictures[self._numbers[node]], frame)
            else:
                for each in run:
                    each.paint()

    def _is_plain(self, frame: Any) -> bool:
        """Say whether the scene is seen in two dimensions, on the canvas itself."""
        turned = frame - np.diag(np.diagonal(frame))
        turned[3] = 0
        on_screen = self.canvas._current_framebuffer()[0] is None and not self.canvas._vp_stack
        return on_screen and not turned.any() and frame[3, 3] == 1

    def _copy(self, run: list[LayerNode], picture: _Picture, frame: Any) -> None:
        size = np.array(self.canvas.physical_size)
        scale, offset = np.diagonal(frame)[:2], frame[3, :2]
        lowest = run is self._lowest
        paper = (*Color(self.canvas.bgcolor).rgb, 1) if lowest else (0, 0, 0, 0)
        key = (paper, *((e.version, e.opacity, state_of(e.transform)) for e in run))
        if key != picture.key or not picture.shows(size, scale):
            picture.note(key, size, scale)
            for each in run:
                each.paint()
            return
        pixels = np.zeros(2) if picture.texture is None else picture.shift(offset)
        if picture.texture is None or (np.abs(pixels) > picture.margin).any():
            picture.begin(offset)
            context = self.canvas.context
            with picture.frame:
                context.set_viewport(0, 0, *picture.whole)
                context.clear(color=paper, depth=False)
                context.set_clear_color((0, 0, 0, 1))  # vispy makes the window opaque with it
                for each in run:
                    each.paint(np.diag([*(size / picture.whole), 1, 1]), _INTO_PICTURE)
                picture.handle = GL.glGetIntegerv(GL.GL_FRAMEBUFFER_BINDING)
            context.set_viewport(0, 0, *size)
            pixels = np.zeros(2)
        if lowest and _can_copy():
            self._copy_pixels(picture, pixels)
        else:
            self._blend_pixels(picture, pixels)

    def _copy_pixels(self, picture: _Picture, pixels: Any) -> None:
        """Put what covers all below onto the canvas, in a sixth of the time that blending takes."""
        self.canvas.context.flush_commands()
        canvas = GL.glGetIntegerv(GL.GL_FRAMEBUFFER_BINDING)
        wide, high = (int(side) for side in picture.size)
        left, low = (int(side) for side in picture.margin - pixels)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, picture.handle)
        GL.glBlitFramebuffer(
            left, low, left + wide, low + high, 0, 0, wide, high,
            GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST,
        )  # fmt: skip
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, canvas)

    def _blend_pixels(self, picture: _Picture, pixels: Any) -> None:
        program = find_program(self.canvas, self.shaders)
        program["a_position"] = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)
        program["u_size"] = picture.whole / picture.size
        program["u_shift"] = 2 * pixels / picture.size
        program["u_picture"] = picture.texture
        gloo.set_state(**_FROM_PICTURE)
        program.draw("triangle_strip")


def _can_copy() -> bool:
    """Say whether OpenGL can copy pixels here: from version 3, and where edges are not smoothed."""
    return bool(GL.glBlitFramebuffer) and not GL.glGetIntegerv(GL.GL_SAMPLE_BUFFERS)


class _Picture:
    """A run of layers as it was drawn last: pixels, and where they belong."""

    def __init__(self) -> None:
        self.key: Any = None
        self.texture: Any = None
        self.frame: Any = None
        self.handle = 0
        """What OpenGL calls the frame."""
        self.size, self._scale, self._offset = np.zeros(2), np.zeros(2), np.zeros(2)

    def note(self, key: Any, size: Any, scale: Any) -> None:
        """Begin anew: nothing is drawn before a second frame at the same scale."""
        self.key, self.size, self._scale = key, size, scale
        self.texture = None

    def shows(self, size: Any, scale: Any) -> bool:
        """Say whether canvas and scale are those of the picture; moving costs the last digits."""
        return np.array_equal(size, self.size) and np.allclose(scale, self._scale, rtol=1e-6)

    @property
    def margin(self) -> Any:
        """Pixels beyond the edges of the canvas, across and down."""
        return np.round(_MARGIN * self.size).astype(int)

    @property
    def whole(self) -> Any:
        """Width and height in pixels."""
        return self.size + 2 * self.margin

    def shift(self, offset: Any) -> Any:
        """Return by how many whole pixels the picture is to be moved, right and up."""
        return np.round((offset - self._offset) * self.size / 2)

    def begin(self, offset: Any) -> None:
        """Make room for the pixels of a view."""
        self._offset = offset.copy()
        if self.texture is None:
            wide, high = (int(side) for side in self.whole)
            self.texture = gloo.Texture2D((high, wide, 4), interpolation="nearest")
            self.frame = gloo.FrameBuffer(color=self.texture)
