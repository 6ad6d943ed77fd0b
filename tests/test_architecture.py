"""The architecture page, held to its word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ["torch", "welly", "matplotlib", "pandas", "lightgbm", "lasio", "scipy", "napari", "qtpy"]
SOURCES = sorted(
    path for folder in ("src", "napari_welllog", "tests") for path in (ROOT / folder).rglob("*.py")
)


def loaded_after(statement: str) -> set[str]:
    """Return the heavy modules a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_welllog_loads_none_of_its_dependencies() -> None:
    assert loaded_after("import welllog") == set()


def test_the_help_of_the_command_loads_none_of_its_dependencies() -> None:
    assert loaded_after("import welllog.cli; welllog.cli.build_parser()") == set()


def test_reading_a_file_and_finding_its_gaps_do_not_load_torch(gappy_las: Path) -> None:
    loaded = loaded_after(
        f"import welllog; well = welllog.read({str(gappy_las)!r}); assert welllog.find_gaps(well)"
    )
    assert not loaded & {"torch", "lightgbm", "napari", "qtpy"}


def test_importing_the_plugin_does_not_load_torch() -> None:
    assert "torch" not in loaded_after("import napari_welllog")


def test_every_public_name_can_be_had_from_the_package() -> None:
    import welllog

    for name in welllog.__all__:
        assert getattr(welllog, name) is not None
    with pytest.raises(AttributeError):
        welllog.nonsense  # noqa: B018


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_architecture_page_names_every_module_of_the_engine() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in (ROOT / "src" / "welllog").iterdir():
        if path.name in ("__init__.py", "py.typed", "__pycache__"):
            continue
        name = path.name if path.suffix == ".toml" else path.stem
        if path.suffix in (".py", ".toml") or (path / "__init__.py").exists():
            assert re.search(rf"`{re.escape(name)}/?`", page), f"{name} is not on the page"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_500_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_no_module_is_named_for_nothing() -> None:
    empty = {"utils", "util", "helpers", "common", "base", "manager", "misc"}
    assert not [path for path in SOURCES if path.stem.strip("_") in empty]


def test_the_version_is_the_same_everywhere() -> None:
    import tomllib

    import welllog

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert welllog.__version__ == project["version"]
