"""The table of bands of whole curves: what is learnt elsewhere is held against wells not seen."""

from __future__ import annotations

import pickle
from pathlib import Path

import blind_bands
import numpy as np
import pytest
from blind_bands import SHARES, Case, write_strange, write_table

from welllog.evaluation import POOLED
from welllog.features import feature_names
from welllog.spread import Outcome

ROWS = 120


def _case(curve: str, number: int, random: np.random.Generator) -> Case:
    """Return a well whose errors on all its curves are alike large: the others tell."""
    size = float(np.exp(random.normal(0.0, 0.7)))
    features = random.standard_normal((ROWS, len(feature_names(curve)))).astype(np.float32)
    forecast = random.standard_normal(ROWS)
    truth = forecast + size * random.standard_normal(ROWS)
    outcome = Outcome(f"well {number}", features, forecast, forecast, forecast, truth)
    beside = {name: size * random.standard_normal(ROWS) for name in POOLED if name != curve}
    return Case(outcome, beside)


def _keep_two_folds(folder: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    for fold in range(2):
        cases = {c: [_case(c, 100 * fold + n, random) for n in range(24)] for c in POOLED}
        (folder / f"{fold}.pickle").write_bytes(pickle.dumps((cases, {})))


def _cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_a_band_that_hears_the_other_curves_is_better_where_they_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind_bands, "FOLDER", tmp_path)
    _keep_two_folds(tmp_path, 0)
    rows = _cells(write_table([0, 1], dict.fromkeys(POOLED, 1.0)))
    assert len(rows) == len(SHARES)
    one = {(float(row[1]), float(row[2])): row for row in rows}
    deaf, hearing = one[0.0, 0.0], one[0.6, 0.5]
    assert all(0.85 < float(row[3]) < 0.95 for row in rows)  # on wells it was not fitted on
    assert float(hearing[4]) < 0.9 * float(deaf[4])
    assert float(hearing[5]) < float(deaf[5])
    assert float(hearing[6].split()[0]) > float(deaf[6].split()[0])


def test_the_error_on_a_blind_curve_is_larger_where_those_on_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind_bands, "FOLDER", tmp_path)
    _keep_two_folds(tmp_path, 1)
    rows = _cells(write_strange([0, 1], dict.fromkeys(POOLED, 1.0)))
    assert {row[0] for row in rows} == {"North Sea"}
    assert sum(int(row[2].split()[0]) for row in rows) == 48 * len(POOLED)
    medians = [float(row[4]) for row in rows]
    assert medians == sorted(medians) and medians[0] < 0.8 and medians[-1] > 1.6
