"""A representation can be undone, and shows nothing of what is hidden."""

from __future__ import annotations

import json

import numpy as np
import pytest

from welllog.corpus import CHANNELS, Representation, Scaling
from welllog.corpus.representations import FRAME, LIMIT, ORDERS
from welllog.features import LogSet
from welllog.mnemonics import catalogue
from welllog.simulator import synthetic_logs


@pytest.mark.parametrize("name", ["raw", "log10", "spectral"])
def test_values_come_back_from_every_representation(name: str) -> None:
    logs = synthetic_logs(1, length=300)
    representation = Representation(name, Scaling.fit([logs, synthetic_logs(2, length=300)]))
    represented = representation.represent(representation.scaled(logs)[None])
    decoded = representation.decode(represented)[0]
    for row, curve in enumerate(CHANNELS):
        truth = logs.curves[curve]
        near = np.abs(truth - representation.scaling.centre[row])
        kept = near < LIMIT * representation.scaling.spread[row]
        assert kept.mean() > 0.99
        assert np.allclose(decoded[row][kept], truth[kept], rtol=1e-4, atol=1e-3), curve


def test_raw_resistivity_is_linear_in_ohm_metres() -> None:
    scaling = Scaling((0.0,) * 11, (1.0,) * 11)
    depth = np.arange(3.0)
    logs = LogSet("a", depth, {"RDEP": np.log10([1.0, 10.0, 19.0]), "GR": np.arange(3.0)}, depth)
    raw = Representation("raw", scaling)
    represented = raw.represent(raw.scaled(logs)[None])[0]
    assert represented[CHANNELS.index("RDEP")] == pytest.approx([0.0, 1.0, 2.0], abs=1e-6)
    assert represented[CHANNELS.index("GR")] == pytest.approx([0.0, 1.0, 2.0])


@pytest.mark.parametrize("name", ["raw", "log10", "spectral"])
def test_whatever_a_network_says_is_decoded_to_a_number(name: str) -> None:
    representation = Representation(name, Scaling.fit([synthetic_logs(1, length=100)]))
    said = np.array([-1e6, -5.0, -1.0, 0.0, 3.0, 1e6])
    decoded = representation.decode(np.tile(said, (2, 11, 1)))
    assert np.isfinite(decoded).all()
    assert (np.diff(decoded, axis=2) >= 0).all()


def test_scaled_curves_have_centre_0_and_spread_1() -> None:
    wells = [synthetic_logs(seed, length=600) for seed in range(5)]
    representation = Representation("log10", Scaling.fit(wells))
    pooled = np.concatenate([representation.scaled(logs) for logs in wells], axis=1)
    assert np.abs(np.median(pooled, axis=1)).max() < 0.15
    low, high = np.percentile(pooled, [10, 90], axis=1)
    assert (high - low) / 2.563 == pytest.approx(np.ones(11), abs=0.2)


def test_a_long_well_does_not_set_the_scale_alone() -> None:
    depth = np.arange(200_000.0)
    long = LogSet("long", depth, {"GR": np.full(len(depth), 200.0)}, depth)
    short = [
        LogSet(str(i), depth[:3000], {"GR": np.full(3000, 50.0)}, depth[:3000]) for i in range(2)
    ]
    assert Scaling.fit([long, *short]).centre[0] == 50.0


def test_a_scaling_survives_json_and_a_broken_one_is_refused() -> None:
    scaling = Scaling.fit([synthetic_logs(1, length=100)])
    table = json.loads(json.dumps(scaling.to_dict()))
    assert Scaling.from_dict(table) == scaling
    del table["DTC"]
    with pytest.raises(ValueError, match="lacks 'DTC'"):
        Scaling.from_dict(table)
    with pytest.raises(ValueError, match="positive spreads"):
        Scaling((0.0,) * 11, (0.0,) * 11)
    with pytest.raises(ValueError, match="finite"):
        Scaling((np.nan,) * 11, (1.0,) * 11)


def test_a_curve_no_well_has_is_left_as_it_is() -> None:
    depth = np.arange(10.0)
    scaling = Scaling.fit([LogSet("a", depth, {"GR": depth}, depth)])
    assert scaling.centre[1:] == (0.0,) * 10 and scaling.spread[1:] == (1.0,) * 10


@pytest.mark.parametrize("order", ORDERS)
def test_a_spectral_channel_answers_to_its_own_oscillation(order: int) -> None:
    values = np.zeros((1, 11, 1024), np.float32)
    values[0, 4] = np.sin(2 * np.pi * order * np.arange(1024) / FRAME)
    spectra = Representation("spectral", Scaling((0.0,) * 11, (1.0,) * 11)).spectra(values)
    spectra = spectra.reshape(11, len(ORDERS), 1024)
    assert not spectra[[0, 1, 2, 3, 5, 6, 7, 8, 9, 10]].any()
    inside = spectra[4, :, 100:900]
    assert inside[order - 1] == pytest.approx(np.full(800, np.log(2.0)), abs=0.05)
    assert int(np.argmax(inside.mean(axis=1))) == order - 1


@pytest.mark.parametrize("n", [1, 7, 33, 64, 2048])
def test_spectra_have_a_value_for_every_sample(n: int) -> None:
    spectra = Representation("spectral", Scaling((0.0,) * 11, (1.0,) * 11)).spectra(
        np.ones((2, 11, n), np.float32)
    )
    assert spectra.shape == (2, 33, n) and np.isfinite(spectra).all()


def test_an_unknown_representation_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of raw, log10, spectral"):
        Representation("fourier", Scaling((0.0,) * 11, (1.0,) * 11))


def test_resistivities_are_the_curves_on_a_logarithmic_scale() -> None:
    names = [name for name in CHANNELS if catalogue().kinds[name].log10]
    assert names == ["RDEP", "RMED", "RSHA"]
