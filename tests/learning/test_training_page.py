"""docs/training.md, held to its word."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.learning.conftest import small
from welllog.corpus import WindowSettings
from welllog.features import LogSet
from welllog.learning.experiment import train_network
from welllog.learning.run_folder import RunFolder
from welllog.neural import Neural

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:no wells held out")
def test_the_python_on_the_page_runs_as_it_is_shown(
    well_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shutil.copytree(well_files, tmp_path / "wells")
    monkeypatch.chdir(tmp_path)
    shorter = code.replace("iterations=300", "iterations=2, batch=2, validation_windows=2")
    assert shorter != code
    names: dict[str, Any] = {}
    exec(shorter, names)
    assert isinstance(names["model"], Neural) and Path("net.model").stat().st_size > 1000
    assert names["fills"].shape == (5, 101)


@pytest.mark.filterwarnings("ignore:no wells held out")
def test_the_page_says_what_every_key_of_a_run_folder_means(
    wells: list[LogSet], tmp_path: Path
) -> None:
    train_network(wells, small(iterations=2, spread=True, holdout=0.34), folder=tmp_path)
    keys = {key for entry in RunFolder(tmp_path).history() for key in entry}
    keys = {key for key in keys if not key.startswith("validation ")} | {"validation DTC"}
    keys |= set(json.loads((tmp_path / "config.json").read_text())["windows"])
    assert keys >= {field.name for field in fields(WindowSettings)}
    for key in keys:
        assert f"\n| `{key}` |" in PAGE, key
