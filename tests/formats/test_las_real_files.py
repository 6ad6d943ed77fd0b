"""Real files: lasio's own fixtures and published wells, where they are at hand."""

from __future__ import annotations

import io
import logging
import lzma
from pathlib import Path

import numpy as np
import pytest

from welllog.formats import LogFileError, read, write

# Where this reader and lasio differ, and why this one is right.
LASIO_IS_WRONG = {
    "data_characters.las": "index of times: DEPT is the index here",
    "data_characters_numeric.las": "index of dates: DEPT is the index here",
    "encodings_utf16le.las": "lasio sees no curves",
    "null_policy_runon.las": "lasio loses values that ran together",
    "null_policy_dashes.las": "lasio reads a column with dashes as text",
    "null_policy_(null).las": "lasio reads a column with (null) as text",
    "null_policy_ERR.las": "lasio reads a column with ERR as text",
    "null_policy_ind.las": "lasio reads -1.#IND as text",
    "Curve-Param Error #8 (SS).las": "lasio sees no LAS 3 curves",
    "Curve-Param Error #11 (SS).las": "lasio sees no LAS 3 curves",
    "issue79.las": "lasio sees no rows under '~   DEPTH'",
}
NOT_READ = 33  # of 131: LAS 3 with other sections, and files without data


@pytest.fixture(scope="module")
def fixtures(data_folder: Path) -> list[Path]:
    """The LAS files of lasio's tests."""
    folder = data_folder / "las_fixtures" / "examples"
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() == ".las")


def lasio_read(text: str):
    import lasio

    logging.getLogger("lasio").setLevel(logging.CRITICAL)
    return lasio.read(io.StringIO(text), engine="normal", null_policy="strict",
                      ignore_header_errors=True)  # fmt: skip


def differences(well, las) -> list[str]:
    names = [well.index_mnemonic, *well.curves]
    if len(las.curves) != len(names):
        return [f"{len(las.curves)} curves, not {len(names)}"]
    found = []
    for name, curve in zip(names, las.curves, strict=True):
        mine = well.index if name == well.index_mnemonic else well.values(name)
        try:
            theirs = np.asarray(curve.data, dtype=float)
        except ValueError:
            theirs = np.full(len(curve.data), np.nan)
        if not np.array_equal(mine, theirs, equal_nan=True):
            found.append(name)
    return found


def test_every_fixture_is_read_as_lasio_reads_it_or_refused_in_one_line(fixtures):
    refused, wrong = [], {}
    for path in fixtures:
        try:
            well = read(path, nulls="declared")
        except LogFileError as error:
            assert "\n" not in str(error) and str(path) in str(error)
            refused.append(path.name)
            continue
        assert well.document.to_bytes() == path.read_bytes()
        if path.name in LASIO_IS_WRONG:
            continue
        try:
            las = lasio_read(well.document.body.decode(well.document.encoding))
        except Exception:  # noqa: S112 - lasio raises whatever its parser meets
            continue
        found = differences(well, las)
        if found:
            wrong[path.name] = found
    assert wrong == {}
    assert len(refused) <= NOT_READ


def test_every_fixture_that_is_read_can_be_written_with_its_bytes_kept(fixtures, tmp_path):
    for path in fixtures:
        try:
            well = read(path)
        except LogFileError:
            continue
        added = np.linspace(0.1, 0.7, len(well.index))
        well.add_curve("ADDED_RES", added)
        written = write(well, tmp_path / "out.las", overwrite=True)
        again = read(written)
        assert np.array_equal(again.values("ADDED_RES"), added), path.name
        assert list(again.curves) == list(well.curves), path.name


@pytest.mark.parametrize(
    "name",
    [
        "force2020/dev/31_2-9.las",
        "geolink/16_10-1.las.xz",
        "npra/ES2.LAS.xz",
        "kansas/ex6_1045637598.las.xz",
        "capelle/2571_cap01_1985_comp.las.xz",
    ],
)
def test_published_wells_are_read_as_lasio_reads_them(data_folder, name):
    path = data_folder / name
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("latin-1")
    las = lasio_read(text)
    assert differences(read(path, nulls="declared"), las) == []


@pytest.mark.parametrize(
    ("name", "well_name", "n_rows"),
    [("force2020/train/15_9-15.csv", "15/9-15", None), ("npra/LI1.csv.xz", "LI1", None)],
)
def test_published_tables_are_read(data_folder, name, well_name, n_rows):
    well = read(data_folder / name)
    assert well.name == well_name
    assert len(well.index) > 1000 and (np.diff(well.index) > 0).all()
    assert {"GR", "RHOB", "DTC"} <= set(well.canonical)
