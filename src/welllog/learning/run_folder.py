"""What an experiment leaves behind: settings, history, environment, checkpoints.

::

    config.json        settings and wells; an experiment is only resumed with the same
    environment.json   versions, machine, threads
    history.jsonl      losses and validations, one JSON object a line; equal for equal experiments
    events/            the same for TensorBoard, with speed (where TensorBoard is installed)
    checkpoints/last.safetensors   everything that is needed to go on
    checkpoints/best.safetensors   the generator with the lowest validation error
    film.safetensors   answers to the same noises at every validation (``welllog.learning.film``)
    watch.html         the page that ``welllog watch`` makes of all this
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import welllog
from welllog.network_files import WeightsError, pack_tensors, unpack_tensors, write_whole

__all__ = ["BEST", "LAST", "RunFolder", "RunFolderError", "load_with_state"]

LAST, BEST = "last", "best"
_MAY_DIFFER = ("device", "workers", "compile", "log_every", "watch")
"""Settings that a resumed experiment may have otherwise."""
_CONTENT = {
    "config.json",
    "environment.json",
    "history.jsonl",
    "events",
    "checkpoints",
    "film.safetensors",
    "watch.html",
    "pictures",
    "pretraining",
}
"""All that is ever in a run folder."""


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

    def check(
        self, config: Mapping[str, Any], *, resume: bool = False, overwrite: bool = False
    ) -> None:
        """Check that an experiment may be begun, or gone on with, here.

        Parameters
        ----------
        config : mapping
            What ``config.json`` is to hold, or only the settings: what is absent is not compared.
        resume, overwrite : bool
            As for ``begin``.

        Raises
        ------
        RunFolderError
            It may not.
        """
        there = self.path / "config.json"
        if resume and there.exists():
            try:
                was = dict(json.loads(there.read_text(encoding="utf-8")))
            except ValueError as error:
                raise RunFolderError(
                    f"{there} is damaged ({error}); give --overwrite to begin again"
                ) from error
            self._compare(was, config)
        elif self._taken() and not overwrite:
            raise RunFolderError(
                f"{self.path} holds an experiment already: resume it (--resume), replace it "
                f"(--overwrite), or name another run folder (--run-folder)"
            )
        else:
            there_now = {path.name for path in self.path.glob("*") if path.suffix != ".tmp"}
            other = min(there_now - _CONTENT, default=None)
            if self._taken() and (other or not there.exists()):
                raise RunFolderError(
                    f"{self.path} is not replaced: it has {other or 'no config.json'}, so it is "
                    f"more than a run folder; name another with --run-folder"
                )
            if other and not there.exists():
                raise RunFolderError(
                    f"{self.path}: no run folder, as it has {other}; name an empty or a new one "
                    f"with --run-folder"
                )

    def begin(
        self, config: Mapping[str, Any], *, resume: bool = False, overwrite: bool = False
    ) -> None:
        """Make the folder, or check that it holds the same experiment.

        Parameters
        ----------
        config : mapping
            Settings and wells.
        resume : bool
            Go on with the experiment that the folder holds; where it holds none one is begun.
        overwrite : bool
            Replace an experiment that is there and is not resumed, whole or not at all.

        Raises
        ------
        RunFolderError
            It holds an experiment that is neither resumed nor replaced, or another one than is to
            be resumed, or something else.
        """
        self.check(config, resume=resume, overwrite=overwrite)
        goes_on = resume and (self.path / "config.json").exists()
        try:
            old = self._put_aside() if self._taken() and not goes_on else None
            try:
                (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
                self._write("config.json", config)
                self._write("environment.json", describe_environment())
            except BaseException:
                if old is not None:
                    shutil.rmtree(self.path, ignore_errors=True)
                    (old / self.path.name).rename(self.path)
                    old.rmdir()
                raise
        except OSError as error:
            raise RunFolderError(
                f"cannot write a run folder {self.path}: {error.strerror}; name another"
            ) from error
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)

    def _taken(self) -> bool:
        """Say whether there is an experiment that would be lost."""
        places = (self.path, self.path / "pretraining")
        return any(RunFolder(place).checkpoint(LAST).exists() for place in places)

    def _put_aside(self) -> Path:
        """Move the whole folder into a new one beside it; return that."""
        self.path = self.path.resolve()
        aside = Path(tempfile.mkdtemp(dir=self.path.parent, prefix=f"{self.path.name}.old-"))
        try:
            self.path.rename(aside / self.path.name)
        except OSError:
            aside.rmdir()
            raise
        return aside

    def _compare(self, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        plain = json.loads(json.dumps(now))
        # Defaults that follow from the iterations differ with them; the cause is named first.
        for key in sorted(plain, key=lambda key: (key != "iterations", key)):
            if key in _MAY_DIFFER or was.get(key) == plain[key]:
                continue
            if key == "iterations":
                raise RunFolderError(
                    f"{self.path} was begun for {was.get(key)} iterations, and the learning rate "
                    f"falls to its end with them: resume it with the same, or begin another "
                    f"experiment from its model (--from MODEL)"
                )
            raise RunFolderError(
                f"{self.path} was begun with another {key} ({_brief(was.get(key))}, now "
                f"{_brief(plain[key])}); give the same, or name another run folder"
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
        return load_with_state(self.checkpoint(name))

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
        path = self.path / "history.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        self.latest |= entry
        if self._events is not None:
            for key, value in {**entry, **(extra or {})}.items():
                if isinstance(value, float):
                    self._events.add_scalar(key, value, entry["iteration"])

    def history(self) -> list[dict[str, Any]]:
        """Return all lines of the history but one that is being written."""
        path = self.path / "history.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def close(self) -> None:
        """Write what TensorBoard still holds back."""
        if self._events is not None:
            self._events.close()
            self._events = None


def load_with_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors and the state of training that a file of a run folder holds.

    Raises
    ------
    WeightsError
        It is damaged, of another format, or holds values that are not finite.
    """
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
