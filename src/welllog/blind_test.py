"""A blind test of models on one curve of one well: how they would have done where it is known.

Intervals as long as the gap in question are hidden where the curve was measured and restored as
the gap is, by the same call; the errors are those of this curve, in this well, at this length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from welllog.checkpoint import load_model
from welllog.evaluation import in_training
from welllog.features import well_as_seen
from welllog.gaps import Gap
from welllog.mnemonics import catalogue
from welllog.progress import Progress
from welllog.restoration import RestorationError, RestoredCurve, restore
from welllog.scenarios import LARGEST_SHARE, draw_intervals
from welllog.splicing import edge_jump
from welllog.well import Well

__all__ = [
    "RIVALS",
    "BlindScore",
    "BlindTest",
    "BlindTestError",
    "hide_known",
    "longest_hidden",
    "said_in_lines",
    "score_blind",
]

FloatArray = NDArray[np.float64]

RIVALS = ("interpolation", "lightgbm-edge")
"""What a model has to beat: a straight line, and boosting tied to the edges of the interval."""
COUNT = 6
"""Intervals hidden, as many as fit."""
_ALIKE = 2.0
"""Errors grow with length: a test says little of intervals that are more than twice as long."""


class BlindTestError(ValueError):
    """Too little of a curve is known to hide some of it."""


@dataclass(frozen=True)
class BlindScore:
    """What one model scored; in the curve's own unit, in decades for a logarithmic curve."""

    rmse: float
    bias: float
    coverage: float
    """Share of the hidden samples inside the 90 % band; NaN where the model gives none."""
    width: float
    """Mean width of the band."""
    jump: float
    """Mean step where the fill meets what was measured."""
    samples: int


@dataclass(frozen=True, eq=False)
class BlindTest:
    """Intervals hidden in one curve, what each model made of them, and the truth."""

    curve: str
    """The well's own mnemonic."""
    unit: str
    """Of the errors: the curve's, or ``decades``."""
    length: float
    """Of the intervals, in index units."""
    intervals: tuple[tuple[float, float], ...]
    truth: FloatArray
    """Shape (n,): what was measured in the intervals, NaN elsewhere."""
    fills: Mapping[str, RestoredCurve]
    """By the model's name."""
    seed: int = 0
    flattered: tuple[str, ...] = ()
    """Models that learnt from this very well, and answer by what they learnt from it."""
    failed: Mapping[str, str] | None = None
    """Models that gave no answer, and why."""

    def is_like(self, length: float) -> bool:
        """Say whether it tells of an interval of this length, in index units: about as long."""
        return max(length, self.length) <= _ALIKE * min(length, self.length)

    def score(self, model: str) -> BlindScore:
        """Return what a model scored.

        Raises
        ------
        KeyError
            The model was not tested.
        """
        fill = self.fills[model]
        scored = np.isfinite(self.truth) & np.isfinite(fill.median)
        parts = (self.truth, fill.values, fill.lower, fill.upper)
        truth, values, lower, upper = (
            np.log10(part) if self.unit == "decades" else part for part in parts
        )
        error = (values - truth)[scored]
        banded = scored & np.isfinite(lower) & np.isfinite(upper)
        inside = (truth[banded] >= lower[banded]) & (truth[banded] <= upper[banded])
        return BlindScore(
            rmse=float(np.sqrt(np.mean(error**2))),
            bias=float(error.mean()),
            coverage=float(inside.mean()) if banded.any() else np.nan,
            width=float((upper - lower)[banded].mean()) if banded.any() else np.nan,
            jump=edge_jump(values, np.isfinite(fill.median)),
            samples=int(scored.sum()),
        )

    def scores(self) -> dict[str, BlindScore]:
        """Return the scores of all models, the best first."""
        scores = {model: self.score(model) for model in self.fills}
        return dict(sorted(scores.items(), key=lambda item: item[1].rmse))


def score_blind(
    well: Well,
    curve: str,
    length: float,
    models: Sequence[str] = ("default",),
    *,
    count: int = COUNT,
    seed: int = 0,
    spoiled: Sequence[tuple[float, float]] = (),
    device: str = "auto",
    progress: Progress | None = None,
) -> BlindTest:
    """Hide intervals of a curve where it is known, and let models and ``RIVALS`` restore them.

    Parameters
    ----------
    well : Well
    curve : str
        Own or canonical mnemonic.
    length : float
        Of an interval, in index units; at most a third of what was measured is hidden at once.
    models : sequence of str
        Names or files.
    count : int
        So many intervals, or as many as fit.
    seed : int
        The same seed hides the same.
    spoiled : sequence of (top, base)
        Where the curve is not to be believed: no model sees it there and none is scored.
    device : {"auto", "cpu", "cuda", "mps"}
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Raises
    ------
    CurveNotFoundError
        The well has no such curve.
    BlindTestError
        Too little of the curve was measured, or no model gave an answer.
    """
    own = well.find(curve)
    kind = catalogue().kind(own)
    well = _without(well, own, spoiled)
    intervals = hide_known(well, own, length, count, seed)
    hidden = np.zeros(len(well.index), bool)
    for top, base in intervals:
        hidden |= (well.index >= top) & (well.index <= base)
    fills: dict[str, RestoredCurve] = {}
    failed: dict[str, str] = {}
    flattered = []
    asked = list(dict.fromkeys([*models, *RIVALS]))
    logs = well_as_seen(well)
    for done, model in enumerate(asked):

        def part(fraction: float, message: str, done: int = done, model: str = model) -> None:
            if progress:
                progress((done + fraction) / len(asked), f"blind test of {model}")

        part(0.0, "")
        restorer = load_model(model, device)
        try:
            run = restore(well, own, intervals, restorer, progress=part)
        except RestorationError as error:
            failed[model] = str(error)
            continue
        name = run.model if model == "default" else model
        fills[name] = run[own]
        if in_training(restorer, logs.well, well) == "flattered":
            flattered.append(name)
    if not fills:
        raise BlindTestError("; ".join(failed.values()))
    unit = "decades" if kind is not None and kind.log10 else (well.curves[own].units or "")
    truth = np.where(hidden & _believable(well, own), well.values(own), np.nan)
    return BlindTest(
        own, unit, float(length), tuple(intervals), truth, fills, seed, tuple(flattered), failed
    )


def hide_known(
    well: Well, curve: str, length: float, count: int = COUNT, seed: int = 0
) -> list[tuple[float, float]]:
    """Draw intervals of a measured curve, (top, base) in index units, smaller depth first.

    Raises
    ------
    BlindTestError
        None of that length fits: a third of what was measured is the longest.
    """
    own = well.find(curve)
    known = _believable(well, own)
    longest = longest_hidden(well, own)
    if not 0 < length <= longest:
        raise BlindTestError(
            f"{own} is measured over {known.sum() * well.step:.0f} {well.index_unit}; an interval "
            f"of {length:g} cannot be hidden in it; choose one of at most {longest:.0f}"
        )
    fitting = max(int(longest / length), 1)
    random = np.random.default_rng(seed)
    drawn = draw_intervals(known, max(length / well.step, 1.0), min(count, fitting), random)
    if not drawn:
        raise BlindTestError(
            f"{own} has no stretch of {length:g} {well.index_unit} that is measured, with edges "
            "above and below; choose a shorter interval"
        )
    ends = (Gap(own, top, base).depths(well.index) for top, base in drawn)
    return sorted((min(span), max(span)) for span in ends)


def _without(well: Well, own: str, spoiled: Sequence[tuple[float, float]]) -> Well:
    """Return the well with a curve null in some intervals."""
    if not spoiled:
        return well
    values = well.values(own).copy()
    for top, base in spoiled:
        values[(well.index >= top) & (well.index <= base)] = np.nan
    cleaned = well.copy()
    unit = cleaned.curves[own].units or ""
    order = list(cleaned.curves)
    del cleaned.curves[own]
    cleaned.add_curve(own, values, unit=unit)
    cleaned.curves = {name: cleaned.curves[name] for name in order}
    return cleaned


def _believable(well: Well, own: str) -> NDArray[np.bool_]:
    """Return where a curve was measured and can be true, shape (n,): no casing arrivals."""
    known = np.isfinite(well.values(own))
    canonical = catalogue().canonical(own)
    if canonical is None or well.canonical.get(canonical) != own:
        return known
    logs = well_as_seen(well)
    if canonical not in logs.curves:
        return known
    seen = np.isfinite(logs.curves[canonical]).astype(np.float64)
    return known & (logs.to_own_index(seen) > 0.5)


def longest_hidden(well: Well, curve: str, spoiled: Sequence[tuple[float, float]] = ()) -> float:
    """Return the longest interval that can be hidden in a curve, in index units."""
    own = well.find(curve)
    known = _believable(_without(well, own, spoiled), own)
    return float(LARGEST_SHARE * known.sum() * well.step)


def said_in_lines(test: BlindTest, index_unit: str) -> Iterator[str]:
    """Yield the scores as lines a person reads."""
    many = len(test.intervals)
    yield (
        f"{test.curve}: {many} interval{'s' * (many != 1)} of {test.length:g} {index_unit} hidden "
        "where it was measured"
    )
    for model, score in test.scores().items():
        band = f", {score.coverage:.0%} in the 90 % band" if np.isfinite(score.coverage) else ""
        learnt = "; learnt from this well" if model in test.flattered else ""
        yield f"{model}: error {score.rmse:.3g} {test.unit}{band}{learnt}"
