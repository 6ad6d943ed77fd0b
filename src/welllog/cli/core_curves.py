"""``welllog core-curve``: curves of a well made of the photographs of its core."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from welllog.cli.output import check_las_output, check_output
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

if TYPE_CHECKING:
    from welllog.cores.placement import Placement
    from welllog.well import Well

__all__ = ["add_commands"]

_DESCRIPTION = """\
Make curves of a well of the photographs of its core (placed by `welllog core-place`).

Of labels, one number for each pixel, the curves are the share of each class, CORE_F_<CLASS> in
v/v; with --model the labels are made on the way, as `welllog segment` makes them. Of the
photographs themselves they are measures: brightness (CORE_BRIGHT), redness (CORE_RED), texture
(CORE_TEXT), all v/v, and cracks (CORE_CRACKS, 1/m).

Each is averaged over --smooth metres about each sample of the well and has a second curve, _SE,
for its standard error: that of the pixels in that length, those that hang together counted as
one. Wrong labels, wrong depths and rock off the photographed face are not in it. Where less
than half of the length is core, there is no value. Every curve that was there is kept.
"""

_EPILOG = """\
examples:
  brightness and cracks of all that is placed beside the well:
    welllog core-curve well.las -o cores.las --measure brightness --measure cracks
  shares of the classes that a model of `welllog segment-train` tells:
    welllog core-curve well.las -o o.las --model rock.model --leave-out box
  shares of two classes of what is rock, and not the box:
    welllog core-curve well.las -o o.las --labels m.png --classes a,b,box --leave-out box
  and zones of 20 cm and more:
    welllog core-curve well.las -o o.las --labels m.png --classes a,b --zones z.csv --thickness 0.2
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``core-curve`` to the parser."""
    parser = commands.add_parser(
        "core-curve",
        help="make curves of photographs of core: shares of classes, brightness, cracks",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("well", type=Path, metavar="WELL", help="LAS or CSV file of the well")
    parser.add_argument(
        "placement", nargs="?", type=Path, metavar="JSON",
        help="side-car of its cores (default: WELL.cores.json beside the well)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="OUT", help="LAS file to write"
    )
    parser.add_argument("--user", metavar="NAME", help="who the record names (default: the login)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--picture", action="append", metavar="NAME",
        help="take only the photograph of this file name (default: all that are placed)",
    )  # fmt: skip
    what = parser.add_argument_group("what the curves are of")
    what.add_argument(
        "--measure", action="append", metavar="NAME",
        help="brightness, redness, texture or cracks; may be given more than once",
    )  # fmt: skip
    what.add_argument(
        "--labels", nargs="+", type=Path, metavar="MASK",
        help="labels of the photographs, from the shallowest to the deepest: PNG or TIFF of the "
        "same size, a class's number for each pixel, 255 for none",
    )  # fmt: skip
    what.add_argument(
        "--model", type=Path, metavar="FILE",
        help="of `welllog segment-train`: it tells the class of each pixel of the photographs",
    )  # fmt: skip
    what.add_argument(
        "--classes",
        metavar="A,B,...",
        help="names of the classes of --labels, that of number 0 first",
    )
    what.add_argument("--leave-out", metavar="A,...", help="classes that are no rock")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--smooth", type=float, default=0.3, metavar="M",
        help="metres to average over: what the tool sees that the curves are compared with "
        "(default: 0.3; the step of the well at least)",
    )  # fmt: skip
    how.add_argument(
        "--zones", type=Path, metavar="CSV", help="also write zones of the class most is of"
    )
    how.add_argument(
        "--thickness", type=float, default=0.1, metavar="M",
        help="of the thinnest zone, in metres (default: 0.1)",
    )  # fmt: skip
    add_index_unit(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from welllog.cores.core_curves import CurveSettings
    from welllog.cores.core_records import CoreSource, make_core_curves
    from welllog.cores.placement_files import cores_path, read_placements

    args.well.stat()
    if bool(args.measure) + bool(args.labels) + bool(args.model) != 1:
        raise UsageError("give --measure, --labels or --model, one of the three")
    if args.zones and args.measure:
        raise UsageError("--zones are of labels; give --labels or --model too")
    if args.model and args.classes:
        raise UsageError("a model has its own classes; leave --classes out")
    check_las_output(args.well, args.output, args.overwrite)
    if args.zones:
        check_output(args.zones, args.overwrite)
    settings = CurveSettings(smooth=args.smooth)
    source = CoreSource(
        tuple(dict.fromkeys(args.measure or ())),
        tuple(args.labels or ()),
        _names(args.classes),
        _names(args.leave_out),
        model=args.model,
    )
    for path in source.labels:
        path.stat()
    placements = _choose(read_placements(args.placement or cores_path(args.well)), args.picture)
    from welllog.cores.placement_files import copy_placements
    from welllog.formats import read, write
    from welllog.formats.las_write import sidecar_path
    from welllog.progress import part_of

    progress = terminal.meter(args.well.name)
    progress(0.0, "reading")
    well = read(args.well, index_unit=args.index_unit)
    major = tell_remarks(well, args.well, terminal)
    progress(0.2, "pictures")
    thickness = args.thickness / well.metres_per_unit if args.zones else None
    result = make_core_curves(
        well, placements, source, settings, thickness=thickness, user=args.user,
        progress=part_of(progress, 0.2, 1.0),
    )  # fmt: skip
    written = write(result, args.output, overwrite=args.overwrite)
    copy_placements(well, written)
    zones = result.zones[len(well.zones) :]
    if args.zones:
        _write_zones(args.zones, zones, well.index_unit)
    terminal.clear()
    terminal.say(f"{args.well} -> {written}")
    record = result.history[-1]
    curves = [_describe(result, name) for name in record["made"] if not name.endswith("_SE")]
    for curve in curves:
        terminal.say(
            f"  {curve['curve']}: {curve['samples']} samples from {curve['top']:g} to "
            f"{curve['base']:g} {well.index_unit}, mean {curve['mean']:.3g} {curve['unit']}, "
            f"standard error {curve['error']:.2g}"
        )
    if args.zones:
        terminal.say(f"  {len(zones)} zones -> {args.zones}")
    terminal.emit(
        {
            "command": "core-curve",
            "input": str(args.well),
            "output": str(written),
            "record": str(sidecar_path(written)),
            "well": well.name,
            "pictures": [str(each.picture) for each in placements],
            "window_m": record["window_m"],
            "source": record["source"],
            "curves": curves,
            "zones": [[zone.name, zone.top, zone.base] for zone in zones],
            "major_remarks": major,
        }
    )
    return 0


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _choose(placements: list[Placement], names: list[str] | None) -> list[Placement]:
    there = [each.picture.name for each in placements]
    if not placements:
        raise UsageError("the side-car has no picture; place one with welllog core-place")
    for name in names or ():
        if name not in there:
            raise UsageError(f"--picture {name} is not placed; there are {', '.join(there)}")
    return [each for each in placements if not names or each.picture.name in names]


def _describe(well: Well, name: str) -> dict[str, Any]:
    """Return what a new curve holds, in numbers."""
    values, error = well.values(name), well.values(f"{name}_SE")
    known = np.isfinite(values)
    return {
        "curve": name,
        "unit": well.curves[name].units,
        "samples": int(known.sum()),
        "top": float(well.index[known].min()),
        "base": float(well.index[known].max()),
        "mean": float(values[known].mean()),
        "error": float(np.median(error[known])),
    }


def _write_zones(path: Path, zones: list[Any], unit: str) -> None:
    part = path.with_name(path.name + ".part")
    with open(part, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["name", f"top ({unit})", f"base ({unit})"])
        rows.writerows([zone.name, f"{zone.top:.4f}", f"{zone.base:.4f}"] for zone in zones)
    part.replace(path)
