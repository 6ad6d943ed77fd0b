"""Segmenters of thin sections, judged by sample: five folds, a sample never in both halves.

    python benchmarks/segmentation.py run [METHOD ...] [-o RESULTS]
    python benchmarks/segmentation.py scribbles [-o RESULTS]
    python benchmarks/segmentation.py table [RESULTS]

``run`` fits each method to the pictures of four samples (eight pictures) and judges it by those of
the fifth; confusions are added up over the folds. Each fold runs in a process of its own, so that
the peak of memory is that method's. ``scribbles`` paints 1 % and 0.1 % of one picture, as short
strokes, and judges by the rest of it. Results of methods that are not run again are kept.
Data: ``thin_sections`` in WELLLOG_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from welllog.cores.classes import Classes, name_classes
from welllog.cores.judging import SegmentScore, judge, leave_samples_out, sample_of
from welllog.cores.pictures import Pair, pair_files, read_mask, read_picture
from welllog.cores.segmenters import UNLABELLED, Mask, SegmenterError, make_segmenter
from welllog.cores.tiles import segment

DATA = Path(os.environ.get("WELLLOG_DATA", "../shared/data")) / "thin_sections"
RESULTS = Path(__file__).parent / "results" / "segmentation.json"
NAMES = ("background", "feldspar", "lithic", "plagioclase", "quartz")
SHARES = (0.01, 0.001)
STROKE = 40
"""Pixels of a stroke, 3 wide: what one drag of a small brush leaves."""

STROKED = ("otsu", "multi-otsu, 5 bands", "k-means, 12 colours", "pixels", "pixels, not evened out")
"""Contestants that learn from strokes."""
CONTESTANTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "otsu": ("otsu", {}),
    "minimum": ("minimum", {}),
    "multi-otsu, 5 bands": ("multi-otsu", {"bands": 5}),
    "k-means, 5 colours": ("kmeans", {"clusters": 5}),
    "k-means, 12 colours": ("kmeans", {"clusters": 12}),
    "k-means, 12, texture": ("kmeans", {"clusters": 12, "texture": 1.0}),
    "k-means, 12, texture and position": (
        "kmeans",
        {"clusters": 12, "texture": 1.0, "position": 0.2},
    ),
    "pixels": ("pixels", {}),
    "pixels, not evened out": ("pixels", {"evening": 0.0}),
    "pixels, squares of 2": ("pixels", {"squares": 2}),
    "pixels, scales to 48": (
        "pixels",
        {"scales": (1.0, 3.0, 8.0, 20.0, 48.0), "squares": 4, "evening": 0.5},
    ),
    "pixels, classes balanced": ("pixels", {"balanced": True}),
}


BUDGET = {"working_width": 200, "crop": 128, "batch": 4, "iterations": 100}
"""Of every network here, so that all can be run on two processors: pictures at an eighth of their
size, and 400 crops of them."""
FULL = {"working_width": 0, "crop": 512, "batch": 8, "iterations": 20_000}
"""Of every network with ``--full``: whole size, hours on a GPU each."""
PRETRAINED = {"pretraining": "masked", "pretraining_iterations": 100}
"""On the pictures fitted, without their masks."""

NETWORKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "unet-small": ("unet-small", {}),
    "unet-small, pre-trained": ("unet-small", PRETRAINED),
    "unet-resnet50": ("unet-resnet50", {}),
    "unet-resnet50, pre-trained": ("unet-resnet50", PRETRAINED),
    "unet-resnet50, pre-trained, frozen": ("unet-resnet50", {**PRETRAINED, "freeze": True}),
    "hrnet-w18": ("hrnet-w18", {}),
    "hrnet-w32": ("hrnet-w32", {}),
    "unet": ("unet", {}),
    "unet-small, the thesis's rate": (
        "unet-small",
        {"learning_rate": 1e-4, "schedule": "constant", "weight_decay": 0.0},
    ),
}


def contestants(full: bool = False) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return method and settings of everything that can be run, networks within one budget."""
    budget, suffix = (FULL, ", full size") if full else (BUDGET, "")
    networks = {
        f"{name}{suffix}": (method, {**budget, **settings})
        for name, (method, settings) in NETWORKS.items()
    }
    return {**CONTESTANTS, **networks}


def pairs() -> list[Pair]:
    """Return the pictures and masks."""
    return pair_files(DATA / "images", DATA / "masks")


def _score(found: Mask, painted: Mask, classes: Classes) -> SegmentScore:
    return judge(found, painted, classes)


def _run_fold(
    method: str, settings: Mapping[str, Any], fit: Sequence[Pair], test: Sequence[Pair]
) -> dict[str, Any]:
    """Fit and judge one fold; called in a process of its own."""
    classes = name_classes(NAMES)
    pictures = [read_picture(pair.picture) for pair in fit]
    masks = [read_mask(pair.mask, classes) for pair in fit]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    try:
        segmenter = make_segmenter(method, **settings).fit(pictures, masks, classes)
    except SegmenterError as error:
        return {"refused": str(error)}
    fitted = time.process_time() - started
    total, seconds, pixels = None, 0.0, 0
    for pair in test:
        picture, painted = read_picture(pair.picture), read_mask(pair.mask, classes)
        started = time.process_time()
        found = segment(segmenter, picture)
        seconds += time.process_time() - started
        pixels += painted.size
        score = _score(found, painted, classes)
        total = score if total is None else total + score
    assert total is not None
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "test": [pair.picture.stem for pair in test],
        "confusion": total.confusion.tolist(),
        "boundaries": total.boundaries.tolist(),
        "fit_s": fitted,
        "s_per_megapixel": seconds / pixels * 1e6,
        "peak_mb_over_pictures": (after - before) / 1024,
    }


def run(names: Sequence[str], path: Path, full: bool = False) -> None:
    """Judge contestants and keep what came out, fold by fold; folds that are there are not redone.

    A run that was broken off goes on where it was, and one with other settings begins again.
    """
    files = pairs()
    folds = list(leave_samples_out([pair.picture.stem for pair in files]))
    context = multiprocessing.get_context("spawn")
    for name in names:
        method, settings = contestants(full)[name]
        told = _read(path)
        entry = {"method": method, "settings": json.loads(json.dumps(settings)), "folds": []}
        there = told["folds"].get(name, entry)
        if all(there[key] == entry[key] for key in ("method", "settings")):
            entry = there
        scores = entry["folds"]
        for fit, test in folds[len(scores) :]:
            with context.Pool(1) as pool:
                scores.append(
                    pool.apply(
                        _run_fold,
                        (method, settings, [files[k] for k in fit], [files[k] for k in test]),
                    )
                )
            told = _read(path)
            told["folds"][name] = entry
            _write(path, told)
        refused = [fold["refused"] for fold in scores if "refused" in fold]
        print(name, refused[0] if refused else f"mIoU {_pooled(scores).miou:.3f}", flush=True)


def _pooled(folds: Sequence[Mapping[str, Any]]) -> SegmentScore:
    classes = name_classes(NAMES)
    return SegmentScore(
        np.sum([fold["confusion"] for fold in folds], axis=0),
        classes,
        np.sum([fold["boundaries"] for fold in folds], axis=0),
    )


def paint_strokes(painted: Mask, share: float, seed: int = 0) -> Mask:
    """Return a mask in which only short strokes, so many pixels in all, are left.

    Strokes start at random in each class in turn, so that rare classes are painted as well, as a
    person would; each takes the class of every pixel it runs over from the mask.
    """
    random = np.random.default_rng(seed)
    rows, columns = painted.shape
    kept: NDArray[np.bool_] = np.zeros(painted.shape, bool)
    there = [np.flatnonzero(painted == name) for name in np.unique(painted[painted != UNLABELLED])]
    wanted, turn = share * painted.size, 0
    while kept.sum() < wanted:
        start = random.choice(there[turn % len(there)])
        angle, turn = random.uniform(0, 2 * np.pi), turn + 1
        length = min(STROKE, int(wanted - kept.sum()) // 3 + 1)
        along = np.arange(length)
        middle = start // columns + along * np.sin(angle), start % columns + along * np.cos(angle)
        for off in (-1, 0, 1):
            row = np.clip(np.rint(middle[0] + off * np.cos(angle)), 0, rows - 1).astype(int)
            column = np.clip(np.rint(middle[1] - off * np.sin(angle)), 0, columns - 1).astype(int)
            kept[row, column] = True
    return np.where(kept, painted, UNLABELLED).astype(np.int16)


def scribbles(path: Path, samples: int) -> None:
    """Judge methods that saw a few strokes on a picture by the rest of it."""
    told = _read(path)
    classes = name_classes(NAMES)
    told["scribbles"] = {}
    for name in STROKED:
        method, settings = CONTESTANTS[name]
        for share in SHARES:
            total = None
            for pair in pairs()[::2][:samples]:  # one picture of each sample
                picture, painted = read_picture(pair.picture), read_mask(pair.mask, classes)
                strokes = paint_strokes(painted, share)
                segmenter = make_segmenter(method, **settings).fit([picture], [strokes], classes)
                unseen = np.where(strokes == UNLABELLED, painted, UNLABELLED).astype(np.int16)
                score = _score(segment(segmenter, picture), unseen, classes)
                total = score if total is None else total + score
            assert total is not None
            told["scribbles"].setdefault(name, {})[str(share)] = {
                "samples": samples,
                **total.to_dict(),
            }
            _write(path, told)
            print(name, share, f"mIoU {total.miou:.3f}", flush=True)


def table(path: Path) -> str:
    """Return the tables of the page."""
    told = _read(path)
    rows = []
    for name, entry in told["folds"].items():
        refused = [fold["refused"] for fold in entry["folds"] if "refused" in fold]
        if refused:
            rows.append([name, f"refused in {len(refused)} folds", *[""] * (len(NAMES) + 4)])
            continue
        score = _pooled(entry["folds"])
        missing = len({sample_of(pair.picture.stem) for pair in pairs()}) - len(entry["folds"])
        name += f" ({missing} folds missing)" if missing else ""
        speed = np.median([fold["s_per_megapixel"] for fold in entry["folds"]])
        memory = max(fold["peak_mb_over_pictures"] for fold in entry["folds"])
        worst = min(_pooled([fold]).miou for fold in entry["folds"])
        rows.append(
            [
                name,
                f"{score.miou:.3f}",
                f"{worst:.3f}",
                *(f"{iou:.2f}" for iou in score.iou),
                f"{score.accuracy:.3f}",
                f"{speed:.2f}",
                f"{memory:.0f}",
            ]
        )
    head = ["method", "mIoU", "worst fold", *NAMES, "accuracy", "CPU s / Mpx", "peak MB"]
    text = table_of(head, rows)
    if told["scribbles"]:
        strokes = [
            [name, *(f"{entry[str(share)]['miou']:.3f}" for share in SHARES)]
            for name, entry in told["scribbles"].items()
        ]
        text += "\n\n" + table_of(["method", "1 % painted", "0.1 % painted"], strokes)
    return text


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = {"folds": {}, "scribbles": {}}
    if path.exists():
        told.update(json.loads(path.read_text(encoding="utf-8")))
    return told


def _write(path: Path, told: Mapping[str, Any]) -> None:
    part = path.with_name(path.name + ".tmp")
    part.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def main() -> None:
    """Run, or print tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("run", "scribbles", "table"))
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(contestants())} (default: all)")
    parser.add_argument(
        "--samples", type=int, default=5, help="of how many samples scribbles paints a picture (5)"
    )
    parser.add_argument("--full", action="store_true", help="networks at whole size, on a GPU")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS)
    args = parser.parse_args()
    known = contestants(args.full)
    unknown = [name for name in args.methods if name not in known]
    if unknown:
        parser.error(f"no contestant {unknown[0]}; there are {', '.join(known)}")
    if args.what == "run":
        run(args.methods or list(known), args.output, args.full)
    elif args.what == "scribbles":
        scribbles(args.output, args.samples)
    else:
        print(table(args.output))


if __name__ == "__main__":
    main()
