"""The data block of a LAS file: every row is looked at before a parser is chosen.

A block whose rows all have the same number of plain numbers goes to numpy's text parser, and the
shape that comes back is asserted against the rows counted. Anything else is tokenised line by line
in ``las_irregular``; a row is never completed with tokens of its neighbours.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from welllog.formats.las_irregular import parse_irregular
from welllog.formats.las_rows import (
    NUMERIC,
    DataBlock,
    Rows,
    look_at_rows,
    split_line,
    wrap_remarks,
)
from welllog.well import Remark

__all__ = ["DataBlock", "parse_data"]


def parse_data(
    block: bytes,
    names: Sequence[str],
    *,
    wrapped: bool,
    null: float | None,
    step: float | None = None,
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
    step : float, optional
        The header's STEP, which tells where a broken wrapped row ends.
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
    rows = look_at_rows(block)
    comma = _comma_separates(rows, len(names), delimiter)
    tab = not comma and _tab_separates(rows, len(names), delimiter)
    plain = rows.plain or (comma and not rows.text.translate(None, NUMERIC + b","))
    if plain and not tab:
        parsed = _parse_regular(rows, len(names), wrapped, b"," if comma else b" ")
        if parsed is not None:
            parsed.remarks += wrap_remarks(parsed, wrapped)
            return _pad(parsed, names)
    separator = b"," if comma else b"\t" if tab else b" "
    parsed = parse_irregular(rows, names, separator, wrapped, null, step, first_line, encoding)
    return _pad(parsed, names)


def _comma_separates(rows: Rows, n_names: int, delimiter: str) -> bool:
    """Decide whether commas part the columns, or stand in numbers and words."""
    if b"," not in rows.text:
        return False
    if delimiter.upper() in {"SPACE", "TAB"}:
        return False
    used = np.flatnonzero(rows.counts)[:200]
    lines = [rows.line(number) for number in used]
    by_comma = Counter(len(split_line(line, b",")) for line in lines).most_common(1)[0][0]
    by_blank = Counter(int(rows.counts[number]) for number in used).most_common(1)[0][0]
    if delimiter.upper() == "COMMA":
        return by_comma > 1
    return by_comma > 1 and abs(by_comma - n_names) <= abs(by_blank - n_names)


def _tab_separates(rows: Rows, n_names: int, delimiter: str) -> bool:
    """Decide whether two tabs in a row hold an empty value between them."""
    if b"\t" not in rows.text or (rows.counts[rows.counts > 0] == n_names).all():
        return False
    lines = [rows.line(number) for number in np.flatnonzero(rows.counts)[:200]]
    return delimiter.upper() == "TAB" or {len(split_line(line, b"\t")) for line in lines} == {
        n_names
    }


def _parse_regular(rows: Rows, n_names: int, wrapped: bool, separator: bytes) -> DataBlock | None:
    """Parse rows of plain numbers with numpy; None where they are not regular after all."""
    used = np.flatnonzero(rows.counts)
    counts = rows.counts[used]
    if not len(used):
        return None
    text, ends = rows.text, used
    comma = separator == b","
    width = len(split_line(rows.line(used[0]), separator)) if comma else int(counts[0])
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
    if ends is not used and not _runs_on(columns[0]):
        return None  # values may have moved between rows
    return DataBlock(columns, ends, separator, width, wrapped=ends is not used)


def _runs_on(index: NDArray[np.float64]) -> bool:
    steps = np.diff(index)
    return bool((steps > 0).all() or (steps < 0).all())


def _join_lines(rows: Rows, ends: NDArray[np.int64]) -> bytes:
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
