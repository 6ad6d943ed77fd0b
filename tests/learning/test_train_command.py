"""`welllog train` with a network: three wells, one tiny epoch; killed in the middle and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from welllog.checkpoint import load_model
from welllog.cli import main
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
    assert "iteration 3 of 3, reconstruction" in said.err and "left" in said.err
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
    assert len(histories[0].splitlines()) == 24
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
    assert "stopped at iteration" in said and "--resume goes on from there" in said
    assert not model.exists()
    assert RunFolder(Path(f"{model}.run")).load(LAST)[1]["iteration"] < 500


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--set", "magic=1"], "no such setting"),
        (["--set", "windows=1"], "no such setting"),
        (["--set", "amplification=much"], "want a value like 10.0"),
        (["--set", "batch"], "want NAME=VALUE"),
        (["--devices", "3"], "use a multiple of 3"),
        (["--width", "10"], "width 10"),
        (["--fill", "zero", "--set", "windows.p_zero=2"], "p_zero"),
        (["--method", "lightgbm", "--masks", "corpus"], "is for networks"),
        (["--from", "nothing.model"], "no model nothing.model"),
        (["--from", "kriging"], "is no network"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_one_line(
    options: list[str],
    complaint: str,
    well_files: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "--method" in options:
        status = main(["train", str(well_files), "-o", str(tmp_path / "m"), *options])
    else:
        status = train(well_files, tmp_path / "m", *options)
    said = capsys.readouterr().err
    assert status == 2 and complaint in said and len(said.splitlines()) == 1
    assert not (tmp_path / "m").exists()
