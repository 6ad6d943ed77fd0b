"""Fitting, calibrating, saving, loading; and what is wrong with a model file."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from welllog.baselines import Boosted
from welllog.boosting import BoostingSettings
from welllog.calibration import CalibrationSettings
from welllog.checkpoint import ModelError, describe_model, list_models, load_model, save_model
from welllog.restoration import restore
from welllog.samples import synthetic_well
from welllog.training import fit, training_logs
from welllog.well import Well

SMALL = BoostingSettings(rounds=20, samples_per_well=800, threads=1)
QUICK = CalibrationSettings(lengths_m=(5.0, 20.0), repeats=(3, 2))


def wells(count: int = 4) -> list[Well]:
    made = [synthetic_well(seed, base=1900) for seed in range(count)]
    for seed, well in enumerate(made):
        well.name = f"well {seed}"
    return made


@pytest.fixture(scope="module")
def fitted() -> Boosted:
    return fit(wells(), targets=["DTC"], boosting=SMALL, calibration=QUICK)


def test_band_of_a_fitted_model_holds_what_it_promises(fitted: Boosted) -> None:
    well = synthetic_well(seed=20, base=2500)
    intervals = [(top, top + 20.0) for top in range(1550, 2450, 90)]
    curve = restore(well, ["DTC"], intervals, model=fitted)["DTC"]
    rows = np.isfinite(curve.median)
    truth = well.values("DTC")[rows]
    coverage = np.mean((truth >= curve.lower[rows]) & (truth <= curve.upper[rows]))
    assert 0.75 < coverage <= 1.0


def test_a_curve_of_short_logs_has_a_band_in_its_own_unit() -> None:
    short = [synthetic_well(seed, top=1500, base=1560) for seed in range(4)]
    for seed, well in enumerate(short):
        well.name = f"short {seed}"
    settings = BoostingSettings(rounds=20, min_leaf_samples=20, threads=1)
    model = fit(short, method="lightgbm", targets=["GR"], boosting=settings, calibration=QUICK)
    well = synthetic_well(seed=20, top=1500, base=1800)
    curve = restore(well, ["GR"], [(1600, 1640), (1700, 1740)], model=model)["GR"]
    rows = np.isfinite(curve.median)
    truth = well.values("GR")[rows]
    assert np.mean((truth >= curve.lower[rows]) & (truth <= curve.upper[rows])) > 0.6


def test_a_saved_model_answers_as_before(fitted: Boosted, tmp_path: Path) -> None:
    path = save_model(fitted, tmp_path / "small.welllog")
    well = synthetic_well(seed=20, base=1700)
    one = restore(well, ["DTC"], [(1600, 1620)], model=fitted)["DTC"]
    two = restore(well, ["DTC"], [(1600, 1620)], model=path)["DTC"]
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.upper, two.upper)
    described = describe_model(load_model(path))
    assert described.pop("file") == "small.welllog"
    assert described.pop("file_sha256") == hashlib.sha256(path.read_bytes()).hexdigest()
    assert describe_model(fitted) == described


def test_fitting_twice_gives_the_same_file(fitted: Boosted, tmp_path: Path) -> None:
    again = fit(wells(), targets=["DTC"], boosting=SMALL, calibration=QUICK)
    one, two = save_model(fitted, tmp_path / "one"), save_model(again, tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


def test_a_copy_of_another_curve_teaches_nothing() -> None:
    well = synthetic_well(0, base=1600)
    curves = dict(well.curves)
    well.curves = {name: curve for name, curve in curves.items() if name != "PEF"}
    well.add_curve("PEF", well.values("RHOB"), unit="b/e")
    assert "PEF" not in training_logs([well])[0].curves


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param(np.array([57.0, 57.0]), id="one value"),
        pytest.param(np.array([90.0, 70.0]), id="a line drawn by hand"),
        pytest.param(162.0 + 0.05 * np.sin(np.arange(50.0) ** 2), id="mud, and a little noise"),
    ],
)
def test_a_straight_stretch_teaches_nothing(readings: np.ndarray) -> None:
    well = synthetic_well(0, base=1600)
    values = well.values("DTC").copy()
    stuck = (well.index > 1520) & (well.index < 1550)
    share = np.linspace(0, 1, stuck.sum())
    values[stuck] = np.interp(share, np.linspace(0, 1, len(readings)), readings)
    well.curves = {name: curve for name, curve in well.curves.items() if name != "DTC"}
    well.add_curve("DTC", values, unit="us/ft")
    logs = training_logs([well])[0]
    assert np.isnan(logs.curves["DTC"][stuck]).all()
    assert np.isfinite(logs.curves["DTC"]).mean() > 0.5


def test_one_well_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two wells"):
        fit(wells(1), targets=["DTC"], boosting=SMALL)
    with pytest.raises(ValueError, match="two wells"):
        fit(wells(1), method="unet", targets=["DTC"])


def test_a_curve_that_was_asked_for_and_cannot_be_learnt_is_named() -> None:
    made = wells(2)
    del made[0].curves["DTS"]
    with pytest.warns(UserWarning, match="DTS is left out: too few wells"):
        fit(made, method="lightgbm", targets=["GR", "DTS"], boosting=SMALL, calibration=QUICK)


def test_an_unknown_target_or_method_is_named() -> None:
    with pytest.raises(ValueError, match="XYZ"):
        fit(wells(2), targets=["XYZ"])
    with pytest.raises(ValueError, match="magic"):
        fit(wells(2), method="magic")


def test_every_named_model_is_listed_and_loads() -> None:
    cards = list_models()
    assert [card["name"] for card in cards if card["default"]] == ["deep-kriging"]
    for card in cards:
        assert card["available"]
        assert load_model(card["name"]).name == card["name"]


def repacked(path: Path, change: str) -> bytes:
    """Return a model file with one thing wrong with it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if change == "tree" and name.endswith(".0.txt"):
                content = content.replace(b"leaf_value=", b"leaf_value=9", 1)
            if change == "lost" and name.endswith(".0.txt"):
                continue
            if name == "model.json":
                manifest = json.loads(content)
                if change == "format":
                    manifest["format"] = 99
                if change == "features":
                    manifest["features"]["DTC"] = ["GR.value"]
                if change == "nan":
                    factors = manifest["calibrations"]["deep-kriging"]["factors"]
                    factors["DTC"]["gap"] = [[5.0, float("nan")]]
                if change == "keys":
                    del manifest["bags"]
                content = json.dumps(manifest).encode()
            new.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "fault",
    ["empty", "text", "pickle", "truncated", "tree", "lost", "format", "features", "nan", "keys"],
)
def test_a_poisoned_model_file_is_refused(fault: str, fitted: Boosted, tmp_path: Path) -> None:
    sound = save_model(fitted, tmp_path / "sound.welllog")
    bad = tmp_path / f"{fault}.welllog"
    if fault == "empty":
        bad.write_bytes(b"")
    elif fault == "text":
        bad.write_text("this is no model\n")
    elif fault == "pickle":
        bad.write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
    elif fault == "truncated":
        bad.write_bytes(sound.read_bytes()[:-2000])
    else:
        bad.write_bytes(repacked(sound, fault))
    with pytest.raises(ModelError, match=bad.name) as refused:
        load_model(bad)
    if fault != "format":
        assert "damaged or cut off, or not a model of welllog" in str(refused.value)


def test_a_run_folder_is_no_model_and_says_where_that_is(tmp_path: Path) -> None:
    folder = tmp_path / "net.model.run"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"run folder; the model is the file"):
        load_model(folder)
    (tmp_path / "net.model").write_bytes(b"")
    with pytest.raises(ModelError, match=r"run folder; the model is .*net\.model$"):
        load_model(folder)


def test_a_missing_model_lists_the_names_there_are() -> None:
    with pytest.raises(ModelError, match="lightgbm-gp"):
        load_model("no-such-model")
