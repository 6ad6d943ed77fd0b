"""Wells as layer tuples and back: no viewer needed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_welllog._layers import (
    PITCH,
    LayerError,
    describe,
    interval_rectangle,
    read_intervals,
    to_interval_layer,
    to_layers,
    to_restored_layers,
    to_well,
)
from welllog.restoration import restore
from welllog.well import Well


def make_well(**curves: tuple[str, object]) -> Well:
    well = Well("A-1", 1000 + 0.5 * np.arange(200))
    for mnemonic, (unit, values) in curves.items():
        well.add_curve(mnemonic, np.broadcast_to(values, (200,)), unit=unit)
    return well


def places_of(layers):
    records = [describe(meta["metadata"]) for _, meta, _ in layers]
    return {r["curve"]: r["place"] for r in records if r["kind"] == "curve"}


@pytest.fixture(scope="module")
def restored(gappy_well):
    restoration = restore(gappy_well, ["DTC", "GR"], [(1560, 1570)], "interpolation")
    layers = to_layers(gappy_well)
    return layers, to_restored_layers(gappy_well, restoration, places_of(layers), "#000000")


def test_every_curve_known_is_one_layer_that_napari_can_carry(gappy_well):
    layers = to_layers(gappy_well)
    assert {kind for _, _, kind in layers} == {"vectors"}
    assert {meta["name"] for _, meta, _ in layers} == set(gappy_well.canonical.values())
    for data, meta, _ in layers:
        assert data.shape[1:] == (2, 2) and np.isfinite(data).all()
        assert describe(meta["metadata"])["well"] is gappy_well


def test_no_line_crosses_a_gap(gappy_well):
    data = next(data for data, meta, _ in to_layers(gappy_well) if meta["name"] == "DTC")
    start, end = data[:, 0, 0], data[:, 0, 0] + data[:, 1, 0]
    assert (end - start).max() < 2 * gappy_well.step
    assert not ((start > 1560) & (start < 1569.8)).any()


def test_a_reversed_scale_is_drawn_reversed():
    well = make_well(GR=("GAPI", 60.0), NPHI=("V/V", np.linspace(0.45, -0.15, 200)))
    data = next(data for data, meta, _ in to_layers(well) if meta["name"] == "NPHI")
    assert PITCH < data[0, 0, 1] < PITCH + 0.02  # a porosity of 0.45 lies at the left
    assert data[-1, 0, 1] > PITCH + 0.9


def test_a_sample_alone_between_nulls_is_still_seen():
    values = np.full(200, np.nan)
    values[[50, 120]] = 75.0
    ((data, _, _),) = to_layers(make_well(GR=("GAPI", values)))
    assert len(data) == 2
    np.testing.assert_allclose(data[:, 0, 0] + data[:, 1, 0] / 2, [1025, 1060])


def test_a_well_without_a_known_curve_shows_what_it_has_and_one_without_values_says_so():
    ((_, meta, _),) = to_layers(make_well(XYZ=("M", np.linspace(0, 1, 200)), VOID=("M", np.nan)))
    assert meta["name"] == "XYZ"
    with pytest.raises(LayerError, match="no curve that can be shown"):
        to_layers(make_well(XYZ=("M", np.nan)))


def test_the_band_lies_only_where_something_was_restored(restored):
    _, made = restored
    bands = [data for data, meta, _ in made if describe(meta["metadata"])["kind"] == "band"]
    assert len(bands) == 2
    for data in bands:
        assert data[:, 0, 0].min() >= 1560 and data[:, 0, 0].max() <= 1570
        assert (data[:, 1, 0] == 0).all()  # hairs across, none down


def test_the_restored_line_meets_the_measured_samples(restored, gappy_well):
    _, made = restored
    line = next(data for data, meta, _ in made if meta["name"] == "DTC restored")
    before = gappy_well.index[gappy_well.index < 1560].max()
    assert line[:, 0, 0].min() == pytest.approx(before)


def test_layers_give_back_the_well_with_the_curves_of_the_restoration(restored, gappy_well):
    layers, made = restored
    well = to_well([*layers, *made])
    assert list(well.curves)[: len(gappy_well.curves)] == list(gappy_well.curves)
    assert {"DTC_RES", "DTC_P05", "DTC_P50", "DTC_P95", "DTC_FLAG", "GR_RES"} <= set(well.curves)
    assert len(well.history) == len(gappy_well.history) + 1
    assert "DTC_RES" not in gappy_well.curves


def test_what_is_deleted_from_the_layers_is_not_saved(restored):
    layers, made = restored
    kept = [layer for layer in made if describe(layer[1]["metadata"])["curve"] == "GR"]
    well = to_well([*layers, *kept])
    assert "GR_RES" in well.curves and "DTC_RES" not in well.curves


def test_a_restoration_saved_in_a_file_is_shown_again(restored):
    layers, made = restored
    names = [meta["name"] for _, meta, _ in to_layers(to_well([*layers, *made]))]
    assert {"DTC restored", "DTC 90 % band"} <= set(names)
    assert "DTC_RES" not in names


def test_a_curve_that_was_only_synthesised_is_shown_from_the_file():
    made = {f"DTS_{part}": ("us/ft", 150.0 + i) for i, part in enumerate(("P05", "P50", "P95"))}
    well = make_well(GR=("gAPI", 60.0), DTS_SYN=("us/ft", 151.0), **made, DTS_FLAG=("", 1.0))
    layers = {meta["name"]: (data, describe(meta["metadata"])) for data, meta, _ in to_layers(well)}
    assert list(layers) == ["GR", "DTS", "DTS 90 % band", "DTS restored"]
    tracks = [record["place"]["track"] for _, record in layers.values()]
    assert tracks == [0, 1, 1, 1]
    assert len(layers["DTS restored"][0]) == 199 and len(layers["DTS"][0]) == 0


def test_layers_of_two_wells_are_not_one_well(gappy_well):
    other = make_well(GR=("GAPI", 60.0))
    with pytest.raises(LayerError, match="2 wells"):
        to_well([*to_layers(gappy_well), *to_layers(other)])


def test_layers_of_no_well_are_not_a_well():
    with pytest.raises(LayerError, match="none of the layers shows a well"):
        to_well([(np.zeros((1, 2, 2)), {"metadata": {}}, "vectors")])


def test_intervals_come_back_from_their_rectangles(gappy_well):
    spans = [(1510.0, 1520.0), (1600.5, 1601.0)]
    data, meta, kind = to_interval_layer(gappy_well, spans, 0.0, 500.0)
    assert kind == "shapes" and describe(meta["metadata"])["kind"] == "intervals"
    assert read_intervals(data) == spans
    assert read_intervals([interval_rectangle(5.0, 2.0, 0, 1)]) == [(2.0, 5.0)]


def test_the_demo_well_opens_or_says_how_to_get_it():
    from napari_welllog._samples import open_demo_well
    from welllog.samples import find_demo_well

    layers = open_demo_well()
    assert len(layers) > 5 if find_demo_well() else layers == [(None,)]
