"""Bad input: one line that says what to do, exit status 2, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from welllog.cli import main

Refuse = Callable[..., str]


@pytest.fixture
def refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Refuse:
    """Run a command that must be refused; return the one line it says."""

    def listing() -> dict[str, tuple[int, int]]:
        files = list(tmp_path.rglob("*"))
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in files}

    def refuse(*arguments: object) -> str:
        before = listing()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert status == 2
        assert captured.out == ""
        assert listing() == before, "something was written"
        lines = captured.err.splitlines()
        assert len(lines) == 1 and lines[0].startswith("welllog: error: "), captured.err
        assert "Traceback" not in captured.err
        return lines[0].removeprefix("welllog: error: ")

    monkeypatch.chdir(tmp_path)
    return refuse


INTERPOLATION = ("--model", "interpolation")


@pytest.mark.parametrize("command", ["check", "restore"])
def test_a_missing_file(command: str, refused: Refuse, tmp_path: Path) -> None:
    output = () if command == "check" else ("-o", tmp_path / "o.las")
    line = refused(command, tmp_path / "nowhere.las", *output)
    assert "nowhere.las" in line and "check the path" in line


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"Dear all,\nplease find the log enclosed.\n"]
)
def test_a_file_that_is_no_log(content: bytes, refused: Refuse, tmp_path: Path) -> None:
    path = tmp_path / "letter.las"
    path.write_bytes(content)
    line = refused("restore", path, "-o", tmp_path / "o.las", *INTERPOLATION)
    assert "letter.las" in line


def test_a_folder_instead_of_a_file(refused: Refuse, tmp_path: Path) -> None:
    folder = tmp_path / "wells"
    folder.mkdir()
    assert "folder" in refused("restore", folder, "-o", tmp_path / "o.las", *INTERPOLATION)


def test_no_such_curve(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    line = refused("restore", gappy_las, "-o", tmp_path / "o.las", "--curve", "XYZ", *INTERPOLATION)
    assert "no curve XYZ" in line and "GR, CALI" in line


def test_an_interval_outside_the_well(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    line = refused(
        *("restore", gappy_las, "-o", tmp_path / "o.las", "--curve", "DTC"),
        *("--interval", 5000, 5010, *INTERPOLATION),
    )
    assert "5000" in line and "from 1500 to 1649" in line


def test_an_interval_upside_down(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    line = refused(
        "restore", gappy_las, "-o", tmp_path / "o.las", "--interval", 1600, 1500, *INTERPOLATION
    )
    assert "TOP must be less than BASE" in line


def test_an_interval_that_is_no_number(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    line = refused("restore", gappy_las, "-o", tmp_path / "o.las", "--interval", "top", "base")
    assert "--interval" in line and "'top'" in line


def test_an_output_that_exists(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.las"
    out.write_text("precious")
    assert "--overwrite" in refused("restore", gappy_las, "-o", out, *INTERPOLATION)
    assert out.read_text() == "precious"


def test_an_output_that_is_the_input(refused: Refuse, gappy_las: Path) -> None:
    line = refused("restore", gappy_las, "-o", gappy_las, "--overwrite", *INTERPOLATION)
    assert "choose another output" in line


def test_a_file_where_a_folder_should_be(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    line = refused("restore", gappy_las, "-o", file / "o.las", *INTERPOLATION)
    assert "choose another folder" in line


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc on this system")
def test_a_folder_that_cannot_be_written_to(refused: Refuse, gappy_las: Path) -> None:
    line = refused("restore", gappy_las, "-o", "/proc/o.las", *INTERPOLATION)
    assert "/proc" in line and "choose another folder" in line


def test_a_folder_that_does_not_exist(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    line = refused("restore", gappy_las, "-o", tmp_path / "no" / "o.las", *INTERPOLATION)
    assert "make it first" in line


def test_a_curve_that_is_all_null(refused: Refuse, null_las: Path, tmp_path: Path) -> None:
    line = refused("restore", null_las, "-o", tmp_path / "o.las", "--curve", "DTC", *INTERPOLATION)
    assert "DTC" in line and "synthesise it instead" in line


@pytest.mark.parametrize(
    "garbage", [b"", b"garbage", b"PK\x03\x04 no zip", b"\x80\x05cos\nsystem\n"]
)
def test_a_model_file_that_is_garbage(
    garbage: bytes, refused: Refuse, gappy_las: Path, tmp_path: Path
) -> None:
    model = tmp_path / "field.model"
    model.write_bytes(garbage)
    line = refused("restore", gappy_las, "-o", tmp_path / "o.las", "--model", model)
    assert "field.model" in line


def test_a_model_of_no_known_name(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    line = refused("restore", gappy_las, "-o", tmp_path / "o.las", "--model", "magic")
    assert "magic" in line and "interpolation" in line


def test_two_inputs_of_one_name(refused: Refuse, gappy_las: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "gappy.las"
    other.parent.mkdir()
    other.write_bytes(gappy_las.read_bytes())
    line = refused("restore", gappy_las, other, "-o", tmp_path / "out", *INTERPOLATION)
    assert "would both become" in line


def test_training_on_nothing(refused: Refuse, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no .las or .csv" in refused("train", empty, "-o", tmp_path / "m.model")


def test_training_into_a_file_that_exists(refused: Refuse, whole_las: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.model"
    model.write_text("precious")
    assert "--overwrite" in refused("train", whole_las, "-o", model)


def test_evaluating_without_data(
    refused: Refuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLLOG_DATA", str(tmp_path / "nowhere"))
    assert "WELLLOG_DATA" in refused("evaluate")


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_scenarios_that_are_none(text: str, refused: Refuse, tmp_path: Path) -> None:
    path = tmp_path / "scenarios.json"
    path.write_text(text)
    line = refused("evaluate", "--scenarios", path, "--wells", tmp_path)
    assert "scenarios.json" in line


def test_an_unknown_command(refused: Refuse) -> None:
    assert "invalid choice" in refused("repair")


def test_a_missing_option(refused: Refuse, gappy_las: Path) -> None:
    assert "-o/--output" in refused("restore", gappy_las)


def test_a_demo_into_a_file(refused: Refuse, gappy_las: Path) -> None:
    assert "choose another folder" in refused("demo", "-o", gappy_las)
