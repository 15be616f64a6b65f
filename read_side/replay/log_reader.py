"""Both topics from their first record to ends that are taken once, at the start. Belongs to no group, writes nothing.

A log in motion must give no false alarm, so the ends of `booking.events` are taken before those of
`booking.commands`: then every event that is read has its command among the commands that are read, and what lies
beyond is pending.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError

from contracts.operations.kafka import CONSUMER_LIMITS, AccessRefused, TopicsUnfit, check_topics
from contracts.operations.kafka_access import Kafka, client_settings
from contracts.operations.kafka_fetch import KafkaFetch, WrongChecksum
from contracts.topics import COMMANDS, EVENTS
from read_side.replay.faults import LOG, Broken, Fault

_ANSWER_SECONDS: Final = 20.0
"""How long Kafka may take for one answer before it counts as away."""
_WAIT_MS: Final = 500
_BATCH_RECORDS: Final = 5_000


class Unreadable(Exception):
    """The topics cannot be read; the message is one sentence that says what to do."""


class Damaged(Broken):
    """Records are not what was written; the fault says where their batch begins."""


class Stored(NamedTuple):
    """A record as Kafka keeps it; `timestamp` in milliseconds since 1970, `value` empty if there is none."""

    offset: int
    timestamp: int
    value: bytes


class Extent(NamedTuple):
    """The offsets of one partition of one topic: the first one kept and the one after the last one looked at."""

    first: int
    end: int


class Log(Protocol):
    """Both topics, wherever they are kept."""

    bootstrap: str
    """Where that is, for people."""
    partitions: int

    def extent(self, topic: str, partition: int) -> Extent:
        """What there is of a partition."""
        ...

    def turn_to(self, partition: int, *topics: str) -> None:
        """Begin to read these topics of a partition, from the first record; any earlier reading ends."""
        ...

    def batches(self, topic: str, partition: int) -> AsyncIterator[list[Stored]]:
        """The records of a partition that was turned to, up to its end. Raises Unreadable, and Damaged."""
        ...

    def without_checksums(self) -> AbstractAsyncContextManager[None]:
        """Inside, read what stands there, whether or not it is what was written."""
        ...


class KafkaLog:
    """Both topics of one Kafka. Build it with `open_log`."""

    def __init__(self, bootstrap: Kafka, consumer: AIOKafkaConsumer, extents: dict[tuple[str, int], Extent]) -> None:
        self.bootstrap = str(bootstrap)
        self._access = bootstrap
        self._consumer = consumer
        self._extents = extents
        self.partitions = len({partition for _, partition in extents})

    def extent(self, topic: str, partition: int) -> Extent:
        """What there was of a partition when the log was opened."""
        return self._extents[topic, partition]

    @asynccontextmanager
    async def without_checksums(self) -> AsyncIterator[None]:
        """Inside, read what stands there, whether or not it is what was written."""
        checked = self._consumer
        async with connected_reader(self._access, check_crcs=False) as self._consumer:
            yield
        self._consumer = checked

    def turn_to(self, partition: int, *topics: str) -> None:
        """Begin to read these topics of a partition, from the first record; any earlier reading ends."""
        places = [TopicPartition(topic, partition) for topic in topics]
        self._consumer.assign(places)
        for place in places:
            self._consumer.seek(place, self._extents[place.topic, partition].first)

    async def batches(self, topic: str, partition: int) -> AsyncIterator[list[Stored]]:
        """The records of a partition that was turned to, up to its end.

        Raises Unreadable when Kafka falls silent, and Damaged.
        """
        place = TopicPartition(topic, partition)
        next_offset, end = self._extents[topic, partition]
        while next_offset < end:
            batch = await self._fetch(place, next_offset)
            next_offset = batch[-1].offset + 1
            yield [one for one in batch if one.offset < end] if next_offset > end else batch

    async def _fetch(self, place: TopicPartition, next_offset: int) -> list[Stored]:
        try:
            return await self._next_batch(place)
        except CorruptRecordException as error:
            offset = await _damaged_from(self._access, place, next_offset)
            what = (
                "the checksum of the batch of records that begins here is wrong: a bit has changed where it is stored"
            )
            fault = Fault(topic=place.topic, partition=place.partition, offset=offset, breaks=LOG, what=what)
            raise Damaged(fault) from error

    async def _next_batch(self, place: TopicPartition) -> list[Stored]:
        deadline = asyncio.get_running_loop().time() + _ANSWER_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            fetched = await self._consumer.getmany(place, timeout_ms=_WAIT_MS, max_records=_BATCH_RECORDS)
            if fetched:
                return [Stored(one.offset, one.timestamp, one.value or b"") for one in fetched[place]]
        raise Unreadable(f"Kafka at {self.bootstrap} fell silent while {place.topic} was being read: start it again.")


@asynccontextmanager
async def open_log(bootstrap: Kafka) -> AsyncIterator[Log]:
    """Take the ends, events first, and keep a consumer until the end of the `with`. Raises Unreadable."""
    async with AsyncExitStack() as connection:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                partitions = await check_topics(bootstrap)
                consumer = await connection.enter_async_context(connected_reader(bootstrap))
                events = await _extents(consumer, EVENTS, partitions)
                commands = await _extents(consumer, COMMANDS, partitions)
        except (TopicsUnfit, KafkaError, OSError, TimeoutError, ValueError) as error:
            if isinstance(error, AccessRefused) or (isinstance(error, TopicsUnfit) and error.__cause__ is None):
                raise Unreadable(f"{error}.") from error
            raise Unreadable(f"No Kafka answers at {bootstrap}: start it, or set SEATLOG_KAFKA.") from error
        yield KafkaLog(bootstrap, consumer, events | commands)


@asynccontextmanager
async def connected_reader(
    bootstrap: Kafka, *, check_crcs: bool = True, poll_ms: int = _WAIT_MS
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group, until the end of the `with`; a question for offsets may wait behind its poll.

    Without `check_crcs` it reads what stands there, whether or not it is what was written. Raises KafkaError, OSError
    and TimeoutError.
    """
    consumer = AIOKafkaConsumer(
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        check_crcs=check_crcs,
        fetch_max_wait_ms=poll_ms,
        **CONSUMER_LIMITS,
        **client_settings(bootstrap),
    )
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _damaged_from(bootstrap: Kafka, place: TopicPartition, offset: int) -> int:
    """Where the first damaged batch from this offset on begins; the offset itself if none is found."""
    fetch = KafkaFetch(bootstrap, place.topic)
    await fetch.start()
    try:
        while records := await fetch.fetch(place.partition, offset, CONSUMER_LIMITS["max_partition_fetch_bytes"]):
            offset = records[-1][0] + 1
    except WrongChecksum as error:
        return error.offset
    finally:
        await fetch.stop()
    return offset


async def _extents(consumer: AIOKafkaConsumer, topic: str, partitions: int) -> dict[tuple[str, int], Extent]:
    places = [TopicPartition(topic, number) for number in range(partitions)]
    first = await consumer.beginning_offsets(places)
    end = await consumer.end_offsets(places)
    return {(topic, place.partition): Extent(first[place], end[place]) for place in places}
