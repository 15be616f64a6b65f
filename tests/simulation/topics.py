"""Kafka's part: two logs in memory, and the ports through which one process sees them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from contracts.codec import encode_commands
from contracts.records import CommandRecord
from scenarios.history import StoredRecord
from tests.simulation.chaos import DELAYED_APPEND, LOST_CONFIRMATION
from tests.simulation.processes import Process
from tests.simulation.simulated_loop import EPOCH_SECONDS
from write_side.processor.ports import CommandMessage

RECORDS_A_READ: Final = 50
DELAY_SECONDS_MOST: Final = 15.0
"""Longer than a pause and a session: what a zombie has sent arrives long after others went on."""
UNKNOWN_OFFSET: Final = -1


class OutcomeUnknown(Exception):
    """The append failed, or did not; nobody can tell."""


class Topics:
    """The records of both topics by partition, with the broker's append time."""

    def __init__(self, partitions: int) -> None:
        self.commands: list[list[CommandMessage]] = [[] for _ in range(partitions)]
        self.events: list[list[tuple[int, bytes]]] = [[] for _ in range(partitions)]

    def append_command(self, partition: int, value: bytes) -> None:
        """One record."""
        messages = self.commands[partition]
        messages.append(CommandMessage(len(messages), _now_ms(), value))

    def append_events(self, partition: int, values: Sequence[bytes]) -> int:
        """One batch, as a whole; gives its base offset."""
        log, now = self.events[partition], _now_ms()
        base = len(log)
        log += [(now, value) for value in values]
        return base

    def stored_commands(self) -> list[StoredRecord]:
        """For the checkers."""
        return [
            StoredRecord(
                partition=number, offset=offset, timestamp=message.appended_at, value=(message.value or b"").decode()
            )
            for number, messages in enumerate(self.commands)
            for offset, message in enumerate(messages)
        ]

    def stored_events(self) -> list[StoredRecord]:
        """For the checkers."""
        return [
            StoredRecord(partition=number, offset=offset, timestamp=at, value=value.decode())
            for number, log in enumerate(self.events)
            for offset, (at, value) in enumerate(log)
        ]


def _now_ms() -> int:
    """The broker's clock, the only right one."""
    return round((EPOCH_SECONDS + asyncio.get_running_loop().time()) * 1000)


class SeenEvents:
    """EventLog (ports.py) for one process."""

    def __init__(self, topics: Topics, process: Process) -> None:
        self._topics = topics
        self._process = process

    async def append(self, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        process, chaos = self._process, self._process.chaos
        await process.leave(f"before it appends to partition {partition}")
        values = [value for _, value in records]
        if chaos.strike(DELAYED_APPEND, process.name, asyncio.get_running_loop().time()):
            await asyncio.sleep(chaos.chance.uniform(0, DELAY_SECONDS_MOST))
        base = self._topics.append_events(partition, values)
        await process.leave(f"after it has appended to partition {partition}")
        if chaos.strike(LOST_CONFIRMATION, process.name, asyncio.get_running_loop().time()):
            if chaos.chance.random() < 0.5:
                raise OutcomeUnknown(f"partition {partition}")
            return UNKNOWN_OFFSET
        return base

    async def end(self, partition: int) -> int:
        await self._process.leave("when it asks for the end of the events")
        return len(self._topics.events[partition])

    async def read(self, partition: int, start: int, stop: int) -> AsyncGenerator[Sequence[tuple[int, bytes]]]:
        for first in range(start, stop, RECORDS_A_READ):
            await self._process.leave("when it reads the events")
            some = range(first, min(first + RECORDS_A_READ, stop))
            yield [(offset, self._topics.events[partition][offset][1]) for offset in some]


class SeenCommands:
    """CommandLog (ports.py) for one process."""

    def __init__(self, topics: Topics, process: Process) -> None:
        self._topics = topics
        self._process = process

    async def bounds(self, partition: int) -> tuple[int, int]:
        await self._process.leave("when it asks for the bounds of the commands")
        return 0, len(self._topics.commands[partition])

    async def send(self, partition: int, record: CommandRecord) -> None:
        await self._process.leave("before its clock ends holds")
        self._topics.append_command(partition, encode_commands(record))
        await self._process.leave("after its clock has ended holds")

    async def send_dead_letter(self, partition: int, key: str, value: bytes, reason: str, origin: str) -> None:
        await self._process.leave("before a dead letter")
