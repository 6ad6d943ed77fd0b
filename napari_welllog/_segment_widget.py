"""The Segment dock: pictures of rock into classes, and the classes into curves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QFileDialog, QShortcut

from napari_welllog._dock_place import join_others
from napari_welllog._jobs import Job, describe_error
from napari_welllog._segment_desk import SegmentDesk
from napari_welllog._segment_form import MODEL
from napari_welllog._segment_pictures import (
    SCRIBBLES,
    SEGMENTS,
    labels_beside,
    make_labels,
    mask_of,
    only_shown,
    picture_of,
)
from napari_welllog._segment_steps import Step
from napari_welllog._segment_work import Plan, find_placed, make_apply, make_fit, make_score

_MODELS = "Segmenters (*.safetensors)"


class SegmentWidget(SegmentDesk):
    """Segments the pictures of a viewer."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer)
        self._began = 0.0
        self._fitted_by: Any = None
        """Plan and paint that ``fitted`` came of: Apply does not fit again to the same."""
        for button, act in (
            (self.scribble_button, partial(self.paint, SCRIBBLES)),
            (self.correct_button, partial(self.paint, SEGMENTS)),
            (self.fit_button, self.fit),
            (self.save_button, self.save_model),
            (self.model_button, self.choose_model),
            (self.score_button, self.score),
            (self.curve_button, self.make_curves),
            (self.apply_button, self.apply),
            (self.all_button, self.apply_to_all),
            (self.cancel_button, self.cancel),
            (self.undo_button, self.undo),
        ):
            button.clicked.connect(partial(_call, act))
        self.model_line.returnPressed.connect(lambda: self.load_model(self.model_line.text()))
        self._bind_keys()

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Share the place of another dock of the plugin."""
        super().showEvent(event)
        join_others(self)

    def _bind_keys(self) -> None:
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        window = Qt.ShortcutContext.WindowShortcut
        for keys, act, context in (
            ("Ctrl+Return", self.apply, inside),
            ("Esc", self.cancel, inside),
            ("Ctrl+Z", self.undo, inside),
            ("Ctrl+Shift+Z", self.redo, inside),
            ("Alt+B", partial(self.paint, SCRIBBLES), window),
            ("Alt+C", partial(self.paint, SEGMENTS), window),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(context)
            shortcut.activated.connect(act)

    # ------------------------------------------------------------------ painting

    def paint(self, kind: str) -> None:
        """Take napari's brush to the scribbles or the segments of the picture."""
        if self.picture is None:
            return
        layer = labels_beside(self._viewer, self.picture, kind)
        if layer is None:
            if kind == SEGMENTS:
                return
            layer = make_labels(self._viewer, self.picture, kind, self.class_table.classes)
            back, forth = self._swap(self.picture, kind, np.asarray(layer.data), None)
            self._add_step(Step(f"scribbles of {self.picture.name}", back, forth))
        layer.visible = True
        self._viewer.layers.selection.active = layer
        layer.selected_label = self.class_table.row + 1
        layer.mode = "paint"
        self.message.setText(
            "Paint some of each class: choose it in the table, then drag over the picture."
            if kind == SCRIBBLES
            else "Drag to correct; 1 is the eraser, 2 the brush, Ctrl+Z takes a stroke back."
        )

    # ------------------------------------------------------------------ runs

    def fit(self) -> None:
        """Fit the method to what is painted."""
        begun = self._begin()
        if begun is None:
            return
        plan, pictures, masks = begun
        by = self._identify(plan, masks)
        self._run(make_fit(plan, pictures, masks), partial(self._take_fitted, plan, by))

    def _identify(self, plan: Plan, masks: Sequence[Any] | None) -> Any:
        """Return what tells one fit from another."""
        paint = [hashlib.sha256(np.ascontiguousarray(mask)).hexdigest() for mask in masks or ()]
        return plan, paint, self.learn, [id(layer) for layer in self.views]

    def apply(self) -> None:
        """Segment the whole picture."""
        if self.picture is not None:
            self._apply_to([self.picture], [self.views])

    def apply_to_all(self) -> None:
        """Segment every picture that is open."""
        if self.all_button.isEnabled():
            self._apply_to(list(self._listed), [[layer] for layer in self._listed])

    def _begin(self) -> tuple[Plan, list[Any], list[Any] | None] | None:
        """Return how to fit and to what; say what is missing otherwise."""
        if self.picture is None or self._job is not None:
            return None
        try:
            plan = self.make_plan()
            pictures, masks = self._painted(plan)
        except (ValueError, OSError, MemoryError) as error:
            self._fail(error)
            return None
        self.remember()
        return plan, pictures, masks

    def _apply_to(self, layers: Sequence[Any], views: Sequence[Sequence[Any]]) -> None:
        begun = self._begin()
        if begun is None:
            return
        plan, pictures, masks = begun
        try:
            read = [picture_of(each) for each in views]
        except (ValueError, OSError, MemoryError) as error:
            self._fail(error)
            return
        by = self._identify(plan, masks)
        known = self.fitted if by == self._fitted_by else None
        work = make_apply(plan, known, pictures, masks, read)
        self._run(work, partial(self._take_labels, plan, by, list(layers)))

    def score(self) -> None:
        """Compare the segments with labels that are right."""
        truth = next(
            (each for each in self._viewer.layers if each.name == self.truth_box.currentText()),
            None,
        )
        found = labels_beside(self._viewer, self.picture, SEGMENTS) if self.picture else None
        if truth is None or found is None or self._job is not None:
            return
        classes = self.class_table.classes
        self._run(
            make_score(mask_of(found), mask_of(truth), classes),
            partial(self._take_score, truth.name),
        )

    def _run(self, work: Callable[[Any], Any], done: Callable[[Any], str]) -> None:
        """Start work in another thread; ``done`` takes its result in and says so."""
        self.preview.stop()
        job = Job(work, self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(partial(self._on_success, done))
        job.failed.connect(self._fail)
        job.cancelled.connect(partial(self._rest, "Cancelled; nothing was changed."))
        self._job = job
        self._started[:] = [job]
        self._began = time.monotonic()
        self.cancel_button.setEnabled(True)
        self.progress_bar.setRange(0, 0)
        self.progress_bar.setVisible(True)
        self._update()
        job.start()

    def cancel(self) -> None:
        """Stop the run; nothing of it is kept."""
        if self._job is not None:
            self.cancel_button.setEnabled(False)
            self.message.setText("Cancelling\N{HORIZONTAL ELLIPSIS}")
            self._job.cancel()

    def _on_progress(self, fraction: float, message: str) -> None:
        self.progress_bar.setRange(0, 1000)
        self.progress_bar.setValue(round(1000 * fraction))
        passed = time.monotonic() - self._began
        if fraction > 0.05 and passed > 2:
            message += f", {passed * (1 - fraction) / fraction:.0f} s left"
        self.message.setText(message)

    def _on_success(self, done: Callable[[Any], str], result: Any) -> None:
        try:
            message = done(result)
        except Exception as error:  # a result that cannot be shown must not take the viewer down
            self._fail(error)
            return
        self._rest(message)

    def _fail(self, error: BaseException) -> None:
        text = describe_error(error)
        self._rest(text)
        show_error(text)

    def _rest(self, message: str) -> None:
        self._job = None
        self._started.clear()
        self.cancel_button.setEnabled(False)
        self.progress_bar.setVisible(False)
        self.message.setText(message)
        self._update()

    # ------------------------------------------------------------------ results

    def _take_fitted(self, plan: Plan, by: Any, segmenter: Any) -> str:
        self.fitted, self._fitted_by = segmenter, by
        self._log(_say_fit(plan))
        return f"Fitted {plan.method} to tell {', '.join(segmenter.classes.names)}."

    def _take_labels(self, plan: Plan, by: Any, layers: list[Any], result: Any) -> str:
        segmenter, made = result
        if plan.model:
            self.class_table.show_classes(segmenter.classes, self.class_table.left_out)
        self.fitted, self._fitted_by = segmenter, None if plan.model else by  # a file may change
        self._log(_say_fit(plan))
        backs, forths = [], []
        for picture, labels in zip(layers, made, strict=True):
            if picture not in self._viewer.layers:
                continue
            self.preview.remove(picture)
            labels = only_shown(labels, picture)
            layer = labels_beside(self._viewer, picture, SEGMENTS)
            before = None if layer is None else np.asarray(layer.data)
            if layer is None:
                selected = self._viewer.layers.selection.active
                layer = make_labels(
                    self._viewer, picture, SEGMENTS, self.class_table.classes, labels
                )
                if selected is not None:
                    self._viewer.layers.selection.active = selected
            else:
                layer.data = labels
                layer.visible = True
            back, forth = self._swap(picture, SEGMENTS, labels, before)
            backs.append(back)
            forths.append(forth)
            self._log(f"mask = segment(segmenter, read_picture({_file_of(picture)!r}))")
        names = ", ".join(layer.name for layer in layers)
        self._add_step(
            Step(f"Undo Apply to {names}", partial(_each, backs), partial(_each, forths))
        )
        self._show_levels()
        shares = _say_shares(made[0], self.class_table.classes.names)
        return f"Segmented {names}. {shares}" if len(made) == 1 else f"Segmented {names}."

    def _take_score(self, against: str, result: Any) -> str:
        score, missed = result
        rows = [
            (name, "\N{EN DASH}" if np.isnan(iou) else f"{iou:.3f}")
            for name, iou in zip(score.classes.names, score.iou, strict=True)
        ]
        self.show_score([("mean (mIoU)", f"{score.miou:.3f}"), *rows,
                         ("pixels right", f"{score.accuracy:.1%}")])  # fmt: skip
        self._log(f"judge(mask, truth).miou  # {score.miou:.4f}, against {against}")
        without = f"; {missed} pixels have no class and do not count" if missed else ""
        return f"mIoU {score.miou:.3f} against {against}{without}."

    def _log(self, line: str) -> None:
        """Write a line of Python into the session's log."""
        log = self._home.session.log
        heads = (
            "from welllog.cores.pictures import read_mask, read_picture",
            "from welllog.cores.segmenter_files import load_segmenter, save_segmenter",
            "from welllog.cores.segmenters import make_segmenter",
            "from welllog.cores.tiles import segment",
            "from welllog.cores.judging import judge",
        )
        log += [head for head in heads if head not in log]
        log.append(line)

    # ------------------------------------------------------------------ undo

    def undo(self) -> str:
        """Take back the last Apply, stroke, class removed or curves made; return what it was."""
        return "" if self._job is not None else self._after_step(self.steps.undo(), "Took back")

    def redo(self) -> str:
        """Do again what was taken back last."""
        return "" if self._job is not None else self._after_step(self.steps.redo(), "Did again")

    def _after_step(self, label: str, did: str) -> str:
        self.message.setText(
            f"{did}: {label.removeprefix('Undo ')}." if label else "There is nothing to do."
        )
        self._trail.look()
        self._update()
        return label

    # ------------------------------------------------------------------ files

    def save_model(self) -> None:
        """Ask for a file and write what was fitted last to it."""
        path, _ = QFileDialog.getSaveFileName(
            self, "Save model", str(self._folder() / "model.safetensors"), _MODELS
        )
        if path:
            self.save_model_to(path)

    def save_model_to(self, path: str) -> None:
        """Write what was fitted last."""
        from welllog.cores.segmenter_files import save_segmenter

        target = Path(path)
        target = target if target.suffix else target.with_suffix(".safetensors")
        try:
            save_segmenter(self.fitted, target)
        except Exception as error:  # whatever goes wrong in writing must not end the viewer
            self._fail(error)
            return
        self._settings.setValue("folder", str(target.parent))
        self._log(f"save_segmenter(segmenter, {str(target)!r})")
        self.message.setText(f"Saved {target}")
        show_info(f"Saved {target}")

    def choose_model(self) -> None:
        """Ask for a model file and take it."""
        path, _ = QFileDialog.getOpenFileName(self, "Load model", str(self._folder()), _MODELS)
        if path:
            self.load_model(path)

    def load_model(self, path: str) -> None:
        """Take a model file; its classes take the place of those in the table."""
        from welllog.cores.classes import Classes
        from welllog.cores.segmenter_files import describe_segmenter

        try:
            card = describe_segmenter(path)
            colours = tuple((int(r), int(g), int(b)) for r, g, b in card["colours"])
            classes = Classes(tuple(str(name) for name in card["classes"]), colours)
        except (ValueError, KeyError, TypeError) as error:
            self._fail(error)
            return
        self.model_line.setText(path)
        self._settings.setValue("folder", str(Path(path).parent))
        self.class_table.show_classes(classes, self.class_table.left_out)
        self.method_box.setCurrentText(MODEL)
        names = ", ".join(classes.names)
        self.message.setText(f"{Path(path).name}: {card['method']}, tells {names}.")

    def make_curves(self) -> None:
        """Ask for a file of the segments and make curves of them."""
        placed = self._find_placed()
        if placed is None:
            return
        picture = Path(placed[2].picture)
        path, _ = QFileDialog.getSaveFileName(
            self, "Keep the segments as", str(picture.with_name(f"{picture.stem}_segments.png")),
            "Masks (*.png)",
        )  # fmt: skip
        if path:
            self.make_curves_from(path)

    def make_curves_from(self, path: str) -> None:
        """Write the segments to a file, and the shares of their classes as curves of the well."""
        from welllog.cores.pictures import write_mask

        placed = self._find_placed()
        layer = labels_beside(self._viewer, self.picture, SEGMENTS) if self.picture else None
        if placed is None or layer is None:
            return
        work, name, _ = placed
        classes, session = self.class_table.classes, self._home.session
        target = Path(path)
        target = target if target.suffix else target.with_suffix(".png")
        said = "labels by hand" if self.fitted is None else f"segmenter {self.fitted.method}"
        try:
            write_mask(target, mask_of(layer), classes)
            names = session.add_core_curves(
                work.key,
                pictures=[name],
                labels=[target],
                classes=list(classes.names),
                left_out=self.class_table.left_out,
                said=said,
            )
        except Exception as error:  # a placement that does not fit must not end the viewer
            self._fail(error)
            return
        self._add_step(
            Step(f"Undo curves {', '.join(names)}", partial(_undo_session, session, names),
                 partial(_redo_session, session, names), light=True)
        )  # fmt: skip
        shown = ", ".join(name for name in names if not name.endswith("_SE"))
        self.message.setText(f"{work.key} has {shown}, each with its standard error (_SE).")

    def _find_placed(self) -> Any:
        """Return the well that the picture is placed beside; say so where there is none."""
        works = self._home.session.state.works
        if not works:
            self.message.setText("No well is open: open the LAS file that the core belongs to.")
            return None
        try:
            placed = find_placed(works, self.picture) if self.picture is not None else None
        except Exception as error:  # a side-car may hold anything
            self._fail(error)
            return None
        if placed is None:
            wells = ", ".join(work.key for work in works)
            self.message.setText(
                f"This picture is not placed on the depth of {wells} yet: place it in the Core "
                f"dock, or by welllog core-place."
            )
        return placed

    def _folder(self) -> Path:
        folder = Path(str(self._settings.value("folder", "") or "."))
        return folder if folder.is_dir() else Path()


def _undo_session(session: Any, names: Sequence[str]) -> bool:
    """Take core curves back, unless they are gone or something else was done since."""
    if not _is_about(session.undo_label, names):
        if any(name in work.current.curves for work in session.state.works for name in names):
            show_error("Other things were done on the well since: Alt+Z takes those back first")
        return False
    session.undo()
    return True


def _redo_session(session: Any, names: Sequence[str]) -> bool:
    """Make core curves again that were taken back, unless something else comes first."""
    if not _is_about(session.redo_label, names):
        return False
    session.redo()
    return True


def _is_about(label: str, names: Sequence[str]) -> bool:
    return bool(label) and all(name in label for name in names if not name.endswith("_SE"))


def _each(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


def _call(act: Callable[[], None], _: bool = False) -> None:
    """Call what a button does, without whether it is pressed."""
    act()


def _say_fit(plan: Plan) -> str:
    if plan.model:
        return f"segmenter = load_segmenter({plan.model!r})"
    given = "".join(f", {name}={value!r}" for name, value in plan.settings.items())
    fit = "pictures, masks" if plan.needs_paint else "pictures"
    return f"segmenter = make_segmenter({plan.method!r}{given}).fit({fit})"


def _file_of(layer: Any) -> str:
    return str(layer.source.path or layer.name)


def _say_shares(labels: Any, names: Sequence[str]) -> str:
    counts = np.bincount(labels.ravel(), minlength=len(names) + 1)[1 : len(names) + 1]
    total = max(int(counts.sum()), 1)
    return ", ".join(
        f"{name} {count / total:.0%}" for name, count in zip(names, counts, strict=True)
    )
