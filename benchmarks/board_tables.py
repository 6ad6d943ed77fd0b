"""The leader board's results as markdown."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from welllog.checkpoint import DEFAULT
from welllog.comparison import compare, pool
from welllog.evaluation import POOLED, Evaluation
from welllog.scores import bootstrap, central_interval

__all__ = [
    "COLUMNS",
    "keep_results",
    "kept_files",
    "leaky_table",
    "mean_cell",
    "ratio_table",
    "read_results",
    "table_of",
    "texture_cell",
    "write_tables",
]

COLUMNS = [
    *(("gap", length) for length in (5.0, 20.0, 100.0, 300.0)),
    *(("blackout", length) for length in (5.0, 20.0, 100.0, 300.0)),
    ("blind", 0.0),
]
HEADINGS = "gap 5 m|20|100|300|blackout 5|20|100|300|blind".split("|")
HEADED = list(zip(HEADINGS, COLUMNS, strict=True))
CONFORMAL = "lightgbm"
"""What bands are held against: in gaps and blind wells its band is one conformal width a length."""
SETS = {
    "fold": "Folds of the training wells, by place",
    "dev": "Development wells",
}

Seeds = dict[int, Evaluation]
Column = tuple[str, float]
"""Task and length (m)."""


def results_in(source: Path) -> dict[str, list[Any]]:
    """Return ``results`` and ``leaky`` scores of a board's folder, or of what was kept of it.

    To six digits either way: intervals of two models are paired by the sum of what was hidden, and
    a folder may hold what was unpacked beside what was scored there.
    """
    if source.is_dir() or not source.exists():
        return {
            kind: [
                _six_digits(json.loads(path.read_text()))
                for path in sorted((source / kind).glob("*.json"))
            ]
            for kind in ("results", "leaky")
        }
    kept: dict[str, list[Any]] = json.loads(lzma.decompress(source.read_bytes()))
    return kept


def keep_results(folder: Path) -> bytes:
    """Return the scores of a board's folder as the content of one small file: to six digits."""
    return lzma.compress(json.dumps(results_in(folder)).encode(), preset=9)


def _six_digits(value: Any) -> Any:
    """Round to six digits, and leave out what the sums give again."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [_six_digits(item) for item in value]
    if isinstance(value, dict):
        return {key: _six_digits(item) for key, item in value.items() if key != "groups"}
    return value


def kept_files(source: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield the folder, name and content of every file that ``keep_results`` was made of."""
    for kind, scores in results_in(source).items():
        for seed, score in enumerate(scores):
            name = f"{score['model']}-{score['seed']}" if kind == "results" else str(seed)
            yield kind, f"{name}.json", json.dumps(score).encode()


def read_results(
    source: Path, chosen: Collection[int] | None = None
) -> dict[str, dict[str, Seeds]]:
    """Return evaluations by set, model and seed; models in the order of the board.

    ``source`` is a board's folder, or what was kept of one; ``chosen`` are the seeds, all by
    default.
    """
    from contestants import CONTESTANTS

    read: dict[str, dict[str, Seeds]] = {which: {} for which in SETS}
    for result in results_in(source)["results"]:
        if chosen is not None and result["seed"] not in chosen:
            continue
        for which in SETS:
            if which in result:
                seeds = read[which].setdefault(result["model"], {})
                seeds[result["seed"]] = Evaluation.from_dict(result[which])
    order = list(CONTESTANTS)
    return {
        which: dict(
            sorted(models.items(), key=lambda m: order.index(m[0]) if m[0] in order else 999)
        )
        for which, models in read.items()
    }


def write_tables(
    source: Path, against: str | None = None, chosen: Collection[int] | None = None
) -> str:
    """Return every table of a board.

    Parameters
    ----------
    source : Path
        Its folder, or what was kept of it.
    against : str, optional
        The model that ratios are to; by default the best rival of each column.
    chosen : collection of int, optional
        Seeds to show; all by default.
    """
    read = read_results(source, chosen)
    budgets = {json.dumps(result["budget"]) for result in results_in(source)["results"]}
    lines = [
        "# Leader board",
        "",
        "Made by `python benchmarks/leader_board.py table` from what was kept of its runs; how "
        "models are judged, and what the rivals are, is in [evaluation.md](evaluation.md).",
        "",
        f"Budget of every model: {', '.join(sorted(budgets))}.",
        "",
        "A seed goes with a fold: compare means only between models of the same seeds. Ratios are "
        "over the seeds that two models share.",
        "",
    ]
    for which, models in read.items():
        if not models:
            continue
        wells = {s.well for seeds in models.values() for e in seeds.values() for s in e.scores}
        lines += [f"## {SETS[which]} ({len(wells)} wells)", ""]
        lines += ["Mean nRMSE over six curves; mean and standard deviation over the seeds.", ""]
        lines += table_of(models, mean_cell)
        lines += ["90 % interval of the mean, resampling wells, seeds pooled.", ""]
        lines += table_of(models, _interval_cell)
        for measure in ("nrmse", "crps", *(("width",) if against else ())):
            lines += ratio_table(models, measure, against)
        lines += ["Bands: coverage of the 90 % band / its width in sigma / CRPS in sigma.", ""]
        lines += table_of(models, _bands_cell)
        lines += extremes_table(models)
        if DEFAULT in models:
            lines += coverage_table(DEFAULT, models[DEFAULT])
        if against != CONFORMAL:
            for measure in ("width", "crps"):
                lines += ratio_table(models, measure, CONFORMAL)
        lines += [
            "Texture: variance of the fill over that of the truth / log10 of the ratio of power at "
            "wavelengths of 1-3 m, 3-10 m and over 10 m. A log has 1 and 0.",
            "",
        ]
        lines += table_of(models, texture_cell)
    return "\n".join(lines)


def table_of(
    models: Mapping[str, Seeds],
    cell: Callable[[str, Seeds, Column], str],
    columns: Sequence[tuple[str, Column]] = HEADED,
) -> list[str]:
    """Return a table of one row a model and one column a task and length, with their headings."""
    rows = [
        f"| {name} | {len(seeds)} | {' | '.join(cell(name, seeds, c) for _, c in columns)} |"
        for name, seeds in models.items()
    ]
    heading = f"| model | seeds | {' | '.join(heading for heading, _ in columns)} |"
    return [heading, f"|{'---|' * (len(columns) + 2)}", *rows, ""]


def mean_cell(_: str, seeds: Seeds, column: Column) -> str:
    """Return the mean over the seeds of the mean nRMSE, and its deviation."""
    values = [e.mean_nrmse(*column) for e in seeds.values() if column in e.groups()]
    if not values:
        return "–"
    spread = f" ± {_short(np.std(values, ddof=1))}" if len(values) > 1 else ""
    return _short(np.mean(values)) + spread


def _interval_cell(_: str, seeds: Seeds, column: tuple[str, float]) -> str:
    together = pool(list(seeds.values()))
    if column not in together.groups():
        return "–"
    return "–".join(_short(end) for end in together.interval(*column))


def _bands_cell(_: str, seeds: Seeds, column: tuple[str, float]) -> str:
    together = pool(list(seeds.values()))
    if column not in together.groups():
        return "–"
    coverage, width, score = (together.mean(*column, m) for m in ("coverage", "width", "crps"))
    return f"{coverage:.2f} / {width:.2f} / {_short(score)}"


def texture_cell(_: str, seeds: Seeds, column: Column) -> str:
    """Return the variance ratio and the three spectra."""
    together = pool(list(seeds.values()))
    if column not in together.groups():
        return "–"
    bands = [together.mean(*column, f"spectrum_{band}_m") for band in ("1_3", "3_10", "over_10")]
    spectrum = ", ".join("–" if np.isnan(value) else f"{value:.1f}" for value in bands)
    return f"{together.mean(*column, 'variance_ratio'):.2f} / {spectrum}"


def ratio_table(
    models: Mapping[str, Seeds],
    measure: str,
    against: str | None,
    columns: Sequence[tuple[str, Column]] = HEADED,
) -> list[str]:
    """Return ratios to a model, or to each column's best rival, as a table."""
    references = {column: against or best_rival(models, column, measure) for _, column in columns}

    def cell(name: str, seeds: Seeds, column: tuple[str, float]) -> str:
        reference = references[column]
        if reference is None or reference not in models or name == reference:
            return "–"
        shared = sorted(set(seeds) & set(models[reference]))
        try:
            result = compare(
                pool([seeds[seed] for seed in shared]),
                pool([models[reference][seed] for seed in shared]),
                *column,
                measure,
            )
        except (ValueError, IndexError):
            return "–"
        p = f"p {_short(result.p)}" if result.p >= 0.001 else "p < .001"
        return f"{result.ratio:.2f} ({result.low:.2f}–{result.high:.2f}), {p}"

    named = ", ".join(
        f"{heading}: {references[column]}" for heading, column in columns if references[column]
    )
    what = f"to {against}" if against else f"to the best rival of the column ({named})"
    return [
        f"Ratio of {measure} {what}, 90 % interval resampling wells, and p of Wilcoxon's paired "
        "test on the wells.",
        "",
        *table_of(models, cell, columns),
    ]


def best_rival(models: Mapping[str, Seeds], column: tuple[str, float], measure: str) -> str | None:
    """Return the rival with the least mean of a measure in a column; None where none has it.

    Of those with the most seeds: other seeds are other folds, and easier or harder.
    """
    from contestants import CONTESTANTS

    def value(name: str) -> float:
        values = [e.mean(*column, measure) for e in models[name].values() if column in e.groups()]
        return float(np.mean(values)) if values else np.inf

    rivals = [n for n in models if n in CONTESTANTS and CONTESTANTS[n].rival]
    most = max((len(models[n]) for n in rivals), default=0)
    rivals = [n for n in rivals if len(models[n]) == most]
    best = min(rivals, key=value, default=None)
    return best if best is not None and np.isfinite(value(best)) else None


def extremes_table(models: Mapping[str, Seeds]) -> list[str]:
    """Return the least and most coverage over curves and gap lengths, and of blind wells."""
    lines = [
        "Coverage, least and most over curves and lengths of gaps; of blind curves pooled; of the "
        "worst blind well.",
        "",
        "| model | gaps, least | gaps, most | blind | worst blind well |",
        "|---|---|---|---|---|",
    ]
    for name, seeds in models.items():
        together = pool(list(seeds.values()))
        found = sorted(_coverages(together))
        blind = together.well_scores("blind", 0.0, "coverage")
        worst = min(blind, key=lambda well: blind[well], default=None)
        cells = [f"{found[end][0]:.2f} ({found[end][1]})" for end in (0, -1)] if found else "––"
        lines.append(
            f"| {name} | {cells[0]} | {cells[1]} | "
            + (f"{together.mean('blind', 0.0, 'coverage'):.2f} | " if blind else "– | ")
            + (f"{blind[worst]:.2f} ({worst}) |" if worst else "– |")
        )
    return [*lines, ""]


def coverage_table(name: str, seeds: Seeds) -> list[str]:
    """Return the coverage of every curve, with its interval: few wells say little of a quantile."""
    together = pool(list(seeds.values()))
    rows = []
    for curve in POOLED:
        row = []
        for column in COLUMNS:
            parts = [score for score in together.of(*column) if score.curve == curve]
            if len({score.well for score in parts}) < 2:
                row.append("–")
                continue
            share = together.curve_scores(*column, curve)["coverage"]
            draws = bootstrap(parts, together.sigma, [curve], "coverage", seed=together.seed)
            low, high = (_short(end, 2) for end in central_interval(draws))
            row.append(f"{_short(share, 2)} ({low}–{high})")
        rows.append(f"| {curve} | {' | '.join(row)} |")
    return [
        f"Coverage of {name} by curve, and its 90 % interval, resampling wells.",
        "",
        f"| curve | {' | '.join(HEADINGS)} |",
        f"|{'---|' * (len(COLUMNS) + 1)}",
        *rows,
        "",
    ]


def _coverages(evaluation: Evaluation) -> Iterator[tuple[float, str]]:
    for task, length in evaluation.groups():
        for curve in POOLED:
            parts = [s for s in evaluation.of(task, length) if s.curve == curve]
            if task == "gap" and parts:
                share = sum(s.inside for s in parts) / sum(s.samples for s in parts)
                yield share, f"{curve} {length:g} m"


def leaky_table(source: Path, chosen: Collection[int] | None = None) -> str:
    """Return what rows split at random say beside what whole wells of other places say."""
    leaky = results_in(source)["leaky"]
    honest = read_results(source, chosen)["fold"].get("lightgbm")
    if not leaky or not honest:
        return ""
    together = pool(list(honest.values()))
    lines = [
        "## Rows split at random, and whole wells of other places",
        "",
        f"The same trees (lightgbm) on the same wells; {len(leaky)} and {len(honest)} seeds.",
        "",
        "| curve | R2, rows at random | R2, blind wells | nRMSE, rows at random | blind wells |",
        "|---|---|---|---|---|",
    ]
    for curve in POOLED:
        parts = [s for s in together.of("blind", 0.0) if s.curve == curve]
        if parts:
            blind = together.curve_scores("blind", 0.0, curve)
            r2, nrmse = (np.mean([seed[curve][key] for seed in leaky]) for key in ("r2", "nrmse"))
            lines.append(
                f"| {curve} | {r2:.2f} | {blind['r2']:.2f} | {_short(nrmse)} | "
                f"{_short(blind['nrmse'])} |"
            )
    return "\n".join([*lines, ""])


def _short(value: float, digits: int = 3) -> str:
    """Write .305 for 0.305."""
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text
