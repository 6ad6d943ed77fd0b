"""The Curves tab of the Core dock: measures of pictures and shares of labels, in the session."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_welllog._core_work import save_labels
from welllog.cores.classes import name_classes
from welllog.steps import core_call
from welllog.work import make_core

if TYPE_CHECKING:
    from napari_welllog._core_widget import CoreWidget
    from welllog.well import Well


class CoreMeasures(QObject):
    """Makes curves of what is placed beside the well of a Core dock."""

    def __init__(self, dock: CoreWidget, viewer: Any, home: Any) -> None:
        super().__init__(dock)
        self._dock, self._viewer, self._home = dock, viewer, home
        self._layers: list[Any] = []
        dock.measure_button.clicked.connect(self.measure)
        dock.share_button.clicked.connect(self.share)

    def list_labels(self) -> None:
        """List the labels layers of the viewer."""
        layers = [each for each in self._viewer.layers if each._type_string == "labels"]
        if layers == self._layers:
            return
        box, kept = self._dock.labels_box, self._dock.labels_box.currentText()
        self._layers = layers
        box.clear()
        box.addItems([each.name for each in layers])
        box.setCurrentText(kept)

    def measure(self) -> None:
        """Make curves of the measures that are ticked."""
        names = [name for name, box in self._dock.measure_boxes.items() if box.isChecked()]
        if not names:
            self._dock.message.setText("Tick what is to be measured.")
            return
        pictures = [each.picture.name for each in self._dock.selected]
        self._make({"pictures": pictures, "measures": names})

    def share(self) -> None:
        """Make curves of the shares of classes in a labels layer."""
        row = self._dock.labels_box.currentIndex()
        if not 0 <= row < len(self._layers):
            return
        layer = self._layers[row]
        labels = np.asarray(layer.data[0] if layer.multiscale else layer.data)
        fits = [each for each in self._dock.selected if each.size == labels.shape[-2:]]
        if labels.ndim != 2 or len(fits) != 1:
            said = "no" if not fits else "more than one"
            self._dock.message.setText(
                f"{layer.name} is {' x '.join(map(str, labels.shape))} pixels, the size of {said} "
                "picture that is selected; select the one it was painted on."
            )
            return
        given = [name.strip() for name in self._dock.classes_line.text().split(",")]
        names = [name for name in given if name]
        count = max(int(labels.max(initial=0)), len(names), 1)
        names += [f"class {number}" for number in range(len(names) + 1, count + 1)]
        left_out = [name.strip() for name in self._dock.left_out_line.text().split(",")]
        try:
            file = save_labels(
                fits[0].picture.parent, fits[0].picture.stem, labels, name_classes(names)
            )
        except (ValueError, OSError) as error:
            self._dock.message.setText(str(error))
            return
        self._make(
            {
                "pictures": [fits[0].picture.name],
                "labels": [file],
                "classes": names,
                "left_out": [name for name in left_out if name],
                "said": layer.name,
            }
        )

    def _make(self, source: dict[str, Any]) -> None:
        dock = self._dock
        key = self._home.key_of(dock.well)
        if key is None:
            return
        session = self._home.session
        source["smooth"] = dock.smooth_box.value()
        begun = session.work(key)

        def work(progress: Any) -> Well:
            progress(0.0, "measuring")
            return make_core(begun, session.who, **source)

        dock.start(work, partial(self._take, key, source))

    def _take(self, key: str, source: dict[str, Any], made: Well) -> None:
        try:
            with self._dock.same_depths():
                names = self._home.session.take_core(key, made, core_call(key, **source))
        except ValueError as error:
            self._dock.message.setText(str(error))
            return
        shown = ", ".join(name for name in names if not name.endswith("_SE"))
        self._dock.message.setText(f"Made {shown}, each with its standard error (_SE).")
