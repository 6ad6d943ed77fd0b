"""Templates: which one a well gets, what is left out, what is said of a bad file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from welllog.images import find_images
from welllog.samples import synthetic_well
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
from welllog.tracks import lay_out
from welllog.well import Well
from welllog.zones import Top, Zone


@pytest.fixture(autouse=True)
def no_templates_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("WELLLOG_TEMPLATES", str(tmp_path / "templates"))


def make_well(**curves: tuple[str, object]) -> Well:
    well = Well("A-1", 1000 + 0.5 * np.arange(40))
    for mnemonic, (unit, values) in curves.items():
        well.add_curve(mnemonic, np.broadcast_to(values, (40,)), unit=unit)
    return well


def titles(tracks) -> list[str]:
    return [track.title for track in tracks]


SECTORS = {f"ABDC{i}M": ("g/cc", 2.2 + 0.01 * i) for i in range(1, 17)}
RESTORED = {f"DT_{part}": ("us/ft", 90.0) for part in ("RES", "P05", "P50", "P95")} | {
    "DT_FLAG": ("", 1.0)
}


@pytest.mark.parametrize(
    ("curves", "name"),
    [
        ({"GR": ("gAPI", 60.0), "RHOB": ("g/cm3", 2.3), "DT": ("us/ft", 90.0)}, "Triple combo"),
        ({"GR": ("gAPI", 60.0), "DT": ("us/ft", 90.0)}, "Sonic"),
        ({"RHOB": ("g/cm3", 2.3), "DT": ("us/ft", 90.0)} | RESTORED, "Restoration"),
        ({"RHOB": ("g/cm3", 2.3)} | SECTORS, "Image"),
        ({"RHOB": ("g/cm3", np.nan), "DT": ("us/ft", 90.0)}, "Sonic"),
        ({"GR": ("gAPI", 60.0)}, "Triple combo"),
        ({"XYZ": ("", 1.0)}, "Triple combo"),
    ],
)
def test_a_well_gets_the_template_that_suits_what_it_has(curves, name):
    assert choose_template(make_well(**curves)).name == name


@pytest.mark.parametrize("name", ["triple_combo", "sonic", "image", "restoration"])
def test_every_known_curve_of_a_well_has_a_place_on_every_print_of_the_package(name):
    well = synthetic_well(top=1500, base=1520)
    well.add_curve("ROP", np.full(well.index.shape, 20.0), unit="m/h")
    shown = {c.mnemonic for t in lay_out(well, template=name) for c in t.curves}
    assert shown == set(well.canonical.values())


def test_what_a_well_lacks_is_left_out_with_its_fills():
    well = make_well(GR=("gAPI", 60.0), NPHI=("v/v", 0.2), PEF=("b/e", np.nan))
    tracks = lay_out(well, template="triple_combo")
    assert titles(tracks) == ["Correlation", "Density - neutron"]
    assert [c.mnemonic for c in tracks[1].curves] == ["NPHI"] and tracks[1].fills == ()
    (gamma,) = tracks[0].fills
    assert gamma.where == "below" and gamma.level == 75.0


def test_scales_and_cutoffs_come_out_in_the_unit_of_the_file():
    plan = TrackPlan(
        "T",
        curves=(CurvePlan("NPHI", scale=(0.6, 0.0)), CurvePlan("DTC", scale=(140, 40))),
        fills=(
            FillPlan("NPHI", "#ffff00", below=0.1),
            FillPlan("DTC", "#ffff00", baseline=90.0),
        ),
    )
    well = make_well(NPHI=("%", 20.0), DT=("us/m", 300.0))
    (track,) = lay_out(well, template=Template("T", (plan,)))
    neutron, slowness = track.curves
    assert (neutron.left, neutron.right, slowness.left) == (60.0, 0.0, 460.0)
    assert track.fills[0].level == 10.0 and track.fills[1].level == pytest.approx(295.276)


def test_a_curve_that_wraps_or_has_its_own_scale_is_not_widened():
    well = make_well(GR=("gAPI", 260.0), RDEP=("ohm.m", 0.05))
    plan = TrackPlan(
        "T",
        curves=(
            CurvePlan("GR", wrap=True, style="dashed", width=2.0, colour="#112233"),
            CurvePlan("RDEP", scale=(0.2, 200.0)),
        ),
    )
    gamma, deep = lay_out(well, template=Template("T", (plan,)))[0].curves
    assert (gamma.right, gamma.wrap, gamma.style, gamma.width) == (150.0, True, "dashed", 2.0)
    assert gamma.colour == "#112233" and (deep.left, deep.right, deep.log) == (0.2, 200.0, True)


def test_a_track_whose_grid_is_switched_off_has_none_also_after_it_was_written():
    plan = TrackPlan("T", curves=(CurvePlan("GR"),), grid=False)
    read = parse_template(spell_template(Template("T", (plan,))), Path("t.toml"))
    (track,) = lay_out(make_well(GR=("gAPI", 60.0)), template=read)
    assert not track.grid and "grid" not in spell_template(
        Template("T", (replace(plan, grid=True),))
    )


def test_the_default_layout_is_as_it_was_and_gains_a_track_where_there_are_zones():
    well = synthetic_well(top=1500, base=1520)
    plain = lay_out(well)
    well.zones = [Zone("A", 1500, 1510)]
    assert lay_out(well)[1:] == plain and lay_out(well)[0].kind == "zones"
    assert lay_out(well, ["GR"])[0].title == "Correlation"


def test_curves_asked_for_are_shown_in_the_tracks_of_the_template():
    well = make_well(GR=("gAPI", 60.0), RHOB=("g/cm3", 2.3), XYZ=("", 1.0))
    tracks = lay_out(well, ["RHOB", "XYZ"], template="triple_combo")
    assert [[c.mnemonic for c in track.curves] for track in tracks] == [["RHOB"], ["XYZ"]]


def test_a_restored_curve_is_shown_once_with_its_band_on_one_scale():
    well = make_well(DT=("us/ft", 90.0), GR=("gAPI", 60.0), **RESTORED)
    tracks = {track.title: track for track in lay_out(well, template="restoration")}
    track = tracks["Restored DT"]
    assert [c.mnemonic for c in track.curves] == ["DT", "DT_RES"]
    (band,) = track.fills
    assert (band.curve.mnemonic, band.other.mnemonic) == ("DT_P05", "DT_P95")
    assert {(c.left, c.right) for c in (*track.curves, band.curve, band.other)} == {(140.0, 40.0)}
    assert "Sonic" not in tracks and tracks["Flags"].lanes[0].title == "filled"


def test_a_curve_that_was_only_synthesised_has_its_track():
    made = {f"DTS_{part}": ("us/ft", 150.0) for part in ("SYN", "P05", "P50", "P95", "FLAG")}
    (track,) = lay_out(make_well(**made), template="restoration")[1:]
    assert [c.mnemonic for c in track.curves] == ["DTS_SYN"] and track.curves[0].left == 340.0


def test_numbered_curves_are_an_image_only_where_they_go_round():
    (image,) = find_images(make_well(**SECTORS, AT10=("ohm.m", 1.0), GRAS0M=("", 1.0)))
    assert image.name == "ABDC#M" and image.curves[8:10] == ("ABDC9M", "ABDC10M")
    arrays = {f"AT{i}": ("ohm.m", 1.0) for i in range(10, 90, 10)}
    assert find_images(make_well(**arrays)) == []


def test_a_template_saved_is_the_template_read_back(tmp_path):
    for name in find_templates():
        template = read_template(name)
        copy = read_template(write_template(template, tmp_path / "folder" / f"{name}.toml"))
        assert copy == template
    odd = Template(
        'A "name" \\ with\ttabs',
        (TrackPlan("\N{GREEK SMALL LETTER MU}", "lithology", source="X"),),
        rest=False,
    )
    assert read_template(write_template(odd, tmp_path / "odd.toml")) == odd


def test_a_template_of_the_user_is_found_by_name_and_hides_one_of_the_package():
    mine = Template("Mine", (TrackPlan("T", curves=(CurvePlan("GR"),)),), (("GR",),), rank=99)
    write_template(mine, user_folder() / "sonic.toml")
    assert read_template("sonic") == mine
    assert choose_template(make_well(GR=("gAPI", 60.0), RHOB=("g/cm3", 2.3))) == mine


HEAD = '[[track]]\ntitle = "Gamma"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[track", "bad.toml: not TOML: "),
        ("name = 'x'\n", r"bad.toml: it has no tracks; add \[\[track\]\]"),
        ("[track]\ntitle = 'T'\n", r"track is not a list of tables; write \[\[track\]\]"),
        (HEAD, r"track 1 \(Gamma\): it names no curve; add"),
        ("[[track]]\nkind = 'zones'\n", "track 1: the key title is missing; add it"),
        (HEAD + "kind = 'zone'\n", r"track 1 \(Gamma\): kind 'zone' is none of curves, zones"),
        (HEAD + "colr = 1\n", "unknown key 'colr'; known are title, kind, width, source"),
        (HEAD + "width = 'wide'\n", "width is 'wide'; it has to be a number"),
        (HEAD + "width = 99\n", "width 99 is not between 0.1 and 10"),
        (HEAD + "[[track.curve]]\n", r"curve 1 \(unnamed\): the key mnemonic is missing"),
        (
            HEAD + "[[track.curve]]\nmnemonic = 'GR'\nscale = [0]\n",
            r"curve 1 \(GR\): scale is \[0\]; it has to be two numbers, as \[0, 150\]",
        ),
        (
            HEAD + "[[track.curve]]\nmnemonic = 'GR'\nscale = [5, 5]\n",
            r"both ends of the scale are 5; make them differ",
        ),
        (
            HEAD + "[[track.curve]]\nmnemonic = 'GR'\nscale = [0, 1e400]\n",
            r"scale \[0.0, inf\]: its ends have to be finite numbers",
        ),
        (
            HEAD + "[[track.curve]]\nmnemonic='GR'\n[[track.fill]]\ncurve='GR'\n"
            "colour='#ffff00'\nbelow=inf\n",
            "fill 1: below is inf; write a finite number",
        ),
        (
            HEAD + "[[track.curve]]\nmnemonic = 'RDEP'\nscale = [0, 100]\n",
            "a logarithmic scale cannot be 0 to 100; give one above 0",
        ),
        (HEAD + "[[track.curve]]\nmnemonic='GR'\nlog=true\n", "cannot be 0 to 150"),
        (HEAD + "[[track.curve]]\nmnemonic='GR'\ncolour='red'\n", "colour 'red' is not like #ff"),
        (HEAD + "[[track.curve]]\nmnemonic='GR'\nstyle='wavy'\n", "'wavy' is not solid, dashed"),
        (
            HEAD + "[[track.curve]]\nmnemonic='GR'\n[[track.fill]]\ncurve='GR'\ncolour='#ffff00'\n",
            r"track 1 \(Gamma\): fill 1: it says not what to fill; add to, baseline, below",
        ),
        (
            HEAD + "[[track.curve]]\nmnemonic='GR'\n[[track.fill]]\ncurve='SP'\n"
            "colour='#ffff00'\nto='left'\n",
            "a fill names SP, which is no curve of this track",
        ),
        (
            HEAD + "[[track.curve]]\nmnemonic='GR'\n[[track.fill]]\ncurve='GR'\n"
            "colour='#ffff00'\nbelow=1\nabove=2\n",
            "below and above are two fills; give each its own entry",
        ),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_place(tmp_path, text, said):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError, match=said) as raised:
        read_template(path)
    assert str(raised.value).startswith(str(path)) and "\n" not in str(raised.value)


def test_a_name_that_is_no_template_says_which_there_are():
    with pytest.raises(TemplateError, match=r"no template quad; there are .*triple_combo"):
        lay_out(make_well(GR=("gAPI", 60.0)), template="quad")
    with pytest.raises(TemplateError, match=r"nowhere.toml: cannot be read: No such file"):
        read_template("nowhere.toml")


def test_tops_are_a_need_too():
    well = make_well(GR=("gAPI", 60.0))
    mine = Template("Mine", (TrackPlan("T", curves=(CurvePlan("GR"),)),), (("zones",),), rank=99)
    write_template(mine, user_folder() / "mine.toml")
    assert choose_template(well).name == "Triple combo"
    well.tops = [Top("A", 1000)]
    assert choose_template(well).name == "Mine"


def test_the_template_on_the_page_is_one(tmp_path):
    page = (Path(__file__).parent.parent / "docs" / "templates.md").read_text(encoding="utf-8")
    path = tmp_path / "page.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0], encoding="utf-8")
    template = read_template(path)
    assert template.rank == 50 and [track.kind for track in template.tracks][0] == "zones"
    assert all(f"`{name}`" in page for name in find_templates())
