"""LAS files with one fault each, named by it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

WriteLas = Callable[..., Path]

CURVES = (
    "DEPT.M        : depth",
    "GR  .GAPI     : gamma ray",
    "RHOB.G/CM3    : bulk density",
)
ROWS = ("1000.0 50.0 2.30", "1000.5 51.0 2.31", "1001.0 52.0 2.32", "1001.5 53.0 2.33")


@pytest.fixture
def write_las(tmp_path: Path) -> WriteLas:
    """A function that writes a sound LAS 2.0 file, save for what is passed to it."""

    def write(
        fault: str,
        *,
        version: Sequence[str] = ("VERS. 2.0 : CWLS", "WRAP. NO : one line per depth step"),
        well: Sequence[str] = (
            "STRT.M 1000.0 : start",
            "STOP.M 1001.5 : stop",
            "STEP.M 0.5 : step",
            "NULL. -999.25 : null value",
            "WELL. TEST-1 : well",
        ),
        curves: Sequence[str] = CURVES,
        parameters: Sequence[str] = (),
        titles: Sequence[str] = ("~Version", "~Well", "~Curve", "~Parameter", "~ASCII"),
        rows: Sequence[str] = ROWS,
        tail: Sequence[str] = (),
        ending: str = "\n",
        encoding: str = "utf-8",
        bom: bytes = b"",
    ) -> Path:
        sections = (version, well, curves, parameters, rows)
        lines = [
            line
            for title, body in zip(titles, sections, strict=True)
            for line in ((title, *body) if title else ())
        ]
        text = ending.join([*lines, *tail]) + ending
        path = tmp_path / f"{fault}.las"
        path.write_bytes(bom + text.encode(encoding))
        return path

    return write


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data, where there is one."""
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("WELLLOG_DATA", default))
    if not (folder / "las_fixtures").is_dir():
        pytest.skip(f"no real data under {folder}: set WELLLOG_DATA to run this test")
    return folder
