"""Fills, strips and images as layer tuples, tracks of several widths: no viewer needed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_welllog._layers import describe, to_layers, to_restored_layers, to_well
from napari_welllog._marks import to_marked_layer
from napari_welllog._places import PITCH, edges
from welllog.fills import polygons, ribbon
from welllog.restoration import restore
from welllog.templates import CurvePlan, FillPlan, Template, TrackPlan
from welllog.tracks import lay_out
from welllog.well import Well
from welllog.zones import Top, Zone


def make_well(**curves: tuple[str, object]) -> Well:
    well = Well("A-1", 1000 + 0.5 * np.arange(200))
    for mnemonic, (unit, values) in curves.items():
        well.add_curve(mnemonic, np.broadcast_to(values, (200,)), unit=unit)
    return well


def by_name(layers):
    return {
        meta["name"]: (data, meta, describe(meta["metadata"]), kind) for data, meta, kind in layers
    }


@pytest.fixture(scope="module")
def rich() -> Well:
    wave = np.sin(np.arange(200) / 7)
    well = make_well(
        GR=("gAPI", 75 + 60 * wave),
        RHOB=("g/cm3", 2.4 + 0.2 * wave),
        NPHI=("v/v", 0.2 + 0.1 * wave),
        FACIES=("", np.where(np.arange(200) < 120, 1.0, 2.0)),
    )
    well.zones = [Zone("Group", 1000, 1090), Zone("Upper", 1000, 1040), Zone("Lower", 1040, 1090)]
    well.tops = [Top("Contact", 1050)]
    return well


def test_fills_lie_under_the_curves_of_their_track(rich):
    names = [meta["name"] for _, meta, _ in to_layers(rich, template="triple_combo")]
    assert names == [
        "Zones", "Lithology", "GR below 75 gAPI", "GR",
        "NPHI left of RHOB", "NPHI right of RHOB", "RHOB", "NPHI",
    ]  # fmt: skip


def test_a_fill_covers_what_the_engine_says_and_nothing_between_its_runs(rich):
    tracks = lay_out(rich, template="triple_combo")
    (fill,) = next(track.fills for track in tracks if track.title == "Correlation")
    data, meta, record, _ = by_name(to_layers(rich, template="triple_combo"))["GR below 75 gAPI"]
    place = record["place"]
    across = (data[:, 0, 1] - place["offset"]) / place["share"]
    drawn = ribbon(rich, fill)
    solid = np.isfinite(drawn.left)
    np.testing.assert_allclose(across, drawn.left[solid], atol=1e-6)
    np.testing.assert_allclose(data[:, 1, 1] / place["share"], (drawn.right - drawn.left)[solid])
    assert len(np.unique(meta["features"]["run"])) == len(polygons(drawn)) > 1
    assert meta["opacity"] == fill.opacity


def test_tracks_of_several_widths_stand_beside_each_other_without_overlap(rich):
    layers = to_layers(rich, template="triple_combo", left=50.0)
    places = {r["place"]["track"]: r["place"] for *_, r, _ in by_name(layers).values()}
    spans = [edges(place) for _, place in sorted(places.items())]
    assert spans[0][0] == 50.0
    widths = np.array([right - left for left, right in spans])
    given = [track.width for track in lay_out(rich, template="triple_combo")]
    np.testing.assert_allclose(widths / widths[-1], given)
    gaps = [b[0] - a[1] for a, b in zip(spans, spans[1:], strict=False)]
    np.testing.assert_allclose(gaps, (PITCH - 1) * places[0]["width"])


def test_every_line_stays_in_its_track_a_wrapped_one_too():
    plan = TrackPlan("T", width=0.5, curves=(CurvePlan("GR", wrap=True),))
    well = make_well(GR=("gAPI", np.linspace(0, 400, 200)))
    template = Template("T", (TrackPlan("R", curves=(CurvePlan("RDEP"),)), plan))
    ((data, _, _),) = to_layers(well, template=template)
    ends = np.r_[data[:, 0, 1], data.sum(axis=1)[:, 1]]
    assert 0 <= ends.min() and ends.max() <= 0.5
    assert (np.abs(data[:, 1, 1]) < 0.1).all()  # the pen is lifted where it goes across
    assert (np.diff(data[:, 0, 1]) < -0.3).sum() == 2  # at 150 and at 300


def test_a_strip_is_one_layer_with_a_vector_down_each_block(rich):
    data, meta, record, kind = by_name(to_layers(rich, template="triple_combo"))["Zones"]
    assert kind == "vectors" and record["kind"] == "strip"
    assert meta["features"]["name"] == ["Group", "Upper", "Lower"]
    np.testing.assert_allclose(data[:, 0, 0], [1000, 1000, 1040])
    np.testing.assert_allclose(data[:, 1], [[90, 0], [40, 0], [50, 0]])
    assert data[0, 0, 1] < data[1, 0, 1] == data[2, 0, 1]
    assert len(set(meta["edge_color"])) == 3
    assert meta["edge_width"] == record["place"]["share"] / 2


def test_tops_alone_have_a_track_without_blocks():
    well = make_well(GR=("gAPI", 60.0))
    well.tops = [Top("Contact", 1050)]
    data, *_ = by_name(to_layers(well))["Zones"]
    assert data.shape == (0, 2, 2)


def test_the_pixels_of_an_image_lie_about_their_samples():
    sectors = {f"ABDC{i}M": ("g/cc", 2.0 + 0.01 * i + np.arange(200) / 500) for i in range(8)}
    data, meta, record, kind = by_name(to_layers(make_well(**sectors), template="image"))["ABDC#M"]
    assert kind == "image" and data.shape == (200, 8)
    left, right = edges(record["place"])
    assert meta["scale"][0] == 0.5 and meta["translate"][0] == 1000.0
    first, last = (
        meta["translate"][1] + meta["scale"][1] * (i + h) for i, h in ((0, -0.5), (7, 0.5))
    )
    assert (first, last) == (pytest.approx(left), pytest.approx(right))


def test_a_file_with_restored_curves_shows_each_once_in_its_own_track(gappy_well):
    whole = restore(gappy_well, ["DTC"], [(1560, 1570)], "interpolation").well
    layers = by_name(to_layers(whole, template="restoration"))
    tracks = {name: record["place"]["track"] for name, (_, _, record, _) in layers.items()}
    assert tracks["DTC"] == tracks["DTC restored"] == tracks["DTC 90 % band"]
    assert not [name for name in layers if "_RES" in name]
    assert list(tracks.values()).count(tracks["DTC"]) == 3


def test_a_restored_curve_without_a_track_stands_beside_the_last_one(gappy_well):
    without = gappy_well.copy()
    del without.curves["DTC"]
    made = restore(gappy_well, ["DTC"], [(1560, 1570)], "interpolation")
    plan = TrackPlan("T", width=2.0, curves=(CurvePlan("GR"),))
    layers = to_layers(without, template=Template("T", (plan,), rest=False))
    place = describe(layers[0][1]["metadata"])["place"]
    new = to_restored_layers(without, made, {"GR": place}, "#000000")
    records = [describe(meta["metadata"]) for _, meta, _ in new]
    assert {edges(r["place"])[0] for r in records} == {edges(place)[1] + 0.08 * place["width"]}


def test_layers_that_are_no_curves_change_nothing_in_the_well_that_is_saved(rich):
    layers = to_layers(rich, template="triple_combo")
    assert list(to_well(layers).curves) == list(rich.curves)
    strips = [layer for layer in layers if describe(layer[1]["metadata"])["kind"] == "strip"]
    assert list(to_well(strips).curves) == list(rich.curves)


def test_a_fill_of_a_template_of_the_user_becomes_a_layer():
    fill = FillPlan("GR", "#123456", to="left", opacity=0.25)
    plan = TrackPlan("T", curves=(CurvePlan("GR"),), fills=(fill,))
    well = make_well(GR=("gAPI", 75.0))
    data, meta, _, _ = by_name(to_layers(well, template=Template("T", (plan,))))["GR fill"]
    np.testing.assert_allclose(data[:, 1, 1], 0.5)
    assert (meta["edge_color"], meta["opacity"]) == ("#123456", 0.25)


def test_what_is_restored_is_drawn_on_the_scale_that_the_template_gives(gappy_well):
    plan = TrackPlan("T", curves=(CurvePlan("DTC", scale=(200, 0)),))
    layers = to_layers(gappy_well, template=Template("T", (plan,), rest=False))
    ((measured, _, record, _),) = by_name(layers).values()
    made = restore(gappy_well, ["DTC"], [(1560, 1570)], "interpolation")
    drawn = by_name(to_restored_layers(gappy_well, made, {"DTC": record["place"]}, "#000000"))
    line, _, shown, _ = drawn["DTC restored"]
    assert shown["scale"].left == 200
    last = measured[measured[:, 0, 0] + measured[:, 1, 0] <= line[:, 0, 0].min() + 1e-6][-1]
    np.testing.assert_allclose(line[0, 0], last.sum(axis=0), atol=1e-6)


def test_marked_depths_run_across_tracks_of_every_width(rich):
    places = {
        r["curve"]: r["place"]
        for *_, r, _ in by_name(to_layers(rich, template="triple_combo")).values()
        if r["kind"] == "curve"
    }
    ((data, _, _)) = to_marked_layer(rich, np.array([5]), places, "#000000")
    ends = data[0, 0, 1], data[0, 0, 1] + data[0, 1, 1]
    assert ends[0] == min(p["offset"] for p in places.values())
    assert ends[1] == pytest.approx(max(p["offset"] + p["share"] for p in places.values()))
    bare = to_marked_layer(rich, np.array([5]), {}, "#000000")
    assert bare[0].shape == (1, 2, 2)
