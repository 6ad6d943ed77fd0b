"""Zones and tops of a table, shown beside the tracks of a well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, FileEdit, PushButton

from napari_welllog._dock_place import join_when_shown

if TYPE_CHECKING:
    from pathlib import Path

    from welllog.well import Well


class ZonesWidget(Container):  # type: ignore[type-arg]
    """The dock that asks for a table and shows it."""

    def __init__(self, napari_viewer: Any) -> None:
        self.table = FileEdit(label="Table", mode="r", filter="*.csv *.txt")
        self.table.tooltip = (
            "CSV with a name, a top and, for zones, a base in each row; a column of wells holds "
            "their names, UWIs or API numbers"
        )
        self.button = PushButton(text="Show")
        self.button.tooltip = (
            "Show them beside each well that the table names, else beside the active layer's; "
            "sessions and saved LAS files keep them"
        )
        super().__init__(widgets=[self.table, self.button])
        join_when_shown(self.native)
        self.button.changed.connect(lambda: add_zones(napari_viewer, self.table.value))


def add_zones(viewer: Any, table: Path) -> None:
    """Show the zones and tops of a table beside the wells that it names.

    Where it names none that is open they go to the well of the active layer, or the last. They
    replace those that a well had, which one undo brings back; what cannot be read is a
    notification.
    """
    from napari.utils.notifications import show_error, show_info

    from napari_welllog._log_view import view_of
    from napari_welllog._viewer_session import session_of
    from welllog.zones import ZoneFileError, list_wells, match_well

    home, wells = session_of(viewer), view_of(viewer).wells()
    well = choose_well(viewer, wells)
    if well is None or home.key_of(well) is None:
        show_error("There is no well to show zones of: open a LAS file first.")
        return
    try:
        listed = list_wells(table)
        named = [each for each in wells if match_well(each.identifiers, listed) is not None]
        chosen = named or [well]
        keys = [key for each in chosen if (key := home.key_of(each)) is not None]
        home.session.load_zones(keys[0] if len(keys) == 1 else keys, table)
    except (ZoneFileError, OSError) as error:
        show_error(str(error))
        return
    said = [f"{each.name}: {len(each.zones)} zones and {len(each.tops)} tops" for each in chosen]
    others = [each.name for each in wells if all(each is not other for other in chosen)]
    if others and listed:
        said.append(f"the table has none for {', '.join(others)}")
    show_info("; ".join(said))


def choose_well(viewer: Any, wells: list[Well]) -> Well | None:
    """Return the well of the active layer, else the last of them; None without any."""
    from napari_welllog._places import describe

    active = viewer.layers.selection.active
    record = describe(active) if active is not None else None
    if record is not None:
        chosen: Well = record["well"]
        return chosen
    return wells[-1] if wells else None
