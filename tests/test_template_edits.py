"""Edits of a template, the user's own ones, and both in a session."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.own_templates import delete_own, import_own, is_own, rename_own, save_own
from welllog.session import Session, SessionError
from welllog.session_files import open_session, save_session
from welllog.template_edits import (
    EDITS,
    add_curve,
    add_fill,
    add_track,
    change_curve,
    change_fill,
    change_template,
    change_track,
    list_others,
    move_curve,
    move_track,
    plan_name,
    remove_curve,
    remove_fill,
    remove_track,
    settle,
)
from welllog.templates import (
    CurvePlan,
    FillPlan,
    Template,
    TemplateError,
    TrackPlan,
    choose_template,
    find_templates,
    parse_template,
    read_template,
    spell_template,
    user_folder,
    write_template,
)
from welllog.well import Well


@pytest.fixture(autouse=True)
def no_templates_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("WELLLOG_TEMPLATES", str(tmp_path / "templates"))


@pytest.fixture
def combo() -> Template:
    return read_template("triple_combo")


@pytest.fixture
def small() -> Template:
    gamma = TrackPlan("A", curves=(CurvePlan("GR"), CurvePlan("CALI"), CurvePlan("BS")), fills=(
        FillPlan("GR", "#ffee58", below=75.0), FillPlan("CALI", "#bcaaa4", right_of="BS"),
    ))  # fmt: skip
    return Template(
        "S", (gamma, TrackPlan("B", curves=(CurvePlan("DTC"),)), TrackPlan("Z", "zones"))
    )


def shown(template: Template) -> list[list[str]]:
    return [[curve.mnemonic for curve in track.curves] for track in template.tracks]


def well_of(**curves: tuple[str, float]) -> Well:
    well = Well("A-1", 1000 + 0.5 * np.arange(40))
    for mnemonic, (unit, value) in curves.items():
        well.add_curve(mnemonic, np.full(40, value), unit=unit)
    return well


def test_a_moved_curve_takes_its_own_fill_along_and_leaves_those_up_to_others(small):
    moved = move_curve(small, "GR", 0, 1, 0)
    assert shown(moved) == [["CALI", "BS"], ["GR", "DTC"], []]
    assert moved.tracks[1].fills == (small.tracks[0].fills[0],)
    assert moved.tracks[0].fills == (small.tracks[0].fills[1],)
    parted = move_curve(small, "BS", 0, 1)
    assert parted.tracks[0].fills == (small.tracks[0].fills[0],) and not parted.tracks[1].fills
    assert shown(small) == [["GR", "CALI", "BS"], ["DTC"], []]


def test_a_curve_moves_within_its_track_and_keeps_the_fills(small):
    moved = move_curve(small, "GR", 0, 0, 1)
    assert shown(moved)[0] == ["CALI", "GR", "BS"]
    assert moved.tracks[0].fills == small.tracks[0].fills


@pytest.mark.parametrize(("at", "order"), [
    (0, [["DTC"], ["GR", "CALI", "BS"], []]), (2, [["GR", "CALI", "BS"], ["DTC"], []]),
    (None, [["GR", "CALI", "BS"], [], ["DTC"]]),
])  # fmt: skip
def test_the_last_curve_of_a_track_moved_to_a_new_one_leaves_no_empty_track(small, at, order):
    assert shown(move_curve(small, "DTC", 1, None, at)) == order


def test_a_curve_moves_to_a_new_track_with_the_fill_that_is_its_own(small):
    moved = move_curve(small, "GR", 0, None, 0)
    assert shown(moved)[0] == ["GR"] and moved.tracks[0].fills == (small.tracks[0].fills[0],)


def test_a_track_that_loses_its_last_curve_goes(small):
    assert shown(remove_curve(small, "DTC", 1)) == [["GR", "CALI", "BS"], []]
    assert shown(move_curve(small, "DTC", 1, 0)) == [["GR", "CALI", "BS", "DTC"], []]


def test_tracks_are_moved_added_renamed_and_removed(small):
    names = [track.title for track in move_track(small, 0, 2).tracks]
    assert names == ["B", "Z", "A"]
    assert move_track(small, 2, 0).tracks[0].kind == "zones"
    added = add_track(small, "Flags", "flags", at=1)
    assert (added.tracks[1].title, len(added.tracks)) == ("Flags", 4)
    assert change_track(small, 1, title="Sonic", width=2.0).tracks[1].title == "Sonic"
    alone = remove_track(remove_track(small, 0), 1)
    assert [track.title for track in alone.tracks] == ["B"]
    with pytest.raises(TemplateError, match="last track"):
        remove_track(alone, 0)


def test_a_changed_curve_keeps_what_was_not_named(small):
    changed = change_curve(small, "GR", 0, scale=(200.0, 0.0), colour="#123456")
    again = change_curve(changed, "GR", 0, width=2.0).tracks[0].curves[0]
    assert again == CurvePlan("GR", (200.0, 0.0), colour="#123456", width=2.0)
    assert change_curve(changed, "GR", 0, scale=None).tracks[0].curves[0].scale is None


def test_of_a_fill_that_changes_its_way_the_old_way_goes(small):
    to_side = change_fill(small, 0, 0, to="left")
    assert to_side.tracks[0].fills[0] == FillPlan("GR", "#ffee58", to="left")
    tinted = change_fill(small, 0, 0, colour="#000000").tracks[0].fills[0]
    assert tinted == FillPlan("GR", "#000000", below=75.0)
    more = add_fill(small, 0, "CALI", "#ff0000", above=12.0, to="right")
    assert len(more.tracks[0].fills) == 3
    assert remove_fill(more, 0, 2) == small


@pytest.mark.parametrize(("edit", "arguments", "settings", "said"), [
    ("add_curve", ("GR", 0), {}, "shows GR already"),
    ("add_curve", ("SP", 2), {}, "a track of zones takes no curves"),
    ("move_curve", ("GR", 0, 2), {}, "a track of zones takes no curves"),
    ("move_curve", ("RHOB", 0, 1), {}, "shows no RHOB"),
    ("remove_track", (7,), {}, "there is no track 7; there are 0 to 2"),
    ("change_curve", ("GR", 0), {"scale": (1.0, 1.0)}, "both ends of the scale are 1"),
    ("change_curve", ("GR", 0), {"scale": (0.0, 100.0), "log": True}, "cannot be 0 to 100"),
    ("change_curve", ("GR", 0), {"height": 3}, "cannot change height"),
    ("change_fill", (0, 0), {"curve": "DTC"}, "a fill names DTC"),
    ("remove_fill", (1, 0), {}, "has no fill 0"),
    ("change_track", (0,), {"width": 40.0}, "not between 0.1 and 10"),
])  # fmt: skip
def test_what_cannot_be_is_said_in_a_line(small, edit, arguments, settings, said):
    with pytest.raises(TemplateError, match=said) as caught:
        EDITS[edit](small, *arguments, **settings)
    assert "\n" not in str(caught.value)


def test_a_template_that_was_edited_is_the_same_after_it_was_written_and_read(small, tmp_path):
    edited = change_curve(add_curve(small, "SP", 1), "SP", 1, scale=(40.0, -160.0), style="dotted")
    edited = change_template(edited, rest=False)
    assert read_template(write_template(edited, tmp_path / "t.toml")) == edited
    assert parse_template(spell_template(edited), tmp_path / "t.toml") == edited


def test_what_is_left_out_is_settled_as_it_is_drawn(combo):
    well = well_of(GR=("gAPI", 60.0), DT=("us/m", 300.0), MYST=("kPa", 5.0))
    assert plan_name(well, "DT") == "DTC" and plan_name(well, "MYST") == "MYST"
    sonic = settle(well, CurvePlan("DTC"))
    assert sonic.scale == pytest.approx((140.0, 40.0), rel=0.02) and sonic.log is False
    assert settle(well, CurvePlan("DTC", (100.0, 50.0))).scale == (100.0, 50.0)
    assert settle(well, CurvePlan("RDEP")).log is True  # the well lacks it
    assert settle(well, CurvePlan("NOTHING")).scale == (0.0, 1.0)
    assert settle(well, CurvePlan("MYST")).colour.startswith("#")
    assert list_others(well, combo) == ["MYST"]


def test_own_templates_are_saved_renamed_and_deleted_and_the_shipped_are_not(combo, tmp_path):
    name = save_own(combo, "My logs, 2")
    assert name == "my_logs_2" and is_own(name) and read_template(name).name == "My logs, 2"
    with pytest.raises(TemplateError, match="already"):
        save_own(combo, "my logs 2")
    assert rename_own(name, "Other") == "other" and "my_logs_2" not in find_templates()
    assert rename_own("other", "OTHER") == "other" and read_template("other").name == "OTHER"
    delete_own("other")
    assert "other" not in find_templates()
    for refused in (lambda: delete_own("sonic"), lambda: rename_own("sonic", "X")):
        with pytest.raises(TemplateError, match="no template of yours"):
            refused()
    with pytest.raises(TemplateError, match="letters or digits"):
        save_own(combo, " / ")


def test_a_copy_of_one_of_the_package_is_not_chosen_unasked(combo):
    well = well_of(GR=("gAPI", 60.0), RHOB=("g/cm3", 2.3))
    save_own(change_template(combo, rest=False), "Mine")
    assert choose_template(well) == combo
    save_own(read_template("mine"), "Mine", overwrite=True)
    assert read_template("mine").tracks == combo.tracks and not read_template("mine").rest


def test_one_of_the_package_comes_back_when_its_namesake_is_deleted():
    save_own(change_template(read_template("sonic"), rank=99), "Sonic")
    assert read_template("sonic").rank == 99
    delete_own("sonic")
    assert read_template("sonic").rank != 99


def test_a_file_is_taken_in_only_when_it_is_a_template(combo, tmp_path):
    path = write_template(change_template(combo, name="From afar"), tmp_path / "x.toml")
    assert import_own(path) == "from_afar" and is_own("from_afar")
    path.write_text("name = \n", encoding="utf-8")
    with pytest.raises(TemplateError, match="not TOML"):
        import_own(path)
    assert [each.name for each in user_folder().iterdir()] == ["from_afar.toml"]


def test_a_session_edits_templates_with_undo_and_its_log_does_it_again():
    session = Session(who="me")
    key = session.add_well(well_of(GR=("gAPI", 60.0), RHOB=("g/cm3", 2.3), DT=("us/ft", 90.0)))
    session.set_template(key, "triple_combo")
    session.edit_template(key, "change_curve", "GR", 3, scale=(0.0, 200.0))
    edited = session.work(key).template
    assert edited.tracks[3].curves[0].scale == (0.0, 200.0)
    session.edit_template(key, "change_curve", "GR", 3, scale=(0.0, 200.0))  # nothing changes
    session.undo()
    assert session.work(key).template == read_template("triple_combo")
    session.undo()
    assert session.work(key).template is None and session.undo_label == ""
    session.redo()
    session.redo()
    assert session.work(key).template == edited
    again = Session(who="me")
    again.add_well(session.work(key).well)
    exec("\n".join(line for line in session.log[3:]), {"session": again})
    assert again.work(key).template == edited
    assert (
        session.save_template(key, "Mine") == "mine" and session.work(key).template.name == "Mine"
    )
    with pytest.raises(SessionError, match="there is no edit"):
        session.edit_template(key, "paint")
    before = session.state
    with pytest.raises(TemplateError):
        session.edit_template(key, "remove_track", 99)
    assert session.state is before


def test_a_session_file_keeps_a_template_that_no_file_holds(tmp_path):
    session = Session(who="me")
    key = session.add_well(well_of(GR=("gAPI", 60.0), RHOB=("g/cm3", 2.3)))
    session.edit_template(key, "change_curve", "GR", 3, scale=(0.0, 200.0))
    opened, _ = open_session(save_session(session, tmp_path / "s.wellsession"))
    assert opened.work(key).template == session.work(key).template
    assert opened.work(key).template.path == session.work(key).template.path
