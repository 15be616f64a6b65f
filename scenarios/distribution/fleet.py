"""The deciders of a stack, started and stopped while it sells."""

import asyncio
import socket
from dataclasses import replace
from typing import Final

from scenarios.stack.services import Site, python_service
from scenarios.stack.stack import Stack

STOP_SECONDS: Final = 20.0


class Fleet:
    """Which deciders run. They have no instance name: the group would wait a session (6 s) for a named one that was
    stopped, instead of sharing its partitions out at once."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.running: dict[str, int] = {}
        """Name to process id."""
        self.names: dict[str, str] = {}
        """What a decider calls itself in its claims, to its name here."""

    async def start(self, *names: str, cap: float | None) -> None:
        """Start deciders together, and wait until each is ready. Raises StackFailure."""
        await asyncio.gather(*(asyncio.to_thread(self._start, name, cap) for name in names))

    async def stop(self, *names: str) -> None:
        """Ask deciders to stop, and wait until they have."""
        for name in names:
            del self.running[name]
            self._stack.process(name).terminate()
        await asyncio.gather(*(asyncio.to_thread(self._stack.process(name).wait, STOP_SECONDS) for name in names))

    def url(self, name: str) -> str:
        """Where a decider tells of itself."""
        return self._stack.url(name)

    def _start(self, name: str, cap: float | None) -> None:
        site = Site(
            folder=self._stack.folder,
            kafka=self._stack.kafka,
            mongo=self._stack.mongo,
            mongo_database=self._stack.mongo_database,
            token_secret=self._stack.token_secret,
            environment={} if cap is None else {"SEATLOG_MAX_DECISIONS_PER_SECOND": f"{cap:g}"},
        )
        service = python_service("decider", name, site, self._stack.ports)
        told = {key: value for key, value in service.environment.items() if key != "SEATLOG_DECIDER_INSTANCE"}
        self._stack.run(replace(service, environment=told))
        pid = self._stack.process(name).pid
        self.running[name] = pid
        self.names[f"{socket.gethostname()}-{pid}"] = name
