"""Saves the well that layers show as LAS, with what was restored in it."""

from __future__ import annotations

from typing import Any


def write_well(path: str, layers: list[Any]) -> list[str]:
    """Write the well that layers show, its core beside it, and return the path written.

    Raises
    ------
    LayerError
        Where the layers show no well, or several.
    OSError
        Where the file cannot be written.
    """
    from napari_welllog._layers import to_well
    from welllog.cores.placement_files import copy_placements
    from welllog.formats import write

    well = to_well(layers)
    written = write(well, path, overwrite=True)
    copy_placements(well, written)
    return [str(written)]
