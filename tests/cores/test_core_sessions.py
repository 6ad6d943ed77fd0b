"""Curves of core in a session: made, undone, logged, and made again from its file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.cores.core_pictures import core_box, save_picture
from welllog.cores.columns import find_columns
from welllog.cores.placement import place_picture
from welllog.cores.placement_files import (
    cores_path,
    read_placements,
    with_cores,
    write_placements,
)
from welllog.formats import read, write
from welllog.samples import synthetic_well
from welllog.session import Session, SessionError
from welllog.session_files import open_session, save_session


@pytest.fixture
def session(tmp_path) -> Session:
    """A well with two pictures placed beside its file."""
    path = write(synthetic_well(seed=3, top=1500, base=1520), tmp_path / "well.las")
    placements = []
    for number, top in enumerate((1504.0, 1510.0)):
        picture = core_box(2, rows=300, width=40, seed=number)
        file = save_picture(tmp_path / f"box{number}.png", picture)
        columns = find_columns(picture)
        placements.append(place_picture(file, picture.shape[:2], columns, top, top + 4))
        labels = (picture.mean(axis=2) < 130).astype(np.uint8)
        save_picture(tmp_path / f"labels{number}.png", labels)
    write_placements(cores_path(path), placements, "well")
    session = Session(who="ada")
    session.open(path)
    return session


def key_of(session: Session) -> str:
    return session.state.works[0].key


def test_measures_of_placed_pictures_become_curves_and_are_undone(session):
    key = key_of(session)
    before = session.state
    made = session.add_core_curves(key, measures=["brightness"], smooth=0.5)
    assert made == ["CORE_BRIGHT", "CORE_BRIGHT_SE"]
    well = session.work(key).current
    values = well.values("CORE_BRIGHT")
    inside = (well.index > 1504.6) & (well.index < 1507.4)
    assert np.isfinite(values[inside]).all() and np.isnan(values[well.index < 1503]).all()
    assert "CORE_BRIGHT" not in session.work(key).well.curves
    assert session.undo_label == "Core curves CORE_BRIGHT"
    session.undo()
    assert session.state is before


def test_labels_are_paired_with_the_pictures_they_are_named_with(session, tmp_path):
    key = key_of(session)
    files = [tmp_path / "labels1.png", tmp_path / "labels0.png"]
    session.add_core_curves(
        key, pictures=["box1.png", "box0.png"], labels=files, classes=["sand", "shale"]
    )
    record = session.work(key).current.history[-1]
    assert [each["path"][-11:] for each in record["source"]["labels"]] == [
        "labels0.png", "labels1.png"
    ]  # fmt: skip
    with pytest.raises(SessionError, match="give one each"):
        session.add_core_curves(key, labels=files[:1], classes=["sand", "shale"])
    with pytest.raises(SessionError, match="no picture lost.png"):
        session.add_core_curves(key, pictures=["lost.png"], measures=["brightness"])


def test_the_log_makes_the_same_curves_of_core(session, tmp_path):
    key = key_of(session)
    session.add_core_curves(key, pictures=["box0.png"], measures=["brightness", "cracks"])
    session.add_core_curves(
        key, pictures=["box0.png"], labels=[tmp_path / "labels0.png"], classes=["sand", "shale"]
    )
    space: dict = {}
    exec("\n".join(session.log), space)  # noqa: S102
    again = space["session"].work(key).current
    well = session.work(key).current
    assert list(again.curves) == list(well.curves)
    for name in ("CORE_BRIGHT", "CORE_CRACKS", "CORE_F_SAND"):
        np.testing.assert_array_equal(again.values(name), well.values(name))


def test_a_session_file_makes_curves_of_core_again_among_edits(session, tmp_path):
    key = key_of(session)
    session.edit(key, "clip", "GR", low=20.0)
    session.add_core_curves(key, measures=["redness"])
    session.edit(key, "shift", "CORE_RED", 0.5)
    file = save_session(session, tmp_path / "a.wellsession")
    opened, _ = open_session(file)
    well, again = session.work(key).current, opened.work(key).current
    assert again.history == well.history
    for name in ("CORE_RED", "CORE_RED_ED", "GR_ED"):
        np.testing.assert_array_equal(again.values(name), well.values(name))


def test_a_session_whose_picture_is_gone_opens_whole_and_makes_its_curves_when_it_is_back(
    session, tmp_path
):
    key = key_of(session)
    session.pick(key, [(1503.0, 1506.0)])
    session.add_core_curves(key, measures=["brightness"])
    session.edit(key, "shift", "CORE_BRIGHT", 0.5)
    well = session.work(key).current
    file = save_session(session, tmp_path / "a.wellsession")
    (tmp_path / "box0.png").rename(tmp_path / "elsewhere.png")
    opened, _ = open_session(file)
    (remark,) = opened.remarks
    assert f"box0.png is not in {tmp_path}" in remark and "box1.png" not in remark
    assert "CORE_BRIGHT stand as they were kept" in remark
    again = opened.work(key)
    assert again.current.history == well.history and again.intervals == ((1503.0, 1506.0),)
    for name in ("CORE_BRIGHT", "CORE_BRIGHT_SE", "CORE_BRIGHT_ED"):
        np.testing.assert_array_equal(again.current.values(name), well.values(name))
        assert again.current.curves[name].units == well.curves[name].units
    file = save_session(opened, tmp_path / "b.wellsession")
    (tmp_path / "elsewhere.png").rename(tmp_path / "box0.png")
    back, _ = open_session(file)
    assert not back.remarks and back.work(key).current.history == well.history
    np.testing.assert_array_equal(
        back.work(key).current.values("CORE_BRIGHT_ED"), well.values("CORE_BRIGHT_ED")
    )


def test_a_session_whose_picture_or_labels_have_changed_says_so(session, tmp_path):
    key = key_of(session)
    session.add_core_curves(key, measures=["brightness"])
    session.add_core_curves(
        key, pictures=["box1.png"], labels=[tmp_path / "labels1.png"], classes=["sand", "shale"]
    )
    file = save_session(session, tmp_path / "a.wellsession")
    save_picture(tmp_path / "box0.png", core_box(2, rows=300, width=40, seed=9))
    (tmp_path / "labels1.png").unlink()
    first, second = open_session(file)[0].remarks
    assert "box0.png is not the picture that was placed" in first
    assert f"labels1.png is not in {tmp_path}" in second


def test_a_well_that_is_exported_has_its_core_beside_it_and_keeps_what_lay_there(session, tmp_path):
    key = key_of(session)
    (tmp_path / "out").mkdir()
    written = session.export(key, tmp_path / "out" / "done.las")
    before = read_placements(cores_path(tmp_path / "well.las"))
    placed = read_placements(cores_path(written))
    assert [(p.picture, p.top, p.base) for p in placed] == [
        (p.picture, p.top, p.base) for p in before
    ]
    assert len(with_cores(read(written)).cores) == 2
    other = save_picture(tmp_path / "other.png", core_box(1, rows=300, width=40, seed=5))
    own = replace(before[0], picture=other, sha256="")
    write_placements(cores_path(written), [own, before[1].shifted(3.0)], "well")
    session.export(key, written, overwrite=True)
    names = [(p.picture.name, p.shift) for p in read_placements(cores_path(written))]
    assert sorted(names) == [("box0.png", 0.0), ("box1.png", 0.0), ("other.png", 0.0)]


def test_curves_made_of_a_well_that_was_edited_meanwhile_are_refused(session):
    from welllog.work import make_core

    key = key_of(session)
    made = make_core(session.work(key), "ada", measures=["brightness"])
    session.edit(key, "clip", "GR", low=20.0)
    with pytest.raises(SessionError, match="edited meanwhile"):
        session.take_core(key, made)
