"""Files that several tests need: small wells written as plain LAS, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from welllog.samples import synthetic_well
from welllog.well import Well


@pytest.fixture(scope="session", autouse=True)
def no_templates_of_whoever_runs_this(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no template in the home folder decide what a test sees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WELLLOG_TEMPLATES", str(tmp_path_factory.mktemp("templates")))
        yield


def las_text(well: Well) -> str:
    """Return a well as the text of a LAS 2.0 file, without the writer that is under test."""
    index, names = well.index, list(well.curves)
    lines = [
        "~Version",
        "VERS. 2.0 : CWLS LOG ASCII STANDARD -VERSION 2.0",
        "WRAP. NO : one line per depth step",
        "~Well",
        f"STRT.M {index[0]:.4f} : start",
        f"STOP.M {index[-1]:.4f} : stop",
        f"STEP.M {well.step:.4f} : step",
        "NULL. -999.25 : null value",
        f"WELL. {well.name} : well",
        "~Curve",
        "DEPT.M : depth",
        *(f"{name}.{well.curves[name].units} : {name}" for name in names),
        "~ASCII",
    ]
    columns = [np.where(np.isnan(well.values(name)), -999.25, well.values(name)) for name in names]
    for depth, *row in zip(index, *columns, strict=True):
        lines.append(" ".join([f"{depth:.4f}", *(f"{value:.4f}" for value in row)]))
    return "\n".join(lines) + "\n"


def punch(well: Well, curve: str, top: float, base: float) -> Well:
    """Return the well with a null run from top to base (index units, both included)."""
    punched = Well(well.name, well.index, well.index_unit, well.index_mnemonic)
    for name in well.curves:
        values = well.values(name).copy()
        if name == curve:
            values[(well.index >= top) & (well.index <= base)] = np.nan
        punched.add_curve(name, values, unit=well.curves[name].units)
    return punched


@pytest.fixture(scope="session")
def gappy_well() -> Well:
    """150 m of synthetic well with 10 m of DTC missing at 1560 m."""
    return punch(synthetic_well(seed=7, top=1500, base=1650), "DTC", 1560, 1570)


@pytest.fixture
def gappy_las(tmp_path: Path, gappy_well: Well) -> Path:
    """The same as a LAS file."""
    path = tmp_path / "gappy.las"
    path.write_text(las_text(gappy_well))
    return path


@pytest.fixture
def whole_las(tmp_path: Path) -> Path:
    """150 m of synthetic well with nothing missing, as a LAS file."""
    path = tmp_path / "whole.las"
    path.write_text(las_text(synthetic_well(seed=8, top=1500, base=1650)))
    return path


@pytest.fixture
def null_las(tmp_path: Path) -> Path:
    """A LAS file whose DTC has no value at all."""
    path = tmp_path / "null.las"
    path.write_text(las_text(punch(synthetic_well(seed=9, top=1500, base=1600), "DTC", 0, 9999)))
    return path
