"""Random damage: a row may be lost with a report, it may never be wrong."""

from __future__ import annotations

import random

import numpy as np
import pytest

from welllog.formats import LogFileError, read, write


def damaged_file(rng: random.Random) -> tuple[str, list[list[float]], set[int], bool]:
    """Return a LAS file with a value lost or added in a few rows, its rows, and which are damaged.

    The last value tells whether some damage may be beyond telling: wrapped rows without a STEP.
    """
    n_columns, n_rows = rng.randint(2, 10), rng.randint(3, 50)
    wrapped, fixed, alone, stepped = (rng.random() < 0.6 for _ in range(4))
    per_line = rng.randint(1, 6)
    digits = rng.choice([1, 3])
    rows = [
        [1000 + 0.5 * n, *[round(rng.uniform(-5, 300), digits) for _ in range(n_columns - 1)]]
        for n in range(n_rows)
    ]
    damaged = set(rng.sample(range(n_rows), rng.randint(0, max(1, n_rows // 8))))
    lines: list[str] = []
    for n, row in enumerate(rows):
        tokens = [f"{value:10.3f}" if fixed else repr(value) for value in row]
        if n in damaged:
            kind = rng.randint(0, 2)
            if kind == 0:
                del tokens[rng.randrange(1, len(tokens))]
            elif kind == 1:
                tokens.insert(rng.randrange(1, len(tokens) + 1), "77.7")
            else:
                tokens = tokens[: rng.randint(1, len(tokens) - 1)]
        if wrapped and alone:
            lines.append(tokens.pop(0))
        step = per_line if wrapped else len(tokens) or 1
        lines += [" ".join(tokens[at : at + step]) for at in range(0, len(tokens), step)]
    names = "".join(f"X{n}. :\n" for n in range(n_columns - 1))
    head = f"~V\nVERS. 2.0:\nWRAP. {'YES' if wrapped else 'NO'}:\n~W\nNULL. -999.25:\n"
    head += "STEP.M 0.5:\n" * stepped
    text = f"{head}~C\nDEPT.M:\n{names}~A\n" + "\n".join(lines) + "\n"
    return text, rows, damaged, wrapped and not stepped


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_moves_a_value_to_another_row_or_curve(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "damaged.las"
    refused = 0
    for _ in range(15):
        text, rows, damaged, unclear = damaged_file(rng)
        path.write_text(text)
        try:
            well = read(path, nulls="declared")
        except LogFileError:
            assert unclear and damaged
            refused += 1
            continue
        names = list(well.curves)[: len(rows[0]) - 1]
        values = np.column_stack([well.values(name) for name in names])
        truth = {row[0]: row[1:] for row in rows}
        whole = {rows[n][0] for n in range(len(rows)) if n not in damaged}
        for depth, found in zip(well.index, values, strict=True):
            if depth in whole:
                assert found.tolist() == truth[depth], f"{text}\n{depth}"
            else:
                assert np.isnan(found).all(), f"{text}\n{depth}"
        assert whole <= set(well.index)
        well.add_curve("NEW", np.arange(len(well.index)) + 0.5)
        try:
            write(well, tmp_path / "out.las", overwrite=True)
        except LogFileError:
            assert unclear and damaged
    assert refused < 8


@pytest.mark.parametrize("seed", range(4))
def test_no_change_of_bytes_makes_anything_but_a_log_file_error(write_las, seed):
    rng = random.Random(seed)
    sound = write_las(
        "sound", parameters=("BS.IN 8.5 : bit",), tail=("~Other", "text")
    ).read_bytes()
    path = write_las("changed-bytes")
    for _ in range(60):
        raw = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randint(0, 3)] = rng.choice(
                [
                    b"~",
                    b":",
                    b".",
                    b"#",
                    b'"',
                    b",",
                    b"\0",
                    b"\r",
                    b"1e400",
                    b"nan",
                    b"~A\n",
                    b"\xff",
                ]
            )
        path.write_bytes(bytes(raw[: rng.randrange(len(raw))] if rng.random() < 0.2 else raw))
        try:
            well = read(path)
        except LogFileError as error:
            assert "\n" not in str(error)
            continue
        assert well.document.to_bytes() == path.read_bytes()
