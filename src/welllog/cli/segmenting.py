"""``welllog segment-train``, ``segment`` and ``segment-score``: classes of pixels in pictures."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from welllog.cli.output import check_output, check_writable
from welllog.cli.segment_options import add_settings, settings_of
from welllog.cli.terminal import HelpFormatter, Terminal, UsageError

if TYPE_CHECKING:
    from welllog.cores.classes import Classes
    from welllog.cores.segmenters import Segmenter
    from welllog.progress import Progress

__all__ = ["add_commands"]

_TRAIN = """\
Fit a segmenter to pictures and masks that were painted by hand, and write a model file.

IMAGES and MASKS are folders (or one file each), paired by stem: 12a.jpg goes with 12a.png. A mask
holds the number of a class in each pixel, 0 to K - 1, and 255 where nothing was painted; masks
that are painted here and there are enough. Nothing in either folder is changed.
"""

_TRAIN_EPILOG = """\
examples:
  welllog segment-train photos/ masks/ -o rock.model --method pixels
  welllog segment-train photos/ masks/ -o rock.model --method unet-resnet50 --seed 1
  welllog segment-train photos/ masks/ -o m.model --method unet-small --classes pore,quartz,clay
"""

_SEGMENT = """\
Tell the class of every pixel of pictures, by a model file or by a method that needs none.

For each picture, DIR gets STEM.png, in which a pixel is the number of its class (shown in the
class's colour), and, with --overlay, STEM_overlay.png. segments.json says how it was made.
Without a model, classes are numbered from dark to light.
"""

_SEGMENT_EPILOG = """\
examples:
  welllog segment core.jpg -o out --method otsu
  welllog segment photos/*.jpg -o out --method kmeans --clusters 4 --overlay
  welllog segment photos/ -o out --model rock.model
"""

_SCORE = """\
Compare masks with what was painted by hand.

PREDICTED and MASKS are folders, paired by stem, or one file each. Masks for which nothing was
predicted are left out, and it is said how many. Pixels that were not painted (255) do not count.
Intersection over union (IoU) is of all pictures together, and its mean is over the classes that are
painted or found in any.
"""

_SCORE_EPILOG = """\
examples:
  welllog segment-score out/ masks/
  welllog segment-score out/ masks/ --errors errors/ --images photos/ --json
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the three commands to the parser."""
    _add_train(commands, common)
    _add_segment(commands, common)
    _add_score(commands, common)


def _add(commands: Any, common: argparse.ArgumentParser, name: str, what: str, *texts: str) -> Any:
    return commands.add_parser(
        name,
        help=what,
        description=texts[0],
        epilog=texts[1],
        formatter_class=HelpFormatter,
        parents=[common],
    )


def _add_train(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = _add(
        commands, common, "segment-train", "fit a segmenter to painted pictures",
        _TRAIN, _TRAIN_EPILOG,
    )  # fmt: skip
    parser.add_argument("images", type=Path, metavar="IMAGES", help="folder of pictures, or one")
    parser.add_argument("masks", type=Path, metavar="MASKS", help="folder of masks, or one")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="MODEL")
    add_settings(parser, "pixels")
    parser.add_argument(
        "--classes", metavar="A,B,...", help="names of the classes, that of number 0 first"
    )
    parser.add_argument(
        "--run-folder", type=Path, metavar="DIR",
        help="of a network: keep history, checkpoints, and pictures of what it found before it was "
        "fitted, after one epoch and at the end",
    )  # fmt: skip
    parser.add_argument(
        "--resume", action="store_true", help="go on from the last checkpoint of --run-folder"
    )
    parser.add_argument("--licence", default="", metavar="TEXT", help="kept in the model file")
    parser.add_argument("--overwrite", action="store_true", help="replace MODEL if it exists")
    parser.set_defaults(run=_train)


def _add_segment(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = _add(
        commands, common, "segment", "tell the class of every pixel of pictures",
        _SEGMENT, _SEGMENT_EPILOG,
    )  # fmt: skip
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="pictures, or folders of them"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR")
    parser.add_argument("--model", type=Path, metavar="MODEL", help="of `welllog segment-train`")
    add_settings(parser, None)
    parser.add_argument(
        "--classes", metavar="A,B,...", help="names, dark to light; with --method alone"
    )
    parser.add_argument("--overlay", action="store_true", help="also write pictures in colour")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.set_defaults(run=_segment)


def _add_score(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = _add(
        commands, common, "segment-score", "compare masks with painted ones: mIoU, boundaries",
        _SCORE, _SCORE_EPILOG,
    )  # fmt: skip
    parser.add_argument("predicted", type=Path, metavar="PREDICTED")
    parser.add_argument("masks", type=Path, metavar="MASKS")
    parser.add_argument("--classes", metavar="A,B,...", help="names, that of number 0 first")
    parser.add_argument(
        "--errors", type=Path, metavar="DIR", help="write pictures of the errors (needs --images)"
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="the pictures, for --errors")
    parser.set_defaults(run=_score)


def _train(args: argparse.Namespace, terminal: Terminal) -> int:
    from welllog.cores.pictures import open_picture, pair_files, read_mask
    from welllog.cores.segmenter_files import save_segmenter
    from welllog.cores.segmenters import UNLABELLED, make_segmenter

    pairs = pair_files(args.images, args.masks)
    check_output(args.output, args.overwrite)
    segmenter = make_segmenter(args.method, **settings_of(args))
    kept = _run_folder(args)
    classes = _classes(args.classes)
    meter = terminal.meter(time_left=True)
    pictures, masks = [], []
    for pair in pairs:
        picture, remarks = open_picture(pair.picture)
        for remark in remarks:
            terminal.warn(remark)
        pictures.append(picture)
        masks.append(read_mask(pair.mask, classes))
        if masks[-1].shape != picture.shape[:2]:
            raise UsageError(
                f"{pair.mask}: has {masks[-1].shape[1]} x {masks[-1].shape[0]} pixels, "
                f"{pair.picture.name} has {picture.shape[1]} x {picture.shape[0]}: a mask is of "
                f"the size of its picture"
            )
    fitted = segmenter.fit(pictures, masks, classes, progress=meter, **kept)
    terminal.clear()
    count = len(fitted.classes)
    painted = [0] * count
    for mask in masks:
        for number in range(count):
            painted[number] += int((mask == number).sum())
    missing = [name for name, found in zip(fitted.classes.names, painted, strict=True) if not found]
    training = {
        "pictures": [pair.picture.name for pair in pairs],
        "painted": dict(zip(fitted.classes.names, painted, strict=True)),
        "unpainted": int(sum((mask == UNLABELLED).sum() for mask in masks)),
        "seed": args.seed,
    }
    save_segmenter(fitted, args.output, licence=args.licence, training=training)
    terminal.say(f"{args.output}: {args.method}, {len(pairs)} pictures, {count} classes")
    for name, found in zip(fitted.classes.names, painted, strict=True):
        terminal.say(f"  {name:20s} {found / max(1, sum(painted)):6.1%} of what is painted")
    for name in missing:
        said = name if name.startswith("class ") else f"class {name}"
        terminal.warn(f"{said} is painted in no mask; it will never be found")
    terminal.emit({"model": str(args.output), "method": args.method, **training})
    return 1 if missing else 0


def _run_folder(args: argparse.Namespace) -> dict[str, Any]:
    """Return what the fitting of a network is told of its run folder."""
    from welllog.cores.networks import NETWORKS

    if args.run_folder is None:
        if args.resume:
            raise UsageError("--resume needs the --run-folder to go on from")
        return {}
    if args.method not in NETWORKS:
        raise UsageError(f"method {args.method} has no --run-folder: it is fitted in one go")
    return {
        "run_folder": args.run_folder,
        "resume": args.resume,
        "overwrite": args.overwrite and not args.resume,
    }


def _segment(args: argparse.Namespace, terminal: Terminal) -> int:
    from welllog.cores.pictures import list_pictures
    from welllog.cores.segmenters import SegmenterError

    if bool(args.model) == bool(args.method):
        raise UsageError("give --model or --method, one of the two")
    paths = [path for given in args.images for path in list_pictures(given)]
    stems = [path.stem for path in paths]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise UsageError(f"two pictures are named {twice[0]}: give them to runs of their own")
    check_writable(args.output)
    made = [args.output / f"{stem}.png" for stem in stems]
    for path, source in zip(made, paths, strict=True):
        if path.exists() and path.samefile(source):
            raise UsageError(f"{path}: is the input itself; choose another folder")
        if path.exists() and not args.overwrite:
            raise UsageError(f"{path}: exists; choose another folder or give --overwrite")
    segmenter, how = _segmenter(args)
    names = _classes(args.classes)
    meter = terminal.meter(time_left=True)
    record: dict[str, Any] = {**how, "pictures": []}
    fresh = not args.output.exists()
    args.output.mkdir(parents=True, exist_ok=True)
    try:
        for number, (path, target) in enumerate(zip(paths, made, strict=True)):

            def told(share: float, message: str, at: int = number) -> None:
                meter((at + share) / len(paths), f"{paths[at].name}: {message}")

            try:
                entry = _segment_one(args, path, target, segmenter, names, told, terminal)
            except SegmenterError as error:
                raise SegmenterError(f"{path}: {error}") from None
            record["pictures"].append(entry)
    finally:  # masks that were made before something went wrong keep their record
        terminal.clear()
        if record["pictures"]:
            terminal.write_json(record, args.output / "segments.json")
        elif fresh and not any(args.output.iterdir()):
            args.output.rmdir()
    terminal.emit(record)
    return 0


def _segment_one(
    args: argparse.Namespace,
    path: Path,
    target: Path,
    segmenter: Segmenter,
    names: Classes | None,
    told: Progress,
    terminal: Terminal,
) -> dict[str, Any]:
    """Write the mask of a picture; return what the record says of it."""
    from welllog.cores.pictures import (
        OVERLAY,
        colour_mask,
        open_picture,
        share_of,
        working_mask,
        write_mask,
        write_picture,
    )
    from welllog.cores.tiles import segment

    picture, remarks = open_picture(path)
    for remark in remarks:
        terminal.warn(remark)
    fitted = segmenter if args.model else segmenter.fit([picture], None, names)
    with working_mask(picture.shape[:2], args.output) as mask:
        segment(fitted, picture, progress=told, into=mask)
        write_mask(target, mask, fitted.classes)
        if args.overlay:
            shown = colour_mask(picture, mask, fitted.classes)
            write_picture(target.with_name(f"{path.stem}{OVERLAY}.png"), shown)
        shares = dict(zip(fitted.classes.names, share_of(mask, fitted.classes), strict=True))
    terminal.say(f"{target}  " + "  ".join(f"{name} {share:.1%}" for name, share in shares.items()))
    entry: dict[str, Any] = {
        "picture": path.name,
        "sha256": _sum(path),
        "mask": target.name,
        "classes": shares,
    }
    if not args.model and hasattr(fitted, "levels"):
        entry["levels"] = [float(level) for level in fitted.levels]
    return entry


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _segmenter(args: argparse.Namespace) -> tuple[Segmenter, dict[str, Any]]:
    """Return what segments, and how it is told in the record."""
    from welllog.cores.segmenter_files import describe_segmenter, load_segmenter
    from welllog.cores.segmenters import METHODS, make_segmenter

    if args.model:
        card = describe_segmenter(args.model)
        if args.classes:
            raise UsageError("a model has its own classes; leave --classes out")
        how = {"model": str(args.model), "sha256": card["sha256"], "method": card["method"]}
        device = {"device": args.device} if args.device else {}
        return load_segmenter(args.model, **device), how
    settings = settings_of(args)
    if METHODS[args.method].needs_masks:
        raise UsageError(
            f"method {args.method} learns from painted pictures: run `welllog segment-train` first "
            f"and give --model"
        )
    return make_segmenter(args.method, **settings), {"method": args.method, "settings": settings}


def _score(args: argparse.Namespace, terminal: Terminal) -> int:
    from welllog.cores.classes import name_classes
    from welllog.cores.judging import SegmentScore, draw_errors, judge
    from welllog.cores.pictures import (
        list_pictures,
        pair_files,
        read_mask,
        read_picture,
        write_picture,
    )

    if args.errors and not args.images:
        raise UsageError("--errors draws on the pictures; give them by --images")
    pairs = pair_files(args.masks, args.predicted, some=True)
    unpredicted = len(list_pictures(args.masks)) - len(pairs)
    if unpredicted:
        terminal.warn(
            f"{args.predicted}: holds nothing for {unpredicted} of the masks; judged by the other "
            f"{len(pairs)}"
        )
    classes = _classes(args.classes)
    masks = [
        (pair, read_mask(pair.mask, classes), read_mask(pair.picture, classes)) for pair in pairs
    ]
    if classes is None:
        count = 1 + max(
            int(max(found.max(initial=0), painted.max(initial=0))) for _, found, painted in masks
        )
        classes = name_classes(count)
    total: SegmentScore | None = None
    each = {}
    for pair, found, painted in masks:
        try:
            score = judge(found, painted, classes)
        except ValueError as error:
            raise UsageError(f"{pair.mask}: {error}") from None
        total = score if total is None else total + score
        each[pair.picture.stem] = score.miou
        if args.errors:
            images = pair_files(args.masks, args.images, some=True) if args.images else []
            image = next((one.mask for one in images if one.picture == pair.picture), None)
            if image is None:
                raise UsageError(f"{args.images}: has no picture of {pair.picture.stem}")
            drawn = draw_errors(read_picture(image), found, painted)
            write_picture(args.errors / f"{pair.picture.stem}.png", drawn)
    assert total is not None
    result = total.to_dict()
    terminal.say(f"mIoU {total.miou:.4f}   accuracy {total.accuracy:.4f}   "
                 f"boundary F1 {total.boundary_f1:.4f}   {len(pairs)} pictures")  # fmt: skip
    for name, iou in zip(classes.names, total.iou, strict=True):
        terminal.say(f"  {name:20s} IoU {iou:.4f}")
    terminal.emit({**result, "pictures": each, "unpredicted": unpredicted})
    return 0


def _classes(names: str | None) -> Classes | None:
    from welllog.cores.classes import name_classes

    return None if names is None else name_classes(name.strip() for name in names.split(","))
