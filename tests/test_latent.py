"""The space of a generator's noise: what is generated at its points, and how it is mapped."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
import torch

from tests.small_network import small_network
from welllog.corpus import CHANNELS, STEP_M
from welllog.features import LogSet, well_as_seen
from welllog.latent import Facies, LatentError, LatentSpace, in_unit, middle_interval
from welllog.latent_limits import REACH
from welllog.networks import build_generator
from welllog.neural import Neural
from welllog.samples import synthetic_well

TOP, BASE = 1550.0, 1556.0


@pytest.fixture(scope="module")
def logs() -> LogSet:
    return well_as_seen(synthetic_well(seed=1, top=1500, base=1620))


@pytest.fixture(scope="module")
def network() -> Neural:
    torch.manual_seed(0)
    network = small_network(())
    return replace(network, outlook=replace(network.outlook, residual=(0.5,) * len(CHANNELS)))


@pytest.fixture(scope="module")
def space(network: Neural, logs: LogSet) -> LatentSpace:
    return LatentSpace(network, logs, "GR", TOP, BASE)


def test_the_origin_is_the_answer_without_noise(space: LatentSpace) -> None:
    (origin,) = space.answers([(0.0, 0.0)])
    no_field = np.zeros((1, *space._fields.shape[1:]), np.float32)
    (silent,) = space._answered(no_field, None)
    np.testing.assert_array_equal(origin, space._tied(silent)[0])
    assert len(origin) == len(space.depth) == len(space.measured)


@pytest.mark.parametrize(
    "span", [(TOP, BASE), (1546.0, 1547.0), (1545.1, 1545.3), (1553.0, 1559.0)]
)
def test_the_origin_is_a_restoration_where_one_window_holds_the_well(
    network: Neural, logs: LogSet, span: tuple[float, float]
) -> None:
    short = part_of(logs, 1545.0, 1554.0)
    space = LatentSpace(network, short, "GR", *span)
    rows = short.rows_between(*span)
    wanted = network.predict(short, "GR", rows).mean
    np.testing.assert_allclose(space.answers([(0.0, 0.0)])[0], wanted, atol=1e-6)
    np.testing.assert_array_equal(space.measured, short.curves["GR"][rows])
    np.testing.assert_array_equal(space.depth, short.depth[rows])


def test_a_long_well_is_seen_through_a_window_that_lies_inside_it(
    network: Neural, logs: LogSet
) -> None:
    size = network.outlook.windows.window
    for top, base, start in ((1490.0, 1501.0, 0), (1619.0, 1700.0, len(logs.depth) - size)):
        space = LatentSpace(network, logs, "GR", top, base)
        assert space._rows[0] - space._inside[0] == start
    space = LatentSpace(network, logs, "GR", TOP, BASE)
    above, below = space._inside[0], size - 1 - space._inside[-1]
    assert abs(above - below) <= 1


@pytest.mark.parametrize("every", [2, 3])
def test_what_is_hidden_in_a_coarser_well_is_not_seen_beside_the_interval(
    network: Neural, logs: LogSet, every: int
) -> None:
    curves = {name: values[::every] for name, values in logs.curves.items()}
    depth = logs.depth[::every]
    coarse = replace(logs, depth=depth, curves=curves, own_depth=depth)
    spoilt = {**curves, "GR": np.where(coarse.rows_between(TOP, BASE), 900.0, curves["GR"])}
    points = [(0.0, 0.0), (1.0, 1.0)]
    answers = [
        LatentSpace(network, replace(coarse, curves=which), "GR", TOP, BASE).answers(points)
        for which in (curves, spoilt)
    ]
    np.testing.assert_array_equal(*answers)


def part_of(logs: LogSet, top: float, base: float) -> LogSet:
    rows = logs.rows_between(top, base)
    curves = {name: values[rows] for name, values in logs.curves.items()}
    return replace(logs, depth=logs.depth[rows], curves=curves, own_depth=logs.depth[rows])


def test_a_fill_meets_the_curve_at_its_edges(space: LatentSpace, logs: LogSet) -> None:
    rows = np.flatnonzero(logs.rows_between(TOP, BASE))
    fills = space.answers([(2.0, -1.0), (0.0, 1.0)])
    edges = logs.curves["GR"][[rows[0] - 1, rows[-1] + 1]]
    typical = np.nanstd(np.diff(logs.curves["GR"]))
    assert (np.abs(fills[:, [0, -1]] - edges) < 6 * typical).all()


def test_points_answered_together_are_those_answered_alone(space: LatentSpace) -> None:
    points = np.random.default_rng(0).uniform(-REACH, REACH, (20, 3))
    together = space.answers(points)
    np.testing.assert_allclose(together[17], space.answers(points[17:18])[0], atol=1e-4)
    assert np.abs(together[0] - together[1]).max() > 1e-3  # they are not all the same


def test_a_plane_and_a_cube_hold_the_same_points(space: LatentSpace) -> None:
    plane, cube = space.plane(3), space.cube(3)
    np.testing.assert_allclose(cube.mean[:, :, 1], plane.mean, atol=1e-4)
    assert plane.facies is not None and plane.shares is not None
    np.testing.assert_allclose(plane.shares.sum(axis=-1), 1.0)
    assert (plane.facies == plane.shares.argmax(axis=-1)).all()
    other = space.plane(3, axes=(0, 2))
    np.testing.assert_allclose(cube.mean[:, 1, :], other.mean, atol=1e-4)
    corner = space.answers([(-REACH, REACH)])[0]
    assert np.isclose(plane.mean[0, 2], corner.mean(), atol=1e-4)


def test_a_plane_is_laid_through_a_point(space: LatentSpace) -> None:
    plane, cube = space.plane(3, through=(9.0, 9.0, REACH)), space.cube(3)
    np.testing.assert_allclose(plane.mean, cube.mean[:, :, 2], atol=1e-4)
    assert np.abs(plane.mean - cube.mean[:, :, 1]).max() > 1e-3


def test_a_landscape_tells_of_fills_as_they_are(space: LatentSpace, logs: LogSet) -> None:
    plane, facies = space.plane(2), space.facies
    fills = space.answers([(-REACH, -REACH), (-REACH, REACH), (REACH, -REACH), (REACH, REACH)])
    rough = np.sqrt((np.diff(fills, axis=1) ** 2).mean(axis=1))
    np.testing.assert_allclose(plane.roughness.ravel(), rough, atol=1e-4)
    assert facies is not None and plane.shares is not None
    rows = logs.rows_between(TOP, BASE)
    others = [np.tile(logs.curves[name][rows], (4, 1)) for name in facies.curves[1:]]
    classes = facies.classify(np.stack([fills, *others], axis=-1))  # the others are visible
    shares = (classes[..., None] == np.arange(4)).mean(axis=1)
    np.testing.assert_allclose(plane.shares.reshape(4, 4), shares, atol=0.03)


def test_what_a_gap_of_another_curve_hides_is_generated_for_the_classes(
    network: Neural, logs: LogSet
) -> None:
    gappy = logs.hide(logs.rows_between(TOP, BASE), ["RHOB"])
    space = LatentSpace(network, gappy, "GR", TOP, BASE)
    assert space.facies is not None and "RHOB" in space.facies.curves
    (values,) = space._at([(1.0, 0.0)], None)
    told = space._classified(space.facies, values, space._tied(values))
    assert np.isfinite(told).all()
    np.testing.assert_array_equal(told[0, :, 0], space.answers([(1.0, 0.0)])[0])
    np.testing.assert_array_equal(
        told[..., space.facies.curves.index("RHOB")], values[:, CHANNELS.index("RHOB")]
    )


def test_classes_know_nothing_of_what_is_hidden(network: Neural, logs: LogSet) -> None:
    rows = logs.rows_between(TOP, BASE)
    spoilt = {**logs.curves, "GR": np.where(rows, 900.0, logs.curves["GR"])}
    one, other = (
        LatentSpace(network, replace(logs, curves=curves), "GR", TOP, BASE).facies
        for curves in (logs.curves, spoilt)
    )
    assert one is not None and other is not None
    np.testing.assert_array_equal(one.means, other.means)


def test_an_interval_may_be_as_long_as_the_window(network: Neural, logs: LogSet) -> None:
    size = network.outlook.windows.window
    top, base = logs.depth[100], logs.depth[100 + size - 1]
    assert len(LatentSpace(network, logs, "GR", top, base).depth) == size
    with pytest.raises(LatentError, match="longer"):
        LatentSpace(network, logs, "GR", top, logs.depth[100 + size])


def test_the_middle_is_that_of_what_is_measured(network: Neural, logs: LogSet) -> None:
    half = logs.hide(logs.rows_between(1500.0, 1600.0), ["GR"])
    top, base = middle_interval(network, half, "GR")
    window = network.outlook.windows.window * STEP_M
    assert base - top == pytest.approx(window / 2)
    assert 1609.0 < (top + base) / 2 < 1611.0
    with pytest.raises(LatentError, match="no DTC that is measured"):
        middle_interval(network, logs.hide(np.ones(len(logs.depth), bool), ["DTC"]), "DTC")


def test_variety_is_the_scatter_of_answers_over_the_error(space: LatentSpace) -> None:
    outlook, place = space.neural.outlook, CHANNELS.index("GR")
    channels, size = space._fields.shape[1:]
    random = np.random.default_rng([7, 1])
    noises = random.standard_normal((5, channels, size), dtype=np.float32)
    answers = space.neural.answer_window(space._shown, noises)[:, place, space._inside]
    deviation = np.sqrt(np.mean([np.var(row, ddof=1) for row in answers.T]))
    error = outlook.scaling.spread[place] * outlook.residual[place]
    assert space.error == pytest.approx(error)
    assert space.variety(5, seed=7) == pytest.approx(deviation / error, rel=1e-4)


def test_a_walk_ends_where_it_is_sent(space: LatentSpace) -> None:
    walk = space.walk((0.0, 0.0), (1.0, 1.0), steps=5)
    ends = space.answers([(0.0, 0.0), (1.0, 1.0)])
    np.testing.assert_allclose(walk[[0, -1]], ends, atol=1e-4)
    steps = np.abs(np.diff(walk, axis=0)).max(axis=1)
    assert steps.max() < 0.9 * np.abs(ends[1] - ends[0]).max()


def test_noise_reaches_the_decoder_alone(space: LatentSpace) -> None:
    origin, far = dict(space.activations((0.0, 0.0))), dict(space.activations((2.0, 2.0)))
    assert list(origin) == list(far) and len(origin) > 10
    assert not any(part._forward_hooks for part in space.neural.generator.modules())
    changed = {name for name in origin if not np.isclose(origin[name], far[name], rtol=1e-6)}
    assert changed and all(name.startswith("decoder") for name in changed)


def test_a_network_that_ignores_noise_has_no_variety(logs: LogSet) -> None:
    deaf = small_network(())
    for name, weights in deaf.generator.named_parameters():
        if "noise" in name:
            weights.zero_()
    space = LatentSpace(deaf, logs, "GR", TOP, BASE)
    assert space.variety(4) == 0.0
    plane = space.plane(3)
    assert np.ptp(plane.mean) == 0.0 and np.ptp(plane.facies) == 0


def test_variety_is_the_networks_and_not_held_down_by_the_edges_of_a_short_interval(
    network: Neural, logs: LogSet
) -> None:
    one = LatentSpace(network, logs, "GR", 1550.0, 1550.2)
    assert len(one.depth) == 1
    assert np.ptp(one.answers([(0.0, 0.0), (2.0, 2.0)])) < 1e-3  # held by both its neighbours
    assert one.variety() > 0.1 * LatentSpace(network, logs, "GR", TOP, BASE).variety() > 0.0


def test_a_curve_that_is_always_the_same_has_no_classes(network: Neural, logs: LogSet) -> None:
    level = replace(logs, curves={"GR": np.full(len(logs.depth), 80.0)})
    assert LatentSpace(network, level, "GR", TOP, BASE).facies is None


def test_classes_that_read_the_same_are_told_apart(logs: LogSet) -> None:
    values = 80.0 + 1e-4 * np.random.default_rng(0).standard_normal(len(logs.depth))
    facies = Facies.of(replace(logs, curves={"GR": values}), "GR")
    assert facies is not None and len({name[3:] for name in facies.names}) == 1
    assert len(set(facies.names)) == 4


def test_any_whole_number_is_a_seed(network: Neural, logs: LogSet) -> None:
    space = LatentSpace(network, logs, "GR", TOP, BASE, seed=10**20)
    assert space.facies is not None


@pytest.mark.parametrize("name", ["gru", "lstm", "peephole-lstm"])
def test_a_recurrent_layer_is_heard_over_the_whole_window(name: str, logs: LogSet) -> None:
    outlook = small_network(()).outlook
    settings = replace(outlook.network, name=name, segment=16)
    network = Neural(name, build_generator(settings), replace(outlook, network=settings))
    space = LatentSpace(network, logs, "GR", TOP, BASE)
    found = {}
    layers = {key: part for key, part in network.generator.named_modules() if "layer" in key}
    keep = [
        part.register_forward_hook(lambda _, __, made, key=key: found.update({key: made}))
        for key, part in layers.items()
        if type(part).__name__ == "BothWays"
    ]
    activations = dict(space.activations((1.0, 0.0)))
    for handle in keep:
        handle.remove()
    assert set(found) == set(activations) - {"decoder.noise", "decoder.head"} and len(found) > 1
    for key, made in found.items():
        assert made.shape[1] == outlook.windows.window
        assert activations[key] == pytest.approx(float(made.abs().mean()))


def test_classes_are_those_of_the_well_and_named_by_their_means(logs: LogSet) -> None:
    facies = Facies.of(logs, "GR")
    assert facies is not None and facies.curves[0] == "GR"
    assert (np.diff(facies.means[:, 0]) > 0).all()  # ordered by the curve itself
    assert (facies.classify(facies.means * facies.spread + facies.centre) == range(4)).all()
    assert facies.names[0].startswith("1: GR ") and "gAPI" in facies.names[0]
    assert Facies.of(logs.hide(np.ones(len(logs.depth), bool), ["GR"]), "GR") is None


def test_classes_read_what_their_names_say_and_resistivities_are_no_logarithms(
    logs: LogSet,
) -> None:
    facies = Facies.of(logs, "GR")
    assert facies is not None and "RDEP" in facies.curves
    for name, means in zip(facies.names, facies.readings, strict=True):
        assert name.split(", ")[-1] == f"RDEP {means[-1]:.3g} ohm.m"
    assert (facies.readings[:, -1] > 0).all()
    np.testing.assert_allclose(in_unit("RDEP", [0.0, 2.0]), [1.0, 100.0])
    np.testing.assert_array_equal(in_unit("GR", [0.0, 2.0]), [0.0, 2.0])


def test_activations_are_not_those_of_the_same_network_at_work_in_another_thread(
    space: LatentSpace, network: Neural, logs: LogSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, answers = space.activations((0.0, 0.0)), space.answers

    def meanwhile(points: object) -> object:
        made = answers(points)
        other = Thread(target=lambda: answers([(2.0, 2.0, 2.0)]))
        other.start()
        other.join()
        return made

    monkeypatch.setattr(space, "answers", meanwhile)
    assert space.activations((0.0, 0.0)) == wanted


@pytest.mark.parametrize(
    ("curve", "top", "base", "said"),
    [
        ("SP", 1550.0, 1556.0, "does not predict SP"),
        ("GR", 2000.0, 2010.0, "no sample of the well lies in 2000-2010 m"),
        ("GR", 1510.0, 1600.0, "longer than the network's window of 10 m"),
    ],
)
def test_what_cannot_be_explored_is_said(
    network: Neural, logs: LogSet, curve: str, top: float, base: float, said: str
) -> None:
    with pytest.raises(LatentError, match=said):
        LatentSpace(network, logs, curve, top, base)


def test_work_can_be_stopped(space: LatentSpace) -> None:
    def stop(_: float, __: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        space.cube(3, stop)
