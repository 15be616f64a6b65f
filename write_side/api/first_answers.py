"""Repeated commands: the event that answered the first one, fetched from the log by its offset."""

import asyncio
from collections import OrderedDict
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from contracts import topics
from contracts.codec import decode_event, decode_log
from contracts.events import CommandRepeated
from contracts.limits import KIB
from contracts.operations.kafka import CONSUMER_LIMITS
from contracts.records import EventRecord
from write_side.api.answers import Seen
from write_side.api.waiting import RecentEvents

REMEMBERED_EVENTS: Final = 2000
READ_SECONDS_MOST: Final = 5.0

log: Final = structlog.get_logger()
Position = tuple[int, int]
"""(partition, log offset)"""


class FirstAnswers:
    """Reads single events: from what the tail remembers, from its own memory, or from Kafka, one at a time."""

    def __init__(self, bootstrap: str, recent: list[RecentEvents]) -> None:
        self._bootstrap = bootstrap
        self._recent = recent
        self._remembered: OrderedDict[Position, Seen] = OrderedDict()
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        limits = CONSUMER_LIMITS | {"max_partition_fetch_bytes": 64 * KIB}  # one record comes through at any size
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            **limits,
        )
        await self._consumer.start()
        partitions = [TopicPartition(topics.EVENTS, number) for number in range(len(self._recent))]
        self._consumer.assign(partitions)
        for tp in partitions:
            self._consumer.seek(tp, 0)  # a partition without a position would be an error, even while it is paused
        self._consumer.pause(*partitions)

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def answered_by(self, repeat: Seen) -> Seen | None:
        """The first event of a command that was repeated, or None if the log does not give it in time.

        Raises DecodeError and KafkaError on a record that cannot be read.
        """
        event = decode_event(repeat.record)
        assert isinstance(event, CommandRepeated)
        first = self._recent[repeat.partition].at_offset(event.offset)
        if first is None:
            first = await self._remembered_or_read(repeat.partition, event.offset)
        if first is not None and first.record.command_id != repeat.record.command_id:
            log.error("a repeat points at another command", source=repeat.record.source, first=event.offset)
            return None
        return first

    async def _remembered_or_read(self, partition: int, offset: int) -> Seen | None:
        async with self._one_at_a_time:
            position = (partition, offset)
            seen = self._remembered.get(position)
            if seen is not None:
                self._remembered.move_to_end(position)
                return seen
            try:
                seen = await self._read(partition, offset)
            except TimeoutError:
                log.warning("the first answer could not be read in time", partition=partition, offset=offset)
                return None
            self._remembered[position] = seen
            if len(self._remembered) > REMEMBERED_EVENTS:
                self._remembered.popitem(last=False)
            return seen

    async def _read(self, partition: int, offset: int) -> Seen:
        consumer = self._consumer
        if consumer is None:
            raise RuntimeError("not started")
        tp = TopicPartition(topics.EVENTS, partition)
        consumer.seek(tp, offset)
        consumer.resume(tp)
        try:
            async with asyncio.timeout(READ_SECONDS_MOST):
                found = await consumer.getone(tp)
        finally:
            consumer.pause(tp)
        record = decode_log(found.value)
        if found.offset != offset or type(record) is not EventRecord:
            raise RuntimeError(f"partition {partition} has no event at offset {offset}")
        return Seen(partition, offset, record, found.value)
