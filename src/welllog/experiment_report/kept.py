"""What a run folder holds of an experiment, read while it may still be written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from welllog.learning.film import FILM, Film, load_film
from welllog.network_files import WeightsError

__all__ = ["ExperimentReportError", "Kept", "read_kept"]

FloatArray = NDArray[np.float64]


LARGEST = 10**12
"""What a history can hold; larger numbers are damage, or a training that is lost."""


class ExperimentReportError(ValueError):
    """A page that cannot be made as asked."""


@dataclass(frozen=True)
class Kept:
    """What is known of an experiment."""

    folder: Path
    config: Mapping[str, Any]
    """``config.json``."""
    lines: Sequence[Mapping[str, Any]]
    """Of the history that are whole."""
    film: Film | None
    remarks: tuple[str, ...] = ()
    """What could not be read."""

    def setting(self, name: str, default: float) -> float:
        """Return a setting that is a number; the default where the file has none."""
        value = self.config.get(name)
        return float(value) if _is_number(value) else default

    def series(self, key: str) -> tuple[FloatArray, FloatArray]:
        """Return the iterations at which a key was written and its values, shape (k,) each."""
        pairs = [
            (float(line["iteration"]), float(line[key]))
            for line in self.lines
            if _is_number(line.get(key))
        ]
        found = np.array(pairs, float).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    @property
    def latest(self) -> dict[str, Any]:
        """The last value of everything that was written."""
        return {key: value for line in self.lines for key, value in line.items()}

    @property
    def iteration(self) -> int:
        """Iterations done, as far as the history says."""
        return max((int(line["iteration"]) for line in self.lines), default=0)

    @property
    def of(self) -> int:
        """Iterations asked for."""
        return int(self.setting("iterations", 0.0))

    @property
    def has_discriminator(self) -> bool:
        """Whether there is a game to watch."""
        return self.setting("adversarial_weight", 0.0) > 0

    @property
    def since_best(self) -> int:
        """Validations since the best one."""
        _, values = self.series("validation")
        return int(len(values) - 1 - np.argmin(values)) if len(values) else 0

    @property
    def standing(self) -> str:
        """Where the experiment stands, in words."""
        said = f"iteration {self.iteration} of {self.of}"
        if self.iteration >= self.of > 0:
            return f"{said}: finished"
        if self.since_best >= self.setting("patience", LARGEST):
            return f"{said}: ended early, as validation no longer improved"
        return f"{said}: going on, or broken off"


def _is_number(value: Any) -> TypeGuard[float]:
    """Say whether a value of a file can be drawn: NaN, for one, cannot."""
    return isinstance(value, (int, float)) and -LARGEST < value < LARGEST


def read_kept(folder: Path) -> Kept:
    """Read what a run folder holds; what is damaged or not there yet is left out and said.

    Raises
    ------
    ExperimentReportError
        It is no run folder.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict) or "iterations" not in config:
            raise ValueError("it holds no settings of a training")
    except FileNotFoundError:
        raise ExperimentReportError(
            f"{folder}: no run folder (it has no config.json); name the one that welllog train "
            "made, MODEL.run beside the model"
        ) from None
    except (ValueError, OSError, RecursionError) as error:
        raise ExperimentReportError(
            f"{path}: cannot be read ({error}); name a run folder that is whole"
        ) from error
    remarks: list[str] = []
    lines = _read_lines(folder / "history.jsonl", remarks)
    film = None
    if (folder / FILM).exists():
        try:
            film = load_film(folder / FILM)
        except (WeightsError, OSError) as error:
            remarks.append(f"the film is left out: {error}")
    return Kept(folder, config, lines, film, tuple(remarks))


def _read_lines(path: Path, remarks: list[str]) -> list[dict[str, Any]]:
    try:
        written = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    lines, damaged = [], 0
    for number, text in enumerate(written):
        try:
            line = json.loads(text)
            if not isinstance(line["iteration"], int) or not 0 <= line["iteration"] < LARGEST:
                raise ValueError("no line of a history")
            lines.append(line)
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            damaged += number < len(written) - 1  # the last one may just be being written
    if damaged:
        remarks.append(f"{path}: {damaged} damaged lines are left out")
    return lines
