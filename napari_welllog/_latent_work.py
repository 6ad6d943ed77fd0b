"""What the Latent space dock asks of the engine, in another thread: nothing here loads torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from welllog.gaps import find_gaps
from welllog.latent_limits import IGNORED
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from welllog.latent import Landscape, LatentSpace
    from welllog.neural import Neural
    from welllog.well import Well

Report = Callable[[float, str], None]
Point = tuple[float, float, float]

ORIGIN: Point = (0.0, 0.0, 0.0)
PER_SIDE, PER_EDGE, STEPS = 17, 9, 9
"""Points of a map, of a cube, of a walk."""
_HOW = "'welllog train wells/ -o net.model --method unet' makes one."
ADVICE = f"Only networks have a noise to explore: {_HOW}"


@dataclass(frozen=True)
class Condition:
    """Of what the noise is explored."""

    neural: Neural
    model: str
    """Path of the model."""
    well: Well
    curve: str
    """Canonical."""
    top: float
    base: float
    """In the index's unit."""

    def is_like(self, other: Condition) -> bool:
        """Return whether both are answered alike."""
        same = self.well is other.well and self.neural is other.neural
        mine, theirs = ((each.curve, each.top, each.base) for each in (self, other))
        return same and mine == theirs

    @property
    def title(self) -> str:
        """Curve and depths."""
        return f"{self.curve}, {self.top:.1f}\N{EN DASH}{self.base:.1f} {self.well.index_unit}"


@dataclass
class Explored:
    """The noise of one condition, and what is known of it so far."""

    condition: Condition
    space: LatentSpace
    variety: float
    plane: Landscape
    height: float
    """The z of the plane."""
    origin: Answer
    depth: NDArray[np.float64]
    """Of the fills, in the index's unit, shape (k,)."""
    around: tuple[NDArray[np.float64], NDArray[np.float64]]
    """Depths in the index's unit and what was measured there and near, in the catalogue's unit."""
    cube: Landscape | None = None
    walk: NDArray[np.float64] | None = None
    """Fills from A to B, in the catalogue's unit."""
    lock: Lock = field(default_factory=Lock)
    """Held while the network is asked."""


@dataclass(frozen=True)
class Answer:
    """What is generated at a point."""

    point: Point
    fill: NDArray[np.float64]
    """In the catalogue's unit, shape (k,)."""
    layers: Sequence[tuple[str, float]]
    """Mean activation of each."""
    walk: NDArray[np.float64] | None = None
    """Fills from A to B, where they were asked for."""


def open_network(path: str, report: Report) -> Neural:
    """Read a network; what is none is refused in one line that says what would do."""
    from welllog.checkpoint import ModelError, list_models, load_network

    report(0.0, f"Loading {Path(path).name}")
    if path in {"default", *(card["name"] for card in list_models())}:
        raise ModelError(f"{path} is no network. {ADVICE}")
    try:
        return load_network(path)
    except ModelError as error:
        said = str(error).split("; ")[0]  # what it advises is for other models too
        raise ModelError(f"{said}. {ADVICE}") from error


def explore(condition: Condition, report: Report) -> Explored:
    """Map the plane of a new condition."""
    from welllog.latent import LatentSpace, in_unit, metres_of

    report(0.0, "Looking at the well")
    well = condition.well
    ends = sorted((condition.top, condition.base))
    space = LatentSpace.of(condition.neural, well, condition.curve, ends)
    variety = space.variety()
    plane = space.plane(PER_SIDE, progress=report)
    return Explored(
        condition=condition,
        space=space,
        variety=variety,
        plane=plane,
        height=0.0,
        origin=_answer(space, ORIGIN, in_unit),
        depth=space.depth / metres_of(well),
        around=_measured(condition, *ends),
    )


def _measured(
    condition: Condition, top: float, base: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return depths and values of the curve in the interval, and a third of it on either side."""
    well = condition.well
    order = np.argsort(well.index)
    depth = well.index[order]
    near = (depth >= top - (base - top) / 3) & (depth <= base + (base - top) / 3)
    own = well.canonical.get(condition.curve)
    if own is None:
        return depth[near], np.full(int(near.sum()), np.nan)
    return depth[near], well.canonical_values(own)[order][near]


def _answer(space: LatentSpace, point: Point, in_unit: Any) -> Answer:
    fill = in_unit(space.target, space.answers([point])[0])
    return Answer(point, fill, space.activations(point))


def ask(
    explored: Explored, point: Point, ends: tuple[Point, Point] | None, report: Report
) -> Answer:
    """Answer a point, and the walk between two where they are given."""
    from welllog.latent import in_unit

    space = explored.space
    with explored.lock:
        answer = _answer(space, point, in_unit)
        if ends is None:
            return answer
        walk = in_unit(space.target, space.walk(*ends, STEPS))
    return Answer(answer.point, answer.fill, answer.layers, walk)


def map_height(explored: Explored, height: float, report: Report) -> Landscape:
    """Map the plane of x and y at another z."""
    with _by_turns(explored.lock, report) as progress:
        return explored.space.plane(PER_SIDE, through=(0.0, 0.0, height), progress=progress)


def map_cube(explored: Explored, report: Report) -> Landscape:
    """Map the cube."""
    with _by_turns(explored.lock, report) as progress:
        return explored.space.cube(PER_EDGE, progress=progress)


@contextmanager
def _by_turns(lock: Lock, report: Report) -> Iterator[Report]:
    """Hold a lock, but let others have it whenever progress is reported."""

    def progress(share: float, message: str) -> None:
        report(share, message)
        lock.release()
        time.sleep(0.002)  # a thread that only lets go takes it again at once
        lock.acquire()

    with lock:
        yield progress


@dataclass(frozen=True)
class Refusal:
    """What a user has to put right, in one line."""

    words: str


def refusing(work: Callable[[Report], Any]) -> Callable[[Report], Any]:
    """Make work return what it refuses, rather than raise it: it is no fault of the program."""

    def politely(report: Report) -> Any:
        from napari_welllog._jobs import describe_error

        try:
            return work(report)
        except (ValueError, OSError) as error:
            return Refusal(describe_error(error))

    return politely


def opening(path: str) -> Callable[[Report], Any]:
    """Return the work of reading a network."""
    return refusing(partial(open_network, path))


def list_curves(well: Well, targets: Sequence[str]) -> list[tuple[str, str]]:
    """Return canonical name and label of what a network predicts, those measured first."""
    own = well.canonical
    there = [(name, name if own[name] == name else f"{name} ({own[name]})")
             for name in targets if name in own]  # fmt: skip
    return there + [(name, f"{name}, not measured") for name in targets if name not in own]


def list_intervals(
    neural: Neural, well: Well, curve: str, picked: Sequence[tuple[float, float]]
) -> list[tuple[str, tuple[float, float]]]:
    """Return label and ends of the intervals that offer themselves: picked, gaps, the middle."""

    def say(what: str, span: tuple[float, float]) -> tuple[str, tuple[float, float]]:
        return f"{what} {min(span):.0f}", (min(span), max(span))

    offered = [say("picked at", span) for span in picked]
    own = well.canonical.get(curve)
    index = np.sort(well.index[np.isfinite(well.index)])
    if not len(index):
        return []
    known = index
    if own is not None:
        offered += [say("gap at", gap.depths(well.index)) for gap in find_gaps(well, [own])]
        measured = np.sort(well.index[np.isfinite(well.values(own))])
        known = measured if len(measured) else index
    from welllog.latent import metres_of, middle_length

    middle, half = float(known[len(known) // 2]), middle_length(neural) / metres_of(well) / 2
    span = max(middle - half, float(index[0])), min(middle + half, float(index[-1]))
    return [*offered, ("middle", span)]


def unit_of(curve: str) -> str:
    """Return the unit of a curve, as the catalogue has it."""
    return catalogue().kinds[curve].unit


def is_log(curve: str) -> bool:
    """Return whether a curve is told by its logarithm."""
    return catalogue().kinds[curve].log10


def say_variety(variety: float) -> str:
    """Return what it means for the map, in one or two sentences."""
    if variety >= IGNORED:
        return (
            f"Variety {variety:.2f}: answers to other noises scatter {variety:.0%} as far as the "
            "network errs."
        )
    return (
        f"Variety {variety:.2f}: this network ignores its noise, so map and sample hardly change. "
        "Trained with --set loss=crps a network uses it."
    )
