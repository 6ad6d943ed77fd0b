"""The well that is timed, and the calls that are called bare."""

from __future__ import annotations

import os
from unittest import mock

import numpy as np
import pytest

with mock.patch.dict(os.environ):  # the script asks for one thread, for itself alone
    import cost

from welllog.gaps import find_gaps


def test_the_well_has_twelve_curves_and_ten_gaps_of_twenty_metres() -> None:
    well = cost.make_well(15_000)
    assert len(well.index) == 15_000
    assert len(well.curves) == 12
    gaps = find_gaps(well)
    assert len({(gap.top, gap.base) for gap in gaps}) == 10
    assert {gap.base - gap.top for gap in gaps} == {round(20.0 / 0.1524)}


def test_calls_made_again_give_what_the_run_was_given() -> None:
    from welllog.checkpoint import load_model

    model = load_model("lightgbm")
    with cost.kept_calls(model) as calls:
        result = cost.TASKS["curve"](cost.make_well(400), model)
    again = [f(*a, **n) for f, a, n in calls]
    assert len(calls) == 3, "one a bag"
    np.testing.assert_allclose(np.mean(again, axis=0), result["PEF"].median, atol=1e-6)
    with cost.kept_calls(model) as others:
        pass
    assert not others


def test_windows_of_a_network_are_kept(tmp_path: object) -> None:
    from welllog.checkpoint import load_model

    model = load_model(cost.make_network("unet", 8, tmp_path), "cpu")  # type: ignore[arg-type]
    with cost.kept_calls(model) as calls:
        cost.TASKS["curve"](cost.make_well(3000), model)
    ((generator, windows, _),) = calls
    assert generator is model.generator
    assert windows[0].shape[-1] == model.outlook.windows.window
    cost.TASKS["curve"](cost.make_well(400), model)
    assert len(calls) == 1, "nothing is kept outside"


def test_growth_is_the_exponent() -> None:
    sizes = [5000, 10_000, 40_000]
    assert cost.growth(sizes, [3.0 * n for n in sizes]) == pytest.approx(1.0)
    assert cost.growth(sizes, [0.1 * n**2 for n in sizes]) == pytest.approx(2.0)
