"""``welllog train`` and ``welllog models``: models made here and models there are."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.networks import (
    NetworkPlan,
    add_network_options,
    describe_networks,
    plan_network,
    refuse_network_options,
)
from welllog.cli.output import check_output
from welllog.cli.reading import add_index_unit, tell_remarks
from welllog.cli.run_folders import resumable
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError, one_line, whole_number
from welllog.progress import Progress, part_of

if TYPE_CHECKING:
    from welllog.well import Well

__all__ = ["add_commands", "find_log_files"]

_SUFFIXES = (".las", ".csv")
_PACKED = (".gz", ".xz")

_TREES = (
    "deep-kriging",
    "lightgbm-gp",
    "lightgbm-local",
    "lightgbm-kriged",
    "lightgbm-edge",
    "lightgbm",
)
"""What is trained beside networks; the help must not load what knows."""

_TRAIN = """\
Train a model on wells and write it to a file that --model takes.

A file that cannot be read is told and left out; curves need not be the same in every well.
Ten wells of 2000 m take some minutes on two cores, most of it to calibrate the 90 % bands.

Of deep-kriging, the default, only the trees are trained here: its kernels are those of the
package, learnt on public wells, and it has no networks beside the trees.

A network (see below) is trained in a run folder that holds its settings, history and checkpoints;
Ctrl-C leaves a checkpoint, and --resume goes on from it. Networks want many wells and a GPU.
"""

_TRAIN_EXAMPLES = """\
examples:
  welllog train wells/ -o field.model
  welllog train wells/*.las more/*.las.xz -o sonic.model --curves DTC DTS
  welllog restore well.las -o out.las --model field.model
  welllog train wells/ -o net.model --method resnet50-resnet18 --device cuda
  welllog train wells/ -o net.model --method unet --width 16 --masks corpus --fill linear
  welllog train mine/ -o mine.model --method unet --from net.model --freeze --iterations 500

networks:
"""

_MODELS = """\
List the models that --model takes by name: what each is, the curves it restores, what it was
trained on and how well it does. --model takes the file of a model too: name files to see what
they hold.

Scores are root mean square errors in hidden intervals of wells that no model has seen, in standard
deviations of the curve: 0 is right, 1 is guessing the mean.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``train`` and ``models`` to the parser."""
    train = commands.add_parser(
        "train",
        help="train a model on wells",
        description=_TRAIN,
        epilog=_TRAIN_EXAMPLES + describe_networks(),
        formatter_class=HelpFormatter,
        parents=[common],
    )
    train.add_argument(
        "wells", nargs="+", type=Path, metavar="WELLS", help="log files, or folders of them"
    )
    train.add_argument(
        "-o", "--output", required=True, type=Path, metavar="MODEL", help="the model's file"
    )
    train.add_argument(
        "--method",
        default="deep-kriging",
        metavar="NAME",
        help=f"kind of model: {', '.join(_TREES)}, or a network named below (default: {_TREES[0]})",
    )
    train.add_argument(
        "--curves",
        nargs="+",
        metavar="NAME",
        help="curves the model is to restore (default: all that two wells have)",
    )
    train.add_argument(
        "--trees",
        type=int,
        metavar="N",
        help="trees in each of three bags a curve (default: 500; fewer are faster and worse)",
    )
    train.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="random seed (default: 0)"
    )
    add_index_unit(train)
    train.add_argument(
        "--overwrite", action="store_true", help="replace a model that exists, and its run folder"
    )
    add_network_options(train)
    train.set_defaults(run=_run_train)

    models = commands.add_parser(
        "models",
        help="list the models there are",
        description=_MODELS,
        epilog="examples:\n  welllog models\n  welllog models field.model --json",
        formatter_class=HelpFormatter,
        parents=[common],
    )
    models.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a model's file, or a name"
    )
    models.set_defaults(run=_run_models)


def _run_train(args: argparse.Namespace, terminal: Terminal) -> int:
    if not args.resume:
        check_output(args.output, args.overwrite)
    if args.trees is not None and args.trees < 1:
        raise UsageError(f"--trees {args.trees}: want at least 1")
    from welllog.mnemonics import catalogue
    from welllog.networks import GENERATORS
    from welllog.training import check_request

    targets = args.curves and [catalogue().canonical(name) or name for name in args.curves]
    check_request(args.method, targets)
    plan = plan_network(args) if args.method in GENERATORS else None
    if plan is None:
        refuse_network_options(args)
    check_output(args.output, args.overwrite)
    files = find_log_files(args.wells)
    progress = terminal.meter()
    # A well takes about as long to be read as an iteration of a small network; trees take longer.
    iterations = plan.settings.iterations if plan else 50 * len(files)
    reading = min(0.2, len(files) / (len(files) + iterations))
    wells, skipped = _read_all(files, args.index_unit, terminal, part_of(progress, 0.0, reading))
    if not wells:
        raise UsageError("none of the files could be read; nothing to train on")

    from welllog.boosting import BoostingSettings
    from welllog.checkpoint import ModelError, save_model
    from welllog.training import fit

    folder = plan.folder if plan else None
    with _told(terminal) as warned, resumable(folder, terminal) as stopped:
        restorer = fit(
            wells,
            method=args.method,
            targets=targets,
            seed=args.seed,
            boosting=None if args.trees is None else BoostingSettings(rounds=args.trees),
            progress=part_of(progress, reading, 1.0),
            experiment=plan.settings if plan else None,
            folder=folder,
            resume=args.resume,
            overwrite=args.overwrite,
            start=plan.start if plan else None,
        )
        training = _training_record(args, plan, wells)
        try:
            save_model(restorer, args.output, training=training)
        except ModelError as error:
            kept = f"; then go on with --resume --run-folder {folder}" if folder else ""
            raise UsageError(f"{error}{kept}") from error
    if stopped:
        return 130
    count, held_out = len(training["wells"]), len(training.get("held_out", ()))
    terminal.say(
        f"{args.output}: {args.method} for {', '.join(restorer.targets)}, "
        f"trained on {count} well{'s' * (count > 1)}"
        + (f", {held_out} held out" if held_out else "")
    )
    if "kernels" in training:
        terminal.say(f"  trained here: the trees; its kernels are {training['kernels']}")
    training.pop("settings", None)
    terminal.emit(
        {
            "command": "train",
            "output": str(args.output),
            "method": args.method,
            "curves": list(restorer.targets),
            **training,
            "skipped": skipped,
            "warnings": warned,
        }
    )
    return 1 if skipped else 0


def _training_record(
    args: argparse.Namespace, plan: NetworkPlan | None, wells: list[Well]
) -> dict[str, Any]:
    """Return what the model file says of its training."""
    from welllog.checkpoint import BUNDLED, model_card
    from welllog.corrections import DEEP

    record: dict[str, Any] = {"wells": [well.name for well in wells], "seed": args.seed}
    if args.method == DEEP:
        count = model_card(BUNDLED)["training"].get("wells", "other")
        record["kernels"] = f"the package's, learnt on {count} public wells, and it has no networks"
    if plan is not None:
        config = json.loads((plan.folder / "config.json").read_text(encoding="utf-8"))
        record["wells"] = config["training_wells"]
        record["held_out"] = config["held_out_wells"]
        if args.start is not None:
            record["start"] = str(args.start)
        record["settings"] = plan.settings.to_dict()
    return record


@contextmanager
def _told(terminal: Terminal) -> Iterator[list[str]]:
    """Say every warning when it comes, not hours later; collect them too."""
    warned: list[str] = []

    def tell(message: Warning | str, *_: Any, **__: Any) -> None:
        warned.append(str(message))
        terminal.warn(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = tell
        yield warned


def _read_all(
    files: list[Path], index_unit: str | None, terminal: Terminal, progress: Progress | None
) -> tuple[list[Well], list[dict[str, str]]]:
    from welllog.formats import read

    wells: list[Well] = []
    skipped: list[dict[str, str]] = []
    for count, path in enumerate(files):
        if progress:
            progress(count / len(files), f"reading {path.name}")
        try:
            wells.append(read(path, index_unit=index_unit, keep_document=False))
            tell_remarks(wells[-1], path, terminal)
        except (ValueError, OSError) as error:
            terminal.warn(f"left out: {one_line(error)}")
            skipped.append({"file": str(path), "error": one_line(error)})
    return wells, skipped


def find_log_files(places: list[Path]) -> list[Path]:
    """Find the log files among files and folders (looked through to the bottom).

    Raises
    ------
    UsageError
        Where a place does not exist, or a folder holds no log file.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(path for path in place.rglob("*") if _is_log_file(path))
            if not inside:
                raise UsageError(f"{place}: no .las or .csv file in this folder; name another")
            found += inside
        elif place.exists():
            found.append(place)
        else:
            raise UsageError(f"{place}: no such file or folder; check the path")
    return list(dict.fromkeys(found))


def _is_log_file(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in _SUFFIXES and path.is_file()


def _run_models(args: argparse.Namespace, terminal: Terminal) -> int:
    from welllog.checkpoint import DEFAULT, file_card, list_models

    named = {card["name"]: card for card in list_models()}
    named["default"] = named[DEFAULT]
    asked = [named.get(str(path)) or file_card(path) for path in args.files]
    cards = asked or list_models()
    told: dict[str, str] = {}
    for card in cards:
        terminal.say(f"{card['name']}{' (default)' if card.get('default') else ''}")
        terminal.say(f"  {card.get('description', '')}")
        if not card.get("available", True):
            terminal.say("  not in this installation; `welllog train` makes one of your own")
            continue
        terminal.say(f"  curves: {', '.join(card.get('targets', []))}")
        first = told.setdefault(card.get("sha256") or card["name"], card["name"])
        if first != card["name"]:
            terminal.say(f"  training, terms: the trees are those of {first}")
        else:
            for key, value in card.get("training", {}).items():
                said = _short(value)
                if key == "settings" and isinstance(value, dict):
                    said = _set_by_hand(value)
                terminal.say(f"  training, {key.replace('_', ' ')}: {said}")
        if card.get("scores"):
            terminal.say(f"  scores: {_short(card['scores'])}")
        if card.get("licence") and first == card["name"]:
            terminal.say(f"  terms: {card['licence']}")
    terminal.emit({"command": "models", "models": cards})
    return 0


def _set_by_hand(settings: dict[str, Any]) -> str:
    """Say which settings of a network's training are not the defaults, as ``--set`` takes them."""
    from welllog.learning import ExperimentSettings

    # A file may say anything.
    length = settings.get("iterations")
    usual = ExperimentSettings()
    if isinstance(length, int) and length > 0:
        usual = ExperimentSettings(iterations=length)  # others follow from it
    defaults = _flat(usual.to_dict())
    told = {
        name: value
        for name, value in _flat(settings).items()
        if name == "iterations" or defaults.get(name) != value
    }
    for follows in ("network.name", "network.inputs", "network.curves", "seed"):
        told.pop(follows, None)
    said = (
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in told.items()
    )
    return f"{' '.join(said)}; all else as by default"


def _flat(settings: dict[str, Any], within: str = "") -> dict[str, Any]:
    """Return settings by their full names, ``windows.p_zero`` those of parts."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{within}{name}.")
        else:
            flat[within + name] = list(value) if isinstance(value, tuple) else value
    return flat


def _short(value: Any) -> str:
    """Say a value of a model's card in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and not value:
        return "none"
    if isinstance(value, (list, tuple)):
        return f"{len(value)}: {', '.join(map(str, value))}" if len(value) < 8 else str(len(value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
