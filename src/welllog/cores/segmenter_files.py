"""Fitted segmenters in files: safetensors, with what the numbers mean as JSON in its header.

Nothing is ever unpickled. A file of another kind, or one that holds what cannot be, is refused
with a line that says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes
from welllog.cores.segmenters import METHODS, Segmenter, SegmenterError

__all__ = ["FORMAT", "SegmenterFileError", "describe_segmenter", "load_segmenter", "save_segmenter"]

FORMAT = "welllog segmenter 1"
KEY = "welllog"
"""Of the header's metadata."""


class SegmenterFileError(ValueError):
    """A model file that cannot be used."""


def save_segmenter(
    segmenter: Segmenter,
    path: str | Path,
    *,
    licence: str = "",
    training: Mapping[str, Any] | None = None,
) -> None:
    """Write a fitted segmenter, whole or not at all.

    Parameters
    ----------
    segmenter : Segmenter
    path : str or Path
    licence : str
        Under which the model may be passed on.
    training : mapping, optional
        What it was fitted to, for its card.

    Raises
    ------
    SegmenterError
        It has not been fitted.
    """
    if not len(segmenter.classes):
        raise SegmenterError(f"method {segmenter.method} has not been fitted; nothing to keep")
    card = {
        "format": FORMAT,
        "method": segmenter.method,
        "classes": list(segmenter.classes.names),
        "colours": [list(colour) for colour in segmenter.classes.colours],
        "licence": licence,
        "training": dict(training or {}),
    }
    path = Path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_content(segmenter, card))
        os.chmod(name, 0o644)  # a temporary file is for its owner alone
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _content(segmenter: Segmenter, card: Mapping[str, Any]) -> bytes:
    own = getattr(segmenter, "to_bytes", None)
    if own is not None:  # a network's weights are torch's
        content: bytes = own(lambda entries: {KEY: json.dumps({**card, "settings": entries})})
        return content
    from safetensors.numpy import save

    entries, tensors = _parts(segmenter)
    # safetensors takes no file without tensors.
    tensors = tensors or {"none": np.zeros(1, np.float32)}
    return save(tensors, {KEY: json.dumps({**card, "settings": entries})})


def _parts(segmenter: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the fields of a segmenter as plain entries and as arrays."""
    entries: dict[str, Any] = {}
    tensors: dict[str, NDArray[Any]] = {}
    for field in fields(segmenter):
        value = getattr(segmenter, field.name)
        if isinstance(value, np.ndarray):
            tensors[field.name] = np.ascontiguousarray(value)
        elif isinstance(value, Mapping):
            for name, array in value.items():
                tensors[f"{field.name}.{name}"] = np.ascontiguousarray(array)
        elif field.name not in ("classes", "method"):
            entries[field.name] = list(value) if isinstance(value, tuple) else value
    return entries, tensors


def describe_segmenter(path: str | Path) -> dict[str, Any]:
    """Return the card of a model file: method, classes, colours, licence, training, settings.

    Raises
    ------
    SegmenterFileError
        It is no such file.
    """
    return _read(Path(path))[0]


def load_segmenter(path: str | Path, **settings: Any) -> Segmenter:
    """Read a fitted segmenter.

    Parameters
    ----------
    path : str or Path
    **settings
        How a network runs (``device``), whatever it was fitted with.

    Raises
    ------
    SegmenterFileError
        The file is missing, damaged, of another kind, or holds what cannot be.
    """
    path = Path(path)
    card, content = _read(path)
    made_by = METHODS[card["method"]].made_by
    module = import_module(made_by.split(":")[0])
    try:
        classes = Classes(
            tuple(str(name) for name in card["classes"]),
            tuple((int(r), int(g), int(b)) for r, g, b in card["colours"]),
        )
        read = getattr(module, "read_network_segmenter", None)
        if read is not None:
            network: Segmenter = read(
                {**card["settings"], "classes": classes}, content, str(path), **settings
            )
            return network
        return _make(getattr(module, made_by.split(":")[1]), card, classes, content)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SegmenterFileError(
            f"{path}: is damaged or was made by another version ({error}); fit it again"
        ) from error


def _make(kind: Any, card: Mapping[str, Any], classes: Classes, content: bytes) -> Segmenter:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    for name, array in tensors.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} holds values that are not finite")
    told: dict[str, Any] = {"method": card["method"], "classes": classes}
    for field in fields(kind):
        inside = {
            name.removeprefix(f"{field.name}."): array
            for name, array in tensors.items()
            if name.startswith(f"{field.name}.")
        }
        if inside:
            told[field.name] = inside
        elif field.name in tensors:
            told[field.name] = tensors[field.name]
        elif field.name in card["settings"]:
            value = card["settings"][field.name]
            like = field.default
            if isinstance(value, list):
                value = tuple(value)
            if like is not MISSING and isinstance(value, str) != isinstance(like, str):
                raise ValueError(f"{field.name} is {value!r}")
            told[field.name] = value
    made: Segmenter = kind(**told)
    check = getattr(made, "check", None)
    if check is not None:
        check()
    return made


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise SegmenterFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SegmenterFileError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        size = int.from_bytes(content[:8], "little")
        if not 2 <= size <= min(len(content) - 8, 10_000_000):
            raise ValueError("no header")
        header = json.loads(content[8 : 8 + size])
        card = json.loads(header["__metadata__"][KEY])
        known = card["format"] == FORMAT and card["method"] in METHODS
        if not known or not isinstance(card["settings"], dict) or not card["classes"]:
            raise ValueError("not this version's")
    except (ValueError, KeyError, TypeError, UnicodeDecodeError, RecursionError):
        raise SegmenterFileError(
            f"{path}: is no model of this version's `welllog segment-train`; fit one"
        ) from None
    card["sha256"] = hashlib.sha256(content).hexdigest()
    return card, content
