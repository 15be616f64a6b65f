"""The decider's two logs on Kafka, by an aiokafka producer and readers of our own.

Faust's `topic.send` costs three times as much and hides the offset that the contiguity check needs; its consumer's
connection may be parked in a long poll when an offset is asked for.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts.codec import encode_commands
from contracts.event_log import LogFault
from contracts.limits import KIB, MESSAGE_BYTES, MIB
from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.operations.kafka_access import Kafka, client_settings
from contracts.operations.kafka_fetch import Fetched, KafkaFetch
from contracts.operations.tasks import end_tasks
from contracts.records import CommandRecord
from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS

_REQUEST_TIMEOUT_MS: Final = 20_000
_ANSWER_SECONDS: Final = 10.0
_BATCH_OVERHEAD_BYTES: Final = 64 * KIB
_FETCH_BYTES: Final = 1 * MIB
"""What is folded between two heartbeats takes less than 10 ms."""
_ONE_RECORD: Final = 1
"""Kafka gives the whole batch that the offset is in, however small the size that is asked for."""
_AWAY_SECONDS_MOST: Final = 30.0
_RETRY_SECONDS: Final = 0.2
_ANY_PARTITION: Final = 0

log: Final = structlog.get_logger()


class KafkaLogs:
    """EventLog and CommandLog (ports.py) on real topics."""

    def __init__(self, bootstrap: Kafka) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer
        self._events = KafkaFetch(bootstrap, EVENTS)
        self._commands = KafkaFetch(bootstrap, COMMANDS)
        self._offsets: AIOKafkaConsumer

    async def start(self) -> None:
        """Connect. Raises aiokafka's errors if there is no broker."""
        self._producer = AIOKafkaProducer(
            linger_ms=0,
            max_batch_size=MESSAGE_BYTES - _BATCH_OVERHEAD_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            **PRODUCER_LIMITS,
            **client_settings(self._bootstrap),
        )
        self._offsets = AIOKafkaConsumer(group_id=None, enable_auto_commit=False, **client_settings(self._bootstrap))
        for client in self._clients():
            await client.start()
        await self.ends([_ANY_PARTITION])  # the first question about a topic takes 0.1 s: better now than at a takeover
        await self.bounds(_ANY_PARTITION)

    async def stop(self) -> None:
        """Finish what is under way and disconnect."""
        for client in self._clients():
            await client.stop()

    def _clients(self) -> tuple[AIOKafkaProducer, KafkaFetch, KafkaFetch, AIOKafkaConsumer]:
        return self._producer, self._events, self._commands, self._offsets

    async def append(self, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        """Append to the events; see EventLog."""
        base = after = -1
        for batch in self._batches(records):
            confirmation = await self._producer.send_batch(batch, EVENTS, partition=partition)
            offset = int((await confirmation).offset)
            if after < 0:
                base = offset
            elif offset != after:
                base = -1
            after = offset + batch.record_count()
        return base

    def _batches(self, records: Sequence[tuple[str, bytes]]) -> Iterator[BatchBuilder]:
        """Nearly always one. What is decided stays below EVENT_BATCH_BYTES, but for the commands of the last record."""
        batch = self._producer.create_batch()
        for key, value in records:
            if batch.append(key=key.encode(), value=value, timestamp=None) is None:
                yield batch
                batch = self._producer.create_batch()
                batch.append(key=key.encode(), value=value, timestamp=None)  # the first always fits
        yield batch

    async def end(self, partition: int) -> int:
        """The end of the events; see EventLog."""
        return (await self.ends([partition]))[partition]

    async def ends(self, partitions: Sequence[int]) -> dict[int, int]:
        """The ends of the events of several partitions in one request."""
        asked = [TopicPartition(EVENTS, partition) for partition in partitions]
        found = await asyncio.wait_for(self._offsets.end_offsets(asked), _ANSWER_SECONDS)
        return {topic_partition.partition: offset for topic_partition, offset in found.items()}

    async def read(self, partition: int, start: int, stop: int) -> AsyncGenerator[Sequence[tuple[int, bytes]]]:
        """Read the events; see EventLog. What comes next is on its way while the caller takes in the last."""
        ahead = asyncio.create_task(self._fetch(partition, start))
        try:
            while start < stop:
                records = await ahead
                if records:
                    start = records[-1][0] + 1
                if start < stop:
                    ahead = asyncio.create_task(self._fetch(partition, start))
                    await asyncio.sleep(0)  # sends the request, and lets heartbeats through
                elif start > stop:
                    records = [record for record in records if record[0] < stop]
                if records:
                    yield records
        finally:
            await end_tasks(ahead)

    async def _fetch(self, partition: int, offset: int) -> Fetched:
        """Records from `offset` on, asked for until Kafka answers. Raises LogFault, after some time KafkaError."""
        deadline = time.monotonic() + _AWAY_SECONDS_MOST
        while True:
            try:
                return await self._events.fetch(partition, offset, _FETCH_BYTES)
            except OffsetOutOfRangeError as error:
                raise LogFault(partition, offset, "this record is not kept any more: the log was cut") from error
            except KafkaError as error:
                if time.monotonic() > deadline:
                    raise
                log.warning("the log could not be read", partition=partition, offset=offset, error=repr(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def bounds(self, partition: int) -> tuple[int, int]:
        """Start and end of the commands; see CommandLog."""
        asked = [TopicPartition(COMMANDS, partition)]
        starts = await asyncio.wait_for(self._offsets.beginning_offsets(asked), _ANSWER_SECONDS)
        ends = await asyncio.wait_for(self._offsets.end_offsets(asked), _ANSWER_SECONDS)
        return starts[asked[0]], ends[asked[0]]

    async def record(self, partition: int, offset: int) -> bytes | None:
        """One command record; see CommandLog."""
        try:
            found = await self._commands.fetch(partition, offset, _ONE_RECORD)
        except KafkaError as error:
            log.warning("a command could not be read again", partition=partition, offset=offset, error=repr(error))
            return None
        return found[0][1] or b"" if found and found[0][0] == offset else None

    async def send(self, partition: int, record: CommandRecord) -> None:
        """Append a command record; see CommandLog."""
        await self._producer.send_and_wait(
            COMMANDS, encode_commands(record), key=record.show_id.encode(), partition=partition
        )

    async def send_dead_letter(self, partition: int, key: str, value: bytes, reason: str, origin: str) -> None:
        """Append a dead letter; see CommandLog."""
        headers = [("reason", reason.encode(errors="replace")), ("origin", origin.encode())]
        await self._producer.send_and_wait(DEAD_LETTERS, value, key=key.encode(), partition=partition, headers=headers)
