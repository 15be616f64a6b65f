"""Repeated commands: the event that answered the first one, fetched from the log by its offset."""

import asyncio
from collections import OrderedDict
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from contracts import topics
from contracts.codec import decode_event, decode_log
from contracts.events import CommandRepeated
from contracts.limits import KIB
from contracts.operations.kafka_access import Kafka
from contracts.operations.kafka_fetch import KafkaFetch
from contracts.records import EventRecord
from write_side.api.answers import Seen
from write_side.api.waiting import RecentEvents

REMEMBERED_EVENTS: Final = 2000
READ_SECONDS_MOST: Final = 5.0
"""Beyond this, with the wait for those before, a repeat is told 202."""
RETRY_SECONDS: Final = 0.1
_FETCH_BYTES: Final = 64 * KIB

log: Final = structlog.get_logger()
Position = tuple[int, int]
"""(partition, log offset)"""


class FirstAnswers:
    """Reads single events: from what the tail remembers, from its own memory, or from Kafka, one at a time."""

    def __init__(self, bootstrap: Kafka, recent: list[RecentEvents]) -> None:
        self._log = KafkaFetch(bootstrap, topics.EVENTS)
        self._recent = recent
        self._remembered: OrderedDict[Position, Seen] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        await self._log.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._log.stop()

    async def answered_by(self, repeat: Seen) -> Seen | None:
        """The first event of a command that was repeated, or None if the log does not give it in time.

        Raises DecodeError on a record that cannot be read.
        """
        event = decode_event(repeat.record)
        assert isinstance(event, CommandRepeated)
        first = self._recent[repeat.partition].at_offset(event.offset)
        if first is None:
            try:
                async with asyncio.timeout(READ_SECONDS_MOST):
                    first = await self._remembered_or_read(repeat.partition, event.offset)
            except TimeoutError:
                log.warning("the first answer could not be read in time", source=repeat.record.source)
        if first is not None and first.record.command_id != repeat.record.command_id:
            log.error("a repeat points at another command", source=repeat.record.source, first=event.offset)
            return None
        return first

    async def _remembered_or_read(self, partition: int, offset: int) -> Seen:
        async with self._one_at_a_time:
            position = (partition, offset)
            seen = self._remembered.get(position)
            if seen is not None:
                self._remembered.move_to_end(position)
                return seen
            seen = self._remembered[position] = await self._read(partition, offset)
            if len(self._remembered) > REMEMBERED_EVENTS:
                self._remembered.popitem(last=False)
            return seen

    async def _read(self, partition: int, offset: int) -> Seen:
        """The record at this offset, asked for until Kafka answers."""
        value = await self._fetched(partition, offset)
        while value is None:
            await asyncio.sleep(RETRY_SECONDS)
            value = await self._fetched(partition, offset)
        record = decode_log(value)
        if type(record) is not EventRecord:
            raise RuntimeError(f"partition {partition} has no event at offset {offset}")
        return Seen(partition, offset, record, value)

    async def _fetched(self, partition: int, offset: int) -> bytes | None:
        """One try: the bytes at this offset, or None if Kafka is away or the leader is elsewhere."""
        try:
            records = await self._log.fetch(partition, offset, _FETCH_BYTES)
        except KafkaError as error:
            log.warning("a read of one event failed", partition=partition, offset=offset, error=repr(error))
            return None
        return records[0][1] if records else None
