"""What was done to labels, step by step, to be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Step:
    """One action."""

    label: str
    back: Callable[[], Any]
    """Takes it back; returns False where it was taken back elsewhere, so that there is nothing."""
    forth: Callable[[], Any]
    """Does it again; returns False where there is nothing to do."""
    light: bool = False
    """It keeps no labels of a whole picture."""


class Steps:
    """Actions done, and those taken back."""

    MOST, MOST_LIGHT = 20, 500
    """Labels of whole pictures are large: older steps are let go of."""

    def __init__(self) -> None:
        self.past: list[Step] = []
        self.future: list[Step] = []

    def add(self, step: Step) -> None:
        """Take in an action that has just been done."""
        self.past.append(step)
        self.future.clear()
        while (
            sum(not each.light for each in self.past) > self.MOST
            or len(self.past) > self.MOST_LIGHT
        ):
            del self.past[0]

    def undo(self) -> str:
        """Take the last action back; return its label, nothing where there is none."""
        while self.past:
            step = self.past.pop()
            if step.back() is not False:
                self.future.append(step)
                return step.label
        return ""

    def redo(self) -> str:
        """Do again what was taken back last."""
        while self.future:
            step = self.future.pop()
            if step.forth() is not False:
                self.past.append(step)
                return step.label
        return ""


def swap_data(
    find: Callable[[], Any],
    make: Callable[[NDArray[Any]], Any],
    remove: Callable[[Any], None],
    after: NDArray[Any],
    before: NDArray[Any] | None,
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what takes a change of labels back and what does it again.

    What was corrected by hand since then comes back with it.

    Parameters
    ----------
    find, make, remove : callable
        Of the layer: returns it or None, makes it of labels, takes it away.
    after, before : int arrays, shape (row, column)
        The labels; none before where the layer was made for them.
    """

    def change(to: NDArray[Any] | None) -> NDArray[Any] | None:
        layer = find()
        had = None if layer is None else np.asarray(layer.data)
        if to is None:
            if layer is not None:
                remove(layer)
        elif layer is None:
            make(to)
        else:
            layer.data = to
        return had

    kept = {"after": after, "before": before}

    def back() -> None:
        had = change(kept["before"])
        kept["after"] = kept["after"] if had is None else had

    def forth() -> None:
        kept["before"] = change(kept["after"])

    return back, forth
