"""Bytes of a file, unpacked where it is compressed."""

from __future__ import annotations

import gzip
import lzma
import zlib
from pathlib import Path

from welllog.formats import LogFileError

__all__ = ["pack", "read_bytes"]

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"


def read_bytes(path: Path) -> bytes:
    """Return what is in a file, unpacked if it is gzip or xz by its content.

    Raises
    ------
    LogFileError
        Where there is no such file, it cannot be read, is empty, or is cut off.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise LogFileError(f"{path}: no such file; check the path") from None
    except IsADirectoryError:
        raise LogFileError(f"{path}: is a folder; name one log file in it") from None
    except OSError as error:
        if path.is_dir():  # what Windows calls a permission error
            raise LogFileError(f"{path}: is a folder; name one log file in it") from None
        raise LogFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        if raw.startswith(_GZIP):
            raw = gzip.decompress(raw)
        elif raw.startswith(_XZ):
            raw = lzma.decompress(raw)
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        raise LogFileError(
            f"{path}: the compressed file is damaged or cut off ({error}); fetch it again"
        ) from None
    if not raw or raw.isspace():
        raise LogFileError(f"{path}: the file is empty; fetch or export it again")
    return raw


def pack(data: bytes, path: Path) -> bytes:
    """Return bytes as a file of this name holds them: compressed for ``.gz`` and ``.xz``."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.compress(data, mtime=0)
    if suffix == ".xz":
        return lzma.compress(data)
    return data
