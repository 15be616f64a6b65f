"""Topics filled and looked at from outside, for the benchmarks of the decider."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from contracts.limits import MIB
from contracts.operations.kafka import PRODUCER_LIMITS, create_topics
from contracts.topics import COMMANDS
from read_side.replay.log_reader import connected_reader
from scenarios.stack.stack import Stack

PARTITIONS: Final = 3
_BATCH_RECORDS: Final = 2_000


class ToPartition(NamedTuple):
    """A record to append."""

    partition: int
    value: bytes


@contextmanager
def kafka_alone() -> Iterator[Stack]:
    """A fresh broker with the topics, and nothing else; processes that end are not started again."""
    with TemporaryDirectory(prefix="seatlog-benchmark-") as folder:
        with Stack.start(Path(folder), services=("kafka",), supervised=False) as stack:
            uvloop.run(create_topics(stack.kafka, PARTITIONS, 1))
            yield stack


def group_less_reader(kafka: str) -> AbstractAsyncContextManager[AIOKafkaConsumer]:
    """A consumer as the product's own readers are set."""
    return connected_reader(kafka, poll_ms=100)


async def ends(consumer: AIOKafkaConsumer, topic: str) -> dict[int, int]:
    """The end offset of every partition."""
    asked = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    return {tp.partition: offset for tp, offset in (await consumer.end_offsets(asked)).items()}


async def append_commands(kafka: str, records: Iterable[ToPartition]) -> int:
    """Append command records in large batches; gives how many."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_batch_size=4 * MIB, linger_ms=0, **PRODUCER_LIMITS)
    await producer.start()
    try:
        waiting: dict[int, list[bytes]] = {}
        count = 0
        for record in records:
            some = waiting.setdefault(record.partition, [])
            some.append(record.value)
            count += 1
            if len(some) >= _BATCH_RECORDS:
                await _append(producer, record.partition, waiting.pop(record.partition))
        for number, some in waiting.items():
            await _append(producer, number, some)
        return count
    finally:
        await producer.stop()


async def _append(producer: AIOKafkaProducer, partition: int, values: list[bytes]) -> None:
    batch = producer.create_batch()
    for value in values:
        if batch.append(key=None, value=value, timestamp=None) is None:
            await (await producer.send_batch(batch, COMMANDS, partition=partition))
            batch = producer.create_batch()
            batch.append(key=None, value=value, timestamp=None)
    await (await producer.send_batch(batch, COMMANDS, partition=partition))


async def records_from(
    consumer: AIOKafkaConsumer, topic: str, starts: Mapping[int, int], stops: Mapping[int, int]
) -> AsyncIterator["Sequence[ConsumerRecord[bytes, bytes]]"]:
    """The records between two sets of offsets, as they are fetched, in the order of each partition."""
    left = {number for number, stop in stops.items() if starts.get(number, 0) < stop}
    consumer.assign([TopicPartition(topic, number) for number in sorted(left)])
    for number in left:
        consumer.seek(TopicPartition(topic, number), starts.get(number, 0))
    while left:
        for tp, fetched in (await consumer.getmany(timeout_ms=500)).items():
            stop = stops[tp.partition]
            if fetched[-1].offset < stop - 1:
                yield fetched
            else:
                left.discard(tp.partition)
                yield [record for record in fetched if record.offset < stop]
