"""A session: wells, what is picked in them, candidates and decisions, with undo.

Each thing an analyst does is one method. It makes a new ``State`` out of the old one and changes
neither, so that undo is going back to the state before; and it leaves one line of Python in
``log``, which does the same again. Wells are known by a key: their name, with a number where two
have the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from welllog.blind_test import COUNT, BlindTest, score_blind
from welllog.candidates import (
    Candidate,
    Decision,
    DecisionError,
    decide,
    finish,
    make_candidates,
)
from welllog.cores.placement_files import copy_placements
from welllog.edits import EDITS
from welllog.formats import Nulls, read, write
from welllog.own_templates import save_own
from welllog.progress import Progress
from welllog.provenance import login_name
from welllog.restoration import Restoration
from welllog.steps import Steps, call_of, core_call, free_key
from welllog.template_edits import EDITS as TEMPLATE_EDITS
from welllog.templates import Template, choose_template, read_template
from welllog.well import Well
from welllog.work import (
    Interval,
    SessionError,
    State,
    Work,
    make_core,
    make_print,
    make_report,
)
from welllog.zones import SeveralWellsError, read_zones

__all__ = ["Session", "SessionError", "State", "Work"]


@dataclass
class Session(Steps):
    """What an analyst works in; every change is told to ``listeners``."""

    who: str = field(default_factory=login_name)
    """Goes into the record of what was decided."""
    remarks: list[str] = field(default_factory=list)
    """What was not as it had been when the session was opened, a line each."""

    def __post_init__(self) -> None:
        """Begin the log."""
        if not self.log:
            self.log += ["from welllog.session import Session", "session = Session()"]

    # ------------------------------------------------------------------ wells

    def open(self, path: str | Path, *, nulls: Nulls = "likely") -> str:
        """Read a well (``formats.read``) into the session and return its key."""
        return self.add_well(read(path, nulls=nulls))

    def add_well(self, well: Well) -> str:
        """Take a well in and return its key; undo does not take it out again."""
        key = free_key(well.name or "(no name)", self._keys())
        nulls = getattr(well.document, "nulls", "likely")
        asked = "" if nulls == "likely" else f", nulls={nulls!r}"
        opened = f"session.open({str(well.path)!r}{asked})"
        source = opened if well.path else "session.add_well(well)"
        self.log.append(f"{source}  # {key}")
        fresh = Work(key, well)  # the same in every state: undo does not change it
        self._everywhere(lambda state: State((*state.works, fresh)))
        return key

    def adopt(self, other: Session) -> list[str]:
        """Take over the wells of another session with the work on them; return their keys here.

        A session that is empty takes the other's log too.
        """
        if not self.state.works:
            self.log[:] = other.log
        else:
            self.log.append("session.adopt(other)")
        taken = self._keys()
        works = []
        for work in other.state.works:
            key = free_key(work.key, taken)
            taken.add(key)
            works.append(replace(work, key=key))
            for ours, theirs in ((self.kept, other.kept), (self.exported, other.exported)):
                ours |= {key: theirs[work.key]} if work.key in theirs else {}
        self._everywhere(lambda state: State((*state.works, *works)))
        return [work.key for work in works]

    def close_well(self, key: str) -> None:
        """Let go of a well and of the work on it; undo brings both back."""
        self.work(key)
        kept = State(tuple(work for work in self.state.works if work.key != key))
        self._go_on(f"Close {key}", call_of("close_well", key), kept)

    # ------------------------------------------------------------------ actions

    def pick(self, key: str, intervals: Sequence[Interval]) -> None:
        """Set the intervals picked in a well, (top, base) in index units."""
        spans = tuple((min(span), max(span)) for span in intervals)
        if spans != self.work(key).intervals:
            self._become("Pick intervals", call_of("pick", key, list(spans)), key, intervals=spans)

    def load_zones(self, key: str | Sequence[str], path: str | Path) -> None:
        """Give wells the zones and tops of a table (``zones.read_zones``), in place of their own.

        Where the table is of several wells each gets its rows, by name, UWI or API number.

        Raises
        ------
        ZoneFileError
            The table cannot be read.
        OSError
            The file cannot be opened.
        """
        loaded: dict[str, Any] = {}
        before: dict[str, Work] = {}
        for each in [key] if isinstance(key, str) else key:
            work = self.work(each)
            well = work.well
            try:
                zones, tops = read_zones(path, unit=well.index_unit)
            except SeveralWellsError:
                zones, tops = read_zones(path, unit=well.index_unit, well=well.identifiers)
            loaded[each] = tuple(zones), tuple(tops)
            if work.zones is None:  # undo is to find those that it was read with
                before[each] = replace(work, zones=(tuple(well.zones), tuple(well.tops)))
        works = [before.get(work.key, work) for work in self.state.works]
        self.state = State(tuple(works))
        works = [replace(w, zones=loaded[w.key]) if w.key in loaded else w for w in works]
        call = call_of("load_zones", key if isinstance(key, str) else list(key), str(path))
        self._go_on("Load zones", call, State(tuple(works)))

    def set_template(self, key: str, template: Template | str | Path | None) -> None:
        """Choose the template that a well's tracks are drawn by; None lets it be chosen.

        Raises
        ------
        TemplateError
            There is no such template, or it cannot be read.
        """
        self.work(key)
        said = "template" if isinstance(template, Template) else repr(template and str(template))
        if template is not None and not isinstance(template, Template):
            template = read_template(template)
        label = f"Template {template.name}" if template is not None else "Template by itself"
        self._become(label, f"session.set_template({key!r}, {said})", key, template=template)

    def edit_template(self, key: str, edit: str, *arguments: Any, **settings: Any) -> None:
        """Change a well's template: ``edit`` is a name in ``template_edits.EDITS``.

        The rest is what it takes. Where none was chosen it is the one that suits the well
        (``templates.choose_template``). No file is changed: see ``save_template``.

        Raises
        ------
        SessionError
            There is no such edit.
        TemplateError
            It cannot be done.
        """
        if edit not in TEMPLATE_EDITS:
            raise SessionError(f"there is no edit {edit}; there are {', '.join(TEMPLATE_EDITS)}")
        work = self.work(key)
        before = choose_template(work.well) if work.template is None else work.template
        changed = TEMPLATE_EDITS[edit](before, *arguments, **settings)
        if changed == before and work.template is not None:
            return
        call = call_of("edit_template", key, edit, *arguments, **settings)
        self._become(edit.replace("_", " ").capitalize(), call, key, template=changed)

    def save_template(self, key: str, title: str, *, overwrite: bool = False) -> str:
        """Save a well's template as the user's own; return the name by which it is known.

        It is the well's from then on, which is one more step. Raises as ``own_templates.save_own``
        does.
        """
        work = self.work(key)
        template = choose_template(work.well) if work.template is None else work.template
        name = save_own(template, title, overwrite=overwrite)
        call = call_of("save_template", key, title, overwrite=overwrite)
        self._become(f"Save {title}", call, key, template=read_template(name))
        return name

    def edit(self, key: str, edit: str, *arguments: Any, **settings: Any) -> None:
        """Edit a curve: ``edit`` is a name in ``edits.EDITS``, the rest is what it takes.

        The edited curve is a new one, and models look at it from now on. Candidates that were made
        of the curve as it was before, and what was decided by them, are dropped.

        Raises
        ------
        SessionError
            There is no such edit.
        EditError, CurveNotFoundError
            It cannot be done.
        """
        if edit not in EDITS:
            raise SessionError(f"there is no edit {edit}; there are {', '.join(EDITS)}")
        work = self.work(key)
        edited = EDITS[edit](work.current, *arguments, user=self.who, **settings)
        on = f" {arguments[0]}" if arguments and isinstance(arguments[0], str) else ""
        label = edit.replace("_", " ").capitalize() + on
        own = str(edited.history[-1].get("curve"))
        self._become(
            label,
            call_of("edit", key, edit, *arguments, **settings),
            key,
            edited=edited,
            candidates=tuple(c for c in work.candidates if c.curve.mnemonic != own),
            decisions=tuple(d for d in work.decisions if d.curve != own),
            blind_tests=tuple(t for t in work.blind_tests if t.curve != own),
        )

    def restore(
        self,
        key: str,
        curves: Sequence[str],
        models: Sequence[str] = ("default",),
        intervals: Sequence[Interval] | None = None,
        *,
        whole: bool = False,
        device: str = "auto",
        also: Sequence[str] = (),
        realisations: int = 0,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> list[str]:
        """Let models restore curves and take their answers in as candidates.

        Parameters are those of ``candidates.make_candidates``. Returns the candidates' names.
        """
        well = self.work(key).current
        how: dict[str, Any] = {"whole": whole, "device": device}
        how |= {"also": list(also)} if also else {}
        how |= {"realisations": realisations, "seed": seed} if realisations else {}
        made, _ = make_candidates(well, curves, models, intervals, progress=progress, **how)
        call = call_of("restore", key, list(curves), list(models), intervals, **how)
        return self.take_in(key, made, call)

    def take_in(self, key: str, candidates: Sequence[Candidate], call: str = "") -> list[str]:
        """Take in candidates that were made elsewhere, as in another thread; return their names.

        One of the same curve and model replaces the earlier one, unless something was decided by
        it: what was accepted stays what it was.
        """
        work = self.work(key)
        used = {name for decision in work.decisions for name, _ in decision.weights}
        kept = {candidate.name: candidate for candidate in work.candidates}
        names = []
        for candidate in candidates:
            name, number = candidate.name, 2
            while name in used:
                name, number = f"{candidate.name} {number}", number + 1
            kept[name] = replace(candidate, name=name)
            names.append(name)
        what = ", ".join(dict.fromkeys(candidate.curve.mnemonic for candidate in candidates))
        call = call or f"session.take_in({key!r}, candidates)"
        self._become(f"Restore {what}", call, key, candidates=tuple(kept.values()))
        return names

    def add_core_curves(
        self, key: str, *, pictures: Sequence[str] | None = None, **source: Any
    ) -> list[str]:
        """Make curves of the core that is placed beside a well; return their names.

        Parameters
        ----------
        key : str
        pictures : sequence of str, optional
            Names of the files of placed pictures, all of them where left out; or names of borehole
            images (``ABDC#M``), labelled as ``borehole.image_picture`` makes them, ``WIDEN``.
        **source
            ``measures`` (of ``row_measures.MEASURES``); or ``labels``, a file for each picture in
            their order (``pictures.write_mask``), with ``classes``, that of number 0 first,
            ``left_out`` and ``said``, by what they were made. ``smooth``: metres.

        Raises
        ------
        SessionError, PlacementError, PlacementFileError, PictureError
            As ``work.make_core`` raises them.
        """
        made = make_core(self.work(key), self.who, pictures=pictures, **source)
        return self.take_core(key, made, core_call(key, pictures=pictures, **source))

    def take_core(self, key: str, made: Well, call: str = "") -> list[str]:
        """Take in curves of core that ``work.make_core`` made elsewhere, as in another thread.

        Raises
        ------
        SessionError
            The well was edited since they were begun.
        """
        work = self.work(key)
        record = made.history[-1]
        if made.history[:-1] != work.current.history:
            raise SessionError(f"well {key} was edited meanwhile; make the curves of core again")
        names = [str(name) for name in record["made"]]
        label = f"Core curves {', '.join(name for name in names if not name.endswith('_SE'))}"
        call = call or f"session.take_core({key!r}, made)"
        self._become(label, call, key, edited=made)
        return names

    def discard(self, key: str, candidate: str) -> None:
        """Drop a candidate, and what was decided by it."""
        work = self.work(key)
        work.candidate(candidate)
        self._become(
            f"Discard {candidate}",
            call_of("discard", key, candidate),
            key,
            candidates=tuple(c for c in work.candidates if c.name != candidate),
            decisions=tuple(d for d in work.decisions if candidate not in dict(d.weights)),
        )

    def accept(self, key: str, candidate: str, interval: Interval | None = None) -> None:
        """Let a candidate stand in an interval, or wherever it fills where left out."""
        work = self.work(key)
        chosen = work.candidate(candidate)
        own = chosen.curve.mnemonic
        spans = chosen.spans(work.well.index) if interval is None else [interval]
        decisions = work.decisions
        for span in spans:
            new = Decision(own, *work.samples_in(span), ((candidate, 1.0),))
            decisions = decide(decisions, new)
        label = f"Accept {candidate}"
        call = call_of("accept", key, candidate, interval)
        self._decide(label, call, key, decisions)

    def blend(self, key: str, weights: Mapping[str, float], interval: Interval) -> None:
        """Let the weighted mean of several candidates stand in an interval.

        Raises
        ------
        SessionError
            There is no such candidate, they are of several curves, or a weight is not positive.
        """
        work = self.work(key)
        curves = {work.candidate(name).curve.mnemonic for name in weights}
        if len(curves) != 1 or not all(weight > 0 for weight in weights.values()):
            raise SessionError(
                f"cannot blend {dict(weights)}: candidates of one curve and positive weights are "
                "wanted"
            )
        (own,) = curves
        named = tuple((name, float(weight)) for name, weight in weights.items())
        new = Decision(own, *work.samples_in(interval), named)
        call = call_of("blend", key, dict(weights), interval)
        self._decide(f"Blend {own}", call, key, decide(work.decisions, new))

    def draw(self, key: str, curve: str, points: Sequence[tuple[float, float]]) -> None:
        """Let a line drawn by hand stand between its first and last point.

        ``points`` are (depth, value), in index units and the unit of the curve.
        """
        work = self.work(key)
        line = tuple(sorted((float(depth), float(value)) for depth, value in points))
        if len(line) < 2 or not line[0][0] < line[-1][0]:
            raise SessionError("a line needs two points at different depths")
        new = Decision(curve, *work.samples_in((line[0][0], line[-1][0])), (), line)
        call = call_of("draw", key, curve, [list(point) for point in line])
        self._decide(f"Draw {curve}", call, key, decide(work.decisions, new))

    def reject(self, key: str, curve: str, interval: Interval) -> None:
        """Let nothing stand in an interval of a curve but what was measured."""
        work = self.work(key)
        new = Decision(curve, *work.samples_in(interval))
        call = call_of("reject", key, curve, interval)
        self._decide(f"Reject {curve}", call, key, decide(work.decisions, new))

    def reopen(self, key: str, curve: str, interval: Interval) -> None:
        """Take back what was decided about depths within an interval of a curve."""
        work = self.work(key)
        top, base = work.samples_in(interval)
        kept = tuple(d for d in work.decisions if d.curve != curve or d.top < top or d.base > base)
        call = call_of("reopen", key, curve, interval)
        self._become(f"Reopen {curve}", call, key, decisions=kept)

    def score_blind(
        self,
        key: str,
        curve: str,
        length: float,
        models: Sequence[str] = ("default",),
        *,
        count: int = COUNT,
        seed: int = 0,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> BlindTest:
        """Run a blind test on a well (``blind_test.score_blind``) and keep its result.

        Where candidates replace the curve it is taken for spoiled.
        """
        work = self.work(key)
        test = score_blind(
            work.current.with_edits(),
            curve,
            length,
            models,
            count=count,
            seed=seed,
            spoiled=work.spoiled(curve),
            device=device,
            progress=progress,
        )
        call = call_of("score_blind", key, curve, length, list(models), count=count, seed=seed)
        self.keep_test(key, test, call)
        return test

    def keep_test(self, key: str, test: BlindTest, call: str = "") -> None:
        """Keep the result of a blind test that was run elsewhere, in place of the curve's last."""
        others = tuple(t for t in self.work(key).blind_tests if t.curve != test.curve)
        call = call or f"session.keep_test({key!r}, test)"
        self._become(f"Blind test of {test.curve}", call, key, blind_tests=(*others, test))

    # ------------------------------------------------------------------ results

    def finished(self, key: str) -> Restoration:
        """Return the well with what was decided, whole: see ``candidates.finish``."""
        work = self.work(key)
        return finish(work.current, work.candidates, work.decisions, self.who)

    def export(self, key: str, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write a well with what was decided to a LAS file, its record and its core beside it."""
        written = write(self.finished(key).well, path, overwrite=overwrite)
        copy_placements(self.work(key).well, written)
        self.exported[key] = self.work(key)
        self.log.append(call_of("export", key, str(path), overwrite=overwrite))
        return written

    def report(
        self,
        key: str,
        path: str | Path,
        *,
        test: bool = True,
        template: str | Path | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Path:
        """Write the report of what was decided (``report.write_report``) as HTML.

        With ``test`` the model that most was accepted of is judged on this well first, which takes
        a minute or so. Pictures are by the well's own template where none is named.

        Raises
        ------
        SessionError
            Nothing was decided yet.
        """
        how: dict[str, Any] = {"test": test, "overwrite": overwrite}
        how |= {"template": str(template)} if template else {}
        written = make_report(self.work(key), path, self.who, progress=progress, **how)
        self.log.append(call_of("report", key, str(path), **how))
        return written

    def print_tracks(
        self,
        key: str,
        path: str | Path,
        *,
        scale: float = 500.0,
        paper: str | None = "A4",
        template: str | Path | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Path:
        """Print a well with what was decided, true to scale, as PDF (``prints.write_print``).

        By its own template where none is named.
        """
        how: dict[str, Any] = {"scale": scale, "paper": paper, "overwrite": overwrite}
        how |= {"template": str(template)} if template else {}
        written = make_print(self.work(key), path, self.who, progress=progress, **how)
        self.log.append(call_of("print_tracks", key, str(path), **how))
        return written

    # ------------------------------------------------------------------ inside

    def _decide(self, label: str, call: str, key: str, decisions: tuple[Decision, ...]) -> None:
        work = self.work(key)
        try:
            finish(work.current, work.candidates, decisions, self.who)
        except DecisionError as error:
            raise SessionError(str(error)) from error
        self._become(label, call, key, decisions=decisions)
