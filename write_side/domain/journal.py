"""Changes that can be taken back.

A decider's state runs ahead of the log between the append of a batch and its confirmation. Whatever `evolve` changes
in that time goes through a Journal, which remembers the old values, so that `undo` restores the state exactly.
"""

from collections.abc import Callable, Iterable, MutableSequence
from operator import setitem
from typing import Any, Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Final = object()
Restore = Callable[[Any, Any, Any], None]
"""Takes one change back, given what was changed, where in it, and what was there: (target, key, old value)."""


class Journal:
    """Writes to dicts, arrays and attributes; between `open` and `close` or `undo` it remembers what was there."""

    __slots__ = ("_entries", "is_open")

    def __init__(self) -> None:
        self._entries: list[tuple[Restore, Any, Any, Any]] | None = None
        self.is_open = False

    def open(self) -> None:
        """Remember every change from here on. What was remembered before stays, if it was neither closed nor undone."""
        if self._entries is None:
            self._entries = []
            self.is_open = True

    def close(self) -> None:
        """The changes are confirmed: forget how to take them back."""
        self._entries = None
        self.is_open = False

    def undo(self) -> None:
        """Take every change since `open` back, the last one first, and close."""
        entries = self._entries or []
        self.close()
        for restore, target, key, old in reversed(entries):
            restore(target, key, old)

    def note(self, restore: Restore, target: object, key: object, old: object) -> None:
        """Remember that `restore(target, key, old)` takes back what the caller is about to change; only while open."""
        assert self._entries is not None
        self._entries.append((restore, target, key, old))

    def put(self, mapping: dict[K, V], key: K, value: V) -> None:
        """`mapping[key] = value`."""
        if self._entries is not None:
            self._entries.append((_restore_entry, mapping, key, mapping.get(key, _ABSENT)))
        mapping[key] = value

    def drop(self, mapping: dict[K, V], key: K) -> None:
        """`del mapping[key]`."""
        if self._entries is not None:
            self._entries.append((_restore_entry, mapping, key, mapping[key]))
        del mapping[key]

    def fill(self, array: MutableSequence[V], positions: Iterable[int], value: V) -> None:
        """`array[position] = value` for each position."""
        entries = self._entries
        for position in positions:
            if entries is not None:
                entries.append((setitem, array, position, array[position]))
            array[position] = value

    def assign(self, target: object, name: str, value: object) -> None:
        """`target.name = value`."""
        if self._entries is not None:
            self._entries.append((setattr, target, name, getattr(target, name)))
        setattr(target, name, value)


def _restore_entry(mapping: dict[object, object], key: object, old: object) -> None:
    if old is _ABSENT:
        del mapping[key]
    else:
        mapping[key] = old
