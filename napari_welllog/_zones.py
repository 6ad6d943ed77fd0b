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
        self.button = PushButton(text="Show")
        super().__init__(widgets=[self.table, self.button])
        self.button.changed.connect(lambda: add_zones(napari_viewer, self.table.value))


def add_zones(viewer: Any, table: Path) -> None:
    """Show the zones and tops of a table beside a well: that of the active layer, or the last.

    They replace those that the well had, and are on no curve: nothing of them is written to LAS.
    What cannot be read is a notification.
    """
    from napari.utils.notifications import show_error, show_info

    from napari_welllog._log_view import view_of
    from welllog.zones import ZoneFileError

    view = view_of(viewer)
    well = choose_well(viewer, view.wells())
    if well is None:
        show_error("There is no well to show zones of: open a LAS file first.")
        return
    try:
        zones, tops = _read(table, well)
    except (ZoneFileError, OSError) as error:
        show_error(str(error))
        return
    well.zones[:], well.tops[:] = zones, tops
    view.show_zones(well)
    show_info(f"{well.name}: {len(zones)} zones and {len(tops)} tops")


def _read(table: Path, well: Well) -> tuple[list[Any], list[Any]]:
    """Return the rows of the well where a table has several wells, else all of them."""
    from welllog.zones import ZoneFileError, read_zones

    try:
        return read_zones(table, unit=well.index_unit)
    except ZoneFileError as error:
        if "name one of them" not in str(error):
            raise
    return read_zones(table, unit=well.index_unit, well=well.name)


def choose_well(viewer: Any, wells: list[Well]) -> Well | None:
    """Return the well of the active layer, else the last of them; None without any."""
    from napari_welllog._places import describe

    active = viewer.layers.selection.active
    record = describe(active) if active is not None else None
    if record is not None:
        chosen: Well = record["well"]
        return chosen
    return wells[-1] if wells else None
