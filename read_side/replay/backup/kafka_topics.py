"""TopicsToFill (topics.py) on a real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts.limits import KIB, MESSAGE_BYTES
from contracts.operations.kafka import (
    PRODUCER_LIMITS,
    AccessRefused,
    TopicsUnfit,
    connected_admin,
    create_missing,
    wait_for_topics,
)
from contracts.operations.kafka_access import Kafka, client_settings
from contracts.operations.kafka_settings import change_setting
from contracts.topics import TOPICS
from read_side.replay.backup.records import KeptRecord
from read_side.replay.log_reader import Extent, Unreadable, connected_reader

_ANSWER_SECONDS: Final = 20.0
_WAIT_MS: Final = 500
_POLL_MS: Final = 20
"""What is read is there already; a question for offsets would wait behind a longer poll."""
_RECORDS_AT_ONCE: Final = 2_000
_BATCH_OVERHEAD_BYTES: Final = 64 * KIB
_AGAIN_SECONDS: Final = 0.1
_TIMES: Final = "message.timestamp.type"
_PRODUCERS_TIMES: Final = "CreateTime"
_NO_SUCH_TOPIC: Final = 3
_NOT_ALLOWED: Final = 29
_SET_FOR_THE_TOPIC: Final = 1
"""`config_source` of what was set for this topic, in the answer to DescribeConfigs."""


class KafkaTopics:
    """The topics of one Kafka. Build it with `open_topics`."""

    def __init__(self, bootstrap: Kafka, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, replicas: int) -> None:
        self.bootstrap = str(bootstrap)
        self._access = bootstrap
        self._consumer = consumer
        self._admin = admin
        self._replicas = replicas
        self._producer: AIOKafkaProducer | None = None

    async def extents(self, topic: str) -> dict[int, Extent]:
        """See TopicsToRead."""
        described = await self._admin.describe_topics([topic])
        found = [entry for entry in described if not entry["error_code"]]
        places = [TopicPartition(topic, each["partition"]) for entry in found for each in entry["partitions"]]
        if not places:
            return {}
        first = await asyncio.wait_for(self._consumer.beginning_offsets(places), _ANSWER_SECONDS)
        end = await asyncio.wait_for(self._consumer.end_offsets(places), _ANSWER_SECONDS)
        return {place.partition: Extent(first[place], end[place]) for place in sorted(places)}

    async def batches(self, topic: str, partition: int, extent: Extent) -> AsyncIterator[Sequence[KeptRecord]]:
        """See TopicsToRead."""
        place = TopicPartition(topic, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, extent.first)
        next_offset = extent.first
        while next_offset < extent.end:
            batch = await self._fetch(place)
            next_offset = batch[-1].offset + 1
            yield [one for one in batch if one.offset < extent.end]

    async def _fetch(self, place: TopicPartition) -> list[KeptRecord]:
        deadline = asyncio.get_running_loop().time() + _ANSWER_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                fetched = await self._consumer.getmany(place, timeout_ms=_WAIT_MS, max_records=_RECORDS_AT_ONCE)
            except CorruptRecordException as error:
                raise Unreadable(
                    f"{place.topic}, partition {place.partition}, has a wrong checksum: a bit has changed where it is "
                    "stored. `verify` names the record; `export --damaged` copies what stands there, for a repair."
                ) from error
            if fetched:
                return [
                    KeptRecord(one.offset, one.timestamp, one.key, one.value, tuple(one.headers))
                    for one in fetched[place]
                ]
        raise Unreadable(f"Kafka at {self.bootstrap} fell silent while {place.topic} was being read: start it again.")

    async def prepare(self, partitions: int) -> None:
        """See TopicsToFill."""
        try:
            await create_missing(self._access, partitions, self._replicas, {_TIMES: _PRODUCERS_TIMES})
        except TopicsUnfit as error:
            raise Unreadable(f"{error}.") from error
        for topic in TOPICS:
            await self._set_times(topic.name, _PRODUCERS_TIMES)
        self._producer = AIOKafkaProducer(
            linger_ms=0,
            max_batch_size=MESSAGE_BYTES - _BATCH_OVERHEAD_BYTES,
            **PRODUCER_LIMITS,
            **client_settings(self._access),
        )
        await self._producer.start()

    async def append(self, topic: str, partition: int, records: Sequence[KeptRecord]) -> int:
        """See TopicsToFill."""
        assert self._producer is not None, "prepare comes first"
        base = after = -1
        for batch in self._batches(self._producer, records):
            sent = await self._producer.send_batch(batch, topic, partition=partition)
            offset = int((await asyncio.wait_for(sent, _ANSWER_SECONDS)).offset)
            if after < 0:
                base = offset
            elif offset != after:
                return -1
            after = offset + batch.record_count()
        return base

    def _batches(self, producer: AIOKafkaProducer, records: Sequence[KeptRecord]) -> "list[BatchBuilder]":
        batches = [producer.create_batch()]
        for record in records:
            fields: dict[str, Any] = {
                "timestamp": record.timestamp,
                "key": record.key,
                "value": record.value,
                "headers": list(record.headers),
            }
            if batches[-1].append(**fields) is None:
                batches.append(producer.create_batch())
                batches[-1].append(**fields)  # the first always fits
        return batches

    async def finish(self) -> None:
        """See TopicsToFill."""
        await self.close()
        for topic in TOPICS:
            await self._set_times(topic.name, topic.settings.get(_TIMES))
        try:
            await wait_for_topics(self._access, _ANSWER_SECONDS)
        except TopicsUnfit as error:
            raise Unreadable(f"{error}.") from error

    async def delete(self) -> None:
        """Delete all topics, and wait until they are gone. Raises Unreadable."""
        names = [topic.name for topic in TOPICS]
        for name, code, *_ in (await self._admin.delete_topics(names)).topic_error_codes:
            if code not in (0, _NO_SUCH_TOPIC):
                why = "Kafka does not let this user do that" if code == _NOT_ALLOWED else f"Kafka error {code}"
                raise Unreadable(f"{name} could not be deleted: {why}.")

        async def are_gone() -> bool:
            return all(entry["error_code"] for entry in await self._admin.describe_topics(names))

        await _until(are_gone, "The topics were deleted, but are still there")

    async def close(self) -> None:
        """Let the producer go, if there is one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _set_times(self, topic: str, times: str | None) -> None:
        """Whose times a topic keeps: those that producers bring, its own, or (None) what the broker does by default."""
        try:
            await change_setting(self._access, topic, _TIMES, times)
        except TopicsUnfit as error:
            raise Unreadable(f"{error}.") from error

        async def is_set() -> bool:
            return await self._times_set(topic) == times

        await _until(is_set, f"{topic}: {_TIMES} was set, but does not change")

    async def _times_set(self, topic: str) -> str | None:
        """What was set for this topic, if anything was."""
        answers = await self._admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        found = (entry for answer in answers for resource in answer.resources for entry in resource[4])
        return next((entry[1] for entry in found if entry[0] == _TIMES and entry[3] == _SET_FOR_THE_TOPIC), None)


async def _until(holds: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    """Ask until it holds. Raises Unreadable."""
    deadline = asyncio.get_running_loop().time() + _ANSWER_SECONDS
    while not await holds():
        if asyncio.get_running_loop().time() > deadline:
            raise Unreadable(f"{otherwise} after {_ANSWER_SECONDS:.0f} s.")
        await asyncio.sleep(_AGAIN_SECONDS)


@asynccontextmanager
async def open_topics(bootstrap: Kafka, replicas: int = 1, *, check_crcs: bool = True) -> AsyncIterator[KafkaTopics]:
    """Connect until the end of the `with`; `replicas` is for topics that are created. Raises Unreadable.

    Without `check_crcs` what stands there is read, whether or not it is what was written.
    """
    try:
        async with (
            connected_admin(bootstrap) as admin,
            connected_reader(bootstrap, check_crcs=check_crcs, poll_ms=_POLL_MS) as consumer,
        ):
            topics = KafkaTopics(bootstrap, consumer, admin, replicas)
            try:
                yield topics
            finally:
                await topics.close()
    except AccessRefused as error:
        raise Unreadable(f"{error}.") from error
    except (TopicsUnfit, KafkaError, OSError, TimeoutError) as error:
        raise Unreadable(f"No Kafka answers at {bootstrap}: start it, or set SEATLOG_KAFKA. ({error})") from error
