"""What was done on one well of a session, and what can be made of it; nothing here changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from welllog.blind_test import BlindTest
from welllog.candidates import Candidate, Decision, finish
from welllog.cores.borehole import place_boreholes
from welllog.cores.core_curves import CurveSettings
from welllog.cores.core_records import CoreSource, make_core_curves
from welllog.cores.placement_files import with_cores
from welllog.progress import Progress
from welllog.templates import Template, TemplateError, read_template
from welllog.well import Well
from welllog.zones import Top, Zone

__all__ = ["Interval", "SessionError", "State", "Work", "make_core", "make_print", "make_report"]

Interval = tuple[float, float]


class SessionError(ValueError):
    """An action that cannot be done in this session."""


@dataclass(frozen=True, eq=False)
class Work:
    """One well of a session and what has been done on it."""

    key: str
    well: Well
    """As it was read; nothing in it is changed but its zones, its tops and its pictures of core,
    which stand in files of their own."""
    intervals: tuple[Interval, ...] = ()
    """Picked, (top, base) in index units."""
    candidates: tuple[Candidate, ...] = ()
    decisions: tuple[Decision, ...] = ()
    blind_tests: tuple[BlindTest, ...] = ()
    """The last one of each curve."""
    edited: Well | None = None
    """The well with its edits, None where there are none."""
    zones: tuple[tuple[Zone, ...], tuple[Top, ...]] | None = None
    """Zones and tops that were loaded, and that the well has while this is its state; None leaves
    it those it was read with."""
    template: Template | None = None
    """By which its tracks are drawn, where one was chosen."""

    @property
    def current(self) -> Well:
        """The well that models look at: with its edits, where there are some."""
        return self.well if self.edited is None else self.edited

    def candidate(self, name: str) -> Candidate:
        """Return a candidate by name.

        Raises
        ------
        SessionError
            There is none of this name.
        """
        for candidate in self.candidates:
            if candidate.name == name:
                return candidate
        have = ", ".join(candidate.name for candidate in self.candidates) or "none"
        raise SessionError(f"well {self.key} has no candidate {name}; it has {have}")

    def samples_in(self, interval: Interval) -> Interval:
        """Return the depths of the first and last sample of an interval, smaller one first.

        Raises
        ------
        SessionError
            It holds no sample.
        """
        index = self.well.index
        inside = index[(index >= min(interval)) & (index <= max(interval))]
        if not len(inside):
            raise SessionError(
                f"{interval[0]:g} to {interval[1]:g} {self.well.index_unit} holds no sample of "
                f"well {self.key}"
            )
        return float(inside.min()), float(inside.max())

    def spoiled(self, curve: str) -> list[Interval]:
        """Return where candidates replace parts of a curve."""
        own = self.well.find(curve)
        spans: dict[Interval, None] = {}
        for candidate in self.candidates:
            if candidate.curve.mnemonic == own and not candidate.whole:
                spans |= dict.fromkeys(candidate.spans(self.well.index))
        return list(spans)

    def is_in_files(self, session_file: Work | None, las: Work | None) -> bool:
        """Return whether all that was done is in a session file or in a LAS file.

        Each is the work as it was when the file was written, None where there is none. A LAS file
        holds edits, zones and decisions; candidates are of no more use to it once nothing is left
        to be decided. A template may have a file of its own.
        """
        if session_file is None or session_file.well is not self.well:
            session_file = Work(self.key, self.well)
        done = {"candidates", "decisions", "edited", "zones", "template"}
        loose = {name for name in done if not _is_same(self, session_file, name)}
        if las is not None and las.well is self.well:
            held = {name for name in ("decisions", "edited", "zones") if _is_same(self, las, name)}
            loose -= held
            if "decisions" in held and not self.undecided():
                loose -= {"candidates"}
        return not loose - {"template"} and ("template" not in loose or self._has_own_template())

    def _has_own_template(self) -> bool:
        """Return whether the template is what its file says."""
        if self.template is None or self.template.path is None:
            return self.template is None
        try:
            return read_template(self.template.path) == self.template
        except TemplateError:  # its file has gone
            return False

    def undecided(self) -> list[tuple[str, Interval]]:
        """Return (curve, interval) of what candidates fill and is not decided from end to end."""
        filled = dict.fromkeys(
            (candidate.curve.mnemonic, span)
            for candidate in self.candidates
            for span in candidate.spans(self.well.index)
        )
        return [(own, span) for own, span in filled if not self.is_decided(own, span)]

    def is_decided(self, curve: str, interval: Interval) -> bool:
        """Return whether decisions about a curve cover an interval from end to end."""
        index = self.well.index
        rows = (index >= min(interval)) & (index <= max(interval))
        for decision in self.decisions:
            if decision.curve == curve:
                rows &= ~decision.rows(index)
        return not rows.any()


def _is_same(work: Work, other: Work, name: str) -> bool:
    mine, theirs = getattr(work, name), getattr(other, name)
    return mine is theirs or (name != "edited" and mine == theirs)


@dataclass(frozen=True, eq=False)
class State:
    """All that undo brings back."""

    works: tuple[Work, ...] = ()


def make_core(
    work: Work,
    who: str = "",
    *,
    measures: Sequence[str] = (),
    labels: Sequence[str | Path] = (),
    classes: Sequence[str] = (),
    left_out: Sequence[str] = (),
    said: str = "",
    smooth: float = CurveSettings.smooth,
    pictures: Sequence[str] | None = None,
) -> Well:
    """Return the well with curves of its core; see ``Session.add_core_curves``.

    Raises
    ------
    SessionError
        The well has no such picture, or not one file of labels for each.
    PlacementError, PlacementFileError, PictureError
        As ``core_records.make_core_curves`` raises them.
    """
    placed = {each.picture.name: each for each in with_cores(work.current).cores}
    names = list(placed) if pictures is None else list(pictures)
    if labels and not placed.keys() >= set(names):  # measures are of photographs alone
        placed |= place_boreholes(work.well)
    if not names or any(name not in placed for name in names):
        raise SessionError(
            f"well {work.key} has no picture {', '.join(names)}; of core it has: "
            f"{', '.join(placed) or 'none'}"
        )
    if labels and len(labels) != len(names):
        raise SessionError(
            f"{len(labels)} files of labels for {len(names)} pictures; give one each"
        )
    paired = dict(zip(names, labels, strict=False))
    names = sorted(names, key=lambda name: placed[name].top)  # as make_core_curves takes them
    source = CoreSource(
        tuple(measures), tuple(Path(paired[name]) for name in names if labels), tuple(classes),
        tuple(left_out), said,
    )  # fmt: skip
    chosen = [placed[name] for name in names]
    return make_core_curves(work.current, chosen, source, CurveSettings(smooth), user=who)


def make_report(
    work: Work,
    path: str | Path,
    who: str = "",
    *,
    test: bool = True,
    template: Template | str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the report of one well's work; see ``Session.report``."""
    from welllog.judgement import RIVALS, judge_well, without_replaced
    from welllog.makers import HAND, name_makers, rank_models
    from welllog.report import write_report

    done = finish(work.current, work.candidates, work.decisions, who)
    if not done.curves:
        raise SessionError("nothing was accepted yet, so that there is nothing to report")
    blind: Any = "it was not asked for"
    ranked = rank_models([done])
    if test and not ranked:
        blind = "no model had a part in what was filled"
    if test and ranked:
        source = next(c.source for c in work.candidates if c.record.get("model") == ranked[0])
        others = [model["name"] for model in ranked[1:] if "file" not in model]
        seen = without_replaced(work.current.with_edits(), [done])
        drawn = {own for own, by in name_makers(done).items() if by == HAND}
        curves = [curve.canonical for own, curve in done.curves.items() if own not in drawn]
        try:
            blind = judge_well(seen, source, curves, rivals=(*RIVALS, *others), progress=progress)
        except ValueError as error:
            blind = f"it could not be run: {error}"
    return write_report(
        done, path, blind=blind, reviewed=work.blind_tests, template=template or work.template,
        overwrite=overwrite, progress=progress,
    )  # fmt: skip


def make_print(
    work: Work,
    path: str | Path,
    who: str = "",
    *,
    scale: float = 500.0,
    paper: str | None = "A4",
    template: Template | str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Print one well's tracks true to scale; see ``Session.print_tracks``."""
    from welllog.prints import write_print

    done = finish(work.current, work.candidates, work.decisions, who)
    return write_print(
        work.well, done if done.curves else None, path, scale=scale, paper=paper,
        template=template or work.template, overwrite=overwrite, progress=progress,
    )  # fmt: skip
