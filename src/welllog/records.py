"""What a file holds of earlier restorations: its curves, and the record of how they were made.

A restored well is written with curves (``DTC_RES``, ``DTC_P05`` ...), with ~Parameter items that
say how they came about (``WLG1_...``), and with a side-car ``NAME.welllog.json`` that says so in
full. Read back, these become restorations again. The side-car may be lost, or that of another
file: what it says counts only where it agrees with the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.features import runs_of
from welllog.formats.las_write import sidecar_path
from welllog.formats.packing import read_bytes
from welllog.gaps import Gap
from welllog.makers import HAND, UNKNOWN, list_of, model_of, name_makers, say_model
from welllog.mnemonics import catalogue
from welllog.restoration import Restoration, RestoredCurve
from welllog.splicing import MEASURED
from welllog.well import Remark, Well

__all__ = [
    "join_restorations",
    "number_of",
    "other_steps",
    "read_restorations",
    "saved_curves",
]

FloatArray = NDArray[np.float64]

_PARTS = ("P50", "P05", "P95", "FLAG")
_RESTORED = re.compile(r"(.+)_(RES|SYN)(?:_(\d{1,4}))?")
_STEP = re.compile(r"WLG(\d+)_(\w+)")
_TOLD = (
    "ACTION", "EDIT", "CURVE", "MADE", "DATE", "USER",
    "WELLLOG", "WELL", "SOURCE", "DEVICE", "SEED",
)  # fmt: skip
_LARGEST_SIDECAR = 50_000_000


def read_restorations(well: Well) -> tuple[list[Restoration], list[Remark]]:
    """Return the restorations whose curves a well holds, the earliest first.

    Parameters
    ----------
    well : Well
        As it was read from a file, the side-car is looked for beside it, or as ``restore`` gave it.

    Returns
    -------
    restorations : list of Restoration
        One for each step on record of which a curve is there, and one for curves of which nothing
        is on record. ``well`` is the well of each.
    remarks : list of Remark
        What is missing of the record or contradicts the file.
    """
    names = {(own.upper(), number): (own, suffix) for own, number, suffix in saved_curves(well)}
    remarks: list[Remark] = []
    counted: dict[str, int] = {}
    restorations = []
    for record in _steps(well, remarks) if names else ():
        curves = {}
        for key, entry in _made(record).items():
            counted[key.upper()] = number = counted.get(key.upper(), 0) + 1
            if (key.upper(), number) in names:
                own, suffix = names.pop((key.upper(), number))
                curves[own] = _saved_curve(well, own, suffix, number, entry)
        if curves:
            restorations.append(Restoration(well, curves, _model_name(record), record, 0.0))
    while names:  # nothing is on record of these
        first = dict.fromkeys(own for own, _ in names)
        lost = [min(name for name in names if name[0] == own) for own in first]
        curves = {}
        for name in lost:
            own, suffix = names.pop(name)
            curves[own] = _saved_curve(well, own, suffix, name[1], {})
        restorations.insert(0, Restoration(well, curves, UNKNOWN, {}, 0.0))
        remarks.append(
            Remark(
                f"nothing is on record of how {', '.join(curves)} was restored",
                severity="major",
                action="the curves are taken as they are",
            )
        )
    return restorations, remarks


def other_steps(well: Well) -> list[dict[str, Any]]:
    """Return the record of every step of a well that restored nothing: an edit by hand, say."""
    return [step for step in _steps(well, []) if not _made(step)]


def _made(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the curves that a step restored, each with its entry in the record.

    A step that chose among several restorations names what it made by the new mnemonics alone.
    """
    if record.get("action") in ("restore", "synthesize"):
        return dict(record["curves"])
    hashes = record.get("sha256")
    made = hashes.get("made") if isinstance(hashes, Mapping) else None
    # An edit makes a DTC_RES_ED, which is no restoration.
    found = [_RESTORED.fullmatch(str(name)) for name in made or ()]
    return {match[1]: _entry_of_runs(record, match[1]) for match in found if match}


def _entry_of_runs(record: Mapping[str, Any], own: str) -> dict[str, Any]:
    """Return what the runs that a step chose from looked at to make a curve, and how they did."""
    inputs: dict[str, None] = {}
    on_others: list[float] = []
    for run in list_of(record.get("runs")):
        curves = run.get("curves") if isinstance(run, Mapping) else None
        entry = curves.get(own) if isinstance(curves, Mapping) else None
        if isinstance(entry, Mapping):
            inputs |= dict.fromkeys(str(name) for name in list_of(entry.get("inputs")))
            told = number_of(entry.get("error_on_others"))
            on_others += [] if told is None else [told]
    return {"inputs": list(inputs), "error_on_others": max(on_others, default=None)}


def saved_curves(well: Well) -> list[tuple[str, int, str]]:
    """Return own mnemonic, number and suffix (RES or SYN) of each restored curve a well holds.

    The number is 1 for ``DTC_RES``, 2 for ``DTC_RES_2`` and so on.
    """
    found = []
    for name in well.curves:
        made = _RESTORED.fullmatch(name)
        if made is None:
            continue
        own, suffix, number = made[1], made[2], int(made[3] or 1)
        if all(_name(own, part, number) in well.curves for part in _PARTS):
            found.append((own, number, suffix))
    return found


def join_restorations(restorations: Sequence[Restoration]) -> Restoration | None:
    """Return all restorations as one, for a picture; of a curve restored twice the later one."""
    if not restorations:
        return None
    last = restorations[-1]
    curves = {own: curve for one in restorations for own, curve in one.curves.items()}
    models = ", ".join(dict.fromkeys(one.model for one in restorations))
    makers = {own: made for one in restorations for own, made in name_makers(one).items()}
    return Restoration(last.well, curves, models, {"makers": makers}, 0.0)


def number_of(value: Any) -> float | None:
    """Return a part of a record that is to be a positive number; None where it is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known and 0 < value < np.inf else None


def _name(own: str, part: str, number: int) -> str:
    return f"{own}_{part}" + (f"_{number}" if number > 1 else "")


def _saved_curve(
    well: Well, own: str, suffix: str, number: int, entry: Mapping[str, Any]
) -> RestoredCurve:
    median, lower, upper, flags = (well.values(_name(own, part, number)) for part in _PARTS)
    values = well.values(_name(own, suffix, number))
    flag = np.nan_to_num(flags).clip(0, 3).astype(np.int8)
    whole = suffix == "SYN"
    measured = well.values(own) if own in well.curves else np.full(len(well.index), np.nan)
    replaced = (flag != MEASURED) & np.isfinite(measured) & (not whole)
    known = catalogue()
    reason = "synthesis" if whole else "interval"
    return RestoredCurve(
        own,
        known.canonical(own) or own,
        well.curves[_name(own, suffix, number)].units or "",
        values,
        median,
        lower,
        upper,
        flag,
        [Gap(own, top, base, reason) for top, base in runs_of(flag != MEASURED)],
        int(replaced.sum()),
        {known.canonical(name) or name: name for name in entry.get("inputs", ())},
        error_on_others=number_of(entry.get("error_on_others")),
    )


def _model_name(record: Mapping[str, Any]) -> str:
    """Return what made the curves of a step; of decisions without a model, the hand."""
    drawn = any(
        isinstance(d, Mapping) and d.get("points") for d in list_of(record.get("decisions"))
    )
    return HAND if drawn and not record["model"] else say_model(record["model"])


def _steps(well: Well, remarks: list[Remark]) -> list[dict[str, Any]]:
    """Return the record of every step, the side-car's where there is one that can be believed."""
    told = _header_steps(well)
    since = [_tidy(step) for step in well.history]
    if well.path is None or (since and not told):
        return [*told, *since]
    full = _sidecar_steps(well, told, remarks)
    return [*told[: max(len(told) - len(full), 0)], *full, *since]


def _sidecar_steps(
    well: Well, told: Sequence[Mapping[str, Any]], remarks: list[Remark]
) -> list[dict[str, Any]]:
    """Read the side-car; it is believed where it is that of the file as it is, or its last step is.

    It holds the steps since the file before it was read, which are the last ones.
    """
    assert well.path is not None
    path = sidecar_path(well.path)
    where = path.name
    if not path.is_file():
        action = "what the header says is all there is" if told else "nothing is known of them"
        remarks.append(Remark("the side-car with the full record is missing", where, action=action))
        return []
    try:
        if path.stat().st_size > _LARGEST_SIDECAR:
            raise ValueError("it is too large for one")
        saved = json.loads(path.read_text(encoding="utf-8"))
        steps = [_tidy(step) for step in saved["history"]]
        of_file = saved["file"]["sha256"] == hashlib.sha256(read_bytes(well.path)).hexdigest()
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RecursionError) as error:
        problem = f"the side-car cannot be read ({type(error).__name__})"
        remarks.append(Remark(problem, where, "major", "it is left alone"))
        return []
    if of_file:
        return steps
    dates = [step.get("date") for step in (*told[-1:], *steps[-1:])]
    if not told or (len(dates) == 2 and dates[0] == dates[1]):
        problem = "the file has been changed since its side-car was written"
        remarks.append(Remark(problem, where, "major", "the record is taken to hold still"))
        return steps
    problem = "the side-car is that of another file"
    remarks.append(Remark(problem, where, "major", "it is left alone"))
    return []


def _tidy(step: Any) -> dict[str, Any]:
    """Return a step of a history with the parts that are read here in the form expected.

    Raises
    ------
    TypeError
        The step is none.
    """
    if not isinstance(step, Mapping):
        raise TypeError("a step of the history is no mapping")
    tidy = {str(key): value for key, value in step.items()}
    tidy["model"] = model_of(step)
    curves = step.get("curves")
    tidy["curves"] = {
        str(own): {**entry, "inputs": [str(name) for name in list_of(entry.get("inputs"))]}
        for own, entry in (curves.items() if isinstance(curves, Mapping) else ())
        if isinstance(entry, Mapping)
    }
    return tidy


def _header_steps(well: Well) -> list[dict[str, Any]]:
    """Return the steps that the ~Parameter section tells of, in their order."""
    told: dict[int, dict[str, str]] = {}
    for item in well.header.section("Parameter"):
        match = _STEP.fullmatch(item.mnemonic.upper())
        if match:
            told.setdefault(int(match[1]), {})[match[2]] = item.value
    steps = []
    for _, values in sorted(told.items()):
        step: dict[str, Any] = {key.lower(): values[key] for key in _TOLD if key in values}
        step["model"] = _under("MODEL_", values, lower=True)
        step["sha256"] = {"made": re.findall(r"(\w+)=", values.get("SHA256_MADE", ""))}
        inputs = list(_under("INPUTS_", values).values())
        step["curves"] = {
            own: {"inputs": _inputs_of(text, own, inputs), **_told_of_others(text)}
            for own, text in _under("CURVES_", values).items()
        }
        steps.append(step)
    return steps


def _under(prefix: str, values: Mapping[str, str], *, lower: bool = False) -> dict[str, str]:
    return {
        (key.removeprefix(prefix).lower() if lower else key.removeprefix(prefix)): value
        for key, value in values.items()
        if key.startswith(prefix)
    }


def _inputs_of(text: str, own: str, step: Sequence[str]) -> list[str]:
    """Return a curve's inputs; where the line was cut off, all others that the step looked at."""
    match = re.search(r"inputs=\[([^\]]*)\]", text)
    if match is None:
        return [name for name in step if name.upper() != own.upper()]
    return [name.strip() for name in match[1].split(",") if name.strip()]


def _told_of_others(text: str) -> dict[str, float]:
    """Return what a line of the header tells of the model's errors on the well's other curves."""
    match = re.search(r"\berror_on_others=(\d+\.?\d*)", text)
    return {} if match is None else {"error_on_others": float(match[1])}
