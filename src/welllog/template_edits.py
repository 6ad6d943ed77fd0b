"""Edits of a template: each takes one and returns another, and neither is changed.

Tracks are known by their number from the left, fills by their number in their track, both counted
from 0, curves by the mnemonic that their track names. What cannot be is a ``TemplateError``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from welllog.mnemonics import catalogue
from welllog.strips import restored_curves
from welllog.templates import (
    CurvePlan,
    FillPlan,
    Template,
    TemplateError,
    TrackPlan,
)
from welllog.track_scales import Room, choose_track_curve
from welllog.well import Well

__all__ = [
    "EDITS",
    "add_curve",
    "add_fill",
    "add_track",
    "change_curve",
    "change_fill",
    "change_template",
    "change_track",
    "list_others",
    "move_curve",
    "move_track",
    "plan_name",
    "remove_curve",
    "remove_fill",
    "remove_track",
    "settle",
]

# ---------------------------------------------------------------------- tracks


def add_track(
    template: Template,
    title: str,
    kind: str = "curves",
    *,
    at: int | None = None,
    curves: tuple[str, ...] | list[str] = (),
) -> Template:
    """Add a track as number ``at``, or last; one of curves shows those named."""
    number = len(template.tracks) if at is None else at
    made = TrackPlan(title, kind, 0.5 if kind in ("zones", "lithology", "flags") else 1.0,
                     tuple(CurvePlan(name) for name in curves))  # fmt: skip
    tracks = [*template.tracks[:number], made, *template.tracks[number:]]
    return replace(template, tracks=tuple(tracks))


def remove_track(template: Template, track: int) -> Template:
    """Take a track away, with all that it shows."""
    _track(template, track)
    kept = tuple(plan for number, plan in enumerate(template.tracks) if number != track)
    if not kept:
        raise TemplateError("the last track of a template cannot be removed")
    return replace(template, tracks=kept)


def move_track(template: Template, track: int, to: int) -> Template:
    """Move a track, so that its number becomes ``to``."""
    plan = _track(template, track)
    tracks = [each for number, each in enumerate(template.tracks) if number != track]
    tracks.insert(max(min(to, len(tracks)), 0), plan)
    return replace(template, tracks=tuple(tracks))


def change_track(template: Template, track: int, **settings: Any) -> Template:
    """Change settings of a track: ``title``, ``width``, ``source``, ``grid``."""
    return _with_track(template, track, _change(_track(template, track), settings))


def change_template(template: Template, **settings: Any) -> Template:
    """Change settings of the whole: ``name``, ``needs``, ``rank``, ``rest``."""
    changed: Template = _change(template, settings)
    return changed


# ---------------------------------------------------------------------- curves


def add_curve(template: Template, mnemonic: str, track: int, at: int | None = None) -> Template:
    """Let a track show a further curve, as the catalogue has it."""
    plan = _track(template, track)
    if plan.kind != "curves":
        raise TemplateError(f"a track of {plan.kind} takes no curves; choose one of curves")
    if any(curve.mnemonic == mnemonic for curve in plan.curves):
        raise TemplateError(f"track {plan.title} shows {mnemonic} already")
    return _insert(template, CurvePlan(mnemonic), (), track, at)


def remove_curve(template: Template, mnemonic: str, track: int) -> Template:
    """Take a curve out of a track, with its fills; a track without curves goes too."""
    curve = _curve(template, mnemonic, track)
    plan = template.tracks[track]
    curves = tuple(each for each in plan.curves if each is not curve)
    if not curves:
        return remove_track(template, track)
    fills = tuple(fill for fill in plan.fills if mnemonic not in _names(fill))
    return _with_track(template, track, replace(plan, curves=curves, fills=fills))


def move_curve(
    template: Template, mnemonic: str, track: int, to: int | None = None, at: int | None = None
) -> Template:
    """Move a curve to another track, within its own, or to a new one where ``to`` is left out.

    ``at`` is its number in the track, counted without it, or that of the new track; the last one
    where left out. Fills of the curve
    alone go with it; those up to another curve go where that curve is in the other track too. A
    track that is left without curves goes.
    """
    curve = _curve(template, mnemonic, track)
    plan = template.tracks[track]
    if to is None:
        own = tuple(fill for fill in plan.fills if set(_names(fill)) == {mnemonic})
        alone = TrackPlan(mnemonic, curves=(curve,), fills=own)
        number = len(template.tracks) if at is None else at
        tracks = [*template.tracks[:number], alone, *template.tracks[number:]]
        added = replace(template, tracks=tuple(tracks))
        return remove_curve(added, mnemonic, track + (number <= track))
    if to == track:
        curves = [each for each in plan.curves if each is not curve]
        curves.insert(len(curves) if at is None else at, curve)
        return _with_track(template, track, replace(plan, curves=tuple(curves)))
    target_plan = _track(template, to)
    if target_plan.kind != "curves":
        raise TemplateError(f"a track of {target_plan.kind} takes no curves; choose one of curves")
    there = {each.mnemonic for each in target_plan.curves} | {mnemonic}
    if any(each.mnemonic == mnemonic for each in target_plan.curves):
        raise TemplateError(f"track {target_plan.title} shows {mnemonic} already")
    going = tuple(f for f in plan.fills if mnemonic in _names(f) and set(_names(f)) <= there)
    return remove_curve(_insert(template, curve, going, to, at), mnemonic, track)


def change_curve(template: Template, mnemonic: str, track: int, **settings: Any) -> Template:
    """Change how a track shows a curve: see ``CurvePlan``; None is as the catalogue has it."""
    curve = _curve(template, mnemonic, track)
    plan = template.tracks[track]
    if isinstance(settings.get("scale"), list):
        settings["scale"] = tuple(settings["scale"])
    changed = _change(curve, settings)
    curves = tuple(changed if each is curve else each for each in plan.curves)
    return _with_track(template, track, replace(plan, curves=curves))


# ---------------------------------------------------------------------- fills


def add_fill(template: Template, track: int, curve: str, colour: str, **settings: Any) -> Template:
    """Colour what lies beside a curve of a track: see ``FillPlan``."""
    plan = _track(template, track)
    made = _make_fill({"curve": curve, "colour": colour, **settings})
    return _with_track(template, track, replace(plan, fills=(*plan.fills, made)))


def remove_fill(template: Template, track: int, fill: int) -> Template:
    """Take a fill away."""
    _fill(template, track, fill)
    plan = template.tracks[track]
    fills = tuple(each for number, each in enumerate(plan.fills) if number != fill)
    return _with_track(template, track, replace(plan, fills=fills))


def change_fill(template: Template, track: int, fill: int, **settings: Any) -> Template:
    """Change a fill; of a way to fill (``to``, ``below``, ``left_of`` ...) the other ways go.

    ``to`` may be given together with ``below`` or ``above``.
    """
    old = _fill(template, track, fill)
    ways = ("to", "baseline", "below", "above", "left_of", "right_of")
    given = {name: getattr(old, name) for name in ("curve", "colour", "opacity", "caption")}
    if not any(name in settings for name in ways):
        given |= {name: getattr(old, name) for name in ways}
    changed = _make_fill(given | settings)
    plan = template.tracks[track]
    fills = tuple(changed if number == fill else each for number, each in enumerate(plan.fills))
    return _with_track(template, track, replace(plan, fills=fills))


EDITS: dict[str, Callable[..., Template]] = {
    edit.__name__: edit
    for edit in (
        add_track, remove_track, move_track, change_track, change_template, add_curve,
        remove_curve, move_curve, change_curve, add_fill, remove_fill, change_fill,
    )
}  # fmt: skip

# ---------------------------------------------------------------------- beside a well


def plan_name(well: Well, own: str) -> str:
    """Return what a template calls a curve of a well: its canonical mnemonic where that is it."""
    canonical = catalogue().canonical(own)
    return canonical if canonical and well.canonical.get(canonical) == own else own


def settle(well: Well, plan: CurvePlan, room: Room | None = None) -> CurvePlan:
    """Return a plan with nothing left out: as a well's curve is drawn by it just now.

    The scale is in the canonical unit, as in a template. Of a curve that the well lacks it is the
    catalogue's, and 0 to 1 where that has none. ``room`` as in ``choose_track_curve``.
    """
    own = well.canonical.get(plan.mnemonic, plan.mnemonic)
    kind = catalogue().kind(plan.mnemonic)
    if own not in well.curves:
        scale = plan.scale or (kind.scale if kind is not None else (0.0, 1.0))
        log = plan.log if plan.log is not None else kind is not None and kind.log10
        return replace(
            plan, scale=scale, log=log, colour=plan.colour or (kind and kind.colour) or "#546e7a"
        )
    drawn = choose_track_curve(
        well, own, scale=plan.scale, log=plan.log, widen=not plan.wrap, room=room
    )
    factor = well.unit_factor(own) if kind is not None else 1.0
    left, right = (float(f"{end * factor:.6g}") for end in (drawn.left, drawn.right))
    scale = plan.scale or (left, right)
    return replace(plan, scale=scale, log=drawn.log, colour=plan.colour or drawn.colour)


def list_others(well: Well, template: Template) -> list[str]:
    """Return the curves of a well that no track of a template names, by own mnemonic.

    Curves without a value are left out.
    """
    named = {
        well.canonical.get(curve.mnemonic, curve.mnemonic)
        for track in template.tracks
        for curve in track.curves
    }
    if any(track.kind == "restored" for track in template.tracks):
        named |= set(restored_curves(well))
    return [own for own in well.curves if own not in named and np.isfinite(well.values(own)).any()]


# ---------------------------------------------------------------------- inside


def _track(template: Template, track: int) -> TrackPlan:
    if not 0 <= track < len(template.tracks):
        raise TemplateError(f"there is no track {track}; there are 0 to {len(template.tracks) - 1}")
    return template.tracks[track]


def _curve(template: Template, mnemonic: str, track: int) -> CurvePlan:
    plan = _track(template, track)
    for curve in plan.curves:
        if curve.mnemonic == mnemonic:
            return curve
    raise TemplateError(f"track {plan.title} shows no {mnemonic}")


def _fill(template: Template, track: int, fill: int) -> FillPlan:
    plan = _track(template, track)
    if not 0 <= fill < len(plan.fills):
        raise TemplateError(f"track {plan.title} has no fill {fill}")
    return plan.fills[fill]


def _names(fill: FillPlan) -> list[str]:
    return [name for name in (fill.curve, fill.left_of, fill.right_of) if name is not None]


def _with_track(template: Template, track: int, plan: TrackPlan) -> Template:
    tracks = (plan if number == track else old for number, old in enumerate(template.tracks))
    return replace(template, tracks=tuple(tracks))


def _insert(
    template: Template, curve: CurvePlan, fills: tuple[FillPlan, ...], track: int, at: int | None
) -> Template:
    plan = template.tracks[track]
    curves = list(plan.curves)
    curves.insert(len(curves) if at is None else at, curve)
    changed = replace(plan, curves=tuple(curves), fills=(*plan.fills, *fills))
    return _with_track(template, track, changed)


def _change(plan: Any, settings: dict[str, Any]) -> Any:
    try:
        return replace(plan, **settings)
    except TypeError as error:
        raise TemplateError(f"cannot change {', '.join(settings)}: {error}") from None


def _make_fill(settings: dict[str, Any]) -> FillPlan:
    try:
        return FillPlan(**settings)
    except TypeError as error:
        raise TemplateError(f"no fill of {', '.join(settings)}: {error}") from None
