"""The data block of a LAS file: every row is looked at before a parser is chosen.

A block whose rows all have the same number of plain numbers goes to numpy's text parser, and the
shape that comes back is asserted against the rows counted. Anything else is tokenised here line by
line; a row is never completed with tokens of its neighbours.
"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from welllog.well import Remark

__all__ = ["DataBlock", "parse_data"]

_NUMERIC = b"0123456789+-.eE \t\r\n\v\f"
_NULL_WORD = re.compile(
    rb"[-+]?(nan|inf|infinity)|[-+]?\d+\.?#\w+|[-(<]*(null|n/a|#n/a|none|err|error|nd|absent)[->)]*"
    rb"|-+|\*+|\.+|\?+|#+\w*",
    re.IGNORECASE,
)
_RUN_ON = re.compile(rb"(?<=[0-9.])-(?=[0-9.])")
_QUOTED = re.compile(rb"""(?<!\S)(?:"([^"]*)"|'([^']*)')(?!\S)|(\S+)""")
_WIDE = 20  # remarks of one kind that are listed by line before the rest is only counted


@dataclass
class DataBlock:
    """What the data block holds, column by column, the index first."""

    columns: list[NDArray[np.float64] | NDArray[np.object_]]
    """Each of shape (n_rows,): numbers with NaN where a token is none, or text as objects."""
    last_lines: NDArray[np.int64]
    """Shape (n_rows,): line within the block, from 0, on which the row ends."""
    delimiter: bytes = b" "
    n_tokens: int = 0
    """Tokens in a whole row: how many columns the block has, whatever the header says."""
    wrapped: bool = False
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class _Rows:
    """Where lines and tokens are in the block; comments are blanked out."""

    text: bytes
    starts: NDArray[np.int64]
    """First byte of each line."""
    counts: NDArray[np.int64]
    """Tokens on each line; 0 for blank lines and comments."""

    def line(self, number: int) -> bytes:
        stop = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[number] : stop]


def parse_data(
    block: bytes,
    names: Sequence[str],
    *,
    wrapped: bool,
    null: float | None,
    delimiter: str = "",
    first_line: int = 1,
    encoding: str = "utf-8",
) -> DataBlock:
    """Parse a data block.

    Parameters
    ----------
    block : bytes
        Everything between the title of ~A and the next section.
    names : sequence of str
        Mnemonics of the curve section, the index first.
    wrapped : bool
        What the header's WRAP says; what the rows say comes first.
    null : float or None
        The header's NULL, which tells text columns from numbers; it is not replaced here.
    delimiter : str
        The header's DLM: SPACE, COMMA, TAB or nothing.
    first_line : int
        Number of the block's first line in the file, for remarks.
    encoding : str
        In which text is decoded.

    Returns
    -------
    DataBlock
        With as many columns as a row has tokens, or names if there are more.
    """
    rows = _look_at_rows(block)
    comma = _comma_separates(rows, len(names), delimiter)
    tab = not comma and _tab_separates(rows, len(names), delimiter)
    if not tab and not rows.text.translate(None, _NUMERIC + b"," * comma):
        parsed = _parse_regular(rows, len(names), wrapped, b"," if comma else b" ")
        if parsed is not None:
            parsed.remarks += _wrap_remarks(parsed, wrapped)
            return _pad(parsed, names)
    separator = b"," if comma else b"\t" if tab else b" "
    parsed = _parse_irregular(rows, names, separator, wrapped, null, first_line, encoding)
    return _pad(parsed, names)


def _look_at_rows(block: bytes) -> _Rows:
    """Count the tokens of each line; costs a quarter of what parsing costs."""
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        block = re.sub(rb"\r(?!\n)", b"\n", block)
    if block.translate(None, bytes(range(33, 256)) + b" \t\r\n\v\f"):
        # Control characters (a DOS end-of-file, NULs) count as blanks.
        block = block.translate(bytes(32 if b < 32 and b not in b"\t\r\n\v\f" else b
                                      for b in range(256)))  # fmt: skip
    if b"#" in block:
        block = re.sub(rb"(?m)^[ \t]*#[^\r\n]*", lambda match: b" " * len(match.group()), block)
    codes = np.frombuffer(block, np.uint8)
    blank = codes <= 32
    begins = np.empty(len(codes), bool)
    begins[:1] = ~blank[:1]
    np.greater(blank[:-1], blank[1:], out=begins[1:])
    starts = np.concatenate(([0], np.flatnonzero(codes == 10) + 1))
    if starts[-1] == len(codes):
        starts = starts[:-1]
    if not len(starts):
        return _Rows(block, np.zeros(0, np.int64), np.zeros(0, np.int64))
    return _Rows(block, starts, np.add.reduceat(begins, starts, dtype=np.int64))


def _comma_separates(rows: _Rows, n_names: int, delimiter: str) -> bool:
    """Decide whether commas part the columns, or stand in numbers and words."""
    if b"," not in rows.text:
        return False
    if delimiter.upper() in {"SPACE", "TAB"}:
        return False
    used = np.flatnonzero(rows.counts)[:200]
    lines = [rows.line(number) for number in used]
    by_comma = Counter(len(_split(line, b",")) for line in lines).most_common(1)[0][0]
    by_blank = Counter(int(rows.counts[number]) for number in used).most_common(1)[0][0]
    if delimiter.upper() == "COMMA":
        return by_comma > 1
    return by_comma > 1 and abs(by_comma - n_names) <= abs(by_blank - n_names)


def _tab_separates(rows: _Rows, n_names: int, delimiter: str) -> bool:
    """Decide whether two tabs in a row hold an empty value between them."""
    if b"\t" not in rows.text or (rows.counts[rows.counts > 0] == n_names).all():
        return False
    lines = [rows.line(number) for number in np.flatnonzero(rows.counts)[:200]]
    return delimiter.upper() == "TAB" or {len(_split(line, b"\t")) for line in lines} == {n_names}


def _parse_regular(
    rows: _Rows, n_names: int, wrapped: bool, separator: bytes
) -> DataBlock | None:
    """Parse rows of plain numbers with numpy; None where they are not regular after all."""
    used = np.flatnonzero(rows.counts)
    counts = rows.counts[used]
    if not len(used):
        return None
    text, ends = rows.text, used
    comma = separator == b","
    width = len(_split(rows.line(used[0]), separator)) if comma else int(counts[0])
    if not comma and ((counts != width).any() or (wrapped and width != n_names)):
        period = _wrap_period(counts, n_names) if wrapped or width == 1 else 0
        if period == 0:
            return None
        width = n_names
        ends = used[period - 1 :: period]
        text = _join_lines(rows, ends)
    try:
        values = np.loadtxt(
            io.BytesIO(text), delimiter="," if comma else None, comments=None, ndmin=2
        )
    except ValueError:
        return None
    if values.shape != (len(ends), width):
        return None
    columns = list(np.ascontiguousarray(values.T))
    return DataBlock(columns, ends, separator, width, wrapped=ends is not used)


def _join_lines(rows: _Rows, ends: NDArray[np.int64]) -> bytes:
    """Return the text with every line ending blanked out save those at the end of a row."""
    codes = np.frombuffer(rows.text, np.uint8).copy()
    kept = np.zeros(len(rows.starts), bool)
    kept[ends] = True
    stops = rows.starts[1:][~kept[:-1]]
    codes[stops - 1] = 32
    codes[stops[codes[stops - 2] == 13] - 2] = 32
    return codes.tobytes()


def _wrap_period(counts: NDArray[np.int64], n_names: int) -> int:
    """Return how many lines make one row of ``n_names`` tokens, the same for all rows; 0 if none.

    That every row wraps alike is asked for because a token lost in one row and one too many in
    another would otherwise shift all rows between them unseen.
    """
    totals = np.cumsum(counts[: n_names + 1])
    at = np.flatnonzero(totals == n_names)
    if not len(at):
        return 0
    period = int(at[0]) + 1
    if len(counts) % period:
        return 0
    return period if (counts.reshape(-1, period) == counts[:period]).all() else 0


def _wrap_remarks(parsed: DataBlock, wrapped: bool) -> list[Remark]:
    if parsed.wrapped == wrapped:
        return []
    said, done = ("YES", "one line") if wrapped else ("NO", "several lines")
    return [
        Remark(
            f"WRAP is {said} but each row is on {done}",
            "~Version",
            "minor",
            "read as the rows are",
            "LAS 2.0 section 5.1",
        )
    ]


def _pad(parsed: DataBlock, names: Sequence[str]) -> DataBlock:
    """Give every named curve a column."""
    missing = len(names) - len(parsed.columns)
    if missing > 0 and parsed.columns:
        n_rows = len(parsed.last_lines)
        parsed.columns += [np.full(n_rows, np.nan) for _ in range(missing)]
        parsed.remarks.append(
            Remark(
                f"rows hold {parsed.n_tokens} values for {len(names)} curves",
                "~A",
                "major",
                "values are taken from the left; no data for "
                + ", ".join(names[parsed.n_tokens :][:6]),
                "LAS 2.0 section 5.6",
            )
        )
    return parsed


# ---------------------------------------------------------------------------- irregular blocks


def _parse_irregular(
    rows: _Rows,
    names: Sequence[str],
    separator: bytes,
    wrapped: bool,
    null: float | None,
    first_line: int,
    encoding: str,
) -> DataBlock:
    """Tokenise line by line; what does not fit is reported with its line number."""
    used = [int(number) for number in np.flatnonzero(rows.counts)]
    lines = [_split(rows.line(number), separator) for number in used]
    if separator != b" " and lines and all(line and not line[-1] for line in lines):
        lines = [line[:-1] for line in lines]  # every row ends with a separator
    remarks: list[Remark] = []
    width = Counter(map(len, lines)).most_common(1)[0][0] if lines else 0
    wraps = wrapped and not (width == len(names) and len(set(map(len, lines))) == 1)
    if wraps:
        records, ends = _unwrap(lines, used, len(names), first_line, remarks)
        width = len(names)
    else:
        records, ends = lines, used
        if separator == b" ":
            _mend_decimal_commas(records, used, first_line, remarks)
            _mend_by_position(records, rows, used, len(names), first_line, remarks)
            width = Counter(map(len, records)).most_common(1)[0][0] if records else 0
        if len(names) in {len(record) for record in records}:
            width = len(names)
        _blank_odd_rows(records, used, width, first_line, remarks)
    columns = [
        _convert(tokens, name, null, ends, first_line, encoding, remarks)
        for tokens, name in zip(
            zip(*records, strict=True), [*names, *["beyond the curves"] * width], strict=False
        )
    ]
    block = DataBlock(columns, np.array(ends, np.int64), separator, width, wraps, remarks)
    block.remarks += _wrap_remarks(block, wrapped)
    return block


def _split(line: bytes, separator: bytes) -> list[bytes]:
    """Split a line into tokens; a token in quotes keeps its blanks and loses its quotes."""
    if separator == b" ":
        if b'"' not in line and b"'" not in line:
            return line.split()
        return [double or single or bare for double, single, bare in _QUOTED.findall(line)]
    fields = line.rstrip(b"\r\n").split(separator)
    if b'"' in line:
        joined: list[bytes] = []
        for part in fields:
            if joined and joined[-1].lstrip().startswith(b'"') and joined[-1].count(b'"') == 1:
                joined[-1] += separator + part
            else:
                joined.append(part)
        fields = joined
    return [part.strip().strip(b'"') for part in fields]


def _unwrap(
    lines: list[list[bytes]],
    used: list[int],
    width: int,
    first_line: int,
    remarks: list[Remark],
) -> tuple[list[list[bytes]], list[int]]:
    """Join lines to records of ``width`` tokens; a record that does not fit keeps its index only.

    Where the index stands alone on its line (LAS 2.0 section 5.6), such a line starts a record
    whatever came before.
    """
    alone = bool(lines) and len(lines[0]) == 1
    records: list[list[bytes]] = []
    ends: list[int] = []
    bad: list[int] = []
    record: list[bytes] = []
    begin = end = 0
    for number, tokens in zip(used, lines, strict=True):
        starts_anew = alone and len(tokens) == 1 and len(record) != width - 1
        if record and (len(record) >= width or starts_anew):
            _close(record, width, begin, end, records, ends, bad)
            record = []
        if not record:
            begin = number
        record = record + tokens
        end = number
    if record:
        _close(record, width, begin, end, records, ends, bad)
    _remark_rows(bad, first_line, remarks, f"a wrapped row does not hold {width} values")
    return records, ends


def _close(
    record: list[bytes],
    width: int,
    begin: int,
    end: int,
    records: list[list[bytes]],
    ends: list[int],
    bad: list[int],
) -> None:
    if len(record) != width:
        bad.append(begin)
        record = [record[0]] + [b""] * (width - 1)
    records.append(record)
    ends.append(end)


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
    rows: _Rows,
    used: list[int],
    n_names: int,
    first_line: int,
    remarks: list[Remark],
) -> None:
    """Cut rows with too few tokens at the columns at which all whole rows end their tokens.

    This parts numbers that ran together (``7.345116238.453``) and finds which value is blank. A
    row that cannot be cut so is tried at the minus signs inside its tokens.
    """
    short = [at for at, record in enumerate(records) if len(record) < n_names]
    if not short:
        return
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


def _column_ends(rows: _Rows, whole: list[int]) -> list[int]:
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
    line = line.rstrip()
    if not edges or b"\t" in line or len(line) > edges[-1]:
        return []
    return [line[left:right].strip() for left, right in zip([0, *edges], edges, strict=False)]


def _all_numbers(tokens: Sequence[bytes]) -> bool:
    return all(
        not token or _NULL_WORD.fullmatch(token) or _number(token) is not None for token in tokens
    )


def _blank_odd_rows(
    records: list[list[bytes]], used: list[int], width: int, first_line: int, remarks: list[Remark]
) -> None:
    """Keep the index of a row with too few or too many values and none of its values.

    Which value is missing cannot be known, so none is given to a curve.
    """
    bad = []
    for at, record in enumerate(records):
        if len(record) != width:
            records[at] = [*record[:1], *[b""] * (width - 1)]
            bad.append(used[at])
    _remark_rows(bad, first_line, remarks, f"a row does not hold {width} values")


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
