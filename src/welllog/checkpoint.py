"""Model files and the names of models.

A model file is a zip with ``model.json`` (everything but the trees or weights, and a hash of each
member) and either the trees in LightGBM's own text form or the weights of a network as safetensors.
Nothing in it is ever executed or unpickled. It is written to a temporary file and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import welllog
from welllog.features import TARGETS
from welllog.uncertainty import Calibration

if TYPE_CHECKING:
    from welllog.baselines import Boosted, Restorer
    from welllog.deep_kernel import DeepKernels
    from welllog.neural import Neural

__all__ = [
    "DEFAULT",
    "ModelError",
    "describe_model",
    "file_card",
    "list_models",
    "load_model",
    "load_network",
    "model_card",
    "named_restorer",
    "save_model",
    "shipped_kernels",
]

FORMAT = 1
SUFFIX = ".welllog"
DEFAULT = "deep-kriging"
"""What ``model="default"`` stands for."""
BUNDLED = Path(__file__).parent / "models" / f"boosting{SUFFIX}"
_LARGEST_MEMBER = 200_000_000
_LARGEST_WEIGHTS = 4_000_000_000
_ADVICE = "choose one made by 'welllog train' or a name of 'welllog models'"
_NETWORK_ADVICE = "start from a network's file made by 'welllog train'"

_UNSOUND = (
    OSError,
    zipfile.BadZipFile,
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    EOFError,
    NotImplementedError,
)
"""What reading a damaged or forged file may raise."""

_MODELS = {
    "deep-kriging": "boosting across wells, blended with small networks + kriging of the well's "
    "own residuals with kernels learnt over many wells: a network tells which depths are alike",
    "lightgbm-gp": "boosting across wells + Gaussian process on the well's own residuals, in depth "
    "and in likeness of the other logs",
    "lightgbm-local": "boosting + small trees on the well's own residuals + kriging",
    "lightgbm-kriged": "boosting + residual kriged in depth",
    "lightgbm-edge": "boosting + residual interpolated between the edges",
    "lightgbm": "boosting across wells alone",
    "kriging": "kriging of the curve itself; needs no other curve",
    "interpolation": "a straight line between the edges; needs no other curve",
}


class ModelError(ValueError):
    """A model that is not there or cannot be trusted."""


def load_model(model: str | Path | Restorer, device: str | None = None) -> Restorer:
    """Return a restorer by name ("default" included), from a file, or as it is.

    Parameters
    ----------
    model : str, path or Restorer
    device : {"auto", "cpu", "cuda", "mps"}, optional
        Where a network is to run; None leaves it where it is (the CPU, when it was just read).

    Raises
    ------
    ModelError
        An unknown name, a missing file, or a file that is no sound model.
    ValueError
        A device that this machine has not.
    """
    restorer = _find_model(model)
    if device is not None and hasattr(restorer, "on"):
        restorer.on(device)
    return restorer


def _find_model(model: str | Path | Restorer) -> Restorer:
    from welllog.baselines import Boosted, Interpolation, Kriging
    from welllog.corrections import CORRECTIONS

    if not isinstance(model, str | Path):
        return model
    name = DEFAULT if model == "default" else str(model)
    if name in CORRECTIONS:
        trees = _load_file(BUNDLED)
        assert isinstance(trees, Boosted)
        return named_restorer(trees, name)
    if name in ("interpolation", "kriging"):
        calibrations = _load_calibrations(BUNDLED)
        calibration = calibrations.get(name, Calibration())
        if name == "kriging":
            return Kriging(calibration=calibration)
        return Interpolation(calibration=calibration)
    if not Path(name).exists():
        raise ModelError(
            f"no model {name}: neither a file nor one of {', '.join(_MODELS)} (see: welllog models)"
        )
    path = Path(name)
    read = _load_file(path)
    return replace(read, origin={"file": path.name, "file_sha256": _digest(path)})


def load_network(model: str | Path | Neural) -> Neural:
    """Return a network from a model file, or as it is.

    Raises
    ------
    ModelError
        There is no such file, or it holds no network.
    """
    if isinstance(model, str | Path) and not Path(model).exists():
        raise ModelError(f"{model}: no such file; {_NETWORK_ADVICE}")
    from welllog.neural import Neural

    loaded = load_model(model)
    if not isinstance(loaded, Neural):
        raise ModelError(f"{model} holds {loaded.name}, which is no network; {_NETWORK_ADVICE}")
    return loaded


def list_models() -> list[dict[str, Any]]:
    """Return a card for every model by name: what it is, size, training data, scores."""
    manifest = _read_manifest(BUNDLED) if BUNDLED.exists() else {}
    cards = []
    for name, what in _MODELS.items():
        boosted = name not in ("interpolation", "kriging")
        cards.append(
            {
                "name": name,
                "default": name == DEFAULT,
                "description": what,
                "available": bool(manifest) or not boosted,
                "bytes": BUNDLED.stat().st_size if boosted and manifest else 0,
                "sha256": _digest(BUNDLED) if boosted and manifest else None,
                "targets": sorted(manifest.get("bags", {})) if boosted else list(TARGETS),
                "training": manifest.get("training", {}) if boosted else {},
                "scores": manifest.get("scores", {}).get(name, {}),
                "licence": manifest.get("licence", "") if boosted else "BSD-3-Clause",
            }
        )
    return cards


def file_card(path: Path) -> dict[str, Any]:
    """Return a card for a model file, as ``list_models`` does for models by name.

    Raises
    ------
    ModelError
        The file is missing or no sound model file.
    """
    restorer = _find_model(path)
    description = _MODELS.get(restorer.name, f"the network {restorer.name}")
    if restorer.name == "deep-kriging" and getattr(restorer, "blend", None) is None:
        description = description.replace(", blended with small networks", "")
    return {
        "name": str(path),
        "default": False,
        "description": description,
        "available": True,
        "bytes": path.stat().st_size,
        "sha256": _digest(path),
        "targets": list(getattr(restorer, "targets", ())),
        **model_card(path),
    }


def model_card(path: str | Path) -> dict[str, Any]:
    """Return what a model file says of itself: training, scores, licence.

    Raises
    ------
    ModelError
        The file is missing or no model file.
    """
    manifest = _read_manifest(Path(path))
    return {key: manifest.get(key, {}) for key in ("training", "scores", "licence")}


def describe_model(restorer: Restorer) -> dict[str, Any]:
    """Return what a record says of a model: name, file, and hashes of that and of what it holds."""
    from welllog.baselines import Boosted

    described: dict[str, Any] = {"name": restorer.name, **getattr(restorer, "origin", {})}
    if hasattr(restorer, "sha256"):  # a network; asking by its class would load torch
        described["weights_sha256"] = restorer.sha256()
        described["wells_in_training"] = len(getattr(restorer, "seen", ()))
    if isinstance(restorer, Boosted):
        if not restorer.boosters.digest:
            from welllog.tree_files import boosted_members

            restorer.boosters.digest = _digest_of(_member_hashes(boosted_members(restorer)))
        described["trees_sha256"] = restorer.boosters.digest
        described["wells_in_training"] = len(restorer.boosters.seen)
    return described


def save_model(
    restorer: Boosted | Neural,
    path: str | Path,
    *,
    training: dict[str, Any] | None = None,
    scores: dict[str, Any] | None = None,
    licence: str = "",
) -> Path:
    """Write a fitted restorer to a model file, atomically.

    Parameters
    ----------
    restorer : Boosted or Neural
    path : str or path
    training, scores, licence
        For the model card: what it was trained on, how well it does, on what terms.

    Raises
    ------
    ModelError
        The folder cannot be written to.
    """
    path = Path(path)
    entries, members = _contents(restorer)
    manifest = {
        "format": FORMAT,
        "welllog": welllog.__version__,
        **entries,
        "training": training or {},
        "scores": scores or {},
        "licence": licence,
        "sha256": _member_hashes(members),
    }
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        os.close(handle)
    except OSError as error:
        raise ModelError(
            f"cannot write a model to {path.parent}: {error.strerror}; choose another folder"
        ) from error
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr(_entry("model.json"), json.dumps(manifest, indent=1, allow_nan=False))
            for name, content in members.items():
                archive.writestr(_entry(name), content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ModelError(
                f"cannot write the model {path}: {error.strerror}; "
                f"make room there, or choose another folder"
            ) from error
        raise
    return path


def _contents(restorer: Boosted | Neural) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what ``model.json`` says of a restorer, and the members beside it."""
    from welllog.baselines import Boosted

    if not isinstance(restorer, Boosted):
        from welllog.network_files import WEIGHTS, network_entries, pack_tensors

        weights = pack_tensors(restorer.generator.state_dict())
        return network_entries(restorer), {WEIGHTS: weights}
    from welllog.tree_files import boosted_entries, boosted_members

    return boosted_entries(restorer), boosted_members(restorer)


def _member_hashes(members: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}


def _digest_of(hashes: dict[str, str]) -> str:
    """Return one hash for all trees, whichever way they came."""
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry without the time of day, so that equal models are equal files."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    # Weights are noise to a compressor.
    weights = name.endswith(".safetensors")
    entry.compress_type = zipfile.ZIP_STORED if weights else zipfile.ZIP_LZMA
    return entry


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(_member(archive, "model.json"))
    except FileNotFoundError:
        raise ModelError(
            f"{path} is missing: train one with 'welllog train WELLS... -o MODEL'"
        ) from None
    except _UNSOUND as error:
        raise _unsound(path, error) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(f"{path} is a model of another format; this version reads {FORMAT}")
    return manifest


def _unsound(path: Path, error: Exception) -> ModelError:
    """Say why a file, or what is no file, is no model."""
    if path.is_dir():
        model = path.with_suffix("")
        if not (path / "config.json").exists():
            return ModelError(f"{path} is a folder; {_ADVICE}")
        known = path.suffix == ".run" and model.exists()
        where = model if known else "the file that 'welllog train -o' named"
        return ModelError(f"{path} is a run folder; the model is {where}")
    if isinstance(error, OSError) and error.strerror:
        return ModelError(f"{path} cannot be read ({error.strerror}); {_ADVICE}")
    reason = "" if isinstance(error, zipfile.BadZipFile) else f" ({error})"
    return ModelError(f"{path} is damaged or cut off, or not a model of welllog{reason}; {_ADVICE}")


def _member(archive: zipfile.ZipFile, name: str) -> str:
    if archive.getinfo(name).file_size > _LARGEST_MEMBER:
        raise ValueError(f"{name} is larger than {_LARGEST_MEMBER} bytes")
    return archive.read(name).decode("utf-8")


def _load_calibrations(path: Path) -> dict[str, Calibration]:
    if not path.exists():
        return {}
    return {
        name: Calibration.from_dict(table)
        for name, table in _read_manifest(path).get("calibrations", {}).items()
    }


def shipped_kernels() -> DeepKernels:
    """Return the kernels of the shipped model.

    Raises
    ------
    ModelError
        The shipped model is missing or has none.
    """
    model = _load_file(BUNDLED)
    kernels = getattr(model, "kernels", None)
    if kernels is None:
        raise ModelError(f"{BUNDLED} holds no kernels; give settings to learn them")
    return cast("DeepKernels", kernels)


def named_restorer(model: Boosted, name: str) -> Boosted:
    """Return the restorer of this name that shares the trees of ``model``, with its own band."""
    return replace(model, name=name, calibration=model.calibrations.get(name, Calibration()))


def _load_file(path: Path) -> Boosted | Neural:
    return _load_stamped(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _load_stamped(path: Path, stamp: int) -> Boosted | Neural:
    """Load a model file; ``stamp`` makes a changed file a new one to the cache."""
    manifest = _read_manifest(path)
    if manifest.get("kind") == "network":
        return _load_network(path, manifest)
    return _load_trees(path, manifest)


def _load_network(path: Path, manifest: dict[str, Any]) -> Neural:
    from welllog.network_files import WEIGHTS, read_network

    try:
        with zipfile.ZipFile(path) as archive:
            content = _sound_member(archive, WEIGHTS, manifest, _LARGEST_WEIGHTS)
        return read_network(manifest, content, WEIGHTS)
    except _UNSOUND as error:
        raise _unsound(path, error) from error


def _load_trees(path: Path, manifest: dict[str, Any]) -> Boosted:
    from welllog.tree_files import read_boosted

    try:
        with zipfile.ZipFile(path) as archive:
            boosted = read_boosted(
                manifest,
                lambda name: _sound_member(archive, name, manifest, _LARGEST_MEMBER),
                trusted=path == BUNDLED,
            )
        boosted.boosters.digest = _digest_of(manifest["sha256"])
        return boosted
    except _UNSOUND as error:
        raise _unsound(path, error) from error


def _sound_member(
    archive: zipfile.ZipFile, name: str, manifest: dict[str, Any], largest: int
) -> bytes:
    """Read a member no larger than ``largest`` bytes and compare it with its hash."""
    if archive.getinfo(name).file_size > largest:
        raise ValueError(f"{name} is larger than {largest} bytes")
    content = archive.read(name)
    if hashlib.sha256(content).hexdigest() != manifest["sha256"].get(name):
        raise ValueError(f"{name} is not what its hash says")
    return content
