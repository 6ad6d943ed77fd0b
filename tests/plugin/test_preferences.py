"""What the manifest declares: settings in napari's Preferences, entries in its menus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from npe2 import PluginManifest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QCheckBox, QComboBox, QListWidget, QStackedWidget

import napari_welllog
from napari_welllog._autosave import Autosave
from napari_welllog._places import describe
from napari_welllog._preferences import preferences
from napari_welllog._viewer_session import session_of
from welllog.formats import write
from welllog.well import Well

MANIFEST = PluginManifest.from_file(Path(napari_welllog.__file__).with_name("napari.yaml"))


@pytest.fixture
def page(qapp):
    """The page of this plugin in the Preferences."""
    from napari._qt.dialogs.preferences_dialog import PreferencesDialog

    dialog = PreferencesDialog()
    pages = dialog.findChild(QListWidget)
    (line,) = pages.findItems("Well logs", Qt.MatchFlag.MatchExactly)
    dialog.show()
    pages.setCurrentItem(line)
    QApplication.processEvents()
    yield dialog.findChild(QStackedWidget).currentWidget()
    dialog.close()


def test_the_preferences_show_every_setting_with_its_default(page):
    boxes = {tuple(b.itemText(i) for i in range(b.count())) for b in page.findChildren(QComboBox)}
    assert boxes == {("likely", "declared", "usual"), ("auto", "cpu", "cuda", "mps")}
    assert [box.isChecked() for box in page.findChildren(QCheckBox)] == [True]
    declared = MANIFEST.contributions.configurations
    for group, said in declared.items():
        for name, each in said.properties.items():
            assert getattr(getattr(preferences(), group), name) == each.default


def test_a_device_chosen_in_the_preferences_is_that_of_the_dock_and_the_other_way(page, dock):
    box = next(b for b in page.findChildren(QComboBox) if b.findText("cuda") >= 0)
    assert dock.device_box.currentText() == "auto"
    box.setCurrentText("cpu")
    assert dock.device_box.currentText() == "cpu"
    dock.device_box.setCurrentText("mps")
    assert preferences().restoring.device == "mps"
    assert "mps" in Path(preferences().config_path).read_text()


def test_the_box_for_bands_hides_them_and_shows_them_again(page, viewer, open_las, gappy_las):
    open_las(gappy_las)
    session = session_of(viewer).session
    (key,) = (work.key for work in session.state.works)
    session.restore(key, ["DTC"], ["interpolation"])
    bands = [layer for layer in viewer.layers if (describe(layer) or {}).get("kind") == "band"]
    assert bands and all(band.visible for band in bands)
    box = page.findChild(QCheckBox)
    box.click()
    assert not any(band.visible for band in bands)
    session.restore(key, ["DTC"], ["kriging"])
    bands = [layer for layer in viewer.layers if (describe(layer) or {}).get("kind") == "band"]
    assert len(bands) == 2 and not any(band.visible for band in bands)
    box.click()
    assert all(band.visible for band in bands)


def test_a_well_opens_with_the_template_that_is_set(
    viewer, open_las, gappy_las, tmp_path, monkeypatch
):
    track = '[[track]]\ntitle = "Sonic"\n[[track.curve]]\nmnemonic = "DTC"\n'
    (tmp_path / "mine.toml").write_text(f'name = "Mine"\nrest = false\n{track}')
    monkeypatch.setattr("welllog.templates.user_folder", lambda: tmp_path)
    preferences().wells.template = "mine"
    open_las(gappy_las)
    shown = [describe(layer) or {} for layer in viewer.layers]
    assert {said["curve"] for said in shown if said.get("kind") == "curve"} == {"DTC"}


def test_a_template_that_is_not_there_is_a_warning_and_the_well_opens(
    viewer, open_las, gappy_las, monkeypatch
):
    said: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", said.append)
    preferences().wells.template = "no such template"
    open_las(gappy_las)
    assert len(viewer.layers) > 0
    assert any("no such template" in line for line in said)


def test_undeclared_nulls_are_taken_as_the_preferences_say(viewer, open_las, gappy_well, tmp_path):
    values = gappy_well.values("DTC").copy()
    values[100:110] = -9999
    odd = Well("ODD", gappy_well.index, gappy_well.index_unit, gappy_well.index_mnemonic)
    odd.add_curve("DTC", values, unit="us/ft")
    odd.add_curve("QQ", np.where(np.isnan(values), 0, values), unit="")
    write(odd, tmp_path / "odd.las")
    counts = []
    for nulls in ("declared", "likely", "usual"):
        preferences().wells.nulls = nulls
        viewer.layers.clear()
        open_las(tmp_path / "odd.las")
        well = session_of(viewer)._view.wells()[0]
        counts.append([int((well.values(name) == -9999).sum()) for name in ("DTC", "QQ")])
    assert counts == [[10, 10], [0, 10], [0, 0]]


def test_no_safety_copy_is_made_where_none_is_wanted(viewer, gappy_well):
    kept = Autosave(viewer, session_of(viewer).session, print)
    assert kept._timer.isActive() and kept._timer.interval() == 20_000
    preferences().session.autosave = 0
    assert not kept._timer.isActive()
    preferences().session.autosave = 5
    assert kept._timer.isActive() and kept._timer.interval() == 5000


def test_each_dock_is_in_a_layers_menu_as_well_as_under_plugins(viewer):
    from napari._app_model import get_app_model

    for menu, commands in MANIFEST.contributions.menus.items():
        shown = {item.command.id for item in get_app_model().menus.get_menu(menu)}
        assert {item.command for item in commands} <= shown
    action = next(
        action
        for submenu in viewer.window.layers_menu.actions()
        if submenu.menu() is not None
        for action in submenu.menu().actions()
        if action.text().startswith("Restore") and "Well logs" in action.text()
    )
    action.trigger()
    assert "Restore (Well logs)" in viewer.window.dock_widgets
