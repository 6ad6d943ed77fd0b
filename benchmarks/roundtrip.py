"""Add a curve to every FORCE 2020 LAS file, write it, and count what came back unchanged.

Counts header lines and data tokens that are byte-identical and samples that are equal, file by
file; exits with 1 on any difference. The files are looked for in ``$WELLLOG_DATA``, by default
``../shared/data`` beside the repository.

    python benchmarks/roundtrip.py
"""

from __future__ import annotations

import lzma
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from welllog.formats import read, write

DATA = Path(os.environ.get("WELLLOG_DATA", Path(__file__).parents[2] / "shared" / "data"))


def find_files() -> list[Path]:
    """Return the FORCE 2020 LAS files, packed or not."""
    folder = DATA / "force2020"
    return sorted([*folder.glob("*/*.las"), *folder.glob("*/*.las.xz")])


def unpack(path: Path, folder: Path) -> Path:
    """Return the file as a plain LAS file in a folder."""
    raw = path.read_bytes()
    plain = folder / path.name.removesuffix(".xz")
    plain.write_bytes(lzma.decompress(raw) if path.suffix == ".xz" else raw)
    return plain


def split(raw: bytes) -> tuple[list[bytes], list[list[bytes]]]:
    """Return header lines with their endings, and the tokens of each data row.

    Written anew here, so that the count does not lean on the reader it judges.
    """
    lines = raw.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.lstrip()[:2].upper() == b"~A")
    return lines[: at + 1], [line.split() for line in lines[at + 1 :] if line.strip()]


def count(path: Path, folder: Path) -> tuple[int, ...]:
    """Write one file with a curve added and return what is the same, of how much, and the time."""
    well = read(path)
    rng = np.random.default_rng(0)
    added = rng.normal(80.0, 20.0, len(well.index))
    added[rng.random(len(added)) < 0.3] = np.nan
    well.add_curve("WELLLOG_TEST", added, unit="us/ft", description="added by roundtrip.py")
    began = time.perf_counter()
    written = write(well, folder / f"{path.stem}-out.las", overwrite=True)
    seconds = time.perf_counter() - began

    header, rows = split(path.read_bytes())
    new_header, new_rows = split(written.read_bytes())
    remaining = iter(new_header)
    lines_same = sum(line in remaining for line in header)
    width = len(rows[0])
    tokens = sum(map(len, rows))
    tokens_same = sum(
        old == new
        for row, new_row in zip(rows, new_rows, strict=True)
        for old, new in zip(row, new_row[:width], strict=True)
    )
    one_more = sum(len(new_row) == width + 1 for new_row in new_rows)

    again, original = read(written), read(path)
    pairs = [(original.index, again.index), (added, again.values("WELLLOG_TEST"))]
    pairs += [(original.values(name), again.values(name)) for name in original.curves]
    samples = sum(len(old) for old, _ in pairs)
    samples_same = sum(
        int(((old == new) | (np.isnan(old) & np.isnan(new))).sum()) for old, new in pairs
    )
    rows_wrong = len(rows) - one_more
    return (
        lines_same,
        len(header),
        tokens_same,
        tokens,
        samples_same,
        samples,
        rows_wrong,
        round(1000 * seconds),
    )


def main() -> int:
    """Print the table and return 0 where nothing differs."""
    files = find_files()
    if not files:
        print(f"no FORCE 2020 files under {DATA}: set WELLLOG_DATA", file=sys.stderr)
        return 2
    print(f"{'file':<16} {'header lines':>15} {'data tokens':>19} {'samples':>19} {'write ms':>9}")
    totals = np.zeros(8, np.int64)
    with tempfile.TemporaryDirectory() as name:
        for path in files:
            counts = count(unpack(path, Path(name)), Path(name))
            totals += counts
            print_row(path.name.removesuffix(".xz").removesuffix(".las"), counts)
    print_row(f"all {len(files)}", totals.tolist())
    same = totals[0] == totals[1] and totals[2] == totals[3] and totals[4] == totals[5]
    same = bool(same and totals[6] == 0)
    print("no difference" if same else "DIFFERENCES FOUND")
    return 0 if same else 1


def print_row(name: str, counts: tuple[int, ...]) -> None:
    """Print one line of the table."""
    lines, of_lines, tokens, of_tokens, samples, of_samples, _, milliseconds = counts
    print(
        f"{name:<16} {lines:>7}/{of_lines:<7} {tokens:>9}/{of_tokens:<9} "
        f"{samples:>9}/{of_samples:<9} {milliseconds:>9}"
    )


if __name__ == "__main__":
    sys.exit(main())
