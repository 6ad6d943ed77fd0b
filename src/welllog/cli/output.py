"""Where a command may write: checked before the work is done, not after."""

from __future__ import annotations

import tempfile
from pathlib import Path

from welllog.cli.terminal import UsageError

__all__ = ["check_las_output", "check_output", "check_writable", "plain_suffix"]

_PACKED = (".gz", ".xz")


def check_output(path: Path, overwrite: bool) -> None:
    """Check that a file can be made here.

    Raises
    ------
    UsageError
        Where it exists and may not be replaced, is a folder, or its folder cannot be written to.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it")
    if path.exists() and not overwrite:
        raise UsageError(f"{path}: exists; choose another output or give --overwrite")
    if not path.parent.exists():
        _refuse_file_as_folder(path.parent)
        raise UsageError(f"{path}: no folder {path.parent}; make it first")
    check_writable(path.parent)


def check_las_output(source: Path, path: Path, overwrite: bool) -> None:
    """Check that a well read from ``source`` can be written here.

    Raises
    ------
    UsageError
        Also where it is the source itself, or not named as a LAS file.
    """
    if path.exists() and source.exists() and path.samefile(source):
        raise UsageError(f"{path}: is the input itself; choose another output")
    check_output(path, overwrite)
    if plain_suffix(path) != ".las":
        raise UsageError(f"{path}: wells are written as .las, .las.gz or .las.xz: name it so")


def plain_suffix(path: Path) -> str:
    """Return the suffix of a file's name, that of its packing left out."""
    packed = path.suffix.lower() in _PACKED
    return (Path(path.stem) if packed else path).suffix.lower()


def check_writable(folder: Path) -> None:
    """Check that files can be made in a folder, or in the nearest that exists above it.

    Raises
    ------
    UsageError
        Where a file stands in the way, or the system refuses.
    """
    _refuse_file_as_folder(folder)
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        # Permission bits do not tell: a superuser passes them, and /proc takes no file from anyone.
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise UsageError(
            f"{existing}: cannot be written to ({error.strerror}); choose another folder"
        ) from None


def _refuse_file_as_folder(folder: Path) -> None:
    for place in (folder, *folder.parents):
        if place.is_dir():
            return
        if place.exists():
            raise UsageError(f"{place}: is a file, not a folder; choose another folder")
