"""A bounded memory of what was used lately, so that a projector's size does not grow with the number of shows."""

from collections import OrderedDict
from collections.abc import Collection
from typing import Generic, TypeVar

Value = TypeVar("Value")


class RecentlyUsed(Generic[Value]):
    """Values by show id. It grows freely while a batch is folded; `shrink` forgets those used longest ago."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()

    def absent(self, show_ids: Collection[str]) -> list[str]:
        """Those that are not in memory."""
        return [show_id for show_id in show_ids if show_id not in self._values]

    def get(self, show_id: str) -> Value | None:
        """The value, if there is one."""
        return self._values.get(show_id)

    def put(self, show_id: str, value: Value) -> None:
        """Remember a value."""
        self._values[show_id] = value

    def shrink(self, keep: Collection[str]) -> None:
        """Forget what was used longest ago, but nothing of `keep`, which counts as used now."""
        for show_id in keep:
            if show_id in self._values:
                self._values.move_to_end(show_id)
        while len(self._values) > max(self._most, len(keep)):
            self._values.popitem(last=False)
