"""``welllog explore``: what a network makes of its noise, as a page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.output import check_output
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError, one_line, whole_number
from welllog.latent_limits import IGNORED, REACH

if TYPE_CHECKING:
    from welllog.latent_report import Explored
    from welllog.well import Well

__all__ = ["add_commands"]

_DESCRIPTION = """\
Explore the latent space of a network: generate one interval of a well again and again, with other
noise, and make a page of it (one HTML file that needs nothing from elsewhere). It shows
  maps      every point of a plane of noise generated: the class of rock its samples fall in
            (k-means of what the well reads elsewhere), their mean, their roughness
  a walk    from point A to point B: how the fill changes on the way
  a cube    the same in three dimensions, as three sections
  layers    the mean activation of every layer of the network, without noise, at A and at B
  variety   how far answers to different noises scatter, over how far the network errs
            (0: the noise is ignored; 1: it says as much as is not known)

A part of the page for every interval: that is the condition that the network is given. Only
networks of `welllog train --method NETWORK` take noise.
"""

_EXAMPLES = """\
exit status is 1 where the network ignores its noise (variety under 0.1).

examples:
  welllog explore net.model well.las -o latent.html --curve DTC
  welllog explore net.model well.las -o o.html --curve DTC --interval 2310 2330 --interval 2400 2420
  welllog explore net.model well.las -o o.html --curve DTC --ends -1 -1 1 1
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``explore`` to the parser."""
    parser = commands.add_parser(
        "explore",
        help="map what a network makes of its noise",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("model", metavar="MODEL", help="file of a network")
    parser.add_argument("input", type=Path, metavar="WELL", help="LAS or CSV file, also .gz or .xz")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="HTML", help="the page to write"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a page that exists")
    parser.add_argument(
        "--curve", required=True, metavar="NAME", help="own or canonical mnemonic of the curve"
    )
    parser.add_argument(
        "--interval",
        action="append",
        nargs=2,
        type=float,
        metavar=("TOP", "BASE"),
        help="what is hidden and generated, in the unit of the well's index; no longer than the "
        "network's window (may be repeated; default: 20 m in the middle of the curve, "
        "or half the window)",
    )
    parser.add_argument(
        "--ends",
        nargs=4,
        type=float,
        default=(-1.0, 0.0, 1.0, 0.0),
        metavar=("AX", "AY", "BX", "BY"),
        help="points A and B of the walk, from -2 to 2 (default: -1 0 1 0); 1 is as strong as in "
        "training",
    )
    parser.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="of the noise (default: 0)"
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="where the network runs (default: auto)",
    )
    add_index_unit(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    for top, base in args.interval or []:
        if not top < base:
            raise UsageError(f"--interval {top:g} {base:g}: TOP must be less than BASE")
    if not all(abs(value) <= REACH for value in args.ends):
        given = " ".join(f"{value:g}" for value in args.ends)
        raise UsageError(
            f"--ends {given}: the map reaches from {-REACH:g} to {REACH:g}; name points in it"
        )
    check_output(args.output, args.overwrite)
    from welllog.checkpoint import load_model
    from welllog.formats import read
    from welllog.latent import LatentError, LatentSpace, metres_of
    from welllog.latent_report import write_latent_report
    from welllog.mnemonics import catalogue
    from welllog.neural import Neural

    restorer = load_model(args.model, args.device)
    if not isinstance(restorer, Neural):
        raise UsageError(
            f"{args.model}: {restorer.name} takes no noise; name the file of a network, as "
            "`welllog train --method unet` makes"
        )
    well = read(args.input, index_unit=args.index_unit, keep_document=False)
    tell_remarks(well, args.input, terminal)
    target = catalogue().canonical(args.curve) or _canonical(well, args.curve)
    try:
        spaces = [
            LatentSpace.of(restorer, well, target, interval, args.seed)
            for interval in args.interval or [None]
        ]
        found = write_latent_report(
            spaces,
            args.output,
            ends=(args.ends[:2], args.ends[2:]),
            title=f"{restorer.name} in {well.name}",
            overwrite=args.overwrite,
            progress=terminal.meter(args.output.name),
        )
    except LatentError as error:
        raise UsageError(one_line(error, args.input)) from error
    ignored = [one for one in found if one.variety < IGNORED]
    for one in found:
        terminal.say(_said(one, well.index_unit, metres_of(well)))
    if ignored:
        terminal.say("  the noise is ignored; --set loss=crps in training asks a network to use it")
    terminal.say(str(args.output))
    terminal.emit(
        {
            "command": "explore",
            "model": args.model,
            "input": str(args.input),
            "output": str(args.output),
            "ends": [list(args.ends[:2]), list(args.ends[2:])],
            "seed": args.seed,
            "intervals": [one.to_dict() for one in found],
        }
    )
    return int(bool(ignored))


def _canonical(well: Well, curve: str) -> str:
    """Return the canonical name of a curve that the well has under a name of its own."""
    own = well.find(curve)
    return next((name for name, its in well.canonical.items() if its == own), curve)


def _said(found: Explored, unit: str, metres: float) -> str:
    top, base = (depth / metres for depth in (found.top, found.base))
    said = f"{found.curve} {top:.1f}-{base:.1f} {unit}: variety {found.variety:.2f}"
    classes = [
        f"{share:.0%} class {name}" for name, share in found.classes.items() if share >= 0.01
    ]
    return "\n    ".join([said, *classes])
