"""The network beside the trees: what is trained with torch is what is used with numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from welllog.baselines import Boosted
from welllog.boosting import BoostingSettings, fit_boosters
from welllog.checkpoint import ModelError, load_model, save_model
from welllog.deep_training import DeepSettings, learn_deep
from welllog.features import INPUTS, TARGETS, LogSet, log_features, well_as_seen
from welllog.kernel_lessons import KernelSettings, scale_of
from welllog.perceptron import Blend, Perceptron, to_grid
from welllog.perceptron_learning import PerceptronSettings, _named, _Network, fit_perceptrons
from welllog.samples import synthetic_well
from welllog.spread import SPREAD
from welllog.tree_files import boosted_entries, boosted_members, read_boosted

SETTINGS = PerceptronSettings(
    bags=2, iterations=250, batch=128, width=32, blocks=2, samples_per_well=600
)
DEEP = DeepSettings(
    SETTINGS,
    KernelSettings(iterations=30, members=1, batch=4, support=64, width=16),
    replace(SPREAD, min_leaf_samples=50),
)


def seen(seed: int) -> LogSet:
    logs = well_as_seen(synthetic_well(seed, base=1800))
    return LogSet(f"well {seed}", logs.depth, logs.curves, logs.own_depth)


@pytest.fixture(scope="module")
def wells() -> list[LogSet]:
    return [seen(seed) for seed in range(1, 5)]


@pytest.fixture(scope="module")
def networks(wells: list[LogSet]) -> list[Perceptron]:
    return fit_perceptrons(wells, scale_of(wells), SETTINGS)


@pytest.fixture(scope="module")
def deep(wells: list[LogSet]) -> Boosted:
    boosting = BoostingSettings(targets=("DTC", "RHOB"), rounds=30, samples_per_well=800, threads=1)
    trees = Boosted(boosters=fit_boosters(wells, boosting), settings=boosting)
    return learn_deep(trees, wells, DEEP)


def test_numpy_answers_as_torch_does(wells: list[LogSet]) -> None:
    torch.manual_seed(3)
    network = _Network(SETTINGS).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    scale = scale_of(wells)
    perceptron = Perceptron(_named(network.state_dict()), scale)
    for target in ("DTC", "RDEP"):
        features = log_features(wells[0], target)[::50]
        place = torch.full((len(features),), TARGETS.index(target))
        with torch.no_grad():
            told = network(torch.from_numpy(to_grid(features, target, scale)), place).numpy()
        centre, spread = scale[target]
        np.testing.assert_allclose(
            perceptron.predict(features, target), told * spread + centre, rtol=1e-4
        )


def test_the_target_and_its_siblings_are_not_looked_at(
    wells: list[LogSet], networks: list[Perceptron]
) -> None:
    well = wells[0]
    spoiled = dict(well.curves)
    for name in ("RDEP", "RMED", "RSHA"):
        if name in spoiled:
            spoiled[name] = spoiled[name] + 1.0
    other = LogSet(well.well, well.depth, spoiled, well.own_depth)
    answers = [networks[0].predict(log_features(logs, "RDEP"), "RDEP") for logs in (well, other)]
    np.testing.assert_array_equal(*answers)


def test_a_well_in_training_is_told_by_the_network_that_left_it_out(
    wells: list[LogSet], networks: list[Perceptron]
) -> None:
    blend = Blend(tuple(networks), {"DTC": 0.5})
    features = log_features(wells[0], "DTC")[::100]
    (blind,) = [network for network in networks if wells[0].well in network.left_out]
    np.testing.assert_array_equal(
        blend.predict(features, wells[0].well, "DTC"), blind.predict(features, "DTC")
    )
    both = np.mean([network.predict(features, "DTC") for network in networks], axis=0)
    np.testing.assert_array_equal(blend.predict(features, "elsewhere", "DTC"), both)


def test_training_beats_the_mean_on_wells_left_out(
    wells: list[LogSet], networks: list[Perceptron]
) -> None:
    for network in networks:
        for well in wells:
            if well.well in network.left_out:
                rows = np.isfinite(well.curves["DTC"])
                told = network.predict(log_features(well, "DTC")[rows], "DTC")
                truth = well.curves["DTC"][rows]
                assert np.sqrt(np.mean((told - truth) ** 2)) < 0.9 * truth.std()


def test_the_networks_survive_their_file_but_for_rounding(
    wells: list[LogSet], networks: list[Perceptron]
) -> None:
    blend = Blend(tuple(networks), {"DTC": 0.4})
    again = Blend.from_bytes(blend.to_bytes(), blend.entries())
    features = log_features(wells[0], "DTC")[::20]
    spread = networks[0].scale["DTC"][1]
    apart = again.predict(features, "x", "DTC") - blend.predict(features, "x", "DTC")
    assert 0 < np.abs(apart).max() < 0.02 * spread
    assert again.entries() == blend.entries()


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("in", lambda array: array * np.nan, "not finite"),
        ("up0", lambda array: array[:, :-1], "of its networks is"),
    ],
)
def test_spoiled_networks_are_refused(
    networks: list[Perceptron], name: str, spoil: object, message: str
) -> None:
    weights = dict(networks[0].weights)
    weights[name] = spoil(weights[name])  # type: ignore[operator]
    blend = Blend((replace(networks[0], weights=weights),), {"DTC": 0.4})
    with pytest.raises(ValueError, match=message):
        Blend.from_bytes(blend.to_bytes(), blend.entries())


def test_shares_of_the_blend_lie_within_bounds(deep: Boosted) -> None:
    assert deep.blend is not None
    assert all(0.0 <= share <= 0.6 for share in deep.blend.shares.values())
    assert deep.blend.shares["PEF"] == 0.0  # no trees predict it: nothing to blend with


def test_a_model_file_gives_deep_kriging_back(deep: Boosted, tmp_path: object) -> None:
    path = save_model(deep, tmp_path / "deep.welllog")  # type: ignore[operator]
    again = load_model(path)
    logs = seen(9)
    rows = logs.rows_between(1600, 1620)
    everywhere = np.ones(len(rows), bool)
    for dark in (
        logs.hide(rows, ["DTC"]),
        logs.hide(rows, INPUTS),
        logs.hide(everywhere, ["DTC"]),
    ):
        one, other = (model.predict(dark, "DTC", rows) for model in (deep, again))
        np.testing.assert_allclose(one.mean, other.mean, rtol=1e-3)
        np.testing.assert_allclose(one.upper, other.upper, rtol=1e-3)


def test_the_deviation_of_a_blind_curve_depends_on_the_inputs(deep: Boosted) -> None:
    logs = seen(9)
    everywhere = np.ones(len(logs.depth), bool)
    told = deep.predict(logs.hide(everywhere, ["DTC"]), "DTC", everywhere)
    assert np.ptp(told.upper - told.lower) > 0.1 * np.median(told.upper - told.lower)
    np.testing.assert_allclose(told.upper - told.mean, told.mean - told.lower)
    bare = replace(deep, spread=None).predict(logs.hide(everywhere, ["DTC"]), "DTC", everywhere)
    np.testing.assert_array_equal(told.mean, bare.mean)


def test_a_blind_curve_is_told_less_surely_where_the_other_curves_are_not_foretold(
    deep: Boosted,
) -> None:
    logs = seen(9)
    everywhere = np.ones(len(logs.depth), bool)
    dark = logs.hide(everywhere, ["DTC"])
    told = deep.predict(dark, "DTC", everywhere)
    # A well whose other curves are another's: nothing the model knows holds between them.
    shuffled = {**dark.curves, "GR": dark.curves["GR"][::-1], "NPHI": dark.curves["NPHI"][::-1]}
    strange = deep.predict(replace(dark, curves=shuffled), "DTC", everywhere)
    assert np.median(strange.upper - strange.lower) > 1.1 * np.median(told.upper - told.lower)


def test_what_is_hidden_of_a_blind_curve_does_not_tell_how_strange_the_well_is(
    deep: Boosted,
) -> None:
    logs = seen(9)
    rows = logs.rows_between(1600, 1900)
    assert (
        deep._errors_beside(logs, "DTC").keys()
        == deep._errors_beside(logs.hide(rows, ["DTC"]), "DTC").keys()
    )
    for name, error in deep._errors_beside(logs, "DTC").items():
        assert name != "DTC"
        np.testing.assert_array_equal(
            error, deep._errors_beside(logs.hide(rows, ["DTC"]), "DTC")[name]
        )


def test_a_short_gap_is_not_kept_waiting_for_the_other_curves(
    deep: Boosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = seen(9)
    asked = []
    monkeypatch.setattr(
        Boosted, "_errors_beside", lambda model, logs, target: asked.append(target) or {}
    )
    for top, base, times in ((1600, 1620, 0), (1250, 1700, 1)):
        rows = logs.rows_between(top, base)
        deep.predict(logs.hide(rows, ["DTC"]), "DTC", rows)
        assert len(asked) == times


def test_a_model_file_with_usual_errors_that_cannot_be_is_refused(deep: Boosted) -> None:
    entries, members = boosted_entries(deep), boosted_members(deep)
    for usual in ({}, {**entries["spread"]["usual"], "DTC": 0.0}):
        broken = {**entries, "spread": {**entries["spread"], "usual": usual}}
        with pytest.raises(ValueError, match="usual errors"):
            read_boosted(broken, members.__getitem__)


@pytest.mark.parametrize(
    "member", ["kernels.safetensors", "networks.safetensors", "spread.DTC.0.txt"]
)
def test_a_model_file_with_a_member_exchanged_is_refused(
    member: str, deep: Boosted, tmp_path: object
) -> None:
    import zipfile

    path = save_model(deep, tmp_path / "deep.welllog")  # type: ignore[operator]
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] = members[member][:-4] + b"\0\0\0\0"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ModelError, match="not what its hash says"):
        load_model(path)
