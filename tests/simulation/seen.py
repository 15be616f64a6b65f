"""The ports through which one process sees the topics: the decider's two logs, and the command API's writer."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import Final

from contracts.codec import encode_commands
from contracts.records import CommandRecord
from tests.simulation.chaos import DELAYED_APPEND, LOST_CONFIRMATION
from tests.simulation.processes import Process
from tests.simulation.topics import Producer, Topics
from write_side.api.log_writer import AppendUnknown, Record

RECORDS_A_READ: Final = 50
DELAY_SECONDS_MOST: Final = 15.0
"""Longer than a pause and a session: what a zombie has sent arrives long after others went on."""
GIVE_UP_SECONDS_MOST: Final = 2.0
UNKNOWN_OFFSET: Final = -1


class OutcomeUnknown(Exception):
    """The append failed, or did not; nobody can tell."""


class _Appends:
    """A producer and what may go wrong between it and the broker."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._producer = Producer(process.topics)

    async def append(self, number: int, append: Callable[[], int]) -> int:
        """Where it stands. Raises OutcomeUnknown, as if after a time limit: it may have landed, or land yet."""
        process, now = self._process, asyncio.get_running_loop().time()
        process.must_live()
        luck = process.luck
        delay = luck.delay()
        if luck.strike(DELAYED_APPEND, process.name, now):
            delay += luck.chance.uniform(0, DELAY_SECONDS_MOST)
        landed = self._producer.send(number, append, delay)
        if luck.strike(LOST_CONFIRMATION, process.name, now):
            await asyncio.sleep(luck.chance.uniform(0, GIVE_UP_SECONDS_MOST))
            self._producer = Producer(process.topics)
            raise OutcomeUnknown(f"partition {number}")
        base = await landed
        await process.leave()
        return base


class SeenEvents:
    """EventLog (write_side/processor/ports.py) for one process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._topics = process.topics
        self._appends = _Appends(process)

    async def append(self, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        values = [value for _, value in records]
        try:
            return await self._appends.append(partition, lambda: self._topics.append_events(partition, values))
        except OutcomeUnknown:
            if self._process.luck.chance.random() < 0.5:
                raise
            return UNKNOWN_OFFSET

    async def end(self, partition: int) -> int:
        await self._process.leave()
        await self._topics.answering()
        return len(self._topics.events[partition])

    async def read(self, partition: int, start: int, stop: int) -> AsyncGenerator[Sequence[tuple[int, bytes]]]:
        for first in range(start, stop, RECORDS_A_READ):
            await self._process.leave()
            await self._topics.answering()
            some = self._topics.events[partition][first : min(first + RECORDS_A_READ, stop)]
            yield [(stored.offset, stored.value) for stored in some]


class SeenCommands:
    """CommandLog (write_side/processor/ports.py) for one process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._topics = process.topics
        self._appends = _Appends(process)

    async def bounds(self, partition: int) -> tuple[int, int]:
        await self._process.leave()
        await self._topics.answering()
        return 0, len(self._topics.commands[partition])

    async def record(self, partition: int, offset: int) -> bytes | None:
        await self._process.leave()
        await self._topics.answering()
        return self._topics.commands[partition][offset].value or b""

    async def send(self, partition: int, record: CommandRecord) -> None:
        value = encode_commands(record)
        await self._appends.append(partition, lambda: self._topics.append_command(partition, value))

    async def send_dead_letter(self, partition: int, key: str, value: bytes, reason: str, origin: str) -> None:
        await self._process.leave()
        await self._topics.answering()


class SeenWriter:
    """What the outbox needs of write_side.api.log_writer.LogWriter, for one process."""

    def __init__(self, process: Process) -> None:
        self._topics: Topics = process.topics
        self._appends = _Appends(process)

    def unwritable(self, partition: int) -> bool:
        """Whether the broker is away."""
        return self._topics.away_seconds() > 0

    async def append(self, partition: int, records: Sequence[Record]) -> int:
        """Append the records; the offset of the first. Raises AppendUnknown."""
        try:
            return await self._appends.append(partition, partial(self._append, partition, records))
        except OutcomeUnknown as error:
            raise AppendUnknown(str(error)) from error

    def _append(self, partition: int, records: Sequence[Record]) -> int:
        return min(self._topics.append_command(partition, record.value) for record in records)
