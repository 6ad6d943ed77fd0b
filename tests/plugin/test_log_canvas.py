"""What a viewer that shows a well looks like."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from welllog.formats import read


def header_of(viewer):
    return viewer.canvas.overlays.get("welllog_header")


def canvas_of(viewer):
    return viewer.window._qt_window._qt_viewer.canvas


@pytest.fixture
def viewer(shared_viewer):
    """The module's viewer, with all of the well in view."""
    viewer, _ = shared_viewer
    view_of(viewer).fit()
    return viewer


def test_depth_runs_down_and_all_of_the_well_is_in_view(viewer):
    transform = canvas_of(viewer).view.scene.transform
    top, base = (transform.map([0, depth])[1] for depth in (1500, 1650))
    assert 0 < top < base < canvas_of(viewer).size[0]
    left, right = (transform.map([x, 0])[0] for x in view_of(viewer).sides())
    assert 0 < left < right < canvas_of(viewer).size[1]


def test_the_header_names_every_curve_with_its_scale(viewer, gappy_las):
    curves = [curve for t in header_of(viewer).tracks for curve in t.track.curves]
    assert {curve.mnemonic for curve in curves} == set(read(gappy_las).canonical.values())
    assert next(c for c in curves if c.mnemonic == "NPHI").left == 0.45
    assert header_of(viewer).depth_label.split() == ["DEPT", "m"]


def test_the_wheel_zooms_depth_and_leaves_the_tracks_as_wide(viewer):
    camera = view_of(viewer)._camera
    left, right, top, base = camera.rect
    camera._2D_camera.zoom_depth(3, (left, (top + base) / 2))
    after = camera.rect
    np.testing.assert_allclose(after[:2], (left, right))
    assert after[3] - after[2] < base - top


def test_the_wheel_stops_at_four_samples_and_at_four_times_the_well(viewer):
    camera = view_of(viewer)._camera
    (well,) = view_of(viewer).wells()
    for clicks, height in ((5, 4 * well.step), (-5, 4 * (well.index[-1] - well.index[0]))):
        for _ in range(200):
            camera._2D_camera.zoom_depth(clicks, camera._2D_camera.center)
        top, base = camera.rect[2:]
        assert base - top == pytest.approx(height, rel=0.05)


def test_home_shows_the_whole_well_again(viewer):
    seen = view_of(viewer)._camera.rect
    view_of(viewer).zoom_to(1550, 1560)
    assert view_of(viewer)._camera.rect[3] < 1600
    viewer.reset_view()
    np.testing.assert_allclose(view_of(viewer)._camera.rect, seen)


def test_drawing_keeps_the_view_and_a_new_window_size_fits_again(viewer):
    view_of(viewer).zoom_to(1550, 1560)
    seen = view_of(viewer)._camera.rect
    for _ in range(3):
        viewer.screenshot()
    np.testing.assert_allclose(view_of(viewer)._camera.rect, seen)
    viewer.window._qt_window.resize(1000, 500)
    QApplication.processEvents()
    transform = canvas_of(viewer).view.scene.transform
    assert transform.map([0, 1560])[1] < canvas_of(viewer).size[0]


def test_something_is_drawn_where_the_curves_are(viewer):
    picture = viewer.screenshot()
    viewer.layers["GR"].visible = False
    without = viewer.screenshot()
    viewer.layers["GR"].visible = True
    assert (without != picture).any(axis=-1).sum() > 500


def test_layers_are_saved_by_the_file_menu(viewer, gappy_las, tmp_path):
    written = viewer.layers.save(str(tmp_path / "saved.las"), plugin="napari-welllog")
    assert written == [str(tmp_path / "saved.las")]
    np.testing.assert_array_equal(
        read(tmp_path / "saved.las").values("GR"), read(gappy_las).values("GR")
    )


def test_other_vectors_are_drawn_as_always(viewer):
    layer = viewer.add_vectors(np.ones((4, 2, 2)))
    visual = canvas_of(viewer).layer_to_visual[layer]
    viewer.layers.remove(layer)
    assert type(visual).__name__ == "VispyVectorsLayer"


def test_the_header_reads_the_curves_under_the_pointer(viewer):
    well = view_of(viewer).wells()[0]
    event = type("Event", (), {"position": (float(well.index[400]), 0.0)})()  # 1560.96 m: a gap
    view_of(viewer)._on_move(viewer, event)
    named = [c.mnemonic for t in header_of(viewer).tracks for c in t.track.curves]
    readings = dict(zip(named, header_of(viewer).readings, strict=True))
    assert readings["DTC"] == "null"
    assert readings["GR"] == f"{well.values('GR')[400]:.4g}"


def test_a_gap_is_blank_on_the_canvas(viewer):
    view_of(viewer).zoom_to(1562, 1568)
    viewer.layers["DTC"].visible = False
    without = viewer.screenshot()
    viewer.layers["DTC"].visible = True
    changed = np.flatnonzero((viewer.screenshot() != without).any(axis=(1, 2)))
    transform = canvas_of(viewer).view.scene.transform
    top, base = (transform.map([0, depth])[1] for depth in (1560, 1570))
    assert changed.size  # above and below the gap
    assert not ((changed > top + 3) & (changed < base - 3)).any()


def test_duplicated_layers_keep_their_look_and_their_well(viewer):
    from napari.layers._layer_actions import _duplicate_layer

    viewer.layers.selection = {viewer.layers["GR"]}
    _duplicate_layer(viewer.layers)
    copy = viewer.layers["GR copy"]
    visual = canvas_of(viewer).layer_to_visual[copy]
    shown = [c.mnemonic for t in header_of(viewer).tracks for c in t.track.curves]
    wells = view_of(viewer).wells()
    viewer.layers.remove(copy)
    assert type(visual).__name__ == "VispyLogLayer"
    assert len(wells) == 1
    assert shown.count("GR") == 1
