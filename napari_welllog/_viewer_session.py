"""The session of a viewer: its wells are those the layers show, and its results become layers."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, QTimer, Signal

from napari_welllog import _napari_private
from napari_welllog._autosave import Autosave
from napari_welllog._candidate_layers import (
    COLOURS,
    to_blind_layers,
    to_candidate_layers,
    to_edited_layers,
)
from napari_welllog._core_curves import core_curves_of, to_core_curve_layers
from napari_welllog._layers import LayerError, LayerTuple, redraw, to_restored_layers
from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from napari_welllog._places import describe
from napari_welllog._preferences import preferences, tell_changes
from napari_welllog._template_memory import find_template
from napari_welllog._track_redraw import KeptView, redraw_tracks, rescale_tracks, span_tracks
from napari_welllog._well_layers import add_well, remove_well
from napari_welllog._well_names import learn_keys
from welllog.session import Session, Work

if TYPE_CHECKING:
    from welllog.templates import Template
    from welllog.track_scales import Room
    from welllog.well import Well

_GIVEN_UP = ("candidate", "restored")
"""Deleting the line of one of these gives up what it shows."""
BLIND_COLOUR = "#b0bec5"

Part = tuple[str, str, str]
"""``candidate``, ``restored``, ``edited``, ``blind``, ``track``; its name; ``band``, ``line``, and
``fills`` of realisations."""


def session_of(viewer: Any) -> ViewerSession:
    """Return the session of a viewer, made when first asked for."""
    companions = view_of(viewer).companions
    if "session" not in companions:
        companions["session"] = ViewerSession(unwrap(viewer))
    session: ViewerSession = companions["session"]
    return session


def stop_following(home: ViewerSession, callback: Any) -> None:
    """Tell a callback no more of a session's changes; a viewer that closes may have gone first."""
    with suppress(RuntimeError):
        home.changed.disconnect(callback)


class ViewerSession(QObject):
    """Keeps a ``welllog.session.Session`` and the layers of a viewer in step.

    A well that is opened in the viewer is opened in the session, and closed when the last track of
    its file is deleted, with all else that is shown of it; a candidate or a restored curve whose
    layer is deleted is given up. All else goes the other way: what changes in the session is shown.
    """

    changed = Signal()
    """After the layers have followed the session."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._view = view_of(viewer)
        self.session = Session()
        self.session.listeners += [partial(learn_keys, self.session), self._show]
        self.blind_shown: dict[tuple[str, str], str] = {}
        """(well key, curve) -> the model whose blind test is in the tracks."""
        self.showing = False
        """Layers are following the session just now."""
        self._drawn: set[tuple[str, str]] = set()
        """Well and name of every candidate and restored curve that was drawn when last shown."""
        self._settled: set[tuple[str, str]] = set()
        self._dimmed: WeakSet[Any] = WeakSet()
        self._mine: WeakSet[Any] = WeakSet()
        """Layers that were made here: a copy, or what a script has added, is left alone."""
        self._follow_later = QTimer(self)
        self._follow_later.setSingleShot(True)
        self._follow_later.setInterval(0)
        self._follow_later.timeout.connect(self._follow)
        self._awaited: set[int] = set()
        """Wells that came with a session and have no layers yet."""
        self._lost: set[int] = set()
        """Wells whose picked intervals were deleted, or are being deleted with the well."""
        self._open: dict[int, Well] = {}
        """Wells that the session had when last shown."""
        self._closed: set[int] = set()
        """Wells that it had earlier, and that undo may bring back."""
        self._zoned: dict[int, Any] = {}
        """Well -> the zones and tops it was last shown with; those it was read with are not."""
        self._templated: dict[int, Any] = {}
        """Well -> the template it was last drawn by; not where it was read with none chosen."""
        self._room: Room | None = None
        """By which the scales were chosen when last looked at."""
        self._restoring = preferences().restoring
        tell_changes(self._restoring, "bands", self._on_bands)
        self.autosave = Autosave(viewer, self.session, show_warning)
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)
        self._on_inserted()

    def key_of(self, well: Well | None) -> str | None:
        """Return the key of a well, None where the session does not have it."""
        work = self.session.work_of(well) if well is not None else None
        return None if work is None else work.key

    def colour(self, work: Work, candidate: str) -> str:
        """Return the colour of a candidate, ``#rrggbb``."""
        own = work.candidate(candidate).curve.mnemonic
        alike = [c.name for c in work.candidates if c.curve.mnemonic == own]
        return COLOURS[alike.index(candidate) % len(COLOURS)]

    def show_blind(self, key: str, curve: str, model: str | None) -> None:
        """Show what a model made of the hidden intervals, or nothing."""
        if model is None:
            self.blind_shown.pop((key, curve), None)
        else:
            self.blind_shown[key, curve] = model
        self._show()

    def show_bands(self, key: str, names: list[str]) -> None:
        """Show the bands of these candidates alone, and their lines thicker than the others."""
        work = self.session.work(key)
        parts = self._parts_shown(work.well)
        for candidate in work.candidates:
            chosen = candidate.name in names
            open_ = chosen and (key, candidate.name) not in self._settled
            for part, wanted in (("band", self._restoring.bands), ("fills", True)):
                layer = parts.get(("candidate", candidate.name, part))
                if layer is not None:
                    layer.visible = open_ and wanted
            line = parts.get(("candidate", candidate.name, "line"))
            if line is not None and _napari_private.AVAILABLE:
                line.edge_width = 2.5 if chosen else 1.0

    def adopt(self, other: Session) -> None:
        """Take over the wells of another session, with all that was done on them.

        Their layers are to be added to the viewer next.
        """
        self._awaited |= {id(work.well) for work in other.state.works}
        self._zoned |= {id(work.well): work.zones for work in other.state.works}
        self._templated |= {id(work.well): work.template for work in other.state.works}
        self.session.adopt(other)

    # ------------------------------------------------------------------ the viewer has changed

    def _on_inserted(self, event: Any = None) -> None:
        if self.showing:
            return
        for well in self._view.wells():
            if self.session.work_of(well) is None:
                self.session.add_well(well)
        self._follow_later.start()  # when all layers have come

    def _on_removed(self, event: Any = None) -> None:
        if self.showing:
            return
        record = describe(event.value) if event is not None else None
        if record is not None and record["kind"] == "intervals":
            self._lost.add(id(record["well"]))
        # Never in the middle of a removal: napari may be taking away layer after layer.
        self._follow_later.start()

    def is_losing(self, well: Well | None) -> bool:
        """Return whether layers of a well are just being deleted, which is taken in later."""
        return id(well) in self._lost

    def _follow(self) -> None:
        """Give up what has lost its layers, then show the rest."""
        wells = {id(well) for well in self._view.wells()}
        self._awaited -= wells
        works = [w for w in self.session.state.works if id(w.well) not in self._awaited]
        gone = [work for work in works if id(work.well) not in wells]
        lost, self._lost = self._lost, set()
        shown = {id(work): self._parts_shown(work.well) for work in works}
        label = f"Close {len(gone)} wells" if len(gone) > 1 else "Delete layers"
        with self.session.together(label):
            for work in works:
                if any(work is each for each in gone):
                    self.session.close_well(work.key)
                else:
                    self._give_up(work, shown[id(work)], id(work.well) in lost)
        for well in self._view.wells():  # layers of its intervals may have come before its tracks
            span_tracks(self._view, well)
        self._share_scales()
        self._show()

    def _share_scales(self) -> None:
        """Draw each curve on one scale in all wells, when one was opened or closed."""
        before, self._room = self._room, self._view.room
        if self._room is before:
            return
        changed = False
        for well in self._view.wells():
            work = self.session.work_of(well)
            if work is None:
                continue
            try:
                template = self._template_of(work)
                changed |= rescale_tracks(self._view, well, template, self._mine)
            except ValueError as error:  # its template is no more
                show_warning(f"{error}; the tracks stay as they were")
        if changed:
            self._view.show_header()

    def _give_up(self, work: Work, shown: dict[Part, Any], picks: bool) -> None:
        """Give up what has lost its lines, and the intervals that were picked where they went."""
        if picks:
            self.session.pick(work.key, [])
        lines = {name for kind, name, part in shown if part == "line" and kind in _GIVEN_UP}
        for candidate in work.candidates:
            if (work.key, candidate.name) in self._drawn and candidate.name not in lines:
                self.session.discard(work.key, candidate.name)
        for own in {decision.curve for decision in self.session.work(work.key).decisions}:
            if (work.key, own) in self._drawn and own not in lines:
                ends = work.well.index[0], work.well.index[-1]
                self.session.reopen(work.key, own, ends)

    # ------------------------------------------------------------------ the session has changed

    def _show(self) -> None:
        """Make the layers say what the session says."""
        if self.showing:
            return
        self.showing = True
        selected = self._viewer.layers.selection.active
        try:
            self._show_wells()
            wells = self._view.wells()
            drawn: set[tuple[str, str]] = set()
            for work in self.session.state.works:
                if any(work.well is well for well in wells):
                    drawn |= {(work.key, name) for name in self._show_work(work)}
            self._drawn = drawn
            if selected in self._viewer.layers:
                self._viewer.layers.selection.active = selected
        finally:
            self.showing = False
        self.changed.emit()

    def _show_wells(self) -> None:
        """Bring in wells that undo has brought back, and take away all that is shown of others."""
        works = {id(work.well): work for work in self.session.state.works}
        closed = [well for mark, well in self._open.items() if mark not in works]
        back = [work for mark, work in works.items() if mark in self._closed]
        self._open = {mark: work.well for mark, work in works.items()}
        if closed or back:
            self._follow_later.start()  # the others have another scale by now
        self._closed = (self._closed | {id(well) for well in closed}) - works.keys()
        kept = KeptView(self._view) if back and self._view.wells() else None
        for well in closed:
            remove_well(self._viewer, self._view, well)
        for work in back:
            marks = {(work.key, c.name) for c in work.candidates}
            self._settled -= marks  # their layers are new
            self._zoned[id(work.well)] = work.zones
            self._templated[id(work.well)] = work.template
            add_well(self._viewer, self._view, work.well, self._template_of(work))
        if kept is not None:
            kept.restore()

    def _template_of(self, work: Work) -> Template | str | None:
        return find_template(work.well) if work.template is None else work.template

    def _show_work(self, work: Work) -> set[str]:
        """Show one well's results; return the names of those that have a line."""
        if work.zones is not self._zoned.get(id(work.well)):
            self._zoned[id(work.well)] = work.zones
            self._view.show_zones(work.well)
        kept = None
        if work.template is not self._templated.get(id(work.well)):
            self._templated[id(work.well)] = work.template
            kept = KeptView(self._view)
            self._draw_by(work)
        shown = self._parts_shown(work.well)
        wanted = self._parts_wanted(work, shown)
        if kept is None and any(part[0] == "track" for part in shown.keys() ^ wanted.keys()):
            kept = KeptView(self._view)  # a track that comes or goes shows the well whole
        for part, layer in shown.items():
            if part not in wanted:
                self._viewer.layers.remove(layer)
        for part, made in wanted.items():
            if part not in shown:
                self._add(made)
            elif made is not None:
                redraw(shown[part], *made[:2])
        if kept is not None:
            kept.restore()
        self._hide_settled(work)
        return {name for kind, name, part in wanted if part == "line" and kind in _GIVEN_UP}

    def _draw_by(self, work: Work) -> None:
        """Draw the tracks of a well by its template; what was done on it comes after."""
        for part, layer in self._parts_shown(work.well).items():
            if part[0] == "track":  # its place may be taken
                self._viewer.layers.remove(layer)
        template = self._template_of(work)
        try:
            redraw_tracks(self._viewer, self._view, work.well, template, self._mine)
        except LayerError as error:
            show_warning(f"{error}; the tracks stay as they were")

    def _parts_wanted(self, work: Work, shown: dict[Part, Any]) -> dict[Part, LayerTuple | None]:
        """Return what is to be shown of a well; None where the layer there is right already."""
        places = {
            r["curve"]: r["place"]
            for _, r in self._view.records("curve")
            if r["well"] is work.well and "session" not in r
        }
        canvas = self._view.canvas_colour
        wanted: dict[Part, LayerTuple | None] = {}

        def want(layers: list[LayerTuple]) -> None:
            for layer in self._view.suit(layers):
                record = describe(layer[1]["metadata"])
                assert record is not None
                if record["kind"] == "curve":  # a track for what the file does not have
                    record["session"] = True
                    places[record["curve"]] = record["place"]
                part = _part_of(record)
                assert part is not None
                wanted[part] = None if part[0] == "track" and part in shown else layer

        cores = core_curves_of(work)
        if cores:
            own_records = [r for _, r in self._view.records() if r["well"] is work.well]
            want(to_core_curve_layers(work, cores, own_records, canvas))
        for candidate in work.candidates:
            own, name = candidate.curve.mnemonic, candidate.name
            track = "track", own, "line"
            kept = [p for p in shown if p[:2] == ("candidate", name)]
            stands = places.get(own) or _place_of(shown.get(track))
            stays = kept and _stands_at(shown[kept[0]], stands)
            if stays and _restored_in(shown[kept[0]], own) is candidate.curve:
                wanted |= dict.fromkeys(kept)
                if own not in places and track in shown:
                    wanted[track] = None
                    places[own] = describe(shown[track])["place"]  # type: ignore[index]
                continue
            colour = self.colour(work, name)
            want(to_candidate_layers(work.well, candidate, places, canvas, colour))
        edited = work.current.edited
        for own in [own for own in edited if own in places and own not in work.well.edited]:
            want(to_edited_layers(work.well, work.current, own, places, canvas))
        for layer, record in self._view.records("curve"):  # what was edited steps back
            dimmed = record["well"] is work.well and ("edited", record["curve"], "line") in wanted
            if dimmed != (layer in self._dimmed):
                (self._dimmed.add if dimmed else self._dimmed.discard)(layer)
                layer.opacity = 0.35 if dimmed else 1.0
        if work.decisions:
            finished = self.session.finished(work.key)
            want(to_restored_layers(work.well, finished, places, canvas))
        for test in work.blind_tests:
            model = self.blind_shown.get((work.key, test.curve))
            if model in test.fills:
                want(to_blind_layers(work.well, test, model, places, canvas, BLIND_COLOUR))
        return wanted

    def _parts_shown(self, well: Well) -> dict[Part, Any]:
        shown: dict[Part, Any] = {}
        for layer, record in self._view.records():
            part = _part_of(record)
            if layer in self._mine and record["well"] is well and part is not None:
                shown[part] = layer
        return shown

    def _add(self, made: LayerTuple | None) -> None:
        assert made is not None
        layer = self._viewer.add_vectors(made[0], **made[1])
        self._mine.add(layer)
        record = describe(layer)
        assert record is not None
        if record["kind"] == "band" and not self._restoring.bands:
            layer.visible = False
        # Under the curves, over the intervals and the track's fills.
        if record["kind"] in ("band", "realisations"):
            track = record["place"]["track"]
            below = [
                self._viewer.layers.index(other)
                for other, r in self._view.records("intervals", "fill")
                if r["kind"] == "intervals"
                or (r["well"] is record["well"] and r["place"]["track"] == track)
            ]
            self._viewer.layers.move(self._viewer.layers.index(layer), max(below, default=-1) + 1)

    def _hide_settled(self, work: Work) -> None:
        """Hide the candidates of a curve when the last interval is decided, and show them again.

        Only then: what the user hides or shows in between stays.
        """
        open_ = {own for own, _ in work.undecided()}
        for candidate in work.candidates:
            own = candidate.curve.mnemonic
            settled = own not in open_
            if settled == ((work.key, candidate.name) in self._settled):
                continue
            (self._settled.add if settled else self._settled.discard)((work.key, candidate.name))
            for (_, name, part), layer in self._parts_shown(work.well).items():
                if name == candidate.name:
                    layer.visible = not settled and (part == "line" or self._restoring.bands)

    def _on_bands(self, event: Any) -> None:
        """Show or hide the bands that are there when it is set so in the Preferences."""
        for work in self.session.state.works:
            for (_, name, part), layer in self._parts_shown(work.well).items():
                if part == "band":
                    layer.visible = event.value and (work.key, name) not in self._settled


def _part_of(record: dict[str, Any] | None) -> Part | None:
    """Return which part of the session's results a layer shows, None if of the file or picked."""
    if record is None:
        return None
    if "session" in record:
        return "track", record["curve"], "line"
    if record.get("restoration") is None:
        return None
    part = {"band": "band", "realisations": "fills"}.get(record["kind"], "line")
    if "candidate" in record:
        return "candidate", record["candidate"], part
    if "edited" in record:
        return "edited", record["edited"], part
    if "blind" in record:
        return "blind", f"{record['curve']} {record['blind']}", part
    return "restored", record["curve"], part


def _place_of(layer: Any) -> dict[str, Any] | None:
    """Return where a layer stands, and on what scale."""
    record = None if layer is None else describe(layer)
    return None if record is None else record["place"]


def _stands_at(layer: Any, place: dict[str, Any] | None) -> bool:
    """Return whether a layer stands at a place, on the scale there where it has one."""
    own = _place_of(layer)
    if own is None or place is None:
        return False
    return {"scale": place.get("scale"), **own} == {"scale": None, **place}


def _restored_in(layer: Any, own: str) -> Any:
    """Return the restored curve that a layer shows."""
    record = describe(layer)
    return None if record is None else record["restoration"].curves.get(own)
