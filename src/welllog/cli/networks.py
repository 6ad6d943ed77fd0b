"""The options of ``welllog train`` that are about networks."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.terminal import UsageError

if TYPE_CHECKING:
    from welllog.learning import ExperimentSettings

__all__ = [
    "add_network_options",
    "describe_networks",
    "experiment_of",
    "refuse_network_options",
    "run_folder_of",
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


def run_folder_of(args: argparse.Namespace) -> Path:
    """Return the run folder that was named, or the one beside the model."""
    folder: Path = args.run_folder or args.output.with_name(args.output.name + ".run")
    return folder


def experiment_of(args: argparse.Namespace) -> ExperimentSettings:
    """Return the settings that the options stand for.

    Raises
    ------
    UsageError
        A setting that there is not, or a value that it cannot have.
    """
    from welllog.learning import ExperimentSettings

    settings = ExperimentSettings()
    changes = {_DIRECT[option]: getattr(args, option) for option in _given(args)}
    for pair in args.set:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair}: want NAME=VALUE")
        try:
            changes[name] = json.loads(text)
        except ValueError:
            changes[name] = text
    # Together, as a batch that suits one device may not suit two.
    changed: ExperimentSettings = _changed(settings, changes)
    return changed


def refuse_network_options(args: argparse.Namespace) -> None:
    """Check that no option of a network was given for another kind of model.

    Raises
    ------
    UsageError
        One was.
    """
    given = (
        ["from"] * (args.start is not None) + ["resume"] * args.resume + ["set"] * bool(args.set)
    )
    for option in [*given, *_given(args)]:
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
        if name not in known or bool(dot) != is_dataclass(getattr(settings, name)):
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
            _check_kind(f"{within}{name}", value, getattr(settings, name))
        return replace(settings, **own)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _check_kind(name: str, value: Any, was: Any) -> None:
    """Check that a value is of the default's kind, which dataclasses do not."""
    kinds: tuple[type, ...] = (int, float) if isinstance(was, float) else (type(was),)
    mistaken = isinstance(value, bool) and not isinstance(was, bool)
    if was is not None and value is not None and (mistaken or not isinstance(value, kinds)):
        raise UsageError(f"--set {name}={value}: want a value like {was}")
