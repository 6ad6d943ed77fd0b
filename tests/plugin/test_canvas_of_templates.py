"""Zones, fills and templates in a viewer.

To run before the tests that make a viewer each, which end the one of a module.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from napari_welllog._reader import show_well
from napari_welllog._viewer_session import session_of
from napari_welllog._zones import add_zones
from welllog.session_files import save_session
from welllog.zones import Top, Zone


@pytest.fixture(scope="module")
def shown(bare_viewer, gappy_well):
    """A viewer with a well that has zones, a top and lithology."""
    well = gappy_well.copy()
    well.zones = [Zone("Utsira", 1500, 1580), Zone("Skade", 1580, 1650)]
    well.tops = [Top("Contact", 1600.0)]
    well.add_curve("FACIES", np.where(well.index < 1540, 1.0, 2.0))
    for data, meta, kind in show_well(well):
        bare_viewer._add_layer_from_data(data, meta, kind)
    QApplication.processEvents()
    return bare_viewer


@pytest.fixture
def viewer(shown):
    view_of(shown).fit()
    return shown


def visual_of(viewer):
    canvas = viewer.window._qt_window._qt_viewer.canvas
    overlay = viewer.canvas.overlays["welllog_header"]
    return canvas._viewer_overlay_to_visual[overlay][0]


def header_of(viewer):
    return viewer.canvas.overlays["welllog_header"]


def canvas_of(viewer):
    return viewer.window._qt_window._qt_viewer.canvas


def event_at(depth: float, across: float):
    return type("Event", (), {"position": (depth, across)})()


def header_height(viewer) -> float:
    transform = canvas_of(viewer).view.scene.transform
    return transform.map([0, view_of(viewer).depths_in_view[0]])[1]


def written(viewer) -> set[str]:
    return {word for words in visual_of(viewer).words.values() for word, _, _ in words}


def test_names_of_zones_and_tops_and_captions_of_fills_are_written(viewer):
    said = written(viewer)
    assert {"Utsira", "Skade", "Zones", "Lithology", "code 1"} <= said
    assert "Contact" in said and any(word.startswith("GR bel") for word in said)


def test_captions_are_whole_in_narrow_tracks_and_the_tracks_begin_below_them(viewer):
    height = header_height(viewer)
    view_of(viewer)._camera.widen(0.55, 0.0)
    assert header_height(viewer) > height  # in further lines
    words = visual_of(viewer).words["left"]
    captions = [c for t in header_of(viewer).tracks for c, _ in t.captions]
    said = " ".join(word for word, _, _ in words)
    assert captions and all(caption in said for caption in captions)
    lowest = max(y for word, (_, y), _ in words if any(word in caption for caption in captions))
    assert header_height(viewer) > lowest + 4


def test_names_of_tops_that_lie_close_do_not_cover_each_other(viewer):
    (well,) = view_of(viewer).wells()
    well.tops += [Top("A top with a name longer than its strip", 1601.0), Top("Third", 1602.0)]
    try:
        visual_of(viewer).draw()
        places = {
            word: place for word, place, _ in visual_of(viewer).words["left"] if word != "Utsira"
        }
        tops = [places[top.name] for top in well.tops]
    finally:
        del well.tops[1:]
    letters = header_of(viewer).letters
    for i, (x, y) in enumerate(tops):
        for j in range(i):
            other, row = tops[j]
            end = other + letters.measure(well.tops[0].name if j == 0 else "A top", 7)
            assert abs(y - row) >= 11 or x > end


def test_a_name_of_a_zone_is_turned_and_shortened_where_its_strip_is_narrow(viewer):
    (well,) = view_of(viewer).wells()
    strip = next(t for t in header_of(viewer).tracks if t.track.kind == "zones")
    (lane,) = strip.track.lanes
    zone = replace(lane.zones[0], name="Utsira-Skade-Hordaland-Group", base=1525.0)
    long = replace(lane, zones=(zone,))
    tracks = header_of(viewer).tracks
    changed = replace(strip, track=replace(strip.track, lanes=(long,)))
    try:
        header_of(viewer).tracks = tuple(changed if t is strip else t for t in tracks)
        words = visual_of(viewer).words
    finally:
        header_of(viewer).tracks = tracks
    (name,) = [w for w, _, _ in (*words["turned"], *words["block"]) if w.startswith("Utsira")]
    assert name.endswith("\N{HORIZONTAL ELLIPSIS}")


def test_the_pointer_over_a_strip_says_the_whole_name_and_over_the_header_all_of_a_scale(viewer):
    strip, *_, track = header_of(viewer).tracks
    view_of(viewer)._on_move(viewer, event_at(1600.0, (strip.left + strip.right) / 2))
    said = [word for word, _, _ in visual_of(viewer).words["read"]]
    assert said == ["Contact  1600.00 m", "Skade"]
    middle = (track.left + track.right) / 2
    above = canvas_of(viewer).view.scene.transform.imap([0, 40])[1]
    view_of(viewer)._on_move(viewer, event_at(above, middle))
    curve = track.track.curves[0]
    said = [word for word, _, _ in visual_of(viewer).words["read"]]
    assert said[0].startswith(f"{curve.mnemonic}  {curve.label}") and curve.unit in said[0]
    view_of(viewer)._on_move(viewer, event_at(1600.0, middle))
    assert not visual_of(viewer).words["read"]
    view_of(viewer)._on_move(viewer, event_at(1400.0, middle))  # away from the well


def test_a_name_without_room_is_left_out(viewer):
    view_of(viewer).zoom_to(1500, 1510)
    assert "Utsira" in written(viewer) and "Skade" not in written(viewer)


def test_a_strip_that_is_hidden_has_no_names(viewer):
    viewer.layers["Zones"].visible = False
    hidden = written(viewer)
    viewer.layers["Zones"].visible = True
    assert "Utsira" not in hidden and "Utsira" in written(viewer)


@pytest.mark.parametrize("name", ["Zones", "GR below 75 gAPI", "NPHI left of RHOB"])
def test_fills_and_strips_are_seen_on_the_canvas(viewer, name):
    picture = viewer.screenshot()
    viewer.layers[name].visible = False
    without = viewer.screenshot()
    viewer.layers[name].visible = True
    assert (without != picture).any(axis=-1).sum() > 200


def test_the_pointer_reads_the_strips_too(viewer):
    event = type("Event", (), {"position": (1590.0, 0.0)})()
    view_of(viewer)._on_move(viewer, event)
    assert {"Skade", "code 2"} <= set(viewer.canvas.overlays["welllog_header"].readings)
    assert "code 2" in written(viewer)


def test_a_duplicated_fill_is_a_fill(viewer):
    from napari.layers._layer_actions import _duplicate_layer

    viewer.layers.selection = {viewer.layers["NPHI left of RHOB"]}
    _duplicate_layer(viewer.layers)
    copy = viewer.layers["NPHI left of RHOB copy"]
    visual = viewer.window._qt_window._qt_viewer.canvas.layer_to_visual[copy]
    captions = [c for t in viewer.canvas.overlays["welllog_header"].tracks for c in t.captions]
    viewer.layers.remove(copy)
    assert type(visual).__name__ == "VispyLogLayer"
    assert len(captions) == len(set(captions))


def test_a_bad_template_of_the_user_is_told_and_the_well_opens(
    viewer, gappy_well, tmp_path, monkeypatch
):
    monkeypatch.setenv("WELLLOG_TEMPLATES", str(tmp_path))
    (tmp_path / "mine.toml").write_text("[[track]]\ntitle = 'T'\n", encoding="utf-8")
    notification_manager.records.clear()
    layers = show_well(gappy_well)
    assert {meta["name"].split(" \N{MIDDLE DOT}")[0] for _, meta, _ in layers} == {
        "GR", "RHOB", "NPHI", "DTC",
    }  # fmt: skip
    (said,) = [record.message for record in notification_manager.records]
    assert "mine.toml: track 1 (T): it names no curve" in said


def test_a_table_of_zones_is_shown_in_the_place_of_the_zones_there_were(viewer, tmp_path):
    table = tmp_path / "zones.csv"
    table.write_text("zone,top,base\nBrent,1500,1550\nDunlin,1550,1650\n", encoding="utf-8")
    before = view_of(viewer).sides()
    add_zones(viewer, table)
    assert [layer.name for layer in viewer.layers].count("Zones") == 1
    assert {"Brent", "Dunlin"} <= written(viewer) and "Utsira" not in written(viewer)
    assert view_of(viewer).sides() == before


def test_zones_of_a_well_without_any_stand_left_of_its_tracks(viewer, tmp_path):
    table = tmp_path / "zones.csv"
    table.write_text("zone,top\nBrent,1550\n", encoding="utf-8")
    viewer.layers.remove("Zones")
    left, right = view_of(viewer).sides()
    add_zones(viewer, table)
    assert view_of(viewer).sides()[0] < left and view_of(viewer).sides()[1] == right
    assert "Brent" in written(viewer)


def test_a_table_that_cannot_be_read_is_told_and_leaves_the_zones(viewer, tmp_path):
    table = tmp_path / "zones.csv"
    table.write_text("zone,top\nBrent,deep\n", encoding="utf-8")
    before = list(view_of(viewer).wells()[0].tops)
    notification_manager.records.clear()
    add_zones(viewer, table)
    (said,) = [record.message for record in notification_manager.records]
    assert said.endswith("line 2: top of Brent is 'deep'; a number is expected")
    assert view_of(viewer).wells()[0].tops == before


def test_the_zones_dock_shows_the_table_that_is_chosen(viewer, tmp_path):
    path = tmp_path / "zones.csv"
    path.write_text("zone,top,base\nCook,1500,1650\n", encoding="utf-8")
    dock, widget = viewer.window.add_plugin_dock_widget("napari-welllog", "Zones")
    widget.table.value = path
    widget.button.native.click()
    viewer.window.remove_dock_widget(dock)
    assert [zone.name for zone in view_of(viewer).wells()[0].zones] == ["Cook"]


def test_undo_takes_loaded_zones_out_of_the_tracks_and_a_session_brings_them(
    viewer, gappy_las, tmp_path
):
    def bands() -> int:
        QApplication.processEvents()
        return sum(layer.name.startswith("Zones") for layer in viewer.layers)

    table = tmp_path / "zones.csv"
    table.write_text("name,top,base\nCook,1510,1540\n", encoding="utf-8")
    viewer.layers.clear()
    viewer.open(str(gappy_las), plugin="napari-welllog")
    add_zones(viewer, table)
    assert bands() == 1
    session = session_of(viewer).session
    session.undo()
    assert bands() == 0
    session.redo()
    assert bands() == 1
    kept = save_session(session, tmp_path / "kept.wellsession")
    viewer.layers.clear()
    QApplication.processEvents()
    viewer.open(str(kept), plugin="napari-welllog")
    assert bands() == 1
    assert [zone.name for zone in view_of(viewer).wells()[-1].zones] == ["Cook"]
