"""Sessions: each action, its undo, its line of Python, and the file."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from welllog.formats import read, write
from welllog.samples import synthetic_well
from welllog.session import Session, SessionError
from welllog.session_files import SessionFileError, open_session, save_session
from welllog.zones import ZoneFileError

SPANS = [(1520.0, 1530.0), (1560.0, 1580.0)]
KRIGED, LINE = "DTC by kriging", "DTC by interpolation"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("wells") / "well.las"
    return write(synthetic_well(seed=3, top=1500, base=1620), path)


@pytest.fixture
def session(file) -> Session:
    session = Session(who="ada")
    session.open(file)
    return session


@pytest.fixture
def key(session) -> str:
    return session.state.works[0].key


@pytest.fixture
def restored(session, key) -> Session:
    session.restore(key, ["DTC"], ["kriging", "interpolation"], SPANS)
    return session


def same(session: Session, other: Session) -> bool:
    """Whether two sessions have come to the same curves."""
    for work, twin in zip(session.state.works, other.state.works, strict=True):
        if work.intervals != twin.intervals or work.decisions != twin.decisions:
            return False
        done, again = session.finished(work.key), other.finished(twin.key)
        if list(done) != list(again):
            return False
        for name in done:
            np.testing.assert_array_equal(done[name].values, again[name].values)
            np.testing.assert_array_equal(done[name].lower, again[name].lower)
            np.testing.assert_array_equal(done[name].flag, again[name].flag)
    return True


def test_every_action_can_be_undone_and_done_again(restored, key):
    session = restored
    actions = [
        lambda: session.pick(key, [(1540.0, 1550.0)]),
        lambda: session.accept(key, KRIGED),
        lambda: session.blend(key, {KRIGED: 1, LINE: 1}, SPANS[0]),
        lambda: session.draw(key, "DTC", [(1565, 90), (1570, 95)]),
        lambda: session.reject(key, "DTC", SPANS[1]),
        lambda: session.reopen(key, "DTC", SPANS[1]),
        lambda: session.score_blind(key, "DTC", 10.0, ["kriging"]),
        lambda: session.discard(key, LINE),
    ]
    states = [session.state]
    for act in actions:
        act()
        assert session.state is not states[-1]
        states.append(session.state)
    for state in states[-2::-1]:
        session.undo()
        assert session.state is state
    for state in states[1:]:
        session.redo()
        assert session.state is state
    assert session.redo_label == "" and session.undo_label == f"Discard {LINE}"


def test_an_action_after_undo_forgets_what_could_be_redone(restored, key):
    restored.accept(key, KRIGED)
    restored.undo()
    restored.accept(key, LINE)
    assert restored.redo_label == ""
    assert restored.finished(key).model == "interpolation"


def test_undo_leaves_wells_that_were_opened_since(restored, key, file):
    restored.accept(key, KRIGED)
    other = restored.open(file)
    assert other == f"{key} (2)"
    restored.undo()
    assert [work.key for work in restored.state.works] == [key, other]
    restored.close_well(key)
    restored.redo()
    assert [work.key for work in restored.state.works] == [other]


def test_nothing_is_restored_before_something_is_accepted(restored, key):
    assert len(restored.finished(key)) == 0
    assert restored.work(key).undecided() == [
        ("DTC", span) for span in restored.work(key).candidates[0].spans(
            restored.work(key).well.index)
    ]  # fmt: skip
    restored.accept(key, KRIGED, SPANS[0])
    assert len(restored.work(key).undecided()) == 1
    restored.accept(key, KRIGED)
    assert restored.work(key).undecided() == []


def test_a_new_run_replaces_a_candidate_but_not_what_was_accepted(restored, key):
    assert restored.restore(key, ["DTC"], ["kriging"], [SPANS[0]]) == [KRIGED]
    assert len(restored.work(key).candidates) == 2
    restored.accept(key, KRIGED)
    before = restored.finished(key)["DTC"].values
    assert restored.restore(key, ["DTC"], ["kriging"], [(1590, 1600)]) == [f"{KRIGED} 2"]
    np.testing.assert_array_equal(restored.finished(key)["DTC"].values, before)


def test_a_candidate_that_is_dropped_takes_its_decisions_along(restored, key):
    restored.accept(key, KRIGED)
    restored.discard(key, KRIGED)
    assert len(restored.finished(key)) == 0
    restored.undo()
    assert restored.finished(key).model == "kriging"


def test_what_cannot_be_done_is_said_and_changes_nothing(restored, key):
    state = restored.state
    for act, why in (
        (lambda: restored.accept(key, "DTC by magic"), "no candidate DTC by magic"),
        (lambda: restored.accept("none", KRIGED), "no well none"),
        (lambda: restored.accept(key, KRIGED, (1600.0, 1601.0)), "fills nothing"),
        (lambda: restored.blend(key, {KRIGED: 0.0, LINE: 1.0}, SPANS[0]), "positive weights"),
        (lambda: restored.draw(key, "DTC", [(1510.0, 90.0)]), "two points"),
    ):
        with pytest.raises(SessionError, match=why):
            act()
    assert restored.state is state


def test_the_log_is_python_that_does_it_all_again(restored, key):
    restored.pick(key, [np.array(SPANS[0])])
    restored.accept(key, KRIGED, SPANS[0])
    restored.blend(key, {KRIGED: 1.0, LINE: 2.0}, SPANS[1])
    restored.draw(key, "DTC", [(1565, np.float64(90)), (1570, 95)])
    restored.reject(key, "DTC", SPANS[0])
    restored.undo()
    names: dict = {}
    exec("\n".join(restored.log), names)
    assert same(restored, names["session"])


def test_listeners_hear_of_every_change(restored, key):
    heard = []
    restored.listeners.append(lambda: heard.append(restored.undo_label))
    restored.accept(key, KRIGED)
    restored.undo()
    assert heard == [f"Accept {KRIGED}", "Restore DTC"]


def test_a_session_comes_back_from_its_file(restored, key, tmp_path):
    restored.pick(key, [(1540.0, 1550.0)])
    restored.accept(key, KRIGED, SPANS[0])
    restored.draw(key, "DTC", [(1565, 90), (1570, 95)])
    restored.score_blind(key, "DTC", 10.0, ["kriging"])
    path = save_session(restored, tmp_path / "a.wellsession", {"depths": [1, 2]})
    again, view = open_session(path)
    assert view == {"depths": [1, 2]} and again.who == "ada" and same(restored, again)
    ours, theirs = (s.work(key).blind_tests[0] for s in (restored, again))
    assert ours.scores() == theirs.scores() and ours.intervals == theirs.intervals
    assert again.finished(key).record["runs"] == restored.finished(key).record["runs"]
    again.accept(key, LINE)  # and goes on
    assert again.finished(key).model == "interpolation"


def test_a_well_without_a_file_is_kept_in_the_session(tmp_path):
    session = Session()
    key = session.add_well(synthetic_well(seed=4, top=1500, base=1560))
    session.restore(key, ["DTC"], ["kriging"], [(1520, 1530)])
    session.accept(key, KRIGED)
    again, _ = open_session(save_session(session, tmp_path / "a.wellsession"))
    assert same(session, again)


def test_a_session_and_its_wells_can_move_together(restored, key, tmp_path, file):
    restored.accept(key, KRIGED)
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    mine = tmp_path / "old" / "well.las"
    mine.write_bytes(file.read_bytes())
    session = Session()
    session.open(mine)
    path = save_session(session, tmp_path / "old" / "a.wellsession")
    for name in ("well.las", "a.wellsession"):
        (tmp_path / "old" / name).rename(tmp_path / "new" / name)
    again, _ = open_session(tmp_path / "new" / path.name)
    assert again.state.works[0].well.path.parent == tmp_path / "new"


def test_a_well_that_is_missing_or_has_changed_is_told(tmp_path, file):
    mine = tmp_path / "well.las"
    mine.write_bytes(file.read_bytes())
    session = Session()
    key = session.open(mine)
    path = save_session(session, tmp_path / "a.wellsession")
    mine.write_bytes(file.read_bytes().replace(b"SYNTHETIC", b"synthetic", 1))
    with pytest.raises(SessionFileError, match="has changed since"):
        open_session(path)
    assert len(open_session(path, anyway=True)[0].state.works) == 1
    mine.rename(tmp_path / "elsewhere.las")
    with pytest.raises(SessionFileError, match="is not at"):
        open_session(path)
    moved = {key: tmp_path / "elsewhere.las"}
    assert open_session(path, moved=moved, anyway=True)[0].work(key).well.name
    write(synthetic_well(seed=3, top=1500, base=1530), mine)
    with pytest.raises(SessionFileError, match="samples now"):
        open_session(path, anyway=True)


def _spoil(path, change):
    """Write the session file anew with its JSON changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    said = json.loads(members["session.json"])
    change(said, members)
    members["session.json"] = json.dumps(said).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _pickled(said, members):
    import io

    packed = io.BytesIO()
    np.savez(packed, **{"0/candidate/0/values": np.array([print], dtype=object)})
    members["arrays.npz"] = packed.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda said, members: said.update(format=99),
        lambda said, members: said["wells"][0].pop("sha256"),
        lambda said, members: said["wells"][0]["candidates"][0].update(curve=3),
        lambda said, members: said["wells"][0].update(candidates=[]),
        lambda said, members: members.update({"arrays.npz": b"no arrays"}),
        lambda said, members: said["wells"][0]["candidates"][0]["curve"]["gaps"][0].__setitem__(
            2, 10**9
        ),
        _pickled,
    ],
)
def test_a_file_that_is_damaged_or_poisoned_is_refused(restored, key, tmp_path, change):
    restored.accept(key, KRIGED)
    path = save_session(restored, tmp_path / "a.wellsession")
    _spoil(path, change)
    with pytest.raises(SessionFileError):
        open_session(path)


def test_what_is_no_session_is_refused(tmp_path, file):
    with pytest.raises(SessionFileError, match="no session file"):
        open_session(file)


def test_a_session_that_cannot_be_written_leaves_the_old_one(restored, tmp_path, monkeypatch):
    path = save_session(restored, tmp_path / "a.wellsession")
    before = path.read_bytes()
    monkeypatch.setattr(np, "savez_compressed", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_session(restored, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_models_look_at_what_was_edited_and_the_file_has_both(session, key, tmp_path):
    measured = session.work(key).well.values("DTC").copy()
    session.edit(key, "rescale", "DTC", gain=1.1)
    session.restore(key, ["DTC"], ["interpolation"], [SPANS[0]])
    session.accept(key, LINE)
    done = session.finished(key)
    outside = done["DTC"].flag == 0
    np.testing.assert_allclose(done["DTC"].values[outside], 1.1 * measured[outside])
    np.testing.assert_array_equal(done.well.values("DTC"), measured)
    assert {"DTC_ED", "DTC_ED_RES"} & set(done.well.curves) and session.undo_label
    again, _ = open_session(save_session(session, tmp_path / "a.wellsession"))
    assert same(session, again)
    ours, theirs = (s.work(key).current.history for s in (session, again))
    assert ours == theirs
    names: dict = {}
    exec("\n".join(session.log), names)
    assert same(session, names["session"])
    for _ in range(3):
        session.undo()
    assert session.work(key).edited is None and "DTC_ED" not in session.finished(key).well.curves


def test_an_edit_that_is_none_is_said(session, key):
    with pytest.raises(SessionError, match="no edit polish; there are flag_bad_hole"):
        session.edit(key, "polish", "DTC")


def test_an_export_holds_the_decisions_and_their_record(restored, key, tmp_path):
    restored.accept(key, KRIGED)
    written = read(restored.export(key, tmp_path / "out.las"))
    np.testing.assert_allclose(
        written.values("DTC_RES"), restored.finished(key)["DTC"].values, atol=1e-9
    )
    sidecar = json.loads((tmp_path / "out.las.welllog.json").read_text()) if (
        tmp_path / "out.las.welllog.json").exists() else json.loads(
        next(tmp_path.glob("*.json")).read_text())  # fmt: skip
    assert "ada" in json.dumps(sidecar)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "zones.csv"
    path.write_text("well,name,top,base\nSYNTHETIC 3,Cook,1530,1560\nOTHER,Drake,1,2\n"
                    "SYNTHETIC 3,OWC,1550,\n")  # fmt: skip
    return path


def test_zones_are_loaded_undone_and_loaded_by_the_log(session, key, table):
    well = session.work(key).well
    session.load_zones(key, table)
    assert [zone.name for zone in well.zones] == ["Cook"]
    assert [(top.name, top.depth) for top in well.tops] == [("OWC", 1550.0)]
    assert session.undo_label == "Load zones"
    session.undo()
    assert well.zones == [] and well.tops == []
    session.redo()
    assert [zone.name for zone in well.zones] == ["Cook"]
    names = {}
    exec("\n".join(session.log), names)
    assert names["session"].state.works[0].well.zones == well.zones


def test_a_table_that_cannot_be_read_leaves_zones_and_undo_as_they_are(session, key, table):
    session.load_zones(key, table)
    zones, log = list(session.work(key).well.zones), list(session.log)
    table.write_text("name,top,base\nCook,1560,1530\n")
    with pytest.raises(ZoneFileError, match="line 2"):
        session.load_zones(key, table)
    assert (session.work(key).well.zones, session.log) == (zones, log)


def test_zones_are_in_the_session_file_and_in_what_is_exported(restored, key, table, tmp_path):
    restored.edit(key, "clip", "GR", 0, 100)
    restored.load_zones(key, table)
    table.unlink()  # the session does not need it any more
    save_session(restored, tmp_path / "a.wellsession")
    again, _ = open_session(tmp_path / "a.wellsession")
    well = again.state.works[0].well
    assert [zone.name for zone in well.zones] == ["Cook"] and len(well.tops) == 1
    again.accept(key, KRIGED)
    out = read(again.export(key, tmp_path / "out.las"))
    assert (out.zones, out.tops) == (well.zones, well.tops)
    again.undo()
    assert well.zones == out.zones


def test_a_session_reads_its_wells_with_the_unit_of_depth_they_were_read_with(file, tmp_path):
    session = Session(who="ada")
    key = session.add_well(read(file, index_unit="ft"))
    kept = save_session(session, tmp_path / "a.wellsession")
    assert open_session(kept)[0].work(key).well.index_unit == "ft"


def test_a_session_reads_its_wells_with_the_nulls_they_were_read_with(tmp_path):
    well = synthetic_well(seed=3, top=1500, base=1620)
    values = well.values("DTC").copy()
    values[10:20] = -9999
    del well.curves["DTC"]
    well.add_curve("DTC", values, unit="us/ft")
    path = write(well, tmp_path / "odd.las")
    session = Session(who="ada")
    key = session.open(path, nulls="declared")
    assert session.log[-1] == f"session.open({str(path)!r}, nulls='declared')  # {key}"
    save_session(session, tmp_path / "a.wellsession")
    again, _ = open_session(tmp_path / "a.wellsession")
    assert (again.state.works[0].well.values("DTC") == -9999).sum() == 10


def test_what_is_done_together_is_one_step_and_told_once(restored, key):
    told, before = [], restored.state
    restored.listeners.append(lambda: told.append(restored.undo_label))
    with restored.together("Accept 2 intervals"):
        for span in SPANS:
            restored.accept(key, KRIGED, span)
    assert told == ["Accept 2 intervals"]
    assert len(restored.work(key).decisions) == 2
    after = restored.state
    restored.undo()
    assert restored.state is before
    restored.redo()
    assert restored.state is after
    with restored.together("Nothing"):
        pass
    assert restored.undo_label == "Accept 2 intervals"
    with restored.together("Reject it"):
        restored.reject(key, "DTC", SPANS[0])
    assert restored.undo_label == "Reject DTC" and restored.log[-1].startswith("session.reject")


def test_of_what_is_done_together_nothing_stays_where_a_part_fails(restored, key):
    restored.accept(key, KRIGED)
    restored.undo()
    state, log, redo = restored.state, list(restored.log), restored.redo_label
    with pytest.raises(SessionError), restored.together("Accept"):
        restored.accept(key, KRIGED, SPANS[0])
        restored.accept(key, "DTC by magic", SPANS[1])
    assert restored.state is state and restored.log == log and restored.redo_label == redo


def test_the_log_of_steps_done_together_does_them_again(restored, key):
    with restored.together("Accept 2 intervals"):
        for span in SPANS:
            restored.accept(key, KRIGED, span)
    restored.undo()
    restored.redo()
    restored.reject(key, "DTC", SPANS[0])
    names: dict = {}
    exec("\n".join(restored.log) + "\n", names)
    assert same(restored, names["session"])
    assert [label for label, _ in names["session"]._past] == [n for n, _ in restored._past]


def test_realisations_are_kept_in_the_session_and_its_log(session, key, tmp_path):
    session.restore(key, ["DTC"], ["kriging"], SPANS, realisations=3, seed=5)
    session.accept(key, KRIGED)
    assert "realisations=3, seed=5" in session.log[-2]
    again, _ = open_session(save_session(session, tmp_path / "a.wellsession"))
    for ours, theirs in zip(
        session.finished(key)["DTC"].realisations, again.finished(key)["DTC"].realisations,
        strict=True,
    ):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)
    saved = read(session.export(key, tmp_path / "out.las"))
    assert {"DTC_R1", "DTC_R2", "DTC_R3"} <= set(saved.curves)


def test_what_is_in_no_file_is_known_until_it_is_kept_or_exported(session, key, tmp_path):
    assert session.unkept == []
    session.pick(key, SPANS)  # alone it is no work
    assert session.unkept == []
    session.restore(key, ["DTC"], ["interpolation"], SPANS)
    save_session(session, tmp_path / "copy.wellsession", aside=True)
    assert [work.key for work in session.unkept] == [key]
    save_session(session, tmp_path / "kept.wellsession")
    assert session.unkept == [] == open_session(tmp_path / "kept.wellsession")[0].unkept
    session.accept(key, LINE, SPANS[0])
    session.export(key, tmp_path / "part.las")
    assert session.unkept == []  # the candidates are in the session file
    other = Session()
    other.adopt(session)
    assert other.unkept == []
    session.accept(key, LINE, SPANS[1])
    assert len(session.unkept) == 1 and other.unkept == []
    session.undo()
    assert session.unkept == []


def test_a_las_file_holds_what_was_decided_and_not_what_is_still_open(session, key, tmp_path):
    session.restore(key, ["DTC"], ["interpolation"], SPANS)
    session.accept(key, LINE, SPANS[0])
    session.export(key, tmp_path / "part.las")
    assert len(session.unkept) == 1  # of the second interval there is a candidate alone
    session.accept(key, LINE, SPANS[1])
    session.export(key, tmp_path / "all.las")
    assert session.unkept == []
    session.set_template(key, "sonic")
    assert session.unkept == []  # it has a file
    session.edit_template(key, "move_track", 0, 1)
    assert len(session.unkept) == 1


def test_what_undo_takes_back_names_the_well_where_there_are_several(session, key, file):
    session.pick(key, SPANS)
    assert session.undo_label == "Pick intervals" and session.undo_wells == [key]
    other = session.open(file)
    assert session.undo_label == f"Pick intervals \u00b7 {key}"
    session.pick(other, SPANS)
    assert session.undo_label == f"Pick intervals \u00b7 {other}" and session.undo_wells == [other]
    with session.together("Pick twice"):
        session.pick(key, [])
        session.pick(other, [])
    assert session.undo_label == f"Pick twice \u00b7 {key}, {other}"
    session.undo()
    assert session.redo_wells == [key, other] and session.undo_wells == [other]
