"""LightGBM's text form, looked at before LightGBM reads it.

LightGBM trusts what it is given: a child that points back hangs it, one that points nowhere or a
list of another length ends the process, and a leaf that is not a number is passed on in silence. A
model file comes from anywhere, so every tree is held against what a tree must be.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_trees"]

_PER_SPLIT = {
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "internal_value",
    "internal_weight",
    "internal_count",
}
_PER_LEAF = {"leaf_value", "leaf_weight", "leaf_count"}
_PER_TREE = {"num_leaves", "num_cat", "is_linear", "shrinkage"}
_END = "\n\nend of trees\n"
_CATEGORICAL = 1
"""Bit of a decision type; such splits have lists of their own, which no model here has."""


def check_trees(text: str, columns: int) -> None:
    """Check that a text is that of regression trees over so many columns, and that they are trees.

    Raises
    ------
    ValueError
        It is not: what is wrong, and in which tree.
    """
    head, *trees = text.split("\nTree=")
    header = _entries(head)
    if not trees or _END not in trees[-1]:
        raise ValueError("its trees are cut off")
    trees[-1] = trees[-1][: trees[-1].index(_END) + 1]
    fixed = {"num_class": "1", "num_tree_per_iteration": "1", "max_feature_idx": str(columns - 1)}
    for key, value in fixed.items():
        if header.get(key) != value:
            raise ValueError(f"its {key} is {header.get(key)}, not {value}")
    for key in ("feature_names", "feature_infos"):
        if len(header.get(key, "").split(" ")) != columns:
            raise ValueError(f"its {key} are not of {columns} columns")
    sizes = [len(f"Tree={tree}\n".encode()) for tree in trees]
    if header.get("tree_sizes", "").split(" ") != [str(size) for size in sizes]:
        raise ValueError("its trees are not as long as it says")
    tables = [_entries(tree) for tree in trees]
    leaves = np.array([_leaves(table, number) for number, table in enumerate(tables)])
    for number, table in enumerate(tables):
        _check_lengths(table, number, int(leaves[number]))
    _check_children(_numbers(tables, "left_child"), _numbers(tables, "right_child"), leaves)
    features = _numbers(tables, "split_feature")
    if not ((features >= 0) & (features < columns)).all():
        raise ValueError(f"it splits columns beyond its {columns}")
    if (_numbers(tables, "decision_type").astype(np.intp) & _CATEGORICAL).any():
        raise ValueError("it splits categories")
    # A threshold may be infinite: such a split tells what is known from what is not.
    if np.isnan(_numbers(tables, "threshold")).any():
        raise ValueError("it splits at what is no number")
    if not np.isfinite(_numbers(tables, "leaf_value")).all():
        raise ValueError("its leaf_value holds values that are not finite")


def _entries(lines: str) -> dict[str, str]:
    """Return the lines ``key=value`` by key."""
    parted = (line.partition("=") for line in lines.split("\n"))
    return {key: value for key, equals, value in parted if equals}


def _leaves(table: Mapping[str, str], number: int) -> int:
    """Return the leaves of a tree, all of whose entries must be known ones."""
    if set(table) != _PER_SPLIT | _PER_LEAF | _PER_TREE:
        odd = sorted(set(table) ^ (_PER_SPLIT | _PER_LEAF | _PER_TREE))
        raise ValueError(f"tree {number} lacks, or should not have, {', '.join(odd)}")
    if table["num_cat"] != "0" or table["is_linear"] != "0":
        raise ValueError(f"tree {number} splits categories or is linear in its leaves")
    leaves = int(table["num_leaves"])
    if leaves < 1:
        raise ValueError(f"tree {number} has {leaves} leaves")
    return leaves


def _check_lengths(table: Mapping[str, str], number: int, leaves: int) -> None:
    for keys, length in ((_PER_SPLIT, leaves - 1), (_PER_LEAF, leaves)):
        for key in keys:
            spared = leaves == 1 and key == "leaf_weight"  # LightGBM leaves it out
            if _count(table[key]) != length and not spared:
                raise ValueError(f"tree {number} has another number of {key} than {length}")


def _count(value: str) -> int:
    return value.count(" ") + 1 if value else 0


def _numbers(tables: list[dict[str, str]], key: str) -> NDArray[np.float64]:
    """Return the numbers of all trees one after the other."""
    joined = " ".join(table[key] for table in tables if table[key])
    try:
        return np.array(joined.split(), dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"its {key} is no list of numbers ({error})") from error


def _check_children(
    left: NDArray[np.float64], right: NDArray[np.float64], leaves: NDArray[np.intp]
) -> None:
    """Check that every split but the first, and every leaf, is the child of one earlier split."""
    splits = leaves - 1
    first_split, first_leaf = np.cumsum(splits) - splits, np.cumsum(leaves) - leaves
    tree = np.repeat(np.arange(len(leaves)), splits)
    at = np.arange(len(tree)) - first_split[tree]
    reached_splits, reached_leaves = np.zeros(splits.sum(), int), np.zeros(leaves.sum(), int)
    for child in (left, right):
        if not (child == np.rint(child)).all():
            raise ValueError("its children are no whole numbers")
        place = child.astype(np.intp)
        inner = place >= 0
        deeper = (place > at) & (place < splits[tree])
        if not np.where(inner, deeper, ~place < leaves[tree]).all():
            raise ValueError("a split points back, or beyond its tree")
        np.add.at(reached_splits, (first_split[tree] + place)[inner], 1)
        np.add.at(reached_leaves, (first_leaf[tree] + ~place)[~inner], 1)
    roots = first_split[splits > 0]
    reached_splits[roots] += 1
    reached_leaves[first_leaf[splits == 0]] += 1
    if (reached_splits != 1).any() or (reached_leaves != 1).any():
        raise ValueError("a split or leaf hangs from two splits, or from none")
