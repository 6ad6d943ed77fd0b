"""``welllog watch``: the page of a training, whole, going on or damaged; signs of trouble."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.learning.conftest import small
from tests.learning.test_film import poison
from tests.test_cli import run
from welllog.experiment_report import write_experiment_report
from welllog.experiment_report.kept import ExperimentReportError, Kept
from welllog.experiment_report.pictures import choose_frames
from welllog.experiment_report.signs import find_signs
from welllog.features import LogSet
from welllog.learning.experiment import train_network
from welllog.learning.film import FILM, Film

pytestmark = pytest.mark.filterwarnings("ignore:no wells held out")

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def trained_folder(wells: list[LogSet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched") / "net.model.run"
    train_network(wells, small(holdout=0.34, validate_every=2), folder=folder)
    return folder


@pytest.fixture
def folder(trained_folder: Path, tmp_path: Path) -> Path:
    """A run folder of eight iterations with a discriminator, to be spoilt."""
    return Path(shutil.copytree(trained_folder, tmp_path / "net.model.run"))


def test_the_page_of_a_training_holds_all_it_should(folder: Path, capsys: Capture) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*.*")}
    status, said, errors = run(capsys, "watch", folder, "--json")
    result = json.loads(said)
    page = (folder / "watch.html").read_text()
    assert errors == "" and status == int(bool(result["signs"]))
    assert result["files"] == [str(folder / "watch.html")]
    assert (result["iteration"], result["iterations"], result["frames"]) == (8, 8, 4)
    assert {"validation", "told apart", "variety"} <= result["latest"].keys()
    verdict = result["strong_classifier"]
    assert 0.0 <= verdict["accuracy"] <= 1.0 and verdict["pieces"] >= 32
    assert page.count("data:image/png;base64,") == 2
    for words in (
        "1.39 nats",
        "0.69 nats",
        "Strong classifier:",
        "finished",
        "2 wells in",
        "DTC",
        "of wells held out",
    ):
        assert words in page, words
    assert "<script" not in page and "http:" not in page and "https:" not in page
    assert before == {path: path.read_bytes() for path in before}


def test_the_page_can_be_made_while_training_goes_on(folder: Path, tmp_path: Path) -> None:
    history = folder / "history.jsonl"
    lines = history.read_text().splitlines()
    whole = [line for line in lines if json.loads(line)["iteration"] <= 4]
    history.write_text("\n".join(whole) + '\n{"iteration": 6, "recon')
    report = write_experiment_report(folder, tmp_path / "page.html")
    assert report.kept.standing == "iteration 4 of 8: going on, or broken off"
    assert report.kept.remarks == ()
    history.unlink()
    (folder / FILM).unlink()
    early = write_experiment_report(folder)
    assert early.kept.iteration == 0 and early.verdict is None and early.signs == ()
    assert "no validation has come yet" in early.path.read_text()


@pytest.mark.parametrize(
    "fault", ["cut", "pickle", "shape", "nan", "nothing hidden", "no iteration", "many windows"]
)
def test_a_poisoned_film_is_left_out_with_a_remark(
    fault: str, folder: Path, capsys: Capture
) -> None:
    film = folder.parent / "film"
    shutil.move(folder / FILM, film)
    poison(film, fault, folder / FILM)
    status, said, errors = run(capsys, "watch", folder)
    assert status == 1 and "the film is left out: " in errors and errors.count("\n") == 1
    page = (folder / "watch.html").read_text()
    assert "There is none: it cannot be read" in page and "film.safetensors" in page


def test_names_of_wells_are_no_mathematics(folder: Path) -> None:
    poison(folder / FILM, "mathematics", folder / FILM)
    assert write_experiment_report(folder).kept.remarks == ()


def test_damaged_lines_of_a_history_are_left_out_and_counted(folder: Path) -> None:
    history = folder / "history.jsonl"
    poisoned = ["[1, 2]", '{"iteration": "x"}', "\0", '{"iteration": 3, "validation": NaN}']
    poisoned += [
        '{"iteration": 1' + "0" * 400 + "}",
        '{"iteration": 3, "validation": 1' + "0" * 400 + "}",
    ]
    poisoned.append('{"iteration": 3, "validation $x^$": 1.0, "validation DTC": Infinity}')
    poisoned.append('{"iteration": 3, "variety": "<script>", "<script>alert(1)</script>": 1.0}')
    history.write_text("\n".join(poisoned) + "\n" + history.read_text())
    report = write_experiment_report(folder)
    assert report.kept.remarks == (f"{history}: 4 damaged lines are left out",)
    assert report.kept.iteration == 8 and "<script" not in report.path.read_text()


def test_a_training_without_a_discriminator_has_a_page_too(
    wells: list[LogSet], tmp_path: Path
) -> None:
    train_network(wells, small(adversarial_weight=0.0, iterations=2), folder=tmp_path)
    page = write_experiment_report(tmp_path).path.read_text()
    assert "without a discriminator" in page
    assert "told apart" not in page and "1.39" not in page
    assert "which flatters" in page
    assert page.count("data:image/png;base64,") == 2


def test_what_is_no_run_folder_is_refused_in_a_line(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (damaged := tmp_path / "damaged").mkdir()
    (damaged / "config.json").write_text("[]")
    for place, why in (
        (tmp_path / "nowhere", "no such folder"),
        (empty, "no run folder"),
        (damaged, "no settings of a training"),
    ):
        status, said, errors = run(capsys, "watch", place)
        assert (status, said) == (2, "") and why in errors and errors.count("\n") == 1
        assert not (place / "watch.html").exists()


def test_a_page_that_exists_is_replaced_only_when_that_is_asked(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "page.html"
    out.write_text("mine")
    status, _, errors = run(capsys, "watch", folder, "-o", out)
    assert status == 2 and "exists" in errors and out.read_text() == "mine"
    write_experiment_report(folder, out, overwrite=True)
    assert out.read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(ExperimentReportError, match="exists"):
        write_experiment_report(folder, out)
    (folder / "watch.html").write_text("that in the run folder is made again and again")
    assert run(capsys, "watch", folder)[0] in (0, 1)
    assert (folder / "watch.html").read_text().startswith("<!DOCTYPE html>")


def kept(lines: list[dict[str, Any]], **config: Any) -> Kept:
    settings = {"iterations": 10_000, "adversarial_weight": 0.01, "patience": 10, **config}
    numbered = [{"iteration": 20 * (1 + place), **line} for place, line in enumerate(lines)]
    return Kept(Path("run"), settings, numbered, None)


def names(kept: Kept) -> list[str]:
    return [sign.name for sign in find_signs(kept)]


def test_a_game_that_goes_well_shows_no_sign() -> None:
    random = np.random.default_rng(0)
    good = [
        {
            "discriminator": 1.2 + random.normal(0, 0.05),
            "told apart": 0.55,
            "variety": 0.7,
            "validation": 1.0 - 0.01 * number,
        }
        for number in range(40)
    ]
    assert names(kept(good)) == [] and names(kept([])) == []


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("discriminator has won", [{"discriminator": 0.05}] * 40),
        ("discriminator is behind", [{"discriminator": 1.28, "told apart": 0.97}] * 40),
        ("losses oscillate", [{"discriminator": 0.8 + 0.7 * (-1) ** (n // 3)} for n in range(60)]),
        ("noise is ignored", [{"variety": 0.5}, *[{"variety": 0.02}] * 3]),
        ("told apart", [{"told apart": 0.5}, *[{"told apart": 0.9}] * 3]),
        (
            "validation has stopped improving",
            [{"validation": 0.5}, *[{"validation": 0.6}] * 5],
        ),
        ("gradients skipped", [{"reconstruction": 1.0, "skipped": 2}] * 10),
    ],
)
def test_each_sign_of_trouble_is_told_by_what_was_written(
    name: str, lines: list[dict[str, Any]]
) -> None:
    assert name in names(kept(lines))


def test_a_loss_that_falls_does_not_oscillate_and_one_bad_validation_says_nothing() -> None:
    falling = [{"discriminator": 1.4 - 0.02 * number} for number in range(60)]
    assert names(kept(falling)) == []
    assert names(kept([{"variety": 0.02, "told apart": 0.99}])) == []


def test_the_frames_that_are_shown_go_from_the_first_to_the_last() -> None:
    flags = np.ones((1, 4), bool)
    for count in (1, 5, 6, 7, 20, 48):
        film = Film(np.zeros(1, int), ("W",), np.zeros((1, 4)), flags, flags)
        film.iterations = [50 * (number + 1) for number in range(count)]
        chosen = choose_frames(film)
        assert len(chosen) == min(count, 6) and chosen == sorted(set(chosen))
        assert (chosen[0], chosen[-1]) == (0, count - 1)
