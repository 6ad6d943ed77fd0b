"""Doing again what the record of a well says was done, and saying where that is not possible.

``welllog.write`` puts the history of a well into a side-car, ``NAME.welllog.json``. Given the well
that the history started from, ``replay`` repeats every entry of it: edits, restorations, syntheses,
decisions about candidates. What an entry rests on is compared first (the curves, the model, the
version of welllog), and what came of it afterwards, by the hashes in the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from welllog import __version__
from welllog.candidates import Candidate, finish, read_decision
from welllog.checkpoint import ModelError, describe_model, load_model
from welllog.cores.core_records import apply_core_record
from welllog.edits import apply_record
from welllog.formats.las_write import source_sha256
from welllog.provenance import curve_sha256, index_sha256
from welllog.restoration import Restoration, restore, synthesize
from welllog.well import Well

if TYPE_CHECKING:
    from welllog.baselines import Restorer
    from welllog.progress import Progress

__all__ = ["Replay", "ReplayError", "compare_curves", "read_sidecar", "replay"]

History = Mapping[str, Any] | Sequence[Mapping[str, Any]] | str | Path


class ReplayError(ValueError):
    """A history that cannot be repeated, or whose repetition is not what was recorded."""


@dataclass(frozen=True)
class Replay:
    """What ``replay`` returns."""

    well: Well
    """With the curves made again and a history of its own."""
    differences: list[str] = field(default_factory=list)
    """In what the well, a model, the version or a result was not what is recorded."""


def replay(
    well: Well,
    history: History,
    *,
    model: str | Path | Restorer | None = None,
    anyway: bool = False,
    user: str | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Repeat every entry of a history.

    Parameters
    ----------
    well : Well
        As it was before the first entry: read from the file that the side-car names. It is not
        changed.
    history : path, mapping or sequence
        A side-car file, what is in one, or the history of a well.
    model : str, path or Restorer, optional
        What restored, where the record names a model file: a record holds its name and hash, not
        its place. By default a file of that name beside the side-car, or in the working folder.
    anyway : bool
        Go on where something is not what is recorded, and tell it.
    user : str, optional
        Who the new records name; see ``provenance.login_name``.
    progress : callable, optional
        Called with the share done and a message; whatever it raises stops the work.

    Returns
    -------
    Replay
        Each new record names the date and the user of the one it repeats.

    Raises
    ------
    ReplayError
        The side-car is none; a record cannot be repeated; or, without ``anyway``, something is
        not what is recorded.
    CurveNotFoundError, EditError, PlacementError, RestorationError, ModelError
        As the repeated steps raise them.
    """
    folder = Path(history).parent if isinstance(history, str | Path) else Path()
    car = read_sidecar(history) if isinstance(history, str | Path) else history
    records = car.get("history") if isinstance(car, Mapping) else car
    if not isinstance(records, Sequence) or not all(isinstance(r, Mapping) for r in records):
        raise ReplayError(f"the history holds no list of records but {type(records).__name__}")
    if not records:
        raise ReplayError("the history is empty: there is nothing to repeat")
    run = _Run(folder, model, user, anyway)
    run.note(_other_well(well, car, records))
    result = well
    for number, record in enumerate(records):
        step = f"step {number + 1} ({record.get('edit') or record.get('action')})"
        told = _part_of(progress, number, len(records), step)
        told(0.0, "")
        run.note(_other_inputs(result, record), step)
        after = run.repeat(result, record, step, told)
        run.note(_other_results(after, record), step)
        after.history[-1]["repeats"] = {key: record.get(key) for key in ("date", "user", "welllog")}
        result = after
    if progress:
        progress(1.0, "done")
    return Replay(result, run.found)


def read_sidecar(path: str | Path) -> dict[str, Any]:
    """Read a side-car file.

    Raises
    ------
    ReplayError
        The file is missing or no side-car.
    """
    advice = "name the .welllog.json that stands beside a file written by welllog"
    try:
        car = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read ({error.strerror}); {advice}") from None
    except ValueError:  # no JSON, or no text
        car = None
    if not isinstance(car, dict) or not isinstance(car.get("history"), list):
        raise ReplayError(f"{path}: is no side-car; {advice}")
    return car


def compare_curves(well: Well, result: Well) -> list[str]:
    """Compare every curve of a well with that of another, sample for sample.

    Returns
    -------
    list of str
        In what ``result`` is different; empty where all is the same to the bit. Curves that only
        ``result`` has are told too.
    """
    if not np.array_equal(well.index, result.index):
        return ["the index is another"]
    different = []
    for name in well.curves:
        if name not in result.curves:
            different.append(f"{name} is not there")
            continue
        mine, theirs = well.values(name), result.values(name)
        nulls = np.isfinite(mine) != np.isfinite(theirs)
        apart = np.where(nulls | ~np.isfinite(mine), 0.0, np.abs(mine - theirs))
        if nulls.any() or apart.any():
            count = int((nulls | (apart > 0)).sum())
            at = f"{name} differs in {count} sample{'s' * (count != 1)}"
            different.append(f"{at}, by at most {apart.max():.3g}" if apart.any() else at)
    return [*different, *(f"{n} is not repeated" for n in result.curves if n not in well.curves)]


def _part_of(progress: Progress | None, number: int, of: int, step: str) -> Progress:
    """Return a progress for one step of several."""

    def tell(share: float, message: str) -> None:
        if progress:
            progress((number + share) / of, f"{step}: {message}" if message else step)

    return tell


@dataclass
class _Run:
    """One repetition of a history."""

    folder: Path
    """Of the side-car."""
    model: str | Path | Restorer | None
    user: str | None
    anyway: bool
    found: list[str] = field(default_factory=list)
    """In what something differs from what is recorded."""

    def note(self, differences: Iterable[str], step: str = "") -> None:
        """Keep what is different, or stop there."""
        new = [f"{step}: {what}" if step else what for what in differences]
        if new and not self.anyway:
            raise ReplayError("not as recorded: " + "; ".join(new))
        self.found += new

    def repeat(self, well: Well, record: Mapping[str, Any], step: str, progress: Progress) -> Well:
        """Do one step again."""
        action = record.get("action")
        if action == "edit":
            return apply_record(well, record, user=self.user)
        if action == "core curve":
            return apply_core_record(well, record, folder=self.folder, user=self.user)
        if action == "decide":
            return self.decide(well, record, step, progress)
        if action not in ("restore", "synthesize"):
            raise ReplayError(f"{step} is nothing that can be repeated")
        made = self.restore(well, record, step, progress).well
        if self.user:
            made.history[-1]["user"] = self.user
        return made

    def restore(
        self, well: Well, record: Mapping[str, Any], step: str, progress: Progress
    ) -> Restoration:
        """Ask the recorded model for what was asked then."""
        asked, described = record.get("asked"), record.get("model")
        if not _sound(asked) or not isinstance(described, Mapping):
            raise ReplayError(f"{step}: the record does not say what was asked, or of which model")
        restorer = self.find_model(described, step)
        self.note(_other_model(describe_model(restorer), described), step)
        device = str(record.get("device", "auto")).split(":")[0]
        try:
            load_model(restorer, device)
        except ValueError as error:  # this machine has no such device
            self.note([str(error)], step)
            device = "auto"
        curves, intervals = asked["curves"], asked["intervals"]
        keywords: dict[str, Any] = {
            "also": [str(name) for name in asked.get("also") or ()],
            "edited": bool(asked.get("edited")),
            "realisations": record.get("realisations", 0),
            "seed": record.get("seed", 0),
            "progress": progress,
        }
        if record.get("action") == "restore":
            return restore(well, curves, intervals, restorer, device, **keywords)
        return synthesize(well, curves or [], restorer, device, **keywords)

    def decide(self, well: Well, record: Mapping[str, Any], step: str, progress: Progress) -> Well:
        """Make the candidates again, and of them what was decided."""
        try:
            decisions = [read_decision(said) for said in record["decisions"]]
            runs = [dict(run) for run in record["runs"]]
            places = {str(name): int(place) for name, place in record["candidates"].items()}
            chosen = {name: each.curve for each in decisions for name, _ in each.weights}
            needed = [(name, chosen[name], runs[place]) for name, place in places.items()]
        except (AttributeError, LookupError, TypeError, ValueError):
            raise ReplayError(f"{step}: the record does not say what was decided") from None
        candidates = []
        for number, (name, own, run) in enumerate(needed):
            within = _part_of(progress, number, len(needed), name)
            self.note(_other_inputs(well, run), f"{step}, {name}")
            made = self.restore(well, run, f"{step}, {name}", within)
            self.note(_other_results(made.well, run), f"{step}, {name}")
            if own not in made:
                raise ReplayError(f"{step}: {made.model} made no {own}, which was decided about")
            candidates.append(Candidate(name, made[own], made.model, made.record))
        return finish(well, candidates, decisions, self.user or "").well

    def find_model(self, described: Mapping[str, Any], step: str) -> Restorer:
        """Return the restorer that a record describes, or what comes nearest to it."""
        places: list[str | Path | Restorer] = [] if self.model is None else [self.model]
        if "file" in described:
            name = Path(str(described["file"])).name
            places += [path for path in (self.folder / name, Path(name)) if path.is_file()]
        else:
            places.append(str(described.get("name")))
        nearest: Restorer | None = None
        unsound: ModelError | None = None
        for place in places:
            try:
                restorer = load_model(place)
            except ModelError as error:
                unsound = error
                continue
            if not list(_other_model(describe_model(restorer), described)):
                return restorer
            nearest = restorer if nearest is None else nearest
        if nearest is not None:
            return nearest
        if unsound is not None:
            raise unsound
        raise ReplayError(f"{step} was done with the model file {name}, which is not here: name it")


def _sound(asked: Any) -> TypeGuard[Mapping[str, Any]]:
    """Say whether a record tells which curves and intervals were asked for."""
    if not isinstance(asked, Mapping) or not {"curves", "intervals"} <= set(asked):
        return False
    curves, intervals = asked["curves"] or [], asked["intervals"] or []
    return (
        isinstance(curves, list)
        and isinstance(intervals, list)
        and all(isinstance(curve, str) for curve in curves)
        and all(isinstance(pair, list) and len(pair) == 2 for pair in intervals)
        and all(isinstance(end, int | float) for pair in intervals for end in pair)
    )


def _other_well(well: Well, car: Any, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say in what the well and the version are not those that the records start from."""
    first = records[0]
    if "well" in first and first["well"] != well.name:
        yield f"the well is {well.name}, recorded is {first['well']}"
    source = car.get("source") if isinstance(car, Mapping) else None
    if isinstance(source, Mapping) and "sha256" in source and well.document is not None:
        if source["sha256"] != source_sha256(well):
            yield f"the file is not {Path(str(source.get('path'))).name} as it was read then"
    index = _hashes(first, "index")
    if index and index != index_sha256(well):
        yield "the index is another, or in another unit"
    versions = {str(record["welllog"]) for record in records if "welllog" in record}
    for version in sorted(versions - {__version__}):
        yield f"this is welllog {__version__}, recorded is {version}"


def _other_inputs(well: Well, record: Mapping[str, Any]) -> Iterator[str]:
    """Say which curves are not those that a step was given."""
    for name, recorded in dict(_hashes(record, "inputs") or {}).items():
        if name not in well.curves:
            yield f"there is no curve {name}"
        elif curve_sha256(well, name) != recorded:
            yield f"curve {name} holds other values, or has another unit"


def _other_results(well: Well, record: Mapping[str, Any]) -> Iterator[str]:
    """Say in what the curves just made differ from those recorded."""
    made, recorded = (dict(_hashes(r, "made") or {}) for r in (well.history[-1], record))
    if not recorded:
        yield "the record holds no hashes, so nothing can be compared"
    lost = [name for name in recorded if name not in made]
    apart = [name for name in recorded if name in made and made[name] != recorded[name]]
    new = [name for name in made if name not in recorded] if recorded else []
    for names, what in (
        (lost, "not made again"),
        (apart, "made again, with other values"),
        (new, "made, which is not recorded"),
    ):
        if names:
            yield f"{', '.join(names)} {'were' if len(names) > 1 else 'was'} {what}"


def _hashes(record: Mapping[str, Any], part: str) -> Any:
    hashes = record.get("sha256")
    return hashes.get(part) if isinstance(hashes, Mapping) else None


def _other_model(here: Mapping[str, Any], recorded: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "file_sha256", "weights_sha256", "trees_sha256"):
        if here.get(key) != recorded.get(key):
            mine, theirs = (str(card.get(key) or "none")[:12] for card in (here, recorded))
            yield f"the model's {key.replace('_', ' ')} is {mine}, recorded is {theirs}"
