"""What the page on cores shows can be done as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.cores.core_pictures import core_box, save_picture
from welllog.formats import read, write
from welllog.samples import synthetic_well

PAGE = Path(__file__).parents[2] / "docs" / "cores.md"


def test_the_first_example_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(synthetic_well(seed=4, top=1500, base=1550), tmp_path / "well.las")
    save_picture(tmp_path / "box7.png", core_box(2))
    first = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    exec(compile(first, str(PAGE), "exec"), {})
    assert capsys.readouterr().out.split()[0] == "0"
    shale = read(tmp_path / "cores.las").values("CORE_F_SHALE")
    assert np.nanmax(shale) > 0.95 and np.nanmin(shale) < 0.05
    assert (tmp_path / "cores.png").stat().st_size > 10_000
