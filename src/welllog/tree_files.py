"""Trees in files: LightGBM's own text form, and what deep kriging learnt on top of them.

Nothing is ever unpickled. Trees of other features, of another size or damaged are refused with a
line that says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from math import inf
from typing import Any

import lightgbm

from welllog.baselines import Boosted
from welllog.boosting import Bag, Boosters, BoostingSettings
from welllog.corrections import CORRECTIONS
from welllog.deep_kernel import DeepKernels
from welllog.features import INPUTS, feature_names
from welllog.perceptron import Blend
from welllog.spread import Spread, column_names
from welllog.tree_texts import check_trees
from welllog.uncertainty import Calibration

__all__ = ["boosted_entries", "boosted_members", "read_boosted"]

KERNELS = "kernels.safetensors"
"""Member of a model file that holds the kernels of deep kriging."""
NETWORKS = "networks.safetensors"
"""Member that holds the networks blended with the trees."""
SPREAD = "spread."
"""What the names of the trees of the deviation begin with."""

Read = Callable[[str], bytes]


def boosted_entries(restorer: Boosted) -> dict[str, Any]:
    """Return what ``model.json`` says of a boosted restorer, its trees and weights apart."""
    entries = {
        "name": restorer.name,
        "inputs": list(INPUTS),
        "features": {target: feature_names(target) for target in restorer.boosters.bags},
        "settings": asdict(restorer.settings),
        "bags": _bags(restorer.boosters),
        "seen": list(restorer.boosters.seen),
        "ranges": {name: list(pair) for name, pair in restorer.boosters.ranges.items()},
        "calibrations": {
            name: calibration.to_dict()
            for name, calibration in {
                **restorer.calibrations,
                restorer.name: restorer.calibration,
            }.items()
        },
    }
    if restorer.kernels is not None:
        entries["kernel_scale"] = {
            name: list(pair) for name, pair in restorer.kernels.scale.items()
        }
    if restorer.blend is not None:
        entries["blend"] = restorer.blend.entries()
    if restorer.spread is not None:
        trees, usual = restorer.spread.trees, dict(restorer.spread.usual)
        entries["spread"] = {"bags": _bags(trees), "seen": list(trees.seen), "usual": usual}
    return entries


def boosted_members(restorer: Boosted) -> dict[str, bytes]:
    """Return the members of a model file beside ``model.json``, by name."""
    members = _texts(restorer.boosters, "")
    if restorer.kernels is not None:
        members[KERNELS] = restorer.kernels.to_bytes()
    if restorer.blend is not None:
        members[NETWORKS] = restorer.blend.to_bytes()
    if restorer.spread is not None:
        members.update(_texts(restorer.spread.trees, SPREAD))
    return members


def read_boosted(manifest: Mapping[str, Any], read: Read, *, trusted: bool = False) -> Boosted:
    """Make a restorer of what a model file holds.

    Parameters
    ----------
    manifest : mapping
        ``model.json``.
    read : callable
        Gives the content of a member, or raises where it is missing or not what its hash says.
    trusted : bool
        Leave unchecked that trees are trees: 0.7 s that the package's own file can be spared.

    Raises
    ------
    ValueError, KeyError, TypeError
        The manifest lacks something or holds what cannot be, or a member is not sound.
    """
    if manifest["name"] not in CORRECTIONS:
        raise ValueError(f"unknown kind of model {manifest['name']!r}")
    for target in manifest["bags"]:
        if manifest["features"][target] != feature_names(target):
            raise ValueError(f"its features of {target} are not those of this version")
    boosters = _read_trees(manifest, read, "", feature_names, trusted)
    boosters.ranges = {name: (float(a), float(b)) for name, (a, b) in manifest["ranges"].items()}
    kernels = blend = spread = None
    if "kernel_scale" in manifest:
        scale = {name: (float(a), float(b)) for name, (a, b) in manifest["kernel_scale"].items()}
        kernels = DeepKernels.from_bytes(read(KERNELS), scale)
    if "blend" in manifest:
        blend = Blend.from_bytes(read(NETWORKS), manifest["blend"])
    if "spread" in manifest:
        entries = manifest["spread"]
        usual = {curve: float(error) for curve, error in entries["usual"].items()}
        if set(usual) != set(entries["bags"]) or not all(0 < e < inf for e in usual.values()):
            raise ValueError("its usual errors are not those of its curves")
        spread = Spread(_read_trees(entries, read, SPREAD, column_names, trusted), usual)
    known = {setting.name for setting in fields(BoostingSettings)}
    settings: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in manifest["settings"].items()
        if key in known
    }
    calibrations = {
        name: Calibration.from_dict(table) for name, table in manifest["calibrations"].items()
    }
    return Boosted(
        manifest["name"],
        boosters,
        calibrations[manifest["name"]],
        BoostingSettings(**settings),
        calibrations,
        kernels,
        blend,
        spread,
    )


def _bags(trees: Boosters) -> dict[str, list[list[str]]]:
    return {target: [list(bag.left_out) for bag in bags] for target, bags in trees.bags.items()}


def _texts(trees: Boosters, prefix: str) -> dict[str, bytes]:
    return {
        f"{prefix}{target}.{number}.txt": bag.booster.model_to_string().encode()
        for target, bags in trees.bags.items()
        for number, bag in enumerate(bags)
    }


def _read_trees(
    entries: Mapping[str, Any],
    read: Read,
    prefix: str,
    columns: Callable[[str], Sequence[str]],
    trusted: bool,
) -> Boosters:
    trees = Boosters(seen=tuple(entries["seen"]))
    for target, bags in entries["bags"].items():
        trees.bags[target] = []
        for number, left_out in enumerate(bags):
            name = f"{prefix}{target}.{number}.txt"
            text = read(name).decode("utf-8")
            try:
                if not trusted:
                    check_trees(text, len(columns(target)))
                booster = lightgbm.Booster(model_str=text)
            except (ValueError, lightgbm.basic.LightGBMError) as error:
                raise ValueError(f"{name}: {error}") from error
            trees.bags[target].append(Bag(booster, tuple(left_out)))
    return trees
