"""What the Restore dock asks of the engine, in words the engine knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from napari.utils.notifications import show_error

from napari_welllog._jobs import describe_error
from welllog.mnemonics import catalogue

if TYPE_CHECKING:
    from welllog.restoration import Restoration
    from welllog.well import Well

GAPS, PICKED, WHOLE = "gaps", "picked", "whole"
"""Fill the gaps found, replace the intervals picked, or predict whole curves."""


def make_work(
    well: Well,
    curves: list[str],
    where: str,
    intervals: list[tuple[float, float]],
    model: str,
    device: str,
) -> Callable[[Callable[[float, str], None]], tuple[Well, list[Restoration]]]:
    """Return what the worker thread does; the engine is imported there, not when a dock opens."""

    def work(report: Callable[[float, str], None]) -> tuple[Well, list[Restoration]]:
        from welllog.restoration import restore, synthesize

        report(0.0, f"Loading the model {model}")
        if where != WHOLE:
            spans = intervals if where == PICKED else None
            return well, [restore(well, curves, spans, model, device, progress=report)]
        made = []
        for done, curve in enumerate(curves):

            def part(fraction: float, message: str, done: int = done) -> None:
                report((done + fraction) / len(curves), message)

            made.append(synthesize(well, curve, model, device, progress=part))
        return well, made

    return work


def list_model_names() -> list[str]:
    """Return the models that can be chosen, the default first."""
    from welllog.checkpoint import list_models

    try:
        names = [str(card["name"]) for card in list_models()]
    except Exception as error:  # a broken model file must not keep the dock from opening
        show_error(describe_error(error))
        names = []
    return list(dict.fromkeys(["default", *names]))


def summarise(restorations: list[Restoration]) -> str:
    """Return what was done, a line a curve."""
    lines = []
    for restoration in restorations:
        for own, restored in restoration.curves.items():
            filled, outside = int((restored.flag > 0).sum()), int((restored.flag == 3).sum())
            text = f"{own}: {filled} samples"
            kind = catalogue().kind(own)
            if np.isfinite(restored.upper).any() and not (kind and kind.log10):
                half = float(np.nanmedian(restored.upper - restored.lower)) / 2
                text += f", 90 % band \N{PLUS-MINUS SIGN}{half:.2g} {restored.unit}".rstrip()
            if outside:
                text += f"; {outside} of them outside the model's experience (red)"
            lines.append(text)
        lines += [f"{own}: {why}" for own, why in restoration.skipped.items()]
        lines.append(f"Restored by {restoration.model} in {restoration.seconds:.1f} s.")
    lines.append("Not saved yet: Save LAS\N{HORIZONTAL ELLIPSIS} writes a new file.")
    return "\n".join(lines)
