"""Fit a restorer to wells: clean them, grow the trees, calibrate the band on wells left out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from welllog.baselines import Boosted
from welllog.boosting import BoostingSettings, fit_boosters
from welllog.calibration import CalibrationSettings, calibrate
from welllog.checkpoint import load_network, shipped_kernels
from welllog.corrections import CORRECTIONS, DEEP
from welllog.features import (
    TARGETS,
    LogSet,
    rolling_mean,
    runs_of,
    well_as_seen,
)
from welllog.learning import ExperimentSettings
from welllog.levels import without_level_faults
from welllog.mnemonics import catalogue
from welllog.networks import GENERATORS
from welllog.progress import Progress, part_of
from welllog.uncertainty import Calibration

if TYPE_CHECKING:
    from welllog.deep_training import DeepSettings
    from welllog.neural import Neural
    from welllog.well import Well

__all__ = ["check_request", "fit", "training_logs"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COPY_SHARE = 0.5
"""A curve that equals another in more than this share of their samples is a copy of it."""
STRAIGHT_M = 8.0
"""A curve that is a straight line over this length was not measuring."""
STILL = 0.0015
"""How far from a straight line it may be, as a share of the curve's usual scale. A resistivity may
be that even in a shale, and has to be straight to the last digit."""
MEASURED_SHARE = 0.8
"""Of a stretch that is looked at."""
LEVELS = 0.03
"""Share of the work of ``fit`` that is done when the wells are clean."""


def training_logs(wells: Iterable[Well]) -> list[LogSet]:
    """Bring wells into model space and drop what would teach nonsense.

    Dropped are curves that copy another (a photoelectric factor that is the density under another
    name) and stretches where a curve is a straight line for 8 m. Wells with too few depths are left
    out.
    """
    kinds, result = catalogue().kinds, []
    for well in wells:
        try:
            logs = well_as_seen(well)
        except ValueError:
            continue
        curves = dict(logs.curves)
        for copy, origin in (("PEF", "RHOB"), ("DRHO", "RHOB"), ("RSHA", "RMED"), ("DTS", "DTC")):
            if copy in curves and origin in curves and _is_copy(curves[copy], curves[origin]):
                del curves[copy]
        for name in set(curves) & set(TARGETS):
            low, high = kinds[name].scale
            still = 1e-6 if kinds[name].log10 else STILL * abs(high - low)
            curves[name] = _without_straights(curves[name], logs.step, still)
        result.append(replace(logs, curves=curves))
    return result


def _is_copy(one: FloatArray, other: FloatArray) -> bool:
    both = np.isfinite(one) & np.isfinite(other)
    return both.sum() > 100 and float(np.isclose(one[both], other[both]).mean()) > COPY_SHARE


def _without_straights(values: FloatArray, step: float, still: float) -> FloatArray:
    """Null what stays within ``still`` (standard deviation) of a straight line over 8 m.

    No rock is that even: a tool that hangs, a sonic that reads the mud, a line drawn by hand.
    """
    window = max(3, round(STRAIGHT_M / step)) // 2 * 2 + 1
    measured = np.isfinite(values)
    place = np.where(measured, np.arange(len(values), dtype=np.float64), np.nan)
    level = values - np.nanmedian(values) if measured.any() else values

    def covariance(one: FloatArray, other: FloatArray) -> FloatArray:
        means = rolling_mean(one, window) * rolling_mean(other, window)
        return rolling_mean(one * other, window) - means

    with np.errstate(invalid="ignore", divide="ignore"):
        around = covariance(level, level) - covariance(level, place) ** 2 / covariance(place, place)
        straight = (around < still**2) & (rolling_mean(measured * 1.0, window) > MEASURED_SHARE)
    kept = values.copy()
    half = window // 2
    for top, base in runs_of(straight):
        kept[max(0, top - half) : base + half] = np.nan
    return kept


def check_request(method: str, targets: Sequence[str] | None = None) -> None:
    """Check that there is a method of this name to be fitted, and that it can learn these curves.

    Raises
    ------
    ValueError
        There is not, or it cannot.
    """
    if method not in CORRECTIONS and method not in GENERATORS:
        what = "is not trained" if method in ("interpolation", "kriging") else "is no method"
        raise ValueError(f"{method} {what}; use one of {', '.join([*CORRECTIONS, *GENERATORS])}")
    unknown = set(targets or ()) - set(TARGETS)
    if unknown:
        raise ValueError(
            f"no model can be fitted to {', '.join(sorted(unknown))}; "
            f"the curves are {', '.join(TARGETS)}"
        )


def fit(
    wells: Sequence[Well],
    *,
    method: str = DEEP,
    targets: Sequence[str] | None = None,
    seed: int = 0,
    boosting: BoostingSettings | None = None,
    calibration: CalibrationSettings | None = None,
    weights: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    deep: DeepSettings | None = None,
    experiment: ExperimentSettings | None = None,
    folder: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    start: str | Path | Neural | None = None,
) -> Boosted | Neural:
    """Fit a restorer by name to wells.

    Parameters
    ----------
    wells : sequence of Well
        At least two with each curve that is to be predicted; one where a network that restores the
        curve is started from. Wells of one name stay together.
    method : str
        ``"deep-kriging"`` or another name of ``corrections.CORRECTIONS``, or a network by its
        name in ``networks.GENERATORS``.
    targets : sequence of str, optional
        Canonical curves to predict; None takes all.
    seed : int
    boosting, calibration : settings, optional
        In place of the defaults; ``targets`` and ``seed`` are put into them.
    weights : mapping of well name to float, optional
        Weight of a well's samples.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.
    deep : DeepSettings, optional
        How deep kriging learns its networks and kernels, an hour's work on many wells. Without it
        the shipped kernels are taken over, which are about residuals, not about a field, and there
        are no networks.
    experiment : ExperimentSettings, optional
        How a network is trained; its name and ``seed`` are put into it.
    folder : str or path, optional
        Run folder of a network's training: history, checkpoints.
    resume : bool
        Go on from the last checkpoint of the run folder, if there is one.
    overwrite : bool
        Replace the experiment that the run folder holds, if it is not resumed.
    start : str, path or Neural, optional
        A network to start from (transfer). Where no well is held out, its band is kept.

    Warns
    -----
    UserWarning
        Of each curve that is left out since its level contradicts the other logs (``levels``), of
        each that was asked for and is in too few wells, and where a network's training holds no
        well out.

    Raises
    ------
    ValueError
        An unknown method or curve, or no curve measured in two wells.
    """
    check_request(method, targets)
    if progress:
        progress(0.0, "looking at the wells")
    logs, faults = without_level_faults(
        training_logs(wells), seed=seed, progress=_stage(progress, 0.0, LEVELS, "level check, ")
    )
    for fault in faults:
        warnings.warn(f"left out of training: {fault}", stacklevel=2)
    calibration = replace(calibration or CalibrationSettings(), seed=seed)
    rest = part_of(progress, LEVELS, 1.0)
    fitted: Boosted | Neural
    if method in GENERATORS:
        experiment = experiment or ExperimentSettings()
        experiment = replace(experiment, network=replace(experiment.network, name=method))
        fitted = _fit_network(
            logs,
            replace(experiment, seed=seed),
            None if start is None else load_network(start),
            tuple(targets or TARGETS),
            calibration,
            rest,
            folder=None if folder is None else Path(folder),
            resume=resume,
            overwrite=overwrite,
            weights=weights,
        )
    else:
        boosting = replace(
            boosting or BoostingSettings(), targets=tuple(targets or TARGETS), seed=seed
        )
        fitted = _fit_trees(method, logs, boosting, calibration, deep, weights, rest)
    for target in targets or ():
        if target not in fitted.targets:
            warnings.warn(f"{target} is left out: too few wells have it", stacklevel=2)
    return fitted


def _fit_trees(
    method: str,
    logs: Sequence[LogSet],
    boosting: BoostingSettings,
    calibration: CalibrationSettings,
    deep: DeepSettings | None,
    weights: Mapping[str, float] | None,
    progress: Progress | None,
) -> Boosted:
    learns = method == DEEP and deep is not None
    # Measured on ten wells: the bands take six times as long as 500 trees.
    grown, learnt = (0.1, 0.8) if learns else (0.15, 0.15)
    boosters = fit_boosters(
        logs, boosting, weights=weights, progress=_stage(progress, 0.0, grown, "trees of ")
    )
    restorer = Boosted(method, boosters, settings=boosting)
    if learns:
        from welllog.deep_training import learn_deep

        part = part_of(progress, grown, learnt)
        restorer = learn_deep(restorer, logs, deep, weights=weights, progress=part)
    elif method == DEEP:
        restorer = replace(restorer, kernels=shipped_kernels())
    fitted = calibrate(restorer, logs, calibration, progress=part_of(progress, learnt, 1.0))
    return replace(restorer, calibration=fitted, calibrations={method: fitted})


def _fit_network(
    logs: Sequence[LogSet],
    experiment: ExperimentSettings,
    start: Neural | None,
    targets: tuple[str, ...],
    calibration: CalibrationSettings,
    progress: Progress | None,
    **options: Any,
) -> Neural:
    """Train a network, and calibrate its band on wells that no training of it has seen.

    Where there are none, the band of the network it started from is kept: that was measured on
    wells held out, as a rule, and wells that were trained on flatter.
    """
    from welllog.learning.experiment import train_network

    # In windows that go through the network: an iteration learns from its batch, forwards and
    # backwards, twice with a discriminator; a band asks some twenty for each well and curve.
    training = 4.0 * experiment.batch * experiment.iterations
    share = training / (training + 20.0 * min(len(logs), calibration.wells) * len(targets))
    neural = train_network(
        logs,
        experiment,
        start=start,
        targets=targets,
        progress=part_of(progress, 0.0, share),
        **options,
    )
    part = part_of(progress, share, 1.0)
    if part:
        part(0.0, "the 90 % band")
    others = [well for well in logs if well.well not in neural.seen]
    band = start.calibration if start else Calibration()
    if others:
        measured = {t for t in neural.targets for well in others if t in well.curves}
        known = tuple(target for target in neural.targets if target in measured)
        band |= calibrate(replace(neural, targets=known), others, calibration, progress=part)
    rest = tuple(target for target in neural.targets if target not in band.table)
    band |= calibrate(replace(neural, targets=rest), logs, calibration, progress=part)
    return replace(neural, calibration=band.only(neural.targets))


def _stage(progress: Progress | None, start: float, stop: float, what: str) -> Progress | None:
    """Return the progress of a part of the work, whose messages say which it is."""
    part = part_of(progress, start, stop)
    return part and (lambda share, message: part(share, f"{what}{message}"))
