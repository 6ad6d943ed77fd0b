"""A film of learning: answers to the same windows and noises, validation by validation.

Losses of a game cannot be compared across time, as each player is measured by the other. The same
noise through the same windows can: it shows whether answers still change, whether they look like
curves, and whether they depend on the noise at all. Watching draws from no generator of random
numbers that training uses, and leaves the networks as they are.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from welllog.corpus import CHANNELS, WindowSource
from welllog.features import runs_of
from welllog.learning.batches import Batches, Tensors
from welllog.learning.pieces import LENGTH, groups_of, told_apart, variety
from welllog.learning.players import Players
from welllog.learning.run_folder import load_with_state
from welllog.learning.settings import ExperimentSettings
from welllog.network_files import WeightsError, pack_tensors, write_whole

__all__ = ["FILM", "WATCHED_WELLS", "Film", "Pieces", "Watch", "load_film"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FILM = "film.safetensors"
WATCHED_WELLS = 8
"""Wells of the training that are watched where none is held out."""
WINDOWS = 32
"""Windows that are measured, a quarter of a validation's."""
NOISES = 2
"""Noises each of them is answered with; two show whether they are ignored."""
FILMED = 6
"""Windows that are in the film, of different curves where there are."""
SHOWN = 256
"""Samples of a window that are in the film, 39 m."""
MARGIN = 32
"""Samples above what is hidden that are shown with it."""
MOST_FRAMES = 48
MOST_PIECES = 1024
LARGEST = 64 * 2**20
"""Bytes of a file that is looked at; a film has a few million."""
WATCH_SEED = 9_999_973


@dataclass
class Pieces:
    """Measured pieces of hidden curve, and what was generated in their place, in spreads."""

    measured: FloatArray
    """Shape (p, 64)."""
    generated: FloatArray
    """Shape (p, 64), answers to the first noise."""
    curve: IntArray
    """Shape (p,), positions in ``CHANNELS``."""
    well: IntArray
    """Shape (p,)."""
    window: IntArray
    """Shape (p,)."""

    @property
    def groups(self) -> IntArray:
        """What is never taught and asked at once, shape (p,)."""
        return groups_of(self.well, self.window)


@dataclass
class Film:
    """Answers at the same places to the same noises, in model space and canonical units."""

    curve: IntArray
    """Shape (w,), positions in ``CHANNELS``: the curve that is shown of each window."""
    wells: tuple[str, ...]
    """Names, one a window."""
    measured: FloatArray
    """Shape (w, n)."""
    valid: BoolArray
    """Shape (w, n), True where measured."""
    hidden: BoolArray
    """Shape (w, n), True where measured and not shown to the generator."""
    iterations: list[int] = field(default_factory=list)
    """When each frame was taken."""
    numbers: list[int] = field(default_factory=list)
    """And in which validation, from 1."""
    frames: list[FloatArray] = field(default_factory=list)
    """Shape (w, a, n) each: the answer without noise, then those to each noise."""
    pieces: Pieces | None = None
    pieces_at: int = 0
    """Iteration whose generator made the pieces: the best so far, or the last."""

    def add(self, iteration: int, number: int, frame: FloatArray) -> None:
        """Add a frame; of many only each second, fourth ... and the last are kept.

        Which are kept depends on the validation's number alone, so that a film that was broken off
        comes to the same frames.
        """
        self.iterations.append(iteration)
        self.frames.append(frame)
        self.numbers.append(number)
        apart = 1
        while number // apart >= MOST_FRAMES:
            apart *= 2
        kept = [i for i, one in enumerate(self.numbers) if one % apart == 0 or one == number]
        self._keep(kept)

    def cut_after(self, iteration: int) -> None:
        """Drop what was taken after an iteration: the experiment goes on from there."""
        self._keep([i for i, one in enumerate(self.iterations) if one <= iteration])
        if self.pieces_at > iteration:
            self.pieces, self.pieces_at = None, 0

    def _keep(self, kept: Sequence[int]) -> None:
        self.iterations = [self.iterations[i] for i in kept]
        self.frames = [self.frames[i] for i in kept]
        self.numbers = [self.numbers[i] for i in kept]

    def same_scene(self, other: Film) -> bool:
        """Say whether two films are of the same places."""
        return self.wells == other.wells and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("curve", "measured", "valid", "hidden")
        )

    def save(self, path: Path) -> None:
        """Write the film, whole or not at all."""
        arrays: dict[str, NDArray[Any]] = {
            "curve": self.curve,
            "measured": self.measured.astype(np.float32),
            "valid": self.valid,
            "hidden": self.hidden,
            "iterations": np.array(self.iterations, np.int64),
            "numbers": np.array(self.numbers, np.int64),
            "frames": np.stack(self.frames).astype(np.float32),
        }
        if self.pieces is not None:
            for name, array in vars(self.pieces).items():
                is_whole = array.dtype == np.int64
                arrays[f"pieces.{name}"] = array if is_whole else array.astype(np.float32)
        state = {
            "iteration": self.iterations[-1],
            "wells": self.wells,
            "pieces_at": self.pieces_at,
        }
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        write_whole(path, pack_tensors(tensors, {"state": json.dumps(state)}))


def load_film(path: Path) -> Film:
    """Read a film.

    Raises
    ------
    WeightsError
        It is damaged, cut short, of another format, or does not hang together.
    OSError
    """
    if path.stat().st_size > LARGEST:
        raise WeightsError(f"{path} is larger than any film; it is none that this package wrote")
    tensors, state = load_with_state(path)
    try:
        return _film_of({name: tensor.numpy() for name, tensor in tensors.items()}, state)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise WeightsError(f"{path} is no film that hangs together ({error})") from error


def _film_of(arrays: dict[str, NDArray[Any]], state: Mapping[str, Any]) -> Film:
    wells = tuple(map(str, state["wells"]))
    w, n = arrays["measured"].shape
    f = len(arrays["iterations"])
    a = arrays["frames"].shape[2]
    expected = {
        "curve": ((w,), np.int64),
        "measured": ((w, n), np.float32),
        "valid": ((w, n), np.bool_),
        "hidden": ((w, n), np.bool_),
        "iterations": ((f,), np.int64),
        "numbers": ((f,), np.int64),
        "frames": ((f, w, a, n), np.float32),
    }
    pieces: Pieces | None = None
    if "pieces.measured" in arrays:
        p = len(arrays["pieces.measured"])
        for name in ("measured", "generated"):
            expected[f"pieces.{name}"] = ((p, LENGTH), np.float32)
        for name in ("curve", "well", "window"):
            expected[f"pieces.{name}"] = ((p,), np.int64)
    for name, (shape, kind) in expected.items():
        if arrays[name].shape != shape or arrays[name].dtype != kind:
            raise ValueError(f"{name} is {arrays[name].dtype} {arrays[name].shape}")
    curves = [arrays[name] for name in expected if name.endswith("curve")]
    if not all(((one >= 0) & (one < len(CHANNELS))).all() for one in curves):
        raise ValueError("a curve that there is not")
    sizes = ((w, FILMED), (n, SHOWN), (f, MOST_FRAMES + 1), (a, 1 + NOISES))
    if not all(1 <= size <= most for size, most in sizes) or len(wells) != w:
        raise ValueError(f"{f} frames of {w} windows of {n} samples, {len(wells)} wells named")
    if (np.diff(arrays["iterations"], prepend=0) <= 0).any():
        raise ValueError("frames out of order")
    if not (arrays["hidden"] & arrays["valid"]).any(axis=1).all():
        raise ValueError("a window of which nothing is hidden")
    if "pieces.measured" in expected:
        pieces = Pieces(
            arrays["pieces.measured"].astype(np.float64),
            arrays["pieces.generated"].astype(np.float64),
            *(arrays[f"pieces.{name}"] for name in ("curve", "well", "window")),
        )
    return Film(
        curve=arrays["curve"],
        wells=wells,
        measured=arrays["measured"].astype(np.float64),
        valid=arrays["valid"],
        hidden=arrays["hidden"],
        iterations=arrays["iterations"].tolist(),
        frames=[*arrays["frames"].astype(np.float64)],
        pieces=pieces,
        pieces_at=int(state["pieces_at"]),
        numbers=arrays["numbers"].tolist(),
    )


class Watch:
    """Takes the frames of one experiment and measures them.

    Parameters
    ----------
    source : WindowSource
        Of wells held out, or of the training.
    settings : ExperimentSettings
    targets : sequence of str
        Curves that are learnt; others are neither shown nor measured.
    folder : Path
        Run folder; a film that is there is gone on with.
    iteration : int
        Where training stands.
    """

    def __init__(
        self,
        source: WindowSource,
        settings: ExperimentSettings,
        targets: Sequence[str],
        folder: Path,
        iteration: int,
    ) -> None:
        self.settings, self.path = settings, folder / FILM
        self._representation = source.representation
        size = min(settings.batch, WINDOWS)
        drawn = Batches(source, size, WATCH_SEED, fill=settings.fill, purpose="validation")
        numbers = range(-(-WINDOWS // size))
        self._batches = [drawn[number] for number in numbers]
        self._wells = np.concatenate([drawn.wells(number) for number in numbers])
        hidden = np.concatenate([batch.hidden.numpy() for batch in self._batches])
        learnt = np.array([name in targets for name in CHANNELS])
        self._hidden: BoolArray = hidden & learnt[:, None]  # (b, 11, n)
        truth = np.concatenate([batch.y.numpy() for batch in self._batches])
        self._truth = self._representation.undo(truth)
        self._pieces = _find_pieces(self._hidden)
        self._spans = _choose_spans(self._hidden, self._wells)
        self.film: Film | None = None
        if self._spans:
            valid = np.concatenate([batch.valid.numpy() for batch in self._batches])
            self.film = self._scene(truth, valid, source.names)
            self._filmed = _choose(self._batches, [window for window, _, _ in self._spans])
            self._go_on(iteration)

    def _scene(self, truth: NDArray[Any], valid: BoolArray, names: Sequence[str]) -> Film:
        return Film(
            curve=np.array([channel for _, channel, _ in self._spans], np.int64),
            wells=tuple(names[self._wells[window]] for window, _, _ in self._spans),
            measured=self._shown(self._representation.decode(truth))
            .astype(np.float32)
            .astype(np.float64),
            valid=self._shown(valid),
            hidden=self._shown(self._hidden),
        )

    def _shown(self, curves: NDArray[Any]) -> NDArray[Any]:
        """Return what the film shows of curves: (b, 11, n) -> (w, shown)."""
        n = min(SHOWN, curves.shape[-1])
        return np.stack([curves[b, c, top : top + n] for b, c, top in self._spans])

    def _go_on(self, iteration: int) -> None:
        """Take over the film that is there, if it is of the same places."""
        if not (iteration and self.path.exists()):
            return
        try:
            film = load_film(self.path)
        except (WeightsError, OSError) as error:
            warnings.warn(f"{error}; the film begins again", stacklevel=2)
            return
        if self.film is None or not self.film.same_scene(film):
            warnings.warn(f"{self.path} is of other windows; the film begins again", stacklevel=2)
            return
        film.cut_after(iteration)
        self.film = film

    def look(self, players: Players, iteration: int, best: bool) -> dict[str, float]:
        """Take a frame, and say what can be measured in it.

        Parameters
        ----------
        players : Players
        iteration : int
            Iterations done.
        best : bool
            Its pieces take the place of those of an earlier frame.

        Returns
        -------
        dict of str to float
            ``told apart`` and ``variety``, where they can be measured; without a discriminator
            nothing, as the noise means nothing there.
        """
        if self.film is None:
            return {}
        plain = np.zeros(self._truth.shape, np.float32)
        plain[[window for window, _, _ in self._spans]] = self._answer(players, [self._filmed])
        count = NOISES if players.discriminator is not None else 0
        noisy = [self._answer(players, self._batches, seed) for seed in range(count)]
        shown = [self._shown(self._representation.decode(one)) for one in (plain, *noisy)]
        frame = np.stack(shown, axis=1)
        if not all(np.isfinite(one).all() for one in (frame, *noisy)):
            return {}  # training is about to say so
        measured: dict[str, float] = {}
        if noisy:
            answers = [self._representation.undo(one) for one in noisy]
            measured = self._measure(answers, iteration, best)
        self.film.add(iteration, -(-iteration // self.settings.validation_interval), frame)
        self.film.save(self.path)
        return measured

    def _measure(
        self, answers: Sequence[FloatArray], iteration: int, best: bool
    ) -> dict[str, float]:
        hidden, found = self._hidden, {}
        found["variety"] = variety(np.stack([one[hidden] for one in answers]), self._truth[hidden])
        window, channel, at = self._pieces
        if len(window):
            pieces = Pieces(
                measured=self._truth[window[:, None], channel[:, None], at],
                generated=answers[0][window[:, None], channel[:, None], at],
                curve=channel,
                well=self._wells[window].astype(np.int64),
                window=window,
            )
            told = told_apart(pieces.measured, pieces.generated, pieces.groups, pieces.curve)
            if told is not None:
                found["told apart"] = told
            assert self.film is not None
            if best or self.film.pieces is None:
                self.film.pieces, self.film.pieces_at = pieces, iteration
        return found

    def _answer(
        self, players: Players, batches: Sequence[Tensors], seed: int | None = None
    ) -> NDArray[Any]:
        """Return answers to one noise, or to none, shape (b, 11, n), as represented."""
        given = []
        for number, batch in enumerate(batches):
            z = None if seed is None else _noise(batch, self.settings, [WATCH_SEED, seed, number])
            device = players.fabric.device
            answer = players.answer(batch.to(device), None if z is None else z.to(device))
            given.append(answer.cpu().numpy())
        return np.concatenate(given)


def _choose(batches: Sequence[Tensors], windows: Sequence[int]) -> Tensors:
    """Return some windows of batches as one batch."""
    columns = zip(*(vars(batch).values() for batch in batches), strict=True)
    return Tensors(*(torch.cat(column)[list(windows)] for column in columns))


def _noise(batch: Tensors, settings: ExperimentSettings, seed: list[int]) -> Tensor:
    shape = (len(batch.x), settings.network.noise_channels, batch.x.shape[-1])
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, np.float32))


def _find_pieces(hidden: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """Cut what is hidden into pieces: windows and channels, shape (p,), and rows, (p, 64)."""
    found = [
        (window, channel, top)
        for window, channel in np.argwhere(hidden.any(axis=2))
        for first, last in runs_of(hidden[window, channel])
        for top in range(first, last - LENGTH + 1, LENGTH)
    ]
    places = np.array(found, np.int64).reshape(-1, 3)
    if len(places) > MOST_PIECES:
        places = places[np.linspace(0, len(places) - 1, MOST_PIECES).astype(int)]
    return places[:, 0], places[:, 1], places[:, 2, None] + np.arange(LENGTH)


def _choose_spans(hidden: BoolArray, wells: NDArray[np.intp]) -> list[tuple[int, int, int]]:
    """Choose what is filmed: windows, channels and first rows; other curves first, other wells.

    The longest hidden run of a curve in a window is shown from a little above it.
    """
    places = np.argwhere(hidden.any(axis=2)).tolist()
    chosen: list[tuple[int, int]] = []
    while places and len(chosen) < FILMED:
        curves = [channel for _, channel in chosen]
        seen = [wells[window] for window, _ in chosen]
        window, channel = min(
            places, key=lambda place: (curves.count(place[1]), seen.count(wells[place[0]]))
        )
        chosen.append((window, channel))
        places = [place for place in places if place[0] != window]  # one curve of a window
    return [(window, channel, _top(hidden[window, channel])) for window, channel in chosen]


def _top(hidden: BoolArray) -> int:
    """Return the first row that is shown of a curve, shape (n,)."""
    first, last = max(runs_of(hidden), key=lambda run: run[1] - run[0])
    # Of a short run its surroundings on both sides.
    top = (first + last - SHOWN) // 2 if last - first < SHOWN - MARGIN else first - MARGIN
    return max(0, min(top, len(hidden) - SHOWN))
