"""The Tracks dock as it looks: its controls, and nothing of what they do."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_welllog._dock_place import join_when_shown
from napari_welllog._tracks_pages import CurvePage, FillPage, TrackPage
from napari_welllog._tracks_tree import CurveList, TrackTree

FILES = {
    "save": ("Save", "Write the changes into your template (Ctrl+S)"),
    "save_as": (
        "Save as\N{HORIZONTAL ELLIPSIS}",
        "Keep it as a template of your own (Ctrl+Shift+S)",
    ),
    "duplicate": ("Duplicate\N{HORIZONTAL ELLIPSIS}", "Copy the template as it was saved"),
    "rename": ("Rename\N{HORIZONTAL ELLIPSIS}", "Give your template another name"),
    "delete": ("Delete\N{HORIZONTAL ELLIPSIS}", "Delete your template"),
    "take_in": ("Import\N{HORIZONTAL ELLIPSIS}", "Take a TOML file into your templates"),
    "export": ("Export\N{HORIZONTAL ELLIPSIS}", "Write the template to a file elsewhere"),
}
_PAGE_WIDTH = 340
"""Pixels that the widest page needs: one not shown yet asks for less, and would widen the dock."""
HINT = "Select a track, a curve or a fill to change it."


class TracksForm(QWidget):
    """Lays out the template, its tracks, the curves not shown, and the settings of one of them."""

    def __init__(self) -> None:
        super().__init__()
        join_when_shown(self)
        layout = QVBoxLayout(self)
        self.template_box = QComboBox()
        self.template_box.setToolTip(
            "By which template the tracks of the active layer's well are drawn; it is remembered. "
            "\N{BLACK STAR} suits the well best"
        )
        self.template_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.template_box.setMinimumContentsLength(10)
        self.file_button = QPushButton("File")
        self.file_button.setToolTip("Save, rename, delete, import and export templates")
        self.file_menu = QMenu(self.file_button)
        self.file_menu.setToolTipsVisible(True)
        self.file_actions = {}
        for name, (words, tip) in FILES.items():
            action = self.file_menu.addAction(words)
            action.setToolTip(tip)
            self.file_actions[name] = action
        self.file_button.setMenu(self.file_menu)
        self.file_button.setMinimumWidth(58)
        row = QHBoxLayout()
        row.addWidget(QLabel("Template"))
        row.addWidget(self.template_box, 1)
        row.addWidget(self.file_button)
        layout.addLayout(row)
        self.well_label = QLabel("")
        self.well_label.setWordWrap(True)
        layout.addWidget(self.well_label)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._build_tracks())
        splitter.addWidget(self._build_others())
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        layout.addWidget(splitter, 1)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        layout.addWidget(line)
        self._build_pages(layout)
        self.message = QLabel("")
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.message)

    def _build_tracks(self) -> QWidget:
        panel, layout = _panel()
        self.tree = TrackTree()
        self.tree.setMinimumHeight(90)
        layout.addWidget(self.tree, 1)
        self.add_button = QPushButton("Add")
        self.add_button.setToolTip("Add a track, or a fill to the track selected")
        self.add_menu = QMenu(self.add_button)
        self.add_button.setMenu(self.add_menu)
        self.remove_button = QPushButton("Remove")
        self.remove_button.setToolTip("Remove what is selected (Delete)")
        self.undo_button = QPushButton("Undo")
        self.redo_button = QPushButton("Redo")
        row = QHBoxLayout()
        for button in (self.add_button, self.remove_button, self.undo_button, self.redo_button):
            row.addWidget(button)
        layout.addLayout(row)
        return panel

    def _build_others(self) -> QWidget:
        panel, layout = _panel()
        row = QHBoxLayout()
        row.addWidget(QLabel("Not in a track"))
        self.filter_line = QLineEdit()
        self.filter_line.setPlaceholderText("Filter")
        self.filter_line.setToolTip("Show the curves whose name or meaning has this in it (Ctrl+F)")
        self.filter_line.setClearButtonEnabled(True)
        row.addWidget(self.filter_line, 1)
        layout.addLayout(row)
        self.curve_list = CurveList()
        self.curve_list.setMinimumHeight(48)
        layout.addWidget(self.curve_list, 1)
        self.rest_box = QCheckBox("Show known ones in tracks of their own")
        self.rest_box.setToolTip(
            "Known curves that no track names follow at the right, in the usual order"
        )
        layout.addWidget(self.rest_box)
        return panel

    def _build_pages(self, layout: QVBoxLayout) -> None:
        self.pages = QStackedWidget()
        self.pages.setMinimumWidth(_PAGE_WIDTH)
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.track_page, self.curve_page, self.fill_page = TrackPage(), CurvePage(), FillPage()
        for page in (self.hint, self.track_page, self.curve_page, self.fill_page):
            self.pages.addWidget(page)
        layout.addWidget(self.pages)


def _panel() -> tuple[QWidget, QVBoxLayout]:
    panel = QWidget()
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(0, 0, 0, 0)
    return panel, layout
