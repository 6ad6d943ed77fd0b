"""Borehole images become pictures: filled around the hole, on one scale or that of each place."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from welllog.cores.borehole import (
    BoreholeError,
    ContrastSettings,
    fill_image,
    find_dead,
    image_picture,
    normalise_dynamic,
    normalise_static,
    place_borehole,
    read_borehole,
)
from welllog.cores.core_curves import CurveSettings, curves_of_shares
from welllog.cores.segmenters import make_segmenter
from welllog.cores.tiles import segment
from welllog.formats import read
from welllog.well import Well

DATA = Path(os.environ.get("WELLLOG_DATA", "../shared/data")) / "borehole_image"


def a_well(rows: int = 200, sectors: int = 16, upwards: bool = False) -> Well:
    depth = np.round(1000 + 0.1 * np.arange(rows), 3)
    place = np.arange(sectors)
    values = 2.3 + 0.002 * np.arange(rows)[:, None] + 0.1 * np.cos(2 * np.pi * place / sectors)
    values = values + np.random.default_rng(0).normal(0, 0.01, values.shape)
    well = Well("A", depth[::-1] if upwards else depth)
    for i in place:
        well.add_curve(f"DEN{i + 1}", values[::-1, i] if upwards else values[:, i], unit="g/cc")
    return well


def changed(well: Well, curve: str, rows: slice, value: float | None) -> Well:
    """Return the well with some values of a curve null, or all the same."""
    result = Well(well.name, well.index)
    for name in well.curves:
        values = well.values(name).copy()
        if name == curve:
            values[rows] = np.nan if value is None else value
        result.add_curve(name, values, unit="g/cc")
    return result


def test_sectors_stand_in_order_with_their_azimuths_on_increasing_depths() -> None:
    image = read_borehole(a_well(upwards=True))
    assert image.name == "DEN#" and image.values.shape == (200, 16)
    assert image.depth[0] == 1000 and image.step == pytest.approx(0.1)
    assert np.diff(np.nanmean(image.values, axis=1)).mean() > 0
    assert image.azimuth[:2] == pytest.approx([11.25, 33.75])
    turned = read_borehole(a_well(), first=0.0, clockwise=False, reference="north")
    assert turned.azimuth[:2] == pytest.approx([0, 337.5]) and turned.reference == "north"


def test_a_sector_that_is_stuck_or_null_is_filled_from_its_neighbours_around_the_hole() -> None:
    stuck = changed(a_well(), "DEN1", slice(50, 100), 9.0)
    image = read_borehole(changed(stuck, "DEN8", slice(20, 30), None))
    dead = find_dead(image)
    assert dead[50:100, 0].all() and dead[20:30, 7].all() and dead.sum() == 60
    values, valid = fill_image(image)
    between = (image.values[60, 15] + image.values[60, 1]) / 2  # 1 lies between 16 and 2
    assert values[60, 0] == pytest.approx(between) and not valid[60, 0]
    assert np.array_equal(values[valid], image.values[valid])


def test_a_row_with_most_sectors_missing_stays_null() -> None:
    well = a_well()
    for sector in range(1, 10):
        well = changed(well, f"DEN{sector}", slice(5, 6), None)
    values, _ = fill_image(read_borehole(well))
    assert np.isnan(values[5]).all() and np.isfinite(values[4]).all()
    picture, shown = image_picture(read_borehole(well), ContrastSettings(widen=3))
    assert picture.shape == (200, 48, 1) and picture.dtype == np.float32
    assert not shown[5].any() and not picture[5].any() and np.isfinite(picture).all()


def test_the_static_scale_keeps_levels_and_the_dynamic_one_levels_them() -> None:
    values = read_borehole(a_well()).values
    static, dynamic = normalise_static(values), normalise_dynamic(values, 20)
    upper, lower = slice(20, 60), slice(140, 180)
    assert static[lower].mean() - static[upper].mean() > 0.3
    assert abs(dynamic[lower].mean() - dynamic[upper].mean()) < 0.02
    assert dynamic[upper].std() > 1.2 * static[upper].std()
    assert min(static.min(), dynamic.min()) >= 0 and max(static.max(), dynamic.max()) <= 1


def test_the_dynamic_scale_is_mean_and_deviation_of_the_window() -> None:
    values = np.random.default_rng(1).normal(2.5, 0.1, (101, 8))
    values[30, 3] = np.nan
    near = values[40:61]
    wanted = 0.5 + (values[50] - near.mean()) / near.std() / 4
    assert normalise_dynamic(values, 21)[50] == pytest.approx(wanted.clip(0, 1))
    assert np.isnan(normalise_dynamic(values, 21)[30, 3])


def test_labels_of_an_image_become_curves_at_its_depths() -> None:
    well = a_well()
    image = read_borehole(well)
    labels = np.zeros((200, 32), np.int16)
    labels[100:, :8] = 1
    placement = place_borehole(image, well, widen=2)
    made = curves_of_shares(well, [placement], lambda _: labels, ["a", "b"], (), CurveSettings(0.1))
    assert made[1].values[99] == pytest.approx(0) and made[1].values[100] == pytest.approx(0.25)
    assert np.isfinite(made[1].values).all()


def test_what_is_no_image_or_no_setting_is_refused() -> None:
    with pytest.raises(BoreholeError, match="no borehole image X#; it has DEN#"):
        read_borehole(a_well(), "X#")
    with pytest.raises(BoreholeError, match="all null"):
        normalise_static(np.full((5, 8), np.nan))
    for given, words in (
        ({"mode": "loud"}, "neither static"),
        ({"window": 0}, "window is 0 m"),
        ({"low": 99}, "low first"),
        ({"widen": 0}, "widen"),
    ):
        with pytest.raises(BoreholeError, match=words):
            ContrastSettings(**given)  # type: ignore[arg-type]


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the image of P11-A-02 (WELLLOG_DATA)")
def test_a_real_density_image_is_read_and_normalised_both_ways() -> None:
    well = read(next(DATA.glob("*.las")))
    image = read_borehole(well)
    assert image.name == "ABDC#M" and image.values.shape == (7361, 16)
    for mode in ("static", "dynamic"):
        picture, shown = image_picture(image, ContrastSettings(mode))
        assert 0.8 < shown.mean() < 0.9 and 0.35 < picture[shown].mean() < 0.65


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the image of P11-A-02 (WELLLOG_DATA)")
def test_sectors_run_clockwise_from_the_top_of_the_hole_as_the_tools_quadrants_say() -> None:
    well = read(next(DATA.glob("*.las")))
    image = read_borehole(well)
    mean = image.values.mean(axis=1)  # of rows that are whole
    apart = image.values - mean[:, None]
    for quadrant, degrees in (("ABDCRM", 90), ("ABDCDM", 180)):
        side = well.values(quadrant) - mean
        rows = np.isfinite(side) & np.isfinite(apart).all(axis=1)
        alike = [np.corrcoef(side[rows], apart[rows, i])[0, 1] for i in range(16)]
        assert abs(image.azimuth[int(np.argmax(alike))] - degrees) < 30


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the image of P11-A-02 (WELLLOG_DATA)")
def test_the_share_of_the_densest_cluster_of_a_real_image_follows_the_density_log() -> None:
    well = read(next(DATA.glob("*.las")))
    image = read_borehole(well)
    picture, shown = image_picture(image)
    clusters = make_segmenter("kmeans", clusters=3).fit([picture[shown.any(axis=1)]])
    labels = segment(clusters, picture)
    labels[~shown] = -1
    made = curves_of_shares(
        well, [place_borehole(image, well)], lambda _: labels, ["light", "middle", "dense"], (),
        CurveSettings(0.5),
    )  # fmt: skip
    dense, density = made[2].values, well.values("BDCFM")
    known = np.isfinite(dense) & np.isfinite(density)
    assert known.sum() > 6000 and np.corrcoef(dense[known], density[known])[0, 1] > 0.9
