"""The QC dock: what it judges, its pictures and numbers, and where it stands."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, QSettings, Qt
from qtpy.QtWidgets import QApplication

from napari_welllog import _qc_widget
from napari_welllog._layers import KEY, describe, to_restored_layers
from napari_welllog._log_view import view_of
from napari_welllog._qc_form import QcForm
from napari_welllog._qc_widget import QcWidget
from tests.plugin.qc_pictures import choose, errors, focus, words
from welllog.restoration import restore


@pytest.fixture
def viewer(qc_shared):
    return qc_shared[0]


@pytest.fixture
def dock(qc_dock):
    return qc_dock


@pytest.fixture(autouse=True)
def no_old_notifications():
    notification_manager.records.clear()


def test_in_a_high_dock_a_square_picture_stands_below_the_controls_and_others_take_all_of_it(qtbot):
    form = QcForm()
    qtbot.addWidget(form)
    form.resize(360, 1000)
    form.show()
    for plot, high in (("fit", False), ("residuals", True), ("coverage", False)):
        form.plot_box.setCurrentIndex(form.plot_box.findData(plot))
        QApplication.processEvents()
        assert form.pages.y() < 220
        assert (form.pages.height() > 700) is high


def test_a_restoration_is_judged_as_soon_as_it_is_shown(dock, restored):
    assert dock.source.label == "DTC restored"
    count = int(dock.source.evidence.judged.sum())
    assert count == ((restored.index >= 1540) & (restored.index <= 1560)).sum()
    assert f"{count} samples" in words(dock) and "RMSE" in words(dock)


def test_the_dock_floats_in_a_window_of_its_own_and_comes_back(viewer, dock, qtbot):
    frame = dock.parent()
    place = frame.width()
    focus(viewer, dock.canvas, qtbot)
    qtbot.keyClick(dock.canvas, Qt.Key.Key_W)
    try:
        assert frame.isFloating() and frame.width() > 800 > place
        qtbot.waitUntil(lambda: dock.canvas.width() > 500, timeout=30_000)
    finally:
        dock.window_button.click()
    assert not frame.isFloating()


def test_the_dock_is_a_tab_beside_restore_and_has_its_height(viewer, dock, qtbot):
    frame = dock.parent()
    other = viewer.window.add_plugin_dock_widget("napari-welllog", "Restore")[1]
    try:
        window = frame.window()
        qtbot.waitUntil(lambda: other.parent() in window.tabifiedDockWidgets(frame), timeout=30_000)
        assert window.height() <= 720
    finally:
        viewer.window.remove_dock_widget(other)
    qtbot.waitUntil(dock.isVisible, timeout=30_000)


def test_a_narrow_dock_shows_the_columns_there_is_room_for(dock, viewer, qtbot):
    form = QcWidget(viewer)
    qtbot.addWidget(form)
    choose(form.plot_box, "statistics")
    form.show()
    for width, whole in ((340, False), (1300, True)):
        form.resize(width, 560)
        form.refresh()
        QApplication.processEvents()
        assert form.width() == width
        table = form.table
        assert table.horizontalScrollBar().maximum() == 0
        assert (not table.isColumnHidden(10)) == whole
        assert not table.isColumnHidden(0) and not table.isColumnHidden(6)


def test_points_outside_the_view_step_back(viewer, dock, qtbot):
    def opacity():
        artist, _, alpha = dock._scatter.clouds[0]
        return np.asarray(artist.get_alpha()) / alpha

    np.testing.assert_allclose(opacity(), 1.0)
    view_of(viewer).zoom_to(1555, 1570)
    qtbot.waitUntil(lambda: opacity().min() < 0.5, timeout=30_000)
    rows = dock._scatter.clouds[0][1]
    top, base = view_of(viewer).depths_in_view
    depth = dock.source.well.index[rows]
    lit = opacity() > 0.5
    np.testing.assert_array_equal(lit, (depth >= top) & (depth <= base))
    assert 0 < lit.sum() < len(lit)


def test_panning_draws_once_when_it_has_come_to_rest(viewer, dock, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(dock, "_light", lambda: drawn.append(1))
    monkeypatch.setattr(_qc_widget, "REST_MS", 900)  # longer than a step on a busy machine
    for top in range(1510, 1520):
        view_of(viewer).zoom_to(top, top + 60)
        qtbot.wait(5)
    assert not drawn
    qtbot.waitUntil(lambda: bool(drawn), timeout=30_000)
    qtbot.wait(50)
    assert len(drawn) == 1


def test_a_point_says_its_depth_and_a_double_click_goes_there(viewer, dock, qtbot):
    scatter, canvas = dock._scatter, dock.canvas
    at = int(np.argmin(scatter.y))  # by itself: the points of one depth lie on one another
    x, y = scatter.axes.transData.transform((scatter.x[at], scatter.y[at]))
    place = QPoint(round(x), round(canvas.height() - y))
    qtbot.mouseMove(canvas, place)
    qtbot.waitUntil(lambda: "go there" in canvas.toolTip(), timeout=30_000)
    said = float(canvas.toolTip().split()[0])
    depth = dock.source.well.index
    near = scatter.rows[np.abs(scatter.y - scatter.y[at]) < 0.5]
    assert np.abs(depth[near] - said).min() < 0.01
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    top, base = view_of(viewer).depths_in_view
    assert top < said < base and base - top < 60
    qtbot.mouseMove(canvas, QPoint(2, 2))
    qtbot.waitUntil(lambda: canvas.toolTip() == "", timeout=30_000)


def test_the_depths_looked_at_can_be_chosen(viewer, dock, restored):
    choose(dock.plot_box, "sonic")
    dock.refresh()
    everything = len(dock._scatter.rows)
    view_of(viewer).zoom_to(1550, 1560)
    dock._picker.intervals = [(1600.0, 1610.0)]
    top, base = view_of(viewer).depths_in_view
    for key, low, high in (("view", top, base), ("picked", 1600, 1610), ("filled", 1540, 1560)):
        choose(dock.depth_box, key)
        dock.refresh()
        depth = restored.index[dock._scatter.rows]
        assert 0 < len(depth) < everything, key
        assert depth.min() >= low - 0.2 and depth.max() <= high + 0.2, key
    choose(dock.depth_box, "picked")
    dock._picker.intervals = []
    dock.refresh()
    assert dock._scatter is None and "No interval is picked" in dock.message.text()


def test_the_picture_is_chosen_with_the_keyboard(viewer, dock, qtbot):
    focus(viewer, dock.plot_box, qtbot)
    qtbot.keyClick(dock.plot_box, Qt.Key.Key_Down)
    assert dock.plot == "neutron"
    dock.refresh()
    assert dock._scatter.axes.get_ylabel().startswith("RHOB")
    focus(viewer, dock.canvas, qtbot)
    qtbot.keyClick(dock.canvas, Qt.Key.Key_PageDown)
    assert dock.plot == "sonic"
    qtbot.keyClick(dock.canvas, Qt.Key.Key_PageUp)
    assert dock.plot == "neutron"


def test_the_picture_follows_the_theme(viewer, dock, qtbot):
    def paper() -> float:
        return sum(dock.canvas.figure.get_facecolor()[:3]) / 3

    before = viewer.theme
    try:
        viewer.theme = "dark"
        qtbot.waitUntil(lambda: paper() < 0.3, timeout=30_000)
        viewer.theme = "light"
        qtbot.waitUntil(lambda: paper() > 0.7, timeout=30_000)
    finally:
        viewer.theme = before


def test_statistics_are_listed_copied_and_saved(viewer, dock, qtbot, tmp_path):
    choose(dock.plot_box, "statistics")
    dock._picker.intervals = [(1545.0, 1550.0)]
    dock.refresh()
    table = dock.table
    zones = {table.item(row, 0).text() for row in range(table.rowCount())}
    assert {"whole well", "interval 1"} <= zones
    focus(viewer, table, qtbot)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(table, Qt.Key.Key_Home)  # else Qt takes Ctrl for held in the tests that follow
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == table.rowCount() + 1 and "\t" in lines[0]
    dock.save_to(str(tmp_path / "table.csv"))
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    filled = next(row for row in rows if row["values"] == "filled")
    evidence = dock.source.evidence
    assert int(filled["count"]) == evidence.filled.sum()
    assert float(filled["mean"]) == pytest.approx(evidence.values[evidence.filled].mean(), rel=1e-5)


def test_a_picture_is_saved_on_white_paper(viewer, dock, tmp_path):
    from matplotlib.image import imread

    for ending in ("png", "svg", "pdf"):
        dock.save_to(str(tmp_path / f"fit.{ending}"))
    assert errors() == [] and len(list(tmp_path.glob("fit.*"))) == 3
    np.testing.assert_allclose(imread(tmp_path / "fit.png")[2, 2, :3], 1.0)
    dock.save_to(str(tmp_path / "fit.docx"))
    assert len(errors()) == 1 and "use png, svg or pdf" in errors()[0]


def test_coverage_and_histogram_are_drawn(dock):
    choose(dock.plot_box, "coverage")
    dock.refresh()
    assert "90 % band holds" in words(dock) and dock._scatter is None
    choose(dock.plot_box, "histogram")
    dock.refresh()
    assert "measured there" in words(dock)


def test_a_candidate_is_listed_beside_the_restoration(viewer, dock, restoration, restored):
    view = view_of(viewer)
    other = replace(restoration, curves={"DTC": replace(restoration["DTC"], replaced=1)})
    made = to_restored_layers(restored, other, view.places(restored), view.canvas_colour)
    data, meta, _ = made[-1]
    record = {**describe(meta["metadata"]), "kind": "candidate"}
    meta |= {"name": "DTC by another model", "metadata": {KEY: record}}
    viewer.add_vectors(data, **meta)
    listed = [dock.source_box.itemText(row) for row in range(dock.source_box.count())]
    assert listed == ["DTC by another model", "DTC restored", "measured curves alone"]
    assert dock.source.label == "DTC by another model"
    viewer.layers["DTC by another model"].name = "mine"
    assert dock.source_box.itemText(0) == "mine"


def test_a_restoration_that_takes_the_layer_of_another_is_judged_anew(viewer, dock, restored):
    from napari_welllog._layers import redraw

    view = view_of(viewer)
    again = restore(restored, "DTC", [(1600, 1605)], "interpolation")
    made = to_restored_layers(restored, again, view.places(restored), view.canvas_colour)
    redraw(viewer.layers["DTC restored"], made[-1][0], made[-1][1])
    dock.refresh()
    depth = restored.index[dock._scatter.rows]
    assert depth.min() >= 1599 and depth.max() <= 1606


def test_without_a_restoration_the_cross_plots_are_there_and_the_fit_says_what_to_do(viewer, dock):
    viewer.layers.remove("DTC restored")
    dock.refresh()
    assert "restore a curve in the Restore dock" in words(dock)
    choose(dock.plot_box, "neutron")
    dock.refresh()
    assert len(dock._scatter.rows) > 100 and "filled" not in words(dock)


def test_what_was_chosen_is_remembered(viewer, dock, qtbot):
    first = QcWidget(viewer)  # the module's dock has the settings of another test
    qtbot.addWidget(first)
    choose(first.plot_box, "sonic")
    choose(first.depth_box, "filled")
    choose(first.colour_box, "NPHI")
    fresh = QcWidget(viewer)
    qtbot.addWidget(fresh)
    assert (fresh.plot, fresh.depths, fresh.colour) == ("sonic", "filled", "NPHI")
    QSettings("napari-welllog", "qc").setValue("plot", "no such plot")
    other = QcWidget(viewer)
    qtbot.addWidget(other)
    assert other.plot == "fit"


def test_a_dock_that_is_closed_lets_go_of_the_viewer(viewer, dock, qtbot):
    view = view_of(viewer)
    other = QcWidget(viewer)
    watcher = view.watchers[-1]
    assert watcher == other._light_soon
    other.deleteLater()
    del other
    qtbot.waitUntil(lambda: watcher not in view.watchers, timeout=30_000)
    view.zoom_to(1510, 1520)
    viewer.layers["DTC restored"].name = "renamed"
    assert errors() == []


def test_the_controls_stand_beside_the_picture_where_the_dock_is_wide(dock, viewer, qtbot):
    form = QcWidget(viewer)
    qtbot.addWidget(form)
    form.resize(1200, 320)
    form.show()
    QApplication.processEvents()
    assert form.pages.geometry().left() >= form._controls.width()
    form.resize(360, 800)
    QApplication.processEvents()
    assert form.pages.geometry().top() >= form._controls.geometry().bottom()


def test_the_dock_opens_before_any_well_and_outlives_the_last(viewer, dock):
    curves = [layer.as_layer_data_tuple() for layer, _ in view_of(viewer).records("curve")]
    viewer.layers.clear()
    dock.refresh()
    assert dock.source is None and "Open a LAS file" in words(dock)
    dock.copy_button.click()
    dock.clear_marks()
    for data, meta, _ in curves:
        viewer.add_vectors(data, **meta)
    assert dock.source is not None
