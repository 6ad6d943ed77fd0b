"""The training wells, as every contestant of the leader board gets them, and where results go."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from welllog.features import LogSet
from welllog.formats import read
from welllog.well import Well

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from train_bundled import SETS, load_wells  # noqa: E402

__all__ = ["CACHE", "DATA", "load_dev", "load_training"]

DATA = Path(os.environ.get("WELLLOG_DATA", "../shared/data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "welllog" / "leader_board"
"""Fold files, fits and scores: all derived, none of it in the repository."""


def load_training(every: int = 1) -> tuple[list[LogSet], dict[str, float]]:
    """Return every ``every``-th training well and the weight of its samples by name."""
    logs, weights = load_wells(DATA, list(SETS))
    return logs[::every], weights


def load_dev() -> tuple[dict[str, Any], list[Well]]:
    """Return the development scenarios and their wells."""
    scenarios = json.loads((DATA.parent / "bench" / "scenarios_dev.json").read_text())
    paths = sorted((DATA / "force2020/dev").glob("*.las"))
    return scenarios, [read(path, keep_document=False) for path in paths]
