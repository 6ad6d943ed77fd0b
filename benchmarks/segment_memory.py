"""Memory of segmenting one large picture, and how soon it stops when told to.

    python benchmarks/segment_memory.py [METHOD ...] [--rows N] [--columns N] [--compressed]

A picture in an uncompressed TIFF is mapped, segmented into a mask in a file and written as PNG, as
``welllog segment`` does, each method in a process of its own. Printed are CPU seconds, the peak of
memory over that at the start, of which the mapped files are a part that the system may take back,
whether a crop of the answer is that of the crop alone (with what is around it), and the longest
time between two places where work can be stopped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from welllog.cores.classes import name_classes
from welllog.cores.pictures import open_picture, working_mask, write_mask
from welllog.cores.segmenters import make_segmenter
from welllog.cores.tiles import segment

METHODS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "otsu": ("otsu", {}),
    "kmeans": ("kmeans", {}),
    "kmeans, texture and position": ("kmeans", {"texture": 0.5, "position": 0.2}),
    "pixels": ("pixels", {}),
}
CROP = 700


def make_picture(path: Path, rows: int, columns: int) -> None:
    """Write a picture of grains, piece by piece."""
    import tifffile

    picture = tifffile.memmap(
        path, shape=(rows, columns, 3), dtype=np.uint8, photometric="rgb", bigtiff=False
    )
    random = np.random.default_rng(0)
    colours = np.array([[40, 40, 60], [150, 90, 60], [220, 220, 210]], np.float32)
    for top in range(0, rows, 500):
        row, column = np.mgrid[top : min(rows, top + 500), 0:columns]
        grain = (row // 61 + column // 47) % 3
        noise = random.normal(0, 9, (*grain.shape, 3)).astype(np.float32)
        picture[top : top + 500] = (colours[grain] + noise).clip(0, 255).astype(np.uint8)
        picture.flush()


def pack(path: Path) -> Path:
    """Write the picture again, compressed."""
    import tifffile

    packed = path.with_name("packed.tif")
    plain = tifffile.memmap(path, mode="r")
    tifffile.imwrite(packed, plain, photometric="rgb", compression="zlib", rowsperstrip=256)
    path.unlink()
    return packed


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, path: Path) -> str:
    """Return a line of the table; called in a process of its own."""
    method, settings = METHODS[name]
    small = segment(make_segmenter("kmeans").fit([np.zeros((4, 4, 3), np.uint8) + np.arange(
        48, dtype=np.uint8).reshape(4, 4, 3)]), np.zeros((4, 4, 3), np.uint8))  # fmt: skip
    assert small.size  # libraries are loaded before the start is measured
    before, started = _peak(), time.process_time()
    picture, _ = open_picture(path)
    ticks: list[float] = []

    def tell(share: float, message: str) -> None:
        ticks.append(time.process_time())

    if method == "pixels":
        painted = np.full(picture.shape[:2], -1, np.int16)
        row, column = np.mgrid[1000:1100, 1000:1200]
        painted[1000:1100, 1000:1200] = (row // 61 + column // 47) % 3
        fitted = make_segmenter(method, **settings).fit([picture], [painted], progress=tell)
        del painted
    else:
        fitted = make_segmenter(method, **settings).fit([picture], progress=tell)
    tell(1.0, "")
    gap = max(np.diff(ticks))
    ticks.clear()
    rows, columns = picture.shape[:2]
    with working_mask((rows, columns), path.parent) as mask:
        segment(fitted, picture, progress=tell, into=mask)
        cpu = time.process_time() - started
        write_mask(path.parent / "mask.png", mask, name_classes(len(fitted.classes)))
        peak = _peak() - before
        top, left = rows // 2, columns // 3
        grid = int(getattr(fitted, "grid", 1))
        first = [max(0, at - fitted.reach) // grid * grid for at in (top, left)]
        crop = picture[first[0] : top + CROP + fitted.reach, first[1] : left + CROP + fitted.reach]
        alone = segment(fitted, np.asarray(crop), tile=10 * CROP)
        inside = alone[top - first[0] :, left - first[1] :][:CROP, :CROP]
        same = float((inside == mask[top : top + CROP, left : left + CROP]).mean())
    alike = "(knows its place)" if settings.get("position") else f"{same:.2%}"
    cells = name, f"{cpu:.0f}", f"{peak:.0f}", alike, f"{max(np.diff(ticks)):.2f}", f"{gap:.2f}"
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(METHODS)} (default: all)")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=5_000)
    parser.add_argument("--compressed", action="store_true", help="by Deflate, in strips")
    args = parser.parse_args()
    print("| method | CPU s | peak MB | crop is the same | CPU s to a stop | of the fit |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.tif"
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            pool.apply(make_picture, (path, args.rows, args.columns))
            if args.compressed:
                path = pool.apply(pack, (path,))
        for name in args.methods or METHODS:
            with context.Pool(1) as pool:
                print(pool.apply(measure, (name, path)), flush=True)


if __name__ == "__main__":
    main()
