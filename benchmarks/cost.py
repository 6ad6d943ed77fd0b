"""What restoring a well costs: CPU time against LightGBM's and the bare arithmetic, memory, growth.

    python benchmarks/cost.py [--model FILE ...] [--width N] [--samples N] [--repeats N]

A synthetic well of 15,000 samples and 12 curves has ten gaps of 20 m, each in the curves of one
tool or in all. Each model fills them all (``welllog.restore``) and synthesises one whole curve
(``welllog.synthesize``); what a user waits for is timed: gaps found, features, prediction, splicing
and new curves, with the model in memory.

*Bare* is the arithmetic alone: the calls of the trees, small networks, kriging systems and network
windows that one run makes are kept with their arguments and made again on these ready arrays.
CPU time of the process on one thread; models take turns, medians of the repeats. Prints markdown.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse  # noqa: E402
import multiprocessing  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from contextlib import ExitStack, contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402
from unittest import mock  # noqa: E402

import numpy as np  # noqa: E402

import welllog  # noqa: E402
import welllog.kriging  # noqa: E402
from welllog.baselines import Boosted  # noqa: E402
from welllog.checkpoint import DEFAULT, load_model, save_model  # noqa: E402
from welllog.corrections import DEEP  # noqa: E402
from welllog.deep_kernel import CurveKernel, ResidualKernel  # noqa: E402
from welllog.features import well_as_seen  # noqa: E402
from welllog.perceptron import Perceptron  # noqa: E402
from welllog.samples import synthetic_well  # noqa: E402
from welllog.well import Well  # noqa: E402

STEP_M = 0.1524
GAP_M = 20.0
SAMPLES_PER_GAP = 1500
TOOLS = (
    ("DTC", "DTS"),
    ("RHOB", "NPHI", "PEF", "DRHO"),
    ("GR",),
    ("RDEP", "RMED", "RSHA"),
    ("GR", "RHOB", "NPHI", "PEF", "DRHO", "DTC", "DTS", "RDEP", "RMED", "RSHA"),
)
"""Curves that are missing together; the gaps take them in turn, the last is a blackout."""
SYNTHESISED = "PEF"
LENGTHS = (5_000, 10_000, 20_000, 40_000)
TASKS: dict[str, Callable[[Well, Any], Any]] = {
    "gaps": lambda well, model: welllog.restore(well, model=model, device="cpu"),
    "curve": lambda well, model: welllog.synthesize(well, SYNTHESISED, model=model, device="cpu"),
}
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--width", type=int, default=16, help="of the network; 64 is full size")
    parser.add_argument("--samples", type=int, default=15_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, metavar="SAMPLES")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        network = make_network("resnet50-resnet18", args.width, Path(folder))
        sources: dict[str, str | Path] = {
            name + " (default)" * (name == DEFAULT): name
            for name in ("lightgbm", "lightgbm-gp", DEEP)
        }
        sources[f"resnet50-resnet18, width {args.width}"] = network
        sources |= {file.name: file for file in args.model}
        models = {label: load_model(source, "cpu") for label, source in sources.items()}
        print(
            f"A well of {args.samples:,} samples and 12 curves, {args.samples // SAMPLES_PER_GAP} "
            f"gaps of {GAP_M:g} m and one whole curve ({SYNTHESISED}); CPU seconds on one thread, "
            f"medians of {args.repeats}.\n"
        )
        print_costs(models, sources, args.samples, args.repeats)
        print_growth(models, sources, args.lengths, args.repeats)


def make_well(samples: int) -> Well:
    """Make a well of 12 curves with gaps in them."""
    whole = synthetic_well(seed=7, top=1000.0, base=1000.0 + (samples - 1) * STEP_M, step=STEP_M)
    random = np.random.default_rng(7)
    curves = {
        name: (whole.values(name).copy(), curve.units) for name, curve in whole.curves.items()
    }
    curves["RSHA"] = curves["RMED"][0] * 10 ** random.normal(0, 0.02, samples), "ohm.m"
    correction = 0.01 * np.gradient(curves["RHOB"][0]) + random.normal(0, 0.005, samples)
    curves["DRHO"] = correction, "g/cm3"
    size = round(GAP_M / STEP_M)
    for number in range(samples // SAMPLES_PER_GAP):
        top = number * SAMPLES_PER_GAP + SAMPLES_PER_GAP // 2
        for name in TOOLS[number % len(TOOLS)]:
            curves[name][0][top : top + size] = np.nan
    well = Well(whole.name, whole.index, whole.index_unit, whole.index_mnemonic)
    for name, (values, unit) in curves.items():
        well.add_curve(name, values, unit=unit)
    return well


def make_network(name: str, width: int, folder: Path) -> Path:
    """Write a model file of a network with random weights."""
    from welllog.corpus import Scaling, WindowSettings
    from welllog.networks import NetworkSettings, build_generator
    from welllog.neural import Neural, Outlook, input_ranges

    windows = WindowSettings()
    logs = well_as_seen(make_well(2000))
    network = NetworkSettings(name=name, width=width, inputs=windows.inputs)
    outlook = Outlook(network, windows, Scaling.fit([logs]))
    neural = Neural(name, build_generator(network), outlook, ranges=input_ranges([logs]))
    return save_model(neural, folder / "network.welllog")


@contextmanager
def kept_calls(model: Any) -> Iterator[list[Call]]:
    """Keep the arithmetic that is done inside, as calls that can be made again."""
    import lightgbm

    calls: list[Call] = []

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        def kept(*args: Any, **named: Any) -> Any:
            calls.append((function, args, named))
            return function(*args, **named)

        return kept

    with ExitStack() as stack:
        for owner, name in (
            (lightgbm.Booster, "predict"),
            (Perceptron, "_answer"),
            (ResidualKernel, "krige"),
            (CurveKernel, "krige"),
            (welllog.kriging, "_krige"),
        ):
            stack.enter_context(mock.patch.object(owner, name, keep(getattr(owner, name))))
        if not isinstance(model, Boosted):
            generator = model.generator
            stack.callback(
                generator.register_forward_pre_hook(
                    lambda _, windows: calls.append((generator, windows, {}))
                ).remove
            )
        yield calls


def repeat_calls(calls: Sequence[Call]) -> None:
    """Make the calls again, with no gradients and linear algebra on one thread."""
    import torch

    with torch.inference_mode(), welllog.kriging.one_blas_thread():
        for function, args, named in calls:
            function(*args, **named)


def cpu_seconds(work: Callable[[], Any]) -> float:
    """Return the CPU time of the process that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def print_costs(
    models: dict[str, Any], sources: dict[str, str | Path], samples: int, repeats: int
) -> None:
    """Time every model, all in turn."""
    import torch

    torch.set_num_threads(1)
    well = make_well(samples)
    calls: dict[tuple[str, str], list[Call]] = {}
    for label, model in models.items():  # the first run, not timed, imports what is needed
        for task, run in TASKS.items():
            with kept_calls(model) as kept:
                run(well, model)
            calls[label, task] = kept
    spent: dict[tuple[str, str], list[float]] = {}
    bare: dict[tuple[str, str], list[float]] = {}
    for _ in range(repeats):
        for label, model in models.items():
            for task, run in TASKS.items():
                key = label, task
                spent.setdefault(key, []).append(cpu_seconds(lambda r=run, m=model: r(well, m)))
                bare.setdefault(key, []).append(cpu_seconds(lambda k=key: repeat_calls(calls[k])))
    trees = {task: float(np.median(bare["lightgbm", task])) for task in TASKS}
    plain = {task: float(np.median(spent["lightgbm", task])) for task in TASKS}
    print(
        "| model | gaps, s | bare, s | over bare | curve, s | bare, s | over bare | together, s "
        "| over bare | x restoring with lightgbm | x LightGBM's predict | peak memory, MB |"
    )
    print(f"|{'---|' * 12}")
    for label in models:
        cells = [label]
        total = total_bare = 0.0
        for task in TASKS:
            here, alone = (float(np.median(times[label, task])) for times in (spent, bare))
            total, total_bare = total + here, total_bare + alone
            cells += [f"{here:.3f}", f"{alone:.3f}", f"{here / alone:.2f}"]
        cells += [
            f"{total:.3f}",
            f"{total / total_bare:.2f}",
            f"{total / sum(plain.values()):.2f}",
            f"{total / sum(trees.values()):.2f}",
            f"{in_child(peak_memory, str(sources[label]), samples):.0f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    print(
        "\nLightGBM's predict: the trees of `lightgbm` on the same rows, features ready. Memory: "
        "peak over that of a process with the well and the model loaded.\n"
    )


def print_growth(
    models: dict[str, Any], sources: dict[str, str | Path], lengths: Sequence[int], repeats: int
) -> None:
    """Time and weigh wells of several lengths, with gaps in proportion."""
    wells = {samples: make_well(samples) for samples in lengths}
    print("CPU seconds (gaps and curve together) and peak memory, MB, by samples; t ~ n^x.\n")
    print(f"| model | {' | '.join(f'{n:,}' for n in lengths)} | exponent | of memory |")
    print(f"|{'---|' * (len(lengths) + 3)}")
    spent: dict[tuple[str, int], list[float]] = {}
    for _ in range(max(1, min(repeats, 3))):
        for label, model in models.items():
            for samples, well in wells.items():
                seconds = sum(
                    cpu_seconds(lambda r=r, w=well, m=model: r(w, m)) for r in TASKS.values()
                )
                spent.setdefault((label, samples), []).append(seconds)
    for label in models:
        times = [float(np.median(spent[label, n])) for n in lengths]
        peaks = [in_child(peak_memory, str(sources[label]), n) for n in lengths]
        cells = [f"{t:.2f} / {p:.0f}" for t, p in zip(times, peaks, strict=True)]
        exponents = [f"{growth(lengths, measured):.2f}" for measured in (times, peaks)]
        print(f"| {label} | {' | '.join(cells)} | {' | '.join(exponents)} |", flush=True)


def growth(sizes: Sequence[int], measured: Sequence[float]) -> float:
    """Fit the exponent of a power law: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(measured), 1)[0])


def in_child(function: Callable[..., float], *arguments: Any) -> float:
    """Call a function in a process of its own that has done nothing before."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def peak_memory(source: str, samples: int) -> float:
    """Return by how much memory (MB) rises while a well is restored; Linux only, else NaN."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    model, well = load_model(source, "cpu"), make_well(samples)
    for run in TASKS.values():  # imports are not the well's
        run(make_well(SAMPLES_PER_GAP), model)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    start = _kilobytes(status, "VmRSS")
    for run in TASKS.values():
        run(well, model)
    return (_kilobytes(status, "VmHWM") - start) / 1024.0


def _kilobytes(status: Path, name: str) -> float:
    line = next(line for line in status.read_text().splitlines() if line.startswith(name))
    return float(line.split()[1])


if __name__ == "__main__":
    main()
