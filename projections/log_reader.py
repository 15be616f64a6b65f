"""Reads the event log from the positions of the checkpoints, and lets only valid events through."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from contracts.event_log import LogFault
from contracts.operations.kafka import CONSUMER_LIMITS
from contracts.operations.kafka_access import Kafka, client_settings
from projections.entry import Batch, Position
from projections.judging import Judge

END_CHECK_SECONDS: Final = 5.0
READ_ON_SECONDS: Final = 0.01
Fetched = Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]


class LogReader:
    """All partitions of the event log, without a consumer group. Use it as a context manager.

    Raises LogFault, naming partition and offset, when the log is shorter or other than the positions say, or
    contradicts itself.
    """

    def __init__(self, bootstrap: Kafka, topic: str, positions: Mapping[int, Position]) -> None:
        self._topic = topic
        self._judges = {partition: Judge(partition, position) for partition, position in positions.items()}
        self._consumer = AIOKafkaConsumer(
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=250,
            **CONSUMER_LIMITS,
            **client_settings(bootstrap),
        )

    async def __aenter__(self) -> Self:
        """Connect. Raises aiokafka's KafkaConnectionError or TimeoutError if Kafka is away."""
        try:
            await self._consumer.start()
            self._consumer.assign([TopicPartition(self._topic, partition) for partition in self._judges])
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
        batch = self._add(Batch([], {}, 0), await self._fetch(most, wait_seconds))
        if read_on and 0 < batch.records < most:
            batch = self._add(batch, await self._fetch(most - batch.records, READ_ON_SECONDS))
        return batch

    def void(self) -> int:
        """How many void records were read so far."""
        return sum(judge.void for judge in self._judges.values())

    async def _fetch(self, most: int, wait_seconds: float) -> Fetched:
        try:
            fetched: Fetched = await self._consumer.getmany(timeout_ms=int(wait_seconds * 1000), max_records=most)
        except OffsetOutOfRangeError as error:
            place, offset = next(iter(error.args[0].items()))
            raise LogFault(place.partition, offset, "the log does not have this record any more") from error
        return fetched

    def _add(self, batch: Batch, fetched: Fetched) -> Batch:
        for place, messages in fetched.items():
            position = self._judges[place.partition].take(messages, batch.entries)
            if position is not None:
                batch.positions[place.partition] = position
        return batch._replace(records=batch.records + sum(len(messages) for messages in fetched.values()))

    async def _seek(self) -> None:
        ends = await self.ends()
        for place in self._consumer.assignment():
            begin, end = self._judges[place.partition].next_offset, ends[place.partition]
            if begin > 0 and end <= begin:
                what = f"it was projected, but the log ends at offset {end}: it was cut or made anew"
                raise LogFault(place.partition, begin, what)
            self._consumer.seek(place, begin)
