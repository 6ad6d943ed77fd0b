"""Options of the commands that segment: the settings of all methods, each told where it counts."""

from __future__ import annotations

import argparse
from typing import Any

from welllog.cli.terminal import UsageError, whole_number

__all__ = ["add_settings", "settings_of"]

_OWN = {
    "threshold": ("levels", "smooth"),
    "otsu": ("smooth",),
    "minimum": ("smooth",),
    "multi-otsu": ("bands", "smooth"),
    "kmeans": ("clusters", "position", "texture", "scale", "seed"),
    "pixels": ("scales", "squares", "evening", "trees", "depth", "samples", "seed"),
}
_NETWORK = (
    "seed", "iterations", "learning_rate", "width", "working_width", "backbone", "freeze",
    "pretraining", "device",
)  # fmt: skip
"""Settings that count, by method."""


def add_settings(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add ``--method`` and the settings of every method."""
    from welllog.cores.segmenters import METHODS

    methods = "; ".join(f"{name}: {method.what}" for name, method in METHODS.items())
    parser.add_argument(
        "--method", choices=list(METHODS), default=default, metavar="NAME",
        help=f"{methods}" + (f" (default: {default})" if default else ""),
    )  # fmt: skip
    parser.add_argument("--seed", type=int, metavar="N", help="of all that is left to chance (0)")
    simple = parser.add_argument_group("levels and clusters")
    simple.add_argument(
        "--levels", nargs="+", type=float, metavar="L",
        help="of method threshold: 0 (black) to 1 (white), increasing",
    )  # fmt: skip
    simple.add_argument(
        "--smooth", type=float, metavar="PIXELS", help="standard deviation of a Gaussian first (0)"
    )
    simple.add_argument("--bands", type=int, metavar="N", help="of multi-otsu, 2 to 5 (3)")
    simple.add_argument("--clusters", type=int, metavar="N", help="of kmeans, 2 to 64 (3)")
    simple.add_argument("--position", type=float, metavar="W", help="its weight in kmeans (0)")
    simple.add_argument("--texture", type=float, metavar="W", help="its weight in kmeans (0)")
    simple.add_argument("--scale", type=float, metavar="PIXELS", help="of that texture (4)")
    forest = parser.add_argument_group("method pixels")
    forest.add_argument("--scales", nargs="+", type=float, metavar="S", help="in pixels (1 to 16)")
    forest.add_argument(
        "--squares", type=whole_number, metavar="N",
        help="rows and columns told together, 1 to 16 (a quarter of the largest scale)",
    )  # fmt: skip
    forest.add_argument(
        "--evening", type=float, metavar="W",
        help="a Gaussian over the probabilities, in largest scales (1.5); 0 keeps what is small",
    )  # fmt: skip
    forest.add_argument("--trees", type=whole_number, metavar="N", help="in the forest (60)")
    forest.add_argument("--depth", type=whole_number, metavar="N", help="of a tree (16)")
    forest.add_argument("--samples", type=whole_number, metavar="N", help="a class and picture")
    network = parser.add_argument_group("networks")
    network.add_argument("--iterations", type=whole_number, metavar="N", help="of the fitting")
    network.add_argument("--learning-rate", type=float, metavar="R")
    network.add_argument(
        "--width", type=whole_number, metavar="N", help="channels of its first level"
    )
    network.add_argument(
        "--working-width", type=whole_number, metavar="PIXELS",
        help="pictures are shrunk to this width while they are looked at",
    )  # fmt: skip
    network.add_argument(
        "--backbone", metavar="FILE",
        help="weights of a pretrained ResNet-50: safetensors, or a .pth of plain tensors",
    )  # fmt: skip
    network.add_argument(
        "--freeze", action="store_const", const=True,
        help="keep the encoder as it comes from --backbone or --pretraining",
    )  # fmt: skip
    network.add_argument(
        "--pretraining", choices=("masked",),
        help="first learn to paint hidden patches of the pictures, without masks",
    )  # fmt: skip
    network.add_argument("--device", metavar="NAME", help="cuda, mps or cpu (default: the best)")


def settings_of(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given.

    Raises
    ------
    UsageError
        One that the method does not have.
    """
    own = _OWN.get(args.method, _NETWORK)
    every = {name for names in (*_OWN.values(), _NETWORK) for name in names}
    given = {name: getattr(args, name) for name in sorted(every) if getattr(args, name) is not None}
    for name in given:
        if name not in own and name != "seed":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"method {args.method} has no {option}; it has {', '.join(own)}")
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if name in own
    }
