"""What the rows of the Tracks dock say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from welllog.mnemonics import catalogue
from welllog.template_edits import plan_name, settle
from welllog.tracks import format_number

if TYPE_CHECKING:
    from welllog.templates import CurvePlan, FillPlan, Template, TrackPlan
    from welllog.track_scales import Room
    from welllog.well import Well

KINDS = {
    "zones": "Zones and tops",
    "lithology": "Lithology",
    "flags": "Flags",
    "image": "Borehole image",
    "core": "Core",
    "shares": "Shares of rock in core",
    "restored": "Restored curves, a track each",
}


def say_track(well: Well, track: TrackPlan) -> tuple[str, str, bool]:
    """Return words and tip of a track, and whether the well has anything for it."""
    from welllog.templates import Template
    from welllog.tracks import lay_out

    there = bool(lay_out(well, template=Template("", (track,), rest=False)))
    kind = KINDS.get(track.kind, "")
    words = track.title + (f"   ({kind.lower()})" if kind and kind != track.title else "")
    tip = kind or f"{len(track.curves)} curves"
    return words, tip + ("" if there else "; left out, as this well has nothing for it"), there


def say_curve(well: Well, curve: CurvePlan, room: Room | None = None) -> tuple[str, str, bool, str]:
    """Return words and tip of a curve, whether the well has it, and its colour."""
    whole = settle(well, curve, room)
    own = well.canonical.get(curve.mnemonic, curve.mnemonic)
    kind = catalogue().kind(curve.mnemonic)
    assert whole.scale is not None and whole.colour is not None
    left, right = (format_number(end) for end in whole.scale)
    unit = unit_of(well, curve.mnemonic)
    words = f"{curve.mnemonic}   {left} to {right} {unit}".rstrip()
    tip = kind.name if kind is not None else ""
    if own not in well.curves:
        return words, f"{tip}; not in this well".lstrip("; "), False, whole.colour
    return (
        words,
        tip + (f"; {own} in the file" if own != curve.mnemonic else ""),
        True,
        whole.colour,
    )


def unit_of(well: Well, mnemonic: str) -> str:
    """Return the unit of a curve's scale in a template."""
    kind = catalogue().kind(mnemonic)
    if kind is not None:
        return kind.unit
    curve = well.curves.get(mnemonic)
    return str(curve.units or "") if curve is not None else ""


def say_fill(fill: FillPlan) -> tuple[str, str, bool]:
    """Return words and tip of a fill."""
    second = fill.left_of or fill.right_of
    if second is not None:
        words = f"{fill.curve} {'left' if fill.left_of else 'right'} of {second}"
    elif fill.baseline is not None:
        words = f"{fill.curve} about {format_number(fill.baseline)}"
    elif fill.below is not None or fill.above is not None:
        value = fill.below if fill.below is not None else fill.above
        assert value is not None
        words = f"{fill.curve} {'below' if fill.below is not None else 'above'} "
        words += format_number(value) + (f", to the {fill.to}" if fill.to else "")
    else:
        words = f"{fill.curve} to the {fill.to}"
    return f"fill: {fill.caption or words}", f"A fill: {words}", True


def say_others(well: Well, others: list[str], template: Template) -> dict[str, tuple[str, str]]:
    """Return words and tip of curves that no track of a template shows, by own mnemonic."""
    said = {}
    known = set(well.canonical.values())
    for own in others:
        name = plan_name(well, own)
        kind = catalogue().kind(own)
        follows = template.rest and own in known
        words = own + (f"   ({name})" if name != own else "")
        tip = kind.name if kind is not None else str(getattr(well.curves[own], "description", ""))
        if follows:
            words += "   \N{RIGHTWARDS ARROW} own track"
            tip += "; shown in a track of its own, as known curves that are not named are"
        said[own] = (words, tip.strip("; ").strip() or own)
    return said
