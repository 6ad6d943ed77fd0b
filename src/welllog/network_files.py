"""Weights of networks in files: safetensors, looked at before they are believed.

Nothing is ever unpickled. A file of another format, with tensors missing, of other shapes or with
values that are not finite is refused with a line that says which.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from welllog.corpus import CHANNELS, Scaling, WindowSettings
from welllog.features import TARGETS
from welllog.networks import NetworkSettings, build_generator
from welllog.neural import Neural, Outlook
from welllog.uncertainty import Calibration

__all__ = [
    "WEIGHTS",
    "WeightsError",
    "check_tensors",
    "network_entries",
    "pack_tensors",
    "read_network",
    "unpack_tensors",
    "write_whole",
]

WEIGHTS = "weights.safetensors"
"""Member of a model file that holds a network's weights."""


class WeightsError(ValueError):
    """Weights that cannot be used."""


def pack_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return tensors, from any device, as the content of a safetensors file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(plain, dict(metadata) if metadata else None)


def unpack_tensors(content: bytes, where: str) -> dict[str, Tensor]:
    """Read the content of a safetensors file.

    Parameters
    ----------
    content : bytes
    where : str
        What an error calls the file.

    Raises
    ------
    WeightsError
        The content is of another format (a pickle, say), damaged, or holds values that are not
        finite.
    """
    try:
        tensors = load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{where} holds no sound tensors ({error}); it is damaged or of another format: "
            f"use one that this package wrote"
        ) from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise WeightsError(
                f"{where}: {name} holds values that are not finite; use an earlier file"
            )
    return tensors


def check_tensors(
    tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], where: str
) -> None:
    """Check that tensors have the names, shapes and types that a network expects.

    Raises
    ------
    WeightsError
        They have not; the first that differs is named.
    """
    for name in sorted(expected.keys() | tensors.keys()):
        if name not in tensors:
            raise WeightsError(f"{where} lacks {name}; it belongs to another network")
        if name not in expected:
            raise WeightsError(f"{where} holds {name}, which this network has not")
        have, want = tensors[name], expected[name]
        if have.shape != want.shape or have.dtype != want.dtype:
            raise WeightsError(
                f"{where}: {name} is {_kind(have)}, the network expects {_kind(want)}; "
                f"it belongs to a network of another size"
            )


def _kind(tensor: Tensor) -> str:
    return f"{' x '.join(map(str, tensor.shape)) or 'one'} {str(tensor.dtype).split('.')[-1]}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all: a temporary one beside it, on the disk, then renamed.

    Raises
    ------
    OSError
        It cannot be written; the error names the file.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # a full disk names no file
            told = error.strerror or str(error)
            raise OSError(error.errno, told, str(path)) from error
        raise


def network_entries(neural: Neural) -> dict[str, Any]:
    """Return what ``model.json`` says of a network, its weights apart."""
    outlook = neural.outlook
    return {
        "kind": "network",
        "name": neural.name,
        "inputs": list(CHANNELS),
        "settings": {
            "network": asdict(outlook.network),
            "windows": outlook.windows.to_dict(),
            "fill": outlook.fill,
            "spread": outlook.spread,
        },
        "scaling": outlook.scaling.to_dict(),
        "residual": dict(zip(CHANNELS, outlook.residual, strict=True)),
        "targets": list(neural.targets),
        "seen": list(neural.seen),
        "held_out": list(neural.held_out),
        "ranges": {name: list(pair) for name, pair in neural.ranges.items()},
        "calibrations": {neural.name: neural.calibration.to_dict()},
    }


def read_network(manifest: Mapping[str, Any], content: bytes, where: str) -> Neural:
    """Make a restorer of what a model file holds.

    Parameters
    ----------
    manifest : mapping
        ``model.json``.
    content : bytes
        The weights, as safetensors.
    where : str
        What an error calls the weights.

    Raises
    ------
    ValueError, KeyError, TypeError
        The manifest lacks something or holds what cannot be, or the weights cannot be believed
        (``WeightsError``).
    """
    settings = manifest["settings"]
    network = NetworkSettings(**settings["network"])
    windows = WindowSettings.from_dict(settings["windows"])
    fill, spread = settings["fill"], settings["spread"]
    curves = len(CHANNELS) * (2 if spread else 1)
    if manifest["inputs"] != list(CHANNELS):
        raise ValueError("its curves are not those of this version")
    if (network.inputs, network.curves) != (windows.inputs, curves):
        raise ValueError(
            f"its network of {network.inputs} channels in and {network.curves} out does not fit "
            f"its windows ({windows.inputs} and {curves})"
        )
    if fill not in ("zero", "linear") or not set(manifest["targets"]) <= set(TARGETS):
        raise ValueError("its fill or its targets are not known")
    residual = tuple(float(manifest["residual"][name]) for name in CHANNELS)
    ranges = {name: (float(low), float(high)) for name, (low, high) in manifest["ranges"].items()}
    with torch.device("meta"):  # no memory is taken before the sizes have been compared
        generator = build_generator(network)
    weights = unpack_tensors(content, where)
    check_tensors(weights, generator.state_dict(), where)
    generator.load_state_dict(weights, assign=True)
    return Neural(
        manifest["name"],
        generator,
        Outlook(
            network, windows, Scaling.from_dict(manifest["scaling"]), fill, bool(spread), residual
        ),
        tuple(manifest["targets"]),
        tuple(manifest["seen"]),
        tuple(manifest.get("held_out", ())),
        ranges,
        Calibration.from_dict(manifest["calibrations"][manifest["name"]]),
    )
