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
    back: Callable[[], None]
    forth: Callable[[], None]


class Steps:
    """Actions done, and those taken back."""

    MOST = 20
    """Labels of whole pictures are large: older steps are let go of."""

    def __init__(self) -> None:
        self.past: list[Step] = []
        self.future: list[Step] = []

    def add(self, step: Step) -> None:
        """Take in an action that has just been done."""
        self.past = [*self.past, step][-self.MOST :]
        self.future.clear()

    def undo(self) -> str:
        """Take the last action back; return its label, nothing where there is none."""
        if not self.past:
            return ""
        step = self.past.pop()
        step.back()
        self.future.append(step)
        return step.label

    def redo(self) -> str:
        """Do again what was taken back last."""
        if not self.future:
            return ""
        step = self.future.pop()
        step.forth()
        self.past.append(step)
        return step.label


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
