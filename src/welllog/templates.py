"""Templates: which tracks a print has, and what each one shows, written down in TOML.

A template names curves by canonical mnemonic and gives scales and cutoffs in canonical units
(``curves.toml``), so that one template suits every well; what a well lacks is left out of its
print. The package's own are in ``templates/``, a user's in a folder of theirs.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from welllog.images import find_images
from welllog.mnemonics import catalogue
from welllog.strips import find_lithology, restored_curves
from welllog.well import Well

__all__ = [
    "CurvePlan",
    "FillPlan",
    "Template",
    "TemplateError",
    "TrackPlan",
    "choose_template",
    "find_templates",
    "parse_template",
    "read_template",
    "spell_template",
    "user_folder",
    "write_template",
]

KINDS = ("curves", "zones", "lithology", "flags", "image", "core", "shares", "restored")
SHIPPED = Path(__file__).with_name("templates")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class TemplateError(ValueError):
    """A template cannot be read or found."""


@dataclass(frozen=True)
class CurvePlan:
    """How a track shows a curve; what is left out is as the catalogue has it."""

    mnemonic: str
    """Canonical, or a well's own where the catalogue does not know it."""
    scale: tuple[float, float] | None = None
    """Left and right value, in the canonical unit; it is then never widened."""
    log: bool | None = None
    colour: str | None = None
    width: float = 1.0
    """Of the line, in usual widths."""
    style: Literal["solid", "dashed", "dotted"] = "solid"
    wrap: bool = False
    """Off scale the line comes in again at the other side; its scale is then never widened."""

    def __post_init__(self) -> None:
        if self.scale is not None and not math.isfinite(self.scale[1] - self.scale[0]):
            raise TemplateError(f"scale {list(self.scale)}: its ends have to be finite numbers")
        if self.scale is not None and self.scale[0] == self.scale[1]:
            raise TemplateError(f"both ends of the scale are {self.scale[0]:g}; make them differ")
        kind = catalogue().kind(self.mnemonic)
        log = self.log if self.log is not None else kind is not None and kind.log10
        ends = self.scale or (kind.scale if kind is not None else None)
        if log and ends is not None and min(ends) <= 0:
            raise TemplateError(
                f"a logarithmic scale cannot be {ends[0]:g} to {ends[1]:g}; give one above 0"
            )
        if self.style not in ("solid", "dashed", "dotted"):
            raise TemplateError(f"style {self.style!r} is not solid, dashed or dotted")
        if not self.width > 0:
            raise TemplateError(f"width {self.width:g} is not above 0")


@dataclass(frozen=True)
class FillPlan:
    """What is coloured beside a curve: say one of the ways, ``to`` alone or with a cutoff."""

    curve: str
    colour: str
    to: Literal["left", "right"] | None = None
    """Fill from the curve to this side of the track."""
    baseline: float | None = None
    """Fill from the curve to this value, on both sides of it."""
    below: float | None = None
    """Fill where the curve is below this value, to the value or to the side named."""
    above: float | None = None
    left_of: str | None = None
    """Fill up to this curve of the same track, where ``curve`` is drawn left of it."""
    right_of: str | None = None
    opacity: float = 0.5
    caption: str | None = None
    """What the header says in place of what the lines do."""

    def __post_init__(self) -> None:
        ways = [
            name
            for name in ("baseline", "below", "above", "left_of", "right_of")
            if getattr(self, name) is not None
        ]
        if ways and not all(
            math.isfinite(getattr(self, name)) for name in ways if not name.endswith("of")
        ):
            raise TemplateError(f"{ways[0]} is {getattr(self, ways[0])}; write a finite number")
        if len(ways) > 1:
            raise TemplateError(f"{ways[0]} and {ways[1]} are two fills; give each its own entry")
        if not ways and self.to is None:
            raise TemplateError("it says not what to fill; add to, baseline, below, above, ...")
        if self.to is not None and self.to not in ("left", "right"):
            raise TemplateError(f"to is {self.to!r}; it is left or right")
        if self.to is not None and ways and ways[0] not in ("below", "above"):
            raise TemplateError(f"to cannot go with {ways[0]}; leave it out")
        if not 0 < self.opacity <= 1:
            raise TemplateError(f"opacity {self.opacity:g} is not above 0 and up to 1")


@dataclass(frozen=True)
class TrackPlan:
    """One track; it is left out of a well's print where the well has nothing to show in it."""

    title: str
    kind: str = "curves"
    """One of `KINDS`; ``restored`` becomes a track for each curve that was restored, ``shares``
    one of curves: the shares of classes in pictures of core (``CORE_F_...``)."""
    width: float = 1.0
    """In usual widths; of a zones track the width of each lane."""
    curves: tuple[CurvePlan, ...] = ()
    fills: tuple[FillPlan, ...] = ()
    source: str | None = None
    """Curve of a lithology track, name of an image (``ABDC#M``) or file of a picture of core; if
    left out the first found, of core every picture."""
    grid: bool = True
    """Draw lines at round values and depths behind the curves."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise TemplateError(f"kind {self.kind!r} is none of {', '.join(KINDS)}")
        if not 0.1 <= self.width <= 10:
            raise TemplateError(f"width {self.width:g} is not between 0.1 and 10")
        if self.kind == "curves" and not self.curves:
            raise TemplateError("it names no curve; add [[track.curve]]")
        if self.kind != "curves" and (self.curves or self.fills):
            raise TemplateError(f"a track of kind {self.kind} takes no curves and no fills")
        named = [curve.mnemonic for curve in self.curves]
        for fill in self.fills:
            for name in (fill.curve, fill.left_of, fill.right_of):
                if name is not None and name not in named:
                    raise TemplateError(f"a fill names {name}, which is no curve of this track")


@dataclass(frozen=True)
class Template:
    """A print of a well: its tracks from left to right."""

    name: str
    tracks: tuple[TrackPlan, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    """What a well has to have to be shown so unasked: of each group one at least, curves or
    ``zones``, ``lithology``, ``image``, ``core``, ``restored``."""
    rank: int = 0
    """Of several templates whose needs a well meets, the one with the highest rank is chosen."""
    rest: bool = True
    """Known curves that no track names follow in tracks of their own."""
    path: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.tracks:
            raise TemplateError("it has no tracks; add [[track]]")


def user_folder() -> Path:
    """Return where a user's own templates are looked for: $WELLLOG_TEMPLATES, or a default."""
    given = os.environ.get("WELLLOG_TEMPLATES")
    return Path(given) if given else Path.home() / ".welllog" / "templates"


def find_templates() -> dict[str, Path]:
    """Return the templates there are by name (of the file): the user's, then the package's.

    A template of the user hides one of the package with the same name.
    """
    found: dict[str, Path] = {}
    for folder in (user_folder(), SHIPPED):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            found.setdefault(path.stem, path)
    return found


def choose_template(well: Well) -> Template:
    """Return the template that suits what a well has: image, restoration, triple combo, sonic.

    The user's templates come before the package's where their rank is the same. Where the needs
    of none are met it is the triple combo, whose ``rest`` shows whatever is known.

    Raises
    ------
    TemplateError
        Where a template of the user cannot be read.
    """
    known = [read_template(path) for path in find_templates().values()]
    met = [template for template in known if _meets(well, template)]
    if met:
        return max(met, key=lambda template: template.rank)
    return read_template(SHIPPED / "triple_combo.toml")


def _meets(well: Well, template: Template) -> bool:
    return bool(template.needs) and all(
        any(_has(well, what) for what in group) for group in template.needs
    )


def _has(well: Well, what: str) -> bool:
    if what == "zones":
        return bool(well.zones or well.tops)
    if what == "lithology":
        return find_lithology(well) is not None
    if what == "core":
        return bool(well.cores)
    if what == "image":
        return bool(find_images(well))
    if what == "restored":
        return bool(restored_curves(well))
    own = well.canonical.get(what, what if what in well.curves else None)
    return own is not None and bool(np.isfinite(well.values(own)).any())


def read_template(name: str | Path) -> Template:
    """Read a template, by its name or from a TOML file.

    Raises
    ------
    TemplateError
        Where there is none of the name, or the file is no template: it says what is wrong, in
        which track, and what to do.
    """
    path = Path(name)
    if path.suffix.lower() != ".toml":
        found = find_templates()
        if str(name) not in found:
            raise TemplateError(
                f"there is no template {name}; there are {', '.join(found)}, "
                f"and a file of yours is named with its .toml or put into {user_folder()}"
            )
        path = found[str(name)]
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise TemplateError(f"{path}: not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise TemplateError(f"{path}: cannot be read: {error.strerror or error}") from None
    return parse_template(text, path)


def parse_template(text: str, path: Path) -> Template:
    """Return the template that a TOML text spells; ``path`` says in errors where it is from.

    Raises
    ------
    TemplateError
        Where the text is no template.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{path}: not TOML: {error}") from None
    tracks = []
    for number, entry in enumerate(_tables(table, "track", str(path)), 1):
        where = f"{path}: track {number}"
        if isinstance(entry.get("title"), str):
            where += f" ({entry['title']})"
        curves = tuple(
            _build(CurvePlan, each, f"{where}: curve {i} ({each.get('mnemonic', 'unnamed')})")
            for i, each in enumerate(_tables(entry, "curve", where), 1)
        )
        fills = tuple(
            _build(FillPlan, each, f"{where}: fill {i}")
            for i, each in enumerate(_tables(entry, "fill", where), 1)
        )
        plain = {key: value for key, value in entry.items() if key not in ("curve", "fill")}
        tracks.append(_build(TrackPlan, plain, where, curves=curves, fills=fills))
    plain = {key: value for key, value in table.items() if key != "track"}
    plain.setdefault("name", path.stem)
    template: Template = _build(Template, plain, str(path), tracks=tuple(tracks), path=path)
    return template


def _tables(table: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TemplateError(f"{where}: {key} is not a list of tables; write [[{key}]]")
    return entries


_READ: dict[str, tuple[str, Any]] = {
    "str": ("text", lambda v: isinstance(v, str)),
    "bool": ("true or false", lambda v: isinstance(v, bool)),
    "int": ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    "float": ("a number", lambda v: isinstance(v, int | float) and not isinstance(v, bool)),
    "pair": ("two numbers, as [0, 150]", lambda v: isinstance(v, list) and len(v) == 2
             and all(isinstance(each, int | float) for each in v)),
    "groups": ('lists of names, as [["RHOB", "NPHI"]]', lambda v: isinstance(v, list)
               and all(isinstance(group, list) for group in v)
               and all(isinstance(each, str) for group in v for each in group)),
}  # fmt: skip
_TYPES = {
    "scale": "pair", "needs": "groups", "rank": "int", "rest": "bool", "log": "bool",
    "wrap": "bool", "width": "float", "opacity": "float", "baseline": "float", "below": "float",
    "above": "float", "grid": "bool",
}  # fmt: skip


def _build(kind: type, entry: Mapping[str, Any], where: str, **given: Any) -> Any:
    """Make a dataclass of a table, with errors that say where in the file they are."""
    known = [each for each in fields(kind) if each.name not in (*given, "path")]
    names = [each.name for each in known]
    settings: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in names:
            raise TemplateError(f"{where}: unknown key {key!r}; known are {', '.join(names)}")
        words, fits = _READ[_TYPES.get(key, "str")]
        if not fits(value):
            raise TemplateError(f"{where}: {key} is {value!r}; it has to be {words}")
        if key == "colour" and not _COLOUR.fullmatch(value):
            raise TemplateError(f"{where}: colour {value!r} is not like #ffcc00")
        if key == "scale":
            value = (float(value[0]), float(value[1]))
        elif key == "needs":
            value = tuple(tuple(group) for group in value)
        settings[key] = value
    for each in known:
        if each.name not in settings and each.default is MISSING:
            raise TemplateError(f"{where}: the key {each.name} is missing; add it")
    try:
        return kind(**settings, **given)
    except TemplateError as error:
        raise TemplateError(f"{where}: {error}") from None


def write_template(template: Template, path: str | Path) -> Path:
    """Save a template as TOML, so that `read_template` gives it back; return the path.

    Raises
    ------
    OSError
        Where the file cannot be written; one that was there is then as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(spell_template(template), encoding="utf-8")
    part.replace(path)
    return path


def spell_template(template: Template) -> str:
    """Return a template as TOML, from which `parse_template` makes it again."""
    lines = _list_settings(template, ("tracks", "path"))
    for track in template.tracks:
        lines += ["", "[[track]]", *_list_settings(track, ("curves", "fills"))]
        for curve in track.curves:
            lines += ["", "[[track.curve]]", *_list_settings(curve)]
        for fill in track.fills:
            lines += ["", "[[track.fill]]", *_list_settings(fill)]
    return "\n".join(lines) + "\n"


def _list_settings(plan: Any, without: tuple[str, ...] = ()) -> list[str]:
    """Return ``key = value`` for every field that is not as it would be anyway."""
    chosen = [(each.name, getattr(plan, each.name), each.default) for each in fields(plan)]
    return [
        f"{name} = {_spell(value)}"
        for name, value, default in chosen
        if name not in without and (default is MISSING or value != default)
    ]


def _spell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in plain) + '"'
    if isinstance(value, tuple):
        return "[" + ", ".join(_spell(each) for each in value) + "]"
    return repr(value)
