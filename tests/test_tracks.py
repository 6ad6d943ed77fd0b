"""Geometry of log tracks: scales, edges, ticks, thinning."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.tracks import (
    Track,
    TrackCurve,
    choose_track_curve,
    decimate,
    depth_ticks,
    format_number,
    grid_positions,
    lay_out,
    legible,
    log_interval,
    polyline,
    positions,
    scale_ticks,
    values_at,
)
from welllog.well import CurveNotFoundError, Well

GR = TrackCurve("GR", 0.0, 150.0, False, "#2e8b57", "gAPI", "gamma ray")
NPHI = TrackCurve("NPHI", 0.45, -0.15, False, "#1e88e5", "m3/m3", "neutron")
RT = TrackCurve("RT", 0.2, 2000.0, True, "#c62828", "ohm.m", "deep resistivity")


def make_well(**curves: tuple[str, object]) -> Well:
    well = Well(name="A-1", index=1000 + 0.5 * np.arange(40))
    for mnemonic, (unit, values) in curves.items():
        well.add_curve(mnemonic, np.broadcast_to(values, (40,)), unit=unit)
    return well


def test_tracks_come_in_the_order_an_analyst_reads_them():
    well = make_well(
        DT=("US/F", 80.0), PE=("B/E", 3.0), NPHI=("V/V", 0.2), ILD=("OHMM", 5.0),
        RHOB=("G/C3", 2.4), ILM=("OHMM", 4.0), CALI=("IN", 9.0), GR=("GAPI", 60.0),
    )  # fmt: skip
    assert [[curve.mnemonic for curve in track.curves] for track in lay_out(well)] == [
        ["GR", "CALI"],
        ["ILD", "ILM"],
        ["RHOB", "NPHI"],
        ["DT"],
        ["PE"],
    ]


def test_unknown_and_empty_curves_are_left_out_but_reachable():
    well = make_well(GR=("GAPI", 60.0), XYZ=("FOO", np.arange(40.0)), SP=("MV", np.nan))
    assert [curve.mnemonic for track in lay_out(well) for curve in track.curves] == ["GR"]
    shown = lay_out(well, ["gr", "XYZ", "SP"])
    assert [track.title for track in shown] == ["Correlation", "XYZ"]
    assert [curve.mnemonic for curve in shown[0].curves] == ["GR", "SP"]
    fitted = shown[1].curves[0]
    assert fitted.left <= 1 and fitted.right >= 38


def test_asking_for_a_curve_that_is_not_there_is_an_error():
    with pytest.raises(CurveNotFoundError, match="no curve DTS"):
        lay_out(make_well(GR=("GAPI", 60.0)), ["DTS"])


@pytest.mark.parametrize(
    ("mnemonic", "unit", "level", "left", "right"),
    [
        ("NPHI", "%", 20.0, 45.0, -15.0),
        ("NPHI", "v/v", 0.2, 0.45, -0.15),
        ("NPHI", "", 20.0, 45.0, -15.0),
        ("RHOB", "kg/m3", 2400.0, 1950.0, 2950.0),
        ("DTC", "us/m", 250.0, 460.0, 130.0),
        ("CALI", "mm", 220.0, 150.0, 410.0),
    ],
)
def test_a_scale_is_written_in_the_unit_of_the_file(mnemonic, unit, level, left, right):
    curve = choose_track_curve(make_well(**{mnemonic: (unit, level)}), mnemonic)
    assert (curve.left, curve.right) == (left, right)


def test_a_unit_the_file_does_not_name_is_marked_as_a_guess():
    assert choose_track_curve(make_well(GR=("", 60.0)), "GR").unit == "gAPI?"


def test_positions_run_from_left_to_right_on_any_scale():
    np.testing.assert_allclose(positions([0, 75, 150, 300], GR), [0, 0.5, 1, 2])
    np.testing.assert_allclose(positions([0.45, 0.15, -0.15], NPHI), [0, 0.5, 1], atol=1e-12)
    np.testing.assert_allclose(positions([0.2, 20, 2000], RT), [0, 0.5, 1], atol=1e-12)


def test_null_and_non_positive_resistivity_have_no_position():
    assert np.isnan(positions([np.nan, 0.0, -3.0], RT)).all()


@pytest.mark.parametrize("curve", [GR, NPHI, RT])
def test_values_at_undoes_positions(curve):
    place = np.linspace(-0.3, 1.4, 9)
    np.testing.assert_allclose(positions(values_at(place, curve), curve), place)


def test_an_off_scale_value_is_held_at_the_edge_and_a_gap_stays_a_gap():
    _, place = polyline([0, 1, 2, 3], [-0.5, np.nan, 0.5, 1.5])
    np.testing.assert_array_equal(place, [0, np.nan, 0.5, 1])


def test_a_wrapped_line_leaves_at_one_edge_and_enters_at_the_other():
    depth, place = polyline([0, 1, 2], [0.5, 1.5, 0.5], edge="wrap")
    np.testing.assert_allclose(depth, [0, 0.5, 0.5, 0.5, 1, 1.5, 1.5, 1.5, 2])
    np.testing.assert_allclose(place, [0.5, 1, np.nan, 0, 0.5, 0, np.nan, 1, 0.5])


def test_both_edges_belong_to_the_track_when_wrapping():
    _, place = polyline([0, 1, 2], [0.0, 1.0, 0.0], edge="wrap")
    np.testing.assert_array_equal(place, [0, 1, 0])


def test_a_wrapped_line_that_ends_at_a_null_has_no_points_between_the_two():
    depth, place = polyline([0, 1, 2, 3], [1.4, 1.6, np.nan, 0.5], edge="wrap")
    np.testing.assert_allclose(depth, [0, 1, 2, 3])
    np.testing.assert_allclose(place, [0.4, 0.6, np.nan, 0.5])


def test_a_wrapped_line_never_leaves_the_track():
    rng = np.random.default_rng(0)
    depth, place = polyline(np.arange(500), rng.normal(0.5, 3, 500), edge="wrap", turns=2)
    assert np.nanmin(place) >= 0 and np.nanmax(place) <= 1
    assert (np.diff(depth) >= 0).all()


def test_thinning_keeps_peaks_ends_and_order():
    rng = np.random.default_rng(1)
    place = rng.normal(size=20_000)
    place[7_777], place[12_345] = 99.0, -99.0
    depth, thin = decimate(np.arange(20_000.0), place, 1000)
    assert len(thin) <= 1000
    assert thin.max() == 99 and thin.min() == -99
    assert depth[0] == 0 and depth[-1] == 19_999
    assert (np.diff(depth) > 0).all()


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5])
def test_thinning_never_bridges_a_gap(share):
    rng = np.random.default_rng(2)
    place = rng.normal(size=9_000)
    place[rng.random(9_000) < share] = np.nan
    depth, thin = decimate(np.arange(9_000.0), place, 800)
    assert len(thin) <= 800
    for i in np.flatnonzero(np.isfinite(thin[:-1]) & np.isfinite(thin[1:])):
        between = place[int(depth[i]) : int(depth[i + 1]) + 1]
        assert np.isfinite(between).all()


def test_a_short_line_is_not_thinned():
    depth, place = decimate([1, 2, 3], [0.1, np.nan, 0.2], 16)
    assert len(depth) == len(place) == 3


def test_a_logarithmic_grid_has_its_decades():
    strong, weak = grid_positions(Track("R", (RT,)))
    np.testing.assert_allclose(values_at(strong, RT), [1, 10, 100, 1000])
    assert len(weak) == 4 * 8 + 1  # 0.2 to 0.9, 2 to 9, 20 to 90, 200 to 900, 2000
    assert ((weak >= 0) & (weak <= 1)).all()


@pytest.mark.parametrize(
    ("curve", "room", "lines"), [(GR, 45, 0), (GR, 90, 8), (RT, 60, 0), (RT, 120, 9), (RT, 200, 33)]
)
def test_weak_grid_lines_that_would_run_together_are_left_out(curve, room, lines):
    strong, weak = grid_positions(Track("T", (curve,)), room)
    assert len(weak) == lines
    np.testing.assert_allclose(strong, grid_positions(Track("T", (curve,)))[0])
    if lines:
        assert np.diff(np.sort([*weak, *strong])).min() * room > 2


def test_scale_ticks_are_round_and_run_from_left_to_right():
    np.testing.assert_allclose(scale_ticks(GR), [0, 50, 100, 150])
    np.testing.assert_allclose(scale_ticks(RT), [1, 10, 100, 1000])
    ticks = scale_ticks(NPHI)
    assert (np.diff(ticks) < 0).all() and ticks.max() <= 0.45 and ticks.min() >= -0.15


@pytest.mark.parametrize("view", [(1000, 1010), (0, 4321), (2587, 9110), (1500.2, 1501.1)])
def test_depth_ticks_are_few_round_and_inside_the_view(view):
    strong, weak = depth_ticks(*view, most=10)
    assert 2 <= len(strong) <= 11
    step = strong[1] - strong[0]
    assert f"{step:.0e}"[0] in "125"
    both = np.concatenate([strong, weak])
    assert (both >= view[0] - 1e-9).all() and (both <= view[1] + 1e-9).all()
    assert not np.intersect1d(strong, weak).size


def test_numbers_are_written_without_needless_digits():
    written = [format_number(v) for v in (0.1 + 0.2, -0.15, 2000.0, -0.0)]
    assert written == ["0.3", "\N{MINUS SIGN}0.15", "2000", "0"]


def test_the_logged_interval_ignores_null_ends():
    values = np.full(40, np.nan)
    values[5:21] = 60.0
    assert log_interval(make_well(GR=("GAPI", values))) == (1002.5, 1010.0)


def test_colours_for_white_paper_become_legible_on_a_dark_canvas():
    assert legible("#000000", "#ffffff") == "#000000"
    slate = legible("#37474f", "#000000")
    assert int(slate[1:3], 16) > 0x60
    assert legible("#fb8c00", "#000000") == "#fb8c00"


def test_a_curve_mostly_off_scale_widens_its_scale():
    slow = choose_track_curve(make_well(DTC=("us/ft", 160.0)), "DTC")
    assert (slow.left, slow.right) == (190.0, 40.0)
    low = choose_track_curve(make_well(RDEP=("ohm.m", 0.1)), "RDEP")
    assert (low.left, low.right) == (0.02, 2000.0)
    metric = choose_track_curve(make_well(RHOB=("kg/m3", 1700.0)), "RHOB")
    assert (metric.left, metric.right) == (1450.0, 2950.0)


def test_a_few_spikes_off_scale_leave_the_scale_alone():
    well = make_well(GR=("gAPI", 60.0))
    values = well.values("GR").copy()
    values[: len(values) // 25] = 500.0
    spiky = make_well(GR=("gAPI", values))
    curve = choose_track_curve(spiky, "GR")
    assert (curve.left, curve.right) == (0.0, 150.0)


def test_density_widens_with_neutron_so_that_they_still_overlay():
    well = make_well(RHOB=("g/cm3", 2.3), NPHI=("v/v", 0.6))
    density, neutron = (choose_track_curve(well, name) for name in ("RHOB", "NPHI"))
    assert (density.left, density.right) == (1.45, 2.95)
    assert (neutron.left, neutron.right) == (0.75, -0.15)
    # Water-filled limestone: 2.71 g/cm3 without pores and 1.85 at 0.5 lie on each other, or nearly.
    assert abs(positions(2.71, density) - positions(0.0, neutron)) < 0.02


def test_a_scale_moves_out_twice_at_most():
    curve = choose_track_curve(make_well(PEF=("b/e", 80.0)), "PEF")
    assert (curve.left, curve.right) == (0.0, 20.0)


def test_bit_size_widens_with_the_caliper_so_that_a_washout_is_read_off():
    well = make_well(CALI=("in", 12.4), BS=("in", 17.5))
    caliper, bit = (choose_track_curve(well, name) for name in ("CALI", "BS"))
    assert (caliper.left, caliper.right) == (bit.left, bit.right)
    assert bit.right > 17.5
