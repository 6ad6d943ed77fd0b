"""The benchmark of training, on a network small enough for a test."""

from __future__ import annotations

from dataclasses import replace

import pytest
import training_speed
from training_speed import PlainGame, line

from welllog.corpus import WindowSettings, WindowSource
from welllog.learning import ExperimentSettings
from welllog.learning.batches import Batches
from welllog.networks import NetworkSettings
from welllog.simulator import synthetic_logs

SETTINGS = ExperimentSettings(
    network=NetworkSettings(name="unet", width=8),
    windows=WindowSettings(window=128),
    batch=2,
    device="cpu",
)


@pytest.fixture(scope="module")
def source() -> WindowSource:
    return WindowSource([synthetic_logs(0)], SETTINGS.windows)


def test_a_line_says_how_fast_each_way_is(
    source: WindowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_speed, "TURNS", 1)
    cells = [cell.strip() for cell in line(SETTINGS, source, 0.0, 1.0).strip("| ").split("|")]
    assert cells[0] == "unet" and len(cells) == 9
    assert all(float(cell) > 0 for cell in cells[1:8])
    gflop, trained = float(cells[2]), float(cells[3])
    assert float(cells[8].rstrip("%")) == pytest.approx(trained * gflop / 10, rel=0.1, abs=0.06)


def test_of_what_torch_cannot_count_no_share_is_told(
    source: WindowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_speed, "TURNS", 1)
    recurrent = replace(SETTINGS, network=NetworkSettings(name="gru", width=8))
    cells = line(recurrent, source, 0.0, 1.0).split(" | ")
    assert cells[2] == "–" and cells[-1].startswith("–")


def test_the_plain_loop_learns(source: WindowSource) -> None:
    game = PlainGame(SETTINGS, Batches(source, 2, 0)[0], low=False)
    weights = [parameter.clone() for parameter in game.generator.parameters()]
    judge = [parameter.clone() for parameter in game.judge.parameters()]
    game.play()
    for before, module in ((weights, game.generator), (judge, game.judge)):
        assert any(not old.equal(new) for old, new in zip(before, module.parameters(), strict=True))
