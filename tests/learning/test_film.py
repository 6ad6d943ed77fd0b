"""Watching a game: a film of the same noises, and what can be told apart in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.conftest import small
from tests.learning.test_experiment import pull_the_plug, same_state
from welllog.features import LogSet
from welllog.learning.experiment import train_network
from welllog.learning.film import FILM, MOST_FRAMES, Film, load_film
from welllog.learning.pieces import ask_trees, roughness, told_apart, variety
from welllog.learning.players import Players
from welllog.learning.run_folder import LAST, RunFolder, load_with_state
from welllog.network_files import WeightsError, pack_tensors
from welllog.samples import synthetic_well

pytestmark = pytest.mark.filterwarnings("ignore:no wells held out")


@pytest.fixture(scope="module")
def pieces() -> tuple[np.ndarray[Any, Any], ...]:
    """Pieces of gamma ray of eight wells, odd ones and even ones, and their wells."""
    cut = [
        synthetic_well(seed).curves["GR"].values[: 40 * 64].reshape(-1, 64) / 30.0
        for seed in range(8)
    ]
    found = np.concatenate(cut)
    wells = np.repeat(np.arange(8), 20)
    return found[::2], found[1::2], wells, np.zeros(len(wells), int)


def smoothed(pieces: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    wide = np.pad(pieces, ((0, 0), (4, 4)), "edge")
    return np.apply_along_axis(lambda one: np.convolve(one, np.ones(9) / 9, "valid"), 1, wide)


def test_other_measured_pieces_cannot_be_told_apart_and_smoothed_ones_can(
    pieces: tuple[np.ndarray[Any, Any], ...],
) -> None:
    measured, others, wells, curves = pieces
    assert 0.4 < (told_apart(measured, others, wells, curves) or 0) < 0.6
    assert (told_apart(measured, smoothed(others), wells, curves) or 0) > 0.95
    assert roughness(measured, others) == pytest.approx(1.0, abs=0.2)
    assert roughness(measured, smoothed(others)) < 0.5


def test_trees_tell_what_is_smoothed_and_not_what_is_measured_elsewhere(
    pieces: tuple[np.ndarray[Any, Any], ...],
) -> None:
    measured, others, wells, curves = pieces
    verdict = ask_trees(measured, others, wells, curves)
    assert verdict and 0.38 < verdict.accuracy < 0.62 and len(verdict.folds) == 5
    assert (verdict.pieces, verdict.groups) == (160, 8)
    told = ask_trees(measured, smoothed(others), wells, curves)
    assert told and told.accuracy > 0.95


def test_the_level_of_a_piece_tells_nothing(pieces: tuple[np.ndarray[Any, Any], ...]) -> None:
    measured, others, wells, curves = pieces
    moved = told_apart(measured, others + 3.0, wells, curves)
    assert moved == told_apart(measured, others, wells, curves)


def test_what_differs_between_curves_is_not_taken_for_what_is_generated(
    pieces: tuple[np.ndarray[Any, Any], ...],
) -> None:
    measured, others, wells, _ = pieces
    curves = np.arange(len(wells)) % 2
    size = np.where(curves, 10.0, 1.0)[:, None]
    told = told_apart(measured * size, smoothed(others) * size, wells, curves)
    assert told and told > 0.95


def test_too_few_pieces_are_not_judged(pieces: tuple[np.ndarray[Any, Any], ...]) -> None:
    few = tuple(one[:20] for one in pieces)  # of one well
    assert told_apart(*few) is None
    assert ask_trees(*few) is None


def test_variety_is_none_where_noise_is_ignored_and_one_where_truth_is_one_more_answer() -> None:
    random = np.random.default_rng(0)
    answers, truth = random.standard_normal((2, 20_000)), random.standard_normal(20_000)
    assert variety(answers, truth) == pytest.approx(1.0, abs=0.03)
    assert variety(np.stack([answers[0]] * 2), truth) == 0.0


def test_training_is_the_same_to_the_bit_whether_it_is_watched_or_not(
    wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(iterations=6, validate_every=2, holdout=0.34)
    folders = tmp_path / "watched", tmp_path / "not"
    for folder, watch in zip(folders, (True, False), strict=True):
        train_network(wells, replace(settings, watch=watch), folder=folder)
    assert same_state(*folders)
    seen, blind = (RunFolder(folder).history() for folder in folders)
    assert [entry for entry in seen if "variety" not in entry] == blind
    watched = [entry for entry in seen if "variety" in entry]
    assert [entry["iteration"] for entry in watched] == [2, 4, 6]
    assert all(0.0 <= entry["told apart"] <= 1.0 for entry in watched)
    assert not (folders[1] / FILM).exists()


def test_every_frame_is_of_the_same_windows_and_noises(
    wells: list[LogSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[torch.Tensor, torch.Tensor | None]] = []
    answer = Players.answer

    def note(players: Players, batch: Any, z: torch.Tensor | None = None) -> torch.Tensor:
        if len(batch.x) > 2 or z is not None:  # not a validation's
            given.append((batch.x.clone(), None if z is None else z.clone()))
        return answer(players, batch, z)

    monkeypatch.setattr(Players, "answer", note)
    train_network(wells, small(iterations=4, validate_every=2), folder=tmp_path)
    half = len(given) // 2
    assert half and len(given) == 2 * half
    for (x, z), (again, noise) in zip(given[:half], given[half:], strict=True):
        assert torch.equal(x, again)
        assert (z is None and noise is None) or torch.equal(z, noise)  # type: ignore[arg-type]
    noises = [z for _, z in given[:half] if z is not None]
    assert not any(torch.equal(noises[0], other) for other in noises[1:])
    film = load_film(tmp_path / FILM)
    assert film.iterations == [2, 4]
    assert film.frames[0].shape == film.frames[1].shape and film.frames[0].shape[1] == 3
    assert not np.array_equal(*film.frames)
    assert (film.hidden <= film.valid).all() and film.hidden.any(axis=1).all()


def test_without_a_discriminator_there_is_a_film_and_nothing_is_told_apart(
    wells: list[LogSet], tmp_path: Path
) -> None:
    train_network(wells, small(adversarial_weight=0.0), folder=tmp_path)
    film = load_film(tmp_path / FILM)
    assert len(film.frames) == 8 and film.frames[0].shape[1] == 1 and film.pieces is None
    assert not any("variety" in entry for entry in RunFolder(tmp_path).history())


def test_a_film_that_was_broken_off_goes_on_to_the_bit(wells: list[LogSet], tmp_path: Path) -> None:
    settings = small(iterations=9, validate_every=1, checkpoint_every=100)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_network(wells, settings, folder=whole)
    with pytest.raises(OSError, match="plug"):
        train_network(wells, settings, folder=broken, progress=pull_the_plug(1))
    later = whole / FILM  # as if it had been killed long after its last checkpoint
    shutil.copy(later, broken / FILM)
    train_network(wells, settings, folder=broken, resume=True)
    assert (broken / FILM).read_bytes() == later.read_bytes()
    assert (broken / "history.jsonl").read_text() == (whole / "history.jsonl").read_text()


@pytest.mark.parametrize("fault", ["cut", "pickle", "shape", "nan", "other wells", "none"])
def test_a_poisoned_film_does_not_end_training(
    fault: str, wells: list[LogSet], tmp_path: Path
) -> None:
    settings = small(iterations=6, validate_every=2)
    with pytest.raises(OSError, match="plug"):
        train_network(wells, settings, folder=tmp_path, progress=pull_the_plug(1))
    whole = tmp_path / "whole"
    train_network(wells, settings, folder=whole)
    poison(whole / FILM, fault, tmp_path / FILM)
    shutil.rmtree(whole)
    told = pytest.warns(UserWarning, match="the film begins again")
    if fault == "none":  # a run folder of an earlier version
        config = json.loads((tmp_path / "config.json").read_text())
        del config["watch"]
        (tmp_path / "config.json").write_text(json.dumps(config))
        train_network(wells, settings, folder=tmp_path, resume=True)
    else:
        with told:
            train_network(wells, settings, folder=tmp_path, resume=True)
    assert load_film(tmp_path / FILM).iterations == [2, 4, 6]
    assert RunFolder(tmp_path).load(LAST)[1]["iteration"] == 6


def poison(film: Path, fault: str, where: Path) -> None:
    """Write a film that has a fault."""
    if fault == "cut":
        where.write_bytes(film.read_bytes()[:-100])
    elif fault == "pickle":
        torch.save({"frames": torch.zeros(3)}, where)
    elif fault == "none":
        where.unlink(missing_ok=True)
    else:
        tensors, state = load_with_state(film)
        if fault == "shape":
            tensors["frames"] = tensors["frames"][:, :2]
        elif fault == "nan":
            tensors["frames"][0, 0, 0, 0] = torch.nan
        elif fault == "nothing hidden":
            tensors["hidden"][0] = False
        elif fault == "no iteration":
            tensors["iterations"][0] = 0
        elif fault == "many windows":
            for name in ("curve", "measured", "valid", "hidden"):
                tensors[name] = torch.cat([tensors[name]] * 9)
            tensors["frames"] = torch.cat([tensors["frames"]] * 9, 1)
            state["wells"] = state["wells"] * 9
        elif fault == "mathematics":
            state["wells"] = ["$x^$ \n"] * len(state["wells"])
        else:
            state["wells"] = ["elsewhere"] * len(state["wells"])
        where.write_bytes(pack_tensors(tensors, {"state": json.dumps(state)}))


def test_a_film_of_a_long_training_is_thinned_and_keeps_its_last_frame() -> None:
    frame = np.zeros((1, 1, 4))

    def film() -> Film:
        flags = np.ones((1, 4), bool)
        return Film(np.zeros(1, int), ("W",), np.zeros((1, 4)), flags, flags)

    whole, broken = film(), film()
    for number in range(1, 501):
        whole.add(10 * number, number, frame)
        broken.add(10 * number, number, frame)
        if number == 300:
            broken.cut_after(1500)
            for again in range(151, 301):
                broken.add(10 * again, again, frame)
    assert len(whole.frames) <= MOST_FRAMES + 1 and whole.iterations[-1] == 5000
    assert np.ptp(np.diff(whole.iterations[:-1])) == 0
    assert broken.iterations == whole.iterations


def test_a_film_that_does_not_hang_together_is_refused(tmp_path: Path) -> None:
    tensors = {"curve": torch.tensor([99]), "measured": torch.zeros(1, 4)}
    (tmp_path / FILM).write_bytes(pack_tensors(tensors, {"state": '{"iteration": 1, "wells": 3}'}))
    with pytest.raises(WeightsError, match="film.safetensors is no film"):
        load_film(tmp_path / FILM)
