"""The text of a LAS file: a document with curves appended, or a fresh LAS 2.0 file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.formats import LogFileError
from welllog.formats.las import interpret
from welllog.formats.las_document import LasDocument, Section, parse_item
from welllog.formats.las_rows import DataBlock
from welllog.formats.las_zones import zone_items
from welllog.formats.nulls import SENTINELS
from welllog.well import HeaderItem, Remark, Well

__all__ = ["append_curves", "document_matches", "fresh_text", "provenance_items"]

_LINE = 72  # wrapped lines stay below the 80 characters of LAS 2.0 section 5.6
_LONGEST = 180  # characters of a provenance value in a header line


def document_matches(well: Well) -> bool:
    """Tell whether the well still has the index of the file it was read from."""
    if well.document is None:
        return False
    _, names, block = interpret(well.document, [], "")
    if well.index_mnemonic not in names:
        return False
    column = block.columns[names.index(well.index_mnemonic)]
    return column.dtype != object and np.array_equal(column, well.index)


def append_curves(well: Well, source: str) -> tuple[bytes, list[Remark]]:
    """Return the well's file with its new curves appended; every old byte is kept.

    Parameters
    ----------
    well : Well
        With its document, whose index it still has.
    source : str
        Name of the file to be written, for messages.

    Returns
    -------
    bytes, list of Remark
        The new file, and what could not be written into it.

    Raises
    ------
    LogFileError
        Where a new curve cannot be told from the file's nulls, or has an unfit mnemonic.
    """
    document: LasDocument = well.document
    items, names, block = interpret(document, [], source)
    new = [name for name in well.curves if name not in names]
    null, null_line = _null_token(well)
    columns = [_tokens(well, name, null, source) for name in new]

    insertions: list[_Insertion] = []
    named = items[len(document.curves) :] if document.curves else items
    lines = [_curve_line(item.mnemonic or "UNKNOWN", item.unit, item.description, source)
             for item in named]  # fmt: skip
    lines += [_new_curve_line(well, name, source) for name in new]
    if new:
        insertions.append(_insert(document, "Curve", lines))
    if null_line and new:
        insertions.append(_insert(document, "Well", [null_line]))
    told = [_item_line(item) for item in (*zone_items(well), *provenance_items(well))]
    if told:
        insertions.append(_insert(document, "Parameter", told))

    data = document.data
    body = document.body[data.body : data.stop]
    remarks: list[Remark] = []
    if new:
        body = _append_columns(document, block, body, columns, null)
        remarks = _lost_values(well, block, columns, null)
    recoded = (
        _apply(document.body, 0, data.body, insertions)
        + body
        + _apply(document.body, data.stop, len(document.body), insertions)
    )
    if document.file_encoding != document.encoding:
        text = recoded.decode(document.encoding, "surrogatepass")
        recoded = text.encode(document.file_encoding, "surrogatepass")
    return document.bom + recoded, remarks


def _append_columns(
    document: LasDocument, block: DataBlock, body: bytes, columns: list[list[str]], null: str
) -> bytes:
    """Append tokens to each row of the data; every line keeps what it holds in front of them."""
    blank = null.encode()
    # Curves of the header without a column come before the new ones.
    padding = [blank] * (len(block.columns) - block.n_tokens)
    odd = set(block.odd_rows.tolist())
    lines = body.splitlines(keepends=True)
    width = max(map(len, (line.rstrip() for line in lines))) if block.mended else 0
    delimiter = block.delimiter
    if delimiter == b" " and _parted_by_tabs(lines[block.last_lines[0]], block.n_tokens):
        delimiter = b"\t"
    for row, line in enumerate(block.last_lines.tolist()):
        tokens = [
            *padding,
            *[column[row].encode(document.encoding, "replace") for column in columns],
        ]
        if row in odd:
            if block.wrapped and _index_only(lines, block.last_lines, row):
                continue  # the index must stay alone on its line
            # Nulls keep a row with a value too many from looking whole.
            tokens = [blank] * len(tokens)
        lines[line] = _extend(
            lines[line], tokens, delimiter, block.wrapped, width, document.newline
        )
    return b"".join(lines)


def _lost_values(well: Well, block: DataBlock, columns: list[list[str]], null: str) -> list[Remark]:
    """Say where new values could not be written because the row is broken."""
    lost = [
        row
        for row in block.odd_rows.tolist()
        if any(column[row].strip() != null for column in columns)
    ]
    if not lost:
        return []
    return [
        Remark(
            f"{len(lost)} rows of the file are broken",
            f"from {well.index[lost[0]]:g} {well.index_unit}",
            "major",
            "the new curves are null there",
        )
    ]


def _parted_by_tabs(line: bytes, n_tokens: int) -> bool:
    return b"\t" in line and len(line.split(b"\t")) == n_tokens


def _index_only(lines: Sequence[bytes], last_lines: NDArray[np.int64], row: int) -> bool:
    before = lines[last_lines[row - 1] + 1 if row else 0 : last_lines[row]]
    single = all(not line.strip() or line.lstrip().startswith(b"#") for line in before)
    return single and len(lines[last_lines[row]].split()) == 1


def _extend(
    line: bytes, tokens: list[bytes], delimiter: bytes, wrapped: bool, width: int, newline: bytes
) -> bytes:
    """Append tokens to one line of data; what the line holds stays in front of them."""
    content = line.rstrip(b"\r\n")
    ending = line[len(content) :]
    if not wrapped:
        joined = delimiter.join(token if delimiter == b" " else token.strip() for token in tokens)
        return content.ljust(width) + delimiter + joined + ending
    if len(tokens) == 1:
        # Alone on its line, a token is an index (LAS 2.0 section 5.6).
        return content + b" " + tokens[0] + ending
    per_line = max(3, _LINE // (max(map(len, tokens)) + 1))
    chunks = [tokens[at : at + per_line] for at in range(0, len(tokens), per_line)]
    if len(chunks[-1]) == 1:
        chunks[-1].insert(0, chunks[-2].pop())
    new_lines = [b" " + b" ".join(chunk) for chunk in chunks]
    return content + (ending or newline) + newline.join(new_lines) + ending


@dataclass(frozen=True, order=True)
class _Insertion:
    """Text to go into a document; at one place a new section comes after all else."""

    at: int
    opens_section: bool
    text: bytes = field(compare=False)


def _apply(body: bytes, start: int, stop: int, insertions: Iterable[_Insertion]) -> bytes:
    pieces = []
    for insertion in sorted(insertions):
        if start <= insertion.at <= stop:
            pieces += [body[start : insertion.at], insertion.text]
            start = insertion.at
    return b"".join([*pieces, body[start:stop]])


def _insert(document: LasDocument, kind: str, lines: Sequence[str]) -> _Insertion:
    """Return where lines go into a section, after its last item, and what is put there."""
    newline = document.newline
    text = b"".join(line.encode(document.encoding, "replace") + newline for line in lines)
    sections = [section for section in document.sections if section.kind == kind]
    # Of two sections of a kind the first that holds anything is the one that is read.
    sections.sort(key=lambda section: _after_last_item(document, section) == section.body)
    if not sections:
        return _Insertion(document.data.start, True, b"~" + kind.encode() + newline + text)
    at = _after_last_item(document, sections[0])
    if at and document.body[at - 1 : at] not in (b"\n", b"\r"):
        text = newline + text
    return _Insertion(at, False, text)


def _after_last_item(document: LasDocument, section: Section) -> int:
    at = last = section.body
    for line in document.body[section.body : section.stop].splitlines(keepends=True):
        at += len(line)
        text = line.decode(document.encoding, "replace").strip()
        if text and not text.startswith("#") and parse_item(text, section.kind) is not None:
            last = at
    return last


def _null_token(well: Well) -> tuple[str, str]:
    """Return the token for NaN, and the NULL line to add where the header has none."""
    text = well.document.value("NULL", "Well")
    if text is not None:
        return (text if well.document.null is not None else "NaN"), ""
    sentinel = _unused_sentinel(well)
    return repr(sentinel), f"NULL .     {sentinel!r} : NULL VALUE"


def _unused_sentinel(well: Well) -> float:
    """Return the most usual null that no curve holds as a value.

    Declared, one that a curve holds would change what that curve means.
    """
    numeric = [name for name in well.curves if well.curves[name].df.iloc[:, 0].dtype.kind in "fiub"]
    held = np.concatenate([well.index[:1], *[np.unique(well.values(name)) for name in numeric]])
    return next(sentinel for sentinel in (*SENTINELS, -1e30) if not (held == sentinel).any())


def _tokens(well: Well, name: str, null: str, source: str) -> list[str]:
    """Return a curve as tokens of one width from which every value comes back exactly."""
    column = well.curves[name].df.iloc[:, 0]
    if column.dtype.kind not in "fiub":
        words = ["" if word is None or word != word else str(word) for word in column]
        if any("\n" in word or '"' in word for word in words):
            raise LogFileError(
                f"{source}: curve {name} holds text with quotes or line breaks, which LAS cannot "
                "hold: drop the curve"
            )
        return [f'"{word}"' if re.search(r"\s|,", word) else word or null for word in words]
    values = well.values(name)
    finite = np.isfinite(values)
    if (values[finite] == float(null)).any():
        raise LogFileError(
            f"{source}: curve {name} holds {null}, which is the file's NULL: set well.document to "
            "None to write a fresh file with another NULL"
        )
    whole = (values[finite] == np.rint(values[finite])).all() and (abs(values[finite]) < 1e15).all()
    if whole:
        texts = [str(int(value)) if ok else null
                 for value, ok in zip(values.tolist(), finite.tolist(), strict=True)]  # fmt: skip
    else:
        texts = [repr(value) if ok else null
                 for value, ok in zip(values.tolist(), finite.tolist(), strict=True)]  # fmt: skip
    width = max(map(len, texts), default=0)
    return [text.rjust(width) for text in texts]


def _new_curve_line(well: Well, name: str, source: str) -> str:
    curve = well.curves[name]
    return _curve_line(name, curve.units or "", curve.description or "", source)


def _curve_line(mnemonic: str, unit: str, description: str, source: str) -> str:
    unit = "".join(unit.split())
    line = f"{mnemonic:<16}.{unit:<12} : {_plain(description)}"
    item = parse_item(line, "Curve")
    if item is None or item.mnemonic != mnemonic or re.match(r"[~#]|$", mnemonic):
        raise LogFileError(
            f"{source}: {mnemonic!r} cannot be a mnemonic in a LAS file: use letters, digits and _"
        )
    return line


def _item_line(item: HeaderItem) -> str:
    unit = "".join(item.unit.split())
    return f"{item.mnemonic:<16}.{unit} {_plain(item.value)} : {_plain(item.description)}"


def _plain(text: str) -> str:
    """Return text that can stand on one side of a header line's colon."""
    return re.sub(r"\s+", " ", re.sub(r"(^|\s):", " ", text)).strip()


def provenance_items(well: Well) -> list[HeaderItem]:
    """Return the well's history as ~Parameter items, which survive other readers and writers.

    Step 1 has the mnemonics ``WLG1_...``; steps that the file already records are not numbered
    again. Long values are cut here and whole in the side-car file.
    """
    taken = [re.match(r"WLG(\d+)_", item.mnemonic) for item in well.header.section("Parameter")]
    first = 1 + max((int(match.group(1)) for match in taken if match), default=0)
    items = []
    for step, entry in enumerate(well.history, first):
        for key, value in _flatten(entry):
            mnemonic = re.sub(r"\W+", "_", f"WLG{step}_{key}").upper()[:40]
            text = _spell(value)
            if len(text) > _LONGEST:
                text = text[: _LONGEST - 3] + "..."
            items.append(
                HeaderItem(mnemonic, "", text, f"welllog history, step {step}", "Parameter")
            )
    return items


def _flatten(entry: Mapping[str, Any], depth: int = 2) -> Iterable[tuple[str, Any]]:
    for key, value in entry.items():
        if isinstance(value, Mapping) and depth > 1 and value:
            for inner, leaf in _flatten(value, depth - 1):
                yield f"{key}_{inner}", leaf
        else:
            yield str(key), value


def _spell(value: Any) -> str:
    """Return a value as text without colons, at which other readers would cut it.

    Lists come last in a mapping: they are the ones that may be too long for the line.
    """
    if isinstance(value, Mapping):
        pairs = sorted(value.items(), key=lambda pair: isinstance(pair[1], Mapping | list | tuple))
        spelt = ((key, _spell(leaf), isinstance(leaf, Mapping)) for key, leaf in pairs)
        return ", ".join(
            f"{key}=({text})" if deep else f"{key}={text}" for key, text, deep in spelt
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_spell, value)) + "]"
    return re.sub(r"\s*:(?!\d\d)", " -", str(value))


def fresh_text(well: Well, source: str) -> bytes:
    """Return a LAS 2.0 file of a well that has no document; no digit is lost.

    Raises
    ------
    LogFileError
        Where the well has no samples, or a curve cannot stand in a LAS file.
    """
    if not len(well.index):
        raise LogFileError(f"{source}: the well has no samples: nothing is written")
    null = _unused_sentinel(well)
    steps = np.diff(well.index)
    even = len(steps) and np.allclose(steps, steps[0], rtol=1e-6, atol=0)
    step = repr(float(np.median(steps))) if even else "0"
    unit = well.index_unit
    start, stop = repr(float(well.index[0])), repr(float(well.index[-1]))
    lines = [
        "~Version",
        "VERS.   2.0 : CWLS LOG ASCII STANDARD - VERSION 2.0",
        "WRAP.   NO : ONE LINE PER DEPTH STEP",
        "~Well",
        _item_line(HeaderItem("STRT", unit, start, "START", "Well")),
        _item_line(HeaderItem("STOP", unit, stop, "STOP", "Well")),
        _item_line(HeaderItem("STEP", unit, step, "STEP (0 = uneven)", "Well")),
        _item_line(HeaderItem("NULL", "", repr(null), "NULL VALUE", "Well")),
    ]
    written = {"STRT", "STOP", "STEP", "NULL"}
    wells = [i for i in well.header.section("Well") if i.mnemonic.upper() not in written]
    if not any(item.mnemonic.upper() == "WELL" for item in wells):
        wells.insert(0, HeaderItem("WELL", "", well.name, "WELL", "Well"))
    lines += [_item_line(item) for item in wells if item.mnemonic]
    lines += ["~Curve", _curve_line(well.index_mnemonic, unit, "INDEX", source)]
    lines += [_new_curve_line(well, name, source) for name in well.curves]
    parameters = [i for i in well.header.section("Parameter") if i.mnemonic]
    told = *parameters, *zone_items(well), *provenance_items(well)
    lines += ["~Parameter", *[_item_line(item) for item in told]]
    for item in well.header.section("Other"):
        lines += ["~Other", *[line.lstrip("~") for line in item.value.splitlines()]]
    lines.append("~ASCII")
    index = [repr(value) for value in well.index.tolist()]
    columns = [index, *[_tokens(well, name, repr(null), source) for name in well.curves]]
    lines += [" ".join(row) for row in zip(*columns, strict=True)]
    return ("\n".join(lines) + "\n").encode()
