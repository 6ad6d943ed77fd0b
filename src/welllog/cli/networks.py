"""The options of ``welllog train`` that are about networks."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from welllog.cli.run_folders import check_run_folder
from welllog.cli.terminal import UsageError

if TYPE_CHECKING:
    from welllog.learning import ExperimentSettings
    from welllog.neural import Neural

__all__ = [
    "NetworkPlan",
    "add_network_options",
    "describe_networks",
    "plan_network",
    "refuse_network_options",
]

_DIRECT = {
    "iterations": "iterations",
    "batch": "batch",
    "width": "network.width",
    "masks": "windows.scheme",
    "fill": "fill",
    "holdout": "holdout",
    "pretrain": "pretraining",
    "freeze": "freeze",
    "device": "device",
    "devices": "devices",
    "precision": "precision",
    "compile": "compile",
}
"""Options and the settings that they stand for."""


def describe_networks() -> str:
    """List the networks that ``--method`` takes, one a line."""
    from welllog.networks import GENERATORS

    return "\n".join(f"  {name:<18} {what}" for name, what in GENERATORS.items())


def add_network_options(train: argparse.ArgumentParser) -> None:
    """Add the options to the parser of ``welllog train``."""
    group = train.add_argument_group(
        "networks", "only with --method NETWORK; what is not given keeps its default"
    )
    group.add_argument("--iterations", type=int, metavar="N", help="steps (default: 10000)")
    group.add_argument("--batch", type=int, metavar="N", help="windows in a step (default: 16)")
    group.add_argument(
        "--width",
        type=int,
        metavar="N",
        help="channels of the first stage (default: 64; 16 for a CPU)",
    )
    group.add_argument(
        "--masks",
        choices=("seed", "corpus"),
        help="what is hidden: one whole log, or gaps as wells have them (default: seed)",
    )
    group.add_argument(
        "--fill",
        choices=("zero", "linear"),
        help="what stands in a gap: 0, or a straight line (default: zero)",
    )
    group.add_argument(
        "--holdout",
        type=float,
        metavar="SHARE",
        help="wells to stop early by, whole places of them (default: 0.1)",
    )
    group.add_argument(
        "--pretrain",
        choices=("none", "masked", "order", "synthetic"),
        help="task that comes first: masked samples, order of two fragments, synthetic wells",
    )
    group.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="MODEL",
        help="start from the network in this model file, and keep its shape",
    )
    group.add_argument(
        "--freeze",
        action="store_true",
        default=None,
        help="fit the decoder alone; the encoder stays as --from or --pretrain leave it",
    )
    group.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        help="where to train (default: auto, the first of cuda, mps, cpu)",
    )
    group.add_argument(
        "--devices", type=int, metavar="N", help="devices, one process each (default: 1)"
    )
    group.add_argument(
        "--precision", choices=("auto", "32", "bf16"), help="default: bf16 on cuda, else 32"
    )
    group.add_argument(
        "--compile",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="compile the network (default: on cuda)",
    )
    group.add_argument(
        "--run-folder",
        type=Path,
        metavar="DIR",
        help="history and checkpoints (default: MODEL with .run appended)",
    )
    group.add_argument(
        "--resume", action="store_true", help="go on from the run folder's last checkpoint"
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting, such as amplification=5 or windows.p_zero=0.5; repeatable",
    )


@dataclass(frozen=True)
class NetworkPlan:
    """What the options of a network stand for."""

    settings: ExperimentSettings
    folder: Path
    """Run folder."""
    start: Neural | None
    """The network to start from."""


def plan_network(args: argparse.Namespace) -> NetworkPlan:
    """Return what the options stand for; all that can be checked without the wells is checked.

    Raises
    ------
    ValueError
        A setting that there is not or a value that it cannot have, a device that this machine has
        not, no network to start from, or a run folder in which this experiment cannot be.
    """
    if args.trees is not None:
        raise UsageError(f"--trees {args.trees}: {args.method} is a network and grows none")
    changes = _changes(args)
    if changes.get("freeze") and not args.start and changes.get("pretraining", "none") == "none":
        raise UsageError("--freeze: without --from or --pretrain there is nothing learnt to keep")
    _check_device(changes.get("device", "auto"), changes.get("devices", 1))
    from welllog.learning import ExperimentSettings

    # Together, as a batch that suits one device may not suit two.
    settings: ExperimentSettings = _changed(ExperimentSettings(), changes)
    start = None
    if args.start is not None:
        from welllog.checkpoint import load_network
        from welllog.learning.experiment import shaped_like

        start = load_network(args.start)
        shaped = shaped_like(settings, start)
        for name in changes:
            asked, kept = _setting(settings, name), _setting(shaped, name)
            if asked != kept:
                raise UsageError(
                    f"{_option_of(name)}: {args.start} has {kept}, and a network to start from "
                    f"keeps its shape and windows; leave {_option_of(name)} out"
                )
        settings = shaped
    folder: Path = args.run_folder or args.output.with_name(args.output.name + ".run")
    check_run_folder(folder, args, settings)
    return NetworkPlan(settings, folder, start)


def _changes(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given, by their names."""
    options = {_DIRECT[option]: getattr(args, option) for option in _given(args)}
    changes = dict(options)
    for pair in args.set:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair}: want NAME=VALUE")
        if name in ("network.name", "seed"):
            raise UsageError(f"--set {pair}: give --{name.replace('network.name', 'method')}")
        if name in ("network.inputs", "network.curves"):
            raise UsageError(f"--set {pair}: follows from the windows; leave it out")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if options.get(name, value) != value:
            raise UsageError(f"--set {pair}: {_option_of(name)} says {options[name]}; give one")
        changes[name] = value
    return {"network.name": args.method, "seed": args.seed, **changes}


def _setting(settings: ExperimentSettings, name: str) -> Any:
    """Return the value of a setting, ``windows.p_zero`` that of a part; None if there is none."""
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def _option_of(setting: str) -> str:
    """Return the option that stands for a setting."""
    options = {name: f"--{option}" for option, name in _DIRECT.items()}
    return options.get(setting, f"--set {setting}")


def _check_device(device: Any, count: Any) -> None:
    from welllog.learning.launching import check_devices

    names = {"auto": "device", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU (mps)"}
    if device not in names or not isinstance(count, int):
        return  # no such setting, which is told with the others
    try:
        check_devices(device, 1)
    except ValueError:
        raise UsageError(
            f"no {names[device]} on this machine that torch can use; "
            f"leave --device out, or give --device cpu"
        ) from None
    check_devices(device, count)


def refuse_network_options(args: argparse.Namespace) -> None:
    """Check that no option of a network was given for another kind of model.

    Raises
    ------
    UsageError
        One was.
    """
    given = {
        "from": args.start is not None,
        "resume": args.resume,
        "run-folder": args.run_folder is not None,
        "set": bool(args.set),
    }
    for option in [*(name for name, is_given in given.items() if is_given), *_given(args)]:
        raise UsageError(
            f"--{option} is for networks, and {args.method} is none; "
            f"give --method NETWORK or leave it out"
        )


def _given(args: argparse.Namespace) -> list[str]:
    return [option for option in _DIRECT if getattr(args, option) is not None]


def _changed(settings: Any, changes: dict[str, Any], within: str = "") -> Any:
    """Return a dataclass with settings changed, ``windows.p_zero`` those of its parts."""
    known = {field.name for field in fields(settings)}
    own: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        name, dot, rest = path.partition(".")
        if name in known and not dot and is_dataclass(getattr(settings, name)):
            parts_of = (f"{within}{name}.{one.name}" for one in fields(getattr(settings, name)))
            raise UsageError(
                f"--set {within}{name}: has parts; set one of {', '.join(sorted(parts_of))}"
            )
        if name not in known or (dot and not is_dataclass(getattr(settings, name))):
            if not (name in known and value is None):
                raise UsageError(
                    f"--set {within}{path}: no such setting; there are "
                    f"{', '.join(sorted(within + one for one in known))}"
                )
        if dot:
            parts.setdefault(name, {})[rest] = value
        else:
            own[name] = tuple(value) if isinstance(value, list) else value
    for name, inner in parts.items():
        own[name] = _changed(getattr(settings, name), inner, f"{within}{name}.")
    try:
        for name, value in own.items():
            _check_kind(f"{within}{name}", value, settings, name)
        return replace(settings, **own)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _check_kind(path: str, value: Any, settings: Any, name: str) -> None:
    """Check that a value is of a setting's kind, which dataclasses do not."""
    hint, was = get_type_hints(type(settings))[name], getattr(settings, name)
    given = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kinds = tuple(get_origin(kind) or kind for kind in given)
    if float in kinds:
        kinds += (int,)
    mistaken = isinstance(value, bool) and bool not in kinds
    if mistaken or not isinstance(value, kinds):
        words = {int: "a whole number", bool: "true or false"}
        wanted = "a list like [1, 0.5]" if kinds[0] is tuple else f"a value like {was}"
        if was is None:
            wanted = f"{words.get(kinds[0], 'another value')} or null"
        raise UsageError(f"--set {path}={json.dumps(value)}: want {wanted}")
