"""Wrapped LAS rows, some of which lost a value or hold one too many.

Lines are joined by how the rows wrap and checked against the index, which goes on by one step from
row to row: with one value to a line nothing else tells where a row starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from welllog.formats import LogFileError

__all__ = ["unwrap"]

_NEAR = 0.1  # of a step: 0.1524 m printed with two decimals is off by 0.066
_ROWS_AHEAD = 4  # how many rows may be lost at one place


def unwrap(
    counts: Sequence[int],
    firsts: Sequence[float],
    width: int,
    step: float | None,
    numbers: Sequence[int],
) -> tuple[list[tuple[int, int]], list[int]]:
    """Find the rows among wrapped lines.

    Parameters
    ----------
    counts : sequence of int
        Tokens on each line; lines without any are left out.
    firsts : sequence of float
        The first token of each line, NaN where it is no number.
    width : int
        Tokens in a row, the index included.
    step : float or None
        The header's STEP, used where the rows do not tell.
    numbers : sequence of int
        The lines' numbers in the file, for messages.

    Returns
    -------
    rows : list of (int, int)
        Half-open ranges of lines, one for each row.
    odd : list of int
        Which rows do not hold ``width`` tokens, or cannot be trusted to.

    Raises
    ------
    LogFileError
        Where no line starts a whole row, or the index does not run on and nothing tells why.
    """
    possible = _possible_rows(counts, width)
    whole = _usual_rows(possible, counts, firsts)
    if not whole:
        raise LogFileError(
            f"line {numbers[0]}: no row of the wrapped data holds {width} values, one for each "
            "curve: the header belongs to other data"
        )
    step = _index_step(whole, firsts) or step
    window = _ROWS_AHEAD * max(stop - start for start, stop in whole.items()) + _ROWS_AHEAD
    alone = counts[0] == 1
    rows: list[tuple[int, int]] = []
    odd: list[int] = []
    at = 0
    while at < len(counts):
        stop = whole.get(at)
        if stop is None and step and at in possible:
            # A row that wraps as few do is trusted where the index goes on after it.
            end = possible[at]
            if end == len(counts) or _goes_on(firsts[at], firsts[end], step, 1):
                stop = end
        following = stop
        if stop is None or (stop < len(counts) and not _goes_on(firsts[at], firsts[stop], step, 1)):
            following = _next_index(at, firsts, counts, step, window, alone)
        if following is None and stop is not None:
            following = stop  # a jump in the index
        if following is None:
            following = next((line for line in whole if line > at), len(counts))
        if following != stop:
            odd.append(len(rows))
        rows.append((at, following))
        at = following
    if odd and step is None:
        raise LogFileError(
            f"line {numbers[rows[odd[0]][0]]}: a wrapped row does not hold {width} values and the "
            "index has no even step that tells where the next row starts; repair the row"
        )
    _check_direction([start for start, _ in rows], firsts, numbers)
    return rows, odd


def _check_direction(starts: list[int], firsts: Sequence[float], numbers: Sequence[int]) -> None:
    """Refuse rows whose index turns back: values may have moved from row to row."""
    signs = np.sign(np.diff([firsts[start] for start in starts]))
    common = 1 if (signs > 0).sum() >= (signs < 0).sum() else -1
    if len(signs) and (signs != common).any():
        line = numbers[starts[int(np.argmax(signs != common))]]
        raise LogFileError(
            f"line {line}: the index of the wrapped rows does not run on after this row: a value "
            "is missing or one too many; repair the row"
        )


def _possible_rows(counts: Sequence[int], width: int) -> dict[int, int]:
    """Return the lines from which on lines hold ``width`` tokens together, and where that stops.

    Where the index stands alone on its line (LAS 2.0 section 5.6), another such line must follow.
    """
    alone = counts[0] == 1
    possible: dict[int, int] = {}
    for start, count in enumerate(counts):
        if alone and count != 1:
            continue
        total, stop = 0, start
        while total < width and stop < len(counts):
            total += counts[stop]
            stop += 1
        if total == width and (stop == len(counts) or not alone or counts[stop] == 1):
            possible[start] = stop
    return possible


def _usual_rows(
    possible: dict[int, int], counts: Sequence[int], firsts: Sequence[float]
) -> dict[int, int]:
    """Return those possible rows that wrap as most do; all where no way is common.

    One that wraps otherwise may have taken a value of its neighbour. Of several ways that fit most
    rows, that is right by which the index runs on.
    """
    shapes = {start: tuple(counts[start:stop]) for start, stop in possible.items()}
    tally = Counter(shapes.values())
    usual = [shape for shape, count in tally.items() if count > 0.5 * len(counts) / len(shape)]
    if not usual:
        return possible
    best = max(usual, key=lambda shape: (_runs_on(shape, shapes, firsts), tally[shape]))
    return {start: stop for start, stop in possible.items() if shapes[start] == best}


def _runs_on(
    shape: tuple[int, ...], shapes: dict[int, tuple[int, ...]], firsts: Sequence[float]
) -> float:
    """Return the share of rows of one shape whose first value goes on in the common direction."""
    values = [firsts[start] for start, other in shapes.items() if other == shape]
    signs = np.sign(np.diff(values))
    return float(max((signs == 1).mean(), (signs == -1).mean())) if len(signs) else 0.0


def _index_step(whole: dict[int, int], firsts: Sequence[float]) -> float | None:
    """Return the step that the first rows keep longest, at least twice; None where none does."""
    chain: list[float] = []
    stop = -1
    for start in sorted(whole):
        if len(chain) >= 200:
            break
        if start > stop >= 0:
            chain.append(np.nan)  # a broken row between
        if start >= stop:
            chain.append(firsts[start])
            stop = whole[start]
    best, longest, run = None, 1, 1
    steps = np.diff(chain).tolist()
    for before, after in zip(steps, steps[1:], strict=False):
        run = run + 1 if after and abs(after - before) <= _NEAR * abs(before) else 1
        if run > longest:
            best, longest = before, run
    return best


def _goes_on(here: float, there: float, step: float | None, n_steps: int) -> bool:
    """Tell whether two index values are so many steps apart; without a step, True."""
    if step is None:
        return True
    return abs(there - here - n_steps * step) <= _NEAR * abs(step)


def _next_index(
    at: int,
    firsts: Sequence[float],
    counts: Sequence[int],
    step: float | None,
    window: int,
    alone: bool,
) -> int | None:
    """Return the line on which the index goes on by one step, or by a few where rows are lost."""
    if not step:
        return None
    lines = range(at + 1, min(at + window, len(firsts)))
    for n_steps in range(1, _ROWS_AHEAD + 1):
        for line in lines:
            if (not alone or counts[line] == 1) and _goes_on(
                firsts[at], firsts[line], step, n_steps
            ):
                return line
    return None
