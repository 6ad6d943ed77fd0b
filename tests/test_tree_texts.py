"""Trees that are none are refused before LightGBM sees them: it would hang, die or say nothing."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from welllog.baselines import Boosted
from welllog.boosting import BoostingSettings, fit_boosters
from welllog.checkpoint import ModelError, load_model, save_model
from welllog.samples import synthetic_well
from welllog.training import training_logs
from welllog.tree_texts import check_trees

COLUMNS = 4


@pytest.fixture(scope="module")
def text() -> str:
    random = np.random.default_rng(0)
    x = random.normal(size=(500, COLUMNS))
    x[random.random(x.shape) < 0.3] = np.nan
    settings = {"verbose": -1, "num_leaves": 7, "num_threads": 1}
    return lightgbm.train(
        settings, lightgbm.Dataset(x, np.nan_to_num(x[:, 0])), 5
    ).model_to_string()


def change(key: str, number: int, value: str) -> Callable[[str], str]:
    """Return what changes one number of a tree's list, and the length it says it has with it."""

    def changed(text: str) -> str:
        old = re.search(rf"^{key}=(.*)$", text, re.MULTILINE)
        assert old
        values = old[1].split(" ")
        values[number] = value
        new = text[: old.start(1)] + " ".join(values) + text[old.end(1) :]
        sizes = re.search(r"^tree_sizes=(\d+)", new, re.MULTILINE)
        assert sizes
        longer = int(sizes[1]) + len(new) - len(text)
        return new[: sizes.start(1)] + str(longer) + new[sizes.end(1) :]

    return changed


FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a child that points back": (change("left_child", 1, "0"), "points back"),
    "a child beyond the tree": (change("right_child", 0, "99"), "points back, or beyond"),
    "a leaf beyond the tree": (change("right_child", 5, "-99"), "points back, or beyond"),
    "two splits with one child": (change("left_child", 5, "-1"), "hangs from two splits"),
    "a column that is not there": (change("split_feature", 0, "4"), "columns beyond its 4"),
    "a leaf that is no number": (change("leaf_value", 2, "nan"), "not finite"),
    "an infinite leaf": (change("leaf_value", 2, "inf"), "not finite"),
    "a threshold that is no number": (change("threshold", 0, "nan"), "no number"),
    "a word": (change("threshold", 0, "deep"), "no list of numbers"),
    "a leaf too many": (change("leaf_value", 0, "1 2"), "another number of leaf_value than 7"),
    "categories": (change("decision_type", 0, "3"), "splits categories"),
    "leaves with a line": (change("is_linear", 0, "1"), "linear in its leaves"),
    "no leaves": (change("num_leaves", 0, "0"), "0 leaves"),
    "several classes": (lambda t: t.replace("num_class=1", "num_class=3", 1), "num_class is 3"),
    "a false length": (
        lambda t: t.replace("tree_sizes=", "tree_sizes=1"),
        "not as long as it says",
    ),
    "an end too early": (lambda t: t[: len(t) // 3], "cut off"),
    "a list that is missing": (
        lambda t: t.replace("threshold=", "trashhold=", 1),
        "threshold, trash",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_text_that_is_no_tree_is_refused(fault: str, text: str) -> None:
    spoil, said = FAULTS[fault]
    check_trees(text, COLUMNS)
    assert spoil(text) != text
    with pytest.raises(ValueError, match=said):
        check_trees(spoil(text), COLUMNS)


def test_a_tree_of_one_leaf_is_a_tree() -> None:
    x = np.arange(100.0).reshape(-1, 1)
    flat = lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, np.ones(100)), 2).model_to_string()
    assert "num_leaves=1\n" in flat
    check_trees(flat, 1)


def test_a_model_file_whose_hashes_agree_is_refused_all_the_same(tmp_path: Path) -> None:
    wells = training_logs(synthetic_well(seed, top=1500, base=1600) for seed in range(2))
    settings = BoostingSettings(targets=("DTC",), rounds=5, min_leaf_samples=20)
    model = Boosted("lightgbm", fit_boosters(wells, settings), settings=settings)
    sound = save_model(model, tmp_path / "sound.welllog")
    poisoned = tmp_path / "poisoned.welllog"
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(poisoned, "w") as new:
        contents = {name: old.read(name) for name in old.namelist()}
        spoiled = change("left_child", 1, "0")(contents["DTC.0.txt"].decode()).encode()
        manifest = json.loads(contents["model.json"])
        manifest["sha256"]["DTC.0.txt"] = hashlib.sha256(spoiled).hexdigest()
        contents |= {"DTC.0.txt": spoiled, "model.json": json.dumps(manifest).encode()}
        for name, content in contents.items():
            new.writestr(name, content)
    load_model(sound)
    with pytest.raises(ModelError, match=r"DTC.0.txt: a split points back"):
        load_model(poisoned)
