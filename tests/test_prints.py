"""Log prints true to scale: what a ruler finds on the paper."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from welllog.plot import plot_well
from welllog.prints import PAPERS, PrintError, paper_size, write_print
from welllog.restoration import Restoration, restore
from welllog.samples import synthetic_well
from welllog.session import Session
from welllog.templates import CurvePlan, Template, TrackPlan
from welllog.tracks import lay_out
from welllog.well import Well
from welllog.zones import Zone

MM = 25.4 / 72
"""Millimetres in a unit of a PDF page."""


@pytest.fixture(scope="module")
def well() -> Well:
    return synthetic_well(seed=3, top=1500, base=1620)


@pytest.fixture(scope="module")
def restoration(well: Well) -> Restoration:
    return restore(well, ["DTC", "GR"], [(1540, 1550)], "interpolation")


@dataclass(frozen=True)
class Paper:
    """A page of a PDF, measured."""

    width: float
    """mm."""
    height: float
    ticks: list[float]
    """Distance of the written depths from the top of the page, mm."""
    weak_ticks: list[float]
    depths: list[float]
    """What is written beside the ticks."""
    words: str


def measure(path: Path) -> list[Paper]:
    """Read sizes, depth ticks and words out of a PDF, without anything that drew it."""
    raw = path.read_bytes()
    boxes = [
        [float(number) for number in box.split()]
        for box in re.findall(rb"/MediaBox \[([^\]]*)\]", raw)
    ]
    streams = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL):
        try:
            text = zlib.decompress(match[1]).decode("latin-1")
        except zlib.error:
            continue
        if " re W n" in text:
            streams.append(text)
    assert len(boxes) == len(streams)
    return [_page(box, text) for box, text in zip(boxes, streams, strict=True)]


def _page(box: list[float], text: str) -> Paper:
    # The strip of depths is the first that is drawn: written depths, then those between.
    strong, weak = re.findall(r" re W n(.*?)(?=Q)", text, re.DOTALL)[:2]
    levels = [
        [(box[3] - float(y)) * MM for y in re.findall(r"[\d.]+ ([\d.]+) m\n", part)]
        for part in (strong, weak)
    ]
    words = [
        "".join(re.findall(r"\(((?:\\.|[^\\)])*)\)", shown))
        for shown in re.findall(r"\[(.*?)\]\s*TJ", text, re.DOTALL)
    ]
    depths = [float(word) for word in words if re.fullmatch(r"[\d.]+", word)][: len(levels[0])]
    return Paper(box[2] * MM, box[3] * MM, *levels, depths, " ".join(words))


@pytest.mark.parametrize("scale", [200, 500, 333])
def test_a_metre_of_depth_is_a_thousand_over_the_scale_in_millimetres(well, tmp_path, scale):
    page = measure(write_print(well, None, tmp_path / "print.pdf", scale=scale))[0]
    assert len(page.ticks) > 3 and page.depths[0] == 1500
    assert set(np.diff(page.depths)) == {5.0 if scale == 200 else 10.0}
    np.testing.assert_allclose(np.diff(page.ticks), np.diff(page.depths) * 1000 / scale, atol=1e-4)


def test_a_foot_of_depth_is_304_8_over_the_scale_in_millimetres(tmp_path):
    well = Well("FT-1", np.arange(5000.0, 5300.0, 0.5), "ft")
    well.add_curve("GR", 50 + 20 * np.sin(well.index), unit="gAPI")
    page = measure(write_print(well, None, tmp_path / "print.pdf", scale=240))[0]
    assert page.depths[:3] == [5000, 5020, 5040]
    np.testing.assert_allclose(np.diff(page.ticks), 20 * 304.8 / 240, atol=1e-4)


def test_the_paper_is_the_paper_asked_for(well, tmp_path):
    for paper, size in (("A4", (210, 297)), ("A3-landscape", (420, 297)), ((250, 200), (250, 200))):
        page = measure(write_print(well, None, tmp_path / f"{paper}.pdf", paper=paper))[0]
        assert (page.width, page.height) == pytest.approx(size, abs=1e-6)


def test_a_paper_that_was_not_chosen_has_room_for_the_tracks(well, tmp_path):
    for tracks, wide in ((6, 210), (10, 297), (16, 420)):
        plan = [TrackPlan(f"{n}", curves=(CurvePlan("GR"),)) for n in range(tracks)]
        template = Template("Many", tuple(plan), rest=False)
        path = write_print(well, None, tmp_path / f"{tracks}.pdf", paper=None, template=template)
        assert measure(path)[0].width == pytest.approx(wide)


def test_pages_go_on_where_the_last_one_ended(well, restoration, tmp_path):
    pages = measure(write_print(well, restoration, tmp_path / "print.pdf", scale=200))
    assert len(pages) == 3
    ranges = [re.search(r"(\d+) to (\d+) m", page.words).groups() for page in pages]
    assert ranges[0][0] == "1500" and ranges[-1][1] == "1620"
    assert all(a[1] == b[0] for a, b in zip(ranges[:-1], ranges[1:], strict=True))
    for number, page in enumerate(pages, 1):
        assert f"page {number} of 3" in page.words and "1:200" in page.words
        assert well.name in page.words and "DTC, GR restored by interpolation" in page.words
        assert "RHOB" in page.words and "gAPI" in page.words
        assert 297 - page.ticks[-1] > 12  # the key and the bar are below


def test_a_short_last_page_is_labelled_like_the_others(well, tmp_path):
    path = write_print(well, None, tmp_path / "print.pdf", scale=200, interval=(1500, 1544))
    pages = measure(path)
    assert pages[-1].depths == [1540, 1545]
    assert set(np.diff(pages[0].depths)) == {5.0}


def test_a_page_without_samples_is_blank(tmp_path):
    index = np.concatenate([np.arange(1000.0, 1010.0, 0.5), np.arange(1500.0, 1510.0, 0.5)])
    well = Well("JUMP", index)
    for name, unit in (("GR", "gAPI"), ("RHOB", "g/cm3"), ("NPHI", "m3/m3")):
        well.add_curve(name, np.full(len(index), 2.0), unit=unit)
    pages = measure(write_print(well, None, tmp_path / "print.pdf", scale=500))
    assert [page.depths[0] for page in pages] == [1000, 1110, 1220, 1330, 1440]


def test_a_roll_is_one_page_as_long_as_the_log(well, tmp_path):
    (page,) = measure(write_print(well, None, tmp_path / "roll.pdf", scale=200, paper="roll"))
    assert page.ticks[-1] - page.ticks[0] == pytest.approx(120 * 5, abs=1e-3)
    assert page.height > 600


def test_a_roll_longer_than_a_page_of_a_pdf_can_be_goes_on_with_another(tmp_path):
    well = Well("LONG", np.arange(0.0, 1200.0, 1.0))
    well.add_curve("GR", 50 + 20 * np.sin(well.index / 9), unit="gAPI")
    pages = measure(write_print(well, None, tmp_path / "roll.pdf", scale=200, paper="roll"))
    assert len(pages) == 2
    assert all(page.height <= 5080 for page in pages)
    assert sum(page.ticks[-1] - page.ticks[0] for page in pages) == pytest.approx(6000, abs=1e-2)


def test_a_users_settings_of_matplotlib_do_not_change_the_scale(well, tmp_path):
    import matplotlib

    with matplotlib.rc_context({"savefig.bbox": "tight", "savefig.dpi": 300}):
        page = measure(write_print(well, None, tmp_path / "print.pdf", scale=500))[0]
    assert (page.width, page.height) == pytest.approx((210, 297), abs=1e-6)
    np.testing.assert_allclose(np.diff(page.ticks), 20, atol=1e-4)


def test_an_index_that_runs_upwards_is_printed_downwards(well, tmp_path):
    turned = Well(well.name, well.index[::-1])
    turned.add_curve("GR", well.values("GR")[::-1], unit="gAPI")
    page = measure(write_print(turned, None, tmp_path / "print.pdf", scale=500))[0]
    assert "1500 to 1610 m" in page.words or "1500 to 1620 m" in page.words


def test_a_name_with_dollar_signs_is_printed_as_it_is(well, restoration, tmp_path):
    odd = well.copy()
    odd.name = r"$\frac{$ A-1 $x^$"
    (page, *_) = measure(write_print(odd, restoration, tmp_path / "print.pdf"))
    assert "A-1" in page.words
    assert plot_well(odd, path=tmp_path / "odd.png")


def test_what_cannot_be_printed_says_what_to_do(well, tmp_path):
    path = tmp_path / "print.pdf"
    with pytest.raises(PrintError, match=r"use A4, A3"):
        write_print(well, None, path, paper="B5")
    with pytest.raises(PrintError, match=r"such as 200 or 500"):
        write_print(well, None, path, scale=0)
    with pytest.raises(PrintError, match=r"such as 200 or 500"):
        write_print(well, None, path, scale=float("nan"))
    with pytest.raises(PrintError, match=r"choose a wider one, a roll, or fewer curves"):
        write_print(well, None, path, paper=(100, 297))
    with pytest.raises(PrintError, match=r"no sample between 10 and 20 m"):
        write_print(well, None, path, interval=(10, 20))
    timed = Well("T-1", np.arange(0.0, 100.0), "ms")
    timed.add_curve("GR", timed.index, unit="gAPI")
    with pytest.raises(PrintError, match=r"which is no depth"):
        write_print(timed, None, path)
    assert not list(tmp_path.iterdir())


def test_a_print_that_exists_is_replaced_only_where_allowed(well, tmp_path):
    path = tmp_path / "print.pdf"
    path.write_text("kept")
    with pytest.raises(PrintError, match="exists"):
        write_print(well, None, path)
    assert path.read_text() == "kept"
    write_print(well, None, path, overwrite=True)
    assert path.read_bytes().startswith(b"%PDF")
    assert [entry.name for entry in tmp_path.iterdir()] == ["print.pdf"]


def test_every_paper_by_name_has_a_size():
    sizes = {paper: paper_size(paper) for paper in PAPERS}
    assert sizes["roll"] is None
    assert sizes["A4"] == pytest.approx((210 / 25.4, 297 / 25.4))
    assert sizes["A4-landscape"] == sizes["A4"][::-1]


SPARSE = Template(
    "Sparse", (TrackPlan("One", curves=(CurvePlan("GR"), CurvePlan("ODD"))),), rest=False
)


def test_a_template_decides_what_is_printed_under_a_restoration_too(well, restoration, tmp_path):
    odd = well.copy()
    odd.add_curve("ODD", np.sin(well.index), unit="furlong")
    odd.zones.append(Zone("Draupne", 1510.0, 1530.0))
    for number, template in enumerate((SPARSE, None)):
        path = tmp_path / f"{number}.pdf"
        page = measure(write_print(odd, restoration, path, template=template))[0]
        assert {"GR", "DTC"} <= set(page.words.split())  # what was restored is always there
        assert ("furlong" in page.words) == (template is SPARSE)
        assert ("RHOB" in page.words) == ("Draupne" in page.words) == (template is None)


def test_a_session_prints_and_reports_by_the_template_of_the_well(well, tmp_path, monkeypatch):
    session = Session()
    key = session.add_well(well)
    session.restore(key, ["DTC"], ["interpolation"], [(1540.0, 1550.0)])
    session.accept(key, "DTC by interpolation")
    seen = []
    monkeypatch.setattr("welllog.plot.lay_out", lambda *a, **k: seen.append(k) or lay_out(*a, **k))
    session.set_template(key, SPARSE)
    session.print_tracks(key, tmp_path / "own.pdf")
    session.report(key, tmp_path / "own.html", test=False)
    assert all(call["template"] is SPARSE for call in seen) and len(seen) == 3
    session.print_tracks(key, tmp_path / "named.pdf", template="sonic")
    assert seen[-1]["template"] == "sonic" and "template='sonic'" in session.log[-1]
