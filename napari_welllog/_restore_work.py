"""What the Restore dock asks of the engine, in words the engine knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error

from napari_welllog._jobs import describe_error
from welllog.extrapolation import is_unusual, say_unusual
from welllog.gaps import find_gaps
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from welllog.blind_test import BlindTest
    from welllog.candidates import Candidate
    from welllog.session import Work
    from welllog.templates import Template
    from welllog.well import Well

GAPS, PICKED, WHOLE = "gaps", "picked", "whole"
"""Fill the gaps found, replace the intervals picked, or predict whole curves."""

_MOST_LINES = 4
"""Of what was made; the table of candidates has them all."""

Report = Callable[[float, str], None]
Made = tuple[list["Candidate"], Mapping[str, str]]


def make_work(
    well: Well,
    curves: Sequence[str],
    where: str,
    intervals: Sequence[tuple[float, float]],
    models: Sequence[str],
    device: str,
    realisations: int = 0,
    also: Sequence[str] = (),
) -> Callable[[Report], Made]:
    """Return what the worker thread does; the engine is imported there, not when a dock opens."""

    def work(report: Report) -> Made:
        from welllog.candidates import make_candidates

        report(0.0, f"Loading {models[0]}")
        return make_candidates(
            well,
            curves,
            models,
            intervals if where == PICKED else None,
            whole=where == WHOLE,
            device=device,
            realisations=realisations,
            also=also,
            progress=report,
        )

    return work


def core_curves(well: Well | None) -> list[str]:
    """Return the curves of a well that were made of its core: no model knows them.

    Other curves that no model knows are for the one who knows what they are (``restore --also``):
    positions, or rock types read off these very logs, would say what they should not.
    """
    names = [] if well is None else list(well.curves)
    return [name for name in names if name.startswith("CORE_") and not name.endswith("_SE")]


def make_test(
    work: Work, curve: str, length: float, models: Sequence[str], device: str
) -> Callable[[Report], BlindTest]:
    """Return what the worker thread does for a blind test."""
    well, spoiled = work.current.with_edits(), work.spoiled(curve)

    def test(report: Report) -> BlindTest:
        from welllog.blind_test import score_blind

        return score_blind(
            well, curve, length, models, spoiled=spoiled, device=device, progress=report
        )

    return test


def make_report_work(
    work: Work, path: str, who: str, scale: float, template: Template | None
) -> Callable[[Report], Path]:
    """Return what the worker thread does for a report, or a print where a scale is given.

    ``template``: by which the tracks are drawn that the user looks at.
    """
    how: dict[str, Any] = {"template": template, "overwrite": True}

    def write(report: Report) -> Path:
        from welllog.work import make_print, make_report

        report(0.0, "Writing")  # the file dialog has asked whether a file may be replaced
        if scale:
            return make_print(work, path, who, scale=scale, paper=None, **how, progress=report)
        return make_report(work, path, who, **how, progress=report)

    return write


def list_model_names() -> tuple[dict[str, str], str]:
    """Return the models that can be chosen with what they are, and which one is the default."""
    from welllog.checkpoint import list_models

    try:
        cards: list[dict[str, Any]] = list_models()
    except Exception as error:  # a broken model file must not keep the dock from opening
        show_error(describe_error(error))
        return {"interpolation": ""}, "interpolation"
    said = {str(card["name"]): str(card["description"]) for card in cards if card["available"]}
    default = next((str(card["name"]) for card in cards if card["default"]), next(iter(said)))
    others = {name: said[name] for name in reversed(said) if name != default}
    return {default: f"{said[default]} (the default)", **others}, default


def measure_gaps(well: Well | None, curves: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Return how many gaps each curve has and how long they are together, in index units."""
    found: dict[str, tuple[int, float]] = {}
    if well is None or not curves:
        return found
    for gap in find_gaps(well, list(curves)):
        top, base = gap.depths(well.index)
        many, length = found.get(gap.curve, (0, 0.0))
        found[gap.curve] = many + 1, length + well.length_of(top, base)
    return found


def suggest(gappy: Mapping[str, tuple[int, float]]) -> set[str]:
    """Return what to tick where the user has said nothing: the one curve that misses most.

    Of the curves that models were made for. Every curve with a gap would be many runs, of which
    most are not what the user came for.
    """
    from welllog.features import TARGETS

    known = catalogue()
    able = [name for name in gappy if known.canonical(name) in TARGETS]
    return {max(able, key=lambda name: gappy[name][1])} if able else set()


def say_what_is_missing(
    chosen: Sequence[str],
    measured: Sequence[str],
    models: Sequence[str],
    where: str,
    gaps: bool,
    picked: bool,
) -> str:
    """Return what the user has to do before there is something to run, nothing if ready."""
    if not chosen:
        return "Tick at least one curve above."
    if not models:
        return "Tick at least one model."
    if where == WHOLE:
        return ""
    if not measured:
        names = ", ".join(chosen)
        return f"{names}: not in this well. Choose 'Predict whole curves' above."
    if where == GAPS and not gaps:
        return "The curves ticked have no gaps. Pick an interval, or tick other curves."
    if where == PICKED and not picked:
        return "No interval is picked yet: Shift + drag over the tracks."
    return ""


def summarise(candidates: Sequence[Candidate], failed: Mapping[str, str]) -> str:
    """Return what was made, a line a candidate."""
    lines = []
    for candidate in candidates:
        restored = candidate.curve
        filled, outside = int((restored.flag > 0).sum()), int((restored.flag == 3).sum())
        text = f"{candidate.name}: {filled} samples"
        kind = catalogue().kind(restored.mnemonic)
        if np.isfinite(restored.upper).any() and not (kind and kind.log10):
            half = float(np.nanmedian(restored.upper - restored.lower)) / 2
            text += f", 90 % band \N{PLUS-MINUS SIGN}{half:.2g} {restored.unit}".rstrip()
        if outside:
            text += f"; {outside} of them outside the model's experience (red)"
        if is_unusual(restored.error_on_others):
            text += f"; {say_unusual(restored.error_on_others)}"
        lines.append(text)
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES} more candidates"]
    lines += [f"{name}: {why}" for name, why in failed.items()]
    lines.append("Nothing stands yet: accept what you believe.")
    return "\n".join(lines)
