"""A monkey at the viewer: random actions with a seed, on a real well where there is one."""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_welllog._log_view import view_of
from napari_welllog._viewer_session import session_of
from napari_welllog._zones import add_zones
from welllog.blind_test import score_blind
from welllog.formats import read, write
from welllog.samples import synthetic_well

ACTIONS = int(os.environ.get("WELLLOG_MONKEY", "200"))
SEEDS = [int(seed) for seed in os.environ.get("WELLLOG_MONKEY_SEEDS", "1").split()]
NAPARI_KEEPS_MB = 1.24
"""Of each layer that was removed, whatever it held: measured with napari 0.9.2, bare vectors that
were added and removed one by one. Its controls are never let go of."""
MOST_GROWTH_MB = 40
"""Of the process over the second half of the actions, beside that and what undo has to keep: what
Qt, matplotlib and models cache comes and goes by some 30 MB. A hundred actions that each left the
data of a curve's layer behind would be 100 MB and more."""
CURVES = ["DTC", "RHOB", "GR", "NPHI"]
REAL = Path(os.environ.get("WELLLOG_DATA", "../shared/data")) / "force2020/dev/16_2-16.las"


_WEIGHTS = {"do_run": 3, "do_review": 3}
"""Of actions that make something: most others only look."""


class Monkey:
    """Does one thing or another; the dock says what it can do."""

    def __init__(self, viewer, dock, qc, drag, qtbot, folder: Path, seed: int) -> None:
        self.viewer, self.dock, self.qc, self.drag, self.qtbot = viewer, dock, qc, drag, qtbot
        self.session = session_of(viewer).session
        self.folder, self.random = folder, random.Random(seed)
        self.removed = 0
        viewer.layers.events.removed.connect(self._count_removed)
        self.top, self.base = (float(f(dock.well.index)) for f in (np.min, np.max))

    def act(self) -> str:
        """Do something and say what."""
        names = [name for name in dir(self) if name.startswith("do_")]
        name = self.random.choices(names, [_WEIGHTS.get(name, 1) for name in names])[0]
        getattr(self, name)()
        QApplication.processEvents()
        return name

    def _count_removed(self, event=None) -> None:
        self.removed += 1

    def weigh(self) -> tuple[float, float]:
        """Return what the process holds and how much of it is explained, in MB."""
        explained = kept_for_undo_mb(self.session) + NAPARI_KEEPS_MB * self.removed
        return memory_mb(), explained

    def depth(self) -> float:
        return self.random.uniform(self.top, self.base)

    def click(self, button) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def do_pick(self) -> None:
        _, _, low, high = view_of(self.viewer)._camera.rect
        spans = sorted(self.random.uniform(low, high) for _ in range(2))
        if len(self.dock._picker.intervals) < 4 and high - low < 3000:
            self.drag(self.viewer, *spans)

    def do_type_an_interval(self) -> None:
        if self.dock.interval_table.rowCount():
            row = self.random.randrange(self.dock.interval_table.rowCount())
            text = self.random.choice([f"{self.depth():.1f}", "deep", "1e9", "", "-3"])
            self.dock.interval_table.item(row, self.random.randrange(2)).setText(text)

    def do_remove_an_interval(self) -> None:
        if self.dock.interval_table.rowCount() > 2:
            self.dock.interval_table.selectRow(0)
            self.click(self.dock.remove_button)

    def do_tick(self) -> None:
        self.dock.curve_list.tick(self.random.choice(CURVES))

    def do_choose_models(self) -> None:
        self.dock.model_list.tick(*self.random.sample(["interpolation", "kriging"], 1))

    def do_choose_where(self) -> None:
        self.dock.where_buttons[self.random.choice(["gaps", "picked"])].setChecked(True)

    def do_run(self) -> None:
        self.click(self.dock.run_button)
        if self.random.random() < 0.2:
            self.click(self.dock.cancel_button)
        self.qtbot.waitUntil(lambda: self.dock._job is None, timeout=60_000)

    def do_review(self) -> None:
        review = self.dock.review
        rows = review.decision_table.rowCount()
        if rows:
            review.decision_table.selectRow(self.random.randrange(rows))
        buttons = [review.accept_button, review.blend_button, review.reject_button]
        self.click(self.random.choice([*buttons, review.reopen_button]))

    def do_select_candidates(self) -> None:
        table = self.dock.review.candidate_table
        if table.rowCount():
            self.random.choice([table.selectAll, lambda: table.selectRow(0)])()

    def do_draw(self) -> None:
        button = self.dock.review.draw_button
        self.click(button)
        if button.isChecked():
            _, _, low, high = view_of(self.viewer)._camera.rect
            spans = sorted(self.random.uniform(low, high) for _ in range(2))
            self.drag(self.viewer, *spans, shift=False)
            self.click(button)

    def do_undo(self) -> None:
        self.click(self.dock.review.undo_button)

    def do_redo(self) -> None:
        self.click(self.dock.review.redo_button)

    def do_test_blind(self) -> None:
        self.click(self.dock.review.blind_button)
        self.qtbot.waitUntil(lambda: self.dock._job is None, timeout=60_000)
        self.click(self.dock.review.blind_box)

    def do_zoom(self) -> None:
        depth = self.depth()
        view_of(self.viewer).zoom_to(depth, min(depth + self.random.uniform(1, 300), self.base))

    def do_fit(self) -> None:
        self.viewer.reset_view()

    def do_change_theme(self) -> None:
        self.viewer.theme = self.random.choice(["dark", "light"])

    def do_hide_a_layer(self) -> None:
        layer = self.random.choice(list(self.viewer.layers))
        layer.visible = not layer.visible

    def do_delete_a_result(self) -> None:
        made = [layer for layer in self.viewer.layers if " by " in layer.name]
        if made and self.random.random() < 0.4:
            self.viewer.layers.remove(self.random.choice(made))

    def do_change_tab(self) -> None:
        self.dock.tabs.setCurrentIndex(self.random.randrange(self.dock.tabs.count()))

    def do_keep(self) -> None:
        self.dock.review.store(self.folder / "work.wellsession")

    def do_save(self) -> None:
        self.dock.save_to(str(self.folder / "out.las"))

    def do_show_zones(self) -> None:
        ends = sorted(self.depth() for _ in range(self.random.randrange(2, 6)))
        rows = [
            f"Zone {i},{top:.1f},{base:.1f}"
            for i, (top, base) in enumerate(itertools.pairwise(ends))
        ]
        table = self.folder / "zones.csv"
        table.write_text("\n".join(["name,top,base", *rows]) + "\n")
        add_zones(self.viewer, table)

    def do_choose_realisations(self) -> None:
        self.dock.realisations_box.setValue(self.random.choice([0, 0, 2, 4]))

    def do_tick_with_buttons(self) -> None:
        self.click(self.random.choice([self.dock.all_button, self.dock.none_button]))
        self.dock.curve_list.tick("DTC")

    def do_look_at_quality(self) -> None:
        for box in (self.qc.plot_box, self.qc.depth_box, self.qc.source_box, self.qc.colour_box):
            box.setCurrentIndex(self.random.randrange(max(box.count(), 1)))
        self.qc.refresh()

    def do_brush(self) -> None:
        self.qc.brush_button.setChecked(True)
        _, _, low, high = view_of(self.viewer)._camera.rect
        spans = sorted(self.random.uniform(low, high) for _ in range(2))
        self.drag(self.viewer, *spans, shift=self.random.random() < 0.3)
        self.qc.brush_button.setChecked(False)

    def do_mark(self) -> None:
        if self.qc._scatter is not None:
            rows = self.qc._scatter.rows
            self.qc._tools.mark_rows(rows[:: self.random.randrange(1, 400)])
        self.random.choice([self.qc.clear_marks, self.qc._tools.mark_view, lambda: None])()

    def do_float_a_dock(self) -> None:
        if self.random.random() < 0.3:
            self.qc.pop_out()
            QApplication.processEvents()
            self.qc.pop_out()

    def do_look_in_3d(self) -> None:
        if self.random.random() < 0.3:
            self.viewer.dims.ndisplay = 3
            QApplication.processEvents()
            self.viewer.dims.ndisplay = 2


def _spoken(error: str) -> bool:
    """Whether an error is one that the user is to hear of."""
    return any(words in error for words in ("cannot be hidden", "no stretch of", "no gap in"))


def memory_mb() -> float:
    """Return what the process holds when all that can be freed was freed."""
    for _ in range(2):
        QApplication.processEvents()
        gc.collect()
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_info().rss / 2**20


def kept_for_undo_mb(session) -> float:
    """Return what the arrays hold that a session can go back and forth to."""
    held: dict[int, int] = {}

    def walk(thing) -> Iterator[np.ndarray]:
        if isinstance(thing, np.ndarray):
            yield thing if thing.base is None else thing.base
        elif isinstance(thing, list | tuple):
            for part in thing:
                yield from walk(part)

    states = [session.state, *(state for _, state in [*session._past, *session._future])]
    for state in states:
        for work in state.works:
            curves = [c.curve for c in work.candidates]
            curves += [fill for test in work.blind_tests for fill in test.fills.values()]
            for curve in curves:
                for array in walk([list(vars(curve).values()), curve.realisations]):
                    held[id(array)] = array.nbytes
            for well in filter(None, [work.edited]):
                for curve in well.curves.values():
                    held[id(curve.values)] = np.asarray(curve.values).nbytes
    return sum(held.values()) / 2**20


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_actions_break_nothing_and_can_all_be_undone(
    viewer, dock, open_las, drag, qtbot, tmp_path, seed
):
    if REAL.exists():
        source = REAL
    else:
        source = write(synthetic_well(seed=5, top=1500, base=1800), tmp_path / "well.las")
    notification_manager.records.clear()
    before = source.read_bytes()
    open_las(source)
    measured = {name: dock.well.values(name).copy() for name in dock.well.curves}
    qc = viewer.window.add_plugin_dock_widget("napari-welllog", "QC")[1]
    for curve in CURVES:  # loads the trees that blind tests want
        score_blind(dock.well, curve, 10.0, ["kriging"], count=1)
    monkey = Monkey(viewer, dock, qc, drag, qtbot, tmp_path, seed)
    done: list[str] = []
    memory: list[tuple[float, float]] = []
    for number in range(ACTIONS):
        if number % max(ACTIONS // 10, 1) == 0:
            memory.append(monkey.weigh())
        done.append(monkey.act())
        errors = [n for n in notification_manager.records if str(n.severity) == "error"]
        assert [n.message for n in errors if not _spoken(n.message)] == [], done[-5:]
    memory.append(monkey.weigh())
    print("MB, explained:", *(f"{rss:.0f} ({known:.0f})" for rss, known in memory))
    grown, known = (memory[-1][i] - memory[len(memory) // 2][i] for i in (0, 1))
    assert grown - known < MOST_GROWTH_MB, memory
    session, key = monkey.session, session_of(viewer).key_of(dock.well)
    for name, values in measured.items():
        np.testing.assert_array_equal(dock.well.values(name), values)
    assert source.read_bytes() == before
    dock.save_to(str(tmp_path / "last.las"))
    saved, finished = read(tmp_path / "last.las"), session.finished(key)
    for name in finished:
        wanted = finished.well.values(f"{name}_FLAG")
        np.testing.assert_array_equal(saved.values(f"{name}_FLAG"), wanted)
    while session.redo_label:
        session.redo()
    steps = 0
    while session.undo_label:
        session.undo()
        steps += 1
    first = session.work(key)
    assert first.candidates == first.decisions == first.intervals == ()
    names = {layer.name for layer in viewer.layers}
    assert not any(" by " in name or "restored" in name for name in names)
    for _ in range(steps):
        session.redo()
    assert session.redo_label == "" and steps > ACTIONS // 40
    viewer.screenshot()
