"""napari plugin: wells as log tracks, and their curves restored."""

from __future__ import annotations

from welllog import __version__

__all__ = ["__version__"]
