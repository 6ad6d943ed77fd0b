"""Finding gaps: what is one, what is not, and why."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.gaps import REASONS, Gap, GapSettings, find_gaps
from welllog.samples import synthetic_well
from welllog.well import CurveNotFoundError, Well


def well_with(**curves: tuple[str, np.ndarray]) -> Well:
    """Build a well, 0.1524 m a sample, from unit and values of each curve."""
    n = len(next(iter(curves.values()))[1])
    well = Well("T-1", 1000.0 + 0.1524 * np.arange(n))
    for mnemonic, (unit, values) in curves.items():
        well.add_curve(mnemonic, values, unit=unit)
    return well


@pytest.fixture
def sonic() -> np.ndarray:
    """200 samples of a lively sonic, us/ft."""
    return 90.0 + 5.0 * np.sin(np.arange(200) / 7.0) + np.random.default_rng(0).normal(0, 0.3, 200)


def test_a_null_run_is_a_gap_with_half_open_bounds(sonic: np.ndarray) -> None:
    sonic[50:60] = np.nan
    assert find_gaps(well_with(DT=("us/ft", sonic))) == [Gap("DT", 50, 60, "null")]


def test_a_gap_at_the_edge_is_not_a_gap(sonic: np.ndarray) -> None:
    sonic[:20] = np.nan
    sonic[180:] = np.nan
    assert find_gaps(well_with(DT=("us/ft", sonic))) == []


def test_a_curve_without_any_value_has_no_gap(sonic: np.ndarray) -> None:
    assert find_gaps(well_with(DT=("us/ft", np.full_like(sonic, np.nan)))) == []


def test_runs_parted_by_one_value_are_two_gaps(sonic: np.ndarray) -> None:
    sonic[50:60] = np.nan
    sonic[61:70] = np.nan
    gaps = find_gaps(well_with(DT=("us/ft", sonic)))
    assert [(gap.top, gap.base) for gap in gaps] == [(50, 60), (61, 70)]


def test_runs_shorter_than_asked_are_left_alone(sonic: np.ndarray) -> None:
    sonic[50] = np.nan
    sonic[80:90] = np.nan
    gaps = find_gaps(well_with(DT=("us/ft", sonic)), settings=GapSettings(shortest=2))
    assert [(gap.top, gap.base) for gap in gaps] == [(80, 90)]


def test_depths_are_those_of_the_first_and_last_sample(sonic: np.ndarray) -> None:
    well = well_with(DT=("us/ft", sonic))
    assert Gap("DT", 10, 12).depths(well.index) == (well.index[10], well.index[11])


def test_curves_are_named_by_own_or_canonical_mnemonic_and_answered_by_their_own(
    sonic: np.ndarray,
) -> None:
    sonic[50:60] = np.nan
    well = well_with(DT=("us/ft", sonic), GR=("gAPI", sonic.copy()))
    assert find_gaps(well, "DTC") == find_gaps(well, ["DT", "DTC"]) == [Gap("DT", 50, 60)]


def test_an_unknown_curve_is_an_error_that_names_what_there_is(sonic: np.ndarray) -> None:
    with pytest.raises(CurveNotFoundError, match="no curve RHOB; it has DT"):
        find_gaps(well_with(DT=("us/ft", sonic)), "RHOB")


def test_the_nulls_of_curves_a_restoration_added_are_no_gaps(sonic: np.ndarray) -> None:
    band = np.full_like(sonic, np.nan)
    band[[5, 90]] = 80.0
    well = well_with(
        DT=("us/ft", sonic),
        DT_P05=("us/ft", band),
        DT_RES_2=("us/ft", band),
        DT_R1=("us/ft", band),
        X_P05=("us/ft", band),
    )
    assert {gap.curve for gap in find_gaps(well)} == {"X_P05"}


def test_the_default_settings_flag_nothing_but_nulls(sonic: np.ndarray) -> None:
    sonic[50] = 500.0
    sonic[80:150] = 57.0
    assert find_gaps(well_with(DT=("us/ft", sonic))) == []


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="'nulls'; choose from null, limits"):
        GapSettings(reasons=("nulls",))


def test_a_repeated_value_is_flat_only_past_the_length(sonic: np.ndarray) -> None:
    settings = GapSettings(reasons=("flat",), flat_length=5.0)
    sonic[50:80] = 57.0  # 4.4 m
    assert find_gaps(well_with(DT=("us/ft", sonic)), settings=settings) == []
    sonic[50:90] = 57.0  # 5.9 m
    assert find_gaps(well_with(DT=("us/ft", sonic)), settings=settings) == [
        Gap("DT", 50, 90, "flat")
    ]


def test_a_constant_bit_size_is_not_flat() -> None:
    well = well_with(BS=("in", np.full(200, 8.5)), CALI=("in", np.full(200, 8.5)))
    assert find_gaps(well, settings=GapSettings.with_quality()) == []


def test_a_cycle_skip_is_a_spike_and_a_thin_bed_is_not(sonic: np.ndarray) -> None:
    sonic[120] += 60.0
    bed = np.clip(1.0 - np.abs(np.arange(200) - 60) / 4.0, 0.0, None)
    gaps = find_gaps(
        well_with(DT=("us/ft", sonic - 30.0 * bed)), settings=GapSettings.with_quality()
    )
    assert gaps == [Gap("DT", 120, 121, "spike")]


def test_a_step_from_one_rock_to_another_is_not_a_spike(sonic: np.ndarray) -> None:
    sonic[100:] -= 40.0
    assert find_gaps(well_with(DT=("us/ft", sonic)), settings=GapSettings.with_quality()) == []


def test_limits_are_compared_in_canonical_units(sonic: np.ndarray) -> None:
    density = 2400.0 + sonic
    density[30:33] = 5000.0
    gaps = find_gaps(well_with(RHOB=("kg/m3", density)), settings=GapSettings(reasons=("limits",)))
    assert gaps == [Gap("RHOB", 30, 33, "limits")]


def test_bad_hole_spoils_pad_tools_and_not_the_sonic(sonic: np.ndarray) -> None:
    caliper = np.full(200, 8.6)
    caliper[40:60] = 13.0
    well = well_with(
        CALI=("in", caliper),
        BS=("in", np.full(200, 8.5)),
        RHOB=("g/cm3", 2.4 + sonic / 1000),
        DT=("us/ft", sonic),
    )
    gaps = find_gaps(well, settings=GapSettings(reasons=("null", "bad hole")))
    assert gaps == [Gap("RHOB", 40, 60, "bad hole")]


def test_a_density_correction_that_is_a_copy_of_density_proves_no_bad_hole(
    sonic: np.ndarray,
) -> None:
    density = 2.4 + sonic / 1000
    well = well_with(RHOB=("g/cm3", density), DRHO=("g/cm3", density))
    assert find_gaps(well, settings=GapSettings(reasons=("bad hole",))) == []


def test_gaps_of_a_curve_never_overlap_and_give_the_first_reason_that_holds(
    sonic: np.ndarray,
) -> None:
    density = 2.4 + sonic / 1000
    density[45:50] = np.nan
    density[50:52] = 9.0
    caliper = np.full(200, 8.6)
    caliper[40:60] = 13.0
    well = well_with(CALI=("in", caliper), BS=("in", np.full(200, 8.5)), RHOB=("g/cm3", density))
    gaps = find_gaps(well, "RHOB", settings=GapSettings.with_quality())
    assert [(gap.top, gap.base, gap.reason) for gap in gaps] == [
        (40, 45, "bad hole"),
        (45, 50, "null"),
        (50, 52, "limits"),
        (52, 60, "bad hole"),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_quality_flags_do_not_cry_wolf_on_a_good_well(seed: int) -> None:
    well = synthetic_well(seed)
    assert find_gaps(well, settings=GapSettings(reasons=REASONS)) == []


def test_a_time_index_and_an_upward_index_do_no_harm(sonic: np.ndarray) -> None:
    sonic[50:60] = np.nan
    well = Well("T-2", np.arange(200.0)[::-1], index_unit="s", index_mnemonic="TIME")
    well.add_curve("DT", sonic, unit="us/ft")
    gaps = find_gaps(well, settings=GapSettings.with_quality())
    assert [(gap.top, gap.base) for gap in gaps if gap.reason == "null"] == [(50, 60)]


@pytest.mark.parametrize("samples", [0, 1, 2])
def test_a_well_of_hardly_any_samples_has_no_gaps(samples: int) -> None:
    well = well_with(
        DT=("us/ft", np.full(samples, 90.0)),
        DRHO=("g/cm3", np.zeros(samples)),
        RHOB=("g/cm3", np.full(samples, 2.4)),
    )
    assert find_gaps(well, settings=GapSettings.with_quality()) == []
