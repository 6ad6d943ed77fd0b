"""The three pictures of the Latent space dock, and how they are kept in step with the point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from napari_welllog._latent_maps import Marks, NoiseMap
from napari_welllog._latent_pictures import LayersPicture, SamplePicture, draw_all
from welllog.charts import save_figure
from welllog.palette import LIGHT, Theme, say_nothing_to_draw

if TYPE_CHECKING:
    from napari_welllog._latent_form import NoiseCanvas
    from napari_welllog._latent_work import Answer, Explored, Point

_PAGE = (10, 9)
"""Inches of a picture that is saved."""


class LatentBoard:
    """Draws map, sample and layers, each on its canvas."""

    def __init__(
        self, map_canvas: NoiseCanvas, sample_canvas: NoiseCanvas, layers_canvas: NoiseCanvas
    ) -> None:
        self._canvases = (map_canvas, sample_canvas, layers_canvas)
        self.map: NoiseMap | None = None
        self.sample: SamplePicture | None = None
        self.layers: LayersPicture | None = None

    def draw(
        self, explored: Explored | None, answer: Answer | None, marks: Marks, shade: str,
        cube: bool, theme: Theme,
    ) -> None:  # fmt: skip
        """Draw all three anew."""
        for canvas in self._canvases:
            canvas.figure.clear()
            canvas.figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03)
            canvas.figure.set_facecolor(theme.paper)
        first, second, third = (canvas.figure for canvas in self._canvases)
        if explored is None:
            self.map = self.sample = self.layers = None
            say_nothing_to_draw(first, theme, "The map\nwill be here.")
        else:
            self.map = NoiseMap(first, explored, shade, cube, theme)
            self.map.show(marks)
            self.sample = SamplePicture(second, explored, theme)
            self.layers = LayersPicture(third, explored, theme)
            if answer is not None:
                self.sample.show(answer, explored.walk)
                self.layers.show(answer)
        pictures = (self.map, self.sample, self.layers)
        for canvas, picture in zip(self._canvases, pictures, strict=True):
            canvas.draw_with(() if picture is None else picture.moving)
            canvas.figure.set_layout_engine("none")  # what follows moves nothing

    def show_marks(self, marks: Marks) -> None:
        """Move what is marked on the map."""
        if self.map is not None:
            self._canvases[0].draw_moved(self.map.show(marks))

    def show_answer(self, explored: Explored, answer: Answer) -> None:
        """Show what is generated at another point."""
        if self.sample is not None and self.layers is not None:
            self._canvases[1].draw_moved(self.sample.show(answer, explored.walk))
            self._canvases[2].draw_moved(self.layers.show(answer))

    def point_at(self, event: Any, point: Point) -> Point | None:
        """Return where the pointer is on the map, None where it is beside it."""
        return None if self.map is None else self.map.point_at(event, point)


def save_board(
    path: str, explored: Explored, answer: Answer, marks: Marks, shade: str, cube: bool
) -> Path:
    """Write all three on one white page."""
    figure = Figure(figsize=_PAGE)
    FigureCanvasAgg(figure)
    marks = Marks(answer.point, marks.start, marks.stop)  # a newer point is not answered yet
    draw_all(figure, explored, answer, marks, shade, cube, LIGHT)
    return save_figure(figure, path)
