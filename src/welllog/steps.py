"""States one after the other: done, undone, told to listeners, kept as lines of Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from welllog.well import Well, free_key
from welllog.work import SessionError, State, Work

__all__ = ["Steps", "call_of", "core_call", "free_key"]


@dataclass(kw_only=True)
class Steps:
    """A state, those before it and those that were taken back."""

    state: State = field(default_factory=State)
    log: list[str] = field(default_factory=list)
    """Python, a line an action: paste it into a notebook and it is done again."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    kept: dict[str, Work] = field(default_factory=dict)
    """Key -> the work on a well as the session file that was last written, or read, has it."""
    exported: dict[str, Work] = field(default_factory=dict)
    """Key -> the work on a well as it was when last exported."""
    _past: list[tuple[str, State]] = field(default_factory=list)
    _future: list[tuple[str, State]] = field(default_factory=list)
    _quiet: bool = False
    """Several actions are one step just now: listeners hear of it in the end."""

    def work(self, key: str) -> Work:
        """Return what was done on a well.

        Raises
        ------
        SessionError
            The session has no such well.
        """
        for work in self.state.works:
            if work.key == key:
                return work
        have = ", ".join(work.key for work in self.state.works) or "none"
        raise SessionError(f"there is no well {key} in this session; it has {have}")

    def work_of(self, well: Well) -> Work | None:
        """Return the work on a well object, None where the session does not have it."""
        return next((work for work in self.state.works if work.well is well), None)

    @property
    def unkept(self) -> list[Work]:
        """Wells on which something was done that is in no file: it would be lost."""
        return [
            work
            for work in self.state.works
            if not work.is_in_files(self.kept.get(work.key), self.exported.get(work.key))
        ]

    @property
    def undo_label(self) -> str:
        """What undo would take back, nothing where there is nothing; in which well of several."""
        return self._label(self._past)

    @property
    def redo_label(self) -> str:
        """What redo would do again."""
        return self._label(self._future)

    @property
    def undo_wells(self) -> list[str]:
        """Keys of the wells that undo would change."""
        return self._changed(self._past)

    @property
    def redo_wells(self) -> list[str]:
        """Keys of the wells that redo would change."""
        return self._changed(self._future)

    def _label(self, steps: list[tuple[str, State]]) -> str:
        if not steps:
            return ""
        keys = self._changed(steps) if len(self.state.works) > 1 else []
        return steps[-1][0] + (f" \N{MIDDLE DOT} {', '.join(keys)}" if keys else "")

    def _changed(self, steps: list[tuple[str, State]]) -> list[str]:
        """Return the keys of works that are not the same in the state that a step leads to."""
        if not steps:
            return []
        here = {work.key: work for work in self.state.works}
        there = {work.key: work for work in steps[-1][1].works}
        return [key for key in here | there if here.get(key) is not there.get(key)]

    @property
    def done(self) -> int:
        """How many steps undo can take back."""
        return len(self._past)

    @property
    def undone(self) -> int:
        """How many steps redo can do again."""
        return len(self._future)

    def undo(self) -> None:
        """Go back to the state before the last action."""
        self._step(self._past, self._future, "session.undo()")

    def redo(self) -> None:
        """Do again what undo took back."""
        self._step(self._future, self._past, "session.redo()")

    @contextmanager
    def together(self, label: str) -> Iterator[None]:
        """Make one step of all actions within: one undo takes them back, listeners hear once.

        Where one of them raises and that is not caught within, none of them was done.
        """
        if self._quiet:  # within a step already
            yield
            return
        before, begun, lines = self.state, len(self._past), len(self.log)
        future = list(self._future)
        self._quiet = True
        try:
            yield
        except BaseException:
            self.state, self._future[:] = before, future
            del self._past[begun:], self.log[lines:]
            raise
        finally:
            self._quiet = False
        done = self.log[lines:]
        if len(done) > 1:
            self._past[begun:] = [(label, before)]
            self.log[lines:] = [f"with session.together({label!r}):", *(f"    {d}" for d in done)]
        if done:
            self._tell()

    def _step(
        self, source: list[tuple[str, State]], target: list[tuple[str, State]], call: str
    ) -> None:
        if source:
            label, state = source.pop()
            target.append((label, self.state))
            self.state = state
            self.log.append(call)
            self._tell()

    def _everywhere(self, change: Callable[[State], State]) -> None:
        self.state = change(self.state)
        for stack in (self._past, self._future):
            stack[:] = [(label, change(state)) for label, state in stack]
        self._tell()

    def _become(self, label: str, call: str, key: str, **changes: Any) -> None:
        works = tuple(
            replace(work, **changes) if work.key == key else work for work in self.state.works
        )
        self._go_on(label, call, State(works))

    def _go_on(self, label: str, call: str, state: State) -> None:
        self._past.append((label, self.state))
        self._future.clear()
        self.state = state
        self.log.append(call)
        self._tell()

    def _keys(self) -> set[str]:
        """Return the keys that are taken, by wells that undo or redo would bring back too."""
        states = [self.state, *(state for _, state in (*self._past, *self._future))]
        return {work.key for state in states for work in state.works}

    def _tell(self) -> None:
        for work in self.state.works:
            for well in (work.well, work.edited):
                if well is not None and work.zones is not None:
                    well.zones[:], well.tops[:] = work.zones
        if self._quiet:
            return
        for listener in list(self.listeners):
            listener()


def call_of(method: str, *arguments: Any, **settings: Any) -> str:
    """Return an action as a line of Python; None at the end is left out."""
    given = list(arguments)
    while given and given[-1] is None:
        given.pop()
    words = [repr(_plain(argument)) for argument in given]
    words += [f"{name}={_plain(value)!r}" for name, value in settings.items()]
    return f"session.{method}({', '.join(words)})"


def core_call(key: str, **source: Any) -> str:
    """Return the making of core curves as a line of Python; see ``Session.add_core_curves``."""
    given = {name: value for name, value in source.items() if value}
    if "labels" in given:
        given["labels"] = [str(path) for path in given["labels"]]
    return call_of("add_core_curves", key, **given)


def _plain(value: Any) -> Any:
    """Return numbers of numpy as Python's own, within tuples, lists and mappings too."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(each) for each in value)
    return float(value) if hasattr(value, "dtype") else value
