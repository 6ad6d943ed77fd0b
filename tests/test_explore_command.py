"""``welllog explore``: the page of a latent space, and what is said where there can be none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.conftest import las_text
from tests.small_network import small_network
from welllog.checkpoint import save_model
from welllog.cli import main
from welllog.neural import Neural
from welllog.samples import synthetic_well

Run = Callable[..., tuple[int, str, str]]


def heard(noise: float) -> Neural:
    """Return an untrained network that hears its noise so well."""
    torch.manual_seed(0)
    network = small_network(())
    for name, weights in network.generator.named_parameters():
        if "noise" in name:
            weights.mul_(noise)
    outlook = replace(network.outlook, residual=(0.01,) * 11)
    return replace(network, outlook=outlook)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explore")
    save_model(heard(1.0), folder / "net.model")
    save_model(heard(0.0), folder / "deaf.model")
    (folder / "well.las").write_text(las_text(synthetic_well(seed=1, top=1500, base=1620)))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], files: Path, tmp_path: Path) -> Run:
    def run(model: str, *more: str, name: str = "page.html") -> tuple[int, str, str]:
        places = [str(files / model), str(files / "well.las"), "-o", str(tmp_path / name)]
        status = main(["explore", *places, *more])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_a_page_has_a_part_for_every_interval(run: Run, tmp_path: Path) -> None:
    intervals = ["--interval", "1530", "1534", "--interval", "1560", "1565"]
    status, out, _ = run("net.model", "--curve", "GR", "--json", *intervals)
    told = json.loads(out)
    assert status == 0
    assert [(one["curve"], round(one["top"])) for one in told["intervals"]] == [
        ("GR", 1530),
        ("GR", 1560),
    ]
    for one in told["intervals"]:
        side = len(one["map"]["coordinates"])
        assert len(one["map"]["mean"]) == len(one["map"]["class"][0]) == side
        assert abs(sum(one["classes"].values()) - 1.0) < 1e-6 and one["variety"] > 0.1
    page = (tmp_path / "page.html").read_text()
    assert len(re.findall("data:image/png", page)) == 8 and "<script" not in page


def test_without_an_interval_the_middle_of_the_curve_is_taken(run: Run) -> None:
    _, out, _ = run("net.model", "--curve", "GR", "--json")
    (one,) = json.loads(out)["intervals"]
    assert 1550 < one["top"] < one["base"] < 1570


def test_a_network_that_ignores_its_noise_is_told_with_what_helps(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("deaf.model", "--curve", "GR")
    assert status == 1
    assert "variety 0.00" in out and "loss=crps" in out
    assert "as good as ignored" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("default", ["--curve", "GR"], "takes no noise"),
        ("net.model", ["--curve", "SP"], "does not predict SP"),
        ("net.model", ["--curve", "GR", "--interval", "1510", "1610"], "longer than the network's"),
        ("net.model", ["--curve", "GR", "--interval", "9", "3"], "TOP must be less than BASE"),
        ("net.model", ["--curve", "GR", "--interval", "3", "9"], "no sample of the well"),
        ("net.model", ["--curve", "GR", "--ends", "nan", "0", "1", "0"], "from -2 to 2"),
        ("net.model", ["--curve", "GR", "--ends", "0", "0", "1e9", "0"], "from -2 to 2"),
    ],
)
def test_what_cannot_be_explored_is_one_line(
    capsys: pytest.CaptureFixture[str],
    files: Path,
    tmp_path: Path,
    model: str,
    more: list[str],
    said: str,
) -> None:
    network = model if model == "default" else str(files / model)
    page = tmp_path / "page.html"
    assert main(["explore", network, str(files / "well.las"), "-o", str(page), *more]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1
    assert not page.exists()


def test_a_page_that_exists_is_left_alone(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")
    status, _, err = run("net.model", "--curve", "GR")
    assert status == 2 and "exists" in err and page.read_text() == "mine"
    assert run("net.model", "--curve", "GR", "--overwrite")[0] == 0
    assert page.read_text() != "mine"


def test_a_well_in_feet_is_asked_and_answered_in_feet(
    run: Run, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well = synthetic_well(seed=1, top=1500, base=1620)
    text = las_text(replace(well, index=well.index / 0.3048, index_unit="ft"))
    assert "DEPT.M " in text
    in_feet = tmp_path / "feet.las"
    in_feet.write_text(text)
    page = str(tmp_path / "page.html")
    asked = ["explore", str(files / "net.model"), str(in_feet), "-o", page, "--index-unit", "ft"]
    assert main([*asked, "--curve", "GR", "--interval", "5090", "5105", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["intervals"]
    assert one["top"] == pytest.approx(5090 * 0.3048, abs=0.2)
    assert main([*asked, "--curve", "GR", "--overwrite"]) == 0
    assert "GR 5110.3-5126.3 ft: variety" in capsys.readouterr().out
    assert main([*asked, "--curve", "GR", "--interval", "1530", "1534", "--overwrite"]) == 2
    assert "1 m is 3.281 ft" in capsys.readouterr().err


def test_a_single_sample_is_drawn_and_does_not_make_a_network_deaf(
    run: Run, recwarn: pytest.WarningsRecorder
) -> None:
    status, out, err = run("net.model", "--curve", "GR", "--interval", "1550", "1550.2")
    assert status == 0 and "ignored" not in out and not err and not list(recwarn)


def test_a_time_index_is_taken_as_it_is(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well = synthetic_well(seed=1, top=1500, base=1620)
    timed = tmp_path / "timed.las"
    timed.write_text(las_text(well).replace("DEPT.M ", "TIME.MS ").replace(".M 1", ".MS 1"))
    asked = ["explore", str(files / "net.model"), str(timed), "-o", str(tmp_path / "page.html")]
    main([*asked, "--curve", "GR", "--interval", "1550", "1556"])
    assert "GR 1550" in capsys.readouterr().out
