"""The founding system's four generators, and each of its pieces changed, one at a time.

    python benchmarks/make_fold_scenarios.py     # once; see there
    python benchmarks/ablations.py run [--variants NAME ...] [--seeds N ...] [--iterations N]
    python benchmarks/ablations.py keep
    python benchmarks/ablations.py table > ablations.md
    python benchmarks/ablations.py figure [--curve DTC] [--well NAME] [--gap-m 100]

Every variant has the same budget, the training wells and the folds of the leader board (seed s
learns from all wells but those of fold s), and is scored on its scenarios of blind wells and of
gaps of 20 and 100 m. The budget is a CPU's: 600 iterations of 8 windows, width 16, three seeds.
The same at full size, on a GPU, is one command with

    --folder FOLDER --seeds 0 1 2 3 4 --iterations 20000 --batch 16 --width 64 --rate 5e-4

``keep --as-wide`` puts those results beside the others, and ``table`` shows them too.
One JSON per variant and seed in FOLDER/results, all of which ``keep`` puts into
benchmarks/results/ablations.json.xz; what is there is not done again, and a training that was cut
off goes on from its last checkpoint. Several processes may share a folder, each with
its own variants or seeds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import contestants
import numpy as np
from board_tables import (
    Seeds,
    keep_results,
    mean_cell,
    ratio_table,
    read_results,
    results_in,
    table_of,
    texture_cell,
)
from contestants import Experiment
from leader_board import KEPT, Board, budget_there, write_whole
from training_wells import CACHE

from welllog.features import hidden_with, well_as_seen, well_names
from welllog.learning import ExperimentSettings
from welllog.mnemonics import catalogue

FOLDER = CACHE.with_name("ablations")
NARROW, WIDE = (KEPT / f"{name}.json.xz" for name in ("ablations", "ablations_full_width"))
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "architectures.png"
COLUMNS = {"blind": ("blind", 0.0), "gap 20 m": ("gap", 20.0), "gap 100 m": ("gap", 100.0)}
FOUNDING_ERRORS = {
    "resnet50-resnet18": 7_300,
    "resnet18-resnet18": 15_000,
    "resnet50-deconv3": 25_100,
    "unet": 34_000,
}
"""Errors of the founding study, in units it does not give: order and ratios are what counts."""
BASE = "resnet50-resnet18"
"""What the other variants are a change of."""
Change = Callable[[ExperimentSettings], ExperimentSettings]


@dataclass(frozen=True)
class Budget:
    """What a variant may spend; the same for all, and printed above the table.

    That of a network on the leader board, so that the two can be compared.
    """

    iterations: int = contestants.Budget.network_iterations
    """Of the generator's optimiser."""
    batch: int = contestants.Budget.batch
    """Windows of 2048 samples in one of them."""
    width: int = contestants.Budget.width
    """Channels of the first stage; 64 is full size."""
    rate: float = ExperimentSettings.learning_rate
    """Learning rate of the generator."""
    every: int = contestants.Budget.every
    """Take every so many-th training well only, to try things."""


def founding_system(budget: Budget, seed: int) -> ExperimentSettings:
    """Return the founding study's pieces; what it does not say is as the package has it."""
    settings = ExperimentSettings()
    return replace(
        settings,
        network=replace(settings.network, name=BASE, width=budget.width),
        windows=replace(
            settings.windows, scheme="seed", p_zero=0.4, representation="log10", mask_channels=True
        ),
        fill="zero",
        spread=False,
        masked_loss=True,
        amplification=10.0,
        iterations=budget.iterations,
        batch=budget.batch,
        learning_rate=budget.rate,
        seed=seed,
    )


def _with(**values: Any) -> Change:
    return lambda settings: replace(settings, **values)


def _with_windows(**values: Any) -> Change:
    return lambda settings: replace(settings, windows=replace(settings.windows, **values))


def _with_network(**values: Any) -> Change:
    return lambda settings: replace(settings, network=replace(settings.network, **values))


@dataclass(frozen=True)
class Variant:
    """One change of the founding system."""

    piece: str
    what: str
    change: Change


VARIANTS = {
    **{name: Variant("architecture", name, _with_network(name=name)) for name in FOUNDING_ERRORS},
    "no-gan": Variant("GAN", "off", _with(adversarial_weight=0.0)),
    "crps": Variant("loss", "crps in place of l1", _with(loss="crps")),
    "k-1": Variant("K", "1 in place of 10", _with(amplification=1.0)),
    "p-0.2": Variant("p_Z", "0.2 in place of 0.4", _with_windows(p_zero=0.2)),
    "p-0.8": Variant("p_Z", "0.8 in place of 0.4", _with_windows(p_zero=0.8)),
    "unmasked": Variant("masked loss", "off: nulls count as zeros", _with(masked_loss=False)),
    "undistorted": Variant("distortions", "off", _with_windows(distortions=None)),
    "raw": Variant("representation", "raw", _with_windows(representation="raw")),
    "spectral": Variant("representation", "spectral", _with_windows(representation="spectral")),
    "no-marks": Variant("mask channels", "off", _with_windows(mask_channels=False)),
    **{
        name: Variant("activation", f"{name} in place of relu", _with_network(activation=name))
        for name in ("leaky-relu", "prelu", "elu")
    },
    "linear": Variant("fill", "linear in place of zero", _with(fill="linear")),
}
"""``BASE`` first: its values are K 10, p_Z 0.4, all the rest on, log10 and zero."""


def main() -> None:
    """Do one stage."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("stage", choices=("run", "keep", "table", "figure"))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="N")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"default: {FOLDER}")
    parser.add_argument("--folds", type=Path, default=CACHE, help=f"default: {CACHE}")
    for name, value in asdict(Budget()).items():
        parser.add_argument(f"--{name}", type=type(value), metavar="N", help=f"default: {value}")
    parser.add_argument("--as-wide", action="store_true", help="keep: as those of full width")
    parser.add_argument("--well", default="16/2-16", help="figure: a development well")
    parser.add_argument("--curve", default="DTC", help="figure: what is restored")
    parser.add_argument("--gap-m", type=float, default=100.0, help="figure: length of the gap")
    parser.add_argument("-o", "--output", type=Path, default=PICTURE, help="figure: the picture")
    args = parser.parse_args()
    asked = {name: getattr(args, name) for name in asdict(Budget()) if getattr(args, name)}
    budget = Budget(**{**budget_there(args.folder), **asked})
    ablations = Ablations(args.folder, budget)
    if args.stage == "keep":
        write_whole(WIDE if args.as_wide else NARROW, keep_results(args.folder))
    elif args.stage == "table":
        print(write_table(args.folder if ablations.results.is_dir() else NARROW))
        print(write_wide_table(WIDE))
    elif args.stage == "figure":
        draw_figure(ablations, args.seeds[0], args.well, args.curve, args.gap_m, args.output)
    else:
        ablations.claim()
        take_scenarios(args.folds, args.folder)
        for seed in args.seeds:
            for name in args.variants:
                ablations.score(name, seed, "fold")


class Ablations(Board):
    """A leader board of variants. Their bands are not in question, and not calibrated."""

    def learner(self, name: str) -> Callable[[Experiment], Any]:
        """Return what trains a variant."""
        return partial(train_variant, name)

    def fitted(self, name: str, seed: int) -> Any:
        """Return a variant's restorer, from the folder where it is there."""
        return self.learnt(name, seed)


def train_variant(name: str, experiment: Experiment) -> Any:
    """Train a variant, going on from its last checkpoint."""
    from welllog.learning.experiment import train_network

    settings = VARIANTS[name].change(founding_system(experiment.budget, experiment.seed))
    folder = experiment.folder and experiment.folder / f"{name}-{experiment.seed}"
    return train_network(
        experiment.logs, settings, folder=folder, resume=True, weights=experiment.weights
    )


def take_scenarios(source: Path, folder: Path) -> None:
    """Copy the folds, and of their scenarios those that variants are scored on."""
    if not (source / "folds.json").exists():
        raise SystemExit(f"{source} holds no folds: run benchmarks/make_fold_scenarios.py")
    write_whole(folder / "folds.json", (source / "folds.json").read_bytes())
    for path in sorted(source.glob("scenarios_fold*.json")):
        content = json.loads(path.read_text())
        content["scenarios"] = [
            case
            for case in content["scenarios"]
            if (case["task"], float(case["length_m"])) in COLUMNS.values()
        ]
        write_whole(folder / path.name, json.dumps(content).encode())


def write_table(source: Path) -> str:
    """Return all tables as markdown, of a folder of ablations or of what was kept of one."""
    read = read_results(source)["fold"]
    models = {name: read[name] for name in VARIANTS if name in read}
    if not models:
        return f"No results in {source} yet."
    budget = Budget(**results_in(source)["results"][0]["budget"])
    columns = list(COLUMNS.items())
    generators = {n: models[n] for n in FOUNDING_ERRORS if n in models}
    lines = [
        "# Ablations of the founding system",
        "",
        "Made by `python benchmarks/ablations.py table`; see [evaluation.md](evaluation.md).",
        "",
        f"Budget of every variant: {budget.iterations} iterations of {budget.batch} windows, "
        f"width {budget.width}"
        + (f", every {budget.every}th training well" if budget.every > 1 else "")
        + "; at full size the width is 64.",
        "",
        "## Architectures",
        "",
        "Mean nRMSE over six curves; mean and standard deviation over the seeds.",
        "",
        *table_of(generators, mean_cell, columns),
        *ranking_table(generators),
        "## Pieces",
        "",
        *(f"- {name}: {v.piece} {v.what}" for name, v in VARIANTS.items() if name in models),
        "",
        f"The others but the architectures are {BASE} with that one change. Mean nRMSE:",
        "",
        *table_of(models, mean_cell, columns),
        *(ratio_table(models, "nrmse", BASE, columns) if BASE in models else ()),
        "Texture: variance of the fill over that of the truth / log10 of the ratio of power at "
        "wavelengths of 1-3 m, 3-10 m and over 10 m. A log has 1 and 0.",
        "",
        *table_of(models, texture_cell, columns),
    ]
    return "\n".join(lines)


def write_wide_table(source: Path) -> str:
    """Return what came out at full width, as markdown; nothing where nothing was kept."""
    models = {n: of for n, of in read_results(source)["fold"].items() if n in VARIANTS}
    if not models:
        return ""
    budget = Budget(**results_in(source)["results"][0]["budget"])
    columns = list(COLUMNS.items())
    lines = [
        "## At full width",
        "",
        f"{budget.iterations} iterations of {budget.batch} windows, width {budget.width}, rate "
        f"{budget.rate:g}, on one GPU; the same wells, folds and scenarios.",
        "",
        *table_of(models, mean_cell, columns),
        *(ratio_table(models, "nrmse", BASE, columns) if BASE in models else ()),
        *ranking_table({n: models[n] for n in FOUNDING_ERRORS if n in models}),
    ]
    return "\n".join(lines)


def ranking_table(generators: Mapping[str, Seeds]) -> list[str]:
    """Return whether the founding study's order and ratios of architectures come out again."""
    if set(generators) != set(FOUNDING_ERRORS):
        return ["The order of the architectures wants results of all four.", ""]
    theirs = np.array(list(FOUNDING_ERRORS.values()), float)
    seeds = sorted(set.intersection(*(set(generators[name]) for name in FOUNDING_ERRORS)))
    generators = {n: {s: of[s] for s in seeds} for n, of in generators.items()}
    rows = [f"| founding study | {_ratios(theirs)} | | |"]
    for heading, column in COLUMNS.items():
        ours = np.array([_mean(generators[name], column) for name in FOUNDING_ERRORS])
        each = [
            rank_correlation(
                theirs,
                np.array([_mean({s: generators[n][s]}, column) for n in FOUNDING_ERRORS]),
            )
            for s in seeds
        ]
        rows.append(
            f"| {heading} | {_ratios(ours)} | {rank_correlation(theirs, ours):+.2f} | "
            f"{', '.join(f'{value:+.2f}' for value in each)} |"
        )
    return [
        "Ratio of error to that of the first, and Spearman's rank correlation with the founding "
        "study's errors, of the mean and of each seed. Four in the same order by chance: 1 in 24. "
        "(In brackets the ratio of squared errors: its units are not known.)",
        "",
        f"| | {' | '.join(FOUNDING_ERRORS)} | rank correlation | by seed |",
        f"|{'---|' * 7}",
        *rows,
        "",
    ]


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation."""
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)


def _mean(seeds: Seeds, column: tuple[str, float]) -> float:
    return float(np.mean([evaluation.mean_nrmse(*column) for evaluation in seeds.values()]))


def _ratios(errors: np.ndarray) -> str:
    ratios = errors / errors[0]
    return " | ".join(f"{ratio:.2f} ({ratio**2:.2f})" for ratio in ratios)


def draw_figure(
    ablations: Ablations, seed: int, well: str, curve: str, gap_m: float, output: Path
) -> None:
    """Draw what each architecture makes of a gap and of a whole curve that it is not shown."""
    from matplotlib.figure import Figure

    names = [n for n in FOUNDING_ERRORS if (ablations.results / f"{n}-{seed}.json").exists()]
    if not names:
        raise SystemExit(f"{ablations.results} holds no architecture of seed {seed}: run first")
    found = [one for one in ablations.dev[1] if well in well_names(one.name)]
    if not found:
        have = ", ".join(one.name for one in ablations.dev[1])
        raise SystemExit(f"no development well {well}; they are {have}")
    logs = well_as_seen(found[0])
    truth, depth = logs.curves[curve], logs.depth
    gap = choose_gap(truth, round(gap_m / logs.step))
    margin = (gap.stop - gap.start) // 2
    shown = slice(max(0, gap.start - margin), gap.stop + margin)
    everywhere = np.ones(len(depth), bool)
    inside = np.zeros(len(depth), bool)
    inside[gap] = True
    figure = Figure(figsize=(2.0 * 2 * len(names) + 1.0, 8.0), layout="constrained")
    figure.suptitle(
        f"{curve} of {logs.well}: truth black, restored in colour. {ablations.budget.iterations} "
        f"iterations, width {ablations.budget.width}, seed {seed}"
    )
    axes = figure.subplots(1, 2 * len(names), sharey=True, sharex=True, squeeze=False)[0]
    low, high = np.nanpercentile(truth[shown], [0.5, 99.5])
    tasks = (("gap", inside, "tab:red"), ("whole curve", everywhere, "tab:blue"))
    for number, (task, rows, colour) in enumerate(tasks):
        hidden = logs.hide(rows, hidden_with(curve))
        for place, name in enumerate(names):
            restored = np.full(len(depth), np.nan)
            restored[rows] = ablations.fitted(name, seed).predict(hidden, curve, rows).mean
            axis = axes[number * len(names) + place]
            if task == "gap":
                axis.axhspan(depth[gap.start], depth[gap.stop - 1], color="0.92")
            axis.plot(truth[shown], depth[shown], color="black", linewidth=0.9, zorder=3)
            axis.plot(restored[shown], depth[shown], color=colour, linewidth=0.9)
            error = float(np.sqrt(np.nanmean((restored - truth)[rows & _within(shown, rows)] ** 2)))
            axis.set_title(f"{name}\n{task}\nRMSE here {error:.3g}", fontsize=9)
            axis.grid(color="0.9", linewidth=0.5)
    reach = 0.25 * (high - low)
    axes[0].set_xlim(low - reach, high + reach)
    axes[0].set_ylim(depth[min(shown.stop, len(depth)) - 1], depth[shown.start])
    axes[0].set_ylabel("depth, m")
    kind = catalogue().kinds[curve]
    figure.supxlabel(f"{curve}, {'log10 ' * kind.log10}{kind.unit}")
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=110)
    print(output)


def choose_gap(truth: np.ndarray, size: int) -> slice:
    """Choose the interval of so many samples, all measured around, where a curve varies most."""
    margin = size // 2
    known = np.isfinite(truth)
    best, most = None, -1.0
    for top in range(margin, len(truth) - size - margin, max(1, size // 4)):
        if known[top - margin : top + size + margin].mean() > 0.98:
            varies = float(np.nanstd(truth[top : top + size]))
            if varies > most:
                best, most = slice(top, top + size), varies
    if best is None:
        raise SystemExit(f"no interval of {size} samples is measured; use a smaller --gap-m")
    return best


def _within(shown: slice, rows: np.ndarray) -> np.ndarray:
    part = np.zeros(len(rows), bool)
    part[shown] = True
    return part


if __name__ == "__main__":
    main()
