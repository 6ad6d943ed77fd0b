"""The report of a restored well: one HTML file that says what was filled, by what, and how good.

It needs nothing from elsewhere, runs no script, and can be read on a phone and on paper. Every
string that comes out of a file is escaped.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import welllog
from welllog.blind_test import BlindTest
from welllog.extrapolation import ADVICE, is_unusual, say_error_on_others, say_unusual
from welllog.hypertext import Markup, document, element, table
from welllog.judgement import Judgement
from welllog.makers import HAND, name_makers, rank_models, say_models
from welllog.progress import Progress, part_of
from welllog.records import other_steps, read_restorations
from welllog.report.fills import (
    Fill,
    depth,
    find_left,
    list_fills,
    said_error,
    said_samples,
    show_fills,
    show_left,
)
from welllog.report.pictures import choose_views, show_pictures
from welllog.report.quality import show_quality
from welllog.restoration import Restoration
from welllog.templates import Template
from welllog.well import Remark, Well

__all__ = ["MOST_PICTURES", "ReportError", "list_fills", "said_samples", "write_report"]

MOST_PICTURES = 12
"""Zooms that a report holds: more are seldom looked at, and each is some 200 kB."""
_MOST_REMARKS = 100
_SEVERITIES = {"major": 0, "minor": 1, "info": 2}

_HEADER = (
    ("field", ("FLD",)),
    ("company", ("COMP",)),
    ("unique well identifier", ("UWI", "API")),
    ("location", ("LOC", "LOC1")),
    ("country, province", ("CTRY", "PROV", "STAT", "CNTY")),
    ("latitude", ("LATI", "LAT", "LATITUDE")),
    ("longitude", ("LONG", "LON", "LONGITUDE")),
    ("x", ("X", "XCOORD", "EAST")),
    ("y", ("Y", "YCOORD", "NORTH")),
    ("coordinate system", ("GDAT", "GEODETIC", "HZCS", "UTM")),
    ("elevation of depth zero", ("EREF", "ELEV", "EKB", "KB", "EDF", "RKB")),
    ("elevation of ground", ("EGL", "GL")),
    ("service company", ("SRVC",)),
    ("date in the file", ("DATE",)),
)
_RECORD = (
    ("name", "model"),
    ("file", "model's file"),
    ("file_sha256", "sha256 of that file"),
    ("trees_sha256", "sha256 of its trees"),
    ("weights_sha256", "sha256 of its weights"),
    ("wells_in_training", "wells in training"),
)


class ReportError(ValueError):
    """A report that cannot be made as asked."""


def write_report(
    of: Well | Restoration | Sequence[Restoration],
    path: str | Path,
    *,
    blind: Judgement | str | None = None,
    reviewed: Sequence[BlindTest] = (),
    pictures: int = MOST_PICTURES,
    template: Template | str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the report of a restored well as one HTML file.

    Parameters
    ----------
    of : Well, Restoration or sequence of Restoration
        What ``restore`` returned (of one well), or a well with restored curves: read back from the
        file that they were written to, the side-car beside it included.
    path : str or Path
    blind : Judgement or str, optional
        What ``judgement.judge_well`` found on this well, or why it was not run.
    reviewed : sequence of BlindTest
        By which an analyst decided: said beside the other, which hides other lengths elsewhere.
    pictures : int
        So many stretches that were filled are shown from near, at most.
    template : Template, str or Path, optional
        As in ``tracks.lay_out``, for the pictures.
    overwrite : bool
        Replace a file that exists.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Returns
    -------
    Path

    Raises
    ------
    ReportError
        There is no restored curve, the restorations are of several wells, the file exists or
        cannot be written.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise ReportError(f"{path}: exists; choose another name or allow overwriting")
    well, restorations, remarks = _gather(of)
    fills = list_fills(restorations)
    page = document(
        f"{well.name}: restored curves",
        *_opening(well, fills, blind),
        *_section("The well", _show_well(well)),
        *_section("What was filled or replaced", *_filled(well, restorations, fills, blind)),
        *_section(
            "By what",
            *(part for one in restorations for part in _show_record(one)),
            *_show_steps(other_steps(well)),
        ),
        *_section("How good", *show_quality(fills, well, blind, reviewed)),
        *_section(
            "Pictures",
            element(
                "p",
                "Thin and in colour: as measured. Dark: restored (median). Tinted: the band that "
                "nine of ten true values should lie in. Red at the edge of a track: outside what "
                "the model has seen.",
            ),
            *show_pictures(
                well,
                restorations,
                choose_views(fills, well),
                pictures,
                template,
                part_of(progress, 0, 0.95),
            ),
        ),  # fmt: skip
        *_section("Remarks of the reader", _show_remarks([*well.report, *remarks])),
        _closing(),
    )
    _replace(path, page)
    if progress:
        progress(1.0, "done")
    return path


def _gather(
    of: Well | Restoration | Sequence[Restoration],
) -> tuple[Well, list[Restoration], list[Remark]]:
    """Return the well as measured, what was restored in it, and remarks on the record."""
    remarks: list[Remark] = []
    if isinstance(of, Well):
        restorations, remarks = read_restorations(of)
        well = of
    else:
        restorations = [of] if isinstance(of, Restoration) else list(of)
        if not restorations:
            raise ReportError("no restoration is given; there is nothing to report")
        well = restorations[-1].well
        for one in restorations:
            if one.well.name != well.name or not np.array_equal(one.well.index, well.index):
                raise ReportError(
                    f"the restorations are of wells {one.well.name} and {well.name}; "
                    "write a report for each"
                )
    restorations = [one for one in restorations if one.curves]
    if not restorations:
        raise ReportError(
            f"well {well.name} holds no restored curve; restore it first, or read the file that "
            "the restored curves were written to"
        )
    return well, restorations, remarks


def _replace(path: Path, page: str) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        part.write_bytes(page.encode("utf-8", "replace"))
        os.replace(part, path)
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be written: {error.strerror or error}; choose another folder"
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _section(title: str, *content: Markup) -> list[Markup]:
    return [element("h2", title), *content]


def _opening(well: Well, fills: list[Fill], blind: Judgement | str | None) -> list[Markup]:
    """Return the title, and in a line for each curve what was done."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines: list[Markup] = []
    strange: list[Markup] = []
    for own in dict.fromkeys(fill.curve for fill in fills):
        mine = [fill for fill in fills if fill.curve == own]
        metres = sum(fill.length_m for fill in mine)
        count = f"{len(mine)} interval{'s' * (len(mine) != 1)}"
        samples, replaced = (
            sum(getattr(f, part) for f in mine) for part in ("samples", "replaced")
        )
        said = f": {said_samples(samples, replaced)} in {count}"
        said += f", {metres:.1f} m" if np.isfinite(metres) else ""
        said += f", {made}" if (made := _said_by(mine)) else ""
        outside = sum(fill.outside for fill in mine)
        said += f"; {outside} outside the model's experience" if outside else ""
        longest = max(mine, key=lambda fill: fill.samples)
        band = said_error(longest.half_width, longest.canonical, longest.unit)
        sign = "" if band.startswith("\N{MULTIPLICATION SIGN}") else "\N{PLUS-MINUS SIGN}"
        if np.isfinite(longest.half_width):
            said += f"; 90 % band {sign}{band}" + (" in the longest" if len(mine) > 1 else "")
        ratio = max(
            (f.error_on_others for f in mine if f.error_on_others is not None), default=None
        )
        said += f"; {say_error_on_others(ratio)}" if ratio is not None else ""
        lines.append(element("p", element("strong", own), said + "."))
        if is_unusual(ratio):
            strange.append(element("p", element("strong", own), f": {say_unusual(ratio)}"))
    if not lines:
        lines = [element("p", "Restored curves are there, but no sample of them was filled.")]
    tested = "" if isinstance(blind, Judgement) else "Not tested on this well. "
    return [
        element("h1", element("bdi", well.name), ": restored curves"),
        element("p", f"{tested}Written {date} by welllog {welllog.__version__}.", class_="soft"),
        element("div", *lines, class_="card"),
        *([element("div", *strange, element("p", ADVICE), class_="card look")] if strange else []),
    ]


def _said_by(fills: Sequence[Fill]) -> str:
    """Say by what a curve was filled; nothing where that is not on record."""
    models: list[Mapping[str, Any]] = []
    for fill in fills:
        models += [model for model in fill.models if model not in models]
    made = say_models(models)
    return f"drawn by {made}" if made == HAND else f"by {made}" if made else ""


def _show_well(well: Well) -> Markup:
    facts: list[tuple[str, object]] = [("name", element("bdi", well.name))]
    for label, mnemonics in _HEADER:
        for mnemonic in mnemonics:
            value = well.header.value(mnemonic).strip()
            if value and value != well.name:
                unit = well.header[mnemonic].unit.strip()
                facts.append((label, f"{value} {unit}".strip()))
                break
    low, high = np.nanmin(well.index), np.nanmax(well.index)
    facts.append(
        (
            "index",
            f"{well.index_mnemonic}, {depth(low)} to {depth(high)} {well.index_unit}, "
            f"{len(well.index)} samples every {well.step:.4g} {well.index_unit}",
        )
    )
    facts += _facts_of_file(well.path)
    return _facts(facts)


def _facts_of_file(path: Path | None) -> list[tuple[str, object]]:
    if path is None:
        return [("file", "none: the well was made in memory")]
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        said = f"{path.name} (cannot be read any more: {error.strerror})"
        return [("file", said)]
    return [("file", path.name), ("sha256 of the file", element("code", digest))]


def _facts(facts: Sequence[tuple[str, object]]) -> Markup:
    rows = [element("tr", element("th", k, scope="row"), element("td", v)) for k, v in facts]
    return element("table", element("tbody", *rows), class_="facts")


def _filled(
    well: Well,
    restorations: Sequence[Restoration],
    fills: list[Fill],
    blind: Judgement | str | None,
) -> list[Markup]:
    said = (
        "The measured curves are not altered. Replaced: samples that were measured and are filled "
        "all the same. Outside: samples where what the model sees is unlike its training. "
        "Measured there: which of the curves that the model looks at have values in the interval."
    )
    if isinstance(blind, Judgement):
        said += (
            " Error in test: what the blind test found of the model that filled it where most "
            "nearly as much was hidden of this curve, and how much that was; a dash where nothing "
            "of a like length was."
        )
    parts = [element("p", said, class_="soft"), show_fills(fills, well, blind)]
    skipped = {own: why for one in restorations for own, why in one.skipped.items()}
    if skipped:
        items = [element("li", element("strong", own), f": {why}") for own, why in skipped.items()]
        parts += [element("p", "Asked for, and not filled:"), element("ul", *items)]
    left = find_left(well, restorations)
    if left:
        parts += [
            element("h3", "Found, and left as it is"),
            element(
                "p",
                "Stretches without a value between measured ones, and measured ones that are "
                "doubtful. They are no part of this restoration.",
                class_="soft",
            ),
            show_left(left, well),
        ]
    return parts


def _show_record(restoration: Restoration) -> list[Markup]:
    """Return how the curves of one restoration were made."""
    record = restoration.record
    names = ", ".join(restoration.curves)
    if not record:
        said = "Nothing is on record of how these were made: the file does not say."
        return [element("h3", names), element("div", element("p", said), class_="card look")]
    facts: list[tuple[str, object]] = []
    for model in rank_models([restoration]):
        for key, label in _RECORD:
            if key in model:
                value = model[key]
                facts.append((label, element("code", value) if key.endswith("sha256") else value))
    for key, label in (
        ("date", "date"), ("user", "by"), ("welllog", "version of welllog"),
        ("action", "what was asked"), ("source", "read from"), ("device", "device"),
        ("realisations", "realisations"), ("seed", "seed"),
    ):  # fmt: skip
        if record.get(key) not in (None, "", "None"):
            facts.append((label, record[key]))
    makers = name_makers(restoration)
    if record.get("decisions"):
        made = {own: "a line drawn by hand" if by == HAND else by for own, by in makers.items()}
        facts[:0] = [(f"{own} by", by) for own, by in made.items()]
    inputs: dict[str, list[str]] = {}
    for own, curve in restoration.curves.items():
        if makers[own] == HAND:
            continue
        looked = [name if name != own else f"{name} itself" for name in curve.inputs.values()]
        inputs.setdefault(", ".join(looked) or "not on record", []).append(own)
    for names_of_inputs, mine in inputs.items():
        facts.append((f"inputs of {', '.join(mine)}", names_of_inputs))
    return [element("h3", names), _facts(facts), *_show_decisions(record)]


def _show_decisions(record: Mapping[str, Any]) -> list[Markup]:
    """Return what an analyst decided, where several models were asked."""
    made = record.get("decisions")
    decisions = [d for d in made if isinstance(d, Mapping)] if isinstance(made, list) else []
    if not decisions:
        return []
    rows = []
    for one in decisions[:_MOST_REMARKS]:
        ends, of = one.get("interval"), one.get("candidates")
        span = [depth(float(end)) for end in ends] if isinstance(ends, list) else []
        names = ", ".join(map(str, of)) if isinstance(of, Mapping) else ""
        rows.append([one.get("curve", ""), " to ".join(span), one.get("decision", ""), names])
    return [element("p", "What was decided:"), table(["curve", "interval", "what", "of"], rows)]


def _show_steps(steps: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """Return what else is on record of the well: edits, say."""
    if not steps:
        return []
    rows = [
        [
            step.get("date", ""),
            " ".join(str(step[key]) for key in ("action", "edit") if step.get(key)),
            step.get("curve") or "",
            step.get("made") or "",
            step.get("user") or "",
        ]
        for step in steps[:_MOST_REMARKS]
    ]
    heads = ["date", "what", "curve", "made", "by"]
    return [element("h3", "What else is on record"), table(heads, rows)]


def _show_remarks(remarks: Sequence[Remark]) -> Markup:
    if not remarks:
        return element("p", "None: nothing had to be guessed or repaired.")
    ordered = sorted(remarks, key=lambda remark: _SEVERITIES.get(remark.severity, 3))
    rows = [
        [one.severity, one.problem, one.where, one.action, one.standard]
        for one in ordered[:_MOST_REMARKS]
    ]
    shown = table(["severity", "problem", "where", "what was done", "standard"], rows)
    if len(ordered) > _MOST_REMARKS:
        rest = f"and {len(ordered) - _MOST_REMARKS} more: welllog check lists them"
        return Markup(shown + element("p", rest, class_="soft"))
    return shown


def _closing() -> Markup:
    return element(
        "footer",
        element(
            "p",
            "In the file, for a curve DTC: DTC_RES measured where measured and restored elsewhere "
            "(DTC_SYN predicted throughout), DTC_P05, DTC_P50 and DTC_P95 the 90 % band and its "
            "median, DTC_FLAG 0 measured, 1 filled, 2 measured but replaced, 3 either of them "
            "outside the model's experience. A restored value is a prediction, not a measurement.",
        ),
    )
