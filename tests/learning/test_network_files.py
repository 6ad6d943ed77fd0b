"""Networks in model files, and what is wrong with some."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.conftest import gap
from welllog.checkpoint import ModelError, describe_model, load_model, model_card, save_model
from welllog.features import LogSet
from welllog.network_files import WEIGHTS, WeightsError, pack_tensors, unpack_tensors
from welllog.neural import Neural
from welllog.uncertainty import Calibration


@pytest.fixture(scope="module")
def model_file(trained: Neural, tmp_path_factory: pytest.TempPathFactory) -> Path:
    band = Calibration({"DTC": {"gap": [(5.0, 1.5)]}})
    calibrated = replace(trained, held_out=("Another",), calibration=band)
    path = tmp_path_factory.mktemp("models") / "sound.welllog"
    return save_model(calibrated, path, training={"seed": 3})


def test_a_saved_network_answers_as_before(
    model_file: Path, trained: Neural, wells: list[LogSet]
) -> None:
    loaded = load_model(model_file)
    assert isinstance(loaded, Neural)
    assert loaded.outlook == trained.outlook
    assert (loaded.seen, loaded.held_out) == (trained.seen, ("Another",))
    rows = gap(wells[0])
    one, two = (model.predict(wells[0], "DTC", rows) for model in (trained, loaded))
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_allclose(two.upper - two.mean, 1.5 * (one.upper - one.mean))
    assert describe_model(loaded)["weights_sha256"] == trained.sha256()
    assert model_card(model_file)["training"] == {"seed": 3}


def test_saving_twice_gives_the_same_file(trained: Neural, tmp_path: Path) -> None:
    one, two = (save_model(trained, tmp_path / name) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def repacked(path: Path, fault: str) -> bytes:
    """Return a model file with one thing wrong with it; its hashes are those of what it holds."""
    with zipfile.ZipFile(path) as old:
        manifest = json.loads(old.read("model.json"))
        weights = old.read(WEIGHTS)
    tensors = unpack_tensors(weights, "")
    name = next(name for name in tensors if tensors[name].ndim == 3)
    if fault == "pickle":
        buffer = io.BytesIO()
        torch.save(tensors, buffer)
        weights = buffer.getvalue()
    elif fault == "shape":
        weights = pack_tensors({**tensors, name: tensors[name][:3]})
    elif fault == "type":
        weights = pack_tensors({**tensors, name: tensors[name].double()})
    elif fault == "nan":
        weights = pack_tensors({**tensors, name: torch.full_like(tensors[name], torch.nan)})
    elif fault == "lost":
        weights = pack_tensors({key: part for key, part in tensors.items() if key != name})
    elif fault == "more":
        weights = pack_tensors({**tensors, "stowaway": torch.zeros(3)})
    elif fault == "cut":
        weights = weights[:-50]
    changes: dict[str, Any] = {
        "width": lambda: manifest["settings"]["network"].update(width=1_000_000),
        "network": lambda: manifest["settings"]["network"].update(name="magic"),
        "window": lambda: manifest["settings"]["windows"].update(representation="spectral"),
        "scaling": lambda: manifest["scaling"]["GR"].update(spread=0.0),
        "settings": lambda: manifest.pop("settings"),
        "calibration": lambda: manifest["calibrations"]["unet"]["factors"]["DTC"].update(
            gap=[[5.0, np.inf]]
        ),
        "targets": lambda: manifest.update(targets=["XYZ"]),
    }
    changes.get(fault, lambda: None)()
    if fault != "hash":
        manifest["sha256"][WEIGHTS] = hashlib.sha256(weights).hexdigest()
    else:
        manifest["sha256"][WEIGHTS] = "0" * 64
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        new.writestr("model.json", json.dumps(manifest))
        if fault != "empty":
            new.writestr(WEIGHTS, weights)
    return made.getvalue()


FAULTS = {
    "pickle": "no sound tensors",
    "cut": "no sound tensors",
    "shape": "belongs to a network of another size",
    "type": "float64",
    "nan": "not finite",
    "lost": "lacks",
    "more": "stowaway",
    "hash": "not what its hash says",
    "empty": WEIGHTS,
    "width": "belongs to a network of another size",
    "network": "unknown network magic",
    "window": "does not fit its windows",
    "scaling": "positive spreads",
    "settings": "settings",
    "calibration": "not finite",
    "targets": "not known",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_poisoned_network_is_refused_in_one_line(
    fault: str, model_file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / f"{fault}.welllog"
    bad.write_bytes(repacked(model_file, fault))
    with pytest.raises(ModelError, match=bad.name) as refused:
        load_model(bad)
    assert FAULTS[fault] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_truncated_file_is_refused(model_file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.welllog"
    bad.write_bytes(model_file.read_bytes()[:-3000])
    with pytest.raises(ModelError, match="bad.welllog"):
        load_model(bad)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    buffer = io.BytesIO()
    torch.save({"weights": Trap()}, buffer)
    with pytest.raises(WeightsError):
        unpack_tensors(buffer.getvalue(), "trap")
    assert not (tmp_path / "sprung").exists()


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("zipfile.ZipFile.writestr", full)


def test_a_full_disk_names_the_file_and_leaves_nothing(
    trained: Neural, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from welllog.cli.terminal import one_line
    from welllog.learning.run_folder import RunFolder

    folder = RunFolder(tmp_path / "x.run")
    folder.begin({"iterations": 1})
    fill_disk(monkeypatch)
    with pytest.raises(OSError) as checkpoint:
        folder.save("last", {"a": torch.zeros(3)}, {})
    said = one_line(checkpoint.value)
    assert "last.safetensors: No space left on device; make room there" in said
    with pytest.raises(ModelError, match=r"small\.welllog: No space left on device"):
        save_model(trained, tmp_path / "small.welllog")
    assert [path.name for path in tmp_path.iterdir()] == ["x.run"]
    assert list((tmp_path / "x.run" / "checkpoints").iterdir()) == []
