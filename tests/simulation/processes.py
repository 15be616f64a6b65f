"""A simulated process: it may die or stand still at every await that leaves it."""

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, Final

from tests.simulation.chaos import CRASH, PAUSE, Chaos
from tests.simulation.simulated_loop import skew_seconds

PAUSE_SECONDS: Final = 12.0
"""Twice a session: whoever stands still so long is taken for dead."""
MOST_SKEW_SECONDS: Final = 20.0
"""A clock that is further behind the broker's than 30 s halts partitions (rule 13), which is another test."""


class Process:
    """A name, what runs in it, and whether it lives. Its wall clock is wrong."""

    def __init__(self, name: str, chaos: Chaos) -> None:
        self.name = name
        self.chaos = chaos
        self.dead = False
        self.paused_until = 0.0
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._context = copy_context()
        self._context.run(skew_seconds.set, chaos.chance.uniform(-MOST_SKEW_SECONDS, MOST_SKEW_SECONDS))

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it do something beside what it does; if that raises, the process ends."""
        task = asyncio.get_running_loop().create_task(work, context=self._context)
        self._tasks.append(task)
        task.add_done_callback(self._worked)

    def _worked(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self.kill(repr(task.exception()))

    def kill(self, why: str) -> None:
        """As SIGKILL does: nothing that runs here gets any further."""
        if not self.dead:
            self.dead = True
            self.ended.set_result(why)

    async def leave(self, what: str) -> None:
        """Ask the world for something: time passes, and the process may not live to hear the answer."""
        now = asyncio.get_running_loop().time()
        if self.chaos.strike(CRASH, f"{self.name}, {what}", now):
            self.kill(f"killed, {what}")
        elif self.chaos.strike(PAUSE, f"{self.name}, {what}", now):
            self.paused_until = now + PAUSE_SECONDS
        await asyncio.sleep(self.chaos.delay())
        await self.resumed()

    async def resumed(self) -> None:
        """Come back from a pause; from death, never."""
        while True:
            if self.dead:
                await asyncio.get_running_loop().create_future()
            left = self.pause_left()
            if left <= 0:
                return
            await asyncio.sleep(left)

    def pause_left(self) -> float:
        """Seconds."""
        return self.paused_until - asyncio.get_running_loop().time()

    async def bury(self) -> None:
        """After the run."""
        self.dead = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
