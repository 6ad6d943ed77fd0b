"""The examples run as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from welllog.formats import read

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_restore_a_gap_restores_the_synthetic_well(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "restore_a_gap.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "RMSE" in done.stdout and "SYNTHETIC" in done.stdout
    assert "DTC_RES" in read(tmp_path / "restored.las").curves
    assert (tmp_path / "restored.png").stat().st_size > 10_000


def test_no_example_is_left_out_here() -> None:
    assert [path.name for path in EXAMPLES.glob("*.py")] == ["restore_a_gap.py"]
