"""What was filled: every interval of every restored curve, and what the model could see there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from welllog.features import runs_of
from welllog.gaps import GapSettings, find_gaps
from welllog.hypertext import Markup, element, table
from welllog.judgement import Judgement, Scored
from welllog.makers import UNKNOWN, models_within, say_models
from welllog.mnemonics import catalogue
from welllog.restoration import Restoration, RestoredCurve
from welllog.splicing import MEASURED, OUTSIDE
from welllog.tracks import choose_track_curve
from welllog.well import Well

__all__ = [
    "Fill",
    "Left",
    "depth",
    "find_left",
    "list_fills",
    "nearest_test",
    "per_cent",
    "said_error",
    "said_samples",
    "show_fills",
    "show_left",
    "tested_as",
    "trained_alike",
]

_HASHES = ("file_sha256", "weights_sha256", "trees_sha256")
_MOST_ROWS = 200


@dataclass(frozen=True)
class Fill:
    """One interval of one curve that a restoration filled."""

    curve: str
    """The well's own mnemonic."""
    canonical: str
    unit: str
    top: float
    """Of the first sample that was filled, in index units: the lesser of the two ends."""
    base: float
    length_m: float
    """Metres of curve that the samples stand for; NaN where the index is no depth."""
    samples: int
    replaced: int
    """Samples that were measured."""
    outside: int
    """Samples outside the model's experience."""
    half_width: float
    """Half the median width of the 90 % band, in the curve's unit; of a curve with decades, in
    decades; NaN where there is no band."""
    seen: Mapping[str, float]
    """Own mnemonic of each other curve that the model looks at -> share of the samples where it is
    measured."""
    task: str
    """What a blind test calls it: gap, blackout (no other curve there) or blind (a whole curve)."""
    models: tuple[Mapping[str, Any], ...] = ()
    """What is on record of each model whose answer stands in it; see ``makers.models_within``."""
    step: int = 0
    """Place of its restoration among those reported."""
    error_on_others: float | None = None
    """Of a whole curve: the model's errors on the well's other curves, over the usual ones."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-able numbers."""
        said = {key: value for key, value in asdict(self).items() if key != "models"}
        return said | {"by": self.made_by}

    @property
    def made_by(self) -> str:
        """By what it was filled, in words; blank where that is not on record."""
        return say_models(self.models)


def list_fills(restorations: Iterable[Restoration]) -> list[Fill]:
    """Return what restorations filled: by restoration, curve and depth."""
    return [
        fill
        for step, restoration in enumerate(restorations)
        for curve in restoration.curves.values()
        for fill in _fills_of(restoration, curve, step)
    ]


def _fills_of(restoration: Restoration, curve: RestoredCurve, step: int) -> Iterator[Fill]:
    well = restoration.well
    own = curve.mnemonic
    whole = any(gap.reason == "synthesis" for gap in curve.gaps)
    measured = well.values(own) if own in well.curves else np.full(len(well.index), np.nan)
    # Where the file names no unit, the tracks say which was taken.
    unit = choose_track_curve(well, own).unit if own in well.curves else curve.unit
    others = {
        name: np.isfinite(well.values(name))
        for name in curve.inputs.values()
        if name != own and name in well.curves
    }
    fills = []
    for first, last in runs_of(curve.flag != MEASURED):
        rows = slice(first, last)
        top, base = sorted((float(well.index[first]), float(well.index[last - 1])))
        seen = {name: float(known[rows].mean()) for name, known in others.items()}
        gap = "gap" if sum(seen.values()) >= 0.5 else "blackout"
        fills.append(
            Fill(
                own,
                curve.canonical,
                unit,
                top,
                base,
                well.length_of(top, base) * well.metres_per_unit,
                last - first,
                0 if whole else int(np.isfinite(measured[rows]).sum()),
                int((curve.flag[rows] == OUTSIDE).sum()),
                _half_width(curve, rows),
                seen,
                "blind" if whole else gap,
                tuple(models_within(restoration.record, own, top, base)),
                step,
                curve.error_on_others,
            )
        )
    yield from sorted(fills, key=lambda fill: fill.top)


def _half_width(curve: RestoredCurve, rows: slice) -> float:
    lower, upper = curve.lower[rows], curve.upper[rows]
    if _has_decades(curve.canonical):
        with np.errstate(invalid="ignore", divide="ignore"):
            lower, upper = np.log10(lower), np.log10(upper)
    width = upper - lower
    width = width[np.isfinite(width)]
    return float(np.median(width)) / 2 if len(width) else float("nan")


def _has_decades(canonical: str) -> bool:
    kind = catalogue().kind(canonical)
    return kind is not None and kind.log10


def said_error(value: float, canonical: str, unit: str = "") -> str:
    """Say an error, or half a band: with its unit, as a factor of a curve with decades."""
    if not np.isfinite(value):
        return "\N{EN DASH}"
    if _has_decades(canonical):
        return f"\N{MULTIPLICATION SIGN}\N{DIVISION SIGN} {10.0**value:.3g}"
    return f"{value:.3g} {unit}".rstrip()


def said_samples(samples: int, replaced: int) -> str:
    """Say how many samples a restoration gave, and whether any were measured."""
    if not replaced:
        return f"{samples} samples filled"
    if replaced == samples:
        return f"{samples} measured samples replaced"
    return f"{samples - replaced} samples filled and {replaced} measured ones replaced"


def per_cent(share: float) -> str:
    """Write a share as per cent."""
    return f"{100 * share:.0f} %"


def depth(value: float) -> str:
    """Write a depth as in a table."""
    return f"{value:.2f}"


def trained_alike(on_record: Mapping[str, Any], tested: Mapping[str, Any]) -> bool:
    """Say whether the model that was tested is that on record: its name, and hashes where known."""
    if not on_record or on_record.get("name") != tested.get("name"):
        return False
    shared = [key for key in _HASHES[1:] if key in on_record and key in tested]
    return all(on_record[key] == tested[key] for key in shared)


def tested_as(models: Sequence[Mapping[str, Any]], blind: Judgement) -> str | None:
    """Return by which name the model that filled something was tested.

    None where it was not, or where several had a part: their mean is none of them.
    """
    if len(models) != 1:
        return None
    for name, described in {blind.model: blind.described, **blind.rivals}.items():
        if trained_alike(models[0], described):
            return name
    return None


def nearest_test(fill: Fill, blind: Judgement | str | None) -> Scored | None:
    """Return the score of the test that is most like a fill, if its model was tested."""
    if not isinstance(blind, Judgement) or fill.canonical not in blind.curves:
        return None
    name = tested_as(fill.models, blind)
    if name is None:
        return None
    return blind.nearest(fill.canonical, fill.length_m, fill.task, name)


def show_fills(fills: list[Fill], well: Well, blind: Judgement | str | None) -> Markup:
    """Return the table of fills; with what the blind test says of each where it was run."""
    tested = isinstance(blind, Judgement)
    several = len({fill.made_by for fill in fills}) > 1
    unit = well.index_unit
    heads = [
        "curve", *(["by"] if several else []), f"top, {unit}", f"base, {unit}", "length, m",
        "samples", "replaced", "outside",
        "90 % band, \N{PLUS-MINUS SIGN}", *(["error in test"] if tested else []), "measured there",
    ]  # fmt: skip
    rows = []
    for fill in fills[:_MOST_ROWS]:
        like = nearest_test(fill, blind)
        error = "\N{EN DASH}"
        if like:
            where = f"at {like.length_m:g} m" if like.length_m > 0 else "of a whole curve"
            error = f"{said_error(like.rmse, fill.canonical, fill.unit)} {where}"
        length = f"{fill.length_m:.1f}" if np.isfinite(fill.length_m) else "\N{EN DASH}"
        rows.append(
            [
                fill.curve, *([fill.made_by or UNKNOWN] if several else []),
                depth(fill.top), depth(fill.base), length, fill.samples,
                fill.replaced or "", fill.outside or "",
                said_error(fill.half_width, fill.canonical, fill.unit),
                *([error] if tested else []), _said_seen(fill),
            ]
        )  # fmt: skip
    first = 1 + several
    shown = table(heads, rows, numbers=range(first, first + 7 + tested))
    if len(fills) > _MOST_ROWS:
        rest = f"and {len(fills) - _MOST_ROWS} more intervals, which are in the file"
        return Markup(shown + element("p", rest, class_="soft"))
    return shown


def _said_seen(fill: Fill) -> str:
    if not fill.seen:
        return "the curve itself, above and below"
    parts = [
        name if share > 0.95 else f"{name} ({per_cent(share)})"
        for name, share in fill.seen.items()
        if share > 0.05
    ]
    return ", ".join(parts) or "nothing: filled from above and below"


@dataclass(frozen=True)
class Left:
    """Gaps or doubtful stretches of one curve that were not filled."""

    curve: str
    reason: str
    count: int
    metres: float
    longest: tuple[float, float]
    """Top and base of the longest, in index units."""


def find_left(well: Well, restorations: Iterable[Restoration]) -> list[Left]:
    """Return what was found missing or doubtful in curves that models know, and was not filled."""
    filled: dict[str, Any] = {}
    for restoration in restorations:
        for own, curve in restoration.curves.items():
            filled[own] = filled.get(own, False) | (curve.flag != MEASURED)
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for gap in find_gaps(well, list(well.canonical.values()), settings=GapSettings.with_quality()):
        done = filled.get(gap.curve)
        if done is None or not done[gap.top : gap.base].all():
            found.setdefault((gap.curve, gap.reason), []).append((gap.top, gap.base))
    left = []
    metres = np.nan_to_num(well.step) * well.metres_per_unit
    for (own, reason), gaps in found.items():
        top, base = max(gaps, key=lambda gap: gap[1] - gap[0])
        ends = sorted((float(well.index[top]), float(well.index[base - 1])))
        total = sum(base - top for top, base in gaps) * metres
        left.append(Left(own, reason, len(gaps), total, (ends[0], ends[1])))
    return left


def show_left(left: list[Left], well: Well) -> Markup:
    """Return what was not filled, as a table."""
    rows = [
        [
            entry.curve,
            "no value" if entry.reason == "null" else entry.reason,
            entry.count,
            f"{entry.metres:.1f}" if np.isfinite(entry.metres) else "\N{EN DASH}",
            f"{depth(entry.longest[0])} to {depth(entry.longest[1])}",
        ]
        for entry in left
    ]
    heads = ["curve", "what", "stretches", "metres", f"longest, {well.index_unit}"]
    return table(heads, rows, numbers=(2, 3))
