"""Sessions as files: wells by path and hash, the work on them whole.

A session file is a zip archive: ``session.json`` and ``arrays.npz``, and the LAS text of wells that
came from no file. Nothing in it is executed when it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import welllog
from welllog.blind_test import BlindTest
from welllog.candidates import Candidate, Decision
from welllog.cores.core_records import (
    ACTION,
    apply_core_record,
    recall_core_curves,
    say_what_is_gone,
)
from welllog.edits import apply_record
from welllog.formats import LogFileError, read, write
from welllog.gaps import Gap
from welllog.records import number_of
from welllog.restoration import RestoredCurve
from welllog.session import Session, SessionError, State, Work
from welllog.templates import parse_template, spell_template
from welllog.well import Well
from welllog.zones import Top, Zone

__all__ = ["ENDING", "SessionFileError", "open_session", "save_session"]

ENDING = ".wellsession"
FORMAT = 1
_ARRAYS = ("values", "median", "lower", "upper", "flag")

Arrays = dict[str, NDArray[Any]]


class SessionFileError(ValueError):
    """A session file that cannot be read, or whose wells are not what they were."""


def save_session(
    session: Session,
    path: str | Path,
    view: Mapping[str, Any] | None = None,
    *,
    aside: bool = False,
) -> Path:
    """Write a session, in place of one of that name only when it is whole.

    Parameters
    ----------
    session : Session
    path : str or Path
    view : mapping, optional
        What a viewer wants to find again; anything JSON can hold.
    aside : bool
        It is a safety copy: the session does not count as kept by it (``Steps.unkept``).

    Raises
    ------
    OSError
        The file cannot be written; one that was there is left as it was.
    """
    path = Path(path)
    arrays: Arrays = {}
    embedded: dict[str, bytes] = {}
    wells = [
        _describe_work(work, number, path, arrays, embedded)
        for number, work in enumerate(session.state.works)
    ]
    said = {
        "format": FORMAT,
        "welllog": welllog.__version__,
        "who": session.who,
        "wells": wells,
        "log": session.log,
        "view": dict(view or {}),
    }
    works = session.state.works
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr("session.json", json.dumps(said), zipfile.ZIP_DEFLATED)
            archive.writestr("arrays.npz", packed.getvalue())
            for name, content in embedded.items():
                archive.writestr(name, content, zipfile.ZIP_DEFLATED)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if not aside:
        session.kept = {work.key: work for work in works}
    return path


def open_session(
    path: str | Path, *, moved: Mapping[str, str | Path] | None = None, anyway: bool = False
) -> tuple[Session, dict[str, Any]]:
    """Read a session, and what a viewer kept with it.

    Parameters
    ----------
    path : str or Path
    moved : mapping, optional
        Key of a well to where its file is now. Files are looked for there, where they were, and
        beside the session file.
    anyway : bool
        Take a well's file also where it is not the one that was worked on, as long as its index
        is the same.

    Raises
    ------
    SessionFileError
        The file is no session, is damaged, or a well of it is missing or was changed.

    Notes
    -----
    A photograph of core that is gone or has changed is no error: ``session.remarks`` names it.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(archive.read("session.json"))
            packed = io.BytesIO(archive.read("arrays.npz"))
            embedded = {n: archive.read(n) for n in archive.namelist() if n.startswith("wells/")}
        with np.load(packed, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        if said["format"] != FORMAT:
            raise SessionFileError(
                f"{path.name} is of format {said['format']}, this welllog reads {FORMAT}; use the "
                f"version that wrote it ({said.get('welllog', 'unknown')}) or a newer one"
            )
        works, remarks = [], list[str]()
        for number, well in enumerate(said["wells"]):
            source = _find(well, path, dict(moved or {}), embedded, anyway)
            cores = _read_core_curves(well, number, arrays)
            works.append(_read_work(well, source, arrays, path.parent, cores, remarks))
        session = Session(
            who=str(said["who"]), state=State(tuple(works)),
            log=[str(line) for line in said["log"]], remarks=remarks,
            kept={work.key: work for work in works},
        )  # fmt: skip
        return session, dict(said["view"])
    except (zipfile.BadZipFile, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SessionFileError(f"{path.name} is no session file, or is damaged: {error}") from error
    except (SessionFileError, LogFileError):
        raise
    except ValueError as error:  # bad JSON, a pickled array, values that contradict each other
        raise SessionFileError(f"{path.name} is damaged: {error}") from error


def _describe_work(
    work: Work, number: int, path: Path, arrays: Arrays, embedded: dict[str, bytes]
) -> dict[str, Any]:
    well = work.well
    said: dict[str, Any] = {"key": work.key, "samples": len(well.index)}
    if well.path is not None and well.path.exists():
        content = well.path.read_bytes()
        said["path"] = str(well.path.resolve())
        said["near"] = _relative(well.path.resolve(), path.resolve().parent)
    else:
        with tempfile.TemporaryDirectory() as folder:
            content = write(well, Path(folder) / "well.las").read_bytes()
        said["embedded"] = f"wells/{number}.las"
        embedded[said["embedded"]] = content
    said["nulls"] = getattr(well.document, "nulls", "likely")
    said["index_unit"] = well.index_unit
    if work.zones is not None:
        said["zones"] = [[asdict(each) for each in kind] for kind in work.zones]
    if work.template is not None:
        path_of = work.template.path
        said["template"] = [spell_template(work.template), path_of and str(path_of)]
    said["sha256"] = hashlib.sha256(content).hexdigest()
    said["edits"] = work.current.history[len(well.history) :]
    said["core_curves"] = _describe_core_curves(work.current, said["edits"], number, arrays)
    said["intervals"] = [list(span) for span in work.intervals]
    said["candidates"] = [
        {
            "name": candidate.name,
            "model": candidate.model,
            "record": candidate.record,
            "whole": candidate.whole,
            "source": candidate.source,
            "curve": _describe_curve(candidate.curve, f"{number}/candidate/{i}", arrays),
        }
        for i, candidate in enumerate(work.candidates)
    ]
    said["decisions"] = [
        [d.curve, d.top, d.base, [list(w) for w in d.weights], [list(p) for p in d.points]]
        for d in work.decisions
    ]
    said["blind_tests"] = [
        _describe_test(test, f"{number}/blind/{i}", arrays)
        for i, test in enumerate(work.blind_tests)
    ]
    return said


def _describe_core_curves(
    well: Well, records: Sequence[Mapping[str, Any]], number: int, arrays: Arrays
) -> dict[str, Any]:
    """Keep curves of core: they are made again from photographs, which may be gone then."""
    told = {}
    for name in [str(n) for r in records if r.get("action") == ACTION for n in r["made"]]:
        curve = well.curves[name]
        arrays[f"{number}/core/{name}"] = well.values(name)
        told[name] = {"unit": str(curve.units or ""), "description": str(curve.description or "")}
    return told


def _relative(file: Path, folder: Path) -> str:
    """Return where a file is, seen from a folder; its name where that is on another drive."""
    try:
        return os.path.relpath(file, folder)
    except ValueError:
        return file.name


def _describe_curve(curve: RestoredCurve, place: str, arrays: Arrays) -> dict[str, Any]:
    for name in _ARRAYS:
        arrays[f"{place}/{name}"] = getattr(curve, name)
    for i, fill in enumerate(curve.realisations):
        arrays[f"{place}/realisation/{i}"] = fill
    return {
        "place": place,
        "mnemonic": curve.mnemonic,
        "canonical": curve.canonical,
        "unit": curve.unit,
        "gaps": [[gap.curve, gap.top, gap.base, gap.reason] for gap in curve.gaps],
        "replaced": curve.replaced,
        "inputs": curve.inputs,
        "realisations": len(curve.realisations),
        "error_on_others": curve.error_on_others,
    }


def _describe_test(test: BlindTest, place: str, arrays: Arrays) -> dict[str, Any]:
    arrays[f"{place}/truth"] = test.truth
    return {
        "place": place,
        "curve": test.curve,
        "unit": test.unit,
        "length": test.length,
        "intervals": [list(span) for span in test.intervals],
        "fills": {
            model: _describe_curve(fill, f"{place}/{i}", arrays)
            for i, (model, fill) in enumerate(test.fills.items())
        },
        "seed": test.seed,
        "flattered": list(test.flattered),
        "failed": dict(test.failed or {}),
    }


def _find(
    said: Mapping[str, Any],
    session: Path,
    moved: Mapping[str, str | Path],
    embedded: Mapping[str, bytes],
    anyway: bool,
) -> Path | bytes:
    """Return the file of a well, or its content where the session holds it."""
    key = str(said["key"])
    if "embedded" in said:
        return embedded[str(said["embedded"])]
    places = [Path(said["path"]), session.parent / said["near"]]
    places.append(session.parent / Path(said["path"]).name)
    if key in moved:
        places.insert(0, Path(moved[key]))
    there = [place for place in places if place.is_file()]
    if not there:
        raise SessionFileError(
            f"the file of well {key} is not at {said['path']} any more; put it there or beside "
            f"{session.name}, or say where it is: moved={{{key!r}: ...}}"
        )
    same = [p for p in there if hashlib.sha256(p.read_bytes()).hexdigest() == said["sha256"]]
    if not same and not anyway:
        raise SessionFileError(
            f"{there[0]} is not the file that was worked on: it has changed since; bring the old "
            "one back, or open the session anyway (anyway=True) if its index is the same"
        )
    chosen: Path = (same or there)[0]
    return chosen


def _read_core_curves(
    said: Mapping[str, Any], number: int, arrays: Arrays
) -> dict[str, dict[str, Any]]:
    """Return curves of core as they were kept; older session files kept none."""
    kept = {}
    for name, each in said.get("core_curves", {}).items():
        values = arrays[f"{number}/core/{name}"]
        if values.shape != (said["samples"],) or values.dtype != np.float64:
            raise ValueError(f"{number}/core/{name} is {values.dtype} of shape {values.shape}")
        kept[str(name)] = {**each, "values": values}
    return kept


def _read_work(
    said: Mapping[str, Any],
    source: Path | bytes,
    arrays: Arrays,
    beside: Path,
    cores: Mapping[str, Mapping[str, Any]],
    remarks: list[str],
) -> Work:
    if isinstance(source, bytes):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "well.las").write_bytes(source)
            well = _read_as_then(Path(folder) / "well.las", said)
        well.path = None
    else:
        well = _read_as_then(source, said)
    size = len(well.index)
    if size != said["samples"]:
        raise SessionFileError(
            f"well {said['key']} has {size} samples now and had {said['samples']}: what was "
            "restored does not fit it; bring the old file back"
        )
    candidates = tuple(
        Candidate(
            str(c["name"]), _read_curve(c["curve"], arrays, size), str(c["model"]), c["record"],
            bool(c["whole"]),
            str(c["source"]),
        )
        for c in said["candidates"]
    )  # fmt: skip
    decisions = tuple(
        Decision(
            str(curve),
            float(top),
            float(base),
            tuple((str(name), float(weight)) for name, weight in weights),
            tuple((float(depth), float(value)) for depth, value in points),
        )
        for curve, top, base, weights, points in said["decisions"]
    )
    intervals = tuple((float(top), float(base)) for top, base in said["intervals"])
    tests = tuple(_read_test(test, arrays, size) for test in said["blind_tests"])
    edited = None
    for record in said["edits"]:
        edited = _repeat(edited or well, record, beside, cores, remarks)
        edited.history[-1] = record  # made when and by whom it says
    zones = None
    if "zones" in said:
        zones = (
            tuple(Zone(**each) for each in said["zones"][0]),
            tuple(Top(**each) for each in said["zones"][1]),
        )
        well.zones, well.tops = list(zones[0]), list(zones[1])
    template = None
    if "template" in said:
        text, named = said["template"]
        path = Path(named) if named else None
        template = replace(parse_template(text, path or Path("template")), path=path)
    work = Work(str(said["key"]), well, intervals, candidates, decisions, tests, edited, zones,
                template)  # fmt: skip
    for decision in decisions:
        for name, _ in decision.weights:
            try:
                work.candidate(name)
            except SessionError as error:
                raise SessionFileError(f"a decision is about what is not there: {error}") from error
    return work


def _repeat(
    well: Well,
    record: dict[str, Any],
    folder: Path,
    cores: Mapping[str, Mapping[str, Any]],
    remarks: list[str],
) -> Well:
    """Do again what a record of an edit or of curves of core says.

    Where a photograph is gone or has changed, its curves stand as they were kept, and that is
    remarked; the record stays, so that they are made again when the photograph is back.
    """
    user = str(record.get("user", ""))
    if record.get("action") != ACTION:
        return apply_record(well, record, user=user)
    try:
        return apply_core_record(well, record, folder=folder, user=user)
    except (ValueError, OSError) as error:  # its picture or its labels are files of their own
        names = [str(name) for name in record["made"] if not str(name).endswith("_SE")]
        stand = "stand as they were kept" if set(names) <= set(cores) else "are null"
        remarks.append(
            f"{well.name}: curves {', '.join(names)} {stand} and are not made again: "
            f"{say_what_is_gone(record, folder) or error}"
        )
        return recall_core_curves(well, record, cores)


def _read_as_then(path: Path, said: Mapping[str, Any]) -> Well:
    """Read a well as it was read for the session; older session files do not say how."""
    nulls, unit = said.get("nulls", "likely"), said.get("index_unit")
    well = read(path, nulls=nulls)
    if not unit or well.index_unit == unit:
        return well  # with the remarks that a unit given from outside would silence
    return read(path, nulls=nulls, index_unit=str(unit))


def _read_curve(said: Mapping[str, Any], arrays: Arrays, size: int) -> RestoredCurve:
    place = said["place"]
    parts = {name: arrays[f"{place}/{name}"] for name in _ARRAYS}
    fills = [arrays[f"{place}/realisation/{i}"] for i in range(said["realisations"])]
    for name, array in [*parts.items(), *(("realisation", fill) for fill in fills)]:
        wanted = np.int8 if name == "flag" else np.float64
        if array.shape != (size,) or array.dtype != wanted:
            raise ValueError(f"{place}/{name} is {array.dtype} of shape {array.shape}")
    gaps = [Gap(str(c), int(top), int(base), str(why)) for c, top, base, why in said["gaps"]]
    if not all(0 <= gap.top < gap.base <= size for gap in gaps):
        raise ValueError(f"{place} has a gap outside the well")
    return RestoredCurve(
        str(said["mnemonic"]),
        str(said["canonical"]),
        str(said["unit"]),
        **parts,
        gaps=gaps,
        replaced=int(said["replaced"]),
        inputs={str(k): str(v) for k, v in said["inputs"].items()},
        realisations=fills,
        error_on_others=number_of(said.get("error_on_others")),  # older files have none
    )


def _read_test(said: Mapping[str, Any], arrays: Arrays, size: int) -> BlindTest:
    truth = arrays[f"{said['place']}/truth"]
    if truth.shape != (size,):
        raise ValueError(f"{said['place']}/truth has shape {truth.shape}")
    return BlindTest(
        str(said["curve"]),
        str(said["unit"]),
        float(said["length"]),
        tuple((float(top), float(base)) for top, base in said["intervals"]),
        truth,
        {str(m): _read_curve(fill, arrays, size) for m, fill in said["fills"].items()},
        int(said["seed"]),
        tuple(str(model) for model in said["flattered"]),
        {str(k): str(v) for k, v in said["failed"].items()},
    )
