"""Windows keep the truth, hide what they say, and can be drawn again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from welllog.corpus import (
    CHANNELS,
    PURPOSES,
    STEP_M,
    WINDOW,
    Batch,
    Chance,
    DistortionSettings,
    Scaling,
    Shares,
    WindowSettings,
    WindowSource,
    encode_window,
    on_common_step,
)
from welllog.features import TARGETS, LogSet, hidden_with
from welllog.simulator import synthetic_logs

EVERYTHING = DistortionSettings(*(Chance(1.0, 2.0) for _ in range(10)))
PARTS = ("aug", "res", "valid", "hidden")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in PARTS)


@pytest.mark.parametrize("representation", ["raw", "log10", "spectral"])
@pytest.mark.parametrize("scheme", ["seed", "corpus"])
def test_no_batch_of_any_wells_holds_nan_or_infinity(
    odd_wells: list[LogSet], scheme: str, representation: str
) -> None:
    settings = WindowSettings(scheme=scheme, representation=representation, distortions=EVERYTHING)
    source, random = WindowSource(odd_wells, settings), rng()
    for purpose in PURPOSES:
        batch = source.batch(16, random, purpose)
        assert np.isfinite(batch.aug).all() and np.isfinite(batch.res).all()
        assert np.abs(batch.aug).max() < 1e9
        assert not (batch.hidden & ~batch.valid).any()
        assert not batch.res[~batch.valid].any()


def test_shapes_and_types_are_those_of_the_contract(wells: list[LogSet]) -> None:
    batch = WindowSource(wells, WindowSettings(window=256)).batch(3, rng())
    assert batch.aug.shape == (3, 22, 256) and batch.aug.dtype == np.float32
    assert batch.res.shape == (3, 11, 256) and batch.res.dtype == np.float32
    assert batch.valid.shape == batch.hidden.shape == (3, 11, 256)
    assert batch.valid.dtype == batch.hidden.dtype == bool


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize("representation", ["raw", "log10", "spectral"])
def test_a_network_is_told_how_many_channels_come(
    wells: list[LogSet], representation: str, masks: bool
) -> None:
    settings = WindowSettings(representation=representation, mask_channels=masks)
    assert WindowSource(wells, settings).batch(1, rng()).aug.shape[1] == settings.inputs


def test_valid_is_false_where_the_curve_is_null_and_true_elsewhere() -> None:
    logs = synthetic_logs(1, length=WINDOW * STEP_M - 0.1)
    rows = np.zeros(WINDOW, bool)
    rows[100:300] = True
    batch = WindowSource([logs.hide(rows, ["GR"])], WindowSettings(p_zero=0.0)).batch(1, rng())
    gamma = CHANNELS.index("GR")
    assert not batch.valid[0, gamma, 100:300].any()
    assert batch.valid.sum() == batch.valid.size - 200
    assert not batch.hidden.any()


def test_what_is_hidden_or_null_is_zero_in_the_input_and_in_its_mask(wells: list[LogSet]) -> None:
    batch = WindowSource(wells, WindowSettings(scheme="corpus", distortions=EVERYTHING)).batch(
        32, rng()
    )
    visible = batch.valid & ~batch.hidden
    assert batch.hidden.any()
    assert not batch.aug[:, :11][~visible].any()
    assert np.array_equal(batch.aug[:, 11:] == 1, visible)
    assert np.array_equal(batch.aug[:, 11:] == 0, ~visible)


def test_the_answer_is_never_distorted(wells: list[LogSet]) -> None:
    clean = WindowSource(wells, WindowSettings(distortions=None, p_zero=0.0))
    dirty = WindowSource(wells, WindowSettings(distortions=EVERYTHING, p_zero=0.0), clean.scaling)
    one = clean.batch(8, np.random.default_rng(5))
    other = dirty.batch(8, np.random.default_rng(5))
    assert np.array_equal(one.res, other.res) and np.array_equal(one.valid, other.valid)
    assert np.array_equal(one.aug[:, :11], one.res)
    assert not np.array_equal(other.aug[:, :11], other.res)


def test_the_answer_is_the_well(wells: list[LogSet]) -> None:
    source = WindowSource(wells[:1], WindowSettings(window=512))
    batch = source.batch(1, rng())
    decoded = source.representation.decode(batch.res)[0]
    gamma = wells[0].curves["GR"]
    tops = np.lib.stride_tricks.sliding_window_view(gamma, 512)
    assert np.abs(tops - decoded[0]).max(axis=1).min() < 1e-3


@pytest.mark.parametrize("scheme", ["seed", "corpus"])
def test_the_state_of_the_generator_decides_the_batch(wells: list[LogSet], scheme: str) -> None:
    source = WindowSource(wells, WindowSettings(scheme=scheme))
    random = np.random.default_rng(9)
    source.batch(4, random)
    saved = json.loads(json.dumps(random.bit_generator.state))
    following = source.batch(4, random)
    resumed = np.random.default_rng()
    resumed.bit_generator.state = saved
    again = WindowSource(wells, WindowSettings(scheme=scheme)).batch(4, resumed)
    assert same(following, again)
    assert not same(following, source.batch(4, random))


def test_a_short_well_lies_in_nulls() -> None:
    logs = synthetic_logs(2, length=30.0)
    batch = WindowSource([logs], WindowSettings(p_zero=0.0)).batch(6, rng())
    assert (batch.valid.sum(axis=2) == len(logs.depth)).all()
    tops = batch.valid[:, 0].argmax(axis=1)
    assert len(set(tops.tolist())) > 1


@pytest.mark.parametrize(("weight", "share"), [(1.0, 0.5), (0.25, 0.2), (0.0, 0.0)])
def test_wells_are_drawn_by_their_weight_whatever_their_length(weight: float, share: float) -> None:
    wells = [synthetic_logs(1, length=100), replace(synthetic_logs(2, length=2000), well="long")]
    source = WindowSource(wells, WindowSettings(window=64), weights={"long": weight})
    _, drawn = source.cut(1000, rng())
    assert (drawn == source.names.index("long")).mean() == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_weights_by_which_nothing_can_be_drawn_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weights of wells must be 0 or more, and one of them"):
        WindowSource([replace(synthetic_logs(1, length=100), well="A")], weights={"A": weight})


def test_wells_without_a_usable_curve_are_refused() -> None:
    depth = np.arange(100) * STEP_M
    with pytest.raises(ValueError, match="none of 1 wells has a curve to learn from"):
        WindowSource([LogSet("SP only", depth, {"SP": depth}, depth)])


def test_a_window_for_prediction_is_what_training_would_show() -> None:
    logs = synthetic_logs(4, length=WINDOW * STEP_M - 0.1)
    source = WindowSource([logs], WindowSettings(p_zero=0.0, distortions=None))
    shown = encode_window(logs, source.settings, source.scaling, 0, WINDOW)
    assert np.array_equal(shown, source.batch(1, rng()).aug[0])


def test_a_window_beyond_the_well_is_null_there() -> None:
    logs = synthetic_logs(4, length=100.0)
    settings, scaling = WindowSettings(), Scaling.fit([logs])
    n = len(logs.depth)
    whole = encode_window(logs, settings, scaling, 0, n)
    wide = encode_window(logs, settings, scaling, -50, n + 100)
    assert np.array_equal(wide[:, 50 : 50 + n], whole)
    assert not wide[:, :50].any() and not wide[:, 50 + n :].any()
    assert not encode_window(logs, settings, scaling, n + 10, 64).any()


@pytest.mark.parametrize("step", [0.1524, 0.1525, 0.15])
def test_a_well_near_the_common_step_keeps_its_samples(step: float) -> None:
    logs = synthetic_logs(0, length=50.0, step=step)
    assert on_common_step(logs) is logs


@pytest.mark.parametrize("step", [0.0508, 0.1, 0.125, 0.3048])
def test_a_well_of_another_step_is_read_at_the_common_one(step: float) -> None:
    depth = 100.0 + step * np.arange(2000)
    line = 0.5 * depth
    line[500:700] = np.nan
    logs = LogSet("other", depth, {"GR": line}, depth)
    moved = on_common_step(logs)
    assert moved.step == pytest.approx(STEP_M)
    measured = np.isfinite(moved.curves["GR"])
    # A mean over few samples at an edge is not centred there.
    assert np.abs(moved.curves["GR"] - 0.5 * moved.depth)[measured].max() < 0.05
    gap = (moved.depth > depth[499]) & (moved.depth < depth[700])
    assert not measured[gap].any() and measured[~gap].all()


def test_settings_survive_json() -> None:
    settings = WindowSettings(
        scheme="corpus", distortions=DistortionSettings(spikes=Chance(0.3, 2.0)), p_zero=0.1
    )
    assert WindowSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    bare = WindowSettings(distortions=None)
    assert WindowSettings.from_dict(json.loads(json.dumps(bare.to_dict()))) == bare


@pytest.mark.parametrize(
    "setting",
    [{"window": 0}, {"p_zero": 1.5}, {"scheme": "none"}, {"representation": "wavelet"}],
)
def test_an_impossible_setting_is_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="want|use one of"):
        WindowSettings(**setting)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot be read"):
        WindowSettings.from_dict({"no such setting": 1})


def test_one_scaling_serves_wells_that_lack_curves(wells: list[LogSet]) -> None:
    scaling = Scaling.fit(wells)
    logs = replace(wells[0], curves={"GR": wells[0].curves["GR"]})
    encoded = encode_window(logs, WindowSettings(mask_channels=False), scaling, 0, 512)
    assert encoded[0].any() and not encoded[1:].any()


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize("representation", ["raw", "log10", "spectral"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_nothing_hidden_can_be_read_from_the_input(
    wells: list[LogSet], purpose: str, representation: str, masks: bool
) -> None:
    """The input is the same, to the bit, when what is hidden is another curve altogether."""
    settings = WindowSettings(
        window=256, representation=representation, mask_channels=masks, distortions=None
    )
    source = WindowSource(wells, settings)
    batch = source.batch(8, rng(1), purpose)
    assert batch.hidden.any()
    values, _ = source.cut(8, rng(1))
    values[batch.hidden] = 3.0

    class Other(WindowSource):
        def cut(self, size, random):  # type: ignore[no-untyped-def]
            super().cut(size, random)
            return values, None

    other = Other(wells, settings).batch(8, rng(1), purpose)
    assert np.array_equal(batch.hidden, other.hidden)
    assert not np.array_equal(batch.res, other.res)
    assert np.array_equal(batch.aug, other.aug)


@pytest.mark.parametrize("scheme", ["seed", "corpus"])
def test_validation_asks_for_targets_with_their_siblings_out_of_sight(
    wells: list[LogSet], scheme: str
) -> None:
    settings = WindowSettings(
        window=512, scheme=scheme, p_zero=0.0, shares=Shares(0.5, 0.5, 0.0, 0.0), distortions=None
    )
    batch = WindowSource(wells, settings).batch(200, rng(), "validation")
    seen = set()
    for valid, hidden in zip(batch.valid, batch.hidden, strict=True):
        names = [CHANNELS[row] for row in np.flatnonzero(hidden.any(axis=1))]
        asked = [name for name in names if name in TARGETS]
        assert len(asked) == 1
        siblings = [name in hidden_with(asked[0])[1:] for name in CHANNELS]
        assert not (valid[siblings] & ~hidden[siblings]).any()
        assert set(names) <= set(hidden_with(asked[0]))
        seen.add(asked[0])
    assert seen == set(TARGETS)
    whole = (batch.hidden == batch.valid)[batch.hidden.any(axis=2)].all(axis=1)
    assert whole.all() if scheme == "seed" else 0.3 < whole.mean() < 0.9


def test_validation_of_a_scheme_of_patterns_alone_asks_for_whole_targets(
    wells: list[LogSet],
) -> None:
    settings = WindowSettings(window=256, scheme="corpus", shares=Shares(0.0, 0.0, 1.0, 0.0))
    batch = WindowSource(wells, settings).batch(20, rng(), "validation")
    hidden = batch.hidden.any(axis=2)
    assert hidden.any(axis=1).all()
    assert np.array_equal(batch.hidden[hidden], batch.valid[hidden])
