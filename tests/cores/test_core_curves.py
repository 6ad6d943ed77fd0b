"""Pictures of core become curves that say what the picture shows, and how surely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cores.core_pictures import core_box
from welllog.cores.columns import Column, box_column
from welllog.cores.core_curves import (
    CurveSettings,
    add_core_curves,
    curves_of_measure,
    curves_of_shares,
    shares_in,
)
from welllog.cores.core_zones import find_core_zones
from welllog.cores.placement import Placement, PlacementError, place_picture
from welllog.cores.row_measures import find_cracks, measure_rows, share_rows, spell_class
from welllog.formats import read, write
from welllog.well import Well

SIZE = (2000, 100)


def a_well(unit: str = "m") -> Well:
    well = Well("A", np.round(np.arange(1000.0, 1010.0, 0.1), 3), unit)
    well.add_curve("GR", np.linspace(20, 90, len(well.index)), unit="gAPI")
    return well


def a_core(top: float = 1002.0, base: float = 1004.0, column: Column | None = None) -> Placement:
    column = column or box_column(0, 0, 100, 2000)
    return place_picture("core.png", SIZE, [column], top, base)


def curve(labels: np.ndarray, names: list[str], **more: object) -> np.ndarray:
    placement = more.pop("placement", a_core())
    made = curves_of_shares(a_well(), [placement], lambda _: labels, names, **more)  # type: ignore
    return np.stack([each.values for each in made])


def test_shares_are_those_of_the_pixels_around_each_depth_and_null_outside_the_core() -> None:
    labels = np.zeros(SIZE, np.int16)
    labels[1000:, :30] = 1  # below 1003 m three tenths of the core
    sand, shale = curve(labels, ["sand", "shale"], settings=CurveSettings(0.2))
    index = a_well().index
    inside = (index >= 1002.0) & (index <= 1004.0)
    assert np.isfinite(sand).tolist() == inside.tolist()
    assert shale[np.isclose(index, 1002.5)] == 0
    assert shale[np.isclose(index, 1003.0)] == pytest.approx(0.15, abs=1e-6)
    assert shale[np.isclose(index, 1003.5)] == pytest.approx(0.3)
    assert (sand + shale)[inside] == pytest.approx(1)


def test_a_longer_window_smooths_more() -> None:
    labels = np.zeros(SIZE, np.int16)
    labels[1000:] = 1
    index = a_well().index
    for smooth in (0.2, 1.0):
        shale = curve(labels, ["sand", "shale"], settings=CurveSettings(smooth))[1]
        blurred = (shale > 0.001) & (shale < 0.999)
        assert abs(np.ptp(index[blurred]) - (smooth - 0.2)) < 0.11


def test_unlabelled_pixels_and_classes_left_out_do_not_count() -> None:
    labels = np.full(SIZE, -1, np.int16)
    labels[:, :20], labels[:, 20:30], labels[:, 30:60] = 0, 1, 2
    quartz, clay = curve(labels, ["quartz", "clay", "tray"], left_out=["tray"],
                         settings=CurveSettings(0.2, least_core=0.1))  # fmt: skip
    inside = np.isfinite(quartz)
    assert quartz[inside] == pytest.approx(2 / 3) and clay[inside] == pytest.approx(1 / 3)
    in_file = np.where(labels < 0, 255, labels).astype(np.uint8)
    assert np.array_equal(
        curve(in_file, ["quartz", "clay", "tray"], left_out=["tray"],
              settings=CurveSettings(0.2, least_core=0.1))[0],
        quartz, equal_nan=True,
    )  # fmt: skip


def test_a_gap_between_pieces_is_null_where_most_of_the_window_is_gap() -> None:
    column = Column(box_column(0, 0, 100, 2000).corners, ((0, 800), (1200, 2000)))
    share = curve(np.zeros(SIZE, int), ["a", "b"], placement=a_core(column=column))[0]
    index = a_well().index
    assert np.isnan(share[np.isclose(index, 1003.0)]).all()
    assert np.isfinite(share[np.isclose(index, 1002.5)]).all()


def test_probabilities_count_instead_of_the_likeliest_class() -> None:
    chance = np.zeros((*SIZE, 2), np.float32)
    chance[..., 0], chance[..., 1] = 0.6, 0.4
    share = curve(chance, ["a", "b"])
    assert share[1][np.isfinite(share[1])] == pytest.approx(0.4)


def test_the_error_is_that_seen_between_many_cores_of_the_same_rock() -> None:
    """Blobs of 8 pixels: single pixels counted as independent would claim an eighth of it."""
    draw = np.random.default_rng(0)
    values, errors = [], []
    for _ in range(40):
        coarse = draw.random((SIZE[0] // 8 + 1, SIZE[1] // 8 + 1)) < 0.3
        labels = np.kron(coarse, np.ones((8, 8), int))[: SIZE[0], : SIZE[1]].astype(np.int16)
        made = curves_of_shares(
            a_well(), [a_core()], lambda _, labels=labels: labels, ["a", "b"], (),
            CurveSettings(0.2),
        )  # fmt: skip
        at = np.isclose(a_well().index, 1003.0)
        values.append(float(made[1].values[at][0]))
        errors.append(float(made[1].error[at][0]))
    assert 0.6 < np.mean(errors) / np.std(values) < 1.6


def test_brightness_of_several_pictures_makes_one_curve_and_overlap_is_refused() -> None:
    upper, lower = a_core(1002, 1004), a_core(1004, 1006)
    grey = np.full(SIZE, 51, np.uint8)
    (made,) = curves_of_measure(a_well(), [lower, upper], lambda _: grey, "brightness")
    inside = np.isfinite(made.values)
    assert made.values[inside] == pytest.approx(0.2) and inside.sum() == 41
    with pytest.raises(PlacementError, match="two pictures show the core at 1003"):
        curves_of_measure(a_well(), [upper, a_core(1003, 1005)], lambda _: grey, "brightness")


def test_cracks_are_counted_once_each_slanted_or_not_and_stains_are_not() -> None:
    picture = core_box(1, rows=1600, width=200, wall=0)
    column = box_column(0, 0, 200, 1600)
    for row, slope in ((300, 0.0), (700, 0.3), (1300, -0.2)):
        for x in range(200):
            at = int(row + slope * (x - 100))
            picture[at : at + 5, x] = 10
    picture[1000:1004, 40:90] = 10  # a dark streak that does not cross
    assert find_cracks(picture, column) == pytest.approx([302, 702, 1302], abs=8)
    placement = place_picture("core.png", picture.shape[:2], [column], 1002.0, 1004.0)
    (rows,) = measure_rows(picture, placement, "cracks")
    assert rows.values.sum() == 3
    (made,) = curves_of_measure(a_well(), [placement], lambda _: picture, "cracks",
                                CurveSettings(1.0))  # fmt: skip
    assert np.nanmax(made.values) >= 2 and made.unit == "1/m"


def test_colours_are_wanted_for_redness_and_a_known_measure_for_any() -> None:
    red = np.zeros((*SIZE, 3), np.uint8)
    red[..., 0], red[..., 1:] = 200, 100
    (made,) = curves_of_measure(a_well(), [a_core()], lambda _: red, "redness")
    assert made.values[np.isfinite(made.values)] == pytest.approx(0.25)
    for picture, measure, words in (
        (red[..., 0], "redness", "no colours"),
        (red, "taste", "none of brightness"),
        (red[:-1], "brightness", "was placed with 2000 rows"),
    ):
        with pytest.raises(PlacementError, match=words):
            curves_of_measure(a_well(), [a_core()], lambda _, p=picture: p, measure)


@pytest.mark.parametrize(
    ("names", "left_out", "words"),
    [
        (["a"], [], "2 classes in the labels and 1 names"),
        (["a", "b"], ["c"], "c is no class"),
        (["a", "b"], ["a", "b"], "one at least is not left out"),
        (["a!", "A"], [], "a name of its own"),
    ],
)
def test_names_that_do_not_fit_the_labels_are_refused(
    names: list[str], left_out: list[str], words: str
) -> None:
    labels = np.zeros(SIZE, int)
    labels[5:] = 1
    with pytest.raises(PlacementError, match=words):
        share_rows(labels, a_core(), names, left_out)


def test_the_curves_of_a_core_are_written_read_again_and_told_in_the_history(
    tmp_path: Path,
) -> None:
    labels = np.zeros(SIZE, int)
    labels[900:] = 1
    well = a_well()
    made = curves_of_shares(well, [a_core()], lambda _: labels, ["quartz", "clay"])
    result = add_core_curves(well, made, [a_core()], source={"labels": "m.png", "said": "k-means"})
    again = add_core_curves(result, made[:1], [a_core()], source={})
    assert "CORE_F_QUARTZ" not in well.curves and "CORE_F_QUARTZ_2" in again.curves
    back = read(write(result, tmp_path / "out.las"))
    for name in ("CORE_F_QUARTZ", "CORE_F_QUARTZ_SE", "CORE_F_CLAY"):
        assert np.array_equal(back.values(name), result.values(name), equal_nan=True)
    said = back.curves["CORE_F_QUARTZ"].description
    assert "quartz in core.png by k-means, mean over 0.3 m" in said
    record = result.history[-1]
    assert record["action"] == "core curve" and record["pictures"][0]["columns"]
    assert set(record["sha256"]["made"]) == set(record["made"]) == set(result.curves) - {"GR"}


def test_names_of_classes_are_legal_in_las() -> None:
    assert spell_class("Quartz (mono)") == "QUARTZ_MONO"
    assert spell_class("Größe: 2") == "GRO_E_2" or spell_class("Größe: 2") == "GROE_2"
    assert spell_class("…") == "CLASS"


def test_zones_are_the_majority_and_none_is_thinner_than_asked() -> None:
    labels = np.zeros(SIZE, int)
    labels[600:650] = 1  # 5 cm of shale in sand
    labels[1200:] = 1
    shares = shares_in(a_well(), [a_core()], lambda _: labels, ["sand", "shale"])
    zones = find_core_zones(shares, ["sand", "shale"], 0.2)
    assert [zone.name for zone in zones] == ["sand", "shale"]
    assert zones[0].base == pytest.approx(1003.2, abs=0.02) == zones[1].top
    fine = find_core_zones(shares, ["sand", "shale"], 0.02)
    assert [zone.name for zone in fine] == ["sand", "shale", "sand", "shale"]
    with pytest.raises(PlacementError, match="more than 0"):
        find_core_zones(shares, ["sand", "shale"], 0)


def test_a_core_between_two_samples_or_in_a_well_in_time_is_refused() -> None:
    labels = np.zeros(SIZE, int)
    with pytest.raises(PlacementError, match="no sample with core"):
        curves_of_shares(a_well(), [a_core(1002.01, 1002.02)], lambda _: labels, ["a", "b"])
    with pytest.raises(PlacementError, match="index is in ms"):
        curves_of_shares(a_well("ms"), [a_core()], lambda _: labels, ["a", "b"])
    with pytest.raises(PlacementError, match="smooth is -1"):
        CurveSettings(-1)
