"""Looking on while faults are injected: probes of both APIs, and the memory of every process."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import psutil

from scenarios.exchanges import Record, exchange
from scenarios.http_client import Client, Response
from scenarios.stack.stack import Stack

PROBE_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 2.0
MEMORY_SECONDS: Final = 0.5


class Probe(NamedTuple):
    """One look at an API: when it was sent (seconds since 1970), whether it was answered well, the version it told."""

    api: str
    at: float
    answered: bool


class Prober:
    """Asks each API every PROBE_SECONDS; reads go into `record`, as any buyer's look would."""

    def __init__(self, commands: Mapping[str, Client], queries: Client, shows: Sequence[str], record: Record) -> None:
        self._commands = commands
        self._queries = queries
        self._shows = shows
        self._record = record
        self.probes: list[Probe] = []

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as looks:
            looks.create_task(self._read())
            for name, client in self._commands.items():
                looks.create_task(self._ask(name, client))

    async def _read(self) -> None:
        turn = 0
        while True:
            path = f"/shows/{self._shows[turn % len(self._shows)]}"
            turn += 1
            sent, wanted = time.time(), time.monotonic()
            came = await self._queries.request("GET", path, timeout=PATIENCE_SECONDS)
            self._record.add(exchange("probe", "GET", path, None, b"", wanted, came))
            self.probes.append(Probe("query-api", sent, isinstance(came, Response) and came.status == 200))
            await asyncio.sleep(max(0.0, sent + PROBE_SECONDS - time.time()))

    async def _ask(self, name: str, client: Client) -> None:
        while True:
            sent = time.time()
            came = await client.request("GET", "/readyz", timeout=PATIENCE_SECONDS)
            self.probes.append(Probe(name, sent, isinstance(came, Response) and came.status == 200))
            await asyncio.sleep(max(0.0, sent + PROBE_SECONDS - time.time()))


class MemoryWatch:
    """The largest resident set of each process of a stack, in bytes, over its restarts."""

    def __init__(self, stack: Stack, names: Sequence[str]) -> None:
        self._stack = stack
        self._names = names
        self.most: dict[str, int] = dict.fromkeys(names, 0)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            for name in self._names:
                try:
                    size = psutil.Process(self._stack.process(name).pid).memory_info().rss
                except psutil.NoSuchProcess:
                    continue  # killed a moment ago
                self.most[name] = max(self.most[name], int(size))
            await asyncio.sleep(MEMORY_SECONDS)
