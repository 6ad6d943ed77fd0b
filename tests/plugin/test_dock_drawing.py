"""How wells are drawn: in one picture that moves, with no more work than is seen."""

from __future__ import annotations

import gc
import weakref

import napari
import numpy as np
import pytest
from napari.layers import Layer
from qtpy.QtWidgets import QApplication
from vispy.scene import Node

from napari_welllog import _sheet
from napari_welllog._labels import _SIDE, Hand, Labels
from napari_welllog._light_vectors import share_colour
from napari_welllog._log_view import view_of
from napari_welllog._sheet import LayerNode, Sheet
from napari_welllog._viewer_session import session_of
from welllog.samples import synthetic_well
from welllog.well import Well

DENSE = 15_000


def canvas_of(viewer):
    return viewer.window._qt_window._qt_viewer.canvas


def pixels(viewer):
    """Return what a frame drawn now shows, shape (height, width, 4)."""
    image = canvas_of(viewer).native.grabFramebuffer()
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), image.width(), 4).astype(int)


def dense_well():
    random = np.random.default_rng(0)
    well = Well("DENSE", 1000 + 0.1524 * np.arange(DENSE))
    for name, centre in (("GR", 70.0), ("RHOB", 2.4), ("NPHI", 0.2)):
        walk = np.cumsum(random.normal(size=DENSE)) / np.sqrt(DENSE)
        well.add_curve(name, centre * (1 + 0.2 * walk), unit={"GR": "gAPI"}.get(name, ""))
    return well


def add(viewer, well):
    for made in view_of(viewer).make_layers(well, (), "triple_combo"):
        viewer.add_layer(Layer.create(*made))
    QApplication.processEvents()


@pytest.fixture(scope="module")
def dense(shared_viewer):
    """The module's viewer with a well of many samples beside its first."""
    viewer, _ = shared_viewer
    add(viewer, dense_well())
    return viewer


@pytest.fixture
def viewer(dense):
    view_of(dense).fit()
    return dense


@pytest.fixture(params=["copied", "blended"])
def painted(monkeypatch, request):
    """Names of what is drawn anew and not taken from the picture, in both ways to take it."""
    if request.param == "blended":
        monkeypatch.setattr(_sheet, "_can_copy", lambda: False)
    seen = []
    paint = LayerNode.paint

    def note(node, *args):
        seen.append(node)
        paint(node, *args)

    monkeypatch.setattr(LayerNode, "paint", note)
    return seen


def visual(viewer, name):
    return canvas_of(viewer).layer_to_visual[viewer.layers[name]]


def dense_layer(viewer, start):
    return next(e for e in viewer.layers if e.name.startswith(start) and "DENSE" in e.name)


def test_a_view_at_rest_is_copied_and_looks_the_same(viewer, painted):
    drawn = pixels(viewer)
    pixels(viewer)
    painted.clear()
    copied = pixels(viewer)
    assert not painted
    assert np.abs(copied - drawn).max() <= 2  # a picture holds eight bits of each colour
    assert drawn[..., 3].min() == 255  # nothing of the window shines through


def test_the_frame_that_makes_the_picture_is_not_blank(viewer):
    view_of(viewer).zoom_to(1200, 1300)
    drawn = pixels(viewer)
    made = pixels(viewer)
    assert made[..., 3].min() == 255
    assert np.abs(made - drawn).max() <= 2


def test_a_moved_picture_is_what_would_be_drawn_there(viewer, painted):
    view = view_of(viewer)
    view.zoom_to(1200, 1300)
    for _ in range(3):
        pixels(viewer)
    left, right, top, base = view._camera.rect
    down = 40 * (base - top) / canvas_of(viewer).size[0]  # forty rows
    painted.clear()
    view._camera.show(left, right, top + down, base + down)
    moved = pixels(viewer)
    assert not painted
    for sheet in (n for n in canvas_of(viewer).view.scene.children if isinstance(n, Sheet)):
        sheet._pictures.clear()
    anew = pixels(viewer)
    assert painted
    assert (np.abs(moved - anew).max(axis=2) > 40).mean() < 1e-4


def test_what_lies_below_a_picture_is_seen_through_it(viewer):
    red = np.full((10, 10), 255, np.uint8)
    below = viewer.add_image(red, colormap="red", contrast_limits=(0, 255), scale=(1000, 1000))
    viewer.layers.move(len(viewer.layers) - 1, 0)
    frames = [pixels(viewer) for _ in range(3)]
    viewer.layers.remove(below)
    assert all((np.abs(frame - frames[0]).max(axis=2) > 2).mean() < 1e-4 for frame in frames)
    assert (frames[2][..., 2] > 200).mean() > 0.2  # blue, green, red, alpha


def test_what_changes_a_layer_is_seen_in_the_next_frame(viewer):
    layer = dense_layer(viewer, "GR ·")
    for _ in range(3):
        before = pixels(viewer)
    layer.visible = False
    hidden = pixels(viewer)
    assert np.abs(hidden - before).max() > 40
    layer.visible = True
    np.testing.assert_allclose(pixels(viewer), before, atol=2)
    colour = layer.edge_color.copy()
    layer.edge_color = "magenta"
    assert np.abs(pixels(viewer) - before).max() > 40
    layer.edge_color = colour
    layer.translate = layer.translate + [0, 30]
    assert np.abs(pixels(viewer) - before).max() > 40
    layer.translate = layer.translate - [0, 30]


def test_a_long_band_is_thinned_to_rows_and_whole_again_near(viewer):
    fill = visual(viewer, dense_layer(viewer, "GR below").name)
    pixels(viewer)
    far = fill.node.count
    assert 0 < far <= 2 * 1600
    view_of(viewer).zoom_to(1500, 1510)
    pixels(viewer)
    low, high = view_of(viewer)._camera.rect[2:]
    depth = fill.layer.data[:, 0, 0]
    assert fill.node.count >= 2 * ((depth >= low) & (depth <= high)).sum()


def test_a_view_beyond_the_well_draws_none_of_it(viewer):
    view_of(viewer).zoom_to(90_000, 90_010)
    pixels(viewer)
    assert visual(viewer, dense_layer(viewer, "GR ·").name).node.count <= 4
    assert visual(viewer, dense_layer(viewer, "GR below").name).node.count <= 4


def test_three_dimensions_and_back_show_the_same(viewer):
    for _ in range(3):
        before = pixels(viewer)
    viewer.dims.ndisplay = 3
    for _ in range(3):
        assert pixels(viewer)[..., 3].min() == 255
    viewer.dims.ndisplay = 2
    view_of(viewer).fit()
    np.testing.assert_allclose(pixels(viewer), before, atol=2)


def test_layers_of_one_colour_keep_one(viewer):
    layer = dense_layer(viewer, "RHOB ·")
    assert layer.edge_color.shape == (len(layer.data), 4)
    assert layer.edge_color.strides[0] == 0
    colours = layer.edge_color.copy()
    colours[0] = (1, 0, 0, 1)
    layer.edge_color = colours
    assert share_colour(layer) is None
    assert layer.edge_color[0, 0] == 1 and layer.edge_color.strides[0] != 0
    layer.edge_color = colours[1]
    assert layer.edge_color.strides[0] == 0


def test_controls_are_made_for_the_layer_that_is_selected(viewer):
    controls = viewer.window._qt_window._qt_viewer.controls
    layer = dense_layer(viewer, "GR ·")
    assert layer not in controls.widgets
    viewer.layers.selection.active = layer
    assert controls.currentWidget() is controls.widgets[layer]
    assert controls.widgets[layer].layer is layer
    other = viewer.add_points([[1500, 0]])
    assert other in controls.widgets  # napari's own are made at once
    viewer.layers.remove(other)
    assert other not in controls.widgets


def test_layers_that_come_together_are_all_measured(viewer):
    index = np.linspace(4000, 4100, 200)
    deep = Well("DEEP", index)
    deep.add_curve("GR", np.full(200, 50.0), unit="gAPI")
    add(viewer, deep)
    try:
        assert viewer.dims.range[0].stop >= 4100
        assert not viewer.layers._activate_on_insert or viewer.layers.selection.active
    finally:
        for layer in [e for e in viewer.layers if "DEEP" in e.name]:
            viewer.layers.remove(layer)


def test_depths_are_told_apart_however_large_they_are():
    from napari_welllog._layers import to_layers

    near, far = (Well("W", start + np.arange(50.0)) for start in (1000.0, 1e9))
    for well in (near, far):
        well.add_curve("GR", np.linspace(10, 90, 50), unit="gAPI")
    (close,), (distant,) = (
        [made[0] for made in to_layers(well) if made[1]["name"] == "GR"] for well in (near, far)
    )
    assert close.dtype == np.float32
    assert distant.dtype == np.float64
    assert (np.diff(distant[:, 0, 0]) == 1).all()


def test_a_word_is_painted_once_and_a_full_picture_begins_anew(viewer):
    labels = Labels("Sans Serif", parent=Node())
    hand = Hand(9)
    labels.write([(hand, "GR", (10, 10), "#ffffff"), (hand, "GR", (90, 40), "#ffffff")])
    assert len(labels._boxes) == 1
    assert labels.count == 8
    many = [(Hand(40), f"word {i}", (10.0, 10.0), "#ffffff") for i in range(90)]
    for word in many:
        labels.write([word])
    assert len(labels._boxes) < 90  # what was painted long ago is forgotten
    for left, top, wide, high in labels._boxes.values():
        assert left + wide <= _SIDE and top + high <= _SIDE


def test_a_viewer_that_was_closed_leaves_nothing_behind():
    def open_and_close():
        viewer = napari.Viewer(show=True)
        kept = [weakref.ref(e) for e in (viewer, view_of(viewer), session_of(viewer))]
        add(viewer, synthetic_well(seed=1, top=1000, base=1100))
        assert view_of(viewer) is kept[1]() and session_of(viewer) is kept[2]()
        viewer.close()
        return kept

    kept = open_and_close()
    for _ in range(5):
        QApplication.processEvents()
        gc.collect()
    assert [known() for known in kept] == [None, None, None]


def test_the_status_bar_says_the_depth_of_the_layers_own_well(viewer):
    add(viewer, dense_well())
    layer = next(layer for layer in viewer.layers if layer.name.startswith("GR"))
    layer.translate = (*layer.translate[:-2], layer.translate[-2] + 100.0, layer.translate[-1])
    told = layer.get_status((1600.0, 3.0), world=True)
    assert told["coordinates"].strip() == "1500.00 m"
    stock = viewer.add_vectors(np.zeros((1, 2, 2)), name="stock")
    assert "[" in stock.get_status((1600.0, 3.0), world=True)["coordinates"]


def test_a_sample_alone_above_the_rest_does_not_break_the_line(viewer):
    well = dense_well()
    well.name = "ALONE"
    values = np.array(well.curves["GR"].values).ravel()
    values[1:10] = np.nan
    del well.curves["GR"]
    well.add_curve("GR", values, unit="gAPI")
    add(viewer, well)
    name = next(layer.name for layer in viewer.layers if layer.name.startswith("GR · ALONE"))
    pixels(viewer)
    whole = visual(viewer, dense_layer(viewer, "GR · DENSE").name).node.count
    assert visual(viewer, name).node.count > 0.9 * whole
