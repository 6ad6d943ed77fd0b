"""Well-log files: what is read, what is written, and what is wrong with them.

``read`` turns a file into a :class:`~welllog.well.Well`, ``write`` a well into a LAS file. Whatever
had to be guessed or repaired on the way is in ``well.report``; a file that cannot be read rightly
is an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from welllog.well import Remark, Well

__all__ = ["LogFileError", "read", "second_opinion", "write"]

Nulls = Literal["likely", "declared", "usual"]


class LogFileError(ValueError):
    """A log file cannot be read, or a well cannot be written: problem, where, what to do."""


def read(
    path: str | Path,
    *,
    nulls: Nulls = "likely",
    index_unit: str | None = None,
    keep_document: bool = True,
) -> Well:
    """Read a well from a LAS 1.2, LAS 2.0 or CSV file, plain or packed (``.gz``, ``.xz``).

    Parameters
    ----------
    path : str or Path
        The file. What it is is seen from its content first, then from its suffix.
    nulls : {"likely", "declared", "usual"}
        What to do about the usual sentinels (-999.25, -9999, ...) where the header declares
        another null or none. ``"likely"`` takes one as null in a curve whose physical limits
        exclude it, ``"usual"`` in every curve, ``"declared"`` in none. What was done, or left, is
        in the report. The index is never touched.
    index_unit : str, optional
        Unit of the index; overrides the file's. A CSV file does not name one.
    keep_document : bool
        False drops the file's own text, which ``write`` needs to give it back unchanged: for
        reading hundreds of wells.

    Returns
    -------
    Well
        ``well.report`` lists everything guessed or repaired.

    Raises
    ------
    LogFileError
        Where the file is missing, empty, cut off, or no log file.
    """
    from welllog.formats.packing import read_bytes

    path = Path(path)
    raw = read_bytes(path)
    if path.suffix.lower() in (".dlis", ".lis"):
        raise LogFileError(
            f"{path}: is a {path.suffix[1:].upper()} file, which is not read yet; export it as LAS"
        )
    if _looks_like_table(raw, path):
        from welllog.formats.table import read_table

        return read_table(raw, path, nulls=nulls, index_unit=index_unit)
    from welllog.formats.las import read_las

    return read_las(raw, path, nulls=nulls, index_unit=index_unit, keep_document=keep_document)


def _looks_like_table(raw: bytes, path: Path) -> bool:
    """Tell by its name and its first line whether a file is a table and not LAS."""
    suffixes = {suffix.lower() for suffix in path.suffixes[-2:]}
    head = raw[:65536].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    for line in head.splitlines():
        bare = line.strip()
        if bare and not bare.startswith(b"#"):
            return not bare.startswith(b"~") and bool(suffixes & {".csv", ".txt", ".tsv"})
    return False


def write(well: Well, path: str | Path, overwrite: bool = False) -> Path:
    """Write a well as LAS (``.las``, ``.las.gz``, ``.las.xz``).

    A well read from a LAS file is written as that file: its header lines and data tokens byte for
    byte, with the new curves as further columns and the history as ~Parameter items. Any other
    well becomes a LAS 2.0 file from which every number comes back exactly. A well with a history
    gets a side-car ``NAME.welllog.json`` from which the run can be repeated.

    Parameters
    ----------
    well : Well
        What is written; measured curves cannot be altered, only added to.
    path : str or Path
        Never the file the well was read from.
    overwrite : bool
        Allow replacing another file that exists.

    Returns
    -------
    Path
        The file written. It is put in place only after it has been read again and compared.

    Raises
    ------
    LogFileError
        Where the file cannot or must not be written; nothing is left behind.
    """
    from welllog.formats.las_write import write_las

    return write_las(well, Path(path), overwrite)


def second_opinion(path: str | Path) -> list[Remark]:
    """Read a LAS file with lasio as well and return where the two readings differ.

    An empty list where lasio sees the same curves, rows and values.

    Raises
    ------
    LogFileError
        Where the file cannot be read here.
    """
    from welllog.formats.exchange import second_opinion

    return second_opinion(Path(path))
