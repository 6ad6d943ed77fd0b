"""``welllog edit``: small edits of curves, in the order in which they are given."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from welllog.cli.output import check_las_output
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

__all__ = ["add_commands"]

_USAGE = "welllog edit [-h] IN -o OUT EDIT [EDIT ...] [--user NAME] [--overwrite] [--json]"

_DESCRIPTION = """\
Edit curves of a well, before or after restoring.

The edits are done from left to right. An edit of DTC makes the new curve DTC_ED and leaves
DTC as it was; a further edit of DTC goes on from DTC_ED, and so does `welllog restore
--edited`. What was done, where, by whom and when is in the header, and in a JSON file beside
the output from which `welllog replay` does it again.

Depths and lengths are in the unit of the well's index, values in the unit of the curve;
curves go by the file's or the canonical mnemonic. Resistivities are despiked, joined and
interpolated in decades.
"""

_EPILOG = """\
exit status is 1 where an edit changed no sample (it may not be what was meant), or a major
remark was told.

examples:
  a density that was logged half a metre too high, and spikes of the sonic:
    welllog edit well.las -o edited.las --shift RHOB 0.5 --despike DTC
  no density where the hole is bad; then what is missing is restored:
    welllog edit well.las -o edited.las --bad-hole washout=2 --null-flagged RHOB
    welllog restore edited.las -o restored.las --curve RHOB --edited
  two runs of a gamma ray, the upper one brought to the level of the lower one:
    welllog edit well.las -o out.las --rescale GR gain=1.08 --splice GR GR:2 1840 fade=5
  a few metres drawn by hand:
    welllog edit well.las -o out.las --patch DTC 1560:81 1563.5:88 1566:84
"""


@dataclass(frozen=True)
class _Option:
    """One edit as the command line spells it."""

    option: str
    edit: str
    """Its name in ``welllog.edits``."""
    spelt: str
    """What follows the option."""
    help: str
    words: tuple[str, ...] = ()
    """Parameters that must be given, after the curve."""
    settings: tuple[str, ...] = ()
    """Parameters that may be given, as NAME=VALUE."""
    pairs: str = ""
    """The parameter that takes pairs A:B, two or more."""
    curve: bool = True


_OPTIONS = (
    _Option(
        "--bad-hole", "flag_bad_hole", "[washout=IN] [correction=G/CM3] [length=M] [bit_size=IN]",
        "add the curve BAD_HOLE: 1 where the caliper exceeds the bit size by more than WASHOUT "
        "(2.5 in) or the density correction CORRECTION (0.15 g/cm3) over more than LENGTH (0.5 m), "
        "else 0; BIT_SIZE where no curve says it",
        settings=("washout", "correction", "length", "bit_size"), curve=False,
    ),
    _Option(
        "--null-flagged", "null_flagged", "CURVE [flag=NAME]",
        "no value where a flag curve is not 0 (default: BAD_HOLE)", settings=("flag",),
    ),
    _Option(
        "--despike", "despike", "CURVE [window=LENGTH] [z=N]",
        "hold a curve within N of its standard deviations (2) of its median over LENGTH (5 m)",
        settings=("window", "z"),
    ),
    _Option(
        "--shift", "shift", "CURVE DISTANCE",
        "move a curve down, or up where DISTANCE is negative; the end left behind is null",
        words=("distance",),
    ),
    _Option(
        "--stretch", "stretch", "CURVE DEPTH:NEW DEPTH:NEW ...",
        "move depths to new depths and what lies between in proportion; above the first and below "
        "the last the curve moves as they do",
        pairs="ties",
    ),
    _Option(
        "--patch", "patch", "CURVE DEPTH:VALUE DEPTH:VALUE ...",
        "draw a curve by hand: a line through these points, from the first to the last",
        pairs="points",
    ),
    _Option(
        "--splice", "splice_runs", "CURVE OTHER DEPTH [fade=LENGTH]",
        "CURVE above a depth and OTHER, in the unit of CURVE, below; over LENGTH (0) one goes over "
        "into the other",
        words=("other", "depth"), settings=("fade",),
    ),
    _Option(
        "--null", "set_null", "CURVE TOP BASE", "no value in this interval", words=("top", "base")
    ),
    _Option(
        "--clip", "clip", "CURVE [low=V] [high=V] [to_null=yes]",
        "set what is beyond these limits to the limit, or to null (default: the limits of what is "
        "physically possible)",
        settings=("low", "high", "to_null"),
    ),
    _Option(
        "--rescale", "rescale", "CURVE [gain=N] [offset=V]", "CURVE times N (1) plus V (0)",
        settings=("gain", "offset"),
    ),
)  # fmt: skip

_NAMES = ("other", "flag")
"""Parameters that are the name of a curve; ``to_null`` is yes or no, the others are numbers."""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``edit`` to the parser."""
    parser = commands.add_parser(
        "edit",
        help="despike, shift, splice, patch, clip or null curves",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=_Formatter,
        parents=[common],
    )
    parser.add_argument("input", type=Path, metavar="IN", help="LAS or CSV file, also .gz or .xz")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="OUT", help="LAS file to write"
    )
    parser.add_argument("--user", metavar="NAME", help="who the record names (default: the login)")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    add_index_unit(parser)
    edits = parser.add_argument_group("edits, done in the order given")
    for option in _OPTIONS:
        edits.add_argument(
            option.option, action=_AddEdit, nargs="*", dest="edits", const=option, help=option.help
        )
    parser.set_defaults(run=_run)


class _Formatter(HelpFormatter):
    """Spell what follows an edit as it is written."""

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        if isinstance(action.const, _Option):
            return action.const.spelt
        return super()._format_args(action, default_metavar)


class _AddEdit(argparse.Action):
    """Append an edit to those given before it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        assert isinstance(self.const, _Option)
        try:
            edit = _read_edit(self.const, list(values or []))
        except ValueError as error:
            raise argparse.ArgumentError(self, str(error)) from None
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), edit])


def _read_edit(option: _Option, given: list[str]) -> dict[str, Any]:
    """Return an edit as the part of a record that ``edits.apply_record`` reads."""
    parameters: dict[str, Any] = {}
    plain: list[str] = []
    for word in given:
        name, equals, value = word.partition("=")
        if equals and name in option.settings:
            parameters[name] = _read_value(name, value)
        elif equals:
            known = ", ".join(option.settings) or "none"
            raise ValueError(f"{word}: unknown setting; settings are {known}")
        else:
            plain.append(word)
    wanted = 1 * option.curve + len(option.words)
    if len(plain) < wanted or (len(plain) > wanted and not option.pairs):
        raise ValueError(
            f"{option.spelt} is wanted, got {' '.join(given) or 'nothing'} (the well comes first, "
            "before the edits)"
        )
    curve = plain.pop(0) if option.curve else None
    if option.pairs:
        parameters[option.pairs] = [_read_pair(word) for word in plain]
    else:
        parameters |= {
            name: _read_value(name, word) for name, word in zip(option.words, plain, strict=True)
        }
    return {"edit": option.edit, "curve": curve, "parameters": parameters}


def _read_value(name: str, text: str) -> Any:
    if name in _NAMES:
        return text
    if name == "to_null":
        if text not in ("yes", "no"):
            raise ValueError(f"{name}={text}: yes or no is wanted")
        return text == "yes"
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is no number") from None


def _read_pair(text: str) -> list[float]:
    first, colon, second = text.partition(":")
    try:
        if colon:
            return [float(first), float(second)]
    except ValueError:
        pass
    raise ValueError(f"{text}: two numbers with a colon between are wanted")


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    if not args.edits:
        raise UsageError("no edit is given; name one, --despike DTC say (see welllog edit --help)")
    args.input.stat()
    check_las_output(args.input, args.output, args.overwrite)
    from welllog.cores.placement_files import copy_placements
    from welllog.edits import apply_record
    from welllog.formats import read, write
    from welllog.formats.las_write import sidecar_path

    progress = terminal.meter(args.input.name)
    progress(0.0, "reading")
    well = read(args.input, index_unit=args.index_unit)
    major = tell_remarks(well, args.input, terminal)
    for number, edit in enumerate(args.edits):
        progress(number / len(args.edits), edit["edit"])
        well = apply_record(well, edit, user=args.user)
    written = write(well, args.output, overwrite=args.overwrite)
    copy_placements(well, written)
    terminal.clear()
    terminal.say(f"{args.input} -> {written}")
    for record in well.history:
        terminal.say(f"  {_describe(record)}")
    terminal.emit(
        {
            "command": "edit",
            "input": str(args.input),
            "output": str(written),
            "record": str(sidecar_path(written)),
            "well": well.name,
            "edits": well.history,
            "major_remarks": major,
        }
    )
    return int(bool(major) or any(not record["samples_changed"] for record in well.history))


def _describe(record: dict[str, Any]) -> str:
    """Say in one line what an edit did."""
    count, nulled = record["samples_changed"], record["samples_nulled"]
    spans = [f"{top:g}-{base:g}" for top, base in record["intervals"][:3]]
    more = len(record["intervals"]) - len(spans)
    where = f" ({', '.join(spans)}{f' and {more} more' if more > 0 else ''} {record['index_unit']})"
    what = "flagged" if record["curve"] is None else "changed"
    return (
        f"{record['made']:<10} {record['edit'].replace('_', ' ')}: "
        f"{count or 'no'} sample{'s' * (count != 1)} {what}"
        + (f", {nulled} of them now null" if nulled else "")
        + (where if count else "")
    )
