"""A stroke of the brush on a view of a million pixels: CPU until the preview is there.

    python benchmarks/segment_speed.py [--side N]

Beside it, in the same run, what the libraries need for the plain call alone: scikit-image's
threshold and comparison, scikit-learn's k-means on as many pixels and its prediction, its forest
grown on as many painted pixels and its prediction of as many squares. Medians of ``RUNS``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from welllog.cores.clusters import SAMPLE
from welllog.cores.pixel_features import colour_of
from welllog.cores.previews import DEPTH, TREES, Preview
from welllog.cores.segmenters import UNLABELLED, make_segmenter

RUNS = 9


def cpu(call: Callable[[], Any]) -> float:
    """Return the median CPU seconds of a call."""
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        call()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    from skimage.filters import threshold_otsu
    from sklearn.cluster import KMeans
    from sklearn.ensemble import ExtraTreesClassifier

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--side", type=int, default=1000, help="rows and columns of the view")
    side = parser.parse_args().side
    random = np.random.default_rng(0)
    row, column = np.indices((side, side))
    truth = ((row // 61 + column // 47) % 3).astype(np.int16)
    colours = np.array([[40, 40, 60], [150, 90, 60], [220, 220, 210]], np.float32)
    noise = random.normal(0, 25, (side, side, 3))
    picture = (colours[truth] + noise).clip(0, 255).astype(np.uint8)
    painted = np.full_like(truth, UNLABELLED)
    for at in range(side // 20, side, side // 10):
        painted[at : at + 3] = truth[at : at + 3]

    grey = picture.mean(axis=2, dtype=np.float32)
    lab = colour_of(picture).reshape(-1, 3)
    chosen = random.permutation(len(lab))[:SAMPLE]
    forest: Any = make_segmenter("pixels")
    preview = Preview(forest, picture)
    shown: Any = preview._forest
    squares, names = shown.draw_squares(preview._kept, painted)
    flat = preview._kept.reshape(-1, preview._kept.shape[2])

    def plain_forest() -> None:
        plain = ExtraTreesClassifier(
            TREES, max_depth=DEPTH, min_samples_leaf=shown.leaf, n_jobs=1, random_state=0
        )
        plain.fit(squares, names).predict(flat)

    plain = {
        "otsu": lambda: grey > threshold_otsu(grey),
        "kmeans": lambda: KMeans(3, n_init=4, random_state=0).fit(lab[chosen]).predict(lab),
        "pixels": plain_forest,
    }
    print("| method | a view, s | a stroke, s | plain call, s | stroke / plain |")
    print("| --- | --- | --- | --- | --- |")
    for method, call in plain.items():
        segmenter = make_segmenter(method)
        view = Preview(segmenter, picture)
        first = cpu(lambda made=segmenter: Preview(made, picture))
        stroke = cpu(lambda seen=view: seen.tell(painted))
        known = cpu(call)
        print(f"| {method} | {first:.2f} | {stroke:.2f} | {known:.2f} | {stroke / known:.2f} |")


if __name__ == "__main__":
    main()
