"""What is hidden is what goes missing."""

from __future__ import annotations

import numpy as np
import pytest

from welllog.corpus import CHANNELS, STEP_M, WindowSettings, WindowSource, measure_gaps
from welllog.corpus.masking import Shares, hide_as_corpus, hide_one_log, hide_spans
from welllog.features import TARGETS, LogSet, hidden_with, runs_of

ROW = {name: row for row, name in enumerate(CHANNELS)}
NO_GAPS = measure_gaps([])


def hide(valid: np.ndarray, shares: Shares, seed: int, gaps: object = NO_GAPS) -> np.ndarray:
    hidden = np.zeros(valid.shape, bool)
    random = np.random.default_rng(seed)
    hide_as_corpus(hidden, valid, STEP_M, shares, gaps, random)  # type: ignore[arg-type]
    return hidden


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def only(**share: float) -> Shares:
    return Shares(**{"whole": 0.0, "gap": 0.0, "pattern": 0.0, "blackout": 0.0, **share})


def well(nulls: dict[str, tuple[int, int]], lacking: tuple[str, ...] = (), n: int = 2000) -> LogSet:
    depth = STEP_M * np.arange(n)
    curves = {name: np.zeros(n) for name in CHANNELS if name not in lacking}
    for name in nulls.keys() & curves.keys():
        top, base = nulls[name]
        curves[name][top:base] = np.nan
    return LogSet("well", depth, curves, depth)


def test_the_seed_scheme_zeroes_one_whole_log_in_four_windows_of_ten() -> None:
    valid = np.ones((4000, 11, 3), bool)
    hidden = hide_one_log(valid, 0.4, rng())
    logs = hidden.any(axis=2)
    assert np.array_equal(logs, hidden.all(axis=2))
    assert logs.any(axis=1).mean() == pytest.approx(0.4, abs=0.03)
    # Each log as often as another, and the sibling of a target besides.
    expected = np.full(11, 0.4 / 11)
    expected[[ROW["DRHO"], ROW["RMED"], ROW["RSHA"]]] *= 2
    assert logs.mean(axis=0) == pytest.approx(expected, abs=0.012)


def test_an_input_that_is_no_target_is_hidden_alone() -> None:
    hidden = hide_one_log(np.ones((4000, 11, 3), bool), 1.0, rng()).any(axis=2)
    sets = {frozenset(np.array(CHANNELS)[row].tolist()) for row in hidden}
    assert {"RMED"} in sets and {"DRHO"} in sets and {"RDEP", "RMED", "RSHA"} in sets
    assert {"RDEP"} not in sets and len(sets) == len(CHANNELS)


def test_the_seed_scheme_chooses_among_logs_that_are_there() -> None:
    valid = np.zeros((500, 11, 4), bool)
    valid[:, ROW["DTC"], 1] = valid[:, ROW["RSHA"], 2] = True
    hidden = hide_one_log(valid, 1.0, rng()).any(axis=2)
    assert hidden.any(axis=1).all()
    assert 0.4 < hidden[:, ROW["DTC"]].mean() < 0.6 and hidden.sum() == 500
    targets = hide_one_log(valid, 1.0, rng(), targets_alone=True).any(axis=2)
    assert targets[:, ROW["DTC"]].all() and targets.sum() == 500


def test_spans_take_about_half_and_leave_what_was_hidden_hidden() -> None:
    valid = rng().random((16, 11, 1)) < np.full((16, 11, 512), 0.8)
    before = hide_one_log(valid, 1.0, rng()) & valid
    hidden = before.copy()
    hide_spans(hidden, valid, rng())
    assert not (before & ~hidden).any() and not (hidden & ~valid).any()
    taken = (hidden & ~before).sum() / (valid & ~before).sum()
    assert 0.4 < taken < 0.6
    apart = np.diff(hidden, axis=2).any(axis=2)[valid.all(axis=2) & ~before.any(axis=2)]
    assert apart.mean() > 0.8


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_p_zero_is_taken_at_its_word(wells: list[LogSet], probability: float) -> None:
    hidden = WindowSource(wells, WindowSettings(p_zero=probability)).batch(40, rng()).hidden
    assert (hidden.any(axis=(1, 2)) == bool(probability)).all()


@pytest.mark.parametrize("scheme", ["seed", "corpus"])
def test_siblings_of_a_hidden_target_are_hidden_with_it(wells: list[LogSet], scheme: str) -> None:
    source, random = WindowSource(wells, WindowSettings(scheme=scheme, window=512)), rng()
    for _ in range(10):
        batch = source.batch(32, random)
        for target in TARGETS:
            for sibling in set(hidden_with(target)) & set(CHANNELS):
                leaks = batch.hidden[:, ROW[target]] & batch.valid[:, ROW[sibling]]
                assert not (leaks & ~batch.hidden[:, ROW[sibling]]).any(), (target, sibling)


def test_a_whole_curve_is_hidden_whole() -> None:
    for seed in range(50):
        hidden = hide(np.ones((11, 300), bool), only(whole=1.0), seed)
        names = {CHANNELS[row] for row in np.flatnonzero(hidden.any(axis=1))}
        assert np.array_equal(hidden.any(axis=1), hidden.all(axis=1))
        assert any(names == set(hidden_with(target)) & set(CHANNELS) for target in TARGETS)


def test_gaps_are_of_2_to_600_m_and_of_one_target() -> None:
    lengths = []
    for seed in range(300):
        hidden = hide(np.ones((11, 2048), bool), only(gap=1.0), seed)
        partial = hidden.any(axis=1) & ~hidden.all(axis=1)
        targets = [name for name in TARGETS if partial[ROW[name]]]
        assert len(targets) == 1
        for name in targets:
            runs = [base - top for top, base in runs_of(hidden[ROW[name]]) if top and base < 2048]
            lengths += [run * STEP_M for run in runs]
    assert 1.9 <= min(lengths) and max(lengths) <= 600
    below, above = np.mean(np.array(lengths) < 10), np.mean(np.array(lengths) > 50)
    assert below > 0.2 and above > 0.2


def test_a_blackout_hides_every_curve_and_leaves_rows_to_see() -> None:
    for seed in range(200):
        hidden = hide(np.ones((11, 2048), bool), only(blackout=1.0), seed)
        assert hidden.any()
        assert np.array_equal(hidden.any(axis=0), hidden.all(axis=0))
        assert hidden[0].mean() <= 0.61


def test_something_measured_is_hidden_and_something_stays(odd_wells: list[LogSet]) -> None:
    source = WindowSource(odd_wells, WindowSettings(scheme="corpus", shares=Shares(0.2, 0.4, 0.2)))
    random = rng()
    for _ in range(10):
        batch = source.batch(16, random)
        touched = batch.hidden.any(axis=(1, 2))
        assert touched.any()
        assert (batch.valid & ~batch.hidden).any(axis=(1, 2)).all()


def test_the_gaps_of_a_corpus_are_measured_with_the_curves_missing_together() -> None:
    gaps = measure_gaps(
        [
            well({"RHOB": (500, 700), "NPHI": (510, 700), "GR": (900, 903)}, lacking=("DTS",)),
            well({"DTC": (0, 400)}),
        ]
    )
    found = {
        (round(length, 1), frozenset(np.array(CHANNELS)[row].tolist()))
        for row, length in zip(gaps.sets, gaps.lengths_m, strict=True)
    }
    assert found == {
        (30.5, frozenset({"RHOB", "NPHI"})),
        (29.0, frozenset({"RHOB", "NPHI"})),
        (np.inf, frozenset({"DTS"})),
        (61.0, frozenset({"DTC"})),
    }
    assert gaps.weights.sum() == pytest.approx(1.0)
    assert gaps.weights[gaps.sets[:, ROW["DTC"]]].sum() == pytest.approx(0.5)


def test_a_blackout_in_the_corpus_is_a_gap_of_every_curve() -> None:
    gaps = measure_gaps([well(dict.fromkeys(CHANNELS, (300, 400)), lacking=("DTS", "PEF"))])
    assert [row.all() for row in gaps.sets] == [True, False]


def test_patterns_come_from_the_wells_at_hand_and_no_others() -> None:
    gaps = measure_gaps([well({"NPHI": (500, 600), "CALI": (500, 600)})])
    valid = np.ones((11, 2048), bool)
    for seed in range(60):
        hidden = hide(valid, only(pattern=1.0), seed, gaps)
        assert set(np.flatnonzero(hidden.any(axis=1))) == {ROW["NPHI"], ROW["CALI"]}
        runs = [base - top for top, base in runs_of(hidden[ROW["NPHI"]]) if top and base < 2048]
        assert all(100 <= run <= 400 for run in runs)  # up to four may touch
        assert runs.count(100) >= len(runs) - 2


def test_patterns_of_real_wells_can_be_given_to_synthetic_ones() -> None:
    gaps = measure_gaps([well({}, lacking=("PEF", "DTS"))])
    settings = WindowSettings(scheme="corpus", shares=only(pattern=1.0), window=256)
    batch = WindowSource([well({})], settings, gaps=gaps).batch(8, rng())
    hidden = {CHANNELS[row] for row in np.flatnonzero(batch.hidden.any(axis=(0, 2)))}
    assert hidden == {"PEF", "DTS"}


def test_a_corpus_without_gaps_hides_no_pattern() -> None:
    assert len(measure_gaps([well({})]).lengths_m) == 0
    assert not hide(np.ones((11, 100), bool), only(pattern=1.0), 0).any()


def test_shares_beyond_one_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to at most 1"):
        Shares(whole=0.9, gap=0.9)
    with pytest.raises(ValueError, match="must be >= 0"):
        Shares(whole=-0.1)


def test_several_tasks_hide_more_and_still_leave_something_in_sight(wells: list[LogSet]) -> None:
    shares = {}
    for tasks in (1, 4):
        settings = WindowSettings(scheme="corpus", tasks=tasks, distortions=None)
        batch = WindowSource(wells, settings).batch(60, rng())
        assert (batch.valid & ~batch.hidden).any(axis=(1, 2)).all()
        shares[tasks] = batch.hidden.sum() / batch.valid.sum()
    assert shares[4] > 1.4 * shares[1]


def test_no_task_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        WindowSettings(tasks=0)
