"""The Wells dock: how wells hang beside each other."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from napari_welllog._log_view import view_of
from napari_welllog._napari_private import unwrap
from welllog.datums import find_top, list_tops

ON_DEPTH = "depth"


class WellsWidget(QWidget):
    """Flattens the wells of a viewer on a top."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrap(napari_viewer)
        self._view = view_of(self._viewer)
        self._listed: list[str] = []
        layout = QVBoxLayout(self)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addLayout(form)
        self.top_box = QComboBox()
        self.top_box.setToolTip(
            "Move the wells so that this top lies at one height, or hang them on depth"
        )
        form.addRow("Hang on", self.top_box)
        self.message = QLabel("")
        self.message.setWordWrap(True)
        layout.addWidget(self.message)
        layout.addStretch(1)
        self.top_box.activated.connect(self._on_top)
        # Asked anew whenever the list opens: zones may come from a table at any time.
        self.top_box.installEventFilter(self)
        bound = [self._viewer.layers.events.inserted, self._viewer.layers.events.removed]
        for emitter in bound:
            emitter.connect(self.refresh)
        self.destroyed.connect(partial(_unwatch, bound, self.refresh))
        self.refresh()

    def refresh(self, event: Any = None) -> None:
        """List the tops of the wells that are open, and say how they hang."""
        names = list_tops(self._view.wells())
        if names != self._listed or not self.top_box.count():
            self._listed = names
            self.top_box.blockSignals(True)
            self.top_box.clear()
            self.top_box.addItem(ON_DEPTH)
            for name in names:
                have = sum(find_top(well, name) is not None for well in self._view.wells())
                of = f"   ({have} of {len(self._view.wells())})"
                self.top_box.addItem(name + of, name)
            self.top_box.blockSignals(False)
        row = self.top_box.findData(self._view.hanging.top) if self._view.hanging.top else 0
        self.top_box.setCurrentIndex(max(row, 0))
        self._say()

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 (Qt's name)
        """List the tops anew before the box is used."""
        if watched is self.top_box and event.type() == event.Type.Enter:
            self.refresh()
        return bool(super().eventFilter(watched, event))

    def _on_top(self, row: int) -> None:
        self._view.hang_on(self.top_box.itemData(row))
        self._say()

    def _say(self) -> None:
        hanging = self._view.hanging
        if not self._view.wells():
            self.message.setText("Open LAS files to begin: drop them on the window.")
        elif not self._listed:
            self.message.setText(
                "No well has tops or zones: Plugins > Well logs > Zones reads a table of them."
            )
        elif hanging.lacking:
            lack = ", ".join(hanging.lacking)
            verb = "lacks" if len(hanging.lacking) == 1 else "lack"
            self.message.setText(
                f"{lack} {verb} {hanging.top}, and hang{'s' * (verb == 'lacks')} on depth."
            )
        else:
            self.message.setText("")


def _unwatch(bound: list[Any], callback: Any, _: Any = None) -> None:
    """Let go of the viewer, for a dock that is gone."""
    for emitter in bound:
        emitter.disconnect(callback)
