"""Say what is wrong with a built wheel or source archive: python scripts/check_wheel.py FILE ..."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

WANTED = (
    "napari_welllog/napari.yaml",
    "napari_welllog/icon.svg",
    "welllog/py.typed",
    "welllog/curves.toml",
    "welllog/lithologies.toml",
    "welllog/models/boosting.welllog",
    "welllog/templates/triple_combo.toml",
)
"""What works only when it is there, and is found only by the package's own code."""
KINDS = {".py", ".toml", ".yaml", ".svg", ".typed", ".welllog"}
"""Endings of files in the two packages."""
LARGEST_MB = 25
PACKAGES = ("napari_welllog", "welllog")


def list_files(path: Path) -> dict[str, int]:
    """Return the files of an archive and their sizes, as seen from the one folder of a source."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {each.filename: each.file_size for each in archive.infolist()}
    with tarfile.open(path) as archive:
        return {m.name.partition("/")[2]: m.size for m in archive.getmembers() if m.isfile()}


def find_faults(path: Path) -> list[str]:
    """Return what is missing in an archive, and what does not belong there."""
    files = {name.removeprefix("src/"): size for name, size in list_files(path).items()}
    faults = [f"{name} is missing" for name in WANTED if name not in files]
    if not any(PurePosixPath(name).name == "LICENSE" for name in files):
        faults.append("the licence is missing")
    for root in (Path(), Path("src")):
        for package in PACKAGES:
            faults += [
                f"{module} is missing"
                for module in sorted((root / package).rglob("*.py"))
                if module.relative_to(root).as_posix() not in files
            ]
    for name in files:
        first, kind = name.split("/")[0], PurePosixPath(name).suffix
        in_package = first in PACKAGES
        if in_package and kind not in KINDS:
            faults.append(f"{name} does not belong in the package")
        known = in_package or ".dist-info" in first or ".egg-info" in first
        if not known and (path.suffix == ".whl" or "/" in name):
            faults.append(f"{name} does not belong in the archive")
    size = path.stat().st_size / 1e6
    if size > LARGEST_MB:
        faults.append(f"{size:.1f} MB, {LARGEST_MB} at most")
    return faults


def main() -> int:
    """Tell the faults of each archive; return 1 where there are any."""
    status = 0
    for path in map(Path, sys.argv[1:]):
        faults = find_faults(path)
        for fault in faults:
            print(f"{path.name}: {fault}", file=sys.stderr)
        status |= bool(faults)
        if not faults:
            size = path.stat().st_size / 1e6
            print(f"{path.name}: {size:.1f} MB, {len(list_files(path))} files, as they should be")
    return status


if __name__ == "__main__":
    sys.exit(main())
