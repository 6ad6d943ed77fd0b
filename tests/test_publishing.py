"""What goes to PyPI: the description made of the README, and what is refused in an archive."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
HOME = "https://github.com/someone/napari-welllog"


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem + "_script", ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def describe():
    pytest.importorskip("setuptools")
    return load("setup.py").describe


def test_every_relative_link_of_the_readme_leads_to_a_file_that_is_here(describe):
    said = describe((ROOT / "README.md").read_text(), HOME)
    targets = re.findall(r"\]\(([^)]+)\)", said)
    assert all(target.startswith("https://") for target in targets)
    ours = [target for target in targets if target.startswith(HOME)]
    assert len(ours) > 10
    for target in ours:
        kind, branch, path = target.removeprefix(HOME + "/").split("/", 2)
        assert (kind, branch) == ("raw" if path.endswith(".png") else "blob", "main")
        assert (ROOT / path.partition("#")[0]).exists(), path


def test_without_a_repository_no_link_of_the_description_is_dead(describe):
    said = describe((ROOT / "README.md").read_text(), "")
    assert all(target.startswith("https://") for target in re.findall(r"\]\(([^)]+)\)", said))
    assert "![" not in said and "docs/images" not in said
    assert "all of it on one page" in said  # the words of a link stay
    assert "| gaps: nulls, flat lines" in said  # and so do tables that hold no pictures


def test_a_repository_that_is_no_address_is_refused(describe):
    with pytest.raises(SystemExit, match="OWNER"):
        describe("", "github.com/someone/x")


@pytest.fixture
def wheel(tmp_path):
    """A wheel of the package as it lies here."""
    path = tmp_path / "napari_welllog-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for base in (ROOT, ROOT / "src"):
            for package in ("napari_welllog", "welllog"):
                for file in sorted((base / package).rglob("*")):
                    if file.is_file() and "__pycache__" not in file.parts:
                        archive.write(file, file.relative_to(base))
        archive.writestr("napari_welllog-0.1.0.dist-info/licenses/LICENSE", "BSD")
    return path


def test_a_wheel_with_a_test_data_or_without_a_module_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    find_faults = load("scripts/check_wheel.py").find_faults
    assert find_faults(wheel) == []
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("tests/test_x.py", "")
        archive.writestr("welllog/well.las", "~V")
    lacking = tmp_path / "lacking.whl"
    with zipfile.ZipFile(wheel) as full, zipfile.ZipFile(lacking, "w") as archive:
        for name in full.namelist():
            if name not in ("welllog/py.typed", "welllog/formats/las.py"):
                archive.writestr(name, full.read(name))
    assert sorted(find_faults(lacking)) == [
        "src/welllog/formats/las.py is missing",
        "tests/test_x.py does not belong in the archive",
        "welllog/py.typed is missing",
        "welllog/well.las does not belong in the package",
    ]
