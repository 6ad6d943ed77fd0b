"""How good a restoration is: the blind test on this very well, in tables, words and a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from welllog.blind_test import BlindTest
from welllog.hypertext import Markup, element, table, text
from welllog.judgement import Judgement, Scored
from welllog.makers import HAND, UNKNOWN
from welllog.mnemonics import catalogue
from welllog.report.fills import Fill, depth, nearest_test, per_cent, said_error, tested_as
from welllog.tracks import choose_track_curve
from welllog.well import Well

__all__ = ["draw_coverage", "show_quality", "test_name"]

_NAMES = {"interpolation": "straight line", "lightgbm": "boosting"}
_NARROW, _WIDE = 0.8, 0.98
"""Coverage of a 90 % band outside of these is worth a word."""


def show_quality(
    fills: Sequence[Fill],
    well: Well,
    blind: Judgement | str | None,
    reviewed: Sequence[BlindTest] = (),
) -> list[Markup]:
    """Return the section of a report on a blind test, or on why there is none."""
    if not isinstance(blind, Judgement):
        why = blind or "it was not asked for"
        said = f"No blind test was run on this well: {why}."
        return [
            element(
                "div", element("p", element("strong", said)),
                element("p", "How far the restored values may be off is known from the band alone, "
                        "whose width was learnt on other wells."),
                class_="card look",
            ),
            *_show_reviewed(reviewed, well, None),
        ]  # fmt: skip
    parts = [
        element(
            "p",
            f"Intervals of 5 to 300 m were hidden where the curves are measured in this well, "
            f"restored by {blind.model}, and compared with what was hidden. Errors are root mean "
            "squares in the curve's unit; nRMSE is the error over the deviation of the curve in "
            "this well: 1 is guessing the mean. Shaded rows are most like what was filled. One "
            "well has room for few intervals, so single rows scatter: see their neighbours too."
            + _said_factors(blind),
        ),
        *_warnings(fills, blind),
        *_show_reviewed(reviewed, well, blind),
        draw_coverage(blind, well),
    ]
    for curve in blind.curves:
        parts += _of_curve(curve, [f for f in fills if f.canonical == curve], well, blind)
    return parts


def _said_factors(blind: Judgement) -> str:
    """Explain the errors of curves with decades, where there are any."""
    kinds = catalogue().kinds
    if not any(kinds[curve].log10 for curve in blind.curves):
        return ""
    return f" {said_error(0.301, 'RDEP')} means too large or too small by a factor of 2."


def _warnings(fills: Sequence[Fill], blind: Judgement) -> list[Markup]:
    said = []
    evaluation = blind.evaluations[blind.model]
    if evaluation.flattered:
        said.append(
            "This well was in the model's training, and the model answers by what it learnt from "
            "it: the scores flatter."
        )
    if evaluation.left_out:
        said.append(
            "This well was in training; it is answered by those trees that were grown without it. "
            "The band has seen it."
        )
    if evaluation.held_out:
        said.append(
            "This well was held out in the network's training: it chose the iteration that was "
            "kept and helped to set the band, which flatters a little."
        )
    said += _of_other_makers(fills, blind)
    said += [f"{own} was not tested: {why}." for own, why in blind.untested.items()]
    return [element("div", element("p", text), class_="card look") for text in said]


def _show_reviewed(tests: Sequence[BlindTest], well: Well, blind: Judgement | None) -> list[Markup]:
    """Say what the tests found that an analyst ran while deciding, and why it is not the same."""
    if not tests:
        return []
    unit = well.index_unit
    rows = []
    for test in tests:
        hidden = f"{len(test.intervals)} of {test.length:.4g} {unit}"
        canonical = catalogue().canonical(test.curve) or test.curve
        for model, score in test.scores().items():
            errors = "" if test.unit == "decades" else test.unit
            band = per_cent(score.coverage) if np.isfinite(score.coverage) else "\N{EN DASH}"
            error = said_error(score.rmse, canonical, errors)
            name = _NAMES.get(model, model) + " (learnt from it)" * (model in test.flattered)
            rows.append([test.curve, hidden, score.samples, name, error, band])
    said = "Tests run while it was decided what stands, of intervals as long as one in question."
    if blind is not None:
        lengths = sorted(
            {row.length_m for curve in blind.curves for row in blind.rows(curve)} - {0}
        )
        said += (
            f" The tables below are of other lengths ({', '.join(f'{m:g}' for m in lengths)} m) and"
            " of other places in the well, so that their numbers are not these."
        )
    heads = ["curve", "hidden", "samples", "model", "error", "in the band"]
    return [
        element("h3", "As reviewed"),
        element("p", said, class_="soft"),
        table(heads, rows, numbers=(2, 4, 5)),
    ]


def _of_other_makers(fills: Sequence[Fill], blind: Judgement) -> list[str]:
    """Say of which fills the test says nothing: not of the model tested, of several, by hand."""
    drawn, mixed, others = dict[str, None](), dict[str, None](), dict[str, None]()
    for fill in fills:
        where = f"{fill.curve} {depth(fill.top)} to {depth(fill.base)}"
        if fill.made_by == HAND:
            drawn[where] = None
        elif len(fill.models) > 1:
            mixed[f"{where} by {fill.made_by}"] = None
        elif tested_as(fill.models, blind) is None:
            others[f"{fill.curve} by {fill.made_by or UNKNOWN}"] = None
    said = []
    if others:
        said.append(
            f"The model tested, {blind.model}, is not that by which some intervals were filled "
            f"({', '.join(others)}; it may differ by its weights alone): of those the test says "
            "nothing."
        )
    if mixed:
        said.append(
            f"Several had a part in some intervals ({'; '.join(mixed)}): the test is of each model "
            "alone, and says nothing of what stands there."
        )
    if drawn:
        said.append(f"Drawn by hand: {'; '.join(drawn)}. No test says anything of that.")
    return said


def _of_curve(curve: str, fills: Sequence[Fill], well: Well, blind: Judgement) -> list[Markup]:
    own = well.canonical[curve]
    unit = choose_track_curve(well, own).unit
    rows = blind.rows(curve)
    like = {_key(row) for fill in fills if (row := nearest_test(fill, blind))}
    rivals = [name for name in blind.evaluations if name != blind.model]
    theirs = {name: {_key(row): row for row in blind.rows(curve, name)} for name in rivals}
    heads = ["hidden", "samples", blind.model, "in the band", "band, \N{PLUS-MINUS SIGN}"]
    heads += [_NAMES.get(name, name) for name in rivals]
    body = [
        [
            test_name(row),
            row.samples,
            _both(row, curve, unit),
            per_cent(row.coverage),
            said_error(row.half_width, curve, unit),
            *(_both(theirs[name].get(_key(row)), curve, unit) for name in rivals),
        ]
        for row in rows
    ]
    marked = [place for place, row in enumerate(rows) if _key(row) in like]
    caption = "error, and nRMSE in brackets; in the band: 90 % is right"
    return [
        element("h3", own),
        *_verdicts(curve, unit, fills, blind, theirs),
        table(heads, body, numbers=range(1, len(heads)), marked=marked, caption=caption),
    ]


def _key(row: Scored) -> tuple[str, float]:
    return row.task, row.length_m


def _both(row: Scored | None, curve: str, unit: str) -> str:
    if row is None:
        return "\N{EN DASH}"
    return f"{said_error(row.rmse, curve, unit)} ({row.nrmse:.2f})"


def _verdicts(
    curve: str,
    unit: str,
    fills: Sequence[Fill],
    blind: Judgement,
    theirs: dict[str, dict[tuple[str, float], Scored]],
) -> list[Markup]:
    """Say in words what the test that is most like each fill found, once each."""
    said = {}
    for fill in fills:
        row, name = nearest_test(fill, blind), tested_as(fill.models, blind)
        if row is None or (name, _key(row)) in said:
            continue
        by = f" by {name}" if name != blind.model else ""
        sentence = (
            f"{test_name(row).capitalize()}{by}: error {said_error(row.rmse, curve, unit)}, "
            f"{per_cent(row.coverage)} of the hidden samples in the 90 % band"
        )
        line = theirs.get("interpolation", {}).get(_key(row))
        if (
            name != "interpolation"
            and line is not None
            and line.nrmse > 0
            and np.isfinite(row.nrmse)
        ):
            change = 1 - row.nrmse / line.nrmse
            than = "less" if change >= 0 else "MORE"
            sentence += f"; {per_cent(abs(change))} {than} error than a straight line"
        if row.coverage < _NARROW:
            sentence += "; the band is too narrow in this well: take it as wider than it is"
        elif row.coverage > _WIDE:
            sentence += "; the band is wider than it need be in this well"
        said[name, _key(row)] = sentence + "."
    if not said:
        return []
    name = "Most like what was filled:"
    return [
        element("p", name, class_="soft"),
        element("ul", *(element("li", s) for s in said.values())),
    ]


def test_name(row: Scored) -> str:
    """Say what was hidden."""
    if row.task == "blind":
        return "the whole curve"
    if row.task == "blackout":
        return f"{row.length_m:g} m of all curves"
    return f"{row.length_m:g} m of the curve"


def draw_coverage(blind: Judgement, well: Well) -> Markup:
    """Draw which share of the hidden samples the 90 % band held, per curve and what was hidden."""
    curves = blind.curves
    shares = [row.coverage for curve in curves for row in blind.rows(curve)]
    low = 0.5 if min(shares) >= 0.5 else 0.0
    left, right, row, top = 90.0, 560.0, 30.0, 34.0
    height = top + row * len(curves) + 30

    def across(share: float) -> float:
        return left + (right - left) * (share - low) / (1.0 - low)

    parts = []
    for share in np.arange(low, 1.05, 0.1 if low else 0.25).tolist():
        parts.append(_line(across(share), top - 8, height - 26, "axis"))
        parts.append(_said(per_cent(share), across(share), height - 10))
    parts.append(_line(across(0.9), top - 14, height - 26, "goal"))
    parts.append(_said("aim", across(0.9), top - 18))
    for place, curve in enumerate(curves):
        y = top + row * (place + 0.5)
        parts.append(element("text", well.canonical[curve], x="4", y=f"{y + 4:.1f}"))
        parts += [_mark(scored, across(scored.coverage), y) for scored in blind.rows(curve)]
    picture = element(
        "svg", *parts, viewBox=f"0 0 600 {height:.0f}", width="600", height=f"{height:.0f}",
        role="img", aria_label="Share of hidden samples inside the 90 % band",
    )  # fmt: skip
    keys = [
        Markup(f'<svg width="14" height="12" viewBox="-7 -6 14 12">{_shape(task, 0, 0, 5)}</svg> ')
        + text(said)
        for task, said in (
            ("gap", "some of the curve hidden, "),
            ("blackout", "all curves hidden, "),
            ("blind", "the whole curve hidden."),
        )
    ]
    said = (
        "Share of the hidden samples that lie in the 90 % band: at the dashed line the band is "
        "right, left of it too narrow. Large marks are long intervals. "
    )
    caption = element("figcaption", said, *map(Markup, keys))
    return element("figure", picture, caption)


def _line(x: float, top: float, base: float, kind: str) -> Markup:
    x1 = f"{x:.1f}"
    return element("line", x1=x1, y1=f"{top:.1f}", x2=x1, y2=f"{base:.1f}", class_=kind)


def _said(said: str, x: float, y: float) -> Markup:
    return element("text", said, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle")


def _mark(row: Scored, x: float, y: float) -> Markup:
    said = f"{test_name(row)}: {per_cent(row.coverage)} of {row.samples} samples"
    size = 2.5 + (np.log10(row.length_m) if row.length_m > 0 else 2.5)
    shift = {"gap": -6, "blackout": 6}.get(row.task, 0)  # so that they do not hide each other
    return element("g", element("title", said), _shape(row.task, x, y + shift, size))


def _shape(task: str, x: float, y: float, size: float) -> Markup:
    corners = {
        "blackout": ((0, -1), (1, 0), (0, 1), (-1, 0)),
        "blind": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    }
    if task not in corners:
        return element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{size:.1f}", class_=task)
    points = " ".join(f"{x + a * size:.1f},{y + b * size:.1f}" for a, b in corners[task])
    return element("polygon", points=points, class_=task)
