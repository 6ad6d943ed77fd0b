"""What is drawn on the canvas of a well: points and colours, by one small program for all of them.

vispy puts a program of its own together for every visual, and each of napari's layers would have
three visuals. That takes ten milliseconds a layer once and half a millisecond a frame.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from vispy import gloo
from vispy.scene import Node
from vispy.visuals.transforms import MatrixTransform, STTransform

_VERTEX = """
uniform mat4 u_matrix;
attribute vec2 a_position;
attribute vec4 a_colour;
varying vec4 v_colour;
void main() {
    gl_Position = u_matrix * vec4(a_position, 0.0, 1.0);
    v_colour = a_colour;
}
"""
_FRAGMENT = """
uniform float u_opacity;
varying vec4 v_colour;
void main() { gl_FragColor = vec4(v_colour.rgb, v_colour.a * u_opacity); }
"""
_BLENDED = {"depth_test": False, "cull_face": False, "blend": True,
            "blend_func": ("src_alpha", "one_minus_src_alpha", "one", "one")}  # fmt: skip

_programs: WeakKeyDictionary[Any, dict[tuple[str, str], Any]] = WeakKeyDictionary()
_matrices: WeakKeyDictionary[Any, tuple[Any, Any]] = WeakKeyDictionary()


class PlainNode(Node):
    """Lines or triangles in the plane, in one colour or a colour for each point."""

    shaders = (_VERTEX, _FRAGMENT)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent=parent, transforms=_NoTransforms())
        self._state: dict[str, Any] = dict(_BLENDED)
        self._origin = np.zeros(2)
        self._attributes: dict[str, Any] = {}
        self._mode, self._indices = "lines", None
        self._width, self._smooth = 1.0, False
        self.count = 0
        """How many points are drawn."""

    def set_gl_state(self, **state: Any) -> None:
        """Keep how this is blended with what lies below."""
        self._state = state

    def set_points(
        self, points: Any, colours: Any, mode: str = "lines", faces: Any = None,
        width: float = 1.0, smooth: bool = False,
    ) -> None:  # fmt: skip
        """Draw other points from now on.

        Parameters
        ----------
        points : array, shape (n, 2)
            Across and down. They are sent relative to the first, as 32-bit floats.
        colours : array, shape (4,) or (n, 4)
            Red, green, blue and alpha, 0 to 1.
        mode : str
            ``lines`` (two points each) or ``triangles``.
        faces : array, shape (m, 3), optional
            Corners of the triangles, as rows of ``points``.
        width : float
            Of a line, in pixels.
        smooth : bool
            Smooth the edges of lines, which costs thrice the time.
        """
        self.count = len(points)
        if self.count:
            self._origin = np.array(points[0], np.float64)
            self._attributes = {
                "a_position": _buffer(np.asarray(points) - self._origin),
                "a_colour": _buffer(colours) if np.ndim(colours) == 2 else tuple(colours),
            }
        if faces is not None:
            self._indices = gloo.IndexBuffer(np.ascontiguousarray(faces, np.uint32))
        self._mode, self._width, self._smooth = mode, float(width), smooth
        self.update()

    def draw(self) -> None:
        """Draw, called by vispy in each frame."""
        if self.count and not self.picking:
            self.paint()

    def paint(self, beyond: Any = None, blend_func: Any = None) -> None:
        """Draw the points.

        Parameters
        ----------
        beyond : array, shape (4, 4), optional
            From the frame to what is drawn into, where that is something else.
        blend_func : tuple of str, optional
            How they mix with what lies below, where not as usual.
        """
        program = find_program(self.canvas, self.shaders)
        matrix = self._matrix()
        program["u_matrix"] = (matrix if beyond is None else matrix @ beyond).astype(np.float32)
        program["u_opacity"] = self.opacity
        for name, values in self._attributes.items():
            program[name] = values
        state = self._state if blend_func is None else {**self._state, "blend_func": blend_func}
        gloo.set_state(line_width=self._width, line_smooth=self._smooth, **state)
        program.draw(self._mode, self._indices)

    def _matrix(self) -> Any:
        """Return the matrix, shape (4, 4), from points to the frame that is drawn."""
        own = _to_matrix(self.transform)
        start = np.eye(4)
        start[3, :2] = self._origin
        return start @ own @ to_frame(self.parent, self.canvas)


class _NoTransforms:
    """Stands for the transforms of a visual, which take three milliseconds to make."""

    canvas: Any = None


def find_program(canvas: Any, shaders: tuple[str, str]) -> Any:
    """Return the program of a vertex and a fragment shader, which all of a canvas share."""
    own = _programs.setdefault(canvas.context, {})
    if shaders not in own:
        own[shaders] = gloo.Program(*shaders)
    return own[shaders]


def _buffer(values: Any) -> Any:
    return gloo.VertexBuffer(np.ascontiguousarray(values, np.float32))


def _to_matrix(transform: Any) -> Any:
    """Return a transform as the matrix that row vectors are multiplied by."""
    if isinstance(transform, MatrixTransform):
        return transform.matrix
    return np.asarray(transform.map(np.eye(4)))


def to_frame(node: Any, canvas: Any) -> Any:
    """Return the matrix from a node to the frame; kept while neither camera nor frame changes."""
    chain = []
    while node is not None:
        chain.append(node)
        node = node.parent
    key = (
        canvas._current_framebuffer(),
        canvas.physical_size,
        *(state_of(e.transform) for e in chain),
    )
    known = _matrices.get(chain[0])
    if known is not None and known[0] == key:
        return known[1]
    matrix = np.eye(4)
    for each in chain:
        matrix = matrix @ _to_matrix(each.transform)
    transforms = canvas.transforms
    for step in (transforms.canvas_transform, transforms.framebuffer_transform):
        matrix = matrix @ _to_matrix(step)
    _matrices[chain[0]] = (key, matrix)
    return matrix


def state_of(transform: Any) -> Any:
    """Return what says whether a transform has changed."""
    if isinstance(transform, MatrixTransform):
        return transform._matrix.tobytes()
    if isinstance(transform, STTransform):
        return transform._scale.tobytes(), transform._translate.tobytes()
    return id(transform)
