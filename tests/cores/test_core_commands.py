"""``welllog core-place`` and ``welllog core-curve``: what they write, say and refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cores.core_pictures import core_box, save_picture
from tests.test_bad_input import refused  # noqa: F401 (a fixture)
from tests.test_cli import run
from welllog.cores.placement_files import cores_path, read_placements, with_cores
from welllog.formats import read
from welllog.repetition import ReplayError, replay
from welllog.zones import read_zones

Refuse = Callable[..., str]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def las(gappy_las: Path, tmp_path: Path) -> Path:
    """A well of its own to put things beside."""
    path = tmp_path / "well.las"
    path.write_bytes(gappy_las.read_bytes())
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Two columns of core, each sand over shale."""
    return save_picture(tmp_path / "box.png", core_box(2))


def place(capsys: Capture, las: Path, photo: Path, *words: object) -> tuple[int, str, str]:
    return run(capsys, "core-place", las, photo, *words)


def test_columns_are_found_and_placed_beside_the_well_which_stays_as_it_was(
    las: Path, photo: Path, capsys: Capture
) -> None:
    before = las.read_bytes(), photo.read_bytes()
    status, said, errors = place(
        capsys, las, photo, "--top", 1520, "--base", 1522, "--shift", 0.5, "--json"
    )
    assert (status, errors) == (0, "") and (las.read_bytes(), photo.read_bytes()) == before
    result = json.loads(said)
    assert Path(result["side_car"]) == las.with_name("well.cores.json")
    assert result["depths"][0] == pytest.approx([1520.5, 1522.5])
    (placement,) = read_placements(result["side_car"])
    assert len(placement.columns) == 2 and placement.columns[1].top == pytest.approx(1521)
    assert with_cores(read(las)).cores == [placement]


def test_ties_are_pixels_of_the_photograph_and_feet_are_feet(
    las: Path, photo: Path, capsys: Capture
) -> None:
    words = ("--column", "20,20,140,920", "--unit", "ft", "--ties", "20:5000", "470:5001",
             "920:5004")  # fmt: skip
    status, said, _ = place(capsys, las, photo, *words, "--json")
    (placement,) = read_placements(json.loads(said)["side_car"])
    assert status == 0 and placement.unit == "ft"
    assert placement.columns[0].ties == pytest.approx(
        np.array([(0, 5000), (450, 5001), (900, 5004)]), abs=1e-3
    )
    assert json.loads(said)["depths"][0][0] == pytest.approx(5000 * 0.3048)
    assert run(capsys, "core-place", las, "--shift", -0.3048)[0] == 0, "metres, like the well"
    assert read_placements(las.with_name("well.cores.json"))[0].shift == pytest.approx(-1.0)


def test_a_photograph_on_its_side_is_tied_from_its_left(
    las: Path, tmp_path: Path, capsys: Capture
) -> None:
    photo = save_picture(tmp_path / "side.png", np.rot90(core_box(1)))
    words = ("--sideways", "--column", "20,20,920,140", "--ties", "20:1520", "920:1521")
    assert place(capsys, las, photo, *words)[0] == 0
    (placement,) = read_placements(las.with_name("well.cores.json"))
    top_left = placement.columns[0].column.corners[0]
    assert top_left == (140, 20) and placement.spot(1520.0).across == pytest.approx(20)


def test_measures_become_curves_in_a_new_file_and_can_be_repeated(
    las: Path, photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    place(capsys, las, photo, "--top", 1520, "--base", 1524)
    out = tmp_path / "out.las"
    status, said, errors = run(
        capsys, "core-curve", las, "-o", out, "--measure", "brightness", "--measure", "cracks",
        "--user", "A. Nalyst",
    )  # fmt: skip
    assert (status, errors) == (0, "") and "CORE_BRIGHT: " in said and str(out) in said
    well = read(out)
    depth, bright = well.index, well.values("CORE_BRIGHT")
    sand, shale = ((depth > low) & (depth < low + 0.7) for low in (1520.15, 1521.15))
    assert bright[sand] == pytest.approx(0.63, abs=0.02)
    assert bright[shale] == pytest.approx(0.353, abs=0.02)
    assert not np.isfinite(bright[(depth < 1519.9) | (depth > 1524.1)]).any()
    again = replay(read(las), out.with_name("out.welllog.json"))
    assert again.differences == []
    assert np.array_equal(again.well.values("CORE_BRIGHT"), bright, equal_nan=True)
    save_picture(photo, core_box(2, seed=5))
    with pytest.raises(ValueError, match="has changed since"):
        replay(read(las), out.with_name("out.welllog.json"))


def test_labels_become_shares_and_zones_and_can_be_repeated(
    las: Path, photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    place(capsys, las, photo, "--top", 1520, "--base", 1524)
    labels = np.full((940, 300), 255, np.uint8)
    labels[20:920] = 0
    labels[470:920] = 1
    mask, out, zones = save_picture(tmp_path / "m.png", labels), tmp_path / "o.las", tmp_path / "z"
    words = ("--labels", mask, "--classes", "sand,clay shale", "--zones", zones, "--thickness", 0.3)
    status, said, _ = run(capsys, "core-curve", las, "-o", out, *words, "--json")
    result = json.loads(said)
    assert status == 0 and [c["curve"] for c in result["curves"]] == [
        "CORE_F_SAND", "CORE_F_CLAY_SHALE",
    ]  # fmt: skip
    assert [zone[0] for zone in result["zones"]] == ["sand", "clay shale"] * 2
    found, _ = read_zones(zones)
    assert found[0].top == pytest.approx(1520, abs=0.02)
    assert found[1].top == pytest.approx(1521, abs=0.02)
    assert replay(read(las), out.with_name("o.welllog.json")).differences == []
    save_picture(mask, labels // 2)
    with pytest.raises(ValueError, match="not the file of labels"):
        replay(read(las), out.with_name("o.welllog.json"))


def test_what_a_command_writes_has_the_core_of_its_well_beside_it(
    las: Path, photo: Path, tmp_path: Path, capsys: Capture
) -> None:
    place(capsys, las, photo, "--top", 1520, "--base", 1524)
    (tmp_path / "new").mkdir()
    curves, edited = tmp_path / "new" / "curves.las", tmp_path / "new" / "edited.las"
    filled = tmp_path / "new" / "filled.las"
    assert run(capsys, "core-curve", las, "-o", curves, "--measure", "brightness")[0] == 0
    assert run(capsys, "edit", curves, "-o", edited, "--clip", "GR", "low=70")[0] == 0
    words = ("--curve", "GR", "--interval", "1521", "1523", "--model", "interpolation")
    assert run(capsys, "restore", edited, "-o", filled, *words)[0] == 0
    for file in (curves, edited, filled):
        (placed,) = read_placements(cores_path(file))
        assert placed.picture == photo.resolve() and (placed.top, placed.base) == (1520, 1524)


def test_a_model_makes_the_curves_that_its_labels_would_and_can_be_repeated(
    las: Path,
    photo: Path,
    tmp_path: Path,
    refused: Refuse,  # noqa: F811
    capsys: Capture,
) -> None:
    place(capsys, las, photo, "--top", 1520, "--base", 1524)
    painted = np.full((940, 300), 255, np.uint8)
    painted[:10], painted[100:110], painted[600:610] = 2, 0, 1
    mask, model = save_picture(tmp_path / "m.png", painted), tmp_path / "rock.model"
    names = "sand,shale,box"
    train = "segment-train", photo, mask, "-o", model, "--classes", names, "--evening", 0
    assert run(capsys, *train)[0] == 0
    before = model.read_bytes(), photo.read_bytes(), las.read_bytes()
    one, two, zones = tmp_path / "one.las", tmp_path / "two.las", tmp_path / "z.csv"
    words = "--leave-out", "box", "--json"
    status, said, errors = run(
        capsys, "core-curve", las, "-o", one, "--model", model, "--zones", zones, *words
    )
    assert (status, errors) == (0, "") and before == (
        model.read_bytes(), photo.read_bytes(), las.read_bytes(),
    )  # fmt: skip
    result = json.loads(said)
    assert [c["curve"] for c in result["curves"]] == ["CORE_F_SAND", "CORE_F_SHALE"]
    assert result["source"]["model"]["path"] == str(model) and read_zones(zones)[0]
    assert run(capsys, "segment", photo, "-o", tmp_path / "out", "--model", model)[0] == 0
    labels = tmp_path / "out" / "box.png"
    by_hand = "--labels", labels, "--classes", names
    assert run(capsys, "core-curve", las, "-o", two, *by_hand, *words)[0] == 0
    for name in ("CORE_F_SAND", "CORE_F_SHALE", "CORE_F_SAND_SE"):
        np.testing.assert_array_equal(read(one).values(name), read(two).values(name))
    depth, sand = read(one).index, read(one).values("CORE_F_SAND")
    assert np.nanmin(sand[(depth > 1520.2) & (depth < 1520.8)]) > 0.9
    record = one.with_name("one.welllog.json")
    assert replay(read(las), record).differences == []
    go = "core-curve", las, "-o", tmp_path / "no.las", "--model"
    for more, line in (
        ((model, "--classes", "a,b"), "a model has its own classes"),
        ((model, "--leave-out", "clay"), "clay is no class of"),
        ((model, "--measure", "redness"), "one of the three"),
        ((photo,), "is no model of this version"),
        ((tmp_path / "none.model",), "there is no such file"),
    ):
        assert line in refused(*go, *more)
    assert not (tmp_path / "no.las").exists()
    model.write_bytes(model.read_bytes() + b" ")
    with pytest.raises(ValueError, match="not the model that was used"):
        replay(read(las), record)


def test_a_grey_photograph_is_refused_by_a_model_of_coloured_ones(
    las: Path,
    photo: Path,
    tmp_path: Path,
    refused: Refuse,  # noqa: F811
    capsys: Capture,
) -> None:
    model, grey = tmp_path / "rock.model", save_picture(tmp_path / "grey.png", core_box(2)[..., 0])
    painted = np.tile(np.arange(300) // 150, (940, 1)).astype(np.uint8)
    mask = save_picture(tmp_path / "m.png", painted)
    assert run(capsys, "segment-train", photo, mask, "-o", model, "--trees", 3)[0] == 0
    place(capsys, las, grey, "--top", 1520, "--base", 1524)
    out = tmp_path / "out.las"
    said = refused("core-curve", las, "-o", out, "--model", model)
    assert "grey.png: a picture with 1 channels" in said and not out.exists()


def test_a_shift_is_suggested_and_not_made_and_then_made_when_given(
    las: Path, photo: Path, capsys: Capture
) -> None:
    status, said, _ = place(
        capsys, las, photo, "--top", 1520, "--base", 1530, "--suggest-shift", "GR", "--json"
    )
    found = json.loads(said)["suggested_shift"]
    assert status == int(not found["sure"])
    assert abs(found["further"]) <= 5 and len(found["profile"][0]) == len(found["profile"][1])
    car = las.with_name("well.cores.json")
    assert read_placements(car)[0].shift == 0
    before = car.read_bytes()
    assert run(capsys, "core-place", las, "--suggest-shift", "GR")[0] == status
    assert car.read_bytes() == before
    assert run(capsys, "core-place", las, "--shift", 0.7)[0] == 0
    assert read_placements(car)[0].shift == 0.7


def test_core_too_short_to_correlate_is_placed_and_that_is_said(
    las: Path, photo: Path, capsys: Capture
) -> None:
    status, _, errors = place(
        capsys, las, photo, "--top", 1520, "--base", 1520.9, "--suggest-shift", "GR"
    )
    assert status == 1 and "no shift is suggested" in errors and errors.count("\n") == 1
    assert len(read_placements(las.with_name("well.cores.json"))) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--top", "1522", "--base", "1520"), "the top must be less deep"),
        (("--top", "9522", "--base", "9530"), "outside well"),
        (("--top", "1520"), "give --top and --base, or --ties"),
        (("--top", "1", "--base", "2", "--ties", "1:2"), "not both"),
        (("--ties", "20:1520", "900:1521"), "given for 1 of 2 columns"),
        (("--column", "20,20,140,920", "--ties", "20:1521", "900:1520"), "must both increase"),
        (("--column", "20,20,140,920", "--ties", "5:1521", "900:1522"), "runs from pixel 20"),
        (("--column", "20,20,140,920", "--ties", "20-1521", "900:1522"), "a colon between"),
        (("--column", "20,20,140", "--top", "1520", "--base", "1521"), "four numbers"),
        (("--column", "140,20,20,920", "--top", "1520", "--base", "1521"), "do not go round"),
        (("--column", "20,20,140,9920", "--top", "1520", "--base", "1521"), "beyond the picture"),
        (("--count", "7", "--top", "1520", "--base", "1521"), "7 wanted"),
        (("--top", "1520", "--base", "1521", "--suggest-shift", "NONE"), "no curve NONE"),
    ],
)
def test_a_placement_that_cannot_be_is_refused_and_nothing_is_written(
    las: Path,
    photo: Path,
    refused: Refuse,  # noqa: F811
    words: tuple[str, ...],
    said: str,
) -> None:
    assert said in refused("core-place", las, photo, *words)
    assert not las.with_name("well.cores.json").exists()


def test_photographs_of_other_kinds_are_placed_and_bad_ones_are_named(
    las: Path,
    tmp_path: Path,
    refused: Refuse,  # noqa: F811
    capsys: Capture,
) -> None:
    inks, small = tmp_path / "inks.jpg", save_picture(tmp_path / "small.png", core_box(2)[:1, :1])
    Image.fromarray(core_box(2)).convert("CMYK").save(inks)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    depths = "--top", 1520, "--base", 1522
    for bad, line in ((small, "is too small to find columns in"), (text, "is no picture")):
        said = refused("core-place", las, bad, *depths)
        assert str(bad) in said and line in said
    assert not las.with_name("well.cores.json").exists()
    status, _, errors = place(capsys, las, inks, *depths)
    assert status == 0 and "inks (CMYK) were turned into red, green and blue" in errors
    assert len(read_placements(las.with_name("well.cores.json"))[0].columns) == 2


def test_a_photograph_is_placed_twice_only_when_asked(
    las: Path,
    photo: Path,
    refused: Refuse,  # noqa: F811
    capsys: Capture,
) -> None:
    depths = ("--top", "1520", "--base", "1521")
    place(capsys, las, photo, *depths)
    before = las.with_name("well.cores.json").read_bytes()
    assert "is placed already; give --overwrite" in refused("core-place", las, photo, *depths)
    assert las.with_name("well.cores.json").read_bytes() == before
    assert place(capsys, las, photo, "--top", 1530, "--base", 1531, "--overwrite")[0] == 0
    assert [each.top for each in read_placements(las.with_name("well.cores.json"))] == [1530]


def test_what_core_curve_cannot_use_is_refused_and_nothing_is_written(
    las: Path,
    photo: Path,
    tmp_path: Path,
    refused: Refuse,  # noqa: F811
    capsys: Capture,
) -> None:
    out = tmp_path / "out.las"
    go = ("core-curve", las, "-o", out)
    assert "cannot be read" in refused(*go, "--measure", "brightness")
    place(capsys, las, photo, "--top", 1520, "--base", 1524)
    small = save_picture(tmp_path / "small.png", np.zeros((9, 9), np.uint8))
    colour = save_picture(tmp_path / "colour.png", core_box(2))
    many = save_picture(tmp_path / "many.png", np.full((940, 300), 7, np.uint8))
    text = tmp_path / "text.png"
    text.write_text("no picture")
    for words, said in (
        ((), "--measure, --labels or --model"),
        (("--measure", "taste"), "none of brightness"),
        (("--labels", small, "--classes", "a,b"), "what is given is 9 x 9"),
        (("--labels", colour, "--classes", "a,b"), "is in colour; a mask holds"),
        (("--labels", many, "--classes", "a,b"), "8 classes in the labels and 2 names"),
        (("--labels", many), "no classes; name them"),
        (("--labels", many, many, "--classes", "a,b"), "2 files of labels for 1 pictures"),
        (("--labels", text, "--classes", "a,b"), "text.png"),
        (("--measure", "brightness", "--picture", "x.png"), "x.png is not placed"),
        (("--measure", "brightness", "--smooth", "-1"), "smooth is -1"),
        (("--measure", "brightness", "--zones", tmp_path / "z.csv"), "--zones are of labels"),
    ):
        assert said in refused(*go, *words)
    photo.unlink()
    assert "not there any more" in refused(*go, "--measure", "brightness")
    assert not out.exists()


def test_a_record_of_core_that_says_nothing_is_refused(las: Path) -> None:
    well = read(las)
    with pytest.raises((ReplayError, ValueError), match="does not say what it needs"):
        replay(well, [{"action": "core curve", "well": well.name, "sha256": {}}])
