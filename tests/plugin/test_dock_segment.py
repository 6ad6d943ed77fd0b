"""The Segment dock: scribbled, segmented, corrected, kept and made curves of, as a person does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_welllog._segment_pictures import labels_beside
from napari_welllog._segment_widget import SegmentWidget
from napari_welllog._viewer_session import session_of
from welllog.cores.placement import place_picture
from welllog.cores.placement_files import cores_path, write_placements
from welllog.cores.segmenter_files import load_segmenter

ROWS, COLUMNS, EDGE = 400, 160, 220
"""Of the picture, and the row where sand ends and shale begins."""


def sand_over_shale(seed: int = 0) -> np.ndarray:
    """Return a picture whose upper part is bright and lower part dark, (row, column, 3)."""
    draw = np.random.default_rng(seed)
    picture = np.empty((ROWS, COLUMNS, 3))
    picture[:EDGE], picture[EDGE:] = (170, 160, 140), (90, 92, 96)
    return (picture + draw.normal(0, 8, picture.shape)).clip(0, 255).astype(np.uint8)


TRUTH = np.where(np.arange(ROWS)[:, None] < EDGE, 1, 2) * np.ones((1, COLUMNS), int)
"""Labels: sand is class 0, shale class 1."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, las_folder) -> Path:
    folder = tmp_path_factory.mktemp("rock")
    Image.fromarray(sand_over_shale()).save(folder / "box.png")
    (folder / "well.las").write_bytes((las_folder / "whole.las").read_bytes())
    return folder


@pytest.fixture(scope="module")
def shown(bare_viewer, folder):
    """The picture and the dock in a viewer."""
    bare_viewer.open(str(folder / "box.png"))
    dock = bare_viewer.window.add_plugin_dock_widget("napari-welllog", "Segment")[1]
    QApplication.processEvents()
    return bare_viewer, dock


@pytest.fixture
def viewer(shown, qtbot):
    """The viewer with the picture alone, looked at whole."""
    viewer, dock = shown
    dock.live_box.setChecked(False)
    dock.cancel()
    qtbot.wait(250)  # napari crashes where two labels go between two frames
    for layer in list(viewer.layers):
        if layer.name != "box":
            viewer.layers.remove(layer)
            qtbot.wait(120)
    dock.steps.past.clear()
    dock.fitted = None
    dock.method_box.setCurrentText("otsu")
    dock.learn_box.setCurrentIndex(0)
    viewer.reset_view()
    QApplication.processEvents()
    return viewer


@pytest.fixture
def dock(viewer, shown):
    return shown[1]


def stroke(qtbot, viewer, layer, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse over a layer from one pixel to another."""
    canvas = viewer.window._qt_window._qt_viewer.canvas
    world = [np.array(layer.data_to_world(pixel)) for pixel in (start, end)]

    def send(kind, at, button, buttons) -> None:
        x, y = canvas.view.scene.transform.map([at[1], at[0]])[:2]
        place = QPointF(float(x), float(y))
        beyond = QPointF(canvas.native.mapToGlobal(place.toPoint()))
        QApplication.sendEvent(
            canvas.native,
            QMouseEvent(kind, place, beyond, button, buttons, Qt.KeyboardModifier.NoModifier),
        )
        qtbot.wait(30)

    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(QEvent.Type.MouseMove, world[0], none, none)
    send(QEvent.Type.MouseButtonPress, world[0], left, left)
    for share in (0.3, 0.6, 1.0):
        send(QEvent.Type.MouseMove, world[0] + share * (world[1] - world[0]), none, left)
    send(QEvent.Type.MouseButtonRelease, world[1], left, none)


def press(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def finish(qtbot, dock) -> None:
    qtbot.waitUntil(lambda: dock._job is None, timeout=30_000)


def segments(viewer, dock):
    return labels_beside(viewer, dock.picture, "segments")


def agreement(labels) -> float:
    return float((np.asarray(labels.data) == TRUTH).mean())


def choose_class(qtbot, dock, row: int) -> None:
    table = dock.class_table.table
    middle = table.visualItemRect(table.item(row, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def scribble(qtbot, viewer, dock):
    """Paint a stroke of sand and one of shale."""
    choose_class(qtbot, dock, 0)
    press(qtbot, dock.scribble_button)
    layer = viewer.layers.selection.active
    stroke(qtbot, viewer, layer, (100, 30), (100, 130))
    choose_class(qtbot, dock, 1)
    stroke(qtbot, viewer, layer, (320, 30), (320, 130))
    return layer


def test_two_scribbles_tell_sand_from_shale_and_undo_takes_the_segments_away(viewer, dock, qtbot):
    dock.method_box.setCurrentText("pixels")
    layer = scribble(qtbot, viewer, dock)
    assert layer.name == "box scribbles" and set(np.unique(layer.data)) == {0, 1, 2}
    assert (layer.data[:EDGE] != 2).all() and (layer.data[EDGE:] != 1).all()
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    made = segments(viewer, dock)
    assert agreement(made) > 0.98
    assert dock.steps.past[-1].label == "Undo Apply to box"
    press(qtbot, dock.undo_button)
    assert segments(viewer, dock) is None
    dock.redo()
    assert agreement(segments(viewer, dock)) > 0.98
    assert any("make_segmenter('pixels'" in line for line in session_of(viewer).session.log)


def test_a_stroke_is_followed_by_what_it_makes_of_the_visible_part(viewer, dock, qtbot):
    dock.method_box.setCurrentText("pixels")
    dock.live_box.setChecked(True)
    scribble(qtbot, viewer, dock)
    preview = "box preview"
    qtbot.waitUntil(lambda: preview in viewer.layers and not dock.preview.busy, timeout=30_000)
    assert agreement(viewer.layers[preview]) > 0.95
    assert viewer.layers.selection.active.name == "box scribbles"
    assert segments(viewer, dock) is None  # nothing is kept before Apply
    dock.live_box.setChecked(False)
    assert preview not in viewer.layers


def test_strokes_are_taken_back_one_by_one_and_one_that_napari_took_back_is_passed_over(
    viewer, dock, qtbot
):
    layer = scribble(qtbot, viewer, dock)
    assert [step.label for step in dock.steps.past] == [
        "scribbles of box", "stroke on box scribbles", "stroke on box scribbles"
    ]  # fmt: skip
    both = layer.data.copy()
    press(qtbot, dock.undo_button)
    assert set(np.unique(layer.data)) == {0, 1}
    dock.redo()
    np.testing.assert_array_equal(layer.data, both)
    viewer.window._qt_window.activateWindow()
    canvas = viewer.window._qt_window._qt_viewer.canvas.native
    qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    if (layer.data == both).all():  # its history has ended where a layer was made anew
        layer.undo()
    assert set(np.unique(layer.data)) == {0, 1}
    press(qtbot, dock.undo_button)
    assert set(np.unique(layer.data)) == {0} and layer in viewer.layers
    press(qtbot, dock.undo_button)
    qtbot.waitUntil(lambda: layer not in viewer.layers)
    assert not dock.steps.past


def test_a_further_stroke_changes_the_preview_of_a_million_pixels(viewer, dock, qtbot):
    third = np.repeat([60, 130, 200], [400, 300, 300])[:, None, None] * np.ones((1, 1000, 3))
    noise = np.random.default_rng(0).normal(0, 8, third.shape)
    viewer.add_image((third + noise).astype(np.uint8), name="wide")
    dock.picture_box.setCurrentIndex(1)
    viewer.reset_view()
    dock.class_table.have(3)
    dock.method_box.setCurrentText("pixels")
    dock.live_box.setChecked(True)
    press(qtbot, dock.scribble_button)
    layer = viewer.layers.selection.active
    for row, at in enumerate((200, 550)):
        choose_class(qtbot, dock, row)
        stroke(qtbot, viewer, layer, (at, 300), (at, 700))

    def settled() -> bool:
        return "wide preview" in viewer.layers and not dock.preview.busy

    qtbot.waitUntil(settled, timeout=30_000)
    assert (np.asarray(viewer.layers["wide preview"].data)[850] == 2).all()
    choose_class(qtbot, dock, 2)
    stroke(qtbot, viewer, layer, (850, 300), (850, 700))
    qtbot.waitUntil(settled, timeout=30_000)
    shown = np.asarray(viewer.layers["wide preview"].data)
    truth = np.repeat([1, 2, 3], [400, 300, 300])[:, None]
    assert (shown == truth).mean() > 0.95
    dock.live_box.setChecked(False)


def test_the_preview_follows_a_level_that_is_dragged(viewer, dock, qtbot):
    dock.method_box.setCurrentText("threshold")
    dock.live_box.setChecked(True)
    qtbot.waitUntil(
        lambda: "box preview" in viewer.layers and not dock.preview.busy, timeout=30_000
    )
    bar = dock.histogram
    at = round(bar.levels[0] * bar.width()), bar.height() // 2
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPointF(*at).toPoint())
    for share in (0.7, 0.9):
        qtbot.mouseMove(bar, QPointF(share * bar.width(), at[1]).toPoint())
        qtbot.wait(20)
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton)
    (level,) = dock.settings_form.values["levels"]
    assert level == pytest.approx(0.9, abs=0.02)
    qtbot.waitUntil(
        lambda: (np.asarray(viewer.layers["box preview"].data) == 1).all(), timeout=30_000
    )


def test_segments_are_corrected_by_hand_and_a_new_apply_can_be_taken_back(viewer, dock, qtbot):
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    made = segments(viewer, dock)
    choose_class(qtbot, dock, 1)  # otsu numbers from dark to light: shale is class 0
    press(qtbot, dock.correct_button)
    assert viewer.layers.selection.active is made and made.mode == "paint"
    stroke(qtbot, viewer, made, (320, 40), (320, 120))
    corrected = made.data.copy()
    assert (corrected[EDGE + 20 :] == 2).sum() > 200
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    assert (made.data[320] != corrected[320]).any()
    press(qtbot, dock.undo_button)
    np.testing.assert_array_equal(made.data, corrected)


def test_a_run_that_is_cancelled_leaves_the_old_segments(viewer, dock, qtbot):
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    before = segments(viewer, dock).data.copy()
    dock.method_box.setCurrentText("kmeans")
    press(qtbot, dock.apply_button)
    dock.cancel()
    finish(qtbot, dock)
    assert dock.message.text() == "Cancelled; nothing was changed."
    np.testing.assert_array_equal(segments(viewer, dock).data, before)
    assert len(dock.steps.past) == 1


def test_a_model_that_was_saved_segments_another_picture(viewer, dock, qtbot, tmp_path):
    dock.method_box.setCurrentText("pixels")
    scribble(qtbot, viewer, dock)
    press(qtbot, dock.fit_button)
    finish(qtbot, dock)
    assert segments(viewer, dock) is None
    dock.save_model_to(str(tmp_path / "sand"))
    names = load_segmenter(tmp_path / "sand.safetensors").classes.names
    assert names == dock.class_table.classes.names
    viewer.add_image(sand_over_shale(5), name="other")
    dock.picture_box.setCurrentIndex(1)
    dock.load_model(str(tmp_path / "sand.safetensors"))
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    assert dock.picture.name == "other" and agreement(viewer.layers["other segments"]) > 0.98
    dock.load_model(str(tmp_path / "none.safetensors"))
    assert "there is no such file" in dock.message.text()


def test_apply_does_not_fit_again_to_what_was_fitted(viewer, dock, qtbot):
    dock.method_box.setCurrentText("pixels")
    layer = scribble(qtbot, viewer, dock)
    press(qtbot, dock.fit_button)
    finish(qtbot, dock)
    before = dock.fitted
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    assert dock.fitted is before
    stroke(qtbot, viewer, layer, (390, 30), (390, 130))
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    assert dock.fitted is not before


def test_a_dock_that_is_closed_in_the_middle_of_a_run_leaves_the_viewer_as_it_was(viewer, qtbot):
    other = viewer.window.add_plugin_dock_widget("napari-welllog", "Segment")
    dock = viewer.window.add_dock_widget(SegmentWidget(viewer), name="second").widget()
    dock.method_box.setCurrentText("kmeans")
    dock.apply()
    viewer.window.remove_dock_widget(dock)
    dock.deleteLater()
    del dock
    qtbot.wait(500)
    assert [layer.name for layer in viewer.layers if "segments" in layer.name] == []
    viewer.add_image(sand_over_shale(4), name="later")
    viewer.layers.remove("later")
    assert other[1].picture is not None


def test_the_dock_offers_each_setting_of_the_command_with_its_default():
    from dataclasses import fields

    from napari_welllog._segment_methods import _NETWORK, SETTINGS
    from welllog.cli.segment_options import _NETWORK as OF_NETWORKS
    from welllog.cli.segment_options import _OWN
    from welllog.cores.clusters import Clusters
    from welllog.cores.network_settings import FittingSettings
    from welllog.cores.pixels import PixelClassifier

    for method, names in _OWN.items():
        assert set(names) <= {setting.name for setting in SETTINGS[method]}, method
    assert set(OF_NETWORKS) == {s.name for s in SETTINGS["unet-resnet50"]} - {"class_weights"}
    for shown, owner in (
        (SETTINGS["kmeans"], Clusters), (SETTINGS["pixels"], PixelClassifier),
        (_NETWORK, FittingSettings),
    ):  # fmt: skip
        defaults = {field.name: field.default for field in fields(owner)}
        for setting in shown:
            if isinstance(setting.value, tuple):
                assert defaults[setting.name] in setting.value, setting.name
            elif not setting.nothing and setting.name != "scales":
                assert setting.value == defaults[setting.name], setting.name
            assert setting.tip and setting.label


def test_settings_of_a_network_are_set_told_to_it_and_remembered(viewer, dock, qtbot, monkeypatch):
    monkeypatch.setattr(dock, "_settings", QSettings("napari-welllog", "segment"))
    dock.method_box.setCurrentText("unet-resnet50")
    form = dock.settings_form
    assert "width" not in form.values, "the network's own"
    assert not form.inputs["seed"].isVisible()
    press(qtbot, form.more)
    assert form.inputs["seed"].isVisible()
    for name, typed in (("iterations", "30"), ("seed", "7"), ("width", "8")):
        form.inputs[name].setFocus()
        form.inputs[name].selectAll()
        qtbot.keyClicks(form.inputs[name].lineEdit(), typed)
        qtbot.keyClick(form.inputs[name], Qt.Key.Key_Return)
    qtbot.keyClicks(form.inputs["backbone"].line, "none.safetensors")
    freeze = form.inputs["freeze"]
    at = QPoint(8, freeze.height() // 2)
    qtbot.mouseClick(freeze, Qt.MouseButton.LeftButton, pos=at)
    told = dock.make_plan().settings
    assert (told["iterations"], told["seed"], told["width"]) == (30, 7, 8)
    assert told["freeze"] and told["backbone"] == "none.safetensors"
    dock.method_box.setCurrentText("otsu")
    assert form.more is None
    dock.method_box.setCurrentText("unet-resnet50")
    assert dock.make_plan().settings == told
    dock.remember()
    again = SegmentWidget(viewer)
    try:
        assert again.method == "unet-resnet50" and again.make_plan().settings == told
    finally:
        again.deleteLater()
    scribble(qtbot, viewer, dock)
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    assert "none.safetensors" in dock.message.text() and segments(viewer, dock) is None
    form.inputs["backbone"].line.clear()
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    assert "frozen encoder" in dock.message.text()


def test_nothing_painted_is_said_and_nothing_is_run(viewer, dock, qtbot):
    dock.method_box.setCurrentText("pixels")
    press(qtbot, dock.apply_button)
    assert dock._job is None
    assert "nothing to learn from in the scribbles of this picture" in dock.message.text()


def test_every_picture_is_segmented_by_one_model(viewer, dock, qtbot):
    viewer.add_image(sand_over_shale(6), name="other")
    press(qtbot, dock.all_button)
    finish(qtbot, dock)
    shown = [layer.name for layer in viewer.layers if layer.name.endswith("segments")]
    assert sorted(shown) == ["box segments", "other segments"]
    dock.undo()
    qtbot.waitUntil(lambda: [layer.name for layer in viewer.layers] == ["box", "other"])


def test_segments_are_scored_against_other_labels(viewer, dock, qtbot):
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    truth = (3 - TRUTH).astype(np.uint8)  # otsu numbers from dark to light
    truth[EDGE : EDGE + 90] = 2
    viewer.add_labels(truth, name="by hand")
    dock.truth_box.setCurrentText("by hand")
    press(qtbot, dock.score_button)
    finish(qtbot, dock)
    cells = [
        [dock.score_table.item(row, column).text() for column in (0, 1)]
        for row in range(dock.score_table.rowCount())
    ]
    dark, light = 90 / 180, EDGE / (EDGE + 90)
    assert float(cells[0][1]) == pytest.approx((dark + light) / 2, abs=0.01)
    assert float(cells[1][1]) == pytest.approx(dark, abs=0.01)


def test_a_class_that_is_removed_takes_its_labels_with_it_until_undo(viewer, dock, qtbot):
    dock.class_table.have(3)
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    made, before = segments(viewer, dock), segments(viewer, dock).data.copy()
    names = dock.class_table.classes.names
    choose_class(qtbot, dock, 0)
    press(qtbot, dock.class_table.remove_button)
    assert dock.class_table.classes.names == names[1:]
    np.testing.assert_array_equal(made.data, np.maximum(before.astype(int) - 1, 0))
    assert made.metadata["classes"] == list(names[1:])
    press(qtbot, dock.undo_button)
    assert dock.class_table.classes.names == names
    np.testing.assert_array_equal(made.data, before)


def test_shares_of_classes_become_curves_of_the_well_and_are_undone(
    viewer, dock, qtbot, folder, tmp_path
):
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    dock.make_curves()
    assert dock.message.text().startswith("No well is open")
    picture = sand_over_shale()
    place = place_picture(folder / "box.png", picture.shape[:2], [whole_picture()], 1560.0, 1580.0)
    write_placements(cores_path(folder / "well.las"), [place], "well")
    viewer.open(str(folder / "well.las"), plugin="napari-welllog")
    QApplication.processEvents()
    session = session_of(viewer).session
    names = dock.class_table.classes.names
    dock.make_curves_from(str(tmp_path / "box_segments.png"))
    (work,) = session.state.works
    dark = work.current.values(f"CORE_F_{names[0].upper().replace(' ', '_')}")
    index = work.current.index
    edge = 1560 + 20 * EDGE / ROWS
    assert dark[(index > 1561) & (index < edge - 1)].max() < 0.05
    assert dark[(index > edge + 1) & (index < 1579)].min() > 0.95
    assert np.isnan(dark[index < 1558]).all()
    assert "session.add_core_curves(" in session.log[-1]
    assert Image.open(tmp_path / "box_segments.png").size == (COLUMNS, ROWS)
    dock.undo()
    (work,) = session.state.works
    assert not [name for name in work.current.curves if name.startswith("CORE_F")]
    assert dock.picture_box.count() == 1  # nothing more to open
    viewer.layers.remove("box")
    QApplication.processEvents()
    row = dock.picture_box.count() - 1
    assert dock.picture_box.itemText(row).startswith("Open core box.png of")
    dock.picture_box.setCurrentIndex(row)
    dock.picture_box.activated.emit(row)
    layer = dock.picture
    assert layer.name == "box photograph" and layer.data_to_world((-0.5, 0))[0] == pytest.approx(
        1560
    )
    assert layer.data_to_world((ROWS - 0.5, 0))[0] == pytest.approx(1580)
    press(qtbot, dock.apply_button)
    finish(qtbot, dock)
    dock.make_curves_from(str(tmp_path / "again.png"))
    (work,) = session.state.works
    assert [name for name in work.current.curves if name.startswith("CORE_F")]


def whole_picture():
    """Return the whole picture as one column."""
    from welllog.cores.columns import Column

    return Column(((0, 0), (0, COLUMNS), (ROWS, COLUMNS), (ROWS, 0)))
