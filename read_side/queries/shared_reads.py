"""One read for everybody who asks for the same at the same time, and never one that began before they asked."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class SharedReads(Generic[Key, Answer]):
    """Reads by key. At most one read a key runs, and at most one waits for it to end."""

    def __init__(self, read: Callable[[Key], Awaitable[Answer]]) -> None:
        self._read = read
        self._running: dict[Key, asyncio.Task[Answer]] = {}
        self._next: dict[Key, asyncio.Task[Answer]] = {}

    async def get(self, key: Key) -> Answer:
        """An answer that was read after this call. Raises what the read raises."""
        task = self._next.get(key)
        if task is None:
            running = self._running.get(key)
            if running is None:
                task = self._running[key] = asyncio.ensure_future(self._run(key))
            else:
                task = self._next[key] = asyncio.ensure_future(self._run_after(running, key))
        return await asyncio.shield(task)

    async def _run_after(self, running: asyncio.Task[Answer], key: Key) -> Answer:
        await asyncio.wait([running])
        self._running[key] = self._next.pop(key)
        return await self._run(key)

    async def _run(self, key: Key) -> Answer:
        try:
            return await self._read(key)
        finally:
            if key not in self._next:
                self._running.pop(key, None)
