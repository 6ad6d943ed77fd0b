"""What a well is called in the viewer: its name, numbered where another one has the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import ref

from welllog.well import tell_apart

if TYPE_CHECKING:
    from welllog.session import Session
    from welllog.well import Well

_keys: dict[int, tuple[ref[Well], str]] = {}
"""By the id of a well, which a later one may have when it is gone."""


def learn_keys(session: Session) -> None:
    """Call the wells of a session by their keys from now on, as its log does."""
    for number in [number for number, (well, _) in _keys.items() if well() is None]:
        del _keys[number]
    _keys.update({id(work.well): (ref(work.well), work.key) for work in session.state.works})


def name_well(well: Well, wells: Sequence[Well]) -> str:
    """Return what one of the wells shown side by side is called."""
    known, key = _keys.get(id(well), (None, ""))
    if known is not None and known() is well:
        return key
    here = next((place for place, each in enumerate(wells) if each is well), None)
    return (well.name or "(no name)") if here is None else tell_apart(wells)[here]
