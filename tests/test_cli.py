"""The command line: what it says, where it says it, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import las_text
from welllog.cli import main
from welllog.formats import read
from welllog.well import Well

COMMANDS = [
    *("check", "edit", "restore", "synthesize", "replay", "report"),
    *("core-place", "core-curve", "segment-train", "segment", "segment-score"),
    *("train", "models", "watch", "explore", "evaluate", "demo"),
]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command in this process: status, stdout, stderr."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_the_module_runs_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "welllog", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_describes_and_every_argument_is_explained(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert stopped.value.code == 0
    assert len(text.splitlines()) > 12
    assert "--json" in text


def test_no_command_prints_help_and_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys)
    assert status == 0 and "commands:" in out


def test_restore_adds_curves_and_leaves_the_measured_ones(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = gappy_las.read_bytes()
    out = tmp_path / "restored.las"
    status, said, errors = run(capsys, "restore", gappy_las, "-o", out, "--model", "interpolation")
    assert (status, errors) == (0, "")
    assert "DTC" in said and str(out) in said
    assert gappy_las.read_bytes() == before
    source, restored = read(gappy_las), read(out)
    for name in source.curves:
        assert (source.values(name) == restored.values(name)).sum() == (
            source.values(name) == source.values(name)
        ).sum()
    added = [name for name in restored.curves if name not in source.curves]
    assert added == ["DTC_RES", "DTC_P05", "DTC_P50", "DTC_P95", "DTC_FLAG"]
    gap = (restored.index >= 1560) & (restored.index <= 1570)
    assert (restored.values("DTC_RES") == restored.values("DTC_RES")).all()
    assert (restored.values("DTC_FLAG")[gap] > 0).all()
    assert (restored.values("DTC_FLAG")[~gap] == 0).all()


def test_restore_writes_a_record_beside_the_output(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "restored.las"
    status, said, _ = run(
        capsys, "restore", gappy_las, "-o", out, "--model", "interpolation", "--json"
    )
    (result,) = json.loads(said)["results"]
    assert status == 0
    assert json.loads(Path(result["record"]).read_text())


def test_json_is_one_object_and_nothing_else_on_stdout(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.las"
    arguments = ["--curve", "DTC", "--interval", 1520, 1530, "--interval", 1600, 1605]
    _, said, _ = run(
        capsys, "restore", gappy_las, "-o", out, *arguments, "--model", "interpolation", "--json"
    )
    (result,) = json.loads(said)["results"]
    (curve,) = result["curves"]
    assert result["output"] == str(out)
    assert curve["curve"] == "DTC"
    assert [(round(gap["top"]), round(gap["base"])) for gap in curve["gaps"]] == [
        (1520, 1530),
        (1600, 1605),
    ]
    assert curve["replaced"] > 0


def test_nothing_to_restore_is_status_1_and_writes_nothing(
    whole_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.las"
    status, said, errors = run(capsys, "restore", whole_las, "-o", out, "--model", "interpolation")
    assert status == 1 and "no gap to restore" in said and errors == ""
    assert not out.exists()


def test_several_wells_go_to_a_folder_and_a_bad_one_does_not_stop_the_rest(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.las"
    bad.write_text("no log at all\n")
    folder = tmp_path / "restored"
    status, said, errors = run(
        capsys, "restore", bad, gappy_las, "-o", folder, "--model", "interpolation", "--json"
    )
    assert status == 2
    assert (folder / "gappy.las").is_file() and not (folder / "bad.las").exists()
    assert len(errors.splitlines()) == 1 and str(bad) in errors
    assert len(json.loads(said)["errors"]) == 1


def test_packed_input_becomes_a_plain_las_in_the_folder(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import lzma

    packed = tmp_path / "well.las.xz"
    packed.write_bytes(lzma.compress(gappy_las.read_bytes()))
    folder = tmp_path / "out"
    folder.mkdir()
    status, _, _ = run(capsys, "restore", packed, "-o", folder, "--model", "interpolation")
    assert status == 0 and (folder / "well.las").is_file()


def test_overwrite_replaces_what_exists(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.las"
    out.write_text("old")
    status, _, _ = run(
        capsys, "restore", gappy_las, "-o", out, "--model", "interpolation", "--overwrite"
    )
    assert status == 0 and "DTC_RES" in out.read_text()


def test_progress_goes_to_stderr_and_only_when_asked_where_there_is_no_terminal(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["restore", gappy_las, "--model", "interpolation", "--json"]
    _, said, errors = run(capsys, *arguments, "-o", tmp_path / "a.las", "--progress")
    assert "%" in errors and json.loads(said)
    _, _, errors = run(capsys, *arguments, "-o", tmp_path / "b.las")
    assert errors == ""


def test_check_names_curves_gaps_and_what_they_were_taken_for(
    gappy_las: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, _ = run(capsys, "check", gappy_las)
    assert status == 0
    assert "compressional" not in said and "DTC" in said and "null" in said
    status, said, _ = run(capsys, "check", gappy_las, "--json")
    (file,) = json.loads(said)["files"]
    assert [gap["curve"] for gap in file["gaps"] if gap["reason"] == "null"] == ["DTC"]
    assert {row["canonical"] for row in file["curves"]} >= {"DTC", "RHOB", "RDEP"}


def test_check_sees_something_in_a_file_with_a_major_fault(
    gappy_las: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = gappy_las.read_text().splitlines()
    text[-20] = " ".join(text[-20].split()[:-3])  # a row three values short
    gappy_las.write_text("\n".join(text) + "\n")
    status, said, _ = run(capsys, "check", gappy_las)
    assert status == 1 and "major" in said


def test_models_lists_the_default_and_the_straight_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, said, _ = run(capsys, "models", "--json")
    names = {card["name"] for card in json.loads(said)["models"]}
    assert status == 0 and {"interpolation", "kriging"} <= names


def test_models_takes_names_too_and_tells_shared_trees_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, said, _ = run(capsys, "models", "default", "kriging")
    assert status == 0 and said.startswith("deep-kriging (default)") and "\nkriging\n" in said
    assert run(capsys, "models")[1].count("Trained on: ") == 1


def test_train_makes_a_model_that_restore_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gappy_las: Path
) -> None:
    from welllog.samples import synthetic_well

    wells = tmp_path / "wells"
    wells.mkdir()
    for seed in (1, 2, 3):
        text = las_text(synthetic_well(seed=seed, top=1500, base=1700))
        (wells / f"{seed}.las").write_text(text)
    (wells / "bad.las").write_text("no log at all")
    model, out = tmp_path / "field.model", tmp_path / "o.las"
    status, said, errors = run(
        capsys,
        *("train", wells, "-o", model, "--curves", "DT", "--method", "lightgbm-edge"),
        *("--trees", 20),
    )
    assert status == 1 and "bad.las" in errors  # done, and one file was left out
    assert "DTC" in said and "3 wells" in said
    status, said, _ = run(capsys, "restore", gappy_las, "-o", out, "--model", model)
    assert status == 0 and "lightgbm-edge" in said
    assert "DTC_RES" in read(out).curves
    before = model.read_bytes()
    assert run(capsys, "train", wells, "-o", model)[0] == 2 and model.read_bytes() == before


def test_train_says_that_the_kernels_of_deep_kriging_are_not_of_these_wells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from welllog.checkpoint import model_card
    from welllog.samples import synthetic_well

    for seed in (1, 2):
        text = las_text(synthetic_well(seed=seed, top=1500, base=1600))
        (tmp_path / f"{seed}.las").write_text(text)
    model = tmp_path / "field.model"
    status, said, _ = run(
        capsys, "train", tmp_path, "-o", model, "--curves", "DTC", "--trees", 3, "--progress"
    )
    kernels = model_card(model)["training"]["kernels"]
    assert status == 0 and f"its kernels are {kernels}" in said
    assert "the package's" in kernels and "no networks" in kernels


def test_the_help_of_train_names_all_that_can_be_trained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from welllog.boosting import BoostingSettings
    from welllog.corrections import CORRECTIONS
    from welllog.networks import GENERATORS

    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = "".join(capsys.readouterr().out.split())  # a line may end at a hyphen
    for name in (*CORRECTIONS, *GENERATORS):
        assert name in said
    assert f"(default:{BoostingSettings().rounds};fewer" in said


def test_one_bar_goes_from_reading_to_the_bands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from welllog.cli.terminal import Terminal
    from welllog.samples import synthetic_well

    told: list[tuple[float, str]] = []
    monkeypatch.setattr(Terminal, "meter", lambda *_: lambda *what: told.append(what))
    for seed in (1, 2):
        text = las_text(synthetic_well(seed=seed, top=1500, base=1600))
        (tmp_path / f"{seed}.las").write_text(text)
    options = ("--curves", "DTC", "--method", "lightgbm", "--trees", 3)
    assert run(capsys, "train", tmp_path, "-o", tmp_path / "m", *options)[0] == 0
    shares, messages = zip(*told, strict=True)
    assert list(shares) == sorted(shares) and shares[0] == 0.0 and shares[-1] <= 1.0
    stages = ["reading 1.las", "looking at the wells", "trees of DTC", "band of DTC"]
    places = [next(i for i, text in enumerate(messages) if stage in text) for stage in stages]
    assert places == sorted(places)


def test_restore_tells_what_it_found_and_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gappy_well: Well
) -> None:
    import numpy as np

    well = gappy_well.copy()
    depth = well.index
    well.add_curve("ROP", np.where((depth > 1600) & (depth < 1602), np.nan, 20.0), unit="m/h")
    well.add_curve("DRHO", np.where((depth > 1610) & (depth < 1620), 0.3, 0.0), unit="g/cm3")
    source, out = tmp_path / "w.las", tmp_path / "o.las"
    source.write_text(las_text(well))
    model = save_small_trees(tmp_path / "small.model")
    status, said, errors = run(capsys, "restore", source, "-o", out, "--model", model)
    assert (status, errors) == (0, "")
    left = [line.strip() for line in said.splitlines() if line.strip().startswith("left ")]
    told = "small.model (lightgbm) does not restore"
    assert any("ROP (1)" in line and told in line for line in left)
    arguments = ("restore", source, "-o", out, "--overwrite", "--model", "interpolation")
    status, said, errors = run(capsys, *arguments)
    assert (status, errors) == (0, "")
    left = [line.split() for line in said.splitlines() if line.strip().startswith("left ")]
    (density,) = [line for line in left if line[1] == "RHOB"]
    assert density[2:4] == ["bad", "hole"] and density[4].startswith("1610")
    assert "--interval)" in density
    assert any(line[1] == "ROP" and line[2] == "null" for line in left)
    assert not any(line[1] == "DTC" for line in left)
    _, said, _ = run(capsys, *arguments, "--json")
    (result,) = json.loads(said)["results"]
    assert {(e["curve"], e["reason"]) for e in result["left"]} >= {
        ("RHOB", "bad hole"),
        ("ROP", "null"),
    }
    # Who names an interval or a curve is not told of what was not asked for.
    _, said, _ = run(capsys, *arguments, "--curve", "DTC")
    assert "left" not in said
    _, said, _ = run(capsys, *arguments, "--curve", "RHOB", "--interval", 1610, 1620)
    assert "left" not in said


def save_small_trees(path: Path) -> Path:
    from welllog.baselines import Boosted
    from welllog.boosting import BoostingSettings, fit_boosters
    from welllog.checkpoint import save_model
    from welllog.samples import synthetic_well
    from welllog.training import training_logs

    wells = training_logs(synthetic_well(seed, top=1500, base=1600) for seed in range(2))
    settings = BoostingSettings(targets=("DTC",), rounds=5, min_leaf_samples=20)
    return save_model(Boosted("lightgbm", fit_boosters(wells, settings), settings=settings), path)


def test_several_wells_are_not_put_into_a_folder_with_the_name_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gappy_las: Path, whole_las: Path
) -> None:
    for name in ("o.las", "o.LAS.gz", "o.csv"):
        out = tmp_path / name
        status, _, errors = run(
            capsys, "restore", gappy_las, whole_las, "-o", out, "--model", "interpolation"
        )
        assert status == 2 and not out.exists()
        assert "name a folder" in errors and len(errors.splitlines()) == 1


def test_an_output_that_cannot_be_a_las_file_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gappy_las: Path
) -> None:
    gappy_las.write_text("no log at all")
    status, _, errors = run(
        capsys, "restore", gappy_las, "-o", tmp_path / "o.txt", "--model", "interpolation"
    )
    assert status == 2 and ".las" in errors and "o.txt" in errors


def test_demo_without_the_real_well_says_so_and_is_honest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("welllog.samples.find_demo_well", lambda: None)
    folder = tmp_path / "demo"
    status, said, _ = run(capsys, "demo", "-o", folder, "--model", "interpolation")
    assert status == 0
    assert "SYNTHETIC" in said
    summary = json.loads((folder / "summary.json").read_text())
    assert {entry["curve"] for entry in summary["scores"]} == {"DTC", "RHOB"}
    for entry in summary["scores"]:
        # The straight line it is compared with is the model itself: equal, or one of them lies.
        assert entry["rmse"] == pytest.approx(entry["rmse_interpolation"], rel=1e-6)
        assert 190 <= entry["samples"] <= 204
    assert (folder / "tracks.png").stat().st_size > 10_000
    assert "DTC_RES" in read(folder / "synthetic_restored.las").curves
    before = (folder / "summary.json").read_bytes()
    status, _, errors = run(capsys, "demo", "-o", folder, "--model", "kriging")
    assert status == 2 and "synthetic_restored.las: exists" in errors and "--overwrite" in errors
    assert (folder / "summary.json").read_bytes() == before
    assert main(["demo", "-o", str(folder), "--model", "interpolation", "--overwrite"]) == 0


def test_the_demo_hides_the_values_and_what_was_computed_from_them() -> None:
    import numpy as np

    from welllog.cli.demonstration import choose_intervals, hide
    from welllog.samples import synthetic_well

    well = synthetic_well(seed=2)
    for computed in ("SPHI", "DPHI", "PHIX"):
        well.add_curve(computed, np.full(len(well.index), 0.2), unit="v/v")
    parts = choose_intervals(well)
    given = hide(well, parts)
    spoiled = {part.curve: slice(part.top, part.base) for part in parts}
    for name, also in {"DTC": ["SPHI"], "RHOB": ["DPHI", "PHIX"]}.items():
        for curve in (name, *also):
            assert np.isnan(given.values(curve)[spoiled[name]]).all()
            assert np.isfinite(well.values(curve)).all()
    assert np.isfinite(given.values("NPHI")).all()
    assert given.document is None


def test_a_reader_of_the_pipe_that_goes_away_is_no_error(gappy_las: Path) -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m welllog check "{gappy_las}" | head -1; echo ${{PIPESTATUS[0]}}',
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr and "error" not in done.stderr


def test_an_interrupt_is_one_line_and_status_130(
    gappy_las: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("welllog.formats.read", stop)
    out = tmp_path / "o.las"
    status, said, errors = run(capsys, "restore", gappy_las, "-o", out, "--model", "interpolation")
    assert (status, said, errors.strip()) == (130, "", "welllog: error: stopped")
    assert not out.exists()


def test_an_interrupted_process_ends_without_taking_its_libraries_apart() -> None:
    code = """
import atexit, sys, welllog.formats
from welllog.cli import main
def stop(*args, **kwargs): raise KeyboardInterrupt
atexit.register(print, "taken apart")
welllog.formats.read = stop
sys.argv = ["welllog", "check", "-"]
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "welllog: error: stopped\n"


def test_progress_tells_the_time_that_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from welllog.cli.terminal import Terminal

    clock = iter([0.0, 1.0, 40.0, 150.0])
    monkeypatch.setattr("welllog.cli.terminal.time.monotonic", lambda: next(clock))
    draw = Terminal(progress=True).meter("default", time_left=True)
    for share in (0.1, 0.2, 0.75):
        draw(share, "gap DTC")
    assert capsys.readouterr().err.splitlines() == [
        " 10 % default: gap DTC",
        " 20 % 3 min left, default: gap DTC",
        " 75 % 50 s left, default: gap DTC",
    ]


def test_debug_shows_the_traceback_of_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, errors = run(capsys, "check", "nowhere.las", "--debug")
    assert status == 2 and "Traceback" in errors


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell example")
def test_the_examples_in_the_help_are_commands_that_parse() -> None:
    import shlex

    from welllog.cli import build_parser

    parser = build_parser()
    for command in COMMANDS:
        action = next(a for a in parser._actions if a.dest == "command")
        epilog = action.choices[command].epilog or ""
        examples = [line.strip() for line in epilog.splitlines() if line.startswith(" ")]
        examples = [line for line in examples if line.startswith("welllog ")]
        assert examples, command
        for example in examples:
            arguments = shlex.split(example.split("|")[0])[1:]
            parser.parse_args(arguments)


def test_the_page_of_the_command_names_every_option() -> None:
    from welllog.cli import build_parser

    page = (Path(__file__).parent.parent / "docs" / "cli.md").read_text(encoding="utf-8")
    action = next(a for a in build_parser()._actions if a.dest == "command")
    assert list(action.choices) == COMMANDS
    for name, command in action.choices.items():
        section = page.split(f"## welllog {name}\n")[1].split("\n## ")[0]
        for option in command._option_string_actions:
            assert option in section, f"{name} {option}: run `make docs`"
