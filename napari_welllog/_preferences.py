"""What the user set in napari's Preferences: the manifest declares it, napari keeps it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtpy.QtWidgets import QComboBox


def preferences() -> Any:
    """Return the settings by group and name, as ``preferences().restoring.bands``.

    Groups, names and defaults are those of ``configurations`` in ``napari.yaml``; what is set is
    kept. A group has ``events``, where napari knows the plugin.
    """
    from napari.settings import get_plugin_settings

    try:
        return get_plugin_settings("napari-welllog")
    except KeyError:  # used from a checkout that is not installed: nothing can be set
        from npe2 import PluginManifest

        declared = PluginManifest.from_file(Path(__file__).with_name("napari.yaml"))
        return SimpleNamespace(
            **{
                group: SimpleNamespace(**{n: each.default for n, each in said.properties.items()})
                for group, said in declared.contributions.configurations.items()
            }
        )


def tell_changes(group: Any, name: str, listener: Any) -> None:
    """Call a bound method with napari's event when a setting changes; its owner is not held."""
    if hasattr(group, "events"):
        getattr(group.events, name).connect(listener)


def tie(box: QComboBox, group: Any, name: str) -> None:
    """Let a box show a setting, and set it."""
    box.setCurrentText(str(getattr(group, name)))
    box.currentTextChanged.connect(lambda text: setattr(group, name, text))
    if hasattr(group, "events"):
        emitter = getattr(group.events, name)

        def show(event: Any) -> None:
            box.setCurrentText(str(event.value))

        emitter.connect(show)
        box.destroyed.connect(lambda _: emitter.disconnect(show))
