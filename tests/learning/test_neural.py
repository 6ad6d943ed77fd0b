"""A trained network as a restorer: windows, edges, noise, devices, the whole stretch of restore."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.learning.conftest import gap, small, small_well
from welllog.calibration import CalibrationSettings, calibrate
from welllog.corpus import CHANNELS, Scaling, WindowSettings
from welllog.features import LogSet
from welllog.mnemonics import catalogue
from welllog.networks import NetworkSettings
from welllog.neural import Neural, Outlook, choose_device
from welllog.restoration import restore, synthesize
from welllog.splicing import edge_jump, tie_edges


class Echo(torch.nn.Module):
    """A network that gives back the curves it is shown, and adds the noise."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def forward(self, x: torch.Tensor, z: torch.Tensor | None = None) -> torch.Tensor:
        self.sizes.append(len(x))
        return x[:, : len(CHANNELS)] + (0.0 if z is None else z)


def echo(wells: list[LogSet], fill: str, window: int = 64) -> Neural:
    outlook = Outlook(
        NetworkSettings(), WindowSettings(window=window), Scaling.fit(wells), fill=fill
    )
    return Neural("echo", Echo(), outlook)


def test_windows_join_without_a_seam(wells: list[LogSet]) -> None:
    """What is visible comes back through windows and weights as it was."""
    logs = wells[0]
    neural = echo(wells, "zero")
    answer, _ = neural._run(logs, CHANNELS.index("GR"), np.ones(len(logs.depth), bool), None)
    np.testing.assert_allclose(answer, logs.curves["GR"], rtol=1e-4)


def test_a_network_that_is_shown_lines_answers_with_the_curve_itself(wells: list[LogSet]) -> None:
    """A correction to the line never left zero: the answer is taken as it comes."""
    logs = wells[0]
    rows = gap(logs)
    hidden = logs.hide(rows, ["GR"])
    answer, _ = echo(wells, "linear", 256)._run(hidden, CHANNELS.index("GR"), rows, None)
    top, base = np.flatnonzero(rows)[[0, -1]]
    ends = logs.curves["GR"][[top - 1, base + 1]]
    line = np.interp(np.flatnonzero(rows), [top - 1, base + 1], ends)
    np.testing.assert_allclose(answer[rows], line, atol=1.0)  # windows may end inside the gap


def test_what_is_hidden_is_not_looked_at(trained: Neural, wells: list[LogSet]) -> None:
    logs, rows = wells[0], gap(wells[0])
    other = {**logs.curves, "DTC": np.where(rows, 9999.0, logs.curves["DTC"])}
    one = trained.predict(logs, "DTC", rows)
    two = trained.predict(replace(logs, curves=other), "DTC", rows)
    np.testing.assert_array_equal(one.mean, two.mean)


def test_siblings_in_the_gap_are_not_looked_at(trained: Neural, wells: list[LogSet]) -> None:
    logs, rows = wells[0], gap(wells[0])
    without = logs.hide(rows, ["RMED", "RSHA"])
    assert not np.array_equal(without.curves["RMED"], logs.curves["RMED"], equal_nan=True)
    one, two = (trained.predict(shown, "RDEP", rows) for shown in (logs, without))
    np.testing.assert_array_equal(one.mean, two.mean)


def test_windows_go_through_the_network_in_groups_of_fixed_size(wells: list[LogSet]) -> None:
    long = LogSet(
        "LONG",
        1000 + 0.1524 * np.arange(5000),
        {"GR": np.full(5000, 60.0)},
        1000 + 0.1524 * np.arange(5000),
    )
    neural = echo(wells, "zero")
    neural.predict(long, "DTC", np.ones(5000, bool))
    assert max(neural.generator.sizes) <= 8  # type: ignore[operator, arg-type]
    windows = sum(neural.generator.sizes)  # type: ignore[arg-type]
    assert windows <= 2 * 5000 / 64 + 1


def test_only_windows_near_the_gap_are_run(wells: list[LogSet]) -> None:
    neural = echo(wells, "zero")
    neural.predict(wells[0], "DTC", gap(wells[0], 300, 310))
    assert sum(neural.generator.sizes) <= 3  # type: ignore[arg-type]


def test_a_well_shorter_than_a_window_can_be_restored(trained: Neural) -> None:
    well = small_well(5)
    short = replace_index(well, 90)
    curve = restore(short, ["DTC"], [(short.index[30], short.index[50])], model=trained)["DTC"]
    assert np.isfinite(curve.values).all()


def replace_index(well, rows: int):  # type: ignore[no-untyped-def]
    from welllog.well import Well

    cut = Well(well.name, well.index[:rows], well.index_unit)
    for name in well.curves:
        cut.add_curve(name, well.values(name)[:rows], unit=well.curves[name].units)
    return cut


def test_a_well_at_another_step_is_restored_on_its_own_index(trained: Neural) -> None:
    from welllog.samples import synthetic_well

    well = synthetic_well(4, top=1500, base=1600, step=0.1)
    curve = restore(well, ["DTC"], [(1540, 1550)], model=trained)["DTC"]
    assert len(curve.values) == len(well.index)
    assert (np.isfinite(curve.median) == (curve.flag > 0)).all() and (curve.flag > 0).sum() > 90


def test_a_restored_curve_has_no_step_at_its_edges(trained: Neural) -> None:
    well = small_well(6)
    curve = restore(well, ["DTC"], [(1540, 1560), (1580, 1590)], model=trained)["DTC"]
    measured = well.values("DTC")
    usual = np.abs(np.diff(measured)).mean()
    assert edge_jump(curve.values, curve.flag > 0) < 2 * usual
    kept = curve.flag == 0
    np.testing.assert_array_equal(curve.values[kept], measured[kept])


def test_a_tie_takes_the_step_off_at_the_edge_and_lets_go_with_distance() -> None:
    joined, rows = np.zeros(2001), np.zeros(2001, bool)
    rows[500:1500] = True
    joined[rows] = 3.0
    tied = tie_edges(joined, rows, ~rows, reach=50.0)
    assert abs(tied[500]) < 0.07 and abs(tied[1499]) < 0.07
    assert abs(tied[1000] - 3.0) < 1e-3
    one_sided = tie_edges(joined, rows, ~rows & (np.arange(2001) < 500), reach=50.0)
    assert abs(one_sided[500]) < 0.07 and one_sided[1499] == pytest.approx(3.0)
    short = np.zeros(2001, bool)
    short[500:510] = True
    joined = np.where(short, 3.0, np.where(np.arange(2001) < 500, 0.0, 1.0))
    np.testing.assert_allclose(
        np.diff(tie_edges(joined, short, ~short, 50.0)[499:511]), 1 / 11, 0.1
    )


def test_realisations_differ_with_the_noise_and_repeat_with_the_seed(wells: list[LogSet]) -> None:
    neural, rows = echo(wells, "linear"), gap(wells[0])
    fills = neural.realisations(wells[0], "DTC", rows, 3, seed=1)
    assert fills.shape == (3, 100)
    assert (fills.std(axis=0) > 0).all()
    np.testing.assert_array_equal(fills, neural.realisations(wells[0], "DTC", rows, 3, seed=1))
    assert not np.array_equal(fills, neural.realisations(wells[0], "DTC", rows, 3, seed=2))


def test_one_noise_runs_through_overlapping_windows(wells: list[LogSet]) -> None:
    """Averaged over windows a noise of each own would lose a third of its variance."""
    neural = echo(wells, "zero")
    rows = np.ones(len(wells[0].depth), bool)
    logs = wells[0].hide(rows, wells[0].curves)
    noise = neural.realisations(logs, "GR", rows, 1)[0]
    spread = neural.outlook.scaling.spread[CHANNELS.index("GR")]
    assert noise.std() / spread == pytest.approx(1.0, abs=0.1)


def test_calibration_makes_the_band_hold_nine_errors_in_ten(
    trained: Neural, wells: list[LogSet]
) -> None:
    quick = CalibrationSettings(lengths_m=(5.0, 20.0), repeats=(3, 2))
    table = calibrate(trained, wells, quick)
    assert {"gap", "blackout", "blind"} <= set(table.table["DTC"])
    prediction = replace(trained, calibration=table).predict(
        wells[0].hide(np.ones(len(wells[0].depth), bool), ["DTC"]),
        "DTC",
        np.ones(len(wells[0].depth), bool),
    )
    truth = wells[0].curves["DTC"]
    inside = (truth >= prediction.lower) & (truth <= prediction.upper)
    assert 0.8 < inside.mean() < 0.98


def test_a_whole_curve_can_be_synthesised_and_a_blackout_filled(trained: Neural) -> None:
    well = small_well(7)
    made = synthesize(well, "DTS", model=trained)
    assert np.isfinite(made["DTS"].values).all()
    assert made.record["model"]["weights_sha256"] == trained.sha256()
    assert made.record["device"] == "cpu"


def test_a_curve_nobody_trained_on_and_a_device_that_is_not_there_are_named(
    trained: Neural, wells: list[LogSet]
) -> None:
    few = replace(trained, targets=("DTC",))
    with pytest.raises(ValueError, match="cannot predict GR; it predicts DTC"):
        few.predict(wells[0], "GR", gap(wells[0]))
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="no device cuda on this machine"):
            choose_device("cuda")
    assert choose_device("auto") in ("cuda", "mps", "cpu")


def test_what_training_never_saw_is_flagged(trained: Neural, wells: list[LogSet]) -> None:
    odd = replace(wells[0], curves={**wells[0].curves, "GR": wells[0].curves["GR"] + 500.0})
    assert trained.outside_experience(odd, "DTC").all()
    assert trained.outside_experience(wells[0], "DTC").mean() < 0.1


def test_a_second_output_makes_the_band_depend_on_depth(wells: list[LogSet]) -> None:
    from welllog.learning.experiment import train_network

    neural = train_network(wells, small(spread=True, iterations=3))
    prediction = neural.predict(wells[0], "DTC", gap(wells[0]))
    assert (prediction.upper > prediction.lower).all()
    assert np.std(prediction.upper - prediction.lower) > 0


class Certain(torch.nn.Module):
    """A network that says 2 everywhere, and that it may be off by exp(``log_scale``)."""

    def __init__(self, log_scale: float) -> None:
        super().__init__()
        self.log_scale = log_scale

    def forward(self, x: torch.Tensor, z: torch.Tensor | None = None) -> torch.Tensor:
        said = torch.full((len(x), 2 * len(CHANNELS), x.shape[-1]), 2.0)
        said[:, len(CHANNELS) :] = self.log_scale
        return said


@pytest.mark.parametrize("representation", ["raw", "log10"])
@pytest.mark.parametrize("target", ["GR", "RDEP"])
def test_a_scale_of_error_is_brought_to_model_space_with_the_answer(
    target: str, representation: str
) -> None:
    """Centre 1 ohm.m, one spread above it 10: raw 2 is 19 ohm.m, where log10 is flatter."""
    scaling = Scaling((0.0,) * len(CHANNELS), (1.0,) * len(CHANNELS))
    windows = WindowSettings(window=64, representation=representation)
    depth = 1000 + 0.1524 * np.arange(200)
    logs = LogSet("A", depth, {"DTC": np.full(200, 80.0)}, depth)
    raw = (representation, target) == ("raw", "RDEP")
    for log_scale in (-5.0, 1.0):
        outlook = Outlook(NetworkSettings(), windows, scaling, spread=True)
        neural = Neural("certain", Certain(log_scale), outlook)
        mean, deviation = neural._answer(logs, target, np.ones(200, bool), None)
        np.testing.assert_allclose(mean, np.log10(19.0) if raw else 2.0)
        scale = np.exp(log_scale)
        if raw and log_scale > 0:  # 19 ohm.m less 24 is none: the lower end of model space
            low = catalogue().kinds["RDEP"].clip or np.log10(catalogue().kinds["RDEP"].limits)
            scale = (np.log10(19.0 + 9.0 * scale) - low[0]) / 2
        elif raw:
            scale *= 9.0 / 19.0 / np.log(10.0)
        np.testing.assert_allclose(deviation, np.sqrt(2.0) * scale, rtol=1e-4)


def test_the_error_measured_on_hidden_samples_becomes_the_band_in_model_space() -> None:
    scaling = Scaling((0.0,) * len(CHANNELS), (0.5,) * len(CHANNELS))
    windows = WindowSettings(window=64, representation="raw")
    depth = 1000 + 0.1524 * np.arange(200)
    logs = LogSet("A", depth, {"DTC": np.full(200, 80.0)}, depth)
    outlook = Outlook(NetworkSettings(), windows, scaling, residual=(0.4,) * len(CHANNELS))
    _, deviation = Neural("echo", Echo(), outlook)._answer(logs, "RDEP", np.ones(200, bool), None)
    np.testing.assert_allclose(deviation, 0.2)
