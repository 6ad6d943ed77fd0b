"""Wells side by side: flattened on a top, driven as a person does."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_welllog._interval_picker import IntervalPicker
from napari_welllog._log_view import view_of
from napari_welllog._viewer_session import session_of
from napari_welllog._wells_widget import WellsWidget
from napari_welllog._zones import add_zones
from welllog.zones import Top, Zone

SHIFT = -30.0


@pytest.fixture(scope="module")
def shown(bare_viewer, las_folder):
    """Two wells with a top 30 m deeper in the second, and the dock."""
    bare_viewer.open(
        [str(las_folder / "gappy.las"), str(las_folder / "whole.las")], plugin="napari-welllog"
    )
    first, second = view_of(bare_viewer).wells()
    first.name, second.name = "A-1", "B-2"
    first.zones[:] = [Zone("Heather", 1520, 1550), Zone("Hugin", 1550, 1600)]
    second.zones[:] = [Zone("Hugin", 1580, 1630)]
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Wells")[1]
    QApplication.processEvents()
    return bare_viewer, dock


@pytest.fixture
def viewer(shown):
    """The viewer, hung on depth before and after."""
    yield shown[0]
    view_of(shown[0]).hang_on(None)
    shown[1].refresh()


@pytest.fixture
def dock(shown) -> WellsWidget:
    shown[1].refresh()
    return shown[1]


def choose(qtbot, box, text: str) -> None:
    """Choose a row of a box with the keyboard, as a person does."""
    box.setFocus()
    row = next(i for i in range(box.count()) if box.itemText(i).startswith(text))
    key = Qt.Key.Key_Down if row > box.currentIndex() else Qt.Key.Key_Up
    for _ in range(abs(row - box.currentIndex())):
        qtbot.keyClick(box, key)


def curve_of(viewer, well):
    return next(layer for layer, r in view_of(viewer).records("curve") if r["well"] is well)


def written(viewer) -> list[str]:
    canvas = viewer.window._qt_window._qt_viewer.canvas
    overlay = viewer.canvas.overlays["welllog_header"]
    visual = canvas._viewer_overlay_to_visual[overlay][0]
    return [word[0] for written in visual.words.values() for word in written]


def test_a_top_that_is_chosen_lies_at_one_height_in_the_wells_that_have_it(viewer, dock, qtbot):
    first, second = view_of(viewer).wells()
    before = curve_of(viewer, second).data.copy()
    choose(qtbot, dock.top_box, "Hugin")
    view = view_of(viewer)
    assert view.world_of(first, 1550) == view.world_of(second, 1580) == 1550
    layer = curve_of(viewer, second)
    assert layer.translate[0] == SHIFT
    np.testing.assert_array_equal(layer.data, before)
    assert dock.message.text() == ""
    choose(qtbot, dock.top_box, "depth")
    assert curve_of(viewer, second).translate[0] == 0


def test_a_well_that_lacks_the_top_is_named_and_stays(viewer, dock, qtbot):
    choose(qtbot, dock.top_box, "Heather")
    second = view_of(viewer).wells()[1]
    assert dock.message.text() == "B-2 lacks Heather, and hangs on depth."
    assert curve_of(viewer, second).translate[0] == 0


def test_an_interval_picked_over_a_moved_well_is_in_its_own_depth(viewer, dock, drag):
    view = view_of(viewer)
    view.hang_on("Hugin")
    second = view.wells()[1]
    picker = IntervalPicker(viewer, lambda: None)
    try:
        picker.well = second
        drag(viewer, 1560, 1570)
        ((top, base),) = picker.intervals
        assert top == pytest.approx(1590, abs=1) and base == pytest.approx(1600, abs=1)
        layer = view.records("intervals")[0][0]
        assert layer.translate[0] == SHIFT
        view.hang_on(None)
        assert layer.translate[0] == 0 and picker.intervals == [(top, base)]
    finally:
        picker.intervals = []
        picker.close()
        viewer.layers.remove(view.records("intervals")[0][0])


def test_the_moved_well_has_depths_of_its_own_beside_its_tracks(viewer, dock):
    view_of(viewer).zoom_to(1548, 1552)
    few = len(written(viewer))
    view_of(viewer).hang_on("Hugin")
    view_of(viewer).zoom_to(1579, 1581, view_of(viewer).wells()[1])
    assert "1580" in written(viewer) and "1550" in written(viewer)
    assert len(written(viewer)) > few


def test_the_pointer_reads_each_well_at_its_own_depth(viewer, dock):
    view = view_of(viewer)
    view.hang_on("Hugin")
    event = type("Event", (), {"position": (1560.0, 0.0)})()
    view._on_move(viewer, event)
    header = viewer.canvas.overlays["welllog_header"]
    second = view.wells()[1]
    sample = np.argmin(np.abs(second.index - 1590))
    names = [(s.well, c.mnemonic) for s in header.tracks for c in s.track.curves]
    reading = list(header.readings)[-len(names) :][names.index((second, "GR"))]
    assert reading == f"{second.values('GR')[sample]:.4g}"
    assert any("1590.00" in text for text in written(viewer))


def test_the_list_of_tops_counts_the_wells_that_have_each_when_a_table_is_read(
    viewer, dock, tmp_path
):
    session, (first, second) = session_of(viewer).session, view_of(viewer).wells()
    table = tmp_path / "tops.csv"
    table.write_text("name,top\nHugin,1550\nShetland,1640\n")  # in this order before and after
    rows = lambda: [dock.top_box.itemText(i) for i in range(dock.top_box.count())]  # noqa: E731
    assert not any(row.startswith("Shetland") for row in rows())
    for count, well in enumerate((first, second), 1):
        session.load_zones(session_of(viewer).key_of(well), table)
        assert f"Shetland   ({count} of 2)" in rows()
    session.undo()
    assert "Shetland   (1 of 2)" in rows()
    session.undo()
    assert not any(row.startswith("Shetland") for row in rows())


def test_one_table_gives_each_well_its_rows_as_one_step_and_says_who_has_none(
    viewer, dock, tmp_path
):
    session, (first, second) = session_of(viewer).session, view_of(viewer).wells()
    before, steps = [w.name for w in (*first.zones, *second.zones)], session.done
    table = tmp_path / "tops.csv"
    table.write_text("UWI;Formation;Top MD (m)\na1;Top A;1530\nB 2;Top A;1540\nC-3;Top A;1\n")
    add_zones(viewer, table)
    assert [top.depth for top in (*first.tops, *second.tops)] == [1530.0, 1540.0]
    assert session.done == steps + 1
    assert "Top A   (2 of 2)" in [dock.top_box.itemText(i) for i in range(dock.top_box.count())]
    session.undo()
    assert [w.name for w in (*first.zones, *second.zones)] == before

    viewer.layers.selection.active = curve_of(viewer, first)
    notification_manager.records.clear()
    table.write_text("UWI,Formation,Top\nB-2,Top A,1540\n")
    add_zones(viewer, table)  # not to the active layer's, which is another
    assert [top.name for top in second.tops] == ["Top A"] and first.tops == []
    (said,) = [record.message for record in notification_manager.records]
    assert said == "B-2: 0 zones and 1 tops; the table has none for A-1"
    session.undo()
    assert second.tops == [] and session.done == steps


def test_a_name_keeps_its_room_and_the_depth_under_the_pointer_stands_beside_the_tracks(
    viewer, dock
):
    view, header = view_of(viewer), viewer.canvas.overlays["welllog_header"]
    second = view.wells()[1]
    view.hang_on("Hugin")
    name, second.name = second.name, "B-2 of a field with a long name"
    try:
        view._on_move(viewer, type("Event", (), {"position": (1560.0, 0.0)})())
        canvas = viewer.window._qt_window._qt_viewer.canvas
        words = canvas._viewer_overlay_to_visual[header][0].words
        named, short = words["well"][1][0], words["well"][0][0]
        assert named.startswith("B-2 of a") and "1590" not in named and short == "A-1"
        left = canvas.view.scene.transform.map([view.sides(second)[0], 0])[0]
        ((_, (x, y), _),) = [word for word in words["right"] if word[0] == "1590.00"]
        assert x < left and y == pytest.approx(canvas.view.scene.transform.map([0, 1560.0])[1])
    finally:
        second.name = name


def test_depths_of_a_moved_well_lie_over_none_of_its_strips(viewer, dock):
    view, header = view_of(viewer), viewer.canvas.overlays["welllog_header"]
    view.hang_on("Hugin")
    view.fit()
    left, right, top, base = view.rect
    view.show_rect((left, left + 3 * (right - left), top, base))  # as among many wells
    canvas = viewer.window._qt_window._qt_viewer.canvas
    words = canvas._viewer_overlay_to_visual[header][0].words
    first = canvas.view.scene.transform.map([view.sides(view.wells()[1])[0], 0])[0]
    depths = [place for text, place, _ in words["right"] if text.isdigit() and len(text) == 4]
    assert depths and all(x < first for x, _ in depths)
    assert not any(text.isdigit() and len(text) == 4 for text, *_ in words["left"])


def test_a_further_well_leaves_the_depths_in_view_and_shows_all_tracks(viewer, dock, las_folder):
    view = view_of(viewer)
    view.zoom_to(1540, 1560)
    before = view.depths_in_view
    viewer.open(str(las_folder / "whole.las"), plugin="napari-welllog")
    QApplication.processEvents()
    third = view.wells()[-1]
    try:
        np.testing.assert_allclose(view.depths_in_view, before)
        assert view.rect[0] < view.sides()[0] and view.sides()[1] < view.rect[1]
    finally:
        for layer, record in view.records():
            if record["well"] is third:
                viewer.layers.remove(layer)
        QApplication.processEvents()
    np.testing.assert_allclose(view.depths_in_view, before)
    view.fit()
    whole = view.depths_in_view
    curve_of(viewer, view.wells()[0]).visible = True
    assert whole[0] < 1500 < 1650 < whole[1]


def test_what_is_in_view_is_told_in_the_depth_of_each_well(viewer, dock):
    view = view_of(viewer)
    first, second = view.wells()
    view.hang_on("Hugin")
    (a, b), (c, d) = view.depths_seen(first), view.depths_seen(second)
    assert (c - a, d - b) == (30, 30)


def test_a_well_opened_while_flattened_is_flattened_too(viewer, dock, las_folder):
    view = view_of(viewer)
    view.hang_on("Hugin")
    viewer.open(str(las_folder / "whole.las"), plugin="napari-welllog")
    third = view.wells()[2]
    assert third.name in dock.message.text()
    third.tops[:] = [Top("Hugin", 1540)]
    view.hang_on("Hugin")
    assert {layer.translate[0] for layer, r in view.records() if r["well"] is third} == {10}
    for layer, record in view.records():
        if record["well"] is third:
            viewer.layers.remove(layer)


def test_a_survey_writes_the_vertical_depth_below_the_depth_along_the_hole(
    viewer, dock, qtbot, tmp_path
):
    first = view_of(viewer).wells()[0]
    table = tmp_path / "survey.csv"
    table.write_text("MD,Inc,Azi\n0,0,0\n1500,0,0\n1600,60,0\n2000,60,0\n")
    dock.read_survey(str(table), first)
    view_of(viewer).zoom_to(1495, 1505)
    assert dock.reference_box.currentText() == "MD and TVD"
    assert "1500" in written(viewer) and "1500.0" in written(viewer)
    assert "B-2: no TVD" in dock.message.text()
    deep = view_of(viewer).references.writer(first)(1650)
    assert 1580 < float(deep) < 1650
    choose(qtbot, dock.reference_box, "MD alone")
    assert "1500.0" not in written(viewer) and "TVD" not in dock.message.text()


def test_a_table_that_is_no_survey_is_told_and_changes_nothing(viewer, dock, tmp_path):
    from napari.utils.notifications import notification_manager

    notification_manager.records.clear()
    (tmp_path / "bad.csv").write_text("MD,Inc\n0,0\n")
    dock.read_survey(str(tmp_path / "bad.csv"), view_of(viewer).wells()[1])
    assert "no column for azimuth" in notification_manager.records[-1].message
    assert view_of(viewer).references.of(view_of(viewer).wells()[1]) is None
