"""Writing a well: never over its source, all of it or nothing, and read again before it counts."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path

import numpy as np

from welllog import __version__
from welllog.formats import LogFileError
from welllog.formats.las import read_las
from welllog.formats.las_document import LasDocument
from welllog.formats.las_text import append_curves, document_matches, fresh_text
from welllog.formats.packing import pack, read_bytes
from welllog.well import Well

__all__ = ["sidecar_path", "source_sha256", "write_las"]


def write_las(well: Well, path: Path, overwrite: bool = False) -> Path:
    """Write a well; see :func:`welllog.formats.write`.

    Raises
    ------
    LogFileError
        Where the target is the source, exists, or cannot be written, or where what was written
        does not read back as the well; nothing is left behind.
    """
    _check_target(well, path, overwrite)
    kept = document_matches(well)
    if kept:
        content, remarks = append_curves(well, str(path))
    else:
        content, remarks = fresh_text(well, str(path)), []
    temporary = _temporary(path)
    sidecar = sidecar_path(path)
    sidecar_temporary = _temporary(sidecar)
    try:
        _write_new(temporary, pack(content, path))
        _compare(well, read_bytes(temporary), path, well.document if kept else None)
        if well.history:
            _write_new(sidecar_temporary, _sidecar(well, path, content))
        os.replace(temporary, path)
        if well.history:
            os.replace(sidecar_temporary, sidecar)
    except OSError as error:
        raise LogFileError(
            f"{path}: cannot be written: {error.strerror or error}; choose another folder"
        ) from None
    finally:
        for left in (temporary, sidecar_temporary):
            try:
                left.unlink(missing_ok=True)
            except OSError:
                pass  # the folder that refused the file refuses this too
    well.report += remarks
    return path


def sidecar_path(path: Path) -> Path:
    """Return where the history of a written well goes: ``A.las.gz`` -> ``A.welllog.json``."""
    name = path.name
    for suffix in (".gz", ".xz", ".las"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return path.with_name(f"{name}.welllog.json")


def source_sha256(well: Well) -> str | None:
    """Return the hash of the LAS file a well was read from; None without its document."""
    if well.document is None:
        return None
    return hashlib.sha256(well.document.to_bytes()).hexdigest()


def _check_target(well: Well, path: Path, overwrite: bool) -> None:
    name = path.name.lower()
    if not name.endswith((".las", ".las.gz", ".las.xz")):
        raise LogFileError(f"{path}: wells are written as .las, .las.gz or .las.xz: name it so")
    if path.is_dir():
        raise LogFileError(f"{path}: is a folder; name a file in it")
    if well.path is not None and path.exists() and well.path.exists():
        if os.path.samefile(path, well.path):
            raise LogFileError(
                f"{path}: is the file the well was read from, which is never written over: "
                "choose another name"
            )
    if overwrite:
        return
    for target in (path, sidecar_path(path)) if well.history else (path,):
        if target.exists():
            raise LogFileError(f"{target}: exists; choose another name or allow overwriting")


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def _write_new(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _compare(well: Well, raw: bytes, path: Path, document: LasDocument | None) -> None:
    """Read what was written and refuse it unless it is the well, and every old byte is there."""
    nulls = "declared" if document is None else document.nulls
    again = read_las(raw, path, nulls=nulls, index_unit=well.index_unit)
    if not np.array_equal(again.index, well.index):
        raise LogFileError(f"{path}: the index would not read back as it is: nothing is written")
    odd = _odd_rows(again) if document is not None else np.zeros(0, np.int64)
    for name in well.curves:
        if name not in again.curves:
            raise LogFileError(f"{path}: curve {name} would not read back: nothing is written")
        if not _same(well, again, name, odd):
            why = "measured curves are never rewritten: give the changed one a name of its own"
            new = document is None or name not in _old_names(document)
            raise LogFileError(
                f"{path}: curve {name} differs from what would be in the file: "
                + ("nothing is written" if new else why)
            )
    depths = [[(z.top, z.base) for z in each.zones] + [(top.depth,) for top in each.tops]
              for each in (well, again)]  # fmt: skip
    if sorted(depths[0]) != sorted(depths[1]):
        raise LogFileError(f"{path}: zones and tops would not read back: nothing is written")
    if document is not None:
        _compare_bytes(document, again.document, path)


def _old_names(document: LasDocument) -> list[str]:
    from welllog.formats.las import interpret

    return interpret(document, [], "")[1]


def _odd_rows(well: Well) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    from welllog.formats.las import interpret

    return interpret(well.document, [], "")[2].odd_rows


def _same(
    well: Well, again: Well, name: str, odd: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> bool:
    first, second = well.curves[name].df.iloc[:, 0], again.curves[name].df.iloc[:, 0]
    if first.dtype.kind in "fiub" and second.dtype.kind in "fiub":
        left, right = well.values(name), again.values(name)
        same = (left == right) | (~np.isfinite(left) & np.isnan(right))
        same[odd] = True
        return bool(same.all())
    words = [
        ["" if word is None or word != word else str(word).strip() for word in column]
        for column in (first, second)
    ]
    if words[0] == words[1]:
        return True
    return np.array_equal(well.values(name), again.values(name), equal_nan=True) and not (
        np.isnan(again.values(name)).all()
    )


def _compare_bytes(old: LasDocument, new: LasDocument, path: Path) -> None:
    """Check that the old header lines stand in the new file in their order, and the old rows."""
    lines = iter(new.header_lines)
    lost = next((line for line in old.header_lines if line not in lines), None)
    if lost is None:
        rows = iter(new.data_lines)
        for row in old.data_lines:
            content = row.rstrip(b"\r\n")
            if not any(line.startswith(content) for line in rows):
                lost = row
                break
    if lost is not None:
        raise LogFileError(f"{path}: the line {lost[:60]!r} would be lost: nothing is written")


def _sidecar(well: Well, path: Path, content: bytes) -> bytes:
    """Return the JSON from which the run can be repeated."""
    source: dict[str, str | None] | None = None
    if well.path is not None:
        source = {"path": str(well.path), "index_unit": well.index_unit}
        if well.document is not None:
            source["nulls"] = well.document.nulls
            source["sha256"] = source_sha256(well)
    record = {
        "welllog": __version__,
        "well": well.name,
        "source": source,
        "file": {"name": path.name, "sha256": hashlib.sha256(content).hexdigest()},
        "history": well.history,
    }
    return (json.dumps(record, indent=2, default=_plain_json) + "\n").encode()


def _plain_json(value: object) -> object:
    """Turn numpy scalars and arrays, and anything else, into what JSON holds."""
    tolist = getattr(value, "tolist", None)
    return str(value) if tolist is None else tolist()
