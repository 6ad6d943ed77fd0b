"""Simulated wells are rock: within limits, and their curves go together as rocks' do."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.features import INPUTS, LogSet
from welllog.mnemonics import catalogue
from welllog.simulator import MATRIX_SLOWNESS, MINERALS, lay_down, synthetic_logs

SEEDS = range(12)


@pytest.fixture(scope="module")
def many() -> list[LogSet]:
    return [synthetic_logs(seed, length=600) for seed in SEEDS]


def correlation(many: list[LogSet], one: str, other: str) -> float:
    return float(
        np.median([np.corrcoef(logs.curves[one], logs.curves[other])[0, 1] for logs in many])
    )


def test_the_same_seed_gives_the_same_well_and_another_seed_another() -> None:
    first, again, other = (synthetic_logs(seed, length=100) for seed in (3, 3, 4))
    assert all(np.array_equal(first.curves[name], again.curves[name]) for name in INPUTS)
    assert not np.array_equal(first.curves["GR"], other.curves["GR"])


def test_every_curve_is_there_and_possible_everywhere(many: list[LogSet]) -> None:
    for logs in many:
        assert tuple(logs.curves) == INPUTS
        for name, values in logs.curves.items():
            kind = catalogue().kinds[name]
            low, high = np.log10(kind.limits) if kind.log10 else kind.limits
            low, high = (
                (max(low, kind.clip[0]), min(high, kind.clip[1])) if kind.clip else (low, high)
            )
            assert np.isfinite(values).all() and low <= values.min() and values.max() <= high, name


def test_no_tool_sits_at_its_limit(many: list[LogSet]) -> None:
    for name in ("RHOB", "NPHI", "DTC", "DTS", "CALI"):
        low, high = catalogue().kinds[name].limits
        values = np.concatenate([logs.curves[name] for logs in many])
        assert np.mean((values <= low) | (values >= high)) < 0.001, name


def test_curves_go_together_as_in_rock(many: list[LogSet]) -> None:
    assert correlation(many, "RHOB", "NPHI") < -0.5
    assert correlation(many, "DTC", "NPHI") > 0.6
    assert correlation(many, "DTC", "RHOB") < -0.4
    assert correlation(many, "DTC", "DTS") > 0.9
    assert correlation(many, "RDEP", "RMED") > 0.9
    assert correlation(many, "GR", "NPHI") > 0.2
    for logs in many:
        assert np.median(logs.curves["DTS"] / logs.curves["DTC"]) > 1.4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_volumes_of_the_rock_add_up_to_one(seed: int) -> None:
    column = lay_down(seed, 300)
    volumes = column.minerals.sum(axis=0) + column.total_porosity
    assert volumes == pytest.approx(np.ones(len(column.depth)))
    assert column.minerals.min() >= 0 and column.porosity.min() > 0 and column.bound.min() >= 0
    assert ((column.saturation > 0) & (column.saturation <= 1)).all()


def test_slowness_follows_porosity_as_raymer_says() -> None:
    together = []
    for seed in SEEDS:
        column, logs = lay_down(seed, 600), synthetic_logs(seed, length=600)
        coal = column.minerals[MINERALS.index("coal")]
        plain = (coal < 0.05) & (column.saturation == 1.0)
        porosity = column.total_porosity[plain]
        measured = logs.curves["DTC"][plain]
        together.append(np.corrcoef(measured, porosity)[0, 1])
        parts = column.minerals[:, plain] / column.minerals[:, plain].sum(axis=0)
        matrix = 304.8 / (MATRIX_SLOWNESS @ parts)
        raymer = 304.8 / ((1 - porosity) ** 2 * matrix + 1.6 * porosity)
        assert np.corrcoef(measured, raymer)[0, 1] > 0.8
        # Between the two textbook lines of clean sand and soft shale, with room for noise.
        fast = 304.8 / ((1 - porosity) ** 2 * 7.1 + 1.6 * porosity)
        slow = 304.8 / (0.75 * ((1 - porosity) ** 2 * 3.6 + 1.6 * porosity))
        assert np.mean((measured > fast - 5) & (measured < slow + 10)) > 0.97
    assert np.median(together) > 0.6


def test_density_tells_the_porosity_where_the_hole_is_good() -> None:
    for seed in SEEDS:
        column, logs = lay_down(seed, 600), synthetic_logs(seed, length=600)
        grain = np.array([2.65, 2.56, 2.76, 2.71, 2.86, 2.97, 1.35, 1.30]) @ column.minerals
        truth = grain + 1.04 * column.total_porosity
        assert abs(np.median(logs.curves["RHOB"] - truth)) < 0.06
        assert np.corrcoef(logs.curves["RHOB"], truth)[0, 1] > 0.5


def test_oil_and_gas_raise_the_deep_resistivity() -> None:
    seen = 0
    for seed in range(60):
        column = lay_down(seed, 600)
        pay = column.saturation < 0.4
        brine = (column.saturation == 1.0) & (column.porosity > 0.15) & (column.minerals[2] < 0.15)
        if pay.sum() > 50 and brine.sum() > 50:
            deep = synthetic_logs(seed, length=600).curves["RDEP"]
            assert np.median(deep[pay]) > np.median(deep[brine]) + 0.2
            seen += 1
    assert seen >= 3


def test_wells_differ_as_basins_do(many: list[LogSet]) -> None:
    for name, spread in (("GR", 10.0), ("DTC", 8.0), ("RHOB", 0.05), ("RDEP", 0.15), ("CALI", 1.0)):
        assert np.std([np.median(logs.curves[name]) for logs in many]) > spread, name


def test_a_well_has_the_length_asked_for() -> None:
    logs = synthetic_logs(1, length=100.0, step=0.25)
    assert len(logs.depth) == 401 and logs.step == pytest.approx(0.25)
    assert 400 <= np.ptp(synthetic_logs(1).depth) + 0.2 and np.ptp(synthetic_logs(1).depth) <= 3000


@pytest.mark.parametrize(("length", "step"), [(0.0, 0.1), (-5.0, 0.1), (100.0, 0.0)])
def test_a_well_without_samples_is_refused(length: float, step: float) -> None:
    with pytest.raises(ValueError, match="want both above 0"):
        synthetic_logs(0, length=length, step=step)
