"""What an experiment leaves behind: settings, history, environment, checkpoints.

::

    config.json        settings and wells; an experiment is only resumed with the same
    environment.json   versions, machine, threads
    history.jsonl      losses and validations, one JSON object a line; equal for equal experiments
    events/            the same for TensorBoard, with speed (where TensorBoard is installed)
    checkpoints/last.safetensors   everything that is needed to go on
    checkpoints/best.safetensors   the generator with the lowest validation error
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import welllog
from welllog.network_files import WeightsError, pack_tensors, unpack_tensors, write_whole

__all__ = ["BEST", "LAST", "RunFolder", "RunFolderError"]

LAST, BEST = "last", "best"
_MAY_DIFFER = ("device", "workers", "compile", "log_every")
"""Settings that a resumed experiment may have otherwise."""


class RunFolderError(ValueError):
    """A run folder that cannot be used as asked."""


class RunFolder:
    """The folder of one experiment.

    Parameters
    ----------
    path : Path
        Made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.latest: dict[str, Any] = {}
        """The last value of everything that was recorded."""
        self._events: Any = None

    def begin(self, config: Mapping[str, Any], *, resume: bool) -> None:
        """Make the folder, or check that it holds the same experiment.

        Raises
        ------
        RunFolderError
            It holds an experiment and ``resume`` is false, or another one and ``resume`` is true.
        """
        there = self.path / "config.json"
        if resume and there.exists():
            self._compare(json.loads(there.read_text(encoding="utf-8")), config)
        elif self.checkpoint(LAST).exists():
            raise RunFolderError(
                f"{self.path} holds an experiment already; resume it, or name another run folder"
            )
        try:
            (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
            self._write("config.json", config)
            self._write("environment.json", describe_environment())
        except OSError as error:
            raise RunFolderError(
                f"cannot write a run folder {self.path}: {error.strerror}; name another"
            ) from error

    def _compare(self, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        plain = json.loads(json.dumps(now))
        for key in sorted(was.keys() | plain.keys()):
            if key not in _MAY_DIFFER and was.get(key) != plain.get(key):
                raise RunFolderError(
                    f"{self.path} was begun with another {key} ({_brief(was.get(key))}, now "
                    f"{_brief(plain.get(key))}); give the same, or name another run folder"
                )

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        write_whole(self.path / name, (json.dumps(content, indent=1) + "\n").encode())

    def checkpoint(self, name: str) -> Path:
        """Return where a checkpoint of this name lies."""
        return self.path / "checkpoints" / f"{name}.safetensors"

    def save(self, name: str, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Write a checkpoint, whole or not at all; ``state`` is what JSON can hold."""
        write_whole(self.checkpoint(name), pack_tensors(tensors, {"state": json.dumps(state)}))

    def load(self, name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Read a checkpoint.

        Raises
        ------
        WeightsError
            It is damaged, of another format, or holds values that are not finite.
        """
        path = self.checkpoint(name)
        content = path.read_bytes()
        tensors = unpack_tensors(content, str(path))
        length = int.from_bytes(content[:8], "little")
        try:
            state = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["state"])
            if not isinstance(state["iteration"], int):
                raise TypeError("iteration is no number")
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(
                f"{path} does not say where training stood ({error}); it is no checkpoint"
            ) from error
        return tensors, state

    def continue_history(self, iteration: int) -> None:
        """Drop what was written after an iteration: the experiment goes on from there."""
        path = self.path / "history.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = []
        for line in lines:
            try:
                if json.loads(line)["iteration"] > iteration:
                    break
            except ValueError:  # a line that was cut off when the process died
                break
            kept.append(line + "\n")
        write_whole(path, "".join(kept).encode())
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return
        events = str(self.path / "events")
        self._events = SummaryWriter(events, purge_step=iteration + 1)

    def record(self, entry: Mapping[str, Any], extra: Mapping[str, float] | None = None) -> None:
        """Append a line to the history; ``extra`` (times, speed) goes to TensorBoard alone."""
        with (self.path / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        self.latest |= entry
        if self._events is not None:
            for key, value in {**entry, **(extra or {})}.items():
                if isinstance(value, float):
                    self._events.add_scalar(key, value, entry["iteration"])

    def history(self) -> list[dict[str, Any]]:
        """Return all lines of the history."""
        path = self.path / "history.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Write what TensorBoard still holds back."""
        if self._events is not None:
            self._events.close()
            self._events = None


def describe_environment() -> dict[str, Any]:
    """Return versions and machine, as far as they can change a result."""
    packages = ("torch", "numpy", "scipy", "lightning-fabric", "safetensors")
    found = {name: metadata.version(name) for name in packages}
    cuda = torch.cuda.is_available()
    return {
        "welllog": welllog.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": found,
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if cuda else None,
        "cuda": torch.version.cuda if cuda else None,
        "command": sys.argv,
    }


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
