"""Reads the event log from the positions of the checkpoints, and lets only valid events through."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from contracts.codec import DecodeError, decode_event, decode_log
from contracts.event_log import LogCursor, LogFault
from contracts.operations.kafka import CONSUMER_LIMITS
from contracts.records import EventRecord, record_hash
from projections.entry import Batch, Entry, Position

END_CHECK_SECONDS: Final = 5.0
READ_ON_SECONDS: Final = 0.01
Messages = Sequence[ConsumerRecord[bytes, bytes]]
Fetched = Mapping[TopicPartition, Messages]


class LogReader:
    """All partitions of the event log, without a consumer group. Use it as a context manager.

    Raises LogFault, naming partition and offset, when the log is shorter or other than the positions say, or
    contradicts itself.
    """

    def __init__(self, bootstrap: str, topic: str, positions: Mapping[int, Position]) -> None:
        self._topic = topic
        self._positions = positions
        self._cursors = {
            partition: LogCursor(
                partition, offset=position.offset, claim=position.claim, next_command=position.next_command
            )
            for partition, position in positions.items()
        }
        self._unverified = {partition for partition, position in positions.items() if position.offset >= 0}
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=250,
            **CONSUMER_LIMITS,
        )

    async def __aenter__(self) -> Self:
        """Connect. Raises aiokafka's KafkaConnectionError if Kafka is away."""
        try:
            await self._consumer.start()
            self._consumer.assign([TopicPartition(self._topic, partition) for partition in self._cursors])
            await self._seek()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def ends(self) -> dict[int, int]:
        """The offset that the next record of each partition will have. Raises TimeoutError if Kafka is away."""
        async with asyncio.timeout(END_CHECK_SECONDS):
            ends = await self._consumer.end_offsets(self._consumer.assignment())
        return {place.partition: end for place, end in ends.items()}

    async def next_batch(self, most: int, wait_seconds: float, *, read_on: bool = False) -> Batch:
        """What is there, at most so many records; empty if nothing comes in time.

        aiokafka holds what came with its last fetch, and fetches again once that is taken: with `read_on`, what was
        appended since is waited for too, for a few milliseconds.
        """
        batch = Batch([], {}, 0)
        batch = self._add(batch, await self._fetch(most, wait_seconds))
        if read_on and 0 < batch.records < most:
            batch = self._add(batch, await self._fetch(most - batch.records, READ_ON_SECONDS))
        return batch

    def void(self) -> int:
        """How many void records were read so far."""
        return sum(cursor.void for cursor in self._cursors.values())

    async def _fetch(self, most: int, wait_seconds: float) -> Fetched:
        try:
            fetched: Fetched = await self._consumer.getmany(timeout_ms=int(wait_seconds * 1000), max_records=most)
            return fetched
        except OffsetOutOfRangeError as error:
            place, offset = next(iter(error.args[0].items()))
            raise LogFault(place.partition, offset, "the log does not have this record any more") from error

    def _add(self, batch: Batch, fetched: Fetched) -> Batch:
        records = batch.records
        for place, messages in fetched.items():
            fresh = messages if place.partition not in self._unverified else self._verified(place.partition, messages)
            if fresh:
                records += len(fresh)
                batch.positions[place.partition] = self._judge(place.partition, fresh, batch.entries)
        return batch._replace(records=records)

    async def _seek(self) -> None:
        ends = await self.ends()
        for place in self._consumer.assignment():
            position = self._positions[place.partition]
            if ends[place.partition] <= position.offset:
                raise LogFault(
                    place.partition,
                    position.offset,
                    f"it was projected, but the log ends at offset {ends[place.partition]}: it was cut or made anew",
                )
            self._consumer.seek(place, max(position.offset, 0))

    def _verified(self, partition: int, messages: Messages) -> Messages:
        """The first record read is the last one projected: it must still be the same."""
        position, first = self._positions[partition], messages[0]
        if first.offset != position.offset or record_hash(first.value or b"") != position.hash:
            raise LogFault(partition, position.offset, "this record is not the one that was projected")
        self._unverified.remove(partition)
        return messages[1:]

    def _judge(self, partition: int, messages: Messages, entries: list[Entry]) -> Position:
        cursor = self._cursors[partition]
        for message in messages:
            value = message.value or b""
            try:
                record = decode_log(value)
                if cursor.accept(message.offset, record):
                    assert type(record) is EventRecord
                    event = decode_event(record)
                    hash_ = record_hash(value)
                    entries.append(Entry(partition, message.offset, message.timestamp, hash_, record, event))
            except DecodeError as error:
                raise LogFault(partition, message.offset, str(error)) from error
        assert cursor.next_command is not None
        return Position(cursor.offset, cursor.claim, cursor.next_command, record_hash(messages[-1].value or b""))
