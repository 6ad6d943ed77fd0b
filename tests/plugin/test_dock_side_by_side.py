"""Wells side by side share one scale a curve, kept as wells come and go, and it can be read."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from napari_welllog._places import describe
from napari_welllog._viewer_session import session_of
from welllog.formats import write
from welllog.samples import synthetic_well
from welllog.well import Well


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two wells: the density of the second one is lower than the usual scale goes."""
    folder = tmp_path_factory.mktemp("wells")
    for name, down in (("usual", 0.0), ("light", 0.8)):
        source = synthetic_well(seed=4, top=1500, base=1600)
        well = Well(name, source.index, source.index_unit, source.index_mnemonic)
        for own in ("GR", "RHOB", "NPHI"):
            values = source.values(own) - (down if own == "RHOB" else 0.0)
            well.add_curve(own, values, unit=source.curves[own].units)
        write(well, folder / f"{name}.las")
    return folder


@pytest.fixture(scope="module")
def shown(bare_viewer, files):
    """The usual well and the Tracks dock, then the light well beside it."""
    bare_viewer.open(str(files / "usual.las"), plugin="napari-welllog")
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Tracks")[1]
    QApplication.processEvents()
    assert scales(bare_viewer, "RHOB") == {"usual": (1.95, 2.95)}
    bare_viewer.open(str(files / "light.las"), plugin="napari-welllog")
    for _ in range(3):
        QApplication.processEvents()
    return bare_viewer, dock


def scales(viewer, own: str) -> dict[str, tuple[float, float]]:
    found = {r["well"].name: r["scale"] for _, r in view_of(viewer).records("curve")
             if r["curve"] == own}  # fmt: skip
    return {name: (scale.left, scale.right) for name, scale in found.items()}


def layer_of(viewer, name: str, own: str):
    return next(
        layer
        for layer, r in view_of(viewer).records("curve")
        if r["well"].name == name and r["curve"] == own
    )


def written(viewer) -> list[str]:
    canvas = viewer.window._qt_window._qt_viewer.canvas
    overlay = viewer.canvas.overlays["welllog_header"]
    visual = canvas._viewer_overlay_to_visual[overlay][0]
    visual.draw()
    return [word[0] for words in visual.words.values() for word in words]


def test_a_well_that_was_open_is_redrawn_on_the_scale_it_shares_with_a_further_one(shown):
    viewer, _ = shown
    assert len(set(scales(viewer, "RHOB").values())) == 1
    left, right = scales(viewer, "RHOB")["usual"]
    assert left < 1.95 and right == 2.95
    assert scales(viewer, "NPHI")["usual"] == scales(viewer, "NPHI")["light"] != (0.45, -0.15)
    layer = layer_of(viewer, "usual", "RHOB")
    record = describe(layer)
    values = record["well"].values("RHOB")
    across = (np.nanmedian(values) - left) / (right - left)
    drawn = (np.median(layer.data[:, 0, 1]) - record["place"]["offset"]) / record["place"]["share"]
    assert drawn == pytest.approx(across, abs=0.02)


def test_the_tracks_dock_says_the_scale_that_is_drawn(shown):
    viewer, dock = shown
    viewer.layers.selection.active = layer_of(viewer, "usual", "RHOB")
    left, _ = scales(viewer, "RHOB")["usual"]
    row = next(i.data(0, Qt.ItemDataRole.UserRole) for i in dock.tree._items()
               if i.text(0).startswith("RHOB"))  # fmt: skip
    assert f"RHOB   {left:g} to 2.95" in dock.tree.item_of(row).text(0)
    dock.tree.choose(row)
    assert dock.curve_page.left_line.value == left


def test_a_scale_that_was_set_stays_when_wells_come_and_go(shown, qtbot):
    viewer, _ = shown
    session, view = session_of(viewer).session, view_of(viewer)
    shared = scales(viewer, "RHOB")["light"]
    track = next(i for i, t in enumerate(session_of(viewer)._template_of(
        session.work("usual")).tracks) if any(c.mnemonic == "RHOB" for c in t.curves))  # fmt: skip
    session.set_template("usual", "triple_combo")
    session.edit_template("usual", "change_curve", "RHOB", track, scale=(2.0, 3.0))
    assert scales(viewer, "RHOB") == {"usual": (2.0, 3.0), "light": shared}
    light = session.work("light").well
    for layer, record in view.records():
        if record["well"] is light:
            viewer.layers.remove(layer)
    qtbot.wait(50)
    assert scales(viewer, "RHOB") == {"usual": (2.0, 3.0)}
    assert scales(viewer, "NPHI") == {"usual": (0.45, -0.15)}  # alone again
    session.undo()
    qtbot.wait(50)
    assert scales(viewer, "RHOB") == {"usual": (2.0, 3.0), "light": shared}
    session.undo()
    session.undo()
    assert scales(viewer, "RHOB") == {"usual": shared, "light": shared}


def test_the_ends_of_a_scale_are_written_where_a_track_has_thirty_pixels(shown):
    viewer, _ = shown
    view = view_of(viewer)
    view.fit()
    *_, top, base = view.rect
    first = viewer.canvas.overlays["welllog_header"].tracks[0]
    unit = (first.right - first.left) / 32  # of one pixel
    left = first.left - 90 * unit  # beside the depth axis
    view.show_rect((left, left + viewer.canvas.size[1] * unit, top, base))
    words = written(viewer)
    ends = scales(viewer, "RHOB")["light"]
    assert {f"{ends[0]:g}", f"{ends[1]:g}", "RHOB", "150"} <= set(words)
    view.fit()
