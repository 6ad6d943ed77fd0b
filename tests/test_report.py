"""The report of a restored well: what it says, and that nothing gets into it unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import punch
from tests.small_network import small_network
from welllog.formats import read, write
from welllog.judgement import Judgement, judge_well, without_replaced
from welllog.records import read_restorations
from welllog.report import ReportError, list_fills, write_report
from welllog.report.fills import said_error
from welllog.report.pictures import choose_views
from welllog.restoration import Restoration, restore, synthesize
from welllog.samples import synthetic_well
from welllog.session import Session
from welllog.well import Header, HeaderItem, Remark, Well

VOID = {"meta", "img", "br", "hr"}


class Reader(HTMLParser):
    """Reads a page as a browser does: elements, attributes, text; complains of wrong nesting."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


def report(of: object, path: Path, **more: object) -> Reader:
    return Reader(write_report(of, path, **more).read_text(encoding="utf-8"))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def well() -> Well:
    return punch(synthetic_well(seed=7, top=1500, base=1700), "DTC", 1560, 1570)


@pytest.fixture(scope="module")
def restoration(well: Well) -> Restoration:
    return restore(well, ["DTC", "RDEP"], [(1558, 1572)], "lightgbm")


@pytest.fixture(scope="module")
def blind(well: Well, restoration: Restoration) -> Judgement:
    return judge_well(without_replaced(well, [restoration]), "lightgbm", list(restoration))


def test_the_report_says_what_was_filled_by_what_and_how_good(
    restoration: Restoration, blind: Judgement, tmp_path: Path
) -> None:
    page = report(restoration, tmp_path / "r.html", blind=blind)
    (row,) = [fill for fill in list_fills([restoration]) if fill.curve == "DTC"]
    for said in (
        "SYNTHETIC 7", f"{row.top:.2f}", f"{row.base:.2f}", str(row.samples),
        restoration.record["model"]["trees_sha256"], restoration.record["date"], "lightgbm",
        "straight line", "the whole curve", "Most like what was filled", "by a factor of 2",
    ):  # fmt: skip
        assert said in page.text, said
    assert page.count("img") == 2 and page.count("svg") == 4


def test_fills_are_counted_as_they_are_flagged(well: Well, restoration: Restoration) -> None:
    filled = {fill.curve: fill for fill in list_fills([restoration])}
    flag = restoration["DTC"].flag
    assert filled["DTC"].samples == (flag > 0).sum()
    assert filled["DTC"].replaced == restoration["DTC"].replaced > 0
    assert filled["DTC"].length_m == pytest.approx(filled["DTC"].samples * well.step)
    assert filled["DTC"].task == "gap" and filled["DTC"].seen["GR"] == 1.0
    assert filled["RDEP"].seen["DTC"] == pytest.approx(1 - (flag == 1).sum() / (flag > 0).sum())


def test_the_error_of_a_fill_is_in_the_unit_of_the_file() -> None:
    well = synthetic_well(seed=7, top=1500, base=1600)
    metric = Well(well.name, well.index)
    for name in well.curves:
        metric.add_curve(name, well.values(name), unit=well.curves[name].units)
    del metric.curves["DTC"]
    metric.add_curve("DTC", well.values("DTC") / 0.3048, unit="us/m")
    own, canonical = (
        judge_well(one, "interpolation", ["DTC"], rivals=()) for one in (metric, well)
    )
    for ours, theirs in zip(own.rows("DTC"), canonical.rows("DTC"), strict=True):
        assert ours.rmse == pytest.approx(theirs.rmse / 0.3048)
        assert ours.nrmse == pytest.approx(theirs.nrmse)


def test_decades_are_said_as_a_factor() -> None:
    assert said_error(np.log10(2), "RDEP", "ohm.m") == "\u00d7\u00f7 2"
    assert said_error(2.345, "DTC", "us/ft") == "2.35 us/ft"
    assert said_error(np.nan, "DTC") == "\u2013"


def test_replaced_samples_are_no_truth_in_a_blind_test(well: Well) -> None:
    bad = restore(well, ["GR"], [(1600, 1610)], "interpolation")
    trusted = without_replaced(well, [bad])
    rows = bad["GR"].flag > 0
    assert np.isnan(trusted.values("GR")[rows]).all()
    assert np.isfinite(trusted.values("GR")[~rows]).all()
    assert np.isfinite(well.values("GR")).all()


def test_where_no_blind_test_was_run_the_report_says_so(
    restoration: Restoration, tmp_path: Path
) -> None:
    page = report(restoration, tmp_path / "r.html", blind="the model is not here")
    assert "No blind test was run on this well: the model is not here." in page.text
    assert "Not tested on this well." in page.text and page.count("svg") == 0
    assert "it was not asked for" in report(restoration, tmp_path / "s.html").text


def test_a_test_of_another_model_says_nothing_of_what_was_filled(
    well: Well, restoration: Restoration, blind: Judgement, tmp_path: Path
) -> None:
    other = judge_well(well, "interpolation", list(restoration), rivals=())
    page = report(restoration, tmp_path / "r.html", blind=other)
    assert "is not that by which some intervals were filled" in page.text
    assert "Most like what was filled" not in page.text
    regrown = replace(blind, described={**blind.described, "trees_sha256": "0" * 64})
    page = report(restoration, tmp_path / "s.html", blind=regrown)
    assert "is not that by which some intervals were filled" in page.text


def test_a_model_that_learnt_from_the_well_is_said_to_flatter(tmp_path: Path, well: Well) -> None:
    network = small_network((well.name,))
    test = judge_well(well, network, ["DTC"], rivals=())
    assert test.flattered
    filled = restore(well, ["DTC"], model=network)
    assert "the scores flatter" in report(filled, tmp_path / "r.html", blind=test).text


def test_curves_that_cannot_be_tested_are_named(well: Well) -> None:
    test = judge_well(well, "lightgbm", ["DTC", "CALI", "PEF", "SGR"], rivals=())
    assert test.curves == ["DTC", "PEF"]
    assert "does not restore it" in test.untested["CALI"]
    with pytest.raises(ValueError, match="no curve of well SYNTHETIC 7 can be tested"):
        judge_well(well, "lightgbm", ["SGR"])


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x00\u202e$\\frac{'


def hostile_well() -> Well:
    well = punch(synthetic_well(seed=7, top=1500, base=1560), "GR", 1520, 1525)
    well.name = HOSTILE
    names = ("WELL", "FLD", "COMP", "UWI", "LATI", "LONG", "SRVC", "LOC", "DATE")
    well.header = Header(tuple(HeaderItem(n, HOSTILE, HOSTILE, HOSTILE, "Well") for n in names))
    well.report = [Remark(HOSTILE, HOSTILE, "major", HOSTILE, HOSTILE)]
    well.index_mnemonic = HOSTILE
    gamma = well.values("GR")
    del well.curves["GR"]
    well.add_curve("GR", gamma, unit="</td><script>", description=HOSTILE)
    well.add_curve('<b onclick="x">', gamma, unit=HOSTILE)
    return well


def test_no_string_of_a_file_becomes_markup(tmp_path: Path) -> None:
    well = hostile_well()
    restoration = restore(well, ["GR"], model="interpolation")
    record = {**restoration.record, "device": HOSTILE, "date": HOSTILE, "source": HOSTILE}
    record["model"] = {"name": HOSTILE, "file": HOSTILE, "trees_sha256": HOSTILE}
    odd = replace(restoration, model=HOSTILE, record=record, skipped={HOSTILE: HOSTILE})
    odd.curves["GR"].inputs[HOSTILE] = HOSTILE
    test = judge_well(well, "interpolation", ["GR"], rivals=())
    odd_test = replace(test, untested={HOSTILE: HOSTILE})
    for blind in (HOSTILE, odd_test):
        path = write_report(odd, tmp_path / "r.html", blind=blind, overwrite=True)
        raw = path.read_text(encoding="utf-8")
        page = Reader(raw)
        plain = Reader(
            write_report(restoration, tmp_path / "p.html", blind=test, overwrite=True).read_text()
        )
        assert page.count("script") == page.count("b") == 0
        assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain.elements} | {
            "ul",
            "li",
            "code",
        }
        assert not [name for _, given in page.elements for name in given if name.startswith("on")]
        assert "<script>alert(1)</script>" in page.text  # shown, as text
        assert "\x00" not in raw and "\u202e" not in raw


def test_nothing_is_fetched_from_elsewhere(restoration: Restoration, tmp_path: Path) -> None:
    page = report(restoration, tmp_path / "r.html")
    sources = [
        given[name] or "" for _, given in page.elements for name in ("src", "href") if name in given
    ]
    assert sources and all(source.startswith("data:image/png;base64,") for source in sources)
    policy = [given for tag, given in page.elements if given.get("http-equiv")]
    assert policy[0]["content"].startswith("default-src 'none'")
    assert "url(" not in (tmp_path / "r.html").read_text()
    assert "prefers-color-scheme: dark" in (tmp_path / "r.html").read_text()


def test_a_report_of_a_file_read_back_says_the_same(
    restoration: Restoration, blind: Judgement, tmp_path: Path
) -> None:
    path = write(restoration.well, tmp_path / "saved.las")
    again = read(path)
    first = list_fills([restoration])
    second = list_fills(read_restorations(again)[0])
    assert [fill.to_dict() for fill in first] == [fill.to_dict() for fill in second]
    pages = [
        report(of, tmp_path / f"{name}.html", blind=blind).text
        for name, of in (("memory", restoration), ("file", again))
    ]
    tables = [re.search("What was filled(.*?)Remarks of the reader", page)[1] for page in pages]  # type: ignore[index]
    assert tables[0] == tables[1]
    assert "saved.las" in pages[1] and "none: the well was made in memory" in pages[0]
    import hashlib

    assert hashlib.sha256(path.read_bytes()).hexdigest() in pages[1]


def test_a_curve_that_was_never_measured_is_reported(tmp_path: Path) -> None:
    well = synthetic_well(seed=7, top=1500, base=1560)
    del well.curves["DTS"]
    page = report(synthesize(well, "DTS", "lightgbm"), tmp_path / "r.html")
    assert "DTS" in page.text and page.count("img") == 1


def test_of_many_intervals_the_longest_are_shown_and_the_number_is_said(tmp_path: Path) -> None:
    well = synthetic_well(seed=7, top=1500, base=1800)
    intervals = [(1510 + 40 * i, 1511 + 40 * i + i) for i in range(7)]
    restoration = restore(well, ["GR"], intervals, "interpolation")
    views = choose_views(list_fills([restoration]), well)
    assert len(views) == 7
    page = report(restoration, tmp_path / "r.html", pictures=2)
    assert page.count("img") == 3
    assert "7 stretches were filled; pictures are of the 2 with the longest" in page.text
    captions = re.findall(r"GR, (\d+)\.\d\d to", page.text)
    assert [int(top) > 1690 for top in captions[-2:]] == [True, True]


def test_intervals_filled_twice_are_shown_apart(tmp_path: Path) -> None:
    well = synthetic_well(seed=7, top=1500, base=1700)
    first = restore(well, ["GR"], [(1550, 1555)], "interpolation")
    second = restore(first.well, ["GR"], [(1556, 1560)], "kriging")
    fills = list_fills([first, second])
    assert [len(view.fills) for view in choose_views(fills, well)] == [1, 1]
    page = report([first, second], tmp_path / "r.html")
    assert "Of GR, restored more than once, the last is shown." in page.text


def test_what_cannot_be_reported_says_why(
    well: Well, restoration: Restoration, tmp_path: Path
) -> None:
    path = tmp_path / "r.html"
    with pytest.raises(ReportError, match="holds no restored curve; restore it first"):
        write_report(well, path)
    with pytest.raises(ReportError, match="nothing to report"):
        write_report([], path)
    other = restore(synthetic_well(seed=8, top=1500, base=1560), ["GR"], [(1520, 1525)], "kriging")
    with pytest.raises(ReportError, match="write a report for each"):
        write_report([restoration, other], path)
    with pytest.raises(ReportError, match="cannot be written"):
        write_report(restoration, tmp_path / "no" / "r.html")
    path.write_text("kept")
    with pytest.raises(ReportError, match="exists"):
        write_report(restoration, path)
    assert path.read_text() == "kept"


def test_a_report_that_is_stopped_leaves_nothing(restoration: Restoration, tmp_path: Path) -> None:
    def stop(share: float, message: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(restoration, tmp_path / "r.html", progress=stop)
    assert not list(tmp_path.iterdir())


def test_other_steps_on_record_are_told(restoration: Restoration, tmp_path: Path) -> None:
    well = restoration.well.copy()
    well.history.insert(
        0, {"action": "edit", "edit": "<b>shift</b>", "curve": "DTC", "user": "ann"}
    )
    page = report(replace(restoration, well=well), tmp_path / "r.html", pictures=0)
    assert "What else is on record" in page.text
    assert "edit <b>shift</b>" in page.text and page.count("b") == 0
    assert "What else" not in report(restoration, tmp_path / "s.html", pictures=0).text


def test_each_fill_says_what_made_it_and_only_what_was_tested_is_held_against_a_test(
    tmp_path: Path,
) -> None:
    session = Session()
    key = session.add_well(synthetic_well(seed=7, top=1500, base=1700))
    spans = [(1520.0, 1540.0), (1560.0, 1561.0), (1600.0, 1605.0)]
    session.restore(key, ["DTC"], ["interpolation", "kriging"], spans)
    session.accept(key, "DTC by kriging", spans[0])
    session.accept(key, "DTC by kriging", spans[1])
    session.blend(key, {"DTC by kriging": 1, "DTC by interpolation": 1}, spans[2])
    session.draw(key, "RHOB", [(1530.0, 2.2), (1540.0, 2.3)])
    session.score_blind(key, "DTC", 20.0, ["kriging"], count=2)
    test = session.state.works[0].blind_tests[0]
    page = Reader(session.report(key, tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert "by kriging and interpolation" in page and "drawn by hand" in page
    assert "RHOB by a line drawn by hand" in page and "inputs of RHOB" not in page
    assert "is not that by which" not in page and "not on record" not in page
    assert "DTC 1600.13 to 1604.85 by kriging and interpolation" in page
    assert "Drawn by hand: RHOB 1530.02 to 1539.93. No test" in page
    rows = re.findall(
        r"(DTC|RHOB) (kriging.*?|hand) 1\d+\.\d+ .*?(at \d+ m|\N{EN DASH}) the curve", page
    )
    assert [(own, by, error) for own, by, error in rows] == [
        ("DTC", "kriging", "at 20 m"),
        ("DTC", "kriging", "\N{EN DASH}"),  # a metre: nothing as short was hidden
        ("DTC", "kriging and interpolation", "\N{EN DASH}"),
        ("RHOB", "hand", "\N{EN DASH}"),
    ]
    samples = test.score("kriging").samples
    assert f"DTC 2 of 20 m {samples} kriging {test.score('kriging').rmse:.3g} us/ft" in page
    assert "are of other lengths (5, 20 m)" in page


def test_a_report_of_what_was_drawn_alone_tests_no_model(tmp_path: Path) -> None:
    session = Session()
    key = session.add_well(synthetic_well(seed=7, top=1500, base=1560))
    session.draw(key, "RHOB", [(1530.0, 2.2), (1540.0, 2.3)])
    page = Reader(session.report(key, tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert "on this well: no model had a part in what was filled." in page
