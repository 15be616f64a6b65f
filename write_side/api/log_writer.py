"""Appends command records to the log, and knows whether Kafka can be reached at all.

From aiokafka's source: a producer retries without limit, so an append without an answer may still land; and after an
append that failed its sequence numbers are wrong, so it must be replaced. Nothing is ever appended a second time.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from contracts import topics
from contracts.limits import MIB
from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.operations.kafka_access import Kafka, client_settings
from contracts.operations.tasks import end_tasks

BATCH_BYTES: Final = 1 * MIB
"""Records of one append together; a single larger record travels alone."""
PROBE_SECONDS: Final = 0.5
PROBE_PATIENCE_SECONDS: Final = 3.0
STUCK_SECONDS: Final = 1.5
"""An append unconfirmed for this long means that its partition cannot be written to now."""

log: Final = structlog.get_logger()


class AppendUnknown(Exception):
    """An append has no outcome: its records may be in the log, now or later, or not at all."""


class Record(NamedTuple):
    """One record to append."""

    key: bytes
    value: bytes


class LogWriter:
    """An idempotent producer that is replaced after an error, and a probe that asks Kafka for its leaders."""

    def __init__(self, bootstrap: Kafka, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._producer: AIOKafkaProducer | None = None
        self._retired: dict[asyncio.Task[None], AIOKafkaProducer] = {}
        self._unwritable: frozenset[int] = frozenset()
        self._confirmed_at = 0.0

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        self._producer = await self._new_producer()

    def unwritable(self, partition: int) -> bool:
        """Whether Kafka is known to be away for this partition, so that nothing must be handed over."""
        return self._producer is None or partition in self._unwritable

    async def append(self, partition: int, records: Sequence[Record]) -> int:
        """Append the records as one batch; the offset of the first. Raises AppendUnknown."""
        producer = self._producer
        if producer is None:
            raise AppendUnknown("the producer is being replaced")
        batch = producer.create_batch()
        for record in records:
            if batch.append(key=record.key, value=record.value, timestamp=None) is None:
                raise ValueError(f"{len(records)} records are too many for one batch")
        try:
            confirmed = await producer.send_batch(batch, topics.COMMANDS, partition=partition)
            offset: int = (await confirmed).offset
        except KafkaError as error:
            self._replace(producer, error)
            raise AppendUnknown(repr(error)) from error
        self._confirmed_at = time.monotonic()
        if offset < 0:
            raise AppendUnknown("Kafka had the batch already and no longer knows its offset")
        return offset

    async def watch(self) -> None:
        """Probe Kafka, and bring a new producer up after an error, until cancelled."""
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if self._producer is None:
                try:
                    self._producer = await self._new_producer()
                except KafkaError as error:
                    log.warning("no new producer yet", error=repr(error))
                    continue
                log.info("a new producer is connected")
            unwritable = await self._probe(self._producer)
            if unwritable != self._unwritable:
                log.warning("the partitions that cannot be written to changed", unwritable=sorted(unwritable))
            self._unwritable = unwritable

    async def stop(self, within_seconds: float) -> None:
        """Flush what was handed over, as far as Kafka takes it in this time, and disconnect."""
        if self._producer is not None:
            self._retire(self._producer)
            self._producer = None
        ending = dict(self._retired)
        if not ending:
            return
        _, unfinished = await asyncio.wait(ending, timeout=within_seconds)
        for task in unfinished:
            log.warning("gave up an append without an outcome")
            await end_tasks(task)
            await ending[task].client.close()

    async def _new_producer(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            max_batch_size=BATCH_BYTES, linger_ms=0, **PRODUCER_LIMITS, **client_settings(self._bootstrap)
        )
        try:
            await producer.start()
            await producer.partitions_for(topics.COMMANDS)
        except BaseException:
            await producer.client.close()
            producer._closed = True  # it never started: without this its destructor complains
            raise
        return producer

    def _replace(self, producer: AIOKafkaProducer, error: KafkaError) -> None:
        if self._producer is None or self._producer is not producer:
            return
        log.error("an append failed; the producer is replaced", error=repr(error))
        self._producer = None
        self._retire(producer)

    def _retire(self, producer: AIOKafkaProducer) -> None:
        """Let it end by itself: what it was given before may still land, and is not given to another."""
        retiring = asyncio.ensure_future(producer.stop())
        self._retired[retiring] = producer
        retiring.add_done_callback(self._retired_one)

    def _retired_one(self, retired: "asyncio.Task[None]") -> None:
        del self._retired[retired]
        if not retired.cancelled() and (error := retired.exception()):
            log.warning("a replaced producer ended with an error", error=repr(error))

    async def _probe(self, producer: AIOKafkaProducer) -> frozenset[int]:
        """The partitions without a leader that answers. An append confirmed meanwhile proves more than a probe."""
        began = time.monotonic()
        every = range(self._partitions)
        try:
            async with asyncio.timeout(PROBE_PATIENCE_SECONDS):
                answered = await producer.client.force_metadata_update()
        except TimeoutError:
            answered = False
        if not answered:
            return frozenset() if self._confirmed_at > began else frozenset(every)
        cluster = producer.client.cluster
        leaders = {p: cluster.leader_for_partition(TopicPartition(topics.COMMANDS, p)) for p in every}
        return frozenset(p for p, leader in leaders.items() if leader in (None, -1))
