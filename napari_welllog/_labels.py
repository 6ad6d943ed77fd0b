"""Words on a canvas: each is painted once by Qt, and placed anew as often as the view changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from vispy import gloo

from napari_welllog._lettering import Hand
from napari_welllog._plain_node import PlainNode, find_program

_SIDE = 1024
"""Of the picture that holds all words, in pixels; a canvas has some tens of kilobytes of them."""
_VERTEX = """
uniform mat4 u_matrix;
attribute vec2 a_position;
attribute vec2 a_place;
varying vec2 v_place;
void main() {
    gl_Position = u_matrix * vec4(a_position, 0.0, 1.0);
    v_place = a_place;
}
"""
_FRAGMENT = """
uniform sampler2D u_words;
uniform float u_opacity;
varying vec2 v_place;
void main() { gl_FragColor = texture2D(u_words, v_place) * vec4(1.0, 1.0, 1.0, u_opacity); }
"""


class Labels(PlainNode):
    """Words with a position in pixels each, the middle of their height."""

    shaders = (_VERTEX, _FRAGMENT)

    def __init__(self, face: str, parent: Any = None) -> None:
        super().__init__(parent=parent)
        self._face = face
        self._texture: Any = None
        self._scale = 1.0
        self._clear()

    def write(self, words: list[tuple[Hand, str, tuple[float, float], str]]) -> None:
        """Show (hand, text, position, ``#rrggbb``) and nothing else."""
        scale = float(self.canvas.pixel_scale) if self.canvas is not None else 1.0
        if scale != self._scale:
            self._scale = scale
            self._clear()
        try:
            boxes = [self._find(hand, text, colour) for hand, text, _, colour in words]
        except _Full:
            self._clear()
            boxes = [self._find(hand, text, colour) for hand, text, _, colour in words]
        corners = np.empty((len(words), 4, 2))
        places = np.empty((len(words), 4, 2))
        for i, ((hand, _, (x, y), _), (left, top, wide, high)) in enumerate(
            zip(words, boxes, strict=True)
        ):
            across, down = wide / scale, high / scale
            x -= across * (0.5 if hand.turned else hand.anchor)
            y -= down / 2
            x, y = round(x * scale) / scale, round(y * scale) / scale
            corners[i] = ((x, y), (x + across, y), (x, y + down), (x + across, y + down))
            right, base = left + wide, top + high
            places[i] = ((left, top), (right, top), (left, base), (right, base))
        first = 4 * np.arange(len(words))[:, None, None]
        faces = (first + [[0, 1, 2], [1, 3, 2]]).reshape(-1, 3)
        self.set_points(corners.reshape(-1, 2), (1, 1, 1, 1), "triangles", faces)
        if words:
            place = gloo.VertexBuffer((places.reshape(-1, 2) / _SIDE).astype(np.float32))
            self._attributes = {"a_position": self._attributes["a_position"], "a_place": place}

    def draw(self) -> None:
        """Send words that are new, and draw."""
        if self.count and not self.picking:
            if self._texture is None:
                self._texture = gloo.Texture2D(self._pixels(), interpolation="nearest")
            elif self._changed:
                self._texture.set_data(self._pixels())
            self._changed = False
            find_program(self.canvas, self.shaders)["u_words"] = self._texture
        super().draw()

    def _clear(self) -> None:
        self._picture = QImage(_SIDE, _SIDE, QImage.Format.Format_RGBA8888)
        self._picture.fill(QColor(0, 0, 0, 0))
        self._boxes: dict[tuple[Hand, str, str], tuple[int, int, int, int]] = {}
        self._pen, self._row = [0, 0], 0
        self._changed = True

    def _find(self, hand: Hand, text: str, colour: str) -> tuple[int, int, int, int]:
        """Return left, top, width and height of a word in the picture, painted if it is new."""
        key = (hand, text, colour)
        if key not in self._boxes:
            self._boxes[key] = self._paint(*key)
        return self._boxes[key]

    def _paint(self, hand: Hand, text: str, colour: str) -> tuple[int, int, int, int]:
        font = QFont(self._face)
        font.setPixelSize(max(round(hand.points * 4 / 3 * self._scale), 1))
        metrics = QFontMetrics(font)
        length = min(metrics.horizontalAdvance(text) + 2, _SIDE)
        wide, high = (metrics.height(), length) if hand.turned else (length, metrics.height())
        if self._pen[0] + wide > _SIDE:
            self._pen, self._row = [0, self._pen[1] + self._row], 0
        if self._pen[1] + high > _SIDE:
            raise _Full
        left, top = self._pen
        self._pen[0], self._row = left + wide, max(self._row, high)
        ink = QColor(colour)
        clear = QColor(ink)
        clear.setAlpha(0)
        painter = QPainter(self._picture)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(left, top, wide, high, clear)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setFont(font)
        painter.setPen(ink)
        painter.translate(left, top + high if hand.turned else top)
        painter.rotate(-90 if hand.turned else 0)
        painter.drawText(0, 0, length, metrics.height(), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        self._changed = True
        return left, top, wide, high

    def _pixels(self) -> Any:
        bits = self._picture.constBits()
        if hasattr(bits, "setsize"):
            bits.setsize(self._picture.sizeInBytes())
        return np.frombuffer(bits, np.uint8).reshape(_SIDE, _SIDE, 4).copy()


class _Full(Exception):
    """The picture has no room for another word."""
