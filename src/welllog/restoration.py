"""Restore intervals of a curve, or synthesise a whole one: the stretch of the spine that predicts.

``restore`` and ``synthesize`` bring a well into model space, ask a restorer, bring the answer back
to the well's own index and units, and add the new curves and the record of what was done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from welllog.extrapolation import is_unusual, say_error_on_others
from welllog.features import (
    INPUTS,
    AlsoError,
    LogSet,
    from_model_space,
    hidden_with,
    well_as_seen,
)
from welllog.gaps import Gap, describe_clipped
from welllog.mnemonics import CurveKind, catalogue
from welllog.progress import Progress
from welllog.provenance import hash_curves, stamp
from welllog.realisations import draw_realisations, no_textures
from welllog.requests import Asked, RestorationError, list_jobs
from welllog.splicing import FILLED, MEASURED, OUTSIDE, REPLACED, splice
from welllog.uncertainty import Calibration
from welllog.well import CurveNotFoundError, Well

if TYPE_CHECKING:
    from pathlib import Path

    from welllog.baselines import Restorer

__all__ = [
    "Restoration",
    "RestorationError",
    "RestoredCurve",
    "add_restored",
    "restore",
    "synthesize",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class RestoredCurve:
    """One restored or synthesised curve, on the well's own index and in the curve's own unit."""

    mnemonic: str
    canonical: str
    unit: str
    values: FloatArray
    """Shape (n,): the joined curve (restoration), or the prediction everywhere (synthesis)."""
    median: FloatArray
    """Shape (n,): the prediction, NaN where none was made."""
    lower: FloatArray
    """Shape (n,): 5 % quantile, NaN where nothing was filled."""
    upper: FloatArray
    """Shape (n,): 95 % quantile."""
    flag: NDArray[np.int8]
    """Shape (n,): 0 measured (or null), 1 filled, 2 measured but replaced, 3 filled or replaced
    outside the model's experience."""
    gaps: list[Gap]
    """What was filled."""
    replaced: int = 0
    """So many samples were measured, and are replaced."""
    inputs: dict[str, str] = field(default_factory=dict)
    """Canonical -> own mnemonic of the curves that the model looked at."""
    realisations: Sequence[FloatArray] = ()
    """As ``values``, shape (n,) each, with a plausible fill in place of the likeliest."""
    error_on_others: float | None = None
    """Of a whole curve, where the model tells: its errors on the well's other curves, foretold as
    if they were blind too, over the usual ones; above ``extrapolation.UNUSUAL`` it is said."""

    def __repr__(self) -> str:
        """Say it in one line: the arrays alone fill a screen."""
        return self._said()

    def _said(self, where: str = "") -> str:
        filled, outside = int((self.flag != MEASURED).sum()), int((self.flag == OUTSIDE).sum())
        return (
            f"{self.mnemonic}: {filled} samples in {len(self.gaps)} "
            f"interval{'s' * (len(self.gaps) != 1)}{where}"
            + (f", {outside} outside experience" if outside else "")
            + self._band()
            + self._strange()
        )

    def _band(self) -> str:
        """Return the median half width of the band; of a curve with decades, the factor."""
        kind = catalogue().kind(self.mnemonic)
        known = np.isfinite(self.lower) & np.isfinite(self.upper)
        if not known.any():
            return ""
        lower, upper = self.lower[known], self.upper[known]
        if kind is not None and kind.log10 and (lower > 0).all():
            return f", 90 % band × or ÷ {np.median(np.sqrt(upper / lower)):.2g}"
        return f", 90 % band ±{np.median(upper - lower) / 2:.2g} {self.unit}".rstrip()

    def _strange(self) -> str:
        ratio = self.error_on_others
        return f", {say_error_on_others(ratio)}" if is_unusual(ratio) else ""


@dataclass(frozen=True)
class Restoration(Mapping[str, RestoredCurve]):
    """What ``restore`` returns: ``r["DTC"].values``, ``r.well``, ``r.record``."""

    well: Well
    """The well with the new curves; the measured ones are untouched."""
    curves: dict[str, RestoredCurve]
    model: str
    """Its name, after that of its file where it was read from one."""
    record: dict[str, Any]
    """All that is needed to repeat the run; goes into the file's side-car."""
    seconds: float
    skipped: dict[str, str] = field(default_factory=dict)
    """Curves that were asked for in general ("every gap") but could not be filled, and why."""

    def __repr__(self) -> str:
        """Say in three lines which well, what was filled, and with which band."""
        lines = [f"Restoration of well {self.well.name} by {self.model} in {self.seconds:.1f} s"]
        curves = list(self.curves.values())
        for curve in curves[:2]:
            ends = [depth for gap in curve.gaps for depth in gap.depths(self.well.index)]
            lines.append(
                f"  {curve._said(f' from {min(ends):g} to {max(ends):g} {self.well.index_unit}')}"
            )
        if len(curves) > 2:
            rest = ", ".join(curve.mnemonic for curve in curves[1:])
            lines[2:] = [f"  and {len(curves) - 1} more curves: {rest}"]
        asked = self.record.get("asked", {}).get("intervals")
        lines += [f"  {line}" for line in describe_clipped(self.well, asked)]
        return "\n".join(lines if curves else [*lines, "  nothing filled"])

    def __getitem__(self, mnemonic: str) -> RestoredCurve:
        if mnemonic in self.curves:
            return self.curves[mnemonic]
        canonical = catalogue().canonical(mnemonic)
        for curve in self.curves.values():
            if curve.mnemonic.upper() == mnemonic.upper() or (
                canonical is not None and curve.canonical == canonical
            ):
                return curve
        raise KeyError(mnemonic)

    def __iter__(self) -> Iterator[str]:
        return iter(self.curves)

    def __len__(self) -> int:
        return len(self.curves)


def restore(
    well: Well,
    curves: str | Sequence[str] | None = None,
    intervals: Sequence[tuple[float, float]] | None = None,
    model: str | Path | Restorer = "default",
    device: str = "auto",
    *,
    also: Sequence[str] = (),
    edited: bool = False,
    realisations: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Restoration:
    """Fill intervals of curves from the other curves and from the well itself.

    Parameters
    ----------
    well : Well
    curves : str or sequence of str, optional
        The file's mnemonics or canonical ones. None takes every curve that the model knows.
    intervals : sequence of (top, base), optional
        In index units, both ends included; they apply to every curve named. Measured samples inside
        are hidden from the model and replaced. None fills every gap found.
    model : str, path or Restorer
        A name from ``welllog models``, a model file, or a fitted restorer.
    device : {"auto", "cpu", "cuda", "mps"}
        For networks; boosting and kriging run on the CPU.
    also : sequence of str
        Curves of this well that no model knows, by the file's mnemonics (made of its core, say):
        depths alike in them count as more alike for models that compare depths (``lightgbm-gp``,
        ``deep-kriging``). Others do not look at them.
    edited : bool
        Take the edited version of a curve (``DTC_ED``, see ``welllog.edits``) for the measured one
        wherever the well has one, as what is restored and as what the model looks at.
    realisations : int
        So many plausible fills beside the likeliest one, which is smoother than a log: they have
        its texture, and scatter within the band.
    seed : int
        Of the realisations; a prediction takes no random numbers.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Returns
    -------
    Restoration
        With ``<curve>_RES``, ``_P05``, ``_P50``, ``_P95`` and ``_FLAG`` in its well, and ``_R1``
        to ``_R<n>`` for n realisations.

    Raises
    ------
    CurveNotFoundError
        A curve named is not in the well.
    RestorationError
        An interval lies outside the well, a curve is all null or unknown to the model, or the
        model cannot draw realisations.
    ModelError
        The model cannot be loaded.
    """
    asked = Asked(curves, intervals, device, tuple(also), edited, realisations, seed)
    return _run(well, "RES", asked, model, progress)


def synthesize(
    well: Well,
    curve: str | Sequence[str],
    model: str | Path | Restorer = "default",
    device: str = "auto",
    *,
    also: Sequence[str] = (),
    edited: bool = False,
    realisations: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Restoration:
    """Predict whole curves from the others, as if they had never been run.

    The measured samples of the curve, if any, are not looked at. Parameters and errors are those of
    ``restore``; a canonical curve that the well lacks may be asked for. The well returned has
    ``<curve>_SYN``, ``_P05``, ``_P50``, ``_P95`` and ``_FLAG``.
    """
    asked = Asked(curve, None, device, tuple(also), edited, realisations, seed)
    return _run(well, "SYN", asked, model, progress)


def _run(
    well: Well,
    suffix: Literal["RES", "SYN"],
    asked: Asked,
    model: str | Path | Restorer,
    progress: Progress | None,
) -> Restoration:
    from welllog.checkpoint import describe_model, load_model

    started = time.perf_counter()
    asked.check()
    result = well.copy()
    versions = well.edited if asked.edited else {}
    well = well.with_edits() if asked.edited else well
    jobs = list_jobs(well, suffix, asked.named, asked.intervals)
    restorer = load_model(model, asked.device)
    if asked.realisations and not getattr(restorer, "calibration", Calibration()).textures:
        raise RestorationError(no_textures(restorer))
    logs = _logs(well, asked.also)
    restored: dict[str, RestoredCurve] = {}
    skipped: dict[str, str] = {}
    for number, (own, kind, gaps) in enumerate(jobs):
        if progress:
            progress(number / len(jobs), f"{own}: {len(gaps)} interval{'s' * (len(gaps) != 1)}")
        try:
            curve = _predict(
                well, logs, restorer, own, kind, gaps, asked.drawn, whole=suffix == "SYN"
            )
        except ValueError as error:
            if asked.named is not None:
                raise RestorationError(str(error)) from error
            skipped[own] = str(error)
            continue
        own_inputs = {name: versions.get(seen, seen) for name, seen in curve.inputs.items()}
        restored[own] = replace(curve, inputs=own_inputs)
        add_restored(result, curve, suffix, versions.get(own, own))
    described = describe_model(restorer)
    inputs = {name: own for curve in restored.values() for name, own in curve.inputs.items()}
    made = [name for name in result.curves if name not in well.curves]
    record = {
        **stamp(well, "restore" if suffix == "RES" else "synthesize"),
        "asked": asked.to_record(),
        "model": described,
        "device": getattr(restorer, "device", "cpu"),
        "realisations": asked.realisations,
        "seed": asked.seed,
        "inputs": inputs,
        "curves": {
            own: {
                "intervals": [list(gap.depths(well.index)) for gap in curve.gaps],
                "index_unit": well.index_unit,
                "filled": int((curve.flag != MEASURED).sum()) - curve.replaced,
                "replaced": curve.replaced,
                "outside_experience": int((curve.flag == OUTSIDE).sum()),
                "inputs": list(curve.inputs.values()),
            }
            | ({} if curve.error_on_others is None else {"error_on_others": curve.error_on_others})
            for own, curve in restored.items()
        },
        "sha256": hash_curves(result, dict.fromkeys(inputs.values()), result, made),
    }
    result.history.append(record)
    if progress:
        progress(1.0, "done")
    name = f"{described['file']} ({restorer.name})" if "file" in described else restorer.name
    return Restoration(result, restored, name, record, time.perf_counter() - started, skipped)


def _predict(
    well: Well,
    logs: LogSet,
    restorer: Restorer,
    own: str,
    kind: CurveKind,
    gaps: list[Gap],
    drawn: tuple[int, int],
    *,
    whole: bool,
) -> RestoredCurve:
    """Predict the gaps of one curve; ``drawn`` is the number of realisations and their seed."""
    own_rows = np.zeros(len(well.index), bool)
    for gap in gaps:
        own_rows[gap.top : gap.base] = True
    exists = own in well.curves
    measured = well.values(own) if exists else np.full(len(well.index), np.nan)
    factor = well.unit_factor(own) if exists else 1.0
    unit = (well.curves[own].units or "") if exists else kind.unit
    if kind.mnemonic in logs.curves and well.canonical.get(kind.mnemonic) != own:
        # Another alias of the same curve stands in the log set: model the one that was asked for.
        logs = _with_curve(logs, well, own, kind)
    rows = np.ones(len(logs.depth), bool) if whole else logs.rows_of(own_rows)
    seen = logs.hide(rows, [kind.mnemonic])
    prediction = restorer.predict(seen, kind.mnemonic, rows)
    on_others = prediction.error_on_others
    outside = restorer.outside_experience(seen, kind.mnemonic)
    names = {**{name: name for name in logs.also}, **well.canonical, kind.mnemonic: own}
    inputs = {name: names[name] for name in _looked_at(restorer, seen, kind.mnemonic)}

    limits = (kind.limits[0] / factor, kind.limits[1] / factor)

    def back(values: FloatArray, *, mirrored: bool = False) -> FloatArray:
        grid = np.full(len(logs.depth), np.nan)
        grid[rows] = values
        brought = from_model_space(logs.to_own_index(grid), kind) / factor
        if mirrored:  # where clipping would leave flat runs at the limit
            brought = limits[1] - np.abs(limits[1] - (limits[0] + np.abs(brought - limits[0])))
        return np.clip(brought, *limits)

    fills = [back(part) for part in (prediction.mean, prediction.lower, prediction.upper)]
    if drawn[0]:
        others = draw_realisations(restorer, seen, kind.mnemonic, rows, prediction, *drawn)
        fills += [back(fill, mirrored=True) for fill in others]
    median, lower, upper, *realisations = (np.where(own_rows, fill, np.nan) for fill in fills)
    filled = own_rows & np.isfinite(median)
    flag = np.where(filled, FILLED, MEASURED).astype(np.int8)
    replaced = filled & np.isfinite(measured) & (not whole)
    flag[replaced] = REPLACED
    flag[filled & (logs.to_own_index(outside.astype(np.float64)) > 0.5)] = OUTSIDE

    def joined(fill: FloatArray) -> FloatArray:
        return fill if whole else splice(measured, fill, filled, limits)

    return RestoredCurve(
        own,
        kind.mnemonic,
        unit,
        joined(median),
        median,
        lower,
        upper,
        flag,
        gaps,
        int(replaced.sum()),
        inputs,
        [joined(fill) for fill in realisations],
        None if on_others is None else round(on_others, 3),
    )


def _looked_at(restorer: Restorer, logs: LogSet, target: str) -> list[str]:
    """Return the curves of ``logs`` that a restorer looked at to predict ``target``."""
    from welllog.baselines import Boosted, Interpolation, Kriging
    from welllog.corrections import CORRECTIONS, LIKENESS, no_correction

    known = [name for name, values in logs.curves.items() if np.isfinite(values).any()]
    if isinstance(restorer, Interpolation | Kriging):
        shown: set[str] = {target}
    elif isinstance(restorer, Boosted):
        shown = set(INPUTS) - set(hidden_with(target))
        if CORRECTIONS[restorer.name] is not no_correction:
            shown.add(target)  # its residuals, where it was measured
        if restorer.name in LIKENESS:
            shown |= set(logs.also)
    else:  # a network is shown all that is not hidden; of a stranger nothing is known
        shown = set(INPUTS if hasattr(restorer, "outlook") else known)
    return [name for name in known if name in shown]


def _logs(well: Well, also: Sequence[str]) -> LogSet:
    """Bring a well into model space, with further curves to tell depths apart by."""
    try:
        names = tuple(dict.fromkeys(well.find(name) for name in also))
        return well_as_seen(well, names)
    except (CurveNotFoundError, AlsoError) as error:
        raise RestorationError(f"{error}") from error


def _with_curve(logs: LogSet, well: Well, own: str, kind: CurveKind) -> LogSet:
    alone = well.copy()
    alone.curves = {own: well.curves[own]}
    seen = well_as_seen(alone)
    return replace(logs, curves={**logs.curves, kind.mnemonic: seen.curves[kind.mnemonic]})


def add_restored(
    well: Well, curve: RestoredCurve, suffix: Literal["RES", "SYN"], version: str = ""
) -> None:
    """Add the new curves; where the well holds earlier ones, as DTC_RES_2, DTC_P05_2 and so on.

    ``version`` is the edited curve that was restored, where it was not the measured one.
    """
    version = version or curve.mnemonic
    what = "restored" if suffix == "RES" else "synthesised"
    flags = "0 measured 1 filled 2 replaced 3 either outside experience"
    added = {
        suffix: (curve.values, curve.unit, f"{version} {what}"),
        "P05": (curve.lower, curve.unit, f"{version} {what}, 5 % quantile"),
        "P50": (curve.median, curve.unit, f"{version} {what}, median"),
        "P95": (curve.upper, curve.unit, f"{version} {what}, 95 % quantile"),
        "FLAG": (curve.flag.astype(np.float64), "", flags),
    }
    for place, values in enumerate(curve.realisations, 1):
        added[f"R{place}"] = (values, curve.unit, f"{version} {what}, realisation {place}")
    number = 1
    while any(_new_name(curve, ending, number) in well.curves for ending in added):
        number += 1
    for ending, (values, unit, description) in added.items():
        well.add_curve(_new_name(curve, ending, number), values, unit=unit, description=description)


def _new_name(curve: RestoredCurve, ending: str, number: int) -> str:
    return f"{curve.mnemonic}_{ending}" + (f"_{number}" if number > 1 else "")
