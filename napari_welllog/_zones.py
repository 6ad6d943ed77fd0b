"""Zones and tops of a table, shown beside the tracks of a well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, FileEdit, PushButton

if TYPE_CHECKING:
    from pathlib import Path

    from welllog.well import Well


class ZonesWidget(Container):  # type: ignore[type-arg]
    """The dock that asks for a table and shows it."""

    def __init__(self, napari_viewer: Any) -> None:
        self.table = FileEdit(label="Table", mode="r", filter="*.csv *.txt")
        self.table.tooltip = "CSV with a name, a top and, for zones, a base in each row"
        self.button = PushButton(text="Show")
        self.button.tooltip = "Show them beside the well; sessions and saved LAS files keep them"
        super().__init__(widgets=[self.table, self.button])
        self.button.changed.connect(lambda: add_zones(napari_viewer, self.table.value))


def add_zones(viewer: Any, table: Path) -> None:
    """Show the zones and tops of a table beside a well: that of the active layer, or the last.

    They replace those that the well had, which undo brings back; what cannot be read is a
    notification.
    """
    from napari.utils.notifications import show_error, show_info

    from napari_welllog._log_view import view_of
    from napari_welllog._viewer_session import session_of
    from welllog.zones import ZoneFileError

    home = session_of(viewer)
    well = choose_well(viewer, view_of(viewer).wells())
    key = home.key_of(well)
    if well is None or key is None:
        show_error("There is no well to show zones of: open a LAS file first.")
        return
    try:
        home.session.load_zones(key, table)
    except (ZoneFileError, OSError) as error:
        show_error(str(error))
        return
    show_info(f"{well.name}: {len(well.zones)} zones and {len(well.tops)} tops")


def choose_well(viewer: Any, wells: list[Well]) -> Well | None:
    """Return the well of the active layer, else the last of them; None without any."""
    from napari_welllog._places import describe

    active = viewer.layers.selection.active
    record = describe(active) if active is not None else None
    if record is not None:
        chosen: Well = record["well"]
        return chosen
    return wells[-1] if wells else None
