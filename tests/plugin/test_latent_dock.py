"""The Latent space dock: what can be explored, the map, the point that moves, walks, the cube."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, QSettings, Qt
from qtpy.QtWidgets import QApplication

from napari_welllog import _latent_work
from napari_welllog._latent_widget import LatentWidget
from napari_welllog._latent_work import ORIGIN, PER_EDGE, PER_SIDE, STEPS
from tests.plugin.qc_pictures import errors
from tests.small_network import small_network
from welllog.checkpoint import save_model
from welllog.latent_limits import REACH

SPAN = (1560.0, 1566.0)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files of a network as it is before training, and of one that is deaf to noise."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    network, deaf = small_network(()), small_network(())
    for name, weights in deaf.generator.named_parameters():
        if "noise" in name:
            weights.zero_()
    files = {"net": folder / "net.model", "deaf": folder / "deaf.model"}
    save_model(network, files["net"])
    save_model(deaf, files["deaf"])
    return {name: str(path) for name, path in files.items()}


@pytest.fixture(scope="module")
def module_dock(bare_viewer, las_folder, models):
    """A viewer with the whole well, and the dock."""
    bare_viewer.window._qt_window.resize(1100, 900)
    bare_viewer.open(str(las_folder / "whole.las"), plugin="napari-welllog")
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Latent space")[1]
    QApplication.processEvents()
    return dock


@pytest.fixture
def rest(qtbot):
    """Wait until a dock has done what it was told."""

    def wait(dock: LatentWidget) -> None:
        desk = dock.desk
        qtbot.waitUntil(lambda: not dock.busy and not desk._jobs, timeout=60_000)
        qtbot.waitUntil(lambda: not dock._timer.isActive(), timeout=60_000)

    return wait


@pytest.fixture
def dock(module_dock, models, rest) -> LatentWidget:
    """The dock with a network read, and 6 m of DTC chosen."""
    notification_manager.records.clear()
    dock = module_dock
    dock._picker.intervals = []
    if dock._model != models["net"]:
        dock.open_model(models["net"])
        rest(dock)
    dock.curve_box.setCurrentIndex(dock.curve_box.findData("DTC"))
    dock.top_box.setValue(SPAN[0])
    dock.base_box.setValue(SPAN[1])
    dock.cube_button.setChecked(False)
    dock.message.setText("")
    return dock


@pytest.fixture
def mapped(dock, rest) -> LatentWidget:
    """The same with the map of it."""
    shown = dock.explored
    if shown is None or not shown.condition.is_like(dock.condition):
        dock.make_map()
        rest(dock)
    dock.move_to(ORIGIN)
    dock.desk._rest.start(0)
    rest(dock)
    assert errors() == []
    return dock


def pixels_of(dock: LatentWidget, panel: int, x: float, y: float) -> QPoint:
    """Return where a place on a map is on the canvas."""
    canvas = dock.map_canvas
    axes = dock.board.map.panels[panel][0]
    right, up = axes.transData.transform((x, y)) / canvas.devicePixelRatioF()
    return QPoint(round(right), round(canvas.height() - up))


@pytest.mark.parametrize("name", ["default", "kriging"])
def test_a_model_that_is_no_network_is_answered_by_what_would_be_one(dock, rest, name):
    dock.open_model(name)
    rest(dock)
    assert dock.message.text().startswith(f"{name} is no network. Only networks")
    assert "welllog train" in dock.message.text() and "\n" not in dock.message.text()
    assert not dock.map_button.isEnabled() and dock.curve_box.count() == 0
    assert errors() == []  # it is said where one looks, and is no fault of the program


def test_a_file_that_is_no_model_is_refused_in_the_dock(dock, rest, tmp_path):
    path = tmp_path / "notes.model"
    path.write_text("no model", encoding="utf-8")
    dock.model_line.setText(str(path))
    dock.model_line.returnPressed.emit()
    rest(dock)
    assert "notes.model" in dock.message.text() and "Only networks" in dock.message.text()
    assert errors() == []


def test_the_curves_that_the_network_predicts_are_offered_those_measured_first(dock):
    offered = [dock.curve_box.itemData(row) for row in range(dock.curve_box.count())]
    assert sorted(offered) == sorted(dock._neural.targets)
    assert set(offered[:4]) == {"GR", "RHOB", "NPHI", "DTC"}
    assert dock.curve_box.itemText(4).endswith("not measured")


def test_an_interval_picked_over_the_tracks_is_taken_else_the_middle_of_the_curve(dock, rest):
    assert dock.interval_box.itemText(dock.interval_box.count() - 1) == "middle"
    assert dock.interval_box.currentText() == ""  # typed, in the fixture
    dock._picker.intervals = [(1600.0, 1606.0)]
    assert (dock.top_box.value(), dock.base_box.value()) == pytest.approx((1600, 1606), abs=0.1)
    assert dock.interval_box.currentText() == "picked at 1600"
    dock._picker.intervals = []
    assert dock.interval_box.currentText() == ""  # the depths stay
    dock._on_curve()
    assert dock.interval_box.currentText() == "middle"
    assert dock.base_box.value() - dock.top_box.value() == pytest.approx(5.0, abs=0.2)
    dock.make_map()  # half the window of 10 m: it is never refused
    rest(dock)
    assert dock.title.text().startswith("DTC") and "longer" not in dock.message.text()


def test_an_interval_longer_than_the_window_is_refused_in_the_words_of_the_engine(dock, rest):
    before = dock.explored
    dock.base_box.setValue(SPAN[0] + 60)
    dock.make_map()
    rest(dock)
    assert "longer than the network's window of 10 m" in dock.message.text()
    assert dock.explored is before and errors() == []


def test_the_map_is_of_what_was_chosen_and_says_where_other_things_are_chosen_now(mapped, rest):
    shown = mapped.explored
    assert mapped.board.map.landscape.mean.shape == (PER_SIDE, PER_SIDE)
    assert "DTC" in mapped.title.text() and "Other choices" not in mapped.title.text()
    assert mapped.legend.text().count("<tr>") == 1 + len(shown.space.facies.names)
    mapped.curve_box.setCurrentIndex(mapped.curve_box.findData("GR"))
    mapped.base_box.setValue(mapped.top_box.value() + 6)
    assert "Other choices stand above" in mapped.title.text() and mapped.explored is shown
    mapped.start_button.click()
    mapped.make_map()
    rest(mapped)
    assert mapped.explored.condition.curve == "GR" and mapped.marks.start is None
    assert mapped.title.text().startswith("GR")


def test_what_is_drawn_at_the_point_is_what_the_engine_generates_there(mapped, rest):
    point = (0.5, -1.25, 0.75)
    mapped.move_to(point)
    rest(mapped)
    (fill,) = mapped.explored.space.answers([point])
    np.testing.assert_allclose(mapped.board.sample._sample.get_xdata(), fill, atol=1e-4)
    activations = dict(mapped.explored.space.activations(point))
    drawn = {}
    for (_, bars, _, rows), kind in zip(
        mapped.board.layers._panels, ("encoder", "decoder"), strict=True
    ):
        names = [mapped.explored.origin.layers[row][0] for row in rows]
        assert all(name.startswith(kind) for name in names)
        drawn |= {name: bar.get_width() for name, bar in zip(names, bars, strict=True)}
    assert drawn == pytest.approx(activations, abs=1e-4)


def test_a_curve_that_was_not_measured_is_explored_without_classes(mapped, rest):
    mapped.curve_box.setCurrentIndex(mapped.curve_box.findData("RDEP"))
    mapped.base_box.setValue(mapped.top_box.value() + 5)
    mapped.make_map()
    rest(mapped)
    mapped.redraw()
    assert mapped.explored.space.facies is None and "too little" in mapped.legend.text()
    assert mapped.board.map._shade == "mean"
    mapped.move_to((1.0, 0.0, 0.0))
    rest(mapped)
    axes = mapped.sample_canvas.figure.axes[0]
    assert axes.get_xscale() == "log" and errors() == []
    (fill,) = mapped.explored.space.answers([(1.0, 0.0, 0.0)])
    np.testing.assert_allclose(mapped.board.sample._sample.get_xdata(), 10.0**fill, rtol=1e-3)


def test_click_slider_and_box_move_the_same_point(mapped, qtbot):
    qtbot.mouseClick(
        mapped.map_canvas, Qt.MouseButton.LeftButton, pos=pixels_of(mapped, 0, 1.0, -1.0)
    )
    assert mapped.marks.point == pytest.approx((1.0, -1.0, 0.0), abs=0.05)
    assert [slider.value() / 100 for slider in mapped.sliders.sliders] == pytest.approx(
        mapped.marks.point
    )
    mapped.sliders.sliders[0].setValue(-150)
    assert mapped.marks.point[0] == mapped.sliders.boxes[0].value() == -1.5
    mapped.sliders.boxes[1].setValue(0.3)
    assert mapped.marks.point[1] == 0.3 and mapped.sliders.sliders[1].value() == 30
    dot = mapped.board.map._marks[0]["dots"][0]
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == mapped.marks.point[:2]


def test_keys_move_the_point_and_never_beyond_the_map(mapped, qtbot):
    canvas = mapped.map_canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(canvas, Qt.Key.Key_PageDown)
    assert mapped.marks.point == (0.05, 0.25, -0.05)
    for _ in range(20):
        qtbot.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert mapped.marks.point[0] == -REACH
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert mapped.marks.point == ORIGIN


def test_a_walk_goes_from_a_to_b_in_a_straight_line(mapped, rest):
    mapped.move_to((-1.0, 0.0, 0.5))
    mapped.start_button.click()
    mapped.move_to((1.0, 1.0, -0.5))
    mapped.stop_button.click()
    assert mapped.walk_slider.isEnabled() and mapped.walk_slider.value() == 100
    mapped.walk_slider.setValue(50)
    assert mapped.marks.point == (0.0, 0.5, 0.0)
    rest(mapped)
    walk = mapped.explored.space.walk((-1.0, 0.0, 0.5), (1.0, 1.0, -0.5), STEPS)
    np.testing.assert_allclose(mapped.explored.walk, walk, atol=1e-4)
    assert len(mapped.board.sample._lines) == STEPS
    mapped.play_button.click()
    assert mapped._walker.isActive()
    mapped.play_button.click()


def test_the_plane_follows_z_when_that_has_come_to_rest(mapped, rest, qtbot):
    mapped.move_to((0.0, 0.0, 1.0))
    qtbot.waitUntil(lambda: mapped.explored.height == 1.0, timeout=60_000)
    rest(mapped)
    wanted = mapped.explored.space.plane(3, through=(0.0, 0.0, 1.0)).mean
    np.testing.assert_allclose(mapped.board.map.landscape.mean[::8, ::8], wanted, atol=1e-4)


def test_each_section_of_the_cube_moves_the_two_coordinates_it_has(mapped, rest, qtbot):
    mapped.cube_button.click()
    rest(mapped)
    mapped.redraw()
    assert mapped.explored.cube.mean.shape == (PER_EDGE,) * 3
    assert [panel[1:] for panel in mapped.board.map.panels] == [(0, 1), (2, 1), (0, 2)]
    mapped.move_to((0.0, 1.5, 0.0))
    qtbot.mouseClick(
        mapped.map_canvas, Qt.MouseButton.LeftButton, pos=pixels_of(mapped, 2, -1.0, 1.0)
    )
    assert mapped.marks.point == pytest.approx((-1.0, 1.5, 1.0), abs=0.1)
    mapped.move_to((-1.0, 1.5, 1.0))
    land = mapped.explored.cube
    mapped.shade_box.setCurrentIndex(mapped.shade_box.findData("roughness"))
    mapped.redraw()
    image = mapped.board.map._images[1]  # z across, y up, through x = -1
    np.testing.assert_array_equal(np.asarray(image.get_array()), land.roughness[2, :, :])
    mapped.shade_box.setCurrentIndex(0)


def test_a_cube_that_is_cancelled_leaves_the_plane_which_follows_z(
    mapped, rest, qtbot, monkeypatch
):
    begun = []

    def endless(explored, report):
        while True:
            begun.append(1)
            report(0.5, "generating")

    mapped.explored.cube = None
    monkeypatch.setattr("napari_welllog._latent_widget.map_cube", endless)
    mapped.cube_button.click()
    qtbot.waitUntil(lambda: bool(begun), timeout=30_000)
    mapped.move_to((0.0, 0.0, 1.5))
    assert mapped.cube_button.isChecked()
    qtbot.mouseClick(mapped.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: mapped.explored.height == 1.5, timeout=60_000)
    assert not mapped.cube_button.isChecked()
    rest(mapped)


def test_a_network_that_ignores_its_noise_is_called_so_and_its_map_looks_flat(dock, rest, models):
    dock.open_model(models["deaf"])
    rest(dock)
    dock.curve_box.setCurrentIndex(dock.curve_box.findData("DTC"))
    dock.top_box.setValue(SPAN[0])
    dock.base_box.setValue(SPAN[1])
    dock.make_map()
    rest(dock)
    assert "ignores its noise" in dock.title.text() and "loss=crps" in dock.title.text()
    dock.shade_box.setCurrentIndex(dock.shade_box.findData("mean"))
    dock.redraw()
    norm = dock.board.map._norm
    assert norm.vmax - norm.vmin == pytest.approx(dock.explored.space.error)
    dock.shade_box.setCurrentIndex(0)


def test_a_map_that_is_cancelled_leaves_the_one_before(mapped, rest, qtbot, monkeypatch):
    before = mapped.explored
    mapped.top_box.setValue(SPAN[0] + 1)
    begun = []

    def endless(condition, report):
        while True:
            begun.append(1)
            report(0.5, "generating")

    monkeypatch.setattr("napari_welllog._latent_widget.explore", endless)
    mapped.make_map()
    qtbot.waitUntil(lambda: bool(begun), timeout=30_000)
    assert mapped.cancel_button.isEnabled() and not mapped.map_button.isEnabled()
    qtbot.mouseClick(mapped.cancel_button, Qt.MouseButton.LeftButton)
    rest(mapped)
    assert mapped.explored is before and "Cancelled" in mapped.message.text()
    assert mapped.map_button.isEnabled()


def test_a_dock_that_goes_while_the_network_works_stops_it_and_is_missed_by_nobody(
    models, bare_viewer, dock, qtbot, monkeypatch
):
    begun, ended = [], []

    def endless(condition, report):
        try:
            while True:
                begun.append(1)
                report(0.5, "generating")
        finally:
            ended.append(1)

    monkeypatch.setattr("napari_welllog._latent_widget.explore", endless)
    other = LatentWidget(bare_viewer)
    other.open_model(models["net"])
    qtbot.waitUntil(lambda: not other.busy, timeout=60_000)
    other.make_map()
    qtbot.waitUntil(lambda: bool(begun), timeout=30_000)
    other.deleteLater()
    qtbot.waitUntil(lambda: bool(ended), timeout=30_000)
    bare_viewer.theme = "light"  # which it would have followed
    dock.redraw()
    assert dock.map_canvas.figure.get_facecolor()[0] > 0.8
    bare_viewer.theme = "dark"
    assert errors() == []


def test_an_answer_that_fails_is_said_and_the_next_point_is_answered(mapped, rest, monkeypatch):
    def fail(*_):
        raise RuntimeError("the network fell over")

    with monkeypatch.context() as patch:
        patch.setattr(_latent_work, "_answer", fail)
        mapped.move_to((1.0, 0.0, 0.0))
        rest(mapped)
    assert "the network fell over" in mapped.message.text()
    mapped.move_to((0.0, 1.0, 0.0))
    rest(mapped)
    assert mapped.desk.answer.point == (0.0, 1.0, 0.0)


def test_of_points_that_come_fast_the_last_is_answered_and_not_all(mapped, rest):
    answered = []
    mapped.desk.answered.connect(lambda: answered.append(mapped.desk.answer.point))
    points = [(round(-1 + step / 20, 2), 0.0, 0.0) for step in range(40)]
    for point in points:
        mapped.move_to(point)
    rest(mapped)
    assert answered[-1] == points[-1] and len(answered) <= 3


def test_the_picture_is_saved_and_an_ending_that_is_none_is_said(mapped, tmp_path):
    path = tmp_path / "noise.png"
    mapped.save_to(str(path))
    assert path.stat().st_size > 20_000 and "Saved" in mapped.message.text()
    mapped.save_to(str(tmp_path / "noise.xyz"))
    assert "xyz" in mapped.message.text() and not (tmp_path / "noise.xyz").exists()


def test_the_dock_reads_the_network_of_last_time(module_dock, qtbot, bare_viewer, models):
    QSettings("napari-welllog", "latent").setValue("model", models["net"])
    other = LatentWidget(bare_viewer)
    qtbot.addWidget(other)
    assert other._neural is None  # not before it is looked at
    other.show()
    qtbot.waitUntil(lambda: other._neural is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not other.busy, timeout=60_000)
    assert other.model_line.text() == models["net"] and other.map_button.isEnabled()


def test_the_dock_is_there_without_torch():
    code = "import sys, napari_welllog._latent_widget; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
