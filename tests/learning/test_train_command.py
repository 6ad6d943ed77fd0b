"""`welllog train` with a network: three wells, one tiny epoch; killed in the middle and resumed."""

from __future__ import annotations

import errno
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from welllog.checkpoint import load_model
from welllog.cli import main
from welllog.learning.film import FILM
from welllog.learning.run_folder import LAST, RunFolder
from welllog.neural import Neural

TINY = (
    "--method unet --width 8 --batch 2 --holdout 0 --device cpu "
    "--set windows.window=128 --set log_every=1 --set checkpoint_every=4 "
    "--set validation_windows=2"
).split()


def train(wells: Path, model: Path, *more: str) -> int:
    return main(["train", str(wells), "-o", str(model), *TINY, *more])


def test_three_wells_and_a_tiny_epoch_make_a_model(
    well_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "net.model"
    assert train(well_files, model, "--iterations", "3", "--curves", "DTC", "--progress") == 0
    said = capsys.readouterr()
    assert "unet for DTC, trained on 3 wells" in said.out
    assert "iteration 3 of 3, reconstruction" in said.err
    neural = load_model(model)
    assert isinstance(neural, Neural) and neural.targets == ("DTC",)
    folder = Path(f"{model}.run")
    assert json.loads((folder / "config.json").read_text())["iterations"] == 3
    assert json.loads((folder / "environment.json").read_text())["packages"]["torch"]


def test_killed_in_the_middle_and_resumed_it_has_the_same_history(
    well_files: Path, tmp_path: Path
) -> None:
    length = ("--iterations", "24", "--curves", "DTC")
    whole, broken = tmp_path / "whole.model", tmp_path / "broken.model"
    assert train(well_files, whole, *length) == 0
    command = [sys.executable, "-m", "welllog", "train", str(well_files), "-o", str(broken)]
    process = subprocess.Popen([*command, *TINY, *length], stderr=subprocess.DEVNULL)
    folder = RunFolder(Path(f"{broken}.run"))
    deadline = time.monotonic() + 60
    while not folder.checkpoint(LAST).exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert folder.load(LAST)[1]["iteration"] < 24
    assert not broken.exists()
    assert train(well_files, broken, *length, "--resume") == 0
    histories = [(Path(f"{model}.run") / "history.jsonl").read_bytes() for model in (whole, broken)]
    assert histories[0] == histories[1]
    assert histories[0].count(b"reconstruction") == 24
    films = [(Path(f"{model}.run") / FILM).read_bytes() for model in (whole, broken)]
    assert films[0] == films[1]
    assert load_model(whole).sha256() == load_model(broken).sha256()  # type: ignore[attr-defined]


def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(
    well_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "net.model"

    class Impatient:
        """Presses Ctrl-C when training has begun."""

        def __init__(self) -> None:
            self.pressed = False

        def __call__(self, *_: object) -> None:
            if not self.pressed and Path(f"{model}.run", "history.jsonl").exists():
                self.pressed = True
                signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("welllog.cli.terminal.Terminal.meter", lambda *_: Impatient())
        assert train(well_files, model, "--iterations", "500") == 130
    said = capsys.readouterr().err
    assert "stopped at iteration" in said and "go on with: the same command and --resume" in said
    assert not model.exists()
    assert RunFolder(Path(f"{model}.run")).load(LAST)[1]["iteration"] < 500


def test_ctrl_c_prints_the_command_that_goes_on(well_files: Path, tmp_path: Path) -> None:
    model = tmp_path / "my net.model"
    options = [*TINY, "--iterations", "20000", "--curves", "DTC"]
    command = [sys.executable, "-m", "welllog", "train", str(well_files), "-o", str(model)]
    process = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    folder = RunFolder(Path(f"{model}.run"))
    deadline = time.monotonic() + 60
    while not folder.checkpoint(LAST).exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    words = shlex.split(said.split("go on with: ")[1])
    assert words == ["welllog", *command[3:], *options, "--resume"]


def test_a_finished_experiment_is_told_apart_from_one_whose_model_is_missing(
    well_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "net.model"
    length = ("--iterations", "2", "--curves", "DTC")
    assert train(well_files, model, *length) == 0
    first = model.read_bytes()
    assert train(well_files, model, *length, "--resume") == 2
    assert f"this experiment is finished, and {model} exists" in capsys.readouterr().err
    model.unlink()
    assert train(well_files, model, *length, "--resume") == 0
    assert model.read_bytes() == first
    capsys.readouterr()
    model.unlink()
    assert train(well_files, model, *length) == 2
    assert "(--resume)" in (said := capsys.readouterr().err) and "(--overwrite)" in said
    assert train(well_files, model, "--iterations", "3", "--curves", "DTC", "--overwrite") == 0
    assert RunFolder(Path(f"{model}.run")).load(LAST)[1]["iteration"] == 3


def test_a_field_s_network_is_fitted_to_one_well(
    well_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    field, mine = tmp_path / "field.model", tmp_path / "mine.model"
    assert train(well_files, field, "--iterations", "2", "--curves", "DTC", "GR") == 0
    capsys.readouterr()
    options = "--method unet --device cpu --batch 2 --set validation_windows=2".split()
    one = ["train", str(well_files / "w0.las"), "-o", str(mine), *options, "--iterations", "2"]
    assert main([*one, "--from", str(field), "--freeze", "--json"]) == 0
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert result["curves"] == ["GR", "DTC"]
    assert result["warnings"] == [
        "no wells held out (there is one): the last iteration is kept and the band is that of the "
        "network it started from"
    ]
    assert result["warnings"][0] in said.err
    bands = [load_model(path).calibration for path in (field, mine)]  # type: ignore[attr-defined]
    assert bands[0] == bands[1] and bands[0].table
    for options, complaint in (
        (["--width", "16"], f"--width: {field} has 8"),
        (["--fill", "linear"], f"--fill: {field} has zero"),
        (["--set", "windows.p_zero=0.9"], "--set windows.p_zero"),
        (["--method", "gru"], "is a unet, not a gru"),
    ):
        assert main([*one, "--overwrite", "--from", str(field), *options]) == 2
        assert complaint in capsys.readouterr().err
    assert main([*one, "--overwrite", "--from", f"{field}.run"]) == 2
    assert f"is a run folder; the model is {field}" in capsys.readouterr().err


def test_what_is_wrong_with_the_options_is_said_before_a_well_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.las").write_text("no log at all")
    for options, complaint in (
        (["--method", "magic"], "magic is no method"),
        (["--curves", "DTX"], "no model can be fitted to DTX"),
        (["--method", "unet", "--from", "nothing"], "nothing: no such file"),
        (["--method", "unet", "--device", "mps"], "no Apple GPU (mps) on this machine"),
    ):
        assert main(["train", str(tmp_path), "-o", str(tmp_path / "m"), *options]) == 2
        said = capsys.readouterr().err
        assert complaint in said and "broken.las" not in said


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--set", "magic=1"], "no such setting"),
        (["--set", "windows=1"], "has parts; set one of windows.distortions"),
        (["--set", "windows.shares=1"], "has parts; set one of windows.shares.blackout"),
        (["--set", "learning_rate=-1"], "learning_rate is -1; use 0 or more"),
        (["--set", "weight_decay=-1"], "weight_decay is -1; use 0 or more"),
        (["--set", "clip=0"], "clip is 0; use a number above 0"),
        (["--set", "workers=-1"], "workers is -1"),
        (["--set", "curve_weights=3"], "want a list like"),
        (["--set", "curve_weights=[1, 2]"], "use 11 numbers of 0 or more, in the order"),
        (["--set", "windows.window=100"], "use a multiple of 16 for unet"),
        (["--method", "lstm", "--set", "windows.window=100"], "use a multiple of 8 for lstm"),
        (["--iterations", "3", "--set", "iterations=4"], "--iterations says 3; give one"),
        (["--set", "freeze=true"], "there is nothing learnt to keep"),
        (["--seed", "-1"], "a whole number from 0 on is wanted"),
        (["--set", "amplification=much"], "want a value like 10.0"),
        (["--set", "batch"], "want NAME=VALUE"),
        (["--devices", "3000"], "3000 devices are more than this machine has"),
        (["--batch", "3", "--set", "devices=2"], "a multiple of 2"),
        (["--width", "10"], "width 10"),
        (["--fill", "zero", "--set", "windows.p_zero=2"], "p_zero"),
        (["--method", "lightgbm", "--masks", "corpus"], "is for networks"),
        (["--method", "lightgbm", "--run-folder", "run"], "is for networks"),
        (["--from", "nothing.model"], "start from a network's file made by 'welllog train'"),
        (["--from", "default"], "start from a network's file made by 'welllog train'"),
        (["--trees", "10"], "unet is a network and grows none"),
        (["--method", "lstm", "--width", "4"], "width 4 of lstm"),
        (["--method", "kriging"], "kriging is not trained; use one of lightgbm"),
        (["--set", "network.name=gru"], "give --method"),
        (["--set", "network.inputs=3"], "follows from the windows"),
        (["--set", "workers=many"], "want a whole number or null"),
        (["--set", "patience=null"], "want a value like 10"),
        (["--freeze"], "there is nothing learnt to keep"),
        (["--resume"], "no experiment to resume"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_one_line(
    options: list[str],
    complaint: str,
    well_files: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if {"lightgbm", "kriging"} & set(options):
        status = main(["train", str(well_files), "-o", str(tmp_path / "m"), *options])
    else:
        status = train(well_files, tmp_path / "m", *options)
    said = capsys.readouterr().err
    assert status == 2 and complaint in said and len(said.splitlines()) == 1
    assert not (tmp_path / "m").exists()


def test_a_folder_of_something_else_does_not_become_a_run_folder(
    well_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(well_files.iterdir())
    assert train(well_files, tmp_path / "m", "--run-folder", str(well_files)) == 2
    assert f"no run folder, as it has {before[0].name}" in capsys.readouterr().err
    assert sorted(well_files.iterdir()) == before


def test_models_says_of_a_network_what_was_set_by_hand(
    well_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "net.model"
    assert train(well_files, model, "--iterations", "2", "--curves", "DTC") == 0
    assert main(["models", str(model)]) == 0
    said = capsys.readouterr().out
    assert "network.width=8" in said and "windows.window=128" in said and "iterations=2" in said
    assert "p_zero" not in said and "held out: none" in said
    assert len(repr(load_model(model))) < 300


def test_a_model_that_cannot_be_written_is_not_lost(
    well_files: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, length = tmp_path / "net.model", ("--iterations", "2", "--curves", "DTC")

    def fill_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("welllog.checkpoint.zipfile.ZipFile.writestr", fill_disk)
        assert train(well_files, model, *length) == 2
    said = capsys.readouterr().err
    assert "No space left on device; make room" in said
    assert f"go on with --resume --run-folder {model}.run" in said
    assert train(well_files, model, *length, "--resume") == 0 and model.exists()
