"""What the tables of the Review tab say of a well's work, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_welllog._review_form import CandidateRow
from welllog.extrapolation import is_unusual, say_unusual
from welllog.session import Work
from welllog.splicing import OUTSIDE, edge_jump

if TYPE_CHECKING:
    from welllog.blind_test import BlindTest
    from welllog.candidates import Candidate

REPORTS = {
    "Report with a blind test (*.html)": (".html", 0.0),
    "Print 1:500 (*.pdf)": (".pdf", 500.0),
    "Print 1:200 (*.pdf)": (".pdf", 200.0),
}
"""What a report can be, as a file dialog offers it: its ending, and the scale of a print."""
NONE = "\N{EN DASH}"
Row = tuple[str, float, float]
"""Own mnemonic, top and base."""


def choose_kind(path: str, chosen: str) -> tuple[str, float]:
    """Return the file that is to be written, and the scale if it is a print, 0 for a report.

    A name's own ending decides, whatever kind was chosen beside it: a file is what it is called.
    """
    ending, scale = REPORTS.get(chosen, (".html", 0.0))
    own = Path(path).suffix.lower()
    if own in (".html", ".htm"):
        return path, 0.0
    if own == ".pdf":
        return path, scale or 500.0
    return path + ending, scale


def list_rows(work: Work) -> list[Row]:
    """Return every interval of the candidates, and decisions about depths that are none of them."""
    rows: dict[Row, None] = {}
    for candidate in work.candidates:
        for top, base in candidate.spans(work.well.index):
            rows[candidate.curve.mnemonic, top, base] = None
    for decision in work.decisions:
        if decision.kind == "by hand":
            rows[decision.curve, decision.top, decision.base] = None
    order = {own: place for place, own in enumerate(work.well.curves)}
    return sorted(rows, key=lambda row: (order.get(row[0], len(order)), row[1:]))


def say_decision(work: Work, row: Row) -> str:
    """Return what stands in an interval, in a word or two."""
    own, top, base = row
    about = [d for d in work.decisions if d.curve == own and d.top <= base and d.base >= top]
    if not about:
        return NONE
    words = [
        ", ".join(work.candidate(name).model for name, _ in d.weights) if d.weights else d.kind
        for d in about
    ]
    return " + ".join(dict.fromkeys(words)) + ("" if work.is_decided(*split(row)) else ", partly")


def split(row: Row) -> tuple[str, tuple[float, float]]:
    """Return the curve and the interval of a row."""
    return row[0], (row[1], row[2])


def describe_candidate(
    work: Work, candidate: Candidate, row: Row, test: BlindTest | None, colour: str
) -> CandidateRow:
    """Return a line of the table of candidates for an interval.

    What a test found is said of intervals about as long as those that it hid, and of no others.
    """
    curve, (_, top, base) = candidate.curve, row
    inside = (work.well.index >= top) & (work.well.index <= base) & (curve.flag > 0)
    jump = edge_jump(curve.values, inside)
    outside = (curve.flag[inside] == OUTSIDE).mean() if inside.any() else 0.0
    error = coverage = NONE
    if test is None:
        tested = "Not tested on this well yet (T)"
    elif candidate.source not in test.fills:
        tested = f"{candidate.model} was not in the test; test again (T)"
    elif not test.is_like(work.well.length_of(top, base)):
        tested = f"{_say_lengths(work, test, row)}; test again (T)"
    else:
        score = test.score(candidate.source)
        tested = f"{_say_hidden(work, test)}, {score.samples} samples"
        error = f"{score.rmse:.3g}"
        coverage = f"{score.coverage:.0%}" if np.isfinite(score.coverage) else NONE
    return CandidateRow(
        candidate.name,
        candidate.model,
        colour,
        error,
        coverage,
        f"{jump:.3g}" if np.isfinite(jump) else NONE,
        f"{outside:.0%}",
        tested,
    )


def _say_hidden(work: Work, test: BlindTest) -> str:
    many = len(test.intervals)
    return f"{many} interval{'s' * (many != 1)} of {test.length:.4g} {work.well.index_unit} hidden"


def _say_lengths(work: Work, test: BlindTest, row: Row) -> str:
    """Say how long what was tested is, and how long an interval is that it does not tell of."""
    unit, length = work.well.index_unit, work.well.length_of(*row[1:])
    return f"Tested at {test.length:.4g} {unit}, this interval is {length:.4g} {unit} long"


def say_verdict(work: Work | None, test: BlindTest | None, row: Row | None) -> str:
    """Return in a sentence how the models did beside their rivals on this well."""
    if work is None or row is None:
        return ""
    if test is None:
        return "Not tested on this well yet."
    scores = test.scores()
    words = ", ".join(f"{model} {score.rmse:.3g}" for model, score in scores.items())
    said = f"{test.curve}, {_say_hidden(work, test)} here: error {words} {test.unit}".rstrip() + "."
    if not test.is_like(work.well.length_of(*row[1:])):
        said = f"{_say_lengths(work, test, row)}, of which it tells little. {said}"
    if test.flattered:
        said += f" {', '.join(test.flattered)} learnt from this well: too good to be true."
    return said


def say_strange(candidates: Sequence[Candidate]) -> str:
    """Return in a sentence whether the well is strange to a model; nothing where it is to none."""
    told = {one.model: one.curve.error_on_others for one in candidates}
    strange = {model: ratio for model, ratio in told.items() if is_unusual(ratio)}
    if not strange:
        return ""
    model = max(strange, key=lambda name: strange[name])
    return f"By {model} {say_unusual(strange[model])}"
