"""``welllog check``: what is in a file, what is wrong with it, and what a second reader says."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.reading import add_index_unit
from welllog.cli.terminal import HelpFormatter, Terminal, one_line

if TYPE_CHECKING:
    from welllog.gaps import Gap
    from welllog.well import Remark, Well

__all__ = ["add_commands"]

_DESCRIPTION = """\
Read log files and report what is in them: index, curves and what they were taken for,
everything guessed or repaired while reading, gaps, doubtful stretches (flat lines, spikes,
values out of limits, bad hole), and whether lasio reads the same numbers.
"""

_EXAMPLES = """\
exit status is 1 where a file has a major remark or lasio reads it differently: look at it.

examples:
  welllog check well.las
  welllog check wells/*.las --brief
  welllog check well.las --json | jq .files[0].gaps
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``check`` to the parser."""
    parser = commands.add_parser(
        "check",
        help="report what is in log files and what is wrong with them",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="FILE", help="LAS or CSV file")
    parser.add_argument("--brief", action="store_true", help="one line a file, and the remarks")
    add_index_unit(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    files: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    for count, path in enumerate(args.inputs):
        try:
            terminal.meter()(count / len(args.inputs), path.name)
            result = _check(path, args.index_unit)
        except (ValueError, LookupError, OSError) as error:
            if len(args.inputs) == 1:
                raise
            message = one_line(error, path)
            terminal.fail(message)
            errors.append({"file": str(path), "error": message})
            continue
        files.append(result)
        _tell(result, args.brief, terminal)
    terminal.emit({"command": "check", "files": files, "errors": errors})
    if errors:
        return 2
    return int(any(result["look"] for result in files))


def _check(path: Path, index_unit: str | None) -> dict[str, Any]:
    from welllog.formats import read, second_opinion
    from welllog.gaps import GapSettings, find_gaps

    well = read(path, index_unit=index_unit)
    other = second_opinion(path)
    gaps = find_gaps(well, settings=GapSettings.with_quality())
    return {
        "file": str(path),
        "well": well.name,
        "index": {
            "mnemonic": well.index_mnemonic,
            "unit": well.index_unit,
            "first": float(well.index[0]) if len(well.index) else None,
            "last": float(well.index[-1]) if len(well.index) else None,
            "step": well.step,
            "samples": len(well.index),
        },
        "curves": _curves(well, gaps),
        "gaps": [_gap(gap, well) for gap in gaps],
        "remarks": [_remark(remark) for remark in well.report],
        "second_opinion": [_remark(remark) for remark in other],
        # A remark of no more than info is about lasio (it cannot read the file), not the file.
        "look": any(remark.severity == "major" for remark in well.report)
        or any(remark.severity != "info" for remark in other),
    }


def _remark(remark: Remark) -> dict[str, str]:
    return {**asdict(remark), "text": str(remark)}


def _curves(well: Well, gaps: list[Gap]) -> list[dict[str, Any]]:
    import numpy as np

    canonical = {own: name for name, own in well.canonical.items()}
    counts = Counter(gap.curve for gap in gaps if gap.reason == "null")
    doubtful: Counter[str] = Counter()
    for gap in gaps:
        if gap.reason != "null":
            doubtful[gap.curve] += gap.size
    rows = []
    for own, curve in well.curves.items():
        values = well.values(own)
        valid = np.flatnonzero(np.isfinite(values))
        some = len(valid) > 0
        rows.append(
            {
                "curve": own,
                "canonical": canonical.get(own),
                "unit": curve.units or "",
                "valid": len(valid) / max(len(values), 1),
                "first": float(well.index[valid[0]]) if some else None,
                "last": float(well.index[valid[-1]]) if some else None,
                "min": float(values[valid].min()) if some else None,
                "median": float(np.median(values[valid])) if some else None,
                "max": float(values[valid].max()) if some else None,
                "gaps": counts[own],
                "doubtful_samples": doubtful[own],
            }
        )
    return rows


def _gap(gap: Gap, well: Well) -> dict[str, Any]:
    top, base = gap.depths(well.index)
    return {
        "curve": gap.curve,
        "top": top,
        "base": base,
        "samples": gap.size,
        "reason": gap.reason,
    }


def _tell(result: dict[str, Any], brief: bool, terminal: Terminal) -> None:
    index = result["index"]
    nulls = [gap for gap in result["gaps"] if gap["reason"] == "null"]
    terminal.say(
        f"{result['file']}: {result['well'] or 'no name'}, {index['samples']} samples"
        + (f" {index['first']:g}-{index['last']:g} {index['unit']}" if index["samples"] else "")
        + f" every {index['step']:.4g}, {len(result['curves'])} curves, {len(nulls)} gaps"
    )
    if not brief:
        terminal.say()
        terminal.say(
            f"  {'curve':<12} {'taken for':<9} {'unit':<8} {'valid':>6} {'from':>9} {'to':>9} "
            f"{'min':>9} {'median':>9} {'max':>9} {'gaps':>5} {'doubt':>6}"
        )
        for row in result["curves"]:
            cells = [
                "-" if row[key] is None else f"{row[key]:.5g}"
                for key in ("first", "last", "min", "median", "max")
            ]
            terminal.say(
                f"  {row['curve']:<12} {row['canonical'] or '-':<9} {row['unit']:<8} "
                f"{row['valid']:>6.0%} {' '.join(f'{cell:>9}' for cell in cells)} "
                f"{row['gaps']:>5} {row['doubtful_samples'] or '':>6}"
            )
        terminal.say()
        _tell_gaps(result["gaps"], index["unit"], terminal)
    for remark in result["remarks"]:
        terminal.say(f"  {remark['text']}")
    for remark in result["second_opinion"]:
        terminal.say(f"  second opinion, {remark['text']}")
    if not brief and not result["second_opinion"]:
        terminal.say("  second opinion: lasio reads the same curves, rows and values")
    if not brief:
        terminal.say()


def _tell_gaps(gaps: list[dict[str, Any]], unit: str, terminal: Terminal) -> None:
    """List the longest gaps, then the longest doubtful stretches: poor hole makes hundreds."""
    most = 12
    for heading, null in (
        ("gaps, which restore fills where its model knows the curve:", True),
        ("doubtful but measured, which restore replaces only with --interval:", False),
    ):
        some = [gap for gap in gaps if (gap["reason"] == "null") == null]
        if not some:
            continue
        terminal.say(f"  {heading}")
        for gap in sorted(some, key=lambda gap: -gap["samples"])[:most]:
            terminal.say(
                f"    {gap['reason']:<9} {gap['curve']:<10} {gap['top']:.2f}-{gap['base']:.2f} "
                f"{unit} ({gap['samples']} samples)"
            )
        if len(some) > most:
            terminal.say(f"    and {len(some) - most} shorter ones (--json lists them all)")
        terminal.say()
