"""LAS data that is not a plain table of numbers: tokenised line by line, nothing reshaped.

Whatever does not fit is reported with its line number.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from welllog.formats.las_rows import DataBlock, Rows, split_line, wrap_remarks
from welllog.formats.las_wrapped import unwrap
from welllog.well import Remark

__all__ = ["parse_irregular"]

_NULL_WORD = re.compile(
    rb"[-+]?(nan|inf|infinity)|[-+]?\d+\.?#\w+|[-(<]*(null|n/a|#n/a|none|err|error|nd|absent)[->)]*"
    rb"|-+|\*+|\.+|\?+|#+\w*",
    re.IGNORECASE,
)
_RUN_ON = re.compile(rb"(?<=[0-9.])-(?=[0-9.])")
_WIDE = 20  # remarks of one kind that are listed by line before the rest is only counted


def parse_irregular(
    rows: Rows,
    names: Sequence[str],
    separator: bytes,
    wrapped: bool,
    null: float | None,
    step: float | None,
    first_line: int,
    encoding: str,
) -> DataBlock:
    """Tokenise line by line; what does not fit is reported with its line number."""
    used = [int(number) for number in np.flatnonzero(rows.counts)]
    lines = [split_line(rows.line(number), separator) for number in used]
    if separator != b" " and lines and all(line and not line[-1] for line in lines):
        lines = [line[:-1] for line in lines]  # every row ends with a separator
    remarks: list[Remark] = []
    width = Counter(map(len, lines)).most_common(1)[0][0] if lines else 0
    mended = False
    wraps = wrapped and not (width == len(names) and len(set(map(len, lines))) == 1)
    if wraps:
        records, ends, odd = _join_wrapped(lines, used, len(names), step, first_line, remarks)
        width = len(names)
    else:
        records, ends = lines, used
        if separator == b" ":
            _mend_decimal_commas(records, used, first_line, remarks)
            mended = _mend_by_position(records, rows, used, len(names), first_line, remarks)
            width = Counter(map(len, records)).most_common(1)[0][0] if records else 0
        if len(names) in {len(record) for record in records}:
            width = len(names)
        odd = _blank_odd_rows(records, used, width, first_line, remarks)
    columns = [
        _convert(tokens, name, null, ends, first_line, encoding, remarks)
        for tokens, name in zip(
            zip(*records, strict=True), [*names, *["beyond the curves"] * width], strict=False
        )
    ]
    block = DataBlock(
        columns,
        np.array(ends, np.int64),
        separator,
        width,
        wraps,
        np.array(odd, np.int64),
        mended,
        remarks,
    )
    block.remarks += wrap_remarks(block, wrapped)
    return block


def _join_wrapped(
    lines: list[list[bytes]],
    used: list[int],
    width: int,
    step: float | None,
    first_line: int,
    remarks: list[Remark],
) -> tuple[list[list[bytes]], list[int], list[int]]:
    """Join lines to rows of ``width`` tokens; a row that does not fit keeps its index only."""
    firsts = [_number(tokens[0]) for tokens in lines]
    rows, odd = unwrap(
        [len(tokens) for tokens in lines],
        [math.nan if first is None else first for first in firsts],
        width,
        step,
        [first_line + number for number in used],
    )
    records = [[token for line in lines[start:stop] for token in line] for start, stop in rows]
    for at in odd:
        records[at] = [records[at][0], *[b""] * (width - 1)]
    problem = f"a wrapped row does not hold {width} values"
    _remark_rows([used[rows[at][0]] for at in odd], first_line, remarks, problem)
    return records, [used[stop - 1] for _, stop in rows], odd


def _mend_decimal_commas(
    records: list[list[bytes]], used: list[int], first_line: int, remarks: list[Remark]
) -> None:
    mended = []
    for record, number in zip(records, used, strict=True):
        for at, token in enumerate(record):
            if b"," in token and re.fullmatch(rb"[-+]?\d+,\d+([eE][-+]?\d+)?", token):
                record[at] = token.replace(b",", b".")
                mended.append(number)
    if mended:
        remarks.append(
            Remark(
                f"{len(mended)} numbers have a decimal comma",
                _where(mended, first_line),
                "major",
                "read as a decimal point",
                "LAS 2.0 section 5.6",
            )
        )


def _mend_by_position(
    records: list[list[bytes]],
    rows: Rows,
    used: list[int],
    n_names: int,
    first_line: int,
    remarks: list[Remark],
) -> bool:
    """Cut rows with too few tokens at the columns at which all whole rows end their tokens.

    This parts numbers that ran together (``7.345116238.453``) and finds which value is blank. A
    row that cannot be cut so is tried at the minus signs inside its tokens.
    """
    short = [at for at, record in enumerate(records) if len(record) < n_names]
    if not short:
        return False
    edges = _column_ends(rows, [used[at] for at in range(len(records))
                                if len(records[at]) == n_names][:2000])  # fmt: skip
    mended = []
    for at in short:
        pieces = _cut(rows.line(used[at]), edges)
        if len(pieces) != n_names:
            pieces = [part for token in records[at] for part in _RUN_ON.sub(b" -", token).split()]
        if len(pieces) == n_names and _all_numbers(pieces):
            records[at] = pieces
            mended.append(used[at])
    if mended:
        remarks.append(
            Remark(
                f"{len(mended)} rows have numbers that run together or blank values",
                _where(mended, first_line),
                "major",
                "cut at the columns of the other rows, or at minus signs",
                "LAS 2.0 section 5.6",
            )
        )
    return bool(mended)


def _column_ends(rows: Rows, whole: list[int]) -> list[int]:
    """Return where the tokens end, if they end at the same columns on all these lines."""
    ends: set[tuple[int, ...]] = set()
    for number in whole:
        line = rows.line(number)
        if b"\t" in line:
            return []
        ends.add(tuple(match.end() for match in re.finditer(rb"\S+", line)))
        if len(ends) > 1:
            return []
    return list(ends.pop()) if ends else []


def _cut(line: bytes, edges: list[int]) -> list[bytes]:
    """Cut a line at the columns; nothing where it does not reach the last or misses one."""
    line = line.rstrip(b"\r\n")
    ends = {match.end() for match in re.finditer(rb"\S+", line)}
    if not edges or b"\t" in line or len(line) < edges[-1] or not ends <= set(edges):
        return []
    return [line[left:right].strip() for left, right in zip([0, *edges], edges, strict=False)]


def _all_numbers(tokens: Sequence[bytes]) -> bool:
    return all(
        not token or _NULL_WORD.fullmatch(token) or _number(token) is not None for token in tokens
    )


def _blank_odd_rows(
    records: list[list[bytes]], used: list[int], width: int, first_line: int, remarks: list[Remark]
) -> list[int]:
    """Keep the index of a row with too few or too many values and none of its values.

    Which value is missing cannot be known, so none is given to a curve.
    """
    odd = [at for at, record in enumerate(records) if len(record) != width]
    for at in odd:
        records[at] = [*records[at][:1], *[b""] * (width - 1)]
    problem = f"a row does not hold {width} values"
    _remark_rows([used[at] for at in odd], first_line, remarks, problem)
    return odd


def _remark_rows(bad: list[int], first_line: int, remarks: list[Remark], problem: str) -> None:
    for number in bad[:_WIDE]:
        remarks.append(
            Remark(
                problem,
                f"line {first_line + number}",
                "major",
                "its values are null, its index is kept",
                "LAS 2.0 section 5.6",
            )
        )
    if len(bad) > _WIDE:
        remarks.append(
            Remark(
                f"{problem}, on {len(bad) - _WIDE} more lines",
                _where(bad[_WIDE:], first_line),
                "major",
                "their values are null, their index is kept",
                "LAS 2.0 section 5.6",
            )
        )


def _where(numbers: list[int], first_line: int) -> str:
    first = first_line + numbers[0]
    return f"line {first}" if len(set(numbers)) == 1 else f"from line {first}"


def _convert(
    tokens: tuple[bytes, ...],
    name: str,
    null: float | None,
    ends: list[int],
    first_line: int,
    encoding: str,
    remarks: list[Remark],
) -> NDArray[np.float64] | NDArray[np.object_]:
    """Turn the tokens of one column into numbers, or into text where that is what they are."""
    values = np.full(len(tokens), np.nan)
    words: list[int] = []
    nulls: list[int] = []
    for at, token in enumerate(tokens):
        number = _number(token)
        if number is not None:
            values[at] = number
        elif token and _NULL_WORD.fullmatch(token):
            nulls.append(at)
        elif token:
            words.append(at)
    numbers = int(np.count_nonzero(np.isfinite(values) & (values != null)))
    if len(words) > 0.1 * (numbers + len(words)):
        # Text wins at one word in ten: a lithology that is logged in one interval only.
        text = np.empty(len(tokens), object)
        for at, token in enumerate(tokens):
            text[at] = "" if values[at] == null else token.decode(encoding, "replace")
        text[nulls] = ""
        return text
    for found, problem in ((nulls, "stand for no value"), (words, "are no numbers")):
        if found:
            shown = tokens[found[0]].decode(encoding, "replace")
            remarks.append(
                Remark(
                    f"{len(found)} values of {name} {problem} ({shown[:20]})",
                    _where([ends[at] for at in found], first_line),
                    "minor" if found is nulls else "major",
                    "read as null",
                    "LAS 2.0 section 5.6",
                )
            )
    return values


def _number(token: bytes) -> float | None:
    """Return a token as a finite number, or None; Python's ``1_000`` is none."""
    try:
        value = float(token)
    except ValueError:
        if re.fullmatch(rb"[-+]?[\d.]+[dD][-+]?\d+", token):  # Fortran double precision
            return _number(re.sub(rb"[dD]", b"E", token))
        return None
    return None if b"_" in token or not math.isfinite(value) else value
