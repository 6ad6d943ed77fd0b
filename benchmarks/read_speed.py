"""Time reading the FORCE 2020 LAS files against lasio, las-rs and the pandas C parser.

All in one run on the same plain files, the best of several repeats each. pandas parses the data
block alone: it is the floor for a reader in Python, not a reader.

    python benchmarks/read_speed.py [--files N] [--repeats N]
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from roundtrip import find_files, unpack

from welllog.formats import read


def read_welllog(path: Path) -> object:
    """Read with welllog, curves and report and all."""
    return read(path)


def read_lasio_numpy(path: Path) -> object:
    """Read with lasio's default engine."""
    import lasio

    return lasio.read(str(path), engine="numpy")


def read_lasio_normal(path: Path) -> object:
    """Read with lasio's careful engine."""
    import lasio

    return lasio.read(str(path), engine="normal")


def read_las_rs(path: Path) -> object:
    """Read with las-rs."""
    import las_rs

    return las_rs.read(str(path))


def read_pandas(path: Path) -> object:
    """Parse the data block alone with pandas."""
    import pandas as pd

    raw = path.read_bytes()
    block = raw[raw.index(b"\n", raw.index(b"\n~A") + 1) + 1 :]
    return pd.read_csv(io.BytesIO(block), sep=r"\s+", header=None)


READERS: dict[str, Callable[[Path], object]] = {
    "welllog": read_welllog,
    "las-rs": read_las_rs,
    "pandas, data only": read_pandas,
    "lasio, numpy engine": read_lasio_numpy,
    "lasio, normal engine": read_lasio_normal,
}


def main() -> int:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=6, help="how many files (default 6)")
    parser.add_argument("--repeats", type=int, default=3, help="best of so many (default 3)")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    files = find_files()[: arguments.files]
    if not files:
        print("no FORCE 2020 files: set WELLLOG_DATA", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        plain = [unpack(path, Path(name)) for path in files]
        size = sum(path.stat().st_size for path in plain) / 1e6
        print(f"{len(plain)} files, {size:.1f} MB, best of {arguments.repeats}")
        seconds = {}
        for reader, function in READERS.items():
            try:
                function(plain[0])  # imports are not timed
            except ImportError:
                print(f"{reader:<22} not installed")
                continue
            repeats = 1 if "normal" in reader else arguments.repeats
            seconds[reader] = min(time_all(function, plain) for _ in range(repeats))
            ratio = seconds[reader] / seconds["welllog"]
            print(
                f"{reader:<22} {seconds[reader]:8.3f} s {1000 * seconds[reader] / size:7.1f} ms/MB "
                f"{ratio:6.2f} x welllog"
            )
    return 0


def time_all(function: Callable[[Path], object], files: list[Path]) -> float:
    """Return the seconds one pass over the files takes."""
    began = time.perf_counter()
    for path in files:
        function(path)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
